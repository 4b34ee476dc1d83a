#!/usr/bin/env python3
"""Makes tests/data/hf: tiny tokenizer.json files, and what the official library answers.

Each case is one tokenizer.json that uses one option of the format, NAME.json, and
NAME.ids.json with the ids of every text of texts.json: "framed" is the library's default
encode() (special tokens trusted, post-processor on), "plain" the same without trusted special
tokens and without the post-processor. Made with tokenizers 0.23.3 and sentencepiece 0.2.3
(PyPI), whose versions are written into versions.json.

Usage: tools/dev/oracles/make_hf_cases.py [FOLDER]
"""
import base64
import copy
import json
import os
import sys
import tempfile

import sentencepiece
import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join("tests", "data", "hf")

TEXTS = [
    "", " ", "   ", "\n", "a", "Hello world", " Hello  world ", "hello, world! it's 12345.67",
    "The quick brown fox jumps over the lazy dog.", "don't can't we'll THEY'RE I'm",
    "1234567890 12 1 \u00bd \u00b2 \u0664\u0665\u0666", "a\u0301 e\u0301 caf\u00e9 cafe\u0301 \u00c5ngstr\u00f6m \u212b",
    "\ufb01ne \u2460 \uff28\uff45\uff4c\uff4c\uff4f \u00bd", "\u4f60\u597d\uff0c\u4e16\u754c\uff01 \u3053\u3093\u306b\u3061\u306f \uc548\ub155",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 \u05e9\u05dc\u05d5\u05dd", "\u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f",
    "tab\there\r\nnew line\n\n  indented\n", "trailing space \n \n", "a_b-c.d/e:f;g|h", "[UNK] <unk> <s> </s> [CLS]",
    "<s>hello</s>", "x <special> y", "x<special>y", "  <special>  ", "<special><special> <mask>  z", "a WORD b words word WORDword word",
    "Yesterday yesterday YESTERDAY", "<tool_call>x</tool_call>", "\u2581under \u2581\u2581 low_line", "zzz\u2203zzz\u2204\u2204 \u2205",
    "function f(x) { return x + 1; }  // ok", "aaaaaaaaaaaaaaaaaaaa", "abcabcabc abababab", "\u0130stanbul \u01c5 \u1e9e \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
    "nul\x00 bell\x07 del\x7f nbsp\u00a0 zwsp\u200b bom\ufeff", "e\u0323\u0302 \u1100\u1161\u11a8 \uac01 \u0344", "http://x.y/z?a=1&b=2#c", "\u3000\u2003wide\u2028sep\u2029par\x85nel",
    "the cat the hat THE CAT", "   lead and trail   ", "-- ... !!! ?!", "low lower lowest newest wider",
]

CORPUS = TEXTS + [
    "the quick brown fox jumps over the lazy dog and the cat sat on the mat",
    "low low low low low lower lower newest newest newest newest newest newest widest widest widest",
    "hello world hello there hello again world peace", "return the value of the function and the other function",
    "12 123 1234 12345 2024 1999", "ab abc abcd abcde a b c d e", "caf\u00e9 na\u00efve r\u00e9sum\u00e9 \u00fcber stra\u00dfe",
    "\u4f60\u597d \u4e16\u754c \u4f60\u597d\u4e16\u754c", "\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440 \u043f\u0440\u0438\u0432\u0435\u0442",
] * 3

CASES = {}
SPECIALS = ["<special>", "<mask>"]


def case(name, tok):
    """tok: a Tokenizer, or the JSON of one."""
    assert name not in CASES, name
    CASES[name] = json.loads(tok.to_str()) if isinstance(tok, Tokenizer) else tok


def added(content, ident, **flags):
    out = {"id": ident, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
           "normalized": False, "special": False}
    out.update(flags)
    return out


def variant(base, **parts):
    """A copy of a JSON tokenizer with other parts; model_* go into the model."""
    out = copy.deepcopy(base)
    for key, value in parts.items():
        if key.startswith("model_"):
            out["model"][key[6:]] = value
        else:
            out[key] = value
    return out


def seq(kind, *items):
    return {"type": "Sequence", kind: list(items)}


