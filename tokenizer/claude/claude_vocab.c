/*
 * claude_vocab.c - opens the packed piece list and builds what counting needs.
 *
 * Owns the file format (tools/dev/pack_claude.py describes it byte by byte), the double array
 * over the pieces of one generation, the character table of the first plane, and the proofs
 * that the shortcuts of claude_stream.c are allowed: they rest on where pieces may begin and
 * end, so a list in which a piece crosses such a place is refused here.
 *
 * The double array is filled depth first from the sorted list. A node with one child (most)
 * takes the first free cell; one with several tries the first 64 free cells, then the end:
 * about 95 % full, 15 ms for the larger list.
 */
#include "tokenizer/claude/claude_internal.h"

#if TKC_CLAUDE

#include "vocab/base/byte_reader.h"

#include <string.h>
#include <zstd.h>

#include "tokenizer/claude/claude_unicode.inc"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
enum { HEADER = 40, MAX_PIECES = 1 << 20, MAX_PAYLOAD = 1 << 24, FREE_TRIES = 64 };
#define NO_CELL UINT32_MAX

typedef struct generation_row {
    unsigned generation, frame;
    uint8_t bit; /* in the third column of the packed file */
    unsigned caps_min;
    bool fold_quotes, frame_bow, trim_end;
} generation_row;
/* Source: meta of ctok 1.3.0's two lists and its row for 4.8; trim_end: 16 of 1,741 recorded
 * counts of claude-opus-5 end in blanks and are exact only with it. */
static const generation_row generations[] = {
    {.generation = TKC_CLAUDE_V3, .frame = 7, .bit = 1, .caps_min = 4, .fold_quotes = true,
     .frame_bow = true},
    {.generation = TKC_CLAUDE_V4_7, .frame = 11, .bit = 2, .frame_bow = true},
    {.generation = TKC_CLAUDE_V5, .frame = 6, .bit = 2, .trim_end = true},
};

static const generation_row *generation_of(unsigned generation)
{
    for (size_t i = 0; i < COUNT(generations); i++)
        if (generations[i].generation == generation) return &generations[i];
    return NULL;
}

unsigned tkc_claude_frame(unsigned generation)
{
    const generation_row *g = generation_of(generation);
    return g ? g->frame : 0;
}

uint32_t claude_lower(uint32_t cp)
{
    size_t lo = 0, hi = COUNT(fold_spans);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (fold_spans[mid].last < cp)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == COUNT(fold_spans) || cp < fold_spans[lo].first) return cp;
    if ((cp - fold_spans[lo].first) % fold_spans[lo].step != 0) return cp;
    return (cp - fold_spans[lo].first + fold_spans[lo].lower) & 0xffff;
}

bool claude_astral_nfc(uint32_t cp)
{
    size_t lo = 0, hi = COUNT(nfc_spans);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (nfc_spans[mid].last < cp)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < COUNT(nfc_spans) && cp >= nfc_spans[lo].first;
}

static void fill_kinds(tkc_claude *c)
{
    for (size_t i = 0; i < COUNT(kind_spans); i++) {
        size_t end = i + 1 < COUNT(kind_spans) ? kind_spans[i + 1].first : sizeof c->kind;
        memset(c->kind + kind_spans[i].first, kind_spans[i].kind, end - kind_spans[i].first);
    }
    memcpy(c->kind_flags, kind_flags, sizeof kind_flags);
    for (unsigned i = 0; i < COUNT(c->ascii); i++) c->ascii[i] = kind_flags[c->kind[i]];
}

/* ---- the packed file --------------------------------------------------------------------- */

typedef struct piece_list {
    uint8_t *payload; /* unpacked; the three columns and the bytes */
    size_t payload_len;
    uint8_t *bytes;   /* the pieces of one generation, one after the other */
    size_t cap_bytes;
    uint32_t *begin;  /* n + 1 of them */
    uint32_t cap, n;
} piece_list;

