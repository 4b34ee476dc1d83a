/*
 * summarise_memory.c - what a sentence says, as numbers; and what sentences said that were read before.
 *
 * A plan that the guard holds back asks for a summary of nearly the same turns again and again. Splitting, stemming,
 * looking for facts and counting are nine tenths of a summary's time, and a sentence that was read costs a look-up.
 */
#include "optimizer/text/summarise_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Of sentences kept: a request of a million tokens fits in. What comes then is read each time. */
enum { MAX_KEPT = 1 << 23, FIRST_SLOTS = 256 };

void summary_memory_init(tkc_summary_memory *m, const tkc_allocator *alloc)
{
    *m = (tkc_summary_memory){.alloc = alloc};
    tkc_term_list_init(&m->list, alloc);
    tkc_facts_init(&m->facts, alloc);
    tkc_buf_init(&m->key, SIZE_MAX / 2, alloc);
    tkc_buf_init(&m->text, SIZE_MAX / 2, alloc);
    tkc_buf_init(&m->said, SIZE_MAX / 2, alloc);
}

void summary_memory_release(tkc_summary_memory *m)
{
    if (!m->guard) tkc_terms_free(m->terms);
    tkc_term_list_release(&m->list);
    tkc_facts_release(&m->facts);
    tkc_buf_release(&m->key);
    tkc_buf_release(&m->text);
    tkc_buf_release(&m->said);
    tkc_free(m->alloc, m->item, m->cap_item, sizeof *m->item);
    tkc_free(m->alloc, m->read_in, m->cap_read_in, sizeof *m->read_in);
    tkc_free(m->alloc, m->talk, m->cap_talk, sizeof *m->talk);
    tkc_free(m->alloc, m->fact.key, m->fact.cap, sizeof *m->fact.key);
    tkc_free(m->alloc, m->fact.id, m->fact.cap, sizeof *m->fact.id);
    tkc_free(m->alloc, m->told, m->cap_told, sizeof *m->told);
    tkc_free(m->alloc, m->kept, m->cap_kept, sizeof *m->kept);
    tkc_free(m->alloc, m->slot, m->n_slot, sizeof *m->slot);
}

tkc_status tkc_summary_memory_new(tkc_summary_memory **out, tkc_guard *guard, const tkc_allocator *alloc, tkc_error *err)
{
    alloc = tkc_allocator_or_default(alloc);
    *out = tkc_alloc(alloc, 1, sizeof **out);
    if (!*out) return tkc_nomem(err);
    summary_memory_init(*out, alloc);
    (*out)->keeps = true;
    (*out)->guard = guard;
    (*out)->terms = guard ? tkc_guard_terms(guard) : NULL;
    return TKC_OK;
}

void tkc_summary_memory_free(tkc_summary_memory *m)
{
    if (!m) return;
    summary_memory_release(m);
    tkc_free(m->alloc, m, 1, sizeof *m);
}

/* --- items -------------------------------------------------------------------------------------- */

/* Once a sentence, but for what comes behind its first items: a long row of numbers has thousands. */
static tkc_status add_item(tkc_summary_memory *m, summary_sentence *x, uint32_t item, tkc_error *err)
{
    enum { FIRST = 64 };
    const size_t had = m->cap_read_in;
    if (item >= had) {
        if (!tkc_grow(m->alloc, &m->read_in, &m->cap_read_in, (size_t)item + 1, UINT32_MAX, sizeof *m->read_in)) return tkc_nomem(err);
        memset(m->read_in + had, 0, (m->cap_read_in - had) * sizeof *m->read_in);
    }
    if (m->read_in[item] == m->n_read) return TKC_OK;
    if (m->n_item == m->cap_item && !tkc_grow(m->alloc, &m->item, &m->cap_item, m->n_item + 1, UINT32_MAX, sizeof *m->item)) return tkc_nomem(err);
    m->item[m->n_item++] = item;
    if (x->n++ < FIRST) m->read_in[item] = m->n_read;
    return TKC_OK;
}

size_t summary_fact_place(const fact_ids *f, uint64_t key)
{
    size_t i = (size_t)(key >> 7) & (f->cap - 1);
    while (f->key[i] && f->key[i] != key) i = (i + 1) & (f->cap - 1);
    return i;
}

