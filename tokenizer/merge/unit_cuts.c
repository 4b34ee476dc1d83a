/* unit_cuts.c - neighbours of ASCII by a table of their pairs, others by a memory of what the
 * vocabulary said. */
#include "tokenizer/merge/unit_cuts.h"
#include "tokenizer/kernels/bits.h"
#include "tokenizer/merge/pair_classes.h"
#include "tokenizer/merge/unit_pairs.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum {
    WORD_MARK = 0x2581,
    MUCH = 1 << 17 /* bytes of text that make 0.2 ms for the kernel's classes worth while */
};

struct tkc_unit_cuts {
    tkc_unit_pairs pairs;          /* the first: who has it has all */
    const tkc_allocator *alloc;
    const tkc_vocab *v;
    uint32_t run_most[128];        /* the longest added token that is a run of it; 0: no such byte */
    uint32_t run_first[128];       /* where run_id has the one of one byte */
    uint32_t *run_id;
    size_t n_run_id;
    const tkc_kernel *kernel;
    size_t seen;                   /* bytes of text, up to MUCH */
    bool fast;                     /* classes are there */
    bool ready;                    /* cut[] is filled: 0.1 ms, when it is first asked for */
    unsigned char cut[128 * 128];  /* first << 7 | second: 1 where they are parted */
};

static bool is_literal(const tkc_op *op, tkc_op_kind kind, const char *a, const char *b)
{
    return op->kind == kind && !(op->flags & TKC_OPF_REGEX) && op->a.len == strlen(a) &&
           memcmp(op->a.ptr, a, op->a.len) == 0 && op->b.len == strlen(b) &&
           (!op->b.len || memcmp(op->b.ptr, b, op->b.len) == 0);
}

static bool blanks_to_marks(const tkc_op *op, uint32_t n, bool *prefix)
{
    *prefix = false;
    if (n == 1 && op->kind == TKC_OP_SPM) {
        *prefix = op->flags & TKC_OPF_DUMMY_PREFIX;
        return !op->a.len && !op->b.len &&
               (op->flags & ~(uint32_t)TKC_OPF_DUMMY_PREFIX) == TKC_OPF_ESCAPE;
    }
    if (n == 2 && is_literal(op, TKC_OP_PREPEND, TKC_WORD_MARK, "")) {
        *prefix = true;
        op++;
        n--;
    }
    return n == 1 && is_literal(op, TKC_OP_REPLACE, " ", TKC_WORD_MARK);
}

bool tkc_unit_cuts_fit(const tkc_vocab *v, bool *prefix)
{
    const tkc_op *split = v->op[TKC_STAGE_SPLIT];
    if (v->model.kind != TKC_MODEL_BPE_MERGES && v->model.kind != TKC_MODEL_BPE_SCORES) return false;
    if (!(v->model.flags & TKC_MODEL_UNIT_CUT) || !(v->model.flags & TKC_MODEL_BYTE_FALLBACK) ||
        v->model.flags & (TKC_MODEL_BYTE_LEVEL | TKC_MODEL_WHOLE_PIECE))
        return false;
    /* then no character is unknown, and nothing of one unit is carried to the next */
    for (int c = 0; c < 256; c++)
        if (v->byte_id[c] == TKC_NO_ID) return false;
    /* a pattern of one blank, of which there are none by then: Gemma */
    if (v->n_op[TKC_STAGE_SPLIT] > 1 ||
        (v->n_op[TKC_STAGE_SPLIT] && (split->flags || !is_literal(split, TKC_OP_SPLIT, " ", ""))))
        return false;
    for (uint32_t id = 0; v->model.flags & TKC_MODEL_SPM && id < v->model.n_ids; id++) {
        const tkc_str t = tkc_token_at(v, id);
        if (v->token_type[id] == TKC_TOKEN_UNUSED) return false;
        if (v->token_type[id] != TKC_TOKEN_USER_DEFINED) continue;
        for (size_t i = 0; i < t.len; i++) /* it is looked for in the text as it came */
            if (t.ptr[i] == ' ' || (t.len - i >= 3 && memcmp(t.ptr + i, TKC_WORD_MARK, 3) == 0))
                return false;
    }
    return blanks_to_marks(v->op[TKC_STAGE_NORMALIZE], v->n_op[TKC_STAGE_NORMALIZE], prefix);
}

/* A string that is one byte over and over. */
static bool is_run(tkc_str s)
{
    for (size_t i = 1; i < s.len; i++)
        if (s.ptr[i] != s.ptr[0]) return false;
    return s.len && (unsigned char)s.ptr[0] < 128;
}

/* Bytes of another string than a run of them have none. */
static void no_runs_of(tkc_unit_cuts *u, tkc_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 128) u->run_most[(unsigned char)s.ptr[i]] = 0;
}

