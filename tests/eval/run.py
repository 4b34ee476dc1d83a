#!/usr/bin/env python3
"""Runs the evaluations of this folder and keeps their tables in results.md.

  run.py --bin build/tokcount --data DIR [NAME...]      without NAME: every eval_*.py

eval_NAME.py prints its section (Markdown, baselines of the same run beside ours) to standard
output; it becomes "## NAME" in results.md, the other sections stay. An evaluation whose data is
not in DIR exits 77 and says what it needs: its old section stays.
"""
import argparse
import datetime
import os
import platform
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "results.md")
HEAD = """# Evaluations

Written by `make eval EVAL=DIR` (tests/eval/README.md says where the data comes from).

"""


def sections(text):
    parts = re.split(r"(?m)^## (.+)\n", text)
    return dict(zip(parts[1::2], parts[2::2]))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", default="build/tokcount")
    p.add_argument("--data", required=True)
    p.add_argument("names", nargs="*")
    a = p.parse_args()
    known = sorted(f[5:-3] for f in os.listdir(HERE) if f.startswith("eval_") and f.endswith(".py"))
    unknown = [n for n in a.names if n not in known]
    if unknown:
        p.error("no evaluation %s; there are: %s" % (", ".join(unknown), ", ".join(known)))
    failed = False
    for name in a.names or known:
        r = subprocess.run([sys.executable, os.path.join(HERE, "eval_%s.py" % name), "--bin", a.bin,
                            "--data", a.data], stdout=subprocess.PIPE, text=True)
        if r.returncode == 77:
            print("skipped %s: %s" % (name, r.stdout.strip()))
            continue
        if r.returncode:
            print("%s: exit %d" % (name, r.returncode))
            failed = True
            continue
        print("## %s\n%s" % (name, r.stdout))
        have = sections(open(RESULTS, encoding="utf-8").read()) if os.path.exists(RESULTS) else {}
        stamp = "%s, %s, Python %s\n\n" % (datetime.date.today(), platform.machine(), platform.python_version())
        have[name] = "\n" + stamp + r.stdout.strip() + "\n\n"
        with open(RESULTS, "w", encoding="utf-8") as f:
            f.write(HEAD + "".join("## %s\n%s" % (k, have[k]) for k in sorted(have)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
