/* test_claude.c - Claude 3 and later: the golden cases made by ctok, the packed file and its
 * faults, counting against tiling piece by piece, memory, threads. Reads
 * vocab/data/claude_v3plus.tkc and tests/golden/claude/cases.txt from the top folder. */
#include "tokenizer/claude/claude.h"
#include "vocab/base/alloc.h"
#include "vocab/base/utf8.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PACKED "vocab/data/claude_v3plus.tkc"
enum { HEADER = 40 };

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static char *slurp(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *data;
    long n;
    if (!f) fail_msg("%s is missing (run the tests from the top folder)", path);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    n = ftell(f);
    assert_true(n >= 0);
    rewind(f);
    data = malloc((size_t)n + 1);
    assert_non_null(data);
    *len = fread(data, 1, (size_t)n, f);
    assert_int_equal(*len, n);
    data[*len] = 0;
    fclose(f);
    return data;
}

#if TKC_CLAUDE

static const unsigned generation[3] = {TKC_CLAUDE_V3, TKC_CLAUDE_V4_7, TKC_CLAUDE_V5};

/* ---- an allocator that counts, and fails when told --------------------------------------- */

typedef struct meter {
    size_t calls, live, fail_at; /* fail_at: number of the call that fails, 0: none */
} meter;

static void *meter_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    meter *m = ctx;
    void *p;
    if (new_size == 0) {
        m->live -= old_size;
        free(ptr);
        return NULL;
    }
    m->calls++;
    if (m->calls == m->fail_at) return NULL;
    if (!(p = realloc(ptr, new_size))) return NULL;
    m->live += new_size - (ptr ? old_size : 0);
    return p;
}

/* ---- shared by the tests: opened once, freed at the end ---------------------------------- */

static struct {
    char *packed;
    size_t len;
    tkc_claude *c[3];
    tkc_claude_scratch *s;
} t;

static int set_up(void **state)
{
    tkc_error err;
    (void)state;
    t.packed = slurp(PACKED, &t.len);
    for (int i = 0; i < 3; i++)
        if (tkc_claude_open(&t.c[i], (tkc_str){t.packed, t.len}, generation[i], NULL, &err))
            fail_msg("generation %u: %s", generation[i], err.message);
    return tkc_claude_scratch_new(&t.s, NULL, &err);
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) tkc_claude_close(t.c[i]);
    tkc_claude_scratch_free(t.s);
    free(t.packed);
    return 0;
}

static size_t count(int g, tkc_str text)
{
    tkc_error err;
    size_t n = SIZE_MAX;
    if (tkc_claude_count(t.c[g], t.s, text, &n, &err)) fail_msg("%s", err.message);
    return n;
}

typedef struct tally {
    size_t n, stop_at;
    uint32_t hash;
} tally;

static int on_piece(void *ctx, tkc_str piece)
{
    tally *y = ctx;
    char text[2600];
    size_t n = tkc_claude_render(piece, text, sizeof text - 1);
    assert_true(n < sizeof text);
    text[n++] = '\n';
    for (size_t i = 0; i < n; i++)
        y->hash = (y->hash ^ (unsigned char)text[i]) * 0x01000193u;
    y->n++;
    return y->n == y->stop_at;
}

static tally pieces(int g, tkc_str text)
{
    tkc_error err;
    tally y = {.hash = 0x811c9dc5u};
    if (tkc_claude_pieces(t.c[g], t.s, text, on_piece, &y, &err)) fail_msg("%s", err.message);
    return y;
}

/* ---- golden ------------------------------------------------------------------------------ */

/* \u{...} -> UTF-8, in place. */
static size_t unquote(char *text)
{
    char *out = text, *p = text;
    while (*p) {
        if (*p == '\\') {
            char *end;
            unsigned long cp = strtoul(p + 3, &end, 16);
            assert_true(p[1] == 'u' && p[2] == '{' && *end == '}');
            out += tkc_utf8_put(out, (uint32_t)cp);
            p = end + 1;
        } else {
            *out++ = *p++;
        }
    }
    return (size_t)(out - text);
}

