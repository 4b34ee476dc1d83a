/*
 * test_read_hf.c - tokenizer.json: 150 tiny tokenizers replayed, and crafted bad files.
 *
 * tests/data/hf has one tokenizer for each option of the format and the ids that the official
 * library gives for each text (tools/dev/oracles/make_hf_cases.py). Every one must come out equal,
 * with special tokens trusted and framed, and without. The bad files are made here, by
 * changing one place of a small good one: each must be refused with a message and a byte.
 */
#include "vocab/base/json.h"
#include "vocab/read/byte_alphabet.h"
#include "vocab/read/readers.h"
#include "tokenizer/tokenizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/source_reader.h"

#define FOLDER "tests/data/hf/"
enum { MAX_IDS = 4096 };

typedef struct file {
    char *ptr;
    size_t len;
    tkc_json doc;
} file;

static void load(file *f, const char *name)
{
    char path[256];
    FILE *in;
    long n;
    tkc_error err;
    snprintf(path, sizeof path, FOLDER "%s", name);
    in = fopen(path, "rb");
    if (!in) fail_msg("cannot open %s (run from the top folder)", path);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    n = ftell(in);
    assert_true(n > 0);
    rewind(in);
    f->len = (size_t)n;
    f->ptr = malloc(f->len);
    assert_non_null(f->ptr);
    assert_int_equal(fread(f->ptr, 1, f->len, in), f->len);
    fclose(in);
    tkc_json_init(&f->doc, NULL);
    if (tkc_json_parse(&f->doc, (tkc_str){f->ptr, f->len}, NULL, &err))
        fail_msg("%s: %s at %zu", path, err.message, err.offset);
}

static void unload(file *f)
{
    tkc_json_release(&f->doc);
    free(f->ptr);
}

/* How many of the texts do not give the listed ids; the first is printed. */
static size_t differences(const char *name, const char *how, const file *texts, const file *ids,
                          tkc_encoder *e, unsigned flags)
{
    static uint32_t got[MAX_IDS];
    uint32_t list = tkc_json_get(&ids->doc, 0, how, NULL), t, want;
    size_t bad = 0, at = 0;
    tkc_buf buf;
    tkc_buf_init(&buf, 1 << 20, NULL);
    assert_true(list != TKC_JSON_NONE);
    assert_int_equal(tkc_json_count(&ids->doc, list), tkc_json_count(&texts->doc, 0));
    want = tkc_json_first(&ids->doc, list);
    for (t = tkc_json_first(&texts->doc, 0); t != TKC_JSON_NONE;
         t = tkc_json_next(&texts->doc, 0, t), want = tkc_json_next(&ids->doc, list, want), at++) {
        tkc_error err = {.message = "ids differ"};
        tkc_str text;
        size_t n = 0, k = 0, counted = 0;
        bool same;
        tkc_status st;
        tkc_buf_clear(&buf);
        assert_int_equal(tkc_json_string(&texts->doc, t, &buf, &text, &err), TKC_OK);
        st = tkc_encode(e, text, flags, got, MAX_IDS, &n, &err);
        same = !st && n == tkc_json_count(&ids->doc, want);
        for (uint32_t i = tkc_json_first(&ids->doc, want); same && i != TKC_JSON_NONE;
             i = tkc_json_next(&ids->doc, want, i)) {
            uint64_t id;
            same = tkc_json_u64(&ids->doc, i, &id) && id == got[k++];
        }
        if (same) same = tkc_count(e, text, flags, &counted, &err) == TKC_OK && counted == n;
        if (same) continue;
        if (!bad++) {
            tkc_str w = tkc_json_source(&ids->doc, want), s = tkc_json_source(&texts->doc, t);
            print_message("%s %s text %zu %.*s: %s\n  want %.*s\n  got  ", name, how, at,
                          (int)s.len, s.ptr, err.message, (int)w.len, w.ptr);
            for (size_t i = 0; i < n && !st; i++) print_message("%u ", got[i]);
            print_message("\n");
        }
    }
    tkc_buf_release(&buf);
    return bad;
}

static void replay(void **state)
{
    file cases, texts;
    size_t n = 0, bad = 0;
    tkc_buf buf;
    (void)state;
    load(&cases, "cases.json");
    load(&texts, "texts.json");
    tkc_buf_init(&buf, 1000, NULL);
    for (uint32_t c = tkc_json_first(&cases.doc, 0); c != TKC_JSON_NONE;
         c = tkc_json_next(&cases.doc, 0, c), n++) {
        char name[128], path[160];
        file tok, ids;
        tkc_vocab *v = NULL;
        tkc_encoder *e = NULL;
        tkc_error err;
        tkc_str s;
        assert_int_equal(tkc_json_string(&cases.doc, c, &buf, &s, &err), TKC_OK);
        snprintf(name, sizeof name, "%.*s", (int)s.len, s.ptr);
        snprintf(path, sizeof path, "%s.json", name);
        load(&tok, path);
        snprintf(path, sizeof path, "%s.ids.json", name);
        load(&ids, path);
        if (tkc_vocab_open_memory(&v, (tkc_str){tok.ptr, tok.len}, NULL, &err) ||
            tkc_encoder_new(&e, v, NULL, &err)) {
            print_message("%s: %s at %zu\n", name, err.message, err.offset);
            bad++;
        } else {
            bad +=
                differences(name, "framed", &texts, &ids, e, TKC_ENCODE_SPECIAL | TKC_ENCODE_FRAME);
            bad += differences(name, "plain", &texts, &ids, e, 0);
        }
        tkc_encoder_free(e);
        tkc_vocab_close(v);
        unload(&ids);
        unload(&tok);
    }
    tkc_buf_release(&buf);
    unload(&texts);
    unload(&cases);
    assert_true(n >= 60);
    assert_int_equal(bad, 0);
}

