/*
 * media.h - what images, sound, video and documents in a request are, and what they cost.
 *
 * Two steps, apart from each other: tkc_media_of_part() finds a part's bytes (a data URL, a
 * base64 field) and reads size, length or pages from the file's own header; tkc_media_tokens()
 * applies the rule of the model, a dated row of rules.def. Bytes that are not there (an
 * address, a stored file) and models without a rule give a range and the class "estimate",
 * never a guess that looks exact.
 *
 * Nothing is decompressed or drawn. Refused with TKC_E_FORMAT: a header that is cut off, sizes
 * of 0, a PNG or baseline JPEG whose size cannot come from so few bytes, base64 that is none,
 * bytes of another format than the request says.
 */
#ifndef TKC_OPTIMIZER_MEDIA_H
#define TKC_OPTIMIZER_MEDIA_H

#include "optimizer/request/request.h"
#include "vocab/registry.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_media_format {
    TKC_MEDIA_UNKNOWN = 0,
    TKC_MEDIA_PNG,
    TKC_MEDIA_JPEG,
    TKC_MEDIA_GIF,
    TKC_MEDIA_WEBP,
    TKC_MEDIA_PDF,
    TKC_MEDIA_WAV,
    TKC_MEDIA_MP3,
    TKC_MEDIA_MP4,
    TKC_MEDIA_TEXT, /* by the type the request names; a text has no header */
    TKC_N_MEDIA_FORMAT
} tkc_media_format;
TKC_API const char *tkc_media_format_name(tkc_media_format f); /* "PNG"; static */

typedef enum tkc_media_detail {
    TKC_DETAIL_AUTO = 0,
    TKC_DETAIL_LOW,
    TKC_DETAIL_MEDIUM,
    TKC_DETAIL_HIGH,
    TKC_DETAIL_ORIGINAL /* also Gemini's ultra high */
} tkc_media_detail;

/* 0: not known. */
typedef struct tkc_media {
    tkc_part_kind kind; /* IMAGE, AUDIO, VIDEO, FILE */
    tkc_media_format format;
    tkc_media_detail detail;
    uint32_t width, height; /* pixels; a GIF's or WebP's canvas */
    uint32_t pages;
    uint64_t milliseconds;
    bool is_length_exact;   /* milliseconds: from a field, not from a bit rate */
    bool has_bytes;         /* the request holds the file itself */
    size_t bytes;           /* of the file, when it does */
    double fps;             /* video: frames a second asked for; 0: the provider's own */
} tkc_media;

/* Reads a file's header. head holds its first bytes, of `size` in all (head may be all of it,
 * or less; a PDF needs all). Sets format and what belongs to it in *m and leaves the rest.
 * TKC_E_FORMAT: see above (offset: in the file). A format that is not known is TKC_OK. */
TKC_API TKC_MUST_USE tkc_status tkc_media_read_header(tkc_str head, size_t size, tkc_media *m,
                                                      tkc_error *err);

/* What part `part`, of kind IMAGE, AUDIO, VIDEO or FILE, is. scratch is used and may be shared
 * between calls. TKC_E_FORMAT (offset: a byte of the request); TKC_E_ARG for other kinds. */
TKC_API TKC_MUST_USE tkc_status tkc_media_of_part(const tkc_request *r, size_t part,
                                                  tkc_buf *scratch, tkc_media *m, tkc_error *err);

/* The same of a node that is no part of its own: a picture in a function's response. The kind is the
 * caller's, errors are at byte `at`. */
TKC_MUST_USE tkc_status tkc_media_of_node(const tkc_request *r, uint32_t node, tkc_part_kind kind,
                                          size_t at, tkc_buf *scratch, tkc_media *m, tkc_error *err);

/* A count that may not be sure: low <= tokens <= high. */
typedef struct tkc_token_range {
    uint64_t tokens, low, high;
    tkc_class cls;
    const char *rule;    /* the row's name and source, "" where there is none; static */
    const char *checked; /* its date */
} tkc_token_range;

/* The rule of the model (the longest row that fits its name, as tkc_model_bare() gives it) applied
 * to m. A model without a row gets the provider's widest range. Never fails. */
TKC_API tkc_token_range tkc_media_tokens(const char *provider, const char *name,
                                         const tkc_media *m);

#ifdef __cplusplus
}
#endif
#endif
