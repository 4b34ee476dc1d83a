#!/usr/bin/env python3
"""Trains tiny SentencePiece models and writes what sentencepiece itself makes of 60 texts.

Usage: make_spm_cases.py OUTDIR        (tests/data/spm; needs PyPI sentencepiece 0.2.3)

Each model NAME.model comes with NAME.cases: one line a text, three fields with a tab
between: the text in hex, the ids with spaces between, what they decode to in hex. The
models differ in what the readers and the two search rules must get right: model type, byte
fallback, user-defined, control and unused pieces, character map, dummy prefix, white space
rules, tied scores. Everything is seeded or edited by rule, so a second run writes the same
files (the trainer runs on one thread).
"""
import io
import os
import random
import struct
import sys

import sentencepiece as spm

CORPUS_SEED = 20261124
WORDS = (
    "the of and to in is that for it as with was on be by at from this have or had not are but "
    "what all were when we there can an your which their said if do will each about how up out "
    "them then she many some so these would other into has more her two like him see time could "
    "no make than first been its who now people my made over did down only way find use may water "
    "long little very after words called just where most know token tokens tokenizer count counts "
    "model models piece pieces merge merges byte bytes text texts New York San Francisco "
    "aaa aab aba abb baa bab bba bbb aaaa aaaaaa hello world internationalization").split()
OTHER = ["Stra\u00dfe \u00fcber \u00c4pfel \u00d6l",
         "\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440 "
         "\u0441\u043b\u043e\u0432\u043e",
         "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0 \u4e2d\u6587\u6587\u672c",
         "x = f(y) + g[0]; // note", "1 2 3 10 200 3000 2026-11-24", "caf\u00e9 na\u00efve"]

TEXTS = [
    "", " ", "  ", "   \t ", "a", " a", "a ", "  a  b  ", "hello world", "Hello World",
    "hello  world",
    "the tokenizer counts tokens", "New York is not San Francisco", "New  York", "NewYork",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ab" * 40, "aab" * 30, "abba baab", "a" * 300,
    "\u2581", "\u2581a", "a\u2581b", " \u2581 ", "\u2581\u2581hello", "hello\u2581", "hello \u2581",
    "<s>", "</s>", "<unk>", "<s>hello</s>", "<sep>", "a<sep>b", "<sep><sep>", " <sep> ", "<sep>  a",
    "<0x41>", "<0x0A>", "\n", "a\nb", "a\n\nb\n", "\t\tx", "a\x00b", "\x00", "\x01\x7f",
    "\u00e9", "e\u0301", "\uff21\uff22\uff23\uff11\uff12", "\u3000a\u3000\u3000b\u3000",
    "\ufb01nd \ufb02at",
    "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3092\u8aad\u3080", "\u4e2d\u6587 \u6587\u672c",
    "\U0001f600\U0001f680 ok",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u043f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627", "\ufffd\ufffd",
    "\u0378\u0378a\u0378",
    "x = f(y) + g[0]; // note", "1234567890 3.14159",
    "internationalization of internationalization",
    "two  spaces   three    four", "tail   ", "two words\u00a0nbsp",
    "qqq zzz qzq \u2603 \u2603\u2603 q",
    "the\u2581the the", "Stra\u00dfe Q\u00c4\u00d6\u00dc",
]

RULES = [("\uff21", "a"), ("\uff22", "b"), ("\uff23", "c"), ("\uff11", "1"), ("\uff12", "2"),
         ("\u3000", " "),
         ("\u00a0", " "), ("\t", " "), ("\ufb01", "fi"), ("\ufb02", "fl"), ("e\u0301", "\u00e9"),
         ("\u00df", "ss"), ("\x01", ""), ("\x7f", ""), ("\u2603", " snow "),
         ("\u2603\u2603", "SNOW"), ("H", "h"),
         ("W", "w"), ("<", "\u2039")]


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def fields(data):
    at = 0

    def number():
        nonlocal at
        n = shift = 0
        while True:
            c = data[at]
            at += 1
            n |= (c & 127) << shift
            shift += 7
            if c < 128:
                return n

    while at < len(data):
        tag = number()
        wire = tag & 7
        if wire == 0:
            value = number()
        elif wire == 2:
            n = number()
            value = data[at:at + n]
            at += n
        else:
            n = 4 if wire == 5 else 8
            value = data[at:at + n]
            at += n
        yield tag >> 3, wire, value


def unfields(items):
    out = b""
    for number, wire, value in items:
        out += varint(number << 3 | wire)
        out += varint(value) if wire == 0 else varint(len(value)) + value if wire == 2 else value
    return out


