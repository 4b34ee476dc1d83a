/* wide_runs.c - what a kernel asks about places that its tables do not know. */
#include "tokenizer/merge/wide_runs.h"

bool tkc_wide_is_odd(const tkc_vocab *v, const unsigned char *s, uint32_t from, uint32_t end)
{
    const uint32_t id = tkc_token_find_odd(v, (const char *)s + from, end - from);
    return id != TKC_NO_ID && !tkc_token_merges(v, id);
}

/* Whether one of two characters that are not ASCII, before and behind a place, has three bytes, the other has not,
 * and it stands beside none such in any token. */
static bool is_apart(const tkc_vocab *v, const unsigned char *s, uint32_t from, uint32_t at)
{
    const bool before = at - from >= 3 && (s[at - 3] & 0xf0) == 0xe0, behind = (s[at] & 0xf0) == 0xe0;
    if (before == behind || s[at] < 0x80 || s[at - 1] < 0x80) return false;
    return before ? v->wide[tkc_wide_char(s + at - 3)] & TKC_WIDE_APART_BEHIND
                  : v->wide[tkc_wide_char(s + at)] & TKC_WIDE_APART_BEFORE;
}

bool tkc_wide_parted(const tkc_vocab *v, const unsigned char *s, uint32_t from, uint32_t at, uint32_t end)
{
    return at > from && v->cuts && (is_apart(v, s, from, at) || !tkc_spanned(v, s + at, at - from, end - at));
}
