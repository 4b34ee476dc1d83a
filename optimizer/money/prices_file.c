/*
 * prices_file.c - price files of the user's: YAML (libyaml) or JSON.
 *
 * Both are read as the same few things: keys and scalars of one row after the other. A file is
 * taken whole or not at all. Strict on purpose: a key nobody knows is a misspelt price.
 */
#include "optimizer/money/prices_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/json.h"

#include <string.h>
#include <yaml.h>

enum { MAX_ROWS = 200000, MAX_SOURCES = 60000 };

enum {
    KEY_PROVIDER = TKC_N_UNIT, /* below: the key of that unit */
    KEY_MODEL,
    KEY_ALIASES,
    KEY_MODE,
    KEY_ABOVE,
    KEY_VALID_FROM,
    KEY_VALID_TO,
    KEY_HOURS,
    KEY_DAYS,
    KEY_SOURCE,
    KEY_CHECKED,
    N_KEY
};

static const char *key_name(int key)
{
    static const char *const name[] = {"provider",   "model",    "aliases", "mode",   "above",
                                       "valid_from", "valid_to", "hours",   "days",   "source",
                                       "checked"};
    return key < TKC_N_UNIT ? tkc_unit_name((tkc_unit)key) : name[key - TKC_N_UNIT];
}

typedef struct builder {
    tkc_prices *p;
    tkc_error *err;
    size_t line, offset; /* of what is being read, line from 1 */
    size_t row_line, row_offset;
    tkc_price_row row;
    tkc_price_source source;
    const char *id; /* of the provider, as in the list */
    size_t first_alias; /* of this row */
    uint64_t seen;  /* keys of this row */
} builder;

static tkc_status bad(const builder *b, const char *what, tkc_str value)
{
    char q[TKC_QUOTE_SIZE];
    return tkc_fail(b->err, TKC_E_FORMAT, b->offset, "line %zu: %s: '%s'", b->line, what,
                    tkc_quote(q, value.ptr, value.len));
}

/* "2.50" * 10^decimals, exactly. */
static tkc_status decimal(const builder *b, tkc_str v, int decimals, uint64_t most, uint64_t *out)
{
    uint64_t n = 0;
    size_t i = 0;
    int left = decimals;
    if (v.len && v.ptr[0] == '-') return bad(b, "a price cannot be negative", v);
    for (; i < v.len && v.ptr[i] >= '0' && v.ptr[i] <= '9'; i++)
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(v.ptr[i] - '0'), &n))
            return bad(b, "a price too large", v);
    if (i == 0) return bad(b, "a price is a plain decimal number such as 2.50", v);
    if (i < v.len && v.ptr[i] == '.' && i + 1 < v.len) {
        for (i++; i < v.len && v.ptr[i] >= '0' && v.ptr[i] <= '9'; i++) {
            if (left == 0 && v.ptr[i] != '0')
                return bad(b, decimals == 6 ? "more than six decimals: a token costs a whole "
                                              "number of picodollars"
                                            : "more than twelve decimals",
                           v);
            if (left == 0) continue;
            left--;
            if (__builtin_mul_overflow(n, 10, &n) ||
                __builtin_add_overflow(n, (uint64_t)(v.ptr[i] - '0'), &n))
                return bad(b, "a price too large", v);
        }
    }
    if (i < v.len) return bad(b, "a price is a plain decimal number such as 2.50", v);
    for (; left > 0; left--)
        if (__builtin_mul_overflow(n, 10, &n)) return bad(b, "a price too large", v);
    if (n > most) return bad(b, "a price too large", v);
    *out = n;
    return TKC_OK;
}