def edit_pieces(model, edit):
    """edit(index, text, score, type) -> (score, type), for every piece."""
    out, index = [], 0
    for number, wire, value in fields(model):
        if number == 1:
            p = {n: v for n, _, v in fields(value)}
            text, kind = p[1], p.get(3, 1)
            score = struct.unpack("<f", p.get(2, b"\0\0\0\0"))[0]
            score, kind = edit(index, text, score, kind)
            value = unfields([(1, 2, text), (2, 5, struct.pack("<f", score)), (3, 0, kind)])
            index += 1
        out.append((number, wire, value))
    return unfields(out)


def edit_normalizer(model, number, flag):
    out = []
    for n, wire, value in fields(model):
        if n == 3:
            rest = [f for f in fields(value) if f[0] != number]
            value = unfields(rest + [(number, 0, flag)])
        out.append((n, wire, value))
    return unfields(out)


def corpus():
    r = random.Random(CORPUS_SEED)
    lines = []
    for i in range(3000):
        lines.append(" ".join(r.choice(WORDS) for _ in range(r.randint(3, 12))))
        if i % 8 == 0:
            lines.append(OTHER[i // 8 % len(OTHER)])
        if i % 16 == 0:
            lines.append("".join(r.choice("ab") for _ in range(30)))
    return lines


def train(kind, **more):
    out = io.BytesIO()
    options = dict(model_type=kind, vocab_size=420, character_coverage=1.0, num_threads=1,
                   normalization_rule_name="identity", minloglevel=2, hard_vocab_limit=False,
                   input_sentence_size=0, shuffle_input_sentence=False)
    options.update(more)
    spm.SentencePieceTrainer.train(sentence_iterator=iter(corpus()), model_writer=out, **options)
    return out.getvalue()


def some_unused(index, text, score, kind):
    """Every third piece of at least two characters is no longer given out."""
    if kind == 1 and len(text.decode()) > 1 and index % 3 == 0:
        return score, 5
    return score, kind


def tied(index, text, score, kind):
    """Scores that many pieces share."""
    if kind != 1:
        return score, kind
    return -float(len(text.decode()) // 2 + index % 2), 1


def models(tsv):
    user = ["<sep>", "New York", "\u2581\u2581", "\n", "aab", "aa", "two  spaces", "e\u0301"]
    for kind in ("unigram", "bpe"):
        yield kind + "_plain", train(kind)
        yield kind + "_bytes", train(kind, byte_fallback=True, vocab_size=680)
        yield kind + "_user", train(kind, user_defined_symbols=user, control_symbols=["<2de>", "q"])
        yield kind + "_user_keep", train(kind, user_defined_symbols=user, byte_fallback=True,
                                         vocab_size=680, remove_extra_whitespaces=False,
                                         add_dummy_prefix=False)
        yield kind + "_rules", train(kind, normalization_rule_tsv=tsv,
                                     user_defined_symbols=["<sep>", "\uff21\uff22"])
        yield kind + "_rules_keep", train(kind, normalization_rule_tsv=tsv,
                                          remove_extra_whitespaces=False)
        yield kind + "_suffix", train(kind, treat_whitespace_as_suffix=True)
        yield kind + "_no_escape", edit_normalizer(train(kind), 5, 0)
        yield kind + "_across", train(kind, split_by_whitespace=False, split_by_number=False,
                                      remove_extra_whitespaces=False)
        yield kind + "_unused", edit_pieces(train(kind), some_unused)
        yield kind + "_tied", edit_pieces(train(kind, byte_fallback=True, vocab_size=680), tied)


def main():
    out = sys.argv[1]
    if spm.__version__ != "0.2.3":
        sys.exit("sentencepiece %s, expected 0.2.3" % spm.__version__)
    os.makedirs(out, exist_ok=True)
    os.chdir(out)  # the trainer writes the name of the rules into the model
    tsv = "rules.tsv"
    with open(tsv, "w", encoding="ascii") as f:
        for a, b in RULES:
            f.write("%s\t%s\n" % (" ".join("%X" % ord(c) for c in a),
                                  " ".join("%X" % ord(c) for c in b)))
    for name, model in models(tsv):
        with open(name + ".model", "wb") as f:
            f.write(model)
        p = spm.SentencePieceProcessor(model_proto=model)
        with open(name + ".cases", "w", encoding="ascii") as f:
            for text in TEXTS:
                ids = p.encode(text)
                f.write("%s\t%s\t%s\n" % (text.encode().hex(), " ".join(map(str, ids)),
                                          p.decode(ids).encode().hex()))
        print(name, len(model), p.get_piece_size())


if __name__ == "__main__":
    main()
