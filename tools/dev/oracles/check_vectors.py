#!/usr/bin/env python3
"""Other people's vectors against our encoder, through tests/differential/encode_driver.

  check_vectors.py --driver FILE [--data D] [--user D] [--cache D]
                   [--kitoken DIR] [--llama-cpp FILE] [--claude DIR] [--ggml DIR]
                   [--sources DIR]...

  --kitoken    folder of kitoken's small vectors: data/small_input.txt (lines with the escapes
               \\n and \\s) and FORMAT/small_tokens_NAME.txt, ids a line. Control tokens spelled
               in a line count as themselves, no BOS is added.
  --llama-cpp  llama.cpp's conversion/base.py: the check text, and the known values of the
               SHA-256 of str(ids) are taken from it. HASHES below says which of ours must give
               which, and whether with BOS.
  --claude     folder with rosetta.jsonl.gz and rosetta_counts.json: counts of one user message,
               by Anthropic's counting interface; --command is the tokcount to ask
  --ggml       folder with ggml-vocab-*.gguf and their .inp/.out vectors
  --sources    folders with the files of vocab_fetch.py, oracle set included

Every file is passed, failed, or skipped with its reason. Exit 1 if any failed.
"""
import argparse
import gzip
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile

from driver import SPECIAL, Driver, NoData

# kitoken's file -> our encoding, ("file", name in a sources folder), ("built", name of the file it
# is built from, below), or a reason to skip; names as vocab_fetch.py gives them.
# 0 instead of SPECIAL: kitoken's converter names other control tokens, or none, for that file.
NO_DATA = "its tokenizer file is in no package"
KITOKEN = {
    "tiktoken/cl100k_base": ("cl100k_base", SPECIAL),
    "tiktoken/o200k_base": ("o200k_base", SPECIAL),
    "tiktoken/p50k_base": ("p50k_base", SPECIAL),
    "tiktoken/llama4": ("llama4", SPECIAL),
    "tiktoken/kimi_k2": ("kimi_k2", 0),
    "tekken/mistral2410": ("tekken", 0),
    "tekken/mistral2512": ("tekken", 0),
    "tekken/mistral35": ("tekken", 0),
    "sentencepiece/gemma": ("gemma2", 0),
    "sentencepiece/gemma3": ("gemma3", 0),
    "sentencepiece/llama2": ("llama2", 0),
    "sentencepiece/mistral01": ("mistral_v1", 0),
    "sentencepiece/mistral03": ("mistral_v3", 0),
    "tokenizers/gemma3": ("gemma3", SPECIAL),
    "tokenizers/gemma4": ("gemma4", SPECIAL),
    "tokenizers/glm46": ("glm4", SPECIAL),
    "tokenizers/gpt2": ("r50k_base", SPECIAL),
    "tokenizers/gpt_oss": ("o200k_harmony", SPECIAL),
    "tokenizers/llama2": ("llama2", SPECIAL),
    "tokenizers/llama32": ("llama3", SPECIAL),
    "tokenizers/llama33": ("llama3", SPECIAL),
    "tokenizers/llama4": ("llama4", SPECIAL),
    "tokenizers/mistral2410": ("tekken", SPECIAL),
    "tokenizers/mistral2512": ("tekken", SPECIAL),
    "tokenizers/mistral35": ("tekken", SPECIAL),
    "tokenizers/mpt": (("file", "gpt_neox.tokenizer.json"), SPECIAL),
    "tokenizers/gpt_neox": (("file", "gpt_neox.tokenizer.json"), SPECIAL),
    "tokenizers/mistral01": (("built", "mistral_v1.model"), SPECIAL),
    "tokenizers/mistral03": (("built", "mistral_v3.model"), SPECIAL),
    "tokenizers/modernbert": (("built", "gpt_neox.tokenizer.json"), SPECIAL),
    "tokenizers/gte": (("file", "gte.tokenizer.json"), SPECIAL),
    "tokenizers/clip_base": (("file", "clip.tokenizer.json"), SPECIAL),
    "sentencepiece/nerdstash": (("file", "nerdstash_v1.model"), 0),
    "tokenizers/qwen35": ("qwen3_5", SPECIAL),
    "tokenizers/r1": ("deepseek_v3", SPECIAL),
    "tokenizers/bert_base_cased": NO_DATA, "tokenizers/hw_doc_summarizer": NO_DATA, "tokenizers/sqlpilot": NO_DATA,
    "tokenizers/xlnet_base_cased": NO_DATA,
    "sentencepiece/nai-t5": NO_DATA, "sentencepiece/xlnet_base_cased": NO_DATA,
}

PADDED = {"tokenizers/gte"}  # id 0 up to a fixed length behind the text: a setting of the file, not of the text

