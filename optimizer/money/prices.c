/*
 * prices.c - the built-in price list and the looking up of names, days and tiers.
 *
 * The list is an array in order of provider and model, so a look-up is a binary search; price
 * files have arrays of their own in the same order. Names are compared in lower case.
 */
#include "optimizer/money/prices_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <string.h>

enum {
#define SOURCE(name, what, checked) SOURCE_##name,
#define PRICE(...)
#define PRICE_ALL(...)
#include "optimizer/money/prices_data.def"
#undef SOURCE
#undef PRICE
#undef PRICE_ALL
    N_SOURCE
};

static const tkc_price_source built_in_source[N_SOURCE] = {
#define SOURCE(name, what, checked) {what, checked},
#define PRICE(...)
#define PRICE_ALL(...)
#include "optimizer/money/prices_data.def"
#undef SOURCE
#undef PRICE
#undef PRICE_ALL
};

#define _ UINT32_MAX
#define CALL(x) ((x) == UINT32_MAX ? TKC_NO_PRICE : (uint64_t)(x))
#define ALWAYS 0, 0, 127
#define AT(first, last, days) first, last, days
#define ALL_DAYS 127
#define MON_FRI 31
#define STD TKC_MODE_STANDARD
#define BATCH TKC_MODE_BATCH
#define FLEX TKC_MODE_FLEX
#define PRIORITY TKC_MODE_PRIORITY
#define FAST TKC_MODE_FAST
#define DISAGREE TKC_PRICE_DISAGREE
#define PARTIAL TKC_PRICE_PARTIAL
/* One level of macro to take "when" apart. */
#define ROW(...) ROW_(__VA_ARGS__)
#define ROW_(p, m, md, ab, fr, to_, h1, h2, dy, src, fl, in, out, rd, w5, w1, rs, ai, ar, ao, ii,  \
             ir, io, vi, vo, st, rq, se)                                                           \
    {.provider = p,                                                                                \
     .model = m,                                                                                   \
     .token = {in, out, rd, w5, w1, rs, ai, ar, ao, ii, ir, io, vi, vo, st},                       \
     .call = {CALL(rq), CALL(se)},                                                                 \
     .from = fr,                                                                                   \
     .to = to_,                                                                                    \
     .above = ab,                                                                                  \
     .first = h1,                                                                                  \
     .last = h2,                                                                                   \
     .source = SOURCE_##src,                                                                       \
     .days = dy,                                                                                   \
     .mode = md,                                                                                   \
     .flags = fl},

static const tkc_price_row built_in[] = {
#define SOURCE(...)
#define PRICE(p, m, md, ab, fr, to_, when, src, fl, in, out, rd, w5, w1)                           \
    ROW(p, m, md, ab, fr, to_, when, src, fl, in, out, rd, w5, w1, _, _, _, _, _, _, _, _, _, _, _, _)
#define PRICE_ALL(p, m, md, ab, fr, to_, when, src, fl, ...)                                       \
    ROW(p, m, md, ab, fr, to_, when, src, fl, __VA_ARGS__)
#include "optimizer/money/prices_data.def"
#undef SOURCE
#undef PRICE
#undef PRICE_ALL
};
#undef _
enum { N_BUILT_IN = sizeof built_in / sizeof *built_in };

static const tkc_price_alias built_in_alias[] = {
#define ALIAS(provider, name, model) {provider, name, model},
#include "optimizer/money/prices_alias.def"
#undef ALIAS
};
enum { N_BUILT_IN_ALIAS = sizeof built_in_alias / sizeof *built_in_alias };

static const struct provider {
    const char *id;
    bool owner;
    const char *names, *next; /* blank-separated */
} providers[] = {
#define OWNER true
#define SELLER false
#define PROVIDER(id, owner, names, next) {id, owner, names, next},
#include "optimizer/money/prices_provider.def"
#undef PROVIDER
};
enum { N_PROVIDER = sizeof providers / sizeof *providers };

/* --- names of things -------------------------------------------------------------------- */

