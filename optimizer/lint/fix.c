/*
 * fix.c - makes the edits of findings until nothing changes.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>

enum { MAX_ROUNDS = 10 };

typedef struct fixes {
    const tkc_allocator *alloc;
    tkc_str src;
    tkc_buf *out;
    tkc_fix_safety most;
    size_t at; /* what is before is written */
    size_t n;
    tkc_status st;
    tkc_error *err;
} fixes;

/* Findings come by place: those that begin before the last one made ended are for a later round. */
static int apply(void *ctx, const tkc_finding *f)
{
    fixes *x = ctx;
    if (f->fix == TKC_FIX_NONE || f->fix > x->most || !f->n_edit || f->edit[0].begin < x->at) return 0;
    for (size_t i = 0; i < f->n_edit && !x->st; i++) {
        const tkc_lint_edit *e = &f->edit[i];
        if (e->begin < x->at || e->end < e->begin || e->end > x->src.len) {
            x->st = tkc_fail(x->err, TKC_E_ARG, e->begin, "%s: edits that do not rise", f->id);
            break;
        }
        x->st = tkc_buf_append(x->out, x->src.ptr + x->at, e->begin - x->at, x->err);
        if (!x->st) x->st = tkc_buf_append(x->out, e->with.ptr, e->with.len, x->err);
        x->at = e->end;
    }
    if (x->at < f->end) { /* nothing else inside this finding */
        if (!x->st) x->st = tkc_buf_append(x->out, x->src.ptr + x->at, f->end - x->at, x->err);
        x->at = f->end;
    }
    x->n++;
    return x->st != TKC_OK;
}

tkc_status tkc_lint_fix(tkc_linter *l, const tkc_lint_file *file, tkc_fix_safety most, tkc_buf *out,
                        size_t *n_fixed, tkc_error *err)
{
    tkc_buf buf[2];
    tkc_lint_file f = *file;
    tkc_status st = TKC_OK;
    size_t total = 0, from = out->len;
    unsigned now = 0;
    tkc_buf_init(&buf[0], out->max, l->alloc);
    tkc_buf_init(&buf[1], out->max, l->alloc);
    for (int round = 0; round < MAX_ROUNDS && !st; round++) {
        fixes x = {.alloc = l->alloc, .src = f.bytes, .out = &buf[now], .most = most, .err = err};
        tkc_lint_file next = f;
        bool was_broken;
        tkc_buf_clear(&buf[now]);
        st = tkc_lint_run(l, &f, apply, &x, err);
        if (!st) st = x.st;
        if (st || !x.n) break;
        was_broken = l->broken;
        st = tkc_buf_append(&buf[now], f.bytes.ptr + x.at, f.bytes.len - x.at, err);
        if (st) break;
        next.bytes = tkc_buf_str(&buf[now]);
        if (next.bytes.len == f.bytes.len && memcmp(next.bytes.ptr, f.bytes.ptr, f.bytes.len) == 0) break;
        st = tkc_lint_run(l, &next, NULL, NULL, err);
        if (st || (l->broken && !was_broken)) break; /* it can no longer be read: taken back */
        total += x.n;
        f = next;
        now ^= 1;
    }
    if (!st) st = tkc_buf_append(out, f.bytes.len ? f.bytes.ptr : "", f.bytes.len, err);
    if (st) out->len = from;
    if (!st) *n_fixed = total;
    tkc_buf_release(&buf[0]);
    tkc_buf_release(&buf[1]);
    return st;
}
