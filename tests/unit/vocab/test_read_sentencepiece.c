/*
 * test_read_sentencepiece.c - .model files: what is read, what is refused, and that texts
 * become the ids that sentencepiece 0.2.3 makes of them (tests/data/spm, written by
 * tools/dev/oracles/make_spm_cases.py).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/source_reader.h"
#include <stdio.h>

#include "tests/support/case_file.h"
#include "tests/support/make_bytes.h"
#include "tokenizer/tokenizer.h"
#include "vocab/compile/compile.h"
#include "vocab/open.h"
#include "vocab/read/readers.h"

#define FOLDER "tests/data/spm/"

static const char *const MODEL[] = {
    "unigram_plain",  "unigram_bytes",      "unigram_user",   "unigram_user_keep",
    "unigram_rules",  "unigram_rules_keep", "unigram_suffix", "unigram_no_escape",
    "unigram_across", "unigram_unused",     "unigram_tied",   "bpe_plain",
    "bpe_bytes",      "bpe_user",           "bpe_user_keep",  "bpe_rules",
    "bpe_rules_keep", "bpe_suffix",         "bpe_no_escape",  "bpe_across",
    "bpe_unused",     "bpe_tied",
};
enum { N_MODELS = sizeof MODEL / sizeof *MODEL };

/* --- replay -------------------------------------------------------------------------- */

enum { ROOM = 4096 };

/* One line of a .cases file: text, ids, what they decode to. */
static void replay_line(const char *name, const tkc_vocab *v, tkc_encoder *e,
                        const tkc_str field[TKT_FIELDS])
{
    static uint32_t want[ROOM], got[ROOM], again[ROOM];
    static size_t begin[ROOM];
    static char text[ROOM], back[ROOM], out[ROOM];
    size_t n_text = tkt_unhex(field[0], text), n_want = tkt_ids(field[1], want);
    size_t n_back = tkt_unhex(field[2], back), n_got, n, len;
    tkc_error err;
    assert_int_equal(tkc_encode(e, (tkc_str){text, n_text}, 0, got, ROOM, &n_got, &err), TKC_OK);
    if (n_got != n_want || memcmp(got, want, n_want * sizeof *want) != 0) {
        size_t i = 0;
        while (i < n_got && i < n_want && got[i] == want[i]) i++;
        fail_msg("%s: \"%.*s\": %zu ids, expected %zu; first difference at %zu: %lu, expected %lu",
                 name, (int)n_text, text, n_got, n_want, i,
                 i < n_got ? (unsigned long)got[i] : 0, i < n_want ? (unsigned long)want[i] : 0);
    }
    assert_int_equal(tkc_count(e, (tkc_str){text, n_text}, 0, &n, &err), TKC_OK);
    assert_int_equal(n, n_want);
    assert_int_equal(
        tkc_encode_offsets(e, (tkc_str){text, n_text}, 0, again, begin, ROOM, &n, &err), TKC_OK);
    assert_int_equal(n, n_want);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(again[i], want[i]);
        assert_true(begin[i] <= n_text && (i == 0 || begin[i - 1] <= begin[i]));
    }
    assert_int_equal(tkc_decode(v, want, n_want, 0, out, ROOM, &len, &err), TKC_OK);
    if (len != n_back || memcmp(out, back, len) != 0)
        fail_msg("%s: ids of \"%.*s\" decode to \"%.*s\", expected \"%.*s\"", name, (int)n_text,
                 text, (int)len, out, (int)n_back, back);
}

