#!/usr/bin/env python3
"""Other people's vectors against our encoder, through tests/differential/encode_driver.

  check_vectors.py --driver FILE [--data D] [--user D] [--cache D]
                   [--kitoken DIR] [--llama-cpp FILE] [--ggml DIR] [--sources DIR]...

  --kitoken    folder of kitoken's small vectors: data/small_input.txt (lines with the escapes
               \\n and \\s) and FORMAT/small_tokens_NAME.txt, ids a line. Control tokens spelled
               in a line count as themselves, no BOS is added.
  --llama-cpp  llama.cpp's conversion/base.py: the check text, and the known values of the
               SHA-256 of str(ids) are taken from it. HASHES below says which of ours must give
               which, and whether with BOS.
  --ggml       folder with ggml-vocab-*.gguf and their .inp/.out vectors
  --sources    more folders with source files, found by SHA-256

Every file is passed, failed, or skipped with its reason. Exit 1 if any failed.
"""
import argparse
import hashlib
import itertools
import os
import re
import sys

from driver import SPECIAL, Driver, NoData

# kitoken's file -> our encoding, or ("file", SHA-256 of a source file), or a reason to skip.
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
    "tokenizers/gte": (("file", "gte.tokenizer.json"), SPECIAL),
    "tokenizers/clip_base": (("file", "clip.tokenizer.json"), SPECIAL),
    "sentencepiece/nerdstash": (("file", "nerdstash_v1.model"), 0),
    "tokenizers/qwen35": ("qwen3_5", SPECIAL),
    "tokenizers/r1": ("deepseek_v3", SPECIAL),
    "tokenizers/bert_base_cased": NO_DATA, "tokenizers/hw_doc_summarizer": NO_DATA, "tokenizers/modernbert": NO_DATA, "tokenizers/sqlpilot": NO_DATA,
    "tokenizers/xlnet_base_cased": NO_DATA, "tokenizers/mistral01": NO_DATA, "tokenizers/mistral03": NO_DATA,
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
    def __init__(self, args, tally):
        self.args, self.tally = args, tally
        folders = list(args.sources or []) + ([args.ggml] if args.ggml else [])
        self.folders = folders

    def encode(self, target, texts, flags):
        recipe = None
        if isinstance(target, tuple):
            name = None
            for folder in self.folders:
                path = os.path.join(folder, target[1])
                if os.path.exists(path):
                    name = path
            if not name:
                raise NoData(target[1] + " is in none of the folders")
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
    for option in ("--data", "--user", "--cache", "--kitoken", "--llama-cpp", "--ggml"):
        ap.add_argument(option)
    ap.add_argument("--sources", action="append")
    args = ap.parse_args()
    tally = Tally()
    run = Runner(args, tally)
    if args.kitoken:
        run.kitoken(args.kitoken)
    if args.llama_cpp:
        run.llama_cpp(args.llama_cpp)
    if args.ggml:
        run.ggml(args.ggml)
    print(f"vectors: {tally.skipped} skipped")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
