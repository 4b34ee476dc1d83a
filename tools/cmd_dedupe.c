/* cmd_dedupe.c - tokcount dedupe: texts that repeat an earlier one, or pairs of texts compared. */
#include "optimizer/text/dedupe.h"
#include "optimizer/text/paraphrase.h"

#include "tools/cli/output.h"
#include "tools/cli/pool.h"
#include "tools/lines/record.h"
#include "vocab/base/alloc.h"
#include "vocab/base/json_edit.h"

#include <stdlib.h>
#include <string.h>

/* --- pairs -------------------------------------------------------------------------------- */

typedef struct pairs {
    double threshold;
    const char *language;
    tkc_terms *terms[CLI_MAX_WORKERS];
} pairs;

static tkc_status compare_line(void *ctx, cli_line *line, tkc_error *err)
{
    pairs *p = ctx;
    tkc_terms **terms = &p->terms[line->worker];
    tkc_str a, b;
    tkc_match m;
    double similarity = 0;
    tkc_status status = cli_record_parse(line, false, err);
    if (!status) status = cli_member(line, 0, "a", true, &a, err);
    if (!status) status = cli_member(line, 0, "b", true, &b, err);
    if (status) return status;
    if (*terms && tkc_terms_n(*terms) > 1000000) { /* a pipe may never end */
        tkc_terms_free(*terms);
        *terms = NULL;
    }
    if (!*terms) status = tkc_terms_new(terms, p->language, 0, NULL, err);
    if (!status) status = tkc_paraphrase(*terms, a, b, &similarity, NULL, err);
    if (!status) status = tkc_compare_texts(a, b, p->threshold, &m, NULL, err);
    if (status) return status;
    return cli_append_f(line->out, err, "{\"similarity\":%.6f,\"duplicate\":%s,\"jaccard\":%.4f,\"containment\":%.4f}\n", similarity,
                        m.copy ? "true" : "false", m.similarity, m.containment);
}

static bool compare_pairs(const cli_args *a, const cli_file_list *files, double threshold)
{
    pairs *p = calloc(1, sizeof *p);
    bool ok;
    if (!p) {
        cli_message("out of memory");
        return false;
    }
    p->threshold = threshold;
    p->language = a->language;
    ok = cli_jsonl_run(files, a, compare_line, p, stdout);
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) tkc_terms_free(p->terms[i]);
    free(p);
    return ok;
}

/* --- many texts --------------------------------------------------------------------------- */

enum { BATCH = 256 };

typedef struct sketches {
    const cli_records *r;
    tkc_sketch *sketch;
} sketches;

static void make_sketches(void *ctx, size_t worker, size_t item)
{
    sketches *s = ctx;
    (void)worker;
    for (size_t i = item * BATCH; i < s->r->n && i < (item + 1) * BATCH; i++)
        tkc_sketch_of(s->r->record[i].text, &s->sketch[i]);
}

static tkc_status find_copies(const cli_args *a, const cli_records *r, double threshold, tkc_match *match, tkc_error *err)
{
    const size_t n_item = (r->n + BATCH - 1) / BATCH;
    sketches s = {r, malloc((r->n ? r->n : 1) * sizeof *s.sketch)};
    tkc_deduper *d = NULL;
    tkc_status status = tkc_deduper_new(&d, threshold, NULL, err);
    if (!s.sketch) {
        *err = (tkc_error){TKC_E_NOMEM, 0, "out of memory"};
        status = TKC_E_NOMEM;
    }
    if (!status && n_item) cli_pool_run(cli_pool_threads(a->jobs, n_item), n_item, make_sketches, &s, NULL, NULL);
    for (size_t i = 0; i < r->n && !status; i++) status = tkc_deduper_add(d, r->record[i].text, &s.sketch[i], &match[i], err);
    tkc_deduper_free(d);
    free(s.sketch);
    return status;
}

static const char *const how[] = {"", "exact", "near", "contained"};

