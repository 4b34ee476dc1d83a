# calibrate: learns from records, is used by count and cost, refuses too few, keeps other models.
records() { # COUNT: requests of 1 to 5 messages, half with a tool; 1.2 tokens a word and overhead
    awk -v n="$1" 'BEGIN {
        x = 12345
        for (i = 0; i < n; i++) {
            t = 1 + i % 5; w = 0; m = ""
            for (k = 0; k < t; k++) {
                x = (x * 1103 + 12347) % 65521; words = 5 + x % 90; w += words; c = "order"
                for (j = 1; j < words; j++) c = c " order"
                m = m (k ? "," : "") "{\"role\":\"" (k % 2 ? "assistant" : "user") "\",\"content\":\"" c "\"}"
            }
            tool = i % 2 ? ",\"tools\":[{\"name\":\"f\",\"description\":\"Finds it.\",\"input_schema\":{\"type\":\"object\"}}]" : ""
            x = (x * 1103 + 12347) % 65521
            y = int(w * 1.2 + 40 + 6 * t + (tool ? 400 : 0) + (x % 9) - 4)
            printf "{\"request\":{\"model\":\"claude-opus-5\",\"messages\":[%s]%s},\"response\":{\"type\":\"message\",\"model\":\"claude-opus-5\",\"usage\":{\"input_tokens\":%d,\"output_tokens\":3}}}\n", m, tool, y
        }
    }'
}
r=$TOP/tests/data/requests/anthropic/multi-turn.json
records 50 | tokcount calibrate -q -m claude-opus-5 2>&1; echo "exit $?"
ls "$HOME/.config" 2>&1 | sed 's/.*: //'
records 120 > log.jsonl
echo '{"model":"gpt-4o","usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}' >> log.jsonl
echo '{"type":"message","model":"claude-opus-5","usage":{"input_tokens":5,"output_tokens":1}}' >> log.jsonl
tokcount calibrate -m claude-opus-5 log.jsonl 2>&1 | sed "s|$HOME|HOME|"
echo '== file'
sed 's/made: .*/made: DATE/' "$HOME/.config/tokcount/calibration.yaml"
echo '== used'
tokcount --as request -q -m claude-opus-5 "$r" | tail -n 1
tokcount --as request -q -m claude-opus-5 --no-calibration "$r" | tail -n 1
tokcount --as request -q -m claude-opus-5 --total --require exact "$r" 2>&1; echo "exit $?"
tokcount --as request -q -m claude-opus-4-5 "$r" | tail -n 1
tokcount --as request -q -m claude-opus-5 --json "$r" | grep -o '"class":"calibrated","complete.*interval"'
tokcount cost -m claude-opus-5 --out 100 --json --asof 2026-11-01 "$r" 2>/dev/null | grep -o '"prompt":{[^}]*}'
echo '== another model, another file'
tokcount calibrate -q -m claude-sonnet-5 log.jsonl 2>&1; echo "exit $?"
sed 's/claude-opus-5/claude-sonnet-5/' log.jsonl | sed 's/"model":"claude-opus-5"/"model":"claude-sonnet-5"/' |
    tokcount calibrate -q -m claude-sonnet-5 --coverage 95 --json 2>/dev/null | sed "s|$HOME|HOME|"
grep model: "$HOME/.config/tokcount/calibration.yaml"
tokcount calibrate -q -m claude-opus-5 --calibration sub/c.yaml log.jsonl >/dev/null 2>&1; ls sub
echo '== wrong'
echo 'schema: 5' > bad.yaml
tokcount --as request -q -m claude-opus-5 --calibration bad.yaml --total "$r" 2>&1; echo "exit $?"
tokcount --as request -q -m claude-opus-5 --calibration none.yaml --total "$r" 2>&1; echo "exit $?"
tokcount calibrate log.jsonl 2>&1; echo "exit $?"
tokcount calibrate -m claude-opus-5 --coverage 100 log.jsonl 2>&1; echo "exit $?"
{ cat log.jsonl; echo '{"request":'; } > cut.jsonl
tokcount calibrate -q -m claude-opus-5 --calibration c.yaml cut.jsonl 2>&1 >/dev/null; echo "exit $?"
tokcount calibrate -q -m claude-opus-5 --calibration c.yaml --on-error skip cut.jsonl >/dev/null 2>&1; echo "exit $?"
