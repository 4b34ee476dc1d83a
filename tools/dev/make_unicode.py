#!/usr/bin/env python3
"""Makes tokenizer/unicode_class.inc and tokenizer/normalize/tables.inc.

  pip install unicodedataplus==16.0.0.post1 regex==2026.2.28 tokenizers==0.23.3
  python3 tools/dev/make_unicode.py            writes both files
  python3 tools/dev/make_unicode.py --check    compares them with what it would write; exit 1
                                               if they differ

unicode_class.inc is Unicode 16.0, from unicodedataplus.

normalize/tables.inc has what the normalizers need. Normal forms: Unicode 9.0, that is the 16.0
data without the characters of a later age; older entries may not change. Grapheme cluster
breaks: 17.0, from regex, as the engine's Precompiled was measured to use (it joins U+1ACF,
which 16.0 does not have). Read from the engine itself, character by character, because no
version of Unicode gives exactly these: what StripAccents and BertNormalizer drop, and what
Lowercase makes. tools/dev/oracles/check_unicode.py and diff_normalize.py compare the C side with the
engines.
"""
import argparse
import os
import sys

import regex
import tokenizers
import unicodedataplus as ud
from tokenizers import normalizers

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMIT = 0x110000
SURROGATES = range(0xD800, 0xE000)
SCALARS = [c for c in range(LIMIT) if c not in SURROGATES]

# unicode_class.h
LU, LL, LT, LM, LO, M, N, P, S, SPACE, HAN, ND, MN, WORD = (1 << i for i in range(14))
# normalize/unicode.h, without the prefix
(QUICK_D, QUICK_C, QUICK_KD, QUICK_KC, BOUND_D, BOUND_C, BOUND_KD, BOUND_KC,
 AGE9, ACCENT, BERT_ACCENT, BERT_CONTROL, LOWERS) = (1 << i for i in range(13))


def die(message):
    sys.exit("make_unicode.py: " + message)


def class_bits():
    by_category = {"Lu": LU, "Ll": LL, "Lt": LT, "Lm": LM, "Lo": LO}
    by_group = {"M": M, "N": N, "P": P, "S": S}
    space = regex.compile(r"\p{White_Space}")
    # Other_Alphabetic beyond the marks: the circled and squared letters, all So.
    alphabetic = regex.compile(r"\p{Alphabetic}")
    out = [0] * LIMIT
    for c in SCALARS:
        ch = chr(c)
        cat = ud.category(ch)
        bits = by_category.get(cat, 0) | by_group.get(cat[0], 0)
        bits |= ND if cat == "Nd" else MN if cat == "Mn" else 0
        bits |= SPACE if space.match(ch) else 0
        bits |= HAN if ud.script(ch) == "Han" else 0
        if cat[0] in "LM" or cat in ("Nd", "Nl", "Pc") or c in (0x200C, 0x200D):
            bits |= WORD
        elif cat == "So" and alphabetic.match(ch):
            bits |= WORD
        out[c] = bits
    return out


def age9(c):
    age = ud.age(chr(c))
    return age != "Unassigned" and tuple(map(int, age.split("."))) <= (9, 0)


def form_bits(old):
    """QUICK_* and BOUND_* of every character of Unicode 9.0; old tells which those are."""
    seconds = set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    for c in SCALARS:
        parts = ud.decomposition(chr(c)).split()
        pair = len(parts) == 2 and parts[0][0] != "<"
        if old[c] and pair and ud.normalize("NFC", chr(c)) == chr(c):
            seconds.add(int(parts[1], 16))
    out = [0] * LIMIT
    for c in SCALARS:
        if not old[c]:
            out[c] = (QUICK_D | QUICK_C | QUICK_KD | QUICK_KC |
                      BOUND_D | BOUND_C | BOUND_KD | BOUND_KC)
            continue
        ch = chr(c)
        for decomposed, form, quick_d, quick_c, bound_d, bound_c in (
                (ud.normalize("NFD", ch), "NFC", QUICK_D, QUICK_C, BOUND_D, BOUND_C),
                (ud.normalize("NFKD", ch), "NFKC", QUICK_KD, QUICK_KC, BOUND_KD, BOUND_KC)):
            starts = ud.combining(decomposed[0]) == 0
            joins = ord(decomposed[0]) in seconds
            # No character may turn into one of a later age than its own.
            if any(not old[ord(x)] for x in decomposed):
                die("U+%04X decomposes into a newer character" % c)
            out[c] |= bound_d if starts else 0
            out[c] |= bound_c if starts and not joins else 0
            out[c] |= quick_d if decomposed == ch else 0
            out[c] |= quick_c if not joins and ud.normalize(form, ch) == ch else 0
            # The C side takes "quick, not bound" to be a mark with a combining class.
            if out[c] & quick_c and not out[c] & bound_c and ud.combining(ch) == 0:
                die("U+%04X is quick, no bound and has class 0" % c)
    return out


def engine_bits():
    """Per character from the engine: bits, and what Lowercase makes."""
    accents = normalizers.StripAccents()
    bert = {k: normalizers.BertNormalizer(clean_text=k == "clean", handle_chinese_chars=False,
                                          strip_accents=k == "accents", lowercase=False)
            for k in ("clean", "accents")}
    lowercase = normalizers.Lowercase()
    out, lower = [0] * LIMIT, {}
    for c in SCALARS:
        text = "a" + chr(c) + "b"
        out[c] |= ACCENT if accents.normalize_str(text) == "ab" else 0
        out[c] |= BERT_ACCENT if bert["accents"].normalize_str(text) == "ab" else 0
        if bert["clean"].normalize_str(text) == "ab":
            out[c] |= BERT_CONTROL
        low = lowercase.normalize_str(chr(c))
        if low != chr(c):
            out[c] |= LOWERS
            lower[c] = low
    return out, lower


