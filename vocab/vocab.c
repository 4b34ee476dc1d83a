/* vocab.c - opening a vocabulary from a file or from bytes; the public getters. */
#include "vocab/compile/compile.h"
#include "vocab/compiled_format.h"
#include "vocab/open.h"
#include "vocab/packed.h"
#include "vocab/read/readers.h"
#include "vocab/recipes.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/map_file.h"
#include "vocab/base/sha256.h"

#include <stdatomic.h>
#include <string.h>

/* The largest published source is 33 MB; 1 GB leaves room for GGUF files with weights, of
 * which only the head is metadata. */
#define MAX_SOURCE ((size_t)1 << 30)

enum { BACKING_NONE, BACKING_HEAP, BACKING_MAP };

tkc_vocab_options tkc_vocab_options_of(const tkc_vocab_options *opt)
{
    tkc_vocab_options o;
    memset(&o, 0, sizeof o);
    if (opt) memcpy(&o, opt, opt->struct_size < sizeof o ? opt->struct_size : sizeof o);
    o.alloc = tkc_allocator_or_default(o.alloc);
    return o;
}

static tkc_status view_new(tkc_vocab **out, tkc_str image, int backing, bool deep,
                           const tkc_allocator *alloc, tkc_error *err)
{
    tkc_status st;
    tkc_vocab *v = tkc_alloc_zero(alloc, 1, sizeof *v);
    if (!v) return tkc_nomem(err);
    v->alloc = alloc;
    st = tkc_compiled_open(v, image, deep, err);
    if (st) {
        tkc_free(alloc, v, 1, sizeof *v);
        return st;
    }
    v->backing = backing;
    *out = v;
    return TKC_OK;
}

tkc_status tkc_vocab_view(tkc_vocab **out, tkc_str image, const tkc_allocator *alloc,
                          tkc_error *err)
{
    return view_new(out, image, BACKING_NONE, false, alloc, err);
}

tkc_status tkc_vocab_map(tkc_vocab **out, const char *path, bool deep, const tkc_allocator *alloc,
                         tkc_error *err)
{
    tkc_str map;
    tkc_status st = tkc_map_file(&map, path, err);
    if (st) return st;
    st = view_new(out, map, BACKING_MAP, deep, alloc, err);
    if (st) tkc_unmap(map);
    return st;
}

tkc_status tkc_vocab_tiles(tkc_vocab **out, const char *path, const char *name,
                           unsigned generation, const tkc_allocator *alloc, tkc_error *err)
{
    tkc_vocab *v;
    tkc_status st;
    v = tkc_alloc_zero(alloc, 1, sizeof *v);
    if (!v) return tkc_nomem(err);
    v->alloc = alloc;
    st = tkc_map_file(&v->image, path, err);
    if (st) {
        tkc_free(alloc, v, 1, sizeof *v);
        return st;
    }
    v->backing = BACKING_MAP;
    v->name = name;
    v->model.kind = TKC_MODEL_TILES;
    v->model.unk_id = TKC_NO_ID;
    v->generation = generation;
    *out = v;
    return TKC_OK;
}

tkc_status tkc_vocab_from_builder(tkc_vocab **out, const tkc_builder *b, tkc_error *err)
{
    tkc_buf image;
    tkc_status st;
    tkc_buf_init(&image, TKC_COMPILED_MAX_SIZE, b->alloc);
    st = tkc_builder_compile(b, &image, err);
    if (!st && image.cap != image.len) { /* the heap block is freed by its exact size */
        char *p = tkc_realloc(b->alloc, image.ptr, image.cap, image.len, 1);
        if (p) {
            image.ptr = p;
            image.cap = image.len;
        } else {
            st = tkc_nomem(err);
        }
    }
    if (!st) st = view_new(out, tkc_buf_str(&image), BACKING_HEAP, false, b->alloc, err);
    if (st) tkc_buf_release(&image);
    return st;
}

tkc_shared *tkc_vocab_shared(const tkc_vocab *v)
{
    return atomic_load_explicit(&v->shared, memory_order_acquire);
}

/* The one thing of a vocabulary that is set after opening; it is no part of what v says. */
tkc_shared *tkc_vocab_share(const tkc_vocab *v, tkc_shared *made)
{
    tkc_vocab *self = (tkc_vocab *)(uintptr_t)v;
    tkc_shared *there = NULL;
    if (atomic_compare_exchange_strong_explicit(&self->shared, &there, made, memory_order_acq_rel,
                                                memory_order_acquire))
        return made;
    made->free(made);
    return there;
}

void tkc_vocab_close(tkc_vocab *v)
{
    tkc_shared *shared;
    if (!v) return;
    shared = tkc_vocab_shared(v);
    if (shared) shared->free(shared);
    if (v->backing == BACKING_HEAP)
        tkc_free(v->alloc, (void *)(uintptr_t)v->image.ptr, v->image.len, 1);
    if (v->backing == BACKING_MAP) tkc_unmap(v->image);
    tkc_compiled_release(v);
    tkc_free(v->alloc, v, 1, sizeof *v);
}

