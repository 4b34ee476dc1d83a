# A log as text and as JSON; bad input of every kind is said and counted; gates.
gen() { # N SECONDS: requests of one system prompt
    python3 -c '
import json, sys
text = "You answer questions about bank accounts and cards in one sentence. " * 90
for i in range(int(sys.argv[1])):
    t = i * int(sys.argv[2])
    print(json.dumps({"at": "2026-11-02T%02d:%02d:%02dZ" % (9 + t // 3600, t // 60 % 60, t % 60), "provider": "openai", "id": "r%d" % i, "task": "faq",
        "request": {"model": "gpt-5", "messages": [{"role": "system", "content": "Time: 09:%02d:07. " % i + text}, {"role": "user", "content": "Question %d?" % i}]},
        "usage": {"prompt_tokens": 1200, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 0}}}))' "$1" "$2"
}
command -v python3 >/dev/null || { echo "no python3 here"; exit 77; }
gen 5 20 >log.jsonl
tokcount audit --asof 2026-11-02 log.jsonl
tokcount audit --asof 2026-11-02 --json -q log.jsonl
tokcount audit --asof 2026-11-02 --fail-under 0.7 -q log.jsonl 2>&1 >/dev/null; echo "fail-under: $?"
tokcount audit --asof 2026-11-02 --what-if order=static-first,breakpoints=auto,ttl=1h log.jsonl | head -n 4
tokcount audit --asof 2026-11-02 --what-if ttl=10s --json -q log.jsonl | grep -o '"what_if":{[^}]*}'
# what is too short to be cached is the largest loss here, and no part of what was wasted
{ python3 -c '
import json
for i in range(30):
    print(json.dumps({"at": "2026-11-02T08:00:00Z", "provider": "openai", "request": {"model": "gpt-5", "messages": [
        {"role": "system", "content": "You tell jokes about cards. " * 100}, {"role": "user", "content": "Joke %d?" % i}]}}))'
  cat log.jsonl; } >short.jsonl
tokcount audit --asof 2026-11-02 -q short.jsonl | sed -n '2p;5,8p'
gzip -k log.jsonl && tokcount audit --asof 2026-11-02 log.jsonl.gz | head -n 1
{ head -n 2 log.jsonl; sed -n 2p log.jsonl; echo 'not json'; echo '{"usage":{"prompt_tokens":3,"completion_tokens":1}}'; echo
  sed -n 1p log.jsonl | sed 's/"id": "r0"/"id": "r1"/'; sed -n 4p log.jsonl | sed 's/"at": "[^"]*", //'; sed -n 5p log.jsonl | cut -c 1-300 | tr -d '\n'; } >bad.jsonl
tokcount audit --asof 2026-11-02 bad.jsonl 2>&1 | sed 's/[ ]*$//'; echo
tokcount audit --asof 2026-11-02 --json -q bad.jsonl 2>/dev/null | grep -o '"lines":{[^}]*}'
tokcount audit -q bad.jsonl >/dev/null 2>&1; echo "bad: $?"
tokcount audit -q --on-error skip bad.jsonl >/dev/null 2>&1; echo "skip: $?"
tokcount audit nosuch.jsonl 2>&1 >/dev/null; echo "missing: $?"
tokcount audit --what-if nonsense log.jsonl 2>&1; echo "what-if: $?"
mkdir logs && cp log.jsonl logs/a.jsonl && cp log.jsonl.gz logs/ && echo hello >logs/readme.txt
tokcount audit --asof 2026-11-02 logs 2>&1 | head -n 1
tokcount audit --asof 2026-11-02 -j 1 --json -q log.jsonl >one && tokcount audit --asof 2026-11-02 -j 4 --json -q log.jsonl | cmp - one && echo same
# a change of no known kind in one text: what stands around it could still be read
python3 -c '
import json
text = "You answer questions about bank accounts and cards in one sentence. " * 90
for i, mood in enumerate(["sunny", "cloudy and cold", "windy"]):
    print(json.dumps({"at": 1793610000 + i, "provider": "openai", "request": {"model": "gpt-5", "messages": [
        {"role": "system", "content": "Think of %s weather. " % mood + text}, {"role": "user", "content": "Question %d?" % i}]}}))' >mood.jsonl
tokcount audit --asof 2026-11-02 mood.jsonl | head -n 3
# a long name makes its column wider, for all rows
for t in short summarise-long-conversations-into-tickets; do
    echo '{"at":"2026-11-02T10:00:00Z","provider":"openai","task":"'$t'","request":{"model":"gpt-5","messages":[{"role":"user","content":"hi"}]}}'
done >tasks.jsonl
tokcount audit -q --asof 2026-11-02 tasks.jsonl 2>&1 | sed -n '/^TASK/,$p'
# what a tracer kept: a page of Langfuse's observations, and OpenTelemetry's spans
python3 - <<'X'
import json
rules = "You answer questions about bank accounts and cards in one sentence. " * 100
ask = lambda i: [{"role": "system", "content": rules}, {"role": "user", "content": "Question %d?" % i}]
at = lambda i: "2026-11-02T09:00:%02dZ" % i
seen = [dict(id="o%d" % i, type="GENERATION", name="faq", startTime=at(i), model="gpt-5", input=x,
             usageDetails={"input": 1200, "output": 5, "total": 1205})
        for i, x in enumerate([ask(0), {"messages": ask(1)}, json.dumps(ask(2)), None])]
