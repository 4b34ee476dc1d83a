#!/usr/bin/env python3
"""Summaries: ROUGE on DialogSum's dialogues, facts kept per token on QMSum's meetings.

Baselines in the same run: the first three turns, the three longest, LexRank (cosine of tf-idf, threshold
0.1, damping 0.85) and the greedy oracle of three turns. ROUGE is F1 without stemming on [a-z0-9]+, the
mean over the references; every method gets the tokens of the first three turns (o200k_base).
"""
import argparse
import collections
import json
import math
import os
import re
import subprocess
import sys

WORD = re.compile(r"[a-z0-9]+")
STOP = set("a an and are as at be been but by can could did do does for from had has have he her him his how i if in into is it its "
           "me my no not of on or our she so than that the their them then there these they this those to was we were what when "
           "where which who why will with would you your about all also am just so up".split())


def words(s):
    return WORD.findall(s.lower())


def f1(hit, a, b):
    return 2.0 * hit / (a + b) if hit else 0.0


def rouge(hyp, ref):
    h, r = words(hyp), words(ref)
    out = []
    for n in (1, 2):
        a = collections.Counter(tuple(h[i:i + n]) for i in range(len(h) - n + 1))
        b = collections.Counter(tuple(r[i:i + n]) for i in range(len(r) - n + 1))
        out.append(f1(sum((a & b).values()), sum(a.values()), sum(b.values())))
    row = [0] * (len(r) + 1)
    for x in h:
        corner = 0
        for j, y in enumerate(r, 1):
            up = row[j]
            row[j] = corner + 1 if x == y else max(up, row[j - 1])
            corner = up
    return out + [f1(row[-1], len(h), len(r))]


def command(binary, args, objects):
    text = "".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects)
    p = subprocess.run([binary, *args], input=text, stdout=subprocess.PIPE, text=True, check=True, encoding="utf-8")
    return [json.loads(line) for line in p.stdout.splitlines()]


def count(binary, texts):
    return command(binary, ["count", "-e", "o200k_base", "--jsonl", "-"], texts)


def lexrank(texts):
    """Turns in the order of their centrality."""
    bags = [collections.Counter(w for w in words(t) if w not in STOP) for t in texts]
    n = len(bags)
    df = collections.Counter(w for b in bags for w in b)
    vec = []
    for b in bags:
        v = {w: c * math.log(1.0 + n / df[w]) for w, c in b.items()}
        norm = math.sqrt(sum(x * x for x in v.values())) or 1.0
        vec.append({w: x / norm for w, x in v.items()})
    post = collections.defaultdict(list)
    for i, v in enumerate(vec):
        for w, x in v.items():
            post[w].append((i, x))
    near = [[] for _ in range(n)]
    for i, v in enumerate(vec):
        cos = collections.defaultdict(float)
        for w, x in v.items():
            if len(post[w]) <= 200:  # a word of more turns is one of grammar in a long meeting
                for j, y in post[w]:
                    cos[j] += x * y
        near[i] = [j for j, c in cos.items() if c > 0.1] or [i]
    p = [1.0 / n] * n
    for _ in range(30):
        q = [0.15 / n] * n
        for i in range(n):
            share = 0.85 * p[i] / len(near[i])
            for j in near[i]:
                q[j] += share
        p = q
    return sorted(range(n), key=lambda i: (-p[i], i))


def fill(order, tokens, budget):
    taken, left = [], budget
    for i in order:
        if tokens[i] <= left:
            taken.append(i)
            left -= tokens[i]
    return sorted(taken)


def turn_of(line):
    who, sep, text = line.partition(": ")
    return {"speaker": who, "text": text} if sep else {"speaker": "", "text": line}


def dialogsum(binary, path):
    data = [json.loads(line) for line in open(path, encoding="utf-8")]
    talks = [d["dialogue"].split("\n") for d in data]
    refs = [[v for k, v in sorted(d.items()) if re.fullmatch(r"summary\d?", k)] for d in data]
    lead = ["\n".join(t[:3]) for t in talks]
    budget = count(binary, lead)
    per_turn = iter(count(binary, [x for t in talks for x in t]))
    tokens = [[next(per_turn) + 1 for _ in t] for t in talks]

    def oracle(i):
        best, chosen = -1.0, []
        while len(chosen) < 3:
            options = []
            for j in range(len(talks[i])):
                if j not in chosen:
                    text = "\n".join(talks[i][k] for k in sorted(chosen + [j]))
                    options.append((sum(sum(rouge(text, r)[:2]) for r in refs[i]), -j))
            if not options or max(options)[0] <= best:
                break
            best = max(options)[0]
            chosen.append(-max(options)[1])
        return "\n".join(talks[i][k] for k in sorted(chosen))

    def ours(**more):
        tasks = [{"id": i, "turns": [turn_of(x) for x in t], "budget": b, **more} for i, (t, b) in enumerate(zip(talks, budget))]
        return [o["summary"] for o in command(binary, ["summarise", "-e", "o200k_base", "--jsonl", "-"], tasks)]

    rows = [("first 3 turns", lead),
            ("longest 3 turns", ["\n".join(sorted(sorted(t, key=len)[-3:], key=t.index)) for t in talks]),
            ("LexRank, 3 turns", ["\n".join(t[i] for i in sorted(lexrank(t)[:3])) for t in talks]),
            ("LexRank, the tokens of 3 turns", ["\n".join(t[i] for i in fill(lexrank(t), k, b)) for t, k, b in zip(talks, tokens, budget)]),
            ("ours", ours()), ("ours, fill", ours(fill=True)), ("ours, verbatim", ours(verbatim=True)),
            ("greedy oracle, 3 turns", [oracle(i) for i in range(len(talks))])]
    score = {}
    print("### DialogSum, %d dialogues\n" % len(data))
    print("| method | ROUGE-1 | ROUGE-2 | ROUGE-L | tokens | over budget |\n|---|---|---|---|---|---|")
    for name, texts in rows:
        s = [0.0, 0.0, 0.0]
        for text, R in zip(texts, refs):
            for r in R:
                s = [x + y / len(R) for x, y in zip(s, rouge(text, r))]
        score[name] = [100 * x / len(data) for x in s]
        n = count(binary, texts)
        over = "-" if "LexRank, 3" in name or "longest" in name or "oracle" in name else sum(x > b for x, b in zip(n, budget))
        print("| %s | %.2f | %.2f | %.2f | %.1f | %s |" % (name, *score[name], sum(n) / len(n), over))
    a, b, z = score["first 3 turns"], score["ours"], score["greedy oracle, 3 turns"]
    print("\nOf the gap between the first 3 turns and the oracle ours closes %s %% (ROUGE-1/2/L).\n"
          % " / ".join("%.1f" % (100 * (y - x) / (w - x)) for x, y, w in zip(a, b, z)))


NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
SPELLED = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|half|percent)\b", re.I)
NAME = re.compile(r"(?<=[a-z,] )(?!I\b|I'|Okay|Yeah|OK|Um|Uh|Mm|Oh|Well|And|So|But)[A-Z][A-Za-z]{2,}(?: [A-Z][A-Za-z]+)*")
NEGATION = re.compile(r"\b(?:not|never|no|nothing|none|without|cannot|\w+n't)\b(?:\W+\w+){1,2}", re.I)
DECISION = re.compile(r"\b(?:deci(?:de|ded|sion)|agree[ds]?|agreement|conclude[ds]?|we should|we will|we'll|let's|must|have to|going to|approve[ds]?)\b(?:\W+\w+){1,2}", re.I)


def facts(text):
    """What a reader would miss: each different one once."""
    return {"numbers": {m.lower() for m in NUMBER.findall(text)} | {m.lower() for m in SPELLED.findall(text)},
            "names": set(NAME.findall(text)),
            "negations": {" ".join(words(m)) for m in NEGATION.findall(text)},
            "decisions": {" ".join(words(m)) for m in DECISION.findall(text)}}


def qmsum(binary, path, percent):
    meetings = [json.loads(line)["meeting_transcripts"] for line in open(path, encoding="utf-8")]
    kinds = ("numbers", "names", "negations", "decisions")
    total = collections.defaultdict(lambda: collections.Counter())
    tokens = collections.Counter()
    tasks, texts = [], []
    for m in meetings:
        lines = ["%s: %s" % (t["speaker"], t["content"]) for t in m]
        n = [x + 1 for x in count(binary, lines)]
        budget = sum(n) * percent // 100
        tasks.append({"turns": [{"speaker": t["speaker"], "text": t["content"]} for t in m], "budget": budget, "fill": True})
        texts.append({"lead": "\n".join(lines[i] for i in fill(range(len(n)), n, budget)),
                      "LexRank": "\n".join(lines[i] for i in fill(lexrank(lines), n, budget)), "whole": "\n".join(lines)})
    for more, name in (({}, "ours"), ({"verbatim": True}, "ours, verbatim")):
        for t, o in zip(texts, command(binary, ["summarise", "-e", "o200k_base", "--jsonl", "-"], [{**x, **more} for x in tasks])):
            t[name] = o["summary"]
    order = ("whole", "lead", "LexRank", "ours", "ours, verbatim")
    for name in order:
        for t, n in zip(texts, count(binary, [t[name] for t in texts])):
            tokens[name] += n
            said = facts(t["whole"])
            for k in kinds:
                # a summary in the third person may say "Ann doesn't" for "I don't": any that the meeting
                # has, or of which the meeting has the words behind the negation
                got = facts(t[name])[k]
                total[name][k] += len(got & said[k]) if k != "negations" else len({x.split(" ", 1)[-1] for x in got} & {x.split(" ", 1)[-1] for x in said[k]})
    print("### QMSum, %d meetings, summaries of %d %% of the tokens: different facts kept, and for 1,000 tokens\n" % (len(meetings), percent))
    print("| method | tokens | %s | all, of 1,000 tokens |\n|---|---|---|---|---|---|---|" % " | ".join(kinds))
    for name in order:
        print("| %s | %d | %s | %.1f |" % (name, tokens[name], " | ".join("%d (%.1f)" % (total[name][k], 1000.0 * total[name][k] / tokens[name]) for k in kinds),
                                           1000.0 * sum(total[name].values()) / tokens[name]))
    print()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", required=True)
    p.add_argument("--data", required=True)
    a = p.parse_args()
    talks, meetings = (os.path.join(a.data, "summarize", f) for f in ("dialogsum.dev.jsonl", "qmsum.val.jsonl"))
    if not os.path.exists(talks) or not os.path.exists(meetings):
        print("needs summarize/dialogsum.dev.jsonl and summarize/qmsum.val.jsonl")
        sys.exit(77)
    dialogsum(a.bin, talks)
    for percent in (2, 10):
        qmsum(a.bin, meetings, percent)


if __name__ == "__main__":
    main()
