# A log priced and grouped: exact sums, repeated lines once, unpriced and unread lines said.
cat >log.jsonl <<'X'
{"model":"claude-opus-5","provider":"anthropic","input":1000,"cached":20000,"cache_write_5m":300,"cache_write_1h":10,"output":500,"reasoning":20,"at":"2026-11-01T10:00:00Z","task":"a","meta":{"team":"x"}}
{"model":"gpt-5.4","usage":{"prompt_tokens":300000,"completion_tokens":100,"total_tokens":300100,"prompt_tokens_details":{"cached_tokens":1000},"completion_tokens_details":{"reasoning_tokens":50}},"created":1793000000,"task":"b","meta":{"team":"y"}}

{"type":"assistant","requestId":"r1","message":{"id":"m1","model":"claude-opus-5","usage":{"input_tokens":10,"output_tokens":1}}}
{"type":"assistant","requestId":"r1","message":{"id":"m1","model":"claude-opus-5","usage":{"input_tokens":10,"output_tokens":40}}}
{"type":"user","message":{"role":"user","content":"hi"}}
{"model":"gpt-99","usage":{"prompt_tokens":3,"completion_tokens":1},"task":"a"}
X
tokcount cost log.jsonl --by model,task --asof 2026-11-01
echo "exit $?"
tokcount cost log.jsonl --json --by meta.team --asof 2026-11-01 -q
tokcount cost --jsonl log.jsonl --asof 2026-11-01 -q | cut -d, -f1-6
printf '{"model":"gpt-5.4","input":1}' | tokcount cost --by day,month,format,class,provider,file,nosuch -q --asof 2026-11-01
tokcount cost log.jsonl --require exact -q >/dev/null 2>&1 || echo "require: exit $?"
tokcount cost -m gpt-5.4 -q --asof 2026-11-01 --json - <<'X'
{"input":1000000,"output":0}
X
# audit's own logs: the model stands in the request
echo '{"at":"2026-11-01T10:00:00Z","provider":"anthropic","request":{"model":"claude-opus-5","messages":[]},"usage":{"input_tokens":1000,"output_tokens":1},"task":"triage"}' |
    tokcount cost --by model,task
# a NUL in a value does not end it
printf '{"model":"gpt-4o","team":"a\\u0000b","env":"c","usage":{"prompt_tokens":9,"completion_tokens":1}}\n' | tokcount cost --by team,env --asof 2026-11-02 --json | grep -o '"by":{[^}]*}'
# a field that no record has is said
echo '{"model":"gpt-4o","team":"a","usage":{"prompt_tokens":9}}' | tokcount cost --by team,taem --asof 2026-11-02 2>&1

# a response on several lines, a list, an API's page, a collector's file, packed
cat >pretty.json <<'X'
{
  "model": "gpt-5.4",
  "usage": {
    "prompt_tokens": 100,
    "completion_tokens": 1
  }
}
X
echo '== values'
tokcount cost pretty.json --asof 2026-11-01
{ echo '['; cat pretty.json; echo ,; cat pretty.json; echo ']'; } | gzip | tokcount cost --asof 2026-11-01
sed 's/: 100/: -5/' pretty.json | cat pretty.json - | tokcount cost --asof 2026-11-01 2>&1
{ echo '['; cat pretty.json; } | tokcount cost --asof 2026-11-01 2>&1; echo "exit $?"
echo '{"data":[{"model":"gpt-5.4","usageDetails":{"input":7,"output":1}},{"model":"gpt-5.4","usageDetails":{"input":8,"output":-1}}],"meta":{"page":1}}' |
    tokcount cost --asof 2026-11-01 2>&1
# behind other members, in any order; what only looks like a page is a record
for p in '"object":"a: [{","n":1,"meta":{},"data":[R]' '"x":"\"data\":[","data" : [R],"a":{"b":[]},"meta":{}' '"resource":"r","resourceSpans":[{"scopeSpans":[{"spans":[R]}]}]' \
    '"data":[R],"usage":{"prompt_tokens":5}' '"meta":{"a":[]},"data":{},"usage":{"prompt_tokens":5}'; do
    printf '{%s}\n' "$p" | sed 's/R/{"model":"gpt-5.4","input":7},{"model":"gpt-5.4","input":8}/' >page
    cat page page | tokcount cost --asof 2026-11-01 -q | tail -n 1
done
echo '{"id":"b","custom_id":"a","response":{"status_code":200,"body":{"model":"gpt-5","usage":{"prompt_tokens":9,"completion_tokens":1}}}}' |
    tokcount cost --asof 2026-11-01 2>&1
cat >otlp.json <<'X'
{"resourceSpans":[{"scopeSpans":[{"spans":[
  {"name":"GET /","attributes":[{"key":"http.method","value":{"stringValue":"GET"}}]},
  {"name":"chat","startTimeUnixNano":"1793000000000000000","attributes":[{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5.4"}},
    {"key":"gen_ai.usage.input_tokens","value":{"intValue":"11"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":"2"}}]}]}]}]}
X
tokcount cost otlp.json --by day,model --json --asof 2026-11-01 | sed 's/"total".*"lines"/"lines"/'
echo '{"model":"gpt-5.4","messages":[]}' | tokcount cost 2>&1 | head -n 1
# a batch of Bedrock's: who serves it is known, the model is that of -m where the answer names none
printf '%s\n' '{"recordId":"a","modelInput":{"messages":[]},"modelOutput":{"usage":{"inputTokens":10,"outputTokens":4,"totalTokens":14}}}' \
    '{"recordId":"b","modelInput":{"messages":[]},"modelOutput":{"type":"message","model":"claude-sonnet-4-5-20250929","usage":{"input_tokens":10,"output_tokens":4}}}' \
    '{"recordId":"c","modelInput":{"messages":[]},"error":{"errorCode":400,"errorMessage":"bad request"}}' |
    tokcount cost -m amazon.nova-lite-v1:0 --by model,provider --asof 2026-11-01 2>&1
yes nonsense | head -n 30 | tokcount cost 2>&1 | tail -n 3
# a folder's logs, and names from a list
mkdir -p logs/sub empty && echo '{"model":"gpt-5.4","provider":"openai","input":1000}' | tee logs/a.jsonl | gzip >logs/sub/b.jsonl.gz && echo '{}' >logs/c.json
tokcount cost --asof 2026-11-01 logs 2>&1
find logs -name 'b*' | tokcount cost --asof 2026-11-01 --files-from - 2>&1
tokcount cost --asof 2026-11-01 empty 2>&1 | head -n 1
tokcount cost --asof 2026-11-01 --json logs nosuch 2>&1 | sed 's/"groups.*reasons/"groups...reasons/'
