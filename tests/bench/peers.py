#!/usr/bin/env python3
"""Ours against every other tokenizer that installs; "make bench-peers".

  peers.py --bench PROGRAM --tokcount PROGRAM --python PEERS_PYTHON --corpora DIR --code FILE
           --sources DIR... [--data D] [--user D] [--cache D] --work DIR [--quick] [--short] [--only ROW]...
           [--peers NAME,...] [--rounds N] [--minutes N] [--cpu-time] [--report FILE] [--svg FILE] [--list] [--render]

Every measurement is a fresh process (bench --row for ours, peer_worker.py for a peer), pinned
to one processor where one thread is meant, and all of them take turns in rounds; figures are
medians over the rounds. A peer's number of tokens is compared with ours on the same bytes
before its speed counts. --only takes rows by name or pattern ("speed/o200k_base/*"); what was
measured before stays in WORK/state.json, so that rows can be run one by one. --render only
writes the report anew. README.md says what is fair and why.
"""
import argparse
import datetime
import fnmatch
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools", "dev", "oracles"))
import oracles  # noqa: E402  sources by SHA-256, patterns

import render  # noqa: E402  the report, beside this file
import start  # noqa: E402  whole processes

# What a peer may load a vocabulary from: kind -> SHA-256 of the published file, first digits.
SOURCES = {
    "o200k_base": {"tiktoken": "446a9538cb6c348e", "json": "gptoss"},
    "cl100k_base": {"tiktoken": "223921b76ee99bde"},
    "llama3": {"tiktoken": "82e9d31979e92ab9", "json": "b9c9eb63a8e03059"},
    "qwen3": {"json": "aeb13307a71acd8f"},
    "deepseek_v3": {"json": "621ac2e32d0dba65"},
    "kimi_k2": {"tiktoken": "b6c497a7469b33ce"},
    "tekken": {"tekken": "1948e2d48b0e7377"},
    "glm4": {"json": "9340665016419c82"},
    "gemma3": {"json": "4667f2089529e8e7"},
    "llama2": {"model": "9e556afd44213b6b"},
    "mistral_v3": {"model": "9addc8bdce598844"},
    "claude_v3": {},
}
TEXTS = ["english", "code", "cjk", "multilingual"]
FAMILIES = ["o200k_base", "cl100k_base", "r50k_base", "llama3", "qwen3", "qwen3_5", "deepseek_v3", "kimi_k2", "tekken",
            "glm4", "gemma3", "gemma4", "llama2", "mistral_v3", "phi3", "yi", "claude_v3"]
HOSTILE = ["letter", "spaces", "newlines", "underscores", "letters", "base64", "case", "zwj", "invalid", "cjk-run"]
WORKER = os.path.join(HERE, "peer_worker.py")
SECONDS = 120  # for one process: what takes longer is not among the fastest
# What one pass of a slow peer may take, and the least it is given.
PASS_SECONDS, LEAST_BYTES = 3, 300000
# Those that were the fastest exact ones of some row in full runs, and what the vendors publish.
SHORT = "gigatoken,gigatoken-files,fastokens,quicktok,toktok,tiktoken,tokenizers,ctok"
# A peer slower than this part of the fastest on the first text is not run on the others.
KEEP = 0.12
# The vendors' own: where one of these gives another number than we do, it is we who are wrong.
OFFICIAL = ("tiktoken", "tokenizers", "sentencepiece")


def all_rows():
    """A bounded run has of each kind what comes first; "command" ranks peers by the speeds on English."""
    rows = ["prompt", "memory", "threads/o200k_base/english", "threads/o200k_base/cjk", "pattern/english"]
    rows += [f"strings/{v}/{t}" for v, t in (("o200k_base", "english"), ("cl100k_base", "english"),
                                             ("qwen3", "english"), ("o200k_base", "cjk"))]
    rows += [f"speed/{v}/{TEXTS[0]}" for v in SOURCES]
    rows += [f"command/{v}/english" for v in ("o200k_base", "cl100k_base", "qwen3", "gemma3")]
    rows += [f"batch/o200k_base/{t}" for t in ("english", "cjk")]
    rows += [f"speed/{v}/{t}" for t in TEXTS[1:] for v in SOURCES]
    rows += [f"hostile/{v}" for v in FAMILIES]
    return rows + [f"batch/{v}/{t}" for v in ("llama3", "gemma3") for t in ("english", "cjk")]


