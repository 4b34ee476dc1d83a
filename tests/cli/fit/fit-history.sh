# fit --budget on a history with tool calls: what stands twice, then a summary; every call keeps its result.
cp "$TOP/tests/data/fit/history-tools.json" req.json
tokcount fit req.json --budget 1500 --asof 2026-11-20 -o small.json --report=report.json 2>&1
tokcount count --as request --total small.json -m gpt-4o
tokcount fit req.json --budget 800 --waive all --asof 2026-11-20 -o less.json --report 2>&1 | cut -c 1-140
tokcount count --as request --total less.json -m gpt-4o
grep -o '"content": "\[Summary of earlier messages\]' less.json
grep -c tool_call_id less.json
grep -c '"tool_calls"' less.json
tokcount fit --undo report.json small.json | cmp - req.json && echo undone
echo "a prompt file:"
tokcount fit "$TOP/tests/data/fit/prompt.md" --trim --protect 'Thank.*' --report -o prompt.md 2>&1 | cut -c 1-140
cat prompt.md
echo "each change, with what of the cache it throws away:"
tokcount fit req.json --passes trim --diff -q --asof 2026-11-20 | grep '^@@'
tokcount fit req.json --passes trim --json -q --asof 2026-11-20 | grep -o '"picodollars":.*"reason":"[a-z]*"'
