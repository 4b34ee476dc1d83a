/*
 * cmd_diff.c - tokcount diff: what a change does to tokens and money.
 *
 * A list of pairs is made first (two files, the files of two folders, or what git says differs
 * between two revisions); then both sides of each are read and counted. Only pairs with
 * another content are counted, only those with another number of tokens are shown.
 */
#include "tools/project/config.h"
#include "tools/cli/count.h"
#include "tools/project/git.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "optimizer/money/money.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PROBE = 8192, CALLS = 1000, MAX_LIST = 1 << 30, MAX_ID = 64 };

typedef enum format { FORMAT_TEXT = 0, FORMAT_JSON, FORMAT_MD } format;

/* Where one side of a pair comes from: a path, a blob's id, or nothing. */
typedef struct side {
    char *path; /* to read; NULL with an id */
    char id[MAX_ID + 1];
    bool there;
} side;

typedef struct pair {
    char *name, *old_name; /* as shown; old_name: of a renamed file, else NULL */
    side old, new;
    size_t *before, *after; /* tokens, one a column */
    bool counted;
} pair;

typedef struct money {
    bool priced;
    uint64_t price; /* of one token, for the longest prompts that fit the base price */
    tkc_price_model model;
    char why[240];
} money;

typedef struct run {
    const cli_args *a;
    cli_args own;
    cli_pick *pick;
    cli_config config;
    cli_targets targets;
    tkc_encoder **encoder; /* one a vocabulary */
    tkc_prices *prices;
    money *money; /* one a column */
    tkc_moment day;
    const char *old_label, *new_label;
    char commit[2][MAX_ID + 1]; /* with --rev; "" is the working folder */
    pair *pair;
    size_t n_pair, cap_pair;
    cli_git_objects git;
    bool has_git;
    tkc_buf old, new; /* the two texts */
    size_t n_binary, n_equal, n_shown;
    const char *first_binary;
    bool failed;
    format format;
} run;

static bool nomem(void)
{
    cli_message("out of memory");
    return false;
}

static pair *add_pair(run *r, const char *name)
{
    pair *p;
    if (r->n_pair == r->cap_pair) {
        const size_t cap = r->cap_pair ? r->cap_pair * 2 : 64;
        pair *fresh = realloc(r->pair, cap * sizeof *fresh);
        if (!fresh) return NULL;
        r->pair = fresh;
        r->cap_pair = cap;
    }
    p = &r->pair[r->n_pair];
    *p = (pair){.name = strdup(name)};
    if (!p->name) return NULL;
    r->n_pair++;
    return p;
}

static bool set_path(side *s, const char *path)
{
    s->path = strdup(path);
    s->there = true;
    return s->path != NULL;
}

/* --- two files, two folders --------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool wanted(const run *r, const char *path)
{
    bool outside, yes = true;
    char *from_root = cli_config_relative(&r->config, path, &outside);
    const char *last = strrchr(path, '/');
    if (strcmp(last ? last + 1 : path, CLI_LOCK_NAME) == 0) { /* our own record is no prompt */
        free(from_root);
        return false;
    }
    if (!from_root) return !r->config.include.patterns;
    if (cli_globs_match(&r->config.exclude, from_root)) yes = false;
    if (r->config.include.patterns && !cli_globs_match(&r->config.include, from_root)) yes = false;
    free(from_root);
    return yes;
}

/* Files below a folder; their names begin behind it. */
static bool list_folder(run *r, const char *folder, cli_file_list *l, size_t *skip)
{
    cli_args one = *r->a;
    one.operand = &folder;
    one.n_operand = 1;
    one.hidden = true;
    *skip = strlen(folder);
    if (!cli_files_collect(l, &one, folder, true)) return false;
    r->failed = r->failed || l->failed;
    return true;
}

static const char *below(const cli_file *f, size_t skip)
{
    const char *s = f->path + skip;
    while (*s == '/') s++;
    return s;
}

