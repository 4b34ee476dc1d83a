#!/usr/bin/env python3
"""Writes valid.txt and invalid.txt: JSON texts of our own, one a line: name, text in hex, and
for the invalid ones the byte at which reading must stop. Run in this folder; no arguments."""

valid, invalid = [], []


def ok(name, text):
    valid.append((name, text if isinstance(text, bytes) else text.encode()))


def no(name, text, at):
    invalid.append((name, text if isinstance(text, bytes) else text.encode(), at))


for n in ["0", "-0", "0.70", "1E+2", "1e2", "1e-2", "-1.5E+03", "123456789012345678901234567890",
          "0.123456789012345678901234567890", "-0.0", "0e0", "0E-0", "1e0001", "1e999", "1e-999",
          "9007199254740993", "18446744073709551616", "-9223372036854775809", "1" + "0" * 400,
          "0." + "0" * 400 + "1", "4.9406564584124654e-324", "10", "1.0", "1.10"]:
    ok("number " + n[:40], n)
    ok("number in array " + n[:40], "[" + n + "]")
for name, s in [("empty", ""), ("ascii", "abc"), ("quote", '\\"'), ("backslash", "\\\\"),
                ("slash", "\\/"), ("slash plain", "/"), ("short escapes", "\\b\\f\\n\\r\\t"),
                ("u0000", "\\u0000"), ("u0000 inside", "a\\u0000b"), ("u escape", "\\u00e9"),
                ("u upper", "\\u00E9\\uABCD"), ("pair", "\\ud83d\\ude00"), ("pair upper", "\\uD83D\\uDE00"),
                ("lowest pair", "\\ud800\\udc00"), ("highest pair", "\\udbff\\udfff"),
                ("two pairs", "\\ud83d\\ude00\\ud83d\\ude01"), ("ufffe", "\\ufffe\\uffff"),
                ("del", "\x7f"), ("u0080", "\u0080"), ("u07ff", "\u07ff"), ("u0800", "\u0800"),
                ("ud7ff", "\ud7ff"), ("ue000", "\ue000"), ("uffff", "\uffff"), ("u10000", "\U00010000"),
                ("u10ffff", "\U0010ffff"), ("line separators", "\u2028\u2029"), ("bom inside", "\ufeff"),
                ("seven", "1234567"), ("eight", "12345678"), ("nine", "123456789"),
                ("escape at 8", "1234567\\n"), ("wide at 8", "1234567\u00e9x"), ("html", "</script>&amp;")]:
    ok("string " + name, '"' + s + '"')
for name, s in [("null", "null"), ("true", "true"), ("false", "false"), ("empty array", "[]"),
                ("empty object", "{}"), ("blanks in array", "[ \t\r\n]"), ("blanks in object", "{ \t\r\n}"),
                ("blanks around", " \t\r\n1 \t\r\n"), ("nested", "[[[[[[]]]]]]"), ("objects", '{"a":{"b":{"c":[]}}}'),
                ("empty key", '{"":0}'), ("escaped key", '{"\\u0061":0}'), ("repeated key", '{"a":1,"a":2}'),
                ("repeated key, other spelling", '{"a":1,"\\u0061":2}'), ("nul key", '{"\\u0000":0}'),
                ("key of blanks", '{" ":0}'), ("mixed", '[1,"a",null,true,{"k":[false]}]'),
                ("blanks everywhere", ' { "a" : [ 1 , 2 ] , "b" : { } } '), ("depth 400", "[" * 400 + "]" * 400),
                ("depth 400 of objects", '{"a":' * 400 + "1" + "}" * 400), ("newlines", '{\n"a":1,\n"b":2\n}'),
                ("proto", '{"__proto__":1,"constructor":2}'), ("close looks like text", '["]","}",",",":"]')]:
    ok(name, s)

