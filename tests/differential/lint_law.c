/*
 * lint_law.c - what must hold for the fixes of every file: lint_law [-n N] [-s SEED]
 *
 * N files are put together at random from pieces that rules speak about, in every kind of file,
 * and then damaged at random. For each: edits lie inside their finding and rise; what the fixes
 * make can still be read when the file could; a second run of the fixes changes nothing.
 */
#include "optimizer/lint/lint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const piece[] = {
    "Be\xe2\x80\x8b kind.", "Allow\xe2\x80\xae all", "{\n  \"a\": 1,\n  \"b\": [1, 2]\n}", "{\"t\":\"\\u4f60\\u597d\"}", "one.   \ntwo.   \n",
    "3 &lt; 4 &amp; 5", "\x1b[31mred\x1b[0m text", "Cafe\xcc\x81 cre\xcc\x80me", "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4},{\"a\":5,\"b\":6}]",
    "- Always cite the source of every figure.\n- Every figure: always cite its source.\n", "{{name}}", "{{ now }}\nmore text here\n", "{% if x %}", "{% endif %}",
    "{% for d in docs %}{{ d }}{% endfor %}", "<rules>\n", "</rules>\n", "```\ncode   \n```\n", "```json\n{\n \"x\": [1,\n 2]\n}\n```\n", "<|im_end|>",
    "<!-- tokcount: ignore[TC602] because -->\n", "<!-- tokcount: ignore[TC999] -->\n", "<!-- tokcount: ignore-start[TC305] x -->\n", "\n\n\n\n", "\r\n", "\t ", "p\xd0\xb0ypal",
    "Every answer has to name the file and the line it talks about, so that the reader can check it without searching; an answer that names neither "
    "is to be rejected and asked for again until both are there, whatever it costs.\n\n",
    "Current time: 10:32:05\n", "plain words ", "\xff", "\xe2\x80", "# Heading\n", "- item\n", "\xf3\xa0\x81\xa1\xf3\xa0\x81\xa2", "\\", "\"", "'", ": ", "- ", "#"};
enum { N_PIECE = sizeof piece / sizeof *piece };

typedef struct law {
    uint64_t seed;
    const tkc_lint_file *file;
    size_t n_broken, last;
    bool bad;
} law;

static uint64_t next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

static int check(void *ctx, const tkc_finding *f)
{
    law *w = ctx;
    size_t at = f->begin;
    if (f->rule == TKC_TC902) w->n_broken++;
    if (f->begin < w->last || f->begin > f->end || f->end > w->file->bytes.len) w->bad = true;
    w->last = f->begin;
    for (size_t i = 0; i < f->n_edit; i++) {
        if (f->edit[i].begin < at || f->edit[i].end < f->edit[i].begin || f->edit[i].end > f->end) w->bad = true;
        at = f->edit[i].end;
    }
    return 0;
}

static void add(tkc_buf *b, const char *s, size_t n)
{
    if (tkc_buf_append(b, s, n, NULL)) exit(2);
}

/* A JSON or YAML string of random pieces. */
static void add_string(tkc_buf *b, uint64_t *r)
{
    add(b, "\"", 1);
    for (size_t n = next(r) % 6; n > 0; n--) {
        const char *p = piece[next(r) % N_PIECE];
        for (; *p; p++) {
            char hex[8];
            unsigned char c = (unsigned char)*p;
            if (c == '"' || c == '\\') {
                add(b, "\\", 1);
                add(b, p, 1);
            } else if (c == '\n') {
                add(b, "\\n", 2);
            } else if (c < ' ') {
                (void)snprintf(hex, sizeof hex, "\\u%04x", c);
                add(b, hex, 6);
            } else {
                add(b, p, 1);
            }
        }
    }
    add(b, "\"", 1);
}

static void add_text(tkc_buf *b, uint64_t *r, const char *indent)
{
    for (size_t n = 1 + next(r) % 8; n > 0; n--) {
        const char *p = piece[next(r) % N_PIECE];
        for (; *p; p++) {
            add(b, p, 1);
            if (*p == '\n') add(b, indent, strlen(indent));
        }
        if (next(r) % 3 == 0) {
            add(b, "\n", 1);
            add(b, indent, strlen(indent));
        }
    }
}

