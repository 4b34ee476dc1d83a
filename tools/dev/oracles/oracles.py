"""Official tokenizers behind one face: what the goldens and the differential run compare with.

Owns how the reference of each encoding is built; uses only PyPI tiktoken, tokenizers,
sentencepiece and mistral-common, never this project's library. Source files are found by
their SHA-256 in the folders given, whatever their names, so a wrong file cannot be used by
mistake. Needs the packages of tools/dev/requirements-oracles.txt.

  untrusted  control tokens spelled in a text are text: encode_ordinary (tiktoken),
             encode_special_tokens=True (tokenizers), encode (sentencepiece, mistral-common)
  trusted    they are tokens: allowed_special="all" (tiktoken), the default (tokenizers);
             sentencepiece and mistral-common have no such mode, their oracles say None
"""
import base64
import gzip
import hashlib
import importlib.metadata
import json
import os
import struct

P_GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
P_CL100K = (r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"""
            r"""|\s++$|\s*[\r\n]|\s+(?!\S)|\s""")
P_LLAMA3 = (r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"""
            r"""|\s*[\r\n]+|\s+(?!\S)|\s+""")
P_O200K = "|".join([
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
    r"""\p{N}{1,3}""", r""" ?[^\s\p{L}\p{N}]+[\r\n/]*""", r"""\s*[\r\n]+""", r"""\s+(?!\S)""", r"""\s+"""])
P_TEKKEN = "|".join([
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+""",
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*""",
    r"""\p{N}""", r""" ?[^\s\p{L}\p{N}]+[\r\n/]*""", r"""\s*[\r\n]+""", r"""\s+(?!\S)""", r"""\s+"""])
P_KIMI = "|".join([
    r"""[\p{Han}]+""",
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
    r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
    r"""\p{N}{1,3}""", r""" ?[^\s\p{L}\p{N}]+[\r\n]*""", r"""\s*[\r\n]+""", r"""\s+(?!\S)""", r"""\s+"""])


class Missing(Exception):
    """The source file of an encoding is in none of the folders."""


class Sources:
    """Files by SHA-256 of their content; a .gz is also known by what it holds."""

    def __init__(self, folders):
        self.by_hash = {}
        for folder in folders:
            for base, _, names in os.walk(folder):
                for name in sorted(names):
                    path = os.path.join(base, name)
                    with open(path, "rb") as f:
                        data = f.read()
                    self.by_hash.setdefault(hashlib.sha256(data).hexdigest(), path)
                    if name.endswith(".gz"):
                        self.by_hash.setdefault(hashlib.sha256(gzip.decompress(data)).hexdigest(), path)

    def find(self, prefix):
        for digest, path in self.by_hash.items():
            if digest.startswith(prefix):
                return digest, path
        raise Missing("no file with SHA-256 " + prefix)

    def read(self, prefix):
        digest, path = self.find(prefix)
        with open(path, "rb") as f:
            data = f.read()
        return gzip.decompress(data) if path.endswith(".gz") and hashlib.sha256(data).hexdigest() != digest else data


def version(package):
    return package + " " + importlib.metadata.version(package)


class TiktokenOracle:
    family = "tiktoken"
    built = "tiktoken.Encoding over the rank file, with the vendor's pattern and names"
    why_no_trusted = "the control tokens' names are in no reference package"

    def __init__(self, name, sha, ranks, pattern, special, nfkc=False, special_known=True):
        import tiktoken
        self.name, self.sha, self.nfkc = name, sha, None
        if nfkc:
            from tokenizers import normalizers
            self.nfkc = normalizers.NFKC()
        self.enc = tiktoken.Encoding(name=name, pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)
        self.implementation = version("tiktoken")
        self.has_trusted = special_known
        self.threads = 2

    def clean(self, text):
        return self.nfkc.normalize_str(text) if self.nfkc else text

    def encode(self, text, trusted=False):
        text = self.clean(text)
        return self.enc.encode(text, allowed_special="all") if trusted else self.enc.encode_ordinary(text)

    def encode_batch(self, texts):
        return self.enc.encode_ordinary_batch([self.clean(t) for t in texts], num_threads=self.threads)

    def encode_batch_trusted(self, texts):
        return self.enc.encode_batch([self.clean(t) for t in texts], num_threads=self.threads, allowed_special="all")


