#!/usr/bin/env python3
"""Copies: paraphrases of MSRP, a set built by known edits, windows and boiler-plate, and speed.

The built set is made of the texts of QMSum and Cranfield: a copy has a given share of its words
replaced, taken out or put in, so what is a copy is known. Peers are datasketch and rensa (see
tools/dev/requirements-eval.txt) where they are installed for this Python.

    eval_dedupe.py --bin B --data DIR [--texts N]     N: texts of the speed part, 1,000,000
"""
import argparse
import collections
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

LEVELS = (1, 2, 5, 10, 20)


def words(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def run(binary, arguments, rows):
    p = subprocess.run([binary, "dedupe", "-q"] + arguments, text=True, stdout=subprocess.PIPE, check=True,
                       input="".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))
    return [json.loads(x) for x in p.stdout.splitlines()]


# --- paraphrases --------------------------------------------------------------------------


def best_threshold(labels, scores):
    """The one with most right answers; the lowest of those."""
    order = sorted(zip(scores, labels))
    right = sum(labels)
    best, at = right, order[0][0]
    for i, (s, label) in enumerate(order):
        right += 1 - 2 * label
        if i + 1 < len(order) and order[i + 1][0] == s:
            continue
        if i + 1 < len(order) and right > best:
            best, at = right, order[i + 1][0]
    return at


def five_folds(labels, scores):
    order = list(range(len(labels)))
    random.Random(1).shuffle(order)
    answer = [False] * len(labels)
    for fold in range(5):
        held = set(order[fold::5])
        rest = [i for i in order if i not in held]
        t = best_threshold([labels[i] for i in rest], [scores[i] for i in rest])
        for i in held:
            answer[i] = scores[i] >= t
    tp = sum(a and l for a, l in zip(answer, labels))
    right = sum(bool(a) == bool(l) for a, l in zip(answer, labels))
    return 100 * right / len(labels), 200 * tp / (sum(answer) + sum(labels))


def paraphrases(binary, path):
    rows = []
    with open(path, encoding="utf-8-sig") as f:
        for line in f.read().splitlines()[1:]:
            p = line.split("\t")
            if len(p) >= 5:
                rows.append((int(p[0]), p[3], p[4]))
    labels = [r[0] for r in rows]

    def jaccard(a, b):
        x, y = set(words(a)), set(words(b))
        return len(x & y) / max(1, len(x | y))

    def trigrams(a, b):
        x, y = ({t[i:i + 3] for i in range(len(t) - 2)} for t in (" ".join(words(a)), " ".join(words(b))))
        return len(x & y) / max(1, len(x | y))
    got = run(binary, ["--pairs"], [{"a": a, "b": b} for _, a, b in rows])
    print("MSRP training half, %d pairs, threshold chosen on four fifths for the fifth.\n" % len(rows))
    print("| | accuracy | F1 |\n|---|---|---|")
    for name, scores in (("all alike", [1.0] * len(rows)), ("Jaccard of words", [jaccard(a, b) for _, a, b in rows]),
                         ("Jaccard of letter trigrams", [trigrams(a, b) for _, a, b in rows]),
                         ("**tokcount dedupe --pairs**", [g["similarity"] for g in got])):
        print("| %s | %.2f | %.2f |" % ((name,) + five_folds(labels, scores)))


# --- the built set ------------------------------------------------------------------------


def sources(data):
    texts = []
    path = os.path.join(data, "summarize", "qmsum.val.jsonl")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            for line in f:
                texts.append(" ".join(t["content"] for t in json.loads(line)["meeting_transcripts"]).split())
    path = os.path.join(data, "retrieval", "cran.all.1400")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            texts += [b.split(".W", 1)[-1].split() for b in re.split(r"(?m)^\.I.*$", f.read())[1:]]
    return texts


def edited(rng, chunk, percent, vocabulary):
    n = max(1, round(len(chunk) * percent / 100))
    places = set(rng.sample(range(len(chunk)), min(n, len(chunk))))
    out = []
    for i, w in enumerate(chunk):
        kind = rng.randrange(3) if i in places else 3
        if kind in (1, 3):
            out.append(w)
        if kind in (0, 1):
            out.append(rng.choice(vocabulary))
    return out