for name, s, at in [
        ("nothing", "", 0), ("blanks only", " \n", 2), ("byte order mark", b"\xef\xbb\xbf1", 0),
        ("utf-16", b"1\x00", 1), ("nul alone", b"\x00", 0), ("nul behind", b"1\x00", 1),
        ("form feed", b"\x0c1", 0), ("vertical tab", b"[\x0b]", 1), ("no-break space", b"[\xc2\xa0]", 1),
        ("next line", b"\xc2\x851", 0), ("comment", "/*a*/1", 0), ("comment behind", "1//a", 1), ("hash", "#1", 0),
        ("single quotes", "'a'", 0), ("unquoted key", "{a:1}", 1), ("number key", "{1:1}", 1),
        ("null key", "{null:1}", 1), ("missing colon", '{"a" 1}', 5), ("equals", '{"a"=1}', 4),
        ("two colons", '{"a"::1}', 5), ("missing value", '{"a":}', 5), ("missing key", "{:1}", 1),
        ("comma first in object", '{,"a":1}', 1), ("comma last in object", '{"a":1,}', 7),
        ("two commas in object", '{"a":1,,"b":2}', 7), ("no comma in object", '{"a":1 "b":2}', 7),
        ("comma first", "[,1]", 1), ("comma last", "[1,]", 3), ("two commas", "[1,,2]", 3), ("comma alone", "[,]", 1),
        ("no comma", "[1 2]", 3), ("colon in array", '["a":1]', 4), ("wrong close", "[1}", 2), ("wrong close object", '{"a":1]', 6),
        ("open array", "[", 1), ("open object", "{", 1), ("open after value", "[1", 2), ("open after comma", "[1,", 3),
        ("open after key", '{"a"', 4), ("open after colon", '{"a":', 5), ("open after member", '{"a":1', 6),
        ("close alone", "]", 0), ("close brace alone", "}", 0), ("one too many", "[]]", 2), ("two values", "1 2", 2),
        ("two objects", "{}{}", 2), ("value and comma", "1,", 1), ("colon alone", ":", 0), ("comma only", ",", 0),
        ("plus", "+1", 0), ("leading zero", "01", 0), ("leading zeros", "00", 0), ("negative leading zero", "-01", 1),
        ("minus alone", "-", 1), ("two minus", "--1", 1), ("point first", ".5", 0), ("point last", "1.", 2),
        ("point and exponent", "1.e1", 2), ("exponent alone", "1e", 2), ("exponent sign alone", "1e+", 3),
        ("exponent with point", "1e1.5", 3), ("two points", "1.2.3", 3), ("hex", "0x10", 1), ("octal", "0o7", 1),
        ("underscore", "1_000", 1), ("thousands comma", "1,000", 1), ("suffix", "1f", 1), ("minus blank", "- 1", 1),
        ("NaN", "NaN", 0), ("nan", "nan", 0), ("Infinity", "Infinity", 0), ("-Infinity", "-Infinity", 1), ("inf", "[inf]", 1),
        ("full-width digit", "\uff11".encode(), 0), ("True", "True", 0), ("TRUE", "TRUE", 0), ("nul", "nul", 0),
        ("nulll", "nulll", 4), ("undefined", "undefined", 0), ("truefalse", "truefalse", 4), ("tru", "[tru]", 1),
        ("open string", '"abc', 4), ("quote alone", '"', 1), ("escaped quote", '"\\"', 3), ("open escape", '"\\', 2),
        ("newline in string", '"a\nb"', 2), ("tab in string", '"\t"', 1), ("nul in string", b'"\x00"', 1), ("0x1f in string", b'"\x1f"', 1),
        ("control at 8", '"1234567\x01"', 8), ("escape x", '"\\x41"', 2), ("escape a", '"\\a"', 2), ("escape '", '"\\\'"', 2),
        ("escape U", '"\\U0041"', 2), ("escape nul", b'"\\\x00"', 2), ("escape octal", '"\\101"', 2), ("escape newline", '"\\\n"', 2),
        ("u without digits", '"\\u"', 3), ("u three digits", '"\\u123"', 3), ("u bad digit", '"\\u12g4"', 3), ("u with plus", '"\\u+123"', 3),
        ("u at the end", '"\\u00', 3), ("u braces", '"\\u{41}"', 3), ("u blank", '"\\u 041"', 3),
        ("lone high", '"\\ud800"', 1), ("lone low", '"\\udc00"', 1), ("lone highest", '"a\\udfffb"', 2), ("high high", '"\\ud800\\ud800"', 1),
        ("high and text", '"\\ud83dx"', 1), ("high and escape", '"\\ud83d\\n"', 1), ("high and u0041", '"\\ud83d\\u0041"', 1),
        ("low high", '"\\ude00\\ud83d"', 1), ("pair and high", '"\\ud83d\\ude00\\ud83d"', 13), ("high at the end", '"\\ud83d\\u"', 1),
        ("lone in key", '{"\\ud800":1}', 2),
        ("byte ff", b'"\xff"', 1), ("byte 80", b'"\x80"', 1), ("overlong 2", b'"\xc0\xaf"', 1), ("overlong 2b", b'"\xc1\xbf"', 1),
        ("overlong 3", b'"\xe0\x80\xaf"', 1), ("overlong 4", b'"\xf0\x80\x80\xaf"', 1), ("surrogate bytes", b'"\xed\xa0\x80"', 1),
        ("surrogate pair bytes", b'"\xed\xa0\xbd\xed\xb8\x80"', 1), ("above 10ffff", b'"\xf4\x90\x80\x80"', 1), ("f5", b'"\xf5\x80\x80\x80"', 1),
        ("cut 2", b'"\xc3"', 1), ("cut 3", b'"\xe4\xbd"', 1), ("cut 4", b'"\xf0\x9f\x98"', 1), ("cut at the end", b'"\xe4\xbd', 1),
        ("latin-1", b'"caf\xe9"', 4), ("bad behind good", b'"\xc3\xa9\xa9"', 3), ("bad byte outside", b"[\xff]", 1),
        ("text outside", b"\xc3\xa9", 0), ("bad key", b'{"\xff":1}', 2), ("too deep", "[" * 600, 512)]:
    no(name, s, at)

for path, rows in [("valid.txt", valid), ("invalid.txt", invalid)]:
    with open(path, "w", encoding="ascii", newline="\n") as f:
        f.write("# made by make_cases.py: name, text in hex" + (", byte" if rows is invalid else "") + "\n")
        for row in rows:
            f.write("\t".join([row[0], row[1].hex()] + [str(x) for x in row[2:]]) + "\n")
