/*
 * count_request.h - the tokens of a whole request: every part, and what the provider puts
 * around them.
 *
 * Each part has a count, a range and a class; so has the framing. The sum has the weakest
 * class of its terms. What is where:
 *   OpenAI chat     role and message markers by the cookbook's rule, tools rendered as the
 *                   TypeScript the server makes of them: no difference on every API-checked
 *                   case known; models that were only fitted are an estimate with a range
 *   Anthropic       the frame of one message is known, that of more, and of tools, is not:
 *                   an estimate with a range
 *   Gemini          the vendor's own local rule: the sum over every text
 *   open models     the chat template rendered and encoded (templates/template.h)
 *   all others      content, and a range for the rest
 * Rows with their dates are in framing.def.
 *
 * Parts that are not there (a stored file, an id, encrypted reasoning) count 0 and make the
 * sum a lower bound, which is said.
 */
#ifndef TKC_OPTIMIZER_COUNT_REQUEST_H
#define TKC_OPTIMIZER_COUNT_REQUEST_H

#include "optimizer/media/media.h"
#include "optimizer/request/request.h"
#include "tokenizer/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_count_target {
    size_t struct_size;   /* sizeof(tkc_count_target) */
    tkc_encoder *encoder; /* of the model's vocabulary; used, so one thread */
    const char *provider; /* "openai"; "" where it is not known: then the request's shape says */
    const char *model;    /* as named; what stands before its last '/' is ignored */
    const char *encoding; /* the vocabulary's name, as its row has it: tkc_encoding.name */
    tkc_class cls;        /* of the vocabulary: tkc_encoding.cls */
    int year, month, day; /* for templates that print the date; 0: not given, and requests whose
                             template needs it are an estimate */
} tkc_count_target;       /* no string is NULL; all are borrowed for one call */

typedef struct tkc_request_count {
    tkc_token_range sum;
    tkc_token_range framing; /* everything that is in no part */
    tkc_token_range *part;   /* one each of the request's */
    size_t n_part, cap_part;
    bool is_lower_bound;  /* some of it cannot be seen from here */
    bool is_by_template;  /* rendered and encoded as a whole */
    const tkc_allocator *alloc;
} tkc_request_count;

/* No allocation. alloc NULL: malloc. Used for many requests, one thread at a time. */
TKC_API void tkc_request_count_init(tkc_request_count *c, const tkc_allocator *alloc);
TKC_API void tkc_request_count_release(tkc_request_count *c);

/* Counts the selected request of r into c, over what it held. r is only read, and c->part[i] is of
 * r->part[i]. TKC_E_FORMAT: a part is damaged (offset: its byte in the request); TKC_E_ARG: something
 * of the target is missing; TKC_E_LIMIT, TKC_E_NOMEM. On failure c has no parts. */
TKC_API TKC_MUST_USE tkc_status tkc_count_request(tkc_request_count *c, const tkc_request *r,
                                                  const tkc_count_target *t, tkc_error *err);

/* A request that was counted for the same target, and which of its parts each part of another one was: one the
 * other's bytes are not the same as is counted anew, so a wrong number costs time only. */
typedef struct tkc_counted {
    const tkc_request *r;
    const tkc_request_count *count;
    const uint32_t *part; /* n of them; TKC_NO_PART: none */
    size_t n;
} tkc_counted;

/* The same count, sooner, of a request that was made from one that was counted; NULL: as above. */
TKC_MUST_USE tkc_status tkc_count_request_again(tkc_request_count *c, const tkc_request *r, const tkc_count_target *t,
                                                const tkc_counted *counted, tkc_error *err);

/* What one tool definition costs, field by field, as the model's provider renders it. */
typedef struct tkc_tool_cost {
    tkc_token_range sum;
    uint64_t name, description, parameters; /* tokens of each alone; the sum has marks besides */
} tkc_tool_cost;
/* node: an object of doc with name, description and parameters (or input_schema,
 * inputSchema, parameter_definitions), or with those in "function", or one of the provider's own with its type alone.
 * TKC_E_FORMAT: it is none. */
TKC_API TKC_MUST_USE tkc_status tkc_count_tool(tkc_tool_cost *out, const tkc_json *doc,
                                               uint32_t node, const tkc_count_target *t,
                                               const tkc_allocator *alloc, tkc_error *err);
/* What the provider adds once when there are tools at all. */
TKC_API tkc_token_range tkc_count_tools_once(const tkc_count_target *t);

#ifdef __cplusplus
}
#endif
#endif
