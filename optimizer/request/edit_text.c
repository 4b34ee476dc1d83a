/*
 * edit_text.c - writing edits into texts that are not JSON: plain text, Markdown, YAML.
 *
 * Both write in one pass over the source and then read what they wrote: text as the same
 * messages with the new texts, YAML as the same data as JSON's writer makes. That is what
 * allows the writers to be simple: a layout they do not understand is refused, never broken.
 */
#include "optimizer/request/edit_impl.h"
#include "optimizer/request/read.h"

#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <string.h>

/* The first byte of the line that i is in. */
static size_t line_begin(tkc_str s, size_t i)
{
    while (i && s.ptr[i - 1] != '\n') i--;
    return i;
}

/* The byte behind the end of the line that i is in. */
static size_t line_end(tkc_str s, size_t i)
{
    const char *nl = i < s.len ? memchr(s.ptr + i, '\n', s.len - i) : NULL;
    return nl ? (size_t)(nl - s.ptr) + 1 : s.len;
}

/* --- text and Markdown -------------------------------------------------------------------- */

/* Where a message begins, with its marker line: blanks in front of its text, and one line. */
static size_t message_begin(tkc_str s, size_t begin)
{
    size_t i = begin;
    while (i && tkc_is_space(s.ptr[i - 1])) i--;
    return line_begin(s, i ? i - 1 : 0);
}

static tkc_status check_text(const tkc_edit *e, const uint32_t *last, const bool *gone,
                             tkc_str text, tkc_error *err)
{
    const tkc_request *r = e->r;
    tkc_request_options o = {.struct_size = sizeof o, .dialect = r->dialect, .alloc = e->alloc,
                             .max_bytes = e->max_bytes};
    tkc_request again;
    tkc_error why;
    size_t k = 0;
    tkc_status st;
    tkc_request_init(&again, &o);
    st = tkc_request_read(&again, text, &o, &why);
    if (st == TKC_E_NOMEM) tkc_nomem(err);
    for (size_t i = 0; !st && i < r->n_part; i++) {
        tkc_str want = last[i] ? tkc_edit_op_text(e, last[i]) : tkc_part_source(r, i), found;
        if (gone[i]) continue;
        if (k < again.n_part) found = tkc_part_source(&again, k);
        if (k >= again.n_part || again.part[k].role != r->part[i].role || found.len != want.len ||
            (want.len && memcmp(found.ptr, want.ptr, want.len) != 0))
            st = tkc_fail(err, TKC_E_UNSUPPORTED, r->part[i].begin,
                          "the new text of part %zu would not be read as that: a line of it is "
                          "Markdown's front matter or a message's first line, or blanks begin or "
                          "end it", i);
        k++;
    }
    if (!st && k != again.n_part)
        st = tkc_fail(err, TKC_E_UNSUPPORTED, 0,
                      "the edited text would hold %zu messages, not %zu", again.n_part, k);
    tkc_request_release(&again);
    return st;
}

