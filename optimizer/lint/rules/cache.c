/*
 * cache.c - what a provider's prefix cache thinks of a prompt: TC201 to TC207.
 *
 * Rules of providers are dated rows (optimizer/cache/rules.h). Tokens here are those of the
 * encoder, which is not always the model's: a prefix is called too short only with a margin.
 */
#include "optimizer/lint/lint_impl.h"

#include "optimizer/cache/rules.h"
#include "optimizer/cache/volatile.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/mix.h"

#include <stdlib.h>

enum { LOST_MIN = 4, MAX_TOOLS = 1024, MAX_SEEN = 4096, MAX_MOVED_LINE = 400 };

/* --- tokens of a prefix ---------------------------------------------------------------------------- */

static bool counts(const lint_seg *s, uint32_t request)
{
    return s->request == request && !(s->flags & LINT_SEG_AGAIN);
}

/* Tokens in front of text[a] of segment k, and behind text[b] up to the last turn, of its request. */
static void around(tkc_linter *l, size_t k, size_t a, size_t b, uint64_t *before, uint64_t *lost)
{
    const lint_seg *s = &l->seg[k];
    *before = lint_count(l, (tkc_str){s->text.ptr, a});
    *lost = lint_count(l, (tkc_str){s->text.ptr + b, s->text.len - b});
    for (size_t i = 0; i < l->n_seg; i++) {
        const lint_seg *o = &l->seg[i];
        if (i == k || !counts(o, s->request)) continue;
        if (i < k)
            *before += lint_count(l, o->text);
        else if (!(o->flags & LINT_SEG_LAST))
            *lost += lint_count(l, o->text);
    }
}

/* --- TC201 ------------------------------------------------------------------------------------------- */

/* Moves the line [lb, le) of a text to its end; the finding reaches that far then. */
static lint_finding *move_to_end(tkc_linter *l, lint_finding *f, const lint_seg *s, size_t lb, size_t le)
{
    tkc_str t = s->text;
    size_t next = le < t.len ? le + 1 : le, stop = t.len;
    tkc_buf *b = &l->scratch;
    while (stop > next && (unsigned char)t.ptr[stop - 1] <= ' ') stop--;
    if (!f || stop <= next || le - lb > MAX_MOVED_LINE || s->escape == LINT_IN_BLOCK || s->escape == LINT_IN_SCALAR) return f;
    tkc_buf_clear(b);
    if (!l->st) l->st = tkc_buf_append_byte(b, '\n', l->err);
    if (!l->st) l->st = tkc_buf_append(b, t.ptr + lb, le - lb, l->err);
    if (l->st) return f;
    f->begin = lint_src(l, s, lb);
    f->end = lint_src_end(l, s, stop);
    if (lint_edit_in(l, f, s, lb, next, (tkc_str){"", 0}, TKC_FIX_UNSAFE)) lint_edit_in(l, f, s, stop, stop, tkc_buf_str(b), TKC_FIX_UNSAFE);
    return f;
}

/* Nothing but lines with such values: what was moved to the end is at its place. */
static bool only_volatile(tkc_str t)
{
    for (size_t at = 0; at < t.len; at = lint_line_end(t, at) + 1) {
        tkc_str line = lint_trim((tkc_str){t.ptr + at, lint_line_end(t, at) - at});
        tkc_volatile_scan scan;
        tkc_volatile v;
        if (!line.len) continue;
        tkc_volatile_begin(&scan, line);
        if (line.len > MAX_MOVED_LINE || !tkc_volatile_next(&scan, &v)) return false;
    }
    return true;
}

static bool has_hole(tkc_str t)
{
    for (size_t i = lint_find(t, 0, "{"); i != SIZE_MAX; i = lint_find(t, i + 1, "{"))
        if ((i + 1 < t.len && (t.ptr[i + 1] == '{' || t.ptr[i + 1] == '%')) || (i && t.ptr[i - 1] == '$')) return true;
    return false;
}

