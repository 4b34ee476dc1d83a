/*
 * yaml.h - a small YAML file as a flat tree whose values know their lines: configuration.
 *
 * Strict, because the file comes with a repository: no anchors, aliases, tags, merge keys or
 * second document, keys are texts and stand once, every scalar is its text ("off" is no
 * boolean). At most 256 KB, 8 levels, 20,000 values and 1,000 members a mapping, which bounds
 * what a hostile file costs.
 */
#ifndef TOOLS_PROJECT_YAML_H
#define TOOLS_PROJECT_YAML_H

#include "vocab/base/buf.h"

#define CLI_YAML_NONE UINT32_MAX

typedef enum cli_yaml_kind { CLI_YAML_TEXT = 0, CLI_YAML_LIST, CLI_YAML_MAP } cli_yaml_kind;

typedef struct cli_yaml_node {
    cli_yaml_kind kind;
    uint32_t line, column; /* from 1; a column is a character */
    uint32_t first, next;  /* CLI_YAML_NONE: no child, no sibling; in a map: key, value, key ... */
    size_t text, len;      /* in cli_yaml.text, with a NUL behind */
} cli_yaml_node;

typedef struct cli_yaml {
    cli_yaml_node *node; /* node 0 is the whole; n_node 0: an empty file */
    size_t n_node, cap_node;
    tkc_buf text;
    const tkc_allocator *alloc;
} cli_yaml;

void cli_yaml_init(cli_yaml *y, const tkc_allocator *alloc);
void cli_yaml_release(cli_yaml *y);
/* On failure y has no nodes. TKC_E_FORMAT, TKC_E_LIMIT: "line N: ...", the offset is the byte
 * as far as libyaml says it. TKC_E_NOMEM. */
TKC_MUST_USE tkc_status cli_yaml_parse(cli_yaml *y, tkc_str source, tkc_error *err);
/* The text of a scalar, with a NUL behind; "" for others. No NUL is inside. */
const char *cli_yaml_text(const cli_yaml *y, uint32_t i);
/* "a text", "a list", "a mapping"; static. */
const char *cli_yaml_kind_name(cli_yaml_kind k);

#endif
