/*
 * header.c - size, length and pages out of the first bytes of a file.
 *
 * Every read asks first whether the bytes are there; loops advance by at least one byte.
 * PDF pages: the number in a linearized file's first object, else the page objects that stand
 * in the open; a file that packs its objects says nothing (pages 0).
 */
#include "optimizer/media/media.h"

#include "vocab/base/error.h"

#include <string.h>

const char *tkc_media_format_name(tkc_media_format f)
{
    static const char *const name[TKC_N_MEDIA_FORMAT] = {"unknown", "PNG", "JPEG", "GIF", "WebP",
                                                         "PDF",     "WAV", "MP3",  "MP4",  "text"};
    return (unsigned)f < TKC_N_MEDIA_FORMAT ? name[f] : "unknown";
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t be16(const unsigned char *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t le32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint32_t le24(const unsigned char *p)
{
    return (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static tkc_status cut(tkc_media_format f, size_t at, tkc_error *err)
{
    return tkc_fail(err, TKC_E_FORMAT, at, "%s file cut off in its header", tkc_media_format_name(f));
}

/* Width and height, and whether the file can hold them: least is the fewest bytes they can be
 * packed into. */
static tkc_status set_size(tkc_media *m, uint32_t w, uint32_t h, uint64_t least, size_t size,
                           size_t at, tkc_error *err)
{
    if (!w || !h)
        return tkc_fail(err, TKC_E_FORMAT, at, "%s header with a size of %lu x %lu",
                        tkc_media_format_name(m->format), (unsigned long)w, (unsigned long)h);
    if (least > size)
        return tkc_fail(err, TKC_E_FORMAT, at,
                        "%s header says %lu x %lu, which cannot come from a file of %zu bytes",
                        tkc_media_format_name(m->format), (unsigned long)w, (unsigned long)h, size);
    m->width = w;
    m->height = h;
    return TKC_OK;
}

static tkc_status read_png(const unsigned char *s, size_t n, size_t size, tkc_media *m,
                           tkc_error *err)
{
    static const unsigned char channels[7] = {1, 0, 3, 1, 2, 0, 4};
    uint64_t row;
    uint32_t w, h;
    if (n < 29) return cut(m->format, n, err);
    if (memcmp(s + 12, "IHDR", 4) != 0)
        return tkc_fail(err, TKC_E_FORMAT, 12, "PNG file without IHDR in front");
    w = be32(s + 16);
    h = be32(s + 20);
    if (w > 0x7fffffff || h > 0x7fffffff || s[25] > 6 || !channels[s[25]] || s[24] > 16)
        return tkc_fail(err, TKC_E_FORMAT, 16, "PNG header with values that no PNG has");
    /* Deflate packs at most 1,032 bytes into one. Interlaced ones have as many bytes. */
    row = 1 + ((uint64_t)w * channels[s[25]] * s[24] + 7) / 8;
    return set_size(m, w, h, row > UINT64_MAX / 0x80000000u ? UINT64_MAX : row * h / 1032, size, 16,
                    err);
}

static tkc_status read_jpeg(const unsigned char *s, size_t n, size_t size, tkc_media *m,
                            tkc_error *err)
{
    size_t i = 2;
    for (;;) {
        uint32_t len;
        unsigned char type;
        while (i < n && s[i] == 0xff && i + 1 < n && s[i + 1] == 0xff) i++; /* fill bytes */
        if (n - i < 4) return n < size ? TKC_OK : cut(m->format, n, err);
        if (s[i] != 0xff)
            return tkc_fail(err, TKC_E_FORMAT, i, "JPEG file without a marker where one is due");
        type = s[i + 1];
        if (type == 0x01 || (type >= 0xd0 && type <= 0xd7)) {
            i += 2;
            continue;
        }
        if (type == 0xd9 || type == 0xda)
            return tkc_fail(err, TKC_E_FORMAT, i, "JPEG file without a frame header");
        len = be16(s + i + 2);
        if (len < 2) return tkc_fail(err, TKC_E_FORMAT, i + 2, "JPEG segment of impossible length");
        if (type >= 0xc0 && type <= 0xcf && type != 0xc4 && type != 0xc8 && type != 0xcc) {
            uint32_t w, h;
            uint64_t least = 0;
            if (n - i < 9) return n < size ? TKC_OK : cut(m->format, n, err);
            h = be16(s + i + 5);
            w = be16(s + i + 7);
            /* One frame, Huffman: each block of 8 x 8 takes two bits at least. */
            if (type == 0xc0 || type == 0xc1)
                least = ((uint64_t)w + 7) / 8 * (((uint64_t)h + 7) / 8) / 4;
            return set_size(m, w, h, least, size, i + 5, err);
        }
        if (len + 2 > n - i) {
            if (n < size) return TKC_OK; /* more of the file is needed: width stays 0 */
            return cut(m->format, n, err);
        }
        i += 2 + len;
    }
}

static tkc_status read_webp(const unsigned char *s, size_t n, size_t size, tkc_media *m,
                            tkc_error *err)
{
    if (n < 30) return cut(m->format, n, err);
    if (memcmp(s + 12, "VP8X", 4) == 0)
        return set_size(m, le24(s + 24) + 1, le24(s + 27) + 1, 0, size, 24, err);
    if (memcmp(s + 12, "VP8L", 4) == 0) {
        uint32_t bits = le32(s + 21);
        if (s[20] != 0x2f) return tkc_fail(err, TKC_E_FORMAT, 20, "WebP file with a bad VP8L header");
        return set_size(m, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, 0, size, 21, err);
    }
    if (memcmp(s + 12, "VP8 ", 4) == 0) {
        if (s[23] != 0x9d || s[24] != 0x01 || s[25] != 0x2a)
            return tkc_fail(err, TKC_E_FORMAT, 23, "WebP file with a bad VP8 header");
        return set_size(m, ((uint32_t)s[27] << 8 | s[26]) & 0x3fff,
                        ((uint32_t)s[29] << 8 | s[28]) & 0x3fff, 0, size, 26, err);
    }
    return tkc_fail(err, TKC_E_FORMAT, 12, "WebP file of an unknown kind");
}

static tkc_status read_wav(const unsigned char *s, size_t n, size_t size, tkc_media *m,
                           tkc_error *err)
{
    size_t i = 12;
    uint32_t per_second = 0;
    while (n - i >= 8) {
        uint32_t len = le32(s + i + 4);
        if (memcmp(s + i, "fmt ", 4) == 0) {
            if (n - i < 20) return cut(m->format, n, err);
            per_second = le32(s + i + 16);
        } else if (memcmp(s + i, "data", 4) == 0) {
            uint64_t there = size - i - 8, data = len;
            if (!per_second) return tkc_fail(err, TKC_E_FORMAT, i, "WAV file without a format");
            /* Streams write a length they do not know: what is there counts. */
            m->is_length_exact = data <= there;
            if (data > there) data = there;
            m->milliseconds = data * 1000 / per_second;
            return TKC_OK;
        }
        if (len + (uint64_t)(len & 1) > n - i - 8) break;
        i += 8 + len + (len & 1);
    }
    return n < size ? TKC_OK : cut(m->format, n, err);
}

/* The first frame's bit rate for the whole: right where the rate is constant. */
static void read_mp3(const unsigned char *s, size_t n, size_t size, tkc_media *m)
{
    static const uint16_t rate1[16] = {0,   32,  40,  48,  56,  64,  80,  96,
                                       112, 128, 160, 192, 224, 256, 320, 0};
    static const uint16_t rate2[16] = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0};
    size_t i = 0;
    if (n >= 10 && memcmp(s, "ID3", 3) == 0)
        i = 10 + ((size_t)(s[6] & 127) << 21 | (size_t)(s[7] & 127) << 14 | (size_t)(s[8] & 127) << 7 |
                  (size_t)(s[9] & 127));
    for (; i < n && n - i >= 4; i++) {
        unsigned rate;
        if (s[i] != 0xff || (s[i + 1] & 0xe6) != 0xe2) continue;
        rate = (s[i + 1] & 0x18) == 0x18 ? rate1[s[i + 2] >> 4] : rate2[s[i + 2] >> 4];
        if (!rate) continue;
        m->milliseconds = (uint64_t)(size - i) * 8 / rate;
        return;
    }
}

/* Boxes: ftyp, ... moov { mvhd { time scale, duration } }. */
static void read_mp4(const unsigned char *s, size_t n, tkc_media *m)
{
    size_t i = 0;
    while (i < n && n - i >= 16) {
        uint64_t len = be32(s + i);
        size_t head = 8;
        if (len == 1) {
            len = (uint64_t)be32(s + i + 8) << 32 | be32(s + i + 12);
            head = 16;
        }
        if (memcmp(s + i + 4, "moov", 4) == 0) {
            i += head; /* into it: mvhd is its first box */
            continue;
        }
        if (memcmp(s + i + 4, "mvhd", 4) == 0) {
            const bool wide = s[i + 8] == 1;
            uint32_t scale;
            uint64_t length;
            if (n - i < (wide ? 40u : 28u)) return;
            scale = be32(s + i + (wide ? 28 : 20));
            length = wide ? (uint64_t)be32(s + i + 32) << 32 | be32(s + i + 36)
                          : be32(s + i + 24);
            /* All ones: not known. */
            if (scale && length < UINT64_MAX / 1000 && (wide || length != UINT32_MAX)) {
                m->milliseconds = length * 1000 / scale;
                m->is_length_exact = true;
            }
            return;
        }
        if (len < 8 || len > n - i) return;
        i += (size_t)len;
    }
}

static bool number_at(const unsigned char *s, size_t n, size_t i, uint32_t *out)
{
    uint32_t v = 0;
    size_t from;
    while (i < n && (s[i] == ' ' || s[i] == '\r' || s[i] == '\n')) i++;
    for (from = i; i < n && s[i] >= '0' && s[i] <= '9' && v < 100000000; i++) v = v * 10 + (s[i] - '0');
    *out = v;
    return i > from;
}

static void read_pdf(const unsigned char *s, size_t n, tkc_media *m)
{
    uint32_t objects = 0, v;
    bool linear = false;
    for (size_t i = 0; i + 8 < n; i++) {
        const unsigned char *slash = memchr(s + i, '/', n - i);
        size_t left;
        if (!slash) break;
        i = (size_t)(slash - s);
        left = n - i;
        if (left > 12 && memcmp(slash, "/Linearized", 11) == 0 && i < 1024) {
            linear = true;
        } else if (linear && left > 3 && memcmp(slash, "/N ", 3) == 0 && i < 2048) {
            if (number_at(s, n, i + 3, &v) && v) {
                m->pages = v;
                return;
            }
        } else if (left > 6 && memcmp(slash, "/Type", 5) == 0) {
            size_t k = i + 5;
            while (k < n && (s[k] == ' ' || s[k] == '\r' || s[k] == '\n')) k++;
            if (n - k > 6 && memcmp(s + k, "/Page", 5) == 0 && s[k + 5] != 's') objects++;
        }
    }
    /* "/Count" is no help: outlines have one too, and the page tree may be packed. */
    m->pages = objects;
}

tkc_status tkc_media_read_header(tkc_str head, size_t size, tkc_media *m, tkc_error *err)
{
    const unsigned char *s = (const unsigned char *)head.ptr;
    size_t n = head.len;
    if (n >= 8 && memcmp(s, "\x89PNG\r\n\x1a\n", 8) == 0) {
        m->format = TKC_MEDIA_PNG;
        return read_png(s, n, size, m, err);
    }
    if (n >= 3 && s[0] == 0xff && s[1] == 0xd8 && s[2] == 0xff) {
        m->format = TKC_MEDIA_JPEG;
        return read_jpeg(s, n, size, m, err);
    }
    if (n >= 6 && (memcmp(s, "GIF87a", 6) == 0 || memcmp(s, "GIF89a", 6) == 0)) {
        m->format = TKC_MEDIA_GIF;
        if (n < 10) return cut(m->format, n, err);
        return set_size(m, (uint32_t)s[7] << 8 | s[6], (uint32_t)s[9] << 8 | s[8], 0, size, 6, err);
    }
    if (n >= 12 && memcmp(s, "RIFF", 4) == 0 && memcmp(s + 8, "WEBP", 4) == 0) {
        m->format = TKC_MEDIA_WEBP;
        return read_webp(s, n, size, m, err);
    }
    if (n >= 12 && memcmp(s, "RIFF", 4) == 0 && memcmp(s + 8, "WAVE", 4) == 0) {
        m->format = TKC_MEDIA_WAV;
        return read_wav(s, n, size, m, err);
    }
    if (n >= 5 && memcmp(s, "%PDF-", 5) == 0) {
        m->format = TKC_MEDIA_PDF;
        read_pdf(s, n, m);
        return TKC_OK;
    }
    if (n >= 12 && memcmp(s + 4, "ftyp", 4) == 0) {
        m->format = TKC_MEDIA_MP4;
        read_mp4(s, n, m);
        return TKC_OK;
    }
    if (n >= 4 && (memcmp(s, "ID3", 3) == 0 || (s[0] == 0xff && (s[1] & 0xe6) == 0xe2))) {
        m->format = TKC_MEDIA_MP3;
        read_mp3(s, n, size, m);
    }
    return TKC_OK;
}
