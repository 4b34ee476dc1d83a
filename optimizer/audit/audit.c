/*
 * audit.c - one request after the other: what was shared, what was read of it, what it leaves to read.
 */
#include "optimizer/audit/audit_impl.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum { ID_SLOTS = 1 << 20, WINDOW = 256, MOST_PATH = 1 << 20 };

tkc_status tkc_audit_init(tkc_audit *a, const tkc_audit_options *opt, tkc_error *err)
{
    struct tkc_audit_inner *x;
    memset(a, 0, sizeof *a);
    if (!opt || opt->struct_size < sizeof *opt || !opt->prices || !opt->encoder)
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_audit_options: something is missing");
    a->opt = *opt;
    a->alloc = tkc_allocator_or_default(opt->alloc);
    tkc_tree_init(&a->tree, opt->max_nodes, opt->max_text, a->alloc);
    x = a->inner = tkc_alloc_zero(a->alloc, 1, sizeof *x);
    if (!x) return tkc_nomem(err);
    if (opt->sums_only) return TKC_OK;
    x->id = tkc_alloc_zero(a->alloc, ID_SLOTS, sizeof *x->id);
    if (x->id) return TKC_OK;
    tkc_audit_release(a);
    return tkc_nomem(err);
}

void tkc_audit_release(tkc_audit *a)
{
    struct tkc_audit_inner *x = a->inner;
    if (!a->alloc) return;
    tkc_tree_release(&a->tree);
    if (x) {
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
    tkc_free(a->alloc, a->as_standard.sum, a->as_standard.cap, sizeof(tkc_audit_sum));
    a->by_model = a->by_task = a->by_hour = a->as_standard = (tkc_audit_sums){0};
    a->inner = NULL;
}

/* --- the shared beginning --------------------------------------------------------------------------- */

bool tkc_audit_grow(const tkc_audit *a, void *ptr, size_t *cap, size_t need, size_t size)
{
    return need == 0 || tkc_grow(a->alloc, ptr, cap, need, MOST_PATH * 2, size);
}

tkc_encoder *tkc_audit_encoder(const audit_step *s, tkc_status *st)
{
    const tkc_audit_record *r = s->r;
    tkc_class cls;
    tkc_encoder *e = s->a->opt.encoder(s->a->opt.encoder_ctx, tkc_audit_text(r, r->provider, r->provider_len),
                                       tkc_audit_text(r, r->model, r->model_len), &cls, s->err);
    if (!e) *st = s->err && s->err->code ? s->err->code : TKC_E_NOTFOUND;
    return e;
}

/* Tokens of both texts that are the same from the beginning. The window behind the difference is for
 * merges that reach over it. Vocabularies that only count say how many the common bytes have. */
static tkc_status common_tokens(audit_step *s, tkc_str was, tkc_str is, size_t common, uint64_t *out)
{
    struct tkc_audit_inner *x = s->a->inner;
    tkc_encoder *e;
    size_t n[2] = {0, 0};
    tkc_status st = TKC_OK;
    *out = 0;
    if (!common) return TKC_OK;
    e = tkc_audit_encoder(s, &st);
    if (!e) return st;
    for (int k = 0; k < 2; k++) {
        tkc_str t = k ? is : was;
        if (t.len > common + WINDOW) t.len = common + WINDOW;
        if (!tkc_audit_grow(s->a, &x->ids[k], &x->cap_ids[k], t.len < MOST_PATH ? t.len + 8 : MOST_PATH, sizeof(uint32_t))) return tkc_nomem(s->err);
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

static tkc_status find_shared(audit_step *s)
{
    tkc_audit *a = s->a;
    struct tkc_audit_inner *x = a->inner;
    const tkc_audit_record *r = s->r;
    uint64_t key[2];
    tkc_status st = TKC_OK;
    s->n = r->n_seg;
    s->near = TKC_TREE_NONE;
    if (!tkc_audit_grow(a, &x->path, &x->cap_path, s->n + 1, sizeof *x->path) || !tkc_audit_grow(a, &x->chain, &x->cap_chain, s->n + 1, sizeof *x->chain))
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

bool tkc_audit_is_alive(const audit_step *s, const tkc_tree_node *n, int end)
{
    for (int life = 0; life < 2; life++)
        if (n->entry[end][life] != TKC_TREE_NEVER && s->a->now - n->entry[end][life] <= s->t.ttl[end][life]) return true;
    return false;
}

/* The longest beginning that is younger than its life. */
static uint64_t hit_prefix(const audit_step *s, int end)
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
    return audit_readable(s, tokens, end);
}

/* Marks of the request: 0-based segment of the k-th from the end, at most as many as the rule takes. */
static bool is_marked(const audit_step *s, size_t i, bool *is_long)
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
static uint64_t look_back(const audit_step *s, size_t mark, int end)
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
        if (n->tokens >= s->t.min[end] && tkc_audit_is_alive(s, n, end)) return n->tokens;
    }
    return 0;
}

static void play_marks(audit_step *s)
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
static void write_marks(audit_step *s)
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

/* --- the whole ------------------------------------------------------------------------------------------- */

/* What the provider said, beside what was played. */
static void compare_usage(audit_step *s)
{
    tkc_audit *a = s->a;
    const uint64_t read = s->r->reported_read;
    if (!s->r->reported) return;
    a->reported_requests++;
    a->reported_input += s->r->reported;
    a->reported_hit += read;
    a->reported_exact += read == s->hit[SURE];
    a->reported_inside += read >= s->hit[SURE] && read <= s->hit[MAYBE];
}

static bool seen_before(tkc_audit *a, const tkc_audit_record *r)
{
    audit_id *slot;
    bool same = false;
    if (!r->id[0] && !r->id[1]) return false;
    slot = &a->inner->id[r->id[0] & (ID_SLOTS - 1)];
    if (slot->id == r->id[1]) {
        same = slot->content == r->content[0];
        if (!same) a->n_reused_id++;
    }
    *slot = (audit_id){r->id[1], r->content[0]};
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
    return tkc_audit_sums_add(a, r, o, err);
}

tkc_status tkc_audit_add(tkc_audit *a, const tkc_audit_record *r, const char *file, uint64_t line, tkc_audit_outcome *out,
                         tkc_error *err)
{
    audit_step s = {.a = a, .r = r, .rule = r->rule, .file = file, .line = line, .err = err};
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
        tkc_audit_shared_losses(&s);
        st = tkc_audit_content_losses(&s);
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
                            .is_priced = s.t.is_priced, .as_standard = s.t.as_standard, .at = a->now, .has_at = a->has_now};
    if (o.is_priced)
        o.actual.pd = (tkc_u128)(o.input - o.hit - o.written) * s.t.price_in + (tkc_u128)o.hit * s.t.price_read +
                      (tkc_u128)s.written[0] * s.t.price_write[0] + (tkc_u128)s.written[1] * s.t.price_write[1];
    if (!a->opt.sums_only) compare_usage(&s);
    if (out) *out = o;
    return tkc_audit_sums_add(a, r, &o, err);
}
