/*
 * test_request.c - the request model: every sample of tests/data/requests read, listed and
 * written back; refusals; links; limits; memory that runs out.
 *
 * parts.golden holds what each sample's parts are, and under them the strings that are in no
 * part, so that a reader that loses text shows. UPDATE=1 in the environment writes it anew:
 * read the difference.
 */
#include "optimizer/request/request.h"

#include "tests/support/case_file.h"
#include "tests/support/fail_alloc.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/data/requests"

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* --- samples ------------------------------------------------------------------------------ */

static char sample_path[400][200];
static size_t n_sample;

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void find_samples(void)
{
    DIR *top = opendir(FOLDER);
    struct dirent *d, *e;
    n_sample = 0;
    assert_non_null(top);
    while ((d = readdir(top)) != NULL) {
        char path[160];
        DIR *in;
        if (d->d_name[0] == '.' || strchr(d->d_name, '.')) continue;
        snprintf(path, sizeof path, FOLDER "/%.100s", d->d_name);
        in = opendir(path);
        assert_non_null(in);
        while ((e = readdir(in)) != NULL)
            if (e->d_name[0] != '.')
                snprintf(sample_path[n_sample++], sizeof sample_path[0], "%.90s/%.90s", d->d_name,
                         e->d_name);
        closedir(in);
    }
    closedir(top);
    qsort(sample_path, n_sample, sizeof sample_path[0], by_name);
}

static char *load(const char *name, size_t *len)
{
    char path[260];
    snprintf(path, sizeof path, FOLDER "/%s", name);
    return tkt_read_file(path, len);
}

static tkc_request_options options_for(const char *name)
{
    tkc_request_options o = {.struct_size = sizeof o};
    o.dialect = tkc_request_dialect_of_path(name);
    return o;
}

/* --- what a request says ------------------------------------------------------------------ */

static void add(tkc_buf *out, const char *fmt, ...)
{
    char line[512];
    tkc_error err;
    va_list ap;
    int n;
    va_start(ap, fmt);
    n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    assert_true(n >= 0 && (size_t)n < sizeof line);
    assert_int_equal(tkc_buf_append(out, line, (size_t)n, &err), TKC_OK);
}

static void add_path(const tkc_request *r, size_t part, tkc_buf *out)
{
    tkc_error err;
    size_t from = out->len;
    assert_int_equal(tkc_part_path(r, part, out, &err), TKC_OK);
    if (out->len == from) add(out, "(all)");
}

/* The path of a string that is in no part, found from the top. */
static void add_node_path(const tkc_json *d, uint32_t node, tkc_buf *out)
{
    uint32_t in = 0;
    while (in != node) {
        bool object = tkc_json_kind_of(d, in) == TKC_JSON_OBJECT;
        uint32_t c = tkc_json_first(d, in), index = 0;
        for (;; c = object ? tkc_json_next_member(d, in, c) : tkc_json_next(d, in, c), index++) {
            uint32_t value = object ? c + 1 : c;
            if (node < d->node[value].next) {
                tkc_str key = tkc_json_source(d, c);
                if (object)
                    add(out, ".%.*s", (int)key.len - 2, key.ptr + 1);
                else
                    add(out, "[%u]", (unsigned)index);
                in = value;
                break;
            }
        }
    }
}

static void list_request(const tkc_request *r, tkc_buf *out)
{
    static const char *const flag_name[] = {"pinned", "cache",  "1h",     "unknown",
                                            "repeated", "opaque", "name", "output",
                                            "by-name", "server", "error"};
    tkc_buf scratch;
    tkc_str model;
    tkc_error err;
    tkc_buf_init(&scratch, 1 << 20, NULL);
    assert_int_equal(tkc_request_model(r, &scratch, &model, &err), TKC_OK);
    add(out, "  %s", tkc_dialect_name(r->dialect));
    if (model.len) add(out, ", model %.*s", (int)model.len, model.ptr);
    if (r->envelope) add(out, ", envelope %d", (int)r->envelope);
    if (r->n_request > 1) add(out, ", request %zu of %zu", r->selected, r->n_request);
    if (r->cache_auto) add(out, ", cache auto");
    if (r->n_repeated) add(out, ", repeated keys %zu", r->n_repeated);
    add(out, ", turns %zu\n", r->n_turn);
    for (size_t i = 0; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        add(out, "  %zu %s", i, tkc_part_kind_name((tkc_part_kind)p->kind));
        if (p->role) add(out, ", %s", tkc_role_name((tkc_role)p->role));
        if (p->turn != TKC_NO_TURN) add(out, ", turn %u", (unsigned)p->turn);
        for (unsigned f = 0; f < sizeof flag_name / sizeof *flag_name; f++)
            if (p->flags >> f & 1) add(out, ", %s", flag_name[f]);
        if (p->call != TKC_NO_PART) add(out, ", answers %u", (unsigned)p->call);
        add(out, ": ");
        add_path(r, i, out);
        add(out, "\n");
    }
    tkc_buf_release(&scratch);
}

