/*
 * vocab_pack.c - makes the packed files of vocab/data, and the compiled file that is built
 * into the library.
 *
 *   vocab_pack pack ENCODING SOURCE OUT.tkp [BASE]    BASE: an encoding packed before, in
 *                                                     OUT's folder; only what differs is kept
 *   vocab_pack compile IN.tkp OUT.tkv
 *
 * Developer tool: links the library's inside. The same input gives the same bytes.
 */
#include "vocab/base/error.h"
#include "vocab/base/map_file.h"
#include "vocab/open.h"
#include "vocab/packed.h"
#include "vocab/recipes.h"

#include <stdio.h>
#include <string.h>

#define MAX_FILE ((size_t)1 << 30)

static tkc_status read_any(tkc_builder *b, const char *path, const tkc_vocab_options *o,
                           tkc_error *err)
{
    tkc_buf bytes;
    tkc_status st;
    tkc_buf_init(&bytes, MAX_FILE, NULL);
    st = tkc_read_file(&bytes, path, err);
    if (!st) st = tkc_builder_read(b, tkc_buf_str(&bytes), o, err);
    tkc_buf_release(&bytes);
    return st;
}

/* A packed source carries another encoding's name and rows: the recipe goes over them. */
static tkc_status derive(tkc_builder *b, const char *name, tkc_error *err)
{
    const tkc_recipe *r = tkc_recipe_find(name);
    memset(b->name, 0, sizeof b->name);
    memcpy(b->name, name, strlen(name) < sizeof b->name ? strlen(name) : sizeof b->name - 1);
    return r ? tkc_recipe_apply(r, b, err) : TKC_OK;
}

static tkc_status pack(const char *name, const char *source, const char *out, const char *base_name,
                       tkc_error *err)
{
    char dir[4096], path[4096];
    const char *slash = strrchr(out, '/');
    tkc_vocab_options o = {.struct_size = sizeof o, .recipe = name, .data_dir = dir};
    tkc_builder b, base;
    tkc_buf packed;
    tkc_status st;
    snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - out) : 1, slash ? out : ".");
    if (base_name && (st = tkc_path_join(path, sizeof path, dir, base_name, ".tkp", err)))
        return st;
    tkc_builder_init(&b, NULL);
    tkc_builder_init(&base, NULL);
    tkc_buf_init(&packed, MAX_FILE, NULL);
    st = read_any(&b, source, &o, err);
    if (!st && strlen(source) > 4 && strcmp(source + strlen(source) - 4, ".tkp") == 0)
        st = derive(&b, name, err);
    if (!st && base_name) st = read_any(&base, path, &o, err);
    if (!st) st = tkc_packed_write(&b, base_name ? &base : NULL, base_name, &packed, err);
    if (!st) st = tkc_write_file(out, tkc_buf_str(&packed), err);
    if (!st) printf("%-14s %8zu bytes\n", name, packed.len);
    tkc_buf_release(&packed);
    tkc_builder_release(&base);
    tkc_builder_release(&b);
    return st;
}

static tkc_status compile(const char *in, const char *out, tkc_error *err)
{
    tkc_vocab *v = NULL;
    char dir[4096];
    const char *slash = strrchr(in, '/');
    tkc_vocab_options o = {.struct_size = sizeof o, .data_dir = dir};
    tkc_status st;
    snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - in) : 1, slash ? in : ".");
    st = tkc_vocab_open(&v, in, &o, err);
    if (!st) st = tkc_vocab_compile(v, out, err);
    tkc_vocab_close(v);
    return st;
}

int main(int argc, char **argv)
{
    tkc_error err = {0};
    tkc_status st = TKC_E_ARG;
    if ((argc == 5 || argc == 6) && strcmp(argv[1], "pack") == 0)
        st = pack(argv[2], argv[3], argv[4], argc == 6 ? argv[5] : NULL, &err);
    else if (argc == 4 && strcmp(argv[1], "compile") == 0)
        st = compile(argv[2], argv[3], &err);
    else
        tkc_fail(&err, TKC_E_ARG, 0, "usage: pack ENCODING SOURCE OUT [BASE] | compile IN OUT");
    if (st) fprintf(stderr, "vocab_pack: %s: %s (byte %zu)\n", argc > 4 ? argv[4] : argc == 4 ? argv[3] : "", err.message, err.offset);
    return st ? 2 : 0;
}
