/*
 * record.c - a line becomes segments.
 *
 * Counting a new text is most of the work, and prompts repeat: counts are remembered by the hash of the
 * text in a table of 2^16 places, where a newer text takes the place of an older.
 */
#define XXH_INLINE_ALL
#include "optimizer/audit/record.h"

#include "optimizer/audit/trace.h"
#include "optimizer/cache/volatile.h"
#include "optimizer/media/media.h"
#include "optimizer/money/usage_impl.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { MEMO = 1 << 16, MAX_MEDIA = 64, MAX_SEGMENTS = 1 << 20, MAX_VALUE = 200, MAX_BYTES = 1 << 30,
       PIECES = 1 << 12 };

/* Threads write places without a lock: the hash is kept with the tokens in it, so that halves of two
 * entries are the entry of no text. */
struct tkc_audit_memo {
    struct memo_place {
        _Atomic uint64_t low, high, tokens;
    } place[MEMO];
    const tkc_allocator *alloc;
};

/* A segment in which no value changes: what is one piece. slot 0: of its place. */
typedef struct whole {
    uint64_t hash[2], slot, same;
} whole;

struct tkc_audit_reader {
    tkc_audit_reader_options opt;
    const tkc_allocator *alloc;
    tkc_json doc;
    tkc_request request;
    tkc_buf scratch, other;
    tkc_trace trace;
    tkc_usage_reader *usage;
    tkc_audit_memo *memo, *own_memo;
    whole *whole;
    /* of the line under way */
    tkc_encoder *encoder;
    char provider[64], model[200];
    /* the provider that was looked for last, and what it is called */
    char known[64];
    size_t known_len;
    const char *known_id;
};

void tkc_audit_hash(uint64_t out[2], const uint64_t seed[2], const void *ptr, size_t len)
{
    const XXH128_hash_t h = XXH3_128bits_withSeed(len ? ptr : "", len, seed ? seed[0] ^ seed[1] * 0x9E3779B97F4A7C15u : 0);
    out[0] = h.low64 ^ (seed ? seed[1] : 0);
    out[1] = h.high64 + (seed ? seed[0] : 0);
}

void tkc_audit_record_init(tkc_audit_record *r, const tkc_allocator *alloc)
{
    memset(r, 0, sizeof *r);
    r->alloc = tkc_allocator_or_default(alloc);
    tkc_buf_init(&r->bytes, MAX_BYTES, r->alloc);
}

void tkc_audit_record_release(tkc_audit_record *r)
{
    tkc_free(r->alloc, r->seg, r->cap_seg, sizeof *r->seg);
    tkc_free(r->alloc, r->piece, r->cap_piece, sizeof *r->piece);
    tkc_buf_release(&r->bytes);
    tkc_audit_record_init(r, r->alloc);
}

tkc_audit_memo *tkc_audit_memo_new(const tkc_allocator *alloc)
{
    tkc_audit_memo *m;
    alloc = tkc_allocator_or_default(alloc);
    m = tkc_alloc_zero(alloc, 1, sizeof *m);
    if (m) m->alloc = alloc;
    return m;
}

void tkc_audit_memo_free(tkc_audit_memo *m)
{
    if (m) tkc_free(m->alloc, m, 1, sizeof *m);
}

tkc_status tkc_audit_reader_new(tkc_audit_reader **out, const tkc_audit_reader_options *opt, tkc_error *err)
{
    const tkc_allocator *alloc = tkc_allocator_or_default(opt ? opt->alloc : NULL);
    tkc_audit_reader *r;
    if (!opt || opt->struct_size < sizeof *opt || !opt->rules || !opt->prices || !opt->encoder)
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_audit_reader_options: something is missing");
    r = tkc_alloc_zero(alloc, 1, sizeof *r);
    if (!r) return tkc_nomem(err);
    r->opt = *opt;
    r->alloc = alloc;
    if (!opt->memo) r->own_memo = tkc_audit_memo_new(alloc);
    r->memo = opt->memo ? opt->memo : r->own_memo;
    r->whole = tkc_alloc_zero(alloc, PIECES, sizeof *r->whole);
    tkc_json_init(&r->doc, alloc);
    tkc_request_init(&r->request, &(tkc_request_options){.struct_size = sizeof(tkc_request_options), .alloc = alloc});
    tkc_buf_init(&r->scratch, MAX_BYTES, alloc);
    tkc_buf_init(&r->other, MAX_BYTES, alloc);
    tkc_trace_init(&r->trace, MAX_BYTES, alloc);
    if (!r->memo || !r->whole || tkc_usage_reader_new(&r->usage, alloc, NULL)) {
        tkc_audit_reader_free(r);
        return tkc_nomem(err);
    }
    *out = r;
    return TKC_OK;
}

