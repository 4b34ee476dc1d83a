/*
 * audit.c - one request after the other: what was shared, what was read, why the rest was not.
 */
#include "optimizer/audit/audit.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_LOSS = 16, LEAST_TAIL = 64, MOST_SUMS = 2000, ID_SLOTS = 1 << 20, UNSURE_TTL = 300, UNSURE_MIN = 1024,
       UNSURE_STEP = 128, WINDOW = 256, MOST_PATH = 1 << 20 };

/* Both ends of a rule: what is sure, what may be. */
enum { SURE = 0, MAYBE = 1 };

typedef struct id_slot {
    uint64_t id, content;
} id_slot;

struct tkc_audit_inner {
    tkc_usage_reader *usage;
    tkc_json doc;
    id_slot *id; /* by the id's hash; a newer one takes an older one's place */
    uint32_t *path;  /* nodes of the request under way; TKC_TREE_NONE behind what is shared */
    size_t cap_path;
    uint64_t (*chain)[2];
    size_t cap_chain;
    uint64_t *content; /* sorted hashes of the earlier request's segments */
    size_t cap_content;
    uint32_t *ids[2];
    size_t cap_ids[2];
    struct {
        char provider[64], model[200];
        size_t provider_len, model_len;
        tkc_price_model price;
        bool is_found;
    } priced; /* what was looked for last */
};

/* One request under way. */
typedef struct step {
    tkc_audit *a;
    const tkc_audit_record *r;
    const tkc_cache_rule *rule;
    const char *file;
    uint64_t line;
    uint32_t root;
    size_t n, d;           /* segments; how many of them are shared */
    uint64_t total, shared, inside; /* tokens: all, of the shared segments, of the one that differs */
    uint32_t near;         /* the earlier segment beside the first that differs */
    size_t common;         /* bytes they share */
    tkc_audit_terms t;
    size_t auto_mark;      /* 1 + segment of the provider's own; 0: none */
    size_t last_mark;      /* 1 + segment of the last breakpoint; 0: none */
    bool last_mark_long;
    uint64_t marked;       /* tokens up to it */
    uint64_t hit[2];
    uint64_t written[2];   /* by life */
    tkc_money wasted;
    tkc_audit_cause worst;
    uint64_t worst_tokens;
    tkc_error *err;
} step;

tkc_status tkc_audit_init(tkc_audit *a, const tkc_audit_options *opt, tkc_error *err)
{
    struct tkc_audit_inner *x;
    tkc_status st;
    memset(a, 0, sizeof *a);
    if (!opt || opt->struct_size < sizeof *opt || !opt->prices || !opt->encoder)
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_audit_options: something is missing");
    a->opt = *opt;
    a->alloc = tkc_allocator_or_default(opt->alloc);
    tkc_tree_init(&a->tree, opt->max_nodes, opt->max_text, a->alloc);
    x = a->inner = tkc_alloc_zero(a->alloc, 1, sizeof *x);
    if (!x) return tkc_nomem(err);
    tkc_json_init(&x->doc, a->alloc);
    if (opt->sums_only) return TKC_OK;
    x->id = tkc_alloc_zero(a->alloc, ID_SLOTS, sizeof *x->id);
    st = x->id ? tkc_usage_reader_new(&x->usage, a->alloc, err) : tkc_nomem(err);
    if (st) tkc_audit_release(a);
    return st;
}

void tkc_audit_release(tkc_audit *a)
{
    struct tkc_audit_inner *x = a->inner;
    if (!a->alloc) return;
    tkc_tree_release(&a->tree);
    if (x) {
        tkc_usage_reader_free(x->usage);
        tkc_json_release(&x->doc);
        tkc_free(a->alloc, x->id, x->id ? ID_SLOTS : 0, sizeof *x->id);
        tkc_free(a->alloc, x->path, x->cap_path, sizeof *x->path);
        tkc_free(a->alloc, x->chain, x->cap_chain, sizeof *x->chain);
        tkc_free(a->alloc, x->content, x->cap_content, sizeof *x->content);
        for (int i = 0; i < 2; i++) tkc_free(a->alloc, x->ids[i], x->cap_ids[i], sizeof(uint32_t));
        tkc_free(a->alloc, x, 1, sizeof *x);
    }
    tkc_free(a->alloc, a->by_model.sum, a->by_model.cap, sizeof(tkc_audit_sum));
    tkc_free(a->alloc, a->by_task.sum, a->by_task.cap, sizeof(tkc_audit_sum));
    tkc_free(a->alloc, a->by_hour.sum, a->by_hour.cap, sizeof(tkc_audit_sum));
    a->by_model = a->by_task = a->by_hour = (tkc_audit_sums){0};
    a->inner = NULL;
}

/* --- what the rule says -------------------------------------------------------------------------- */

static int64_t seconds(uint32_t v, uint32_t unsure)
{
    return v == TKC_CACHE_NO_END ? INT64_MAX / 4 : v == TKC_CACHE_UNKNOWN ? (unsure ? (int64_t)unsure : INT64_MAX / 4) : (int64_t)v;
}