static tkc_status widen(fact_ids *f, const tkc_allocator *alloc, tkc_error *err)
{
    fact_ids wide = {.n = f->n, .cap = f->cap ? f->cap * 2 : 64};
    wide.key = tkc_alloc_zero(alloc, wide.cap, sizeof *wide.key);
    wide.id = wide.key ? tkc_alloc(alloc, wide.cap, sizeof *wide.id) : NULL;
    if (!wide.id) {
        tkc_free(alloc, wide.key, wide.cap, sizeof *wide.key);
        return tkc_nomem(err);
    }
    for (size_t k = 0; k < f->cap; k++) {
        size_t i;
        if (!f->key[k]) continue;
        i = summary_fact_place(&wide, f->key[k]);
        wide.key[i] = f->key[k];
        wide.id[i] = f->id[k];
    }
    tkc_free(alloc, f->key, f->cap, sizeof *f->key);
    tkc_free(alloc, f->id, f->cap, sizeof *f->id);
    *f = wide;
    return TKC_OK;
}

static tkc_status fact_id(tkc_summary_memory *m, uint64_t key, tkc_fact_kind kind, uint32_t *out, tkc_error *err)
{
    fact_ids *f = &m->fact;
    size_t i;
    key = key ? key : 1;
    if (f->n * 2 >= f->cap) {
        const tkc_status st = widen(f, m->alloc, err);
        if (st) return st;
    }
    i = summary_fact_place(f, key);
    if (!f->key[i]) {
        if (!tkc_grow(m->alloc, &m->told, &m->cap_told, f->n + 1, UINT32_MAX / 2, sizeof *m->told)) return tkc_nomem(err);
        m->told[f->n] = (summary_fact){.kind = (uint8_t)kind};
        f->key[i] = key;
        f->id[i] = (uint32_t)f->n++;
    }
    *out = f->id[i];
    return TKC_OK;
}

