/*
 * hf_pipeline.c - normalizer, pre-tokenizer, decoder and post-processor of a
 * tokenizer.json, as rows of pipeline.h and as ids around a text.
 *
 * Each of the four is one step or a Sequence of steps, and Sequences may hold Sequences: a
 * walker with its own stack flattens them. Rows keep the file's order. What stands behind a
 * BYTE_LEVEL row works on the characters of the byte alphabet, not on the text, as in the
 * reference library (Falcon: Digits behind ByteLevel takes the byte 0xB2 for a digit).
 */
#include "vocab/read/hf.h"

#include "vocab/base/base64.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum { MAX_NESTED = 32 };

/* Reads one step into op; op->kind 0 adds no row. */
typedef tkc_status (*step_fn)(tkc_hf *h, uint32_t node, const char *what, tkc_op *op);

typedef struct step {
    const char *type, *fields;
    uint32_t kind;
    step_fn read; /* NULL: no arguments */
} step;

typedef struct stage {
    const char *what;  /* "normalizer" */
    const char *list;  /* key of a Sequence's list */
    const step *steps; /* ends with type NULL */
    tkc_stage rows;
} stage;

/* One character as a string member. */
static tkc_status read_char(tkc_hf *h, uint32_t node, const char *what, const char *key,
                            tkc_str *out)
{
    tkc_status st = tkc_hf_string(h, node, what, key, true, &h->text[0], out);
    if (st) return st;
    if (out->len == 0 || tkc_utf8_len((unsigned char)out->ptr[0]) != out->len)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, tkc_json_get(&h->doc, node, key, NULL)),
                        "%s: expected one character as \"%s\"", what, key);
    return TKC_OK;
}

/* {"String": "..."} or {"Regex": "..."} */
static tkc_status read_pattern(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    uint32_t p;
    const char *key;
    tkc_status st = tkc_hf_need(h, node, what, "pattern", TKC_JSON_OBJECT, &p);
    if (st) return st;
    st = tkc_hf_fields(h, p, what, "String Regex");
    if (st) return st;
    if (tkc_json_count(&h->doc, p) != 1)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, p),
                        "%s: expected a pattern {\"String\": ...} or {\"Regex\": ...}", what);
    key = tkc_json_is(&h->doc, p + 1, "Regex") ? "Regex" : "String";
    if (key[0] == 'R') op->flags |= TKC_OPF_REGEX;
    st = tkc_hf_string(h, p, what, key, true, &h->text[0], &op->a);
    if (st) return st;
    if (op->a.len == 0)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, p),
                        "%s: an empty pattern is not supported", what);
    return TKC_OK;
}

static tkc_status read_behavior(tkc_hf *h, uint32_t node, const char *what, bool required,
                                tkc_op *op)
{
    static const struct {
        const char *name;
        tkc_behavior value;
    } known[] = {{"Isolated", TKC_BEHAVIOR_ISOLATED},
                 {"Removed", TKC_BEHAVIOR_REMOVED},
                 {"MergedWithPrevious", TKC_BEHAVIOR_MERGED_WITH_PREVIOUS},
                 {"MergedWithNext", TKC_BEHAVIOR_MERGED_WITH_NEXT},
                 {"Contiguous", TKC_BEHAVIOR_CONTIGUOUS}};
    uint32_t v = tkc_json_get(&h->doc, node, "behavior", NULL);
    char q[TKC_QUOTE_SIZE];
    tkc_str s;
    tkc_status st;
    op->arg = TKC_BEHAVIOR_ISOLATED;
    if (v == TKC_JSON_NONE && !required) return TKC_OK;
    st = tkc_hf_need(h, node, what, "behavior", TKC_JSON_STRING, &v);
    if (st) return st;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (tkc_json_is(&h->doc, v, known[i].name)) {
            op->arg = known[i].value;
            return TKC_OK;
        }
    tkc_buf_clear(&h->text[1]);
    st = tkc_json_string(&h->doc, v, &h->text[1], &s, h->err);
    if (st) return st;
    return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, v), "%s: behavior \"%s\" is not known",
                    what, tkc_quote(q, s.ptr, s.len));
}

static tkc_status flag_if(tkc_hf *h, uint32_t node, const char *what, const char *key, int absent,
                          uint32_t flag, tkc_op *op)
{
    bool on;
    tkc_status st = tkc_hf_bool(h, node, what, key, absent, &on);
    if (!st && on) op->flags |= flag;
    return st;
}

