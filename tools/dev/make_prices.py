#!/usr/bin/env python3
"""Makes optimizer/money/prices_data.def, prices_alias.def and prices_disagreements.tsv.

  make_prices.py [--cache DIR] [--check] OUTDIR

Base: PyPI genai-prices (dates, hours, tiers, batch). Overlay and second opinion: npm
@earendil-works/pi-ai (models.dev). Own rows: prices_overlay.tsv. All pinned below by version
and SHA-256 of the files read. One row is one set of prices: provider, model, mode, tier,
days it holds, hours it holds.

Gates, each listed in prices_disagreements.tsv and flagged in the row where it is about one:
the two packages say different prices; a price below a whole picodollar a token is rounded to
the nearest (ties up); cache read above input, cache write below input; output 0 beside a paid
input. --check writes nothing and fails if a committed file would change.

Needs Python 3.9, pip and npm. Neither package is run: genai-prices' data file is Python, and is
evaluated with stand-ins for its classes.
"""
import argparse
import collections
import datetime
import hashlib
import json
import os
import re
import sys
import tarfile
import zipfile
from decimal import Decimal, ROUND_HALF_UP

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from vocab_fetch import FetchError, fetch_package  # noqa: E402

GENAI = ("PyPI", "genai-prices", "0.2.3")
GENAI_SHA = "5f4d8e175a91cf23cac17da33a4daa60a6a6c49525109c97e93db220d5197206"
PI = ("npm", "@earendil-works/pi-ai", "1.5.2")
PI_SHA = "0c33c6f51ada4481d6069ed3db2e99b958fe99e940c61e0fb49fa901fd8f4a17"
CHECKED = {"GP": "2026-11-23", "PI": "2026-11-10", "OWN": "2026-11-23"}
TODAY = datetime.date(2026, 11, 23)
OVERLAY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prices_overlay.tsv")

# price key of genai-prices -> (our unit, its divisor); per token, or per call
UNITS = collections.OrderedDict([
    ("input_mtok", "IN"), ("output_mtok", "OUT"), ("cache_read_mtok", "READ"),
    ("cache_write_mtok", "W5M"), ("cache_write_1h_mtok", "W1H"),
    ("output_reasoning_mtok", "REASON"),
    ("input_audio_mtok", "AIN"), ("cache_audio_read_mtok", "AREAD"), ("output_audio_mtok", "AOUT"),
    ("input_image_mtok", "IIN"), ("cache_image_read_mtok", "IREAD"), ("output_image_mtok", "IOUT"),
    ("input_video_mtok", "VIN"), ("output_video_mtok", "VOUT"),
])
CALLS = {"requests_kcount": "REQ", "web_searches_kcount": "SEARCH"}
COMMON = ["IN", "OUT", "READ", "W5M", "W1H"]
RARE = ["REASON", "AIN", "AREAD", "AOUT", "IIN", "IREAD", "IOUT", "VIN", "VOUT", "STORE", "REQ", "SEARCH"]
# what else a model may be charged by; a row of such a model is flagged
OTHER = {"audio_hours": "audio by the second", "input_audio_hours": "audio by the second",
         "input_document_kpages": "pages", "input_annotated_document_kpages": "pages",
         "input_mchars": "characters", "input_text_messages_kcount": "text messages",
         "output_citation_mtok": "citation tokens"}
IGNORED = {"storage_searches_kcount"}
MODES = {("processing", "batch"): "BATCH", ("service_tier", "flex"): "FLEX",
         ("service_tier", "priority"): "PRIORITY", ("service_tier", "fast"): "FAST",
         ("speed", "fast"): "FAST"}
# our provider ids are genai-prices'; pi-ai's files
PI_PROVIDERS = {"amazon-bedrock": "aws", "anthropic": "anthropic", "azure": "azure", "baseten": "baseten",
                "cerebras": "cerebras", "cloudflare-workers-ai": "cloudflare", "deepseek": "deepseek",
                "fireworks": "fireworks", "github-copilot": "github-copilot", "google": "google",
                "groq": "groq", "meta": "meta", "minimax": "minimax", "mistral": "mistral",
                "moonshotai": "moonshotai", "openai": "openai", "openrouter": "openrouter",
                "together": "together", "xai": "x-ai", "xiaomi": "xiaomi", "zai": "zai",
                "vercel-ai-gateway": "vercel-ai-gateway", "huggingface": None, "google-vertex": None}


