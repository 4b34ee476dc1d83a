# Files that cannot be checked, or only as text: each is said, and all others are checked.
exec 2>&1
as=
if [ "$(id -u)" = 0 ]; then
    command -v setpriv >/dev/null || { echo "root, and no setpriv"; exit 77; }
    as='setpriv --reuid=65534 --regid=65534 --clear-groups --'
fi
say() { echo "# $*"; }
run() { echo "\$ tokcount lint $*"; $as tokcount lint --no-config --format concise "$@"; echo "exit $?"; }
chmod 755 . .. ../..
$as tokcount version >/dev/null 2>&1 || { echo "the program is in a closed folder"; exit 77; }
z=$(printf '\342\200\213')
say no permission, a folder of that kind, too large, binary, not there
printf 'Be%s brief.\n' "$z" >good.md
printf 'Be%s brief.\n' "$z" >locked.md
chmod 000 locked.md
truncate -s 65M large.md
printf 'a\0b' >binary.md
mkfifo pipe.md
run good.md locked.md large.md binary.md none.md pipe.md good.md
say the same found in a folder
rm -f pipe.md
run .
$as tokcount lint --no-config --json locked.md good.md | tail -n 2 | sed 's/"fingerprint":"[^"]*"/F/'
rm -f locked.md large.md binary.md good.md
say line ends, byte order marks, bytes that are no UTF-8
printf 'One.\r\nBe%s brief.\r\nTwo.\r\n' "$z" >crlf.md
printf '\357\273\277Be%s brief.\n' "$z" >bom.md
printf 'One \377 two.\nBe%s brief.\n' "$z" >bytes.md
printf '' >empty.md
run crlf.md bom.md bytes.md empty.md
tokcount lint --no-config -q --fix crlf.md bom.md
od -c crlf.md bom.md | sed -n '1,6p'
say a file that may not be written is left as it is
printf 'Be%s brief.\n' "$z" >kept.md
chmod 444 kept.md
run --fix kept.md
rm -f kept.md
say front matter that is broken or never closed: checked as text
printf -- '---\nname: [a\n---\nBe%s brief.\n' "$z" >SKILL.md
printf -- '---\nname: x\nBe%s brief.\n' "$z" >open.prompt
printf -- '---\nmodel: {api: chat\n---\nsystem:\nBe%s brief.\n' "$z" >broken.prompty
printf 'messages:\n  - role: system\n content: "Be%s brief."\n' "$z" >broken.prompt.yml
printf '{"messages":[{"role":"user","content":"Be%s brief."}' "$z" >broken.json
run SKILL.md open.prompt broken.prompty broken.prompt.yml broken.json
say includes that lead in a circle, and one that is not there
mkdir a
printf 'See @a/AGENTS.md for more.\n' >AGENTS.md
printf 'See @../AGENTS.md and @./AGENTS.md.\n' >a/AGENTS.md
printf 'See @./GEMINI.md.\nSee @./none.md.\nBe%s brief.\n' "$z" >CLAUDE.md
printf 'See @./CLAUDE.md.\n' >GEMINI.md
run AGENTS.md CLAUDE.md
say a rule that there is not: in the configuration, in a comment, on the command line
rm -r ./*.md ./*.prompt ./*.prompty ./*.yml ./*.json
printf '<!-- tokcount: ignore[TC999] a slip -->\nBe%s brief.\n' "$z" >x.md
printf 'lint:\n  ignore: [TC777, TC901]\n  rules:\n    TC602: warning\n    no-such-rule: off\n    TC998: {max: 3}\n' >.tokcount.yaml
tokcount lint --format concise x.md
echo "exit $?"
run --select TC999 x.md
run --select TC2O1 x.md
run --explain duplicate-intsruction
run x.md
say a file that is not there beside one that is clean
rm -f .tokcount.yaml; echo 'Be brief.' >x.md
tokcount lint --json x.md nosuch.md 2>&1 | grep -o 'complete":[a-z]*\|nosuch.*'
for f in text sarif; do tokcount lint --format $f x.md nosuch.md 2>/dev/null | grep -o 'no findings\|executionSuccessful":[a-z]*'; done
say lines that are JSON strings, one of them not closed
printf '"You are a bot."\n"Be%s brief."\n"open\n' "$z" >texts.jsonl
run texts.jsonl
