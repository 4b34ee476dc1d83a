/* groups.c - records by the values of --by: which they have, their sums, why some are unsure. */
#include "tools/cost/cost.h"

#include "tools/cli/prices.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/sha256.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS = 1000000 };

static tkc_status add_value(cost_run *r, tkc_str s, tkc_error *err)
{
    tkc_status st;
    if (s.len > COST_MAX_VALUE)
        return tkc_fail(err, TKC_E_LIMIT, 0, "a value of --by has more than %d bytes", COST_MAX_VALUE);
    st = tkc_buf_reserve(&r->value, s.len + 1, err);
    if (st) return st;
    tkc_copy_name(r->value.ptr + r->value.len, s.len + 1, s); /* its NULs would begin the next value */
    r->value.len += s.len + 1;
    return TKC_OK;
}

static uint32_t member(const tkc_json *d, uint32_t at, tkc_str key)
{
    if (tkc_json_kind_of(d, at) == TKC_JSON_ARRAY) { /* "tags.0" */
        size_t want = 0, i = 0;
        uint32_t k;
        for (size_t c = 0; c < key.len; c++) {
            if (key.ptr[c] < '0' || key.ptr[c] > '9' || want > 100000) return TKC_JSON_NONE;
            want = want * 10 + (size_t)(key.ptr[c] - '0');
        }
        for (k = tkc_json_first(d, at); k != TKC_JSON_NONE && i < want; i++)
            k = tkc_json_next(d, at, k);
        return k;
    }
    char name[COST_MAX_VALUE];
    if (key.len >= sizeof name) return TKC_JSON_NONE;
    memcpy(name, key.ptr, key.len);
    name[key.len] = '\0';
    return tkc_json_get(d, at, name, NULL);
}

/* "metadata.team": a key of that whole name, else the one up to a dot and on from there. */
static uint32_t follow(const tkc_json *d, const char *path)
{
    tkc_str left = {path, strlen(path)};
    uint32_t at = 0;
    while (left.len) {
        uint32_t v = member(d, at, left);
        if (v != TKC_JSON_NONE) return v;
        for (size_t i = 0; i < left.len && v == TKC_JSON_NONE; i++) {
            if (left.ptr[i] != '.') continue;
            v = member(d, at, (tkc_str){left.ptr, i});
            if (v != TKC_JSON_NONE) {
                at = v;
                left.ptr += i + 1;
                left.len -= i + 1;
            }
        }
        if (v == TKC_JSON_NONE) return TKC_JSON_NONE;
    }
    return at;
}

static tkc_status add_field(cost_run *r, const char *path, bool *found, tkc_error *err)
{
    uint32_t v = follow(&r->doc, path);
    tkc_str s;
    tkc_status st;
    if (v == TKC_JSON_NONE || tkc_json_kind_of(&r->doc, v) == TKC_JSON_NULL)
        return add_value(r, (tkc_str){"-", 1}, err);
    *found = true;
    s = tkc_json_source(&r->doc, v);
    if (tkc_json_kind_of(&r->doc, v) == TKC_JSON_STRING && s.len < 8 * COST_MAX_VALUE) {
        tkc_buf_clear(&r->scratch);
        st = tkc_json_string(&r->doc, v, &r->scratch, &s, err);
        if (st) return st;
    }
    return add_value(r, s, err);
}

tkc_status cost_values_of(cost_run *r, const char *file, const tkc_usage *u, const tkc_cost *c,
                            tkc_error *err)
{
    tkc_status st = TKC_OK;
    tkc_buf_clear(&r->value);
    for (size_t i = 0; i < r->n_by && !st; i++) {
        const char *by = r->by[i];
        char date[CLI_DATE_SIZE];
        tkc_str s = {NULL, 0};
        if (strcmp(by, "model") == 0 && u->model.len)
            s = u->model;
        else if (strcmp(by, "provider") == 0 && c->model.provider)
            s = (tkc_str){c->model.provider, strlen(c->model.provider)};
        else if (follow(&r->doc, by) != TKC_JSON_NONE)
            ; /* the record's own */
        else if (strcmp(by, "file") == 0)
            s = (tkc_str){file, strlen(file)};
        else if (strcmp(by, "format") == 0)
            s = (tkc_str){tkc_usage_format_name(u->format), strlen(tkc_usage_format_name(u->format))};
        else if (strcmp(by, "class") == 0)
            s = (tkc_str){tkc_cost_class_name(c->cls), strlen(tkc_cost_class_name(c->cls))};
        else if ((strcmp(by, "day") == 0 || strcmp(by, "month") == 0) && u->has_at)
            s = (tkc_str){cli_prices_date(date, tkc_moment_of_unix(u->at).day),
                          by[0] == 'd' ? 10 : 7};
        if (s.ptr) r->has_by[i] = true;
        st = s.ptr ? add_value(r, s, err) : add_field(r, by, &r->has_by[i], err);
    }
    return st;
}