/* A count of at most max. */
static tkc_status read_count(tkc_hf *h, uint32_t node, const char *what, const char *key,
                             uint64_t max, uint64_t *out)
{
    uint32_t v;
    tkc_status st = tkc_hf_need(h, node, what, key, TKC_JSON_NUMBER, &v);
    if (st) return st;
    if (!tkc_json_u64(&h->doc, v, out) || *out > max)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, v),
                        "%s: expected a whole number from 0 to %llu as \"%s\"", what,
                        (unsigned long long)max, key);
    return TKC_OK;
}

/* Normalizers. */

static tkc_status strip(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    tkc_status st = flag_if(h, node, what, "strip_left", -1, TKC_OPF_LEFT, op);
    return st ? st : flag_if(h, node, what, "strip_right", -1, TKC_OPF_RIGHT, op);
}

static tkc_status replace(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    tkc_status st = read_pattern(h, node, what, op);
    return st ? st : tkc_hf_string(h, node, what, "content", true, &h->text[1], &op->b);
}

static tkc_status prepend(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    tkc_status st = tkc_hf_string(h, node, what, "prepend", true, &h->text[0], &op->a);
    /* the reference library doubles the first character then */
    if (!st && op->a.len == 0)
        st = tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, node),
                      "%s: an empty text to prepend is not supported", what);
    return st;
}

/* A charsmap is a double-array trie (its size in bytes first) and the strings it leads to. */
static tkc_status precompiled(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    size_t bad = 0, at;
    tkc_str text;
    const unsigned char *p;
    uint32_t trie;
    tkc_status st = tkc_hf_string(h, node, what, "precompiled_charsmap", true, &h->text[0], &text);
    if (st) return st;
    at = tkc_hf_at(h, tkc_json_get(&h->doc, node, "precompiled_charsmap", NULL));
    tkc_buf_clear(&h->text[1]);
    st = tkc_base64_decode(text, &h->text[1], &bad, h->err);
    if (st == TKC_E_FORMAT)
        return tkc_fail(h->err, st, at + 1 + bad, "%s: precompiled_charsmap is not base64", what);
    if (st) return st;
    op->a = tkc_buf_str(&h->text[1]);
    p = (const unsigned char *)op->a.ptr;
    trie = op->a.len < 4
               ? 0
               : (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    if (trie == 0 || trie % 4 || trie > op->a.len - 4)
        return tkc_fail(h->err, TKC_E_FORMAT, at,
                        "%s: precompiled_charsmap of %zu bytes does not hold the trie it promises",
                        what, op->a.len);
    return TKC_OK;
}

static tkc_status bert(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    bool lower;
    tkc_status st = flag_if(h, node, what, "clean_text", -1, TKC_OPF_CLEAN, op);
    if (!st) st = flag_if(h, node, what, "handle_chinese_chars", -1, TKC_OPF_CJK, op);
    if (!st) st = flag_if(h, node, what, "lowercase", -1, TKC_OPF_LOWER, op);
    lower = op->flags & TKC_OPF_LOWER;
    return st ? st : flag_if(h, node, what, "strip_accents", lower, TKC_OPF_ACCENTS, op);
}

/* The same as the pre-tokenizer without its regex, as long as no normalizer follows. */
static tkc_status byte_level_normalizer(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    (void)node;
    (void)what;
    h->byte_level = h->byte_norm = true;
    op->kind = 0;
    return TKC_OK;
}

static const step normalizers[] = {
    {"NFC", "type", TKC_OP_NFC, NULL},
    {"NFD", "type", TKC_OP_NFD, NULL},
    {"NFKC", "type", TKC_OP_NFKC, NULL},
    {"NFKD", "type", TKC_OP_NFKD, NULL},
    {"Lowercase", "type", TKC_OP_LOWERCASE, NULL},
    {"StripAccents", "type", TKC_OP_STRIP_ACCENTS, NULL},
    {"Nmt", "type", TKC_OP_NMT, NULL},
    {"Strip", "type strip_left strip_right", TKC_OP_STRIP, strip},
    {"Replace", "type pattern content", TKC_OP_REPLACE, replace},
    {"Prepend", "type prepend", TKC_OP_PREPEND, prepend},
    {"Precompiled", "type precompiled_charsmap", TKC_OP_CHARSMAP, precompiled},
    {"BertNormalizer", "type clean_text handle_chinese_chars strip_accents lowercase", TKC_OP_BERT,
     bert},
    {"ByteLevel", "type", 0, byte_level_normalizer},
    {NULL, NULL, 0, NULL}};

/* Pre-tokenizers. */

static tkc_status byte_level(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    bool trim;
    tkc_status st = flag_if(h, node, what, "add_prefix_space", -1, TKC_OPF_PREFIX_SPACE, op);
    if (!st) st = tkc_hf_bool(h, node, what, "trim_offsets", -1, &trim);
    if (!st) st = flag_if(h, node, what, "use_regex", 1, TKC_OPF_USE_REGEX, op);
    if (!st && h->byte_level)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, node),
                        "ByteLevel twice is not supported");
    h->byte_level = true;
    return st;
}

