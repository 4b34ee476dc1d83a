/*
 * tool_text.h - a tool's definition as JSON text, without what makes no difference to it.
 *
 * Two definitions are the same for a model when they differ in a cache mark only, which it does not
 * read, and mean the same when they differ in the order of what is a set: "required" of a JSON Schema,
 * at any depth. "enum" is no set here: its order can be an order of preference. Below "default",
 * "const", "enum", "example" and "examples" stands data, and nothing is sorted.
 */
#ifndef TKC_OPTIMIZER_REQUEST_TOOL_TEXT_H
#define TKC_OPTIMIZER_REQUEST_TOOL_TEXT_H

#include "vocab/base/json.h"

enum {
    TKC_TOOL_NO_MARK = 1 << 0, /* without the definition's own "cache_control" */
    TKC_TOOL_SORTED = 1 << 1   /* "required" in order of its bytes */
};

/* Appends the source of the value `node` with these changes; all other bytes stay. n log n. */
TKC_MUST_USE tkc_status tkc_tool_text(const tkc_json *doc, uint32_t node, unsigned flags, tkc_buf *out, tkc_error *err);

#endif
