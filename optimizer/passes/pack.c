/*
 * pack.c - of the retrieved chunks those that answer the query, within a budget (text/pack.h).
 *
 * What is a chunk: in a message of three or more texts each text but the last short one, which
 * asks; in a long text of six or more paragraphs each paragraph but the first and the last; in a text that is
 * JSON each element of its largest list of texts (strings, or objects that are mostly one string: what retrievers
 * give), which goes with its comma or stays whole. Tool results count, instructions and the model's own
 * turns do not. The query is the plan's, else the last user turn's last paragraph.
 *
 * What is left out is cited: a hunk each with the text, and a line of the report.
 */
#include "optimizer/text/pack.h"

#include "optimizer/passes/pass.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <math.h>
#include <string.h>

enum { MIN_PARAGRAPHS = 6, MIN_TEXTS = 3, MIN_TOKENS = 12, MAX_NOTES = 50, MAX_QUOTE = 60, MAX_CHUNKS = 1 << 22 };

typedef enum place_kind { PARAGRAPH, WHOLE_TEXT, ELEMENT } place_kind;

typedef struct place {
    size_t part, begin, end; /* bytes of its text; end takes the blank lines or the comma behind it */
    place_kind kind;
    bool last;     /* ELEMENT: nothing follows it */
    size_t before; /* where the one in front of it ends; 0: it is the first */
    tkc_str source; /* as it stands in the part's text, without what end takes */
    size_t text_at, text_len, title_at, title_len; /* ELEMENT: in packing.strings */
} place;

typedef struct packing {
    tkc_pass_ctx *c;
    place *place;
    tkc_pack_chunk *chunk;
    size_t n, cap_place, cap_chunk;
    uint64_t tokens;
    tkc_str query;
    tkc_buf strings; /* of elements, decoded */
    tkc_json doc;
    const tkc_allocator *alloc;
    tkc_error *err;
} packing;

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static tkc_status add(packing *k, size_t part, size_t begin, size_t text_end, size_t end, tkc_str s, place_kind kind)
{
    uint64_t tokens;
    tkc_str text = {s.ptr + begin, text_end - begin};
    tkc_status st = tkc_pass_count(k->c, text, &tokens, k->err);
    if (st || tokens < MIN_TOKENS) return st;
    if (!tkc_grow(k->alloc, &k->place, &k->cap_place, k->n + 1, MAX_CHUNKS, sizeof *k->place) ||
        !tkc_grow(k->alloc, &k->chunk, &k->cap_chunk, k->n + 1, MAX_CHUNKS, sizeof *k->chunk))
        return k->n >= MAX_CHUNKS ? tkc_fail(k->err, TKC_E_LIMIT, 0, "more than %d chunks", (int)MAX_CHUNKS) : tkc_nomem(k->err);
    k->place[k->n] = (place){.part = part, .begin = begin, .end = end, .kind = kind, .source = text};
    k->chunk[k->n++] = (tkc_pack_chunk){.text = text, .tokens = (size_t)tokens, .whole = kind == ELEMENT};
    k->tokens += tokens;
    return TKC_OK;
}

/* The paragraph at i: its end without blanks and with them. A fence is one with what is around it. */
static size_t paragraph(tkc_str s, size_t i, size_t *text_end)
{
    bool fence = false;
    *text_end = i;
    while (i < s.len) {
        const char *nl = memchr(s.ptr + i, '\n', s.len - i);
        size_t end = nl ? (size_t)(nl - s.ptr) : s.len, b = i;
        while (b < end && is_space(s.ptr[b])) b++;
        if (b == end && !fence && *text_end > 0 && *text_end != i) {
            while (i < s.len && is_space(s.ptr[i])) i++;
            return i;
        }
        if (b < end) {
            if (end - b >= 3 && (memcmp(s.ptr + b, "```", 3) == 0 || memcmp(s.ptr + b, "~~~", 3) == 0)) fence = !fence;
            *text_end = end;
        }
        i = nl ? end + 1 : s.len;
        if (b == end && !fence) {
            while (i < s.len && is_space(s.ptr[i])) i++;
            return i;
        }
    }
    return s.len;
}

