/* scanners.c - the table of scanners.def and the search in it. */
#include "tokenizer/pretokenize/scanners.h"

#include "tokenizer/pretokenize/scan_parts.h"

#include <string.h>

#define BOTH false
#define TIKTOKEN true
#define FIND(p) {TKC_OP_SPLIT, TKC_OPF_REGEX | TKC_OPF_FIND, p}
#define SPLIT(p) {TKC_OP_SPLIT, TKC_OPF_REGEX, p}
#define BYTE_LEVEL_REGEX {TKC_OP_BYTE_LEVEL, TKC_OPF_USE_REGEX, NULL}
#define DIGITS_EACH {TKC_OP_DIGITS, TKC_OPF_INDIVIDUAL, NULL}
#define SCANNER(name, fn, dialects, ...) {name "/scalar", fn, dialects, {__VA_ARGS__}},
static const tkc_scanner table[] = {
#include "tokenizer/pretokenize/scanners.def"
};
#undef SCANNER

enum { N_SCANNERS = sizeof table / sizeof table[0] };

const tkc_scanner *tkc_scanners(size_t *n)
{
    *n = N_SCANNERS;
    return table;
}

/* A ByteLevel row that changes nothing: no prefix space, no split. */
static bool is_idle_byte_level(const tkc_op *op)
{
    return op->kind == TKC_OP_BYTE_LEVEL &&
           !(op->flags & (TKC_OPF_PREFIX_SPACE | TKC_OPF_USE_REGEX));
}

static bool split_matches(const tkc_scanner *s, const tkc_scanner_row *row, const tkc_op *op)
{
    const size_t len = strlen(row->pattern);
    const bool find = op->flags & TKC_OPF_FIND;
    if (op->a.len != len || memcmp(op->a.ptr, row->pattern, len) != 0) return false;
    if (!(op->flags & TKC_OPF_REGEX) || (s->tiktoken_only && !find)) return false;
    if (!(row->flags & TKC_OPF_FIND)) return !find && op->arg == TKC_BEHAVIOR_ISOLATED;
    if (find || op->arg == TKC_BEHAVIOR_ISOLATED) return true;
    return op->arg == TKC_BEHAVIOR_REMOVED && (op->flags & TKC_OPF_INVERT);
}

static bool rows_match(const tkc_scanner *s, const tkc_op *op, size_t n_op)
{
    size_t i;
    for (i = 0; i < TKC_SCANNER_MAX_ROWS && s->row[i].kind; i++) {
        const tkc_scanner_row *row = &s->row[i];
        if (i >= n_op || op[i].kind != row->kind) return false;
        if (row->pattern ? !split_matches(s, row, &op[i])
                         : (op[i].flags & (TKC_OPF_PREFIX_SPACE | TKC_OPF_USE_REGEX |
                                           TKC_OPF_INDIVIDUAL)) != row->flags)
            return false;
    }
    return i == n_op;
}

const tkc_scanner *tkc_scanner_find(const tkc_op *op, size_t n_op)
{
    if (n_op && is_idle_byte_level(&op[n_op - 1])) n_op--;
    for (size_t i = 0; i < N_SCANNERS; i++)
        if (rows_match(&table[i], op, n_op)) return &table[i];
    return NULL;
}