# first 8 hex digits, encoding, ids in front (BOS): llama.cpp takes the tokenizer's own default.
HASHES = [
    ("ccc2ef01", "o200k_base", []), ("ccc2ef01", "o200k_harmony", []), ("ccc2ef01", "phi4_mini", []),
    ("a8594e3e", "cl100k_base", []), ("a8594e3e", "olmo2", []), ("a8594e3e", "phi4", []),
    ("3ce83efd", "r50k_base", []),
    ("0ef9807a", "llama3", [128000]), ("c136ed14", "llama3", []), ("d353350c", "llama4", [200000]),
    ("877081d1", "deepseek_v3", [0]), ("b4b8ca1f", "deepseek_v4", []), ("e636dc30", "qwen3", []),
    ("d30d75d9", "qwen3_5", []), ("a1336059", "glm4", []), ("cdf5f353", "glm5", []),
    ("63b97e42", "tekken", [1]), ("0e9433cb", "tekken", []), ("63b97e42", "nemotron", [1]),
    ("9c2227e4", "command_r", [5]), ("fcace8b9", "phi2", []), ("8aeee386", "falcon", []),
    ("81212dc7", "kimi_k2", []), ("f4f37b6c", "minimax_m2", []), ("35d91631", "starcoder2", []),
    ("a8594e3e", "granite", []), ("789696f5", "gemma3", [2]),
]


def added_token(i, content, special=True, normalized=False):
    return {"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": normalized, "special": special}


