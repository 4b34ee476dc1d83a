#!/usr/bin/env python3
"""Our normalizer against tokenizers 0.23.3 and sentencepiece 0.2.3.

  pip install tokenizers==0.23.3 sentencepiece==0.2.3
  diff_normalize.py --driver build/tests/differential/normalize_driver [--random N] [--seed N]
                    [--only WORD] [--quick] [--write-cases FILE]

Every row of the pipeline that a normalizer can be: the four forms, Lowercase, StripAccents,
BertNormalizer, Nmt, Strip, Replace, Prepend and Precompiled on every scalar value in several
contexts and on N random strings each (default 200,000), and SentencePiece's own normalizer with
the charsmaps its trainer makes, with flags and user-defined pieces. Exit 1 on any difference.
--quick leaves the scalars in contexts out. --write-cases writes a sample of inputs and the
engines' answers; tests/data/unicode/normalize.cases was made by
  diff_normalize.py --driver ... --quick --random 4000 --write-cases FILE
"""
import argparse
import itertools
import os
import random
import struct
import subprocess
import sys
import tempfile

import sentencepiece
import tokenizers
from tokenizers import Regex
from tokenizers import normalizers as hf

(NFC, NFD, NFKC, NFKD, LOWERCASE, STRIP_ACCENTS, REPLACE, PREPEND, STRIP, CHARSMAP, BERT, NMT,
 SPM) = range(1, 14)
F_REGEX, F_LEFT, F_RIGHT, F_CLEAN, F_CJK, F_ACCENTS, F_LOWER = (
    1 << i for i in (0, 3, 4, 9, 10, 11, 12))
F_DUMMY, F_REMOVE, F_ESCAPE, F_SUFFIX = (1 << i for i in (13, 14, 15, 16))

# User-defined pieces that touch what a normalizer does: spaces, marks, characters it maps.
SYMBOLS = ["\u2460x", "<a>", "a  b", "  ", "\uff21", "\u2581\u2581", "e\u0301", " <s>"]

# What random texts hit too rarely; every engine gets them all.
CORNERS = ["", " ", "\u0130", "\u0391\u03a3", "e\u0301", "E\u0301 ", "\r\n", "\n\r", "a\u0301b",
           "ab", "aab", "\xa9\u200d\xa9\u0300", "\xa9\u0308\u200d\xa9\u0300",
           "\xa9\u0600\u200d\xa9", "\u0915\u094d\u0915\u0300",
           "\u0915\u093c\u094d\u200d\u0915\u0300", "\u0915\u0915\u0300", "\u094d\u0915\u0300",
           "\U0001F1E6\U0001F1E7\U0001F1E8", "\u0600a", "\u06dd\xa9", "\u1100\u1161",
           "\uac00\u11a7", "\uac00\u11a8", "\u1100\u1161\u11a8", "\u0344", "\u0f73\u0f71",
           "\u212b", "\ufb01", "\u0340\u0323", "\U00011935\U00011930", "e\u0301\u1abf\u0323",
           "\u0dd9\u0dcf", "\ufdfa", "a\u2581\u2581", " \u2581 ", "\u3000a\u3000", "  a  b  ",
           "\u2581", "\x00a", "\ufeffa", "\xada", "\u4e2d\u6587", "\u2460x", "a  b", "\ufffd",
           "\x85", "\u180e", "\u0345\u0301", "\u0e33", "\u1e9b\u0323"]

SCALARS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
FORMS = [("NFC", NFC, hf.NFC()), ("NFD", NFD, hf.NFD()), ("NFKC", NFKC, hf.NFKC()),
         ("NFKD", NFKD, hf.NFKD())]


def string(b):
    return struct.pack("<I", len(b)) + b


def row(kind, flags=0, a=b"", b=b""):
    return struct.pack("<III", kind, flags, 0) + string(a) + string(b)


def run(driver, rows, texts):
    """Answers of the C side: bytes, or a str with status and message."""
    data = struct.pack("<I", len(rows)) + b"".join(rows) + b"".join(string(t) for t in texts)
    done = subprocess.run([driver, "run"], input=data, capture_output=True)
    if done.returncode:
        sys.exit("driver: %d %s" % (done.returncode, done.stderr.decode()[-2000:]))
    out, at, answers = done.stdout, 0, []
    for _ in texts:
        status, size = struct.unpack_from("<II", out, at)
        text = out[at + 8:at + 8 + size]
        at += 8 + size
        answers.append(text if status == 0 else "status %d: %s" % (status, text.decode()))
    return answers


