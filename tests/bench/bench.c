/*
 * bench.c - our speed: every family over every text; "make bench".
 *
 *   bench [--data D] [--user D] [--cache D] [--corpora DIR] [--code FILE] [--sources DIR]
 *         [--only ENCODING]... [--texts NAME,...] [--mb N] [--threads N] [--passes N] [--quick]
 *         [--tokcount COMMAND]      with it, the time a whole process takes for 1 KB
 *   bench --row count|ids|threads|strings|batch -e ENCODING_OR_FILE --text TEXT [--bytes N]
 *         [--passes N] [--threads N] [--kernel NAME] [folders]   one measurement, as JSON
 *         [--cpu-time]     seconds of computing instead of wall clock; one thread only
 *   bench --run N COMMAND...           wall clock and peak memory of N runs, as JSON
 *   bench --write TEXT FILE            a text of the benchmark as a file
 *
 * Each measurement is a process of its own, so that cold is cold and the peak of memory is
 * that of one. tools/cli/bench.h says what is measured; the table has medians of warm passes.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench_texts.h"
#include "tests/support/open_options.h"
#include "tools/cli/bench.h"

extern char **environ;

enum { MAX_NAMES = 64, LINE = 2048, STRING_BYTES = 1024, DOCUMENT_BYTES = 65536, PIECE = 1 << 18 };

typedef struct config {
    tkc_vocab_options opt;
    const char *self, *corpora, *code, *sources, *row, *encoding, *text, *command;
    const char *only[MAX_NAMES];
    size_t n_only, bytes, threads, passes;
    const char *texts, *kernel;
    bool quick;
} config;

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    return 2;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    if (!n) return 0;
    qsort(v, n, sizeof *v, by_value);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Of this program image alone: getrusage() also knows what the parent was before exec. */
static size_t peak_kb(void)
{
    char line[128];
    size_t kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %zu", &kb) == 1) break;
    if (f) fclose(f);
    return kb;
}

/* --- one row --------------------------------------------------------------------------- */

static tkc_status open_vocab(tkc_vocab **v, const char *name, const tkc_vocab_options *opt,
                             tkc_error *err)
{
    return strchr(name, '/') ? tkc_vocab_open(v, name, opt, err)
                             : tkc_vocab_open_encoding(v, name, opt, err);
}

/* Strings of at most most bytes, cut between characters; peer_worker.py does the same. */
static tkc_status cut_strings(bench_texts *t, const tkc_encoder *e, tkc_str text, size_t most,
                              tkc_error *err)
{
    tkc_status status = TKC_OK;
    while (text.len && !status) {
        size_t n = text.len < most ? text.len : most;
        while (n < text.len && n > 1 && ((unsigned char)text.ptr[n] & 0xc0) == 0x80) n--;
        status = bench_add(t, e, (tkc_str){text.ptr, n}, 0, err);
        text.ptr += n;
        text.len -= n;
    }
    return status;
}

static tkc_status run_row(const config *c, const tkc_vocab *v, const bench_texts *t,
                          bench_times *r, tkc_error *err)
{
    const bench_limits lim = {.warm_s = 1e9, .warm_most = c->passes - 1, .kernel = c->kernel};
    if (strcmp(c->row, "ids") == 0) return bench_ids(v, t, t->n, 0, &lim, r, err);
    if (strcmp(c->row, "threads") == 0 || strcmp(c->row, "batch") == 0)
        return bench_threads(v, t, t->n, c->threads, 0, &lim, r, err);
    return bench_count(v, t, t->n, 0, &lim, r, err);
}

