/* test_json_edit.c - edits by span: commas, blanks, refusals, the string writer, and random
 * edits against a model that lists the children which should be there. */
#include "vocab/base/json_edit.h"

#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* The node of a child by number, following a path such as "0.2"; keys for objects. */
static uint32_t at(const tkc_json *d, const char *path)
{
    uint32_t i = 0;
    while (*path) {
        char *end;
        long k = strtol(path, &end, 10);
        uint32_t in = i;
        if (in && tkc_json_kind_of(d, in) == TKC_JSON_STRING) in++; /* into a member's value */
        i = tkc_json_first(d, in);
        while (k-- > 0)
            i = tkc_json_kind_of(d, in) == TKC_JSON_OBJECT ? tkc_json_next_member(d, in, i)
                                                           : tkc_json_next(d, in, i);
        path = *end == '.' ? end + 1 : end;
    }
    return i;
}

/* Ops, blank-separated: "r PATH JSON", "t PATH TEXT", "d CONTAINER CHILD",
 * "i CONTAINER BEFORE JSON", "m CONTAINER BEFORE KEY JSON"; "-" is the root or the end. */
static tkc_status edit(const char *text, const char *ops, tkc_buf *out, tkc_error *err)
{
    tkc_json d;
    tkc_json_edits e;
    tkc_status st;
    char copy[512], *p = copy;
    snprintf(copy, sizeof copy, "%s", ops);
    tkc_json_init(&d, NULL);
    st = tkc_json_parse(&d, str(text), NULL, err);
    assert_int_equal(st, TKC_OK);
    tkc_json_edits_init(&e, &d, 0, NULL);
    for (char *word; !st && (word = strtok(p, " ")) != NULL; p = NULL) {
        char op = *word;
        const char *a = strtok(NULL, " "), *b = strtok(NULL, " ");
        uint32_t in = strcmp(a, "-") == 0 ? 0 : at(&d, a);
        if (op == 'r') {
            st = tkc_json_replace(&e, in, str(b), err);
        } else if (op == 't') {
            st = tkc_json_replace_text(&e, in, str(b), err);
        } else {
            uint32_t child = strcmp(b, "-") == 0 ? TKC_JSON_NONE : at(&d, b);
            if (in && tkc_json_kind_of(&d, in) == TKC_JSON_STRING) in++;
            if (op == 'd') {
                st = tkc_json_delete(&e, in, child, err);
            } else {
                const char *c = strtok(NULL, " ");
                if (op == 'i')
                    st = tkc_json_insert(&e, in, child, str(c), err);
                else
                    st = tkc_json_insert_member(&e, in, child, str(c), str(strtok(NULL, " ")), err);
            }
        }
    }
    if (!st) st = tkc_json_edits_apply(&e, out, err);
    tkc_json_edits_release(&e);
    tkc_json_release(&d);
    return st;
}

