/*
 * usage.c - one line of a log to one record: which envelope it is, the model and time around
 * the usage, and what was counted by an earlier line already.
 *
 * A line is told by its fields, the most telling first. What has no usage by nature (a user's
 * turn in a session) is TKC_USAGE_NONE; what should have some and has not is an error.
 */
#include "optimizer/money/usage_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/sha256.h"

#include <string.h>

/* Requests are remembered in two generations of at most this many; the older one goes when the
 * newer is full. Repeated lines of a request follow each other closely, those of a resumed
 * session come with its next file. */
enum { GENERATION = 1 << 18, KEY = 16 };

typedef struct seen {
    unsigned char key[KEY];
    uint64_t line; /* 0: an empty place */
    uint64_t file;
    uint64_t n[7]; /* input, read, write 5m, write 1h, output, reasoning, search */
} seen;
static const tkc_unit seen_unit[7] = {TKC_UNIT_INPUT,  TKC_UNIT_READ,      TKC_UNIT_WRITE_5M, TKC_UNIT_WRITE_1H,
                                      TKC_UNIT_OUTPUT, TKC_UNIT_REASONING, TKC_UNIT_SEARCH};

typedef struct generation {
    seen *place;
    size_t cap, n; /* cap is a power of two, at most half full */
} generation;

enum { MAX_SESSIONS = 8, MAX_MODEL = 256 };

struct tkc_usage_reader {
    const tkc_allocator *alloc;
    tkc_buf model, provider, text;
    generation young, old;
    uint64_t file;
    struct codex {
        unsigned char session[MAX_SESSIONS][KEY]; /* ids this file names: its own, its parent's */
        size_t n_session;
        bool has_total;
        uint64_t total[TKC_N_UNIT];
        char model[MAX_MODEL];
        size_t model_len;
    } codex;
};

const char *tkc_usage_format_name(tkc_usage_format f)
{
    static const char *const name[] = {"none",    "own",     "chat",     "responses", "anthropic",
                                       "gemini",  "bedrock", "cohere",   "litellm",   "langfuse",
                                       "helicone", "otel",   "claude-code", "codex"};
    return (unsigned)f < sizeof name / sizeof *name ? name[f] : "?";
}

uint64_t tkc_usage_prompt(const tkc_usage *u)
{
    uint64_t sum = 0;
    for (int i = 0; i < TKC_N_TOKEN_UNIT; i++)
        if (tkc_unit_is_input((tkc_unit)i)) sum += u->n[i];
    return sum;
}

uint64_t tkc_usage_answer(const tkc_usage *u)
{
    uint64_t sum = 0;
    for (int i = 0; i < TKC_N_TOKEN_UNIT; i++)
        if (!tkc_unit_is_input((tkc_unit)i) && i != TKC_UNIT_STORAGE) sum += u->n[i];
    return sum;
}

/* --- the reader -------------------------------------------------------------------------- */

tkc_status tkc_usage_reader_new(tkc_usage_reader **out, const tkc_allocator *alloc, tkc_error *err)
{
    tkc_usage_reader *r;
    alloc = tkc_allocator_or_default(alloc);
    r = tkc_alloc_zero(alloc, 1, sizeof *r);
    if (!r) return tkc_nomem(err);
    r->alloc = alloc;
    tkc_buf_init(&r->model, 1 << 13, alloc);
    tkc_buf_init(&r->provider, 1 << 13, alloc);
    tkc_buf_init(&r->text, 1 << 13, alloc);
    *out = r;
    return TKC_OK;
}

void tkc_usage_reader_free(tkc_usage_reader *r)
{
    if (!r) return;
    tkc_buf_release(&r->model);
    tkc_buf_release(&r->provider);
    tkc_buf_release(&r->text);
    tkc_free(r->alloc, r->young.place, r->young.cap, sizeof *r->young.place);
    tkc_free(r->alloc, r->old.place, r->old.cap, sizeof *r->old.place);
    tkc_free(r->alloc, r, 1, sizeof *r);
}

void tkc_usage_reader_next_file(tkc_usage_reader *r)
{
    memset(&r->codex, 0, sizeof r->codex);
    r->file++;
}

static seen *find_in(const generation *g, const unsigned char *key)
{
    size_t at;
    if (!g->cap) return NULL;
    memcpy(&at, key, sizeof at);
    for (at &= g->cap - 1; g->place[at].line; at = (at + 1) & (g->cap - 1))
        if (memcmp(g->place[at].key, key, KEY) == 0) return &g->place[at];
    return NULL;
}