static tkc_status split(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    tkc_status st = read_pattern(h, node, what, op);
    if (!st) st = read_behavior(h, node, what, true, op);
    return st ? st : flag_if(h, node, what, "invert", -1, TKC_OPF_INVERT, op);
}

static tkc_status digits(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    return flag_if(h, node, what, "individual_digits", -1, TKC_OPF_INDIVIDUAL, op);
}

static tkc_status punctuation(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    return read_behavior(h, node, what, false, op);
}

/* Replacement and prepend scheme. Before 2023 there was add_prefix_space instead of the
 * scheme; where both stand they must say the same. */
static tkc_status metaspace(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    uint32_t scheme = tkc_json_get(&h->doc, node, "prepend_scheme", NULL);
    bool legacy;
    tkc_status st = read_char(h, node, what, "replacement", &op->a);
    if (!st) st = tkc_hf_bool(h, node, what, "add_prefix_space", 1, &legacy);
    if (!st) st = flag_if(h, node, what, "split", 1, TKC_OPF_SPLIT, op);
    if (st) return st;
    op->arg = TKC_PREPEND_ALWAYS;
    if (scheme == TKC_JSON_NONE) {
        if (!legacy) op->arg = TKC_PREPEND_NEVER;
    } else if (tkc_json_is(&h->doc, scheme, "first")) {
        op->arg = TKC_PREPEND_FIRST;
    } else if (tkc_json_is(&h->doc, scheme, "never")) {
        op->arg = TKC_PREPEND_NEVER;
    } else if (!tkc_json_is(&h->doc, scheme, "always")) {
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, scheme),
                        "%s: expected \"first\", \"always\" or \"never\" as prepend_scheme", what);
    }
    if (!legacy && op->arg != TKC_PREPEND_NEVER)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, scheme),
                        "%s: add_prefix_space is false but prepend_scheme is not \"never\"", what);
    return TKC_OK;
}

static tkc_status metaspace_split(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    if (h->byte_level)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, node),
                        "Metaspace behind ByteLevel is not supported");
    return metaspace(h, node, what, op);
}

static tkc_status char_delimiter(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    return read_char(h, node, what, "delimiter", &op->a);
}

static tkc_status fixed_length(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    uint64_t n = 5;
    if (tkc_json_get(&h->doc, node, "length", NULL) != TKC_JSON_NONE) {
        tkc_status st = read_count(h, node, what, "length", UINT32_MAX, &n);
        if (st) return st;
    }
    if (n == 0)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, node),
                        "%s: expected a length of at least 1", what);
    op->arg = (uint32_t)n;
    return TKC_OK;
}

static const step pre_tokenizers[] = {
    {"ByteLevel", "type add_prefix_space trim_offsets use_regex", TKC_OP_BYTE_LEVEL, byte_level},
    {"Split", "type pattern behavior invert", TKC_OP_SPLIT, split},
    {"Digits", "type individual_digits", TKC_OP_DIGITS, digits},
    {"Punctuation", "type behavior", TKC_OP_PUNCTUATION, punctuation},
    {"Metaspace", "type replacement add_prefix_space prepend_scheme split str_rep",
     TKC_OP_METASPACE, metaspace_split},
    {"Whitespace", "type", TKC_OP_WHITESPACE, NULL},
    {"WhitespaceSplit", "type", TKC_OP_WHITESPACE_SPLIT, NULL},
    {"BertPreTokenizer", "type", TKC_OP_BERT_SPLIT, NULL},
    {"CharDelimiterSplit", "type delimiter", TKC_OP_CHAR_DELIMITER, char_delimiter},
    {"FixedLength", "type length", TKC_OP_FIXED_LENGTH, fixed_length},
    {NULL, NULL, 0, NULL}};

/* Decoders. */