static tkc_status set_price(builder *b, tkc_unit u, tkc_str v)
{
    uint64_t n;
    bool call = u >= TKC_N_TOKEN_UNIT;
    tkc_status st =
        decimal(b, v, call ? 12 : 6, call ? TKC_NO_PRICE - 1 : (uint64_t)UINT32_MAX - 1, &n);
    if (st) return st;
    if (call)
        b->row.call[u - TKC_N_TOKEN_UNIT] = n;
    else
        b->row.token[u] = (uint32_t)n;
    return TKC_OK;
}

static tkc_status keep(builder *b, tkc_str v, bool lower, const char **out)
{
    if (v.len > TKC_PRICE_NAME_MAX) return bad(b, "a name above 200 bytes", v);
    if (v.len == 0 || memchr(v.ptr, '\0', v.len)) return bad(b, "a name was expected", v);
    *out = tkc_prices_string(b->p, v.ptr, v.len, lower);
    return *out ? TKC_OK : tkc_nomem(b->err);
}

/* "01:00" or "1:30", also "24:00". */
static bool clock_time(const char *s, size_t n, uint16_t *out)
{
    int h = 0, m = 0;
    size_t colon = 0;
    while (colon < n && s[colon] != ':') colon++;
    if (colon < 1 || colon > 2 || n != colon + 3) return false;
    for (size_t i = 0; i < n; i++) {
        if (i == colon) continue;
        if (s[i] < '0' || s[i] > '9') return false;
        if (i < colon)
            h = h * 10 + s[i] - '0';
        else
            m = m * 10 + s[i] - '0';
    }
    if (h > 24 || m > 59 || (h == 24 && m)) return false;
    *out = (uint16_t)(h * 60 + m);
    return true;
}

static tkc_status set_hours(builder *b, tkc_str v)
{
    const char *dash = v.len ? memchr(v.ptr, '-', v.len) : NULL;
    size_t n = dash ? (size_t)(dash - v.ptr) : 0;
    if (!dash || !clock_time(v.ptr, n, &b->row.first) ||
        !clock_time(dash + 1, v.len - n - 1, &b->row.last) || b->row.first == b->row.last ||
        b->row.first == 1440)
        return bad(b, "hours are like 01:00-04:00, UTC", v);
    return TKC_OK;
}

static int weekday(const char *s, size_t n)
{
    static const char name[] = "montuewedthufrisatsun";
    for (int i = 0; i < 7 && n == 3; i++)
        if (memcmp(name + 3 * i, s, 3) == 0) return i;
    return -1;
}

static tkc_status set_days(builder *b, tkc_str v)
{
    int from, to;
    if (v.len == 3) {
        from = to = weekday(v.ptr, 3);
    } else {
        from = v.len == 7 && v.ptr[3] == '-' ? weekday(v.ptr, 3) : -1;
        to = v.len == 7 ? weekday(v.ptr + 4, 3) : -1;
    }
    if (from < 0 || to < 0) return bad(b, "days are like mon-fri or sat", v);
    b->row.days = 0;
    for (int d = from;; d = (d + 1) % 7) {
        b->row.days = (uint8_t)(b->row.days | 1 << d);
        if (d == to) break;
    }
    return TKC_OK;
}

static tkc_status set_date(const builder *b, tkc_str v, uint32_t *out)
{
    tkc_moment m;
    if (!tkc_moment_of_date(v, &m)) return bad(b, "a date is like 2026-11-01", v);
    *out = m.day;
    return TKC_OK;
}

static tkc_status add_alias(builder *b, tkc_str v)
{
    tkc_prices *p = b->p;
    const char *name = NULL;
    tkc_status st = keep(b, v, true, &name);
    if (st) return st;
    if (!tkc_grow(p->alloc, &p->alias, &p->cap_alias, p->n_alias + 1, SIZE_MAX / 64,
                  sizeof *p->alias))
        return tkc_nomem(b->err);
    p->alias[p->n_alias++] = (tkc_price_alias){.name = name};
    return TKC_OK;
}