const char *tkc_unit_name(tkc_unit u)
{
    static const char *const name[TKC_N_UNIT] = {
        "input",        "output",      "cached",   "cache_write_5m", "cache_write_1h", "reasoning",
        "audio_input",  "audio_cached", "audio_output", "image_input", "image_cached",
        "image_output", "video_input", "video_output", "storage",    "request",        "search"};
    return (unsigned)u < TKC_N_UNIT ? name[u] : "?";
}

bool tkc_unit_is_input(tkc_unit u)
{
    switch (u) {
    case TKC_UNIT_INPUT:
    case TKC_UNIT_READ:
    case TKC_UNIT_WRITE_5M:
    case TKC_UNIT_WRITE_1H:
    case TKC_UNIT_AUDIO_IN:
    case TKC_UNIT_AUDIO_READ:
    case TKC_UNIT_IMAGE_IN:
    case TKC_UNIT_IMAGE_READ:
    case TKC_UNIT_VIDEO_IN: return true;
    default: return false;
    }
}

static const char *const mode_name[TKC_N_MODE] = {"standard", "batch", "flex", "priority", "fast"};

const char *tkc_mode_name(tkc_mode m)
{
    return (unsigned)m < TKC_N_MODE ? mode_name[m] : "?";
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(tkc_str a, const char *b)
{
    size_t n = strlen(b);
    if (a.len != n) return false;
    for (size_t i = 0; i < n; i++)
        if (lower(a.ptr[i]) != lower(b[i])) return false;
    return true;
}

bool tkc_mode_find(tkc_str name, tkc_mode *out)
{
    for (int m = 0; m < TKC_N_MODE; m++) {
        if (!same(name, mode_name[m])) continue;
        *out = (tkc_mode)m;
        return true;
    }
    return false;
}

const char *tkc_price_rule_name(tkc_price_rule r)
{
    static const char *const name[] = {"exact id", "alias", "dated suffix"};
    return (unsigned)r < sizeof name / sizeof *name ? name[r] : "?";
}

uint64_t tkc_price_of(const tkc_price_row *row, tkc_unit u)
{
    if (u >= TKC_N_TOKEN_UNIT) return row->call[u - TKC_N_TOKEN_UNIT];
    return row->token[u] == UINT32_MAX ? TKC_NO_PRICE : row->token[u];
}

/* --- moments: days by the civil calendar, as in ISO 8601 ---------------------------------- */

static bool leap(int y)
{
    return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

int64_t tkc_moment_days(uint32_t day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int y = (int)(day / 10000), m = (int)(day / 100 % 100), d = (int)(day % 100);
    int64_t past = y - 1;
    int64_t n = past * 365 + past / 4 - past / 100 + past / 400 - 719162; /* days before 1970 */
    if (m < 1 || m > 12) return 0;
    return n + before[m - 1] + (m > 2 && leap(y)) + d - 1;
}

tkc_moment tkc_moment_of_unix(int64_t seconds)
{
    enum { DAY = 86400 };
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days, rest;
    int y = 1970, m = 0;
    if (seconds < 0) seconds = 0;
    if (seconds > INT64_C(253402300799)) seconds = INT64_C(253402300799); /* end of 9999 */
    days = seconds / DAY;
    rest = seconds % DAY;
    tkc_moment out = {.minute = (int)(rest / 60), .weekday = (int)((days + 3) % 7)};
    y += (int)(days / 146097) * 400; /* whole turns of the calendar, then years one by one */
    days %= 146097;
    while (days >= 365 + leap(y)) days -= 365 + leap(y++);
    while (days >= length[m] + (m == 1 && leap(y))) days -= length[m] + (m == 1 && leap(y)), m++;
    out.day = (uint32_t)(y * 10000 + (m + 1) * 100 + (int)days + 1);
    return out;
}

bool tkc_moment_of_date(tkc_str text, tkc_moment *out)
{
    uint32_t v = 0;
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-') return false;
    for (size_t i = 0; i < 10; i++) {
        if (i == 4 || i == 7) continue;
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        v = v * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    if (v < 19700101 || v / 100 % 100 < 1 || v / 100 % 100 > 12 || v % 100 < 1) return false;
    *out = tkc_moment_of_unix(tkc_moment_days(v) * 86400);
    out->minute = -1;
    return out->day == v; /* not so for the 31st of April */
}

/* --- the object --------------------------------------------------------------------------- */

tkc_status tkc_prices_new(tkc_prices **out, const tkc_allocator *alloc, tkc_error *err)
{
    tkc_prices *p;
    alloc = tkc_allocator_or_default(alloc);
    p = tkc_alloc_zero(alloc, 1, sizeof *p);
    if (!p) return tkc_nomem(err);
    p->alloc = alloc;
    *out = p;
    return TKC_OK;
}

void tkc_prices_free(tkc_prices *p)
{
    if (!p) return;
    for (tkc_price_block *b = p->block, *next; b; b = next) {
        next = b->next;
        tkc_free(p->alloc, b, 1, sizeof *b + b->size);
    }
    tkc_free(p->alloc, p->row, p->cap_row, sizeof *p->row);
    tkc_free(p->alloc, p->alias, p->cap_alias, sizeof *p->alias);
    tkc_free(p->alloc, p->source, p->cap_source, sizeof *p->source);
    tkc_free(p->alloc, p, 1, sizeof *p);
}

const char *tkc_prices_string(tkc_prices *p, const char *s, size_t len, bool to_lower)
{
    enum { BLOCK = 16 << 10 };
    tkc_price_block *b = p->block;
    char *to;
    if (!b || b->size - b->used < len + 1) {
        size_t size = len + 1 > BLOCK ? len + 1 : BLOCK;
        b = tkc_alloc(p->alloc, 1, sizeof *b + size);
        if (!b) return NULL;
        *b = (tkc_price_block){.next = p->block, .size = size};
        p->block = b;
    }
    to = (char *)(b + 1) + b->used;
    for (size_t i = 0; i < len; i++) to[i] = to_lower ? lower(s[i]) : s[i];
    to[len] = '\0';
    b->used += len + 1;
    return to;
}

uint16_t tkc_prices_first_source(void)
{
    return N_SOURCE;
}

const tkc_price_row *tkc_prices_at(const tkc_prices *p, size_t i)
{
    if (i < p->n_row) return &p->row[i];
    i -= p->n_row;
    return i < N_BUILT_IN ? &built_in[i] : NULL;
}

tkc_price_source tkc_prices_source(const tkc_prices *p, const tkc_price_row *row)
{
    if (row->source < N_SOURCE) return built_in_source[row->source];
    return p->source[row->source - N_SOURCE];
}

uint32_t tkc_prices_checked(void)
{
    uint32_t oldest = UINT32_MAX;
    for (int i = 0; i < N_SOURCE; i++) {
        tkc_moment m;
        const char *s = built_in_source[i].checked;
        if (tkc_moment_of_date((tkc_str){s, strlen(s)}, &m) && m.day < oldest) oldest = m.day;
    }
    return oldest;
}

/* --- names ------------------------------------------------------------------------------- */

static int compare(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)lower(a[i]), y = (unsigned char)b[i];
        if (x != y) return x < y ? -1 : 1;
        if (x == 0) return 0;
    }
    return a[n] == '\0' ? 0 : 1;
}

int tkc_price_row_order(const void *a, const void *b)
{
    const tkc_price_row *x = a, *y = b;
    int c = strcmp(x->provider, y->provider);
    for (size_t i = 0; c == 0; i++) {
        c = (unsigned char)lower(x->model[i]) - (unsigned char)lower(y->model[i]);
        if (x->model[i] == '\0') break;
    }
    return c;
}

static int file_order(const void *a, const void *b)
{
    const tkc_price_row *x = a, *y = b;
    int c = tkc_price_row_order(a, b);
    return c ? c : x->order < y->order ? -1 : x->order > y->order;
}

static int alias_order(const void *a, const void *b)
{
    const tkc_price_alias *x = a, *y = b;
    int c = strcmp(x->provider, y->provider);
    if (c == 0) c = strcmp(x->name, y->name);
    return c ? c : strcmp(x->model, y->model);
}

/* Heap sort: in place, no recursion, never worse than n log n. */
static void sort(void *base, size_t n, size_t size, int (*order)(const void *, const void *))
{
    char *a = base, hold[sizeof(tkc_price_row)];
    for (size_t start = n / 2, end = n; end > 1;) {
        size_t root;
        if (start > 0) {
            start--;
        } else {
            end--;
            memcpy(hold, a + end * size, size);
            memcpy(a + end * size, a, size);
            memcpy(a, hold, size);
        }
        for (root = start; root * 2 + 1 < end;) {
            size_t child = root * 2 + 1;
            if (child + 1 < end && order(a + child * size, a + (child + 1) * size) < 0) child++;
            if (order(a + root * size, a + child * size) >= 0) break;
            memcpy(hold, a + root * size, size);
            memcpy(a + root * size, a + child * size, size);
            memcpy(a + child * size, hold, size);
            root = child;
        }
    }
}

void tkc_prices_sort(tkc_prices *p)
{
    sort(p->row, p->n_row, sizeof *p->row, file_order);
    sort(p->alias, p->n_alias, sizeof *p->alias, alias_order);
}

/* The first row of provider and model (n bytes, lower case) in rows; n_row if there is none. */
static size_t first_row(const tkc_price_row *rows, size_t n_row, const char *provider,
                        const char *model, size_t n)
{
    size_t lo = 0, hi = n_row;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strcmp(rows[mid].provider, provider);
        if (c == 0) c = compare(rows[mid].model, model, n);
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < n_row && strcmp(rows[lo].provider, provider) == 0 &&
        compare(rows[lo].model, model, n) == 0)
        return lo;
    return n_row;
}

