/*
 * security.c - TC601 special-token-literal, TC605 secret, TC606 pii.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/error.h"

/* --- control tokens -------------------------------------------------------------------------------- */

/* Between <| and |>. Others of that shape may be anybody's. */
static const char control_names[] =
    "im_start im_end im_sep im_middle im_user im_assistant im_system endoftext endofprompt fim_prefix fim_middle "
    "fim_suffix fim_pad fim_begin fim_hole fim_end startoftext end_of_text begin_of_text start_header_id "
    "end_header_id eot_id eom_id python_tag finetune_right_pad_id eot eom header_start header_end system user "
    "assistant observation end start message channel return call constrain tool_call tool_calls tool_response "
    "START_OF_TURN_TOKEN END_OF_TURN_TOKEN SYSTEM_TOKEN USER_TOKEN CHATBOT_TOKEN START_RESPONSE END_RESPONSE "
    "START_THINKING END_THINKING START_ACTION END_ACTION pad unk sep bos eos diff_marker vision_start vision_end "
    "image_pad video_pad object_ref_start object_ref_end box_start box_end quad_start quad_end separator repo_name "
    "file_sep file_name start_of_role end_of_role start_of_turn end_of_turn end_of_sentence begin_of_sentence "
    "start_of_image image begin_of_image end_of_image turn_start turn_end";

/* Whole spellings of other families. */
static const char *const control_texts[] = {
    "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<|begin\xe2\x96\x81of\xe2\x96\x81sentence|>",
    "<\xef\xbd\x9c" "begin\xe2\x96\x81of\xe2\x96\x81sentence\xef\xbd\x9c>",
    "<\xef\xbd\x9c" "end\xe2\x96\x81of\xe2\x96\x81sentence\xef\xbd\x9c>", "<\xef\xbd\x9cUser\xef\xbd\x9c>",
    "<\xef\xbd\x9c" "Assistant\xef\xbd\x9c>", "<start_of_image>", "<begin_of_text>", "<end_of_text>", "<s>[INST"};

/* The length of a control token at text[at], or 0. */
static size_t control_at(tkc_str t, size_t at)
{
    if (t.ptr[at] == '<' && at + 3 < t.len && t.ptr[at + 1] == '|') {
        size_t n = 0;
        const char *p = t.ptr + at + 2;
        while (at + 2 + n < t.len && n < 40 && (tkc_is_alpha((unsigned char)p[n]) || tkc_is_digit((unsigned char)p[n]) || p[n] == '_')) n++;
        if (n && at + 3 + n < t.len && p[n] == '|' && p[n + 1] == '>' && lint_in_list((tkc_str){p, n}, control_names))
            return n + 4;
        if (n > 17 && lint_begins(t, at + 2, "reserved_special_") && at + 3 + n < t.len && p[n] == '|' && p[n + 1] == '>')
            return n + 4;
    }
    for (size_t i = 0; i < sizeof control_texts / sizeof *control_texts; i++)
        if (t.ptr[at] == control_texts[i][0] && lint_begins(t, at, control_texts[i])) return strlen(control_texts[i]);
    return 0;
}

void lint_rule_special_tokens(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC601) || l->kind == TKC_LINT_CHAT_TEMPLATE) return;
    for (size_t k = 0; k < l->n_seg && !l->st; k++) {
        const lint_seg *s = &l->seg[k];
        tkc_str t = s->text;
        if (s->flags & LINT_SEG_AGAIN && s->decoded == SIZE_MAX) continue;
        for (size_t i = lint_seek(t, 0, LINT_C_OPEN); i < t.len; i = lint_seek(t, i, LINT_C_OPEN)) {
            const size_t n = control_at(t, i);
            /* spoken about by whoever writes the prompt */
            if (n && !((s->role == TKC_ROLE_SYSTEM || s->role == TKC_ROLE_NONE) && !(s->flags & LINT_SEG_DATA) &&
                       lint_code_at(l, s, i))) {
                char q[TKC_QUOTE_SIZE];
                if (!lint_report_in(l, TKC_TC601, s, i, i + n, "the control token %s as text; a server that encodes it as a "
                                    "token lets this text end the turn", tkc_quote(q, t.ptr + i, n)))
                    return;
            }
            i += n ? n : 1;
        }
    }
}

