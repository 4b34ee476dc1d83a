# fit --budget fails closed: facts that stand nowhere else are kept, or the budget is missed and they are listed.
idle='The weather was mild and the birds were singing near the pond while people walked slowly along. '
pad="$idle$idle$idle$idle$idle"
cat >req.json <<JSON
{"model":"gpt-4o","messages":[
 {"role":"system","content":"Answer briefly."},
 {"role":"user","content":"$pad Never ship order INV-2041 to Oslo. $pad"},
 {"role":"assistant","content":"$pad I must pay 4,150 euros by 2026-12-01. $pad"},
 {"role":"user","content":"Go on."},{"role":"assistant","content":"On it."},{"role":"user","content":"And now?"}]}
JSON
echo "kept:"
tokcount fit req.json --budget 330 --asof 2026-11-20 -o small.json 2>&1
grep -c 'Never ship order INV-2041 to Oslo' small.json
grep -c '4,150 euros by 2026-12-01' small.json
echo "cannot be kept:"
tokcount fit req.json --budget 50 --asof 2026-11-20 -o never.json 2>&1; echo "exit $?"
test ! -e never.json && echo nothing written
tokcount fit req.json --budget 50 --asof 2026-11-20 --json -q | grep -o '"waive":{.*}},"undo"'
echo "waived:"
tokcount fit req.json --budget 50 --waive all --asof 2026-11-20 -o small.json 2>&1; echo "exit $?"
tokcount fit req.json --budget 330 --passes budget --waive number,date --asof 2026-11-20 -q | grep -c 'Never ship order INV-2041 to Oslo'
tokcount fit req.json --waive facts 2>&1; echo "exit $?"

echo "the line over a summary, and the syntax of JSON, are no facts:"
cat >sum.json <<JSON
{"model":"gpt-4o","messages":[{"role":"user","content":"[Summary of earlier messages]\nuser: $pad"},{"role":"assistant","content":"fine"},
 {"role":"user","content":"hello there"},{"role":"assistant","content":"hello"},{"role":"user","content":"go on"}]}
JSON
tokcount fit sum.json --budget 30 --asof 2026-11-20 --passes budget --report -o out.json 2>&1 | grep -v reconstructed
call() {
    cat <<JSON
{"model":"gpt-4o","messages":[{"role":"user","content":"$pad"},
 {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"$1"}}]},
 {"role":"tool","tool_call_id":"c1","content":"$pad"},{"role":"assistant","content":"$pad"},
 {"role":"user","content":"hello there"},{"role":"assistant","content":"hello"},{"role":"user","content":"go on"}]}
JSON
}
call '{\"unit\":\"metric\",\"deep\":true}' >call.json
call '{\"say\":\"she said \\\"come home\\\"\",\"deep\":true}' >said.json
tokcount fit call.json --budget 150 --asof 2026-11-20 --passes summarise -o out.json 2>&1 | grep -v reconstructed; grep -c unit out.json
tokcount fit said.json --budget 150 --asof 2026-11-20 --passes summarise -o out.json 2>&1 | grep -v reconstructed; grep -c 'come home' out.json

echo "sentences that end in a comma or in nothing, of several speakers, stay in a summary word for word:"
cat >talk.json <<JSON
{"model":"gpt-4o","messages":[{"role":"user","content":"$pad And never mark any other event ,"},
 {"role":"assistant","content":"$pad I must put Morgan always like this"},{"role":"user","content":"$pad If the 3 valves leak , close them"},
 {"role":"assistant","content":"$pad"},{"role":"user","content":"hello there"},{"role":"assistant","content":"hello"},{"role":"user","content":"go on"}]}
JSON
tokcount fit talk.json --budget 150 --asof 2026-11-20 --passes summarise -o out.json 2>&1 | grep -v reconstructed
grep -o 'user:.*hello there' out.json

echo "what is said in another language than English cannot be read, and stays unless it is waived:"
for said in "N'accorde aucune remise de plus de vingt pour cent." "Antworte höchstens in fünfzig Wörtern." "Geef nooit meer dan twee antwoorden."; do
    cat >other.json <<JSON
{"model":"gpt-4o","messages":[{"role":"user","content":"$said"},{"role":"assistant","content":"ok"},
 {"role":"user","content":"hello there"},{"role":"assistant","content":"hello"},{"role":"user","content":"go on"}]}
JSON
    tokcount fit other.json --budget 26 --asof 2026-11-20 --passes budget -o out.json 2>&1 | grep 'guard:\|waive'
    tokcount fit other.json --budget 26 --asof 2026-11-20 --passes budget --waive foreign,name -q | grep -c 'hello there'
done
