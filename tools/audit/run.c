/*
 * run.c - lines in batches: threads read one into records while the records of the one before are
 * played in their order and the next is filled, so that the result is the same with any number of
 * threads and none of them waits long.
 */
#include "tools/audit/run.h"

#include "tools/audit/rules.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "tools/lines/lines.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 256, BATCH_BYTES = 1 << 19, MOST_SAID = 20 };
#define MOST_KEPT ((size_t)64 << 20) /* of memory that a batch's lines and records keep for the next */

typedef struct slot {
    tkc_buf line;
    uint64_t number;
    bool is_cut;
    tkc_audit_record record;
    tkc_status st;
    tkc_error err;
} slot;

struct audit_worker {
    cli_encoders encoders;
    tkc_audit_reader *reader;
};

struct audit_batch {
    slot slot[BATCH];
    size_t n, bytes;
    const char *name;
};

/* --- vocabularies ----------------------------------------------------------------------------- */

static tkc_vocab *vocab_of(cli_vocabs *v, const char *encoding)
{
    tkc_vocab *found = NULL;
    size_t i = 0;
    pthread_mutex_lock(&v->lock);
    while (i < v->n && strcmp(v->open[i].encoding, encoding) != 0) i++;
    if (i == v->n && v->n < sizeof v->open / sizeof *v->open) {
        const tkc_vocab_options opt = cli_vocab_options(&v->folders);
        v->open[i].encoding = encoding;
        if (tkc_vocab_open_encoding(&v->open[i].vocab, encoding, &opt, NULL)) v->open[i].vocab = NULL;
        v->n++;
    }
    if (i < v->n) found = v->open[i].vocab;
    pthread_mutex_unlock(&v->lock);
    return found;
}

static tkc_encoder *encoder_by_encoding(cli_encoders *e, const char *encoding, tkc_error *err)
{
    tkc_vocab *v;
    for (size_t i = 0; i < e->n; i++)
        if (strcmp(e->open[i].encoding, encoding) == 0) return e->open[i].encoder;
    v = e->n < sizeof e->open / sizeof *e->open ? vocab_of(e->vocabs, encoding) : NULL;
    if (!v || tkc_encoder_new(&e->open[e->n].encoder, v, NULL, err)) return NULL;
    e->open[e->n].encoding = encoding;
    return e->open[e->n++].encoder;
}

tkc_encoder *cli_encoder_of(void *encoders, tkc_str provider, tkc_str model, tkc_class *cls, tkc_error *err)
{
    cli_encoders *e = encoders;
    const tkc_model_row *row = NULL;
    const tkc_encoding *enc = NULL;
    tkc_model_rule rule;
    (void)provider;
    if (e->last && model.len < sizeof e->model && strlen(e->model) == model.len && memcmp(e->model, model.ptr, model.len) == 0) {
        *cls = e->cls;
        return e->last;
    }
    *cls = TKC_CLASS_ESTIMATE;
    if (model.len && model.len < sizeof e->model) {
        char name[sizeof e->model];
        tkc_copy_name(name, sizeof name, model);
        row = tkc_model_find(name, &rule);
        if (row) enc = tkc_encoding_find(row->encoding);
    }
    if (enc) {
        tkc_encoder *found = encoder_by_encoding(e, enc->name, err);
        if (found) {
            memcpy(e->model, model.ptr, model.len);
            e->model[model.len] = '\0';
            *cls = e->cls = enc->cls;
            return e->last = found;
        }
    }
    return encoder_by_encoding(e, CLI_DEFAULT_ENCODING, err);
}

void cli_encoders_release(cli_encoders *e)
{
    for (size_t i = 0; i < e->n; i++) tkc_encoder_free(e->open[i].encoder);
    e->n = 0;
    e->last = NULL;
}

/* --- opening ------------------------------------------------------------------------------------ */

