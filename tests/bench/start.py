#!/usr/bin/env python3
"""start.py TOKCOUNT [--runs N] [--cc CC] - what a whole process takes, over one that does nothing.

Wall clock from spawning to the end, in turn and on one processor: an empty static program, the
command on 1 KB and on 2 KB, and lint on one prompt of 3.5 KB, as a hook calls it for a changed
file. Medians of N runs (300), and the median of the differences to the empty process of the same
turn, which a busy neighbour moves less: every process waits for him as often as the next one, and
one that is let in at once is compared with one that was. Exit 1 where a bound does not hold: 1 ms
over the empty process for 1 KB, 30 ms for lint. peers.py takes its "prompt" row from here.
"""
import argparse, os, statistics, subprocess, sys, tempfile, time

COUNT_MS, LINT_MS = 1.0, 30.0
UNTIMED = 3
# What a text of 1 KB costs is its pieces that are no tokens: a real text, not a sentence again and again.
TEXT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "README.md")
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


def empty_program(folder, cc="cc"):
    """A static program that does nothing: no loader, no search along PATH."""
    path = os.path.join(folder, "empty")
    subprocess.run([cc, "-static", "-O2", "-x", "c", "-o", path, "-"], input=b"int main(void){return 0;}", check=True)
    return path


def in_turn(commands, runs, cwd=None):
    """{name: milliseconds of each run}, all on the last processor; the first turns are not among them."""
    took = {name: [] for name in commands}
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    for i in range(runs + UNTIMED):
        for name, command in commands.items():
            ms = milliseconds(command, cwd)
            if i >= UNTIMED:  # files are in memory by then
                took[name].append(ms)
    os.sched_setaffinity(0, before)
    return took


def over(ms, empty):
    return statistics.median(a - b for a, b in zip(ms, empty))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tokcount")
    p.add_argument("--runs", type=int, default=300)
    p.add_argument("--cc", default="cc")
    o = p.parse_args()
    with tempfile.TemporaryDirectory() as d:
        tokcount = os.path.abspath(o.tokcount)
        with open(TEXT, "rb") as f:
            text = f.read(2048)
        for kb in (1, 2):
            with open(f"{d}/{kb}kb.txt", "wb") as f:
                f.write(text[:1024 * kb])
        with open(f"{d}/prompt.md", "w") as f:
            f.write("# Task\n\n" + PROSE * 40 + "\nAnswer in English.\n")
        rows = {
            "empty process": [empty_program(d, o.cc)],
            "count, 1 KB": [tokcount, "count", f"{d}/1kb.txt"],
            "count, 2 KB": [tokcount, "count", f"{d}/2kb.txt"],
            "lint, one file": [tokcount, "lint", f"{d}/prompt.md"],
        }
        took = in_turn(rows, o.runs, d)
    more = {name: over(ms, took["empty process"]) for name, ms in took.items()}
    print("| process | median ms | over the empty one | fastest |")
    print("|---|--:|--:|--:|")
    for name, ms in took.items():
        print(f"| {name} | {statistics.median(ms):.2f} | {more[name]:.2f} | {min(ms):.2f} |")
    good = more["count, 1 KB"] <= COUNT_MS and statistics.median(took["lint, one file"]) <= LINT_MS
    print(f"\n1 KB over an empty process: {more['count, 1 KB']:.2f} ms, {COUNT_MS} allowed; lint: "
          f"{statistics.median(took['lint, one file']):.1f} ms, {LINT_MS} allowed: "
          f"{'pass' if good else 'fail'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
