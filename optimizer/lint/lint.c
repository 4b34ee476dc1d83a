/*
 * lint.c - the rows, and one file from bytes to findings.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/sha256.h"

#include <stdio.h>
#include <stdlib.h>

/* --- rows ------------------------------------------------------------------------------------- */

#define ERROR TKC_LINT_ERROR
#define WARNING TKC_LINT_WARNING
#define INFO TKC_LINT_INFO
#define STABLE false
#define PREVIEW true
#define NONE TKC_FIX_NONE
#define SAFE TKC_FIX_SAFE
#define UNSAFE TKC_FIX_UNSAFE
static const tkc_lint_rule rules[] = {
#define RULE(id, name, group, severity, state, fix, path, summary, why, bad, good, notes)                    \
    {#id, name, group, severity, state, fix, path, summary, why, bad, good, notes},
#include "optimizer/lint/rules.def"
#undef RULE
};
#undef ERROR
#undef WARNING
#undef INFO
#undef STABLE
#undef PREVIEW
#undef NONE
#undef SAFE
#undef UNSAFE

static const struct {
    const char *name, *where, *patterns;
    unsigned templates;
    void (*load)(tkc_linter *l);
} kinds[TKC_N_LINT_KIND] = {
#define KIND(id, name, where, patterns, loader, templates, summary)                                         \
    [TKC_LINT_##id] = {name, where, patterns, templates, lint_load_##loader},
#include "optimizer/lint/kinds/kinds.def"
#undef KIND
};

const char *tkc_severity_name(tkc_severity s)
{
    static const char *const name[] = {"error", "warning", "info"};
    return name[s];
}

const char *tkc_fix_name(tkc_fix_safety f)
{
    static const char *const name[] = {"none", "safe", "unsafe"};
    return name[f];
}

static const tkc_lint_limit limits[] = {
#define LIMIT(rule, id, key, usual, least, most, summary) {TKC_##rule, key, usual, least, most, summary},
#include "optimizer/lint/rule_limits.def"
#undef LIMIT
};

const tkc_lint_limit *tkc_lint_limit_at(size_t i)
{
    return i < TKC_N_LINT_LIMIT ? &limits[i] : NULL;
}

const tkc_lint_rule *tkc_lint_rule_at(size_t i)
{
    return i < TKC_N_RULE ? &rules[i] : NULL;
}

/* s is how name begins, in any case of its letters. */
static bool begins(tkc_str s, const char *name)
{
    size_t i = 0;
    while (i < s.len && name[i] && tkc_ascii_lower(s.ptr[i]) == tkc_ascii_lower(name[i])) i++;
    return i == s.len;
}

static bool is(tkc_str s, const char *name)
{
    return s.len == strlen(name) && begins(s, name);
}

tkc_rule_id tkc_lint_rule_find(tkc_str s)
{
    for (int i = 0; i < TKC_N_RULE; i++)
        if (is(s, rules[i].id) || is(s, rules[i].name)) return (tkc_rule_id)i;
    return TKC_N_RULE;
}

tkc_rule_set tkc_lint_default_rules(void)
{
    tkc_rule_set set = 0;
    for (int i = 0; i < TKC_N_RULE; i++)
        if (!rules[i].preview && rules[i].severity != TKC_LINT_INFO) set |= (tkc_rule_set)1 << i;
    return set;
}

bool tkc_lint_select(tkc_rule_set *set, tkc_str s, bool on)
{
    tkc_rule_set hit = 0;
    tkc_rule_id exact = tkc_lint_rule_find(s);
    if (exact != TKC_N_RULE) {
        hit = (tkc_rule_set)1 << exact;
    } else if (s.len) {
        for (int i = 0; i < TKC_N_RULE; i++) {
            bool named = is(s, "ALL") || is(s, rules[i].group) || (s.len > 1 && begins(s, rules[i].id));
            if (named && (!on || !rules[i].preview)) hit |= (tkc_rule_set)1 << i;
        }
    }
    *set = on ? *set | hit : *set & ~hit;
    return hit != 0;
}

const char *tkc_lint_kind_name(tkc_lint_kind k)
{
    return kinds[k].name ? kinds[k].name : "";
}

const char *tkc_lint_kind_patterns(tkc_lint_kind k, const char **where)
{
    *where = k ? kinds[k].where : "";
    return k ? kinds[k].patterns : "";
}

tkc_str lint_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash) path = slash + 1;
    return (tkc_str){path, strlen(path)};
}