static tkc_status set_scalar(builder *b, int key, tkc_str v)
{
    uint32_t day;
    uint64_t n;
    tkc_mode mode;
    tkc_status st = TKC_OK;
    if (key < TKC_N_UNIT) return set_price(b, (tkc_unit)key, v);
    switch (key) {
    case KEY_PROVIDER:
        b->id = tkc_prices_provider(b->p, v);
        if (!b->id) st = keep(b, v, true, &b->id);
        break;
    case KEY_MODEL: return keep(b, v, false, &b->row.model);
    case KEY_ALIASES: return add_alias(b, v);
    case KEY_MODE:
        if (!tkc_mode_find(v, &mode))
            return bad(b, "the mode is one of standard, batch, flex, priority, fast", v);
        b->row.mode = (uint8_t)mode;
        break;
    case KEY_ABOVE:
        st = decimal(b, v, 0, UINT32_MAX, &n);
        if (!st) b->row.above = (uint32_t)n;
        break;
    case KEY_VALID_FROM: return set_date(b, v, &b->row.from);
    case KEY_VALID_TO: return set_date(b, v, &b->row.to);
    case KEY_HOURS: return set_hours(b, v);
    case KEY_DAYS: return set_days(b, v);
    case KEY_SOURCE: return keep(b, v, false, &b->source.what);
    case KEY_CHECKED:
        st = set_date(b, v, &day);
        if (!st) st = keep(b, v, false, &b->source.checked);
        break;
    default: break;
    }
    return st;
}

static tkc_status find_key(builder *b, tkc_str v, int *out)
{
    char q[TKC_QUOTE_SIZE];
    for (int k = 0; k < N_KEY; k++) {
        const char *name = key_name(k);
        if (strlen(name) != v.len || memcmp(name, v.ptr, v.len) != 0) continue;
        if (b->seen >> k & 1) return bad(b, "the key stands twice", v);
        b->seen |= UINT64_C(1) << k;
        *out = k;
        return TKC_OK;
    }
    return tkc_fail(b->err, TKC_E_FORMAT, b->offset,
                    "line %zu: unknown key '%s'; prices are input, output, cached, cache_write_5m, "
                    "cache_write_1h, reasoning and others",
                    b->line, tkc_quote(q, v.ptr, v.len));
}

static void row_begin(builder *b)
{
    b->row = (tkc_price_row){.days = 127, .flags = TKC_PRICE_USER};
    for (int i = 0; i < TKC_N_TOKEN_UNIT; i++) b->row.token[i] = UINT32_MAX;
    for (int i = 0; i < TKC_N_UNIT - TKC_N_TOKEN_UNIT; i++) b->row.call[i] = TKC_NO_PRICE;
    b->source = (tkc_price_source){"price file", ""};
    b->id = NULL;
    b->seen = 0;
    b->first_alias = b->p->n_alias;
    b->row_line = b->line;
    b->row_offset = b->offset;
}