static int row(const config *c)
{
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    bench_texts t = {0};
    bench_times r = {0};
    tkc_error err = {0};
    tkc_status status;
    size_t len = 0;
    double start, load;
    char *text = c->text ? text_open(c->text, c->bytes, &len) : NULL;
    if (!text || !c->encoding) return fail("--row", "needs -e ENCODING and --text TEXT");
    /* The pages of the text are there before any time is taken. */
    start = bench_now();
    status = open_vocab(&v, c->encoding, &c->opt, &err);
    if (!status) status = tkc_encoder_new(&e, v, NULL, &err);
    load = bench_now() - start;
    if (status) {
        fprintf(stderr, "bench: %s: %s\n", c->encoding, err.message);
        return status == TKC_E_NOTFOUND ? 3 : 2;
    }
    if (strcmp(c->row, "strings") == 0)
        status = cut_strings(&t, e, (tkc_str){text, len}, STRING_BYTES, &err);
    else if (strcmp(c->row, "batch") == 0)
        status = cut_strings(&t, e, (tkc_str){text, len}, DOCUMENT_BYTES, &err);
    else
        status = bench_add(&t, e, (tkc_str){text, len},
                           strcmp(c->row, "threads") == 0 ? PIECE : 0, &err);
    printf("{\"encoding\":\"%s\",\"backend\":\"%s\",\"row\":\"%s\",\"bytes\":%zu,\"load_s\":%.6f",
           tkc_vocab_name(v), tkc_encoder_backend(e), c->row, len, load);
    if (!status && c->passes) {
        status = run_row(c, v, &t, &r, &err);
        printf(",\"pieces\":%zu,\"tokens\":%zu,\"cold_s\":%.9f,\"warm_s\":[", t.n, r.tokens,
               r.cold);
        for (size_t i = 0; i < r.n_warm; i++) printf("%s%.9f", i ? "," : "", r.warm[i]);
        putchar(']');
    }
    printf(",\"status\":%d,\"peak_kb\":%zu}\n", (int)status, peak_kb());
    if (status) fprintf(stderr, "bench: %s: %s\n", c->encoding, err.message);
    bench_times_release(&r);
    bench_texts_release(&t);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
    free(text);
    return status ? 2 : 0;
}

/* --- other processes -------------------------------------------------------------------- */

/* Standard output of the command to out (NULL: nowhere); exit status, -1 if it did not run. */
static int spawn(char *const argv[], char *out, size_t cap, struct rusage *ru)
{
    posix_spawn_file_actions_t files;
    int fd[2], status = -1;
    size_t n = 0;
    pid_t pid;
    ssize_t got;
    if (pipe(fd) != 0) return -1;
    posix_spawn_file_actions_init(&files);
    if (out) {
        posix_spawn_file_actions_adddup2(&files, fd[1], 1);
        posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    } else {
        posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    }
    posix_spawn_file_actions_addclose(&files, fd[0]);
    if (posix_spawnp(&pid, argv[0], &files, NULL, argv, environ) == 0) {
        close(fd[1]);
        while (out && n + 1 < cap && (got = read(fd[0], out + n, cap - 1 - n)) > 0)
            n += (size_t)got;
        if (out) out[n] = '\0';
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
        if (ru) getrusage(RUSAGE_CHILDREN, ru);
        status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    } else {
        close(fd[1]);
    }
    close(fd[0]);
    posix_spawn_file_actions_destroy(&files);
    return status;
}

static int run_commands(size_t n, char **argv)
{
    struct rusage ru = {0};
    double *wall = calloc(n ? n : 1, sizeof *wall);
    int status = wall ? 0 : 2;
    for (size_t i = 0; i < n && !status; i++) {
        double start = bench_now();
        status = spawn(argv, NULL, 0, &ru);
        wall[i] = bench_now() - start;
    }
    printf("{\"status\":%d,\"peak_kb\":%ld,\"wall_s\":[", status, (long)ru.ru_maxrss);
    for (size_t i = 0; i < n && !status; i++) printf("%s%.9f", i ? "," : "", wall[i]);
    puts("]}");
    free(wall);
    return status ? 2 : 0;
}