static void golden(void **state)
{
    size_t len, n_case = 0;
    char *data = slurp("tests/golden/claude/cases.txt", &len), *line = data;
    (void)state;
    while (*line) {
        char *end = strchr(line, '\n'), *text;
        unsigned n[3], hash[3];
        size_t text_len;
        assert_non_null(end);
        *end = 0;
        if (*line != '#') {
            assert_int_equal(sscanf(line, "%u:%x %u:%x %u:%x", &n[0], &hash[0], &n[1], &hash[1],
                                    &n[2], &hash[2]), 6);
            text = strchr(line, '\t');
            assert_non_null(text);
            text++;
            text_len = unquote(text);
            for (int g = 0; g < 3; g++) {
                tkc_str s = {text, text_len};
                tally y = pieces(g, s);
                size_t got = count(g, s), again = count(g, s);
                if (got != n[g] || again != got || y.n != n[g] || y.hash != hash[g])
                    fail_msg("case %zu, generation %u: %zu and %zu tokens, %zu pieces (%08x), "
                             "ctok %u (%08x)", n_case + 1, generation[g], got, again, y.n,
                             y.hash, n[g], hash[g]);
            }
            n_case++;
        }
        line = end + 1;
    }
    free(data);
    assert_true(n_case >= 480);
}

static void frames(void **state)
{
    (void)state;
    assert_int_equal(tkc_claude_frame(3), 7);
    assert_int_equal(tkc_claude_frame(47), 11);
    assert_int_equal(tkc_claude_frame(5), 6);
    assert_int_equal(tkc_claude_frame(4), 0);
    /* the vendor's service counts 8, 12 and 7 for the message "a" */
    for (int g = 0; g < 3; g++) assert_int_equal(count(g, str("a")), 1);
}

/* Two blanks at the end are free in v5 and cost in the others; a blank inside never is. */
static void trailing_blanks(void **state)
{
    (void)state;
    assert_int_equal(count(2, str("a \t\r\n\v\f ")), count(2, str("a")));
    assert_true(count(1, str("a  ")) > count(1, str("a")));
    assert_int_equal(count(2, str(" \n\t")), 0);
    assert_true(count(2, str("a\xc2\xa0")) > count(2, str("a"))); /* not ASCII: kept */
}

/* ---- counting against tiling ------------------------------------------------------------- */

static uint32_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return (uint32_t)(*x >> 32);
}

/* The counter takes shortcuts (memo, ladders, digits in threes, long stretches worked off in
 * parts); the pieces go through the plain tiler. */
static void long_runs(void **state)
{
    static const char *const unit[] = {"a", "A", " ", "\n", "\t", "=", "_", "7", "aB",
                                       "\xe6\x96\x87",
                                       "e\xcc\x81", "\xcc\x81", "\xcc\xa3\xcc\x81", "\xe3\x80\x80",
                                       "\xf0\x9f\x98\x80", "\xc2\xb2", "'", "'s", "x\xcc\xb8",
                                       "\xef\xb8\x8f",
                                       "\xd9\xa3", "\xe0\xb9\x8d\xe0\xb8\xb2"};
    static const size_t times[] = {1, 2, 3, 31, 32, 33, 129, 1000, 16383, 16384, 16385, 50000};
    (void)state;
    for (size_t u = 0; u < sizeof unit / sizeof unit[0]; u++) {
        size_t n = strlen(unit[u]);
        for (size_t k = 0; k < sizeof times / sizeof times[0]; k++) {
            char *text = malloc(times[k] * n + 2);
            assert_non_null(text);
            text[0] = 'x';
            for (size_t i = 0; i < times[k]; i++) memcpy(text + 1 + i * n, unit[u], n);
            text[times[k] * n + 1] = 'y';
            for (int g = 0; g < 3; g++)
                for (int form = 0; form < 4; form++) { /* with and without x and y around it */
                    tkc_str s = {text + !(form & 1), times[k] * n + (form & 1) + (form >> 1)};
                    size_t a = count(g, s), b = pieces(g, s).n;
                    if (a != b)
                        fail_msg("%zu x '%s': count %zu, pieces %zu", times[k], unit[u], a, b);
                }
            free(text);
        }
    }
}

/* As many as the plain tiler has, of every generation. */
static void same_count(tkc_str s)
{
    for (int g = 0; g < 3; g++) assert_int_equal(count(g, s), pieces(g, s).n);
}

/* Lines drawn with one character, of any length and one behind the other: a run's starts are
 * told from its first, the plain tiler walks from each. */
static void drawn_lines(void **state)
{
    uint64_t seed = 7;
    enum { N = 60000 };
    char *text = malloc(N);
    (void)state;
    assert_non_null(text);
    for (unsigned most = 4; most <= 4096; most *= 4) {
        for (size_t i = 0; i < N;) {
            const char c = "_-=*#.~/+|xA"[next_random(&seed) % 12];
            size_t n = 1 + next_random(&seed) % most;
            for (; n && i < N; n--) text[i++] = c;
        }
        same_count((tkc_str){text, N});
    }
    free(text);
}

