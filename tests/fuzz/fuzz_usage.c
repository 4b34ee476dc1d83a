/*
 * fuzz_usage.c - any bytes as a log of usage records or as a price file. First byte: which.
 *
 * A record that is taken must keep the promises: no token twice, none lost, the cost the sum of
 * its parts. A refusal has its code, a message and a byte of the line. A price file that is
 * refused leaves nothing behind.
 */
#include "tests/fuzz/fuzz_support.h"

#include "optimizer/money/cost.h"
#include "optimizer/money/prices_convert.h"

static void check_usage(const tkc_prices *p, const tkc_usage *u)
{
    tkc_cost_options opt = {.struct_size = sizeof opt, .now = tkc_moment_of_unix(1795496767)};
    tkc_error err = {0};
    tkc_cost c;
    tkc_status st;
    if (u->format == TKC_USAGE_NONE) return;
    if (!u->repeats) NEED(u->prompt == tkc_usage_prompt(u));
    NEED(u->mode < TKC_N_MODE && u->model.len <= 8192 && u->provider.len <= 8192);
    NEED(!u->has_at || u->at >= 0);
    st = tkc_cost_of(p, u, &opt, &c, &err);
    if (st) {
        NEED(st == TKC_E_LIMIT && err.message[0]);
        return;
    }
    NEED(strlen(c.why) < sizeof c.why && c.priced == (c.cls != TKC_COST_UNPRICED));
    NEED(c.cls == TKC_COST_EXACT || c.why[0]);
    if (c.priced) {
        uint64_t sum = 0;
        for (int i = 0; i < TKC_N_UNIT; i++) sum += c.part[i];
        NEED(sum == c.picodollars);
    }
}

static void read_log(tkc_str text)
{
    tkc_prices *p = NULL;
    tkc_usage_reader *r = NULL;
    tkc_json d;
    size_t line = 0;
    tkc_json_init(&d, NULL);
    NEED(tkc_prices_new(&p, NULL, NULL) == TKC_OK && tkc_usage_reader_new(&r, NULL, NULL) == TKC_OK);
    while (text.len) {
        const char *stop = memchr(text.ptr, '\n', text.len);
        tkc_str one = {text.ptr, stop ? (size_t)(stop - text.ptr) : text.len};
        tkc_json_limits limits = {.lone_surrogates = true};
        tkc_error err = {0};
        tkc_usage u;
        line++;
        if (tkc_json_parse(&d, one, &limits, &err) == TKC_OK) {
            tkc_status st = tkc_usage_read(r, &d, line, &u, &err);
            if (st)
                need_refusal(st, &err, one.len);
            else
                check_usage(p, &u);
        }
        if (line % 7 == 0) tkc_usage_reader_next_file(r);
        text.ptr += one.len + (stop != NULL);
        text.len -= one.len + (stop != NULL);
    }
    tkc_json_release(&d);
    tkc_usage_reader_free(r);
    tkc_prices_free(p);
}

/* Another project's list: what is made of it is a price file, or refused like one. */
static void convert(tkc_str text)
{
    tkc_prices *p = NULL;
    tkc_prices_converted what;
    tkc_buf out;
    tkc_error err = {0};
    tkc_status st;
    tkc_buf_init(&out, (size_t)1 << 24, NULL);
    st = tkc_prices_convert(text, &out, &what, NULL, &err);
    if (st) {
        NEED(out.len == 0 && (st == TKC_E_NOTFOUND || (err.code == st && err.message[0])));
    } else {
        NEED(tkc_prices_new(&p, NULL, NULL) == TKC_OK);
        st = tkc_prices_add(p, tkc_buf_str(&out), &err);
        if (st) need_refusal(st, &err, out.len);
        tkc_prices_free(p);
    }
    tkc_buf_release(&out);
}

static void read_prices(tkc_str text)
{
    tkc_prices *p = NULL;
    tkc_error err = {0};
    tkc_status st;
    NEED(tkc_prices_new(&p, NULL, NULL) == TKC_OK);
    st = tkc_prices_add(p, text, &err);
    if (st) {
        need_refusal(st, &err, text.len);
        NEED(!(tkc_prices_at(p, 0)->flags & TKC_PRICE_USER));
    }
    for (size_t i = 0; !st && tkc_prices_at(p, i)->flags & TKC_PRICE_USER; i++) {
        const tkc_price_row *row = tkc_prices_at(p, i);
        const tkc_str provider = {row->provider, strlen(row->provider)};
        const tkc_str model = {row->model, strlen(row->model)};
        tkc_price_model m;
        tkc_price_hit hit;
        NEED(row->days && row->first <= 1440 && row->last <= 1440 && row->mode < TKC_N_MODE);
        NEED(tkc_prices_source(p, row).what && tkc_prices_source(p, row).checked);
        if (tkc_prices_resolve(p, provider, model, &m, &err) == TKC_OK &&
            tkc_prices_find(p, &m, (tkc_mode)row->mode, tkc_moment_of_unix(1795496767), 5000, &hit, &err) == TKC_OK)
            NEED(hit.row);
        if (i == 100) break;
    }
    tkc_prices_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tkc_str text;
    if (size == 0) return 0;
    text = (tkc_str){(const char *)data + 1, size - 1};
    if (data[0] & 1) {
        read_prices(text);
        convert(text);
    }
    if (!(data[0] & 1)) read_log(text);
    return 0;
}