static size_t count_paragraphs(tkc_str s)
{
    size_t n = 0, ignored;
    for (size_t i = 0; i < s.len; n++) i = paragraph(s, i, &ignored);
    return n;
}

static tkc_status split(packing *k, size_t part, tkc_str s)
{
    const size_t n = count_paragraphs(s);
    const tkc_range *range;
    size_t n_range, index = 0, text_end;
    tkc_status st = TKC_OK;
    if (n < MIN_PARAGRAPHS) return TKC_OK;
    st = tkc_pass_protected(k->c, part, s, &range, &n_range, k->err);
    for (size_t i = 0, next; !st && i < s.len; i = next, index++) {
        next = paragraph(s, i, &text_end);
        if (index == 0 || index + 1 == n || text_end <= i) continue;
        if (!tkc_range_touches(range, n_range, i, next)) st = add(k, part, i, text_end, next, s, PARAGRAPH);
    }
    return st;
}

/* --- lists in JSON ------------------------------------------------------------------------ */

/* A string, or an object whose longest string is at least half of it. */
static bool is_text_element(const tkc_json *d, uint32_t i)
{
    size_t longest = 0;
    if (tkc_json_kind_of(d, i) == TKC_JSON_STRING) return true;
    if (tkc_json_kind_of(d, i) != TKC_JSON_OBJECT) return false;
    for (uint32_t m = tkc_json_first(d, i); m != TKC_JSON_NONE; m = tkc_json_next_member(d, i, m)) {
        const uint32_t v = tkc_json_value(d, m);
        if (tkc_json_kind_of(d, v) == TKC_JSON_STRING && tkc_json_source(d, v).len > longest) longest = tkc_json_source(d, v).len;
    }
    return 2 * longest >= tkc_json_source(d, i).len;
}

/* The largest list of at least MIN_TEXTS such elements and nothing else; TKC_JSON_NONE: there is none. What
 * is inside an element is of no interest, so every node is looked at at most twice. */
static uint32_t find_list(const tkc_json *d)
{
    uint32_t best = TKC_JSON_NONE;
    size_t size = 0;
    for (uint32_t i = 0; i < d->n_node;) {
        bool all = tkc_json_kind_of(d, i) == TKC_JSON_ARRAY && tkc_json_count(d, i) >= MIN_TEXTS;
        for (uint32_t e = all ? tkc_json_first(d, i) : TKC_JSON_NONE; all && e != TKC_JSON_NONE; e = tkc_json_next(d, i, e))
            all = is_text_element(d, e);
        if (all && tkc_json_source(d, i).len > size) {
            size = tkc_json_source(d, i).len;
            best = i;
        }
        i = all ? d->node[i].next : i + 1;
    }
    return best;
}

static bool is_title(const tkc_json *d, uint32_t key)
{
    const tkc_str s = tkc_json_source(d, key);
    return (s.len == 7 && memcmp(s.ptr, "\"title\"", 7) == 0) || (s.len == 6 && memcmp(s.ptr, "\"name\"", 6) == 0);
}

static tkc_status put_string(packing *k, uint32_t node, size_t *at, size_t *len)
{
    tkc_str s;
    tkc_buf scratch;
    tkc_status st;
    tkc_buf_init(&scratch, (size_t)1 << 31, k->alloc);
    st = tkc_buf_reserve(&scratch, tkc_json_source(&k->doc, node).len + 1, k->err);
    if (!st) st = tkc_json_string(&k->doc, node, &scratch, &s, k->err);
    if (!*len) *at = k->strings.len;
    if (!st && s.len) st = tkc_buf_append(&k->strings, s.ptr, s.len, k->err);
    if (!st) st = tkc_buf_append_byte(&k->strings, '\n', k->err);
    if (!st) *len = k->strings.len - *at;
    tkc_buf_release(&scratch);
    return st;
}