void tkc_audit_reader_free(tkc_audit_reader *r)
{
    if (!r) return;
    tkc_audit_memo_free(r->own_memo);
    tkc_free(r->alloc, r->whole, r->whole ? PIECES : 0, sizeof *r->whole);
    tkc_json_release(&r->doc);
    tkc_request_release(&r->request);
    tkc_buf_release(&r->scratch);
    tkc_buf_release(&r->other);
    tkc_trace_release(&r->trace);
    tkc_usage_reader_free(r->usage);
    tkc_free(r->alloc, r, 1, sizeof *r);
}

/* --- one segment -------------------------------------------------------------------------------- */

static tkc_status keep(tkc_audit_record *out, tkc_str s, size_t *at, size_t *len, tkc_error *err)
{
    *at = out->bytes.len;
    *len = s.len;
    return tkc_buf_append(&out->bytes, s.ptr ? s.ptr : "", s.len, err);
}

static tkc_status add(tkc_audit_record *out, tkc_audit_segment s, tkc_error *err)
{
    if (!tkc_grow(out->alloc, &out->seg, &out->cap_seg, out->n_seg + 1, MAX_SEGMENTS, sizeof s))
        return out->n_seg >= MAX_SEGMENTS ? tkc_fail(err, TKC_E_LIMIT, 0, "more than %d parts in a request", MAX_SEGMENTS)
                                          : tkc_nomem(err);
    out->seg[out->n_seg++] = s;
    return TKC_OK;
}

static tkc_status count_text(tkc_audit_reader *r, const uint64_t hash[2], tkc_str text, uint32_t *tokens, tkc_error *err)
{
    const uint64_t low = hash[0] ^ (uint64_t)(uintptr_t)tkc_encoder_vocab(r->encoder) * 0x9E3779B97F4A7C15u;
    struct memo_place *m = &r->memo->place[hash[0] & (MEMO - 1)];
    uint64_t known = atomic_load_explicit(&m->tokens, memory_order_relaxed);
    if ((atomic_load_explicit(&m->low, memory_order_relaxed) ^ known) != low || (atomic_load_explicit(&m->high, memory_order_relaxed) ^ known) != hash[1]) {
        size_t n = 0;
        const tkc_status st = tkc_count(r->encoder, text, 0, &n, err);
        if (st) return st;
        known = n;
        atomic_store_explicit(&m->low, low ^ known, memory_order_relaxed);
        atomic_store_explicit(&m->high, hash[1] ^ known, memory_order_relaxed);
        atomic_store_explicit(&m->tokens, known, memory_order_relaxed);
    }
    *tokens = known > UINT32_MAX ? UINT32_MAX : (uint32_t)known;
    return TKC_OK;
}

static bool is_medium(uint8_t kind)
{
    return kind == TKC_PART_IMAGE || kind == TKC_PART_AUDIO || kind == TKC_PART_VIDEO || kind == TKC_PART_FILE;
}

static uint8_t zone_of(const tkc_part *p, bool *in_messages)
{
    if (p->kind == TKC_PART_TOOL_SCHEMA && !(p->flags & TKC_PART_OUTPUT)) return TKC_ZONE_TOOLS;
    if (p->turn == TKC_NO_TURN) return TKC_ZONE_SYSTEM;
    if (!*in_messages && (p->role == TKC_ROLE_SYSTEM || p->role == TKC_ROLE_DEVELOPER)) return TKC_ZONE_SYSTEM;
    *in_messages = true;
    return TKC_ZONE_MESSAGES;
}

