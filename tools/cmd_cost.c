/*
 * cmd_cost.c - tokcount cost: logs of usage records priced and grouped, or one request.
 *
 * Lines are read one by one from any number of files and forgotten: memory holds the longest
 * line (64 MiB at most), the groups, and what the usage reader remembers of requests.
 */
#include "optimizer/money/cost.h"
#include "optimizer/money/money.h"
#include "tools/cli/calibration.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "tools/cli/request.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/sha256.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_LINE = 64 << 20,
    READ_STEP = 1 << 18,
    MAX_BY = 8,
    MAX_VALUE = 1024,     /* bytes of one --by value */
    MAX_GROUPS = 1000000,
    MAX_REASONS = 100,
    KEY = 16
};

typedef struct group {
    unsigned char key[KEY];
    char *value; /* the --by values, each with its NUL */
    size_t value_len;
    tkc_money money;
    uint64_t records, unpriced;
    uint64_t n[TKC_N_UNIT];
    tkc_cost_class cls;
} group;

typedef struct reason {
    char why[240];
    tkc_cost_class cls;
    uint64_t records;
} reason;

typedef struct run {
    const cli_args *a;
    tkc_prices *prices;
    tkc_usage_reader *reader;
    tkc_cost_options opt;
    tkc_json doc;
    tkc_buf line, value, scratch;
    char *by_text;
    const char *by[MAX_BY];
    size_t n_by;
    char model[MAX_VALUE]; /* of a request's file */
    group *group;
    size_t n_group, cap_group;
    uint32_t *slot; /* 1 + index of a group; 0: empty */
    size_t n_slot;
    group total;
    reason reason[MAX_REASONS];
    size_t n_reason;
    uint64_t lines, records, ignored, repeated, left_out, other_reasons;
    bool stop;
} run;

/* --- grouping ---------------------------------------------------------------------------- */

static tkc_status add_value(run *r, tkc_str s, tkc_error *err)
{
    tkc_status st;
    if (s.len > MAX_VALUE)
        return tkc_fail(err, TKC_E_LIMIT, 0, "a value of --by has more than %d bytes", MAX_VALUE);
    st = tkc_buf_append(&r->value, s.ptr, s.len, err);
    return st ? st : tkc_buf_append_byte(&r->value, 0, err);
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
    char name[MAX_VALUE];
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

static tkc_status add_field(run *r, const char *path, tkc_error *err)
{
    uint32_t v = follow(&r->doc, path);
    tkc_str s;
    tkc_status st;
    if (v == TKC_JSON_NONE || tkc_json_kind_of(&r->doc, v) == TKC_JSON_NULL)
        return add_value(r, (tkc_str){"-", 1}, err);
    s = tkc_json_source(&r->doc, v);
    if (tkc_json_kind_of(&r->doc, v) == TKC_JSON_STRING && s.len < 8 * MAX_VALUE) {
        tkc_buf_clear(&r->scratch);
        st = tkc_json_string(&r->doc, v, &r->scratch, &s, err);
        if (st) return st;
    }
    return add_value(r, s, err);
}

static tkc_status values_of(run *r, const char *file, const tkc_usage *u, const tkc_cost *c,
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
        st = s.ptr ? add_value(r, s, err) : add_field(r, by, err);
    }
    return st;
}

static bool grow_slots(run *r)
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

/* The group of r->value, made if need be; NULL: err is filled. */
static group *find_group(run *r, tkc_error *err)
{
    unsigned char digest[32];
    size_t at;
    group *g;
    tkc_sha256(tkc_buf_str(&r->value), digest);
    if (r->n_group * 2 >= r->n_slot && !grow_slots(r)) goto nomem;
    memcpy(&at, digest, sizeof at);
    for (at &= r->n_slot - 1; r->slot[at]; at = (at + 1) & (r->n_slot - 1))
        if (memcmp(r->group[r->slot[at] - 1].key, digest, KEY) == 0)
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
    *g = (group){.value_len = r->value.len, .value = malloc(r->value.len + 1)};
    if (!g->value) goto nomem;
    memcpy(g->key, digest, KEY);
    memcpy(g->value, r->value.ptr ? r->value.ptr : "", r->value.len);
    r->slot[at] = (uint32_t)++r->n_group;
    return g;
nomem:
    (void)tkc_nomem(err);
    r->stop = true;
    return NULL;
}

