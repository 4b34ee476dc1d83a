/*
 * test_lines.c - lines and values of logs (tools/lines/lines.c): plain, gzip and zstd, in several members and frames,
 * cut off anywhere, growing and shrinking while they are read.
 *
 * The command's own part is compiled in here; it is in no library. Opening and reading are the system's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/lines/lines.c"

int cli_open(const char *name, tkc_error *err)
{
    (void)err;
    return open(name, O_RDONLY);
}

static size_t most_read = SIZE_MAX; /* of one call */

ptrdiff_t cli_read_some(int fd, char *to, size_t room, tkc_error *err)
{
    (void)err;
    return read(fd, to, room < most_read ? room : most_read);
}

void cli_close(int fd)
{
    close(fd);
}

static char path[64];
static char text[700000]; /* more than one step of reading */
static size_t text_len;
static unsigned char packed[900000];

static void write_file(const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static int make_text(void **state)
{
    uint32_t seed = 3;
    int fd;
    (void)state;
    snprintf(path, sizeof path, "/tmp/tokcount-lines-XXXXXX");
    fd = mkstemp(path);
    if (fd < 0) return -1;
    close(fd);
    for (size_t i = 0; text_len + 300 < sizeof text; i++) {
        seed = seed * 1664525u + 1013904223u;
        text_len += (size_t)snprintf(text + text_len, 40, "line %zu ", i);
        for (uint32_t k = seed >> 24; k--;) text[text_len++] = (char)('a' + (seed >> (k % 20) & 15));
        text[text_len++] = '\n';
    }
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

/* Reads all that is left, which must be text from *at on; the state at the end. */
static cli_line_state read_on(cli_lines *l, size_t *at, size_t end, tkc_error *err)
{
    for (;;) {
        tkc_str line;
        const cli_line_state s = cli_lines_next(l, &line, err);
        if (s == CLI_LINE_END || s == CLI_LINE_FAILED) return s;
        assert_true(s == CLI_LINE_OK || s == CLI_LINE_CUT);
        assert_true(*at + line.len <= end);
        assert_memory_equal(line.ptr, text + *at, line.len);
        *at += line.len + (s == CLI_LINE_OK);
        if (s == CLI_LINE_CUT) {
            assert_int_equal(*at, end);
            assert_int_equal(cli_lines_next(l, &line, err), CLI_LINE_END);
            return CLI_LINE_CUT;
        }
    }
}

static size_t gzip_of(const char *from, size_t len, unsigned char *to, size_t room)
{
    z_stream z;
    size_t n;
    memset(&z, 0, sizeof z);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)from;
    z.avail_in = (uInt)len;
    z.next_out = to;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    n = room - z.avail_out;
    deflateEnd(&z);
    return n;
}

static size_t zstd_of(const char *from, size_t len, unsigned char *to, size_t room)
{
    const size_t n = ZSTD_compress(to, room, from, len, 3);
    assert_false(ZSTD_isError(n));
    return n;
}

typedef size_t (*pack_fn)(const char *from, size_t len, unsigned char *to, size_t room);

static void test_packed(void **state)
{
    static const pack_fn how[] = {gzip_of, zstd_of};
    (void)state;
    for (int k = 0; k < 2; k++) {
        tkc_error err = {0};
        const size_t half = text_len / 2, first = how[k](text, half, packed, sizeof packed); /* ends inside of a line */
        const size_t all = first + how[k](text + half, text_len - half, packed + first, sizeof packed - first);
        size_t at = 0;
        cli_lines *l;
        write_file(packed, all);
        l = cli_lines_open(path, &err);
        assert_non_null(l);
        assert_int_equal(read_on(l, &at, text_len, &err), CLI_LINE_END);
        assert_int_equal(at, text_len);
        assert_int_equal(cli_lines_done(l), all);
        cli_lines_close(l);
        /* cut off: what was whole is read, then it is said */
        for (size_t cut = 1; cut < 40; cut++) {
            const size_t to = all - 1 - (cut < 6 ? cut : cut * 977 % (all - 20));
            cli_line_state s;
            write_file(packed, to);
            at = 0;
            err = (tkc_error){0};
            l = cli_lines_open(path, &err);
            assert_non_null(l);
            s = read_on(l, &at, text_len, &err);
            if (to != first) {
                assert_true(s == CLI_LINE_FAILED || to < 4);
                if (s == CLI_LINE_FAILED) assert_int_equal(err.code, TKC_E_FORMAT);
            }
            cli_lines_close(l);
        }
        /* broken bytes are an error, never a crash */
        for (uint32_t i = 0; i < 60; i++) {
            const size_t where = 20 + i * 7919u % (all - 20);
            packed[where] ^= 0x55;
            write_file(packed, all);
            packed[where] ^= 0x55;
            l = cli_lines_open(path, &err);
            assert_non_null(l);
            for (;;) {
                tkc_str line;
                const cli_line_state s = cli_lines_next(l, &line, &err);
                if (s == CLI_LINE_END || s == CLI_LINE_FAILED) break;
            }
            cli_lines_close(l);
        }
    }
}

/* A log that is written while it is read ends where it ended when it was opened. */
static void test_growing(void **state)
{
    (void)state;
    for (int cut = 0; cut < 2; cut++) {
        const size_t have = cut ? text_len / 2 - 3 : text_len / 2 + (size_t)((char *)memchr(text + text_len / 2, '\n', 1000) - (text + text_len / 2)) + 1;
        tkc_error err = {0};
        tkc_str line;
        size_t at = 0;
        cli_lines *l;
        FILE *f;
        write_file(text, have);
        l = cli_lines_open(path, &err);
        assert_non_null(l);
        assert_int_equal(cli_lines_next(l, &line, &err), CLI_LINE_OK);
        at = line.len + 1;
        f = fopen(path, "ab");
        assert_non_null(f);
        assert_int_equal(fwrite(text + have, 1, text_len - have, f), text_len - have);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(read_on(l, &at, have, &err), cut && text[have - 1] != '\n' ? CLI_LINE_CUT : CLI_LINE_END);
        assert_int_equal(at, have);
        assert_int_equal(cli_lines_size(l), have);
        cli_lines_close(l);
    }
}

/* One that was cut down meanwhile (rotated in place) ends where it ends. */
static void test_shrinking(void **state)
{
    tkc_error err = {0};
    tkc_str line;
    size_t at;
    cli_lines *l;
    (void)state;
    write_file(text, text_len);
    l = cli_lines_open(path, &err);
    assert_non_null(l);
    assert_int_equal(cli_lines_next(l, &line, &err), CLI_LINE_OK);
    at = line.len + 1;
    assert_int_equal(truncate(path, 300000), 0);
    assert_true(read_on(l, &at, 300000, &err) != CLI_LINE_FAILED);
    cli_lines_close(l);
}

/* Values: each as "line number:text|", the state where it is not OK in front; at the end E or F. */
static const char *const values[][2] = {
    {"", "E"},
    {" \n\r\n", "E"},
    {"{\"a\":1}\n{\"a\":2}\n", "1:{\"a\":1}|2:{\"a\":2}|E"},
    {"{\n \"a\": {\"b\": \"}\"}\n}\n", "1:{\n \"a\": {\"b\": \"}\"}\n}|E"},
    {"\n{\n\"a\": 1}{\n}\n\n{\"c\": [\n1]}", "2:{\n\"a\": 1}|3:{\n}|6:{\"c\": [\n1]}|E"},
    {"{\"x\": \"\\\\\\\"{\"}\n{\"y\":1}\n", "1:{\"x\": \"\\\\\\\"{\"}|2:{\"y\":1}|E"},
    {"[\n{\"a\":1},\n{\"a\":[2]}\n]\n", "2:{\"a\":1}|3:{\"a\":[2]}|E"},
    {"[{\"a\":1},{\"b\":2}]", "1:{\"a\":1}|1:{\"b\":2}|E"},
    {"[]\n[1,\"x\",\n null]\n{}\n", "2:1|2:\"x\"|3:null|4:{}|E"},
    {"[{\"a\":1},\n{\"b\":", "1:{\"a\":1}|C2:{\"b\":|F"}, /* cut short */
    {"[{\"a\":1}\n", "1:{\"a\":1}|F"},
    {"{\n \"a\": 1,\n \"b", "C1:{\n \"a\": 1,\n \"b|E"},
    {"{\"a\":{\n{\"a\":1}\n{\"a\":2}\n", "1:{\"a\":{|2:{\"a\":1}|3:{\"a\":2}|E"}, /* a torn line */
    {"{\"a\":\"x\n{\"a\":1}\n", "1:{\"a\":\"x|2:{\"a\":1}|E"},
    {"x\":1}}\n{\"a\":1}", "1:x\":1}}|C2:{\"a\":1}|E"},
    {"{\n}\nnonsense, [\n{\"a\":1}\n", "1:{\n}|3:nonsense, [|4:{\"a\":1}|E"},
    {"[1 2]]\n3", "1:1 2|1:]|2:3|E"},
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        write_file(values[i][0], strlen(values[i][0]));
        for (most_read = 1; most_read < 8; most_read += 3) {
            tkc_error err = {0};
            cli_lines *l = cli_lines_open(path, &err);
            char got[300] = "";
            assert_non_null(l);
            cli_lines_take_values(l);
            for (;;) {
                tkc_str line;
                const cli_line_state s = cli_lines_next(l, &line, &err);
                const size_t n = strlen(got);
                if (s == CLI_LINE_END || s == CLI_LINE_FAILED) {
                    strcat(got, s == CLI_LINE_END ? "E" : "F");
                    break;
                }
                assert_true(n + line.len + 20 < sizeof got);
                snprintf(got + n, sizeof got - n, "%s%d:%.*s|", s == CLI_LINE_CUT ? "C" : "", (int)cli_lines_number(l),
                         (int)line.len, line.ptr);
            }
            assert_string_equal(got, values[i][1]);
            cli_lines_close(l);
        }
        most_read = SIZE_MAX;
    }
}

