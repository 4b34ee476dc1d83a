#!/usr/bin/env python3
"""Compares tkc_utf8_valid() and tkc_utf8_lossy() with Python's decoder on random bytes.

  check_utf8.py --driver build/tests/differential/normalize_driver [--random N] [--seed N]
                [--write-cases FILE]

Python's errors="replace" puts one U+FFFD for each maximal ill-formed subsequence, as Rust's
from_utf8_lossy does. Three kinds of strings: any bytes, bytes from the edges of table 3-7, and
good text that was damaged or cut. Exit 1 on any difference. --write-cases writes the first
2,000 strings and answers: tests/data/unicode/utf8.cases.
"""
import argparse
import random
import struct
import subprocess
import sys

EDGES = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
         0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF]
PLANES = [(0, 0x80), (0x80, 0x800), (0x800, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000)]


def make(rng):
    kind = rng.random()
    if kind < 0.25:
        return rng.randbytes(rng.randrange(12))
    if kind < 0.75:
        return bytes(rng.choices(EDGES, k=rng.randrange(12)))
    good = "".join(chr(rng.randrange(*rng.choice(PLANES))) for _ in range(rng.randrange(20)))
    # ASCII in front and behind, so that the wide steps begin and end anywhere.
    text = bytearray(b"a" * rng.choice([0, 1, 15, 16, 17, 31]) + good.encode() +
                     b"b" * rng.choice([0, 7, 16]))
    for _ in range(rng.randrange(3)):
        if text:
            text[rng.randrange(len(text))] = rng.choice(EDGES)
    return bytes(text[:rng.randrange(len(text) + 1)])


def expect(raw):
    try:
        raw.decode()
        valid = len(raw)
    except UnicodeDecodeError as e:
        valid = e.start
    return valid, raw.decode(errors="replace").encode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", required=True)
    parser.add_argument("--random", type=int, default=1200000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write-cases", metavar="FILE")
    args = parser.parse_args()
    rng, bad, invalid, left = random.Random(args.seed), 0, 0, args.random
    cases = []
    while left > 0:
        texts = [make(rng) for _ in range(min(left, 200000))]
        left -= len(texts)
        data = b"".join(struct.pack("<I", len(t)) + t for t in texts)
        out = subprocess.run([args.driver, "lossy"], input=data, capture_output=True,
                             check=True).stdout
        at = 0
        for t in texts:
            valid, size = struct.unpack_from("<II", out, at)
            mine = out[at + 8:at + 8 + size]
            at += 8 + size
            want = expect(t)
            invalid += want[0] != len(t)
            if len(cases) < 2000:
                cases.append((t, want))
            if (valid, mine) != want:
                bad += 1
                if bad <= 5:
                    print("%s: ours %d %s, expected %d %s"
                          % (t.hex(), valid, mine.hex(), want[0], want[1].hex()))
    print("%d strings, %d invalid, %d differences (seed %d)"
          % (args.random, invalid, bad, args.seed))
    if args.write_cases:
        with open(args.write_cases, "w", encoding="ascii") as f:
            f.write("# Made by tools/dev/oracles/check_utf8.py --write-cases from Python %s: bytes,\n"
                    "# bytes of the longest valid prefix, lossy form; hex.\n"
                    % sys.version.split()[0])
            for t, (valid, lossy) in cases:
                f.write("%s\t%d\t%s\n" % (t.hex(), valid, lossy.hex()))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
