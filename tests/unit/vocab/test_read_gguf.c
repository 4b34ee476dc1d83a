/*
 * test_read_gguf.c - GGUF metadata: what is read, what is refused, and that a vocabulary
 * written into a GGUF file gives the ids that its .model gives.
 *
 * The rows of gguf_pre.def and the whole reader were also compared with the published
 * vector sets for GGUF vocabularies: bert-bge, command-r, deepseek-coder, deepseek-llm,
 * falcon, gemma-4, gpt-2, llama-bpe, llama-spm, mpt, phi-3, qwen2, refact, starcoder, 46
 * texts each, all equal. (The set for qwen35 holds another vocabulary and was made without
 * NFC, which the vendor's file has: 47 of 50.) Those files are too large to be kept here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/source_reader.h"

#include "tests/support/case_file.h"
#include "tests/support/make_bytes.h"
#include "tokenizer/tokenizer.h"
#include "vocab/read/byte_alphabet.h"
#include "vocab/open.h"
#include "vocab/read/readers.h"

enum { U8 = 0, I32 = 5, F32 = 6, BOOL = 7, U32 = 4, STRING = 8, ARRAY = 9, U64 = 10 };
enum { NORMAL = 1, UNKNOWN, CONTROL, USER, UNUSED, BYTE };

/* --- writing GGUF -------------------------------------------------------------------- */

/* Head with a count to be set by end(). */
static void start(tkt_bytes *m, uint32_t version)
{
    tkt_put_text(m, "GGUF");
    tkt_put_le(m, version, 4);
    tkt_put_le(m, 0, 8);
    tkt_put_marked(m, 0, 8); /* pairs: mark 0 */
}

static void end(tkt_bytes *m, unsigned pairs)
{
    m->ptr[16] = (unsigned char)pairs;
}

static void put_string(tkt_bytes *m, const char *p, size_t n)
{
    tkt_put_marked(m, n, 8);
    tkt_put(m, p, n);
}

static void key(tkt_bytes *m, const char *k, uint32_t type)
{
    put_string(m, k, strlen(k));
    tkt_put_marked(m, type, 4);
}

static void put_text(tkt_bytes *m, const char *k, const char *v)
{
    key(m, k, STRING);
    put_string(m, v, strlen(v));
}

static void put_u32(tkt_bytes *m, const char *k, uint32_t v)
{
    key(m, k, U32);
    tkt_put_le(m, v, 4);
}

static void put_flag(tkt_bytes *m, const char *k, unsigned v)
{
    key(m, k, BOOL);
    tkt_put_le(m, v, 1);
}

static void array(tkt_bytes *m, const char *k, uint32_t elem, uint64_t n)
{
    key(m, k, ARRAY);
    tkt_put_marked(m, elem, 4);
    tkt_put_marked(m, n, 8);
}

static void put_f32(tkt_bytes *m, float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    tkt_put_le(m, bits, 4);
}

static void put_strings(tkt_bytes *m, const char *k, const char *const *s)
{
    size_t n = 0;
    while (s[n]) n++;
    array(m, k, STRING, n);
    for (size_t i = 0; i < n; i++) put_string(m, s[i], strlen(s[i]));
}

static tkc_status open_bytes(const tkt_bytes *m, size_t len, tkc_vocab **out, tkc_error *err)
{
    tkc_builder b;
    tkc_str s = tkt_exact(m->ptr, len);
    tkc_vocab *v = NULL;
    tkc_status st;
    memset(err, 0, sizeof *err);
    tkc_builder_init(&b, NULL);
    st = tkc_read_gguf(&b, s, err);
    if (!st) st = tkc_vocab_from_builder(&v, &b, err);
    tkc_builder_release(&b);
    free((char *)s.ptr);
    if (st) {
        assert_int_equal(err->code, st);
        assert_true(err->message[0] != 0 && err->offset <= len);
    }
    if (out)
        *out = v;
    else
        tkc_vocab_close(v);
    return st;
}

static unsigned n_crafted;

