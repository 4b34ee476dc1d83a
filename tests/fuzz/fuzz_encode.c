/*
 * fuzz_encode.c - any bytes through every call that reads a text, and what they owe each other.
 *
 * First byte: vocabulary; second: flags and where to cut; third: a limit; the rest is text.
 */
#include "tests/fuzz/fuzz_vocabs.h"

#include "tests/support/lossy_utf8.h"

enum { MAX_TEXT = 4096, MAX_IDS = MAX_TEXT * 4 };

typedef struct walk {
    size_t last, len, n;
} walk;

static int see_piece(void *ctx, tkc_str piece, size_t begin, size_t end)
{
    walk *w = ctx;
    NEED(piece.len == 0 || piece.ptr);
    NEED(begin <= end && end <= w->len && begin >= w->last);
    w->last = begin;
    w->n++;
    return 0;
}

/* Whether byte i of text is between two characters, by the lossy reading. */
static bool at_character(tkc_str text, size_t i)
{
    size_t at = 0;
    while (at < i) {
        bool ok;
        at += tkt_utf8_step((const unsigned char *)text.ptr + at, text.len - at, &ok);
    }
    return at == i;
}

static void check_fit(const fuzz_vocab *f, tkc_str text, unsigned flags, size_t limit, size_t n)
{
    tkc_error err = {0};
    for (int at = TKC_FIT_CHAR; at <= TKC_FIT_LINE; at++) {
        size_t bytes = SIZE_MAX, counted = SIZE_MAX, alone = 0;
        tkc_status st = tkc_fit(f->e, text, flags, limit, (tkc_fit_at)at, &bytes, &counted, &err);
        if (st == TKC_E_LIMIT) { /* not even the empty text */
            NEED(tkc_count(f->e, (tkc_str){text.ptr, 0}, flags, &alone, &err) == TKC_OK);
            NEED(alone > limit);
            continue;
        }
        NEED(st == TKC_OK && bytes <= text.len && counted <= limit);
        NEED(tkc_count(f->e, (tkc_str){text.ptr, bytes}, flags, &alone, &err) == TKC_OK);
        NEED(alone == counted);
        NEED(n > limit || bytes == text.len);
        NEED(at_character(text, bytes));
    }
}

static void check_batch(const fuzz_vocab *f, tkc_str text, unsigned flags, size_t cut,
                        const uint32_t *ids, size_t n)
{
    static uint32_t all[2 * MAX_IDS];
    const size_t offset[] = {0, text.len, text.len, text.len};
    size_t count[3], end[3], total = 0, empty = 0;
    tkc_error err = {0};
    (void)cut;
    NEED(tkc_count_batch(f->e, text.ptr, offset, 3, flags, count, &err) == TKC_OK);
    NEED(tkc_count(f->e, (tkc_str){text.ptr, 0}, flags, &empty, &err) == TKC_OK);
    NEED(count[0] == n && count[1] == empty && count[2] == empty);
    NEED(tkc_encode_batch(f->e, text.ptr, offset, 3, flags, all, 2 * MAX_IDS, end, &total, &err) ==
         TKC_OK);
    NEED(end[0] == n && end[1] == n + empty && total == n + 2 * empty && end[2] == total);
    NEED(n == 0 || memcmp(all, ids, n * sizeof *ids) == 0);
}