static const tkc_price_alias *find_alias(const tkc_price_alias *list, size_t n_list,
                                         const char *provider, const char *name, size_t n)
{
    size_t lo = 0, hi = n_list;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strcmp(list[mid].provider, provider);
        if (c == 0) c = compare(list[mid].name, name, n);
        if (c == 0) return &list[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static bool digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9') return false;
    return true;
}

static bool month_day(const char *month, const char *day)
{
    if (!digits(month, 2) || !digits(day, 2)) return false;
    int m = (month[0] - '0') * 10 + month[1] - '0', d = (day[0] - '0') * 10 + day[1] - '0';
    return m >= 1 && m <= 12 && d >= 1 && d <= 31;
}

/* tools/dev/make_prices.py strips the same. */
size_t tkc_price_undated(const char *name, size_t n)
{
    const char *end = name + n;
    if (n > 11 && end[-11] == '-' && end[-10] == '2' && end[-9] == '0' && digits(end - 8, 2) &&
        end[-6] == '-' && end[-3] == '-' && month_day(end - 5, end - 2))
        return n - 11;
    if (n > 9 && (end[-9] == '-' || end[-9] == '@') && end[-8] == '2' && end[-7] == '0' &&
        digits(end - 6, 2) && month_day(end - 4, end - 2))
        return n - 9;
    if (n > 14 && memcmp(end - 14, "-preview-", 9) == 0 && end[-3] == '-' &&
        month_day(end - 5, end - 2))
        return n - 14;
    return n;
}

size_t tkc_price_without_revision(const char *name, size_t n)
{
    if (n > 5 && name[n - 2] == ':' && digits(name + n - 1, 1)) n -= 2;
    if (n > 3 && name[n - 3] == '-' && name[n - 2] == 'v' && digits(name + n - 1, 1)) n -= 3;
    return n;
}

/* The listed id of exactly this name at a provider, else of the model it is another name for. */
static const char *listed(const tkc_prices *p, const char *provider, const char *name, size_t n,
                          bool *alias)
{
    size_t i = first_row(p->row, p->n_row, provider, name, n);
    const tkc_price_alias *a;
    *alias = false;
    if (i < p->n_row) return p->row[i].model;
    *alias = true;
    a = find_alias(p->alias, p->n_alias, provider, name, n);
    if (a) return a->model;
    *alias = false;
    i = first_row(built_in, N_BUILT_IN, provider, name, n);
    if (i < N_BUILT_IN) return built_in[i].model;
    *alias = true;
    a = find_alias(built_in_alias, N_BUILT_IN_ALIAS, provider, name, n);
    return a ? a->model : NULL;
}

static bool find_at(const tkc_prices *p, const char *provider, const char *name, size_t n,
                    tkc_price_model *out)
{
    const size_t plain = tkc_price_without_revision(name, n), bare = tkc_price_undated(name, plain);
    const size_t tries[] = {n, plain, bare, tkc_price_without_revision(name, bare)};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        bool alias;
        const char *model;
        if (i && tries[i] == tries[i - 1]) continue;
        model = listed(p, provider, name, tries[i], &alias);
        if (!model) continue;
        *out = (tkc_price_model){provider, model, i     ? TKC_PRICE_DATED
                                                  : alias ? TKC_PRICE_ALIAS
                                                          : TKC_PRICE_EXACT};
        return true;
    }
    return false;
}