static void read_rule(const tkc_audit *a, const tkc_cache_rule *u, tkc_audit_terms *t)
{
    t->by_marks = tkc_cache_by_marks(u);
    for (uint32_t life = 0; life < 2; life++) {
        const tkc_cache_ttl *l = &u->ttl[life < u->n_ttl ? life : u->n_ttl - 1];
        t->ttl[SURE][life] = seconds(l->seconds.lo, UNSURE_TTL);
        t->ttl[MAYBE][life] = seconds(l->seconds.hi, 0);
        if (a->opt.ttl) t->ttl[SURE][life] = t->ttl[MAYBE][life] = a->opt.ttl;
    }
    t->min[SURE] = u->min_tokens.hi == TKC_CACHE_UNKNOWN ? UNSURE_MIN : u->min_tokens.hi;
    t->min[MAYBE] = u->min_tokens.lo == TKC_CACHE_UNKNOWN ? 1 : u->min_tokens.lo;
    t->step[SURE] = u->step.hi == TKC_CACHE_UNKNOWN ? UNSURE_STEP : u->step.hi;
    t->step[MAYBE] = u->step.lo == TKC_CACHE_UNKNOWN ? 1 : u->step.lo;
    for (int end = 0; end < 2; end++)
        if (!t->step[end]) t->step[end] = 1;
}

/* tkc_prices_resolve() of the record's names: a log has few, and many requests of each. NULL: no price. */
static const tkc_price_model *price_model(const tkc_audit *a, const tkc_audit_record *r)
{
    struct tkc_audit_inner *x = a->inner;
    const tkc_str provider = tkc_audit_text(r, r->provider, r->provider_len), model = tkc_audit_text(r, r->model, r->model_len);
    if (!model.len || provider.len > sizeof x->priced.provider || model.len > sizeof x->priced.model) return NULL;
    if (provider.len != x->priced.provider_len || model.len != x->priced.model_len ||
        memcmp(x->priced.provider, provider.ptr, provider.len) != 0 || memcmp(x->priced.model, model.ptr, model.len) != 0) {
        memcpy(x->priced.provider, provider.ptr, provider.len);
        memcpy(x->priced.model, model.ptr, model.len);
        x->priced.provider_len = provider.len;
        x->priced.model_len = model.len;
        x->priced.is_found = !tkc_prices_resolve(a->opt.prices, provider, model, &x->priced.price, NULL);
    }
    return x->priced.is_found ? &x->priced.price : NULL;
}

/* Prices of the request's day. A price the list has for reading or writing goes before the rule's
 * multiplier. */
static void read_prices(const tkc_audit *a, const tkc_audit_record *r, uint64_t input, tkc_audit_terms *t)
{
    tkc_moment when = {.day = a->opt.asof ? a->opt.asof : a->opt.today, .minute = -1};
    const tkc_price_model *m = price_model(a, r);
    tkc_price_hit h;
    uint64_t price;
    if (r->has_at && !a->opt.asof) when = tkc_moment_of_unix(r->at);
    t->is_priced = m && !tkc_prices_find(a->opt.prices, m, TKC_MODE_STANDARD, when, input, &h, NULL) &&
                   tkc_price_of(h.row, TKC_UNIT_INPUT) != TKC_NO_PRICE;
    if (!t->is_priced) return;
    t->price_in = tkc_price_of(h.row, TKC_UNIT_INPUT);
    price = tkc_price_of(h.row, TKC_UNIT_READ);
    t->price_read = price != TKC_NO_PRICE ? price
                    : r->rule->read_permille.hi == TKC_CACHE_UNKNOWN ? t->price_in
                                                                     : t->price_in * r->rule->read_permille.hi / 1000;
    if (t->price_read > t->price_in) t->price_read = t->price_in;
    for (uint32_t life = 0; life < 2; life++) {
        const uint32_t permille = r->rule->ttl[life < r->rule->n_ttl ? life : r->rule->n_ttl - 1].write_permille;
        price = tkc_price_of(h.row, life ? TKC_UNIT_WRITE_1H : TKC_UNIT_WRITE_5M);
        t->price_write[life] = permille == 1000 ? t->price_in : price != TKC_NO_PRICE ? price : t->price_in * permille / 1000;
    }
}

void tkc_audit_terms_of(const tkc_audit *a, const tkc_audit_record *r, uint64_t input, tkc_audit_terms *t)
{
    *t = (tkc_audit_terms){0};
    if (!r->rule) return;
    read_rule(a, r->rule, t);
    read_prices(a, r, input, t);
}

static uint64_t floor_to(uint64_t n, uint64_t unit, uint64_t least)
{
    n -= n % unit;
    return n < least ? 0 : n;
}

uint64_t tkc_audit_readable(const tkc_audit_terms *t, const tkc_cache_rule *rule, uint64_t n, uint64_t total, bool may)
{
    if (rule->how == TKC_CACHE_BLOCKS && n >= total) n = total ? total - 1 : 0;
    return floor_to(n, t->by_marks ? 1 : t->step[may], t->min[may]);
}

static uint64_t readable(const step *s, uint64_t n, int end)
{
    return tkc_audit_readable(&s->t, s->rule, n, s->total, end == MAYBE);
}

/* --- the shared beginning --------------------------------------------------------------------------- */

static bool grow(const tkc_audit *a, void *ptr, size_t *cap, size_t need, size_t size)
{
    return need == 0 || tkc_grow(a->alloc, ptr, cap, need, MOST_PATH * 2, size);
}

/* Tokens of both texts that are the same from the beginning. The window behind the difference is for
 * merges that reach over it. Vocabularies that only count say how many the common bytes have. */
