/*
 * test_count_request.c - whole requests counted: OpenAI's framing on the API-checked cases
 * (openai_counts.jsonl: the cases of npm gpt-tokenizer 4.0.0, and the cookbook's), every
 * sample with every kind of provider, classes, ranges and memory that runs out.
 */
#include "optimizer/count/count_request.h"
#include "optimizer/templates/template.h"

#include "tests/support/case_file.h"
#include "tests/support/fail_alloc.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static tkc_vocab *vocab_of(const char *encoding)
{
    tkc_vocab_options o = {.struct_size = sizeof o, .data_dir = "vocab/data"};
    tkc_vocab *v = NULL;
    tkc_error err;
    if (tkc_vocab_open_encoding(&v, encoding, &o, &err)) fail_msg("%s: %s", encoding, err.message);
    return v;
}

typedef struct fixture {
    tkc_vocab *v;
    tkc_encoder *e;
    tkc_count_target t;
} fixture;

static fixture open_target(const char *provider, const char *model, const char *encoding, tkc_class cls)
{
    fixture f = {.v = vocab_of(encoding)};
    tkc_error err;
    assert_int_equal(tkc_encoder_new(&f.e, f.v, NULL, &err), TKC_OK);
    f.t = (tkc_count_target){.struct_size = sizeof f.t, .encoder = f.e, .provider = provider,
                             .model = model, .encoding = encoding, .cls = cls,
                             .year = 2026, .month = 11, .day = 24};
    return f;
}

static void close_target(fixture *f)
{
    tkc_encoder_free(f->e);
    tkc_vocab_close(f->v);
}

static void openai_cases(void **state)
{
    static const char *const model[][2] = {{"gpt-4o", "o200k_base"}, {"gpt-3.5-turbo", "cl100k_base"}};
    size_t len, n = 0;
    char *file = tkt_read_file("tests/data/requests/openai_counts.jsonl", &len);
    (void)state;
    assert_non_null(file);
    for (size_t m = 0; m < 2; m++) {
        fixture f = open_target("openai", model[m][0], model[m][1], TKC_CLASS_EXACT);
        tkc_request r;
        tkc_request_count c;
        char *at = file;
        tkc_request_init(&r, NULL);
        tkc_request_count_init(&c, NULL);
        while (at < file + len) {
            char *end = memchr(at, '\n', (size_t)(file + len - at));
            tkc_str line = {at, (size_t)(end - at)};
            tkc_error err;
            tkc_json d;
            uint64_t want;
            uint32_t only;
            tkc_json_init(&d, NULL);
            assert_int_equal(tkc_json_parse(&d, line, NULL, &err), TKC_OK);
            assert_true(tkc_json_u64(&d, tkc_json_get(&d, 0, "tokens", NULL), &want));
            only = tkc_json_get(&d, 0, "only", NULL);
            at = end + 1;
            /* The package's counts are gpt-4o's. */
            if (only == TKC_JSON_NONE ? m == 0 : tkc_json_is(&d, only, model[m][0])) {
                tkc_str body = tkc_json_source(&d, tkc_json_get(&d, 0, "request", NULL));
                if (tkc_request_read(&r, body, NULL, &err)) fail_msg("%s", err.message);
                if (tkc_count_request(&c, &r, &f.t, &err)) fail_msg("%s", err.message);
                if (c.sum.tokens != want)
                    fail_msg("%s: expected %lu, got %lu: %.*s", model[m][0], (unsigned long)want,
                             (unsigned long)c.sum.tokens, (int)body.len, body.ptr);
                assert_true(c.sum.low <= want && want <= c.sum.high);
                n++;
            }
            tkc_json_release(&d);
        }
        tkc_request_count_release(&c);
        tkc_request_release(&r);
        close_target(&f);
    }
    free(file);
    assert_int_equal(n, 34); /* 33 of gpt-4o */
}

static uint64_t count_text(const fixture *f, const char *request, tkc_request_count *c, tkc_class *cls)
{
    tkc_request r;
    tkc_request_options o = {.struct_size = sizeof o};
    tkc_error err;
    uint64_t n;
    o.prefer = tkc_dialect_of_provider(f->t.provider);
    tkc_request_init(&r, NULL);
    if (tkc_request_read(&r, str(request), &o, &err)) fail_msg("%s: %s", request, err.message);
    if (tkc_count_request(c, &r, &f->t, &err)) fail_msg("%s: %s", request, err.message);
    n = c->sum.tokens;
    *cls = c->sum.cls;
    tkc_request_release(&r);
    return n;
}

