# .tokcount.yaml: models, globs and budgets; found upwards to the root of the repository.
exec 2>&1
run() { echo "\$ tokcount $*"; tokcount "$@"; echo "exit $?"; }
echo "modles: [above the repository: never read]" >.tokcount.yaml
mkdir -p repo/.git repo/texts/old repo/deep/er
cd repo || exit 2
for i in 1 2 3; do echo "one two three four" >"texts/$i.txt"; done
echo "longer than the others by some words" >texts/4.txt
echo "not counted" >texts/old/x.txt
echo "no prompt here" >AGENTS.md
run budget init
rm tokcount.lock.json
cat >.tokcount.yaml <<'Y'
models: [gpt-5, gpt-4]
include: texts/
exclude: old/
budgets:
  - {files: "texts/*.txt", max: 6}
  - {files: texts/, model: gpt-4, total: 10}
Y
run budget init
cat tokcount.lock.json
run budget
(cd deep/er && run budget -q)
run budget --no-config -m gpt-5
run budget --config ../.tokcount.yaml
run budget --config none.yaml
echo 'budgets: [{files: a, model: gpt-4, max: 3}]
models: gpt-5' >.tokcount.yaml
run budget
for y in 'models: [gtp-5]' 'include: ../secret' 'output: report.html' 'a: &a [*a]' 'lint: {select: TC9999}' 'models: ['; do
    echo "$y" >.tokcount.yaml
    run budget
done
rm .tokcount.yaml
ln -s /etc/passwd .tokcount.yaml
run budget
rm .tokcount.yaml
mkfifo .tokcount.yaml
run budget
