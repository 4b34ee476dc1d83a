/*
 * pcre2.c - the only file that knows PCRE2.
 *
 * Patterns come translated (regex_translate.c). Matching goes through the JIT with a stack
 * of its own; when the JIT runs into its stack or the match limit, the same search is run
 * again by the interpreter with a heap limit, and if that does not end it either, the
 * caller gets TKC_E_LIMIT. No other answer than "match" and "no match" is passed on as one.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "tokenizer/pretokenize/regex.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <pcre2.h>
#include <stddef.h>
#include <string.h>

enum {
    JIT_STACK_MIN = 32 << 10,
    JIT_STACK_MAX = 1 << 20,
    HEAP_LIMIT_KIB = 64 << 10, /* the interpreter's backtracking: 64 MiB */
    MATCH_LIMIT = 10000000,    /* steps from one start; about a second */
    MAX_PATTERN = 1 << 20      /* bytes after translation */
};

struct tkc_regex {
    const tkc_allocator *alloc;
    pcre2_general_context *general;
    pcre2_code *code;
    pcre2_match_context *match;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
    bool jit;
};

/* PCRE2 frees without a size and ours wants one: it stands in front of the block. */
typedef union block_head {
    size_t size;
    max_align_t align;
} block_head;

static void *block_new(PCRE2_SIZE size, void *ctx)
{
    block_head *h;
    if (size > SIZE_MAX / 2) return NULL;
    h = tkc_alloc(ctx, 1, size + sizeof *h);
    if (!h) return NULL;
    h->size = size + sizeof *h;
    return h + 1;
}

static void block_free(void *ptr, void *ctx)
{
    if (ptr) {
        block_head *h = (block_head *)ptr - 1;
        tkc_free(ctx, h, 1, h->size);
    }
}

static tkc_status compile(tkc_regex *re, tkc_str text, tkc_error *err)
{
    const uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE |
                             PCRE2_NEVER_BACKSLASH_C;
    pcre2_compile_context *ctx = pcre2_compile_context_create(re->general);
    int code;
    PCRE2_SIZE at;
    if (!ctx) return tkc_nomem(err);
    re->code = pcre2_compile((PCRE2_SPTR)(text.len ? text.ptr : ""), text.len, options, &code,
                             &at, ctx);
    pcre2_compile_context_free(ctx);
    if (!re->code) {
        char why[128];
        if (code == PCRE2_ERROR_HEAP_FAILED) return tkc_nomem(err);
        pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "pcre2 refuses the regex: %s", why);
    }
    return TKC_OK;
}

static tkc_status prepare(tkc_regex *re, tkc_str text, tkc_error *err)
{
    tkc_status st;
    union {
        const tkc_allocator *c;
        void *v;
    } ctx = {re->alloc};
    re->general = pcre2_general_context_create(block_new, block_free, ctx.v);
    if (!re->general) return tkc_nomem(err);
    if ((st = compile(re, text, err))) return st;
    re->match = pcre2_match_context_create(re->general);
    re->data = pcre2_match_data_create(1, re->general);
    if (!re->match || !re->data) return tkc_nomem(err);
    pcre2_set_match_limit(re->match, MATCH_LIMIT);
    pcre2_set_depth_limit(re->match, MATCH_LIMIT);
    pcre2_set_heap_limit(re->match, HEAP_LIMIT_KIB);
    if (pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0) {
        re->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, re->general);
        if (!re->stack) return tkc_nomem(err);
        pcre2_jit_stack_assign(re->match, NULL, re->stack);
        re->jit = true;
    }
    return TKC_OK;
}

tkc_status tkc_regex_new_dialect(tkc_regex **out, tkc_str pattern, tkc_regex_dialect dialect,
                                 const tkc_allocator *alloc, tkc_error *err)
{
    tkc_regex *re;
    tkc_buf text;
    tkc_status st;
    alloc = tkc_allocator_or_default(alloc);
    tkc_buf_init(&text, MAX_PATTERN, alloc);
    re = tkc_alloc_zero(alloc, 1, sizeof *re);
    if (!re) return tkc_nomem(err);
    re->alloc = alloc;
    st = tkc_regex_translate(pattern, dialect, alloc, &text, err);
    if (!st) st = prepare(re, tkc_buf_str(&text), err);
    tkc_buf_release(&text);
    if (st) {
        tkc_regex_free(re);
        return st;
    }
    *out = re;
    return TKC_OK;
}

tkc_status tkc_regex_new(tkc_regex **out, tkc_str pattern, const tkc_allocator *alloc,
                         tkc_error *err)
{
    return tkc_regex_new_dialect(out, pattern, TKC_REGEX_HF, alloc, err);
}

void tkc_regex_free(tkc_regex *re)
{
    if (!re) return;
    pcre2_jit_stack_free(re->stack);
    pcre2_match_data_free(re->data);
    pcre2_match_context_free(re->match);
    pcre2_code_free(re->code);
    pcre2_general_context_free(re->general);
    tkc_free(re->alloc, re, 1, sizeof *re);
}

tkc_status tkc_regex_next(tkc_regex *re, tkc_str subject, size_t from, size_t *begin,
                          size_t *end, tkc_error *err)
{
    static const char empty[1] = "";
    const PCRE2_SPTR s = (PCRE2_SPTR)(subject.len ? subject.ptr : empty);
    const PCRE2_SIZE *ovector;
    int rc;
    if (from > subject.len) return TKC_E_NOTFOUND;
    if (re->jit) {
        rc = pcre2_jit_match(re->code, s, subject.len, from, PCRE2_NO_UTF_CHECK, re->data,
                             re->match);
        if (rc == PCRE2_ERROR_JIT_STACKLIMIT || rc == PCRE2_ERROR_MATCHLIMIT)
            rc = pcre2_match(re->code, s, subject.len, from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
                             re->data, re->match);
    } else {
        rc = pcre2_match(re->code, s, subject.len, from, PCRE2_NO_UTF_CHECK, re->data, re->match);
    }
    if (rc == PCRE2_ERROR_NOMATCH) return TKC_E_NOTFOUND;
    if (rc == PCRE2_ERROR_NOMEMORY) return tkc_nomem(err);
    if (rc < 0) {
        char why[128];
        pcre2_get_error_message(rc, (PCRE2_UCHAR *)why, sizeof why);
        return tkc_fail(err, TKC_E_LIMIT, from, "the regex gave up on this text: %s", why);
    }
    ovector = pcre2_get_ovector_pointer(re->data);
    *begin = ovector[0];
    *end = ovector[1];
    return TKC_OK;
}

tkc_status tkc_regex_iter_next(tkc_regex *re, tkc_regex_iter *it, tkc_str subject,
                               size_t *begin, size_t *end, tkc_error *err)
{
    for (;;) {
        tkc_status st = tkc_regex_next(re, subject, it->from, begin, end, err);
        const bool empty = !st && *begin == *end;
        const size_t last = it->last_end;
        if (st) return st;
        it->from = *end;
        if (empty)
            it->from += *end < subject.len ? tkc_utf8_len((unsigned char)subject.ptr[*end]) : 1;
        if (empty && it->matched && *end == last) continue;
        it->matched = true;
        it->last_end = *end;
        return TKC_OK;
    }
}
