/* Lines of a log, and the texts in them: any bytes as records, played; values found in them; rules. */
#include "optimizer/audit/audit.h"
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
                                         .today = 20261102, .what_if = size % 4};
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
    tkc_audit_record_init(&rec, NULL);
    for (size_t at = 0; at < size && line < 50; line++) {
        const char *nl = memchr(all.ptr + at, '\n', size - at);
        const size_t end = nl ? (size_t)(nl - all.ptr) : size;
        tkc_error err;
        tkc_audit_outcome out;
        if (!tkc_audit_read(r, (tkc_str){all.ptr + at, end - at}, &rec, &err)) {
            if (tkc_audit_add(&a, &rec, "f", line, &out, &err)) break;
            if (out.hit > out.input || out.hit > out.hit_high || out.written > out.input - out.hit || out.potential > out.input) abort();
        }
        at = end + 1;
    }
    if (a.wasted.pd > a.actual.pd) abort();
    tkc_audit_record_release(&rec);
    tkc_audit_release(&a);
    tkc_audit_reader_free(r);
    return 0;
}
