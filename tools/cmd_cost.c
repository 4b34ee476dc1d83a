/* cmd_cost.c - tokcount cost: logs of usage records priced and grouped, or one request. */
#include "tools/cost/cost.h"

#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

static bool read_by(cost_run *r)
{
    char *s;
    if (!r->a->by) return true;
    r->by_text = strdup(r->a->by);
    if (!r->by_text) {
        cli_message("out of memory");
        return false;
    }
    for (s = r->by_text; s;) {
        char *comma = strchr(s, ',');
        if (comma) *comma = '\0';
        if (!*s || r->n_by == COST_MAX_BY) {
            cli_message("--by: give 1 to %d field names with commas between them, such as model,metadata.team",
                        COST_MAX_BY);
            return false;
        }
        r->by[r->n_by++] = s;
        s = comma ? comma + 1 : NULL;
    }
    return true;
}

static tkc_str slice(const char *s)
{
    return (tkc_str){s ? s : "", s ? strlen(s) : 0};
}

int cmd_cost(const cli_args *a)
{
    cost_run *r = calloc(1, sizeof *r);
    tkc_error err = {0};
    int status = EXIT_ERROR;
    if (!r) {
        cli_message("out of memory");
        return EXIT_ERROR;
    }
    r->a = a;
    r->opt = (tkc_cost_options){.struct_size = sizeof r->opt,
                                .now = cli_prices_now(),
                                .model = slice(a->n_pick ? a->pick[a->n_pick - 1].name : NULL),
                                .provider = slice(a->provider)};
    tkc_json_init(&r->doc, NULL);
    tkc_buf_init(&r->line, cli_input_limit(), NULL);
    tkc_buf_init(&r->value, 1 << 20, NULL);
    tkc_buf_init(&r->scratch, 1 << 20, NULL);
    if (a->json && a->jsonl) {
        cli_message("cost: --json and --jsonl are two answers; give one");
    } else if (!cli_prices_asof(a, &r->opt.asof) || !read_by(r) || !cli_prices_open(&r->prices, a)) {
        status = EXIT_ERROR;
    } else if (tkc_usage_reader_new(&r->reader, NULL, &err)) {
        cli_message("%s", err.message);
    } else if (a->out != UINT64_MAX || a->input != UINT64_MAX) {
        status = cost_price_request(r);
    } else if (a->cached != UINT64_MAX) {
        cli_message("cost: --cached is for one request: give --out N or --input N with it");
    } else if (a->n_operand || !cli_stdin_is_terminal(a)) {
        status = cost_price_log(r);
    }
    for (size_t i = 0; i < r->n_group; i++) free(r->group[i].value);
    tkc_free(&tkc_malloc_allocator, r->group, r->cap_group, sizeof *r->group);
    free(r->slot);
    free(r->by_text);
    tkc_buf_release(&r->line);
    tkc_buf_release(&r->value);
    tkc_buf_release(&r->scratch);
    tkc_json_release(&r->doc);
    tkc_usage_reader_free(r->reader);
    tkc_prices_free(r->prices);
    free(r);
    return status;
}
