#!/usr/bin/env python3
"""Our ids against the official implementations' on millions of strings; `make differential`.

  differential.py --sources DIR... [--driver FILE] [--data D] [--user D] [--cache D]
                  [--corpora DIR] [--strings N] [--trusted N] [--only ENCODING]... [--seed N]
                  [--jobs N] [--no-scalars] [--record FILE] [--round-trip TEXT]

For one encoding or more of each pattern family:
  strings   N random and corpus strings: random characters of chosen alphabets, slices of the
            corpora at any character, any bytes at all, names of control tokens between words
  long      texts of 64 bytes to 256 KB around the sizes of our windows: long runs, whatever is between
  scalars   all 1,112,064 Unicode scalars in 4 contexts, 16 to a string, a newline between
  trusted   strings full of control tokens, where the reference has a trusted mode
Bytes that are not UTF-8 are given to the reference as Python's errors="replace" makes them.
Writes one row an encoding to --record; rows of encodings not run again stay. --round-trip is
what to say there of the last long run of round_trip. Exit 1 if any ids differ. What is not
here is skipped by name.
"""
import argparse
import array
import concurrent.futures
import datetime
import itertools
import multiprocessing
import os
import random
import re
import sys
import time

BATCH = 20000
SCALARS = 1112064

# family, encodings that stand for it
FAMILIES = [
    ("P_gpt2", ["r50k_base", "phi2", "p50k_base", "p50k_edit"]),
    ("P_gpt2 after NFKC", ["claude_v2"]),
    ("P_cl100k", ["cl100k_base", "phi4", "granite"]),
    ("P_o200k", ["o200k_base", "llama4", "o200k_harmony", "phi4_mini"]),
    ("P_o200k after NFC", ["minimax_m2"]),
    ("P_llama3", ["llama3", "deepseek_r1_llama", "glm4", "olmo2", "glm5", "glm4_0414"]),
    ("P_qwen2 after NFC", ["qwen3", "qwen2", "qwen2_5", "deepseek_r1_qwen"]),
    ("P_qwen35 after NFC", ["qwen3_5"]),
    ("P_tekken", ["tekken", "nemotron"]),
    ("P_kimi", ["kimi_k2"]),
    ("P_deepseek3", ["deepseek_v3", "deepseek_v4", "deepseek_r1", "deepseek_v3_1", "deepseek_v3_2"]),
    ("P_digits+gpt2", ["starcoder2", "command_r"]),
    ("P_falcon", ["falcon"]),
    ("SentencePiece BPE, dummy prefix", ["llama2", "mistral_v3", "grok1", "jamba", "mistral_v1", "mistral_v2", "mistral_v7"]),
    ("SentencePiece BPE, no prefix", ["gemma2"]),
    ("tokenizers BPE with byte fallback", ["gemma3", "gemma4", "phi3", "yi", "internlm2", "baichuan2"]),
]

ALPHABETS = [
    "etaoinshrdlucmfwypvbgkqjxz  ", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=",
    "aAbB'sStTrReEvVmMlLdD  19", " \n\r\t\u00a0\u3000\u2003a.1", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ab1",
    "0123456789.,- \u0661\u00bd\u00b2\u2167x", "aB\u00e9\u0416\u4e2d\u3042\uac00\u0e01\u0939\U0001f600\u0301\u200d\ufe0f \n1'.",
    "\u4e00\u4e8c\u4e2d\u56fd\u4eba\u7684\u662f\u4e0d\u6211\u3002\uff0c1a ", "\u3042\u30a2\u30fc\u3005\u3099\u4e9c\uff71\uff9e\u3001 ",
    "\u05d0\u05b8\u0628\u064e\u0661\u0915\u094d\u093c\u0e33\u0eb3\u1780\u17d2\u0f71\u0f74 ", "\u01c4\u01c5\u01c6\u02b0\u1d2c\u00aa\u0130\u0131\u017f\u212aA\u030a\u00c5e\u0301 '",
    "\U0001f468\u200d\U0001f469\U0001f3fd\u2764\ufe0f\U0001f1e9\U0001f1ea 1\u20e3#a", "\u1100\u1161\u11a8\uac00\uac01\u11a7\u115f\u1160\u3131 ",
    "\U00010d4a\U000105c0\U00016d43\u1c89\ua7cb\U0001cc00\U0001fae9\U0002ebf0\u0378\ue000\U000f0000\ufffe a1.",
    "\u2581 <0x0A>\u2581\u2581a\u0120\u010a", "/\\_-\n  \t=*#", "<|>_/endoftxims[]INST\uff5c\u2581 ",
]
CONTEXTS = ["%s", "a%sb", " %s 1%s", "X%s%s's"]


