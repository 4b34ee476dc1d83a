#!/usr/bin/env python3
"""Vocabularies made at random, opened by us and by the official libraries; `make random-vocabs`.

  random_vocabs.py [--driver FILE] [--vocabs N] [--texts N] [--seed N] [--only KIND]... [--keep DIR]

Each vocabulary is a file of one of the forms that a user may have:
  hf        tokenizer.json: a BPE, Unigram or WordPiece model that tokenizers' own trainer made or
            that is random, under random normalizers, pre-tokenizers, post-processors and added
            tokens with random flags
  spm       SentencePiece .model: BPE or Unigram by sentencepiece's own trainer, random options
  tiktoken  a rank file with a random split pattern
  tekken    the same as Mistral's tekken.json, more ranks listed than count, special places
The file goes to our encode_driver and to the library of its form, then N texts through both:
characters of hard alphabets, tokens of the vocabulary itself, words of the training text, added
tokens whole, cut and nested. tokenizer.json: with special tokens trusted and the frame, then
neither. A file that we refuse by name is counted apart (--refused lists the reasons); one that
the reference refuses and we open is counted, and compared with nothing. Every seed can be run
alone: --seed N --vocabs 1 --only KIND. Exit 1 if any ids differ; --keep writes those files.
"""
import argparse
import array
import base64
import collections
import io
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import traceback

import sentencepiece
import tiktoken
import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from differential import ALPHABETS
from driver import COUNT_DIFFERS, FAILED, FRAME, SPECIAL

WORDS = (
    "the of and to in is that for it as with was on be by at from this have not are but what all were when we "
    "there can an your which their said if do will each about how up out them then she many some so these would "
    "token tokens tokenizer count counts model models piece pieces merge merges byte bytes text texts New York "
    "Hello HELLO World don't DON'T it's IT\u2019S we'll aaa aab aba abb baa bab bba bbb aaaa aaaaaa ababab "
    "lower lowest newer newest x=f(y)+g[0]; return(x); // note 1 2 10 200 3000 2026-11-24 3.14159 "
    "Stra\u00dfe \u00fcber \u00c4pfel caf\u00e9 cafe\u0301 na\u00efve \u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440 \u65e5\u672c\u8a9e\u306e\u6587\u7ae0 \u4e2d\u6587\u6587\u672c \uc548\ub155 "
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \u0928\u092e\u0938\u094d\u0924\u0947 \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \ufb01nd \u2460 \uff21\uff22\uff23 \u00bd \u0130stanbul \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 "
    "<s> </s> <unk> <mask> <0x41> [UNK] [CLS] \u2581a \u2581\u2581 a_b foo##bar").split(" ")
HARD = ["\r\n", "\n\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1f", "\u00a0", "\u3000", "\u200b", "\u200d", "\ufeff", "\u2060",
        "\u00ad", "\x00", "\x01", "\x7f", "\ufffd", "\ufffe", "\uffff", "\ue000", "\U0010ffff", "\u0378", "\u202e", "\u2067", "\u0301", "\u0345",
        "\u20dd", "\u093e", "\u0e33", "\u1100\u1161\u11a8", "\uac01", "\u0344", "\u2126", "\u212b", "\ufdfa", "\u0149", "\u1e9e", "\u01c5",
        "\u0130", "\u0131", "\u03c2", "\u1f88", "\u2160", "\u24d0", "\u00b2", "\u0661", "\u0966", "\U0001d7d8", "\U0001f1e9\U0001f1ea",
        "\U0001f3fd", "\ufe0f", "\u20e3", "\u309b", "\u3099", "\uff9e", "\u30fc", "\u3005", "\u3007", "\u4e00", "\U00020000", "\U000e0041",
        "\u2019s", "'S", "'\u017f", "\u180e", "\u1680", "\u2009", "\u0085", "\u061c", "\u115f", "\u3164", "\U00016d43", "\u0897", "\ua7cb",
        "\U00010d40", "\U0001fae9", "\U0001cc00", "\U0001c800", "\u1c89", "\ua7dc", "\U00013460", "\U00011bf0", "\U000105d2\u0307"]
FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")