static void volatile_in(tkc_linter *l, size_t k)
{
    lint_seg *s = &l->seg[k];
    tkc_volatile_scan scan;
    tkc_volatile v;
    const bool file = l->kind != TKC_LINT_REQUEST && l->kind != TKC_LINT_JSONL; /* the same on every call, but for what is filled in */
    size_t line = 0, line_end = s->text.len;
    bool has_date = false;
    if (file && !has_hole(s->text)) return;
next_line:
    if (file) { /* the walk reads every word: only lines on which something is filled in */
        while (line < s->text.len) {
            line_end = lint_line_end(s->text, line);
            tkc_str one = {s->text.ptr + line, line_end - line};
            if (has_hole(one)) break;
            line = line_end + 1;
        }
        if (line >= s->text.len) return;
    }
    tkc_volatile_begin(&scan, (tkc_str){s->text.ptr + line, line_end - line});
    while (!l->st && tkc_volatile_next(&scan, &v)) {
        v.begin += line;
        v.end += line;
        uint64_t before, lost;
        char q[TKC_QUOTE_SIZE];
        size_t lb = lint_line_begin(s->text, v.begin), le = lint_line_end(s->text, v.end);
        lint_finding *f;
        if ((file && !v.is_placeholder) || (has_date && v.kind == TKC_VOLATILE_DATE)) continue;
        if (v.is_placeholder && (v.begin + 2 > s->text.len || !(lint_begins(s->text, v.begin, "{{") || lint_begins(s->text, v.begin, "{%") ||
                                                                lint_begins(s->text, v.begin, "${")))) continue; /* {x} is code as often */
        if (file && s->n_code && lint_code_at(l, s, v.begin)) continue;
        if (s->n_code && lint_code_at(l, s, v.begin) && !v.is_placeholder) continue;
        around(l, k, v.begin, v.end, &before, &lost);
        if (s->text.len - le < 2000 && only_volatile((tkc_str){s->text.ptr + le, s->text.len - le})) {
            const uint64_t tail = lint_count(l, (tkc_str){s->text.ptr + le, s->text.len - le});
            lost -= tail < lost ? tail : lost;
        }
        if (lost < (file ? l->limit[TKC_LINT_LIMIT_LOST] : LOST_MIN) && l->opt.encoder) continue;
        f = lint_report_in(l, TKC_TC201, s, v.begin, v.end, "%s in the cacheable prefix: %s at token %llu makes the %llu tokens behind it "
                           "new %s", tkc_volatile_name(v.kind)[0] ? tkc_volatile_name(v.kind) : "a value that changes",
                           tkc_quote(q, s->text.ptr + v.begin, v.end - v.begin), (unsigned long long)before, (unsigned long long)lost,
                           v.kind == TKC_VOLATILE_DATE ? "every day" : v.kind == TKC_VOLATILE_USER_NAME ? "for every user" : "on every call");
        if (f && v.kind == TKC_VOLATILE_DATE) f->severity = TKC_LINT_WARNING; /* most calls of a day still read the cache */
        /* a line of its own can go to the end */
        if (f && (lb == 0 || s->text.ptr[lb - 1] == '\n') && le < s->text.len && v.end - v.begin + 40 > le - lb) move_to_end(l, f, s, lb, le);
        if (v.kind != TKC_VOLATILE_DATE) return; /* one a text: what is behind it is lost already */
        has_date = true;
    }
    if (file && line_end < s->text.len) {
        line = line_end + 1;
        goto next_line;
    }
}

void lint_rule_volatile(tkc_linter *l)
{
    uint32_t done = UINT32_MAX;
    if (!lint_on(l, TKC_TC201)) return;
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        lint_seg *s = &l->seg[i];
        const bool request = l->kind == TKC_LINT_REQUEST || l->kind == TKC_LINT_JSONL;
        size_t n = l->n_found;
        if (s->request == done || s->flags & LINT_SEG_DATA || !s->text.len) continue;
        if (request && !(s->role == TKC_ROLE_SYSTEM || s->role == TKC_ROLE_DEVELOPER || s->flags & LINT_SEG_AGAIN)) continue;
        if (s->flags & LINT_SEG_SCHEMA) continue; /* its descriptions are texts too */
        volatile_in(l, i);
        if (l->n_found > n) done = s->request;
    }
}