static bool pair_folders(run *r, const char *old, const char *new)
{
    cli_file_list a = {0}, b = {0};
    size_t skip_a, skip_b, i = 0, k = 0;
    bool ok = list_folder(r, old, &a, &skip_a) && list_folder(r, new, &b, &skip_b);
    while (ok && (i < a.n || k < b.n)) {
        const char *x = i < a.n ? below(&a.file[i], skip_a) : NULL;
        const char *y = k < b.n ? below(&b.file[k], skip_b) : NULL;
        const int order = !x ? 1 : !y ? -1 : strcmp(x, y);
        const char *in = order <= 0 ? a.file[i].path : b.file[k].path;
        if (wanted(r, order >= 0 ? b.file[k].path : in)) {
            pair *p = add_pair(r, order <= 0 ? x : y);
            ok = p && (order > 0 || set_path(&p->old, a.file[i].path)) &&
                 (order < 0 || set_path(&p->new, b.file[k].path));
            if (!ok) nomem();
        }
        i += order <= 0;
        k += order >= 0;
    }
    cli_files_release(&a);
    cli_files_release(&b);
    return ok;
}

static bool pair_operands(run *r)
{
    const cli_args *a = r->a;
    pair *p;
    if (a->n_operand != 2) {
        cli_message("diff compares two files or folders, or --rev A..B; %zu given", a->n_operand);
        return false;
    }
    r->old_label = a->operand[0];
    r->new_label = a->operand[1];
    if (is_folder(r->old_label) != is_folder(r->new_label)) {
        cli_message("%s is a folder and %s is not; give two of a kind",
                    is_folder(r->old_label) ? r->old_label : r->new_label,
                    is_folder(r->old_label) ? r->new_label : r->old_label);
        return false;
    }
    if (is_folder(r->old_label)) return pair_folders(r, r->old_label, r->new_label);
    if (strcmp(r->old_label, "-") == 0 && strcmp(r->new_label, "-") == 0) {
        cli_message("only one of the two can be standard input");
        return false;
    }
    p = add_pair(r, strcmp(r->new_label, "-") == 0 ? r->old_label : r->new_label);
    return (p && set_path(&p->old, r->old_label) && set_path(&p->new, r->new_label)) || nomem();
}

/* --- two revisions -------------------------------------------------------------------------------- */

/* The commit's full id into id; false: it was said. */
static bool resolve(const char *rev, size_t len, char id[MAX_ID + 1])
{
    char name[1100];
    const char *args[] = {"rev-parse", "--verify", "--quiet", "--end-of-options", name, NULL};
    tkc_buf out;
    bool ok;
    if (len == 0) {
        memcpy(name, "HEAD^{commit}", sizeof "HEAD^{commit}");
    } else if (len > 1000 || rev[0] == '-') {
        cli_message("--rev: '%.*s' is no name of a revision", (int)(len > 60 ? 60 : len), rev);
        return false;
    } else {
        (void)snprintf(name, sizeof name, "%.*s^{commit}", (int)len, rev);
    }
    tkc_buf_init(&out, 1 << 20, NULL);
    ok = cli_git_run(args, &out, true);
    while (ok && out.len && (out.ptr[out.len - 1] == '\n')) out.len--;
    ok = ok && out.len >= 40 && out.len <= MAX_ID;
    if (ok) {
        memcpy(id, out.ptr, out.len);
        id[out.len] = '\0';
    } else {
        const char *const where[] = {"rev-parse", "--git-dir", NULL};
        id[0] = '\0';
        tkc_buf_clear(&out);
        if (!cli_git_run(where, &out, true))
            cli_message("--rev: here is no git repository");
        else
            cli_message("--rev: there is no revision '%.*s' in the git repository here (a shallow clone "
                        "has few; fetch it first)", (int)(len > 60 ? 60 : len), rev);
    }
    tkc_buf_release(&out);
    return ok;
}

/* The text git prints, without its newline; NULL: it was said. To be freed. */
static char *one_line(const char *const *args)
{
    tkc_buf out;
    char *s = NULL;
    tkc_buf_init(&out, 1 << 20, NULL);
    if (cli_git_run(args, &out, false)) {
        while (out.len && out.ptr[out.len - 1] == '\n') out.len--;
        s = strndup(out.ptr ? out.ptr : "", out.len);
        if (!s) nomem();
    }
    tkc_buf_release(&out);
    return s;
}

