#!/usr/bin/env python3
"""eval_fit.py - what making a request smaller takes, against counting it.

Builds a request of about 100,000 tokens (a history with tool calls, a request with 1,000 chunks),
runs the command on each, and gives the processor time (user and system, median of several runs, without
that of an empty run) as a multiple of counting the same request. Needs no data.
"""
import argparse, json, os, random, statistics, sys, tempfile

RUNS = 9


def para(rng, n):
    words = ("river bridge signal valley engine method carbon answer window garden measure between because "
             "standard system request never should Lyon Oslo 14 2026 report table draft budget").split()
    return " ".join(" ".join(rng.choice(words) for _ in range(12)).capitalize() + "." for _ in range(n))


def history(rng):
    m = [{"role": "system", "content": para(rng, 30)}]
    for k in range(150):
        m.append({"role": "user", "content": para(rng, 10) + "   \n\n\n\n" + para(rng, 8)})
        m.append({"role": "assistant", "content": None, "tool_calls": [
            {"id": f"c{k}", "type": "function", "function": {"name": "look", "arguments": "{}"}}]})
        m.append({"role": "tool", "tool_call_id": f"c{k}",
                  "content": json.dumps([{"id": i, "text": para(rng, 1)} for i in range(16)], indent=2)})
        m.append({"role": "assistant", "content": para(rng, 10)})
    m.append({"role": "user", "content": "What did the report say about Lyon?"})
    return {"model": "gpt-4o", "messages": m}


def chunks(rng):
    text = "\n\n".join(para(rng, 7) for _ in range(1000))
    return {"model": "gpt-4o", "messages": [
        {"role": "user", "content": f"Use these notes.\n\n{text}\n\nWhat does the report say about Oslo?"}]}


def seconds(argv):
    times = []
    for _ in range(RUNS):
        pid = os.fork()
        if pid == 0:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(null, 1)
            os.dup2(null, 2)
            os.execv(argv[0], argv)
        _, status, use = os.wait4(pid, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            sys.exit(f"{argv}: exit status {os.waitstatus_to_exitcode(status)}")
        times.append(use.ru_utime + use.ru_stime)
    return statistics.median(times)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--bin", required=True)
    ap.add_argument("--data", help="not needed")
    a = ap.parse_args()
    rng = random.Random(7)
    rows = []
    with tempfile.TemporaryDirectory() as d:
        empty = os.path.join(d, "empty.json")
        with open(empty, "w") as f:
            json.dump({"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}, f)
        start_count = seconds([a.bin, "count", "--as", "request", "-m", "gpt-4o", empty])
        start_fit = seconds([a.bin, "fit", "-q", empty])
        for name, make in (("history", history), ("1,000 chunks", chunks)):
            path = os.path.join(d, "req.json")
            with open(path, "w") as f:
                json.dump(make(rng), f)
            tokens = int(os.popen(f"'{a.bin}' count --as request --total -m gpt-4o '{path}'").read())
            count = max(seconds([a.bin, "count", "--as", "request", "-m", "gpt-4o", path]) - start_count, 1e-4)
            rows.append((name, tokens, "count", count, 1.0))
            plans = [("fit --lossless", ["--lossless"])]
            for p in os.popen(f"'{a.bin}' fit --passes list").read().splitlines():
                p = p.split()[0]
                if p not in ("minify", "layout"):
                    plans.append((f"fit --passes {p}, half the tokens", ["--waive", "all", "--passes", p, "--budget", str(tokens // 2)]))
            plans.append(("fit, half the tokens", ["--waive", "all", "--budget", str(tokens // 2)]))
            plans.append(("fit, half the tokens, guarded", ["--budget", str(tokens // 2)]))
            for label, extra in plans:
                t = seconds([a.bin, "fit", "-q", "-o", os.path.join(d, "out"), *extra, path]) - start_fit
                rows.append((name, tokens, label, t, t / count))
    print("| request | tokens | what | ms of processor | times counting |")
    print("|---|---:|---|---:|---:|")
    for name, tokens, label, t, times in rows:
        print(f"| {name} | {tokens:,} | {label} | {1000 * t:.1f} | {times:.1f} |")


if __name__ == "__main__":
    main()