tkc_status tkc_edit_apply_text(tkc_edit *e, tkc_buf *out, tkc_error *err)
{
    enum { FEW = 64 };
    const tkc_request *r = e->r;
    const tkc_str s = r->source;
    uint32_t few[FEW] = {0}, *last = few;
    bool few_gone[FEW] = {0}, *gone = few_gone;
    size_t from = out->len, at = 0, n = r->n_part, n_gone = 0;
    tkc_status st = TKC_OK;
    if (n > FEW) {
        last = tkc_alloc_zero(e->alloc, n, sizeof *last);
        gone = tkc_alloc_zero(e->alloc, n, sizeof *gone);
        if (!last || !gone) st = tkc_nomem(err);
    }
    for (size_t i = 0; !st && i < e->n_op; i++) {
        const tkc_edit_op *o = &e->op[i];
        if (o->what == TKC_EDIT_TEXT) last[o->place] = (uint32_t)i + 1;
        if (o->what == TKC_EDIT_PART) gone[o->place] = true;
        if (o->what == TKC_EDIT_TURN)
            for (uint32_t k = 0; k < r->turn[o->place].n; k++) gone[r->turn[o->place].first + k] = true;
    }
    for (size_t i = 0; !st && i < n; i++) n_gone += gone[i];
    if (!st && n_gone == n)
        st = tkc_fail(err, TKC_E_ARG, 0, "the only message of a text cannot be removed");
    for (size_t i = 0; !st && i < n; i++) {
        const tkc_part *p = &r->part[i];
        size_t begin = gone[i] ? message_begin(s, p->begin) : p->begin, end = p->end;
        if (!gone[i] && !last[i]) continue;
        if (gone[i]) end = i + 1 < n ? message_begin(s, r->part[i + 1].begin) : s.len;
        st = tkc_buf_append(out, s.ptr + at, begin - at, err);
        if (!st && !gone[i]) {
            tkc_str text = tkc_edit_op_text(e, last[i]);
            st = tkc_buf_append(out, text.ptr, text.len, err);
            /* An empty message stands where the next one's first line begins. */
            if (!st && begin == end && end < s.len && line_begin(s, end) == end)
                st = tkc_buf_append_byte(out, '\n', err);
        }
        at = end;
    }
    if (!st) st = tkc_buf_append(out, s.ptr + at, s.len - at, err);
    if (!st) st = check_text(e, last, gone, tkc_edit_tail(out, from), err);
    if (n > FEW) {
        tkc_free(e->alloc, last, n, sizeof *last);
        tkc_free(e->alloc, gone, n, sizeof *gone);
    }
    if (st) out->len = from;
    return st;
}

/* --- YAML --------------------------------------------------------------------------------- */

typedef struct yaml_writer {
    tkc_edit *e;
    tkc_buf *out;
    size_t from; /* of out, where the text begins */
    size_t at;   /* the source is copied up to here */
} yaml_writer;

static struct tkc_source_span span_of(const yaml_writer *w, uint32_t node)
{
    return w->e->r->span[node];
}

static bool is_flow(const yaml_writer *w, uint32_t node)
{
    const tkc_request *r = w->e->r;
    size_t begin = span_of(w, node).begin;
    return tkc_json_kind_of(&r->doc, node) >= TKC_JSON_ARRAY && begin < r->source.len &&
           (r->source.ptr[begin] == '[' || r->source.ptr[begin] == '{');
}

/* Where the text of a value ends. A block's own span may go on over comments behind it. */
static size_t value_end(const yaml_writer *w, uint32_t node)
{
    const tkc_request *r = w->e->r;
    uint32_t k = r->doc.node[node].next - 1;
    size_t end = span_of(w, k).end;
    while (k != node) {
        k = w->e->parent[k];
        if (is_flow(w, k) && span_of(w, k).end > end) end = span_of(w, k).end;
    }
    return end;
}

static tkc_status cannot(const yaml_writer *w, size_t byte, const char *what, tkc_error *err)
{
    (void)w;
    return tkc_fail(err, TKC_E_UNSUPPORTED, byte, "YAML: %s: edit the file by hand, or give it as JSON",
                    what);
}

/* The source up to begin, then text; the source goes on at end. */
static tkc_status splice(yaml_writer *w, size_t begin, size_t end, const char *text, size_t n,
                         tkc_error *err)
{
    const tkc_str s = w->e->r->source;
    tkc_status st;
    if (begin < w->at) return cannot(w, begin, "edits at this place would run into each other", err);
    st = tkc_buf_append(w->out, s.ptr + w->at, begin - w->at, err);
    if (!st) st = tkc_buf_append(w->out, text, n, err);
    w->at = end;
    return st;
}

static tkc_status put(yaml_writer *w, const char *text, size_t n, tkc_error *err)
{
    return tkc_buf_append(w->out, text, n, err);
}