class Report:
    def __init__(self, args):
        self.args, self.bad, self.total, self.cases = args, 0, 0, []

    def compare(self, name, rows, theirs, texts, keep=0):
        """theirs: text -> what the engine makes of it. texts: a list of random ones, or a
        generator over all scalars."""
        if self.args.only and self.args.only not in name:
            return
        if self.args.quick and not isinstance(texts, list):
            return
        texts = list(texts)
        ours = run(self.args.driver, rows, [t.encode() for t in texts])
        bad = 0
        for text, mine in zip(texts, ours):
            their = theirs(text).encode()
            if mine != their:
                bad += 1
                if bad <= 3:
                    print("  %s: %s\n    ours   %s\n    theirs %s" % (
                        name, ascii(text[:60]), ascii(mine[:120]), ascii(their[:120])))
        self.total += len(texts)
        self.bad += bad
        print("%-44s %8d texts  differences %d" % (name, len(texts), bad), flush=True)
        if keep and self.args.write_cases:
            self.cases += [(name, rows, text, theirs(text)) for text in CORNERS
                           if text in texts]
            short = [t for t in texts if len(t) < 64 and t not in CORNERS]
            for text in random.Random(5).sample(short, min(keep, len(short))):
                self.cases.append((name, rows, text, theirs(text)))


# ---- texts --------------------------------------------------------------------------------

CONTEXTS = [("alone", "%s"), ("between", "e%s\u0323\u0301a"),
            ("marks", "\u0915\u0301%s\u0300\u0334x"), ("jamo", "\u1100%s\u11a8\u1161%s")]


def all_scalars(context):
    """Every scalar in the context, a few hundred to a line: '\\n' is inert in every form."""
    size = 256
    for at in range(0, len(SCALARS), size):
        yield "\n".join(context.replace("%s", c) for c in SCALARS[at:at + size] if c != "\n")


def interesting():
    """Characters by what can go wrong with them."""
    import unicodedata as ud
    groups = [list("abzAZ 09.\t\n\r'-"), [chr(c) for c in range(0x300, 0x370)],
              [c for c in SCALARS if ud.combining(c) > 0],
              [c for c in SCALARS if ud.decomposition(c)[:1] not in ("", "<")],
              [c for c in SCALARS if ud.decomposition(c).startswith("<")],
              [chr(c) for c in itertools.chain(range(0x1100, 0x1200), range(0xA960, 0xA980),
                                               range(0xD7B0, 0xD800))],
              [chr(0xAC00 + 28 * i) for i in range(300)], [chr(c) for c in range(0xAC00, 0xAD00)],
              [c for c in SCALARS if ud.category(c) == "Lu"],
              [c for c in SCALARS if ud.category(c) in ("Cf", "Cc", "Zs", "Zl", "Zp")],
              [c for c in SCALARS if ud.category(c) == "Mc"],
              # new in 10.0 to 17.0
              [chr(c) for c in itertools.chain(range(0x11930, 0x11939), range(0x16D40, 0x16D6B),
                                               range(0x1ACF, 0x1AEC), range(0x10EFA, 0x10F00),
                                               range(0x11F00, 0x11F60), range(0x1E6E0, 0x1E700))],
              [chr(c) for c in range(0x900, 0xE00)], [chr(c) for c in range(0x4E00, 0x5000)],
              [chr(c) for c in range(0x1F1E6, 0x1F200)],
              ["\u200d", "\ufe0f", "\xa9", "\u2764", "\U0001F468"],
              ["\u2581", " ", "  ", "\u3000", "\xa0"], SCALARS]
    return [g for g in groups if g]


def random_texts(rng, count, groups, longest=24):
    out = list(CORNERS)
    for _ in range(count - len(CORNERS)):
        some = rng.sample(groups, rng.randrange(1, 5))
        out.append("".join(rng.choice(rng.choice(some)) for _ in range(rng.randrange(0, longest))))
    return out


# ---- charsmaps ------------------------------------------------------------------------------

