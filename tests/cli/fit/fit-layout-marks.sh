# fit --layout: marks behind tools, moved marks, long exchanges, gaps between calls, providers that cache by themselves.
rules() { i=0; while [ $i -lt "$1" ]; do printf 'Rule %d: answer in the language of the question. ' $i; i=$((i + 1)); done; }
tool() { printf '{"name":"%s","description":"%s","input_schema":{"type":"object","properties":{"b":{},"a":{}},"required":["b","a"]%s}}' "$1" "$2" "$3"; }
talk='{"role":"user","content":"First question?"},{"role":"assistant","content":"First answer."},{"role":"user","content":"Second question?"}'
marks() { tr -d '\n' <"$1" | sed 's/Rule [0-9]*: answer in the language of the question\. //g' | grep -o '.\{34\}"cache_control":{[^}]*}'; }
same() { tokcount fit "$1" --layout -q --asof 2026-11-20 2>/dev/null | cmp - "$1" && echo idempotent; }
echo "tools, the prompt changes:"
printf '{"model":"claude-opus-4-1","tools":[%s,%s],"system":"Now: 2026-11-20T10:32:05Z","messages":[%s]}' "$(tool z "$(rules 90)")" "$(tool b 'B.')" "$talk" >a.json
tokcount fit a.json --passes layout --layout --asof 2026-11-20 -q -o out.json 2>/dev/null
marks out.json
grep -o '"required":[^]]*]' out.json
tokcount count --as request --total -m claude-opus-4-1 a.json 2>/dev/null
tokcount count --as request --total -m claude-opus-4-1 out.json 2>/dev/null
tokcount fit out.json --passes layout --layout -q --asof 2026-11-20 2>/dev/null | cmp - out.json && echo idempotent
echo "data is not sorted:"
printf '{"model":"claude-opus-4-1","tools":[%s],"messages":[%s]}' "$(tool a A ',"default":{"required":["y","x"]}')" "$talk" >d.json
tokcount fit d.json --layout -q --asof 2026-11-20 2>/dev/null | grep -o '"required":[^]]*]'
echo "a mark in the wrong place:"
printf '{"model":"claude-opus-4-1","system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"%s"}],"messages":[%s]}' "$(rules 90)" "$talk" >m.json
tokcount fit m.json --layout --report --asof 2026-11-20 -o out.json 2>&1 | grep layout: | cut -c 1-120
marks out.json
same out.json
tokcount fit m.json --passes layout -q --asof 2026-11-20 2>/dev/null | cmp - m.json && echo "sort_tools: stays without --layout" 
echo "an exchange of more blocks than are looked back for:"
i=0; blocks=
while [ $i -lt 24 ]; do blocks="$blocks{\"type\":\"text\",\"text\":\"Block $i of the question.\"},"; i=$((i + 1)); done
printf '{"model":"claude-opus-4-1","messages":[{"role":"user","content":"%s"},{"role":"assistant","content":"Yes."},{"role":"user","content":[%s{"type":"text","text":"And?"}]}]}' "$(rules 120)" "$blocks" >l.json
tokcount fit l.json --layout -q --asof 2026-11-20 -o out.json 2>/dev/null
marks out.json
same out.json
echo "gaps:"
for g in 20 400 2,3,250,2 2,3000,4000,2000 90000; do
    echo "$g: $(tokcount fit a.json --layout --call-gap $g -q --asof 2026-11-20 2>/dev/null | grep -o '"cache_control":{[^}]*}')"
done
tokcount fit a.json --layout --call-gap 2,x 2>&1; echo "exit $?"
echo "caches by itself:"
printf '{"model":"gpt-4o","prompt_cache_key":"k","messages":[{"role":"system","content":"Today is 2026-11-20. %s"},%s]}' "$(rules 90)" "$talk" >o.json
tokcount fit o.json --layout --passes layout --report --asof 2026-11-20 -o out.json 2>&1 | grep layout:
cmp o.json out.json && echo same
echo "a life for each mark, the longer in front:"
said() { printf '{"role":"%s","content":"%s"}' "$1" "$(rules 90)"; }
printf '{"model":"claude-opus-4-1","system":"%s","messages":[%s,%s,%s,%s,%s]}' "$(rules 300)" "$(said user)" "$(said assistant)" "$(said user)" "$(said assistant)" "$(said user)" >t.json
for g in 2,3,250,2000 2,3,4,250 2000,2500; do
    echo "$g: $(tokcount fit t.json --layout --passes layout --call-gap $g -q --asof 2026-11-20 -o out.json 2>/dev/null; grep -o '"cache_control":{[^}]*}' out.json | tr '\n' ' ')"
    tokcount fit out.json --layout --passes layout --call-gap $g -q --asof 2026-11-20 2>/dev/null | cmp - out.json && echo idempotent
