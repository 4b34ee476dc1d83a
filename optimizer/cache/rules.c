/*
 * rules.c - the built-in cache rules, a file's before them, and the one that holds.
 *
 * Rows are few (some fifty), so looking up is a walk. A file is read as JSON; YAML becomes JSON
 * by the reader of prompt files, so that there is one YAML reader.
 */
#include "optimizer/cache/rules.h"

#include "optimizer/money/prices.h"
#include "optimizer/request/request.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <string.h>

enum { MAX_RULES = 10000, MAX_TEXT = 4096 };

#define S(x) {x, x}
#define R(l, h) {l, h}
static const tkc_cache_rule built_in[] = {
#define CACHE_RULE(...) {__VA_ARGS__},
#include "optimizer/cache/rules.def"
#undef CACHE_RULE
};
#undef S
#undef R
enum { N_BUILT_IN = sizeof built_in / sizeof *built_in };

/* Strings of files, freed together. */
typedef struct text_block {
    struct text_block *next;
    size_t size;
} text_block;

struct tkc_cache_rules {
    const tkc_allocator *alloc;
    tkc_cache_rule *row; /* of files; the last file's first */
    size_t n_row, cap_row;
    text_block *text;
};

static const char *const how_name[TKC_N_CACHE_HOW] = {"prefix", "marks",  "marks-auto",
                                                      "object", "blocks", "radix"};
static const char *const change_name[TKC_N_CACHE_CHANGE] = {
    "model",    "tools",  "tool_choice", "parallel",      "images",
    "thinking", "search", "speed",       "output_schema", "verbosity"};

const char *tkc_cache_how_name(tkc_cache_how h)
{
    return (unsigned)h < TKC_N_CACHE_HOW ? how_name[h] : "unknown";
}

const char *tkc_cache_change_name(tkc_cache_change c)
{
    return (unsigned)c < TKC_N_CACHE_CHANGE ? change_name[c] : "unknown";
}

const char *tkc_cache_confidence_name(tkc_cache_confidence c)
{
    static const char *const name[] = {"documented", "reported", "sources disagree"};
    return (unsigned)c < sizeof name / sizeof *name ? name[c] : "unknown";
}

tkc_status tkc_cache_rules_new(tkc_cache_rules **out, const tkc_allocator *alloc, tkc_error *err)
{
    tkc_cache_rules *r;
    alloc = tkc_allocator_or_default(alloc);
    r = tkc_alloc_zero(alloc, 1, sizeof *r);
    if (!r) return tkc_nomem(err);
    r->alloc = alloc;
    *out = r;
    return TKC_OK;
}

static void free_text(tkc_cache_rules *r, const text_block *until)
{
    while (r->text != until) {
        text_block *b = r->text;
        r->text = b->next;
        tkc_free(r->alloc, b, b->size, 1);
    }
}

void tkc_cache_rules_free(tkc_cache_rules *r)
{
    if (!r) return;
    free_text(r, NULL);
    tkc_free(r->alloc, r->row, r->cap_row, sizeof *r->row);
    tkc_free(r->alloc, r, 1, sizeof *r);
}

const tkc_cache_rule *tkc_cache_rules_at(const tkc_cache_rules *r, size_t i)
{
    if (i < r->n_row) return &r->row[i];
    i -= r->n_row;
    return i < N_BUILT_IN ? &built_in[i] : NULL;
}

/* --- names ---------------------------------------------------------------------------------- */

static bool same_word(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char x = a[i], y = b[i];
        if (x >= 'A' && x <= 'Z') x = (char)(x + 32);
        if (y >= 'A' && y <= 'Z') y = (char)(y + 32);
        if (x != y) return false;
    }
    return true;
}

/* Is name one of the words of list? */
static bool listed(const char *list, tkc_str name)
{
    for (const char *s = list; *s;) {
        size_t n = strcspn(s, " ");
        if (n == name.len && same_word(s, name.ptr, n)) return true;
        s += n;
        while (*s == ' ') s++;
    }
    return false;
}