static tkc_status add_part(tkc_audit_reader *r, size_t i, uint8_t zone, tkc_audit_record *out, tkc_error *err)
{
    const tkc_part *p = &r->request.part[i];
    tkc_audit_segment s = {.kind = p->kind, .role = p->role, .zone = zone};
    const uint64_t seed[2] = {((uint64_t)p->kind << 8 | p->role) + 1, zone + 1u};
    tkc_str text;
    tkc_status st;
    tkc_buf_clear(&r->scratch);
    st = tkc_part_text(&r->request, i, &r->scratch, &text, err);
    if (st) return st;
    tkc_audit_hash(s.hash, seed, text.ptr, text.len);
    if (is_medium(p->kind)) {
        tkc_media m;
        tkc_token_range t = {0};
        if (!(p->flags & TKC_PART_OPAQUE) && p->node != TKC_JSON_NONE) {
            tkc_buf_clear(&r->other);
            st = tkc_media_of_part(&r->request, i, &r->other, &m, err);
            if (st == TKC_E_NOMEM) return st;
            if (!st) t = tkc_media_tokens(r->provider, r->model, &m);
        }
        s.tokens = (uint32_t)(t.tokens < UINT32_MAX ? t.tokens : UINT32_MAX);
        if (text.len > MAX_MEDIA) text.len = MAX_MEDIA; /* what an image is need not be kept */
    } else if (!(p->flags & (TKC_PART_REPEATED | TKC_PART_OPAQUE))) {
        st = count_text(r, s.hash, text, &s.tokens, err);
        if (st) return st;
    }
    st = keep(out, text, &s.text, &s.text_len, err);
    s.path = out->bytes.len;
    if (!st) st = tkc_part_path(&r->request, i, &out->bytes, err);
    s.path_len = out->bytes.len - s.path;
    if (p->flags & TKC_PART_CACHE) s.mark = p->flags & TKC_PART_CACHE_1H ? TKC_MARK_LONG : TKC_MARK_SHORT;
    return st ? st : add(out, s, err);
}

/* --- settings ------------------------------------------------------------------------------------ */

static uint32_t body_member(const tkc_audit_reader *r, const char *key)
{
    return tkc_json_get(&r->request.doc, r->request.body, key, NULL);
}

static tkc_status put(tkc_audit_reader *r, tkc_str s, tkc_error *err)
{
    uint64_t h[2];
    char hex[40];
    if (s.len <= MAX_VALUE) return tkc_buf_append(&r->other, s.ptr ? s.ptr : "", s.len, err);
    tkc_audit_hash(h, NULL, s.ptr, s.len);
    for (int i = 0; i < 32; i++) hex[i] = "0123456789abcdef"[h[i / 16] >> (i % 16 * 4) & 15];
    return tkc_buf_append(&r->other, hex, 32, err);
}

/* "key=value\n" of a change whose values stand in some members. */
static tkc_status put_setting(tkc_audit_reader *r, tkc_cache_change c, bool has_images, tkc_error *err)
{
    enum { N_MEMBER = 5 };
    static const char *const member[TKC_N_CACHE_CHANGE][N_MEMBER] = {
        [TKC_CHANGE_TOOL_CHOICE] = {"tool_choice", "toolConfig", "tool_config", "function_call"},
        [TKC_CHANGE_PARALLEL] = {"parallel_tool_calls"},
        [TKC_CHANGE_THINKING] = {"thinking", "reasoning", "reasoning_effort", "output_config", "additionalModelRequestFields"},
        [TKC_CHANGE_SEARCH] = {"web_search_options", "citations"},
        [TKC_CHANGE_SPEED] = {"speed"},
        [TKC_CHANGE_OUTPUT_SCHEMA] = {"response_format", "outputConfig"},
        [TKC_CHANGE_VERBOSITY] = {"verbosity", "text"},
    };
    const char *name = tkc_cache_change_name(c);
    tkc_status st = tkc_buf_append(&r->other, name, strlen(name), err);
    if (!st) st = tkc_buf_append_byte(&r->other, '=', err);
    if (c == TKC_CHANGE_MODEL && !st) st = put(r, (tkc_str){r->model, strlen(r->model)}, err);
    if (c == TKC_CHANGE_IMAGES && !st) st = tkc_buf_append_byte(&r->other, has_images ? '1' : '0', err);
    for (size_t i = 0; i < N_MEMBER && member[c][i] && !st; i++) {
        uint32_t v = r->request.doc.n_node ? body_member(r, member[c][i]) : TKC_JSON_NONE;
        /* Bedrock has tools and choice in one object; tools are parts */
        if (c == TKC_CHANGE_TOOL_CHOICE && r->request.dialect == TKC_DIALECT_BEDROCK && v != TKC_JSON_NONE) v = r->request.tool_choice;
        if (v != TKC_JSON_NONE && tkc_json_kind_of(&r->request.doc, v) != TKC_JSON_NULL)
            st = put(r, tkc_json_source(&r->request.doc, v), err);
    }
    return st ? st : tkc_buf_append_byte(&r->other, '\n', err);
}

