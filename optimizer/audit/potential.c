/*
 * potential.c - requests are kept as numbers, families of them get a layout, the log is played in it.
 */
#include "optimizer/audit/potential.h"

#include "optimizer/audit/families.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_FAMILIES = 1 << 18, MOST_TASKS = 2000, MOST_NAMES = 1 << 28, MOST_FRAMES = 8, LEAST_FRAME = 64,
       MOST_TEXT = 1 << 18 };
#define MAX_BYTES ((size_t)160 << 20)

/* The names of a family or a task, in the bytes of all. */
typedef struct names {
    size_t at, len;
} names;

typedef struct call {
    uint32_t family, task, n;
    bool is_auto, is_long, is_exact, is_priced, has_at;
    size_t part; /* its first */
    tkc_mode mode;
    int64_t at;
    uint32_t input, hit, hit_high, written; /* as sent */
    uint64_t actual;
} call;

typedef struct family {
    const tkc_cache_rule *rule;
    names provider, tenant, model;
    size_t first, n;       /* of its calls, in `by_family` */
    uint32_t n_slot;
    bool as_sent;          /* no layout is better */
    tkc_money sent, laid;
    uint64_t sent_hit, laid_hit;
    bool is_unpriced;
} family;

/* What the texts of a slot begin and end with, of those that have at least half in common. */
typedef struct frame {
    names text;            /* the first of them */
    uint64_t last;         /* the hash of the last one */
    uint32_t begin, end;   /* bytes */
    uint32_t next;         /* of the same slot, from 1 */
    uint32_t family, slot;
    uint32_t place, tokens;/* of what is split off; tokens 0: nothing is */
    bool differs;
} frame;

struct tkc_potential {
    tkc_potential_options opt;
    tkc_audit_options audit_opt;
    const tkc_allocator *alloc;
    tkc_audit sent; /* as sent, with another life */
    tkc_audit late; /* the sums of those that were not kept */
    bool has_sent;
    tkc_kept *part;
    size_t n_part, cap_part;
    call *call;
    size_t n_call, cap_call;
    family *family;
    size_t n_family, cap_family;
    names *task;
    size_t n_task, cap_task;
    frame *frame;
    size_t n_frame, cap_frame;
    tkc_buf bytes;
    tkc_seen family_of, task_of, slot_of, frame_of;
    uint32_t *by_family;
    tkc_audit_record record; /* under way */
    uint64_t missed, pooled;
};

tkc_status tkc_potential_new(tkc_potential **out, const tkc_potential_options *opt, tkc_error *err)
{
    tkc_potential *p;
    tkc_status st = TKC_OK;
    const tkc_allocator *alloc = tkc_allocator_or_default(opt ? opt->alloc : NULL);
    if (!opt || opt->struct_size < sizeof *opt || !opt->audit) return tkc_fail(err, TKC_E_ARG, 0, "tkc_potential_options: something is missing");
    p = tkc_alloc_zero(alloc, 1, sizeof *p);
    if (!p) return tkc_nomem(err);
    p->opt = *opt;
    p->alloc = alloc;
    p->audit_opt = *opt->audit;
    p->audit_opt.sums_only = true;
    p->audit_opt.alloc = alloc;
    p->opt.audit = &p->audit_opt;
    if (!p->opt.max_bytes) p->opt.max_bytes = MAX_BYTES;
    if (!p->opt.max_work) p->opt.max_work = UINT64_C(1) << 27;
    tkc_buf_init(&p->bytes, MOST_NAMES, alloc);
    tkc_audit_record_init(&p->record, alloc);
    tkc_seen_init(&p->family_of, alloc);
    tkc_seen_init(&p->task_of, alloc);
    tkc_seen_init(&p->slot_of, alloc);
    tkc_seen_init(&p->frame_of, alloc);
    st = tkc_audit_init(&p->late, &p->audit_opt, err);
    p->has_sent = p->audit_opt.ttl != 0;
    if (!st && p->has_sent) st = tkc_audit_init(&p->sent, &p->audit_opt, err);
    if (st) {
        tkc_potential_free(p);
        return st;
    }
    *out = p;
    return TKC_OK;
}

