"""Runs a case through the tconv binary, by one of the ways tensors go in and out."""

from __future__ import annotations

import io
import json
import math
import random
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from layers import Case
from rooms import ROOMS
from tensors import to_json

_TIMEOUT = 60  # seconds; a case takes milliseconds
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass
class Outcome:
    """What the binary did."""

    exit: int
    stderr: str
    y: np.ndarray | None = None
    command: str = ""


def _typed(array: np.ndarray) -> str:
    """A tensor as inline JSON."""
    return json.dumps({"dtype": str(array.dtype), **_nested(array)}, separators=(",", ":"))


def _nested(array: np.ndarray) -> dict[str, Any]:
    flat = to_json(array)
    return {
        "shape": flat["shape"],
        "data": np.array(flat["data"], dtype=object).reshape(array.shape).tolist(),
    }


def _saved(array: np.ndarray, rng: random.Random) -> np.ndarray:
    """The array in C order, now and then in Fortran order or the other byte order."""
    style = rng.random()
    if style < 0.06 and array.ndim > 0:
        return np.asfortranarray(array)
    return array.astype(array.dtype.newbyteorder(">")) if style < 0.12 else array


def _from_json(text: str, dtype: str) -> np.ndarray:
    document = json.loads(text)
    shape = None
    if isinstance(document, dict):
        shape, dtype, document = (
            document.get("shape"),
            document.get("dtype", dtype),
            document["data"],
        )
    values = np.array(document, dtype=object)
    values = (
        np.vectorize(lambda v: _WORDS.get(v, v), otypes=[float])(values) if values.size else values
    )
    return values.astype(dtype).reshape(shape if shape is not None else values.shape)


class Tconv:
    """The binary and a directory for its files."""

    def __init__(self, binary: Path, directory: Path) -> None:
        self._binary = binary
        self._directory = directory

    def command(self, case: Case) -> str:
        """A command for a shell that needs no files."""
        words = [str(self._binary), "run", case.spec, "-x", _typed(case.x)]
        for w in case.w:
            words += ["-w", _typed(w)]
        if case.b is not None:
            words += ["-b", _typed(case.b)]
        if case.draft.output_size is not None:
            words += ["--output-size=" + ",".join(str(n) for n in case.draft.output_size)]
        return shlex.join(words)

    def _spec(self, case: Case, rng: random.Random, flags: bool) -> list[str]:
        """The SPEC: as text, in a file, or as a bare name with flags."""
        style = rng.random()
        if flags and style < 0.1 and case.draft.text is None:
            words = ROOMS[case.draft.framework].flags(case.draft)
            if words is not None:
                return words
        if 0.1 <= style < 0.14 and case.spec.startswith("{"):
            path = self._directory / "spec.json"
            path.write_text(case.spec, encoding="utf-8")
            return [str(path)]
        return [case.spec]

    def _input(self, case: Case, rng: random.Random) -> tuple[str, bytes | None]:
        """The x argument, and what goes to standard input."""
        style = rng.random()
        if style < 0.06:
            stream = io.BytesIO()
            np.save(stream, case.x)
            return "-", stream.getvalue()
        if style < 0.1:
            path = self._directory / "x.json"
            path.write_text(_typed(case.x), encoding="utf-8")
            return str(path), None
        if style < 0.13 and case.x.size <= 200:
            return _typed(case.x), None
        path = self._directory / "x.npy"
        np.save(path, _saved(case.x, rng))
        return str(path), None

    def run(self, case: Case, rng: random.Random, flags: bool) -> Outcome:
        """Runs the case. `flags`: its SPEC may be written as a bare name with flags."""
        x, standard_input = self._input(case, rng)
        words = [str(self._binary), "run", *self._spec(case, rng, flags), "-x", x]
        for index, w in enumerate(case.w):
            path = self._directory / f"w{index}.npy"
            np.save(path, _saved(w, rng))
            words += ["-w", str(path)]
        if case.b is not None:
            path = self._directory / "b.npy"
            np.save(path, case.b)
            words += ["-b", str(path)]
        if case.draft.output_size is not None:
            words += ["--output-size=" + ",".join(str(n) for n in case.draft.output_size)]
        form = rng.choices(("file", "json", "npy"), (90, 5, 5))[0]
        output = self._directory / "y.npy"
        output.unlink(missing_ok=True)
        words += ["-o", str(output)] if form == "file" else ["--format", form]
        done = subprocess.run(
            [*words, "--quiet"],
            input=standard_input,
            stdin=subprocess.DEVNULL if standard_input is None else None,
            capture_output=True,
            timeout=_TIMEOUT,
            close_fds=False,
        )
        outcome = Outcome(
            done.returncode, done.stderr.decode(errors="replace").strip(), command=shlex.join(words)
        )
        if outcome.exit == 0:
            if form == "file":
                outcome.y = np.load(output)
            elif form == "npy":
                outcome.y = np.load(io.BytesIO(done.stdout))
            else:
                outcome.y = _from_json(done.stdout.decode(), case.dtype)
        return outcome
