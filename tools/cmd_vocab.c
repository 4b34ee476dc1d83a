/*
 * cmd_vocab.c - tokcount vocab: what is here, and bringing in more.
 *
 * What "add" stores is the compiled form, USER_FOLDER/NAME.tkv, where the library looks for
 * a published name and cli/vocab.c for a name of the user's own.
 */
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/vocab.h"
#include "vocab/base/map_file.h"
#include "vocab/base/sha256.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file NAME.something in the folder. */
static bool folder_has(const char *folder, const char *name)
{
    size_t len = strlen(name);
    const struct dirent *d;
    bool found = false;
    DIR *open_dir = folder ? opendir(folder) : NULL;
    if (!open_dir) return false;
    while (!found && (d = readdir(open_dir)) != NULL)
        found = strncmp(d->d_name, name, len) == 0 && d->d_name[len] == '.' &&
                !strchr(d->d_name + len + 1, '.');
    closedir(open_dir);
    return found;
}

/* Where its data lies, NULL if nowhere. */
static const char *place(const tkc_encoding *e, const cli_folders *f)
{
    if (strcmp(e->where, "library") == 0) return "library";
    if (folder_has(f->user, e->name)) return "user";
    if (folder_has(f->data, e->name)) return "data";
    /* the three generations share one file */
    if (e->cls == TKC_CLASS_RECONSTRUCTED && folder_has(f->data, "claude_v3plus")) return "data";
    return NULL;
}

static const char *advice(const tkc_encoding *e)
{
    if (strcmp(e->where, "tree") == 0) return "set TOKCOUNT_DATA";
    return strcmp(e->where, "extra") == 0 ? "make vocab-extra" : "vocab add FILE";
}

/* Names in the user's folder that the registry does not have; *n of them, sorted. */
static char **own_names(const cli_folders *f, size_t *n)
{
    char **name = NULL;
    size_t cap = 0;
    const struct dirent *d;
    DIR *open_dir = f->user ? opendir(f->user) : NULL;
    *n = 0;
    if (!open_dir) return NULL;
    while ((d = readdir(open_dir)) != NULL) {
        size_t len = strlen(d->d_name);
        char *copy;
        if (len < 5 || d->d_name[0] == '.' || strcmp(d->d_name + len - 4, ".tkv") != 0) continue;
        copy = strndup(d->d_name, len - 4);
        if (copy && *n == cap) {
            char **fresh = realloc(name, (cap ? cap * 2 : 16) * sizeof *fresh);
            if (fresh) {
                name = fresh;
                cap = cap ? cap * 2 : 16;
            }
        }
        if (!copy || *n == cap || tkc_encoding_find(copy)) {
            free(copy);
            continue;
        }
        {
            size_t k = (*n)++;
            for (; k > 0 && strcmp(name[k - 1], copy) > 0; k--) name[k] = name[k - 1];
            name[k] = copy;
        }
    }
    closedir(open_dir);
    return name;
}

static void release_names(char **name, size_t n)
{
    for (size_t i = 0; i < n; i++) free(name[i]);
    free(name);
}

static void put_json_row(const char *name, const char *class_name, const char *where,
                         const char *licence, const char *models, const char *at, bool first)
{
    fputs(first ? "{\"name\":" : ",{\"name\":", stdout);
    cli_put_json_z(stdout, name);
    printf(",\"class\":\"%s\",\"where\":\"%s\",\"licence\":", class_name, where);
    cli_put_json_z(stdout, licence);
    fputs(",\"models\":", stdout);
    cli_put_json_z(stdout, models);
    printf(",\"present\":%s}", at ? "true" : "false");
}

