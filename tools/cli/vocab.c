/*
 * vocab.c - finds the folders, resolves model and encoding names, opens vocabularies.
 *
 * The library reads no environment, so all of it is here. A name is never matched by
 * likeness: an unknown one is an error that lists the nearest.
 */
#include "tools/cli/vocab.h"

#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "vocab/base/near.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *cli_path_join(const char *folder, const char *name, const char *suffix)
{
    size_t a = strlen(folder), b = strlen(name), c = strlen(suffix);
    char *s = malloc(a + b + c + 2);
    if (!s) return NULL;
    memcpy(s, folder, a);
    s[a] = '/';
    memcpy(s + a + 1, name, b);
    memcpy(s + a + 1 + b, suffix, c + 1);
    return s;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static char *data_folder(void)
{
    /* Beside build/tokcount, build/MODE/tokcount, and PREFIX/bin/tokcount. */
    static const char *const place[] = {"../vocab/data", "../../vocab/data",
                                        "../share/tokcount/vocab"};
    const char *env = getenv("TOKCOUNT_DATA");
    char exe[4096];
    ssize_t n;
    if (env && *env) return strdup(env);
    n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0 || (size_t)n >= sizeof exe - 1) return NULL;
    while (n > 0 && exe[n - 1] != '/') n--;
    if (n > 1) n--;
    exe[n] = '\0';
    for (size_t i = 0; i < sizeof place / sizeof place[0]; i++) {
        char *path = cli_path_join(exe, place[i], "");
        if (!path || is_folder(path)) return path;
        free(path);
    }
    return NULL;
}

/* $xdg/rest, else $HOME/fallback/rest; the variables count only if absolute, as the XDG
 * base directory specification asks. */
static char *home_folder(const char *xdg, const char *fallback, const char *rest)
{
    const char *base = getenv(xdg), *home = getenv("HOME");
    char *path, *deeper;
    if (base && base[0] == '/') return cli_path_join(base, rest, "");
    if (!home || home[0] != '/') return NULL;
    path = cli_path_join(home, fallback, "");
    if (!path) return NULL;
    deeper = cli_path_join(path, rest, "");
    free(path);
    return deeper;
}

void cli_folders_init(cli_folders *f)
{
    const char *cache = getenv("TOKCOUNT_CACHE");
    f->data = data_folder();
    f->user = home_folder("XDG_DATA_HOME", ".local/share", "tokcount/vocab");
    f->config = home_folder("XDG_CONFIG_HOME", ".config", "tokcount");
    f->cache = cache && *cache ? strdup(cache)
                               : home_folder("XDG_CACHE_HOME", ".cache", "tokcount");
}

void cli_folders_release(cli_folders *f)
{
    free(f->data);
    free(f->user);
    free(f->config);
    free(f->cache);
    memset(f, 0, sizeof *f);
}

tkc_vocab_options cli_vocab_options(const cli_folders *f)
{
    return (tkc_vocab_options){.struct_size = sizeof(tkc_vocab_options),
                               .data_dir = f->data,
                               .user_dir = f->user,
                               .cache_dir = f->cache};
}

/* "unknown model 'gtp-5'; nearest: gpt-5, gpt-4; 'tokcount models' has all" */
static void say_unknown(const char *what, const char *name, const char *more, const char *const *near, size_t n, const char *list)
{
    cli_message("unknown %s '%s'%s%s%s%s%s%s%s; 'tokcount %s' has all", what, name, more, n ? "; nearest: " : "",
                n > 0 ? near[0] : "", n > 1 ? ", " : "", n > 1 ? near[1] : "", n > 2 ? ", " : "",
                n > 2 ? near[2] : "", list);
}

static void unknown_encoding(const char *name)
{
    tkc_near near = {.wanted = name};
    tkc_model_rule rule;
    const tkc_encoding *e;
    if (tkc_model_find(name, &rule)) {
        cli_message("unknown encoding '%s', and no such file; it is a model: give it with -m", name);
        return;
    }
    for (size_t i = 0; (e = tkc_encoding_at(i)) != NULL; i++) tkc_near_offer(&near, e->name);
    say_unknown("encoding", name, ", and no such file", near.name, near.n, "vocab list");
}

/* A plain name that "vocab add --name" may have stored. */
static char *user_file(const cli_folders *f, const char *name)
{
    char *path;
    if (!f->user || !*name || name[0] == '.' || strchr(name, '/')) return NULL;
    path = cli_path_join(f->user, name, ".tkv");
    if (path && !cli_path_exists(path)) {
        free(path);
        path = NULL;
    }
    return path;
}

bool cli_vocab_open(tkc_vocab **out, const char *name, const cli_folders *f,
                    const tkc_vocab_options *opt)
{
    tkc_error err = {0};
    tkc_status status;
    char *own;
    if (tkc_encoding_find(name)) {
        status = tkc_vocab_open_encoding(out, name, opt, &err);
    } else if ((own = user_file(f, name)) != NULL) {
        status = tkc_vocab_open(out, own, opt, &err);
        free(own);
    } else if (strchr(name, '/') || cli_path_exists(name)) {
        status = tkc_vocab_open(out, name, opt, &err);
    } else {
        unknown_encoding(name);
        return false;
    }
    if (status) cli_message_at(name, &err);
    return status == TKC_OK;
}

void cli_unknown_model(const char *name)
{
    const char *near[TKC_NEAR_MAX] = {NULL};
    const tkc_encoding *e = tkc_encoding_find(name);
    if (e && strcmp(e->name, name) == 0)
        cli_message("unknown model '%s'; it is an encoding: give it with -e", name);
    else
        say_unknown("model", name, "", near, tkc_model_nearest(name, near, TKC_NEAR_MAX), "models");
}

