/*
 * run.h - logs through the audit: files, threads that read lines, one that plays them.
 */
#ifndef TOOLS_AUDIT_RUN_H
#define TOOLS_AUDIT_RUN_H

#include "optimizer/audit/potential.h"
#include "tools/cli/options.h"
#include "tools/cli/pool.h"
#include "tools/cli/vocab.h"

#include <pthread.h>

/* Encoders by model for one thread; vocabularies are shared. */
typedef struct cli_vocabs {
    cli_folders folders;
    pthread_mutex_t lock;
    struct {
        const char *encoding;
        tkc_vocab *vocab; /* NULL: not here */
    } open[64];
    size_t n;
} cli_vocabs;

typedef struct cli_encoders {
    cli_vocabs *vocabs;
    struct {
        const char *encoding;
        tkc_encoder *encoder;
    } open[64];
    size_t n;
    char model[200]; /* the last one asked for */
    tkc_encoder *last;
    tkc_class cls;
} cli_encoders;
tkc_encoder *cli_encoder_of(void *encoders, tkc_str provider, tkc_str model, tkc_class *cls, tkc_error *err);
void cli_encoders_release(cli_encoders *e);

/* --what-if */
typedef struct cli_what_if {
    bool order, marks;
    uint32_t ttl;
} cli_what_if;

/* The log laid out otherwise: the best there is, or --what-if. */
typedef struct cli_otherwise {
    tkc_potential *p;
    tkc_audit audit; /* when all is played */
    bool is_played;
} cli_otherwise;

typedef struct cli_audit {
    const cli_args *a;
    tkc_cache_rules *rules;
    tkc_prices *prices;
    cli_vocabs vocabs;
    cli_what_if what_if;
    tkc_moment asof, today;
    struct audit_worker *worker; /* the threads that read lines; the last is the one that plays too */
    size_t n_worker;
    struct audit_batch *batch;   /* two: one is filled while the other is read */
    unsigned filling;
    bool is_reading;
    cli_pool pool;
    tkc_audit_memo *memo;
    cli_encoders encoders; /* for playing */
    tkc_audit audit;
    bool has_audit;
    cli_otherwise best, other; /* other: with --what-if */
    uint64_t lines, bad, ignored, cut;
    uint64_t bytes;
    bool failed; /* something could not be read; it was said */
} cli_audit;

/* False: it was said. Release in any case. */
bool cli_audit_open(cli_audit *u, const cli_args *a);
void cli_audit_release(cli_audit *u);
/* Plays a log. False: it cannot go on; it was said. */
bool cli_audit_file(cli_audit *u, const char *path, bool quiet);
/* One line of some name; kept until cli_audit_flush(). */
bool cli_audit_line(cli_audit *u, const char *name, uint64_t number, tkc_str line, bool is_cut);
bool cli_audit_flush(cli_audit *u);
/* A line read by itself; NULL: err is filled. */
const tkc_audit_record *cli_audit_read_one(cli_audit *u, tkc_str line, tkc_status *st, tkc_error *err);

/* After the last line: the log laid out otherwise. False: it was said. */
bool cli_audit_finish(cli_audit *u);

/* What the command prints of it, when it is finished. */
void cli_audit_put_text(const cli_audit *u);
/* A rate in JSON; of nothing there is none: null. */
enum { CLI_RATE = 16 };
const char *cli_audit_rate(char text[CLI_RATE], uint64_t part, uint64_t whole);
void cli_audit_put_json(const cli_audit *u);
/* --fail-under: the exit status for tokens read of those sent, said where it is not fine. */
int cli_audit_fail_under(const cli_args *a, uint64_t hit, uint64_t input);
/* The self-contained page. False: it was said. */
bool cli_audit_write_html(const cli_audit *u, const char *path);
/* The place of a cause in words: "system at byte 118 (token 312)". */
void cli_audit_put_place(FILE *f, const tkc_audit_place *p);
/* A line of the values that change behind it; nothing where there are none. */
void cli_audit_put_also(FILE *f, const tkc_audit_place *p, const char *indent);

/* Two requests side by side, or one alone; the exit status. */
int cli_audit_compare(cli_audit *u, const char *was, const char *is);
int cli_audit_static(cli_audit *u, const char *path);
/* Block traces; the exit status. */
int cli_audit_mooncake(const cli_args *a, const cli_what_if *w);

bool cli_audit_line_time(cli_audit *u, tkc_str line, int64_t *at);

/* The lines of logs, sorted and packed (--partial); the exit status. */
int cli_audit_partial(cli_audit *u);
/* Several such files as one, which is played, or written with --partial. False: it was said. */
bool cli_audit_merge(cli_audit *u, bool *is_written);

#endif
