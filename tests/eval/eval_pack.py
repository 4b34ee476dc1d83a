#!/usr/bin/env python3
"""Packing on QMSum: which share of the gold spans' tokens survives a budget of 10, 25, 50 % of a meeting.

`tokcount pack` against the beginning of the meeting, BM25 over turns, and BM25 over turns with the
three turns before and behind each.
"""
import argparse
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import eval_rank  # noqa: E402  the plain BM25

SHARES = (10, 25, 50)


def lines(binary, command, rows):
    p = subprocess.run([binary] + command, input="".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows),
                       stdout=subprocess.PIPE, text=True, check=True)
    return p.stdout.splitlines()


def read(path, binary):
    tasks = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f):
            meeting = json.loads(line)
            turns = ["%s: %s" % (t["speaker"], t["content"]) for t in meeting["meeting_transcripts"]]
            tokens = [int(x) for x in lines(binary, ["count", "-e", "o200k_base", "--jsonl", "-"], turns)]
            for k, q in enumerate(meeting["specific_query_list"]):
                gold = set()
                for first, last in q["relevant_text_span"]:
                    gold.update(range(int(first), min(int(last) + 1, len(turns))))
                if gold:
                    tasks.append({"id": "%d.%d" % (number, k), "query": q["query"], "turns": turns, "tokens": tokens,
                                  "gold": gold})
    return tasks


def fill(order, task, budget):
    kept, left = {}, budget
    for i in order:
        if i not in kept and task["tokens"][i] <= left:
            kept[i] = task["tokens"][i]
            left -= task["tokens"][i]
    return kept


def recall(task, kept):
    return sum(kept.get(i, 0) for i in task["gold"]) / sum(task["tokens"][i] for i in task["gold"])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", required=True)
    p.add_argument("--data", required=True)
    a = p.parse_args()
    path = os.path.join(a.data, "summarize", "qmsum.val.jsonl")
    if not os.path.exists(path):
        print("needs summarize/qmsum.val.jsonl (QMSum)")
        return 77
    tasks = read(path, a.bin)
    names = ("beginning", "BM25 turns", "BM25 turns, 3 around each", "**tokcount pack**")
    got = {n: {s: 0.0 for s in SHARES} for n in names}
    over = shortened = exact = text = 0
    asked = []
    for t in tasks:
        n = len(t["turns"])
        docs = [{"id": i, "title": "", "text": x} for i, x in enumerate(t["turns"])]
        order = eval_rank.bm25(docs, [{"id": "q", "text": t["query"]}], eval_rank.cut)["q"]
        order += sorted(set(range(n)) - set(order))
        around = [j for i in order for j in [i] + [i + d for k in (1, 2, 3) for d in (-k, k) if 0 <= i + d < n]]
        for s in SHARES:
            budget = sum(t["tokens"]) * s // 100
            for name, o in zip(names, (range(n), order, around)):
                got[name][s] += recall(t, fill(o, t, budget))
            asked.append((t, s, {"id": "%s.%d" % (t["id"], s), "query": t["query"], "budget": budget,
                                 "chunks": [{"id": str(i), "text": x} for i, x in enumerate(t["turns"])]}))
    answers = [json.loads(x) for x in lines(a.bin, ["pack", "-e", "o200k_base", "--jsonl", "-"], [r for _, _, r in asked])]
    for (t, s, row), answer in zip(asked, answers):
        kept = {int(k["id"]): k["tokens"] for k in answer["kept"]}
        over += sum(kept.values()) > row["budget"]
        shortened += any("text" in k for k in answer["kept"])
        exact += answer["exact"]
        text += answer["as"] == "text"
        got[names[3]][s] += recall(t, kept)
    print("QMSum validation, %d specific queries; recall of the gold spans' tokens by budget.\n" % len(tasks))
    print("| | " + " | ".join("%d %%" % s for s in SHARES) + " |\n|---|" + "---|" * len(SHARES))
    for n in names:
        print("| %s | " % n + " | ".join("%.4f" % (got[n][s] / len(tasks)) for s in SHARES) + " |")
    print("\n%d answers: %d above budget, %d exact choices, %d taken as one text, %d with a shortened turn."
          % (len(answers), over, exact, text, shortened))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