static void check_spans(const fuzz_vocab *f, tkc_str text, size_t cut, const uint32_t *plain,
                        size_t n_plain)
{
    static uint32_t ids[MAX_IDS];
    const tkc_span span[2] = {{{text.ptr, cut}, false}, {{text.ptr + cut, text.len - cut}, false}};
    size_t n = 0;
    tkc_error err = {0};
    NEED(tkc_encode_spans(f->e, span, 2, 0, ids, MAX_IDS, &n, &err) == TKC_OK);
    NEED(n == n_plain && (n == 0 || memcmp(ids, plain, n * sizeof *ids) == 0));
    /* The unknown token may be marked as control too; it stands for what has no token. A
     * tokenizer.json of Unigram or WordPiece lists its control tokens among the pieces, and the
     * reference engine finds them there even where it does not match them as added tokens. */
    if ((f->v->model.kind == TKC_MODEL_UNIGRAM || f->v->model.kind == TKC_MODEL_WORDPIECE) &&
        !(f->v->model.flags & TKC_MODEL_SPM))
        return;
    for (size_t i = 0; i < n; i++)
        NEED(!tkc_vocab_is_control(f->v, ids[i]) || ids[i] == f->v->model.unk_id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint32_t ids[MAX_IDS], again[MAX_IDS];
    static size_t begin[MAX_IDS];
    static char want[3 * MAX_TEXT], back[3 * MAX_TEXT];
    tkc_error err = {0};
    const fuzz_vocab *f;
    unsigned flags;
    tkc_str text;
    size_t n = 0, n2 = 0, limit, cut, len = 0, n_want;
    tkc_status st;
    walk w = {0};
    if (size < 3) return 0;
    f = fuzz_vocab_at(data[0]);
    flags = data[1] & (TKC_ENCODE_SPECIAL | TKC_ENCODE_FRAME | TKC_ENCODE_STRICT);
    text = (tkc_str){(const char *)data + 3, size - 3 < MAX_TEXT ? size - 3 : MAX_TEXT};
    cut = text.len ? (size_t)(data[1] >> 3) * text.len / 32 : 0;
    while (cut && !at_character(text, cut)) cut--;
    n_want = tkt_lossy(text.ptr, text.len, want);

    st = tkc_encode(f->e, text, flags, ids, MAX_IDS, &n, &err);
    if (flags & TKC_ENCODE_STRICT && (n_want != text.len || memcmp(want, text.ptr, n_want) != 0)) {
        NEED(st == TKC_E_FORMAT && err.offset < text.len && err.message[0]);
        NEED(at_character(text, err.offset));
        return 0;
    }
    if (st == TKC_E_LIMIT) { /* a regex that needs too many steps: said, not guessed */
        NEED(tkc_count(f->e, text, flags, &n, &err) == TKC_E_LIMIT);
        return 0;
    }
    NEED(st == TKC_OK && n <= MAX_IDS);
    NEED(tkc_count(f->e, text, flags, &n2, &err) == TKC_OK && n2 == n);
    NEED(tkc_encode_offsets(f->e, text, flags, again, begin, MAX_IDS, &n2, &err) == TKC_OK);
    NEED(n2 == n && (n == 0 || memcmp(ids, again, n * sizeof *ids) == 0));
    for (size_t i = 0; i < n; i++) {
        NEED(ids[i] < tkc_vocab_size(f->v) && begin[i] <= text.len);
        NEED(i == 0 || begin[i] >= begin[i - 1]);
    }
    limit = data[2] % (n + 2);
    NEED(tkc_count_upto(f->e, text, flags, limit, &n2, &err) == TKC_OK);
    NEED(n <= limit ? n2 == n : n2 > limit);
    if (n) {
        const size_t cap = data[2] % n; /* too small: the first cap, and how many */
        memset(again, 0xff, sizeof *again * (cap + 1));
        NEED(tkc_encode(f->e, text, flags, again, cap, &n2, &err) == TKC_E_SPACE && n2 == n);
        NEED(memcmp(ids, again, cap * sizeof *ids) == 0 && again[cap] == UINT32_MAX);
    }
    check_fit(f, text, flags, limit, n);
    check_batch(f, text, flags, cut, ids, n);
    w.len = text.len;
    NEED(tkc_pretokenize(f->e, text, flags, see_piece, &w, &err) == TKC_OK);
    NEED(w.n <= text.len * 4 + 1);
    if (!(flags & TKC_ENCODE_FRAME)) {
        st = tkc_decode(f->v, ids, n, 0, back, sizeof back, &len, &err);
        NEED(st == TKC_OK || st == TKC_E_SPACE);
        if (f->reversible)
            NEED(st == TKC_OK && len == n_want && memcmp(back, want, len) == 0);
        if (!(flags & TKC_ENCODE_SPECIAL)) check_spans(f, text, cut, ids, n);
    }
    return 0;
}