static const struct provider *provider_row(const char *id)
{
    for (size_t i = 0; i < N_PROVIDER; i++)
        if (strcmp(providers[i].id, id) == 0) return &providers[i];
    return NULL;
}

/* The id in a sorted list of rows, whatever its case. */
static const char *provider_in(const tkc_price_row *rows, size_t n, tkc_str name)
{
    const char *last = "";
    for (size_t i = 0; i < n; i++) {
        if (rows[i].provider == last || strcmp(rows[i].provider, last) == 0) continue;
        last = rows[i].provider;
        if (same(name, last)) return last;
    }
    return NULL;
}

const char *tkc_prices_provider(const tkc_prices *p, tkc_str name)
{
    const char *id = NULL;
    for (size_t i = 0; i < N_PROVIDER; i++) /* logs name it by its id: a fifth of what a record of a log cost were the words below */
        if (same(name, providers[i].id)) return providers[i].id;
    for (size_t i = 0; i < N_PROVIDER && !id; i++) {
        for (const char *s = providers[i].names; *s && !id;) {
            size_t n = strcspn(s, " ");
            char word[64];
            if (n < sizeof word) {
                memcpy(word, s, n);
                word[n] = '\0';
                if (same(name, word)) id = providers[i].id;
            }
            s += n + (s[n] == ' ');
        }
    }
    if (!id) id = provider_in(p->row, p->n_row, name);
    return id ? id : provider_in(built_in, N_BUILT_IN, name);
}