static void refused(const char *what, tkt_bytes *m, tkc_status want)
{
    tkc_error err;
    tkc_status st = open_bytes(m, m->len, NULL, &err);
    n_crafted++;
    if (st != want)
        fail_msg("%s: status %s (%s), expected %s", what, tkc_status_name(st), err.message,
                 tkc_status_name(want));
    tkt_release(m);
}

/* --- small models -------------------------------------------------------------------- */

/* SentencePiece BPE of eight tokens; 5 pairs and what the caller adds. */
static unsigned small_llama(tkt_bytes *m)
{
    static const char *const token[] = {"<unk>", "<s>", "</s>", "a", "b", "ab", "\xe2\x96\x81",
                                        "<sep>", NULL};
    static const unsigned type[] = {UNKNOWN, CONTROL, CONTROL, NORMAL,
                                    NORMAL,  NORMAL,  NORMAL,  USER};
    start(m, 3);
    put_text(m, "general.architecture", "llama");
    put_text(m, "tokenizer.ggml.model", "llama");
    put_strings(m, "tokenizer.ggml.tokens", token);
    array(m, "tokenizer.ggml.scores", F32, 8);
    for (int i = 0; i < 8; i++) put_f32(m, -(float)i);
    array(m, "tokenizer.ggml.token_type", I32, 8);
    for (int i = 0; i < 8; i++) tkt_put_le(m, type[i], 4);
    end(m, 5);
    return 5;
}

/* Byte-level: the 256 bytes in the byte alphabet, "He", "lo", "\u0120" + "w", a control token,
 * a user-defined one and a filler. */
static void put_byte_tokens(tkt_bytes *m, size_t more)
{
    array(m, "tokenizer.ggml.tokens", STRING, 256 + more);
    for (unsigned c = 0; c < 256; c++) {
        tkc_buf b;
        char byte = (char)c;
        tkc_error err;
        tkc_buf_init(&b, 16, NULL);
        assert_int_equal(tkc_byte_alphabet_encode((tkc_str){&byte, 1}, &b, &err), TKC_OK);
        put_string(m, b.ptr, b.len);
        tkc_buf_release(&b);
    }
}

static void byte_level(tkt_bytes *m, const char *pre, const char *const *merges)
{
    static const char *const more[] = {"He", "lo", "\xc4\xa0w", "<|end|>", "\xc3\xbc\xc3\xbc",
                                       "[PAD261]"};
    static const unsigned type[] = {NORMAL, NORMAL, NORMAL, CONTROL, USER, USER};
    start(m, 3);
    put_text(m, "tokenizer.ggml.model", "gpt2");
    if (pre) put_text(m, "tokenizer.ggml.pre", pre);
    put_byte_tokens(m, 6);
    for (int i = 0; i < 6; i++) put_string(m, more[i], strlen(more[i]));
    array(m, "tokenizer.ggml.token_type", I32, 262);
    for (int i = 0; i < 262; i++) tkt_put_le(m, i < 256 ? NORMAL : type[i - 256], 4);
    put_strings(m, "tokenizer.ggml.merges", merges);
    end(m, pre ? 5 : 4);
}

static const char *const MERGES[] = {"H e", "l o", "\xc4\xa0 w", NULL};

static void check_ids(const tkc_vocab *v, const char *text, unsigned flags, const uint32_t *want,
                      size_t n_want)
{
    uint32_t got[64];
    char back[256];
    size_t n, len;
    tkc_encoder *e;
    tkc_error err;
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
    assert_int_equal(tkc_encode(e, (tkc_str){text, strlen(text)}, flags, got, 64, &n, &err),
                     TKC_OK);
    assert_int_equal(n, n_want);
    for (size_t i = 0; i < n; i++) assert_int_equal(got[i], want[i]);
    assert_int_equal(tkc_decode(v, got, n, 0, back, sizeof back, &len, &err), TKC_OK);
    tkc_encoder_free(e);
}