static seen *find_seen(const tkc_usage_reader *r, const unsigned char *key)
{
    seen *s = find_in(&r->young, key);
    return s ? s : find_in(&r->old, key);
}

static void put(generation *g, const seen *s)
{
    size_t at;
    memcpy(&at, s->key, sizeof at);
    for (at &= g->cap - 1; g->place[at].line; at = (at + 1) & (g->cap - 1)) continue;
    g->place[at] = *s;
    g->n++;
}

static tkc_status remember(tkc_usage_reader *r, const seen *s, tkc_error *err)
{
    generation *g = &r->young;
    if (g->n >= GENERATION) {
        tkc_free(r->alloc, r->old.place, r->old.cap, sizeof *r->old.place);
        r->old = *g;
        *g = (generation){0};
    }
    if (g->n * 2 >= g->cap) {
        generation more = {.cap = g->cap ? g->cap * 2 : 64};
        more.place = tkc_alloc_zero(r->alloc, more.cap, sizeof *more.place);
        if (!more.place) return tkc_nomem(err);
        for (size_t i = 0; i < g->cap; i++)
            if (g->place[i].line) put(&more, &g->place[i]);
        tkc_free(r->alloc, g->place, g->cap, sizeof *g->place);
        *g = more;
    }
    put(g, s);
    return TKC_OK;
}

/* The parts are hashed one by one, so that "ab" and "c" are not "a" and "bc". */
static void make_key(unsigned char out[KEY], char kind, tkc_str a, tkc_str b)
{
    enum { SHA = 32 };
    unsigned char parts[1 + 2 * SHA], digest[SHA];
    parts[0] = (unsigned char)kind;
    tkc_sha256(a, parts + 1);
    tkc_sha256(b, parts + 1 + SHA);
    tkc_sha256((tkc_str){(const char *)parts, sizeof parts}, digest);
    memcpy(out, digest, KEY);
}

/* Takes out of u what an earlier line of the same request said already. */
static tkc_status once(tkc_usage_reader *r, const unsigned char *key, size_t line_no, tkc_usage *u,
                       tkc_error *err)
{
    seen *s = find_seen(r, key);
    if (!s) {
        seen fresh = {.line = line_no ? line_no : 1, .file = r->file};
        memcpy(fresh.key, key, KEY);
        for (int i = 0; i < 7; i++) fresh.n[i] = u->n[seen_unit[i]];
        return remember(r, &fresh, err);
    }
    u->repeats = (size_t)s->line;
    for (int i = 0; i < TKC_N_UNIT; i++) {
        int k = 0;
        while (k < 7 && (int)seen_unit[k] != i) k++;
        if (k == 7) {
            u->n[i] = 0;
        } else if (u->n[i] > s->n[k]) { /* the answer grew while it was streamed */
            uint64_t all = u->n[i];
            u->n[i] -= s->n[k];
            s->n[k] = all;
        } else {
            u->n[i] = 0;
        }
    }
    return TKC_OK;
}

/* --- time --------------------------------------------------------------------------------- */

static bool number(tkc_str s, size_t at, size_t n, int *out)
{
    int v = 0;
    if (s.len < at + n) return false;
    for (size_t i = at; i < at + n; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
        v = v * 10 + (s.ptr[i] - '0');
    }
    *out = v;
    return true;
}

/* Seconds, milliseconds, microseconds or nanoseconds, by size: 10^11 seconds are the year
 * 5138, 10^11 milliseconds 1973. */
static bool numeric_time(double v, int64_t *out)
{
    if (!(v >= 0) || v >= 1e19) return false;
    if (v >= 1e17)
        v /= 1e9;
    else if (v >= 1e14)
        v /= 1e6;
    else if (v >= 1e11)
        v /= 1e3;
    *out = (int64_t)v;
    return true;
}

/* OTLP: nanoseconds as text. */
static bool digits_time(tkc_str s, int64_t *out)
{
    double v = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
        v = v * 10 + (s.ptr[i] - '0');
    }
    return s.len && s.len <= 20 && numeric_time(v, out);
}