static bool matches(tkc_str base, const char *pattern, size_t n)
{
    if (pattern[0] == '*')
        return base.len >= n && memcmp(base.ptr + base.len - (n - 1), pattern + 1, n - 1) == 0;
    return base.len == n && memcmp(base.ptr, pattern, n) == 0;
}

tkc_lint_kind tkc_lint_kind_of(const char *path)
{
    tkc_str base = lint_base_name(path);
    for (int i = 1; i < TKC_N_LINT_KIND; i++)
        for (const char *p = kinds[i].patterns; *p;) {
            size_t n = strcspn(p, " ");
            if (matches(base, p, n)) return (tkc_lint_kind)i;
            p += n;
            p += strspn(p, " ");
        }
    return TKC_LINT_AUTO;
}

/* --- a linter --------------------------------------------------------------------------------- */

tkc_status tkc_linter_new(tkc_linter **out, const tkc_lint_options *opt, tkc_error *err)
{
    const tkc_allocator *a = tkc_allocator_or_default(opt ? opt->alloc : NULL);
    tkc_linter *l;
    tkc_request_options ro = {.struct_size = sizeof ro, .alloc = a};
    if (opt && opt->struct_size != sizeof *opt)
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_lint_options of another size");
    l = tkc_alloc_zero(a, 1, sizeof *l);
    if (!l) return tkc_nomem(err);
    l->alloc = a;
    if (opt) l->opt = *opt;
    if (!l->opt.max_bytes) l->opt.max_bytes = (size_t)64 << 20;
    for (int i = 0; i < TKC_N_LINT_LIMIT; i++) l->limit[i] = l->opt.limits ? l->opt.limits[i] : limits[i].usual;
    l->rules = l->opt.rules ? l->opt.rules : tkc_lint_default_rules();
    tkc_buf_init(&l->decoded, (size_t)1 << 31, a);
    tkc_buf_init(&l->names, 1 << 26, a);
    tkc_buf_init(&l->messages, 1 << 28, a);
    tkc_buf_init(&l->withs, (size_t)1 << 31, a);
    tkc_buf_init(&l->scratch, (size_t)1 << 31, a);
    tkc_buf_init(&l->scratch2, (size_t)1 << 31, a);
    tkc_buf_init(&l->model, 1 << 16, a);
    tkc_request_init(&l->req, &ro);
    tkc_request_init(&l->yaml, &ro);
    l->yaml.max_values = 1 << 20; /* what a read would set */
    l->yaml.max_depth = 512;
    tkc_json_init(&l->json, a);
    tkc_term_list_init(&l->term_list, a);
    *out = l;
    return TKC_OK;
}

void tkc_linter_free(tkc_linter *l)
{
    const tkc_allocator *a;
    if (!l) return;
    a = l->alloc;
    tkc_free(a, l->seg, l->cap_seg, sizeof *l->seg);
    tkc_free(a, l->run, l->cap_run, sizeof *l->run);
    tkc_free(a, l->code, l->cap_code, sizeof *l->code);
    tkc_free(a, l->var, l->cap_var, sizeof *l->var);
    tkc_free(a, l->decl, l->cap_decl, sizeof *l->decl);
    tkc_free(a, l->found, l->cap_found, sizeof *l->found);
    tkc_free(a, l->edit, l->cap_edit, sizeof *l->edit);
    tkc_free(a, l->out_edit, l->cap_out_edit, sizeof *l->out_edit);
    tkc_terms_free(l->terms);
    tkc_term_list_release(&l->term_list);
    lint_cache_release(l);
    for (int i = 0; i < LINT_MEM; i++) tkc_free(a, l->mem[i], l->mem_cap[i], l->mem_size[i]);
    tkc_buf_release(&l->decoded);
    tkc_buf_release(&l->names);
    tkc_buf_release(&l->messages);
    tkc_buf_release(&l->withs);
    tkc_buf_release(&l->scratch);
    tkc_buf_release(&l->scratch2);
    tkc_buf_release(&l->model);
    tkc_request_release(&l->req);
    tkc_request_release(&l->yaml);
    tkc_json_release(&l->json);
    tkc_free(a, l, 1, sizeof *l);
}