/* A torn first line in front of more than a value may hold: the lines behind it are all there. */
static void test_torn_long(void **state)
{
    static const char line[] = "{\"a\":1}\n";
    const size_t n = ((size_t)CLI_MAX_LINE + (1 << 20)) / (sizeof line - 1);
    tkc_error err = {0};
    tkc_str got;
    cli_lines *l;
    FILE *f = fopen(path, "wb");
    (void)state;
    assert_non_null(f);
    fputs("{\"a\":{\n", f);
    for (size_t i = 0; i < n; i++) fwrite(line, 1, sizeof line - 1, f);
    assert_int_equal(fclose(f), 0);
    l = cli_lines_open(path, &err);
    assert_non_null(l);
    cli_lines_take_values(l);
    for (size_t i = 0; i <= n; i++) {
        assert_int_equal(cli_lines_next(l, &got, &err), CLI_LINE_OK);
        assert_int_equal(got.len, i ? sizeof line - 2 : 6);
    }
    assert_int_equal(cli_lines_number(l), n + 1);
    assert_int_equal(cli_lines_next(l, &got, &err), CLI_LINE_END);
    cli_lines_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_torn_long), cmocka_unit_test(test_packed), cmocka_unit_test(test_growing), cmocka_unit_test(test_shrinking)};
    return cmocka_run_group_tests(tests, make_text, remove_file);
}