static bool resolve_model(cli_target *t, const char *name)
{
    t->label = name;
    t->model = tkc_model_find(name, &t->rule);
    if (t->model) {
        t->encoding = tkc_encoding_find(t->model->encoding);
        if (t->encoding) return true;
        cli_message("%s: its encoding '%s' is not known to this build", name, t->model->encoding);
        return false;
    }
    cli_unknown_model(name);
    return false;
}

static bool check_class(const cli_target *t, const cli_args *a)
{
    if (a->require >= 0 && (int)t->cls > a->require) {
        cli_message("%s: counts are of class '%s', and --require asks for '%s'", t->label,
                    tkc_class_name(t->cls), tkc_class_name((tkc_class)a->require));
        return false;
    }
    if (a->as_message && !(t->model && t->model->has_message_frame)) {
        cli_message("%s: no message frame is known for it; use --as text%s", t->label,
                    t->model ? "" : ", or -m with a model");
        return false;
    }
    if (a->quiet) return true;
    if (t->cls != TKC_CLASS_EXACT)
        cli_message("%s: counts are of class '%s', not exact", t->label, tkc_class_name(t->cls));
    if (t->model && t->rule == TKC_RULE_PREFIX)
        cli_message("%s: matched by the prefix '%s'", t->label, t->model->name);
    return true;
}

static bool open_target(cli_targets *t, cli_target *g, const char *key)
{
    tkc_vocab_options opt = cli_vocab_options(&t->folders);
    for (g->vocab = 0; g->vocab < t->n_vocab; g->vocab++)
        if (strcmp(t->vocab_key[g->vocab], key) == 0) return true;
    if (!cli_vocab_open(&t->vocab[g->vocab], key, &t->folders, &opt)) return false;
    t->vocab_key[t->n_vocab++] = key;
    return true;
}

bool cli_targets_open(cli_targets *t, const cli_args *a)
{
    static const cli_pick fallback = {false, CLI_DEFAULT_ENCODING};
    const cli_pick *pick = a->n_pick ? a->pick : &fallback;
    size_t n = a->n_pick ? a->n_pick : 1;
    memset(t, 0, sizeof *t);
    t->target = calloc(n, sizeof *t->target);
    t->vocab = calloc(n, sizeof(tkc_vocab *));
    t->vocab_key = calloc(n, sizeof *t->vocab_key);
    if (!t->target || !t->vocab || !t->vocab_key) {
        cli_message("out of memory");
        return false;
    }
    cli_folders_init(&t->folders);
    for (size_t i = 0; i < n; i++) {
        cli_target *g = &t->target[i];
        if (pick[i].is_model) {
            if (!resolve_model(g, pick[i].name)) return false;
        } else {
            g->label = pick[i].name;
            g->encoding = tkc_encoding_find(pick[i].name);
        }
        /* A file is what it is: its ids are exact for itself. */
        g->cls = g->encoding ? g->encoding->cls : TKC_CLASS_EXACT;
        if (!check_class(g, a)) return false;
        if (!open_target(t, g, g->encoding ? g->encoding->name : pick[i].name)) return false;
    }
    t->n = n;
    return true;
}

void cli_targets_release(cli_targets *t)
{
    for (size_t i = 0; i < t->n_vocab; i++) tkc_vocab_close(t->vocab[i]);
    free(t->vocab);
    free(t->vocab_key);
    free(t->target);
    cli_folders_release(&t->folders);
    memset(t, 0, sizeof *t);
}

const char *cli_target_encoding(const cli_targets *t, size_t i)
{
    const cli_target *g = &t->target[i];
    return g->encoding ? g->encoding->name : tkc_vocab_name(t->vocab[g->vocab]);
}

struct cli_model_open {
    struct cli_model_open *next;
    char *name;
    cli_pick pick;
    cli_args args; /* as the user's, with this model alone */
    cli_targets targets;
    bool is_open;
};

void cli_models_init(cli_models *m, const cli_args *a)
{
    pthread_mutex_init(&m->lock, NULL);
    m->a = a;
    m->first = NULL;
}

void cli_models_release(cli_models *m)
{
    for (struct cli_model_open *o = m->first, *next; o; o = next) {
        next = o->next;
        cli_targets_release(&o->targets);
        free(o->name);
        free(o);
    }
    pthread_mutex_destroy(&m->lock);
}

const cli_targets *cli_models_get(cli_models *m, tkc_str name)
{
    enum { MOST = 200 }; /* a log may name any number: what comes later is not known */
    struct cli_model_open *o;
    size_t n = 0;
    if (memchr(name.ptr, '\0', name.len)) return NULL;
    pthread_mutex_lock(&m->lock);
    for (o = m->first; o; o = o->next, n++)
        if (strlen(o->name) == name.len && memcmp(o->name, name.ptr, name.len) == 0) break;
    if (!o && n < MOST && (o = calloc(1, sizeof *o)) != NULL) {
        o->name = strndup(name.ptr, name.len);
        if (o->name) {
            o->pick = (cli_pick){true, o->name};
            o->args = *m->a;
            o->args.pick = &o->pick;
            o->args.n_pick = 1;
            o->is_open = cli_targets_open(&o->targets, &o->args);
            o->next = m->first;
            m->first = o;
        } else {
            free(o);
            o = NULL;
        }
    }
    pthread_mutex_unlock(&m->lock);
    return o && o->is_open ? &o->targets : NULL;
}