static void test_byte_level(void **state)
{
    static const uint32_t hello[] = {256, 'l', 257, 258, 'o', 'r', 'l', 'd'};
    static const uint32_t end_token[] = {'a', 259}, umlauts[] = {260, 0xc3, 0xbc};
    tkt_bytes m = {0};
    tkc_vocab *v;
    tkc_error err;
    (void)state;
    byte_level(&m, "gpt-2", MERGES);
    assert_int_equal(open_bytes(&m, m.len, &v, &err), TKC_OK);
    assert_int_equal(tkc_vocab_size(v), 261); /* the filler is no token */
    check_ids(v, "Hello world", 0, hello, 8);
    check_ids(v, "a<|end|>", TKC_ENCODE_SPECIAL, end_token, 2);
    check_ids(v, "\xc3\xbc\xc3\xbc\xc3\xbc", 0, umlauts, 3);
    assert_true(tkc_vocab_is_control(v, 259));
    tkc_vocab_close(v);
    tkt_release(&m);
}

/* Every name of gguf_pre.def opens, splits and gives the text back. */
static void test_every_pre(void **state)
{
    static const char *const name[] = {
#define PRE_ROW(name_, ...) name_,
#include "vocab/read/gguf_pre.def"
#undef PRE_ROW
    };
    static const char text[] = "Hello world, it's 12345 \xe4\xb8\xad\xe6\x96\x87\r\n\n"
                               "  x = 1;\n\t ";
    size_t n_names = sizeof name / sizeof *name;
    (void)state;
    assert_true(n_names >= 20);
    for (size_t i = 0; i < n_names; i++) {
        tkt_bytes m = {0};
        tkc_vocab *v;
        tkc_encoder *e;
        uint32_t ids[128];
        char back[128];
        size_t n, len;
        tkc_error err;
        byte_level(&m, name[i], MERGES);
        if (open_bytes(&m, m.len, &v, &err)) fail_msg("%s: %s", name[i], err.message);
        if (tkc_encoder_new(&e, v, NULL, &err)) fail_msg("%s: %s", name[i], err.message);
        assert_int_equal(tkc_encode(e, (tkc_str){text, sizeof text - 1}, 0, ids, 128, &n, &err),
                         TKC_OK);
        assert_int_equal(ids[0], 256);
        assert_int_equal(tkc_decode(v, ids, n, 0, back, sizeof back, &len, &err), TKC_OK);
        assert_int_equal(len, sizeof text - 1);
        assert_memory_equal(back, text, len);
        tkc_encoder_free(e);
        tkc_vocab_close(v);
        tkt_release(&m);
    }
}

static void test_llama(void **state)
{
    static const uint32_t want[] = {6, 5, 7, 6, 3}, framed[] = {1, 6, 5};
    tkt_bytes m = {0};
    tkc_vocab *v;
    tkc_error err;
    (void)state;
    small_llama(&m);
    assert_int_equal(open_bytes(&m, m.len, &v, &err), TKC_OK);
    /* user-defined tokens cut the text, and each stretch gets its prefix */
    check_ids(v, "ab<sep>a", 0, want, 5);
    check_ids(v, "ab", TKC_ENCODE_FRAME, framed, 3);
    tkc_vocab_close(v);
    tkt_release(&m);
}

static void test_gemma4(void **state)
{
    static const char *const token[] = {"<pad>", "<eos>",  "<bos>", "<unk>", "\xe2\x96\x81",
                                        "h",     "i",      "hi",    "\xe2\x96\x81hi",
                                        "<0x41>", "\n",    "\n\n",  NULL};
    static const unsigned type[] = {CONTROL, CONTROL, CONTROL, CONTROL, NORMAL, NORMAL,
                                    NORMAL,  NORMAL,  NORMAL,  BYTE,    NORMAL, NORMAL};
    static const char *const merges[] = {"\n \n", "h i", "\xe2\x96\x81 hi", NULL};
    static const uint32_t want[] = {7, 8, 11, 9, 3, 7};
    tkt_bytes m = {0};
    tkc_vocab *v;
    tkc_error err;
    (void)state;
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "gemma4");
    put_strings(&m, "tokenizer.ggml.tokens", token);
    array(&m, "tokenizer.ggml.token_type", I32, 12);
    for (int i = 0; i < 12; i++) tkt_put_le(&m, type[i], 4);
    put_strings(&m, "tokenizer.ggml.merges", merges);
    put_u32(&m, "tokenizer.ggml.unknown_token_id", 3);
    put_u32(&m, "tokenizer.ggml.bos_token_id", 2);
    end(&m, 6);
    assert_int_equal(open_bytes(&m, m.len, &v, &err), TKC_OK);
    check_ids(v, "hi hi\n\nABChi", 0, want, 6);
    tkc_vocab_close(v);
    tkt_release(&m);
}

