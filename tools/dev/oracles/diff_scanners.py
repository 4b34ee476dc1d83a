#!/usr/bin/env python3
"""Pieces of this library against those of HF tokenizers and tiktoken.

usage: diff_scanners.py DRIVER [--random N] [--scalars] [--tiktoken N] [--only WORD] [--seed S]

DRIVER is build/tests/differential/scanner_diff; it is run with --serve and asked on a pipe.
--random N    random strings for each list of rows, against HF          (default 3000)
--scalars     every Unicode scalar in four contexts, against HF         (20 minutes)
--tiktoken N  random strings for each tiktoken pattern, against tiktoken (default 2000)
Needs tokenizers and tiktoken from PyPI. Exit 1 on a difference.

tiktoken shows ids, not pieces: it is given a vocabulary that holds every substring of the
test strings, so that each piece, whatever it is, becomes one id.
"""
import argparse
import random
import struct
import subprocess
import sys

REGEX, INVERT, FIND, PREFIX, USE_REGEX, INDIVIDUAL, SPLIT = 1, 2, 4, 32, 64, 128, 256
OP = dict(split=32, byte_level=33, digits=34, punctuation=35, metaspace=36, whitespace=37,
          whitespace_split=38, bert=39, char_delimiter=40, fixed=41)
BEHAVIORS = ["isolated", "removed", "merged_with_previous", "merged_with_next", "contiguous"]

CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
UP, LOW = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"


def letter_arms(cut, suffix):
    head = r"[^\r\n\p{L}\p{N}]?"
    return (f"{head}[{UP}{cut}]*[{LOW}{cut}]+{suffix}|{head}[{UP}{cut}]+[{LOW}{cut}]*{suffix}")