/* A whole process for 1 KB, and one that does nothing, in turn; start.py has more of them. */
static void print_latency(const config *c, const char *text)
{
    enum { RUNS = 100 };
    char path[] = "/tmp/tokcount-bench-XXXXXX";
    char *counts[] = {(char *)c->command, path, NULL}, *nothing[] = {(char *)"true", NULL};
    double ours[RUNS], empty[RUNS], over[RUNS];
    size_t len = 0, n = 0;
    char *kilobyte = text_open(text, STRING_BYTES, &len);
    int fd = kilobyte ? mkstemp(path) : -1;
    if (len > STRING_BYTES) len = STRING_BYTES;
    if (fd >= 0 && write(fd, kilobyte, len) == (ssize_t)len)
        for (double start = bench_now(), middle; n < RUNS; n++, start = bench_now()) {
            if (spawn(nothing, NULL, 0, NULL) != 0) break;
            middle = bench_now();
            if (spawn(counts, NULL, 0, NULL) != 0) break;
            empty[n] = (middle - start) * 1e3;
            ours[n] = (bench_now() - middle) * 1e3;
            over[n] = ours[n] - empty[n];
        }
    if (n == RUNS)
        printf("\n1 KB, whole process: %.2f ms, over an empty one (true) %.2f ms (medians of %d)\n",
               median(ours, RUNS), median(over, RUNS), (int)RUNS);
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    free(kilobyte);
}

static int write_text(const char *name, const char *path)
{
    size_t len = 0;
    char *text = text_open(name, 0, &len);
    FILE *f = text ? fopen(path, "wb") : NULL;
    bool ok = f && fwrite(text, 1, len, f) == len;
    if (f && fclose(f) != 0) ok = false;
    free(text);
    return ok ? 0 : fail(path, "cannot be written");
}

/* --- the table -------------------------------------------------------------------------- */

typedef struct named_text {
    char name[32], path[1024];
} named_text;

/* What row() prints. */
typedef struct measured {
    int exit;
    double tokens, bytes, load, cold, warm, peak_kb, pieces;
} measured;

static double number(const char *json, const char *key)
{
    const char *at = strstr(json, key);
    return at ? strtod(at + strlen(key), NULL) : 0;
}

static measured measure(const config *c, const char *kind, const char *enc, const char *text)
{
    char out[LINE], passes[32], threads[32], bytes[32];
    char *argv[32];
    size_t n = 0, n_warm = 0;
    double warm[64];
    measured m = {0};
    const char *p;
    snprintf(passes, sizeof passes, "%zu", c->passes);
    snprintf(threads, sizeof threads, "%zu", c->threads);
    snprintf(bytes, sizeof bytes, "%zu", c->bytes);
    const char *fixed[] = {c->self, "--row", kind, "-e", enc, "--text", text, "--passes", passes,
                           "--threads", threads, "--bytes", bytes};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) argv[n++] = (char *)fixed[i];
    if (c->opt.data_dir) argv[n++] = (char *)"--data", argv[n++] = (char *)c->opt.data_dir;
    if (c->opt.user_dir) argv[n++] = (char *)"--user", argv[n++] = (char *)c->opt.user_dir;
    if (c->opt.cache_dir) argv[n++] = (char *)"--cache", argv[n++] = (char *)c->opt.cache_dir;
    argv[n] = NULL;
    m.exit = spawn(argv, out, sizeof out, NULL);
    if (m.exit) return m;
    m.tokens = number(out, "\"tokens\":");
    m.bytes = number(out, "\"bytes\":");
    m.load = number(out, "\"load_s\":");
    m.cold = number(out, "\"cold_s\":");
    m.pieces = number(out, "\"pieces\":");
    m.peak_kb = number(out, "\"peak_kb\":");
    p = strstr(out, "\"warm_s\":[");
    for (p = p ? p + 10 : ""; *p && *p != ']' && n_warm < 64;) {
        char *next;
        warm[n_warm++] = strtod(p, &next);
        p = next + (*next == ',');
    }
    m.warm = median(warm, n_warm);
    return m;
}

static void put_rate(double bytes, double seconds)
{
    if (seconds > 0) printf(" %.0f |", bytes / 1e6 / seconds);
    else printf(" - |");
}

