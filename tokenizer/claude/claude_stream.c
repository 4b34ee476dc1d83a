/*
 * claude_stream.c - class runs, the marked stream, and the walk that counts it.
 *
 * The encoder rewrites text before it is tiled: a run of letters becomes
 *     [shift|caps] bow lower-case eow
 * punctuation, border symbols and non-ASCII digits take bow or eow on a side that touches a
 * blank, and a single blank between a closing eow and an opening bow is not written at all.
 * All rules look at one run, the two before it and the character behind it, so the stream is
 * made in one pass and handed to the tiler in stretches that no piece can leave (proved at
 * open, claude_vocab.c). Rules and their measurements: ctok 1.3.0, normalize.py.
 *
 * While counting, whole words, punctuation runs and parts of HARD runs go through a direct-mapped
 * memo of the scratch, blanks through a ladder and ASCII digits through n / 3. When pieces are wanted
 * everything goes through the tiler; the tests compare the two.
 */
#include "tokenizer/claude/claude_internal.h"

#include <string.h>

#if TKC_CLAUDE

#include "vocab/base/utf8.h"

enum { DOTTED_I = 0x130, SHARP_S = 0x1e9e }; /* capitals with rules of their own */

typedef enum run_kind {
    RUN_NONE, /* before the text */
    RUN_WORD,
    RUN_STRAY, /* combining marks without a base */
    RUN_HARD,
    RUN_DIGIT,
    RUN_PUNCT,
    RUN_SPACE
} run_kind;

typedef struct walk {
    const tkc_claude *c;
    tkc_claude_scratch *s;
    claude_sink out;
    const uint8_t *begin, *p, *end;
    run_kind before;      /* the run that ended at p */
    bool closed;          /* it wrote an eow */
    bool apostrophe;      /* it is "'" and nothing else */
    bool border;          /* it has a border of its own on its right */
    bool border2;         /* the run before that one had */
    bool joined;          /* a piece may go from it into the punctuation behind */
    bool pending;         /* a single blank behind an eow: dropped if a bow follows */
    tkc_error *err;
} walk;

static uint32_t flags_at(const walk *w, const uint8_t *p, uint32_t *cp, unsigned *n)
{
    *cp = claude_get(p, w->end, n);
    return claude_flags(w->c, *cp);
}

static bool wordy_at(const walk *w, const uint8_t *p)
{
    uint32_t cp;
    unsigned n;
    return p < w->end && (flags_at(w, p, &cp, &n) & CK_CLASS) == CC_WORDY;
}

/* From q on: the end of the characters of this class. */
static const uint8_t *class_end(const walk *w, const uint8_t *q, claude_class cls)
{
    const uint8_t *end = w->end;
    for (;;) {
        uint32_t cp;
        unsigned n;
        while (q < end && *q < 0x80 && (w->c->ascii[*q] & CK_CLASS) == cls) q++;
        if (q == end || *q < 0x80) return q;
        if ((flags_at(w, q, &cp, &n) & CK_CLASS) != cls) return q;
        q += n;
    }
}

/* Only a space counts: the marker stands for the space it swallows. The start of the message
 * is one where the frame ends in a bow; its end is not. */
static bool blank_left(const walk *w)
{
    return w->p == w->begin ? w->c->frame_bow : w->p[-1] == ' ';
}

/* Exactly one space: before two no marker is written. */
static bool blank_right(const walk *w, const uint8_t *e)
{
    return e < w->end && *e == ' ' && !(w->end - e > 1 && e[1] == ' ');
}

static tkc_status push(walk *w, const void *bytes, size_t n)
{
    return claude_push(w->c, w->s, &w->out, bytes, n, w->err);
}

static tkc_status push_byte(walk *w, uint8_t byte)
{
    return push(w, &byte, 1);
}

static void cut(walk *w)
{
    claude_cut(w->c, w->s, &w->out);
}

/* A blank that no bow swallowed. */
static tkc_status write_blank(walk *w)
{
    tkc_status st;
    cut(w);
    if (!w->out.fn) {
        w->out.total++;
        return TKC_OK;
    }
    if ((st = push_byte(w, ' ')) == TKC_OK) cut(w);
    return st;
}