/* Spans in order and inside the source, no value in two parts; lists the strings in none. */
static void check_cover(const char *name, const tkc_request *r, tkc_buf *out)
{
    const tkc_json *d = &r->doc;
    unsigned char *seen = calloc(d->n_node + 1, 1);
    assert_non_null(seen);
    for (size_t i = 0; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        assert_true(p->begin <= p->end && p->end <= r->source.len);
        if (p->turn != TKC_NO_TURN) assert_true(p->turn < r->n_turn);
        if (p->call != TKC_NO_PART) {
            assert_true(p->call < i);
            assert_int_equal(r->part[p->call].kind, TKC_PART_TOOL_CALL);
        }
        if (p->node == TKC_JSON_NONE) continue;
        for (uint32_t k = p->node; k < d->node[p->node].next; k++)
            if (seen[k]++) fail_msg("%s: part %zu has a value that an earlier part has", name, i);
    }
    for (size_t t = 0; t < r->n_turn; t++)
        assert_true(r->turn[t].first + (size_t)r->turn[t].n <= r->n_part);
    for (uint32_t k = 0; out && k < d->n_node; k++) {
        bool key = false;
        if (tkc_json_kind_of(d, k) == TKC_JSON_STRING) {
            size_t e = d->node[k].end;
            while (e < d->text.len && strchr(" \t\r\n", d->text.ptr[e]) && d->text.ptr[e]) e++;
            key = e < d->text.len && d->text.ptr[e] == ':';
        }
        if (key || seen[k] || tkc_json_kind_of(d, k) != TKC_JSON_STRING) continue;
        add(out, "  -");
        add_node_path(d, k, out);
        add(out, "\n");
    }
    free(seen);
}

static void samples(void **state)
{
    tkc_buf out;
    tkc_request r;
    char *golden;
    size_t len, kinds[TKC_N_PART_KIND] = {0}, dialects[TKC_N_DIALECT] = {0};
    (void)state;
    tkc_buf_init(&out, (size_t)1 << 24, NULL);
    tkc_request_init(&r, NULL);
    find_samples();
    assert_true(n_sample >= 150);
    for (size_t i = 0; i < n_sample; i++) {
        tkc_request_options o = options_for(sample_path[i]);
        tkc_error err = {0};
        tkc_buf back;
        char *text = load(sample_path[i], &len);
        assert_non_null(text);
        add(&out, "%s\n", sample_path[i]);
        if (tkc_request_read(&r, (tkc_str){text, len}, &o, &err))
            fail_msg("%s: %s at byte %zu", sample_path[i], err.message, err.offset);
        assert_true(r.n_part > 0);
        dialects[r.dialect]++;
        for (size_t k = 0; k < r.n_request; k++) {
            assert_int_equal(tkc_request_select(&r, k, &err), TKC_OK);
            list_request(&r, &out);
            check_cover(sample_path[i], &r, k == 0 ? &out : NULL);
            for (size_t p = 0; p < r.n_part; p++) kinds[r.part[p].kind]++;
        }
        assert_int_equal(tkc_request_select(&r, r.n_request, &err), TKC_E_ARG);
        tkc_buf_init(&back, (size_t)1 << 24, NULL);
        assert_int_equal(tkc_request_write(&r, &back, &err), TKC_OK);
        assert_int_equal(back.len, len);
        if (len) assert_memory_equal(back.ptr, text, len);
        tkc_buf_release(&back);
        free(text);
    }
    for (int k = 0; k < TKC_N_PART_KIND; k++) assert_true(kinds[k] > 0);
    for (int d = 1; d < TKC_N_DIALECT; d++) assert_true(dialects[d] > 0);
    tkc_request_release(&r);
    if (getenv("UPDATE")) {
        FILE *f = fopen(FOLDER "/parts.golden", "wb");
        assert_non_null(f);
        fwrite(out.ptr, 1, out.len, f);
        fclose(f);
    }
    golden = load("parts.golden", &len);
    assert_non_null(golden);
    if (len != out.len || memcmp(golden, out.ptr, len) != 0) {
        size_t at = 0, from;
        while (at < len && at < out.len && golden[at] == out.ptr[at]) at++;
        for (from = at; from && golden[from - 1] != '\n'; from--) {}
        fail_msg("parts.golden says\n%.200s\nand the samples\n%.200s", golden + from, out.ptr + from);
    }
    free(golden);
    tkc_buf_release(&out);
}

