/*
 * sentencepiece.c - SentencePiece .model files: BPE and Unigram.
 *
 * The file is one protobuf message (ModelProto): pieces with score and type, the trainer's
 * settings, the normalizer's. Only the wire format is read here, by a checked cursor, in
 * two walks: settings first, because what a piece may be depends on them, then pieces.
 *
 * Refused by name: model types WORD and CHAR, a denormalizer with rules, what the
 * reference library (0.2.3) itself refuses to load: empty, doubled or over-long pieces, no
 * unknown piece, byte pieces without byte_fallback or not all 256 of them, scores that are
 * no numbers, a charsmap that leads outside itself.
 *
 * User-defined pieces are plain tokens of their type, not added tokens: SentencePiece
 * matches them inside its normalizer and its model and does not cut the text there, which
 * would give another dummy prefix. Control pieces are added tokens that only trusted text
 * can match.
 */
#include "vocab/read/readers.h"

#include "vocab/base/alloc.h"
#include "vocab/base/byte_reader.h"
#include "vocab/base/error.h"
#include "vocab/read/spm_parts.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <math.h>
#include <string.h>

/* The reference library's own limit for a piece. */
enum { SPM_MAX_PIECE = 8000 };

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* ModelProto.SentencePiece.Type */
enum { PIECE_NORMAL = 1, PIECE_UNKNOWN, PIECE_CONTROL, PIECE_USER, PIECE_UNUSED, PIECE_BYTE };

/* One field of a message. */
typedef struct field {
    unsigned number, wire;
    size_t at;      /* where its tag starts, in the file */
    uint64_t value; /* varint, 32 and 64 bit */
    tkc_str bytes;  /* WIRE_BYTES */
} field;

typedef struct settings {
    uint64_t model_type; /* 1 Unigram, 2 BPE */
    bool byte_fallback;
    tkc_spm_rules rules;
} settings;

typedef struct spm_reader {
    tkc_builder *b;
    tkc_str file;
    settings set;
    uint32_t n_pieces;
    uint32_t *slot; /* set of piece ids by text; id + 1, 0: free */
    size_t n_slots;
    bool byte_seen[256];
    tkc_error *err;
} spm_reader;

/* The next field of a message that ends with the cursor's bytes; base: file offset of the
 * message. *more is false at the end. */
