/* work.h - one pass under way: what its helpers (pass.h) note, and the checks afterwards. */
#ifndef TKC_OPTIMIZER_FIT_WORK_H
#define TKC_OPTIMIZER_FIT_WORK_H

#include "optimizer/fit/fit.h"
#include "optimizer/fit/protect.h"

/* What happened to a part of the request before the pass. */
enum { TKC_WORK_EDITED = 1 << 0, TKC_WORK_REMOVED = 1 << 1, TKC_WORK_LOCKED = 1 << 2 };

typedef struct tkc_work {
    tkc_fitting *fit;
    tkc_edit edit;
    const tkc_request *r;
    const tkc_plan *plan;
    const tkc_pass *pass;
    tkc_protect *protect; /* NULL: no patterns */
    tkc_encoder *encoder;
    unsigned char *state; /* a part each */
    uint32_t *last;       /* its last REPLACE hunk, or UINT32_MAX */
    tkc_str *text;        /* its text, once asked for */
    size_t n_part;
    struct tkc_guarding *guarding; /* may be NULL */
    tkc_summary_memory *memory;    /* may be NULL */
    const tkc_request_count *count; /* of r; NULL: hunks do not know what stands in front of them */
    uint64_t *front;      /* of each part: tokens of those before it */
    struct tkc_work_block *block, *next_block; /* decoded texts; for the next one */
    tkc_buf scratch;
    tkc_pass_asked *asked; /* a part each, over all tries of a pass; may be NULL */
    size_t n_asked;
    const tkc_pass *blind; /* the last pass that found nothing, and in which texts */
    uint64_t blind_texts;
    size_t valid_part;    /* of a file, the part last seen to be UTF-8, plus 1 */
    bool uses_edit;       /* tkc_pass_edit() was asked for */
    const tkc_allocator *alloc;
} tkc_work;

void tkc_work_init(tkc_work *w, tkc_fitting *fit, const tkc_plan *plan, tkc_protect *protect);
/* For one pass over r. */
TKC_MUST_USE tkc_status tkc_work_begin(tkc_work *w, const tkc_request *r, const tkc_pass *pass,
                                       size_t first_free, tkc_error *err);
/* The texts of parts whose stretches were replaced go into the edits. */
TKC_MUST_USE tkc_status tkc_work_finish(tkc_work *w, tkc_error *err);
/* Of a pass with all its tries. */
void tkc_work_end(tkc_work *w);
void tkc_work_release(tkc_work *w);

/* check.c: old and new, what the pass said it did. TKC_E_FORMAT with what is wrong. */
TKC_MUST_USE tkc_status tkc_work_check(const tkc_work *w, const tkc_request *old,
                                       const tkc_request_count *old_count,
                                       const tkc_request *now,
                                       const tkc_request_count *now_count, size_t first_free,
                                       tkc_error *err);

/* Whether a model reads the same bytes in part i of a and part k of b: tools, images and files may differ in their cache mark. */
TKC_MUST_USE tkc_status tkc_same_for_model(const tkc_request *a, size_t i, const tkc_request *b, size_t k,
                                           const tkc_allocator *alloc, bool *same, tkc_error *err);

/* Appends to fit->text. */
TKC_MUST_USE tkc_status tkc_fitting_keep(tkc_fitting *f, tkc_str s, tkc_stretch *out, tkc_error *err);

#endif
