"""Runs the Conv and ConvTranspose cases of onnx's own backend node tests through the binary.

    python onnx_node_tests.py [--tconv PATH]

The cases come from the installed onnx package. Each node is given to tconv four times: as JSON,
as make_node(...), in the textual syntax, and as print() shows it. Prints a line a case; exit 1 if one differs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases

_BINARY = Path(__file__).resolve().parents[2] / "build" / "release" / "tconv"
_OPERATORS = ("Conv", "ConvTranspose")
_TIMEOUT = 60


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """The attributes as Python values."""
    values = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    return {name: v.decode() if isinstance(v, bytes) else v for name, v in values.items()}


def specs(node: onnx.NodeProto) -> dict[str, str]:
    """The node in the forms that people write."""
    values = attributes(node)
    object_ = {"framework": "onnx", "layer": node.op_type, **values}
    keywords = "".join(f", {name}={value!r}" for name, value in values.items())
    inputs, outputs = list(node.input), list(node.output)
    return {
        "JSON": json.dumps(object_),
        "make_node": f"onnx.helper.make_node({node.op_type!r}, {inputs}, {outputs}{keywords})",
        "text": onnx.printer.to_text(node).strip(),
        "print": str(node),
    }


def run(tconv: Path, spec: str, inputs: list[np.ndarray], directory: Path) -> np.ndarray | str:
    """What tconv computes, or why it does not."""
    words = [str(tconv), "run", spec, "-o", str(directory / "y.npy"), "--quiet"]
    for flag, array in zip(("-x", "-w", "-b"), inputs):
        path = directory / f"{flag[1:]}.npy"
        np.save(path, array)
        words += [flag, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stderr.strip()}"
    return np.load(directory / "y.npy")


def verdict(y: np.ndarray | str, expected: np.ndarray, rtol: float, atol: float) -> str:
    """The difference, or nothing. The expected values are small integers, and must be equal."""
    if isinstance(y, str):
        return y
    if y.shape != expected.shape or y.dtype != expected.dtype:
        return f"{y.dtype} {y.shape} instead of {expected.dtype} {expected.shape}"
    if np.array_equal(expected, np.rint(expected)):
        return "" if np.array_equal(y, expected) else "values"
    return "" if np.allclose(y, expected, rtol=rtol, atol=atol) else "values"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tconv", type=Path, default=_BINARY)
    tconv = parser.parse_args().tconv.resolve()
    warnings.filterwarnings("ignore")
    cases = runs = failures = 0
    with tempfile.TemporaryDirectory(prefix="tconv-node-") as directory:
        for case in collect_testcases():
            nodes = case.model.graph.node if case.model is not None else []
            if len(nodes) != 1 or nodes[0].op_type not in _OPERATORS:
                continue
            assert case.data_sets, case.name
            cases += 1
            wrong = []
            for form, spec in specs(nodes[0]).items():
                for inputs, outputs in case.data_sets:
                    arrays = [np.asarray(array) for array in inputs]
                    y = run(tconv, spec, arrays, Path(directory))
                    difference = verdict(y, np.asarray(outputs[0]), case.rtol, case.atol)
                    runs += 1
                    if difference:
                        wrong.append(f"{form}: {difference}\n    {spec}")
            failures += bool(wrong)
            print("\n  ".join([f"{'FAIL' if wrong else 'ok'}  {case.name}", *wrong]))
    print(f"onnx {onnx.__version__}: {cases} node tests, {runs} runs, {failures} tests differ")
    return 1 if failures or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
