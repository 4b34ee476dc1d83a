/* piece_table.c - finding, keeping and growing; the short entries' fast twin is in kernels/. */
#include "tokenizer/merge/piece_table.h"

#include "tokenizer/kernels/bits.h"
#include "vocab/base/alloc.h"
#include "vocab/base/map_file.h"

enum { FIRST_LEN = 1 << 14, GROW_BITS = 2, LARGE_PAGE = 1 << 21, NO_PIECE = 0xff };

static uint64_t plain_hash(const unsigned char *key)
{
    uint64_t w[2];
    memcpy(w, key, sizeof w);
    return tkc_piece_hash(w[0], w[1]);
}

void tkc_piece_table_init(tkc_piece_table *t, unsigned width, unsigned max_bits, bool with_ids,
                          tkc_piece_hash_fn hash, const tkc_allocator *alloc)
{
    memset(t, 0, sizeof *t);
    t->alloc = tkc_allocator_or_default(alloc);
    t->width = width;
    t->entry = with_ids ? 2 * width : width;
    t->max_bits = max_bits;
    t->with_ids = with_ids;
    t->hash = hash ? hash : plain_hash;
}

static size_t n_entries(const tkc_piece_table *t)
{
    return t->bucket ? (tkc_piece_bucket_len(t) << t->bits) / t->entry : 0;
}

void tkc_piece_table_release(tkc_piece_table *t)
{
    tkc_free(t->alloc, t->block, t->block_len, 1);
    tkc_piece_table_init(t, t->width, t->max_bits, t->with_ids, t->hash, t->alloc);
}

static uint64_t hash_of(const tkc_piece_table *t, const unsigned char *key)
{
    uint64_t h = t->hash(key);
    for (unsigned i = 16; i < t->width; i += 16) h = tkc_piece_hash(h, t->hash(key + i));
    return h;
}

void tkc_piece_key_of(const tkc_piece_table *t, tkc_piece_key *k, const unsigned char *p,
                      size_t len)
{
    tkc_piece_key_at(t, k, p, len, len);
}

void tkc_piece_key_at(const tkc_piece_table *t, tkc_piece_key *k, const unsigned char *p, size_t len,
                      size_t room)
{
    enum { SHORT = TKC_PIECE_SHORT + 1 };
    if (t->width == SHORT && room >= SHORT) {
        uint64_t w[2], fill[2];
        memcpy(w, p, sizeof w);
        memcpy(fill, tkc_key_fill + SHORT - len, sizeof fill);
        w[0] |= fill[0];
        w[1] |= fill[1];
        memcpy(k->bytes, w, sizeof w);
        k->hash = t->hash(k->bytes);
        return;
    }
    memset(k->bytes, 0xff, t->width);
    memcpy(k->bytes, p, len);
    k->hash = hash_of(t, k->bytes);
}

/* Entries of a bucket. */
static size_t ways(const tkc_piece_table *t)
{
    return t->with_ids ? TKC_PIECE_WAYS / 2 : TKC_PIECE_WAYS;
}

/* The i-th of them, of which the one at home is the 0-th. */
static unsigned char *entry_from(const tkc_piece_table *t, size_t home, size_t i)
{
    const size_t in_bucket = tkc_piece_bucket_len(t) - 1;
    return t->bucket + (home & ~in_bucket) + ((home + i * t->entry) & in_bucket);
}

/* Most that are compared differ in their first bytes: no call for these. */
static bool is_piece(const tkc_piece_table *t, const unsigned char *e, const tkc_piece_key *k)
{
    uint64_t has, want;
    memcpy(&has, e, sizeof has);
    memcpy(&want, k->bytes, sizeof want);
    return has == want && e[t->width - 1] && memcmp(e + sizeof has, k->bytes + sizeof has, t->width - 1 - sizeof has) == 0;
}

const unsigned char *tkc_piece_find(tkc_piece_table *t, const tkc_piece_key *k)
{
    for (size_t i = 0; t->bucket && i < ways(t); i++) {
        unsigned char *const e = entry_from(t, k->hash & t->mask, i), *const home = tkc_piece_home(t, k->hash);
        unsigned char guest[2 * TKC_PIECE_MAX];
        if (!is_piece(t, e, k)) continue;
        if (e != home) {
            memcpy(guest, e, t->entry);
            memcpy(e, home, t->entry);
            memcpy(home, guest, t->entry);
        }
        return home;
    }
    return NULL;
}

/* Where the one at home goes when another comes: an empty entry, or one of the others in turn. */
static unsigned char *guest_place(tkc_piece_table *t, size_t home)
{
    for (size_t i = 1; i < ways(t); i++) {
        unsigned char *e = entry_from(t, home, i);
        if (!e[t->width - 1]) return e;
    }
    t->used--;
    return entry_from(t, home, 1 + t->turn++ % (ways(t) - 1));
}

