/*
 * decode.c - ids to bytes: the rows of TKC_STAGE_DECODE, carried out.
 *
 * Three ways. Byte-level vocabularies: the tokens' bytes, one after the other. SentencePiece
 * models: as its DecodeIds. All others: a list of strings that each row rewrites, as in the
 * reference engine, where a row may look at one string, at its place in the list, or join
 * them.
 *
 * Where it leaves the references: they return text and put U+FFFD for bytes that are no
 * UTF-8; here a token that is half a character gives its bytes, so that tokens decoded one
 * by one add up to the whole. An added token of a byte-level vocabulary is its content,
 * also when its characters happen to be in the byte alphabet.
 *
 * Refused: a replacement by regex (no known vocabulary decodes with one).
 */
#include "tokenizer/tokenizer.h"

#include "vocab/base/alloc.h"
#include "vocab/base/buf.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"
#include "vocab/vocab_tables.h"

#include <string.h>

/* What one call may build: the text of 2^32 tokens of 1 KB would be refused. */
#define DECODE_MAX ((size_t)1 << 42)

/* The caller's array, and how much the whole needs. */
typedef struct dest {
    char *ptr;
    size_t cap, len;
} dest;

static void dest_put(dest *d, const char *p, size_t n)
{
    if (n == 0) return;
    if (d->len < d->cap) memcpy(d->ptr + d->len, p, n <= d->cap - d->len ? n : d->cap - d->len);
    d->len += n;
}