static void alphabet(void **state)
{
    bool seen[0x150] = {false};
    tkc_buf text, back;
    tkc_status st;
    tkc_error err;
    char all[256];
    (void)state;
    tkc_buf_init(&text, 4096, NULL);
    tkc_buf_init(&back, 4096, NULL);
    for (int b = 0; b < 256; b++) {
        uint32_t c = tkc_byte_alphabet_char((unsigned char)b);
        assert_true(c < 0x150 && !seen[c]);
        seen[c] = true;
        assert_int_equal(tkc_byte_alphabet_byte(c), b);
        all[b] = (char)b;
    }
    for (uint32_t c = 0; c < 0x3000; c++)
        assert_int_equal(tkc_byte_alphabet_byte(c) >= 0, c < 0x150 && seen[c]);
    assert_int_equal(tkc_byte_alphabet_char(' '), 0x120);
    assert_int_equal(tkc_byte_alphabet_char('\n'), 0x10a);
    assert_int_equal(tkc_byte_alphabet_encode((tkc_str){all, 256}, &text, &err), TKC_OK);
    assert_true(tkc_byte_alphabet_decode(tkc_buf_str(&text), &back, &st, &err));
    assert_int_equal(back.len, 256);
    assert_memory_equal(back.ptr, all, 256);
    assert_false(tkc_byte_alphabet_decode((tkc_str){"a b", 3}, &back, &st, &err));
    assert_int_equal(st, TKC_OK);
    assert_int_equal(back.len, 256);
    assert_false(tkc_byte_alphabet_decode((tkc_str){"\xc4", 1}, &back, &st, &err));
    tkc_buf_release(&text);
    tkc_buf_release(&back);
}

/* A file with one of everything, to be broken. */
static const char good[] =
    "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,"
    "\"added_tokens\":[{\"id\":0,\"content\":\"<unk>\",\"single_word\":false,\"lstrip\":false,"
    "\"rstrip\":false,\"normalized\":false,\"special\":true}],"
    "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":"
    "\"Replace\","
    "\"pattern\":{\"String\":\"x\"},\"content\":\"y\"},{\"type\":\"Strip\",\"strip_left\":true,"
    "\"strip_right\":false},{\"type\":\"Prepend\",\"prepend\":\"p\"}]},"
    "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":"
    "{\"Regex\":\" \"},\"behavior\":\"Isolated\",\"invert\":false},{\"type\":\"Metaspace\","
    "\"replacement\":\"_\",\"prepend_scheme\":\"first\",\"split\":true},{\"type\":\"Digits\","
    "\"individual_digits\":true},{\"type\":\"FixedLength\",\"length\":7},{\"type\":"
    "\"CharDelimiterSplit\",\"delimiter\":\"-\"}]},"
    "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":"
    "\"B\","
    "\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":"
    "{\"B\":{\"id\":\"B\",\"ids\":[0],\"tokens\":[\"<unk>\"]}}},"
    "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Strip\",\"content\":\"_\","
    "\"start\":1,\"stop\":0},{\"type\":\"BPEDecoder\",\"suffix\":\"w\"}]},"
    "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":\"<unk>\","
    "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":\"\",\"fuse_unk\":false,"
    "\"byte_fallback\":false,\"ignore_merges\":false,\"vocab\":{\"<unk>\":0,\"a\":1,\"b\":2,\"ab\":"
    "3,"
    "\"c\":4,\"abc\":5},\"merges\":[\"a b\",\"ab c\"]}}";

static const char unigram[] =
    "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0.0],[\"a\",-1.5],"
    "[\"b\",-2]],\"byte_fallback\":false}}";

static const char wordpiece[] =
    "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##"
    "\","
    "\"max_input_chars_per_word\":100,\"vocab\":{\"[UNK]\":0,\"a\":1,\"##b\":2}}}";

static const char bytes[] =
    "{\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_"
    "space\":"
    "false,\"trim_offsets\":true},\"model\":{\"type\":\"BPE\",\"continuing_subword_prefix\":null,"
    "\"byte_fallback\":false,\"vocab\":{\"a\":0},\"merges\":[]}}";

