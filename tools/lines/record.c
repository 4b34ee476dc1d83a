/* record.c - texts out of lines of JSON. */
#include "tools/lines/record.h"

#include "tools/cli/output.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

tkc_status cli_record_parse(cli_line *line, bool allow_string, tkc_error *err)
{
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_status status = tkc_json_parse(line->doc, line->text, &limits, err);
    tkc_json_kind kind;
    if (status) return status;
    kind = tkc_json_kind_of(line->doc, 0);
    if (kind != TKC_JSON_OBJECT && !(allow_string && kind == TKC_JSON_STRING))
        return tkc_fail(err, TKC_E_FORMAT, line->doc->node[0].begin, "%s; give an object%s",
                        tkc_json_kind_name(kind), allow_string ? " or a string" : "");
    return tkc_buf_reserve(line->scratch, line->text.len + 1, err);
}

tkc_status cli_member(cli_line *line, uint32_t object, const char *key, bool required, tkc_str *out,
                      tkc_error *err)
{
    const tkc_json *doc = line->doc;
    const uint32_t at = tkc_json_get(doc, object, key, NULL);
    *out = (tkc_str){"", 0};
    if (at == TKC_JSON_NONE || tkc_json_kind_of(doc, at) == TKC_JSON_NULL) {
        if (!required) return TKC_OK;
        return tkc_fail(err, TKC_E_FORMAT, doc->node[object].begin, "an object without \"%s\"", key);
    }
    switch (tkc_json_kind_of(doc, at)) {
    case TKC_JSON_STRING: return tkc_json_string(doc, at, line->scratch, out, err);
    case TKC_JSON_NUMBER: *out = tkc_json_source(doc, at); return TKC_OK;
    default:
        return tkc_fail(err, TKC_E_FORMAT, doc->node[at].begin, "\"%s\" is %s; give a string", key,
                        tkc_json_kind_name(tkc_json_kind_of(doc, at)));
    }
}

tkc_status cli_record_text(cli_line *line, uint32_t node, tkc_str *out, tkc_error *err)
{
    if (tkc_json_kind_of(line->doc, node) == TKC_JSON_STRING)
        return tkc_json_string(line->doc, node, line->scratch, out, err);
    if (tkc_json_kind_of(line->doc, node) != TKC_JSON_OBJECT)
        return tkc_fail(err, TKC_E_FORMAT, line->doc->node[node].begin,
                        "%s; give a string or an object with \"text\"",
                        tkc_json_kind_name(tkc_json_kind_of(line->doc, node)));
    return cli_member(line, node, "text", true, out, err);
}

tkc_status cli_member_size(cli_line *line, uint32_t object, const char *key, size_t *out,
                           tkc_error *err)
{
    const uint32_t at = tkc_json_get(line->doc, object, key, NULL);
    uint64_t v;
    if (at == TKC_JSON_NONE) return TKC_OK;
    if (!tkc_json_u64(line->doc, at, &v) || v > SIZE_MAX)
        return tkc_fail(err, TKC_E_FORMAT, line->doc->node[at].begin, "\"%s\" is no whole number", key);
    *out = (size_t)v;
    return TKC_OK;
}

/* --- whole files -------------------------------------------------------------------------- */

/* Until all is read, a slice's pointer is an offset into bytes: the buffer moves. */
static tkc_status keep(cli_records *r, tkc_str s, tkc_str *out, tkc_error *err)
{
    const size_t at = r->bytes.len;
    const tkc_status status = tkc_buf_append(&r->bytes, s.ptr, s.len, err);
    *out = (tkc_str){(const char *)(uintptr_t)at, s.len};
    return status;
}

static tkc_status read_record(void *ctx, cli_line *line, tkc_error *err)
{
    cli_records *r = ctx;
    tkc_str id, title = {"", 0}, text;
    cli_record one;
    char number[24];
    tkc_status status = cli_record_parse(line, true, err);
    if (status) return status;
    id = (tkc_str){"", 0};
    if (tkc_json_kind_of(line->doc, 0) == TKC_JSON_OBJECT) {
        status = cli_member(line, 0, "id", false, &id, err);
        if (!status) status = cli_member(line, 0, "title", false, &title, err);
    }
    if (!status) status = cli_record_text(line, 0, &text, err);
    if (status) return status;
    if (!id.len) id = (tkc_str){number, (size_t)snprintf(number, sizeof number, "%zu", r->n + 1)};
    if (!tkc_grow(&tkc_malloc_allocator, &r->record, &r->cap, r->n + 1, UINT32_MAX - 1, sizeof *r->record))
        return tkc_nomem(err);
    status = keep(r, id, &one.id, err);
    if (!status) status = keep(r, title, &one.title, err);
    if (!status) status = keep(r, text, &one.text, err);
    one.line = (tkc_str){NULL, 0};
    if (!status && r->keep_lines) status = keep(r, line->text, &one.line, err);
    if (!status) r->record[r->n++] = one;
    return status;
}

bool cli_records_read(cli_records *r, const cli_file_list *l, const cli_args *a)
{
    cli_args one = *a;
    one.jobs = 1; /* the lines are kept in their order */
    *r = (cli_records){.keep_lines = r->keep_lines};
    tkc_buf_init(&r->bytes, cli_input_limit(), NULL);
    if (!cli_jsonl_run(l, &one, read_record, r, NULL)) return false;
    for (size_t i = 0; i < r->n; i++) {
        tkc_str *const slice[] = {&r->record[i].id, &r->record[i].title, &r->record[i].text,
                                  &r->record[i].line};
        for (int k = 0; k < 4; k++)
            slice[k]->ptr = slice[k]->len ? r->bytes.ptr + (uintptr_t)slice[k]->ptr : "";
    }
    return true;
}

void cli_records_release(cli_records *r)
{
    tkc_free(&tkc_malloc_allocator, r->record, r->cap, sizeof *r->record);
    tkc_buf_release(&r->bytes);
    memset(r, 0, sizeof *r);
}

tkc_status cli_append_f(tkc_buf *out, tkc_error *err, const char *fmt, ...)
{
    va_list args;
    const tkc_status status = tkc_buf_reserve(out, 201, err);
    int n;
    if (status) return status;
    va_start(args, fmt);
    n = vsnprintf(out->ptr + out->len, 201, fmt, args);
    va_end(args);
    if (n > 0) out->len += n > 200 ? 200 : (size_t)n;
    return TKC_OK;
}
