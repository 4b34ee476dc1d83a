#!/bin/sh
# run.sh BINARY [PRE-COMMIT...] - this repository's hooks, run by the real pre-commit on a real git
# repository: install, refuse a commit, pass, skip, fix.
#
# Without a PRE-COMMIT the one on PATH (Debian's) and the one that "make hooks" puts into
# build/pre-commit are used; one that is not there is skipped, which is said and counted. The first
# compiles the program as a user's would; the others wrap BINARY, to save the minute.
set -u
here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
[ $# -ge 1 ] || { echo "usage: run.sh BINARY [PRE-COMMIT...]" >&2; exit 2; }
binary=$(cd "$(dirname "$1")" && pwd -P)/$(basename "$1")
shift
[ -x "$binary" ] || { echo "run.sh: $binary: no such program; make it first" >&2; exit 2; }
[ $# -gt 0 ] || set -- pre-commit "$top/build/pre-commit/bin/pre-commit"

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
passed=0 failed=0 skipped=0
LC_ALL=C GIT_CONFIG_NOSYSTEM=1 HOME=$work/user TOKCOUNT_CACHE=$work/cache TOKCOUNT_DATA=$top/vocab/data
GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
export LC_ALL GIT_CONFIG_NOSYSTEM HOME TOKCOUNT_CACHE TOKCOUNT_DATA
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE XDG_CACHE_HOME XDG_DATA_HOME PRE_COMMIT_HOME MAKEFLAGS MFLAGS
mkdir "$work/user" "$work/bin" "$work/cache"
ln -s "$binary" "$work/bin/tokcount"
command -v git >/dev/null || { echo "hooks: git is not installed: 1 skipped"; exit 0; }

# check NAME STATUS TEXT COMMAND...: the command's status, and a text in what it prints ("": any).
check() {
    name=$1 want=$2 text=$3
    shift 3
    "$@" >"$work/out" 2>&1
    got=$?
    if [ "$got" = "$want" ] && { [ -z "$text" ] || grep -qF -e "$text" "$work/out"; }; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $version: $name: exit $got, expected $want and '$text'; it printed"
        sed 's/^/    /' "$work/out" | tail -n 40
    fi
}

# A repository with what is in this folder now, committed or not.
hooks=$work/tokcount
mkdir "$hooks"
(
    cd "$top" || exit 1
    if [ -e .git ] && git ls-files -z --cached --others --exclude-standard >"$work/list" 2>/dev/null; then
        : # deleted files are still listed
    else
        find . -path ./build -prune -o -path ./.git -prune -o -type f -print0 >"$work/list"
    fi
    tar --null --ignore-failed-read -T "$work/list" -cf - 2>/dev/null | tar xf - -C "$hooks"
    cd "$hooks" && git init -q . && git add -A -f . && git commit -qm hooks
) || { echo "hooks: the hook repository could not be made"; exit 1; }
revision=$(git -C "$hooks" rev-parse HEAD)

config() { # HOOK...: writes .pre-commit-config.yaml
    echo "repos:"
    echo "- repo: $hooks"
    echo "  rev: $revision"
    echo "  hooks:"
    for id; do echo "  - id: $id"; done
}

one() { # PRE-COMMIT: all cases with it
    pc=$1
    d=$work/project
    rm -rf "$d"
    mkdir "$d" "$d/prompts"
    cd "$d" || exit 1
    git init -q .
    PRE_COMMIT_HOME=$work/home-$version
    export PRE_COMMIT_HOME
    check "the manifest is valid" 0 "" "$pc" validate-manifest "$hooks/.pre-commit-hooks.yaml"

    config tokcount-budget >.pre-commit-config.yaml
    check "install" 0 "installed at" "$pc" install
    if [ -z "${TOKCOUNT_BINARY-}" ]; then
        check "missing libraries are one line" 1 \
            "tokcount: cannot be compiled here; install: libpcre2-dev libutf8proc-dev" \
            env PKG_CONFIG_LIBDIR=/nonexistent PRE_COMMIT_HOME="$work/none" \
            sh -c "\"$pc\" install-hooks && exit 0; exit 1"
        cp "$work/out" "$work/said"
        check "and no traceback of ours" 1 "" grep -F tokcount_build.py "$work/said"
    fi
    echo "You are a helpful assistant. Be brief." >prompts/a.md
    git add .
    check "no record yet: refused" 1 "tokcount budget init" git commit -m 1
    tokcount budget init >"$work/out" && git add .
    check "recorded: passes" 0 "Passed" git commit -m 1
    echo "print(1)" >main.py
    git add .
    check "no prompt changed: skipped" 0 "Skipped" git commit -m 2
    echo "And never say more than you were asked." >>prompts/a.md
    git add .
    check "it grew: refused" 1 "prompts/a.md: o200k_base: 18 tokens, 9 above its budget of 9" git commit -m 3
    tokcount budget update --raise="asked for" >"$work/out" && git add .
    check "raised with a reason: passes" 0 "Passed" git commit -m 3
    check "all files" 0 "Passed" "$pc" run --all-files

    config tokcount-lint-fix >.pre-commit-config.yaml
    printf 'Answer in one sentence.\nNever\342\200\213 guess.\n' >prompts/b.md
    git add .
    check "a finding with a safe fix: fixed and refused" 1 "files were modified by this hook" git commit -m 4
    check "the fix is in the file" 0 "Never guess." cat prompts/b.md
    git add .
    check "fixed: passes" 0 "Passed" git commit -m 4
    config tokcount-lint >.pre-commit-config.yaml
    printf 'Read this.\n\342\200\256desrever\n' >prompts/c.md
    cp prompts/c.md before
    git add .
    check "a finding: refused" 1 "prompts/c.md:2:1: TC603" git commit -m 5
    check "and not changed" 0 "" cmp before prompts/c.md
    git rm -q -f --cached prompts/c.md
    rm -f prompts/c.md before
    printf 'nothing to see\342\200\213\n' >notes.md
    git add .
    check "no prompt: skipped" 0 "Skipped" git commit -m 5

    config tokcount-lint-system >.pre-commit-config.yaml
    git add .
    check "lint on PATH" 0 "Passed" "$pc" run --all-files
    tokcount budget update >"$work/out"
    config tokcount-budget-system >.pre-commit-config.yaml
    git add .
    check "the program on PATH" 0 "Passed" "$pc" run --all-files
    check "no program on PATH" 1 "tokcount" \
        env PATH="$(echo "$PATH" | sed "s|$work/bin:||")" "$pc" run --all-files
    check "try-repo" 0 "Passed" "$pc" try-repo "$hooks" tokcount-budget-system --ref "$revision" --all-files
    cd "$work" || exit 1
}

PATH=$work/bin:$PATH
export PATH
version=names
check "hook and program agree on what a prompt is called" 0 "names agree" python3 "$here/names.py" "$hooks" "$binary"
first=1
for pc; do
    if ! version=$("$pc" --version 2>/dev/null); then
        skipped=$((skipped + 1))
        echo "skip $pc: not installed (Debian: pre-commit; make hooks installs the other)"
        continue
    fi
    version=$(echo "$version" | tr ' ' '-')
    if [ -n "$first" ]; then
        unset TOKCOUNT_BINARY
    else
        TOKCOUNT_BINARY=$binary
        export TOKCOUNT_BINARY
    fi
    first=
    one "$pc"
done
echo "hooks: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
