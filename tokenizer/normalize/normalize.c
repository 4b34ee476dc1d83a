/*
 * normalize.c - the list of rows as steps, and the writer they share.
 *
 * Owns the two text buffers and their offset maps. Refuses a row it does not know
 * (TKC_E_UNSUPPORTED) and a text that grows beyond all reason (TKC_E_LIMIT): a vocabulary file
 * may map one byte to a megabyte. Idea: see internal.h.
 */
#include "tokenizer/normalize/internal.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

/* The longest growth that is meant is NFKC's U+FDFA, 3 bytes to 33; then lower case and spaces
 * around each character may come. */
#define MAX_GROWTH 64
#define MAX_GROWTH_BASE ((size_t)1 << 20)
#define MAX_STEPS 4096

/* --- writer ---------------------------------------------------------------------------- */

/* Room for extra bytes behind len. */
static tkc_status writer_reserve(tkc_norm_writer *w, size_t extra, tkc_error *err)
{
    tkc_norm_buf *b = w->buf;
    const size_t need = w->len + extra;
    if (extra > w->limit - w->len)
        return tkc_fail(err, TKC_E_LIMIT, tkc_text_source(&w->in, w->pos),
                        "the normalized text is longer than %zu bytes, the limit for this text",
                        w->limit);
    if (need > b->cap && !tkc_grow(w->alloc, &b->ptr, &b->cap, need, w->limit, 1))
        return tkc_nomem(err);
    if (w->with_map && need >= b->cap_map &&
        !tkc_grow(w->alloc, &b->map, &b->cap_map, need + 1, w->limit + 1, sizeof *b->map))
        return tkc_nomem(err);
    return TKC_OK;
}

/* in[pos .. end) as it is; there is room. */
static void writer_keep(tkc_norm_writer *w, size_t end)
{
    const size_t n = end - w->pos;
    if (n == 0) return;
    memcpy(w->buf->ptr + w->len, w->in.ptr + w->pos, n);
    if (w->with_map) {
        size_t *map = w->buf->map + w->len;
        if (w->in.map)
            memcpy(map, w->in.map + w->pos, n * sizeof *map);
        else
            for (size_t i = 0; i < n; i++) map[i] = w->in.base + w->pos + i;
    }
    w->len += n;
    w->pos = end;
}

tkc_status tkc_norm_edit(tkc_norm_writer *w, size_t begin, size_t end, size_t src, const char *ptr,
                         size_t len, tkc_error *err)
{
    const size_t kept = begin - w->pos;
    tkc_status st;
    if (len > SIZE_MAX - kept) return tkc_nomem(err);
    if ((st = writer_reserve(w, kept + len, err))) return st;
    writer_keep(w, begin);
    if (len) {
        memcpy(w->buf->ptr + w->len, ptr, len);
        if (w->with_map) {
            const size_t at = tkc_text_source(&w->in, src);
            for (size_t i = 0; i < len; i++) w->buf->map[w->len + i] = at;
        }
        w->len += len;
    }
    w->pos = end;
    w->changed = true;
    return TKC_OK;
}

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define LOW_BITS (EACH_BYTE * 0x7f)

/* Eight bytes, the first of them lowest on any machine; compilers make it one load. */
static uint64_t load8(const char *p)
{
    uint64_t x = 0;
    for (int i = 0; i < 8; i++) x |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return x;
}

/* How often c is in s[0 .. len). */
static size_t count_byte(const char *s, size_t len, char c)
{
    const uint64_t every = EACH_BYTE * (unsigned char)c;
    size_t n = 0, at = 0;
    while (len - at >= 8) {
        uint64_t sums = 0;
        size_t words = (len - at) / 8;
        if (words > 255) words = 255; /* what one byte of sums can hold */
        for (size_t i = 0; i < words; i++, at += 8) {
            const uint64_t x = load8(s + at) ^ every;
            sums += ~((((x & LOW_BITS) + LOW_BITS) | x) >> 7) & EACH_BYTE;
        }
        for (; sums; sums >>= 8) n += sums & 0xff;
    }
    for (; at < len; at++) n += s[at] == c;
    return n;
}

