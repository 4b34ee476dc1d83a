/*
 * calibrate_file.c - calibrations as YAML: written for people, read with every key checked.
 *
 * The reader goes over libyaml's events as JSON nodes (the prompt files' way), so that a byte in
 * the file is known for each value.
 */
#include "optimizer/count/calibrate.h"
#include "optimizer/request/read.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdio.h>
#include <string.h>

void tkc_calibrations_init(tkc_calibrations *all, const tkc_allocator *alloc)
{
    *all = (tkc_calibrations){.alloc = tkc_allocator_or_default(alloc)};
}

void tkc_calibrations_release(tkc_calibrations *all)
{
    tkc_free(all->alloc, all->item, all->cap, sizeof *all->item);
    tkc_calibrations_init(all, all->alloc);
}

const tkc_calibration *tkc_calibrations_find(const tkc_calibrations *all, const char *model)
{
    for (size_t i = all->n; i-- > 0;)
        if (strcmp(all->item[i].model, model) == 0) return &all->item[i];
    return NULL;
}

tkc_status tkc_calibrations_put(tkc_calibrations *all, const tkc_calibration *cal, tkc_error *err)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->item[i].model, cal->model) == 0) {
            all->item[i] = *cal;
            tkc_calibration_set_rule(&all->item[i]);
            return TKC_OK;
        }
    if (!tkc_grow(all->alloc, &all->item, &all->cap, all->n + 1, TKC_CALIBRATION_MODELS, sizeof *all->item))
        return all->n >= TKC_CALIBRATION_MODELS
                   ? tkc_fail(err, TKC_E_LIMIT, 0, "more than %d calibrations in a file", (int)TKC_CALIBRATION_MODELS)
                   : tkc_nomem(err);
    all->item[all->n] = *cal;
    tkc_calibration_set_rule(&all->item[all->n++]);
    return TKC_OK;
}

/* --- writing ------------------------------------------------------------------------------ */

/* A number with at most six decimals, a point whatever the locale is. */
static tkc_status put_number(tkc_buf *out, double v, tkc_error *err)
{
    char text[40];
    double size = v < 0 ? -v : v;
    uint64_t millionths = size > 9e9 ? (uint64_t)9e15 : (uint64_t)(size * 1e6 + 0.5);
    int n = snprintf(text, sizeof text, "%s%llu.%06llu", v < 0 && millionths ? "-" : "",
                     (unsigned long long)(millionths / 1000000), (unsigned long long)(millionths % 1000000));
    while (text[n - 1] == '0') n--; /* "156.000000" is 156, "0.900000" is 0.9 */
    if (text[n - 1] == '.') n--;
    return tkc_buf_append(out, text, (size_t)n, err);
}

static tkc_status put_text(tkc_buf *out, const char *s, tkc_error *err)
{
    return tkc_buf_append(out, s, strlen(s), err);
}

static tkc_status put_line(tkc_buf *out, const char *key, double v, const char *comment, tkc_error *err)
{
    tkc_status st = put_text(out, "    ", err);
    if (!st) st = put_text(out, key, err);
    if (!st) st = put_text(out, ": ", err);
    if (!st) st = put_number(out, v, err);
    if (!st && *comment) st = put_text(out, "  # ", err);
    if (!st) st = put_text(out, comment, err);
    return st ? st : put_text(out, "\n", err);
}

static const char *kind_key(int kind, char *buf)
{
    const char *s = tkc_part_kind_name((tkc_part_kind)kind);
    size_t i = 0;
    for (; s[i]; i++) buf[i] = s[i] == ' ' ? '_' : s[i];
    buf[i] = '\0';
    return buf;
}

static tkc_status put_one(tkc_buf *out, const tkc_calibration *c, tkc_error *err)
{
    char key[40];
    tkc_status st = put_text(out, "  - model: \"", err);
    if (!st) st = put_text(out, c->model, err); /* names of the registry hold no quotes */
    if (!st) st = put_text(out, "\"\n    made: \"", err);
    if (!st) st = put_text(out, c->made, err);
    if (!st) st = put_text(out, "\"\n", err);
    if (!st) st = put_line(out, "fitted", c->fitted, "records the coefficients come from", err);
    if (!st) st = put_line(out, "checked", c->checked, "others, that the interval comes from", err);
    if (!st) st = put_line(out, "coverage", c->coverage, "of requests like those, inside the interval", err);
    if (!st) st = put_line(out, "spread", c->spread, "half the interval: spread * tokens ^ power", err);
    if (!st) st = put_line(out, "power", c->power, "", err);
    if (!st) st = put_line(out, "shortest", (double)c->shortest, "prompts seen, in tokens", err);
    if (!st) st = put_line(out, "longest", (double)c->longest, "", err);
    if (!st) st = put_line(out, "error_before", c->error_before, "median share of the tokens, of the checked records", err);
    if (!st) st = put_line(out, "error_after", c->error_after, "", err);
    if (!st) st = put_line(out, "request", c->request, "tokens on top of each request", err);
    if (!st) st = put_line(out, "message", c->message, "of each message behind the first", err);
    if (!st) st = put_line(out, "tools", c->tools, "of having tools at all", err);
    if (!st) st = put_text(out, "    ratio:  # real tokens for one counted, and the records that had such content\n", err);
    for (int k = 0; !st && k < TKC_N_PART_KIND; k++) {
        char count[24];
        int n;
        if (!c->records[k]) continue;
        st = put_text(out, "      ", err);
        if (!st) st = put_text(out, kind_key(k, key), err);
        if (!st) st = put_text(out, ": [", err);
        if (!st) st = put_number(out, c->ratio[k], err);
        n = snprintf(count, sizeof count, ", %u]\n", (unsigned)c->records[k]);
        if (!st) st = tkc_buf_append(out, count, (size_t)n, err);
    }
    return st;
}

