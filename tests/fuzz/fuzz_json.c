/*
 * fuzz_json.c - any bytes into the JSON parser. First byte: limits.
 *
 * What is accepted must hold together: nodes nested and in source order, every string
 * decodable, every value's source a JSON text of the same kind with as many nodes. Edits come
 * back: values replaced by themselves, and children added and taken away again, give the
 * text as it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vocab/base/json.h"
#include "vocab/base/json_edit.h"
#include "vocab/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int ok)
{
    if (!ok) abort();
}

static void check(const tkc_json *d, bool lone)
{
    tkc_buf buf;
    tkc_json one;
    tkc_json_limits l = {.lone_surrogates = lone, .max_depth = 1000};
    tkc_buf_init(&buf, 1 << 24, NULL);
    tkc_json_init(&one, NULL);
    need(d->n_node > 0 && d->node[0].next == d->n_node);
    for (uint32_t i = 0; i < d->n_node; i++) {
        const tkc_json_node *n = &d->node[i];
        tkc_json_kind kind = tkc_json_kind_of(d, i);
        uint32_t children = 0;
        need(n->begin < n->end && n->end <= d->text.len && n->next > i && n->next <= d->n_node);
        if (kind == TKC_JSON_STRING) {
            tkc_str s;
            tkc_error err;
            tkc_buf_clear(&buf);
            need(tkc_json_string(d, i, &buf, &s, &err) == TKC_OK);
            need(s.len <= n->end - n->begin - 2 && tkc_utf8_valid(s.ptr, s.len) == s.len);
            need(lone || !(n->info & TKC_JSON_LONE));
        }
        if (kind == TKC_JSON_NUMBER) {
            double v;
            uint64_t u;
            (void)tkc_json_double(d, i, &v);
            (void)tkc_json_u64(d, i, &u);
        }
        if (kind == TKC_JSON_ARRAY || kind == TKC_JSON_OBJECT)
            for (uint32_t k = tkc_json_first(d, i); k != TKC_JSON_NONE;
                 k = tkc_json_next(d, i, k)) {
                need(d->node[k].begin > n->begin && d->node[k].end < n->end);
                children++;
            }
        need(children == tkc_json_count(d, i) * (kind == TKC_JSON_OBJECT ? 2u : 1u));
        if (i < 64) {
            tkc_error err;
            need(tkc_json_parse(&one, tkc_json_source(d, i), &l, &err) == TKC_OK);
            need(one.n_node == n->next - i && tkc_json_kind_of(&one, 0) == kind);
        }
    }
    tkc_json_release(&one);
    tkc_buf_release(&buf);
}

static void apply(tkc_json_edits *e, tkc_buf *out, tkc_json *after, const tkc_json_limits *l)
{
    tkc_error err;
    tkc_buf_clear(out);
    need(tkc_json_edits_apply(e, out, &err) == TKC_OK);
    need(tkc_json_parse(after, tkc_buf_str(out), l, &err) == TKC_OK);
}

static void edits(const tkc_json *d)
{
    const tkc_json_limits l = {.lone_surrogates = true, .max_depth = 1000};
    tkc_buf out, back;
    tkc_json after;
    tkc_json_edits e;
    tkc_error err;
    uint32_t n = 0;
    tkc_buf_init(&out, 1 << 24, NULL);
    tkc_buf_init(&back, 1 << 24, NULL);
    tkc_json_init(&after, NULL);
    /* Values replaced by themselves. */
    tkc_json_edits_init(&e, d, 0, NULL);
    for (uint32_t i = 0; i < d->n_node; i = i % 3 ? d->node[i].next : i + 1)
        if (i % 3) need(tkc_json_replace(&e, i, tkc_json_source(d, i), &err) == TKC_OK);
    apply(&e, &out, &after, &l);
    need(out.len == d->text.len && memcmp(out.ptr, d->text.ptr, out.len) == 0);
    /* A child more at the end of each container, */
    tkc_json_edits_clear(&e);
    for (uint32_t i = 0; i < d->n_node && n < 500; i++) {
        tkc_json_kind kind = tkc_json_kind_of(d, i);
        if (kind == TKC_JSON_ARRAY)
            need(tkc_json_insert(&e, i, TKC_JSON_NONE, (tkc_str){"0", 1}, &err) == TKC_OK);
        else if (kind == TKC_JSON_OBJECT)
            need(tkc_json_insert_member(&e, i, TKC_JSON_NONE, (tkc_str){"\n", 1},
                                        (tkc_str){" 0", 2}, &err) == TKC_OK);
        n += kind >= TKC_JSON_ARRAY;
    }
    apply(&e, &out, &after, &l);
    /* and taken away again. */
    if (n < 500) {
        tkc_json_edits f;
        uint32_t left = n;
        tkc_json_edits_init(&f, &after, 0, NULL);
        for (uint32_t i = 0; i < after.n_node && left; i++) {
            bool object = tkc_json_kind_of(&after, i) == TKC_JSON_OBJECT;
            uint32_t child, c;
            if (tkc_json_kind_of(&after, i) < TKC_JSON_ARRAY) continue;
            child = tkc_json_first(&after, i);
            need(child != TKC_JSON_NONE);
            for (c = child; c != TKC_JSON_NONE; c = tkc_json_next(&after, i, object ? c + 1 : c))
                child = c;
            need(tkc_json_delete(&f, i, child, &err) == TKC_OK);
            left--;
        }
        tkc_buf_clear(&back);
        need(tkc_json_edits_apply(&f, &back, &err) == TKC_OK);
        need(back.len == d->text.len && memcmp(back.ptr, d->text.ptr, back.len) == 0);
        tkc_json_edits_release(&f);
    }
    tkc_json_edits_release(&e);
    tkc_json_release(&after);
    tkc_buf_release(&back);
    tkc_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tkc_json d;
    size_t repeated;
    tkc_error err = {.offset = SIZE_MAX};
    tkc_json_limits l = {0};
    if (size == 0) return 0;
    l.lone_surrogates = data[0] & 1;
    if (data[0] & 2) l.max_depth = 3;
    if (data[0] & 4) l.max_nodes = 7;
    tkc_json_init(&d, NULL);
    if (tkc_json_parse(&d, (tkc_str){(const char *)data + 1, size - 1}, &l, &err) == TKC_OK) {
        check(&d, l.lone_surrogates);
        edits(&d);
        need(tkc_json_flag_repeated(&d, &repeated, &err) == TKC_OK);
        check(&d, l.lone_surrogates);
    } else
        need(err.code != TKC_OK && err.offset <= size - 1 && err.message[0]);
    tkc_json_release(&d);
    return 0;
}
