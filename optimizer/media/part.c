/*
 * part.c - where a part keeps its file, in every provider's spelling.
 *
 * Base64 is decoded only as far as a header needs: 48 KB, then 1 MB for a JPEG whose frame
 * header stands behind large metadata; a PDF, and a WAV's or MP4's tail, in whole up to 64 MB.
 */
#include "optimizer/media/media.h"

#include "vocab/base/ascii.h"
#include "vocab/base/base64.h"
#include "vocab/base/error.h"

#include <string.h>

enum { FIRST = 48 << 10, SECOND = 1 << 20, MOST = 64 << 20 };

/* What is null is not set: SDKs write so. */
static uint32_t get(const tkc_request *r, uint32_t o, const char *key)
{
    const uint32_t v = o == TKC_JSON_NONE ? o : tkc_json_get(&r->doc, o, key, NULL);
    return v != TKC_JSON_NONE && tkc_json_kind_of(&r->doc, v) == TKC_JSON_NULL ? TKC_JSON_NONE : v;
}

static bool is_string(const tkc_request *r, uint32_t node)
{
    return node != TKC_JSON_NONE && tkc_json_kind_of(&r->doc, node) == TKC_JSON_STRING;
}

/* The node that holds the file: a data URL, base64, an address or an id; and the one with its
 * type. */
typedef struct source {
    uint32_t data, mime, detail;
    bool is_address; /* data is no base64, unless it is a data URL */
} source;

static source find_source(const tkc_request *r, uint32_t node)
{
    static const char *const address[] = {"image_url", "video_url", "document_url", "file_url",
                                          "url",       "fileUri",   "file_uri",     "file_id", "id"};
    static const char *const inner[] = {"source", "input_audio", "file", "image_url", "video_url",
                                        "document", "inlineData", "inline_data"};
    static const char *const bytes[] = {"data", "file_data", "base64", "bytes", "result"};
    static const char *const type[] = {"media_type", "mimeType", "mime_type", "format"};
    source s = {.data = TKC_JSON_NONE, .mime = TKC_JSON_NONE, .detail = get(r, node, "detail")};
    uint32_t in = node;
    /* One object inside the block holds it, or the block itself does. */
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++) {
        uint32_t o = get(r, node, inner[i]);
        if (o != TKC_JSON_NONE && tkc_json_kind_of(&r->doc, o) == TKC_JSON_OBJECT) {
            in = o;
            break;
        }
        if (is_string(r, o) && i == 1) { /* Mistral's sound */
            s.data = o;
            return s;
        }
    }
    if (s.detail == TKC_JSON_NONE) s.detail = get(r, in, "detail");
    for (size_t i = 0; i < sizeof type / sizeof *type && s.mime == TKC_JSON_NONE; i++)
        s.mime = get(r, in, type[i]);
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes && s.data == TKC_JSON_NONE; i++)
        if (is_string(r, get(r, in, bytes[i]))) s.data = get(r, in, bytes[i]);
    for (size_t i = 0; i < sizeof address / sizeof *address && s.data == TKC_JSON_NONE; i++)
        if (is_string(r, get(r, in, address[i]))) {
            s.data = get(r, in, address[i]);
            s.is_address = true;
        }
    return s;
}

/* The object that a member's value stands in, found from the top; media are few. */
static uint32_t object_of(const tkc_request *r, uint32_t node)
{
    const tkc_json *d = &r->doc;
    uint32_t in = 0;
    for (;;) {
        bool object = tkc_json_kind_of(d, in) == TKC_JSON_OBJECT;
        uint32_t c = tkc_json_first(d, in);
        for (; c != TKC_JSON_NONE; c = tkc_json_next(d, in, object ? c + 1 : c)) {
            uint32_t value = object ? c + 1 : c;
            if (value == node) return object ? in : TKC_JSON_NONE;
            if (node > value && node < d->node[value].next) break;
        }
        if (c == TKC_JSON_NONE) return c;
        in = object ? c + 1 : c;
    }
}