tkc_lint_kind tkc_lint_last_kind(const tkc_linter *l)
{
    return l->kind;
}

uint64_t tkc_lint_last_tokens(const tkc_linter *l)
{
    return l->tokens == UINT64_MAX ? 0 : l->tokens;
}

/* --- a file ------------------------------------------------------------------------------------ */

static void check_encoding(tkc_linter *l)
{
    size_t good = tkc_utf8_valid(l->src.ptr, l->src.len);
    const char *nul = memchr(l->src.ptr, '\0', l->src.len);
    if (good < l->src.len)
        lint_report(l, TKC_TC902, good, good + 1, "byte %zu (0x%02x) is not UTF-8; save the file as UTF-8", good,
                    (unsigned)(unsigned char)l->src.ptr[good]);
    if (nul)
        lint_report(l, TKC_TC902, (size_t)(nul - l->src.ptr), (size_t)(nul - l->src.ptr) + 1,
                    "a NUL byte; take it out, or leave the file out if it is binary");
}

static void forget(tkc_linter *l)
{
    l->n_seg = l->n_run = l->n_code = l->n_var = l->n_decl = 0;
    tkc_buf_clear(&l->decoded);
    tkc_buf_clear(&l->names);
    l->n_request = 0;
    l->seen_ready = false;
    l->n_file++;
    l->has_decl = l->has_settings = l->has_limit = l->whole = l->no_prompt = l->broken = false;
    l->settings_at = l->body = 0;
    l->encoder = l->opt.encoder;
    l->encoding = NULL;
    l->n_model = 0;
    l->other_models = false;
    l->max_output = 0;
    l->tokens = UINT64_MAX;
    tkc_buf_clear(&l->model);
}

static void load(tkc_linter *l)
{
    l->kind = l->file->kind ? l->file->kind : tkc_lint_kind_of(l->file->path);
    if (!l->kind) l->kind = TKC_LINT_TEXT;
    if (l->kind == TKC_LINT_TEXT && l->src.len) { /* a request by another name */
        size_t i = 0;
        while (i < l->src.len && (unsigned char)l->src.ptr[i] <= ' ') i++;
        if (i < l->src.len && l->src.ptr[i] == '{' && !strstr(l->file->path, ".txt") && !l->file->kind)
            l->kind = TKC_LINT_JSON;
    }
    l->templates = kinds[l->kind].templates;
    kinds[l->kind].load(l);
}

static int by_place(const void *a, const void *b)
{
    const lint_finding *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->rule != y->rule) return x->rule < y->rule ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return x->message < y->message ? -1 : x->message > y->message;
}

/* Goes on from a place that was known. */
static void advance(tkc_str s, size_t *at, tkc_lint_place *p, size_t to)
{
    while (*at < to) {
        unsigned n;
        const uint32_t c = lint_char(s, *at, &n);
        if (*at == 0 && c == 0xfeff) { /* a byte order mark has no column */
            *at += n;
            continue;
        }
        *at += n;
        if (c == '\n') {
            p->line++;
            p->column = 1;
        } else {
            p->column++;
        }
    }
}

tkc_lint_place tkc_lint_place_of(tkc_str source, size_t byte)
{
    tkc_lint_place p = {1, 1};
    size_t at = 0;
    advance(source, &at, &p, byte < source.len ? byte : source.len);
    return p;
}