def double_array(keys):
    """{bytes: str} as a precompiled charsmap; first free place, small and slow."""
    blob, value = b"", {}
    for key, text in keys.items():
        value[key] = len(blob)
        blob += text.encode() + b"\0"
    root = {}
    for key in keys:
        node = root
        for byte in key:
            node = node.setdefault(byte, {})
        node[None] = value[key]
    units, taken = {0: 0}, set()
    todo = [(root, 0)]
    while todo:
        node, at = todo.pop()
        base = 1
        while base in taken or any((base ^ (b or 0)) in units for b in node):
            base += 1
        taken.add(base)
        units[at] |= (at ^ base) << 10
        for byte in node:
            if byte is None:
                units[base] = 1 << 31 | node[None]
                units[at] |= 1 << 8
            else:
                units[base ^ byte] = byte
        for byte in node:
            if byte is not None:
                todo.append((node[byte], base ^ byte))
    size = (max(units) | 255) + 1
    array = [units.get(i, 1 << 31) for i in range(size)]
    return struct.pack("<I", 4 * size) + struct.pack("<%dI" % size, *array) + blob


def fields(data):
    """(number, wire type, value) of one protobuf message."""
    at = 0

    def varint():
        nonlocal at
        v = shift = 0
        while True:
            b = data[at]
            at += 1
            v |= (b & 127) << shift
            shift += 7
            if b < 128:
                return v
    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, 0, varint()
        elif key & 7 == 2:
            size = varint()
            yield key >> 3, 2, data[at:at + size]
            at += size
        else:
            size = 4 if key & 7 == 5 else 8
            yield key >> 3, key & 7, data[at:at + size]
            at += size


def message(number, body):
    size, out = len(body), b""
    while size > 127:
        out += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + out + bytes([size]) + body


def train(folder, rule, symbols=()):
    corpus = os.path.join(folder, "corpus.txt")
    with open(corpus, "w", encoding="utf-8") as f:
        for i in range(300):
            f.write("the quick brown fox %d jumps over lazy dogs and back again\n" % i)
    prefix = os.path.join(folder, rule)
    sentencepiece.SentencePieceTrainer.train(
        input=corpus, model_prefix=prefix, vocab_size=60 + len(symbols), model_type="bpe",
        normalization_rule_name=rule, user_defined_symbols=list(symbols), minloglevel=2)
    with open(prefix + ".model", "rb") as f:
        return f.read()


def charsmap_of(model):
    out = b""
    for number, _, body in fields(model):
        if number == 3:
            for inner, _, value in fields(body):
                if inner == 2:
                    out = value
    return out


def spm_oracle(model, dummy, remove, escape, suffix):
    """The model with other settings: a message repeated at the end is merged into the first."""
    norm = bytes([3 << 3, dummy, 4 << 3, remove, 5 << 3, escape])
    model = model + message(3, norm) + message(2, bytes([24 << 3 & 127 | 128, 1, suffix]))
    sp = sentencepiece.SentencePieceProcessor()
    sp.LoadFromSerializedProto(model)
    return sp.Normalize


def longest_key(charsmap):
    """Bytes of the longest key, by walking the trie."""
    size = struct.unpack_from("<I", charsmap)[0] // 4
    unit = struct.unpack_from("<%dI" % size, charsmap, 4)

    def offset(u):
        return (u >> 10) << ((u & 1 << 9) >> 6)
    deepest, todo = 0, [(offset(unit[0]), 0)]
    while todo:
        base, depth = todo.pop()
        deepest = max(deepest, depth)
        for c in range(256):
            at = base ^ c
            if at < size and unit[at] & (1 << 31 | 255) == c and (c or depth):
                todo.append((at ^ offset(unit[at]), depth + 1))
    return deepest


# ---- the comparisons ------------------------------------------------------------------------

def forms(r, rng, groups, n):
    for name, kind, engine in FORMS:
        for context_name, context in CONTEXTS:
            r.compare("%s scalars %s" % (name, context_name), [row(kind)], engine.normalize_str,
                      all_scalars(context))
    texts = random_texts(rng, n, groups)
    for name, kind, engine in FORMS:
        r.compare(name + " random", [row(kind)], engine.normalize_str, texts, keep=100)
    # Long runs of marks in no order: more than the small sort takes.
    marks = [c for g in groups[1:3] for c in g]
    texts = ["a" + "".join(rng.choice(marks) for _ in range(rng.randrange(20, 300)))
             for _ in range(2000)]
    for name, kind, engine in FORMS:
        r.compare(name + " long mark runs", [row(kind)], engine.normalize_str, texts)