/* The settings that throw the cache away from this zone on, as one segment. */
static tkc_status add_settings(tkc_audit_reader *r, tkc_audit_zone zone, bool has_images, tkc_audit_record *out, tkc_error *err)
{
    static const uint8_t bit[] = {TKC_CACHE_TOOLS, TKC_CACHE_SYSTEM, TKC_CACHE_MESSAGES};
    tkc_audit_segment s = {.zone = (uint8_t)zone, .is_setting = true};
    tkc_status st = TKC_OK;
    tkc_buf_clear(&r->other);
    for (int c = 0; c < TKC_N_CACHE_CHANGE && !st; c++) {
        uint8_t bits = out->rule ? out->rule->invalidates[c] : c == TKC_CHANGE_MODEL ? TKC_CACHE_ALL : 0;
        if (!bits || c == TKC_CHANGE_TOOLS || (bits & (bit[zone] - 1))) continue; /* an earlier zone has it */
        if (bits & bit[zone]) st = put_setting(r, (tkc_cache_change)c, has_images, err);
    }
    if (st || !r->other.len) return st;
    tkc_audit_hash(s.hash, (const uint64_t[2]){99, zone}, r->other.ptr, r->other.len);
    st = keep(out, tkc_buf_str(&r->other), &s.text, &s.text_len, err);
    return st ? st : add(out, s, err);
}

/* --- the request ---------------------------------------------------------------------------------- */

static bool is_call(uint8_t kind)
{
    return kind == TKC_PART_TOOL_CALL || kind == TKC_PART_TOOL_RESULT;
}

void tkc_audit_number_blocks(tkc_audit_record *out)
{
    uint32_t n = 0;
    uint8_t last = 255;
    for (size_t i = 0; i < out->n_seg; i++) {
        tkc_audit_segment *s = &out->seg[i];
        if (!s->is_setting && !(is_call(s->kind) && s->kind == last)) n++;
        if (!s->is_setting) last = s->kind;
        s->block = n;
    }
}

/* Of what a line has besides: an unknown field of the top is not read by a model. */
static bool is_prompt(const tkc_request *q, const tkc_part *p)
{
    return !(p->kind == TKC_PART_OTHER && p->turn == TKC_NO_TURN && p->flags & TKC_PART_UNKNOWN && q->dialect < TKC_DIALECT_TEXT);
}

static tkc_status segments(tkc_audit_reader *r, tkc_audit_record *out, tkc_error *err)
{
    const tkc_request *q = &r->request;
    bool has_images = false, in_messages = false;
    int zone_now = -1;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < q->n_part; i++) has_images = has_images || q->part[i].kind == TKC_PART_IMAGE;
    for (size_t i = 0; i < q->n_part && !st; i++) {
        uint8_t zone;
        if (!is_prompt(q, &q->part[i])) continue;
        zone = zone_of(&q->part[i], &in_messages);
        /* settings stand in front of the first part of their zone, or of a later one */
        for (; zone_now < (int)zone && !st; zone_now++)
            st = add_settings(r, (tkc_audit_zone)(zone_now + 1), has_images, out, err);
        if (!st) st = add_part(r, i, zone, out, err);
    }
    return st;
}

/* --- what could stand elsewhere -------------------------------------------------------------------- */

static tkc_status add_piece(tkc_audit_record *out, uint64_t slot, uint64_t hash, uint32_t tokens, size_t seg, tkc_error *err)
{
    if (!tkc_grow(out->alloc, &out->piece, &out->cap_piece, out->n_piece + 1, MAX_SEGMENTS, sizeof *out->piece)) return tkc_nomem(err);
    out->piece[out->n_piece++] = (tkc_audit_piece){slot, hash, tokens, (uint32_t)seg, 0, 0};
    return TKC_OK;
}

/* Of a text without its blanks; they may stand in scratch. */
static tkc_status hash_unblanked(tkc_buf *scratch, uint64_t seed, tkc_str text, uint64_t *hash, tkc_error *err)
{
    tkc_status st = tkc_buf_reserve(scratch, text.len, err);
    char *to;
    if (st) return st;
    to = scratch->ptr + scratch->len;
    for (size_t i = 0; i < text.len; i++)
        if (!tkc_is_space(text.ptr[i])) *to++ = text.ptr[i];
    *hash = XXH3_64bits_withSeed(scratch->ptr + scratch->len, (size_t)(to - scratch->ptr) - scratch->len, seed);
    return TKC_OK;
}

