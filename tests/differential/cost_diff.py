#!/usr/bin/env python3
"""Random usage records through "tokcount cost --jsonl" and through genai-prices' calculator.

    cost_diff.py TOKCOUNT [--records N] [--seed S] [--record FILE]

Needs PyPI genai-prices 0.2.3. Every model of that package is drawn, those of the big owners five
times as often, with random counts, days from 2024 to mid-2027 and ways of serving, both as our own record (the
calculator is given the same counts) and as the provider's own response (it is read by the
package's extractor). Costs must be equal to the picodollar.

A difference is explained only if it is one of CORRECTIONS and has the size that correction
gives; anything else fails. Models their calculator cannot find by their own id, and records it
refuses, are skipped and counted.
"""
import argparse
import collections
import datetime
import json
import random
import subprocess
import sys
from decimal import Decimal

import genai_prices
from genai_prices import Usage, types
from genai_prices.data import providers

UTC = datetime.timezone.utc
CORRECTIONS = {
    "batch-history": "the package knows batch prices from October 2026 on; the discount is as old as "
                     "the batch API (prices_overlay.tsv)",
    "hour-write": "an hour's cache write of a Claude model is twice the input; the package lacks the "
                  "price for this model and charges a five-minute one",
    "peak-days": "DeepSeek's peak prices began on a day and leave weekends out since 2026-08-23; the "
                 "package cannot say so, as its own comments tell",
    "rounded": "a price below a whole picodollar a token (one third of a cent, or a float's dust)",
    "no-price": "the package has an empty price (a free or not listed model): zero there, unpriced here",
    "other-units": "the package bills audio by the hour, pages or characters too",
}
PER = Decimal(10) ** 12
UNITS = ["input", "cached", "cache_write_5m", "cache_write_1h", "output", "reasoning", "search",
         "audio_input", "audio_output"]
BATCH = {"processing": "batch"}


def random_count(rng):
    kind = rng.random()
    if kind < 0.2:
        return 0
    if kind < 0.7:
        return rng.randrange(1, 5000)
    if kind < 0.95:
        return rng.randrange(5000, 250000)
    return rng.randrange(250000, 3000000)


def draw(rng, pool):
    provider, model = rng.choice(pool)
    n = {u: 0 for u in UNITS}
    for u in ("input", "output"):
        n[u] = random_count(rng)
    for u, p in (("cached", .5), ("cache_write_5m", .25), ("cache_write_1h", .2), ("reasoning", .4)):
        if rng.random() < p:
            n[u] = random_count(rng)
    keys = vars(segments(model)[0].prices)
    for u, key in (("audio_input", "input_audio_mtok"), ("audio_output", "output_audio_mtok")):
        if keys.get(key) is not None and rng.random() < .7:
            n[u] = random_count(rng)
    if rng.random() < .1:
        n["search"] = rng.randrange(1, 20)
    at = datetime.datetime(2024, 1, 1, tzinfo=UTC) + datetime.timedelta(minutes=rng.randrange(int(3.4 * 525960)))
    if rng.random() < .3:  # the days on which most prices change
        at = datetime.datetime(2026, 8, 1, tzinfo=UTC) + datetime.timedelta(minutes=rng.randrange(150 * 1440))
    return provider, model, n, at, rng.random() < .25


def total_in(n):
    return n["input"] + n["cached"] + n["cache_write_5m"] + n["cache_write_1h"] + n["audio_input"]


def usage_of(n):
    audio = {k: v for k, v in (("input_audio_tokens", n["audio_input"]), ("output_audio_tokens", n["audio_output"])) if v}
    if n["audio_input"] and n["cached"]:
        audio["cache_audio_read_tokens"] = 0
    return Usage(**audio, input_tokens=total_in(n), cache_read_tokens=n["cached"], cache_write_tokens=n["cache_write_5m"] + n["cache_write_1h"],
                 cache_write_1h_tokens=n["cache_write_1h"], output_tokens=n["output"] + n["reasoning"] + n["audio_output"],
                 output_reasoning_tokens=n["reasoning"], web_searches=n["search"])


# --- as the provider writes it ---------------------------------------------------------------

def as_anthropic(model, n):
    return {"type": "message", "model": model, "usage": {
        "input_tokens": n["input"], "cache_read_input_tokens": n["cached"],
        "cache_creation_input_tokens": n["cache_write_5m"] + n["cache_write_1h"],
        "cache_creation": {"ephemeral_5m_input_tokens": n["cache_write_5m"],
                           "ephemeral_1h_input_tokens": n["cache_write_1h"]},
        "server_tool_use": {"web_search_requests": n["search"]},
        "output_tokens": n["output"] + n["reasoning"],
        "output_tokens_details": {"thinking_tokens": n["reasoning"]}}}


def as_chat(model, n, provider):
    prompt = n["input"] + n["cached"] + n["cache_write_5m"]
    answer = n["output"] + (0 if provider == "x-ai" else n["reasoning"])
    usage = {"prompt_tokens": prompt, "completion_tokens": answer,
             "total_tokens": prompt + n["output"] + n["reasoning"],
             "prompt_tokens_details": {"cached_tokens": n["cached"], "cache_write_tokens": n["cache_write_5m"]},
             "completion_tokens_details": {"reasoning_tokens": n["reasoning"]}}
    return {"object": "chat.completion", "model": model, "usage": usage}


