/* kernel_portable.c - the kernel in plain C, for any machine. */
#include "tokenizer/kernels/simd_portable.h"

#define KERNEL tkc_kernel_portable
#include "tokenizer/kernels/kernel_body.h"
