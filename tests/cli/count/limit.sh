# Above --limit: exit status 1; an error wins over it.
printf 'Hello world' >a
tokcount --limit 2 a && echo fine
tokcount --limit 1 a 2>&1
echo "$?"
tokcount -q --limit 3 a a
echo "$?"
tokcount -q --limit 1 a nosuch 2>&1
echo "$?"
printf '"Hello world"\n' | tokcount --jsonl --limit 1 2>&1
