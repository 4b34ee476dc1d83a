/*
 * calibrate.c - the fit, the interval, and what they make of a count.
 *
 * Thirteen coefficients at most, so the normal equations are solved directly (Cholesky) once
 * a round. Everything is divided by the count itself first: an error of 50 tokens in 10,000 is
 * as good as one of 5 in 1,000.
 */
#include "optimizer/count/calibrate.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST, MESSAGE, TOOLS, KIND, N_COEF = KIND + TKC_N_PART_KIND, ROUNDS = 12 };

typedef struct tkc_calibration_row {
    double x[N_COEF]; /* x[REQUEST] is 1 */
    double framing;   /* what is known to come on top */
    double counted;   /* all of it as counted: the scale of its error */
    double tokens;    /* the truth */
} row;

#define MOST_ROWS ((size_t)1 << 20)
/* How far a coefficient may be from "as counted" before the records must insist: the prior's
 * standard deviation. */
static const double prior_sd[4] = {300, 10, 300, 0.3};

void tkc_calibrator_init(tkc_calibrator *c, const tkc_allocator *alloc)
{
    *c = (tkc_calibrator){.alloc = tkc_allocator_or_default(alloc)};
}

void tkc_calibrator_release(tkc_calibrator *c)
{
    tkc_free(c->alloc, c->row, c->cap, sizeof *c->row);
    tkc_calibrator_init(c, c->alloc);
}

/* What a count is made of. */
static row features(const tkc_request *r, const tkc_request_count *count)
{
    row w = {.framing = (double)count->framing.tokens, .counted = (double)count->sum.tokens};
    w.x[REQUEST] = 1;
    w.x[MESSAGE] = r->n_turn > 1 ? (double)(r->n_turn - 1) : 0;
    for (size_t i = 0; i < count->n_part; i++) {
        w.x[KIND + r->part[i].kind] += (double)count->part[i].tokens;
        if (r->part[i].kind == TKC_PART_TOOL_SCHEMA && !(r->part[i].flags & TKC_PART_OUTPUT))
            w.x[TOOLS] = 1;
    }
    if (w.counted < 1) w.counted = 1;
    return w;
}

tkc_status tkc_calibrator_add(tkc_calibrator *c, const tkc_request *r,
                              const tkc_request_count *count, uint64_t tokens, tkc_error *err)
{
    row w;
    if (count->is_lower_bound)
        return tkc_fail(err, TKC_E_ARG, 0, "part of the prompt is not in the request (a stored file, an "
                                           "id, encrypted text)");
    if (!tokens) return tkc_fail(err, TKC_E_ARG, 0, "a record of 0 prompt tokens");
    w = features(r, count);
    w.tokens = (double)tokens;
    if (!tkc_grow(c->alloc, &c->row, &c->cap, c->n + 1, MOST_ROWS, sizeof *c->row))
        return c->n >= MOST_ROWS ? tkc_fail(err, TKC_E_LIMIT, 0, "more than %zu records, the limit here",
                                            MOST_ROWS)
                                 : tkc_nomem(err);
    c->row[c->n++] = w;
    return TKC_OK;
}

size_t tkc_calibrator_needed(double coverage)
{
    /* The quantile ceil((n + 1) * coverage) must be one of the n of the checked half. */
    double least = ceil(coverage / (1 - coverage));
    return 2 * least > TKC_CALIBRATION_LEAST ? 2 * (size_t)least : TKC_CALIBRATION_LEAST;
}

/* --- the fit ------------------------------------------------------------------------------ */

