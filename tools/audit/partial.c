/*
 * partial.c - the lines of a log in a file that can be put together with others.
 *
 * What a cache kept depends on the order of all requests, so a partial file holds the lines
 * themselves, sorted by time and then by their bytes, packed: whoever splits a log, by time or at
 * random, into however many files, gets the same file from "merge", byte for byte, and so the same
 * report. It holds prompts; only its owner may read it.
 *
 *     "tokcount-audit/1\n"      then a zstd frame of records:
 *     8 bytes  little-endian: seconds since 1970 + 2^63; 0: the line has no time
 *     4 bytes  length of the line
 *              the line
 */
#include "tools/audit/run.h"

#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/lines/lines.h"
#include "vocab/base/alloc.h"
#include "vocab/base/byte_reader.h"
#include "vocab/base/error.h"
#include "vocab/base/map_file.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define MAGIC "tokcount-audit/1\n"
enum { MAGIC_LEN = sizeof MAGIC - 1, LEVEL = 6, WINDOW = 27 };

typedef struct entry {
    uint64_t key;
    size_t at, len;
} entry;

typedef struct collection {
    tkc_buf bytes;
    entry *entry;
    size_t n, cap;
} collection;

static const char *sort_bytes; /* of the collection being sorted: qsort has no context */

static int order(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    const size_t n = x->len < y->len ? x->len : y->len;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    const int c = n ? memcmp(sort_bytes + x->at, sort_bytes + y->at, n) : 0;
    return c ? c : x->len < y->len ? -1 : x->len > y->len;
}

static void sort(collection *c)
{
    sort_bytes = c->bytes.ptr;
    if (c->n) qsort(c->entry, c->n, sizeof *c->entry, order);
}

static void release(collection *c)
{
    tkc_buf_release(&c->bytes);
    tkc_free(&tkc_malloc_allocator, c->entry, c->cap, sizeof *c->entry);
}

static tkc_status add(collection *c, uint64_t key, tkc_str line, tkc_error *err)
{
    tkc_status st;
    if (!tkc_grow(&tkc_malloc_allocator, &c->entry, &c->cap, c->n + 1, SIZE_MAX / sizeof(entry), sizeof(entry))) return tkc_nomem(err);
    c->entry[c->n] = (entry){key, c->bytes.len, line.len};
    st = tkc_buf_append(&c->bytes, line.ptr, line.len, err);
    if (!st) c->n++;
    return st;
}

static bool write_out(const collection *c, const char *path)
{
    tkc_buf raw, out;
    tkc_error err = {0};
    tkc_status st = TKC_OK;
    ZSTD_CCtx *z = ZSTD_createCCtx();
    tkc_buf_init(&raw, SIZE_MAX / 4, NULL);
    tkc_buf_init(&out, SIZE_MAX / 4, NULL);
    for (size_t i = 0; i < c->n && !st; i++) {
        st = tkc_buf_append_u64(&raw, c->entry[i].key, &err);
        if (!st) st = tkc_buf_append_u32(&raw, (uint32_t)c->entry[i].len, &err);
        if (!st) st = tkc_buf_append(&raw, c->bytes.ptr + c->entry[i].at, c->entry[i].len, &err);
    }
    if (!st) st = tkc_buf_append(&out, MAGIC, MAGIC_LEN, &err);
    if (!st) st = tkc_buf_reserve(&out, ZSTD_compressBound(raw.len), &err);
    if (!st && !z) st = tkc_nomem(&err);
    if (!st) {
        size_t n;
        ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, LEVEL);
        ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, WINDOW); /* prompts repeat far apart */
        ZSTD_CCtx_setParameter(z, ZSTD_c_enableLongDistanceMatching, 1);
        ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
        n = ZSTD_compress2(z, out.ptr + out.len, out.cap - out.len, raw.ptr ? raw.ptr : "", raw.len);
        if (ZSTD_isError(n))
            st = tkc_fail(&err, TKC_E_NOMEM, 0, "cannot be packed: %s", ZSTD_getErrorName(n));
        else
            out.len += n;
    }
    if (!st) st = tkc_write_file(path, tkc_buf_str(&out), &err);
    if (st) cli_message_at(path, &err);
    ZSTD_freeCCtx(z);
    tkc_buf_release(&raw);
    tkc_buf_release(&out);
    return !st;
}

