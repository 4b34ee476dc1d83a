/*
 * bench_texts.h - where the texts of the benchmark come from: files, and hostile ones made
 * here, always the same bytes. Header only.
 */
#ifndef TKC_TESTS_BENCH_TEXTS_H
#define TKC_TESTS_BENCH_TEXTS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTILE_BYTES = 1000000 };

/* unit: repeated; set: drawn from; both NULL: see hostile_fill(). */
typedef struct hostile_kind {
    const char *name, *unit, *set;
} hostile_kind;

static const hostile_kind hostile_kinds[] = {
    {"letter", "a", NULL},
    {"spaces", " ", NULL},
    {"newlines", "\n", NULL},
    {"underscores", "_", NULL},
    {"letters", NULL, "abcdefghijklmnopqrstuvwxyz"},
    {"base64", NULL, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"},
    {"case", "aB", NULL},
    {"zwj", "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xe2\x80\x8d",
     NULL},
    {"invalid", NULL, NULL},
    {"cjk-run", NULL, NULL},
};
enum { N_HOSTILE = sizeof hostile_kinds / sizeof *hostile_kinds };

static inline uint64_t hostile_random(uint64_t *s)
{
    uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline void hostile_fill(const hostile_kind *k, char *out, size_t n)
{
    uint64_t s = 42;
    if (k->unit) {
        for (size_t i = 0, len = strlen(k->unit); i < n; i++) out[i] = k->unit[i % len];
    } else if (k->set) {
        for (size_t i = 0, len = strlen(k->set); i < n; i++)
            out[i] = k->set[hostile_random(&s) % len];
    } else if (strcmp(k->name, "invalid") == 0) {
        for (size_t i = 0; i < n; i++) out[i] = (char)(0x80 | (hostile_random(&s) & 0x7f));
    } else { /* 3,000 different ideographs in one run */
        memset(out, '.', n);
        for (size_t i = 0; i + 3 <= n; i += 3) {
            unsigned cp = 0x4e00 + (unsigned)(hostile_random(&s) % 3000);
            out[i] = (char)(0xe0 | cp >> 12);
            out[i + 1] = (char)(0x80 | (cp >> 6 & 63));
            out[i + 2] = (char)(0x80 | (cp & 63));
        }
    }
}

/* The first most bytes of a file (0: all) without half a character at the end, or
 * "hostile:KIND". "repeat:N:FILE" is the file again and again up to N bytes. NULL: said. */
static inline char *text_open(const char *name, size_t most, size_t *len)
{
    size_t repeat = 0, size;
    long end;
    char *text;
    FILE *f;
    if (strncmp(name, "hostile:", 8) == 0) {
        for (size_t i = 0; i < N_HOSTILE; i++) {
            if (strcmp(name + 8, hostile_kinds[i].name) != 0) continue;
            *len = most && most < HOSTILE_BYTES ? most : HOSTILE_BYTES;
            text = malloc(*len);
            if (text) hostile_fill(&hostile_kinds[i], text, *len);
            return text;
        }
        fprintf(stderr, "bench: %s: there is no such kind of text\n", name);
        return NULL;
    }
    if (strncmp(name, "repeat:", 7) == 0) {
        char *rest;
        repeat = strtoull(name + 7, &rest, 10);
        name = rest + (*rest == ':');
    }
    f = fopen(name, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0 || (end = ftell(f)) < 0) {
        fprintf(stderr, "bench: %s: cannot be read\n", name);
        if (f) fclose(f);
        return NULL;
    }
    rewind(f);
    size = (size_t)end;
    *len = most && most < size && !repeat ? most : size;
    text = malloc((repeat > *len ? repeat : *len) + 1);
    if (!text || fread(text, 1, *len, f) != *len) {
        fprintf(stderr, "bench: %s: cannot be read\n", name);
        free(text);
        text = NULL;
    }
    fclose(f);
    if (!text) return NULL;
    if (*len < size && !repeat)
        while (*len && ((unsigned char)text[*len - 1] & 0xc0) == 0x80) --*len;
    if (*len < size && !repeat && *len && (unsigned char)text[*len - 1] >= 0xc0) --*len;
    if (repeat && size) {
        size_t whole = repeat / size * size;
        for (; *len < whole; *len += size) memcpy(text + *len, text, size);
    }
    return text;
}

#endif
