/*
 * test_torture.c - memory that runs out at every request, and a disk that is full.
 *
 * Each small vocabulary is opened and used with the n-th request for memory refused, n rising
 * until nothing is refused any more. Every such run must end in TKC_E_NOMEM with a message, or,
 * where the library can do without the block, in the right answers; nothing may stay behind
 * and every block must come back with its size. In the other direction: an encoder that has
 * seen a few texts asks for nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/case_file.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/make_bytes.h"
#include "tokenizer/tokenizer.h"
#include "vocab/base/base64.h"
#include "vocab/base/map_file.h"
#include "vocab/open.h"
#include "vocab/packed.h"

enum { MAX_IDS = 600 };

/* What one run of everything says; equal runs say equal things. */
typedef struct answers {
    uint32_t ids[MAX_IDS], span_ids[MAX_IDS];
    size_t begin[MAX_IDS], n, n_span, counted, limited, fit_bytes, fit_n, decoded, pieces;
    char text[4 * MAX_IDS];
} answers;

static const char sample[] =
    "Hello  w\xc3\xb6rld! It's 123 \xff\xe4\xbd <s>ab</s>\n\nThe e\xcc\x81 [MASK] "
    "\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80 aaaaaaaaaaaaaaaaaaaa";

static int count_piece(void *ctx, tkc_str piece, size_t begin, size_t end)
{
    (void)piece;
    *(size_t *)ctx += 1 + begin * 3 + end * 7;
    return 0;
}

static tkc_status use(const tkc_vocab *v, tkc_encoder *e, answers *a, tkc_error *err)
{
    const tkc_str text = {sample, sizeof sample - 1};
    const tkc_span span[2] = {{text, false}, {{"<s>", 3}, true}};
    tkc_status st = tkc_encode(e, text, 0, a->ids, MAX_IDS, &a->n, err);
    if (!st)
        st = tkc_encode_offsets(e, text, TKC_ENCODE_FRAME, a->ids, a->begin, MAX_IDS, &a->n, err);
    if (!st) st = tkc_count(e, text, TKC_ENCODE_SPECIAL, &a->counted, err);
    if (!st) st = tkc_count_upto(e, text, 0, 5, &a->limited, err);
    if (!st) st = tkc_encode_spans(e, span, 2, 0, a->span_ids, MAX_IDS, &a->n_span, err);
    if (!st) st = tkc_fit(e, text, 0, 9, TKC_FIT_WORD, &a->fit_bytes, &a->fit_n, err);
    if (!st) st = tkc_pretokenize(e, text, 0, count_piece, &a->pieces, err);
    if (!st) st = tkc_decode(v, a->ids, a->n, 0, a->text, sizeof a->text, &a->decoded, err);
    return st;
}

static tkc_status run_all(tkc_str bytes, tkc_vocab_options *opt, const tkc_allocator *alloc,
                          answers *a, tkc_error *err)
{
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_status st;
    opt->alloc = alloc;
    st = tkc_vocab_open_memory(&v, bytes, opt, err);
    if (!st) {
        st = tkc_encoder_new(&e, v, alloc, err);
        if (!st) st = use(v, e, a, err);
        tkc_encoder_free(e);
    }
    tkc_vocab_close(v);
    return st;
}

/* Refuses one request after the other. */
static void torture(const char *name, tkc_str bytes, const tkc_vocab_options *with)
{
    static answers right, got;
    tkc_vocab_options opt = {.struct_size = sizeof opt};
    tkc_error err = {0};
    size_t n = 1;
    if (with) opt = *with;
    memset(&right, 0, sizeof right);
    if (run_all(bytes, &opt, NULL, &right, &err)) fail_msg("%s: %s", name, err.message);
    for (;; n++) {
        fail_alloc f = {.fail_at = n};
        const tkc_allocator alloc = fail_alloc_of(&f);
        tkc_status st;
        memset(&got, 0, sizeof got);
        memset(&err, 0, sizeof err);
        st = run_all(bytes, &opt, &alloc, &got, &err);
        if (f.live || f.wrong_size)
            fail_msg("%s: request %zu refused: %zu bytes left, sizes %s", name, n, f.live,
                     f.wrong_size ? "wrong" : "right");
        if (st == TKC_OK && memcmp(&got, &right, sizeof got) != 0)
            fail_msg("%s: request %zu refused: other answers", name, n);
        if (st != TKC_OK && (st != TKC_E_NOMEM || err.code != st || !strstr(err.message, "memory")))
            fail_msg("%s: request %zu refused: %s: \"%s\"", name, n, tkc_status_name(st),
                     err.message);
        if (f.calls < n) { /* nothing was refused */
            if (st) fail_msg("%s: %s", name, err.message);
            break;
        }
        if (n > 20000) fail_msg("%s: more than %zu requests", name, n);
    }
    assert_true(n > 5); /* the requests go through the allocator at all */
}

