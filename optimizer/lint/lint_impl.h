/*
 * lint_impl.h - what the files of the linter share: a file in segments, and how a detector
 * reports.
 *
 * The first failure stays in l->st and every function here does nothing after one. Detectors
 * look at segments, never at the file, so they do not know what kind it is. All arrays are the
 * linter's and are reused for the next file.
 */
#ifndef TKC_OPTIMIZER_LINT_IMPL_H
#define TKC_OPTIMIZER_LINT_IMPL_H

#include "optimizer/lint/lint.h"
#include "optimizer/request/read.h"
#include "optimizer/text/stem.h"
#include "vocab/base/ascii.h"
#include "vocab/base/utf8.h"

#include <stdio.h>
#include <string.h>

/* The ways in which variables are written. */
enum {
    LINT_T_BRACES = 1 << 0,     /* {{x}} */
    LINT_T_JINJA = 1 << 1,      /* {{ x.y | f }}, {% for %}, {# #} */
    LINT_T_HANDLEBARS = 1 << 2, /* {{#each x}}, {{/each}}, {{role "user"}} */
    LINT_T_DOLLAR = 1 << 3      /* ${input:x} */
};

/* Bytes of a segment's text from `text` on are the source's from src on; in a stretch that is not
 * verbatim they come from an escape, all of it. */
typedef struct lint_run {
    uint32_t text, src;
    bool verbatim;
} lint_run;

typedef enum lint_escape {
    LINT_RAW = 0,
    LINT_IN_JSON,  /* inside a JSON string */
    LINT_IN_BLOCK, /* a YAML block: no line may be added */
    LINT_IN_SCALAR /* any other YAML scalar: nothing but taking away */
} lint_escape;

enum {
    LINT_SEG_DATA = 1 << 0,   /* what a tool gave back, a document: nobody's instruction */
    LINT_SEG_SCHEMA = 1 << 1, /* JSON that is sent as such */
    LINT_SEG_AGAIN = 1 << 2,  /* a part of another segment: not counted again */
    LINT_SEG_META = 1 << 3,   /* a description, not the prompt itself */
    LINT_SEG_PLAIN = 1 << 4,  /* no Markdown */
    LINT_SEG_LAST = 1 << 5    /* of the last turn: no cache boundary behind it */
};

/* Code in a segment: a fenced block, or a span of backquotes. */
typedef struct lint_code {
    uint32_t begin, end;  /* with the fence */
    uint32_t from, to;    /* what is in it */
    bool is_fence, open;  /* never closed */
    tkc_str info;         /* "json" */
} lint_code;

typedef enum lint_var_kind {
    LINT_VAR = 0,
    LINT_VAR_OPEN,    /* {% for x in y %}, {{#each y}}: name is the block's word */
    LINT_VAR_CLOSE,   /* {% endfor %}, {{/each}} */
    LINT_VAR_OTHER    /* comment, else, include, set, literal */
} lint_var_kind;

typedef struct lint_var {
    uint32_t seg, begin, end; /* with the delimiters */
    lint_var_kind kind;
    tkc_str name;  /* of the variable (its first part), or of the block */
    tkc_str inner; /* all between the delimiters, trimmed */
    bool is_local; /* a loop's variable, set in the template, inside each */
} lint_var;

typedef struct lint_seg {
    tkc_str text;
    size_t begin, end; /* source bytes, a string's with its quotes */
    uint32_t run, n_run;
    uint32_t code, n_code;
    uint32_t var, n_var;
    uint32_t request;  /* which of the file's requests (a line of JSON Lines) */
    uint8_t role;      /* tkc_role */
    uint8_t escape;    /* lint_escape */
    uint16_t flags;
    uint32_t turn;
    size_t decoded;    /* offset into l->decoded, SIZE_MAX: text is a slice of the source */
} lint_seg;

/* A declared input. */
typedef struct lint_decl {
    tkc_str name;            /* in l->names once loading is done */
    size_t name_at;
    size_t begin, end;       /* of its key */
    size_t cut_begin, cut_end; /* the lines that declare it; equal: not known */
    bool sure;               /* unused is a finding, else it only resolves */
} lint_decl;

typedef struct lint_finding {
    uint8_t rule, severity, fix;
    bool dropped;
    size_t begin, end;
    size_t message; /* in l->messages, NUL-terminated */
    uint64_t saved;
    uint32_t edit, n_edit;
} lint_finding;

