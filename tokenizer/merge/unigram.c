/*
 * unigram.c - Viterbi over a Unigram vocabulary, left to right.
 *
 * cell[i] is the best way to end at byte i: its score, its last token. From each character
 * on, a byte tree gives every token that starts there. Where no token reaches over a
 * position, every path runs through it: what is behind is written out and the cells start
 * anew with that score carried over, so that rounding is the same as in one long run and
 * memory stays small. Ties go to the path found first, which has the longer last token.
 */
#include "tokenizer/merge/unigram.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <math.h>
#include <string.h>

enum { MAX_NODES = 1 << 24 }; /* an edge key is node << 8 | byte in 32 bits */
/* Set in an edge's value where a token ends at its node: most edges lead to no token, and
 * then the node itself is not touched. */
#define ENDS_TOKEN 0x80000000u

/* SentencePiece 0.2.3 brings a sum back to 0 when it leaves this range. */
static const float SPM_SCORE_RANGE = 100000.0f;
/* Both references: an unknown character costs this much below the lowest score. */
static const double UNK_PENALTY = 10.0;

typedef struct tree_node {
    double score;
    uint32_t id; /* where a token ends */
} tree_node;

typedef struct cell {
    double score;
    uint32_t len; /* of the last token; 0: nothing ends here */
    uint32_t id;
} cell;

struct tkc_unigram_tree {
    tkc_shared shared; /* first: a vocabulary's encoders have one */
    const tkc_allocator *alloc;
    bool spm;
    double unk_score;
    tree_node *node; /* 0 is the root */
    size_t n_nodes, cap_nodes;
    uint64_t *edge; /* key << 32 | node, perhaps ENDS_TOKEN; all ones: free */
    size_t n_slots;
    uint32_t root[256]; /* value of the first byte's edge, 0: none */
};

struct tkc_unigram {
    const tkc_allocator *alloc;
    const tkc_unigram_tree *tree;
    cell *cell;
    size_t cap_cells;
};

/* --- the tree ------------------------------------------------------------------------ */

static size_t edge_slot(uint32_t key, size_t n_slots)
{
    return (size_t)((uint64_t)key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (n_slots - 1);
}

/* The edge with this key, or NULL. */
static uint64_t *edge_at(const tkc_unigram_tree *u, uint32_t key)
{
    size_t i = edge_slot(key, u->n_slots);
    for (; u->edge[i] != UINT64_MAX; i = (i + 1) & (u->n_slots - 1))
        if ((uint32_t)(u->edge[i] >> 32) == key) return &u->edge[i];
    return NULL;
}

static uint32_t edge_find(const tkc_unigram_tree *u, uint32_t key)
{
    const uint64_t *e = edge_at(u, key);
    return e ? (uint32_t)*e : 0;
}

static void edge_put(uint64_t *edge, size_t n_slots, uint64_t e)
{
    size_t i = edge_slot((uint32_t)(e >> 32), n_slots);
    while (edge[i] != UINT64_MAX) i = (i + 1) & (n_slots - 1);
    edge[i] = e;
}

/* Keeps the table at most half full. */
static tkc_status edge_room(tkc_unigram_tree *u, tkc_error *err)
{
    uint64_t *bigger;
    size_t n = u->n_slots ? u->n_slots * 2 : 4096;
    if (u->n_nodes * 2 < u->n_slots) return TKC_OK;
    bigger = tkc_alloc(u->alloc, n, sizeof *bigger);
    if (!bigger) return tkc_nomem(err);
    memset(bigger, 0xff, n * sizeof *bigger);
    for (size_t i = 0; i < u->n_slots; i++)
        if (u->edge[i] != UINT64_MAX) edge_put(bigger, n, u->edge[i]);
    tkc_free(u->alloc, u->edge, u->n_slots, sizeof *u->edge);
    u->edge = bigger;
    u->n_slots = n;
    return TKC_OK;
}

static tkc_status node_new(tkc_unigram_tree *u, uint32_t *out, tkc_error *err)
{
    if (u->n_nodes >= MAX_NODES)
        return tkc_fail(err, TKC_E_LIMIT, 0, "the tokens need more than %d tree nodes", MAX_NODES);
    if (!tkc_grow(u->alloc, &u->node, &u->cap_nodes, u->n_nodes + 1, MAX_NODES, sizeof *u->node))
        return tkc_nomem(err);
    u->node[u->n_nodes] = (tree_node){0, TKC_NO_ID};
    *out = (uint32_t)u->n_nodes++;
    return TKC_OK;
}

static tkc_status tree_add(tkc_unigram_tree *u, tkc_str bytes, uint32_t id, double score,
                           tkc_error *err)
{
    uint32_t at = 0, key = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        uint32_t next;
        tkc_status st;
        key = at << 8 | c;
        next = (i == 0 ? u->root[c] : edge_find(u, key)) & ~ENDS_TOKEN;
        if (!next) {
            if ((st = node_new(u, &next, err))) return st;
            if (i == 0) {
                u->root[c] = next;
            } else {
                if ((st = edge_room(u, err))) return st;
                edge_put(u->edge, u->n_slots, (uint64_t)key << 32 | next);
            }
        }
        at = next;
    }
    if (!at) return TKC_OK;
    u->node[at] = (tree_node){score, id};
    if (bytes.len == 1)
        u->root[(unsigned char)bytes.ptr[0]] |= ENDS_TOKEN;
    else
        *edge_at(u, key) |= ENDS_TOKEN;
    return TKC_OK;
}