/* "100644" and "100755" are texts; links and other repositories are not. */
static bool is_file_mode(const char *mode)
{
    return strncmp(mode, "100", 3) == 0;
}

static bool set_blob(side *s, bool there, const char *id, size_t len, const char *folder, const char *path)
{
    s->there = there;
    if (!there) return true;
    if (len > MAX_ID) return false;
    memcpy(s->id, id, len);
    s->id[len] = '\0';
    if (strspn(s->id, "0") != len) return true;
    s->id[0] = '\0'; /* not in git yet: the file as it is */
    s->path = cli_path_join(folder, path, "");
    return s->path != NULL;
}

/* ":100644 100755 OLDID NEWID R086\0old\0new\0" and so on. False: it was said. */
static bool read_raw(run *r, const tkc_buf *raw, const char *folder)
{
    const char *p = raw->ptr, *end = raw->ptr + raw->len;
    while (p < end) {
        const size_t n = strnlen(p, (size_t)(end - p));
        const char *mode_a = p + 1, *mode_b = p + 8, *id_a = p + 15, *id_b, *path, *new_path;
        size_t id_len;
        char *full;
        pair *q;
        bool ok;
        if (p[0] != ':' || n < 15 + 2 * 41 + 1 || p + n == end) break;
        id_len = strcspn(id_a, " ");
        id_b = id_a + id_len + 1;
        if (15 + 2 * (id_len + 1) >= n) break;
        path = new_path = p + n + 1;
        p = path + strnlen(path, (size_t)(end - path)) + 1;
        if (tkc_is_one_of(id_b[id_len + 1], "RC") && p < end) {
            new_path = p;
            p += strnlen(p, (size_t)(end - p)) + 1;
        }
        if (p > end) break;
        if (!is_file_mode(mode_a) && !is_file_mode(mode_b)) continue;
        full = cli_path_join(folder, new_path, "");
        if (!full) return nomem();
        ok = wanted(r, full);
        free(full);
        if (!ok) continue;
        q = add_pair(r, new_path);
        if (!q) return nomem();
        if (path != new_path && !(q->old_name = strdup(path))) return nomem();
        if (!set_blob(&q->old, is_file_mode(mode_a), id_a, id_len, folder, path) ||
            !set_blob(&q->new, is_file_mode(mode_b) && id_b[id_len + 1] != 'D', id_b, id_len, folder, new_path))
            return nomem();
    }
    if (p < end) cli_message("git printed something that is not understood");
    return p >= end;
}

static bool pair_revisions(run *r)
{
    const char *rev = r->a->rev, *dots = strstr(rev, "..");
    const bool from_base = dots && dots[2] == '.', work = !dots;
    const size_t len = dots ? (size_t)(dots - rev) : strlen(rev);
    const char *second = dots ? dots + 2 + from_base : "";
    char *a = r->commit[0], *b = r->commit[1];
    char *folder = NULL, *base = NULL;
    const char *top[] = {"rev-parse", "--show-toplevel", NULL};
    const char *merge_base[] = {"merge-base", a, b, NULL};
    const char *args[56] = {work ? "diff-index" : "diff-tree", "-r", "-z", "--raw", "--no-abbrev", "-M"};
    size_t n = 6;
    tkc_buf raw;
    bool ok;
    if (r->a->n_operand > 40) {
        cli_message("--rev: more than 40 paths; name their folder, or use \"include\" in " CLI_CONFIG_NAME);
        return false;
    }
    tkc_buf_init(&raw, MAX_LIST, NULL);
    ok = resolve(rev, len, a) && (work || resolve(second, strlen(second), b));
    if (ok && from_base) {
        base = one_line(merge_base);
        ok = base && strlen(base) <= MAX_ID;
        if (ok) memcpy(a, base, strlen(base) + 1);
    }
    folder = ok ? one_line(top) : NULL;
    ok = ok && folder;
    args[n++] = a;
    if (!work) args[n++] = b;
    args[n++] = "--";
    for (size_t i = 0; i < r->a->n_operand; i++) args[n++] = r->a->operand[i];
    ok = ok && cli_git_run(args, &raw, false) && read_raw(r, &raw, folder);
    if (ok && r->n_pair) {
        r->has_git = cli_git_open(&r->git);
        ok = r->has_git;
    }
    tkc_buf_release(&raw);
    free(folder);
    free(base);
    return ok;
}