static bool read_what_if(const char *text, cli_what_if *w)
{
    char copy[256], *s = copy;
    if (!text) return true;
    if (strlen(text) >= sizeof copy) goto bad;
    memcpy(copy, text, strlen(text) + 1);
    while (s && *s) {
        char *comma = strchr(s, ','), *end;
        if (comma) *comma = '\0';
        if (strcmp(s, "order=static-first") == 0) {
            w->order = true;
        } else if (strcmp(s, "breakpoints=auto") == 0) {
            w->marks = true;
        } else if (strncmp(s, "ttl=", 4) == 0 && s[4] >= '0' && s[4] <= '9') {
            const unsigned long v = strtoul(s + 4, &end, 10);
            const unsigned long unit = *end == 'h' ? 3600 : *end == 'm' ? 60 : *end == 'd' ? 86400 : 1;
            if (*end && end[1]) goto bad;
            if (*end && !tkc_is_one_of(*end, "smhd")) goto bad;
            if (!v || v > 100000000 / unit) goto bad;
            w->ttl = (uint32_t)(v * unit);
        } else {
            goto bad;
        }
        s = comma ? comma + 1 : NULL;
    }
    return true;
bad:
    cli_message("--what-if: give ttl=1h (or 5m, 300s), order=static-first, breakpoints=auto, with commas between them");
    return false;
}

static tkc_str slice(const char *s)
{
    return (tkc_str){s ? s : "", s ? strlen(s) : 0};
}

static bool open_otherwise(cli_otherwise *o, const tkc_audit_options *audit, const tkc_potential_options *how, uint32_t ttl)
{
    tkc_audit_options with = *audit;
    tkc_potential_options opt = *how;
    tkc_error err = {0};
    with.ttl = ttl;
    opt.struct_size = sizeof opt;
    opt.audit = &with;
    if (tkc_potential_new(&o->p, &opt, &err)) {
        cli_message("%s", err.message);
        return false;
    }
    return true;
}

static void close_otherwise(cli_otherwise *o)
{
    tkc_potential_free(o->p);
    if (o->is_played) tkc_audit_release(&o->audit);
}

bool cli_audit_finish(cli_audit *u)
{
    cli_otherwise *const both[] = {&u->best, &u->other};
    for (int i = 0; i < 2; i++) {
        tkc_error err = {0};
        if (!both[i]->p || both[i]->is_played) continue;
        both[i]->is_played = true;
        if (tkc_potential_finish(both[i]->p, &both[i]->audit, &err)) {
            cli_message("%s", err.message);
            return false;
        }
    }
    return true;
}

bool cli_audit_open(cli_audit *u, const cli_args *a)
{
    tkc_audit_options opt = {.struct_size = sizeof opt};
    tkc_error err = {0};
    memset(u, 0, sizeof *u);
    u->a = a;
    pthread_mutex_init(&u->vocabs.lock, NULL);
    cli_folders_init(&u->vocabs.folders);
    if (!cli_prices_asof(a, &u->asof) || !read_what_if(a->what_if, &u->what_if) || !cli_rules_open(&u->rules, a) ||
        !cli_prices_open(&u->prices, a) || !cli_rules_provider(u->rules, u->prices, a))
        return false;
    u->today = cli_prices_now();
    u->encoders.vocabs = &u->vocabs;
    u->n_worker = cli_pool_threads(a->jobs, BATCH);
    u->worker = calloc(u->n_worker, sizeof *u->worker);
    u->batch = calloc(2, sizeof *u->batch);
    u->memo = tkc_audit_memo_new(NULL);
    if (!u->worker || !u->batch || !u->memo) {
        cli_message("out of memory");
        return false;
    }
    for (size_t i = 0; i < 2 * BATCH; i++) {
        slot *s = &u->batch[i / BATCH].slot[i % BATCH];
        tkc_buf_init(&s->line, (size_t)CLI_MAX_LINE * 16 + 1, NULL);
        tkc_audit_record_init(&s->record, NULL);
    }
    for (size_t i = 0; i < u->n_worker; i++) {
        const tkc_audit_reader_options r = {.struct_size = sizeof r, .memo = u->memo, .rules = u->rules, .prices = u->prices, .encoder = cli_encoder_of,
                                            .encoder_ctx = &u->worker[i].encoders, .provider = slice(a->provider),
                                            .model = slice(a->n_pick ? a->pick[a->n_pick - 1].name : NULL), .asof = u->asof.day,
                                            .today = u->today.day};
        u->worker[i].encoders.vocabs = &u->vocabs;
        if (tkc_audit_reader_new(&u->worker[i].reader, &r, &err)) {
            cli_message("%s", err.message);
            return false;
        }
    }
    opt.prices = u->prices;
    opt.asof = u->asof.day;
    opt.today = u->today.day;
    opt.encoder = cli_encoder_of;
    opt.encoder_ctx = &u->encoders;
    if (tkc_audit_init(&u->audit, &opt, &err)) {
        cli_message("%s", err.message);
        return false;
    }
    u->has_audit = true;
    return open_otherwise(&u->best, &opt, &(tkc_potential_options){.order = true, .marks = true, .best = true}, 0) &&
           (!a->what_if || open_otherwise(&u->other, &opt, &(tkc_potential_options){.order = u->what_if.order, .marks = u->what_if.marks}, u->what_if.ttl));
}

