#!/usr/bin/env python3
"""The block cache of "tokcount audit --format mooncake" against vLLM's own code, on random request streams.

    vllm_blocks.py TOKCOUNT --vllm DIR [--streams 1000]

DIR holds vLLM's sources (its sdist unpacked: a folder with vllm/v1/core/block_pool.py); needs cbor2. The real
block_pool, kv_cache_utils and utils.hashing are imported, everything else of vLLM and torch is a stub, so that
neither a GPU nor torch is needed. A stream is 20 to 60 requests that begin alike in many ways, through a pool
small enough that blocks are evicted; hits and evictions of every stream must be the same numbers.
"""
import argparse, importlib, json, pathlib, random, subprocess, sys, tempfile, types

import stubs

REAL = {"vllm.v1.core.kv_cache_utils", "vllm.v1.core.block_pool", "vllm.utils.hashing", "vllm.utils.math_utils"}
BLOCK = 16


def stream(rng):
    words = [[rng.randrange(1000) for _ in range(rng.randrange(1, 90))] for _ in range(6)]
    out, talks = [], []
    for _ in range(rng.randrange(20, 60)):
        if talks and rng.random() < 0.5:
            t = rng.choice(talks) + [rng.randrange(1000) for _ in range(rng.randrange(1, 40))]
        else:
            t = [x for w in rng.sample(words, rng.randrange(1, 4)) for x in w] + [rng.randrange(1000) for _ in range(rng.randrange(0, 20))]
        t = t[:400]
        talks.append(t)
        out.append(t)
    return out


def main():
    a = argparse.ArgumentParser()
    a.add_argument("tokcount")
    a.add_argument("--vllm", required=True)
    a.add_argument("--streams", type=int, default=1000)
    a = a.parse_args()
    stubs.install(a.vllm, REAL, {"vllm", "torch"})
    sha256 = importlib.import_module("vllm.utils.hashing").sha256
    utils = importlib.import_module("vllm.v1.core.kv_cache_utils")
    BlockPool = importlib.import_module("vllm.v1.core.block_pool").BlockPool
    utils.init_none_hash(sha256)
    rng = random.Random(7)
    wrong = hits_all = evicted_all = requests = 0
    with tempfile.TemporaryDirectory() as d:
        for s in range(a.streams):
            size = rng.randrange(8, 90)
            pool = BlockPool(size + 1, True, BLOCK)  # one is the null block
            hit_tokens = evicted = 0
            lines = []
            remove = pool._maybe_evict_cached_block

            def counted(block):
                nonlocal evicted
                gone = remove(block)
                evicted += bool(gone)
                return gone

            pool._maybe_evict_cached_block = counted
            for tokens in stream(rng):
                hashes, parent = [], None
                for i in range(len(tokens) // BLOCK):
                    parent = utils.hash_block_tokens(sha256, parent, tokens[i * BLOCK:(i + 1) * BLOCK])
                    hashes.append(parent)
                lines.append(json.dumps({"input_length": len(tokens), "block_size": BLOCK, "hash_ids": [int.from_bytes(h[:8], "big") >> 1 for h in hashes]}))
                requests += 1
                need = -(-len(tokens) // BLOCK)
                if need > size:
                    continue
                found = []
                for h in hashes[:(len(tokens) - 1) // BLOCK]:
                    b = pool.get_cached_block(h, [0])
                    if not b:
                        break
                    found.append(b[0])
                pool.touch(found)
                blocks = found + pool.get_new_blocks(need - len(found))
                pool.cache_full_blocks(types.SimpleNamespace(block_hashes=hashes), blocks, len(found), len(hashes), BLOCK, 0)
                pool.free_blocks(list(reversed(blocks)))
                hit_tokens += BLOCK * len(found)
            path = pathlib.Path(d, "s.jsonl")
            path.write_text("\n".join(lines) + "\n")
            got = json.loads(subprocess.run([a.tokcount, "audit", "-q", "--format", "mooncake", "--provider", "vllm", "--cache-size", str(size), "--json", path],
                                            stdout=subprocess.PIPE, check=True).stdout)
            if (got["hit_tokens"], got["evicted_blocks"]) != (hit_tokens, evicted):
                wrong += 1
                print(f"stream {s}: vLLM {hit_tokens} tokens, {evicted} evicted; here {got['hit_tokens']}, {got['evicted_blocks']}")
            hits_all += hit_tokens
            evicted_all += evicted
    print(f"vLLM: {a.streams} streams, {requests} requests, {hits_all} tokens read, {evicted_all} blocks evicted: {wrong} streams differ")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