/* --- secrets ------------------------------------------------------------------------------------------ */

typedef struct key_shape {
    const char *head, *what;
    uint16_t least, most; /* characters behind the head; most 0: no limit */
    char set;             /* 'A' A-Z0-9, 'a' letters and digits, 'w' those and _ -, 'h' hex, 'd' with dots too */
} key_shape;

static const key_shape shapes[] = {
    {"AKIA", "an AWS access key", 16, 16, 'A'},
    {"ASIA", "an AWS session key", 16, 16, 'A'},
    {"ghp_", "a GitHub token", 36, 36, 'a'},
    {"gho_", "a GitHub token", 36, 36, 'a'},
    {"ghu_", "a GitHub token", 36, 36, 'a'},
    {"ghs_", "a GitHub token", 36, 36, 'a'},
    {"ghr_", "a GitHub token", 36, 76, 'a'},
    {"github_pat_", "a GitHub token", 60, 90, 'w'},
    {"glpat-", "a GitLab token", 20, 64, 'w'},
    {"sk-ant-", "an Anthropic key", 32, 0, 'w'},
    {"sk-proj-", "an OpenAI key", 32, 0, 'w'},
    {"sk-svcacct-", "an OpenAI key", 32, 0, 'w'},
    {"sk-or-v1-", "an OpenRouter key", 40, 0, 'a'},
    {"sk-", "an API key", 32, 64, 'a'},
    {"sk_live_", "a Stripe key", 20, 0, 'a'},
    {"rk_live_", "a Stripe key", 20, 0, 'a'},
    {"whsec_", "a webhook secret", 24, 0, 'a'},
    {"xoxb-", "a Slack token", 20, 0, 'w'},
    {"xoxp-", "a Slack token", 20, 0, 'w'},
    {"xoxa-", "a Slack token", 20, 0, 'w'},
    {"xapp-", "a Slack token", 20, 0, 'w'},
    {"AIza", "a Google API key", 35, 35, 'w'},
    {"GOCSPX-", "a Google client secret", 28, 28, 'w'},
    {"ya29.", "a Google token", 40, 0, 'w'},
    {"npm_", "an npm token", 36, 36, 'a'},
    {"pypi-AgE", "a PyPI token", 60, 0, 'w'},
    {"hf_", "a Hugging Face token", 34, 37, 'a'},
    {"gsk_", "a Groq key", 40, 60, 'a'},
    {"xai-", "an xAI key", 60, 90, 'a'},
    {"pplx-", "a Perplexity key", 40, 60, 'a'},
    {"SG.", "a SendGrid key", 60, 80, 'd'},
    {"dop_v1_", "a DigitalOcean token", 64, 64, 'h'},
    {"glsa_", "a Grafana token", 32, 0, 'w'},
    {"lin_api_", "a Linear key", 40, 40, 'a'},
    {"shpat_", "a Shopify token", 32, 32, 'h'},
    {"AGE-SECRET-KEY-1", "an age key", 58, 58, 'A'},
    {"eyJ", "a JSON web token", 40, 0, 'd'},
};

static bool in_set(unsigned char c, char set)
{
    switch (set) {
    case 'A': return tkc_is_digit(c) || (unsigned)(c - 'A') < 26;
    case 'h': return tkc_is_digit(c) || (unsigned)((c | 32) - 'a') < 6;
    case 'a': return tkc_is_alpha(c) || tkc_is_digit(c);
    case 'd': return tkc_is_alpha(c) || tkc_is_digit(c) || c == '_' || c == '-' || c == '.';
    default: return tkc_is_alpha(c) || tkc_is_digit(c) || c == '_' || c == '-';
    }
}

/* Sixteenths of a bit of entropy a character, from counts: log2 by halves, good to a sixteenth. */
static unsigned log2_16(unsigned v)
{
    unsigned n = 0, frac;
    while (v >> (n + 1)) n++;
    frac = n >= 4 ? (v >> (n - 4)) & 15 : (v << (4 - n)) & 15;
    return n * 16 + frac;
}

