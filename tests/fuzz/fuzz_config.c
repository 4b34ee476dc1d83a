/*
 * fuzz_config.c - any bytes as .tokcount.yaml or as tokcount.lock.json. First byte: which.
 *
 * A refusal has a code and a message. What a configuration says can be asked; a record that was
 * read is written, read again and written as the same bytes.
 */
#include "tests/fuzz/fuzz_support.h"

#include "tools/project/config.h"
#include "tools/project/lock.h"

static void config(tkc_str text)
{
    static const char *const path[] = {"AGENTS.md", "prompts/a.md", "a/b/c/d.prompty", "\xff/x"};
    cli_config c = {.path = NULL};
    tkc_error err = {0};
    const tkc_status st = cli_config_parse(&c, text, NULL, NULL, &err);
    if (st) {
        NEED(err.code == st && err.message[0]);
    } else {
        for (size_t i = 0; i < sizeof path / sizeof *path; i++) {
            (void)cli_config_wants(&c, path[i]);
            for (size_t k = 0; k < c.n_budget; k++) (void)cli_globs_match(&c.budget[k].files, path[i]);
            for (size_t k = 0; k < c.n_per_file; k++) (void)cli_globs_match(&c.per_file[k].files, path[i]);
        }
        for (size_t k = 0; k < c.n_budget; k++)
            NEED(c.budget[k].files.patterns && (c.budget[k].max != SIZE_MAX || c.budget[k].total != SIZE_MAX));
        for (size_t k = 0; k < c.n_level; k++) NEED(c.level[k].severity != CLI_SEVERITY_UNSET && *c.level[k].rule);
        for (size_t k = 0; k < c.models.n; k++) NEED(*c.models.name[k]);
    }
    cli_config_release(&c);
}

static void lock(tkc_str text)
{
    cli_lock a = {NULL, 0, 0}, b = {NULL, 0, 0};
    tkc_buf one, two;
    tkc_error err = {0};
    const tkc_status st = cli_lock_parse(&a, text, &err);
    tkc_buf_init(&one, (size_t)1 << 30, NULL);
    tkc_buf_init(&two, (size_t)1 << 30, NULL);
    if (st) {
        NEED(err.code == st && err.message[0] && err.offset <= text.len);
    } else {
        NEED(cli_lock_write(&a, &one, &err) == TKC_OK);
        NEED(cli_lock_parse(&b, tkc_buf_str(&one), &err) == TKC_OK && a.n == b.n);
        NEED(cli_lock_write(&b, &two, &err) == TKC_OK);
        NEED(one.len == two.len && memcmp(one.ptr, two.ptr, one.len) == 0);
    }
    tkc_buf_release(&one);
    tkc_buf_release(&two);
    cli_lock_release(&a);
    cli_lock_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    if (data[0] & 1)
        lock((tkc_str){(const char *)data + 1, size - 1});
    else
        config((tkc_str){(const char *)data + 1, size - 1});
    return 0;
}
