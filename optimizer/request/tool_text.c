/* tool_text.c - see the header. Changes are found object by object, then made in order of their bytes. */
#include "optimizer/request/tool_text.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

typedef struct change {
    size_t begin, end; /* of the source: cut, */
    uint32_t array;    /* or an array to sort; TKC_JSON_NONE */
} change;

typedef struct changes {
    change *c;
    size_t n, cap;
    const tkc_allocator *alloc;
} changes;

static int by_begin(const void *a, const void *b)
{
    const change *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static tkc_status add(changes *l, change x, tkc_error *err)
{
    if (!tkc_grow(l->alloc, &l->c, &l->cap, l->n + 1, SIZE_MAX / 64, sizeof *l->c)) return tkc_nomem(err);
    l->c[l->n++] = x;
    return TKC_OK;
}

static bool is_data(const tkc_json *d, uint32_t key)
{
    static const char *const name[] = {"default", "const", "enum", "example", "examples"};
    return tkc_json_is_one_of(d, key, name, sizeof name / sizeof *name);
}

static int by_bytes(const void *x, const void *y)
{
    const tkc_str *a = x, *b = y;
    const size_t n = a->len < b->len ? a->len : b->len;
    const int d = memcmp(a->ptr, b->ptr, n);
    return d ? d : a->len < b->len ? -1 : a->len > b->len;
}

/* An array of strings that are not in order. */
static bool is_unsorted(const tkc_json *d, uint32_t array)
{
    tkc_str last = {"", 0};
    bool unsorted = false;
    if (tkc_json_kind_of(d, array) != TKC_JSON_ARRAY) return false;
    for (uint32_t i = tkc_json_first(d, array); i != TKC_JSON_NONE; i = tkc_json_next(d, array, i)) {
        const tkc_str s = tkc_json_source(d, i);
        if (tkc_json_kind_of(d, i) != TKC_JSON_STRING) return false;
        unsorted = unsorted || by_bytes(&last, &s) > 0;
        last = s;
    }
    return unsorted;
}

/* The member with the comma that goes with it. */
static change cut_of(const tkc_json *d, uint32_t object, uint32_t key, uint32_t before)
{
    const uint32_t next = tkc_json_next_member(d, object, key);
    change x = {.array = TKC_JSON_NONE};
    if (before != TKC_JSON_NONE) {
        x.begin = d->node[tkc_json_value(d, before)].end;
        x.end = d->node[tkc_json_value(d, key)].end;
    } else {
        x.begin = d->node[key].begin;
        x.end = next != TKC_JSON_NONE ? d->node[next].begin : d->node[tkc_json_value(d, key)].end;
    }
    return x;
}

/* One object; data: of each node below `node`, whether it lies in data. */
static tkc_status look(changes *l, const tkc_json *d, uint32_t node, uint32_t object, unsigned flags, unsigned char *data,
                       tkc_error *err)
{
    uint32_t before = TKC_JSON_NONE;
    bool cut = false;
    tkc_status st = TKC_OK;
    for (uint32_t key = tkc_json_first(d, object); !st && key != TKC_JSON_NONE; key = tkc_json_next_member(d, object, key)) {
        const uint32_t value = tkc_json_value(d, key);
        if (object == node && !cut && (flags & TKC_TOOL_NO_MARK) && tkc_json_is(d, key, "cache_control")) {
            st = add(l, cut_of(d, object, key, before), err);
            cut = true; /* a key given twice stays once */
            continue;
        }
        before = key;
        if (is_data(d, key)) memset(data + (value - node), 1, d->node[value].next - value);
        if ((flags & TKC_TOOL_SORTED) && tkc_json_is(d, key, "required") && is_unsorted(d, value))
            st = add(l, (change){d->node[value].begin, d->node[value].end, value}, err);
    }
    return st;
}

/* The elements' sources in order, each in the place of one; what stands between them stays. */
static tkc_status put_sorted(const tkc_json *d, uint32_t array, tkc_buf *out, const tkc_allocator *alloc, tkc_error *err)
{
    const uint32_t n = tkc_json_count(d, array);
    tkc_str *s = tkc_alloc(alloc, n, sizeof *s);
    size_t k = 0, at = d->node[array].begin;
    tkc_status st = TKC_OK;
    if (!s) return tkc_nomem(err);
    for (uint32_t i = tkc_json_first(d, array); i != TKC_JSON_NONE; i = tkc_json_next(d, array, i)) s[k++] = tkc_json_source(d, i);
    qsort(s, n, sizeof *s, by_bytes);
    k = 0;
    for (uint32_t i = tkc_json_first(d, array); !st && i != TKC_JSON_NONE; i = tkc_json_next(d, array, i)) {
        st = tkc_buf_append(out, d->text.ptr + at, d->node[i].begin - at, err);
        if (!st) st = tkc_buf_append(out, s[k].ptr, s[k].len, err);
        k++;
        at = d->node[i].end;
    }
    tkc_free(alloc, s, n, sizeof *s);
    return st ? st : tkc_buf_append(out, d->text.ptr + at, d->node[array].end - at, err);
}

tkc_status tkc_tool_text(const tkc_json *d, uint32_t node, unsigned flags, tkc_buf *out, tkc_error *err)
{
    const tkc_allocator *alloc = tkc_allocator_or_default(d->alloc);
    const size_t n = d->node[node].next - node, from = out->len;
    changes l = {.alloc = alloc};
    unsigned char *data = tkc_alloc_zero(alloc, n, 1);
    size_t at = d->node[node].begin;
    tkc_status st = data ? TKC_OK : tkc_nomem(err);
    for (uint32_t k = node; !st && k < d->node[node].next; k++)
        if (!data[k - node] && tkc_json_kind_of(d, k) == TKC_JSON_OBJECT) st = look(&l, d, node, k, flags, data, err);
    if (l.n) qsort(l.c, l.n, sizeof *l.c, by_begin);
    for (size_t i = 0; !st && i < l.n; i++) {
        if (l.c[i].begin < at) continue; /* in what was cut */
        st = tkc_buf_append(out, d->text.ptr + at, l.c[i].begin - at, err);
        if (!st && l.c[i].array != TKC_JSON_NONE) st = put_sorted(d, l.c[i].array, out, alloc, err);
        at = l.c[i].end;
    }
    if (!st) st = tkc_buf_append(out, d->text.ptr + at, d->node[node].end - at, err);
    tkc_free(alloc, data, n, 1);
    tkc_free(alloc, l.c, l.cap, sizeof *l.c);
    if (st) out->len = from;
    return st;
}
