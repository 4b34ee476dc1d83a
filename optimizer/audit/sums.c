/* sums.c - the totals of an audit: of all, by model, by task, by hour. */
#include "optimizer/audit/audit_impl.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <string.h>

/* Of a list; what comes later is "(others)". */
enum { MOST_SUMS = 2000 };

void tkc_audit_copy_text(char *to, size_t cap, tkc_str s)
{
    size_t n = s.len < cap - 1 ? s.len : cap - 1;
    while (n && n < s.len && ((unsigned char)s.ptr[n] & 0xc0) == 0x80) n--;
    tkc_copy_name(to, cap, (tkc_str){s.ptr, n});
}

static int compare_sum(const tkc_audit_sum *x, const char *name, int64_t hour)
{
    return x->hour != hour ? (x->hour < hour ? -1 : 1) : strcmp(x->name, name);
}

/* Where the sum of that name and hour is, or belongs. */
static size_t place_of(const tkc_audit_sums *l, const char *name, int64_t hour, bool *is_there)
{
    size_t lo = 0, hi = l->n;
    *is_there = false;
    while (lo < hi && !*is_there) {
        const size_t mid = lo + (hi - lo) / 2;
        const int c = compare_sum(&l->sum[mid], name, hour);
        *is_there = c == 0;
        if (c < 0) lo = mid + 1;
        else hi = mid;
    }
    return hi;
}

static tkc_audit_sum *sum_of(const tkc_audit *a, tkc_audit_sums *l, tkc_str name, int64_t hour)
{
    char key[sizeof l->sum->name];
    bool is_there;
    size_t at;
    tkc_audit_copy_text(key, sizeof key, name);
    at = place_of(l, key, hour, &is_there);
    if (is_there) return &l->sum[at];
    if (l->n >= MOST_SUMS && strcmp(key, "(others)") != 0) return sum_of(a, l, (tkc_str){"(others)", 8}, 0);
    if (!tkc_grow(a->alloc, &l->sum, &l->cap, l->n + 1, MOST_SUMS + 1, sizeof *l->sum)) return NULL;
    memmove(&l->sum[at + 1], &l->sum[at], (l->n++ - at) * sizeof *l->sum);
    l->sum[at] = (tkc_audit_sum){.hour = hour};
    memcpy(l->sum[at].name, key, sizeof key);
    return &l->sum[at];
}

tkc_status tkc_audit_sums_add(tkc_audit *a, const tkc_audit_record *r, const tkc_audit_outcome *o, tkc_error *err)
{
    const int64_t hour = a->has_now ? (a->now >= 0 ? a->now : a->now - 3599) / 3600 : 0;
    const tkc_str model = tkc_audit_text(r, r->model, r->model_len), task = tkc_audit_text(r, r->task, r->task_len), none = {"", 0};
    const struct {
        tkc_audit_sums *list;
        tkc_str name;
        int64_t hour;
    } to[] = {{&a->by_model, model, 0},
              {&a->by_task, task, 0},
              {&a->by_hour, none, hour},
              {&a->as_standard, model, r->unknown_tier ? TKC_N_MODE : r->mode}};
    for (int i = 0; i < 3 + o->as_standard; i++) {
        tkc_audit_sum *x = sum_of(a, to[i].list, to[i].name, to[i].hour);
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
    bool is_there;
    const size_t at = place_of(l, like->name, like->hour, &is_there);
    return is_there ? &l->sum[at] : NULL;
}
