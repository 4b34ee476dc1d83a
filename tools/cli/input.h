/*
 * input.h - which files a command works on, and their bytes.
 */
#ifndef TOOLS_CLI_INPUT_H
#define TOOLS_CLI_INPUT_H

#include "tools/cli/options.h"
#include "vocab/base/buf.h"

typedef struct cli_file {
    char *path;   /* as printed; "-" is standard input */
    size_t root;  /* which operand it came from, 0-based */
    bool is_walked; /* found in a folder: left out if it is binary */
} cli_file;

typedef struct cli_file_list {
    cli_file *file;
    size_t n, cap;
    char **root; /* the operands, as given */
    size_t n_root, cap_root;
    bool has_folder; /* so that even one file gives a table */
    bool failed;     /* something was named that could not be used; it was said */
} cli_file_list;

/* Operands and --files-from, folders walked (with_folders) or refused; without any of them
 * fallback ("-", "."). False: nothing can be done (out of memory); it was said. */
bool cli_files_collect(cli_file_list *l, const cli_args *a, const char *fallback,
                       bool with_folders);
/* Whether a file's name ends so (".json"). */
bool cli_name_ends(const char *path, const char *tail);
/* The same with "-" and folders, of which only the files are taken whose names say that they are logs. */
bool cli_files_collect_logs(cli_file_list *l, const cli_args *a);
void cli_files_release(cli_file_list *l);

/* Nothing to read and a person at the terminal: prints how to use the command. */
bool cli_stdin_is_terminal(const cli_args *a);

/* What a file is called: its path, of standard input the name given by --stdin-filename. */
const char *cli_called(const cli_args *a, const char *path);
/* More about a request that could not be read: there may be one a line; what begins with a brace is taken for JSON, and
 * the name may say that it is a text. */
void cli_say_request(const cli_args *a, const char *path, const tkc_error *err);

/* The whole file into b (cleared first). *binary (may be NULL): asks for the test, a NUL in
 * the first 8192 bytes; if there is one, nothing more is read.
 * Not mapped: a mapped file that shrinks kills the program. */
tkc_status cli_file_read(const cli_file *f, tkc_buf *b, bool *binary, tkc_error *err);
/* The same for a path; "-" is standard input. */
tkc_status cli_path_read(const char *path, tkc_buf *b, tkc_error *err);
/* Whether a file is better read in windows (stream.h): a pipe, or above `most` bytes. */
bool cli_file_is_long(const char *path, size_t most);
/* Whether a NUL is in the first 8192 bytes of a regular file: it is binary, as above. */
bool cli_fd_is_binary(int fd);
/* Opens for reading, never a folder; -1: err is filled. Close with cli_close(). */
int cli_open(const char *path, tkc_error *err);
void cli_close(int fd);
/* read() until something came, with EINTR; -1: err is filled. */
ptrdiff_t cli_read_some(int fd, char *buf, size_t room, tkc_error *err);

/* A text may take half of the machine's memory; more is refused rather than swapped. */
size_t cli_input_limit(void);
/* Is there such a file? Links are followed. */
bool cli_path_exists(const char *path);

#endif
