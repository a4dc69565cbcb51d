#!/usr/bin/env python3
"""Times every algorithm that takes a layer, and says how near to the fastest the chosen one is.

tests/plan/choice.py
tests/plan/choice.py --threads 2 --filter dcgan --rounds 5

Exits 1 where the chosen one is within 10 % of the fastest on fewer than 90 % of the layers. It
measures: nothing else may run beside it. The algorithms take turns, and the least time of each
counts, which other work on the machine disturbs least.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALGORITHMS = ("channel-lanes", "phase-channels", "depthwise", "panels", "pixel-lanes", "gathered")
NEAR, ENOUGH = 1.10, 0.90


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tconv", type=pathlib.Path, default=ROOT / "build" / "release" / "tconv")
    parser.add_argument("--layers", type=pathlib.Path, default=ROOT / "samples" / "layers.csv")
    parser.add_argument("--filter", default="", help="only layers with this in their name")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each algorithm")
    parser.add_argument("--seconds", type=float, default=0.1, help="a turn at least, and 15 runs")
    return parser.parse_args()


def bench(options, layers, algorithm):
    """(algorithm, milliseconds) of one turn; None where it does not take the file's one layer."""
    command = [options.tconv, "bench", "--layers", layers, "--json"]
    command += ["--no-limits", "--mode", "packed", "--min-time", str(options.seconds)]
    command += ["--threads", str(options.threads)]
    if algorithm:
        command += ["--algorithm", algorithm]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if run.returncode == 2 and "does not take this problem" in run.stderr:
        return None
    if run.returncode != 0:
        sys.exit(f"{algorithm or 'chosen'}: {run.stderr.strip()}")
    (row,) = json.loads(run.stdout)["measurements"]
    return row["algorithm"], row["ms"]["min"]


def measure(options, layers):
    """The chosen algorithm, and the least milliseconds of each that takes the layer."""
    chosen, times, refused = None, {}, set()
    for _ in range(options.rounds):
        for algorithm in (None, *ALGORITHMS):
            if algorithm in refused:
                continue
            turn = bench(options, layers, algorithm)
            if turn is None:
                refused.add(algorithm)
                continue
            chosen = chosen or turn[0]
            times[turn[0]] = min(turn[1], times.get(turn[0], turn[1]))
    return chosen, times


def main():
    options = arguments()
    with open(options.layers, newline="") as file:
        rows = [row for row in csv.DictReader(file) if options.filter in row["name"]]
    if not rows:
        sys.exit(f"--filter {options.filter} is in no layer's name")
    near = 0
    for row in rows:
        with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as one:
            table = csv.DictWriter(one, row)
            table.writeheader()
            table.writerow(row)
            one.flush()
            chosen, times = measure(options, one.name)
        fastest = min(times, key=times.get)
        ratio = times[chosen] / times[fastest]
        near += ratio <= NEAR
        others = "  ".join(f"{a} {t:.3f}" for a, t in sorted(times.items(), key=lambda x: x[1]))
        print(f"{row['name']:28} {chosen:14} {ratio:5.2f}  {others}", flush=True)
    share = near / len(rows)
    print(f"the chosen algorithm is within 10 % of the fastest on {near} of {len(rows)} layers")
    return 0 if share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