/* Symbols, ideographs and numbers in runs of one kind, some of one character, beside all that they may
 * join: what is remembered of a run must not depend on its neighbours. */
static void hard_runs(void **state)
{
    static const char *const drawn[] = {"\xef\xbf\xbd", "\xef\xbf\xbd", "\xef\xbf\xbd", "\xc2\xa9", "\xe6\x96\x87",
                                        "\xe5\xad\x97", "\xc2\xb2", "\xe2\x91\xa0", "\xef\xbc\x9a", "\xe0\xaf\x8d",
                                        "\xef\xb8\x8f", "\xf0\x9f\x98\x80", "\xcc\x81", "\xd0\xb6", "a", "'", ".", ",",
                                        "\"", "\xc2\xab", " ", "  ", "\n", "7", "\xd9\xa3", "\xc2\x85"};
    enum { N = 60000, N_DRAWN = sizeof drawn / sizeof drawn[0] };
    uint64_t seed = 11;
    char *text = malloc(N + 4 * 64);
    (void)state;
    assert_non_null(text);
    for (unsigned most = 1; most <= 64; most *= 4) {
        for (unsigned soft = 4; soft <= N_DRAWN; soft += 11) { /* few kinds, more, all */
            size_t len = 0;
            while (len < N) {
                const char *const c = drawn[next_random(&seed) % soft];
                for (size_t n = 1 + next_random(&seed) % most; n; n--) {
                    memcpy(text + len, c, strlen(c));
                    len += strlen(c);
                }
            }
            same_count((tkc_str){text, len});
            for (size_t from = 0; from < len; from += 97) {
                if ((text[from] & 0xc0) == 0x80) continue; /* where the frame is in front */
                same_count((tkc_str){text + from, len - from < 40 ? len - from : 40});
            }
        }
    }
    free(text);
}

static void random_words(void **state)
{
    uint64_t seed = 42;
    enum { N = 100000 };
    char *text = malloc(N);
    (void)state;
    assert_non_null(text);
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < N; i++) {
            uint32_t r = next_random(&seed);
            /* round 0: one endless word; then words of about 4, 16 and 64 letters */
            bool gap = round > 0 && (r >> 8) % (1u << (2 * round)) == 0;
            text[i] = gap ? " \n.,'-0"[r % 7] : (char)((r & 64 ? 'a' : 'A') + r % 26);
        }
        same_count((tkc_str){text, N});
    }
    free(text);
}

static void stops(void **state)
{
    tkc_error err;
    size_t n;
    tally y = {.stop_at = 3};
    tkc_str s = str("one two three four five six");
    (void)state;
    assert_int_equal(tkc_claude_count_upto(t.c[0], t.s, s, 3, &n, &err), TKC_OK);
    assert_true(n > 3 && n <= 6);
    assert_int_equal(tkc_claude_count_upto(t.c[0], t.s, s, 6, &n, &err), TKC_OK);
    assert_int_equal(n, 6);
    assert_int_equal(tkc_claude_pieces(t.c[0], t.s, s, on_piece, &y, &err), TKC_OK);
    assert_int_equal(y.n, 3);
    assert_int_equal(count(0, s), 6); /* what was left open is forgotten */
}

/* Ill-formed bytes have no meaning here, but nothing may be read behind the end (sanitizer)
 * and both ways must agree. */
static void any_bytes(void **state)
{
    uint64_t seed = 7;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t n = next_random(&seed) % 40;
        char *text = malloc(n ? n : 1);
        assert_non_null(text);
        for (size_t k = 0; k < n; k++) {
            uint32_t r = next_random(&seed);
            text[k] = (char)(i & 1 ? r : r % 3 ? 0x80 + r % 128 : r % 128);
        }
        for (int g = 0; g < 3; g++) {
            size_t a = count(g, (tkc_str){text, n}), b = pieces(g, (tkc_str){text, n}).n;
            if (a != b) fail_msg("round %d: count %zu, pieces %zu", i, a, b);
        }
        free(text);
    }
    assert_int_equal(count(0, (tkc_str){NULL, 0}), 1);
}

