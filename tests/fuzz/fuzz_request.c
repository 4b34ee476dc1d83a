/*
 * fuzz_request.c - any bytes as a request. First byte: which dialect, and small limits.
 *
 * What is read must hold together (spans in the source, no value in two parts, links to calls
 * in front), be written back as it came, be counted inside its own range, and name every
 * part; what is refused says why and where. Some of its parts are then replaced and removed:
 * the result is read again and holds the new text, or the edit says why not.
 */
#include "tests/fuzz/fuzz_support.h"

#include "optimizer/count/count_request.h"
#include "optimizer/request/edit.h"

static tkc_encoder *encoder(void)
{
    static tkc_encoder *e;
    tkc_vocab *v = NULL;
    tkc_error err;
    if (!e) {
        NEED(tkc_vocab_open_encoding(&v, "o200k_base", NULL, &err) == TKC_OK);
        NEED(tkc_encoder_new(&e, v, NULL, &err) == TKC_OK);
    }
    return e;
}

static void check(const tkc_request *r)
{
    unsigned char *seen = calloc(r->doc.n_node + 1, 1);
    tkc_buf out;
    tkc_error err;
    NEED(seen != NULL);
    tkc_buf_init(&out, (size_t)1 << 26, NULL);
    NEED(tkc_request_write(r, &out, &err) == TKC_OK);
    NEED(out.len == r->source.len && (!out.len || memcmp(out.ptr, r->source.ptr, out.len) == 0));
    for (size_t i = 0; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        tkc_str s;
        tkc_media m;
        tkc_status st;
        NEED(p->begin <= p->end && p->end <= r->source.len);
        NEED(p->kind < TKC_N_PART_KIND && p->role < TKC_N_ROLE);
        NEED(p->turn == TKC_NO_TURN || p->turn < r->n_turn);
        NEED(p->call == TKC_NO_PART || (p->call < i && r->part[p->call].kind == TKC_PART_TOOL_CALL));
        tkc_buf_clear(&out);
        NEED(tkc_part_path(r, i, &out, &err) == TKC_OK);
        NEED(tkc_part_text(r, i, &out, &s, &err) == TKC_OK);
        if (p->kind >= TKC_PART_IMAGE && p->kind <= TKC_PART_FILE) {
            st = tkc_media_of_part(r, i, &out, &m, &err);
            NEED(st == TKC_OK || (st == TKC_E_FORMAT && err.message[0] && err.offset <= r->source.len));
        }
        if (p->node == TKC_JSON_NONE) continue;
        for (uint32_t k = p->node; k < r->doc.node[p->node].next; k++) {
            NEED(!seen[k]);
            seen[k] = 1;
        }
    }
    for (size_t i = 0; i < r->n_turn; i++) NEED(r->turn[i].first + (size_t)r->turn[i].n <= r->n_part);
    tkc_buf_release(&out);
    free(seen);
}

static void count(const tkc_request *r, unsigned which)
{
    static const char *const target[][2] = {{"openai", "gpt-4o"},       {"anthropic", "claude-opus-5"},
                                            {"google", "gemini-3-pro"}, {"", "x"},
                                            {"openai", "gpt-oss-20b"},  {"openai", "gpt-5"}};
    tkc_count_target t = {.struct_size = sizeof t,
                          .encoder = encoder(),
                          .provider = target[which % 6][0],
                          .model = target[which % 6][1],
                          .encoding = which % 6 == 4 ? "o200k_harmony" : "o200k_base",
                          .year = 2026,
                          .month = 11,
                          .day = 24};
    tkc_request_count c;
    tkc_error err = {0};
    tkc_status st;
    tkc_request_count_init(&c, NULL);
    st = tkc_count_request(&c, r, &t, &err);
    if (st) {
        NEED(err.code == st && err.message[0]);
    } else {
        NEED(c.n_part == r->n_part);
        NEED(c.sum.low <= c.sum.tokens && c.sum.tokens <= c.sum.high);
        for (size_t i = 0; i < c.n_part; i++)
            NEED(c.part[i].low <= c.part[i].tokens && c.part[i].tokens <= c.part[i].high);
    }
    tkc_request_count_release(&c);
}

static bool has_text(const tkc_request *r, tkc_str want)
{
    tkc_buf scratch;
    tkc_str s;
    tkc_error err;
    bool found = false;
    tkc_buf_init(&scratch, (size_t)1 << 26, NULL);
    for (size_t i = 0; !found && i < r->n_part; i++) {
        NEED(tkc_part_text(r, i, &scratch, &s, &err) == TKC_OK);
        found = s.len == want.len && memcmp(s.ptr, want.ptr, want.len) == 0;
    }
    tkc_buf_release(&scratch);
    return found;
}

