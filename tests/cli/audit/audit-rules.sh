# The cache rules of a model, by day; ranges where sources differ; a file of one's own; JSON.
tokcount audit rules claude-opus-4-7 --provider anthropic --asof 2026-11-26
tokcount audit rules gpt-6.1-sol --provider openai --asof 2026-11-26
for day in 2026-10-06 2026-10-07; do
    tokcount audit rules claude-sonnet-5-5 --provider anthropic --asof $day | grep '^  read'
done
cat >own.yaml <<'X'
rules:
  - provider: anthropic
    models: claude-opus-5
    min_tokens: [256, 512]
    read: 0.05
    source: our contract
X
tokcount audit rules claude-opus-5 --provider anthropic --asof 2026-11-26 --rules own.yaml --json
tokcount audit rules vllm --asof 2026-11-26 | head -n 4
tokcount audit rules no-such-model 2>&1
echo "status $?"
echo 'rules: [{provider: x, colour: red}]' >bad.yaml
tokcount audit rules --rules bad.yaml 2>&1
echo "status $?"