# as optimizer/money/prices.c strips it
DATED = re.compile(r"(-20\d\d-\d\d-\d\d|[-@]20\d{6}|-preview-\d\d-\d\d)$")


class Stand:
    """Stands in for every class of the data file: keeps the keyword arguments."""
    def __init__(self, *args, **kw):
        self.__dict__.update(kw)
        self.args = args


def classes():
    names = ["Provider", "ModelInfo", "ModelPrice", "TieredPrices", "Tier", "ConditionalPrice",
             "PriceVariant", "StartDateConstraint", "TimeOfDateConstraint", "ClauseStartsWith",
             "ClauseEndsWith", "ClauseContains", "ClauseRegex", "ClauseEquals", "ClauseOr", "ClauseAnd",
             "UsageExtractor", "UsageExtractorMapping", "ArrayMatch"]
    return {n: type(n, (Stand,), {}) for n in names}


def load_genai(path):
    with zipfile.ZipFile(path) as z:
        source = z.read("genai_prices/data.py")
    if hashlib.sha256(source).hexdigest() != GENAI_SHA:
        raise FetchError(f"genai_prices/data.py: SHA-256 {hashlib.sha256(source).hexdigest()}, not the pinned one")
    space = dict(classes(), datetime=datetime, Decimal=Decimal)
    text = source.decode().replace("from .types import *", "").replace("list[Provider]", "list")
    exec(compile(text, "data.py", "exec"), space)  # the pinned bytes, nothing else
    return space["providers"]


def load_pi(path):
    out, digest = {}, hashlib.sha256()
    with tarfile.open(path) as t:
        for name in sorted(n for n in t.getnames() if re.search(r"providers/data/[a-z-]+\.json$", n)):
            data = t.extractfile(name).read()
            digest.update(data)
            provider = PI_PROVIDERS.get(os.path.basename(name)[:-5])
            if provider is None:
                continue
            for api in json.loads(data, parse_float=Decimal).values():
                for row in api.values():
                    if row.get("type", "chat") == "chat" and row.get("cost"):
                        out.setdefault(provider, {}).setdefault(row["id"].lower(), (row["id"], row["cost"]))
    if digest.hexdigest() != PI_SHA:
        raise FetchError(f"pi-ai's data files: SHA-256 {digest.hexdigest()}, not the pinned one")
    return out


# --- genai-prices' own matching, to see which model a name means there ------------------------

def matches(m, text):
    kind, text = type(m).__name__, text.lower()
    if kind == "ClauseEquals":
        return text == m.equals.lower()
    if kind == "ClauseStartsWith":
        return text.startswith(m.starts_with.lower())
    if kind == "ClauseEndsWith":
        return text.endswith(m.ends_with.lower())
    if kind == "ClauseContains":
        return m.contains.lower() in text
    if kind == "ClauseRegex":
        return bool(re.search(m.regex, text))
    if kind == "ClauseOr":
        return any(matches(c, text) for c in m.or_)
    return all(matches(c, text) for c in m.and_)


def names_of(m):
    """Other names a match rule spells out in full."""
    kind = type(m).__name__
    if kind == "ClauseEquals":
        return [m.equals]
    if kind == "ClauseStartsWith":
        return [m.starts_with.rstrip("-@:.")]
    if kind == "ClauseContains" and "." in m.contains:
        return [m.contains]
    if kind == "ClauseOr":
        return [n for c in m.or_ for n in names_of(c)]
    return []


# --- prices -----------------------------------------------------------------------------------

class Log:
    def __init__(self):
        self.lines = []

    def add(self, kind, provider, model, what):
        self.lines.append((kind, provider, model, what))


def whole(value, scale, where, log):
    exact = Decimal(value) * scale
    n = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if n != exact:
        log.add("rounded", where[0], where[1], f"{where[2]} {value} dollars per million -> {n} picodollars a token")
    return n