static void commas(void **state)
{
    static const struct {
        const char *text, *ops, *want;
    } row[] = {
        {"[1, 2,3 ]", "r 1 null", "[1, null,3 ]"},
        {"[1, 2,3 ]", "t 1 a\"b", "[1, \"a\\\"b\",3 ]"},
        {" {\"a\" : 0.70 , \"b\":1E+2}\n", "r 1 \"c\"", " {\"a\" : 0.70 , \"c\":1E+2}\n"},
        {"[1, 2,3 ]", "d - 0", "[2,3 ]"},
        {"[1, 2,3 ]", "d - 1", "[1,3 ]"},
        {"[1, 2,3 ]", "d - 2", "[1, 2 ]"},
        {"[ 1, 2,3 ]", "d - 0 d - 1", "[ 3 ]"},
        {"[ 1, 2,3 ]", "d - 1 d - 2", "[ 1 ]"},
        {"[ 1, 2,3 ]", "d - 2 d - 0", "[ 2 ]"},
        {"[ 1, 2,3 ]", "d - 0 d - 1 d - 2", "[  ]"},
        {"{\"a\":1, \"b\":{} ,\"c\":[2]}", "d - 1", "{\"a\":1 ,\"c\":[2]}"},
        {"{\"a\":1, \"b\":{} ,\"c\":[2]}", "d - 2 d - 0", "{\"b\":{}}"},
        {"[]", "i - - 7", "[7]"},
        {"[ ]", "i - - 7 i - - 8", "[7,8 ]"},
        {"[1]", "i - - 7", "[1,7]"},
        {"[1]", "i - 0 7", "[7,1]"},
        {"[1, 2]", "i - 0 7 i - 0 8", "[7, 8, 1, 2]"},
        {"[1, 2]", "i - - 7 i - 1 6", "[1, 6, 2, 7]"},
        {"[\n  1,\n  2\n]", "i - - 3", "[\n  1,\n  2,\n  3\n]"},
        {"[1, 2]", "d - 0 d - 1 i - - 7 i - 0 6", "[6, 7]"},
        {"[1, 2]", "d - 0 i - 0 6 i - 1 7", "[6, 7, 2]"},
        {"[1, 2]", "d - 1 i - 1 6 i - - 7", "[1, 6, 7]"},
        {"{}", "m - - k [1]", "{\"k\":[1]}"},
        {"{\"a\": 1}", "m - 0 k true", "{\"k\":true,\"a\": 1}"},
        {"{\"a\":[1,{\"b\":2}]}", "i 0 - 3 r 0.0 9 m 0.1 - c 4", "{\"a\":[9,{\"b\":2,\"c\":4},3]}"},
        {"[[],[]]", "d - 0 i 1 - 5", "[[5]]"},
        {"1", "r - [2]", "[2]"},
        {"[1, 2]", "", "[1, 2]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tkc_buf out;
        tkc_error err = {0};
        tkc_json d;
        tkc_buf_init(&out, 4096, NULL);
        if (edit(row[i].text, row[i].ops, &out, &err)) fail_msg("%s: %s", row[i].ops, err.message);
        if (out.len != strlen(row[i].want) || memcmp(out.ptr, row[i].want, out.len) != 0)
            fail_msg("%s, %s: expected %s, got %.*s", row[i].text, row[i].ops, row[i].want,
                     (int)out.len, out.ptr);
        tkc_json_init(&d, NULL);
        assert_int_equal(tkc_json_parse(&d, tkc_buf_str(&out), NULL, &err), TKC_OK);
        tkc_json_release(&d);
        tkc_buf_release(&out);
    }
}

static void refusals(void **state)
{
    static const struct {
        const char *text, *ops;
        tkc_status st;
        size_t offset;
    } row[] = {
        {"[1,2]", "r 0 8 r 0 9", TKC_E_ARG, 1},
        {"[1,2]", "d - 0 r 0 9", TKC_E_ARG, 1},
        {"[1,2]", "d - 1 d - 1", TKC_E_ARG, 3},
        {"[1,[2]]", "r 1 8 r 1.0 9", TKC_E_ARG, 4},
        {"[1,[2]]", "d - 1 r 1.0 9", TKC_E_ARG, 4},
        {"[1,[]]", "r 1 8 i 1 - 9", TKC_E_ARG, 4},
        {"{\"a\":1}", "r 0 5", TKC_E_ARG, 1},
        {"[1,[2]]", "d - 1.0", TKC_E_ARG, 4},
        {"{\"a\":1}", "i - - 5", TKC_E_ARG, 0},
        {"[1]", "m - - k 5", TKC_E_ARG, 0},
        {"[1]", "r 0 1,2", TKC_E_FORMAT, 1},
        {"[1]", "i - - ]", TKC_E_FORMAT, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tkc_buf out;
        tkc_error err = {0};
        tkc_status st;
        tkc_buf_init(&out, 4096, NULL);
        assert_int_equal(tkc_buf_append(&out, "x", 1, &err), TKC_OK);
        st = edit(row[i].text, row[i].ops, &out, &err);
        if (st != row[i].st || err.offset != row[i].offset)
            fail_msg("%s, %s: %s at %zu: %s", row[i].text, row[i].ops, tkc_status_name(st),
                     err.offset, err.message);
        assert_int_equal(out.len, 1);
        tkc_buf_release(&out);
    }
    {
        tkc_json d;
        tkc_json_edits e;
        tkc_error err;
        tkc_buf out;
        tkc_buf_init(&out, 5, NULL);
        tkc_json_init(&d, NULL);
        assert_int_equal(tkc_json_parse(&d, str("[1]"), NULL, &err), TKC_OK);
        tkc_json_edits_init(&e, &d, 10, NULL);
        assert_int_equal(tkc_json_replace(&e, 2, str("1"), &err), TKC_E_ARG);
        assert_int_equal(tkc_json_delete(&e, 0, 9, &err), TKC_E_ARG);
        assert_int_equal(tkc_json_insert(&e, 0, 9, str("1"), &err), TKC_E_ARG);
        assert_int_equal(tkc_json_replace(&e, 1, str("12345678901"), &err), TKC_E_LIMIT);
        assert_int_equal(tkc_json_replace_text(&e, 1, str("\xff"), &err), TKC_E_FORMAT);
        assert_int_equal(e.n, 0);
        assert_int_equal(tkc_json_replace(&e, 1, str("1234567890"), &err), TKC_OK);
        assert_int_equal(tkc_json_edits_apply(&e, &out, &err), TKC_E_LIMIT);
        assert_int_equal(out.len, 0);
        tkc_json_edits_clear(&e);
        assert_int_equal(tkc_json_edits_apply(&e, &out, &err), TKC_OK);
        assert_int_equal(out.len, 3);
        tkc_json_edits_release(&e);
        tkc_json_release(&d);
        tkc_buf_release(&out);
    }
}

static uint32_t seed = 12345;
static uint32_t rnd(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(seed >> 4) * n >> 28);
}

static void put(char **p, const char *s)
{
    size_t n = strlen(s);
    memcpy(*p, s, n);
    *p += n;
}

static void random_value(char **p, int depth)
{
    static const char *const leaf[] = {"0.70", "1E+2", "\"\\u0000\"", "null", "\"a,]}\\\\\"",
                                       "-0",   "true", "\"\"",        "12345678901234567890123"};
    static const char *const blank[] = {"", " ", "\n  ", "", "\t", "", "", " "};
    uint32_t what = depth > 3 ? 0 : rnd(4), n = rnd(5);
    if (what < 2) {
        put(p, leaf[rnd(9)]);
        return;
    }
    put(p, what == 2 ? "[" : "{");
    put(p, blank[rnd(8)]);
    for (uint32_t i = 0; i < n; i++) {
        if (i) {
            put(p, blank[rnd(8)]);
            put(p, ",");
            put(p, blank[rnd(8)]);
        }
        if (what == 3) {
            char key[16];
            snprintf(key, sizeof key, "\"k%u\"", (unsigned)rnd(6));
            put(p, key);
            put(p, blank[rnd(8)]);
            put(p, ":");
            put(p, blank[rnd(8)]);
        }
        random_value(p, depth + 1);
    }
    put(p, blank[rnd(8)]);
    put(p, what == 2 ? "]" : "}");
}

static tkc_str child_text(const tkc_json *d, bool object, uint32_t c)
{
    size_t end = d->node[object ? c + 1 : c].end;
    return (tkc_str){d->text.ptr + d->node[c].begin, end - d->node[c].begin};
}

/* Deletes and inserts children of one container of a random text, and replaces a few values
 * elsewhere in front of it; what stands there afterwards must be the list the model has. */
static void against_a_model(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[8192], *p = text;
        tkc_str list[64];
        size_t n = 0, begin, end;
        tkc_json d, back;
        tkc_json_edits e;
        tkc_error err = {0};
        tkc_buf out;
        uint32_t box, k = 0;
        bool object;
        random_value(&p, 0);
        tkc_json_init(&d, NULL);
        tkc_json_init(&back, NULL);
        tkc_buf_init(&out, 1 << 16, NULL);
        assert_int_equal(tkc_json_parse(&d, (tkc_str){text, (size_t)(p - text)}, NULL, &err), TKC_OK);
        box = rnd((uint32_t)d.n_node);
        while (box && tkc_json_kind_of(&d, box) < TKC_JSON_ARRAY) box--;
        if (tkc_json_kind_of(&d, box) < TKC_JSON_ARRAY) goto next;
        object = tkc_json_kind_of(&d, box) == TKC_JSON_OBJECT;
        tkc_json_edits_init(&e, &d, 0, NULL);
        for (uint32_t c = tkc_json_first(&d, box);;
             c = tkc_json_next(&d, box, object ? c + 1 : c)) {
            for (uint32_t add = rnd(5); add > 3; add--) {
                if (object)
                    assert_int_equal(
                        tkc_json_insert_member(&e, box, c, str("z"), str("[ 9 ]"), &err), TKC_OK);
                else
                    assert_int_equal(tkc_json_insert(&e, box, c, str("{\"z\":9}"), &err), TKC_OK);
                list[n++] = object ? str("\"z\":[ 9 ]") : str("{\"z\":9}");
            }
            if (c == TKC_JSON_NONE) break;
            if (rnd(3) == 0)
                assert_int_equal(tkc_json_delete(&e, box, c, &err), TKC_OK);
            else
                list[n++] = child_text(&d, object, c);
        }
        if (tkc_json_edits_apply(&e, &out, &err)) fail_msg("%s", err.message);
        if (tkc_json_parse(&back, tkc_buf_str(&out), NULL, &err))
            fail_msg("%.*s -> %.*s: %s", (int)d.text.len, text, (int)out.len, out.ptr, err.message);
        begin = d.node[box].begin + 1u;
        end = d.text.len - d.node[box].end + 1;
        assert_memory_equal(out.ptr, text, begin);
        assert_memory_equal(out.ptr + out.len - end, p - end, end);
        assert_int_equal(tkc_json_count(&back, box), n);
        for (uint32_t c = tkc_json_first(&back, box); c != TKC_JSON_NONE;
             c = tkc_json_next(&back, box, object ? c + 1 : c), k++) {
            tkc_str got = child_text(&back, object, c);
            assert_int_equal(got.len, list[k].len);
            assert_memory_equal(got.ptr, list[k].ptr, got.len);
        }
        tkc_json_edits_release(&e);
    next:
        tkc_buf_release(&out);
        tkc_json_release(&back);
        tkc_json_release(&d);
    }
}