static tkc_status common_tokens(step *s, tkc_str was, tkc_str is, size_t common, uint64_t *out)
{
    struct tkc_audit_inner *x = s->a->inner;
    const tkc_audit_record *r = s->r;
    tkc_class cls;
    tkc_encoder *e;
    size_t n[2] = {0, 0};
    tkc_status st = TKC_OK;
    *out = 0;
    if (!common) return TKC_OK;
    e = s->a->opt.encoder(s->a->opt.encoder_ctx, tkc_audit_text(r, r->provider, r->provider_len),
                          tkc_audit_text(r, r->model, r->model_len), &cls, s->err);
    if (!e) return s->err && s->err->code ? s->err->code : TKC_E_NOTFOUND;
    for (int k = 0; k < 2; k++) {
        tkc_str t = k ? is : was;
        if (t.len > common + WINDOW) t.len = common + WINDOW;
        if (!grow(s->a, &x->ids[k], &x->cap_ids[k], t.len < MOST_PATH ? t.len + 8 : MOST_PATH, sizeof(uint32_t))) return tkc_nomem(s->err);
        st = tkc_encode(e, t, 0, x->ids[k], x->cap_ids[k], &n[k], s->err);
        if (st == TKC_E_SPACE) {
            n[k] = x->cap_ids[k];
            st = TKC_OK;
        }
        if (st) break;
    }
    if (st == TKC_E_UNSUPPORTED) {
        size_t count;
        while (common && !tkc_utf8_boundary(is, common)) common--;
        st = tkc_count(e, (tkc_str){is.ptr, common}, 0, &count, s->err);
        *out = count;
        return st;
    }
    if (st) return st;
    while (*out < n[0] && *out < n[1] && x->ids[0][*out] == x->ids[1][*out]) ++*out;
    return TKC_OK;
}

static tkc_status find_shared(step *s)
{
    tkc_audit *a = s->a;
    struct tkc_audit_inner *x = a->inner;
    const tkc_audit_record *r = s->r;
    uint64_t key[2];
    tkc_status st = TKC_OK;
    s->n = r->n_seg;
    s->near = TKC_TREE_NONE;
    if (!grow(a, &x->path, &x->cap_path, s->n + 1, sizeof *x->path) || !grow(a, &x->chain, &x->cap_chain, s->n + 1, sizeof *x->chain))
        return tkc_nomem(s->err);
    tkc_audit_hash(key, NULL, r->bytes.ptr + r->provider, r->provider_len);
    tkc_audit_hash(key, key, r->bytes.ptr + r->tenant, r->tenant_len);
    s->root = tkc_tree_find(&a->tree, key);
    if (s->root == TKC_TREE_NONE) {
        const tkc_audit_segment none = {.is_setting = true};
        st = tkc_tree_add(&a->tree, TKC_TREE_NONE, key, &none, (tkc_str){NULL, 0}, &s->root, s->err);
        if (st) return st;
    }
    for (size_t i = 0; i < s->n; i++) {
        tkc_audit_hash(x->chain[i], i ? x->chain[i - 1] : key, r->seg[i].hash, sizeof r->seg[i].hash);
        x->path[i] = TKC_TREE_NONE;
        s->total += r->seg[i].tokens;
    }
    while (s->d < s->n) {
        const uint32_t node = tkc_tree_find(&a->tree, x->chain[s->d]);
        if (node == TKC_TREE_NONE) break;
        x->path[s->d] = node;
        s->shared += r->seg[s->d++].tokens;
    }
    if (s->d < s->n) {
        const tkc_audit_segment *g = &r->seg[s->d];
        const tkc_str text = tkc_audit_text(r, g->text, g->text_len);
        s->near = tkc_tree_nearest(&a->tree, s->d ? x->path[s->d - 1] : s->root, g, text, &s->common);
        const bool is_text = g->kind < TKC_PART_IMAGE || g->kind > TKC_PART_FILE;
        if (s->near != TKC_TREE_NONE && s->common && !g->is_setting && is_text) {
            const tkc_tree_node *n = &a->tree.node[s->near];
            st = common_tokens(s, (tkc_str){n->text, n->text_len}, text, s->common, &s->inside);
        }
    }
    return st;
}

/* --- reading and writing ----------------------------------------------------------------------------- */

static bool is_alive(const step *s, const tkc_tree_node *n, int end)
{
    for (int life = 0; life < 2; life++)
        if (n->entry[end][life] != TKC_TREE_NEVER && s->a->now - n->entry[end][life] <= s->t.ttl[end][life]) return true;
    return false;
}

/* The longest beginning that is younger than its life. */
static uint64_t hit_prefix(const step *s, int end)
{
    const struct tkc_audit_inner *x = s->a->inner;
    const int64_t ttl = s->t.ttl[end][s->r->is_long && s->rule->n_ttl > 1];
    uint64_t tokens = 0;
    size_t i = 0;
    for (; i < s->d; i++) {
        const tkc_tree_node *n = &s->a->tree.node[x->path[i]];
        if (n->used == TKC_TREE_NEVER || s->a->now - n->used > ttl) break;
        tokens = n->tokens;
    }
    if (i == s->d && s->near != TKC_TREE_NONE && s->a->now - s->a->tree.node[s->near].used <= ttl) tokens += s->inside;
    return readable(s, tokens, end);
}