/* --- reading and counting ------------------------------------------------------------------------- */

static tkc_status read_side(run *r, const side *s, tkc_buf *text, tkc_error *err)
{
    tkc_buf_clear(text);
    if (!s->there) return TKC_OK;
    if (s->id[0]) return cli_git_blob(&r->git, s->id, text, err);
    return cli_path_read(s->path, text, err);
}

static bool is_binary(const tkc_buf *b)
{
    const size_t n = b->len < PROBE ? b->len : PROBE;
    return n && memchr(b->ptr, '\0', n);
}

static tkc_status count_side(run *r, const side *s, const tkc_buf *text, size_t *out, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t k = 0; k < r->targets.n && s->there && !st; k++) {
        const size_t v = r->targets.target[k].vocab;
        if (k && r->targets.target[k - 1].vocab == v)
            out[k] = out[k - 1];
        else
            st = tkc_count(r->encoder[v], tkc_buf_str(text), r->a->encode_flags, &out[k], err);
    }
    return st;
}

static void count_pair(run *r, pair *p)
{
    tkc_error err = {0};
    tkc_status st = read_side(r, &p->old, &r->old, &err);
    const char *name = st && p->old.path ? p->old.path : p->name; /* what cannot be read */
    if (!st) st = read_side(r, &p->new, &r->new, &err);
    if (!st && p->old.there && p->new.there && r->old.len == r->new.len &&
        (r->old.len == 0 || memcmp(r->old.ptr, r->new.ptr, r->old.len) == 0)) {
        r->n_equal++;
        return;
    }
    if (!st && (is_binary(&r->old) || is_binary(&r->new))) {
        if (!r->n_binary++) r->first_binary = p->name;
        return;
    }
    if (!st) {
        p->before = calloc(2 * r->targets.n, sizeof *p->before);
        if (p->before)
            p->after = p->before + r->targets.n;
        else
            st = tkc_fail(&err, TKC_E_NOMEM, 0, "out of memory");
    }
    if (!st) st = count_side(r, &p->old, &r->old, p->before, &err);
    if (!st) st = count_side(r, &p->new, &r->new, p->after, &err);
    if (st) {
        cli_message_at(name, &err);
        r->failed = true;
        return;
    }
    p->counted = true;
}

static bool make_encoders(run *r)
{
    r->encoder = calloc(r->targets.n_vocab, sizeof(tkc_encoder *));
    if (!r->encoder) return nomem();
    for (size_t v = 0; v < r->targets.n_vocab; v++) {
        tkc_error err = {0};
        if (!tkc_encoder_new(&r->encoder[v], r->targets.vocab[v], NULL, &err)) continue;
        cli_message_at(r->targets.vocab_key[v], &err);
        return false;
    }
    return true;
}

/* --- money ------------------------------------------------------------------------------------------ */

/* The price of an uncached input token today, at the shortest prompts' tier: what surrounds a
 * prompt file is not known. */
static bool find_prices(run *r)
{
    r->money = calloc(r->targets.n, sizeof *r->money);
    if (!r->money) return nomem();
    if (!cli_prices_asof(r->a, &r->day) || !cli_prices_open(&r->prices, r->a)) return false;
    if (!r->day.day) r->day = cli_prices_now();
    for (size_t k = 0; k < r->targets.n; k++) {
        money *m = &r->money[k];
        const char *name = r->targets.target[k].label, *provider = r->a->provider ? r->a->provider : "";
        tkc_error err = {0};
        tkc_price_hit hit;
        tkc_status st;
        if (!r->targets.target[k].model) {
            memcpy(m->why, "an encoding has no price", sizeof "an encoding has no price");
            continue;
        }
        st = tkc_prices_resolve(r->prices, (tkc_str){provider, strlen(provider)}, (tkc_str){name, strlen(name)},
                                &m->model, &err);
        if (!st) st = tkc_prices_find(r->prices, &m->model, TKC_MODE_STANDARD, r->day, 0, &hit, &err);
        if (!st) {
            m->price = tkc_price_of(hit.row, TKC_UNIT_INPUT);
            m->priced = m->price != TKC_NO_PRICE;
            if (!m->priced) (void)tkc_fail(&err, TKC_E_NOTFOUND, 0, "it has no price for input tokens");
        }
        if (!m->priced) memcpy(m->why, err.message, sizeof m->why);
    }
    return true;
}