static void classes(void **state)
{
    tkc_request_count c;
    tkc_class cls;
    fixture f = open_target("openai", "gpt-4o", "o200k_base", TKC_CLASS_EXACT);
    (void)state;
    tkc_request_count_init(&c, NULL);
    assert_int_equal(count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}", &c, &cls), 8);
    assert_int_equal(cls, TKC_CLASS_RECONSTRUCTED);
    assert_int_equal(c.n_part, 1);
    assert_int_equal(c.part[0].tokens, 1);
    assert_int_equal(c.part[0].cls, TKC_CLASS_EXACT);
    assert_int_equal(c.framing.tokens, 7);
    /* An image by address: a range, so an estimate. */
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"x.example\"}}]}]}", &c, &cls);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    assert_true(c.sum.low < c.sum.high);
    assert_false(c.is_lower_bound);
    count_text(&f, "{\"input\":\"hi\",\"previous_response_id\":\"r\"}", &c, &cls);
    assert_true(c.is_lower_bound);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"zzz\":\"unknown text\"}", &c, &cls);
    assert_int_equal(c.part[1].low, 0);
    assert_true(c.part[1].tokens > 0);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    /* what a search will bring is not here */
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"web_search_options\":{}}", &c, &cls);
    assert_true(c.is_lower_bound && cls == TKC_CLASS_ESTIMATE);
    /* texts alone: nothing around them; ids are as many as there are (o200k_base: hello, world) */
    assert_int_equal(count_text(&f, "{\"model\":\"text-embedding-3-small\",\"input\":\"hello world\"}", &c, &cls), 2);
    assert_int_equal(cls, TKC_CLASS_EXACT);
    assert_int_equal(count_text(&f, "{\"model\":\"m\",\"input\":[[1,2,3],\"hello world\",[4]],\"user\":\"me\"}", &c, &cls), 6);
    assert_int_equal(cls, TKC_CLASS_EXACT);
    assert_int_equal(count_text(&f, "{\"model\":\"m\",\"prompt\":[1,2,3]}", &c, &cls), 3);
    assert_int_equal(c.n_part, 1);
    assert_int_equal(cls, TKC_CLASS_EXACT);
    assert_int_equal(count_text(&f, "{\"model\":\"m\",\"prompt\":\"hello\",\"suffix\":\" world\"}", &c, &cls), 2);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    assert_int_equal(c.sum.low, 2);
    count_text(&f, "{\"model\":\"m\",\"input\":[1,true]}", &c, &cls);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    f.t.model = "gpt-5";
    assert_int_equal(count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}", &c, &cls), 8);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    assert_int_equal(c.sum.low, 8);
    assert_int_equal(c.sum.high, 12);
    f.t.provider = "nobody";
    f.t.model = "x";
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}", &c, &cls);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    /* Gemini's local rule adds nothing around texts. */
    f.t.provider = "google";
    f.t.model = "gemini-2.5-pro";
    assert_int_equal(count_text(&f, "{\"contents\":[{\"parts\":[{\"text\":\"hello\"},{\"text\":\" world\"}]}]}", &c, &cls), 2);
    assert_int_equal(cls, TKC_CLASS_EXACT);
    /* the same from an SDK: a config, and null for what is not set; settings are nothing that is read */
    assert_int_equal(count_text(&f, "{\"contents\":[{\"role\":null,\"parts\":[{\"inline_data\":null,\"text\":\"hello\",\"function_call\":null}]}],"
                                    "\"config\":{\"system_instruction\":[\" world\"],\"temperature\":0.5,\"stop_sequences\":[\"x\"],"
                                    "\"tools\":[{\"google_search\":null,\"function_declarations\":[{\"name\":\"f\",\"parameters\":"
                                    "{\"any_of\":null,\"description\":null},\"parameters_json_schema\":null}]}]}}", &c, &cls), 3);
    assert_int_equal(cls, TKC_CLASS_EXACT);
    count_text(&f, "{\"contents\":[{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{\"city\":\"Oslo\",\"n\":5}}}]}]}", &c, &cls);
    assert_int_equal(c.sum.tokens, 1 + 1 + 1 + 2); /* f, city, n, O|slo */
    f.t.provider = "anthropic";
    f.t.model = "claude-opus-5";
    assert_int_equal(count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"max_tokens\":1}", &c, &cls), 7);
    assert_int_equal(cls, TKC_CLASS_EXACT);
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello\"},"
                   "{\"type\":\"text\",\"text\":\"hello\"}]}]}", &c, &cls);
    assert_int_equal(c.sum.tokens, 8);
    assert_int_equal(c.sum.low, 7);
    assert_int_equal(c.sum.high, 11);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"tools\":[{\"name\":\"f\",\"input_schema\":{}}],\"tool_choice\":{\"type\":\"any\"}}", &c, &cls);
    assert_int_equal(c.framing.tokens, 6 + 406);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    tkc_request_count_release(&c);
    close_target(&f);
}

/* Every sample with every provider: counted, in its range, parts and framing add up. */
/* Counted again with what it was counted as: the same, whichever part each is said to have been. */
static void same_again(const fixture *f, const tkc_request *r, const tkc_request_count *had, const char *path)
{
    uint32_t part[512];
    tkc_counted known = {.r = r, .count = had, .part = part};
    tkc_request_count c;
    tkc_error err;
    tkc_request_count_init(&c, NULL);
    for (uint32_t shift = 0; shift < 3; shift++) {
        for (known.n = 0; known.n < r->n_part && known.n < sizeof part / sizeof *part; known.n++)
            part[known.n] = shift == 2 ? TKC_NO_PART : (uint32_t)known.n + shift;
        assert_int_equal(tkc_count_request_again(&c, r, &f->t, &known, &err), TKC_OK);
        assert_int_equal(c.n_part, had->n_part);
        assert_int_equal(c.is_lower_bound, had->is_lower_bound);
        for (size_t i = 0; i <= c.n_part; i++) {
            const tkc_token_range *a = i < c.n_part ? &c.part[i] : &c.sum, *b = i < c.n_part ? &had->part[i] : &had->sum;
            if (a->tokens != b->tokens || a->low != b->low || a->high != b->high || a->cls != b->cls)
                fail_msg("%s, shift %u: part %zu of %zu", path, shift, i, c.n_part);
        }
    }
    tkc_request_count_release(&c);
}