static tkc_status add_to(group *g, const tkc_usage *u, const tkc_cost *c, tkc_error *err)
{
    group more = *g;
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

static void count_reason(run *r, const tkc_cost *c)
{
    if (!c->why[0]) return;
    for (size_t i = 0; i < r->n_reason; i++)
        if (strcmp(r->reason[i].why, c->why) == 0) {
            r->reason[i].records++;
            return;
        }
    if (r->n_reason == MAX_REASONS) {
        r->other_reasons++;
        return;
    }
    memcpy(r->reason[r->n_reason].why, c->why, sizeof c->why);
    r->reason[r->n_reason].cls = c->cls;
    r->reason[r->n_reason++].records = 1;
}

/* --- lines -------------------------------------------------------------------------------- */

static void put_member(const char *key, const char *value)
{
    printf(",\"%s\":", key);
    if (value && *value)
        cli_put_json_z(stdout, value);
    else
        fputs("null", stdout);
}

static void put_counts(const uint64_t *n)
{
    for (int i = 0; i < TKC_N_UNIT; i++)
        if (n[i] || i <= TKC_UNIT_REASONING)
            printf(",\"%s\":%llu", tkc_unit_name((tkc_unit)i), (unsigned long long)n[i]);
}

static void put_line(const run *r, uint64_t line, const tkc_usage *u, const tkc_cost *c)
{
    printf("{\"line\":%llu,\"picodollars\":", (unsigned long long)line);
    if (c->priced)
        printf("%llu", (unsigned long long)c->picodollars);
    else
        fputs("null", stdout);
    put_member("class", tkc_cost_class_name(c->cls));
    put_member("why", c->why);
    fputs(",\"model\":", stdout);
    cli_put_json(stdout, u->model);
    put_member("provider", c->model.provider);
    put_member("matched", c->model.model);
    put_member("rule", c->model.model ? tkc_price_rule_name(c->model.rule) : NULL);
    put_member("source", c->row ? tkc_prices_source(r->prices, c->row).what : NULL);
    put_member("format", tkc_usage_format_name(u->format));
    put_member("mode", tkc_mode_name(u->mode));
    if (u->repeats) printf(",\"repeats\":%zu", u->repeats);
    put_counts(u->n);
    fputs("}\n", stdout);
}

/* A line that could not be used. */
static void leave_out(run *r, const char *file, uint64_t line, const tkc_error *err)
{
    r->left_out++;
    if (r->a->on_error == ON_ERROR_SKIP && !r->stop) return;
    if (r->a->on_error == ON_ERROR_FAIL) r->stop = true;
    if (err->offset)
        cli_message("%s: line %llu, byte %zu: %s", file, (unsigned long long)line, err->offset, err->message);
    else
        cli_message("%s: line %llu: %s", file, (unsigned long long)line, err->message);
    if (r->a->jsonl && !r->stop) {
        printf("{\"line\":%llu,\"picodollars\":null,\"class\":\"unread\"", (unsigned long long)line);
        put_member("why", err->message);
        fputs("}\n", stdout);
    }
}

static bool is_blank(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != ' ' && s.ptr[i] != '\t' && s.ptr[i] != '\r') return false;
    return true;
}

static void one_line(run *r, const char *file, uint64_t line, tkc_str text)
{
    /* logs hold what a model wrote: a lone surrogate in a text is not the usage's fault */
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_error err = {0};
    tkc_usage u;
    tkc_cost c;
    group *g;
    tkc_status st;
    if (is_blank(text)) return;
    r->lines++;
    st = tkc_json_parse(&r->doc, text, &limits, &err);
    if (!st) st = tkc_usage_read(r->reader, &r->doc, (size_t)line, &u, &err);
    if (!st && u.format == TKC_USAGE_NONE) {
        r->ignored++;
        return;
    }
    if (!st && r->a->batch) u.mode = TKC_MODE_BATCH;
    if (!st) st = tkc_cost_of(r->prices, &u, &r->opt, &c, &err);
    if (!st && r->n_by) {
        st = values_of(r, file, &u, &c, &err);
        g = st ? NULL : find_group(r, &err);
        if (!st) st = g ? add_to(g, &u, &c, &err) : err.code;
    }
    if (!st) st = add_to(&r->total, &u, &c, &err);
    if (st) {
        leave_out(r, file, line, &err);
        return;
    }
    r->records++;
    if (u.repeats) r->repeated++;
    if (!u.repeats || c.cls == TKC_COST_UNPRICED) count_reason(r, &c);
    if (r->a->jsonl) put_line(r, line, &u, &c);
}