typedef struct delta {
    bool down;
    size_t tokens;
} delta;

static delta change(size_t before, size_t after)
{
    return after >= before ? (delta){false, after - before} : (delta){true, before - after};
}

static tkc_money money_of(const money *m, size_t tokens)
{
    return (tkc_money){(tkc_u128)tokens * m->price * CALLS};
}

static void put_tokens_change(FILE *f, delta d, int width)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%s%zu", d.tokens == 0 ? "" : d.down ? "-" : "+", d.tokens);
    fprintf(f, "%*s", width, text);
}

/* "+0.0125"; "-" where there is no price. */
static void money_text(char out[TKC_MONEY_SIZE + 2], const money *m, delta d)
{
    char text[TKC_MONEY_SIZE];
    if (!m->priced)
        (void)snprintf(out, TKC_MONEY_SIZE + 2, "-");
    else
        (void)snprintf(out, TKC_MONEY_SIZE + 2, "%s%s", d.tokens == 0 ? "" : d.down ? "-" : "+",
                       tkc_money_dollars(text, money_of(m, d.tokens)));
}

/* --- output ----------------------------------------------------------------------------------------- */

static bool is_shown(const pair *p, size_t column)
{
    return p->counted && (p->before[column] != p->after[column] || p->old.there != p->new.there);
}

static const char *status_of(const pair *p)
{
    return !p->old.there ? "added" : !p->new.there ? "removed" : p->old_name ? "renamed" : "changed";
}

static void sums(const run *r, size_t column, size_t *before, size_t *after)
{
    *before = *after = 0;
    for (size_t i = 0; i < r->n_pair; i++) {
        if (!r->pair[i].counted) continue;
        *before += r->pair[i].before[column];
        *after += r->pair[i].after[column];
    }
}

static void put_text_row(const run *r, size_t k, size_t before, size_t after, int width)
{
    char m[TKC_MONEY_SIZE + 2];
    printf("%*zu %*zu ", width, before, width, after);
    put_tokens_change(stdout, change(before, after), width + 1);
    money_text(m, &r->money[k], change(before, after));
    if (r->money[k].priced) printf(" %14s", m);
    fputs("  ", stdout);
}

static void put_text(const run *r, size_t k)
{
    size_t before, after, n = 0;
    int width = 6;
    char digits[32];
    sums(r, k, &before, &after);
    (void)snprintf(digits, sizeof digits, "%zu", before > after ? before : after);
    if ((int)strlen(digits) > width) width = (int)strlen(digits);
    if (k) putchar('\n');
    printf("%*s %*s %*s%s  %s\n", width, "before", width, "after", width + 1, "change",
           r->money[k].priced ? "  $/1000 calls" : "", r->targets.target[k].label);
    for (size_t i = 0; i < r->n_pair; i++) {
        const pair *p = &r->pair[i];
        if (!is_shown(p, k)) continue;
        n++;
        put_text_row(r, k, p->before[k], p->after[k], width);
        cli_put_name(stdout, p->name);
        if (p->old_name) {
            fputs(" (was ", stdout);
            cli_put_name(stdout, p->old_name);
            putchar(')');
        } else if (!p->old.there || !p->new.there) {
            printf(" (%s)", status_of(p));
        }
        putchar('\n');
    }
    if (n == 1) return;
    put_text_row(r, k, before, after, width);
    puts("total");
}

/* A name in a cell of a table: what Markdown or HTML would take is escaped. */
static void put_md(const char *s)
{
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c == 0x7f)
            printf("\\\\x%02x", c);
        else if (c == '&' || c == '<' || c == '>')
            fputs(c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;", stdout);
        else if (tkc_is_one_of(c, "\\`*_[]#|~@$:"))
            printf(c == '@' ? "&#64;" : "\\%c", c);
        else
            putchar(c);
    }
}