/* What the element says, without its keys and escapes: first its title, then all other strings. */
static tkc_status put_strings(packing *k, uint32_t element, place *p)
{
    const tkc_json *d = &k->doc;
    tkc_status st = TKC_OK;
    if (tkc_json_kind_of(d, element) == TKC_JSON_STRING) return put_string(k, element, &p->text_at, &p->text_len);
    for (int titles = 1; titles >= 0; titles--)
        for (uint32_t m = tkc_json_first(d, element); !st && m != TKC_JSON_NONE; m = tkc_json_next_member(d, element, m)) {
            const uint32_t v = tkc_json_value(d, m);
            if (tkc_json_kind_of(d, v) != TKC_JSON_STRING || is_title(d, m) != (titles == 1)) continue;
            st = titles ? put_string(k, v, &p->title_at, &p->title_len) : put_string(k, v, &p->text_at, &p->text_len);
        }
    return st;
}

static tkc_status split_list(packing *k, size_t part, tkc_str s)
{
    const tkc_json *d = &k->doc;
    const tkc_range *range;
    tkc_error ignored;
    size_t n_range, before = 0;
    uint32_t list, e, next;
    tkc_status st = tkc_json_parse(&k->doc, s, NULL, &ignored);
    if (st == TKC_E_NOMEM) return tkc_nomem(k->err);
    if (st) return TKC_OK; /* text that only looks like it */
    list = find_list(d);
    if (list == TKC_JSON_NONE || tkc_pass_cut_list(d, list)) return TKC_OK;
    st = tkc_pass_protected(k->c, part, s, &range, &n_range, k->err);
    for (e = tkc_json_first(d, list); !st && e != TKC_JSON_NONE; e = next) {
        const size_t begin = d->node[e].begin, end = d->node[e].end, had = k->n;
        next = tkc_json_next(d, list, e);
        if (!tkc_range_touches(range, n_range, begin, end))
            st = add(k, part, begin, end, next == TKC_JSON_NONE ? end : d->node[next].begin, s, ELEMENT);
        if (!st && k->n > had) {
            k->place[had].before = before;
            k->place[had].last = next == TKC_JSON_NONE;
            st = put_strings(k, e, &k->place[had]);
        }
        before = end;
    }
    return st;
}

/* The strings moved while they were gathered. */
static void settle_strings(packing *k)
{
    for (size_t i = 0; i < k->n; i++) {
        const place *p = &k->place[i];
        if (p->kind != ELEMENT) continue;
        k->chunk[i].text = (tkc_str){p->text_len ? k->strings.ptr + p->text_at : "", p->text_len};
        k->chunk[i].title = (tkc_str){p->title_len ? k->strings.ptr + p->title_at : "", p->title_len};
    }
}

/* Elements from i on that stand side by side and all go; behind the last. They go with the comma behind
 * them, or, where nothing follows, with the one in front. */
static tkc_status remove_elements(packing *k, const tkc_pack_item *item, size_t *i)
{
    const place *first = &k->place[*i], *last = first;
    size_t begin = first->begin;
    for (++*i; *i < k->n && k->place[*i].part == first->part && k->place[*i].begin == last->end && item[*i].state != TKC_PACK_KEPT; ++*i)
        last = &k->place[*i];
    if (last->last && first->before) begin = first->before;
    return tkc_pass_replace(k->c, first->part, begin, last->end, (tkc_str){"", 0}, "not asked for", k->err);
}

/* --- finding ------------------------------------------------------------------------------ */

/* Texts of one message that this pass may change. */
static size_t texts_in(const packing *k, const tkc_turn *t)
{
    size_t n = 0;
    for (size_t i = t->first; i < (size_t)t->first + t->n; i++) n += k->c->r->part[i].kind == TKC_PART_TEXT;
    return n;
}

static tkc_status find_chunks(packing *k)
{
    const tkc_request *r = k->c->r;
    tkc_status st = TKC_OK;
    for (size_t t = 0; !st && t < r->n_turn; t++) {
        const tkc_turn *turn = &r->turn[t];
        const size_t end = (size_t)turn->first + turn->n, texts = texts_in(k, turn);
        size_t last_text = SIZE_MAX;
        if (turn->role != TKC_ROLE_USER && turn->role != TKC_ROLE_TOOL) continue;
        for (size_t i = turn->first; i < end; i++)
            if (r->part[i].kind == TKC_PART_TEXT) last_text = i;
        for (size_t i = turn->first; !st && i < end; i++) {
            const tkc_range *range;
            size_t n_range, b = 0;
            tkc_str s;
            if (!tkc_pass_may_change(k->c, i)) continue;
            st = tkc_pass_text(k->c, i, &s, k->err);
            while (!st && b < s.len && is_space(s.ptr[b])) b++;
            if (st || b == s.len) continue;
            if (r->part[i].kind == TKC_PART_TEXT && texts >= MIN_TEXTS) {
                if (i == last_text || !tkc_pass_may_remove(k->c, i)) continue;
                st = tkc_pass_protected(k->c, i, s, &range, &n_range, k->err);
                if (!st && !n_range) st = add(k, i, 0, s.len, s.len, s, WHOLE_TEXT);
            } else if (s.ptr[b] == '{' || s.ptr[b] == '[') {
                st = split_list(k, i, s);
            } else {
                st = split(k, i, s);
            }
        }
    }
    return st;
}

