/*
 * fuzz_json.c - any bytes into the JSON parser. First byte: limits.
 *
 * What is accepted must hold together: nodes nested and in source order, every string
 * decodable, every value's source a JSON text of the same kind with as many nodes.
 */
#include <stdint.h>
#include <stdlib.h>

#include "vocab/base/json.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tkc_json d;
    tkc_error err = {.offset = SIZE_MAX};
    tkc_json_limits l = {0};
    if (size == 0) return 0;
    l.lone_surrogates = data[0] & 1;
    if (data[0] & 2) l.max_depth = 3;
    if (data[0] & 4) l.max_nodes = 7;
    tkc_json_init(&d, NULL);
    if (tkc_json_parse(&d, (tkc_str){(const char *)data + 1, size - 1}, &l, &err) == TKC_OK)
        check(&d, l.lone_surrogates);
    else
        need(err.code != TKC_OK && err.offset <= size - 1 && err.message[0]);
    tkc_json_release(&d);
    return 0;
}
