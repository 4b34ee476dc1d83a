#!/usr/bin/env python3
"""Writes tokenizer/claude/claude_unicode.inc: what each character is to the Claude 3+ encoder.

Unicode 16.0, made explicit by two packages of that version (both from PyPI):
    pip install unicodedata2==16.0.0 regex==2024.11.6
    python3 tools/dev/oracles/make_claude_tables.py > tokenizer/claude/claude_unicode.inc
    python3 tools/dev/oracles/make_claude_tables.py --compare    # against the ctok that is installed

Why 16.0: the source models were measured to know letters of 15.0 (U+0CF3) and case pairs of
16.0 (U+1C89, U+A7CB), while ctok itself takes whatever Unicode its Python has (3.11: 14.0) and
patches single characters. --compare lists every character of the first plane that the two
treat differently; README.md keeps that list.

Only the first plane has a table. Every character above U+FFFF is a plain HARD letter.
"""
import sys

import regex
import unicodedata2 as ud

if ud.unidata_version != "16.0.0" or not regex.match(r"\p{Lu}", "\u1c89"):
    sys.exit("needs unicodedata2==16.0.0 and regex==2024.11.6")

# ---- the measured tables (source: ctok 1.3.0, constants.py and normalize.py) ----------------
PUNCT_SYMBOLS = {0x2014, 0xBB, 0xAB, 0x2022, 0xB0, 0x201E, 0x2013, 0x2212, 0xA3, 0xA7, 0x20AC,
                 0x2026, 0x221A, 0x2192, 0xFF08, 0x2116, 0x2020, 0x2514, 0x2502, 0x0F0D, 0xB7,
                 0x2500, 0x2550, 0x2588}
IDEOGRAPHIC_SYMBOLS = {0x3004, 0x3012, 0x3013, 0x3020, 0x3036, 0x3037, 0x303E, 0x303F}
SYMBOL_LETTERS = [(0x16EE, 0x16F0), (0x2160, 0x2188), (0x24B6, 0x24E9), (0xA6E6, 0xA6EF)]
HAN_LIKE = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0xF900, 0xFAFF), (0xAC00, 0xD7A3),
            (0x3005, 0x3006), (0x3031, 0x3035), (0x303B, 0x303C)]
SELECTORS = (0xFE00, 0xFE0F)
BLANKS = {0, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F}
QUOTES = {0x2018, 0x2019, 0x201C, 0x201D}
UNCASED = {0x3F4}
# Case pairs of the first plane that came after 14.0, for Pythons older than 3.14.
LATER_LOWER = {0x1C89: 0x1C8A, 0xA7CB: 0x264, 0xA7CC: 0xA7CD, 0xA7DA: 0xA7DB, 0xA7DC: 0x19B}
LATER_UNASSIGNED = {0xA7CE, 0xA7D2, 0xA7D4}  # 17.0 pairs, should the Python know them

ALPHABETIC = regex.compile(r"\p{Alphabetic}")
UPPER = regex.compile(r"\p{Uppercase}")
LOWER = regex.compile(r"\p{Lowercase}")

FLAGS = """STRAY UPPER LOWER BLOCKS FOLDS BORDER SELECTOR NUMBER ND NO MARK_ORDER NFC_BAD
           DROP BLANK QUOTE NIKHAHIT""".split()
BIT = {name: 1 << (3 + i) for i, name in enumerate(FLAGS)}
WORDY, HARD, DIGIT, PUNCT, SPACE = range(5)


def within(cp, ranges):
    return any(a <= cp <= b for a, b in ranges)


def lower(cp):
    """One character, or None where the lower-case form is longer (U+0130 only)."""
    if cp in UNCASED or cp in LATER_UNASSIGNED:
        return cp
    if cp in LATER_LOWER:
        return LATER_LOWER[cp]
    text = chr(cp).lower()
    return ord(text) if len(text) == 1 else None


def is_upper(cp):
    return cp not in UNCASED and bool(UPPER.match(chr(cp))) and lower(cp) != cp


def is_lower(cp):
    return bool(LOWER.match(chr(cp)))