/* Rule, name and bytes found; the n-th equal one has its number. */
static void fingerprint(tkc_linter *l, const lint_finding *f, size_t nth, char out[65])
{
    const char *name = l->file->name ? l->file->name : l->file->path;
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[32];
    char head[32];
    bool blank = false;
    tkc_buf *b = &l->scratch;
    tkc_buf_clear(b);
    (void)snprintf(head, sizeof head, "%s#%zu", rules[f->rule].id, nth);
    if (!l->st) l->st = tkc_buf_append(b, head, strlen(head) + 1, l->err);
    if (!l->st) l->st = tkc_buf_append(b, name, strlen(name) + 1, l->err);
    if (!l->st) l->st = tkc_buf_reserve(b, f->end - f->begin, l->err);
    if (l->st) return;
    for (size_t i = f->begin; i < f->end; i++) {
        bool is_blank = (unsigned char)l->src.ptr[i] <= ' ';
        if (!is_blank || !blank) b->ptr[b->len++] = is_blank ? ' ' : l->src.ptr[i];
        blank = is_blank;
    }
    tkc_sha256(tkc_buf_str(b), digest);
    for (int i = 0; i < 32; i++) {
        out[2 * i] = hex[digest[i] >> 4];
        out[2 * i + 1] = hex[digest[i] & 15];
    }
    out[64] = '\0';
}

/* How many findings in front of i have its rule and bytes; looks at the 50 before. */
static size_t equal_before(const tkc_linter *l, size_t i)
{
    const lint_finding *f = &l->found[i];
    size_t n = 0;
    for (size_t k = i, seen = 0; k-- > 0 && seen < 50; seen++) {
        const lint_finding *g = &l->found[k];
        if (!g->dropped && g->rule == f->rule && g->end - g->begin == f->end - f->begin &&
            memcmp(l->src.ptr + g->begin, l->src.ptr + f->begin, f->end - f->begin) == 0)
            n++;
    }
    return n;
}

/* Says its message tokens of the file's own vocabulary? */
static bool is_measured(const lint_finding *f)
{
    switch ((tkc_rule_id)f->rule) {
    case TKC_TC101: case TKC_TC102: case TKC_TC703: return false;
    case TKC_TC103: case TKC_TC201: case TKC_TC202: case TKC_TC205: return true;
    default: return f->saved > 0;
    }
}

static void emit(tkc_linter *l, tkc_finding_fn fn, void *ctx)
{
    tkc_lint_place p = {1, 1};
    size_t at = 0;
    for (size_t i = 0; i < l->n_found && !l->st; i++) {
        lint_finding *f = &l->found[i];
        const tkc_lint_rule *r = &rules[f->rule];
        tkc_finding out = {.rule = (tkc_rule_id)f->rule, .id = r->id, .name = r->name,
                           .severity = (tkc_severity)f->severity, .message = l->messages.ptr + f->message,
                           .begin = f->begin, .end = f->end, .tokens_saved = f->saved,
                           .fix = (tkc_fix_safety)f->fix, .n_edit = f->n_edit};
        tkc_lint_place e;
        size_t at_end;
        if (f->dropped) continue;
        if (l->encoding && is_measured(f)) {
            tkc_buf_clear(&l->scratch2);
            l->st = tkc_buf_append(&l->scratch2, out.message, strlen(out.message), l->err);
            if (!l->st) l->st = tkc_buf_append(&l->scratch2, " (", 2, l->err);
            if (!l->st) l->st = tkc_buf_append(&l->scratch2, l->encoding, strlen(l->encoding), l->err);
            if (!l->st) l->st = tkc_buf_append(&l->scratch2, ")", 2, l->err); /* with its NUL */
            if (l->st) return;
            out.message = l->scratch2.ptr;
            out.encoding = l->encoding;
        }
        advance(l->src, &at, &p, f->begin);
        at_end = at;
        e = p;
        advance(l->src, &at_end, &e, f->end);
        out.line = p.line;
        out.column = p.column;
        out.end_line = e.line;
        out.end_column = e.column;
        if (!tkc_grow(l->alloc, &l->out_edit, &l->cap_out_edit, f->n_edit, SIZE_MAX / 64, sizeof *l->out_edit)) {
            l->st = tkc_nomem(l->err);
            return;
        }
        for (uint32_t k = 0; k < f->n_edit; k++) {
            const lint_raw_edit *re = &l->edit[f->edit + k];
            l->out_edit[k] = (tkc_lint_edit){re->begin, re->end, {re->len ? l->withs.ptr + re->with : "", re->len}};
        }
        out.edit = l->out_edit;
        fingerprint(l, f, equal_before(l, i), out.fingerprint);
        if (!l->st && fn && fn(ctx, &out)) return;
    }
}