typedef struct lint_raw_edit {
    size_t begin, end;
    size_t with, len; /* in l->withs */
} lint_raw_edit;

enum { LINT_MEM = 17 };

struct tkc_linter {
    const tkc_allocator *alloc;
    tkc_lint_options opt;
    tkc_rule_set rules;
    uint64_t limit[TKC_N_LINT_LIMIT];
    tkc_encoder *encoder; /* of this file: its model's, else the options' */
    const char *encoding; /* NULL: the options' */
    uint32_t n_model;     /* models named */
    bool other_models;    /* it names models of two encodings */
    const tkc_lint_file *file;
    tkc_str src;
    tkc_lint_kind kind;
    unsigned templates; /* LINT_T_* */
    tkc_status st;
    tkc_error *err;
    bool broken;     /* could not be read as its kind */
    bool no_prompt;  /* JSON or YAML that is none */
    bool whole;      /* the file is the whole prompt, not a part of one */
    bool has_decl;   /* it declares its inputs */
    bool has_settings; /* it says something about the model */
    bool has_limit;  /* of output tokens */
    size_t settings_at; /* byte of the settings, for findings */
    uint64_t max_output;
    size_t body;     /* behind front matter */

    lint_seg *seg;
    size_t n_seg, cap_seg;
    lint_run *run;
    size_t n_run, cap_run;
    lint_code *code;
    size_t n_code, cap_code;
    lint_var *var;
    size_t n_var, cap_var;
    lint_decl *decl;
    size_t n_decl, cap_decl;
    lint_finding *found;
    size_t n_found, cap_found;
    lint_raw_edit *edit;
    size_t n_edit, cap_edit;
    tkc_lint_edit *out_edit;
    size_t cap_out_edit;
    tkc_buf decoded, names, messages, withs, scratch, scratch2, model;
    tkc_request req;  /* the request of a file, or of a line */
    tkc_request yaml; /* front matter and other YAML */
    tkc_json json;
    uint64_t tokens;  /* of all segments; UINT64_MAX: not counted yet */
    uint32_t n_request;
    struct tkc_cache_rules *cache_rules; /* made when they are first needed; so are the terms */
    tkc_terms *terms;
    tkc_term_list term_list;
    bool seen_ready; /* cache.c: the table of this file's tools */
    size_t n_seen;
    uint32_t n_file;  /* counts up: tables that know it need no clearing for each file */
    void *mem[LINT_MEM]; /* arrays of detectors, see lint_mem() */
    size_t mem_cap[LINT_MEM], mem_size[LINT_MEM];
};

static inline bool lint_on(const tkc_linter *l, tkc_rule_id rule)
{
    return (l->rules >> rule & 1) && !l->st;
}

/* --- reporting (report.c) ------------------------------------------------------------------ */

/* A finding about source bytes. NULL when the rule is off or after a failure. */
lint_finding *lint_report(tkc_linter *l, tkc_rule_id rule, size_t begin, size_t end, const char *fmt,
                          ...) TKC_PRINTF(5, 6);
/* The same about bytes [a, b) of a segment's text. */
lint_finding *lint_report_in(tkc_linter *l, tkc_rule_id rule, const lint_seg *s, size_t a, size_t b,
                             const char *fmt, ...) TKC_PRINTF(6, 7);
/* An edit of the newest finding, which f is; edits of one finding rise. The text's bytes [a, b)
 * become `with`, escaped as the place needs. False: it cannot be done there, the finding has no
 * fix then. */
bool lint_edit_in(tkc_linter *l, lint_finding *f, const lint_seg *s, size_t a, size_t b, tkc_str with,
                  tkc_fix_safety safety);
bool lint_edit_src(tkc_linter *l, lint_finding *f, size_t begin, size_t end, tkc_str with,
                   tkc_fix_safety safety);

/* Source byte of a text byte; of the end of what text[.. b) comes from. */
size_t lint_src(const tkc_linter *l, const lint_seg *s, size_t a);
size_t lint_src_end(const tkc_linter *l, const lint_seg *s, size_t b);

