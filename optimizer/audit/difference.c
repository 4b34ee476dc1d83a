/*
 * difference.c - what kind of change two texts of one place show.
 *
 * From the most certain to the least: the same JSON written otherwise, the same words with other
 * blanks, a value of a known shape at the first difference, else where it stands.
 */
#include "optimizer/audit/audit.h"

#include "optimizer/cache/volatile.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *fix;
} causes[TKC_N_CAUSE] = {
    {"", ""},
#define CAUSE(id, name, fix) {name, fix},
#include "optimizer/audit/causes.def"
#undef CAUSE
};

const char *tkc_audit_cause_name(tkc_audit_cause c)
{
    return (unsigned)c < TKC_N_CAUSE ? causes[c].name : "";
}

const char *tkc_audit_cause_fix(tkc_audit_cause c)
{
    return (unsigned)c < TKC_N_CAUSE ? causes[c].fix : "";
}

tkc_audit_cause tkc_audit_cause_find(const char *name)
{
    for (int i = 1; i < TKC_N_CAUSE; i++)
        if (strcmp(causes[i].name, name) == 0) return (tkc_audit_cause)i;
    return TKC_CAUSE_NONE;
}

static bool is_letter(char c)
{
    const unsigned char u = (unsigned char)c;
    return u >= 0x80 || (u >= '0' && u <= '9') || ((u | 32) >= 'a' && (u | 32) <= 'z');
}

static bool same_words(tkc_str a, tkc_str b)
{
    size_t i = 0, k = 0;
    for (;;) {
        bool x = false, y = false;
        while (i < a.len && tkc_is_space(a.ptr[i])) i++, x = true;
        while (k < b.len && tkc_is_space(b.ptr[k])) k++, y = true;
        if (i == a.len || k == b.len) return i == a.len && k == b.len;
        /* a blank that comes or goes inside a word is another word, but not beside a mark */
        if (x != y && i && k && is_letter(a.ptr[i]) && is_letter(x ? b.ptr[k - 1] : a.ptr[i - 1])) return false;
        if (a.ptr[i++] != b.ptr[k++]) return false;
    }
}

/* Equal values, whatever the order of members. Each node gets a hash: members' hashes are added up, so
 * that their order is nothing. Children stand behind their parents, so from the last to the first. */
static bool value_hash(tkc_str s, uint64_t out[2], const tkc_allocator *alloc)
{
    tkc_json d;
    uint64_t (*h)[2] = NULL;
    bool ok = false;
    tkc_json_init(&d, alloc);
    if (s.len && !tkc_json_parse(&d, s, NULL, NULL) && tkc_json_kind_of(&d, 0) >= TKC_JSON_ARRAY)
        h = tkc_alloc(tkc_allocator_or_default(alloc), d.n_node, sizeof *h);
    if (h) {
        for (uint32_t i = (uint32_t)d.n_node; i--;) {
            const tkc_json_kind k = tkc_json_kind_of(&d, i);
            uint64_t sum[2] = {(uint64_t)k + 1, 0};
            if (k == TKC_JSON_OBJECT) {
                for (uint32_t m = tkc_json_first(&d, i); m != TKC_JSON_NONE; m = tkc_json_next_member(&d, i, m)) {
                    uint64_t pair[2];
                    tkc_audit_hash(pair, h[m], h[m + 1], sizeof h[m]);
                    sum[0] += pair[0];
                    sum[1] += pair[1];
                }
            } else if (k == TKC_JSON_ARRAY) {
                for (uint32_t m = tkc_json_first(&d, i); m != TKC_JSON_NONE; m = tkc_json_next(&d, i, m)) {
                    uint64_t next[2];
                    tkc_audit_hash(next, sum, h[m], sizeof h[m]);
                    sum[0] = next[0];
                    sum[1] = next[1];
                }
            }
            if (k >= TKC_JSON_ARRAY)
                tkc_audit_hash(h[i], NULL, sum, sizeof sum);
            else
                tkc_audit_hash(h[i], NULL, d.text.ptr + d.node[i].begin, d.node[i].end - d.node[i].begin);
        }
        out[0] = h[0][0];
        out[1] = h[0][1];
        ok = true;
        tkc_free(tkc_allocator_or_default(alloc), h, d.n_node, sizeof *h);
    }
    tkc_json_release(&d);
    return ok;
}

