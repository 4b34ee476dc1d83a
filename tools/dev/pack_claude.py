#!/usr/bin/env python3
"""Packs the piece lists of PyPI ctok 1.3.0 (MIT) into vocab/data/claude_v3plus.tkc.

    pip download --no-deps ctok==1.3.0      # then unpack the wheel
    python3 tools/dev/pack_claude.py DIR/ctok/data vocab/data/claude_v3plus.tkc

DIR may also hold the lists under the names of tools/dev/vocab_sources.tsv (claude_pieces_v3.json,
claude_pieces_v4_7.json). Needs the zstd command. The same input gives the same bytes with the
same zstd. Both generations lie in one list, because 98 % of the smaller is in the larger.

    OFFSET  SIZE  DESCRIPTION
         0     8  "TKCLAUD\\n"
         8     4  format version, 1
        12     4  number of pieces
        16     8  bytes of the payload when unpacked
        24     8  bytes of the zstd frame
        32     8  FNV-1a 64 of bytes 0 to 31 and the zstd frame
        40     -  one zstd frame, to the end of the file

Payload: four columns over the pieces, which are sorted by their bytes:
    n bytes   how many bytes the piece shares with the one before it
    n bytes   how many bytes follow
    n bytes   bit 0: piece of v3; bit 1: piece of v4.7 and v5
    the rest  the bytes that follow, one piece after the other

A piece is UTF-8 in which the bytes 01 to 04 are the markers begin-of-word, end-of-word, shift
and caps (the encoder strips these control characters from text, so they are free). A piece of
two or three bytes that is not whole UTF-8 is the beginning of one character.
"""
import hashlib
import json
import pathlib
import re
import struct
import subprocess
import sys

SHA256 = {
    "pieces_v3.json": "4c6db216062ef01e70ba033ff52ad3b97f886e79877235f2c7bbbd40d09ffb9b",
    "pieces_v4_7.json": "a785fc240010c855f3d9a498fbd422ee389752dd151f1d5eef57ca8c85c19993",
}
ATOM = re.compile("\u27e8(bow|eow|shift|caps|0x[0-9A-Fa-f]{2})\u27e9")
MARKER = {"bow": b"\x01", "eow": b"\x02", "shift": b"\x03", "caps": b"\x04"}


def piece_bytes(name):
    """The public notation of the list -> bytes."""
    out, at = b"", 0
    for m in ATOM.finditer(name):
        atom = m.group(1)
        out += name[at:m.start()].encode()
        out += MARKER.get(atom) or bytes([int(atom[2:], 16)])
        at = m.end()
    return out + name[at:].encode()


def pieces_of(folder, name):
    path = folder / name
    if not path.exists():
        path = folder / ("claude_" + name)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256[name]:
        sys.exit(f"{path}: not the file of ctok 1.3.0 (sha256 {SHA256[name]})")
    groups = json.loads(data)["tokens"]
    out = set()
    for group, names in groups.items():
        for name in names:
            if group == "bytes_fallback":
                out.add(bytes.fromhex(name))
                continue
            out.add(piece_bytes(name))
            if group == "contractions":  # the encoder writes the suffix closed
                out.add(piece_bytes(name) + MARKER["eow"])
    return out


def fnv1a(data):
    h = 0xCBF29CE484222325
    for b in data:
        h = (h ^ b) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def compress(data):
    run = subprocess.run(["zstd", "--ultra", "-22", "--no-check", "-q", "-c",
                          f"--stream-size={len(data)}"], input=data, stdout=subprocess.PIPE)
    if run.returncode:
        sys.exit("zstd failed")
    return run.stdout


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    sets = [pieces_of(folder, name) for name in SHA256]
    pieces = sorted(sets[0] | sets[1])
    shared, rest, where, tail = bytearray(), bytearray(), bytearray(), b""
    before = b""
    for p in pieces:
        if len(p) > 255:
            sys.exit("a piece of more than 255 bytes")
        n = 0
        while n < min(len(p), len(before)) and p[n] == before[n]:
            n += 1
        shared.append(n)
        rest.append(len(p) - n)
        where.append((p in sets[0]) | (p in sets[1]) << 1)
        tail += p[n:]
        before = p
    payload = bytes(shared + rest + where) + tail
    frame = compress(payload)
    head = struct.pack("<8sIIQQ", b"TKCLAUD\n", 1, len(pieces), len(payload), len(frame))
    head += struct.pack("<Q", fnv1a(head + frame))
    pathlib.Path(sys.argv[2]).write_bytes(head + frame)
    print(f"{len(pieces)} pieces ({len(sets[0])} v3, {len(sets[1])} v4.7), "
          f"{len(payload)} bytes, {len(head) + len(frame)} packed")


if __name__ == "__main__":
    main()
