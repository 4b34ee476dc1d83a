/*
 * prices.h - what a token costs: which model, which day, which hour, how long a prompt.
 *
 * The list is made at development time from published packages (prices_data.def) and sits in
 * the library; a price file of the user's goes before it. Prices are whole picodollars a
 * token: dollars per million tokens with six decimals.
 *
 * A name is matched by the exact id, a listed other name, or either without a dated suffix
 * (-2025-08-07, -20250929, @20250929, -preview-05-20) or a Bedrock revision (-v1:0); case is
 * ignored. Never by likeness: what does not match is unpriced.
 *
 * A tkc_prices is built by one thread and may then be read by many.
 */
#ifndef TKC_OPTIMIZER_PRICES_H
#define TKC_OPTIMIZER_PRICES_H

#include "vocab/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is counted and paid. The units of one record do not overlap: a cached audio token is
 * AUDIO_READ and nothing else. */
typedef enum tkc_unit {
    TKC_UNIT_INPUT = 0, /* uncached prompt tokens that have no unit of their own   */
    TKC_UNIT_OUTPUT,    /* visible answer tokens                                   */
    TKC_UNIT_READ,      /* prompt tokens read from the provider's cache            */
    TKC_UNIT_WRITE_5M,  /* written to it: for 5 minutes, or for no stated time     */
    TKC_UNIT_WRITE_1H,  /* written to it for an hour                               */
    TKC_UNIT_REASONING, /* hidden answer tokens                                    */
    TKC_UNIT_AUDIO_IN,
    TKC_UNIT_AUDIO_READ,
    TKC_UNIT_AUDIO_OUT,
    TKC_UNIT_IMAGE_IN,
    TKC_UNIT_IMAGE_READ,
    TKC_UNIT_IMAGE_OUT,
    TKC_UNIT_VIDEO_IN,
    TKC_UNIT_VIDEO_OUT,
    TKC_UNIT_STORAGE, /* a token kept in an explicit cache for an hour           */
    TKC_N_TOKEN_UNIT,
    TKC_UNIT_REQUEST = TKC_N_TOKEN_UNIT,
    TKC_UNIT_SEARCH, /* a web search the provider made                          */
    TKC_N_UNIT
} tkc_unit;
/* "input", "cached", "cache_write_5m", ...: as in JSON and in price files; static. */
TKC_API const char *tkc_unit_name(tkc_unit u);
/* Is the unit part of the prompt? (The others are output, or no tokens.) */
TKC_API bool tkc_unit_is_input(tkc_unit u);

/* How a request was served; each may have prices of its own. */
typedef enum tkc_mode {
    TKC_MODE_STANDARD = 0,
    TKC_MODE_BATCH,
    TKC_MODE_FLEX,
    TKC_MODE_PRIORITY,
    TKC_MODE_FAST,
    TKC_N_MODE
} tkc_mode;
TKC_API const char *tkc_mode_name(tkc_mode m); /* "standard", "batch", ...; static */
TKC_API bool tkc_mode_find(tkc_str name, tkc_mode *out);

#define TKC_NO_PRICE UINT64_MAX

enum {
    TKC_PRICE_DISAGREE = 1 << 0, /* the sources say different prices: see prices_disagreements.tsv */
    TKC_PRICE_PARTIAL = 1 << 1,  /* the model is also charged by seconds, pages or characters     */
    TKC_PRICE_USER = 1 << 2      /* from a price file                                             */
};

/* One set of prices. Borrowed from the tkc_prices, or static. */
typedef struct tkc_price_row {
    const char *provider, *model;
    uint32_t token[TKC_N_TOKEN_UNIT]; /* picodollars; UINT32_MAX: none. Use tkc_price_of()       */
    uint64_t call[TKC_N_UNIT - TKC_N_TOKEN_UNIT];
    uint32_t from, to;    /* yyyymmdd UTC: first day, first day no longer; 0 is open             */
    uint32_t order;       /* of price files: a later row goes before an equal one                */
    uint32_t above;       /* holds where the prompt has more tokens than this                    */
    uint16_t first, last; /* minutes of the day, UTC, [first, last); 0, 0 is the whole day       */
    uint16_t source;      /* for tkc_price_source()                                              */
    uint8_t days;         /* bit 0 Monday ... bit 6 Sunday                                       */
    uint8_t mode, flags;  /* a tkc_mode; TKC_PRICE_*                                             */
} tkc_price_row;
/* Picodollars of one of u, or TKC_NO_PRICE. */
TKC_API uint64_t tkc_price_of(const tkc_price_row *row, tkc_unit u);

typedef struct tkc_price_source {
    const char *what;    /* package and version, or what the price file says */
    const char *checked; /* ISO date, or ""                                  */
} tkc_price_source;

