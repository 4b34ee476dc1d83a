/*
 * encoder.c - drives the stages: bytes -> valid UTF-8 -> added tokens -> normalizer ->
 * added tokens of the second pass -> pretokenizer -> model -> sink.
 */
#include "tokenizer/encoder.h"
#include "tokenizer/safe_place.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdio.h>
#include <string.h>

/* Returned by the piece callback to end a walk whose answer is known. */
#define STOPPED ((tkc_status)1000)

static void maps_release(tkc_encoder *e)
{
    tkc_buf_release(&e->text);
    tkc_buf_release(&e->text_map);
    tkc_buf_release(&e->spans);
    tkc_buf_release(&e->ranges);
}

void tkc_encoder_free(tkc_encoder *e)
{
    if (!e) return;
    tkc_normalizer_free(e->normalizer);
    tkc_pretok_free(e->pretok);
    tkc_piece_loop_free(e->loop);
    tkc_piece_loop_free(e->units);
    tkc_bpe_free(e->bpe);
    tkc_unigram_free(e->unigram);
    tkc_wordpiece_free(e->wordpiece);
    tkc_claude_scratch_free(e->claude_scratch);
    tkc_matcher_release(&e->raw);
    tkc_matcher_release(&e->normalized);
    maps_release(e);
    tkc_free(e->alloc, e, 1, sizeof *e);
}

/* Tokens of the second pass are looked for in normalized text, so they are normalized too. One of
 * which nothing is left cuts every text into characters in the reference engine. */
static tkc_status add_normalized(tkc_encoder *e, uint32_t which, tkc_error *err)
{
    const tkc_str s = e->v->added[which].content;
    tkc_text in = {s.ptr, s.len, NULL, 0}, out = in;
    tkc_status st = TKC_OK;
    if (e->normalizer) st = tkc_normalizer_run(e->normalizer, in, false, &out, err);
    if (st) return st;
    if (!out.len) {
        char q[TKC_QUOTE_SIZE];
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0,
                        "added token \"%s\" is nothing when normalized, which is not supported",
                        tkc_quote(q, s.ptr, s.len));
    }
    return tkc_matcher_add(&e->normalized, (tkc_str){out.ptr, out.len}, which, err);
}

static tkc_status build_matchers(tkc_encoder *e, tkc_error *err)
{
    const tkc_vocab *v = e->v;
    tkc_status st = TKC_OK;
    for (uint32_t i = 0; i < v->n_added && !st; i++) {
        if (v->added[i].flags & TKC_ADDED_NORMALIZED && e->normalizer)
            st = add_normalized(e, i, err);
        else if (v->added[i].flags & TKC_ADDED_NORMALIZED)
            st = tkc_matcher_add(&e->normalized, v->added[i].content, i, err);
        else
            st = tkc_matcher_add(&e->raw, v->added[i].content, i, err);
        if (!(v->added[i].flags & (TKC_ADDED_NORMALIZED | TKC_ADDED_SPECIAL))) e->raw_always = true;
    }
    return st;
}

static tkc_status new_parts(tkc_encoder *e, tkc_error *err)
{
    const tkc_vocab *v = e->v;
    const uint32_t n_norm = v->n_op[TKC_STAGE_NORMALIZE], n_split = v->n_op[TKC_STAGE_SPLIT];
    tkc_status st = TKC_OK;
    if (n_norm)
        st = tkc_normalizer_new(&e->normalizer, v->op[TKC_STAGE_NORMALIZE], n_norm, e->alloc, err);
    for (uint32_t i = 0; n_norm && i < n_split; i++)
        if (v->op[TKC_STAGE_SPLIT][i].kind == TKC_OP_METASPACE &&
            v->op[TKC_STAGE_SPLIT][i].arg == TKC_PREPEND_FIRST)
            e->wants_first = true;
    if (!st && n_split)
        st = tkc_pretok_new(&e->pretok, v->op[TKC_STAGE_SPLIT], n_split, e->alloc, err);
    if (st) return st;
    switch (v->model.kind) {
    case TKC_MODEL_UNIGRAM:
        st = tkc_unigram_new(&e->unigram, v, e->alloc, err);
        break;
    case TKC_MODEL_TILES:
        st = tkc_claude_of(&e->claude, v, err);
        return st ? st : tkc_claude_scratch_new(&e->claude_scratch, e->alloc, err);
    case TKC_MODEL_WORDPIECE:
        st = tkc_wordpiece_new(&e->wordpiece, v, e->alloc, err);
        break;
    default:
        st = tkc_bpe_new(&e->bpe, v, e->alloc, err);
        break;
    }
    return st ? st : build_matchers(e, err);
}

