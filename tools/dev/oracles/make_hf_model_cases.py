#!/usr/bin/env python3
"""What tokenizers 0.23.3 makes of small WordPiece and Unigram models and of its decoders.

Usage: make_hf_model_cases.py OUTDIR   (tests/data/hf_models; needs PyPI tokenizers 0.23.3)

Each NAME.cases is lines of fields with a tab between; texts and tokens are in hex:
  setting KEY VALUE
  token HEX SCORE              the next id
  encode HEX ids...            text of one piece, its ids
  decode DECODER ids... HEX    ids, their text
"""
import os
import random
import sys

import tokenizers
from tokenizers import Tokenizer, decoders, models

U = "\u2581"


def field(*parts):
    return "\t".join(parts) + "\n"


def numbers(ids):
    return " ".join(map(str, ids))


def write(name, lines):
    with open(name, "w", encoding="ascii") as f:
        f.writelines(lines)
    print(name, len(lines))


def word_pieces(r):
    vocab = ["[UNK]", "##", "#", "un", "##aff", "##able", "a", "##a", "##aa", "b", "##b", "ab",
             "##ab", "abc",
             "##c", "\u00e9", "##\u00e9", "##\u00e9t\u00e9", "\u65e5", "##\u672c", "low", "##er",
             "##est", "l", "##o",
             "##w", "##\U0001f600", "\U0001f600", "##x" * 3]
    words = ["", "a", "aa", "aaa", "aaaa", "ab", "abab", "abc", "abcc", "unaffable", "unaffablex",
             "lower", "lowest",
             "l", "low", "lo", "x", "##", "##a", "#", "\u00e9", "\u00e9\u00e9t\u00e9",
             "\u65e5\u672c", "\u65e5\u65e5",
             "\U0001f600\U0001f600", "[UNK]", "a" * 10, "a" * 11, "\u00e9" * 10, "\u00e9" * 11,
             "ab" * 5]
    words += ["".join(r.choice("abclow\u00e9x") for _ in range(r.randint(1, 10)))
              for _ in range(120)]
    for limit in (10, 100):
        model = models.WordPiece({t: i for i, t in enumerate(vocab)}, unk_token="[UNK]",
                                 max_input_chars_per_word=limit)
        t = Tokenizer(model)
        lines = [field("setting", "max_word_chars", str(limit)), field("setting", "prefix", "##")]
        lines += [field("token", v.encode().hex(), "0") for v in vocab]
        for w in words:
            lines.append(field("encode", w.encode().hex(), numbers(t.encode(w).ids)))
        write("wordpiece_%d.cases" % limit, lines)


def unigram(r):
    letters = ["a", "b", "c", "\u00e9", U, "\U0001f600"]
    for fallback in (False, True):
        vocab = [("<unk>", 0.0)]
        if fallback:
            vocab += [("<0x%02X>" % c, -3.25) for c in range(256) if c != 0xf0]
        seen = {v for v, _ in vocab}
        for _ in range(120):
            v = "".join(r.choice(letters) for _ in range(r.choice([1, 2, 2, 3, 3, 4, 6])))
            if v not in seen:
                seen.add(v)
                vocab.append((v, -r.randint(1, 30) / 7))
        t = Tokenizer(models.Unigram(vocab, 0, fallback))
        lines = [field("setting", "byte_fallback", "1" if fallback else "0")]
        lines += [field("token", v.encode().hex(), repr(s)) for v, s in vocab]
        texts = ["", "q", "qq", "aqqa", "<unk>", "a<unk>b", "q<unk>q", "<0x41>", "\u65e5\u672c",
                 "\U0001f680q", "ab" * 50]
        texts += ["".join(r.choice(letters + ["q"]) for _ in range(r.randint(1, 40)))
                  for _ in range(250)]
        for text in texts:
            lines.append(field("encode", text.encode().hex(), numbers(t.encode(text).ids)))
        write("unigram_%s.cases" % ("bytes" if fallback else "plain"), lines)


def decoding():
    tokens = [U + "Hello", U + "wor", "ld", U, "a" + U + "b" + U, "<0xE2>", "<0x82>", "<0xAC>",
              "<0x41>", "<0x+F>",
              "<0x4a>", "low</w>", "er", "##ing", "##", ".", "don", "'t", " x ", "xx", "  z",
              "[UNK]", "n't", "do",
              "not", "</w>", "<0x-1>", "?", "'s", "\u00e9" + U, "s's", "'", "<0x410>", " do not"]
    lists = [[], [0], [3], [0, 1, 2], [3, 3, 0], [4, 4], [5, 6, 7], [0, 5, 6, 7, 0], [9, 10],
             [8, 9, 10, 2], [11, 12, 11],
             [11, 25], [25, 11], [12, 13, 14, 15], [14, 13], [16, 17, 15], [23, 24, 22], [18, 18],
             [19, 20, 19],
             [26, 2], [21, 13], [0, 27], [30, 28], [16, 31, 16], [29, 29], [32], [23, 33, 24]]
    ways = {
        "metaspace_always": decoders.Metaspace(U, "always"),
        "metaspace_never": decoders.Metaspace(U, "never"),
        "byte_fallback": decoders.ByteFallback(),
        "llama": decoders.Sequence([decoders.Replace(U, " "), decoders.ByteFallback(),
                                    decoders.Fuse(),
                                    decoders.Strip(" ", 1, 0)]),
        "strip": decoders.Strip("x", 1, 1),
        "strip_start": decoders.Strip(" ", 2, 0),
        "wordpiece_clean": decoders.WordPiece("##", True),
        "wordpiece": decoders.WordPiece("##", False),
        "bpe_suffix": decoders.BPEDecoder("</w>"),
        "fuse_replace": decoders.Sequence([decoders.Fuse(), decoders.Replace("lo", "L")]),
        "none": None,
    }
    lines = [field("token", v.encode().hex(), "0") for v in tokens]
    for name, way in ways.items():
        t = Tokenizer(models.WordLevel({v: i for i, v in enumerate(tokens)}, unk_token="[UNK]"))
        if way is not None:
            t.decoder = way
        for ids in lists:
            if not ids and name == "bpe_suffix":
                continue  # the reference fails on an empty list
            text = t.decode(ids, skip_special_tokens=False)
            lines.append(field("decode", name, numbers(ids), text.encode().hex()))
    write("decode.cases", lines)


def main():
    if tokenizers.__version__ != "0.23.3":
        sys.exit("tokenizers %s, expected 0.23.3" % tokenizers.__version__)
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    r = random.Random(20261124)
    word_pieces(r)
    unigram(r)
    decoding()


main()
