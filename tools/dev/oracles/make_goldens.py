#!/usr/bin/env python3
"""Makes tests/golden from the official implementations; the one place expected ids come from.

  make_goldens.py --sources DIR [--sources DIR]... [--only NAME]... [--out tests/golden]

Writes texts.txt, and for each encoding whose source file is found a folder with hashes.txt,
trusted.txt, ids.txt and ORIGIN (format: tests/golden/README.md). An encoding whose source
is not there keeps the folder it has and is named at the end; nothing is written for it.
Versions of the reference packages must be those of requirements-oracles.txt.
"""
import argparse
import importlib.metadata
import os
import sys

import golden_texts
import oracles

FULL_IDS = 60
PINNED = {"tiktoken": "0.14.0", "tokenizers": "0.23.3", "sentencepiece": "0.2.3", "mistral-common": "1.13.1"}


def fnv1a(ids):
    h = 0xCBF29CE484222325
    for i in ids:
        for byte in i.to_bytes(4, "little"):
            h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def full_rows(texts):
    """Every 49th text of at most 400 bytes: all groups have some, the file stays small."""
    short = [i for i, (_, b) in enumerate(texts) if len(b) <= 400]
    step = max(1, len(short) // FULL_IDS)
    return short[::step][:FULL_IDS]


def write(path, lines):
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write("".join(line + "\n" for line in lines))


def make(oracle, texts, decoded, folder):
    os.makedirs(folder, exist_ok=True)
    plain = [oracle.encode(t) for t in decoded]
    if plain != oracle.encode_batch(decoded):
        raise SystemExit(f"{oracle.name}: the reference's batch call differs from its single call")
    write(os.path.join(folder, "hashes.txt"), [f"{len(ids)} {fnv1a(ids):016x}" for ids in plain])
    write(os.path.join(folder, "ids.txt"),
          [f"{i} " + " ".join(map(str, plain[i])) for i in full_rows(texts)])
    n_trusted = 0
    trusted_path = os.path.join(folder, "trusted.txt")
    if oracle.has_trusted:
        rows = []
        for i, t in enumerate(decoded):
            ids = oracle.encode(t, trusted=True)
            if ids != plain[i]:
                rows.append(f"{i} {len(ids)} {fnv1a(ids):016x}")
        write(trusted_path, rows)
        n_trusted = len(rows)
    elif os.path.exists(trusted_path):
        os.remove(trusted_path)
    mode = (f"both modes; trusted ids differ for {n_trusted} texts" if oracle.has_trusted
            else "untrusted only: " + oracle.why_no_trusted)
    write(os.path.join(folder, "ORIGIN"), [
        f"encoding   {oracle.name}",
        f"made with  {oracle.implementation}",
        f"source     SHA-256 {oracle.sha}",
        f"built as   {oracle.built}",
        f"texts      {len(texts)}; {mode}",
        "made by    tools/dev/oracles/make_goldens.py",
    ])
    return n_trusted


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--sources", action="append", required=True)
    ap.add_argument("--only", action="append")
    ap.add_argument("--out", default="tests/golden")
    args = ap.parse_args()
    for package, want in PINNED.items():
        have = importlib.metadata.version(package)
        if have != want:
            raise SystemExit(f"make_goldens: {package} {have} is installed, {want} is pinned")
    texts = golden_texts.texts()
    decoded = [b.decode("utf-8", errors="replace") for _, b in texts]
    with open(os.path.join(args.out, "texts.txt"), "wb") as f:
        f.write(b"".join(golden_texts.escape(b) + b"\n" for _, b in texts))
    sources = oracles.Sources(args.sources)
    made = trusted = 0
    missing = []
    for name in args.only or oracles.ORACLES:
        try:
            oracle = oracles.open_oracle(name, sources)
        except oracles.Missing as e:
            missing.append(f"{name}: {e}")
            continue
        n = make(oracle, texts, decoded, os.path.join(args.out, name))
        print(f"{name:14} {len(texts)} texts, {n} more trusted, {oracle.implementation}", flush=True)
        made += len(texts)
        trusted += n
    for m in missing:
        print("not made: " + m)
    print(f"{made} pairs untrusted, {trusted} trusted pairs that differ from them")
    return 0 if not missing else 1


if __name__ == "__main__":
    sys.exit(main())
