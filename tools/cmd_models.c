/*
 * cmd_models.c - tokcount models: the registry's model rows, and how a name is matched.
 */
#include "tools/cli/output.h"
#include "tools/cli/vocab.h"

#include <string.h>

static const char *class_of(const tkc_model_row *m)
{
    const tkc_encoding *e = tkc_encoding_find(m->encoding);
    return e ? tkc_class_name(e->cls) : "unknown";
}

static void put_member(const char *key, const char *value)
{
    printf(",\"%s\":", key);
    cli_put_json_z(stdout, value);
}

static void put_row_json(const tkc_model_row *m)
{
    fputs("{\"name\":", stdout);
    cli_put_json_z(stdout, m->name);
    put_member("provider", m->provider);
    put_member("encoding", m->encoding);
    put_member("class", class_of(m));
    put_member("source", m->source);
    put_member("checked", m->checked);
    if (m->has_message_frame)
        printf(",\"message_frame\":%lu}", (unsigned long)m->message_frame);
    else
        fputs(",\"message_frame\":null}", stdout);
}

static int widest(int width, const char *s)
{
    int n = (int)strlen(s);
    return n > width ? n : width;
}

static int list(const cli_args *a)
{
    const tkc_model_row *m;
    int name = 5, provider = 8, encoding = 8;
    if (a->json) fputs("{\"schema\":\"tokcount/models/1\",\"models\":[", stdout);
    for (size_t i = 0; (m = tkc_model_at(i)) != NULL; i++) {
        if (a->json) {
            if (i) putchar(',');
            put_row_json(m);
        }
        name = widest(name, m->name);
        provider = widest(provider, m->provider);
        encoding = widest(encoding, m->encoding);
    }
    if (a->json) {
        fputs("]}\n", stdout);
        return EXIT_FINE;
    }
    printf("%-*s  %-*s  %-*s  CLASS\n", name, "MODEL", provider, "PROVIDER", encoding, "ENCODING");
    for (size_t i = 0; (m = tkc_model_at(i)) != NULL; i++)
        printf("%-*s  %-*s  %-*s  %s\n", name, m->name, provider, m->provider, encoding,
               m->encoding, class_of(m));
    return EXIT_FINE;
}

static int show(const cli_args *a, const char *name)
{
    tkc_model_rule rule;
    const tkc_model_row *m = tkc_model_find(name, &rule);
    const tkc_encoding *e;
    if (!m) {
        cli_unknown_model(name);
        return EXIT_ERROR;
    }
    e = tkc_encoding_find(m->encoding);
    if (a->json) {
        fputs("{\"schema\":\"tokcount/model/1\",\"model\":", stdout);
        cli_put_json_z(stdout, name);
        put_member("rule", tkc_model_rule_name(rule));
        fputs(",\"row\":", stdout);
        put_row_json(m);
        fputs("}\n", stdout);
        return EXIT_FINE;
    }
    printf("model          ");
    cli_put_name(stdout, name);
    printf("\nmatched        %s (%s)\n", m->name, tkc_model_rule_name(rule));
    printf("provider       %s\nencoding       %s\nclass          %s\n", m->provider, m->encoding,
           class_of(m));
    if (m->has_message_frame)
        printf("message frame  %lu tokens\n", (unsigned long)m->message_frame);
    else
        printf("message frame  not known\n");
    printf("source         %s, checked %s\n", m->source, m->checked);
    if (e) printf("vocabulary     %s (%s)\n", e->source, e->licence);
    return EXIT_FINE;
}

int cmd_models(const cli_args *a)
{
    if (a->n_operand == 0 || (a->n_operand == 1 && strcmp(a->operand[0], "list") == 0))
        return list(a);
    if (strcmp(a->operand[0], "show") == 0 && a->n_operand == 2) return show(a, a->operand[1]);
    cli_message("models: give 'list' or 'show NAME'");
    return EXIT_ERROR;
}

int cmd___names(const cli_args *a)
{
    const tkc_model_row *m;
    const tkc_encoding *e;
    bool models = a->n_operand == 1 && strcmp(a->operand[0], "models") == 0;
    for (size_t i = 0; models && (m = tkc_model_at(i)) != NULL; i++)
        if (!strchr(m->name, '*')) puts(m->name);
    for (size_t i = 0; !models && (e = tkc_encoding_at(i)) != NULL; i++) puts(e->name);
    return EXIT_FINE;
}
