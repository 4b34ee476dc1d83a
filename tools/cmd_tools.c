/*
 * cmd_tools.c - tokcount tools: what each tool definition of a file costs, per field.
 *
 * A file is a list of tools, a request with "tools", or what an MCP server's tools/list
 * answered; the definitions may be in any provider's form.
 */
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/request.h"
#include "vocab/base/ascii.h"

#include <stdlib.h>

static uint32_t member(const tkc_json *d, uint32_t o, const char *key)
{
    return o == TKC_JSON_NONE ? o : tkc_json_get(d, o, key, NULL);
}

static bool is_array(const tkc_json *d, uint32_t node)
{
    return node != TKC_JSON_NONE && tkc_json_kind_of(d, node) == TKC_JSON_ARRAY;
}

/* What may stand around a list of tools. */
static const char *const wrapper[] = {"result", "body", "params", "request", "toolConfig"};

/* The model that a request names, in name; empty: none. */
static void find_model(const tkc_json *d, char *name, size_t cap)
{
    uint32_t m = member(d, 0, "model");
    if (m == TKC_JSON_NONE) m = member(d, 0, "modelId"); /* Bedrock's */
    for (size_t w = 0; m == TKC_JSON_NONE && w < sizeof wrapper / sizeof *wrapper; w++) m = member(d, member(d, 0, wrapper[w]), "model");
    *name = 0;
    if (m != TKC_JSON_NONE && tkc_json_kind_of(d, m) == TKC_JSON_STRING) {
        const tkc_str s = tkc_json_source(d, m); /* a name that needs escapes is no model's */
        if (s.len - 2 < cap) tkc_copy_name(name, cap, tkc_str_part(s, 1, s.len - 2));
    }
}

/* The list of tools in a file; TKC_JSON_NONE: there is none. */
static uint32_t find_tools(const tkc_json *d)
{
    static const char *const key[] = {"tools", "functions", "functionDeclarations"};
    if (is_array(d, 0)) return 0;
    for (size_t k = 0; k < sizeof key / sizeof *key; k++) {
        uint32_t t = member(d, 0, key[k]);
        if (is_array(d, t)) return t;
        for (size_t w = 0; w < sizeof wrapper / sizeof *wrapper; w++) {
            t = member(d, member(d, 0, wrapper[w]), key[k]);
            if (is_array(d, t)) return t;
        }
    }
    return TKC_JSON_NONE;
}

typedef struct sums {
    uint64_t tokens, low, high, name, description, parameters;
    tkc_class cls;
    size_t n;
} sums;

static void put_name(const tkc_json *d, uint32_t tool, bool json)
{
    uint32_t f = member(d, tool, "function"), name;
    tkc_buf b;
    tkc_str s = {"", 0};
    tkc_error err;
    if (f == TKC_JSON_NONE) f = tool;
    name = member(d, f, "name");
    if (name == TKC_JSON_NONE) name = member(d, tool, "type"); /* one of the provider's own */
    tkc_buf_init(&b, 1 << 20, NULL);
    if (name != TKC_JSON_NONE && tkc_json_string(d, name, &b, &s, &err)) s.len = 0;
    if (json)
        cli_put_json(stdout, s);
    else
        for (size_t i = 0; i < s.len; i++) {
            unsigned char c = (unsigned char)s.ptr[i];
            if (c < ' ' || c == 0x7f)
                printf("\\x%02x", c);
            else
                putchar(c);
        }
    tkc_buf_release(&b);
}

static void put_tool(const tkc_json *d, uint32_t tool, const tkc_tool_cost *c, const cli_args *a,
                     bool first)
{
    if (a->json) {
        fputs(first ? "{\"name\":" : ",{\"name\":", stdout);
        put_name(d, tool, true);
        printf(",\"tokens\":%llu,\"low\":%llu,\"high\":%llu,\"class\":\"%s\",\"fields\":{\"name\":%llu,"
               "\"description\":%llu,\"parameters\":%llu}}",
               (unsigned long long)c->sum.tokens, (unsigned long long)c->sum.low,
               (unsigned long long)c->sum.high, tkc_class_name(c->sum.cls), (unsigned long long)c->name,
               (unsigned long long)c->description, (unsigned long long)c->parameters);
        return;
    }
    printf("%8llu  %8llu  %8llu  %8llu  %-13s  ", (unsigned long long)c->sum.tokens,
           (unsigned long long)c->name, (unsigned long long)c->description,
           (unsigned long long)c->parameters, tkc_class_name(c->sum.cls));
    put_name(d, tool, false);
    putchar('\n');
}

static void add(sums *s, const tkc_tool_cost *c)
{
    s->tokens += c->sum.tokens;
    s->low += c->sum.low;
    s->high += c->sum.high;
    s->name += c->name;
    s->description += c->description;
    s->parameters += c->parameters;
    if (c->sum.cls > s->cls) s->cls = c->sum.cls;
    s->n++;
}

