# fit --layout: tools by name, what stays before what changes, marks where they pay.
rules() { i=0; while [ $i -lt 200 ]; do printf 'Rule %d: answer in the language of the question. ' $i; i=$((i + 1)); done; }
tool() { printf '{"name":"%s","description":"Looks up %s.","input_schema":{"type":"object","properties":{}}}' "$1" "$1"; }
cat >req.json <<JSON
{"model":"claude-opus-4-1","max_tokens":100,
 "tools":[$(tool rivers), $(tool cities)],
 "system":[{"type":"text","text":"Current time: 2026-11-20T10:32:05Z"},{"type":"text","text":"$(rules)"}],
 "messages":[{"role":"user","content":"First question?"},{"role":"assistant","content":"First answer."},{"role":"user","content":"Second question?"}]}
JSON
tokcount fit req.json --layout --asof 2026-11-20 --report -o out.json 2>&1 | cut -c 1-150
sed 's/Rule .* question\. /RULES /' out.json
tokcount fit out.json --layout -q --asof 2026-11-20 2>/dev/null | cmp - out.json && echo idempotent
echo "calls once an hour:"
tokcount fit req.json --layout --call-gap 3600 -q --asof 2026-11-20 2>/dev/null | grep -o '"cache_control":{[^}]*}'
echo "calls once a week:"
tokcount fit req.json --layout --call-gap 604800 -q --asof 2026-11-20 2>/dev/null | grep -c cache_control
echo "marks only:"
tokcount fit req.json --passes layout -q --asof 2026-11-20 2>/dev/null | sed 's/Rule .* question\. /RULES /' | tail -n 3
echo "a set whose order by name has more tokens stays, and the rest is sorted:"
set_of() { printf '{"name":"%s","description":"d","input_schema":{"type": "object", "properties": {}, "required": [%s]}}' "$1" "$2"; }
printf '{"model":"claude-opus-4-1","max_tokens":9,"tools":[%s,%s,%s],"messages":[{"role":"user","content":"hi"}]}' \
    "$(set_of d '"page", "$ref"')" "$(set_of c '"page", "city"')" "$(set_of b '"_id", "from"')" >sets.json
tokcount fit sets.json --layout -q --asof 2026-11-20 2>/dev/null >sets.out; echo "exit $?"
grep -o '"name":"[a-z]"\|"required": [^]]*]' sets.out
tokcount fit sets.out --layout -q --asof 2026-11-20 2>/dev/null | cmp - sets.out && echo idempotent
echo "an order that has more tokens as a template writes it is undone:"
fn() { printf '{"type":"function","function":{"name":"%s","description":"d","parameters":{"type":"object","properties":{},"required":[%s]}}}' "$1" "$2"; }
printf '{"model": "mistral-large-2411", "tools": [%s,%s], "messages": [{"role": "user", "content": "hi"}]}' \
    "$(fn a '"\u65e5\u4ed8", "$ref", "sku", "temperature", "country", "subject"')" "$(fn b '"offset"')" >template.json
tokcount fit template.json --layout --report --asof 2026-11-20 2>said | cmp - template.json; echo "exit $?"
grep undone said
