"""What peers.py measured as a report (Markdown), a picture (SVG) and verdicts; no measuring.

A ratio is our figure over that of the fastest exact peer of the same row, cold and warm apart,
each with whatever mode of whatever peer is fastest there. For counting a peer may use the
mode that makes ids; for ids only modes that make them. What was not measured is said to be
so, never passed.
"""
import html
import os

NAMES = {"gigatoken-files": "gigatoken"}
BYTE_LEVEL = ("o200k_base", "cl100k_base", "llama3", "qwen3")
SPM = ("gemma3", "llama2", "mistral_v3")
OTHERS = ("deepseek_v3", "kimi_k2", "tekken", "glm4")
ALL = ("english", "code", "cjk", "multilingual")
# Beyond the counting itself the command holds this much of its input at a time.
WINDOW_KB = 4096

# what, rows, op, least ratio cold, least ratio warm (None: not asked for)
SPEED = [
    ("count, English and code: o200k_base, cl100k_base, Llama 3, Qwen 3", BYTE_LEVEL, ALL[:2], "count", 2, 1.5),
    ("ids, the same", BYTE_LEVEL, ALL[:2], "ids", 1.5, 1.0),
    ("count, CJK and multilingual, the same vocabularies", BYTE_LEVEL, ALL[2:], "count", 3, 1.5),
    ("count, Gemma 3, Llama 2, Mistral v3, all four texts", SPM, ALL, "count", 3, 3),
    ("count, DeepSeek V3, Kimi K2, tekken, GLM, all four texts", OTHERS, ALL, "count", 2, 1.2),
    ("count, Claude (reconstructed), against ctok", ("claude_v3",), ALL, "count", 200, None),
]


def fastest(record, op, what, only=None):
    """(MB/s, who) of the fastest exact peer; (None, None) if there is none."""
    found = [(m[what], f"{NAMES.get(p, p)} {m['mode']}") for p, modes in record.get("peers", {}).items() for m in modes
             if m.get(what) and (op == "count" or m["gives"] == "ids") and (only is None or p == only)]
    return max(found, default=(None, None))


def our(record, op, what):
    return (record.get("ours", {}).get(op) or {}).get(what)


def ratio(record, op, what, only=None):
    if "error" in record:  # a speed of wrong answers is none
        return None
    mine, (theirs, _) = our(record, op, what), fastest(record, "ids" if op == "ids" else "count", what, only)
    return mine / theirs if mine and theirs else None


def one_line(name, record):
    if "error" in record and "mb_s" not in record:
        return record["error"]
    if "ours" in record and isinstance(record["ours"], dict):
        out = []
        for op in record["ours"]:
            for what in ("cold", "warm"):
                peer, who = fastest(record, "ids" if op == "ids" else "count", what)
                if our(record, op, what):
                    out.append(f"{op} {what} {rate(our(record, op, what))}" + (f" / {rate(peer)} {who}" if peer else ""))
        return "; ".join(out)
    if "mb_s" in record:
        kind = min(record["mb_s"], key=record["mb_s"].get)
        return f"slowest {kind}: {record['mb_s'][kind]:.1f} MB/s"
    if "seconds" in record:
        return ", ".join(f"{k} {v * 1e3:.0f} ms" for k, v in sorted(record["seconds"].items(), key=lambda kv: kv[1]))
    return ", ".join(f"{k} {v:.1f}" if isinstance(v, float) else f"{k} {v}" for k, v in record.items()
                     if k not in ("when", "quick", "rounds", "took_s"))


def worst_of(rows, names, op, what, only=None):
    """(smallest ratio, row it is from, rows that were not measured)."""
    seen, missing = [], []
    for n in names:
        r = ratio(rows[n], op, what, only) if n in rows else None
        if r is None:
            missing.append(n)
        else:
            seen.append((r, n))
    return (*min(seen, default=(None, None)), missing)