def corpus(rng, n=400):
    out = []
    for _ in range(n):
        out.append(" ".join(rng.choice(WORDS) for _ in range(rng.randint(2, 12))))
    for _ in range(n // 10):
        out.append("".join(rng.choices(rng.choice(ALPHABETS), k=20)))
    return [t.replace("\x00", "") for t in out]


# --- texts

def texts(rng, n, pieces, names):
    """n strings; pieces: texts of the vocabulary's tokens, names: its added tokens."""
    out = ["", " ", "a"]
    pieces = [p for p in pieces if p] or ["a"]
    names = [p for p in names if p] or ["<s>"]
    blanks = ("", "", " ", " ", "  ", "\n", "\t", "\u00a0", "\u2581")

    def part():
        k = rng.random()
        if k < 0.30:
            return rng.choice(pieces)
        if k < 0.45:
            return rng.choice(WORDS)
        if k < 0.60:
            return "".join(rng.choices(rng.choice(ALPHABETS), k=rng.choice((1, 2, 3, 5, 8))))
        if k < 0.75:
            return rng.choice(HARD)
        if k < 0.83:
            return rng.choice((rng.choice(pieces), rng.choice("ab 1.\u00e9\u4e2d\n"), rng.choice(HARD))) * rng.randint(2, 40)
        if k < 0.95:
            name = rng.choice(names)
            cut = rng.random()
            if cut < 0.15:
                return name[:-1]
            if cut < 0.25:
                return name[:len(name) // 2] + name + name[len(name) // 2:]
            return name.upper() if cut < 0.30 else name
        c = rng.randrange(0x10F800)
        return chr(c if c < 0xD800 else c + 0x800)

    while len(out) < n:
        out.append("".join(part() + rng.choice(blanks) for _ in range(rng.choice((1, 1, 2, 3, 4, 6, 9, 20)))))
    for size in (5000, 70000):
        some = "".join(part() + rng.choice(blanks[:2] if rng.random() < 0.5 else blanks) for _ in range(rng.choice((1, 3, 50)))) + rng.choice("a \u00e9")
        out.append((some * (size // len(some) + 1))[:size + rng.randrange(9)])
    return out


# --- tokenizer.json

def chars_of(rng):
    return rng.choice(["\u2581", "_", " ", "a", "\u00e9", "\u4e2d", "\n", ".", "1", "-", "\U0001f600"])


PATTERNS = [r"\s+", r"\p{L}+", r"\p{N}{1,3}", r"\p{N}", r"[^\s\p{L}\p{N}]+", r"'s|'t|'re", r"(?i:'s|'t|'re|'ve|'m|'ll|'d)", r" ?\p{L}+",
            r"\s+(?!\S)|\s+", r"[\r\n]+", r"\w+|[^\w\s]+", r"\d+", r"[A-Z][a-z]*", r"(?=[A-Z])", r".", r"a|ab", r"\b", r"[\u4e00-\u9fff]",
            r"\p{Han}+", r"\p{Lu}|\p{M}+", r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            r"[\p{P}\p{S}]", r"^a", r"a$", r"\S+", r"[ \t]{2,}", r"(?<=a)b", r"(\w)\1", r"x*", r"\h+", r"\X", r"[[:alpha:]]+", r"\R",
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
            "(?:\r?\n)+(?!\r?\n)", r"\p{Script=Greek}+", r"[^a-z]", r"\P{L}", r"[^\S\n]+", r"[\s--\n]", r"\A\s|\s\z", r"[a-z&&[^b]]+",
            "[\u0915-\u0939]\u094d?", r"\p{Ll}(?=\p{Lu})", r"(?s:.)", r"(?m:^.)", r"\x{e9}|\u4e2d", r"\p{^L}", r"[[:punct:]]", r"[\w']+", r"\W"]


ATOMS = [r"\p{L}", r"\p{N}", r"\p{M}", r"\p{P}", r"\p{S}", r"\p{Lu}", r"\p{Ll}", r"\p{Lt}", r"\p{Lm}", r"\p{Lo}", r"\p{Nd}",
         r"\p{Han}", r"\s", r"\S", r"\d", r"\D", r"\w",
         r"\W", r"\P{L}", ".", "a", "b", "s", "t", "K", "1", " ", "'", r"\n", r"\r", r"\t", r"\.", "-", "_", "\u00e9", "\u4e2d", r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-z]", r"[^\s]",
         r"[^\r\n\p{L}\p{N}]", r"[^\s\p{L}\p{N}]", r"[\r\n]", r"[\p{L}\p{M}]", r"[\p{P}\p{S}]", r"[a-zA-Z0-9_]", r"[!-~]", r"[\u4e00-\u9fff]", r"[\x00-\x1f]",
         r"[\w.-]", r"[\d,]", r"[^\W\d]", r"(?i:ss|k|i)", r"(?i:'s|'t)", r"\x{1F600}"]
QUANTIFIERS = ["", "", "", "", "+", "+", "*", "?", "{2}", "{1,3}", "{2,}", "+?", "*?", "++", "*+", "?+"]


def random_pattern(rng, depth=0):
    branches = []
    for _ in range(rng.choice((1, 1, 2, 3, 4) if depth == 0 else (1, 2))):
        part = ""
        for _ in range(rng.choice((1, 1, 2, 3))):
            k = rng.random()
            if k < 0.1 and depth < 2:
                atom = rng.choice(("(?:%s)", "(?:%s)", "(?i:%s)", "(%s)")) % random_pattern(rng, depth + 1)
            elif k < 0.16:
                part += rng.choice(("(?!%s)", "(?=%s)")) % rng.choice(ATOMS)
                continue
            elif k < 0.19:
                part += rng.choice(("(?<!%s)", "(?<=%s)")) % rng.choice(ATOMS[:30])
                continue
            elif k < 0.21:
                part += rng.choice(("^", "$", r"\A", r"\z", r"\Z"))
                continue
            else:
                atom = rng.choice(ATOMS)
            part += atom + rng.choice(QUANTIFIERS)
        branches.append(part)
    return "|".join(branches)


def pattern_of(rng):
    return random_pattern(rng) if rng.random() < 0.6 else rng.choice(PATTERNS)


def pattern(rng):
    if rng.random() < 0.35:
        return {"String": rng.choice([" ", "  ", "a", "ab", "\u2581", ".", "...", "\n", "the", "\u00e9", "\u4e2d", "|", "a|b", "aa", "'", "\u0301"])}
    return {"Regex": pattern_of(rng)}


def bool_of(rng):
    return rng.random() < 0.5


def normalizer(rng, charsmaps):
    kind = rng.choice(["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "Strip", "Replace", "Prepend", "Precompiled",
                       "BertNormalizer"] + ["Replace", "Prepend", "Strip"])
    out = {"type": kind}
    if kind == "Strip":
        out.update(strip_left=bool_of(rng), strip_right=bool_of(rng))
    elif kind == "Replace":
        out.update(pattern=pattern(rng), content=rng.choice(["", " ", "\u2581", "x", "\u00e9", "ab", "\n", "  "]))
    elif kind == "Prepend":
        out.update(prepend=rng.choice(["\u2581", " ", "x", "ab", "\u0301"]))
    elif kind == "Precompiled":
        out.update(precompiled_charsmap=rng.choice(charsmaps))
    elif kind == "BertNormalizer":
        out.update(clean_text=bool_of(rng), handle_chinese_chars=bool_of(rng), strip_accents=rng.choice([None, True, False]), lowercase=bool_of(rng))
    return out


def pre_tokenizer(rng, byte_level):
    kinds = ["Split", "Split", "Split", "Digits", "Punctuation", "Metaspace", "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "CharDelimiterSplit",
             "FixedLength"]
    kind = rng.choice(kinds)
    behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    out = {"type": kind}
    if kind == "Split":
        out.update(pattern=pattern(rng), behavior=rng.choice(behaviors), invert=rng.random() < 0.3)
    elif kind == "Digits":
        out.update(individual_digits=bool_of(rng))
    elif kind == "Punctuation":
        out.update(behavior=rng.choice(behaviors))
    elif kind == "Metaspace":
        out = metaspace(rng)
    elif kind == "CharDelimiterSplit":
        out.update(delimiter=chars_of(rng))
    elif kind == "FixedLength":
        out.update(length=rng.choice([1, 2, 3, 5, 17]))
    return out


def metaspace(rng):
    return {"type": "Metaspace", "replacement": rng.choice(["\u2581"] * 4 + ["_", "\u00e9"]),
            "prepend_scheme": rng.choice(["always", "first", "never"]), "split": bool_of(rng)}


def byte_level(rng):
    return {"type": "ByteLevel", "add_prefix_space": rng.random() < 0.3, "trim_offsets": True, "use_regex": bool_of(rng)}


def sequence(kind, items):
    if not items:
        return None
    return items[0] if len(items) == 1 else {"type": "Sequence", kind: items}


def trained_bpe(rng, bytes_):
    affix = {}
    if rng.random() < 0.15:
        affix["end_of_word_suffix"] = "</w>"
    elif rng.random() < 0.15 and not bytes_:
        affix["continuing_subword_prefix"] = rng.choice(["##", "@", "\u2581"])
    tok = Tokenizer(models.BPE(unk_token="<unk>", **affix))
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False) if bytes_ else rng.choice(
        [pre_tokenizers.Metaspace(), pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Whitespace()])
    more = dict(affix)
    if bytes_ and rng.random() < 0.8:
        more["initial_alphabet"] = sorted(pre_tokenizers.ByteLevel.alphabet())
    if not bytes_ and rng.random() < 0.5:
        more["limit_alphabet"] = rng.choice([30, 60, 90])
    tok.train_from_iterator(corpus(rng), trainers.BpeTrainer(
        vocab_size=rng.choice([300, 400, 700]), show_progress=False, special_tokens=["<unk>", "<s>", "</s>"], **more))
    model = json.loads(tok.to_str())["model"]
    if rng.random() < 0.3:
        shuffle_merges(rng, model)
    if rng.random() < 0.5:
        model["unk_token"] = None
    model["fuse_unk"] = bool_of(rng)
    model["ignore_merges"] = rng.random() < 0.3
    if rng.random() < 0.3:
        k = len(model["vocab"])
        for b in range(256):
            if rng.random() < 0.97 or rng.random() < 0.5:
                model["vocab"].setdefault("<0x%02X>" % b, k)
                k = len(model["vocab"])
        model["byte_fallback"] = True
    return model


def shuffle_merges(rng, model):
    """Merges in another order, some gone, some between tokens that no trainer would pair."""
    merges = [m if isinstance(m, list) else m.split(" ") for m in model["merges"]]
    head = len(model.get("continuing_subword_prefix") or "")
    if rng.random() < 0.5:
        rng.shuffle(merges)
    if rng.random() < 0.5:
        merges = [m for m in merges if rng.random() < 0.85]
    names = list(model["vocab"])
    for _ in range(rng.choice([0, 20, 300])):
        whole = rng.choice(names)
        if len(whole) > 1:
            cut = rng.randrange(1, len(whole))
            a, b = whole[:cut], whole[cut:]
            b = (model.get("continuing_subword_prefix") or "") + b if head else b
            if a in model["vocab"] and b in model["vocab"]:
                merges.insert(rng.randrange(len(merges) + 1), [a, b])
    model["merges"] = merges


def trained_unigram(rng):
    tok = Tokenizer(models.Unigram())
    tok.pre_tokenizer = rng.choice([pre_tokenizers.Metaspace(), pre_tokenizers.WhitespaceSplit()])
    tok.train_from_iterator(corpus(rng), trainers.UnigramTrainer(
        vocab_size=rng.choice([200, 400]), show_progress=False, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>",
        max_piece_length=rng.choice([4, 16])))
    model = json.loads(tok.to_str())["model"]
    if rng.random() < 0.3:  # ties
        model["vocab"] = [[p, float(round(s))] for p, s in model["vocab"]]
    if rng.random() < 0.3:
        model["byte_fallback"] = True
        there = {p for p, _ in model["vocab"]}
        model["vocab"] += [["<0x%02X>" % b, round(-rng.random() * 9, 2)] for b in range(256)
                           if "<0x%02X>" % b not in there and (rng.random() < 0.97 or rng.random() < 0.5)]
    return model


def trained_wordpiece(rng):
    prefix = rng.choice(["##", "##", "@", "", "\u2581"])
    tok = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.train_from_iterator(corpus(rng), trainers.WordPieceTrainer(
        vocab_size=rng.choice([200, 400]), show_progress=False, special_tokens=["[UNK]", "[CLS]", "[SEP]"], continuing_subword_prefix=prefix or "##"))
    model = json.loads(tok.to_str())["model"]
    model["continuing_subword_prefix"] = prefix
    model["max_input_chars_per_word"] = rng.choice([100, 100, 5, 1, 40])
    return model


def added_tokens(rng, vocab):
    names = ["<s>", "</s>", "<mask>", "<|im_start|>", "<|endoftext|>", "<|im", "word", "the", "New York", "  ", "\n", "\n\n", " a", "a ", "aa", "ab",
             "abc", "\u00e9", "e\u0301", "\u4e2d\u6587", "<tool_call>", "<", ".", "1", "THE", "\u2581", "\u2581the", "\u0301", "\u200d", "\U0001f600", "Hello", "don't",
             "\uff21", "\ufb01", "\u0130", "\u00a0", "\u03a3", "x y", " ", "\t"]
    names += rng.sample(sorted(vocab), min(4, len(vocab)))
    picked = rng.sample(names, rng.choice([0, 2, 5, 9, 20]))
    out, at = [], len(vocab)
    plain = rng.random() < 0.3
    for name in picked:
        if name in vocab:
            ident = vocab[name]
        else:
            ident, at = at, at + 1
        flags = {f: False if plain and f in ("single_word", "lstrip", "rstrip") else rng.random() < 0.3 for f in FLAGS}
        out.append({"id": ident, "content": name, **flags})
    return sorted(out, key=lambda t: t["id"])


def post_processor(rng, n):
    ids = [rng.randrange(n) for _ in range(3)]
    kind = rng.choice([None, None, "BertProcessing", "RobertaProcessing", "TemplateProcessing"])
    if kind is None:
        return None
    if kind == "TemplateProcessing":
        single = [{"SpecialToken": {"id": "B", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "E", "type_id": 0}}]
        single = rng.choice([single, single[:2], single[1:], single[:1] * 2 + single[1:]])
        return {"type": kind, "single": single, "pair": single + [{"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"B": {"id": "B", "ids": [ids[0]], "tokens": ["b"]},
                                   "E": {"id": "E", "ids": ids[1:], "tokens": ["e", "f"]}}}
    out = {"type": kind, "sep": ["</s>", ids[0]], "cls": ["<s>", ids[1]]}
    if kind == "RobertaProcessing":
        out.update(trim_offsets=True, add_prefix_space=False)
    return out


def make_hf(rng, charsmaps):
    bytes_ = rng.random() < 0.5
    kind = "BPE" if bytes_ else rng.choice(["BPE", "BPE", "Unigram", "WordPiece"])
    model = {"BPE": lambda: trained_bpe(rng, bytes_), "Unigram": lambda: trained_unigram(rng), "WordPiece": lambda: trained_wordpiece(rng)}[kind]()
    vocab = {p: i for i, (p, _) in enumerate(model["vocab"])} if kind == "Unigram" else model["vocab"]
    norms = [normalizer(rng, charsmaps) for _ in range(rng.choice([0, 0, 1, 1, 2, 3, 4]))]
    pres = [pre_tokenizer(rng, bytes_) for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))]
    if bytes_:
        if rng.random() < 0.1:
            norms.append({"type": "ByteLevel"})
        else:
            pres.insert(rng.choice([len(pres), len(pres), rng.randint(0, len(pres))]), byte_level(rng))
    elif rng.random() < 0.5:
        pres.insert(rng.randint(0, len(pres)), metaspace(rng))
    added = added_tokens(rng, vocab)
    as_written_before(rng, model, pres)
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": sequence("normalizers", norms),
            "pre_tokenizer": sequence("pretokenizers", pres), "post_processor": post_processor(rng, len(vocab)), "decoder": None, "model": model}


def as_written_before(rng, model, pres):
    """Forms of older files: merges as text, no type, Metaspace without a scheme."""
    if model["type"] == "BPE" and rng.random() < 0.3:
        merges = [m if isinstance(m, list) else m.split(" ") for m in model["merges"]]
        if not any(" " in half for m in merges for half in m):
            model["merges"] = rng.choice([[], ["#version: 0.2"]]) + [" ".join(m) for m in merges]
    if model["type"] == "Unigram" and rng.random() < 0.2:
        model["unk_id"] = None
    if rng.random() < 0.1:
        del model["type"]
    for p in pres:
        if p["type"] == "Metaspace" and rng.random() < 0.2:
            scheme = p.pop("prepend_scheme")
            p["add_prefix_space"] = scheme != "never"
            if rng.random() < 0.3:
                p["str_rep"] = p["replacement"]


def spelled(vocab, bytes_):
    """Texts of the tokens: through the byte alphabet where they are written in it."""
    if not bytes_:
        return list(vocab)
    back = {}
    k = 0
    for b in range(256):
        if 33 <= b < 127 or 161 <= b < 173 or 174 <= b < 256:
            back[chr(b)] = b
        else:
            back[chr(256 + k)] = b
            k += 1
    out = []
    for t in vocab:
        try:
            out.append(bytes(back[c] for c in t).decode("utf-8"))
        except (KeyError, UnicodeDecodeError):
            out.append(t)
    return out


class Hf:
    name = "hf"
    suffix = ".json"

    def __init__(self, charsmaps):
        self.charsmaps = charsmaps

    def make(self, rng):
        spec = make_hf(rng, self.charsmaps)
        bytes_ = "ByteLevel" in json.dumps([spec["normalizer"], spec["pre_tokenizer"]])
        vocab = spec["model"]["vocab"]
        vocab = [p for p, _ in vocab] if isinstance(vocab, list) else list(vocab)
        return json.dumps(spec, ensure_ascii=rng.random() < 0.5).encode(), spelled(vocab, bytes_), [a["content"] for a in spec["added_tokens"]], []

    def open(self, data, _):
        tok = Tokenizer.from_str(data.decode())

        def trusted(text):
            tok.encode_special_tokens = False
            return tok.encode(text).ids

        def plain(text):
            tok.encode_special_tokens = True
            return tok.encode(text, add_special_tokens=False).ids

        return [(SPECIAL | FRAME, trusted), (0, plain)]

    def again(self, data, flags):
        """The library picks between added tokens that are normalized to the same text by the seed of a hash table."""
        for _ in range(40):
            yield [encode for f, encode in self.open(data, []) if f == flags][0]


class Spm:
    again = staticmethod(lambda data, flags: ())
    name = "spm"
    suffix = ".model"

    def make(self, rng):
        kind = rng.choice(["bpe", "unigram"])
        more = {}
        for option in ("byte_fallback", "split_digits", "treat_whitespace_as_suffix", "allow_whitespace_only_pieces"):
            if rng.random() < 0.35:
                more[option] = True
        for option in ("add_dummy_prefix", "remove_extra_whitespaces", "split_by_whitespace", "split_by_number", "split_by_unicode_script"):
            if rng.random() < 0.4:
                more[option] = False
        user = ["<sep>", "New York", "\u2581\u2581", "\n", "aab", "aa", "a  b", "e\u0301", "the", "1", "\uff21", " <m>", "\u00e9", "\u2581", "\t", "a\u2581", "x y", "ab",
                "\u0130", "\u4e2d\u6587", "\U0001f600", "\u2460", "\ufb01", "<s>x"]
        user = rng.sample(user, rng.choice([0, 0, 2, 6, 12]))
        if user:
            more["user_defined_symbols"] = user
        if rng.random() < 0.4:
            more["control_symbols"] = rng.sample(["<ctl>", "q", "<2de>", "[INST]"], 2)
        if rng.random() < 0.3:
            more["required_chars"] = "\u2603\U0001f680\u4e00"
        if rng.random() < 0.2:
            more["unk_surface"] = rng.choice(["", "?", " \u2047 "])
        if rng.random() < 0.3:
            more["bos_id"] = -1
        if rng.random() < 0.2:
            more.update(unk_id=2, bos_id=0, eos_id=1)
        out = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(t.replace("\n", " ") for t in corpus(rng)), model_writer=out, model_type=kind, num_threads=1, minloglevel=3,
            vocab_size=rng.choice([400, 500, 700]), hard_vocab_limit=False, character_coverage=rng.choice([1.0, 0.995, 0.98]),
            normalization_rule_name=rng.choice(["identity", "nfkc", "nmt_nfkc", "nfkc_cf", "nmt_nfkc_cf"]), **more)
        data = out.getvalue()
        p = sentencepiece.SentencePieceProcessor(model_proto=data)
        pieces = [p.id_to_piece(i) for i in range(p.get_piece_size())]
        pieces += [t.replace("\u2581", " ") for t in pieces]
        return data, pieces, user + ["<s>", "</s>", "<unk>", "<ctl>", "[INST]", "<0x0A>"], []

    def open(self, data, _):
        p = sentencepiece.SentencePieceProcessor(model_proto=data)
        return [(0, p.encode)]