static void test_replay(void **state)
{
    size_t lines = 0;
    (void)state;
    for (size_t i = 0; i < N_MODELS; i++) {
        char path[2][128];
        size_t len[2];
        char *file[2];
        tkc_vocab_options opt = {.struct_size = sizeof opt, .format = TKC_VOCAB_SENTENCEPIECE};
        tkc_str at, field[TKT_FIELDS];
        tkc_vocab *v;
        tkc_encoder *e;
        tkc_error err = {0};
        for (int k = 0; k < 2; k++) {
            snprintf(path[k], sizeof path[k], FOLDER "%s.%s", MODEL[i], k ? "cases" : "model");
            file[k] = tkt_read_file(path[k], &len[k]);
            assert_non_null(file[k]);
        }
        if (tkc_vocab_open_memory(&v, (tkc_str){file[0], len[0]}, &opt, &err))
            fail_msg("%s: %s", path[0], err.message);
        assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
        at = (tkc_str){file[1], len[1]};
        for (size_t n; (n = tkt_next_line(&at, field)) > 0; lines++) {
            assert_int_equal(n, 3);
            replay_line(MODEL[i], v, e, field);
        }
        tkc_encoder_free(e);
        tkc_vocab_close(v);
        free(file[0]);
        free(file[1]);
    }
    assert_true(lines >= (size_t)N_MODELS * 60);
}

/* --- files made by hand -------------------------------------------------------------- */

static void put_message(tkt_bytes *b, unsigned number, const tkt_bytes *m)
{
    tkt_put_varint(b, number << 3 | 2);
    tkt_put_varint(b, m->len);
    tkt_put(b, m->ptr, m->len);
}

static void put_number(tkt_bytes *b, unsigned number, uint64_t v)
{
    tkt_put_varint(b, number << 3);
    tkt_put_varint(b, v);
}

static void put_piece_n(tkt_bytes *b, const char *text, size_t len, float score, uint64_t type)
{
    tkt_bytes m = {0};
    uint32_t bits;
    tkt_put_varint(&m, 1 << 3 | 2);
    tkt_put_varint(&m, len);
    tkt_put(&m, text, len);
    tkt_put_varint(&m, 2 << 3 | 5);
    memcpy(&bits, &score, 4);
    tkt_put_le(&m, bits, 4);
    if (type) put_number(&m, 3, type);
    put_message(b, 1, &m);
    tkt_release(&m);
}

static void put_piece(tkt_bytes *b, const char *text, float score, uint64_t type)
{
    put_piece_n(b, text, strlen(text), score, type);
}

static void put_trainer(tkt_bytes *b, uint64_t model_type, bool bytes)
{
    tkt_bytes m = {0};
    put_number(&m, 3, model_type);
    if (bytes) put_number(&m, 35, 1);
    put_message(b, 2, &m);
    tkt_release(&m);
}

static void put_byte_pieces(tkt_bytes *b, int but)
{
    for (int c = 0; c < 256; c++) {
        char t[8];
        snprintf(t, sizeof t, "<0x%02X>", c);
        if (c != but) put_piece(b, t, 0, 6);
    }
}

static tkc_status read_bytes(const tkt_bytes *m, size_t len, tkc_error *err)
{
    tkc_builder b;
    tkc_str s = tkt_exact(m->ptr, len);
    tkc_buf out;
    tkc_status st;
    memset(err, 0, sizeof *err);
    tkc_builder_init(&b, NULL);
    st = tkc_read_sentencepiece(&b, s, err);
    tkc_buf_init(&out, (size_t)1 << 26, NULL);
    if (!st) st = tkc_builder_compile(&b, &out, err);
    tkc_buf_release(&out);
    tkc_builder_release(&b);
    free((char *)s.ptr);
    if (st) {
        assert_int_equal(err->code, st);
        assert_true(err->message[0] != 0 && err->offset <= len);
        assert_true(err->message[0] >= 'a' || err->message[0] < 'A');
    }
    return st;
}

static unsigned n_crafted;

static void refused(const char *what, tkt_bytes *m, tkc_status want)
{
    tkc_error err;
    tkc_status st = read_bytes(m, m->len, &err);
    n_crafted++;
    if (st != want)
        fail_msg("%s: status %s (%s), expected %s", what, tkc_status_name(st), err.message,
                 tkc_status_name(want));
    tkt_release(m);
}

