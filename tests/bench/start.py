#!/usr/bin/env python3
"""start.py TOKCOUNT [--runs N] [--cc CC] - what a whole process takes, over one that does nothing.

Wall clock from spawning to the end, in turn: an empty static program, the command on 1 KB and on
2 KB, and lint on one prompt of 3.5 KB, as a hook calls it for a changed file.
Medians of N runs (300), and the median of the differences to the empty process of the same
turn, which a busy neighbour moves less. Exit 1 where a bound does not hold: 1 ms over the empty
process for 1 KB, 30 ms for lint.
"""
import argparse, os, statistics, subprocess, sys, tempfile, time

COUNT_MS, LINT_MS = 1.0, 30.0
PROSE = "Read the file before you change it, and say in one sentence why the change is needed. "


def milliseconds(command, cwd):
    begin = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status = os.waitpid(pid, 0)
    end = time.perf_counter()
    if os.waitstatus_to_exitcode(status) not in (0, 1):  # lint: 1 is a finding
        sys.exit(f"start.py: {' '.join(command)}: status {status}")
    return (end - begin) * 1e3


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tokcount")
    p.add_argument("--runs", type=int, default=300)
    p.add_argument("--cc", default="cc")
    o = p.parse_args()
    with tempfile.TemporaryDirectory() as d:
        tokcount = os.path.abspath(o.tokcount)
        subprocess.run([o.cc, "-static", "-O2", "-x", "c", "-o", f"{d}/empty", "-"],
                       input=b"int main(void){return 0;}", check=True)
        for kb in (1, 2):
            with open(f"{d}/{kb}kb.txt", "w") as f:
                f.write((PROSE * 30)[:1024 * kb])
        with open(f"{d}/prompt.md", "w") as f:
            f.write("# Task\n\n" + PROSE * 40 + "\nAnswer in English.\n")
        rows = {
            "empty process": [f"{d}/empty"],
            "count, 1 KB": [tokcount, "count", f"{d}/1kb.txt"],
            "count, 2 KB": [tokcount, "count", f"{d}/2kb.txt"],
            "lint, one file": [tokcount, "lint", f"{d}/prompt.md"],
        }
        took = {name: [] for name in rows}
        for i in range(o.runs + 3):
            for name, command in rows.items():
                ms = milliseconds(command, d)
                if i >= 3:  # files are in memory by then
                    took[name].append(ms)
    over = {}
    print("| process | median ms | over the empty one | fastest |")
    print("|---|--:|--:|--:|")
    for name, ms in took.items():
        over[name] = statistics.median(a - b for a, b in zip(ms, took["empty process"]))
        print(f"| {name} | {statistics.median(ms):.2f} | {over[name]:.2f} | {min(ms):.2f} |")
    good = over["count, 1 KB"] <= COUNT_MS and statistics.median(took["lint, one file"]) <= LINT_MS
    print(f"\n1 KB over an empty process: {over['count, 1 KB']:.2f} ms, {COUNT_MS} allowed; lint: "
          f"{statistics.median(took['lint, one file']):.1f} ms, {LINT_MS} allowed: "
          f"{'pass' if good else 'fail'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
