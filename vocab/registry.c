/* registry.c - names to rows: encodings by name and hash, models by id, date and prefix. */
#include "vocab/registry.h"

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

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

/* Rows are lower case. n bytes of name are the row's whole name, or start with its prefix;
 * returns the number of bytes that matched, 0 for none. */
static size_t row_matches(const tkc_model_row *r, const char *name, size_t n, bool prefix)
{
    size_t k = strlen(r->name);
    const bool star = r->name[k - 1] == '*';
    if (star != prefix) return 0;
    k -= star;
    if (star ? n < k : n != k) return 0;
    for (size_t i = 0; i < k; i++)
        if (lower(name[i]) != r->name[i]) return 0;
    return k;
}

static const tkc_model_row *find_name(const char *name, size_t n)
{
    for (size_t i = 0; i < N_MODELS; i++)
        if (row_matches(&models[i], name, n, false)) return &models[i];
    return NULL;
}

static bool digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9') return false;
    return true;
}

/* Length of name without a dated suffix: -2025-08-07, -20250929, @20250929, -0613, -latest,
 * -preview-05-20, -001; n when there is none. */
static size_t undated(const char *name, size_t n)
{
    if (n > 11 && name[n - 11] == '-' && digits(name + n - 10, 4) && name[n - 6] == '-' &&
        digits(name + n - 5, 2) && name[n - 3] == '-' && digits(name + n - 2, 2))
        return n - 11;
    if (n > 9 && (name[n - 9] == '-' || name[n - 9] == '@') && digits(name + n - 8, 8)) return n - 9;
    if (n > 14 && memcmp(name + n - 14, "-preview-", 9) == 0 && digits(name + n - 5, 2) &&
        name[n - 3] == '-' && digits(name + n - 2, 2))
        return n - 14;
    if (n > 5 && name[n - 5] == '-' && digits(name + n - 4, 4)) return n - 5;
    if (n > 4 && name[n - 4] == '-' && digits(name + n - 3, 3)) return n - 4;
    if (n > 7 && memcmp(name + n - 7, "-latest", 7) == 0) return n - 7;
    return n;
}

/* "openai/gpt-5", "models/gemini-2.5-pro", "us.anthropic.claude-opus-4-5-v1:0". */
static const char *without_provider(const char *name)
{
    const char *slash = strrchr(name, '/'), *dot = strstr(name, "anthropic.");
    if (slash && slash[1]) name = slash + 1;
    if (dot && dot >= name) name = dot + strlen("anthropic.");
    return name;
}

const tkc_model_row *tkc_model_find(const char *name, tkc_model_rule *rule)
{
    const char *bare = without_provider(name);
    size_t n = strlen(bare), best = 0;
    const tkc_model_row *r = find_name(bare, n);
    *rule = bare == name ? TKC_RULE_EXACT : TKC_RULE_ALIAS;
    if (r) return r;
    if (n > 5 && bare[n - 2] == ':' && digits(bare + n - 1, 1) && memcmp(bare + n - 5, "-v", 2) == 0)
        n -= 5; /* Bedrock's -v1:0 */
    *rule = TKC_RULE_DATED;
    r = find_name(bare, n);
    if (!r) r = find_name(bare, undated(bare, n));
    if (r) return r;
    *rule = TKC_RULE_PREFIX;
    for (size_t i = 0; i < N_MODELS; i++) {
        const size_t k = row_matches(&models[i], bare, n, true);
        if (k > best) {
            best = k;
            r = &models[i];
        }
    }
    return r;
}

/* Levenshtein distance of short names; 64 bytes at most. */
static size_t distance(const char *a, const char *b)
{
    enum { MAX = 64 };
    size_t row[MAX + 1], n = strlen(a), m = strlen(b);
    if (n > MAX) n = MAX;
    if (m > MAX) m = MAX;
    for (size_t j = 0; j <= m; j++) row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t d = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
            diagonal = row[j];
            if (row[j] + 1 < d) d = row[j] + 1;
            if (row[j - 1] + 1 < d) d = row[j - 1] + 1;
            row[j] = d;
        }
    }
    return row[m];
}

size_t tkc_model_nearest(const char *name, const char **out, size_t n)
{
    const char *bare = without_provider(name);
    size_t found = 0;
    for (size_t i = 0; i < N_MODELS; i++) {
        const char *cand = models[i].name;
        size_t d, k;
        if (strchr(cand, '*')) continue;
        d = distance(bare, cand);
        for (k = found; k && distance(bare, out[k - 1]) > d; k--)
            if (k < n) out[k] = out[k - 1];
        if (k < n) {
            out[k] = cand;
            if (found < n) found++;
        }
    }
    return found;
}