/* The kernel that opt asks for; *kernel NULL: none. */
static tkc_status pick_isa(const char *name, bool *scalar, tkc_isa *isa, tkc_error *err)
{
    *scalar = name && strcmp(name, "scalar") == 0;
    *isa = *scalar ? TKC_ISA_PORTABLE : tkc_isa_best();
    if (!name || *scalar) return TKC_OK;
    if (!tkc_isa_by_name(name, isa))
        return tkc_fail(err, TKC_E_ARG, 0,
                        "no kernel is called %s; there are scalar, portable, neon, avx2, avx512",
                        name);
    if (!tkc_kernel_for(*isa))
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "this machine or build has no %s", name);
    return TKC_OK;
}

/* "o200k/scalar" with the kernel's name in place of "scalar". */
static tkc_status new_loop(tkc_encoder *e, const char *kernel, tkc_exchange *x, tkc_error *err)
{
    bool scalar;
    tkc_isa isa;
    tkc_status st = pick_isa(kernel, &scalar, &isa, err);
    const char *name = e->pretok ? tkc_pretok_name(e->pretok) : "", *slash = strchr(name, '/');
    if (st) return st;
    if (e->bpe) tkc_bpe_set_isa(e->bpe, isa);
    if (scalar) return TKC_OK;
    st = tkc_piece_loop_new(&e->loop, e->v, e->bpe, e->pretok, tkc_kernel_for(isa), e->alloc, err);
    if (!st && !e->normalized.n_string)
        st = tkc_unit_loop_new(&e->units, e->v, e->bpe, tkc_kernel_for(isa), e->alloc, err);
    if (!st && e->loop) st = tkc_piece_loop_join(e->loop, x, err);
    if (!st && e->units) st = tkc_piece_loop_join(e->units, x, err);
    if (!st && e->units) {
        e->raw_units = e->raw;
        for (int c = 0; c < 128; c++)
            if (tkc_piece_loop_finds_runs(e->units, (unsigned char)c))
                tkc_matcher_forget(&e->raw_units, (unsigned char)c);
    }
    if (!st && e->units) snprintf(e->backend, sizeof e->backend, "units/%s", tkc_isa_name(isa));
    if (!st && e->loop && slash)
        snprintf(e->backend, sizeof e->backend, "%.*s/%s", (int)(slash - name), name,
                 tkc_isa_name(isa));
    return st;
}

tkc_status tkc_encoder_new(tkc_encoder **out, const tkc_vocab *v, const tkc_allocator *alloc,
                           tkc_error *err)
{
    return tkc_encoder_new_with(out, v, NULL, alloc, err);
}

tkc_status tkc_encoder_new_with(tkc_encoder **out, const tkc_vocab *v,
                                const tkc_encoder_options *opt, const tkc_allocator *alloc,
                                tkc_error *err)
{
    tkc_encoder *e;
    tkc_status st;
    if (opt && opt->struct_size < sizeof *opt)
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_encoder_options of another version");
    alloc = tkc_allocator_or_default(alloc);
    e = tkc_alloc_zero(alloc, 1, sizeof *e);
    if (!e) return tkc_nomem(err);
    e->alloc = alloc;
    e->v = v;
    tkc_matcher_init(&e->raw, alloc);
    tkc_matcher_init(&e->normalized, alloc);
    tkc_buf_init(&e->text, SIZE_MAX / 4, alloc);
    tkc_buf_init(&e->text_map, SIZE_MAX / 4, alloc);
    tkc_buf_init(&e->spans, SIZE_MAX / 4, alloc);
    tkc_buf_init(&e->ranges, SIZE_MAX / 4, alloc);
    st = new_parts(e, err);
    if (!st) st = new_loop(e, opt ? opt->kernel : NULL, opt ? opt->exchange : NULL, err);
    if (st) {
        tkc_encoder_free(e);
        return st;
    }
    e->safe = tkc_safe_kind(e);
    *out = e;
    return TKC_OK;
}

