#!/bin/sh
# code_corpus.sh OUT [MB] - source code as it is on this machine: Python and C, half each.
#
# The standard library of the installed Python and the headers in /usr/include, in the order of
# their names; files that are not UTF-8 are left out. 30 MB unless MB says otherwise. Prints
# the SHA-256, which figures are to be quoted with: another machine has other files.
set -eu
[ $# -ge 1 ] || { echo "usage: code_corpus.sh OUT [MB]" >&2; exit 2; }
out=$1
half=$((${2:-30} * 500000))
if [ ! -s "$out" ]; then
    mkdir -p "$(dirname "$out")"
    take() { # files by name, cut behind the last whole line of the half
        LC_ALL=C sort -z | LC_ALL=C.UTF-8 xargs -0 grep -LZaxv '.*' |
            xargs -0 cat | head -c "$half" | sed '$d'
    }
    {
        find -L /usr/lib/python3* -name '*.py' -type f -print0 | take
        find -L /usr/include -name '*.h' -type f -print0 | take
    } >"$out.part" 2>/dev/null || :
    mv "$out.part" "$out"
fi
[ -s "$out" ] || { echo "code_corpus.sh: neither Python nor C headers are installed" >&2; exit 2; }
printf '%s  %s bytes  %s\n' "$(sha256sum <"$out" | cut -d' ' -f1)" "$(wc -c <"$out")" "$out"