static unsigned entropy_16(tkc_str s)
{
    unsigned count[256] = {0}, sum = 0;
    if (!s.len || s.len > 4096) return s.len ? 80 : 0;
    for (size_t i = 0; i < s.len; i++) count[(unsigned char)s.ptr[i]]++;
    for (int i = 0; i < 256; i++)
        if (count[i]) sum += count[i] * (log2_16((unsigned)s.len) - log2_16(count[i]));
    return sum / (unsigned)s.len;
}

static bool contains_nocase(tkc_str s, const char *z)
{
    for (size_t i = 0; i < s.len; i++)
        if (lint_begins_nocase(s, i, z)) return true;
    return false;
}

/* What documentation writes where a key would stand. */
static bool is_placeholder(tkc_str s)
{
    static const char *const words[] = {"example", "xxx", "your", "placeholder", "changeme", "sample", "dummy",
                                        "redacted", "123456789", "abcdefgh", "fake", "secret-key", "insert",
                                        "test-key", "00000000", "mykey", "process", "getenv", "environ", "todo",
                                        "...", "aaaa", "password", "passw0rd", "wrong", "valid", "api-key", "api_key", "_here", "-here", "deadbeef"};
    size_t distinct = 0;
    bool seen[256] = {false};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (contains_nocase(s, words[i])) return true;
    for (size_t i = 0; i < s.len; i++)
        if (!seen[(unsigned char)s.ptr[i]]) {
            seen[(unsigned char)s.ptr[i]] = true;
            distinct++;
        }
    return distinct < 6;
}

static bool has_mixture(tkc_str s)
{
    unsigned digit = 0, alpha = 0;
    for (size_t i = 0; i < s.len; i++) {
        digit += tkc_is_digit((unsigned char)s.ptr[i]);
        alpha += tkc_is_alpha((unsigned char)s.ptr[i]);
    }
    return digit >= 2 && alpha >= 2;
}

static bool secret(tkc_linter *l, const lint_seg *s, size_t from, size_t to, const char *what)
{
    char head[8] = "";
    for (size_t i = 0; i < 4 && from + i < to; i++) {
        char c = s->text.ptr[from + i];
        head[i] = c > ' ' && c < 0x7f ? c : '.';
    }
    return lint_report_in(l, TKC_TC605, s, from, to, "%s (%s..., %zu characters); take it out and replace it at its issuer",
                          what, head, to - from) != NULL;
}

static size_t known_key(tkc_str t, size_t i, const char **what)
{
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        const key_shape *h = &shapes[k];
        size_t n = strlen(h->head), m = 0;
        tkc_str body;
        if (t.ptr[i] != h->head[0] || !lint_begins(t, i, h->head)) continue;
        while (i + n + m < t.len && in_set((unsigned char)t.ptr[i + n + m], h->set)) m++;
        while (h->set != 'A' && m && (t.ptr[i + n + m - 1] == '.' || t.ptr[i + n + m - 1] == '-')) m--;
        body = (tkc_str){t.ptr + i + n, m};
        if (m < h->least || (h->most && m > h->most) || is_placeholder(body) || entropy_16(body) < 40) continue;
        if (h->head[0] == 'e') { /* three parts, the second an object too */
            size_t dot = lint_find(body, 0, ".eyJ");
            if (dot == SIZE_MAX || lint_find(body, dot + 4, ".") == SIZE_MAX) continue;
        } else if (h->set != 'A' && !has_mixture(body)) {
            continue;
        }
        *what = h->what;
        return n + m;
    }
    return 0;
}

static const char *const names[] = {"password", "passwd", "api_key", "apikey", "api-key", "secret_key", "secret",
                                    "access_token", "auth_token", "token", "private_key", "client_secret", "bearer"};

static const lint_heads *secret_heads(tkc_linter *l)
{
    lint_heads *h = lint_mem(l, 15, 1, sizeof *h);
    if (!h || h->is_made) return h;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) lint_heads_add(h, shapes[i].head);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) lint_heads_add(h, names[i]);
    lint_heads_add(h, "-----BEGIN ");
    lint_heads_add(h, "://");
    h->is_made = 1;
    return h;
}

