/*
 * open_encoding.c - a published vocabulary by name: from the library itself, from the cache
 * of compiled files, from what the user added, from the packed files.
 *
 * A cached file is called NAME-VERSION-KEY.tkv, where the key is the packed file's checksum:
 * another packed file or another format version is another name, so nothing in the cache
 * goes stale and nothing in it has to be trusted beyond its own header checksum.
 */
#include "vocab/open.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/map_file.h"
#include "vocab/compiled_format.h"
#include "vocab/embedded.h"
#include "vocab/packed.h"

#include <stdio.h>
#include <string.h>

enum { PATH_ROOM = 4096 };

static tkc_status not_here(const tkc_encoding *e, tkc_error *err)
{
    if (strcmp(e->where, "extra") == 0)
        return tkc_fail(err, TKC_E_NOTFOUND, 0,
                        "the data of %s is not here: run \"make vocab-extra\" (%s), or \"tokcount "
                        "vocab add FILE\" with your own copy", e->name, e->licence);
    if (strcmp(e->where, "file") == 0)
        return tkc_fail(err, TKC_E_NOTFOUND, 0,
                        "the data of %s is in no package: run \"tokcount vocab add FILE\" with %s",
                        e->name, e->source);
    return tkc_fail(err, TKC_E_NOTFOUND, 0,
                    "the packed file of %s is not in the data folder: reinstall, or name the folder that has it "
                    "(TOKCOUNT_DATA, in C data_dir)",
                    e->name);
}

/* The compiled file in the cache for these packed bytes; empty when there is no cache. */
static bool cache_path(char out[PATH_ROOM], const tkc_vocab_options *o, const char *name,
                       tkc_str packed)
{
    const unsigned char *k = (const unsigned char *)packed.ptr + 8;
    int n;
    if (!o->cache_dir || packed.len < TKC_PACKED_HEADER) return false;
    n = snprintf(out, PATH_ROOM, "%s/%s-%d-%02x%02x%02x%02x%02x%02x%02x%02x.tkv", o->cache_dir,
                 name, TKC_COMPILED_VERSION, k[7], k[6], k[5], k[4], k[3], k[2], k[1], k[0]);
    return n > 0 && n < PATH_ROOM;
}

static void cache_write(const tkc_vocab *v, const char *dir, const char *path)
{
    /* a folder that cannot be written costs time at the next start, nothing else */
    if (tkc_make_dir(dir, NULL) == TKC_OK && tkc_write_file(path, v->image, NULL) != TKC_OK) return;
}

static tkc_status open_packed(tkc_vocab **out, const tkc_encoding *e, const char *dir,
                              const tkc_vocab_options *o, tkc_error *err)
{
    char path[PATH_ROOM], cached[PATH_ROOM];
    tkc_str packed;
    tkc_builder b;
    tkc_status st = tkc_path_join(path, sizeof path, dir, e->name, ".tkp", err);
    if (st) return st;
    st = tkc_map_file(&packed, path, err);
    if (st) return st;
    if (cache_path(cached, o, e->name, packed)) {
        st = tkc_vocab_map(out, cached, false, o->alloc, NULL);
        if (st == TKC_OK) {
            tkc_unmap(packed);
            return TKC_OK;
        }
    } else {
        cached[0] = '\0';
    }
    tkc_builder_init(&b, o->alloc);
    st = tkc_packed_read(&b, packed, dir, err);
    if (!st) st = tkc_vocab_from_builder(out, &b, err);
    tkc_builder_release(&b);
    tkc_unmap(packed);
    if (!st && cached[0]) cache_write(*out, o->cache_dir, cached);
    return st;
}

/* claude_v3, claude_v4_7, claude_v5: one piece list for all, in a file that may be left out. */
static unsigned claude_generation(const char *name)
{
    if (strcmp(name, "claude_v3") == 0) return 3;
    if (strcmp(name, "claude_v4_7") == 0) return 47;
    return strcmp(name, "claude_v5") == 0 ? 5 : 0;
}

static tkc_status open_claude(tkc_vocab **out, const tkc_encoding *e, const tkc_vocab_options *o,
                              tkc_error *err)
{
    char path[PATH_ROOM];
    tkc_status st;
    if (!o->data_dir) return not_here(e, err);
    st = tkc_path_join(path, sizeof path, o->data_dir, "claude_v3plus", ".tkc", err);
    if (!st) st = tkc_vocab_tiles(out, path, e->name, claude_generation(e->name), o->alloc, err);
    return st == TKC_E_NOTFOUND ? not_here(e, err) : st;
}

tkc_status tkc_vocab_open_encoding(tkc_vocab **out, const char *name, const tkc_vocab_options *opt,
                                   tkc_error *err)
{
    const tkc_vocab_options o = tkc_vocab_options_of(opt);
    const tkc_encoding *e = tkc_encoding_find(name);
    const tkc_str image = e ? tkc_embedded(e->name) : (tkc_str){NULL, 0};
    char path[PATH_ROOM];
    tkc_status st;
    if (image.ptr) return tkc_vocab_view(out, image, o.alloc, err);
    if (e && claude_generation(e->name)) return open_claude(out, e, &o, err);
    if (o.user_dir) {
        st = tkc_path_join(path, sizeof path, o.user_dir, e ? e->name : name, ".tkv", err);
        if (!st) st = tkc_vocab_map(out, path, true, o.alloc, err);
        if (st != TKC_E_NOTFOUND) return st;
    }
    if (!e) return tkc_fail(err, TKC_E_NOTFOUND, 0, "no encoding called \"%s\"", name);
    for (int i = 0; i < 2; i++) {
        const char *dir = i ? o.data_dir : o.user_dir;
        if (!dir) continue;
        st = open_packed(out, e, dir, &o, err);
        if (st != TKC_E_NOTFOUND) return st;
    }
    return not_here(e, err);
}
