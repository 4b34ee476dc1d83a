/*
 * gguf.c - the tokenizer in the metadata of a GGUF file, versions 2 and 3.
 *
 * A GGUF file names its pre-tokenizer instead of describing it, and drops what its own
 * engine does not need (which added tokens strip blanks, say). Names whose pipeline was
 * compared with the vendor's tokenizer.json or with published vectors are in gguf_pre.def;
 * all others are TKC_E_UNSUPPORTED by name, among them "default", which no vendor uses.
 *
 * What its token types mean here: control and unknown tokens are added tokens that only
 * trusted text matches; user-defined ones always match; fillers ("[PAD32011]") are no
 * tokens at all, as in the vendors' own files.
 */
#include "vocab/read/gguf.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/read/byte_alphabet.h"
#include "vocab/read/spm_parts.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <math.h>
#include <string.h>

/* tokenizer.ggml.token_type */
enum { G_UNDEFINED, G_NORMAL, G_UNKNOWN, G_CONTROL, G_USER, G_UNUSED, G_BYTE };

static bool is_text(tkc_str s, const char *c)
{
    return s.len == strlen(c) && memcmp(s.ptr, c, s.len) == 0;
}

/* --- tokens -------------------------------------------------------------------------- */

static tkc_str token_text(const tkc_gguf *g, uint32_t id)
{
    return (tkc_str){g->file.ptr + g->token[id].at, g->token[id].len};
}

static size_t slot_of(const tkc_gguf *g, tkc_str text)
{
    size_t i = (size_t)XXH3_64bits_withSeed(text.ptr, text.len, g->file.len) & (g->n_slots - 1);
    for (; g->slot[i]; i = (i + 1) & (g->n_slots - 1)) {
        tkc_str t = token_text(g, g->slot[i] - 1);
        if (t.len == text.len && (t.len == 0 || memcmp(t.ptr, text.ptr, t.len) == 0)) break;
    }
    return i;
}

static uint32_t find_token(const tkc_gguf *g, tkc_str text)
{
    size_t i = slot_of(g, text);
    return g->slot[i] ? g->slot[i] - 1 : TKC_NO_ID;
}

static tkc_status read_tokens(tkc_gguf *g)
{
    const tkc_allocator *a = g->b->alloc;
    tkc_byte_reader r;
    tkc_status st = tkc_gguf_array(g, K_TOKENS, T_STRING, T_STRING, 1);
    if (st) return st;
    if (g->key[K_TOKENS].count > TKC_MAX_TOKENS)
        return tkc_fail(g->err, TKC_E_LIMIT, g->key[K_TOKENS].at, "%llu tokens, more than %d",
                        (unsigned long long)g->key[K_TOKENS].count, TKC_MAX_TOKENS);
    g->n_tokens = (uint32_t)g->key[K_TOKENS].count;
    g->n_slots = 16;
    while (g->n_slots < (size_t)g->n_tokens * 2) g->n_slots *= 2;
    g->token = tkc_alloc(a, g->n_tokens, sizeof *g->token);
    g->slot = tkc_alloc_zero(a, g->n_slots, sizeof *g->slot);
    if (!g->token || !g->slot) return tkc_nomem(g->err);
    r = tkc_gguf_reader_at(g, g->key[K_TOKENS].at);
    for (uint32_t id = 0; id < g->n_tokens; id++) {
        size_t i;
        tkc_str s;
        if ((st = tkc_gguf_string(&r, &s, g->err))) return st;
        if (s.len > TKC_MAX_TOKEN_LEN)
            return tkc_fail(g->err, TKC_E_LIMIT, r.at - s.len,
                            "token %lu has %zu bytes, more than %d", (unsigned long)id, s.len,
                            TKC_MAX_TOKEN_LEN);
        g->token[id] = (tkc_gguf_place){(size_t)(s.ptr - g->file.ptr), (uint32_t)s.len};
        if (s.len == 0) continue;
        i = slot_of(g, s);
        if (g->slot[i]) {
            char q[TKC_QUOTE_SIZE];
            return tkc_fail(g->err, TKC_E_FORMAT, g->token[id].at,
                            "token \"%s\" is both %lu and %lu", tkc_quote(q, s.ptr, s.len),
                            (unsigned long)(g->slot[i] - 1), (unsigned long)id);
        }
        g->slot[i] = id + 1;
    }
    if (g->key[K_TYPES].at) st = tkc_gguf_array(g, K_TYPES, T_I32, T_U32, g->n_tokens);
    if (!st && g->key[K_SCORES].at) st = tkc_gguf_array(g, K_SCORES, T_F32, T_I32, g->n_tokens);
    return st;
}