static void budget(tkc_linter *l)
{
    const tkc_lint_file *f = l->file;
    const uint64_t grow = l->limit[TKC_LINT_LIMIT_GROW_PCT];
    uint64_t n;
    n = lint_tokens(l);
    if (f->budget && n > f->budget)
        lint_report(l, TKC_TC101, 0, 0, "%llu tokens, %llu more than the budget of %llu", (unsigned long long)n,
                    (unsigned long long)(n - f->budget), (unsigned long long)f->budget);
    if (f->baseline && n > f->baseline + f->baseline / 100 * grow + f->baseline % 100 * grow / 100)
        lint_report(l, TKC_TC102, 0, 0, "%llu tokens, recorded were %llu (limit +%llu %%)", (unsigned long long)n,
                    (unsigned long long)f->baseline, (unsigned long long)grow);
    if (l->opt.inexact && f->budget && n <= f->budget && n + (n + 19) / 20 > f->budget)
        lint_report(l, TKC_TC703, 0, 0, "%llu tokens by a count that is not exact; the budget of %llu may be passed",
                    (unsigned long long)n, (unsigned long long)f->budget);
}

/* With the options' encoder: budgets are of its tokens, and so are files that name several models. */
static void count_as_usual(tkc_linter *l)
{
    if (l->encoding) l->tokens = UINT64_MAX;
    l->encoder = l->opt.encoder;
    l->encoding = NULL;
}

/* "min-saved": findings that save less are none. */
static void drop_small(tkc_linter *l)
{
    uint64_t least[TKC_N_RULE] = {0};
    if (!l->opt.limits || !l->opt.encoder) return;
    for (int i = 0; i < TKC_N_LINT_LIMIT; i++)
        if (strcmp(limits[i].key, "min-saved") == 0) least[limits[i].rule] = l->limit[i];
    for (size_t i = 0; i < l->n_found; i++)
        if (l->found[i].saved < least[l->found[i].rule]) l->found[i].dropped = true;
}

tkc_status tkc_lint_run(tkc_linter *l, const tkc_lint_file *f, tkc_finding_fn fn, void *ctx, tkc_error *err)
{
    static void (*const detector[])(tkc_linter *) = {
#define DETECTOR(name) lint_rule_##name,
#include "optimizer/lint/rules/detectors.def"
#undef DETECTOR
    };
    const char *own;
    if (!f->path) return tkc_fail(err, TKC_E_ARG, 0, "a file without a path");
    if (f->bytes.len > l->opt.max_bytes)
        return tkc_fail(err, TKC_E_LIMIT, l->opt.max_bytes, "%zu bytes, the limit for a prompt file is %zu; "
                        "leave it out, or count it with 'tokcount count'", f->bytes.len, l->opt.max_bytes);
    l->st = TKC_OK;
    l->err = err;
    l->file = f;
    l->src = (tkc_str){f->bytes.len ? f->bytes.ptr : "", f->bytes.len};
    l->n_found = l->n_edit = 0;
    tkc_buf_clear(&l->messages);
    tkc_buf_clear(&l->withs);
    forget(l);
    check_encoding(l);
    load(l);
    if (f->found && l->no_prompt) { /* a package.json, a workflow: nobody sends it */
        l->kind = TKC_LINT_AUTO;
        return l->st;
    }
    if (l->other_models) count_as_usual(l);
    if (!l->st && l->broken && !l->n_seg) lint_add_raw(l, TKC_ROLE_NONE, 0, l->src.len, 0);
    if (!l->st) lint_segments_done(l);
    for (size_t i = 0; i < sizeof detector / sizeof *detector && !l->st; i++) detector[i](l);
    own = l->encoding;
    if (!l->st && (f->budget || f->baseline)) {
        count_as_usual(l);
        budget(l);
    }
    l->encoding = own;
    drop_small(l);
    if (!l->st) lint_suppress(l);
    if (!l->st && l->n_found) {
        qsort(l->found, l->n_found, sizeof *l->found, by_place);
        emit(l, fn, ctx);
    }
    return l->st;
}
