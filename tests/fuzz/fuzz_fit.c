/*
 * fuzz_fit.c - any bytes as a request, made smaller. First byte: which passes, second: the budget.
 *
 * What cannot be read is refused with the reason. A result reads as the same dialect, has no more tokens,
 * is within the budget or said to be over it, is unchanged by a second run, and leads back to
 * the request byte for byte.
 */
#include "tests/fuzz/fuzz_support.h"

#include "optimizer/fit/fit.h"
#include "optimizer/fit/undo.h"

static tkc_encoder *encoder(void)
{
    static tkc_encoder *e;
    tkc_vocab *v = NULL;
    tkc_error err;
    if (!e) {
        NEED(tkc_vocab_open_encoding(&v, "o200k_base", NULL, &err) == TKC_OK);
        NEED(tkc_encoder_new(&e, v, NULL, &err) == TKC_OK);
    }
    return e;
}

static const tkc_cache_rule *rule(void)
{
    static tkc_cache_rules *r;
    tkc_error err;
    if (!r) NEED(tkc_cache_rules_new(&r, NULL, &err) == TKC_OK);
    return tkc_cache_rules_find(r, "anthropic", (tkc_str){"claude-opus-5", 13}, 0);
}

static void back(const tkc_fitting *f, tkc_str before)
{
    tkc_buf json;
    tkc_error err = {0};
    tkc_buf_init(&json, (size_t)1 << 26, NULL);
    NEED(tkc_undo_make(tkc_buf_str(&f->out), before, &json, NULL, &err) == TKC_OK); /* tries it */
    tkc_buf_release(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const name[8] = {"minify", "trim", "dedupe", "pack", "summarise", "budget", "layout", NULL};
    const char *pass;
    tkc_plan p = {.struct_size = sizeof p,
                  .target = {.struct_size = sizeof p.target, .encoder = encoder(), .provider = "", .model = "x",
                             .encoding = "o200k_base", .cls = TKC_CLASS_EXACT},
                  .rule = rule()};
    tkc_str text, pattern = {"must|never|[0-9]{3}", 19};
    tkc_fitting f, g;
    tkc_error err = {0};
    tkc_status st;
    if (size < 2 || size > 65536) return 0;
    pass = name[data[0] & 7];
    if (pass) {
        p.pass = &pass;
        p.n_pass = 1;
    }
    p.budget = data[1] ? (uint64_t)data[1] * 4 : 0;
    p.pack = data[0] & 8 ? 40 : 0;
    p.trim = data[0] & 8;
    p.allow_prefix_change = data[0] & 16;
    p.sort_tools = data[0] & 32;
    p.waive = data[1] & 1 ? ~0u : 0;
    p.protect = &pattern;
    p.n_protect = data[0] >> 6 & 1;
    text = (tkc_str){(const char *)data + 2, size - 2};
    tkc_fitting_init(&f, NULL);
    tkc_fitting_init(&g, NULL);
    st = tkc_fit_request(&f, text, TKC_DIALECT_AUTO, &p, &err);
    if (st) {
        NEED(err.message[0] && f.out.len == 0);
        /* A pass that does what it may not: that is what is looked for here. */
        NEED(strncmp(err.message, "pass ", 5) != 0);
    } else {
        NEED(f.after.tokens <= f.before.tokens);
        NEED(!p.budget || f.is_over || f.after.tokens <= p.budget);
        back(&f, text);
        if (!f.is_over) {
            st = tkc_fit_request(&g, tkc_buf_str(&f.out), TKC_DIALECT_AUTO, &p, &err);
            NEED(st == TKC_OK && g.dialect == f.dialect);
            NEED(g.out.len == f.out.len && (!f.out.len || memcmp(g.out.ptr, f.out.ptr, f.out.len) == 0));
        }
    }
    tkc_fitting_release(&f);
    tkc_fitting_release(&g);
    return 0;
}