static void put_clusters(const cli_records *r, const tkc_match *match, uint32_t *head, uint32_t *next)
{
    for (size_t i = 0; i < r->n; i++) head[i] = UINT32_MAX;
    for (size_t i = r->n; i-- > 0;)
        if (match[i].copy) {
            next[i] = head[match[i].of];
            head[match[i].of] = (uint32_t)i;
        }
    for (size_t i = 0; i < r->n; i++) {
        if (head[i] == UINT32_MAX) continue;
        fputs("{\"keep\":", stdout);
        cli_put_json(stdout, r->record[i].id);
        fputs(",\"copies\":[", stdout);
        for (uint32_t k = head[i]; k != UINT32_MAX; k = next[k]) {
            if (k != head[i]) putchar(',');
            fputs("{\"id\":", stdout);
            cli_put_json(stdout, r->record[k].id);
            printf(",\"how\":\"%s\",\"similarity\":%.4f}", how[match[k].copy], match[k].similarity);
        }
        puts("]}");
    }
}

/* Of the texts that stay: whose beginning is the end of another. */
typedef struct windows {
    tkc_str *text;
    size_t *bytes, *number; /* number: of the record */
    uint32_t *with, *next;
    size_t n;
} windows;

static void put_overlaps(const cli_records *r, const windows *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (!w->bytes[i]) continue;
        fputs("{\"id\":", stdout);
        cli_put_json(stdout, r->record[w->number[i]].id);
        fputs(",\"begins_with_end_of\":", stdout);
        cli_put_json(stdout, r->record[w->number[w->with[i]]].id);
        printf(",\"bytes\":%zu}\n", w->bytes[i]);
    }
}

/* The text that those from i on are windows of, each without what the one before it says already. */
static tkc_status put_span(const cli_records *r, windows *w, size_t i, bool *written, tkc_buf *span, tkc_error *err)
{
    tkc_status status = TKC_OK;
    const size_t head = i;
    tkc_buf_clear(span);
    fputs("{\"id\":", stdout);
    cli_put_json(stdout, r->record[w->number[i]].id);
    if (w->next[i] != UINT32_MAX && !written[w->next[i]]) fputs(",\"of\":[", stdout);
    for (size_t skip = 0, k = 0; !status; k++) {
        const size_t next = w->next[i];
        status = tkc_buf_append(span, w->text[i].ptr + skip, w->text[i].len - skip, err);
        written[i] = true;
        if (k || (next != UINT32_MAX && !written[next])) {
            if (k) putchar(',');
            cli_put_json(stdout, r->record[w->number[i]].id);
        }
        if (next == UINT32_MAX || written[next]) {
            if (i != head) putchar(']');
            break;
        }
        skip = w->bytes[next];
        i = next;
    }
    fputs(",\"text\":", stdout);
    cli_put_json(stdout, tkc_buf_str(span));
    puts("}");
    return status;
}

/* Chains of windows as one text each; every other text by itself. A text goes on in one other only, that with
 * which it has most in common. */
static tkc_status put_merged(const cli_records *r, windows *w, tkc_error *err)
{
    bool *written = calloc(w->n + 1, sizeof *written), *follows = calloc(w->n + 1, sizeof *follows);
    tkc_status status = written && follows ? TKC_OK : TKC_E_NOMEM;
    tkc_buf span;
    if (status) *err = (tkc_error){TKC_E_NOMEM, 0, "out of memory"};
    tkc_buf_init(&span, cli_input_limit(), NULL);
    for (size_t i = 0; i < w->n; i++) w->next[i] = UINT32_MAX;
    for (size_t i = 0; i < w->n && !status; i++) {
        const uint32_t before = w->with[i];
        if (!w->bytes[i]) continue;
        if (w->next[before] == UINT32_MAX || w->bytes[w->next[before]] < w->bytes[i]) w->next[before] = (uint32_t)i;
    }
    for (size_t i = 0; i < w->n && !status; i++)
        if (w->next[i] != UINT32_MAX) follows[w->next[i]] = true;
    for (int rings = 0; rings < 2; rings++) /* the end of a ring is its beginning: begun anywhere */
        for (size_t i = 0; i < w->n && !status; i++)
            if (!written[i] && (rings || !follows[i])) status = put_span(r, w, i, written, &span, err);
    tkc_buf_release(&span);
    free(written);
    free(follows);
    return status;
}