bool tkc_usage_time(tkc_str s, int64_t *out, bool *has_hour)
{
    tkc_moment day;
    int h, m, sec = 0, zone_h = 0, zone_m = 0;
    size_t at = 16;
    *has_hour = true;
    if (digits_time(s, out)) return true;
    if (s.len < 10 || !tkc_moment_of_date((tkc_str){s.ptr, 10}, &day)) return false;
    *out = tkc_moment_days(day.day) * 86400;
    *has_hour = s.len > 10;
    if (s.len == 10) return true;
    if ((s.ptr[10] != 'T' && s.ptr[10] != ' ' && s.ptr[10] != 't') || !number(s, 11, 2, &h) ||
        s.len < 16 || s.ptr[13] != ':' || !number(s, 14, 2, &m) || h > 23 || m > 59)
        return false;
    if (s.len > at && s.ptr[at] == ':') {
        if (!number(s, at + 1, 2, &sec) || sec > 60) return false;
        at += 3;
        if (s.len > at && (s.ptr[at] == '.' || s.ptr[at] == ',')) {
            size_t from = ++at;
            while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9') at++;
            if (at == from) return false;
        }
    }
    *out += h * 3600 + m * 60 + sec;
    if (at < s.len && s.ptr[at] == ' ') at++;
    if (at == s.len) return true;
    if (s.ptr[at] == 'Z' || s.ptr[at] == 'z') return at + 1 == s.len;
    if (s.len - at == 3 && memcmp(s.ptr + at, "UTC", 3) == 0) return true;
    if (s.ptr[at] != '+' && s.ptr[at] != '-') return false;
    if (!number(s, at + 1, 2, &zone_h) || zone_h > 23) return false;
    if (s.len - at == 6 && s.ptr[at + 3] == ':') {
        if (!number(s, at + 4, 2, &zone_m)) return false;
    } else if (s.len - at == 5) {
        if (!number(s, at + 3, 2, &zone_m)) return false;
    } else if (s.len - at != 3) {
        return false;
    }
    if (zone_m > 59) return false;
    *out -= (s.ptr[at] == '-' ? -1 : 1) * (zone_h * 3600 + zone_m * 60);
    return *out >= 0;
}

static tkc_status read_time(tkc_usage_reader *r, tkc_usage_line *l, uint32_t node)
{
    const tkc_json *d = l->d;
    tkc_str s = {NULL, 0};
    char q[TKC_QUOTE_SIZE];
    double v;
    bool ok = false;
    if (node == TKC_JSON_NONE || l->u->has_at) return TKC_OK;
    if (tkc_json_kind_of(d, node) == TKC_JSON_NUMBER) {
        ok = tkc_json_double(d, node, &v) && numeric_time(v, &l->u->at);
        l->u->at_hour = true;
    } else if (tkc_json_kind_of(d, node) == TKC_JSON_STRING) {
        tkc_status st = tkc_usage_text(l, &r->text, node, &s);
        if (st) return st;
        if (s.len == 0) return TKC_OK;
        ok = tkc_usage_time(s, &l->u->at, &l->u->at_hour);
    }
    s = tkc_json_source(d, node);
    if (!ok)
        return tkc_fail(l->err, TKC_E_FORMAT, d->node[node].begin,
                        "not a time such as 2026-11-01T10:20:30Z: %s", tkc_quote(q, s.ptr, s.len));
    l->u->has_at = true;
    return TKC_OK;
}

/* --- what stands around the usage -------------------------------------------------------- */

static tkc_status first_text(tkc_usage_line *l, tkc_buf *buf, uint32_t object,
                             const char *const *key, size_t n, tkc_str *out)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < n && !st && out->len == 0; i++)
        st = tkc_usage_text(l, buf,
                            tkc_usage_get_kind(l->d, object, key[i], TKC_JSON_STRING), out);
    return st;
}

/* Model, provider, time and tier of an object, where they are not known yet. */
static tkc_status around(tkc_usage_reader *r, tkc_usage_line *l, uint32_t object)
{
    static const char *const model[] = {"model",          "modelVersion",  "model_version",
                                        "provided_model_name", "response_model", "request_model",
                                        "modelId"};
    static const char *const provider[] = {"provider", "custom_llm_provider"};
    static const char *const time[] = {"at",         "timestamp",  "created",    "created_at",
                                       "createTime", "create_time", "startTime", "start_time",
                                       "request_created_at", "startTimeUnixNano", "time"};
    tkc_status st;
    if (object == TKC_JSON_NONE || tkc_json_kind_of(l->d, object) != TKC_JSON_OBJECT) return TKC_OK;
    st = first_text(l, l->model, object, model, sizeof model / sizeof *model, &l->u->model);
    if (!st)
        st = first_text(l, l->provider, object, provider, sizeof provider / sizeof *provider,
                        &l->u->provider);
    for (size_t i = 0; i < sizeof time / sizeof *time && !st && !l->u->has_at; i++)
        st = read_time(r, l, tkc_usage_get(l->d, object, time[i]));
    if (!st) tkc_usage_tier(l, tkc_usage_get(l->d, object, "service_tier"));
    return st;
}

