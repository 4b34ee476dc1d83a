/*
 * json_jansson.c - our JSON reader against jansson: the same texts taken, the same values.
 *
 * jansson's limits, where nothing is compared: whole numbers beyond 64 bits and reals beyond
 * a double are errors there, a key may not hold U+0000, and of a repeated key the last value
 * stays (as tkc_json_get() has it). A NUL behind the text ends it there.
 */
#include <jansson.h>
#include <math.h>

#include "tests/differential/json_texts.h"

static const char *same(const tkc_json *d, uint32_t root, json_t *theirs)
{
    /* Pairs still to be compared; a container adds its children. */
    static struct {
        uint32_t node;
        json_t *value;
    } todo[MOST_TEXT];
    tkc_buf buf;
    const char *bad = NULL;
    size_t n = 1;
    todo[0].node = root;
    todo[0].value = theirs;
    tkc_buf_init(&buf, (size_t)1 << 30, NULL);
    while (n && !bad) {
        uint32_t i = todo[--n].node;
        json_t *v = todo[n].value;
        tkc_error err;
        tkc_str s;
        double x;
        int64_t whole;
        size_t k = 0;
        tkc_buf_clear(&buf);
        switch (tkc_json_kind_of(d, i)) {
        case TKC_JSON_NULL: bad = json_is_null(v) ? NULL : "null"; break;
        case TKC_JSON_TRUE: bad = json_is_true(v) ? NULL : "true"; break;
        case TKC_JSON_FALSE: bad = json_is_false(v) ? NULL : "false"; break;
        case TKC_JSON_NUMBER:
            if (json_is_integer(v))
                bad = tkc_json_i64(d, i, &whole) && whole == json_integer_value(v) ? NULL : "integer";
            else
                bad = json_is_real(v) && tkc_json_double(d, i, &x) && x == json_real_value(v)
                          ? NULL
                          : "real";
            break;
        case TKC_JSON_STRING:
            if (tkc_json_string(d, i, &buf, &s, &err)) return "string";
            bad = json_is_string(v) && s.len == json_string_length(v) &&
                          (!s.len || memcmp(s.ptr, json_string_value(v), s.len) == 0)
                      ? NULL
                      : "string";
            break;
        case TKC_JSON_ARRAY:
            if (!json_is_array(v) || json_array_size(v) != tkc_json_count(d, i)) return "array";
            for (uint32_t c = tkc_json_first(d, i); c != TKC_JSON_NONE; c = tkc_json_next(d, i, c)) {
                if (n == MOST_TEXT) return "too large for this program";
                todo[n].node = c;
                todo[n++].value = json_array_get(v, k++);
            }
            break;
        case TKC_JSON_OBJECT:
            if (!json_is_object(v)) return "object";
            for (uint32_t c = tkc_json_first(d, i); c != TKC_JSON_NONE;
                 c = tkc_json_next_member(d, i, c)) {
                if (d->node[c].info & TKC_JSON_REPEATED) continue;
                if (tkc_json_string(d, c, &buf, &s, &err)) return "key";
                if (tkc_buf_append_byte(&buf, 0, &err)) return "key";
                k++;
                {
                    char *key = malloc(s.len + 1);
                    uint32_t last = c + 1;
                    if (!key) exit(2);
                    memcpy(key, s.ptr ? s.ptr : "", s.len);
                    key[s.len] = 0;
                    if (n == MOST_TEXT || !json_object_get(v, key)) {
                        free(key);
                        return "member";
                    }
                    last = tkc_json_get(d, i, key, NULL);
                    todo[n].node = last;
                    todo[n++].value = json_object_get(v, key);
                    free(key);
                }
            }
            if (k != json_object_size(v)) bad = "number of members";
        }
    }
    tkc_buf_release(&buf);
    return bad;
}

static const char *oracle(const tkc_json *d, tkc_str text, const tkc_error *err, bool *excused)
{
    json_error_t e;
    json_t *v = json_loadb(text.ptr, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);
    const char *bad = NULL;
    size_t repeated;
    tkc_error none;
    if (v && !d->n_node) *excused = err->offset < text.len && text.ptr[err->offset] == 0;
    if (!v && d->n_node)
        *excused = json_error_code(&e) == json_error_numeric_overflow ||
                   json_error_code(&e) == json_error_null_byte_in_key ||
                   strstr(e.text, "NUL byte in object key") != NULL;
    if (!v != !d->n_node)
        bad = "one takes it, one does not";
    else if (v)
        bad = tkc_json_flag_repeated((tkc_json *)(uintptr_t)d, &repeated, &none) ? "memory"
                                                                                 : same(d, 0, v);
    json_decref(v);
    return bad;
}

int main(int argc, char **argv)
{
    return compare_texts("jansson", oracle, argc, argv);
}