static void put_md_row(const run *r, size_t k, size_t before, size_t after)
{
    char m[TKC_MONEY_SIZE + 2];
    const delta d = change(before, after);
    printf(" | %zu | %zu | ", before, after);
    put_tokens_change(stdout, d, 0);
    money_text(m, &r->money[k], d);
    if (r->money[k].priced) printf(" | %s", m);
    puts(" |");
}

static void put_markdown(const run *r, size_t k)
{
    size_t before, after, n = 0;
    const cli_target *t = &r->targets.target[k];
    sums(r, k, &before, &after);
    if (k) putchar('\n');
    fputs("**", stdout);
    put_md(t->label);
    fputs("**: ", stdout);
    put_tokens_change(stdout, change(before, after), 0);
    printf(" tokens");
    if (r->money[k].priced) {
        char m[TKC_MONEY_SIZE + 2];
        money_text(m, &r->money[k], change(before, after));
        printf(", %s dollars per 1,000 calls", m);
    }
    if (t->cls != TKC_CLASS_EXACT) printf(" (%s)", tkc_class_name(t->cls));
    puts("\n");
    for (size_t i = 0; i < r->n_pair; i++) {
        const pair *p = &r->pair[i];
        if (!is_shown(p, k)) continue;
        if (!n++) {
            printf("| file | before | after | change%s |\n", r->money[k].priced ? " | $ per 1,000 calls" : "");
            printf("|---|--:|--:|--:%s|\n", r->money[k].priced ? "|--:" : "");
        }
        fputs("| ", stdout);
        put_md(p->name);
        if (p->old_name || !p->old.there || !p->new.there) printf(" (%s)", status_of(p));
        put_md_row(r, k, p->before[k], p->after[k]);
    }
    if (n == 0) puts("No prompt has another number of tokens.");
    if (n < 2) return;
    fputs("| **total**", stdout);
    put_md_row(r, k, before, after);
}

static void put_json_change(const run *r, size_t k, delta d)
{
    char text[TKC_MONEY_SIZE];
    const char *sign = d.down && d.tokens ? "-" : "";
    printf(",\"change\":%s%zu,\"picodollars_per_1000_calls\":", sign, d.tokens);
    if (r->money[k].priced)
        printf("%s%s", r->money[k].price ? sign : "", tkc_money_digits(text, money_of(&r->money[k], d.tokens)));
    else
        fputs("null", stdout);
}

static void put_json_column(const run *r, size_t k)
{
    size_t before, after, n = 0;
    const money *m = &r->money[k];
    sums(r, k, &before, &after);
    fputs(k ? ",\n{" : "\n{", stdout);
    if (!r->targets.target[k].model) fputs("\"model\":null,\"rule\":null,", stdout);
    cli_put_target_json(stdout, &r->targets, k);
    fputs(",\"picodollars_per_token\":", stdout);
    if (m->priced)
        printf("%llu,\"price_model\":", (unsigned long long)m->price);
    else
        fputs("null,\"unpriced\":", stdout);
    cli_put_json_z(stdout, m->priced ? m->model.model : m->why);
    printf(",\"before\":%zu,\"after\":%zu", before, after);
    put_json_change(r, k, change(before, after));
    fputs(",\"files\":[", stdout);
    for (size_t i = 0; i < r->n_pair; i++) {
        const pair *p = &r->pair[i];
        if (!p->counted) continue;
        fputs(n++ ? ",\n{\"path\":" : "\n{\"path\":", stdout);
        cli_put_json_z(stdout, p->name);
        if (p->old_name) {
            fputs(",\"old_path\":", stdout);
            cli_put_json_z(stdout, p->old_name);
        }
        printf(",\"status\":\"%s\",\"before\":%zu,\"after\":%zu", status_of(p), p->before[k], p->after[k]);
        put_json_change(r, k, change(p->before[k], p->after[k]));
        putchar('}');
    }
    fputs("]}", stdout);
}