def tiers_of(prices, where, log):
    """{above: {unit: picodollars}} of one ModelPrice, and what else it charges by."""
    other = sorted({OTHER[k] for k in vars(prices) if k in OTHER})
    flat = {}
    for key, value in vars(prices).items():
        if key == "args" or key in OTHER or key in IGNORED or value is None:
            continue
        if key in UNITS:
            scale, unit = Decimal(10) ** 6, UNITS[key]
        elif key in CALLS:
            scale, unit = Decimal(10) ** 9, CALLS[key]
        else:
            raise FetchError(f"{where}: unknown price key {key}")
        if type(value).__name__ == "TieredPrices":
            steps = [(0, value.base)] + [(t.start, t.price) for t in value.tiers]
        else:
            steps = [(0, value)]
        flat[unit] = [(start, whole(price, scale, (*where, key), log)) for start, price in steps]
    starts = sorted({s for steps in flat.values() for s, _ in steps})
    out = {}
    for start in starts or [0]:
        out[start] = {u: [p for s, p in sorted(steps) if s <= start][-1] for u, steps in flat.items()}
    return out, other


def overlaid(base, over):
    starts = sorted(set(base) | set(over))
    at = lambda t, s: t[max(k for k in t if k <= s)]  # noqa: E731
    return {s: {**at(base, s), **at(over, s)} for s in starts}


def day(d):
    return d.year * 10000 + d.month * 100 + d.day if d else 0


def minute(t):
    if t.tzinfo is not None and t.utcoffset() not in (None, datetime.timedelta(0)):
        raise FetchError(f"an hour that is not UTC: {t}")
    return t.hour * 60 + t.minute


def is_date(c):
    return type(c).__name__ == "StartDateConstraint"


Row = collections.namedtuple("Row", "provider model mode above start end first last days src flags prices")


def segments(conditions):
    """conditions: [(constraint, prices)]. Yields (start, end, always, [(first, last, prices)])."""
    dates = sorted({c.start_date for c, _ in conditions if is_date(c)})
    for i, start in enumerate([None] + dates):
        end = dates[i] if i < len(dates) else None
        always, at = conditions[0][1], 0
        for k, (c, p) in enumerate(conditions):
            if c is None or (is_date(c) and start and c.start_date <= start):
                always, at = p, k
        hours = [(minute(c.start_time), minute(c.end_time), p) for k, (c, p) in enumerate(conditions)
                 if c is not None and not is_date(c) and k > at]
        yield start, end, always, hours


def model_rows(provider, m, peak, log):
    rows, where = [], (provider, m.id)
    conditions = ([(getattr(c, "constraint", None) or (c.args[0] if c.args else None), c.prices) for c in m.prices]
                  if isinstance(m.prices, list) else [(None, m.prices)])
    variants = getattr(m, "price_variants", None) or []
    for v in variants:
        if tuple(v.when.items())[0] not in MODES and tuple(v.when.items())[0] != ("service_tier", "default"):
            log.add("left out", provider, m.id, f"prices of {v.when}")
    cuts = sorted({getattr(v, "constraint", None).start_date for v in variants
                   if is_date(getattr(v, "constraint", None))})
    for start, end, always, hours in segments(conditions):
        base, other = tiers_of(always, where, log)
        flags = ["PARTIAL"] if other else []
        if other:
            log.add("partial", provider, m.id, "also charged by " + ", ".join(other))
        blocks = [(None, None, base)] + [(a, b, tiers_of(p, where, log)[0]) for a, b, p in hours]
        edges = [start] + [c for c in cuts if (start is None or c > start) and (end is None or c < end)] + [end]
        for first, last, tiers in blocks:
            for above, prices in tiers.items():
                rows.append(Row(provider, m.id, "STD", above, start, end, first, last, 127, "GP", flags, prices))
        for lo, hi in zip(edges, edges[1:]):
            over = {}
            for v in variants:
                c = getattr(v, "constraint", None)
                mode = MODES.get(tuple(v.when.items())[0])
                if len(v.when) != 1 or mode is None or (c is not None and (lo is None or c.start_date > lo)):
                    continue
                t, _ = tiers_of(v.prices, where, log)
                over[mode] = overlaid(t, over[mode]) if mode in over else t  # the first variant wins
            for mode, t in over.items():
                for above, prices in overlaid(base, t).items():
                    rows.append(Row(provider, m.id, mode, above, lo, hi, None, None, 127, "GP", flags, prices))
    return peak_rows(rows, peak) if peak else rows


