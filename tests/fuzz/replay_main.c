/*
 * replay_main.c - runs a fuzz target over kept inputs, for compilers without libFuzzer.
 *
 *   fuzz_encode FILE|FOLDER...
 *
 * Every file, and every file of a folder in name order, is given to the target once. A broken
 * promise aborts with the file's name printed before it. Exit 2 when an argument cannot be
 * read or when there was nothing to run.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t passed;

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    unsigned char *p = NULL;
    long n = -1;
    if (f && fseek(f, 0, SEEK_END) == 0) n = ftell(f);
    if (n >= 0 && fseek(f, 0, SEEK_SET) == 0) p = malloc(n ? (size_t)n : 1);
    if (!p || fread(p, 1, (size_t)n, f) != (size_t)n) {
        fprintf(stderr, "cannot read %s\n", path);
        free(p);
        if (f) fclose(f);
        return 2;
    }
    fclose(f);
    /* a target that aborts leaves the name as the last line */
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(p, (size_t)n);
    free(p);
    passed++;
    return 0;
}

static int not_hidden(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static int run_folder(const char *path)
{
    struct dirent **name;
    int bad = 0, n = scandir(path, &name, not_hidden, alphasort);
    if (n < 0) {
        fprintf(stderr, "cannot read folder %s\n", path);
        return 2;
    }
    for (int i = 0; i < n; i++) {
        char file[4096];
        const int k = snprintf(file, sizeof file, "%s/%s", path, name[i]->d_name);
        if (k < 0 || (size_t)k >= sizeof file || run_file(file)) bad = 2;
        free(name[i]);
    }
    free(name);
    return bad;
}

int main(int argc, char **argv)
{
    int bad = argc < 2 ? 2 : 0;
    for (int i = 1; i < argc; i++) {
        struct stat sb;
        int st = 2;
        if (stat(argv[i], &sb) != 0) fprintf(stderr, "no such file or folder: %s\n", argv[i]);
        else st = S_ISDIR(sb.st_mode) ? run_folder(argv[i]) : run_file(argv[i]);
        if (st) bad = st;
    }
    if (!bad && passed == 0) {
        fprintf(stderr, "nothing to run\n");
        bad = 2;
    }
    if (!bad) printf("%zu passed, 0 failed\n", passed);
    return bad;
}