/* Marks of the request: 0-based segment of the k-th from the end, at most as many as the rule takes. */
static bool is_marked(const step *s, size_t i, bool *is_long)
{
    const tkc_audit_segment *g = &s->r->seg[i];
    bool yes = g->mark != TKC_MARK_NONE;
    *is_long = g->mark == TKC_MARK_LONG;
    if (!yes && s->r->is_auto) {
        yes = i + 1 == s->auto_mark;
        *is_long = yes && s->r->is_long;
    }
    if (yes && s->a->opt.ttl) *is_long = s->rule->n_ttl > 1 && s->a->opt.ttl >= s->rule->ttl[1].seconds.lo;
    return yes;
}

/* From a breakpoint backwards, as far as the rule looks: the longest entry that lives. */
static uint64_t look_back(const step *s, size_t mark, int end)
{
    const struct tkc_audit_inner *x = s->a->inner;
    const uint32_t reach = end == SURE ? s->rule->lookback.lo : s->rule->lookback.hi;
    uint32_t entries = 0;
    for (size_t k = mark + 1; k--;) {
        const tkc_tree_node *n;
        if (k >= s->d) continue; /* not there yet: but its blocks count */
        n = &s->a->tree.node[x->path[k]];
        if (s->rule->how == TKC_CACHE_MARKS && reach < TKC_CACHE_NO_END && s->r->seg[mark].block - s->r->seg[k].block >= reach) break;
        if (!n->was_entry) continue;
        if (s->rule->how == TKC_CACHE_MARKS_AUTO && entries++ >= reach) break;
        if (n->tokens >= s->t.min[end] && is_alive(s, n, end)) return n->tokens;
    }
    return 0;
}

static void play_marks(step *s)
{
    size_t n_mark = 0;
    uint64_t tokens = s->total;
    const uint32_t most = s->rule->max_breakpoints ? s->rule->max_breakpoints : 4;
    /* the provider's own: behind everything, or behind the latest message of a user or tool */
    s->auto_mark = s->n;
    while (s->rule->how == TKC_CACHE_MARKS_AUTO && s->auto_mark && s->r->seg[s->auto_mark - 1].role != TKC_ROLE_USER &&
           s->r->seg[s->auto_mark - 1].role != TKC_ROLE_TOOL)
        s->auto_mark--;
    for (size_t i = s->n; i-- && n_mark < most;) {
        bool is_long;
        if (is_marked(s, i, &is_long)) {
            n_mark++;
            if (!s->last_mark) {
                s->last_mark = i + 1;
                s->last_mark_long = is_long;
                s->marked = tokens;
            }
            for (int end = 0; end < 2; end++) {
                const uint64_t hit = look_back(s, i, end);
                if (hit > s->hit[end]) s->hit[end] = hit;
            }
        }
        tokens -= s->r->seg[i].tokens;
    }
    if (s->hit[MAYBE] < s->hit[SURE]) s->hit[MAYBE] = s->hit[SURE];
}

/* What the marks write, by life, and the entries they leave. The path is in the tree by now. */
static void write_marks(step *s)
{
    const struct tkc_audit_inner *x = s->a->inner;
    const uint32_t most = s->rule->max_breakpoints ? s->rule->max_breakpoints : 4;
    uint64_t tokens = s->total, from = s->hit[SURE], long_end = 0, end = 0;
    size_t n_mark = 0;
    for (size_t i = s->n; i-- && n_mark < most; tokens -= s->r->seg[i].tokens) {
        bool is_long;
        if (!is_marked(s, i, &is_long)) continue;
        n_mark++;
        if (tokens < s->t.min[MAYBE]) continue;
        s->a->tree.node[x->path[i]].entry[MAYBE][is_long] = s->a->now;
        s->a->tree.node[x->path[i]].was_entry = true;
        if (tokens < s->t.min[SURE]) continue;
        s->a->tree.node[x->path[i]].entry[SURE][is_long] = s->a->now;
        if (tokens > end) end = tokens;
        if (is_long && tokens > long_end) long_end = tokens;
    }
    if (long_end > from) {
        s->written[1] = long_end - from;
        from = long_end;
    }
    if (end > from) s->written[0] = end - from;
    for (size_t i = 0; i < s->d && s->rule->refresh; i++) { /* what was read lives anew */
        tkc_tree_node *n = &s->a->tree.node[x->path[i]];
        for (int which = 0; which < 2 && n->was_entry; which++) {
            if (!s->hit[which] || n->tokens != s->hit[which]) continue;
            for (int life = 0; life < 2; life++)
                if (n->entry[which][life] != TKC_TREE_NEVER && s->a->now - n->entry[which][life] <= s->t.ttl[which][life])
                    n->entry[which][life] = s->a->now;
        }
    }
}

/* --- losses -------------------------------------------------------------------------------------------- */

static void copy_text(char *to, size_t cap, tkc_str s)
{
    size_t n = s.len < cap - 1 ? s.len : cap - 1;
    while (n && n < s.len && ((unsigned char)s.ptr[n] & 0xc0) == 0x80) n--;
    if (n) memcpy(to, s.ptr, n);
    to[n] = '\0';
}

static tkc_str around(tkc_str s, size_t at)
{
    size_t from = at > 24 ? at - 24 : 0;
    if (from > s.len) from = s.len;
    while (from < s.len && ((unsigned char)s.ptr[from] & 0xc0) == 0x80) from++;
    return (tkc_str){s.ptr + from, s.len - from};
}

