/*
 * walk.c - a folder walk with an explicit stack and git's ignore rules.
 *
 * The stack holds what is still to visit, last first. A folder's names are sorted with '/'
 * behind those of folders, which makes the whole list come out in byte order.
 * A "level" is one .gitignore file: its patterns and the part of a path they do not see.
 */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "tools/project/walk.h"

#include "tools/project/gitignore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A hand-written .gitignore has some kilobytes; past this it is no pattern file. */
enum { MAX_IGNORE_FILE = 4 << 20 };

typedef struct level {
    const struct level *parent; /* looser: asked when this one says nothing */
    struct level *next_made;    /* all levels, to free them */
    gitignore *patterns;
    size_t skip; /* bytes of the repository path up to the folder, with its slash */
} level;

typedef struct item {
    char *path;  /* as printed */
    char *in_repository; /* the same, from the root that the levels count from */
    const level *rules;
    bool folder;
} item;

typedef struct walk {
    const walk_options *o;
    item *stack;
    size_t n, cap;
    level *made;
} walk;

static char *join(const char *folder, const char *name)
{
    size_t a = strlen(folder), b = strlen(name);
    bool slash = a && folder[a - 1] != '/';
    char *s;
    if (a > SIZE_MAX / 2 || b > SIZE_MAX / 2 - 2) return NULL;
    s = malloc(a + b + 2);
    if (!s) return NULL;
    memcpy(s, folder, a);
    if (slash) s[a++] = '/';
    memcpy(s + a, name, b + 1);
    return s;
}

static bool exists(const char *folder, const char *name)
{
    struct stat st;
    char *path = join(folder, name);
    bool yes = path && lstat(path, &st) == 0;
    free(path);
    return yes;
}

/* Reads a pattern file that may be missing. */
static walk_status read_level(walk *w, const char *folder, const char *name, size_t skip,
                              const level **chain)
{
    walk_status status = WALK_NOMEM;
    char *path = join(folder, name), *text = NULL;
    level *made = NULL;
    struct stat st;
    ssize_t got;
    size_t len = 0;
    int fd = -1;
    if (!path) return WALK_NOMEM;
    /* git reads no .gitignore through a link; O_NONBLOCK: it might be a FIFO. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            w->o->on_error(w->o->ctx, path, errno);
        status = WALK_OK;
        goto out;
    }
    if (st.st_size > MAX_IGNORE_FILE) {
        w->o->on_error(w->o->ctx, path, EFBIG);
        status = WALK_OK;
        goto out;
    }
    text = malloc((size_t)st.st_size + 1);
    made = calloc(1, sizeof *made);
    if (!text || !made) goto out;
    while (len < (size_t)st.st_size) {
        got = read(fd, text + len, (size_t)st.st_size - len);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        len += (size_t)got;
    }
    made->patterns = gitignore_new((tkc_str){text, len});
    if (!made->patterns) goto out;
    status = WALK_OK;
    if (!gitignore_is_empty(made->patterns)) {
        made->skip = skip;
        made->parent = *chain;
        made->next_made = w->made;
        w->made = made;
        *chain = made;
        made = NULL;
    }
out:
    if (made) gitignore_free(made->patterns);
    free(made);
    free(text);
    free(path);
    if (fd >= 0) close(fd);
    return status;
}

static bool ignored(const level *rules, const char *in_repository, bool folder)
{
    for (; rules; rules = rules->parent) {
        gitignore_answer a = gitignore_match(rules->patterns, in_repository + rules->skip, folder);
        if (a != GITIGNORE_NONE) return a == GITIGNORE_IGNORED;
    }
    return false;
}

/* The folder's own files of patterns; a .git in it starts a new repository. */
static walk_status enter(walk *w, const char *folder, size_t skip, const level **chain)
{
    walk_status status = WALK_OK;
    if (w->o->no_ignore) return WALK_OK;
    if (exists(folder, ".git")) {
        *chain = NULL;
        status = read_level(w, folder, ".git/info/exclude", skip, chain);
    }
    return status ? status : read_level(w, folder, ".gitignore", skip, chain);
}

static bool push(walk *w, item i)
{
    if (w->n == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 64;
        item *fresh = cap > SIZE_MAX / 2 / sizeof *fresh ? NULL
                                                         : realloc(w->stack, cap * sizeof *fresh);
        if (!fresh) return false;
        w->stack = fresh;
        w->cap = cap;
    }
    w->stack[w->n++] = i;
    return true;
}

static void item_release(item *i)
{
    free(i->path);
    free(i->in_repository);
}

/* Later first: the stack gives them back in byte order. '/' stands behind a folder. */
static int compare_down(const void *pa, const void *pb)
{
    const item *a = pa, *b = pb;
    const unsigned char *s = (const unsigned char *)a->path, *t = (const unsigned char *)b->path;
    unsigned ca, cb;
    while (*s && *s == *t) {
        s++;
        t++;
    }
    ca = *s ? *s : a->folder ? '/' : 0;
    cb = *t ? *t : b->folder ? '/' : 0;
    return ca < cb ? 1 : ca > cb ? -1 : 0;
}

static walk_status visit_folder(walk *w, const item *dir)
{
    const level *rules = dir->rules;
    size_t base = w->n, dir_len = strlen(dir->in_repository);
    const struct dirent *d;
    walk_status status;
    DIR *open_dir = opendir(dir->path);
    if (!open_dir) {
        w->o->on_error(w->o->ctx, dir->path, errno);
        return WALK_OK;
    }
    status = enter(w, dir->path, dir_len, &rules);
    while (!status) {
        struct stat st;
        item found = {.rules = rules};
        const char *name;
        errno = 0;
        d = readdir(open_dir);
        if (!d) {
            if (errno) w->o->on_error(w->o->ctx, dir->path, errno);
            break;
        }
        name = d->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, ".git") == 0)
            continue;
        if (name[0] == '.' && !w->o->hidden) continue;
        if (fstatat(dirfd(open_dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) continue; /* deleted since */
            w->o->on_error(w->o->ctx, dir->path, errno);
            break; /* a folder that may be listed but not entered: once is enough */
        }
        found.folder = S_ISDIR(st.st_mode);
        if (!found.folder && !S_ISREG(st.st_mode)) continue;
        found.path = join(dir->path, name);
        found.in_repository = join(dir->in_repository, name);
        if (!found.path || !found.in_repository) {
            item_release(&found);
            status = WALK_NOMEM;
            break;
        }
        if (ignored(rules, found.in_repository, found.folder)) {
            item_release(&found);
            continue;
        }
        if (found.folder) { /* the levels below count from behind its slash */
            size_t len = strlen(found.in_repository);
            char *more = realloc(found.in_repository, len + 2);
            if (more) {
                memcpy(more + len, "/", 2);
                found.in_repository = more;
            }
            if (!more || !push(w, found)) {
                item_release(&found);
                status = WALK_NOMEM;
                break;
            }
        } else if (!push(w, found)) {
            item_release(&found);
            status = WALK_NOMEM;
            break;
        }
    }
    closedir(open_dir);
    if (w->n > base) qsort(w->stack + base, w->n - base, sizeof *w->stack, compare_down);
    return status;
}

