/*
 * gitignore.c - git's pattern rules as a small state machine.
 *
 * A pattern without a slash inside is matched against the last name of the path, any other
 * against the whole path below the file's folder. The states of a pattern:
 *   CHAR c, ANY (one byte, not '/'), SET (a bracket), RUN (any bytes but '/'),
 *   ALL (any bytes), SKIP2 (the next two states may be left out: the "nothing" case of
 *   a double star with a slash).
 * A pattern that git calls invalid matches nothing and is left out.
 */
#include "tools/project/gitignore.h"
#include "vocab/base/ascii.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum state_kind { CHAR, ANY, SET, RUN, ALL, SKIP2 };

typedef struct state {
    unsigned char kind;
    unsigned char c;
    unsigned set; /* index into gitignore.set */
} state;

typedef struct byte_set {
    unsigned char bit[32];
} byte_set;

typedef struct rule {
    size_t first, n; /* states */
    bool keep, folder_only, name_only;
    bool literal; /* only CHAR states */
} rule;

struct gitignore {
    rule *rule;
    size_t n_rule, cap_rule;
    state *st;
    size_t n_st, cap_st;
    byte_set *set;
    size_t n_set, cap_set;
    unsigned char *now, *then; /* scratch: one byte a state, of the longest rule */
};

static bool grow(void *ptr_to_ptr, size_t *cap, size_t need, size_t size)
{
    void *old, *fresh;
    size_t want = *cap ? *cap : 16;
    if (need <= *cap) return true;
    while (want < need) {
        if (want > SIZE_MAX / 2 / size) return false;
        want *= 2;
    }
    memcpy(&old, ptr_to_ptr, sizeof old);
    fresh = realloc(old, want * size);
    if (!fresh) return false;
    memcpy(ptr_to_ptr, &fresh, sizeof fresh);
    *cap = want;
    return true;
}

static bool put(gitignore *g, enum state_kind kind, unsigned char c, unsigned set)
{
    if (!grow(&g->st, &g->cap_st, g->n_st + 1, sizeof *g->st)) return false;
    g->st[g->n_st++] = (state){(unsigned char)kind, c, set};
    return true;
}

static void set_add(byte_set *s, unsigned lo, unsigned hi)
{
    for (unsigned c = lo; c <= hi; c++) s->bit[c >> 3] |= (unsigned char)(1u << (c & 7));
}

/* [:name:] with git's ASCII classes. */
static bool set_add_class(byte_set *s, const char *name, size_t len)
{
    static const struct {
        const char *name;
        const char *ranges; /* pairs lo hi */
    } class_table[] = {
        {"alnum", "09AZaz"}, {"alpha", "AZaz"},         {"digit", "09"},   {"lower", "az"},
        {"upper", "AZ"},     {"xdigit", "09AFaf"},      {"blank", "  \t\t"}, {"graph", "!~"},
        {"print", " ~"},     {"punct", "!/:@[`{~"},     {"space", "  \t\r"},
    };
    if (len == 5 && memcmp(name, "cntrl", 5) == 0) {
        set_add(s, 0, 0x1f);
        set_add(s, 0x7f, 0x7f);
        return true;
    }
    for (size_t i = 0; i < sizeof class_table / sizeof class_table[0]; i++) {
        const char *r = class_table[i].ranges;
        if (strlen(class_table[i].name) != len || memcmp(class_table[i].name, name, len) != 0)
            continue;
        for (; *r; r += 2) set_add(s, (unsigned char)r[0], (unsigned char)r[1]);
        return true;
    }
    return false;
}

/* p[*at] is behind '['. On success *at is behind ']'; false: no set, the pattern never
 * matches. A ']' that comes first is a member. */