tkc_status tkc_calibrations_write(const tkc_calibrations *all, tkc_buf *out, tkc_error *err)
{
    size_t from = out->len;
    tkc_status st = put_text(out,
                             "# Written by \"tokcount calibrate\": what this account's providers add to a count.\n"
                             "# tokens = request + message * (messages - 1) + tools + framing + sum(ratio * counted)\n"
                             "schema: tokcount/calibration/1\n"
                             "calibrations:\n", err);
    for (size_t i = 0; !st && i < all->n; i++) st = put_one(out, &all->item[i], err);
    if (st) out->len = from;
    return st;
}

/* --- reading ------------------------------------------------------------------------------ */

typedef struct reader {
    const tkc_request *r;
    const tkc_json *d;
    tkc_error *err;
} reader;

static tkc_status bad(const reader *b, uint32_t node, const char *what)
{
    return tkc_fail(b->err, TKC_E_FORMAT, b->r->span[node].begin, "calibration file: %s", what);
}

static tkc_status get_number(const reader *b, uint32_t node, double least, double most, double *out)
{
    if (!tkc_json_double(b->d, node, out) || !(*out >= least && *out <= most))
        return tkc_fail(b->err, TKC_E_FORMAT, b->r->span[node].begin,
                        "calibration file: expected a number of %g to %g", least, most);
    return TKC_OK;
}

static tkc_status get_text(const reader *b, uint32_t node, char *out, size_t room)
{
    size_t n = tkc_json_head(b->d, node, out, room - 1);
    if (tkc_json_kind_of(b->d, node) != TKC_JSON_STRING || n >= room || memchr(out, 0, n))
        return bad(b, node, "expected a short text");
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)out[i] < ' ' || out[i] == '"' || out[i] == '\\')
            return bad(b, node, "expected a name without quotes");
    out[n] = '\0';
    return TKC_OK;
}

static tkc_status get_ratios(const reader *b, uint32_t map, tkc_calibration *c)
{
    if (tkc_json_kind_of(b->d, map) != TKC_JSON_OBJECT && tkc_json_kind_of(b->d, map) != TKC_JSON_NULL)
        return bad(b, map, "ratio is a list of kinds of content");
    for (uint32_t k = tkc_json_first(b->d, map); k != TKC_JSON_NONE; k = tkc_json_next_member(b->d, map, k)) {
        uint32_t v = tkc_json_value(b->d, k), a, n;
        char key[40];
        double records;
        int kind = 0;
        tkc_status st;
        while (kind < TKC_N_PART_KIND && !tkc_json_is(b->d, k, kind_key(kind, key))) kind++;
        if (kind == TKC_N_PART_KIND) return bad(b, k, "no kind of content has this name");
        if (tkc_json_kind_of(b->d, v) != TKC_JSON_ARRAY || tkc_json_count(b->d, v) != 2)
            return bad(b, v, "expected [ratio, records]");
        a = tkc_json_first(b->d, v);
        n = tkc_json_next(b->d, v, a);
        st = get_number(b, a, -1000, 1000, &c->ratio[kind]);
        if (!st) st = get_number(b, n, 0, 4e9, &records);
        if (st) return st;
        c->records[kind] = (uint32_t)records;
    }
    return TKC_OK;
}