static uint32_t object_at(const tkc_usage_line *l, uint32_t object, const char *key)
{
    return tkc_usage_get_kind(l->d, object, key, TKC_JSON_OBJECT);
}

static bool has(const tkc_usage_line *l, uint32_t object, const char *key)
{
    return tkc_usage_get(l->d, object, key) != TKC_JSON_NONE;
}

/* What the request beside an answer says, where the answer does not: its tier is what was asked for, the answer's
 * what was served. */
static tkc_status asked_for(tkc_usage_reader *r, tkc_usage_line *l, uint32_t request, uint32_t answer)
{
    const tkc_mode mode = l->u->mode;
    const unsigned flags = l->u->flags;
    const tkc_status st = around(r, l, request);
    if (!has(l, answer, "service_tier")) return st;
    l->u->mode = mode;
    l->u->flags = flags;
    return st;
}

static bool is(const tkc_usage_line *l, uint32_t object, const char *key, const char *value)
{
    uint32_t v = tkc_usage_get(l->d, object, key);
    return v != TKC_JSON_NONE && tkc_json_is(l->d, v, value);
}

static tkc_status none(tkc_usage_line *l)
{
    l->u->format = TKC_USAGE_NONE;
    return TKC_OK;
}

static tkc_status failed(tkc_usage_line *l, tkc_usage_format f)
{
    memset(l->u->n, 0, sizeof l->u->n);
    l->u->format = f;
    l->u->flags |= TKC_USAGE_FAILED;
    return TKC_OK;
}

/* --- sessions ------------------------------------------------------------------------------ */

static tkc_status claude_code(tkc_usage_reader *r, tkc_usage_line *l, uint32_t root,
                              uint32_t message, size_t line_no)
{
    const uint32_t usage = object_at(l, message, "usage");
    const uint32_t id = tkc_usage_get_kind(l->d, message, "id", TKC_JSON_STRING);
    const uint32_t request = tkc_usage_get_kind(l->d, root, "requestId", TKC_JSON_STRING);
    unsigned char key[KEY];
    tkc_str b = {"", 0};
    tkc_status st;
    if (usage == TKC_JSON_NONE || is(l, message, "model", "<synthetic>")) return none(l);
    st = around(r, l, message);
    if (!st) st = around(r, l, root);
    if (!st) st = tkc_usage_object(l, usage, true);
    l->u->format = TKC_USAGE_CLAUDE_CODE;
    if (st || id == TKC_JSON_NONE) return st;
    if (request != TKC_JSON_NONE) b = tkc_json_source(l->d, request);
    make_key(key, 'm', tkc_json_source(l->d, id), b);
    return once(r, key, line_no, l->u, l->err);
}

static void codex_session(tkc_usage_reader *r, const tkc_usage_line *l, uint32_t payload,
                          const char *name)
{
    struct codex *c = &r->codex;
    uint32_t id = tkc_usage_get_kind(l->d, payload, name, TKC_JSON_STRING);
    if (id == TKC_JSON_NONE || c->n_session == MAX_SESSIONS) return;
    make_key(c->session[c->n_session++], 's', tkc_json_source(l->d, id), (tkc_str){"", 0});
}

/* Was a token count with these running totals in another file of the same session, or of the
 * one it was forked from? Forks repeat their parent's events. Remembers this one. */
static tkc_status codex_replayed(tkc_usage_reader *r, const uint64_t *total, size_t line_no,
                                 size_t *first_line, tkc_error *err)
{
    struct codex *c = &r->codex;
    tkc_status st = TKC_OK;
    *first_line = 0;
    for (size_t i = 0; i < c->n_session && !st; i++) {
        unsigned char key[KEY];
        seen *s;
        make_key(key, 'c', (tkc_str){(const char *)c->session[i], KEY},
                 (tkc_str){(const char *)total, TKC_N_UNIT * sizeof *total});
        s = find_seen(r, key);
        if (s && s->file != r->file) {
            *first_line = (size_t)s->line;
        } else if (!s) {
            seen fresh = {.line = line_no ? line_no : 1, .file = r->file};
            memcpy(fresh.key, key, KEY);
            st = remember(r, &fresh, err);
        }
    }
    return st;
}

/* Totals run over the session; the same ones may be written several times. What was added since
 * the totals before is one record; at a session's start, or when the totals fell (a new
 * context), it is what the event calls the last request. */