/* Edits chosen by the bits of which. */
static void edit(const tkc_request *r, const tkc_request_options *as_read, unsigned which)
{
    static const char mark_json[] = "{\"ttl\":\"1h\"}";
    static const char words[] = "new \"text\"\nof #two: lines";
    const tkc_str text = {words, sizeof words - 1};
    tkc_edit e;
    tkc_buf out, twice;
    tkc_error err = {0};
    size_t mark, replaced = SIZE_MAX;
    tkc_status st;
    bool removes = false;
    tkc_edit_init(&e, r, 0);
    tkc_buf_init(&out, (size_t)1 << 26, NULL);
    tkc_buf_init(&twice, (size_t)1 << 26, NULL);
    for (size_t i = 0; i < r->n_part && i < 40; i++) {
        unsigned act = (which >> i % 13) % 4;
        if (act == 0 && tkc_edit_replace_text(&e, i, text, &err) == TKC_OK) replaced = i;
        if (act == 1 && tkc_edit_remove_part(&e, i, &err) == TKC_OK) removes = true;
        if (act == 2 && r->part[i].turn != TKC_NO_TURN && which % 5 == 0) {
            NEED(tkc_edit_remove_turn(&e, r->part[i].turn, &err) == TKC_OK);
            removes = true;
        }
        if (act == 3 && r->part[i].node != TKC_JSON_NONE && r->part[i].node) {
            uint32_t up;
            NEED(tkc_edit_parent(&e, r->part[i].node, &up, &err) == TKC_OK);
            if (tkc_json_kind_of(&r->doc, up) == TKC_JSON_OBJECT) {
                st = tkc_edit_insert_member(&e, up, "cache_control", (tkc_str){mark_json, sizeof mark_json - 1}, &err);
                NEED(st == TKC_OK || st == TKC_E_ARG);
            }
        }
    }
    mark = tkc_edit_mark(&e);
    st = tkc_edit_apply(&e, &out, &err);
    if (st) {
        NEED((st == TKC_E_ARG || st == TKC_E_UNSUPPORTED || st == TKC_E_LIMIT) && err.message[0]);
        NEED(out.len == 0 && err.offset <= r->source.len);
    } else {
        tkc_request again;
        tkc_request_options o = *as_read;
        o.dialect = r->dialect;
        tkc_request_init(&again, &o);
        NEED(tkc_request_read(&again, tkc_buf_str(&out), &o, &err) == TKC_OK);
        NEED(tkc_request_select(&again, r->selected, &err) == TKC_OK);
        if (replaced != SIZE_MAX && !removes) NEED(has_text(&again, text));
        tkc_request_release(&again);
        if (r->n_part) { /* what is added and taken back leaves no trace */
            (void)!tkc_edit_remove_part(&e, 0, &err);
            tkc_edit_rollback(&e, mark);
            NEED(tkc_edit_apply(&e, &twice, &err) == TKC_OK);
            NEED(twice.len == out.len && (!out.len || memcmp(twice.ptr, out.ptr, out.len) == 0));
        }
    }
    tkc_edit_rollback(&e, 0);
    tkc_buf_clear(&out);
    NEED(tkc_edit_apply(&e, &out, &err) == TKC_OK);
    NEED(out.len == r->source.len && (!out.len || memcmp(out.ptr, r->source.ptr, out.len) == 0));
    tkc_edit_release(&e);
    tkc_buf_release(&out);
    tkc_buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tkc_request r;
    tkc_request_options o = {.struct_size = sizeof o, .max_depth = 200};
    tkc_error err = {.offset = SIZE_MAX};
    tkc_status st;
    char *text;
    if (size == 0) return 0;
    o.dialect = (tkc_dialect)(data[0] % TKC_N_DIALECT);
    if (data[0] & 128) {
        o.max_parts = 5;
        o.prefer = TKC_DIALECT_ANTHROPIC;
    }
    text = malloc(size); /* exactly as long, so that a read behind the end shows */
    NEED(text != NULL);
    if (size > 1) memcpy(text, data + 1, size - 1);
    tkc_request_init(&r, &o);
    st = tkc_request_read(&r, (tkc_str){text, size - 1}, &o, &err);
    if (st) {
        need_refusal(st, &err, size - 1);
        NEED(r.n_part == 0);
    }
    for (size_t i = 0; !st && i < r.n_request && i < 4; i++) {
        st = tkc_request_select(&r, i, &err);
        if (st) {
            need_refusal(st, &err, size - 1);
            break;
        }
        check(&r);
        count(&r, data[0] / 16u + (unsigned)i);
        edit(&r, &o, (unsigned)(size * 2654435761u >> 7) + (unsigned)i);
    }
    tkc_request_release(&r);
    free(text);
    return 0;
}