/* The tools of one list; a Gemini tool holds several declarations, Bedrock's list cache points too. */
static tkc_status count_list(const tkc_json *d, uint32_t list, const tkc_count_target *t,
                             const cli_args *a, sums *s, tkc_error *err)
{
    for (uint32_t tool = tkc_json_first(d, list); tool != TKC_JSON_NONE;
         tool = tkc_json_next(d, list, tool)) {
        uint32_t inner = member(d, tool, "functionDeclarations"), i = tool;
        tkc_tool_cost c;
        tkc_status st;
        if (inner == TKC_JSON_NONE) inner = member(d, tool, "function_declarations");
        if (member(d, tool, "toolSpec") != TKC_JSON_NONE) i = member(d, tool, "toolSpec");
        if (member(d, tool, "cachePoint") != TKC_JSON_NONE) continue;
        if (is_array(d, inner)) i = tkc_json_first(d, inner);
        for (; i != TKC_JSON_NONE; i = is_array(d, inner) ? tkc_json_next(d, inner, i) : TKC_JSON_NONE) {
            st = tkc_count_tool(&c, d, i, t, NULL, err);
            if (st) return st;
            put_tool(d, i, &c, a, s->n == 0);
            add(s, &c);
        }
    }
    return TKC_OK;
}

static int count_tools(const cli_args *a, const cli_targets *t, const char *path, const tkc_json *d, uint32_t list)
{
    tkc_encoder *e = NULL;
    tkc_error err = {0};
    sums s = {0};
    tkc_count_target target;
    tkc_token_range once;
    tkc_status st = tkc_encoder_new(&e, t->vocab[t->target[0].vocab], NULL, &err);
    int status = EXIT_ERROR;
    if (st) {
        cli_message("%s", err.message);
        return status;
    }
    target = cli_count_target(t, 0, e);
    once = tkc_count_tools_once(&target);
    if (a->json) {
        fputs("{\"schema\":\"tokcount/tools/1\",\"model\":", stdout);
        cli_put_json_z(stdout, t->target[0].label);
        fputs(",\"tools\":[", stdout);
    } else {
        puts("  TOKENS      NAME  DESCRIPT    SCHEMA  CLASS          TOOL");
    }
    st = count_list(d, list, &target, a, &s, &err);
    if (st) cli_message_at(path, &err);
    if (s.n) {
        s.tokens += once.tokens;
        s.low += once.low;
        s.high += once.high;
        if (once.cls > s.cls) s.cls = once.cls;
    }
    if (a->json) {
        printf("],\"once\":{\"tokens\":%llu,\"low\":%llu,\"high\":%llu,\"class\":\"%s\"},\"tokens\":%llu,"
               "\"low\":%llu,\"high\":%llu,\"class\":\"%s\",\"complete\":%s}\n",
               (unsigned long long)once.tokens, (unsigned long long)once.low,
               (unsigned long long)once.high, tkc_class_name(once.cls),
               (unsigned long long)s.tokens, (unsigned long long)s.low, (unsigned long long)s.high,
               tkc_class_name(s.cls), st ? "false" : "true");
    } else if (s.n) {
        printf("%8llu  %8s  %8s  %8s  %-13s  once, for having tools\n",
               (unsigned long long)once.tokens, "", "", "", tkc_class_name(once.cls));
        printf("%8llu  %8llu  %8llu  %8llu  %-13s  total", (unsigned long long)s.tokens,
               (unsigned long long)s.name, (unsigned long long)s.description,
               (unsigned long long)s.parameters, tkc_class_name(s.cls));
        if (s.low != s.high)
            printf(" (%llu to %llu)", (unsigned long long)s.low, (unsigned long long)s.high);
        putchar('\n');
    }
    if (!st) status = s.tokens > a->limit ? EXIT_FINDINGS : EXIT_FINE;
    if (!st && a->require >= 0 && (int)s.cls > a->require) {
        cli_message("%s: the count is %s, --require asks for %s", path, tkc_class_name(s.cls),
                    tkc_class_name((tkc_class)a->require));
        status = EXIT_ERROR;
    }
    tkc_encoder_free(e);
    return status;
}

int cmd_tools(const cli_args *a)
{
    cli_args own = *a;
    cli_pick pick = {.is_model = true};
    char model[256];
    cli_targets t = {0};
    tkc_json d;
    tkc_buf text;
    tkc_error err = {0};
    uint32_t list;
    int status = EXIT_ERROR;
    const char *path = a->n_operand ? a->operand[0] : "";
    if (a->n_operand != 1) {
        cli_message("tools: give one FILE (- is standard input)");
        return EXIT_ERROR;
    }
    tkc_buf_init(&text, cli_input_limit(), NULL);
    tkc_json_init(&d, NULL);
    if (cli_path_read(path, &text, &err) || tkc_json_parse(&d, tkc_buf_str(&text), NULL, &err)) {
        cli_message_at(path, &err);
    } else if ((list = find_tools(&d)) == TKC_JSON_NONE) {
        cli_message("%s: no tools here; expected a list of them, or an object with \"tools\"", path);
    } else {
        find_model(&d, model, sizeof model);
        if (!a->n_pick && *model) {
            pick.name = model;
            own.pick = &pick;
            own.n_pick = 1;
        }
        if (cli_targets_open(&t, &own)) {
            if (t.n > 1)
                cli_message("tools: give one -m");
            else
                status = count_tools(a, &t, path, &d, list);
        }
        cli_targets_release(&t);
    }
    tkc_json_release(&d);
    tkc_buf_release(&text);
    return status;
}
