# Logs as they come: packed with gzip and zstd, several formats in one, out of order, without times, with clocks
# apart, the same id twice, cut off; each is defined, said, and the numbers are those of the same lines in order.
command -v python3 >/dev/null || { echo "no python3 here"; exit 77; }
python3 - <<'PY'
import json
text = "You answer questions about bank accounts and cards in one sentence. " * 100
def line(i, at, **more):
    return json.dumps({**({"at": at} if at is not None else {}), "provider": "openai", "id": "r%d" % i, "request": {"model": "gpt-5", "messages": [
        {"role": "system", "content": text}, {"role": "user", "content": "Question %d?" % i}]}, **more})
stamp = lambda s: "2026-11-02T%02d:%02d:%02dZ" % (9 + s // 3600, s // 60 % 60, s % 60)
good = [line(i, stamp(60 * i)) for i in range(6)]
open("good.jsonl", "w").write("\n".join(good) + "\n")
open("order.jsonl", "w").write("\n".join(good[i] for i in (0, 2, 1, 4, 3, 5)) + "\n")
open("notime.jsonl", "w").write("\n".join(line(i, None) for i in range(6)) + "\n")
open("seconds.jsonl", "w").write("\n".join(line(i, (1793610000 + 60 * i) * (1000 if i % 2 else 1)) for i in range(6)) + "\n")
# one host's clock is an hour ahead: what the others sent next is taken as sent with it
open("skew.jsonl", "w").write("\n".join(line(i, stamp(60 * i + (3600 if i == 2 else 0))) for i in range(6)) + "\n")
open("ids.jsonl", "w").write("\n".join([good[0], good[0], line(0, stamp(60), tenant="x"), line(1, stamp(90)).replace("r1", "r0")]) + "\n")
open("cut.jsonl", "w").write("\n".join(good)[:-1])
open("nl.jsonl", "w").write("\n".join(good))
anthropic = {"model": "claude-opus-5", "max_tokens": 5, "system": [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": "Hello"}]}
gemini = {"systemInstruction": {"parts": [{"text": text}]}, "contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
mixed = [good[0], json.dumps({"at": stamp(10), "request": anthropic}), json.dumps({"at": stamp(20), "provider": "google", "model": "gemini-2.5-pro", "request": gemini}),
         json.dumps({"custom_id": "b1", "method": "POST", "url": "/v1/chat/completions", "body": json.loads(good[1])["request"]}),
         json.dumps({"custom_id": "c1", "params": anthropic}), json.dumps({"kind": "heartbeat"}), "[1,2]", "", "\x01\x02", good[2], json.dumps(anthropic)]
open("mixed.jsonl", "w").write("\n".join(mixed) + "\n")
PY
say() { tokcount audit --asof 2026-11-02 --json -q "$@" 2>err | python3 -c '
import json, sys
o = json.load(sys.stdin)
print(o["requests"], "requests,", o["input_tokens"], "tokens,", o["hit_tokens"], "to", o["hit_tokens_high"], "read;", " ".join("%s %d" % (k, v) for k, v in o["lines"].items() if v))'
    sed 's/^/  /' err; }
for f in good order notime seconds skew ids cut nl mixed; do printf '%s: ' $f; say $f.jsonl; done
gzip -k good.jsonl && head -c 200 good.jsonl.gz >half.jsonl.gz
printf 'gz: '; say good.jsonl.gz
printf 'half gz: '; say half.jsonl.gz; tokcount audit -q half.jsonl.gz >/dev/null 2>&1; echo "exit $?"
# made with zstd -19 from two of the lines of good.jsonl
printf 'zst: '; say "$CASES/audit/two-requests.jsonl.zst"
head -c 100 "$CASES/audit/two-requests.jsonl.zst" >half.jsonl.zst; printf 'half zst: '; say half.jsonl.zst
printf 'standard input: '; say - <good.jsonl
printf 'sorted: '; tokcount audit -q --partial sorted.tca order.jsonl && tokcount audit merge -q --asof 2026-11-02 --json sorted.tca | grep -o '"hit_tokens":[0-9]*' | head -n 1
: >empty.jsonl; printf 'empty: '; tokcount audit empty.jsonl 2>&1; echo "exit $?"
printf 'empty, a least rate: '; tokcount audit --fail-under 0.7 empty.jsonl 2>&1; echo "exit $?"
# a name with a NUL in it is not the one in front of the NUL: no price, no vocabulary, no calibration of its
printf '{"model":"gpt-4o\\u0000x","usage":{"prompt_tokens":9},"request":{"model":"gpt-4o\\u0000x","messages":[{"role":"user","content":"Hi"}]}}\n' >nul.jsonl
tokcount audit --json nul.jsonl 2>&1 | grep -aoE '"name":"[^"]*"|[0-9]+ request (has no price|is of a model).*'
tokcount calibrate -m gpt-4o nul.jsonl 2>&1 | head -n 1
printf '{"model":"gpt-4o\\u0000x","messages":[{"role":"user","content":"Hi"}]}\n' >nul.json; tokcount fit nul.json 2>&1 | tail -n 1
# a last line without its newline that is whole JSON, and one that is none from its beginning, are not cut
for s in '{"data":[{"id":"o1"}],"meta":{"page":1}}' 'a line of text'; do printf %s "$s" | tokcount audit 2>&1 | head -n 1; done
# of nothing there is no rate
printf '\n' >none.jsonl
tokcount audit --json none.jsonl | grep -o '"[a-z_]*rate":[^,]*'
# a provider that has neither rules nor prices; another name of one that has
for o in opnai foo; do tokcount audit --provider $o none.jsonl 2>&1; tokcount audit rules --provider $o 2>&1; echo "exit $?"; done
tokcount audit rules --provider bedrock claude-opus-5 | head -n 1