static void test_bert(void **state)
{
    static const char *const token[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "\xe2\x96\x81the",
                                        "\xe2\x96\x81play", "ing", "\xe2\x96\x81.",
                                        "[unused0]", NULL};
    static const uint32_t want[] = {2, 4, 5, 6, 7, 1, 3};
    tkt_bytes m = {0};
    tkc_vocab *v;
    tkc_error err;
    (void)state;
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "bert");
    put_text(&m, "tokenizer.ggml.pre", "bert-bge");
    put_strings(&m, "tokenizer.ggml.tokens", token);
    array(&m, "tokenizer.ggml.token_type", I32, 9);
    for (int i = 0; i < 9; i++) tkt_put_le(&m, i < 4 ? CONTROL : NORMAL, 4);
    put_u32(&m, "tokenizer.ggml.unknown_token_id", 1);
    put_u32(&m, "tokenizer.ggml.cls_token_id", 2);
    put_u32(&m, "tokenizer.ggml.seperator_token_id", 3);
    end(&m, 7);
    assert_int_equal(open_bytes(&m, m.len, &v, &err), TKC_OK);
    check_ids(v, "The playing. zebra", TKC_ENCODE_FRAME, want, 7);
    tkc_vocab_close(v);
    tkt_release(&m);
}

/* --- the same vocabulary in both formats ---------------------------------------------- */

static void model_to_gguf(const tkc_builder *b, tkt_bytes *m)
{
    static const unsigned char type[] = {
        [TKC_TOKEN_NORMAL] = NORMAL, [TKC_TOKEN_UNKNOWN] = UNKNOWN,   [TKC_TOKEN_CONTROL] = CONTROL,
        [TKC_TOKEN_USER_DEFINED] = USER, [TKC_TOKEN_UNUSED] = UNUSED, [TKC_TOKEN_BYTE] = BYTE,
    };
    const tkc_builder_op *op = &b->op[TKC_STAGE_NORMALIZE][0];
    start(m, 2);
    put_text(m, "tokenizer.ggml.model", b->model.kind == TKC_MODEL_UNIGRAM ? "t5" : "llama");
    array(m, "tokenizer.ggml.tokens", STRING, b->n_token);
    for (uint32_t i = 0; i < b->n_token; i++) {
        tkc_str t = tkc_builder_token_bytes(b, i);
        put_string(m, t.ptr, t.len);
    }
    array(m, "tokenizer.ggml.scores", F32, b->n_token);
    for (size_t i = 0; i < b->n_token; i++) put_f32(m, (float)b->token[i].score);
    array(m, "tokenizer.ggml.token_type", I32, b->n_token);
    for (size_t i = 0; i < b->n_token; i++) tkt_put_le(m, type[b->token[i].type], 4);
    put_u32(m, "tokenizer.ggml.unknown_token_id", b->model.unk_id);
    put_flag(m, "tokenizer.ggml.add_space_prefix", (op->flags & TKC_OPF_DUMMY_PREFIX) != 0);
    put_flag(m, "tokenizer.ggml.remove_extra_whitespaces",
             (op->flags & TKC_OPF_REMOVE_SPACES) != 0);
    if (op->a_len) {
        array(m, "tokenizer.ggml.precompiled_charsmap", U8, op->a_len);
        tkt_put(m, b->bytes.ptr + op->a, op->a_len);
    }
    end(m, op->a_len ? 8 : 7);
}