/* A small model whose last field is what makes it whole. */
static void small_model(tkt_bytes *b)
{
    tkt_bytes norm = {0};
    put_trainer(b, 2, false);
    put_number(&norm, 3, 1);
    put_number(&norm, 4, 0);
    put_number(&norm, 5, 1);
    put_message(b, 3, &norm);
    put_piece(b, "<s>", 0, 3);
    put_piece(b, "a", -1, 1);
    put_piece(b, "b", -2, 0);
    put_piece(b, "ab", 0, 1);
    put_piece(b, "\xe2\x96\x81", -3, 1);
    put_piece(b, "<sep>", 0, 4);
    put_piece(b, "aab", -9, 5);
    put_piece(b, "<unk>", 0, 2);
    tkt_release(&norm);
}

static void test_what_is_read(void **state)
{
    tkt_bytes m = {0};
    tkc_builder b;
    tkc_error err;
    static const unsigned char type[] = {TKC_TOKEN_CONTROL,      TKC_TOKEN_NORMAL,
                                         TKC_TOKEN_NORMAL,       TKC_TOKEN_NORMAL,
                                         TKC_TOKEN_NORMAL,       TKC_TOKEN_USER_DEFINED,
                                         TKC_TOKEN_UNUSED,       TKC_TOKEN_UNKNOWN};
    (void)state;
    small_model(&m);
    tkc_builder_init(&b, NULL);
    assert_int_equal(tkc_read_sentencepiece(&b, (tkc_str){(char *)m.ptr, m.len}, &err), TKC_OK);
    assert_int_equal(b.model.kind, TKC_MODEL_BPE_SCORES);
    assert_int_equal(b.model.flags, TKC_MODEL_SPM | TKC_MODEL_FUSE_UNK);
    assert_int_equal(b.model.unk_id, 7);
    assert_int_equal(b.n_token, 8);
    for (size_t i = 0; i < 8; i++) assert_int_equal(b.token[i].type, type[i]);
    assert_true(b.token[2].score == -2.0);
    assert_int_equal(tkc_builder_token_bytes(&b, 3).len, 2);
    assert_int_equal(b.n_added, 1); /* the control piece alone */
    assert_int_equal(b.added[0].flags, TKC_ADDED_SPECIAL);
    assert_int_equal(b.n_op[TKC_STAGE_NORMALIZE], 1);
    assert_int_equal(b.op[TKC_STAGE_NORMALIZE][0].kind, TKC_OP_SPM);
    assert_int_equal(b.op[TKC_STAGE_NORMALIZE][0].flags, TKC_OPF_DUMMY_PREFIX | TKC_OPF_ESCAPE);
    assert_int_equal(b.op[TKC_STAGE_NORMALIZE][0].b_len, 0);
    assert_int_equal(b.n_op[TKC_STAGE_DECODE], 1);
    assert_int_equal(b.n_before, 0);
    tkc_builder_release(&b);
    tkt_release(&m);
}

static void test_cut_anywhere(void **state)
{
    tkt_bytes m = {0};
    tkc_error err;
    (void)state;
    small_model(&m);
    assert_int_equal(read_bytes(&m, m.len, &err), TKC_OK);
    for (size_t n = 0; n < m.len; n++)
        if (read_bytes(&m, n, &err) != TKC_E_FORMAT)
            fail_msg("cut to %zu of %zu bytes: %s", n, m.len, err.message);
    n_crafted += (unsigned)m.len;
    tkt_release(&m);
}

/* Every byte replaced by every value: only that nothing breaks. */
static void test_any_byte(void **state)
{
    tkt_bytes m = {0};
    tkc_error err;
    size_t ok = 0;
    (void)state;
    small_model(&m);
    for (size_t i = 0; i < m.len; i++) {
        unsigned char was = m.ptr[i];
        for (unsigned c = 0; c < 256; c += 3) {
            m.ptr[i] = (unsigned char)c;
            ok += read_bytes(&m, m.len, &err) == TKC_OK;
        }
        m.ptr[i] = was;
    }
    assert_true(ok > 0);
    tkt_release(&m);
}

static void put_charsmap(tkt_bytes *b, const void *p, size_t n)
{
    tkt_bytes norm = {0};
    tkt_put_varint(&norm, 2 << 3 | 2);
    tkt_put_varint(&norm, n);
    tkt_put(&norm, p, n);
    put_message(b, 3, &norm);
    tkt_release(&norm);
}

