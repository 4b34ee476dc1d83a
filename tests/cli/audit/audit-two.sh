# Two requests compared, with one value that changes or two; one searched for what will change; a trace of blocks.
command -v python3 >/dev/null || { echo "no python3 here"; exit 77; }
python3 -c '
import json
text = "You answer questions about bank accounts and cards in one sentence. " * 90
for n, t in (("a", "10:00:01"), ("b", "10:00:02")):
    json.dump({"model": "gpt-5", "messages": [{"role": "system", "content": "It is " + t + " now. " + text}, {"role": "user", "content": "Hi"}]}, open(n + ".json", "w"))'
tokcount audit a.json b.json; echo "status $?"
tokcount audit a.json b.json --show-text | tail -n 2
sed 's/ in one sentence/ for session 1f0c3b5e-9d4a-4c5b-8e7f-0a1b2c3d4e51/' a.json >c.json
sed 's/ in one sentence/ for session 7d1e88a0-9d4a-4c5b-8e7f-0a1b2c3d4e52/' b.json >d.json
tokcount audit c.json d.json; echo "status $?"
tokcount audit --json c.json d.json | grep -o '"also":[^]]*]' | cut -c 1-100
tokcount audit a.json a.json; echo "status $?"
tokcount audit a.json; echo "status $?"
tokcount audit a.json --json
printf 'You are a helper.\nToday is 2026-11-26.\nSession ID: 8f3k2j9d\n' >p.md
tokcount audit -m claude-opus-5 p.md 2>&1; echo "status $?"
printf 'You are a helper. Version 2.1 was released on 2024-05-01.\n' >q.md
tokcount audit -m gpt-5 q.md; echo "status $?"
for i in '0, 1, 2' '0, 1, 3' '0, 1, 2'; do echo "{\"timestamp\": 0, \"input_length\": 1500, \"hash_ids\": [$i]}"; done >trace.jsonl
tokcount audit --format mooncake trace.jsonl
tokcount audit --format mooncake --json --cache-size 3 trace.jsonl
tokcount audit --format mooncake --json --provider openai -m gpt-5 --asof 2026-11-02 trace.jsonl
echo '{"input_length": 10, "hash_ids": [1, 2]}' | tokcount audit --format mooncake - 2>&1; echo "status $?"
for o in "--html x.html" "--fail-under 0.7" "--what-if ttl=1h"; do tokcount audit $o a.json 2>&1; echo "status $?"; done
[ ! -e x.html ]; echo "no report: $?"
# a prompt file is one by its name, whatever it begins with; an array is no request
printf '{{ name }}, answer in one word.' >t.md; tokcount audit -m gpt-5 t.md 2>&1 | head -n 1
printf '[{"role":"user"}]' >t.json; tokcount audit t.json 2>&1; echo "status $?"