static tkc_status codex_count(tkc_usage_reader *r, tkc_usage_line *l, uint32_t info, size_t line_no)
{
    struct codex *c = &r->codex;
    const uint32_t total = object_at(l, info, "total_token_usage");
    const uint32_t last = object_at(l, info, "last_token_usage");
    tkc_usage own = *l->u;
    uint64_t now[TKC_N_UNIT];
    bool fell = !c->has_total, moved = false;
    size_t replay = 0;
    tkc_status st;
    if (total == TKC_JSON_NONE && last == TKC_JSON_NONE) return none(l);
    l->u->format = TKC_USAGE_CODEX;
    if (total == TKC_JSON_NONE) return tkc_usage_codex(l, last);
    st = tkc_usage_codex(l, total);
    if (!st) {
        memcpy(now, l->u->n, sizeof now);
        st = codex_replayed(r, now, line_no, &replay, l->err);
    }
    if (st) return st;
    for (int i = 0; i < TKC_N_TOKEN_UNIT && c->has_total; i++) {
        fell = fell || now[i] < c->total[i];
        moved = moved || now[i] != c->total[i];
    }
    if (replay || (c->has_total && !moved)) {
        memset(l->u->n, 0, sizeof l->u->n);
        l->u->repeats = replay ? replay : line_no;
        l->u->prompt = 0;
    } else if (!fell) {
        for (int i = 0; i < TKC_N_TOKEN_UNIT; i++) l->u->n[i] -= c->total[i];
        l->u->prompt = tkc_usage_prompt(l->u);
    } else if (last != TKC_JSON_NONE) {
        *l->u = own;
        l->u->format = TKC_USAGE_CODEX;
        memset(&l->c, 0, sizeof l->c);
        st = tkc_usage_codex(l, last);
        if (st) return st;
    }
    memcpy(c->total, now, sizeof now);
    c->has_total = true;
    return TKC_OK;
}

static tkc_status codex(tkc_usage_reader *r, tkc_usage_line *l, uint32_t root, uint32_t payload,
                        size_t line_no)
{
    struct codex *c = &r->codex;
    tkc_status st = TKC_OK;
    if (is(l, root, "type", "session_meta")) {
        codex_session(r, l, payload, "id");
        codex_session(r, l, payload, "forked_from_id");
        return none(l);
    }
    if (is(l, root, "type", "turn_context")) {
        tkc_str m = {"", 0};
        st = tkc_usage_text(l, &r->model, tkc_usage_get(l->d, payload, "model"), &m);
        if (!st && m.len && m.len <= MAX_MODEL) {
            memcpy(c->model, m.ptr, m.len);
            c->model_len = m.len;
        }
        return st ? st : none(l);
    }
    if (!is(l, payload, "type", "token_count")) return none(l);
    st = read_time(r, l, tkc_usage_get(l->d, root, "timestamp"));
    l->u->model = (tkc_str){c->model, c->model_len};
    return st ? st : codex_count(r, l, object_at(l, payload, "info"), line_no);
}

/* --- envelopes ----------------------------------------------------------------------------- */

static tkc_status no_usage(const tkc_usage_line *l, uint32_t root)
{
    return tkc_fail(l->err, TKC_E_FORMAT, l->d->node[root].begin,
                    "no usage found; expected a provider's response with \"usage\" or "
                    "\"usageMetadata\", or counts such as \"input\" and \"output\"");
}

/* What an answer shows of tools that the provider ran and charges by the call: OpenAI's items,
 * Gemini's sources. */
static void own_tools(const tkc_usage_line *l, uint32_t object)
{
    const tkc_json *d = l->d;
    const uint32_t output = tkc_usage_get_kind(d, object, "output", TKC_JSON_ARRAY);
    const uint32_t candidates = tkc_usage_get_kind(d, object, "candidates", TKC_JSON_ARRAY);
    if (output != TKC_JSON_NONE)
        for (uint32_t i = tkc_json_first(d, output); i != TKC_JSON_NONE; i = tkc_json_next(d, output, i)) {
            const uint32_t action = object_at(l, i, "action");
            if (is(l, i, "type", "web_search_call"))
                l->u->n[TKC_UNIT_SEARCH] += action == TKC_JSON_NONE || is(l, action, "type", "search");
            else if (is(l, i, "type", "file_search_call") || is(l, i, "type", "code_interpreter_call"))
                l->u->flags |= TKC_USAGE_BY_CALL;
        }
    if (candidates != TKC_JSON_NONE)
        for (uint32_t i = tkc_json_first(d, candidates); i != TKC_JSON_NONE; i = tkc_json_next(d, candidates, i)) {
            uint32_t ground = object_at(l, i, "groundingMetadata");
            if (ground == TKC_JSON_NONE) ground = object_at(l, i, "grounding_metadata");
            if (ground != TKC_JSON_NONE && tkc_json_count(d, ground)) l->u->flags |= TKC_USAGE_BY_CALL;
        }
}

