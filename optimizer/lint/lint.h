/*
 * lint.h - prompt files checked by rules: what costs tokens for nothing, breaks the provider's
 * cache, contradicts itself, or is unsafe to send.
 *
 * A linter (one a thread) is fed one file after the other and reports findings through a
 * callback, sorted by place. Every kind of file (tkc_lint_kind) becomes segments: texts that a
 * model reads, each knowing the source byte of every one of its bytes, so that a finding in a
 * JSON or YAML string still has the line and column an editor shows.
 *
 * Rules are rows of rules.def. A finding about waste states tokens that were measured with the
 * encoder given here and is silent at 0. Nothing here opens a file: other files (includes) are
 * asked for through a callback.
 *
 * Lines and columns count from 1; a column counts code points (a byte that is not UTF-8 counts
 * as one), a byte order mark in front counts as none. Lines end in LF or CRLF.
 */
#ifndef TKC_OPTIMIZER_LINT_H
#define TKC_OPTIMIZER_LINT_H

#include "tokenizer/tokenizer.h"
#include "vocab/base/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_severity {
    TKC_LINT_ERROR = 0,
    TKC_LINT_WARNING,
    TKC_LINT_INFO
} tkc_severity;
TKC_API const char *tkc_severity_name(tkc_severity s); /* "error", "warning", "info"; static */

typedef enum tkc_fix_safety {
    TKC_FIX_NONE = 0,
    TKC_FIX_SAFE,  /* what the model reads means the same */
    TKC_FIX_UNSAFE /* a person should look at it */
} tkc_fix_safety;
TKC_API const char *tkc_fix_name(tkc_fix_safety f); /* "none", "safe", "unsafe"; static */

/* TKC_TC101 ... : indexes of rows, for code; users see id and name. */
typedef enum tkc_rule_id {
#define RULE(id, name, group, severity, state, fix, path, summary, why, bad, good, notes) TKC_##id,
#include "optimizer/lint/rules.def"
#undef RULE
    TKC_N_RULE
} tkc_rule_id;

typedef struct tkc_lint_rule {
    const char *id, *name, *group; /* "TC301", "pretty-json", "waste" */
    tkc_severity severity;         /* of most of its findings; a finding may differ */
    bool preview;                  /* new: on only when it is selected by id */
    tkc_fix_safety fix;            /* the best that its findings offer */
    const char *path;              /* how the examples' file would be called */
    const char *summary, *why, *bad, *good, *notes;
} tkc_lint_rule;
/* NULL after the last; sorted by id. */
TKC_API const tkc_lint_rule *tkc_lint_rule_at(size_t i);
/* By id ("TC301") or name ("pretty-json"), whole, in any case; TKC_N_RULE: there is none. */
TKC_API tkc_rule_id tkc_lint_rule_find(tkc_str id_or_name);

/* The numbers of rules that may be set: rows of rule_limits.def. */
typedef enum tkc_lint_limit_id {
#define LIMIT(rule, id, key, usual, least, most, summary) TKC_LINT_LIMIT_##id,
#include "optimizer/lint/rule_limits.def"
#undef LIMIT
    TKC_N_LINT_LIMIT
} tkc_lint_limit_id;
typedef struct tkc_lint_limit {
    tkc_rule_id rule;
    const char *key; /* "min-tokens" */
    uint64_t usual, least, most;
    const char *summary;
} tkc_lint_limit;
/* NULL after the last; sorted by rule. */
TKC_API const tkc_lint_limit *tkc_lint_limit_at(size_t i);

/* A set of rules: bit i is the row i. */
typedef uint64_t tkc_rule_set;
/* Errors and warnings without the preview rules, and without those that only speak when asked
 * (infos). */
TKC_API tkc_rule_set tkc_lint_default_rules(void);
/* Adds (or takes away) what a selector names: an id, a name, a group, the beginning of an id
 * ("TC3"), "ALL" (preview rules only by id or name), in any case. False: it names nothing. */
TKC_API bool tkc_lint_select(tkc_rule_set *set, tkc_str selector, bool on);

/* What a file is, told by its path and, for JSON, by its content. */
typedef enum tkc_lint_kind {
    TKC_LINT_AUTO = 0, /* for tkc_lint_kind_of(): not a prompt file by its name */
#define KIND(id, name, where, patterns, loader, templates, summary) TKC_LINT_##id,
#include "optimizer/lint/kinds/kinds.def"
#undef KIND
    TKC_N_LINT_KIND
} tkc_lint_kind;
TKC_API tkc_lint_kind tkc_lint_kind_of(const char *path);
TKC_API const char *tkc_lint_kind_name(tkc_lint_kind k); /* "agent-file"; static */
/* Its file names, blank-separated: whole ones, or "*" and an end; "": told by content only. *where: "", or
 * the folders in which such a file is a prompt, blank-separated ("prompts .claude/agents"). Static. */
TKC_API const char *tkc_lint_kind_patterns(tkc_lint_kind k, const char **where);

/* Bytes [begin, end) of the source become `with`. */
typedef struct tkc_lint_edit {
    size_t begin, end;
    tkc_str with;
} tkc_lint_edit;