void tkc_potential_free(tkc_potential *p)
{
    if (!p) return;
    tkc_audit_release(&p->sent);
    tkc_audit_release(&p->late);
    tkc_free(p->alloc, p->part, p->cap_part, sizeof *p->part);
    tkc_free(p->alloc, p->by_family, p->by_family ? p->n_call : 0, sizeof *p->by_family);
    tkc_free(p->alloc, p->call, p->cap_call, sizeof *p->call);
    tkc_free(p->alloc, p->family, p->cap_family, sizeof *p->family);
    tkc_free(p->alloc, p->task, p->cap_task, sizeof *p->task);
    tkc_seen_release(&p->family_of);
    tkc_seen_release(&p->task_of);
    tkc_seen_release(&p->slot_of);
    tkc_seen_release(&p->frame_of);
    tkc_free(p->alloc, p->frame, p->cap_frame, sizeof *p->frame);
    tkc_buf_release(&p->bytes);
    tkc_audit_record_release(&p->record);
    tkc_free(p->alloc, p, 1, sizeof *p);
}

uint64_t tkc_potential_missed(const tkc_potential *p)
{
    return p->missed;
}

uint64_t tkc_potential_pooled(const tkc_potential *p)
{
    return p->pooled;
}

/* --- keeping --------------------------------------------------------------------------------------- */

static tkc_status keep_name(tkc_potential *p, tkc_str s, names *out, tkc_error *err)
{
    *out = (names){p->bytes.len, s.len};
    return tkc_buf_append(&p->bytes, s.len ? s.ptr : "", s.len, err);
}

static tkc_status find_family(tkc_potential *p, const tkc_audit_record *r, uint32_t *out, tkc_error *err)
{
    const bool is_full = p->n_family >= MOST_FAMILIES; /* the others are one, without a layout */
    const tkc_str none = {"", 0}, provider = is_full ? none : tkc_audit_text(r, r->provider, r->provider_len),
                  tenant = is_full ? none : tkc_audit_text(r, r->tenant, r->tenant_len),
                  model = is_full ? none : tkc_audit_text(r, r->model, r->model_len);
    const uint64_t rule = is_full ? 0 : (uint64_t)(uintptr_t)r->rule;
    uint64_t h[2];
    int64_t *at;
    family f = {.rule = is_full ? NULL : r->rule};
    tkc_status st;
    tkc_audit_hash(h, NULL, provider.ptr, provider.len);
    tkc_audit_hash(h, h, tenant.ptr, tenant.len);
    tkc_audit_hash(h, h, model.ptr, model.len);
    tkc_audit_hash(h, h, &rule, sizeof rule);
    at = tkc_seen_at(&p->family_of, h[0]);
    if (!at) return tkc_nomem(err);
    if (*at != TKC_SEEN_NEVER) {
        *out = (uint32_t)*at;
        return TKC_OK;
    }
    if (!tkc_grow(p->alloc, &p->family, &p->cap_family, p->n_family + 1, MOST_FAMILIES + 1, sizeof f)) return tkc_nomem(err);
    st = keep_name(p, provider, &f.provider, err);
    if (!st) st = keep_name(p, tenant, &f.tenant, err);
    if (!st) st = keep_name(p, model, &f.model, err);
    if (st) return st;
    *at = (int64_t)p->n_family;
    *out = (uint32_t)p->n_family;
    p->family[p->n_family++] = f;
    return TKC_OK;
}

static tkc_status find_task(tkc_potential *p, const tkc_audit_record *r, uint32_t *out, tkc_error *err)
{
    tkc_str name = tkc_audit_text(r, r->task, r->task_len);
    uint64_t h[2];
    int64_t *at;
    names n;
    tkc_status st;
    if (p->n_task >= MOST_TASKS) name = (tkc_str){"(others)", 8};
    tkc_audit_hash(h, NULL, name.ptr, name.len);
    at = tkc_seen_at(&p->task_of, h[0]);
    if (!at) return tkc_nomem(err);
    if (*at == TKC_SEEN_NEVER) {
        st = keep_name(p, name, &n, err);
        if (st) return st;
        if (!tkc_grow(p->alloc, &p->task, &p->cap_task, p->n_task + 1, MOST_TASKS + 1, sizeof n)) return tkc_nomem(err);
        *at = (int64_t)p->n_task;
        p->task[p->n_task++] = n;
    }
    *out = (uint32_t)*at;
    return TKC_OK;
}

