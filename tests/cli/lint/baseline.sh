# Findings in tokcount.lock.json: recorded at first, only new ones reported, a record that only shrinks.
exec 2>&1
say() { echo "# $*"; }
run() { echo "\$ tokcount $*"; tokcount "$@"; echo "exit $?"; }
lint() { run lint --format concise "$@"; }
short() { sed -E 's/:([0-9a-f]{12})[0-9a-f]{52}/:\1/g' tokcount.lock.json; }
zwsp=$(printf '\342\200\213')
mkdir -p .git prompts
printf 'Answer in%s JSON.\nBe%s brief and name the file.\n' "$zwsp" "$zwsp" >prompts/a.md
printf 'Answer in JSON.\n' >prompts/b.md
lint
run budget init
short
say nothing is new, whatever the folder, and lines may move
lint
(cd prompts && lint a.md)
printf 'A first line.\n\nAnswer in%s JSON.\nBe%s brief and name the file.\n' "$zwsp" "$zwsp" >prompts/a.md
lint --ignore TC102
lint --ignore TC102 --no-baseline
say a new finding, the same finding a second time, and one that is in another file
printf 'A%s first line.\n\nAnswer in%s JSON.\nBe%s brief and name the file.\n' "$zwsp" "$zwsp" "$zwsp" >prompts/a.md
printf 'Answer in%s JSON.\n' "$zwsp" >prompts/b.md
lint --ignore TC102
lint --ignore TC102 --format json | sed -n 's/.*"recorded":\([0-9]*\).*/recorded \1/p'
say update adds no finding
run budget update
short
say what is fixed is forgotten, and comes back as new
printf 'Be%s brief and name the file.\n' "$zwsp" >prompts/a.md
printf 'Answer in JSON.\n' >prompts/b.md
lint
lint --select TC603
run budget update
short
printf 'Answer in%s JSON.\nBe%s brief.\n' "$zwsp" "$zwsp" >prompts/a.md
lint --ignore TC102
say a rule that is off was not looked at: its record is gone only once update looked without it
echo 'lint: {ignore: [TC602]}' >.tokcount.yaml
lint --ignore TC102
rm .tokcount.yaml
say more goes in with a reason only
run budget update --findings
run budget update --raise=adopted --findings prompts/a.md
short
lint
run budget update --json
say another file, a damaged one, a missing one
cp tokcount.lock.json other.json
rm tokcount.lock.json
lint
lint --lock other.json
lint --lock none.json
sed 's/"findings":\["/"findings":[3,"/' other.json >tokcount.lock.json
lint
lint --no-config