static tkc_status try_file(const char *ptr, size_t len, tkc_error *err)
{
    return tkt_read_and_compile(tkc_read_hf_json, ptr, len, err);
}

/* base with the first `from` replaced by `to`. */
static size_t change(char *out, size_t room, const char *base, const char *from, const char *to)
{
    const char *at = strstr(base, from);
    int n;
    if (!at) fail_msg("the test's own file has no %s", from);
    n = snprintf(out, room, "%.*s%s%s", (int)(at - base), base, to, at + strlen(from));
    assert_true(n > 0 && (size_t)n < room);
    return (size_t)n;
}

static void bad_values(void **state)
{
    static const struct {
        const char *base, *from, *to;
        tkc_status code;
        const char *word; /* must stand in the message */
    } bad[] = {
        /* the frame of the file */
        {good, "\"1.0\"", "\"2.0\"", TKC_E_UNSUPPORTED, "2.0"},
        {good, "\"1.0\"", "1", TKC_E_FORMAT, "version"},
        {good, "\"version\"", "\"versions\"", TKC_E_UNSUPPORTED, "versions"},
        {good, "\"version\":\"1.0\"", "\"version\":\"1.0\",\"version\":\"1.0\"", TKC_E_FORMAT,
         "twice"},
        {good, "\"model\"", "\"modell\"", TKC_E_UNSUPPORTED, "modell"},
        {good, "\"padding\":null", "\"model\":null", TKC_E_FORMAT, "twice"},
        {unigram, "\"model\":{", "\"model\":[{", TKC_E_FORMAT, "expected"},
        {unigram, "{\"model\"", "[{\"model\"", TKC_E_FORMAT, "expected"},
        {unigram, "{\"model\":", "{\"decoder\":null}//", TKC_E_FORMAT, "nothing"},
        {unigram, "{\"model\":", "{\"model\":null,\"decoder\":", TKC_E_FORMAT, "model"},
        /* added tokens */
        {wordpiece, "{\"model\"", "{\"added_tokens\":{},\"model\"", TKC_E_FORMAT, "added_tokens"},
        {good, "\"added_tokens\":[", "\"added_tokens\":[null,", TKC_E_FORMAT, "added token"},
        {good, "{\"id\":0,\"content\"", "{\"content\"", TKC_E_FORMAT, "id"},
        {good, "{\"id\":0", "{\"id\":-1", TKC_E_FORMAT, "id"},
        {good, "{\"id\":0", "{\"id\":2147483648", TKC_E_FORMAT, "id"},
        {good, "{\"id\":0", "{\"id\":4294967296", TKC_E_FORMAT, "id"},
        {good, "{\"id\":0", "{\"id\":9223372036854775808", TKC_E_FORMAT, "id"},
        {good, "{\"id\":0", "{\"id\":99999999999999999999999", TKC_E_FORMAT, "id"},
        {good, "{\"id\":0", "{\"id\":0.5", TKC_E_FORMAT, "id"},
        {good, "{\"id\":0", "{\"id\":\"0\"", TKC_E_FORMAT, "id"},
        {good, "{\"id\":0", "{\"id\":null", TKC_E_FORMAT, "id"},
        {good, "\"content\":\"<unk>\"", "\"content\":7", TKC_E_FORMAT, "content"},
        {good, "\"content\":\"<unk>\"", "\"content\":null", TKC_E_FORMAT, "content"},
        {good, "\"single_word\":false,", "", TKC_E_FORMAT, "single_word"},
        {good, "\"lstrip\":false", "\"lstrip\":0", TKC_E_FORMAT, "lstrip"},
        {good, "\"rstrip\":false", "\"rstrip\":null", TKC_E_FORMAT, "rstrip"},
        {good, "\"normalized\":false", "\"normalized\":\"no\"", TKC_E_FORMAT, "normalized"},
        {wordpiece, "\"##b\":2}}", /* the next id, 3, is in use already */
         "\"##b\":3}},\"added_tokens\":[{\"id\":4,\"content\":\"new\",\"single_word\":false,"
         "\"lstrip\":false,"
         "\"rstrip\":false,\"normalized\":false,\"special\":true}]",
         TKC_E_FORMAT, "gaps"},
        {good, "\"special\":true", "\"special\":[]", TKC_E_FORMAT, "special"},
        {good, "\"special\":true", "\"special\":true,\"magic\":1", TKC_E_UNSUPPORTED, "magic"},
        /* normalizer */
        {wordpiece, "{\"model\"", "{\"normalizer\":[],\"model\"", TKC_E_FORMAT, "normalizer"},
        {good, "\"normalizers\":[", "\"normalizers\":{\"a\":1},\"x\":[", TKC_E_UNSUPPORTED, "x"},
        {good, "\"normalizers\":[", "\"normalizers\":[null,", TKC_E_FORMAT, "normalizer"},
        {good, "\"normalizers\":[", "\"normalizers\":[3,", TKC_E_FORMAT, "normalizer"},
        {good, "\"normalizers\":[", "\"normalizerz\":[", TKC_E_UNSUPPORTED, "normalizerz"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":\"NFX\"}", TKC_E_UNSUPPORTED, "NFX"},
        {good, "{\"type\":\"NFC\"}", "{\"typ\":\"NFC\"}", TKC_E_FORMAT, "type"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":1}", TKC_E_FORMAT, "type"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":\"NFC\",\"form\":9}", TKC_E_UNSUPPORTED, "form"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":\"NFC\",\"type\":\"NFD\"}", TKC_E_FORMAT, "twice"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":\"ByteLevel\"}", TKC_E_UNSUPPORTED, "ByteLevel"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":\"Prepend\",\"prepend\":\"\"}", TKC_E_UNSUPPORTED,
         "empty"},
        {wordpiece, "{\"model\"",
         "{\"normalizer\":{\"type\":\"ByteLevel\"},\"added_tokens\":[{\"id\":3,\"content\":\"new\","
         "\"single_word\":false,\"lstrip\":true,\"rstrip\":false,\"normalized\":true,\"special\":false}],"
         "\"model\"",
         TKC_E_UNSUPPORTED, "ByteLevel"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"a*==\"}",
         TKC_E_FORMAT, "base64"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"\"}",
         TKC_E_FORMAT, "charsmap"},
        {good, "{\"type\":\"NFC\"}",
         "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"/////w==\"}", TKC_E_FORMAT, "trie"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}",
         TKC_E_FORMAT, "trie"},
        {good, "{\"type\":\"NFC\"}", "{\"type\":\"BertNormalizer\",\"clean_text\":true}",
         TKC_E_FORMAT, "handle_chinese_chars"},
        {good, "{\"String\":\"x\"}", "{\"Glob\":\"x\"}", TKC_E_UNSUPPORTED, "Glob"},
        {good, "{\"String\":\"x\"}", "{}", TKC_E_FORMAT, "pattern"},
        {good, "{\"String\":\"x\"}", "\"x\"", TKC_E_FORMAT, "pattern"},
        {good, "{\"String\":\"x\"}", "{\"String\":\"x\",\"Regex\":\"x\"}", TKC_E_FORMAT, "pattern"},
        {good, "{\"String\":\"x\"}", "{\"String\":\"\"}", TKC_E_UNSUPPORTED, "empty"},
        {good, "{\"String\":\"x\"}", "{\"String\":5}", TKC_E_FORMAT, "String"},
        {good, ",\"content\":\"y\"", "", TKC_E_FORMAT, "content"},
        {good, "\"strip_left\":true", "\"strip_left\":1", TKC_E_FORMAT, "strip_left"},
        {good, ",\"strip_right\":false", "", TKC_E_FORMAT, "strip_right"},
        {good, "\"prepend\":\"p\"", "\"prepend\":[\"p\"]", TKC_E_FORMAT, "prepend"},
        /* pre-tokenizer */
        {good, "\"Isolated\"", "\"Lonely\"", TKC_E_UNSUPPORTED, "Lonely"},
        {good, "\"behavior\":\"Isolated\",", "", TKC_E_FORMAT, "behavior"},
        {good, "\"behavior\":\"Isolated\"", "\"behavior\":3", TKC_E_FORMAT, "behavior"},
        {good, "\"invert\":false", "\"invert\":\"false\"", TKC_E_FORMAT, "invert"},
        {good, ",\"invert\":false", "", TKC_E_FORMAT, "invert"},
        {good, "\"replacement\":\"_\"", "\"replacement\":\"__\"", TKC_E_FORMAT, "replacement"},
        {good, "\"replacement\":\"_\"", "\"replacement\":\"\"", TKC_E_FORMAT, "replacement"},
        {good, "\"prepend_scheme\":\"first\"", "\"prepend_scheme\":\"last\"", TKC_E_UNSUPPORTED,
         "prepend_scheme"},
        {good, "\"prepend_scheme\":\"first\"",
         "\"prepend_scheme\":\"first\",\"add_prefix_space\":false", TKC_E_FORMAT,
         "add_prefix_space"},
        {good, "\"split\":true", "\"split\":1", TKC_E_FORMAT, "split"},
        {good, "\"individual_digits\":true", "\"individual_digits\":2", TKC_E_FORMAT,
         "individual_digits"},
        {good, "\"length\":7", "\"length\":0", TKC_E_FORMAT, "length"},
        {good, "\"length\":7", "\"length\":-7", TKC_E_FORMAT, "length"},
        {good, "\"length\":7", "\"length\":4294967296", TKC_E_FORMAT, "length"},
        {good, "\"delimiter\":\"-\"", "\"delimiter\":\"\"", TKC_E_FORMAT, "delimiter"},
        {good, "{\"type\":\"Digits\"", "{\"type\":\"UnicodeScripts\"", TKC_E_UNSUPPORTED,
         "UnicodeScripts"},
        {good, "{\"type\":\"Digits\"", "{\"type\":\"ByteLevel\"", TKC_E_UNSUPPORTED,
         "individual_digits"},
        {bytes, "{\"type\":\"ByteLevel\"",
         "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"ByteLevel\",\"add_prefix_space\":"
         "false,"
         "\"trim_offsets\":true},{\"type\":\"Metaspace\",\"replacement\":\"_\"}]},\"decoder\":{"
         "\"type\":"
         "\"ByteLevel\"",
         TKC_E_UNSUPPORTED, "Metaspace"},
        {bytes, "{\"type\":\"NFC\"}", "{\"type\":\"ByteLevel\"}", TKC_E_UNSUPPORTED, "ByteLevel"},
        {bytes, "\"byte_fallback\":false", "\"byte_fallback\":true", TKC_E_UNSUPPORTED,
         "byte_fallback"},
        {bytes, "_prefix\":null", "_prefix\":\"\\u4f60\"", TKC_E_UNSUPPORTED, "alphabet"},
        {bytes,
         "\"type\":\"BPE\",\"continuing_subword_prefix\":null,\"byte_fallback\":false,\"vocab\":{"
         "\"a\":0},"
         "\"merges\":[]",
         "\"type\":\"Unigram\",\"vocab\":[[\"a\",0]]", TKC_E_UNSUPPORTED, "Unigram"},
        {bytes, "\"add_prefix_space\":false,", "", TKC_E_FORMAT, "add_prefix_space"},
        /* post-processor */
        {good, "\"TemplateProcessing\"", "\"Template\"", TKC_E_UNSUPPORTED, "Template"},
        {good, "\"single\":[", "\"single\":null,\"x\":[", TKC_E_UNSUPPORTED, "x"},
        {good, "\"single\":[", "\"single\":[1,", TKC_E_FORMAT, "expected"},
        {good, "\"ids\":[0]", "\"ids\":[6]", TKC_E_FORMAT, "id of a token"},
        {good, "\"ids\":[0]", "\"ids\":[-1]", TKC_E_FORMAT, "id of a token"},
        {good, "\"ids\":[0]", "\"ids\":[4294967295]", TKC_E_FORMAT, "id of a token"},
        {good, "\"ids\":[0]", "\"ids\":0", TKC_E_FORMAT, "ids"},
        {good, "\"ids\":[0]", "\"ids\":[0,0,0,0,0,0,0,0,0]", TKC_E_LIMIT, "8"},
        {good, "{\"id\":\"B\",\"type_id\":0}", "{\"id\":\"C\",\"type_id\":0}", TKC_E_FORMAT, "C"},
        {good, "{\"Sequence\":{\"id\":\"A\"", "{\"Sequence\":{\"id\":\"B\"", TKC_E_UNSUPPORTED,
         "sequence A"},
        {good, ",{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}", "", TKC_E_UNSUPPORTED, "sequence A"},
        {good, ",{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}",
         ",{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}",
         TKC_E_UNSUPPORTED, "sequence A"},
        {good, "{\"type\":\"TemplateProcessing\"",
         "{\"type\":\"Sequence\",\"processors\":[{\"type\":\"TemplateProcessing\",\"single\":[{"
         "\"Sequence\":"
         "{\"id\":\"A\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}},{\"type\":"
         "\"BertProcessing\","
         "\"sep\":[\"a\",1],\"cls\":[\"b\",2]}]},\"padding\":{\"type\":\"TemplateProcessing\"",
         TKC_E_FORMAT, "padding"},
        {wordpiece, "{\"model\"",
         "{\"post_processor\":{\"type\":\"Sequence\",\"processors\":[{\"type\":"
         "\"TemplateProcessing\","
         "\"single\":[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{"
         "}},{\"type\":"
         "\"BertProcessing\",\"sep\":[\"a\",1],\"cls\":[\"b\",2]}]},\"model\"",
         TKC_E_UNSUPPORTED, "behind TemplateProcessing"},
        {good, "\"special_tokens\":{", "\"special_tokens\":[],\"x\":{", TKC_E_UNSUPPORTED, "x"},
        /* decoder */
        {good, "\"start\":1", "\"start\":65536", TKC_E_FORMAT, "start"},
        {good, "\"stop\":0", "\"stop\":-1", TKC_E_FORMAT, "stop"},
        {good, "\"content\":\"_\"", "\"content\":\"ab\"", TKC_E_FORMAT, "content"},
        {good, "\"BPEDecoder\",\"suffix\":\"w\"", "\"CTC\",\"pad_token\":\"w\"", TKC_E_UNSUPPORTED,
         "CTC"},
        {good, "\"suffix\":\"w\"", "\"suffix\":null", TKC_E_FORMAT, "suffix"},
        /* the model */
        {good, "\"type\":\"BPE\"", "\"type\":\"WordLevel\"", TKC_E_UNSUPPORTED, "WordLevel"},
        {good, "\"type\":\"BPE\"", "\"type\":\"BPE2\"", TKC_E_UNSUPPORTED, "BPE2"},
        {good, "\"type\":\"BPE\"", "\"type\":7", TKC_E_FORMAT, "type"},
        {good, "\"type\":\"BPE\"", "\"type\":\"Unigram\"", TKC_E_UNSUPPORTED, "Unigram"},
        {good, "\"type\":\"BPE\"", "\"type\":\"WordPiece\"", TKC_E_UNSUPPORTED, "WordPiece"},
        {good, "\"dropout\":null", "\"dropout\":0.1", TKC_E_UNSUPPORTED, "dropout"},
        {good, "\"dropout\":null", "\"dropout\":\"0\"", TKC_E_UNSUPPORTED, "dropout"},
        {good, "\"unk_token\":\"<unk>\"", "\"unk_token\":\"<none>\"", TKC_E_FORMAT, "<none>"},
        {good, "\"unk_token\":\"<unk>\"", "\"unk_token\":0", TKC_E_FORMAT, "unk_token"},
        {good, "\"fuse_unk\":false", "\"fuse_unk\":0", TKC_E_FORMAT, "fuse_unk"},
        {good, "\"byte_fallback\":false", "\"byte_fallback\":\"\"", TKC_E_FORMAT, "byte_fallback"},
        {good, "\"end_of_word_suffix\":\"\",\"fuse_unk\":false,\"byte_fallback\":false",
         "\"end_of_word_suffix\":\"w\",\"fuse_unk\":false,\"byte_fallback\":true", TKC_E_UNSUPPORTED,
         "end_of_word_suffix"},
        {good, "\"ignore_merges\":false", "\"ignore_merges\":[]", TKC_E_FORMAT, "ignore_merges"},
        {good, "\"ignore_merges\":false", "\"ignore_mergers\":true", TKC_E_UNSUPPORTED,
         "ignore_mergers"},
        {good, "\"end_of_word_suffix\":\"\"", "\"end_of_word_suffix\":\"0123456789abcdef\"",
         TKC_E_UNSUPPORTED, "end_of_word_suffix"},
        {good, "\"end_of_word_suffix\":\"\"", "\"end_of_word_suffix\":\"a\\u0000\"",
         TKC_E_UNSUPPORTED, "NUL"},
        {good, "_prefix\":null", "_prefix\":4", TKC_E_FORMAT, "continuing_subword_prefix"},
        {good, "_prefix\":null", "_prefix\":\"bc\"", TKC_E_FORMAT, "shorter"},
        {good, "\"vocab\":{", "\"vocab\":[],\"x\":{", TKC_E_UNSUPPORTED, "x"},
        {good, "\"merges\":[", "\"merges\":{},\"decoder\":[", TKC_E_UNSUPPORTED, "decoder"},
        {good, ",\"merges\":[\"a b\",\"ab c\"]", "", TKC_E_FORMAT, "merges"},
        {good, "\"a\":1", "\"a\":-1", TKC_E_FORMAT, "id"},
        {good, "\"a\":1", "\"a\":1.0", TKC_E_FORMAT, "id"},
        {good, "\"a\":1", "\"a\":1e0", TKC_E_FORMAT, "id"},
        {good, "\"a\":1", "\"a\":\"1\"", TKC_E_FORMAT, "id"},
        {good, "\"a\":1", "\"a\":null", TKC_E_FORMAT, "id"},
        {good, "\"a\":1", "\"a\":[1]", TKC_E_FORMAT, "id"},
        {good, "\"a\":1", "\"a\":2097152", TKC_E_LIMIT, "limit"},
        {good, "\"a\":1", "\"a\":2147483648", TKC_E_LIMIT, "limit"},
        {good, "\"a\":1", "\"a\":4294967297", TKC_E_LIMIT, "limit"},
        {good, "\"a\":1", "\"a\":9223372036854775808", TKC_E_LIMIT, "limit"},
        {good, "\"a\":1", "\"a\":18446744073709551616", TKC_E_FORMAT, "id"},
        {good, "\"a\":1", "\"a\":2", TKC_E_FORMAT, "twice"},
        {good, "\"a\":1", "\"a\":1,\"a\":6", TKC_E_FORMAT, "twice"},
        {good, "\"a\":1", "\"a\":1,\"\\u0061\":1", TKC_E_FORMAT, "twice"},
        {good, "\"a b\"", "\"a  b\"", TKC_E_FORMAT, "blank"},
        {good, "\"a b\"", "\"ab\"", TKC_E_FORMAT, "blank"},
        {good, "\"a b\"", "\"a b c\"", TKC_E_FORMAT, "blank"},
        {good, "\"a b\"", "\"\"", TKC_E_FORMAT, "blank"},
        {good, "\"a b\"", "\" \"", TKC_E_FORMAT, "left half"},
        {good, "\"a b\"", "\"a z\"", TKC_E_FORMAT, "right half"},
        {good, "\"a b\"", "\"z a\"", TKC_E_FORMAT, "left half"},
        {good, "\"a b\"", "\"b a\"", TKC_E_FORMAT, "result"},
        {good, "\"a b\"", "[\"a\",\"b\"]", TKC_E_FORMAT, "pair"},
        {good, "\"ab c\"", "[\"ab\",\"c\"]", TKC_E_FORMAT, "blank"},
        {good, "[\"a b\",\"ab c\"]", "[[\"a\",\"b\",\"c\"]]", TKC_E_FORMAT, "pair"},
        {good, "[\"a b\",\"ab c\"]", "[[\"a\"]]", TKC_E_FORMAT, "pair"},
        {good, "[\"a b\",\"ab c\"]", "[[]]", TKC_E_FORMAT, "pair"},
        {good, "[\"a b\",\"ab c\"]", "[[\"a\",1]]", TKC_E_FORMAT, "pair"},
        {good, "[\"a b\",\"ab c\"]", "[[[\"a\"],\"b\"]]", TKC_E_FORMAT, "pair"},
        {good, "[\"a b\",\"ab c\"]", "[7]", TKC_E_FORMAT, "blank"},
        {good, "[\"a b\",\"ab c\"]", "[null]", TKC_E_FORMAT, "blank"},
        {good,
         "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":\"<unk>\",\"continuing_"
         "subword_prefix\":null,",
         "\"model\":{},\"x\":{", TKC_E_UNSUPPORTED, "x"},
        {unigram, "{\"type\":\"Unigram\",", "{\"vocal\":1,\"type\":\"Unigram\",", TKC_E_UNSUPPORTED,
         "vocal"},
        {unigram, "\"unk_id\":0", "\"unk_id\":3", TKC_E_FORMAT, "unk_id"},
        {unigram, "\"unk_id\":0", "\"unk_id\":-1", TKC_E_FORMAT, "unk_id"},
        {unigram, "\"unk_id\":0", "\"unk_id\":\"<unk>\"", TKC_E_FORMAT, "unk_id"},
        {unigram, "\"unk_id\":0", "\"unk_id\":18446744073709551615", TKC_E_FORMAT, "unk_id"},
        {unigram, "[\"a\",-1.5]", "[\"a\"]", TKC_E_FORMAT, "score"},
        {unigram, "[\"a\",-1.5]", "[\"a\",-1.5,0]", TKC_E_FORMAT, "score"},
        {unigram, "[\"a\",-1.5]", "[-1.5,\"a\"]", TKC_E_FORMAT, "score"},
        {unigram, "[\"a\",-1.5]", "[\"a\",\"-1.5\"]", TKC_E_FORMAT, "score"},
        {unigram, "[\"a\",-1.5]", "[\"a\",1e999]", TKC_E_FORMAT, "score"},
        {unigram, "[\"a\",-1.5]", "[\"a\",NaN]", TKC_E_FORMAT, "value"},
        {unigram, "[\"a\",-1.5]", "\"a\"", TKC_E_FORMAT, "score"},
        {unigram, "\"byte_fallback\":false", "\"byte_fallback\":1", TKC_E_FORMAT, "byte_fallback"},
        {unigram, "[[\"<unk>\",0.0],[\"a\",-1.5],[\"b\",-2]]", "[]", TKC_E_FORMAT, "unk_id"},
        {unigram, "[[\"<unk>\",0.0],[\"a\",-1.5],[\"b\",-2]]", "{\"a\":0}", TKC_E_FORMAT, "vocab"},
        {wordpiece, "\"max_input_chars_per_word\":100", "\"max_input_chars_per_word\":0",
         TKC_E_UNSUPPORTED, "max_input_chars_per_word"},
        {wordpiece, "\"max_input_chars_per_word\":100", "\"max_input_chars_per_word\":-1",
         TKC_E_UNSUPPORTED, "max_input_chars_per_word"},
        {wordpiece, "\"max_input_chars_per_word\":100,", "", TKC_E_FORMAT,
         "max_input_chars_per_word"},
        {wordpiece, "\"unk_token\":\"[UNK]\",", "", TKC_E_FORMAT, "unk_token"},
        {wordpiece, "\"unk_token\":\"[UNK]\"", "\"unk_token\":\"[NONE]\"", TKC_E_FORMAT, "[NONE]"},
        {wordpiece, "\"continuing_subword_prefix\":\"##\",", "", TKC_E_FORMAT,
         "continuing_subword_prefix"},
        {wordpiece,
         "\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","
         "\"max_input_chars_per_word\":100,",
         "", TKC_E_UNSUPPORTED, "WordLevel"},
        {wordpiece, "{\"[UNK]\":0,\"a\":1,\"##b\":2}", "{}", TKC_E_FORMAT, "[UNK]"},
    };
    char text[8192];
    tkc_error err;
    (void)state;
    assert_true(sizeof bad / sizeof bad[0] >= 120);
    assert_int_equal(try_file(good, sizeof good - 1, &err), TKC_OK);
    assert_int_equal(try_file(unigram, sizeof unigram - 1, &err), TKC_OK);
    assert_int_equal(try_file(wordpiece, sizeof wordpiece - 1, &err), TKC_OK);
    assert_int_equal(try_file(bytes, sizeof bytes - 1, &err), TKC_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t n = change(text, sizeof text, bad[i].base, bad[i].from, bad[i].to);
        tkc_status st;
        err = (tkc_error){.offset = SIZE_MAX};
        st = try_file(text, n, &err);
        if (st != bad[i].code || err.code != st || err.offset > n ||
            !strstr(err.message, bad[i].word))
            fail_msg("case %zu, %s for %s: status %d (want %d) at %zu: %s", i, bad[i].to,
                     bad[i].from, st, bad[i].code, err.offset, err.message);
    }
    print_message("%zu crafted files refused\n", sizeof bad / sizeof bad[0]);
}