/* Tokens of a text; 0 without an encoder. */
uint64_t lint_count(tkc_linter *l, tkc_str text);
/* What replacing text[a, b) saves, measured over the lines around it; 0 where it saves nothing. */
uint64_t lint_saving(tkc_linter *l, tkc_str text, size_t a, size_t b, tkc_str with);
/* Of all segments. */
uint64_t lint_tokens(tkc_linter *l);

/* An array of a detector that lives as long as the linter, zeroed when it is made: slot 0 .. 16, each
 * for one kind of element, at least n elements of
 * size bytes. NULL: out of memory, l->st is set. */
void *lint_mem(tkc_linter *l, unsigned slot, size_t n, size_t size);

/* A power of two: n, between least and most (which are some). A table of the size of its text stays in
 * the processor's cache. */
static inline size_t lint_table_size(size_t n, size_t least, size_t most)
{
    while (least < n && least < most) least *= 2;
    return least;
}

/* --- segments (doc.c) ----------------------------------------------------------------------- */

/* Source bytes as they are. */
lint_seg *lint_add_raw(tkc_linter *l, tkc_role role, size_t begin, size_t end, unsigned flags);
/* A string node of a JSON text that begins at source byte `at`. */
lint_seg *lint_add_json(tkc_linter *l, const tkc_json *doc, uint32_t node, size_t at, tkc_role role,
                        unsigned flags);
/* A string node of YAML read into r, whose source begins at `at`. */
lint_seg *lint_add_yaml(tkc_linter *l, const tkc_request *r, uint32_t node, size_t at, tkc_role role,
                        unsigned flags);
/* After the last: texts get their final address, code and variables are found. */
void lint_segments_done(tkc_linter *l);
/* The code text[at] is in; NULL. */
const lint_code *lint_code_at(const tkc_linter *l, const lint_seg *s, size_t at);
/* A declared input; its name is copied. */
lint_decl *lint_declare(tkc_linter *l, tkc_str name, size_t begin, size_t end);
/* Reads source [begin, end) as YAML into l->yaml; false: TC902 was reported. */
bool lint_read_yaml(tkc_linter *l, size_t begin, size_t end);
/* The value of a member of an object of l->yaml; TKC_JSON_NONE. */
uint32_t lint_yaml_get(const tkc_linter *l, uint32_t object, const char *key);
/* template.c: variables of all segments. */
void lint_find_vars(tkc_linter *l);

/* A code point of a text that need not be UTF-8: a bad byte is U+FFFD of one byte. */
static inline uint32_t lint_char(tkc_str s, size_t at, unsigned *n)
{
    const unsigned char *p = (const unsigned char *)s.ptr + at;
    size_t left = s.len - at;
    uint32_t c = p[0];
    unsigned want = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    *n = 1;
    if (want == 1) return c;
    if (!want || want > left) return 0xfffd;
    c &= 0x7fu >> want;
    for (unsigned i = 1; i < want; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0xfffd;
        c = c << 6 | (p[i] & 0x3f);
    }
    if ((want == 3 && c < 0x800) || (want == 4 && (c < 0x10000 || c > 0x10ffff)) || (c & 0x1ff800) == 0xd800)
        return 0xfffd;
    *n = want;
    return c;
}

/* What a byte is, for walks over every byte: rules that skip words do it by this table. */
enum {
    LINT_C_ALPHA = 1 << 0,
    LINT_C_DIGIT = 1 << 1,
    LINT_C_NAME = 1 << 2,  /* letters, digits and '_' */
    LINT_C_HIGH = 1 << 3,  /* not ASCII */
    LINT_C_BLOB = 1 << 4,  /* what base64 is made of, both alphabets */
    LINT_C_BLANK = 1 << 5, /* ' ' and below */
    LINT_C_OPEN = 1 << 6,  /* '<' and '[' */
    LINT_C_WORD = LINT_C_NAME | LINT_C_HIGH
};
extern const unsigned char lint_classes[256];
/* The first byte at or behind `at` that has, or has not, one of these classes. */
static inline size_t lint_skip(tkc_str s, size_t at, unsigned classes)
{
    while (at < s.len && (lint_classes[(unsigned char)s.ptr[at]] & classes)) at++;
    return at;
}
static inline size_t lint_seek(tkc_str s, size_t at, unsigned classes)
{
    while (at < s.len && !(lint_classes[(unsigned char)s.ptr[at]] & classes)) at++;
    return at;
}

