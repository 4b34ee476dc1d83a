/* cpu.c - asks the compiler's own cpuid table, which also knows what the system saves. */
#include "vocab/base/cpu.h"

#include <string.h>

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#define TKC_X86 1
#else
#define TKC_X86 0
#endif

bool tkc_isa_here(tkc_isa isa)
{
    switch (isa) {
    case TKC_ISA_PORTABLE: return true;
#if defined(__aarch64__)
    case TKC_ISA_NEON: return true;
#endif
#if TKC_X86
    case TKC_ISA_AVX2:
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("aes");
    case TKC_ISA_AVX512:
        return tkc_isa_here(TKC_ISA_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512vbmi2");
#endif
    default: return false;
    }
}

tkc_isa tkc_isa_best(void)
{
    for (int isa = TKC_N_ISA - 1; isa > TKC_ISA_PORTABLE; isa--)
        if (tkc_isa_here((tkc_isa)isa)) return (tkc_isa)isa;
    return TKC_ISA_PORTABLE;
}

static const char *const names[TKC_N_ISA] = {"portable", "neon", "avx2", "avx512"};

const char *tkc_isa_name(tkc_isa isa)
{
    return names[isa];
}

bool tkc_isa_by_name(const char *name, tkc_isa *isa)
{
    for (int i = 0; i < TKC_N_ISA; i++)
        if (!strcmp(names[i], name)) {
            *isa = (tkc_isa)i;
            return true;
        }
    return false;
}