static void torture_file(const char *path)
{
    size_t len;
    char *p = tkt_read_file(path, &len);
    if (!p) fail_msg("%s is missing", path);
    torture(path, (tkc_str){p, len}, NULL);
    free(p);
}

static void tokenizer_json_files(void **state)
{
    static const char *const name[] = {
        "bl-llama3", "bl-gpt2", "bl-norm-nfc", "bl-norm-nfkd", "bl-norm-charsmap",
        "bl-norm-replace-regex", "bl-norm-replace-string", "bl-norm-bert-0", "bl-norm-nmt",
        "bl-norm-prepend", "bl-norm-strip-11", "bl-norm-nfd-stripaccents-lower", "bl-deepseek",
        "bl-split-regex-mergedwithnext", "bl-split-string-removed", "bl-digits-individual",
        "bl-punctuation-contiguous", "bl-missing-bytes-unk-fused", "bl-clip-suffix",
        "added-overlap", "added-lower-both-strip", "added-lower-normalized", "char-unk-fused",
        "fallback-some-fused", "gemma", "meta-first-split", "meta-legacy", "prefix-suffix",
        "suffix-fused", "split-bert", "split-fixed-length", "post-template", "unigram",
        "unigram-t5", "unigram-fallback", "unigram-added", "unigram-ties", "wordpiece",
        "wordpiece-short-words"};
    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        char path[200];
        snprintf(path, sizeof path, "tests/data/hf/%s.json", name[i]);
        torture_file(path);
    }
}

static void sentencepiece_files(void **state)
{
    static const char *const name[] = {"bpe_plain", "bpe_bytes", "bpe_user_keep", "bpe_unused",
                                       "bpe_rules", "bpe_suffix", "unigram_plain", "unigram_bytes",
                                       "unigram_user", "unigram_rules_keep", "unigram_across"};
    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        char path[200];
        snprintf(path, sizeof path, "tests/data/spm/%s.model", name[i]);
        torture_file(path);
    }
}

/* The 256 bytes, "ab", "He", "ll"; as .tiktoken lines or as rows of a tekken.json. */
static void put_ranks(tkt_bytes *out, bool tekken)
{
    static const char *const more[] = {"ab", "He", "ll"};
    tkc_buf b;
    tkc_buf_init(&b, 64, NULL);
    for (unsigned i = 0; i < 259; i++) {
        const char c = (char)i;
        char line[100];
        tkc_buf_clear(&b);
        assert_int_equal(
            tkc_base64_encode(i < 256 ? (tkc_str){&c, 1} : (tkc_str){more[i - 256], 2}, &b, NULL),
            TKC_OK);
        if (tekken)
            snprintf(line, sizeof line,
                     "%s{\"rank\":%u,\"token_bytes\":\"%.4s\",\"token_str\":null}", i ? "," : "", i,
                     b.ptr);
        else
            snprintf(line, sizeof line, "%.4s %u\n", b.ptr, i);
        tkt_put_text(out, line);
    }
    tkc_buf_release(&b);
}

static void rank_file(void **state)
{
    const tkc_vocab_options opt = {.struct_size = sizeof opt,
                                   .pattern = "\\p{L}+|\\s+|[^\\s\\p{L}]+"};
    tkt_bytes file = {0};
    (void)state;
    put_ranks(&file, false);
    torture("ranks", (tkc_str){(char *)file.ptr, file.len}, &opt);
    tkt_release(&file);
}

static void tekken_file(void **state)
{
    tkt_bytes file = {0};
    (void)state;
    tkt_put_text(&file,
                 "{\"config\":{\"pattern\":\"[a-z]+|[0-9]|[^a-z0-9]+\",\"num_vocab_tokens\":259,"
                 "\"default_vocab_size\":262,\"default_num_special_tokens\":3,"
                 "\"version\":\"v11\"},\"vocab\":[");
    put_ranks(&file, true);
    tkt_put_text(&file,
                 "],\"special_tokens\":[{\"rank\":0,\"token_str\":\"<unk>\",\"is_control\":true},"
                 "{\"rank\":1,\"token_str\":\"<s>\",\"is_control\":true}]}");
    torture("tekken", (tkc_str){(char *)file.ptr, file.len}, NULL);
    tkt_release(&file);
}

/* --- GGUF: the smallest BERT-like and GPT-2-like files ---------------------------------- */

