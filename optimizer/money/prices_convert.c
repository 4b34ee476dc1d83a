/*
 * prices_convert.c - three foreign shapes, one writer.
 *
 * Prices are moved as decimals, never through binary fractions: the digits and the exponent of
 * the JSON number are shifted to dollars per million tokens and cut at six decimals, which is
 * a whole picodollar a token.
 */
#include "optimizer/money/prices_convert.h"

#include "vocab/base/error.h"
#include "vocab/base/json.h"
#include "vocab/base/json_edit.h"

#include <string.h>

enum { N_PRICE = 8 }; /* of a row */

typedef struct converter {
    const tkc_json *d;
    tkc_buf *out;
    tkc_prices_converted *what;
    tkc_error *err;
    tkc_buf scratch;
    tkc_str provider, model; /* of the rows being written, as JSON strings' contents */
    const char *source;
} converter;

/* From this day on, until that day no longer; empty: without end. */
typedef struct days {
    tkc_str from, to;
} days;
static const days always;

/* One price of a row: our unit, their key. */
typedef struct field {
    const char *unit, *key;
} field;

static uint32_t member(const tkc_json *d, uint32_t o, const char *key)
{
    if (o == TKC_JSON_NONE || tkc_json_kind_of(d, o) != TKC_JSON_OBJECT) return TKC_JSON_NONE;
    return tkc_json_get(d, o, key, NULL);
}

static bool is_kind(const tkc_json *d, uint32_t node, tkc_json_kind k)
{
    return node != TKC_JSON_NONE && tkc_json_kind_of(d, node) == k;
}

/* --- decimals ----------------------------------------------------------------------------- */

/* number * 10^shift in millionths, rounded half up; *rounded: that changed it. False: negative
 * or above 9 * 10^15. */
static bool decimal(tkc_str s, int shift, uint64_t *out, bool *rounded)
{
    uint64_t n = 0;
    int point = 0, exponent = 0, sign = 1, digits = 0;
    bool behind = false, rest = false, half = false;
    size_t i = 0;
    if (i < s.len && s.ptr[i] == '-') return false;
    for (; i < s.len && (s.ptr[i] == '.' || (s.ptr[i] >= '0' && s.ptr[i] <= '9')); i++) {
        if (s.ptr[i] == '.') {
            behind = true;
            continue;
        }
        if (digits == 18) { /* more than any price has */
            rest = rest || s.ptr[i] != '0';
            point += !behind;
            continue;
        }
        n = n * 10 + (uint64_t)(s.ptr[i] - '0');
        digits += n > 0;
        point -= behind;
    }
    if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        i++;
        if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-')) sign = s.ptr[i++] == '-' ? -1 : 1;
        for (; i < s.len && exponent < 10000; i++) exponent = exponent * 10 + (s.ptr[i] - '0');
    }
    exponent = point + sign * exponent + shift + 6;
    for (; n && exponent > 0; exponent--)
        if (__builtin_mul_overflow(n, 10, &n)) return false;
    for (; n && exponent < 0; exponent++) {
        rest = rest || half;
        half = n % 10 >= 5;
        rest = rest || n % 10 != (half ? 5u : 0u);
        n /= 10;
        if (exponent == -1) {
            *rounded = rest || half;
            n += half;
        }
    }
    *out = n;
    return n <= UINT64_C(9000000000000000);
}

/* --- writing ------------------------------------------------------------------------------ */

static tkc_status put(converter *c, const char *s)
{
    return tkc_buf_append(c->out, s, strlen(s), c->err);
}

static tkc_status put_string(converter *c, const char *key, tkc_str s)
{
    tkc_status st = put(c, key);
    return st ? st : tkc_json_append_text(c->out, s, c->err);
}

static tkc_status put_whole(converter *c, uint64_t v)
{
    char text[24];
    size_t n = sizeof text;
    do text[--n] = (char)('0' + v % 10);
    while (v /= 10);
    return tkc_buf_append(c->out, text + n, sizeof text - n, c->err);
}

