/* lines.c - bytes of a file, unpacked where they are packed, cut into lines or JSON values. */
#include "tools/lines/lines.h"

#include "tools/cli/input.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/json.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

enum { STEP = 1 << 18, DEEP = 3 };
enum packed { PLAIN, GZIP, ZSTD };
enum cut { BY_LINE = 0, BY_VALUE, UNDECIDED };

struct cli_lines {
    int fd;
    uint64_t size, left, done; /* left: of what the file had when it was opened */
    bool is_pipe, raw_end, end, skipping, begun;
    enum packed packed;
    unsigned char raw[STEP];
    size_t raw_at, raw_len;
    tkc_buf text;
    size_t at, scan;
    uint64_t number, before; /* line of what was given last; newlines before at */
    enum cut cut;
    size_t depth; /* brackets open at scan */
    bool in_string, escaped;
    bool in_list, want_comma;
    uint64_t list_line; /* where it begins */
    z_stream z;
    bool z_open, in_frame;
    ZSTD_DStream *zstd;
    /* what stands around records: the names on the way to them, where on it the last one was */
    bool take_values, fresh, had_page;
    tkc_json page;
    const char *const *way; /* NULL: no page is open */
    uint32_t list[DEEP], item[DEEP];
    size_t page_at; /* number is the line of this byte of it */
};

/* At most STEP bytes of the file. */
static bool read_more(cli_lines *l, char *to, size_t *n, tkc_error *err)
{
    size_t room = STEP;
    ptrdiff_t got = 0;
    *n = 0;
    if (!l->is_pipe && l->left < room) room = (size_t)l->left;
    if (room) got = cli_read_some(l->fd, to, room, err);
    if (got < 0) return false;
    if (got == 0) l->raw_end = true;
    *n = (size_t)got;
    l->done += (uint64_t)got;
    if (!l->is_pipe) l->left -= (uint64_t)got;
    return true;
}

static bool fill_raw(cli_lines *l, tkc_error *err)
{
    l->raw_at = 0;
    return read_more(l, (char *)l->raw, &l->raw_len, err);
}

cli_lines *cli_lines_open(const char *path, tkc_error *err)
{
    cli_lines *l = calloc(1, sizeof *l);
    struct stat st;
    if (!l) {
        (void)tkc_nomem(err);
        return NULL;
    }
    tkc_json_init(&l->page, NULL);
    l->fd = cli_open(path, err);
    if (l->fd < 0) {
        free(l);
        return NULL;
    }
    tkc_buf_init(&l->text, (size_t)CLI_MAX_LINE + 8 * STEP, NULL);
    l->is_pipe = fstat(l->fd, &st) != 0 || !S_ISREG(st.st_mode);
    if (!l->is_pipe) l->size = l->left = (uint64_t)st.st_size;
    if (!fill_raw(l, err)) {
        cli_lines_close(l);
        return NULL;
    }
    if (l->raw_len >= 2 && l->raw[0] == 0x1f && l->raw[1] == 0x8b) l->packed = GZIP;
    if (l->raw_len >= 4 && memcmp(l->raw, "\x28\xb5\x2f\xfd", 4) == 0) l->packed = ZSTD;
    if (l->packed == GZIP && inflateInit2(&l->z, 15 + 16) == Z_OK) l->z_open = true;
    if (l->packed == ZSTD) l->zstd = ZSTD_createDStream();
    if ((l->packed == GZIP && !l->z_open) || (l->packed == ZSTD && !l->zstd)) {
        (void)tkc_nomem(err);
        cli_lines_close(l);
        return NULL;
    }
    return l;
}

void cli_lines_close(cli_lines *l)
{
    if (!l) return;
    if (l->z_open) inflateEnd(&l->z);
    ZSTD_freeDStream(l->zstd);
    tkc_json_release(&l->page);
    tkc_buf_release(&l->text);
    cli_close(l->fd);
    free(l);
}

uint64_t cli_lines_done(const cli_lines *l)
{
    return l->done;
}

uint64_t cli_lines_size(const cli_lines *l)
{
    return l->size;
}

