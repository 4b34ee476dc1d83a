# Bad requests: each has its file, line and byte, is left out, and the totals say so.
u='{"messages":[{"role":"user","content":"hello"}]}'
{
    echo "$u"
    echo '{"messages":[{"role":"user","content":"cut'
    echo '{"contents":[{"parts":[{"text":"fine: Gemini is told by its shape"}]}]}'
    echo '{"messages":[{"role":"user","content":"\ud800"}]}'
    echo '{"messages":[5]}'
    echo
    echo '{"hello":1}'
    echo '{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]}'
    printf '{"messages":[{"role":"user","content":"\377"}]}\n'
    echo "[$u,$u]"
    echo "$u"
} > l.jsonl
for w in report skip fail; do
    echo "== $w"
    tokcount --as request -q -m gpt-4o --jsonl --on-error $w l.jsonl 2>&1
    echo "exit $?"
done
echo "== totals"
tokcount --as request -m gpt-4o --jsonl --total l.jsonl 2>&1 | tail -n 2
tokcount --as request -q -m gpt-4o --jsonl --json --on-error skip l.jsonl 2>&1
tokcount --as request -q -m gpt-4o --jsonl -j 1 --total l.jsonl 2>/dev/null
echo "== texts"
printf '"hello"\n5\n"hello"\n' | tokcount --jsonl 2>&1; echo "exit $?"
printf '"hello"\n5\n"hello"\n' | tokcount --jsonl --on-error skip 2>&1; echo "exit $?"
echo "== many"
yes '{' | head -n 60000 | tokcount --as request -q -m gpt-4o --jsonl --total 2>&1 | tail -n 3
echo "== images that lie"
img() { printf '{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:%s"}}]}]}' "$1" > "$2.json"; tokcount --as request -q -m gpt-4o --total "$2.json" 2>&1; echo "exit $?"; }
img 'image/png;base64,R0lGODlhQAAgAIAA' type
png() { printf '\211PNG\r\n\032\n\000\000\000\015IHDR'; printf "$1"; printf '\010\006\000\000\000abcd'; }
img "image/png;base64,$(png '\000\000\000\000\000\000\000\012' | base64 -w 0)" zero
img "image/png;base64,$(png '\377\377\377\377\377\377\377\377' | base64 -w 0)" huge
img 'image/png;base64,@@@' base64
echo "== ten million elements"
awk 'BEGIN { printf "{\"messages\":["; for (i = 0; i < 1000; i++) s = s "1,"; for (i = 0; i < 10000; i++) printf "%s", s; print "1]}" }' > ten.json
tokcount --as request -q -m gpt-4o --total ten.json 2>&1; echo "exit $?"
awk 'BEGIN { printf "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"x\":["; for (i = 0; i < 1000; i++) s = s "1,"; for (i = 0; i < 20000; i++) printf "%s", s; print "1]}" }' > twenty.json
tokcount --as request -q -m gpt-4o --total twenty.json 2>&1; echo "exit $?"
echo "== a named shape that it has not"
printf 'messages:\n - 5\n' > p.yaml
tokcount --as request -q -m gpt-4o --total p.yaml 2>&1; echo "exit $?"
echo "== prices and usage"
printf 'prices:\n  - provider: openai\n    model: x\n    inptu: 5\n' > p.yaml
tokcount cost --input 5 -m gpt-4o --prices p.yaml 2>&1; echo "exit $?"
printf 'prices:\n  - provider: openai\n    model: x\n    input: .nan\n' > p.yaml
tokcount cost --input 5 -m gpt-4o --prices p.yaml 2>&1; echo "exit $?"
printf '{"prices":[{"provider":"openai","model":"x","input":NaN}]}' > p.json
tokcount cost --input 5 -m gpt-4o --prices p.json 2>&1; echo "exit $?"
printf '{"model":"gpt-4o","usage":{"prompt_tokens":-5,"completion_tokens":1,"total_tokens":-4}}\n{"model":"gpt-4o","usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":7}}\n{"model":"gpt-4o","usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}\n' > u.jsonl
tokcount cost --jsonl --asof 2026-11-01 u.jsonl 2>&1 | cut -d, -f1-4; echo
echo '== a request a line'
printf '{"model":"gpt-4o","messages":[]}\n{"model":"gpt-4o","messages":[]}\n' >two.jsonl
tokcount --as request two.jsonl 2>&1; echo "exit $?"
tokcount cost --out 5 two.jsonl 2>&1; echo "exit $?"