def verdict(ok, missing):
    if ok is None:
        return "not measured"
    if ok and missing:
        return f"incomplete, {len(missing)} not measured"
    return ("pass" if ok else "**fail**") + (f", {len(missing)} not measured" if missing else "")


def verdicts(rows):
    """[(what, at least, got, where, verdict)]"""
    out = []
    for what, vocabs, texts, op, cold, warm in SPEED:
        names = [f"speed/{v}/{t}" for v in vocabs for t in texts]
        for least, when in ((cold, "cold"), (warm, "warm")):
            if least is None:
                continue
            r, where, missing = worst_of(rows, names, op, when)
            out.append((f"{what}, {when}", f"{least:g} ×", r and f"{r:.2f} ×", where and where[6:],
                        verdict(r and r >= least, missing)))
    names = [n for n in rows if n.startswith("command/")]
    found = [(min(v for k, v in rows[n]["seconds"].items() if k != "ours") / rows[n]["seconds"]["ours"], n)
             for n in names if len(rows[n].get("seconds", {})) > 1]
    r, where = min(found, default=(None, None))
    out.append(("whole command on a file, load included, against load + one pass", "5 ×", r and f"{r:.2f} ×",
                where and where[8:], verdict(r and r >= 5, [])))
    for when in ("cold", "warm"):
        r, where, _ = worst_of(rows, ["pattern/english"], "count", when, "tokenizers")
        name = rows.get("pattern/english", {}).get("backend", "")
        out.append((f"a pattern only PCRE2 knows, against tokenizers, {when}", "5 ×", r and f"{r:.2f} ×",
                    f"backend {name}" if name else "", verdict(r and r >= 5, [])))
    found = [(rows[n]["many"] / rows[n]["one"], n, rows[n]["number"]) for n in ("threads/o200k_base/english", "threads/o200k_base/cjk")
             if rows.get(n, {}).get("one")]
    r, where, number = min(found, default=(None, "", 0))
    out.append((f"{number or 2} threads over one text", "1.9 ×", r and f"{r:.2f} ×", where and where[8:],
                verdict(r and r >= 1.9, [] if len(found) == 2 else ["one"])))
    p = rows.get("prompt", {})
    extra = p.get("over_ms")
    out.append(("1 KB, whole process, over an empty process", "≤ 1 ms", extra is not None and f"{extra:.2f} ms", "",
                verdict(None if extra is None else extra <= 1, [])))
    r = p["tiktoken_ms"] / p["ours_ms"] if "ours_ms" in p else None
    out.append(("1 KB, against Python that imports tiktoken", "50 ×", r and f"{r:.0f} ×", "", verdict(r and r >= 50, [])))
    names = [n for n in rows if n.startswith("strings/")]
    r, where, missing = worst_of(rows, names, "strings", "warm")
    out.append(("1 KB strings in a loop, one thread, warm", "3 ×", r and f"{r:.2f} ×", where and where[8:],
                verdict(r and r >= 3, missing)))
    m = rows.get("memory", {})
    for key, least, label in (("small", 16000, "1 KB"), ("large", 24000 + WINDOW_KB, "100 MB")):
        kb = m.get(key + "_kb")
        size = f"{m[key + '_bytes'] / 1e6:.0f} MB" if key == "large" and kb else label
        out.append((f"resident memory, {size}, one thread", f"≤ {least / 1e3:.0f} MB", kb and f"{kb / 1e3:.1f} MB", "",
                    verdict(kb and kb <= least, [])))
    found = [(v, f"{n[8:]}, {k}") for n in rows if n.startswith("hostile/") for k, v in rows[n].get("mb_s", {}).items()]
    r, where = min(found, default=(None, ""))
    out.append(("1 MB hostile texts, slowest, cold", "20 MB/s", r and f"{r:.1f} MB/s", where, verdict(r and r >= 20, [])))
    return [(a, b, c or "-", d or "", e) for a, b, c, d, e in out]


def rate(x):
    return "-" if x is None else f"{x:.0f}" if x >= 10 else f"{x:.2g}"


