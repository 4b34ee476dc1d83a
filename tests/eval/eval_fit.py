#!/usr/bin/env python3
"""What making a request smaller takes, against counting it.

Requests of about 100,000 tokens (a history, a request with 1,000 chunks), once of the meetings of QMSum where
they are in DIR and once built of few words, which are counted from a cache and so are the hardest to keep
up with; and a history of 10 million tokens. Processor time (user and system), as a multiple of counting the same
request, in two ways, both without the start of the process: of the command less that of an empty run, the smallest of
several runs that take turns; and of one request more in a process that has had it before (--jsonl, copies of the
request on lines), where counting has its caches warm and so is hardest to keep up with.

    eval_fit.py --bin B [--data DIR] [--long TOKENS]      TOKENS: of the long history, 10,000,000; 0: none
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

RUNS, RUNS_AGAIN, COPIES = 15, 5, 5
QUESTION = "What did the group decide about the budget, and why?"


def built_text(rng, n):
    words = ("river bridge signal valley engine method carbon answer window garden measure between because "
             "standard system request never should Lyon Oslo 14 2026 report table draft budget").split()
    return " ".join(" ".join(rng.choice(words) for _ in range(12)).capitalize() + "." for _ in range(n))


def built_history(rng):
    m = [{"role": "system", "content": built_text(rng, 30)}]
    for k in range(110):
        m.append({"role": "user", "content": built_text(rng, 10) + "   \n\n\n\n" + built_text(rng, 8)})
        m.append({"role": "assistant", "content": None, "tool_calls": [
            {"id": f"c{k}", "type": "function", "function": {"name": "look", "arguments": "{}"}}]})
        m.append({"role": "tool", "tool_call_id": f"c{k}",
                  "content": json.dumps([{"id": i, "text": built_text(rng, 1)} for i in range(16)], indent=2)})
        m.append({"role": "assistant", "content": built_text(rng, 10)})
    m.append({"role": "user", "content": QUESTION})
    return {"model": "gpt-4o", "messages": m}


def built_chunks(rng):
    text = "\n\n".join(built_text(rng, 7) for _ in range(1000))
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": f"Use these notes.\n\n{text}\n\n{QUESTION}"}]}


def meeting_turns(data):
    path = os.path.join(data or "", "summarize", "qmsum.val.jsonl")
    if not os.path.exists(path):
        return None
    turns = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            turns += [t["content"] for t in json.loads(line)["meeting_transcripts"]]
    return turns


def spoken_history(turns, n):
    """Turns of at least 12 words, by user and assistant in turn, until there are about n tokens."""
    m, size = [{"role": "system", "content": "You answer questions about meetings. Never invent anything."}], 0
    for t in turns:
        if len(t.split()) < 12:
            continue
        m.append({"role": "assistant" if len(m) % 2 == 0 else "user", "content": t})
        size += len(t) // 4
        if size > n:
            break
    m.append({"role": "user", "content": QUESTION})
    return {"model": "gpt-4o", "messages": m}


def spoken_chunks(turns):
    w = " ".join(turns).split()
    text = "\n\n".join(" ".join(w[i:i + 80]) for i in range(0, 80000, 80))
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": f"Use these notes.\n\n{text}\n\n{QUESTION}"}]}


def once(argv):
    """Processor seconds and the kilobytes it had."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.execv(argv[0], argv)
    _, status, use = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{argv}: exit status {os.waitstatus_to_exitcode(status)}")
    return use.ru_utime + use.ru_stime, use.ru_maxrss


def take_turns(commands, runs):
    best = [float("inf")] * len(commands)
    for _ in range(runs):
        for i, c in enumerate(commands):
            best[i] = min(best[i], once(c)[0])
    return best


def count_of(binary, path):
    p = subprocess.run([binary, "count", "--as", "request", "--total", "-m", "gpt-4o", path], stdout=subprocess.PIPE, text=True, check=True)
    return int(p.stdout)


def passes_of(binary):
    p = subprocess.run([binary, "fit", "--passes", "list"], stdout=subprocess.PIPE, text=True, check=True)
    return [x.split()[0] for x in p.stdout.splitlines() if x.split()[0] not in ("minify", "layout")]


