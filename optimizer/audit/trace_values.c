/*
 * trace_values.c - a span's attributes, as an SDK prints them or as OTLP sends them, and the JSON
 * that OTLP's values stand for. Depth is the JSON reader's: a value in a value is two containers or more.
 */
#include "optimizer/audit/trace_impl.h"

#include "optimizer/money/usage_impl.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <string.h>

void trace_put(trace_writer *w, tkc_str s)
{
    if (!w->st) w->st = tkc_buf_append(w->out, s.ptr, s.len, w->err);
}

void trace_word(trace_writer *w, const char *s)
{
    trace_put(w, (tkc_str){s, strlen(s)});
}

void trace_comma(trace_writer *w)
{
    if (!w->st && w->out->len && !tkc_is_one_of(w->out->ptr[w->out->len - 1], "[{,")) trace_word(w, ",");
}

/* What an OTLP value holds; the value itself where that is a list or an object. */
static trace_value open_any(const tkc_json *d, uint32_t any)
{
    static const char *const scalar[] = {"stringValue", "intValue", "doubleValue", "boolValue", "bytesValue"};
    for (size_t i = 0; i < sizeof scalar / sizeof *scalar; i++) {
        const uint32_t v = tkc_usage_get(d, any, scalar[i]);
        if (v != TKC_JSON_NONE) return (trace_value){d, v, false};
    }
    if (tkc_usage_get_kind(d, any, "arrayValue", TKC_JSON_OBJECT) == TKC_JSON_NONE &&
        tkc_usage_get_kind(d, any, "kvlistValue", TKC_JSON_OBJECT) == TKC_JSON_NONE)
        any = TKC_JSON_NONE;
    return (trace_value){d, any, true};
}

uint32_t trace_first(trace_attributes a)
{
    return a.node == TKC_JSON_NONE ? TKC_JSON_NONE : tkc_json_first(a.d, a.node);
}

uint32_t trace_next(trace_attributes a, uint32_t i)
{
    return tkc_json_kind_of(a.d, a.node) == TKC_JSON_OBJECT ? tkc_json_next_member(a.d, a.node, i) : tkc_json_next(a.d, a.node, i);
}

trace_value trace_at(trace_attributes a, uint32_t i, uint32_t *key)
{
    if (tkc_json_kind_of(a.d, a.node) != TKC_JSON_OBJECT) {
        *key = tkc_usage_get_kind(a.d, i, "key", TKC_JSON_STRING);
        return open_any(a.d, tkc_usage_get(a.d, i, "value"));
    }
    *key = i;
    i = tkc_json_value(a.d, i);
    return (trace_value){a.d, tkc_json_kind_of(a.d, i) == TKC_JSON_NULL ? TKC_JSON_NONE : i, false};
}

trace_value trace_get(trace_attributes a, const char *key)
{
    const uint32_t v = a.node == TKC_JSON_NONE ? a.node : tkc_usage_attribute_value(a.d, a.node, key);
    if (v == TKC_JSON_NONE || tkc_json_kind_of(a.d, a.node) == TKC_JSON_OBJECT) return (trace_value){a.d, v, false};
    return open_any(a.d, v);
}

/* Whole numbers of OTLP are text. */
static void put_scalar(trace_writer *w, const tkc_json *d, uint32_t node, bool is_number)
{
    tkc_str s = tkc_json_source(d, node);
    if (is_number && s.len > 2 && s.ptr[0] == '"') {
        const tkc_str digits = {s.ptr + 1, s.len - 2};
        size_t i = digits.len > 1 && digits.ptr[0] == '-';
        const bool is_plain = digits.ptr[i] != '0' || i + 1 == digits.len;
        while (i < digits.len && digits.ptr[i] >= '0' && digits.ptr[i] <= '9') i++;
        if (is_plain && i == digits.len) s = digits;
    }
    trace_put(w, s);
}