const tkc_vocab *tkc_encoder_vocab(const tkc_encoder *e)
{
    return e->v;
}

const char *tkc_encoder_backend(const tkc_encoder *e)
{
    if (e->claude) return "claude";
    if (e->backend[0]) return e->backend;
    return e->pretok ? tkc_pretok_name(e->pretok) : "whole";
}

/* --- one call ------------------------------------------------------------------------ */

typedef struct job {
    tkc_encoder *e;
    tkc_sink *sink;
    tkc_trust trust;
    tkc_piece_fn walk; /* pretokenize: pieces go here instead of to the model */
    void *walk_ctx;
    tkc_str text; /* the whole, valid */
} job;

/* How much behind t.ptr may be read: stretches of the text are followed by the next one. */
static size_t room_at(const job *j, const tkc_text *t)
{
    const uintptr_t p = (uintptr_t)t->ptr, begin = (uintptr_t)j->text.ptr;
    return p >= begin && p - begin < j->text.len ? j->text.len - (p - begin) : t->len;
}

static tkc_status put_piece(void *ctx, tkc_text piece, tkc_error *err)
{
    job *j = ctx;
    tkc_encoder *e = j->e;
    tkc_status st;
    if (j->walk) {
        const size_t end = tkc_text_source(&piece, piece.len);
        return j->walk(j->walk_ctx, (tkc_str){piece.ptr, piece.len}, tkc_text_source(&piece, 0),
                       end)
                   ? STOPPED
                   : TKC_OK;
    }
    if (e->bpe) st = tkc_bpe_encode(e->bpe, &piece, j->sink, err);
    else if (e->unigram) st = tkc_unigram_encode(e->v, e->unigram, &piece, j->sink, err);
    else st = tkc_wordpiece_encode(e->v, e->wordpiece, &piece, j->sink, err);
    return st ? st : j->sink->n > j->sink->limit ? STOPPED : TKC_OK;
}

static tkc_text part(const tkc_text *t, size_t from, size_t to)
{
    return (tkc_text){t->ptr + from, to - from, t->map ? t->map + from : NULL, t->base + from};
}

/* A stretch without added tokens. */
static tkc_status run_plain(job *j, tkc_text t, tkc_error *err)
{
    if (t.len == 0) return TKC_OK;
    if (!j->e->pretok) return put_piece(j, t, err);
    if (j->e->loop && !j->walk && !j->sink->begin) {
        const tkc_status st =
            tkc_piece_loop_run(j->e->loop, (tkc_str){t.ptr, t.len}, room_at(j, &t), j->sink, err);
        return st ? st : j->sink->n > j->sink->limit ? STOPPED : TKC_OK;
    }
    return tkc_pretok_run(j->e->pretok, t, put_piece, j, err);
}

static tkc_status put_added(job *j, const tkc_added *a, const tkc_text *t, size_t begin, size_t end)
{
    if (j->walk)
        return j->walk(j->walk_ctx, (tkc_str){t->ptr + begin, end - begin},
                       tkc_text_source(t, begin), tkc_text_source(t, end))
                   ? STOPPED
                   : TKC_OK;
    tkc_sink_put(j->sink, a->id, tkc_text_source(t, begin));
    return j->sink->n > j->sink->limit ? STOPPED : TKC_OK;
}

/* Added tokens of the normalized pass, then plain stretches. */
static tkc_status run_normalized(job *j, tkc_text t, tkc_error *err)
{
    const tkc_added *a;
    size_t at = 0, search = 0, begin, end;
    tkc_status st;
    if (t.len == 0) return TKC_OK;
    if (!j->e->normalized.n_string) return run_plain(j, t, err);
    while (tkc_special_next(j->e->v, &j->e->normalized, &t, &search, at, &j->trust, &a, &begin,
                            &end)) {
        st = at < begin ? run_plain(j, part(&t, at, begin), err) : TKC_OK;
        if (!st) st = put_added(j, a, &t, begin, end);
        if (st) return st;
        at = end;
    }
    return run_plain(j, part(&t, at, t.len), err);
}