static tkc_status find_query(packing *k)
{
    const tkc_request *r = k->c->r;
    k->query = k->c->plan->query;
    for (size_t i = r->n_part; i-- > 0 && !k->query.len;) {
        tkc_str s;
        size_t next, text_end, at = 0;
        tkc_status st;
        if (r->part[i].kind != TKC_PART_TEXT || r->part[i].role != TKC_ROLE_USER) continue;
        st = tkc_pass_text(k->c, i, &s, k->err);
        if (st) return st;
        for (size_t p = 0; p < s.len; p = next) { /* the last paragraph */
            next = paragraph(s, p, &text_end);
            if (text_end > p) at = p;
        }
        k->query = (tkc_str){s.ptr + at, s.len - at};
    }
    return TKC_OK;
}

static tkc_status cite(packing *k, size_t i, const tkc_pack_item *item, size_t *n_note)
{
    static const char *const why[] = {"", "shortened", "no room", "no word of the query", "a copy"};
    tkc_str s = k->chunk[i].text;
    if ((*n_note)++ >= MAX_NOTES) return TKC_OK;
    for (size_t b = 0; b < s.len && b < MAX_QUOTE; b++)
        if (s.ptr[b] == '\n') s.len = b;
    return tkc_pass_note(k->c, k->err, "left out (%s): %.*s", why[item->state], (int)(s.len < MAX_QUOTE ? s.len : MAX_QUOTE), s.ptr);
}

/* Whether chunks a and b may change places: paragraphs or elements of one part, texts of one message. */
static bool are_peers(const packing *k, size_t a, size_t b)
{
    const place *x = &k->place[a], *y = &k->place[b];
    if (x->kind != y->kind) return false;
    return x->part == y->part || (x->kind == WHOLE_TEXT && k->c->r->part[x->part].turn == k->c->r->part[y->part].turn);
}

/* at[i]: which chunk is to stand where chunk i, which is kept, stands now. */
static tkc_status arrange(packing *k, const tkc_pack_item *item, bool is_text, uint32_t *at)
{
    const tkc_pack_place how = is_text ? TKC_PACK_GIVEN : k->c->plan->pack_by.place;
    uint32_t *peer = tkc_alloc(k->alloc, k->n, sizeof *peer);
    tkc_status st = peer ? TKC_OK : tkc_nomem(k->err);
    for (size_t i = 0, to; !st && i < k->n; i = to) {
        size_t n = 0, next = 0;
        for (to = i; to < k->n && are_peers(k, i, to); to++)
            if (item[to].state <= TKC_PACK_SHORTENED) peer[n++] = (uint32_t)to;
        st = tkc_pack_arrange(item, peer, n, how, k->alloc, k->err);
        for (size_t c = i; !st && c < to; c++)
            at[c] = item[c].state <= TKC_PACK_SHORTENED ? peer[next++] : (uint32_t)c;
    }
    tkc_free(k->alloc, peer, k->n, sizeof *peer);
    return st;
}

/* What is kept of chunk `from` takes the place of chunk i. */
static tkc_status move(packing *k, size_t i, size_t from, const tkc_pack_item *item)
{
    const place *p = &k->place[i];
    tkc_str s = k->place[from].source;
    if (item[from].state == TKC_PACK_SHORTENED) s = (tkc_str){s.ptr + item[from].begin, item[from].end - item[from].begin};
    return tkc_pass_replace(k->c, p->part, p->begin, p->begin + p->source.len, s, "moved", k->err);
}

