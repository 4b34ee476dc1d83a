#!/usr/bin/env python3
"""Compares tokenizer/unicode_class.inc with both reference engines on every scalar value.

  pip install tokenizers==0.23.3 tiktoken==0.14.0
  check_unicode.py --driver build/tests/differential/normalize_driver [--write-cases FILE]

The driver writes what the C side answers. The engines are asked through their own regexes:
tokenizers by a Split of one text that holds every scalar, tiktoken by an Encoding whose pattern
is the class and whose 256 tokens are the bytes, so that what comes back is what matched.
Exit 1 on any difference. --write-cases writes, per class as tokenizers has it, how many
characters and a 64-bit FNV-1a hash over them: tests/data/unicode/classes.cases.
"""
import argparse
import struct
import subprocess
import sys

import tiktoken
import tokenizers
from tokenizers import Regex, pre_tokenizers

LU, LL, LT, LM, LO, M, N, P, S, SPACE, HAN, ND, MN, WORD = (1 << i for i in range(14))
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
CLASSES = [  # pattern, mask, how many in Unicode 16.0
    (r"\p{L}", LU | LL | LT | LM | LO, 141028), (r"\p{N}", N, 1911), (r"\p{M}", M, 2501),
    (r"\p{P}", P, 855), (r"\p{S}", S, 8514), (r"\p{Lu}", LU, 1858), (r"\p{Ll}", LL, 2258),
    (r"\p{Lt}", LT, 31), (r"\p{Lm}", LM, 404), (r"\p{Lo}", LO, 136477), (r"\p{Nd}", ND, 760),
    (r"\p{Mn}", MN, 2020), (r"\p{Han}", HAN, 99030), (r"\s", SPACE, 25), (r"\w", WORD, None),
]

# Oniguruma's \w is not the property: it has Latin-1's superscripts and fractions and lacks the
# joiners. The regex translator knows; here the difference must be exactly this.
ONIGURUMA_WORD = {0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE, 0x200C, 0x200D}


def fnv(chars):
    h = 0xCBF29CE484222325
    for c in sorted(chars):
        for byte in struct.pack("<I", c):
            h = (h ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return h


def by_tokenizers(pattern, text):
    split = pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True)
    return {ord(piece) for piece, _ in split.pre_tokenize_str(text)}


def by_tiktoken(pattern, text):
    ranks = {bytes([b]): b for b in range(256)}
    enc = tiktoken.Encoding("probe", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return set(map(ord, bytes(enc.encode_ordinary(text)).decode("utf-8")))


def by_whitespace():
    r"""\w and \s of the Rust regex crate, through the Whitespace pre-tokenizer: between two
    letters a word character joins both, a space leaves nothing, any other is a piece."""
    word, space = set(), set()
    pieces = pre_tokenizers.Whitespace().pre_tokenize_str("".join("a%cb\n" % c for c in SCALARS))
    by_line = {}
    for _, (begin, end) in pieces:
        by_line.setdefault(begin // 4, []).append(end - begin)
    for line, c in enumerate(SCALARS):
        if by_line[line] == [3]:
            word.add(c)
        elif by_line[line] == [1, 1]:
            space.add(c)
    return word, space


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", required=True)
    parser.add_argument("--write-cases", metavar="FILE")
    args = parser.parse_args()
    if tokenizers.__version__ != "0.23.3" or tiktoken.__version__ != "0.14.0":
        sys.exit("check_unicode.py: needs tokenizers 0.23.3 and tiktoken 0.14.0")
    raw = subprocess.run([args.driver, "classes"], check=True, capture_output=True).stdout
    ours = struct.unpack("<%dH" % 0x110000, raw)
    text = "".join(map(chr, SCALARS))
    bad, cases = 0, []

    def compare(what, theirs, mask, count):
        nonlocal bad
        mine = {c for c in SCALARS if ours[c] & mask}
        wrong = sorted(mine ^ theirs)
        bad += len(wrong)
        if count is not None and len(theirs) != count:
            print("  %s: %d characters, expected %d" % (what, len(theirs), count))
            bad += 1
        print("%-24s %7d  differences %d %s"
              % (what, len(theirs), len(wrong), " ".join("U+%04X" % c for c in wrong[:8])))

    for pattern, mask, count in CLASSES:
        theirs = by_tokenizers(pattern, text)
        if mask == WORD:
            theirs ^= ONIGURUMA_WORD
        compare("tokenizers " + pattern, theirs, mask, count)
        cases.append("%s\t%d\t%d\t%016x\n" % (pattern, mask, len(theirs), fnv(theirs)))
        compare("tiktoken   " + pattern, by_tiktoken(pattern, text), mask, count)
    word, space = by_whitespace()
    compare(r"Whitespace \w", word, WORD, None)
    compare(r"Whitespace \s", space, SPACE, 25)
    print("%d differences over %d scalars" % (bad, len(SCALARS)))
    if args.write_cases and not bad:
        with open(args.write_cases, "w", encoding="ascii") as f:
            f.write("# Made by tools/dev/oracles/check_unicode.py --write-cases from tokenizers %s\n"
                    "# (Unicode 16.0): pattern, mask of unicode_class.h, characters, FNV-1a 64 of\n"
                    "# their code points as 4 bytes each, low first.\n" % tokenizers.__version__)
            f.writelines(cases)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