/* "12.5s" in milliseconds. */
static bool seconds(const tkc_request *r, uint32_t node, uint64_t *ms)
{
    char text[32];
    size_t n = node == TKC_JSON_NONE ? 0 : tkc_json_head(&r->doc, node, text, sizeof text), i = 0;
    uint64_t v = 0, unit = 1000;
    if (n < 2 || n > sizeof text || text[n - 1] != 's') return false;
    for (; i < n - 1 && text[i] >= '0' && text[i] <= '9' && v < 1000000000; i++) v = v * 10 + (uint64_t)(text[i] - '0');
    v *= 1000;
    if (text[i] == '.')
        for (i++; i < n - 1 && text[i] >= '0' && text[i] <= '9'; i++) {
            unit /= 10;
            v += unit * (uint64_t)(text[i] - '0');
        }
    *ms = v;
    return i == n - 1;
}

static bool has_word(const tkc_request *r, uint32_t node, const char *word)
{
    char text[64];
    size_t n = tkc_json_head(&r->doc, node, text, sizeof text), k = strlen(word);
    return n <= sizeof text && n >= k && memcmp(text + n - k, word, k) == 0;
}

/* The stretch of a video that is read, in milliseconds; to 0: to its end. */
typedef struct stretch {
    uint64_t from, to;
} stretch;

static void cut_to(tkc_media *m, stretch s)
{
    const uint64_t end = s.to && (!m->milliseconds || s.to < m->milliseconds) ? s.to : m->milliseconds;
    if (end <= s.from) return; /* nothing, or none is known */
    m->milliseconds = end - s.from;
    m->is_length_exact = m->is_length_exact || end == s.to;
}

/* What Gemini keeps beside the data: resolution, and which stretch of a video. The resolution of
 * the whole request holds for what has none of its own. */
static void beside(const tkc_request *r, uint32_t node, tkc_media *m, stretch *s)
{
    uint32_t o = object_of(r, node), level, meta, end, config;
    if (o == TKC_JSON_NONE) return;
    level = get(r, o, "mediaResolution");
    if (level == TKC_JSON_NONE) level = get(r, o, "media_resolution");
    if (level != TKC_JSON_NONE && tkc_json_kind_of(&r->doc, level) == TKC_JSON_OBJECT)
        level = get(r, level, "level");
    if (level == TKC_JSON_NONE) {
        config = get(r, r->body, "generationConfig");
        if (config == TKC_JSON_NONE) config = get(r, r->body, "generation_config");
        if (config == TKC_JSON_NONE) config = get(r, r->body, "config"); /* the SDKs' */
        level = get(r, config, "mediaResolution");
        if (level == TKC_JSON_NONE) level = get(r, config, "media_resolution");
    }
    if (is_string(r, level)) {
        if (has_word(r, level, "_ULTRA_HIGH"))
            m->detail = TKC_DETAIL_ORIGINAL;
        else if (has_word(r, level, "_HIGH"))
            m->detail = TKC_DETAIL_HIGH;
        else if (has_word(r, level, "_MEDIUM"))
            m->detail = TKC_DETAIL_MEDIUM;
        else if (has_word(r, level, "_LOW"))
            m->detail = TKC_DETAIL_LOW;
    }
    meta = get(r, o, "videoMetadata");
    if (meta == TKC_JSON_NONE) meta = get(r, o, "video_metadata");
    if (meta == TKC_JSON_NONE) return;
    end = get(r, meta, "endOffset");
    if (end == TKC_JSON_NONE) end = get(r, meta, "end_offset");
    (void)(seconds(r, get(r, meta, "startOffset"), &s->from) ||
           seconds(r, get(r, meta, "start_offset"), &s->from));
    (void)seconds(r, end, &s->to);
    if (get(r, meta, "fps") != TKC_JSON_NONE) (void)tkc_json_double(&r->doc, get(r, meta, "fps"), &m->fps);
    if (!(m->fps > 0 && m->fps <= 60)) m->fps = 0;
}