static void list_release(piece_list *l, const tkc_allocator *a)
{
    tkc_free(a, l->payload, l->payload_len, 1);
    tkc_free(a, l->bytes, l->cap_bytes, 1);
    tkc_free(a, l->begin, l->cap, sizeof *l->begin);
}

static uint64_t fnv1a(uint64_t h, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

static tkc_status unpack(piece_list *l, tkc_str packed, uint64_t *sum, const tkc_allocator *a,
                         tkc_error *err)
{
    tkc_byte_reader r = tkc_byte_reader_of(packed);
    const unsigned char *magic = tkc_read_bytes(&r, 8), *frame;
    uint32_t version = tkc_read_u32(&r), n = tkc_read_u32(&r);
    uint64_t raw = tkc_read_u64(&r), size = tkc_read_u64(&r), check;
    size_t got;

    *sum = tkc_read_u64(&r);
    if (r.failed)
        return tkc_fail(err, TKC_E_FORMAT, packed.len,
                        "Claude piece list cut off in its %d byte header", HEADER);
    if (memcmp(magic, "TKCLAUD\n", 8) != 0)
        return tkc_fail(err, TKC_E_FORMAT, 0, "not a Claude piece list (claude_v3plus.tkc)");
    if (version != 1)
        return tkc_fail(err, TKC_E_VERSION, 8,
                        "Claude piece list of format %u, this library reads 1", (unsigned)version);
    if (n == 0 || n > MAX_PIECES)
        return tkc_fail(err, TKC_E_FORMAT, 12, "%u pieces, expected 1 to %d", (unsigned)n,
                        MAX_PIECES);
    if (raw > MAX_PAYLOAD || raw < 3 * (uint64_t)n)
        return tkc_fail(err, TKC_E_FORMAT, 16, "unpacked length %llu does not fit %u pieces",
                        (unsigned long long)raw, (unsigned)n);
    if (size != packed.len - HEADER)
        return tkc_fail(err, TKC_E_FORMAT, 24, "says %llu packed bytes, %zu are there",
                        (unsigned long long)size, packed.len - HEADER);
    frame = tkc_read_bytes(&r, size);
    check = fnv1a(0xcbf29ce484222325u, r.ptr, HEADER - 8);
    if (!frame || fnv1a(check, frame, (size_t)size) != *sum)
        return tkc_fail(err, TKC_E_FORMAT, 32, "checksum of the Claude piece list is wrong");

    l->payload = tkc_alloc(a, (size_t)raw, 1);
    if (!l->payload) return tkc_nomem(err);
    l->payload_len = (size_t)raw;
    got = ZSTD_decompress(l->payload, l->payload_len, frame, (size_t)size);
    if (ZSTD_isError(got) || got != l->payload_len)
        return tkc_fail(err, TKC_E_FORMAT, HEADER, "Claude piece list does not unpack: %s",
                        ZSTD_isError(got) ? ZSTD_getErrorName(got) : "wrong length");
    l->cap = n + 1;
    l->begin = tkc_alloc(a, l->cap, sizeof *l->begin);
    return l->begin ? TKC_OK : tkc_nomem(err);
}

/* Undoes the front coding and keeps the pieces whose column has bit. */
static tkc_status choose(piece_list *l, uint8_t bit, const tkc_allocator *a, tkc_error *err)
{
    size_t n = l->cap - 1, at = 3 * n, len = 0, total = 0, out = 0;
    const uint8_t *shared = l->payload, *rest = shared + n, *where = rest + n;
    uint8_t last[256];

    for (size_t i = 0; i < n; i++)
        if (where[i] & bit) total += (size_t)shared[i] + rest[i];
    l->bytes = tkc_alloc(a, total + 1, 1);
    if (!l->bytes) return tkc_nomem(err);
    l->cap_bytes = total + 1;
    for (size_t i = 0; i < n; i++) {
        size_t more = rest[i];
        if (shared[i] > len || shared[i] + more > 255 || more == 0 ||
            more > l->payload_len - at ||
            (shared[i] < len && l->payload[at] <= last[shared[i]]))
            return tkc_fail(err, TKC_E_FORMAT, at, "piece %zu is not in order", i);
        memcpy(last + shared[i], l->payload + at, more);
        at += more;
        len = shared[i] + more;
        if (!(where[i] & bit)) continue;
        memcpy(l->bytes + out, last, len);
        l->begin[l->n++] = (uint32_t)out;
        out += len;
    }
    l->begin[l->n] = (uint32_t)out;
    if (at != l->payload_len)
        return tkc_fail(err, TKC_E_FORMAT, at, "%zu bytes behind the last piece",
                        l->payload_len - at);
    if (l->n == 0) return tkc_fail(err, TKC_E_FORMAT, 0, "no piece of this generation");
    return TKC_OK;
}

/* ---- the double array -------------------------------------------------------------------- */

typedef struct node {
    uint32_t lo, hi, depth, cell; /* pieces lo to hi share depth bytes and this cell */
} node;

typedef struct builder {
    tkc_claude *c;
    const piece_list *l;
    uint32_t *next, *prev; /* ring of free cells through cell 0 */
    size_t cap_next, cap_prev;
    node *stack;
    size_t n_stack, cap_stack;
    size_t end; /* all cells from here on are free */
} builder;

/* Room for cells up to end; the fresh ones join the ring. */
static bool room(builder *b, size_t end)
{
    tkc_claude *c = b->c;
    const tkc_allocator *a = c->alloc;
    size_t old = c->cap_cell, cap = old + old / 2 + 4096;
    void *p;

    if (end + 256 <= old) return true;
    if (end + 256 > cap) cap = end + 4096;
    if (cap > (1u << 30)) return false;
    if (!(p = tkc_realloc(a, c->cell, old, cap, sizeof *c->cell))) return false;
    c->cell = p;
    c->cap_cell = cap;
    if (!(p = tkc_realloc(a, b->next, b->cap_next, cap, sizeof *b->next))) return false;
    b->next = p;
    b->cap_next = cap;
    if (!(p = tkc_realloc(a, b->prev, b->cap_prev, cap, sizeof *b->prev))) return false;
    b->prev = p;
    b->cap_prev = cap;
    for (size_t i = old; i < cap; i++) {
        c->cell[i] = (claude_cell){.base = 0, .check = NO_CELL};
        if (i == 0) {
            b->next[0] = b->prev[0] = 0;
            continue;
        }
        b->prev[i] = b->prev[0]; /* append at the end of the ring */
        b->next[i] = 0;
        b->next[b->prev[0]] = (uint32_t)i;
        b->prev[0] = (uint32_t)i;
    }
    return true;
}

static void occupy(builder *b, uint32_t cell, uint32_t parent)
{
    b->c->cell[cell].check = parent;
    b->next[b->prev[cell]] = b->next[cell];
    b->prev[b->next[cell]] = b->prev[cell];
    if (cell >= b->end) b->end = (size_t)cell + 1;
}

static bool fits(const builder *b, uint32_t base, const uint8_t *label, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (b->c->cell[base + label[i]].check != NO_CELL) return false;
    return true;
}

/* Where the children go: the smallest fitting base among the first free cells, else the end. */
static uint32_t place(const builder *b, const uint8_t *label, size_t n)
{
    unsigned tries = 0;
    for (uint32_t f = b->next[0]; f && tries < FREE_TRIES; f = b->next[f], tries++) {
        if (f >= b->end) break;
        if (f > label[0] && fits(b, f - label[0], label, n)) return f - label[0];
    }
    return (uint32_t)(b->end > label[0] ? b->end - label[0] : 1);
}

static bool push_node(builder *b, node x)
{
    if (!tkc_grow(b->c->alloc, &b->stack, &b->cap_stack, b->n_stack + 1, (size_t)1 << 24,
                  sizeof *b->stack))
        return false;
    b->stack[b->n_stack++] = x;
    return true;
}

/* The children of x: cells for them, and their ranges on the stack. */
static bool expand(builder *b, node x)
{
    const piece_list *l = b->l;
    uint8_t label[256];
    uint32_t from[257], base;
    size_t n = 0;
    uint32_t i = x.lo;

    if (l->begin[i + 1] - l->begin[i] == x.depth && x.depth > 0) {
        b->c->cell[x.cell].base |= 1;
        i++;
    }
    for (; i < x.hi; i++) {
        uint8_t byte = l->bytes[l->begin[i] + x.depth];
        if (n == 0 || label[n - 1] != byte) {
            label[n] = byte;
            from[n++] = i;
        }
    }
    if (n == 0) return true;
    from[n] = x.hi;
    base = place(b, label, n);
    if (!room(b, (size_t)base + 256)) return false;
    b->c->cell[x.cell].base |= base << 1;
    for (size_t k = 0; k < n; k++) occupy(b, base + label[k], x.cell);
    for (size_t k = n; k-- > 0;)
        if (!push_node(b, (node){from[k], from[k + 1], x.depth + 1, base + label[k]}))
            return false;
    return true;
}

/* Every single byte is a token, so all 256 children of the root are there and end a piece. */
static bool build(builder *b)
{
    const piece_list *l = b->l;
    uint32_t i = 0;

    if (!room(b, 512)) return false;
    b->c->cell[0] = (claude_cell){.base = 256u << 1, .check = NO_CELL - 1};
    for (uint32_t byte = 0; byte < 256; byte++) {
        occupy(b, 256 + byte, 0);
        b->c->cell[256 + byte].base = 1;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t lo = i;
        while (i < l->n && l->bytes[l->begin[i]] == byte) i++;
        if (i > lo && !push_node(b, (node){lo, i, 1, 256 + byte})) return false;
    }
    while (b->n_stack > 0)
        if (!expand(b, b->stack[--b->n_stack])) return false;
    return true;
}

static tkc_status build_array(tkc_claude *c, const piece_list *l, tkc_error *err)
{
    builder b = {.c = c, .l = l};
    bool ok = build(&b);
    void *p;

    tkc_free(c->alloc, b.next, b.cap_next, sizeof *b.next);
    tkc_free(c->alloc, b.prev, b.cap_prev, sizeof *b.prev);
    tkc_free(c->alloc, b.stack, b.cap_stack, sizeof *b.stack);
    if (!ok) return tkc_nomem(err);
    /* A leaf has base 0 or 1 >> 1 = 0: its "children" are cells 0 to 255, whose check is
     * never a leaf. Behind the last child 256 free cells keep base + byte inside. */
    p = tkc_realloc(c->alloc, c->cell, c->cap_cell, b.end + 256, sizeof *c->cell);
    if (p) {
        c->cell = p;
        c->cap_cell = b.end + 256;
    }
    c->n_cell = b.end;
    return TKC_OK;
}

/* ---- what the shortcuts rest on ---------------------------------------------------------- */

/*
 * A stretch of the marked stream may be tiled apart from its neighbours if no piece lies
 * across its borders. Checked for each piece: markers only where the encoder writes them
 * ([shift|caps] [bow] text [eow]), and a change of class inside the text only from HARD of some
 * kind to PUNCT (the Tamil virama and the superscript two before a stop) or from PUNCT to WORDY
 * (the contractions). HARD characters are of one kind, selectors being one. Blanks are of one
 * character in a piece, digits at most three ASCII ones; no marker touches a blank or an ASCII
 * digit.
 */
static bool piece_allowed(tkc_claude *c, const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n;
    uint32_t before = 0, kind_before = 0, first_cp = 0;
    bool marked = false, open = false, any = false;

    if (*p == TKC_CLAUDE_SHIFT || *p == TKC_CLAUDE_CAPS) {
        p++;
        open = true;
    }
    if (p < end && *p == TKC_CLAUDE_BOW) {
        p++;
        marked = true;
    } else if (open && p < end) {
        return false;
    }
    if (end > p && end[-1] == TKC_CLAUDE_EOW) {
        end--;
        marked = true;
    }
    for (const uint8_t *q = p; q < end;) {
        unsigned k;
        uint32_t cp = claude_get(q, end, &k), cls, kind;
        if (cp >= 1 && cp <= 4) return false;
        if (*q >= 0x80 && k == 1) return q == p && n <= 3; /* the beginning of a character */
        kind = claude_flags(c, cp);
        cls = kind & CK_CLASS;
        kind &= CK_HARD_KIND | CK_SELECTOR;
        if (marked && (cls == CC_SPACE || (cls == CC_DIGIT && cp < 0x80))) return false;
        if (any && cls != before && !(before == CC_HARD && kind_before & CK_HARD_KIND && cls == CC_PUNCT) &&
            !(before == CC_PUNCT && cls == CC_WORDY))
            return false;
        if (any && cls == CC_HARD && kind != kind_before) return false;
        if (any && cls == CC_SPACE && cp != first_cp) return false;
        if (cls == CC_DIGIT && cp < 0x80 && end - p > 3) c->digit_triples = false;
        if (!any) first_cp = cp;
        any = true;
        before = cls;
        kind_before = kind;
        q += k;
    }
    return true;
}

/* The cell a byte string leads to; 0: none. */
static uint32_t find(const tkc_claude *c, const uint8_t *p, size_t n)
{
    uint32_t at = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t to = (c->cell[at].base >> 1) + p[i];
        if (c->cell[to].check != at) return 0;
        at = to;
    }
    return at;
}

