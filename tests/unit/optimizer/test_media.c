/* test_media.c - headers of images, sound and documents, files that lie about themselves, and
 * the token rules with the examples their providers give. */
#include "optimizer/media/media.h"

#include "tests/support/case_file.h"
#include "tests/support/fail_alloc.h"
#include "vocab/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* One field a space; hex, or text behind a '. */
static size_t bytes_of(const char *spec, unsigned char *out)
{
    size_t n = 0;
    for (const char *p = spec; *p;) {
        if (*p == ' ') {
            p++;
        } else if (*p == '\'') {
            for (p++; *p && *p != ' '; p++) out[n++] = (unsigned char)*p;
        } else {
            const char two[3] = {p[0], p[1], 0};
            out[n++] = (unsigned char)strtol(two, NULL, 16);
            p += 2;
        }
    }
    return n;
}

#define PNG(w, h, depth) "89 'PNG 0d0a1a0a 0000000d 'IHDR " w h depth "00000000 00000000"

static void headers(void **state)
{
    static const struct {
        const char *spec;
        size_t size;
        tkc_media_format format;
        uint32_t w, h, pages;
        uint64_t ms;
    } row[] = {
        {PNG("00000400", "00000300", "0100"), 500, TKC_MEDIA_PNG, 1024, 768, 0, 0},
        {"ffd8 ffe0 0010 'JFIF 00010100000100010000 ffc2 000b08 0960 0708 01011100", 100, TKC_MEDIA_JPEG, 1800, 2400, 0, 0},
        {"ffd8 ffe1 0004 0000 ff ffc0 0011 08 0010 0020 03 012200", 100, TKC_MEDIA_JPEG, 32, 16, 0, 0},
        {"ffd8 ffe1 ffff 0000", 70000, TKC_MEDIA_JPEG, 0, 0, 0, 0}, /* further in the file */
        {"'GIF89a 4000 2000 800000", 10, TKC_MEDIA_GIF, 64, 32, 0, 0},
        {"'GIF87a 0100 ffff", 10, TKC_MEDIA_GIF, 1, 65535, 0, 0},
        {"'RIFF 00000000 'WEBPVP8X 0a000000 00000000 9f0f00 b70b00", 30, TKC_MEDIA_WEBP, 4000, 3000, 0, 0},
        {"'RIFF 00000000 'WEBPVP8L 00000000 2f ffc00000 0000000000", 30, TKC_MEDIA_WEBP, 256, 4, 0, 0},
        {"'RIFF 00000000 'WEBPVP8 20 00000000 000000 9d012a 8002 e001", 30, TKC_MEDIA_WEBP, 640, 480, 0, 0},
        {"'RIFF 00000000 'WAVEfmt 20 10000000 0100 0100 401f0000 401f0000 0100 0800 'data 401f0000", 8044,
         TKC_MEDIA_WAV, 0, 0, 0, 1000},
        {"'RIFF 00000000 'WAVE 'LIST 03000000 00000000 'fmt 20 10000000 0100 0200 44ac0000 10b10200 0400 1000 'data 881d0100",
         100000000, TKC_MEDIA_WAV, 0, 0, 0, 414},
        {"'%PDF-1.4 0a 'x/Type/Pages/Count 20 '9 20 '/Type 20 '/Page/a/Type/Page>>>>>>>>>>", 100, TKC_MEDIA_PDF, 0, 0, 2, 0},
        {"'%PDF-1.4 0a '<</Linearized 20 '1/L 20 '99/N 20 '41>> 0a0a0a0a0a0a0a0a", 100, TKC_MEDIA_PDF, 0, 0, 41, 0},
        {"'ID3 0400000000000a 00000000000000000000 fffb9000", 16020, TKC_MEDIA_MP3, 0, 0, 0, 1000},
        {"00000010 'ftypisom 00000000 00000074 'moov 0000006c 'mvhd 00000000 00000000 00000000 000003e8 00001770 00000000 0000000000000000000000",
         200, TKC_MEDIA_MP4, 0, 0, 0, 6000},
        {"'hello", 5, TKC_MEDIA_UNKNOWN, 0, 0, 0, 0},
        {"", 0, TKC_MEDIA_UNKNOWN, 0, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        unsigned char b[512], *copy;
        size_t n = bytes_of(row[i].spec, b);
        tkc_media m = {0};
        tkc_error err = {0};
        copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, b, n);
        if (tkc_media_read_header((tkc_str){(char *)copy, n}, row[i].size > n ? row[i].size : n, &m, &err))
            fail_msg("%zu: %s", i, err.message);
        if (m.format != row[i].format || m.width != row[i].w || m.height != row[i].h ||
            m.pages != row[i].pages || m.milliseconds != row[i].ms)
            fail_msg("%zu: %s %u x %u, %u pages, %lu ms", i, tkc_media_format_name(m.format),
                     (unsigned)m.width, (unsigned)m.height, (unsigned)m.pages,
                     (unsigned long)m.milliseconds);
        free(copy);
        /* Cut anywhere: refused or unknown, and never read behind the end. */
        for (size_t k = 0; k < n; k++) {
            copy = malloc(k ? k : 1);
            assert_non_null(copy);
            memcpy(copy, b, k);
            memset(&m, 0, sizeof m);
            if (tkc_media_read_header((tkc_str){(char *)copy, k}, k, &m, &err))
                assert_int_equal(err.code, TKC_E_FORMAT);
            free(copy);
        }
    }
}

