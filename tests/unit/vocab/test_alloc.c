/*
 * test_alloc.c - the ground under everything: sizes that overflow, buffers and their limits,
 * the checked cursor, base64, SHA-256, UTF-8 borders, whole files.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/fail_alloc.h"
#include "tests/support/lossy_utf8.h"
#include "vocab/base/alloc.h"
#include "vocab/base/base64.h"
#include "vocab/base/buf.h"
#include "vocab/base/byte_reader.h"
#include "vocab/base/error.h"
#include "vocab/base/map_file.h"
#include "vocab/base/sha256.h"
#include "vocab/base/utf8.h"

static tkc_str lit(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static void sizes_that_overflow_are_refused(void **state)
{
    fail_alloc f = {0};
    const tkc_allocator a = fail_alloc_of(&f);
    char *p;
    (void)state;
    assert_null(tkc_alloc(&a, SIZE_MAX, 2));
    assert_null(tkc_alloc(&a, SIZE_MAX / 2 + 1, 1));
    assert_null(tkc_alloc(&a, (size_t)1 << 33, (size_t)1 << 33));
    assert_null(tkc_alloc(&a, 0, 8));
    assert_null(tkc_alloc(&a, 8, 0));
    assert_null(tkc_alloc_zero(&a, SIZE_MAX, SIZE_MAX));
    assert_int_equal(f.calls, 0); /* none of these reached the allocator */
    p = tkc_alloc_zero(&a, 10, 3);
    assert_non_null(p);
    for (int i = 0; i < 30; i++) assert_int_equal(p[i], 0);
    assert_null(tkc_realloc(&a, p, 10, SIZE_MAX, 3));
    p = tkc_realloc(&a, p, 10, 20, 3);
    assert_non_null(p);
    assert_int_equal(f.live, 60);
    tkc_free(&a, p, 20, 3);
    tkc_free(&a, NULL, 99, 99);
    assert_true(f.live == 0 && !f.wrong_size);
}

static void growing_doubles_and_stops_at_the_limit(void **state)
{
    fail_alloc f = {0};
    const tkc_allocator a = fail_alloc_of(&f);
    uint32_t *p = NULL;
    size_t cap = 0;
    (void)state;
    assert_true(tkc_grow(&a, &p, &cap, 1, 100, sizeof *p));
    assert_int_equal(cap, 16);
    p[15] = 7;
    assert_true(tkc_grow(&a, &p, &cap, 16, 100, sizeof *p));
    assert_int_equal(f.calls, 1);
    assert_true(tkc_grow(&a, &p, &cap, 17, 100, sizeof *p));
    assert_int_equal(cap, 32);
    assert_int_equal(p[15], 7);
    assert_true(tkc_grow(&a, &p, &cap, 70, 100, sizeof *p));
    assert_int_equal(cap, 100);
    assert_false(tkc_grow(&a, &p, &cap, 101, 100, sizeof *p));
    assert_int_equal(p[15], 7);
    f.fail_at = f.calls + 1;
    assert_false(tkc_grow(&a, &p, &cap, 200, 1000, sizeof *p));
    assert_int_equal(cap, 100);
    assert_int_equal(p[15], 7);
    tkc_free(&a, p, cap, sizeof *p);
    assert_true(f.live == 0 && !f.wrong_size);
    p = NULL;
    cap = 0;
    assert_true(tkc_grow(&a, &p, &cap, 2, 3, sizeof *p)); /* a limit below the first size */
    assert_int_equal(cap, 3);
    tkc_free(&a, p, cap, sizeof *p);
}