static tkc_status put_blanks(yaml_writer *w, size_t n, tkc_error *err)
{
    tkc_status st = TKC_OK;
    while (!st && n--) st = tkc_buf_append_byte(w->out, ' ', err);
    return st;
}

/* Can a literal block say it? Its lines must not need escapes, its first must not begin with
 * a blank (that would be taken for the indentation), and it may end with one line end. */
static bool fits_block(tkc_str text)
{
    size_t n = text.len;
    if (!n || tkc_is_space(text.ptr[0])) return false;
    if (n >= 2 && text.ptr[n - 1] == '\n' && text.ptr[n - 2] == '\n') return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 32 && c != '\n' && c != '\t') || c == 127) return false;
        /* C1 controls, line and paragraph separators, byte order marks: YAML has its own mind
         * about them. */
        if (c == 0xc2 && i + 1 < n && (unsigned char)text.ptr[i + 1] < 0xa0) return false;
        if (c == 0xe2 && i + 2 < n && (unsigned char)text.ptr[i + 1] == 0x80 &&
            ((unsigned char)text.ptr[i + 2] & 0xfe) == 0xa8)
            return false;
        if (c == 0xef && i + 1 < n && (unsigned char)text.ptr[i + 1] >= 0xbb) return false;
        if (c >= 0xf0) return false;
    }
    return true;
}

/* How far the lines of the literal block at span are indented; 0: it is none, or is empty. */
static size_t block_indent(tkc_str s, struct tkc_source_span span)
{
    size_t i = span.begin, begin;
    if (i >= s.len || s.ptr[i] != '|') return 0;
    for (i = line_end(s, i); i < span.end; i = line_end(s, i)) {
        begin = i;
        while (i < span.end && s.ptr[i] == ' ') i++;
        if (i < span.end && !tkc_is_space(s.ptr[i])) return i - begin;
    }
    return 0;
}

static tkc_status put_block(yaml_writer *w, tkc_str text, size_t indent, tkc_error *err)
{
    bool ends = text.ptr[text.len - 1] == '\n';
    size_t i = 0, n = text.len - ends;
    tkc_status st = ends ? put(w, "|", 1, err) : put(w, "|-", 2, err);
    while (!st && i <= n) {
        const char *nl = i < n ? memchr(text.ptr + i, '\n', n - i) : NULL;
        size_t end = nl ? (size_t)(nl - text.ptr) : n;
        st = put(w, "\n", 1, err);
        if (!st && end > i) st = put_blanks(w, indent, err);
        if (!st) st = put(w, text.ptr + i, end - i, err);
        i = end + 1;
    }
    return st;
}

static tkc_status yaml_replace(void *ctx, uint32_t node, uint32_t op, tkc_error *err)
{
    yaml_writer *w = ctx;
    const tkc_str s = w->e->r->source, text = tkc_edit_op_text(w->e, op);
    struct tkc_source_span span = span_of(w, node);
    bool is_text = w->e->op[op - 1].what == TKC_EDIT_TEXT;
    size_t indent = is_text ? block_indent(s, span) : 0;
    tkc_status st;
    span.end = value_end(w, node);
    if (span.begin < s.len && (s.ptr[span.begin] == '&' || s.ptr[span.begin] == '!'))
        return cannot(w, span.begin, "a value with an anchor or a tag is not replaced", err);
    st = splice(w, span.begin, span.end, "", 0, err);
    /* "key:" with nothing behind it needs its blank. */
    if (!st && span.begin == span.end && span.begin && s.ptr[span.begin - 1] == ':')
        st = put(w, " ", 1, err);
    if (st) return st;
    if (indent && fits_block(text)) return put_block(w, text, indent, err);
    return is_text ? tkc_json_append_text(w->out, text, err) : put(w, text.ptr, text.len, err);
}