/* The frame's bow, where the first run writes none. What follows may join it. */
static tkc_status frame_bow(walk *w)
{
    return w->p == w->begin && w->c->frame_bow ? push_byte(w, TKC_CLAUDE_BOW) : TKC_OK;
}

/* Called by each run before it writes: opens says that it begins with a bow (then a pending
 * blank is gone), joins that a piece may reach into it from the run before. */
static tkc_status begin_run(walk *w, bool opens, bool joins)
{
    if (w->pending) {
        w->pending = false;
        if (!opens) return write_blank(w);
    }
    if (!joins) cut(w);
    return TKC_OK;
}

static void end_run(walk *w, run_kind kind, const uint8_t *e, bool closed, bool border)
{
    w->apostrophe = kind == RUN_PUNCT && e - w->p == 1 && *w->p == '\'';
    w->border2 = w->border;
    w->border = border;
    w->joined = false;
    w->before = kind;
    w->closed = closed;
    w->p = e;
    if (closed) cut(w);
}

/* ---- the memo ---------------------------------------------------------------------------- */

enum {
    SHAPE_WORD = 1,
    SHAPE_SEAM = 2,  /* the letters behind a lone apostrophe     */
    SHAPE_PUNCT = 4, /* + 1 with bow, + 2 with eow               */
    SHAPE_HARD = 8,  /* the same                                 */
    SHAPE_RULER = 255 /* in place of a length: one character over and over */
};

/* Whether n bytes at p are one character over and over. */
static bool is_ruler(const uint8_t *p, size_t n)
{
    unsigned k;
    (void)claude_get(p, p + n, &k);
    return memcmp(p, p + k, n - k) == 0;
}

/* The slot for n bytes at p, NULL if it cannot be used; *hit: it holds them. Longer than
 * MEMO_KEY only rulers fit: a line of 80 '=' costs 64 steps a byte to tile. */
static claude_memo *memo_of(const walk *w, const uint8_t *p, size_t n, uint32_t shape, bool *hit)
{
    uint64_t k[3] = {0, 0, 0}, h;
    claude_memo *m;

    if (w->out.fn) return NULL;
    if (n > MEMO_KEY) {
        if (!is_ruler(p, n)) return NULL;
        memcpy(k, p, 4); /* the character and what follows from it */
        k[1] = n;
        n = SHAPE_RULER;
    } else if (w->end - p >= 8 && n <= 8) { /* one load instead of a copy of n bytes */
        memcpy(k, p, 8);
        if (n < 8) k[0] &= ((uint64_t)1 << (8 * n)) - 1;
    } else {
        memcpy(k, p, n);
    }
    shape = shape << 8 | (uint32_t)n;
    h = (k[0] ^ shape) * 0x9e3779b97f4a7c15u;
    h ^= (k[1] + (h >> 29)) * 0xbf58476d1ce4e5b9u;
    h ^= (k[2] + (h >> 31)) * 0x94d049bb133111ebu;
    m = &w->s->memo[(h >> 40) & (MEMO_SIZE - 1)];
    *hit = m->shape == shape && m->key[0] == k[0] && m->key[1] == k[1] && m->key[2] == k[2];
    if (!*hit) {
        memcpy(m->key, k, sizeof k);
        m->shape = shape;
        m->count = 0;
    }
    return m;
}

/* ---- words ------------------------------------------------------------------------------- */

typedef enum word_case { CASE_AS_IS, CASE_SHIFT, CASE_CAPS } word_case;

/*
 * A marker covers a whole word or nothing: caps for at least caps_min letters, all capitals
 * and none without case; shift for a first capital and no other. A capital sharp s blocks
 * both. A dotted capital I is overlooked by shift unless it is first, and blocks caps.
 */
