# Chunks within a budget: what is kept, what is left out and why; refusals; hostile lines.
cat >in.jsonl <<'X'
{"id":"a","query":"office budget","budget":40,"chunks":[{"id":"1","text":"The budget for the new office is two million dollars, approved in March."},{"id":"2","text":"Penguins live in the south and eat fish."},{"id":"3","text":"The budget, for the new OFFICE, is two million dollars - approved in March!"},"A plain string about the office lunch."]}
{"id":"b","query":"","budget":12,"chunks":[{"text":"One two three four five."},{"text":"Six seven eight nine ten."},{"text":"Eleven."}]}
{"id":"c","query":"needle","budget":9,"chunks":[{"id":"x","text":"Nothing is here at all. A needle is in this one. Nothing more to say."}]}
{"id":"d","query":"q","budget":5,"chunks":[]}
X
tokcount pack --jsonl in.jsonl
tokcount pack -j 2 - <in.jsonl >two; tokcount pack -j 1 in.jsonl | cmp - two && echo 'same with two threads'
echo '{"chunks":["budget talk","other"]}' | tokcount pack --budget 3 --query budget
echo '{"query":"b","budget":4,"chunks":[{"text":"b b","tokens":3},{"text":"b","tokens":2}]}' | tokcount pack --order separate
cat >places.jsonl <<'X'
{"query":"valve pump leaks oil","budget":28,"chunks":[{"id":"early","tokens":14,"text":"the valve of the pump leaks oil onto the deck since the storm"},{"id":"twin","tokens":14,"text":"pump leaks oil onto the deck since the storm of last week at sea"},{"id":"other","tokens":14,"text":"a valve was ordered from Lyon together with forty other parts yesterday"},{"id":"named","title":"Oil","tokens":14,"text":"Nothing that is asked for stands in here at all"}]}
X
for o in '' '--diversity 0.5' '--place best --budget 99' '--title-weight 16' '--title-weight 0'; do echo "$o:"; tokcount pack --order separate $o places.jsonl | grep -o '"kept.*left'; done
sed 's/28/56/' places.jsonl | tokcount pack --place best | grep -o '"kept.*left'
sed 's/28/56/' places.jsonl | tokcount pack --place ends | grep -o '"kept.*left'
echo '== bad'
bad() { tokcount pack "$@" 2>&1; echo "exit $?"; }
echo '{"query":"x","chunks":[]}' | bad
echo '{"query":"x","budget":-1,"chunks":[]}' | bad
echo '{"query":"x","budget":1}' | bad
echo '{"query":"x","budget":1,"chunks":[5]}' | bad
echo '{"query":"x","budget":1,"chunks":[{"id":1}]}' | bad
echo '[1]' | bad
echo '{"query":"x","budget":1,"chunks":["x"]}' | bad --language klingon
bad -e nosuch
bad --order sideways
bad --diversity 2
bad --title-weight 17
bad --place middle
# 100,000 chunks; one giant chunk; both well within a few seconds
{ printf '{"id":"many","query":"word7 word8","budget":5000,"chunks":["w0"'; i=0; while [ $i -lt 1000 ]; do printf ',"a word%s b"' $i; i=$((i + 1)); done >part
for i in 0 1 2 3 4 5 6 7 8 9; do for j in 0 1 2 3 4 5 6 7 8 9; do cat part; done; done; printf ']}\n'; } | tokcount pack | tr ',' '\n' | grep -c '"why"'
{ printf '{"query":"a","budget":50,"chunks":["'; head -c 2000000 /dev/zero | tr '\0' 'a'; printf '"]}\n'; } | tokcount pack | cut -c1-60
