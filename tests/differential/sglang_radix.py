#!/usr/bin/env python3
"""The radix cache of "tokcount audit --format mooncake --provider sglang" against SGLang's own code, on random streams.

    sglang_radix.py TOKCOUNT --sglang DIR [--streams 1000]

DIR holds SGLang's sources (its wheel unpacked: a folder with sglang/srt/mem_cache/radix_cache.py). The real
radix_cache, base_prefix_cache, evict_policy, cache_init_params, events and utils are imported; everything else of SGLang
is a stub. torch too: the tree keeps tensors of slot numbers, of which it only takes lengths, slices and
copies, so a list with those is in its place. Its clock is a counter, so that no two uses have one time.

A stream is 20 to 60 requests that begin alike in many ways, through pages of 1, 4 or 16 tokens and a pool small
enough that leaves are evicted. A request does what SGLang's scheduler does with one that runs alone: it matches
all but its last token, holds that path, evicts as much as it lacks, inserts its prompt, lets go. One that needs
more than can be evicted is not admitted. Hits and evictions of every stream must be the same numbers.
"""
import argparse, array, hashlib, importlib, json, pathlib, random, subprocess, sys, tempfile

import stubs
from vllm_blocks import stream

MEM = "sglang.srt.mem_cache."
REAL = {MEM + m for m in ("radix_cache", "base_prefix_cache", "evict_policy", "cache_init_params", "events", "utils")}


class Tensor(list):
    def __getitem__(self, i):
        got = list.__getitem__(self, i)
        return Tensor(got) if isinstance(i, slice) else got

    def clone(self):
        return Tensor(self)


class Allocator:
    """Counts what the tree gives back."""
    device = "cpu"

    def __init__(self):
        self.freed = 0

    def free_segment(self, slots, start_pos=0):
        self.freed += len(slots)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("tokcount")
    a.add_argument("--sglang", required=True)
    a.add_argument("--streams", type=int, default=1000)
    a = a.parse_args()
    stubs.install(a.sglang, REAL, {"sglang", "torch"})
    torch = importlib.import_module("torch")
    torch.Tensor, torch.empty, torch.tensor = Tensor, lambda shape, **k: Tensor(), lambda values, **k: Tensor(values)
    radix = importlib.import_module(MEM + "radix_cache")
    base = importlib.import_module(MEM + "base_prefix_cache")
    now = iter(range(1, 1 << 60))
    radix.time = type("Clock", (), {"monotonic": staticmethod(lambda: next(now)), "perf_counter": staticmethod(lambda: 0.0)})
    rng = random.Random(9)
    wrong = hits_all = evicted_all = requests = refused = 0
    with tempfile.TemporaryDirectory() as d:
        for s in range(a.streams):
            page = rng.choice([1, 4, 16])
            size = rng.randrange(8, 90) * 16 // page  # in pages
            slots = Allocator()
            tree = radix.RadixCache.create_simulated(mock_allocator=slots, page_size=page)
            hit_tokens, lines = 0, []
            for tokens in stream(rng):
                requests += 1
                h, chain = b"", []
                for i in range(len(tokens) // page):
                    h = hashlib.sha256(h + repr(tokens[i * page:(i + 1) * page]).encode()).digest()
                    chain.append(int.from_bytes(h[:8], "big") >> 1)
                lines.append(json.dumps({"input_length": len(tokens), "block_size": page, "hash_ids": chain}))
                key = lambda n: radix.RadixKey(array.array("q", tokens[:n]))
                found = tree.match_prefix(base.MatchPrefixParams(key=key(len(tokens) - 1)))
                hit = found.device_prefix_len
                tree.inc_lock_ref(found.last_device_node)
                need = -(-len(tokens) // page) * page - hit
                free = size * page - tree.total_size()
                if need > free + tree.evictable_size():
                    refused += 1
                    tree.dec_lock_ref(found.last_device_node)
                    continue
                if need > free:
                    tree.evict(base.EvictParams(num_tokens=need - free))
                tree.insert(base.InsertParams(key=key(len(tokens)), value=Tensor(range(len(tokens)))))
                tree.dec_lock_ref(found.last_device_node)
                assert tree.total_size() <= size * page
                hit_tokens += hit
            path = pathlib.Path(d, "s.jsonl")
            path.write_text("\n".join(lines) + "\n")
            got = json.loads(subprocess.run([a.tokcount, "audit", "-q", "--format", "mooncake", "--provider", "sglang", "--cache-size", str(size), "--json", path],
                                            stdout=subprocess.PIPE, check=True).stdout)
            if (got["hit_tokens"], got["evicted_blocks"] * page) != (hit_tokens, slots.freed):
                wrong += 1
                print(f"stream {s}, pages of {page}: SGLang {hit_tokens} tokens, {slots.freed} evicted; here {got['hit_tokens']}, {got['evicted_blocks'] * page}")
            hits_all += hit_tokens
            evicted_all += slots.freed
    print(f"SGLang: {a.streams} streams, {requests} requests ({refused} not admitted), {hits_all} tokens read, {evicted_all} evicted: {wrong} streams differ")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
