#!/usr/bin/env python3
"""The audit and its two peers on logs with planted causes (audit_logs.py).

  eval_audit.py --bin B --data DIR      (nothing of DIR is used)

kvlint and promptcachelint (PyPI, tools/dev/requirements-eval.txt) run in this Python where they are installed. kvlint reads
OpenAI messages of text, so blocks are joined for it, and its tokenizer from a hub is replaced by words and marks; a
log with images it cannot read is one it does not find. A peer has found a cause when one of its findings can mean
it (the tables below are generous); every other finding of it is a false cause.
"""
import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import audit_logs  # noqa: E402

VALUES = {"clock", "date", "uuid", "counter", "request_id", "hash", "user_name"}
TEXT = VALUES | {"key_order", "whitespace", "history_edited", "other_text", "image"}
KVLINT = {"dynamic_time": {"clock", "date"}, "dynamic_id": {"uuid", "request_id", "hash", "counter"}, "key_order": {"key_order"}, "whitespace_drift": {"whitespace"},
          "user_in_system": {"user_name"}, "short_prefix": {"below_minimum"}, "volatile_fewshot": {"history_edited", "other_text"}, "block_straddle": set()}
PCL = {"CL001": TEXT, "CL012": VALUES, "CL002": {"tool_order", "tool_change", "key_order"}, "CL003": {"model_change", "thinking_change", "tool_choice_change"},
       "CL004": {"breakpoint_misplaced"}, "CL006": {"ttl_expired"}, "CL007": {"lookback_exceeded"}, "CL010": {"no_breakpoint"}, "CL011": {"below_minimum"}, "CL014": {"breakpoint_misplaced"}}


def text_of(content):
    if isinstance(content, str):
        return content
    if any(b.get("type") != "text" for b in content):
        raise ValueError("not text")
    return "\n".join(b["text"] for b in content)


def run_kvlint(log, folder):
    from kvlint.lint import engine
    from kvlint.models import Message, Request, TokenizedRequest
    requests, tokenized, words = [], [], {}
    for i, line in enumerate(log["lines"]):
        body = json.loads(line)["request"]
        messages = [Message(role="system", content=text_of(body["system"]))] if body.get("system") else []
        messages += [Message(role=m["role"], content=text_of(m["content"])) for m in body["messages"]]
        r = Request(request_id=f"r{i}", session_id=None, messages=messages, tools=body.get("tools"), timestamp=None)
        text = json.dumps(body.get("tools")) * bool(body.get("tools")) + "".join(f"<|{m.role}|>{m.content}" for m in messages)
        spans = [m.span() for m in re.finditer(r"\s?\w+|\W", text)]
        requests.append(r)
        tokenized.append(TokenizedRequest(request_id=r.request_id, session_id=None, rendered_text=text,
                                          token_ids=[words.setdefault(text[a:b], len(words)) for a, b in spans], char_offsets=spans))
    found = engine.run(requests, tokenized)
    return [f.rule_id for f in found], sum(f.est_tokens_lost or 0 for f in found)


def run_pcl(log, folder):
    path = os.path.join(folder, "t.jsonl")
    with open(path, "w") as f:
        for i, line in enumerate(log["lines"]):
            o = json.loads(line)
            h, m, s = (int(x) for x in o["at"][11:19].split(":"))
            f.write(json.dumps({"id": str(i), "at": h * 3600 + m * 60 + s, "provider": o["provider"], "model": o["request"]["model"], "body": o["request"],
                                "session_id": o.get("tenant", "s"), "session_explicit": True}) + "\n")
    out = subprocess.run([sys.executable, "-m", "promptcachelint.cli", "report", "--json", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not out.stdout.strip():
        out = subprocess.run([os.path.join(os.path.dirname(sys.executable), "promptcachelint"), "report", "--json", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return sorted(set(re.findall(r'"code": "(CL\d+)"', out.stdout))), 0


def run_ours(log, folder, binary):
    path = os.path.join(folder, "o.jsonl")
    with open(path, "w") as f:
        f.write("\n".join(log["lines"]) + "\n")
    o = json.loads(subprocess.run([binary, "audit", "-q", "--asof", "2026-11-02", "--json", path], stdout=subprocess.PIPE, check=True).stdout)
    return [c["cause"] for c in o["causes"]], o["causes"]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", required=True)
    p.add_argument("--data", required=True)
    a = p.parse_args()
    logs = audit_logs.logs(audit_logs.Book(a.bin))
    have = {name: importlib.util.find_spec(name) is not None for name in ("kvlint", "promptcachelint")}
    tools = [("tokcount audit", lambda log, d: run_ours(log, d, a.bin), {c: {c} for c in TEXT | {c for x in PCL.values() for c in x}})]
    if have["kvlint"]:
        tools.append(("kvlint 0.1.1", run_kvlint, KVLINT))
    if have["promptcachelint"]:
        tools.append(("promptcachelint 0.1.0", run_pcl, PCL))
    wanted = sum(len(x["expect"]) for x in logs)
    print(f"{len(logs)} logs: {sum(bool(x['expect']) for x in logs)} with {wanted} planted causes, {sum(not x['expect'] for x in logs)} with none. "
          f"The tokens of all planted causes are {sum(t for x in logs for _, t, _ in x['expect']):,}.\n")
    print("| tool | causes found | named first | false causes | logs it cannot read | tokens exact | money exact | seconds |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as d:
        for name, run, means in tools:
            found = first = false = unread = tokens = money = 0
            start = time.time()
            for log in logs:
                causes = [c for c, _, _ in log["expect"]]
                try:
                    got, more = run(log, d)
                except Exception:
                    unread += 1
                    continue
                found += sum(any(c in means.get(g, ()) for g in got) for c in causes)
                first += bool(causes) and bool(got) and causes[0] in means.get(got[0], ())
                false += sum(not any(c in means.get(g, ()) for c in causes) for g in got)
                if name.startswith("tokcount"):
                    tokens += [(c["cause"], c["tokens"]) for c in more] == [x[:2] for x in log["expect"]]
                    money += [c["money"] for c in more] == [x[2] for x in log["expect"]]
            exact = (f"{tokens} of {len(logs)} logs", f"{money} of {len(logs)} logs") if name.startswith("tokcount") else ("upper bounds" if name.startswith("kvlint") else "none given", "none given")
            print(f"| {name} | {found} of {wanted} | {'no order' if name.startswith('prompt') else f'''{first} of {sum(bool(x['expect']) for x in logs)}'''} | {false} | {unread} | {exact[0]} | {exact[1]} | {time.time() - start:.1f} |")
    for name, there in have.items():
        if not there:
            print(f"\n{name} is not installed in this Python (tools/dev/requirements-eval.txt).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