/* genai-prices' {"base": 1, "tiers": [{"start": 200000, "price": 2}]}: the price above so many
 * tokens; the base where no tier begins there. */
static uint32_t tiered(const tkc_json *d, uint32_t v, uint64_t above)
{
    uint32_t tiers = member(d, v, "tiers");
    uint64_t start;
    if (above && is_kind(d, tiers, TKC_JSON_ARRAY))
        for (uint32_t t = tkc_json_first(d, tiers); t != TKC_JSON_NONE; t = tkc_json_next(d, tiers, t)) {
            uint32_t s = member(d, t, "start");
            if (s != TKC_JSON_NONE && tkc_json_u64(d, s, &start) && start == above) return member(d, t, "price");
        }
    return member(d, v, "base");
}

/* A row from the members of `from`: nothing where none is a price, or all are 0. more is what
 * else the row says (",\"mode\":\"batch\""). */
static tkc_status put_row(converter *c, uint32_t from, const field *f, size_t n, int shift,
                          const char *more, uint64_t above, days valid)
{
    uint64_t price[N_PRICE];
    bool has[N_PRICE] = {false}, any = false;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < n; i++) {
        uint32_t v = member(c->d, from, f[i].key);
        bool rounded = false;
        if (is_kind(c->d, v, TKC_JSON_OBJECT)) v = tiered(c->d, v, above);
        if (v == TKC_JSON_NONE || tkc_json_kind_of(c->d, v) == TKC_JSON_NULL) continue;
        if (!is_kind(c->d, v, TKC_JSON_NUMBER) ||
            !decimal(tkc_json_source(c->d, v), shift, &price[i], &rounded))
            return tkc_fail(c->err, TKC_E_FORMAT, c->d->node[v].begin,
                            "a price that is negative, too large or no number: %s", f[i].key);
        if (price[i] > UINT32_MAX - 1) {
            c->what->left_out++;
            return TKC_OK;
        }
        has[i] = true;
        any = any || price[i];
        c->what->rounded += rounded;
    }
    if (!any) {
        if (!above && !*more) c->what->unpriced++;
        return TKC_OK;
    }
    st = put(c, c->what->rows++ ? ",\n" : "\n");
    if (!st) st = put_string(c, "{\"provider\":", c->provider);
    if (!st) st = put_string(c, ",\"model\":", c->model);
    if (!st) st = put(c, more);
    if (!st && above) st = put(c, ",\"above\":");
    if (!st && above) st = put_whole(c, above);
    if (!st && valid.from.len) st = put_string(c, ",\"valid_from\":", valid.from);
    if (!st && valid.to.len) st = put_string(c, ",\"valid_to\":", valid.to);
    for (size_t i = 0; i < n && !st; i++) {
        char tail[8];
        uint64_t rest = price[i] % 1000000;
        if (!has[i]) continue;
        st = put(c, ",\"");
        if (!st) st = put(c, f[i].unit);
        if (!st) st = put(c, "\":\"");
        if (!st) st = put_whole(c, price[i] / 1000000);
        tail[0] = '.';
        for (int k = 6; k >= 1; k--, rest /= 10) tail[k] = (char)('0' + rest % 10);
        tail[7] = '\0';
        if (!st) st = put(c, tail);
        if (!st) st = put(c, "\"");
    }
    if (!st) st = put_string(c, ",\"source\":", (tkc_str){c->source, strlen(c->source)});
    return st ? st : put(c, "}");
}

/* --- litellm ------------------------------------------------------------------------------ */

static const field litellm_field[] = {{"input", "input_cost_per_token"},
                                      {"output", "output_cost_per_token"},
                                      {"cached", "cache_read_input_token_cost"},
                                      {"cache_write_5m", "cache_creation_input_token_cost"},
                                      {"cache_write_1h", "cache_creation_input_token_cost_above_1hr"},
                                      {"reasoning", "output_cost_per_reasoning_token"},
                                      {"audio_input", "input_cost_per_audio_token"},
                                      {"audio_output", "output_cost_per_audio_token"}};
