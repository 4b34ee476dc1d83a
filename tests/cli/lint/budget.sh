# A project's record: made, held, lowered, raised with a reason only, the same bytes every time.
exec 2>&1
say() { echo "# $*"; }
run() { echo "\$ tokcount $*"; tokcount "$@"; echo "exit $?"; }
mkdir -p .git prompts .github/prompts
echo "You are a helpful assistant. Be brief." >prompts/a.md
echo "Answer in JSON." >.github/prompts/b.prompt.md
echo "Agents" >AGENTS.md
echo "int main(void);" >main.c
run budget
run budget init
cat tokcount.lock.json
run budget init
run budget check
say one grows, one is new, one shrinks, one goes
echo "Never more than this, and then some." >>prompts/a.md
echo "new" >prompts/new.md
echo "A" >AGENTS.md
rm .github/prompts/b.prompt.md
run budget
run budget --json
run budget update
cat tokcount.lock.json
run budget check prompts/a.md
run budget update --raise="the new policy" prompts/a.md
run budget check
cat tokcount.lock.json
say the reason stays while the number does, and goes with it
cp tokcount.lock.json before
run budget update -q
cmp tokcount.lock.json before && say same bytes
echo "Short." >prompts/a.md
run budget update
grep -c reason tokcount.lock.json
say from a folder below, and the files that a merge left twice
cp tokcount.lock.json kept
sed 's/^{"path":"prompts\/a.md".*/&\n{"path":"prompts\/a.md","tokens":{"o200k_base":1}},/' kept >tokcount.lock.json
(cd prompts && run budget check)
cp kept tokcount.lock.json
say mistakes
run budget --raise=x
run budget update --raise=
run budget update -- -
run budget /dev/null
run budget check none.md
run budget --lock none.json
echo "<<<<<<< ours" >>tokcount.lock.json
run budget
say another model of the same record
cp kept tokcount.lock.json
run budget update -m gpt-4
cat tokcount.lock.json
