#!/bin/sh
# callgrind.sh BENCH CODE CORPORA [folders] [--only ENCODING]... [--bytes N]
#
# Instructions per byte of counting and of making ids, cold (the first pass) and warm (the
# second), as valgrind counts them: the same on every run of the same program and compiler, and
# blind to everything that makes a clock waver. It knows no AVX-512, so the kernels below that
# run, and instructions are not time: a table that misses the cache costs more than it shows.
#
# A pass is the difference of a run with one more of them.
set -eu
[ $# -ge 3 ] || { echo "usage: callgrind.sh BENCH CODE CORPORA [option]..." >&2; exit 2; }
bench=$1 code=$2 corpora=$3
shift 3
bytes=1000000 only='' folders=''
while [ $# -gt 0 ]; do
    case $1 in
    --only) only="$only $2" ;;
    --bytes) bytes=$2 ;;
    --data | --user | --cache) folders="$folders $1 $2" ;;
    *) echo "callgrind.sh: unknown option $1" >&2; exit 2 ;;
    esac
    shift 2
done
: "${only:=o200k_base cl100k_base llama3 qwen3 deepseek_v3 kimi_k2 tekken gemma3 llama2 mistral_v3}"

instructions() { # ROW ENCODING TEXT PASSES
    # the folders are options and their values
    # shellcheck disable=SC2086
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" --row "$1" -e "$2" \
        --text "$3" --bytes "$bytes" --passes "$4" --threads 1 $folders 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

echo "| vocabulary | text | count cold | count warm | ids cold | ids warm |"
echo "|---|---|--:|--:|--:|--:|"
for e in $only; do
    # shellcheck disable=SC2086
    "$bench" --row count -e "$e" --text hostile:letter --bytes 1000 --passes 1 $folders \
        >/dev/null 2>&1 || { echo "| $e | its data is not here ||||"; continue; }
    for text in english code cjk multilingual; do
        file=$corpora/$text.txt
        [ "$text" != code ] || file=$code
        [ -r "$file" ] || continue
        line="| $e | $text |"
        for row in count ids; do
            none=$(instructions $row "$e" "$file" 0)
            one=$(instructions $row "$e" "$file" 1)
            two=$(instructions $row "$e" "$file" 2)
            line="$line $(awk -v a="$none" -v b="$one" -v c="$two" -v n="$bytes" \
                'BEGIN { printf "%.2f | %.2f |", (b - a) / n, (c - b) / n }')"
        done
        echo "$line"
    done
done
