/*
 * fuzz_text.c - any bytes through words, terms, sentences, rank, pack, dedupe and paraphrase.
 *
 * First line: the query. The lines behind it are documents, chunks and texts at once. Sentences
 * must cover all that is not white space, in order; what is kept must fit the budget; a copy must
 * be of a text that stays: an earlier one, or for pack a smaller one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "optimizer/text/dedupe.h"
#include "optimizer/text/pack.h"
#include "optimizer/text/paraphrase.h"
#include "optimizer/text/rank.h"
#include "optimizer/text/sentences.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 200 };

static void need(int ok)
{
    if (!ok) abort();
}

static void check_units(tkc_str t)
{
    tkc_sentences s = tkc_sentences_of(t);
    tkc_sentence one;
    tkc_word word;
    size_t end = 0;
    while (tkc_sentence_next(&s, &one)) {
        tkc_words gap = tkc_words_of((tkc_str){t.ptr + end, one.begin - end});
        need(one.begin >= end && one.begin < one.end && one.end <= t.len);
        need(!tkc_word_next(&gap, &word));
        end = one.end;
    }
    {
        tkc_words rest = tkc_words_of((tkc_str){t.ptr + end, t.len - end});
        need(!tkc_word_next(&rest, &word));
    }
}

static void check_rank(const tkc_str *line, size_t n)
{
    tkc_ranker *r;
    tkc_ranked hit[MOST];
    tkc_error err;
    size_t got;
    need(tkc_ranker_new(&r, NULL, NULL, &err) == TKC_OK);
    for (size_t i = 1; i < n; i++) need(tkc_ranker_add(r, (tkc_str){line[i].ptr, line[i].len / 4}, line[i], &err) == TKC_OK);
    need(tkc_ranker_query(r, line[0], hit, MOST, &got, &err) == TKC_OK);
    need(got < n);
    for (size_t i = 0; i < got; i++) need(hit[i].document < n - 1 && hit[i].score > 0);
    tkc_ranker_free(r);
}

static void check_pack(const tkc_str *line, size_t n, size_t budget)
{
    tkc_pack_chunk chunk[MOST];
    tkc_pack_item item[MOST];
    tkc_pack_result r;
    tkc_error err;
    size_t sum = 0;
    for (size_t i = 1; i < n; i++) chunk[i - 1] = (tkc_pack_chunk){{"", 0}, line[i], line[i].len / 3, i % 5 == 0};
    need(tkc_pack(chunk, n - 1, line[0], budget, NULL, item, &r, NULL, &err) == TKC_OK);
    for (size_t i = 0; i + 1 < n; i++) {
        sum += item[i].tokens;
        if (item[i].state != TKC_PACK_COPY) continue;
        need(item[i].copy_of + 1 < n && item[item[i].copy_of].state != TKC_PACK_COPY);
        need(item[i].copy_of < i || chunk[item[i].copy_of].tokens < chunk[i].tokens);
    }
    need(sum == r.tokens && sum <= budget && r.value <= r.bound * (1 + 1e-9) + 1e-9);
}

static void check_dedupe(const tkc_str *line, size_t n)
{
    tkc_deduper *d, *keeps;
    tkc_terms *terms;
    tkc_match m, k;
    tkc_error err;
    tkc_words_kept words[MOST];
    uint32_t with[MOST], again[MOST];
    size_t bytes[MOST], bytes_again[MOST];
    bool stays[MOST];
    double x;
    need(tkc_deduper_new(&d, 0, NULL, &err) == TKC_OK && tkc_terms_new(&terms, NULL, 0, NULL, &err) == TKC_OK);
    need(tkc_deduper_new(&keeps, 0, NULL, &err) == TKC_OK);
    tkc_deduper_keep_words(keeps, 100);
    for (size_t i = 0; i < n; i++) {
        need(tkc_deduper_add(d, line[i], NULL, &m, &err) == TKC_OK);
        need(tkc_deduper_add(keeps, line[i], NULL, &k, &err) == TKC_OK);
        need(k.copy == m.copy && k.of == m.of && k.similarity == m.similarity && k.containment == m.containment);
        stays[i] = m.copy == TKC_COPY_NONE;
        need(stays[i] ? m.of == i : m.of < i && stays[m.of]);
        if (i) {
            need(tkc_paraphrase(terms, line[i - 1], line[i], &x, NULL, &err) == TKC_OK);
            need(x >= 0 && x <= 1);
        }
    }
    need(tkc_overlaps(line, NULL, n, false, with, bytes, NULL, &err) == TKC_OK);
    for (size_t i = 0; i < n; i++) words[i] = tkc_deduper_words(keeps, (uint32_t)i);
    need(tkc_overlaps(line, words, n, false, again, bytes_again, NULL, &err) == TKC_OK);
    for (size_t i = 0; i < n; i++) need(with[i] == again[i] && bytes[i] == bytes_again[i]);
    for (size_t i = 0; i < n; i++)
        if (bytes[i]) {
            const tkc_str from = line[with[i]];
            need(with[i] != i && bytes[i] < line[i].len && bytes[i] <= from.len);
            need(memcmp(from.ptr + from.len - bytes[i], line[i].ptr, bytes[i]) == 0);
        }
    tkc_deduper_free(d);
    tkc_deduper_free(keeps);
    tkc_terms_free(terms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const text = (const char *)data;
    tkc_str line[MOST];
    size_t n = 0, at = 0;
    check_units((tkc_str){text, size});
    while (n < MOST && at <= size) {
        const char *stop = at < size ? memchr(text + at, '\n', size - at) : NULL;
        const size_t end = stop ? (size_t)(stop - text) : size;
        line[n++] = (tkc_str){text + at, end - at};
        at = end + 1;
    }
    check_rank(line, n);
    check_pack(line, n, size % 97);
    check_dedupe(line, n);
    return 0;
}