static void samples(void **state)
{
    static const char *const target[][2] = {{"openai", "gpt-4o"},     {"openai", "gpt-5-mini"},
                                            {"anthropic", "claude-opus-5"}, {"google", "gemini-2.5-pro"},
                                            {"cohere", "command-a"},  {"mistral", "x"}, {"", "?"}};
    fixture f = open_target("openai", "gpt-4o", "o200k_base", TKC_CLASS_EXACT);
    DIR *top = opendir("tests/data/requests");
    struct dirent *d, *e;
    tkc_request r;
    tkc_request_count c;
    size_t n = 0;
    (void)state;
    assert_non_null(top);
    tkc_request_init(&r, NULL);
    tkc_request_count_init(&c, NULL);
    while ((d = readdir(top)) != NULL) {
        char folder[200];
        DIR *in;
        if (strchr(d->d_name, '.')) continue;
        snprintf(folder, sizeof folder, "tests/data/requests/%.100s", d->d_name);
        in = opendir(folder);
        assert_non_null(in);
        while ((e = readdir(in)) != NULL) {
            char path[400], *text;
            size_t len;
            tkc_request_options o = {.struct_size = sizeof o};
            tkc_error err;
            if (e->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%.100s", folder, e->d_name);
            text = tkt_read_file(path, &len);
            assert_non_null(text);
            o.dialect = tkc_request_dialect_of_path(path);
            assert_int_equal(tkc_request_read(&r, (tkc_str){text, len}, &o, &err), TKC_OK);
            for (size_t t = 0; t < sizeof target / sizeof *target; t++) {
                uint64_t sum = 0;
                f.t.provider = target[t][0];
                f.t.model = target[t][1];
                if (tkc_count_request(&c, &r, &f.t, &err)) fail_msg("%s: %s", path, err.message);
                assert_int_equal(c.n_part, r.n_part);
                for (size_t i = 0; i < c.n_part; i++) {
                    const tkc_token_range *p = &c.part[i];
                    if (!(p->low <= p->tokens && p->tokens <= p->high)) fail_msg("%s: part %zu", path, i);
                    assert_true(c.sum.cls >= p->cls);
                    sum += p->tokens;
                }
                if (!(c.sum.low <= c.sum.tokens && c.sum.tokens <= c.sum.high))
                    fail_msg("%s, %s: %lu in %lu to %lu", path, target[t][1], (unsigned long)c.sum.tokens,
                             (unsigned long)c.sum.low, (unsigned long)c.sum.high);
                assert_int_equal(c.sum.tokens, sum + c.framing.tokens);
                assert_true(c.sum.rule != NULL);
                same_again(&f, &r, &c, path);
                n++;
            }
            free(text);
        }
        closedir(in);
    }
    closedir(top);
    assert_true(n >= 150 * 7);
    tkc_request_count_release(&c);
    tkc_request_release(&r);
    close_target(&f);
}

/* An open model: what is counted is what its template renders. */
static void by_template(void **state)
{
    fixture f = open_target("alibaba", "qwen3-8b", "qwen3", TKC_CLASS_EXACT);
    tkc_request_count c;
    tkc_class cls;
    uint64_t one, two;
    (void)state;
    tkc_request_count_init(&c, NULL);
    one = count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}", &c, &cls);
    assert_true(c.is_by_template);
    /* <|im_start|> user \n hello <|im_end|> \n <|im_start|> assistant \n */
    assert_int_equal(one, 9);
    two = count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello<|im_end|>\"}]}", &c, &cls);
    assert_true(two > one + 1); /* a user's marker is text here, and one token where servers encode the whole */
    assert_int_equal(c.sum.low, one + 1);
    assert_int_equal(c.sum.high, two);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"if (a[i] <|im_end| b) <think>\"}]}", &c, &cls);
    assert_int_equal(cls, TKC_CLASS_EXACT); /* no control token: that of "<think>" is read in any text */
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"persona\":\"x\"}", &c, &cls);
    assert_false(c.is_by_template);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    close_target(&f);
    /* a template that passes over tools says nothing of a request with some */
    f = open_target("01-ai", "yi-34b-chat", "yi", TKC_CLASS_EXACT);
    one = count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", &c, &cls);
    assert_true(c.is_by_template);
    two = count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"tools\":[{\"type\":\"function\",\"function\":"
                         "{\"name\":\"look_up\",\"description\":\"Looks a word up in the book.\"}}]}", &c, &cls);
    assert_false(c.is_by_template);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    assert_true(two > one + 10);
    close_target(&f);
    /* a developer's message: Qwen's template passes over it (9, see above), some servers make it a system message:
     * <|im_start|> system \n Hi <|im_end|> \n */
    f = open_target("alibaba", "qwen3-8b", "qwen3", TKC_CLASS_EXACT);
    assert_int_equal(count_text(&f, "{\"messages\":[{\"role\":\"developer\",\"content\":\"Hi\"},{\"role\":\"user\",\"content\":\"hello\"}]}", &c, &cls), 9);
    assert_true(c.is_by_template);
    assert_int_equal(c.sum.low, 9);
    assert_int_equal(c.sum.high, 9 + 6);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    close_target(&f);
    /* gpt-oss: the template ends a system text with two newlines, OpenAI's library does not */
    f = open_target("openai", "gpt-oss-20b", "o200k_harmony", TKC_CLASS_EXACT);
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}", &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_EXACT);
    one = count_text(&f, "{\"messages\":[{\"role\":\"system\",\"content\":\"Be brief\"},{\"role\":\"user\",\"content\":\"hello\"}]}", &c, &cls);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    assert_true(c.sum.low == one - 1 && c.sum.high == one);
    close_target(&f);
    /* DeepSeek: a call's arguments as sent, or as parsed and written again */
    f = open_target("deepseek", "deepseek-v3.1", "deepseek_v3_1", TKC_CLASS_EXACT);
#define CALLS(arguments) \
    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\"," \
    "\"function\":{\"name\":\"f\",\"arguments\":\"" arguments "\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r\"}]}"
    one = count_text(&f, CALLS("{\\\"a\\\": [1, 2.5]}"), &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_EXACT);
    two = count_text(&f, CALLS("{\\\"a\\\":[1,2.50]}"), &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_ESTIMATE);
    assert_true(c.sum.low <= one && one <= c.sum.high && c.sum.low <= two && two <= c.sum.high && one != two);
    (void)count_text(&f, CALLS("{bad"), &c, &cls);
    assert_true(c.is_by_template);
    (void)count_text(&f, CALLS(""), &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_ESTIMATE);
    (void)count_text(&f, CALLS("[1]"), &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_ESTIMATE);
#undef CALLS
    /* a thought without a text: the template leaves null out, vLLM makes it an empty text */
    (void)count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"r\"}]}", &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_ESTIMATE);
    (void)count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":\"r\"}]}", &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_EXACT);
    close_target(&f);
    /* Kimi writes the id of the call, wherever the tool's name stands */
    f = open_target("moonshot", "kimi-k2.5", "kimi_k2", TKC_CLASS_EXACT);
