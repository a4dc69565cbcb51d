"""Runs the real frameworks over many layers and stores what they answer, one JSON line a case.

    python generate.py            every framework
    python generate.py pytorch    one of them

Keras runs on TensorFlow. Where TensorFlow refuses a call only for want of a CPU kernel, Keras on
PyTorch is asked, and its answer is stored with "backend": "torch". Where both compute, every case
is compared; a difference is printed and the case is not stored.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import draw
from geometry import MANY_AXES, SMALL
from layers import SIGNATURES, Answer, Case, Draft
from onnx_layers import NEWEST_OPSET
from oracles import Oracle, is_accident
from rooms import ROOMS
from tensors import to_json, values_for

_CASES = Path(__file__).resolve().parent / "cases"
_SEED = 20261122
_RANDOM_CASES = 420
_OTHER_RANK_CASES = 40
_LARGEST_Y = 150


def check_signatures(framework: str, oracle: Oracle) -> None:
    """The order of arguments in layers.py must be the framework's."""
    if framework not in ("pytorch", "keras"):
        return
    for name, arguments in SIGNATURES.items():
        module = not name.islower()
        if module and name.endswith("d") == (framework == "pytorch"):
            theirs = oracle.positional(name)[: len(arguments)]
            assert theirs == arguments, f"{name}: {theirs} is not {arguments}"


def random_cases(framework: str) -> Iterator[Case]:
    """Seeded random cases, without end."""
    rng = random.Random(f"{framework} {_SEED}")
    while True:
        yield draw.random_case(framework, rng, SMALL, half_reals=False)


def cases_of_other_ranks(framework: str) -> Iterator[Case]:
    """The same with no spatial axes or more than three, without end."""
    rng = random.Random(f"ranks {framework} {_SEED}")
    while True:
        rank = rng.choice(ROOMS[framework].ranks)
        yield draw.random_case(framework, rng, MANY_AXES, half_reals=False, rank=rank)


def systematic_cases(framework: str, drafts: Iterator[Draft]) -> Iterator[Case]:
    rng = random.Random(f"grid {framework} {_SEED}")
    for draft in drafts:
        kind = draw.pick_kind(draft, rng)
        dtype = "float32" if draft.text is not None or rng.random() < 0.75 else "float64"
        if draft.text is not None or not ROOMS[framework].judges(draft, dtype, kind):
            kind = "integer"
        yield values_for(draft, rng, dtype, kind)


def poisoned_cases(framework: str) -> Iterator[Case]:
    """NaN and infinities in x: they reach the outputs that read them, and no others."""
    for index, draft in enumerate(ROOMS[framework].grid.plain_drafts()):
        case = values_for(draft, random.Random(index), "float32", "integer")
        flat = case.x.reshape(-1)
        flat[1] = (np.nan, np.inf, -np.inf)[index % 3]
        if index % 2:
            flat[-1] = np.inf
        case.w = [np.where(w == 0, np.float32(1), w) for w in case.w]
        yield case


def store(case: Case, answer: Answer, identity: str) -> dict[str, Any]:
    """A case as a line of the file."""
    line: dict[str, Any] = {"id": identity}
    if case.name:
        line["name"] = case.name
    line["spec"] = case.spec
    if case.draft.output_size is not None:
        line["output_size"] = case.draft.output_size
    if getattr(case.draft, "opset", NEWEST_OPSET) != NEWEST_OPSET:
        line["opset"] = case.draft.opset  # of the model that was asked
    line |= {"dtype": case.dtype, "exact": case.exact, "x": to_json(case.x)}
    line["w"] = [to_json(w) for w in case.w]
    line["b"] = None if case.b is None else to_json(case.b)
    if case.draft.arguments.get("mask") is not None:
        line["mask"] = to_json(np.array(case.draft.arguments["mask"]))
    if answer.y is None:
        line["refused"] = {"when": answer.when, "message": answer.message}
        return line
    if case.draft.framework == "keras" and answer.backend == "torch":
        line["backend"] = "torch"
    line["y"] = to_json(answer.y)
    return line


def _shown(numbers: Iterable[int]) -> str:
    """Numbers as the worked rows list them."""
    return " ".join(str(int(n)) for n in numbers)


class Writer:
    """Asks the oracle, writes the lines, and counts."""

    def __init__(self, framework: str, oracle: Oracle) -> None:
        self._oracle = oracle
        self._room = ROOMS[framework]
        self._rng = random.Random(f"spec {framework} {_SEED}")
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()

    def add(
        self, case: Case, group: str, expected: str | None = None, are_values: bool = False
    ) -> None:
        """Stores the case unless its answer is too large or its judges disagree.

        `expected` is what semantics.md says of a worked row; a difference is an error in it.
        """
        differences = getattr(self._oracle, "disagreements", [])
        before = len(differences)
        answer = self._oracle.run(case)
        if len(differences) > before:
            self.counts["backends disagree"] += 1
            return
        if expected is not None:
            shown = (
                ""
                if answer.y is None
                else _shown(answer.y.ravel() if are_values else answer.y.shape)
            )
            if shown != expected:
                print(f"semantics.md is wrong: {case.name}: {shown} is not {expected}")
        if answer.y is not None:
            if answer.y.size > _LARGEST_Y or is_accident(case, answer):
                self.counts["too large, or accidents"] += 1
                return
            finite = answer.y[np.isfinite(answer.y)]
            assert not case.exact or np.array_equal(finite, np.rint(finite)), case
            assert answer.y.dtype == case.dtype, (case, answer.y.dtype)
        case.spec = self._room.write(case, self._rng, self._oracle)
        identity = f"{self._room.prefix}-{len(self.lines) + 1:04d}"
        text = json.dumps(store(case, answer, identity), separators=(",", ":"), allow_nan=False)
        self.lines.append(text)
        self.counts[group] += 1
        self.counts[f"{group} refused"] += answer.refused


def generate(framework: str) -> None:
    oracle = ROOMS[framework].oracle(1.0, random.Random(0))
    check_signatures(framework, oracle)
    writer = Writer(framework, oracle)
    for case, expected, are_values in ROOMS[framework].worked():
        writer.add(case, "worked", expected, are_values)
    room = ROOMS[framework]
    for case in systematic_cases(framework, room.grid.drafts()):
        writer.add(case, "systematic")
    for case in poisoned_cases(framework):
        writer.add(case, "systematic")
    for case in random_cases(framework):
        if writer.counts["random"] == _RANDOM_CASES:
            break
        writer.add(case, "random")
    if room.ranks:
        for case in systematic_cases(framework, room.grid.other_ranks()):
            writer.add(case, "other ranks")
        for case in cases_of_other_ranks(framework):
            if writer.counts["other ranks, random"] == _OTHER_RANK_CASES:
                break
            writer.add(case, "other ranks, random")
    for item in getattr(oracle, "disagreements", []):
        print("backends disagree:", item.case.draft, item.tensorflow, item.torch, sep="\n  ")
    oracle.close()
    path = _CASES / f"{framework}.jsonl"
    path.write_text("\n".join(writer.lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes, {dict(writer.counts)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("framework", nargs="?", choices=tuple(ROOMS))
    chosen = parser.parse_args().framework
    for framework in (chosen,) if chosen else tuple(ROOMS):
        generate(framework)


if __name__ == "__main__":
    main()