/* The family's number for what a piece is. One that stands twice in a request is another the second time. */
static tkc_status find_slot(tkc_potential *p, uint32_t fam, uint64_t what, size_t from, uint32_t *out, tkc_error *err)
{
    for (uint64_t again = 0;; again++) {
        const uint64_t key = tkc_mix(tkc_mix(what, fam), again);
        int64_t *at = tkc_seen_at(&p->slot_of, key);
        size_t i = from;
        if (!at) return tkc_nomem(err);
        if (*at == TKC_SEEN_NEVER) {
            family *f = &p->family[fam];
            *at = f->n_slot < TKC_MOST_SLOTS - 1 ? (int64_t)f->n_slot++ : TKC_MOST_SLOTS - 1;
        }
        *out = (uint32_t)*at;
        if (*out == TKC_MOST_SLOTS - 1) return TKC_OK;
        while (i < p->n_part && (p->part[i].is_setting || p->part[i].zone == TKC_ZONE_MESSAGES || p->part[i].place != *out)) i++;
        if (i == p->n_part) return TKC_OK;
    }
}

static size_t common_begin(tkc_str a, tkc_str b, size_t most)
{
    size_t n = 0;
    while (n < most && a.ptr[n] == b.ptr[n]) n++;
    return n;
}

static size_t common_end(tkc_str a, tkc_str b, size_t most)
{
    size_t n = 0;
    while (n < most && a.ptr[a.len - 1 - n] == b.ptr[b.len - 1 - n]) n++;
    return n;
}

/* The frame of a text in its slot, narrowed to what it has of it; 0: it has none. */
static tkc_status find_frame(tkc_potential *p, uint32_t fam, uint32_t slot, uint64_t hash, tkc_str text, uint32_t *out, tkc_error *err)
{
    int64_t *first = tkc_seen_at(&p->frame_of, tkc_mix(fam, slot));
    uint32_t n = 0, at;
    frame f = {.last = hash, .begin = (uint32_t)text.len, .family = fam, .slot = slot};
    tkc_status st;
    *out = 0;
    if (!first) return tkc_nomem(err);
    if (text.len < LEAST_FRAME || text.len > MOST_TEXT) return TKC_OK;
    at = *first == TKC_SEEN_NEVER ? 0 : (uint32_t)*first;
    f.next = at;
    for (; at; at = p->frame[at - 1].next, n++) {
        frame *g = &p->frame[at - 1];
        const tkc_str was = {p->bytes.ptr + g->text.at, g->text.len};
        const size_t shorter = was.len < text.len ? was.len : text.len;
        size_t begin, end;
        *out = at;
        if (g->last == hash) return TKC_OK;
        begin = common_begin(was, text, shorter < g->begin ? shorter : g->begin);
        end = common_end(was, text, g->differs && g->end < shorter - begin ? g->end : shorter - begin);
        if ((begin + end) * 2 < was.len || begin + end < LEAST_FRAME) continue;
        g->begin = (uint32_t)begin;
        g->end = (uint32_t)end;
        g->differs = true;
        g->last = hash;
        return TKC_OK;
    }
    *out = 0;
    if (n == MOST_FRAMES) return TKC_OK;
    st = keep_name(p, text, &f.text, err);
    if (st == TKC_E_LIMIT) return TKC_OK; /* no room for more of them */
    if (st) return st;
    if (!tkc_grow(p->alloc, &p->frame, &p->cap_frame, p->n_frame + 1, UINT32_MAX - 1, sizeof f)) return tkc_nomem(err);
    p->frame[p->n_frame++] = f;
    *first = (int64_t)p->n_frame;
    *out = (uint32_t)p->n_frame;
    return TKC_OK;
}

static tkc_status keep_part(tkc_potential *p, const tkc_kept *k, tkc_error *err)
{
    if (!tkc_grow(p->alloc, &p->part, &p->cap_part, p->n_part + 1, SIZE_MAX / sizeof *k, sizeof *k)) return tkc_nomem(err);
    p->part[p->n_part++] = *k;
    return TKC_OK;
}

