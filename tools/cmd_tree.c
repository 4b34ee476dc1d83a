/*
 * cmd_tree.c - tokcount tree: folders with the sum of what is in them.
 *
 * The list of files is sorted, so the files of a folder stand together and one pass with the
 * last child of every folder builds the tree. Nothing here recurses: a tree may be deep.
 */
#include "tools/cli/count.h"
#include "tools/cli/output.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

typedef struct node {
    const char *path; /* of some file in it; path_len bytes of it are the node's own */
    size_t path_len, name; /* name: where the last part begins */
    size_t parent, first, last, next; /* indexes or NONE */
    size_t depth, bytes;
    bool folder;
} node;

typedef struct tree {
    node *n;
    size_t *tokens; /* node * n_column + column */
    size_t len, cap, n_column;
    size_t first_root;
    const cli_args *a;
} tree;

static bool grow(tree *t)
{
    size_t cap = t->cap ? t->cap * 2 : 256;
    node *n;
    size_t *tokens;
    if (t->len < t->cap) return true;
    if (cap > SIZE_MAX / 2 / sizeof *n / t->n_column) return false;
    n = realloc(t->n, cap * sizeof *n);
    if (n) t->n = n;
    tokens = n ? realloc(t->tokens, cap * t->n_column * sizeof *tokens) : NULL;
    if (!tokens) return false;
    t->tokens = tokens;
    t->cap = cap;
    return true;
}

/* The child of parent with this path, made if it is not the last one there. */
static size_t child(tree *t, size_t parent, const char *path, size_t path_len, size_t name,
                    bool folder)
{
    size_t last = parent == NONE ? NONE : t->n[parent].last;
    if (last != NONE && folder && t->n[last].folder && t->n[last].path_len == path_len &&
        memcmp(t->n[last].path, path, path_len) == 0)
        return last;
    if (!grow(t)) return NONE;
    t->n[t->len] = (node){path, path_len, name, parent, NONE, NONE, NONE,
                          parent == NONE ? 0 : t->n[parent].depth + 1, 0, folder};
    memset(t->tokens + t->len * t->n_column, 0, t->n_column * sizeof *t->tokens);
    if (last != NONE)
        t->n[last].next = t->len;
    else if (parent != NONE)
        t->n[parent].first = t->len;
    if (parent != NONE) t->n[parent].last = t->len;
    return t->len++;
}

static bool build(tree *t, const cli_counts *c, const cli_file_list *l)
{
    size_t root = NONE, root_of = NONE, last_root = NONE;
    t->first_root = NONE;
    for (size_t i = 0; i < l->n; i++) {
        const cli_file *f = &l->file[i];
        const char *given = l->root[f->root];
        size_t at = strlen(given), leaf;
        if (c->state[i] != COUNT_DONE) continue;
        if (f->root != root_of) {
            root = child(t, NONE, given, at, 0, f->is_walked);
            if (root == NONE) return false;
            if (last_root == NONE)
                t->first_root = root;
            else
                t->n[last_root].next = root;
            last_root = root;
            root_of = f->root;
        }
        leaf = root;
        if (f->is_walked) {
            size_t parent = root;
            while (f->path[at] == '/') at++;
            for (;;) {
                size_t len = strcspn(f->path + at, "/");
                bool folder = f->path[at + len] == '/';
                leaf = child(t, parent, f->path, at + len, at, folder);
                if (leaf == NONE) return false;
                if (!folder) break;
                parent = leaf;
                at += len + 1;
            }
        }
        for (size_t up = leaf; up != NONE; up = t->n[up].parent) {
            t->n[up].bytes += c->bytes[i];
            for (size_t k = 0; k < t->n_column; k++)
                t->tokens[up * t->n_column + k] += c->tokens[i * t->n_column + k];
        }
    }
    return true;
}

typedef struct sort_key {
    size_t tokens, index; /* index: the order by name */
} sort_key;