/* Of each byte the longest run there is, then none where another string has it or a shorter run
 * is missing. A vocabulary that puts U+2581 in front of each stretch has none: there a stretch's
 * begin would change. */
static tkc_status find_runs(tkc_unit_cuts *u, tkc_error *err)
{
    const tkc_vocab *v = u->v;
    uint32_t many = 0;
    bool prefix;
    if (!blanks_to_marks(v->op[TKC_STAGE_NORMALIZE], v->n_op[TKC_STAGE_NORMALIZE], &prefix) || prefix)
        return TKC_OK;
    for (uint32_t i = 0; i < v->n_added; i++) {
        const tkc_str s = v->added[i].content;
        if (is_run(s) && s.ptr[0] != ' ' && u->run_most[(unsigned char)s.ptr[0]] < s.len)
            u->run_most[(unsigned char)s.ptr[0]] = (uint32_t)s.len;
    }
    for (uint32_t i = 0; i < v->n_added; i++)
        if (v->added[i].flags || !is_run(v->added[i].content)) no_runs_of(u, v->added[i].content);
    for (uint32_t id = 0; v->model.flags & TKC_MODEL_SPM && id < v->model.n_ids; id++)
        if (v->token_type[id] == TKC_TOKEN_USER_DEFINED) no_runs_of(u, tkc_token_at(v, id));
    for (int c = 0; c < 128; c++) {
        u->run_first[c] = many;
        many += u->run_most[c];
    }
    if (!many) return TKC_OK;
    u->run_id = tkc_alloc(u->alloc, many, sizeof *u->run_id);
    if (!u->run_id) return tkc_nomem(err);
    u->n_run_id = many;
    for (uint32_t i = 0; i < many; i++) u->run_id[i] = TKC_NO_ID;
    for (uint32_t i = v->n_added; i-- > 0;) { /* of two equal ones the first */
        const tkc_str s = v->added[i].content;
        if (is_run(s) && u->run_most[(unsigned char)s.ptr[0]])
            u->run_id[u->run_first[(unsigned char)s.ptr[0]] + s.len - 1] = v->added[i].id;
    }
    for (int c = 0; c < 128; c++)
        for (uint32_t i = u->run_most[c]; i-- > 0;)
            if (u->run_id[u->run_first[c] + i] == TKC_NO_ID) u->run_most[c] = 0;
    return TKC_OK;
}

static uint32_t marked(uint32_t cp)
{
    return cp == ' ' ? WORD_MARK : cp;
}

/* Two characters, U+2581 for a blank or a blank. */
static bool may_join(const tkc_unit_cuts *u, uint32_t a, uint32_t b)
{
    if ((a < 128 && u->run_most[a]) || (b < 128 && u->run_most[b])) return a == b;
    return tkc_joinable(u->v, marked(a), marked(b));
}

static bool ask_parted(const tkc_unit_pairs *p, uint32_t a, uint32_t b)
{
    return !may_join((const tkc_unit_cuts *)p, a, b);
}

/* A character of one or two bytes, the first one the lowest. */
static uint32_t scalar_of(uint32_t bytes)
{
    return bytes < 0x80 ? bytes : (bytes & 0x1f) << 6 | (bytes >> 8 & 0x3f);
}

NEVER_INLINE uint32_t tkc_unit_ask(tkc_unit_pairs *p, uint64_t pair)
{
    const uint64_t hash = tkc_two_hash(pair);
    uint32_t a = (uint32_t)(pair >> 21), b = (uint32_t)pair & 0x1fffff, parted;
    if (a >= 0x800) {
        a -= 0x800;
    } else {
        a = (uint32_t)pair & 0xffff;
        a = scalar_of(a & 0xff ? a : a >> 8);
        b = scalar_of((uint32_t)pair >> 16);
    }
    parted = p->ask(p, a, b);
    p->memo[hash >> (64 - TKC_PAIR_MEMO_BITS)] = (uint32_t)(hash >> 17) | 2 | parted;
    return parted;
}

tkc_status tkc_unit_cuts_new(tkc_unit_cuts **out, const tkc_vocab *v, const tkc_kernel *kernel,
                             const tkc_allocator *alloc, tkc_error *err)
{
    tkc_unit_cuts *u;
    tkc_status st;
    alloc = tkc_allocator_or_default(alloc);
    u = tkc_alloc_zero(alloc, 1, sizeof *u);
    if (!u) return tkc_nomem(err);
    u->alloc = alloc;
    u->v = v;
    u->kernel = kernel;
    u->pairs.ask = ask_parted;
    st = find_runs(u, err);
    if (st) tkc_unit_cuts_free(u);
    else *out = u;
    return st;
}

void tkc_unit_cuts_free(tkc_unit_cuts *u)
{
    if (!u) return;
    tkc_free(u->alloc, u->run_id, u->n_run_id, sizeof *u->run_id);
    tkc_free(u->alloc, u, 1, sizeof *u);
}