/* Without "global.anthropic." and the like: places and owners as Bedrock writes them. */
static tkc_str without_cloud(tkc_str m)
{
    static const char *const head[] = {"global.", "regional.", "us.", "eu.", "apac.", "ca.", "jp.", "au.", "us-gov.",
                                       "anthropic.", "amazon.", "openai.", "moonshotai.", "xai.", "zai."};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
        size_t n = strlen(head[i]);
        if (m.len > n && same_word(m.ptr, head[i], n)) {
            m.ptr += n;
            m.len -= n;
        }
    }
    return m;
}

/* The forms a name is looked up in, from what was written to what is left of it. */
enum { N_FORM = 4 };
static void forms(tkc_str model, tkc_str form[N_FORM])
{
    for (size_t i = model.len; i; i--)
        if (model.ptr[i - 1] == '/') {
            model.ptr += i;
            model.len -= i;
            break;
        }
    form[0] = model;
    form[1] = without_cloud(model);
    form[2] = (tkc_str){form[1].ptr, tkc_price_without_revision(form[1].ptr, form[1].len)};
    form[3] = (tkc_str){form[2].ptr, tkc_price_undated(form[2].ptr, form[2].len)};
}

bool tkc_cache_rule_names(const tkc_cache_rule *rule, tkc_str model)
{
    tkc_str form[N_FORM];
    if (!model.len) return false;
    forms(model, form);
    for (size_t i = 0; i < N_FORM; i++)
        if (listed(rule->models, form[i])) return true;
    return false;
}

static bool holds(const tkc_cache_rule *rule, uint32_t day)
{
    if (!day) return !rule->valid_to;
    return (!rule->valid_from || day >= rule->valid_from) && (!rule->valid_to || day < rule->valid_to);
}

const tkc_cache_rule *tkc_cache_rules_find(const tkc_cache_rules *r, const char *provider,
                                           tkc_str model, uint32_t day)
{
    const tkc_cache_rule *rule, *any = NULL;
    for (size_t i = 0; (rule = tkc_cache_rules_at(r, i)); i++) {
        if (!holds(rule, day) || (*provider && strcmp(rule->provider, provider) != 0)) continue;
        if (tkc_cache_rule_names(rule, model)) return rule;
        if (*provider && !any && strcmp(rule->models, "*") == 0) any = rule;
    }
    return any;
}

/* --- files ------------------------------------------------------------------------------------ */

typedef struct reader {
    tkc_cache_rules *r;
    const tkc_json *d;
    tkc_buf *scratch;
    size_t number; /* of the rule, from 1 */
    tkc_error *err;
} reader;

static tkc_status bad(const reader *x, const char *key, const char *expected)
{
    return tkc_fail(x->err, TKC_E_FORMAT, 0, "rule %zu: '%s' must be %s", x->number, key, expected);
}

static const char *keep(const reader *x, tkc_str s)
{
    text_block *b = tkc_alloc(x->r->alloc, sizeof *b + s.len + 1, 1);
    char *p;
    if (!b) return NULL;
    *b = (text_block){x->r->text, sizeof *b + s.len + 1};
    x->r->text = b;
    p = (char *)(b + 1);
    if (s.len) memcpy(p, s.ptr, s.len);
    p[s.len] = '\0';
    return p;
}

static tkc_status text_of(const reader *x, const char *key, uint32_t node, const char **out)
{
    tkc_str s;
    tkc_status st;
    if (tkc_json_kind_of(x->d, node) != TKC_JSON_STRING) return bad(x, key, "a text");
    tkc_buf_clear(x->scratch);
    st = tkc_json_string(x->d, node, x->scratch, &s, x->err);
    if (st) return st;
    if (s.len > MAX_TEXT || memchr(s.ptr ? s.ptr : "", 0, s.len)) return bad(x, key, "a text of at most 4096 bytes");
    *out = keep(x, s);
    return *out ? TKC_OK : tkc_nomem(x->err);
}

/* A whole number, or with permille one with up to three decimals. */
static bool number(const tkc_json *d, uint32_t node, bool permille, uint32_t *out)
{
    uint64_t v;
    double f;
    if (tkc_json_kind_of(d, node) != TKC_JSON_NUMBER) return false;
    if (!permille) {
        if (!tkc_json_u64(d, node, &v) || v >= TKC_CACHE_NO_END) return false;
        *out = (uint32_t)v;
        return true;
    }
    if (!tkc_json_double(d, node, &f) || f < 0 || f > 1000) return false;
    *out = (uint32_t)(f * 1000 + 0.5);
    return true;
}