static void lies(void **state)
{
    static const struct {
        const char *spec;
        size_t size;
        const char *message;
    } row[] = {
        {PNG("000186a0", "000186a0", "0806"), 2000, "says 100000 x 100000, which cannot come from"},
        {PNG("7fffffff", "7fffffff", "1006"), 4000000000u, "cannot come from"},
        {PNG("00000000", "00000300", "0100"), 500, "a size of 0 x 768"},
        {PNG("80000000", "00000300", "0100"), 500, "no PNG has"},
        {PNG("00000001", "00000001", "0105"), 500, "no PNG has"},
        {"89 'PNG 0d0a1a0a 0000000d 'IDAT 00000001 00000001 0100000000 00000000", 500, "without IHDR"},
        {"89 'PNG 0d0a1a0a 0000000d 'IHDR 0000", 18, "cut off"},
        {"ffd8 ffc0 0011 08 ffff ffff 03 012200", 3000, "cannot come from"},
        {"ffd8 ffda 0002", 100, "without a frame header"},
        {"ffd8 ffe0 0000", 100, "impossible length"},
        {"ffd8 ff e0 0002 00 000000", 100, "without a marker"},
        {"ffd8 ffe0 0010", 6, "cut off"},
        {"'GIF89a 0000 2000", 10, "a size of 0 x 32"},
        {"'RIFF 00000000 'WEBPxxxx 00000000 00000000 00000000 000000000000", 40, "unknown kind"},
        {"'RIFF 00000000 'WAVEdata 01000000", 100, "without a format"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        unsigned char b[512];
        size_t n = bytes_of(row[i].spec, b);
        tkc_media m = {0};
        tkc_error err = {0};
        assert_int_equal(tkc_media_read_header((tkc_str){(char *)b, n}, row[i].size, &m, &err), TKC_E_FORMAT);
        if (!strstr(err.message, row[i].message)) fail_msg("%zu: %s", i, err.message);
        assert_int_equal(m.width, 0);
    }
}

static void rules(void **state)
{
    static const struct {
        const char *provider, *model;
        uint32_t w, h;
        tkc_media_detail detail;
        uint64_t low, tokens, high;
    } row[] = {
        /* The providers' own examples. */
        {"anthropic", "claude-sonnet-4-6", 200, 200, 0, 64, 64, 64},
        {"anthropic", "claude-sonnet-4-6", 1000, 1000, 0, 1296, 1296, 1296},
        {"anthropic", "claude-sonnet-4-6", 1092, 1092, 0, 1521, 1521, 1521},
        {"anthropic", "claude-sonnet-4-6", 1920, 1080, 0, 1560, 1560, 1560},
        {"anthropic", "claude-sonnet-4-6", 2000, 1500, 0, 1564, 1564, 1564},
        {"anthropic", "claude-sonnet-4-6", 3840, 2160, 0, 1560, 1560, 1560},
        {"anthropic", "claude-opus-5", 1920, 1080, 0, 2691, 2691, 2691},
        {"anthropic", "claude-opus-4-7", 2000, 1500, 0, 3888, 3888, 3888},
        /* as resellers name it */
        {"anthropic", "us.anthropic.claude-opus-4-7-v1:0", 2000, 1500, 0, 3888, 3888, 3888},
        {"anthropic", "bedrock/eu.Anthropic.Claude-Opus-4-7", 2000, 1500, 0, 3888, 3888, 3888},
        {"openai", "openai/GPT-4o", 1024, 1024, TKC_DETAIL_HIGH, 765, 765, 765},
        {"anthropic", "claude-opus-5", 3840, 2160, 0, 4784, 4784, 4784},
        {"openai", "gpt-5.2", 1800, 2400, 0, 1452, 1452, 1452},
        {"openai", "gpt-5.2", 1024, 1024, 0, 1024, 1024, 1024},
        {"openai", "gpt-5-mini", 1800, 2400, 0, 2352, 2353, 2353},
        {"openai", "o4-mini-2025-04-16", 1024, 1024, 0, 1761, 1762, 1762},
        {"openai", "gpt-4o", 1024, 1024, TKC_DETAIL_HIGH, 765, 765, 765},
        {"openai", "gpt-4o-2024-08-06", 2048, 4096, TKC_DETAIL_HIGH, 1105, 1105, 1105},
        {"openai", "gpt-4o", 4096, 8192, TKC_DETAIL_LOW, 85, 85, 85},
        {"openai", "gpt-4o", 1024, 1024, 0, 85, 765, 765},
        {"openai", "gpt-4o-mini", 1024, 1024, TKC_DETAIL_HIGH, 25501, 25501, 25501},
        {"openai", "gpt-5", 512, 512, TKC_DETAIL_HIGH, 210, 210, 210},
        {"openai", "gpt-5.6", 4096, 4096, 0, 16384, 16384, 16384},
        {"openai", "gpt-5.6-mini", 4096, 4096, TKC_DETAIL_LOW, 256, 256, 256},
        {"openai", "gpt-5.4", 2048, 2048, TKC_DETAIL_HIGH, 2500, 2500, 2500},
        {"openai", "gpt-9", 100, 100, 0, 65, 1000, 6240},
        {"google", "gemini-2.5-flash", 384, 384, 0, 258, 258, 258},
        {"google", "gemini-2.5-flash", 768, 768, 0, 258, 258, 1032},
        {"google", "gemini-2.5-flash", 3000, 2000, TKC_DETAIL_LOW, 64, 64, 66},
        {"google", "gemini-2.0-flash", 3000, 2000, TKC_DETAIL_MEDIUM, 256, 256, 258},
        {"google", "gemini-3-pro-preview", 3000, 2000, 0, 1120, 1120, 1120},
        {"google", "gemini-3-pro-preview", 3000, 2000, TKC_DETAIL_LOW, 280, 280, 280},
        {"google", "gemini-3-pro-preview", 3000, 2000, TKC_DETAIL_ORIGINAL, 2240, 2240, 2240},
        {"mistral", "pixtral-large-latest", 1024, 1024, 0, 4160, 4160, 4160},
        {"mistral", "pixtral-large-latest", 200, 100, 0, 98, 98, 98},
        {"mistral", "pixtral-large-latest", 1600, 1200, 0, 3120, 3120, 3120},
        {"nobody", "x", 10, 10, 0, 64, 1000, 10000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tkc_media m = {.kind = TKC_PART_IMAGE, .width = row[i].w, .height = row[i].h, .detail = row[i].detail};
        tkc_token_range r = tkc_media_tokens(row[i].provider, row[i].model, &m);
        if (r.tokens != row[i].tokens || r.low != row[i].low || r.high != row[i].high)
            fail_msg("%s %u x %u: %lu (%lu to %lu)", row[i].model, (unsigned)row[i].w, (unsigned)row[i].h,
                     (unsigned long)r.tokens, (unsigned long)r.low, (unsigned long)r.high);
        assert_true(r.rule[0] && strlen(r.checked) == 10);
        if (r.low != r.high && r.high - r.low > 1) assert_int_equal(r.cls, TKC_CLASS_ESTIMATE);
    }
}

/* Any size at all: in order, in bounds, and a larger picture never costs fewer cells. */
static void any_size(void **state)
{
    static const char *const model[][2] = {
        {"openai", "gpt-5.2"},   {"openai", "gpt-4o"},          {"openai", "gpt-5.5"},
        {"openai", "o4-mini"},   {"anthropic", "claude-opus-5"}, {"anthropic", "claude-3"},
        {"google", "gemini-2.0"}, {"google", "gemini-3"},        {"mistral", "pixtral-12b"},
        {"cohere", "command"},   {"", "?"}};
    static const uint32_t size[] = {0, 1, 2, 27, 28, 29, 31, 32, 33, 384, 385, 768, 2048, 9999, 65535, 4294967295u};
    (void)state;
    for (size_t k = 0; k < sizeof model / sizeof *model; k++)
        for (size_t i = 0; i < sizeof size / sizeof *size; i++)
            for (size_t j = 0; j < sizeof size / sizeof *size; j++)
                for (int d = TKC_DETAIL_AUTO; d <= TKC_DETAIL_ORIGINAL; d++) {
                    tkc_media m = {.kind = TKC_PART_IMAGE, .width = size[i], .height = size[j],
                                   .detail = (tkc_media_detail)d};
                    tkc_token_range r;
                    if (!size[i] != !size[j]) continue;
                    r = tkc_media_tokens(model[k][0], model[k][1], &m);
                    if (!(r.low >= 1 && r.low <= r.tokens && r.tokens <= r.high))
                        fail_msg("%s %u x %u: %lu %lu %lu", model[k][1], (unsigned)size[i], (unsigned)size[j],
                                 (unsigned long)r.low, (unsigned long)r.tokens, (unsigned long)r.high);
                    if (strcmp(model[k][1], "claude-opus-5") == 0) assert_true(r.high <= 4784);
                    if (strcmp(model[k][1], "gpt-5.2") == 0) assert_true(r.high <= 1536);
                }
    for (int kind = TKC_PART_AUDIO; kind <= TKC_PART_FILE; kind++)
        for (size_t k = 0; k < sizeof model / sizeof *model; k++) {
            tkc_media m = {.kind = (tkc_part_kind)kind, .milliseconds = 10000, .pages = 3, .is_length_exact = true};
            tkc_token_range r = tkc_media_tokens(model[k][0], model[k][1], &m), none;
            assert_true(r.low >= 1 && r.low <= r.tokens && r.tokens <= r.high);
            m.milliseconds = m.pages = 0;
            none = tkc_media_tokens(model[k][0], model[k][1], &m);
            assert_true(none.low >= 1 && none.low <= none.tokens && none.tokens <= none.high);
            assert_int_equal(none.cls, TKC_CLASS_ESTIMATE);
            m.milliseconds = UINT64_MAX;
            m.pages = UINT32_MAX;
            r = tkc_media_tokens(model[k][0], model[k][1], &m);
            assert_true(r.low <= r.tokens && r.tokens <= r.high);
        }
    {
        tkc_media m = {.kind = TKC_PART_AUDIO, .milliseconds = 4000, .is_length_exact = true};
        tkc_token_range r = tkc_media_tokens("google", "gemini-2.5-pro", &m);
        assert_int_equal(r.tokens, 128);
        assert_int_equal(r.cls, TKC_CLASS_RECONSTRUCTED);
        m.is_length_exact = false;
        r = tkc_media_tokens("google", "gemini-2.5-pro", &m);
        assert_int_equal(r.cls, TKC_CLASS_ESTIMATE);
        assert_int_equal(r.tokens, 128);
        assert_true(r.low == 64 && r.high == 256); /* by a bit rate */
    }
}

/* Ten seconds of video: frames by resolution and by those asked for, with sound or without. */
static void videos(void **state)
{
    static const struct {
        const char *provider, *model;
        tkc_media_detail detail;
        double fps;
        uint64_t low, tokens, high;
    } row[] = {
        {"google", "gemini-2.5-flash", 0, 0, 2580, 2900, 2950},
        {"google", "gemini-2.5-flash", TKC_DETAIL_LOW, 0, 660, 980, 1030},
        {"google", "gemini-2.5-flash", 0, 5, 12900, 13220, 13470},
        {"google", "gemini-2.5-flash", 0, 0.5, 1290, 1610, 1635},
        {"google", "gemini-3-pro", 0, 0, 700, 950, 1000},
        {"google", "gemini-3-pro", TKC_DETAIL_HIGH, 0, 2800, 3050, 3100},
        {"google", "gemini-9", 0, 0, 700, 2630, 3050},
        {"google", "gemini-9", 0, 2, 700, 5260, 6100},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tkc_media m = {.kind = TKC_PART_VIDEO, .milliseconds = 10000, .is_length_exact = true,
                       .detail = row[i].detail, .fps = row[i].fps};
        tkc_token_range r = tkc_media_tokens(row[i].provider, row[i].model, &m);
        if (r.tokens != row[i].tokens || r.low != row[i].low || r.high != row[i].high)
            fail_msg("row %zu: %lu (%lu to %lu)", i, (unsigned long)r.tokens, (unsigned long)r.low, (unsigned long)r.high);
        assert_int_equal(r.cls, TKC_CLASS_ESTIMATE);
    }
}

/* What of a file is read: the stretch of it, and the resolution of the request. A WAV of 5 s. */
static void stretches(void **state)
{
    static const struct {
        const char *beside, *config;
        uint64_t ms;
        tkc_media_detail detail;
    } row[] = {
        {"", "", 5000, 0},
        {",\"videoMetadata\":{\"startOffset\":\"1s\"}", "", 4000, 0},
        {",\"videoMetadata\":{\"endOffset\":\"2s\"}", "", 2000, 0},
        {",\"video_metadata\":{\"start_offset\":\"1s\",\"end_offset\":\"2.5s\"}", "", 1500, 0},
        {",\"videoMetadata\":{\"startOffset\":\"2s\",\"endOffset\":\"90s\"}", "", 3000, 0},
        {",\"videoMetadata\":{\"startOffset\":\"90s\"}", "", 5000, 0},
        {"", ",\"generationConfig\":{\"mediaResolution\":\"MEDIA_RESOLUTION_LOW\"}", 5000, TKC_DETAIL_LOW},
        {",\"mediaResolution\":{\"level\":\"MEDIA_RESOLUTION_HIGH\"}",
         ",\"generation_config\":{\"media_resolution\":\"MEDIA_RESOLUTION_LOW\"}", 5000, TKC_DETAIL_HIGH},
    };
    /* 8,000 bytes a second, 40,000 of them; in the alphabet of URLs */
    static const char wav[] = "UklGRmScAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YUCcAAD_-_-_";
    tkc_request r;
    tkc_buf scratch;
    (void)state;
    tkc_request_init(&r, NULL);
    tkc_buf_init(&scratch, 1 << 20, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char *text = malloc(80000), *p = text;
        tkc_media m;
        tkc_error err;
        assert_non_null(text);
        p += sprintf(p, "{\"contents\":[{\"parts\":[{\"inlineData\":{\"mimeType\":\"video/x\",\"data\":\"%s", wav);
        memset(p, 'A', 53330);
        p += 53330;
        sprintf(p, "\"}%s}]}]%s}", row[i].beside, row[i].config);
        if (tkc_request_read(&r, (tkc_str){text, strlen(text)}, NULL, &err)) fail_msg("%s", err.message);
        if (tkc_media_of_part(&r, 0, &scratch, &m, &err)) fail_msg("%s", err.message);
        if (m.milliseconds != row[i].ms || m.detail != row[i].detail)
            fail_msg("row %zu: %lu ms, detail %d", i, (unsigned long)m.milliseconds, (int)m.detail);
        free(text);
    }
    tkc_buf_release(&scratch);
    tkc_request_release(&r);
}

/* How a request may write a data URL, and what it may say of a file; a GIF of 1 x 1. */
static void types(void **state)
{
#define GIF "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
#define TEXT "SGVsbG8gd29ybGQsIGhvdyBhcmUgeW91IHRvZGF5Pw==" /* 31 bytes */
#define URL(s) "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"" s "\"}}]}]}"
#define FILE_DATA(s) "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_data\":\"" s "\"}}]}]}"
#define INLINE(m, s) "{\"contents\":[{\"parts\":[{\"inlineData\":{\"mimeType\":\"" m "\",\"data\":\"" s "\"}}]}]}"
    static const struct {
        const char *request;
        tkc_media_format format; /* of bytes that are there; N_MEDIA_FORMAT: refused */
        size_t bytes;
    } row[] = {
        {URL("data:image/gif;base64," GIF), TKC_MEDIA_GIF, 42},
        {URL("DATA:image/GIF;Base64," GIF), TKC_MEDIA_GIF, 42},
        {URL("data:image/gif;name=\\\"a,b.gif\\\";base64," GIF), TKC_MEDIA_GIF, 42},
        {URL("data:Image/PNG;BASE64," GIF), TKC_N_MEDIA_FORMAT, 0},
        {URL("data:image/svg+xml,%3Csvg/%3E"), TKC_MEDIA_UNKNOWN, 0},
        {URL("https://a.b/data:image/gif;base64," GIF), TKC_MEDIA_UNKNOWN, 0},
        {FILE_DATA("data:text/plain;base64," TEXT), TKC_MEDIA_TEXT, 31},
        {FILE_DATA("data:application/zip;base64," TEXT), TKC_MEDIA_UNKNOWN, 31},
        {INLINE("text/plain", TEXT), TKC_MEDIA_TEXT, 31},
        {INLINE("Text/Markdown; charset=utf-8", TEXT), TKC_MEDIA_TEXT, 31},
        {INLINE("application/json", TEXT), TKC_MEDIA_TEXT, 31},
        {INLINE("application/jsonl", TEXT), TKC_MEDIA_UNKNOWN, 31},
        {INLINE("image/gif", GIF), TKC_MEDIA_GIF, 42},
        {INLINE("IMAGE/GIF", GIF), TKC_MEDIA_GIF, 42},
    };
    tkc_request r;
    tkc_buf scratch;
    (void)state;
    tkc_request_init(&r, NULL);
    tkc_buf_init(&scratch, 1 << 20, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tkc_media m = {0};
        tkc_error err;
        const tkc_str text = {row[i].request, strlen(row[i].request)};
        tkc_status st;
        tkc_token_range t;
        if (tkc_request_read(&r, text, NULL, &err)) fail_msg("row %zu: %s", i, err.message);
        st = tkc_media_of_part(&r, 0, &scratch, &m, &err);
        if (st != (row[i].format == TKC_N_MEDIA_FORMAT ? TKC_E_FORMAT : TKC_OK)) fail_msg("row %zu: status %d", i, (int)st);
        if (st) continue;
        if ((m.kind == TKC_PART_IMAGE) != (m.format == TKC_MEDIA_GIF || i < 6)) fail_msg("row %zu: kind %d", i, (int)m.kind);
        if (m.format != row[i].format || m.bytes != row[i].bytes || m.has_bytes != (row[i].bytes > 0))
            fail_msg("row %zu: %s, %zu bytes", i, tkc_media_format_name(m.format), m.bytes);
        t = tkc_media_tokens("google", "gemini-2.5-pro", &m);
        if (m.format == TKC_MEDIA_TEXT && (t.low != 3 || t.tokens != 7 || t.high != 31 || t.cls != TKC_CLASS_ESTIMATE))
            fail_msg("row %zu: %lu (%lu to %lu)", i, (unsigned long)t.tokens, (unsigned long)t.low, (unsigned long)t.high);
    }
    tkc_buf_release(&scratch);
    tkc_request_release(&r);
}

/* What the media of the samples are: path, part, "FORMAT w x h detail pages ms bytes". */
static void of_samples(void **state)
{
    static const struct {
        const char *file;
        size_t part;
        tkc_media want;
    } row[] = {
        {"openai-chat/image-low.json", 1, {TKC_PART_IMAGE, TKC_MEDIA_PNG, TKC_DETAIL_LOW, 1024, 768, 0, 0, 0, 1, 0, 0}},
        {"openai-chat/images.json", 0, {TKC_PART_IMAGE, TKC_MEDIA_JPEG, 0, 1800, 2400, 0, 0, 0, 1, 0, 0}},
        {"openai-chat/images.json", 1, {TKC_PART_IMAGE, TKC_MEDIA_GIF, 0, 64, 32, 0, 0, 0, 1, 0, 0}},
        {"openai-chat/images.json", 2, {TKC_PART_IMAGE, TKC_MEDIA_WEBP, 0, 4000, 3000, 0, 0, 0, 1, 0, 0}},
        {"openai-chat/images.json", 3, {TKC_PART_IMAGE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
        {"openai-chat/audio.json", 0, {TKC_PART_AUDIO, TKC_MEDIA_WAV, 0, 0, 0, 0, 8, 0, 1, 0, 0}},
        {"openai-chat/file.json", 0, {TKC_PART_FILE, TKC_MEDIA_PDF, 0, 0, 0, 3, 0, 0, 1, 0, 0}},
        {"openai-chat/file.json", 1, {TKC_PART_FILE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
        {"openai-responses/tool-media.json", 2, {TKC_PART_IMAGE, TKC_MEDIA_PNG, TKC_DETAIL_LOW, 300, 200, 0, 0, 0, 1, 0, 0}},
        {"openai-responses/image.json", 1, {TKC_PART_IMAGE, TKC_MEDIA_JPEG, TKC_DETAIL_HIGH, 2048, 2048, 0, 0, 0, 1, 0, 0}},
        {"openai-responses/file.json", 0, {TKC_PART_FILE, TKC_MEDIA_PDF, 0, 0, 0, 12, 0, 0, 1, 0, 0}},
        {"openai-responses/server-tools.json", 5, {TKC_PART_IMAGE, TKC_MEDIA_PNG, 0, 1280, 800, 0, 0, 0, 1, 0, 0}},
        {"anthropic/tool-round.json", 9, {TKC_PART_IMAGE, TKC_MEDIA_PNG, 0, 640, 480, 0, 0, 0, 1, 0, 0}},
        {"anthropic/image-webp.json", 0, {TKC_PART_IMAGE, TKC_MEDIA_WEBP, 0, 1920, 1080, 0, 0, 0, 1, 0, 0}},
        {"anthropic/image-url.json", 1, {TKC_PART_IMAGE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
        {"anthropic/pdf.json", 0, {TKC_PART_FILE, TKC_MEDIA_PDF, 0, 0, 0, 7, 0, 0, 1, 0, 0}},
        {"gemini/image-png.json", 1, {TKC_PART_IMAGE, TKC_MEDIA_PNG, 0, 1024, 1024, 0, 0, 0, 1, 0, 0}},
        {"gemini/media.json", 0, {TKC_PART_VIDEO, 0, 0, 0, 0, 0, 60000, 1, 0, 0, 1}},
        {"gemini/media.json", 1, {TKC_PART_AUDIO, TKC_MEDIA_WAV, 0, 0, 0, 0, 8, 0, 1, 0, 0}},
        {"gemini/media.json", 3, {TKC_PART_FILE, TKC_MEDIA_PDF, TKC_DETAIL_LOW, 0, 0, 5, 0, 0, 1, 0, 0}},
        {"mistral/image.json", 1, {TKC_PART_IMAGE, TKC_MEDIA_JPEG, 0, 1600, 1200, 0, 0, 0, 1, 0, 0}},
        {"mistral/image.json", 2, {TKC_PART_IMAGE, TKC_MEDIA_PNG, TKC_DETAIL_LOW, 200, 100, 0, 0, 0, 1, 0, 0}},
        {"mistral/document.json", 0, {TKC_PART_FILE, TKC_MEDIA_PDF, 0, 0, 0, 2, 0, 0, 1, 0, 0}},
        {"mistral/audio.json", 0, {TKC_PART_AUDIO, TKC_MEDIA_WAV, 0, 0, 0, 0, 8, 0, 1, 0, 0}},
        {"cohere/image.json", 1, {TKC_PART_IMAGE, TKC_MEDIA_PNG, TKC_DETAIL_HIGH, 512, 512, 0, 0, 0, 1, 0, 0}},
    };
    tkc_request r;
    tkc_buf scratch;
    (void)state;
    tkc_request_init(&r, NULL);
    tkc_buf_init(&scratch, 1 << 24, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char path[200], *text;
        size_t len;
        tkc_media m;
        tkc_error err;
        const tkc_media *w = &row[i].want;
        snprintf(path, sizeof path, "tests/data/requests/%s", row[i].file);
        text = tkt_read_file(path, &len);
        assert_non_null(text);
        assert_int_equal(tkc_request_read(&r, (tkc_str){text, len}, NULL, &err), TKC_OK);
        if (tkc_media_of_part(&r, row[i].part, &scratch, &m, &err)) fail_msg("%s: %s", path, err.message);
        if (m.kind != w->kind || m.format != w->format || m.detail != w->detail || m.width != w->width ||
            m.height != w->height || m.pages != w->pages || m.milliseconds != w->milliseconds ||
            m.has_bytes != w->has_bytes || m.fps != w->fps)
            fail_msg("%s %zu: %s %ux%u detail %d pages %u ms %lu", path, row[i].part,
                     tkc_media_format_name(m.format), (unsigned)m.width, (unsigned)m.height, (int)m.detail,
                     (unsigned)m.pages, (unsigned long)m.milliseconds);
        for (size_t n = 1;; n++) { /* memory that runs out */
            fail_alloc f = {.fail_at = n};
            const tkc_allocator a = fail_alloc_of(&f), *own = r.alloc;
            tkc_buf b;
            tkc_status st;
            tkc_buf_init(&b, 1 << 24, &a);
            r.alloc = &a;
            st = tkc_media_of_part(&r, row[i].part, &b, &m, &err);
            r.alloc = own;
            tkc_buf_release(&b);
            assert_int_equal(f.live, 0);
            if (f.calls < n) {
                assert_int_equal(st, TKC_OK);
                break;
            }
            assert_int_equal(st, TKC_E_NOMEM);
        }
        free(text);
    }
    {
        static const struct {
            const char *data, *message;
        } bad[] = {{"data:image/png;base64,R0lGODlhQAAgAIAA", "image that is GIF, not what the request says"},
                   {"data:image/gif;base64,R0lGO!lh", "base64 is damaged at its byte 5"},
                   {"data:image/gif;base64,R0lGODlhQA==", "cut off"}};
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            char text[400];
            tkc_media m;
            tkc_error err = {0};
            snprintf(text, sizeof text,
                     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\"}}]}]}",
                     bad[i].data);
            assert_int_equal(tkc_request_read(&r, str(text), NULL, &err), TKC_OK);
            assert_int_equal(tkc_media_of_part(&r, 0, &scratch, &m, &err), TKC_E_FORMAT);
            if (!strstr(err.message, bad[i].message)) fail_msg("%s", err.message);
            assert_int_equal(err.offset, r.part[0].begin);
        }
        {
            tkc_media m;
            tkc_error err;
            assert_int_equal(tkc_request_read(&r, str("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"), NULL, &err), TKC_OK);
            assert_int_equal(tkc_media_of_part(&r, 0, &scratch, &m, &err), TKC_E_ARG);
        }
    }
    tkc_buf_release(&scratch);
    tkc_request_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers), cmocka_unit_test(lies),
                                       cmocka_unit_test(rules), cmocka_unit_test(any_size),
                                       cmocka_unit_test(videos), cmocka_unit_test(stretches),
        cmocka_unit_test(types),
                                       cmocka_unit_test(of_samples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