/* The levels above the folder, and the folder's place in its repository: "a/b/" or "". */
static walk_status enter_from_root(walk *w, const char *folder, const level **chain,
                                   char **in_repository)
{
    char *real = realpath(folder, NULL), *root = NULL;
    walk_status status = WALK_OK;
    size_t len;
    *in_repository = calloc(1, 1);
    if (!*in_repository) status = WALK_NOMEM;
    if (!real || status || w->o->no_ignore) goto out;
    len = strlen(real);
    root = malloc(len + 2);
    if (!root) {
        status = WALK_NOMEM;
        goto out;
    }
    /* Upwards to the nearest folder with a .git; none: only what lies below counts. */
    memcpy(root, real, len + 1);
    for (;;) {
        char *slash;
        if (exists(root[0] ? root : "/", ".git")) break;
        slash = strrchr(root, '/');
        if (!slash) goto out;
        *slash = '\0';
    }
    if (strcmp(root, real) == 0) goto out; /* visit_folder() reads its own */
    {
        size_t at = strlen(root), begin = at + 1;
        free(*in_repository);
        *in_repository = join(real + begin, "");
        if (!*in_repository) {
            status = WALK_NOMEM;
            goto out;
        }
        for (;;) { /* every folder from the root down to the one above real */
            memcpy(root, real, at);
            root[at] = '\0';
            if (at == len) break;
            status = enter(w, at ? root : "/", at < begin ? 0 : at + 1 - begin, chain);
            if (status) goto out;
            at++;
            at += strcspn(real + at, "/");
        }
    }
out:
    free(root);
    free(real);
    return status;
}

walk_status walk_folder(const char *folder, const walk_options *o)
{
    walk w = {.o = o};
    item top = {.folder = true};
    walk_status status = enter_from_root(&w, folder, &top.rules, &top.in_repository);
    top.path = join(folder, "");
    if (!top.path && !status) status = WALK_NOMEM;
    if (!status && !push(&w, top)) status = WALK_NOMEM;
    if (status) item_release(&top);
    while (!status && w.n) {
        item i = w.stack[--w.n];
        if (i.folder)
            status = visit_folder(&w, &i);
        else if (!o->on_file(o->ctx, i.path))
            status = WALK_STOPPED;
        item_release(&i);
    }
    while (w.n) item_release(&w.stack[--w.n]);
    free(w.stack);
    while (w.made) {
        level *next = w.made->next_made;
        gitignore_free(w.made->patterns);
        free(w.made);
        w.made = next;
    }
    return status;
}
