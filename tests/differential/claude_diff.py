#!/usr/bin/env python3
"""Random texts through ctok and through claude_pipe; every count and every piece must agree.

    claude_diff.py PIPE PACKED [--strings N] [--seed S] [--corpus FILE ...]

Needs PyPI ctok 1.3.0 (and regex). Each string goes through v3, v4.7 and v5 and is compared
piece by piece, so that a wrong count that comes out right by chance shows too. v5 is compared
with ctok's 4.8 of the text without the blanks at its end (ctok leaves that rule of Opus 5 out).

CORRECTED lists the characters that are left out, because this library reads them as Unicode
16.0 does and ctok as its Python does; README.md of tokenizer/claude says why. --unicode16
(needs unicodedata2 16.0.0 and regex 2024.11.6) makes ctok do the same and leaves none out.
--scalars runs every character of the first plane and a sample of the rest in seven
surroundings.
"""
import argparse
import random
import struct
import subprocess
import sys
import time
import unicodedata

import ctok
import regex

CORRECTED = {0x897, 0xCF3, 0x10FC, 0xA7CC, 0xA7CD, 0xA7DA, 0xA7DB, 0xA7DC, 0xA7F2, 0xA7F3,
             0xA7F4, 0xAB69}
# Marks that only the regex package knows: unassigned in 16.0, or later than ctok's Python.
CORRECTED |= {cp for cp in range(0x10000) if cp != 0xECE and regex.match(r"\p{M}", chr(cp))
              and unicodedata.category(chr(cp)) == "Cn"}
LATER_PAIRS = {"\ua7cc": "\ua7cd", "\ua7da": "\ua7db", "\ua7dc": "\u019b"}
LATER_LOWER = set("\u10fc\ua7f2\ua7f3\ua7f4\uab69")
GENERATIONS = [(3, "3.0"), (47, "4.7"), (5, "4.8")]


class Pipe:
    def __init__(self, program, packed):
        self.p = subprocess.Popen([program, packed], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)

    def read(self, n):
        data = self.p.stdout.read(n)
        if len(data) != n:
            sys.exit(f"the program ended ({self.p.wait()})")
        return data

    def pieces(self, generation, text):
        raw = text.encode()
        self.p.stdin.write(struct.pack("<BcI", generation, b"p", len(raw)) + raw)
        self.p.stdin.flush()
        (n,) = struct.unpack("<I", self.read(4))
        out = []
        for _ in range(n):
            (k,) = struct.unpack("<I", self.read(4))
            out.append(self.read(k).decode())
        return out


def use_unicode16():
    """Makes ctok read characters as Unicode 16.0 does, whatever its Python and regex know."""
    import unicodedata2
    if unicodedata2.unidata_version != "16.0.0" or regex.match(r"\p{M}", "\u1acf"):
        sys.exit("--unicode16 needs unicodedata2 16.0.0 and regex 2024.11.6")
    norm = sys.modules["ctok.normalize"]
    norm.unicodedata = unicodedata2
    norm._NEW_CASE_PAIRS.update(LATER_PAIRS)
    norm._NEW_CASED = frozenset(norm._NEW_CASE_PAIRS) | frozenset(norm._NEW_CASE_PAIRS.values())
    plain = norm._is_lower
    norm._is_lower = lambda c: c in LATER_LOWER or plain(c)
    norm.classify.cache_clear()
    CORRECTED.clear()


def spans(*ranges):
    return [chr(c) for a, b in ranges for c in range(a, b + 1) if c not in CORRECTED]


