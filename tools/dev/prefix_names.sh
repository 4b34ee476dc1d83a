#!/bin/sh
# prefix_names.sh ARCHIVE: names that only files of the library share (lint_find, fact_add) get its
# prefix, so that a program that links the archive may have its own.
set -eu
command -v objcopy >/dev/null || exit 0
names=$1.names
nm -g --defined-only "$1" 2>/dev/null | awk 'NF == 3 && $3 !~ /^tkc_/ {print $3, "tkc_in_" $3}' | sort -u >"$names"
objcopy --redefine-syms="$names" "$1"
rm -f "$names"