enum { N_LITELLM = sizeof litellm_field / sizeof *litellm_field };

static tkc_status litellm_variant(converter *c, uint32_t row, const char *suffix, const char *more,
                                  uint64_t above)
{
    char key[N_LITELLM][100];
    field f[4];
    for (size_t i = 0; i < 4; i++) { /* the first four have variants */
        size_t n = strlen(litellm_field[i].key), m = strlen(suffix);
        memcpy(key[i], litellm_field[i].key, n);
        memcpy(key[i] + n, suffix, m + 1);
        f[i] = (field){litellm_field[i].unit, key[i]};
    }
    return put_row(c, row, f, 4, 6, more, above, always);
}

static tkc_status litellm(converter *c)
{
    static const struct {
        const char *suffix, *more;
        uint64_t above;
    } variant[] = {{"_batches", ",\"mode\":\"batch\"", 0},
                   {"_priority", ",\"mode\":\"priority\"", 0},
                   {"_flex", ",\"mode\":\"flex\"", 0},
                   {"_above_128k_tokens", "", 128000},
                   {"_above_200k_tokens", "", 200000},
                   {"_above_272k_tokens", "", 272000}};
    const tkc_json *d = c->d;
    tkc_status st = TKC_OK;
    for (uint32_t k = tkc_json_first(d, 0); k != TKC_JSON_NONE && !st; k = tkc_json_next_member(d, 0, k)) {
        uint32_t row = tkc_json_value(d, k), p = member(d, row, "litellm_provider");
        tkc_str name;
        if (tkc_json_is(d, k, "sample_spec") || !is_kind(d, p, TKC_JSON_STRING)) continue;
        tkc_buf_clear(&c->scratch);
        if (tkc_buf_reserve(&c->scratch, d->node[k].end - d->node[k].begin + d->node[p].end - d->node[p].begin, c->err))
            return TKC_E_NOMEM; /* so that the two slices stay where they are */
        st = tkc_json_string(d, p, &c->scratch, &c->provider, c->err);
        if (!st) st = tkc_json_string(d, k, &c->scratch, &name, c->err);
        if (st) break;
        /* "openai/gpt-4o" of provider openai is gpt-4o */
        if (name.len > c->provider.len + 1 && name.ptr[c->provider.len] == '/' &&
            memcmp(name.ptr, c->provider.ptr, c->provider.len) == 0) {
            name.ptr += c->provider.len + 1;
            name.len -= c->provider.len + 1;
        }
        if (!name.len || name.len > 200 || !c->provider.len || c->provider.len > 200) {
            c->what->left_out++;
            continue;
        }
        c->model = name;
        st = put_row(c, row, litellm_field, N_LITELLM, 6, "", 0, always);
        for (size_t i = 0; i < sizeof variant / sizeof *variant && !st; i++)
            st = litellm_variant(c, row, variant[i].suffix, variant[i].more, variant[i].above);
    }
    return st;
}

/* --- models.dev --------------------------------------------------------------------------- */

static tkc_status names(converter *c, uint32_t provider, uint32_t model, bool *ok)
{
    tkc_status st;
    tkc_buf_clear(&c->scratch);
    st = tkc_buf_reserve(&c->scratch, c->d->node[provider].end - c->d->node[provider].begin +
                                          c->d->node[model].end - c->d->node[model].begin, c->err);
    if (!st) st = tkc_json_string(c->d, provider, &c->scratch, &c->provider, c->err);
    if (!st) st = tkc_json_string(c->d, model, &c->scratch, &c->model, c->err);
    *ok = !st && c->provider.len && c->provider.len <= 200 && c->model.len && c->model.len <= 200;
    if (!st && !*ok) c->what->left_out++;
    return st;
}