/* Whether it matters where in the source a byte of the text comes from. */
static bool wants_sources(const job *j)
{
    return (j->sink && j->sink->begin) || j->walk || j->trust.n || j->e->wants_first;
}

/* Whether a text goes to the units as it is. */
static bool takes_units(const job *j)
{
    return j->e->units && !j->walk && !j->sink->begin;
}

/* How far the next part of a long text goes that is copied on its way, 1 MB and a little where it has blanks, so that
 * the copy is one of a part; *rest is where the one behind it begins. */
static size_t next_part(const tkc_encoder *e, tkc_str text, size_t *rest)
{
    enum { PART = (1 << 20) + (1 << 16) }; /* less 64 KB at most: enough for a piece loop's large table */
    for (size_t at = PART; at < text.len / 2; at *= 2) {
        const size_t p = tkc_split_before(e, text, at, rest);
        if (p) return p;
    }
    return *rest = text.len;
}

static tkc_status run_part(job *j, tkc_text t, tkc_error *err)
{
    tkc_status st;
    if (j->e->normalizer) {
        st = tkc_normalizer_run(j->e->normalizer, t, wants_sources(j), &t, err);
        if (st) return st;
    }
    return run_normalized(j, t, err);
}

/* A stretch between added tokens of the raw pass. */
static tkc_status run_raw(job *j, tkc_text t, tkc_error *err)
{
    tkc_encoder *e = j->e;
    tkc_status st = TKC_OK;
    if (t.len == 0) return TKC_OK;
    if (takes_units(j)) {
        st = tkc_piece_loop_run(e->units, (tkc_str){t.ptr, t.len}, room_at(j, &t), j->sink, err);
        return st ? st : j->sink->n > j->sink->limit ? STOPPED : TKC_OK;
    }
    if (!e->normalizer || wants_sources(j)) return run_part(j, t, err);
    for (size_t rest; t.len && !st; t = part(&t, rest, t.len))
        st = run_part(j, part(&t, 0, next_part(e, (tkc_str){t.ptr, t.len}, &rest)), err);
    return st;
}

static tkc_status run_text(job *j, tkc_text t, tkc_error *err)
{
    const tkc_matcher *raw = takes_units(j) ? &j->e->raw_units : &j->e->raw;
    const tkc_added *a;
    size_t at = 0, search = 0, begin, end;
    tkc_status st;
    if (t.len == 0) return TKC_OK;
    if (!j->e->raw.n_string) return run_raw(j, t, err);
    /* nothing to look for: saves a pass over the text where all added tokens are control */
    if (!j->e->raw_always && !j->trust.all && !j->trust.n) return run_raw(j, t, err);
    while (tkc_special_next(j->e->v, raw, &t, &search, at, &j->trust, &a, &begin, &end)) {
        st = at < begin ? run_raw(j, part(&t, at, begin), err) : TKC_OK;
        if (!st) st = put_added(j, a, &t, begin, end);
        if (st) return st;
        at = end;
    }
    return run_raw(j, part(&t, at, t.len), err);
}

/* Valid UTF-8 in t, by the policy. */
static tkc_status make_valid(const job *j, tkc_str text, unsigned flags, tkc_text *t, tkc_error *err)
{
    tkc_encoder *e = j->e;
    const bool map = wants_sources(j);
    const size_t ok = tkc_utf8_valid(text.ptr, text.len);
    tkc_status st;
    *t = (tkc_text){text.ptr, text.len, NULL, 0};
    if (ok == text.len) return TKC_OK;
    if (flags & TKC_ENCODE_STRICT)
        return tkc_fail(err, TKC_E_FORMAT, ok, "invalid UTF-8 at byte %zu: 0x%02x", ok,
                        (unsigned char)text.ptr[ok]);
    tkc_buf_clear(&e->text);
    tkc_buf_clear(&e->text_map);
    st = tkc_utf8_lossy(text, &e->text, map ? &e->text_map : NULL, err);
    if (st) return st;
    *t = (tkc_text){e->text.ptr, e->text.len, map ? (const size_t *)(const void *)e->text_map.ptr : NULL, 0};
    return TKC_OK;
}

