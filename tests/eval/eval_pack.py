#!/usr/bin/env python3
"""Packing on QMSum: which share of the gold spans' tokens survives a budget of 10, 25, 50 % of a meeting.

`tokcount pack` against the beginning of the meeting, BM25 over turns, and BM25 over turns with the
three turns before and behind each. Then what each option does: neighbours and diversity on the same
meetings, whole and cut into windows that overlap (as retrievers give them); title weight and the places
of chunks on Cranfield, whose documents have titles.
"""
import argparse
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import eval_rank  # noqa: E402  the plain BM25

SHARES = (10, 25, 50)
WINDOW, STEP = 8, 4  # turns: each is in two windows
DIVERSITIES = ("0", "0.1", "0.3", "0.5", "0.7")
TITLE_WEIGHTS = ("0", "1", "2", "3", "5")
TOKENS = (2000, 5000, 10000)
# Accuracy by the place of the one document that answers, of 20 (NaturalQuestions, original prompt: table 1 of
# LongLLMLingua, ACL 2024). Between these places in a straight line.
PLACES = ((0, 75.7), (4, 57.3), (9, 54.1), (14, 55.4), (19, 63.1))


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


def ask(binary, options, rows):
    return [json.loads(x) for x in lines(binary, ["pack", "-e", "o200k_base", "--jsonl"] + options + ["-"], rows)]