static void buffers_keep_their_limit(void **state)
{
    fail_alloc f = {0};
    const tkc_allocator a = fail_alloc_of(&f);
    tkc_error err = {0};
    tkc_buf b;
    (void)state;
    tkc_buf_init(&b, 20, &a);
    assert_int_equal(f.calls, 0);
    assert_int_equal(tkc_buf_append(&b, "", 0, &err), TKC_OK);
    assert_int_equal(tkc_buf_append(&b, NULL, 0, &err), TKC_OK);
    assert_int_equal(tkc_buf_append(&b, "0123456789abcdefghij", 20, &err), TKC_OK);
    assert_int_equal(tkc_buf_append_byte(&b, 'x', &err), TKC_E_LIMIT);
    assert_int_equal(err.code, TKC_E_LIMIT);
    assert_true(err.message[0] != '\0');
    assert_int_equal(tkc_buf_reserve(&b, SIZE_MAX, &err), TKC_E_LIMIT); /* no sum overflows */
    assert_int_equal(b.len, 20);
    assert_memory_equal(b.ptr, "0123456789abcdefghij", 20);
    tkc_buf_clear(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(tkc_buf_append_u32(&b, 0x04030201, &err), TKC_OK);
    assert_int_equal(tkc_buf_append_u64(&b, UINT64_C(0x0807060504030201), &err), TKC_OK);
    assert_memory_equal(b.ptr, "\1\2\3\4\1\2\3\4\5\6\7\10", 12);
    tkc_buf_release(&b);
    tkc_buf_release(&b);
    f.fail_at = f.calls + 1;
    assert_int_equal(tkc_buf_append(&b, "x", 1, &err), TKC_E_NOMEM);
    assert_int_equal(b.len, 0);
    tkc_buf_release(&b);
    assert_true(f.live == 0 && !f.wrong_size);
}

static void numbers_of_seven_bits(void **state)
{
    static const uint64_t v[] = {0, 1, 127, 128, 129, 16383, 16384, UINT32_MAX, UINT64_C(1) << 62,
                                 UINT64_C(1) << 63, UINT64_MAX};
    tkc_buf b;
    (void)state;
    tkc_buf_init(&b, 100, NULL);
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        tkc_byte_reader r;
        tkc_buf_clear(&b);
        assert_int_equal(tkc_buf_append_varint(&b, v[i], NULL), TKC_OK);
        r = tkc_byte_reader_of(tkc_buf_str(&b));
        assert_true(tkc_read_varint(&r) == v[i] && !r.failed && r.at == b.len);
        r = tkc_byte_reader_of((tkc_str){b.ptr, b.len - 1});
        (void)tkc_read_varint(&r);
        assert_true(r.failed);
    }
    tkc_buf_release(&b);
    {
        static const char *const bad[] = {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
                                          "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", ""};
        for (size_t i = 0; i < 3; i++) {
            tkc_byte_reader r = tkc_byte_reader_of(lit(bad[i]));
            (void)tkc_read_varint(&r);
            assert_true(r.failed);
        }
    }
}

static void the_cursor_never_passes_the_end(void **state)
{
    tkc_byte_reader r = tkc_byte_reader_of(lit("\1\2\3\4\5"));
    (void)state;
    assert_true(tkc_reader_has(&r, 5));
    assert_false(tkc_reader_has(&r, 6));
    assert_false(tkc_reader_has(&r, UINT64_MAX));
    assert_int_equal(tkc_read_u8(&r), 1);
    assert_true(tkc_read_u32(&r) == 0x05040302);
    assert_false(r.failed);
    assert_int_equal(tkc_read_u8(&r), 0);
    assert_true(r.failed && r.at == 5);
    r = tkc_byte_reader_of(lit("\1\2\3"));
    assert_null(tkc_read_bytes(&r, UINT64_MAX));
    assert_int_equal(r.at, 0);
    assert_null(tkc_read_bytes(&r, 1)); /* failed stays */
    r = tkc_byte_reader_of(lit("\1\2\3"));
    assert_true(tkc_read_u64(&r) == 0 && r.failed && r.at == 0);
    r = tkc_byte_reader_of((tkc_str){NULL, 0});
    assert_true(tkc_read_u8(&r) == 0 && r.failed);
}