/* "password = 'value'": how far the value is, or 0. */
static size_t assignment(tkc_str t, size_t i, size_t *from)
{
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        size_t j = i, n = 0, blanks = 0;
        tkc_str v;
        bool bearer = names[k][0] == 'b', quoted = false;
        if (tkc_ascii_lower(t.ptr[i]) != names[k][0] || !lint_begins_nocase(t, i, names[k])) continue;
        j += strlen(names[k]);
        if (j < t.len && (t.ptr[j] == '"' || t.ptr[j] == '\'')) j++;
        while (j < t.len && t.ptr[j] == ' ' && blanks < 3) j++, blanks++;
        if (bearer ? !blanks : j >= t.len || (t.ptr[j] != '=' && t.ptr[j] != ':')) continue;
        if (!bearer) j++;
        while (j < t.len && t.ptr[j] == ' ') j++;
        if (j < t.len && (t.ptr[j] == '"' || t.ptr[j] == '\'')) j++, quoted = true;
        while (j + n < t.len && n < 400 && (in_set((unsigned char)t.ptr[j + n], 'd') || tkc_is_one_of(t.ptr[j + n], "+/=!@%^*&~"))) n++;
        while (n && tkc_is_one_of(t.ptr[j + n - 1], ".=-") && !quoted) n--;
        v = (tkc_str){t.ptr + j, n};
        if (n < 16 || is_placeholder(v) || !has_mixture(v) || entropy_16(v) < 52) continue;
        if (memchr(v.ptr, '.', n) && memchr(v.ptr, '/', n) == NULL && !quoted) continue; /* a.b.c: code */
        if (memchr(v.ptr, '/', n) && memchr(v.ptr, '.', n)) continue;                     /* a path */
        *from = j;
        return n;
    }
    return 0;
}

static void secrets_in(tkc_linter *l, const lint_seg *s)
{
    tkc_str t = s->text;
    const lint_heads *heads = secret_heads(l);
    size_t floor = 0; /* what is in front of it was reported: a word begins there */
    if (!heads) return;
    for (size_t i = lint_heads_next(heads, t, 0); i < t.len; i = lint_heads_next(heads, t, i)) {
        const unsigned char c = (unsigned char)t.ptr[i];
        const bool inside = i > floor && lint_classes[(unsigned char)t.ptr[i - 1]] & LINT_C_NAME;
        if (tkc_is_alpha(c) && !inside) {
            const char *what = NULL;
            size_t from = i, n = known_key(t, i, &what);
            if (!n) {
                what = "a password, token or key";
                n = assignment(t, i, &from);
            }
            if (n) {
                if (!secret(l, s, from, from + n, what)) return;
                i = floor = from + n;
                continue;
            }
        } else if (c == '-' && !inside && lint_begins(t, i, "-----BEGIN ")) {
            size_t end = lint_line_end(t, i), close;
            tkc_str line = {t.ptr + i, end - i};
            if (lint_find(line, 0, "PRIVATE KEY-----") != SIZE_MAX) {
                size_t body;
                close = lint_find(t, end, "-----END ");
                body = close == SIZE_MAX ? 0 : close - end;
                if (body > 100) {
                    if (!secret(l, s, i, lint_line_end(t, close), "a private key")) return;
                    i = close;
                    continue;
                }
            }
        } else if (c == ':' && lint_begins(t, i, "://")) { /* user:password@host */
            size_t a = i + 3, colon = 0, k = a;
            while (k < t.len && k - a < 200 && (unsigned char)t.ptr[k] > ' ' && !tkc_is_one_of(t.ptr[k], "\"'`<>/@")) {
                if (t.ptr[k] == ':' && !colon) colon = k;
                k++;
            }
            if (k < t.len && t.ptr[k] == '@' && colon > a && k - colon > 8) {
                tkc_str pass = {t.ptr + colon + 1, k - colon - 1};
                if (!is_placeholder(pass) && has_mixture(pass) && !tkc_is_one_of(pass.ptr[0], "$<{[%") && entropy_16(pass) >= 44 &&
                    !secret(l, s, colon + 1, k, "a password in an address"))
                    return;
            }
        }
        i++;
    }
}

