#!/usr/bin/env python3
"""What simulated providers report as cached, and what the audit says of the same logs.

  eval_reported.py --bin B --data DIR      (nothing of DIR is used)

The providers are written here, by their dated rules (November 2026) and without looking at the audit: each
answers a log of conversations with its own usage fields. Where a rule leaves something open - a life of 5 minutes to an
hour, a minimum of 1,024 or 2,048, a look-back of 50 or 80 - the simulated provider draws it anew
for every request. Tokens are those of "tokcount encode" and "count", text by text.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile

WORDS = ("account card loan transfer savings mortgage insurance pension complaint limit fee currency branch customer question answer document handbook status colleague "
         "amount promise date month policy secure online contract period interest balance statement").split()
FOREVER = float("inf")


class Ids:
    """Token ids of texts, asked of the command in one go; where it only counts, the count."""

    def __init__(self, binary, model):
        self.binary, self.model, self.known = binary, model, {}

    def learn(self, texts):
        new = sorted({t for t in texts if t not in self.known})
        if not new:
            return
        lines = "".join(json.dumps(t) + "\n" for t in new)
        out = subprocess.run([self.binary, "encode", "-q", "-m", self.model, "--jsonl", "-"], input=lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if out.returncode == 0:
            got = [json.loads(x) for x in out.stdout.splitlines()]
        else:
            out = subprocess.run([self.binary, "count", "-q", "-m", self.model, "--jsonl", "-"], input=lines, stdout=subprocess.PIPE, text=True, check=True)
            got = [[None] * int(x.split()[0]) for x in out.stdout.splitlines()]
        self.known.update(zip(new, got))

    def __call__(self, text):
        return self.known[text]


def prose(rng, n):
    return " ".join(rng.choice(WORDS) for _ in range(n))


def talks(rng, n, longest, system_words):
    """(time, who, system parts, messages) of conversations that begin alike, in the order they were sent."""
    systems = [[prose(rng, system_words), prose(rng, system_words // 3)] for _ in range(3)]
    open_talks, at = [], 1793620800
    for _ in range(n):
        at += rng.choice([1, 3, 8, 20, 45, 90, 200, 400, 1200, 2400, 4000] if rng.random() < 0.3 else [1, 3, 8, 20])
        if not open_talks or rng.random() < 0.25:
            parts = list(rng.choice(systems))
            if rng.random() < 0.3:
                parts[1] = f"Current time: {at // 3600 % 24:02d}:{at // 60 % 60:02d}. " + parts[1]
            open_talks.append((rng.choice("abc"), parts, []))
        who, parts, messages = talk = rng.choice(open_talks[-6:])
        messages.append(("user", prose(rng, rng.randrange(5, 60))))
        yield at, who, list(parts), list(messages)
        messages.append(("assistant", prose(rng, rng.randrange(20, 120))))
        if len(messages) > longest:
            open_talks.remove(talk)


def common(a, b, ids):
    """Tokens that two prompts begin with: whole parts, then what the next two texts begin with."""
    n = 0
    for x, y in zip(a, b):
        if x == y:
            n += len(ids(x[1]))
            continue
        if x[0] == y[0]:
            for p, q in zip(ids(x[1]), ids(y[1])):
                if p != q:
                    break
                n += 1
        break
    return n


class Prefix:
    """Any beginning that a request had not long ago, in whole steps: OpenAI up to 5.5, Gemini, Kimi, DeepSeek."""

    def __init__(self, least, step, life):
        self.least, self.step, self.life = least, step, life
        self.sent = {}

    def answer(self, rng, at, who, prompt, marks, ids):
        best = 0
        for when, old, life in self.sent.setdefault(who, []):
            if at - when <= life:
                best = max(best, common(old, prompt, ids))
        best -= best % (rng.choice(self.step) if isinstance(self.step, tuple) else self.step)
        best = best if best >= self.least else 0
        self.sent[who].append((at, prompt, rng.uniform(*self.life)))
        return best, 0


class Marks:
    """Entries behind breakpoints, looked for backwards: Anthropic; OpenAI from 5.6 on counts entries, not blocks."""

    def __init__(self, least, life, reach, by_entries):
        self.least, self.life, self.reach, self.by_entries = least, life, reach, by_entries
        self.entries = {}

    def answer(self, rng, at, who, prompt, marks, ids):
        tokens = [0]
        for _, text in prompt:
            tokens.append(tokens[-1] + len(ids(text)))
        least, reach = rng.choice(self.least), rng.choice(self.reach)
        key = lambda n: (who, tuple(prompt[:n]))
        hit = 0
        for mark in sorted(marks)[-4:]:
            seen = 0
            for n in range(mark, 0, -1):
                if not self.by_entries and mark - n >= reach:
                    break
                if key(n) not in self.entries:
                    continue
                seen += 1
                if self.by_entries and seen > reach:
                    break
                if self.entries[key(n)] >= at and tokens[n] >= least:
                    hit = max(hit, tokens[n])
                    break
        for n in range(1, len(prompt) + 1):
            if tokens[n] == hit and key(n) in self.entries:
                self.entries[key(n)] = max(self.entries[key(n)], at + rng.uniform(*self.life))
        last = 0
        for mark in sorted(marks)[-4:]:
            if tokens[mark] >= least:
                self.entries[key(mark)] = at + rng.uniform(*self.life)
                last = max(last, tokens[mark])
        return hit, max(0, last - hit)


def anthropic(model, parts, messages):
    mark = {"cache_control": {"type": "ephemeral"}}
    system = [{"type": "text", "text": t, **(mark if i == len(parts) - 1 else {})} for i, t in enumerate(parts)]
    body = [{"role": r, "content": [{"type": "text", "text": t, **(mark if i == len(messages) - 1 else {})}]} for i, (r, t) in enumerate(messages)]
    prompt = [("system", t) for t in parts] + messages
    return {"model": model, "max_tokens": 9, "system": system, "messages": body}, prompt, {len(parts), len(prompt)}


def openai(model, parts, messages):
    prompt = [("system", t) for t in parts] + messages
    return {"model": model, "messages": [{"role": r, "content": t} for r, t in prompt]}, prompt, {len(prompt)}


def openai_day(model, parts, messages):
    body, prompt, marks = openai(model, parts, messages)
    return {**body, "prompt_cache_retention": "24h"}, prompt, marks


def gemini(model, parts, messages):
    prompt = [("system", t) for t in parts] + messages
    return {"model": model, "systemInstruction": {"parts": [{"text": t} for t in parts]},
            "contents": [{"role": "model" if r == "assistant" else r, "parts": [{"text": t}]} for r, t in messages]}, prompt, set()


def say_anthropic(total, hit, written):
    return {"usage": {"input_tokens": total - hit - written, "cache_read_input_tokens": hit, "cache_creation_input_tokens": written, "output_tokens": 5}}


def say_openai(total, hit, written):
    return {"usage": {"prompt_tokens": total, "completion_tokens": 5, "total_tokens": total + 5, "prompt_tokens_details": {"cached_tokens": hit, "cache_write_tokens": written}}}


def say_deepseek(total, hit, written):
    return {"usage": {"prompt_tokens": total, "completion_tokens": 5, "total_tokens": total + 5, "prompt_cache_hit_tokens": hit, "prompt_cache_miss_tokens": total - hit}}


def say_gemini(total, hit, written):
    return {"response": {"usageMetadata": {"promptTokenCount": total, "cachedContentTokenCount": hit, "candidatesTokenCount": 5, "totalTokenCount": total + 5}}}


# provider, model, body, usage, cache, what is left open ("": nothing)
CASES = [
    ("anthropic", "claude-opus-4-8", anthropic, say_anthropic, lambda: Marks([1024], (300, 300), [20], False), ""),
    ("anthropic", "claude-opus-5", anthropic, say_anthropic, lambda: Marks([512], (300, 300), [20], False), ""),
    ("anthropic", "claude-haiku-4-5", anthropic, say_anthropic, lambda: Marks([4096], (300, 300), [20], False), ""),
    ("anthropic", "claude-sonnet-4-6", anthropic, say_anthropic, lambda: Marks([1024, 2048], (300, 300), [20], False), "minimum 1,024 or 2,048"),
    ("openai", "gpt-5.5", openai, say_openai, lambda: Prefix(2048, 2048, (86400, 86400)), ""),
    ("openai", "gpt-5 (24h)", openai_day, say_openai, lambda: Prefix(1024, 128, (86400, 86400)), ""),
    ("openai", "gpt-5", openai, say_openai, lambda: Prefix(1024, 128, (300, 3600)), "lives 5 minutes to an hour"),
    ("openai", "gpt-4o", openai, say_openai, lambda: Prefix(1024, 128, (300, 3600)), "lives 5 minutes to an hour"),
    ("openai", "gpt-5.6-sol", openai, say_openai, lambda: Marks([1024], (1800, 80000), [50, 80], True), "lives 30 minutes or more; look-back 50 or 80"),
    ("google", "gemini-3.1-pro-preview", gemini, say_gemini, lambda: Prefix(4096, 1, (180, 3600)), "lives 3 minutes to an hour"),
    ("moonshotai", "kimi-k2.5", openai, say_openai, lambda: Prefix(256, 1, (300, 80000)), "no word of lives"),
    ("deepseek", "deepseek-v4-pro", openai, say_deepseek, lambda: Prefix(64, (1, 64), (3600, 80000)), "units of 1 or 64 tokens; lives an hour or more"),
]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--requests", type=int, default=400)
    p.add_argument("--keep", help="write the logs into this folder")
    a = p.parse_args()
    print(f"{a.requests} requests a row, of 3 tenants: conversations under system prompts of which some hold a clock.\n")
    print("| provider, model | left open | cached tokens: provider | audit | requests the same | inside the interval |\n|---|---|---|---|---|---|")
    failed = False
    for i, (provider, model, body_of, say, make, left_open) in enumerate(CASES):
        rng = random.Random(100 + i)
        name = model.split()[0]
        ids, cache, lines, reported = Ids(a.bin, name), make(), [], 0
        log = list(talks(rng, a.requests, 60, {"claude-haiku-4-5": 5000, "gemini-3.1-pro-preview": 5000, "claude-sonnet-4-6": 1100}.get(name, 1600)))
        ids.learn(t for _, _, parts, messages in log for t in parts + [m[1] for m in messages])
        for n, (at, who, parts, messages) in enumerate(log):
            body, prompt, marks = body_of(name, parts, messages)
            hit, written = cache.answer(rng, at, who, prompt, marks, ids)
            reported += hit
            lines.append(json.dumps({"at": at, "provider": provider, "model": name, "tenant": who, "id": f"r{n}", "request": body, **say(sum(len(ids(t)) for _, t in prompt), hit, written)}))
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as f:
            f.write("\n".join(lines) + "\n")
            f.flush()
            if a.keep:
                open(f"{a.keep}/{provider}-{name}-{i}.jsonl", "w").write("\n".join(lines) + "\n")
            o = json.loads(subprocess.run([a.bin, "audit", "-q", "--asof", "2026-11-02", "--json", f.name], stdout=subprocess.PIPE, check=True).stdout)
        r = o["reported"]
        wide = f"{o['hit_tokens']:,}" + (f" to {o['hit_tokens_high']:,}" if o["hit_tokens"] != o["hit_tokens_high"] else "")
        good = r["requests"] == a.requests and r["hit_tokens"] == reported and (r["inside"] if left_open else r["same"]) == a.requests
        failed = failed or not good
        print(f"| {provider} {model} | {left_open or 'nothing'} | {reported:,} | {wide} | {r['same']} of {a.requests} | {r['inside']} of {a.requests}{'' if good else ' **(differs)**'} |")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
