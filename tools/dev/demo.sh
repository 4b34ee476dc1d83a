#!/bin/sh
# The main job on a real sample: this repository's own README and sources.
set -eu
t=$1
say() { printf '\n$ %s\n' "$*"; }
say tokcount README.md
"$t" README.md
say "echo -n 'Hello world' | tokcount -m gpt-5"
printf 'Hello world' | "$t" -m gpt-5
say tokcount -m gpt-5 -m qwen3-32b -m gemini-2.5-pro -m claude-opus-4-5 tokenizer/
"$t" -m gpt-5 -m qwen3-32b -m gemini-2.5-pro -m claude-opus-4-5 tokenizer/
say "tokcount encode --pieces --offsets -m gpt-5 'Hello world'"
"$t" encode --pieces --offsets -m gpt-5 'Hello world'
r=tests/data
say tokcount --as request -q $r/requests/anthropic/tool-round.json
"$t" --as request -q $r/requests/anthropic/tool-round.json
say tokcount cost -q -m gpt-4o --input 20000 --cached 15000 --out 500
"$t" cost -q -m gpt-4o --input 20000 --cached 15000 --out 500
say tokcount fit -m gpt-4o --trim --diff $r/fit/prompt.md
"$t" fit -m gpt-4o --trim --diff $r/fit/prompt.md | head -n 12
say tokcount lint -q --format concise $r/fit
"$t" lint -q --format concise $r/fit || true
say tokcount audit -q log.jsonl
log=$(mktemp)
trap 'rm -f "$log"' EXIT
i=10
while [ $i -lt 30 ]; do # the clock at the start of the system prompt breaks the cache each time
    printf '{"at":"2026-11-01T10:%s:00Z","provider":"openai","request":{"model":"gpt-4o","messages":[{"role":"system","content":"It is 10:%s. %s"},{"role":"user","content":"Question %s"}]}}\n' \
        $i $i "$(head -c 6000 README.md | tr -d '"\\\n')" $i
    i=$((i + 1))
done >"$log"
"$t" audit -q "$log"