static int list(const cli_args *a, const cli_folders *f)
{
    const tkc_encoding *e;
    size_t n_own;
    char **own;
    if (a->n_operand > 1) {
        cli_message("vocab list: it takes no name; 'tokcount models show MODEL' tells what a model's vocabulary is");
        return EXIT_ERROR;
    }
    own = own_names(f, &n_own);
    if (a->json)
        fputs("{\"schema\":\"tokcount/vocab/1\",\"encodings\":[", stdout);
    else
        printf("%-16s  %-13s  %-22s  %s\n", "ENCODING", "CLASS", "DATA", "MODELS");
    for (size_t i = 0; (e = tkc_encoding_at(i)) != NULL; i++) {
        const char *at = place(e, f);
        char missing[64];
        if (a->json) {
            put_json_row(e->name, tkc_class_name(e->cls), e->where, e->licence, e->models, at,
                         i == 0);
            continue;
        }
        snprintf(missing, sizeof missing, "no: %s", advice(e));
        printf("%-16s  %-13s  %-22s  %s\n", e->name, tkc_class_name(e->cls), at ? at : missing,
               e->models);
    }
    for (size_t i = 0; i < n_own; i++) {
        if (a->json) {
            put_json_row(own[i], tkc_class_name(TKC_CLASS_EXACT), "file", "", "", "user", false);
            continue;
        }
        cli_put_name(stdout, own[i]);
        printf("%*s  %-13s  %s\n", (int)(strlen(own[i]) < 16 ? 16 - strlen(own[i]) : 0), "",
               tkc_class_name(TKC_CLASS_EXACT), "user, your own");
    }
    if (a->json) fputs("]}\n", stdout);
    release_names(own, n_own);
    return EXIT_FINE;
}

/* Prints "name: fine, N tokens"; NULL encoding name for a file. */
static bool verify_one(const char *name, const cli_folders *f)
{
    tkc_vocab_options opt = cli_vocab_options(f);
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_error err = {0};
    tkc_status status;
    if (!cli_vocab_open(&v, name, f, &opt)) return false;
    status = tkc_vocab_verify(v, &err);
    if (!status) status = tkc_encoder_new(&e, v, NULL, &err); /* can it be worked with? */
    tkc_encoder_free(e);
    if (status) {
        cli_message_at(name, &err);
    } else {
        size_t n;
        tkc_vocab_unreachable(v, &n);
        cli_put_name(stdout, name);
        fputs(": fine", stdout);
        if (tkc_vocab_size(v)) printf(", %zu ids", tkc_vocab_size(v));
        if (n) printf(", %zu of them built by no merge", n);
        putchar('\n');
    }
    tkc_vocab_close(v);
    return status == TKC_OK;
}

static int verify(const cli_args *a, const cli_folders *f)
{
    bool ok = true;
    for (size_t i = 1; i < a->n_operand; i++) ok &= verify_one(a->operand[i], f);
    if (a->n_operand == 1) {
        const tkc_encoding *e;
        size_t n_own;
        char **own = own_names(f, &n_own);
        for (size_t i = 0; (e = tkc_encoding_at(i)) != NULL; i++)
            if (place(e, f)) ok &= verify_one(e->name, f);
        for (size_t i = 0; i < n_own; i++) ok &= verify_one(own[i], f);
        release_names(own, n_own);
    }
    return ok ? EXIT_FINE : EXIT_ERROR;
}

static int compile(const cli_args *a, const cli_folders *f)
{
    struct stat st;
    tkc_vocab_options opt = cli_vocab_options(f);
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    tkc_status status;
    if (a->n_operand != 2 || !a->output) {
        cli_message("vocab compile: give NAME or FILE, and -o OUT");
        return EXIT_ERROR;
    }
    /* The library replaces the file by a rename, which for root works on a device too. */
    if (lstat(a->output, &st) == 0 && !S_ISREG(st.st_mode)) {
        cli_message("%s: is no regular file; give another name with -o", a->output);
        return EXIT_ERROR;
    }
    opt.recipe = a->recipe;
    opt.pattern = a->pattern;
    if (!cli_vocab_open(&v, a->operand[1], f, &opt)) return EXIT_ERROR;
    status = tkc_vocab_compile(v, a->output, &err);
    if (status) cli_message_at(a->output, &err);
    tkc_vocab_close(v);
    return status ? EXIT_ERROR : EXIT_FINE;
}

/* Letters, digits, '_', '-', '.', not first a '.' or '-': it becomes a file name. */
static bool is_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
    return n > 0 && n <= 64 && !s[n] && s[0] != '.' && s[0] != '-';
}

