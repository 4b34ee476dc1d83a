# A file that names a model is counted with that one's vocabulary, unless -m or -e says another.
exec 2>&1
run() { echo "\$ tokcount lint $*"; tokcount lint --format concise "$@"; echo "exit $?"; }
mkdir .git p
body='"messages":[{"role":"user","content":"{\n  \"name\": \"Ada Lovelace\",\n  \"born\": 1815,\n  \"of\": [\n    1,\n    2\n  ]\n}"}],"max_tokens":9}'
printf '{"model":"gpt-4",%s\n' "$body" >p/old.json
printf '{"model":"gpt-5",%s\n' "$body" >p/new.json
printf '{"model":"nobody-knows-it",%s\n' "$body" >p/unknown.json
printf '{"model":"gpt-4",%s\n{"model":"gpt-5",%s\n' "$body" "$body" >p/two.jsonl
run --select TC301 p
run --select TC301 -e o200k_base p/old.json
run --select TC301 -m gpt-4 p/new.json
tokcount lint --select TC301 --json p/old.json | grep -o '"encoding":"[^"]*"'
# the configuration's model is for files that name none
echo 'models: [gpt-4]' >.tokcount.yaml
run --select TC301 p/new.json p/unknown.json
# budgets and records stay in the vocabulary that they are of
rm .tokcount.yaml
mkdir prompts
cp p/old.json prompts
tokcount budget init -q
run --select TC102 prompts
printf '{"model":"gpt-4","messages":[{"role":"user","content":"%s and the rest of it"}],"max_tokens":9}' "$(yes word | head -200 | tr '\n' ' ')" >prompts/old.json
run --select TC102 prompts