static void gguf_string(tkt_bytes *f, const char *s)
{
    tkt_put_le(f, strlen(s), 8);
    tkt_put_text(f, s);
}

static void gguf_text(tkt_bytes *f, const char *key, const char *value)
{
    gguf_string(f, key);
    tkt_put_le(f, 8, 4);
    gguf_string(f, value);
}

static void gguf_file(void **state)
{
    static const char *const merges[] = {"a b", "H e", "l l"};
    tkt_bytes f = {0};
    (void)state;
    tkt_put_text(&f, "GGUF");
    tkt_put_le(&f, 3, 4);
    tkt_put_le(&f, 0, 8);
    tkt_put_le(&f, 6, 8);
    gguf_text(&f, "general.architecture", "gpt2");
    gguf_text(&f, "tokenizer.ggml.model", "gpt2");
    gguf_text(&f, "tokenizer.ggml.pre", "gpt-2");
    gguf_string(&f, "tokenizer.ggml.tokens");
    tkt_put_le(&f, 9, 4);
    tkt_put_le(&f, 8, 4);
    tkt_put_le(&f, 260, 8);
    for (unsigned i = 0, other = 256; i < 256; i++) { /* the GPT-2 alphabet */
        const bool shown = (i >= 33 && i <= 126) || (i >= 161 && i <= 172) || i >= 174;
        const unsigned cp = shown ? i : other++;
        char s[3] = {(char)cp, 0, 0};
        if (cp >= 0x80) {
            s[0] = (char)(0xc0 | cp >> 6);
            s[1] = (char)(0x80 | (cp & 0x3f));
        }
        gguf_string(&f, s);
    }
    gguf_string(&f, "ab");
    gguf_string(&f, "He");
    gguf_string(&f, "ll");
    gguf_string(&f, "<s>");
    gguf_string(&f, "tokenizer.ggml.token_type");
    tkt_put_le(&f, 9, 4);
    tkt_put_le(&f, 5, 4);
    tkt_put_le(&f, 260, 8);
    for (unsigned i = 0; i < 260; i++) tkt_put_le(&f, i == 259 ? 3 : 1, 4);
    gguf_string(&f, "tokenizer.ggml.merges");
    tkt_put_le(&f, 9, 4);
    tkt_put_le(&f, 8, 4);
    tkt_put_le(&f, 3, 8);
    for (size_t i = 0; i < 3; i++) gguf_string(&f, merges[i]);
    torture("gguf", (tkc_str){(char *)f.ptr, f.len}, NULL);
    tkt_release(&f);
}

/* --- the library's own forms ------------------------------------------------------------- */

static void builder_of(tkc_builder *b, const char *path)
{
    const tkc_vocab_options o = tkc_vocab_options_of(NULL);
    size_t len;
    char *p = tkt_read_file(path, &len);
    tkc_error err = {0};
    tkc_builder_init(b, NULL);
    if (!p || tkc_builder_read(b, (tkc_str){p, len}, &o, &err))
        fail_msg("%s: %s", path, err.message);
    free(p);
}

static const char *const own[] = {"tests/data/hf/bl-llama3.json", "tests/data/hf/unigram-t5.json",
                                  "tests/data/hf/added-lower-both-strip.json",
                                  "tests/data/spm/bpe_user.model"};

static void compiled_images(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        tkc_builder b;
        tkc_vocab *v = NULL;
        builder_of(&b, own[i]);
        assert_int_equal(tkc_vocab_from_builder(&v, &b, NULL), TKC_OK);
        torture("compiled", v->image, NULL);
        tkc_vocab_close(v);
        tkc_builder_release(&b);
    }
}

static void packed_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        tkc_builder b;
        tkc_buf packed;
        builder_of(&b, own[i]);
        tkc_buf_init(&packed, 1 << 24, NULL);
        assert_int_equal(tkc_packed_write(&b, NULL, NULL, &packed, NULL), TKC_OK);
        torture("packed", tkc_buf_str(&packed), NULL);
        for (size_t n = 1;; n++) { /* packing itself */
            fail_alloc f = {.fail_at = n};
            const tkc_allocator alloc = fail_alloc_of(&f);
            tkc_buf again;
            tkc_error err = {0};
            tkc_status st;
            tkc_buf_init(&again, 1 << 24, &alloc);
            b.alloc = &alloc;
            st = tkc_packed_write(&b, NULL, NULL, &again, &err);
            if (!st) {
                assert_int_equal(again.len, packed.len);
                assert_memory_equal(again.ptr, packed.ptr, again.len);
            } else {
                assert_int_equal(st, TKC_E_NOMEM);
                assert_true(err.message[0] != '\0');
            }
            tkc_buf_release(&again);
            assert_true(f.live == 0 && !f.wrong_size);
            if (f.calls < n) break;
        }
        b.alloc = tkc_vocab_options_of(NULL).alloc;
        tkc_buf_release(&packed);
        tkc_builder_release(&b);
    }
}