/* Chunks in the order of the request, so that stretches of one part ascend. */
static tkc_status carry_out(packing *k, const tkc_pack_item *item, const uint32_t *at, const tkc_pack_result *r)
{
    size_t n_note = 0, left = 0;
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < k->n; i++) {
        const place *p = &k->place[i];
        if (at[i] != i) st = move(k, i, at[i], item);
        if (at[i] != i || item[i].state == TKC_PACK_KEPT) continue;
        if (p->kind == ELEMENT) {
            const size_t from = i;
            st = remove_elements(k, item, &i);
            left += i - from;
            for (size_t e = from; !st && e < i; e++) st = cite(k, e, &item[e], &n_note);
            i--;
            continue;
        }
        st = cite(k, i, &item[i], &n_note);
        if (st) break;
        if (item[i].state == TKC_PACK_SHORTENED) {
            const size_t from = p->begin + item[i].begin, to = p->begin + item[i].end, end = p->begin + k->chunk[i].text.len;
            if (from > p->begin) st = tkc_pass_replace(k->c, p->part, p->begin, from, (tkc_str){"", 0}, "not asked for", k->err);
            if (!st && to < end) st = tkc_pass_replace(k->c, p->part, to, end, (tkc_str){"", 0}, "not asked for", k->err);
        } else {
            left++;
            st = p->kind == WHOLE_TEXT ? tkc_pass_remove(k->c, p->part, "not asked for", k->err)
                          : tkc_pass_replace(k->c, p->part, p->begin, p->end, (tkc_str){"", 0}, "not asked for", k->err);
        }
    }
    if (!st && (left || n_note)) {
        if (r->is_exact || !(r->bound > r->value * (1 + 1e-9)))
            st = tkc_pass_note(k->c, k->err, "%zu of %zu chunks left out; no other choice has more of the query", left, k->n);
        else
            st = tkc_pass_note(k->c, k->err, "%zu of %zu chunks left out; the choice is at most %.2g %% below the best", left, k->n,
                               100 * (1 - r->value / r->bound));
    }
    return st;
}

tkc_status tkc_pass_run_pack(tkc_pass_ctx *c, tkc_error *err)
{
    packing k = {.c = c, .alloc = tkc_allocator_or_default(c->plan->alloc), .err = err};
    tkc_pack_options o = c->plan->pack_by;
    tkc_pack_item *item = NULL;
    uint32_t *at = NULL;
    tkc_pack_result result;
    uint64_t budget = c->plan->pack;
    tkc_status st;
    o.struct_size = sizeof o;
    o.encoder = c->plan->target.encoder;
    c->first_kept = SIZE_MAX; /* retrieved chunks stand in the last turn */
    tkc_buf_init(&k.strings, (size_t)1 << 31, k.alloc);
    tkc_json_init(&k.doc, k.alloc);
    st = find_chunks(&k);
    settle_strings(&k);
    if (!budget && k.tokens) {
        /* Old turns that are still to be summarised give the same share of their tokens. */
        const uint64_t cut = (uint64_t)ceil((double)c->over * (double)k.tokens / (double)(k.tokens + c->later));
        budget = k.tokens > cut ? k.tokens - cut : 1;
    }
    if (!st && k.n && k.tokens > budget && (c->plan->pack || c->over)) {
        st = find_query(&k);
        item = tkc_alloc_zero(k.alloc, k.n, sizeof *item);
        at = tkc_alloc(k.alloc, k.n, sizeof *at);
        if (!item || !at) st = tkc_nomem(err);
        if (!st) st = tkc_pack(k.chunk, k.n, k.query, (size_t)budget, &o, item, &result, k.alloc, err);
        if (!st) st = arrange(&k, item, result.is_text, at);
        if (!st) st = carry_out(&k, item, at, &result);
    }
    tkc_json_release(&k.doc);
    tkc_buf_release(&k.strings);
    tkc_free(k.alloc, item, k.n, sizeof *item);
    tkc_free(k.alloc, at, k.n, sizeof *at);
    tkc_free(k.alloc, k.place, k.cap_place, sizeof *k.place);
    tkc_free(k.alloc, k.chunk, k.cap_chunk, sizeof *k.chunk);
    return st;
}
