# Documents in order of their answer; ids, titles, missing ids; what is refused.
cat >docs.jsonl <<'X'
{"id":"a","title":"Cats","text":"The cat sat on the mat."}
{"id":7,"text":"Dogs chase cats."}

"a plain string about cooking pasta"
{"text":"caf\u00e9 \ud83d\ude00 pasta \u4e2d\u6587\u5b57"}
X
printf '{"id":"q1","text":"cats on a mat"}\n{"id":"q2","text":"pasta"}\n{"id":"q3","text":""}\n' >q.jsonl
tokcount rank --queries q.jsonl docs.jsonl | cut -d' ' -f1-4,6
tokcount rank --queries q.jsonl -k 1 - <docs.jsonl | cut -d' ' -f1-4
tokcount rank --query "$(printf '\344\270\255\346\226\207')" docs.jsonl | cut -d' ' -f1-4
tokcount rank --query x </dev/null; echo "exit $?"
echo '== bad'
bad() { "$@" 2>&1; echo "exit $?"; }
bad tokcount rank docs.jsonl
bad tokcount rank --query a --queries q.jsonl docs.jsonl
bad tokcount rank --query a --language klingon docs.jsonl
bad tokcount rank --query a -k 0 docs.jsonl
echo '{"id":"a b","text":"x"}' | bad tokcount rank --query x
echo '{"id":"a","title":5,"text":["x"]}' | bad tokcount rank --query x
printf '{"id":"a"}\n' | bad tokcount rank --query x
printf '{"id":"a","text":"x\377"}\n' | bad tokcount rank --query x
bad tokcount rank --queries nosuch docs.jsonl
bad tokcount rank --queries - - <docs.jsonl
# 100,000 documents, one giant line
i=0; while [ $i -lt 1000 ]; do echo "\"word$i other$((i % 7)) text here\""; i=$((i + 1)); done >many
for i in 0 1 2 3 4 5 6 7 8 9; do for j in 0 1 2 3 4 5 6 7 8 9; do cat many; done; done | tokcount rank --query word77 -k 3 | cut -d' ' -f3,4
{ printf '"'; head -c 3000000 /dev/zero | tr '\0' 'a'; printf ' needle"\n'; } | tokcount rank --query needle | cut -d' ' -f3,4