/* A response body of any provider. TKC_E_NOTFOUND, without a message: it has no usage. */
static tkc_status body(tkc_usage_reader *r, tkc_usage_line *l, uint32_t object)
{
    uint32_t usage;
    tkc_status st = around(r, l, object);
    if (st) return st;
    own_tools(l, object);
    usage = object_at(l, object, "usageMetadata");
    if (usage == TKC_JSON_NONE) usage = object_at(l, object, "usage_metadata");
    if (usage != TKC_JSON_NONE) return tkc_usage_gemini(l, usage);
    usage = object_at(l, object, "usage");
    if (usage == TKC_JSON_NONE) return tkc_usage_invoke_model(l, object);
    st = tkc_usage_object(l, usage, is(l, object, "type", "message"));
    if (st == TKC_E_NOTFOUND && (has(l, usage, "promptTokenCount") || has(l, usage, "prompt_token_count")))
        return tkc_usage_gemini(l, usage);
    return st;
}

static tkc_status anthropic_batch(tkc_usage_reader *r, tkc_usage_line *l, uint32_t result)
{
    l->u->flags |= TKC_USAGE_BATCHED;
    if (!is(l, result, "type", "succeeded")) return failed(l, TKC_USAGE_ANTHROPIC);
    return body(r, l, object_at(l, result, "message"));
}

static tkc_status openai_batch(tkc_usage_reader *r, tkc_usage_line *l, uint32_t root)
{
    const uint32_t response = object_at(l, root, "response");
    uint64_t status = 200;
    tkc_status st = tkc_usage_count(l, response, "status_code", &status, NULL);
    l->u->flags |= TKC_USAGE_BATCHED;
    if (st) return st;
    if (response == TKC_JSON_NONE || has(l, root, "error") || (status && status >= 400))
        return failed(l, TKC_USAGE_CHAT);
    return body(r, l, object_at(l, response, "body"));
}

/* Bedrock's line says neither who serves it nor, but for Anthropic's models, the model. */
static tkc_status bedrock_batch(tkc_usage_reader *r, tkc_usage_line *l, uint32_t root)
{
    const uint32_t output = object_at(l, root, "modelOutput");
    tkc_status st = around(r, l, root);
    l->u->flags |= TKC_USAGE_BATCHED;
    if (!st && output == TKC_JSON_NONE) return failed(l, TKC_USAGE_BEDROCK);
    if (!st) st = body(r, l, output);
    if (!st) st = around(r, l, object_at(l, root, "modelInput"));
    if (!l->u->provider.len) l->u->provider = (tkc_str){"bedrock", 7};
    return st;
}

static tkc_status litellm(tkc_usage_reader *r, tkc_usage_line *l, uint32_t root)
{
    const uint32_t full = object_at(l, object_at(l, root, "metadata"), "usage_object");
    const uint32_t hit = tkc_usage_get(l->d, root, "cache_hit");
    tkc_status st = around(r, l, root);
    if (st) return st;
    if (is(l, root, "status", "failure")) return failed(l, TKC_USAGE_LITELLM);
    st = full == TKC_JSON_NONE ? TKC_E_NOTFOUND : tkc_usage_object(l, full, false);
    if (st == TKC_E_NOTFOUND) { /* the response it stored, then its own columns */
        uint32_t usage = object_at(l, object_at(l, root, "response"), "usage");
        st = tkc_usage_object(l, usage == TKC_JSON_NONE ? root : usage, false);
    }
    l->u->format = TKC_USAGE_LITELLM;
    if (hit != TKC_JSON_NONE &&
        (tkc_json_kind_of(l->d, hit) == TKC_JSON_TRUE || tkc_json_is(l->d, hit, "True")))
        l->u->flags |= TKC_USAGE_FREE;
    return st;
}

/* Helicone's columns hold what the provider said: cached tokens are beside Anthropic's prompt
 * and in everybody else's. */
