/* spm_parts.c - byte pieces, character maps and rows of SentencePiece models. */
#include "vocab/read/spm_parts.h"

#include "vocab/base/error.h"

#include <string.h>

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int tkc_spm_byte(tkc_str t)
{
    int hi, lo;
    if (t.len != 6 || memcmp(t.ptr, "<0x", 3) != 0 || t.ptr[5] != '>') return -1;
    hi = hex_digit(t.ptr[3]);
    lo = hex_digit(t.ptr[4]);
    return hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
}

static uint32_t unit_at(const unsigned char *p, size_t i)
{
    p += i * 4;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* u32 table size, a darts-clone double array, NUL-terminated strings. A unit: bits 0-7
 * label, 8 has_leaf, 9 extension, 10-30 offset; bit 31 marks a value. Every index that a
 * walk can reach must lie inside, so that the walk needs no check. NULL: all is well. */
static const char *charsmap_fault(tkc_str m)
{
    const unsigned char *p = (const unsigned char *)m.ptr;
    size_t trie, units;
    if (m.len == 0) return NULL;
    trie = m.len > 4 ? unit_at(p, 0) : 0;
    units = trie / 4;
    if (m.len <= 4 || trie >= m.len - 4 || trie < 1024 || trie % 1024)
        return "its table size is not a multiple of 1024 inside it";
    if (p[m.len - 1] != 0) return "its strings do not end with a zero byte";
    for (size_t i = 0; i < units; i++) {
        uint32_t u = unit_at(p + 4, i);
        uint32_t off = (u >> 10) << ((u & (1u << 9)) >> 6);
        if (i == 0 && (u >> 31 || u & 0x1ff || off == 0)) return "its table has no root";
        if (u >> 31) {
            if ((u & 0x7fffffff) >= m.len - 4 - trie) return "a rule points behind its strings";
            continue;
        }
        if ((((size_t)i ^ off) | 0xff) >= units) return "its table leads outside itself";
        if (u & 0x100 && !(unit_at(p + 4, i ^ off) >> 31)) return "a leaf has no value";
    }
    return NULL;
}

static bool has_double_space(tkc_str t)
{
    for (size_t i = 1; i < t.len; i++)
        if (t.ptr[i] == ' ' && t.ptr[i - 1] == ' ') return true;
    return false;
}

static bool is_user_piece(const tkc_builder *b, uint32_t id)
{
    return b->token[id].type == TKC_TOKEN_USER_DEFINED && b->token[id].in_model;
}

/* User-defined pieces shield their text from the charsmap, and spaces inside them from being
 * collapsed. Only for that does the normalizer need them; without them it is faster. */
static bool needs_user_pieces(const tkc_builder *b, const tkc_spm_rules *rules)
{
    if (rules->charsmap.len) return true;
    for (uint32_t id = 0; rules->remove_spaces && id < b->n_token; id++)
        if (is_user_piece(b, id) && has_double_space(tkc_builder_token_bytes(b, id))) return true;
    return false;
}

static tkc_status user_pieces(const tkc_builder *b, const tkc_spm_rules *rules, tkc_buf *out,
                              tkc_error *err)
{
    if (!needs_user_pieces(b, rules)) return TKC_OK;
    for (uint32_t id = 0; id < b->n_token; id++) {
        tkc_str t = tkc_builder_token_bytes(b, id);
        tkc_status st;
        if (!is_user_piece(b, id)) continue;
        if ((st = tkc_buf_append_u32(out, (uint32_t)t.len, err))) return st;
        if ((st = tkc_buf_append(out, t.ptr, t.len, err))) return st;
    }
    return TKC_OK;
}

tkc_status tkc_spm_add_rows(tkc_builder *b, const tkc_spm_rules *rules, tkc_error *err)
{
    tkc_op norm = {.kind = TKC_OP_SPM, .a = rules->charsmap};
    tkc_op dec = {.kind = TKC_OP_DEC_SPM, .a = rules->unk_surface};
    const char *fault = charsmap_fault(rules->charsmap);
    tkc_buf user;
    tkc_status st;
    if (fault)
        return tkc_fail(err, TKC_E_FORMAT, rules->charsmap_at,
                        "precompiled_charsmap is broken: %s", fault);
    if (rules->dummy_prefix) norm.flags |= TKC_OPF_DUMMY_PREFIX;
    if (rules->remove_spaces) norm.flags |= TKC_OPF_REMOVE_SPACES;
    dec.flags = norm.flags;
    if (rules->escape) norm.flags |= TKC_OPF_ESCAPE;
    if (rules->space_suffix) norm.flags |= TKC_OPF_SUFFIX;
    tkc_buf_init(&user, (size_t)64 << 20, b->alloc);
    st = user_pieces(b, rules, &user, err);
    norm.b = tkc_buf_str(&user);
    if (!st) st = tkc_builder_op_add(b, TKC_STAGE_NORMALIZE, norm, err);
    if (!st) st = tkc_builder_op_add(b, TKC_STAGE_DECODE, dec, err);
    tkc_buf_release(&user);
    return st;
}
