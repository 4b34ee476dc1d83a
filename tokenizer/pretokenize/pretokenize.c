/*
 * pretokenize.c - builds the rows and walks them depth first.
 *
 * The stack is the array of rows: row i + 1 is begun with each piece of row i. There is no
 * recursion and, once the scratch of rewriting rows has grown, no allocation. Rows behind
 * ByteLevel see the byte alphabet instead of the text, as they do in HF (Falcon splits
 * digits there, and the byte 0xB2 is a digit then); what leaves the last row is bytes again.
 */
#include "tokenizer/pretokenize/pretokenize.h"

#include "tokenizer/pretokenize/rows.h"
#include "tokenizer/pretokenize/scanners.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

enum {
    MAX_OPS = 16,             /* the longest known list has 6 */
    MAX_ROWS = 2 * MAX_OPS + 1 /* ByteLevel may become prefix, split and bytes */
};

struct tkc_pretok {
    const tkc_allocator *alloc;
    tkc_scan_fn scan;
    const char *name;
    tkc_row row[MAX_ROWS];
    size_t n_row;
    tkc_row_engine engine;
    size_t bytes_row; /* the row that writes the byte alphabet; MAX_ROWS: none */
};

static tkc_status add_byte_level(tkc_pretok *p, const tkc_op *op, bool last, tkc_error *err)
{
    if (op->flags & TKC_OPF_PREFIX_SPACE)
        tkc_row_init_kind(&p->row[p->n_row++], TKC_ROW_PREFIX, p->alloc);
    if (op->flags & TKC_OPF_USE_REGEX) {
        tkc_status st = tkc_row_init(&p->row[p->n_row++], op, p->engine, p->alloc, err);
        if (st) return st;
    }
    if (!last) {
        p->bytes_row = p->n_row;
        tkc_row_init_kind(&p->row[p->n_row++], TKC_ROW_BYTES, p->alloc);
    }
    return TKC_OK;
}

static tkc_status add_rows(tkc_pretok *p, const tkc_op *op, size_t n_op, tkc_error *err)
{
    bool bytes = false;
    for (size_t i = 0; i < n_op; i++) {
        tkc_status st;
        if (bytes && (op[i].kind == TKC_OP_BYTE_LEVEL || op[i].kind == TKC_OP_METASPACE))
            return tkc_fail(err, TKC_E_UNSUPPORTED, 0,
                            "a ByteLevel or Metaspace pretokenizer behind ByteLevel");
        if (op[i].kind == TKC_OP_BYTE_LEVEL) {
            if ((st = add_byte_level(p, &op[i], i + 1 == n_op, err))) return st;
            bytes = true;
        } else {
            /* counted first: release then sees what a failing init left */
            st = tkc_row_init(&p->row[p->n_row++], &op[i], p->engine, p->alloc, err);
            if (st) return st;
        }
    }
    return TKC_OK;
}

tkc_status tkc_pretok_new_engine(tkc_pretok **out, const tkc_op *op, size_t n_op,
                                 tkc_row_engine engine, const tkc_allocator *alloc,
                                 tkc_error *err)
{
    const tkc_scanner *known = engine == TKC_ENGINE_SCANNERS ? tkc_scanner_find(op, n_op) : NULL;
    tkc_pretok *p;
    tkc_status st;
    alloc = tkc_allocator_or_default(alloc);
    if (n_op > MAX_OPS)
        return tkc_fail(err, TKC_E_LIMIT, 0, "%zu pretokenizers in a row; at most %d are done",
                        n_op, MAX_OPS);
    p = tkc_alloc_zero(alloc, 1, sizeof *p);
    if (!p) return tkc_nomem(err);
    p->alloc = alloc;
    p->engine = engine;
    if (known) {
        p->scan = known->scan;
        p->name = known->name;
        *out = p;
        return TKC_OK;
    }
    p->bytes_row = MAX_ROWS;
    st = add_rows(p, op, n_op, err);
    if (st) {
        tkc_pretok_free(p);
        return st;
    }
    p->name = p->n_row == 1 && p->row[0].kind == TKC_ROW_REGEX ? "pcre2" : "rows";
    *out = p;
    return TKC_OK;
}

tkc_status tkc_pretok_new(tkc_pretok **out, const tkc_op *op, size_t n_op,
                          const tkc_allocator *alloc, tkc_error *err)
{
    return tkc_pretok_new_engine(out, op, n_op, TKC_ENGINE_SCANNERS, alloc, err);
}

void tkc_pretok_free(tkc_pretok *p)
{
    if (!p) return;
    for (size_t i = 0; i < p->n_row; i++) tkc_row_release(&p->row[i]);
    tkc_free(p->alloc, p, 1, sizeof *p);
}

tkc_scan_fn tkc_pretok_scanner(const tkc_pretok *p)
{
    return p->scan;
}

const char *tkc_pretok_name(const tkc_pretok *p)
{
    return p->name;
}

static tkc_status run_scanner(tkc_scan_fn scan, tkc_text text, tkc_pretok_fn fn, void *ctx,
                              tkc_error *err)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    for (size_t i = 0; i < text.len;) {
        const size_t n = scan(s + i, text.len - i);
        tkc_status st = fn(ctx, tkc_text_slice(&text, i, i + n), err);
        if (st) return st;
        i += n;
    }
    return TKC_OK;
}

tkc_status tkc_pretok_run(tkc_pretok *p, tkc_text text, tkc_pretok_fn fn, void *ctx,
                          tkc_error *err)
{
    size_t depth = 0;
    tkc_status st;
    if (!text.len) return TKC_OK;
    if (p->scan) return run_scanner(p->scan, text, fn, ctx, err);
    if (!p->n_row) return fn(ctx, text, err);
    if ((st = tkc_row_begin(&p->row[0], text, err))) return st;
    for (;;) {
        tkc_text piece;
        bool got;
        if ((st = tkc_row_next(&p->row[depth], &piece, &got, err))) return st;
        if (!got) {
            if (!depth) return TKC_OK;
            depth--;
        } else if (depth + 1 < p->n_row) {
            if ((st = tkc_row_begin(&p->row[++depth], piece, err))) return st;
        } else {
            if (depth >= p->bytes_row) {
                const tkc_text *raw = &p->row[p->bytes_row].raw;
                piece = tkc_text_slice(raw, piece.map[0], piece.map[piece.len]);
            }
            if ((st = fn(ctx, piece, err))) return st;
        }
    }
}