static void put(const run *r)
{
    if (r->format == FORMAT_JSON) {
        char date[CLI_DATE_SIZE];
        fputs("{\"schema\":\"tokcount/diff/1\"", stdout);
        if (r->a->rev) {
            fputs(",\"rev\":", stdout);
            cli_put_json_z(stdout, r->a->rev);
        }
        fputs(",\"old\":", stdout);
        cli_put_json_z(stdout, r->a->rev ? r->commit[0] : r->old_label);
        fputs(",\"new\":", stdout);
        if (r->a->rev && !r->commit[1][0])
            fputs("null", stdout);
        else
            cli_put_json_z(stdout, r->a->rev ? r->commit[1] : r->new_label);
        printf(",\"prices_of\":\"%s\",\"complete\":%s,\"results\":[", cli_prices_date(date, r->day.day),
               r->failed ? "false" : "true");
    }
    for (size_t k = 0; k < r->targets.n; k++) {
        if (r->format == FORMAT_JSON)
            put_json_column(r, k);
        else if (r->format == FORMAT_MD)
            put_markdown(r, k);
        else
            put_text(r, k);
    }
    if (r->format == FORMAT_JSON) puts("]}");
}

/* --- the command --------------------------------------------------------------------------------------- */

static bool read_format(run *r)
{
    const char *f = r->a->format;
    r->format = r->a->json ? FORMAT_JSON : FORMAT_TEXT;
    if (!f) return true;
    if (r->a->json && strcmp(f, "json") != 0) {
        cli_message("--json and --format %s contradict each other", f);
        return false;
    }
    r->format = strcmp(f, "json") == 0 ? FORMAT_JSON : strcmp(f, "md") == 0 || strcmp(f, "markdown") == 0 ? FORMAT_MD : FORMAT_TEXT;
    if (r->format != FORMAT_TEXT || strcmp(f, "text") == 0) return true;
    cli_message("diff --format: unknown value '%s'; it is one of text, json, md", f);
    return false;
}

static int work(run *r)
{
    tkc_buf_init(&r->old, cli_input_limit(), NULL);
    tkc_buf_init(&r->new, cli_input_limit(), NULL);
    if (!read_format(r) || !cli_config_open(&r->config, r->a, NULL) ||
        !cli_config_models(&r->config, r->a, &r->own, &r->pick) || !cli_targets_open(&r->targets, &r->own) || !find_prices(r) ||
        !make_encoders(r))
        return EXIT_ERROR;
    if (!(r->a->rev ? pair_revisions(r) : pair_operands(r))) return EXIT_ERROR;
    for (size_t i = 0; i < r->n_pair; i++) count_pair(r, &r->pair[i]);
    put(r);
    for (size_t k = 0; k < r->targets.n && !r->a->quiet; k++)
        if (!r->money[k].priced && r->targets.target[k].model)
            cli_message("%s: unpriced: %s", r->targets.target[k].label, r->money[k].why);
    if (r->n_binary && !r->a->quiet)
        cli_message("%zu binary file%s left out, the first is %s", r->n_binary, TKC_PLURAL(r->n_binary),
                    r->first_binary);
    for (size_t k = 0; k < r->targets.n; k++)
        if (r->money[k].priced) {
            cli_prices_warn_age(r->a, r->day);
            break;
        }
    if (r->failed) cli_message("not everything was counted: the sums are of the rest");
    return r->failed ? EXIT_ERROR : EXIT_FINE;
}

int cmd_diff(const cli_args *a)
{
    run r = {.a = a};
    const int status = work(&r);
    for (size_t i = 0; i < r.n_pair; i++) {
        free(r.pair[i].name);
        free(r.pair[i].old_name);
        free(r.pair[i].old.path);
        free(r.pair[i].new.path);
        free(r.pair[i].before);
    }
    free(r.pair);
    free(r.money);
    free(r.pick);
    for (size_t v = 0; r.encoder && v < r.targets.n_vocab; v++) tkc_encoder_free(r.encoder[v]);
    free(r.encoder);
    if (r.has_git) cli_git_close(&r.git);
    tkc_buf_release(&r.old);
    tkc_buf_release(&r.new);
    tkc_prices_free(r.prices);
    cli_targets_release(&r.targets);
    cli_config_release(&r.config);
    return status;
}