static void written_strings(void **state)
{
    static const char text[] = "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9\xf0\x9f\x98\x80";
    static const char want[] =
        "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\xf0\x9f\x98\x80\"";
    tkc_buf out, scratch;
    tkc_error err;
    (void)state;
    tkc_buf_init(&out, 1 << 20, NULL);
    tkc_buf_init(&scratch, 1 << 20, NULL);
    assert_int_equal(tkc_json_append_text(&out, str(text), &err), TKC_OK);
    assert_int_equal(out.len, sizeof want - 1);
    assert_memory_equal(out.ptr, want, out.len);
    assert_int_equal(tkc_json_append_text(&out, str("ok\xff"), &err), TKC_E_FORMAT);
    assert_int_equal(err.offset, 2);
    assert_int_equal(out.len, sizeof want - 1);
    for (int round = 0; round < 2000; round++) { /* written and read is the same */
        char bytes[64];
        size_t n = 0;
        tkc_json d;
        tkc_str back;
        while (n < 40) {
            uint32_t c = rnd(5);
            if (c == 0)
                bytes[n++] = (char)rnd(32);
            else if (c == 1)
                bytes[n++] = "\"\\/"[rnd(3)];
            else if (c == 2)
                n += (size_t)snprintf(bytes + n, 4, "%s", "\xe4\xbd\xa0");
            else
                bytes[n++] = (char)(32 + rnd(95));
        }
        tkc_buf_clear(&out);
        tkc_buf_clear(&scratch);
        assert_int_equal(tkc_json_append_text(&out, (tkc_str){bytes, n}, &err), TKC_OK);
        tkc_json_init(&d, NULL);
        assert_int_equal(tkc_json_parse(&d, tkc_buf_str(&out), NULL, &err), TKC_OK);
        assert_int_equal(tkc_json_string(&d, 0, &scratch, &back, &err), TKC_OK);
        assert_int_equal(back.len, n);
        assert_memory_equal(back.ptr, bytes, n);
        tkc_json_release(&d);
    }
    tkc_buf_release(&scratch);
    tkc_buf_release(&out);
}