static void base64_both_ways(void **state)
{
    static const struct { const char *bytes, *text; } pair[] = { /* RFC 4648, section 10 */
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "+/+/"}};
    static const struct { const char *text; size_t at; } bad[] = {
        {"Z", 1}, {"Zg", 2}, {"Zg=", 2}, {"Zg==Zg==", 2}, {"Zh==", 1}, {"Zm9=", 2}, {"====", 0},
        {"Z===", 1}, {"Zm 9", 2}, {"Zm9\n", 3}, {"Zm-_", 2}, {"Zm9v!m9v", 4}, {"Zg==\n", 2}};
    tkc_buf b;
    uint64_t seed = 1;
    (void)state;
    tkc_buf_init(&b, 1 << 16, NULL);
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        tkc_buf_clear(&b);
        assert_int_equal(tkc_base64_encode(lit(pair[i].bytes), &b, NULL), TKC_OK);
        assert_int_equal(b.len, strlen(pair[i].text));
        assert_memory_equal(b.ptr ? b.ptr : "", pair[i].text, b.len);
        tkc_buf_clear(&b);
        assert_int_equal(tkc_base64_decode(lit(pair[i].text), &b, NULL, NULL), TKC_OK);
        assert_int_equal(b.len, strlen(pair[i].bytes));
        assert_memory_equal(b.ptr ? b.ptr : "", pair[i].bytes, b.len);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t at = 99;
        tkc_error err = {0};
        tkc_buf_clear(&b);
        assert_int_equal(tkc_buf_append(&b, "keep", 4, NULL), TKC_OK);
        assert_int_equal(tkc_base64_decode(lit(bad[i].text), &b, &at, &err), TKC_E_FORMAT);
        if (at != bad[i].at) fail_msg("%s: byte %zu, expected %zu", bad[i].text, at, bad[i].at);
        assert_true(err.message[0] && b.len == 4);
    }
    for (size_t n = 0; n < 300; n++) {
        char bytes[300];
        size_t from;
        for (size_t i = 0; i < n; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            bytes[i] = (char)(seed >> 56);
        }
        tkc_buf_clear(&b);
        assert_int_equal(tkc_base64_encode((tkc_str){bytes, n}, &b, NULL), TKC_OK);
        from = b.len;
        {
            char text[400];
            memcpy(text, b.ptr ? b.ptr : "", from);
            assert_int_equal(tkc_base64_decode((tkc_str){text, from}, &b, NULL, NULL), TKC_OK);
        }
        assert_int_equal(b.len - from, n);
        if (n) assert_memory_equal(b.ptr + from, bytes, n);
    }
    tkc_buf_release(&b);
    tkc_buf_init(&b, 3, NULL);
    assert_int_equal(tkc_base64_decode(lit("Zm9vYmFy"), &b, NULL, NULL), TKC_E_LIMIT);
    tkc_buf_release(&b);
}

static void sha256_of(tkc_str s, char hex[65])
{
    unsigned char sum[32];
    tkc_sha256(s, sum);
    tkc_sha256_hex(sum, hex);
}