seen.append(dict(id="s", type="SPAN", name="step", startTime=at(9), input={"x": 1}, usageDetails={}))
json.dump({"data": seen, "meta": {"page": 1}}, open("langfuse.jsonl", "w"))
part = lambda role, text: {"role": role, "parts": [{"type": "text", "content": text}]}
text = lambda k, v: {"key": k, "value": {"stringValue": v if isinstance(v, str) else json.dumps(v)}}
def span(i, *more):
    return {"spanId": "s%d" % i, "name": "chat", "startTimeUnixNano": str((1793610000 + i) * 10**9), "attributes": [
        text("gen_ai.provider.name", "openai"), text("gen_ai.request.model", "gpt-5"), *more,
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1200"}}]}
spans = [span(0, text("gen_ai.input.messages", [part("system", rules), part("user", "Question 0?")])),
         span(1, text("gen_ai.input.messages", [part("user", "Question 1?"),
              {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": {"a": 1}}]},
              {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "fine"}]}]),
              text("gen_ai.system_instructions", [{"type": "text", "content": rules}])),
         span(2, text("gen_ai.prompt", ask(2))), span(3)]
json.dump({"resourceSpans": [{"scopeSpans": [{"spans": spans[:2]}, {"spans": []}]}, {"scopeSpans": [{"spans": spans[2:]}]}]}, open("otel.jsonl", "w"))
# OpenLLMetry's: an attribute for each text; of the last the first messages were dropped
with open("numbered.jsonl", "w") as f:
    for i in range(4):
        a = {"gen_ai.system": "OpenAI", "gen_ai.request.model": "gpt-5", "llm.request.functions.0.name": "f",
             "llm.request.functions.0.parameters": json.dumps({"type": "object"}), "gen_ai.usage.prompt_tokens": 1200,
             "gen_ai.usage.completion_tokens": 5, "llm.usage.total_tokens": 1205}
        for k, m in enumerate(ask(i)):
            a.update({"gen_ai.prompt.%d.%s" % (k + (i == 3), n): v for n, v in m.items()})
        print(json.dumps({"name": "openai.chat", "start_time": at(i), "attributes": a}), file=f)
X
for f in langfuse otel numbered; do
    tokcount audit --asof 2026-11-02 $f.jsonl 2>&1 | sed -n '1,2p;$p'
    tokcount audit --asof 2026-11-02 --json -q $f.jsonl | grep -o '"requests":[0-9]*,"input_tokens":[0-9]*,"hit_tokens":[0-9]*\|"reported":{[^}]*}\|"no_request":[0-9]*' | head -n 3
    tokcount cost --asof 2026-11-02 -q $f.jsonl | tail -n 1
    tokcount audit --partial $f.tca $f.jsonl && tokcount audit merge --json -q --asof 2026-11-02 $f.tca | grep -o '"requests":[0-9]*' | head -n 1
done
# whatever a page is called, it is no request
cp langfuse.jsonl page.json; tokcount audit --asof 2026-11-02 page.json 2>&1 | sed -n '1,2p'
# money is that of the tier: as standard, by the answer's tier, as a line of a batch
python3 - <<'X'
import json
rules = "You answer questions about bank accounts and cards in one sentence. " * 150
usage = {"prompt_tokens": 1800, "completion_tokens": 5}
out = {k: open(k + ".jsonl", "w") for k in ("standard", "flex", "batch")}
for i in range(3):
    r = {"model": "gpt-5", "messages": [{"role": "system", "content": rules}, {"role": "user", "content": "Question %d?" % i}]}
    line = {"at": "2026-11-02T09:00:%02dZ" % i, "provider": "openai", "request": r, "response": {"model": "gpt-5", "usage": usage}}
    print(json.dumps(line), file=out["standard"])
    line["response"]["service_tier"] = "flex"
    print(json.dumps(line), file=out["flex"])
    print(json.dumps({"custom_id": "c%d" % i, "method": "POST", "url": "/v1/chat/completions", "body": r,
                      "response": {"status_code": 200, "body": {"model": "gpt-5", "usage": usage}}}), file=out["batch"])
X
# Bedrock's batch: the model is the answer's, the prices are Bedrock's
for i in 1 2; do
    echo '{"recordId":"r'$i'","modelInput":{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"Hi"}]},"modelOutput":{"type":"message","model":"claude-sonnet-4-5-20250929","usage":{"input_tokens":9,"output_tokens":4}}}'
done >bedrock.jsonl
tokcount audit --asof 2026-11-02 bedrock.jsonl 2>&1 | sed -n '/^MODEL/,/^$/p;/^tokcount/p'
# a mode without a price of its own, a tier that is not known: said once for a model
python3 - <<'X' >tiers.jsonl
import json
for i, tier in enumerate(["priority", "flex", "flex", "scale"]):
    print(json.dumps({"at": "2026-11-02T09:00:%02dZ" % i, "provider": "openai", "request": {"model": "gpt-4o", "messages": [
        {"role": "user", "content": "Hi"}]}, "usage": {"prompt_tokens": 8, "completion_tokens": 5, "service_tier": tier}}))
X
tokcount audit --asof 2026-11-02 tiers.jsonl 2>&1 | grep ^tokcount
tokcount audit --asof 2026-11-02 -q --json tiers.jsonl | grep -o '"as_standard":[^]]*]'
for f in standard flex batch; do tokcount audit --asof 2026-11-02 -q $f.jsonl | sed -n '2p'; done