static tkc_status row_end(builder *b)
{
    tkc_prices *p = b->p;
    const uint64_t units = (UINT64_C(1) << TKC_N_UNIT) - 1;
    const char *what = !b->id                 ? "the row needs a provider"
                       : !b->row.model        ? "the row needs a model"
                       : !(b->seen & units)   ? "the row needs a price, such as input: 2.50"
                       : b->row.to && b->row.to <= b->row.from
                           ? "valid_to is not behind valid_from"
                           : NULL;
    const tkc_price_source *last = p->n_source ? &p->source[p->n_source - 1] : NULL;
    if (what)
        return tkc_fail(b->err, TKC_E_FORMAT, b->row_offset, "line %zu: %s", b->row_line, what);
    if (p->n_row >= MAX_ROWS)
        return tkc_fail(b->err, TKC_E_LIMIT, b->row_offset, "line %zu: more than %d rows",
                        b->row_line, MAX_ROWS);
    if (!last || strcmp(last->what, b->source.what) != 0 ||
        strcmp(last->checked, b->source.checked) != 0) {
        if (p->n_source >= MAX_SOURCES)
            return tkc_fail(b->err, TKC_E_LIMIT, b->row_offset, "line %zu: more than %d sources",
                            b->row_line, MAX_SOURCES);
        if (!tkc_grow(p->alloc, &p->source, &p->cap_source, p->n_source + 1, MAX_SOURCES,
                      sizeof *p->source))
            return tkc_nomem(b->err);
        p->source[p->n_source++] = b->source;
    }
    if (!tkc_grow(p->alloc, &p->row, &p->cap_row, p->n_row + 1, MAX_ROWS, sizeof *p->row))
        return tkc_nomem(b->err);
    b->row.provider = b->id;
    b->row.order = (uint32_t)p->n_row;
    b->row.source = (uint16_t)(tkc_prices_first_source() + p->n_source - 1);
    p->row[p->n_row++] = b->row;
    for (size_t i = b->first_alias; i < p->n_alias; i++) {
        p->alias[i].provider = b->id;
        p->alias[i].model = b->row.model;
    }
    return TKC_OK;
}

/* --- JSON -------------------------------------------------------------------------------- */

static void json_at(builder *b, const tkc_json *d, uint32_t i)
{
    size_t to = d->node[i].begin;
    for (; b->offset < to; b->offset++) b->line += d->text.ptr[b->offset] == '\n';
}

static tkc_status json_scalar(builder *b, const tkc_json *d, uint32_t i, int key, tkc_buf *scratch)
{
    tkc_str v = tkc_json_source(d, i);
    tkc_json_kind kind = tkc_json_kind_of(d, i);
    json_at(b, d, i);
    if (kind == TKC_JSON_STRING) {
        tkc_status st;
        tkc_buf_clear(scratch);
        st = tkc_json_string(d, i, scratch, &v, b->err);
        if (st) return st;
    } else if (kind != TKC_JSON_NUMBER) {
        return bad(b, key < TKC_N_UNIT ? "a price is a number" : "a text or a number was expected",
                   v);
    }
    return set_scalar(b, key, v);
}

static tkc_status json_row(builder *b, const tkc_json *d, uint32_t row, tkc_buf *scratch)
{
    json_at(b, d, row);
    if (tkc_json_kind_of(d, row) != TKC_JSON_OBJECT)
        return bad(b, "a row is an object", tkc_json_source(d, row));
    row_begin(b);
    for (uint32_t k = tkc_json_first(d, row); k != TKC_JSON_NONE;
         k = tkc_json_next_member(d, row, k)) {
        uint32_t v = tkc_json_value(d, k);
        tkc_str name;
        tkc_status st;
        int key;
        json_at(b, d, k);
        tkc_buf_clear(scratch);
        st = tkc_json_string(d, k, scratch, &name, b->err);
        if (!st) st = find_key(b, name, &key);
        if (!st && key == KEY_ALIASES && tkc_json_kind_of(d, v) == TKC_JSON_ARRAY) {
            for (uint32_t i = tkc_json_first(d, v); i != TKC_JSON_NONE && !st;
                 i = tkc_json_next(d, v, i))
                st = json_scalar(b, d, i, key, scratch);
        } else if (!st) {
            st = json_scalar(b, d, v, key, scratch);
        }
        if (st) return st;
    }
    return row_end(b);
}

