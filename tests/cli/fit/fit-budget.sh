# fit --budget: cut where it must be; exit 1 with the smallest possible where it cannot.
words() { i=0; while [ $i -lt "$1" ]; do printf 'Line %d says something about the river. ' $i; i=$((i + 1)); done; }
cat >req.json <<JSON
{"model":"gpt-4o","messages":[
 {"role":"system","content":"Never guess."},
 {"role":"user","content":"First question. $(words 40)"},
 {"role":"assistant","content":"First answer. $(words 40)"},
 {"role":"user","content":"Second question?"},
 {"role":"assistant","content":"Second answer. $(words 40)"},
 {"role":"user","content":"Third question?"}]}
JSON
tokcount fit req.json --budget 800 --passes budget --waive all --asof 2026-11-20 -o small.json 2>&1
tokcount count --as request --total small.json -m gpt-4o 2>&1
cut -c 1-120 small.json
tokcount fit small.json --budget 800 --passes budget -q | cmp - small.json && echo idempotent
tokcount fit req.json --budget 300 --passes budget --waive all --asof 2026-11-20 --report 2>&1 >small.json | cut -c 1-160
tokcount count --as request --total small.json -m gpt-4o 2>&1
tokcount fit req.json --budget 30 --waive all --asof 2026-11-20 -o never.json 2>&1
echo "exit $?"
test ! -e never.json && echo nothing written
tokcount fit req.json --budget 800 --lossless --passes budget 2>&1
echo "exit $?"
tokcount fit req.json --budget 0 2>&1
echo "exit $?"
# A line that speaks of what stands above does not outlive it.
mild='The sea was calm again and the boats lay in the bay of the town for all of the long evening. '
mild="$mild$mild$mild"
cat >calm.json <<JSON
{"model":"gpt-4o","messages":[{"role":"user","content":"$mild"},{"role":"assistant","content":"Fine."},{"role":"user","content":"$mild"},
 {"role":"assistant","content":"Calm."},{"role":"user","content":"$mild"},{"role":"assistant","content":"So it is."},{"role":"user","content":"go on"}]}
JSON
for b in 90 110 140; do
    tokcount fit calm.json --budget $b --keep-turns 3 --waive limit --asof 2026-11-20 -q -o calm.out; echo "$b: exit $?, $(grep -o 'came before' calm.out | wc -l | tr -d ' ') lines, $(grep -o 'The sea was calm' calm.out | wc -l | tr -d ' ') sentences"
done
# Fitted again, smaller: the first copy goes, and the line is still true.
tokcount fit calm.json --passes dedupe --waive limit --asof 2026-11-20 -q -o calm.out
tokcount fit calm.out --passes budget --budget 60 --keep-turns 3 --waive all --asof 2026-11-20 -q; echo "exit $?"
# A list that is cut again says how many are gone in all.
awk 'BEGIN { for (i = 0; i < 30; i++) l = l (i ? "," : "") "{\\\"id\\\":" i ",\\\"text\\\":\\\"word" i " is here and there\\\"}"
    print "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"go\"},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"[" l "]\"},{\"role\":\"assistant\",\"content\":\"fine\"},{\"role\":\"user\",\"content\":\"next\"},{\"role\":\"assistant\",\"content\":\"ok\"},{\"role\":\"user\",\"content\":\"and now\"}]}" }' >list.json
tokcount fit -q --passes budget --budget 300 --waive all list.json >once.json
for f in list.json once.json; do tokcount fit -q --passes budget --budget 200 --waive all $f | grep -o '\.\.\. .* left out'; done
tokcount fit -q --passes pack --pack 60 once.json | cmp - once.json && echo kept