#define NAMED(result) \
    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"c123\",\"type\":\"function\"," \
    "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c123\"," result "}]}"
    one = count_text(&f, NAMED("\"content\":\"r\",\"name\":\"f\""), &c, &cls);
    two = count_text(&f, NAMED("\"name\":\"f\",\"content\":\"r\""), &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_EXACT && one == two);
    two = count_text(&f, NAMED("\"content\":\"r\""), &c, &cls); /* "tool" for "f" */
    assert_int_equal(one, two);
#undef NAMED
    close_target(&f);
    /* mistral-common reads no marker in a text */
    f = open_target("mistral", "mistral-nemo", "tekken", TKC_CLASS_EXACT);
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a [INST] b\"}]}", &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_EXACT);
    tkc_request_count_release(&c);
    close_target(&f);
}

/* by_template_servers.c looks for these before it counts a text twice. */
static void control_tokens_begin_alike(void **state)
{
    const tkc_template *t;
    size_t n = 0;
    (void)state;
    for (size_t i = 0; (t = tkc_template_at(i)) != NULL; i++) {
        const tkc_vocab_options o = {.struct_size = sizeof o, .data_dir = "vocab/data"};
        tkc_vocab *v = NULL;
        tkc_error err;
        if (tkc_vocab_open_encoding(&v, t->encoding, &o, &err)) continue; /* not in the tree */
        for (size_t id = 0; id < tkc_vocab_size(v); id++) {
            const tkc_str s = tkc_vocab_token(v, (uint32_t)id);
            if (!tkc_vocab_is_control(v, (uint32_t)id)) continue;
            if (!s.len || !(strchr("<[]", s.ptr[0]) || (s.len == 8 && memcmp(s.ptr, "/nothink", 8) == 0))) fail_msg("%s: %.*s", t->encoding, (int)s.len, s.ptr);
            n++;
        }
        tkc_vocab_close(v);
    }
    assert_true(n > 1000);
}

/* Tools that servers give to a template in another form than they were sent in. */
static void template_tools(void **state)
{
#define F_ "{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":\"object\"}}}"
    static const struct {
        const char *tools;
        int low, high; /* less and more than the tokens as sent; {0, 0}: exact */
    } want[] = {
        {"[" F_ "]", 0, 0},
        {"[" F_ "],\"tool_choice\":\"auto\"", 0, 0},
        {"[" F_ "],\"tool_choice\":\"required\"", 0, 0},
        {"[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":null,\"parameters\":{}}}]", 0, 0},
        /* , "description": null, "parameters": null */
        {"[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", 0, 10},
        {"[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\"}}]", 0, 5},
        /* another order */
        {"[{\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{}},\"type\":\"function\"}]", 0, 1},
        /* , "strict": true */
        {"[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{},\"strict\":true}}]", 3, 0},
        {"[" F_ "," F_ "],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", 31, 0},
        {"[" F_ "],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", 0, 0},
        {"[" F_ "],\"tool_choice\":\"none\"", 122 - 9, 0},
    };
    fixture f = open_target("alibaba", "qwen3-8b", "qwen3", TKC_CLASS_EXACT);
    tkc_request_count c;
    tkc_class cls;
    char text[1024];
    (void)state;
    tkc_request_count_init(&c, NULL);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        snprintf(text, sizeof text, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"tools\":%s}", want[i].tools);
        const uint64_t n = count_text(&f, text, &c, &cls);
        const tkc_class is = want[i].low || want[i].high ? TKC_CLASS_ESTIMATE : TKC_CLASS_EXACT;
        if (!c.is_by_template || cls != is || c.sum.low + (uint64_t)want[i].low != n || c.sum.high != n + (uint64_t)want[i].high)
            fail_msg("%s: %lu, %lu to %lu", text, (unsigned long)n, (unsigned long)c.sum.low, (unsigned long)c.sum.high);
    }
    tkc_request_count_release(&c);
    close_target(&f);
#undef F_
}