def build_mistral(path):
    """The tokenizer.json that a SentencePiece model is converted to: merges by falling score."""
    import sentencepiece
    sp = sentencepiece.SentencePieceProcessor(model_file=path)
    n = sp.get_piece_size()
    vocab = {sp.id_to_piece(i): i for i in range(n)}
    merges, added = [], []
    for i in range(n):
        piece = sp.id_to_piece(i)
        if sp.is_control(i) or sp.is_unknown(i):
            added.append(added_token(i, piece))
        elif not sp.is_byte(i):
            halves = [(piece[:k], piece[k:]) for k in range(1, len(piece)) if piece[:k] in vocab and piece[k:] in vocab]
            halves.sort(key=lambda h: (vocab[h[0]], vocab[h[1]]))
            merges += [(-sp.get_score(i), list(h)) for h in halves]
    merges.sort(key=lambda m: m[0])
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
            "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": False},
            "post_processor": None,
            "decoder": {"type": "Sequence", "decoders": [
                {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"},
                {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
            "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                      "vocab": vocab, "merges": [h for _, h in merges]}}


def build_modernbert(path):
    """GPT-NeoX's tokenizer.json with the added names of ModernBERT."""
    with open(path, encoding="utf-8") as f:
        spec = json.load(f)
    blanks = [t for t in spec["added_tokens"] if t["content"].isspace()]
    names = ["|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||", "<|endoftext|>", "[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    special = {"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "<|endoftext|>"}
    spec["added_tokens"] = [added_token(0, "|||IP_ADDRESS|||", False, True), added_token(1, "<|padding|>")] + blanks
    spec["added_tokens"] += [added_token(50277 + i, n, n in special) for i, n in enumerate(names)]
    spec["model"]["vocab"] = {("|||IP_ADDRESS|||" if i == 0 else t): i for t, i in spec["model"]["vocab"].items()}
    return spec


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def skip(self, what, why):
        self.skipped += 1
        print(f"  skipped {what}: {why}")

    def result(self, what, bad):
        if bad:
            self.failed += 1
            print(f"  FAIL {what}: {bad}")
        else:
            self.passed += 1


def unescape(line):
    return line.replace("\\n", "\n").replace("\\s", " ").encode("utf-8")


def read_ids(path):
    with open(path, encoding="utf-8") as f:
        return [[int(v) for v in re.findall(r"\d+", line)] for line in f]


def first_difference(texts, want, got):
    for i, (t, w, g) in enumerate(zip(texts, want, got)):
        if w != g:
            return f"text {i} {t[:60]!r}: expected {w[:24]}, got {g[:24] if g else g}"
    return None


class Runner:
    def __init__(self, args, tally, scratch):
        self.args, self.tally, self.scratch = args, tally, scratch
        folders = list(args.sources or []) + ([args.ggml] if args.ggml else [])
        self.folders = folders

    def encode(self, target, texts, flags):
        recipe = None
        if isinstance(target, tuple):
            found = [p for p in (os.path.join(f, target[1]) for f in self.folders) if os.path.exists(p)]
            if not found:
                raise NoData(target[1] + " is in none of the folders")
            name = found[0]
            if target[0] == "built":
                spec = (build_mistral if name.endswith(".model") else build_modernbert)(name)
                name = os.path.join(self.scratch, target[1].split(".")[0] + ".built.json")
                with open(name, "w", encoding="utf-8") as f:
                    json.dump(spec, f, ensure_ascii=False)
        else:
            name = target
        d = Driver(self.args.driver, name, self.args.data, self.args.user, self.args.cache, recipe)
        try:
            return d.encode(texts, flags)
        finally:
            d.close()

    def compare(self, what, target, texts, want, flags):
        try:
            got = self.encode(target, texts, flags)
        except NoData as e:
            self.tally.skip(what, f"no data ({e})")
            return
        except RuntimeError as e:
            self.tally.result(what, str(e))
            return
        self.tally.result(what, first_difference(texts, want, got))

    def kitoken(self, folder):
        with open(os.path.join(folder, "data/small_input.txt"), encoding="utf-8") as f:
            texts = [unescape(line.rstrip("\n")) for line in f]
        for kind in sorted(os.listdir(folder)):
            if not os.path.isdir(os.path.join(folder, kind)):
                continue
            for name in sorted(os.listdir(os.path.join(folder, kind))):
                m = re.fullmatch(r"small_tokens_(.*)\.txt", name)
                if not m:
                    continue
                key = kind + "/" + m.group(1)
                row = KITOKEN.get(key, "no row in check_vectors.py")
                if isinstance(row, str):
                    self.tally.skip("kitoken " + key, row)
                    continue
                want = read_ids(os.path.join(folder, kind, name))
                if key in PADDED:
                    want = [ids[:len(ids) - len(list(itertools.takewhile(lambda i: i == 0, reversed(ids))))]
                            for ids in want]
                if len(want) != len(texts):
                    self.tally.result("kitoken " + key, f"{len(want)} lines for {len(texts)} texts")
                    continue
                self.compare("kitoken " + key, row[0], texts, want, row[1])

    def llama_cpp(self, path):
        with open(path, encoding="utf-8") as f:
            source = f.read()
        m = re.search(r"^\s*chktxt = ('.*')$", source, re.M)
        known = set(re.findall(r'chkhsh == "([0-9a-f]{64})"', source))
        if not m or not known:
            raise SystemExit("check_vectors: no check text in " + path)
        import ast
        text = ast.literal_eval(m.group(1)).encode("utf-8")
        for short, name, before in HASHES:
            what = f"chkhsh {short} {name}" + (" with BOS" if before else "")
            full = [h for h in known if h.startswith(short)]
            if len(full) != 1:
                self.tally.skip(what, "the value is not in " + os.path.basename(path))
                continue
            try:
                ids = self.encode(name, [text], SPECIAL)[0]
            except NoData as e:
                self.tally.skip(what, f"no data ({e})")
                continue
            except RuntimeError as e:
                self.tally.result(what, str(e))
                continue
            got = hashlib.sha256(str(before + ids).encode()).hexdigest() if isinstance(ids, list) else "no ids"
            self.tally.result(what, None if got == full[0] else f"got {got[:8]}")

    def claude(self, folder):
        with gzip.open(os.path.join(folder, "rosetta.jsonl.gz"), "rb") as f:
            lines = f.read()
        names = [json.loads(line)["id"] for line in lines.splitlines()]
        with open(os.path.join(folder, "rosetta_counts.json"), encoding="utf-8") as f:
            generations = json.load(f)
        env = dict(os.environ)
        if self.args.data:
            env["TOKCOUNT_DATA"] = os.path.abspath(self.args.data)
        for generation, row in generations.items():
            what = f"claude {generation} {row['model']}, {len(names)} documents"
            run = subprocess.run([self.args.command, "count", "-m", row["model"], "--as", "message", "--jsonl", "-"],
                                 input=lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, check=False)
            got = [int(n) for n in run.stdout.split()]
            if run.returncode != 0 or len(got) != len(names):
                self.tally.result(what, run.stderr.decode("utf-8", "replace").strip() or f"{len(got)} counts")
                continue
            bad = [(n, row["counts"][n], g) for n, g in zip(names, got) if g != row["counts"][n]]
            self.tally.result(what, f"{len(bad)} differ, first {bad[0]}" if bad else None)

    def ggml(self, folder):
        """llama.cpp's vectors: texts separated by a line __ggml_vocab_test__, ids a line."""
        for name in sorted(os.listdir(folder)):
            if not name.endswith(".gguf"):
                continue
            inp, out = (os.path.join(folder, name + end) for end in (".inp", ".out"))
            what = "llama.cpp " + name
            if name == "ggml-vocab-qwen35.gguf":
                self.tally.skip(what, "holds the vocabulary of Qwen 2 under another tag")
                continue
            if not os.path.exists(inp) or not os.path.exists(out):
                self.tally.skip(what, "no vectors")
                continue
            with open(inp, encoding="utf-8", newline="") as f:
                texts = [t.encode("utf-8") for t in f.read().split("\n__ggml_vocab_test__\n")]
            want = read_ids(out)
            if len(texts) == len(want) + 1 and texts[-1] == b"":
                texts.pop()
            if len(texts) != len(want):
                self.tally.result(what, f"{len(want)} lines for {len(texts)} texts")
                continue
            self.compare(what, ("file", name), texts, want, 0)


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--driver", default="build/tests/differential/encode_driver")
    for option in ("--data", "--user", "--cache", "--kitoken", "--llama-cpp", "--claude", "--ggml"):
        ap.add_argument(option)
    ap.add_argument("--command", default="build/tokcount")
    ap.add_argument("--sources", action="append")
    args = ap.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as scratch:
        run = Runner(args, tally, scratch)
        if args.kitoken:
            run.kitoken(args.kitoken)
        if args.llama_cpp:
            run.llama_cpp(args.llama_cpp)
        if args.claude:
            run.claude(args.claude)
        if args.ggml:
            run.ggml(args.ggml)
    print(f"vectors: {tally.skipped} skipped")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