static word_case case_of(const walk *w, const uint8_t *b, const uint8_t *e)
{
    size_t n = 0, n_upper = 0, n_lower = 0;
    bool blocked = false, dotted = false, first_upper = false, first_folds = false;
    bool first_dotted = false;

    for (const uint8_t *q = b; q < e;) {
        unsigned k;
        uint32_t cp, f = flags_at(w, q, &cp, &k);
        if (cp == SHARP_S) return CASE_AS_IS;
        if (cp == DOTTED_I) dotted = true;
        if (f & CK_BLOCKS) blocked = true;
        if (f & CK_LOWER) n_lower++;
        if (n == 0) {
            first_upper = f & CK_UPPER;
            first_folds = f & CK_FOLDS;
            first_dotted = cp == DOTTED_I;
        }
        if ((f & CK_UPPER) && cp != DOTTED_I) n_upper++;
        n++;
        q += k;
    }
    if (dotted) return first_upper && !first_dotted && n_upper == 1 ? CASE_SHIFT : CASE_AS_IS;
    if (w->c->caps_min && n >= w->c->caps_min && n_upper > 0 && n_lower == 0 && !blocked)
        return CASE_CAPS;
    return first_folds && first_upper && n_upper == 1 ? CASE_SHIFT : CASE_AS_IS;
}

static tkc_status push_lower(walk *w, const uint8_t *b, const uint8_t *e)
{
    char part[256];
    size_t n = 0;
    tkc_status st;

    while (b < e) {
        unsigned k;
        uint32_t cp, f = flags_at(w, b, &cp, &k);
        if (cp < 0x80)
            part[n++] = (char)(f & CK_FOLDS ? cp + 32 : cp);
        else
            n += tkc_utf8_put(part + n, f & CK_FOLDS ? claude_lower(cp) : cp);
        b += k;
        if (n > sizeof part - 4 || b == e) {
            if ((st = push(w, part, n)) != TKC_OK) return st;
            n = 0;
        }
    }
    return TKC_OK;
}

static bool contraction(const uint8_t *b, size_t n)
{
    if (n == 1) return *b == 's' || *b == 't' || *b == 'd' || *b == 'm';
    return n == 2 && (memcmp(b, "ll", 2) == 0 || memcmp(b, "re", 2) == 0 ||
                      memcmp(b, "ve", 2) == 0);
}

/* A run of letters from p to e. Behind stray marks it is the rest of their word. */
static tkc_status word(walk *w, const uint8_t *e)
{
    const uint8_t *b = w->p;
    bool fused = w->before == RUN_STRAY;
    /* it's: the apostrophe is the border, unless what is before it has a border there. */
    bool seam = w->apostrophe && !w->border2 && contraction(b, (size_t)(e - b));
    bool opens = !fused && !seam, hit = false, alone = seam && w->s->len == 1;
    word_case how = CASE_AS_IS;
    claude_memo *m = NULL;
    size_t before;
    tkc_status st;

    if ((st = begin_run(w, opens, !opens)) != TKC_OK) return st;
    if (opens || alone)
        m = memo_of(w, b, (size_t)(e - b), alone ? SHAPE_SEAM : SHAPE_WORD, &hit);
    if (hit) {
        w->s->len = 0; /* the apostrophe */
        w->out.total += m->count;
        end_run(w, RUN_WORD, e, true, false);
        return TKC_OK;
    }
    before = w->out.total;
    if (opens) {
        how = case_of(w, b, e);
        if (how != CASE_AS_IS)
            st = push_byte(w, how == CASE_SHIFT ? TKC_CLAUDE_SHIFT : TKC_CLAUDE_CAPS);
        if (st == TKC_OK) st = push_byte(w, TKC_CLAUDE_BOW);
    }
    if (st == TKC_OK)
        st = how == CASE_AS_IS ? push(w, b, (size_t)(e - b)) : push_lower(w, b, e);
    if (st == TKC_OK) st = push_byte(w, TKC_CLAUDE_EOW);
    if (st != TKC_OK) {
        if (m) m->shape = 0;
        return st;
    }
    end_run(w, RUN_WORD, e, true, false);
    if (m) m->count = (uint32_t)(w->out.total - before);
    return TKC_OK;
}

