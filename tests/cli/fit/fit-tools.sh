# fit: descriptions in tools, shorter where that is fewer tokens in both spellings; all else of a tool keeps its bytes.
cat >req.json <<'JSON'
{"model":"gpt-4o","tools":[{"type":"function","function":{"name":"rivers","description":"Lists rivers.  \t \n-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-\nOnly real ones. \t \n",
 "parameters":{ "type" : "object","properties":{"at":{"type":"string","description":"Where. \t \t \t "},"description":{"type":"string","default":"x \t \t "}},"required":["at"]}}}],
 "messages":[{"role":"user","content":"Which is longest?"}]}
JSON
tokcount fit req.json --asof 2026-11-20 --report -o out.json 2>&1
cat out.json
tokcount fit out.json -q --asof 2026-11-20 | cmp - out.json && echo idempotent
tokcount fit req.json -q --protect 'Only real' --asof 2026-11-20 | cmp - req.json && echo protected
tokcount fit req.json -q --asof 2026-11-20 --diff | head -n 12
