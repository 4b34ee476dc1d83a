/*
 * json_edit.c - the splicer: edits become spans of the source with a text each, sorted, and
 * the source is copied around them.
 *
 * Only commas need thought. A child that goes takes the gap in front of it (comma and
 * blanks) if a child before it stays; children at the front that go take the gap behind
 * them. What is inserted behind something that stays brings a comma in front, else one
 * behind unless it is the last. The containers that lose or gain children are walked once.
 */
#include "vocab/base/ascii.h"
#include "vocab/base/json_edit.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/json_plain.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum what { REPLACE, DELETE, INSERT };

struct tkc_json_edit {
    enum what what;
    uint32_t container, node; /* INSERT: the child it goes before, or TKC_JSON_NONE */
    uint32_t order;           /* in which it was given */
    size_t from, len;         /* its text in e->text */
    /* What apply() makes of it. */
    size_t begin, end;       /* the source that goes */
    uint32_t sep, sep_end;   /* source bytes that are copied as separator; both 0: a comma */
    bool comma_before, comma_behind;
};

#define MOST_EDITS ((size_t)1 << 26)

void tkc_json_edits_init(tkc_json_edits *e, const tkc_json *doc, size_t max_bytes,
                         const tkc_allocator *alloc)
{
    memset(e, 0, sizeof *e);
    e->doc = doc;
    e->alloc = tkc_allocator_or_default(alloc);
    tkc_buf_init(&e->text, max_bytes ? max_bytes : (size_t)1 << 30, e->alloc);
    tkc_json_init(&e->check, e->alloc);
}

void tkc_json_edits_clear(tkc_json_edits *e)
{
    e->n = 0;
    tkc_buf_clear(&e->text);
}

void tkc_json_edits_release(tkc_json_edits *e)
{
    tkc_free(e->alloc, e->edit, e->cap, sizeof *e->edit);
    tkc_buf_release(&e->text);
    tkc_json_release(&e->check);
    tkc_json_edits_init(e, e->doc, e->text.max, e->alloc);
}

/* --- noting ------------------------------------------------------------------------------- */

static tkc_status no_such_node(tkc_error *err)
{
    return tkc_fail(err, TKC_E_ARG, 0, "an edit names a value that is not in the JSON text");
}

/* Notes an edit whose text is e->text from `from` on; on failure that text goes again. */
static tkc_status note(tkc_json_edits *e, enum what what, uint32_t container, uint32_t node,
                       size_t from, tkc_error *err)
{
    if (!tkc_grow(e->alloc, &e->edit, &e->cap, e->n + 1, MOST_EDITS, sizeof *e->edit)) {
        e->text.len = from;
        if (e->n >= MOST_EDITS)
            return tkc_fail(err, TKC_E_LIMIT, 0, "more than %zu edits, the limit here",
                            (size_t)MOST_EDITS);
        return tkc_nomem(err);
    }
    e->edit[e->n] = (tkc_json_edit){.what = what,
                                    .container = container,
                                    .node = node,
                                    .order = (uint32_t)e->n,
                                    .from = from,
                                    .len = e->text.len - from};
    e->n++;
    return TKC_OK;
}

/* Appends one checked JSON value. */
static tkc_status add_value(tkc_json_edits *e, tkc_str json, tkc_error *err)
{
    tkc_json_limits l = {.max_depth = SIZE_MAX, .lone_surrogates = true};
    tkc_status st = tkc_json_parse(&e->check, json, &l, err);
    if (st) return st;
    return tkc_buf_append(&e->text, json.ptr, json.len, err);
}

/* The container of an insert: an array, or an object. */
static tkc_status check_container(const tkc_json_edits *e, uint32_t container, tkc_json_kind kind,
                                  uint32_t before, tkc_error *err)
{
    if (container >= e->doc->n_node || (before != TKC_JSON_NONE && before >= e->doc->n_node))
        return no_such_node(err);
    if (tkc_json_kind_of(e->doc, container) != kind)
        return tkc_fail(err, TKC_E_ARG, e->doc->node[container].begin,
                        "nothing can be inserted here: expected %s, found %s",
                        tkc_json_kind_name(kind),
                        tkc_json_kind_name(tkc_json_kind_of(e->doc, container)));
    return TKC_OK;
}

