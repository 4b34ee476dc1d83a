/* samples.h - every file of tests/data/requests and tests/data/fit, sorted by path. */
#ifndef TESTS_SUPPORT_SAMPLES_H
#define TESTS_SUPPORT_SAMPLES_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/case_file.h"

typedef struct tkt_samples {
    char path[400][200];
    size_t n;
} tkt_samples;

static inline int tkt_by_path(const void *a, const void *b)
{
    return strcmp(a, b);
}

static inline bool tkt_find_in(tkt_samples *s, const char *folder)
{
    DIR *in = opendir(folder);
    struct dirent *e;
    if (!in) return false;
    while ((e = readdir(in)) != NULL)
        if (e->d_name[0] != '.' && s->n < sizeof s->path / sizeof *s->path)
            snprintf(s->path[s->n++], sizeof *s->path, "%.110s/%.80s", folder, e->d_name);
    closedir(in);
    return true;
}

/* False: the folder is not there (tests run from the top folder). */
static inline bool tkt_find_samples(tkt_samples *s)
{
    DIR *top = opendir("tests/data/requests");
    struct dirent *d;
    s->n = 0;
    if (!top) return false;
    while ((d = readdir(top)) != NULL) {
        char path[160];
        if (strchr(d->d_name, '.')) continue; /* files, and the folder itself */
        snprintf(path, sizeof path, "tests/data/requests/%.100s", d->d_name);
        (void)tkt_find_in(s, path);
    }
    closedir(top);
    if (!tkt_find_in(s, "tests/data/fit")) return false;
    qsort(s->path, s->n, sizeof *s->path, tkt_by_path);
    return true;
}

#endif