/* --- no allocation once warm --------------------------------------------------------------- */

static const char *const texts[] = {
    sample, "", "a", "The quick brown fox jumps over the lazy dog. 0123456789 ",
    "\xe4\xbb\x8a\xe5\xa4\xa9\xe5\xa4\xa9\xe6\xb0\x94\xe5\xbe\x88\xe5\xa5\xbd "
    "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
    "int main(void) {\r\n\treturn 0;\r\n}\r\n", "\xff\xfe\xfd broken \xe4\xb8"};
enum { N_TEXT = sizeof texts / sizeof *texts };

static void stays_still(const char *name, const tkc_vocab *v, bool ids)
{
    static uint32_t out[MAX_IDS];
    fail_alloc f = {0};
    const tkc_allocator alloc = fail_alloc_of(&f);
    tkc_encoder *e = NULL;
    tkc_error err = {0};
    size_t warm = 0, first[N_TEXT] = {0};
    if (tkc_encoder_new(&e, v, &alloc, &err)) fail_msg("%s: %s", name, err.message);
    for (int round = 0; round < 6; round++) {
        for (size_t i = 0; i < N_TEXT; i++) {
            const tkc_str t = {texts[i], strlen(texts[i])};
            size_t n = 0, m = 0;
            if (tkc_count(e, t, TKC_ENCODE_SPECIAL, &n, &err))
                fail_msg("%s: %s", name, err.message);
            if (ids && tkc_encode(e, t, TKC_ENCODE_SPECIAL, out, MAX_IDS, &m, &err))
                fail_msg("%s: %s", name, err.message);
            if (ids) assert_int_equal(n, m);
            if (round == 0) first[i] = n;
            assert_int_equal(first[i], n);
        }
        if (round == 1) warm = f.calls;
    }
    if (f.calls != warm) fail_msg("%s: %zu requests after the second round", name, f.calls - warm);
    tkc_encoder_free(e);
    assert_true(f.live == 0 && !f.wrong_size);
}

static void a_warm_encoder_asks_for_nothing(void **state)
{
    static const char *const encoding[] = {"o200k_base", "cl100k_base", "gemma3",  "qwen3",
                                           "mistral_v3", "deepseek_v3", "kimi_k2", "phi3"};
    static const char *const file[] = {
        "tests/data/hf/bl-split-regex-mergedwithnext.json", "tests/data/hf/bl-norm-nfc.json",
        "tests/data/hf/bl-norm-nfkd.json", "tests/data/hf/bl-norm-replace-regex.json",
        "tests/data/hf/unigram-t5.json", "tests/data/hf/wordpiece.json", "tests/data/hf/gemma.json",
        "tests/data/hf/added-lower-both-strip.json", "tests/data/spm/bpe_rules.model",
        "tests/data/spm/unigram_user.model"};
    const tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = "vocab/data"};
    tkc_error err = {0};
    tkc_vocab *v = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof encoding / sizeof *encoding; i++) {
        if (tkc_vocab_open_encoding(&v, encoding[i], &opt, &err)) fail_msg("%s", err.message);
        stays_still(encoding[i], v, true);
        tkc_vocab_close(v);
    }
    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        if (tkc_vocab_open(&v, file[i], NULL, &err)) fail_msg("%s: %s", file[i], err.message);
        stays_still(file[i], v, true);
        tkc_vocab_close(v);
    }
#if TKC_CLAUDE
    if (tkc_vocab_open_encoding(&v, "claude_v5", &opt, &err)) fail_msg("%s", err.message);
    stays_still("claude_v5", v, false);
    tkc_vocab_close(v);
#endif
}

/* --- a full disk ----------------------------------------------------------------------------- */