/* The "-" of a block list's item; SIZE_MAX where there is none in front of it. */
static size_t dash_of(const yaml_writer *w, uint32_t item)
{
    const tkc_str s = w->e->r->source;
    size_t i = span_of(w, item).begin;
    while (i && tkc_is_space(s.ptr[i - 1])) i--;
    return i && s.ptr[i - 1] == '-' ? i - 1 : SIZE_MAX;
}

/* Where a child of a block begins: its dash or its key. */
static size_t child_begin(const yaml_writer *w, uint32_t container, uint32_t child)
{
    return tkc_json_kind_of(&w->e->r->doc, container) == TKC_JSON_ARRAY ? dash_of(w, child)
                                                                        : span_of(w, child).begin;
}

static tkc_status yaml_remove(void *ctx, uint32_t container, uint32_t child, tkc_error *err)
{
    yaml_writer *w = ctx;
    const tkc_json *d = &w->e->r->doc;
    const tkc_str s = w->e->r->source;
    bool object = tkc_json_kind_of(d, container) == TKC_JSON_OBJECT;
    uint32_t next = tkc_json_next(d, container, object ? child + 1 : child);
    size_t begin = child_begin(w, container, child), end, line;
    if (is_flow(w, container)) {
        begin = span_of(w, child).begin;
        end = next != TKC_JSON_NONE ? span_of(w, next).begin
                                    : value_end(w, object ? child + 1 : child);
        return splice(w, begin, end, "", 0, err);
    }
    if (begin == SIZE_MAX) return cannot(w, span_of(w, child).begin, "no item to remove here", err);
    end = value_end(w, object ? child + 1 : child);
    line = line_begin(s, begin);
    while (line < begin && s.ptr[line] == ' ') line++;
    if (line == begin) return splice(w, line_begin(s, begin), line_end(s, end), "", 0, err);
    /* Behind the dash of an item: what follows moves up. */
    if (next == TKC_JSON_NONE || child_begin(w, container, next) == SIZE_MAX)
        return cannot(w, begin, "the only value of a list's item", err);
    return splice(w, begin, child_begin(w, container, next), "", 0, err);
}

static tkc_status yaml_insert(void *ctx, uint32_t container, uint32_t before, uint32_t op,
                              tkc_error *err)
{
    yaml_writer *w = ctx;
    const tkc_request *r = w->e->r;
    const tkc_str s = r->source, text = tkc_edit_op_text(w->e, op), key = tkc_edit_op_key(w->e, op);
    bool object = tkc_json_kind_of(&r->doc, container) == TKC_JSON_OBJECT;
    bool flow = is_flow(w, container), empty = tkc_json_count(&r->doc, container) == 0;
    size_t place, first = empty ? 0 : child_begin(w, container, container + 1), column;
    tkc_status st;
    if (empty && !flow) return cannot(w, span_of(w, container).begin, "nothing is there to add to", err);
    if (first == SIZE_MAX) return cannot(w, span_of(w, container).begin, "no item to add to", err);
    column = first - line_begin(s, first);
    if (before != TKC_JSON_NONE)
        place = flow ? span_of(w, before).begin : child_begin(w, container, before);
    else if (empty)
        place = span_of(w, container).begin + 1;
    else
        place = value_end(w, r->doc.node[container].next - 1);
    if (before == TKC_JSON_NONE && !empty) {
        /* The last child's end; it may end in containers of its own. */
        uint32_t c = container + 1, n;
        while ((n = tkc_json_next(&r->doc, container, object ? c + 1 : c)) != TKC_JSON_NONE) c = n;
        place = value_end(w, object ? c + 1 : c);
        if (!flow) /* behind what else the line has, a comment */
            for (place = line_end(s, place); place && tkc_is_space(s.ptr[place - 1]); place--) {}
    }
    if (place == SIZE_MAX || place < w->at)
        return cannot(w, span_of(w, container).begin, "nothing can be added here", err);
    st = splice(w, place, place, "", 0, err);
    if (!st && before == TKC_JSON_NONE && !empty) {
        st = put(w, flow ? ", " : "\n", flow ? 2 : 1, err);
        if (!st && !flow) st = put_blanks(w, column, err);
    }
    if (!st && !flow && !object) st = put(w, "- ", 2, err);
    if (!st && object) st = tkc_json_append_text(w->out, key, err);
    if (!st && object) st = put(w, ": ", 2, err);
    if (!st) st = put(w, text.ptr, text.len, err);
    if (!st && before != TKC_JSON_NONE) {
        st = put(w, flow ? ", " : "\n", flow ? 2 : 1, err);
        if (!st && !flow) st = put_blanks(w, column, err);
    }
    return st;
}