/* One line of the table; false: it failed. */
static bool print_row(const config *c, const char *enc, const named_text *t)
{
    bool strings = strcmp(t->name, "strings") == 0;
    measured count = measure(c, strings ? "strings" : "count", enc, t->path), ids, threads;
    const char *name = strrchr(enc, '/') ? strrchr(enc, '/') + 1 : enc;
    if (count.exit == 3) {
        printf("| %s | %s | its data is not here |||||||||\n", name, t->name);
        return true;
    }
    if (count.exit) {
        printf("| %s | %s | failed |||||||||\n", name, t->name);
        return false;
    }
    ids = strings ? (measured){0} : measure(c, "ids", enc, t->path);
    threads = strings ? (measured){0} : measure(c, "threads", enc, t->path);
    printf("| %s | %s | %.0f | %.2f |", name, t->name, count.tokens, count.load * 1e3);
    put_rate(count.bytes, count.cold);
    put_rate(count.bytes, count.warm);
    put_rate(count.bytes, ids.cold);
    put_rate(count.bytes, ids.warm);
    put_rate(count.bytes, threads.cold);
    put_rate(count.bytes, threads.warm);
    printf(" %.1f |\n", count.peak_kb / 1e3);
    fflush(stdout);
    /* ids of a vocabulary that only counts are not there; other numbers must agree. */
    return (ids.cold <= 0 || ids.tokens == count.tokens) &&
           (threads.cold <= 0 || threads.tokens == count.tokens);
}

static bool wanted(const char *list, const char *name)
{
    size_t len = strlen(name);
    if (!list) return true;
    for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
        if (strcspn(p, ",") == len && strncmp(p, name, len) == 0) return true;
    return false;
}

static size_t find_texts(const config *c, named_text *t)
{
    static const char *const corpus[] = {"english", "code", "cjk", "multilingual"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof corpus / sizeof *corpus; i++) {
        named_text x;
        snprintf(x.name, sizeof x.name, "%s", corpus[i]);
        if (strcmp(corpus[i], "code") == 0)
            snprintf(x.path, sizeof x.path, "%s", c->code ? c->code : "");
        else
            snprintf(x.path, sizeof x.path, "%s/%s.txt", c->corpora ? c->corpora : "", corpus[i]);
        if (access(x.path, R_OK) == 0) t[n++] = x;
        else printf("%s: no such text here%s\n\n", corpus[i],
                    strcmp(corpus[i], "code") ? "; name a folder with --corpora" : "");
    }
    if (access("tests/golden/texts.txt", R_OK) == 0 && !c->corpora) {
        snprintf(t[n].name, sizeof t[n].name, "golden");
        snprintf(t[n++].path, sizeof t[n].path, "repeat:%zu:tests/golden/texts.txt",
                 c->bytes && c->bytes < 8000000 ? c->bytes : 8000000);
        puts("golden: tests/golden/texts.txt repeated, for want of real text: short test strings,\n"
             "no figure for any use.\n");
    }
    if (n) {
        t[n] = t[0];
        snprintf(t[n++].name, sizeof t[0].name, "strings");
    }
    for (size_t i = 0; i < N_HOSTILE; i++, n++) {
        snprintf(t[n].name, sizeof t[n].name, "%s", hostile_kinds[i].name);
        snprintf(t[n].path, sizeof t[n].path, "hostile:%s", hostile_kinds[i].name);
    }
    return n;
}

static size_t find_encodings(const config *c, const char **enc, char (*path)[1024])
{
    static const char *const usual[] = {
        "o200k_base", "cl100k_base", "r50k_base", "llama3", "qwen3", "qwen3_5", "deepseek_v3",
        "kimi_k2", "tekken", "glm4", "gemma3", "gemma4", "llama2", "mistral_v3", "phi3", "yi",
        "claude_v3"};
    /* Unigram and WordPiece models come with no name. */
    static const char *const files[] = {"ggml-vocab-nomic-bert-moe.gguf", "gte.tokenizer.json"};
    size_t n = 0;
    if (c->n_only) {
        memcpy(enc, c->only, c->n_only * sizeof *enc);
        return c->n_only;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) enc[n++] = usual[i];
    for (size_t i = 0; i < sizeof files / sizeof *files && c->sources; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s", c->sources, files[i]);
        if (access(path[i], R_OK) == 0) enc[n++] = path[i];
    }
    return n;
}

