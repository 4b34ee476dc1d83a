/*
 * hf_model.c - the model of a tokenizer.json: BPE, Unigram, WordPiece.
 *
 * Names are looked up as the file spells them, as the reference library does; what goes to
 * the builder are bytes. In a byte-level vocabulary an entry with a character outside the
 * byte alphabet can be met by no text: it is kept for its id, but not for the model.
 */
#include "vocab/base/ascii.h"
#include "vocab/read/hf.h"

#include "vocab/base/error.h"
#include "vocab/base/utf8.h"
#include "vocab/read/byte_alphabet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char hex_digit[] = "0123456789ABCDEF";

/* "<0x0A>" in the spelling that byte_fallback looks up. */
static bool is_byte_name(tkc_str s)
{
    return s.len == 6 && memcmp(s.ptr, "<0x", 3) == 0 && s.ptr[5] == '>' &&
           tkc_is_one_of(s.ptr[3], hex_digit) && tkc_is_one_of(s.ptr[4], hex_digit);
}

/* A new entry of the vocabulary. */
static tkc_status add_token(tkc_hf *h, uint32_t node, uint64_t id, double score)
{
    tkc_builder *b = h->b;
    size_t at = tkc_hf_at(h, node);
    tkc_str text, bytes;
    char q[TKC_QUOTE_SIZE];
    uint32_t name;
    tkc_token_type type = TKC_TOKEN_NORMAL;
    bool literal = false;
    tkc_status st;
    tkc_buf_clear(&h->text[0]);
    st = tkc_json_string(&h->doc, node, &h->text[0], &text, h->err);
    if (st) return st;
    name = tkc_hf_name_find(h, text);
    if (name != TKC_NO_ID && b->model.kind != TKC_MODEL_UNIGRAM)
        return tkc_fail(h->err, TKC_E_FORMAT, at, "token \"%s\" stands in the vocabulary twice",
                        tkc_quote(q, text.ptr, text.len));
    if (id >= TKC_MAX_TOKENS)
        return tkc_fail(h->err, TKC_E_LIMIT, at, "id of token \"%s\" is above the limit of %d",
                        tkc_quote(q, text.ptr, text.len), TKC_MAX_TOKENS - 1);
    if (name == TKC_NO_ID) {
        st = tkc_hf_name_add(h, node, text, (uint32_t)id, NULL);
        if (st) return st;
    } else {
        /* The official trainer writes a special token a second time when the corpus has it;
         * text and id are then the later entry's, with its score. */
        b->token[h->name[name].id].in_model = 0;
        h->name[name].id = (uint32_t)id;
    }
    bytes = text;
    if (h->byte_level) {
        tkc_buf_clear(&h->raw);
        if (tkc_byte_alphabet_decode(text, &h->raw, &st, h->err))
            bytes = tkc_buf_str(&h->raw);
        else if (st)
            return st;
        else
            literal = true;
    } else if (b->model.flags & TKC_MODEL_BYTE_FALLBACK && is_byte_name(text)) {
        type = TKC_TOKEN_BYTE;
    }
    if (literal) type = TKC_TOKEN_UNUSED;
    st = tkc_builder_token_set(b, (uint32_t)id, bytes, type, score, at, h->err);
    if (!st && literal) b->token[id].in_model = 0;
    return st;
}

/* {"text": id, ...} */
static tkc_status read_vocab_object(tkc_hf *h, uint32_t vocab, size_t n_more)
{
    const tkc_json *d = &h->doc;
    tkc_status st;
    h->n_vocab = tkc_json_count(d, vocab);
    st = tkc_hf_names_init(h, h->n_vocab + n_more);
    if (st) return st;
    for (uint32_t k = tkc_json_first(d, vocab); k != TKC_JSON_NONE;
         k = tkc_json_next_member(d, vocab, k)) {
        uint32_t v = tkc_json_value(d, k);
        uint64_t id;
        if (!tkc_json_u64(d, v, &id))
            return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, v),
                            "vocabulary: expected an id, a whole number from 0 to %d",
                            TKC_MAX_TOKENS - 1);
        st = add_token(h, k, id, 0);
        if (st) return st;
    }
    return TKC_OK;
}

