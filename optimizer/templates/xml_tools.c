/*
 * xml_tools.c - the models that write calls as <function=name><parameter=key>: Qwen 3.5,
 * Qwen3-Coder and Nemotron 3. The last two also lay out the tool definitions as XML.
 */
#include "optimizer/templates/writer.h"

/* Qwen 3.5 and Nemotron 3. */
static const char functions_help[] =
    "\n\nIf you choose to call a function ONLY reply in the following format with NO suffix:\n\n"
    "<tool_call>\n<function=example_function_name>\n<parameter=example_parameter_1>\nvalue_1\n"
    "</parameter>\n<parameter=example_parameter_2>\nThis is the value for the second parameter\n"
    "that can span\nmultiple lines\n</parameter>\n</function>\n</tool_call>\n\n<IMPORTANT>\n"
    "Reminder:\n- Function calls MUST follow the specified format: an inner "
    "<function=...></function> block must be nested within <tool_call></tool_call> XML tags\n- "
    "Required parameters MUST be specified\n- You may provide optional reasoning for your "
    "function call in natural language BEFORE the function call, but NOT after\n- If there is no "
    "function call available, answer the question like normal with your current knowledge and do "
    "not tell the user about function calls\n</IMPORTANT>";

static const char coder_help[] =
    "\n\nIf you choose to call a tool ONLY reply in the following format with NO suffix:\n\n"
    "<tool_call>\n<function=example_function_name>\n<parameter=example_parameter_1>\nvalue_1\n"
    "</parameter>\n<parameter=example_parameter_2>\nvalue_2\n</parameter>\n</function>\n"
    "</tool_call>\n\n<IMPORTANT>\nReminder:\n- Function calls MUST follow the specified format: "
    "the tool calling block MUST begin with an opening <tool_call> tag and end with a closing "
    "</tool_call> tag.\n- Required parameters MUST be specified\n- You may provide optional "
    "reasoning for your function call in natural language BEFORE the function call, but NOT after"
    "\n- If there is no function call available, answer the question like normal with your "
    "current knowledge and do not tell the user about function calls\n</IMPORTANT>";

/* --- parts -------------------------------------------------------------------------------- */

/* <parameter=key>\nvalue\n</parameter>\n for each argument. */
static void parameters(tkc_writer *w, size_t i, const tkc_chat_call *c)
{
    const tkc_value args = tkc_call_args(w, c);
    tkc_members m;
    if (!tkc_w_members(w, args, TKC_MEMBERS_AS_IS, &m)) {
        tkc_w_refuse(w, i, "the arguments of a call are no JSON object");
        return;
    }
    for (size_t k = 0; k < m.n; k++) {
        LIT(w, "<parameter=");
        tkc_w_pystr(w, (tkc_value){args.doc, m.at[k].key});
        LIT(w, ">\n");
        tkc_w_plain_or_json(w, (tkc_value){args.doc, m.at[k].value});
        LIT(w, "\n</parameter>\n");
    }
    tkc_members_release(&m);
}

static bool listed(tkc_value key, const char *const *list)
{
    for (; *list; list++)
        if (tkc_json_is(key.doc, key.i, *list)) return true;
    return false;
}

static void tag(tkc_writer *w, const char *open, tkc_value key, bool named)
{
    lit(w, open);
    if (named) tkc_w_pystr(w, key);
    LIT(w, ">");
}

/* The members that have no line of their own. */
static void extra_keys(tkc_writer *w, tkc_value object, const char *const *handled)
{
    tkc_members m;
    if (!tkc_w_members(w, object, TKC_MEMBERS_AS_IS, &m)) return;
    for (size_t k = 0; k < m.n; k++) {
        const tkc_value key = {object.doc, m.at[k].key};
        if (listed(key, handled)) continue;
        tag(w, "\n<", key, true);
        tkc_w_plain_or_json(w, (tkc_value){object.doc, m.at[k].value});
        tag(w, "</", key, true);
    }
    tkc_members_release(&m);
}

static void described(tkc_writer *w, tkc_value v)
{
    const tkc_value d = tkc_get(v, "description");
    if (!tkc_defined(d)) return;
    LIT(w, "\n<description>");
    if (tkc_is(d, TKC_JSON_STRING))
        txt(w, trim(tkc_text_of(w, d)));
    else
        tkc_w_pystr(w, d);
    LIT(w, "</description>");
}

