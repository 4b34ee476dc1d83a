/* cmd_rank.c - tokcount rank: documents in the order in which they answer each query. */
#include "optimizer/text/rank.h"

#include "tools/cli/output.h"
#include "tools/lines/record.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 1000 };

static bool is_one_word(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f) return false;
    return s.len > 0;
}

static bool ids_are_words(const cli_records *r, const char *what)
{
    for (size_t i = 0; i < r->n; i++)
        if (!is_one_word(r->record[i].id)) {
            cli_message("rank: the id of %s %zu has blanks in it; the lines that are printed cannot hold it",
                        what, i + 1);
            return false;
        }
    return true;
}

static bool read_queries(cli_records *q, const cli_args *a)
{
    cli_file file = {.path = (char *)(uintptr_t)(a->queries ? a->queries : "")};
    const cli_file_list list = {.file = &file, .n = 1};
    memset(q, 0, sizeof *q);
    if (a->queries && a->query) {
        cli_message("rank: give --query or --queries, not both");
        return false;
    }
    if (a->queries && strcmp(a->queries, "-") == 0 && (!a->n_operand || strcmp(a->operand[0], "-") == 0)) {
        cli_message("rank: standard input cannot be the queries and the documents; name a file for one of them");
        return false;
    }
    if (a->queries) return cli_records_read(q, &list, a) && ids_are_words(q, "query");
    if (!a->query) {
        cli_message("rank: which query? Give --queries FILE or --query TEXT");
        return false;
    }
    q->record = malloc(sizeof *q->record);
    if (!q->record) {
        cli_message("out of memory");
        return false;
    }
    q->cap = q->n = 1;
    q->record[0] = (cli_record){.id = {"1", 1}, .title = {"", 0}, .text = {a->query, strlen(a->query)}};
    return true;
}

static tkc_status rank(const cli_args *a, const cli_records *q, const cli_records *d, tkc_error *err)
{
    const tkc_rank_options opt = {.struct_size = sizeof opt, .language = a->language};
    const size_t most = a->most ? a->most : MOST, cap = most < d->n ? most : d->n;
    tkc_ranker *r = NULL;
    tkc_ranked *hit = malloc((cap ? cap : 1) * sizeof *hit);
    tkc_status status = hit ? tkc_ranker_new(&r, &opt, NULL, err) : TKC_E_NOMEM;
    if (!hit) *err = (tkc_error){TKC_E_NOMEM, 0, "out of memory"};
    for (size_t i = 0; i < d->n && !status; i++)
        status = tkc_ranker_add(r, d->record[i].title, d->record[i].text, err);
    for (size_t i = 0; i < q->n && !status; i++) {
        size_t n = 0;
        status = tkc_ranker_query(r, q->record[i].text, hit, cap, &n, err);
        for (size_t k = 0; k < n && !status; k++) {
            const tkc_str doc = d->record[hit[k].document].id;
            fwrite(q->record[i].id.ptr, 1, q->record[i].id.len, stdout);
            fputs(" Q0 ", stdout);
            fwrite(doc.ptr, 1, doc.len, stdout);
            printf(" %zu %.6f tokcount\n", k + 1, hit[k].score);
        }
    }
    tkc_ranker_free(r);
    free(hit);
    return status;
}

int cmd_rank(const cli_args *a)
{
    cli_file_list files = {0};
    cli_records query = {0}, document = {0};
    tkc_error err = {0};
    int status = EXIT_ERROR;
    if (cli_files_collect(&files, a, "-", false) && !files.failed && read_queries(&query, a) &&
        cli_records_read(&document, &files, a) && ids_are_words(&document, "document")) {
        if (rank(a, &query, &document, &err)) cli_message("rank: %s", err.message);
        else status = EXIT_FINE;
    }
    cli_records_release(&query);
    cli_records_release(&document);
    cli_files_release(&files);
    return status;
}
