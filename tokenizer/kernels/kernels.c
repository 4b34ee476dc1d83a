/* kernels.c - which kernels there are. */
#include "tokenizer/kernels/bits.h"
#include "tokenizer/kernels/kernel.h"
#include "tokenizer/pretokenize/scan_parts.h"

const unsigned char tkc_key_fill[32] = {
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

#define FOUR(b) (b) * 0x01010101u, ((b) + 1) * 0x01010101u, ((b) + 2) * 0x01010101u, ((b) + 3) * 0x01010101u
#define SIXTEEN(b) FOUR(b), FOUR((b) + 4), FOUR((b) + 8), FOUR((b) + 12)
#define SIXTY_FOUR(b) SIXTEEN(b), SIXTEEN((b) + 16), SIXTEEN((b) + 32), SIXTEEN((b) + 48)
const uint32_t tkc_four_bytes[256] = {SIXTY_FOUR(0u), SIXTY_FOUR(64u), SIXTY_FOUR(128u), SIXTY_FOUR(192u)};
#undef FOUR
#undef SIXTEEN
#undef SIXTY_FOUR

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