static tkc_status read_json(builder *b, tkc_str text)
{
    tkc_json d;
    tkc_buf scratch;
    uint32_t list = TKC_JSON_NONE;
    tkc_status st;
    tkc_json_init(&d, b->p->alloc);
    tkc_buf_init(&scratch, 1 << 20, b->p->alloc);
    st = tkc_json_parse(&d, text, NULL, b->err);
    if (st == TKC_E_FORMAT) { /* the line as well */
        tkc_error why = *b->err;
        for (size_t i = 0; i < why.offset && i < text.len; i++) b->line += text.ptr[i] == '\n';
        st = tkc_fail(b->err, TKC_E_FORMAT, why.offset, "line %zu: %.200s", b->line, why.message);
    }
    if (st) goto out;
    b->offset = 0;
    for (uint32_t k = tkc_json_first(&d, 0); k != TKC_JSON_NONE && !st;
         k = tkc_json_next_member(&d, 0, k)) {
        json_at(b, &d, k);
        if (tkc_json_is(&d, k, "prices") && list == TKC_JSON_NONE)
            list = tkc_json_value(&d, k);
        else if (!tkc_json_is(&d, k, "schema"))
            st = bad(b, "the file holds \"prices\", once, and nothing else",
                     tkc_json_source(&d, k));
    }
    if (st) goto out;
    if (list == TKC_JSON_NONE || tkc_json_kind_of(&d, list) != TKC_JSON_ARRAY) {
        st = tkc_fail(b->err, TKC_E_FORMAT, 0, "line 1: no list \"prices\"");
        goto out;
    }
    b->line = 1; /* "schema" may stand behind "prices" */
    b->offset = 0;
    for (uint32_t i = tkc_json_first(&d, list); i != TKC_JSON_NONE && !st;
         i = tkc_json_next(&d, list, i))
        st = json_row(b, &d, i, &scratch);
out:
    tkc_buf_release(&scratch);
    tkc_json_release(&d);
    return st;
}

/* --- YAML -------------------------------------------------------------------------------- */

typedef struct yaml {
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    builder *b;
} yaml;

static tkc_str scalar_of(const yaml *y)
{
    return (tkc_str){(const char *)y->event.data.scalar.value, y->event.data.scalar.length};
}

/* The next event, of a kind we take. */
static tkc_status next(yaml *y)
{
    builder *b = y->b;
    if (y->has_event) yaml_event_delete(&y->event);
    y->has_event = false;
    if (!yaml_parser_parse(&y->parser, &y->event)) {
        if (y->parser.error == YAML_MEMORY_ERROR) return tkc_nomem(b->err);
        return tkc_fail(b->err, TKC_E_FORMAT, y->parser.problem_offset,
                        "line %zu: not YAML: %s", y->parser.problem_mark.line + 1,
                        y->parser.problem ? y->parser.problem : "unreadable");
    }
    y->has_event = true;
    b->line = y->event.start_mark.line + 1;
    b->offset = y->event.start_mark.index;
    if (y->event.type == YAML_ALIAS_EVENT ||
        (y->event.type == YAML_SCALAR_EVENT && y->event.data.scalar.anchor) ||
        (y->event.type == YAML_MAPPING_START_EVENT && y->event.data.mapping_start.anchor) ||
        (y->event.type == YAML_SEQUENCE_START_EVENT && y->event.data.sequence_start.anchor))
        return tkc_fail(b->err, TKC_E_FORMAT, b->offset,
                        "line %zu: anchors and aliases are not read; write the values out",
                        b->line);
    return TKC_OK;
}

static tkc_status expected(const yaml *y, const char *what)
{
    return tkc_fail(y->b->err, TKC_E_FORMAT, y->b->offset, "line %zu: %s was expected", y->b->line,
                    what);
}

static tkc_status next_is(yaml *y, yaml_event_type_t type, const char *what)
{
    tkc_status st = next(y);
    return st || y->event.type == type ? st : expected(y, what);
}

static tkc_status yaml_aliases(yaml *y)
{
    for (;;) {
        tkc_status st = next(y);
        if (st || y->event.type == YAML_SEQUENCE_END_EVENT) return st;
        if (y->event.type != YAML_SCALAR_EVENT) return expected(y, "a name");
        st = set_scalar(y->b, KEY_ALIASES, scalar_of(y));
        if (st) return st;
    }
}

