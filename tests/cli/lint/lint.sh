# lint: findings for people and machines, fixes, and files that cannot be read.
zwsp=$(printf '\342\200\213')
mkdir -p p/.github
printf 'Be%s kind.\n\nkey AKIAQ3EGVTJ7RDZX2M5K\n' "$zwsp" >p/a.md
printf '{\n  "a": 1,\n  "b": [1, 2, 3]\n}\n' >p/b.txt
printf 'Fine.\n' >p/.github/copilot-instructions.md
printf 'int main;\n' >p/main.c
tokcount lint p; echo "status $?"
tokcount lint --format concise -j 4 p; echo "status $?"
tokcount lint --json p | sed 's/"fingerprint":"[0-9a-f]*"/"fingerprint":F/'
tokcount lint --diff p 2>&1; echo "status $?"
chmod 640 p/a.md
ln -s a.md p/link.md
tokcount lint --fix p/link.md p/b.txt; echo "status $?"
stat -c '%a %F' p/a.md p/link.md
cat p/a.md p/b.txt
printf 'a\000b\n' >p/bin.md
tokcount lint p/bin.md p/missing.md p/a.md 2>&1; echo "status $?"
printf 'Be%s kind.\n' "$zwsp" | tokcount lint --stdin-filename x.md --format concise -; echo "status $?"
tokcount lint --select TC999 p 2>&1; echo "status $?"
tokcount lint --explain nope 2>&1; echo "status $?"
tokcount lint --explain tc101 | head -1
tokcount lint --explain Pretty-JSON | head -1
tokcount lint --exit-zero -q --select security --format concise p/a.md; echo "status $?"
# a date changes once a day, a clock with every call; the one does not hide the other
cat >days.prompt.md <<'X'
Today is {{ current_date }}, yesterday was {{ yesterday_date }}. Answer questions about contracts in plain words and short sentences.
The time is {{ current_time }}. Never give legal advice, and say so when you are asked for it; name the clause you speak of.
X
tokcount lint --format concise days.prompt.md
X=$(printf 'Never give legal advice, and say so when you are asked for it; name the clause you speak of. Write short sentences.')
echo "You help {{ user_name }}. $X" >user.prompt.md
tokcount lint --format concise user.prompt.md; echo "status $?"
