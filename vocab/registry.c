/* registry.c - names to rows: encodings by name and hash, models by id, date and prefix. */
#include "vocab/registry.h"

#include "vocab/base/ascii.h"
#include "vocab/base/near.h"

#include <string.h>

static const tkc_encoding encodings[] = {
#define ENCODING(name, aliases, cls, where, source, sha256, licence, chkhsh, models) \
    {name, aliases, TKC_CLASS_##cls, where, source, sha256, licence, chkhsh, models},
#include "vocab/encodings.def"
#undef ENCODING
};
enum { N_ENCODINGS = sizeof encodings / sizeof encodings[0], NO_FRAME = -1 };

static const tkc_model_row models[] = {
#define MODEL(name, provider, encoding, frame, source, checked) \
    {name, provider, encoding, source, checked, (frame) < 0 ? 0 : (uint32_t)(frame), (frame) >= 0},
#include "vocab/models.def"
#undef MODEL
};
enum { N_MODELS = sizeof models / sizeof models[0] };

const char *tkc_class_name(tkc_class c)
{
    static const char *const name[] = {"exact", "reconstructed", "calibrated", "estimate"};
    return (unsigned)c < 4 ? name[c] : "unknown";
}

const char *tkc_model_rule_name(tkc_model_rule r)
{
    static const char *const name[] = {"exact id", "alias", "dated suffix", "prefix"};
    return (unsigned)r < 4 ? name[r] : "unknown";
}

const tkc_encoding *tkc_encoding_at(size_t i)
{
    return i < N_ENCODINGS ? &encodings[i] : NULL;
}

/* Whether word is one of the blank-separated words of list. */
static bool listed(const char *list, const char *word)
{
    const size_t n = strlen(word);
    for (const char *p = list; *p;) {
        const size_t k = strcspn(p, " ");
        if (k == n && memcmp(p, word, n) == 0) return true;
        p += k + (p[k] != '\0');
    }
    return false;
}

const tkc_encoding *tkc_encoding_find(const char *name)
{
    for (size_t i = 0; i < N_ENCODINGS; i++)
        if (strcmp(encodings[i].name, name) == 0) return &encodings[i];
    for (size_t i = 0; *name && i < N_ENCODINGS; i++)
        if (listed(encodings[i].aliases, name)) return &encodings[i];
    return NULL;
}

const tkc_encoding *tkc_encoding_by_sha256(const char *hex)
{
    for (size_t i = 0; *hex && i < N_ENCODINGS; i++)
        if (strcmp(encodings[i].sha256, hex) == 0) return &encodings[i];
    return NULL;
}

const tkc_model_row *tkc_model_at(size_t i)
{
    return i < N_MODELS ? &models[i] : NULL;
}

static const tkc_model_row *find_name(const char *name, size_t n)
{
    for (size_t i = 0; i < N_MODELS; i++)
        if (strlen(models[i].name) == n && memcmp(models[i].name, name, n) == 0) return &models[i];
    return NULL;
}

/* The longest prefix row that name starts with. A number in a name ends where its digits end:
 * "llama-3*" is no prefix of "llama-30b". */
static const tkc_model_row *find_prefix(const char *name)
{
    const tkc_model_row *found = NULL;
    size_t best = 0;
    for (size_t i = 0; i < N_MODELS; i++) {
        const char *row = models[i].name;
        const size_t k = strlen(row) - 1;
        if (row[k] != '*' || k <= best || strncmp(row, name, k) != 0) continue;
        if (tkc_is_digit(row[k - 1]) && tkc_is_digit(name[k])) continue;
        best = k;
        found = &models[i];
    }
    return found;
}

/* The number in n digits at s, -1 if they are not digits. */
static int number(const char *s, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (!tkc_is_digit(s[i])) return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

static bool month_day(const char *month, const char *day)
{
    const int m = number(month, 2), d = number(day, 2);
    return m >= 1 && m <= 12 && d >= 1 && d <= 31;
}

/* Length of name without a dated suffix: -2025-08-07, -20250929, @20250929, -0613, -latest,
 * -preview-05-20, -001; n when there is none. */
static size_t undated(const char *name, size_t n)
{
    const char *end = name + n;
    if (n > 11 && end[-11] == '-' && number(end - 10, 4) >= 2000 && end[-6] == '-' &&
        end[-3] == '-' && month_day(end - 5, end - 2))
        return n - 11;
    if (n > 9 && (end[-9] == '-' || end[-9] == '@') && number(end - 8, 4) >= 2000 &&
        month_day(end - 4, end - 2))
        return n - 9;
    if (n > 14 && memcmp(end - 14, "-preview-", 9) == 0 && end[-3] == '-' &&
        month_day(end - 5, end - 2))
        return n - 14;
    if (n > 5 && end[-5] == '-' && month_day(end - 4, end - 2)) return n - 5;
    if (n > 4 && end[-4] == '-' && end[-3] == '0' && end[-2] == '0' && tkc_is_digit(end[-1]))
        return n - 4;
    if (n > 7 && memcmp(end - 7, "-latest", 7) == 0) return n - 7;
    return n;
}

/* Bedrock's and Vertex' revision of a release: "-v1:0", "-v2". */
static size_t without_revision(const char *name, size_t n)
{
    if (n > 5 && name[n - 2] == ':' && tkc_is_digit(name[n - 1])) n -= 2;
    if (n > 3 && name[n - 3] == '-' && name[n - 2] == 'v' && tkc_is_digit(name[n - 1])) n -= 3;
    return n;
}

/* The first n bytes of name are those of a lower-case word, in any case. */
static bool begins(const char *name, const char *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tkc_ascii_lower(name[i]) != word[i]) return false;
    return true;
}

const char *tkc_model_bare(const char *name)
{
    static const char *const company[] = {"ai21.", "anthropic.", "cohere.", "deepseek.", "meta.",
                                          "mistral.", "openai.", "qwen."};
    const char *slash = strrchr(name, '/'), *dot;
    if (slash && slash[1]) name = slash + 1;
    for (const char *at = name; at; at = (dot = strchr(at, '.')) ? dot + 1 : NULL)
        for (size_t i = 0; i < sizeof company / sizeof *company; i++)
            if (begins(at, company[i], strlen(company[i]))) return at + strlen(company[i]);
    return name;
}

size_t tkc_model_fits(const char *pattern, const char *bare)
{
    const size_t n = strlen(pattern);
    if (n && pattern[n - 1] == '*') return begins(bare, pattern, n - 1) ? n : 0;
    return strlen(bare) == n && begins(bare, pattern, n) ? n + 1000 : 0;
}

/* Exact rows only: the name, then without its date, its revision, or both. */
static const tkc_model_row *find_dated(const char *name, size_t n)
{
    const size_t plain = without_revision(name, n);
    const tkc_model_row *r = find_name(name, plain);
    if (!r) r = find_name(name, undated(name, plain));
    if (!r) r = find_name(name, without_revision(name, undated(name, plain)));
    return r;
}

const tkc_model_row *tkc_model_find(const char *name, tkc_model_rule *rule)
{
    enum { LONGEST = 200 }; /* known ids have 60 bytes at most, with the provider's name */
    char all[LONGEST + 1];
    const char *bare;
    const tkc_model_row *r;
    size_t n = strlen(name);
    if (n > LONGEST) return NULL;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] <= ' ') return NULL; /* no id has one, and a prefix must not take it */
    for (size_t i = 0; i <= n; i++) all[i] = tkc_ascii_lower(name[i]);
    bare = tkc_model_bare(all);
    n = strlen(bare);
    *rule = bare == all ? TKC_RULE_EXACT : TKC_RULE_ALIAS;
    r = find_name(bare, n);
    if (r) return r;
    *rule = TKC_RULE_DATED;
    r = find_dated(bare, n);
    if (r) return r;
    *rule = TKC_RULE_PREFIX;
    r = find_prefix(bare);
    if (r || strncmp(bare, "claude-", 7) != 0) return r;
    /* resellers write "claude-sonnet-4.5" */
    for (char *p = all; *p; p++)
        if (*p == '.') *p = '-';
    *rule = TKC_RULE_ALIAS;
    r = find_name(bare, n);
    if (r) return r;
    *rule = TKC_RULE_DATED;
    return find_dated(bare, n);
}

size_t tkc_model_nearest(const char *name, const char **out, size_t n)
{
    tkc_near near = {.wanted = tkc_model_bare(name)};
    for (size_t i = 0; i < N_MODELS; i++)
        if (!strchr(models[i].name, '*')) tkc_near_offer(&near, models[i].name);
    if (n > near.n) n = near.n;
    for (size_t i = 0; i < n; i++) out[i] = near.name[i];
    return n;
}
