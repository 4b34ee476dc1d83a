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
# Of a log or of lines of JSON the mark costs no record, however it comes: packed, through a pipe, in front of a list.
echo '{"model":"gpt-5","provider":"openai","input":1000,"output":10}' >record
echo '{"request":{"model":"gpt-5","messages":[{"role":"user","content":"hi"}]}}' >request
echo '{"id":"a","text":"one two three four"}' >text
for f in record request text; do printf '\357\273\277' | cat - $f $f >mark.$f; done
gzip -c mark.record >mark.record.gz
printf '\357\273\277[%s,\n%s]\n' "$(cat record)" "$(cat record)" >mark.list
printf '\357\273\277' >mark.only
for f in mark.record mark.record.gz mark.list mark.only; do tokcount cost $f 2>&1 | tail -n 1; done
(printf '\357'; sleep 0.1; printf '\273\277'; cat record) | tokcount cost 2>&1 | tail -n 1
tokcount audit mark.request mark.only --json 2>&1 | cut -d, -f2
tokcount count --jsonl mark.text mark.only
tokcount count --as request --jsonl mark.request
tokcount dedupe mark.text
tokcount fit --jsonl mark.request 2>&1 >out | head -n 1; cmp mark.request out
for c in count fit audit lint; do say $c mark.txt; done
say count u16.txt u16.json
say count -q u16.txt
ln -s nowhere .tokcount.yaml
git init -q . 2>/dev/null
say lint