/* --- TC202 ------------------------------------------------------------------------------------------- */

void lint_rule_static_after(tkc_linter *l)
{
    const lint_var *first = NULL;
    const lint_seg *fs = NULL;
    if (!lint_on(l, TKC_TC202) || !l->n_var || !l->opt.encoder || l->kind == TKC_LINT_CHAT_TEMPLATE) return;
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        const lint_seg *s = &l->seg[i];
        size_t from = 0;
        uint32_t request = s->request;
        if (fs && fs->request != request) first = NULL;
        for (uint32_t k = 0; k <= s->n_var && !l->st; k++) {
            const lint_var *v = k < s->n_var ? &l->var[s->var + k] : NULL;
            size_t to = v ? v->begin : s->text.len;
            if (first && to > from + 200) {
                tkc_str block = lint_trim((tkc_str){s->text.ptr + from, to - from});
                size_t a = (size_t)(block.ptr - s->text.ptr);
                uint64_t n = lint_count(l, block);
                if (n >= l->limit[TKC_LINT_LIMIT_STATIC]) {
                    char q[TKC_QUOTE_SIZE];
                    lint_finding *f = lint_report_in(l, TKC_TC202, s, a, a + block.len, "%llu tokens of constant text stand behind %s and are never "
                                                     "read from the cache; put them in front", (unsigned long long)n,
                                                     tkc_quote(q, fs->text.ptr + first->begin, first->end - first->begin));
                    /* the line of the variable to the end, where it is one of its own in this text */
                    if (f && fs == s && k == s->n_var && s->n_var == 1) {
                        size_t lb = lint_line_begin(s->text, first->begin), le = lint_line_end(s->text, first->end);
                        move_to_end(l, f, s, lb, le);
                    }
                    return;
                }
            }
            if (!v) break;
            if (v->kind == LINT_VAR && !first && !v->is_local) {
                first = v;
                fs = s;
            }
            if (v->end > from) from = v->end;
        }
    }
}

/* --- hashes that do not see an object's order ------------------------------------------------------------ */

static uint64_t bytes_hash(tkc_str s, uint64_t h)
{
    for (size_t i = 0; i < s.len; i++) h = (h ^ (unsigned char)s.ptr[i]) * UINT64_C(0x100000001b3);
    return tkc_mix64(h);
}

/* hash[i - first] of each node of the value at `first`: raw in the order it came, canon without the
 * order of members and of "required". From the last node to the first, so without recursion. */
static bool hash_value(tkc_linter *l, const tkc_json *d, uint32_t first, uint64_t *raw, uint64_t *canon)
{
    uint32_t last = d->node[first].next;
    uint64_t *h = lint_mem(l, 4, 2 * (size_t)(last - first), sizeof *h), *c = h ? h + (last - first) : NULL;
    if (!h) return false;
    for (uint32_t i = last; i-- > first;) {
        tkc_json_kind k = tkc_json_kind_of(d, i);
        uint64_t r = tkc_mix64(k + 1), u = r;
        if (k < TKC_JSON_ARRAY) {
            r = u = bytes_hash(tkc_json_source(d, i), k + 7);
        } else if (k == TKC_JSON_ARRAY) {
            for (uint32_t e = tkc_json_first(d, i); e != TKC_JSON_NONE; e = tkc_json_next(d, i, e)) {
                r = tkc_mix64(r ^ h[e - first]);
                u = tkc_mix64(u ^ c[e - first]);
            }
        } else {
            for (uint32_t e = tkc_json_first(d, i); e != TKC_JSON_NONE; e = tkc_json_next_member(d, i, e)) {
                uint32_t v = tkc_json_value(d, e);
                uint64_t cv = c[v - first];
                if (tkc_json_kind_of(d, v) == TKC_JSON_ARRAY && tkc_json_is(d, e, "required")) {
                    cv = 3;
                    for (uint32_t x = tkc_json_first(d, v); x != TKC_JSON_NONE; x = tkc_json_next(d, v, x)) cv += tkc_mix64(c[x - first]);
                }
                r = tkc_mix64(tkc_mix64(r ^ h[e - first]) ^ h[v - first]);
                u += tkc_mix64(c[e - first] * 3 ^ tkc_mix64(cv));
            }
            u = tkc_mix64(u);
        }
        h[i - first] = r;
        c[i - first] = u;
    }
    *raw = h[0];
    *canon = c[0];
    return true;
}