static bool starts_with(tkc_str s, tkc_str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static tkc_str behind(tkc_str s, size_t n)
{
    return (tkc_str){s.ptr + n, s.len - n};
}

/* --- SentencePiece ------------------------------------------------------------------- */

static const tkc_str SPACE_MARK = {"\xe2\x96\x81", 3};

static void put_spaced(dest *d, tkc_str t)
{
    while (t.len > 0) {
        size_t n = 0;
        if (starts_with(t, SPACE_MARK)) {
            dest_put(d, " ", 1);
            t = behind(t, SPACE_MARK.len);
            continue;
        }
        while (n < t.len && !starts_with(behind(t, n), SPACE_MARK)) n++;
        dest_put(d, t.ptr, n);
        t = behind(t, n);
    }
}

static char byte_piece(tkc_str t)
{
    unsigned c = 0;
    for (size_t i = 3; i < 5 && i < t.len; i++)
        c = c << 4 | (unsigned)(t.ptr[i] <= '9' ? t.ptr[i] - '0' : t.ptr[i] - 'A' + 10);
    return (char)c;
}

static void decode_spm(const tkc_vocab *v, const tkc_op *row, const uint32_t *ids, size_t n,
                       dest *d)
{
    const bool strip_all = (row->flags & TKC_OPF_REMOVE_SPACES) != 0;
    const bool strip = strip_all || (row->flags & TKC_OPF_DUMMY_PREFIX);
    bool at_start = true;
    for (size_t i = 0; i < n; i++) {
        tkc_str t = tkc_token_at(v, ids[i]);
        unsigned type = v->token_type[ids[i]];
        if (d->len > 0) at_start = false;
        if (type == TKC_TOKEN_CONTROL) continue;
        if (type == TKC_TOKEN_BYTE) {
            char c = byte_piece(t);
            dest_put(d, &c, 1);
        } else if (type == TKC_TOKEN_UNKNOWN) {
            dest_put(d, row->a.ptr, row->a.len);
        } else {
            if (at_start && strip && starts_with(t, SPACE_MARK)) {
                t = behind(t, SPACE_MARK.len);
                if (!strip_all) at_start = false;
            }
            put_spaced(d, t);
        }
    }
}

/* --- lists of strings ---------------------------------------------------------------- */

typedef struct strings {
    tkc_buf bytes;
    size_t *end; /* string i is bytes[end[i - 1] .. end[i]) */
    size_t n, cap;
} strings;

static tkc_str string_at(const strings *s, size_t i)
{
    size_t begin = i ? s->end[i - 1] : 0;
    /* a list of empty strings only has no bytes at all */
    if (s->end[i] == begin) return (tkc_str){NULL, 0};
    return (tkc_str){s->bytes.ptr + begin, s->end[i] - begin};
}

/* The bytes appended since the last string become the next one. */
static tkc_status string_close(strings *s, tkc_error *err)
{
    if (!tkc_grow(s->bytes.alloc, &s->end, &s->cap, s->n + 1, DECODE_MAX, sizeof *s->end))
        return tkc_nomem(err);
    s->end[s->n++] = s->bytes.len;
    return TKC_OK;
}

static tkc_status append(strings *s, const char *p, size_t n, tkc_error *err)
{
    return n ? tkc_buf_append(&s->bytes, p, n, err) : TKC_OK;
}

static tkc_status append_str(strings *s, tkc_str t, tkc_error *err)
{
    return append(s, t.ptr, t.len, err);
}

static tkc_status append_replaced(strings *out, tkc_str t, tkc_str from, tkc_str to,
                                  tkc_error *err)
{
    tkc_status st = TKC_OK;
    if (from.len == 0) return append_str(out, t, err);
    while (!st && t.len > 0) {
        size_t n = 0;
        if (starts_with(t, from)) {
            st = append_str(out, to, err);
            t = behind(t, from.len);
            continue;
        }
        while (n < t.len && !starts_with(behind(t, n), from)) n++;
        st = append(out, t.ptr, n, err);
        t = behind(t, n);
    }
    return st;
}

/* Start and stop count single characters, cut only where they follow each other from the
 * end of the string. */
static tkc_str stripped(tkc_str t, tkc_str c, size_t start, size_t stop)
{
    if (c.len == 0) return t;
    for (; start > 0 && starts_with(t, c); start--) t = behind(t, c.len);
    for (; stop > 0 && t.len >= c.len && starts_with(behind(t, t.len - c.len), c); stop--)
        t.len -= c.len;
    return t;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The byte of "<0xHH>", either case; -1. */
static int fallback_byte(tkc_str t)
{
    int hi, lo;
    if (t.len != 6 || memcmp(t.ptr, "<0x", 3) != 0 || t.ptr[5] != '>') return -1;
    /* The reference parses the two digits as a number, so "+F" is 15 to it. */
    lo = hex_value(t.ptr[4]);
    if (lo < 0) return -1;
    hi = t.ptr[3] == '+' ? 0 : hex_value(t.ptr[3]);
    return hi < 0 ? -1 : hi * 16 + lo;
}

static tkc_status byte_fallback(const strings *in, strings *out, tkc_error *err)
{
    bool in_bytes = false;
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < in->n; i++) {
        tkc_str t = string_at(in, i);
        int c = fallback_byte(t);
        if (c >= 0) { /* a run of bytes is one string */
            char one = (char)c;
            st = append(out, &one, 1, err);
            in_bytes = true;
            continue;
        }
        if (in_bytes) st = string_close(out, err);
        in_bytes = false;
        if (!st) st = append_str(out, t, err);
        if (!st) st = string_close(out, err);
    }
    if (!st && in_bytes) st = string_close(out, err);
    return st;
}

/* The English tidying of the WordPiece decoder, one rule after the other. */
static tkc_status clean_up(strings *out, size_t from, strings *tmp, tkc_error *err)
{
    static const struct {
        const char *from, *to;
    } rule[] = {{" .", "."},     {" ?", "?"},     {" !", "!"},    {" ,", ","},
                {" ' ", "'"},    {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
                {" 's", "'s"},   {" 've", "'ve"}, {" 're", "'re"}};
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < sizeof rule / sizeof *rule; i++) {
        tkc_str a = {rule[i].from, strlen(rule[i].from)}, b = {rule[i].to, strlen(rule[i].to)}, now;
        if (out->bytes.len == from) break;
        now = (tkc_str){out->bytes.ptr + from, out->bytes.len - from};
        tkc_buf_clear(&tmp->bytes);
        st = append_replaced(tmp, now, a, b, err);
        out->bytes.len = from; /* no rule makes the text longer */
        if (!st) st = append(out, tmp->bytes.ptr, tmp->bytes.len, err);
    }
    return st;
}

static tkc_status one_string(const tkc_op *row, tkc_str t, size_t i, size_t n, strings *out,
                             strings *tmp, tkc_error *err)
{
    const tkc_str space = {" ", 1}, nothing = {NULL, 0};
    const size_t from = out->bytes.len;
    tkc_status st;
    switch (row->kind) {
    case TKC_OP_DEC_METASPACE: /* in the first token every mark falls away, as there */
        return append_replaced(out, t, row->a,
                               i == 0 && row->flags & TKC_OPF_LEFT ? nothing : space, err);
    case TKC_OP_DEC_REPLACE: return append_replaced(out, t, row->a, row->b, err);
    case TKC_OP_DEC_STRIP:
        return append_str(out, stripped(t, row->a, row->arg & 0xffff, row->arg >> 16), err);
    case TKC_OP_DEC_BPE_SUFFIX:
        return append_replaced(out, t, row->a, i + 1 == n ? nothing : space, err);
    default: /* TKC_OP_DEC_WORDPIECE */
        st = TKC_OK;
        if (i > 0 && starts_with(t, row->a))
            t = behind(t, row->a.len);
        else if (i > 0)
            st = append_str(out, space, err);
        if (!st) st = append_str(out, t, err);
        if (!st && row->flags & TKC_OPF_CLEAN) st = clean_up(out, from, tmp, err);
        return st;
    }
}

static tkc_status apply(const tkc_op *row, const strings *in, strings *out, strings *tmp,
                        tkc_error *err)
{
    tkc_status st = TKC_OK;
    switch (row->kind) {
    case TKC_OP_DEC_BYTE_FALLBACK: return byte_fallback(in, out, err);
    case TKC_OP_DEC_BYTE_LEVEL:
    case TKC_OP_DEC_FUSE:
        st = append(out, in->bytes.ptr, in->bytes.len, err);
        return st ? st : string_close(out, err);
    case TKC_OP_DEC_REPLACE:
        if (row->flags & TKC_OPF_REGEX)
            return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "decoding with a regex is not done");
        break;
    case TKC_OP_DEC_METASPACE:
    case TKC_OP_DEC_STRIP:
    case TKC_OP_DEC_WORDPIECE:
    case TKC_OP_DEC_BPE_SUFFIX: break;
    default:
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "decoder step %lu is not known",
                        (unsigned long)row->kind);
    }
    for (size_t i = 0; !st && i < in->n; i++) {
        st = one_string(row, string_at(in, i), i, in->n, out, tmp, err);
        if (!st) st = string_close(out, err);
    }
    return st;
}