static tkc_status put_windows(const cli_records *r, const tkc_match *match, bool merged, tkc_error *err)
{
    tkc_str *text = malloc((r->n + 1) * sizeof *text);
    size_t *bytes = malloc((r->n + 1) * sizeof *bytes), *number = malloc((r->n + 1) * sizeof *number), n = 0;
    uint32_t *with = malloc(2 * (r->n + 1) * sizeof *with);
    tkc_status status = TKC_OK;
    if (!text || !bytes || !number || !with) {
        *err = (tkc_error){TKC_E_NOMEM, 0, "out of memory"};
        status = TKC_E_NOMEM;
    }
    for (size_t i = 0; i < r->n && !status; i++)
        if (!match[i].copy) {
            text[n] = r->record[i].text;
            number[n++] = i;
        }
    if (!status) status = tkc_overlaps(text, NULL, n, false, with, bytes, NULL, err);
    if (!status) {
        windows w = {text, bytes, number, with, with + r->n + 1, n};
        if (merged) status = put_merged(r, &w, err);
        else put_overlaps(r, &w);
    }
    free(text);
    free(bytes);
    free(number);
    free(with);
    return status;
}

static bool dedupe(const cli_args *a, const cli_records *r, double threshold)
{
    tkc_match *match = malloc((r->n ? r->n : 1) * sizeof *match);
    uint32_t *head = malloc((r->n ? r->n : 1) * 2 * sizeof *head);
    tkc_error err = {TKC_E_NOMEM, 0, "out of memory"};
    tkc_status status = match && head ? TKC_OK : TKC_E_NOMEM;
    if (!status) status = find_copies(a, r, threshold, match, &err);
    if (!status && a->emit && strcmp(a->emit, "keep") == 0) {
        for (size_t i = 0; i < r->n; i++) {
            if (match[i].copy) continue;
            fwrite(r->record[i].line.ptr, 1, r->record[i].line.len, stdout);
            putchar('\n');
        }
    } else if (!status && a->emit && strcmp(a->emit, "merged") == 0) {
        status = put_windows(r, match, true, &err);
    } else if (!status) {
        put_clusters(r, match, head, head + r->n);
        if (a->emit && strcmp(a->emit, "overlaps") == 0) status = put_windows(r, match, false, &err);
    }
    if (!status && !a->quiet) {
        size_t n = 0;
        for (size_t i = 0; i < r->n; i++) n += match[i].copy != TKC_COPY_NONE;
        cli_message("%zu texts, %zu repeat an earlier one", r->n, n);
    }
    if (status) cli_message("dedupe: %s", err.message);
    free(match);
    free(head);
    return !status;
}

static bool read_threshold(const cli_args *a, double *out)
{
    char *end;
    *out = 0;
    if (!a->threshold) return true;
    *out = strtod(a->threshold, &end); /* the command never sets a locale */
    if (*end || end == a->threshold || !(*out > 0 && *out <= 1)) {
        cli_message("--threshold: '%s'; give a number above 0 and at most 1, such as 0.9", a->threshold);
        return false;
    }
    return true;
}

int cmd_dedupe(const cli_args *a)
{
    cli_file_list files = {0};
    cli_records r = {0};
    double threshold;
    int status = EXIT_ERROR;
    if (a->pairs && a->emit) {
        cli_message("dedupe: --pairs answers line by line; leave out --emit");
    } else if (read_threshold(a, &threshold) && cli_files_collect(&files, a, "-", false) && !files.failed) {
        r.keep_lines = a->emit && strcmp(a->emit, "keep") == 0;
        if (a->pairs ? compare_pairs(a, &files, threshold) : cli_records_read(&r, &files, a) && dedupe(a, &r, threshold))
            status = EXIT_FINE;
    }
    cli_records_release(&r);
    cli_files_release(&files);
    return status;
}