bool tkc_unit_is_run(const tkc_unit_cuts *u, unsigned char c)
{
    return c < 128 && u->run_most[c];
}

bool tkc_unit_put_run(const tkc_unit_cuts *u, const unsigned char *s, size_t len, tkc_sink *sink)
{
    if (!tkc_unit_is_run(u, s[0])) return false;
    for (size_t n; len; len -= n) {
        n = len < u->run_most[s[0]] ? len : u->run_most[s[0]];
        tkc_sink_put(sink, u->run_id[u->run_first[s[0]] + n - 1], 0);
    }
    return true;
}

static void get_ready(tkc_unit_cuts *u)
{
    for (uint32_t a = 0; a < 128; a++)
        for (uint32_t b = 0; b < 128; b++) u->cut[a << 7 | b] = !may_join(u, a, b);
    u->ready = true;
}

/* The ends of runs have to be found; a kernel finds those of newlines and tabs. */
static void get_fast(tkc_unit_cuts *u)
{
    for (int c = 0; c < 128; c++)
        if (u->run_most[c] && c != '\n' && c != '\t') return;
    if (!u->kernel->windows || !u->v->wide) return;
    tkc_pair_classes_make(&u->pairs.classes, u->cut);
    u->fast = true;
}

/* The first of two bytes. */
static bool is_two(unsigned char c)
{
    return (c & 0xe0) == 0xc0;
}

static bool is_wide(uint32_t cp)
{
    return cp >= 0x800 && cp < 0x10000;
}

size_t tkc_unit_bounds(tkc_unit_cuts *u, const unsigned char *s, size_t len, size_t room, tkc_spans *out,
                       size_t *count)
{
    uint32_t *const start = out->start;
    uint32_t before;
    size_t n = 1, i, ended = 0, sum = 0; /* n: places where units begin */
    unsigned k;
    if (!u->ready) get_ready(u);
    start[0] = 0;
    before = tkc_utf8_get(s, &k);
    for (i = k; i < len && n <= TKC_SPANS; i += k) {
        if (u->fast && i > 3 && len - i > TKC_WINDOW) {
            const size_t from = i;
            if (n > TKC_SPANS - TKC_WINDOW) break; /* what is counted must not be cut off below */
            tkc_spans_end(out, &ended, n - 1);
            sum += u->kernel->windows(&u->pairs, u->v, s, &i, len, room, out, count != NULL);
            ended = out->n;
            n = ended + 1;
            k = 0;
            if (i > from) {
                unsigned bytes;
                before = tkc_utf8_before(s + i, &bytes);
                continue;
            }
        }
        if ((before | s[i]) < 0x80) {
            /* there is room for a window more; the kernel's cannot begin before the fourth byte */
            const size_t stop = len - i < TKC_WINDOW ? len : i + (u->fast ? 4 : TKC_WINDOW);
            k = 0;
            do {
                start[n] = (uint32_t)i;
                n += u->cut[before << 7 | s[i]];
                before = s[i++];
            } while (i < stop && s[i] < 0x80);
            continue;
        }
        if ((s[i] & 0xf0) == 0xe0 && is_wide(before) && u->v->wide) {
            tkc_wide_run r = {.from = start[n - 1], .at = (uint32_t)i, .before = before, .kind = u->v->wide[before]};
            if (n > TKC_SPANS - TKC_WINDOW) break;
            tkc_spans_end(out, &ended, n - 1);
            sum += u->kernel->units(&r, u->v, s, room, (uint32_t)len, out, count != NULL);
            ended = out->n;
            n = ended + 1;
            start[ended] = r.from;
            before = r.before;
            i = r.at;
            k = 0;
            continue;
        }
        if (is_two(s[i]) && before - 0x80 < 0x780) { /* Cyrillic, Greek, Arabic, ... */
            const size_t stop = len - i < 2 * TKC_WINDOW ? len : i + 2 * TKC_WINDOW;
            k = 0;
            do {
                const uint32_t cp = (uint32_t)(s[i] & 0x1f) << 6 | (s[i + 1] & 0x3f);
                start[n] = (uint32_t)i;
                n += tkc_unit_parted(&u->pairs, before, cp);
                before = cp;
                i += 2;
            } while (i < stop && is_two(s[i]));
            continue;
        }
        start[n] = (uint32_t)i;
        {
            const uint32_t cp = tkc_utf8_get(s + i, &k);
            n += tkc_unit_parted(&u->pairs, before, cp);
            before = cp;
        }
    }
    if (n > TKC_SPANS) {
        n = TKC_SPANS + 1;
    } else if (i >= len) {
        start[n++] = (uint32_t)len;
    }
    tkc_spans_end(out, &ended, n - 1);
    if (count) *count += sum;
    if (u->seen < MUCH) {
        u->seen += start[n - 1];
        if (u->seen >= MUCH) get_fast(u);
    }
    return start[n - 1];
}
