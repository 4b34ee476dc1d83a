# Two revisions of a git repository: read from git's objects, nothing is checked out.
command -v git >/dev/null || { echo "git is not installed"; exit 77; }
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com \
    GIT_CONFIG_NOSYSTEM=1
git init -q . 2>/dev/null && git symbolic-ref HEAD refs/heads/main || { echo "git init does not work here"; exit 77; }
exec 2>&1
run() { echo "\$ tokcount $*"; tokcount "$@"; echo "exit $?"; }
run diff --rev HEAD
mkdir prompts
echo "You are a helpful assistant. You answer in one sentence." >prompts/a.md
echo "one" >"with space.md"
git add . && git commit -qm 1
git branch side
echo "more" >>"with space.md"
git mv prompts/a.md prompts/b.md
ln -s /etc/passwd link.md
echo "budgets are no prompts" >tokcount.lock.json
git add . && git commit -qm 2
git tag two
run diff --rev HEAD~1..HEAD
run diff --rev side..two --format md
run diff --rev main~1 -q
(cd prompts && run diff --rev HEAD~1 .)
run diff --rev HEAD~1.. prompts
tokcount diff --rev HEAD~1..HEAD --asof 2026-11-20 --json | sed -E 's/"[0-9a-f]{40}"/"ID"/g'
git checkout -q side
echo "side" >side.md
git add . && git commit -qm 3
run diff --rev main..side
run diff --rev main...side
echo "not committed" >>side.md
run diff --rev HEAD
run diff --rev HEAD..HEAD
run diff --rev none..HEAD
run diff --rev --output=x..HEAD
run diff --rev '@{upstream}'
# the repository's configuration names programs; none is run
for key in core.fsmonitor diff.external core.pager diff.x.textconv core.sshCommand; do
    git config $key "touch $PWD/ran;"
done
echo "*.md diff=x" >.gitattributes
run diff --rev main~1
[ ! -e ran ] || echo "a program of the configuration was run"
# where there is no repository
GIT_CEILING_DIRECTORIES=$PWD/.. && export GIT_CEILING_DIRECTORIES && rm -rf .git
run diff --rev main~1