tkc_status tkc_builder_read(tkc_builder *b, tkc_str bytes, const tkc_vocab_options *o,
                            tkc_error *err)
{
    tkc_vocab_format f = o->format ? o->format : tkc_format_guess(bytes);
    const tkc_recipe *recipe = NULL;
    const tkc_encoding *e = NULL;
    char hex[65];
    tkc_status st;
    if (f == TKC_VOCAB_PACKED) return tkc_packed_read(b, bytes, o->data_dir, err);
    if (!tkc_format_reader(f))
        return tkc_fail(err, TKC_E_FORMAT, 0,
                        "not a vocabulary: expected .tiktoken lines, tokenizer.json, tekken.json, "
                        "a SentencePiece model, GGUF or a compiled file");
    st = tkc_format_reader(f)(b, bytes, err);
    if (st) return st;
    tkc_sha256(bytes, b->source_sha256);
    tkc_sha256_hex(b->source_sha256, hex);
    if (o->recipe) {
        recipe = tkc_recipe_find(o->recipe);
        if (!recipe && !tkc_encoding_find(o->recipe))
            return tkc_fail(err, TKC_E_NOTFOUND, 0, "no recipe called \"%s\"", o->recipe);
        e = tkc_encoding_find(o->recipe);
    } else if (!o->pattern && (e = tkc_encoding_by_sha256(hex))) {
        recipe = tkc_recipe_find(e->name);
    }
    if (recipe) st = tkc_recipe_apply(recipe, b, err);
    if (!st && o->pattern) st = tkc_recipe_pattern(b, o->pattern, err);
    if (!st && e && strlen(e->name) < sizeof b->name) memcpy(b->name, e->name, strlen(e->name) + 1);
    if (!st && b->model.kind == TKC_MODEL_BPE_RANKS && b->n_op[TKC_STAGE_SPLIT] == 0)
        return tkc_fail(
            err, TKC_E_ARG, 0,
            "a rank file has no split pattern of its own and its SHA-256 is not a known "
            "one: name a recipe (as cl100k_base) or a pattern");
    return st;
}

tkc_status tkc_vocab_open_memory(tkc_vocab **out, tkc_str bytes, const tkc_vocab_options *opt,
                                 tkc_error *err)
{
    tkc_vocab_options o = tkc_vocab_options_of(opt);
    tkc_builder b;
    tkc_status st;
    if (o.format == TKC_VOCAB_COMPILED ||
        (o.format == TKC_VOCAB_AUTO && tkc_format_guess(bytes) == TKC_VOCAB_COMPILED))
        return view_new(out, bytes, BACKING_NONE, true, o.alloc, err);
    tkc_builder_init(&b, o.alloc);
    st = tkc_builder_read(&b, bytes, &o, err);
    if (!st) st = tkc_vocab_from_builder(out, &b, err);
    tkc_builder_release(&b);
    return st;
}

tkc_status tkc_vocab_open(tkc_vocab **out, const char *path, const tkc_vocab_options *opt,
                          tkc_error *err)
{
    tkc_vocab_options o = tkc_vocab_options_of(opt);
    tkc_buf bytes;
    tkc_status st;
    tkc_buf_init(&bytes, MAX_SOURCE, o.alloc);
    st = tkc_read_file(&bytes, path, err);
    if (!st && tkc_format_guess(tkc_buf_str(&bytes)) == TKC_VOCAB_COMPILED)
        st = tkc_vocab_map(out, path, true, o.alloc, err);
    else if (!st)
        st = tkc_vocab_open_memory(out, tkc_buf_str(&bytes), &o, err);
    tkc_buf_release(&bytes);
    return st;
}

tkc_status tkc_vocab_compile(const tkc_vocab *v, const char *path, tkc_error *err)
{
    if (v->model.kind == TKC_MODEL_TILES)
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "%s has no compiled form", v->name);
    return tkc_write_file(path, v->image, err);
}

tkc_status tkc_vocab_verify(const tkc_vocab *v, tkc_error *err)
{
    /* a piece list carries its own checksum, looked at whenever an encoder is made */
    return v->model.kind == TKC_MODEL_TILES ? TKC_OK : tkc_compiled_verify(v, err);
}

const char *tkc_vocab_name(const tkc_vocab *v)
{
    return v->name;
}

size_t tkc_vocab_size(const tkc_vocab *v)
{
    return v->model.n_ids;
}

tkc_str tkc_vocab_token(const tkc_vocab *v, uint32_t id)
{
    return id < v->model.n_ids ? tkc_token_at(v, id) : (tkc_str){NULL, 0};
}

bool tkc_vocab_find(const tkc_vocab *v, tkc_str bytes, uint32_t *id_out)
{
    uint32_t id = v->token_hash ? tkc_token_find(v, bytes.ptr, bytes.len) : TKC_NO_ID;
    for (size_t i = 0; (id == TKC_NO_ID || id >= v->model.n_ids) && i < v->n_added; i++)
        if (v->added[i].content.len == bytes.len &&
            memcmp(v->added[i].content.ptr, bytes.ptr, bytes.len) == 0)
            id = v->added[i].id;
    if (id >= v->model.n_ids) return false;
    *id_out = id;
    return true;
}

bool tkc_vocab_is_control(const tkc_vocab *v, uint32_t id)
{
    return id < v->model.n_ids && v->token_type[id] == TKC_TOKEN_CONTROL;
}

const uint32_t *tkc_vocab_unreachable(const tkc_vocab *v, size_t *n)
{
    *n = v->n_unreachable;
    return v->unreachable;
}