tkc_status tkc_json_replace(tkc_json_edits *e, uint32_t node, tkc_str json, tkc_error *err)
{
    size_t from = e->text.len;
    tkc_status st;
    if (node >= e->doc->n_node) return no_such_node(err);
    st = add_value(e, json, err);
    if (st) return st;
    return note(e, REPLACE, TKC_JSON_NONE, node, from, err);
}

tkc_status tkc_json_replace_text(tkc_json_edits *e, uint32_t node, tkc_str utf8, tkc_error *err)
{
    size_t from = e->text.len;
    tkc_status st;
    if (node >= e->doc->n_node) return no_such_node(err);
    st = tkc_json_append_text(&e->text, utf8, err);
    if (st) return st;
    return note(e, REPLACE, TKC_JSON_NONE, node, from, err);
}

tkc_status tkc_json_delete(tkc_json_edits *e, uint32_t container, uint32_t child, tkc_error *err)
{
    if (container >= e->doc->n_node || child >= e->doc->n_node) return no_such_node(err);
    if (child <= container || child >= e->doc->node[container].next)
        return tkc_fail(err, TKC_E_ARG, e->doc->node[child].begin,
                        "the value to delete is not in the container that was named");
    return note(e, DELETE, container, child, e->text.len, err);
}

tkc_status tkc_json_insert(tkc_json_edits *e, uint32_t array, uint32_t before, tkc_str json,
                           tkc_error *err)
{
    size_t from = e->text.len;
    tkc_status st = check_container(e, array, TKC_JSON_ARRAY, before, err);
    if (!st) st = add_value(e, json, err);
    if (st) return st;
    return note(e, INSERT, array, before, from, err);
}

tkc_status tkc_json_insert_member(tkc_json_edits *e, uint32_t object, uint32_t before,
                                  tkc_str key, tkc_str json, tkc_error *err)
{
    size_t from = e->text.len;
    tkc_status st = check_container(e, object, TKC_JSON_OBJECT, before, err);
    if (!st) st = tkc_json_append_text(&e->text, key, err);
    if (!st) st = tkc_buf_append_byte(&e->text, ':', err);
    if (!st) st = add_value(e, json, err);
    if (st) {
        e->text.len = from;
        return st;
    }
    return note(e, INSERT, object, before, from, err);
}

/* --- sorting ------------------------------------------------------------------------------ */

typedef bool (*before_fn)(const tkc_json_edit *a, const tkc_json_edit *b);

static void sift(tkc_json_edit *x, size_t root, size_t n, before_fn before)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        tkc_json_edit t;
        if (child + 1 < n && before(&x[child], &x[child + 1])) child++;
        if (!before(&x[root], &x[child])) return;
        t = x[root];
        x[root] = x[child];
        x[child] = t;
    }
}

/* In place; the orders below are total, so that it need not be stable. Who goes through the source notes
 * edits in order. */
static void sort(tkc_json_edit *x, size_t n, before_fn before)
{
    size_t sorted = 1;
    while (sorted < n && before(&x[sorted - 1], &x[sorted])) sorted++;
    if (sorted >= n) return;
    for (size_t i = n / 2; i-- > 0;) sift(x, i, n, before);
    for (size_t i = n; i-- > 1;) {
        tkc_json_edit t = x[0];
        x[0] = x[i];
        x[i] = t;
        sift(x, 0, i, before);
    }
}

/* Replacements first, then by container and child, an insert before a deletion of the same. */
static bool by_child(const tkc_json_edit *a, const tkc_json_edit *b)
{
    bool ra = a->what == REPLACE, rb = b->what == REPLACE;
    if (ra != rb) return ra;
    if (ra) return a->node != b->node ? a->node < b->node : a->order < b->order;
    if (a->container != b->container) return a->container < b->container;
    if (a->node != b->node) return a->node < b->node;
    if (a->what != b->what) return a->what == INSERT;
    return a->order < b->order;
}

/* By place in the source. At one place: inserts (which take no source) in their order first,
 * then what goes. */