static bool parse_set(const char *p, size_t len, size_t *at, byte_set *out)
{
    size_t i = *at;
    bool negated = false, first = true;
    int before = -1; /* a member that may start a range */
    memset(out, 0, sizeof *out);
    if (i < len && (p[i] == '!' || p[i] == '^')) {
        negated = true;
        i++;
    }
    for (; i < len && (first || p[i] != ']'); i++, first = false) {
        unsigned char c = (unsigned char)p[i];
        if (c == '-' && before >= 0 && i + 1 < len && p[i + 1] != ']') {
            i++;
            if (p[i] == '\\' && ++i >= len) return false;
            c = (unsigned char)p[i];
            if ((unsigned)before <= c) set_add(out, (unsigned)before, c);
            before = -1;
            continue;
        }
        if (c == '[' && i + 1 < len && p[i + 1] == ':') {
            size_t end = i + 2;
            while (end < len && p[end] != ']') end++;
            if (end >= len) return false;
            if (end > i + 2 && p[end - 1] == ':') {
                if (!set_add_class(out, p + i + 2, end - 1 - (i + 2))) return false;
                i = end;
                before = -1;
                continue;
            }
        }
        if (c == '\\') {
            if (++i >= len) return false;
            c = (unsigned char)p[i];
        }
        set_add(out, c, c);
        before = c;
    }
    if (i >= len) return false;
    if (negated)
        for (size_t k = 0; k < sizeof out->bit; k++) out->bit[k] = (unsigned char)~out->bit[k];
    out->bit['/' >> 3] &= (unsigned char)~(1u << ('/' & 7)); /* no set matches a slash */
    *at = i + 1;
    return true;
}

/* A double star means "any folders" behind a slash or at the start. git compares the part
 * before the first special character by itself, and takes what follows for a start too:
 * "a**" matches "ab/c". git 2.39 was asked, and we do the same. */
static bool add_stars(gitignore *g, const char *p, size_t len, size_t *at, bool name_only)
{
    size_t begin = *at, end = begin, literal = 0;
    while (literal < begin && !tkc_is_one_of(p[literal], "*?[\\")) literal++;
    while (end < len && p[end] == '*') end++;
    *at = end;
    if (end - begin > 1 && !name_only && (begin == literal || p[begin - 1] == '/')) {
        if (end == len) return put(g, ALL, 0, 0);
        if (p[end] == '/') {
            *at = end + 1;
            return put(g, SKIP2, 0, 0) && put(g, ALL, 0, 0) && put(g, CHAR, '/', 0);
        }
        if (end + 1 < len && p[end] == '\\' && p[end + 1] == '/') return put(g, ALL, 0, 0);
    }
    return put(g, RUN, 0, 0);
}

static bool add_rule(gitignore *g, const char *p, size_t len)
{
    rule r = {.first = g->n_st, .literal = true};
    bool never = false;
    if (len && *p == '!') {
        r.keep = true;
        p++;
        len--;
    }
    if (len && p[len - 1] == '/') {
        r.folder_only = true;
        len--;
    }
    r.name_only = !memchr(p, '/', len);
    if (len && *p == '/') {
        p++;
        len--;
    }
    if (!len) return true; /* "/" or "!": matches nothing */
    for (size_t i = 0; i < len && !never;) {
        bool ok;
        if (p[i] == '*') {
            r.literal = false;
            ok = add_stars(g, p, len, &i, r.name_only);
        } else if (p[i] == '?') {
            r.literal = false;
            ok = put(g, ANY, 0, 0);
            i++;
        } else if (p[i] == '[') {
            byte_set s;
            r.literal = false;
            i++;
            if (!parse_set(p, len, &i, &s)) {
                never = true;
                break;
            }
            if (!grow(&g->set, &g->cap_set, g->n_set + 1, sizeof *g->set)) return false;
            g->set[g->n_set] = s;
            ok = put(g, SET, 0, (unsigned)g->n_set++);
        } else {
            if (p[i] == '\\' && ++i >= len) {
                never = true;
                break;
            }
            ok = put(g, CHAR, (unsigned char)p[i++], 0);
        }
        if (!ok) return false;
    }
    if (never) {
        g->n_st = r.first;
        return true; /* it could match nothing, so it is left out */
    }
    r.n = g->n_st - r.first;
    if (!grow(&g->rule, &g->cap_rule, g->n_rule + 1, sizeof *g->rule)) return false;
    g->rule[g->n_rule++] = r;
    return true;
}