/* On loan during the callback. */
typedef struct tkc_finding {
    tkc_rule_id rule;
    const char *id, *name; /* of the rule */
    tkc_severity severity;
    const char *message;   /* one line, lower case, control characters made printable; secrets redacted */
    size_t begin, end;     /* bytes of the source, begin <= end */
    uint32_t line, column, end_line, end_column;
    uint64_t tokens_saved; /* measured; 0 where the finding is not about waste */
    const char *encoding;  /* what measured, where the file names a model of another one than the options'; NULL */
    tkc_fix_safety fix;
    const tkc_lint_edit *edit; /* rising, not overlapping, all inside [begin, end) */
    size_t n_edit;
    char fingerprint[65]; /* SHA-256 (hex) of rule, name and the bytes found, blanks run together;
                             the second equal one in a file has its number in it too */
} tkc_finding;
/* Non-zero ends the file. */
typedef int (*tkc_finding_fn)(void *ctx, const tkc_finding *f);

/* For includes: the file `target` as named in `from`. path (cap bytes) gets one spelling for each
 * file, so that a cycle is seen. TKC_E_NOTFOUND, TKC_E_IO, TKC_E_LIMIT. */
typedef tkc_status (*tkc_lint_read_fn)(void *ctx, const char *from, tkc_str target, tkc_buf *out,
                                       char *path, size_t cap, tkc_error *err);

/* The encoder of a model that a file names, with its encoding's name (static, or as long as the encoder);
 * NULL: it cannot be had, or is the one of the options. On loan until the linter is freed. */
typedef tkc_encoder *(*tkc_lint_encoder_fn)(void *ctx, const char *model, const char **encoding);

typedef struct tkc_lint_options {
    size_t struct_size;   /* sizeof(tkc_lint_options) */
    const tkc_allocator *alloc;
    tkc_encoder *encoder; /* borrowed, used; NULL: rules that measure are silent */
    const char *model, *provider, *encoding; /* of the encoder; NULL: not known */
    tkc_lint_encoder_fn encoder_of; /* NULL: `encoder` counts all files. Budgets and records are always its own */
    void *encoder_ctx;
    bool inexact;         /* its counts are not exact */
    tkc_rule_set rules;   /* those that run; 0: the default ones */
    uint32_t today;       /* yyyymmdd, for dated tables; 0: their newest rows */
    const uint64_t *limits; /* TKC_N_LINT_LIMIT numbers, each within its row's bounds, copied; NULL: the usual ones */
    size_t max_bytes;     /* of a file; 0: 64 MiB */
    tkc_lint_read_fn read; /* NULL: includes are not followed */
    void *read_ctx;
} tkc_lint_options;

typedef struct tkc_lint_file {
    const char *path;    /* as reported; decides the kind */
    const char *name;    /* what fingerprints know it by, such as its path from the project's root; NULL: path */
    tkc_str bytes;       /* borrowed until tkc_lint_run() returns */
    tkc_lint_kind kind;  /* TKC_LINT_AUTO: by path and content, else text */
    uint64_t budget;     /* TC101: tokens the file may have; 0: no budget */
    uint64_t baseline;   /* TC102: tokens it had when it was recorded; 0: none */
    bool found;          /* come across in a folder, not named by anybody: JSON and YAML that hold no prompt
                            have no findings, and tkc_lint_last_kind() is TKC_LINT_AUTO then */
    uint64_t window;     /* TC103: the model's context window; 0: by the dated table */
} tkc_lint_file;

typedef struct tkc_linter tkc_linter;
TKC_API TKC_MUST_USE tkc_status tkc_linter_new(tkc_linter **out, const tkc_lint_options *opt,
                                               tkc_error *err);
TKC_API void tkc_linter_free(tkc_linter *l); /* NULL is fine */
/* Checks one file. TKC_E_LIMIT: it is too large; TKC_E_NOMEM, TKC_E_ARG. A file that is damaged
 * is no failure: it has findings (TC902) and is checked as text. */
TKC_API TKC_MUST_USE tkc_status tkc_lint_run(tkc_linter *l, const tkc_lint_file *f, tkc_finding_fn fn,
                                             void *ctx, tkc_error *err);
/* Of the file just checked: its kind, and the tokens of all its segments (framing left out). */
TKC_API tkc_lint_kind tkc_lint_last_kind(const tkc_linter *l);
TKC_API uint64_t tkc_lint_last_tokens(const tkc_linter *l);

/* Line and column of a byte, as above. */
typedef struct tkc_lint_place {
    uint32_t line, column;
} tkc_lint_place;
TKC_API tkc_lint_place tkc_lint_place_of(tkc_str source, size_t byte);

/* Applies the fixes of all findings that are at most as unsafe as `most`, and again to what comes
 * out until nothing changes (10 rounds at most). Of fixes that overlap the one that begins first
 * is made, of those the one with the lower rule. What a finding does not cover keeps every byte.
 * A round whose result can no longer be read as its kind is taken back. *n_fixed: how many fixes.
 * Appends the result to out. */
TKC_API TKC_MUST_USE tkc_status tkc_lint_fix(tkc_linter *l, const tkc_lint_file *f, tkc_fix_safety most,
                                             tkc_buf *out, size_t *n_fixed, tkc_error *err);

#ifdef __cplusplus
}
#endif

#endif
