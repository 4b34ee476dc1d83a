/* exchange.c - a log for each member, read by the others. */
#include "tokenizer/merge/exchange.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/map_file.h"

#include <stdatomic.h>

enum { ENTRY = TKC_PIECE_SHORT + 1, LINE = 64, MOST_MEMBERS = 4096, TOUCH = 4096 /* entries, 64 KB */ };

typedef struct piece_log {
    unsigned char *entry;
    _Atomic size_t published; /* entries that may be read */
    char line[LINE - sizeof(void *) - sizeof(size_t)]; /* two are never in one line of the cache */
} piece_log;

struct tkc_exchange {
    const tkc_allocator *alloc;
    const tkc_vocab *v;
    size_t most;
    _Atomic size_t joined; /* may pass most */
    piece_log *log;        /* of most members */
};

struct tkc_teller {
    const tkc_allocator *alloc;
    tkc_exchange *x;
    size_t self, told;
    size_t *heard; /* entries of each log that are known */
};

static bool make_logs(tkc_exchange *x)
{
    x->log = tkc_alloc_zero(x->alloc, x->most, sizeof *x->log);
    for (size_t i = 0; x->log && i < x->most; i++) {
        x->log[i].entry = tkc_alloc(x->alloc, TKC_TOLD_MOST, ENTRY);
        if (!x->log[i].entry) return false;
    }
    return x->log != NULL;
}

tkc_status tkc_exchange_new(tkc_exchange **out, const tkc_vocab *v, size_t most,
                            const tkc_allocator *alloc, tkc_error *err)
{
    tkc_exchange *x;
    alloc = tkc_allocator_or_default(alloc);
    if (!most || most > MOST_MEMBERS)
        return tkc_fail(err, TKC_E_ARG, 0, "an exchange is for 1 to %d encoders, not %zu", (int)MOST_MEMBERS, most);
    x = tkc_alloc_zero(alloc, 1, sizeof *x);
    if (!x) return tkc_nomem(err);
    x->alloc = alloc;
    x->v = v;
    x->most = most;
    if (!make_logs(x)) {
        tkc_exchange_free(x);
        return tkc_nomem(err);
    }
    *out = x;
    return TKC_OK;
}

void tkc_exchange_free(tkc_exchange *x)
{
    if (!x) return;
    for (size_t i = 0; x->log && i < x->most; i++) tkc_free(x->alloc, x->log[i].entry, TKC_TOLD_MOST, ENTRY);
    tkc_free(x->alloc, x->log, x->most, sizeof *x->log);
    tkc_free(x->alloc, x, 1, sizeof *x);
}

tkc_status tkc_teller_new(tkc_teller **out, tkc_exchange *x, const tkc_vocab *v,
                          const tkc_allocator *alloc, tkc_error *err)
{
    tkc_teller *m;
    size_t self;
    *out = NULL;
    if (!x) return TKC_OK;
    if (x->v != v) return tkc_fail(err, TKC_E_ARG, 0, "this exchange is for encoders of another vocabulary");
    self = atomic_fetch_add_explicit(&x->joined, 1, memory_order_relaxed);
    if (self >= x->most) {
        atomic_store_explicit(&x->joined, x->most, memory_order_relaxed);
        return TKC_OK;
    }
    alloc = tkc_allocator_or_default(alloc);
    m = tkc_alloc_zero(alloc, 1, sizeof *m);
    if (!m) return tkc_nomem(err);
    m->alloc = alloc;
    m->x = x;
    m->self = self;
    m->heard = tkc_alloc_zero(alloc, x->most, sizeof *m->heard);
    if (!m->heard) {
        tkc_teller_free(m);
        return tkc_nomem(err);
    }
    *out = m;
    return TKC_OK;
}

void tkc_teller_free(tkc_teller *m)
{
    if (!m) return;
    tkc_free(m->alloc, m->heard, m->x->most, sizeof *m->heard);
    tkc_free(m->alloc, m, 1, sizeof *m);
}

void tkc_tell(tkc_teller *m, const unsigned char *bytes, size_t n)
{
    unsigned char *e;
    if (m->told == TKC_TOLD_MOST || n > TKC_PIECE_MOST) return;
    e = m->x->log[m->self].entry + m->told * ENTRY;
    if (m->told % TOUCH == 0) tkc_touch_pages(e, TOUCH * ENTRY);
    m->told++;
    memcpy(e, bytes, TKC_PIECE_SHORT);
    e[TKC_PIECE_SHORT] = (unsigned char)n;
}

void tkc_meet(tkc_teller *m, tkc_piece_table *t)
{
    tkc_exchange *const x = m->x;
    size_t n = atomic_load_explicit(&x->joined, memory_order_relaxed);
    if (n > x->most) n = x->most;
    atomic_store_explicit(&x->log[m->self].published, m->told, memory_order_release);
    for (size_t i = 0; i < n; i++) {
        const size_t from = m->heard[i];
        size_t to;
        if (i == m->self) continue;
        to = atomic_load_explicit(&x->log[i].published, memory_order_acquire);
        tkc_piece_learn(t, x->log[i].entry + from * ENTRY, to - from);
        m->heard[i] = to;
    }
}