def random_ranks(rng, first):
    """first, then pieces of text and of each other."""
    ranks = {bytes([b]): i for i, b in enumerate(first)}
    text = " ".join(corpus(rng, 200)).encode()
    grown = list(ranks)
    while len(ranks) < 900:
        if rng.random() < 0.6:
            at = rng.randrange(len(text) - 12)
            t = text[at:at + rng.choice((2, 2, 3, 3, 4, 5, 6, 8, 12))]
        else:
            t = rng.choice(grown) + rng.choice(grown)
        if t not in ranks and len(t) < 40:
            ranks[t] = len(ranks)
            grown.append(t)
    return ranks


class Tekken:
    again = staticmethod(lambda data, flags: ())
    name = "tekken"
    suffix = ".json"

    def make(self, rng):
        ranks = random_ranks(rng, range(256))
        n_special = rng.choice((20, 100, 1000))
        version = rng.choice(("v3", "v7", "v11", "v13"))
        spec = {"config": {"pattern": pattern_of(rng), "num_vocab_tokens": len(ranks), "default_vocab_size": n_special + rng.choice((256, 300, 700, 900)),
                           "default_num_special_tokens": n_special, "version": version},
                "vocab": [{"rank": r, "token_bytes": base64.b64encode(t).decode(), "token_str": t.decode("utf-8", errors="replace")}
                          for t, r in ranks.items()]}
        names = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]",
                 "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]",
                 "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]"]
        if version in ("v11", "v13") or rng.random() < 0.3:
            spec["special_tokens"] = [{"rank": i, "token_str": t, "is_control": True} for i, t in enumerate(names)]
        pieces = [t.decode("utf-8", errors="ignore") for t in ranks]
        return json.dumps(spec).encode(), pieces, names, []

    def open(self, data, _):
        from mistral_common.tokens.tokenizers.tekken import Tekkenizer
        with tempfile.NamedTemporaryFile(suffix=".json") as f:
            f.write(data)
            f.flush()
            tok = Tekkenizer.from_file(f.name)
        return [(0, lambda text: tok.encode(text, bos=False, eos=False)), (FRAME, lambda text: tok.encode(text, bos=True, eos=False))]