def is_separator(cp):
    """A mark that closes a word: BMP, not Alphabetic, not a variation selector."""
    return (ud.category(chr(cp))[0] == "M" and not within(cp, [SELECTORS])
            and not ALPHABETIC.match(chr(cp)))


def class_of(cp):
    cat = ud.category(chr(cp))
    if cat[0] == "Z" or cp in (9, 10, 11, 12, 13):
        return SPACE
    if within(cp, SYMBOL_LETTERS):
        return WORDY
    if cat == "Nd" and (cp < 0x80 or within(cp, [(0x660, 0x669), (0x6F0, 0x6F9)])):
        return DIGIT
    if (cp < 0x80 and cat[0] in "PS") or cp in PUNCT_SYMBOLS:
        return PUNCT
    if within(cp, [SELECTORS]):
        return HARD
    if cat[0] == "M":
        return WORDY if ALPHABETIC.match(chr(cp)) else HARD
    return WORDY if cat[0] == "L" and not within(cp, HAN_LIKE) else HARD


def takes_border(cp):
    """Punctuation, symbols, format characters and separator marks; not ideographic ones."""
    cat = ud.category(chr(cp))
    if is_separator(cp):
        return True
    ideographic = 0x3001 <= cp <= 0x303F and (cat[0] == "P" or cp in IDEOGRAPHIC_SYMBOLS)
    return (cat[0] in "PS" or cat in ("Cf", "Cn")) and not ideographic


def quick_check_fails(cp):
    """NFC_Quick_Check is not Yes: the character changes alone, or joins one before it."""
    c = chr(cp)
    return ud.normalize("NFC", c) != c or cp in COMPOSES_BACKWARD


def backward_composers():
    """Characters that are second in a primary composite, from the composites themselves."""
    found = set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))  # Hangul vowels, finals
    for cp in range(0x110000):
        if 0xAC00 <= cp <= 0xD7A3 or 0xD800 <= cp < 0xE000:
            continue
        parts = ud.decomposition(chr(cp)).split()
        if len(parts) == 2 and parts[0][0] != "<" and ud.normalize("NFC", chr(cp)) == chr(cp):
            found.add(int(parts[1], 16))
    return found


COMPOSES_BACKWARD = backward_composers()


def kind_of(cp):
    if 0xD800 <= cp < 0xE000:
        return HARD
    c, cat, cls = chr(cp), ud.category(chr(cp)), class_of(cp)
    bits = set()
    if cls == WORDY:
        syriac_vowel = cp == 0x711 or 0x730 <= cp <= 0x73F
        if ud.combining(c) and not syriac_vowel:
            bits.add("STRAY")
        if is_upper(cp):
            bits.add("UPPER")
        if is_lower(cp):
            bits.add("LOWER")
        if cat[0] in "LM" and not is_lower(cp) and not is_upper(cp):
            bits.add("BLOCKS")
        if lower(cp) is not None and lower(cp) != cp:
            bits.add("FOLDS")
    if cls == HARD:
        if within(cp, [SELECTORS]):
            bits.add("SELECTOR")
        elif takes_border(cp):
            bits.add("BORDER")
        elif cat in ("No", "Nd"):
            bits.add("NUMBER")
    if cat in ("Nd", "No"):
        bits.add(cat.upper())
    if cls == DIGIT and cp >= 0x80:
        bits.add("NUMBER")
    if ud.combining(c):
        bits.add("MARK_ORDER")
    if quick_check_fails(cp):
        bits.add("NFC_BAD")
    if 0 < cp < 0x20 and cp not in (9, 10) or 0x7F <= cp < 0xA0 or 0xE000 <= cp < 0xF900:
        bits.add("DROP")
    if cp in BLANKS:
        bits.add("BLANK")
    if cp in QUOTES:
        bits.add("QUOTE")
    if cp == 0xE4D:
        bits.add("NIKHAHIT")
    return cls | sum(BIT[b] for b in bits)


