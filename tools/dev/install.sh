#!/bin/sh
# install.sh install|uninstall BUILD ROOT PREFIX VERSION HEADER...
#   ROOT    where files go: DESTDIR and PREFIX together
#   PREFIX  what the .pc file says
# One list of files serves both directions, so that uninstall leaves nothing behind.
set -eu
what=$1 build=$2 root=$3 prefix=$4 version=$5
shift 5

put() { # MODE SOURCE DESTINATION
    if [ "$what" = install ]; then
        mkdir -p "$(dirname "$root/$3")"
        install -m "$1" "$2" "$root/$3"
    else
        rm -f "$root/$3"
    fi
}

put 755 "$build/tokcount" bin/tokcount
put 644 "$build/libtokcount.a" lib/libtokcount.a
put 755 "$build/libtokcount.so" "lib/libtokcount.so.$version"
# Debug information is two thirds of the archive; build/ keeps it.
if [ "$what" = install ] && command -v strip >/dev/null; then
    strip --strip-debug "$root/bin/tokcount" "$root/lib/libtokcount.a" "$root/lib/libtokcount.so.$version"
fi
for h; do put 644 "$h" "include/tokcount/$h"; done
put 644 tools/dev/tokcount.h include/tokcount/tokcount.h
for f in vocab/data/*.tkp vocab/data/*.tkc vocab/data/NOTICE.md; do
    [ -e "$f" ] && put 644 "$f" "share/tokcount/vocab/$(basename "$f")"
done
put 644 LICENSE share/doc/tokcount/LICENSE
put 644 tools/man/tokcount.1 share/man/man1/tokcount.1
put 644 tools/completions/tokcount.bash share/bash-completion/completions/tokcount
put 644 tools/completions/_tokcount share/zsh/site-functions/_tokcount
put 644 tools/completions/tokcount.fish share/fish/vendor_completions.d/tokcount.fish

if [ "$what" = install ]; then
    ln -sf "libtokcount.so.$version" "$root/lib/libtokcount.so.0"
    ln -sf libtokcount.so.0 "$root/lib/libtokcount.so"
    mkdir -p "$root/lib/pkgconfig"
    cat >"$root/lib/pkgconfig/tokcount.pc" <<PC
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include/tokcount
datadir=\${prefix}/share/tokcount

Name: tokcount
Description: Exact offline token counts for every public model family
Version: $version
Requires.private: libpcre2-8 libutf8proc libzstd zlib yaml-0.1
Libs: -L\${libdir} -ltokcount
Libs.private: -lstemmer -lm -lpthread
Cflags: -I\${includedir}
PC
else
    rm -f "$root/lib/libtokcount.so.0" "$root/lib/libtokcount.so" "$root/lib/pkgconfig/tokcount.pc"
    for d in share/tokcount share/doc/tokcount include/tokcount; do
        [ ! -d "$root/$d" ] || find "$root/$d" -depth -type d -empty -delete
    done
fi
