# Parts of a log put together are the same bytes, however it was split, and give the same report.
command -v python3 >/dev/null || { echo "no python3 here"; exit 77; }
python3 -c '
import json
text = "You answer questions about bank accounts and cards in one sentence. " * 90
for i in range(130):
    t = i * 97 % 5000
    print(json.dumps({"at": "2026-11-02T%02d:%02d:%02dZ" % (9 + t // 3600, t // 60 % 60, t % 60), "provider": "openai", "tenant": "t%d" % (i % 3),
        "request": {"model": "gpt-5", "messages": [{"role": "system", "content": ("Turn %d. " % i if i % 4 else "") + text}, {"role": "user", "content": "Question %d?" % i}]}}))
print("{\"no\": \"request\"}"); print("not json")' >log.jsonl
for n in 1 2 7 64; do
    mkdir p$n && split -n r/$n log.jsonl p$n/part.
    for f in p$n/part.*; do tokcount audit -q --partial $f.tca $f || echo "$f failed"; done
    tokcount audit merge -q --partial all$n.tca p$n/*.tca
    tokcount audit merge -q --on-error skip --asof 2026-11-02 --json p$n/*.tca >report$n
    cmp all1.tca all$n.tca && cmp report1 report$n && echo "$n parts: same"
done
mkdir q && split -n l/2 log.jsonl q/part. && for f in q/part.*; do tokcount audit -q --partial $f.tca $f; done
tokcount audit merge -q --partial one.tca q/part.ab.tca q/part.aa.tca && cmp one.tca all1.tca && echo "by lines, turned around: same"
tokcount audit merge -q --partial two.tca p7/part.aa.tca p7/part.ab.tca && tokcount audit merge -q --partial three.tca two.tca p7/part.a[c-z].tca && cmp three.tca all1.tca && echo "in steps: same"
grep -o '"out_of_order":[0-9]*' report1
head -c 300 all1.tca >cut.tca; tokcount audit merge cut.tca 2>&1; echo "status $?"
tokcount audit merge log.jsonl 2>&1; echo "status $?"
tokcount audit merge 2>&1; echo "status $?"
tokcount audit -q --on-error skip --asof 2026-11-02 --html report.html log.jsonl >/dev/null 2>&1; echo "html $?"
grep -c "Content-Security-Policy" report.html; grep -c '<script' report.html; grep -c 'bank accounts' report.html
tokcount audit -q --on-error skip --show-text --asof 2026-11-02 --html shown.html log.jsonl >/dev/null 2>&1; grep -c 'bank accounts' shown.html
# a folder's logs, as audit takes them, and names from a list; what is missing leaves nothing written
mkdir logs && cp log.jsonl logs/a.jsonl && echo no log >logs/b.txt && echo '{}' >logs/c.json
tokcount audit -q --partial folder.tca logs && cmp folder.tca all1.tca && echo "a folder: same"
echo logs | tokcount audit -q --partial list.tca --files-from - && cmp list.tca all1.tca && echo "a list: same"
tokcount audit --partial none.tca logs nosuch 2>&1; echo "status $?"; test -e none.tca || echo "nothing written"
tokcount audit -q --on-error skip --asof 2026-11-02 --html - log.jsonl 2>/dev/null >page; cmp page report.html && echo "page on standard output: same"
tokcount audit --json --html - log.jsonl 2>&1; echo "status $?"
