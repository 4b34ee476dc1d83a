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

/* Makes a folder and those above it, mode 0700. Fine when it is there. */
TKC_MUST_USE tkc_status tkc_make_dir(const char *path, tkc_error *err);

/* "dir/name.ext" into the caller's array; TKC_E_LIMIT when it does not fit. */
TKC_MUST_USE tkc_status tkc_path_join(char *out, size_t cap, const char *dir, const char *name,
                                      const char *ext, tkc_error *err);

#endif
