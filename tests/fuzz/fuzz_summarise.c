/*
 * fuzz_summarise.c - any bytes as a conversation: lines are turns, a byte 1 ends the speaker. The
 * budget holds, picks are spans of their turns in order, a second run gives the same bytes.
 */
#include "tests/fuzz/fuzz_support.h"

#include "optimizer/text/summarise.h"
#include "vocab/vocab.h"

static void run(tkc_encoder *e, const tkc_said *t, size_t n, const tkc_summarise_options *opt, tkc_summary *s)
{
    tkc_error err = {0};
    size_t tokens, last = 0;
    NEED(tkc_summarise(e, t, n, opt, s, &err) == TKC_OK);
    NEED(tkc_count(e, tkc_buf_str(&s->text), 0, &tokens, &err) == TKC_OK);
    NEED(tokens == s->tokens && tokens <= opt->budget);
    for (size_t i = 0; i < s->n_pick; i++) {
        NEED(s->pick[i].turn >= last && s->pick[i].turn < n);
        last = s->pick[i].turn;
        NEED(s->pick[i].begin < s->pick[i].end && s->pick[i].end <= t[last].text.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tkc_vocab *v;
    static tkc_encoder *e;
    tkc_said t[64];
    size_t n = 0, at = 3;
    tkc_summarise_options opt = {.struct_size = sizeof opt};
    tkc_summary s, again;
    if (!e) NEED(tkc_vocab_open_encoding(&v, "o200k_base", NULL, NULL) == TKC_OK && tkc_encoder_new(&e, v, NULL, NULL) == TKC_OK);
    if (size < 3) return 0;
    opt.budget = data[0];
    opt.fill = data[1] & 1;
    opt.verbatim = data[1] & 2;
    while (at < size && n < 64) {
        const char *p = (const char *)data + at, *stop = memchr(p, 2, size - at), *who;
        size_t len = stop ? (size_t)(stop - p) : size - at;
        who = memchr(p, 1, len);
        t[n] = (tkc_said){{p, who ? (size_t)(who - p) : 0}, {who ? who + 1 : p, who ? len - (size_t)(who - p) - 1 : len}};
        n++;
        at += len + 1;
    }
    if (data[1] & 4 && n) {
        opt.previous = t[0].text;
        opt.n_previous = data[2] % (n + 1);
    } else if (n) opt.query = t[data[2] % n].text;
    tkc_summary_init(&s, NULL);
    tkc_summary_init(&again, NULL);
    run(e, t, n, &opt, &s);
    run(e, t, n, &opt, &again);
    NEED(s.text.len == again.text.len && (!s.text.len || !memcmp(s.text.ptr, again.text.ptr, s.text.len)));
    if (opt.previous.len && !s.renewed) NEED(s.text.len >= opt.previous.len && !memcmp(s.text.ptr, opt.previous.ptr, opt.previous.len));
    tkc_summary_release(&s);
    tkc_summary_release(&again);
    return 0;
}
