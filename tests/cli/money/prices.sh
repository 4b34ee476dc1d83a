# The list, a price file of one's own, importing it, and what it must not hold.
tokcount prices show gpt-5.4 --asof 2026-11-01 | head -n 24
tokcount prices show claude-sonnet-4-5-20250929 --asof 2026-11-01 | sed -n 1,3p
tokcount prices show gpt-5.4 --json --asof 2026-11-01 | grep -o '"rule".*"above":0' | head -c 200
echo
tokcount prices show gpt-5.44 -q 2>&1
[ "$(tokcount prices list | wc -l)" -gt 2000 ] && echo 'more than 2000'
tokcount prices list deepseek --asof 2026-11-01 | head -n 3
tokcount prices list nobody -q 2>&1
tokcount prices frobnicate 2>&1
cat >ours.yaml <<'X'
prices:
  - provider: openai
    model: gpt-5.4
    aliases: [ours]
    valid_from: 2026-01-01
    input: 2
    output: 12
    hours: 22:00-06:00
    days: mon-fri
    source: contract 17
    checked: 2026-06-01
X
tokcount prices show ours --prices ours.yaml --asof 2026-11-01 | sed -n 5,11p
echo '{"model":"ours","input":1000000,"at":"2026-11-02T23:00:00Z"}' | tokcount cost --prices ours.yaml -q
tokcount prices import ours.yaml | sed 's|in /.*/home|in HOME|'
echo '{"model":"ours","input":1000000,"at":"2026-11-02T23:00:00Z"}' | tokcount cost -q
printf 'prices:\n  - {provider: openai, model: m,\n     inptu: 2}\n' >bad.yaml
tokcount prices import bad.yaml 2>&1
printf 'prices:\n  - {provider: openai, model: m, input: .nan}\n' >nan.yaml
echo '{"model":"m","input":1}' | tokcount cost --prices nan.yaml 2>&1
printf '{"prices":[{"provider":"openai","model":"m",\n"input":-2}]}' >neg.json
tokcount prices list --prices neg.json 2>&1
tokcount prices import nosuch 2>&1
tokcount prices show qwen/qwen3-32b 2>&1 | sed 's/^tokcount: [0-9]*/N/'
tokcount prices show gpt4o 2>&1