static void test_lengths_that_lie(void **state)
{
    static const uint64_t lie[] = {0x7f,
                                   0x80,
                                   0x3fff,
                                   (uint64_t)1 << 20,
                                   ((uint64_t)1 << 31) - 1,
                                   (uint64_t)1 << 31,
                                   ((uint64_t)1 << 32) - 1,
                                   (uint64_t)1 << 32,
                                   (uint64_t)1 << 63,
                                   UINT64_MAX};
    (void)state;
    for (unsigned field = 1; field <= 5; field++)
        for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
            tkt_bytes m = {0};
            put_piece(&m, "<unk>", 0, 2);
            tkt_put_varint(&m, field << 3 | 2);
            tkt_put_varint(&m, lie[i]);
            tkt_put_text(&m, "\x0a\x01x");
            refused("length beyond the file", &m, TKC_E_FORMAT);
        }
    for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) { /* inside a piece */
        tkt_bytes m = {0}, p = {0};
        put_piece(&m, "<unk>", 0, 2);
        tkt_put_varint(&p, 1 << 3 | 2);
        tkt_put_varint(&p, lie[i]);
        tkt_put_text(&p, "abc");
        put_message(&m, 1, &p);
        refused("length beyond the piece", &m, TKC_E_FORMAT);
        tkt_release(&p);
    }
}

static void test_wire_types(void **state)
{
    static const unsigned top[] = {1, 2, 3, 5};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        tkt_bytes m = {0};
        put_piece(&m, "<unk>", 0, 2);
        put_number(&m, top[i], 1);
        refused("a message as a number", &m, TKC_E_FORMAT);
    }
    for (unsigned wire = 0; wire < 8; wire++) { /* text, score, type of a piece */
        for (unsigned field = 1; field <= 3; field++) {
            static const unsigned right[] = {0, 2, 5, 0};
            tkt_bytes m = {0}, p = {0};
            if (wire == right[field]) continue;
            tkt_put_varint(&p, field << 3 | wire);
            tkt_put_text(&p, wire == 2 ? "\x01z" : "\x01\x01\x01\x01\x01\x01\x01\x01");
            put_piece(&m, "<unk>", 0, 2);
            put_message(&m, 1, &p);
            refused("wrong wire type in a piece", &m, TKC_E_FORMAT);
            tkt_release(&p);
        }
    }
    for (unsigned wire = 1; wire < 8; wire++) {
        static const unsigned number[] = {3, 24, 35};
        for (size_t i = 0; i < 3; i++) {
            tkt_bytes m = {0}, t = {0};
            tkt_put_varint(&t, number[i] << 3 | wire);
            tkt_put_text(&t, wire == 2 ? "\x01z" : "\x01\x01\x01\x01\x01\x01\x01\x01");
            put_message(&m, 2, &t);
            put_piece(&m, "<unk>", 0, 2);
            refused("wrong wire type in the trainer's settings", &m, TKC_E_FORMAT);
            tkt_release(&t);
        }
    }
    { /* a tag, a number and a varint that never end; field 0 */
        tkt_bytes m = {0};
        for (int i = 0; i < 12; i++) tkt_put_text(&m, "\xff");
        refused("endless tag", &m, TKC_E_FORMAT);
        put_piece(&m, "<unk>", 0, 2);
        tkt_put_varint(&m, 9 << 3);
        for (int i = 0; i < 12; i++) tkt_put_text(&m, "\xff");
        refused("endless number", &m, TKC_E_FORMAT);
        tkt_put(&m, "\x02\x00", 2);
        refused("field 0", &m, TKC_E_FORMAT);
    }
}

