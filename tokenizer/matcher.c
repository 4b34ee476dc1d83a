/* matcher.c - a trie with sibling lists: a few nodes a string, no tables to fill at start. */
#include "tokenizer/matcher.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

#define MAX_NODES ((size_t)1 << 26)

void tkc_matcher_init(tkc_matcher *m, const tkc_allocator *alloc)
{
    memset(m, 0, sizeof *m);
    m->alloc = tkc_allocator_or_default(alloc);
}

void tkc_matcher_release(tkc_matcher *m)
{
    tkc_free(m->alloc, m->node, m->cap_node, sizeof *m->node);
    tkc_matcher_init(m, m->alloc);
}

static uint32_t node_new(tkc_matcher *m, unsigned char byte)
{
    if (m->n_node == 0) m->n_node = 1;
    if (!tkc_grow(m->alloc, &m->node, &m->cap_node, m->n_node + 1, MAX_NODES, sizeof *m->node))
        return 0;
    m->node[m->n_node] = (tkc_matcher_node){.byte = byte};
    return (uint32_t)m->n_node++;
}

static uint32_t child_of(const tkc_matcher *m, uint32_t at, unsigned char byte)
{
    uint32_t c = m->node[at].child;
    while (c && m->node[c].byte != byte) c = m->node[c].next;
    return c;
}

/* The same while building: it becomes the first child. Of thousands of strings "<unused17>" the next one has most
 * of its way in front then. */
static uint32_t child_to_front(tkc_matcher *m, uint32_t at, unsigned char byte)
{
    uint32_t before = 0, c = m->node[at].child;
    while (c && m->node[c].byte != byte) {
        before = c;
        c = m->node[c].next;
    }
    if (c && before) {
        m->node[before].next = m->node[c].next;
        m->node[c].next = m->node[at].child;
        m->node[at].child = c;
    }
    return c;
}

static void note_first(tkc_matcher *m, unsigned char c)
{
    if (m->n_first < TKC_MATCHER_FEW) m->few[m->n_first] = c;
    m->n_first++;
}

tkc_status tkc_matcher_add(tkc_matcher *m, tkc_str s, uint32_t value, tkc_error *err)
{
    uint32_t at = m->first[(unsigned char)s.ptr[0]];
    if (!at) {
        at = node_new(m, (unsigned char)s.ptr[0]);
        if (!at) return tkc_nomem(err);
        m->first[(unsigned char)s.ptr[0]] = at;
        note_first(m, (unsigned char)s.ptr[0]);
    }
    for (size_t i = 1; i < s.len; i++) {
        uint32_t c = child_to_front(m, at, (unsigned char)s.ptr[i]);
        if (!c) {
            c = node_new(m, (unsigned char)s.ptr[i]);
            if (!c) return tkc_nomem(err);
            m->node[c].next = m->node[at].child;
            m->node[at].child = c;
        }
        at = c;
    }
    if (!m->node[at].value) m->node[at].value = value + 1;
    m->n_string++;
    return TKC_OK;
}

void tkc_matcher_forget(tkc_matcher *m, unsigned char c)
{
    m->first[c] = 0;
    m->n_first = 0;
    for (unsigned i = 0; i < 256; i++)
        if (m->first[i]) note_first(m, (unsigned char)i);
}

bool tkc_matcher_at(const tkc_matcher *m, const char *s, size_t len, uint32_t *value,
                    size_t *match_len)
{
    uint32_t at = len ? m->first[(unsigned char)s[0]] : 0;
    bool found = false;
    for (size_t i = 1; at; i++) {
        if (m->node[at].value) {
            *value = m->node[at].value - 1;
            *match_len = i;
            found = true;
        }
        if (i >= len) break;
        at = child_of(m, at, (unsigned char)s[i]);
    }
    return found;
}

/* The first place in p[0 .. len) with one of few bytes; len: there is none. */
static size_t find_few(const tkc_matcher *m, const char *p, size_t len)
{
    for (unsigned k = 0; k < m->n_first; k++) {
        const char *const at = memchr(p, m->few[k], len);
        if (at) len = (size_t)(at - p);
    }
    return len;
}

/* Most vocabularies have added tokens that begin with one, two or three different bytes: memchr()
 * passes a text ten times as fast as the table. Not further ahead than a window, which one byte
 * that is rare would search again at each of another that is not. */
static size_t next_first(const tkc_matcher *m, const char *p, size_t len)
{
    enum { WINDOW = 256 };
    size_t at = 0;
    while (at < len) {
        const size_t n = len - at < WINDOW ? len - at : WINDOW, step = find_few(m, p + at, n);
        at += step;
        if (step < n) break;
    }
    return at;
}

size_t tkc_matcher_find(const tkc_matcher *m, tkc_str s, size_t from, uint32_t *value,
                        size_t *match_len)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    const uint32_t *f = m->first;
    if (!m->n_string) return s.len;
    if (m->n_first <= TKC_MATCHER_FEW) {
        for (size_t i = from; i < s.len; i++) {
            i += next_first(m, s.ptr + i, s.len - i);
            if (i < s.len && tkc_matcher_at(m, s.ptr + i, s.len - i, value, match_len)) return i;
        }
        return s.len;
    }
    for (size_t i = from; i < s.len; i++) {
        /* most bytes start none */
        while (s.len - i > 8 && !(f[p[i]] | f[p[i + 1]] | f[p[i + 2]] | f[p[i + 3]] | f[p[i + 4]] |
                                  f[p[i + 5]] | f[p[i + 6]] | f[p[i + 7]]))
            i += 8;
        if (m->first[(unsigned char)s.ptr[i]] &&
            tkc_matcher_at(m, s.ptr + i, s.len - i, value, match_len))
            return i;
    }
    return s.len;
}