def train_byte_bpe():
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=360, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False,
        special_tokens=["<unk>", "<s>", "</s>"] + SPECIALS))
    return json.loads(tok.to_str())


def train_char_bpe(pre, **trainer):
    tok = Tokenizer(models.BPE(**{k: trainer.pop(k) for k in list(trainer) if k in
                                  ("unk_token", "byte_fallback", "fuse_unk", "continuing_subword_prefix",
                                   "end_of_word_suffix")}))
    tok.pre_tokenizer = pre
    tok.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=220, limit_alphabet=90, show_progress=False,
        special_tokens=["<unk>", "<s>", "</s>"] + SPECIALS, **trainer))
    return json.loads(tok.to_str())


def charsmap():
    """A small charsmap, as SentencePiece compiles it from a table of rules."""
    rules = [("FB01", "66 69"), ("2460", "31"), ("FF28", "48"), ("212B", "C5"), ("E9", "65 301"), ("65 301", "E9"),
             ("3000", "20"), ("9", "20"), ("A", "20"), ("D", ""), ("200B", ""), ("41 30A", "C5"), ("BD", "31 2044 32"),
             ("1F600", "3A 29"), ("1100 1161 11A8", "AC01"), ("2764 FE0F", "3C 33")]
    with tempfile.TemporaryDirectory() as d:
        tsv, text, model = os.path.join(d, "r.tsv"), os.path.join(d, "t.txt"), os.path.join(d, "m")
        with open(tsv, "w", encoding="utf-8") as f:
            f.write("".join("%s\t%s\n" % r for r in rules))
        with open(text, "w", encoding="utf-8") as f:
            f.write("\n".join(t.replace("\n", " ") for t in CORPUS))
        sentencepiece.SentencePieceTrainer.train(
            input=text, model_prefix=model, vocab_size=400, model_type="unigram", hard_vocab_limit=False,
            normalization_rule_tsv=tsv, minloglevel=2, character_coverage=0.99)
        with open(model + ".model", "rb") as f:
            data = f.read()

    def fields(buf):
        at = 0
        while at < len(buf):
            key, at = varint(buf, at)
            if key & 7 == 2:
                size, at = varint(buf, at)
                yield key >> 3, buf[at:at + size]
                at += size
            elif key & 7 == 0:
                _, at = varint(buf, at)
            else:
                at += 4 if key & 7 == 5 else 8

    def varint(buf, at):
        value = shift = 0
        while True:
            value |= (buf[at] & 127) << shift
            shift += 7
            at += 1
            if buf[at - 1] < 128:
                return value, at

    spec = [v for k, v in fields(data) if k == 3][0]
    return base64.b64encode([v for k, v in fields(spec) if k == 2][0]).decode()


