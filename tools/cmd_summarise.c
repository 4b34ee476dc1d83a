/* cmd_summarise.c - tokcount summarise: a conversation a line, its summary a line. */
#include "optimizer/text/summarise.h"

#include "tools/lines/line_encoder.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <stdlib.h>
#include <string.h>

/* The text of member key of object at; empty where it is not there or null. scratch has room for
 * all of the line's strings. */
static tkc_status member(const cli_line *line, uint32_t at, const char *key, tkc_str *out, tkc_error *err)
{
    uint32_t v = tkc_json_get(line->doc, at, key, NULL);
    *out = (tkc_str){"", 0};
    if (v == TKC_JSON_NONE || tkc_json_kind_of(line->doc, v) == TKC_JSON_NULL) return TKC_OK;
    if (tkc_json_kind_of(line->doc, v) != TKC_JSON_STRING)
        return tkc_fail(err, TKC_E_FORMAT, line->doc->node[v].begin, "\"%s\" is %s; give a string", key,
                        tkc_json_kind_name(tkc_json_kind_of(line->doc, v)));
    return tkc_json_string(line->doc, v, line->scratch, out, err);
}

static tkc_status number(const cli_line *line, const char *key, bool needed, size_t *out, tkc_error *err)
{
    uint32_t v = tkc_json_get(line->doc, 0, key, NULL);
    uint64_t n;
    if (v == TKC_JSON_NONE && !needed) return TKC_OK;
    if (v == TKC_JSON_NONE) return tkc_fail(err, TKC_E_FORMAT, line->doc->node[0].begin, "no \"%s\"; give a number of tokens", key);
    if (!tkc_json_u64(line->doc, v, &n) || n > SIZE_MAX / 2)
        return tkc_fail(err, TKC_E_FORMAT, line->doc->node[v].begin, "\"%s\" is not a whole number from 0 on", key);
    *out = (size_t)n;
    return TKC_OK;
}

static tkc_status boolean(const cli_line *line, const char *key, bool *out, tkc_error *err)
{
    uint32_t v = tkc_json_get(line->doc, 0, key, NULL);
    tkc_json_kind k = v == TKC_JSON_NONE ? TKC_JSON_FALSE : tkc_json_kind_of(line->doc, v);
    if (k != TKC_JSON_TRUE && k != TKC_JSON_FALSE)
        return tkc_fail(err, TKC_E_FORMAT, line->doc->node[v].begin, "\"%s\" is %s; give true or false", key, tkc_json_kind_name(k));
    *out = k == TKC_JSON_TRUE;
    return TKC_OK;
}

static tkc_status read_turns(const cli_line *line, tkc_said **turn, size_t *n, tkc_error *err)
{
    tkc_json *d = line->doc;
    uint32_t list = tkc_json_get(d, 0, "turns", NULL);
    tkc_status st = TKC_OK;
    size_t k = 0;
    if (list == TKC_JSON_NONE || tkc_json_kind_of(d, list) != TKC_JSON_ARRAY)
        return tkc_fail(err, TKC_E_FORMAT, d->node[list == TKC_JSON_NONE ? 0 : list].begin,
                        "no array \"turns\"; give [{\"speaker\": ..., \"text\": ...}, ...]");
    *n = tkc_json_count(d, list);
    *turn = calloc(*n ? *n : 1, sizeof **turn);
    if (!*turn) return tkc_nomem(err);
    for (uint32_t i = tkc_json_first(d, list); i != TKC_JSON_NONE && !st; i = tkc_json_next(d, list, i), k++) {
        if (tkc_json_kind_of(d, i) != TKC_JSON_OBJECT || tkc_json_get(d, i, "text", NULL) == TKC_JSON_NONE)
            return tkc_fail(err, TKC_E_FORMAT, d->node[i].begin, "a turn without \"text\"");
        st = member(line, i, "speaker", &(*turn)[k].speaker, err);
        if (!st) st = member(line, i, "text", &(*turn)[k].text, err);
    }
    return st;
}

static tkc_status put_facts(cli_line *line, const tkc_summary *s, tkc_error *err)
{
    char text[96];
    bool first = true;
    tkc_status st = cli_line_put(line, ",\"facts\":{", err);
    for (int k = 0; k < TKC_N_FACT && !st; k++) {
        if (!s->facts_said[k]) continue;
        snprintf(text, sizeof text, "%s\"%s\":[%zu,%zu]", first ? "" : ",", tkc_fact_kind_name((tkc_fact_kind)k), s->facts_kept[k], s->facts_said[k]);
        st = cli_line_put(line, text, err);
        first = false;
    }
    return st ? st : cli_line_put(line, "}", err);
}

static tkc_status answer(cli_line *line, const tkc_summary *s, bool had_previous, tkc_error *err)
{
    char text[64];
    tkc_status st = cli_line_begin(line, err);
    if (!st) st = cli_line_put(line, "\"summary\":", err);
    if (!st) st = tkc_json_append_text(line->out, tkc_buf_str(&s->text), err);
    snprintf(text, sizeof text, ",\"tokens\":%zu", s->tokens);
    if (!st) st = cli_line_put(line, text, err);
    if (!st && had_previous) st = cli_line_put(line, s->renewed ? ",\"renewed\":true" : ",\"renewed\":false", err);
    if (!st) st = put_facts(line, s, err);
    return st ? st : cli_line_put(line, "}\n", err);
}

static tkc_status summarise_line(const cli_args *a, tkc_encoder *e, cli_line *line, tkc_error *err)
{
    tkc_json_limits limits = {.lone_surrogates = !(a->encode_flags & TKC_ENCODE_STRICT)};
    tkc_summarise_options opt = {.struct_size = sizeof opt};
    tkc_said *turn = NULL;
    size_t n = 0;
    tkc_summary s;
    tkc_status st = tkc_json_parse(line->doc, line->text, &limits, err);
    tkc_summary_init(&s, NULL);
    /* decoding makes no string longer, so slices of the scratch buffer stay where they are */
    if (!st) st = tkc_buf_reserve(line->scratch, line->text.len, err);
    if (!st && tkc_json_kind_of(line->doc, 0) != TKC_JSON_OBJECT)
        st = tkc_fail(err, TKC_E_FORMAT, line->doc->node[0].begin, "%s; give an object with \"turns\" and \"budget\"",
                      tkc_json_kind_name(tkc_json_kind_of(line->doc, 0)));
    if (!st) st = read_turns(line, &turn, &n, err);
    if (!st) st = number(line, "budget", true, &opt.budget, err);
    if (!st) st = number(line, "previous_turns", false, &opt.n_previous, err);
    if (!st) st = member(line, 0, "query", &opt.query, err);
    if (!st) st = member(line, 0, "previous", &opt.previous, err);
    if (!st) st = boolean(line, "verbatim", &opt.verbatim, err);
    if (!st) st = boolean(line, "fill", &opt.fill, err);
    if (!st && opt.n_previous > n)
        st = tkc_fail(err, TKC_E_FORMAT, line->doc->node[0].begin, "\"previous_turns\" is %zu, but there are %zu turns", opt.n_previous, n);
    if (!st) st = tkc_summarise(e, turn, n, &opt, &s, err);
    if (!st) st = answer(line, &s, opt.previous.len > 0, err);
    free(turn);
    tkc_summary_release(&s);
    return st;
}

int cmd_summarise(const cli_args *a)
{
    return cli_encoder_lines(a, "summarise", summarise_line);
}