static void put_frame(const uint32_t *id, uint32_t n, size_t at, tkc_sink *sink)
{
    for (uint32_t i = 0; i < n; i++) tkc_sink_put(sink, id[i], at);
}

/* The reconstruction of Claude 3 and later knows how many tokens, not which. */
static tkc_status run_claude(job *j, tkc_str text, tkc_error *err)
{
    tkc_sink *const s = j->sink;
    size_t rest;
    tkc_status st = TKC_OK;
    if (!s || s->cap)
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0,
                        "%s only counts: the vendor has published no token ids", j->e->v->name);
    do { /* an empty text too has its count */
        const size_t len = next_part(j->e, text, &rest);
        size_t n = 0;
        st = tkc_claude_count_upto(j->e->claude, j->e->claude_scratch, (tkc_str){text.ptr, len},
                                   s->limit - s->n, &n, err);
        s->n += n;
        text = tkc_str_part(text, rest, text.len - rest);
    } while (text.len && !st && s->n <= s->limit);
    return st;
}

static tkc_status run(job *j, tkc_str text, unsigned flags, tkc_error *err)
{
    tkc_encoder *e = j->e;
    tkc_text t;
    tkc_status st = make_valid(j, text, flags, &t, err);
    if (st) return st;
    if (e->claude) return run_claude(j, (tkc_str){t.ptr, t.len}, err);
    if (flags & TKC_ENCODE_SPECIAL) j->trust.all = true;
    j->text = (tkc_str){t.ptr, t.len};
    if (flags & TKC_ENCODE_FRAME && j->sink) put_frame(e->v->before, e->v->n_before, 0, j->sink);
    st = run_text(j, t, err);
    if (st == STOPPED) return TKC_OK;
    if (!st && flags & TKC_ENCODE_FRAME && j->sink)
        put_frame(e->v->after, e->v->n_after, text.len, j->sink);
    return st;
}

/* --- public -------------------------------------------------------------------------- */

static tkc_status no_room(const tkc_sink *s, size_t *n, tkc_error *err)
{
    *n = s->n;
    if (s->n <= s->cap) return TKC_OK;
    return tkc_fail(err, TKC_E_SPACE, 0, "%zu tokens, room for %zu", s->n, s->cap);
}

tkc_status tkc_encode_offsets(tkc_encoder *e, tkc_str text, unsigned flags, uint32_t *ids,
                              size_t *begin, size_t cap, size_t *n, tkc_error *err)
{
    tkc_sink s = {.ids = ids, .begin = begin, .cap = cap, .limit = SIZE_MAX};
    job j = {.e = e, .sink = &s};
    tkc_status st = run(&j, text, flags, err);
    return st ? st : no_room(&s, n, err);
}

tkc_status tkc_encode_limited(tkc_encoder *e, tkc_str text, unsigned flags, uint32_t *ids,
                              size_t *begin, size_t cap, size_t *n, tkc_error *err)
{
    tkc_sink s = {.ids = ids, .begin = begin, .cap = cap, .limit = cap};
    job j = {.e = e, .sink = &s};
    tkc_status st = run(&j, text, flags, err);
    *n = s.n;
    return st;
}

tkc_status tkc_encode(tkc_encoder *e, tkc_str text, unsigned flags, uint32_t *ids, size_t cap,
                      size_t *n, tkc_error *err)
{
    return tkc_encode_offsets(e, text, flags, ids, NULL, cap, n, err);
}

static tkc_status count(tkc_encoder *e, tkc_str text, unsigned flags, size_t limit, size_t *n,
                        tkc_error *err)
{
    tkc_sink s = {.limit = limit};
    job j = {.e = e, .sink = &s};
    tkc_status st = run(&j, text, flags, err);
    if (!st) *n = s.n;
    return st;
}