static void note_place(const step *s, tkc_audit_cause cause, size_t seg, tkc_audit_place *p)
{
    const tkc_audit_record *r = s->r;
    const tkc_tree_node *n = s->near != TKC_TREE_NONE ? &s->a->tree.node[s->near] : NULL;
    memset(p, 0, sizeof *p);
    copy_text(p->file, sizeof p->file, (tkc_str){s->file, strlen(s->file)});
    copy_text(p->request, sizeof p->request, tkc_audit_text(r, r->name, r->name_len));
    p->line = s->line;
    p->token = s->shared + s->inside;
    if (seg < s->n) copy_text(p->part, sizeof p->part, tkc_audit_text(r, r->seg[seg].path, r->seg[seg].path_len));
    if (cause < TKC_CAUSE_TTL_EXPIRED || cause > TKC_CAUSE_LOOKBACK_EXCEEDED) {
        if (seg == s->d && seg < s->n && n) {
            const tkc_str is = tkc_audit_text(r, r->seg[seg].text, r->seg[seg].text_len);
            p->byte = s->common;
            copy_text(p->was, sizeof p->was, around((tkc_str){n->text, n->text_len}, s->common));
            copy_text(p->is, sizeof p->is, around(is, s->common));
            p->n_also = tkc_audit_values_behind((tkc_str){n->text, n->text_len}, is, s->common, p->also, TKC_AUDIT_MOST_ALSO);
        }
    }
}

static void lose(step *s, tkc_audit_cause cause, size_t seg, uint64_t tokens, tkc_u128 pd)
{
    tkc_audit_cause_sum *c = &s->a->cause[cause];
    if (!tokens) return;
    if (!c->requests++) note_place(s, cause, seg, &c->example);
    c->tokens += tokens;
    c->money.pd += pd;
    if (cause != TKC_CAUSE_BELOW_MINIMUM) s->wasted.pd += pd;
    if (tokens > s->worst_tokens) {
        s->worst = cause;
        s->worst_tokens = tokens;
    }
}

/* What was paid for a token of this place, above what reading it costs. */
static uint64_t premium(const step *s, uint64_t token)
{
    uint64_t paid = s->t.price_in;
    if (!s->t.is_priced) return 0;
    if (s->t.by_marks && token < s->marked && s->marked >= s->t.min[SURE]) paid = s->t.price_write[s->last_mark_long];
    return paid > s->t.price_read ? paid - s->t.price_read : 0;
}

/* The shared beginning that was not read, in pieces: [from, to) for a cause. */
static uint64_t lose_piece(step *s, tkc_audit_cause cause, uint64_t from, uint64_t to)
{
    if (to <= from) return from;
    const uint64_t mid = s->marked < from ? from : s->marked < to ? s->marked : to;
    lose(s, cause, s->d ? s->d - 1 : 0, to - from, (tkc_u128)(mid - from) * premium(s, from) + (tkc_u128)(to - mid) * premium(s, mid));
    return to;
}