def as_responses(model, n):
    prompt, answer = n["input"] + n["cached"] + n["cache_write_5m"], n["output"] + n["reasoning"]
    return {"object": "response", "model": model, "usage": {
        "input_tokens": prompt, "input_tokens_details": {"cached_tokens": n["cached"], "cache_write_tokens": n["cache_write_5m"]},
        "output_tokens": answer, "output_tokens_details": {"reasoning_tokens": n["reasoning"]},
        "total_tokens": prompt + answer}}


def as_gemini(model, n):
    prompt = n["input"] + n["cached"]
    return {"modelVersion": model, "usageMetadata": {
        "promptTokenCount": prompt, "cachedContentTokenCount": n["cached"], "candidatesTokenCount": n["output"],
        "thoughtsTokenCount": n["reasoning"], "totalTokenCount": prompt + n["output"] + n["reasoning"]}}


def as_bedrock(model, n):
    w5, w1 = n["cache_write_5m"], n["cache_write_1h"]
    return {"model": model, "usage": {
        "inputTokens": n["input"], "outputTokens": n["output"], "cacheReadInputTokens": n["cached"],
        "cacheWriteInputTokens": w5 + w1, "totalTokens": n["input"] + n["output"] + n["cached"] + w5 + w1,
        "cacheDetails": [{"ttl": "5m", "inputTokens": w5}, {"ttl": "1h", "inputTokens": w1}]}}


def shape(rng, provider, model, n):
    """(record, flavour of their extractor) or None: the counts that the shape can say stay in n."""
    flavors = {e.api_flavor for e in provider.extractors or []}
    def keep(*units):
        for u in UNITS:
            if u not in units:
                n[u] = 0
    if provider.id == "anthropic":
        return as_anthropic(model, n), "default"
    if provider.id == "google" and "default" in flavors and "gemini" in model:
        keep("input", "cached", "output", "reasoning")
        return as_gemini(model, n), "default"
    if provider.id == "aws":
        keep("input", "cached", "cache_write_5m", "cache_write_1h", "output")
        return as_bedrock(model, n), "default"
    if "responses" in flavors and rng.random() < .5 and provider.id in ("openai", "azure"):
        keep("input", "cached", "cache_write_5m", "output", "reasoning")
        return as_responses(model, n), "responses"
    if "chat" in flavors and provider.id in ("openai", "azure", "deepseek", "x-ai", "zai", "groq", "moonshotai"):
        keep("input", "cached", "output", "reasoning",
             *(["cache_write_5m"] if provider.id in ("openai", "azure") else []))
        return as_chat(model, n, provider.id), "chat"
    return None


# --- explanations -------------------------------------------------------------------------------

def segments(model):
    return model.prices if isinstance(model.prices, list) else [types.ConditionalPrice(prices=model.prices)]


def value(price, total):
    if isinstance(price, types.TieredPrices):
        out = price.base
        for t in price.tiers:
            if total > t.start:
                out = t.price
        return out
    return price


def scaled(price, by):
    if isinstance(price, types.TieredPrices):
        return types.TieredPrices(base=price.base / by,
                                  tiers=[types.Tier(start=t.start, price=t.price / by) for t in price.tiers])
    return price / by


def fraction_of(model):
    """Does any price of the model fall between whole picodollars?"""
    for c in segments(model):
        for v in vars(c.prices).values():
            vs = [v.base] + [t.price for t in v.tiers] if isinstance(v, types.TieredPrices) else [v]
            if any(isinstance(x, Decimal) and x * 1000000 % 1 for x in vs):
                return True
    return False