static tkc_status next_field(tkc_byte_reader *r, size_t base, field *f, bool *more,
                             tkc_error *err)
{
    uint64_t tag;
    *more = r->at < r->len;
    if (!*more) return TKC_OK;
    f->at = base + r->at;
    tag = tkc_read_varint(r);
    if (r->failed || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
        return tkc_fail(err, TKC_E_FORMAT, f->at,
                        "not a SentencePiece model: no protobuf field starts here");
    f->number = (unsigned)(tag >> 3);
    f->wire = (unsigned)(tag & 7);
    f->bytes = (tkc_str){NULL, 0};
    switch (f->wire) {
    case WIRE_VARINT: f->value = tkc_read_varint(r); break;
    case WIRE_64: f->value = tkc_read_u64(r); break;
    case WIRE_32: f->value = tkc_read_u32(r); break;
    case WIRE_BYTES: {
        uint64_t n = tkc_read_varint(r);
        f->value = 0;
        if (!r->failed && !tkc_reader_has(r, n))
            return tkc_fail(err, TKC_E_FORMAT, f->at,
                            "field %u claims %llu bytes, but %zu are left", f->number,
                            (unsigned long long)n, r->len - r->at);
        f->bytes.ptr = (const char *)tkc_read_bytes(r, n);
        f->bytes.len = (size_t)n;
        break;
    }
    default:
        return tkc_fail(err, TKC_E_FORMAT, f->at,
                        "field %u has wire type %u, expected 0, 1, 2 or 5", f->number, f->wire);
    }
    if (r->failed)
        return tkc_fail(err, TKC_E_FORMAT, f->at, "field %u is cut off", f->number);
    return TKC_OK;
}

static tkc_status want_wire(const field *f, unsigned wire, const char *what, tkc_error *err)
{
    if (f->wire == wire) return TKC_OK;
    return tkc_fail(err, TKC_E_FORMAT, f->at, "%s has wire type %u, expected %u", what, f->wire,
                    wire);
}

static size_t offset_in(tkc_str file, const char *p)
{
    return (size_t)(p - file.ptr);
}

/* --- settings ------------------------------------------------------------------------ */

static tkc_status read_trainer(spm_reader *s, tkc_str msg)
{
    tkc_byte_reader r = tkc_byte_reader_of(msg);
    size_t base = offset_in(s->file, msg.ptr);
    field f;
    bool more;
    tkc_status st;
    while (!(st = next_field(&r, base, &f, &more, s->err)) && more) {
        switch (f.number) {
        case 3:
            if ((st = want_wire(&f, WIRE_VARINT, "model_type", s->err))) return st;
            if (f.value == 3 || f.value == 4)
                return tkc_fail(s->err, TKC_E_UNSUPPORTED, f.at,
                                "model type %s is not done: only BPE and UNIGRAM are",
                                f.value == 3 ? "WORD" : "CHAR");
            if (f.value != 1 && f.value != 2)
                return tkc_fail(s->err, TKC_E_FORMAT, f.at, "model_type %llu is not known",
                                (unsigned long long)f.value);
            s->set.model_type = f.value;
            break;
        case 24:
            if ((st = want_wire(&f, WIRE_VARINT, "treat_whitespace_as_suffix", s->err))) return st;
            s->set.rules.space_suffix = f.value != 0;
            break;
        case 35:
            if ((st = want_wire(&f, WIRE_VARINT, "byte_fallback", s->err))) return st;
            s->set.byte_fallback = f.value != 0;
            break;
        case 44:
            if ((st = want_wire(&f, WIRE_BYTES, "unk_surface", s->err))) return st;
            s->set.rules.unk_surface = f.bytes;
            break;
        default: break;
        }
    }
    return st;
}

static tkc_status read_normalizer(spm_reader *s, tkc_str msg)
{
    tkc_byte_reader r = tkc_byte_reader_of(msg);
    size_t base = offset_in(s->file, msg.ptr);
    field f;
    bool more;
    tkc_status st;
    while (!(st = next_field(&r, base, &f, &more, s->err)) && more) {
        switch (f.number) {
        case 2:
            if ((st = want_wire(&f, WIRE_BYTES, "precompiled_charsmap", s->err))) return st;
            s->set.rules.charsmap = f.bytes;
            s->set.rules.charsmap_at = f.at;
            break;
        case 3:
            if ((st = want_wire(&f, WIRE_VARINT, "add_dummy_prefix", s->err))) return st;
            s->set.rules.dummy_prefix = f.value != 0;
            break;
        case 4:
            if ((st = want_wire(&f, WIRE_VARINT, "remove_extra_whitespaces", s->err))) return st;
            s->set.rules.remove_spaces = f.value != 0;
            break;
        case 5:
            if ((st = want_wire(&f, WIRE_VARINT, "escape_whitespaces", s->err))) return st;
            s->set.rules.escape = f.value != 0;
            break;
        default: break;
        }
    }
    return st;
}

static tkc_status read_denormalizer(spm_reader *s, tkc_str msg)
{
    tkc_byte_reader r = tkc_byte_reader_of(msg);
    size_t base = offset_in(s->file, msg.ptr);
    field f;
    bool more;
    tkc_status st;
    while (!(st = next_field(&r, base, &f, &more, s->err)) && more)
        if (f.number == 2 && f.bytes.len > 0)
            return tkc_fail(s->err, TKC_E_UNSUPPORTED, f.at,
                            "the model has denormalizer rules, which are not done");
    return st;
}

/* First walk: everything but the pieces. */
static tkc_status read_settings(spm_reader *s)
{
    tkc_byte_reader r = tkc_byte_reader_of(s->file);
    field f;
    bool more;
    tkc_status st;
    s->set = (settings){.model_type = 1,
                        .rules = {.dummy_prefix = true,
                                  .remove_spaces = true,
                                  .escape = true,
                                  .unk_surface = {" \xe2\x81\x87 ", 5}}};
    while (!(st = next_field(&r, 0, &f, &more, s->err)) && more) {
        switch (f.number) {
        case 1:
            if ((st = want_wire(&f, WIRE_BYTES, "piece", s->err))) return st;
            if (++s->n_pieces > TKC_MAX_TOKENS)
                return tkc_fail(s->err, TKC_E_LIMIT, f.at, "more than %d pieces", TKC_MAX_TOKENS);
            break;
        case 2:
            if ((st = want_wire(&f, WIRE_BYTES, "trainer_spec", s->err))) return st;
            st = read_trainer(s, f.bytes);
            break;
        case 3:
            if ((st = want_wire(&f, WIRE_BYTES, "normalizer_spec", s->err))) return st;
            st = read_normalizer(s, f.bytes);
            break;
        case 5:
            if ((st = want_wire(&f, WIRE_BYTES, "denormalizer_spec", s->err))) return st;
            st = read_denormalizer(s, f.bytes);
            break;
        default: break; /* self test data and extensions change no answer */
        }
        if (st) return st;
    }
    if (st) return st;
    if (s->n_pieces == 0)
        return tkc_fail(s->err, TKC_E_FORMAT, 0, "not a SentencePiece model: it has no pieces");
    return TKC_OK;
}

/* --- pieces -------------------------------------------------------------------------- */

static bool is_reserved(unsigned type)
{
    return type == PIECE_UNKNOWN || type == PIECE_CONTROL || type == PIECE_BYTE;
}

/* Remembers the piece, or refuses it when its text is there already. A Unigram model looks
 * control, unknown and byte pieces up apart from the others, so there the same text may be
 * in both. */
static tkc_status once(spm_reader *s, uint32_t id, tkc_str text, unsigned type, size_t at)
{
    const bool apart = s->set.model_type == 1;
    size_t i = (size_t)XXH3_64bits_withSeed(text.ptr, text.len, s->file.len) & (s->n_slots - 1);
    for (; s->slot[i]; i = (i + 1) & (s->n_slots - 1)) {
        uint32_t other = s->slot[i] - 1;
        tkc_str t = tkc_builder_token_bytes(s->b, other);
        bool other_reserved = s->b->token[other].type != TKC_TOKEN_NORMAL &&
                              s->b->token[other].type != TKC_TOKEN_USER_DEFINED &&
                              s->b->token[other].type != TKC_TOKEN_UNUSED;
        if (t.len == text.len && memcmp(t.ptr, text.ptr, t.len) == 0 &&
            (!apart || other_reserved == is_reserved(type))) {
            char q[TKC_QUOTE_SIZE];
            return tkc_fail(s->err, TKC_E_FORMAT, at, "piece \"%s\" is there twice, as %lu and %lu",
                            tkc_quote(q, text.ptr, text.len), (unsigned long)other,
                            (unsigned long)id);
        }
    }
    s->slot[i] = id + 1;
    return TKC_OK;
}

static tkc_status check_piece(spm_reader *s, uint32_t id, tkc_str text, unsigned type, float score,
                              size_t at)
{
    char q[TKC_QUOTE_SIZE];
    tkc_model *m = &s->b->model;
    if (text.len == 0)
        return tkc_fail(s->err, TKC_E_FORMAT, at, "piece %lu is empty", (unsigned long)id);
    if (text.len >= SPM_MAX_PIECE)
        return tkc_fail(s->err, TKC_E_LIMIT, at, "piece %lu has %zu bytes, expected fewer than %d",
                        (unsigned long)id, text.len, SPM_MAX_PIECE);
    if (memchr(text.ptr, 0, text.len))
        return tkc_fail(s->err, TKC_E_FORMAT, at, "piece %lu holds a zero byte",
                        (unsigned long)id);
    if (isnan(score) || (isinf(score) && s->set.model_type == 1))
        return tkc_fail(s->err, TKC_E_FORMAT, at, "score of piece %lu is not a finite number",
                        (unsigned long)id);
    if (type == PIECE_UNKNOWN) {
        if (m->unk_id != TKC_NO_ID)
            return tkc_fail(s->err, TKC_E_FORMAT, at, "a second unknown piece, the first is %lu",
                            (unsigned long)m->unk_id);
        m->unk_id = id;
    } else if (type == PIECE_BYTE) {
        int c = tkc_spm_byte(text);
        if (!s->set.byte_fallback)
            return tkc_fail(s->err, TKC_E_FORMAT, at,
                            "byte piece \"%s\", but byte_fallback is not set",
                            tkc_quote(q, text.ptr, text.len));
        if (c < 0)
            return tkc_fail(s->err, TKC_E_FORMAT, at,
                            "byte piece \"%s\", expected <0xHH> with upper-case digits",
                            tkc_quote(q, text.ptr, text.len));
        s->byte_seen[c] = true;
    }
    return TKC_OK;
}

static tkc_token_type token_type(unsigned type)
{
    switch (type) {
    case PIECE_UNKNOWN: return TKC_TOKEN_UNKNOWN;
    case PIECE_CONTROL: return TKC_TOKEN_CONTROL;
    case PIECE_USER: return TKC_TOKEN_USER_DEFINED;
    case PIECE_UNUSED: return TKC_TOKEN_UNUSED;
    case PIECE_BYTE: return TKC_TOKEN_BYTE;
    default: return TKC_TOKEN_NORMAL;
    }
}

static tkc_status read_piece(spm_reader *s, uint32_t id, tkc_str msg, size_t at)
{
    tkc_byte_reader r = tkc_byte_reader_of(msg);
    size_t base = offset_in(s->file, msg.ptr);
    tkc_str text = {NULL, 0};
    unsigned type = PIECE_NORMAL;
    float score = 0;
    field f;
    bool more;
    tkc_status st;
    while (!(st = next_field(&r, base, &f, &more, s->err)) && more) {
        switch (f.number) {
        case 1:
            if ((st = want_wire(&f, WIRE_BYTES, "text of a piece", s->err))) return st;
            text = f.bytes;
            break;
        case 2: {
            uint32_t bits = (uint32_t)f.value;
            if ((st = want_wire(&f, WIRE_32, "score of a piece", s->err))) return st;
            memcpy(&score, &bits, sizeof score);
            break;
        }
        case 3:
            if ((st = want_wire(&f, WIRE_VARINT, "type of a piece", s->err))) return st;
            if (f.value < PIECE_NORMAL || f.value > PIECE_BYTE)
                return tkc_fail(s->err, TKC_E_FORMAT, f.at, "piece type %llu is not known",
                                (unsigned long long)f.value);
            type = (unsigned)f.value;
            break;
        default: break;
        }
    }
    if (st) return st;
    /* Converters leave a piece that is one zero byte; the reference ignores it where it is
     * unused or bytes have pieces of their own. As a control piece nothing can match it. */
    if (text.len == 1 && text.ptr[0] == 0 && (s->set.byte_fallback || type == PIECE_UNUSED))
        return tkc_builder_token_set(s->b, id, text, TKC_TOKEN_CONTROL, 0, at, s->err);
    if ((st = check_piece(s, id, text, type, score, at))) return st;
    if ((st = once(s, id, text, type, at))) return st;
    st = tkc_builder_token_set(s->b, id, text, token_type(type), (double)score, at, s->err);
    if (!st && type == PIECE_CONTROL)
        st = tkc_builder_added_add(s->b, id, text, TKC_ADDED_SPECIAL, at, s->err);
    return st;
}

static tkc_status read_pieces(spm_reader *s)
{
    tkc_byte_reader r = tkc_byte_reader_of(s->file);
    uint32_t id = 0;
    field f;
    bool more;
    tkc_status st;
    s->n_slots = 16;
    while (s->n_slots < (size_t)s->n_pieces * 2) s->n_slots *= 2;
    s->slot = tkc_alloc_zero(s->b->alloc, s->n_slots, sizeof *s->slot);
    if (!s->slot) return tkc_nomem(s->err);
    while (!(st = next_field(&r, 0, &f, &more, s->err)) && more)
        if (f.number == 1 && (st = read_piece(s, id++, f.bytes, f.at))) return st;
    return st;
}

/* --- the whole ----------------------------------------------------------------------- */

static tkc_status check_bytes(const spm_reader *s)
{
    if (!s->set.byte_fallback) {
        if (s->b->model.unk_id == TKC_NO_ID)
            return tkc_fail(s->err, TKC_E_FORMAT, s->file.len,
                            "no unknown piece and no byte pieces");
        return TKC_OK;
    }
    for (int c = 0; c < 256; c++)
        if (!s->byte_seen[c])
            return tkc_fail(s->err, TKC_E_FORMAT, s->file.len,
                            "byte_fallback is set, but there is no byte piece <0x%02X>", c);
    return TKC_OK;
}

tkc_status tkc_read_sentencepiece(tkc_builder *b, tkc_str bytes, tkc_error *err)
{
    spm_reader s = {.b = b, .file = bytes, .err = err};
    tkc_status st;
    b->model.unk_id = TKC_NO_ID;
    st = read_settings(&s);
    if (!st) st = read_pieces(&s);
    if (!st) st = check_bytes(&s);
    tkc_free(b->alloc, s.slot, s.n_slots, sizeof *s.slot);
    if (st) return st;
    b->model.kind = s.set.model_type == 2 ? TKC_MODEL_BPE_SCORES : TKC_MODEL_UNIGRAM;
    b->model.flags = TKC_MODEL_SPM;
    /* The reference fuses a run of unknown characters into one id; with byte pieces there
     * are none. */
    b->model.flags |= s.set.byte_fallback ? TKC_MODEL_BYTE_FALLBACK : TKC_MODEL_FUSE_UNK;
    return tkc_spm_add_rows(b, &s.set.rules, err);
}
