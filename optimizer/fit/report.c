/* report.c - the JSON report and the diff, written into a buffer. */
#include "optimizer/fit/report.h"

#include "optimizer/fit/undo.h"
#include "optimizer/money/money.h"
#include "vocab/base/json_edit.h"
#include "vocab/base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct writer {
    tkc_buf *out;
    tkc_status st;
    tkc_error *err;
    tkc_buf lossy;
} writer;

static void bytes(writer *w, const char *s, size_t n)
{
    if (!w->st && n) w->st = tkc_buf_append(w->out, s, n, w->err);
}

static void text(writer *w, const char *s)
{
    bytes(w, s, strlen(s));
}

static void say(writer *w, const char *fmt, ...) TKC_PRINTF(2, 3);
static void say(writer *w, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    int n;
    va_start(ap, fmt);
    n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (n > 0) bytes(w, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static void quoted(writer *w, tkc_str s)
{
    if (w->st) return;
    if (tkc_utf8_valid(s.ptr, s.len) < s.len) {
        tkc_buf_clear(&w->lossy);
        w->st = tkc_utf8_lossy(s, &w->lossy, NULL, w->err);
        s = tkc_buf_str(&w->lossy);
    }
    if (!w->st) w->st = tkc_json_append_text(w->out, s, w->err);
}

static void word(writer *w, const char *s)
{
    quoted(w, (tkc_str){s, strlen(s)});
}

const char *tkc_signed_dollars(char buf[TKC_SIGNED_SIZE], int64_t picodollars)
{
    char digits[TKC_MONEY_SIZE];
    const tkc_money m = {picodollars < 0 ? (uint64_t)0 - (uint64_t)picodollars : (uint64_t)picodollars};
    snprintf(buf, TKC_SIGNED_SIZE, "%s$%s", picodollars < 0 ? "-" : "+", tkc_money_dollars(digits, m));
    return buf;
}

const char *tkc_net_words(char buf[TKC_NET_SIZE], const tkc_net *n)
{
    char now[TKC_SIGNED_SIZE], each[TKC_SIGNED_SIZE], when[64], anew[64] = "";
    buf[0] = '\0';
    if (!n->priced) return buf;
    if (n->even > 1)
        snprintf(when, sizeof when, "pays back after %llu calls", (unsigned long long)n->even);
    else
        snprintf(when, sizeof when, "%s", n->even ? "from the first call on" : "never pays back");
    if (n->destroyed) snprintf(anew, sizeof anew, "; %llu cached tokens anew", (unsigned long long)n->destroyed);
    tkc_signed_dollars(now, n->now);
    if (n->now == n->each && !n->destroyed)
        snprintf(buf, TKC_NET_SIZE, "%s", now);
    else
        snprintf(buf, TKC_NET_SIZE, "%s now, %s a call later, %s%s", now, tkc_signed_dollars(each, n->each), when, anew);
    return buf;
}

int64_t tkc_fit_lane_saving(const tkc_fitting *f, tkc_lane lane)
{
    int64_t sum = 0;
    for (size_t i = 0; i < f->n_pass; i++)
        if (f->pass[i].pass->lane == lane && f->pass[i].changed)
            sum += (int64_t)f->pass[i].tokens_before - (int64_t)f->pass[i].tokens_after;
    return sum;
}

const char *tkc_fact_counts(char *buf, size_t cap, const uint64_t count[TKC_N_FACT])
{
    uint64_t sum = 0;
    size_t n;
    bool any = false;
    for (int k = 0; k < TKC_N_FACT; k++) sum += count[k];
    n = (size_t)snprintf(buf, cap, "%llu fact%s", (unsigned long long)sum, TKC_PLURAL(sum));
    for (int k = 0; k < TKC_N_FACT && n < cap; k++)
        if (count[k]) {
            n += (size_t)snprintf(buf + n, cap - n, "%s%llu %s", any ? ", " : " (", (unsigned long long)count[k],
                                  tkc_fact_kind_name((tkc_fact_kind)k));
            any = true;
        }
    if (any && n < cap) snprintf(buf + n, cap - n, ")");
    return buf;
}

/* --- JSON --------------------------------------------------------------------------------- */

static void put_net(writer *w, const tkc_net *n)
{
    if (!n || !n->priced) {
        text(w, "null");
        return;
    }
    say(w, "{\"now\":%lld,\"each\":%lld,\"break_even\":", (long long)n->now, (long long)n->each);
    if (n->even)
        say(w, "%llu", (unsigned long long)n->even);
    else
        text(w, "null");
    say(w, ",\"before\":%llu,\"first\":%llu,\"later\":%llu,\"cached\":%llu,\"destroyed\":%llu,\"assumed\":%s}",
        (unsigned long long)n->before, (unsigned long long)n->first, (unsigned long long)n->later,
        (unsigned long long)n->cached, (unsigned long long)n->destroyed, n->assumed ? "true" : "false");
}

static void put_count(writer *w, const char *name, const tkc_token_range *t)
{
    say(w, ",\"%s\":{\"tokens\":%llu,\"low\":%llu,\"high\":%llu,\"class\":\"%s\"}", name, (unsigned long long)t->tokens,
        (unsigned long long)t->low, (unsigned long long)t->high, tkc_class_name(t->cls));
}

static const char *op_name(uint8_t op)
{
    return op == TKC_HUNK_REPLACE ? "replace" : op == TKC_HUNK_REMOVE ? "remove" : "move";
}

static void put_hunk(writer *w, const tkc_fitting *f, const tkc_pass_result *p, const tkc_hunk *h, uint64_t per_token,
                     const tkc_net_options *opt)
{
    tkc_net net = {0};
    if (opt && !w->st) w->st = tkc_net_of_hunk(&net, p, h, opt, w->err);
    text(w, "{\"path\":");
    quoted(w, tkc_fitting_text(f, h->path));
    say(w, ",\"op\":\"%s\",\"begin\":%zu,\"end\":%zu,\"tokens_before\":%llu,\"tokens_after\":%llu,\"picodollars\":%lld,\"net\":",
        op_name(h->op), h->begin, h->end, (unsigned long long)h->tokens_before, (unsigned long long)h->tokens_after,
        (long long)(((int64_t)h->tokens_after - (int64_t)h->tokens_before) * (int64_t)per_token));
    put_net(w, &net);
    text(w, ",\"reason\":");
    quoted(w, tkc_fitting_text(f, h->reason));
    text(w, ",\"before\":");
    quoted(w, tkc_fitting_text(f, h->before));
    text(w, ",\"after\":");
    quoted(w, tkc_fitting_text(f, h->after));
    text(w, "}");
}

static void put_counts(writer *w, const char *name, const uint64_t *count)
{
    bool first = true;
    say(w, ",\"%s\":{", name);
    for (int k = 0; k < TKC_N_FACT; k++)
        if (count[k]) {
            say(w, "%s\"%s\":%llu", first ? "" : ",", tkc_fact_kind_name((tkc_fact_kind)k), (unsigned long long)count[k]);
            first = false;
        }
    text(w, "}");
}

static void put_facts(writer *w, const tkc_fitting *f)
{
    static const char *const state[] = {"kept", "lost", "would"};
    text(w, "],\"facts\":[");
    for (size_t i = 0; i < f->n_lost; i++) {
        const tkc_lost *x = &f->lost[i];
        say(w, "%s{\"state\":\"%s\",\"pass\":\"%s\",\"kind\":\"%s\",\"path\":", i ? "," : "", state[x->state],
            x->pass->name, tkc_fact_kind_name((tkc_fact_kind)x->kind));
        quoted(w, tkc_fitting_text(f, x->path));
        text(w, ",\"text\":");
        quoted(w, tkc_fitting_text(f, x->fact));
        text(w, ",\"clause\":");
        quoted(w, tkc_fitting_text(f, x->clause));
        text(w, "}");
    }
    text(w, "],\"waive\":");
    if (f->waived_tokens) {
        say(w, "{\"tokens\":%llu", (unsigned long long)f->waived_tokens);
        put_counts(w, "facts", f->would);
        text(w, "}");
    } else {
        text(w, "null");
    }
}

static void put_pass(writer *w, const tkc_fitting *f, const tkc_pass_result *p, const tkc_net *run,
                     const tkc_net_options *opt)
{
    tkc_net net = {0};
    bool first = true;
    if (opt && p->changed && !w->st)
        w->st = tkc_net_of(&net, p->tokens_before, p->tokens_after, &p->prefix, opt, w->err);
    say(w, "{\"pass\":\"%s\",\"lane\":\"%s\",\"ran\":%s,\"changed\":%s,\"undone\":%s,\"why\":", p->pass->name,
        p->pass->lane == TKC_LANE_LOSSLESS ? "lossless" : "lossy", p->ran ? "true" : "false",
        p->changed ? "true" : "false", p->undone ? "true" : "false");
    word(w, p->why);
    say(w, ",\"tokens_before\":%llu,\"tokens_after\":%llu,\"net\":", (unsigned long long)p->tokens_before,
        (unsigned long long)p->tokens_after);
    put_net(w, &net);
    text(w, ",\"hunks\":[");
    for (size_t i = p->first_hunk; i < p->first_hunk + p->n_hunk; i++) {
        if (f->hunk[i].op == TKC_HUNK_NOTE) continue;
        if (!first) text(w, ",");
        first = false;
        put_hunk(w, f, p, &f->hunk[i], run ? run->per_token : 0, opt);
    }
    text(w, "],\"notes\":[");
    first = true;
    for (size_t i = p->first_hunk; i < p->first_hunk + p->n_hunk; i++) {
        if (f->hunk[i].op != TKC_HUNK_NOTE) continue;
        if (!first) text(w, ",");
        first = false;
        quoted(w, tkc_fitting_text(f, f->hunk[i].reason));
    }
    text(w, "]");
    put_counts(w, "kept", p->held);
    put_counts(w, "lost", p->lost);
    text(w, "}");
}

tkc_status tkc_fit_report(const tkc_fitting *f, tkc_str before, const tkc_net *net, const tkc_net_options *opt,
                          tkc_buf *out, tkc_error *err)
{
    const size_t from = out->len;
    writer w = {.out = out, .err = err};
    tkc_buf_init(&w.lossy, (size_t)1 << 31, f->alloc);
    text(&w, "{\"schema\":\"tokcount/fit/1\",\"model\":");
    if (opt && opt->model.len)
        quoted(&w, opt->model);
    else
        text(&w, "null");
    say(&w, ",\"dialect\":\"%s\",\"fits\":%s,\"budget\":", tkc_dialect_name(f->dialect), f->is_over ? "false" : "true");
    if (f->budget)
        say(&w, "%llu", (unsigned long long)f->budget);
    else
        text(&w, "null");
    put_count(&w, "before", &f->before);
    put_count(&w, "after", &f->after);
    say(&w, ",\"lossless\":%lld,\"lossy\":%lld,\"protected\":{\"matches\":%zu,\"touched\":%zu},\"net\":",
        (long long)tkc_fit_lane_saving(f, TKC_LANE_LOSSLESS), (long long)tkc_fit_lane_saving(f, TKC_LANE_LOSSY),
        f->n_protected, f->n_touched);
    put_net(&w, net);
    text(&w, ",\"why\":");
    word(&w, net ? net->why : "");
    text(&w, ",\"passes\":[");
    for (size_t i = 0; i < f->n_pass; i++) {
        if (i) text(&w, ",");
        put_pass(&w, f, &f->pass[i], net, opt);
    }
    put_facts(&w, f);
    text(&w, ",\"undo\":");
    if (!w.st && !f->is_over)
        w.st = tkc_undo_make(tkc_buf_str(&f->out), before, out, f->alloc, err);
    else
        text(&w, "null");
    text(&w, "}\n");
    tkc_buf_release(&w.lossy);
    if (w.st) out->len = from;
    return w.st;
}

/* --- diff --------------------------------------------------------------------------------- */

static size_t count_lines(tkc_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) n += s.ptr[i] == '\n';
    return n + (s.len && s.ptr[s.len - 1] != '\n');
}

static void put_lines(writer *w, char sign, tkc_str s)
{
    size_t i = 0;
    while (i < s.len) {
        const char *nl = memchr(s.ptr + i, '\n', s.len - i);
        size_t n = nl ? (size_t)(nl - s.ptr) + 1 - i : s.len - i;
        bytes(w, &sign, 1);
        bytes(w, s.ptr + i, n);
        i += n;
    }
    if (s.len && s.ptr[s.len - 1] != '\n') text(w, "\n\\ No newline at end of stretch\n");
}

tkc_status tkc_fit_diff(const tkc_fitting *f, const tkc_net_options *opt, tkc_buf *out, tkc_error *err)
{
    writer w = {.out = out, .err = err};
    for (size_t p = 0; p < f->n_pass; p++) {
        const tkc_pass_result *r = &f->pass[p];
        uint32_t last = TKC_NO_PART;
        for (size_t i = r->first_hunk; i < r->first_hunk + r->n_hunk; i++) {
            const tkc_hunk *h = &f->hunk[i];
            tkc_str a = tkc_fitting_text(f, h->before), b = tkc_fitting_text(f, h->after);
            const int64_t d = (int64_t)h->tokens_after - (int64_t)h->tokens_before;
            char money[TKC_NET_SIZE];
            tkc_net net = {0};
            if (h->op == TKC_HUNK_NOTE) continue;
            if (i == r->first_hunk || h->part != last || h->part == TKC_NO_PART) {
                tkc_str path = tkc_fitting_text(f, h->path);
                if (!path.len) path = (tkc_str){"request", 7};
                text(&w, "--- a/");
                bytes(&w, path.ptr, path.len);
                text(&w, "\n+++ b/");
                bytes(&w, path.ptr, path.len);
                text(&w, "\n");
            }
            last = h->part;
            say(&w, "@@ -%zu,%zu +%zu,%zu @@ %s (", h->line, count_lines(a), h->line, count_lines(b), r->pass->name);
            bytes(&w, f->text.ptr + h->reason.at, h->reason.len);
            say(&w, "): %+lld tokens", (long long)d);
            if (opt && !w.st) w.st = tkc_net_of_hunk(&net, r, h, opt, err);
            if (net.priced) say(&w, ", %s", tkc_net_words(money, &net));
            text(&w, "\n");
            put_lines(&w, '-', a);
            put_lines(&w, '+', b);
        }
    }
    return w.st;
}
