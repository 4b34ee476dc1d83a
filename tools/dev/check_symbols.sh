#!/bin/sh
# Fails when the shared library exports anything but tkc_* names, or does not export a
# function that a public header declares: check_symbols.sh build/libtokcount.so HEADER...
set -eu
so=$1
shift
bad=0
names=$(nm -D --defined-only "$so" | awk '{print $3}' | sed 's/@.*//')
other=$(printf '%s\n' "$names" | grep -v '^tkc_' || true)
[ -z "$other" ] || { echo "$so exports: $other" >&2; bad=1; }
declared=$(cat "$@" |
    tr '\n' ' ' | grep -oE 'TKC_API[^;]*;' | grep -oE 'tkc_[a-z0-9_]+\(' | tr -d '(' | sort -u)
for f in $declared; do
    printf '%s\n' "$names" | grep -qx "$f" || { echo "$so does not export $f" >&2; bad=1; }
done
for f in $names; do
    printf '%s\n' "$declared" | grep -qx "$f" || { echo "$so exports $f, which no public header declares" >&2; bad=1; }
done
exit $bad
