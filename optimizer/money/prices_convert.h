/*
 * prices_convert.h - price lists of others as price files of ours.
 *
 * Reads litellm's model_prices_and_context_window.json, models.dev's api.json and genai-prices'
 * data.json, told apart by their fields, and writes the JSON form of a price file
 * (tkc_prices_add()), which a person can then read and change.
 */
#ifndef TKC_OPTIMIZER_PRICES_CONVERT_H
#define TKC_OPTIMIZER_PRICES_CONVERT_H

#include "vocab/base/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_prices_converted {
    const char *format; /* "litellm", "models.dev", "genai-prices"; static                      */
    size_t rows;
    size_t unpriced; /* models without a price a token, or with none but 0: nothing to say      */
    size_t rounded;  /* prices that were no whole number of picodollars a token (binary
                        fractions' dust, thirds of a cent): the nearest is written              */
    size_t left_out; /* rows with conditions this has no place for (hours, regions)             */
} tkc_prices_converted;

/* Appends the price file to out. TKC_E_NOTFOUND without a message: the text is JSON of none of
 * these shapes, or no JSON. TKC_E_FORMAT (offset: the byte): a price that is negative or no
 * number. TKC_E_LIMIT, TKC_E_NOMEM. On failure out is as it was. */
TKC_API TKC_MUST_USE tkc_status tkc_prices_convert(tkc_str text, tkc_buf *out,
                                                   tkc_prices_converted *what,
                                                   const tkc_allocator *alloc, tkc_error *err);

#ifdef __cplusplus
}
#endif
#endif