static bool is_piece(const tkc_claude *c, const uint8_t *p, size_t n)
{
    uint32_t at = find(c, p, n);
    return at && (c->cell[at].base & 1);
}

static void check_digits(tkc_claude *c)
{
    uint8_t d[3];
    for (unsigned i = 0; i < 1110 && c->digit_triples; i++) {
        unsigned n = i < 10 ? 1 : i < 110 ? 2 : 3, v = i - (n == 1 ? 0 : n == 2 ? 10 : 110);
        for (unsigned k = n; k-- > 0; v /= 10) d[k] = (uint8_t)('0' + v % 10);
        if (!is_piece(c, d, n)) c->digit_triples = false;
    }
}

/*
 * Cheapest tilings of 1 to max * max equal blanks, max the longest piece of them. A longer
 * run always holds a piece of max: among max shorter ones some lengths add up to a multiple
 * of max, and exchanging those for pieces of max is cheaper. So cost(n) = cost(n - max) + 1.
 */
static bool fill_ladder(tkc_claude *c, claude_ladder *l, uint8_t blank)
{
    uint8_t text[255], length[255];
    size_t n_length = 0;

    memset(text, blank, sizeof text);
    for (unsigned n = 1; n <= c->max_piece; n++)
        if (is_piece(c, text, n)) length[n_length++] = (uint8_t)n;
    l->max = length[n_length - 1]; /* one byte is always a piece */
    l->n = l->max * l->max + 1;
    l->cost = tkc_alloc(c->alloc, l->n, sizeof *l->cost);
    if (!l->cost) return false;
    l->cost[0] = 0;
    for (uint32_t n = 1; n < l->n; n++) {
        unsigned best = UINT16_MAX;
        for (size_t k = 0; k < n_length && length[k] <= n; k++) {
            unsigned cost = l->cost[n - length[k]] + 1u;
            if (cost < best) best = cost;
        }
        l->cost[n] = (uint16_t)best;
    }
    return true;
}