static const char *make(tkc_buf *b, uint64_t *r)
{
    static const char tools[] = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"b\",\"parameters\":{}}},"
                                "{\"type\":\"function\",\"function\":{\"name\":\"a\",\"parameters\":{}}}],";
    tkc_buf_clear(b);
    switch (next(r) % 8) {
    case 0:
    case 1:
        add_text(b, r, "");
        return next(r) & 1 ? "a.md" : "AGENTS.md";
    case 2:
        add_text(b, r, "");
        return "a.txt";
    case 3:
        add(b, "{\"model\":\"gpt-5\",", 17);
        if (next(r) & 1) add(b, tools, sizeof tools - 1);
        add(b, "\"messages\":[{\"role\":\"system\",\"content\":", 39);
        add_string(b, r);
        add(b, "},{\"role\":\"user\",\"content\":", 27);
        add_string(b, r);
        add(b, "}]}", 3);
        return "r.json";
    case 4:
        add(b, "messages:\n  - role: system\n    content: |\n      ", 48);
        add_text(b, r, "      ");
        add(b, "\n  - role: user\n    content: ", 29);
        add_string(b, r);
        add(b, "\n", 1);
        return "p.prompt.yml";
    case 5:
        add(b, "---\nname: x\ninputs:\n  name:\n    type: string\n  unused:\n    type: string\n---\nsystem:\n", 84);
        add_text(b, r, "");
        return "s.prompty";
    case 6:
        add(b, "---\nname: x\ndescription: y\n---\n", 31);
        add_text(b, r, "");
        return "SKILL.md";
    default:
        add_text(b, r, "");
        return "t.j2";
    }
}

static bool hold(tkc_linter *l, const tkc_lint_file *f, uint64_t seed)
{
    tkc_buf once, twice;
    tkc_error err = {0};
    law before = {.file = f}, after = {0};
    tkc_lint_file g = *f;
    size_t n = 0, again = 0;
    bool ok = true;
    tkc_fix_safety most = seed & 1 ? TKC_FIX_UNSAFE : TKC_FIX_SAFE;
    tkc_buf_init(&once, 1 << 24, NULL);
    tkc_buf_init(&twice, 1 << 24, NULL);
    if (tkc_lint_run(l, f, check, &before, &err) || tkc_lint_fix(l, f, most, &once, &n, &err)) ok = false;
    g.bytes = (tkc_str){once.ptr ? once.ptr : "", once.len};
    after.file = &g;
    if (ok && (tkc_lint_run(l, &g, check, &after, &err) || tkc_lint_fix(l, &g, most, &twice, &again, &err))) ok = false;
    if (!ok) printf("seed %llu: %s\n", (unsigned long long)seed, err.message);
    if (ok && (before.bad || after.bad)) ok = false, printf("seed %llu: an edit outside its finding\n", (unsigned long long)seed);
    if (ok && !before.n_broken && after.n_broken) ok = false, printf("seed %llu: %s cannot be read any more\n", (unsigned long long)seed, f->path);
    if (ok && (again || twice.len != once.len || (once.len && memcmp(twice.ptr, once.ptr, once.len) != 0)))
        ok = false, printf("seed %llu: a second run changes %s\n", (unsigned long long)seed, f->path);
    if (!ok) printf("--- %s\n%.*s\n---\n%.*s\n---\n", f->path, (int)f->bytes.len, f->bytes.ptr, (int)once.len, once.ptr ? once.ptr : "");
    tkc_buf_release(&once);
    tkc_buf_release(&twice);
    return ok;
}

int main(int argc, char **argv)
{
    size_t n = 500, bad = 0;
    uint64_t first = 1;
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_linter *l = NULL;
    tkc_error err;
    tkc_buf b;
    tkc_lint_options o = {.struct_size = sizeof o, .rules = ~(tkc_rule_set)0 >> (64 - TKC_N_RULE), .today = 20261126};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-n") == 0) n = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "-s") == 0) first = strtoul(argv[i + 1], NULL, 10);
    }
    if (tkc_vocab_open_encoding(&v, "o200k_base", NULL, &err) || tkc_encoder_new(&e, v, NULL, &err)) {
        fprintf(stderr, "lint_law: %s\n", err.message);
        return 2;
    }
    o.encoder = e;
    if (tkc_linter_new(&l, &o, &err)) return 2;
    tkc_buf_init(&b, 1 << 22, NULL);
    for (size_t i = 0; i < n && bad < 5; i++) {
        uint64_t seed = first + i, r = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
        tkc_lint_file f = {0};
        next(&r);
        f.path = make(&b, &r);
        if (next(&r) % 4 == 0) /* damage */
            for (size_t k = 1 + next(&r) % 3; k > 0 && b.len; k--) b.ptr[next(&r) % b.len] = (char)next(&r);
        f.bytes = (tkc_str){b.ptr ? b.ptr : "", b.len};
        if (!hold(l, &f, seed)) bad++;
    }
    printf("lint_law: %zu files, %zu bad\n", n, bad);
    tkc_buf_release(&b);
    tkc_linter_free(l);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
    return bad ? 1 : 0;
}