static void put_any(trace_writer *w, const tkc_json *d, uint32_t any)
{
    const uint32_t list = tkc_usage_get_kind(d, any, "arrayValue", TKC_JSON_OBJECT);
    const uint32_t pairs = tkc_usage_get_kind(d, any, "kvlistValue", TKC_JSON_OBJECT);
    const uint32_t values = tkc_usage_get_kind(d, list != TKC_JSON_NONE ? list : pairs, "values", TKC_JSON_ARRAY);
    const trace_value v = open_any(d, any);
    if (!v.is_any) {
        put_scalar(w, d, v.node, tkc_usage_get(d, any, "stringValue") == TKC_JSON_NONE && tkc_usage_get(d, any, "intValue") == v.node);
        return;
    }
    if (!trace_has(v)) {
        trace_word(w, "null");
        return;
    }
    trace_word(w, list != TKC_JSON_NONE ? "[" : "{");
    for (uint32_t i = values == TKC_JSON_NONE ? values : tkc_json_first(d, values); i != TKC_JSON_NONE && !w->st; i = tkc_json_next(d, values, i)) {
        const uint32_t key = list == TKC_JSON_NONE ? tkc_usage_get_kind(d, i, "key", TKC_JSON_STRING) : TKC_JSON_NONE;
        if (list == TKC_JSON_NONE && key == TKC_JSON_NONE) continue;
        trace_comma(w);
        if (key != TKC_JSON_NONE) {
            trace_put(w, tkc_json_source(d, key));
            trace_word(w, ":");
        }
        put_any(w, d, key != TKC_JSON_NONE ? tkc_usage_get(d, i, "value") : i);
    }
    trace_word(w, list != TKC_JSON_NONE ? "]" : "}");
}

void trace_put_value(trace_writer *w, trace_value v)
{
    if (!trace_has(v))
        trace_word(w, "null");
    else if (v.is_any)
        put_any(w, v.d, v.node);
    else
        trace_put(w, tkc_json_source(v.d, v.node));
}

tkc_status trace_open(tkc_trace *t, trace_value v, tkc_str *text, tkc_error *err)
{
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_status st = TKC_OK;
    tkc_buf_clear(&t->text);
    *text = tkc_json_source(v.d, v.node);
    if (v.is_any) {
        trace_writer w = {.out = &t->text, .err = err};
        trace_put_value(&w, v);
        *text = tkc_buf_str(&t->text);
        st = w.st;
    } else if (tkc_json_kind_of(v.d, v.node) == TKC_JSON_STRING) {
        st = tkc_json_string(v.d, v.node, &t->text, text, err);
    }
    if (!st) st = tkc_json_parse(&t->inner, *text, &limits, err);
    return st == TKC_E_FORMAT ? TKC_OK : st;
}

bool trace_is_blocks(const tkc_json *d)
{
    /* Bedrock's say by their member what they are */
    static const char *const member[] = {"type", "text", "toolUse", "toolResult", "image", "document", "reasoningContent", "cachePoint"};
    const uint32_t item = tkc_json_kind_of(d, 0) == TKC_JSON_ARRAY ? tkc_json_first(d, 0) : TKC_JSON_NONE;
    for (size_t i = 0; i < sizeof member / sizeof *member; i++)
        if (tkc_usage_get(d, item, member[i]) != TKC_JSON_NONE) return true;
    return false;
}

bool trace_is_object(const tkc_json *d)
{
    return tkc_json_kind_of(d, 0) == TKC_JSON_OBJECT;
}

bool trace_is_list(const tkc_json *d)
{
    return tkc_json_kind_of(d, 0) == TKC_JSON_ARRAY;
}

void trace_put_unquoted(trace_writer *w, trace_value v, trace_is_fn is)
{
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_json *const d = &w->t->quoted;
    tkc_str text = {"", 0};
    size_t i = 0;
    if (!w->st && trace_has(v) && !v.is_any && tkc_json_kind_of(v.d, v.node) == TKC_JSON_STRING) {
        tkc_buf_clear(&w->t->unquoted);
        w->st = tkc_json_string(v.d, v.node, &w->t->unquoted, &text, w->err);
    }
    while (i < text.len && tkc_is_space(text.ptr[i])) i++;
    if (!w->st && i < text.len && tkc_is_one_of(text.ptr[i], "[{")) {
        /* a text need not be JSON, whatever it begins with */
        const tkc_status st = tkc_json_parse(d, text, &limits, NULL);
        if (st == TKC_E_NOMEM) w->st = tkc_nomem(w->err);
        if (!st && is(d)) {
            trace_put(w, text);
            return;
        }
    }
    trace_put_value(w, v);
}