static tkc_status helicone(tkc_usage_reader *r, tkc_usage_line *l, uint32_t root)
{
    static const char *const place[] = {"response_body", "response"};
    tkc_usage_counts *c = &l->c;
    tkc_status st = around(r, l, root);
    for (size_t i = 0; i < 2 && !st; i++) {
        uint32_t object = object_at(l, root, place[i]);
        if (object == TKC_JSON_NONE || (!has(l, object, "usage") && !has(l, object, "usageMetadata")))
            continue;
        st = body(r, l, object);
        l->u->format = TKC_USAGE_HELICONE;
        return st;
    }
    if (!st) st = tkc_usage_count(l, root, "prompt_tokens", &c->prompt, NULL);
    if (!st) st = tkc_usage_count(l, root, "completion_tokens", &c->answer, NULL);
    if (!st) st = tkc_usage_count(l, root, "prompt_cache_read_tokens", &c->read, NULL);
    if (!st) st = tkc_usage_count(l, root, "prompt_cache_write_tokens", &c->write_5m, NULL);
    if (!st) st = tkc_usage_count(l, root, "reasoning_tokens", &c->reasoning, NULL);
    if (st) return st;
    l->u->format = TKC_USAGE_HELICONE;
    if (c->write_5m) l->u->flags |= TKC_USAGE_NO_TTL;
    if (is(l, root, "provider", "ANTHROPIC") || is(l, root, "provider", "anthropic") ||
        (l->u->model.len > 7 && memcmp(l->u->model.ptr, "claude-", 7) == 0))
        c->prompt += c->read + c->write_5m;
    return tkc_usage_settle(l, l->d->node[root].begin);
}

tkc_usage_format tkc_usage_trace(const tkc_json *d, uint32_t root, uint32_t *object)
{
    static const char *const details[] = {"usage_details", "usageDetails"};
    static const char *const place[] = {"attributes", "SpanAttributes", "span_attributes"};
    uint32_t v;
    for (size_t i = 0; i < sizeof details / sizeof *details; i++)
        if ((*object = tkc_usage_get_kind(d, root, details[i], TKC_JSON_OBJECT)) != TKC_JSON_NONE) return TKC_USAGE_LANGFUSE;
    *object = tkc_usage_get_kind(d, root, "usage", TKC_JSON_OBJECT); /* of Langfuse before its version 3 */
    v = tkc_usage_get(d, *object, "unit");
    if (v != TKC_JSON_NONE && tkc_json_is(d, v, "TOKENS")) return TKC_USAGE_LANGFUSE;
    for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
        *object = tkc_usage_get(d, root, place[i]);
        if (*object == TKC_JSON_NONE) continue;
        if (tkc_json_kind_of(d, *object) == TKC_JSON_OBJECT || tkc_json_kind_of(d, *object) == TKC_JSON_ARRAY) return TKC_USAGE_OTEL;
    }
    *object = root;
    for (uint32_t k = tkc_json_first(d, root); k != TKC_JSON_NONE; k = tkc_json_next_member(d, root, k)) {
        tkc_str s = tkc_json_source(d, k);
        if ((s.len > 8 && memcmp(s.ptr, "\"gen_ai.", 8) == 0) || (s.len > 5 && memcmp(s.ptr, "\"llm.", 5) == 0)) return TKC_USAGE_OTEL;
    }
    return TKC_USAGE_NONE;
}

static bool is_own(const tkc_usage_line *l, uint32_t root)
{
    for (int i = 0; i < TKC_N_UNIT; i++) {
        uint32_t v = tkc_usage_get(l->d, root, tkc_unit_name((tkc_unit)i));
        if (v == TKC_JSON_NONE || i == TKC_UNIT_REQUEST || i == TKC_UNIT_STORAGE) continue;
        if (tkc_json_kind_of(l->d, v) == TKC_JSON_NUMBER) return true;
        if (i != TKC_UNIT_INPUT && i != TKC_UNIT_OUTPUT) return true; /* of a wrong kind */
    }
    return false;
}