static int table(const config *c)
{
    named_text t[8 + N_HOSTILE];
    const char *enc[MAX_NAMES];
    static char path[4][1024];
    size_t n_text = find_texts(c, t), n_enc = find_encodings(c, enc, path), failed = 0;
    double total = bench_now();
    printf("MB/s of 10^6 bytes; cold: first pass of a fresh process, warm: median of %zu more; "
           "threads: %zu\nover one text; peak: megabytes of the process that counts, text and "
           "vocabulary included.\n\n",
           c->passes - 1, c->threads);
    puts("| vocabulary | text | tokens | load ms | count cold | warm | ids cold | warm |"
         " threads cold | warm | peak |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (size_t k = 0; k < n_enc; k++) {
        /* Once, so that what is compiled at first use is there. */
        config once = *c;
        once.passes = 1;
        once.bytes = 1000;
        if (n_text) measure(&once, "count", enc[k], "hostile:letter");
        for (size_t i = 0; i < n_text; i++)
            if (wanted(c->texts, t[i].name) && !print_row(c, enc[k], &t[i])) failed++;
    }
    if (c->command) print_latency(c, n_text ? t[0].path : "hostile:letters");
    printf("\n%zu failed, %.0f s\n", failed, bench_now() - total);
    return failed != 0;
}

int main(int argc, char **argv)
{
    config c = {.opt = {.struct_size = sizeof c.opt}, .self = argv[0], .passes = 4, .threads = 2};
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online > 0) c.threads = (size_t)online;
    if (argc > 3 && strcmp(argv[1], "--run") == 0)
        return run_commands(strtoul(argv[2], NULL, 10), argv + 3);
    if (argc == 4 && strcmp(argv[1], "--write") == 0) return write_text(argv[2], argv[3]);
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (tkt_take_folder(&c.opt, argc, argv, &i)) continue;
        if (strcmp(argv[i], "--cpu-time") == 0) {
            bench_use_cpu_time();
            continue;
        }
        if (strcmp(argv[i], "--quick") == 0) {
            c.bytes = 3000000;
            c.passes = 3;
            continue;
        }
        if (!value) return fail(argv[i], "unknown option, or its value is missing");
        if (strcmp(argv[i], "--row") == 0) c.row = value;
        else if (strcmp(argv[i], "-e") == 0) c.encoding = value;
        else if (strcmp(argv[i], "--text") == 0) c.text = value;
        else if (strcmp(argv[i], "--texts") == 0) c.texts = value;
        else if (strcmp(argv[i], "--kernel") == 0) c.kernel = value;
        else if (strcmp(argv[i], "--corpora") == 0) c.corpora = value;
        else if (strcmp(argv[i], "--code") == 0) c.code = value;
        else if (strcmp(argv[i], "--tokcount") == 0) c.command = value;
        else if (strcmp(argv[i], "--sources") == 0) c.sources = value;
        else if (strcmp(argv[i], "--only") == 0 && c.n_only < MAX_NAMES) c.only[c.n_only++] = value;
        else if (strcmp(argv[i], "--bytes") == 0) c.bytes = strtoul(value, NULL, 10);
        else if (strcmp(argv[i], "--mb") == 0) c.bytes = strtoul(value, NULL, 10) * 1000000;
        else if (strcmp(argv[i], "--passes") == 0) c.passes = strtoul(value, NULL, 10);
        else if (strcmp(argv[i], "--threads") == 0) c.threads = strtoul(value, NULL, 10);
        else return fail(argv[i], "unknown option");
        i++;
    }
    if (c.row) return row(&c);
    if (c.passes < 2) return fail("--passes", "two or more: the first is the cold one");
    return table(&c);
}
