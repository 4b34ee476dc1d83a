#!/usr/bin/env python3
"""Writes tests/golden/claude/cases.txt from ctok 1.3.0, made to read Unicode 16.0.

    pip install ctok==1.3.0 unicodedata2==16.0.0 regex==2024.11.6
    python3 tools/dev/oracles/make_claude_golden.py > tests/golden/claude/cases.txt

A line: tokens of the content and FNV-1a 32 of the pieces (each followed by a newline) for v3,
v4.7 and v5, then a tab and the text, in which \\u{...} stands for every character outside
0x20 to 0x7e and for the backslash. Half of the cases are one for each rule, half are random.
"""
import platform
import random
import sys

sys.path.insert(0, "tests/differential")
import claude_diff as d  # noqa: E402

RULES = [
    # edges of the message
    "", " ", "  ", "   ", "\n", "\n\n", "\t", " a", "  a", "a", "a ", "a  ", "a\n", "a\n\n\n",
    "a" + "\n" * 28, "a" + "\n" * 29, "a" + "\n" * 40, "a" + "\n" * 300, "a \n", "a\n ", "\na", " \na",
    "1", " 1", "\u6587", " \u6587", "'tis", " 'tis", "'", "''a", "\u00a0a", "\x01 a", "\u200b a", " \u200ba",
    "a\t ", "a\r\n", "a\x0b", "a\u3000", "\u3000a", "\u3000\u3000 \u3000", "a\u2028b",
    # words and case
    "hello, world", "Hello World", "HELLO", "NASA", "NAS", "iPhone", "WiFi", "GaN", "QQ", "McDonald",
    "getElementById", "HTTPServerError", "a b c", "a  b", "a   b", "\u00c9COLE", "\u00c9cole", "\u041c\u041e\u0421\u041a\u0412\u0410",
    "\u041c\u043e\u0441\u043a\u0432\u0430", "\u0395\u039b\u039b\u0391\u03a3", "\u039f\u03b4\u03bf\u03c2", "\u0130stanbul", "H\u00fcseynovun\u0130", "K\u0130TAP", "STRA\u1e9eE",
    "\u1e9ea", "\u03f4\u03b1", "\u0398\u03f4", "\u01c5ungla", "A\u01c5", "\u2102at", "\u30f2BUTT\u30f2", "BODY\u306e", "Body\u306e", "\u2167", "\u24b6\u24b7\u24b8\u24b9",
    "\u1c89\u1c8a", "\ua7cb\u0264", "\ua7cc\ua7cc\ua7cc\ua7cc", "\ua7da\ua7db", "\ua7dc\u019b", "ABC\u10fcD", "ABCD\ua7f2",
    # contractions
    "it's", "don't", "we'll", "they're", "I've", "he'd", "I'm", "x'S", "x'llo", "x''s", "1's", "\u6587's",
    "!'s", "a!'s", "' s", "'s", " 's", "x 's", "\u2019s", "it\u2019s", "\u00b2's", "\u0663's", "\u0740's", "'First", "x 'REXX",
    # punctuation and blanks
    "a! b", "a!b", "a !b", "a ! b", "a !  b", "(a)", "x = y", "x == y;", "});\n", "#### x", "=" * 80,
    "-" * 300, "_" * 100, "." * 129, "a\u2014b", "a \u2014 b", "\u00ab a \u00bb", "\u201cHi\u201d \u2018x\u2019", "\u201e\u201f", "\u0f0d", "\u0b95\u0bcd, \u0b95",
    "\u0b95\u0bcd. x", "km\u00b2, x", "km\u00b2. x", "km\u00b3. x", "\u6587\uff1f x", "1\u3002 x", "1\uff1f\u3002 1", "\u3012 \u3012", "a\u200db", "a \u200d b",
    # digits
    "1234567890", "12", "3.14159", "0xDEADBEEF", "1 2", "\u0661\u0662\u0663", "1\u0662", "\u06621", "\u0663 \u6587", "1 \u6587", "\u0968\u0966 x", "\u2460\u2461 x",
    "\u2460\u0968", "\u00bd cup", "x\u00bd", "\u3007\u3007", "\U0001d7cf\U0001d7d0 x", "\uff11\uff12 x",
    # marks
    "e\u0301", "e\u0323\u0301", "e\u0301\u0323", "\u0301", "\u0301a", " \u0301A", "x \u0363abc x", "x \u0363The x", "!\u0363HELLO x", "\u0363\u0363 x",
    "\u0712\u0730\u0712", "\u0712\u0741\u0712", "\u0712\u0742\u0736\u0712", "\u0711", "!\u0711 x", "\u0915\u094d\u0937\u093f", "x \u093f\u0940 x", "\u0c95\u0cf3", "x \u0cf3 x", "\u103a",
    "\u0897a", "\u0897 x", "*\ufe0f", "\u2764\ufe0f x", "x \ufe0f x", "\ufe0f\u6587", "\u2049\ufe0f x", "\u0e4d\u0e32", "\u0e4d\x01\u0e32", "\u0e4d\ue000\u0e32", "\u0e4d\x00\u0e32", "\u0ecd\u0eb2",
    # normalisation
    "a\x00b", "a\x01b", "a\x7fb", "a\x85b", "a\ue000b", "a\uf8ffb", "a\U000f0000b", "\u212b", "\u2126", "\u1100\u1161\u11a8", "\uac00\u11a8",
    "\uf900", "\U0002f800", "\u0344", "\u1fbe", "\u037e", "a\x01\u0301", "\u0958", "\ufb1d", "\u2000x\u2001", "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4", "a \ufdd0 b",
    "\ufeffa", "\ufffd", "\uffff", "\U0010ffff",
    # scripts
    "\u4f60\u597d\u4e16\u754c", "\u3053\u3093\u306b\u3061\u306f \u4e16\u754c", "\ud55c\uad6d\uc5b4 \ubb38\uc7a5", "\u30c6\u30b9\u30c8\u30fc\u3005\u3006", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e04\u0e23\u0e31\u0e1a",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645", "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "\u1208\u1230\u120b\u121d", "\u10d2\u10d0\u10db\u10d0\u10e0\u10ef\u10dd\u10d1\u10d0", "\u1c92\u1c90",
    "\u13a0\u13a1\uab70", "\U0001f600\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467 x", "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd", "\U00010400\U00010428", "\U00020000",
    # long stretches
    "a" * 700, "aB" * 200, "\u6587" * 300, "7" * 1000, " " * 700, "\t" * 200, "\u0301" * 150, "xyzzy" * 60,
    "for (int i = 0; i < n; i++) {\n    sum += a[i];\n}\n",
    "<div class=\"x\">\u00a9 2024 &mdash; caf\u00e9</div>\n",
]


