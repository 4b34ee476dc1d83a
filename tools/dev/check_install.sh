#!/bin/sh
# Installs into a scratch folder, uses what is there (the command from its new place, the
# library through pkg-config), uninstalls, and fails when a file is left: check_install.sh DIR
set -eu
stage=$1
rm -rf "$stage"
make -s install DESTDIR= PREFIX="$stage" >/dev/null

got=$(printf 'Hello world' | env -u TOKCOUNT_DATA "$stage/bin/tokcount" -e cl100k_base)
[ "$got" = 2 ] || { echo "installed tokcount counts \"$got\", expected 2" >&2; exit 1; }

cat >"$stage/use.c" <<'C'
#include <tokcount.h>
#include <stdio.h>
#include <string.h>

static tkc_count_target target(tkc_encoder *e)
{
    return (tkc_count_target){.struct_size = sizeof(tkc_count_target), .encoder = e, .provider = "openai",
                              .model = "gpt-4o", .encoding = "o200k_base", .cls = TKC_CLASS_EXACT};
}

/* A whole request: read, counted, priced; a text of it changed. */
static int request(tkc_encoder *e, tkc_error *err)
{
    static const char text[] = "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
    const tkc_count_target t = target(e);
    tkc_cost_options o = {.struct_size = sizeof o, .now = {.day = 20261101, .minute = -1}};
    tkc_usage u = {.model = {"gpt-4o", 6}};
    tkc_request r;
    tkc_request_count c;
    tkc_edit edit;
    tkc_buf out;
    tkc_prices *p = NULL;
    tkc_cost cost = {0};
    int bad;
    tkc_request_init(&r, NULL);
    tkc_request_count_init(&c, NULL);
    tkc_buf_init(&out, 1 << 20, NULL);
    bad = tkc_request_read(&r, (tkc_str){text, sizeof text - 1}, NULL, err) != TKC_OK ||
          tkc_count_request(&c, &r, &t, err) != TKC_OK || tkc_prices_new(&p, NULL, err) != TKC_OK;
    u.n[TKC_UNIT_INPUT] = u.prompt = c.sum.tokens;
    bad = bad || tkc_cost_of(p, &u, &o, &cost, err) != TKC_OK;
    tkc_edit_init(&edit, &r, 0);
    bad = bad || tkc_edit_replace_text(&edit, 0, (tkc_str){"hi", 2}, err) != TKC_OK ||
          tkc_edit_apply(&edit, &out, err) != TKC_OK;
    if (!bad) printf("%llu %llu %zu ", (unsigned long long)c.sum.tokens, (unsigned long long)cost.picodollars, out.len);
    tkc_edit_release(&edit);
    tkc_prices_free(p);
    tkc_buf_release(&out);
    tkc_request_count_release(&c);
    tkc_request_release(&r);
    return bad;
}

/* Somebody else's summary: what holds no fact that the turns do not have is taken. */
static tkc_status external(void *ctx, const tkc_said *turn, size_t n, size_t budget, tkc_buf *out, tkc_error *err)
{
    (void)turn, (void)budget;
    *(size_t *)ctx = n;
    return tkc_buf_append(out, "Nothing new.", 12, err);
}

/* Made smaller by a plan, summed up by another summariser, and the first bytes back. */
static int fit(tkc_encoder *e, tkc_error *err)
{
#define SAID "The old house stands on a green hill and nobody goes near it. "
#define MUCH SAID SAID SAID SAID SAID SAID
    static const char text[] = "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"" MUCH "\"},"
                               "{\"role\":\"assistant\",\"content\":\"" MUCH "\"},"
                               "{\"role\":\"user\",\"content\":\"{ \\\"a\\\":   1 }\"}]}";
    static const char *const pass[] = {"minify", "summarise"};
    const tkc_str before = {text, sizeof text - 1};
    size_t asked = 0;
    tkc_plan plan = {.struct_size = sizeof plan, .target = target(e), .pass = pass, .n_pass = 2, .budget = 100,
                     .keep_turns = 1, .waive = ~0u, .summarise = external, .summarise_ctx = &asked};
    tkc_fitting f;
    tkc_json doc;
    tkc_buf json, back;
    int bad;
    tkc_fitting_init(&f, NULL);
    tkc_buf_init(&json, 1 << 20, NULL);
    tkc_buf_init(&back, 1 << 20, NULL);
    tkc_json_init(&doc, NULL);
    bad = tkc_fit_request(&f, before, TKC_DIALECT_AUTO, &plan, err) != TKC_OK ||
          tkc_undo_make(tkc_buf_str(&f.out), before, &json, NULL, err) != TKC_OK ||
          tkc_json_parse(&doc, tkc_buf_str(&json), NULL, err) != TKC_OK ||
          tkc_undo_apply(&doc, 0, tkc_buf_str(&f.out), &back, err) != TKC_OK;
    if (!bad)
        printf("%llu>%llu %zu %d ", (unsigned long long)f.before.tokens, (unsigned long long)f.after.tokens, asked,
               back.len == before.len && !memcmp(back.ptr, before.ptr, back.len));
    tkc_json_release(&doc);
    tkc_buf_release(&back);
    tkc_buf_release(&json);
    tkc_fitting_release(&f);
    return bad;
}