class HfOracle:
    family = "tokenizers"
    built = "tokenizers.Tokenizer from the tokenizer.json itself"

    def __init__(self, name, sha, text=None, tokenizer=None):
        from tokenizers import Tokenizer
        self.name, self.sha = name, sha
        self.tok = tokenizer if tokenizer is not None else Tokenizer.from_str(text)
        # Files saved with a length limit would cut the goldens, silently.
        self.tok.no_truncation()
        self.tok.no_padding()
        self.implementation = version("tokenizers")
        self.has_trusted = True

    def encode(self, text, trusted=False):
        self.tok.encode_special_tokens = not trusted
        return self.tok.encode(text, add_special_tokens=False).ids

    def encode_batch(self, texts):
        self.tok.encode_special_tokens = True
        return [e.ids for e in self.tok.encode_batch_fast(texts, add_special_tokens=False)]

    def encode_batch_trusted(self, texts):
        self.tok.encode_special_tokens = False
        return [e.ids for e in self.tok.encode_batch_fast(texts, add_special_tokens=False)]


class SpmOracle:
    family = "sentencepiece"
    built = "SentencePieceProcessor.encode over the model itself"
    why_no_trusted = "sentencepiece matches no control token in a text"
    has_trusted = False

    def __init__(self, name, sha, data):
        import sentencepiece
        self.name, self.sha = name, sha
        self.sp = sentencepiece.SentencePieceProcessor(model_proto=data)
        self.implementation = version("sentencepiece")
        self.threads = 2

    def encode(self, text, trusted=False):
        return self.sp.encode(text)

    def encode_batch(self, texts):
        return self.sp.encode(texts, num_threads=self.threads)


class TekkenOracle:
    family = "mistral-common"
    built = "Tekkenizer.encode over the tekken.json itself, no BOS"
    why_no_trusted = "mistral-common matches no control token in a text"
    has_trusted = False

    def __init__(self, name, sha, path):
        from mistral_common.tokens.tokenizers.tekken import Tekkenizer
        self.name, self.sha = name, sha
        self.tek = Tekkenizer.from_file(path)
        self.implementation = version("mistral-common") + " over " + version("tiktoken")
        self.threads = 2

    def encode(self, text, trusted=False):
        return self.tek.encode(text, bos=False, eos=False)

    def encode_batch(self, texts):
        # What Tekkenizer.encode does, by its own model object, many texts in one call.
        shift = self.tek.num_special_tokens
        return [[i + shift for i in ids]
                for ids in self.tek._model.encode_ordinary_batch(texts, num_threads=self.threads)]


def tiktoken_ranks(data):
    ranks = {}
    for line in data.splitlines():
        if line:
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
    return ranks


def byte_alphabet():
    """GPT-2's spelling of bytes as characters."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(rest)}


def hf_of_ranks(name, sha, pattern, added, note):
    """tokenizers over a rank file, as a converter to tokenizer.json makes it: every split of a token
    into two tokens is a merge, ordered by the token's rank. added: (id, name, special, sides
    on which it eats blanks);
    the ids of the file's own tokens are kept, holes are filled so that added ids come out right."""
    def make(src):
        from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
        ranks = tiktoken_ranks(src.read(sha))
        spell = byte_alphabet()
        text = {token: "".join(spell[b] for b in token) for token in ranks}
        merges = []
        for token, _ in sorted(ranks.items(), key=lambda kv: kv[1]):
            halves = [(token[:i], token[i:]) for i in range(1, len(token))
                      if token[:i] in ranks and token[i:] in ranks]
            halves.sort(key=lambda h: (ranks[h[0]], ranks[h[1]]))
            merges += [(text[a], text[b]) for a, b in halves]
        vocab = {text[token]: rank for token, rank in ranks.items()}
        vocab |= {content: i for i, content, _, _ in added}
        tok = Tokenizer(models.BPE(vocab=vocab, merges=merges, ignore_merges=True))
        tok.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        tok.decoder = decoders.ByteLevel()
        for _, content, special, strips in added:
            token = AddedToken(content, special=special, normalized=False, lstrip="l" in strips, rstrip="r" in strips)
            (tok.add_special_tokens if special else tok.add_tokens)([token])
        for i, content, _, _ in added:
            if tok.token_to_id(content) != i:
                raise ValueError(f"{name}: {content} has another id than {i}")
        out = HfOracle(name, src.find(sha)[0], tokenizer=tok)
        out.built = "tokenizers over the rank file (all splits as merges, ignore_merges); " + note
        return out
    return make


