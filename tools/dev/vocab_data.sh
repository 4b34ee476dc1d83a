#!/bin/sh
# Packs vocabularies: vocab_data.sh VOCAB_PACK SET SOURCES OUT
#   VOCAB_PACK  the program (build/vocab_pack)      SET  tree or extra
#   SOURCES     folder filled by vocab_fetch.py     OUT  folder for the .tkp files
# The rows are vocab_data.tsv. The same sources give the same bytes.
set -eu
pack=$1 set=$2 sources=$3 out=$4
mkdir -p "$out"
grep -v '^#' "$(dirname "$0")/vocab_data.tsv" | while IFS='	' read -r name in source base; do
    [ "$in" = "$set" ] || continue
    if [ -f "$sources/$source" ]; then
        from=$sources/$source
    elif [ -f "$out/$source.tkp" ]; then
        from=$out/$source.tkp
    else
        echo "vocab_data.sh: $source is not in $sources: run tools/dev/vocab_fetch.py" >&2
        exit 2
    fi
    if [ "$base" = - ]; then
        "$pack" pack "$name" "$from" "$out/$name.tkp"
    else
        "$pack" pack "$name" "$from" "$out/$name.tkp" "$base"
    fi
done
