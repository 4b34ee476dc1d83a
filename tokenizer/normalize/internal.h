/*
 * internal.h - what the files of the normalizer share.
 *
 * A row of the vocabulary becomes one or more steps (BertNormalizer is up to five). A step
 * reads a text and tells a writer what to change; a writer that is told nothing copies
 * nothing. Texts go back and forth between two buffers that live as long as the normalizer.
 */
#ifndef TKC_TOKENIZER_NORMALIZE_INTERNAL_H
#define TKC_TOKENIZER_NORMALIZE_INTERNAL_H

#include "tokenizer/matcher.h"
#include "tokenizer/normalize/normalize.h"
#include "tokenizer/normalize/unicode.h"
#include "tokenizer/pretokenize/regex.h"

#include <string.h>

/* One of the two texts of a normalizer. */
typedef struct tkc_norm_buf {
    char *ptr;
    size_t cap;
    size_t *map; /* one more entry than bytes */
    size_t cap_map;
} tkc_norm_buf;

/* Output of one step. The bytes of in before pos are done; those a step never names are
 * kept, and copied only when something before or behind them changed. */
typedef struct tkc_norm_writer {
    const tkc_allocator *alloc;
    tkc_norm_buf *buf;
    tkc_text in;
    size_t len, pos, limit;
    bool with_map, changed;
} tkc_norm_writer;

/* Keeps in[pos .. begin), drops in[begin .. end), and puts ptr[0 .. len) there, as come from
 * in's byte src. pos <= begin <= end. TKC_E_LIMIT, TKC_E_NOMEM. */
TKC_MUST_USE tkc_status tkc_norm_edit(tkc_norm_writer *w, size_t begin, size_t end, size_t src,
                                      const char *ptr, size_t len, tkc_error *err);
/* The same as an edit for each byte c of in[pos .. ), which becomes to. Words of a text are short:
 * an edit each costs as much as the rest of a row, so this writes eight bytes a step. */
TKC_MUST_USE tkc_status tkc_norm_swap(tkc_norm_writer *w, char c, tkc_str to, tkc_error *err);
/* A part of t, without copying. */
tkc_text tkc_norm_slice(const tkc_text *t, size_t begin, size_t end);

/* A precompiled charsmap: a double-array trie and the strings its values point to. */
typedef struct tkc_charsmap {
    const unsigned char *unit; /* n_unit * 4 bytes, little-endian, not aligned */
    size_t n_unit;
    tkc_str text;              /* strings, each ended by NUL; valid UTF-8 */
    bool starts[256];          /* the trie has a key with this first byte */
    bool alone[128];           /* this byte is a key */
    bool pairs[128];           /* a longer key has it first and ASCII next */
} tkc_charsmap;

/* An empty a is a charsmap that maps nothing. */
TKC_MUST_USE tkc_status tkc_charsmap_init(tkc_charsmap *m, tkc_str a, tkc_error *err);

typedef enum tkc_norm_kind {
    TKC_NORM_FORM,      /* form */
    TKC_NORM_LOWER,
    TKC_NORM_DROP,      /* mask of NORM_* bits */
    TKC_NORM_CLEAN,     /* BertNormalizer's clean_text */
    TKC_NORM_CJK,       /* ' ' on both sides of a Chinese character */
    TKC_NORM_NMT,
    TKC_NORM_REPLACE,   /* a, b, fail */
    TKC_NORM_REGEX,     /* regex, b */
    TKC_NORM_PREPEND,   /* a */
    TKC_NORM_STRIP,     /* flags */
    TKC_NORM_CHARSMAP,  /* charsmap */
    TKC_NORM_SPM        /* charsmap, flags, symbols */
} tkc_norm_kind;

typedef struct tkc_norm_step {
    tkc_norm_kind kind;
    uint32_t flags;
    unsigned mask;
    tkc_norm_form form;
    tkc_str a, b;
    uint32_t *fail;     /* a.len entries: Knuth-Morris-Pratt */
    tkc_regex *regex;
    tkc_charsmap charsmap;
    tkc_matcher symbols; /* user-defined pieces, kept as they are */
} tkc_norm_step;

struct tkc_normalizer {
    const tkc_allocator *alloc;
    tkc_norm_step *step;
    size_t n_step, cap_step;
    tkc_norm_buf buf[2];
    int used;            /* buffer the current text lies in, -1: neither */
    size_t limit;        /* bytes a text may become in this run */
    bool with_map;
    tkc_norm_scratch scratch;
};

/* A writer into the buffer that does not hold in; tkc_normalizer_end() ends it. */
tkc_norm_writer tkc_normalizer_begin(tkc_normalizer *n, tkc_text in);
TKC_MUST_USE tkc_status tkc_normalizer_end(tkc_normalizer *n, tkc_norm_writer *w, tkc_text *out,
                                           tkc_error *err);

/* The steps: rows.c and spm.c. Each reads w->in. */
TKC_MUST_USE tkc_status tkc_norm_lower(tkc_norm_writer *w, tkc_error *err);
TKC_MUST_USE tkc_status tkc_norm_drop(tkc_norm_writer *w, unsigned mask, tkc_error *err);
TKC_MUST_USE tkc_status tkc_norm_clean(tkc_norm_writer *w, tkc_error *err);
TKC_MUST_USE tkc_status tkc_norm_cjk(tkc_norm_writer *w, tkc_error *err);
TKC_MUST_USE tkc_status tkc_norm_nmt(tkc_norm_writer *w, tkc_error *err);
TKC_MUST_USE tkc_status tkc_norm_replace(tkc_norm_writer *w, const tkc_norm_step *s,
                                         tkc_error *err);
TKC_MUST_USE tkc_status tkc_norm_regex(tkc_norm_writer *w, const tkc_norm_step *s,
                                       tkc_error *err);
tkc_text tkc_norm_strip(tkc_text t, unsigned flags);
TKC_MUST_USE tkc_status tkc_norm_charsmap(tkc_norm_writer *w, const tkc_charsmap *m,
                                          tkc_error *err);
TKC_MUST_USE tkc_status tkc_norm_spm(tkc_normalizer *n, const tkc_norm_step *s, tkc_text in,
                                     tkc_text *out, tkc_error *err);
/* The fail table of a literal pattern, a.len entries. */
void tkc_norm_prepare_replace(uint32_t *fail, tkc_str a);
/* u32 length, bytes, ... TKC_E_FORMAT when it does not come out even. */
TKC_MUST_USE tkc_status tkc_norm_read_symbols(tkc_matcher *m, tkc_str b, tkc_error *err);

#endif