class Run:
    def __init__(self, a):
        self.a = a
        self.state_path = os.path.join(a.work, "state.json")
        os.makedirs(a.work, exist_ok=True)
        self.state = {"rows": {}}
        if os.path.exists(self.state_path):
            with open(self.state_path, encoding="utf-8") as f:
                self.state = json.load(f)
        self.src = None
        self.cores = sorted(os.sched_getaffinity(0))
        self.threads = len(self.cores)
        self.modes = {}
        self.folders = []
        for key in ("data", "user", "cache"):
            if getattr(a, key):
                self.folders += ["--" + key, getattr(a, key)]
        self.env = dict(os.environ, QUICKTOK_DATA=os.path.join(a.work, "quicktok"), PYTHONDONTWRITEBYTECODE="1",
                        TOKENIZERS_PARALLELISM="true", HF_HUB_OFFLINE="1")
        os.makedirs(self.env["QUICKTOK_DATA"], exist_ok=True)
        self.env.update({k: v for k, v in (("TOKCOUNT_DATA", a.data), ("TOKCOUNT_CACHE", a.cache)) if v})

    # --- processes ---

    def call(self, command, one_core=True, threads=1):
        pin = (lambda: os.sched_setaffinity(0, {self.cores[-1]})) if one_core else None
        env = dict(self.env, RAYON_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env,
                                  preexec_fn=pin, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return {"error": f"took more than {SECONDS} s"}
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
        try:
            return json.loads(lines[-1])
        except (IndexError, ValueError):
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()
            return {"error": (last[-1] if last else f"exit {done.returncode}")[:200], "exit": done.returncode}

    def ours(self, row, vocab, text, passes=4, n_bytes=0, threads=1, one_core=True):
        command = [self.a.bench, "--row", row, "-e", vocab, "--text", text, "--passes", str(passes),
                   "--threads", str(threads), *self.folders, *self.clock(threads)]
        return self.call(command + (["--bytes", str(n_bytes)] if n_bytes else []), one_core and threads == 1, threads)

    def peer(self, peer, mode, vocab, text, kind="whole", passes=4, n_bytes=0, threads=1, one_core=True, files=None):
        command = [self.a.python, WORKER, "--peer", peer, "--mode", mode, "--vocab", vocab, "--text", text,
                   "--files", json.dumps(files or self.files(vocab)), "--kind", kind, "--passes", str(passes),
                   "--threads", str(threads), "--bytes", str(n_bytes), *self.clock(threads)]
        return self.call(command, one_core and threads == 1, threads)

    def clock(self, threads):
        return ["--cpu-time"] if self.a.cpu_time and threads == 1 else []

    # --- inputs ---

    def head(self, name, mb):
        """A text, or its first mb megabytes as a file of its own."""
        path = self.a.code if name == "code" else os.path.join(self.a.corpora, name + ".txt")
        if not os.path.exists(path):
            raise FileNotFoundError(f"no text {name}: {path}")
        if not mb or os.path.getsize(path) <= mb * 1000000:
            return path
        out = os.path.join(self.a.work, f"{name}-{mb}.txt")
        if not os.path.exists(out):
            with open(path, "rb") as f:
                data = f.read(int(mb * 1000000))
            with open(out, "wb") as f:
                f.write(data.decode("utf-8", "ignore").encode("utf-8"))
        return out

    def repeated(self, name, mb):
        """The text again and again, as one file of about mb megabytes."""
        path = self.head(name, 0)
        out = os.path.join(self.a.work, f"{name}-x{mb}.txt")
        if not os.path.exists(out):
            with open(path, "rb") as f:
                data = f.read()
            with open(out, "wb") as f:
                for _ in range(max(1, mb * 1000000 // len(data))):
                    f.write(data)
        return out

    def files(self, vocab):
        """Paths of the vocabulary in the formats peers read."""
        if self.src is None:
            self.src = oracles.Sources(self.a.sources)
        out = {}
        for kind, sha in SOURCES.get(vocab, {}).items():
            try:
                out[kind] = self.gpt_oss() if sha == "gptoss" else self.src.find(sha)[1]
            except oracles.Missing:
                pass
        if out.get("json", "").endswith(".gz"):
            out["json"] = self.unpacked(out["json"], vocab)
        if vocab == "tekken" and "tekken" in out:
            out["tiktoken"] = self.tekken_ranks(out["tekken"])
        if vocab in ("o200k_base", "cl100k_base") and "tiktoken" in out:
            named = os.path.join(self.a.work, vocab + ".tiktoken")  # one peer goes by the name
            if not os.path.exists(named):
                os.symlink(os.path.abspath(out["tiktoken"]), named)
            out["tiktoken"] = named
        if vocab == "cl100k_base" and "tiktoken" in out:
            path = os.path.join(self.a.work, "cl100k_base.tokenizer.json")
            if not os.path.exists(path):
                self.make_json(out["tiktoken"], path)
            if os.path.exists(path):
                out["json"] = path
        return out

    def gpt_oss(self):
        """gpt-oss's tokenizer.json: o200k_base with other added tokens."""
        for digest, path in self.src.by_hash.items():
            if os.path.basename(path) == "gptoss.tokenizer.json":
                return path
        raise oracles.Missing("gptoss.tokenizer.json")

    def unpacked(self, path, vocab):
        import gzip
        out = os.path.join(self.a.work, vocab + ".tokenizer.json")
        if not os.path.exists(out):
            with gzip.open(path) as f, open(out, "wb") as g:
                g.write(f.read())
        return out

    def tekken_ranks(self, path):
        """The ranks in use of a tekken.json as a rank file, for peers that read only those."""
        out = os.path.join(self.a.work, "tekken.tiktoken")
        if not os.path.exists(out):
            with open(path, encoding="utf-8") as f:
                spec = json.load(f)
            n = spec["config"]["default_vocab_size"] - spec["config"]["default_num_special_tokens"]
            with open(out, "w", encoding="ascii") as f:
                f.writelines(f"{e['token_bytes']} {e['rank']}\n" for e in spec["vocab"] if e["rank"] < n)
        return out

    def make_json(self, ranks, path):
        """A tokenizer.json of cl100k_base, which its owner never published, made by tokenizers. The
        pattern is the one such files have elsewhere: possessive {1,3}+ means another thing to it."""
        code = ("import sys, os; sys.path.insert(0, sys.argv[1]); import oracles\n"
                "src = oracles.Sources([os.path.dirname(os.path.realpath(sys.argv[2]))])\n"
                "make = oracles.hf_of_ranks('cl100k_base', oracles.CL100K, oracles.P_LLAMA3, [], '')\n"
                "make(src).tok.save(sys.argv[3])")
        subprocess.run([self.a.python, "-c", code, os.path.dirname(oracles.__file__), ranks, path],
                       env=self.env, check=False)

    def pattern_json(self):
        """A tokenizer.json with a split pattern that nobody has: GPT-NeoX's pieces, own regex."""
        out = os.path.join(self.a.work, "own-pattern.tokenizer.json")
        if not os.path.exists(out):
            base = next((p for p in self.src_paths() if os.path.basename(p) == "gpt_neox.tokenizer.json"), None)
            if base is None:
                raise oracles.Missing("gpt_neox.tokenizer.json")
            with open(base, encoding="utf-8") as f:
                spec = json.load(f)
            spec["normalizer"] = spec["post_processor"] = None
            spec["added_tokens"] = [t for t in spec["added_tokens"] if t["special"]]
            spec["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": r" ?\p{Lu}?\p{L}{1,12}| ?\p{N}{1,4}|[^\S\n]+(?=\S)| ?[^\s\p{L}\p{N}]{1,6}|\s+"},
                 "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]}
            with open(out, "w", encoding="utf-8") as f:
                json.dump(spec, f, ensure_ascii=False)
        return out

    def src_paths(self):
        self.files("qwen3")
        return self.src.by_hash.values()

    def modes_of(self, vocab, files=None, threads=1):
        """{peer: {"version", "modes"} or {"nothere"}}"""
        key = vocab + str(threads) + (files or {}).get("json", "")
        if key not in self.modes:
            got = self.call([self.a.python, WORKER, "--list", "--vocab", vocab, "--files",
                             json.dumps(files or self.files(vocab)), "--threads", str(threads)], False, threads)
            if "error" in got:
                sys.exit(f"peers.py: {WORKER} --list: {got['error']}")
            if self.a.peers:
                got = {p: d for p, d in got.items() if p in self.a.peers.split(",")}
            self.modes[key] = got
            self.state.setdefault("versions", {}).update({p: d["version"] for p, d in got.items() if "version" in d})
        return self.modes[key]

    # --- rows ---

    def contest(self, vocab, text, kind="whole", ours_rows=("count", "ids"), threads=1, keep=None, files=None, ours_vocab=None,
                one_core=True):
        """Ours and every mode of every peer on one text, in rounds. Returns the row's record."""
        a = self.a
        ours_vocab = ours_vocab or vocab
        size = os.path.getsize(text)
        record = {"bytes": size, "ours": {}, "peers": {}, "without": {}}
        entries = [("ours", r, None) for r in ours_rows]
        expected = {}
        self.ours(ours_rows[0], ours_vocab, text, 1, 1000, threads)  # compiles at first use
        for peer, d in self.modes_of(vocab, files, threads).items():
            if "nothere" in d:
                record["without"][peer] = d["nothere"]
                continue
            cap = int(d["megabytes"] * 1000000) if d["megabytes"] and d["megabytes"] * 1000000 < size else 0
            if not any(keep is None or [peer, mode] in keep for mode in d["modes"]):
                continue
            if size > 2000000 and not cap:
                cap = self.cap_of(peer, vocab, d["modes"], text, files)
            for mode, (takes, _) in d["modes"].items():
                if cap and takes == "file":
                    continue
                is_docs = takes.startswith("docs")
                if kind == "batch" and not (is_docs or threads == 1) or (kind != "whole" and takes == "file"):
                    continue
                if kind == "strings" and is_docs:  # a call a string is what the row is about
                    continue
                if keep is None or [peer, mode] in keep:
                    entries.append((peer, mode, cap))
        samples = {}
        for r in range(a.rounds):
            for who, mode, cap in list(entries):
                if who == "ours":
                    got = self.ours(mode, ours_vocab, text, a.passes, 0, threads, one_core)
                else:
                    # Of a slow one the second pass is as good as any later.
                    passes = a.passes if cap == 0 else 2
                    got = self.peer(who, mode, vocab, text, kind, passes, cap, threads, one_core, files)
                if "cold_s" not in got:
                    why = got.get("nothere") or got.get("error") or "failed"
                    record["without"][who if who == "ours" else f"{who} {mode}"] = why
                    entries.remove((who, mode, cap))
                    continue
                n = got["bytes"]
                if who == "ours":
                    expected[n] = got["tokens"]
                elif n not in expected:
                    expected[n] = self.ours(ours_rows[0], ours_vocab, text, 1, n, 1).get("tokens")
                s = samples.setdefault((who, mode), {"bytes": n, "cold": [], "warm": [], "load": [], "peak_kb": 0,
                                                     "tokens": got["tokens"], "gives": got.get("gives", mode)})
                if who in OFFICIAL and (who, vocab) != ("tokenizers", "cl100k_base") and got["tokens"] != expected[n]:
                    record["error"] = f"ours is wrong: {expected[n]} tokens, {who} gives {got['tokens']} for {n} bytes"
                if who != "ours" and got["tokens"] != expected[n]:
                    record["without"][f"{who} {mode}"] = f"not exact: {got['tokens']} tokens, {expected[n]} are right"
                    entries.remove((who, mode, cap))
                    samples.pop((who, mode))
                    continue
                s["cold"].append(got["cold_s"])
                s["warm"].append(statistics.median(got["warm_s"]) if got["warm_s"] else None)
                s["load"].append(got["load_s"])
                s["peak_kb"] = max(s["peak_kb"], got["peak_kb"])
            if r == 0:
                entries = self.shortlist(entries, samples)
        for (who, mode), s in samples.items():
            warm = [w for w in s["warm"] if w]
            out = {"mode": mode, "gives": s["gives"], "bytes": s["bytes"], "tokens": s["tokens"], "runs": len(s["cold"]),
                   "cold": s["bytes"] / 1e6 / statistics.median(s["cold"]),
                   "warm": s["bytes"] / 1e6 / statistics.median(warm) if warm else None,
                   "load_ms": statistics.median(s["load"]) * 1e3, "peak_kb": s["peak_kb"]}
            if who == "ours":
                record["ours"][mode] = out
            else:
                record["peers"].setdefault(who, []).append(out)
        return record

    def cap_of(self, peer, vocab, modes, text, files):
        """Bytes a peer is given of a large text, 0: all. From a second pass over 1 MB, once."""
        key = f"{peer}/{vocab}"
        rates = self.state.setdefault("rates", {})
        if key not in rates:
            mode = next((m for m, (takes, _) in modes.items() if takes != "file"), None)
            got = self.peer(peer, mode, vocab, text, "whole", 3, 1000000, 1, True, files) if mode else {}
            rates[key] = got["bytes"] / min(got["warm_s"]) if got.get("warm_s") else None
        rate = rates[key]
        if not rate or os.path.getsize(text) / rate < PASS_SECONDS:
            return 0
        return max(LEAST_BYTES, int(rate * PASS_SECONDS))

    @staticmethod
    def shortlist(entries, samples):
        """After the first round: ours, and the modes that come near the fastest of the peers."""
        keep = set()
        for gives in ("count", "ids"):
            for what in ("cold", "warm"):
                rate = {k: s["bytes"] / s[what][0] for k, s in samples.items()
                        if k[0] != "ours" and s[what][0] and (gives == "count" or s["gives"] == "ids")}
                best = max(rate.values(), default=0)
                keep |= {k for k, v in rate.items() if v >= 0.7 * best}
        return [e for e in entries if e[0] == "ours" or (e[0], e[1]) in keep]

    def keep_from(self, vocab, text):
        """[[peer, mode]] worth running, None: all. On another text than the first, peers that
        were not far behind on that; with another vocabulary than the first, the modes that
        came within a tenth of their peer's best there."""
        def measured(v):
            row = self.state["rows"].get(f"speed/{v}/{TEXTS[0]}", {})
            return row.get("peers") if row.get("quick") == self.a.quick else None

        def near(modes, part, among):
            best = {(w, g): max((m[w] or 0 for m in among if g == "count" or m["gives"] == "ids"), default=0)
                    for w in ("cold", "warm") for g in ("count", "ids")}
            return [m["mode"] for m in modes
                    if any((m[w] or 0) >= part * top for (w, g), top in best.items() if g == "count" or m["gives"] == "ids")]
        if self.a.all_modes:
            return None
        first, own = measured("o200k_base"), measured(vocab)
        if text != TEXTS[0] and own:
            every = [m for ms in own.values() for m in ms]
            return [[p, mode] for p, ms in own.items() for mode in near(ms, KEEP, every)]
        if vocab in ("o200k_base", "claude_v3") or not first:
            return None
        keep = [[p, mode] for p, ms in first.items() for mode in near(ms, 0.9, ms)]
        return keep + [[p, m] for p, d in self.modes_of(vocab).items() if p not in first for m in d.get("modes", {})]

    def row(self, name):
        a, kind, *rest = self.a, *name.split("/")
        if kind == "speed":
            vocab, text = rest
            rows = ("count",) if vocab.startswith("claude") else ("count", "ids")
            return self.contest(vocab, self.head(text, a.mb), keep=self.keep_from(vocab, text), ours_rows=rows)
        if kind == "batch":
            vocab, text = rest
            return self.contest(vocab, self.head(text, a.mb), "batch", ("batch",), self.threads)
        if kind == "strings":
            vocab, text = rest
            return self.contest(vocab, self.head(text, 1 if a.quick or a.short else 3), "strings", ("strings",))
        if kind == "command":
            return self.command(*rest)
        if kind == "threads":
            return self.split(*rest)
        if kind == "pattern":
            path = self.pattern_json()
            out = self.contest("own pattern", self.head("english", 1 if a.quick or a.short else 5), files={"json": path}, ours_vocab=path)
            out["backend"] = self.ours("count", path, self.head("english", 1), 1, 1000).get("backend")
            return out
        if kind == "prompt":
            return self.prompt()
        if kind == "memory":
            return self.memory()
        return self.hostile(rest[0])

    def command(self, vocab, text):
        """The command on a file, load included, against a peer's load and first pass with all
        processors; the peers' import of Python modules is not counted."""
        a = self.a
        path = self.head(text, 3 if a.quick else 30)  # whatever --mb says: loading is a part of it
        wall = {"ours": []}
        best = self.state["rows"].get(f"speed/{vocab}/{text}", {}).get("peers", {})
        ranked = sorted(((os.path.getsize(path) / 1e6 / m["cold"] + m["load_ms"] / 1e3, p, m["mode"])
                         for p, ms in best.items() for m in ms))[:4]
        if not ranked:
            ranked = [(0, "gigatoken", "encode_batch(BytesSource)")]
        for _ in range(a.rounds):
            got = self.call([a.bench, "--run", "3", a.tokcount, "-q", "-e", vocab, path], False, self.threads)
            if got.get("status") != 0:
                return {"error": "the command failed"}
            wall["ours"] += got["wall_s"]
            for _, peer, mode in ranked:
                got = self.peer(peer, mode, vocab, path, passes=1, threads=self.threads, one_core=False)
                if "cold_s" in got:
                    wall.setdefault(f"{peer} {mode}", []).append(got["load_s"] + got["cold_s"])
        return {"bytes": os.path.getsize(path), "seconds": {k: statistics.median(v) for k, v in wall.items()}}

    def split(self, vocab, text):
        """All threads over one long text against one thread over the same."""
        path = self.repeated(text, 20 if self.a.quick else 100)
        times = {1: [], self.threads: []}
        for _ in range(self.a.rounds):
            for n in times:
                got = self.ours("threads", vocab, path, 3, 0, n, one_core=False)
                if "cold_s" not in got:
                    return {"error": got.get("error", "failed")}
                times[n] += [got["cold_s"], *got["warm_s"]]
        one, many = (statistics.median(times[n]) for n in times)
        size = os.path.getsize(path)
        return {"bytes": size, "number": self.threads, "one": size / 1e6 / one, "many": size / 1e6 / many}

    def prompt(self):
        """1 KB, whole processes, as start.py measures them."""
        a = self.a
        path = os.path.join(a.work, "prompt.txt")
        with open(self.head("english", 0), "rb") as f, open(path, "wb") as g:
            g.write(f.read(1024).decode("utf-8", "ignore").encode("utf-8"))
        code = ("import sys, tiktoken, tiktoken.load\n"
                "e = tiktoken.Encoding('o200k_base', pat_str=sys.argv[1], special_tokens={},\n"
                "    mergeable_ranks=tiktoken.load.load_tiktoken_bpe(sys.argv[2]))\n"
                "print(len(e.encode_ordinary(open(sys.argv[3], encoding='utf-8').read())))")
        commands = {"empty": [start.empty_program(a.work)], "ours": [os.path.abspath(a.tokcount), path]}
        took = start.in_turn(commands, 100 * max(2, a.rounds))
        python = [a.python, "-c", code, oracles.P_O200K, self.files("o200k_base").get("tiktoken", ""), path]
        took |= start.in_turn({"tiktoken": python}, 3 * max(2, a.rounds))
        return {k + "_ms": statistics.median(v) for k, v in took.items()} | {"over_ms": start.over(took["ours"], took["empty"])}

    def memory(self):
        a = self.a
        small = os.path.join(a.work, "prompt.txt")
        with open(self.head("english", 0), "rb") as f, open(small, "wb") as g:
            g.write(f.read(1024).decode("utf-8", "ignore").encode("utf-8"))
        out = {}
        for name, path in (("small", small), ("large", self.repeated("english", 20 if a.quick else 100))):
            got = self.call([a.bench, "--run", "2", a.tokcount, "-j", "1", path])
            if got.get("status") != 0:
                return {"error": "the command failed"}
            out[name + "_kb"], out[name + "_bytes"] = got["peak_kb"], os.path.getsize(path)
        return out

    def hostile(self, vocab):
        out = {}
        for kind in HOSTILE:
            speed = []
            for _ in range(self.a.rounds):
                got = self.ours("count", vocab, "hostile:" + kind, 2)
                if "cold_s" not in got:
                    return {"error": got.get("error", "failed"), "missing": got.get("exit") == 3}
                speed.append(got["bytes"] / 1e6 / got["cold_s"])
            out[kind] = statistics.median(speed)
        return {"mb_s": out}

    def save(self):
        with open(self.state_path + ".part", "w", encoding="utf-8") as f:
            json.dump(self.state, f, indent=1)
        os.replace(self.state_path + ".part", self.state_path)


def machine():
    out = {"kernel": platform.release(), "python": platform.python_version(), "processors": len(os.sched_getaffinity(0))}
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                out["cpu"] = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="ascii") as f:
        out["memory_gb"] = round(int(f.readline().split()[1]) / 1e6)
    compiler = subprocess.run([os.environ.get("CC", "cc"), "--version"], stdout=subprocess.PIPE, check=False).stdout
    out["compiler"] = compiler.decode().splitlines()[0] if compiler else "unknown"
    return out


def digest(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def main():
    p = argparse.ArgumentParser()
    for name in ("bench", "tokcount", "python", "corpora", "code", "work"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--sources", action="append", default=[])
    for name in ("data", "user", "cache", "report", "svg"):
        p.add_argument("--" + name)
    p.add_argument("--only", action="append", default=[])
    p.add_argument("--quick", action="store_true")
    p.add_argument("--mb", type=float, help="of each text; 30 without it, 3 with --quick")
    p.add_argument("--rounds", type=int)
    p.add_argument("--passes", type=int, default=4)
    p.add_argument("--minutes", type=float, help="no row is begun after so long")
    p.add_argument("--all-modes", action="store_true", help="also peers that were far behind on the first text")
    p.add_argument("--peers", help="only these, by name and comma")
    p.add_argument("--short", action="store_true",
                   help="10 MB, one round, the fastest peers and the vendors' own, 22 minutes and the last row at most")
    p.add_argument("--cpu-time", action="store_true", help="one thread: seconds of computing, for a machine that is not idle")
    p.add_argument("--list", action="store_true")
    p.add_argument("--render", action="store_true")
    a = p.parse_args()
    if a.short:
        a.mb, a.rounds, a.minutes, a.peers = a.mb or 10, a.rounds or 1, a.minutes or 22, a.peers or SHORT
    a.mb = a.mb or (3 if a.quick else 30)
    a.mb = int(a.mb) if a.mb == int(a.mb) else a.mb
    a.rounds = a.rounds or (1 if a.quick else 3)
    names = [r for r in all_rows() if not a.only or any(fnmatch.fnmatch(r, o) for o in a.only)]
    if a.list:
        print("\n".join(names))
        return
    run = Run(a)
    start = time.monotonic()
    skipped = []
    if not a.render:
        run.state["machine"] = machine()
        run.state["texts"] = {t: {"sha256": digest(path), "bytes": os.path.getsize(path)} for t in TEXTS
                              for path in [a.code if t == "code" else os.path.join(a.corpora, t + ".txt")]
                              if os.path.exists(path)}
        for name in names:
            if a.minutes and time.monotonic() - start > a.minutes * 60:
                skipped.append(name)
                continue
            begun = time.monotonic()
            try:
                record = run.row(name)
            except (FileNotFoundError, oracles.Missing) as e:
                record = {"error": "not here: " + str(e)}
            record |= {"when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                       "quick": a.quick, "short": a.short, "cpu_time": a.cpu_time, "rounds": a.rounds, "took_s": round(time.monotonic() - begun, 1)}
            run.state["rows"][name] = record
            run.save()
            print(f"{name:34} {record['took_s']:6.1f} s  {render.one_line(name, record)}", flush=True)
    wrong = [n for n in names if "ours is wrong" in run.state["rows"].get(n, {}).get("error", "")]
    if skipped:
        print(f"not run for want of time: {' '.join(skipped)}")
    render.write(run.state, a.report, a.svg)
    if wrong:
        sys.exit("counts that are not the official ones: " + " ".join(wrong))


if __name__ == "__main__":
    main()