/* ---- open, close ------------------------------------------------------------------------- */

static tkc_status fill(tkc_claude *c, const piece_list *l, tkc_error *err)
{
    static const uint8_t blank[N_LADDERS] = {' ', '\n', '\t'};
    tkc_status st;

    fill_kinds(c);
    c->digit_triples = true;
    for (uint32_t i = 0; i < l->n; i++) {
        size_t n = l->begin[i + 1] - l->begin[i];
        if (n > c->max_piece) c->max_piece = (unsigned)n;
        if (!piece_allowed(c, l->bytes + l->begin[i], n))
            return tkc_fail(err, TKC_E_UNSUPPORTED, 0,
                            "Claude piece %u crosses a border of the stream, which this library "
                            "does not do", (unsigned)i);
    }
    if ((st = build_array(c, l, err)) != TKC_OK) return st;
    check_digits(c);
    for (size_t i = 0; i < N_LADDERS; i++)
        if (!fill_ladder(c, &c->ladder[i], blank[i])) return tkc_nomem(err);
    return TKC_OK;
}

static void free_shared(tkc_shared *shared)
{
    tkc_claude_close((tkc_claude *)(void *)shared);
}

tkc_status tkc_claude_open(tkc_claude **out, tkc_str packed, unsigned generation,
                           const tkc_allocator *alloc, tkc_error *err)
{
    const generation_row *g = generation_of(generation);
    const tkc_allocator *a = tkc_allocator_or_default(alloc);
    piece_list l = {0};
    uint64_t sum;
    tkc_claude *c;
    tkc_status st;

    if (!g)
        return tkc_fail(err, TKC_E_ARG, 0, "Claude generation %u, expected 3, 47 or 5",
                        generation);
    if (!(c = tkc_alloc_zero(a, 1, sizeof *c))) return tkc_nomem(err);
    c->shared.free = free_shared;
    c->alloc = a;
    c->generation = generation;
    c->caps_min = g->caps_min;
    c->fold_quotes = g->fold_quotes;
    c->frame_bow = g->frame_bow;
    c->trim_end = g->trim_end;
    if ((st = unpack(&l, packed, &sum, a, err)) == TKC_OK &&
        (st = choose(&l, g->bit, a, err)) == TKC_OK)
        st = fill(c, &l, err);
    list_release(&l, a);
    if (st != TKC_OK) {
        tkc_claude_close(c);
        return st;
    }
    c->identity = (sum ^ generation) | 1;
    *out = c;
    return TKC_OK;
}