/* A named dialect reads every sample of its own, and says so when it is another's. */
static void named(void **state)
{
    static const struct {
        const char *text;
        tkc_dialect asked;
        const char *message;
    } row[] = {
        {"{\"contents\":[]}", TKC_DIALECT_ANTHROPIC, "an gemini request (it has contents), not anthropic"},
        {"{\"messages\":[],\"system\":\"x\"}", TKC_DIALECT_OPENAI_CHAT, "an anthropic request"},
        {"{\"messages\":[{\"role\":\"tool\",\"content\":\"x\",\"tool_call_id\":\"a\"}]}",
         TKC_DIALECT_ANTHROPIC, "an openai-chat request"},
        {"{\"input\":\"x\"}", TKC_DIALECT_GEMINI, "an openai-responses request"},
        {"{\"model\":\"x\"}", TKC_DIALECT_ANTHROPIC, "without \"messages\""},
        {"{\"model\":\"x\"}", TKC_DIALECT_OPENAI_RESPONSES, "without \"input\""},
        {"{\"model\":\"x\"}", TKC_DIALECT_GEMINI, "without \"contents\""},
        {"{\"model\":\"x\"}", TKC_DIALECT_COHERE_V1, "without \"message\""},
        {"{\"messages\":5}", TKC_DIALECT_COHERE, "messages is a number, expected an array"},
        {"{\"messages\":[\"x\"]}", TKC_DIALECT_OPENAI_CHAT,
         "messages[0] is a string, expected an object"},
        {"{\"messages\":[5]}", TKC_DIALECT_ANTHROPIC, "messages[0] is a number"},
        {"{\"contents\":[5]}", TKC_DIALECT_GEMINI, "contents[0] is a number"},
        {"{\"messages\":[],\"tools\":{}}", TKC_DIALECT_AUTO, "tools is an object, expected an array"},
        {"{\"hello\":1}", TKC_DIALECT_AUTO, "no request of a known shape"},
        {"[1,2]", TKC_DIALECT_AUTO, "no request of a known shape"},
        {"\"text\"", TKC_DIALECT_OPENAI_CHAT, "expected an openai-chat request, found a string"},
        {"a: &x [1]\nb: *x\n", TKC_DIALECT_YAML, "an alias that is not of a scalar"},
        {"a: [\n", TKC_DIALECT_YAML, "YAML: "},
        {"a: 1\n---\nb: 2\n", TKC_DIALECT_YAML, "a second document"},
        {"? [a]\n: b\n", TKC_DIALECT_YAML, "a key that is not a scalar"},
        {"- 1\n- 2\n", TKC_DIALECT_YAML, "no prompt"},
        {"", TKC_DIALECT_YAML, "empty YAML"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tkc_request r;
        tkc_request_options o = {.struct_size = sizeof o, .dialect = row[i].asked};
        tkc_error err = {0};
        tkc_request_init(&r, &o);
        if (tkc_request_read(&r, str(row[i].text), &o, &err) == TKC_OK)
            fail_msg("%s was taken", row[i].text);
        if (!strstr(err.message, row[i].message))
            fail_msg("%s: \"%s\", expected \"%s\"", row[i].text, err.message, row[i].message);
        assert_true(err.offset <= strlen(row[i].text));
        assert_int_equal(r.n_part, 0);
        tkc_request_release(&r);
    }
}

static void bad_json(void **state)
{
    static const char whole[] =
        "{\"model\":\"claude-opus-5\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    tkc_request r;
    tkc_request_options o = {.struct_size = sizeof o};
    tkc_error err;
    (void)state;
    tkc_request_init(&r, NULL);
    for (size_t n = 1; n + 1 < sizeof whole; n++) { /* cut anywhere */
        assert_int_equal(tkc_request_read(&r, (tkc_str){whole, n}, NULL, &err), TKC_E_FORMAT);
        assert_true(err.offset <= n);
        assert_int_equal(r.n_part, 0);
    }
    assert_int_equal(tkc_request_read(&r, str(whole), NULL, &err), TKC_OK);
    assert_int_equal(tkc_request_read(&r, str("{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}"),
                                      NULL, &err),
                     TKC_E_FORMAT);
    assert_non_null(strstr(err.message, "lone surrogate"));
    assert_int_equal(err.offset, 39);
    o.max_bytes = 10;
    assert_int_equal(tkc_request_read(&r, str(whole), &o, &err), TKC_E_LIMIT);
    o = (tkc_request_options){.struct_size = sizeof o, .max_depth = 2};
    assert_int_equal(tkc_request_read(&r, str(whole), &o, &err), TKC_E_LIMIT);
    o = (tkc_request_options){.struct_size = sizeof o, .max_values = 4};
    assert_int_equal(tkc_request_read(&r, str(whole), &o, &err), TKC_E_LIMIT);
    o = (tkc_request_options){.struct_size = 1};
    assert_int_equal(tkc_request_read(&r, str(whole), &o, &err), TKC_E_ARG);
    tkc_request_release(&r);
}

/* A request in a text that was parsed already has the parts of the same request read alone. */
static void taken(void **state)
{
    static const char head[] = "{\"at\":\"\\ud83d\\ude00\",\"x\":[1,{}],\"request\":", tail[] = ",\"usage\":{}}";
    const tkc_json_limits lone = {.lone_surrogates = true};
    tkc_request alone, in;
    tkc_json doc;
    tkc_error err = {0};
    size_t n_taken = 0;
    (void)state;
    tkc_request_init(&alone, NULL);
    tkc_request_init(&in, NULL);
    tkc_json_init(&doc, NULL);
    find_samples();
    for (size_t i = 0; i < n_sample; i++) {
        const tkc_request_options o = options_for(sample_path[i]);
        size_t len;
        char *text = load(sample_path[i], &len), *line;
        tkc_buf a, b;
        assert_int_equal(tkc_request_read(&alone, (tkc_str){text, len}, &o, &err), TKC_OK);
        if (alone.dialect < TKC_DIALECT_TEXT) {
            line = malloc(sizeof head + len + sizeof tail);
            assert_non_null(line);
            memcpy(line, head, sizeof head - 1);
            memcpy(line + sizeof head - 1, text, len);
            memcpy(line + sizeof head - 1 + len, tail, sizeof tail);
            assert_int_equal(tkc_json_parse(&doc, str(line), &lone, &err), TKC_OK);
            assert_int_equal(tkc_request_take(&in, &doc, tkc_json_get(&doc, 0, "request", NULL), &o, &err), TKC_OK);
            assert_int_equal(doc.n_node, 0);
            assert_int_equal(in.n_request, alone.n_request);
            for (size_t k = 0; k < in.n_request; k++) {
                assert_int_equal(tkc_request_select(&in, k, &err), TKC_OK);
                assert_int_equal(tkc_request_select(&alone, k, &err), TKC_OK);
                tkc_buf_init(&a, (size_t)1 << 24, NULL);
                tkc_buf_init(&b, (size_t)1 << 24, NULL);
                list_request(&alone, &a);
                list_request(&in, &b);
                assert_int_equal(a.len, b.len);
                assert_memory_equal(a.ptr, b.ptr, a.len);
                for (size_t p = 0; p < in.n_part; p++) assert_int_equal(in.part[p].begin, alone.part[p].begin + sizeof head - 1);
                tkc_buf_release(&a);
                tkc_buf_release(&b);
                n_taken++;
            }
            free(line);
        }
        free(text);
    }
    assert_true(n_taken > 100);
    /* The lone surrogate of a neighbour is none of its business; its own is refused at its byte. */
    static const char beside[] = "{\"x\":\"\\ud800\",\"request\":{\"messages\":[]}}",
                      within[] = "{\"x\":1,\"request\":{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}}";
    assert_int_equal(tkc_json_parse(&doc, str(beside), &lone, &err), TKC_OK);
    assert_int_equal(tkc_request_take(&in, &doc, tkc_json_get(&doc, 0, "request", NULL), NULL, &err), TKC_OK);
    assert_int_equal(tkc_json_parse(&doc, str(within), &lone, &err), TKC_OK);
    assert_int_equal(tkc_request_take(&in, &doc, tkc_json_get(&doc, 0, "request", NULL), NULL, &err), TKC_E_FORMAT);
    assert_non_null(strstr(err.message, "lone surrogate"));
    assert_int_equal(err.offset, strstr(within, "\\ud800") - within);
    assert_int_equal(in.n_part, 0);
    tkc_request_release(&alone);
    tkc_request_release(&in);
    tkc_json_release(&doc);
}

/* Ten million elements: refused by count, in bounded memory; a million messages are read. */
static void large(void **state)
{
    enum { MANY = 10000000 };
    static const char head[] = "{\"messages\":[", one[] = "{\"role\":\"user\",\"content\":\"a\"}";
    tkc_request r;
    tkc_request_options o = {.struct_size = sizeof o};
    tkc_error err;
    char *text = malloc(sizeof head + 2 * (size_t)MANY + 8), *p = text;
    (void)state;
    assert_non_null(text);
    tkc_request_init(&r, NULL);
    memcpy(p, head, sizeof head - 1);
    p += sizeof head - 1;
    for (size_t i = 0; i < MANY; i++) {
        *p++ = '1';
        *p++ = ',';
    }
    p[-1] = ']';
    *p++ = '}';
    assert_int_equal(tkc_request_read(&r, (tkc_str){text, (size_t)(p - text)}, NULL, &err), TKC_E_FORMAT);
    assert_non_null(strstr(err.message, "messages[0] is a number"));
    o.max_values = 1000000;
    assert_int_equal(tkc_request_read(&r, (tkc_str){text, (size_t)(p - text)}, &o, &err), TKC_E_LIMIT);
    tkc_request_release(&r);
    p = text + sizeof head - 1;
    for (size_t i = 0; i < 500000; i++) {
        if (i) *p++ = ',';
        memcpy(p, one, sizeof one - 1);
        p += sizeof one - 1;
    }
    memcpy(p, "]}", 2);
    p += 2;
    o = (tkc_request_options){.struct_size = sizeof o, .max_parts = 400000};
    assert_int_equal(tkc_request_read(&r, (tkc_str){text, (size_t)(p - text)}, NULL, &err), TKC_OK);
    assert_int_equal(r.n_part, 500000);
    assert_int_equal(r.n_turn, 500000);
    assert_int_equal(tkc_request_read(&r, (tkc_str){text, (size_t)(p - text)}, &o, &err), TKC_E_LIMIT);
    tkc_request_release(&r);
    free(text);
}

/* 20,000 calls with ids that are alike, answered backwards; and by name, forwards. */
static void many_links(void **state)
{
    enum { N = 20000 };
    tkc_buf text;
    tkc_request r;
    tkc_error err;
    (void)state;
    tkc_buf_init(&text, (size_t)1 << 26, NULL);
    tkc_request_init(&r, NULL);
    add(&text, "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[");
    for (int i = 0; i < N; i++)
        add(&text, "%s{\"id\":\"call_%d\",\"function\":{\"name\":\"f\"}}", i ? "," : "", i);
    add(&text, "]}");
    for (int i = N; i-- > 0;)
        add(&text, ",{\"role\":\"tool\",\"tool_call_id\":\"c\\u0061ll_%d\",\"content\":\"r\"}", i);
    add(&text, "]}");
    assert_int_equal(tkc_request_read(&r, tkc_buf_str(&text), NULL, &err), TKC_OK);
    assert_int_equal(r.n_part, 2 * N);
    for (uint32_t i = 0; i < N; i++) assert_int_equal(r.part[N + i].call, N - 1 - i);
    tkc_buf_clear(&text);
    add(&text, "{\"contents\":[{\"role\":\"model\",\"parts\":[");
    for (int i = 0; i < N; i++) add(&text, "%s{\"functionCall\":{\"name\":\"f\"}}", i ? "," : "");
    add(&text, "]},{\"parts\":[");
    for (int i = 0; i <= N; i++)
        add(&text, "%s{\"functionResponse\":{\"name\":\"f\",\"response\":{}}}", i ? "," : "");
    add(&text, "]}]}");
    assert_int_equal(tkc_request_read(&r, tkc_buf_str(&text), NULL, &err), TKC_OK);
    for (uint32_t i = 0; i < N; i++) assert_int_equal(r.part[N + i].call, i);
    assert_int_equal(r.part[2 * N].call, N - 1); /* one answer too many: the last call */
    tkc_request_release(&r);
    tkc_buf_release(&text);
}

static void texts(void **state)
{
    static const char json[] = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\\n\\u00e9\"}],"
                               "\"a b\":[{\"c\":\"d\"}]}";
    tkc_request r;
    tkc_request_options o = {.struct_size = sizeof o, .dialect = TKC_DIALECT_YAML};
    tkc_error err;
    tkc_buf scratch;
    tkc_str s;
    (void)state;
    tkc_buf_init(&scratch, 1 << 16, NULL);
    tkc_request_init(&r, NULL);
    assert_int_equal(tkc_request_read(&r, str(json), NULL, &err), TKC_OK);
    assert_int_equal(r.n_part, 2);
    assert_int_equal(tkc_part_text(&r, 0, &scratch, &s, &err), TKC_OK);
    assert_int_equal(s.len, 4);
    assert_memory_equal(s.ptr, "a\n\xc3\xa9", 4);
    s = tkc_part_source(&r, 0);
    assert_memory_equal(s.ptr, "\"a\\n\\u00e9\"", s.len);
    tkc_buf_clear(&scratch);
    assert_int_equal(tkc_part_path(&r, 1, &scratch, &err), TKC_OK);
    assert_memory_equal(scratch.ptr, "[\"a b\"]", scratch.len);
    tkc_buf_clear(&scratch);
    assert_int_equal(tkc_part_text(&r, 1, &scratch, &s, &err), TKC_OK);
    assert_memory_equal(s.ptr, "[{\"c\":\"d\"}]", s.len);
    /* YAML: the decoded text, and the bytes of its own spelling. */
    assert_int_equal(tkc_request_read(&r,
                                      str("\xef\xbb\xbfsystem: |\n  \xc3\xa9 one\n  two\n\nprompt: \"\\x41 b\" # c\n"
                                          "number: 1.10\n"),
                                      &o, &err),
                     TKC_OK);
    assert_int_equal(r.n_part, 3);
    assert_int_equal(tkc_part_text(&r, 0, &scratch, &s, &err), TKC_OK);
    assert_int_equal(s.len, 11);
    assert_memory_equal(s.ptr, "\xc3\xa9 one\ntwo\n", 11);
    s = tkc_part_source(&r, 0);
    assert_int_equal(s.len, 16);
    assert_memory_equal(s.ptr, "|\n  \xc3\xa9 one\n  two", 16);
    s = tkc_part_source(&r, 1);
    assert_memory_equal(s.ptr, "\"\\x41 b\"", s.len);
    assert_int_equal(tkc_part_text(&r, 1, &scratch, &s, &err), TKC_OK);
    assert_memory_equal(s.ptr, "A b", s.len);
    s = tkc_part_source(&r, 2);
    assert_memory_equal(s.ptr, "1.10", s.len);
    assert_true(r.part[2].flags & TKC_PART_UNKNOWN);
    tkc_request_release(&r);
    tkc_buf_release(&scratch);
    assert_int_equal(tkc_dialect_find("gemini"), TKC_DIALECT_GEMINI);
    assert_int_equal(tkc_dialect_find("gpt"), TKC_DIALECT_AUTO);
    assert_int_equal(tkc_request_dialect_of_path("a/b.prompt.yml"), TKC_DIALECT_YAML);
    assert_int_equal(tkc_request_dialect_of_path("x.json"), TKC_DIALECT_AUTO);
}

/* Every request for memory refused once, for one sample of each dialect. */
static void out_of_memory(void **state)
{
    (void)state;
    find_samples();
    for (size_t i = 0; i < n_sample; i++) {
        size_t len;
        char *text;
        tkc_request_options o = options_for(sample_path[i]);
        if (!strstr(sample_path[i], "tool") && !strstr(sample_path[i], "batch.json") &&
            !strstr(sample_path[i], "yaml/") && !strstr(sample_path[i], "prompty"))
            continue;
        text = load(sample_path[i], &len);
        for (size_t n = 1;; n++) {
            fail_alloc f = {.fail_at = n};
            const tkc_allocator a = fail_alloc_of(&f);
            tkc_request r;
            tkc_error err = {0};
            tkc_status st;
            o.alloc = &a;
            tkc_request_init(&r, &o);
            st = tkc_request_read(&r, (tkc_str){text, len}, &o, &err);
            tkc_request_release(&r);
            assert_int_equal(f.live, 0);
            assert_false(f.wrong_size);
            if (f.calls < n) {
                if (st) fail_msg("%s: %s", sample_path[i], err.message);
                assert_true(n > 2);
                break;
            }
            if (st != TKC_E_NOMEM) fail_msg("%s: request %zu: %s", sample_path[i], n, err.message);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(samples),    cmocka_unit_test(named),
                                       cmocka_unit_test(bad_json),   cmocka_unit_test(taken),
                                        cmocka_unit_test(large),
                                       cmocka_unit_test(many_links), cmocka_unit_test(texts),
                                       cmocka_unit_test(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