static void tree_free(tkc_shared *shared)
{
    tkc_unigram_tree *u = (tkc_unigram_tree *)(void *)shared;
    const tkc_allocator *const a = u->alloc;
    tkc_free(a, u->node, u->cap_nodes, sizeof *u->node);
    tkc_free(a, u->edge, u->n_slots, sizeof *u->edge);
    tkc_free(a, u, 1, sizeof *u);
}

static tkc_status tree_build(tkc_unigram_tree *u, const tkc_vocab *v, tkc_error *err)
{
    double lowest = INFINITY;
    uint32_t root;
    tkc_status st = node_new(u, &root, err);
    if (!st) st = edge_room(u, err);
    for (uint32_t id = 0; !st && id < v->model.n_ids; id++) {
        tkc_str t = tkc_token_at(v, id);
        double score = v->token_score ? v->token_score[id] : 0;
        const uint8_t type = v->token_type[id];
        /* the HF engine looks at every row of the file, also at those that no text can reach */
        if (!u->spm && (type == TKC_TOKEN_NORMAL || type == TKC_TOKEN_UNKNOWN) && score < lowest)
            lowest = score;
        if (t.len == 0 || tkc_token_find(v, t.ptr, t.len) != id) continue;
        if (u->spm) {
            if (type == TKC_TOKEN_UNUSED) continue;
            if (type == TKC_TOKEN_NORMAL && score < lowest) lowest = score;
            /* Above any sum of log probabilities, the more the longer it is. */
            if (type == TKC_TOKEN_USER_DEFINED) score = (float)(0.1 * ((double)t.len - 1));
        }
        st = tree_add(u, t, id, score, err);
    }
    if (u->spm) /* the reference starts from the largest float when nothing is normal */
        u->unk_score = (isinf(lowest) ? 3.402823466e+38f : (float)lowest) - (float)UNK_PENALTY;
    else
        u->unk_score = lowest - UNK_PENALTY;
    return st;
}

tkc_status tkc_unigram_tree_new(tkc_unigram_tree **out, const tkc_vocab *v,
                                const tkc_allocator *alloc, tkc_error *err)
{
    tkc_unigram_tree *u;
    tkc_status st;
    alloc = tkc_allocator_or_default(alloc);
    u = tkc_alloc_zero(alloc, 1, sizeof *u);
    if (!u) return tkc_nomem(err);
    u->shared.free = tree_free;
    u->alloc = alloc;
    u->spm = (v->model.flags & TKC_MODEL_SPM) != 0;
    st = tree_build(u, v, err);
    if (st) tree_free(&u->shared);
    else *out = u;
    return st;
}