tkc_status tkc_norm_swap(tkc_norm_writer *w, char c, tkc_str to, tkc_error *err)
{
    enum { WIDE = 8 };
    const uint64_t every = EACH_BYTE * (unsigned char)c;
    const char *s = w->in.ptr + w->pos, *const end = w->in.ptr + w->in.len;
    const size_t rest = w->in.len - w->pos;
    char wide[WIDE] = {0}, *p;
    size_t hits;
    tkc_status st;
    if (w->with_map || to.len > WIDE || rest > (SIZE_MAX - WIDE) / WIDE ||
        rest * WIDE + WIDE > w->limit - w->len) {
        /* one by one: for the map, or for the place where the limit is passed */
        while (w->pos < w->in.len && (p = memchr(w->in.ptr + w->pos, c, w->in.len - w->pos))) {
            const size_t at = (size_t)(p - w->in.ptr);
            if ((st = tkc_norm_edit(w, at, at + 1, at, to.ptr, to.len, err))) return st;
        }
        return TKC_OK;
    }
    hits = count_byte(s, rest, c);
    if (!hits) return TKC_OK;
    if ((st = writer_reserve(w, rest - hits + hits * to.len + WIDE, err))) return st;
    if (to.len) memcpy(wide, to.ptr, to.len);
    p = w->buf->ptr + w->len;
    /* Eight bytes are stored whether they are all meant or not; the next ones go over them. */
    while (end - s >= WIDE) {
        const uint64_t x = load8(s) ^ every, hit = (x - EACH_BYTE) & ~x & ~LOW_BITS;
        size_t before;
        memcpy(p, s, WIDE);
        if (!hit) {
            p += WIDE;
            s += WIDE;
            continue;
        }
        before = (size_t)__builtin_ctzll(hit) / 8;
        memcpy(p + before, wide, WIDE);
        p += before + to.len;
        s += before + 1;
    }
    for (; s < end; s++) {
        if (*s != c) {
            *p++ = *s;
        } else {
            memcpy(p, wide, WIDE);
            p += to.len;
        }
    }
    w->len = (size_t)(p - w->buf->ptr);
    w->pos = w->in.len;
    w->changed = true;
    return TKC_OK;
}

/* The text: in itself when nothing was changed. */
static tkc_status finish(tkc_norm_writer *w, tkc_text *out, tkc_error *err)
{
    tkc_status st;
    if (!w->changed) {
        *out = w->in;
        return TKC_OK;
    }
    if ((st = writer_reserve(w, w->in.len - w->pos, err))) return st;
    writer_keep(w, w->in.len);
    if (w->with_map) w->buf->map[w->len] = tkc_text_source(&w->in, w->in.len);
    *out = (tkc_text){w->len ? w->buf->ptr : "", w->len, w->with_map ? w->buf->map : NULL, 0};
    return TKC_OK;
}

tkc_text tkc_norm_slice(const tkc_text *t, size_t begin, size_t end)
{
    tkc_text out = *t;
    if (begin) out.ptr += begin;
    out.len = end - begin;
    if (out.map)
        out.map += begin;
    else
        out.base += begin;
    return out;
}

tkc_norm_writer tkc_normalizer_begin(tkc_normalizer *n, tkc_text in)
{
    return (tkc_norm_writer){.alloc = n->alloc,
                             .buf = &n->buf[n->used == 0],
                             .in = in,
                             .limit = n->limit,
                             .with_map = n->with_map};
}

tkc_status tkc_normalizer_end(tkc_normalizer *n, tkc_norm_writer *w, tkc_text *out, tkc_error *err)
{
    tkc_status st = finish(w, out, err);
    if (!st && w->changed) n->used = w->buf == &n->buf[1];
    return st;
}

/* --- rows to steps --------------------------------------------------------------------- */

static tkc_status add_step(tkc_normalizer *n, tkc_norm_kind kind, tkc_norm_step **out,
                           tkc_error *err)
{
    if (!tkc_grow(n->alloc, &n->step, &n->cap_step, n->n_step + 1, MAX_STEPS, sizeof *n->step)) {
        if (n->n_step >= MAX_STEPS)
            return tkc_fail(err, TKC_E_LIMIT, 0, "more than %d normalizer steps", MAX_STEPS);
        return tkc_nomem(err);
    }
    *out = &n->step[n->n_step];
    memset(*out, 0, sizeof **out);
    (*out)->kind = kind;
    tkc_matcher_init(&(*out)->symbols, n->alloc);
    n->n_step++;
    return TKC_OK;
}

static tkc_status add_form(tkc_normalizer *n, tkc_norm_form form, tkc_error *err)
{
    tkc_norm_step *s;
    tkc_status st = add_step(n, TKC_NORM_FORM, &s, err);
    if (!st) s->form = form;
    return st;
}

static tkc_status add_drop(tkc_normalizer *n, unsigned mask, tkc_error *err)
{
    tkc_norm_step *s;
    tkc_status st = add_step(n, TKC_NORM_DROP, &s, err);
    if (!st) s->mask = mask;
    return st;
}