def peak_rows(rows, peak):
    """The two daily windows hold from a day on, and from another one on working days only. Before
    the package's newest off-peak price they are twice the off-peak price of their time."""
    since, weekdays = peak
    flat = [r for r in rows if r.first is None]
    current = [r for r in flat if r.mode == "STD"][-1]
    out = list(flat)
    for r in (r for r in rows if r.first is not None):
        lo, hi = max(r.start or since, since), r.end
        if hi is not None and hi <= lo:
            continue
        base = [f for f in flat if f.mode == "STD" and f.above == r.above and f.start == r.start][-1]
        newest = [x for x in rows if x.first == r.first and x.start == current.start][-1]
        prices = ({u: 2 * p for u, p in base.prices.items()} if r.start != current.start else newest.prices)
        src = "OWN" if r.start != current.start else r.src
        for a, b, days in ((lo, min(weekdays, hi) if hi else weekdays, 127),
                           (max(lo, weekdays), hi, 31)):
            if b is None or a < b:
                out.append(r._replace(start=a, end=b, days=days, prices=prices, src=src))
    return out


# --- own rows ---------------------------------------------------------------------------------

def read_overlay():
    rows = []
    with open(OVERLAY, encoding="ascii") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                kind, provider, models, value, start, source, checked = line.rstrip("\n").split("\t")
                rows.append((kind, provider, models.split(), value,
                             None if start == "-" else datetime.date.fromisoformat(start)))
    return rows


def named(models, model):
    return models == ["*"] or model in models


def apply_overlay(rows, overlay, log):
    out = []
    for r in rows:
        for kind, provider, models, value, start in overlay:
            if provider != r.provider or not named(models, r.model):
                continue
            if kind == "storage":
                r = r._replace(prices=dict(r.prices, STORE=int(Decimal(value) * 10 ** 6)))
            if kind == "write_1h" and "claude" in r.model.lower() and "W5M" in r.prices and "W1H" not in r.prices:
                r = r._replace(prices=dict(r.prices, W1H=int(value) * r.prices["IN"]))
                log.add("own", r.provider, r.model, f"{r.mode.lower()} 1 h cache write is {value}x input")
        out.append(r)
    for kind, provider, models, _, opened in overlay:
        if kind == "batch":
            out += batch_history(out, provider, opened, log)
    return out