/* 200,000 edits of one array: not quadratic. */
static void many(void **state)
{
    enum { N = 200000 };
    char *text = malloc(2 * N + 2);
    tkc_json d;
    tkc_json_edits e;
    tkc_error err;
    tkc_buf out;
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < N; i++) memcpy(text + 2 * i, i ? ",1" : "[1", 2);
    text[2 * (size_t)N] = ']';
    tkc_json_init(&d, NULL);
    tkc_buf_init(&out, (size_t)1 << 24, NULL);
    assert_int_equal(tkc_json_parse(&d, (tkc_str){text, 2 * N + 1}, NULL, &err), TKC_OK);
    tkc_json_edits_init(&e, &d, 0, NULL);
    for (uint32_t i = N; i > 0; i--) {
        if (i % 3 == 0) assert_int_equal(tkc_json_delete(&e, 0, i, &err), TKC_OK);
        if (i % 3 == 1) assert_int_equal(tkc_json_insert(&e, 0, i, str("22"), &err), TKC_OK);
        if (i % 3 == 2) assert_int_equal(tkc_json_replace(&e, i, str("333"), &err), TKC_OK);
    }
    assert_int_equal(tkc_json_edits_apply(&e, &out, &err), TKC_OK);
    tkc_json_edits_release(&e);
    assert_int_equal(tkc_json_parse(&d, tkc_buf_str(&out), NULL, &err), TKC_OK);
    assert_int_equal(tkc_json_count(&d, 0), N + 1);
    assert_memory_equal(out.ptr, "[22,1,333,22,1,333,22", 21);
    tkc_json_release(&d);
    tkc_buf_release(&out);
    free(text);
}