static bool grow_slots(cost_run *r)
{
    size_t n = r->n_slot ? r->n_slot * 2 : 1024;
    uint32_t *slot = calloc(n, sizeof *slot);
    if (!slot) return false;
    for (size_t i = 0; i < r->n_group; i++) {
        size_t at;
        memcpy(&at, r->group[i].key, sizeof at);
        for (at &= n - 1; slot[at]; at = (at + 1) & (n - 1)) continue;
        slot[at] = (uint32_t)i + 1;
    }
    free(r->slot);
    r->slot = slot;
    r->n_slot = n;
    return true;
}

cost_group *cost_find_group(cost_run *r, tkc_error *err)
{
    unsigned char digest[32];
    size_t at;
    cost_group *g;
    tkc_sha256(tkc_buf_str(&r->value), digest);
    if (r->n_group * 2 >= r->n_slot && !grow_slots(r)) goto nomem;
    memcpy(&at, digest, sizeof at);
    for (at &= r->n_slot - 1; r->slot[at]; at = (at + 1) & (r->n_slot - 1))
        if (memcmp(r->group[r->slot[at] - 1].key, digest, COST_KEY) == 0)
            return &r->group[r->slot[at] - 1];
    if (r->n_group == MAX_GROUPS) {
        (void)tkc_fail(err, TKC_E_LIMIT, 0, "more than %d groups; give --by fewer fields", MAX_GROUPS);
        r->stop = true;
        return NULL;
    }
    if (!tkc_grow(&tkc_malloc_allocator, &r->group, &r->cap_group, r->n_group + 1, MAX_GROUPS,
                  sizeof *r->group))
        goto nomem;
    g = &r->group[r->n_group];
    *g = (cost_group){.value_len = r->value.len, .value = malloc(r->value.len + 1)};
    if (!g->value) goto nomem;
    memcpy(g->key, digest, COST_KEY);
    memcpy(g->value, r->value.ptr ? r->value.ptr : "", r->value.len);
    r->slot[at] = (uint32_t)++r->n_group;
    return g;
nomem:
    (void)tkc_nomem(err);
    r->stop = true;
    return NULL;
}

tkc_status cost_add_to(cost_group *g, const tkc_usage *u, const tkc_cost *c, tkc_error *err)
{
    cost_group more = *g;
    bool fits = true;
    if (u->n[TKC_UNIT_REQUEST] || !u->repeats) more.records++;
    if (!c->priced) more.unpriced++;
    for (int i = 0; i < TKC_N_UNIT; i++)
        fits = fits && !__builtin_add_overflow(more.n[i], u->n[i], &more.n[i]);
    if (c->priced) fits = fits && tkc_money_add(&more.money, c->picodollars);
    if (!fits) return tkc_fail(err, TKC_E_LIMIT, 0, "a sum too large to count");
    if (c->priced || more.unpriced == more.records) {
        if (c->cls > more.cls) more.cls = c->cls;
    } else if (more.cls < TKC_COST_LOWER_BOUND) {
        more.cls = TKC_COST_LOWER_BOUND;
    }
    /* with one price known the sum is a bound, not nothing */
    if (more.cls == TKC_COST_UNPRICED && more.unpriced < more.records) more.cls = TKC_COST_LOWER_BOUND;
    *g = more;
    return TKC_OK;
}

void cost_count_reason(cost_run *r, const tkc_cost *c)
{
    if (!c->why[0]) return;
    for (size_t i = 0; i < r->n_reason; i++)
        if (strcmp(r->reason[i].why, c->why) == 0) {
            r->reason[i].records++;
            return;
        }
    if (r->n_reason == COST_MAX_REASONS) {
        r->other_reasons++;
        return;
    }
    memcpy(r->reason[r->n_reason].why, c->why, sizeof c->why);
    r->reason[r->n_reason].cls = c->cls;
    r->reason[r->n_reason++].records = 1;
}

int cost_group_order(const void *a, const void *b)
{
    const cost_group *x = a, *y = b;
    size_t n = x->value_len < y->value_len ? x->value_len : y->value_len;
    int c;
    if (x->money.pd != y->money.pd) return x->money.pd > y->money.pd ? -1 : 1;
    c = memcmp(x->value, y->value, n);
    return c ? c : x->value_len < y->value_len ? -1 : x->value_len > y->value_len;
}