static tkc_status metaspace_decoder(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    tkc_status st = metaspace(h, node, what, op);
    op->flags = op->arg == TKC_PREPEND_NEVER ? 0 : TKC_OPF_LEFT;
    op->arg = 0;
    return st;
}

static tkc_status strip_decoder(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    uint64_t start = 0, stop = 0;
    tkc_status st = read_char(h, node, what, "content", &op->a);
    if (!st) st = read_count(h, node, what, "start", UINT16_MAX, &start);
    if (!st) st = read_count(h, node, what, "stop", UINT16_MAX, &stop);
    op->arg = (uint32_t)start | (uint32_t)stop << 16;
    return st;
}

static tkc_status wordpiece_decoder(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    tkc_status st = tkc_hf_string(h, node, what, "prefix", true, &h->text[0], &op->a);
    return st ? st : flag_if(h, node, what, "cleanup", -1, TKC_OPF_CLEAN, op);
}

static tkc_status bpe_decoder(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    return tkc_hf_string(h, node, what, "suffix", true, &h->text[0], &op->a);
}

static const step decoders[] = {
    {"ByteLevel", "type add_prefix_space trim_offsets use_regex", TKC_OP_DEC_BYTE_LEVEL, NULL},
    {"Metaspace", "type replacement add_prefix_space prepend_scheme split str_rep",
     TKC_OP_DEC_METASPACE, metaspace_decoder},
    {"ByteFallback", "type", TKC_OP_DEC_BYTE_FALLBACK, NULL},
    {"Replace", "type pattern content", TKC_OP_DEC_REPLACE, replace},
    {"Strip", "type content start stop", TKC_OP_DEC_STRIP, strip_decoder},
    {"Fuse", "type", TKC_OP_DEC_FUSE, NULL},
    {"WordPiece", "type prefix cleanup", TKC_OP_DEC_WORDPIECE, wordpiece_decoder},
    {"BPEDecoder", "type suffix", TKC_OP_DEC_BPE_SUFFIX, bpe_decoder},
    {NULL, NULL, 0, NULL}};

/* Post-processors: they add ids, not rows. */

/* Puts ids around what is there: [new before][before] text [after][new after]. */
static tkc_status wrap(tkc_hf *h, uint32_t node, const uint32_t *before, size_t n_before,
                       const uint32_t *after, size_t n_after)
{
    tkc_builder *b = h->b;
    /* A template leaves its pieces apart, and the next processor frames each of them. */
    if (h->framed)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, node),
                        "post_processor behind TemplateProcessing is not supported");
    if (n_before > TKC_MAX_FRAME - b->n_before || n_after > TKC_MAX_FRAME - b->n_after)
        return tkc_fail(h->err, TKC_E_LIMIT, tkc_hf_at(h, node),
                        "post_processor adds more than %d ids on one side of a text",
                        TKC_MAX_FRAME);
    memmove(b->before + n_before, b->before, b->n_before * sizeof *before);
    memcpy(b->before, before, n_before * sizeof *before);
    memcpy(b->after + b->n_after, after, n_after * sizeof *after);
    b->n_before += n_before;
    b->n_after += n_after;
    return TKC_OK;
}

static tkc_status frame_id(tkc_hf *h, uint32_t node, uint32_t *out)
{
    uint64_t id;
    if (!tkc_json_u64(&h->doc, node, &id) || id >= h->b->n_token ||
        h->b->token[id].type == TKC_TOKEN_HOLE)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, node),
                        "post_processor: expected the id of a token");
    *out = (uint32_t)id;
    return TKC_OK;
}

/* ["[SEP]", 102] */
static tkc_status named_id(tkc_hf *h, uint32_t node, const char *what, const char *key,
                           uint32_t *out)
{
    uint32_t v;
    tkc_status st = tkc_hf_need(h, node, what, key, TKC_JSON_ARRAY, &v);
    if (st) return st;
    if (tkc_json_count(&h->doc, v) != 2 || tkc_json_kind_of(&h->doc, v + 1) != TKC_JSON_STRING)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, v),
                        "%s: expected [\"text\", id] as \"%s\"", what, key);
    return frame_id(h, h->doc.node[v + 1].next, out);
}

static tkc_status cls_sep(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    uint32_t cls = 0, sep = 0;
    tkc_status st = named_id(h, node, what, "cls", &cls);
    (void)op;
    if (!st) st = named_id(h, node, what, "sep", &sep);
    return st ? st : wrap(h, node, &cls, 1, &sep, 1);
}