static uint32_t raw_type(const tkc_gguf *g, uint32_t id)
{
    tkc_byte_reader r = tkc_gguf_reader_at(g, g->key[K_TYPES].at + (size_t)id * 4);
    return g->key[K_TYPES].at ? tkc_read_u32(&r) : G_NORMAL;
}

/* "[PAD" digits "]" among tokens no text gives: written to fill the matrix up. */
static bool is_filler(const tkc_gguf *g, uint32_t id)
{
    tkc_str s = token_text(g, id);
    uint32_t t = raw_type(g, id);
    if (s.len == 0) return true;
    if (t != G_UNKNOWN && t != G_USER && t != G_UNUSED) return false;
    if (s.len < 6 || memcmp(s.ptr, "[PAD", 4) != 0 || s.ptr[s.len - 1] != ']') return false;
    for (size_t i = 4; i + 1 < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
    return true;
}

static tkc_status score_of(const tkc_gguf *g, uint32_t id, double *out)
{
    size_t at = g->key[K_SCORES].at + (size_t)id * 4;
    tkc_byte_reader r = tkc_gguf_reader_at(g, at);
    uint32_t bits;
    float f;
    *out = 0;
    if (!g->key[K_SCORES].at) return TKC_OK;
    bits = tkc_read_u32(&r);
    memcpy(&f, &bits, sizeof f);
    *out = g->key[K_SCORES].elem == T_I32 ? (double)(int32_t)bits : (double)f;
    if (isnan(*out) || isinf(*out))
        return tkc_fail(g->err, TKC_E_FORMAT, at, "score of token %lu is not a finite number",
                        (unsigned long)id);
    return TKC_OK;
}

/* Tokens that are matched in the text before the model looks: true when id was one. */
static tkc_status add_added(tkc_gguf *g, uint32_t id, bool user_is_special, bool *was)
{
    uint32_t t = raw_type(g, id);
    *was = t == G_CONTROL || t == G_UNKNOWN || t == G_USER;
    if (!*was) return TKC_OK;
    return tkc_builder_added_add(g->b, id, token_text(g, id),
                                 t != G_USER || user_is_special ? TKC_ADDED_SPECIAL : 0,
                                 g->token[id].at, g->err);
}

/* --- byte-level BPE ------------------------------------------------------------------ */

#define S(s) {(s), sizeof(s) - 1}
#define SPLIT(pattern) {.kind = TKC_OP_SPLIT, .flags = TKC_OPF_REGEX, .a = S(pattern)}
#define DIGITS {.kind = TKC_OP_DIGITS, .flags = TKC_OPF_INDIVIDUAL}
#define BYTES {.kind = TKC_OP_BYTE_LEVEL}
#define BYTES_SPLIT {.kind = TKC_OP_BYTE_LEVEL, .flags = TKC_OPF_USE_REGEX}

enum { PRE_MAX_ROWS = 8 };

typedef struct pre_row {
    const char *name;
    bool nfc, whole_piece, add_bos;
    tkc_op row[PRE_MAX_ROWS]; /* kind 0 ends the list */
} pre_row;

static const pre_row PRE[] = {
#define PRE_ROW(name_, nfc_, whole_, bos_, ...) \
    {.name = (name_), .nfc = (nfc_), .whole_piece = (whole_), .add_bos = (bos_), \
     .row = {__VA_ARGS__}},
#include "vocab/read/gguf_pre.def"
#undef PRE_ROW
};

static tkc_status find_pre(const tkc_gguf *g, const pre_row **out)
{
    tkc_str name;
    char q[TKC_QUOTE_SIZE];
    tkc_status st = tkc_gguf_text(g, K_PRE, &name);
    if (st) return st;
    if (!g->key[K_PRE].at)
        return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->file.len,
                        "the file does not name its pre-tokenizer (%s)", tkc_gguf_key[K_PRE]);
    for (size_t i = 0; i < sizeof PRE / sizeof *PRE; i++)
        if (is_text(name, PRE[i].name)) {
            *out = &PRE[i];
            return TKC_OK;
        }
    return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->key[K_PRE].at,
                    "pre-tokenizer \"%s\" is not done: its splits were not compared with the "
                    "vendor's",
                    tkc_quote(q, name.ptr, name.len));
}

