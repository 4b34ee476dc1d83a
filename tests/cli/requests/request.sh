# count --as request: parts, framing, classes; several requests; JSON; lines; exit statuses.
r=$TOP/tests/data/requests
echo "# one request"
tokcount --as request -m gpt-4o "$r/openai-chat/system.json"
echo "# tools and images of every kind have a range"
tokcount --as request -q -m claude-opus-5 "$r/anthropic/tool-round.json"
echo "# JSON"
tokcount --as request -m gpt-4o --json "$r/openai-chat/names.json"
tokcount --as request -m gpt-4o --json "$r/openai-responses/previous.json" 2>&1
echo "# a batch, a prompt file, Markdown, plain text"
cp "$r/anthropic/batch.json" batch.json
cp "$r/yaml/github.prompt.yml" p.yml
cp "$r/markdown/chat.prompty" p.prompty
echo "Hello world" > t.txt
tokcount --as request -q -m claude-opus-5 batch.json
tokcount --as request -m gpt-4o --total p.yml
tokcount --as request -m gpt-4o --total p.prompty
tokcount --as request -m gpt-4o --total t.txt
tokcount --as request -m gpt-4o p.yml t.txt
echo "# an open model by its template"
tokcount --as request -m qwen3-8b --total "$r/openai-chat/array.json"
echo "# lines"
printf '%s\n' '{"messages":[{"role":"user","content":"hello"}]}' '' \
    '{"custom_id":"1","body":{"messages":[{"role":"system","content":"hello"}]}}' > l.jsonl
tokcount --as request -m gpt-4o --jsonl l.jsonl
tokcount --as request -m gpt-4o --jsonl --json l.jsonl
tokcount --as request -m gpt-4o --jsonl --total l.jsonl
echo "# the class that is asked for, the limit"
tokcount --as request -m gpt-4o --require exact --jsonl --total l.jsonl 2>&1; echo "status $?"
tokcount --as request -m gemini-2.5-pro --require exact --total "$r/gemini/plain-0.json" 2>&1 | cut -c1-60
tokcount --as request -m gpt-4o --limit 5 --total "$r/openai-chat/system.json" 2>&1; echo "status $?"
echo "# what cannot be read"
printf '{"messages":[{"role":"user","content":"cut' > cut.json
printf '{"messages":[{"role":"user","content":"\\ud800"}]}' > lone.json
printf '{"hello":1}' > other.json
printf '{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,R0lGODlhQAAgAIAA"}}]}]}' > lie.json
for f in cut lone other lie; do tokcount --as request -m gpt-4o --total $f.json 2>&1; echo "status $?"; done
printf '%s\n' '{"messages":[]}' '{"messages":5}' > bad.jsonl
tokcount --as request -m gpt-4o --jsonl bad.jsonl 2>&1; echo "status $?"