static bool by_place(const tkc_json_edit *a, const tkc_json_edit *b)
{
    if (a->begin != b->begin) return a->begin < b->begin;
    if ((a->begin == a->end) != (b->begin == b->end)) return a->begin == a->end;
    if (a->what != b->what) return a->what < b->what;
    return a->order < b->order;
}

/* --- commas ------------------------------------------------------------------------------- */

/* The end of a child: of its value, where it is a key. */
static size_t child_end(const tkc_json *doc, bool object, uint32_t child)
{
    return doc->node[object ? child + 1 : child].end;
}

static uint32_t next_child(const tkc_json *doc, uint32_t container, bool object, uint32_t child)
{
    return tkc_json_next(doc, container, object ? child + 1 : child);
}

/* The edits x[0 .. n) of one container, sorted by child: gives each its place. */
static tkc_status place(const tkc_json *doc, tkc_json_edit *x, size_t n, tkc_error *err)
{
    const uint32_t container = x[0].container;
    const bool object = tkc_json_kind_of(doc, container) == TKC_JSON_OBJECT;
    size_t i = 0, at = (size_t)doc->node[container].begin + 1; /* the end of the child before */
    size_t stay_left = tkc_json_count(doc, container), insert_left = 0;
    uint32_t gap_a = TKC_JSON_NONE, gap_b = TKC_JSON_NONE; /* children with a gap between them */
    bool stays = false;                                    /* one of those passed stays */
    for (size_t k = 0; k < n; k++) {
        if (x[k].what == INSERT)
            insert_left++;
        else if (stay_left)
            stay_left--;
    }
    for (uint32_t c = tkc_json_first(doc, container), next;; c = next) {
        const bool last = c == TKC_JSON_NONE;
        next = last ? c : next_child(doc, container, object, c);
        if (gap_a == TKC_JSON_NONE && next != TKC_JSON_NONE) {
            gap_a = c;
            gap_b = next;
        }
        for (; i < n && x[i].node == c && x[i].what == INSERT; i++) {
            x[i].begin = x[i].end = stays || last ? at : doc->node[c].begin;
            insert_left--;
            x[i].comma_before = stays;
            x[i].comma_behind = !stays && (stay_left || insert_left);
            if (gap_a == TKC_JSON_NONE) continue;
            /* Comma and blanks as the author writes them. */
            x[i].sep = (uint32_t)child_end(doc, object, gap_a);
            x[i].sep_end = doc->node[gap_b].begin;
        }
        if (last) break;
        if (i < n && x[i].node == c) {
            if (i + 1 < n && x[i + 1].node == c)
                return tkc_fail(err, TKC_E_ARG, doc->node[c].begin,
                                "two edits delete the same value");
            x[i].begin = stays ? at : doc->node[c].begin;
            x[i].end = stays || next == TKC_JSON_NONE ? child_end(doc, object, c)
                                                      : doc->node[next].begin;
            i++;
        } else {
            stays = true;
            stay_left--;
        }
        at = child_end(doc, object, c);
        if (next != TKC_JSON_NONE) {
            gap_a = c;
            gap_b = next;
        }
    }
    if (i < n)
        return tkc_fail(err, TKC_E_ARG, doc->node[x[i].node].begin,
                        "an edit names a value that is no %s of its container",
                        object ? "key" : "element");
    return TKC_OK;
}

/* A string with a colon behind it is a key. */
static bool is_key(const tkc_json *doc, uint32_t node)
{
    size_t i = doc->node[node].end;
    while (i < doc->text.len && tkc_is_space(doc->text.ptr[i])) i++;
    return i < doc->text.len && doc->text.ptr[i] == ':';
}

static tkc_status place_all(tkc_json_edits *e, tkc_error *err)
{
    const tkc_json *doc = e->doc;
    size_t i = 0;
    sort(e->edit, e->n, by_child);
    for (; i < e->n && e->edit[i].what == REPLACE; i++) {
        tkc_json_edit *x = &e->edit[i];
        const char *t = e->text.ptr + x->from;
        size_t k = 0;
        if (i && x[-1].node == x->node)
            return tkc_fail(err, TKC_E_ARG, doc->node[x->node].begin,
                            "two edits replace the same value");
        while (k < x->len && tkc_is_space(t[k])) k++;
        if (t[k] != '"' && tkc_json_kind_of(doc, x->node) == TKC_JSON_STRING &&
            is_key(doc, x->node))
            return tkc_fail(err, TKC_E_ARG, doc->node[x->node].begin,
                            "a key can only be replaced by a string");
        x->begin = doc->node[x->node].begin;
        x->end = doc->node[x->node].end;
    }
    while (i < e->n) {
        size_t n = 1;
        tkc_status st;
        while (i + n < e->n && e->edit[i + n].container == e->edit[i].container) n++;
        st = place(doc, e->edit + i, n, err);
        if (st) return st;
        i += n;
    }
    return TKC_OK;
}