def fnv32(data):
    h = 0x811C9DC5
    for b in data:
        h = (h ^ b) * 0x01000193 & 0xFFFFFFFF
    return h


def quoted(text):
    return "".join(c if " " <= c <= "~" and c != "\\" else f"\\u{{{ord(c):x}}}" for c in text)


def main():
    d.use_unicode16()
    rng = random.Random(16)
    table = [p for _, p in d.pools()]
    weights = [w for w, _ in d.pools()]
    texts = RULES + [d.random_text(rng, table, weights) for _ in range(len(RULES))]
    print(f"# ctok 1.3.0 with Unicode 16.0 (unicodedata2 16.0.0, regex 2024.11.6), Python "
          f"{platform.python_version()};")
    print("# v5: ctok's 4.8 on the text without blanks at its end. tools/dev/oracles/make_claude_golden.py")
    for text in texts:
        row = []
        for generation, version in d.GENERATIONS:
            t = text.rstrip(" \t\n\r\f\v") if generation == 5 else text
            pieces = d.ctok.tokenize(t, version)
            pieces = [p for p in pieces if p != "\u27e8pad\u27e9"]
            row.append(f"{len(pieces)}:{fnv32(''.join(p + chr(10) for p in pieces).encode()):08x}")
        print(" ".join(row) + "\t" + quoted(text))


if __name__ == "__main__":
    main()
