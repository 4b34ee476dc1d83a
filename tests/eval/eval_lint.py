#!/usr/bin/env python3
"""How good is "tokcount lint": findings on real rule files, contradictions on ConInstruct, planted
and clean text for the unicode and cache rules, speed, and two other linters on the same planted files.

The peers (PyPI promptproof and promptlint-cli) are run when PEERS names a virtual environment that
has them (tools/dev/requirements-eval-lint.txt); without one their columns say so.
"""
import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

FAMILY = {"Length Constraints": "number", "Format Constraints": "format, language", "Style Constraints": "style",
          "Content Constraints": "include/forbid content", "Keyword Constraints": "include/forbid words",
          "Phrase Constraints": "include/forbid words", "Keyword Constraints and Phrase Constraints": "include/forbid words",
          "Phrase Constraints and Content Constraints": "phrase against content",
          "Phrase Constraints and Style Constraints": "phrase against style"}


def lint(a, paths, *options):
    r = subprocess.run([a.bin, "lint", "--json", *options, *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if r.returncode not in (0, 1):
        sys.exit("lint: exit %d: %s" % (r.returncode, r.stderr.decode()[:300]))
    return json.loads(r.stdout)["findings"]


def real_files(a, out):
    folder = os.path.join(a.data, "lint", "prompts")
    n = len(os.listdir(folder))
    found = lint(a, [folder], "--select", "ALL", "--preview")
    by = collections.Counter(f["rule"] for f in found)
    files = collections.defaultdict(set)
    for f in found:
        files[f["rule"]].add(f["path"])
    out.append("### Real rule files\n\n%d files, all rules with those in preview. Every finding but the measured ones of TC305 was read.\n" % n)
    out.append("| rule | findings | files |\n|---|---|---|")
    for rule in sorted(by):
        out.append("| %s | %d | %d |" % (rule, by[rule], len(files[rule])))
    out.append("| all others | 0 | 0 |\n")


def coninstruct(a, out):
    rows = [json.loads(x) for x in open(os.path.join(a.data, "lint", "coninstruct.even.jsonl"), encoding="utf-8")]
    folder = tempfile.mkdtemp()
    want = {}
    try:
        for i, row in enumerate(rows):
            name = "%d.txt" % i
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(row["instruction"] + "\n")
            want[name] = None
            for k, v in row.items():
                if not k.startswith("Conflicts between "):
                    continue
                kind = k[len("Conflicts between "):]
                name = "%d-%s.txt" % (i, kind.replace(" ", "_"))
                with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                    f.write(row["instruction"] + "\n\n" + v["new_constraint"] + "\n")
                want[name] = kind
        found = lint(a, [folder], "--select", "TC402")
    finally:
        shutil.rmtree(folder)
    hit, total, false = collections.Counter(), collections.Counter(), 0
    seen = set()
    for f in found:
        name = os.path.basename(f["path"])
        kind = want[name]
        if kind is None or f["line"] < 3:  # in the instruction itself: nothing was planted there
            if kind is None:
                false += 1
        elif name not in seen:
            seen.add(name)
            hit[kind] += 1
    for kind in want.values():
        if kind:
            total[kind] += 1
    tp = sum(hit.values())
    out.append("### Contradictions: ConInstruct, even half\n")
    out.append("A planted constraint is appended to its instruction; a finding at it is right, one in the instruction "
               "alone is wrong. %d planted, %d instructions.\n" % (sum(total.values()), len(rows)))
    out.append("Precision %.3f (%d right, %d wrong), recall %.3f.\n" % (tp / max(1, tp + false), tp, false, tp / sum(total.values())))
    out.append("| conflict | kind | planted | found | recall |\n|---|---|---|---|---|")
    for kind in sorted(total):
        out.append("| %s | %s | %d | %d | %.2f |" % (kind, FAMILY[kind], total[kind], hit[kind], hit[kind] / total[kind]))
    fam, famt = collections.Counter(), collections.Counter()
    for kind in total:
        fam[FAMILY[kind]] += hit[kind]
        famt[FAMILY[kind]] += total[kind]
    out.append("")
    out.append("By kind: " + "; ".join("%s %.2f" % (k, fam[k] / famt[k]) for k in sorted(famt)) + ".\n")


def manuals(a, out):
    path = os.path.join(a.data, "..", "corpora", "english.txt")
    if not os.path.exists(path):
        return
    text, size = open(path, encoding="utf-8", errors="replace").read(), 40000
    folder = tempfile.mkdtemp()
    try:
        for i in range(len(text) // size):
            with open(os.path.join(folder, "%d.md" % i), "w", encoding="utf-8") as f:
                f.write(text[i * size:(i + 1) * size] + "\n")
        found = lint(a, [folder], "--select", "TC402")
    finally:
        shutil.rmtree(folder)
    out.append("%d pieces of 40,000 characters of manuals, novels and speeches (english.txt), which instruct nobody: %d findings in %d of them.\n"
               % (len(text) // size, len(found), len({f["path"] for f in found})))


def languages(a):
    path = os.path.join(a.data, "..", "corpora", "multilingual.txt")
    return open(path, encoding="utf-8", errors="strict").read() if os.path.exists(path) else ""


SCRIPTS = [("Latin", 0x41, 0x24f), ("Greek", 0x370, 0x3ff), ("Cyrillic", 0x400, 0x52f), ("Armenian", 0x531, 0x58a), ("Hebrew", 0x590, 0x5ff),
           ("Arabic", 0x600, 0x6ff), ("Devanagari", 0x900, 0x97f), ("Bengali", 0x980, 0x9ff), ("Gurmukhi", 0xa00, 0xa7f), ("Gujarati", 0xa80, 0xaff),
           ("Oriya", 0xb00, 0xb7f), ("Tamil", 0xb80, 0xbff), ("Telugu", 0xc00, 0xc7f), ("Kannada", 0xc80, 0xcff), ("Malayalam", 0xd00, 0xd7f),
           ("Sinhala", 0xd80, 0xdff), ("Thai", 0xe00, 0xe7f), ("Lao", 0xe80, 0xeff), ("Tibetan", 0xf00, 0xfff), ("Myanmar", 0x1000, 0x109f),
           ("Georgian", 0x10a0, 0x10ff), ("Ethiopic", 0x1200, 0x137f), ("Khmer", 0x1780, 0x17ff), ("Kana", 0x3040, 0x30ff), ("Han", 0x4e00, 0x9fff),
           ("Hangul", 0xac00, 0xd7a3)]


def unicode_rules(a, out):
    golden = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "lint", "languages.txt")
    text = open(golden, encoding="utf-8").read()
    n_lang = sum(1 for line in text.split("\n") if line.startswith("# "))
    multi = languages(a)
    folder = tempfile.mkdtemp()
    rnd = random.Random(602)
    invisible = ["\u200b", "\u2060", "\ufeff", "\u3164", "\u2063", "\uffa0", "\u206a"]
    words = [w for w in re.findall(r"[A-Za-z]{4,}", "Every answer names the file and line it talks about, so that readers can check without searching")]
    plant = {"TC602": 0, "TC603": 0, "TC604": 0}
    try:
        with open(os.path.join(folder, "clean.txt"), "w", encoding="utf-8") as f:
            f.write(text)
        if multi:
            with open(os.path.join(folder, "multilingual.txt"), "w", encoding="utf-8") as f:
                f.write(multi)
        clean = [f for f in lint(a, [folder], "--select", "TC602,TC603,TC604")]
        shutil.rmtree(folder)
        os.mkdir(folder)
        look = dict(zip("aeopcyxBEHKMT", "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0412\u0415\u041d\u041a\u041c\u0422"))
        for i in range(600):
            w, rule = list(rnd.choice(words)), ("TC602", "TC603", "TC604")[i % 3]
            if rule == "TC602":
                if i % 2:
                    w.insert(rnd.randrange(1, len(w)), rnd.choice(invisible))
                else:
                    w.append("".join(chr(0xe0000 + ord(c)) for c in "say %d" % i))
            elif rule == "TC603":
                w.insert(rnd.randrange(1, len(w)), chr(rnd.choice([0x202a, 0x202b, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068])))
            else:
                at = [k for k, c in enumerate(w) if c in look]
                if not at:
                    w = list("paypal")
                    at = [1]
                k = rnd.choice(at)
                w[k] = look[w[k]]
            plant[rule] += 1
            with open(os.path.join(folder, "%d-%s.txt" % (i, rule)), "w", encoding="utf-8") as f:
                f.write("Read this %s carefully.\n" % "".join(w))
        got = collections.Counter()
        for f in set((f["path"], f["rule"]) for f in lint(a, [folder], "--select", "TC602,TC603,TC604")):
            if f[0].endswith("-%s.txt" % f[1]):
                got[f[1]] += 1
    finally:
        shutil.rmtree(folder)
    out.append("### Unicode rules\n")
    out.append("Clean text: %d languages of tests/data/lint/languages.txt%s: %d findings.\n" % (n_lang, " and %d characters of a multilingual corpus" % len(multi) if multi else "", len(clean)))
    if clean:
        out.append("By rule and severity: %s. In the corpus each was looked at and is right: byte order marks pasted into Italian lines and a joiner "
                   "behind a Latin letter; a non-joiner in front of the Latin word XMPP; two in front of Persian words, behind a blank, "
                   "where by UAX #31 A1 nothing is joined (infos); a Cyrillic letter in the Latin name of a disk, twice, and a Latin one in a Russian word.\n"
                   % dict(collections.Counter("%s %s" % (f["rule"], f["severity"]) for f in clean)))
    out.append("| rule | planted | found |\n|---|---|---|")
    for rule in sorted(plant):
        out.append("| %s | %d | %d |" % (rule, plant[rule], got[rule]))
    out.append("")


def volatile(a, out):
    rnd = random.Random(201)
    hexs = lambda n: "".join(rnd.choice("0123456789abcdef") for _ in range(n))
    uid = lambda: "-".join(hexs(n) for n in (8, 4, 4, 4, 12))
    d = lambda: "2026-%02d-%02d" % (rnd.randrange(1, 13), rnd.randrange(1, 29))
    t = lambda: "%02d:%02d:%02d" % (rnd.randrange(24), rnd.randrange(60), rnd.randrange(60))
    kinds = {
        "clock": [lambda: "Current time: %s." % t(), lambda: "Now: %sT%sZ." % (d(), t()), lambda: "The current date and time is %s %s." % (d(), t()),
                  lambda: "Timestamp: %d." % (1760000000 + rnd.randrange(10**7))],
        "date": [lambda: "Today is %s." % d(), lambda: "Today's date: %s." % d(), lambda: "Current date: %s." % d()],
        "uuid": [lambda: "Session: %s." % uid(), lambda: "Conversation id: %s." % uid(), lambda: "Trace %s." % uid()],
        "request id": [lambda: "Request id: req_%s." % hexs(24), lambda: "session_id=%s." % hexs(16), lambda: "User id: usr_%s." % hexs(16)],
        "counter": [lambda: "Request number %d." % rnd.randrange(1000, 99999), lambda: "Turn: %d." % rnd.randrange(2, 90), lambda: "Message count: %d." % rnd.randrange(2, 900)],
        "hash": [lambda: "Request hash: %s." % hexs(40), lambda: "Context hash: %s." % hexs(64), lambda: "Nonce: %s." % hexs(32)],
    }
    alike = [lambda: "Version %d.%d.%d of the tool is supported." % (rnd.randrange(9), rnd.randrange(20), rnd.randrange(9)),
             lambda: "The treaty was signed on 19%02d-%02d-%02d." % (rnd.randrange(10, 99), rnd.randrange(1, 13), rnd.randrange(1, 29)),
             lambda: "```\nid: %s\n```" % uid(), lambda: "For example `%s` is a UUID." % uid(), lambda: "Use port %d for tests." % rnd.randrange(1000, 9999),
             lambda: "Chapter %d has %d rules." % (rnd.randrange(9), rnd.randrange(2, 99)), lambda: "Requires Python 3.%d or later." % rnd.randrange(8, 14),
             lambda: "Opening hours are %d:00 to %d:00." % (rnd.randrange(7, 10), rnd.randrange(16, 20)), lambda: "Released on %s, the format is stable." % d(),
             lambda: "RFC %d says so." % rnd.randrange(100, 9999), lambda: "Colours such as #%s are fine." % hexs(6), lambda: "At most %d words." % rnd.randrange(10, 900)]
    rest = " You answer questions about the manual. Be short, and name the page and the paragraph that you used."
    folder = tempfile.mkdtemp()
    total, got, false = collections.Counter(), collections.Counter(), []
    try:
        def write(name, system, user):
            with open(os.path.join(folder, name), "w") as f:
                json.dump({"model": "gpt-5", "max_tokens": 99, "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}]}, f)
        for i in range(60):
            for k in kinds:
                total[k] += 1
                write("%s-%d.json" % (k.replace(" ", "_"), i), kinds[k][i % len(kinds[k])]() + rest, "Hi")
        for i in range(300):
            if i % 6 == 5:
                write("alike-%d.json" % i, rest.strip(), kinds["clock"][i % 4]() + " What is due?")
            else:
                write("alike-%d.json" % i, alike[i % len(alike)]() + rest, "Hi")
        for path in set(f["path"] for f in lint(a, [folder], "--select", "TC201")):
            name = os.path.basename(path)
            if name.startswith("alike"):
                false.append(name)
            else:
                got[name.rsplit("-", 1)[0].replace("_", " ")] += 1
    finally:
        shutil.rmtree(folder)
    out.append("### Values that change, in the cacheable prefix\n")
    out.append("%d planted, recall %.3f; %d look-alikes, %d findings.\n" % (sum(total.values()), sum(got.values()) / sum(total.values()), 300, len(false)))
    out.append("| kind | planted | found |\n|---|---|---|")
    for k in sorted(total):
        out.append("| %s | %d | %d |" % (k, total[k], got[k]))
    out.append("")


def planted_cases(a):
    """The cases of tests/data/lint whose file is Markdown or text: (name, text, is_bad)."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "lint")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".jsonl"):
            continue
        rule = name[:-6]
        for i, line in enumerate(open(os.path.join(folder, name), encoding="utf-8")):
            c = json.loads(line)
            path = c.get("path", "")
            if (path and not path.endswith((".md", ".txt"))) or "budget" in c or "baseline" in c or "window" in c or any("-" in k for k in c):  # limits
                continue
            yield rule, i, c.get("bad", c.get("ok")), "bad" in c, path


PEER_SECONDS = 120  # for one process over a folder; a peer that takes longer is said to, and left out
PEERS = {"promptproof": ["promptproof", "--format", "sarif", "--kind", "prompt"], "promptlint-cli": ["promptlint", "--format", "sarif"]}


def peer_run(exe, args, files):
    """{file name: warnings and errors}, seconds, and what went wrong. All files in one process: starting one for each
    took most of the time (a hundred times ours), and a peer that hangs would hold up everything."""
    found, seconds = collections.Counter(), 0.0
    for at in range(0, len(files), 100):
        t = time.perf_counter()
        try:
            r = subprocess.run([exe] + args + files[at:at + 100], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, timeout=PEER_SECONDS)
        except subprocess.TimeoutExpired:
            return found, seconds, "did not end in %d s" % PEER_SECONDS
        seconds += time.perf_counter() - t
        try:
            for run in json.loads(r.stdout)["runs"]:
                for x in run["results"]:
                    if x.get("level") in ("warning", "error"):
                        found[os.path.basename(x["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])] += 1
        except (ValueError, KeyError, IndexError, TypeError):
            return found, seconds, "no SARIF: exit %d, %s" % (r.returncode, r.stderr.decode("utf-8", "replace")[-60:].strip())
    return found, seconds, ""


def tokens_of(a, folder):
    r = subprocess.run([a.bin, "count", "-e", "o200k_base", "--total", "--no-ignore", folder], stdout=subprocess.PIPE, check=True)
    return int(re.findall(rb"\d+", r.stdout)[-1])


def saved_by(a, name, exe, files):
    """Tokens (o200k_base, counted by us) that the tool's own fixes take out of these files; None: it did not end."""
    work = tempfile.mkdtemp()
    try:
        copies = [shutil.copy(f, work) for f in files]
        before = tokens_of(a, work)
        if name == "tokcount":
            subprocess.run([exe, "lint", "-q", "--fix", "--no-config", "--exit-zero", work], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        elif name == "tokcount, unsafe fixes too":
            subprocess.run([exe, "lint", "-q", "--unsafe-fixes", "--no-config", "--exit-zero", work], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        elif name == "promptproof":
            for at in range(0, len(copies), 100):
                subprocess.run([exe, "--kind", "prompt", "--fix", "--quiet"] + copies[at:at + 100], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PEER_SECONDS)
        else:  # prints what it would make of them, one object a file
            for at in range(0, len(copies), 100):
                r = subprocess.run([exe, "--format", "json", "--fix"] + copies[at:at + 100], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, timeout=PEER_SECONDS)
                text, decoder = r.stdout.decode("utf-8", "replace").lstrip(), json.JSONDecoder()
                while text:
                    doc, n = decoder.raw_decode(text)
                    text = text[n:].lstrip()
                    if doc.get("optimized_prompt"):
                        with open(doc["file"], "w", encoding="utf-8", newline="") as f:
                            f.write(doc["optimized_prompt"])
        return before, before - tokens_of(a, work)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    finally:
        shutil.rmtree(work)


def peers(a, out):
    env = os.environ.get("PEERS", "")
    rules = {"TC301", "TC302", "TC303", "TC307", "TC308", "TC401", "TC404", "TC503", "TC601", "TC602", "TC603", "TC604", "TC605"}
    cases = [c for c in planted_cases(a) if c[0] in rules and not c[4].endswith((".json", ".jsonl"))]
    real_folder = os.path.join(a.data, "lint", "prompts")
    folder = tempfile.mkdtemp()
    try:
        for rule, i, text, bad, path in cases:
            with open(os.path.join(folder, "%s-%d-%s.md" % (rule, i, "bad" if bad else "ok")), "w", encoding="utf-8", newline="") as f:
                f.write(text.replace("%FILL%", ""))
        files = sorted(os.path.join(folder, f) for f in os.listdir(folder) if f.endswith(".md"))
        real = sorted(os.path.join(real_folder, f) for f in os.listdir(real_folder))
        n_bad = sum(f.endswith("bad.md") for f in files)
        out.append("### Side by side\n")
        out.append("%d texts of the planted cases of %s as Markdown files, %d with a fault and %d without, and the %d real rule files; each tool with its defaults. "
                   "True: faulty files about which the tool says a warning or an error, of whatever kind; false: clean files about which it does. Saved: "
                   "tokens (o200k_base) that its own fixes take out, counted by us. All files in one process; cold: one process for one file, median of 5. "
                   "A peer has %d s for a hundred files.\n" % (len(files), ", ".join(sorted(rules)), n_bad, len(files) - n_bad, len(real), PEER_SECONDS))
        out.append("| tool | true | false | real files: warnings (files) | saved, planted | saved, real | ms a file | ms cold |\n|---|---|---|---|---|---|---|---|")

        def cold(cmd):
            times = []
            for _ in range(5):
                t = time.perf_counter()
                subprocess.run(cmd + [files[0]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                times.append(time.perf_counter() - t)
            return sorted(times)[2] * 1000

        def row(name, exe, args):
            planted, seconds, wrong = peer_run(exe, args, files)
            if wrong:
                out.append("| %s | %s | | | | | | |" % (name, wrong))
                return
            others, more, wrong = peer_run(exe, args, real)
            saved = [saved_by(a, name, exe, x) for x in (files, real)]
            out.append("| %s | %d of %d | %d of %d | %s | %s | %s | %.1f | %.0f |" % (
                name, sum(f.endswith("bad.md") for f in planted), n_bad, sum(f.endswith("ok.md") for f in planted), len(files) - n_bad,
                wrong or "%d (%d)" % (sum(others.values()), len(others)), *("%d of %d" % (x[1], x[0]) if x else "did not end" for x in saved),
                (seconds + more) * 1000 / (len(files) + len(real)), cold([exe] + args)))
        row("tokcount", os.path.abspath(a.bin), ["lint", "--no-config", "--format", "sarif"])
        both = [saved_by(a, "tokcount, unsafe fixes too", os.path.abspath(a.bin), x) for x in (files, real)]
        out.append("| tokcount, unsafe fixes too | | | | %d of %d | %d of %d | | |" % (both[0][1], both[0][0], both[1][1], both[1][0]))
        for name, cmd in PEERS.items():
            exe = os.path.join(env, "bin", cmd[0]) if env else ""
            if not env or not os.path.exists(exe):
                out.append("| %s | not run: PEERS is not set or lacks it | | | | | | |" % name)
                continue
            row(name, exe, cmd[1:])
        out.append("")
    finally:
        shutil.rmtree(folder)


def speed(a, out):
    folder = os.path.join(a.data, "lint", "prompts")
    work = tempfile.mkdtemp()
    try:
        names = sorted(os.listdir(folder))
        texts = [open(os.path.join(folder, n), "rb").read() for n in names]
        size = 0
        for i in range(10000):
            body = texts[i % len(texts)]
            size += len(body)
            with open(os.path.join(work, "%d.md" % i), "wb") as f:
                f.write(body)
        small = tempfile.mkdtemp(dir=work)
        for i in range(10000):
            with open(os.path.join(small, "%d.md" % i), "wb") as f:
                f.write(texts[i % len(texts)][:1500])
        times = {}
        for label, paths in (("whole files, %.1f MB" % (size / 1e6), [os.path.join(work, "%d.md" % i) for i in range(10000)]), ("their first 1,500 bytes", [small])):
            listing = os.path.join(work, "list")
            with open(listing, "w") as f:
                f.write("\n".join(paths) + "\n")
            best = cpu = 1e9
            for _ in range(5):
                t, c = time.perf_counter(), sum(os.times()[2:4])
                subprocess.run([a.bin, "lint", "-q", "--exit-zero", "--format", "concise", "--files-from", listing], stdout=subprocess.DEVNULL)
                best, cpu = min(best, time.perf_counter() - t), min(cpu, sum(os.times()[2:4]) - c)
            times[label] = best, cpu
        best = 1e9
        for _ in range(9):
            t = time.perf_counter()
            subprocess.run([a.bin, "lint", "-q", "--exit-zero", os.path.join(work, "1.md")], stdout=subprocess.DEVNULL)
            best = min(best, time.perf_counter() - t)
    finally:
        shutil.rmtree(work)
    out.append("### Speed\n\n%d threads, best of five, warm; load of the machine meanwhile: %.1f.\n" % (os.cpu_count() or 1, os.getloadavg()[0]))
    for label, s in times.items():
        out.append("- 10,000 files (%s): %.2f s, %.2f s of processor time" % (label, s[0], s[1]))
    out.append("- one file, whole process: %.1f ms\n" % (best * 1000))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", default="build/tokcount")
    p.add_argument("--data", required=True)
    p.add_argument("--only", default="")
    a = p.parse_args()
    if not os.path.isdir(os.path.join(a.data, "lint", "prompts")):
        print("needs lint/prompts and lint/coninstruct.even.jsonl")
        return 77
    out = []
    for name, part in (("real", real_files), ("contradictions", coninstruct), ("contradictions", manuals), ("unicode", unicode_rules), ("volatile", volatile), ("peers", peers), ("speed", speed)):
        if not a.only or a.only == name:
            part(a, out)
    print("\n".join(out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