void tkc_unigram_tree_free(tkc_unigram_tree *tree)
{
    if (tree) tree_free(&tree->shared);
}

tkc_status tkc_unigram_new(tkc_unigram **out, const tkc_vocab *v, const tkc_allocator *alloc,
                           tkc_error *err)
{
    tkc_shared *shared = tkc_vocab_shared(v);
    tkc_unigram *u;
    if (!shared) {
        tkc_unigram_tree *made;
        const tkc_status st = tkc_unigram_tree_new(&made, v, v->alloc, err);
        if (st) return st;
        shared = tkc_vocab_share(v, &made->shared);
    }
    alloc = tkc_allocator_or_default(alloc);
    u = tkc_alloc_zero(alloc, 1, sizeof *u);
    if (!u) return tkc_nomem(err);
    u->alloc = alloc;
    u->tree = (const tkc_unigram_tree *)(const void *)shared;
    *out = u;
    return TKC_OK;
}

void tkc_unigram_free(tkc_unigram *u)
{
    const tkc_allocator *a;
    if (!u) return;
    a = u->alloc;
    tkc_free(a, u->cell, u->cap_cells, sizeof *u->cell);
    tkc_free(a, u, 1, sizeof *u);
}

/* --- writing ids --------------------------------------------------------------------- */

typedef struct run {
    const tkc_vocab *v;
    tkc_unigram *u;
    const tkc_text *piece;
    tkc_sink *sink;
    size_t origin;   /* byte of cell[0] */
    size_t frontier; /* last cell that is set up, relative to origin */
    bool in_unk;     /* a run of unknown characters began at unk_begin */
    size_t unk_begin;
} run;

static bool all_bytes_known(const run *r, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        if (r->v->byte_id[(unsigned char)r->piece->ptr[i]] == TKC_NO_ID) return false;
    return true;
}

static void put_bytes(run *r, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        tkc_sink_put(r->sink, r->v->byte_id[(unsigned char)r->piece->ptr[i]],
                     tkc_text_source(r->piece, i));
}

/* Unknown characters from unk_begin to end. */
static void flush_unk(run *r, size_t end)
{
    const size_t begin = r->unk_begin;
    if (!r->in_unk) return;
    r->in_unk = false;
    if (!r->u->tree->spm) {
        /* A token spelled like the run is that token: the unknown token's own text. */
        uint32_t id = tkc_token_find(r->v, r->piece->ptr + begin, end - begin);
        if (id != TKC_NO_ID) {
            tkc_sink_put(r->sink, id, tkc_text_source(r->piece, begin));
            return;
        }
    }
    if (r->v->model.flags & TKC_MODEL_BYTE_FALLBACK && all_bytes_known(r, begin, end))
        put_bytes(r, begin, end);
    else
        tkc_sink_put(r->sink, r->v->model.unk_id, tkc_text_source(r->piece, begin));
}

/* Writes the path to cell[n] and makes it cell[0]. */
static void write_path(run *r, size_t n)
{
    cell *c = r->u->cell;
    cell last = c[n];
    size_t at = n;
    while (at > 0) { /* turn the links round: cell[i] then holds the token that starts there */
        size_t before = at - last.len;
        cell keep = c[before];
        c[before].len = last.len;
        c[before].id = last.id;
        last = keep;
        at = before;
    }
    while (at < n) {
        const size_t begin = r->origin + at;
        if (c[at].id == r->v->model.unk_id) {
            if (!r->in_unk) {
                r->in_unk = true;
                r->unk_begin = begin;
            }
        } else {
            flush_unk(r, begin);
            tkc_sink_put(r->sink, c[at].id, tkc_text_source(r->piece, begin));
        }
        at += c[at].len;
    }
    c[0] = (cell){c[n].score, 0, 0};
    r->origin += n;
    r->frontier = 0;
}