def byte_level_cases():
    base = train_byte_bpe()
    n = len(base["model"]["vocab"])
    bl = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    blp = dict(bl, add_prefix_space=True)
    raw = dict(bl, use_regex=False)
    plain = variant(base, decoder=bl)
    case("bl-gpt2", plain)
    case("bl-prefix-space", variant(plain, pre_tokenizer=blp))
    case("bl-no-regex", variant(plain, pre_tokenizer=raw))
    case("bl-prefix-no-regex", variant(plain, pre_tokenizer=dict(blp, use_regex=False)))

    def split(pattern, behavior, invert, kind="Regex"):
        return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}

    behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    for b in behaviors:
        for invert in (False, True):
            case("bl-split-regex-%s%s" % (b.lower(), "-invert" if invert else ""),
                 variant(plain, pre_tokenizer=seq("pretokenizers", split(r"\p{N}+|[,.!?]| ", b, invert), raw)))
        case("bl-split-string-%s" % b.lower(), variant(plain, pre_tokenizer=seq("pretokenizers", split("l", b, False, "String"), raw)))
        case("bl-punctuation-%s" % b.lower(),
             variant(plain, pre_tokenizer=seq("pretokenizers", {"type": "Punctuation", "behavior": b}, bl)))
    case("bl-split-string-special", variant(plain, pre_tokenizer=seq("pretokenizers", split("...", "Isolated", False, "String"), raw)))
    case("bl-punctuation-default", variant(plain, pre_tokenizer=seq("pretokenizers", {"type": "Punctuation"}, bl)))
    llama3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
              r"\s+(?!\S)|\s+")
    o200k = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
             r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
             r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    case("bl-llama3", variant(plain, pre_tokenizer=seq("pretokenizers", split(llama3, "Isolated", False), raw)))
    case("bl-llama3-removed-invert", variant(plain, pre_tokenizer=seq("pretokenizers", split(llama3, "Removed", True), raw)))
    case("bl-qwen2", variant(plain, normalizer={"type": "NFC"}, pre_tokenizer=seq(
        "pretokenizers", split(llama3.replace("{1,3}", ""), "Isolated", False), raw)))
    case("bl-o200k", variant(plain, pre_tokenizer=seq("pretokenizers", split(o200k, "Isolated", False), raw)))
    case("bl-deepseek", variant(plain, pre_tokenizer=seq(
        "pretokenizers", split(r"\p{N}{1,3}", "Isolated", False), split("[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", "Isolated", False),
        split(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|"
              r"\s*[\r\n]+|\s+(?!\S)|\s+", "Isolated", False), raw)))
    for one in (True, False):
        case("bl-digits-%s" % ("individual" if one else "runs"), variant(plain, pre_tokenizer=seq(
            "pretokenizers", {"type": "Digits", "individual_digits": one}, bl)))
        case("bl-then-digits-%s" % ("individual" if one else "runs"), variant(plain, pre_tokenizer=seq(
            "pretokenizers", bl, {"type": "Digits", "individual_digits": one})))
    case("bl-falcon", variant(plain, pre_tokenizer=seq(
        "pretokenizers", {"type": "Punctuation", "behavior": "Contiguous"}, bl, {"type": "Digits", "individual_digits": False},
        split("[0-9][0-9][0-9]", "Isolated", False))))
    case("bl-then-punctuation", variant(plain, pre_tokenizer=seq("pretokenizers", raw, {"type": "Punctuation", "behavior": "Isolated"})))
    case("bl-then-whitespace", variant(plain, pre_tokenizer=seq("pretokenizers", raw, {"type": "Whitespace"})))
    case("bl-nested-sequence", variant(plain, pre_tokenizer=seq("pretokenizers", seq("pretokenizers", {"type": "Digits", "individual_digits": True}),
                                                                seq("pretokenizers", seq("pretokenizers", bl)))))
    for form in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Nmt", "StripAccents"):
        case("bl-norm-%s" % form.lower(), variant(plain, normalizer={"type": form}))
    case("bl-norm-nfd-stripaccents-lower", variant(plain, normalizer=seq("normalizers", {"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"})))
    for left, right in ((True, True), (True, False), (False, True)):
        case("bl-norm-strip-%d%d" % (left, right), variant(plain, normalizer={"type": "Strip", "strip_left": left, "strip_right": right}))
    case("bl-norm-replace-string", variant(plain, normalizer={"type": "Replace", "pattern": {"String": "  "}, "content": " \u2581"}))
    case("bl-norm-replace-regex", variant(plain, normalizer={"type": "Replace", "pattern": {"Regex": r" {2,}|\d"}, "content": "#"}))
    case("bl-norm-replace-empty", variant(plain, normalizer={"type": "Replace", "pattern": {"String": "l"}, "content": ""}))
    case("bl-norm-prepend", variant(plain, normalizer={"type": "Prepend", "prepend": "##"}))
    case("bl-norm-charsmap", variant(plain, normalizer={"type": "Precompiled", "precompiled_charsmap": charsmap()}))
    for k, (clean, cjk, accents, lower) in enumerate([(True, True, None, True), (False, True, True, False), (True, False, False, True), (False, False, None, False)]):
        case("bl-norm-bert-%d" % k, variant(plain, normalizer={"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": cjk,
                                                               "strip_accents": accents, "lowercase": lower}))
    case("bl-norm-bytelevel", variant(plain, normalizer={"type": "ByteLevel"}, pre_tokenizer=None))
    case("bl-norm-nfc-bytelevel-split", variant(plain, normalizer=seq("normalizers", {"type": "NFC"}, {"type": "ByteLevel"}),
                                                pre_tokenizer=split("\u0120?[a-z]+", "Isolated", False)))
    # ignore_merges: entries no merge builds are found only as a whole piece.
    extra = dict(base["model"]["vocab"])
    for i, word in enumerate(["\u0120yesterday", "Hello", "\u00e4\u00bd\u0142\u00e5\u00a5\u00bd", "\u0120THE"]):
        extra[word] = n + i
    for on in (True, False):
        case("bl-ignore-merges-%s" % ("on" if on else "off"), variant(plain, added_tokens=base["added_tokens"], model_vocab=extra, model_ignore_merges=on))
    pairs = variant(plain)
    pairs["model"]["merges"] = [m.split(" ") if isinstance(m, str) else m for m in base["model"]["merges"]]
    strings = variant(plain)
    strings["model"]["merges"] = [m if isinstance(m, str) else " ".join(m) for m in base["model"]["merges"]]
    strings["model"]["merges"].insert(0, "#version: 0.2")
    strings["model"].pop("type")
    case("bl-merge-pairs", pairs)
    case("bl-merge-strings-no-type", strings)
    merges = [m.split(" ") if isinstance(m, str) else m for m in base["model"]["merges"]]
    case("bl-merge-duplicates", variant(plain, model_merges=merges + merges[:20]))
    # Missing single bytes: the character's other bytes stay, with unk or without.
    gone = {"\u0100", "\u00c3", "\u00f0"}
    few = {t: i for t, i in base["model"]["vocab"].items() if not any(c in gone for c in t)}
    few = {t: k for k, t in enumerate(sorted(few, key=few.get))}
    kept = [m for m in merges if m[0] in few and m[1] in few and "".join(m) in few]
    case("bl-missing-bytes", variant(plain, model_vocab=few, model_merges=kept))
    case("bl-missing-bytes-unk", variant(plain, model_vocab=few, model_merges=kept, model_unk_token="<unk>"))
    case("bl-missing-bytes-unk-fused", variant(plain, model_vocab=few, model_merges=kept, model_unk_token="<unk>", model_fuse_unk=True))
    # Entries outside the byte alphabet: reachable as added tokens only.
    lit = dict(base["model"]["vocab"])
    lit["\u4f60\u597d"], lit["Hello world"], lit["\u043c\u0438\u0440"] = n, n + 1, n + 2
    case("bl-literal-entries", variant(plain, model_vocab=lit, added_tokens=base["added_tokens"] + [added("Hello world", n + 1), added("\u00fc", n + 3)]))
    clip = train_clip()
    case("bl-clip-suffix", clip)

    tokens = base["added_tokens"]
    flags = {
        "plain": {}, "special": {"special": True}, "single-word": {"single_word": True}, "lstrip": {"lstrip": True},
        "rstrip": {"rstrip": True}, "both-strip": {"lstrip": True, "rstrip": True},
        "normalized": {"normalized": True}, "normalized-lstrip": {"normalized": True, "lstrip": True, "rstrip": True},
        "special-lstrip": {"special": True, "lstrip": True}, "single-word-normalized": {"single_word": True, "normalized": True},
        "special-single-word-rstrip": {"special": True, "single_word": True, "rstrip": True},
    }
    for name, f in flags.items():
        mine = [dict(t, **f) if t["content"] in SPECIALS else t for t in tokens]
        mine += [added("word", n, **f), added("lazy dog", n + 1, **f), added("Yesterday", n + 2, **f), added("<tool_call>", n + 3, **f),
                 added("<", n + 4, **f), added("\u00e9", n + 5, **f)]
        case("added-%s" % name, variant(plain, added_tokens=mine))
        case("added-lower-%s" % name, variant(plain, added_tokens=mine, normalizer=seq("normalizers", {"type": "NFC"}, {"type": "Lowercase"})))
    case("added-overlap", variant(plain, added_tokens=tokens + [added("ab", n), added("abc", n + 1), added("bca", n + 2), added("aaa", n + 3), added("\n\n", n + 4),
                                                                 added("  ", n + 5), added("   ", n + 6)]))
    # A token of blanks that takes the blanks around: of two in a row one is left.
    case("added-blanks-strip", variant(plain, added_tokens=tokens + [added("\n", n, lstrip=True, rstrip=True)]))
    case("added-twice", variant(plain, added_tokens=tokens + [added("word", n, special=True), added("word", n, lstrip=True), added("hello", n + 7),
                                                              added("lazy", n + 3)]))
    case("added-bytelevel-norm", variant(plain, normalizer={"type": "ByteLevel"}, pre_tokenizer=None,
                                         added_tokens=tokens + [added("lazy dog", n, normalized=True), added("caf\u00e9", n + 1, normalized=True), added("fox", n + 2)]))

    cls, sep = base["model"]["vocab"]["<s>"], base["model"]["vocab"]["</s>"]
    single = [{"SpecialToken": {"id": "B", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "E", "type_id": 0}},
              {"SpecialToken": {"id": "B", "type_id": 0}}]
    special = {"B": {"id": "B", "ids": [cls], "tokens": ["<s>"]}, "E": {"id": "E", "ids": [sep, cls], "tokens": ["</s>", "<s>"]}}
    template = {"type": "TemplateProcessing", "single": single, "pair": single + [{"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": special}
    case("post-template", variant(plain, post_processor=template))
    case("post-bert", variant(plain, post_processor={"type": "BertProcessing", "sep": ["</s>", sep], "cls": ["<s>", cls]}))
    case("post-roberta", variant(plain, post_processor={"type": "RobertaProcessing", "sep": ["</s>", sep], "cls": ["<s>", cls], "trim_offsets": True,
                                                        "add_prefix_space": False}))
    case("post-sequence", variant(plain, post_processor=seq("processors", bl, {"type": "BertProcessing", "sep": ["</s>", sep], "cls": ["<s>", cls]}, template, bl)))
    case("post-bytelevel", variant(plain, post_processor=bl))


def train_clip():
    tok = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token="<unk>"))
    tok.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tok.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, show_progress=False,
                                                        special_tokens=["<unk>"], end_of_word_suffix="</w>"))
    return json.loads(tok.to_str())