static void sha256_known_sums(void **state)
{
    /* "a" n times, around the ends of a block; from Python's hashlib */
    static const struct { size_t n; const char *sum; } blocks[] = {
        {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
        {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
        {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
        {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
        {65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
        {119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
        {120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"},
        {128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e"},
    };
    char hex[65], *million = malloc(1000000);
    (void)state;
    sha256_of(lit(""), hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_of((tkc_str){NULL, 0}, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_of(lit("abc"), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_of(lit("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_non_null(million);
    memset(million, 'a', 1000000);
    sha256_of((tkc_str){million, 1000000}, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        sha256_of((tkc_str){million, blocks[i].n}, hex);
        assert_string_equal(hex, blocks[i].sum);
    }
    free(million);
}

static void borders_agree_with_the_lossy_form(void **state)
{
    static const char bytes[] = {'a',        (char)0x80, (char)0xbf, (char)0xc3,
                                 (char)0xe0, (char)0xa0, (char)0xe4, (char)0xed,
                                 (char)0xf0, (char)0x9f, (char)0xf4, (char)0xff};
    enum { N = sizeof bytes, LEN = 5 };
    size_t checked = 0;
    (void)state;
    for (size_t k = 0; k < (size_t)N * N * N * N * N; k++) {
        char s[LEN];
        bool border[LEN + 1] = {false};
        size_t at = 0, rest = k;
        for (int i = 0; i < LEN; i++, rest /= N) s[i] = bytes[rest % N];
        border[0] = border[LEN] = true;
        while (at < LEN) {
            bool ok;
            at += tkt_utf8_step((const unsigned char *)s + at, LEN - at, &ok);
            border[at] = true;
        }
        for (size_t i = 0; i <= LEN; i++, checked++)
            if (tkc_utf8_boundary((tkc_str){s, LEN}, i) != border[i])
                fail_msg("text %zu byte %zu", k, i);
    }
    assert_int_equal(checked, (size_t)N * N * N * N * N * (LEN + 1));
}

static void messages(void **state)
{
    char quoted[TKC_QUOTE_SIZE], longer[1000];
    tkc_error err = {0};
    (void)state;
    assert_string_equal(tkc_quote(quoted, "a\n\x1b\\\xff", 5), "a\\x0a\\x1b\\x5c\\xff");
    memset(longer, '\1', sizeof longer);
    assert_true(strlen(tkc_quote(quoted, longer, sizeof longer)) < TKC_QUOTE_SIZE);
    longer[999] = '\0';
    assert_int_equal(tkc_fail(&err, TKC_E_IO, 7, "%s", longer), TKC_E_IO);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_true(err.code == TKC_E_IO && err.offset == 7);
    assert_int_equal(tkc_fail(NULL, TKC_E_IO, 7, "%s", longer), TKC_E_IO);
    assert_int_equal(tkc_nomem(&err), TKC_E_NOMEM);
    for (int i = 0; i <= TKC_E_NOTFOUND; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(tkc_status_name((tkc_status)i), tkc_status_name((tkc_status)k));
    assert_non_null(tkc_status_name((tkc_status)999));
    assert_string_equal(tkc_version(), TKC_VERSION);
}

/* Prompts are written where only their owner may read them. */
static void rights_and_links_stay(void **state)
{
    char dir[] = "/tmp/tokcount-test-XXXXXX", path[200], link[200];
    tkc_error err = {0};
    struct stat sb;
    tkc_buf b;
    mode_t mask;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file", dir);
    snprintf(link, sizeof link, "%s/link", dir);
    tkc_buf_init(&b, 100, NULL);
    mask = umask(077);
    assert_int_equal(tkc_write_file(path, lit("one"), &err), TKC_OK);
    umask(mask);
    assert_true(stat(path, &sb) == 0 && (sb.st_mode & 0777) == 0600);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink("file", link), 0);
    assert_int_equal(tkc_write_file(link, lit("two"), &err), TKC_OK);
    assert_true(lstat(link, &sb) == 0 && S_ISLNK(sb.st_mode));
    assert_true(stat(path, &sb) == 0 && (sb.st_mode & 0777) == 0640);
    assert_int_equal(tkc_read_file(&b, path, &err), TKC_OK);
    assert_true(b.len == 3 && memcmp(b.ptr, "two", 3) == 0);
    tkc_buf_release(&b);
    unlink(path);
    assert_int_equal(tkc_write_file(link, lit("three"), &err), TKC_E_IO);
    assert_non_null(strstr(err.message, "a link that leads nowhere"));
    assert_true(lstat(link, &sb) == 0 && S_ISLNK(sb.st_mode));
    unlink(link);
    assert_int_equal(rmdir(dir), 0); /* nothing is left behind */
}

/* A file that is edited: only if it is there and holds what was read. */
static void only_what_was_read_is_replaced(void **state)
{
    static const char *const other[] = {"on", "onee", "onf", "", "two"};
    char dir[] = "/tmp/tokcount-test-XXXXXX", path[200], link[200], long_path[5000], big[40000];
    const tkc_str one = lit("one");
    tkc_error err = {0};
    struct stat sb;
    tkc_buf b;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file", dir);
    snprintf(link, sizeof link, "%s/link", dir);
    tkc_buf_init(&b, 100, NULL);
    assert_int_equal(tkc_replace_file(path, (tkc_str){NULL, 0}, one, &err), TKC_E_NOTFOUND);
    assert_string_equal(err.message, "cannot be written: No such file or directory");
    assert_int_equal(tkc_write_file(path, one, &err), TKC_OK);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        assert_int_equal(tkc_replace_file(path, (tkc_str){other[i], strlen(other[i])}, lit("new"), &err), TKC_E_IO);
        assert_non_null(strstr(err.message, "changed while it was checked"));
        tkc_buf_clear(&b);
        assert_int_equal(tkc_read_file(&b, path, &err), TKC_OK);
        assert_true(b.len == 3 && memcmp(b.ptr, "one", 3) == 0);
    }
    tkc_buf_release(&b);
    /* through a link, with the mode and the owner */
    if (geteuid() == 0) assert_int_equal(chown(path, 65534, 65533), 0);
    assert_int_equal(chmod(path, 04640), 0);
    assert_int_equal(symlink("file", link), 0);
    memset(big, 'x', sizeof big);
    assert_int_equal(tkc_replace_file(link, one, (tkc_str){big, sizeof big}, &err), TKC_OK);
    assert_true(lstat(link, &sb) == 0 && S_ISLNK(sb.st_mode));
    assert_true(stat(path, &sb) == 0 && (sb.st_mode & 07777) == 04640 && sb.st_size == sizeof big);
    if (geteuid() == 0) assert_true(sb.st_uid == 65534 && sb.st_gid == 65533);
    /* a difference in the last part that is compared; then none; then nothing is in it */
    big[sizeof big - 1] = 'y';
    assert_int_equal(tkc_replace_file(link, (tkc_str){big, sizeof big}, one, &err), TKC_E_IO);
    big[sizeof big - 1] = 'x';
    assert_int_equal(tkc_replace_file(link, (tkc_str){big, sizeof big}, (tkc_str){NULL, 0}, &err), TKC_OK);
    assert_true(stat(path, &sb) == 0 && sb.st_size == 0);
    assert_int_equal(tkc_replace_file(path, (tkc_str){NULL, 0}, lit("again"), &err), TKC_OK);
    if (geteuid() != 0) { /* root may write all */
        assert_int_equal(chmod(path, 0444), 0);
        assert_int_equal(tkc_replace_file(path, lit("again"), one, &err), TKC_E_IO);
        assert_string_equal(err.message, "cannot be written: Permission denied; it was not changed");
    }
    unlink(path);
    assert_int_equal(tkc_replace_file(link, lit("again"), one, &err), TKC_E_IO);
    assert_string_equal(err.message, "a link that leads nowhere, will not be replaced");
    unlink(link);
    assert_int_equal(tkc_replace_file(dir, one, one, &err), TKC_E_IO);
    assert_string_equal(err.message, "not a regular file, will not be replaced");
    memset(long_path, 'a', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    assert_int_equal(tkc_replace_file(long_path, one, one, &err), TKC_E_LIMIT);
    assert_int_equal(rmdir(dir), 0); /* nothing is left behind */
}

static size_t names_in(const char *dir)
{
    DIR *d = opendir(dir);
    size_t n = 0;
    assert_non_null(d);
    while (readdir(d)) n++;
    closedir(d);
    return n - 2;
}

/* In pieces short and long; until it is kept nothing is there, and what was there is as it was. */
static void a_file_in_pieces(void **state)
{
    enum { N = 3000 };
    char dir[] = "/tmp/tokcount-test-XXXXXX", path[200], *all = malloc(N * (size_t)N), *at = all;
    tkc_new_file f;
    tkc_error err = {0};
    tkc_buf b;
    (void)state;
    assert_non_null(all);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file", dir);
    tkc_buf_init(&b, N * (size_t)N, NULL);
    for (int kept = 0; kept < 2; kept++) {
        at = all;
        assert_int_equal(tkc_new_file_open(&f, path, &err), TKC_OK);
        assert_int_equal(tkc_new_file_write(&f, (tkc_str){NULL, 0}, &err), TKC_OK);
        for (size_t i = 1; i < N; i++) { /* each 100th is longer than what waits */
            const size_t len = i % 100 ? i % 700 : 20000 + i;
            memset(at, (int)('a' + i % 26), len);
            assert_int_equal(tkc_new_file_write(&f, (tkc_str){at, len}, &err), TKC_OK);
            at += len;
        }
        if (!kept) {
            tkc_new_file_drop(&f);
            tkc_new_file_drop(&f);
            assert_int_equal(names_in(dir), 0);
            assert_int_equal(tkc_write_file(path, lit("old"), &err), TKC_OK);
            continue;
        }
        assert_int_equal(tkc_read_file(&b, path, &err), TKC_OK);
        assert_true(b.len == 3 && memcmp(b.ptr, "old", 3) == 0);
        assert_int_equal(tkc_new_file_keep(&f, &err), TKC_OK);
        tkc_new_file_drop(&f); /* nothing more to do */
    }
    tkc_buf_clear(&b);
    assert_int_equal(tkc_read_file(&b, path, &err), TKC_OK);
    assert_int_equal(b.len, at - all);
    assert_memory_equal(b.ptr, all, b.len);
    assert_int_equal(names_in(dir), 1);
    /* a folder has come in its place */
    assert_int_equal(tkc_new_file_open(&f, path, &err), TKC_OK);
    assert_int_equal(tkc_new_file_write(&f, lit("new"), &err), TKC_OK);
    assert_int_equal(unlink(path) | mkdir(path, 0700), 0);
    assert_int_equal(tkc_new_file_keep(&f, &err), TKC_E_IO);
    assert_non_null(strstr(err.message, "cannot take its place: Is a directory"));
    assert_int_equal(names_in(dir), 1);
    assert_int_equal(tkc_new_file_open(&f, path, &err), TKC_E_IO);
    tkc_new_file_drop(&f);
    assert_int_equal(rmdir(path) | rmdir(dir), 0);
    assert_int_equal(tkc_new_file_open(&f, path, &err), TKC_E_NOTFOUND);
    assert_string_equal(err.message, "cannot create a file beside it: No such file or directory");
    tkc_new_file_drop(&f);
    tkc_buf_release(&b);
    free(all);
}

static void touched_memory_stays_what_it_is(void **state)
{
    enum { LEN = 5 * 4096 };
    unsigned char *p = calloc(1, LEN);
    (void)state;
    assert_non_null(p);
    for (size_t i = 0; i < LEN; i++) p[i] = (unsigned char)(i % 251);
    for (size_t from = 0; from < LEN; from += 777)
        for (size_t len = 0; from + len <= LEN; len += 1021) tkc_touch_pages(p + from, len);
    for (size_t i = 0; i < LEN; i++) assert_int_equal(p[i], i % 251);
    free(p);
}

static void whole_files(void **state)
{
    char dir[] = "/tmp/tokcount-test-XXXXXX", path[200], deep[200], big[5000];
    tkc_error err = {0};
    tkc_str map = {NULL, 1};
    struct stat sb;
    tkc_buf b;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file", dir);
    tkc_buf_init(&b, 4096, NULL);
    assert_int_equal(tkc_map_file(&map, path, &err), TKC_E_NOTFOUND);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(tkc_read_file(&b, path, &err), TKC_E_NOTFOUND);
    assert_int_equal(tkc_map_file(&map, dir, &err), TKC_E_IO);
    snprintf(deep, sizeof deep, "%s/none/file", dir);
    assert_int_equal(tkc_write_file(deep, lit("x"), &err), TKC_E_NOTFOUND);
    assert_string_equal(err.message, "cannot create a file beside it: No such file or directory");
    assert_int_equal(tkc_write_file("/dev/full/x", lit("x"), &err), TKC_E_NOTFOUND);
    assert_int_equal(tkc_read_file(&b, dir, &err), TKC_E_IO);
    umask(022);
    assert_int_equal(tkc_write_file(path, (tkc_str){NULL, 0}, &err), TKC_OK);
    assert_int_equal(tkc_map_file(&map, path, &err), TKC_OK);
    assert_true(map.ptr == NULL && map.len == 0);
    tkc_unmap(map);
    assert_int_equal(tkc_read_file(&b, path, &err), TKC_OK);
    assert_int_equal(b.len, 0);
    assert_int_equal(tkc_write_file(path, (tkc_str){"a\0b", 3}, &err), TKC_OK);
    assert_int_equal(tkc_read_file(&b, path, &err), TKC_OK);
    assert_int_equal(tkc_map_file(&map, path, &err), TKC_OK);
    assert_true(b.len == 3 && map.len == 3);
    assert_memory_equal(b.ptr, "a\0b", 3);
    assert_memory_equal(map.ptr, "a\0b", 3);
    /* a mapped file that is replaced keeps its bytes */
    assert_int_equal(tkc_write_file(path, lit("other"), &err), TKC_OK);
    assert_memory_equal(map.ptr, "a\0b", 3);
    tkc_unmap(map);
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0644);
    memset(big, 'x', sizeof big);
    assert_int_equal(tkc_write_file(path, (tkc_str){big, sizeof big}, &err), TKC_OK);
    tkc_buf_clear(&b);
    assert_int_equal(tkc_read_file(&b, path, &err), TKC_E_LIMIT);
    tkc_buf_release(&b);
    snprintf(deep, sizeof deep, "%s/one/two/three", dir);
    assert_int_equal(tkc_make_dir(deep, &err), TKC_OK);
    assert_int_equal(tkc_make_dir(deep, &err), TKC_OK);
    assert_int_equal(stat(deep, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0700);
    snprintf(deep, sizeof deep, "%s/file/two", dir);
    assert_int_equal(tkc_make_dir(deep, &err), TKC_E_IO);
    assert_int_equal(tkc_make_dir("", &err), TKC_E_LIMIT);
    assert_int_equal(tkc_path_join(deep, 8, "dir", "name", ".ext", &err), TKC_E_LIMIT);
    assert_int_equal(tkc_path_join(deep, 13, "dir", "name", ".ext", &err), TKC_OK);
    assert_string_equal(deep, "dir/name.ext");
    unlink(path);
    /* what is no regular file is not replaced: root could do that to a device */
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(tkc_write_file(path, lit("x"), &err), TKC_E_IO);
    assert_true(lstat(path, &sb) == 0 && S_ISFIFO(sb.st_mode));
    unlink(path);
    snprintf(deep, sizeof deep, "%s/one/two/three", dir);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(rmdir(deep), 0);
        *strrchr(deep, '/') = '\0';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(growing_doubles_and_stops_at_the_limit),
        cmocka_unit_test(buffers_keep_their_limit),
        cmocka_unit_test(numbers_of_seven_bits),
        cmocka_unit_test(the_cursor_never_passes_the_end),
        cmocka_unit_test(base64_both_ways),
        cmocka_unit_test(sha256_known_sums),
        cmocka_unit_test(borders_agree_with_the_lossy_form),
        cmocka_unit_test(messages),
        cmocka_unit_test(rights_and_links_stay),
        cmocka_unit_test(only_what_was_read_is_replaced), cmocka_unit_test(touched_memory_stays_what_it_is),
        cmocka_unit_test(a_file_in_pieces),
        cmocka_unit_test(whole_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
