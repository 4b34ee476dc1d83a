/*
 * lock.c - reads and writes tokcount.lock.json.
 *
 * A committed file is edited by people and by merges, so it is read as strictly as any input:
 * a line that says something unknown is an error, not a budget without limit.
 */
#include "tools/project/lock.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ENTRIES = 1000000, MAX_LIMITS = 1000, MAX_FINDINGS = 100000, MAX_TEXT = 1 << 16 };
#define SCHEMA "tokcount/lock/1"

static bool grow(void *ptr_to_ptr, size_t *cap, size_t need, size_t max, size_t size)
{
    return tkc_grow(&tkc_malloc_allocator, ptr_to_ptr, cap, need, max, size);
}

cli_lock_entry *cli_lock_add(cli_lock *l, const char *path)
{
    cli_lock_entry *e;
    if (!grow(&l->entry, &l->cap, l->n + 1, MAX_ENTRIES, sizeof *l->entry)) return NULL;
    e = &l->entry[l->n];
    *e = (cli_lock_entry){.path = strdup(path)};
    if (!e->path) return NULL;
    l->n++;
    return e;
}

size_t cli_lock_tokens(const cli_lock_entry *e, const char *model)
{
    for (size_t i = 0; i < e->n_limit; i++)
        if (strcmp(e->limit[i].model, model) == 0) return e->limit[i].tokens;
    return SIZE_MAX;
}

bool cli_lock_set(cli_lock_entry *e, const char *model, size_t tokens)
{
    for (size_t i = 0; i < e->n_limit; i++) {
        if (strcmp(e->limit[i].model, model) != 0) continue;
        e->limit[i].tokens = tokens;
        return true;
    }
    if (!grow(&e->limit, &e->cap_limit, e->n_limit + 1, MAX_LIMITS, sizeof *e->limit)) return false;
    e->limit[e->n_limit] = (cli_lock_limit){strdup(model), tokens};
    return e->limit[e->n_limit].model && ++e->n_limit;
}

bool cli_lock_add_finding(cli_lock_entry *e, const char *finding)
{
    if (!grow(&e->finding, &e->cap_finding, e->n_finding + 1, MAX_FINDINGS, sizeof *e->finding))
        return false;
    e->finding[e->n_finding] = strdup(finding);
    return e->finding[e->n_finding] && ++e->n_finding;
}

bool cli_lock_set_reason(cli_lock_entry *e, const char *reason)
{
    char *fresh = reason ? strdup(reason) : NULL;
    if (reason && !fresh) return false;
    free(e->reason);
    e->reason = fresh;
    return true;
}

static void release_entry(cli_lock_entry *e)
{
    for (size_t i = 0; i < e->n_limit; i++) free(e->limit[i].model);
    for (size_t i = 0; i < e->n_finding; i++) free(e->finding[i]);
    free(e->limit);
    free(e->finding);
    free(e->path);
    free(e->reason);
}

void cli_lock_release(cli_lock *l)
{
    for (size_t i = 0; i < l->n; i++) release_entry(&l->entry[i]);
    free(l->entry);
    *l = (cli_lock){NULL, 0, 0};
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const cli_lock_entry *)a)->path, ((const cli_lock_entry *)b)->path);
}