static tkc_status keep_parts(tkc_potential *p, const tkc_audit_record *r, uint32_t fam, tkc_error *err)
{
    const size_t from = p->n_part;
    const bool pieces = p->opt.order;
    size_t next = 0;
    uint32_t place = 0;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < r->n_seg && !st; i++) {
        const tkc_audit_segment *s = &r->seg[i];
        tkc_kept k = {.hash = s->hash[0], .tokens = s->tokens, .place = s->block, .kind = s->kind, .role = s->role, .zone = s->zone,
                      .mark = s->mark, .is_setting = s->is_setting};
        const bool head = !s->is_setting && s->zone != TKC_ZONE_MESSAGES;
        if (head && pieces) {
            bool first = true;
            for (; next < r->n_piece && r->piece[next].seg == i && !st; next++) {
                k.hash = r->piece[next].hash;
                k.tokens = r->piece[next].tokens;
                k.mark = first ? s->mark : TKC_MARK_NONE;
                first = false;
                k.frame = 0;
                st = find_slot(p, fam, r->piece[next].slot, from, &k.place, err);
                if (!st && r->piece[next].text_len)
                    st = find_frame(p, fam, k.place, k.hash, tkc_audit_text(r, r->piece[next].text, r->piece[next].text_len), &k.frame, err);
                if (!st) st = keep_part(p, &k, err);
            }
            continue;
        }
        if (head) {
            family *f = &p->family[fam];
            k.place = place < TKC_MOST_PLACES - 1 ? place++ : TKC_MOST_PLACES - 1;
            if (k.place >= f->n_slot) f->n_slot = k.place + 1;
        }
        st = keep_part(p, &k, err);
    }
    return st;
}

tkc_status tkc_potential_add(tkc_potential *p, const tkc_audit_record *r, const tkc_audit_outcome *sent, tkc_error *err)
{
    tkc_audit_outcome o = *sent;
    call c = {.is_auto = r->is_auto, .is_long = r->is_long, .is_exact = r->cls == TKC_CLASS_EXACT, .mode = r->mode, .part = p->n_part};
    tkc_status st = TKC_OK;
    if (sent->is_duplicate) return TKC_OK;
    if (p->has_sent) st = tkc_audit_add(&p->sent, r, "", 0, &o, err);
    if (st) return st;
    if (p->n_part * sizeof(tkc_kept) + p->n_call * sizeof c >= p->opt.max_bytes || o.input > UINT32_MAX || o.actual.pd > UINT64_MAX) {
        p->missed++;
        return tkc_audit_add_outcome(&p->late, r, &o, err);
    }
    c.is_priced = o.is_priced;
    c.has_at = o.has_at;
    c.at = o.at;
    c.input = (uint32_t)o.input;
    c.hit = (uint32_t)o.hit;
    c.hit_high = (uint32_t)o.hit_high;
    c.written = (uint32_t)o.written;
    c.actual = (uint64_t)o.actual.pd;
    st = find_family(p, r, &c.family, err);
    if (!st) st = find_task(p, r, &c.task, err);
    if (!st && p->family[c.family].rule && (p->opt.order || (p->opt.marks && tkc_cache_by_marks(r->rule)))) st = keep_parts(p, r, c.family, err);
    c.n = (uint32_t)(p->n_part - c.part);
    if (st) return st;
    if (!tkc_grow(p->alloc, &p->call, &p->cap_call, p->n_call + 1, UINT32_MAX, sizeof c)) return tkc_nomem(err);
    p->call[p->n_call++] = c;
    return TKC_OK;
}

/* --- splitting ------------------------------------------------------------------------------------- */

static tkc_str name_of(const tkc_potential *p, names n)
{
    return (tkc_str){p->bytes.ptr + n.at, n.len};
}

/* The tokens of what texts begin and end with, and a slot for it. */
static tkc_status measure_frame(tkc_potential *p, frame *g, tkc_error *err)
{
    family *f = &p->family[g->family];
    const tkc_str text = name_of(p, g->text);
    size_t begin = g->begin, end = text.len - g->end, n[2];
    int64_t *slot = tkc_seen_at(&p->slot_of, tkc_mix(tkc_mix(g->slot, g->family), UINT64_MAX));
    tkc_class cls;
    tkc_encoder *e;
    tkc_status st;
    if (!slot) return tkc_nomem(err);
    if (*slot == TKC_SEEN_NEVER && f->n_slot >= TKC_MOST_SLOTS - 1) return TKC_OK;
    if (*slot == TKC_SEEN_NEVER) *slot = f->n_slot++;
    e = p->audit_opt.encoder(p->audit_opt.encoder_ctx, name_of(p, f->provider), name_of(p, f->model), &cls, err);
    if (!e) return err && err->code ? err->code : TKC_E_NOTFOUND;
    while (begin && !tkc_utf8_boundary(text, begin)) begin--;
    while (end < text.len && !tkc_utf8_boundary(text, end)) end++;
    st = tkc_count(e, (tkc_str){text.ptr, begin}, 0, &n[0], err);
    if (!st) st = tkc_count(e, (tkc_str){text.ptr + end, text.len - end}, 0, &n[1], err);
    if (st) return st;
    g->place = (uint32_t)*slot;
    g->tokens = (uint32_t)(n[0] + n[1]);
    return TKC_OK;
}