/* A number, or [lo, hi]. */
static tkc_status range_of(const reader *x, const char *key, uint32_t node, bool permille,
                           tkc_cache_range *out)
{
    tkc_cache_range v;
    if (number(x->d, node, permille, &v.lo)) {
        v.hi = v.lo;
    } else {
        uint32_t i = tkc_json_kind_of(x->d, node) == TKC_JSON_ARRAY && tkc_json_count(x->d, node) == 2
                         ? tkc_json_first(x->d, node)
                         : TKC_JSON_NONE;
        if (i == TKC_JSON_NONE || !number(x->d, i, permille, &v.lo) ||
            !number(x->d, tkc_json_next(x->d, node, i), permille, &v.hi) || v.lo > v.hi)
            return bad(x, key, "a number, or [least, most]");
    }
    *out = v;
    return TKC_OK;
}

static tkc_status date_of(const reader *x, const char *key, uint32_t node, uint32_t *out)
{
    const char *s;
    tkc_moment m;
    tkc_status st = text_of(x, key, node, &s);
    if (st) return st;
    if (!tkc_moment_of_date((tkc_str){s, strlen(s)}, &m)) return bad(x, key, "a date such as 2026-11-01");
    *out = m.day;
    return TKC_OK;
}

static tkc_status models_of(const reader *x, uint32_t node, const char **out)
{
    tkc_buf all;
    tkc_status st = TKC_OK;
    if (tkc_json_kind_of(x->d, node) == TKC_JSON_STRING) return text_of(x, "models", node, out);
    if (tkc_json_kind_of(x->d, node) != TKC_JSON_ARRAY) return bad(x, "models", "a list of names");
    tkc_buf_init(&all, 16 * MAX_TEXT, x->r->alloc);
    for (uint32_t i = tkc_json_first(x->d, node); i != TKC_JSON_NONE && !st; i = tkc_json_next(x->d, node, i)) {
        tkc_str s = {NULL, 0};
        if (tkc_json_kind_of(x->d, i) != TKC_JSON_STRING) st = bad(x, "models", "a list of names");
        tkc_buf_clear(x->scratch);
        if (!st) st = tkc_json_string(x->d, i, x->scratch, &s, x->err);
        if (!st && (!s.len || memchr(s.ptr, ' ', s.len))) st = bad(x, "models", "names without blanks");
        if (!st && all.len) st = tkc_buf_append_byte(&all, ' ', x->err);
        if (!st) st = tkc_buf_append(&all, s.ptr, s.len, x->err);
    }
    if (!st) {
        *out = keep(x, tkc_buf_str(&all));
        if (!*out) st = tkc_nomem(x->err);
    }
    tkc_buf_release(&all);
    return st;
}

static tkc_status ttl_of(const reader *x, uint32_t ttl, uint32_t write, tkc_cache_rule *row)
{
    static const char *const name[] = {"", "5m", "1h"};
    if (ttl != TKC_JSON_NONE) {
        uint32_t n = tkc_json_kind_of(x->d, ttl) == TKC_JSON_ARRAY ? tkc_json_count(x->d, ttl) : 0;
        uint32_t i = tkc_json_first(x->d, ttl);
        if (!n || n > TKC_CACHE_MAX_TTL) return bad(x, "ttl", "a list of one or two numbers of seconds");
        for (uint32_t k = 0; k < n; k++, i = tkc_json_next(x->d, ttl, i)) {
            uint32_t s;
            if (!number(x->d, i, false, &s)) return bad(x, "ttl", "whole seconds");
            row->ttl[k].seconds = (tkc_cache_range){s, s};
            row->ttl[k].name = s == 300 ? name[1] : s == 3600 ? name[2] : name[0];
            if (k >= row->n_ttl) row->ttl[k].write_permille = 1000;
        }
        row->n_ttl = n;
    }
    if (write != TKC_JSON_NONE) {
        uint32_t i = tkc_json_kind_of(x->d, write) == TKC_JSON_ARRAY ? tkc_json_first(x->d, write) : TKC_JSON_NONE;
        if (i == TKC_JSON_NONE || tkc_json_count(x->d, write) != row->n_ttl)
            return bad(x, "write", "a list of multipliers, one for each ttl");
        for (uint32_t k = 0; k < row->n_ttl; k++, i = tkc_json_next(x->d, write, i))
            if (!number(x->d, i, true, &row->ttl[k].write_permille)) return bad(x, "write", "multipliers such as 1.25");
    }
    return TKC_OK;
}