/* [["text", score], ...], the place is the id. */
/* A power of ten, correctly rounded; n <= 308. */
static double power_of_ten(unsigned n)
{
    /* those that a double holds exactly */
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    char text[16];
    if (n < sizeof exact / sizeof exact[0]) return exact[n];
    snprintf(text, sizeof text, "1e%u", n);
    return strtod(text, NULL);
}

/* A score as the reference library reads it: its JSON parser takes as many digits as 64 bits
 * hold and divides them by a power of ten. Every sixth number of 17 digits comes out one unit in
 * the last place beside the nearest double, and that decides between "b bb bb" and "bb bb b". */
static bool read_score(const tkc_json *d, uint32_t node, double *out)
{
    const tkc_str t = tkc_json_source(d, node);
    uint64_t digits = 0;
    int64_t exponent = 0, given = 0;
    bool point = false, full = false;
    size_t k = t.len && t.ptr[0] == '-';
    double v;
    if (tkc_json_kind_of(d, node) != TKC_JSON_NUMBER) return false;
    for (; k < t.len && t.ptr[k] != 'e' && t.ptr[k] != 'E'; k++) {
        const unsigned digit = (unsigned)(t.ptr[k] - '0');
        if (t.ptr[k] == '.') {
            point = true;
            continue;
        }
        full = full || digits > (UINT64_MAX - digit) / 10;
        if (!full) digits = digits * 10 + digit;
        exponent += !point && full;
        exponent -= point && !full;
    }
    if (k < t.len) {
        bool negative;
        k++;
        negative = t.ptr[k] == '-';
        if (t.ptr[k] == '+' || t.ptr[k] == '-') k++;
        for (; k < t.len; k++)
            if (given < 100000000) given = given * 10 + (t.ptr[k] - '0');
        exponent += negative ? -given : given;
    }
    v = (double)digits;
    for (; exponent < -308 && v > 0; exponent += 308) v /= 1e308;
    if (v > 0 && exponent < 0) v /= power_of_ten((unsigned)-exponent);
    if (v > 0 && exponent > 0) v = exponent > 308 ? INFINITY : v * power_of_ten((unsigned)exponent);
    *out = t.ptr[0] == '-' ? -v : v;
    return !isinf(v);
}

static tkc_status read_vocab_list(tkc_hf *h, uint32_t vocab, size_t n_more)
{
    const tkc_json *d = &h->doc;
    uint64_t id = 0;
    tkc_status st;
    h->n_vocab = tkc_json_count(d, vocab);
    st = tkc_hf_names_init(h, h->n_vocab + n_more);
    if (st) return st;
    for (uint32_t i = tkc_json_first(d, vocab); i != TKC_JSON_NONE;
         i = tkc_json_next(d, vocab, i)) {
        double score;
        if (tkc_json_kind_of(d, i) != TKC_JSON_ARRAY || tkc_json_count(d, i) != 2 ||
            tkc_json_kind_of(d, i + 1) != TKC_JSON_STRING ||
            !read_score(d, d->node[i + 1].next, &score))
            return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, i),
                            "vocabulary: expected an entry [\"text\", score]");
        st = add_token(h, i + 1, id++, score);
        if (st) return st;
    }
    return TKC_OK;
}

/* The token that stands for what the vocabulary lacks. Where it cannot be found the
 * reference library fails only when it needs one, and a byte-level vocabulary with all
 * bytes never does. */
static tkc_status read_unk_token(tkc_hf *h, uint32_t model, const char *what, bool required)
{
    tkc_str unk;
    uint32_t i;
    char q[TKC_QUOTE_SIZE];
    tkc_status st = tkc_hf_string(h, model, what, "unk_token", required, &h->text[0], &unk);
    if (st || !unk.ptr) return st;
    i = tkc_hf_name_find(h, unk);
    if (i == TKC_NO_ID) {
        if (h->byte_level) return TKC_OK;
        return tkc_fail(
            h->err, TKC_E_FORMAT, tkc_hf_at(h, tkc_json_get(&h->doc, model, "unk_token", NULL)),
            "unk_token \"%s\" is not in the vocabulary", tkc_quote(q, unk.ptr, unk.len));
    }
    h->b->model.unk_id = h->name[i].id;
    if (h->b->token[h->name[i].id].type == TKC_TOKEN_NORMAL)
        h->b->token[h->name[i].id].type = TKC_TOKEN_UNKNOWN;
    return TKC_OK;
}

