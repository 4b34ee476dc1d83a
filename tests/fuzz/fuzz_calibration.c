/*
 * fuzz_calibration.c - any bytes as a calibration file. What is taken is written as it was read,
 * and changes a count into one with low <= tokens <= high; what is refused says where and leaves
 * nothing behind.
 */
#include "tests/fuzz/fuzz_support.h"

#include "optimizer/count/calibrate.h"

static void use(const tkc_calibration *cal)
{
    tkc_part part[2] = {{.kind = TKC_PART_TEXT, .call = TKC_NO_PART}, {.kind = TKC_PART_IMAGE, .call = TKC_NO_PART}};
    tkc_token_range range[2] = {{.tokens = 900, .low = 800, .high = 1000, .cls = TKC_CLASS_ESTIMATE},
                                {.tokens = 85, .low = 85, .high = 1100, .cls = TKC_CLASS_ESTIMATE}};
    tkc_request r = {.part = part, .n_part = 2, .n_turn = 3};
    tkc_request_count c = {.part = range, .n_part = 2, .sum = {.tokens = 985, .cls = TKC_CLASS_ESTIMATE}};
    tkc_calibration_apply(cal, &r, &c);
    NEED(c.sum.low <= c.sum.tokens && c.sum.tokens <= c.sum.high && c.sum.cls >= TKC_CLASS_CALIBRATED);
    NEED(c.framing.low <= c.framing.tokens && c.framing.tokens <= c.framing.high);
    for (int i = 0; i < 2; i++)
        NEED(range[i].low <= range[i].tokens && range[i].tokens <= range[i].high);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tkc_calibrations all, back;
    tkc_buf out, twice;
    tkc_error err = {.offset = SIZE_MAX};
    tkc_status st;
    char *text = malloc(size + 1);
    NEED(text != NULL);
    if (size) memcpy(text, data, size);
    tkc_calibrations_init(&all, NULL);
    tkc_calibrations_init(&back, NULL);
    tkc_buf_init(&out, (size_t)1 << 24, NULL);
    tkc_buf_init(&twice, (size_t)1 << 24, NULL);
    st = tkc_calibrations_read(&all, (tkc_str){text, size}, &err);
    if (st) {
        need_refusal(st, &err, size);
        NEED(all.n == 0);
    } else {
        for (size_t i = 0; i < all.n; i++) use(&all.item[i]);
        NEED(tkc_calibrations_write(&all, &out, &err) == TKC_OK);
        if (tkc_calibrations_read(&back, tkc_buf_str(&out), &err) == TKC_OK) {
            NEED(back.n == all.n);
            NEED(tkc_calibrations_write(&back, &twice, &err) == TKC_OK);
            NEED(twice.len == out.len && memcmp(twice.ptr, out.ptr, out.len) == 0);
        }
    }
    tkc_calibrations_release(&all);
    tkc_calibrations_release(&back);
    tkc_buf_release(&out);
    tkc_buf_release(&twice);
    free(text);
    return 0;
}
