# Bedrock's Converse: read, counted, its tools, and cache points, which are blocks of their own.
r=$TOP/tests/data/requests/bedrock
tokcount count -q --as request "$r/tool-round.json" | sed 's/  */ /g'
tokcount tools -q "$r/tools.json" | sed 's/  */ /g'
# a member that is not known here is told, and the shape is
tokcount count -q --as request --json "$r/unknown.json" | grep -o '"dialect":"[a-z]*"'
tokcount count -q --as request "$r/unknown.json" | grep -c 'not known here'
# points where the cache is to end: behind the tools, the system prompt, the talk; not again, and not beside the author's
python3 - <<'P'
import json
rule = "Answer from the notes only, and cite them by number. "
tools = [{"toolSpec": {"name": "look", "description": rule * 500, "inputSchema": {"json": {"type": "object", "properties": {}}}}}]
q = {"modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "inferenceConfig": {"maxTokens": 9}, "toolConfig": {"tools": tools},
     "system": [{"text": "You are terse. " + rule * 600}],
     "messages": [{"role": "user", "content": [{"text": "What does note 3 say?"}]}]}
open("q.json", "w").write(json.dumps(q))
P
tokcount fit -q --passes layout -o marked.json q.json; echo "status $?"
python3 - <<'P'
import json
q = json.load(open("marked.json"))
print([list(b) for b in q["toolConfig"]["tools"] + q["system"] + q["messages"][0]["content"]])
P
tokcount fit -q --passes layout -o again.json marked.json && cmp marked.json again.json && echo same
# the linter looks at points as at marks: one behind what changes is never read
python3 - <<'P'
import json
q = json.load(open("q.json"))
q["system"] = [{"text": "Today is 2026-11-28T10:00:00Z. Be terse."}, {"cachePoint": {"type": "default"}}]
del q["inferenceConfig"]["maxTokens"]
open("dated.json", "w").write(json.dumps(q))
P
tokcount lint --select TC206,TC701 dated.json 2>/dev/null | grep -o 'TC[0-9]* .*'
# two calls of one talk that differ in the description of a tool: that is what broke the cache
python3 - <<'P'
import json
a = json.load(open("marked.json"))
b = json.loads(json.dumps(a))
b["toolConfig"]["tools"][0]["toolSpec"]["description"] = "Another."
open("log.jsonl", "w").write("".join(json.dumps({"at": "2026-11-28T10:0%d:00Z" % i, "request": x}) + "\n" for i, x in enumerate([a, a, b])))
P
tokcount audit -q log.jsonl | sed -n '/^CAUSE/,/^$/p' | sed 's/  */ /g'
