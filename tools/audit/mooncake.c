/*
 * mooncake.c - block traces: a line a request, {"timestamp": milliseconds, "input_length":
 * tokens, "hash_ids": [...]}, a block being 512 tokens unless the line has "block_size".
 *
 * Without -m and --provider: a cache of blocks without rules. With them the rule's minimum, step
 * and life hold too, and hits cost what the model's price list says. A trace has no text, so the
 * only causes are an entry's life and the minimum.
 */
#include "tools/audit/run.h"

#include "optimizer/audit/blocks.h"
#include "optimizer/audit/radix.h"
#include "tools/audit/rules.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "tools/lines/lines.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 };

typedef struct trace {
    const cli_args *a;
    const tkc_cache_rule *rule;
    tkc_prices *prices;
    tkc_price_model model;
    tkc_moment day;
    bool has_price;
    tkc_radix radix;         /* where the rule says so, in place of blocks */
    tkc_blocks blocks, ever; /* ever: nothing is evicted and nothing grows old */
    tkc_json doc;
    uint64_t *hash;
    size_t cap;
    int64_t ttl;
    uint64_t lines, bad, requests, input, hit, could, below, unpriced;
    tkc_money actual, best, lost_ttl, lost_min;
    bool failed;
} trace;

static void say_bad(trace *t, const char *path, uint64_t line, const tkc_error *err)
{
    t->bad++;
    if (t->a->on_error != ON_ERROR_SKIP)
        cli_message("%s: line %llu, byte %zu: %s", path, (unsigned long long)line, err->offset, err->message);
}

/* Tokens of the first n blocks. */
static uint64_t tokens_of(uint64_t n, uint64_t block, uint64_t input)
{
    return n * block < input ? n * block : input;
}

static uint64_t by_rule(const trace *t, uint64_t tokens)
{
    uint64_t step = 1, least = 0;
    if (!t->rule) return tokens;
    if (t->rule->step.hi != TKC_CACHE_UNKNOWN && t->rule->how == TKC_CACHE_PREFIX) step = t->rule->step.hi;
    if (t->rule->min_tokens.hi != TKC_CACHE_UNKNOWN) least = t->rule->min_tokens.hi;
    tokens -= tokens % step;
    return tokens < least ? 0 : tokens;
}

static void add_money(trace *t, uint64_t input, uint64_t hit, uint64_t could)
{
    tkc_price_hit h;
    uint64_t in, read, write;
    const bool marks = t->rule && (t->rule->how == TKC_CACHE_MARKS || t->rule->how == TKC_CACHE_MARKS_AUTO);
    if (!t->has_price || tkc_prices_find(t->prices, &t->model, TKC_MODE_STANDARD, t->day, input, &h, NULL)) {
        t->unpriced++;
        return;
    }
    in = tkc_price_of(h.row, TKC_UNIT_INPUT);
    read = tkc_price_of(h.row, TKC_UNIT_READ);
    write = tkc_price_of(h.row, t->ttl >= 3600 ? TKC_UNIT_WRITE_1H : TKC_UNIT_WRITE_5M);
    if (in == TKC_NO_PRICE) {
        t->unpriced++;
        return;
    }
    if (read == TKC_NO_PRICE) read = in;
    if (!marks || write == TKC_NO_PRICE) write = in;
    if (by_rule(t, input) == 0) write = in; /* too short to be written */
    t->actual.pd += (tkc_u128)hit * read + (tkc_u128)(input - hit) * write;
    t->best.pd += (tkc_u128)could * read + (tkc_u128)(input - could) * write;
    if (could > hit) t->lost_ttl.pd += (tkc_u128)(could - hit) * (write > read ? write - read : 0);
}