/* Parts whose texts differ become two: what they have in common, and the rest. */
static tkc_status split_parts(tkc_potential *p, tkc_error *err)
{
    tkc_kept *now;
    size_t n = p->n_part, to = 0, c = 0;
    for (size_t i = 0; i < p->n_frame; i++) {
        frame *g = &p->frame[i];
        tkc_status st = TKC_OK;
        if (g->differs) st = measure_frame(p, g, err);
        if (st) return st;
    }
    for (size_t i = 0; i < p->n_part; i++) n += p->part[i].frame && p->frame[p->part[i].frame - 1].tokens;
    if (n == p->n_part) return TKC_OK;
    now = tkc_alloc(p->alloc, n, sizeof *now);
    if (!now) return tkc_nomem(err);
    for (size_t i = 0; i < p->n_part; i++) {
        const tkc_kept *k = &p->part[i];
        const frame *g = k->frame ? &p->frame[k->frame - 1] : NULL;
        for (; c < p->n_call && p->call[c].part == i; c++) { /* where its parts are now; how many below */
            p->call[c].part = to;
            if (c) p->call[c - 1].n = (uint32_t)(to - p->call[c - 1].part);
        }
        if (g && g->tokens) {
            tkc_kept both = *k;
            both.hash = tkc_mix(k->frame, 1);
            both.tokens = g->tokens < k->tokens ? g->tokens : k->tokens;
            both.place = g->place;
            both.mark = TKC_MARK_NONE;
            now[to++] = both;
            now[to] = *k;
            now[to++].tokens -= both.tokens;
        } else {
            now[to++] = *k;
        }
    }
    for (; c < p->n_call; c++) { /* those at the end that have none */
        if (c) p->call[c - 1].n = (uint32_t)(to - p->call[c - 1].part);
        p->call[c].part = to;
    }
    p->call[p->n_call - 1].n = (uint32_t)(to - p->call[p->n_call - 1].part);
    tkc_free(p->alloc, p->part, p->cap_part, sizeof *p->part);
    p->part = now;
    p->n_part = p->cap_part = n;
    return TKC_OK;
}

/* --- playing ---------------------------------------------------------------------------------------- */

static tkc_status put_name(tkc_potential *p, names n, size_t *at, size_t *len, tkc_error *err)
{
    *at = p->record.bytes.len;
    *len = n.len;
    return tkc_buf_append(&p->record.bytes, p->bytes.ptr + n.at, n.len, err);
}

/* The names and times of a call. */
static tkc_status begin_record(tkc_potential *p, const call *c, tkc_error *err)
{
    const family *f = &p->family[c->family];
    tkc_audit_record *r = &p->record;
    tkc_status st;
    tkc_buf_clear(&r->bytes);
    r->n_seg = 0;
    r->rule = f->rule;
    r->cls = c->is_exact ? TKC_CLASS_EXACT : TKC_CLASS_ESTIMATE;
    r->at = c->at;
    r->has_at = c->has_at;
    r->is_auto = c->is_auto;
    r->is_long = c->is_long;
    r->mode = c->mode;
    st = put_name(p, f->provider, &r->provider, &r->provider_len, err);
    if (!st) st = put_name(p, f->tenant, &r->tenant, &r->tenant_len, err);
    if (!st) st = put_name(p, f->model, &r->model, &r->model_len, err);
    if (!st) st = put_name(p, p->task[c->task], &r->task, &r->task_len, err);
    return st;
}