static int by_model(const void *a, const void *b)
{
    return strcmp(((const cli_lock_limit *)a)->model, ((const cli_lock_limit *)b)->model);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void cli_lock_sort(cli_lock *l)
{
    if (l->n) qsort(l->entry, l->n, sizeof *l->entry, by_path);
    for (size_t i = 0; i < l->n; i++) {
        cli_lock_entry *e = &l->entry[i];
        if (e->n_limit) qsort(e->limit, e->n_limit, sizeof *e->limit, by_model);
        if (e->n_finding) qsort(e->finding, e->n_finding, sizeof *e->finding, by_text);
    }
}

cli_lock_entry *cli_lock_find(const cli_lock *l, const char *path)
{
    cli_lock_entry key = {.path = (char *)path};
    return l->n ? bsearch(&key, l->entry, l->n, sizeof *l->entry, by_path) : NULL;
}

static int finding_is(const void *key, const void *item)
{
    return strcmp(key, *(char *const *)item);
}

bool cli_lock_has_finding(const cli_lock_entry *e, const char *finding)
{
    return e->n_finding && bsearch(finding, e->finding, e->n_finding, sizeof *e->finding, finding_is);
}

/* --- reading ------------------------------------------------------------------------------ */

typedef struct reader {
    const tkc_json *d;
    tkc_buf text;
    tkc_error *err;
} reader;

static tkc_status refuse(const reader *r, uint32_t at, tkc_status code, const char *what)
{
    const size_t offset = at == TKC_JSON_NONE ? 0 : r->d->node[at].begin;
    size_t line = 1;
    for (size_t i = 0; i < offset; i++) line += r->d->text.ptr[i] == '\n';
    return tkc_fail(r->err, code, offset, "line %zu: %s", line, what);
}

/* The decoded text of a string node, with a NUL behind, until the next call. */
static tkc_status text_of(reader *r, uint32_t at, const char **out)
{
    tkc_str s;
    tkc_status st;
    tkc_buf_clear(&r->text);
    if (tkc_json_kind_of(r->d, at) != TKC_JSON_STRING) return refuse(r, at, TKC_E_FORMAT, "a string was expected");
    if (tkc_json_source(r->d, at).len > MAX_TEXT) return refuse(r, at, TKC_E_LIMIT, "a text above 64 KB");
    st = tkc_json_string(r->d, at, &r->text, &s, r->err);
    if (!st && s.len && memchr(s.ptr, '\0', s.len)) return refuse(r, at, TKC_E_FORMAT, "a NUL in a text");
    if (!st && s.ptr != r->text.ptr) {
        tkc_buf_clear(&r->text);
        st = tkc_buf_append(&r->text, s.ptr, s.len, r->err);
    }
    if (!st) st = tkc_buf_append_byte(&r->text, 0, r->err);
    *out = r->text.ptr;
    return st;
}

static tkc_status read_limits(reader *r, uint32_t at, cli_lock_entry *e)
{
    const tkc_json *d = r->d;
    tkc_status st = TKC_OK;
    if (tkc_json_kind_of(d, at) != TKC_JSON_OBJECT)
        return refuse(r, at, TKC_E_FORMAT, "\"tokens\" is an object of models and numbers");
    if (tkc_json_count(d, at) > MAX_LIMITS) return refuse(r, at, TKC_E_LIMIT, "more than 1,000 models");
    for (uint32_t k = tkc_json_first(d, at); k != TKC_JSON_NONE && !st; k = tkc_json_next_member(d, at, k)) {
        const char *model;
        uint64_t n = 0;
        st = text_of(r, k, &model);
        if (!st && (!tkc_json_u64(d, tkc_json_value(d, k), &n) || n >= SIZE_MAX))
            st = refuse(r, tkc_json_value(d, k), TKC_E_FORMAT, "a number of tokens was expected");
        if (!st && cli_lock_tokens(e, model) <= n) continue; /* twice: the lower holds */
        if (!st && !cli_lock_set(e, model, (size_t)n)) st = tkc_nomem(r->err);
    }
    return st;
}

static tkc_status read_entry(reader *r, cli_lock *l, uint32_t at)
{
    const tkc_json *d = r->d;
    cli_lock_entry *e;
    const char *s;
    uint32_t path;
    tkc_status st;
    if (tkc_json_kind_of(d, at) != TKC_JSON_OBJECT) return refuse(r, at, TKC_E_FORMAT, "an entry is an object");
    path = tkc_json_get(d, at, "path", NULL);
    if (path == TKC_JSON_NONE) return refuse(r, at, TKC_E_FORMAT, "an entry needs a \"path\"");
    st = text_of(r, path, &s);
    if (!st && !*s) st = refuse(r, path, TKC_E_FORMAT, "an empty path");
    if (st) return st;
    if (l->n == MAX_ENTRIES) return refuse(r, at, TKC_E_LIMIT, "more than 1,000,000 entries");
    e = cli_lock_add(l, s);
    if (!e) return tkc_nomem(r->err);
    for (uint32_t k = tkc_json_first(d, at); k != TKC_JSON_NONE && !st; k = tkc_json_next_member(d, at, k)) {
        const uint32_t v = tkc_json_value(d, k);
        if (tkc_json_is(d, k, "path")) continue;
        if (tkc_json_is(d, k, "tokens")) {
            st = read_limits(r, v, e);
        } else if (tkc_json_is(d, k, "reason")) {
            st = text_of(r, v, &s);
            if (!st && !cli_lock_set_reason(e, s)) st = tkc_nomem(r->err);
        } else if (tkc_json_is(d, k, "findings") && tkc_json_kind_of(d, v) == TKC_JSON_ARRAY) {
            if (tkc_json_count(d, v) > MAX_FINDINGS) st = refuse(r, v, TKC_E_LIMIT, "more than 100,000 findings");
            for (uint32_t i = tkc_json_first(d, v); i != TKC_JSON_NONE && !st; i = tkc_json_next(d, v, i)) {
                st = text_of(r, i, &s);
                if (!st && !cli_lock_add_finding(e, s)) st = tkc_nomem(r->err);
            }
        } else {
            st = refuse(r, k, TKC_E_FORMAT,
                        "an entry has \"path\", \"tokens\", \"findings\" and \"reason\", nothing else");
        }
    }
    return st;
}

/* b's findings that a has too stay in a; both are sorted. */
static void keep_common(cli_lock_entry *a, const cli_lock_entry *b)
{
    size_t n = 0, i = 0, k = 0;
    while (i < a->n_finding) {
        const int order = k < b->n_finding ? strcmp(a->finding[i], b->finding[k]) : -1;
        if (order > 0) {
            k++;
        } else if (order < 0) {
            free(a->finding[i++]);
        } else {
            a->finding[n++] = a->finding[i++];
            k++;
        }
    }
    a->n_finding = n;
}

/* A path that a merge left twice becomes one entry. */
static tkc_status unite(cli_lock *l, tkc_error *err)
{
    size_t n = 0;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < l->n; i++) {
        cli_lock_entry *e = &l->entry[i], *last = n ? &l->entry[n - 1] : NULL;
        if (!last || strcmp(last->path, e->path) != 0) {
            l->entry[n++] = *e;
            continue;
        }
        for (size_t k = 0; k < e->n_limit && !st; k++)
            if (e->limit[k].tokens < cli_lock_tokens(last, e->limit[k].model) &&
                !cli_lock_set(last, e->limit[k].model, e->limit[k].tokens))
                st = tkc_nomem(err);
        keep_common(last, e);
        if (!last->reason) {
            last->reason = e->reason;
            e->reason = NULL;
        }
        release_entry(e);
    }
    l->n = n;
    return st;
}

