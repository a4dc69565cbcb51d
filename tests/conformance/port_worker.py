"""A process that runs layers and ported code over pipes, and the parent's end of it.

PyTorch and TensorFlow live in one environment and JAX, flax and ONNX Runtime may live in another,
so that each process gets its own interpreter.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from layers import Answer, Case


class PortProcess:
    """A child that can import the frameworks of its interpreter."""

    def __init__(self, interpreter: str, backend: str = "tensorflow") -> None:
        self._interpreter = interpreter
        self._environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONWARNINGS": "ignore"}
        self._start()

    def _start(self) -> None:
        self._child = subprocess.Popen(
            [self._interpreter, str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
        )

    def _ask(self, *question: Any) -> Any:
        assert self._child.stdin and self._child.stdout
        pickle.dump(question, self._child.stdin)
        self._child.stdin.flush()
        return pickle.load(self._child.stdout)

    def source(self, framework: str, case: Case) -> Answer:
        return self._ask("source", framework, case)

    def ported(self, framework: str, code: str, x: np.ndarray) -> np.ndarray | str:
        """What the code makes of x, or how it fails."""
        return self._ask("ported", framework, code, x)

    def search(self, framework: str, question: Any, folder: Path) -> list[str]:
        """The layers that port_search.py finds.

        Some arguments end TensorFlow's process (a failed check): the search goes on behind them.
        """
        progress = folder / "tried"
        first, found = 0, []
        while True:
            try:
                return self._ask("search", framework, question, progress, first, found)
            except EOFError:
                self._child.wait()
                self._start()
                last, found = json.loads(progress.read_text(encoding="utf-8"))
                if last < first:
                    raise  # it did not end in one of the tries
                first = last + 1

    def close(self) -> None:
        assert self._child.stdin
        self._child.stdin.close()
        self._child.wait()


_oracles: dict[str, Any] = {}


def _source(framework: str, case: Case) -> Answer:
    if framework not in _oracles:
        from rooms import ROOMS

        _oracles[framework] = ROOMS[framework].oracle(0.0, random.Random(0))
    return _oracles[framework].run(case)


def _prepare(framework: str) -> None:
    """Each framework's settings are those of its oracle."""
    if framework == "pytorch":
        import pytorch_oracle  # noqa: F401
    elif framework == "keras":
        import keras_oracle  # noqa: F401
    elif framework == "onnx":
        import onnx_oracle  # noqa: F401
    else:
        import jax_oracle  # noqa: F401


def _ported(framework: str, code: str, x: np.ndarray) -> np.ndarray | str:
    try:
        _prepare(framework)
        names: dict[str, Any] = {}
        exec(code, names)
        function = names.get("ported") or names["layer"]
        if framework == "pytorch":
            import torch

            with torch.no_grad():
                return np.ascontiguousarray(function(torch.from_numpy(x)).numpy())
        if framework == "keras":
            import keras

            return np.ascontiguousarray(keras.ops.convert_to_numpy(function(x)))
        if framework in ("jax", "flax"):
            import jax_oracle

            return jax_oracle.compiled(function, x)
        return np.ascontiguousarray(function(x))
    except Exception:
        return traceback.format_exc(limit=-2)


def serve() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            kind, *question = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if kind == "search":
            import port_search

            answer: Any = port_search.search(*question)
        else:
            answer = {"source": _source, "ported": _ported}[kind](*question)
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    serve()