class Tiktoken:
    again = staticmethod(lambda data, flags: ())
    name = "tiktoken"
    suffix = ".tiktoken"

    def make(self, rng):
        order = list(range(256))
        if rng.random() < 0.5:
            rng.shuffle(order)
        ranks = random_ranks(rng, order)
        split = pattern_of(rng)
        data = b"".join(base64.b64encode(t) + b" %d\n" % r for t, r in ranks.items())
        pieces = [t.decode("utf-8", errors="ignore") for t in ranks]
        return data, pieces, ["<|endoftext|>"], ["--pattern", split]

    def open(self, data, options):
        ranks = {base64.b64decode(a): int(b) for a, b in (line.split() for line in data.splitlines())}
        enc = tiktoken.Encoding("random", pat_str=options[1], mergeable_ranks=ranks, special_tokens={})
        return [(0, enc.encode_ordinary)]


def charsmaps():
    """The character maps of sentencepiece's own rules."""
    out = []
    from make_spm_cases import fields
    for rule in ("nfkc", "nmt_nfkc", "nmt_nfkc_cf"):
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["a b c d e f g"] * 9), model_writer=model, vocab_size=12, model_type="bpe",
                                                 minloglevel=3, hard_vocab_limit=False, normalization_rule_name=rule)
        spec = [v for n, _, v in fields(model.getvalue()) if n == 3][0]
        out.append(base64.b64encode([v for n, _, v in fields(spec) if n == 2][0]).decode())
    return out


