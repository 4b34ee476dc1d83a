/*
 * record.h - one line of a log as what a prompt cache sees of it: who, when, and the segments of
 * the prompt in the order the model reads them, each with its hash and tokens.
 *
 * Lines: our own {"at", "provider", "request", "usage", "tenant", "task", "id", "model"}; any
 * wrapper that optimizer/request reads (batch lines of OpenAI, Anthropic, Gemini, Bedrock);
 * observations of Langfuse and spans of OpenTelemetry (trace.h), told as usage.h tells them; a
 * request by itself, with the same names beside its own. "request" is the body as sent.
 *
 * A segment is a part of the request (request.h), or a setting: where a provider's rule says that
 * a change of settings throws a segment of the cache away, the settings stand in front of that
 * segment as one of 0 tokens, so that comparing prefixes is all that is left to do.
 *
 * Tokens are those of each part's own text in the model's vocabulary, of tools and calls their
 * JSON, of media the provider's rule; what the provider puts around them is not counted (it is
 * the same with and without a cache). A reader is for one thread; records are plain memory.
 */
#ifndef TKC_OPTIMIZER_AUDIT_RECORD_H
#define TKC_OPTIMIZER_AUDIT_RECORD_H

#include "optimizer/cache/rules.h"
#include "optimizer/money/prices.h"
#include "optimizer/request/request.h"
#include "tokenizer/tokenizer.h"
#include "vocab/registry.h"

typedef enum tkc_audit_zone {
    TKC_ZONE_TOOLS = 0,
    TKC_ZONE_SYSTEM,
    TKC_ZONE_MESSAGES
} tkc_audit_zone;

enum { TKC_MARK_NONE = 0, TKC_MARK_SHORT = 1, TKC_MARK_LONG = 2 };

typedef struct tkc_audit_segment {
    uint64_t hash[2];
    size_t text, text_len; /* in the record's bytes */
    size_t path, path_len; /* "messages[0].content"; settings: "" */
    uint32_t tokens;
    uint8_t kind, role, zone; /* tkc_part_kind, tkc_role, tkc_audit_zone */
    uint8_t mark;             /* a breakpoint behind it: TKC_MARK_* */
    bool is_setting;
    uint32_t block;           /* number of the content block; calls in a row are one */
} tkc_audit_segment;

/*
 * What of a prompt's beginning (its tools and system parts) could stand elsewhere: a tool; a text
 * without the values in it that change; each of those values. slot says what it is - the tool of this name, the
 * text of this place, the second clock in it - and is the same in every request that has one; hash
 * says which. Blanks do not count in it, nor the order of a tool's words.
 */
typedef struct tkc_audit_piece {
    uint64_t slot, hash;
    uint32_t tokens, seg;
    size_t text, text_len; /* of a text, in the record's bytes; else 0 */
} tkc_audit_piece;

typedef struct tkc_audit_record {
    int64_t at; /* Unix seconds */
    bool has_at;
    bool is_auto;   /* the provider sets a breakpoint by itself */
    bool is_long;   /* the request asks for the longer life */
    tkc_class cls;  /* of its counts */
    const tkc_cache_rule *rule; /* NULL: none is known */
    uint64_t id[2];             /* hash of its id; 0, 0: it has none */
    uint64_t content[2];        /* hash of the whole body */
    size_t tenant, tenant_len, task, task_len, provider, provider_len, model, model_len;
    tkc_mode mode;              /* what its usage says it is charged as; standard: nothing */
    bool unknown_tier;          /* it says one that nobody has prices for */
    uint64_t reported, reported_read; /* tokens of the prompt as the provider counted them, of these cached; 0: it does not say */
    size_t name, name_len;      /* the id as written */
    tkc_audit_segment *seg;
    size_t n_seg, cap_seg;
    tkc_audit_piece *piece; /* in the order of the segments */
    size_t n_piece, cap_piece;
    tkc_buf bytes; /* all of the above */
    const tkc_allocator *alloc;
} tkc_audit_record;

void tkc_audit_record_init(tkc_audit_record *r, const tkc_allocator *alloc);
void tkc_audit_record_release(tkc_audit_record *r);
static inline tkc_str tkc_audit_text(const tkc_audit_record *r, size_t at, size_t len)
{
    return tkc_str_part(tkc_buf_str(&r->bytes), at, len);
}

/* An encoder for a model, of the caller's thread; *cls how true its counts are. The model may be
 * unknown: then any, with TKC_CLASS_ESTIMATE. NULL: err is filled. */
typedef tkc_encoder *(*tkc_audit_encoder_fn)(void *ctx, tkc_str provider, tkc_str model,
                                             tkc_class *cls, tkc_error *err);

/* Counts of texts that were seen, 2 MB: prompts repeat. Readers of several threads may share one. */
typedef struct tkc_audit_memo tkc_audit_memo;
tkc_audit_memo *tkc_audit_memo_new(const tkc_allocator *alloc); /* NULL: no memory */
void tkc_audit_memo_free(tkc_audit_memo *m);

typedef struct tkc_audit_reader_options {
    size_t struct_size;
    tkc_audit_memo *memo; /* borrowed; NULL: one of its own */
    const tkc_cache_rules *rules;
    const tkc_prices *prices; /* for the names of providers */
    tkc_audit_encoder_fn encoder;
    void *encoder_ctx;
    tkc_str provider, model; /* for lines that name none */
    uint32_t asof;           /* yyyymmdd: rules of this day; 0: of each record's own, or today's */
    uint32_t today;
    const tkc_allocator *alloc;
} tkc_audit_reader_options;

typedef struct tkc_audit_reader tkc_audit_reader;
TKC_MUST_USE tkc_status tkc_audit_reader_new(tkc_audit_reader **out, const tkc_audit_reader_options *opt,
                                             tkc_error *err);
void tkc_audit_reader_free(tkc_audit_reader *r);
/* One line, or a request's file. TKC_E_FORMAT (offset: the byte): no JSON, no request in it;
 * TKC_E_NOTFOUND: the line holds no request (a usage record alone), which is no error of the
 * log; TKC_E_NOMEM. */
TKC_MUST_USE tkc_status tkc_audit_read(tkc_audit_reader *r, tkc_str line, tkc_audit_record *out,
                                       tkc_error *err);

/* Numbers the blocks that look-backs count: a run of calls or of results is one. */
void tkc_audit_number_blocks(tkc_audit_record *r);

/* When a line was sent, Unix seconds; false: it does not say, or is no JSON object. */
bool tkc_audit_line_time(tkc_audit_reader *r, tkc_str line, int64_t *at);

/* Hash of bytes behind a hash; for chains. */
void tkc_audit_hash(uint64_t out[2], const uint64_t seed[2], const void *ptr, size_t len);

#endif