/* What a request tells the template, or the server in front of it. */
static void template_settings(void **state)
{
    static const char head[] = "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";
    static const struct {
        const char *more;
        uint64_t tokens, low, high; /* tokens 0: not by the template */
        tkc_class cls;
    } want[] = {
        {"}", 9, 9, 9, TKC_CLASS_EXACT},
        /* <think>\n\n</think>\n\n */
        {",\"chat_template_kwargs\":{\"enable_thinking\":false}}", 13, 13, 13, TKC_CLASS_EXACT},
        {",\"chat_template_kwargs\":{\"enable_thinking\":true}}", 9, 9, 9, TKC_CLASS_EXACT},
        {",\"chat_template_kwargs\":null}", 9, 9, 9, TKC_CLASS_EXACT},
        {",\"extra_body\":{\"top_k\":20,\"chat_template_kwargs\":{\"enable_thinking\":false}}}", 13, 13, 13,
         TKC_CLASS_EXACT},
        /* a variable that Qwen's template does not have */
        {",\"chat_template_kwargs\":{\"thinking\":false}}", 9, 9, 9, TKC_CLASS_EXACT},
        /* variables that it may have */
        {",\"chat_template_kwargs\":{\"enable_thinking\":\"no\"}}", 0, 0, 0, TKC_CLASS_ESTIMATE},
        {",\"chat_template_kwargs\":{\"add_vision_id\":true}}", 0, 0, 0, TKC_CLASS_ESTIMATE},
        {",\"chat_template_kwargs\":[]}", 0, 0, 0, TKC_CLASS_ESTIMATE},
        /* a provider's switches: what its server makes of them is not known */
        {",\"reasoning_effort\":\"high\"}", 9, 9, 13, TKC_CLASS_ESTIMATE},
        {",\"reasoning_effort\":\"none\"}", 13, 9, 13, TKC_CLASS_ESTIMATE},
        {",\"reasoning\":{\"effort\":\"low\"}}", 9, 9, 13, TKC_CLASS_ESTIMATE},
        {",\"reasoning\":{\"max_tokens\":100}}", 9, 9, 13, TKC_CLASS_ESTIMATE},
        {",\"thinking\":{\"type\":\"disabled\"}}", 13, 9, 13, TKC_CLASS_ESTIMATE},
        {",\"thinking\":{\"type\":\"enabled\"}}", 9, 9, 13, TKC_CLASS_ESTIMATE},
        {",\"extra_body\":{\"enable_thinking\":false}}", 13, 9, 13, TKC_CLASS_ESTIMATE},
        {",\"thinking\":{\"type\":\"enabled\"},\"reasoning_effort\":\"none\"}", 0, 0, 0, TKC_CLASS_ESTIMATE},
        {",\"thinking\":null,\"reasoning_effort\":null}", 9, 9, 9, TKC_CLASS_EXACT},
        /* texts that a server brings */
        {",\"safe_prompt\":true}", 0, 0, 0, TKC_CLASS_ESTIMATE},
        {",\"safe_prompt\":false}", 9, 9, 9, TKC_CLASS_EXACT},
        {",\"prompt_mode\":\"reasoning\"}", 0, 0, 0, TKC_CLASS_ESTIMATE},
        {",\"plugins\":[]}", 9, 9, 9, TKC_CLASS_EXACT},
        {",\"plugins\":[{\"id\":\"web\"}]}", 0, 0, 0, TKC_CLASS_ESTIMATE},
        {",\"web_search_options\":{}}", 0, 0, 0, TKC_CLASS_ESTIMATE},
    };
    fixture f = open_target("alibaba", "qwen3-8b", "qwen3", TKC_CLASS_EXACT);
    tkc_request_count c;
    tkc_class cls;
    char text[512];
    (void)state;
    tkc_request_count_init(&c, NULL);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        snprintf(text, sizeof text, "%s%s", head, want[i].more);
        const uint64_t n = count_text(&f, text, &c, &cls);
        if (c.is_by_template != (want[i].tokens != 0) || cls != want[i].cls) fail_msg("%s", text);
        if (want[i].tokens &&
            (n != want[i].tokens || c.sum.low != want[i].low || c.sum.high != want[i].high))
            fail_msg("%s: %lu, %lu to %lu", text, (unsigned long)n, (unsigned long)c.sum.low, (unsigned long)c.sum.high);
    }
    /* an answer that is to go on has no end, and calls of before tools are brought into form first */
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\","
                   "\"prefix\":true}]}", &c, &cls);
    assert_false(c.is_by_template);
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\","
                   "\"prefix\":false}]}", &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_EXACT);
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":null,"
                   "\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}},"
                   "{\"role\":\"function\",\"name\":\"f\",\"content\":\"1\"}]}", &c, &cls);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    close_target(&f);
    /* a template without switches is the same whatever they say */
    f = open_target("01-ai", "yi-34b-chat", "yi", TKC_CLASS_EXACT);
    count_text(&f, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"reasoning_effort\":\"high\"}", &c, &cls);
    assert_true(c.is_by_template && cls == TKC_CLASS_EXACT);
    tkc_request_count_release(&c);
    close_target(&f);
}

static void tools(void **state)
{
    static const char text[] =
        "[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"description\":\"Weather of a city\","
        "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}},"
        "{\"name\":\"mcp\",\"inputSchema\":{\"type\":\"object\",\"properties\":{}}},{\"nothing\":1},5]";
    fixture f = open_target("openai", "gpt-4o", "o200k_base", TKC_CLASS_EXACT);
    tkc_json d;
    tkc_error err;
    tkc_tool_cost cost;
    uint32_t at;
    (void)state;
    tkc_json_init(&d, NULL);
    assert_int_equal(tkc_json_parse(&d, str(text), NULL, &err), TKC_OK);
    at = tkc_json_first(&d, 0);
    assert_int_equal(tkc_count_tool(&cost, &d, at, &f.t, NULL, &err), TKC_OK);
    assert_int_equal(cost.name, 2);
    assert_int_equal(cost.description, 4);
    assert_int_equal(cost.sum.cls, TKC_CLASS_RECONSTRUCTED);
    assert_true(cost.sum.tokens > 15 && cost.sum.tokens < 40);
    f.t.provider = "anthropic";
    f.t.model = "claude-opus-5";
    assert_int_equal(tkc_count_tool(&cost, &d, at, &f.t, NULL, &err), TKC_OK);
    assert_int_equal(cost.sum.cls, TKC_CLASS_ESTIMATE);
    assert_int_equal(tkc_count_tools_once(&f.t).tokens, 286);
    f.t.provider = "google";
    assert_int_equal(tkc_count_tool(&cost, &d, at, &f.t, NULL, &err), TKC_OK);
    at = tkc_json_next(&d, 0, at);
    assert_int_equal(tkc_count_tool(&cost, &d, at, &f.t, NULL, &err), TKC_OK);
    at = tkc_json_next(&d, 0, at);
    assert_int_equal(tkc_count_tool(&cost, &d, at, &f.t, NULL, &err), TKC_E_FORMAT);
    assert_int_equal(err.offset, d.node[at].begin);
    at = tkc_json_next(&d, 0, at);
    assert_int_equal(tkc_count_tool(&cost, &d, at, &f.t, NULL, &err), TKC_E_FORMAT);
    tkc_json_release(&d);
    close_target(&f);
}

static const char *needle(void)
{
    return "the quick brown fox jumps over the lazy dog and the quick brown fox jumps over it again";
}

/* A text that a server may show its model is in the range of the whole, wherever it stands: the
 * request with it is likely to be larger than the one without, and may be by all of it. */