/* A token of the model: bytes spelled in the GPT-2 alphabet. One that is not is kept, but no
 * text can give it. */
static tkc_status add_spelled(tkc_gguf *g, uint32_t id)
{
    tkc_str text = token_text(g, id);
    tkc_status st = TKC_OK;
    bool spelled;
    tkc_buf_clear(&g->tmp);
    spelled = tkc_byte_alphabet_decode(text, &g->tmp, &st, g->err);
    if (st) return st;
    st = tkc_builder_token_set(g->b, id, spelled ? tkc_buf_str(&g->tmp) : text, TKC_TOKEN_NORMAL,
                               0, g->token[id].at, g->err);
    if (!st && !spelled) g->b->token[id].in_model = 0;
    return st;
}

static tkc_status not_a_token(const tkc_gguf *g, size_t at, tkc_str s)
{
    char q[TKC_QUOTE_SIZE];
    return tkc_fail(g->err, TKC_E_FORMAT, at, "a merge names \"%s\", which is no token",
                    tkc_quote(q, s.ptr, s.len));
}

/* A merge may also build or use a token that is matched as an added one. */
static tkc_status into_model(tkc_gguf *g, uint32_t id)
{
    tkc_builder_token *t = id < g->b->n_token ? &g->b->token[id] : NULL;
    if (t && t->in_model) return TKC_OK;
    if (!t || t->type == TKC_TOKEN_HOLE) return not_a_token(g, g->token[id].at, token_text(g, id));
    return tkc_builder_token_set(g->b, id, tkc_builder_token_bytes(g->b, id),
                                 (tkc_token_type)t->type, t->score, g->token[id].at, g->err);
}

/* "left right": the space is the first one behind the first character. */
static tkc_status add_merge(tkc_gguf *g, tkc_str s)
{
    const size_t at = (size_t)(s.ptr - g->file.ptr);
    const char *space = s.len > 2 ? memchr(s.ptr + 1, ' ', s.len - 1) : NULL;
    tkc_str left, right;
    uint32_t id[3];
    tkc_status st;
    if (!space || space + 1 == s.ptr + s.len)
        return tkc_fail(g->err, TKC_E_FORMAT, at, "a merge is not two tokens with a space between");
    left = (tkc_str){s.ptr, (size_t)(space - s.ptr)};
    right = (tkc_str){space + 1, s.len - left.len - 1};
    tkc_buf_clear(&g->tmp);
    if ((st = tkc_buf_append(&g->tmp, left.ptr, left.len, g->err))) return st;
    if ((st = tkc_buf_append(&g->tmp, right.ptr, right.len, g->err))) return st;
    id[0] = find_token(g, left);
    id[1] = find_token(g, right);
    id[2] = find_token(g, tkc_buf_str(&g->tmp));
    if (id[0] == TKC_NO_ID) return not_a_token(g, at, left);
    if (id[1] == TKC_NO_ID) return not_a_token(g, at, right);
    if (id[2] == TKC_NO_ID) return not_a_token(g, at, tkc_buf_str(&g->tmp));
    for (int i = 0; i < 3; i++)
        if ((st = into_model(g, id[i]))) return st;
    return tkc_builder_merge_add(g->b, id[0], id[1], id[2], at, g->err);
}

static tkc_status read_merges(tkc_gguf *g)
{
    tkc_byte_reader r;
    tkc_status st = tkc_gguf_array(g, K_MERGES, T_STRING, T_STRING, 0);
    if (st) return st;
    if (g->key[K_MERGES].count >= TKC_MAX_MERGES)
        return tkc_fail(g->err, TKC_E_LIMIT, g->key[K_MERGES].at, "%llu merges, more than %d",
                        (unsigned long long)g->key[K_MERGES].count, TKC_MAX_MERGES - 1);
    r = tkc_gguf_reader_at(g, g->key[K_MERGES].at);
    for (uint64_t i = 0; i < g->key[K_MERGES].count; i++) {
        tkc_str s;
        if ((st = tkc_gguf_string(&r, &s, g->err))) return st;
        if ((st = add_merge(g, s))) return st;
    }
    return TKC_OK;
}