/* Of JSON, its words in any order. */
static uint64_t hash_words(tkc_str json)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < json.len;) {
        const size_t from = i;
        while (i < json.len && !tkc_is_space(json.ptr[i]) && !tkc_is_one_of(json.ptr[i], "{}[]\",:")) i++;
        if (i > from) sum += XXH3_64bits(json.ptr + from, i - from);
        i++;
    }
    return sum;
}

/* The value of the first member "name". */
static tkc_str tool_name(tkc_str json)
{
    for (size_t i = 0; i + 8 < json.len; i++) {
        size_t k = i + 6, from;
        if (memcmp(json.ptr + i, "\"name\"", 6) != 0) continue;
        while (k < json.len && (tkc_is_space(json.ptr[k]) || json.ptr[k] == ':')) k++;
        if (k == json.len || json.ptr[k] != '"') continue;
        from = ++k;
        while (k < json.len && json.ptr[k] != '"') k++;
        return (tkc_str){json.ptr + from, k - from};
    }
    return (tkc_str){json.ptr, 0};
}

/* The values of a text as pieces, and the text without them. */
static tkc_status cut_values(tkc_audit_reader *r, tkc_audit_record *out, size_t seg, uint64_t slot, bool *has_values, tkc_error *err)
{
    const tkc_audit_segment *s = &out->seg[seg];
    const tkc_str text = tkc_audit_text(out, s->text, s->text_len);
    const size_t first = out->n_piece;
    uint64_t hash, count[TKC_N_VOLATILE] = {0}, key[2];
    tkc_volatile_scan scan;
    tkc_volatile v;
    uint32_t tokens;
    size_t from = 0;
    tkc_status st = TKC_OK;
    *has_values = false;
    tkc_buf_clear(&r->other);
    tkc_volatile_begin(&scan, text);
    while (!st && tkc_volatile_next(&scan, &v)) {
        const tkc_str value = {text.ptr + v.begin, v.end - v.begin};
        if (v.is_placeholder) continue;
        if (!*has_values) st = add_piece(out, slot, 0, 0, seg, err);
        *has_values = true;
        if (!st) st = tkc_buf_append(&r->other, text.ptr + from, v.begin - from, err);
        from = v.end;
        tkc_audit_hash(key, NULL, value.ptr, value.len);
        if (!st) st = count_text(r, key, value, &tokens, err);
        if (!st) st = add_piece(out, slot + 0x9E3779B97F4A7C15u * (v.kind + TKC_N_VOLATILE * ++count[v.kind]), key[0], tokens, seg, err);
    }
    if (st || !*has_values) return st;
    st = tkc_buf_append(&r->other, text.ptr + from, text.len - from, err);
    if (st) return st;
    tkc_audit_hash(key, (const uint64_t[2]){77, 0}, r->other.ptr, r->other.len);
    st = count_text(r, key, tkc_buf_str(&r->other), &tokens, err);
    tkc_buf_clear(&r->scratch);
    if (!st) st = hash_unblanked(&r->scratch, s->kind, tkc_buf_str(&r->other), &hash, err);
    if (st) return st;
    out->piece[first].hash = hash;
    out->piece[first].tokens = tokens;
    return keep(out, tkc_buf_str(&r->other), &out->piece[first].text, &out->piece[first].text_len, err);
}

static tkc_status pieces(tkc_audit_reader *r, tkc_audit_record *out, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < out->n_seg && !st; i++) {
        const tkc_audit_segment *s = &out->seg[i];
        const tkc_str text = tkc_audit_text(out, s->text, s->text_len);
        const bool is_tool = s->kind == TKC_PART_TOOL_SCHEMA;
        const tkc_str place = tkc_audit_text(out, s->path, s->path_len);
        whole *w = &r->whole[s->hash[0] & (PIECES - 1)];
        bool has_values = false;
        if (s->is_setting || s->zone == TKC_ZONE_MESSAGES) continue;
        if (w->hash[0] != s->hash[0] || w->hash[1] != s->hash[1]) {
            const tkc_str name = is_tool ? tool_name(text) : (tkc_str){NULL, 0};
            whole now = {{s->hash[0], s->hash[1]}, 0, s->hash[0]};
            if (is_tool) {
                now.slot = XXH3_64bits_withSeed(name.len ? name.ptr : "", name.len, 7);
                now.same = hash_words(text);
            } else if (!is_medium(s->kind)) {
                st = cut_values(r, out, i, XXH3_64bits(place.ptr, place.len), &has_values, err);
                tkc_buf_clear(&r->scratch);
                if (!st && !has_values) st = hash_unblanked(&r->scratch, s->kind, text, &now.same, err);
            }
            if (st || has_values) continue;
            *w = now;
        }
        st = add_piece(out, w->slot ? w->slot : XXH3_64bits(place.ptr, place.len), w->same, s->tokens, i, err);
        if (!st && !is_tool && !is_medium(s->kind)) {
            out->piece[out->n_piece - 1].text = s->text;
            out->piece[out->n_piece - 1].text_len = s->text_len;
        }
    }
    return st;
}

