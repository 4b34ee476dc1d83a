/*
 * map_file.h - the only file that opens, maps, reads and writes files, and knows of pages.
 *
 * Mapping is for files the library wrote itself (compiled vocabularies, replaced by rename,
 * never changed in place). Files of the user are read: a mapped file that shrinks is a
 * SIGBUS.
 */
#ifndef TKC_VOCAB_BASE_MAP_FILE_H
#define TKC_VOCAB_BASE_MAP_FILE_H

#include "vocab/base/buf.h"

#include <sys/stat.h>

/* Maps a regular file read-only. An empty file is {NULL, 0}. TKC_E_NOTFOUND when there is
 * none, TKC_E_IO else; the message names the path and the reason. */
TKC_MUST_USE tkc_status tkc_map_file(tkc_str *out, const char *path, tkc_error *err);
void tkc_unmap(tkc_str map);

/* Asks for large pages under memory that is walked at random, where the system has them: 4 MB of
 * small pages cost 115 ns a random read on a virtual machine, of large ones 18. A hint. */
void tkc_advise_large_pages(void *ptr, size_t len);

/* Has all whole pages of zeroed memory come at once, where the system can. Where it is read before it is written to,
 * at random, each page is a fault twice otherwise, and the second interrupts all processors that other threads
 * run on: of two threads that count 30 MB a fifth of the time. What is there stays. A hint. */
void tkc_touch_pages(void *ptr, size_t len);

/* Appends the whole file to out (its limit is the largest file accepted). A folder is
 * TKC_E_IO. */
TKC_MUST_USE tkc_status tkc_read_file(tkc_buf *out, const char *path, tkc_error *err);

/* Writes a file that appears whole or not at all: a temporary file in the same folder, without
 * a name while it is written where the system can, synced, renamed; removed on any failure. The folder must exist; what stands there
 * already must be a regular file, or a link to one, which stays a link, and keeps its mode, and its
 * owner where that is allowed. A new file has the mode that the process's umask leaves of 0666.
 * The message is the reason alone: the caller has the path. */
TKC_MUST_USE tkc_status tkc_write_file(const char *path, tkc_str bytes, tkc_error *err);
/* The same for a file that was read and is edited: it must be there, be writable, and hold `before`
 * until its place is taken, else it is left as it is. */
TKC_MUST_USE tkc_status tkc_replace_file(const char *path, tkc_str before, tkc_str bytes,
                                         tkc_error *err);

/* The same in pieces, for what need not be in memory: opened (where the folder or the file is at fault that is said here), written to
 * as often as there is something, and kept or dropped. A file that was dropped, or that is zeroed, may be dropped. */
enum { TKC_PATH_ROOM = 4096 };
typedef struct tkc_new_file {
    bool is_open, is_named; /* is_named: under tmp */
    int fd;
    bool is_there; /* what stood there already: old */
    struct stat old;
    char target[TKC_PATH_ROOM], tmp[TKC_PATH_ROOM + 64];
    size_t n; /* bytes that wait, so that a short line is no call of the system */
    char waiting[1 << 14];
} tkc_new_file;
TKC_MUST_USE tkc_status tkc_new_file_open(tkc_new_file *f, const char *path, tkc_error *err);
TKC_MUST_USE tkc_status tkc_new_file_write(tkc_new_file *f, tkc_str bytes, tkc_error *err);
/* On the disk and in its place; dropped where that fails. */
TKC_MUST_USE tkc_status tkc_new_file_keep(tkc_new_file *f, tkc_error *err);
void tkc_new_file_drop(tkc_new_file *f);

/* Makes a folder and those above it, mode 0700. Fine when it is there. */
TKC_MUST_USE tkc_status tkc_make_dir(const char *path, tkc_error *err);

/* "dir/name.ext" into the caller's array; TKC_E_LIMIT when it does not fit. */
TKC_MUST_USE tkc_status tkc_path_join(char *out, size_t cap, const char *dir, const char *name,
                                      const char *ext, tkc_error *err);

#endif