/* The ids of one SpecialToken piece, appended to list. */
static tkc_status special_ids(tkc_hf *h, uint32_t piece, uint32_t tokens, uint32_t *list, size_t *n)
{
    static const char what[] = "TemplateProcessing";
    uint32_t id, entry = TKC_JSON_NONE, ids;
    tkc_str name, key;
    char q[TKC_QUOTE_SIZE];
    tkc_status st = tkc_hf_fields(h, piece, what, "id type_id");
    if (!st) st = tkc_hf_string(h, piece, what, "id", true, &h->text[0], &name);
    if (st) return st;
    id = tkc_json_get(&h->doc, piece, "id", NULL);
    for (uint32_t k = tkc_json_first(&h->doc, tokens); k != TKC_JSON_NONE;
         k = tkc_json_next_member(&h->doc, tokens, k)) {
        tkc_buf_clear(&h->text[1]);
        st = tkc_json_string(&h->doc, k, &h->text[1], &key, h->err);
        if (st) return st;
        if (key.len == name.len && memcmp(key.ptr, name.ptr, key.len) == 0)
            entry = tkc_json_value(&h->doc, k);
    }
    if (entry == TKC_JSON_NONE)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, id),
                        "%s: \"%s\" is not in special_tokens", what,
                        tkc_quote(q, name.ptr, name.len));
    st = tkc_hf_fields(h, entry, what, "id ids tokens");
    if (!st) st = tkc_hf_need(h, entry, what, "ids", TKC_JSON_ARRAY, &ids);
    if (st) return st;
    for (uint32_t i = tkc_json_first(&h->doc, ids); i != TKC_JSON_NONE;
         i = tkc_json_next(&h->doc, ids, i)) {
        if (*n == TKC_MAX_FRAME)
            return tkc_fail(h->err, TKC_E_LIMIT, tkc_hf_at(h, i),
                            "%s adds more than %d ids on one side of a text", what, TKC_MAX_FRAME);
        st = frame_id(h, i, &list[(*n)++]);
        if (st) return st;
    }
    return TKC_OK;
}

/* "single": pieces {"SpecialToken": ...} and one {"Sequence": {"id": "A"}}. The template
 * for pairs is not looked at: a text is never one of a pair here. */
static tkc_status template(tkc_hf *h, uint32_t node, const char *what, tkc_op *op)
{
    uint32_t single, tokens, side[2][TKC_MAX_FRAME];
    size_t n[2] = {0, 0}, texts = 0;
    tkc_status st = tkc_hf_need(h, node, what, "single", TKC_JSON_ARRAY, &single);
    (void)op;
    if (!st) st = tkc_hf_need(h, node, what, "special_tokens", TKC_JSON_OBJECT, &tokens);
    if (st) return st;
    for (uint32_t i = tkc_json_first(&h->doc, single); i != TKC_JSON_NONE;
         i = tkc_json_next(&h->doc, single, i)) {
        uint32_t value;
        st = tkc_hf_fields(h, i, what, "SpecialToken Sequence");
        if (st) return st;
        if (tkc_json_count(&h->doc, i) != 1)
            return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, i),
                            "%s: expected a piece {\"SpecialToken\": ...} or {\"Sequence\": ...}",
                            what);
        value = tkc_json_value(&h->doc, i + 1);
        if (tkc_json_is(&h->doc, i + 1, "SpecialToken")) {
            st = special_ids(h, value, tokens, side[texts != 0], &n[texts != 0]);
        } else {
            st = tkc_hf_fields(h, value, what, "id type_id");
            if (!st) st = tkc_hf_need(h, value, what, "id", TKC_JSON_STRING, &value);
            if (!st && (!tkc_json_is(&h->doc, value, "A") || texts++))
                st = tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, value),
                              "%s: a template for one text must hold sequence A once", what);
        }
        if (st) return st;
    }
    if (texts != 1)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, single),
                        "%s: a template for one text must hold sequence A once", what);
    st = wrap(h, node, side[0], n[0], side[1], n[1]);
    h->framed = true;
    return st;
}

static const step post_processors[] = {
    /* Some converters leave the fields of another post-processor behind; they say nothing. */
    {"TemplateProcessing",
     "type single pair special_tokens add_prefix_space trim_offsets use_regex", 0, template},
    {"BertProcessing", "type sep cls", 0, cls_sep},
    {"RobertaProcessing", "type sep cls trim_offsets add_prefix_space", 0, cls_sep},
    {"ByteLevel", "type add_prefix_space trim_offsets use_regex", 0, NULL}, /* offsets only */
    {NULL, NULL, 0, NULL}};

