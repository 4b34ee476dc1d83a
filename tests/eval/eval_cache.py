#!/usr/bin/env python3
"""Mooncake's conversation trace through every provider's cache rules, cache sizes and lives.

  eval_cache.py --bin B --data DIR      DIR/prefix-cache/mooncake.conversation.jsonl

The truth beside ours is computed here: a set of block hashes seen, 512 tokens each.
"""
import argparse
import json
import os
import subprocess
import sys
import time


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", required=True)
    p.add_argument("--data", required=True)
    a = p.parse_args()
    path = os.path.join(a.data, "prefix-cache", "mooncake.conversation.jsonl")
    if not os.path.exists(path):
        print("needs prefix-cache/mooncake.conversation.jsonl (the Mooncake repository's conversation trace)")
        return 77

    def audit(*args):
        start = time.time()
        out = subprocess.run([a.bin, "audit", "-q", "--asof", "2026-11-26", "--format", "mooncake", "--json", *args, path], stdout=subprocess.PIPE, check=True).stdout
        return json.loads(out), time.time() - start

    seen, hit, total = set(), 0, 0
    for line in open(path):
        r = json.loads(line)
        left, total, ok = r["input_length"], total + r["input_length"], True
        for h in r["hash_ids"]:
            take = min(512, left)
            left -= take
            ok = ok and h in seen
            hit += take if ok else 0
        seen.update(r["hash_ids"])
    ours, took = audit()
    print(f"Unlimited cache: {ours['hit_tokens']:,} of {ours['input_tokens']:,} tokens ({ours['hit_rate']:.4f}) in {took:.2f} s; a set of hashes in this script: "
          f"{hit:,} of {total:,} ({hit / total:.4f}); the paper: 0.40.\n")
    print("| cache size (blocks of 512) | " + " | ".join(f"{n:,}" for n in (500, 1000, 3000, 10000, 30000, 100000)) + " |\n|---|" + "---|" * 6)
    print("| hit rate, vLLM's eviction | " + " | ".join(f"{audit('--cache-size', str(n))[0]['hit_rate']:.4f}" for n in (500, 1000, 3000, 10000, 30000, 100000)) + " |\n")
    print("| life | 60 s | 5 min | 30 min | 1 h |\n|---|---|---|---|---|")
    print("| hit rate | " + " | ".join(f"{audit('--what-if', f'ttl={t}')[0]['hit_rate']:.4f}" for t in ("60s", "5m", "30m", "1h")) + " |\n")
    print("Each provider's own minimum, step, least promised life and prices of 2026-11-26, breakpoints at the best places:\n")
    print("| provider, model | hit rate | cost | cost if entries lived on |\n|---|---|---|---|")
    for provider, model, more in (("openai", "gpt-5", ()), ("openai", "gpt-4o", ()), ("openai", "gpt-5.5", ()), ("openai", "gpt-5.6-sol", ()), ("openai", "gpt-6.1-sol", ()),
                                  ("anthropic", "claude-opus-5-5", ()), ("anthropic", "claude-opus-5-5", ("--what-if", "ttl=1h")), ("anthropic", "claude-sonnet-5-5", ()),
                                  ("anthropic", "claude-haiku-4-5", ()), ("google", "gemini-3.1-pro-preview", ()), ("google", "gemini-3.8-flash", ()), ("deepseek", "deepseek-v4-pro", ()),
                                  ("x-ai", "grok-4.7", ()), ("moonshotai", "kimi-k3", ()), ("minimax", "minimax-m3", ()), ("zai", "GLM-5.3", ()), ("mistral", "mistral-large-4", ())):
        o, _ = audit("--provider", provider, "-m", model, *more)
        m = o["money"]
        dollars = lambda x: f"${x / 1e12:,.2f}" if m["actual"] else "not priced"
        print(f"| {provider} {model}{' (1 h)' if more else ''} | {o['hit_rate']:.4f} | {dollars(m['actual'])} | {dollars(m['potential'])} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