tkc_status cli_lock_parse(cli_lock *l, tkc_str text, tkc_error *err)
{
    tkc_json d;
    reader r = {.d = &d, .err = err};
    uint32_t schema, list;
    tkc_status st;
    tkc_json_init(&d, NULL);
    tkc_buf_init(&r.text, MAX_TEXT + 8, NULL);
    st = tkc_json_parse(&d, text, NULL, err);
    if (st) {
        if (err && st == TKC_E_FORMAT) {
            const tkc_error why = *err;
            size_t line = 1;
            for (size_t i = 0; i < why.offset && i < text.len; i++) line += text.ptr[i] == '\n';
            (void)tkc_fail(err, st, why.offset, "line %zu: %.180s", line, why.message);
        }
        goto out;
    }
    schema = tkc_json_get(&d, 0, "schema", NULL);
    list = tkc_json_get(&d, 0, "entries", NULL);
    if (schema == TKC_JSON_NONE || !tkc_json_is(&d, schema, SCHEMA))
        st = refuse(&r, schema, TKC_E_VERSION, "no \"schema\":\"" SCHEMA "\"; was it made by another version?");
    else if (list == TKC_JSON_NONE || tkc_json_kind_of(&d, list) != TKC_JSON_ARRAY)
        st = refuse(&r, list, TKC_E_FORMAT, "no list \"entries\"");
    else
        for (uint32_t i = tkc_json_first(&d, list); i != TKC_JSON_NONE && !st; i = tkc_json_next(&d, list, i))
            if (tkc_json_kind_of(&d, i) != TKC_JSON_NULL) st = read_entry(&r, l, i);
    if (!st) {
        cli_lock_sort(l);
        st = unite(l, err);
    }
    if (!st) cli_lock_sort(l); /* of what was united, the models */
out:
    tkc_buf_release(&r.text);
    tkc_json_release(&d);
    return st;
}

/* --- writing ------------------------------------------------------------------------------ */

static tkc_status put(tkc_buf *out, const char *s, tkc_error *err)
{
    return tkc_buf_append(out, s, strlen(s), err);
}

static tkc_status put_text(tkc_buf *out, const char *s, tkc_error *err)
{
    return tkc_json_append_text(out, (tkc_str){s, strlen(s)}, err);
}

static tkc_status write_entry(const cli_lock_entry *e, tkc_buf *out, tkc_error *err)
{
    char number[32];
    tkc_status st = put(out, "{\"path\":", err);
    if (!st) st = put_text(out, e->path, err);
    if (!st) st = put(out, ",\"tokens\":{", err);
    for (size_t i = 0; i < e->n_limit && !st; i++) {
        if (i) st = put(out, ",", err);
        if (!st) st = put_text(out, e->limit[i].model, err);
        (void)snprintf(number, sizeof number, ":%zu", e->limit[i].tokens);
        if (!st) st = put(out, number, err);
    }
    if (!st) st = put(out, "}", err);
    for (size_t i = 0; i < e->n_finding && !st; i++) {
        st = put(out, i ? "," : ",\"findings\":[", err);
        if (!st) st = put_text(out, e->finding[i], err);
        if (!st && i + 1 == e->n_finding) st = put(out, "]", err);
    }
    if (!st && e->reason) {
        st = put(out, ",\"reason\":", err);
        if (!st) st = put_text(out, e->reason, err);
    }
    return st ? st : put(out, "},\n", err);
}

tkc_status cli_lock_write(cli_lock *l, tkc_buf *out, tkc_error *err)
{
    tkc_status st = put(out, "{\"schema\":\"" SCHEMA "\",\"entries\":[\n", err);
    cli_lock_sort(l);
    for (size_t i = 0; i < l->n && !st; i++) {
        st = write_entry(&l->entry[i], out, err);
        if (st == TKC_E_FORMAT)
            st = tkc_fail(err, st, 0, "%.150s: a name that is not UTF-8 cannot be recorded; rename it",
                          l->entry[i].path);
    }
    return st ? st : put(out, "null]}\n", err);
}
