/*
 * rules.h - what each provider's prompt cache does, as dated data.
 *
 * A rule says for a provider and an exact list of models, on a day: how long a prefix must be,
 * where an entry may end, how many entries a request may make and how far back one is looked
 * for, how long it lives, what writing and reading cost, and which change of a request throws
 * away which of its segments. Where sources contradict each other both values stand, as a range
 * {lo, hi}; what no source says is TKC_CACHE_UNKNOWN, never 0.
 *
 * Multipliers are per mille of the model's input price (writing at 1.25x is 1250); where the price
 * list (money/prices.h) has a price of its own for the model, that price counts and not these.
 * Built-in rows are rules.def; a user's file goes before them row by row. A tkc_cache_rules is
 * built by one thread and may then be read by many.
 */
#ifndef TKC_OPTIMIZER_CACHE_RULES_H
#define TKC_OPTIMIZER_CACHE_RULES_H

#include "vocab/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TKC_CACHE_UNKNOWN UINT32_MAX
/* For a TTL: until memory is needed. For a look-back: as far as there are blocks. */
#define TKC_CACHE_NO_END (UINT32_MAX - 1)

/* Two sources that agree: lo == hi. */
typedef struct tkc_cache_range {
    uint32_t lo, hi;
} tkc_cache_range;

/* Where an entry ends and how it is found. */
typedef enum tkc_cache_how {
    TKC_CACHE_PREFIX = 0,  /* automatic: the longest common prefix, in steps of `step` tokens       */
    TKC_CACHE_MARKS,       /* only behind breakpoints that the request has                          */
    TKC_CACHE_MARKS_AUTO,  /* behind breakpoints, and one the provider sets by itself               */
    TKC_CACHE_OBJECT,      /* a stored object that is named in the request                          */
    TKC_CACHE_BLOCKS,      /* served by oneself: a chain of whole blocks of `step` tokens           */
    TKC_CACHE_RADIX,       /* served by oneself: a tree, pages of `step` tokens                     */
    TKC_N_CACHE_HOW
} tkc_cache_how;
TKC_API const char *tkc_cache_how_name(tkc_cache_how h); /* "prefix", "marks", ...; static */

/* Segments of a request, as bits, for what a change invalidates. */
enum { TKC_CACHE_TOOLS = 1, TKC_CACHE_SYSTEM = 2, TKC_CACHE_MESSAGES = 4, TKC_CACHE_ALL = 7 };

/* Changes of a request's settings that throw cached segments away though their bytes stay. */
typedef enum tkc_cache_change {
    TKC_CHANGE_MODEL = 0,
    TKC_CHANGE_TOOLS,         /* a definition, or their order */
    TKC_CHANGE_TOOL_CHOICE,
    TKC_CHANGE_PARALLEL,      /* parallel tool calls on or off */
    TKC_CHANGE_IMAGES,        /* images come or go anywhere */
    TKC_CHANGE_THINKING,      /* thinking, effort, reasoning */
    TKC_CHANGE_SEARCH,        /* web search or citations on or off */
    TKC_CHANGE_SPEED,         /* fast mode */
    TKC_CHANGE_OUTPUT_SCHEMA,
    TKC_CHANGE_VERBOSITY,
    TKC_N_CACHE_CHANGE
} tkc_cache_change;
TKC_API const char *tkc_cache_change_name(tkc_cache_change c); /* "tool_choice", ...; static */

/* How long an entry lives, and what writing it costs. seconds.lo is what the provider promises,
 * hi the longest anybody saw. */
typedef struct tkc_cache_ttl {
    const char *name; /* "5m", "1h", "in_memory" ... as the request says it; "" the only one */
    tkc_cache_range seconds;
    uint32_t write_permille; /* 1000: an ordinary input token, nothing extra */
} tkc_cache_ttl;

enum { TKC_CACHE_MAX_TTL = 2 };

/* What a rule knows of is not all sure. */
typedef enum tkc_cache_confidence {
    TKC_CACHE_DOCUMENTED = 0, /* the provider's own page, or its source code           */
    TKC_CACHE_REPORTED,       /* by users or resellers                                 */
    TKC_CACHE_CONFLICT        /* sources contradict each other: the ranges say by what */
} tkc_cache_confidence;
TKC_API const char *tkc_cache_confidence_name(tkc_cache_confidence c);