def openai(name, sha):
    """tiktoken's own constructor; only where it reads its ranks from is changed."""
    def make(src):
        import tiktoken_ext.openai_public as public
        saved = public.load_tiktoken_bpe
        public.load_tiktoken_bpe = lambda url, expected_hash=None: tiktoken_ranks(src.read(expected_hash))
        try:
            args = getattr(public, name)()
        finally:
            public.load_tiktoken_bpe = saved
        out = TiktokenOracle(name, src.find(sha)[0], args["mergeable_ranks"], args["pat_str"], args["special_tokens"])
        out.built = "tiktoken_ext.openai_public." + name
        return out
    return make


def ranks_with(name, sha, pattern, special, special_known=True):
    """tiktoken.Encoding over a rank file with a pattern and names as the vendor's code has them."""
    def make(src):
        ranks = tiktoken_ranks(src.read(sha))
        return TiktokenOracle(name, src.find(sha)[0], ranks, pattern, special, special_known=special_known)
    return make


def hf(name, sha):
    def make(src):
        return HfOracle(name, src.find(sha)[0], text=src.read(sha).decode("utf-8"))
    return make


def spm(name, sha):
    def make(src):
        return SpmOracle(name, src.find(sha)[0], src.read(sha))
    return make


def tekken(name, sha):
    def make(src):
        digest, path = src.find(sha)
        return TekkenOracle(name, digest, path)
    return make


def first_of(*makers):
    def make(src):
        error = None
        for m in makers:
            try:
                return m(src)
            except Missing as e:
                error = e
        raise error
    return make


def gguf_metadata(data):
    """The key-value part of a GGUF file (version 2 and 3, little endian)."""
    sizes = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
    if data[:4] != b"GGUF":
        raise ValueError("not a GGUF file")
    n_kv = struct.unpack_from("<Q", data, 16)[0]
    at = 24

    def string():
        nonlocal at
        n = struct.unpack_from("<Q", data, at)[0]
        at += 8 + n
        return data[at - n:at].decode("utf-8")

    def value(kind):
        nonlocal at
        if kind == 8:
            return string()
        if kind == 9:
            sub, n = struct.unpack_from("<IQ", data, at)
            at += 12
            return [value(sub) for _ in range(n)]
        v = struct.unpack_from(sizes[kind], data, at)[0]
        at += struct.calcsize(sizes[kind])
        return v

    out = {}
    for _ in range(n_kv):
        key = string()
        kind = struct.unpack_from("<I", data, at)[0]
        at += 4
        out[key] = value(kind)
    return out


def gguf_digits_gpt2(name, sha):
    """tokenizers' BPE over a GGUF's lists, with Digits(individual) and the GPT-2 split before it."""
    def make(src):
        from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
        meta = gguf_metadata(src.read(sha))
        tokens, types = meta["tokenizer.ggml.tokens"], meta["tokenizer.ggml.token_type"]
        merges = [tuple(m.split(" ", 1)) for m in meta["tokenizer.ggml.merges"]]
        tok = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
        tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                     pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
        tok.decoder = decoders.ByteLevel()
        tok.add_special_tokens([AddedToken(t, special=True, normalized=False)
                                for t, k in zip(tokens, types) if k == 3 and not t.startswith("[PAD")])
        out = HfOracle(name, src.find(sha)[0], tokenizer=tok)
        out.built = "tokenizers BPE over the lists of the GGUF file; Digits(individual), then the GPT-2 split"
        return out
    return make