/* --- the line ----------------------------------------------------------------------------------- */

static uint32_t member(const tkc_json *d, uint32_t object, const char *key)
{
    uint32_t v = tkc_json_get(d, object, key, NULL);
    return v != TKC_JSON_NONE && tkc_json_kind_of(d, v) != TKC_JSON_NULL ? v : TKC_JSON_NONE;
}

static uint32_t any_member(const tkc_json *d, uint32_t object, const char *const *key, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t v = member(d, object, key[i]);
        if (v != TKC_JSON_NONE) return v;
    }
    return TKC_JSON_NONE;
}
#define ANY(d, o, list) any_member(d, o, list, sizeof list / sizeof *list)

/* A string's text, or the JSON of anything else, into the record. */
static tkc_status keep_value(tkc_audit_reader *r, uint32_t v, tkc_audit_record *out, size_t *at, size_t *len, tkc_error *err)
{
    tkc_str s;
    tkc_status st = TKC_OK;
    *at = *len = 0;
    if (v == TKC_JSON_NONE) return TKC_OK;
    s = tkc_json_source(&r->doc, v);
    tkc_buf_clear(&r->scratch);
    if (tkc_json_kind_of(&r->doc, v) == TKC_JSON_STRING) st = tkc_json_string(&r->doc, v, &r->scratch, &s, err);
    return st ? st : keep(out, s, at, len, err);
}

static void read_time(tkc_audit_reader *r, uint32_t v, tkc_audit_record *out)
{
    bool hour;
    double f;
    if (v == TKC_JSON_NONE) return;
    if (tkc_json_kind_of(&r->doc, v) == TKC_JSON_STRING) {
        char text[64];
        size_t n = tkc_json_head(&r->doc, v, text, sizeof text);
        out->has_at = n <= sizeof text && tkc_usage_time((tkc_str){text, n}, &out->at, &hour);
    } else if (tkc_json_double(&r->doc, v, &f) && f >= 0) {
        while (f > 4e10) f /= 1000; /* milliseconds, microseconds */
        out->at = (int64_t)f;
        out->has_at = true;
    }
}

/* tkc_prices_provider(), which looks at all prices; a log names the same few. */
static const char *provider_id(tkc_audit_reader *r, tkc_str provider)
{
    if (provider.len > sizeof r->known) return tkc_prices_provider(r->opt.prices, provider);
    if (provider.len != r->known_len || memcmp(r->known, provider.ptr, provider.len) != 0) {
        memcpy(r->known, provider.ptr, provider.len);
        r->known_len = provider.len;
        r->known_id = tkc_prices_provider(r->opt.prices, provider);
    }
    return r->known_id;
}

/* Who serves it: the line's word, the model's only seller, or what the request's shape says. */
static void find_names(tkc_audit_reader *r, tkc_str provider, tkc_str model)
{
    tkc_price_model m;
    const char *id = NULL;
    if (!provider.len) provider = r->opt.provider;
    if (!model.len) model = r->opt.model;
    if (model.len >= sizeof r->model) model.len = sizeof r->model - 1;
    tkc_copy_name(r->model, sizeof r->model, model);
    if (provider.len) {
        id = provider_id(r, provider);
        if (!id) {
            size_t n = provider.len < sizeof r->provider ? provider.len : sizeof r->provider - 1;
            for (size_t i = 0; i < n; i++)
                r->provider[i] = provider.ptr[i] >= 'A' && provider.ptr[i] <= 'Z' ? (char)(provider.ptr[i] + 32) : provider.ptr[i];
            r->provider[n] = '\0';
            return;
        }
    } else {
        const tkc_cache_rule *rule;
        const char *shape = tkc_dialect_provider(r->request.dialect);
        id = shape;
        /* the request's own shape, unless the model is not one of that provider's */
        if (model.len && !(*shape && tkc_cache_rules_find(r->opt.rules, shape, model, 0) &&
                           tkc_cache_rule_names(tkc_cache_rules_find(r->opt.rules, shape, model, 0), model))) {
            if (!tkc_prices_resolve(r->opt.prices, (tkc_str){NULL, 0}, model, &m, NULL))
                id = m.provider;
            else if ((rule = tkc_cache_rules_find(r->opt.rules, "", model, 0)))
                id = rule->provider;
        }
    }
    strncpy(r->provider, id, sizeof r->provider - 1);
    r->provider[sizeof r->provider - 1] = '\0';
}