/* --- copying ------------------------------------------------------------------------------ */

static tkc_status put_separator(const tkc_json_edits *e, const tkc_json_edit *x, tkc_buf *out,
                                tkc_error *err)
{
    if (x->sep_end > x->sep)
        return tkc_buf_append(out, e->doc->text.ptr + x->sep, x->sep_end - x->sep, err);
    return tkc_buf_append_byte(out, ',', err);
}

static tkc_status put_edit(const tkc_json_edits *e, const tkc_json_edit *x, tkc_buf *out,
                           tkc_error *err)
{
    tkc_status st = TKC_OK;
    if (x->what == INSERT && x->comma_before) st = put_separator(e, x, out, err);
    if (!st && x->len) st = tkc_buf_append(out, e->text.ptr + x->from, x->len, err);
    if (!st && x->what == INSERT && x->comma_behind) st = put_separator(e, x, out, err);
    return st;
}

tkc_status tkc_json_edits_apply(tkc_json_edits *e, tkc_buf *out, tkc_error *err)
{
    size_t from = out->len, at = 0;
    tkc_status st = place_all(e, err);
    if (!st) sort(e->edit, e->n, by_place);
    for (size_t i = 0; !st && i < e->n; i++) {
        const tkc_json_edit *x = &e->edit[i];
        if (x->begin < at) {
            st = tkc_fail(err, TKC_E_ARG, x->begin,
                          "an edit lies inside a value that another edit takes away");
            break;
        }
        st = tkc_buf_append(out, e->doc->text.ptr + at, x->begin - at, err);
        if (!st) st = put_edit(e, x, out, err);
        at = x->end;
    }
    if (!st) st = tkc_buf_append(out, e->doc->text.ptr + at, e->doc->text.len - at, err);
    if (st) out->len = from;
    return st;
}

/* --- strings ------------------------------------------------------------------------------ */

tkc_status tkc_json_append_text(tkc_buf *out, tkc_str utf8, tkc_error *err)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *s = (const unsigned char *)utf8.ptr;
    size_t from = out->len, good = tkc_utf8_valid(utf8.ptr, utf8.len), i = 0;
    tkc_status st;
    if (good < utf8.len)
        return tkc_fail(err, TKC_E_FORMAT, good,
                        "byte \\x%02x is not UTF-8, so it cannot stand in a JSON string",
                        (unsigned)(unsigned char)utf8.ptr[good]);
    st = tkc_buf_append_byte(out, '"', err);
    while (!st && i < utf8.len) {
        char esc[6] = {'\\', 'u', '0', '0', 0, 0};
        size_t plain = i, n = 2;
        unsigned char c = 0;
        while ((plain = tkc_json_plain_end(s, plain, utf8.len)) < utf8.len && (c = s[plain]) >= 0x80)
            while (plain < utf8.len && s[plain] >= 0x80) plain++;
        st = tkc_buf_append(out, utf8.ptr + i, plain - i, err);
        i = plain;
        if (st || i == utf8.len) break;
        switch (c) {
        case '"':
        case '\\': esc[1] = (char)c; break;
        case '\b': esc[1] = 'b'; break;
        case '\f': esc[1] = 'f'; break;
        case '\n': esc[1] = 'n'; break;
        case '\r': esc[1] = 'r'; break;
        case '\t': esc[1] = 't'; break;
        default:
            esc[4] = hex[c >> 4];
            esc[5] = hex[c & 15];
            n = 6;
        }
        st = tkc_buf_append(out, esc, n, err);
        i++;
    }
    if (!st) st = tkc_buf_append_byte(out, '"', err);
    if (st) out->len = from;
    return st;
}
