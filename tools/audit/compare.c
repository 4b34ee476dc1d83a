/*
 * compare.c - without a log: two requests side by side, or what one holds that will change.
 */
#include "tools/audit/run.h"

#include "optimizer/cache/volatile.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"

#include <string.h>

/* A file as the reader takes it: a request, or a prompt file as the system prompt of one. */
static bool read_request(cli_audit *u, const char *path, tkc_buf *text, tkc_audit_record *out)
{
    const tkc_dialect by_name = tkc_request_dialect_of_path(path);
    tkc_error err = {0};
    tkc_buf raw;
    tkc_status st;
    const tkc_audit_record *r = NULL;
    size_t i = 0;
    tkc_buf_init(&raw, cli_input_limit(), NULL);
    tkc_buf_clear(text);
    st = cli_path_read(path, &raw, &err);
    i = st ? 0 : tkc_utf8_mark(tkc_buf_str(&raw)); /* JSON behind one is refused, not read as text */
    while (!st && i < raw.len && tkc_is_space(raw.ptr[i])) i++;
    if (!st && tkc_utf16_mark(tkc_buf_str(&raw))) st = tkc_fail(&err, TKC_E_FORMAT, 0, "the text is UTF-16; save it as UTF-8");
    if (!st && by_name != TKC_DIALECT_YAML && (by_name != TKC_DIALECT_AUTO || i == raw.len || !tkc_is_one_of(raw.ptr[i], "{["))) {
        /* text: one system prompt, in JSON */
        static const char hex[] = "0123456789abcdef", head[] = "{\"messages\":[{\"role\":\"system\",\"content\":\"";
        tkc_buf lossy;
        tkc_buf_init(&lossy, cli_input_limit(), NULL);
        st = tkc_utf8_lossy(tkc_buf_str(&raw), &lossy, NULL, &err);
        if (!st) st = tkc_buf_append(text, head, sizeof head - 1, &err);
        for (size_t k = 0; k < lossy.len && !st; k++) {
            const unsigned char c = (unsigned char)lossy.ptr[k];
            if (c < 0x20)
                st = tkc_buf_append(text, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6, &err);
            else if (c == '"' || c == '\\')
                st = tkc_buf_append(text, (char[]){'\\', (char)c}, 2, &err);
            else
                st = tkc_buf_append_byte(text, c, &err);
        }
        if (!st) st = tkc_buf_append(text, "\"}]}", 4, &err);
        tkc_buf_release(&lossy);
    } else if (!st && by_name == TKC_DIALECT_YAML) {
        const tkc_request_options opt = {.struct_size = sizeof opt, .dialect = TKC_DIALECT_YAML};
        tkc_request q;
        tkc_request_init(&q, &opt);
        st = tkc_request_read(&q, tkc_buf_str(&raw), &opt, &err);
        if (!st) st = tkc_buf_append(text, q.doc.text.ptr, q.doc.text.len, &err);
        tkc_request_release(&q);
    } else if (!st) {
        st = tkc_buf_append(text, raw.ptr, raw.len, &err);
    }
    if (!st) r = cli_audit_read_one(u, tkc_buf_str(text), &st, &err);
    tkc_buf_release(&raw);
    if (!r) {
        if (st == TKC_E_NOTFOUND && !err.code) cli_message("%s: holds no request", path);
        else cli_message_at(path, &err);
        return false;
    }
    /* the record is the reader's: take its memory */
    tkc_audit_record_release(out);
    *out = *r;
    tkc_audit_record_init((tkc_audit_record *)(uintptr_t)r, NULL);
    return true;
}

static void put_part(const tkc_audit_record *r, const tkc_audit_segment *s)
{
    if (s->is_setting)
        fputs("the settings", stdout);
    else
        printf("%.*s", (int)s->path_len, r->bytes.ptr + s->path);
}

