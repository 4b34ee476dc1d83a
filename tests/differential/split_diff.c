/*
 * split_diff.c - looks for a text that tkc_split_before() cuts wrongly (make splits).
 *
 *   split_diff [--data DIR] [--user DIR] [--cache DIR] [--only NAME] [--strings N] [--seed N]
 *              [--length N]
 *
 * For every encoding that is here: N random texts of signs that patterns treat differently,
 * words, runs, the encoding's own added tokens and bytes that are no UTF-8; then every string
 * of --length characters (default 2) out of 34 of them, between two contexts. What is done
 * with each is in tests/support/split_check.h. Says how many places were found: a check
 * without places is no check.
 */
#include "tests/support/open_options.h"
#include "tests/support/split_check.h"
#include "tokenizer/claude/claude.h"

static void try_encoding(const tkc_vocab *v, const char *name, size_t n_string, size_t length,
                         tkt_split_tally *all)
{
    static char s[TKT_SPLIT_LEN];
    tkc_encoder *e = NULL;
    tkc_error err;
    tkt_split_tally y = {0};
    if (tkc_encoder_new(&e, v, NULL, &err)) {
        printf("  FAIL %s: %s\n", name, err.message);
        all->failed++;
        return;
    }
    for (size_t i = 0; i < n_string; i++)
        tkt_split_try(e, name, (tkc_str){s, tkt_split_text(s, v)}, &y);
    if (y.places) tkt_split_try_all(e, name, length, &y);
    printf("%-14s %9zu asked %9zu places %zu failed\n", name, y.asked, y.places, y.failed);
    fflush(stdout);
    all->asked += y.asked;
    all->places += y.places;
    all->failed += y.failed;
    tkc_encoder_free(e);
}

int main(int argc, char **argv)
{
    tkc_vocab_options opt = {.struct_size = sizeof opt};
    size_t n_string = 400, length = 2, absent = 0;
    const char *only = NULL;
    tkt_split_tally all = {0};
    for (int i = 1; i < argc; i++) {
        if (tkt_take_folder(&opt, argc, argv, &i)) continue;
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (value && strcmp(argv[i], "--strings") == 0) n_string = strtoul(value, NULL, 10);
        else if (value && strcmp(argv[i], "--length") == 0) length = strtoul(value, NULL, 10);
        else if (value && strcmp(argv[i], "--seed") == 0)
            tkt_split_seed = strtoull(value, NULL, 10);
        else if (value && strcmp(argv[i], "--only") == 0) only = value;
        else {
            fprintf(stderr, "split_diff: unknown option %s\n", argv[i]);
            return 2;
        }
        i++;
    }
    for (size_t i = 0; tkc_encoding_at(i); i++) {
        const tkc_encoding *row = tkc_encoding_at(i);
        tkc_vocab *v = NULL;
        tkc_error err;
        tkc_status st;
        if (only && strcmp(only, row->name) != 0) continue;
        if (!TKC_CLAUDE && row->cls == TKC_CLASS_RECONSTRUCTED) continue;
        st = tkc_vocab_open_encoding(&v, row->name, &opt, &err);
        if (!st) {
            try_encoding(v, row->name, n_string, length, &all);
        } else if (st == TKC_E_NOTFOUND && !tkt_must_be_there(row->name)) {
            absent++;
        } else {
            printf("  FAIL %s: %s\n", row->name, err.message);
            all.failed++;
        }
        tkc_vocab_close(v);
    }
    printf("splits: %zu asked, %zu places, %zu skipped for want of data\n", all.asked, all.places,
           absent);
    printf("%zu passed, %zu failed\n", all.places, all.failed);
    return all.failed || !all.places;
}