static ALWAYS_INLINE void put_sized(tkc_piece_table *t, size_t width, size_t entry, uint64_t hash,
                                    const unsigned char *key, unsigned n, const uint32_t *ids)
{
    unsigned char *const e = tkc_piece_home(t, hash);
    if (e[width - 1]) memcpy(guest_place(t, hash & t->mask), e, entry);
    t->used++;
    memcpy(e, key, width);
    e[width - 1] = (unsigned char)n;
    if (entry > width) memcpy(e + width, ids, n * sizeof *ids);
}

static inline void put(tkc_piece_table *t, uint64_t hash, const unsigned char *key, unsigned n,
                       const uint32_t *ids)
{
    enum { SHORT = TKC_PIECE_SHORT + 1 };
    if (t->entry == SHORT) put_sized(t, SHORT, SHORT, hash, key, n, ids); /* sizes are constants */
    else put_sized(t, t->width, t->entry, hash, key, n, ids);
}

/* Kernels do not ask whether an entry is empty, so that where 15 NUL bytes are at home it must not be:
 * it begins with what no piece does. */
static void fill_home_of_nuls(tkc_piece_table *t)
{
    unsigned char key[16] = {0}, *e;
    key[15] = 0xff;
    e = tkc_piece_home(t, t->hash(key));
    e[0] = NO_PIECE;
    e[15] = 1;
    t->used++;
}

static bool allocate(tkc_piece_table *t, unsigned bits)
{
    const size_t len = tkc_piece_bucket_len(t) << bits;
    const size_t align = len >= LARGE_PAGE ? LARGE_PAGE : TKC_PIECE_BUCKET;
    unsigned char *p = tkc_alloc_zero(t->alloc, len + align, 1);
    if (!p) return false;
    t->block = p;
    t->block_len = len + align;
    t->bits = bits;
    t->mask = len - t->entry;
    t->bucket = p + ((size_t)-(uintptr_t)p & (align - 1));
    t->used = 0;
    t->full = bits < t->max_bits ? len / t->entry / 2 : SIZE_MAX;
    /* fresh memory of this size was not touched by making it zero */
    if (len >= LARGE_PAGE) tkc_advise_large_pages(t->bucket, len);
    tkc_touch_pages(t->bucket, len); /* pieces are at home all over it */
    if (t->width == TKC_PIECE_SHORT + 1) fill_home_of_nuls(t);
    return true;
}

/* A larger table with the same entries; when memory is refused, the old one stays for good. */
static void grow(tkc_piece_table *t, unsigned bits)
{
    tkc_piece_table old = *t;
    const size_t n = n_entries(&old);
    if (bits > old.max_bits) bits = old.max_bits;
    if (!allocate(t, bits)) {
        t->max_bits = t->bits;
        t->full = SIZE_MAX;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const unsigned char *e = old.bucket + i * old.entry;
        unsigned char key[TKC_PIECE_MAX];
        if (!e[old.width - 1] || e[0] == NO_PIECE) continue;
        memcpy(key, e, old.width - 1);
        key[old.width - 1] = 0xff;
        put(t, hash_of(t, key), key, e[old.width - 1], tkc_piece_ids(&old, e));
    }
    tkc_free(old.alloc, old.block, old.block_len, 1);
}

/* The first allocation; without memory nothing is ever kept. */
static bool begin(tkc_piece_table *t)
{
    unsigned bits = 0;
    if (t->bucket || !t->max_bits) return t->bucket != NULL;
    while (bits < t->max_bits && tkc_piece_bucket_len(t) << bits < FIRST_LEN) bits++;
    if (!allocate(t, bits)) t->max_bits = 0;
    return t->bucket != NULL;
}

void tkc_piece_keep(tkc_piece_table *t, const tkc_piece_key *k, const uint32_t *ids, size_t n)
{
    if (!n || n > (t->with_ids ? tkc_piece_row(t) : TKC_PIECE_MOST) || !begin(t)) return;
    if (t->used > t->full) grow(t, t->bits + GROW_BITS);
    put(t, k->hash, k->bytes, (unsigned)n, ids);
}

void tkc_piece_learn(tkc_piece_table *t, const unsigned char *entry, size_t n)
{
    enum { AT_ONCE = 16, WIDTH = TKC_PIECE_SHORT + 1 }; /* lines of the cache that are asked for */
    tkc_piece_key key[AT_ONCE];
    for (size_t k; n; n -= k, entry += k * WIDTH) {
        k = n < AT_ONCE ? n : AT_ONCE;
        for (size_t i = 0; i < k; i++) {
            tkc_piece_key_of(t, &key[i], entry + i * WIDTH, TKC_PIECE_SHORT);
            tkc_piece_ask(t, &key[i]);
        }
        for (size_t i = 0; i < k; i++)
            if (!tkc_piece_find(t, &key[i])) tkc_piece_keep(t, &key[i], NULL, entry[i * WIDTH + TKC_PIECE_SHORT]);
    }
}

void tkc_piece_table_extend(tkc_piece_table *t)
{
    if (begin(t) && t->bits < t->max_bits) grow(t, t->max_bits);
}