def pools():
    """(weight, characters) of one random character."""
    return [
        (8, list("abcdefghijklmnopqrstuvwxyz")),
        (4, list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
        (3, list("0123456789")),
        (4, list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")),
        (7, [" "]),
        (2, ["'", "\u2019", "\u2018", "\u201c", "\u201d"]),
        (2, ["\n", "\t", "  ", "\n\n", "    ", "\r\n", "\n    "]),
        (1, spans((0xA0, 0x24F))),
        (1, spans((0x370, 0x3FF), (0x1F00, 0x1FFF))),
        (1, spans((0x400, 0x52F))),
        (1, spans((0x530, 0x6FF))),
        (1, spans((0x700, 0x8FF))),
        (1, spans((0x900, 0xDFF))),
        (1, spans((0xE00, 0x10FF))),
        (1, spans((0x1100, 0x1AFF))),
        (1, spans((0x1B00, 0x1DFF))),
        (1, spans((0x1E00, 0x1EFF))),
        (2, spans((0x300, 0x36F))),
        (1, spans((0x2000, 0x20FF))),
        (1, spans((0x2100, 0x2BFF))),
        (1, spans((0x2C00, 0x2FFF))),
        (1, spans((0x3000, 0x30FF))),
        (2, spans((0x4E00, 0x9FFF))),
        (1, spans((0x3100, 0x4DBF))),
        (1, spans((0xAC00, 0xD7A3))),
        (1, spans((0xA000, 0xABFF))),
        (1, spans((0xD7A4, 0xD7FF), (0xF900, 0xFAFF))),
        (1, spans((0xFB00, 0xFDFF))),
        (1, spans((0xFE00, 0xFFFF))),
        (1, spans((0xFE00, 0xFE0F))),
        (1, spans((0x1F300, 0x1FAFF))),
        (1, ["\u200d", "\ufe0f", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
             "\U0001f1e9\U0001f1ea"]),
        (1, spans((0x1D400, 0x1D7FF), (0x20000, 0x20100), (0x10000, 0x10400), (0xE0100, 0xE01EF))),
        (1, spans((0x0, 0x1F), (0x7F, 0x9F))),
        (1, spans((0xE000, 0xE010), (0xF8F0, 0xF8FF), (0xF0000, 0xF0010), (0x10FFF0, 0x10FFFF))),
        (1, list("\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000\ufeff\u0e4d\u0e32\u0e33")),
        (1, spans((0x660, 0x669), (0x6F0, 0x6F9), (0x966, 0x96F), (0xB2, 0xB3), (0xBC, 0xBE),
                  (0x2460, 0x2473), (0x3007, 0x3007), (0x2160, 0x2188))),
        (1, list("\u2014\u00bb\u00ab\u2022\u00b0\u201e\u2013\u2212"
                 "\u00a3\u00a7\u20ac\u2026\u221a\u2192\uff08\u2116\u0f0d")),
        (1, list("\u0130\u1e9e\u03a3\u03c2\u03f4\u01c5\u0345\u0711\u0730\u0740\u103a\u0c03")),
        (1, list("\u11a8\u1161\u1100\uac00\u09be\u0cd5\u0dcf\u1b35\u0b3e")),
    ]


WORDS = ("the it's don't we'll I'VE they're 'tis rock'n'roll NASA HTTPServer getElementById "
         "camelCase snake_case CONST_VALUE 3.14159 2024-01-15 0xDEADBEEF foo(bar); => != && "
         "\u041c\u043e\u0441\u043a\u0432\u0430 \u041f\u0420\u0418\u0412\u0415\u0422 "
          "Stra\u00dfe \u00c9COLE \u00cele \u0395\u039b\u039b\u0391\u03a3 \u0130stanbul "
         "\u4f60\u597d\u4e16\u754c \u3053\u3093\u306b\u3061\u306f \ud55c\uad6d\uc5b4 "
          "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0ba4\u0bae\u0bbf\u0bb4\u0bcd, "
          "\u0928\u092e\u0938\u094d\u0924\u0947 "
         "km\u00b2. x's 's 'll 'Re a\u0301 e\u0301\u0323 ---- ==== //// ......").split()


def random_text(rng, table, weights):
    shape = rng.random()
    out = []
    if shape < 0.15:  # words and blanks
        for _ in range(rng.randint(1, 8)):
            out.append(rng.choice(WORDS))
            out.append(rng.choice([" ", " ", " ", "", "  ", "\n", "'", ", ", ". "]))
    elif shape < 0.3:  # two or three characters many times
        few = [rng.choice(rng.choices(table, weights)[0]) for _ in range(rng.randint(1, 3))]
        out = [rng.choice(few) for _ in range(rng.randint(1, 60))]
    elif shape < 0.6:  # runs of one pool
        for _ in range(rng.randint(1, 6)):
            pool = rng.choices(table, weights)[0]
            out += [rng.choice(pool) for _ in range(rng.randint(1, 6))]
            if rng.random() < 0.6:
                out.append(" ")
    else:
        out = [rng.choice(p) for p in rng.choices(table, weights, k=rng.randint(1, 24))]
    if rng.random() < 0.1:
        out.insert(0, rng.choice([" ", "  ", "\n", "\u00a0", "\x01 ", "'", "\t"]))
    if rng.random() < 0.1:
        out.append(rng.choice([" ", "  ", "\n", "\n\n", " \n", "\n" * rng.randint(1, 45)]))
    return "".join(out)


def scalar_texts():
    frames = ["%s", "a%s", " %s ", "x %s x", "1%s'x", "%s\u0301a %s", "A%sB. \u6587%s '%s"]
    for cp in [*range(0x10000), *range(0x10000, 0x110000, 97)]:
        if not 0xD800 <= cp < 0xE000 and cp not in CORRECTED:
            for f in frames:
                yield f.replace("%s", chr(cp))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("pipe")
    ap.add_argument("packed")
    ap.add_argument("--strings", type=int, default=20000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--scalars", action="store_true")
    ap.add_argument("--corpus", nargs="*", default=[])
    ap.add_argument("--generations", default="3,47,5")
    ap.add_argument("--unicode16", action="store_true")
    args = ap.parse_args()
    if args.unicode16:
        use_unicode16()
    pipe = Pipe(args.pipe, args.packed)
    rng = random.Random(args.seed)
    table = [p for _, p in pools()]
    weights = [w for w, _ in pools()]
    wanted = [g for g in GENERATIONS if str(g[0]) in args.generations.split(",")]
    frame = {"3.0": 7, "4.7": 11, "4.8": 6}

    def texts():
        for _ in range(args.strings):
            yield random_text(rng, table, weights)
        if args.scalars:
            yield from scalar_texts()
        for path in args.corpus:
            for line in open(path, encoding="utf-8", errors="replace"):
                yield line

    n = wrong = size = 0
    begin = time.time()
    for text in texts():
        n += 1
        size += len(text.encode())
        for generation, version in wanted:
            mine = pipe.pieces(generation, text)
            if generation == 5:
                text = text.rstrip(" \t\n\r\f\v")
            theirs = ctok.tokenize(text, version)[frame[version]:]
            if mine != theirs:
                wrong += 1
                if wrong <= 20:
                    print(f"generation {generation}: {text!r} {[hex(ord(c)) for c in text][:40]}\n"
                          f"  here {len(mine)} {mine}\n  ctok {len(theirs)} {theirs}")
    print(f"{n} texts, {size} bytes, {len(wanted)} generations, seed {args.seed}: "
          f"{wrong} differences ({time.time() - begin:.0f} s)")
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
