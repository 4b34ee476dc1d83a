#!/usr/bin/env python3
"""How fast and in how much memory a log is audited, against counting the texts in it.

  eval_audit_speed.py --bin B --data DIR [--mb 1000] [--runs 3]

The log is built: conversations that grow by a question and an answer with each request and repeat all before it, 40 at
a time, of five applications with a system prompt and eight tools each. Its texts are meetings (QMSum, where DIR has it;
else built words), code (the sources of this repository) and JSON of tools. Counting gets the texts of all
requests as one file, with the same vocabulary, and may use the same two processors; runs take turns, and the
least wall time of each counts.
"""
import argparse
import glob
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
START = 1793955600  # 2026-11-06


def sentences(data, rng):
    path = os.path.join(data, "summarize", "qmsum.val.jsonl")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            turns = [t["content"] for line in f for t in json.loads(line)["meeting_transcripts"]]
        return [t for t in turns if 30 < len(t) < 2000], "meetings of QMSum"
    words = [a + b + c for a, b, c in itertools.product("ba de fi go ku la me ni po ru sa te vo".split(), repeat=3)]
    rng.shuffle(words)
    weights = list(itertools.accumulate(1 / (i + 3) for i in range(len(words))))
    return [" ".join(rng.choices(words, cum_weights=weights, k=rng.randint(6, 30))).capitalize() + "." for _ in range(20000)], "built words"


def code(rng):
    blocks = []
    for path in sorted(glob.glob(os.path.join(ROOT, "optimizer", "*", "*.c"))):
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        blocks += ["\n".join(lines[i:i + 25]) for i in range(0, len(lines), 25)]
    rng.shuffle(blocks)
    return blocks


class Text:
    def __init__(self, data, rng):
        self.rng = rng
        self.said, self.what = sentences(data, rng)
        self.code = code(rng)

    def of(self, n):
        """About n bytes of what was said."""
        out, size = [], 0
        while size < n:
            out.append(self.rng.choice(self.said))
            size += len(out[-1]) + 1
        return " ".join(out)

    def answer(self):
        kind = self.rng.random()
        if kind < .25:
            return self.of(200) + "\n\n```c\n" + self.rng.choice(self.code) + "\n```\n"
        if kind < .4:
            return json.dumps([{"id": self.rng.randint(1, 10**6), "title": self.of(40), "score": self.rng.random()} for _ in range(8)], indent=1)
        return self.of(self.rng.randint(100, 1500))


def write_log(folder, data, size):
    rng = random.Random(7)
    text = Text(data, rng)
    apps = [{"system": text.of(3500), "tools": [
        {"type": "function", "function": {"name": f"look_{a}_{i}", "description": text.of(200), "parameters": {
            "type": "object", "properties": {"query": {"type": "string", "description": text.of(60)}, "limit": {"type": "integer"}}, "required": ["query"]}}}
        for i in range(8)]} for a in range(5)]
    for a in apps:
        a["json"] = json.dumps(a["tools"])
        a["text"] = "\n".join([a["system"]] + [json.dumps(t) for t in a["tools"]])
    live, now, n, written = [], START, 0, 0
    log, texts = os.path.join(folder, "log.jsonl"), os.path.join(folder, "texts.txt")
    with open(log, "w", encoding="utf-8") as f, open(texts, "w", encoding="utf-8") as t:
        while written < size:
            if len(live) < 40:
                live.append({"app": rng.randrange(5), "left": rng.randint(2, 30), "json": [], "text": []})
            c = rng.choice(live)
            a = apps[c["app"]]
            for role in (["assistant", "user"] if c["json"] else ["user"]):
                said = text.answer() if role == "assistant" else text.of(rng.randint(20, 600))
                c["json"].append(json.dumps({"role": role, "content": said}))
                c["text"].append(said)
            now += rng.randint(0, 8)
            n += 1
            system = json.dumps({"role": "system", "content": a["system"]})
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
            line = (f'{{"at":"{at}","provider":"openai","id":"r-{n}","task":"app {c["app"]}","request":{{"model":"gpt-5",'
                    f'"tools":{a["json"]},"messages":[{system},{",".join(c["json"])}]}}}}\n')
            written += f.write(line)
            t.write(a["text"] + "\n" + "\n".join(c["text"]) + "\n")
            c["left"] -= 1
            if not c["left"]:
                live.remove(c)
    return log, texts, n, text.what


def run(command):
    """Wall seconds, processor seconds, megabytes at most, output."""
    start = time.time()
    p = subprocess.Popen(command, stdout=subprocess.PIPE)
    out = p.stdout.read()
    _, status, use = os.wait4(p.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)}: status {status}")
    return time.time() - start, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024, out


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--mb", type=int, default=1000)
    p.add_argument("--runs", type=int, default=3)
    a = p.parse_args()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    with tempfile.TemporaryDirectory() as d:
        log, texts, n, what = write_log(d, a.data, a.mb * 1000000)
        commands = {"count": [a.bin, "count", "-q", "-j", "2", "-m", "gpt-5", texts],
                    "audit": [a.bin, "audit", "-q", "-j", "2", "--asof", "2026-11-06", "--json", log],
                    "audit -j 1": [a.bin, "audit", "-q", "-j", "1", "--asof", "2026-11-06", "--json", log]}
        best = {}
        for _ in range(a.runs):
            for name, command in commands.items():
                got = run(command)
                if name not in best or got[0] < best[name][0]:
                    best[name] = got
        sizes = os.path.getsize(log), os.path.getsize(texts)
    if best["audit"][3] != best["audit -j 1"][3]:
        sys.exit("the report depends on -j")
    print(f"{n:,} requests, {sizes[0]:,} bytes ({what}, code, JSON); their texts: {sizes[1]:,} bytes, {int(best['count'][3].split()[0]):,} tokens. "
          f"Two processors, load of the machine {os.getloadavg()[0]:.1f}, least of {a.runs} runs.\n")
    print("| | seconds | of processor | MB/s of log | MiB at most | x counting |\n|---|---:|---:|---:|---:|---:|")
    for name, (wall, used, most, _) in best.items():
        rate = "" if name == "count" else f"{sizes[0] / wall / 1e6:.0f}"
        print(f"| {'counting the texts' if name == 'count' else 'tokcount ' + name} | {wall:.2f} | {used:.2f} | {rate} | {most:.0f} | {best['count'][0] / wall:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