static void test_same_as_model(void **state)
{
    /* BPE without user-defined pieces: those mean something else in the two formats */
    static const char *const model[] = {
        "bpe_plain",     "bpe_bytes",     "bpe_tied",     "bpe_across",       "unigram_plain",
        "unigram_bytes", "unigram_rules", "unigram_user", "unigram_user_keep", "unigram_tied"};
    static uint32_t want[4096], got[4096];
    static char text[4096];
    (void)state;
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        char path[2][128];
        size_t len[2], n_cases = 0;
        char *file[2];
        tkt_bytes m = {0};
        tkc_str at, field[TKT_FIELDS];
        tkc_vocab *v;
        tkc_encoder *e;
        tkc_builder b;
        tkc_error err = {0};
        for (int k = 0; k < 2; k++) {
            snprintf(path[k], sizeof path[k], "tests/data/spm/%s.%s", model[i],
                     k ? "cases" : "model");
            file[k] = tkt_read_file(path[k], &len[k]);
            assert_non_null(file[k]);
        }
        tkc_builder_init(&b, NULL);
        assert_int_equal(tkc_read_sentencepiece(&b, (tkc_str){file[0], len[0]}, &err), TKC_OK);
        model_to_gguf(&b, &m);
        tkc_builder_release(&b);
        if (open_bytes(&m, m.len, &v, &err)) fail_msg("%s: %s", model[i], err.message);
        assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
        at = (tkc_str){file[1], len[1]};
        while (tkt_next_line(&at, field)) {
            size_t n_text = tkt_unhex(field[0], text), n_want = tkt_ids(field[1], want), n;
            assert_int_equal(tkc_encode(e, (tkc_str){text, n_text}, 0, got, 4096, &n, &err),
                             TKC_OK);
            if (n != n_want || memcmp(got, want, n * sizeof *got))
                fail_msg("%s as GGUF: \"%.*s\": %zu ids, expected %zu", model[i], (int)n_text, text,
                         n, n_want);
            n_cases++;
        }
        assert_true(n_cases >= 60);
        tkc_encoder_free(e);
        tkc_vocab_close(v);
        tkt_release(&m);
        free(file[0]);
        free(file[1]);
    }
}

/* --- hostile files ------------------------------------------------------------------- */

static void test_cut_anywhere(void **state)
{
    tkt_bytes m = {0};
    tkc_error err;
    (void)state;
    small_llama(&m);
    assert_int_equal(open_bytes(&m, m.len, NULL, &err), TKC_OK);
    for (size_t n = 0; n < m.len; n++)
        if (open_bytes(&m, n, NULL, &err) != TKC_E_FORMAT)
            fail_msg("cut to %zu of %zu bytes: %s", n, m.len, err.message);
    n_crafted += (unsigned)m.len;
    tkt_release(&m);
}

/* Every count, length and type of a good file replaced by a lie. */
static void test_numbers_that_lie(void **state)
{
    static const uint64_t lie[] = {13,
                                   255,
                                   ((uint64_t)1 << 31) - 1,
                                   (uint64_t)1 << 31,
                                   ((uint64_t)1 << 32) - 1,
                                   (uint64_t)1 << 32,
                                   (uint64_t)1 << 61,
                                   (uint64_t)1 << 63,
                                   UINT64_MAX};
    tkt_bytes good = {0};
    size_t n_marks;
    (void)state;
    small_llama(&good);
    n_marks = good.n_mark;
    assert_true(n_marks > 20);
    for (size_t k = 0; k < n_marks; k++)
        for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
            tkt_bytes m = {0};
            if (good.width[k] == 4 && lie[i] > UINT32_MAX) continue;
            tkt_put(&m, good.ptr, good.len);
            for (unsigned j = 0; j < good.width[k]; j++)
                m.ptr[good.mark[k] + j] = (unsigned char)(lie[i] >> (8 * j));
            refused("a number that lies", &m, TKC_E_FORMAT);
        }
    tkt_release(&good);
}

static void test_any_byte(void **state)
{
    tkt_bytes m = {0};
    tkc_error err;
    size_t ok = 0;
    (void)state;
    small_llama(&m);
    for (size_t i = 0; i < m.len; i++) {
        unsigned char was = m.ptr[i];
        for (unsigned c = 0; c < 256; c += 5) {
            m.ptr[i] = (unsigned char)c;
            ok += open_bytes(&m, m.len, NULL, &err) == TKC_OK;
        }
        m.ptr[i] = was;
    }
    assert_true(ok > 0);
    tkt_release(&m);
}