def characters(r, rng, groups, n):
    rows = [("Lowercase", [row(LOWERCASE)], hf.Lowercase()),
            ("StripAccents", [row(STRIP_ACCENTS)], hf.StripAccents()),
            ("NFD StripAccents", [row(NFD), row(STRIP_ACCENTS)],
             hf.Sequence([hf.NFD(), hf.StripAccents()])),
            ("Nmt", [row(NMT)], hf.Nmt()),
            ("Strip left", [row(STRIP, F_LEFT)], hf.Strip(left=True, right=False)),
            ("Strip right", [row(STRIP, F_RIGHT)], hf.Strip(left=False, right=True)),
            ("Strip", [row(STRIP, F_LEFT | F_RIGHT)], hf.Strip()),
            ("Prepend", [row(PREPEND, 0, "\u2581".encode())], hf.Prepend("\u2581")),
            ("NFKC Lowercase Strip", [row(NFKC), row(LOWERCASE), row(STRIP, F_LEFT | F_RIGHT)],
             hf.Sequence([hf.NFKC(), hf.Lowercase(), hf.Strip()]))]
    for clean, cjk, accents, lower in itertools.product((0, 1), repeat=4):
        flags = F_CLEAN * clean | F_CJK * cjk | F_ACCENTS * accents | F_LOWER * lower
        rows.append(("Bert clean%d cjk%d accents%d lower%d" % (clean, cjk, accents, lower),
                     [row(BERT, flags)],
                     hf.BertNormalizer(bool(clean), bool(cjk), bool(accents), bool(lower))))
    texts = random_texts(rng, n, groups)
    for name, ours, engine in rows:
        if name.startswith("Strip ") or name == "Strip":
            contexts = (c + "x y" + c for c in SCALARS)
        else:
            contexts = itertools.chain(all_scalars("%s"), all_scalars("A%s\u0301b"))
        r.compare(name + " scalars", ours, engine.normalize_str, contexts)
        all_of_it = name.startswith(("Bert clean1 cjk1", "Lower", "Nmt", "Strip", "NFD"))
        few = texts if all_of_it else texts[:n // 4]
        r.compare(name + " random", ours, engine.normalize_str, few, keep=15)


def replaces(r, rng, n):
    groups = [list("ab "), list("  a\n"), ["\u2581", "\xe9", "\xe8", " "], list("aab")]
    texts = random_texts(rng, n // 4, groups, 40)
    for pattern, content in ((" ", "\u2581"), ("aa", "b"), ("aab", ""), ("abab", "x"),
                             ("", "-"), ("\xe9", "e"), ("aabaaab", "X"), ("\n", " "),
                             ("``", '"'), (" ", " ")):
        r.compare("Replace %s" % ascii(pattern),
                  [row(REPLACE, 0, pattern.encode(), content.encode())],
                  hf.Replace(pattern, content).normalize_str, texts, keep=15)
    for pattern, content in ((" {2,}", " "), (r"\s+", " "), (r"[\n\r\t]", " "), (r"a*", "-"),
                             (r"(a)(b)", "$1 $2"), (r"(?=b)", "-"), (r"^ +", ""),
                             (r"\s+$", ""), (r"[^\S\n]+", "_")):
        r.compare("Replace regex %s" % pattern,
                  [row(REPLACE, F_REGEX, pattern.encode(), content.encode())],
                  hf.Replace(Regex(pattern), content).normalize_str, texts, keep=15)


def precompiled(r, rng, groups, n, maps):
    # A key for every lead byte replaces what it is part of: shows each cluster of < 6 bytes.
    lead = {bytes([b]): "L" for b in range(0xC2, 0xF5)}
    made = [("lead bytes", double_array(lead)),
            ("a", double_array({b"a": "1"})),
            ("a, ab, aa", double_array({b"a": "1", b"ab": "22", b"aa": "", b"\r\n": "N"})),
            ("\\r\\n", double_array({b"\r\n": "N", b"\n": "n", "\xa9".encode(): "c"})),
            ("long", double_array({b"aab": "x", "e\u0301".encode(): "\xe9", b"e": "e",
                                   "\u0915".encode(): "k"}))]
    clusters = groups + [["\r", "\n", "\r\n"], [chr(c) for c in range(0x1F1E6, 0x1F200)],
                         ["\xa9", "\xae", "\u200d", "\u0300", "\u0308"],
                         ["\u0915", "\u094d", "\u0937", "\u0300", "\u200d", "\u093c"],
                         ["\u0600", "\u06dd", "\U000110bd", "a"]]
    texts = random_texts(rng, n, clusters)
    for name, charsmap in made + maps:
        engine = hf.Precompiled(charsmap)
        ours = [row(CHARSMAP, 0, charsmap)]
        for context_name, context in (("alone", "%s"), ("after a", "a%s"), ("before a", "%sa"),
                                      ("marks", "\xa9%s\u0308"), ("joiner", "\xa9\u200d%s\u0300"),
                                      ("linker", "\u0915\u094d%s\u0300")):
            r.compare("Precompiled %s scalars %s" % (name, context_name), ours,
                      engine.normalize_str, all_scalars(context))
        r.compare("Precompiled %s random" % name, ours, engine.normalize_str, texts,
                  keep=0 if (name, charsmap) in maps else 30)


def spm(r, rng, groups, n, models, maps):
    texts = random_texts(rng, n // 2, groups)
    spaces = random_texts(rng, n // 4, [[" ", "  "], ["a", "b", " "],
                                        ["\u2581", "\u3000", "\xa0", "\t", "\n"],
                                        ["\xad", "\u200b", "\u00a8", "\uff21"], SYMBOLS], 12)
    for name, model in models:
        charsmap = dict(maps).get(name, b"")
        used = SYMBOLS if name.endswith("symbols") else []
        if used:
            charsmap = charsmap_of(model)
        b = b"".join(string(s.encode()) for s in used)
        for dummy, remove, escape, suffix in itertools.product((0, 1), repeat=4):
            engine = spm_oracle(model, dummy, remove, escape, suffix)
            flags = F_DUMMY * dummy | F_REMOVE * remove | F_ESCAPE * escape | F_SUFFIX * suffix
            ours = [row(SPM, flags, charsmap, b)]
            what = "SPM %s dummy%d remove%d escape%d suffix%d" % (
                name, dummy, remove, escape, suffix)
            if (dummy, remove, escape, suffix) in ((1, 1, 1, 0), (0, 0, 0, 0)):
                for context_name, context in (("alone", "%s"), ("between", "A%s\u0301 b")):
                    r.compare(what + " " + context_name, ours, engine, all_scalars(context))
                r.compare(what + " random", ours, engine, texts)
            r.compare(what + " spaces", ours, engine, spaces,
                      keep=12 if name == "identity" else 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", required=True)
    parser.add_argument("--random", type=int, default=200000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", help="comparisons with this word in their name")
    parser.add_argument("--write-cases", metavar="FILE")
    args = parser.parse_args()
    if tokenizers.__version__ != "0.23.3" or sentencepiece.__version__ != "0.2.3":
        sys.exit("diff_normalize.py: needs tokenizers 0.23.3 and sentencepiece 0.2.3")
    rng, groups, r = random.Random(args.seed), interesting(), Report(args)
    n = args.random
    with tempfile.TemporaryDirectory() as folder:
        rules = ("nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf")
        models = [(rule, train(folder, rule)) for rule in rules + ("identity",)]
        maps = [(rule, charsmap_of(model)) for rule, model in models if charsmap_of(model)]
        models.append(("nmt_nfkc symbols", train(folder, "nmt_nfkc", SYMBOLS)))
        models.append(("identity symbols", train(folder, "identity", SYMBOLS)))
    for name, charsmap in maps:
        print("charsmap %s: %d bytes, longest key %d bytes"
              % (name, len(charsmap), longest_key(charsmap)))
    forms(r, rng, groups, n)
    characters(r, rng, groups, n)
    replaces(r, rng, n)
    precompiled(r, rng, groups, n, maps)
    spm(r, rng, groups, n, models, maps)
    print("%d texts, %d differences (seed %d)" % (r.total, r.bad, args.seed))
    if args.write_cases:
        with open(args.write_cases, "w", encoding="ascii") as f:
            f.write("# Made by tools/dev/oracles/diff_normalize.py --write-cases from tokenizers %s and\n"
                    "# sentencepiece %s, seed %d. In hex: rows as the driver takes them, then for\n"
                    "# each case input and expected output.\n"
                    % (tokenizers.__version__, sentencepiece.__version__, args.seed))
            before = None
            for name, rows, text, want in r.cases:
                if name != before:
                    f.write("rows\t%s\t%s\n" % (name, b"".join(rows).hex()))
                before = name
                f.write("case\t%s\t%s\n" % (text.encode().hex(), want.encode().hex()))
        print("%d cases written" % len(r.cases))
    return 1 if r.bad else 0


if __name__ == "__main__":
    sys.exit(main())