/* Reads a file line by line. False: it could not be read; that was said. */
static bool one_file(run *r, const char *path)
{
    tkc_error err = {0};
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    uint64_t line = 0;
    bool end = false, too_long = false;
    int fd = cli_open(path, &err);
    if (fd < 0) {
        cli_message_at(path, &err);
        return false;
    }
    tkc_buf_clear(&r->line);
    tkc_usage_reader_next_file(r->reader);
    while (!end && !r->stop) {
        size_t at = 0, scan = r->line.len;
        ptrdiff_t got;
        if (tkc_buf_reserve(&r->line, READ_STEP, &err)) goto failed;
        got = cli_read_some(fd, r->line.ptr + r->line.len, r->line.cap - r->line.len, &err);
        if (got < 0) goto failed;
        end = got == 0;
        r->line.len += (size_t)got;
        while (!r->stop) {
            const char *from = r->line.ptr + scan;
            const char *stop = memchr(from, '\n', r->line.len - scan);
            size_t to = stop ? (size_t)(stop - r->line.ptr) : r->line.len;
            if (!stop && !(end && to > at)) break;
            line++;
            if (too_long || to - at > MAX_LINE) {
                err = (tkc_error){0};
                (void)tkc_fail(&err, TKC_E_LIMIT, 0, "longer than %d MiB", MAX_LINE >> 20);
                r->lines++;
                leave_out(r, name, line, &err);
                too_long = false;
            } else {
                one_line(r, name, line, (tkc_str){r->line.ptr + at, to - at});
            }
            at = scan = stop ? to + 1 : to;
        }
        if (r->line.len - at > MAX_LINE) { /* forget it, but know that it was there */
            too_long = true;
            at = r->line.len;
        }
        r->line.len -= at;
        memmove(r->line.ptr, r->line.ptr + at, r->line.len);
        if (too_long && end && !r->stop) {
            err = (tkc_error){0};
            (void)tkc_fail(&err, TKC_E_LIMIT, 0, "longer than %d MiB", MAX_LINE >> 20);
            r->lines++;
            leave_out(r, name, line + 1, &err);
        }
    }
    cli_close(fd);
    return true;
failed:
    cli_close(fd);
    cli_message_at(path, &err);
    return false;
}

/* --- results ------------------------------------------------------------------------------- */

static int group_order(const void *a, const void *b)
{
    const group *x = a, *y = b;
    size_t n = x->value_len < y->value_len ? x->value_len : y->value_len;
    int c;
    if (x->money.pd != y->money.pd) return x->money.pd > y->money.pd ? -1 : 1;
    c = memcmp(x->value, y->value, n);
    return c ? c : x->value_len < y->value_len ? -1 : x->value_len > y->value_len;
}

static void put_group_json(const run *r, const group *g, bool total)
{
    char digits[TKC_MONEY_SIZE], dollars[TKC_MONEY_SIZE];
    const bool none = g->cls == TKC_COST_UNPRICED;
    const char *v = g->value;
    putchar('{');
    if (!total) {
        fputs("\"by\":{", stdout);
        for (size_t i = 0; i < r->n_by; i++, v += strlen(v) + 1) {
            if (i) putchar(',');
            cli_put_json_z(stdout, r->by[i]);
            putchar(':');
            cli_put_json_z(stdout, v);
        }
        fputs("},", stdout);
    }
    printf("\"records\":%llu,\"unpriced\":%llu,\"picodollars\":%s,\"dollars\":", (unsigned long long)g->records,
           (unsigned long long)g->unpriced, none ? "null" : tkc_money_digits(digits, g->money));
    if (none)
        fputs("null", stdout);
    else
        cli_put_json_z(stdout, tkc_money_dollars(dollars, g->money));
    put_member("class", tkc_cost_class_name(g->cls));
    put_counts(g->n);
    putchar('}');
}

