/* Lines of a log, and the texts in them: any bytes as records, played; values found in them; rules. */
#include "optimizer/audit/potential.h"
#include "optimizer/cache/volatile.h"

#include <stdlib.h>
#include <string.h>

static tkc_encoder *one_encoder(void *ctx, tkc_str provider, tkc_str model, tkc_class *cls, tkc_error *err)
{
    (void)provider;
    (void)model;
    (void)err;
    *cls = TKC_CLASS_EXACT;
    return ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tkc_vocab *v;
    static tkc_encoder *e;
    static tkc_cache_rules *rules;
    static tkc_prices *prices;
    const tkc_str all = {(const char *)data, size};
    tkc_volatile_scan scan;
    tkc_volatile value;
    size_t last = 0, line = 0;
    if (!e && (tkc_vocab_open_encoding(&v, "o200k_base", NULL, NULL) || tkc_encoder_new(&e, v, NULL, NULL) ||
               tkc_cache_rules_new(&rules, NULL, NULL) || tkc_prices_new(&prices, NULL, NULL)))
        abort();
    tkc_volatile_begin(&scan, all);
    while (tkc_volatile_next(&scan, &value)) {
        if (value.begin < last || value.end <= value.begin || value.end > size) abort();
        last = value.end;
    }
    if (size) (void)tkc_volatile_change(all, (tkc_str){all.ptr + 1, size - 1}, 0, &value);
    {
        tkc_cache_rules *mine;
        if (tkc_cache_rules_new(&mine, NULL, NULL) == TKC_OK) {
            tkc_error err;
            if (tkc_cache_rules_add(mine, all, &err) && !err.message[0]) abort();
            tkc_cache_rules_free(mine);
        }
    }
    const tkc_audit_reader_options ro = {.struct_size = sizeof ro, .rules = rules, .prices = prices, .encoder = one_encoder, .encoder_ctx = e,
                                         .today = 20261102};
    const tkc_audit_options ao = {.struct_size = sizeof ao, .prices = prices, .today = 20261102, .encoder = one_encoder, .encoder_ctx = e,
                                  .max_nodes = 20, .max_text = 4000};
    tkc_audit_reader *r;
    tkc_audit a;
    tkc_audit_record rec;
    if (tkc_audit_reader_new(&r, &ro, NULL)) return 0;
    if (tkc_audit_init(&a, &ao, NULL)) {
        tkc_audit_reader_free(r);
        return 0;
    }
    /* and the same laid out otherwise */
    tkc_audit_options other = ao;
    other.ttl = size & 1 ? 600 : 0;
    const tkc_potential_options po = {.struct_size = sizeof po, .audit = &other, .order = size & 2, .marks = !(size & 2) || size & 4, .best = size & 8,
                                      .max_bytes = size & 16 ? 600 : 0, .max_work = size & 32 ? 1 : 1 << 18};
    tkc_potential *p;
    if (tkc_potential_new(&p, &po, NULL)) abort();
    tkc_audit_record_init(&rec, NULL);
    for (size_t at = 0; at < size && line < 50; line++) {
        const char *nl = memchr(all.ptr + at, '\n', size - at);
        const size_t end = nl ? (size_t)(nl - all.ptr) : size;
        tkc_error err;
        tkc_audit_outcome out;
        if (!tkc_audit_read(r, (tkc_str){all.ptr + at, end - at}, &rec, &err)) {
            if (tkc_audit_add(&a, &rec, "f", line, &out, &err)) break;
            if (out.hit > out.input || out.hit > out.hit_high || out.written > out.input - out.hit) abort();
            if (tkc_potential_add(p, &rec, &out, &err)) abort();
        }
        at = end + 1;
    }
    if (a.wasted.pd > a.actual.pd) abort();
    tkc_audit laid;
    if (tkc_potential_finish(p, &laid, NULL)) abort();
    if (laid.requests != a.requests || laid.hit > laid.hit_high || laid.hit_high > laid.input) abort();
    if (po.best && !other.ttl && !a.n_unpriced && laid.actual.pd > a.actual.pd) abort();
    tkc_audit_release(&laid);
    tkc_potential_free(p);
    tkc_audit_record_release(&rec);
    tkc_audit_release(&a);
    tkc_audit_reader_free(r);
    return 0;
}