/* More text behind what there is; l->end when there is no more. */
static bool fill_text(cli_lines *l, tkc_error *err)
{
    if (tkc_buf_reserve(&l->text, STEP, err)) return false;
    if (l->raw_at == l->raw_len && !l->raw_end && l->packed == PLAIN) {
        size_t n;
        if (!read_more(l, l->text.ptr + l->text.len, &n, err)) return false;
        l->text.len += n;
        return true;
    }
    if (l->raw_at == l->raw_len && !l->raw_end && !fill_raw(l, err)) return false;
    if (l->raw_at == l->raw_len && l->raw_end) {
        l->end = true;
        if (!l->in_frame) return true;
        (void)tkc_fail(err, TKC_E_FORMAT, 0, "the packed data ends in the middle");
        return false;
    }
    if (l->packed == PLAIN) { /* what was read to tell what it is */
        if (tkc_buf_append(&l->text, l->raw + l->raw_at, l->raw_len - l->raw_at, err)) return false;
        l->raw_at = l->raw_len;
    } else if (l->packed == GZIP) {
        int z;
        l->z.next_in = l->raw + l->raw_at;
        l->z.avail_in = (uInt)(l->raw_len - l->raw_at);
        l->z.next_out = (Bytef *)l->text.ptr + l->text.len;
        l->z.avail_out = STEP;
        l->in_frame = true;
        z = inflate(&l->z, Z_NO_FLUSH);
        l->text.len += STEP - l->z.avail_out;
        l->raw_at = l->raw_len - l->z.avail_in;
        if (z == Z_STREAM_END) { /* there may be another member */
            l->in_frame = false;
            z = inflateReset(&l->z);
        }
        if (z != Z_OK && z != Z_BUF_ERROR) {
            (void)tkc_fail(err, TKC_E_FORMAT, 0, "the gzip data is damaged");
            return false;
        }
    } else {
        ZSTD_inBuffer in = {l->raw, l->raw_len, l->raw_at};
        ZSTD_outBuffer out = {l->text.ptr + l->text.len, STEP, 0};
        const size_t z = ZSTD_decompressStream(l->zstd, &out, &in);
        if (ZSTD_isError(z)) {
            (void)tkc_fail(err, TKC_E_FORMAT, 0, "the zstd data is damaged: %s", ZSTD_getErrorName(z));
            return false;
        }
        l->text.len += out.pos;
        l->raw_at = in.pos;
        l->in_frame = z != 0;
    }
    return true;
}

void cli_lines_take_values(cli_lines *l)
{
    l->cut = UNDECIDED;
    l->take_values = true;
}

uint64_t cli_lines_number(const cli_lines *l)
{
    return l->number;
}

bool cli_lines_had_page(const cli_lines *l)
{
    return l->had_page;
}

static void pass(cli_lines *l, size_t to)
{
    for (; l->at < to; l->at++) l->before += l->text.ptr[l->at] == '\n';
    if (l->scan < to) l->scan = to;
}

static void pass_blank(cli_lines *l)
{
    size_t to = l->at;
    while (to < l->text.len && tkc_is_space(l->text.ptr[to])) to++;
    pass(l, to);
}

static void begin_value(cli_lines *l)
{
    l->scan = l->at;
    l->depth = 0;
    l->in_string = l->escaped = false;
}

/* Goes on to the end of the value that begins at l->at, or of the line. False: neither is in the text yet. A string
 * ends with its line at the latest: one that does not is no JSON, and the rest of the file is not its text. */
static bool find_end(cli_lines *l, bool of_line, size_t *to)
{
    while (l->scan < l->text.len) {
        const char c = l->text.ptr[l->scan++];
        *to = l->scan;
        if (c == '\n' && (of_line || !l->depth)) {
            l->scan = --*to;
            return true;
        }
        if (l->in_string) {
            l->in_string = l->escaped || (c != '"' && c != '\n');
            l->escaped = c == '\\' && !l->escaped;
        } else if (c == '"') {
            l->in_string = true;
        } else if (c == '{' || c == '[') {
            l->depth++;
        } else if (l->depth && (c == '}' || c == ']')) {
            if (--l->depth == 0 && !of_line) return true;
        } else if (!l->depth && l->in_list && (c == ',' || c == ']')) { /* behind a number or a string */
            l->scan = --*to;
            return true;
        }
    }
    *to = l->text.len;
    return l->end;
}

/* A byte order mark in front is no part of the first record. False: more of the file is needed. */
static bool begin(cli_lines *l)
{
    if (l->text.len < 3 && !l->end) return false;
    l->at = l->scan = tkc_utf8_mark(tkc_buf_str(&l->text));
    return l->begun = true;
}

