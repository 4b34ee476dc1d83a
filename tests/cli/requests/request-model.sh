# count --as request without -m: each request is counted for the model it names.
printf '%s\n' '{"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]}' \
    '{"model":"claude-opus-5","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}' \
    '{"messages":[{"role":"user","content":"hello"}]}' >l.jsonl
head -n 1 l.jsonl >a.json
tokcount --as request --json a.json
tokcount --as request -q --jsonl l.jsonl
tokcount --as request -q -m gpt-4o --jsonl l.jsonl
echo '{"model":"nope-9","messages":[{"role":"user","content":"hello"}]}' >>l.jsonl
tokcount --as request -q --on-error report --jsonl l.jsonl 2>&1
echo "status $?"
echo '== no model'
echo '{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}' >g.json
tokcount --as request g.json 2>&1
tokcount --as request --require exact --total -q g.json 2>&1; echo "exit $?"
tokcount --as request -m gemini-2.5-pro -q --total --require exact g.json; echo "exit $?"