static tkc_status add_op(tkc_gguf *g, tkc_stage stage, tkc_op op)
{
    return tkc_builder_op_add(g->b, stage, op, g->err);
}

static tkc_status frame_id(tkc_gguf *g, int key, uint32_t absent, bool after)
{
    uint32_t id = absent;
    tkc_status st = tkc_gguf_id(g, key, &id);
    if (st || id == TKC_NO_ID) return st;
    if (id >= g->n_tokens) return TKC_OK;
    if (after)
        g->b->after[g->b->n_after++] = id;
    else
        g->b->before[g->b->n_before++] = id;
    return TKC_OK;
}

/* BOS in front and EOS behind, where the file or its kind says so. */
static tkc_status frame(tkc_gguf *g, bool bos, bool eos, uint32_t bos_absent, uint32_t eos_absent)
{
    tkc_status st = tkc_gguf_bool(g, K_ADD_BOS, &bos);
    if (!st) st = tkc_gguf_bool(g, K_ADD_EOS, &eos);
    if (!st && bos) st = frame_id(g, K_BOS, bos_absent, false);
    if (!st && eos) st = frame_id(g, K_EOS, eos_absent, true);
    return st;
}

static tkc_status read_byte_level(tkc_gguf *g)
{
    const pre_row *pre = NULL;
    tkc_model *m = &g->b->model;
    bool ranks;
    tkc_status st = find_pre(g, &pre);
    if (st) return st;
    /* Kimi's converter writes no merges: the tokens are in rank order. */
    ranks = !g->key[K_MERGES].at && strcmp(pre->name, "kimi-k2") == 0;
    m->kind = ranks ? TKC_MODEL_BPE_RANKS : TKC_MODEL_BPE_MERGES;
    m->flags = TKC_MODEL_BYTE_LEVEL | (pre->whole_piece ? TKC_MODEL_WHOLE_PIECE : 0);
    for (uint32_t id = 0; id < g->n_tokens; id++) {
        bool was;
        if (is_filler(g, id)) continue;
        if ((st = add_added(g, id, false, &was))) return st;
        if (!was && (st = add_spelled(g, id))) return st;
    }
    if (!ranks && (st = read_merges(g))) return st;
    if (pre->nfc && (st = add_op(g, TKC_STAGE_NORMALIZE, (tkc_op){.kind = TKC_OP_NFC}))) return st;
    for (size_t i = 0; i < PRE_MAX_ROWS && pre->row[i].kind; i++)
        if ((st = add_op(g, TKC_STAGE_SPLIT, pre->row[i]))) return st;
    if ((st = add_op(g, TKC_STAGE_DECODE, (tkc_op){.kind = TKC_OP_DEC_BYTE_LEVEL}))) return st;
    return frame(g, pre->add_bos, false, TKC_NO_ID, TKC_NO_ID);
}

/* --- models whose tokens are text ---------------------------------------------------- */

static const tkc_str SPACE = {" ", 1};
static const tkc_str SPACE_MARK = {TKC_WORD_MARK, sizeof TKC_WORD_MARK - 1};

static tkc_status check_byte_piece(const tkc_gguf *g, uint32_t id)
{
    tkc_str t = token_text(g, id);
    char q[TKC_QUOTE_SIZE];
    if (tkc_spm_byte(t) >= 0) return TKC_OK;
    return tkc_fail(g->err, TKC_E_FORMAT, g->token[id].at,
                    "byte token \"%s\", expected <0xHH> with upper-case digits",
                    tkc_quote(q, t.ptr, t.len));
}

/* All tokens; user_inside: user-defined ones belong to the model (Unigram), else they are
 * added tokens. */
