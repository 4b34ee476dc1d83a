#!/usr/bin/env python3
"""One peer, one mode, one vocabulary, one text, in a process of its own; prints a JSON line.

  peer_worker.py --peer P --mode M --vocab V --files JSON --text FILE [--bytes N]
                 [--kind whole|batch|strings] [--passes N] [--threads N]
  peer_worker.py --list --vocab V --files JSON     every peer with its version and its modes

Runs in the virtual environment of tests/bench/requirements-peers.txt. Everything a peer asks for
before it can start (str or bytes, a list of documents, the import) is done before any time is
taken; loading the vocabulary is timed apart; the first call is the cold pass. Each peer has
the modes its documentation names as fast; which is the fastest is found by running all.
"""
import argparse
import gc
import importlib.metadata
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "dev", "oracles"))
import oracles  # noqa: E402  patterns and rank files only

STRING, DOCUMENT = 1024, 65536
ENOUGH = 12  # seconds of passes, after which no other one begins
TIKTOKEN = {"o200k_base": "o200k_base", "cl100k_base": "cl100k_base", "r50k_base": "r50k_base"}
PATTERN = {"o200k_base": oracles.P_O200K, "cl100k_base": oracles.P_CL100K, "r50k_base": oracles.P_GPT2,
           "llama3": oracles.P_LLAMA3, "kimi_k2": oracles.P_KIMI, "tekken": oracles.P_TEKKEN}


class NotHere(Exception):
    """The peer cannot do this vocabulary, or there is no file in a format it reads."""


def need(files, *kinds):
    for kind in kinds:
        if kind in files:
            return files[kind]
    raise NotHere("no " + " or ".join(kinds) + " of this vocabulary")


def known(name, table):
    if name not in table:
        raise NotHere("not among its vocabularies")
    return table[name]


def ranks_of(files):
    if "tiktoken" in files:
        with open(files["tiktoken"], "rb") as f:
            return oracles.tiktoken_ranks(f.read())
    raise NotHere("no ranks of this vocabulary")


# A loader returns {mode: (takes, gives, function)}. takes: "bytes" or "str" one text, "docs"
# a list of them (so for kind "whole" the list has one). gives: "ids" or "count". The function
# gets the text (or list) and returns something whose tokens size() below can tell.

def gigatoken(vocab, files, threads):
    import gigatoken as gt
    if vocab in TIKTOKEN:
        make = lambda: gt.Tokenizer.from_tiktoken(need(files, "tiktoken"))
    elif vocab in ("kimi_k2", "tekken"):  # nemotron's pattern is the one of Mistral's tekken
        scheme = {"kimi_k2": "kimi", "tekken": "nemotron"}[vocab]
        make = lambda: gt.Tokenizer.from_tiktoken(need(files, "tiktoken"), pretokenizer=scheme)
    elif "json" in files:
        make = lambda: gt.Tokenizer(files["json"])
    elif "model" in files:
        make = lambda: gt.Tokenizer.from_sentencepiece(files["model"])
    else:
        raise NotHere("no file it reads")
    many = threads > 1

    def modes(t):
        return {"encode(bytes)": ("bytes", "ids", t.encode),
                "encode_batch(BytesSource)": ("docs-bytes", "ids", lambda d: t.encode_batch(gt.BytesSource(d), parallel=many)),
                "encode_batch(list)": ("docs-bytes", "ids", lambda d: t.encode_batch(d, parallel=many))}
    return make, modes


def gigatoken_files(vocab, files, threads):
    make, _ = gigatoken(vocab, files, threads)
    return make, lambda t: {"encode_files": ("file", "ids", lambda p: t.encode_files(p, parallel=threads > 1))}


def tiktoken(vocab, files, threads):
    import tiktoken as tt
    pattern = known(vocab, PATTERN)

    def make():
        return tt.Encoding(name=vocab, pat_str=pattern, mergeable_ranks=ranks_of(files), special_tokens={})
    return make, lambda t: {
        "encode_ordinary": ("str", "ids", t.encode_ordinary),
        "encode_to_numpy": ("str", "ids", lambda s: t.encode_to_numpy(s, disallowed_special=())),
        "encode_ordinary_batch": ("docs", "ids", lambda d: t.encode_ordinary_batch(d, num_threads=threads))}


