# What counts as a prompt in a folder: of a whole project, of a part of it, with "include", outside of any.
exec 2>&1
run() { echo "\$ tokcount lint $*"; tokcount lint --format concise "$@"; echo "exit $?"; }
bad='hi\342\200\213there friend\n'
mkdir -p app/docs app/prompts app/.claude/agents app/src
cd app
for f in README.md docs/guide.md prompts/a.md .claude/agents/b.md AGENTS.md src/note.txt; do printf "$bad" >$f; done
cat >package.json <<'J'
{
  "name": "an-app",
  "version": "1.0.0",
  "scripts": { "test": "true" }
}
J
cp package.json prompts/data.json
cp package.json docs/data.json
cat >docs/request.json <<'J'
{"model": "gpt-4o", "max_tokens": 10, "messages": [{"role": "user", "content": "hi\u200bthere friend"}]}
J
echo "# outside of a project a folder is taken for what is in it, JSON that is no prompt left alone"
run .
mkdir .git
echo "# a project: by names and folders"
run
run ..
echo "# a part of one, or a file, that is named"
run docs README.md package.json
echo "# include says what is one, whatever its name; exclude takes out"
printf 'include: ["docs/", "*.special"]\nexclude: docs/guide.md\n' >.tokcount.yaml
printf "$bad" >a.special
run
rm -r .tokcount.yaml prompts .claude AGENTS.md a.special
echo "# nothing there is a prompt"
run