static tkc_status add_pieces(tkc_gguf *g, bool user_inside, bool user_is_special)
{
    static const unsigned char TYPE[] = {
        [G_NORMAL] = TKC_TOKEN_NORMAL,       [G_USER] = TKC_TOKEN_USER_DEFINED,
        [G_UNUSED] = TKC_TOKEN_UNUSED,       [G_BYTE] = TKC_TOKEN_BYTE,
        [G_UNDEFINED] = TKC_TOKEN_NORMAL,    [G_UNKNOWN] = TKC_TOKEN_UNKNOWN,
        [G_CONTROL] = TKC_TOKEN_CONTROL,
    };
    for (uint32_t id = 0; id < g->n_tokens; id++) {
        uint32_t t = raw_type(g, id);
        bool was = false;
        double score;
        tkc_status st;
        if (is_filler(g, id)) continue;
        if (t > G_BYTE)
            return tkc_fail(g->err, TKC_E_FORMAT, g->key[K_TYPES].at + (size_t)id * 4,
                            "token type %lu is not known", (unsigned long)t);
        if (t == G_BYTE && (st = check_byte_piece(g, id))) return st;
        if (t == G_BYTE) g->b->model.flags |= TKC_MODEL_BYTE_FALLBACK;
        if ((st = score_of(g, id, &score))) return st;
        if (id == g->b->model.unk_id) {
            st = tkc_builder_token_set(g->b, id, token_text(g, id), TKC_TOKEN_UNKNOWN, score,
                                       g->token[id].at, g->err);
            if (st) return st;
            continue;
        }
        if (!(user_inside && t == G_USER)) st = add_added(g, id, user_is_special, &was);
        else st = TKC_OK;
        if (!st && !was)
            st = tkc_builder_token_set(g->b, id, token_text(g, id), (tkc_token_type)TYPE[t], score,
                                       g->token[id].at, g->err);
        if (st) return st;
    }
    return TKC_OK;
}

/* SentencePiece's normalizer and decoder, as the converter wrote down their settings. */
static tkc_status add_spm_rows(tkc_gguf *g, bool prefix)
{
    tkc_spm_rules rules = {.dummy_prefix = prefix,
                           .escape = true,
                           .unk_surface = S(" \xe2\x81\x87 ")};
    tkc_status st = tkc_gguf_bool(g, K_SPACE_PREFIX, &rules.dummy_prefix);
    if (!st) st = tkc_gguf_bool(g, K_EXTRA_SPACES, &rules.remove_spaces);
    if (!st && g->key[K_CHARSMAP].at) {
        st = tkc_gguf_array(g, K_CHARSMAP, T_U8, T_I8, 0);
        rules.charsmap.ptr = g->file.ptr + g->key[K_CHARSMAP].at;
        rules.charsmap.len = (size_t)g->key[K_CHARSMAP].count;
        rules.charsmap_at = g->key[K_CHARSMAP].at;
    }
    return st ? st : tkc_spm_add_rows(g->b, &rules, g->err);
}

/* "llama": SentencePiece BPE by scores. */
static tkc_status read_spm(tkc_gguf *g)
{
    tkc_status st;
    if (!g->key[K_SCORES].at)
        return tkc_fail(g->err, TKC_E_FORMAT, g->file.len, "there is no key %s", tkc_gguf_key[K_SCORES]);
    g->b->model.kind = TKC_MODEL_BPE_SCORES;
    g->b->model.flags = TKC_MODEL_SPM;
    g->b->model.unk_id = g->n_tokens > 0 ? 0 : TKC_NO_ID;
    if ((st = tkc_gguf_id(g, K_UNK, &g->b->model.unk_id))) return st;
    if ((st = add_pieces(g, false, false))) return st;
    if (!(g->b->model.flags & TKC_MODEL_BYTE_FALLBACK)) g->b->model.flags |= TKC_MODEL_FUSE_UNK;
    if ((st = add_spm_rows(g, true))) return st;
    return frame(g, true, false, 1, 2);
}

/* "t5": SentencePiece Unigram. */
static tkc_status read_unigram(tkc_gguf *g)
{
    tkc_status st;
    if (!g->key[K_SCORES].at)
        return tkc_fail(g->err, TKC_E_FORMAT, g->file.len, "there is no key %s", tkc_gguf_key[K_SCORES]);
    g->b->model.kind = TKC_MODEL_UNIGRAM;
    g->b->model.flags = TKC_MODEL_SPM;
    g->b->model.unk_id = g->n_tokens > 2 ? 2 : TKC_NO_ID;
    if ((st = tkc_gguf_id(g, K_UNK, &g->b->model.unk_id))) return st;
    if ((st = add_pieces(g, true, false))) return st;
    if (!(g->b->model.flags & TKC_MODEL_BYTE_FALLBACK)) g->b->model.flags |= TKC_MODEL_FUSE_UNK;
    if ((st = add_spm_rows(g, false))) return st;
    return frame(g, false, true, TKC_NO_ID, 1);
}