static tkc_media_detail detail_of(const tkc_request *r, uint32_t level)
{
    if (!is_string(r, level)) return TKC_DETAIL_AUTO;
    if (tkc_json_is(&r->doc, level, "low")) return TKC_DETAIL_LOW;
    if (tkc_json_is(&r->doc, level, "high")) return TKC_DETAIL_HIGH;
    if (tkc_json_is(&r->doc, level, "original")) return TKC_DETAIL_ORIGINAL;
    return TKC_DETAIL_AUTO;
}

/* "data:image/png;base64,...", in any case, perhaps with a name and a comma in it before the last: the base64 behind it. */
static bool data_url(tkc_str *s)
{
    static const char last[] = ";base64,";
    const size_t most = s->len < 512 ? s->len : 512;
    size_t at = tkc_behind_phrase(*s, 0, "data:");
    if (!at) return false;
    while (at < most && tkc_behind_phrase(*s, at, last) == at) at++;
    if (at >= most) return false;
    at += sizeof last - 1;
    *s = (tkc_str){s->ptr + at, s->len - at};
    return true;
}

/* What the request says the file is, as far as it is asked for below: "image/png". */
static tkc_str type_of(const tkc_request *r, const source *s, tkc_str url, char buf[64])
{
    size_t n;
    if (url.len) return (tkc_str){url.ptr + 5, url.len - 5};
    n = s->mime == TKC_JSON_NONE ? 0 : tkc_json_head(&r->doc, s->mime, buf, 64);
    return (tkc_str){buf, n < 64 ? n : 64};
}

static bool is_type(tkc_str said, const char *mime)
{
    const size_t n = tkc_behind_phrase(said, 0, mime);
    return n && (n == said.len || said.ptr[n] == ';' || tkc_is_space(said.ptr[n]));
}