static tkc_status add_bert(tkc_normalizer *n, unsigned flags, tkc_error *err)
{
    tkc_norm_step *s;
    tkc_status st = TKC_OK;
    if (flags & TKC_OPF_CLEAN) st = add_step(n, TKC_NORM_CLEAN, &s, err);
    if (!st && flags & TKC_OPF_CJK) st = add_step(n, TKC_NORM_CJK, &s, err);
    if (!st && flags & TKC_OPF_ACCENTS) {
        st = add_form(n, TKC_NFD, err);
        if (!st) st = add_drop(n, TKC_NORM_BERT_ACCENT, err);
    }
    if (!st && flags & TKC_OPF_LOWER) st = add_step(n, TKC_NORM_LOWER, &s, err);
    return st;
}

static tkc_status add_replace(tkc_normalizer *n, const tkc_op *op, tkc_error *err)
{
    const bool regex = op->flags & TKC_OPF_REGEX;
    tkc_norm_step *s;
    tkc_status st = add_step(n, regex ? TKC_NORM_REGEX : TKC_NORM_REPLACE, &s, err);
    if (st) return st;
    s->a = op->a;
    s->b = op->b;
    if (regex) return tkc_regex_new(&s->regex, op->a, n->alloc, err);
    if (op->a.len == 0) return TKC_OK;
    if (op->a.len > UINT32_MAX)
        return tkc_fail(err, TKC_E_LIMIT, 0, "a pattern of %zu bytes to replace", op->a.len);
    s->fail = tkc_alloc(n->alloc, op->a.len, sizeof *s->fail);
    if (!s->fail) return tkc_nomem(err);
    tkc_norm_prepare_replace(s->fail, op->a);
    return TKC_OK;
}

static tkc_status add_charsmap(tkc_normalizer *n, tkc_norm_kind kind, const tkc_op *op,
                               tkc_error *err)
{
    tkc_norm_step *s;
    tkc_status st = add_step(n, kind, &s, err);
    if (st) return st;
    s->flags = op->flags;
    st = tkc_charsmap_init(&s->charsmap, op->a, err);
    if (!st && kind == TKC_NORM_SPM) st = tkc_norm_read_symbols(&s->symbols, op->b, err);
    return st;
}

static tkc_status add_row(tkc_normalizer *n, const tkc_op *op, tkc_error *err)
{
    tkc_norm_step *s;
    tkc_status st;
    switch (op->kind) {
    case TKC_OP_NFC:
        return add_form(n, TKC_NFC, err);
    case TKC_OP_NFD:
        return add_form(n, TKC_NFD, err);
    case TKC_OP_NFKC:
        return add_form(n, TKC_NFKC, err);
    case TKC_OP_NFKD:
        return add_form(n, TKC_NFKD, err);
    case TKC_OP_LOWERCASE:
        return add_step(n, TKC_NORM_LOWER, &s, err);
    case TKC_OP_STRIP_ACCENTS:
        return add_drop(n, TKC_NORM_ACCENT, err);
    case TKC_OP_REPLACE:
        return add_replace(n, op, err);
    case TKC_OP_PREPEND:
        st = add_step(n, TKC_NORM_PREPEND, &s, err);
        if (!st) s->a = op->a;
        return st;
    case TKC_OP_STRIP:
        st = add_step(n, TKC_NORM_STRIP, &s, err);
        if (!st) s->flags = op->flags;
        return st;
    case TKC_OP_CHARSMAP:
        return add_charsmap(n, TKC_NORM_CHARSMAP, op, err);
    case TKC_OP_BERT:
        return add_bert(n, op->flags, err);
    case TKC_OP_NMT:
        return add_step(n, TKC_NORM_NMT, &s, err);
    case TKC_OP_SPM:
        return add_charsmap(n, TKC_NORM_SPM, op, err);
    default:
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "normalizer row %u is not known",
                        (unsigned)op->kind);
    }
}

tkc_status tkc_normalizer_new(tkc_normalizer **out, const tkc_op *op, size_t n_op,
                              const tkc_allocator *alloc, tkc_error *err)
{
    tkc_normalizer *n;
    tkc_status st = TKC_OK;
    alloc = tkc_allocator_or_default(alloc);
    n = tkc_alloc_zero(alloc, 1, sizeof *n);
    if (!n) return tkc_nomem(err);
    n->alloc = n->scratch.alloc = alloc;
    n->used = -1;
    for (size_t i = 0; i < n_op && !st; i++) st = add_row(n, &op[i], err);
    if (st) {
        tkc_normalizer_free(n);
        return st;
    }
    *out = n;
    return TKC_OK;
}