/* "gemma4": listed merges over text; a space is U+2581, nothing splits the text. Google's
 * own file has every added token as special; the types here make seven of them visible. */
static tkc_status read_gemma4(tkc_gguf *g)
{
    tkc_model *m = &g->b->model;
    tkc_status st;
    m->kind = TKC_MODEL_BPE_MERGES;
    m->flags = TKC_MODEL_FUSE_UNK;
    if ((st = tkc_gguf_id(g, K_UNK, &m->unk_id))) return st;
    if ((st = add_pieces(g, false, true))) return st;
    if (m->unk_id != TKC_NO_ID &&
        (st = tkc_builder_added_add(g->b, m->unk_id, token_text(g, m->unk_id), TKC_ADDED_SPECIAL,
                                    g->token[m->unk_id].at, g->err)))
        return st;
    if ((st = read_merges(g))) return st;
    st = add_op(g, TKC_STAGE_NORMALIZE,
                (tkc_op){.kind = TKC_OP_REPLACE, .a = SPACE, .b = SPACE_MARK});
    if (!st)
        st = add_op(g, TKC_STAGE_DECODE,
                    (tkc_op){.kind = TKC_OP_DEC_REPLACE, .a = SPACE_MARK, .b = SPACE});
    if (!st) st = add_op(g, TKC_STAGE_DECODE, (tkc_op){.kind = TKC_OP_DEC_BYTE_FALLBACK});
    if (!st) st = add_op(g, TKC_STAGE_DECODE, (tkc_op){.kind = TKC_OP_DEC_FUSE});
    return st ? st : frame(g, true, false, TKC_NO_ID, TKC_NO_ID);
}

/* --- WordPiece ----------------------------------------------------------------------- */

/* The converter marks the start of a word instead of its continuation: "##ing" became
 * "ing", "the" became U+2581 "the"; control tokens, and in older files everything in
 * brackets, stayed. Back again. */
static tkc_status add_word_part(tkc_gguf *g, uint32_t id)
{
    tkc_str t = token_text(g, id);
    bool bare = raw_type(g, id) == G_CONTROL ||
                (t.len > 2 && t.ptr[0] == '[' && t.ptr[t.len - 1] == ']');
    tkc_status st = TKC_OK;
    tkc_buf_clear(&g->tmp);
    if (!bare && t.len >= SPACE_MARK.len && memcmp(t.ptr, SPACE_MARK.ptr, SPACE_MARK.len) == 0) {
        t.ptr += SPACE_MARK.len;
        t.len -= SPACE_MARK.len;
    } else if (!bare) {
        st = tkc_buf_append(&g->tmp, "##", 2, g->err);
    }
    if (!st) st = tkc_buf_append(&g->tmp, t.ptr, t.len, g->err);
    if (st || g->tmp.len == 0) return st;
    st = tkc_builder_token_set(g->b, id, tkc_buf_str(&g->tmp),
                               raw_type(g, id) == G_CONTROL ? TKC_TOKEN_CONTROL : TKC_TOKEN_NORMAL,
                               0, g->token[id].at, g->err);
    if (!st && raw_type(g, id) == G_CONTROL)
        st = tkc_builder_added_add(g->b, id, tkc_buf_str(&g->tmp), TKC_ADDED_SPECIAL,
                                   g->token[id].at, g->err);
    return st;
}

