/*
 * cpu.h - which instruction set the fast twins of a few loops may use.
 *
 * A loop with twins is compiled once per instruction set (NAME_avx2.c and so on; the Makefile
 * adds the compiler's flags by that ending) and called through a table of functions that is
 * picked by a tkc_isa. Every twin gives the portable one's answers; tests run all that the
 * machine has.
 */
#ifndef TKC_VOCAB_BASE_CPU_H
#define TKC_VOCAB_BASE_CPU_H

#include "vocab/base/common.h"

typedef enum tkc_isa {
    TKC_ISA_PORTABLE = 0, /* plain C11 */
    TKC_ISA_NEON,         /* AArch64 */
    TKC_ISA_AVX2,         /* with BMI1, BMI2 and AES: Haswell and later */
    TKC_ISA_AVX512,       /* F, BW, DQ, VL, VBMI, VBMI2: Ice Lake, Zen 4 and later */
    TKC_N_ISA
} tkc_isa;

/* The best that this build and this machine have. */
tkc_isa tkc_isa_best(void);
bool tkc_isa_here(tkc_isa isa);
/* "portable", "neon", "avx2", "avx512". */
const char *tkc_isa_name(tkc_isa isa);
bool tkc_isa_by_name(const char *name, tkc_isa *isa);

#endif