static void nothing_is_lost(void **state)
{
    /* %s: the text, or one letter */
    static const struct {
        const char *provider, *model, *request;
    } row[] = {
#define TOOL(schema)                                                                               \
    {"openai", "gpt-4o", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"tools\":[{\"type\":\"function\"," \
                         "\"function\":{\"name\":\"f\",\"parameters\":" schema "}}]}"}
        TOOL("{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":[{\"type\":\"string\",\"description\":\"%s\"}]}}}"),
        TOOL("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/b\"}},\"$defs\":{\"b\":{\"description\":\"%s\"}}}"),
        TOOL("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"default\":\"%s\"}}}"),
        TOOL("{\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[\"%s\"]}}}"),
        TOOL("{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"%s\":{}}}]}"),
#undef TOOL
        {"openai", "gpt-5", "{\"input\":\"a\",\"tools\":[{\"type\":\"namespace\",\"name\":\"n\",\"description\":\"d\","
                            "\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"description\":\"%s\"}]}]}"},
        {"openai", "gpt-5", "{\"input\":\"a\",\"tools\":[{\"type\":\"custom\",\"name\":\"n\",\"description\":\"d\","
                            "\"format\":{\"type\":\"grammar\",\"syntax\":\"lark\",\"definition\":\"%s\"}}]}"},
#define CLAUDE(block) {"anthropic", "claude-opus-5", "{\"messages\":[{\"role\":\"user\",\"content\":[" block "]}]}"}
        CLAUDE("{\"type\":\"document\",\"source\":{\"type\":\"content\",\"content\":\"%s\"}}"),
        CLAUDE("{\"type\":\"document\",\"source\":{\"type\":\"content\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}}"),
        CLAUDE("{\"type\":\"document\",\"source\":{\"type\":\"text\",\"data\":\"%s\"}}"),
        CLAUDE("{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":[{\"type\":\"document\","
               "\"source\":{\"type\":\"content\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}}]}"),
        CLAUDE("{\"type\":\"search_result\",\"source\":\"a\",\"title\":\"b\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}"),
#undef CLAUDE
        /* what Google's counter passes over */
#define GEMINI(parts, more) {"google", "gemini-2.5-pro", "{\"contents\":[{\"parts\":[" parts "]}]" more "}"}
#define TOOL(schema) GEMINI("{\"text\":\"a\"}", ",\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\"," schema "}]}]")
        TOOL("\"parameters\":{\"properties\":{\"a\":{\"anyOf\":[{\"description\":\"%s\"}]}}}"),
        TOOL("\"parameters\":{\"properties\":{\"a\":{\"pattern\":\"%s\"}}}"),
        TOOL("\"parametersJsonSchema\":{\"properties\":{\"a\":{\"description\":\"%s\"}}}"),
        GEMINI("{\"text\":\"a\"}", ",\"generationConfig\":{\"responseJsonSchema\":{\"description\":\"%s\"}}"),
        GEMINI("{\"functionCall\":{\"name\":\"f\",\"partialArgs\":[{\"stringValue\":\"%s\"}]}}", ""),
        GEMINI("{\"functionResponse\":{\"name\":\"f\",\"response\":{},\"parts\":[{\"text\":\"%s\"}]}}", ""),
#undef TOOL
#undef GEMINI
    };
    fixture f = open_target("openai", "gpt-4o", "o200k_base", TKC_CLASS_EXACT);
    tkc_request_count c;
    tkc_class cls;
    char text[2000];
    uint64_t one, all, high;
    size_t n;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_count(f.e, str(needle()), 0, &n, &err), TKC_OK);
    tkc_request_count_init(&c, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        f.t.provider = row[i].provider;
        f.t.model = row[i].model;
        snprintf(text, sizeof text, row[i].request, "a");
        one = count_text(&f, text, &c, &cls);
        high = c.sum.high;
        snprintf(text, sizeof text, row[i].request, needle());
        all = count_text(&f, text, &c, &cls);
        if (all < one + n / 2 || c.sum.high < high + n - 2)
            fail_msg("%s: %lu, without %lu, of %zu", text, (unsigned long)all, (unsigned long)one, n);
        assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    }
    /* Cohere's plan in front of calls is what its templates think there */
    f.t = (tkc_count_target){.struct_size = sizeof f.t, .encoder = f.e, .provider = "cohere", .model = "command-r7b-12-2024",
                             .encoding = "command_r", .cls = TKC_CLASS_EXACT, .year = 2026, .month = 11, .day = 24};
    for (size_t i = 0; i < 2; i++) {
        snprintf(text, sizeof text,
                 "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"tool_plan\":\"%s\",\"tool_calls\":["
                 "{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                 "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"b\"}]}", i ? needle() : "a");
        all = count_text(&f, text, &c, &cls);
        assert_true(c.is_by_template);
        if (!i) one = all;
    }
    assert_int_equal(all, one + n - 1);
    tkc_request_count_release(&c);
    close_target(&f);
}

/* The sums of google-genai 3.6.1's local tokenizer: its texts, one token each here. */
static void gemini_sums(void **state)
{
    static const struct {
        const char *more;
        uint64_t tokens;
        tkc_class cls;
    } row[] = {
        {"\"x\":0", 0, TKC_CLASS_EXACT},
        /* f, and of the schema: read, a, b, one, two */
        {"\"parameters\":{\"type\":\"OBJECT\",\"title\":\"no\",\"description\":\"read\",\"required\":[\"a\"],"
         "\"properties\":{\"a\":{\"type\":\"STRING\",\"default\":\"no\",\"enum\":[\"one\",\"two\"]}}}", 5, TKC_CLASS_EXACT},
        /* an example is read whole; a default's keys are no keywords */
        {"\"parameters\":{\"example\":{\"name\":\"one\",\"n\":[1,\"two\"]},\"default\":{\"description\":\"no\"}}", 4, TKC_CLASS_EXACT},
        /* properties that are called as keywords are */
        {"\"parameters\":{\"properties\":{\"properties\":{\"type\":\"STRING\",\"description\":\"one\"},\"required\":{}}}",
         3, TKC_CLASS_EXACT},
        {"\"parameters\":{\"items\":{\"items\":{\"format\":\"one\"}},\"minimum\":5},\"response\":{\"description\":\"two\"}", 2,
         TKC_CLASS_EXACT},
    };
    fixture f = open_target("google", "gemini-2.5-pro", "o200k_base", TKC_CLASS_EXACT);
    tkc_request_count c;
    tkc_class cls;
    char text[2000];
    (void)state;
    tkc_request_count_init(&c, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        snprintf(text, sizeof text, "{\"contents\":[],\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",%s}]}]}", row[i].more);
        if (count_text(&f, text, &c, &cls) != 1 + row[i].tokens || cls != row[i].cls)
            fail_msg("%s: %lu, %s", text, (unsigned long)c.sum.tokens, tkc_class_name(cls));
    }
    /* f and a, and the pictures that stand in the answer; Google's SDKs leave the padding out */
    count_text(&f, "{\"contents\":[{\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"response\":{\"a\":1},\"parts\":["
                   "{\"inlineData\":{\"mimeType\":\"image/gif\",\"data\":\"R0lGODlhGAAYAA\"}},"
                   "{\"fileData\":{\"mimeType\":\"image/png\",\"fileUri\":\"gs://x\"}}]}}]}]}", &c, &cls);
    assert_int_equal(c.sum.low, 2 + 258 + 258);
    assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    tkc_request_count_release(&c);
    close_target(&f);
}