static int count_finding(void *ctx, const tkc_finding *f)
{
    *(size_t *)ctx += f->line == 3;
    return 0;
}

/* A prompt file looked over: it has a character that nobody sees. */
static int lint(tkc_encoder *e, tkc_error *err)
{
    static const char text[] = "# Rules\n\nNever sa\xe2\x80\x8by it.\n";
    const tkc_lint_options o = {.struct_size = sizeof o, .encoder = e, .today = 20261101};
    const tkc_lint_file file = {.path = "AGENTS.md", .bytes = {text, sizeof text - 1}};
    tkc_linter *l = NULL;
    size_t n = 0;
    const int bad = tkc_linter_new(&l, &o, err) != TKC_OK || tkc_lint_run(l, &file, count_finding, &n, err) != TKC_OK;
    if (!bad) printf("%zu ", n);
    tkc_linter_free(l);
    return bad;
}

int main(int argc, char **argv)
{
    tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = argc > 1 ? argv[1] : NULL};
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_error err = {0};
    size_t n = 0;
    int bad = tkc_vocab_open_encoding(&v, "o200k_base", &opt, &err) != TKC_OK ||
              tkc_encoder_new(&e, v, NULL, &err) != TKC_OK ||
              tkc_count(e, (tkc_str){"Hello world", 11}, 0, &n, &err) != TKC_OK || request(e, &err) || fit(e, &err) || lint(e, &err);
    if (bad) fprintf(stderr, "%s\n", err.message);
    else printf("%zu\n", n);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
    return bad;
}
C
export PKG_CONFIG_PATH="$stage/lib/pkgconfig"
# shellcheck disable=SC2046
cc -o "$stage/use" "$stage/use.c" $(pkg-config --cflags --libs tokcount)
got=$(LD_LIBRARY_PATH="$stage/lib" "$stage/use" "$stage/share/tokcount/vocab")
# 8 tokens at 2.50 dollars a million; a request that is 3 bytes shorter; a fit, whose summariser was given two turns,
# and that is undone; a finding in line 3
expected="8 20000000 62 193>25 2 1 1 2"
[ "$got" = "$expected" ] || { echo "shared library says \"$got\", expected \"$expected\"" >&2; exit 1; }
# shellcheck disable=SC2046
cc -o "$stage/use" "$stage/use.c" $(pkg-config --cflags tokcount) "$stage/lib/libtokcount.a" \
    $(pkg-config --static --libs tokcount | tr ' ' '\n' | grep -v -e -ltokcount | tr '\n' ' ')
got=$("$stage/use")
[ "$got" = "$expected" ] || { echo "static library says \"$got\", expected \"$expected\"" >&2; exit 1; }
names=$(nm -g --defined-only "$stage/lib/libtokcount.a" 2>/dev/null | awk 'NF == 3 && $3 !~ /^tkc_/ {print $3}')
[ -z "$names" ] || { echo "libtokcount.a defines names that a program may have too:" $names >&2; exit 1; }
# Every header by itself, as C and as C++
for h in $(cd "$stage/include/tokcount" && find . -name '*.h'); do
    echo "#include <$h>" | cc -std=c11 -Wall -Wextra -pedantic -Werror -fsyntax-only -I"$stage/include/tokcount" -x c - ||
        { echo "$h is no C11" >&2; exit 1; }
    ! command -v c++ >/dev/null ||
        echo "#include <$h>" | c++ -std=c++17 -Wall -Wextra -pedantic -Werror -fsyntax-only -I"$stage/include/tokcount" -x c++ - ||
        { echo "$h is no C++17" >&2; exit 1; }
done
rm -f "$stage/use" "$stage/use.c"
size=$(du -sk "$stage" | cut -f1)
[ "$size" -le 81920 ] || { echo "installed: $size KB, more than 80 MB" >&2; exit 1; }

make -s uninstall DESTDIR= PREFIX="$stage" >/dev/null
left=$(find "$stage" ! -type d)
[ -z "$left" ] || { echo "uninstall left: $left" >&2; exit 1; }
rm -rf "$stage"