/* continuing_subword_prefix and end_of_word_suffix: into a field of the model. */
static tkc_status read_affix(tkc_hf *h, uint32_t model, const char *what, const char *key,
                             bool required, char out[16], size_t *spelled_len)
{
    tkc_str s;
    tkc_status st = tkc_hf_string(h, model, what, key, required, &h->text[0], &s);
    *spelled_len = s.len;
    if (st || !s.len) return st;
    if (h->byte_level) {
        tkc_buf_clear(&h->raw);
        if (!tkc_byte_alphabet_decode(s, &h->raw, &st, h->err)) {
            if (st) return st;
            return tkc_fail(h->err, TKC_E_UNSUPPORTED,
                            tkc_hf_at(h, tkc_json_get(&h->doc, model, key, NULL)),
                            "%s outside the byte alphabet is not supported", key);
        }
        s = tkc_buf_str(&h->raw);
    }
    if (s.len > 15 || memchr(s.ptr, 0, s.len))
        return tkc_fail(
            h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, tkc_json_get(&h->doc, model, key, NULL)),
            "%s of %zu bytes is not supported, only up to 15 and without NUL", key, s.len);
    memcpy(out, s.ptr, s.len);
    return TKC_OK;
}

/* Both halves of a merge, valid until text[0] or text[1] changes. */
static tkc_status merge_halves(tkc_hf *h, uint32_t node, bool pairs, tkc_str *a, tkc_str *b)
{
    const tkc_json *d = &h->doc;
    const char *blank;
    tkc_str s;
    tkc_status st;
    tkc_buf_clear(&h->text[0]);
    if (pairs) {
        uint32_t second;
        if (tkc_json_kind_of(d, node) != TKC_JSON_ARRAY || tkc_json_count(d, node) != 2 ||
            tkc_json_kind_of(d, node + 1) != TKC_JSON_STRING)
            goto refuse;
        second = d->node[node + 1].next;
        if (tkc_json_kind_of(d, second) != TKC_JSON_STRING) goto refuse;
        tkc_buf_clear(&h->text[1]);
        st = tkc_json_string(d, node + 1, &h->text[0], a, h->err);
        return st ? st : tkc_json_string(d, second, &h->text[1], b, h->err);
    }
    if (tkc_json_kind_of(d, node) != TKC_JSON_STRING) goto refuse;
    st = tkc_json_string(d, node, &h->text[0], &s, h->err);
    if (st) return st;
    blank = s.len ? memchr(s.ptr, ' ', s.len) : NULL;
    if (!blank) goto refuse;
    *a = (tkc_str){s.ptr, (size_t)(blank - s.ptr)};
    *b = (tkc_str){blank + 1, s.len - a->len - 1};
    if (b->len && memchr(b->ptr, ' ', b->len)) goto refuse;
    return TKC_OK;
refuse:
    return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, node), "merges: expected %s",
                    pairs ? "a pair [\"left\", \"right\"]" : "\"left right\" with one blank");
}

static tkc_status token_of(tkc_hf *h, uint32_t node, tkc_str text, const char *part, uint32_t *id)
{
    uint32_t i = tkc_hf_name_find(h, text);
    char q[TKC_QUOTE_SIZE];
    if (i == TKC_NO_ID)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, node),
                        "merges: %s \"%s\" is not in the vocabulary", part,
                        tkc_quote(q, text.ptr, text.len));
    *id = h->name[i].id;
    return TKC_OK;
}

/* The three texts of a plain merge, asked for LOOK_AHEAD merges before they are looked up:
 * the table of a large vocabulary is far bigger than the cache. Measured on Gemma's 515,000
 * merges: 250 ms of CPU for the whole file with it, 310 without. */
enum { LOOK_AHEAD = 8 };

