# rank, pack, summarise and fit on what nobody meant them for: no query, one giant line, 100,000 messages, bytes that are no text.
echo '{"id":"1","query":"","budget":10,"chunks":["a b c","d e f","g h i j k l m n"]}' | tokcount pack -e o200k_base --jsonl -
echo '{"id":"1","query":"word","budget":10,"chunks":[]}' | tokcount pack -e o200k_base --jsonl -
echo '{"id":"1","turns":[],"budget":10}' | tokcount summarise -e o200k_base --jsonl -
echo '{"id":"1","text":"some text"}' | tokcount rank --query '' - | wc -l | tr -d ' '
printf '{"id":"\\u0001","query":"a\\u0000b","budget":10,"chunks":["a\\u0000b c","\\u0001\\ufffe"]}\n' | tokcount pack -e o200k_base --jsonl -
printf '{"id":"2","turns":[{"speaker":"\\u0000","text":"\\u0000\\u0001 a. B c d."}],"budget":9}\n' | tokcount summarise -e o200k_base --jsonl -
printf 'Z\377\376\n' | tokcount pack -e o200k_base --jsonl - 2>&1; echo "exit $?"
echo '== one giant line'
head -c 3000000 /dev/zero | tr '\0' 'x' >x; awk 'BEGIN { for (i = 0; i < 200000; i++) printf "lorem ipsum dolor " }' >lorem
{ printf '{"id":"1","query":"lorem","budget":50,"chunks":["'; cat x; printf '","'; cat lorem; printf '"]}\n'; } | tokcount pack -e o200k_base --jsonl - | cut -c 1-60
{ printf '{"id":"1","budget":50,"turns":[{"speaker":"a","text":"'; cat lorem x; printf '"}]}\n'; } | tokcount summarise -e o200k_base --jsonl - | grep -o '"tokens":[0-9]*'
{ printf '{"id":"1","text":"'; cat x; printf '"}\n{"id":"2","text":"'; cat lorem; printf '"}\n'; } | tokcount rank --query 'dolor' -
echo '== 100,000 messages'
awk 'BEGIN { printf "{\"model\":\"gpt-4o\",\"messages\":["; for (i = 0; i < 100000; i++) printf "{\"role\":\"%s\",\"content\":\"item %d is worth %d\"},", i % 2 ? "assistant" : "user", i, i * 7
    print "{\"role\":\"user\",\"content\":\"And now?\"}]}" }' >many.json
tokcount fit many.json --passes summarise --waive all --budget 5000 -q --asof 2026-11-20 -o small.json; echo "exit $?"
test "$(tokcount count --as request --total -m gpt-4o small.json)" -le 5000 && echo 'within the budget'
