# What other tools put in front of a text: JSON has no mark, and UTF-16 is told from bytes that are no text.
say() { echo "$@: $(tokcount "$@" 2>&1 >out | head -n 1), status $(tokcount "$@" >out 2>/dev/null; echo $?)"; }
printf '\357\273\277{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}' >mark.json
printf '\377\376{\0"\0a\0"\0:\0001\0}\0' >u16.json
printf '\376\377\0h\0i' >u16.txt
printf '\357\273\277{"text":"hi"}\n' >mark.jsonl
printf '\357\273\277hi\n' >mark.txt
for f in mark.json u16.json u16.txt; do
    for c in count "count --as request" fit audit lint tools cost; do say $c $f; done
done
say count --jsonl mark.jsonl
for c in count fit audit lint; do say $c mark.txt; done
say count u16.txt u16.json
say count -q u16.txt
ln -s nowhere .tokcount.yaml
git init -q . 2>/dev/null
say lint
