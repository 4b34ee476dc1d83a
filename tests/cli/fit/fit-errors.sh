# fit: what is refused, and how it is said.
printf '{"model":"gpt-4o","messages":[{"role":"user"' >cut.json
tokcount fit cut.json 2>&1; echo "exit $?"
printf 'a b' >a.txt
tokcount fit a.txt a.txt 2>&1; echo "exit $?"
tokcount fit missing.json 2>&1; echo "exit $?"
tokcount fit a.txt --passes minify,shrink 2>&1; echo "exit $?"
tokcount fit a.txt --protect '(' 2>&1; echo "exit $?"
tokcount fit a.txt --query '' 2>&1; echo "exit $?"
tokcount fit a.txt --undo a.txt 2>&1; echo "exit $?"
printf '{"schema":"tokcount/fit/1"}' >r.json
tokcount fit a.txt --undo r.json 2>&1; echo "exit $?"
printf '{"model":"gpt-4o","messages":[]}' >r.json
tokcount fit a.txt --undo r.json 2>&1; echo "exit $?"
tokcount fit a.txt -o missing/out.txt 2>&1; echo "exit $?"
printf '{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"messages":[{"role":"user","content":"hi"}]}}' >batch.json
tokcount fit batch.json 2>&1; echo "exit $?"
# Bytes that are no text, an unknown block and a result without its call are left as they are.
printf 'caf\377 \t \n\n\n\n\n' >binary.txt
tokcount fit binary.txt -q | cmp - binary.txt && echo same
printf '{"model":"claude-opus-5","messages":[{"role":"user","content":[{"type":"hologram","text":"x  \\t \\n\\n\\n\\ny"},{"type":"tool_result","tool_use_id":"none","content":"ok"}]}]}' >odd.json
tokcount fit odd.json -q --budget 5 2>/dev/null; echo "exit $?"
tokcount fit odd.json -q 2>/dev/null | cmp - odd.json && echo same
# So is a turn of a role that nobody knows, and what is around it can go.
ship() { for n in 0 1 2 3 4 5 6 7; do printf 'Word %s of the %s turn is about a ship. ' $n $1; done; }
{
    printf '{"model":"gemini-2.5-pro","contents":['
    i=0; for role in user model user narrator user model user model; do i=$((i + 1)); printf '{"role":"%s","parts":[{"text":"%s"}]},' $role "$(ship $i)"; done
    printf '{"role":"user","parts":[{"text":"%s"}]}]}' "$(ship 9)"
} >role.json
tokcount fit role.json -q --budget 220 --keep-turns 1 --waive all >role.out; echo "exit $?"
grep -o '"role":"[a-z]*"' role.out; tokcount count --as request --total -q role.json; tokcount count --as request --total -q role.out
echo '== what begins with a brace'
for s in '{{ name }} is here' '{% if x %}y{% endif %}' '{# note #}x' '[INST] x [/INST]'; do echo "$s" | tokcount fit -q -; done
echo '{name} is here' | tokcount fit -q - 2>&1; echo "exit $?"
echo '{name} is here' | tokcount fit -q - --stdin-filename x.txt; echo "exit $?"
echo '{name} is here' >x.tmpl
tokcount fit x.tmpl 2>&1; echo "exit $?"
echo '{name} is here' | tokcount --as request --total - 2>&1
echo '{name} is here' | tokcount --as request --total -q --stdin-filename x.txt -
echo "{'model': 'gpt-4o', 'messages': []}" | tokcount fit -q - 2>&1; echo "exit $?"
echo '== no model is named'
echo '{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}' >g.json
tokcount fit g.json 2>&1 >/dev/null
tokcount fit -m gemini-2.5-pro g.json 2>&1 >/dev/null
tokcount fit -q --require exact g.json 2>&1 >/dev/null; echo "exit $?"
echo '== options that contradict'
cp a.txt same.txt
ln -s a.txt link.txt
for o in '--lossless --trim' '--lossless --passes minify,budget --budget 5' '--passes budget' '--passes budget --pack 5' '--passes minify,pack' '--lossless --pack 5' '--passes minify --trim' '--json --diff' '--undo r.json --budget 5' '--undo r.json --report=x' \
    '-o out.txt --report=out.txt' '--report=a.txt' '--report=link.txt'; do
    tokcount fit a.txt $o 2>&1; echo "exit $?"
done
cmp a.txt same.txt && ls out.txt x 2>&1
echo '== a name as long as a name can be'
long=$(printf '%0250d' 0).txt
tokcount fit a.txt -q -o "$long" && cmp a.txt "$long" && echo same
echo '== a provider that is none'
for o in opnai foo vllm bedrock; do tokcount fit a.txt -q --provider $o 2>&1 >/dev/null; echo "exit $?"; done
echo '== an option is at fault, not the request'
tokcount fit a.txt --protect '' 2>&1; echo "exit $?"
tokcount fit --jsonl batch.json --protect x --protect '[' 2>&1; echo "exit $?"
tokcount fit a.txt --query ' ' 2>&1; echo "exit $?"
tokcount fit a.txt -e none 2>&1; echo "exit $?"
echo '== a report is at fault, not the request'
printf '{"schema":"tokcount/fit/1","undo":{}}\n' >bad.json
tokcount fit a.txt --undo bad.json 2>&1; echo "exit $?"
tokcount fit --jsonl a.txt --undo bad.json 2>&1; echo "exit $?"
printf 'no' >bad.json; echo >>bad.json
tokcount fit --jsonl a.txt --undo bad.json 2>&1; echo "exit $?"
tokcount fit a.txt -q --budget 1 --report=over.json 2>/dev/null; echo "exit $?"
tokcount fit a.txt --undo over.json 2>&1; echo "exit $?"
echo '== the diff of a text is one that patch takes'
printf '# Title   \n\n\n\n\nHello   \t \nmore   \n' >patched.md
cp patched.md p.md
if command -v patch >/dev/null; then
    tokcount fit p.md -q --diff | patch -s patched.md 2>&1
else
    tokcount fit p.md -q >patched.md
fi
tokcount fit p.md -q | cmp - patched.md && echo same