static void test_pieces_refused(void **state)
{
    tkt_bytes m = {0};
    char long_text[8001];
    (void)state;
    refused("empty file", &m, TKC_E_FORMAT);
    put_trainer(&m, 1, false);
    refused("no pieces", &m, TKC_E_FORMAT);
    put_piece(&m, "a", 0, 1);
    refused("no unknown piece", &m, TKC_E_FORMAT);
    put_piece(&m, "<unk>", 0, 2);
    put_piece(&m, "<unk2>", 0, 2);
    refused("two unknown pieces", &m, TKC_E_FORMAT);
    put_piece(&m, "<unk>", 0, 2);
    put_piece(&m, "", 0, 1);
    refused("empty piece", &m, TKC_E_FORMAT);
    put_piece(&m, "<unk>", 0, 2);
    put_piece(&m, "a", 0, 1);
    put_piece(&m, "a", -1, 1);
    refused("doubled piece", &m, TKC_E_FORMAT);
    put_piece(&m, "<unk>", 0, 2);
    put_piece(&m, "a", 0, 1);
    put_piece(&m, "a", -1, 4);
    refused("doubled piece, once user-defined", &m, TKC_E_FORMAT);
    put_trainer(&m, 2, false);
    put_piece(&m, "<unk>", 0, 2);
    put_piece(&m, "a", 0, 1);
    put_piece(&m, "a", -1, 3);
    refused("doubled piece of a BPE model, once control", &m, TKC_E_FORMAT);
    put_piece(&m, "<unk>", 0, 2);
    put_piece(&m, "<unk>", 0, 3);
    refused("the unknown piece once more", &m, TKC_E_FORMAT);
    put_piece(&m, "<unk>", 0, 2);
    put_piece_n(&m, "a\0b", 3, 0, 1);
    refused("zero byte in a piece", &m, TKC_E_FORMAT);
    put_piece(&m, "<unk>", 0, 2);
    put_piece_n(&m, "\0", 1, 0, 1);
    refused("zero byte as a normal piece", &m, TKC_E_FORMAT);
    for (uint64_t type = 7; type; type = type < 12 ? type + 1 : type << 9) {
        put_piece(&m, "<unk>", 0, 2);
        put_piece(&m, "a", 0, type);
        refused("piece type that is not known", &m, TKC_E_FORMAT);
    }
    put_piece(&m, "<unk>", 0, 2);
    put_piece(&m, "a", 0.0f / 0.0f, 1);
    refused("score that is no number", &m, TKC_E_FORMAT);
    put_piece(&m, "<unk>", 0, 2);
    put_piece(&m, "a", -1.0f / 0.0f, 1);
    refused("infinite score", &m, TKC_E_FORMAT);
    memset(long_text, 'x', sizeof long_text);
    put_piece(&m, "<unk>", 0, 2);
    put_piece_n(&m, long_text, 8000, 0, 1);
    refused("piece of 8000 bytes", &m, TKC_E_LIMIT);
    { /* the same text as control and normal piece is fine in a Unigram model */
        tkc_error err;
        put_piece(&m, "<unk>", 0, 2);
        put_piece(&m, "a", 0, 3);
        put_piece(&m, "a", -1, 1);
        put_piece_n(&m, long_text, 7999, -2, 1);
        put_piece_n(&m, "\0", 1, 0, 5);
        assert_int_equal(read_bytes(&m, m.len, &err), TKC_OK);
        tkt_release(&m);
    }
}

static void test_byte_pieces_refused(void **state)
{
    static const char *const wrong[] = {"<0x-1>", "<0x1>",  "<0x0a>", "<0xGG>", "<0x100>", "0x41",
                                        "<0x+1>", "<0x 1>", "<0X41>", "<0x41",  "<0x1g>",  "A"};
    tkt_bytes m = {0};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        put_trainer(&m, 1 + i % 2, true);
        put_piece(&m, "<unk>", 0, 2);
        put_byte_pieces(&m, -1);
        put_piece(&m, wrong[i], 0, 6);
        refused(wrong[i], &m, TKC_E_FORMAT);
    }
    put_piece(&m, "<unk>", 0, 2);
    put_piece(&m, "<0x41>", 0, 6);
    refused("byte piece without byte_fallback", &m, TKC_E_FORMAT);
    for (int c = 0; c < 256; c += 51) {
        put_trainer(&m, 2, true);
        put_piece(&m, "<unk>", 0, 2);
        put_byte_pieces(&m, c);
        refused("255 byte pieces", &m, TKC_E_FORMAT);
    }
    put_trainer(&m, 2, true);
    put_piece(&m, "<unk>", 0, 2);
    put_byte_pieces(&m, -1);
    put_piece(&m, "<0x41>", 0, 6);
    refused("byte piece twice", &m, TKC_E_FORMAT);
}