/* What earlier requests of the file had: an open table. */
typedef struct seen {
    uint64_t key, order;
    size_t begin, end; /* of the first one */
} seen;

static seen *look_up(tkc_linter *l, uint64_t key)
{
    seen *t = lint_mem(l, 5, MAX_SEEN, sizeof *t);
    if (!t) return NULL;
    if (!l->seen_ready) { /* the first request of a file */
        memset(t, 0, MAX_SEEN * sizeof *t);
        l->seen_ready = true;
        l->n_seen = 0;
    }
    key |= 1;
    for (size_t i = key % MAX_SEEN;; i = (i + 1) % MAX_SEEN) {
        if (t[i].key == key) return &t[i];
        if (t[i].key) continue;
        if (l->n_seen >= MAX_SEEN / 2) return NULL;
        l->n_seen++;
        t[i].key = key;
        t[i].order = 0;
        return &t[i];
    }
}

typedef struct tool {
    uint32_t node;
    size_t begin, end;
    uint64_t name_hash;
    tkc_str name; /* source of the name's string */
} tool;

static uint32_t member(const tkc_json *d, uint32_t o, const char *key)
{
    return o == TKC_JSON_NONE || tkc_json_kind_of(d, o) != TKC_JSON_OBJECT ? TKC_JSON_NONE : tkc_json_get(d, o, key, NULL);
}