/* At the providers whose models this one sells at their price. */
static bool find_next(const tkc_prices *p, const char *id, const char *name, size_t n,
                      tkc_price_model *out)
{
    const struct provider *row = provider_row(id);
    for (const char *s = row ? row->next : ""; *s;) {
        size_t len = strcspn(s, " ");
        for (size_t i = 0; i < N_PROVIDER; i++)
            if (strlen(providers[i].id) == len && memcmp(providers[i].id, s, len) == 0 &&
                find_at(p, providers[i].id, name, n, out))
                return true;
        s += len + (s[len] == ' ');
    }
    return false;
}

/* At a provider, then where it sells from. "azure/gpt-4o" at azure is gpt-4o. */
static bool find_with_next(const tkc_prices *p, const char *id, const char *name, size_t n,
                           tkc_price_model *out)
{
    const char *slash = memchr(name, '/', n);
    if (find_at(p, id, name, n, out) || find_next(p, id, name, n, out)) return true;
    if (slash) {
        const char *prefix = tkc_prices_provider(p, (tkc_str){name, (size_t)(slash - name)});
        size_t skip = (size_t)(slash - name) + 1;
        if (prefix && strcmp(prefix, id) == 0)
            return find_at(p, id, slash + 1, n - skip, out) ||
                   find_next(p, id, slash + 1, n - skip, out);
    }
    return false;
}