static void test_settings_refused(void **state)
{
    tkt_bytes m = {0}, denorm = {0};
    (void)state;
    for (uint64_t type = 3; type <= 4; type++) {
        put_trainer(&m, type, false);
        put_piece(&m, "<unk>", 0, 2);
        refused("model type WORD or CHAR", &m, TKC_E_UNSUPPORTED);
    }
    for (uint64_t type = 5; type; type <<= 8) {
        put_trainer(&m, type, false);
        put_piece(&m, "<unk>", 0, 2);
        refused("model type that is not known", &m, TKC_E_FORMAT);
    }
    put_trainer(&m, 0, false);
    put_piece(&m, "<unk>", 0, 2);
    refused("model type 0", &m, TKC_E_FORMAT);
    put_piece(&m, "<unk>", 0, 2);
    tkt_put_text(&denorm, "\x12\x01x");
    put_message(&m, 5, &denorm);
    refused("denormalizer rules", &m, TKC_E_UNSUPPORTED);
    tkt_release(&denorm);
}

/* A character map with one rule too much trust in it. */
static void test_charsmap_refused(void **state)
{
    static const uint64_t size[] = {0,    1,    1020, 1025, 1024 * 2, 1 << 20, 0x7fffffff,
                                    0x80000000, 0xffffffff};
    unsigned char map[4 + 1024 + 2] = {0};
    tkt_bytes m = {0};
    (void)state;
    for (size_t n = 1; n <= 5; n++) {
        put_piece(&m, "<unk>", 0, 2);
        put_charsmap(&m, map, n);
        refused("character map of a few bytes", &m, TKC_E_FORMAT);
    }
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        for (int k = 0; k < 4; k++) map[k] = (unsigned char)(size[i] >> (8 * k));
        put_piece(&m, "<unk>", 0, 2);
        put_charsmap(&m, map, sizeof map);
        refused("character map with a wrong table size", &m, TKC_E_FORMAT);
    }
    map[1] = 4; /* 1024 */
    map[0] = map[2] = map[3] = 0;
    map[sizeof map - 1] = 'x';
    put_piece(&m, "<unk>", 0, 2);
    put_charsmap(&m, map, sizeof map);
    refused("strings without an end", &m, TKC_E_FORMAT);
    map[sizeof map - 1] = 0;
    put_piece(&m, "<unk>", 0, 2);
    put_charsmap(&m, map, sizeof map);
    refused("a root that leads nowhere", &m, TKC_E_FORMAT);
    for (size_t unit = 0; unit < 256; unit += 17) {
        unsigned char evil[sizeof map];
        memcpy(evil, map, sizeof map);
        evil[4 + 1] = 4; /* root: offset 1 */
        memset(evil + 4 + unit * 4, 0x7f, 4);
        put_piece(&m, "<unk>", 0, 2);
        put_charsmap(&m, evil, sizeof map);
        refused("a unit that leads outside", &m, TKC_E_FORMAT);
        memset(evil + 4 + unit * 4, 0xff, 4);
        put_piece(&m, "<unk>", 0, 2);
        put_charsmap(&m, evil, sizeof map);
        refused("a value outside the strings", &m, TKC_E_FORMAT);
    }
}

static void test_no_memory(void **state)
{
    tkt_bytes m = {0};
    (void)state;
    small_model(&m);
    tkt_read_without_memory(tkc_read_sentencepiece, (tkc_str){(char *)m.ptr, m.len});
    tkt_release(&m);
}

static void test_enough_crafted(void **state)
{
    (void)state;
    assert_true(n_crafted >= 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read),     cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_any_byte),         cmocka_unit_test(test_lengths_that_lie),
        cmocka_unit_test(test_wire_types),       cmocka_unit_test(test_pieces_refused),
        cmocka_unit_test(test_byte_pieces_refused), cmocka_unit_test(test_settings_refused),
        cmocka_unit_test(test_charsmap_refused), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_enough_crafted),
        cmocka_unit_test(test_replay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