def explain(provider, model, n, at, batch, mine, theirs, out):
    price = model.get_prices(at, BATCH if batch else None)
    keys = {k for k, v in vars(price).items() if v is not None and not k.startswith("_")}
    if mine is None:
        return "no-price" if not keys or not keys & {"input_mtok", "output_mtok"} else None
    if keys - {"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok",
               "output_reasoning_mtok", "web_searches_kcount", "requests_kcount", "storage_searches_kcount",
               "input_audio_mtok", "cache_audio_read_mtok", "output_audio_mtok", "input_image_mtok",
               "cache_image_read_mtok", "output_image_mtok", "input_video_mtok", "output_video_mtok"}:
        return "other-units" if "other units" in (out.get("why") or "") else None
    total = total_in(n)
    if fraction_of(model):
        return "rounded" if abs(mine - theirs) <= (total + n["output"] + n["reasoning"]) / Decimal(2) else None
    if provider.id == "deepseek" and any(
            isinstance(c.constraint, types.TimeOfDateConstraint) and c.constraint.active(at) for c in segments(model)):
        off = [c for c in segments(model) if not isinstance(c.constraint, types.TimeOfDateConstraint)
               and (c.constraint is None or c.constraint.active(at))][-1].prices
        lower = off.calc_price(usage_of(n))["total_price"] * PER
        since = datetime.date(2026, 9, 10) if model.id == "deepseek-flash" else datetime.date(2026, 8, 17)
        if mine == lower and (at.weekday() >= 5 or at.date() < since):
            return "peak-days"
        newer = at.date() >= datetime.date(2026, 8, 17) and at.date() < datetime.date(2026, 9, 10)
        return "peak-days" if newer and mine == 2 * lower else None
    if batch and out["source"] == "tokcount's own rows":
        starts = [v.constraint.start_date for v in model.price_variants or [] if v.when == BATCH and v.constraint]
        if not starts or at.date() >= min(starts):
            return None
        first = datetime.datetime.combine(min(starts), datetime.time(12), UTC)
        there, std = model.get_prices(first, BATCH), model.get_prices(at)
        # as published on that first day, or half of what was standard then
        half = {k: scaled(v, 1 if k == "web_searches_kcount" or getattr(there, k, None) ==
                          getattr(model.get_prices(first), k, None) else 2)
                for k, v in vars(std).items() if v is not None and not k.startswith("_")}
        costs = [p.calc_price(usage_of(n))["total_price"] * PER for p in (there, types.ModelPrice(**half))]
        if n["cache_write_1h"] and "claude" in model.id.lower() and "cache_write_1h_mtok" not in keys:
            return None
        return "batch-history" if mine in costs else None
    if n["cache_write_1h"] and "claude" in model.id.lower() and "cache_write_1h_mtok" not in keys:
        w = value(price.cache_write_mtok, total)
        more = (2 * value(price.input_mtok, total) - w) * n["cache_write_1h"] * 1000000
        return "hour-write" if w is not None and mine - theirs == more else None
    return None


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("tokcount")
    ap.add_argument("--records", type=int, default=20000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--record", help="write the result into this file too")
    a = ap.parse_args()
    rng = random.Random(a.seed)
    pool = [(p, m) for p in providers for m in p.models]
    pool += 4 * [(p, m) for p, m in pool if p.id in ("anthropic", "openai", "google", "deepseek", "mistral", "x-ai")]
    cases, lines, skipped = [], [], collections.Counter()
    while len(cases) < a.records:
        provider, model, n, at, batch = draw(rng, pool)
        if not usage_of(n)._reported_values():
            continue
        record = None
        if rng.random() < .4:
            record = shape(rng, provider, model.id, n)
        context = BATCH if batch else None
        try:
            if record is None:
                got = genai_prices.calc_price(usage_of(n), model.id, provider_id=provider.id,
                                              genai_request_timestamp=at, price_context=context)
            else:
                e = genai_prices.extract_usage(record[0], provider_id=provider.id, api_flavor=record[1])
                if e.model is None:
                    raise LookupError
                got = e.calc_price(genai_request_timestamp=at, price_context=context)
        except LookupError:
            skipped["not found by their own calculator"] += 1
            continue
        except ValueError:
            skipped["refused by their calculator"] += 1
            continue
        if got.model is not model:
            skipped["another model by their own matching"] += 1
            continue
        line = dict(record[0]) if record else dict({"model": model.id}, **n)
        line.update(provider=provider.id, at=at.isoformat())
        if batch:
            line["service_tier" if record else "batch"] = "batch" if record else True
        cases.append((provider, model, n, at, batch, got.total_price * PER, "own" if record is None else record[1]))
        lines.append(json.dumps(line))
    done = subprocess.run([a.tokcount, "cost", "--jsonl", "-", "--on-error", "report", "--quiet"],
                          input="\n".join(lines).encode(), stdout=subprocess.PIPE)
    out = [json.loads(x) for x in done.stdout.splitlines()]
    if len(out) != len(cases):
        sys.exit(f"cost_diff.py: {len(cases)} records in, {len(out)} answers")
    equal, unexplained, why, models = 0, [], collections.Counter(), set()
    for (provider, model, n, at, batch, theirs, kind), o in zip(cases, out):
        models.add((provider.id, model.id))
        mine = o["picodollars"]
        if mine is not None and mine == theirs:
            equal += 1
            continue
        reason = explain(provider, model, n, at, batch, mine, theirs, o)
        if reason:
            why[reason] += 1
        else:
            unexplained.append((provider.id, model.id, kind, n, at, batch, theirs, o))
    report = [f"{len(cases)} records, {len(models)} models of {len({p for p, _ in models})} providers, seed {a.seed}: "
              f"{equal} equal, {sum(why.values())} explained, {len(unexplained)} unexplained differences"]
    report += [f"  {n} {k}: {CORRECTIONS[k]}" for k, n in why.most_common()]
    report += [f"  skipped: {n} {k}" for k, n in skipped.most_common()]
    print("\n".join(report))
    for u in unexplained[:20]:
        print(*u)
    if a.record:
        with open(a.record, "w", encoding="utf-8") as f:
            f.write("# tokcount cost against genai-prices 0.2.3 (make cost-diff)\n\n" + "\n".join(report) + "\n")
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
