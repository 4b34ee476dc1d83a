# Two files, two folders, every format; names that would be markup are text.
exec 2>&1
run() { echo "\$ tokcount $*"; tokcount "$@"; echo "exit $?"; }
mkdir -p old/sub new/sub
echo "You are a helpful assistant." >old/a.md
echo "You are a helpful assistant. Always." >new/a.md
echo same >old/same.md
echo same >new/same.md
echo gone >old/sub/gone.md
echo "it came" >'new/sub/a|b<i>`c@d.md'
printf 'a\0b' >old/bin
printf 'a\0c' >new/bin
cat >prices.yaml <<'Y'
prices:
  - {provider: openai, model: gpt-5, input: 2.00, output: 10.00, checked: 2026-01-01}
Y
run diff old/a.md new/a.md
run diff new/a.md old/a.md -m gpt-5 --prices prices.yaml --asof 2026-11-20
run diff old new -m gpt-5 -m gpt-4 --prices prices.yaml --asof 2026-11-20
run diff old new -m gpt-5 --format md --prices prices.yaml --asof 2026-11-20
run diff old new -m gpt-5 -e cl100k_base --json --prices prices.yaml --asof 2026-11-20
run diff old/same.md new/same.md --format md
tokcount diff old/a.md - --format json --asof 2026-11-20 <new/a.md
run diff - -
run diff old/a.md
run diff old new/a.md
run diff old/a.md none.md
run diff none.md old/a.md
run diff old/a.md new/a.md --format html
run diff old/a.md new/a.md --json --format md
echo 'include: "*.md"
exclude: sub/
models: gpt-4' >.tokcount.yaml
run diff old new
tokcount diff old/a.md new/a.md -m gpt-5 --format md >md.txt; tokcount diff old/a.md new/a.md -m gpt-5 --format markdown | cmp - md.txt && echo same