void lint_rule_secrets(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC605)) return;
    for (size_t k = 0; k < l->n_seg && !l->st; k++)
        if (!(l->seg[k].flags & LINT_SEG_AGAIN) || l->seg[k].decoded != SIZE_MAX) secrets_in(l, &l->seg[k]);
}

/* --- personal data --------------------------------------------------------------------------------------- */

static bool luhn(const char *digit, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned)(digit[n - 1 - i] - '0');
        if (i & 1) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += d;
    }
    return sum % 10 == 0;
}

/* Numbers that card networks publish for tests, and those of one repeated digit. */
static bool is_test_card(const char *d, size_t n)
{
    static const char *const list[] = {"4111111111111111", "4242424242424242", "4012888888881881", "5555555555554444",
                                       "5105105105105100", "378282246310005", "371449635398431", "6011111111111117",
                                       "3530111333300000", "4000056655665556", "30569309025904", "4000000000000002"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (strlen(list[i]) == n && memcmp(list[i], d, n) == 0) return true;
    for (size_t i = 1; i < n; i++)
        if (d[i] != d[0]) return false;
    return true;
}

static bool iban_ok(tkc_str s)
{
    unsigned rest = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[(i + 4) % s.len];
        rest = tkc_is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
    }
    return rest == 1;
}

static bool reserved_host(tkc_str h)
{
    static const char *const list[] = {"example.com", "example.org", "example.net", "example.edu", "test.com", "domain.com",
                                       "email.com", "company.com", "yourcompany.com", "acme.com", "localhost", "users.noreply.github.com",
                                       "mail.com", "github.com", "site.com", "foo.com", "bar.com", "corp.com", "mydomain.com", "your-domain.com",
                                       "yourdomain.com", "contoso.com", "fabrikam.com", "sentry.io"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        size_t n = strlen(list[i]);
        if (h.len >= n && lint_begins_nocase((tkc_str){h.ptr + h.len - n, n}, 0, list[i]) &&
            (h.len == n || h.ptr[h.len - n - 1] == '.'))
            return true;
    }
    return (h.len > 8 && (lint_begins_nocase(h, h.len - 8, ".example") || lint_begins_nocase(h, h.len - 8, ".invalid"))) ||
           (h.len > 5 && lint_begins_nocase(h, h.len - 5, ".test"));
}

static bool local_char(unsigned char c)
{
    return tkc_is_alpha(c) || tkc_is_digit(c) || tkc_is_one_of(c, "._%+-");
}

static size_t email(tkc_str t, size_t at, size_t *from)
{
    size_t b = at, e = at + 1, dot = 0;
    while (b && at - b < 64 && t.ptr[b - 1] && local_char((unsigned char)t.ptr[b - 1])) b--;
    while (e < t.len && e - at < 200 && (tkc_is_alpha((unsigned char)t.ptr[e]) || tkc_is_digit((unsigned char)t.ptr[e]) || t.ptr[e] == '-' || t.ptr[e] == '.')) {
        if (t.ptr[e] == '.') dot = e;
        e++;
    }
    while (e > at && (t.ptr[e - 1] == '.' || t.ptr[e - 1] == '-')) e--;
    if (dot >= e) { /* the dot that ended the sentence */
        dot = 0;
        for (size_t k = at + 1; k < e; k++)
            if (t.ptr[k] == '.') dot = k;
    }
    if (b == at || !dot || e - dot < 3 || !tkc_is_alpha((unsigned char)t.ptr[dot + 1]) || dot == at + 1) return 0;
    if (e < t.len && (t.ptr[e] == ':' || t.ptr[e] == '/')) return 0; /* git@host:path */
    if (reserved_host((tkc_str){t.ptr + at + 1, e - at - 1})) return 0;
    {
        tkc_str tld = {t.ptr + dot + 1, e - dot - 1};
        if (lint_in_list(tld, "js ts py md json css svg png jpg jpeg gif webp yml yaml tsx jsx html local internal")) return 0;
    }
    *from = b;
    return e - b;
}