static bool collect_log(cli_audit *u, collection *c, const char *path)
{
    tkc_error err = {0};
    cli_lines *l = cli_lines_open(path, &err);
    bool ok = l != NULL;
    if (ok) cli_lines_take_values(l);
    while (ok) {
        tkc_str line;
        int64_t at = 0;
        const cli_line_state state = cli_lines_next(l, &line, &err);
        if (state == CLI_LINE_END) break;
        if (state == CLI_LINE_LONG) {
            cli_message("%s: a line longer than %d MiB is left out", path, CLI_MAX_LINE >> 20);
            u->failed = true;
            continue;
        }
        ok = state != CLI_LINE_FAILED;
        if (!ok || !line.len) continue;
        ok = !add(c, cli_audit_line_time(u, line, &at) ? (uint64_t)at + (UINT64_C(1) << 63) : 0, line, &err);
    }
    if (!ok) cli_message_at(path, &err);
    cli_lines_close(l);
    return ok;
}

static bool collect_partial(collection *c, const char *path)
{
    tkc_buf in, out;
    tkc_error err = {0};
    ZSTD_DStream *z = ZSTD_createDStream();
    tkc_status st;
    size_t left = 1;
    tkc_buf_init(&in, cli_input_limit(), NULL);
    tkc_buf_init(&out, cli_input_limit(), NULL);
    st = z ? cli_path_read(path, &in, &err) : tkc_nomem(&err);
    if (!st && (in.len < MAGIC_LEN || memcmp(in.ptr, MAGIC, MAGIC_LEN) != 0))
        st = tkc_fail(&err, TKC_E_FORMAT, 0, "is no file of 'audit --partial'");
    ZSTD_inBuffer from = {in.ptr, in.len, MAGIC_LEN};
    while (!st && left) {
        ZSTD_outBuffer to;
        const size_t before = from.pos;
        st = tkc_buf_reserve(&out, 1 << 20, &err);
        if (st) break;
        to = (ZSTD_outBuffer){out.ptr + out.len, out.cap - out.len, 0};
        left = ZSTD_decompressStream(z, &to, &from);
        out.len += to.pos;
        if (ZSTD_isError(left)) st = tkc_fail(&err, TKC_E_FORMAT, from.pos, "damaged: %s", ZSTD_getErrorName(left));
        else if (left && from.pos == before && !to.pos) st = tkc_fail(&err, TKC_E_FORMAT, from.pos, "ends in the middle");
    }
    tkc_byte_reader r = tkc_byte_reader_of(tkc_buf_str(&out));
    while (!st && r.at < r.len) {
        const uint64_t key = tkc_read_u64(&r);
        const uint32_t len = tkc_read_u32(&r);
        const unsigned char *line = tkc_read_bytes(&r, len);
        st = r.failed ? tkc_fail(&err, TKC_E_FORMAT, r.at, "a record that is longer than its file")
                      : add(c, key, (tkc_str){(const char *)line, len}, &err);
    }
    if (st) cli_message_at(path, &err);
    ZSTD_freeDStream(z);
    tkc_buf_release(&in);
    tkc_buf_release(&out);
    return !st;
}

int cli_audit_partial(cli_audit *u)
{
    const cli_args *a = u->a;
    cli_file_list l = {0};
    collection c = {0};
    bool ok = cli_files_collect_logs(&l, a) && !l.failed;
    int status = EXIT_ERROR;
    tkc_buf_init(&c.bytes, cli_input_limit(), NULL);
    for (size_t i = 0; ok && i < l.n; i++) ok = collect_log(u, &c, l.file[i].path);
    if (ok) {
        sort(&c);
        ok = write_out(&c, a->partial);
    }
    if (ok) {
        if (!a->quiet) cli_message("%s: %zu line%s; it holds their prompts", a->partial, c.n, TKC_PLURAL(c.n));
        status = u->failed ? EXIT_ERROR : EXIT_FINE;
    }
    release(&c);
    cli_files_release(&l);
    return status;
}

bool cli_audit_merge(cli_audit *u, bool *is_written)
{
    const cli_args *a = u->a;
    collection c = {0};
    bool ok = true;
    *is_written = false;
    if (a->n_operand < 2) {
        cli_message("audit merge: name the files that 'audit --partial' wrote");
        return false;
    }
    tkc_buf_init(&c.bytes, cli_input_limit(), NULL);
    for (size_t i = 1; ok && i < a->n_operand; i++) ok = collect_partial(&c, a->operand[i]);
    if (ok) sort(&c);
    if (ok && a->partial) {
        ok = *is_written = write_out(&c, a->partial);
    } else if (ok) {
        for (size_t i = 0; ok && i < c.n; i++)
            ok = cli_audit_line(u, "merged", i + 1, (tkc_str){c.bytes.ptr + c.entry[i].at, c.entry[i].len}, false);
        ok = ok && cli_audit_flush(u);
    }
    release(&c);
    return ok;
}