/* The row the file belongs to, or the name it gets. False: it was said. */
static bool name_of(const cli_args *a, const char *path, tkc_str bytes, const char **name)
{
    unsigned char sum[32];
    char hex[65];
    const tkc_encoding *e, *asked = a->name ? tkc_encoding_find(a->name) : NULL;
    tkc_sha256(bytes, sum);
    tkc_sha256_hex(sum, hex);
    e = tkc_encoding_by_sha256(hex);
    if (a->name && !is_name(a->name)) {
        cli_message("--name: '%s'; use letters, digits, '_', '-' and '.', at most 64", a->name);
        return false;
    }
    if (!e && !a->name) {
        cli_message("%s: not a published file this program knows (SHA-256 %s); give it a name "
                    "with --name",
                    path, hex);
        return false;
    }
    /* A published name promises what its row says. */
    if (asked && asked != e && asked->sha256[0]) {
        cli_message("%s: not the published %s, whose SHA-256 is %s; this one's is %s; give another "
                    "--name",
                    path, asked->name, asked->sha256, hex);
        return false;
    }
    *name = asked ? asked->name : a->name ? a->name : e->name;
    return true;
}

static int add(const cli_args *a, const cli_folders *f)
{
    tkc_vocab_options opt = cli_vocab_options(f);
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    tkc_buf bytes;
    const char *name, *path;
    char *stored = NULL;
    tkc_status status;
    int result = EXIT_ERROR;
    tkc_buf_init(&bytes, cli_input_limit(), NULL);
    if (a->n_operand != 2) {
        cli_message("vocab add: give one FILE");
        goto out;
    }
    path = a->operand[1];
    if (!f->user) {
        cli_message("vocab add: there is no folder to store in; set HOME or XDG_DATA_HOME");
        goto out;
    }
    status = cli_path_read(path, &bytes, &err);
    if (status) {
        cli_message_at(path, &err);
        goto out;
    }
    if (!name_of(a, path, tkc_buf_str(&bytes), &name)) goto out;
    opt.recipe = a->recipe;
    opt.pattern = a->pattern;
    /* Most published rank files need the recipe of the row they were stored under. */
    if (!opt.recipe && !opt.pattern && tkc_encoding_find(name)) opt.recipe = name;
    status = tkc_vocab_open_memory(&v, tkc_buf_str(&bytes), &opt, &err);
    if (status) {
        cli_message_at(path, &err);
        goto out;
    }
    stored = cli_path_join(f->user, name, ".tkv");
    if (!stored) {
        cli_message("out of memory");
        goto out;
    }
    status = tkc_make_dir(f->user, &err);
    if (!status) status = tkc_vocab_compile(v, stored, &err);
    if (status) {
        cli_message_at(stored, &err);
        goto out;
    }
    printf("%s: %zu ids, use it with -e %s\n", name, tkc_vocab_size(v), name);
    result = EXIT_FINE;
out:
    tkc_vocab_close(v);
    free(stored);
    tkc_buf_release(&bytes);
    return result;
}

int cmd_vocab(const cli_args *a)
{
    static const struct {
        const char *name;
        int (*run)(const cli_args *a, const cli_folders *f);
    } verb[] = {{"list", list}, {"add", add}, {"verify", verify}, {"compile", compile}};
    const char *asked = a->n_operand ? a->operand[0] : "list";
    cli_folders f;
    int status = EXIT_ERROR;
    size_t i = 0;
    while (i < sizeof verb / sizeof verb[0] && strcmp(verb[i].name, asked) != 0) i++;
    if (i == sizeof verb / sizeof verb[0]) {
        cli_message("vocab: '%s'; give list, add FILE, verify or compile", asked);
        return EXIT_ERROR;
    }
    if (i && a->json) {
        cli_message("vocab %s: --json is for list; leave it out", asked);
        return EXIT_ERROR;
    }
    cli_folders_init(&f);
    status = verb[i].run(a, &f);
    cli_folders_release(&f);
    return status;
}