static tkc_status yaml_row(yaml *y)
{
    builder *b = y->b;
    row_begin(b);
    for (;;) {
        int key = 0;
        tkc_status st = next(y);
        if (st) return st;
        if (y->event.type == YAML_MAPPING_END_EVENT) return row_end(b);
        if (y->event.type != YAML_SCALAR_EVENT) return expected(y, "a key");
        st = find_key(b, scalar_of(y), &key);
        if (!st) st = next(y);
        if (st) return st;
        if (key == KEY_ALIASES && y->event.type == YAML_SEQUENCE_START_EVENT)
            st = yaml_aliases(y);
        else if (y->event.type == YAML_SCALAR_EVENT)
            st = set_scalar(b, key, scalar_of(y));
        else
            st = expected(y, "a value on the line of its key");
        if (st) return st;
    }
}

static tkc_status yaml_rows(yaml *y)
{
    for (;;) {
        tkc_status st = next(y);
        if (st || y->event.type == YAML_SEQUENCE_END_EVENT) return st;
        if (y->event.type != YAML_MAPPING_START_EVENT) return expected(y, "a row (\"- provider: ...\")");
        st = yaml_row(y);
        if (st) return st;
    }
}

static tkc_status yaml_file(yaml *y)
{
    bool seen = false;
    tkc_status st = next_is(y, YAML_STREAM_START_EVENT, "text");
    if (!st) st = next_is(y, YAML_DOCUMENT_START_EVENT, "\"prices:\"");
    if (!st) st = next_is(y, YAML_MAPPING_START_EVENT, "\"prices:\"");
    while (!st) {
        tkc_str name;
        st = next(y);
        if (st || y->event.type == YAML_MAPPING_END_EVENT) break;
        if (y->event.type != YAML_SCALAR_EVENT) return expected(y, "\"prices:\"");
        name = scalar_of(y);
        if (name.len == 6 && memcmp(name.ptr, "prices", 6) == 0 && !seen) {
            seen = true;
            st = next_is(y, YAML_SEQUENCE_START_EVENT, "a list of rows (\"- provider: ...\")");
            if (!st) st = yaml_rows(y);
        } else if (name.len == 6 && memcmp(name.ptr, "schema", 6) == 0) {
            st = next_is(y, YAML_SCALAR_EVENT, "the schema's name");
        } else {
            return bad(y->b, "the file holds \"prices:\", once, and nothing else", name);
        }
    }
    if (!st && !seen) return expected(y, "\"prices:\"");
    if (!st) st = next_is(y, YAML_DOCUMENT_END_EVENT, "the end");
    if (!st) st = next_is(y, YAML_STREAM_END_EVENT, "one document");
    return st;
}

static tkc_status read_yaml(builder *b, tkc_str text)
{
    yaml y = {.b = b};
    tkc_status st;
    if (!yaml_parser_initialize(&y.parser)) return tkc_nomem(b->err);
    yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)text.ptr, text.len);
    st = yaml_file(&y);
    if (y.has_event) yaml_event_delete(&y.event);
    yaml_parser_delete(&y.parser);
    return st;
}

tkc_status tkc_prices_add(tkc_prices *p, tkc_str text, tkc_error *err)
{
    size_t n_row = p->n_row, n_alias = p->n_alias, n_source = p->n_source, i = 0;
    tkc_error own = {0};
    builder b = {.p = p, .err = err ? err : &own, .line = 1};
    tkc_status st;
    while (i < text.len && tkc_is_space(text.ptr[i])) i++;
    if (i == text.len) return tkc_fail(err, TKC_E_FORMAT, 0, "line 1: an empty price file");
    st = text.ptr[i] == '{' || text.ptr[i] == '[' ? read_json(&b, text) : read_yaml(&b, text);
    if (st) {
        p->n_row = n_row;
        p->n_alias = n_alias;
        p->n_source = n_source;
        return st;
    }
    tkc_prices_sort(p);
    return TKC_OK;
}