static void put_json(const run *r, bool complete)
{
    char date[CLI_DATE_SIZE];
    fputs("{\"schema\":\"tokcount/cost/1\",\"prices_checked\":", stdout);
    cli_put_json_z(stdout, cli_prices_date(date, tkc_prices_checked()));
    put_member("asof", r->a->asof);
    fputs(",\"groups\":[", stdout);
    for (size_t i = 0; i < r->n_group; i++) {
        if (i) putchar(',');
        put_group_json(r, &r->group[i], false);
    }
    fputs("],\"total\":", stdout);
    put_group_json(r, &r->total, true);
    printf(",\"lines\":{\"read\":%llu,\"records\":%llu,\"repeated\":%llu,\"ignored\":%llu,\"left_out\":%llu}",
           (unsigned long long)r->lines, (unsigned long long)r->records,
           (unsigned long long)r->repeated, (unsigned long long)r->ignored,
           (unsigned long long)r->left_out);
    fputs(",\"reasons\":[", stdout);
    for (size_t i = 0; i < r->n_reason; i++) {
        printf("%s{\"records\":%llu", i ? "," : "", (unsigned long long)r->reason[i].records);
        put_member("class", tkc_cost_class_name(r->reason[i].cls));
        put_member("why", r->reason[i].why);
        putchar('}');
    }
    printf("],\"complete\":%s}\n", complete ? "true" : "false");
}

static uint64_t written_of(const group *g)
{
    return g->n[TKC_UNIT_WRITE_5M] + g->n[TKC_UNIT_WRITE_1H];
}

static uint64_t cached_of(const group *g)
{
    return g->n[TKC_UNIT_READ] + g->n[TKC_UNIT_AUDIO_READ] + g->n[TKC_UNIT_IMAGE_READ];
}

static uint64_t uncached_of(const group *g)
{
    return g->n[TKC_UNIT_INPUT] + g->n[TKC_UNIT_AUDIO_IN] + g->n[TKC_UNIT_IMAGE_IN] + g->n[TKC_UNIT_VIDEO_IN];
}

static uint64_t answer_of(const group *g)
{
    return g->n[TKC_UNIT_OUTPUT] + g->n[TKC_UNIT_REASONING] + g->n[TKC_UNIT_AUDIO_OUT] +
           g->n[TKC_UNIT_IMAGE_OUT] + g->n[TKC_UNIT_VIDEO_OUT];
}

/* Decimal points in one column: dollars are exact, so their decimals differ. */
static void put_table_row(const run *r, const group *g, size_t whole, size_t decimals, bool total)
{
    char buf[TKC_MONEY_SIZE];
    const char *d = tkc_money_dollars(buf, g->money), *point = strchr(d, '.'), *v = g->value;
    if (g->cls == TKC_COST_UNPRICED)
        printf("%*s%-*s", (int)(whole > 7 ? whole - 7 : 0), "", (int)decimals + 8, "unpriced");
    else
        printf("%*s%-*s", (int)(whole - (size_t)(point - d)), "", (int)((size_t)(point - d) + 1 + decimals), d);
    printf("  %-11s %9llu %12llu %12llu %12llu %12llu", tkc_cost_class_name(g->cls),
           (unsigned long long)g->records, (unsigned long long)uncached_of(g),
           (unsigned long long)cached_of(g), (unsigned long long)written_of(g),
           (unsigned long long)answer_of(g));
    if (total) {
        fputs("  total\n", stdout);
        return;
    }
    for (size_t i = 0; i < r->n_by; i++, v += strlen(v) + 1) {
        fputs("  ", stdout);
        cli_put_name(stdout, v);
    }
    putchar('\n');
}