static tkc_status get_one(const reader *b, uint32_t map, tkc_calibration *c)
{
    enum { MODEL, MADE, RATIO, FITTED, CHECKED, SHORTEST, LONGEST, NUMBERS };
    double fitted = 0, checked = 0, shortest = 0, longest = 0;
    struct {
        const char *key;
        double least, most, *out;
    } field[] = {{"model", 0, 0, NULL},
                 {"made", 0, 0, NULL},
                 {"ratio", 0, 0, NULL},
                 {"fitted", 1, 4e9, &fitted},
                 {"checked", 1, 4e9, &checked},
                 {"shortest", 0, 1e15, &shortest},
                 {"longest", 0, 1e15, &longest},
                 {"coverage", 0.5, 0.995, &c->coverage},
                 {"spread", 0, 1e12, &c->spread},
                 {"power", 0, 1, &c->power},
                 {"error_before", 0, 1e12, &c->error_before},
                 {"error_after", 0, 1e12, &c->error_after},
                 {"request", -1e12, 1e12, &c->request},
                 {"message", -1e12, 1e12, &c->message},
                 {"tools", -1e12, 1e12, &c->tools}};
    enum { N = sizeof field / sizeof *field };
    bool seen[N] = {false};
    memset(c, 0, sizeof *c);
    for (int k = 0; k < TKC_N_PART_KIND; k++) c->ratio[k] = 1;
    if (tkc_json_kind_of(b->d, map) != TKC_JSON_OBJECT) return bad(b, map, "expected \"- model: ...\"");
    for (uint32_t k = tkc_json_first(b->d, map); k != TKC_JSON_NONE; k = tkc_json_next_member(b->d, map, k)) {
        uint32_t v = tkc_json_value(b->d, k);
        tkc_status st;
        size_t f = 0;
        while (f < N && !tkc_json_is(b->d, k, field[f].key)) f++;
        if (f == N) return bad(b, k, "no such key");
        if (seen[f]) return bad(b, k, "a key that stands twice");
        seen[f] = true;
        if (f == MODEL)
            st = get_text(b, v, c->model, sizeof c->model);
        else if (f == MADE)
            st = get_text(b, v, c->made, sizeof c->made);
        else if (f == RATIO)
            st = get_ratios(b, v, c);
        else
            st = get_number(b, v, field[f].least, field[f].most, field[f].out);
        if (!st && strcmp(field[f].key, "power") == 0 && c->power != 0 && c->power != 0.5 && c->power != 1)
            st = bad(b, v, "power is 0, 0.5 or 1");
        if (st) return st;
    }
    for (size_t f = 0; f < N; f++)
        if (!seen[f])
            return tkc_fail(b->err, TKC_E_FORMAT, b->r->span[map].begin, "calibration file: \"%s\" is missing",
                            field[f].key);
    c->fitted = (uint32_t)fitted;
    c->checked = (uint32_t)checked;
    c->shortest = (uint64_t)shortest;
    c->longest = (uint64_t)longest;
    return TKC_OK;
}

static tkc_status get_all(const reader *b, tkc_calibrations *all)
{
    uint32_t list = TKC_JSON_NONE;
    bool schema = false;
    if (tkc_json_kind_of(b->d, 0) != TKC_JSON_OBJECT) return bad(b, 0, "expected \"calibrations:\"");
    for (uint32_t k = tkc_json_first(b->d, 0); k != TKC_JSON_NONE; k = tkc_json_next_member(b->d, 0, k)) {
        uint32_t v = tkc_json_value(b->d, k);
        if (tkc_json_is(b->d, k, "schema")) {
            if (!tkc_json_is(b->d, v, "tokcount/calibration/1"))
                return bad(b, v, "expected \"tokcount/calibration/1\"");
            schema = true;
        } else if (tkc_json_is(b->d, k, "calibrations")) {
            list = v;
        } else {
            return bad(b, k, "no such key");
        }
    }
    if (!schema) return bad(b, 0, "\"schema: tokcount/calibration/1\" is missing");
    if (list == TKC_JSON_NONE) return bad(b, 0, "\"calibrations:\" is missing");
    if (tkc_json_kind_of(b->d, list) == TKC_JSON_NULL) return TKC_OK;
    if (tkc_json_kind_of(b->d, list) != TKC_JSON_ARRAY) return bad(b, list, "calibrations is a list");
    for (uint32_t i = tkc_json_first(b->d, list); i != TKC_JSON_NONE; i = tkc_json_next(b->d, list, i)) {
        tkc_calibration c;
        tkc_status st = get_one(b, i, &c);
        if (!st) st = tkc_calibrations_put(all, &c, b->err);
        if (st) return st;
    }
    return TKC_OK;
}

tkc_status tkc_calibrations_read(tkc_calibrations *all, tkc_str text, tkc_error *err)
{
    tkc_request r;
    tkc_rd rd = {.r = &r, .doc = &r.doc, .err = err, .result_id = TKC_JSON_NONE};
    tkc_request_options o = {.struct_size = sizeof o, .alloc = all->alloc};
    reader b = {.r = &r, .d = &r.doc, .err = err};
    tkc_calibrations read;
    tkc_status st;
    tkc_calibrations_init(&read, all->alloc);
    tkc_request_init(&r, &o);
    r.source = text;
    r.max_values = 1 << 20;
    r.max_depth = 16;
    tkc_rd_yaml_to_json(&rd);
    st = rd.st;
    if (!st) st = get_all(&b, &read);
    /* Room first, so that it is all of them or none. */
    if (!st && read.n && all->n + read.n <= TKC_CALIBRATION_MODELS &&
        !tkc_grow(all->alloc, &all->item, &all->cap, all->n + read.n, TKC_CALIBRATION_MODELS, sizeof *all->item))
        st = tkc_nomem(err);
    for (size_t i = 0; !st && i < read.n; i++) st = tkc_calibrations_put(all, &read.item[i], err);
    tkc_calibrations_release(&read);
    tkc_request_release(&r);
    return st;
}
