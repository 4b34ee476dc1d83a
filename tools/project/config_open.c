/*
 * config_open.c - finds .tokcount.yaml and reads it; paths as the configuration sees them.
 */
#include "tools/project/config.h"

#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/vocab.h"
#include "vocab/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PATH_BYTES = 1 << 16 };

static char *current_folder(void)
{
    for (size_t room = 256; room <= MAX_PATH_BYTES; room *= 2) {
        char *s = malloc(room);
        if (!s || getcwd(s, room)) return s;
        free(s);
        if (errno != ERANGE) break;
    }
    return NULL;
}

/* The folder above, in place; false at the root. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash[1] == '\0') return false;
    slash[slash == path] = '\0';
    return true;
}

/* A link that leads nowhere is there too: it is refused, not passed over. */
static bool has(const char *folder, const char *name)
{
    struct stat st;
    char *path = cli_path_join(folder, name, "");
    bool yes = path && lstat(path, &st) == 0;
    free(path);
    return yes;
}

/* A regular file that is no link: what stands in a repository may point anywhere. */
static tkc_status read_file(const char *path, bool follow, tkc_buf *text, tkc_error *err)
{
    struct stat st;
    tkc_status status = TKC_OK;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
    if (fd < 0) {
        if (errno == ELOOP)
            return tkc_fail(err, TKC_E_IO, 0, "is a link, which is not followed; make it a file");
        return tkc_fail(err, TKC_E_IO, 0, "%s", cli_errno_text(errno));
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        status = tkc_fail(err, TKC_E_IO, 0, "is not a regular file");
    while (!status) {
        ptrdiff_t got;
        status = tkc_buf_reserve(text, 4096, err);
        if (status == TKC_E_LIMIT) status = tkc_fail(err, TKC_E_LIMIT, 0, "larger than 256 KB");
        if (status) break;
        got = cli_read_some(fd, text->ptr + text->len, text->cap - text->len, err);
        if (got < 0) status = TKC_E_IO;
        if (got <= 0) break;
        text->len += (size_t)got;
    }
    cli_close(fd);
    return status;
}

static bool load(cli_config *c, bool follow, const cli_config_rules *rules)
{
    tkc_buf text;
    tkc_error err = {0};
    tkc_status st;
    tkc_buf_init(&text, 300 << 10, NULL);
    st = read_file(c->path, follow, &text, &err);
    if (!st) st = cli_config_parse(c, tkc_buf_str(&text), rules, NULL, &err);
    tkc_buf_release(&text);
    if (st) cli_message("%s: %s", c->path, err.message);
    return st == TKC_OK;
}

bool cli_config_open(cli_config *c, const cli_args *a, const cli_config_rules *rules)
{
    char *here = current_folder(), *repository = NULL;
    bool ok = true;
    *c = (cli_config){.path = NULL};
    if (!here) {
        cli_message("cannot tell the current folder: %s", strerror(errno));
        return false;
    }
    c->root = strdup(here);
    if (!c->root || !cli_config_defaults(c)) goto nomem;
    /* the repository, so that nothing above it is read */
    do {
        if (has(here, ".git")) {
            repository = strdup(here);
            if (!repository) goto nomem;
            break;
        }
    } while (go_up(here));
    c->is_project = repository || a->config;
    if (a->config) { /* its patterns count from the repository, as those of a file there would */
        c->path = strdup(a->config);
        c->is_here = true;
        if (!c->path) goto nomem;
        if (repository) {
            c->is_here = strcmp(c->root, repository) == 0;
            free(c->root);
            c->root = repository;
            repository = NULL;
        }
        ok = load(c, true, rules);
        goto out;
    }
    memcpy(here, c->root, strlen(c->root) + 1);
    for (size_t steps = 0;;) {
        const bool top = !repository || strcmp(here, repository) == 0;
        if (!a->no_config && has(here, CLI_CONFIG_NAME)) {
            free(c->root);
            c->root = strdup(here);
            c->is_here = steps == 0;
            c->is_project = true;
            c->path = c->root ? cli_config_in_root(c, CLI_CONFIG_NAME) : NULL;
            if (!c->path) goto nomem;
            ok = load(c, false, rules);
            break;
        }
        if (top) {
            free(c->root);
            c->root = strdup(here);
            c->is_here = steps == 0;
            if (!c->root) goto nomem;
            break;
        }
        if (!go_up(here)) break;
        steps++;
    }
out:
    free(here);
    free(repository);
    return ok;
nomem:
    cli_message("out of memory");
    ok = false;
    goto out;
}

bool cli_config_models(const cli_config *c, const cli_args *a, cli_args *own, cli_pick **pick)
{
    const cli_names *m = &c->models;
    *own = *a;
    *pick = NULL;
    if (a->n_pick || m->n == 0) return true;
    *pick = calloc(m->n, sizeof **pick);
    if (!*pick) {
        cli_message("out of memory");
        return false;
    }
    for (size_t i = 0; i < m->n; i++) {
        tkc_model_rule rule;
        (*pick)[i] = (cli_pick){tkc_model_find(m->name[i], &rule) != NULL, m->name[i]};
    }
    own->pick = *pick;
    own->n_pick = m->n;
    return true;
}

char *cli_config_in_root(const cli_config *c, const char *name)
{
    if (c->is_here) return strdup(name);
    return cli_path_join(strcmp(c->root, "/") == 0 ? "" : c->root, name, "");
}

/* Takes ".", ".." and double slashes out of an absolute path, in place. */
static void normalize(char *path)
{
    char *out = path;
    const char *p = path;
    while (*p) {
        size_t n;
        while (*p == '/') p++;
        n = strcspn(p, "/");
        if (n == 0) break;
        if (n == 2 && p[0] == '.' && p[1] == '.') {
            while (out > path && *--out != '/') continue;
        } else if (!(n == 1 && p[0] == '.')) {
            *out++ = '/';
            memmove(out, p, n);
            out += n;
        }
        p += n;
    }
    if (out == path) *out++ = '/';
    *out = '\0';
}

static char *absolute(const char *path)
{
    char *full;
    if (path[0] == '/') {
        full = strdup(path);
    } else {
        char *here = current_folder();
        full = here ? cli_path_join(here, path, "") : NULL;
        free(here);
    }
    if (full) normalize(full);
    return full;
}

char *cli_config_relative(const cli_config *c, const char *path, bool *outside)
{
    char *full = absolute(path), *out = NULL;
    size_t n = strlen(c->root);
    *outside = false;
    if (!full) return NULL;
    if (n == 1) n = 0; /* the root of all */
    if (strncmp(full, c->root, n) == 0 && full[n] == '/' && full[n + 1])
        out = strdup(full + n + 1);
    else
        *outside = true;
    free(full);
    return out;
}

bool cli_config_is_around(const cli_config *c, const char *folder)
{
    char *full = absolute(folder);
    const size_t n = full ? strlen(full) : 0;
    const bool is = n && strncmp(c->root, full, n) == 0 && (n == 1 || c->root[n] == '/' || !c->root[n]);
    free(full);
    return is;
}