typedef struct tkc_cache_rule {
    const char *provider; /* an id of the price list, or "vllm", "sglang", "tensorrt-llm", ...   */
    const char *models;   /* exact names, blanks between; "*": every model of the provider that
                             no other row names                                                */
    tkc_cache_how how;
    tkc_cache_range min_tokens; /* a shorter prefix is not cached; silently so nearly everywhere */
    bool min_visible;           /* the minimum counts visible tokens only                        */
    tkc_cache_range step;       /* cached lengths are multiples of it; 1: any length             */
    uint32_t max_breakpoints, max_writes; /* a request; 0: it has none                           */
    tkc_cache_range lookback;   /* how many blocks (MARKS) or breakpoints (MARKS_AUTO) before one
                                   an earlier entry is looked for                                */
    const char *order;          /* how the model reads it: "tools system messages"               */
    tkc_cache_ttl ttl[TKC_CACHE_MAX_TTL];
    uint32_t n_ttl;
    bool refresh;               /* a read makes the entry's life begin anew                      */
    tkc_cache_range read_permille;
    tkc_cache_range storage;    /* picodollars a token and hour, for OBJECT; 0: none             */
    const char *scope;          /* who shares entries: "workspace", "organisation", "server"     */
    const char *field;          /* how a request asks for it; "": it need not                    */
    const char *usage;          /* where the answer says what was cached                         */
    uint8_t invalidates[TKC_N_CACHE_CHANGE]; /* segments by change; TKC_CHANGE_MODEL is always all */
    uint32_t valid_from, valid_to; /* yyyymmdd: the first day, the first day no longer; 0: open  */
    const char *source, *checked;  /* where it says so, and when it was looked at (ISO)          */
    tkc_cache_confidence confidence;
    const char *note; /* what does not fit the fields */
    bool is_user;     /* from a file */
} tkc_cache_rule;

/* Whether entries end only where a request says so; else any beginning is one. */
static inline bool tkc_cache_by_marks(const tkc_cache_rule *r)
{
    return r->how == TKC_CACHE_MARKS || r->how == TKC_CACHE_MARKS_AUTO || r->how == TKC_CACHE_OBJECT;
}

typedef struct tkc_cache_rules tkc_cache_rules;
/* The built-in rows. TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_cache_rules_new(tkc_cache_rules **out, const tkc_allocator *alloc,
                                                    tkc_error *err);
TKC_API void tkc_cache_rules_free(tkc_cache_rules *r); /* NULL is fine */
/*
 * Adds a file of rules (YAML or JSON), which go before all others. Fields not given are those of
 * the row that held before for the same provider and first model, or for the provider ("like"
 * names another provider to start from):
 *
 *     rules:
 *       - provider: anthropic         # required
 *         models: [claude-opus-5]     # or "*", the default
 *         how: marks                  # prefix, marks, marks-auto, object, blocks, radix
 *         min_tokens: 512             # or [512, 1024], where it is not sure
 *         step: 1
 *         max_breakpoints: 4
 *         max_writes: 4
 *         lookback: 20
 *         order: tools system messages
 *         ttl: [300, 3600]            # seconds, at most two
 *         write: [1.25, 2]            # of the input price, one for each ttl
 *         read: 0.1                   # or [0.05, 0.1]
 *         invalidates: {tool_choice: messages, tools: all}   # or a list: [system, messages]
 *         valid_from: 2026-01-01
 *         valid_to: 2027-01-01
 *         source: our contract
 *         checked: 2026-11-01
 *         note: anything
 *
 * Nothing is added on failure. TKC_E_FORMAT: an unknown key, a value that is none; the message
 * names the rule (1-based) and the key. TKC_E_LIMIT above 10,000 rules. TKC_E_NOMEM.
 */
TKC_API TKC_MUST_USE tkc_status tkc_cache_rules_add(tkc_cache_rules *r, tkc_str text, tkc_error *err);

/* All rows, a file's first; NULL after the last. */
TKC_API const tkc_cache_rule *tkc_cache_rules_at(const tkc_cache_rules *r, size_t i);
/* The rule that holds for a model at a provider on a day (yyyymmdd; 0: the newest). provider is
 * an id of the price list (tkc_prices_provider() makes one of other spellings). The model is
 * compared without case, without what stands before its last '/', then without a dated suffix
 * or a cloud's prefix ("global.anthropic.claude-opus-5-v1:0"). provider "": the one that names
 * the model. NULL: no rule is known. */
TKC_API const tkc_cache_rule *tkc_cache_rules_find(const tkc_cache_rules *r, const char *provider,
                                                   tkc_str model, uint32_t day);
/* Whether the rule names this model itself, not by "*". */
TKC_API bool tkc_cache_rule_names(const tkc_cache_rule *rule, tkc_str model);

#ifdef __cplusplus
}
#endif

#endif
