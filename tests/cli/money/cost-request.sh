# One request: its prompt counted from the file or given, parts, batch, a day.
cat >req.json <<'X'
{"model":"gpt-4o","messages":[{"role":"user","content":"Hello world"}]}
X
tokcount count --as request -m gpt-4o -q --total req.json 2>/dev/null
tokcount cost req.json --out 500 --asof 2026-11-01 2>/dev/null
tokcount cost req.json --out 500 --asof 2026-11-01 --json 2>/dev/null
tokcount cost req.json --input 1000 --cached 400 --out 500 --batch --asof 2026-11-01
tokcount cost -m claude-opus-5 --input 1000000 --asof 2026-11-01
tokcount cost -m gemini-3.6-flash --input 1000000 --asof 2026-12-31 | tail -n 1
tokcount cost -m gemini-3.6-flash --input 1000000 --asof 2027-01-01 | tail -n 1
echo '{"messages":[{"role":"user","content":"Hi"}]}' >no-model.json
tokcount cost no-model.json --out 1 2>&1
