/* unit_cuts.c - neighbours of ASCII by a table of their pairs, others by a memory of what the
 * vocabulary said. */
#include "tokenizer/merge/unit_cuts.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum {
    WORD_MARK = 0x2581,
    MEMO_BITS = 15 /* 256 KB: Chinese text has some ten thousand pairs, half of them often */
};

struct tkc_unit_cuts {
    const tkc_allocator *alloc;
    const tkc_vocab *v;
    bool ready;                    /* cut[] is filled: 0.1 ms, when it is first asked for */
    unsigned char cut[128 * 128];  /* first << 7 | second: 1 where they are parted */
    uint64_t memo[1 << MEMO_BITS]; /* pair << 1 | whether they are parted; 0: none */
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

tkc_status tkc_unit_cuts_new(tkc_unit_cuts **out, const tkc_vocab *v, const tkc_allocator *alloc,
                             tkc_error *err)
{
    tkc_unit_cuts *u;
    alloc = tkc_allocator_or_default(alloc);
    u = tkc_alloc_zero(alloc, 1, sizeof *u);
    if (!u) return tkc_nomem(err);
    u->alloc = alloc;
    u->v = v;
    *out = u;
    return TKC_OK;
}

void tkc_unit_cuts_free(tkc_unit_cuts *u)
{
    if (u) tkc_free(u->alloc, u, 1, sizeof *u);
}

static uint32_t marked(uint32_t cp)
{
    return cp == ' ' ? WORD_MARK : cp;
}

static void get_ready(tkc_unit_cuts *u)
{
    for (uint32_t a = 0; a < 128; a++)
        for (uint32_t b = 0; b < 128; b++)
            u->cut[a << 7 | b] = !tkc_joinable(u->v, marked(a), marked(b));
    u->ready = true;
}

static bool parted(tkc_unit_cuts *u, uint32_t a, uint32_t b)
{
    const uint64_t pair = (uint64_t)marked(a) << 21 | marked(b);
    uint64_t *e = &u->memo[pair * UINT64_C(0x9e3779b97f4a7c15) >> (64 - MEMO_BITS)];
    if (*e >> 1 != pair) *e = pair << 1 | !tkc_joinable(u->v, marked(a), marked(b));
    return *e & 1;
}

void tkc_unit_bounds(tkc_unit_cuts *u, const unsigned char *s, size_t len, tkc_batch *b)
{
    uint32_t *start = b->start, before;
    size_t n = 1, i;
    unsigned k;
    if (!u->ready) get_ready(u);
    start[0] = 0;
    before = tkc_utf8_get(s, &k);
    for (i = k; i < len && n <= TKC_BATCH; i += k) {
        uint32_t cp;
        if ((before | s[i]) < 0x80) {
            /* batches have room for a window more than they are meant to have */
            const size_t stop = len - i < TKC_WINDOW ? len : i + TKC_WINDOW;
            k = 0;
            do {
                start[n] = (uint32_t)i;
                n += u->cut[before << 7 | s[i]];
                before = s[i++];
            } while (i < stop && s[i] < 0x80);
            continue;
        }
        cp = tkc_utf8_get(s + i, &k);
        start[n] = (uint32_t)i;
        n += parted(u, before, cp);
        before = cp;
    }
    if (n > TKC_BATCH) n = TKC_BATCH;
    else if (i == len) start[n] = (uint32_t)len;
    b->n = n;
    b->wide = false;
}