def char_cases():
    meta = train_char_bpe(pre_tokenizers.Metaspace(), unk_token="<unk>")
    n = len(meta["model"]["vocab"])

    def metaspace(scheme, split=True, repl="\u2581"):
        return {"type": "Metaspace", "replacement": repl, "prepend_scheme": scheme, "split": split}

    for scheme in ("always", "first", "never"):
        for split in (True, False):
            case("meta-%s-%s" % (scheme, "split" if split else "whole"),
                 variant(meta, pre_tokenizer=metaspace(scheme, split), decoder=metaspace(scheme, split),
                         added_tokens=meta["added_tokens"] + [added("word", n), added("lazy", n + 1, normalized=True)]))
    # "first" is what came from byte 0: after a normalizer that took away what stood there, nothing is.
    for name, norm in (("strip", {"type": "Strip", "strip_left": True, "strip_right": False}),
                       ("replace", {"type": "Replace", "pattern": {"Regex": "^[ aT]+"}, "content": ""}),
                       ("replace-long", {"type": "Replace", "pattern": {"String": "the"}, "content": "x"}),
                       ("charsmap", seq("normalizers", {"type": "Replace", "pattern": {"Regex": "^[tT]"}, "content": "\u200b"},
                                        {"type": "Precompiled", "precompiled_charsmap": charsmap()})),
                       ("strip-prepend", seq("normalizers", {"type": "Strip", "strip_left": True, "strip_right": True},
                                             {"type": "Prepend", "prepend": "x"}))):
        case("meta-first-%s" % name, variant(meta, pre_tokenizer=metaspace("first"), normalizer=norm))
    case("meta-legacy", variant(meta, pre_tokenizer={"type": "Metaspace", "replacement": "\u2581", "add_prefix_space": True}))
    case("meta-replacement", variant(meta, pre_tokenizer=metaspace("always", True, "_")))
    case("meta-digits", variant(meta, pre_tokenizer=seq("pretokenizers", metaspace("first"), {"type": "Digits", "individual_digits": True})))
    case("meta-after-split", variant(meta, pre_tokenizer=seq("pretokenizers", {"type": "Punctuation", "behavior": "Isolated"}, metaspace("always"))))
    case("char-unk-fused", variant(meta, model_fuse_unk=True))
    case("char-no-unk", variant(meta, model_unk_token=None))
    case("char-no-pretokenizer", variant(meta, pre_tokenizer=None))

    # Byte fallback: all bytes, a few bytes, with unk and without.
    every = dict(meta["model"]["vocab"])
    for b in range(256):
        every["<0x%02X>" % b] = n + b
    some = dict(meta["model"]["vocab"])
    for i, b in enumerate([0xE2, 0x88, 0x83, 0xF0, 0x9F, 0x98, 0x80, 0x0A]):
        some["<0x%02X>" % b] = n + i
    llama = dict(normalizer=seq("normalizers", {"type": "Prepend", "prepend": "\u2581"},
                                {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}), pre_tokenizer=None,
                 decoder=seq("decoders", {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"},
                             {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}))
    for name, vocab in (("all", every), ("some", some)):
        for fuse in (True, False):
            case("fallback-%s-%s" % (name, "fused" if fuse else "single"),
                 variant(meta, model_vocab=vocab, model_byte_fallback=True, model_fuse_unk=fuse, **llama))
        case("fallback-%s-no-unk" % name, variant(meta, model_vocab=vocab, model_byte_fallback=True, model_unk_token=None, **llama))
    case("llama-added", variant(meta, model_vocab=every, model_byte_fallback=True, model_fuse_unk=True, added_tokens=meta["added_tokens"] + [
        added("<tool_call>", n + 256), added("word", n + 257, normalized=True), added("yesterday", n + 258, rstrip=True), added("\n\n", n + 259)], **llama))
    case("gemma", variant(meta, model_vocab=every, model_byte_fallback=True, model_fuse_unk=True,
                          normalizer={"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
                          pre_tokenizer={"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}))
    case("char-ignore-merges", variant(meta, model_vocab=dict(meta["model"]["vocab"], **{"\u2581yesterday": n, "\u2581Hello": n + 1}), model_ignore_merges=True))

    suffix = train_char_bpe(pre_tokenizers.BertPreTokenizer(), unk_token="<unk>", end_of_word_suffix="</w>")
    case("suffix-bert-split", variant(suffix, decoder={"type": "BPEDecoder", "suffix": "</w>"}))
    case("suffix-fused", variant(suffix, model_fuse_unk=True))
    prefix = train_char_bpe(pre_tokenizers.Whitespace(), unk_token="<unk>", continuing_subword_prefix="##")
    case("prefix-whitespace", prefix)
    both = train_char_bpe(pre_tokenizers.WhitespaceSplit(), unk_token="<unk>", continuing_subword_prefix="@@", end_of_word_suffix="$$")
    case("prefix-suffix", both)
    case("split-char-delimiter", variant(meta, pre_tokenizer={"type": "CharDelimiterSplit", "delimiter": "l"}))
    case("split-char-delimiter-wide", variant(meta, pre_tokenizer={"type": "CharDelimiterSplit", "delimiter": "\u754c"}))
    case("split-fixed-length", variant(meta, pre_tokenizer={"type": "FixedLength", "length": 3}))
    case("split-fixed-length-default", variant(meta, pre_tokenizer={"type": "FixedLength"}))
    case("split-whitespace", variant(meta, pre_tokenizer={"type": "Whitespace"}))
    case("split-whitespace-split", variant(meta, pre_tokenizer={"type": "WhitespaceSplit"}))
    case("split-bert", variant(meta, pre_tokenizer={"type": "BertPreTokenizer"}))


def unigram_cases():
    tok = Tokenizer(models.Unigram())
    tok.pre_tokenizer = pre_tokenizers.Metaspace()
    tok.train_from_iterator(CORPUS, trainers.UnigramTrainer(vocab_size=400, show_progress=False, unk_token="<unk>",
                                                            special_tokens=["<unk>", "<s>", "</s>"] + SPECIALS))
    base = json.loads(tok.to_str())
    case("unigram", base)
    case("unigram-no-type", variant(base, model={k: v for k, v in base["model"].items() if k != "type"}))
    rare = [v for v in base["model"]["vocab"] if len(v[0]) > 1 or v[0] in "\u2581abcdefghilmnoprstuvwxyz.,"]
    case("unigram-rare", variant(base, model_vocab=rare))
    # Pieces that only several unknown characters in a row would spell.
    case("unigram-fused-piece", variant(base, model_vocab=rare + [["\u2204\u2204", -90.0], ["\u4f60\u597d", -3.5]]))
    fallback = rare + [["<0x%02X>" % b, 0.0] for b in range(256)]
    case("unigram-fallback", variant(base, model_vocab=fallback, model_byte_fallback=True))
    case("unigram-fallback-some", variant(base, model_vocab=fallback[:-40], model_byte_fallback=True))
    case("unigram-ties", variant(base, model_vocab=[[p, -1.0 if k > 4 else 0.0] for k, (p, _) in enumerate(base["model"]["vocab"])]))
    # Scores whose sums are equal but for the last bit, which the library's JSON parser decides.
    case("unigram-last-bit", variant(base, pre_tokenizer=None, added_tokens=[],
                                     model_vocab=[["<unk>", 0.0], ["a", -3.0273811697671906], ["aaa", -3.859747589618773]]))
    case("unigram-t5", variant(base, normalizer=seq("normalizers", {"type": "Precompiled", "precompiled_charsmap": charsmap()},
                                                    {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}),
                               pre_tokenizer=seq("pretokenizers", {"type": "WhitespaceSplit"},
                                                 {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True})))
    case("unigram-whole", variant(base, pre_tokenizer=None))
    n = len(base["model"]["vocab"])
    case("unigram-added", variant(base, added_tokens=base["added_tokens"] + [added("word", n, normalized=True), added("<tool_call>", n + 1, special=True, rstrip=True)]))


def wordpiece_cases():
    tok = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tok.normalizer = normalizers.BertNormalizer()
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=220, limit_alphabet=80, show_progress=False,
                                                              special_tokens=["[UNK]", "[CLS]", "[SEP]"] + SPECIALS))
    base = json.loads(tok.to_str())
    cls, sep = base["model"]["vocab"]["[CLS]"], base["model"]["vocab"]["[SEP]"]
    case("wordpiece", variant(base, decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
                              post_processor={"type": "BertProcessing", "sep": ["[SEP]", sep], "cls": ["[CLS]", cls]}))
    case("wordpiece-short-words", variant(base, model_max_input_chars_per_word=5))
    case("wordpiece-no-prefix", variant(base, model_continuing_subword_prefix=""))
    case("wordpiece-no-pretokenizer", variant(base, pre_tokenizer=None, normalizer=None))
    case("wordpiece-no-type", variant(base, model={k: v for k, v in base["model"].items() if k != "type"}))
    # Not looked into: a limit and a filling for batches (main() switches them off as well).
    case("wordpiece-truncated-padded", variant(
        base, truncation={"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0},
        padding={"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
                 "pad_token": "[UNK]"}))


def write(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, separators=(",", ":"))
        f.write("\n")


def main():
    byte_level_cases()
    char_cases()
    unigram_cases()
    wordpiece_cases()
    os.makedirs(OUT, exist_ok=True)
    for old in os.listdir(OUT):
        os.remove(os.path.join(OUT, old))
    write(os.path.join(OUT, "texts.json"), TEXTS)
    for name in sorted(CASES):
        tok = Tokenizer.from_str(json.dumps(CASES[name]))
        tok.no_truncation()
        tok.no_padding()
        framed = [tok.encode(t).ids for t in TEXTS]
        tok.encode_special_tokens = True
        plain = [tok.encode(t, add_special_tokens=False).ids for t in TEXTS]
        write(os.path.join(OUT, name + ".json"), CASES[name])
        write(os.path.join(OUT, name + ".ids.json"), {"framed": framed, "plain": plain})
    write(os.path.join(OUT, "cases.json"), sorted(CASES))
    write(os.path.join(OUT, "versions.json"), {"tokenizers": tokenizers.__version__, "sentencepiece": sentencepiece.__version__})
    print("%d tokenizers, %d texts" % (len(CASES), len(TEXTS)))


main()