static void render(void **state)
{
    char buf[64];
    static const char want[] = "\xe2\x9f\xa8shift\xe2\x9f\xa9\xe2\x9f\xa8" "bow\xe2\x9f\xa9" "a";
    (void)state;
    assert_int_equal(tkc_claude_render(str("\3\1a"), buf, sizeof buf), sizeof want - 1);
    assert_memory_equal(buf, want, sizeof want - 1);
    /* half a character, a byte and the bracket itself */
    assert_int_equal(tkc_claude_render(str("\xe6\x96"), buf, sizeof buf), 20);
    assert_memory_equal(buf + 3, "0xE6", 4);
    assert_int_equal(tkc_claude_render(str("\xe2\x9f\xa8"), buf, sizeof buf), 30);
    memset(buf, '#', sizeof buf);
    assert_int_equal(tkc_claude_render(str("ab\1"), buf, 2), 11);
    assert_memory_equal(buf, "ab#", 3);
}

/* ---- the packed file --------------------------------------------------------------------- */

static tkc_status open_bytes(const char *bytes, size_t n, unsigned g, tkc_error *err)
{
    tkc_claude *c = NULL;
    char *copy = malloc(n ? n : 1);
    tkc_status st;
    assert_non_null(copy);
    if (n) memcpy(copy, bytes, n);
    memset(err, 0, sizeof *err);
    st = tkc_claude_open(&c, (tkc_str){copy, n}, g, NULL, err);
    if (st == TKC_OK)
        tkc_claude_close(c);
    else
        assert_true(err->code == st && err->message[0] != 0 && c == NULL);
    free(copy);
    return st;
}

static void bad_files(void **state)
{
    char *bytes = malloc(t.len + 1);
    tkc_error err;
    uint64_t seed = 3;
    (void)state;
    assert_non_null(bytes);
    assert_int_equal(open_bytes(t.packed, t.len, 4, &err), TKC_E_ARG);
    for (size_t n = 0; n < 64; n++)
        assert_int_equal(open_bytes(t.packed, n, 3, &err), TKC_E_FORMAT);
    for (size_t n = 64; n < t.len; n += 997)
        assert_int_equal(open_bytes(t.packed, n, 3, &err), TKC_E_FORMAT);
    /* each bit of the header: the only one not called a fault of format is the version */
    for (size_t bit = 0; bit < 8 * HEADER; bit++) {
        tkc_status want = bit / 32 == 2 ? TKC_E_VERSION : TKC_E_FORMAT;
        memcpy(bytes, t.packed, t.len);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        assert_int_equal(open_bytes(bytes, t.len, 47, &err), want);
        assert_true(err.offset <= HEADER);
    }
    for (int i = 0; i < 300; i++) {
        size_t at = HEADER + next_random(&seed) % (t.len - HEADER);
        memcpy(bytes, t.packed, t.len);
        bytes[at] = (char)(bytes[at] ^ 1 << next_random(&seed) % 8);
        assert_int_equal(open_bytes(bytes, t.len, 3, &err), TKC_E_FORMAT);
    }
    memcpy(bytes, t.packed, t.len);
    bytes[t.len] = 0;
    assert_int_equal(open_bytes(bytes, t.len + 1, 3, &err), TKC_E_FORMAT);
    free(bytes);
}

/* A list that is whole but not what the counter rests on. n pieces of length 1 to 15, as
 * C strings in order; packed as one stored (raw) zstd block. */
static tkc_status open_list(const char *const *piece, size_t n, tkc_error *err)
{
    unsigned char payload[1024], file[2048];
    size_t len = 3 * n, at = 0, size;
    uint64_t h = 0xcbf29ce484222325u;
    memset(payload, 0, sizeof payload);
    for (size_t i = 0; i < n; i++) {
        size_t k = strlen(piece[i]), shared = 0;
        while (i > 0 && piece[i][shared] && piece[i][shared] == piece[i - 1][shared]) shared++;
        payload[i] = (unsigned char)shared;
        payload[n + i] = (unsigned char)(k - shared);
        payload[2 * n + i] = 3;
        memcpy(payload + len, piece[i] + shared, k - shared);
        len += k - shared;
    }
    memset(file, 0, sizeof file);
    memcpy(file, "TKCLAUD\n", 8);
    file[8] = 1;
    file[12] = (unsigned char)n;
    file[16] = (unsigned char)len;
    file[17] = (unsigned char)(len >> 8);
    /* zstd frame: magic, single segment with 2 byte length, one last raw block */
    memcpy(file + HEADER, "\x28\xb5\x2f\xfd\x60", 5);
    at = HEADER + 5;
    assert_true(len >= 256);
    file[at++] = (unsigned char)(len - 256);
    file[at++] = (unsigned char)((len - 256) >> 8);
    file[at++] = (unsigned char)(1 | len << 3);
    file[at++] = (unsigned char)(len >> 5);
    file[at++] = (unsigned char)(len >> 13);
    memcpy(file + at, payload, len);
    at += len;
    size = at - HEADER;
    file[24] = (unsigned char)size;
    file[25] = (unsigned char)(size >> 8);
    for (size_t i = 0; i < 32; i++) h = (h ^ file[i]) * 0x100000001b3u;
    for (size_t i = HEADER; i < at; i++) h = (h ^ file[i]) * 0x100000001b3u;
    for (int i = 0; i < 8; i++) file[32 + i] = (unsigned char)(h >> (8 * i));
    return open_bytes((char *)file, at, 3, err);
}

