#!/usr/bin/env python3
"""Ranking on Cranfield: nDCG@10, MAP, P@5 of `tokcount rank` and of plain BM25 in the same run.

Grades above 0 are relevant, -1 is not; judgements number the queries by their place in the whole
set, not by the number behind .I, so the k-th of the odd ones is 2k + 1.
"""
import argparse
import collections
import json
import math
import os
import re
import subprocess
import sys
import tempfile

STOP = frozenset("""a about all am an and any are as at be been being but by can could did do does for from had has
have he her his how i if in into is it its me my no nor not of off on or our out over own she so some such than that
the their them then there these they this those through to too up very was we were what when where which while who
whom why will with would you your""".split())


def words(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def cut(word):
    """A few endings off: enough for a baseline without packages."""
    for end in ("ational", "ization", "ations", "ation", "ingly", "ments", "ment", "ness", "ings", "ing", "ies", "ied",
                "ely", "ed", "ly", "es", "s", "e"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[:-len(end)]
    return word


def read(folder):
    docs = []
    field = None
    with open(os.path.join(folder, "cran.all.1400"), encoding="utf-8") as f:
        for line in f:
            m = re.match(r"\.([ITABW])\s*(\S*)", line)
            if m:
                field = m.group(1)
                if field == "I":
                    docs.append({"id": m.group(2), "title": "", "text": ""})
            elif field == "T":
                docs[-1]["title"] += " " + line.strip()
            elif field == "W":
                docs[-1]["text"] += " " + line.strip()
    with open(os.path.join(folder, "cran.odd.qry"), encoding="utf-8") as f:
        blocks = re.split(r"(?m)^\.I.*$", f.read())[1:]
    queries = [{"id": str(2 * k + 1), "text": " ".join(b.replace(".W", " ").split())} for k, b in enumerate(blocks)]
    relevant = collections.defaultdict(set)
    with open(os.path.join(folder, "cran.odd.qrel"), encoding="utf-8") as f:
        for line in f:
            p = line.split()
            if len(p) >= 3 and int(p[2]) > 0:
                relevant[p[0]].add(p[1])
    return docs, [q for q in queries if relevant[q["id"]]], relevant


def bm25(docs, queries, stem, k1=1.2, b=0.75):
    rows = [collections.Counter(stem(w) for w in words(d["title"] + " " + d["text"]) if w not in STOP) for d in docs]
    size = [sum(r.values()) for r in rows]
    mean = sum(size) / len(size)
    where = collections.defaultdict(list)
    for i, r in enumerate(rows):
        for w, n in r.items():
            where[w].append((i, n))
    runs = {}
    for q in queries:
        score = collections.defaultdict(float)
        for w in words(q["text"]):
            if w in STOP:
                continue
            hits = where.get(stem(w), [])
            idf = math.log(1 + (len(docs) - len(hits) + .5) / (len(hits) + .5))
            for i, n in hits:
                score[i] += idf * n * (k1 + 1) / (n + k1 * (1 - b + b * size[i] / mean))
        runs[q["id"]] = [docs[i]["id"] for i in sorted(score, key=lambda i: (-score[i], i))[:1000]]
    return runs


def ours(binary, docs, queries):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as f:
        f.writelines(json.dumps(q) + "\n" for q in queries)
        f.flush()
        p = subprocess.run([binary, "rank", "--queries", f.name, "-k", "1000", "-"], check=True, text=True,
                           input="".join(json.dumps(d) + "\n" for d in docs), stdout=subprocess.PIPE)
    runs = collections.defaultdict(list)
    for line in p.stdout.splitlines():
        query, _, doc, *_ = line.split()
        runs[query].append(doc)
    return runs


def quality(runs, queries, relevant):
    ndcg = precision = average = 0.0
    for q in queries:
        rel, got = relevant[q["id"]], runs.get(q["id"], [])
        ndcg += sum(1 / math.log2(i + 2) for i, d in enumerate(got[:10]) if d in rel) / \
            sum(1 / math.log2(i + 2) for i in range(min(10, len(rel))))
        found, total = 0, 0.0
        for i, d in enumerate(got, 1):
            if d in rel:
                found += 1
                total += found / i
        average += total / len(rel)
        precision += sum(d in rel for d in got[:5]) / 5
    n = len(queries)
    return ndcg / n, average / n, precision / n


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", required=True)
    p.add_argument("--data", required=True)
    a = p.parse_args()
    folder = os.path.join(a.data, "retrieval")
    if not os.path.exists(os.path.join(folder, "cran.all.1400")):
        print("needs retrieval/cran.all.1400, cran.odd.qry, cran.odd.qrel (Cranfield)")
        return 77
    docs, queries, relevant = read(folder)
    print("Cranfield, %d documents, %d odd queries, grades above 0 relevant.\n" % (len(docs), len(queries)))
    print("| | nDCG@10 | MAP | P@5 |\n|---|---|---|---|")
    for name, runs in (("BM25, k1 1.2, b 0.75, words", bm25(docs, queries, lambda w: w)),
                       ("BM25, k1 1.2, b 0.75, endings cut", bm25(docs, queries, cut)),
                       ("**tokcount rank**", ours(a.bin, docs, queries))):
        print("| %s | %.4f | %.4f | %.4f |" % ((name,) + quality(runs, queries, relevant)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
