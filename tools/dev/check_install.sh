#!/bin/sh
# Installs into a scratch folder, uses what is there (the command from its new place, the
# library through pkg-config), uninstalls, and fails when a file is left: check_install.sh DIR
set -eu
stage=$1
rm -rf "$stage"
make -s install DESTDIR= PREFIX="$stage" >/dev/null

got=$(printf 'Hello world' | env -u TOKCOUNT_DATA "$stage/bin/tokcount" -e cl100k_base)
[ "$got" = 2 ] || { echo "installed tokcount counts \"$got\", expected 2" >&2; exit 1; }

cat >"$stage/use.c" <<'C'
#include <tokcount.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = argc > 1 ? argv[1] : NULL};
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_error err = {0};
    size_t n = 0;
    int bad = tkc_vocab_open_encoding(&v, "o200k_base", &opt, &err) != TKC_OK ||
              tkc_encoder_new(&e, v, NULL, &err) != TKC_OK ||
              tkc_count(e, (tkc_str){"Hello world", 11}, 0, &n, &err) != TKC_OK;
    if (bad) fprintf(stderr, "%s\n", err.message);
    else printf("%zu\n", n);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
    return bad;
}
C
export PKG_CONFIG_PATH="$stage/lib/pkgconfig"
# shellcheck disable=SC2046
cc -o "$stage/use" "$stage/use.c" $(pkg-config --cflags --libs tokcount)
got=$(LD_LIBRARY_PATH="$stage/lib" "$stage/use" "$stage/share/tokcount/vocab")
[ "$got" = 2 ] || { echo "shared library counts \"$got\", expected 2" >&2; exit 1; }
# shellcheck disable=SC2046
cc -o "$stage/use" "$stage/use.c" $(pkg-config --cflags tokcount) "$stage/lib/libtokcount.a" \
    $(pkg-config --static --libs tokcount | tr ' ' '\n' | grep -v -e -ltokcount | tr '\n' ' ')
got=$("$stage/use")
[ "$got" = 2 ] || { echo "static library counts \"$got\", expected 2" >&2; exit 1; }
size=$(du -sk "$stage" | cut -f1)
[ "$size" -le 81920 ] || { echo "installed: $size KB, more than 80 MB" >&2; exit 1; }

rm -f "$stage/use" "$stage/use.c"
make -s uninstall DESTDIR= PREFIX="$stage" >/dev/null
left=$(find "$stage" ! -type d)
[ -z "$left" ] || { echo "uninstall left: $left" >&2; exit 1; }
rm -rf "$stage"