/* Pictures in the places where they are not blocks of a message. A GIF of 56 x 56 px each. */
static void pictures(void **state)
{
#define GIF "R0lGODlhOAA4AAAA"
#define CLAUDE "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/gif\",\"data\":\"" GIF "\"}}"
    static const struct {
        const char *provider, *model, *request;
        uint64_t tokens;
        bool is_lower_bound;
    } row[] = {
        {"anthropic", "claude-opus-5", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"source\":{"
                                       "\"type\":\"content\",\"content\":[" CLAUDE "]}}]}]}", 4, false},
        {"anthropic", "claude-opus-5", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"a\","
                                       "\"content\":[" CLAUDE "]}]}]}", 4, false},
        {"openai", "gpt-5.2", "{\"input\":[{\"type\":\"image_generation_call\",\"id\":\"a\",\"result\":\"" GIF "\"}]}", 4, false},
        {"openai", "gpt-5.2", "{\"input\":[{\"type\":\"image_generation_call\",\"id\":\"a\",\"result\":null}]}", 0, true},
    };
    fixture f = open_target("openai", "gpt-4o", "o200k_base", TKC_CLASS_EXACT);
    tkc_request_count c;
    tkc_class cls;
    (void)state;
    tkc_request_count_init(&c, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        f.t.provider = row[i].provider;
        f.t.model = row[i].model;
        count_text(&f, row[i].request, &c, &cls);
        if (c.part[0].tokens != row[i].tokens || c.is_lower_bound != row[i].is_lower_bound)
            fail_msg("%s: %lu", row[i].request, (unsigned long)c.part[0].tokens);
        assert_int_equal(c.n_part, 1);
        assert_int_equal(cls, TKC_CLASS_ESTIMATE);
    }
    /* nor are the turns that Cohere's server keeps, and what its connectors find */
    f.t.provider = "cohere";
    f.t.model = "command-x";
    count_text(&f, "{\"message\":\"a\",\"conversation_id\":\"c\"}", &c, &cls);
    assert_true(c.is_lower_bound);
    count_text(&f, "{\"message\":\"a\",\"connectors\":[{\"id\":\"web-search\"}]}", &c, &cls);
    assert_true(c.is_lower_bound);
    count_text(&f, "{\"message\":\"a\",\"connectors\":[],\"conversation_id\":null}", &c, &cls);
    assert_false(c.is_lower_bound);
    /* the words that skills bring are not here; a container alone has none */
    f.t.provider = "anthropic";
    f.t.model = "claude-opus-5";
    count_text(&f, "{\"container\":{\"skills\":[{\"skill_id\":\"xlsx\"}]},\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", &c, &cls);
    assert_true(c.is_lower_bound);
    count_text(&f, "{\"container\":\"c\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", &c, &cls);
    assert_true(!c.is_lower_bound && cls == TKC_CLASS_EXACT);
    tkc_request_count_release(&c);
    close_target(&f);
#undef GIF
#undef CLAUDE
}

/* A tool of the provider's own is a short name for a long text. */
static void own_tools(void **state)
{
    static const struct {
        const char *provider, *model, *tool;
        uint64_t low, tokens, high; /* high: at least */
    } row[] = {
        {"anthropic", "claude-opus-5", "{\"type\":\"bash_20250124\",\"name\":\"bash\"}", 245, 245, 245},
        {"anthropic", "claude-opus-5", "{\"type\":\"text_editor_20250728\",\"name\":\"e\"}", 700, 700, 700},
        {"anthropic", "claude-opus-5", "{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}", 0, 0, 3000},
        {"openai", "gpt-5", "{\"type\":\"web_search\"}", 0, 0, 3000},
    };
    fixture f = open_target("openai", "gpt-5", "o200k_base", TKC_CLASS_EXACT);
    tkc_request_count c;
    tkc_class cls;
    char text[400];
    (void)state;
    tkc_request_count_init(&c, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        f.t.provider = row[i].provider;
        f.t.model = row[i].model;
        snprintf(text, sizeof text, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"tools\":[%s]}", row[i].tool);
        count_text(&f, text, &c, &cls);
        assert_int_equal(cls, TKC_CLASS_ESTIMATE);
        assert_int_equal(c.part[0].low, row[i].low);
        if (row[i].tokens) assert_int_equal(c.part[0].tokens, row[i].tokens);
        assert_true(c.part[0].high >= row[i].high);
    }
    /* the shape of an answer is none, nor a call, whatever their types */
    count_text(&f, "{\"contents\":[],\"generationConfig\":{\"responseSchema\":{\"type\":\"STRING\"}}}", &c, &cls);
    assert_true(c.part[0].tokens < 30 && c.part[0].high < 200);
    count_text(&f, "{\"input\":[{\"type\":\"web_search_call\",\"id\":\"a\",\"action\":{\"query\":\"b\"}}]}", &c, &cls);
    assert_true(c.part[0].high < 300);
    tkc_request_count_release(&c);
    close_target(&f);
}

