/*
 * kernel_diff.c - piece boundaries of every kernel against the scanners, which are the truth, and
 * what it finds in a table against the table's own search.
 *
 *   kernel_diff [-n STRINGS] [-s SEED] [FILE]...
 *
 * Random strings of up to 1,500 bytes, so that runs end before, at and behind the edges of the
 * 64-byte windows, each at several distances from the end of the text; runs of white space; every
 * scalar of up to three bytes; then the files, whole.
 * Exit 1 on a difference, which is printed.
 */
#include "tests/support/random_text.h"
#include "tokenizer/kernels/kernel.h"
#include "tokenizer/pretokenize/scan_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BITS = 60, MAX_TEXT = MAX_BITS * TKT_BIT_MAX + 64 };

static const tkc_scan_fn scans[TKC_N_FAMILIES] = {
#define FAMILY(id, scan) scan,
#include "tokenizer/kernels/families.def"
#undef FAMILY
};
static const char *const names[TKC_N_FAMILIES] = {
#define FAMILY(id, scan) #id,
#include "tokenizer/kernels/families.def"
#undef FAMILY
};

static void print_escaped(const unsigned char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] >= 0x20 && s[i] < 0x7f) printf("%c", s[i]);
        else printf("\\x%02x", s[i]);
    }
}

/* 1 when the kernel's pieces of the text are not the scanner's. */
static int differs(tkc_isa isa, int f, const unsigned char *s, size_t len)
{
    const tkc_kernel *k = tkc_kernel_for(isa);
    static tkc_batch b;
    size_t at = 0, truth = 0;
    b.before = 0;
    while (at < len) {
        size_t prev = truth;
        k->bounds[f](NULL, s + at, len - at, &b, NULL);
        if (!b.n || b.n > TKC_BATCH || b.start[0] != 0) {
            printf("%s %s: a batch of %zu\n", tkc_isa_name(isa), names[f], b.n);
            return 1;
        }
        for (size_t i = 0; i < b.n; i++) {
            prev = truth;
            truth += scans[f](s + truth, len - truth);
            if (at + b.start[i + 1] == truth) continue;
            printf("%s %s: byte %zu: the scanner says [", tkc_isa_name(isa), names[f], prev);
            print_escaped(s + prev, truth - prev < 100 ? truth - prev : 100);
            printf("], the kernel ends at %zu, not %zu; window [", at + b.start[i + 1], truth);
            print_escaped(s + (prev < 40 ? 0 : prev - 40), len - prev < 80 ? len - prev : 80);
            printf("]\n");
            return 1;
        }
        at += b.start[b.n];
    }
    return 0;
}

static int all_kernels(const unsigned char *s, size_t len)
{
    int bad = 0;
    for (int isa = 0; isa < TKC_N_ISA; isa++)
        for (int f = 0; tkc_kernel_for((tkc_isa)isa) && f < TKC_N_FAMILIES; f++)
            bad += differs((tkc_isa)isa, f, s, len);
    return bad;
}

/* Pieces of random text, half of them in the table: what the kernel's two loops find is what the
 * table's own search does. len is all that may be read. */
static int table_differs(tkc_isa isa, const unsigned char *s, size_t len, bool ids)
{
    const tkc_kernel *k = tkc_kernel_for(isa);
    static tkc_batch b;
    static uint32_t out[TKC_BATCH * TKC_PIECE_IDS];
    static uint16_t miss[TKC_BATCH + 1];
    static tkc_gap gap[TKC_BATCH + 1];
    tkc_lookup all;
    tkc_piece_table t;
    tkc_piece_key key;
    size_t misses, found, want = 0, missed = 0, bad = 0;
    tkc_piece_table_init(&t, 16, 4, ids, k->hash, NULL);
    b.n = 0;
    b.start[0] = 0;
    while (b.n < TKC_BATCH && b.start[b.n] < len) {
        const size_t at = b.start[b.n], most = len - at;
        size_t n = 1 + tkt_random(20);
        const uint32_t id[TKC_PIECE_IDS] = {7, (uint32_t)at, 9, 11};
        if (n > most) n = most;
        b.start[++b.n] = (uint32_t)(at + n);
        if (n > TKC_PIECE_SHORT || tkt_random(2)) continue;
        tkc_piece_key_of(&t, &key, s + at, n);
        if (!tkc_piece_find(&t, &key)) tkc_piece_keep(&t, &key, id, 1 + tkt_random(TKC_PIECE_IDS));
    }
    all = tkc_batch_lookup(&b);
    if (ids) found = k->ids(&t, s, len, &all, out, gap, &misses);
    else found = k->count(&t, s, len, &all, miss, &misses);
    for (size_t i = 0; i < b.n; i++) {
        const size_t n = b.start[i + 1] - b.start[i];
        const unsigned char *e = NULL;
        if (n <= TKC_PIECE_SHORT) {
            tkc_piece_key_of(&t, &key, s + b.start[i], n);
            e = tkc_piece_find(&t, &key);
        }
        if (!e) {
            bad += missed >= misses || (ids ? gap[missed].piece != i || gap[missed].at != want : miss[missed] != i);
            missed++;
            continue;
        }
        bad += ids && memcmp(out + want, tkc_piece_ids(&t, e), tkc_piece_count(&t, e) * sizeof *out) != 0;
        want += tkc_piece_count(&t, e);
    }
    bad += found != want || misses != missed;
    tkc_piece_table_release(&t);
    if (bad) printf("%s: the table of %s: %zu differ\n", tkc_isa_name(isa), ids ? "ids" : "counts", bad);
    return bad != 0;
}