def lower_rows(lower):
    """(first, last, stride, delta): stride 2 is the alternating blocks of Latin and Cyrillic."""
    rows = []
    for c in sorted(lower):
        if len(lower[c]) != 1:
            continue
        delta = ord(lower[c]) - c
        if rows and rows[-1][3] == delta:
            first, last, stride, _ = rows[-1]
            step = c - last
            if step in (1, 2) and (first == last or step == stride):
                rows[-1] = (first, c, step, delta)
                continue
        rows.append((c, c, 1, delta))
    return rows


def grapheme_values():
    """4 bits of break class, Extended_Pictographic, 2 bits of Indic_Conjunct_Break."""
    classes = ["CR", "LF", "Control", "Extend", "ZWJ", "Regional_Indicator", "Prepend",
               "SpacingMark", "L", "V", "T", "LV", "LVT"]
    tests = [(r"\p{GCB=%s}" % name, i + 1) for i, name in enumerate(classes)]
    tests += [(r"\p{Extended_Pictographic}", 16), (r"\p{InCB=Consonant}", 1 << 5),
              (r"\p{InCB=Linker}", 2 << 5), (r"\p{InCB=Extend}", 3 << 5)]
    text = "".join(map(chr, SCALARS))
    out = [0] * LIMIT
    for pattern, value in tests:
        for ch in regex.findall(pattern, text):
            out[ord(ch)] |= value
    return out


def two_stage(values, bits):
    size = 1 << bits
    index, blocks = {}, []
    stage1 = []
    for at in range(0, LIMIT, size):
        block = tuple(values[at:at + size])
        if block not in index:
            index[block] = len(blocks)
            blocks.append(block)
        stage1.append(index[block])
    return stage1, blocks


def lines(numbers, width=96):
    """Comma-separated, at most width columns."""
    out, line = [], "   "
    for n in numbers:
        word = " %s," % n
        if len(line) + len(word) > width:
            out.append(line)
            line = "   "
        line += word
    out.append(line)
    return "\n".join(out)


def emit_table(name, ctype, values, bits, storage=""):
    stage1, blocks = two_stage(values, bits)
    if len(blocks) > 65535:
        die("too many blocks in " + name)
    body = [
        "%sconst uint16_t %s_stage1[%d] = {" % (storage, name, len(stage1)),
        lines(stage1), "};", "",
        "%sconst %s %s_stage2[][%d] = {" % (storage, ctype, name, 1 << bits)]
    for block in blocks:
        if len(set(block)) == 1 and block[0] == 0:
            body.append("    {0},")
        else:
            body.append("    {")
            body.append(lines(block).replace("\n    ", "\n        ").replace("    ", "        ", 1))
            body.append("    },")
    body.append("};")
    return "\n".join(body) + "\n"


def head(versions):
    return ("/* Generated by: python3 tools/dev/make_unicode.py, from %s.\n * Do not edit. */\n\n"
            % versions)


def make_class():
    return head("Unicode %s" % ud.unidata_version) + emit_table(
        "tkc_unicode", "uint16_t", class_bits(), 7)


def make_normalize():
    old = [c not in SURROGATES and age9(c) for c in range(LIMIT)]
    bits = form_bits(old)
    engine, lower = engine_bits()
    for c in SCALARS:
        bits[c] |= engine[c] | (AGE9 if old[c] else 0)
    rows = lower_rows(lower)
    special = [(c, [ord(x) for x in lower[c]]) for c in sorted(lower) if len(lower[c]) != 1]
    if [c for c, _ in special] != [0x130]:
        die("a new character lowers to more than one; the C side knows only U+0130")
    text = head("Unicode 9.0 and 17.0, tokenizers " + tokenizers.__version__)
    text += "/* NORM_* bits by code point */\n"
    text += emit_table("tkc_norm", "uint16_t", bits, 7)
    text += "\n/* Grapheme_Cluster_Break | Extended_Pictographic << 4"
    text += " | Indic_Conjunct_Break << 5 */\n"
    text += emit_table("grapheme", "uint8_t", grapheme_values(), 7, "static ")
    text += "\n/* first, last, stride, what to add */\n"
    text += "static const struct lower_row lower_row[] = {\n"
    text += "".join("    {0x%04x, 0x%04x, %d, %d},\n" % row for row in rows)
    text += "};\n"
    return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    if (ud.unidata_version != "16.0.0" or regex.__version__ != "2026.2.28" or
            tokenizers.__version__ != "0.23.3"):
        die("needs unicodedataplus 16.0.0.post1, regex 2026.2.28 and tokenizers 0.23.3")
    stale = 0
    for path, make in (("tokenizer/unicode_class.inc", make_class),
                       ("tokenizer/normalize/tables.inc", make_normalize)):
        full, text = os.path.join(TOP, path), make()
        if not args.check:
            with open(full, "w", encoding="ascii") as f:
                f.write(text)
            print("%s: %d bytes" % (path, len(text)))
        elif open(full, encoding="ascii").read() != text:
            print(path + ": differs from what the data gives now")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