/* Do two JSON texts say the same, member for member? Both are put into one list, so that one
 * document has them and its strings can be compared. */
static tkc_status same_data(const tkc_edit *e, tkc_str a, tkc_str b, bool *same, tkc_error *err)
{
    tkc_buf both;
    tkc_json d;
    tkc_json_limits l = {.max_depth = e->r->max_depth + 1};
    tkc_status st;
    tkc_buf_init(&both, SIZE_MAX / 2, e->alloc);
    tkc_json_init(&d, e->alloc);
    st = tkc_buf_append_byte(&both, '[', err);
    if (!st) st = tkc_buf_append(&both, a.ptr, a.len, err);
    if (!st) st = tkc_buf_append_byte(&both, ',', err);
    if (!st) st = tkc_buf_append(&both, b.ptr, b.len, err);
    if (!st) st = tkc_buf_append_byte(&both, ']', err);
    if (!st) st = tkc_json_parse(&d, tkc_buf_str(&both), &l, err);
    if (!st) {
        uint32_t x = 1, y = d.node[1].next, n = y - x;
        *same = d.n_node - y == n;
        for (uint32_t i = 0; *same && i < n; i++) {
            tkc_json_kind k = tkc_json_kind_of(&d, x + i);
            tkc_str s = tkc_json_source(&d, x + i), t = tkc_json_source(&d, y + i);
            *same = k == tkc_json_kind_of(&d, y + i) &&
                    tkc_json_count(&d, x + i) == tkc_json_count(&d, y + i);
            if (!*same) break;
            if (k == TKC_JSON_STRING) *same = tkc_json_compare(&d, x + i, y + i) == 0;
            if (k == TKC_JSON_NUMBER) *same = s.len == t.len && memcmp(s.ptr, t.ptr, s.len) == 0;
        }
    }
    tkc_json_release(&d);
    tkc_buf_release(&both);
    return st;
}

tkc_status tkc_edit_apply_yaml(tkc_edit *e, const tkc_edit_plan *plan, tkc_str json, tkc_buf *out,
                               tkc_error *err)
{
    static const tkc_edit_visitor v = {yaml_replace, yaml_remove, yaml_insert};
    const tkc_request *r = e->r;
    yaml_writer w = {.e = e, .out = out, .from = out->len};
    tkc_request_options o = {.struct_size = sizeof o, .dialect = TKC_DIALECT_YAML,
                             .alloc = e->alloc, .max_bytes = e->max_bytes,
                             .max_depth = r->max_depth, .max_values = r->max_values,
                             .max_parts = r->max_parts};
    tkc_request again;
    tkc_error why;
    bool same = false;
    tkc_status st = tkc_edit_walk(e, plan, &v, &w, err);
    if (!st) st = tkc_buf_append(out, r->source.ptr + w.at, r->source.len - w.at, err);
    if (!st) {
        tkc_request_init(&again, &o);
        st = tkc_request_read(&again, tkc_edit_tail(out, w.from), &o, &why);
        if (st == TKC_E_NOMEM)
            tkc_nomem(err);
        else if (!st)
            st = same_data(e, json, tkc_buf_str(&again.text), &same, err);
        tkc_request_release(&again);
        if (st != TKC_E_NOMEM && !same)
            st = cannot(&w, 0, "this file's layout does not take the edits in place", err);
    }
    if (st) out->len = w.from;
    return st;
}