static size_t entries(const char *dir)
{
    DIR *d = opendir(dir);
    size_t n = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;) n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void limit_files(rlim_t bytes)
{
    struct rlimit r;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
    r.rlim_cur = bytes < r.rlim_max ? bytes : r.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void a_write_that_fails_leaves_nothing(void **state)
{
    static const rlim_t limit[] = {0, 1, 4096, 50000, 99999};
    static char bytes[100000];
    char dir[] = "/tmp/tokcount-test-XXXXXX", path[100], cache[100];
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    tkc_vocab_options opt = {
        .struct_size = sizeof opt, .data_dir = "vocab/data", .cache_dir = cache};
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    tkc_new_file f;
    size_t len;
    char *old;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file", dir);
    snprintf(cache, sizeof cache, "%s/cache", dir);
    assert_int_equal(sigaction(SIGXFSZ, &ignore, &before), 0);
    if (tkc_vocab_open_encoding(&v, "p50k_base", &(tkc_vocab_options){.struct_size = sizeof opt,
                                .data_dir = "vocab/data"}, &err)) fail_msg("%s", err.message);
    for (size_t i = 0; i < sizeof limit / sizeof *limit; i++) {
        limit_files(limit[i]);
        memset(&err, 0, sizeof err);
        assert_int_equal(tkc_write_file(path, (tkc_str){bytes, sizeof bytes}, &err), TKC_E_IO);
        assert_string_equal(err.message, "cannot write: File too large");
        assert_int_equal(entries(dir), 0);
        assert_int_equal(tkc_vocab_compile(v, path, &err), TKC_E_IO);
        assert_int_equal(entries(dir), 0);
        limit_files(RLIM_INFINITY);
    }
    /* the file that was there stays as it was */
    assert_int_equal(tkc_write_file(path, (tkc_str){"old", 3}, &err), TKC_OK);
    limit_files(4096);
    assert_int_equal(tkc_write_file(path, (tkc_str){bytes, sizeof bytes}, &err), TKC_E_IO);
    assert_int_equal(tkc_replace_file(path, (tkc_str){"old", 3}, (tkc_str){bytes, sizeof bytes}, &err), TKC_E_IO);
    assert_string_equal(err.message, "cannot write: File too large; it was not changed");
    assert_int_equal(tkc_vocab_compile(v, path, &err), TKC_E_IO);
    assert_int_equal(tkc_new_file_open(&f, path, &err), TKC_OK); /* what fails drops itself */
    assert_int_equal(tkc_new_file_write(&f, (tkc_str){bytes, 10}, &err), TKC_OK);
    assert_int_equal(tkc_new_file_write(&f, (tkc_str){bytes, sizeof bytes}, &err), TKC_E_IO);
    assert_string_equal(err.message, "cannot write: File too large; it was not changed");
    assert_int_equal(tkc_new_file_open(&f, path, &err), TKC_OK); /* here the end does */
    assert_int_equal(tkc_new_file_write(&f, (tkc_str){bytes, 10000}, &err), TKC_OK);
    assert_int_equal(tkc_new_file_keep(&f, &err), TKC_E_IO);
    limit_files(RLIM_INFINITY);
    old = tkt_read_file(path, &len);
    assert_non_null(old);
    assert_int_equal(len, 3);
    assert_memory_equal(old, "old", 3);
    free(old);
    assert_int_equal(entries(dir), 1);
    tkc_vocab_close(v);
    /* a cache that cannot be written costs nothing but time */
    limit_files(4096);
    if (tkc_vocab_open_encoding(&v, "p50k_edit", &opt, &err)) fail_msg("%s", err.message);
    limit_files(RLIM_INFINITY);
    assert_int_equal(entries(cache), 0);
    tkc_vocab_close(v);
    if (tkc_vocab_open_encoding(&v, "p50k_edit", &opt, &err)) fail_msg("%s", err.message);
    assert_int_equal(entries(cache), 1);
    tkc_vocab_close(v);
    /* neither does a cache folder that is a file */
    opt.cache_dir = path;
    if (tkc_vocab_open_encoding(&v, "p50k_edit", &opt, &err)) fail_msg("%s", err.message);
    tkc_vocab_close(v);
    sigaction(SIGXFSZ, &before, NULL);
    unlink(path);
    {
        DIR *d = opendir(cache);
        assert_non_null(d);
        for (struct dirent *e; (e = readdir(d)) != NULL;) {
            char inside[400];
            snprintf(inside, sizeof inside, "%s/%s", cache, e->d_name);
            if (e->d_name[0] != '.') assert_int_equal(unlink(inside), 0);
        }
        closedir(d);
    }
    assert_int_equal(rmdir(cache), 0);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokenizer_json_files),
        cmocka_unit_test(sentencepiece_files),
        cmocka_unit_test(rank_file),
        cmocka_unit_test(tekken_file),
        cmocka_unit_test(gguf_file),
        cmocka_unit_test(compiled_images),
        cmocka_unit_test(packed_files),
        cmocka_unit_test(a_warm_encoder_asks_for_nothing),
        cmocka_unit_test(a_write_that_fails_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