static int all_tables(const unsigned char *s, size_t len)
{
    int bad = 0;
    for (int isa = 0; isa < TKC_N_ISA; isa++)
        for (int ids = 0; tkc_kernel_for((tkc_isa)isa) && ids < 2; ids++)
            bad += table_differs((tkc_isa)isa, s, len, ids);
    return bad;
}

/* Every scalar of up to three bytes, once or twice among letters, blanks and others: the ranges that
 * planes.h tells from bytes have no wrong edge. */
static int every_scalar(void)
{
    static const char *const around[] = {"", "a", "A", " ", "1", ".", "\n", "\xe4\xb8\xad", "\xd8\xa8", "\xd9\x8b"};
    enum { N_AROUND = sizeof around / sizeof *around, ROOM = 16 };
    unsigned char *text = malloc((size_t)0x10000 * ROOM);
    size_t len = 0;
    int bad;
    if (!text) exit(2);
    for (uint32_t cp = 1; cp < 0x10000; cp++) {
        if (cp >= 0xd800 && cp <= 0xdfff) continue;
        for (int i = 0; i < 4; i++) {
            const char *a = around[tkt_random(N_AROUND)];
            if (i == 1 || (i == 2 && tkt_random(3) == 0)) len += tkc_utf8_put((char *)text + len, cp);
            else {
                memcpy(text + len, a, strlen(a));
                len += strlen(a);
            }
        }
    }
    bad = all_kernels(text, len);
    free(text);
    return bad;
}

/* Runs of white space shorter and longer than windows, most of one character, among what may take
 * a blank in front or newlines behind. */
static int blank_runs(void)
{
    static const char *const around[] = {"", "a", "A", ".", "1", "'s", "/", "\x7f", "\xe4\xb8\xad", "\xc2\xa0", "\xcc\x81"};
    enum { N_AROUND = sizeof around / sizeof *around, MOST = 4000, LONGEST = 300 };
    unsigned char text[MOST + LONGEST + 8] = {0};
    size_t len = 0;
    while (len < MOST) {
        const char *a = around[tkt_random(N_AROUND)];
        const char most = " \n\t\r"[tkt_random(8) & tkt_random(4)];
        const unsigned n = tkt_random(tkt_random(2) ? 8 : LONGEST), odd = 2 + tkt_random(200);
        for (unsigned i = 0; i < n; i++) text[len++] = (unsigned char)(tkt_random(odd) ? most : " \n\t\r\f"[tkt_random(5)]);
        memcpy(text + len, a, strlen(a));
        len += strlen(a);
    }
    len -= tkt_random(LONGEST);
    while ((text[len] & 0xc0) == 0x80) len--;
    return all_kernels(text, len);
}

static int check_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    unsigned char *s;
    long len;
    int bad;
    if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
        fprintf(stderr, "kernel_diff: %s cannot be read\n", path);
        exit(2);
    }
    s = malloc((size_t)len + 1);
    if (!s || fread(s, 1, (size_t)len, f) != (size_t)len) exit(2);
    fclose(f);
    bad = all_kernels(s, tkc_utf8_valid((const char *)s, (size_t)len));
    free(s);
    return bad;
}

int main(int argc, char **argv)
{
    unsigned long n = 20000;
    int bad = 0, kernels = 0;
    for (int isa = 0; isa < TKC_N_ISA; isa++)
        if (tkc_kernel_for((tkc_isa)isa)) {
            kernels++;
            printf("%s ", tkc_isa_name((tkc_isa)isa));
        }
    printf("kernels\n");
    tkt_seed(0);
    for (int i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (!strcmp(argv[i], "-n") && i + 1 < argc) n = strtoul(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "-s") && i + 1 < argc) tkt_seed(strtoull(argv[++i], NULL, 10));
    }
    for (int i = 0; i < 5 && !bad; i++) bad += every_scalar();
    for (int i = 0; i < 2000 && !bad; i++) bad += blank_runs();
    for (unsigned long k = 0; k < n && bad < 10; k++) {
        /* of its own size: a byte read behind it is seen by the sanitizers */
        char text[MAX_TEXT];
        const size_t len = tkt_random_text(text, MAX_BITS);
        unsigned char *exact = malloc(len + 1);
        if (!exact) return 2;
        memcpy(exact, text, len);
        bad += all_kernels(exact, len) + all_tables(exact, len);
        free(exact);
    }
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-') i++;
        else bad += check_file(argv[i]);
    }
    printf("%lu strings, %d families, %d kernels: %d differ\n", n, TKC_N_FAMILIES, kernels, bad);
    return bad != 0;
}
