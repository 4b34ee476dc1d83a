/* word_hash.c - words with other than ASCII letters in them, or of eight and more. */
#include "optimizer/text/dedupe/word_hash.h"

#include "optimizer/text/words.h"
#include "tokenizer/normalize/unicode.h"
#include "tokenizer/unicode_class.h"

bool tkc_any_word(tkc_word_hasher *w, uint64_t *hash)
{
    uint64_t h = TKC_WORD_HASH;
    bool any = false;
    while (w->at < w->text.len) {
        const unsigned char c = (unsigned char)w->text.ptr[w->at];
        unsigned n = 1, cls;
        uint32_t cp, low[2];
        if (c < 0x80) {
            uint64_t eight;
            n = tkc_alnums8(tkc_bytes8(w->text, w->at), &eight);
            if (!n && any) break;
            if (n) {
                if (!any) w->begin = w->at;
                h = tkc_more_of_word(h, eight);
                any = true;
            }
            w->at += n ? n : 1;
            continue;
        }
        cp = tkc_char_at(w->text, w->at, &n);
        cls = tkc_char_class(cp);
        if (!(cls & (TKC_UC_LETTER | TKC_UC_M | TKC_UC_N))) {
            if (any) break;
            w->at += n;
            continue;
        }
        if (tkc_char_is_unspaced(cp)) { /* a word by itself */
            if (any) break;
            w->begin = w->at;
            w->at += n;
            *hash = tkc_mix64(h ^ cp);
            return true;
        }
        if (!any) w->begin = w->at;
        any = true;
        w->at += n;
        low[0] = cp;
        if (tkc_norm_bits(cp) & TKC_NORM_LOWERS) tkc_lower(cp, low);
        h = tkc_more_of_word(h, low[0]);
    }
    *hash = tkc_mix64(h);
    return any;
}
