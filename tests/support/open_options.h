/* open_options.h - the folder options that golden, differential and worst-case programs share. */
#ifndef TKC_TESTS_SUPPORT_OPEN_OPTIONS_H
#define TKC_TESTS_SUPPORT_OPEN_OPTIONS_H

#include <string.h>

#include "vocab/registry.h"
#include "vocab/vocab.h"

/* Takes "--data DIR", "--user DIR" or "--cache DIR" at argv[*i]; false: it is another word. */
static inline bool tkt_take_folder(tkc_vocab_options *opt, int argc, char **argv, int *i)
{
    const char **where = NULL;
    if (strcmp(argv[*i], "--data") == 0) where = &opt->data_dir;
    if (strcmp(argv[*i], "--user") == 0) where = &opt->user_dir;
    if (strcmp(argv[*i], "--cache") == 0) where = &opt->cache_dir;
    if (!where || *i + 1 >= argc) return false;
    *where = argv[++*i];
    return true;
}

/* Data of these is in the tree: not finding it is a failure, never a skip. */
static inline bool tkt_must_be_there(const char *name)
{
    const tkc_encoding *e = tkc_encoding_find(name);
    return !e || strcmp(e->where, "tree") == 0 || strcmp(e->where, "library") == 0;
}

#endif