def distinct_chunks(texts, rng, size=(60, 300), least=50):
    """Chunks that share no stretch of eight words with each other: what repeats in the source is no
    error of who finds it."""
    seen, chunks = set(), []
    for t in texts:
        at = 0
        while at < len(t):
            n = rng.randint(*size)
            c = t[at:at + n]
            at += n
            w = words(" ".join(c))
            grams = {tuple(w[i:i + 8]) for i in range(len(w) - 7)}
            if len(w) < least or grams & seen:
                continue
            seen |= grams
            chunks.append(c)
    return chunks


def find(binary, rows, arguments=()):
    """copy -> the text it is a copy of"""
    got = {}
    for cluster in run(binary, list(arguments), rows):
        for c in cluster["copies"]:
            got[c["id"]] = cluster["keep"]
    return got


def minhash_peers(rows, threshold):
    """The same question to the peers as their manuals have it: sets of words, 128 permutations."""
    answers = {}
    sets = [(r["id"], sorted(set(r["text"].lower().split()))) for r in rows]
    try:
        import datasketch
        index, got = datasketch.MinHashLSH(threshold=threshold, num_perm=128), {}
        for key, items in sets:
            m = datasketch.MinHash(num_perm=128)
            m.update_batch([x.encode() for x in items])
            hits = index.query(m)
            if hits:
                got[key] = hits
            else:
                index.insert(key, m)
        answers["datasketch"] = got
    except ImportError:
        pass
    try:
        import rensa
        index, got = rensa.RMinHashLSH(threshold=threshold, num_perm=128, num_bands=16), {}
        for i, (key, items) in enumerate(sets):
            m = rensa.RMinHash(num_perm=128, seed=42)
            m.update(items)
            hits = index.query(m)
            if hits:
                got[key] = [sets[h][0] for h in hits]
            else:
                index.insert(i, m)
        answers["rensa"] = got
    except ImportError:
        pass
    return answers


def built_set(binary, texts):
    rng = random.Random(7)
    chunks = distinct_chunks(texts, rng)
    vocabulary = [w for c in chunks[::7] for w in c]
    header = "Confidential - Acme Corporation internal document, do not distribute without written permission of " \
             "the legal department; page header repeated for every part of the collection, version 4.2 ,".split()
    peers = {}
    print("\nBuilt set: %d chunks of 50 to 300 words, half of them with a header of %d words that all have; a copy "
          "of every second one, by level of edits. Default threshold.\n" % (len(chunks), len(header)))
    print("| words edited | pairs | precision | recall | peers at 0.75: precision / recall |\n|---|---|---|---|---|")
    worst = 1.0
    for level in LEVELS:
        rows, truth = [], {}
        for i, c in enumerate(chunks):
            head = header if i % 4 < 2 else []
            rows.append({"id": "c%d" % i, "text": " ".join(head + c)})
            if i % 2 == 0:
                truth["e%d" % i] = "c%d" % i
                rows.append({"id": "e%d" % i, "text": " ".join(head + edited(rng, c, level, vocabulary))})
        order = [r for r in rows if r["id"][0] == "c"] + [r for r in rows if r["id"][0] == "e"]
        got = find(binary, order)
        right = sum(truth.get(k) == v for k, v in got.items())
        precision, recall = right / max(1, len(got)), right / len(truth)
        told = []
        for name, answer in minhash_peers(order, 0.75).items():
            hit = sum(truth.get(k) in v for k, v in answer.items())
            told.append("%s %.4f / %.4f" % (name, hit / max(1, len(answer)), hit / len(truth)))
            peers[name] = True
        print("| %d %% | %d | %.4f | %.4f | %s |" % (level, len(truth), precision, recall, "; ".join(told) or "not installed"))
        if level <= 10:
            worst = min(worst, precision, recall)
    windows, truth = [], {}
    for number, t in enumerate(texts[:400]):
        if len(t) < 400:
            continue
        for k, at in enumerate(range(0, min(len(t), 4000) - 199, 150)):
            windows.append({"id": "%d.%d" % (number, k), "text": " ".join(t[at:at + 200])})
            if k:
                truth["%d.%d" % (number, k)] = "%d.%d" % (number, k - 1)
    rng.shuffle(windows)
    found, copies = {}, 0
    for row in run(binary, ["--emit", "overlaps"], windows):
        if "begins_with_end_of" in row:
            found[row["id"]] = row["begins_with_end_of"]
        else:
            copies += len(row["copies"])
    right = sum(truth.get(k) == v for k, v in found.items())
    print("\nWindows of 200 words, one each 150, shuffled: %d that overlap another; overlap found for %d, of the right text "
          "for %d (precision %.4f, recall %.4f); %d taken for copies."
          % (len(truth), len(found), right, right / max(1, len(found)), right / max(1, len(truth)), copies))
    return worst


