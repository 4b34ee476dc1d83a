/*
 * duplicates.c - TC308 duplicate-block: paragraphs and fenced blocks that stand twice.
 *
 * Each block's runs of four words go into a table that remembers the last block each was seen
 * in; the earlier block that shares most of them is compared by how many both have.
 */
#include "optimizer/lint/lint_impl.h"

enum { MIN_BYTES = 120, MIN_TABLE = 1 << 10, MAX_TABLE = 1 << 20, MAX_BLOCKS = 4000, RUN = 4 };

typedef struct block {
    uint32_t seg, begin, end, runs, hits, hit_by;
    uint64_t hash;
    bool code;
} block;

typedef struct slot {
    uint32_t key, block;
    uint32_t file; /* l->n_file when it was written: else it is empty */
} slot;

/* Of the word at *at, which ends up behind it. */
static uint64_t word_hash(tkc_str t, size_t *at)
{
    const size_t b = *at, e = lint_seek(t, b, LINT_C_BLANK);
    uint64_t h = e - b;
    for (size_t i = b; i < e; i += 8) {
        h = (h ^ lint_word_key(t, i, e)) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    *at = e;
    return h;
}

static void one(tkc_linter *l, block *b, size_t n, slot *table, size_t n_table)
{
    const lint_seg *s = &l->seg[b[n].seg];
    tkc_str t = {s->text.ptr, b[n].end};
    uint64_t last[RUN] = {0};
    size_t words = 0, best = SIZE_MAX;
    b[n].hash = 7;
    for (size_t i = lint_skip(t, b[n].begin, LINT_C_BLANK); i < t.len; i = lint_skip(t, i, LINT_C_BLANK)) {
        const uint64_t word = word_hash(t, &i);
        uint64_t h = 0;
        uint32_t at, key;
        last[words++ % RUN] = word;
        b[n].hash = (b[n].hash ^ word) * 0x9e3779b97f4a7c15u;
        if (words < RUN) continue;
        for (size_t k = 0; k < RUN; k++) h = (h ^ last[(words + k) % RUN]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 31;
        key = (uint32_t)(h >> 32) | 1;
        for (at = (uint32_t)(h & (n_table - 1)); table[at].file == l->n_file && table[at].key != key;) {
            at = (uint32_t)((at + 1) & (n_table - 1));
            if (at % 64 == 0) break; /* full here: the run goes unseen */
        }
        const bool here = table[at].file == l->n_file && table[at].key == key;
        if (here && table[at].block == n) continue; /* counted already */
        b[n].runs++;
        if (here) {
            block *o = &b[table[at].block];
            if (o->hit_by != n) {
                o->hit_by = (uint32_t)n;
                o->hits = 0;
            }
            o->hits++;
            if (best == SIZE_MAX || o->hits > b[best].hits || b[best].hit_by != n) best = table[at].block;
        }
        if (here || table[at].file != l->n_file) table[at] = (slot){key, (uint32_t)n, l->n_file};
    }
    if (best == SIZE_MAX || b[best].hit_by != n) return;
    {
        const block *o = &b[best];
        size_t all = o->runs + b[n].runs - o->hits;
        bool same = o->hash == b[n].hash;
        uint64_t tokens;
        lint_finding *f;
        tkc_str whole = {t.ptr + b[n].begin, b[n].end - b[n].begin};
        size_t cut = b[n].end;
        tkc_lint_place p;
        if (!same && (b[n].code || o->code || all == 0 || o->hits * 10 < all * 9)) return;
        tokens = lint_count(l, whole);
        if (tokens < l->limit[TKC_LINT_LIMIT_BLOCK] && l->opt.encoder) return;
        p = tkc_lint_place_of(l->src, lint_src(l, &l->seg[o->seg], o->begin));
        while (cut < s->text.len && s->text.ptr[cut] == '\n') cut++;
        f = lint_report_in(l, TKC_TC308, s, b[n].begin, cut, "%s as the block at %u:%u: %llu tokens", same ? "the same" : "nearly the same",
                           p.line, p.column, (unsigned long long)tokens);
        if (!f) return;
        f->saved = tokens;
        lint_edit_in(l, f, s, b[n].begin, cut, (tkc_str){"", 0}, TKC_FIX_UNSAFE);
    }
}

void lint_rule_duplicates(tkc_linter *l)
{
    block *b;
    slot *table;
    size_t n = 0, n_table;
    uint32_t request = UINT32_MAX;
    size_t total = 0;
    if (!lint_on(l, TKC_TC308)) return;
    for (size_t i = 0; i < l->n_seg; i++) total += l->seg[i].text.len;
    if (total < 2 * MIN_BYTES) return;
    b = lint_mem(l, 3, MAX_BLOCKS, sizeof *b);
    n_table = lint_table_size(total / 2, MIN_TABLE, MAX_TABLE); /* a word and its blank: six bytes or so */
    table = b ? lint_mem(l, 6, n_table, sizeof *table) : NULL;
    if (!table) return;
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        const lint_seg *s = &l->seg[i];
        tkc_str t = s->text;
        if (s->request != request) { /* what stands twice in a log is in two requests */
            request = s->request;
            n = 0;
            l->n_file++;
        }
        if (s->flags & (LINT_SEG_SCHEMA | LINT_SEG_AGAIN | LINT_SEG_META) || s->role == TKC_ROLE_ASSISTANT) continue;
        for (size_t at = 0; at < t.len && n < MAX_BLOCKS && !l->st;) {
            size_t end = at;
            const lint_code *c = s->n_code ? lint_code_at(l, s, at) : NULL;
            bool code = c && c->is_fence && c->begin == at;
            if (code) {
                end = c->end;
            } else {
                while (end < t.len) {
                    size_t e = lint_line_end(t, end), k = end;
                    while (k < e && (unsigned char)t.ptr[k] <= ' ') k++;
                    if (k == e) break;
                    if (end > at && s->n_code) {
                        c = lint_code_at(l, s, end);
                        if (c && c->is_fence && c->begin == end) break;
                    }
                    end = e < t.len ? e + 1 : e;
                }
            }
            if (end - at >= MIN_BYTES && (unsigned char)t.ptr[at] != '|') {
                b[n] = (block){.seg = (uint32_t)i, .begin = (uint32_t)at, .end = (uint32_t)end, .hit_by = UINT32_MAX, .code = code};
                one(l, b, n, table, n_table);
                n++;
            }
            at = end > at ? end : at;
            at = at < t.len && (end == at || code) ? lint_line_end(t, at) + 1 : at;
        }
    }
}