static void put_table(const run *r)
{
    size_t whole = 7, decimals = 2;
    for (size_t i = 0; i <= r->n_group; i++) {
        char buf[TKC_MONEY_SIZE];
        const char *d = tkc_money_dollars(buf, i < r->n_group ? r->group[i].money : r->total.money);
        const char *point = strchr(d, '.');
        if ((size_t)(point - d) > whole) whole = (size_t)(point - d);
        if (strlen(point + 1) > decimals) decimals = strlen(point + 1);
    }
    printf("%*s%*s  %-11s %9s %12s %12s %12s %12s", (int)whole, "DOLLARS", (int)decimals + 1, "",
           "CLASS", "RECORDS", "INPUT", "CACHED", "WRITTEN", "OUTPUT");
    for (size_t i = 0; i < r->n_by; i++) printf("  %s", r->by[i]);
    putchar('\n');
    for (size_t i = 0; i < r->n_group; i++) put_table_row(r, &r->group[i], whole, decimals, false);
    if (r->n_group != 1) put_table_row(r, &r->total, whole, decimals, true);
}

static void put_notes(const run *r)
{
    if (r->left_out)
        cli_message("%llu of %llu lines could not be read and are left out: the totals are lower bounds",
                    (unsigned long long)r->left_out, (unsigned long long)r->lines);
    if (r->a->quiet) return;
    if (r->total.unpriced)
        cli_message("%llu of %llu records have no price: the totals are lower bounds",
                    (unsigned long long)r->total.unpriced, (unsigned long long)r->total.records);
    for (size_t i = 0; i < r->n_reason; i++)
        cli_message("%llu records %s: %s", (unsigned long long)r->reason[i].records,
                    tkc_cost_class_name(r->reason[i].cls), r->reason[i].why);
    if (r->other_reasons) cli_message("%llu records for other reasons", (unsigned long long)r->other_reasons);
}

static int price_log(run *r)
{
    const cli_args *a = r->a;
    bool ok = true;
    tkc_moment age;
    for (size_t i = 0; i < (a->n_operand ? a->n_operand : 1) && !r->stop; i++)
        ok = one_file(r, a->n_operand ? a->operand[i] : "-") && ok;
    if ((r->left_out || !ok) && r->total.cls < TKC_COST_LOWER_BOUND) r->total.cls = TKC_COST_LOWER_BOUND;
    if (r->left_out && a->on_error != ON_ERROR_SKIP) ok = false;
    if (r->stop) return EXIT_ERROR;
    if (r->n_group) qsort(r->group, r->n_group, sizeof *r->group, group_order);
    if (a->json)
        put_json(r, ok && !r->left_out);
    else if (!a->jsonl && (ok || r->total.records))
        put_table(r); /* of nothing but errors a table of zeros says nothing */
    put_notes(r);
    age = r->opt.asof.day ? r->opt.asof : r->opt.now;
    cli_prices_warn_age(a, age);
    if (a->require >= 0 && r->total.cls != TKC_COST_EXACT) {
        cli_message("--require: the total is %s", tkc_cost_class_name(r->total.cls));
        ok = false;
    }
    return ok ? EXIT_FINE : EXIT_ERROR;
}

/* --- one request -------------------------------------------------------------------------- */

/* The prompt of a request: how many tokens, and how sure that is. */
typedef struct prompt {
    uint64_t tokens, low, high;
    tkc_class cls;
    bool is_lower_bound; /* part of it cannot be seen in the file */
    bool is_given;       /* by --input: not counted */
} prompt;

