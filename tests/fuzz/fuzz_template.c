/*
 * fuzz_template.c - any conversation through any template.
 *
 * First byte: template; second: options. Then fields that end with 0xff: a letter says what the
 * field is (S D U A T: a message of that role; t: reasoning, c: a call's name, a: its arguments,
 * i: an id, n: a name, of the message or call before; j: a tool as JSON). Bytes need not be UTF-8.
 *
 * What is rendered must hold together: spans that are the text, segments that are the spans, no
 * text of the conversation in a trusted span; the same answer twice; a refusal that says why.
 */
#include "tests/fuzz/fuzz_support.h"

#include "optimizer/templates/template.h"

enum { MAX_MESSAGES = 64, MAX_CALLS = 128, MAX_TOOLS = 4 };

typedef struct input {
    tkc_chat_message message[MAX_MESSAGES];
    tkc_chat_call call[MAX_CALLS];
    tkc_chat_tool tool[MAX_TOOLS];
    tkc_json doc[MAX_TOOLS];
    size_t n_message, n_call, n_tool;
} input;

static void take_role(input *in, tkc_chat_role role, tkc_str s)
{
    if (in->n_message == MAX_MESSAGES) return;
    in->message[in->n_message++] =
        (tkc_chat_message){.role = role, .has_content = s.len != 1, .content = s};
}

static void take_call(input *in, tkc_chat_message *m, tkc_str s)
{
    if (in->n_call == MAX_CALLS || m->role != TKC_CHAT_ASSISTANT) return;
    if (!m->n_call) m->call = &in->call[in->n_call];
    in->call[in->n_call++] = (tkc_chat_call){.name = s, .id = s, .arguments = s};
    m->n_call++;
}

static void take_tool(input *in, tkc_str s)
{
    tkc_error err;
    tkc_json *doc = &in->doc[in->n_tool];
    if (in->n_tool == MAX_TOOLS) return;
    tkc_json_init(doc, NULL);
    if (tkc_json_parse(doc, s, NULL, &err) == TKC_OK &&
        tkc_json_kind_of(doc, 0) == TKC_JSON_OBJECT) {
        in->tool[in->n_tool] = (tkc_chat_tool){doc, 0};
        in->n_tool++;
    } else {
        tkc_json_release(doc);
    }
}

static void take(input *in, char what, tkc_str s)
{
    static const char roles[] = "SDUAT";
    const char *role = memchr(roles, what, 5);
    tkc_chat_message *m = in->n_message ? &in->message[in->n_message - 1] : NULL;
    tkc_chat_call *c = m && m->n_call ? &in->call[in->n_call - 1] : NULL;
    if (role) {
        take_role(in, (tkc_chat_role)(role - roles), s);
    } else if (what == 'j') {
        take_tool(in, s);
    } else if (m && what == 't' && m->role == TKC_CHAT_ASSISTANT) {
        m->has_thinking = true;
        m->thinking = s;
    } else if (m && what == 'c') {
        take_call(in, m, s);
    } else if (c && what == 'a') {
        c->arguments = s;
    } else if (c && what == 'i') {
        c->id = s;
    } else if (m && what == 'i') {
        m->call_id = s;
    } else if (m && what == 'n') {
        m->name = s;
    }
}

/* No text of the conversation long enough to be no accident is inside a trusted span. */
static void check_rendered(const tkc_rendered *r, const input *in)
{
    size_t n, at = 0, begin, end, next = 0;
    const ptrdiff_t *origin;
    const tkc_span *s = tkc_rendered_spans(r, &origin, &n);
    const tkc_str text = tkc_rendered_text(r);
    for (size_t i = 0; i < n; i++) {
        NEED(s[i].text.ptr == text.ptr + at && s[i].text.len > 0);
        at += s[i].text.len;
        NEED(origin[i] == TKC_ORIGIN_FRAME || origin[i] == TKC_ORIGIN_TOOLS ||
             (origin[i] >= 0 && (size_t)origin[i] < in->n_message));
        for (size_t k = 0; s[i].trusted && k + 1 < s[i].text.len; k++)
            NEED(memcmp(s[i].text.ptr + k, "\x01\x02", 2) != 0);
    }
    NEED(at == text.len);
    for (size_t i = 0; tkc_rendered_segment(r, i, &begin, &end, NULL); i++) {
        NEED(begin == next && end > begin);
        next = end;
    }
    NEED(next == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static input in;
    tkc_rendered *r = NULL, *again = NULL;
    tkc_error err = {.offset = SIZE_MAX};
    tkc_template_options opt = {.struct_size = sizeof opt, .year = 2026, .month = 11, .day = 3};
    size_t n_template = 0;
    if (size < 2) return 0;
    while (tkc_template_at(n_template)) n_template++;
    const tkc_template *t = tkc_template_at(data[0] % n_template);
    opt.add_generation_prompt = data[1] & 1;
    opt.thinking = (tkc_thinking)(data[1] >> 1 & 3) % 3;
    if (data[1] & 8) opt.reasoning_effort = (tkc_str){"high", 4};
    if (data[1] & 16) opt.year = 0;
    memset(&in, 0, sizeof in);
    for (size_t i = 2; i < size;) {
        const uint8_t *stop = memchr(data + i, 0xff, size - i);
        const size_t len = stop ? (size_t)(stop - data) - i : size - i;
        if (len) take(&in, (char)data[i], (tkc_str){(const char *)data + i + 1, len - 1});
        i += len + 1;
    }
    const tkc_chat chat = {in.message, in.n_message, in.tool, in.n_tool};
    NEED(tkc_rendered_new(&r, NULL, &err) == TKC_OK &&
         tkc_rendered_new(&again, NULL, &err) == TKC_OK);
    tkc_status st = tkc_template_render(t, &chat, &opt, r, &err);
    if (st) {
        need_refusal(st, &err, size);
        NEED(tkc_rendered_text(r).len == 0);
    } else {
        check_rendered(r, &in);
        NEED(tkc_template_render(t, &chat, &opt, again, &err) == TKC_OK);
        const tkc_str a = tkc_rendered_text(r), b = tkc_rendered_text(again);
        NEED(a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0));
    }
    tkc_rendered_free(r);
    tkc_rendered_free(again);
    for (size_t i = 0; i < in.n_tool; i++) tkc_json_release(&in.doc[i]);
    return 0;
}