static void forget(slot *s)
{
    tkc_buf_release(&s->line);
    tkc_audit_record_release(&s->record);
}

void cli_audit_release(cli_audit *u)
{
    if (u->is_reading) cli_pool_finish(&u->pool);
    for (size_t i = 0; i < u->n_worker && u->worker; i++) {
        tkc_audit_reader_free(u->worker[i].reader);
        cli_encoders_release(&u->worker[i].encoders);
    }
    for (size_t i = 0; u->batch && i < 2 * BATCH; i++) forget(&u->batch[i / BATCH].slot[i % BATCH]);
    free(u->batch);
    free(u->worker);
    tkc_audit_memo_free(u->memo);
    close_otherwise(&u->best);
    close_otherwise(&u->other);
    if (u->has_audit) tkc_audit_release(&u->audit);
    cli_encoders_release(&u->encoders);
    for (size_t i = 0; i < u->vocabs.n; i++) tkc_vocab_close(u->vocabs.open[i].vocab);
    cli_folders_release(&u->vocabs.folders);
    pthread_mutex_destroy(&u->vocabs.lock);
    tkc_prices_free(u->prices);
    tkc_cache_rules_free(u->rules);
}

/* --- batches -------------------------------------------------------------------------------------- */

static void read_slot(void *ctx, size_t worker, size_t item)
{
    cli_audit *u = ctx;
    slot *s = &u->batch[!u->filling].slot[item];
    s->err = (tkc_error){0};
    s->st = tkc_audit_read(u->worker[worker].reader, tkc_buf_str(&s->line), &s->record, &s->err);
    s->is_cut = s->is_cut && s->st && s->err.offset >= s->line.len; /* else it is whole, and something else is wrong */
}

static void say_bad(cli_audit *u, const char *name, const slot *s)
{
    if (s->is_cut) u->cut++;
    u->bad++;
    if (u->a->on_error == ON_ERROR_SKIP || u->bad > MOST_SAID) return;
    if (s->is_cut)
        cli_message("%s: line %llu: the last line ends in the middle; left out (is the log still being written?)", name,
                    (unsigned long long)s->number);
    else
        cli_message("%s: line %llu, byte %zu: %s", name, (unsigned long long)s->number, s->err.offset, s->err.message);
    if (u->bad == MOST_SAID) cli_message("more lines that cannot be read are not listed");
}

static tkc_status play_one(cli_audit *u, const char *name, const slot *s, tkc_error *err)
{
    tkc_audit_outcome o;
    tkc_status st = tkc_audit_add(&u->audit, &s->record, name, s->number, &o, err);
    if (!st) st = tkc_potential_add(u->best.p, &s->record, &o, err);
    if (!st && u->other.p) st = tkc_potential_add(u->other.p, &s->record, &o, err);
    return st;
}