static tkc_status read_line(tkc_usage_reader *r, tkc_usage_line *l, size_t line_no)
{
    const uint32_t root = 0;
    tkc_usage_format trace;
    uint32_t v;
    tkc_status st;
    if (tkc_json_kind_of(l->d, root) != TKC_JSON_OBJECT)
        return tkc_fail(l->err, TKC_E_FORMAT, l->d->node[root].begin, "%s; a record is an object",
                        tkc_json_kind_name(tkc_json_kind_of(l->d, root)));
    v = object_at(l, root, "payload");
    if (v != TKC_JSON_NONE && (is(l, root, "type", "event_msg") || is(l, root, "type", "turn_context") ||
                               is(l, root, "type", "session_meta") ||
                               is(l, root, "type", "response_item") || is(l, root, "type", "compacted")))
        return codex(r, l, root, v, line_no);
    v = object_at(l, root, "message");
    if (v != TKC_JSON_NONE && is(l, root, "type", "assistant"))
        return claude_code(r, l, root, v, line_no);
    if (is(l, root, "type", "message_start") || is(l, root, "type", "message_delta"))
        return tkc_fail(l->err, TKC_E_FORMAT, l->d->node[root].begin,
                        "an event of a stream; give the final message");
    v = object_at(l, root, "result");
    if (v != TKC_JSON_NONE && has(l, root, "custom_id") && has(l, v, "type")) return anthropic_batch(r, l, v);
    if (has(l, root, "custom_id") && (has(l, root, "response") || has(l, root, "error")))
        return openai_batch(r, l, root);
    if (has(l, root, "modelInput") && (object_at(l, root, "modelOutput") != TKC_JSON_NONE || has(l, root, "error"))) return bedrock_batch(r, l, root);
    if ((has(l, root, "custom_llm_provider") || has(l, root, "call_type") || has(l, root, "model_group")) &&
        (has(l, root, "prompt_tokens") || has(l, root, "completion_tokens")))
        return litellm(r, l, root);
    trace = tkc_usage_trace(l->d, root, &v);
    if (trace == TKC_USAGE_LANGFUSE) {
        st = around(r, l, root);
        return st ? st : tkc_json_count(l->d, v) == 0 ? none(l) : tkc_usage_langfuse(l, v);
    }
    if (has(l, root, "request_created_at") || has(l, root, "request_model")) return helicone(r, l, root);
    if (trace == TKC_USAGE_OTEL) {
        st = tkc_usage_otel(l, v);
        if (st == TKC_OK) st = around(r, l, root);
        if (st != TKC_E_NOTFOUND) return st;
        return none(l); /* a span that is no model's call */
    }
    if (object_at(l, root, "usage") == TKC_JSON_NONE && is_own(l, root)) { /* a request beside its usage has settings named like counts */
        st = around(r, l, root);
        return st ? st : tkc_usage_own(l, root);
    }
    st = body(r, l, root);
    if (st == TKC_OK) st = asked_for(r, l, object_at(l, root, "request"), object_at(l, root, "usage")); /* audit's logs */
    if (st != TKC_E_NOTFOUND) return st;
    v = object_at(l, root, "response");
    if (v != TKC_JSON_NONE) { /* wrapped: Responses' events, Gemini's batch lines, {"request", "response"} */
        const uint32_t request = object_at(l, root, "request");
        /* Gemini's batch lines have neither a time nor anybody else's answer; a log of one's own may name an API key so */
        const bool by_key = has(l, root, "key") && !l->u->has_at;
        st = body(r, l, v);
        if (st == TKC_E_NOTFOUND && object_at(l, v, "body") != TKC_JSON_NONE) {
            v = object_at(l, v, "body");
            st = body(r, l, v);
        }
        if (st == TKC_OK && by_key && l->u->format == TKC_USAGE_GEMINI) l->u->flags |= TKC_USAGE_BATCHED;
        if (st == TKC_OK) st = asked_for(r, l, request, v);
        if (st != TKC_E_NOTFOUND) return st;
    }
    st = tkc_usage_object(l, root, false); /* columns: prompt_tokens, input_tokens */
    if (st != TKC_E_NOTFOUND) return st;
    v = tkc_json_get(l->d, root, "usage", NULL);
    if (v != TKC_JSON_NONE && tkc_json_kind_of(l->d, v) != TKC_JSON_NULL) return no_usage(l, root);
    if (v != TKC_JSON_NONE || tkc_usage_get_kind(l->d, root, "type", TKC_JSON_STRING) != TKC_JSON_NONE)
        return none(l); /* another event of a session, or a stream's chunk with "usage": null */
    return no_usage(l, root);
}

tkc_status tkc_usage_read(tkc_usage_reader *r, const tkc_json *line, size_t line_no,
                          tkc_usage *out, tkc_error *err)
{
    tkc_usage u = {.model = {"", 0}, .provider = {"", 0}};
    tkc_usage_line l = {.d = line,
                        .u = &u,
                        .err = err,
                        .model = &r->model,
                        .provider = &r->provider,
                        .alloc = r->alloc};
    tkc_status st = read_line(r, &l, line_no);
    if (st == TKC_E_NOTFOUND) st = no_usage(&l, 0);
    if (st) return st;
    if (u.flags & TKC_USAGE_BATCHED) u.mode = TKC_MODE_BATCH;
    *out = u;
    return TKC_OK;
}