# --- ours

class Refused(Exception):
    pass


def ours(driver, path, options, batches):
    """The ids of every text of every (flags, texts), None where the encoder failed."""
    request = b""
    for flags, batch in batches:
        head = array.array("I", [flags, len(batch)])
        head.extend(map(len, batch))
        request += head.tobytes() + b"".join(batch)
    run = subprocess.run([driver] + options + [path], input=request, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if run.returncode != 0:
        message = run.stderr.decode(errors="replace").strip().replace(path, "FILE")
        if run.returncode < 0 or "Sanitizer" in message:
            raise RuntimeError(f"the driver died with {run.returncode}: {message}")
        raise Refused(message)
    words = array.array("I")
    words.frombytes(run.stdout)
    out, at = [], 0
    for _, batch in batches:
        n_ids = words[at:at + len(batch)]
        at += len(batch)
        row = []
        for n in n_ids:
            if n == FAILED:
                row.append(None)
            elif n == COUNT_DIFFERS:
                row.append("count")
            else:
                row.append(words[at:at + n].tolist())
                at += n
        out.append(row)
    return out


def quiet(f, *args):
    """f's value and no error, or None and the error; a panic of the reference is an error too."""
    try:
        return f(*args), None
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as e:
        return None, e or e.__class__.__name__


def run_seed(kind, seed, args, folder):
    """One vocabulary: counts, reasons and lines to print."""
    tally, reasons, lines = collections.Counter(), collections.Counter(), []
    rng = random.Random(f"{kind.name} {seed}")
    made, error = quiet(kind.make, rng)
    if error is not None:
        return {"not made": 1}, {"not made: " + str(error)[:90]: 1}, lines
    data, pieces, names, options = made
    path = os.path.join(folder, "v" + kind.suffix)
    with open(path, "wb") as f:
        f.write(data)
    ways, error = quiet(kind.open, data, options)
    strings = texts(rng, args.texts, pieces, names)
    batch = [t.encode() for t in strings]
    try:
        got = ours(args.driver, path, options, [(flags, batch) for flags, _ in ways or [(0, None)]])
    except Refused as e:
        return ({"refused by both": 1}, {}, lines) if error is not None else ({"refused by us": 1}, {str(e)[:150]: 1}, lines)
    if error is not None:
        return {"refused by the reference only": 1}, {"reference: " + str(error)[:110]: 1}, lines
    tally["compared"] += 1
    for (flags, encode), row in zip(ways, got):
        for text, ids in zip(strings, row):
            want, error = quiet(encode, text)
            if error is not None:
                tally["texts the reference fails on"] += 1
                reasons["text: " + str(error)[:110]] += 1
                continue
            tally["texts"] += 1
            tally["bytes"] += len(text.encode())
            if ids == want:
                continue
            if any(again(text) == ids for again in kind.again(data, flags)):
                tally["texts the reference is of two minds about"] += 1
                continue
            tally["differ"] += 1
            if len(lines) < 3:
                lines.append(f"  DIFFERS {kind.name} seed {seed} flags {flags} {options}: {text!r}\n    expected {want}\n    got      {ids}")
    if lines:
        tally["vocabularies that differ"] += 1
        if args.keep:
            os.makedirs(args.keep, exist_ok=True)
            with open(os.path.join(args.keep, f"{kind.name}-{seed}{kind.suffix}"), "wb") as f:
                f.write(data)
    return tally, reasons, lines


def apart(kind, seed, args, folder):
    """run_seed() in a process of its own: some files send the reference round for ever."""
    near, far = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(20)
            with os.fdopen(far, "wb") as f:
                pickle.dump(run_seed(kind, seed, args, folder), f)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os.close(far)
    with os.fdopen(near, "rb") as f:
        answer = f.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"the reference does not end": 1}, {f"seed {seed}: signal {os.WTERMSIG(status)}": 1}, []
    if status:
        raise SystemExit(f"{kind.name} seed {seed} failed")
    return pickle.loads(answer)


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--driver", default="build/tests/differential/encode_driver")
    ap.add_argument("--vocabs", type=int, default=200)
    ap.add_argument("--texts", type=int, default=300)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--only", action="append", choices=("hf", "spm", "tiktoken", "tekken"))
    ap.add_argument("--keep")
    ap.add_argument("--refused", action="store_true")
    args = ap.parse_args()
    kinds = [k for k in (Hf(charsmaps()), Spm(), Tiktoken(), Tekken()) if not args.only or k.name in args.only]
    compared = differ = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            tally, reasons = collections.Counter(), collections.Counter()
            for seed in range(args.seed, args.seed + args.vocabs):
                t, r, lines = apart(kind, seed, args, folder)
                tally.update(t)
                reasons.update(r)
                for line in lines:
                    print(line, flush=True)
            print(f"{kind.name:9} " + ", ".join(f"{n:,} {what}" for what, n in tally.items()), flush=True)
            if args.refused:
                for what, n in reasons.most_common():
                    print(f"    {n:5} {what}")
            compared += tally["texts"]
            differ += tally["differ"]
    return 1 if differ or not compared else 0


if __name__ == "__main__":
    os.environ.update(TOKENIZERS_PARALLELISM="false", RUST_BACKTRACE="0")
    sys.exit(main())
