# Copies among lines, what stays, overlaps; pairs; refusals; hostile lines.
cat >in.jsonl <<'X'
{"id":"a","text":"The quick brown fox jumps over the lazy dog near the river bank today.","x":1}
{"id":"b","text":"the QUICK brown fox jumps over the lazy dog near the river bank today"}
{"id":"c","text":"The quick brown fox jumps over the lazy cat near the river bank today."}
"A different text altogether, about money."
{"id":"d","text":"over the lazy dog near the river bank today. And then it went on to sleep for a while."}
X
tokcount dedupe in.jsonl
tokcount dedupe --threshold 0.9 -q - <in.jsonl
tokcount dedupe --emit keep -q in.jsonl
tokcount dedupe --emit overlaps -q in.jsonl
tokcount dedupe --emit merged -q in.jsonl
# windows of 12 words, one each 4, put together again, in whatever order they come; a ring ends somewhere
seq 1 60 | awk '{ w[NR] = "w" $1 } END { for (i = 1; i + 11 <= NR; i += 4) { printf "{\"id\":%d,\"text\":\"", i; for (k = i; k < i + 12; k++) printf "%s%s", (k > i ? " " : ""), w[k]; print "\"}" } }' >windows
sort -r windows | tokcount dedupe --emit merged -q -
printf '"a b c d e f g h 1 2 3 4 5 6 7 8 i j k l m n o p"\n"i j k l m n o p q r s t u v w x y z 9 a b c d e f g h"\n' | tokcount dedupe --emit merged -q -
tokcount dedupe -q </dev/null; echo "exit $?"
echo '== pairs'
printf '{"a":"The cat sat.","b":"the cat SAT"}\n{"a":"Shares fell 5 percent.","b":"The parliament voted."}\n{"a":"","b":""}\n' | tokcount dedupe --pairs -
echo '== bad'
bad() { tokcount dedupe "$@" 2>&1; echo "exit $?"; }
bad --threshold 0 in.jsonl
bad --threshold 1.5 in.jsonl
bad --threshold x in.jsonl
bad --pairs --emit keep in.jsonl
bad --emit some in.jsonl
echo '{"a":"x"}' | bad --pairs
echo '[1]' | bad
bad nosuch
# 100,000 texts: the second half repeats the first
i=0; while [ $i -lt 500 ]; do echo "\"text $i has word$((i * 7)) and word$((i * 13)) in it, with number$((i * 31)) too\""; i=$((i + 1)); done >some
for i in 0 1 2 3 4 5 6 7 8 9; do for j in 0 1 2 3 4 5 6 7 8 9; do cat some some; done; done >many
tokcount dedupe --emit keep -q many | wc -l | tr -d ' '
tokcount dedupe --emit keep -q -j 1 many >one; tokcount dedupe --emit keep -q -j 2 many | cmp - one && echo 'same with two threads'
{ printf '"'; head -c 5000000 /dev/zero | tr '\0' 'a'; printf '"\n'; } >giant; cat giant giant | tokcount dedupe 2>&1 | tail -n 1
