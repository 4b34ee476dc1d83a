/*
 * vocab.h - from -m and -e to vocabularies, and where vocabularies are kept.
 */
#ifndef TOOLS_CLI_VOCAB_H
#define TOOLS_CLI_VOCAB_H

#include "tokenizer/tokenizer.h"
#include "tools/cli/options.h"
#include "vocab/registry.h"

#include <pthread.h>

#define CLI_DEFAULT_ENCODING "o200k_base"

/* Strings are NULL where there is no such folder. */
typedef struct cli_folders {
    char *data;  /* $TOKCOUNT_DATA, or beside the program: ../vocab/data, ../share/tokcount/vocab */
    char *user;  /* $XDG_DATA_HOME/tokcount/vocab, ~/.local/share/tokcount/vocab */
    char *config; /* $XDG_CONFIG_HOME/tokcount, ~/.config/tokcount */
    char *cache; /* $TOKCOUNT_CACHE, $XDG_CACHE_HOME/tokcount, ~/.cache/tokcount */
} cli_folders;
void cli_folders_init(cli_folders *f);
void cli_folders_release(cli_folders *f);
tkc_vocab_options cli_vocab_options(const cli_folders *f);

/* folder/name + suffix; NULL: out of memory. The caller frees it. */
char *cli_path_join(const char *folder, const char *name, const char *suffix);

/* One column: what was asked for, and what it is. */
typedef struct cli_target {
    const char *label;           /* as asked for */
    const tkc_model_row *model;  /* NULL with -e */
    tkc_model_rule rule;
    const tkc_encoding *encoding; /* NULL: a file, or a name of the user's own */
    tkc_class cls;
    size_t vocab; /* index into cli_targets.vocab */
} cli_target;

typedef struct cli_targets {
    cli_folders folders;
    cli_target *target;
    size_t n;
    tkc_vocab **vocab; /* each once, though several models may use it */
    const char **vocab_key;
    size_t n_vocab;
} cli_targets;

/* Opens everything -m and -e name; nothing named: o200k_base. Refuses what --require does
 * not allow, says what is not exact. False: it was said, the status is EXIT_ERROR; release
 * in any case. */
bool cli_targets_open(cli_targets *t, const cli_args *a);
void cli_targets_release(cli_targets *t);
/* encoding's name, or the one the file has. */
const char *cli_target_encoding(const cli_targets *t, size_t i);

/* Models found by name while a run goes on, each opened once. Any thread may ask. */
typedef struct cli_models {
    pthread_mutex_t lock;
    const cli_args *a;
    struct cli_model_open *first;
} cli_models;
void cli_models_init(cli_models *m, const cli_args *a);
void cli_models_release(cli_models *m);
/* One target, for this name; NULL: it cannot be had, which was said the first time. */
const cli_targets *cli_models_get(cli_models *m, tkc_str name);

/* Says that there is no such model and which are the nearest. */
void cli_unknown_model(const char *name);

/* Opens by name of an encoding, name of the user's own, or path. False: it was said. */
bool cli_vocab_open(tkc_vocab **out, const char *name, const cli_folders *f,
                    const tkc_vocab_options *opt);

#endif
