/* kernels.c - which kernels there are. */
#include "tokenizer/kernels/bits.h"
#include "tokenizer/kernels/kernel.h"
#include "tokenizer/pretokenize/scan_parts.h"

const unsigned char tkc_key_fill[32] = {
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

bool tkc_family_of(tkc_scan_fn scan, tkc_family *family)
{
    static const tkc_scan_fn scans[TKC_N_FAMILIES] = {
#define FAMILY(id, scan) scan,
#include "tokenizer/kernels/families.def"
#undef FAMILY
    };
    for (int f = 0; f < TKC_N_FAMILIES; f++)
        if (scans[f] == scan) {
            *family = (tkc_family)f;
            return true;
        }
    return false;
}

const tkc_kernel *tkc_kernel_for(tkc_isa isa)
{
    if (!tkc_isa_here(isa)) return NULL;
    switch (isa) {
    case TKC_ISA_PORTABLE: return &tkc_kernel_portable;
#if defined(__x86_64__)
    case TKC_ISA_AVX2: return &tkc_kernel_avx2;
    case TKC_ISA_AVX512: return &tkc_kernel_avx512;
#endif
#if defined(__aarch64__)
    case TKC_ISA_NEON: return &tkc_kernel_neon;
#endif
    default: return NULL;
    }
}