static tkc_status models_dev(converter *c)
{
    static const field f[] = {{"input", "input"},           {"output", "output"},
                              {"cached", "cache_read"},     {"cache_write_5m", "cache_write"},
                              {"reasoning", "reasoning"},   {"audio_input", "input_audio"},
                              {"audio_output", "output_audio"}};
    enum { N = sizeof f / sizeof *f };
    const tkc_json *d = c->d;
    tkc_status st = TKC_OK;
    for (uint32_t k = tkc_json_first(d, 0); k != TKC_JSON_NONE && !st; k = tkc_json_next_member(d, 0, k)) {
        uint32_t models = member(d, tkc_json_value(d, k), "models");
        if (!is_kind(d, models, TKC_JSON_OBJECT)) continue;
        for (uint32_t m = tkc_json_first(d, models); m != TKC_JSON_NONE && !st;
             m = tkc_json_next_member(d, models, m)) {
            uint32_t cost = member(d, tkc_json_value(d, m), "cost");
            bool ok;
            if (!is_kind(d, cost, TKC_JSON_OBJECT)) {
                c->what->unpriced++;
                continue;
            }
            st = names(c, k, m, &ok);
            if (st || !ok) continue;
            st = put_row(c, cost, f, N, 0, "", 0, always);
            if (!st && member(d, cost, "context_over_200k") != TKC_JSON_NONE)
                st = put_row(c, member(d, cost, "context_over_200k"), f, N, 0, "", 200000, always);
        }
    }
    return st;
}

/* --- genai-prices ------------------------------------------------------------------------- */

static tkc_status genai_prices(converter *c, uint32_t prices, days valid)
{
    static const field f[] = {{"input", "input_mtok"},
                              {"output", "output_mtok"},
                              {"cached", "cache_read_mtok"},
                              {"cache_write_5m", "cache_write_mtok"},
                              {"cache_write_1h", "cache_write_1h_mtok"},
                              {"audio_input", "input_audio_mtok"},
                              {"audio_output", "output_audio_mtok"}};
    enum { N = sizeof f / sizeof *f };
    const tkc_json *d = c->d;
    uint32_t tiers = member(d, member(d, prices, "input_mtok"), "tiers");
    tkc_status st = put_row(c, prices, f, N, 0, "", 0, valid);
    if (st || !is_kind(d, tiers, TKC_JSON_ARRAY)) return st;
    for (uint32_t t = tkc_json_first(d, tiers); t != TKC_JSON_NONE && !st; t = tkc_json_next(d, tiers, t)) {
        uint32_t s = member(d, t, "start");
        uint64_t start;
        if (s != TKC_JSON_NONE && tkc_json_u64(d, s, &start) && start && start <= UINT32_MAX)
            st = put_row(c, prices, f, N, 0, "", start, valid);
        else
            c->what->left_out++;
    }
    return st;
}

/* The first day of an entry; empty without one. False: it has another condition (hours). */
static bool start_of(const tkc_json *d, uint32_t entry, tkc_str *out)
{
    uint32_t when = member(d, entry, "constraint"), date = member(d, when, "start_date");
    *out = (tkc_str){"", 0};
    if (is_kind(d, date, TKC_JSON_STRING) && d->node[date].end - d->node[date].begin == 12) {
        *out = tkc_json_source(d, date);
        *out = (tkc_str){out->ptr + 1, out->len - 2};
        return true;
    }
    return !is_kind(d, when, TKC_JSON_OBJECT);
}

/* Entries with start days: each holds until the next one begins. Dates in this form sort as
 * texts do. */
static tkc_status genai_dated(converter *c, uint32_t prices)
{
    enum { MOST = 64 };
    const tkc_json *d = c->d;
    tkc_status st = TKC_OK;
    if (tkc_json_count(d, prices) > MOST) {
        c->what->left_out += tkc_json_count(d, prices);
        return TKC_OK;
    }
    for (uint32_t x = tkc_json_first(d, prices); x != TKC_JSON_NONE && !st; x = tkc_json_next(d, prices, x)) {
        days valid = {{"", 0}, {"", 0}};
        if (!start_of(d, x, &valid.from)) {
            c->what->left_out++;
            continue;
        }
        for (uint32_t y = tkc_json_first(d, prices); y != TKC_JSON_NONE; y = tkc_json_next(d, prices, y)) {
            tkc_str other;
            if (!start_of(d, y, &other) || !other.len) continue;
            if (valid.from.len && memcmp(other.ptr, valid.from.ptr, 10) <= 0) continue;
            if (!valid.to.len || memcmp(other.ptr, valid.to.ptr, 10) < 0) valid.to = other;
        }
        st = genai_prices(c, member(d, x, "prices"), valid);
    }
    return st;
}