int cli_audit_compare(cli_audit *u, const char *was, const char *is)
{
    tkc_audit_record a, b;
    tkc_buf text;
    tkc_audit_outcome first, second;
    tkc_error err = {0};
    int status = EXIT_ERROR;
    tkc_audit_record_init(&a, NULL);
    tkc_audit_record_init(&b, NULL);
    tkc_buf_init(&text, cli_input_limit(), NULL);
    if (!read_request(u, was, &text, &a) || !read_request(u, is, &text, &b)) goto out;
    if (tkc_audit_add(&u->audit, &a, was, 1, &first, &err) || tkc_audit_add(&u->audit, &b, is, 1, &second, &err)) {
        cli_message("%s", err.message);
        goto out;
    }
    status = EXIT_FINE;
    if (u->a->json) {
        u->lines = 2;
        cli_audit_put_json(u);
    } else if (second.is_duplicate || second.shared == second.input) {
        printf("the prompts are the same: %llu tokens\n", (unsigned long long)second.input);
    } else {
        size_t d = 0, common = 0;
        while (d < a.n_seg && d < b.n_seg && memcmp(a.seg[d].hash, b.seg[d].hash, sizeof a.seg[d].hash) == 0) d++;
        if (d < b.n_seg && d < a.n_seg) {
            const tkc_str x = tkc_audit_text(&a, a.seg[d].text, a.seg[d].text_len), y = tkc_audit_text(&b, b.seg[d].text, b.seg[d].text_len);
            while (common < x.len && common < y.len && x.ptr[common] == y.ptr[common]) common++;
        }
        fputs("first difference: ", stdout);
        if (d < b.n_seg)
            put_part(&b, &b.seg[d]);
        else
            fputs("the second ends", stdout);
        printf(", byte %zu, token %llu of %llu\n", common, (unsigned long long)second.shared, (unsigned long long)second.input);
        if (second.cause) {
            printf("%s: %llu tokens behind it are in both and cannot be read from the cache\n%s\n", tkc_audit_cause_name(second.cause),
                   (unsigned long long)second.lost, tkc_audit_cause_fix(second.cause));
            cli_audit_put_also(stdout, &u->audit.cause[second.cause].example, "");
        } else {
            puts("what comes behind it is new: nothing is lost");
        }
        if (u->a->show_text) {
            for (int c = 1; c < TKC_N_CAUSE; c++)
                if (u->audit.cause[c].requests && u->audit.cause[c].example.is[0]) {
                    fputs("was ", stdout);
                    cli_put_quoted(stdout, (tkc_str){u->audit.cause[c].example.was, strlen(u->audit.cause[c].example.was)});
                    fputs("\nis  ", stdout);
                    cli_put_quoted(stdout, (tkc_str){u->audit.cause[c].example.is, strlen(u->audit.cause[c].example.is)});
                    putchar('\n');
                    break;
                }
        }
    }
    /* what was lost between the two is a finding */
    if (second.cause && second.lost) status = EXIT_FINDINGS;
out:
    tkc_audit_record_release(&a);
    tkc_audit_record_release(&b);
    tkc_buf_release(&text);
    return status;
}

static void put_rule_line(const tkc_audit_record *r)
{
    const tkc_cache_rule *rule = r->rule;
    if (!rule) {
        puts("no cache rule is known for this model; give -m MODEL, or --rules FILE");
        return;
    }
    printf("%.*s %.*s: ", (int)r->provider_len, r->bytes.ptr + r->provider, (int)r->model_len, r->bytes.ptr + r->model);
    if (rule->min_tokens.lo == TKC_CACHE_UNKNOWN)
        puts("the least length is not known");
    else if (rule->min_tokens.lo == rule->min_tokens.hi)
        printf("caches from %u tokens\n", rule->min_tokens.lo);
    else
        printf("caches from %u to %u tokens (sources differ)\n", rule->min_tokens.lo, rule->min_tokens.hi);
}

