/*
 * fuzz_vocabs.h - the vocabularies that fuzz_encode and fuzz_decode choose from: o200k_base
 * from the library, and small files of tests/data, one of each kind.
 *
 * Opened once, at the first input, from the top folder; a file that is not there is left out,
 * a file that is there and does not open is a failure.
 */
#ifndef TESTS_FUZZ_FUZZ_VOCABS_H
#define TESTS_FUZZ_FUZZ_VOCABS_H

#include "tests/fuzz/fuzz_support.h"

#include "vocab/vocab_tables.h"

typedef struct fuzz_vocab {
    const char *name;
    tkc_vocab *v;
    tkc_encoder *e;
    bool reversible; /* decode(encode(x)) is x */
} fuzz_vocab;

static inline bool fuzz_reversible(const tkc_vocab *v)
{
    if (!(v->model.flags & TKC_MODEL_BYTE_LEVEL) || v->n_op[TKC_STAGE_NORMALIZE] > 0) return false;
    for (uint32_t i = 0; i < v->n_added; i++)
        if (v->added[i].flags & (TKC_ADDED_LSTRIP | TKC_ADDED_RSTRIP)) return false;
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_SPLIT]; i++) {
        const tkc_op *o = &v->op[TKC_STAGE_SPLIT][i];
        if (o->flags & TKC_OPF_PREFIX_SPACE) return false;
        if (o->arg == TKC_BEHAVIOR_REMOVED && o->kind != TKC_OP_BYTE_LEVEL) return false;
    }
    for (unsigned b = 0; b < 256; b++)
        if (v->byte_id[b] == TKC_NO_ID) return false;
    return true;
}

static inline const fuzz_vocab *fuzz_vocab_at(unsigned which)
{
    static const char *const file[] = {
        "", "tests/data/hf/bl-llama3.json", "tests/data/hf/bl-norm-nfc.json",
        "tests/data/hf/bl-norm-charsmap.json", "tests/data/hf/bl-norm-replace-regex.json",
        "tests/data/hf/added-lower-both-strip.json", "tests/data/hf/added-overlap.json",
        "tests/data/hf/meta-first-split.json", "tests/data/hf/gemma.json",
        "tests/data/hf/fallback-some-fused.json", "tests/data/hf/char-unk-fused.json",
        "tests/data/hf/unigram-t5.json", "tests/data/hf/unigram-fallback.json",
        "tests/data/hf/unigram-added.json", "tests/data/hf/wordpiece.json",
        "tests/data/hf/prefix-suffix.json", "tests/data/hf/bl-deepseek.json",
        "tests/data/hf/bl-split-regex-mergedwithnext.json", "tests/data/hf/bl-norm-bert-0.json",
        "tests/data/spm/bpe_plain.model", "tests/data/spm/bpe_bytes.model",
        "tests/data/spm/bpe_user_keep.model", "tests/data/spm/bpe_unused.model",
        "tests/data/spm/bpe_rules.model", "tests/data/spm/unigram_plain.model",
        "tests/data/spm/unigram_bytes.model", "tests/data/spm/unigram_user.model",
        "tests/data/spm/unigram_rules_keep.model", "tests/data/spm/unigram_suffix.model",
    };
    enum { N_FILE = sizeof file / sizeof *file };
    static fuzz_vocab all[N_FILE];
    static size_t n_all;
    if (!n_all) {
        const tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = "vocab/data"};
        for (size_t i = 0; i < N_FILE; i++) {
            fuzz_vocab *f = &all[n_all];
            tkc_error err = {0};
            tkc_status st = *file[i] ? tkc_vocab_open(&f->v, file[i], NULL, &err)
                                     : tkc_vocab_open_encoding(&f->v, "o200k_base", &opt, &err);
            if (st == TKC_E_NOTFOUND) continue;
            if (st) fprintf(stderr, "%s: %s\n", file[i], err.message);
            NEED(st == TKC_OK && tkc_encoder_new(&f->e, f->v, NULL, &err) == TKC_OK);
            f->name = file[i];
            f->reversible = fuzz_reversible(f->v);
            n_all++;
        }
        NEED(n_all > 0);
    }
    return &all[which % n_all];
}

#endif
