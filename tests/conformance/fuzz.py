"""Random layers without end: the live framework against the built binary.

    python fuzz.py --framework pytorch --count 20000 --seed 1
    python fuzz.py --framework keras --start 731 --count 1 --seed 1     one case again

Stops at the first disagreement with the SPEC, a command to paste, and both answers; exit 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

import numpy as np

import draw
from compare import difference
from geometry import LARGE, MANY_AXES, SMALL
from layers import Answer, Case
from oracles import Oracle, is_accident
from rooms import ROOMS
from tconv_runner import Outcome, Tconv

_BINARY = Path(__file__).resolve().parents[2] / "build" / "release" / "tconv"
_LARGE_SHARE = 0.15  # long axes and many channels, where the fast kernels work
_OTHER_RANKS = 0.12  # no spatial axes or more than three, where a framework computes them
_CROSS_CHECK = 0.1  # of the Keras layers are put to both backends


def draw_case(framework: str, seed: int, index: int, oracle: Oracle) -> tuple[Case, random.Random]:
    """Case `index` of a seed: the same in every run, whatever ran before."""
    rng = random.Random(f"{framework} {seed} {index}")
    limits = LARGE if rng.random() < _LARGE_SHARE else SMALL
    rank = None
    if ROOMS[framework].ranks and rng.random() < _OTHER_RANKS:
        rank, limits = rng.choice(ROOMS[framework].ranks), MANY_AXES
    case = draw.random_case(framework, rng, limits, half_reals=True, rank=rank)
    case.spec = ROOMS[framework].write(case, rng, oracle)
    return case, rng


def show(array: np.ndarray | None) -> str:
    return "" if array is None else f"{array.dtype} {array.shape}\n{array}"


def report(where: str, kind: str, case: Case, answer: Answer, outcome: Outcome, paste: str) -> None:
    """Everything about one disagreement."""
    theirs = show(answer.y) or f"refuses ({answer.when}): {answer.message}"
    ours = show(outcome.y) or f"exit {outcome.exit}: {outcome.stderr}"
    b = None if case.b is None else case.b.shape
    shapes = f"x {case.x.shape}, w {[w.shape for w in case.w]}, b {b}"
    print(
        f"\n{where}: {kind}\nSPEC: {case.spec}"
        f"\n{case.dtype}, {shapes}, output_size {case.draft.output_size}"
        f"\nframework {theirs}\ntconv {ours}\nran: {outcome.command}\npaste: {paste}",
        flush=True,
    )


def fuzz(options: argparse.Namespace, oracle: Oracle, tconv: Tconv) -> int:
    """The number of disagreements."""
    counts: Counter[str] = Counter()
    started = time.monotonic()
    indices = (
        count(options.start)
        if options.count == 0
        else range(options.start, options.start + options.count)
    )
    for index in indices:
        case, rng = draw_case(options.framework, options.seed, index, oracle)
        answer = oracle.run(case)
        if is_accident(case, answer):
            counts["not compared"] += 1
            continue
        outcome = tconv.run(case, rng, flags=not answer.refused)
        kind = difference(case, answer, outcome, oracle.run)
        if kind:
            counts[f"disagree: {kind}"] += 1
            where = f"seed {options.seed} index {index}"
            report(where, kind, case, answer, outcome, tconv.command(case))
            if not options.keep_going:
                break
        else:
            counts["refused by both" if answer.refused else "computed and equal"] += 1
        if (index + 1) % 1000 == 0:
            print(f"{index + 1}: {dict(counts)}", file=sys.stderr, flush=True)
    for item in getattr(oracle, "disagreements", []):
        print("Keras backends disagree:", item.case.draft, item.tensorflow, item.torch, sep="\n  ")
    counts["Keras backends disagree"] = len(getattr(oracle, "disagreements", []))
    seconds = time.monotonic() - started
    print(f"{options.framework} seed {options.seed}: {dict(+counts)}, {seconds:.0f} s")
    return sum(number for kind, number in counts.items() if kind.startswith("disagree"))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--framework", choices=tuple(ROOMS), required=True)
    parser.add_argument(
        "--count", type=int, default=0, help="layers to try; 0 (default): without end"
    )
    parser.add_argument("--start", type=int, default=0, help="index of the first layer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tconv", type=Path, default=_BINARY)
    parser.add_argument(
        "--keep-going", action="store_true", help="report every disagreement, count them by kind"
    )
    options = parser.parse_args()
    oracle = ROOMS[options.framework].oracle(_CROSS_CHECK, random.Random(options.seed))
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="tconv-fuzz-", dir=memory if memory.is_dir() else None
    ) as directory:
        disagreements = fuzz(options, oracle, Tconv(options.tconv.resolve(), Path(directory)))
    oracle.close()
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
