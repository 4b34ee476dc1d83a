#!/usr/bin/env python3
"""The guard: prompts trimmed to 80 % of their tokens; which constraints and numbers are gone then?

IFEval's prompts come with their constraints in a form that a program can read. A constraint counts as
lost when the words of the prompt that carry it (its numbers, keywords, phrases, and the words its kind is
stated by) are no longer there. GSM8K: numbers, in digits and in words, and the question. The same trimming
with the guard off (every kind of fact waived) shows what it stops.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
SPELLED = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
                     r"nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half|twice|dozen|double|triple|quarter)\b", re.I)
NEGATION = re.compile(r"\b(?:not|never|no|none|without|cannot|avoid|except|unless|nor|refrain)\b|n['\u2019]t\b", re.I)
# how a kind of constraint is said, where it has no value of its own
SAID = {"punctuation:no_comma": "comma", "change_case:english_lowercase": "lower ?-?case|lowercase|capital", "change_case:english_capital": "capital|upper",
        "detectable_format:json_format": "json", "startend:quotation": "quot", "combination:repeat_prompt": "repeat", "combination:two_responses": "two",
        "detectable_format:title": "title", "detectable_format:multiple_sections": "section", "detectable_format:number_bullet_lists": "bullet|list|point",
        "detectable_format:number_highlighted_sections": "highlight|italic|bold", "detectable_content:number_placeholders": "placeholder|bracket",
        "detectable_content:postscript": "p\\.? ?p?\\.? ?s|postscript", "language:response_language": "language|only|in [A-Z]", "change_case:capital_word_frequency": "capital",
        "length_constraints:number_words": "word", "length_constraints:number_sentences": "sentence", "length_constraints:number_paragraphs": "paragraph",
        "length_constraints:nth_paragraph_first_word": "paragraph", "keywords:letter_frequency": "letter|appear", "detectable_format:constrained_response": "answer|response|reply|choose|choice|one of"}


def trim(binary, texts, **more):
    lines = "".join(json.dumps({"id": i, "text": t, **more}) + "\n" for i, t in enumerate(texts))
    p = subprocess.run([binary, "trim", "-e", "o200k_base", "--jsonl", "-"], input=lines, stdout=subprocess.PIPE, text=True, check=True, encoding="utf-8")
    return [json.loads(line) for line in p.stdout.splitlines()]


def numbers(text):
    return collections.Counter([n.replace(",", "") for n in NUMBER.findall(text)] + [w.lower() for w in SPELLED.findall(text)])


def lost_numbers(before, after):
    return [n for n in numbers(before) if n not in numbers(after)]


def values_of(kwargs):
    for v in kwargs.values():
        for x in v if isinstance(v, list) else [v]:
            if isinstance(x, str):
                yield x


def lost_constraints(row, after):
    lost = []
    for kind, kwargs in zip(row["instruction_id_list"], row["kwargs"]):
        before = row["prompt"]
        gone = [v for v in values_of(kwargs) if v.lower() in before.lower() and v.lower() not in after.lower() and kind != "combination:repeat_prompt"]
        said = SAID.get(kind)
        if said and re.search(said, before, re.I) and not re.search(said, after, re.I):
            gone.append(said)
        if gone or (any(isinstance(v, int) for v in kwargs.values()) and lost_numbers(before, after)):
            lost.append(kind)
    return lost


def report(name, binary, texts, check):
    print("### %s, %d prompts, to 80 %% of their tokens\n" % (name, len(texts)))
    print("| | tokens left | prompts at 80 %% or below | prompts made smaller | %s | numbers lost | negations lost | cuts refused |\n|---|---|---|---|---|---|---|---|" % check[0])
    kinds = ["number", "date", "time", "version", "name", "identifier", "id", "link", "code", "quote", "negation", "modal", "limit", "order", "foreign"]
    for label, more in (("guarded", {}), ("guard off", {"waive": kinds})):
        out = trim(binary, texts, ratio=0.8, **more)
        before, after = sum(o["before"] for o in out), sum(o["tokens"] for o in out)
        print("| %s | %.1f %% | %d | %d | %d | %d | %d | %d |" % (
            label, 100.0 * after / before, sum(o["tokens"] <= 0.8 * o["before"] for o in out), sum(o["tokens"] < o["before"] for o in out),
            sum(check[1](i, o["text"]) for i, o in enumerate(out)), sum(len(lost_numbers(t, o["text"])) for t, o in zip(texts, out)),
            sum(bool(NEGATION.search(t)) and not NEGATION.search(o["text"]) for t, o in zip(texts, out)), sum(len(o["refused"]) for o in out)))
        if label == "guarded":
            why = collections.Counter(c["why"] for o in out for c in o["cuts"])
            kept = collections.Counter(r["loses"] for o in out for r in o["refused"])
    print("\nCuts: %s. The first fact that each refused cut would have lost: %s.\n" % (
        ", ".join("%s %d" % x for x in why.most_common()) or "none", ", ".join("%s %d" % x for x in kept.most_common()) or "none"))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", required=True)
    p.add_argument("--data", required=True)
    a = p.parse_args()
    ifeval, gsm = (os.path.join(a.data, "guard", f) for f in ("ifeval.even.jsonl", "gsm8k.first500.jsonl"))
    if not os.path.exists(ifeval) or not os.path.exists(gsm):
        print("needs guard/ifeval.even.jsonl and guard/gsm8k.first500.jsonl")
        sys.exit(77)
    rows = [json.loads(line) for line in open(ifeval, encoding="utf-8")]
    report("IFEval", a.bin, [r["prompt"] for r in rows], ("constraints lost", lambda i, text: len(lost_constraints(rows[i], text))))
    texts = [json.loads(line)["question"] for line in open(gsm, encoding="utf-8")]
    asked = [re.findall(r"[^.!?]*\?", t)[-1:] for t in texts]
    report("GSM8K", a.bin, texts, ("questions lost", lambda i, text: sum(q.strip()[8:] not in text for q in asked[i])))


if __name__ == "__main__":
    main()