typedef struct tkc_prices tkc_prices;
/* The built-in list. TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_prices_new(tkc_prices **out, const tkc_allocator *alloc,
                                               tkc_error *err);
TKC_API void tkc_prices_free(tkc_prices *p);
/*
 * Adds a price file: YAML, or JSON when it begins with '{'. Where a row of a file holds (its
 * day, hour and length of prompt), it takes the place of every built-in row of its provider,
 * model and mode; elsewhere the built-in rows stay. A row without above, days and hours so
 * replaces all tiers and peak prices of that model and mode.
 *
 *     prices:
 *       - provider: openai            # required, as model is
 *         model: gpt-5.4
 *         aliases: [our-gpt]          # other names, optional, as all below is
 *         mode: batch                 # standard, batch, flex, priority, fast
 *         above: 272000               # prompts longer than this
 *         valid_from: 2026-01-01
 *         valid_to: 2027-01-01        # the first day no longer
 *         hours: 01:00-04:00          # UTC
 *         days: mon-fri
 *         input: 2.50                 # dollars per million tokens; the names of tkc_unit_name()
 *         request: 0.005              # dollars each; so is search
 *         source: contract 17
 *         checked: 2026-11-01
 *
 * Each row needs a price. Nothing is added on failure. TKC_E_FORMAT with "line N: ..." and the
 * byte: an unknown key, a key twice, a price that is negative, not a number, has more than six
 * decimals (twelve for request and search) or is above 4294 dollars, a YAML anchor, a name
 * above 200 bytes. TKC_E_LIMIT above 200,000 rows. TKC_E_NOMEM.
 */
TKC_API TKC_MUST_USE tkc_status tkc_prices_add(tkc_prices *p, tkc_str text, tkc_error *err);

/* All rows: those of price files first, then the built-in ones by provider and model; NULL
 * after the last. */
TKC_API const tkc_price_row *tkc_prices_at(const tkc_prices *p, size_t i);
TKC_API tkc_price_source tkc_prices_source(const tkc_prices *p, const tkc_price_row *row);
/* The oldest day a built-in source was checked, yyyymmdd. */
TKC_API uint32_t tkc_prices_checked(void);
/* The provider's id in the list for a name such as "vertex_ai" or "bedrock"; NULL if unknown. */
TKC_API const char *tkc_prices_provider(const tkc_prices *p, tkc_str name);

typedef enum tkc_price_rule {
    TKC_PRICE_EXACT = 0,
    TKC_PRICE_ALIAS,
    TKC_PRICE_DATED
} tkc_price_rule;
TKC_API const char *tkc_price_rule_name(tkc_price_rule r); /* "exact id", ...; static */

/* What a name means. The strings live as long as the tkc_prices. */
typedef struct tkc_price_model {
    const char *provider, *model;
    tkc_price_rule rule;
} tkc_price_model;
/* provider may be empty: then one in front of the model ("openai/gpt-5"), the model's owner, Amazon for
 * names as Bedrock's ("us.anthropic.claude-..."), or the only seller. A cloud that sells an owner's models at the owner's prices (azure: openai)
 * is looked up there when it has no row. TKC_E_NOTFOUND with the reason: no such provider, no
 * such model, or several sellers. */
TKC_API TKC_MUST_USE tkc_status tkc_prices_resolve(const tkc_prices *p, tkc_str provider,
                                                   tkc_str model, tkc_price_model *out,
                                                   tkc_error *err);

/* The length of a model's name without -2025-08-07, -20250929, @20250929 or -preview-05-20, and
 * without Bedrock's revision (-v1:0, -v2); n if there is no such thing. */
TKC_API size_t tkc_price_undated(const char *name, size_t n);
TKC_API size_t tkc_price_without_revision(const char *name, size_t n);

/* A moment, UTC. */
typedef struct tkc_moment {
    uint32_t day;   /* yyyymmdd                                          */
    int minute;     /* of the day, 0..1439; -1: not known                */
    int weekday;    /* 0 Monday ... 6 Sunday                             */
} tkc_moment;
TKC_API tkc_moment tkc_moment_of_unix(int64_t seconds);
/* "2026-11-01", a real date from 1970 to 9999; false else. The minute is -1. */
TKC_API bool tkc_moment_of_date(tkc_str text, tkc_moment *out);
/* Days since 1970-01-01 of a yyyymmdd. */
TKC_API int64_t tkc_moment_days(uint32_t day);

typedef struct tkc_price_hit {
    const tkc_price_row *row;
    bool no_mode;     /* there is none for the mode asked: this one is standard              */
    bool hours_open;  /* the price depends on the hour, which is not known: the base price   */
} tkc_price_hit;
/* The row that holds at a moment for a prompt of that many tokens: a price file's before a
 * built-in one, one with hours before one without, the highest "above". m from
 * tkc_prices_resolve(). TKC_E_NOTFOUND: no row holds on that day. */
TKC_API TKC_MUST_USE tkc_status tkc_prices_find(const tkc_prices *p, const tkc_price_model *m,
                                                tkc_mode mode, tkc_moment when,
                                                uint64_t prompt_tokens, tkc_price_hit *out,
                                                tkc_error *err);

#ifdef __cplusplus
}
#endif
#endif