static bool same_value(tkc_str a, tkc_str b, const tkc_allocator *alloc)
{
    uint64_t x[2], y[2];
    return value_hash(a, x, alloc) && value_hash(b, y, alloc) && x[0] == y[0] && x[1] == y[1];
}

/* The brace or bracket part of a text around a byte: JSON inside of prose. */
static tkc_str json_around(tkc_str s, size_t at)
{
    size_t a = 0, b = s.len;
    while (a < at && a < s.len && s.ptr[a] != '{' && s.ptr[a] != '[') a++;
    while (b > at && s.ptr[b - 1] != '}' && s.ptr[b - 1] != ']') b--;
    return a < b ? (tkc_str){s.ptr + a, b - a} : (tkc_str){NULL, 0};
}

static tkc_audit_cause setting_changed(tkc_str was, tkc_str is, size_t common)
{
    static const struct {
        const char *name;
        tkc_audit_cause cause;
    } known[] = {{"model=", TKC_CAUSE_MODEL_CHANGE},       {"tool_choice=", TKC_CAUSE_TOOL_CHOICE_CHANGE},
                 {"parallel=", TKC_CAUSE_TOOL_CHOICE_CHANGE}, {"images=", TKC_CAUSE_IMAGE},
                 {"thinking=", TKC_CAUSE_THINKING_CHANGE}, {"verbosity=", TKC_CAUSE_THINKING_CHANGE},
                 {"speed=", TKC_CAUSE_THINKING_CHANGE},    {"search=", TKC_CAUSE_TOOL_CHANGE}};
    size_t line = common;
    (void)was;
    while (line && is.ptr[line - 1] != '\n') line--;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const size_t n = strlen(known[i].name);
        if (is.len - line >= n && memcmp(is.ptr + line, known[i].name, n) == 0) return known[i].cause;
    }
    return TKC_CAUSE_OTHER_TEXT;
}

static const tkc_audit_cause of_value[TKC_N_VOLATILE] = {TKC_CAUSE_NONE,    TKC_CAUSE_CLOCK,      TKC_CAUSE_DATE, TKC_CAUSE_UUID,
                                                         TKC_CAUSE_COUNTER, TKC_CAUSE_REQUEST_ID, TKC_CAUSE_HASH, TKC_CAUSE_USER_NAME};

uint32_t tkc_audit_values_behind(tkc_str was, tkc_str is, size_t common, tkc_audit_also *out, uint32_t most)
{
    uint32_t n = 0;
    size_t from = 0; /* in `is`: where what is left of it begins */
    for (;;) {
        tkc_volatile a, b;
        const tkc_volatile_kind v = tkc_volatile_change(was, is, common, &b);
        if (!v || tkc_volatile_change(is, was, common, &a) != v || a.end < common || b.end < common) return n;
        if (from && n < most) out[n++] = (tkc_audit_also){of_value[v], from + common};
        if (n == most) return n;
        from += b.end;
        was = tkc_str_part(was, a.end, was.len - a.end);
        is = tkc_str_part(is, b.end, is.len - b.end);
        common = 0;
        while (common < was.len && common < is.len && was.ptr[common] == is.ptr[common]) common++;
        if (!common || (common == was.len && common == is.len)) return n;
    }
}

tkc_audit_cause tkc_audit_difference(uint8_t kind, uint8_t zone, bool is_setting, tkc_str was, tkc_str is, size_t common,
                                     const tkc_allocator *alloc)
{
    tkc_volatile_kind v;
    if (is_setting) return setting_changed(was, is, common);
    if (kind == TKC_PART_IMAGE) return TKC_CAUSE_IMAGE;
    if (same_words(was, is)) return TKC_CAUSE_WHITESPACE;
    if (same_value(was, is, alloc) || same_value(json_around(was, common), json_around(is, common), alloc)) return TKC_CAUSE_KEY_ORDER;
    v = tkc_volatile_change(was, is, common, NULL);
    /* of two texts that begin otherwise no value says anything */
    if (v && common) return of_value[v];
    if (v) {
        size_t a = was.len, b = is.len, same = 0;
        while (a && b && same < 64 && was.ptr[--a] == is.ptr[--b]) same++;
        if (same >= 16) return of_value[v];
    }
    if (zone == TKC_ZONE_TOOLS) return TKC_CAUSE_TOOL_CHANGE;
    if (zone == TKC_ZONE_MESSAGES) return TKC_CAUSE_HISTORY_EDITED;
    return TKC_CAUSE_OTHER_TEXT;
}
