# A line in, a line out, in order; the first bad line ends the run.
printf '"Hello world"\n{"id":7,"text":"caf\\u00e9 \\ud83d\\ude00","n":null}\r\n\n"\\ud800"\n""' >l
tokcount --jsonl l
echo -- encode
tokcount encode --jsonl=l
echo -- back
tokcount encode --jsonl l | tokcount decode --jsonl
echo -- total
tokcount count --jsonl l l --total
cat l | tokcount --jsonl -
echo -- strict
tokcount --strict --jsonl l 2>&1
echo "$?"
for bad in '[1]' '{"txt":"x"}' '{"text":1}' '"open' 'null' '"a" "b"' '"\xff"'; do
    { printf '"Hello world"\n'; printf "$bad"; printf '\n"never"\n'; } >b
    tokcount --jsonl b 2>&1
    echo "$?"
done
tokcount --jsonl -m gpt-5 -m gpt-4 l 2>&1