static bool digits_behind(tkc_str t, size_t i, char *digit, size_t cap, size_t *n, size_t *end)
{
    size_t k = i;
    *n = 0;
    while (k < t.len && *n < cap) {
        if (tkc_is_digit((unsigned char)t.ptr[k]))
            digit[(*n)++] = t.ptr[k++];
        else if ((t.ptr[k] == ' ' || t.ptr[k] == '-' || t.ptr[k] == '(' || t.ptr[k] == ')' || t.ptr[k] == '.') && k + 1 < t.len &&
                 (tkc_is_digit((unsigned char)t.ptr[k + 1]) || t.ptr[k + 1] == '(' || (t.ptr[k] == ')' && t.ptr[k + 1] == ' ')))
            k++;
        else
            break;
    }
    *end = k;
    return !(k < t.len && (tkc_is_digit((unsigned char)t.ptr[k]) || tkc_is_alpha((unsigned char)t.ptr[k])));
}

static void pii_in(tkc_linter *l, const lint_seg *s)
{
    tkc_str t = s->text;
    for (size_t i = 0; i < t.len && !l->st; i++) {
        unsigned char c = (unsigned char)t.ptr[i], p = i ? (unsigned char)t.ptr[i - 1] : ' ';
        char digit[40];
        size_t from, n, end;
        if (c == '@') {
            n = email(t, i, &from);
            if (n) lint_report_in(l, TKC_TC606, s, from, from + n, "an e-mail address of a person or company");
        } else if (c == '+' && i + 1 < t.len && tkc_is_digit((unsigned char)t.ptr[i + 1]) && !tkc_is_word(p)) {
            if (digits_behind(t, i + 1, digit, 20, &n, &end) && n >= 9 && n <= 15 && digit[0] != '0' &&
                !(digit[0] == '1' && n == 11 && memcmp(digit + 4, "5550", 4) == 0)) {
                lint_report_in(l, TKC_TC606, s, i, end, "a telephone number");
                i = end - 1;
            }
        } else if (tkc_is_digit(c) && !tkc_is_word(p) && p != '.' && p != '-' && p != '+') {
            if (digits_behind(t, i, digit, 24, &n, &end) && n >= 13 && n <= 19 && tkc_is_one_of(digit[0], "3456") && luhn(digit, n) &&
                !is_test_card(digit, n)) {
                lint_report_in(l, TKC_TC606, s, i, end, "a payment card number");
                i = end - 1;
            } else if (n == 10 && end - i >= 12 && digit[0] >= '2' && digit[3] >= '2' && !(memcmp(digit + 3, "555", 3) == 0) &&
                       end - i <= 16 && memchr(t.ptr + i, '-', end - i)) {
                lint_report_in(l, TKC_TC606, s, i, end, "a telephone number");
                i = end - 1;
            } else if (n) {
                i = end - 1;
            }
        } else if ((unsigned)(c - 'A') < 26 && !tkc_is_word(p) && i + 15 < t.len && (unsigned)(t.ptr[i + 1] - 'A') < 26 &&
                   tkc_is_digit((unsigned char)t.ptr[i + 2]) && tkc_is_digit((unsigned char)t.ptr[i + 3])) {
            size_t k = i;
            n = 0;
            while (k < t.len && n < 35) {
                unsigned char d = (unsigned char)t.ptr[k];
                if (tkc_is_digit(d) || (unsigned)(d - 'A') < 26)
                    digit[n++] = (char)d;
                else if (!(d == ' ' && n % 4 == 0 && k + 1 < t.len && (tkc_is_digit((unsigned char)t.ptr[k + 1]) || (unsigned)(t.ptr[k + 1] - 'A') < 26)))
                    break;
                k++;
            }
            if (n >= 15 && n <= 34 && iban_ok((tkc_str){digit, n})) {
                lint_report_in(l, TKC_TC606, s, i, k, "a bank account number (IBAN)");
                i = k - 1;
            }
        }
    }
}

void lint_rule_pii(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC606)) return;
    for (size_t k = 0; k < l->n_seg && !l->st; k++)
        if (!(l->seg[k].flags & LINT_SEG_AGAIN) || l->seg[k].decoded != SIZE_MAX) pii_in(l, &l->seg[k]);
}