static tkc_status genai(converter *c)
{
    const tkc_json *d = c->d;
    tkc_status st = TKC_OK;
    for (uint32_t p = tkc_json_first(d, 0); p != TKC_JSON_NONE && !st; p = tkc_json_next(d, 0, p)) {
        uint32_t id = member(d, p, "id"), models = member(d, p, "models");
        if (!is_kind(d, id, TKC_JSON_STRING) || !is_kind(d, models, TKC_JSON_ARRAY)) continue;
        for (uint32_t m = tkc_json_first(d, models); m != TKC_JSON_NONE && !st; m = tkc_json_next(d, models, m)) {
            uint32_t name = member(d, m, "id"), prices = member(d, m, "prices");
            bool ok;
            if (!is_kind(d, name, TKC_JSON_STRING) || prices == TKC_JSON_NONE) continue;
            st = names(c, id, name, &ok);
            if (st || !ok) continue;
            if (is_kind(d, prices, TKC_JSON_OBJECT)) {
                st = genai_prices(c, prices, always);
                continue;
            }
            if (!is_kind(d, prices, TKC_JSON_ARRAY)) continue;
            st = genai_dated(c, prices);
        }
    }
    return st;
}

/* --- which -------------------------------------------------------------------------------- */

static tkc_status (*shape_of(const tkc_json *d, const char **format))(converter *)
{
    if (tkc_json_kind_of(d, 0) == TKC_JSON_ARRAY) {
        uint32_t p = tkc_json_first(d, 0);
        if (!is_kind(d, member(d, p, "models"), TKC_JSON_ARRAY)) return NULL;
        *format = "genai-prices";
        return genai;
    }
    if (tkc_json_kind_of(d, 0) != TKC_JSON_OBJECT || member(d, 0, "prices") != TKC_JSON_NONE) return NULL;
    for (uint32_t k = tkc_json_first(d, 0); k != TKC_JSON_NONE; k = tkc_json_next_member(d, 0, k)) {
        uint32_t v = tkc_json_value(d, k);
        if (member(d, v, "litellm_provider") != TKC_JSON_NONE) {
            *format = "litellm";
            return litellm;
        }
        if (is_kind(d, member(d, v, "models"), TKC_JSON_OBJECT)) {
            *format = "models.dev";
            return models_dev;
        }
    }
    return NULL;
}

tkc_status tkc_prices_convert(tkc_str text, tkc_buf *out, tkc_prices_converted *what,
                              const tkc_allocator *alloc, tkc_error *err)
{
    tkc_json d;
    converter c = {.d = &d, .out = out, .what = what, .err = err};
    tkc_status (*convert)(converter *);
    size_t from = out->len;
    tkc_error ignored;
    tkc_status st;
    memset(what, 0, sizeof *what);
    tkc_json_init(&d, alloc);
    tkc_buf_init(&c.scratch, 1 << 20, d.alloc);
    st = tkc_json_parse(&d, text, NULL, &ignored);
    convert = st ? NULL : shape_of(&d, &what->format);
    if (st == TKC_E_NOMEM) {
        tkc_nomem(err);
    } else if (!convert) {
        st = TKC_E_NOTFOUND;
    } else {
        c.source = what->format;
        st = put(&c, "{\"schema\":\"tokcount/prices/1\",\"prices\":[");
        if (!st) st = convert(&c);
        if (!st) st = put(&c, "\n]}\n");
        if (!st && !what->rows)
            st = tkc_fail(err, TKC_E_FORMAT, 0, "a price list of %s without a price", what->format);
    }
    if (st) out->len = from;
    tkc_buf_release(&c.scratch);
    tkc_json_release(&d);
    return st;
}