/* Combining marks without a base: a word that a letter behind them continues. */
static tkc_status stray(walk *w)
{
    const uint8_t *q = w->p;
    bool letter;
    tkc_status st;

    while (q < w->end) {
        uint32_t cp, f;
        unsigned n;
        f = flags_at(w, q, &cp, &n);
        if ((f & CK_CLASS) != CC_WORDY || !(f & CK_STRAY)) break;
        q += n;
    }
    letter = wordy_at(w, q);
    if ((st = begin_run(w, true, false)) != TKC_OK) return st;
    if ((st = push_byte(w, TKC_CLAUDE_BOW)) != TKC_OK) return st;
    if ((st = push(w, w->p, (size_t)(q - w->p))) != TKC_OK) return st;
    if (!letter && (st = push_byte(w, TKC_CLAUDE_EOW)) != TKC_OK) return st;
    end_run(w, RUN_STRAY, q, !letter, false);
    return TKC_OK;
}

/* ---- other runs -------------------------------------------------------------------------- */

/* [bow] text [eow], w->p to e. */
static tkc_status bracketed(walk *w, const uint8_t *e, bool bow, bool eow, bool joins)
{
    tkc_status st = begin_run(w, bow, joins);
    if (st == TKC_OK) st = bow ? push_byte(w, TKC_CLAUDE_BOW) : frame_bow(w);
    if (st == TKC_OK) st = push(w, w->p, (size_t)(e - w->p));
    if (st == TKC_OK && eow) st = push_byte(w, TKC_CLAUDE_EOW);
    return st;
}

static tkc_status punct(walk *w, const uint8_t *e)
{
    bool lone = e - w->p == 1 && *w->p == '\'', opens_word = lone && wordy_at(w, e);
    bool bow = blank_left(w) && !opens_word, eow = blank_right(w, e);
    bool joins = w->joined, hit = false;
    claude_memo *m = NULL;
    size_t before = 0;
    tkc_status st;

    if (opens_word && w->p == w->begin && w->c->frame_bow) {
        /* 'tis at the start: the space that the frame hands out is written as one */
        if ((st = write_blank(w)) != TKC_OK) return st;
        if ((st = push(w, w->p, 1)) != TKC_OK) return st;
        end_run(w, RUN_PUNCT, e, false, true);
        return TKC_OK;
    }
    if (!joins && !lone) {
        if ((st = begin_run(w, bow, false)) != TKC_OK) return st;
        m = memo_of(w, w->p, (size_t)(e - w->p), SHAPE_PUNCT + bow + 2u * eow, &hit);
        if (hit) {
            w->out.total += m->count;
            end_run(w, RUN_PUNCT, e, eow, true);
            return TKC_OK;
        }
        before = w->out.total;
    }
    if ((st = bracketed(w, e, bow, eow, joins)) != TKC_OK) {
        if (m) m->shape = 0;
        return st;
    }
    if (m) {
        cut(w);
        m->count = (uint32_t)(w->out.total - before);
    }
    end_run(w, RUN_PUNCT, e, eow, true);
    return TKC_OK;
}

/* Behind the character of n bytes at q and all that are the same. */
static const uint8_t *skip_same(const walk *w, const uint8_t *q, unsigned n)
{
    const uint8_t *const c = q;
    do q += n;
    while ((size_t)(w->end - q) >= n && memcmp(q, c, n) == 0);
    return q;
}