static bool says_other(tkc_str said, tkc_media_format f)
{
    static const struct {
        tkc_media_format format;
        const char *mime;
    } row[] = {{TKC_MEDIA_PNG, "image/png"},   {TKC_MEDIA_JPEG, "image/jpeg"},
               {TKC_MEDIA_GIF, "image/gif"},   {TKC_MEDIA_WEBP, "image/webp"},
               {TKC_MEDIA_PDF, "application/pdf"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (is_type(said, row[i].mime)) return row[i].format != f;
    return false;
}

/* Decodes the first `want` bytes of base64 (all of it if there are fewer). Google's SDKs write the
 * alphabet of URLs, and without padding: url is where the plain one is made. */
static tkc_status decode(tkc_str b64, size_t want, tkc_buf *url, tkc_buf *out, size_t *bad, tkc_error *err)
{
    size_t take = want / 3 * 4;
    tkc_status st;
    out->len = 0;
    if (take < b64.len) b64.len = take;
    if (url && b64.len && (b64.len % 4 || memchr(b64.ptr, '-', b64.len) || memchr(b64.ptr, '_', b64.len))) {
        tkc_buf_clear(url);
        st = tkc_buf_append(url, b64.ptr, b64.len, err);
        while (!st && url->len % 4) st = tkc_buf_append_byte(url, '=', err);
        if (st) return st;
        for (size_t i = 0; i < url->len; i++) {
            if (url->ptr[i] == '-') url->ptr[i] = '+';
            if (url->ptr[i] == '_') url->ptr[i] = '/';
        }
        b64 = tkc_buf_str(url);
    }
    return tkc_base64_decode(b64, out, bad, err);
}

tkc_status tkc_media_of_part(const tkc_request *r, size_t part, tkc_buf *scratch, tkc_media *m,
                             tkc_error *err)
{
    const tkc_part *p = &r->part[part];
    if (p->node == TKC_JSON_NONE || (p->kind != TKC_PART_IMAGE && p->kind != TKC_PART_AUDIO &&
                                     p->kind != TKC_PART_VIDEO && p->kind != TKC_PART_FILE))
        return tkc_fail(err, TKC_E_ARG, p->begin, "a part of kind %s is no image, sound or file",
                        tkc_part_kind_name((tkc_part_kind)p->kind));
    return tkc_media_of_node(r, p->node, (tkc_part_kind)p->kind, p->begin, scratch, m, err);
}

tkc_status tkc_media_of_node(const tkc_request *r, uint32_t node, tkc_part_kind kind, size_t at,
                             tkc_buf *scratch, tkc_media *m, tkc_error *err)
{
    static const size_t step[] = {FIRST, SECOND, MOST};
    const bool gemini = r->dialect == TKC_DIALECT_GEMINI || r->inner == TKC_DIALECT_GEMINI;
    source s;
    stretch only = {0, 0};
    tkc_str text, url, said;
    char type[64];
    tkc_status st;
    size_t from = scratch->len, bad, size;
    tkc_buf bytes, plain;
    memset(m, 0, sizeof *m);
    m->kind = kind;
    s = find_source(r, node);
    m->detail = detail_of(r, s.detail);
    if (gemini) beside(r, node, m, &only);
    cut_to(m, only);
    if (s.data == TKC_JSON_NONE) return TKC_OK;
    st = tkc_json_string(&r->doc, s.data, scratch, &text, err);
    if (st) return st;
    url = text;
    if (!data_url(&text)) {
        if (s.is_address) {
            scratch->len = from;
            return TKC_OK;
        }
        url.len = 0;
    }
    m->has_bytes = true;
    size = text.len / 4 * 3 + (gemini && text.len % 4 ? text.len % 4 - 1 : 0);
    if (size && text.ptr[text.len - 1] == '=') size -= text.ptr[text.len - 2] == '=' ? 2 : 1;
    m->bytes = size;
    m->milliseconds = 0;
    m->is_length_exact = false;
    tkc_buf_init(&bytes, MOST, r->alloc);
    tkc_buf_init(&plain, MOST / 3 * 4 + 4, r->alloc);
    for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
        tkc_error why = {0};
        st = decode(text, step[i], gemini ? &plain : NULL, &bytes, &bad, &why);
        if (st == TKC_E_FORMAT) {
            st = tkc_fail(err, st, at, "%s whose base64 is damaged at its byte %zu",
                          tkc_part_kind_name(kind), bad);
            break;
        }
        if (!st) st = tkc_media_read_header(tkc_buf_str(&bytes), size, m, &why);
        if (st) {
            if (err) {
                *err = why;
                err->offset = at;
            }
            break;
        }
        /* Enough: what the header says is known, or there is no more to read. */
        if (bytes.len == size || m->width) break;
        if (m->format == TKC_MEDIA_WAV && m->milliseconds) break;
        if (m->format == TKC_MEDIA_MP3 && m->milliseconds) break;
        if (m->format == TKC_MEDIA_UNKNOWN) break;
    }
    said = type_of(r, &s, url, type);
    if (!st && m->format == TKC_MEDIA_UNKNOWN && kind == TKC_PART_FILE &&
        (tkc_behind_phrase(said, 0, "text/") || is_type(said, "application/json")))
        m->format = TKC_MEDIA_TEXT;
    if (!st && m->format != TKC_MEDIA_UNKNOWN && says_other(said, m->format))
        st = tkc_fail(err, TKC_E_FORMAT, at, "%s that is %s, not what the request says it is",
                      tkc_part_kind_name(kind), tkc_media_format_name(m->format));
    if (!st) cut_to(m, only);
    tkc_buf_release(&plain);
    tkc_buf_release(&bytes);
    scratch->len = from;
    return st;
}
