/*
 * json_jsonc.c - our JSON reader against json-c (strict, UTF-8 checked): the same texts taken,
 * the same values.
 *
 * Where json-c 0.16 is laxer than RFC 8259 even when it is strict, its answer is not asked for:
 * control characters in strings, NaN and Infinity, lone surrogates (it makes U+FFFD of them),
 * numbers written short ("1.", "-", "1e"), leading zeros, texts that go on behind a number,
 * overlong UTF-8, surrogates in UTF-8 and what lies above U+10FFFF. Escaped characters above
 * U+FFFF whose low 16 bits look like a surrogate's (U+1DE00) become U+FFFD there.
 */
#include <json-c/json.h>

#include "tests/differential/json_texts.h"
#include "vocab/base/utf8.h"

static bool looks_like_surrogate(tkc_str s)
{
    for (size_t i = 0; i < s.len;) {
        unsigned n;
        uint32_t c = tkc_utf8_get((const unsigned char *)s.ptr + i, &n);
        if (c > 0xffff && (c & 0xf800) == 0xd800) return true;
        i += n;
    }
    return false;
}

static const char *same(const tkc_json *d, json_object *theirs)
{
    static struct {
        uint32_t node;
        json_object *value;
    } todo[MOST_TEXT];
    tkc_buf buf;
    const char *bad = NULL;
    size_t n = 1;
    todo[0].node = 0;
    todo[0].value = theirs;
    tkc_buf_init(&buf, (size_t)1 << 30, NULL);
    while (n && !bad) {
        uint32_t i = todo[--n].node;
        json_object *v = todo[n].value;
        tkc_error err;
        tkc_str s;
        double x;
        int64_t whole;
        uint64_t plain;
        size_t k = 0;
        tkc_buf_clear(&buf);
        switch (tkc_json_kind_of(d, i)) {
        case TKC_JSON_NULL: bad = v ? "null" : NULL; break;
        case TKC_JSON_TRUE:
            bad = json_object_is_type(v, json_type_boolean) && json_object_get_boolean(v) ? NULL : "true";
            break;
        case TKC_JSON_FALSE:
            bad = json_object_is_type(v, json_type_boolean) && !json_object_get_boolean(v) ? NULL : "false";
            break;
        case TKC_JSON_NUMBER:
            if (json_object_is_type(v, json_type_int)) {
                /* Beyond 64 bits json-c keeps the nearest it has. */
                if (tkc_json_i64(d, i, &whole))
                    bad = whole == json_object_get_int64(v) ? NULL : "integer";
                else if (tkc_json_u64(d, i, &plain))
                    bad = plain == json_object_get_uint64(v) ? NULL : "integer";
            } else {
                bad = json_object_is_type(v, json_type_double) &&
                              (!tkc_json_double(d, i, &x) || x == json_object_get_double(v))
                          ? NULL
                          : "real";
            }
            break;
        case TKC_JSON_STRING:
            if (tkc_json_string(d, i, &buf, &s, &err)) return "string";
            bad = json_object_is_type(v, json_type_string) &&
                          s.len == (size_t)json_object_get_string_len(v) &&
                          (!s.len || memcmp(s.ptr, json_object_get_string(v), s.len) == 0)
                      ? NULL
                      : "string";
            if (bad && looks_like_surrogate(s)) bad = NULL;
            break;
        case TKC_JSON_ARRAY:
            if (!json_object_is_type(v, json_type_array) ||
                json_object_array_length(v) != tkc_json_count(d, i))
                return "array";
            for (uint32_t c = tkc_json_first(d, i); c != TKC_JSON_NONE; c = tkc_json_next(d, i, c)) {
                if (n == MOST_TEXT) return "too large for this program";
                todo[n].node = c;
                todo[n++].value = json_object_array_get_idx(v, k++);
            }
            break;
        case TKC_JSON_OBJECT:
            if (!json_object_is_type(v, json_type_object)) return "object";
            for (uint32_t c = tkc_json_first(d, i); c != TKC_JSON_NONE;
                 c = tkc_json_next_member(d, i, c)) {
                json_object *member;
                char *key;
                uint32_t last;
                bool there;
                if (d->node[c].info & TKC_JSON_REPEATED) continue;
                if (tkc_json_string(d, c, &buf, &s, &err)) return "key";
                if (s.len && memchr(s.ptr, 0, s.len)) return NULL; /* its keys end at U+0000 */
                key = malloc(s.len + 1);
                if (!key) exit(2);
                memcpy(key, s.ptr ? s.ptr : "", s.len);
                key[s.len] = 0;
                there = json_object_object_get_ex(v, key, &member);
                last = tkc_json_get(d, i, key, NULL);
                free(key);
                if (!there || n == MOST_TEXT) return "member";
                todo[n].node = last;
                todo[n++].value = member;
                k++;
            }
            if (k != (size_t)json_object_object_length(v)) bad = "number of members";
        }
    }
    tkc_buf_release(&buf);
    return bad;
}

/* What we refuse and json-c is known to take. */
static bool known_laxness(tkc_str text, const tkc_error *err)
{
    static const char *const why[] = {"control character", "lone surrogate", "a digit",
                                      "start with a zero", "is not UTF-8"};
    for (size_t i = 0; i < sizeof why / sizeof *why; i++)
        if (strstr(err->message, why[i])) return true;
    return err->offset < text.len && (strncmp(text.ptr + err->offset, "NaN", 3) == 0 ||
                                      strncmp(text.ptr + err->offset, "Infinity", 8) == 0);
}

static const char *oracle(const tkc_json *d, tkc_str text, const tkc_error *err, bool *excused)
{
    json_tokener *tok = json_tokener_new_ex(ORACLE_DEPTH + 20);
    json_object *v;
    const char *bad = NULL;
    bool taken;
    size_t repeated;
    tkc_error none;
    if (!tok) exit(2);
    json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    v = json_tokener_parse_ex(tok, text.ptr, (int)text.len + 1); /* with the NUL: the end */
    taken = json_tokener_get_error(tok) == json_tokener_success;
    if (taken && !d->n_node)
        *excused = known_laxness(text, err) || json_tokener_get_parse_end(tok) < text.len;
    if (taken != (d->n_node > 0))
        bad = "one takes it, one does not";
    else if (taken)
        bad = tkc_json_flag_repeated((tkc_json *)(uintptr_t)d, &repeated, &none) ? "memory"
                                                                                 : same(d, v);
    json_object_put(v);
    json_tokener_free(tok);
    return bad;
}

int main(int argc, char **argv)
{
    return compare_texts("json-c", oracle, argc, argv);
}
