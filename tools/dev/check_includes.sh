#!/bin/sh
# Fails when an include points up a layer, is not written from the top folder, or names a
# library outside the one file that may.
#   tools -> optimizer -> tokenizer -> vocab -> vocab/base; tests and tools/dev -> anything
set -eu
bad=0
complain() { echo "$1: $2" >&2; bad=1; }

library=$(find vocab tokenizer optimizer -name '*.[ch]')
command=$(find tools -name '*.[ch]')

# allowed FILES PATTERN: every quoted include of the files must start with PATTERN
allowed() {
    for f in $1; do
        grep -n '^#include "' "$f" | grep -vE "#include \"($2)" | while IFS= read -r line; do
            echo "$f:$line: not allowed in this layer"
        done
    done
}
only() { # LIBRARY_HEADER FILE...: only these files may include it
    header=$1
    shift
    for f in $(grep -lE "#include <($header)" $library $command); do
        case " $* " in
        *" $f "*) ;;
        *) complain "$f" "includes <$header>, which is for $*" ;;
        esac
    done
}

out=$(
    allowed "$(find vocab/base -name '*.[ch]')" "vocab/base/"
    allowed "$(find vocab -name '*.[ch]')" "vocab/"
    allowed "$(find vocab/compile -name '*.[ch]')" "vocab/(base|compile)/|vocab/[a-z_]+[.]h"
    allowed "$(find tokenizer -name '*.[ch]')" "tokenizer/|vocab/"
    allowed "$(find optimizer -name '*.[ch]')" "optimizer/|tokenizer/|vocab/"
    allowed "$(find tools -name '*.[ch]' ! -path 'tools/dev/*')" "tools/|optimizer/|tokenizer/|vocab/"
)
[ -z "$out" ] || { echo "$out" >&2; bad=1; }
for f in $(grep -l '#include "vocab/compile/' $library $command); do
    case $f in vocab/*) ;; *) complain "$f" "includes vocab/compile/, which is for vocab/ only" ;; esac
done
only 'pcre2.h' tokenizer/pretokenize/pcre2.c
only 'utf8proc.h' tokenizer/normalize/unicode.c tokenizer/claude/claude_normalize.c
only 'zstd.h' vocab/packed.c tokenizer/claude/claude_vocab.c tools/lines/lines.c tools/audit/partial.c
only 'zlib.h' tools/lines/lines.c
only 'sys/mman.h' vocab/base/map_file.c
only 'libstemmer.h' optimizer/text/stem.c
for f in $library; do
    if grep -nE '(^|[^a-z_])(printf|fprintf|exit|abort|getenv|sprintf|strcat|strcpy|strncat|gets)\(' "$f" >&2; then
        complain "$f" "the library does not print, exit, read the environment or use unbounded string functions"
    fi
done
if grep -n 'strchr("' $library $command >&2; then
    complain sources "tkc_is_one_of() looks a character up in a set; strchr() finds NUL, a byte like any other, in all of them"
fi
if LC_ALL=C grep -nP '[^\x00-\x7F]' $library $command >&2; then
    complain sources "must be ASCII"
fi
exit $bad
