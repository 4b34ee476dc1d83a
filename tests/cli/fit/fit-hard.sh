# fit: very many messages, one giant line, protected text above the budget, odd blocks, bytes that are no text.
echo "100,000 messages:"
awk 'BEGIN { printf "{\"model\":\"gpt-4o\",\"messages\":["
    for (i = 0; i < 100000; i++) printf "%s{\"role\":\"%s\",\"content\":\"Message %d says little.  \"}", i ? "," : "", i % 2 ? "assistant" : "user", i
    printf "]}" }' >many.json
tokcount fit many.json -q --asof 2026-11-20 -o out.json; echo "exit $?"
tokcount count --as request --total -m gpt-4o many.json out.json
tokcount fit many.json -q --budget 2000 --waive all --asof 2026-11-20 -o out.json; echo "exit $?"
test "$(tokcount count --as request --total -m gpt-4o out.json)" -le 2000 && echo fits
echo "one giant line:"
awk 'BEGIN { printf "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\""; for (i = 0; i < 200000; i++) printf "abcdefghij"; printf "\"}]}" }' >giant.json
tokcount fit giant.json -q --budget 1000 --asof 2026-11-20 -o out.json; echo "exit $?"
test "$(tokcount count --as request --total -m gpt-4o out.json)" -le 1000 && echo fits
grep -o '\[\.\.\. [0-9]* tokens left out \.\.\.\]' out.json
echo "protected text above the budget:"
cat >protected.json <<'JSON'
{"model":"gpt-4o","messages":[
 {"role":"user","content":"The quick brown fox jumps over the lazy dog and runs away from all of the hounds in the wood."},
 {"role":"assistant","content":"Fine."},{"role":"user","content":"Go on."}]}
JSON
tokcount fit protected.json --budget 12 --protect 'quick.*' --waive all --keep-turns 0 --asof 2026-11-20 -o never.json 2>&1; echo "exit $?"
test ! -e never.json && echo nothing written
echo "odd blocks:"
cat >odd.json <<'JSON'
{"model":"claude-opus-4-1","messages":[{"role":"user","content":[
 {"type":"hologram","text":"x  \t \n\n\n\ny"},
 {"type":"tool_result","tool_use_id":"none","content":"ok \t \n \t \n"},
 {"type":"text","text":"nul \u0000 and \ud83d\ude00 \t \t "}]},
 {"role":"assistant","content":[{"type":"new_kind","data":[1, 2]}]},
 {"role":"user","content":"And?"}]}
JSON
tokcount fit odd.json -q --asof 2026-11-20 2>/dev/null | diff odd.json - 
tokcount fit odd.json -q --budget 5 --waive all --keep-turns 0 --asof 2026-11-20 2>/dev/null; echo "exit $?"
printf 'caf\377 \t \n\n\n\n\n' >binary.txt
tokcount fit binary.txt -q | cmp - binary.txt && echo same
printf '{"model":"gpt-4o","messages":[{"role":"user","content":"caf\377"}]}' >binary.json
tokcount fit binary.json 2>&1; echo "exit $?"
printf '{"model":"gpt-4o","messages":[]}' >none.json
tokcount fit none.json -q --budget 1 --asof 2026-11-20; echo "exit $?"