/* How the file is cut, by its first line. False: more of it is needed. */
static bool decide(cli_lines *l)
{
    size_t to;
    pass_blank(l);
    if (l->at == l->text.len && !l->end) return false;
    if (l->at < l->text.len && l->text.ptr[l->at] == '[') {
        l->cut = BY_VALUE;
    } else if (l->at == l->text.len || l->text.ptr[l->at] != '{') {
        l->cut = BY_LINE;
    } else if (find_end(l, true, &to)) {
        l->cut = l->depth && !l->in_string ? BY_VALUE : BY_LINE;
    } else if (l->text.len - l->at > CLI_MAX_LINE) {
        l->cut = BY_LINE;
    } else {
        return false;
    }
    begin_value(l);
    return true;
}

/* Whether the value that does not end is the torn line of a log. */
static bool is_torn_line(const cli_lines *l)
{
    const char *stop = memchr(l->text.ptr + l->at, '\n', l->text.len - l->at);
    return stop && stop + 1 < l->text.ptr + l->text.len && stop[1] == '{';
}

/* The next value that is whole in the text, in *line and *state. False: there is none, or it is to be cut by lines. */
static bool next_value(cli_lines *l, tkc_str *line, cli_line_state *state, tkc_error *err)
{
    size_t to;
    bool whole;
    for (; l->scan == l->at; pass(l, l->at + 1)) { /* what stands between values */
        pass_blank(l);
        if (l->at == l->text.len) {
            if (!l->end) return false;
            *state = l->in_list ? CLI_LINE_FAILED : CLI_LINE_END;
            if (l->in_list)
                (void)tkc_fail(err, TKC_E_FORMAT, 0, "the list that begins on line %llu has no end: the file was cut short",
                               (unsigned long long)l->list_line);
            return true;
        }
        if (!l->in_list && l->text.ptr[l->at] == '[') {
            l->in_list = true;
            l->want_comma = false;
            l->list_line = l->before + 1;
        } else if (l->in_list && l->text.ptr[l->at] == ']') {
            l->in_list = false;
        } else if (l->in_list && l->want_comma && l->text.ptr[l->at] == ',') {
            l->want_comma = false;
        } else {
            begin_value(l);
            break;
        }
    }
    whole = find_end(l, false, &to);
    if (!whole && l->text.len - l->at <= CLI_MAX_LINE) return false;
    if (!whole || (l->depth && is_torn_line(l))) {
        l->cut = BY_LINE;
        l->scan = l->at;
        return false;
    }
    l->number = l->before + 1;
    *line = (tkc_str){l->text.ptr + l->at, to - l->at};
    *state = l->depth ? CLI_LINE_CUT : CLI_LINE_OK;
    pass(l, to);
    l->scan = l->at;
    l->want_comma = true;
    return true;
}

/* The next line, in *line and *state. False: it is not whole in the text yet. */
static bool next_line(cli_lines *l, tkc_str *line, cli_line_state *state)
{
    const char *stop = l->text.len > l->scan ? memchr(l->text.ptr + l->scan, '\n', l->text.len - l->scan) : NULL;
    const size_t to = stop ? (size_t)(stop - l->text.ptr) : l->text.len;
    if (!stop && !l->end) {
        l->scan = to;
        if (to - l->at <= CLI_MAX_LINE) return false;
        l->skipping = true; /* forget it, but know that it was there */
        l->at = to;
        return false;
    }
    if (!stop && to == l->at && !l->skipping) {
        *state = CLI_LINE_END;
        return true;
    }
    *line = (tkc_str){l->text.ptr + l->at, to - l->at};
    *state = l->skipping || line->len > CLI_MAX_LINE ? CLI_LINE_LONG : stop ? CLI_LINE_OK : CLI_LINE_CUT;
    l->number = l->before + 1;
    l->before += stop != NULL;
    l->at = l->scan = stop ? to + 1 : to;
    l->skipping = false;
    return true;
}

/* --- what stands around records ------------------------------------------------------------------- */

/* The list of the next name on the way, in an object, and its first item. */
static void go_in(cli_lines *l, size_t i, uint32_t object)
{
    const uint32_t v = tkc_json_get(&l->page, object, l->way[i], NULL);
    const bool is_list = v != TKC_JSON_NONE && tkc_json_kind_of(&l->page, v) == TKC_JSON_ARRAY;
    l->list[i] = v;
    l->item[i] = is_list ? tkc_json_first(&l->page, v) : TKC_JSON_NONE;
}

static void go_on(cli_lines *l, size_t i)
{
    l->item[i] = tkc_json_next(&l->page, l->list[i], l->item[i]);
}

/* The next bracket that opens something at or behind *at. */
static bool next_open(tkc_str s, size_t *at)
{
    const char *list = memchr(s.ptr + *at, '[', s.len - *at);
    const char *object = memchr(s.ptr + *at, '{', list ? (size_t)(list - s.ptr) - *at : s.len - *at);
    if (!list && !object) return false;
    *at = (size_t)((object ? object : list) - s.ptr);
    return true;
}