static void bad_lists(void **state)
{
    /* a piece that crosses what the stream cuts, and its neighbours in order */
    static const char *const crossing[] = {"a b", "a\2b", "a\1", "\3a", "1a", "a1", "\2a", "a\3",
                                           "\1 x", "a\xe6\x96", "\xe6\x96\x87" "a", "a.", "\n ",
                                           "\1 ", "\1" "1",
                                           /* HARD of two kinds, of the plain kind before a stop */
                                           "\xe6\x96\x87\xc2\xa9", "\xc2\xa9\xe6\x96\x87",
                                           "\xc2\xa9\xc2\xb2", "\xe6\x96\x87."};
    const char *list[80];
    char text[80][4];
    tkc_error err;
    (void)state;
    for (int i = 0; i < 80; i++) {
        snprintf(text[i], sizeof text[i], "%c%c", 'b' + i / 26, 'a' + i % 26);
        list[i] = text[i];
    }
    assert_int_equal(open_list(list, 80, &err), TKC_OK);
    for (size_t i = 0; i < sizeof crossing / sizeof crossing[0]; i++) {
        const char *p = crossing[i];
        int at = (unsigned char)*p > 'b' ? 79 : 0;
        list[at] = p;
        assert_int_equal(open_list(list, 80, &err), TKC_E_UNSUPPORTED);
        list[at] = text[at];
    }
    list[5] = text[6]; /* twice the same, then out of order, then empty */
    assert_int_equal(open_list(list, 80, &err), TKC_E_FORMAT);
    list[5] = text[7];
    assert_int_equal(open_list(list, 80, &err), TKC_E_FORMAT);
    list[5] = "";
    assert_int_equal(open_list(list, 80, &err), TKC_E_FORMAT);
}

/* ---- memory and threads ------------------------------------------------------------------ */

static const char mixed[] =
    "Hello, world! It's 2024; e\xcc\x81\xcc\xa3 \xe2\x80\x9cquoted\xe2\x80\x9d "
    "\xe6\x96\x87\xe5\xad\x97\r\n"
    "\xd0\x9f\xd0\xa0\xd0\x98\xd0\x92\xd0\x95\xd0\xa2 km\xc2\xb2. "
    "================================ x\n\n";

static void allocations(void **state)
{
    meter m = {0};
    tkc_allocator a = {meter_resize, &m};
    tkc_error err;
    (void)state;
    for (int g = 0; g < 3; g++) {
        tkc_claude *c;
        tkc_claude_scratch *s;
        tally y = {0};
        size_t n, calls;
        assert_int_equal(tkc_claude_open(&c, (tkc_str){t.packed, t.len}, generation[g], &a, &err),
                         TKC_OK);
        assert_int_equal(tkc_claude_scratch_new(&s, &a, &err), TKC_OK);
        assert_int_equal(tkc_claude_count(c, s, str(mixed), &n, &err), TKC_OK);
        assert_int_equal(tkc_claude_pieces(c, s, str(mixed), on_piece, &y, &err), TKC_OK);
        calls = m.calls;
        assert_int_equal(tkc_claude_count(c, s, str(mixed), &n, &err), TKC_OK);
        assert_int_equal(tkc_claude_pieces(c, s, str(mixed), on_piece, &y, &err), TKC_OK);
        assert_int_equal(m.calls, calls);
        tkc_claude_scratch_free(s);
        tkc_claude_close(c);
        assert_int_equal(m.live, 0);
    }
    tkc_claude_close(NULL);
    tkc_claude_scratch_free(NULL);
}

