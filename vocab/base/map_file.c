/* map_file.c - read-only maps, whole-file reads, atomic writes. */
#define _GNU_SOURCE /* madvise, O_TMPFILE */
#include "vocab/base/map_file.h"

#include "vocab/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATH_ROOM = TKC_PATH_ROOM };

/* "PATH: what: reason" with as much of the end of the path as fits the message. */
static tkc_status path_fail(tkc_error *err, const char *path, const char *what)
{
    enum { SHOWN = 120 };
    const int e = errno;
    size_t n = strlen(path);
    tkc_status code = e == ENOENT || e == ENOTDIR ? TKC_E_NOTFOUND : TKC_E_IO;
    return tkc_fail(err, code, 0, "%s%s: %s: %s", n > SHOWN ? "..." : "",
                    n > SHOWN ? path + n - SHOWN : path, what, strerror(e));
}

tkc_status tkc_map_file(tkc_str *out, const char *path, tkc_error *err)
{
    struct stat sb;
    void *p;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return path_fail(err, path, "cannot open");
    if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode)) {
        if (S_ISDIR(sb.st_mode)) errno = EISDIR;
        else errno = EINVAL;
        path_fail(err, path, "cannot map");
        close(fd);
        return TKC_E_IO;
    }
    if (sb.st_size == 0) {
        close(fd);
        *out = (tkc_str){NULL, 0};
        return TKC_OK;
    }
    p = mmap(NULL, (size_t)sb.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        path_fail(err, path, "cannot map");
        close(fd);
        return TKC_E_IO;
    }
    close(fd);
    *out = (tkc_str){p, (size_t)sb.st_size};
    return TKC_OK;
}

void tkc_unmap(tkc_str map)
{
    if (map.ptr) munmap((void *)(uintptr_t)map.ptr, map.len);
}

tkc_status tkc_read_file(tkc_buf *out, const char *path, tkc_error *err)
{
    struct stat sb;
    tkc_status st = TKC_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return path_fail(err, path, "cannot open");
    if (fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode) && sb.st_size > 0)
        st = tkc_buf_reserve(out, (size_t)sb.st_size + 1, err);
    while (!st) {
        ssize_t n;
        st = tkc_buf_reserve(out, 1, err);
        if (st) break;
        n = read(fd, out->ptr + out->len, out->cap - out->len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) st = path_fail(err, path, "cannot read");
        if (n <= 0) break;
        out->len += (size_t)n;
        if (out->len == out->cap) st = tkc_buf_reserve(out, 1 << 16, err);
    }
    close(fd);
    return st;
}

static bool write_all(int fd, tkc_str s)
{
    while (s.len) {
        ssize_t n = write(fd, s.ptr, s.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        s.ptr += n;
        s.len -= (size_t)n;
    }
    return true;
}

/* --- writing: messages without the path ------------------------------------------------------- */

/* "what: reason", by errno; of a file that is there also that it is as it was. */
static tkc_status write_fail(tkc_error *err, const char *what, bool is_there)
{
    const int e = errno;
    return tkc_fail(err, e == ENOENT || e == ENOTDIR ? TKC_E_NOTFOUND : TKC_E_IO, 0, "%s: %s%s", what, strerror(e),
                    is_there ? "; it was not changed" : "");
}

/* The file that path names, behind its links, into target; old: what stands there, if *is_there. */
static tkc_status find_target(const char *path, char target[PATH_ROOM], struct stat *old, bool *is_there, tkc_error *err)
{
    const size_t n = strlen(path);
    *is_there = stat(path, old) == 0;
    if (n >= PATH_ROOM) return tkc_fail(err, TKC_E_LIMIT, 0, "path of more than %d bytes", PATH_ROOM - 1);
    if (*is_there && !S_ISREG(old->st_mode)) /* renaming over a device would replace it */
        return tkc_fail(err, TKC_E_IO, 0, "not a regular file, will not be replaced");
    if (*is_there) return realpath(path, target) ? TKC_OK : write_fail(err, "cannot follow the links", true);
    if (lstat(path, old) == 0) return tkc_fail(err, TKC_E_IO, 0, "a link that leads nowhere, will not be replaced");
    memcpy(target, path, n + 1);
    return TKC_OK;
}

/* "." is there already. */
static void folder_of(const char *target, char folder[PATH_ROOM])
{
    const char *slash = strrchr(target, '/');
    const size_t n = slash == target ? 1 : slash ? (size_t)(slash - target) : 0;
    if (!n) return;
    memcpy(folder, target, n);
    folder[n] = '\0';
}

/* The n-th try's name for a new file in the folder of target. Not made of target's own, which may be as long as a name can be. */
static void name_beside(const char *target, unsigned n, char tmp[PATH_ROOM + 64])
{
    const char *slash = strrchr(target, '/');
    (void)snprintf(tmp, PATH_ROOM + 64, "%.*s.tokcount-%ld-%u.tmp", slash ? (int)(slash + 1 - target) : 0, target, (long)getpid(), n);
}

/* O_EXCL and no link: a name that somebody made beforehand is not taken. */
static int open_beside(const char *target, char tmp[PATH_ROOM + 64], mode_t mode)
{
    int fd = -1;
    for (unsigned i = 0; i < 100 && fd < 0; i++) {
        name_beside(target, i, tmp);
        fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd < 0 && errno != EEXIST) break;
    }
    return fd;
}