/* Counts a request as "count --as request -m MODEL" does. model is NUL-terminated. */
static bool count_request(const cli_args *a, const tkc_request *q, const char *path, const char *model,
                          prompt *out)
{
    cli_pick pick = {true, model};
    const cli_args as_count = {.command = CMD_COUNT, .pick = &pick, .n_pick = 1, .require = -1, .quiet = true};
    cli_targets t = {0};
    tkc_calibrations all;
    tkc_encoder *e = NULL;
    tkc_request_count c;
    tkc_error err = {0};
    bool ok = false;
    tkc_request_count_init(&c, NULL);
    if (!cli_calibrations_open(&all, a)) {
        tkc_calibrations_release(&all);
        return false;
    }
    if (!cli_targets_open(&t, &as_count)) {
        cli_message("cost: the prompt cannot be counted for this model: give its tokens with --input N");
    } else if (tkc_encoder_new(&e, t.vocab[t.target[0].vocab], NULL, &err)) {
        cli_message("%s", err.message);
    } else {
        const tkc_count_target target = cli_count_target(&t, 0, e);
        if (tkc_count_request(&c, q, &target, &err)) {
            cli_message_at(path, &err);
        } else {
            const tkc_calibration *cal = cli_calibration_for(&all, &t.target[0]);
            if (cal) tkc_calibration_apply(cal, q, &c);
            *out = (prompt){c.sum.tokens, c.sum.low, c.sum.high, c.sum.cls, c.is_lower_bound, false};
            ok = true;
        }
    }
    tkc_calibrations_release(&all);
    tkc_request_count_release(&c);
    tkc_encoder_free(e);
    cli_targets_release(&t);
    return ok;
}

/* The prompt tokens of the request in a file (NULL: none), or --input. The file's own model
 * goes to *model unless one was named. False: it was said. */
static bool request_tokens(run *r, const char *path, tkc_str *model, prompt *out)
{
    tkc_request q;
    tkc_error err = {0};
    tkc_str own = {NULL, 0};
    bool ok = false;
    const uint64_t given = r->a->input;
    if (given != UINT64_MAX) *out = (prompt){given, given, given, TKC_CLASS_EXACT, false, true};
    if (!path) return true;
    tkc_request_init(&q, NULL);
    tkc_buf_clear(&r->line);
    tkc_buf_clear(&r->scratch);
    if (cli_path_read(path, &r->line, &err) ||
        tkc_request_read(&q, tkc_buf_str(&r->line), NULL, &err) ||
        tkc_request_model(&q, &r->scratch, &own, &err)) {
        cli_message_at(path, &err);
    } else if (q.n_request > 1) {
        cli_message("%s: %zu requests in one file; 'cost' prices one, 'count --as request' counts them",
                    path, q.n_request);
    } else {
        if (!model->len) *model = own;
        if (!model->len || model->len >= sizeof r->model) {
            cli_message("cost: %s names no model; give -m MODEL", path);
        } else {
            memcpy(r->model, model->ptr, model->len); /* the request is released below */
            r->model[model->len] = '\0';
            model->ptr = r->model;
            ok = out->is_given || count_request(r->a, &q, path, r->model, out);
        }
    }
    tkc_request_release(&q);
    return ok;
}

static void put_request(const run *r, const tkc_usage *u, const tkc_cost *c)
{
    char dollars[TKC_MONEY_SIZE], price[CLI_PRICE_SIZE];
    const tkc_money sum = {c->picodollars};
    printf("%-15s %12s %14s %20s\n", "", "TOKENS", "PER MILLION", "DOLLARS");
    for (int i = 0; i < TKC_N_UNIT; i++) {
        const tkc_money part = {c->part[i]};
        uint64_t p = tkc_price_of(c->row, (tkc_unit)i);
        if (!u->n[i] || (i == TKC_UNIT_REQUEST && p == TKC_NO_PRICE)) continue;
        printf("%-15s %12llu %14s %20s\n", tkc_unit_name((tkc_unit)i), (unsigned long long)u->n[i],
               p == TKC_NO_PRICE ? "-" : cli_prices_text(price, (tkc_unit)i, p),
               tkc_money_dollars(dollars, part));
    }
    printf("%-15s %12s %14s %20s\n", "total", "", "", tkc_money_dollars(dollars, sum));
    if (!r->a->quiet && c->why[0])
        cli_message("%s: %s", tkc_cost_class_name(c->cls), c->why);
}