static void one_parameter(tkc_writer *w, tkc_value key, tkc_value v, bool nemotron)
{
    static const char *const coder[] = {"name", "type", "description", NULL};
    static const char *const nano[] = {"name", "type", "description", "enum", NULL};
    LIT(w, "\n<parameter>\n<name>");
    tkc_w_pystr(w, key);
    LIT(w, "</name>");
    if (tkc_defined(tkc_get(v, "type"))) {
        LIT(w, "\n<type>");
        tkc_w_pystr(w, tkc_get(v, "type"));
        LIT(w, "</type>");
    }
    described(w, v);
    if (nemotron && tkc_defined(tkc_get(v, "enum"))) {
        LIT(w, "\n<enum>");
        tkc_w_json(w, tkc_get(v, "enum"), NULL);
        LIT(w, "</enum>");
    }
    extra_keys(w, v, nemotron ? nano : coder);
    LIT(w, "\n</parameter>");
}

static void xml_tool(tkc_writer *w, tkc_value tool, bool nemotron)
{
    static const char *const of_schema[] = {"type", "properties", NULL};
    static const char *const of_schema_nano[] = {"type", "properties", "required", NULL};
    static const char *const of_tool[] = {"type", "name", "description", "parameters", NULL};
    const tkc_value schema = tkc_get(tool, "parameters");
    const tkc_value properties = tkc_get(schema, "properties");
    tkc_members m;
    LIT(w, "\n<function>\n<name>");
    tkc_w_pystr(w, tkc_get(tool, "name"));
    LIT(w, "</name>");
    described(w, tool);
    LIT(w, "\n<parameters>");
    if (tkc_w_members(w, properties, TKC_MEMBERS_AS_IS, &m)) {
        for (size_t k = 0; k < m.n; k++)
            one_parameter(w, (tkc_value){schema.doc, m.at[k].key},
                          (tkc_value){schema.doc, m.at[k].value}, nemotron);
        tkc_members_release(&m);
    }
    extra_keys(w, schema, nemotron ? of_schema_nano : of_schema);
    if (nemotron && tkc_defined(tkc_get(schema, "required"))) {
        LIT(w, "\n<required>");
        tkc_w_json(w, tkc_get(schema, "required"), NULL);
        LIT(w, "</required>");
    }
    LIT(w, "\n</parameters>");
    extra_keys(w, tool, of_tool);
    LIT(w, "\n</function>");
}

/* <|im_start|>user once for neighbouring results; the first message of all gets none. */
static void tool_turn(tkc_writer *w, size_t i, size_t first, tkc_str content, bool coder)
{
    const tkc_chat *c = w->chat;
    if (i > first && c->message[i - 1].role != TKC_CHAT_TOOL) {
        LIT(w, "<|im_start|>user");
        if (coder) LIT(w, "\n");
    }
    if (!coder) LIT(w, "\n");
    LIT(w, "<tool_response>\n");
    txt(w, content);
    LIT(w, "\n</tool_response>");
    if (coder) LIT(w, "\n");
    if (i + 1 == c->n_message || c->message[i + 1].role != TKC_CHAT_TOOL) LIT(w, "<|im_end|>\n");
}

static void turn(tkc_writer *w, const tkc_chat_message *m, tkc_str content)
{
    LIT(w, "<|im_start|>");
    tkc_w_role(w, m->role);
    LIT(w, "\n");
    txt(w, content);
    LIT(w, "<|im_end|>\n");
}

/* --- Qwen3-Coder -------------------------------------------------------------------------- */

