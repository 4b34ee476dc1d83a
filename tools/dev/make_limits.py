#!/usr/bin/env python3
"""Makes optimizer/lint/limits.def: context windows and retired models.

  make_limits.py PACKAGE_FOLDER_OR_JSON OUT

The source is model_prices_and_context_window_backup.json of PyPI litellm (pinned below by
version and SHA-256 of that file). Kept: chat models of the owners named in OWNERS, without a
cloud's or a region's prefix. OLD has models that left the list when they were switched off,
by the owners' deprecation pages.
"""
import hashlib
import json
import os
import sys

VERSION = "litellm 1.110.2"
SHA = "8943af58bf9f979c6a4bef815687117ffa341e462a41faed9be17b5c33d3dcc2"
CHECKED = "2026-11-26"
NAME = "model_prices_and_context_window_backup.json"
OWNERS = ("openai", "anthropic", "gemini", "vertex_ai-language-models", "mistral", "cohere", "cohere_chat",
          "deepseek", "xai", "groq")
OLD = [  # name, day it stopped answering
    ("text-davinci-003", 20240104), ("text-davinci-002", 20240104), ("code-davinci-002", 20230323),
    ("gpt-3.5-turbo-0301", 20240913), ("gpt-3.5-turbo-0613", 20240913), ("gpt-3.5-turbo-16k-0613", 20240913),
    ("gpt-4-0314", 20240613), ("gpt-4-32k", 20250606), ("gpt-4-32k-0613", 20250606),
    ("gpt-4-vision-preview", 20241206), ("gpt-4.5-preview", 20250714), ("o1-preview", 20250728),
    ("o1-mini", 20251027), ("claude-1", 20241106), ("claude-instant-1.2", 20241106), ("claude-2", 20250721),
    ("claude-2.0", 20250721), ("claude-2.1", 20250721), ("claude-3-sonnet-20240229", 20250721),
    ("claude-3-opus-20240229", 20260105), ("claude-3-5-sonnet-20240620", 20251028),
    ("claude-3-5-sonnet-20241022", 20251028), ("gemini-1.0-pro", 20250215), ("gemini-pro-vision", 20250215),
    ("gemini-1.5-pro", 20250924), ("gemini-1.5-flash", 20250924),
]


def main():
    path, out = sys.argv[1], sys.argv[2]
    if os.path.isdir(path):
        path = os.path.join(path, NAME)
    raw = open(path, "rb").read()
    if hashlib.sha256(raw).hexdigest() != SHA:
        sys.exit("%s: not the file of %s" % (path, VERSION))
    windows, retired = {}, {n: d for n, d in OLD}
    for name, row in json.loads(raw).items():
        if row.get("mode") not in ("chat", "responses", "completion") or row.get("litellm_provider") not in OWNERS:
            continue
        name = name.split("/")[-1].lower()
        if ":" in name or not name.isascii():
            continue
        n = row.get("max_input_tokens") or row.get("max_tokens")
        if isinstance(n, int) and n > 0:
            windows[name] = max(n, windows.get(name, 0))
        day = row.get("deprecation_date")
        if day and day[:4].isdigit():
            retired[name] = int(day.replace("-", ""))
    with open(out, "w", encoding="ascii") as f:
        f.write("/* limits.def - made by tools/dev/make_limits.py from PyPI %s, checked %s.\n" % (VERSION, CHECKED))
        f.write(" *\n * WINDOW(name, tokens): the longest prompt. RETIRED(name, day): from that day on it does not\n"
                " * answer. */\n")
        f.write("#ifdef WINDOW\n")
        for name in sorted(windows):
            f.write('WINDOW("%s", %d)\n' % (name, windows[name]))
        f.write("#endif\n#ifdef RETIRED\n")
        for name in sorted(retired):
            f.write('RETIRED("%s", %d)\n' % (name, retired[name]))
        f.write("#endif\n")


main()