def table(title, columns, rows):
    print("\n| %s | " % title + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for name, figures in rows:
        print("| %s | " % name + " | ".join("%.4f" % x for x in figures) + " |")


def meetings(tasks, binary, asked):
    """Recall of the same requests with other options."""
    rows = []
    for name, options in ([("as above", []), ("without neighbours (--order separate)", ["--order", "separate"])] +
                          [("--diversity " + d, ["--diversity", d]) for d in DIVERSITIES[1:]]):
        got = dict.fromkeys(SHARES, 0.0)
        for (t, s, _), answer in zip(asked, ask(binary, options, [r for _, _, r in asked])):
            got[s] += recall(t, {int(k["id"]): k["tokens"] for k in answer["kept"]})
        rows.append((name, [got[s] / len(tasks) for s in SHARES]))
    print("\nThe same meetings with other options:")
    table("QMSum, turns", ["%d %%" % s for s in SHARES], rows)


def windows(tasks, binary):
    """The same meetings as overlapping windows in a random order; a gold turn counts once, however often it is kept."""
    rng = random.Random(6)
    asked = []
    for t in tasks:
        cut = [range(i, min(i + WINDOW, len(t["turns"]))) for i in range(0, max(1, len(t["turns"]) - STEP), STEP)]
        rng.shuffle(cut)
        for s in SHARES:
            chunks = [{"id": "%d-%d" % (w[0], w[-1]), "text": "\n".join(t["turns"][i] for i in w)} for w in cut]
            asked.append((t, s, {"id": t["id"], "query": t["query"], "budget": sum(t["tokens"]) * s // 100, "chunks": chunks}))
    rows = []
    for d in DIVERSITIES:
        got = dict.fromkeys(SHARES, 0.0)
        for (t, s, _), answer in zip(asked, ask(binary, ["--order", "separate", "--diversity", d], [r for _, _, r in asked])):
            kept = {}
            for k in answer["kept"]:
                if "text" not in k:  # one that was shortened is left out, for all rows alike
                    first, last = k["id"].split("-")
                    kept.update((i, t["tokens"][i]) for i in range(int(first), int(last) + 1))
            got[s] += recall(t, kept)
        rows.append(("--diversity " + d, [got[s] / len(tasks) for s in SHARES]))
    print("\nThe same as windows of %d turns, one each %d, shuffled (so that every turn is there twice):" % (WINDOW, STEP))
    table("QMSum, windows", ["%d %%" % s for s in SHARES], rows)


def expected(place, n):
    """Accuracy for the document at this place of n, by PLACES."""
    x = place * 19.0 / (n - 1) if n > 1 else 0.0
    for (a, ya), (b, yb) in zip(PLACES, PLACES[1:]):
        if x <= b:
            return ya + (yb - ya) * (x - a) / (b - a)
    return PLACES[-1][1]


def documents(folder, binary):
    docs, queries, relevant = eval_rank.read(folder)
    chunks = []
    for d in docs:  # the text repeats the title: there it is taken off
        title, text = " ".join(d["title"].split()), " ".join(d["text"].split())
        chunks.append({"id": d["id"], "title": title, "text": text[len(title):].strip() if text.startswith(title) else text})
    sizes = [int(x) for x in lines(binary, ["count", "-e", "o200k_base", "--jsonl", "-"], [c["text"] for c in chunks])]
    for c, n in zip(chunks, sizes):
        c["tokens"] = n
    size = {c["id"]: c["tokens"] for c in chunks}
    asked = [(q, b, {"id": q["id"], "query": q["text"], "budget": b, "chunks": chunks}) for q in queries for b in TOKENS]
    rows = []
    for name, options in ([("--title-weight " + w, ["--title-weight", w]) for w in TITLE_WEIGHTS] +
                          [("--diversity " + d, ["--diversity", d]) for d in DIVERSITIES[1:]]):
        got = dict.fromkeys(TOKENS, 0.0)
        for (q, b, _), answer in zip(asked, ask(binary, ["--order", "separate"] + options, [r for _, _, r in asked])):
            kept = {k["id"] for k in answer["kept"]}
            got[b] += sum(size[i] for i in relevant[q["id"]] if i in kept) / max(1, sum(size[i] for i in relevant[q["id"]]))
        rows.append((name, [got[b] / len(queries) for b in TOKENS]))
    print("\nCranfield, %d documents and %d odd queries; recall of the relevant documents' tokens (title weight is 2 "
          "where none is given):" % (len(docs), len(queries)))
    table("Cranfield", ["%s tokens" % format(b, ",") for b in TOKENS], rows)
    rows = []
    for place in ("given", "best", "ends"):
        got = dict.fromkeys(TOKENS, 0.0)
        n = dict.fromkeys(TOKENS, 0)
        for (q, b, _), answer in zip(asked, ask(binary, ["--order", "separate", "--place", place], [r for _, _, r in asked])):
            ids = [k["id"] for k in answer["kept"]]
            for i, x in enumerate(ids):
                if x in relevant[q["id"]]:
                    got[b] += expected(i, len(ids))
                    n[b] += 1
        rows.append(("--place " + place, [got[b] / max(1, n[b]) for b in TOKENS]))
    print("\nWhere the relevant documents stand: mean of the accuracy that was published for their places (LongLLMLingua, "
          "table 1: the document that answers, of 20, at place 1 / 5 / 10 / 15 / 20: %s %%). No model was run here."
          % " / ".join("%.1f" % y for _, y in PLACES))
    table("Cranfield", ["%s tokens" % format(b, ",") for b in TOKENS], rows)


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
    answers = ask(a.bin, [], [r for _, _, r in asked])
    for (t, s, row), answer in zip(asked, answers):
        kept = {int(k["id"]): k["tokens"] for k in answer["kept"]}
        over += sum(kept.values()) > row["budget"]
        shortened += any("text" in k for k in answer["kept"])
        exact += answer["exact"]
        text += answer["as"] == "text"
        got[names[3]][s] += recall(t, kept)
    print("QMSum validation, %d specific queries; recall of the gold spans' tokens by budget." % len(tasks))
    table("", ["%d %%" % s for s in SHARES], [(n, [got[n][s] / len(tasks) for s in SHARES]) for n in names])
    print("\n%d answers: %d above budget, %d exact choices, %d taken as one text, %d with a shortened turn."
          % (len(answers), over, exact, text, shortened))
    meetings(tasks, a.bin, asked)
    windows(tasks, a.bin)
    if os.path.exists(os.path.join(a.data, "retrieval", "cran.all.1400")):
        documents(os.path.join(a.data, "retrieval"), a.bin)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