def batch_history(rows, provider, opened, log):
    """Batch rows before the first day the package has one, at the same ratios to standard."""
    new = []
    for model in sorted({r.model for r in rows if r.provider == provider}):
        mine = [r for r in rows if r.provider == provider and r.model == model and r.first is None]
        batch = sorted((r for r in mine if r.mode == "BATCH"), key=lambda r: (r.start or datetime.date.min, r.above))
        if not batch or batch[0].start is None or batch[0].start <= opened:
            continue
        first = batch[0].start
        std = [r for r in mine if r.mode == "STD" and (r.start is None or r.start <= first)
               and (r.end is None or r.end > first)]
        ratio = {}
        for u, p in batch[0].prices.items():
            s = next(r for r in std if r.above == 0).prices.get(u)
            ratio[u] = 2 if s and p * 2 == s else 1
        if ratio["IN"] != 2:
            log.add("own", provider, model, "batch input is not half of standard: no batch price before " + str(first))
            continue
        for r in (r for r in mine if r.mode == "STD"):
            lo, hi = max(r.start or opened, opened), min(r.end or first, first)
            same = [b for b in batch if b.start == first and b.above == r.above]
            if lo >= hi:
                continue
            if r in std and same:  # the standard price of that day: its batch price as published
                prices = same[0].prices
            elif all(p % ratio.get(u, 1) == 0 for u, p in r.prices.items()):
                prices = {u: p // ratio.get(u, 1) for u, p in r.prices.items()}
            else:
                continue
            new.append(r._replace(mode="BATCH", start=lo, end=hi, src="OWN", prices=prices))
        log.add("own", provider, model, f"the batch discount held from {opened} to {first} too")
    return new


# --- the second package -----------------------------------------------------------------------

PI_KEYS = {"input": "IN", "output": "OUT", "cacheRead": "READ", "cacheWrite": "W5M"}


def pi_tiers(provider, model, cost, log):
    out = {}
    for above, c in [(0, cost)] + [(t["inputTokensAbove"], t) for t in cost.get("tiers", [])]:
        out[above] = {u: whole(c[k], Decimal(10) ** 6, (provider, model, k), log)
                      for k, u in PI_KEYS.items() if c.get(k) or k in ("input", "output")}
    return out


def active(rows, when):
    return [r for r in rows if r.mode == "STD" and r.first is None and (r.start is None or r.start <= when)
            and (r.end is None or r.end > when)]


def compare(rows, pi, resolve, log):
    """Flags rows the packages disagree about and adds the models only pi-ai has."""
    by_model = collections.defaultdict(list)
    for r in rows:
        by_model[r.provider, r.model.lower()].append(r)
    flagged, added, agree = set(), [], 0
    for provider, models in sorted(pi.items()):
        for low, (model, cost) in sorted(models.items()):
            scratch = Log()
            theirs = pi_tiers(provider, model, cost, scratch)
            if theirs[0]["IN"] == 0 and theirs[0]["OUT"] == 0:
                continue  # a subscription or a free model: no price
            known = resolve(provider, low)
            if known is None:
                if model.startswith("~") or theirs[0]["OUT"] == 0:
                    log.add("left out", provider, model, "only pi-ai has it, with output 0")
                    continue
                log.lines += scratch.lines
                added += [Row(provider, model, "STD", above, None, None, None, None, 127, "PI", [], p)
                          for above, p in theirs.items()]
                continue
            seller, known = known
            now = {r.above: r for r in active(by_model[seller, known.lower()], TODAY)}
            if not now:
                continue
            # "from 200,000 on" is above 199,999 in one and above 200,000 in the other
            theirs = {next((a for a in now if abs(a - t) == 1), t): p for t, p in theirs.items()}
            wrong = []
            for above in sorted(set(now) | set(theirs)):
                mine = now[max(a for a in now if a <= above)].prices
                its = theirs[max(a for a in theirs if a <= above)]
                for u in PI_KEYS.values():
                    a, b = mine.get(u), its.get(u)
                    if u in ("READ", "W5M") and (not a or not b):
                        continue  # 0 there means "none given"
                    if a != b:
                        wrong.append(f"{u}{f' above {above}' if above else ''}: {a} here, {b} in pi-ai")
            peak = [r.prices for r in by_model[seller, known.lower()] if r.first is not None and r.end is None]
            if wrong and all(theirs[0].get(u) in (None, p.get(u)) for p in peak for u in PI_KEYS.values()) and peak:
                wrong = []  # it lists the peak price
            if wrong and seller != provider:  # at a price of its own
                added += [Row(provider, model, "STD", above, None, None, None, None, 127, "PI", ["DISAGREE"], p)
                          for above, p in theirs.items()]
            if wrong:
                flagged.add((provider, known.lower()))
                log.add("disagree", provider, model, "; ".join(wrong))
            else:
                agree += 1
    out = [r._replace(flags=r.flags + ["DISAGREE"]) if (r.provider, r.model.lower()) in flagged and r.mode == "STD"
           and (r.end is None or r.end > TODAY) else r for r in rows]
    return out, added, agree


def gates(rows, log):
    for r in active(rows, TODAY):
        p, where = r.prices, f" above {r.above}" if r.above else ""
        if p.get("READ") is not None and p["READ"] > p.get("IN", 0):
            log.add("odd", r.provider, r.model, f"cache read {p['READ']} above input {p.get('IN', 0)}{where}")
        if p.get("W5M") and p["W5M"] < p.get("IN", 0):
            log.add("odd", r.provider, r.model, f"cache write {p['W5M']} below input {p.get('IN', 0)}{where}")
        if p.get("OUT") == 0 and p.get("IN", 0) > 0:
            log.add("odd", r.provider, r.model, f"output is free, input is not{where}")


# --- writing ----------------------------------------------------------------------------------

def merged(rows):
    """Rows that go on at the same prices are one."""
    out = []
    for r in sorted(rows, key=lambda r: (r.provider, r.model.lower(), r.mode, r.above, r.first or -1, r.days, day(r.start))):
        last = out[-1] if out else None
        if (last and last.end is not None and last.end == r.start and last.src == r.src and last.prices == r.prices
                and last._replace(start=0, end=0, flags=0) == r._replace(start=0, end=0, flags=0)):
            out[-1] = last._replace(end=r.end, flags=r.flags)
        else:
            out.append(r)
    return out


def sort_key(r):
    return (r.provider, r.model.lower(), MODE_ORDER.index(r.mode), day(r.start), -1 if r.first is None else r.first,
            r.above, day(r.end))


MODE_ORDER = ["STD", "BATCH", "FLEX", "PRIORITY", "FAST"]


def row_text(r):
    rare = any(u in r.prices for u in RARE)
    cell = lambda u: str(r.prices[u]) if u in r.prices else "_"  # noqa: E731
    when = "ALWAYS" if r.first is None else f"AT({r.first}, {r.last}, {'ALL_DAYS' if r.days == 127 else 'MON_FRI'})"
    flags = " | ".join(sorted(set(r.flags))) or "0"
    head = f'"{r.provider}", "{r.model}", {r.mode}, {r.above}, {day(r.start)}, {day(r.end)}, {when}, {r.src}, {flags}'
    body = ", ".join(cell(u) for u in COMMON + (RARE if rare else []))
    return f"{'PRICE_ALL' if rare else 'PRICE'}({head}, {body})\n"


HEAD = """/*
 * prices_data.def - list prices, one row a set of them. Made by tools/dev/make_prices.py from
 * PyPI genai-prices {0} (MIT, Copyright (c) Pydantic Services Inc.) and npm
 * @earendil-works/pi-ai {1} (MIT); own rows from tools/dev/prices_overlay.tsv. Do not edit:
 * change the overlay, or give a price file of your own.
 *
 * PRICE(provider, model, mode, above, from, to, when, source, flags, input, output, cache read,
 *       cache write 5 min, cache write 1 h): picodollars a token, _ where there is none.
 * PRICE_ALL: then reasoning, audio in, audio read, audio out, image in, image read, image out,
 *       video in, video out, storage of a token for an hour, a request, a web search.
 * above: holds where the whole input has more tokens than this. from, to: yyyymmdd, the first
 * day, the first day no longer; 0 is open. Sorted by provider and model in lower case.
 * SOURCE(name, what, the day it was looked at)
 */
SOURCE(GP, "PyPI genai-prices {0}", "{2}")
SOURCE(PI, "npm @earendil-works/pi-ai {1}", "{3}")
SOURCE(OWN, "tokcount's own rows", "{4}")
"""


def write(path, text, check, changed):
    try:
        with open(path, encoding="ascii") as f:
            old = f.read()
    except FileNotFoundError:
        old = None
    if old != text:
        changed.append(path)
        if not check:
            with open(path, "w", encoding="ascii") as f:
                f.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", default="build/packages")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("outdir")
    a = parser.parse_args()
    os.makedirs(a.cache, exist_ok=True)
    log = Log()
    providers = load_genai(fetch_package(*GENAI, a.cache))
    pi = load_pi(fetch_package(*PI, a.cache))
    overlay = read_overlay()
    rows, alias, index = [], {}, {}
    for p in providers:
        index[p.id] = p
        for m in p.models:
            peak = next(((start, datetime.date.fromisoformat(value)) for kind, pid, names, value, start in overlay
                         if kind == "peak" and pid == p.id and m.id in names), None)
            mine = [r for r in model_rows(p.id, m, peak, log) if r.prices]
            if not any("IN" in r.prices or "OUT" in r.prices for r in mine):
                log.add("left out", p.id, m.id, "no price per token")
                continue
            rows += mine

    def find(provider, name):
        p = index.get(provider)
        return next((m.id for m in p.models if matches(m.match, name)), None) if p else None

    have = {(r.provider, r.model.lower()) for r in rows}
    for p in providers:
        for m in p.models:
            if (p.id, m.id.lower()) not in have:
                continue
            if find(p.id, m.id.lower()) != m.id:
                log.add("shadowed", p.id, m.id, f"genai-prices' own matching finds {find(p.id, m.id.lower())}")
            for n in names_of(m.match):
                n = n.lower()
                if n and not n.startswith("ft:") and (p.id, n) not in have and find(p.id, n) == m.id:
                    alias[p.id, n] = m.id

    def resolve(provider, low):
        plain = re.sub(r"-v\d+(:\d+)?$", "", low)
        for n in (low, plain, low + "-v1:0", DATED.sub("", plain)):
            if (provider, n) in alias or (provider, n) in have:
                return provider, alias.get((provider, n), n)
        # sold at the owner's price
        for other in (getattr(index.get(provider), "fallback_model_providers", None) or []):
            if resolve(other, low):
                return resolve(other, low)
        return None

    rows = apply_overlay(rows, overlay, log)
    hour = [o for o in overlay if o[0] == "write_1h"]
    rows, added, agree = compare(merged(rows), pi, resolve, log)
    rows += apply_overlay(added, hour, log)
    gates(rows, log)
    for r in rows:
        for u, v in r.prices.items():
            limit = 2 ** 32 - 2 if u not in ("REQ", "SEARCH") else 2 ** 63
            if v < 0 or v > limit:
                raise FetchError(f"{r.provider} {r.model}: {u} {v} does not fit")
    rows = sorted(set(r._replace(prices=tuple(sorted(r.prices.items())), flags=tuple(r.flags)) for r in rows), key=sort_key)
    rows = [r._replace(prices=dict(r.prices), flags=list(r.flags)) for r in rows]
    changed = []
    join = os.path.join
    write(join(a.outdir, "prices_data.def"),
          HEAD.format(GENAI[2], PI[2], CHECKED["GP"], CHECKED["PI"], CHECKED["OWN"]) + "".join(row_text(r) for r in rows), a.check, changed)
    write(join(a.outdir, "prices_alias.def"),
          "/*\n * prices_alias.def - other names of models, made by tools/dev/make_prices.py: the names that\n"
          " * genai-prices' match rules spell out in full, where its own calculator takes them for this\n"
          " * model. ALIAS(provider, name, model), sorted by provider and name.\n */\n"
          + "".join(f'ALIAS("{p}", "{n}", "{m}")\n' for (p, n), m in sorted(alias.items())), a.check, changed)
    log.lines = sorted(set(log.lines))
    counts = collections.Counter(k for k, *_ in log.lines)
    write(join(a.outdir, "prices_disagreements.tsv"),
          "# What the price sources do not agree on, and what was done about it. Made by\n"
          "# tools/dev/make_prices.py; one line each: kind, provider, model, what. Prices in picodollars\n"
          f"# a token. pi-ai agrees on {agree} models.\n"
          "# disagree: the row here is genai-prices' (newer), flagged. rounded: below a picodollar.\n"
          "# odd: both prices are as published. own: rows of prices_overlay.tsv. left out, partial: what\n"
          "# is not charged by the token. shadowed: genai-prices' calculator cannot reach its own row.\n"
          + "".join("\t".join(x) + "\n" for x in log.lines), a.check, changed)
    models = len({(r.provider, r.model) for r in rows})
    print(f"{len(rows)} rows, {models} models, {len({r.provider for r in rows})} providers, {len(alias)} aliases, "
          f"{agree} agree; " + ", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
    if a.check and changed:
        raise FetchError(f"{', '.join(changed)}: not what the pinned packages make; run make prices-data")


if __name__ == "__main__":
    try:
        main()
    except FetchError as e:
        sys.exit(f"make_prices.py: {e}")