def table_of(rows, vocab, texts):
    lines = [f"### {vocab}", "",
             "| text | count cold | fastest peer | | count warm | fastest peer | | ids cold | peer | | ids warm | peer | |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for t in texts:
        record = rows.get(f"speed/{vocab}/{t}")
        if not record or not record.get("ours"):
            continue
        if "error" in record:
            lines.append(f"| {t} | {record['error']} |||||||||||||")
            continue
        cells = [t]
        for op in ("count", "ids"):
            for what in ("cold", "warm"):
                peer, who = fastest(record, op, what)
                r = ratio(record, op, what)
                cells += [rate(our(record, op, what)), f"{rate(peer)} {who.split(' ')[0] if who else ''}", f"{r:.1f} ×" if r else "-"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines + [""] if len(lines) > 4 else []


def peers_of(rows, name):
    """Every peer of a row: its best mode, or why it has no figure."""
    record, lines = rows[name], []
    ranked = sorted(((max(m["cold"] for m in ms), p) for p, ms in record.get("peers", {}).items()), reverse=True)
    for _, peer in ranked:
        ms = record["peers"][peer]
        cold, warm = max(ms, key=lambda m: m["cold"]), max(ms, key=lambda m: m["warm"] or 0)
        part = f", on the first {cold['bytes'] / 1e6:.1f} MB" if cold["bytes"] != record["bytes"] else ""
        lines.append(f"| {peer} | {rate(cold['cold'])} ({cold['mode']}) | {rate(warm['warm'])} ({warm['mode']}) | "
                     f"{min(m['load_ms'] for m in ms):.0f} | {min(m['peak_kb'] for m in ms) / 1e3:.0f} | {cold['runs']} runs{part} |")
    why = {}
    for who, reason in record.get("without", {}).items():
        why.setdefault(reason, []).append(who)
    for reason, whos in why.items():
        lines.append(f"| {', '.join(whos)} | - | - | - | - | {reason.replace('|', '/')} |")
    return lines


def report(state):
    rows, m = state["rows"], state.get("machine", {})
    days = sorted(r["when"] for r in rows.values())
    quick = sum(1 for r in rows.values() if r.get("quick"))
    lines = ["# Speed: ours and the others", "",
             f"Measured {days[0]} to {days[-1]} on {m.get('cpu', '?')}, {m.get('processors', '?')} processors, "
             f"{m.get('memory_gb', '?')} GB, Linux {m.get('kernel', '?')}; {m.get('compiler', '?')}; Python {m.get('python', '?')}.",
             "MB/s of 10^6 bytes, medians; README.md says how, and what is fair. Made by `make bench-peers`.", ""]
    short = sum(1 for r in rows.values() if r.get("short"))
    if short:
        lines += [f"**{short} of {len(rows)} rows are from a short run** (10 MB heads, one round, the fastest peers only).", ""]
    cpu = sum(1 for r in rows.values() if r.get("cpu_time"))
    if cpu:
        lines += [f"**{cpu} of {len(rows)} rows are from a machine that was not idle**: one thread's seconds are of computing, "
                  "not of the clock, ours and the peers' alike; all others are of the clock and say little.", ""]
    if quick:
        lines += [f"**{quick} of {len(rows)} rows are from a quick run** (small heads of the texts, one round): cold figures of "
                  "peers that fill tables first are too low there. Not to be quoted.", ""]
    lines += ["Versions: " + ", ".join(f"{p} {v}" for p, v in sorted(state.get("versions", {}).items()) if p not in NAMES) + ".",
              "Texts: " + "; ".join(f"{t} {d['bytes']} bytes, SHA-256 {d['sha256'][:16]}…" for t, d in state.get("texts", {}).items())
              + ".", "", "![bars](results.svg)", "", "## What must hold", "",
              "| what | at least | got (worst row) | where | |", "|---|--:|--:|---|---|"]
    lines += ["| " + " | ".join(v) + " |" for v in verdicts(rows)]
    lines += ["", "## Whole texts, one thread", ""]
    vocabs = dict.fromkeys(n.split("/")[1] for n in rows if n.startswith("speed/"))
    for v in vocabs:
        lines += table_of(rows, v, ALL)
    lines += ["## The other rows", "", "| row | |", "|---|---|"]
    lines += [f"| {n} | {one_line(n, r)} |" for n, r in rows.items() if not n.startswith("speed/")]
    lines += ["", "## Every peer", ""]
    for n in rows:
        if n.split("/")[0] in ("speed", "batch", "strings", "pattern") and "peers" in rows[n]:
            lines += [f"### {n}", "", "| peer | cold MB/s (mode) | warm MB/s (mode) | load ms | peak MB | |",
                      "|---|--:|--:|--:|--:|---|", *peers_of(rows, n), ""]
    return "\n".join(lines).rstrip() + "\n"


STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .page { fill: #fff }
  .head { font-weight: 600; font-size: 14px } .small { fill: #57606a }
  .cold { fill: #8c959f } .warm { fill: #8c959f; opacity: .45 }
  .mine .cold { fill: #1f7a5c } .mine .warm { fill: #1f7a5c; opacity: .45 }
  @media (prefers-color-scheme: dark) { .page { fill: #0d1117 } text { fill: #e6edf3 } .small { fill: #9198a1 }
    .mine .cold, .mine .warm { fill: #3fb68b } }"""


def picture(state, vocab="o200k_base", most=7):
    """Bars of counting one text, cold and warm, ours first; light and dark pages alike."""
    rows, groups = state["rows"], []
    for t in ALL:
        record = rows.get(f"speed/{vocab}/{t}", {})
        if not our(record, "count", "cold"):
            continue
        bars = {}
        for peer, ms in record.get("peers", {}).items():
            name = NAMES.get(peer, peer)
            bar = (max(m["cold"] for m in ms), max(m["warm"] or 0 for m in ms))
            bars[name] = tuple(map(max, bar, bars.get(name, (0, 0))))
        ranked = sorted(bars.items(), key=lambda kv: -kv[1][0])[:most]
        mine = (our(record, "count", "cold"), our(record, "count", "warm") or 0)
        groups.append((t, [("tokcount", mine), *ranked]))
    top = max((max(b) for _, bars in groups for _, b in bars), default=1)
    width, left, right, step, y = 860, 110, 150, 24, 46
    out = [f'<text class="head" x="10" y="20">Counting with {html.escape(vocab)}, one thread, MB/s</text>',
           '<text class="small" x="10" y="38">upper bar: first pass of a fresh process; lower: later passes over the same text</text>']
    for t, bars in groups:
        y += 26
        out.append(f'<text class="head" x="10" y="{y}">{t}</text>')
        y += 8
        for i, (name, (cold, warm)) in enumerate(bars):
            a, b = ((width - left - right) * v / top for v in (cold, warm))
            out.append('<g class="mine">' if i == 0 else "<g>")
            out.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{html.escape(name)}</text>'
                       f'<rect class="cold" x="{left}" y="{y + 3}" width="{a:.1f}" height="8"/>'
                       f'<rect class="warm" x="{left}" y="{y + 11}" width="{b:.1f}" height="7"/>'
                       f'<text class="small" x="{left + max(a, b) + 8:.1f}" y="{y + 14}">{rate(cold)} / {rate(warm)}</text></g>')
            y += step
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 16}" viewBox="0 0 {width} {y + 16}" '
            f'role="img" aria-label="Speed of counting">\n<style>{STYLE}\n</style>\n'
            f'<rect class="page" width="{width}" height="{y + 16}"/>\n' + "\n".join(out) + "\n</svg>\n")


def write(state, report_path, svg_path):
    if not state["rows"]:
        return
    for path, text in ((report_path, report(state)), (svg_path, picture(state))):
        if path:
            with open(path + ".part", "w", encoding="utf-8") as f:
                f.write(text)
            os.replace(path + ".part", path)