class Texts:
    """Batches of bytes; the same for every encoding with the same seed and corpora."""

    def __init__(self, seed, corpora):
        self.rng = random.Random(seed)
        self.corpora = corpora
        import golden_texts
        self.markers, self.words = golden_texts.MARKERS, golden_texts.WORDS

    def one(self):
        rng, kind = self.rng, self.rng.random()
        if kind < 0.40 or (kind < 0.75 and not self.corpora):
            n = rng.choice((1, 2, 3, 5, 8, 13, 20, 30, 50))
            return "".join(rng.choices(rng.choice(ALPHABETS), k=n)).encode("utf-8")
        if kind < 0.75:
            text = rng.choice(self.corpora)
            at = rng.randrange(len(text))
            return text[at:at + rng.choice((4, 12, 30, 60, 120))].encode("utf-8")
        if kind < 0.83:
            return "".join(chr(c if c < 0xD800 else c + 0x800)
                           for c in (rng.randrange(0x10F800) for _ in range(rng.randrange(1, 12)))).encode("utf-8")
        if kind < 0.90:
            return b"".join(rng.choice((b"\x80", b"\xff", b"\xe4\xb8", b"\xf0\x9f", b"\xed\xa0\x80", b"a", b" ", b"the",
                                        b"\n", b"\xe4\xb8\xad", b"\xcc\x81", b"\xc3", b"\xf4\x90", b"\xc0\xaf"))
                            for _ in range(rng.randrange(1, 14)))
        if kind < 0.93:
            return rng.randbytes(rng.randrange(1, 24))
        return self.marked()

    def marked(self):
        rng, out = self.rng, []
        for _ in range(rng.randrange(1, 5)):
            m = rng.choice(self.markers)
            if rng.random() < 0.15:
                m = m[:-1]
            out += [rng.choice(("", " ", "\n", "  ")), m, rng.choice(("", " ", "\n", "  ", ".")), rng.choice(self.words)]
        return "".join(out).encode("utf-8")

    def long(self):
        """A text about as long as a window of ours, hard to cut, with characters of many bytes at its edges."""
        rng = self.rng
        size = rng.choice((64, 4096, 32768, 65536, 65536, 131072, 262144)) + rng.randrange(-5, 6)
        out, n = [], 0
        while n < size:
            k = rng.random()
            if k < 0.3:
                part = rng.choice(rng.choice(ALPHABETS)) * rng.choice((3, 63, 64, 65, 700, 4097, 40000, 70000))
            elif k < 0.6:
                part = "".join(rng.choices(rng.choice(ALPHABETS), k=rng.choice((20, 300, 5000))))
            elif k < 0.7:
                part = (rng.choice((" ", "\n", "\r\n", "\t", "\u3000", " \n", "'s ", "a\u0301", "\U0001f468\u200d", "ab", "1 ")) *
                        rng.choice((10, 1000, 33000)))
            elif k < 0.8:
                part = self.one().decode("utf-8", errors="surrogateescape")
            elif self.corpora:
                text = rng.choice(self.corpora)
                at = rng.randrange(len(text))
                part = text[at:at + rng.choice((60, 3000, 20000))]
            else:
                part = " ".join(rng.choices(self.words, k=rng.choice((10, 500))))
            out.append(part)
            n += len(part.encode("utf-8", errors="surrogateescape"))
        data = "".join(out).encode("utf-8", errors="surrogateescape")[:size]
        return data + rng.choice((b"", b" ", b"\n", "\u4e2d".encode(), b"\xf0\x9f", "\U0001f600a".encode()))

    def batches(self, n, make):
        while n > 0:
            size = min(n, BATCH)
            yield [make() for _ in range(size)]
            n -= size


def scalar_batches():
    row = []
    for context in CONTEXTS:
        twice = context.count("%s") == 2
        group = []
        for c in range(0x110000):
            if 0xD800 <= c < 0xE000:
                continue
            group.append(context % ((chr(c), chr(c)) if twice else chr(c)))
            if len(group) == 16:
                row.append("\n".join(group).encode("utf-8"))
                group = []
                if len(row) == BATCH:
                    yield row
                    row = []
        if group:
            row.append("\n".join(group).encode("utf-8"))
    if row:
        yield row


def compare(driver, reference, batch, flags, bad):
    """Number of texts whose ids differ; the first few as (text, expected, got) in bad."""
    want = reference([b.decode("utf-8", errors="replace") for b in batch])
    n_ids, ids = driver.encode_flat(batch, flags)
    if n_ids == array.array("I", map(len, want)) and ids == array.array("I", itertools.chain.from_iterable(want)):
        return 0
    at = n = 0
    for text, w, k in zip(batch, want, n_ids):
        got = k
        if k < 0xFFFFFFFE:
            got = ids[at:at + k].tolist()
            at += k
        if got != w:
            n += 1
            if len(bad) < 8:
                bad.append((text, w, got))
    return n