/* One part of a HARD run. A selector rides whatever it follows. */
static tkc_status hard(walk *w)
{
    const uint8_t *q = w->p;
    uint32_t cp, first, last, same, border;
    unsigned n;
    bool bow = false, eow = false, joined = false, hit = false;
    claude_memo *m = NULL;
    size_t before;
    tkc_status st;

    first = last = flags_at(w, q, &cp, &n);
    same = first & (CK_ND | CK_NO);
    q = skip_same(w, q, n);
    while (q < w->end) {
        uint32_t f = flags_at(w, q, &cp, &n);
        joined = (f & CK_CLASS) == CC_PUNCT && last & CK_HARD_KIND;
        if ((f & CK_CLASS) != CC_HARD) break;
        if (!(f & CK_SELECTOR) && (f ^ first) & CK_HARD_KIND) break;
        same &= f;
        last = f;
        q = skip_same(w, q, n);
    }
    border = CK_BORDER | CK_SELECTOR;
    /* numbers: only a run of one category, Nd or No, and no border in it */
    if (!(first & border) && !(last & border)) border = same ? CK_NUMBER : 0;
    bow = (first & border) && blank_left(w);
    eow = (last & border) && blank_right(w, q);
    if (!joined && w->p > w->begin) { /* there the frame's bow may be in front */
        if ((st = begin_run(w, bow, false)) != TKC_OK) return st;
        m = memo_of(w, w->p, (size_t)(q - w->p), SHAPE_HARD + bow + 2u * eow, &hit);
    }
    before = w->out.total;
    st = hit ? TKC_OK : bracketed(w, q, bow, eow, false);
    if (st == TKC_OK && m) {
        cut(w);
        if (hit) w->out.total += m->count;
        else m->count = (uint32_t)(w->out.total - before);
    }
    if (st != TKC_OK && m) m->shape = 0;
    if (st == TKC_OK) end_run(w, RUN_HARD, q, eow, last & border);
    w->joined = joined;
    return st;
}

static tkc_status digits(walk *w)
{
    const uint8_t *q = w->p;
    uint32_t cp;
    bool bow, eow, border, ascii = true;
    tkc_status st;

    while (q < w->end) {
        unsigned n = 1;
        if (*q < '0' || *q > '9') {
            if ((flags_at(w, q, &cp, &n) & CK_CLASS) != CC_DIGIT) break;
            ascii = false;
        }
        q += n;
    }
    if (ascii && w->c->digit_triples && !w->out.fn) {
        if ((st = begin_run(w, false, false)) != TKC_OK) return st;
        if (w->p == w->begin && w->c->frame_bow) w->out.total++; /* no piece joins it */
        w->out.total += ((size_t)(q - w->p) + 2) / 3;
        end_run(w, RUN_DIGIT, q, false, false);
        return TKC_OK;
    }
    border = q[-1] >= 0x80; /* ASCII digits take no markers, the Arabic ones do */
    bow = *w->p >= 0x80 && blank_left(w);
    eow = border && blank_right(w, q);
    st = bracketed(w, q, bow, eow, false);
    if (st == TKC_OK) end_run(w, RUN_DIGIT, q, eow, border);
    return st;
}

/* One space and no other blank at p. */
static bool single_space(const walk *w, const uint8_t *p)
{
    uint32_t cp;
    unsigned n;
    return *p == ' ' && (w->end - p == 1 || (flags_at(w, p + 1, &cp, &n) & CK_CLASS) != CC_SPACE);
}

static tkc_status space(walk *w)
{
    const uint8_t *q = w->p;
    tkc_status st;

    if (w->closed && single_space(w, q)) {
        if ((st = begin_run(w, false, false)) != TKC_OK) return st;
        w->pending = true; /* the next run decides */
        end_run(w, RUN_SPACE, q + 1, false, false);
        return TKC_OK;
    }
    if ((st = begin_run(w, false, false)) != TKC_OK) return st;
    if (*q != ' ' && (st = frame_bow(w)) != TKC_OK) return st;
    while (q < w->end) {
        const claude_ladder *l = NULL;
        const uint8_t *e;
        uint32_t cp;
        unsigned n;
        if ((flags_at(w, q, &cp, &n) & CK_CLASS) != CC_SPACE) break;
        for (e = q + n; n == 1 && e < w->end && *e == *q;) e++;
        if (cp == ' ') l = &w->c->ladder[LADDER_SPACE];
        if (cp == '\n') l = &w->c->ladder[LADDER_NEWLINE];
        if (cp == '\t') l = &w->c->ladder[LADDER_TAB];
        if (l && !w->out.fn) {
            cut(w);
            w->out.total += claude_ladder_cost(l, (size_t)(e - q));
        } else if ((st = push(w, q, (size_t)(e - q))) != TKC_OK) {
            return st;
        }
        q = e;
    }
    end_run(w, RUN_SPACE, q, false, false);
    return TKC_OK;
}