static int compare_name(tkc_str a, tkc_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = memcmp(a.ptr, b.ptr, n);
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static int by_name(const void *a, const void *b)
{
    const tool *x = a, *y = b;
    int c = compare_name(x->name, y->name);
    return c ? c : (x->begin > y->begin) - (x->begin < y->begin);
}

/* The tools of l->req; how many. */
static size_t list_tools(tkc_linter *l, size_t at, tool *t, bool *marked)
{
    const tkc_request *r = &l->req;
    size_t n = 0;
    *marked = false;
    for (size_t i = 0; i < r->n_part && n < MAX_TOOLS; i++) {
        const tkc_part *p = &r->part[i];
        uint32_t f, name;
        if (p->kind != TKC_PART_TOOL_SCHEMA || p->flags & TKC_PART_OUTPUT || p->node == TKC_JSON_NONE) continue;
        f = member(&r->doc, p->node, "function");
        name = member(&r->doc, f != TKC_JSON_NONE ? f : p->node, "name");
        if (name == TKC_JSON_NONE || tkc_json_kind_of(&r->doc, name) != TKC_JSON_STRING) continue;
        *marked |= (p->flags & TKC_PART_CACHE) != 0 || member(&r->doc, p->node, "cache_control") != TKC_JSON_NONE;
        t[n].node = p->node;
        t[n].begin = at + p->begin;
        t[n].end = at + p->end;
        t[n].name = tkc_json_source(&r->doc, name);
        t[n].name_hash = bytes_hash(t[n].name, 11);
        n++;
    }
    return n;
}

static void tool_order(tkc_linter *l, size_t at)
{
    tool *t = lint_mem(l, 2, 2 * MAX_TOOLS, sizeof *t), *sorted = t ? t + MAX_TOOLS : NULL;
    size_t n, first = SIZE_MAX, last = 0;
    bool marked;
    if (!t) return;
    n = list_tools(l, at, t, &marked);
    if (lint_on(l, TKC_TC204))
        for (size_t i = 0; i < n && !l->st; i++) {
            uint64_t raw, canon;
            seen *s;
            if (!hash_value(l, &l->req.doc, t[i].node, &raw, &canon)) return;
            s = look_up(l, tkc_mix64(canon ^ t[i].name_hash));
            if (!s) break;
            if (!s->order) {
                s->order = raw | 1;
                s->begin = t[i].begin;
                s->end = t[i].end;
            } else if (s->order != (raw | 1)) {
                char q[TKC_QUOTE_SIZE];
                lint_finding *f = lint_report(l, TKC_TC204, t[i].begin, t[i].end, "the tool %s has its keys in another order than before; "
                                              "to a cache it is another tool", tkc_quote(q, t[i].name.ptr, t[i].name.len));
                lint_edit_src(l, f, t[i].begin, t[i].end, (tkc_str){l->src.ptr + s->begin, s->end - s->begin}, TKC_FIX_SAFE);
            }
        }
    if (!lint_on(l, TKC_TC203) || n < 2) return;
    memcpy(sorted, t, n * sizeof *t);
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 0; i < n; i++)
        if (t[i].begin != sorted[i].begin) {
            if (first == SIZE_MAX) first = i;
            last = i;
        }
    if (l->kind == TKC_LINT_JSONL) { /* the same tools as before, in the same order? */
        uint64_t set = n, order = n;
        seen *s;
        for (size_t i = 0; i < n; i++) {
            set += tkc_mix64(t[i].name_hash);
            order = tkc_mix64(order ^ t[i].name_hash);
        }
        s = look_up(l, tkc_mix64(set ^ UINT64_C(0x7001)));
        if (!s) return;
        if (!s->order)
            s->order = order | 1;
        else if (s->order != (order | 1))
            lint_report(l, TKC_TC203, t[0].begin, t[n - 1].end, "the same %zu tools as before in another order; sort them by name", n);
        return;
    }
    if (first == SIZE_MAX) return;
    {
        char q[TKC_QUOTE_SIZE], q2[TKC_QUOTE_SIZE];
        lint_finding *f = lint_report(l, TKC_TC203, t[first].begin, t[last].end, "tools are not in the order of their names: %s stands where "
                                      "%s would", tkc_quote(q, t[first].name.ptr, t[first].name.len),
                                      tkc_quote(q2, sorted[first].name.ptr, sorted[first].name.len));
        if (marked) return;
        for (size_t i = first; f && i <= last; i++)
            if (t[i].begin != sorted[i].begin &&
                !lint_edit_src(l, f, t[i].begin, t[i].end, (tkc_str){l->src.ptr + sorted[i].begin, sorted[i].end - sorted[i].begin}, TKC_FIX_SAFE))
                return;
    }
}

/* --- breakpoints ------------------------------------------------------------------------------------------- */

static const tkc_cache_rule *rule_of(tkc_linter *l)
{
    const tkc_request *r = &l->req;
    tkc_str model;
    if (!l->cache_rules && !l->st) l->st = tkc_cache_rules_new(&l->cache_rules, l->alloc, l->err);
    if (l->st) return NULL;
    tkc_buf_clear(&l->scratch);
    l->st = tkc_request_model(r, &l->scratch, &model, l->err);
    if (l->st || !model.len) return NULL;
    /* models of any owner are asked in Bedrock's shape, and by Bedrock's rules */
    return tkc_cache_rules_find(l->cache_rules, r->dialect == TKC_DIALECT_BEDROCK ? "aws" : tkc_dialect_provider(r->dialect), model,
                                l->opt.today);
}

static uint64_t part_tokens(tkc_linter *l, size_t i)
{
    tkc_str t = {NULL, 0};
    const tkc_part *p = &l->req.part[i];
    if (p->flags & TKC_PART_OPAQUE || p->kind == TKC_PART_IMAGE || p->kind == TKC_PART_FILE || p->kind == TKC_PART_AUDIO) return 1500;
    tkc_buf_clear(&l->scratch);
    if (!l->st) l->st = tkc_part_text(&l->req, i, &l->scratch, &t, l->err);
    return lint_count(l, t);
}

