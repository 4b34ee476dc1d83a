/* diff.c - showing what would change, as a unified diff. */
#include "tools/lint/run.h"

#include <stdlib.h>
#include <string.h>

typedef struct lines {
    tkc_str *line;
    size_t n;
} lines;

static bool split(tkc_str s, lines *out)
{
    size_t n = 0, cap = 16;
    out->line = malloc(cap * sizeof *out->line);
    if (!out->line) return false;
    for (size_t at = 0; at < s.len; n++) {
        const char *p = memchr(s.ptr + at, '\n', s.len - at);
        size_t end = p ? (size_t)(p - s.ptr) + 1 : s.len;
        if (n == cap) {
            tkc_str *more = realloc(out->line, 2 * cap * sizeof *more);
            if (!more) return false;
            out->line = more;
            cap *= 2;
        }
        out->line[n] = (tkc_str){s.ptr + at, end - at};
        at = end;
    }
    out->n = n;
    return true;
}

static bool same(tkc_str a, tkc_str b)
{
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static void put(FILE *f, char mark, tkc_str s)
{
    fputc(mark, f);
    fwrite(s.ptr, 1, s.len, f);
    if (!s.len || s.ptr[s.len - 1] != '\n') fputs("\n\\ No newline at end of file\n", f);
}

/* Which lines of a and b stay, by the longest common subsequence; false: too large or no memory,
 * then all between the common ends counts as changed. */
static bool common(const tkc_str *a, size_t n, const tkc_str *b, size_t m, bool *keep_a, bool *keep_b)
{
    uint32_t *len;
    if (n > 4000 || m > 4000) return false;
    len = calloc((n + 1) * (m + 1), sizeof *len);
    if (!len) return false;
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;) {
            uint32_t x = len[(i + 1) * (m + 1) + j], y = len[i * (m + 1) + j + 1];
            len[i * (m + 1) + j] = same(a[i], b[j]) ? len[(i + 1) * (m + 1) + j + 1] + 1 : x > y ? x : y;
        }
    for (size_t i = 0, j = 0; i < n && j < m;) {
        if (same(a[i], b[j]))
            keep_a[i++] = keep_b[j++] = true;
        else if (len[(i + 1) * (m + 1) + j] >= len[i * (m + 1) + j + 1])
            i++;
        else
            j++;
    }
    free(len);
    return true;
}

char *lint_diff(const char *path, tkc_str before, tkc_str after)
{
    enum { CONTEXT = 3 };
    lines a = {0}, b = {0};
    bool *keep_a = NULL, *keep_b = NULL;
    char *text = NULL;
    size_t size = 0, head = 0, tail = 0;
    FILE *f = NULL;
    if (!split(before, &a) || !split(after, &b)) goto out;
    keep_a = calloc(a.n + 1, 1);
    keep_b = calloc(b.n + 1, 1);
    f = open_memstream(&text, &size);
    if (!keep_a || !keep_b || !f) goto out;
    while (head < a.n && head < b.n && same(a.line[head], b.line[head])) {
        keep_a[head] = keep_b[head] = true;
        head++;
    }
    while (tail < a.n - head && tail < b.n - head && same(a.line[a.n - 1 - tail], b.line[b.n - 1 - tail])) {
        keep_a[a.n - 1 - tail] = keep_b[b.n - 1 - tail] = true;
        tail++;
    }
    (void)common(a.line + head, a.n - head - tail, b.line + head, b.n - head - tail, keep_a + head, keep_b + head);
    fprintf(f, "--- a/%s\n+++ b/%s\n", path, path);
    for (size_t i = 0, j = 0; i < a.n || j < b.n;) {
        size_t i0, j0, i1, j1, quiet = 0;
        if (i < a.n && j < b.n && keep_a[i] && keep_b[j]) {
            i++;
            j++;
            continue;
        }
        i0 = i > CONTEXT ? i - CONTEXT : 0;
        j0 = j - (i - i0);
        for (i1 = i, j1 = j; i1 < a.n || j1 < b.n;) { /* up to a long run of what stays */
            if (i1 < a.n && j1 < b.n && keep_a[i1] && keep_b[j1]) {
                if (++quiet > 2 * CONTEXT) break;
                i1++;
                j1++;
            } else {
                quiet = 0;
                if (i1 < a.n && !keep_a[i1]) i1++;
                else j1++;
            }
        }
        if (quiet > CONTEXT) {
            size_t back = (quiet > 2 * CONTEXT ? quiet - 1 : quiet) - CONTEXT;
            i1 -= back;
            j1 -= back;
        }
        fprintf(f, "@@ -%zu,%zu +%zu,%zu @@\n", i1 > i0 ? i0 + 1 : i0, i1 - i0, j1 > j0 ? j0 + 1 : j0, j1 - j0);
        for (i = i0, j = j0; i < i1 || j < j1;) {
            if (i < i1 && !keep_a[i]) put(f, '-', a.line[i++]);
            else if (j < j1 && !keep_b[j]) put(f, '+', b.line[j++]);
            else {
                put(f, ' ', a.line[i++]);
                j++;
            }
        }
    }
out:
    if (f && fclose(f) != 0) {
        free(text);
        text = NULL;
    }
    free(a.line);
    free(b.line);
    free(keep_a);
    free(keep_b);
    return text;
}