static bool play_batch(cli_audit *u, struct audit_batch *b)
{
    tkc_error err = {0};
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++) {
        slot *s = &b->slot[i];
        if (s->st == TKC_E_NOMEM) {
            cli_message("%s", s->err.message);
            return false;
        }
        if (s->st == TKC_E_NOTFOUND && !s->err.code) {
            u->ignored++;
        } else if (s->st) {
            say_bad(u, b->name, s);
            if (u->a->on_error == ON_ERROR_FAIL) return false;
        } else if (play_one(u, b->name, s, &err)) {
            cli_message("%s: line %llu: %s", b->name, (unsigned long long)s->number, err.message);
            return false;
        }
    }
    b->n = b->bytes = 0;
    for (size_t i = 0; i < BATCH; i++) {
        slot *s = &b->slot[i];
        kept += s->line.cap + s->record.bytes.cap + s->record.cap_seg * sizeof *s->record.seg;
        if (kept <= MOST_KEPT) continue;
        kept -= s->line.cap + s->record.bytes.cap + s->record.cap_seg * sizeof *s->record.seg;
        forget(s);
    }
    return true;
}

/* The batch that is read is read to its end, the one that was filled is read next, the first is played. */
static bool turn(cli_audit *u)
{
    struct audit_batch *full = &u->batch[u->filling], *other = &u->batch[!u->filling];
    if (u->is_reading) cli_pool_finish(&u->pool);
    u->filling = !u->filling;
    u->is_reading = full->n != 0;
    if (full->n) cli_pool_start(&u->pool, u->n_worker - 1 < full->n ? u->n_worker - 1 : full->n, full->n, read_slot, u);
    return play_batch(u, other);
}

bool cli_audit_flush(cli_audit *u)
{
    return turn(u) && turn(u);
}

bool cli_audit_line(cli_audit *u, const char *name, uint64_t number, tkc_str line, bool is_cut)
{
    struct audit_batch *b = &u->batch[u->filling];
    slot *s;
    tkc_error err = {0};
    if (tkc_is_all_space(line)) return true;
    u->lines++;
    u->bytes += line.len;
    if (b->n && b->name != name && strcmp(b->name, name) != 0) {
        if (!turn(u)) return false;
        b = &u->batch[u->filling];
    }
    b->name = name;
    s = &b->slot[b->n++];
    tkc_buf_clear(&s->line);
    s->number = number;
    s->is_cut = is_cut;
    if (tkc_buf_append(&s->line, line.ptr, line.len, &err)) {
        cli_message("%s", err.message);
        return false;
    }
    b->bytes += line.len;
    return (b->n < BATCH && b->bytes < BATCH_BYTES) || turn(u);
}

bool cli_audit_file(cli_audit *u, const char *path, bool quiet)
{
    tkc_error err = {0};
    cli_lines *l = cli_lines_open(path, &err);
    cli_progress bar;
    bool ok = true;
    if (!l) {
        cli_message_at(path, &err);
        u->failed = true;
        return true;
    }
    cli_lines_take_values(l);
    cli_progress_start(&bar, "bytes", (size_t)cli_lines_size(l), quiet);
    while (ok) {
        tkc_str line;
        uint64_t number;
        const cli_line_state state = cli_lines_next(l, &line, &err);
        if (state == CLI_LINE_END) break;
        if (state == CLI_LINE_FAILED) {
            cli_message_at(path, &err);
            u->failed = true;
            break;
        }
        number = cli_lines_number(l);
        if (state == CLI_LINE_LONG) {
            u->lines++;
            u->bad++;
            cli_message("%s: line %llu: longer than %d MiB; left out", path, (unsigned long long)number, CLI_MAX_LINE >> 20);
            ok = u->a->on_error != ON_ERROR_FAIL;
        } else {
            ok = cli_audit_line(u, path, number, line, state == CLI_LINE_CUT);
        }
        if (number % 64 == 0) cli_progress_tick(&bar, (size_t)cli_lines_done(l));
    }
    ok = cli_audit_flush(u) && ok;
    cli_progress_end(&bar);
    cli_lines_close(l);
    return ok;
}

const tkc_audit_record *cli_audit_read_one(cli_audit *u, tkc_str line, tkc_status *st, tkc_error *err)
{
    slot *s = &u->batch->slot[0];
    *st = tkc_audit_read(u->worker->reader, line, &s->record, err);
    return *st ? NULL : &s->record;
}

bool cli_audit_line_time(cli_audit *u, tkc_str line, int64_t *at)
{
    return tkc_audit_line_time(u->worker->reader, line, at);
}