static double predict(const double *coef, const row *w)
{
    double y = w->framing;
    for (int k = 0; k < N_COEF; k++) y += coef[k] * w->x[k];
    return y > 1 ? y : 1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *x, size_t n)
{
    if (!n) return 0;
    qsort(x, n, sizeof *x, by_value);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* Solves a * x = b for a symmetric positive definite a, in place. */
static bool solve(double a[N_COEF][N_COEF], double *b)
{
    for (int i = 0; i < N_COEF; i++)
        for (int j = 0; j <= i; j++) {
            double s = a[i][j];
            for (int k = 0; k < j; k++) s -= a[i][k] * a[j][k];
            if (i == j) {
                if (!(s > 0)) return false;
                a[i][i] = sqrt(s);
            } else {
                a[i][j] = s / a[j][j];
            }
        }
    for (int i = 0; i < N_COEF; i++) {
        for (int k = 0; k < i; k++) b[i] -= a[i][k] * b[k];
        b[i] /= a[i][i];
    }
    for (int i = N_COEF; i-- > 0;) {
        for (int k = i + 1; k < N_COEF; k++) b[i] -= a[k][i] * b[k];
        b[i] /= a[i][i];
    }
    return true;
}

/* One round of least squares at noise sd; fixed coefficients stay at their prior. */
static bool fit_round(const row *w, size_t n, const bool *fixed, double sd, double *coef)
{
    double a[N_COEF][N_COEF] = {{0}}, b[N_COEF] = {0};
    for (size_t i = 0; i < n; i++) {
        double scale = w[i].counted, error, weight, rest;
        error = (w[i].tokens - predict(coef, &w[i])) / scale;
        /* Huber: beyond 1.345 sd an error counts by its size, not its square. */
        weight = fabs(error) > 1.345 * sd ? 1.345 * sd / fabs(error) : 1;
        weight /= scale * scale * sd * sd;
        rest = w[i].tokens - w[i].framing;
        for (int k = 0; k < N_COEF; k++)
            if (fixed[k]) rest -= (k >= KIND ? 1 : 0) * w[i].x[k];
        for (int k = 0; k < N_COEF; k++) {
            if (fixed[k] || w[i].x[k] == 0) continue;
            b[k] += weight * w[i].x[k] * rest;
            for (int m = 0; m <= k; m++)
                if (!fixed[m]) a[k][m] += weight * w[i].x[k] * w[i].x[m];
        }
    }
    for (int k = 0; k < N_COEF; k++) {
        double s = prior_sd[k < KIND ? k : 3];
        a[k][k] += 1 / (s * s);
        b[k] += (k >= KIND ? 1 : 0) / (s * s);
    }
    if (!solve(a, b)) return false;
    memcpy(coef, b, sizeof b);
    return true;
}

static bool fit(const row *w, size_t n, const bool *fixed, double *error, double *coef)
{
    double sd = 0.05;
    for (int k = 0; k < N_COEF; k++) coef[k] = k >= KIND ? 1 : 0;
    for (int round = 0; round < ROUNDS; round++) {
        if (!fit_round(w, n, fixed, sd, coef)) return false;
        for (size_t i = 0; i < n; i++)
            error[i] = fabs(w[i].tokens - predict(coef, &w[i])) / w[i].counted;
        /* 1.4826 median is the sd of normal errors; never so small that the prior's numbers
         * are lost beside the records'. */
        sd = 1.4826 * median(error, n);
        if (sd < 1e-4) sd = 1e-4;
    }
    return true;
}

/* --- the interval ------------------------------------------------------------------------- */

static double power_of(double y, double power)
{
    return power == 0 ? 1 : power == 1 ? y : sqrt(y);
}

/* How errors grow with the count: the power under which the fitted half is most likely. */
static double choose_power(const row *w, size_t n, const double *coef)
{
    double best = 1, best_nll = INFINITY;
    for (int p = 0; p <= 2; p++) {
        double power = p / 2.0, sum = 0, logs = 0, nll;
        for (size_t i = 0; i < n; i++) {
            double y = predict(coef, &w[i]), s = power_of(y, power);
            sum += (w[i].tokens - y) * (w[i].tokens - y) / (s * s);
            logs += log(s);
        }
        nll = logs + (double)n / 2 * log(sum / (double)n + 1e-12);
        if (nll < best_nll) {
            best_nll = nll;
            best = power;
        }
    }
    return best;
}

/* Puts the fitted half in front: of each two records one, by a fixed hash of their number, so
 * that no period in a log falls together with the halves. */
static size_t split(row *w, size_t n)
{
    size_t front = 0;
    for (size_t i = 0; i + 1 < n; i += 2) {
        uint64_t h = (i / 2 + 1) * UINT64_C(0x9e3779b97f4a7c15);
        h = (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
        if (h >> 63) {
            row t = w[i];
            w[i] = w[i + 1];
            w[i + 1] = t;
        }
    }
    /* Now the even ones; an odd number's last goes to the checked half. */
    for (size_t i = 0; i + 1 < n; i += 2, front++) {
        row t = w[front];
        w[front] = w[i];
        w[i] = t;
    }
    return front;
}

tkc_status tkc_calibrator_fit(tkc_calibrator *c, double coverage, tkc_calibration *out, tkc_error *err)
{
    double coef[N_COEF], *error;
    bool fixed[N_COEF] = {false};
    size_t n_fit, n_check, rank, needed;
    const row *check;
    if (!(coverage >= 0.5 && coverage <= 0.995))
        return tkc_fail(err, TKC_E_ARG, 0, "coverage is 0.5 to 0.995");
    needed = tkc_calibrator_needed(coverage);
    if (c->n < needed)
        return tkc_fail(err, TKC_E_NOTFOUND, 0,
                        "%zu usable records; a %g %% interval needs %zu: %zu are missing", c->n,
                        coverage * 100, needed, needed - c->n);
    error = tkc_alloc(c->alloc, c->n, sizeof *error);
    if (!error) return tkc_nomem(err);
    memset(out, 0, sizeof *out);
    n_fit = split(c->row, c->n);
    n_check = c->n - n_fit;
    check = c->row + n_fit;
    out->fitted = (uint32_t)n_fit;
    out->checked = (uint32_t)n_check;
    out->coverage = coverage;
    for (int k = MESSAGE; k < N_COEF; k++) {
        size_t have = 0;
        for (size_t i = 0; i < n_fit; i++) have += c->row[i].x[k] > 0;
        fixed[k] = have < TKC_CALIBRATION_FEW;
        if (k >= KIND) out->records[k - KIND] = (uint32_t)have;
    }
    if (!fit(c->row, n_fit, fixed, error, coef)) {
        tkc_free(c->alloc, error, c->n, sizeof *error);
        return tkc_fail(err, TKC_E_ARG, 0, "the records determine no fit");
    }
    out->power = choose_power(c->row, n_fit, coef);
    out->request = coef[REQUEST];
    out->message = coef[MESSAGE];
    out->tools = coef[TOOLS];
    memcpy(out->ratio, coef + KIND, sizeof out->ratio);
    out->shortest = UINT64_MAX;
    for (size_t i = 0; i < c->n; i++) {
        uint64_t y = (uint64_t)c->row[i].tokens;
        if (y < out->shortest) out->shortest = y;
        if (y > out->longest) out->longest = y;
    }
    for (size_t i = 0; i < n_check; i++) error[i] = fabs(check[i].tokens - check[i].counted) / check[i].tokens;
    out->error_before = median(error, n_check);
    for (size_t i = 0; i < n_check; i++)
        error[i] = fabs(check[i].tokens - predict(coef, &check[i])) / check[i].tokens;
    out->error_after = median(error, n_check);
    for (size_t i = 0; i < n_check; i++) {
        double y = predict(coef, &check[i]);
        error[i] = fabs(check[i].tokens - y) / power_of(y, out->power);
    }
    qsort(error, n_check, sizeof *error, by_value);
    rank = (size_t)ceil((double)(n_check + 1) * coverage - 1e-9);
    out->spread = error[(rank > n_check ? n_check : rank) - 1];
    tkc_free(c->alloc, error, c->n, sizeof *error);
    tkc_calibration_set_rule(out);
    return TKC_OK;
}

/* --- applying ----------------------------------------------------------------------------- */

void tkc_calibration_set_rule(tkc_calibration *cal)
{
    snprintf(cal->rule, sizeof cal->rule, "calibrated on %u records, %g %% interval",
             (unsigned)(cal->fitted + cal->checked), cal->coverage * 100);
}

static uint64_t whole(double y)
{
    return y < 0 ? 0 : y > 9e15 ? (uint64_t)9e15 : (uint64_t)y;
}

void tkc_calibration_apply(const tkc_calibration *cal, const tkc_request *r, tkc_request_count *count)
{
    const row w = features(r, count);
    double coef[N_COEF] = {[REQUEST] = cal->request, [MESSAGE] = cal->message, [TOOLS] = cal->tools};
    double y, half, extra_low = 0, extra_high = 0, low, high, share;
    uint64_t parts = 0;
    tkc_class cls = TKC_CLASS_CALIBRATED;
    if (count->sum.cls == TKC_CLASS_EXACT) return;
    memcpy(coef + KIND, cal->ratio, sizeof cal->ratio);
    y = predict(coef, &w);
    half = cal->spread * power_of(y, cal->power);
    share = half / y;
    for (size_t i = 0; i < count->n_part; i++) {
        tkc_token_range *p = &count->part[i];
        int kind = r->part[i].kind;
        double t = cal->ratio[kind] * (double)p->tokens;
        if (p->tokens && cal->records[kind] < TKC_CALIBRATION_FEW) {
            /* The records say nothing about it: its own range comes on top. */
            extra_low += (double)p->tokens - (double)p->low;
            extra_high += (double)p->high - (double)p->tokens;
            if (p->cls > TKC_CLASS_RECONSTRUCTED) cls = TKC_CLASS_ESTIMATE;
        } else {
            p->tokens = whole(t + 0.5);
            p->low = whole(floor(t * (1 - share)));
            p->high = whole(ceil(t * (1 + share)));
            p->cls = TKC_CLASS_CALIBRATED;
            p->rule = cal->rule;
            p->checked = cal->made;
        }
        parts += p->tokens;
    }
    if (y * 2 < (double)cal->shortest || y > 2 * (double)cal->longest || count->is_lower_bound)
        cls = TKC_CLASS_ESTIMATE;
    low = floor(y - half - extra_low);
    high = ceil(y + half + extra_high);
    count->sum = (tkc_token_range){.tokens = whole(y + 0.5), .low = whole(low), .high = whole(high),
                                   .cls = cls, .rule = cal->rule, .checked = cal->made};
    /* What is in no part: it keeps the sum. */
    y = (double)count->sum.tokens - (double)parts;
    count->framing = (tkc_token_range){.tokens = whole(y), .low = whole(floor(y - half)),
                                       .high = whole(ceil(y + half)), .cls = cls,
                                       .rule = cal->rule, .checked = cal->made};
    if (count->framing.low > count->framing.tokens) count->framing.low = count->framing.tokens;
}