void tkc_template_qwen3_coder(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    const size_t first = given ? 1 : 0;
    if (given) {
        w->origin = 0;
        LIT(w, "<|im_start|>system\n");
        txt(w, c->message[0].content);
    } else if (c->n_tool) {
        LIT(w, "<|im_start|>system\nYou are Qwen, a helpful AI assistant that can interact with a "
               "computer to solve tasks.");
    }
    if (c->n_tool) {
        w->origin = TKC_ORIGIN_TOOLS;
        LIT(w, "\n\n# Tools\n\nYou have access to the following tools:\n\n<tools>");
        for (size_t i = 0; i < c->n_tool; i++) xml_tool(w, tkc_tool_function(w, i), false);
        LIT(w, "\n</tools>");
        lit(w, coder_help);
    }
    if (given || c->n_tool) LIT(w, "<|im_end|>\n");
    for (size_t i = first; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->n_call) {
            LIT(w, "<|im_start|>assistant");
            if (trim(m->content).len) {
                LIT(w, "\n");
                txt(w, trim(m->content));
                LIT(w, "\n");
            }
            for (size_t k = 0; k < m->n_call; k++) {
                LIT(w, "\n<tool_call>\n<function=");
                txt(w, m->call[k].name);
                LIT(w, ">\n");
                parameters(w, i, &m->call[k]);
                LIT(w, "</function>\n</tool_call>");
            }
            LIT(w, "<|im_end|>\n");
        } else if (m->role == TKC_CHAT_TOOL) {
            tool_turn(w, i, first, m->content, true);
        } else {
            turn(w, m, m->content);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|im_start|>assistant\n");
}

/* --- Qwen 3.5 ----------------------------------------------------------------------------- */

static size_t last_query(const tkc_chat *c)
{
    for (size_t i = c->n_message; i-- > 0;) {
        const tkc_str s = trim(c->message[i].content);
        if (c->message[i].role == TKC_CHAT_USER &&
            !(tkc_starts(s, "<tool_response>") && tkc_ends(s, "</tool_response>")))
            return i;
    }
    return SIZE_MAX;
}

static void system_3_5(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    const tkc_str own = given ? trim(c->message[0].content) : (tkc_str){NULL, 0};
    if (!c->n_tool && !given) return;
    LIT(w, "<|im_start|>system\n");
    if (c->n_tool) {
        w->origin = TKC_ORIGIN_TOOLS;
        LIT(w, "# Tools\n\nYou have access to the following functions:\n\n<tools>");
        for (size_t i = 0; i < c->n_tool; i++) {
            LIT(w, "\n");
            tkc_w_json(w, tkc_tool(w, i), NULL);
        }
        LIT(w, "\n</tools>");
        lit(w, functions_help);
        if (own.len) LIT(w, "\n\n");
    }
    w->origin = 0;
    txt(w, own);
    LIT(w, "<|im_end|>\n");
}

static void assistant_3_5(tkc_writer *w, size_t i, bool reasoning_kept)
{
    const tkc_chat_message *m = &w->chat->message[i];
    tkc_chat_message trimmed = *m;
    tkc_str thinking, content;
    trimmed.content = trim(m->content);
    tkc_split_thinking(&trimmed, &thinking, &content);
    LIT(w, "<|im_start|>assistant\n");
    if (reasoning_kept) {
        LIT(w, "<think>\n");
        txt(w, trim(thinking));
        LIT(w, "\n</think>\n\n");
    }
    txt(w, content);
    for (size_t k = 0; k < m->n_call; k++) {
        if (k) LIT(w, "\n");
        if (k == 0 && trim(content).len) LIT(w, "\n\n");
        LIT(w, "<tool_call>\n<function=");
        txt(w, m->call[k].name);
        LIT(w, ">\n");
        parameters(w, i, &m->call[k]);
        LIT(w, "</function>\n</tool_call>");
    }
    LIT(w, "<|im_end|>\n");
}

void tkc_template_qwen3_5(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const size_t query = last_query(c);
    if (query == SIZE_MAX) {
        tkc_w_refuse(w, 0, "no user query among the messages");
        return;
    }
    system_3_5(w);
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_DEVELOPER || (m->role == TKC_CHAT_SYSTEM && i)) {
            tkc_w_refuse(w, i, "a system message stands first or not at all");
            return;
        }
        if (m->role == TKC_CHAT_USER)
            turn(w, m, trim(m->content));
        else if (m->role == TKC_CHAT_ASSISTANT)
            assistant_3_5(w, i, i > query);
        else if (m->role == TKC_CHAT_TOOL)
            tool_turn(w, i, 0, trim(m->content), false);
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (!w->opt->add_generation_prompt) return;
    LIT(w, "<|im_start|>assistant\n<think>\n");
    if (w->opt->thinking == TKC_THINKING_OFF) LIT(w, "\n</think>\n\n");
}