/* A word of 4 MB must not need more memory than one of 16 kB; nor must 4 MB of plain text. */
static void bounded(void **state)
{
    meter m = {0};
    tkc_allocator a = {meter_resize, &m};
    tkc_claude_scratch *s;
    tkc_error err;
    enum { N = 4 << 20 };
    char *text = malloc(N);
    size_t n, live;
    (void)state;
    assert_non_null(text);
    assert_int_equal(tkc_claude_scratch_new(&s, &a, &err), TKC_OK);
    live = m.live;
    assert_true(live < 1 << 20);
    for (size_t k = 0; k < 4; k++) {
        memset(text, "aA=\n"[k], N);
        text[N - 1] = 'x';
        assert_int_equal(tkc_claude_count(t.c[0], s, (tkc_str){text, N}, &n, &err), TKC_OK);
        assert_int_equal(m.live, live);
    }
    tkc_claude_scratch_free(s);
    free(text);
}

static void failing_allocator(void **state)
{
    tkc_error err;
    (void)state;
    for (size_t at = 1;; at++) {
        meter m = {.fail_at = at};
        tkc_allocator a = {meter_resize, &m};
        tkc_claude *c = NULL;
        tkc_claude_scratch *s = NULL;
        tally y = {0};
        size_t n;
        tkc_status st = tkc_claude_open(&c, (tkc_str){t.packed, t.len}, 47, &a, &err);
        if (!st) st = tkc_claude_scratch_new(&s, &a, &err);
        if (!st) st = tkc_claude_count(c, s, str(mixed), &n, &err);
        if (!st) st = tkc_claude_pieces(c, s, str(mixed), on_piece, &y, &err);
        if (s) { /* a failure leaves nothing behind: the next try is right */
            m.fail_at = 0;
            assert_int_equal(tkc_claude_count(c, s, str(mixed), &n, &err), TKC_OK);
            assert_int_equal(n, count(1, str(mixed)));
        }
        tkc_claude_scratch_free(s);
        tkc_claude_close(c);
        assert_int_equal(m.live, 0);
        if (!st) {
            assert_true(at > 20);
            break;
        }
        assert_int_equal(st, TKC_E_NOMEM);
    }
}

typedef struct job {
    size_t n;
    bool ok;
} job;

static void *worker(void *arg)
{
    job *j = arg;
    tkc_claude_scratch *s;
    tkc_error err;
    j->ok = true;
    if (tkc_claude_scratch_new(&s, NULL, &err)) return NULL;
    for (int i = 0; i < 300; i++) {
        /* one scratch for three vocabularies in turn: the memo must not mix them up */
        for (int g = 0; g < 3; g++) {
            size_t n = 0;
            if (tkc_claude_count(t.c[g], s, str(mixed), &n, &err)) j->ok = false;
            j->n += n;
        }
    }
    tkc_claude_scratch_free(s);
    return NULL;
}

static void threads(void **state)
{
    pthread_t id[4];
    job j[4] = {{0}};
    size_t want = 0;
    (void)state;
    for (int g = 0; g < 3; g++) want += 300 * count(g, str(mixed));
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&id[i], NULL, worker, &j[i]), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(id[i], NULL), 0);
        assert_true(j[i].ok);
        assert_int_equal(j[i].n, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden),        cmocka_unit_test(frames),
        cmocka_unit_test(trailing_blanks), cmocka_unit_test(long_runs),
        cmocka_unit_test(drawn_lines),
        cmocka_unit_test(random_words),  cmocka_unit_test(hard_runs),
        cmocka_unit_test(stops),
        cmocka_unit_test(any_bytes),     cmocka_unit_test(render),
        cmocka_unit_test(bad_files),     cmocka_unit_test(bad_lists),
        cmocka_unit_test(allocations),   cmocka_unit_test(bounded),
        cmocka_unit_test(failing_allocator), cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

#else

static void left_out(void **state)
{
    tkc_claude *c = NULL;
    tkc_claude_scratch *s = NULL;
    tkc_error err;
    size_t len;
    char *packed = slurp(PACKED, &len);
    (void)state;
    assert_int_equal(tkc_claude_open(&c, (tkc_str){packed, len}, 3, NULL, &err),
                     TKC_E_UNSUPPORTED);
    assert_int_equal(tkc_claude_scratch_new(&s, NULL, &err), TKC_E_UNSUPPORTED);
    assert_true(!c && !s && str(err.message).len > 0);
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(left_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