static void test_head_refused(void **state)
{
    tkt_bytes m = {0};
    (void)state;
    refused("empty file", &m, TKC_E_FORMAT);
    tkt_put_text(&m, "GGUG");
    refused("another magic", &m, TKC_E_FORMAT);
    for (uint32_t version = 0; version < 9; version++) {
        if (version == 2 || version == 3) continue;
        start(&m, version);
        refused("another version", &m, TKC_E_UNSUPPORTED);
    }
    start(&m, 0x03000000);
    refused("big-endian", &m, TKC_E_UNSUPPORTED);
    start(&m, 3);
    refused("no pairs", &m, TKC_E_FORMAT);
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "llama");
    end(&m, 1);
    refused("no tokens", &m, TKC_E_FORMAT);
    start(&m, 3);
    put_u32(&m, "tokenizer.ggml.model", 1);
    end(&m, 1);
    refused("model name as a number", &m, TKC_E_FORMAT);
    for (uint32_t a = 0; a < 8; a += 7) {
        start(&m, 3);
        put_u32(&m, "general.alignment", a);
        end(&m, 1);
        refused("alignment", &m, TKC_E_FORMAT);
    }
}

static void test_arrays_in_arrays(void **state)
{
    tkt_bytes m = {0};
    tkc_error err;
    (void)state;
    /* three deep, of no interest: skipped */
    small_llama(&m);
    key(&m, "x.nested", ARRAY);
    tkt_put_le(&m, ARRAY, 4);
    tkt_put_le(&m, 2, 8);
    for (int i = 0; i < 2; i++) {
        tkt_put_le(&m, ARRAY, 4);
        tkt_put_le(&m, 1, 8);
        tkt_put_le(&m, U8, 4);
        tkt_put_le(&m, 3, 8);
        tkt_put_text(&m, "abc");
    }
    end(&m, 6);
    assert_int_equal(open_bytes(&m, m.len, NULL, &err), TKC_OK);
    tkt_release(&m);
    /* as many as one likes: a limit, no recursion */
    small_llama(&m);
    key(&m, "x.deep", ARRAY);
    for (int i = 0; i < 30000; i++) {
        tkt_put_le(&m, ARRAY, 4);
        tkt_put_le(&m, 1, 8);
    }
    end(&m, 6);
    refused("30,000 arrays in each other", &m, TKC_E_LIMIT);
    small_llama(&m);
    key(&m, "x.deep", ARRAY);
    tkt_put_le(&m, ARRAY, 4);
    tkt_put_le(&m, 1, 8);
    tkt_put_le(&m, U64, 4);
    tkt_put_le(&m, (uint64_t)1 << 61, 8); /* times 8 is 0 */
    end(&m, 6);
    refused("inner count that overflows", &m, TKC_E_FORMAT);
}

static void test_keys_refused(void **state)
{
    static const char *const ids[] = {"tokenizer.ggml.bos_token_id",
                                      "tokenizer.ggml.unknown_token_id"};
    static const char *const bools[] = {"tokenizer.ggml.add_bos_token",
                                        "tokenizer.ggml.add_space_prefix",
                                        "tokenizer.ggml.remove_extra_whitespaces"};
    tkt_bytes m = {0};
    (void)state;
    small_llama(&m);
    put_text(&m, "tokenizer.ggml.model", "llama");
    end(&m, 6);
    refused("a key twice", &m, TKC_E_FORMAT);
    for (size_t i = 0; i < 2; i++) {
        for (uint32_t id = 8; id; id <<= 4) {
            small_llama(&m);
            put_u32(&m, ids[i], id);
            end(&m, 6);
            refused("an id without a token", &m, TKC_E_FORMAT);
        }
        small_llama(&m);
        put_text(&m, ids[i], "1");
        end(&m, 6);
        refused("an id as a string", &m, TKC_E_FORMAT);
    }
    for (size_t i = 0; i < 3; i++) {
        small_llama(&m);
        put_flag(&m, bools[i], 2);
        end(&m, 6);
        refused("a flag that is 2", &m, TKC_E_FORMAT);
        small_llama(&m);
        put_u32(&m, bools[i], 1);
        end(&m, 6);
        refused("a flag as a number", &m, TKC_E_FORMAT);
    }
    for (size_t n = 1; n < 9; n++) {
        small_llama(&m);
        array(&m, "tokenizer.ggml.precompiled_charsmap", U8, n);
        tkt_put(&m, "\0\4\0\0\0\0\0\0", n);
        end(&m, 6);
        refused("a character map of a few bytes", &m, TKC_E_FORMAT);
    }
    small_llama(&m);
    array(&m, "tokenizer.ggml.precompiled_charsmap", I32, 1);
    tkt_put_le(&m, 0, 4);
    end(&m, 6);
    refused("a character map of wide numbers", &m, TKC_E_FORMAT);
}