PATTERNS = {
    "gpt2-hf": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "r50k": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
    "r50k-old": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++"
              r"[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    "cl100k-old": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"
                  r"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    "llama3": CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
              + SPACES,
    "qwen2": CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES,
    "qwen35": CONTRACTION + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"
              r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + SPACES,
    "o200k": letter_arms("", CONTRACTION + "?") + r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|"
             + SPACES,
    "tekken": letter_arms("", "") + r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACES,
    "kimi": r"[\p{Han}]+|" + letter_arms(r"&&[^\p{Han}]", CONTRACTION + "?")
            + r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES,
}
DEEPSEEK_V3 = [r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
               r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"""
               r"""|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|""" + SPACES]
DEEPSEEK_CODER = [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+",
                  "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"]

# Regexes no scanner knows: the translator and PCRE2 against the engine itself.
ODD = [r"\w+|[^\w\s]+", r"\d+", r"[0-9][0-9][0-9]", r"\s+$", r"^\s*", r"$", r"a|b$", r"x*", r"",
       r" ?[^(\s|.,!?\u2026\u3002\uff0c\u3001\u0964)]+", r"[\p{L}&&[^a-m]]+", r"[^\p{L}&&[^a]]",
       r"[[a-c]\p{N}]+", r"[a-c&&b-d]", r"[^\S\r\n]+", r"\S+\s?", r".", r".+", r"(?>a+)b?",
       r"(a|b)+", r"(?:ab)?c", r"(?<=\s)\S", r"(?<!a)b", r"\p{Lu}", r"\p{^L}+", r"\P{L}+",
       r"\p{Ll}", r"\p{M}", r"\p{P}+", r"\p{S}", r"\p{Lt}|\p{Lm}", r"\p{Nd}+", r"\p{Mn}",
       r"[[:space:]]+", r"[[:^digit:]]+", r"\u3042|\x{3044}|\x41", r"[\x41-\x5a]+", r"a{2}",
       r"\p{N}{2,}", r"\p{N}{1,3}+", r"[^\n]{3}", r"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))",
       r"(?i:k|s|ab)", r"(?i:[k-t])+", r"\W+", r"\D", r" {2,}", r"[]a]+", r"[^]a]+", r"[-a]+",
       r"[a-]+", r"{", r"a{", r"\-\.\#", r"\A.", r".\z", r"\t|\n|\f", r"[\s\S]", r"(?s:.)",
       r"\s+(?!\S)|\s+", r"a+?b??", r"'[sS]|'[tT]", r"[\p{Han}\u3000-\u303f]+", r"(?:\r?\n)+",
       r"(?!\d)\w", r"[\w]+", r"[\W]+", r"[^\W]", r"[^\d]+", r"[\D\n]+", r"[\S]+"]

# not in tiktoken's syntax, or it panics because a match may be empty
NOT_TIKTOKEN = {r"^\s*", r"$", r"x*", "", r"\p{^L}+", r"[[:space:]]+", r"[[:^digit:]]+", "{", "a{"}


def words():
    w = ["a", "s", "t", "A", "Z", "Hello", "iPhone", "HTTP", " the", "don't", "I'LL", "'s", "'S",
         "'re", "'VE", "'m", "'ll", "'d", "'", "''", "'\u017f", "'\u212a", "\u017f", " ", " ",
         "  ", "   ", "\t", "\n", "\n", "\r", "\r\n", "\v", "\x1c", "\x85", "\xa0", "\u1680",
         "\u180e", "\u2003", "\u200b", "\u200d", "\u2028", "\u2029", "\u202f", "\u3000", "\ufeff",
         "0", "1", "23", "456", "7890", "\xbd", "\xb2", "\u0663", "\u2163", "\u3007", "\U00011de0",
         "\U0001d7ce", "!", "?", ".", ",", "/", "-", "_", "(", ")", "$", "+", "<", "=", "^", "`",
         "|", "~", "\\", "\u3002", "\u2026", "\u20ac", "\u0301", "\u093e", "\u20dd", "\ufe0f",
         "\u01c5", "\u02b0", "\xe9", "\xc9", "\xf2", "\xdf", "\u0130", "\u0416", "\u0436",
         "\u05d0", "\u0639", "\u0915", "\u10d0", "\u4e2d", "\u9fa6", "\u3400", "\U00020000",
         "\u2e80", "\u3005", "\u3001", "\u3042", "\u3099", "\u30fc", "\u30fb", "\u309b", "\u3098",
         "\u30a2", "\uff71", "\ud55c", "\u1100", "\U0001f600", "\U0001f468\u200d\U0001f469",
         "\u2581", "\U00016ff0", "\x01", "\xad", "\u0378", "\ue000", "\ufffd", "\x7f", "\u166d",
         "\u2e43", "k", "\U000111c9", "b", "c", "ab", "x", "\u061d"]
    return w


def random_texts(n, rng, size=24):
    w = words()
    for _ in range(n):
        few = [rng.choice(w) for _ in range(rng.randint(1, 8))]
        out = []
        for _ in range(rng.randint(1, size)):
            k = rng.random()
            if k < 0.55:
                out.append(rng.choice(few))
            elif k < 0.93:
                out.append(rng.choice(w))
            else:
                cp = rng.randrange(1, rng.choice([0x3000, 0x20000, 0x110000]))
                out.append(chr(cp) if not 0xD800 <= cp < 0xE000 else "?")
        yield "".join(out)


def scalar_texts():
    """Every scalar before a letter, behind one, behind a space, between digits. Planes 4 to 13, 15
    and 16 have no assigned character outside private use: every 61st of theirs."""
    chunk = []
    for cp in range(0x110000):
        if 0xD800 <= cp < 0xE000:
            continue
        if (0x40000 <= cp < 0xE0000 or cp >= 0xE0200) and cp % 61 and cp & 0xFFFF < 0xFFFE:
            continue
        c = chr(cp)
        chunk.append(f"{c}b|a{c}| {c}|1{c}2|")
        if len(chunk) == 2048:
            yield "".join(chunk)
            chunk = []
    if chunk:
        yield "".join(chunk)


class Driver:
    def __init__(self, path):
        self.p = subprocess.Popen([path, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def rows(self, rows, generic=False):
        msg = b"R" + struct.pack("<II", generic, len(rows))
        for kind, flags, arg, a in rows:
            a = a.encode()
            msg += struct.pack("<IIII", OP[kind], flags, arg, len(a)) + a
        self.p.stdin.write(msg)
        self.p.stdin.flush()
        status, n = struct.unpack("<II", self.p.stdout.read(8))
        return status, self.p.stdout.read(n).decode()

    def pieces(self, text):
        data = text.encode()
        self.p.stdin.write(b"T" + struct.pack("<I", len(data)) + data)
        self.p.stdin.flush()
        (n,) = struct.unpack("<I", self.p.stdout.read(4))
        v = struct.unpack(f"<{3 * n}I", self.p.stdout.read(12 * n))
        body = self.p.stdout.read(sum(v[2::3]))
        out, at = [], 0
        for i in range(n):
            out.append((body[at:at + v[3 * i + 2]], v[3 * i], v[3 * i + 1]))
            at += v[3 * i + 2]
        return out


def byte_alphabet():
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in keep]
    return {b: chr(b) for b in keep} | {b: chr(256 + i) for i, b in enumerate(rest)}


ALPHABET = byte_alphabet()


def hf_lists():
    """(name, our rows, HF pre-tokenizer, compare offsets?, pieces are in the byte alphabet?)"""
    from tokenizers import Regex
    from tokenizers import pre_tokenizers as P
    byte_level = P.ByteLevel(add_prefix_space=False, use_regex=False)
    idle = ("byte_level", 0, 0, "")
    for name, p in PATTERNS.items():
        yield name, [("split", REGEX, 0, p)], P.Split(Regex(p), "isolated"), True, False
    p = PATTERNS["llama3"]
    yield ("llama3-removed-inverted", [("split", REGEX | INVERT, 1, p)],
           P.Split(Regex(p), "removed", invert=True), True, False)
    p = PATTERNS["o200k"]
    yield ("o200k+bytes", [("split", REGEX, 0, p), idle],
           P.Sequence([P.Split(Regex(p), "isolated"), byte_level]), False, True)
    bare = DEEPSEEK_V3[:2] + [DEEPSEEK_V3[2].replace(r"\r\n", "\r\n")]  # as in DeepSeek's file
    for name, list_ in (("deepseek_v3", DEEPSEEK_V3), ("deepseek_v3-bare", bare),
                        ("deepseek_coder", DEEPSEEK_CODER)):
        rows = [("split", REGEX, 0, p) for p in list_]
        hf = [P.Split(Regex(p), "isolated") for p in list_]
        yield name, rows, P.Sequence(hf), True, False
        yield (name + "+digits+bytes", rows + [("digits", INDIVIDUAL, 0, ""), idle],
               P.Sequence(hf + [P.Digits(True), byte_level]), False, True)
    yield ("gpt2-bytelevel", [("byte_level", USE_REGEX, 0, "")],
           P.ByteLevel(add_prefix_space=False, use_regex=True), False, True)
    yield ("gpt2-prefix", [("byte_level", USE_REGEX | PREFIX, 0, "")],
           P.ByteLevel(add_prefix_space=True, use_regex=True), False, True)
    yield ("bytes-prefix", [("byte_level", PREFIX, 0, "")],
           P.ByteLevel(add_prefix_space=True, use_regex=False), False, True)
    yield ("digits_gpt2", [("digits", INDIVIDUAL, 0, ""), ("byte_level", USE_REGEX, 0, "")],
           P.Sequence([P.Digits(True), P.ByteLevel(add_prefix_space=False)]), False, True)
    yield ("split+gpt2-prefix", [("split", REGEX, 0, r"\p{N}{1,3}"),
                                 ("byte_level", USE_REGEX | PREFIX, 0, "")],
           P.Sequence([P.Split(Regex(r"\p{N}{1,3}"), "isolated"), P.ByteLevel(True)]), False, True)
    three = "[0-9][0-9][0-9]"
    yield ("falcon", [("punctuation", 0, 4, ""), ("byte_level", USE_REGEX, 0, ""),
                      ("digits", 0, 0, ""), ("split", REGEX, 0, three)],
           P.Sequence([P.Punctuation("contiguous"), P.ByteLevel(False), P.Digits(False),
                       P.Split(Regex(three), "isolated")]), False, True)
    yield ("bytes+split", [idle, ("split", REGEX, 1, r"\p{L}+")],
           P.Sequence([byte_level, P.Split(Regex(r"\p{L}+"), "removed")]), False, True)
    yield "digits", [("digits", 0, 0, "")], P.Digits(False), True, False
    yield "digits-each", [("digits", INDIVIDUAL, 0, "")], P.Digits(True), True, False
    yield "whitespace", [("whitespace", 0, 0, "")], P.Whitespace(), True, False
    yield "whitespace_split", [("whitespace_split", 0, 0, "")], P.WhitespaceSplit(), True, False
    yield "bert", [("bert", 0, 0, "")], P.BertPreTokenizer(), True, False
    yield ("char_delimiter", [("char_delimiter", 0, 0, "\u3002")],
           P.CharDelimiterSplit("\u3002"), True, False)
    for n in (1, 3, 7):
        yield f"fixed-{n}", [("fixed", 0, n, "")], P.FixedLength(n), True, False
    for i, b in enumerate(BEHAVIORS):
        yield f"punctuation-{b}", [("punctuation", 0, i, "")], P.Punctuation(b), True, False
        for inv in (0, 1):
            for p in (r"\s", r"\s+", r"x*", r"\p{L}+", r"(?i:s)", r"a|", r"$"):
                yield (f"split-{b}-{inv}-{p}", [("split", REGEX | INVERT * inv, i, p)],
                       P.Split(Regex(p), b, invert=bool(inv)), True, False)
            for p in (" ", "'s", "a", "  "):
                yield (f"literal-{b}-{inv}-{p}", [("split", INVERT * inv, i, p)],
                       P.Split(p, b, invert=bool(inv)), True, False)
    for i, scheme in enumerate(("never", "first", "always")):
        for split in (0, 1):
            for mark in ("\u2581", "_"):
                m = P.Metaspace(mark, scheme, bool(split))
                row = ("metaspace", SPLIT * split, i, mark)
                yield f"metaspace-{scheme}-{split}-{mark}", [row], m, True, False
                yield (f"ws+metaspace-{scheme}-{split}", [("whitespace_split", 0, 0, ""), row],
                       P.Sequence([P.WhitespaceSplit(), m]), True, False)
                yield (f"digits+metaspace-{scheme}-{split}", [("digits", 0, 0, ""), row],
                       P.Sequence([P.Digits(False), m]), True, False)
    for p in ODD:
        try:
            hf = P.Split(Regex(p), "isolated")
        except Exception as e:  # not a regex to the engine itself
            print(f"  {p!r}: HF refuses ({e})")
            continue
        yield f"odd {p}", [("split", REGEX, 0, p)], hf, True, False


def hf_pieces(hf, text, offsets):
    got = hf.pre_tokenize_str(text)
    return [(p, *o) if offsets else (p,) for p, o in got]


def our_pieces(driver, text, offsets, in_bytes):
    got = driver.pieces(text)
    at = {}
    if offsets:
        n = 0
        for i, c in enumerate(text):
            at[n] = i
            n += len(c.encode())
        at[n] = len(text)
    out = []
    for b, begin, end in got:
        p = "".join(ALPHABET[x] for x in b) if in_bytes else b.decode("utf-8", "replace")
        out.append((p, at.get(begin, -1), at.get(end, -1)) if offsets else (p,))
    return out


def diff(name, pairs, limit=3):
    n = bad = 0
    for text, ours, theirs in pairs:
        n += 1
        if ours != theirs:
            bad += 1
            if bad <= limit:
                i = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b),
                         min(len(ours), len(theirs)))
                print(f"  DIFFERENT {name}: {text[:80]!a}\n    ours  {ours[max(0, i - 1):i + 3]!a}"
                      f"\n    theirs {theirs[max(0, i - 1):i + 3]!a}")
    return n, bad


def against_hf(driver, args):
    total = 0
    for name, rows, hf, offsets, in_bytes in hf_lists():
        if args.only and args.only not in name:
            continue
        status, said = driver.rows(rows)
        if status:
            print(f"{name}: refused: {said}")
            continue
        rng = random.Random(args.seed)
        texts = random_texts(args.random, rng)
        if args.scalars and name.split("-split")[0] in SCALAR_LISTS:
            texts = scalar_texts()
        n, bad = diff(name, ((t, our_pieces(driver, t, offsets, in_bytes),
                              hf_pieces(hf, t, offsets)) for t in texts))
        print(f"{name} [{said}]: {n} texts, {bad} differences", flush=True)
        total += bad
    return total


SCALAR_LISTS = set(PATTERNS) | {"deepseek_v3", "deepseek_v3-bare", "digits_gpt2", "falcon", "gpt2-bytelevel",
                                "whitespace", "bert", "punctuation-isolated", "odd \\w+|[^\\w\\s]+",
                                "deepseek_coder"}


def tiktoken_pieces(pattern, texts):
    import tiktoken
    vocab = {bytes([i]): i for i in range(256)}
    for t in texts:
        for i in range(len(t)):
            for j in range(i + 1, len(t) + 1):
                b = t[i:j].encode()
                if b not in vocab:
                    vocab[b] = len(vocab)
    enc = tiktoken.Encoding("pieces", pat_str=pattern, mergeable_ranks=vocab, special_tokens={})
    back = {i: b for b, i in vocab.items()}
    return [[back[i] for i in enc.encode_ordinary(t)] for t in texts]


def against_tiktoken(driver, args):
    total = 0
    odd = [p for p in ODD if p not in NOT_TIKTOKEN]
    lists = list(PATTERNS.items()) + [(f"odd {p}", p) for p in odd]
    for name, pattern in lists:
        if args.only and args.only not in name:
            continue
        status, said = driver.rows([("split", REGEX | FIND, 0, pattern)])
        if status:
            print(f"tiktoken {name}: refused: {said}")
            continue
        rng = random.Random(args.seed)
        n_texts = args.tiktoken if name in PATTERNS else args.tiktoken // 8
        texts = list(random_texts(n_texts, rng, 12))
        if args.scalars and name in PATTERNS:
            texts = [f"{chr(c)}b|a{chr(c)} {chr(c)}1{chr(c)}2" for c in range(0x20000)
                     if not 0xD800 <= c < 0xE000 and not 0x4E01 <= c < 0x9FA0
                     and not 0xAC01 <= c < 0xD7A0 and not 0xE001 <= c < 0xF8FF]
        n = bad = 0
        for k in range(0, len(texts), 200):
            part = texts[k:k + 200]
            try:
                theirs = tiktoken_pieces(pattern, part)
            except ValueError as e:
                print(f"tiktoken {name}: it refuses ({str(e)[:60]!r})")
                break
            ours = [[b for b, _, _ in driver.pieces(t)] for t in part]
            dn, db = diff(name, zip(part, ours, theirs))
            n += dn
            bad += db
        print(f"tiktoken {name} [{said}]: {n} texts, {bad} differences", flush=True)
        total += bad
    return total


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("driver")
    ap.add_argument("--random", type=int, default=3000)
    ap.add_argument("--tiktoken", type=int, default=2000)
    ap.add_argument("--scalars", action="store_true")
    ap.add_argument("--only")
    ap.add_argument("--seed", type=int, default=1)
    args = ap.parse_args()
    driver = Driver(args.driver)
    total = against_hf(driver, args) if args.random or args.scalars else 0
    if args.tiktoken:
        total += against_tiktoken(driver, args)
    print(f"{total} differences")
    return total != 0


if __name__ == "__main__":
    sys.exit(main())