/* text[b, e), its first eight bytes, in small letters, as one number: no loop over letters, since how
 * long a word is cannot be foretold and a wrong guess costs more than the word. */
static inline uint64_t lint_word_key(tkc_str t, size_t b, size_t e)
{
    const size_t n = e - b < 8 ? e - b : 8;
    const uint64_t low = 0x7f7f7f7f7f7f7f7f;
    uint64_t v = 0, upper;
    if (!n) return 0;
    memcpy(&v, t.ptr + b, t.len - b < sizeof v ? t.len - b : sizeof v);
    v &= UINT64_MAX >> (64 - 8 * n);
    upper = ((v & low) + 0x3f3f3f3f3f3f3f3f) & ~((v & low) + 0x2525252525252525) & ~v & ~low; /* A to Z: their high bit */
    return v | upper >> 2;
}

/* Which three bytes something may begin with, five bits of each, so letters of either case: nearly no
 * place of a text passes, and those that do are looked at. */
typedef struct lint_heads {
    uint64_t bit[512];
    uint64_t is_made;
} lint_heads;
static inline unsigned lint_head(unsigned before, char c)
{
    return (before << 5 | ((unsigned char)c & 31)) & 0x7fff;
}
static inline void lint_heads_add(lint_heads *h, const char *z)
{
    const unsigned v = lint_head(lint_head(lint_head(0, z[0]), z[1]), z[2]);
    h->bit[v >> 6] |= (uint64_t)1 << (v & 63);
}
/* The next place at or behind `at` that may be one of them; t.len: there is none. */
static inline size_t lint_heads_next(const lint_heads *h, tkc_str t, size_t at)
{
    unsigned v;
    if (t.len < 3 || at > t.len - 3) return t.len;
    v = lint_head(lint_head(0, t.ptr[at]), t.ptr[at + 1]);
    for (size_t i = at + 2; i < t.len; i++) {
        v = lint_head(v, t.ptr[i]);
        if (h->bit[v >> 6] >> (v & 63) & 1) return i - 2;
    }
    return t.len;
}

static inline bool lint_is(tkc_str s, const char *z)
{
    size_t n = strlen(z);
    return s.len == n && memcmp(s.ptr, z, n) == 0;
}
static inline bool lint_begins(tkc_str s, size_t at, const char *z)
{
    size_t n = strlen(z);
    return s.len >= at && s.len - at >= n && memcmp(s.ptr + at, z, n) == 0;
}
/* ASCII letters of either case; z is lower case. */
bool lint_begins_nocase(tkc_str s, size_t at, const char *z);
bool lint_is_nocase(tkc_str s, const char *z);
/* One of blank-separated words. */
bool lint_in_list(tkc_str s, const char *words);
tkc_str lint_trim(tkc_str s);
/* The first place of z at or behind `at`; SIZE_MAX. */
size_t lint_find(tkc_str s, size_t at, const char *z);
/* Where the line of byte `at` begins and ends (without its LF). */
size_t lint_line_begin(tkc_str s, size_t at);
size_t lint_line_end(tkc_str s, size_t at);

/* --- suppressions (suppress.c) --------------------------------------------------------------- */
void lint_suppress(tkc_linter *l);

/* --- loaders (kinds/) ------------------------------------------------------------------------ */
#define KIND(id, name, where, patterns, loader, templates, summary) void lint_load_##loader(tkc_linter *l);
#include "optimizer/lint/kinds/kinds.def"
#undef KIND
/* Front matter of a Markdown-like file into l->yaml: true when there is some that can be read.
 * l->body is set in any case. */
bool lint_front_matter(tkc_linter *l);
/* The part of a path behind the last '/'. */
tkc_str lint_base_name(const char *path);

/* --- detectors (rules/), each for all segments of a file ------------------------------------- */
#define DETECTOR(name) void lint_rule_##name(tkc_linter *l);
#include "optimizer/lint/rules/detectors.def"
#undef DETECTOR
/* For each request, while it is in l->req: its JSON begins at source byte `at`. */
void lint_rule_request(tkc_linter *l, size_t at);
void lint_rule_cache_request(tkc_linter *l, size_t at);
void lint_cache_release(tkc_linter *l);
/* The model a file names: unknown, retired, and its window. */
void lint_rule_model(tkc_linter *l, tkc_str name, size_t begin, size_t end);

#endif