static void breakpoints(tkc_linter *l, size_t at)
{
    const tkc_request *r = &l->req;
    const tkc_cache_rule *rule;
    uint64_t tokens = 0;
    size_t n = 0, since = 0, n_part = r->n_part;
    uint32_t most = 4, back = 20;
    bool changed = false;
    if (r->dialect != TKC_DIALECT_ANTHROPIC && r->dialect != TKC_DIALECT_BEDROCK) return;
    for (size_t i = 0; i < n_part; i++) n += (r->part[i].flags & TKC_PART_CACHE) != 0;
    if (!n && r->cache_auto) return;
    if (!n && !lint_on(l, TKC_TC207)) return;
    rule = rule_of(l);
    if (rule && rule->max_breakpoints) most = rule->max_breakpoints;
    if (rule && rule->lookback.lo && rule->lookback.lo < TKC_CACHE_NO_END) back = rule->lookback.lo;
    if (!n) {
        size_t begin = at + r->doc.node[r->body].begin;
        if (!rule || rule->min_tokens.hi >= TKC_CACHE_NO_END || l->src.len < rule->min_tokens.hi) return;
        for (size_t i = 0; i < n_part && !l->st; i++)
            if (r->part[i].turn == TKC_NO_TURN || r->part[i].turn + 1 < r->n_turn) tokens += part_tokens(l, i);
        if (tokens >= rule->min_tokens.hi)
            lint_report(l, TKC_TC207, begin, begin + 1, "%llu tokens in front of the last turn and no cache breakpoint; the model caches from %u on",
                        (unsigned long long)tokens, rule->min_tokens.hi);
        return;
    }
    n = 0;
    for (size_t i = 0; i < n_part && !l->st; i++) {
        const tkc_part *p = &r->part[i];
        const size_t begin = at + p->begin, end = at + p->end;
        const bool is_last = p->turn != TKC_NO_TURN && p->turn + 1 == r->n_turn;
        tokens += lint_on(l, TKC_TC205) && l->opt.encoder ? part_tokens(l, i) : 0;
        since++;
        if (lint_on(l, TKC_TC206) && !is_last && p->kind == TKC_PART_TEXT && (p->role == TKC_ROLE_SYSTEM || p->role == TKC_ROLE_DEVELOPER)) {
            tkc_str t = {NULL, 0};
            tkc_volatile_scan scan;
            tkc_volatile v;
            tkc_buf_clear(&l->scratch);
            l->st = tkc_part_text(r, i, &l->scratch, &t, l->err);
            if (l->st) return;
            tkc_volatile_begin(&scan, t);
            if (tkc_volatile_next(&scan, &v)) changed = true;
        }
        if (!(p->flags & TKC_PART_CACHE)) continue;
        n++;
        if (n > most)
            lint_report(l, TKC_TC206, begin, end, "breakpoint %zu of a request; the provider takes %u", n, most);
        else if (changed && !is_last)
            lint_report(l, TKC_TC206, begin, end, "a breakpoint behind text that changes on every call: it is written each time and never read");
        else if (n > 1 && since > back)
            lint_report(l, TKC_TC206, begin, end, "%zu blocks since the breakpoint before; an earlier entry is looked for in the last %u", since, back);
        since = 0;
        if (rule && lint_on(l, TKC_TC205) && l->opt.encoder && rule->min_tokens.lo < TKC_CACHE_NO_END && tokens + tokens * 2 / 5 < rule->min_tokens.lo)
            lint_report(l, TKC_TC205, begin, end, "a breakpoint behind %llu tokens; the model caches from %u on (%s, %s)",
                        (unsigned long long)tokens, rule->min_tokens.lo, rule->source, rule->checked);
    }
}

void lint_rule_cache_request(tkc_linter *l, size_t at)
{
    if (l->req.dialect == TKC_DIALECT_YAML || l->st) return;
    if (lint_on(l, TKC_TC203) || lint_on(l, TKC_TC204)) tool_order(l, at);
    if (lint_on(l, TKC_TC205) || lint_on(l, TKC_TC206) || lint_on(l, TKC_TC207)) breakpoints(l, at);
}

void lint_cache_release(tkc_linter *l)
{
    tkc_cache_rules_free(l->cache_rules);
}