/* tokens, types and scores that do not go together */
static void tokens_case(const char *what, const char *const *token, const unsigned *type,
                        const float *score, size_t n_type, size_t n_score, tkc_status want)
{
    tkt_bytes m = {0};
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "llama");
    put_strings(&m, "tokenizer.ggml.tokens", token);
    array(&m, "tokenizer.ggml.scores", F32, n_score);
    for (size_t i = 0; i < n_score; i++) put_f32(&m, score ? score[i] : 0);
    array(&m, "tokenizer.ggml.token_type", I32, n_type);
    for (size_t i = 0; i < n_type; i++) tkt_put_le(&m, type[i], 4);
    end(&m, 4);
    refused(what, &m, want);
}

static void test_tokens_refused(void **state)
{
    static const char *const good[] = {"<unk>", "a", "b", NULL};
    static const char *const doubled[] = {"<unk>", "a", "a", NULL};
    static const char *const none[] = {NULL};
    static const char *const wrong_byte[] = {"<0x-1>", "<0x0a>", "<0xG1>", "0x41", "<0x041>", "a"};
    static const unsigned type[] = {UNKNOWN, NORMAL, NORMAL, NORMAL};
    static const float nan_score[] = {0, 0.0f / 0.0f, 0}, inf_score[] = {0, 1.0f / 0.0f, 0};
    tkt_bytes m = {0};
    (void)state;
    tokens_case("no tokens at all", none, type, NULL, 0, 0, TKC_E_FORMAT);
    tokens_case("doubled token", doubled, type, NULL, 3, 3, TKC_E_FORMAT);
    tokens_case("too few types", good, type, NULL, 2, 3, TKC_E_FORMAT);
    tokens_case("too few scores", good, type, NULL, 3, 2, TKC_E_FORMAT);
    tokens_case("score that is no number", good, type, nan_score, 3, 3, TKC_E_FORMAT);
    tokens_case("infinite score", good, type, inf_score, 3, 3, TKC_E_FORMAT);
    for (unsigned t = 7; t; t <<= 6) {
        const unsigned bad[] = {UNKNOWN, NORMAL, t};
        tokens_case("type that is not known", good, bad, NULL, 3, 3, TKC_E_FORMAT);
    }
    for (size_t i = 0; i < 6; i++) {
        const char *const token[] = {"<unk>", wrong_byte[i], NULL};
        const unsigned bytes[] = {UNKNOWN, BYTE};
        tokens_case(wrong_byte[i], token, bytes, NULL, 2, 2, TKC_E_FORMAT);
    }
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "llama");
    put_strings(&m, "tokenizer.ggml.tokens", good);
    end(&m, 2);
    refused("no scores", &m, TKC_E_FORMAT);
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "t5");
    put_strings(&m, "tokenizer.ggml.tokens", good);
    end(&m, 2);
    refused("no scores of a Unigram model", &m, TKC_E_FORMAT);
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "llama");
    array(&m, "tokenizer.ggml.tokens", U32, 2);
    tkt_put_le(&m, 0, 8);
    end(&m, 2);
    refused("tokens as numbers", &m, TKC_E_FORMAT);
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "llama");
    put_text(&m, "tokenizer.ggml.tokens", "a");
    end(&m, 2);
    refused("tokens as one string", &m, TKC_E_FORMAT);
}