static tkc_status next_run(walk *w)
{
    uint32_t cp;
    unsigned n;
    uint32_t f = flags_at(w, w->p, &cp, &n);

    switch ((claude_class)(f & CK_CLASS)) {
    case CC_WORDY:
        /* A mark is stray unless letters are before it, and those would have taken it; behind
         * other stray marks it would have joined them. */
        if (f & CK_STRAY) return stray(w);
        return word(w, class_end(w, w->p + n, CC_WORDY));
    case CC_HARD:
        return hard(w);
    case CC_DIGIT:
        return digits(w);
    case CC_PUNCT:
        return punct(w, class_end(w, w->p + n, CC_PUNCT));
    case CC_SPACE:
        break;
    }
    return space(w);
}

/* ---- the whole text ---------------------------------------------------------------------- */

/* Newlines at the end: with the two of the frame they are one run, of which the frame pays
 * for one token. */
static tkc_status tail(walk *w, size_t n)
{
    static const char newlines[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    tkc_status st;

    if (n == 0) return TKC_OK;
    n += 2;
    if (!w->out.fn) {
        w->out.total += claude_ladder_cost(&w->c->ladder[LADDER_NEWLINE], n) - 1;
        return TKC_OK;
    }
    w->out.drop_last = true;
    while (n > 0) {
        size_t k = n < sizeof newlines - 1 ? n : sizeof newlines - 1;
        if ((st = push(w, newlines, k)) != TKC_OK) return st;
        n -= k;
    }
    cut(w);
    return TKC_OK;
}

static tkc_str trimmed(tkc_str t)
{
    while (t.len > 0) {
        char b = t.ptr[t.len - 1];
        if (b != ' ' && !(b >= '\t' && b <= '\r')) break;
        t.len--;
    }
    return t;
}

static tkc_status run(walk *w, tkc_str text, size_t limit)
{
    tkc_str norm;
    size_t n_tail = 0;
    bool raw_space = text.len > 0 && text.ptr[0] == ' ';
    tkc_status st;

    if (w->s->identity != w->c->identity) {
        memset(w->s->memo, 0, MEMO_SIZE * sizeof *w->s->memo);
        w->s->identity = w->c->identity;
    }
    w->s->len = 0;
    if (w->c->trim_end) text = trimmed(text);
    if ((st = claude_normalize(w->c, w->s, text, &norm, w->err)) != TKC_OK) return st;
    while (norm.len > 0 && norm.ptr[norm.len - 1] == '\n') {
        norm.len--;
        n_tail++;
    }
    /* The frame's bow is the leading space: but only one that was a space in the raw text. */
    if (w->c->frame_bow && raw_space && norm.len > 0 && norm.ptr[0] == ' ' &&
        !(norm.len > 1 && norm.ptr[1] == ' ')) {
        norm.ptr++;
        norm.len--;
    }
    w->begin = w->p = (const uint8_t *)norm.ptr;
    if (norm.len == 0) {
        if (w->c->frame_bow && (st = push_byte(w, TKC_CLAUDE_BOW)) != TKC_OK) return st;
    } else {
        w->end = w->begin + norm.len;
        while (w->p < w->end) {
            if ((st = next_run(w)) != TKC_OK) return st;
            if (w->out.total > limit || w->out.stopped) return TKC_OK;
        }
        if (w->pending && (st = write_blank(w)) != TKC_OK) return st;
    }
    cut(w);
    return w->out.stopped ? TKC_OK : tail(w, n_tail);
}

tkc_status tkc_claude_count_upto(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text,
                                 size_t limit, size_t *n, tkc_error *err)
{
    walk w = {.c = c, .s = s, .err = err};
    tkc_status st = run(&w, text, limit);
    if (st == TKC_OK) *n = w.out.total;
    return st;
}

tkc_status tkc_claude_count(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text, size_t *n,
                            tkc_error *err)
{
    return tkc_claude_count_upto(c, s, text, SIZE_MAX, n, err);
}

bool tkc_claude_is_stable(const tkc_claude *c, uint32_t cp)
{
    return cp > 0xffff ? !claude_astral_nfc(cp) : !(claude_flags(c, cp) & CK_NORMALIZE);
}

bool tkc_claude_is_letter(const tkc_claude *c, uint32_t cp)
{
    return (claude_flags(c, cp) & (CK_CLASS | CK_STRAY | CK_NORMALIZE)) == CC_WORDY;
}

tkc_status tkc_claude_pieces(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text,
                             tkc_claude_piece_fn fn, void *ctx, tkc_error *err)
{
    walk w = {.c = c, .s = s, .err = err, .out = {.fn = fn, .ctx = ctx}};
    return run(&w, text, SIZE_MAX);
}

#else

bool tkc_claude_is_stable(const tkc_claude *c, uint32_t cp)
{
    (void)c, (void)cp;
    return false;
}

bool tkc_claude_is_letter(const tkc_claude *c, uint32_t cp)
{
    return tkc_claude_is_stable(c, cp);
}

tkc_status tkc_claude_count(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text, size_t *n,
                            tkc_error *err)
{
    (void)c, (void)s, (void)text, (void)n;
    return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "built without Claude 3 and later (CLAUDE=0)");
}