/* --- the search ---------------------------------------------------------------------- */

static double add(const tkc_unigram_tree *u, double a, double b)
{
    return u->spm ? (double)((float)a + (float)b) : a + b;
}

/* Cells up to n exist and are set up. */
static tkc_status reach(run *r, size_t n, tkc_error *err)
{
    tkc_unigram *u = r->u;
    if (n >= u->cap_cells &&
        !tkc_grow(u->alloc, &u->cell, &u->cap_cells, n + 1, SIZE_MAX / 64, sizeof *u->cell))
        return tkc_nomem(err);
    while (r->frontier < n) u->cell[++r->frontier] = (cell){0, 0, 0};
    return TKC_OK;
}

static void offer(cell *c, double score, size_t len, uint32_t id)
{
    if (c->len == 0 || score > c->score) *c = (cell){score, (uint32_t)len, id};
}

static void bring_back(run *r, size_t at)
{
    cell *c = r->u->cell;
    const float by = (float)c[at].score;
    for (size_t i = at; i <= r->frontier; i++)
        if (i == at || c[i].len) c[i].score = (float)c[i].score - by;
}

/* All tokens that start at byte pos of the piece, which is cell at. */
static tkc_status step(run *r, size_t pos, size_t at, tkc_error *err)
{
    tkc_unigram *u = r->u;
    const tkc_unigram_tree *const tree = u->tree;
    const unsigned char *s = (const unsigned char *)r->piece->ptr;
    const size_t len = r->piece->len;
    size_t n = tkc_utf8_len(s[pos]), k = 1;
    bool whole = false; /* some token is exactly this character */
    uint32_t node = tree->root[s[pos]];
    double base;
    tkc_status st;
    if (n > len - pos) n = len - pos;
    if ((st = reach(r, at + n, err))) return st;
    if (tree->spm && fabsf((float)u->cell[at].score) > SPM_SCORE_RANGE) bring_back(r, at);
    base = u->cell[at].score;
    while (node) {
        if (node & ENDS_TOKEN) {
            const tree_node *t = &tree->node[node & ~ENDS_TOKEN];
            if ((st = reach(r, at + k, err))) return st;
            offer(&u->cell[at + k], add(tree, t->score, base), k, t->id);
            whole |= k == n;
        }
        if (pos + k == len) break;
        node = edge_find(tree, node << 8 | s[pos + k]); /* the flag is shifted out */
        k++;
    }
    if (!whole) {
        cell *c = &u->cell[at + n];
        double score = add(tree, tree->unk_score, base);
        if (r->v->model.unk_id == TKC_NO_ID && !tree->spm && (c->len == 0 || score > c->score))
            return tkc_fail(err, TKC_E_FORMAT, tkc_text_source(r->piece, pos),
                            "a character is in no token and there is no unknown token");
        offer(c, score, n, r->v->model.unk_id);
    }
    return TKC_OK;
}

tkc_status tkc_unigram_encode(const tkc_vocab *v, tkc_unigram *u, const tkc_text *piece,
                              tkc_sink *sink, tkc_error *err)
{
    run r = {.v = v, .u = u, .piece = piece, .sink = sink};
    tkc_status st;
    if (piece->len == 0) return TKC_OK;
    if (u->cap_cells == 0 && !tkc_grow(u->alloc, &u->cell, &u->cap_cells, 256, 256, sizeof(cell)))
        return tkc_nomem(err);
    u->cell[0] = (cell){0, 0, 0};
    for (size_t pos = 0; pos < piece->len;) {
        size_t n = tkc_utf8_len((unsigned char)piece->ptr[pos]);
        if (r.frontier > 0 && r.origin + r.frontier == pos) {
            write_path(&r, r.frontier);
            if (sink->n > sink->limit) return TKC_OK;
        }
        if ((st = step(&r, pos, pos - r.origin, err))) return st;
        pos += n;
    }
    write_path(&r, piece->len - r.origin);
    flush_unk(&r, piece->len);
    return TKC_OK;
}