GEMMA4_SHA = "cc8d3a0ce36466cc"
GEMMA4_ADDED = [*range(5), *range(46, 53), 98, 100, 101, 105, 106, 255999, 256000, *range(258880, 258885)]


def gemma4(frame_sha, gguf_sha):
    """Google's tokenizer.json of Gemma 4, rebuilt byte for byte: Gemma 3's file as the frame, the
    token list of the GGUF file (whose converter renamed two), the 24 added tokens, no BOS."""
    def make(src):
        spec = json.loads(src.read(frame_sha))
        tokens = gguf_metadata(src.read(gguf_sha))["tokenizer.ggml.tokens"]
        tokens[258880], tokens[258881] = "<|image|>", "<|audio|>"
        spec["added_tokens"] = [{"id": i, "content": tokens[i], "single_word": False, "lstrip": False, "rstrip": False,
                                 "normalized": False, "special": True} for i in GEMMA4_ADDED]
        spec["post_processor"] = {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
                                  "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                                           {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {}}
        spec["model"]["vocab"] = {t: i for i, t in enumerate(tokens)}
        text = json.dumps(spec, ensure_ascii=False, indent=2)
        sha = hashlib.sha256(text.encode("utf-8")).hexdigest()
        if not sha.startswith(GEMMA4_SHA):
            raise ValueError("the rebuilt tokenizer.json of Gemma 4 has another SHA-256: " + sha)
        out = HfOracle("gemma4", sha, text=text)
        out.built = "tokenizers.Tokenizer from Google's tokenizer.json, rebuilt byte for byte"
        return out
    return make


def proto_field(number, kind, payload):
    def varint(n):
        out = bytearray()
        while n > 0x7F:
            out.append(n & 0x7F | 0x80)
            n >>= 7
        return bytes(out) + bytes([n])
    head = varint(number << 3 | kind)
    return head + (varint(payload) if kind == 0 else payload if kind == 5 else varint(len(payload)) + payload)


def spm_of_list(name, sha, dummy_prefix):
    """sentencepiece over a model rebuilt from the lines "base64(piece) score type" of a .spm list:
    BPE, byte fallback, identity normalizer that keeps blanks."""
    def make(src):
        model = bytearray()
        unk, types = 0, []
        for i, line in enumerate(src.read(sha).splitlines()):
            piece, score, kind = line.split()
            kind = int(kind)
            types.append(kind)
            unk = i if kind == 2 else unk
            model += proto_field(1, 2, proto_field(1, 2, base64.b64decode(piece)) +
                                 proto_field(2, 5, struct.pack("<f", float(score))) + proto_field(3, 0, kind))
        trainer = proto_field(3, 0, 2) + proto_field(4, 0, len(types)) + proto_field(35, 0, 1) + proto_field(40, 0, unk)
        trainer += proto_field(41, 0, 2) + proto_field(42, 0, 1) + proto_field(43, 0, 0)
        norm = (proto_field(1, 2, b"identity") + proto_field(3, 0, int(dummy_prefix)) + proto_field(4, 0, 0) +
                proto_field(5, 0, 1))
        out = SpmOracle(name, src.find(sha)[0], bytes(model + proto_field(2, 2, trainer) + proto_field(3, 2, norm)))
        out.built = "SentencePieceProcessor over a BPE model rebuilt from the list of pieces, scores and types"
        return out
    return make


def derived(maker, name, built):
    def make(src):
        out = maker(src)
        out.name, out.built = name, built
        return out
    return make


def claude_v2(sha):
    def make(src):
        spec = json.loads(src.read(sha))
        ranks = {}
        for line in spec["bpe_ranks"].splitlines():
            _, first, *tokens = line.split(" ")
            for i, token in enumerate(tokens):
                ranks[base64.b64decode(token)] = int(first) + i
        out = TiktokenOracle("claude_v2", src.find(sha)[0], ranks, spec["pat_str"], spec["special_tokens"], nfkc=True)
        # Anthropic's Python package ran these ranks in tokenizers, its npm package in a JavaScript engine
        # whose NFKC follows the engine; the former is the one that can be pinned.
        out.built = "tiktoken.Encoding over the ranks, pattern and names of claude.json, after NFKC of tokenizers"
        return out
    return make


def numbered(first, names):
    return {name: first + i for i, name in enumerate(names)}


# Meta's llama_models/llama3/tokenizer.py; 128005 is spelled as in the published
# tokenizer.json of 3.1, which numbers the reserved names without <|step_id|> and <|image|>.
LLAMA3 = numbered(128000, ["<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>",
                           "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>",
                           "<|reserved_special_token_2|>", "<|start_header_id|>", "<|end_header_id|>",
                           "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"] +
                  [f"<|reserved_special_token_{i}|>" for i in range(3, 248)])

# Meta's llama_models/llama4/tokenizer.py.
_l4 = (["<|begin_of_text|>", "<|end_of_text|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
        "<|header_start|>", "<|header_end|>", "<|eom|>", "<|eot|>", "<|step|>"] +
       [f"<|text_post_train_reserved_special_token_{i}|>" for i in range(6)] +
       ["<|python_start|>", "<|python_end|>", "<|finetune_right_pad|>"] +
       [f"<|text_post_train_reserved_special_token_{i}|>" for i in range(8, 69)] +
       ["<|image_start|>", "<|image_end|>", "<|vision_reserved_special_token_0|>",
        "<|vision_reserved_special_token_1|>", "<|tile_x_separator|>", "<|tile_y_separator|>"] +
       [f"<|vision_reserved_special_token_{i}|>" for i in range(2, 6)] +
       ["<|image|>", "<|vision_reserved_special_token_6|>", "<|patch|>"] +
       [f"<|vision_reserved_special_token_{i}|>" for i in range(7, 1048)] +
       [f"<|reasoning_reserved_special_token_{i}|>" for i in range(8)] +
       ["<|reasoning_thinking_start|>", "<|reasoning_thinking_end|>"])
LLAMA4 = numbered(200000, _l4 + [f"<|reserved_special_token_{i}|>" for i in range(2048 - len(_l4))])

# Moonshot's tokenizer_config.json of K2; the rest of the 256 places are <|reserved_token_ID|>.
KIMI_K2 = {f"<|reserved_token_{i}|>": i for i in range(163584, 163840)}
for _id, _name in {163584: "[BOS]", 163585: "[EOS]", 163586: "<|im_end|>", 163587: "<|im_user|>",
                   163588: "<|im_assistant|>", 163590: "<|start_header_id|>", 163591: "<|end_header_id|>",
                   163593: "[EOT]", 163594: "<|im_system|>", 163595: "<|tool_calls_section_begin|>",
                   163596: "<|tool_calls_section_end|>", 163597: "<|tool_call_begin|>",
                   163598: "<|tool_call_argument_begin|>", 163599: "<|tool_call_end|>",
                   163601: "<|im_middle|>", 163838: "[UNK]", 163839: "[PAD]"}.items():
    del KIMI_K2[f"<|reserved_token_{_id}|>"]
    KIMI_K2[_name] = _id

# K2.5 names six of K2's reserved places; nothing else changed.
for _id, _name in {163602: "<|media_begin|>", 163603: "<|media_content|>", 163604: "<|media_end|>",
                   163605: "<|media_pad|>", 163606: "<think>", 163607: "</think>"}.items():
    del KIMI_K2[f"<|reserved_token_{_id}|>"]
    KIMI_K2[_name] = _id

CL100K, O200K = "223921b76ee99bde", "446a9538cb6c348e"
FIM = ["<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"]

# Microsoft's added_tokens of Phi-4: cl100k's own places keep their names, the others are dummies.
PHI4 = numbered(100256, ["<|dummy_0|>", "<|endoftext|>"] + FIM + ["<|dummy_1|>", "<|dummy_2|>", "<|dummy_3|>",
                         "<|im_start|>", "<|im_end|>", "<|im_sep|>"] + [f"<|dummy_{i}|>" for i in range(4, 13)] +
                ["<|endofprompt|>"] + [f"<|dummy_{i}|>" for i in range(13, 88)])
PHI4 = [(i, name, True, "lr") for name, i in PHI4.items()]
# Microsoft's tokenizer_config.json of Phi-4-mini: the tool names are not special.
PHI4_MINI = [(199999, "<|endoftext|>", True, ""), (200018, "<|endofprompt|>", True, "")]
PHI4_MINI += [(200019 + i, n, "tool" not in n, "r") for i, n in enumerate([
    "<|assistant|>", "<|end|>", "<|user|>", "<|system|>", "<|tool|>", "<|/tool|>", "<|tool_call|>",
    "<|/tool_call|>", "<|tool_response|>", "<|tag|>"])]

# AI2's OLMo-2-1124: what is not special always matches.
OLMO2 = [(100256, "<|extra_id_0|>", False, ""), (100257, "<|endoftext|>", True, "")]
OLMO2 += [(100258 + i, n, True, "") for i, n in enumerate(FIM)]
OLMO2 += [(100261 + i, n, False, "") for i, n in
          enumerate(["|||PHONE_NUMBER|||", "|||EMAIL_ADDRESS|||", "|||IP_ADDRESS|||"])]
OLMO2 += [(100264, "<|im_start|>", True, ""), (100265, "<|im_end|>", True, "")]
OLMO2 += [(100265 + i, f"<|extra_id_{i}|>", False, "") for i in range(1, 11)]
OLMO2 += [(100276, "<|endofprompt|>", True, ""), (100277, "<|pad|>", True, "")]

# IBM's tokenizer.json of Granite 4.0: twelve names are not special and always match.
GRANITE = [(100256 + i, n, n not in ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|filename|>",
                                     "<|reponame|>", "<tool_call>", "</tool_call>", "<tool_response>",
                                     "</tool_response>", "<think>", "</think>"), "")
           for i, n in enumerate(["<|pad|>", "<|end_of_text|>"] + FIM + [
               "<|fim_pad|>", "<|filename|>", "<|reponame|>", "<|start_of_role|>", "<|end_of_role|>", "<|unused_1|>",
               "<|start_of_plugin|>", "<|end_of_plugin|>", "<|unk|>", "<tool_call>", "</tool_call>", "<tool_response>",
               "</tool_response>", "<think>", "</think>", "<think_on>", "<think_off>", "<schema>", "</schema>", "<tools>",
               "</tools>", "<documents>", "</documents>"])]