def tokenizers(vocab, files, threads):
    from tokenizers import Tokenizer
    path = need(files, "json")

    def make():
        t = Tokenizer.from_file(path)
        t.encode_special_tokens = True
        return t
    return make, lambda t: {
        "encode": ("str", "ids", lambda s: t.encode(s, add_special_tokens=False)),
        "encode_batch_fast": ("docs", "ids", lambda d: t.encode_batch_fast(d, add_special_tokens=False))}


def quicktok(vocab, files, threads):
    import quicktok as qt
    name = vocab
    if vocab not in ("o200k_base", "cl100k_base", "llama3", "qwen3"):
        path = need(files, "tekken", "json")
        if not os.path.exists(os.path.join(os.environ["QUICKTOK_DATA"], vocab + ".vocab")):
            import contextlib
            import io
            with contextlib.redirect_stdout(io.StringIO()):
                qt.import_tokenizer(path, vocab)
    return lambda: qt.get_encoding(name), lambda t: {
        "count": ("str", "count", t.count),
        "encode_batch": ("docs", "ids", lambda d: t.encode_batch(d, threads)),
        "encode_ordinary": ("str", "ids", t.encode_ordinary),
        "count_batch": ("docs", "count", lambda d: qt.count_batch(t, d, threads))}


def tokie(vocab, files, threads):
    import tokie as tk
    path = need(files, "json")
    return lambda: tk.Tokenizer.from_json(path), lambda t: {
        "count_tokens": ("str", "count", t.count_tokens),
        "encode": ("str", "ids", lambda s: t.encode(s, False)),
        "count_tokens_batch": ("docs", "count", t.count_tokens_batch),
        "encode_batch": ("docs", "ids", lambda d: t.encode_batch(d, False))}


def fastokens(vocab, files, threads):
    from fastokens import Tokenizer
    if "json" in files:
        make = lambda: Tokenizer.from_file(files["json"])
    elif vocab in TIKTOKEN:
        make = lambda: Tokenizer.from_tiktoken(need(files, "tiktoken"), encoding=vocab)
    elif vocab in PATTERN and vocab != "kimi_k2":
        make = lambda: Tokenizer.from_tiktoken(need(files, "tiktoken"), pattern=PATTERN[vocab])
    else:
        raise NotHere("no file it reads")
    return make, lambda t: {
        "encode": ("str", "ids", lambda s: t.encode(s, False, True)),
        "encode_batch_flat": ("docs", "ids", lambda d: t.encode_batch_flat(d, False, True))}


def kitoken(vocab, files, threads):
    from kitoken import Kitoken
    if vocab in TIKTOKEN:
        make = lambda: Kitoken.from_tiktoken_file(need(files, "tiktoken"))
    elif "tekken" in files:
        make = lambda: Kitoken.from_tekken_file(files["tekken"])
    elif "json" in files:
        make = lambda: Kitoken.from_tokenizers_file(files["json"])
    else:
        make = lambda: Kitoken.from_sentencepiece_file(need(files, "model"))
    return make, lambda t: {"encode": ("str", "ids", t.encode), "encode_all": ("docs", "ids", t.encode_all)}


def bpe_openai(vocab, files, threads):
    import bpe_openai as bp
    known(vocab, {"o200k_base": 1, "cl100k_base": 1})
    return lambda: bp.get_encoding(vocab), lambda t: {
        "encode_ordinary": ("str", "ids", t.encode_ordinary),
        "encode_ordinary_batch": ("docs", "ids", t.encode_ordinary_batch)}


def rs_bpe(vocab, files, threads):
    from rs_bpe.bpe import openai
    make = known(vocab, {"o200k_base": openai.o200k_base, "cl100k_base": openai.cl100k_base})
    options = openai.ParallelOptions(1, 8, threads)
    return make, lambda t: {
        "count": ("str", "count", t.count), "encode": ("str", "ids", t.encode),
        "encode_batch_parallel": ("docs", "ids", lambda d: t.encode_batch_parallel(d, options)[0])}