static void put_request_json(const tkc_usage *u, const tkc_cost *c, const prompt *n, const tkc_cost range[2])
{
    char text[TKC_MONEY_SIZE], date[CLI_DATE_SIZE];
    const tkc_money sum = {c->picodollars};
    fputs("{\"schema\":\"tokcount/cost/1\",\"model\":", stdout);
    cli_put_json(stdout, u->model);
    put_member("provider", c->model.provider);
    put_member("matched", c->model.model);
    put_member("rule", c->model.model ? tkc_price_rule_name(c->model.rule) : NULL);
    put_member("mode", tkc_mode_name(u->mode));
    put_member("day", cli_prices_date(date, c->when.day));
    fputs(",\"picodollars\":", stdout);
    if (c->priced)
        fputs(tkc_money_digits(text, sum), stdout);
    else
        fputs("null", stdout);
    put_member("dollars", c->priced ? tkc_money_dollars(text, sum) : NULL);
    put_member("class", tkc_cost_class_name(c->cls));
    put_member("why", c->why);
    if (c->priced)
        printf(",\"low\":%llu,\"high\":%llu", (unsigned long long)range[0].picodollars,
               (unsigned long long)range[1].picodollars);
    printf(",\"prompt\":{\"tokens\":%llu,\"low\":%llu,\"high\":%llu,\"class\":\"%s\"}",
           (unsigned long long)n->tokens, (unsigned long long)n->low, (unsigned long long)n->high,
           n->is_given ? "given" : tkc_class_name(n->cls));
    fputs(",\"parts\":[", stdout);
    for (int i = 0, k = 0; i < TKC_N_UNIT && c->priced; i++) {
        if (!u->n[i] || (i == TKC_UNIT_REQUEST && !c->part[i])) continue;
        printf("%s{\"unit\":\"%s\",\"tokens\":%llu,\"picodollars\":%llu}", k++ ? "," : "",
               tkc_unit_name((tkc_unit)i), (unsigned long long)u->n[i], (unsigned long long)c->part[i]);
    }
    fputs("]}\n", stdout);
}

/* The cost with so many prompt tokens; the cached ones are never more than those. */
static bool request_cost(const run *r, tkc_usage *u, uint64_t tokens, tkc_cost *c)
{
    const uint64_t cached = r->a->cached == UINT64_MAX ? 0 : r->a->cached;
    tkc_error err = {0};
    u->n[TKC_UNIT_READ] = cached < tokens ? cached : tokens;
    u->n[TKC_UNIT_INPUT] = tokens - u->n[TKC_UNIT_READ];
    u->n[TKC_UNIT_OUTPUT] = r->a->out == UINT64_MAX ? 0 : r->a->out;
    u->n[TKC_UNIT_REQUEST] = 1;
    u->prompt = tokens;
    if (!tkc_cost_of(r->prices, u, &r->opt, c, &err)) return true;
    cli_message("%s", err.message);
    return false;
}

/* An unsure count makes an unsure cost. */
static void weaken(tkc_cost *c, const prompt *n)
{
    char why[120] = "";
    size_t have = strlen(c->why), len;
    if (n->is_given || !c->priced) return;
    if (n->cls != TKC_CLASS_EXACT) {
        snprintf(why, sizeof why, "the prompt's tokens are %s: %llu to %llu", tkc_class_name(n->cls),
                 (unsigned long long)n->low, (unsigned long long)n->high);
        if (c->cls < TKC_COST_ESTIMATE) c->cls = TKC_COST_ESTIMATE;
    }
    if (n->is_lower_bound) {
        snprintf(why, sizeof why, "part of the prompt cannot be seen in the file");
        c->cls = TKC_COST_LOWER_BOUND;
    }
    len = strlen(why);
    if (len && have + len + 3 <= sizeof c->why) snprintf(c->why + have, sizeof c->why - have, "%s%s", have ? "; " : "", why);
}