static tkc_status one_line(trace *t, tkc_str line, tkc_error *err)
{
    uint32_t list, v;
    uint64_t input = 0, block = BLOCK, tokens, could;
    int64_t now = 0;
    double at;
    size_t n = 0, hit, ever, full, bare, most;
    const bool radix = t->rule && t->rule->how == TKC_CACHE_RADIX, own = radix || (t->rule && t->rule->how == TKC_CACHE_BLOCKS);
    tkc_status st = tkc_json_parse(&t->doc, line, NULL, err);
    if (st) return st;
    list = tkc_json_get(&t->doc, 0, "hash_ids", NULL);
    v = tkc_json_get(&t->doc, 0, "input_length", NULL);
    if (list == TKC_JSON_NONE || tkc_json_kind_of(&t->doc, list) != TKC_JSON_ARRAY || v == TKC_JSON_NONE ||
        !tkc_json_u64(&t->doc, v, &input) || input > TKC_USAGE_MOST)
        return tkc_fail(err, TKC_E_FORMAT, 0, "expected input_length and hash_ids");
    v = tkc_json_get(&t->doc, 0, "block_size", NULL);
    if (v != TKC_JSON_NONE && (!tkc_json_u64(&t->doc, v, &block) || !block || block > 1 << 20))
        return tkc_fail(err, TKC_E_FORMAT, 0, "block_size must be 1 to 1048576");
    v = tkc_json_get(&t->doc, 0, "timestamp", NULL);
    if (v != TKC_JSON_NONE && tkc_json_double(&t->doc, v, &at) && at >= 0 && at < 1e17) now = (int64_t)at;
    if (!tkc_grow(&tkc_malloc_allocator, &t->hash, &t->cap, (size_t)tkc_json_count(&t->doc, list) + 1, 1 << 28, sizeof *t->hash))
        return tkc_nomem(err);
    for (uint32_t i = tkc_json_first(&t->doc, list); i != TKC_JSON_NONE; i = tkc_json_next(&t->doc, list, i))
        if (!tkc_json_u64(&t->doc, i, &t->hash[n++]))
            return tkc_fail(err, TKC_E_FORMAT, t->doc.node[i].begin, "hash_ids must be whole numbers");
    if (n > (input + block - 1) / block || n < input / block)
        return tkc_fail(err, TKC_E_FORMAT, 0, "%zu hash_ids for %llu tokens in blocks of %llu", n, (unsigned long long)input,
                        (unsigned long long)block);
    /* an unfinished block: the traces give it a hash, servers do not, and compute the last token always */
    full = own ? (size_t)(input / block) : n;
    if (full > n) full = n;
    most = own ? (input ? (size_t)((input - 1) / block) : 0) : n;
    bare = own ? (size_t)((input + block - 1) / block) - full : n - full;
    if (radix)
        st = tkc_radix_request(&t->radix, t->hash, full, bare, most, &hit, err);
    else
        st = tkc_blocks_request(&t->blocks, t->hash, full, bare, most, now, t->ttl < 0 ? -1 : t->ttl * 1000, &hit, err);
    if (!st) st = tkc_blocks_request(&t->ever, t->hash, full, bare, most, now, -1, &ever, err);
    if (st) return st;
    tokens = by_rule(t, tokens_of(hit, block, input));
    could = by_rule(t, tokens_of(ever, block, input));
    if (could < tokens) could = tokens;
    t->requests++;
    t->input += input;
    t->hit += tokens;
    t->could += could;
    t->below += tokens_of(ever, block, input) >= block && !could ? tokens_of(ever, block, input) : 0;
    add_money(t, input, tokens, could);
    return TKC_OK;
}

static void one_file(trace *t, const char *path)
{
    tkc_error err = {0};
    cli_lines *l = cli_lines_open(path, &err);
    cli_progress bar;
    uint64_t number = 0;
    if (!l) {
        cli_message_at(path, &err);
        t->failed = true;
        return;
    }
    cli_progress_start(&bar, "bytes", (size_t)cli_lines_size(l), t->a->quiet);
    for (;;) {
        tkc_str line;
        const cli_line_state state = cli_lines_next(l, &line, &err);
        if (state == CLI_LINE_END) break;
        if (state == CLI_LINE_FAILED) {
            cli_message_at(path, &err);
            t->failed = true;
            break;
        }
        number++;
        if (!line.len) continue;
        t->lines++;
        err = (tkc_error){0};
        if (state == CLI_LINE_LONG)
            (void)tkc_fail(&err, TKC_E_LIMIT, 0, "longer than %d MiB", CLI_MAX_LINE >> 20);
        else
            (void)one_line(t, line, &err);
        if (err.code) say_bad(t, path, number, &err);
        if (number % 256 == 0) cli_progress_tick(&bar, (size_t)cli_lines_done(l));
    }
    cli_progress_end(&bar);
    cli_lines_close(l);
}

static void put_cause(const char *name, uint64_t requests, uint64_t tokens, tkc_money m, size_t *n)
{
    char buf[TKC_MONEY_SIZE];
    if (!tokens) return;
    printf("%s{\"cause\":\"%s\",\"requests\":%llu,\"tokens\":%llu,\"money\":%s,\"example\":null}", (*n)++ ? "," : "", name,
           (unsigned long long)requests, (unsigned long long)tokens, tkc_money_digits(buf, m));
}