/* Blanks at the end go unless a backslash is before them. */
static size_t trimmed(const char *p, size_t len)
{
    size_t keep = 0;
    for (size_t i = 0; i < len; i++) {
        if (p[i] == ' ') continue;
        if (p[i] == '\\' && i + 1 < len) i++;
        keep = i + 1;
    }
    return keep;
}

gitignore *gitignore_new(tkc_str text)
{
    gitignore *g = calloc(1, sizeof *g);
    size_t longest = 0, at = 0;
    if (!g) return NULL;
    at = tkc_utf8_mark(text);
    while (at < text.len) {
        const char *line = text.ptr + at;
        const char *end = memchr(line, '\n', text.len - at);
        size_t len = end ? (size_t)(end - line) : text.len - at;
        const char *nul;
        at += len + 1;
        if (end && len && line[len - 1] == '\r') len--;
        nul = memchr(line, '\0', len);
        if (nul) len = (size_t)(nul - line);
        if (!len || *line == '#') continue;
        len = trimmed(line, len);
        if (len && !add_rule(g, line, len)) goto fail;
    }
    for (size_t i = 0; i < g->n_rule; i++)
        if (g->rule[i].n > longest) longest = g->rule[i].n;
    g->now = calloc(longest + 1, 1);
    g->then = calloc(longest + 1, 1);
    if (g->now && g->then) return g;
fail:
    gitignore_free(g);
    return NULL;
}

void gitignore_free(gitignore *g)
{
    if (!g) return;
    free(g->rule);
    free(g->st);
    free(g->set);
    free(g->now);
    free(g->then);
    free(g);
}

bool gitignore_is_empty(const gitignore *g)
{
    return g->n_rule == 0;
}

/* Marks state i and all it can reach without a byte. States only ever step forward, so one
 * pass from low to high after marking is enough. */
static void settle(const state *st, size_t n, unsigned char *mark)
{
    for (size_t i = 0; i < n; i++) {
        if (!mark[i]) continue;
        if (st[i].kind == RUN || st[i].kind == ALL) mark[i + 1] = 1;
        if (st[i].kind == SKIP2) mark[i + 1] = mark[i + 3] = 1;
    }
}

static bool run_states(gitignore *g, const rule *r, const char *text, size_t len)
{
    const state *st = g->st + r->first;
    unsigned char *now = g->now, *then = g->then;
    memset(now, 0, r->n + 1);
    now[0] = 1;
    settle(st, r->n, now);
    for (size_t k = 0; k < len; k++) {
        unsigned char c = (unsigned char)text[k], *swap;
        bool any = false;
        memset(then, 0, r->n + 1);
        for (size_t i = 0; i < r->n; i++) {
            if (!now[i]) continue;
            bool step = false, stay = false;
            switch ((enum state_kind)st[i].kind) {
            case CHAR: step = st[i].c == c; break;
            case ANY: step = c != '/'; break;
            case SET: step = g->set[st[i].set].bit[c >> 3] >> (c & 7) & 1; break;
            case RUN: stay = c != '/'; break;
            case ALL: stay = true; break;
            case SKIP2: break;
            }
            if (step) then[i + 1] = 1;
            if (stay) then[i] = 1;
            any = any || step || stay;
        }
        if (!any) return false;
        settle(st, r->n, then);
        swap = now;
        now = then;
        then = swap;
    }
    return now[r->n] != 0;
}

static bool matches(gitignore *g, const rule *r, const char *text, size_t len)
{
    if (r->literal) {
        const state *st = g->st + r->first;
        if (r->n != len) return false;
        for (size_t i = 0; i < len; i++)
            if (st[i].c != (unsigned char)text[i]) return false;
        return true;
    }
    return run_states(g, r, text, len);
}

gitignore_answer gitignore_match(gitignore *g, const char *path, bool is_folder)
{
    size_t len = strlen(path);
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    for (size_t i = g->n_rule; i-- > 0;) {
        const rule *r = &g->rule[i];
        const char *text = r->name_only ? name : path;
        if (r->folder_only && !is_folder) continue;
        if (matches(g, r, text, len - (size_t)(text - path)))
            return r->keep ? GITIGNORE_KEPT : GITIGNORE_IGNORED;
    }
    return GITIGNORE_NONE;
}