static int most_first(const void *pa, const void *pb)
{
    const sort_key *a = pa, *b = pb;
    if (a->tokens != b->tokens) return a->tokens < b->tokens ? 1 : -1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Relinks a list of siblings by falling tokens of the first column; returns its head. */
static size_t sort_siblings(tree *t, size_t first, sort_key *key)
{
    size_t n = 0;
    for (size_t i = first; i != NONE; i = t->n[i].next)
        key[n++] = (sort_key){t->tokens[i * t->n_column], i};
    if (!n) return NONE;
    qsort(key, n, sizeof *key, most_first);
    for (size_t i = 0; i < n; i++) t->n[key[i].index].next = i + 1 < n ? key[i + 1].index : NONE;
    return key[0].index;
}

static bool sort_tree(tree *t)
{
    sort_key *key = malloc((t->len + 1) * sizeof *key);
    if (!key) return false;
    t->first_root = sort_siblings(t, t->first_root, key);
    for (size_t i = 0; i < t->len; i++) t->n[i].first = sort_siblings(t, t->n[i].first, key);
    free(key);
    return true;
}

/* The next node in print order that --depth shows; NONE after the last. */
static size_t next_node(const tree *t, size_t i)
{
    const node *n = t->n;
    if (n[i].first != NONE && n[i].depth < t->a->depth) return n[i].first;
    while (i != NONE && n[i].next == NONE) i = n[i].parent;
    return i == NONE ? NONE : n[i].next;
}

static void print_tree(const tree *t, const cli_counts *c, const cli_targets *targets,
                       size_t n_root)
{
    const char **label = cli_count_labels(targets);
    cli_table table;
    if (!cli_table_init(&table, label, t->n_column, cli_use_bold(stdout, t->a->no_color))) {
        free(label);
        return;
    }
    cli_table_fit(&table, c->total);
    cli_table_header(&table, stdout);
    for (size_t i = t->first_root; i != NONE; i = next_node(t, i)) {
        const node *n = &t->n[i];
        char *name = strndup(n->path + n->name, n->path_len - n->name);
        cli_table_row(&table, stdout, t->tokens + i * t->n_column);
        for (size_t d = 0; d <= n->depth; d++) fputs("  ", stdout);
        if (table.bold && n->folder) fputs("\033[1m", stdout);
        cli_put_name(stdout, name ? name : "?");
        if (n->folder && n->path[n->path_len - 1] != '/') putchar('/');
        if (table.bold && n->folder) fputs("\033[0m", stdout);
        putchar('\n');
        free(name);
    }
    if (n_root > 1) {
        cli_table_row(&table, stdout, c->total);
        puts("  total");
    }
    cli_table_release(&table);
    free(label);
}

static void put_entries(void *ctx, FILE *f, size_t column)
{
    const tree *t = ctx;
    for (size_t i = t->first_root; i != NONE; i = next_node(t, i)) {
        const node *n = &t->n[i];
        fputs(i == t->first_root ? "{\"path\":" : ",{\"path\":", f);
        cli_put_json(f, (tkc_str){n->path, n->path_len});
        fprintf(f, ",\"type\":\"%s\",\"bytes\":%zu,\"tokens\":%zu}", n->folder ? "folder" : "file",
                n->bytes, t->tokens[i * t->n_column + column]);
    }
}

int cmd_tree(const cli_args *a)
{
    cli_targets t;
    cli_file_list l = {0};
    cli_counts c = {0};
    tree tr = {.a = a};
    int status = EXIT_ERROR;
    if (!cli_targets_open(&t, a)) goto out;
    if (!cli_files_collect(&l, a, ".", true) || !cli_count_files(&c, &l, &t, a)) goto out;
    tr.n_column = t.n;
    if (!build(&tr, &c, &l) || (a->sort == SORT_TOKENS && !sort_tree(&tr))) {
        cli_message("out of memory");
        goto out;
    }
    status = cli_count_status(&c, &l, &t, a);
    if (a->json)
        cli_put_counts_json(stdout, "tokcount/tree/1", "entries", &c, &t, a, put_entries, &tr);
    else
        print_tree(&tr, &c, &t, l.n_root);
    cli_count_notes(&c, &l, a);
out:
    free(tr.n);
    free(tr.tokens);
    cli_counts_release(&c);
    cli_files_release(&l);
    cli_targets_release(&t);
    return status;
}