def splintr(vocab, files, threads):
    import splintr as sp
    names = {"o200k_base": "o200k_base", "cl100k_base": "cl100k_base", "llama3": "llama3", "qwen3": "qwen3",
             "deepseek_v3": "deepseek_v3", "glm4": "glm4", "kimi_k2": "kimi_k2", "llama2": "llama2",
             "tekken": "mistral_v3", "mistral_v3": "mistral_v2"}
    if vocab in names:
        make = lambda: sp.Tokenizer.from_pretrained(names[vocab])
    else:
        make = lambda: sp.from_json(need(files, "json"))
    return make, lambda t: {
        "encode_flat": ("str", "ids", lambda s: memoryview(t.encode_flat(s)).cast("I")),
        "encode_ordinary": ("str", "ids", t.encode_ordinary),
        "encode_rayon": ("str", "ids", t.encode_rayon),
        "encode_batch_flat": ("docs", "ids", t.encode_batch_flat)}


def riptoken(vocab, files, threads):
    import riptoken as rt
    pattern = known(vocab, PATTERN)
    make = lambda: rt.CoreBPE(ranks_of(files), {}, pattern)
    return make, lambda t: {"encode_ordinary": ("str", "ids", t.encode_ordinary),
                            "encode_ordinary_batch": ("docs", "ids", t.encode_ordinary_batch)}


def iree(vocab, files, threads):
    from iree.tokenizer import Tokenizer
    if vocab in TIKTOKEN:
        make = lambda: Tokenizer.from_tiktoken(need(files, "tiktoken"), vocab)
    else:
        make = lambda: Tokenizer.from_file(need(files, "json"))
    return make, lambda t: {"encode_to_array": ("str", "ids", t.encode_to_array),
                            "encode_batch_to_array": ("docs", "ids", lambda d: t.encode_batch_to_array(d)[0])}


def toktok(vocab, files, threads):
    import toktok as tk
    known(vocab, {"o200k_base": 1, "cl100k_base": 1})

    def make():
        tk.batch_count(["a"], vocab, 1)  # loads, and keeps what it loaded
        return tk
    return make, lambda t: {"batch_count": ("docs", "count", lambda d: t.batch_count(d, vocab, threads))}


def sentencepiece(vocab, files, threads):
    import sentencepiece as spm
    path = need(files, "model")
    return lambda: spm.SentencePieceProcessor(model_file=path), lambda t: {
        "encode": ("str", "ids", t.encode),
        "encode(list)": ("docs", "ids", lambda d: t.encode(d, num_threads=threads))}


def ctok(vocab, files, threads):
    import ctok as ct
    known(vocab, {"claude_v3": 1})
    frame = 7  # of one message, which token_count() adds

    def make():
        ct.token_count("a", "3.0")
        return ct
    return make, lambda t: {"token_count": ("str", "count", lambda s: t.token_count(s, "3.0") - frame)}


# megabytes: what a slow one is given at most, so that a pass ends; its speed does not depend on it.
PEERS = {
    "gigatoken": (gigatoken, "gigatoken", None), "gigatoken-files": (gigatoken_files, "gigatoken", None),
    "fastokens": (fastokens, "fastokens", None), "toktok": (toktok, "toktok-rs", None),
    "quicktok": (quicktok, "quicktok-v1", None), "splintr": (splintr, "splintr-rs", 30),
    "tokie": (tokie, "tokie", 10), "bpe-openai": (bpe_openai, "bpe-openai", 0.6), "rs-bpe": (rs_bpe, "rs-bpe", 8),
    "riptoken": (riptoken, "riptoken", 8), "iree": (iree, "iree-tokenizer", 5),
    "tiktoken": (tiktoken, "tiktoken", 6), "kitoken": (kitoken, "kitoken", 6),
    "sentencepiece": (sentencepiece, "sentencepiece", 4), "tokenizers": (tokenizers, "tokenizers", 3),
    "ctok": (ctok, "ctok", 0.4),
}


def size(result, docs):
    """Tokens of whatever a mode returned."""
    if isinstance(result, int):
        return result
    kind = type(result).__module__.split(".")[0]
    if kind == "awkward":
        import awkward
        return int(awkward.count(result))
    if isinstance(result, tuple):  # (ids as bytes or array, offsets)
        return len(result[0]) // 4 if isinstance(result[0], bytes) else len(result[0])
    if kind == "numpy":
        return int(result.sum()) if result.dtype.kind == "i" and len(result) == docs else len(result)
    if isinstance(result, list) and docs is not None and result:
        if isinstance(result[0], int) and len(result) == docs:
            return sum(result)
        if not isinstance(result[0], int):
            return sum(len(r) for r in result)
    return len(result)


