"""Random layers ported from each framework to each other, both sides run by the real frameworks.

    python port.py --count 2000 --python-torch PYTHON --python-jax PYTHON
    python port.py --pair keras pytorch --start 731 --count 1 --seed 1      one layer again

Every port that tconv calls exact, or exact with steps, must give what the source framework gives:
the printed code is executed as it is, with the weights that tconv wrote. Where tconv finds no exact
layer, port_search.py looks for one among the target's own arguments (layers of one spatial axis:
each axis is a problem of its own) and must find none. Exit 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

import flax_text
import jax_text
import onnx_text
import port_search
import spec_text
from draw import pick_kind
from geometry import SMALL
from layers import Case
from port_worker import PortProcess
from rooms import ROOMS
from tensors import values_for

_BINARY = Path(__file__).resolve().parents[2] / "build" / "release" / "tconv"
_FRAMEWORKS = ("pytorch", "keras", "onnx", "jax", "flax")
_WITHOUT_SHAPE = 0.4  # of the layers are ported without --input-shape first


class Workers:
    """A process for each framework's environment, and a second Keras on PyTorch."""

    def __init__(self, torch: str, jax: str) -> None:
        self._torch = PortProcess(torch)
        self._jax = PortProcess(jax)
        self._keras_torch = PortProcess(torch, "torch")

    def of(self, framework: str) -> PortProcess:
        return self._torch if framework in ("pytorch", "keras") else self._jax

    def ported(self, framework: str, code: str, x: np.ndarray) -> np.ndarray | str:
        y = self.of(framework).ported(framework, code, x)
        if framework == "keras" and isinstance(y, str):  # TensorFlow lacks a kernel on the CPU
            second = self._keras_torch.ported(framework, code, x)
            return y if isinstance(second, str) else second
        return y

    def keras_torch(self, code: str, x: np.ndarray) -> np.ndarray | str:
        return self._keras_torch.ported("keras", code, x)

    def close(self) -> None:
        for worker in (self._torch, self._jax, self._keras_torch):
            worker.close()


def draw_layer(source: str, seed: int, index: int) -> tuple[Case, random.Random]:
    """Layer `index` of a seed: the same in every run."""
    rng = random.Random(f"port {source} {seed} {index}")
    while True:
        draft = ROOMS[source].random.random_draft(rng, SMALL, "float32")
        kind = "integer" if pick_kind(draft, rng) == "real" else pick_kind(draft, rng)
        if "dtype" in draft.arguments or "preferred_element_type" in draft.arguments:
            continue
        return values_for(draft, rng, "float32", kind), rng


def call_of(case: Case, rng: random.Random) -> str:
    framework = case.draft.framework
    if framework == "onnx":
        return onnx_text.call(case.draft, rng)
    if framework == "jax":
        return jax_text.call(case.draft, rng)
    if framework == "flax":
        return flax_text.call(case.draft, rng)
    return spec_text.call(case.draft, rng, bias=case.b is not None)


class Port:
    """One layer's port, by the binary."""

    def __init__(self, case: Case, target: str, rng: random.Random, folder: Path, binary: Path):
        self._case = case
        self.words = [str(binary), "port", call_of(case, rng), "--to", target, "--json"]
        self.words += ["--framework", case.draft.framework]
        if case.draft.output_size is not None:
            self.words += ["--output-size=" + ",".join(map(str, case.draft.output_size))]
        for i, w in enumerate(case.w):
            np.save(folder / f"w{i}.npy", w)
            self.words += ["-w", str(folder / f"w{i}.npy"), "-o", str(folder / f"v{i}.npy")]
        if case.b is not None:
            np.save(folder / "b.npy", case.b)
            self.words += ["-b", str(folder / "b.npy"), "--bias-out", str(folder / "c.npy")]
        self.exit, self.error, self.answer = -1, "", {}

    def run(self, with_shape: bool) -> None:
        words = self.words + (
            ["--input-shape=" + ",".join(map(str, self._case.x.shape))] if with_shape else []
        )
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        self.words_run = words
        self.exit, self.error = done.returncode, done.stderr.strip()
        self.answer = json.loads(done.stdout) if done.stdout else {}


def in_target(case: Case, layer: dict[str, Any]) -> np.ndarray:
    """x as the ported code takes it: one batch axis, then the target's order."""
    order = layer["x_transpose"]
    x = case.x
    if x.ndim < len(order):
        x = x.reshape(1, *x.shape)
    elif x.ndim > len(order):
        x = x.reshape(-1, *x.shape[x.ndim - len(order) + 1 :])
    return np.ascontiguousarray(x.transpose(order))


def falls_short(case: Case, target: str, layer: dict[str, Any]) -> bool:
    """Whether x is shorter than the printed layer is said to pad."""
    if not layer.get("least_input_lengths"):
        return False
    lengths = in_target(case, layer).shape
    spatial = lengths[1:-1] if target == "keras" else lengths[2:]
    return any(n < least for n, least in zip(spatial, layer["least_input_lengths"]))


def judged(case: Case, wanted: np.ndarray, layer: dict[str, Any], y: np.ndarray) -> str:
    """What is wrong with the ported code's y; empty for nothing."""
    y = y.transpose(layer["y_transpose"])
    if y.size != wanted.size or (y.ndim == wanted.ndim and y.shape != wanted.shape):
        return f"shape {y.shape} is not {wanted.shape}"
    y = y.reshape(wanted.shape)
    activation = case.draft.arguments.get("activation")
    if activation in (None, "linear") and case.exact:
        return "" if np.array_equal(y, wanted) else f"values differ:\n{y}\nis not\n{wanted}"
    scale = 1 + float(np.max(np.abs(wanted), initial=0))
    close = np.allclose(y, wanted, rtol=1e-5, atol=1e-5 * scale)
    return "" if close else f"values differ:\n{y}\nis not\n{wanted}"