def run_one(name, args):
    """A row of the record as a dict; runs in a process of its own."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["RAYON_NUM_THREADS"] = "1"
    import oracles
    from driver import SPECIAL, Driver, NoData
    start = time.time()
    row = {"name": name, "strings": 0, "scalars": 0, "long": 0, "trusted": 0, "mismatches": 0, "skip": None}
    bad = []
    try:
        oracle = oracles.open_oracle(name, oracles.Sources(args.sources))
        driver = Driver(args.driver, name, args.data, args.user, args.cache)
        driver.encode([b"a"])
    except oracles.Missing as e:
        return row | {"skip": "no source file: " + str(e)}, bad
    except NoData:
        return row | {"skip": "its data is not here"}, bad
    oracle.threads = 1
    row["with"] = oracle.implementation
    corpora = []
    if args.corpora:
        for file in sorted(os.listdir(args.corpora)):
            with open(os.path.join(args.corpora, file), encoding="utf-8", errors="replace") as f:
                corpora.append(f.read())
    texts = Texts(args.seed, corpora)
    for batch in texts.batches(args.strings, texts.one):
        row["mismatches"] += compare(driver, oracle.encode_batch, batch, 0, bad)
        row["strings"] += len(batch)
        if row["strings"] % 200000 == 0:
            print(f"  {name}: {row['strings']} strings, {row['mismatches']} differ, {time.time() - start:.0f} s",
                  file=sys.stderr, flush=True)
    if not args.no_scalars:
        for batch in scalar_batches():
            row["mismatches"] += compare(driver, oracle.encode_batch, batch, 0, bad)
        row["scalars"] = SCALARS * len(CONTEXTS)
    for _ in range(args.long):
        row["mismatches"] += compare(driver, oracle.encode_batch, [texts.long()], 0, bad)
        row["long"] += 1
    if oracle.has_trusted:
        for batch in texts.batches(args.trusted, texts.marked):
            row["mismatches"] += compare(driver, oracle.encode_batch_trusted, batch, SPECIAL, bad)
            row["trusted"] += len(batch)
    driver.close()
    row["seconds"] = round(time.time() - start)
    return row, bad


ROUND_TRIP = "Round trip: "
HEAD = "| family | encoding | strings | scalars x contexts | trusted | mismatches | reference | date | seconds |"


def read_record(path):
    rows = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            for line in f:
                cells = [c.strip() for c in line.strip().strip("|").split("|")]
                if len(cells) == 9 and re.fullmatch(r"[\d,]+", cells[2]):
                    rows[cells[1]] = line.rstrip("\n")
    return rows


def write_record(path, rows, round_trip):
    if not round_trip and os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            round_trip = "".join(line[len(ROUND_TRIP):].strip() for line in f if line.startswith(ROUND_TRIP))
    order = [(family, name) for family, names in FAMILIES for name in names if name in rows]
    lines = ["# Record of `make differential`", "",
             "Ids of our encoder against the official implementations; made by tools/dev/oracles/differential.py,",
             "which says what the strings are. A row is replaced when its encoding is run again.", "",
             HEAD, "|---|---|--:|--:|--:|--:|---|---|--:|"]
    lines += [rows[name] for _, name in order]
    if round_trip:
        lines += ["", ROUND_TRIP + round_trip]
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write("\n".join(lines) + "\n")


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--sources", action="append", required=True)
    ap.add_argument("--driver", default="build/tests/differential/encode_driver")
    for option in ("--data", "--user", "--cache", "--corpora", "--round-trip"):
        ap.add_argument(option)
    ap.add_argument("--strings", type=int, default=1000000)
    ap.add_argument("--trusted", type=int, default=100000)
    ap.add_argument("--long", type=int, default=200)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--no-scalars", action="store_true")
    ap.add_argument("--only", action="append")
    ap.add_argument("--record", help="default: no record is written")
    args = ap.parse_args()
    # The first encoding of every family before the second of any.
    names = [ns[k] for k in range(max(len(ns) for _, ns in FAMILIES)) for _, ns in FAMILIES
             if k < len(ns) and (not args.only or ns[k] in args.only)]
    family = {n: f for f, ns in FAMILIES for n in ns}
    rows = read_record(args.record) if args.record else {}
    passed = failed = 0
    pool = concurrent.futures.ProcessPoolExecutor(args.jobs, mp_context=multiprocessing.get_context("spawn"))
    for future in concurrent.futures.as_completed([pool.submit(run_one, n, args) for n in names]):
        row, bad = future.result()
        if row["skip"]:
            print(f"  skipped {row['name']}: {row['skip']}", flush=True)
            continue
        for text, want, got in bad:
            if len(text) > 4000:
                at = next((i for i, (w, g) in enumerate(zip(want, got)) if w != g), -1) if isinstance(got, list) else -1
                text, want, got = text[:4000] + b"...", f"... at {at}: {want[at:at + 20]}", got[at:at + 20] if isinstance(got, list) else got
            print(f"  DIFFERS {row['name']}: {text!r}\n    expected {want}\n    got      {got}")
        n = row["strings"] + row["scalars"] // 16 + row["long"] + row["trusted"]
        passed += n - row["mismatches"]
        failed += row["mismatches"]
        print(f"{row['name']:14} {row['strings']} strings, {row['scalars']} scalars in context, {row['long']} long, {row['trusted']} trusted: "
              f"{row['mismatches']} differ, {row['seconds']} s", flush=True)
        rows[row["name"]] = (f"| {family[row['name']]} | {row['name']} | {row['strings']:,} | {row['scalars']:,} | "
                             f"{row['trusted']:,} | {row['mismatches']} | {row['with']} | "
                             f"{datetime.date.today().isoformat()} | {row['seconds']} |")
        if args.record:
            write_record(args.record, rows, args.round_trip)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