/* A file in the folder of target that has no name before it is whole, so that a program that is stopped leaves nothing behind.
 * -1: not on this system or file system. */
static int open_nameless(const char *target, mode_t mode)
{
#ifdef O_TMPFILE
    char folder[PATH_ROOM] = ".";
    folder_of(target, folder);
    return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
#else
    (void)target;
    (void)mode;
    return -1;
#endif
}

static bool give_name(int fd, const char *target, char tmp[PATH_ROOM + 64])
{
    char self[40];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    for (unsigned i = 0; i < 100; i++) {
        name_beside(target, i, tmp);
        if (linkat(AT_FDCWD, self, AT_FDCWD, tmp, AT_SYMLINK_FOLLOW) == 0) return true;
        if (errno != EEXIST) break;
    }
    return false;
}

/* The owner is kept where that is allowed, else whoever may write it now owns it. */
static bool keep_rights(int fd, const struct stat *old)
{
    if (fchown(fd, old->st_uid, old->st_gid) != 0) errno = 0;
    return fchmod(fd, old->st_mode & 07777) == 0;
}

/* Whether target is the file that it was, and holds these bytes. */
static bool still_holds(const char *target, const struct stat *old, tkc_str bytes)
{
    struct stat now;
    char part[1 << 14];
    size_t at = 0;
    ssize_t n = -1;
    const int fd = open(target, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return false;
    if (fstat(fd, &now) == 0 && now.st_ino == old->st_ino && now.st_dev == old->st_dev && now.st_size == old->st_size &&
        now.st_mtim.tv_sec == old->st_mtim.tv_sec && now.st_mtim.tv_nsec == old->st_mtim.tv_nsec) {
        while ((n = read(fd, part, sizeof part)) > 0 || (n < 0 && errno == EINTR)) {
            if (n < 0) continue;
            if ((size_t)n > bytes.len - at || memcmp(part, bytes.ptr + at, (size_t)n) != 0) break;
            at += (size_t)n;
        }
    }
    close(fd);
    return n == 0 && at == bytes.len;
}

/* So that the new name outlasts a power cut, too; the file is whole either way. */
static void sync_folder_of(const char *target)
{
    char folder[PATH_ROOM] = ".";
    int fd;
    folder_of(target, folder);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

/* --- a new file, in pieces -------------------------------------------------------------------- */

enum { NEW_MODE = 0666, MODE_BESIDE_OLD = 0600 };

static tkc_status new_file_fail(tkc_new_file *f, const char *what, tkc_error *err)
{
    const tkc_status st = write_fail(err, what, f->is_there);
    tkc_new_file_drop(f);
    return st;
}

static tkc_status find(tkc_new_file *f, const char *path, tkc_error *err)
{
    f->is_open = f->is_named = false;
    f->n = 0;
    return find_target(path, f->target, &f->old, &f->is_there, err);
}

static tkc_status begin(tkc_new_file *f, tkc_error *err)
{
    const mode_t mode = f->is_there ? MODE_BESIDE_OLD : NEW_MODE;
    f->fd = open_nameless(f->target, mode);
    if (f->fd < 0) {
        f->fd = open_beside(f->target, f->tmp, mode);
        f->is_named = f->fd >= 0;
    }
    f->is_open = f->fd >= 0;
    return f->is_open ? TKC_OK : new_file_fail(f, "cannot create a file beside it", err);
}

tkc_status tkc_new_file_open(tkc_new_file *f, const char *path, tkc_error *err)
{
    const tkc_status st = find(f, path, err);
    return st ? st : begin(f, err);
}

static bool flush(tkc_new_file *f)
{
    const tkc_str s = {f->waiting, f->n};
    f->n = 0;
    return write_all(f->fd, s);
}

tkc_status tkc_new_file_write(tkc_new_file *f, tkc_str bytes, tkc_error *err)
{
    if (bytes.len > sizeof f->waiting - f->n && !flush(f)) return new_file_fail(f, "cannot write", err);
    if (bytes.len > sizeof f->waiting) return write_all(f->fd, bytes) ? TKC_OK : new_file_fail(f, "cannot write", err);
    if (bytes.len) memcpy(f->waiting + f->n, bytes.ptr, bytes.len);
    f->n += bytes.len;
    return TKC_OK;
}

/* What cannot be given a name, in a file that has one. */
static bool copy_named(tkc_new_file *f)
{
    char part[1 << 14];
    ssize_t n;
    const int from = f->fd, to = open_beside(f->target, f->tmp, f->is_there ? MODE_BESIDE_OLD : NEW_MODE);
    bool ok;
    if (to < 0) return false;
    f->is_named = true;
    f->fd = to;
    ok = lseek(from, 0, SEEK_SET) == 0;
    while (ok && (n = read(from, part, sizeof part)) != 0) ok = n > 0 ? write_all(to, (tkc_str){part, (size_t)n}) : errno == EINTR;
    close(from);
    return ok;
}

/* With the rights of the old one, and on the disk. */
static bool settle(const tkc_new_file *f)
{
    return (!f->is_there || keep_rights(f->fd, &f->old)) && fsync(f->fd) == 0;
}

static bool finish(tkc_new_file *f)
{
    if (!flush(f) || !settle(f)) return false;
    if (!f->is_named) f->is_named = give_name(f->fd, f->target, f->tmp);
    return f->is_named || (copy_named(f) && settle(f));
}

/* before: what the file must hold; NULL: anything, or there is none. */
static tkc_status take_place(tkc_new_file *f, const tkc_str *before, tkc_error *err)
{
    int closed;
    if (!finish(f)) return new_file_fail(f, "cannot write", err);
    closed = close(f->fd);
    f->fd = -1;
    if (closed != 0) return new_file_fail(f, "cannot write", err);
    if (before && !still_holds(f->target, &f->old, *before)) {
        tkc_new_file_drop(f);
        return tkc_fail(err, TKC_E_IO, 0, "changed while it was checked; it was left as it is, run again");
    }
    if (rename(f->tmp, f->target) != 0) return new_file_fail(f, "cannot take its place", err);
    f->is_open = false;
    sync_folder_of(f->target);
    return TKC_OK;
}

tkc_status tkc_new_file_keep(tkc_new_file *f, tkc_error *err)
{
    return take_place(f, NULL, err);
}

void tkc_new_file_drop(tkc_new_file *f)
{
    if (!f->is_open) return;
    if (f->fd >= 0) close(f->fd);
    if (f->is_named) unlink(f->tmp);
    f->is_open = false;
}

/* --- a whole one ------------------------------------------------------------------------------ */

static tkc_status replace(const char *path, const tkc_str *before, tkc_str bytes, tkc_error *err)
{
    tkc_new_file f;
    tkc_status st = find(&f, path, err);
    if (!st && before && access(f.target, W_OK) != 0) st = write_fail(err, "cannot be written", f.is_there);
    if (!st) st = begin(&f, err);
    if (!st) st = tkc_new_file_write(&f, bytes, err);
    return st ? st : take_place(&f, before, err);
}

tkc_status tkc_write_file(const char *path, tkc_str bytes, tkc_error *err)
{
    return replace(path, NULL, bytes, err);
}

tkc_status tkc_replace_file(const char *path, tkc_str before, tkc_str bytes, tkc_error *err)
{
    return replace(path, &before, bytes, err);
}

tkc_status tkc_make_dir(const char *path, tkc_error *err)
{
    char part[PATH_ROOM];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return tkc_fail(err, TKC_E_LIMIT, 0, "folder path of %zu bytes", n);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            path_fail(err, part, "cannot make the folder");
            return TKC_E_IO;
        }
        if (i < n) part[i] = '/';
    }
    return TKC_OK;
}

tkc_status tkc_path_join(char *out, size_t cap, const char *dir, const char *name, const char *ext,
                         tkc_error *err)
{
    int n = snprintf(out, cap, "%s/%s%s", dir, name, ext);
    if (n < 0 || (size_t)n >= cap) return tkc_fail(err, TKC_E_LIMIT, 0, "path is too long");
    return TKC_OK;
}

void tkc_advise_large_pages(void *ptr, size_t len)
{
#ifdef MADV_HUGEPAGE
    if (len) (void)madvise(ptr, len, MADV_HUGEPAGE);
#else
    (void)ptr;
    (void)len;
#endif
}

void tkc_touch_pages(void *ptr, size_t len)
{
#ifdef MADV_POPULATE_WRITE
    const size_t page = 4096, skip = (size_t)-(uintptr_t)ptr & (page - 1);
    if (len < skip + page) return;
    (void)madvise((char *)ptr + skip, (len - skip) & ~(page - 1), MADV_POPULATE_WRITE);
#else
    (void)ptr;
    (void)len;
#endif
}
