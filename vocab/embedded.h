/* embedded.h - the compiled vocabulary inside the library: o200k_base, made by the build. */
#ifndef TKC_VOCAB_EMBEDDED_H
#define TKC_VOCAB_EMBEDDED_H

#include "vocab/base/common.h"

/* Its image, aligned to 64 bytes; {NULL, 0} for every other name. */
tkc_str tkc_embedded(const char *name);

#endif