void tkc_normalizer_free(tkc_normalizer *n)
{
    if (!n) return;
    for (size_t i = 0; i < n->n_step; i++) {
        tkc_norm_step *s = &n->step[i];
        tkc_free(n->alloc, s->fail, s->a.len, sizeof *s->fail);
        tkc_regex_free(s->regex);
        tkc_matcher_release(&s->symbols);
    }
    tkc_free(n->alloc, n->step, n->cap_step, sizeof *n->step);
    for (int i = 0; i < 2; i++) {
        tkc_free(n->alloc, n->buf[i].ptr, n->buf[i].cap, 1);
        tkc_free(n->alloc, n->buf[i].map, n->buf[i].cap_map, sizeof *n->buf[i].map);
    }
    tkc_norm_scratch_release(&n->scratch);
    tkc_free(n->alloc, n, 1, sizeof *n);
}

/* --- running --------------------------------------------------------------------------- */

static tkc_status run_form(tkc_norm_writer *w, tkc_norm_form form, tkc_norm_scratch *scratch,
                           tkc_error *err)
{
    const tkc_str s = {w->in.ptr, w->in.len};
    size_t begin, end;
    for (size_t at = 0; tkc_form_next(form, s, at, &begin, &end); at = end) {
        const tkc_str seq = {s.ptr + begin, end - begin};
        tkc_str to;
        tkc_status st = tkc_form_apply(form, seq, scratch, &to, err);
        if (st) return st;
        if (to.len == seq.len && memcmp(to.ptr, seq.ptr, seq.len) == 0) continue;
        st = tkc_norm_edit(w, begin, end, begin, to.ptr, to.len, err);
        if (st) return st;
    }
    return TKC_OK;
}

static tkc_status run_step(tkc_normalizer *n, const tkc_norm_step *s, tkc_norm_writer *w,
                           tkc_error *err)
{
    switch (s->kind) {
    case TKC_NORM_FORM:
        return run_form(w, s->form, &n->scratch, err);
    case TKC_NORM_LOWER:
        return tkc_norm_lower(w, err);
    case TKC_NORM_DROP:
        return tkc_norm_drop(w, s->mask, err);
    case TKC_NORM_CLEAN:
        return tkc_norm_clean(w, err);
    case TKC_NORM_CJK:
        return tkc_norm_cjk(w, err);
    case TKC_NORM_NMT:
        return tkc_norm_nmt(w, err);
    case TKC_NORM_REPLACE:
        return tkc_norm_replace(w, s, err);
    case TKC_NORM_REGEX:
        return tkc_norm_regex(w, s, err);
    case TKC_NORM_PREPEND:
        return w->in.len && s->a.len ? tkc_norm_edit(w, 0, 0, 0, s->a.ptr, s->a.len, err) : TKC_OK;
    case TKC_NORM_CHARSMAP:
        return tkc_norm_charsmap(w, &s->charsmap, err);
    case TKC_NORM_STRIP:
    case TKC_NORM_SPM:
        break; /* not through one writer: see tkc_normalizer_run() */
    }
    return TKC_OK;
}

/* The reference engine forgets what a charsmap removed at the start of a text: it has the first
 * character come from there, and Metaspace "first" puts its mark in front of that. */
static void begin_at_start(tkc_normalizer *n, size_t start, const tkc_text *t)
{
    size_t *map = n->buf[n->used].map;
    if (!t->map || t->map != map || !t->len) return;
    for (size_t i = 0, first = map[0]; i < t->len && map[i] == first; i++) map[i] = start;
}

tkc_status tkc_normalizer_run(tkc_normalizer *n, tkc_text in, bool with_map, tkc_text *out,
                              tkc_error *err)
{
    tkc_text t = in;
    if (!t.len) t.ptr = ""; /* never NULL from here on */
    n->used = -1;
    n->with_map = with_map;
    n->limit = in.len > (SIZE_MAX / 32 - MAX_GROWTH_BASE) / MAX_GROWTH
                   ? SIZE_MAX / 32
                   : in.len * MAX_GROWTH + MAX_GROWTH_BASE;
    for (size_t i = 0; i < n->n_step; i++) {
        const tkc_norm_step *s = &n->step[i];
        tkc_status st = TKC_OK;
        if (s->kind == TKC_NORM_STRIP) {
            t = tkc_norm_strip(t, s->flags);
        } else if (s->kind == TKC_NORM_SPM) {
            st = tkc_norm_spm(n, s, t, &t, err);
        } else {
            tkc_norm_writer w = tkc_normalizer_begin(n, t);
            st = run_step(n, s, &w, err);
            if (!st) st = tkc_normalizer_end(n, &w, &t, err);
            if (!st && s->kind == TKC_NORM_CHARSMAP && n->used >= 0)
                begin_at_start(n, tkc_text_source(&w.in, 0), &t);
        }
        if (st) return st;
    }
    *out = t;
    return TKC_OK;
}