static const char *const time_key[] = {"at", "timestamp", "created_at", "startTime", "start_time", "request_created_at", "startTimeUnixNano", "time"};

bool tkc_audit_line_time(tkc_audit_reader *r, tkc_str line, int64_t *at)
{
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_audit_record out = {0};
    if (tkc_json_parse(&r->doc, line, &limits, NULL) || tkc_json_kind_of(&r->doc, 0) != TKC_JSON_OBJECT) return false;
    read_time(r, ANY(&r->doc, 0, time_key), &out);
    *at = out.at;
    return out.has_at;
}

/* What the provider said, as cost reads it. A usage that cannot be read is none. */
static tkc_status read_usage(tkc_audit_reader *r, tkc_usage *u, tkc_audit_record *out, tkc_error *err)
{
    const tkc_status st = tkc_usage_read(r->usage, &r->doc, 0, u, err);
    if (st == TKC_E_NOMEM) return st;
    if (st) *u = (tkc_usage){.format = TKC_USAGE_NONE, .model = {"", 0}, .provider = {"", 0}};
    if (st && err) *err = (tkc_error){0};
    out->mode = u->mode;
    out->unknown_tier = u->flags & TKC_USAGE_UNKNOWN_TIER;
    out->reported = tkc_usage_prompt(u);
    out->reported_read = u->n[TKC_UNIT_READ] + u->n[TKC_UNIT_AUDIO_READ] + u->n[TKC_UNIT_IMAGE_READ];
    return TKC_OK;
}