tkc_status tkc_count_upto(tkc_encoder *e, tkc_str text, unsigned flags, size_t limit, size_t *n,
                          tkc_error *err)
{
    /* The head up to a safe place has no more tokens than the whole: where it is over the
     * limit, nothing behind it needs even to be validated. A token of text has 3 to 5 bytes
     * on average, so the first try mostly decides. */
    enum { HEAD_MIN = 4096, BYTES_A_TOKEN = 8, STEP = 4 };
    if (limit < text.len / BYTES_A_TOKEN / 2)
        for (size_t at = limit * BYTES_A_TOKEN + HEAD_MIN; at < text.len / 2; at *= STEP) {
            const size_t safe = tkc_safe_before(e, text, at);
            tkc_status st;
            if (!safe) break;
            st = count(e, (tkc_str){text.ptr, safe}, flags, limit, n, err);
            if (st || *n > limit) return st;
        }
    return count(e, text, flags, limit, n, err);
}

tkc_status tkc_count(tkc_encoder *e, tkc_str text, unsigned flags, size_t *n, tkc_error *err)
{
    return count(e, text, flags, SIZE_MAX, n, err);
}

tkc_status tkc_encode_spans(tkc_encoder *e, const tkc_span *span, size_t n_span, unsigned flags,
                            uint32_t *ids, size_t cap, size_t *n, tkc_error *err)
{
    tkc_sink s = {.ids = ids, .cap = cap, .limit = SIZE_MAX};
    job j = {.e = e, .sink = &s};
    tkc_buf all;
    size_t open = SIZE_MAX; /* where the trusted range being collected began */
    tkc_status st = TKC_OK;
    all = e->spans;
    tkc_buf_clear(&all);
    tkc_buf_clear(&e->ranges);
    for (size_t i = 0; i <= n_span && !st; i++) {
        const bool trusted = i < n_span && span[i].trusted;
        if (trusted && open == SIZE_MAX) open = all.len;
        if (!trusted && open != SIZE_MAX) {
            const size_t r[2] = {open, all.len};
            st = tkc_buf_append(&e->ranges, r, sizeof r, err);
            open = SIZE_MAX;
        }
        if (i < n_span && !st) st = tkc_buf_append(&all, span[i].text.ptr, span[i].text.len, err);
    }
    e->spans = all;
    if (st) return st;
    j.trust.range = (const size_t *)(const void *)e->ranges.ptr;
    j.trust.n = e->ranges.len / (2 * sizeof(size_t));
    st = run(&j, tkc_buf_str(&all), flags, err);
    return st ? st : no_room(&s, n, err);
}

tkc_status tkc_count_batch(tkc_encoder *e, const char *data, const size_t *offset, size_t n_text,
                           unsigned flags, size_t *count, tkc_error *err)
{
    for (size_t i = 0; i < n_text; i++) {
        tkc_status st = tkc_count(e, (tkc_str){data + offset[i], offset[i + 1] - offset[i]}, flags,
                                  &count[i], err);
        if (st) return st;
    }
    return TKC_OK;
}

tkc_status tkc_encode_batch(tkc_encoder *e, const char *data, const size_t *offset, size_t n_text,
                            unsigned flags, uint32_t *ids, size_t cap, size_t *id_end, size_t *n,
                            tkc_error *err)
{
    tkc_sink s = {.ids = ids, .cap = cap, .limit = SIZE_MAX};
    for (size_t i = 0; i < n_text; i++) {
        job j = {.e = e, .sink = &s};
        tkc_status st =
            run(&j, (tkc_str){data + offset[i], offset[i + 1] - offset[i]}, flags, err);
        if (st) return st;
        id_end[i] = s.n;
    }
    return no_room(&s, n, err);
}

tkc_status tkc_pretokenize(tkc_encoder *e, tkc_str text, unsigned flags, tkc_piece_fn fn, void *ctx,
                           tkc_error *err)
{
    job j = {.e = e, .walk = fn, .walk_ctx = ctx};
    return run(&j, text, flags, err);
}