static tkc_status read_wordpiece(tkc_gguf *g)
{
    tkc_model *m = &g->b->model;
    tkc_str pre;
    bool lower = true, accents, sep = true, bos = true;
    tkc_op norm = {.kind = TKC_OP_BERT, .flags = TKC_OPF_CLEAN | TKC_OPF_CJK};
    tkc_status st = tkc_gguf_text(g, K_PRE, &pre);
    if (!st) st = tkc_gguf_bool(g, K_LOWERCASE, &lower);
    accents = lower;
    if (!st) st = tkc_gguf_bool(g, K_STRIP_ACCENTS, &accents);
    if (!st) st = tkc_gguf_bool(g, K_ADD_BOS, &bos);
    if (!st) st = tkc_gguf_bool(g, K_ADD_SEP, &sep);
    if (st) return st;
    if (!is_text(pre, "bert-bge") && !g->key[K_LOWERCASE].at) {
        char q[TKC_QUOTE_SIZE];
        return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->key[K_PRE].at,
                        "pre-tokenizer \"%s\" of a WordPiece model is not done: the file does not "
                        "say whether it lowers case",
                        tkc_quote(q, pre.ptr, pre.len));
    }
    m->kind = TKC_MODEL_WORDPIECE;
    m->max_word_chars = 100; /* every published BERT vocabulary has this */
    memcpy(m->subword_prefix, "##", 2);
    m->unk_id = g->n_tokens > 100 ? 100 : TKC_NO_ID;
    if ((st = tkc_gguf_id(g, K_UNK, &m->unk_id))) return st;
    for (uint32_t id = 0; id < g->n_tokens; id++)
        if (!is_filler(g, id) || token_text(g, id).len == 0)
            if ((st = add_word_part(g, id))) return st;
    if (lower) norm.flags |= TKC_OPF_LOWER;
    if (accents) norm.flags |= TKC_OPF_ACCENTS;
    st = add_op(g, TKC_STAGE_NORMALIZE, norm);
    if (!st) st = add_op(g, TKC_STAGE_SPLIT, (tkc_op){.kind = TKC_OP_BERT_SPLIT});
    if (!st)
        st = add_op(g, TKC_STAGE_DECODE,
                    (tkc_op){.kind = TKC_OP_DEC_WORDPIECE, .flags = TKC_OPF_CLEAN, .a = S("##")});
    if (!st && bos) st = frame_id(g, g->key[K_CLS].at ? K_CLS : K_BOS, 101, false);
    if (!st && sep) st = frame_id(g, K_SEP, 102, true);
    return st;
}

/* --- the whole ----------------------------------------------------------------------- */

static tkc_status check_alignment(const tkc_gguf *g)
{
    uint32_t a = 32;
    tkc_status st = tkc_gguf_u32(g, K_ALIGNMENT, &a);
    if (!st && (a == 0 || a % 8))
        return tkc_fail(g->err, TKC_E_FORMAT, g->key[K_ALIGNMENT].at,
                        "%s is %lu, expected a multiple of 8", tkc_gguf_key[K_ALIGNMENT], (unsigned long)a);
    return st;
}

static tkc_status read_model(tkc_gguf *g)
{
    char q[TKC_QUOTE_SIZE];
    tkc_str model;
    tkc_status st = tkc_gguf_text(g, K_MODEL, &model);
    if (st) return st;
    if (!g->key[K_MODEL].at)
        return tkc_fail(g->err, TKC_E_FORMAT, g->file.len,
                        "the file has no tokenizer: there is no key %s", tkc_gguf_key[K_MODEL]);
    if (is_text(model, "none") || is_text(model, "no_vocab"))
        return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->key[K_MODEL].at,
                        "the file says that it has no tokenizer");
    if ((st = read_tokens(g))) return st;
    if (is_text(model, "gpt2")) return read_byte_level(g);
    if (is_text(model, "llama")) return read_spm(g);
    if (is_text(model, "t5")) return read_unigram(g);
    if (is_text(model, "gemma4")) return read_gemma4(g);
    if (is_text(model, "bert")) return read_wordpiece(g);
    return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->key[K_MODEL].at,
                    "tokenizer model \"%s\" is not done, expected gpt2, llama, t5, gemma4 or bert",
                    tkc_quote(q, model.ptr, model.len));
}

tkc_status tkc_read_gguf(tkc_builder *b, tkc_str bytes, tkc_error *err)
{
    tkc_gguf g = {.b = b, .file = bytes, .err = err};
    tkc_status st;
    tkc_buf_init(&g.tmp, (size_t)4 * TKC_MAX_TOKEN_LEN, b->alloc);
    b->model.unk_id = TKC_NO_ID;
    st = tkc_gguf_read(&g);
    if (!st) st = check_alignment(&g);
    if (!st) st = read_model(&g);
    tkc_buf_release(&g.tmp);
    tkc_free(b->alloc, g.token, g.n_tokens, sizeof *g.token);
    tkc_free(b->alloc, g.slot, g.n_slots, sizeof *g.slot);
    return st;
}