static void truncated(void **state)
{
    static const char *const base[] = {good, unigram, wordpiece, bytes};
    (void)state;
    for (size_t f = 0; f < 4; f++)
        for (size_t n = 0; n < strlen(base[f]); n++) {
            tkc_error err = {.offset = SIZE_MAX};
            assert_int_equal(try_file(base[f], n, &err), TKC_E_FORMAT);
            assert_true(err.offset <= n && err.message[0]);
        }
}

/* One byte changed: any answer but a crash, and an error has its byte and its message. */
static void one_byte(void **state)
{
    static const char put[] = "\"{}[]:,0-9\\\xff\x01"
                              "az";
    char text[sizeof good];
    size_t refused = 0;
    (void)state;
    for (size_t i = 0; i < sizeof good - 1; i++)
        for (size_t k = 0; k < sizeof put - 1; k++) {
            tkc_error err = {.offset = SIZE_MAX};
            memcpy(text, good, sizeof good);
            text[i] = put[k];
            if (try_file(text, sizeof good - 1, &err) == TKC_OK) continue;
            refused++;
            assert_true(err.offset < sizeof good && err.message[0]);
        }
    assert_true(refused > 10000);
}

static void hostile_sizes(void **state)
{
    enum { DEEP = 300000, LONG = 3000000 };
    size_t n;
    char *text = malloc(DEEP * 50 + 100);
    tkc_error err;
    (void)state;
    assert_non_null(text);
    memset(text, '[', DEEP); /* nothing but depth */
    assert_int_equal(try_file(text, DEEP, &err), TKC_E_LIMIT);
    n = 0; /* Sequences in each other */
    n += (size_t)sprintf(text, "{\"normalizer\":");
    for (int i = 0; i < 100; i++)
        n += (size_t)sprintf(text + n, "{\"type\":\"Sequence\",\"normalizers\":[");
    n += (size_t)sprintf(text + n, "{\"type\":\"NFC\"}");
    for (int i = 0; i < 100; i++) n += (size_t)sprintf(text + n, "]}");
    n += (size_t)sprintf(text + n, ",\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}");
    assert_int_equal(try_file(text, n, &err), TKC_E_LIMIT);
    n = (size_t)sprintf(
        text, "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["); /* many steps */
    for (int i = 0; i < 100; i++)
        n += (size_t)sprintf(text + n, "%s{\"type\":\"NFC\"}", i ? "," : "");
    n += (size_t)sprintf(text + n,
                         "]},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}");
    assert_int_equal(try_file(text, n, &err), TKC_E_LIMIT);
    n = (size_t)sprintf(text, "{\"model\":{\"type\":\"BPE\",\"vocab\":{\""); /* a huge token */
    memset(text + n, 'a', LONG);
    n += LONG;
    n += (size_t)sprintf(text + n, "\":0},\"merges\":[]}}");
    assert_int_equal(try_file(text, n, &err), TKC_E_LIMIT);
    n = (size_t)sprintf(
        text, "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}"); /* no tokens */
    assert_int_equal(try_file(text, n, &err), TKC_E_FORMAT);
    n = (size_t)sprintf(
        text, "{\"model\":{\"type\":\"%.*s\"}}", 4000, /* a huge type name */
        "BPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPEBPE");
    assert_int_equal(try_file(text, n, &err), TKC_E_UNSUPPORTED);
    free(text);
}

/* Refuses after a number of calls: each failing call must come back as "out of memory". */
static void *stingy(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    int *left = ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return (*left)-- > 0 ? realloc(ptr, new_size) : NULL;
}

static void out_of_memory(void **state)
{
    bool ok = false;
    (void)state;
    for (int n = 0; !ok; n++) {
        int left = n;
        tkc_allocator a = {stingy, &left};
        tkc_builder b;
        tkc_error err = {0};
        tkc_status st;
        tkc_builder_init(&b, &a);
        st = tkc_read_hf_json(&b, (tkc_str){good, sizeof good - 1}, &err);
        ok = st == TKC_OK;
        if (!ok) assert_int_equal(st, TKC_E_NOMEM);
        if (ok) assert_true(n > 10);
        tkc_builder_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alphabet),      cmocka_unit_test(bad_values),
        cmocka_unit_test(truncated),     cmocka_unit_test(one_byte),
        cmocka_unit_test(hostile_sizes), cmocka_unit_test(out_of_memory),
        cmocka_unit_test(replay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