/* --- Nemotron 3 --------------------------------------------------------------------------- */

/* Nemotron 3 has its own names for the first places of tekken's vocabulary. Which is which is in
 * no package. */
static const tkc_marker nemotron_names[] = {{"<|im_start|>", "<pad>"},
                                            {"<|im_end|>", "[PREFIX]"},
                                            {"<think>", "[MIDDLE]"},
                                            {"</think>", "[SUFFIX]"},
                                            {"<tool_call>", "<SPECIAL_14>"},
                                            {"</tool_call>", "<SPECIAL_15>"},
                                            {"<tool_response>", "<SPECIAL_16>"},
                                            {"</tool_response>", "<SPECIAL_17>"},
                                            {NULL, NULL}};

/* The owner's template glues reasoning and content into one text, trims it and, before the last
 * user message, cuts the reasoning out again; a message always shows a <think> pair. */
static void thought_and_text(tkc_writer *w, const tkc_chat_message *m, bool cut)
{
    const tkc_str s = m->content, end = tkc_py_strip(s, TKC_STRIP_RIGHT);
    const bool reasons = m->has_thinking && trim(m->thinking).len;
    const bool open = tkc_has(s, "<think>"), close = tkc_has(s, "</think>");
    if (!cut && reasons) {
        LIT(w, "<think>\n");
        txt(w, m->thinking);
        LIT(w, "\n</think>");
        if (end.len) LIT(w, "\n");
        txt(w, end);
    } else if (!reasons && !open && !close) {
        LIT(w, "<think></think>");
        txt(w, cut && m->n_call ? trim(s) : end);
    } else if (!cut) {
        txt(w, trim(s));
    } else if (m->n_call) {
        LIT(w, "<think></think>");
        txt(w, trim(reasons || close ? tkc_after_last(s, "</think>") : tkc_before(s, "<think>")));
    } else if (close && (reasons || open)) {
        LIT(w, "<think></think>");
        txt(w, tkc_py_strip(tkc_after_last(s, "</think>"), TKC_STRIP_RIGHT));
    } else if (reasons) {
        LIT(w, "<think></think>");
        if (end.len) LIT(w, "\n");
        txt(w, end);
    } else {
        txt(w, trim(s));
    }
}

void tkc_template_nemotron3(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    const size_t first = given ? 1 : 0;
    size_t last_user = 0;
    w->markers = nemotron_names;
    for (size_t i = first; i < c->n_message; i++)
        if (c->message[i].role == TKC_CHAT_USER) last_user = i;
    w->origin = given ? 0 : TKC_ORIGIN_FRAME;
    LIT(w, "<|im_start|>system\n");
    if (given) txt(w, c->message[0].content);
    if (c->n_tool) {
        w->origin = TKC_ORIGIN_TOOLS;
        if (given && c->message[0].content.len) LIT(w, "\n\n");
        LIT(w, "# Tools\n\nYou have access to the following functions:\n\n<tools>");
        for (size_t i = 0; i < c->n_tool; i++) xml_tool(w, tkc_tool_function(w, i), true);
        LIT(w, "\n</tools>");
        lit(w, functions_help);
    }
    LIT(w, "<|im_end|>\n");
    for (size_t i = first; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_TOOL) {
            tool_turn(w, i, first, m->content, true);
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            LIT(w, "<|im_start|>assistant\n");
            thought_and_text(w, m, i < last_user);
            if (m->n_call) LIT(w, "\n");
            for (size_t k = 0; k < m->n_call; k++) {
                LIT(w, "<tool_call>\n<function=");
                txt(w, m->call[k].name);
                LIT(w, ">\n");
                parameters(w, i, &m->call[k]);
                LIT(w, "</function>\n</tool_call>\n");
            }
            LIT(w, "<|im_end|>\n");
        } else {
            turn(w, m, m->content);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (!w->opt->add_generation_prompt) return;
    LIT(w, "<|im_start|>assistant\n<think>");
    lit(w, w->opt->thinking == TKC_THINKING_OFF ? "</think>" : "\n");
}