static void prefetch_merge(const tkc_hf *h, uint32_t node, bool pairs)
{
    const tkc_json *d = &h->doc;
    const uint32_t plain = TKC_JSON_STRING; /* a string, not escaped */
    char result[64];
    const char *blank;
    tkc_str a, b;
    if (pairs) {
        if (tkc_json_count(d, node) != 2 || d->node[node + 1].info != plain ||
            d->node[node + 2].info != plain)
            return;
        a = tkc_json_source(d, node + 1);
        b = tkc_json_source(d, node + 2);
        a = (tkc_str){a.ptr + 1, a.len - 2};
        b = (tkc_str){b.ptr + 1, b.len - 2};
    } else {
        if (d->node[node].info != plain) return;
        a = tkc_json_source(d, node);
        blank = memchr(a.ptr, ' ', a.len);
        if (!blank) return;
        b = (tkc_str){blank + 1, (size_t)(a.ptr + a.len - 1 - (blank + 1))};
        a = (tkc_str){a.ptr + 1, (size_t)(blank - (a.ptr + 1))};
    }
    tkc_hf_name_prefetch(h, a);
    tkc_hf_name_prefetch(h, b);
    if (a.len > sizeof result || b.len > sizeof result - a.len) return;
    memcpy(result, a.ptr, a.len);
    memcpy(result + a.len, b.ptr, b.len);
    tkc_hf_name_prefetch(h, (tkc_str){result, a.len + b.len});
}

/* The result of a merge is the left half and the right one without the continuing prefix.
 * Of equal pairs the later one counts, for the reference library puts them into a map one
 * after the other; compile does the same. */
static tkc_status read_merges(tkc_hf *h, uint32_t list, size_t prefix_len)
{
    const tkc_json *d = &h->doc;
    bool pairs = tkc_json_count(d, list) && tkc_json_kind_of(d, list + 1) == TKC_JSON_ARRAY;
    uint32_t ahead = tkc_json_first(d, list);
    for (int k = 0; k < LOOK_AHEAD && ahead != TKC_JSON_NONE; k++)
        ahead = tkc_json_next(d, list, ahead);
    for (uint32_t i = tkc_json_first(d, list); i != TKC_JSON_NONE; i = tkc_json_next(d, list, i)) {
        tkc_str a, b;
        uint32_t left = 0, right = 0, result = 0;
        tkc_status st;
        if (ahead != TKC_JSON_NONE) {
            prefetch_merge(h, ahead, pairs);
            ahead = tkc_json_next(d, list, ahead);
        }
        if (!pairs && tkc_json_kind_of(d, i) == TKC_JSON_STRING) {
            /* A header line of merges.txt that some converters copied. */
            tkc_str raw = tkc_json_source(d, i);
            if (raw.len > 9 && memcmp(raw.ptr + 1, "#version", 8) == 0) continue;
        }
        st = merge_halves(h, i, pairs, &a, &b);
        if (st) return st;
        st = token_of(h, i, a, "left half", &left);
        if (st) return st;
        st = token_of(h, i, b, "right half", &right);
        if (st) return st;
        if (b.len < prefix_len)
            return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, i),
                            "merges: the right half is shorter than continuing_subword_prefix");
        tkc_buf_clear(&h->raw);
        st = tkc_buf_append(&h->raw, a.ptr, a.len, h->err);
        if (!st) st = tkc_buf_append(&h->raw, b.ptr + prefix_len, b.len - prefix_len, h->err);
        if (!st) st = token_of(h, i, tkc_buf_str(&h->raw), "result", &result);
        if (!st) st = tkc_builder_merge_add(h->b, left, right, result, tkc_hf_at(h, i), h->err);
        if (st) return st;
    }
    return TKC_OK;
}

/* byte_fallback of a byte-level model would take the bytes of the alphabet's characters;
 * with all 256 symbols there it cannot happen. In a model of characters it takes those of
 * the prefix and the suffix, too. */
