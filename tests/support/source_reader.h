/*
 * source_reader.h - what the tests of every reader of a vocabulary's source file do: read and
 * compile bytes in memory of their exact size, and refuse every allocation in turn.
 *
 * Include it after <cmocka.h>, whose assertions it uses.
 */
#ifndef TESTS_SUPPORT_SOURCE_READER_H
#define TESTS_SUPPORT_SOURCE_READER_H

#include "tests/support/fail_alloc.h"
#include "vocab/open.h"
#include "vocab/compile/compile.h"

#include <stdlib.h>
#include <string.h>

typedef tkc_status (*tkt_reader)(tkc_builder *b, tkc_str file, tkc_error *err);

static inline tkc_status tkt_read_and_compile(tkt_reader read, const char *ptr, size_t len, tkc_error *err)
{
    tkc_builder b;
    tkc_buf image;
    tkc_status st;
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, ptr, len);
    tkc_builder_init(&b, NULL);
    tkc_buf_init(&image, (size_t)1 << 30, NULL);
    st = read(&b, (tkc_str){copy, len}, err);
    if (!st) st = tkc_builder_compile(&b, &image, err);
    tkc_buf_release(&image);
    tkc_builder_release(&b);
    free(copy);
    return st;
}

/* Every allocation refused in turn: an error, and nothing lost. */
static inline void tkt_read_without_memory(tkt_reader read, tkc_str file)
{
    bool done = false;
    for (size_t n = 1; !done; n++) {
        fail_alloc count = {.fail_at = n};
        const tkc_allocator a = fail_alloc_of(&count);
        tkc_vocab *v = NULL;
        tkc_builder b;
        tkc_error err;
        tkc_status st;
        tkc_builder_init(&b, &a);
        st = read(&b, file, &err);
        if (!st) st = tkc_vocab_from_builder(&v, &b, &err);
        if (st && st != TKC_E_NOMEM) fail_msg("allocation %zu refused: %s", n, err.message);
        done = st == TKC_OK;
        assert_true(n < 1000);
        tkc_vocab_close(v);
        tkc_builder_release(&b);
        assert_int_equal(count.live, 0);
        assert_false(count.wrong_size);
    }
}

#endif
