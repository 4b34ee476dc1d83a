/* cmd_trim.c - tokcount trim: a prompt a line, what is left of it a line. */
#include "optimizer/text/trim.h"

#include "tools/lines/line_encoder.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A member that is a number from 0 on; *out stays where there is none. */
static tkc_status number(const cli_line *line, const char *key, double *out, tkc_error *err)
{
    uint32_t v = tkc_json_get(line->doc, 0, key, NULL);
    double d;
    if (v == TKC_JSON_NONE) return TKC_OK;
    if (!tkc_json_double(line->doc, v, &d) || d < 0 || d > 1e15)
        return tkc_fail(err, TKC_E_FORMAT, line->doc->node[v].begin, "\"%s\" is not a number from 0 on", key);
    *out = d;
    return TKC_OK;
}

/* "waive": ["name", ...] as bits. */
static tkc_status waived(const cli_line *line, unsigned *out, tkc_error *err)
{
    const tkc_json *d = line->doc;
    uint32_t list = tkc_json_get(d, 0, "waive", NULL);
    if (list == TKC_JSON_NONE) return TKC_OK;
    if (tkc_json_kind_of(d, list) != TKC_JSON_ARRAY)
        return tkc_fail(err, TKC_E_FORMAT, d->node[list].begin, "\"waive\" is %s; give a list of kinds", tkc_json_kind_name(tkc_json_kind_of(d, list)));
    for (uint32_t i = tkc_json_first(d, list); i != TKC_JSON_NONE; i = tkc_json_next(d, list, i)) {
        char word[16];
        size_t n = tkc_json_head(d, i, word, sizeof word);
        tkc_fact_kind kind;
        if (n > sizeof word || !tkc_fact_kind_by_name((tkc_str){word, n}, &kind))
            return tkc_fail(err, TKC_E_FORMAT, d->node[i].begin, "no kind of fact; give number, date, time, version, name, identifier, id, link, code, "
                                                                  "quote, negation, modal, limit, order or foreign");
        *out |= TKC_GUARD_BIT(kind);
    }
    return TKC_OK;
}

static tkc_status put_cuts(cli_line *line, tkc_str text, const tkc_trimmed *t, tkc_error *err)
{
    char part[160];
    tkc_status st = cli_line_put(line, ",\"cuts\":[", err);
    for (size_t i = 0; i < t->n_cut && !st; i++) {
        const tkc_trim_cut *c = &t->cut[i];
        snprintf(part, sizeof part, "%s{\"begin\":%zu,\"end\":%zu,\"why\":\"%s\",\"text\":", i ? "," : "", c->begin, c->end, tkc_trim_why_name(c->why));
        st = cli_line_put(line, part, err);
        if (!st) st = tkc_json_append_text(line->out, (tkc_str){text.ptr + c->begin, c->end - c->begin}, err);
        if (!st && c->put.len) {
            st = cli_line_put(line, ",\"put\":", err);
            if (!st) st = tkc_json_append_text(line->out, c->put, err);
        }
        if (!st && c->kept_end) {
            snprintf(part, sizeof part, ",\"as\":[%zu,%zu]", c->kept_begin, c->kept_end);
            st = cli_line_put(line, part, err);
        }
        if (!st) st = cli_line_put(line, "}", err);
    }
    return st ? st : cli_line_put(line, "]", err);
}

static tkc_status put_refusals(cli_line *line, tkc_str text, const tkc_trimmed *t, tkc_error *err)
{
    char part[160];
    tkc_status st = cli_line_put(line, ",\"refused\":[", err);
    for (size_t i = 0; i < t->n_refusal && !st; i++) {
        const tkc_trim_refusal *r = &t->refusal[i];
        snprintf(part, sizeof part, "%s{\"begin\":%zu,\"end\":%zu,\"why\":\"%s\",\"loses\":\"%s\",\"text\":", i ? "," : "", r->begin, r->end,
                 tkc_trim_why_name(r->why), tkc_fact_kind_name(r->kind));
        st = cli_line_put(line, part, err);
        if (!st) st = tkc_json_append_text(line->out, (tkc_str){text.ptr + r->fact_begin, r->fact_end - r->fact_begin}, err);
        if (!st) st = cli_line_put(line, "}", err);
    }
    return st ? st : cli_line_put(line, "]", err);
}

static tkc_status trim_line(const cli_args *a, tkc_encoder *e, cli_line *line, tkc_error *err)
{
    tkc_trim_options opt = {.struct_size = sizeof opt};
    double budget = 0, ratio = 0, examples = 0;
    tkc_trimmed t;
    tkc_str text;
    char part[96];
    size_t tokens;
    tkc_status st = cli_line_text(line, a->encode_flags & TKC_ENCODE_STRICT, &text, err);
    tkc_trimmed_init(&t, NULL);
    if (!st) st = number(line, "budget", &budget, err);
    if (!st) st = number(line, "ratio", &ratio, err);
    if (!st) st = number(line, "keep_examples", &examples, err);
    if (!st) st = waived(line, &opt.waive, err);
    if (!st && ratio > 0) {
        st = tkc_count(e, text, 0, &tokens, err);
        ratio = floor(ratio * (double)tokens);
        if (budget == 0 || ratio < budget) budget = ratio < 1 ? 1 : ratio;
    }
    opt.budget = (size_t)budget;
    opt.keep_examples = (size_t)examples;
    if (!st) st = tkc_trim(text, &opt, e, &t, err);
    if (!st) st = cli_line_begin(line, err);
    if (!st) st = cli_line_put(line, "\"text\":", err);
    if (!st) st = tkc_json_append_text(line->out, tkc_buf_str(&t.text), err);
    snprintf(part, sizeof part, ",\"tokens\":%zu,\"before\":%zu", t.tokens_after, t.tokens_before);
    if (!st) st = cli_line_put(line, part, err);
    if (!st) st = put_cuts(line, text, &t, err);
    if (!st) st = put_refusals(line, text, &t, err);
    if (!st) st = cli_line_put(line, "}\n", err);
    tkc_trimmed_release(&t);
    return st;
}

int cmd_trim(const cli_args *a)
{
    return cli_encoder_lines(a, "trim", trim_line);
}