static tkc_status check_byte_fallback(tkc_hf *h, uint32_t model)
{
    tkc_builder *b = h->b;
    bool seen[256] = {false};
    const bool affixes = b->model.subword_prefix[0] || b->model.word_suffix[0];
    size_t n = 0;
    if (!(b->model.flags & TKC_MODEL_BYTE_FALLBACK)) return TKC_OK;
    if (!h->byte_level && affixes)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED,
                        tkc_hf_at(h, tkc_json_get(&h->doc, model, "byte_fallback", NULL)),
                        "byte_fallback with continuing_subword_prefix or end_of_word_suffix is not "
                        "supported");
    if (!h->byte_level) return TKC_OK;
    for (uint32_t id = 0; id < b->n_token; id++) {
        tkc_str t = tkc_builder_token_bytes(b, id);
        if (t.len == 1 && b->token[id].in_model && !seen[(unsigned char)t.ptr[0]]) {
            seen[(unsigned char)t.ptr[0]] = true;
            n++;
        }
    }
    if (n < 256 || affixes)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED,
                        tkc_hf_at(h, tkc_json_get(&h->doc, model, "byte_fallback", NULL)),
                        "byte_fallback with ByteLevel is not supported where bytes are missing");
    b->model.flags &= ~(uint32_t)TKC_MODEL_BYTE_FALLBACK;
    return TKC_OK;
}

static tkc_status read_bpe(tkc_hf *h, uint32_t model, size_t n_more)
{
    static const char what[] = "model BPE";
    static const struct {
        const char *key;
        uint32_t flag;
    } option[] = {{"fuse_unk", TKC_MODEL_FUSE_UNK},
                  {"byte_fallback", TKC_MODEL_BYTE_FALLBACK},
                  {"ignore_merges", TKC_MODEL_WHOLE_PIECE}};
    tkc_model *m = &h->b->model;
    uint32_t vocab, merges, dropout;
    size_t prefix_len, suffix_len;
    tkc_status st = tkc_hf_fields(h, model, what,
                                  "type dropout unk_token continuing_subword_prefix "
                                  "end_of_word_suffix fuse_unk byte_fallback ignore_merges vocab "
                                  "merges");
    if (st) return st;
    m->kind = TKC_MODEL_BPE_MERGES;
    if (h->byte_level) m->flags |= TKC_MODEL_BYTE_LEVEL;
    dropout = tkc_json_get(&h->doc, model, "dropout", NULL);
    if (dropout != TKC_JSON_NONE && tkc_json_kind_of(&h->doc, dropout) != TKC_JSON_NULL) {
        double p;
        if (!tkc_json_double(&h->doc, dropout, &p) || p != 0)
            return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, dropout),
                            "model BPE: dropout is not supported: the ids would be random");
    }
    for (size_t i = 0; i < sizeof option / sizeof option[0]; i++) {
        bool on;
        st = tkc_hf_bool(h, model, what, option[i].key, 0, &on);
        if (st) return st;
        if (on) m->flags |= option[i].flag;
    }
    st = read_affix(h, model, what, "continuing_subword_prefix", false, m->subword_prefix,
                    &prefix_len);
    if (!st)
        st = read_affix(h, model, what, "end_of_word_suffix", false, m->word_suffix, &suffix_len);
    if (!st) st = tkc_hf_need(h, model, what, "vocab", TKC_JSON_OBJECT, &vocab);
    if (!st) st = tkc_hf_need(h, model, what, "merges", TKC_JSON_ARRAY, &merges);
    if (!st) st = read_vocab_object(h, vocab, n_more);
    if (!st) st = check_byte_fallback(h, model);
    if (!st) st = read_unk_token(h, model, what, false);
    if (!st) st = read_merges(h, merges, prefix_len);
    return st;
}

