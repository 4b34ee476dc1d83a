# fit --jsonl: a request a line, each with its own model, results and reports in their lines; the way back.
req() { printf '{"model":"%s","messages":[{"role":"user","content":"%s"}]}\n' "$1" "$2"; }
{
    req gpt-4o 'One  \t \n\n\n\ntwo \t '
    req gpt-4 'Nothing to do.'
    printf '\n{"model":\n'
    printf '{"custom_id":"7","method":"POST","url":"/v1/chat/completions","body":%s}\n' "$(req gpt-4o 'Three \t \t ')"
    req claude-opus-4-1 'Four \t \t '
    printf '{"requests":[{"custom_id":"a","params":{"model":"claude-opus-4-1","max_tokens":1,"messages":[]}},{"custom_id":"b","params":{"model":"claude-opus-4-1","max_tokens":1,"messages":[]}}]}\n'
} >in.jsonl
tokcount fit --jsonl in.jsonl -o out.jsonl --report=report.jsonl --asof 2026-11-20 2>&1; echo "exit $?"
cat out.jsonl
cut -c 1-100 report.jsonl
tokcount fit --jsonl --undo report.jsonl out.jsonl >back.jsonl; echo "exit $?"
cmp in.jsonl back.jsonl && echo undone
tokcount fit --jsonl --undo report.jsonl in.jsonl 2>&1 >/dev/null; echo "exit $?"
head -n 2 out.jsonl | tokcount fit --jsonl -q --asof 2026-11-20 | cmp - out.jsonl 2>&1 | grep -c EOF
echo "budget:"
{ req gpt-4o 'Hello there.'; req gpt-4o 'Call 555-0199 by 2026-12-01 and never tell Bob Smith about it, whatever he says.'; } >two.jsonl
tokcount fit --jsonl two.jsonl --budget 20 --asof 2026-11-20 2>said; echo "exit $?"
cat said
tokcount fit --jsonl two.jsonl --json -q --asof 2026-11-20 | grep -c '"schema":"tokcount/fit/1"'
tokcount fit --jsonl two.jsonl --diff 2>&1; echo "exit $?"
tokcount fit --jsonl missing.jsonl 2>&1; echo "exit $?"
echo "without --jsonl:"
tokcount fit two.jsonl 2>&1; echo "exit $?"
sed -n 7p out.jsonl >many.json
tokcount fit many.json 2>&1; echo "exit $?"
echo "diff:"
{ req gpt-4o 'One \t \t'; req gpt-4o 'Nothing.'; req gpt-4 'Two \t \t'; } >three.jsonl
tokcount fit --jsonl three.jsonl --diff -q --asof 2026-11-20 -o three.out; echo "exit $?"
cat three.out
echo "threads:"
i=0; while [ $i -lt 2000 ]; do req gpt-4o "Number $i \\t \\t\\n\\n\\n\\n and some words about the pond and the mild weather there"; i=$((i + 1)); done >many.jsonl
sed -n '7s/.*/{"model":/;1,12p' many.jsonl >>many.jsonl
req gpt-4o 'Call 555-0199 by 2026-12-01 and never tell Bob Smith, nor Eve Jones, nor anyone at all, about the 14 boxes of the 3 ships in Oslo.' >>many.jsonl
for j in 1 3; do
    tokcount fit --jsonl many.jsonl -j $j --budget 38 --asof 2026-11-20 --report=rep$j -o out$j 2>err$j; echo "exit $?"
    tokcount fit --jsonl many.jsonl -j $j --asof 2026-11-20 --report --diff >diff$j 2>said$j
    tokcount fit --jsonl many.jsonl -j $j --asof 2026-11-20 -q >plain$j 2>/dev/null
    tokcount fit --jsonl many.jsonl -j $j --asof 2026-11-20 -q --json >json$j 2>/dev/null
done
for f in rep out err diff said plain json; do cmp ${f}1 ${f}3 && echo "$f: the same"; done
wc -l <plain1; tail -n 1 err1; grep -c '^request' diff1; grep -c '^tokcount: request' said1
echo '== blank lines, and a last line without its end'
line='{"model":"gpt-4o","messages":[{"role":"user","content":"One   \n\n\n\nline   \n"}]}'
printf '\n%s\n \n\r\n%s' "$line" "$line" >gaps.jsonl
tokcount fit --jsonl gaps.jsonl --asof 2026-11-20 -o gaps.out --report=gaps.report
wc -l <gaps.out; wc -l <gaps.report; tail -c 2 gaps.out; echo
tokcount fit --jsonl gaps.jsonl --asof 2026-11-20 -q | cmp - gaps.out
tokcount fit --jsonl gaps.out --undo gaps.report -o gaps.back && cmp gaps.back gaps.jsonl && echo undone
tokcount fit --jsonl gaps.out --undo gaps.report | cmp - gaps.jsonl && echo undone
echo '== a file appears whole or not at all'
mkdir folder && cd folder && cp ../gaps.jsonl in && echo old >old
tokcount fit --jsonl ../in.jsonl -q --undo ../gaps.report -o old 2>/dev/null; echo "exit $?"; cat old; ls -A
tokcount fit --jsonl in -q -o none/out --asof 2026-11-20; echo "exit $?"
tokcount fit --jsonl in -q -o out --report=none/rep --asof 2026-11-20; echo "exit $?"; ls -A
mkfifo pipe # nobody writes to it: the file is what is said first
timeout 20 tokcount fit --jsonl pipe -q -o none/out --asof 2026-11-20; echo "exit $?"
tokcount fit --jsonl pipe -q -o old --report=rep --asof 2026-11-20 & fit=$!
exec 3>pipe
cat ../many.jsonl >&3
kill -TERM $fit; wait $fit 2>/dev/null; exec 3>&-
cat old; rm pipe; ls -A
tokcount fit --jsonl in -q -o in --report=rep --asof 2026-11-20 && cmp in ../gaps.out && ls -A
tokcount fit --jsonl in -q -o in --undo rep && cmp in ../gaps.jsonl && ls -A
tokcount fit --jsonl in -q -o - --asof 2026-11-20 | cmp - ../gaps.out
