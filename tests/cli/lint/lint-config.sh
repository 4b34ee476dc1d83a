# .tokcount.yaml and tokcount.lock.json: rules, severities, files left out, budgets, the ratchet.
exec 2>&1
run() { echo "\$ tokcount lint $*"; tokcount lint --format concise -q --no-baseline "$@"; echo "exit $?"; }
mkdir -p .git prompts examples old
printf 'hi\342\200\213there friend\n' >prompts/a.md
cp prompts/a.md examples/AGENTS.md
cp prompts/a.md old/AGENTS.md
run
tokcount budget init -q
cat >.tokcount.yaml <<'Y'
exclude: old/
budgets: [{files: prompts/, max: 2}, {files: prompts/, model: gpt-4, max: 1}]
lint:
  rules: {TC602: info, over-budget: warning}
  per-file: [{files: examples/, ignore: [TC602], reason: shown}]
Y
run
(cd prompts && run a.md ../old/AGENTS.md)
echo "more than before it was" >>prompts/a.md
run
run --no-config
run --ignore TC101,TC602
echo 'lint: {select: TC1}' >.tokcount.yaml
run
run --select TC602 old
for y in 'lint: {rules: {TC999: off}}' 'lint: {rules: {TC101: {max: 3}}}' 'lint: {ignore: [ALL]}'; do
    echo "$y" >.tokcount.yaml
    run
done
echo x >tokcount.lock.json
rm .tokcount.yaml
run