static void put(const trace *t)
{
    char b[3][TKC_MONEY_SIZE], share[CLI_RATE];
    const double rate = t->input ? (double)t->hit / (double)t->input : 0, best = t->input ? (double)t->could / (double)t->input : 0;
    tkc_money wasted = {t->actual.pd - t->best.pd};
    size_t n = 0;
    if (t->actual.pd < t->best.pd) wasted.pd = 0;
    if (!t->a->json && !t->requests) {
        puts("no requests");
        return;
    }
    if (!t->a->json) {
        printf("hit rate %.4f of tokens: %llu of %llu in %llu requests, potential %.4f\n", rate, (unsigned long long)t->hit,
               (unsigned long long)t->input, (unsigned long long)t->requests, best);
        if (t->has_price) printf("wasted $%s of $%s\n", tkc_money_dollars(b[0], wasted), tkc_money_dollars(b[1], t->actual));
        return;
    }
    printf("{\"schema\":\"tokcount/audit/1\",\"format\":\"mooncake\",\"requests\":%llu,\"input_tokens\":%llu,\"hit_tokens\":%llu,"
           "\"hit_rate\":%s,\"potential_tokens\":%llu,\"evicted_blocks\":%llu,\"money\":{\"actual\":%s,\"potential\":%s,\"wasted\":%s,"
           "\"currency\":\"USD\",\"unit\":\"picodollar\"},\"causes\":[",
           (unsigned long long)t->requests, (unsigned long long)t->input, (unsigned long long)t->hit, cli_audit_rate(share, t->hit, t->input),
           (unsigned long long)t->could,
           (unsigned long long)(t->blocks.n_evicted + t->radix.n_evicted), tkc_money_digits(b[0], t->actual), tkc_money_digits(b[1], t->best),
           tkc_money_digits(b[2], wasted));
    put_cause("ttl_expired", 0, t->could - t->hit, t->lost_ttl, &n);
    put_cause("below_minimum", 0, t->below, t->lost_min, &n);
    printf("],\"lines\":{\"read\":%llu,\"left_out\":%llu,\"unpriced\":%llu},\"complete\":%s}\n", (unsigned long long)t->lines,
           (unsigned long long)t->bad, (unsigned long long)t->unpriced, t->failed || t->bad ? "false" : "true");
}

int cli_audit_mooncake(const cli_args *a, const cli_what_if *w)
{
    trace t = {.a = a, .ttl = -1};
    tkc_cache_rules *rules = NULL;
    int status = EXIT_ERROR;
    const char *name = a->n_pick ? a->pick[a->n_pick - 1].name : "";
    const tkc_str model = {name, strlen(name)};
    tkc_blocks_init(&t.blocks, a->cache_size == SIZE_MAX ? 0 : a->cache_size, NULL);
    tkc_radix_init(&t.radix, a->cache_size == SIZE_MAX ? 0 : a->cache_size, NULL);
    tkc_blocks_init(&t.ever, 0, NULL);
    tkc_json_init(&t.doc, NULL);
    if (a->cache_size == 0 || a->cache_size == UINT32_MAX) {
        cli_message("--cache-size: give 1 block or more");
    } else if (cli_prices_asof(a, &t.day) && cli_rules_open(&rules, a) && cli_prices_open(&t.prices, a)) {
        bool known = true;
        if (!t.day.day) t.day = cli_prices_now();
        t.day.minute = -1;
        if (a->n_pick || a->provider) {
            const char *id = a->provider ? tkc_prices_provider(t.prices, (tkc_str){a->provider, strlen(a->provider)}) : "";
            t.rule = tkc_cache_rules_find(rules, id ? id : a->provider, model, t.day.day);
            t.has_price = a->n_pick && !tkc_prices_resolve(t.prices, (tkc_str){a->provider ? a->provider : "", a->provider ? strlen(a->provider) : 0},
                                                           model, &t.model, NULL);
            known = t.rule != NULL;
            if (!known) cli_message("no cache rule is known for %s %s; see 'tokcount audit rules'", a->provider ? a->provider : "", name);
            if (known && t.rule->ttl[0].seconds.lo < TKC_CACHE_NO_END) t.ttl = t.rule->ttl[0].seconds.lo;
        }
        if (w->ttl) t.ttl = w->ttl;
        if (known) {
            for (size_t i = 0; i < (a->n_operand ? a->n_operand : 1); i++) one_file(&t, a->n_operand ? a->operand[i] : "-");
            put(&t);
            status = t.failed || (t.bad && a->on_error != ON_ERROR_SKIP) ? EXIT_ERROR : cli_audit_fail_under(a, t.hit, t.input);
        }
    }
    tkc_blocks_release(&t.blocks);
    tkc_radix_release(&t.radix);
    tkc_blocks_release(&t.ever);
    tkc_json_release(&t.doc);
    tkc_free(&tkc_malloc_allocator, t.hash, t.cap, sizeof *t.hash);
    tkc_prices_free(t.prices);
    tkc_cache_rules_free(rules);
    return status;
}