def compare():
    """Every first-plane character that the installed ctok treats otherwise."""
    import importlib
    other = importlib.import_module("ctok.normalize")
    names = ["wordy", "hard", "digit", "punct", "space"]
    for cp in range(0x10000):
        if 0xD800 <= cp < 0xF900 and not 0xAC00 <= cp < 0xD7B0:
            continue
        if cp in BLANKS or cp in UNCASED or kind_of(cp) & BIT["DROP"]:
            continue
        c, kind = chr(cp), kind_of(cp)
        a = [names[kind & 7], bool(kind & BIT["STRAY"])]
        b = [other.classify(c), other.classify(c) == "wordy" and bool(other._stray_mark(c))]
        if a[0] == "hard" == b[0]:
            a.append("punct" if kind & BIT["BORDER"] else
                     "number" if kind & BIT["NUMBER"] else "letter")
            b.append(other._hard_kind(c))
        if a[0] == "wordy" == b[0]:
            low = lower(cp)
            a += [bool(kind & BIT["UPPER"]), bool(kind & BIT["LOWER"]), low and chr(low)]
            b += [other._is_upper(c), other._is_lower(c),
                  other._lower(c) if len(other._lower(c)) == 1 else None]
            blocks = (c in other._NEW_CASED or other.unicodedata.category(c)[0] in "LM") and \
                not other._is_lower(c) and (not other._is_upper(c) or other._lower(c) == c)
            a.append(bool(kind & BIT["BLOCKS"]))
            b.append(bool(blocks))
        if a != b:
            print(f"U+{cp:04X} {ud.name(c, '?')}: here {a}, ctok {b}")


def ranges_of(values):
    out = []
    for cp, v in enumerate(values):
        if not out or out[-1][1] != v:
            out.append((cp, v))
    return out


def main():
    kinds = [kind_of(cp) for cp in range(0x10000)]
    distinct = sorted(set(kinds))
    index = {k: i for i, k in enumerate(distinct)}
    spans = ranges_of([index[k] for k in kinds])
    # Lower case: (first, last, step, target of first); one entry covers an alternating block.
    pairs = [(cp, lower(cp)) for cp in range(0x80, 0x10000) if kinds[cp] & BIT["FOLDS"]]
    fold = []
    for cp, low in pairs:
        if fold:
            first, last, step, target = fold[-1]
            near = cp - last == step or first == last and cp - last < 3
            if low - cp == target - first and near:
                fold[-1] = (first, cp, cp - last, target)
                continue
        fold.append((cp, cp, 1, low))
    astral = []
    for cp in range(0x10000, 0x110000):
        if ud.combining(chr(cp)) or quick_check_fails(cp):
            if astral and astral[-1][1] == cp - 1:
                astral[-1][1] = cp
            else:
                astral.append([cp, cp])

    print("/* Unicode 16.0; generated by tools/dev/oracles/make_claude_tables.py, do not edit. */")
    names = " && ".join(f"CK_{n} == 1 << {3 + i}" for i, n in enumerate(FLAGS))
    lines = []
    for part in names.split(" && "):
        if not lines or len(lines[-1]) + len(part) > 62:
            lines.append("")
        lines[-1] += part + " && "
    text = "\n               ".join(line.strip() for line in lines).removesuffix(" &&")
    print(f'_Static_assert({text}, "as generated");\n')

    def rows(items, per):
        for i in range(0, len(items), per):
            print("    " + " ".join(items[i:i + per]))
    print("/* class in bits 0-2, then the CK_ flags */")
    print(f"static const uint32_t kind_flags[{len(distinct)}] = {{")
    rows([f"0x{k:x}," for k in distinct], 10)
    print("};\n")
    print("/* first code point, index into kind_flags; up to the next entry */")
    print(f"static const struct {{ uint16_t first; uint8_t kind; }} kind_spans[{len(spans)}] = {{")
    rows([f"{{{a},{k}}}," for a, k in spans], 8)
    print("};\n")
    print("/* lower case: first, last, step, lower of first */")
    print("static const struct { uint16_t first, last, step, lower; } "
          f"fold_spans[{len(fold)}] = {{")
    rows([f"{{{a},{b},{s},{t}}}," for a, b, s, t in fold], 4)
    print("};\n")
    print("/* above U+FFFF: NFC has work to do here */")
    print(f"static const struct {{ uint32_t first, last; }} nfc_spans[{len(astral)}] = {{")
    rows([f"{{{a},{b}}}," for a, b in astral], 5)
    print("};")


if __name__ == "__main__":
    compare() if sys.argv[1:] == ["--compare"] else main()