static bool segment(const tkc_json *d, uint32_t node, uint8_t *bits)
{
    static const struct { const char *name; uint8_t bit; } seg[] = {
        {"tools", TKC_CACHE_TOOLS}, {"system", TKC_CACHE_SYSTEM}, {"messages", TKC_CACHE_MESSAGES},
        {"all", TKC_CACHE_ALL}, {"nothing", 0}};
    for (size_t i = 0; i < sizeof seg / sizeof *seg; i++)
        if (tkc_json_is(d, node, seg[i].name)) {
            *bits |= seg[i].bit;
            return true;
        }
    return false;
}

static tkc_status invalidates_of(const reader *x, uint32_t node, tkc_cache_rule *row)
{
    if (tkc_json_kind_of(x->d, node) != TKC_JSON_OBJECT) return bad(x, "invalidates", "a mapping of changes to segments");
    for (uint32_t k = tkc_json_first(x->d, node); k != TKC_JSON_NONE; k = tkc_json_next_member(x->d, node, k)) {
        uint32_t v = tkc_json_value(x->d, k);
        uint8_t bits = 0;
        int c = 0;
        while (c < TKC_N_CACHE_CHANGE && !tkc_json_is(x->d, k, change_name[c])) c++;
        if (c == TKC_N_CACHE_CHANGE) return bad(x, "invalidates", "changes such as tools, tool_choice, images, thinking");
        if (tkc_json_kind_of(x->d, v) == TKC_JSON_ARRAY) {
            for (uint32_t i = tkc_json_first(x->d, v); i != TKC_JSON_NONE; i = tkc_json_next(x->d, v, i))
                if (!segment(x->d, i, &bits)) return bad(x, "invalidates", "tools, system, messages, all or nothing");
        } else if (!segment(x->d, v, &bits)) {
            return bad(x, "invalidates", "tools, system, messages, all or nothing");
        }
        row->invalidates[c] = bits;
    }
    row->invalidates[TKC_CHANGE_MODEL] = TKC_CACHE_ALL;
    return TKC_OK;
}

enum { K_PROVIDER, K_MODELS, K_LIKE, K_HOW, K_MIN, K_STEP, K_BREAKPOINTS, K_WRITES, K_LOOKBACK, K_ORDER, K_TTL, K_WRITE,
       K_READ, K_STORAGE, K_INVALIDATES, K_FROM, K_TO, K_SOURCE, K_CHECKED, K_NOTE, N_KEY };
static const char *const key_name[N_KEY] = {
    "provider", "models", "like", "how", "min_tokens", "step", "max_breakpoints", "max_writes", "lookback", "order",
    "ttl", "write", "read", "storage", "invalidates", "valid_from", "valid_to", "source", "checked", "note"};

static tkc_status members(const reader *x, uint32_t object, uint32_t slot[N_KEY])
{
    for (int i = 0; i < N_KEY; i++) slot[i] = TKC_JSON_NONE;
    if (tkc_json_kind_of(x->d, object) != TKC_JSON_OBJECT)
        return tkc_fail(x->err, TKC_E_FORMAT, 0, "rule %zu is %s, expected a mapping", x->number,
                        tkc_json_kind_name(tkc_json_kind_of(x->d, object)));
    for (uint32_t k = tkc_json_first(x->d, object); k != TKC_JSON_NONE; k = tkc_json_next_member(x->d, object, k)) {
        int i = 0;
        while (i < N_KEY && !tkc_json_is(x->d, k, key_name[i])) i++;
        if (i == N_KEY) {
            char word[48] = "", quoted[TKC_QUOTE_SIZE];
            size_t n = tkc_json_head(x->d, k, word, sizeof word - 1);
            return tkc_fail(x->err, TKC_E_FORMAT, 0, "rule %zu: no such key: '%s'", x->number,
                            tkc_quote(quoted, word, n < sizeof word - 1 ? n : sizeof word - 1));
        }
        if (slot[i] != TKC_JSON_NONE) return bad(x, key_name[i], "given once");
        slot[i] = tkc_json_value(x->d, k);
    }
    return TKC_OK;
}

