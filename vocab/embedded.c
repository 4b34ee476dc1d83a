/*
 * embedded.c - the compiled o200k_base between two symbols.
 *
 * The build compiles the vocabulary with a program that links the same library without it,
 * then assembles it in (.incbin needs no parsing of 16 MB of C). Without TKC_EMBEDDED_FILE, as in
 * that program, there is none.
 */
#include "vocab/embedded.h"

#include <string.h>

#ifdef TKC_EMBEDDED_FILE
__asm__(".section .rodata\n"
        ".balign 64\n"
        ".hidden tkc_embedded_begin\n"
        ".global tkc_embedded_begin\n"
        "tkc_embedded_begin:\n"
        ".incbin \"" TKC_EMBEDDED_FILE "\"\n"
        ".hidden tkc_embedded_end\n"
        ".global tkc_embedded_end\n"
        "tkc_embedded_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const char tkc_embedded_begin[], tkc_embedded_end[];

tkc_str tkc_embedded(const char *name)
{
    if (strcmp(name, "o200k_base") != 0) return (tkc_str){NULL, 0};
    return (tkc_str){tkc_embedded_begin, (size_t)(tkc_embedded_end - tkc_embedded_begin)};
}
#else
tkc_str tkc_embedded(const char *name)
{
    (void)name;
    return (tkc_str){NULL, 0};
}
#endif