static tkc_status play(tkc_potential *p, tkc_plan *plan, tkc_audit *out, tkc_error *err)
{
    tkc_status st = tkc_audit_init(out, &p->audit_opt, err);
    if (!st) st = tkc_audit_add_audit(out, &p->late, err);
    for (size_t i = 0; i < p->n_call && !st; i++) {
        const call *c = &p->call[i];
        family *f = &p->family[c->family];
        tkc_audit_outcome o;
        st = begin_record(p, c, err);
        if (st) break;
        if (f->as_sent || !c->n) {
            o = (tkc_audit_outcome){.input = c->input, .hit = c->hit, .hit_high = c->hit_high, .written = c->written, .actual = {c->actual}, .is_priced = c->is_priced};
            st = tkc_audit_add_outcome(out, &p->record, &o, err);
        } else {
            st = tkc_plan_lay_out(&plan[c->family], p->part + c->part, c->n, &p->record, err);
            if (!st) st = tkc_audit_add(out, &p->record, "", 0, &o, err);
        }
        if (st) break;
        f->sent.pd += c->actual;
        f->laid.pd += o.actual.pd;
        f->sent_hit += c->hit;
        f->laid_hit += o.hit;
        f->is_unpriced = f->is_unpriced || !o.is_priced || !c->is_priced;
    }
    return st;
}

/* A family's calls, to be observed. */
static tkc_status plan_family(tkc_potential *p, size_t which, tkc_plan *plan, const tkc_audit *prices, tkc_error *err)
{
    family *f = &p->family[which];
    tkc_observed ob = {.n = f->n, .n_slot = f->n_slot, .rule = f->rule, .free_order = p->opt.order, .ttl = p->audit_opt.ttl,
                       .keep_marks = !p->opt.marks, .max_work = p->opt.max_work, .alloc = p->alloc};
    const call *last = &p->call[p->by_family[f->first + f->n - 1]];
    tkc_status st = begin_record(p, last, err);
    if (st) return st;
    tkc_audit_terms_of(prices, &p->record, last->input, &ob.terms);
    ob.call = tkc_alloc(p->alloc, f->n, sizeof *ob.call);
    if (!ob.call) return tkc_nomem(err);
    for (size_t i = 0; i < f->n; i++) {
        const call *c = &p->call[p->by_family[f->first + i]];
        ob.call[i] = (tkc_observed_call){p->part + c->part, c->n, c->at};
    }
    st = tkc_plan_of(plan, &ob, err);
    p->pooled += plan->n_pooled;
    tkc_free(p->alloc, ob.call, f->n, sizeof *ob.call);
    return st;
}

tkc_status tkc_potential_finish(tkc_potential *p, tkc_audit *out, tkc_error *err)
{
    tkc_plan *plan = NULL;
    bool again = false;
    size_t at = 0;
    tkc_status st = TKC_OK;
    memset(out, 0, sizeof *out);
    if (p->n_call) st = split_parts(p, err);
    if (p->n_call && !st) {
        p->by_family = tkc_alloc(p->alloc, p->n_call, sizeof *p->by_family);
        plan = tkc_alloc_zero(p->alloc, p->n_family, sizeof *plan);
        if (!p->by_family || !plan) st = tkc_nomem(err);
        for (size_t i = 0; i < p->n_call && !st; i++) p->family[p->call[i].family].n += p->call[i].n != 0;
        for (size_t i = 0; i < p->n_family && !st; i++) {
            p->family[i].first = at;
            at += p->family[i].n;
            p->family[i].as_sent = p->family[i].n == 0;
            p->family[i].n = 0;
        }
        for (size_t i = 0; i < p->n_call && !st; i++) {
            family *f = &p->family[p->call[i].family];
            if (p->call[i].n) p->by_family[f->first + f->n++] = (uint32_t)i;
        }
        if (!st) st = tkc_audit_init(out, &p->audit_opt, err); /* for its prices */
        for (size_t i = 0; i < p->n_family && !st; i++)
            if (p->family[i].n) st = plan_family(p, i, &plan[i], out, err);
        if (!st) tkc_audit_release(out);
    }
    if (!st) st = play(p, plan, out, err);
    for (size_t i = 0; i < p->n_family && !st && p->opt.best; i++) {
        family *f = &p->family[i];
        if (f->as_sent || (f->is_unpriced ? f->laid_hit >= f->sent_hit : f->laid.pd <= f->sent.pd)) continue;
        f->as_sent = again = true;
    }
    if (!st && again) {
        tkc_audit_release(out);
        st = play(p, plan, out, err);
    }
    for (size_t i = 0; plan && i < p->n_family; i++) tkc_plan_release(&plan[i]);
    tkc_free(p->alloc, plan, plan ? p->n_family : 0, sizeof *plan);
    return st;
}