static void out_of_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        fail_alloc f = {.fail_at = n};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_json d;
        tkc_json_edits e;
        tkc_error err = {0};
        tkc_buf out;
        tkc_status st;
        size_t repeated = 0;
        tkc_json_init(&d, &a);
        tkc_json_edits_init(&e, &d, 0, &a);
        tkc_buf_init(&out, 4096, &a);
        st = tkc_json_parse(&d, str("{\"a\":[1,2,3],\"b\":\"c\",\"c\":1,\"d\":2,\"e\":1,\"f\":2,"
                                    "\"g\":1,\"h\":2,\"i\":1,\"j\":2,\"k\":3,\"l\":4,\"a\":5}"),
                            NULL, &err);
        if (!st) st = tkc_json_flag_repeated(&d, &repeated, &err);
        if (!st) assert_int_equal(repeated, 1);
        if (!st) st = tkc_json_replace_text(&e, 7, str("a long text with \n escapes in it"), &err);
        if (!st) st = tkc_json_delete(&e, 2, 3, &err);
        if (!st) st = tkc_json_insert(&e, 2, TKC_JSON_NONE, str("[4,5,6]"), &err);
        if (!st) st = tkc_json_insert_member(&e, 0, 1, str("k"), str("{}"), &err);
        if (!st) st = tkc_json_edits_apply(&e, &out, &err);
        if (st) assert_int_equal(st, TKC_E_NOMEM);
        tkc_json_edits_release(&e);
        tkc_json_release(&d);
        tkc_buf_release(&out);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (f.calls < n) {
            assert_int_equal(st, TKC_OK);
            assert_true(n > 5);
            break;
        }
        assert_int_equal(st, TKC_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas),          cmocka_unit_test(refusals),
        cmocka_unit_test(against_a_model), cmocka_unit_test(written_strings),
        cmocka_unit_test(many),            cmocka_unit_test(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
