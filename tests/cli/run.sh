#!/bin/sh
# run.sh BINARY [AREA|AREA/NAME]... - runs the cases of this folder, or those named.
#
# A case is AREA/NAME.sh, run by sh in a fresh folder with "tokcount" in PATH. Its standard output
# must be NAME.stdout (nothing, if there is no such file), its exit status NAME.exit (0), its
# standard error NAME.stderr if there is one. A case that needs what is not there exits 77:
# skipped, and counted as that.
# UPDATE=1 writes NAME.stdout (and .stderr, .exit where they are there or needed) anew.
set -u
here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
[ $# -ge 1 ] || { echo "usage: run.sh BINARY [AREA|AREA/NAME]..." >&2; exit 2; }
binary=$(cd "$(dirname "$1")" && pwd -P)/$(basename "$1")
shift
[ -x "$binary" ] || { echo "run.sh: $binary: no such program; make it first" >&2; exit 2; }

work=$(mktemp -d) || exit 2
trap 'chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
mkdir "$work/bin" "$work/cache"
ln -s "$binary" "$work/bin/tokcount"

LC_ALL=C PATH=$work/bin:$PATH TERM=xterm
TOKCOUNT_DATA=$top/vocab/data TOKCOUNT_CACHE=$work/cache CASES=$here TOP=$top
export LC_ALL PATH TERM TOKCOUNT_DATA TOKCOUNT_CACHE CASES TOP
unset NO_COLOR XDG_DATA_HOME XDG_CACHE_HOME GIT_DIR GIT_WORK_TREE
umask 022

[ $# -gt 0 ] || set -- $(cd "$here" && ls -d ./*/ | sed 's|^\./||; s|/$||')
set -- $(cd "$here" && for name; do
    if [ -d "$name" ]; then ls "$name"/*.sh | sed 's|\.sh$||'; else echo "$name"; fi
done)
passed=0 failed=0 skipped=0
for name; do
    d=$work/case
    mkdir "$d" "$d/home" "$d/in"
    (cd "$d/in" && HOME=$d/home exec sh "$here/$name.sh") >"$d/stdout" 2>"$d/stderr" </dev/null
    status=$?
    expected=0
    [ ! -f "$here/$name.exit" ] || read -r expected <"$here/$name.exit"
    if [ "$status" = 77 ]; then
        skipped=$((skipped + 1))
        echo "skip $name: $(head -n 1 "$d/stdout")"
    elif [ -n "${UPDATE-}" ]; then
        [ ! -s "$d/stdout" ] || cp "$d/stdout" "$here/$name.stdout"
        [ ! -f "$here/$name.stderr" ] || cp "$d/stderr" "$here/$name.stderr"
        [ "$status" = 0 ] || echo "$status" >"$here/$name.exit"
    else
        wrong=
        out=$here/$name.stdout
        [ -f "$out" ] || out=/dev/null
        diff -u "$out" "$d/stdout" >"$d/diff" 2>&1 || wrong=1
        [ ! -f "$here/$name.stderr" ] ||
            diff -u "$here/$name.stderr" "$d/stderr" >>"$d/diff" 2>&1 || wrong=1
        if [ "$status" != "$expected" ]; then
            echo "exit status $status, expected $expected" >>"$d/diff"
            wrong=1
        fi
        # No case may end in a signal or a sanitizer's report, whatever it expects.
        if grep -E 'Sanitizer|runtime error' "$d/stderr" >>"$d/diff"; then wrong=1; fi
        if [ -n "$wrong" ]; then
            failed=$((failed + 1))
            echo "FAIL $name"
            sed 's/^/    /' "$d/diff"
            sed 's/^/    stderr: /' "$d/stderr" | head -n 20
        else
            passed=$((passed + 1))
        fi
    fi
    chmod -R u+rwx "$d" 2>/dev/null
    rm -rf "$d"
done
echo "cli: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