tkc_status tkc_claude_count_upto(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text,
                                 size_t limit, size_t *n, tkc_error *err)
{
    (void)limit;
    return tkc_claude_count(c, s, text, n, err);
}

tkc_status tkc_claude_pieces(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text,
                             tkc_claude_piece_fn fn, void *ctx, tkc_error *err)
{
    (void)fn, (void)ctx;
    return tkc_claude_count(c, s, text, NULL, err);
}

#endif

/* ---- the public notation ----------------------------------------------------------------- */

static size_t put_atom(char *buf, size_t cap, size_t at, const char *name, size_t n)
{
    static const char open[] = "\xe2\x9f\xa8", close[] = "\xe2\x9f\xa9";
    size_t need = n + 6;
    if (at <= cap && need <= cap - at) {
        memcpy(buf + at, open, 3);
        memcpy(buf + at + 3, name, n);
        memcpy(buf + at + 3 + n, close, 3);
    }
    return at + need;
}

/* Bytes of the well-formed character at p that may be printed as it is, else 0. */
static unsigned printable(const uint8_t *p, size_t room)
{
    unsigned n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n == 0 || n > room) return 0;
    for (unsigned i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    if (n == 3 && p[0] == 0xe2 && p[1] == 0x9f && (p[2] == 0xa8 || p[2] == 0xa9)) return 0;
    /* the five characters ctok uses as its own markers are written as bytes there */
    if (n == 3 && p[0] == 0xef && p[1] == 0xb7 && p[2] >= 0x90 && p[2] <= 0x94) return 0;
    return n;
}

size_t tkc_claude_render(tkc_str piece, char *buf, size_t cap)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char *const name[] = {"", "bow", "eow", "shift", "caps"};
    const uint8_t *p = (const uint8_t *)piece.ptr;
    size_t at = 0;

    for (size_t i = 0; i < piece.len;) {
        unsigned n = printable(p + i, piece.len - i);
        if (p[i] >= TKC_CLAUDE_BOW && p[i] <= TKC_CLAUDE_CAPS) {
            at = put_atom(buf, cap, at, name[p[i]], strlen(name[p[i]]));
            n = 1;
        } else if (n > 0) {
            if (at <= cap && n <= cap - at) memcpy(buf + at, p + i, n);
            at += n;
        } else {
            char byte[4] = {'0', 'x', hex[p[i] >> 4], hex[p[i] & 15]};
            at = put_atom(buf, cap, at, byte, sizeof byte);
            n = 1;
        }
        i += n;
    }
    return at;
}