static bool skipped(const tkc_vocab *v, uint32_t id, unsigned flags)
{
    return flags & TKC_DECODE_SKIP_CONTROL && tkc_vocab_is_control(v, id);
}

static tkc_status decode_rows(const tkc_vocab *v, const uint32_t *ids, size_t n, unsigned flags,
                              dest *d, tkc_error *err)
{
    strings list[2], tmp = {{0}, NULL, 0, 0};
    strings *now = &list[0], *next = &list[1];
    tkc_status st = TKC_OK;
    memset(list, 0, sizeof list);
    for (int i = 0; i < 2; i++) tkc_buf_init(&list[i].bytes, DECODE_MAX, v->alloc);
    tkc_buf_init(&tmp.bytes, DECODE_MAX, v->alloc);
    for (size_t i = 0; !st && i < n; i++) {
        if (skipped(v, ids[i], flags)) continue;
        st = append_str(now, tkc_token_at(v, ids[i]), err);
        if (!st) st = string_close(now, err);
    }
    for (uint32_t i = 0; !st && i < v->n_op[TKC_STAGE_DECODE]; i++) {
        strings *swap = now;
        tkc_buf_clear(&next->bytes);
        next->n = 0;
        st = apply(&v->op[TKC_STAGE_DECODE][i], now, next, &tmp, err);
        now = next;
        next = swap;
    }
    if (!st) dest_put(d, now->bytes.ptr, now->bytes.len);
    for (int i = 0; i < 2; i++) {
        tkc_buf_release(&list[i].bytes);
        tkc_free(list[i].bytes.alloc, list[i].end, list[i].cap, sizeof *list[i].end);
    }
    tkc_buf_release(&tmp.bytes);
    return st;
}

/* --- the whole ----------------------------------------------------------------------- */

/* No row changes the tokens' bytes. */
static bool is_plain(const tkc_vocab *v)
{
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_DECODE]; i++) {
        uint32_t k = v->op[TKC_STAGE_DECODE][i].kind;
        if (k != TKC_OP_DEC_BYTE_LEVEL && k != TKC_OP_DEC_FUSE) return false;
    }
    return v->n_op[TKC_STAGE_DECODE] > 0 || v->model.flags & TKC_MODEL_BYTE_LEVEL;
}

tkc_status tkc_decode(const tkc_vocab *v, const uint32_t *ids, size_t n, unsigned flags,
                      char *buf, size_t cap, size_t *len, tkc_error *err)
{
    const uint32_t n_rows = v->n_op[TKC_STAGE_DECODE];
    const tkc_op *row = v->op[TKC_STAGE_DECODE];
    dest d = {buf, cap, 0};
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < n; i++)
        if (ids[i] >= v->model.n_ids || v->token_type[ids[i]] == TKC_TOKEN_HOLE)
            return tkc_fail(err, TKC_E_ARG, i, "id %lu is no token of this vocabulary",
                            (unsigned long)ids[i]);
    if (n_rows == 1 && row[0].kind == TKC_OP_DEC_SPM) {
        decode_spm(v, row, ids, n, &d);
    } else if (is_plain(v) || n_rows == 0) {
        bool first = true;
        for (size_t i = 0; i < n; i++) {
            tkc_str t;
            if (skipped(v, ids[i], flags)) continue;
            /* The reference engine joins with a space where a file has no decoder. */
            if (!first && !is_plain(v)) dest_put(&d, " ", 1);
            first = false;
            t = tkc_token_at(v, ids[i]);
            dest_put(&d, t.ptr, t.len);
        }
    } else {
        st = decode_rows(v, ids, n, flags, &d, err);
    }
    if (st) return st;
    *len = d.len;
    if (d.len > cap)
        return tkc_fail(err, TKC_E_SPACE, 0, "the text needs %zu bytes, the array has %zu", d.len,
                        cap);
    return TKC_OK;
}