int cli_audit_static(cli_audit *u, const char *path)
{
    tkc_audit_record r;
    tkc_buf text;
    uint64_t total = 0, steady = 0, at = 0;
    size_t n = 0, stop_seg = SIZE_MAX;
    bool marked = false;
    int status = EXIT_FINE;
    tkc_audit_record_init(&r, NULL);
    tkc_buf_init(&text, cli_input_limit(), NULL);
    if (!read_request(u, path, &text, &r)) {
        tkc_audit_record_release(&r);
        tkc_buf_release(&text);
        return EXIT_ERROR;
    }
    if (u->a->json) fputs("{\"schema\":\"tokcount/audit-static/1\",\"values\":[", stdout);
    for (size_t i = 0; i < r.n_seg; i++) {
        const tkc_audit_segment *s = &r.seg[i];
        tkc_volatile_scan scan;
        tkc_volatile v;
        marked = marked || s->mark || r.is_auto;
        total += s->tokens;
        /* what a user says in the last turn changes anyway */
        const bool is_static = s->zone != TKC_ZONE_MESSAGES && !s->is_setting;
        if (is_static) tkc_volatile_begin(&scan, tkc_audit_text(&r, s->text, s->text_len));
        while (is_static && tkc_volatile_next(&scan, &v)) {
            tkc_class cls;
            tkc_error err = {0};
            size_t before = 0;
            tkc_encoder *e = cli_encoder_of(&u->encoders, tkc_audit_text(&r, r.provider, r.provider_len),
                                            tkc_audit_text(&r, r.model, r.model_len), &cls, &err);
            if (!e || tkc_count(e, (tkc_str){r.bytes.ptr + s->text, v.begin}, 0, &before, &err)) {
                cli_message("%s", err.message);
                status = EXIT_ERROR;
                break;
            }
            if (stop_seg == SIZE_MAX) {
                stop_seg = i;
                steady = at + before;
            }
            if (u->a->json) {
                printf("%s{\"kind\":\"%s\",\"part\":", n ? "," : "", tkc_volatile_name(v.kind));
                cli_put_json(stdout, tkc_audit_text(&r, s->path, s->path_len));
                printf(",\"byte\":%zu,\"end\":%zu,\"token\":%llu,\"placeholder\":%s}", v.begin, v.end, (unsigned long long)(at + before),
                       v.is_placeholder ? "true" : "false");
            } else {
                printf("%s in ", tkc_volatile_name(v.kind));
                put_part(&r, s);
                printf(" at byte %zu, token %llu", v.begin, (unsigned long long)(at + before));
                if (u->a->show_text) {
                    fputs(": ", stdout);
                    cli_put_quoted(stdout, (tkc_str){r.bytes.ptr + s->text + v.begin, v.end - v.begin});
                }
                putchar('\n');
            }
            n++;
        }
        at += s->tokens;
    }
    if (stop_seg == SIZE_MAX)
        for (size_t i = 0; i < r.n_seg && r.seg[i].zone != TKC_ZONE_MESSAGES; i++) steady += r.seg[i].tokens;
    if (u->a->json) {
        printf("],\"tokens\":%llu,\"cacheable_tokens\":%llu,\"cacheable_rate\":%.6f,\"minimum\":", (unsigned long long)total,
               (unsigned long long)steady, total ? (double)steady / (double)total : 0);
        if (r.rule && r.rule->min_tokens.lo != TKC_CACHE_UNKNOWN)
            printf("[%u,%u]", r.rule->min_tokens.lo, r.rule->min_tokens.hi);
        else
            fputs("null", stdout);
        printf(",\"has_breakpoint\":%s,\"class\":\"%s\"}\n", marked ? "true" : "false", tkc_class_name(r.cls));
    } else {
        printf("the beginning that stays the same: %llu of %llu tokens (%.3f)\n", (unsigned long long)steady, (unsigned long long)total,
               total ? (double)steady / (double)total : 0);
        put_rule_line(&r);
        if (r.rule && r.rule->min_tokens.lo != TKC_CACHE_UNKNOWN && steady < r.rule->min_tokens.hi)
            printf("%llu tokens short of that: nothing of it is cached\n", (unsigned long long)(r.rule->min_tokens.hi - steady));
        if (r.rule && r.rule->how == TKC_CACHE_MARKS && !marked) puts("no breakpoint is set: nothing is cached without one");
        if (!u->a->quiet)
            cli_message("the tokens are of each part by itself (%s); 'tokcount --as request' counts the whole as it is sent",
                        tkc_class_name(r.cls));
    }
    if (status == EXIT_FINE && n) status = EXIT_FINDINGS;
    tkc_audit_record_release(&r);
    tkc_buf_release(&text);
    return status;
}
