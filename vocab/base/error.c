/* error.c - filling a tkc_error; names of statuses; the version string. */
#include "vocab/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

tkc_status tkc_fail(tkc_error *err, tkc_status code, size_t offset, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        err->code = code;
        err->offset = offset;
        va_start(ap, fmt);
        if (vsnprintf(err->message, sizeof err->message, fmt, ap) <= 0)
            memcpy(err->message, "unknown error", sizeof "unknown error");
        va_end(ap);
    }
    return code;
}

tkc_status tkc_nomem(tkc_error *err)
{
    return tkc_fail(err, TKC_E_NOMEM, 0, "out of memory");
}

const char *tkc_quote(char buf[TKC_QUOTE_SIZE], const char *ptr, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    enum { MAX_BYTES = 40 };
    size_t n = 0, shown = len < MAX_BYTES ? len : MAX_BYTES;
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)ptr[i];
        if (c >= 0x20 && c < 0x7f && c != '\\') {
            buf[n++] = (char)c;
        } else {
            buf[n++] = '\\';
            buf[n++] = 'x';
            buf[n++] = hex[c >> 4];
            buf[n++] = hex[c & 15];
        }
    }
    if (shown < len) {
        memcpy(buf + n, "...", 3);
        n += 3;
    }
    buf[n] = '\0';
    return buf;
}

const char *tkc_version(void)
{
    return TKC_VERSION;
}

const char *tkc_status_name(tkc_status code)
{
    static const char *const name[] = {
        [TKC_OK] = "ok",           [TKC_E_ARG] = "argument",
        [TKC_E_NOMEM] = "memory",  [TKC_E_IO] = "io",
        [TKC_E_FORMAT] = "format", [TKC_E_VERSION] = "version",
        [TKC_E_SPACE] = "space",   [TKC_E_UNSUPPORTED] = "unsupported",
        [TKC_E_LIMIT] = "limit",   [TKC_E_NOTFOUND] = "not found",
    };
    if ((unsigned)code >= sizeof name / sizeof name[0]) return "unknown status";
    return name[code];
}