void tkc_claude_close(tkc_claude *c)
{
    if (!c) return;
    for (size_t i = 0; i < N_LADDERS; i++)
        tkc_free(c->alloc, c->ladder[i].cost, c->ladder[i].n, sizeof *c->ladder[i].cost);
    tkc_free(c->alloc, c->cell, c->cap_cell, sizeof *c->cell);
    tkc_free(c->alloc, c, 1, sizeof *c);
}

#else

unsigned tkc_claude_frame(unsigned generation)
{
    (void)generation;
    return 0;
}

tkc_status tkc_claude_open(tkc_claude **out, tkc_str packed, unsigned generation,
                           const tkc_allocator *alloc, tkc_error *err)
{
    (void)out, (void)packed, (void)generation, (void)alloc;
    return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "built without Claude 3 and later (CLAUDE=0)");
}

void tkc_claude_close(tkc_claude *c)
{
    (void)c;
}

#endif

tkc_status tkc_claude_of(const tkc_claude **out, const tkc_vocab *v, tkc_error *err)
{
    tkc_shared *shared = tkc_vocab_shared(v);
    if (!shared) {
        tkc_claude *made = NULL;
        const tkc_status st = tkc_claude_open(&made, v->image, v->generation, v->alloc, err);
        if (st) return st;
        shared = tkc_vocab_share(v, &made->shared);
    }
    *out = (const tkc_claude *)(const void *)shared;
    return TKC_OK;
}