/* The row whose fields stand where the file says nothing. */
static tkc_cache_rule base_of(const tkc_cache_rules *r, const char *like, const char *models)
{
    const tkc_cache_rule *from =
        tkc_cache_rules_find(r, like, (tkc_str){models, strcspn(models, " ")}, 0);
    tkc_cache_rule row = {.how = TKC_CACHE_PREFIX,
                          .min_tokens = {TKC_CACHE_UNKNOWN, TKC_CACHE_UNKNOWN},
                          .step = {1, 1},
                          .order = "tools system messages",
                          .ttl = {{"", {TKC_CACHE_UNKNOWN, TKC_CACHE_UNKNOWN}, 1000}},
                          .n_ttl = 1,
                          .refresh = true,
                          .read_permille = {TKC_CACHE_UNKNOWN, TKC_CACHE_UNKNOWN},
                          .scope = "account",
                          .field = "",
                          .usage = "",
                          .note = ""};
    for (size_t i = 0; !from && *like && tkc_cache_rules_at(r, i); i++)
        if (strcmp(tkc_cache_rules_at(r, i)->provider, like) == 0) from = tkc_cache_rules_at(r, i);
    if (from) row = *from;
    row.valid_from = row.valid_to = 0;
    row.source = "a rules file";
    row.checked = "";
    row.confidence = TKC_CACHE_DOCUMENTED;
    row.is_user = true;
    row.invalidates[TKC_CHANGE_MODEL] = TKC_CACHE_ALL;
    return row;
}

static tkc_status one_rule(const reader *x, uint32_t node)
{
    uint32_t slot[N_KEY];
    const char *provider = NULL, *models = "*", *like;
    tkc_cache_rule row;
    tkc_cache_range one;
    tkc_status st = members(x, node, slot);
    if (st) return st;
    if (slot[K_PROVIDER] == TKC_JSON_NONE) return bad(x, "provider", "given");
    st = text_of(x, "provider", slot[K_PROVIDER], &provider);
    if (!st && slot[K_MODELS] != TKC_JSON_NONE) st = models_of(x, slot[K_MODELS], &models);
    like = provider;
    if (!st && slot[K_LIKE] != TKC_JSON_NONE) st = text_of(x, "like", slot[K_LIKE], &like);
    if (st) return st;
    row = base_of(x->r, like, models);
    row.provider = provider;
    row.models = models;
    if (slot[K_HOW] != TKC_JSON_NONE) {
        int h = 0;
        while (h < TKC_N_CACHE_HOW && !tkc_json_is(x->d, slot[K_HOW], how_name[h])) h++;
        if (h == TKC_N_CACHE_HOW) return bad(x, "how", "prefix, marks, marks-auto, object, blocks or radix");
        row.how = (tkc_cache_how)h;
    }
#define RANGE(key, permille, field)                                                                \
    if (!st && slot[key] != TKC_JSON_NONE) st = range_of(x, key_name[key], slot[key], permille, &row.field)
    RANGE(K_MIN, false, min_tokens);
    RANGE(K_STEP, false, step);
    RANGE(K_LOOKBACK, false, lookback);
    RANGE(K_READ, true, read_permille);
    RANGE(K_STORAGE, false, storage);
#undef RANGE
    if (!st && row.step.lo == 0) st = bad(x, "step", "1 or more");
    if (!st && slot[K_BREAKPOINTS] != TKC_JSON_NONE) {
        st = range_of(x, key_name[K_BREAKPOINTS], slot[K_BREAKPOINTS], false, &one);
        row.max_breakpoints = one.hi;
    }
    if (!st && slot[K_WRITES] != TKC_JSON_NONE) {
        st = range_of(x, key_name[K_WRITES], slot[K_WRITES], false, &one);
        row.max_writes = one.hi;
    }
    if (!st) st = ttl_of(x, slot[K_TTL], slot[K_WRITE], &row);
    if (!st && slot[K_INVALIDATES] != TKC_JSON_NONE) st = invalidates_of(x, slot[K_INVALIDATES], &row);
    if (!st && slot[K_FROM] != TKC_JSON_NONE) st = date_of(x, "valid_from", slot[K_FROM], &row.valid_from);
    if (!st && slot[K_TO] != TKC_JSON_NONE) st = date_of(x, "valid_to", slot[K_TO], &row.valid_to);
    if (!st && slot[K_ORDER] != TKC_JSON_NONE) st = text_of(x, "order", slot[K_ORDER], &row.order);
    if (!st && slot[K_SOURCE] != TKC_JSON_NONE) st = text_of(x, "source", slot[K_SOURCE], &row.source);
    if (!st && slot[K_CHECKED] != TKC_JSON_NONE) st = text_of(x, "checked", slot[K_CHECKED], &row.checked);
    if (!st && slot[K_NOTE] != TKC_JSON_NONE) st = text_of(x, "note", slot[K_NOTE], &row.note);
    if (st) return st;
    if (!tkc_grow(x->r->alloc, &x->r->row, &x->r->cap_row, x->r->n_row + 1, MAX_RULES, sizeof row))
        return x->r->n_row >= MAX_RULES ? tkc_fail(x->err, TKC_E_LIMIT, 0, "more than %d rules", MAX_RULES)
                                        : tkc_nomem(x->err);
    x->r->row[x->r->n_row++] = row;
    return TKC_OK;
}