/* Schemas nested deeper than anybody writes: bounded, and said to be an estimate. */
static void deep_schema(void **state)
{
    enum { DEEP = 100 };
    fixture f = open_target("openai", "gpt-4o", "o200k_base", TKC_CLASS_EXACT);
    char *text = malloc(80 * 400 + 400), *p = text;
    tkc_request_options o = {.struct_size = sizeof o, .max_depth = 5000};
    tkc_request r;
    tkc_request_count c;
    tkc_error err;
    (void)state;
    assert_non_null(text);
    p += sprintf(p, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"functions\":[{\"name\":\"f\",\"parameters\":");
    for (int i = 0; i < 300; i++) p += sprintf(p, "{\"type\":\"object\",\"properties\":{\"p\":");
    p += sprintf(p, "{\"type\":\"string\"}");
    for (int i = 0; i < 300; i++) p += sprintf(p, "}}");
    sprintf(p, "}]}");
    tkc_request_init(&r, NULL);
    tkc_request_count_init(&c, NULL);
    assert_int_equal(tkc_request_read(&r, str(text), &o, &err), TKC_OK);
    assert_int_equal(tkc_count_request(&c, &r, &f.t, &err), TKC_OK);
    assert_int_equal(c.sum.cls, TKC_CLASS_ESTIMATE);
    assert_true(c.sum.tokens > 500);
    tkc_request_count_release(&c);
    tkc_request_release(&r);
    close_target(&f);
    free(text);
}

static void refusals(void **state)
{
    fixture f = open_target("openai", "gpt-4o", "o200k_base", TKC_CLASS_EXACT);
    tkc_count_target none = {.struct_size = 1};
    tkc_request r;
    tkc_request_count c;
    tkc_error err;
    (void)state;
    tkc_request_init(&r, NULL);
    tkc_request_count_init(&c, NULL);
    assert_int_equal(tkc_request_read(&r, str("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":"
                                              "{\"url\":\"data:image/png;base64,R0lGODlhQAAgAIAA\"}}]}]}"), NULL, &err), TKC_OK);
    assert_int_equal(tkc_count_request(&c, &r, &none, &err), TKC_E_ARG);
    none = f.t;
    none.encoding = NULL;
    none.model = "qwen3-8b";
    assert_int_equal(tkc_count_request(&c, &r, &none, &err), TKC_E_ARG);
    assert_int_equal(tkc_count_request(&c, &r, &f.t, &err), TKC_E_FORMAT);
    assert_non_null(strstr(err.message, "GIF"));
    assert_int_equal(err.offset, r.part[0].begin);
    assert_int_equal(c.n_part, 0);
    tkc_request_count_release(&c);
    tkc_request_release(&r);
    close_target(&f);
}

static void out_of_memory(void **state)
{
    static const char *const model[][3] = {{"openai", "gpt-4o", "o200k_base"},
                                           {"google", "gemini-2.5-pro", "o200k_base"},
                                           {"anthropic", "claude-opus-5", "o200k_base"},
                                           {"alibaba", "qwen3-8b", "qwen3"},
                                           {"deepseek", "deepseek-v3.1", "deepseek_v3_1"},
                                           {"openai", "gpt-oss-20b", "o200k_harmony"}};
    static const char text[] =
        "{\"messages\":[{\"role\":\"system\",\"content\":\"S\\n1\"},{\"role\":\"user\",\"content\":\"a\\u00e9\"},"
        "{\"role\":\"assistant\",\"content\":\"b\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\","
        "\"parameters\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"description\":\"x\"}}}}},"
        "{\"type\":\"function\",\"function\":{\"name\":\"g\",\"strict\":true}}],\"tool_choice\":\"none\"}";
    /* DeepSeek's templates write no tools */
    static const char calls[] =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a<\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\","
        "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":[1]}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r\"}]}";
    (void)state;
    for (size_t m = 0; m < sizeof model / sizeof *model; m++) {
        fixture f = open_target(model[m][0], model[m][1], model[m][2], TKC_CLASS_EXACT);
        tkc_request r;
        tkc_error err;
        uint64_t want = 0;
        tkc_request_init(&r, NULL);
        assert_int_equal(tkc_request_read(&r, str(m < 4 ? text : calls), NULL, &err), TKC_OK);
        for (size_t n = 0;; n++) { /* 0: nothing is refused */
            fail_alloc a = {.fail_at = n};
            const tkc_allocator alloc = fail_alloc_of(&a);
            tkc_request_count c;
            tkc_status st;
            tkc_request_count_init(&c, &alloc);
            st = tkc_count_request(&c, &r, &f.t, &err);
            if (n == 0) want = c.sum.tokens;
            if (!st) assert_int_equal(c.sum.tokens, want);
            if (m >= 3 && !st) assert_true(c.is_by_template);
            tkc_request_count_release(&c);
            assert_int_equal(a.live, 0);
            assert_false(a.wrong_size);
            if (n && a.calls < n) {
                assert_int_equal(st, TKC_OK);
                assert_true(n > 2);
                break;
            }
            if (n) assert_int_equal(st, TKC_E_NOMEM);
        }
        tkc_request_release(&r);
        close_target(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(openai_cases), cmocka_unit_test(classes),
                                       cmocka_unit_test(samples),      cmocka_unit_test(by_template),
                                       cmocka_unit_test(template_settings), cmocka_unit_test(template_tools), cmocka_unit_test(control_tokens_begin_alike),
                                       cmocka_unit_test(tools),        cmocka_unit_test(deep_schema),
                                       cmocka_unit_test(nothing_is_lost), cmocka_unit_test(gemini_sums), cmocka_unit_test(pictures), cmocka_unit_test(own_tools),
                                       cmocka_unit_test(refusals),     cmocka_unit_test(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
