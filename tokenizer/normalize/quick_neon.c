/* quick_neon.c - plain stretches for one instruction set (vocab/base/cpu.h). */
#include "tokenizer/normalize/quick.h"

#if defined(__aarch64__)
#define PLAIN tkc_plain_neon
#include "tokenizer/normalize/quick_body.h"
#endif
