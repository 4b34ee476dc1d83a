# tools: what tool definitions cost, in every provider's form.
r=$TOP/tests/data/requests
tokcount tools -m gpt-4o "$r/openai-chat/functions.json"
tokcount tools -q -m claude-opus-5 "$r/anthropic/tools.json"
tokcount tools -m gpt-4o --json "$r/gemini/tools.json"
printf '%s' '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"now","description":"The time.","inputSchema":{"type":"object","properties":{}}}]}}' |
    tokcount tools -m gpt-4o -
printf '[{"description":"no name"}]' | tokcount tools -m gpt-4o - 2>&1; echo "status $?"
printf '{"tools":5}' | tokcount tools -m gpt-4o - 2>&1; echo "status $?"
tokcount tools -m gpt-4o 2>&1; echo "status $?"
tokcount tools -m gpt-4o --limit 10 "$r/openai-chat/functions.json" >/dev/null; echo "status $?"
cp "$r/openai-chat/functions.json" f.json
tokcount tools -m gpt-4o --require exact f.json 2>&1 >/dev/null; echo "status $?"
# without -m the model is the request's
echo '{"model":"gpt-4o","messages":[],"tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object","properties":{}}}}]}' >own.json
tokcount tools own.json
tokcount tools own.json >own.out; tokcount tools -m gpt-4o own.json | cmp - own.out && echo same
tokcount tools -e o200k_base own.json | tail -n 1
sed 's/gpt-4o/nope-9/' own.json | tokcount tools - 2>&1; echo "status $?"
# one of the provider's own has no name but its type
echo '{"model":"gpt-5","input":"hi","tools":[{"type":"web_search"},{"type":"function","name":"f","parameters":{"type":"object"}}]}' | tokcount tools -q -; echo "status $?"
echo '[{"type":"function"}]' | tokcount tools -m gpt-5 - 2>&1; echo "status $?"
