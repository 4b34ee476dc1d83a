# Bad lines: told with their line and byte, left out, counted; three ways to go on.
cat >log.jsonl <<'X'
{"model":"gpt-5.4","input":1000000}
{"model":"gpt-5.4","input":-1}
not json
{"model":"gpt-5.4","input":1.5}
{"model":"gpt-5.4","input":99999999999999999999}
{"hello":1}
{"model":"gpt-5.4","input":1000000
{"model":"gpt-5.4","input":1000000}
X
printf '{"model":"gpt-5.4","input":1,"x":"\377"}\n' >>log.jsonl
for w in report skip fail; do
    echo "== $w"
    tokcount cost log.jsonl --asof 2026-11-01 --on-error $w 2>&1
    echo "exit $?"
done
tokcount cost --jsonl log.jsonl --asof 2026-11-01 2>/dev/null | cut -d, -f1-3
tokcount cost log.jsonl --json --on-error skip --asof 2026-11-01 2>/dev/null | grep -o '"lines".*complete.*'
echo '== usage'
tokcount cost nosuch -q 2>&1
tokcount cost --json --jsonl log.jsonl 2>&1
tokcount cost log.jsonl --by a,,b 2>&1
tokcount cost log.jsonl --asof 2026-02-30 2>&1
tokcount cost log.jsonl --on-error stop 2>&1
tokcount cost log.jsonl --cached 5 2>&1
tokcount cost --out 5 2>&1
tokcount cost --input 5 2>&1
tokcount cost -m gpt-99 --input 5 -q 2>&1
tokcount cost -m gpt-5.4 --input 5 --cached 6 2>&1
tokcount cost -m gpt-5.4 --input 9999999999999999 2>&1
echo '== what is no answer but a request'
for s in '{"model":"gpt-5","input":"hi"}' '{"model":"gpt-5","input":[{"role":"user","content":"hi"}]}' '{"contents":[]}' \
    '{"custom_id":"1","url":"/v1/chat/completions","body":{"messages":[]}}' '{"custom_id":"1","params":{"messages":[]}}' \
    '{"recordId":"1","modelInput":{"messages":[]}}' '{"requests":[{"custom_id":"1","params":{"messages":[]}}]}' '{"model":"voyage-4","texts":["a"]}' \
    '{"model":"command-a","message":"hi"}' '{"input":[{"role":"user","content":"hi"}]}'; do
    echo "$s" | tokcount cost 2>&1 | head -n 1
done
# nor a request: a program's line, an answer, a list of texts
for s in '{"level":"info","message":"started"}' '{"choices":[{"message":{"role":"assistant","content":"hi"}}]}' '["a"]' '"a"'; do
    echo "$s" | tokcount cost 2>&1 | head -n 1
done
# a line above the limit is left out without being kept in memory
{ head -c 70000000 /dev/zero | tr '\0' 'a'; echo; echo '{"model":"gpt-5.4","input":1}'; } | tokcount cost --asof 2026-11-01 2>&1