/* How many providers list exactly this name; *out is the first. */
static size_t sellers(const tkc_prices *p, const char *name, size_t n, bool files_only,
                      tkc_price_model *out)
{
    size_t found = 0, end = files_only ? p->n_row : p->n_row + N_BUILT_IN;
    for (size_t i = 0; i < end; i++) {
        const tkc_price_row *r = tkc_prices_at(p, i);
        if (compare(r->model, name, n) != 0) continue;
        if (found && strcmp(out->provider, r->provider) == 0) continue;
        if (!found) *out = (tkc_price_model){r->provider, r->model, TKC_PRICE_EXACT};
        found++;
    }
    for (size_t i = 0; i < p->n_alias && !found; i++)
        if (compare(p->alias[i].name, name, n) == 0) {
            *out = (tkc_price_model){p->alias[i].provider, p->alias[i].model, TKC_PRICE_ALIAS};
            found++;
        }
    return found;
}

/* "anthropic.claude-...", "us.anthropic.claude-...", "us-gov.amazon...": as Bedrock names models, and nobody else. */
static bool is_bedrocks(const char *name, size_t n)
{
    size_t i = 0;
    while (i < n && (tkc_is_lower(name[i]) || (i && name[i] == '-'))) i++;
    return i && i + 1 < n && name[i] == '.' && tkc_is_lower(name[i + 1]);
}

static tkc_status without_provider(const tkc_prices *p, const char *name, size_t n,
                                   tkc_price_model *out, tkc_error *err)
{
    const char *slash = memchr(name, '/', n);
    size_t owners = 0, count;
    tkc_price_model got;
    if (sellers(p, name, n, true, out) == 1) return TKC_OK; /* the user's own rows first */
    for (size_t i = 0; i < N_PROVIDER; i++) {
        tkc_price_model owners_own;
        if (!providers[i].owner || !find_at(p, providers[i].id, name, n, &got)) continue;
        /* Google sells Claude: the name is Anthropic's */
        if (find_next(p, providers[i].id, name, n, &owners_own)) continue;
        if (owners == 0 || got.rule < out->rule) {
            *out = got;
            owners = 1;
        } else if (got.rule == out->rule) {
            owners++;
        }
    }
    if (owners == 1) return TKC_OK;
    if (owners == 0 && slash) {
        const char *id = tkc_prices_provider(p, (tkc_str){name, (size_t)(slash - name)});
        size_t skip = (size_t)(slash - name) + 1;
        if (id && find_with_next(p, id, slash + 1, n - skip, out)) return TKC_OK;
    }
    if (owners == 0 && is_bedrocks(name, n) && find_with_next(p, "aws", name, n, out)) return TKC_OK;
    count = owners ? owners : sellers(p, name, n, false, out);
    if (count == 1) return TKC_OK;
    {
        char q[TKC_QUOTE_SIZE];
        tkc_quote(q, name, n);
        if (count > 1)
            return tkc_fail(err, TKC_E_NOTFOUND, 0, "%zu providers sell '%s': give the provider, such as %s",
                            count, q, out->provider);
        return tkc_fail(err, TKC_E_NOTFOUND, 0, "no price for '%s'", q);
    }
}

tkc_status tkc_prices_resolve(const tkc_prices *p, tkc_str provider, tkc_str model,
                              tkc_price_model *out, tkc_error *err)
{
    static const char models[] = "models/";
    char all[TKC_PRICE_NAME_MAX + 1], q[TKC_QUOTE_SIZE];
    const char *name = all, *id;
    size_t n = model.len;
    if (n == 0) return tkc_fail(err, TKC_E_NOTFOUND, 0, "no model is named");
    if (n > TKC_PRICE_NAME_MAX || memchr(model.ptr, '\0', n))
        return tkc_fail(err, TKC_E_NOTFOUND, 0, "no price for '%s'", tkc_quote(q, model.ptr, n));
    for (size_t i = 0; i < n; i++) all[i] = lower(model.ptr[i]);
    all[n] = '\0';
    /* Gemini's "models/gemini-2.5-pro", Vertex' "publishers/google/models/gemini-2.5-pro" */
    {
        const char *at = strstr(all, models);
        if (at && (at == all || at[-1] == '/') && at[sizeof models - 1]) {
            name = at + sizeof models - 1;
            n -= (size_t)(name - all);
        }
    }
    if (provider.len == 0) {
        tkc_status st = without_provider(p, name, n, out, err);
        if (st == TKC_OK || name == all) return st;
        return without_provider(p, all, model.len, out, err); /* "accounts/fireworks/models/..." */
    }
    id = tkc_prices_provider(p, provider);
    if (!id)
        return tkc_fail(err, TKC_E_NOTFOUND, 0, "no provider '%s' in the price list",
                        tkc_quote(q, provider.ptr, provider.len));
    if (find_with_next(p, id, all, model.len, out)) return TKC_OK;
    if (name != all && find_with_next(p, id, name, n, out)) return TKC_OK;
    return tkc_fail(err, TKC_E_NOTFOUND, 0, "no price for '%s' at %s",
                    tkc_quote(q, model.ptr, model.len), id);
}