static void shared_losses(step *s)
{
    const struct tkc_audit_inner *x = s->a->inner;
    const uint64_t all = s->shared + (s->t.by_marks ? 0 : s->inside), can = readable(s, all, SURE);
    uint64_t at = s->hit[SURE], alive = 0, ever = 0;
    size_t alive_at = 0;
    if (!s->shared && !s->inside) return;
    if (!can && !at) {
        /* a few words that two prompts happen to begin with are no finding */
        if (s->shared >= LEAST_LOSS) lose_piece(s, TKC_CAUSE_BELOW_MINIMUM, 0, s->shared);
        return;
    }
    if (!s->t.by_marks) {
        if (can > at) lose_piece(s, TKC_CAUSE_TTL_EXPIRED, at, can);
        return;
    }
    if (s->d && can - (at < can ? at : can) < LEAST_LOSS) return;
    if (!s->last_mark) {
        lose_piece(s, TKC_CAUSE_NO_BREAKPOINT, at, can);
        return;
    }
    for (size_t i = 0; i < s->d; i++) {
        const tkc_tree_node *n = &s->a->tree.node[x->path[i]];
        if (!n->was_entry || n->tokens < s->t.min[SURE]) continue;
        if (n->tokens > ever) ever = n->tokens;
        if (is_alive(s, n, SURE) && n->tokens > alive) {
            alive = n->tokens;
            alive_at = i;
        }
    }
    at = lose_piece(s, alive_at < s->last_mark ? TKC_CAUSE_LOOKBACK_EXCEEDED : TKC_CAUSE_BREAKPOINT_MISPLACED, at, alive);
    at = lose_piece(s, TKC_CAUSE_TTL_EXPIRED, at, ever);
    (void)lose_piece(s, TKC_CAUSE_BREAKPOINT_MISPLACED, at, can);
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The hashes of an earlier request's segments from the difference on, sorted; how many. end: its last. */
static size_t content_of(step *s, uint32_t end, bool *same_tools)
{
    struct tkc_audit_inner *x = s->a->inner;
    const tkc_tree *t = &s->a->tree;
    const uint32_t parent = t->node[s->near].parent;
    size_t n = 0;
    uint64_t sum = 0, tools = 0, mine = 0, my_tools = 0;
    for (uint32_t i = end;; i = t->node[i].parent) {
        if (!grow(s->a, &x->content, &x->cap_content, n + 1, sizeof *x->content)) return 0;
        if (!t->node[i].is_setting) x->content[n++] = t->node[i].content[0];
        if (t->node[i].zone == TKC_ZONE_TOOLS && !t->node[i].is_setting) {
            sum += t->node[i].content[0];
            tools++;
        }
        if (t->node[i].parent == parent || t->node[i].parent == TKC_TREE_NONE) break;
    }
    for (size_t i = s->d; i < s->n; i++)
        if (s->r->seg[i].zone == TKC_ZONE_TOOLS && !s->r->seg[i].is_setting) {
            mine += s->r->seg[i].hash[0];
            my_tools++;
        }
    *same_tools = tools && tools == my_tools && sum == mine;
    if (n) qsort(x->content, n, sizeof *x->content, by_value);
    return n;
}

static bool has_content(const step *s, size_t n, uint64_t hash)
{
    const uint64_t *c = s->a->inner->content;
    size_t lo = 0, hi = n;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (c[mid] == hash) return true;
        if (c[mid] < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

/* Tokens behind the difference that are in that content. */
static uint64_t tokens_in(const step *s, size_t n)
{
    uint64_t tokens = 0;
    for (size_t i = s->d + 1; i < s->n; i++)
        if (!s->r->seg[i].is_setting && has_content(s, n, s->r->seg[i].hash[0])) tokens += s->r->seg[i].tokens;
    return tokens;
}

/* The content of the earlier request that is most alike: the last that went on from the difference as this one
 * does, as far as one did; or the last with the latest part of this one that was in any - when the
 * beginning changes with each request, the conversation's own last one. */
static size_t earlier_content(step *s, bool *same_tools)
{
    const tkc_tree *t = &s->a->tree;
    const uint32_t parent = t->node[s->near].parent;
    uint32_t along = s->near, end, next;
    uint64_t chain[2], tokens;
    size_t n;
    for (size_t i = s->d + 1; i < s->n; i++, along = next) {
        tkc_audit_hash(chain, t->node[along].chain, s->r->seg[i].hash, sizeof s->r->seg[i].hash);
        next = tkc_tree_find(t, chain);
        if (next == TKC_TREE_NONE) break;
    }
    end = t->node[along].last;
    if (end == TKC_TREE_NONE || t->node[end].serial != t->node[along].last_serial) end = along; /* forgotten */
    n = content_of(s, end, same_tools);
    tokens = tokens_in(s, n);
    for (size_t i = s->n; i-- > s->d + 1;) {
        const uint32_t other = s->r->seg[i].is_setting ? TKC_TREE_NONE : tkc_tree_by_content(t, s->r->seg[i].hash);
        uint32_t up = other;
        if (other == TKC_TREE_NONE) continue;
        while (t->node[up].parent != parent && t->node[up].parent != TKC_TREE_NONE) up = t->node[up].parent;
        if (t->node[up].parent != parent) continue;
        n = content_of(s, other, same_tools);
        return tokens_in(s, n) > tokens ? n : content_of(s, end, same_tools);
    }
    return n;
}

/* Bytes at the end that both texts have, not those at the beginning. */
static size_t common_tail(tkc_str a, tkc_str b, size_t common)
{
    size_t n = 0;
    while (n < a.len - common && n < b.len - common && a.ptr[a.len - 1 - n] == b.ptr[b.len - 1 - n]) n++;
    while (n && !tkc_utf8_boundary(b, b.len - n)) n--;
    return n;
}

/* Does what stood at the first difference come later? Then this segment is new, and what its end has
 * in common with the other's is chance (the schemas of two tools). */
static bool is_inserted(const step *s)
{
    const uint64_t hash = s->a->tree.node[s->near].content[0];
    for (size_t i = s->d + 1; i < s->n; i++)
        if (s->r->seg[i].hash[0] == hash) return true;
    return false;
}

/* What the earlier request has too, behind the first difference. */
static tkc_status content_losses(step *s)
{
    const tkc_audit_record *r = s->r;
    const tkc_tree_node *near;
    uint64_t lost = 0, at = s->shared, was_readable, now_readable;
    tkc_u128 pd = 0;
    bool same_tools = false;
    tkc_audit_cause cause;
    tkc_str was, is;
    size_t n;
    tkc_status st = TKC_OK;
    if (s->d >= s->n || s->near == TKC_TREE_NONE) return TKC_OK;
    near = &s->a->tree.node[s->near];
    n = earlier_content(s, &same_tools);
    was = (tkc_str){near->text, near->text_len};
    is = tkc_audit_text(r, r->seg[s->d].text, r->seg[s->d].text_len);
    for (size_t i = s->d; i < s->n; i++) {
        const tkc_audit_segment *g = &r->seg[i];
        uint64_t tokens = 0;
        if (!g->is_setting && has_content(s, n, g->hash[0])) {
            tokens = g->tokens;
        } else if (i == s->d && !g->is_setting && near->kind == g->kind && g->kind != TKC_PART_IMAGE && !is_inserted(s)) {
            const size_t tail = common_tail(was, is, s->common);
            if (tail >= LEAST_TAIL) {
                tkc_class cls;
                size_t count = 0;
                tkc_encoder *e = s->a->opt.encoder(s->a->opt.encoder_ctx, tkc_audit_text(r, r->provider, r->provider_len),
                                                   tkc_audit_text(r, r->model, r->model_len), &cls, s->err);
                if (!e) return s->err && s->err->code ? s->err->code : TKC_E_NOTFOUND;
                st = tkc_count(e, (tkc_str){is.ptr + is.len - tail, tail}, 0, &count, s->err);
                if (st) return st;
                tokens = count < g->tokens ? count : g->tokens;
            }
        }
        lost += tokens;
        pd += (tkc_u128)tokens * premium(s, at);
        at += g->tokens;
    }
    if (lost < LEAST_LOSS) return TKC_OK;
    if (same_tools && r->seg[s->d].zone == TKC_ZONE_TOOLS && !r->seg[s->d].is_setting)
        cause = TKC_CAUSE_TOOL_ORDER;
    else if (!r->seg[s->d].is_setting && (near->zone != r->seg[s->d].zone))
        cause = near->zone == TKC_ZONE_TOOLS || r->seg[s->d].zone == TKC_ZONE_TOOLS ? TKC_CAUSE_TOOL_CHANGE : TKC_CAUSE_OTHER_TEXT;
    else if (near->kind != r->seg[s->d].kind)
        cause = near->kind == TKC_PART_IMAGE || r->seg[s->d].kind == TKC_PART_IMAGE ? TKC_CAUSE_IMAGE : TKC_CAUSE_HISTORY_EDITED;
    else
        cause = tkc_audit_difference(r->seg[s->d].kind, r->seg[s->d].zone, r->seg[s->d].is_setting, was, is, s->common, s->a->alloc);
    if (s->t.by_marks) {
        lose(s, readable(s, s->shared + lost, SURE) ? cause : TKC_CAUSE_BELOW_MINIMUM, s->d, lost, pd);
        return TKC_OK;
    }
    was_readable = readable(s, s->shared + s->inside, SURE);
    now_readable = readable(s, s->shared + s->inside + lost, SURE);
    if (!now_readable)
        lose(s, TKC_CAUSE_BELOW_MINIMUM, s->d, lost, pd);
    else if (now_readable > was_readable)
        lose(s, cause, s->d, now_readable - was_readable, (tkc_u128)(now_readable - was_readable) * premium(s, s->shared));
    return TKC_OK;
}

/* --- sums ------------------------------------------------------------------------------------------------ */

static int compare_sum(const tkc_audit_sum *x, const char *name, int64_t hour)
{
    return x->hour != hour ? (x->hour < hour ? -1 : 1) : strcmp(x->name, name);
}

static tkc_audit_sum *sum_of(const tkc_audit *a, tkc_audit_sums *l, tkc_str name, int64_t hour)
{
    size_t lo = 0, hi = l->n;
    char key[sizeof l->sum->name];
    copy_text(key, sizeof key, name);
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int c = compare_sum(&l->sum[mid], key, hour);
        if (c == 0) return &l->sum[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (l->n >= MOST_SUMS && strcmp(key, "(others)") != 0) return sum_of(a, l, (tkc_str){"(others)", 8}, 0);
    if (!tkc_grow(a->alloc, &l->sum, &l->cap, l->n + 1, MOST_SUMS + 1, sizeof *l->sum)) return NULL;
    memmove(&l->sum[lo + 1], &l->sum[lo], (l->n++ - lo) * sizeof *l->sum);
    l->sum[lo] = (tkc_audit_sum){.hour = hour};
    memcpy(l->sum[lo].name, key, sizeof key);
    return &l->sum[lo];
}

/* One request's outcome into all sums. */
static tkc_status add_sums(tkc_audit *a, const tkc_audit_record *r, const tkc_audit_outcome *o, tkc_error *err)
{
    const int64_t hour = a->has_now ? (a->now >= 0 ? a->now : a->now - 3599) / 3600 : 0;
    tkc_audit_sums *const list[] = {&a->by_model, &a->by_task, &a->by_hour};
    const tkc_str name[] = {tkc_audit_text(r, r->model, r->model_len), tkc_audit_text(r, r->task, r->task_len), {"", 0}};
    for (int i = 0; i < 3; i++) {
        tkc_audit_sum *x = sum_of(a, list[i], name[i], i == 2 ? hour : 0);
        if (!x) return tkc_nomem(err);
        x->requests++;
        x->input += o->input;
        x->hit += o->hit;
        x->actual.pd += o->actual.pd;
        x->wasted.pd += o->wasted.pd;
    }
    a->requests++;
    a->input += o->input;
    a->hit += o->hit;
    a->hit_high += o->hit_high;
    a->written += o->written;
    a->actual.pd += o->actual.pd;
    a->wasted.pd += o->wasted.pd;
    if (!o->is_priced) a->n_unpriced++;
    if (!r->rule) a->n_no_rule++;
    if (r->cls != TKC_CLASS_EXACT) a->n_estimate++;
    return TKC_OK;
}

tkc_status tkc_audit_add_audit(tkc_audit *a, const tkc_audit *b, tkc_error *err)
{
    tkc_audit_sums *const to[] = {&a->by_model, &a->by_task, &a->by_hour};
    const tkc_audit_sums *const from[] = {&b->by_model, &b->by_task, &b->by_hour};
    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < from[i]->n; k++) {
            const tkc_audit_sum *y = &from[i]->sum[k];
            tkc_audit_sum *x = sum_of(a, to[i], (tkc_str){y->name, strlen(y->name)}, y->hour);
            if (!x) return tkc_nomem(err);
            x->requests += y->requests;
            x->input += y->input;
            x->hit += y->hit;
            x->actual.pd += y->actual.pd;
            x->wasted.pd += y->wasted.pd;
        }
    a->requests += b->requests;
    a->input += b->input;
    a->hit += b->hit;
    a->hit_high += b->hit_high;
    a->written += b->written;
    a->actual.pd += b->actual.pd;
    a->wasted.pd += b->wasted.pd;
    a->n_unpriced += b->n_unpriced;
    a->n_no_rule += b->n_no_rule;
    a->n_estimate += b->n_estimate;
    return TKC_OK;
}

const tkc_audit_sum *tkc_audit_sum_find(const tkc_audit_sums *l, const tkc_audit_sum *like)
{
    size_t lo = 0, hi = l->n;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int c = compare_sum(&l->sum[mid], like->name, like->hour);
        if (c == 0) return &l->sum[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

/* What the provider said, beside what was played. A usage that cannot be read is none. */
static void compare_usage(step *s)
{
    tkc_audit *a = s->a;
    const tkc_audit_record *r = s->r;
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_usage u;
    uint64_t prompt, read;
    if (!r->usage_len || tkc_json_parse(&a->inner->doc, tkc_audit_text(r, r->usage, r->usage_len), &limits, NULL)) return;
    if (tkc_usage_read(a->inner->usage, &a->inner->doc, (size_t)s->line, &u, NULL) || u.format == TKC_USAGE_NONE) return;
    prompt = tkc_usage_prompt(&u);
    read = u.n[TKC_UNIT_READ] + u.n[TKC_UNIT_AUDIO_READ] + u.n[TKC_UNIT_IMAGE_READ];
    if (!prompt) return;
    a->reported_requests++;
    a->reported_input += prompt;
    a->reported_hit += read;
    a->reported_exact += read == s->hit[SURE];
    a->reported_inside += read >= s->hit[SURE] && read <= s->hit[MAYBE];
}

static bool seen_before(tkc_audit *a, const tkc_audit_record *r)
{
    id_slot *slot;
    bool same = false;
    if (!r->id[0] && !r->id[1]) return false;
    slot = &a->inner->id[r->id[0] & (ID_SLOTS - 1)];
    if (slot->id == r->id[1]) {
        same = slot->content == r->content[0];
        if (!same) a->n_reused_id++;
    }
    *slot = (id_slot){r->id[1], r->content[0]};
    return same;
}

static void set_clock(tkc_audit *a, const tkc_audit_record *r)
{
    if (!r->has_at) {
        a->n_no_time++;
        return;
    }
    if (a->has_now && r->at < a->now) {
        a->n_out_of_order++;
        return;
    }
    if (!a->has_now) a->first = r->at;
    a->now = a->last = r->at;
    a->has_now = true;
}

tkc_status tkc_audit_add_outcome(tkc_audit *a, const tkc_audit_record *r, const tkc_audit_outcome *o, tkc_error *err)
{
    set_clock(a, r);
    return add_sums(a, r, o, err);
}

tkc_status tkc_audit_add(tkc_audit *a, const tkc_audit_record *r, const char *file, uint64_t line, tkc_audit_outcome *out,
                         tkc_error *err)
{
    step s = {.a = a, .r = r, .rule = r->rule, .file = file, .line = line, .err = err};
    tkc_audit_outcome o = {0};
    uint32_t parent;
    tkc_status st;
    if (!a->opt.sums_only && seen_before(a, r)) {
        a->n_duplicate++;
        if (out) *out = (tkc_audit_outcome){.is_duplicate = true};
        return TKC_OK;
    }
    set_clock(a, r);
    st = find_shared(&s);
    if (st) return st;
    tkc_audit_terms_of(a, r, s.total, &s.t);
    if (s.rule && s.t.by_marks) {
        play_marks(&s);
    } else if (s.rule) {
        s.hit[SURE] = hit_prefix(&s, SURE);
        s.hit[MAYBE] = hit_prefix(&s, MAYBE);
    }
    if (s.rule && !a->opt.sums_only) {
        shared_losses(&s);
        st = content_losses(&s);
        if (st) return st;
    }
    /* the new end of the path; then what it writes */
    parent = s.d ? a->inner->path[s.d - 1] : s.root;
    for (size_t i = s.d; i < s.n; i++) {
        const tkc_audit_segment *g = &r->seg[i];
        st = tkc_tree_add(&a->tree, parent, a->inner->chain[i], g, tkc_audit_text(r, g->text, g->text_len), &a->inner->path[i], err);
        if (st) return st;
        parent = a->inner->path[i];
    }
    a->tree.node[parent].is_end = true;
    tkc_tree_touch(&a->tree, parent, a->now);
    if (s.rule && s.t.by_marks) write_marks(&s);
    tkc_tree_trim(&a->tree);
    o = (tkc_audit_outcome){.input = s.total, .hit = s.hit[SURE], .hit_high = s.hit[MAYBE], .shared = s.shared + s.inside,
                            .written = s.written[0] + s.written[1], .cause = s.worst, .lost = s.worst_tokens, .wasted = s.wasted,
                            .is_priced = s.t.is_priced, .at = a->now, .has_at = a->has_now};
    if (o.is_priced)
        o.actual.pd = (tkc_u128)(o.input - o.hit - o.written) * s.t.price_in + (tkc_u128)o.hit * s.t.price_read +
                      (tkc_u128)s.written[0] * s.t.price_write[0] + (tkc_u128)s.written[1] * s.t.price_write[1];
    if (!a->opt.sums_only) compare_usage(&s);
    if (out) *out = o;
    return add_sums(a, r, &o, err);
}