static int price_request(run *r)
{
    const cli_args *a = r->a;
    tkc_usage u = {.format = TKC_USAGE_OWN, .model = r->opt.model, .provider = r->opt.provider};
    tkc_cost c, range[2];
    prompt n = {0};
    if (a->n_operand > 1) {
        cli_message("cost: --out and --input price one request; leave the other files out");
        return EXIT_ERROR;
    }
    if (!a->n_operand && a->input == UINT64_MAX) {
        cli_message("cost: give the request's file, or the tokens of its prompt with --input N");
        return EXIT_ERROR;
    }
    if (!request_tokens(r, a->n_operand ? a->operand[0] : NULL, &u.model, &n)) return EXIT_ERROR;
    if (!u.model.len) {
        cli_message("cost: which model? Give -m MODEL");
        return EXIT_ERROR;
    }
    if (a->cached != UINT64_MAX && a->cached > n.high) {
        cli_message("cost: --cached %llu is more than the prompt's %llu tokens",
                    (unsigned long long)a->cached, (unsigned long long)n.high);
        return EXIT_ERROR;
    }
    if (a->batch) u.mode = TKC_MODE_BATCH;
    if (!request_cost(r, &u, n.low, &range[0]) || !request_cost(r, &u, n.high, &range[1]) ||
        !request_cost(r, &u, n.tokens, &c))
        return EXIT_ERROR;
    weaken(&c, &n);
    if (a->json)
        put_request_json(&u, &c, &n, range);
    else if (c.priced)
        put_request(r, &u, &c);
    cli_prices_warn_age(a, c.when);
    if (!c.priced) {
        cli_message("unpriced: %s", c.why);
        return EXIT_ERROR;
    }
    if (a->require >= 0 && c.cls != TKC_COST_EXACT) {
        cli_message("--require: the cost is %s", tkc_cost_class_name(c.cls));
        return EXIT_ERROR;
    }
    return EXIT_FINE;
}

/* --- the command --------------------------------------------------------------------------- */

static bool read_by(run *r)
{
    char *s;
    if (!r->a->by) return true;
    r->by_text = strdup(r->a->by);
    if (!r->by_text) {
        cli_message("out of memory");
        return false;
    }
    for (s = r->by_text; s;) {
        char *comma = strchr(s, ',');
        if (comma) *comma = '\0';
        if (!*s || r->n_by == MAX_BY) {
            cli_message("--by: give 1 to %d field names with commas between them, such as model,metadata.team",
                        MAX_BY);
            return false;
        }
        r->by[r->n_by++] = s;
        s = comma ? comma + 1 : NULL;
    }
    return true;
}

static tkc_str slice(const char *s)
{
    return (tkc_str){s ? s : "", s ? strlen(s) : 0};
}

int cmd_cost(const cli_args *a)
{
    run *r = calloc(1, sizeof *r);
    tkc_error err = {0};
    int status = EXIT_ERROR;
    if (!r) {
        cli_message("out of memory");
        return EXIT_ERROR;
    }
    r->a = a;
    r->opt = (tkc_cost_options){.struct_size = sizeof r->opt,
                                .now = cli_prices_now(),
                                .model = slice(a->n_pick ? a->pick[a->n_pick - 1].name : NULL),
                                .provider = slice(a->provider)};
    tkc_json_init(&r->doc, NULL);
    tkc_buf_init(&r->line, (size_t)MAX_LINE + 4 * READ_STEP, NULL);
    tkc_buf_init(&r->value, 1 << 20, NULL);
    tkc_buf_init(&r->scratch, 1 << 20, NULL);
    if (a->json && a->jsonl) {
        cli_message("cost: --json and --jsonl are two answers; give one");
    } else if (!cli_prices_asof(a, &r->opt.asof) || !read_by(r) || !cli_prices_open(&r->prices, a)) {
        status = EXIT_ERROR;
    } else if (tkc_usage_reader_new(&r->reader, NULL, &err)) {
        cli_message("%s", err.message);
    } else if (a->out != UINT64_MAX || a->input != UINT64_MAX) {
        status = price_request(r);
    } else if (a->cached != UINT64_MAX) {
        cli_message("cost: --cached is for one request: give --out N or --input N with it");
    } else if (a->n_operand || !cli_stdin_is_terminal(a)) {
        status = price_log(r);
    }
    for (size_t i = 0; i < r->n_group; i++) free(r->group[i].value);
    tkc_free(&tkc_malloc_allocator, r->group, r->cap_group, sizeof *r->group);
    free(r->slot);
    free(r->by_text);
    tkc_buf_release(&r->line);
    tkc_buf_release(&r->value);
    tkc_buf_release(&r->scratch);
    tkc_json_release(&r->doc);
    tkc_usage_reader_free(r->reader);
    tkc_prices_free(r->prices);
    free(r);
    return status;
}