static tkc_status read_unigram(tkc_hf *h, uint32_t model, size_t n_more)
{
    static const char what[] = "model Unigram";
    tkc_model *m = &h->b->model;
    uint32_t vocab, unk;
    bool fallback;
    tkc_status st = tkc_hf_fields(h, model, what, "type vocab unk_id byte_fallback");
    if (st) return st;
    if (h->byte_level)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, model),
                        "model Unigram with ByteLevel is not supported");
    m->kind = TKC_MODEL_UNIGRAM;
    m->flags |= TKC_MODEL_FUSE_UNK;
    st = tkc_hf_bool(h, model, what, "byte_fallback", 0, &fallback);
    if (st) return st;
    if (fallback) m->flags |= TKC_MODEL_BYTE_FALLBACK;
    st = tkc_hf_need(h, model, what, "vocab", TKC_JSON_ARRAY, &vocab);
    if (st) return st;
    st = read_vocab_list(h, vocab, n_more);
    if (st) return st;
    unk = tkc_json_get(&h->doc, model, "unk_id", NULL);
    if (unk != TKC_JSON_NONE && tkc_json_kind_of(&h->doc, unk) != TKC_JSON_NULL) {
        uint64_t id;
        if (!tkc_json_u64(&h->doc, unk, &id) || id >= h->n_vocab)
            return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, unk),
                            "model Unigram: expected an unk_id from 0 to %zu",
                            h->n_vocab ? h->n_vocab - 1 : 0);
        m->unk_id = (uint32_t)id;
        h->b->token[id].type = TKC_TOKEN_UNKNOWN;
    }
    return TKC_OK;
}

static tkc_status read_wordpiece(tkc_hf *h, uint32_t model, size_t n_more)
{
    static const char what[] = "model WordPiece";
    tkc_model *m = &h->b->model;
    uint32_t vocab, limit;
    uint64_t max = 0;
    size_t prefix_len;
    tkc_status st = tkc_hf_fields(h, model, what,
                                  "type unk_token continuing_subword_prefix "
                                  "max_input_chars_per_word vocab");
    if (st) return st;
    if (h->byte_level)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, model),
                        "model WordPiece with ByteLevel is not supported");
    m->kind = TKC_MODEL_WORDPIECE;
    st = tkc_hf_need(h, model, what, "max_input_chars_per_word", TKC_JSON_NUMBER, &limit);
    if (st) return st;
    if (!tkc_json_u64(&h->doc, limit, &max) || max == 0)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, limit),
                        "model WordPiece: expected max_input_chars_per_word of at least 1");
    m->max_word_chars = max < UINT32_MAX ? (uint32_t)max : 0;
    st = read_affix(h, model, what, "continuing_subword_prefix", true, m->subword_prefix,
                    &prefix_len);
    if (!st) st = tkc_hf_need(h, model, what, "vocab", TKC_JSON_OBJECT, &vocab);
    if (!st) st = read_vocab_object(h, vocab, n_more);
    if (!st) st = read_unk_token(h, model, what, true);
    return st;
}

/* Files of before 2020 have no type; what the fields say is then tried in the order of the
 * reference library: BPE, WordPiece, WordLevel, Unigram. */
static const char *guess_type(const tkc_json *d, uint32_t model)
{
    uint32_t vocab = tkc_json_get(d, model, "vocab", NULL);
    if (vocab == TKC_JSON_NONE) return "";
    if (tkc_json_kind_of(d, vocab) == TKC_JSON_ARRAY) return "Unigram";
    if (tkc_json_get(d, model, "merges", NULL) != TKC_JSON_NONE) return "BPE";
    if (tkc_json_get(d, model, "max_input_chars_per_word", NULL) != TKC_JSON_NONE)
        return "WordPiece";
    return "WordLevel";
}

tkc_status tkc_hf_read_model(tkc_hf *h, uint32_t model, size_t n_more)
{
    const tkc_json *d = &h->doc;
    uint32_t type = tkc_json_get(d, model, "type", NULL);
    const char *guess = type == TKC_JSON_NONE ? guess_type(d, model) : NULL;
    static const struct {
        const char *name;
        tkc_status (*read)(tkc_hf *, uint32_t, size_t);
    } kind[] = {{"BPE", read_bpe}, {"Unigram", read_unigram}, {"WordPiece", read_wordpiece}};
    tkc_str name;
    char q[TKC_QUOTE_SIZE];
    tkc_status st;
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++)
        if (guess ? strcmp(guess, kind[i].name) == 0 : tkc_json_is(d, type, kind[i].name))
            return kind[i].read(h, model, n_more);
    if (guess && !*guess)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, model),
                        "model: expected a field \"vocab\"");
    if (guess)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, model), "model %s is not supported",
                        guess);
    st = tkc_hf_string(h, model, "model", "type", true, &h->text[0], &name);
    if (st) return st;
    return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, type), "model %s is not supported",
                    tkc_quote(q, name.ptr, name.len));
}
