/*
 * calibrate.h - learns from an account's own records what a provider adds to a count.
 *
 * A record is a request and the prompt tokens the provider answered it has. Two things that a
 * single ratio mixes up are kept apart: how many real tokens one counted token of each kind
 * of content is (text, tool schemas, images ...), and what comes on top whatever the content
 * is (each request, each further message, having tools). So a request that is three times as
 * long does not get three times the overhead.
 *
 *     tokens = request + message * (messages - 1) + tools + framing + sum(ratio * counted)
 *
 * Half of the records (chosen by their number, so that a run can be repeated) is fitted:
 * least squares on relative errors, outliers bounded (Huber), drawn towards "as counted" by
 * a weak prior, which decides where the records say nothing. On the other half the error of
 * each is measured, in units of (tokens ^ power); the smallest error that ceil((n + 1) *
 * coverage) of the n are within is the interval's half width ("split conformal"). A new
 * request of the same account is then inside its interval with at least that probability,
 * and at most 1 / (n + 1) more, whatever the errors' distribution is. It is the coverage over
 * requests like those recorded, not of each single one; a request with a kind of content that
 * fewer than 8 records had, or far longer or shorter than any of them, stays an estimate.
 *
 * A calibration changes every count but exact ones: what it gives has the class calibrated.
 */
#ifndef TKC_OPTIMIZER_CALIBRATE_H
#define TKC_OPTIMIZER_CALIBRATE_H

#include "optimizer/count/count_request.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TKC_CALIBRATION_NAME = 128,   /* bytes of a model's name, with its NUL */
    TKC_CALIBRATION_FEW = 8,      /* records a kind of content needs for a ratio of its own */
    TKC_CALIBRATION_LEAST = 60,   /* records that any calibration needs, */
    TKC_CALIBRATION_MODELS = 1000 /* and models a file may hold */
};

typedef struct tkc_calibration {
    char model[TKC_CALIBRATION_NAME]; /* the registry's name of it */
    char made[11];                    /* "2026-11-26", or "" */
    uint32_t fitted, checked;         /* records of each half */
    double coverage;                  /* 0.9 */
    double request, message, tools;   /* tokens on top of the framing that is known */
    double ratio[TKC_N_PART_KIND];    /* real tokens for one counted */
    uint32_t records[TKC_N_PART_KIND]; /* of the fitted half that had such content */
    double spread, power;             /* half width: spread * tokens ^ power; power 0, 0.5 or 1 */
    uint64_t shortest, longest;       /* prompts seen */
    double error_before, error_after; /* median of |error| / tokens, of the checked half */
    char rule[80];                    /* for a count's rule: "calibrated on 312 records ..." */
} tkc_calibration;

/* Gathers records of one model. */
typedef struct tkc_calibrator {
    struct tkc_calibration_row *row;
    size_t n, cap;
    const tkc_allocator *alloc;
} tkc_calibrator;

TKC_API void tkc_calibrator_init(tkc_calibrator *c, const tkc_allocator *alloc);
TKC_API void tkc_calibrator_release(tkc_calibrator *c);
/* count is of the request as tkc_count_request() makes it, without a calibration; tokens is what
 * the provider counted, cached ones too. TKC_E_ARG: part of the prompt is not in the request
 * (a lower bound), or tokens is 0. TKC_E_LIMIT: 2^20 records. TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_calibrator_add(tkc_calibrator *c, const tkc_request *r,
                                                   const tkc_request_count *count, uint64_t tokens,
                                                   tkc_error *err);
/* How many records an interval of this coverage needs. */
TKC_API size_t tkc_calibrator_needed(double coverage);
/* Fits. coverage is 0.5 to 0.995. model and made of *out are the caller's to fill. TKC_E_NOTFOUND:
 * there are too few records; the message says how many are missing. */
TKC_API TKC_MUST_USE tkc_status tkc_calibrator_fit(tkc_calibrator *c, double coverage,
                                                   tkc_calibration *out, tkc_error *err);

/* Changes a count of request r, unless its class is exact. The parts are scaled by their ratios
 * and their ranges by the interval's; the interval's coverage is that of the sum. cal must outlive
 * the count: the rule points into it. */
TKC_API void tkc_calibration_apply(const tkc_calibration *cal, const tkc_request *r,
                                   tkc_request_count *count);

/* All calibrations of a file, the YAML that a person may read and edit. */
typedef struct tkc_calibrations {
    tkc_calibration *item;
    size_t n, cap;
    const tkc_allocator *alloc;
} tkc_calibrations;

TKC_API void tkc_calibrations_init(tkc_calibrations *all, const tkc_allocator *alloc);
TKC_API void tkc_calibrations_release(tkc_calibrations *all);
/* Adds those of a file's text; the last of two of one model counts. TKC_E_FORMAT (offset: the byte)
 * for what is no YAML, an unknown or missing key, a number out of its range. TKC_E_LIMIT,
 * TKC_E_NOMEM. On failure *all is as it was. */
TKC_API TKC_MUST_USE tkc_status tkc_calibrations_read(tkc_calibrations *all, tkc_str text,
                                                      tkc_error *err);
TKC_API TKC_MUST_USE tkc_status tkc_calibrations_write(const tkc_calibrations *all, tkc_buf *out,
                                                       tkc_error *err);
/* Replaces the one of that model, or adds it. TKC_E_LIMIT, TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_calibrations_put(tkc_calibrations *all,
                                                     const tkc_calibration *cal, tkc_error *err);
/* By the registry's name; NULL where there is none. */
TKC_API const tkc_calibration *tkc_calibrations_find(const tkc_calibrations *all,
                                                     const char *model);

/* Fills rule from the other members. */
TKC_API void tkc_calibration_set_rule(tkc_calibration *cal);

#ifdef __cplusplus
}
#endif
#endif