done
echo "OpenAI's breakpoints:"
bp() { sed 's/Rule [0-9]*: answer in the language of the question\. //g' "$1"; echo; }
sys() { printf '{"role":"%s","content":"%s"}' "$1" "$(rules 130)"; }
printf '{"model":"gpt-5.6-sol","messages":[%s,{"role":"system","content":"Now: 2026-11-20T10:32:05Z"},%s]}' "$(sys developer)" "$talk" >bp.json
printf '{"model":"gpt-5.6-sol","instructions":"Be brief.","input":[%s,%s]}' "$(sys developer)" "$talk" >bp2.json
printf '{"model":"gpt-5.6-sol","prompt_cache_options":{"mode":"explicit"},"messages":[%s,%s]}' "$(sys system)" "$talk" >bp3.json
sed 's/gpt-5.6-sol/gpt-4o/' bp.json >bp4.json
for f in bp bp2 bp3 bp4; do
    tokcount fit $f.json --passes layout --asof 2026-11-20 -q -o $f.out 2>/dev/null
    cmp -s $f.json $f.out && echo "$f: the same" || bp $f.out
    tokcount fit $f.out --passes layout --asof 2026-11-20 -q 2>/dev/null | cmp - $f.out && echo idempotent
done
echo "behind an image, a document, a tool result; not behind thinking:"
img='{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}}'
pdf='{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0xLjQK"}}'
call='[{"type":"tool_use","id":"t1","name":"look","input":{}}]'
ends() { printf '{"model":"claude-opus-4-1","messages":[{"role":"user","content":"%s"},{"role":"assistant","content":%s},{"role":"user","content":[%s]}]}' "$(rules 1200)" "$1" "$2"; }
ends '"Yes."' "$img" >e1.json
ends '"Yes."' "$pdf" >e2.json
ends "$call" "{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":[$img]}" >e3.json
printf '{"model":"claude-opus-4-1","messages":[{"role":"user","content":"%s"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"s"}]}]}' "$(rules 1200)" >e4.json
found='{"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"x"}},{"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"e"}]}'
printf '{"model":"claude-opus-4-1","messages":[{"role":"user","content":"%s"},{"role":"assistant","content":"Yes."},{"role":"user","content":"And?"},{"role":"assistant","content":[%s]}]}' "$(rules 1200)" "$found" >e5.json
ends "$call" '{"type":"tool_result","tool_use_id":"t1"}' >e6.json
for f in e1 e2 e3 e4 e5 e6; do
    tokcount fit $f.json --layout --passes layout --asof 2026-11-20 -q -o out.json 2>/dev/null
    echo "$f: $(grep -o '}*\]*,"cache_control".*' out.json)"
    tokcount fit out.json --layout --passes layout -q --asof 2026-11-20 2>/dev/null | cmp - out.json && echo idempotent
done
echo "behind a call, and taken from there:"
printf '{"model":"claude-opus-4-1","messages":[{"role":"user","content":"%s"},{"role":"assistant","content":[{"type":"text","text":"I look."},%s]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"Found."},%s{"type":"text","text":"And?"}]},{"role":"assistant","content":"So:"}]}' "$(rules 1200)" "$(echo "$call" | tr -d '[]')" "$blocks" >u.json
tokcount fit u.json --layout --passes layout --asof 2026-11-20 -q -o out.json 2>/dev/null
marks out.json
same out.json
tokcount count --as request --total -m claude-opus-4-1 u.json 2>/dev/null
tokcount count --as request --total -m claude-opus-4-1 out.json 2>/dev/null
ends "$(echo "$call" | sed 's/}]$/,"cache_control":{"type":"ephemeral"}}]/')" '{"type":"tool_result","tool_use_id":"t1","content":"Found."}' >v.json
marks v.json
tokcount fit v.json --layout --passes layout --call-gap 400 --asof 2026-11-20 -q -o out.json 2>/dev/null
marks out.json