tkc_status tkc_cache_rules_add(tkc_cache_rules *r, tkc_str text, tkc_error *err)
{
    const tkc_request_options opt = {.struct_size = sizeof opt, .dialect = TKC_DIALECT_YAML, .alloc = r->alloc};
    const size_t before = r->n_row;
    text_block *const text_before = r->text;
    tkc_request q;
    tkc_json own;
    tkc_buf scratch;
    reader x = {.r = r, .scratch = &scratch, .err = err};
    uint32_t list;
    tkc_status st;
    size_t i = 0;
    while (i < text.len && tkc_is_space(text.ptr[i])) i++;
    tkc_request_init(&q, &opt);
    tkc_json_init(&own, r->alloc);
    tkc_buf_init(&scratch, 1 << 20, r->alloc);
    if (i < text.len && text.ptr[i] == '{') {
        st = tkc_json_parse(&own, text, NULL, err);
        x.d = &own;
    } else {
        st = tkc_request_read(&q, text, &opt, err);
        x.d = &q.doc;
    }
    if (!st) {
        list = tkc_json_kind_of(x.d, 0) == TKC_JSON_OBJECT ? tkc_json_get(x.d, 0, "rules", NULL) : TKC_JSON_NONE;
        if (list == TKC_JSON_NONE || tkc_json_kind_of(x.d, list) != TKC_JSON_ARRAY)
            st = tkc_fail(err, TKC_E_FORMAT, 0, "expected 'rules:' with a list of rules");
        for (uint32_t k = st ? TKC_JSON_NONE : tkc_json_first(x.d, list); k != TKC_JSON_NONE && !st;
             k = tkc_json_next(x.d, list, k)) {
            x.number++;
            st = one_rule(&x, k);
        }
    }
    if (st) {
        r->n_row = before;
        free_text(r, text_before);
    } else { /* the last file goes before the others: turn the two parts around */
        for (size_t pass = 0; pass < 3; pass++) {
            size_t lo = pass == 1 ? before : 0, hi = pass == 0 ? before : r->n_row;
            for (; lo + 1 < hi; lo++, hi--) {
                tkc_cache_rule t = r->row[lo];
                r->row[lo] = r->row[hi - 1];
                r->row[hi - 1] = t;
            }
        }
    }
    tkc_buf_release(&scratch);
    tkc_json_release(&own);
    tkc_request_release(&q);
    return st;
}