def measure(binary, folder, name, request):
    path, empty, out, lines = (os.path.join(folder, x) for x in ("req.json", "empty.json", "out.json", "req.jsonl"))
    for name_of, copies in ((path, 1), (lines, COPIES)):
        with open(name_of, "w", encoding="utf-8") as f:
            f.write(copies * (json.dumps(request) + "\n"))
    tokens = count_of(binary, path)
    half = ["--budget", str(tokens // 2)]
    plans = [("lossless", ["--lossless"])]
    plans += [(p, ["--passes", p, "--waive", "all"] + half) for p in passes_of(binary)]
    plans.append(("all that a budget asks for", ["--waive", "all"] + half))
    plans.append(("all, guarded: no fact that stands nowhere else may go", half))
    plans = [(label, ["-q"] + extra) for label, extra in plans]
    plans.append(("the same, and told what was kept and, where half is out of reach, what waiving it would give", half))
    fit = [binary, "fit", "-m", "gpt-4o", "-o", out]
    times = take_turns([[binary, "count", "--as", "request", "-m", "gpt-4o", empty], fit + ["-q", empty],
                        [binary, "count", "--as", "request", "-m", "gpt-4o", path]] + [fit + extra + [path] for _, extra in plans], RUNS)
    count = max(times[2] - times[0], 1e-4)
    many = take_turns([[binary, "count", "--as", "request", "--jsonl", "-j", "1", "-m", "gpt-4o", lines]] +
                      [fit + extra + ["--jsonl", "-j", "1", lines] for _, extra in plans], RUNS_AGAIN)
    again = [max(m - t, 1e-4) / (COPIES - 1) for m, t in zip(many, times[2:])]
    print(f"\n{name}: {tokens:,} tokens, counted in {1000 * count:.1f} ms, once more in the same process in {1000 * again[0]:.1f} ms.\n")
    print("| fit, to half of the tokens | ms of processor | times counting | once more: ms | times counting |\n|---|---:|---:|---:|---:|")
    for (label, _), t, more in zip(plans, times[3:], again[1:]):
        print(f"| {label} | {1000 * (t - times[1]):.1f} | {(t - times[1]) / count:.1f} | {1000 * more:.1f} | {more / again[0]:.1f} |")


def measure_long(binary, folder, turns, tokens):
    rng = random.Random(3)
    m, size = [], 0
    while size < tokens:
        t = rng.choice(turns)
        m.append({"role": "user" if len(m) % 2 == 0 else "assistant", "content": t})
        size += len(t) // 5 + 4
    if len(m) % 2:
        m.pop()
    m.append({"role": "user", "content": QUESTION})
    path = os.path.join(folder, "long.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"model": "gpt-4o", "messages": m}, f)
    n = count_of(binary, path)
    print(f"\nA history of {n:,} tokens in {len(m):,} messages ({os.path.getsize(path) / 1e6:.0f} MB):\n")
    print("| | seconds of processor | megabytes at most | tokens after |\n|---|---:|---:|---:|")
    t, kb = once([binary, "count", "--as", "request", "-m", "gpt-4o", path])
    print(f"| count | {t:.1f} | {kb / 1024:.0f} | {n:,} |")
    for label, extra in (("fit to 100,000, all that a budget asks for", ["--waive", "all", "--budget", "100000"]),
                         ("fit to 100,000, summarise only", ["--passes", "summarise", "--waive", "all", "--budget", "100000"])):
        out = os.path.join(folder, "long.out.json")
        if os.path.exists(out):
            os.remove(out)
        t, kb = once([binary, "fit", "-q", "-m", "gpt-4o", "-o", out] + extra + [path])
        after = f"{count_of(binary, out):,}" if os.path.exists(out) else "out of reach"
        print(f"| {label} | {t:.1f} | {kb / 1024:.0f} | {after} |")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--bin", required=True)
    ap.add_argument("--data")
    ap.add_argument("--long", type=int, default=10000000)
    a = ap.parse_args()
    rng = random.Random(7)
    turns = meeting_turns(a.data)
    print(f"Processor time less that of an empty run, the smallest of {RUNS} runs that take turns; once more: of each further of {COPIES} "
          f"copies on lines, one thread, the smallest of {RUNS_AGAIN}; load of the machine {os.getloadavg()[0]:.0f}. "
          "Facts may be lost (--waive all) but in the last two rows. A million chunks through dedupe, beside datasketch and rensa: "
          "section dedupe.")
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "empty.json"), "w", encoding="utf-8") as f:
            json.dump({"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}, f)
        if turns:
            measure(a.bin, d, "History, spoken (QMSum)", spoken_history(turns, 100000))
            measure(a.bin, d, "1,000 chunks, spoken (QMSum)", spoken_chunks(turns))
        measure(a.bin, d, "History, built of 24 words, with tool calls and pretty JSON", built_history(rng))
        measure(a.bin, d, "1,000 chunks, built of 24 words", built_chunks(rng))
        if a.long:
            texts = turns or [built_text(rng, 6) for _ in range(2000)]
            measure_long(a.bin, d, texts, a.long)
    return 0


if __name__ == "__main__":
    sys.exit(main())
