"""A process that answers Keras questions over pipes, and the parent's end of it.

Keras takes one backend a process, and two must be asked, so each gets a process of its own.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

from layers import Answer, Case


class KerasProcess:
    """Keras on one backend, in a child process."""

    def __init__(self, backend: str) -> None:
        self._backend = backend
        environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONWARNINGS": "ignore"}
        self._child = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def _ask(self, function: str, *arguments: Any) -> Any:
        assert self._child.stdin and self._child.stdout
        pickle.dump((function, arguments), self._child.stdin)
        self._child.stdin.flush()
        return pickle.load(self._child.stdout)

    def run(self, case: Case) -> Answer:
        return self._ask("run", case)

    def serialized(self, case: Case, model: bool) -> str | None:
        return self._ask("serialized", case, model)

    def positional(self, name: str) -> tuple[str, ...]:
        return self._ask("positional", name)

    def close(self) -> None:
        assert self._child.stdin
        self._child.stdin.close()
        self._child.wait()


def serve() -> None:
    """Answers until the parent closes the pipe. Whatever the libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    import keras_oracle

    while True:
        try:
            function, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(getattr(keras_oracle, function)(*arguments), answers)
        answers.flush()


if __name__ == "__main__":
    serve()
