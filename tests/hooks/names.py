"""names.py HOOKS BINARY: .pre-commit-hooks.yaml's patterns and the program take the same names.

names.txt has one name a line, with "!" in front of what is no prompt. Without PyYAML the pattern
is taken out of the text.
"""

import os
import re
import subprocess
import sys
import tempfile


def pattern(text, anchor):
    found = re.search(r"files: &%s '(.*?)'" % anchor, text, re.S)
    return re.compile(" ".join(found.group(1).split("\n")))


def main():
    hooks, binary = sys.argv[1:]
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "names.txt"), encoding="utf-8") as f:
        names = [line.rstrip("\n") for line in f]
    with open(os.path.join(hooks, ".pre-commit-hooks.yaml"), encoding="utf-8") as f:
        manifest = f.read()
    regexes = [pattern(manifest, "files"), pattern(manifest, "prompts")]
    want = {n.lstrip("!"): not n.startswith("!") for n in names}
    with tempfile.TemporaryDirectory() as folder:
        for name in want:
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write("x")
        subprocess.run([binary, "budget", "init"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "tokcount.lock.json"), encoding="utf-8") as f:
            recorded = set(re.findall(r'"path":"([^"]+)"', f.read()))
    bad = [n for n in want for regex in regexes if bool(regex.search(n)) != want[n]]
    bad += [n for n in want if (n in recorded) != want[n]]
    for n in bad:
        print("%s: is %sa prompt" % (n, "" if want[n] else "not "))
    print("names agree" if not bad else "names differ")
    return bool(bad)


sys.exit(main())
