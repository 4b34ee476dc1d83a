# fit: the result, the diff, the report, the way back; counts of another model; pipes.
cat >req.json <<'JSON'
{"model":"gpt-4o","messages":[
 {"role":"system","content":"Be brief.  \t \n\n\n\nNever guess. \t \n"},
 {"role":"user","content":"Which is longest?"},
 {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"rivers","arguments":"{}"}}]},
 {"role":"tool","tool_call_id":"c1","content":"{\n  \"rivers\": [\n    {\"name\": \"Rh\u00f4ne\", \"km\": 813},\n    {\"name\": \"Loire\", \"km\": 1006}\n  ]\n}"}]}
JSON
tokcount fit req.json -o small.json --report=report.json --asof 2026-11-20 2>&1
cat small.json
echo "undo:"
tokcount fit --undo report.json small.json | cmp - req.json && echo same
tokcount fit --undo report.json req.json 2>&1
echo "not a report: $?"
tokcount fit small.json --asof 2026-11-20 2>/dev/null | cmp - small.json && echo idempotent
tokcount fit req.json --diff --asof 2026-11-20 2>/dev/null
tokcount fit --json -q --asof 2026-11-20 <req.json | cut -c 1-330
tokcount fit req.json -q --protect 'Never.*\n' --asof 2026-11-20 | grep -c 'Never guess. .t .n'
tokcount fit --passes list