static const stage normalize_stage = {"normalizer", "normalizers", normalizers,
                                      TKC_STAGE_NORMALIZE};
static const stage split_stage = {"pre_tokenizer", "pretokenizers", pre_tokenizers,
                                  TKC_STAGE_SPLIT};
static const stage decode_stage = {"decoder", "decoders", decoders, TKC_STAGE_DECODE};
static const stage post_stage = {"post_processor", "processors", post_processors, TKC_STAGE_DECODE};

/* One step that is no Sequence. */
static tkc_status read_step(tkc_hf *h, const stage *s, uint32_t node)
{
    char what[64] = "", q[TKC_QUOTE_SIZE];
    const step *k = s->steps;
    tkc_op op = {0};
    size_t n = strlen(s->what);
    tkc_str type;
    tkc_status st = tkc_hf_string(h, node, s->what, "type", true, &h->text[0], &type);
    if (st) return st;
    for (; k->type; k++)
        if (strlen(k->type) == type.len && memcmp(k->type, type.ptr, type.len) == 0) break;
    if (!k->type)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED,
                        tkc_hf_at(h, tkc_json_get(&h->doc, node, "type", NULL)),
                        "%s %s is not supported", s->what, tkc_quote(q, type.ptr, type.len));
    if (s == &normalize_stage && h->byte_level)
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, node),
                        "normalizer %s behind ByteLevel is not supported", k->type);
    memcpy(what, s->what, n);
    what[n] = ' ';
    memcpy(what + n + 1, k->type, strlen(k->type));
    st = tkc_hf_fields(h, node, what, k->fields);
    if (st) return st;
    op.kind = k->kind;
    if (k->read) st = k->read(h, node, what, &op);
    if (!st && op.kind) st = tkc_builder_op_add(h->b, s->rows, op, h->err);
    return st;
}

static tkc_status read_stage(tkc_hf *h, const stage *s, uint32_t node)
{
    const tkc_json *d = &h->doc;
    uint32_t list[MAX_NESTED], item[MAX_NESTED]; /* open lists, and where we are in each */
    size_t depth = 0;
    tkc_status st;
    if (node == TKC_JSON_NONE || tkc_json_kind_of(d, node) == TKC_JSON_NULL) return TKC_OK;
    for (;;) {
        uint32_t type;
        if (tkc_json_kind_of(d, node) != TKC_JSON_OBJECT)
            return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, node),
                            "%s: expected an object, found %s", s->what,
                            tkc_json_kind_name(tkc_json_kind_of(d, node)));
        st = tkc_hf_need(h, node, s->what, "type", TKC_JSON_STRING, &type);
        if (st) return st;
        if (tkc_json_is(d, type, "Sequence")) {
            char fields[32] = "type ";
            memcpy(fields + 5, s->list, strlen(s->list) + 1);
            st = tkc_hf_fields(h, node, s->what, fields);
            if (st) return st;
            if (depth == MAX_NESTED)
                return tkc_fail(h->err, TKC_E_LIMIT, tkc_hf_at(h, node),
                                "%s: more than %d Sequences in each other", s->what, MAX_NESTED);
            st = tkc_hf_need(h, node, s->what, s->list, TKC_JSON_ARRAY, &list[depth]);
            if (st) return st;
            item[depth] = tkc_json_first(d, list[depth]);
            depth++;
        } else {
            st = read_step(h, s, node);
            if (st) return st;
        }
        while (depth && item[depth - 1] == TKC_JSON_NONE) depth--;
        if (!depth) return TKC_OK;
        node = item[depth - 1];
        item[depth - 1] = tkc_json_next(d, list[depth - 1], node);
    }
}

tkc_status tkc_hf_read_pipeline(tkc_hf *h, uint32_t normalizer, uint32_t pre_tokenizer,
                                uint32_t decoder)
{
    tkc_status st = read_stage(h, &normalize_stage, normalizer);
    if (st) return st;
    if (h->byte_level) {
        st = tkc_builder_op_add(h->b, TKC_STAGE_SPLIT, (tkc_op){.kind = TKC_OP_BYTE_LEVEL}, h->err);
        if (st) return st;
    }
    st = read_stage(h, &split_stage, pre_tokenizer);
    return st ? st : read_stage(h, &decode_stage, decoder);
}

tkc_status tkc_hf_read_frame(tkc_hf *h, uint32_t post_processor)
{
    return read_stage(h, &post_stage, post_processor);
}