# --- speed --------------------------------------------------------------------------------


def speed(binary, texts, n):
    rng = random.Random(11)
    pool = [w for t in texts for w in t]
    copies = set(range(9, n, 10))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "texts.jsonl")
        rows = []
        for i in range(n):
            if i in copies:
                rows.append(" ".join(edited(rng, rows[i - rng.randint(1, 9)].split(" "), 5, pool)))
            else:
                rows.append(" ".join(rng.choices(pool, k=rng.randint(60, 120))))
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(json.dumps({"id": str(i), "text": t}) + "\n" for i, t in enumerate(rows))
        print("\nSpeed: %d texts of 60 to 120 words, every tenth an earlier one with 5 %% of its words edited. tokcount's time is "
              "that of the whole command, reading JSON included; the peers' that of hashing and of the index, "
              "texts in memory.\n" % n)
        print("| | texts | seconds | texts a second | recall | wrong |\n|---|---|---|---|---|---|")
        for name, jobs in (("**tokcount dedupe -j 1**", "1"), ("**tokcount dedupe**", None)):
            start = time.perf_counter()
            p = subprocess.run([binary, "dedupe", "-q", path] + (["-j", jobs] if jobs else []), stdout=subprocess.PIPE, text=True, check=True)
            took = time.perf_counter() - start
            got = {int(c["id"]) for line in p.stdout.splitlines() for c in json.loads(line)["copies"]}
            print("| %s | %d | %.1f | %.0f | %.4f | %d |" % (name, n, took, n / took, len(got & copies) / len(copies), len(got - copies)))
        for name, most in (("rensa", n), ("datasketch", min(n, 20000))):
            start = time.perf_counter()
            got = peer(name, rows[:most])
            took = time.perf_counter() - start
            if got is None:
                print("| %s | not installed | | | | |" % name)
                continue
            true = {c for c in copies if c < most}
            print("| %s | %d | %.1f | %.0f | %.4f | %d |" % (name, most, took, most / took, len(got & true) / len(true), len(got - true)))


def peer(name, rows):
    got = set()
    try:
        if name == "rensa":
            import rensa
            index = rensa.RMinHashLSH(threshold=0.75, num_perm=128, num_bands=16)
            for i, t in enumerate(rows):
                m = rensa.RMinHash(num_perm=128, seed=42)
                m.update(t.split())
                if index.query(m):
                    got.add(i)
                else:
                    index.insert(i, m)
        else:
            import datasketch
            index = datasketch.MinHashLSH(threshold=0.75, num_perm=128)
            for i, t in enumerate(rows):
                m = datasketch.MinHash(num_perm=128)
                m.update_batch([x.encode() for x in t.split()])
                if index.query(m):
                    got.add(i)
                else:
                    index.insert(i, m)
    except ImportError:
        return None
    return got


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--texts", type=int, default=1000000)
    a = p.parse_args()
    path = os.path.join(a.data, "dedupe", "msrp.train.tsv")
    texts = sources(a.data)
    if not os.path.exists(path) or not texts:
        print("needs dedupe/msrp.train.tsv (MSRP) and the texts of QMSum or Cranfield")
        return 77
    paraphrases(a.bin, path)
    worst = built_set(a.bin, texts)
    speed(a.bin, texts, a.texts)
    return 0 if worst >= 0.99 else 1


if __name__ == "__main__":
    sys.exit(main())