static void test_merges_refused(void **state)
{
    static const char *const bad[] = {"",   " ",    "H",   "He",    "H ",    " e",  "H  e", "H zz",
                                      "zz e", "He lo", "e H", "H e l", "<|end|> H"};
    tkt_bytes m = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *const merges[] = {"H e", bad[i], NULL};
        byte_level(&m, "gpt-2", merges);
        refused(bad[i], &m, TKC_E_FORMAT);
    }
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "gpt2");
    put_text(&m, "tokenizer.ggml.pre", "gpt-2");
    put_byte_tokens(&m, 0);
    end(&m, 3);
    refused("no merges", &m, TKC_E_FORMAT);
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "gpt2");
    put_text(&m, "tokenizer.ggml.pre", "gpt-2");
    put_byte_tokens(&m, 0);
    array(&m, "tokenizer.ggml.merges", U32, 1);
    tkt_put_le(&m, 0, 4);
    end(&m, 4);
    refused("merges as numbers", &m, TKC_E_FORMAT);
}

/* A merge of a token with itself, and merges in a circle, build longer tokens or are
 * refused; they cannot run for ever. */
static void test_merges_of_themselves(void **state)
{
    static const char *const good[] = {"H e", "H e", "l o", NULL};
    tkt_bytes m = {0};
    tkc_error err;
    (void)state;
    byte_level(&m, "gpt-2", good);
    assert_int_equal(open_bytes(&m, m.len, NULL, &err), TKC_OK); /* listed twice */
    tkt_release(&m);
    for (int i = 0; i < 3; i++) {
        static const char *const loop[] = {"He He", "H H", "lo H"};
        const char *const merges[] = {"H e", loop[i], NULL};
        byte_level(&m, "gpt-2", merges);
        refused(loop[i], &m, TKC_E_FORMAT);
    }
}

static void test_names_refused(void **state)
{
    static const char *const model[] = {"rwkv", "plamo2", "none",     "no_vocab",
                                        "",     "LLAMA",  "hybriddna"};
    static const char *const pre[] = {"default",  "",      "poro-chat",  "viking", "jais",
                                      "superbpe", "bloom", "seed-coder", "exaone", "GPT-2",
                                      "gpt-2 ",   "gpt"};
    static const char *const token[] = {"a", "b", NULL};
    tkt_bytes m = {0};
    (void)state;
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        start(&m, 3);
        put_text(&m, "tokenizer.ggml.model", model[i]);
        put_strings(&m, "tokenizer.ggml.tokens", token);
        end(&m, 2);
        refused(model[i], &m, TKC_E_UNSUPPORTED);
    }
    for (size_t i = 0; i < sizeof pre / sizeof *pre; i++) {
        byte_level(&m, pre[i], MERGES);
        refused(pre[i], &m, TKC_E_UNSUPPORTED);
    }
    byte_level(&m, NULL, MERGES);
    refused("no pre-tokenizer named", &m, TKC_E_UNSUPPORTED);
    start(&m, 3);
    put_text(&m, "tokenizer.ggml.model", "bert");
    put_text(&m, "tokenizer.ggml.pre", "jina-v2-de");
    put_strings(&m, "tokenizer.ggml.tokens", token);
    end(&m, 3);
    refused("WordPiece that does not say whether it lowers case", &m, TKC_E_UNSUPPORTED);
}

static void test_no_memory(void **state)
{
    tkt_bytes m = {0};
    (void)state;
    small_llama(&m);
    tkt_read_without_memory(tkc_read_gguf, (tkc_str){(char *)m.ptr, m.len});
    tkt_release(&m);
}

static void test_enough_crafted(void **state)
{
    (void)state;
    assert_true(n_crafted >= 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_byte_level),     cmocka_unit_test(test_every_pre),
        cmocka_unit_test(test_llama),          cmocka_unit_test(test_gemma4),
        cmocka_unit_test(test_bert),           cmocka_unit_test(test_same_as_model),
        cmocka_unit_test(test_cut_anywhere),   cmocka_unit_test(test_numbers_that_lie),
        cmocka_unit_test(test_any_byte),       cmocka_unit_test(test_head_refused),
        cmocka_unit_test(test_arrays_in_arrays), cmocka_unit_test(test_keys_refused),
        cmocka_unit_test(test_tokens_refused), cmocka_unit_test(test_merges_refused),
        cmocka_unit_test(test_merges_of_themselves), cmocka_unit_test(test_names_refused),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_enough_crafted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