def try_layer(
    pair: tuple[str, str], case: Case, wanted: np.ndarray, rng: random.Random, folder: Path,
    binary: Path, workers: Workers, counts: Counter[str],
) -> str:
    """What is wrong with one port, or nothing; counts its verdict."""  # fmt: skip
    source, target = pair
    port = Port(case, target, rng, folder, binary)
    without = rng.random() < _WITHOUT_SHAPE
    port.run(not without)
    if without and port.exit in (2, 3) and "--input-shape" in port.error:
        counts["asked for the input shape"] += 1
        port.run(True)
    if not port.answer:
        return f"no verdict: exit {port.exit}\n{port.error}\n{shlex.join(port.words_run)}"
    if without and falls_short(case, target, port.answer["layers"][0]):
        counts["shorter than the port for any length says"] += 1
        port.run(True)
    verdict, layer = port.answer["verdict"], port.answer["layers"][0]
    counts[verdict] += 1
    where = f"{shlex.join(port.words_run)}\n{json.dumps(layer)}\n{port.answer['code']}"
    if (verdict == "impossible") != (port.exit == 1):
        return f"{verdict}, and exit {port.exit}\n{where}"
    if verdict != "impossible":
        x = in_target(case, layer)
        y = workers.ported(target, port.answer["code"], x)
        if isinstance(y, str):
            return f"the code fails: {y}\n{where}"
        wrong = judged(case, wanted, layer, y)
        if wrong and target == "keras":  # TensorFlow's own errors: oracles.py lists them
            y = workers.keras_torch(port.answer["code"], x)
            wrong = y if isinstance(y, str) else judged(case, wanted, layer, y)
            counts["judged by Keras on PyTorch"] += not wrong
        if wrong:
            return f"{wrong}\n{where}"
    if verdict != "exact" and len(case.w) == 1:
        # An answer for every input length need not be exact where that for this one is.
        if "--input-shape" not in " ".join(port.words_run):
            port.run(with_shape=True)
            counts["exact for this length"] += port.answer["verdict"] == "exact"
            if port.answer["verdict"] == "exact":
                return ""
        question = port_search.question(case, target, wanted)
        if question is not None:
            counts["searched for an exact layer"] += 1
            found = workers.of(target).search(target, question, folder)
            for attempt in range(3):  # sums of small integers may agree by chance
                if not found:
                    break
                other = values_for(case.draft, random.Random(attempt), case.dtype, "integer")
                again = workers.of(source).source(source, other).y
                question = port_search.question(other, target, again)
                if question is not None:  # none of weights that are all zero
                    also = workers.of(target).search(target, question, folder)
                    found = [layer for layer in found if layer in also]
            if found:
                return f"{verdict}, and these are exact: {found[:3]}\n{where}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--pair", nargs=2, metavar=("FROM", "TO"), choices=_FRAMEWORKS)
    parser.add_argument("--source", choices=_FRAMEWORKS, help="only its pairs")
    parser.add_argument("--count", type=int, default=40, help="layers a pair")
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tconv", type=Path, default=_BINARY)
    parser.add_argument("--python-torch", default=sys.executable, help="with PyTorch and Keras")
    parser.add_argument("--python-jax", default=sys.executable, help="with JAX, flax and ONNX")
    parser.add_argument("--keep-going", action="store_true", help="report every failure")
    options = parser.parse_args()
    pairs = [tuple(options.pair)] if options.pair else list(permutations(_FRAMEWORKS, 2))
    pairs = [pair for pair in pairs if options.source in (None, pair[0])]
    workers = Workers(options.python_torch, options.python_jax)
    memory = Path("/dev/shm")
    failures = 0
    totals: dict[tuple[str, ...], Counter[str]] = {pair: Counter() for pair in pairs}
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        for source in dict.fromkeys(pair[0] for pair in pairs):
            targets = [pair for pair in pairs if pair[0] == source]
            index, done = options.start, 0
            while done < options.count:
                case, _ = draw_layer(source, options.seed, index)
                answer = workers.of(source).source(source, case)
                index += 1
                if answer.refused or answer.y is None or answer.y.size == 0:
                    done += options.count == 1
                    continue
                done += 1
                for pair in targets:
                    rng = random.Random(f"{pair} {options.seed} {index}")
                    wrong = try_layer(
                        pair, case, answer.y, rng, Path(name), options.tconv.resolve(), workers,
                        totals[pair],
                    )  # fmt: skip
                    if not wrong:
                        continue
                    failures += 1
                    totals[pair]["WRONG"] += 1
                    print(
                        f"\n{pair[0]} to {pair[1]}: {wrong}\nagain: port.py --pair {pair[0]} "
                        f"{pair[1]} --seed {options.seed} --start {index - 1} --count 1",
                        flush=True,
                    )
                    if not options.keep_going:
                        return 1
            for pair in targets:
                print(f"{pair[0]} to {pair[1]}: {done} layers, {dict(totals[pair])}", flush=True)
    workers.close()
    print(f"{failures} wrong, {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