def cut(data, n):
    """As bench.c cuts: at most n bytes each, never inside a character."""
    out, at = [], 0
    while at < len(data):
        end = min(at + n, len(data))
        while end < len(data) and end > at + 1 and data[end] & 0xC0 == 0x80:
            end -= 1
        out.append(data[at:end])
        at = end
    return out


def peak_kb():
    with open("/proc/self/status", encoding="ascii") as f:
        for line in f:
            if line.startswith("VmHWM"):
                return int(line.split()[1])
    return 0


def run(a):
    loader, package, _ = PEERS[a.peer]
    with open(a.text, "rb") as f:
        data = f.read(a.bytes or -1)
    data = data.decode("utf-8", "ignore" if a.bytes else "strict").encode("utf-8")
    pieces = {"whole": [data], "batch": cut(data, DOCUMENT) if a.kind == "batch" else None,
              "strings": cut(data, STRING) if a.kind == "strings" else None}[a.kind]
    make, modes = loader(a.vocab, json.loads(a.files), a.threads)
    clock = time.process_time if a.cpu_time else time.perf_counter
    start = clock()
    tokenizer = make()
    load = clock() - start
    table = modes(tokenizer)
    takes, gives, call = table[a.mode]
    docs = None
    if takes == "file":
        arg = a.text
        if a.bytes:
            raise NotHere("encode_files takes whole files")
        step = lambda: call(arg)
    elif takes.startswith("docs"):
        arg = pieces if takes == "docs-bytes" else [p.decode("utf-8") for p in pieces]
        docs = len(arg)
        step = lambda: call(arg)
    else:
        arg = pieces if takes == "bytes" else [p.decode("utf-8") for p in pieces]
        if len(arg) == 1:
            only = arg[0]
            step = lambda: call(only)
        elif gives == "count":
            step = lambda: sum(map(call, arg))
        else:
            step = lambda: sum([len(call(s)) for s in arg])
    gc.collect()
    gc.disable()
    times, tokens, result = [], None, None
    for _ in range(a.passes):
        if sum(times) > ENOUGH:
            break
        result = None
        start = clock()
        result = step()
        times.append(clock() - start)
        if tokens is None:
            tokens = size(result, docs)
    print(json.dumps({"peer": a.peer, "mode": a.mode, "gives": gives, "version": importlib.metadata.version(package),
                      "bytes": len(data), "tokens": tokens, "load_s": load, "cold_s": times[0], "warm_s": times[1:],
                      "peak_kb": peak_kb()}))


class Stand:
    """Stands for a tokenizer where only the names of the modes are wanted."""

    def __getattr__(self, name):
        return None


def describe(peer, a):
    loader, package, megabytes = PEERS[peer]
    try:
        out = {"version": importlib.metadata.version(package), "megabytes": megabytes}
        _, modes = loader(a.vocab, json.loads(a.files), a.threads)
        out["modes"] = {m: [takes, gives] for m, (takes, gives, _) in modes(Stand()).items()}
    except importlib.metadata.PackageNotFoundError:
        out = {"nothere": "not installed"}
    except NotHere as e:
        out["nothere"] = str(e)
    except BaseException as e:
        out["nothere"] = (type(e).__name__ + ": " + str(e))[:200]
    return out


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--list", action="store_true")
    p.add_argument("--peer", choices=sorted(PEERS))
    p.add_argument("--mode", default="")
    p.add_argument("--vocab")
    p.add_argument("--files", default="{}")
    p.add_argument("--text")
    p.add_argument("--bytes", type=int, default=0)
    p.add_argument("--kind", default="whole", choices=["whole", "batch", "strings"])
    p.add_argument("--passes", type=int, default=3)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--cpu-time", action="store_true")
    a = p.parse_args()
    if a.list:
        print(json.dumps({peer: describe(peer, a) for peer in PEERS}))
        return
    try:
        run(a)
    except NotHere as e:
        print(json.dumps({"peer": a.peer, "mode": a.mode, "nothere": str(e)}))
    except BaseException as e:  # a Rust panic is a BaseException
        print(json.dumps({"peer": a.peer, "mode": a.mode, "error": (type(e).__name__ + ": " + str(e))[:300]}))


if __name__ == "__main__":
    main()
