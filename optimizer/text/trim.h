/*
 * trim.h - the instructions of a prompt without what they say twice or say nothing with.
 *
 * Each cut has a reason, and each is asked of the guard (guard.h) before it is made: no number, name,
 * id, code, quote, rule or negation goes unless it stands elsewhere. What the guard refuses is
 * listed with what would have been lost. Order is kept, all other bytes stay as they are, and
 * trimming what was trimmed changes nothing (but where lines were wrapped at a width that only a sentence
 * that went had: they are sentences of their own then; trim again). Of a list item that loses its first
 * sentence the mark stays.
 *
 *   DUPLICATE  a sentence with the same stems in the same order, the same negations, modals, limits
 *              and numbers as an earlier one; under another heading or lead-in only if it is specific (4 stems);
 *              not where it points back ("This", "It") or is an inner list item of another one
 *   NEAR       the same but for at most one stem in five; never a rule, since a guard's clause with
 *              another stem is another rule
 *   FILLER     "please", "it is important to note that", "in order to": off, or the short form
 *   POLITE     a sentence of greetings or thanks alone
 *   REFERENCE  "(see section 4)" where no heading has it
 *   EXAMPLE    an example beyond the first keep_examples; what it states is waived by asking for it
 *   BUDGET     a statement of which the guard finds every fact elsewhere, the least telling first,
 *              while the text has more than budget tokens; not one that addresses the reader, speaks
 *              of the answer, counts or compares, nor one that may be an order: only what surely
 *              states ("She lost it", "The sky is blue", "Ann sells the car")
 *
 * The last sentence that is left stays: providers refuse an empty text. Headings, lead-ins ("...:"), code, tables and protected bytes are never cut, nor
 * anything of a text that asks to be repeated word for word. The words of filler are English.
 */
#ifndef TKC_OPTIMIZER_TEXT_TRIM_H
#define TKC_OPTIMIZER_TEXT_TRIM_H

#include "optimizer/text/guard.h"
#include "tokenizer/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_trim_why {
    TKC_TRIM_DUPLICATE = 0,
    TKC_TRIM_NEAR,
    TKC_TRIM_FILLER,
    TKC_TRIM_POLITE,
    TKC_TRIM_REFERENCE,
    TKC_TRIM_EXAMPLE,
    TKC_TRIM_BUDGET,
    TKC_N_TRIM
} tkc_trim_why;

/* "duplicate", "near-duplicate", "filler", ...; static. */
TKC_API const char *tkc_trim_why_name(tkc_trim_why why);

typedef struct tkc_trim_range {
    size_t begin, end;
} tkc_trim_range;

typedef struct tkc_trim_options {
    size_t struct_size;             /* sizeof(tkc_trim_options)                                     */
    size_t budget;                  /* tokens to come down to; 0: only what is said twice or for nothing */
    size_t keep_examples;           /* the first ones stay; 0: all of them                          */
    const tkc_trim_range *protect;  /* bytes that stay, sorted, not overlapping                     */
    size_t n_protect;
    const tkc_str *elsewhere;       /* other texts of the request, where facts survive too          */
    size_t n_elsewhere;
    unsigned waive;                 /* TKC_GUARD_BIT of kinds that may be lost                      */
} tkc_trim_options;

/* text[begin, end) became put (static; usually empty). Sorted, not overlapping. */
typedef struct tkc_trim_cut {
    size_t begin, end;
    tkc_str put;
    tkc_trim_why why;
    size_t kept_begin, kept_end; /* DUPLICATE, NEAR: the sentence that stays; else 0, 0 */
} tkc_trim_cut;

/* A cut that the guard refused, for one of the facts it would have lost. */
typedef struct tkc_trim_refusal {
    size_t begin, end;           /* the cut  */
    size_t fact_begin, fact_end; /* the fact */
    tkc_fact_kind kind;
    tkc_trim_why why;
} tkc_trim_refusal;

typedef struct tkc_trimmed {
    tkc_buf text;
    tkc_trim_cut *cut;
    size_t n_cut, cap_cut;
    tkc_trim_refusal *refusal;
    size_t n_refusal, cap_refusal;
    size_t tokens_before, tokens_after; /* exact; 0 without an encoder */
    const tkc_allocator *alloc;
} tkc_trimmed;

TKC_API void tkc_trimmed_init(tkc_trimmed *t, const tkc_allocator *alloc);
TKC_API void tkc_trimmed_release(tkc_trimmed *t);

/* Forgets what out held. enc may be NULL where opt asks for no budget; opt may be NULL. The cuts
 * applied to text are out->text. TKC_E_ARG, TKC_E_LIMIT (2 GB), TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_trim(tkc_str text, const tkc_trim_options *opt, tkc_encoder *enc,
                                         tkc_trimmed *out, tkc_error *err);

#ifdef __cplusplus
}
#endif

#endif