/* Words of talk that are about nothing. */
static bool is_talk_word(tkc_str stem)
{
    static const char *const words[] = {"yes", "oh", "ok", "okay", "well", "hello", "hi", "hey", "pleas", "thank", "sure", "right", "realli",
                                        "let", "get", "got", "go", "know", "think", "like", "want", "yeah", "bye", "hmm", "um", "uh", "mean", "see", "good", "say", "thing"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (*words[i] == *stem.ptr && strlen(words[i]) == stem.len && !memcmp(words[i], stem.ptr, stem.len)) return true;
    return false;
}

enum { NOT_LOOKED_AT = 0, TALK, NO_TALK };

static bool is_talk(tkc_summary_memory *m, uint32_t term)
{
    if (m->talk[term] == NOT_LOOKED_AT) m->talk[term] = is_talk_word(tkc_terms_text(m->terms, term)) ? TALK : NO_TALK;
    return m->talk[term] == TALK;
}

static tkc_status add_terms(tkc_summary_memory *m, summary_sentence *x, tkc_str s, tkc_error *err)
{
    const size_t had = m->cap_talk;
    tkc_status st;
    m->list.n = 0;
    st = tkc_terms_read(m->terms, s, &m->list, err);
    if (st) return st;
    if (!tkc_grow(m->alloc, &m->talk, &m->cap_talk, tkc_terms_n(m->terms), UINT32_MAX / 2, sizeof *m->talk)) return tkc_nomem(err);
    if (m->cap_talk > had) memset(m->talk + had, NOT_LOOKED_AT, m->cap_talk - had);
    for (size_t i = 0; i < m->list.n && !st; i++) {
        const tkc_term *t = &m->list.term[i];
        if (!t->is_stop && t->end - t->begin >= 2 && !is_talk(m, t->id)) st = add_item(m, x, 2 * t->id, err);
    }
    return st;
}

static tkc_status add_fact(tkc_summary_memory *m, summary_sentence *x, uint64_t key, unsigned kind, tkc_error *err)
{
    uint32_t id = 0;
    tkc_status st;
    if (kind == TKC_FACT_FOREIGN) x->foreign = true;
    if (kind == TKC_FACT_ORDER || kind == TKC_FACT_FOREIGN) return TKC_OK;
    st = fact_id(m, key, (tkc_fact_kind)kind, &id, err);
    return st ? st : add_item(m, x, 2 * id + 1, err);
}

static tkc_status add_facts(tkc_summary_memory *m, summary_sentence *x, tkc_str s, tkc_error *err)
{
    const tkc_guard_fact *f = NULL;
    size_t n = 0;
    tkc_status st = m->guard ? tkc_guard_read(m->guard, s, &f, &n, err) : tkc_facts_read(&m->facts, s, err);
    if (m->guard) {
        for (size_t i = 0; i < n && !st; i++) st = add_fact(m, x, f[i].key, f[i].kind, err);
    } else {
        for (size_t i = 0; i < m->facts.n && !st; i++) st = add_fact(m, x, m->facts.fact[i].key, m->facts.fact[i].kind, err);
    }
    return st;
}

tkc_status summary_items(tkc_summary_memory *m, tkc_str s, summary_sentence *x, tkc_error *err)
{
    tkc_status st;
    x->first = (uint32_t)m->n_item;
    x->n = 0;
    m->n_read++;
    st = add_terms(m, x, tkc_str_part(s, x->begin, x->end - x->begin), err);
    return st ? st : add_facts(m, x, s, err);
}

/* --- sentences ---------------------------------------------------------------------------------- */

/* Where the sentence that is asked about stands, or would. */
static uint32_t *place_of_key(const tkc_summary_memory *m, uint64_t hash)
{
    for (size_t i = (size_t)hash & (m->n_slot - 1);; i = (i + 1) & (m->n_slot - 1)) {
        const summary_kept *k = m->slot[i] ? &m->kept[m->slot[i] - 1] : NULL;
        if (!k || (k->hash == hash && k->n_key == m->key.len && memcmp(m->text.ptr + k->key, m->key.ptr, m->key.len) == 0)) return &m->slot[i];
    }
}

static tkc_status make_room(tkc_summary_memory *m, tkc_error *err)
{
    const size_t n = m->n_slot ? 2 * m->n_slot : FIRST_SLOTS;
    uint32_t *slot;
    if (2 * (m->n_kept + 1) <= m->n_slot) return TKC_OK;
    slot = tkc_alloc_zero(m->alloc, n, sizeof *slot);
    if (!slot) return tkc_nomem(err);
    for (size_t i = 0; i < m->n_kept; i++) {
        size_t k = (size_t)m->kept[i].hash & (n - 1);
        while (slot[k]) k = (k + 1) & (n - 1);
        slot[k] = (uint32_t)i + 1;
    }
    tkc_free(m->alloc, m->slot, m->n_slot, sizeof *m->slot);
    m->slot = slot;
    m->n_slot = n;
    return TKC_OK;
}

/* What is asked about, as it is kept: who to whom, each with its length, and how, in front of the sentence. */
static tkc_status make_key(tkc_summary_memory *m, tkc_str s, const summary_voice *v, unsigned how, tkc_error *err)
{
    const size_t head[3] = {how, v->me.len, v->you.len};
    const tkc_str part[] = {{(const char *)head, sizeof head}, v->me, v->you, s};
    tkc_status st = TKC_OK;
    tkc_buf_clear(&m->key);
    for (size_t i = 0; i < sizeof part / sizeof *part && !st; i++) st = tkc_buf_append(&m->key, part[i].ptr, part[i].len, err);
    return st;
}

tkc_status summary_recall(tkc_summary_memory *m, tkc_str s, const summary_voice *v, unsigned how, summary_sentence *x, bool *known,
                          tkc_error *err)
{
    tkc_status st;
    *known = false;
    if (!m->keeps) return TKC_OK;
    st = make_key(m, s, v, how, err);
    if (!st) st = make_room(m, err);
    if (st) return st;
    m->asked_hash = XXH3_64bits(m->key.ptr, m->key.len);
    m->asked = place_of_key(m, m->asked_hash);
    *known = *m->asked > 0;
    if (*known) *x = m->kept[*m->asked - 1].sentence;
    return TKC_OK;
}

tkc_status summary_remember(tkc_summary_memory *m, const summary_sentence *x, tkc_error *err)
{
    const size_t at = m->text.len;
    tkc_status st;
    if (!m->keeps || at + m->key.len > MAX_KEPT) return TKC_OK;
    if (!tkc_grow(m->alloc, &m->kept, &m->cap_kept, m->n_kept + 1, MAX_KEPT, sizeof *m->kept)) return tkc_nomem(err);
    st = tkc_buf_append(&m->text, m->key.ptr, m->key.len, err);
    if (st) return st;
    m->kept[m->n_kept++] = (summary_kept){m->asked_hash, (uint32_t)at, (uint32_t)m->key.len, *x};
    *m->asked = (uint32_t)m->n_kept;
    return TKC_OK;
}
