/* words.c - one pass over the characters; ASCII, most of all text, by a table of its own. */
#include "optimizer/text/words.h"

#include "tokenizer/normalize/unicode.h"
#include "tokenizer/unicode_class.h"

uint32_t tkc_char_at(tkc_str text, size_t i, unsigned *n)
{
    const unsigned char *s = (const unsigned char *)text.ptr + i;
    if (s[0] >= 0x80 && tkc_utf8_step(s, text.len - i, n)) return tkc_utf8_get(s, n);
    *n = 1;
    return s[0] < 0x80 ? s[0] : TKC_CHAR_BAD;
}

unsigned tkc_char_class(uint32_t cp)
{
    return cp < TKC_CHAR_BAD ? tkc_unicode_class(cp) : 0;
}

bool tkc_char_is_unspaced(uint32_t cp)
{
    if (cp < 0xe00 || cp >= TKC_CHAR_BAD) return false;
    if (cp <= 0xeff || (cp >= 0x1000 && cp <= 0x109f) || (cp >= 0x1780 && cp <= 0x17ff)) return true;
    if (cp < 0x2e80) return false;
    if (tkc_unicode_class(cp) & TKC_UC_HAN) return true;
    /* kana, Bopomofo, their extensions and half-width forms; not Hangul, which has blanks */
    return (cp >= 0x3040 && cp <= 0x312f) || (cp >= 0x31a0 && cp <= 0x31ff) ||
           (cp >= 0xff66 && cp <= 0xff9f) || (cp >= 0x1aff0 && cp <= 0x1b16f);
}

static bool is_letter(uint32_t cp)
{
    return (tkc_char_class(cp) & TKC_UC_LETTER) != 0;
}

static bool is_apostrophe(uint32_t cp)
{
    return cp == '\'' || cp == 0x2019 || cp == 0x02bc || cp == 0xff07;
}

static bool digit_at(tkc_str t, size_t i)
{
    return i < t.len && t.ptr[i] >= '0' && t.ptr[i] <= '9';
}

/* Three digits and no fourth behind the comma at i. */
static bool groups_at(tkc_str t, size_t i)
{
    return digit_at(t, i + 1) && digit_at(t, i + 2) && digit_at(t, i + 3) && !digit_at(t, i + 4);
}

/* Marks, joiners and variation selectors belong to what is before them. */
static bool is_joined(uint32_t cp, unsigned cls)
{
    return (cls & TKC_UC_M) || cp == 0xad || cp == 0x200c || cp == 0x200d;
}

static size_t skip_joined(tkc_str t, size_t at)
{
    while (at < t.len && (unsigned char)t.ptr[at] >= 0x80) {
        unsigned n;
        const uint32_t cp = tkc_char_at(t, at, &n);
        if (!is_joined(cp, tkc_char_class(cp))) break;
        at += n;
    }
    return at;
}

/* Letters and digits from out->begin on; at is behind the first character. */
static size_t run_end(tkc_str t, size_t at, tkc_word *out)
{
    while (at < t.len) {
        unsigned n, cls;
        uint32_t cp = (unsigned char)t.ptr[at];
        if ((cp | 0x20) - 'a' < 26) { /* nearly always */
            out->kind = TKC_WORD_LETTERS;
            at++;
            continue;
        }
        cp = tkc_char_at(t, at, &n);
        if (cp - '0' < 10) {
            /* fine in both kinds */
        } else if (out->kind == TKC_WORD_NUMBER && cp == '.' && digit_at(t, at + 1)) {
            n = 2;
        } else if (out->kind == TKC_WORD_NUMBER && cp == ',' && groups_at(t, at)) {
            n = 4;
        } else if (is_apostrophe(cp)) {
            unsigned next;
            if (out->kind != TKC_WORD_LETTERS || at + n >= t.len ||
                !is_letter(tkc_char_at(t, at + n, &next)) ||
                tkc_char_is_unspaced(tkc_char_at(t, at + n, &next)))
                break;
        } else if (cp < 0x80) {
            break;
        } else {
            cls = tkc_char_class(cp);
            if (cls & TKC_UC_LETTER && !tkc_char_is_unspaced(cp))
                out->kind = TKC_WORD_LETTERS;
            else if (!(cls & TKC_UC_N && !tkc_char_is_unspaced(cp)) && !is_joined(cp, cls))
                break;
        }
        at += n;
    }
    return at;
}

bool tkc_word_next(tkc_words *w, tkc_word *out)
{
    const tkc_str t = w->text;
    while (w->at < t.len) {
        unsigned n = 1, cls;
        uint32_t cp = (unsigned char)t.ptr[w->at];
        size_t at;
        if (cp < 0x80) {
            cls = tkc_unicode_class(cp);
        } else {
            cp = tkc_char_at(t, w->at, &n);
            cls = tkc_char_class(cp);
        }
        at = w->at + n;
        if (cls & TKC_UC_SPACE) {
            w->at = at;
            continue;
        }
        out->begin = w->at;
        if (tkc_char_is_unspaced(cp) && (cls & (TKC_UC_LETTER | TKC_UC_N | TKC_UC_M))) {
            out->kind = TKC_WORD_CHARACTER;
            w->at = skip_joined(t, at);
        } else if (cls & (TKC_UC_LETTER | TKC_UC_N)) {
            out->kind = cls & TKC_UC_N ? TKC_WORD_NUMBER : TKC_WORD_LETTERS;
            w->at = run_end(t, at, out);
        } else {
            out->kind = TKC_WORD_MARK;
            w->at = skip_joined(t, at);
        }
        out->end = w->at;
        return true;
    }
    return false;
}

static uint32_t folded(uint32_t cp)
{
    if (cp >= 0xff01 && cp <= 0xff5e) cp -= 0xff01 - 0x21;
    if (cp == 0x2019 || cp == 0x02bc) return '\'';
    if (cp == 0x03c2) return 0x03c3;
    return cp;
}

tkc_status tkc_word_fold(tkc_str word, tkc_word_kind kind, tkc_buf *out, tkc_error *err)
{
    /* lower case is at most three bytes for two (U+0130, U+023A) */
    tkc_status status = tkc_buf_reserve(out, word.len + word.len / 2 + 8, err);
    if (status) return status;
    for (size_t i = 0; i < word.len;) {
        unsigned n;
        uint32_t cp, low[2];
        const unsigned char c = (unsigned char)word.ptr[i];
        if (c < 0x80) {
            if (c != ',' || kind != TKC_WORD_NUMBER)
                out->ptr[out->len++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
            i++;
            continue;
        }
        cp = tkc_char_at(word, i, &n);
        if (cp == TKC_CHAR_BAD) {
            out->ptr[out->len++] = word.ptr[i++];
            continue;
        }
        i += n;
        if (cp == 0xad) continue;
        cp = folded(cp);
        if (tkc_norm_bits(cp) & TKC_NORM_LOWERS) {
            const unsigned n_low = tkc_lower(cp, low);
            for (unsigned k = 0; k < n_low; k++)
                out->len += tkc_utf8_put(out->ptr + out->len, folded(low[k]));
        } else {
            out->len += tkc_utf8_put(out->ptr + out->len, cp);
        }
    }
    return TKC_OK;
}