/* --- which row ------------------------------------------------------------------------- */

static bool holds_on(const tkc_price_row *r, tkc_mode mode, uint32_t day)
{
    return r->mode == mode && (r->from == 0 || day >= r->from) && (r->to == 0 || day < r->to);
}

static bool holds_at(const tkc_price_row *r, tkc_moment when)
{
    if (!(r->days >> when.weekday & 1)) return false;
    if (r->last < r->first) return when.minute >= r->first || when.minute < r->last;
    return when.minute >= r->first && when.minute < r->last;
}

static bool has_hours(const tkc_price_row *r)
{
    return r->first != r->last || r->days != 127;
}

/* The best of the rows from first on that are of the same model; NULL if none holds. */
static const tkc_price_row *best(const tkc_price_row *rows, size_t n_row, size_t first,
                                 tkc_mode mode, tkc_moment when, uint64_t prompt, bool *hours_open)
{
    const tkc_price_row *found = NULL;
    for (size_t i = first; i < n_row && tkc_price_row_order(&rows[i], &rows[first]) == 0; i++) {
        const tkc_price_row *r = &rows[i];
        if (!holds_on(r, mode, when.day)) continue;
        if (r->above && prompt <= r->above) continue;
        if (has_hours(r)) {
            bool whole_day = r->first == r->last;
            if (when.minute < 0 && !whole_day) {
                *hours_open = true;
                continue;
            }
            if (whole_day ? !(r->days >> when.weekday & 1) : !holds_at(r, when)) continue;
        }
        if (!found || has_hours(r) > has_hours(found) ||
            (has_hours(r) == has_hours(found) && r->above >= found->above))
            found = r;
    }
    return found;
}

static const tkc_price_row *find_mode(const tkc_prices *p, const tkc_price_model *m, tkc_mode mode,
                                      tkc_moment when, uint64_t prompt, bool *hours_open)
{
    char name[TKC_PRICE_NAME_MAX + 1];
    size_t n = strlen(m->model), first;
    if (n > TKC_PRICE_NAME_MAX) return NULL;
    for (size_t i = 0; i <= n; i++) name[i] = lower(m->model[i]);
    *hours_open = false;
    first = first_row(p->row, p->n_row, m->provider, name, n);
    if (first < p->n_row) {
        const tkc_price_row *r = best(p->row, p->n_row, first, mode, when, prompt, hours_open);
        if (r) return r;
        *hours_open = false;
    }
    first = first_row(built_in, N_BUILT_IN, m->provider, name, n);
    if (first == N_BUILT_IN) return NULL;
    return best(built_in, N_BUILT_IN, first, mode, when, prompt, hours_open);
}

tkc_status tkc_prices_find(const tkc_prices *p, const tkc_price_model *m, tkc_mode mode,
                           tkc_moment when, uint64_t prompt_tokens, tkc_price_hit *out,
                           tkc_error *err)
{
    tkc_price_hit hit = {0};
    hit.row = find_mode(p, m, mode, when, prompt_tokens, &hit.hours_open);
    if (!hit.row && mode != TKC_MODE_STANDARD) {
        hit.no_mode = true;
        hit.row = find_mode(p, m, TKC_MODE_STANDARD, when, prompt_tokens, &hit.hours_open);
    }
    if (!hit.row)
        return tkc_fail(err, TKC_E_NOTFOUND, 0, "%s has no price on %04u-%02u-%02u", m->model,
                        when.day / 10000, when.day / 100 % 100, when.day % 100);
    *out = hit;
    return TKC_OK;
}
