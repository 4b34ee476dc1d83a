/* input.c - bytes of a file, unpacked where they are packed, cut into lines. */
#include "tools/audit/input.h"

#include "tools/cli/input.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

enum { STEP = 1 << 18 };
enum packed { PLAIN, GZIP, ZSTD };

struct cli_lines {
    int fd;
    uint64_t size, left, done; /* left: of what the file had when it was opened */
    bool is_pipe, raw_end, end, skipping;
    enum packed packed;
    unsigned char raw[STEP];
    size_t raw_at, raw_len;
    tkc_buf text;
    size_t at, scan;
    z_stream z;
    bool z_open, in_frame;
    ZSTD_DStream *zstd;
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

cli_line_state cli_lines_next(cli_lines *l, tkc_str *line, tkc_error *err)
{
    for (;;) {
        const char *from = l->text.ptr + l->scan;
        const char *stop = l->text.len > l->scan ? memchr(from, '\n', l->text.len - l->scan) : NULL;
        if (stop || (l->end && l->text.len > l->at)) {
            const size_t to = stop ? (size_t)(stop - l->text.ptr) : l->text.len;
            const bool was_long = l->skipping || to - l->at > CLI_MAX_LINE;
            *line = (tkc_str){l->text.ptr + l->at, to - l->at};
            l->at = l->scan = stop ? to + 1 : to;
            l->skipping = false;
            return was_long ? CLI_LINE_LONG : stop ? CLI_LINE_OK : CLI_LINE_CUT;
        }
        if (l->end) {
            if (l->skipping) {
                l->skipping = false;
                return CLI_LINE_LONG;
            }
            return CLI_LINE_END;
        }
        if (l->text.len - l->at > CLI_MAX_LINE) { /* forget it, but know that it was there */
            l->skipping = true;
            l->at = l->text.len;
        }
        l->text.len -= l->at;
        if (l->at && l->text.len) memmove(l->text.ptr, l->text.ptr + l->at, l->text.len);
        l->at = 0;
        l->scan = l->text.len;
        if (!fill_text(l, err)) return CLI_LINE_FAILED;
    }
}