/* Where the key stops whose value begins at byte `at`; 0: a bracket in a text, as far as this can be told. */
static size_t key_before(tkc_str s, size_t at)
{
    while (at && tkc_is_space(s.ptr[at - 1])) at--;
    if (!at || s.ptr[--at] != ':') return 0;
    while (at && tkc_is_space(s.ptr[at - 1])) at--;
    return at > 1 && s.ptr[at - 1] == '"' && s.ptr[at - 2] != '\\' ? at : 0;
}

static bool ends_with(tkc_str s, size_t at, const char *key)
{
    const size_t n = strlen(key);
    return at >= n && memcmp(s.ptr + at - n, key, n) == 0;
}

/* May this be what stands around records? Told by its first member that is a list or an object, so that records are
 * parsed once: 0.3 % of the instructions that cost takes for tiny ones. */
static bool may_be_page(tkc_str s)
{
    size_t at = 0, key = 0;
    if (!next_open(s, &at) || s.ptr[at] != '{') return false;
    while (!key && next_open(s, &at)) key = key_before(s, at++);
    return key && (ends_with(s, key, "\"resourceSpans\"") || ends_with(s, key, "\"data\"") || ends_with(s, key, "\"meta\""));
}

static uint32_t list_of(const tkc_json *d, const char *key)
{
    const uint32_t v = tkc_json_get(d, 0, key, NULL);
    return v != TKC_JSON_NONE && tkc_json_kind_of(d, v) == TKC_JSON_ARRAY ? v : TKC_JSON_NONE;
}

/* A page of Langfuse's API, or what OpenTelemetry's exporters send. */
static void open_page(cli_lines *l, tkc_str text)
{
    static const char *const page[DEEP] = {"data"}, *const spans[DEEP] = {"resourceSpans", "scopeSpans", "spans"};
    const tkc_json_limits limits = {.lone_surrogates = true};
    if (!may_be_page(text) || tkc_json_parse(&l->page, text, &limits, NULL)) return;
    if (list_of(&l->page, *spans) != TKC_JSON_NONE)
        l->way = spans;
    else if (list_of(&l->page, *page) != TKC_JSON_NONE && tkc_json_get(&l->page, 0, "meta", NULL) != TKC_JSON_NONE)
        l->way = page;
    l->fresh = l->way != NULL;
    l->had_page = l->had_page || l->fresh;
    l->page_at = 0;
}

/* The next record of the page; false: it has no more. */
static bool next_item(cli_lines *l, tkc_str *line)
{
    const tkc_json *d = &l->page;
    size_t i = 0, last = 0;
    while (last + 1 < DEEP && l->way[last + 1]) last++;
    if (l->fresh)
        go_in(l, i, 0);
    else
        go_on(l, i = last);
    l->fresh = false;
    while (l->item[i] == TKC_JSON_NONE || i < last) {
        if (l->item[i] != TKC_JSON_NONE) {
            go_in(l, i + 1, l->item[i]);
            i++;
        } else if (i) {
            go_on(l, --i);
        } else {
            l->way = NULL;
            return false;
        }
    }
    for (; l->page_at < d->node[l->item[last]].begin; l->page_at++) l->number += d->text.ptr[l->page_at] == '\n';
    *line = tkc_json_source(d, l->item[last]);
    return true;
}

static cli_line_state next_cut(cli_lines *l, tkc_str *line, tkc_error *err)
{
    for (;;) {
        cli_line_state state;
        if ((l->begun || begin(l)) && (l->cut != UNDECIDED || decide(l))) {
            if (l->cut == BY_VALUE && next_value(l, line, &state, err)) return state;
            if (l->cut == BY_LINE && next_line(l, line, &state)) return state;
        }
        l->text.len -= l->at;
        if (l->at && l->text.len) memmove(l->text.ptr, l->text.ptr + l->at, l->text.len);
        l->scan -= l->at;
        l->at = 0;
        if (!fill_text(l, err)) return CLI_LINE_FAILED;
    }
}

cli_line_state cli_lines_next(cli_lines *l, tkc_str *line, tkc_error *err)
{
    for (;;) {
        cli_line_state state;
        if (l->way && next_item(l, line)) return CLI_LINE_OK;
        state = next_cut(l, line, err);
        if (l->take_values && (state == CLI_LINE_OK || state == CLI_LINE_CUT)) open_page(l, *line);
        if (!l->way) return state;
    }
}