ORACLES = {
    "o200k_base": openai("o200k_base", O200K),
    "o200k_harmony": openai("o200k_harmony", O200K),
    "cl100k_base": openai("cl100k_base", CL100K),
    "p50k_base": openai("p50k_base", "94b5ca7dff4d0076"),
    "p50k_edit": openai("p50k_edit", "94b5ca7dff4d0076"),
    "r50k_base": openai("r50k_base", "306cd27f03c1a714"),
    "gemma2": first_of(spm_of_list("gemma2", "24abf2e4024c72cc", dummy_prefix=False),
                       spm("gemma2", "9ed68bc9230fd415")),
    "gemma3": hf("gemma3", "4667f2089529e8e7"),
    "gemma4": first_of(gemma4("4667f2089529e8e7", "58b1ba0b57f3b4d7"), hf("gemma4", GEMMA4_SHA)),
    "llama2": spm("llama2", "9e556afd44213b6b"),
    "llama3": ranks_with("llama3", "82e9d31979e92ab9", P_LLAMA3, LLAMA3),
    "llama4": ranks_with("llama4", "d0bdbaf59b0762c8", P_O200K, LLAMA4),
    "mistral_v1": spm("mistral_v1", "dadfd56d766715c6"),
    "mistral_v2": spm("mistral_v2", "37f00374dea48658"),
    "mistral_v3": spm("mistral_v3", "9addc8bdce598844"),
    "mistral_v7": spm("mistral_v7", "1b968b8dc352f421"),
    "tekken": tekken("tekken", "1948e2d48b0e7377"),
    "qwen3": hf("qwen3", "aeb13307a71acd8f"),
    "qwen2": hf("qwen2", "cb63a0a23eef3d5b"),
    "qwen2_5": hf("qwen2_5", "c0382117ea329cdf"),
    "qwen3_5": hf("qwen3_5", "5f9e4d4901a92b99"),
    "deepseek_v3": hf("deepseek_v3", "621ac2e32d0dba65"),
    "deepseek_r1": hf("deepseek_r1", "ecb6f9fc36989434"),
    "deepseek_r1_llama": hf("deepseek_r1_llama", "b9c9eb63a8e03059"),
    "deepseek_r1_qwen": hf("deepseek_r1_qwen", "88145e3c3249adc2"),
    "deepseek_v3_1": hf("deepseek_v3_1", "32b34a41212e92f6"),
    "deepseek_v3_2": hf("deepseek_v3_2", "cd050be35cae877f"),
    "deepseek_v4": hf("deepseek_v4", "8f9f37ca37fdc4f5"),
    "kimi_k2": ranks_with("kimi_k2", "b6c497a7469b33ce", P_KIMI, KIMI_K2),
    "glm4": first_of(hf("glm4", "9340665016419c82"), hf("glm4", "308bfb6053caac10")),
    "glm4_0414": hf("glm4_0414", "76ebeac0d8bd7879"),
    "glm5": hf("glm5", "19e773648cb4e65d"),
    "phi2": hf("phi2", "337da36be7a71a6e"),
    "phi3": hf("phi3", "9e2ae3d66819f163"),
    "phi4": hf_of_ranks("phi4", CL100K, P_LLAMA3, PHI4, "Microsoft's 96 names, which eat blanks on both sides"),
    "phi4_mini": hf_of_ranks("phi4_mini", O200K, P_O200K, PHI4_MINI,
                             "Microsoft's 12 names, of which ten eat blanks on the right and five are not special"),
    "command_r": hf("command_r", "9619890aebac311d"),
    "grok1": spm("grok1", "5c69d7cbad192fa2"),
    "falcon": hf("falcon", "d6c5cdac1421ea99"),
    "starcoder2": gguf_digits_gpt2("starcoder2", "fedb892b4e1bd3c1"),
    "olmo2": hf_of_ranks("olmo2", CL100K, P_LLAMA3, OLMO2, "AI2's 22 names"),
    "yi": hf("yi", "18da9ff3421e5c87"),
    "jamba": spm("jamba", "8b0df4fb43262c45"),
    "internlm2": hf("internlm2", "8e92463baee0aa9a"),
    "baichuan2": hf("baichuan2", "9735875524fadd4f"),
    "nemotron": derived(tekken("nemotron", "1948e2d48b0e7377"), "nemotron",
                        "Tekkenizer.encode over Mistral's tekken.json, whose ranks and places these models share"),
    "minimax_m2": hf("minimax_m2", "757622126525aeeb"),
    "granite": hf_of_ranks("granite", CL100K, P_LLAMA3, GRANITE, "IBM's 28 names of Granite 4.0"),
    "claude_v2": claude_v2("58dad83d85e9cd57"),
}


def open_oracle(name, sources):
    if name not in ORACLES:
        raise Missing("no reference is written down for " + name)
    return ORACLES[name](sources)