static tkc_status read_line(tkc_audit_reader *r, tkc_str line, tkc_audit_record *out, tkc_error *err)
{
    static const char *const tenant_key[] = {"tenant", "organization", "organisation", "org", "workspace", "api_key", "key"};
    static const char *const task_key[] = {"task", "route", "name"};
    static const char *const id_key[] = {"id", "request_id", "custom_id", "key", "recordId", "spanId", "span_id"};
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_request_options opt = {.struct_size = sizeof opt, .alloc = r->alloc};
    uint32_t root, request = TKC_JSON_NONE, v;
    tkc_usage u;
    tkc_usage_format trace;
    tkc_str body = line, provider = {NULL, 0}, model = {NULL, 0};
    size_t model_at, model_len, provider_at, provider_len;
    bool is_json, whole_line;
    tkc_status st;
    size_t i = tkc_utf8_mark(line); /* which the JSON reader refuses by name */
    while (i < line.len && tkc_is_space(line.ptr[i])) i++;
    is_json = i < line.len && line.ptr[i] == '{';
    if (!is_json) return tkc_fail(err, TKC_E_FORMAT, i, "expected a JSON object a line");
    st = tkc_json_parse(&r->doc, line, &limits, err);
    if (st) return st;
    root = 0;
    request = member(&r->doc, root, "request");
    whole_line = request == TKC_JSON_NONE || tkc_json_kind_of(&r->doc, request) != TKC_JSON_OBJECT;
    if (!whole_line) body = tkc_json_source(&r->doc, request);
    out->bytes.len = 0;
    out->n_seg = out->n_piece = 0;
    out->has_at = out->is_auto = out->is_long = false;
    out->reported = out->reported_read = 0;
    out->at = 0;
    out->id[0] = out->id[1] = 0;
    st = read_usage(r, &u, out, err);
    if (st) return st;
    read_time(r, ANY(&r->doc, root, time_key), out);
    st = keep_value(r, ANY(&r->doc, root, tenant_key), out, &out->tenant, &out->tenant_len, err);
    if (!st) st = keep_value(r, ANY(&r->doc, root, task_key), out, &out->task, &out->task_len, err);
    v = ANY(&r->doc, root, id_key);
    if (!st) st = keep_value(r, v, out, &out->name, &out->name_len, err);
    if (!st && out->name_len) { /* of its tenant: others may number their requests too */
        tkc_audit_hash(out->id, NULL, out->bytes.ptr + out->tenant, out->tenant_len);
        tkc_audit_hash(out->id, out->id, out->bytes.ptr + out->name, out->name_len);
    }
    if (!st) st = keep_value(r, member(&r->doc, root, "provider"), out, &provider_at, &provider_len, err);
    if (!st) st = keep_value(r, member(&r->doc, root, "model"), out, &model_at, &model_len, err);
    trace = whole_line ? tkc_usage_trace(&r->doc, root, &v) : TKC_USAGE_NONE;
    if (!st && (trace != TKC_USAGE_NONE || member(&r->doc, root, "modelOutput") != TKC_JSON_NONE)) { /* Bedrock's batch: by its shape Anthropic's */
        if (!provider_len) st = keep(out, u.provider, &provider_at, &provider_len, err);
        if (!st && !model_len) st = keep(out, u.model, &model_at, &model_len, err);
    }
    if (!st && trace != TKC_USAGE_NONE) {
        st = tkc_trace_request(&r->trace, &r->doc, trace, v, &body, err);
        if (!st && body.len) st = tkc_json_parse(&r->doc, body, &limits, err);
        if (st == TKC_E_FORMAT || (!st && !body.len)) goto no_request;
    }
    if (st) return st;
    if (provider_len) {
        const char *id = provider_id(r, tkc_audit_text(out, provider_at, provider_len));
        if (id) opt.prefer = tkc_dialect_of_provider(id);
    }
    tkc_audit_hash(out->content, NULL, body.ptr, body.len);
    st = tkc_request_take(&r->request, &r->doc, whole_line ? 0 : request, &opt, err);
    if ((st == TKC_E_UNSUPPORTED || st == TKC_E_FORMAT) && (trace != TKC_USAGE_NONE || (u.format != TKC_USAGE_NONE && request == TKC_JSON_NONE))) goto no_request;
    if (st) return st;
    tkc_buf_clear(&r->scratch);
    st = tkc_request_model(&r->request, &r->scratch, &model, err);
    if (st) return st;
    provider = tkc_audit_text(out, provider_at, provider_len);
    if (!model.len) model = tkc_audit_text(out, model_at, model_len);
    find_names(r, provider, model);
    return TKC_OK;
no_request:
    if (err) *err = (tkc_error){0};
    return TKC_E_NOTFOUND;
}

tkc_status tkc_audit_read(tkc_audit_reader *r, tkc_str line, tkc_audit_record *out, tkc_error *err)
{
    tkc_status st = read_line(r, line, out, err);
    uint32_t day = r->opt.asof, v;
    tkc_str model;
    if (st) return st;
    model = (tkc_str){r->model, strlen(r->model)};
    if (!day) day = out->has_at ? tkc_moment_of_unix(out->at).day : r->opt.today;
    out->rule = tkc_cache_rules_find(r->opt.rules, r->provider, model, day);
    st = keep(out, (tkc_str){r->provider, strlen(r->provider)}, &out->provider, &out->provider_len, err);
    if (!st) st = keep(out, model, &out->model, &out->model_len, err);
    if (st) return st;
    r->encoder = r->opt.encoder(r->opt.encoder_ctx, (tkc_str){r->provider, strlen(r->provider)}, model, &out->cls, err);
    if (!r->encoder) return err && err->code ? err->code : TKC_E_NOTFOUND;
    out->is_auto = r->request.cache_auto;
    if (r->request.doc.n_node) {
        v = body_member(r, "prompt_cache_retention");
        out->is_long = v != TKC_JSON_NONE && tkc_json_is(&r->request.doc, v, "24h");
        v = body_member(r, "cache_control");
        if (v != TKC_JSON_NONE) {
            uint32_t ttl = tkc_json_get(&r->request.doc, v, "ttl", NULL);
            out->is_long = ttl != TKC_JSON_NONE && tkc_json_is(&r->request.doc, ttl, "1h");
        }
    }
    st = segments(r, out, err);
    tkc_audit_number_blocks(out);
    return st ? st : pieces(r, out, err);
}
