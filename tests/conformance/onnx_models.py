"""Runs every Conv and ConvTranspose node of real ONNX models through the binary.

    python onnx_models.py [--tconv PATH] [--side N] FOLDER_OR_WHEEL_OR_MODEL...

The models are those that pip packages ship: in an unpacked or installed package, or in a wheel
(`pip download --no-deps rapidocr-onnxruntime silero-vad nudenet ddddocr`). ONNX Runtime runs the
whole model on random input, with the inputs and outputs of its convolutions exposed; then each
node is run alone, `tconv run model.onnx:NODE -x x.npy`, with the weights and bias of the file.
A node inside a branch is asked of ONNX Runtime as a model of its own, on random input.

Both sums are within K+1 roundings of the sum of magnitudes, as in compare.py. Prints a line a
model; exit 1 if a node differs or is refused.
"""

from __future__ import annotations

import argparse
import email
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

_BINARY = Path(__file__).resolve().parents[2] / "build" / "release" / "tconv"
_OPERATORS = ("Conv", "ConvTranspose")
_TIMEOUT = 600
_LARGER = (1, 2, 3, 4, 6, 8, 9, 10, 12, 16)  # times --side, where a model refuses that
_SINGLE = float(np.finfo(np.float32).eps)
_HALF = 2.0**-11

onnxruntime.set_default_logger_severity(4)


@dataclass
class Place:
    """A node, and the tensors that its graph and those around it store."""

    node: onnx.NodeProto
    stored: dict[str, np.ndarray]
    path: str  # empty in the main graph


@dataclass
class Count:
    """What came of a model's nodes."""

    operators: dict[str, int] = field(default_factory=dict)
    equal: int = 0
    bitwise: int = 0
    largest: float = 0.0  # difference, as a share of what is allowed
    wrong: list[str] = field(default_factory=list)


def constants(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """The tensors a graph stores, by name."""
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            found[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in found:
            found[node.output[0]] = found[node.input[0]]
    return found


def places(graph: onnx.GraphProto, outer: dict[str, np.ndarray], path: str) -> Iterator[Place]:
    """Every convolution, those in branches included."""
    stored = outer | constants(graph)
    for node in graph.node:
        if node.op_type in _OPERATORS and node.domain in ("", "ai.onnx"):
            yield Place(node, stored, path)
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from places(attribute.g, stored, f"{path}/{node.name}.{attribute.name}")


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    """One thread, and each node as it stands: fused nodes have no output of their own."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def whole_model(
    model: onnx.ModelProto, names: list[str], side: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """The values called `names` in a run of the whole model on random input."""
    exposed = onnx.ModelProto()
    exposed.CopyFrom(model)
    inputs = {value.name for value in exposed.graph.input}
    known = inputs | {value.name for value in exposed.graph.output}
    for name in names:
        if name not in known:
            exposed.graph.output.append(onnx.ValueInfoProto(name=name))
    running = session(exposed)
    feeds = {value.name: random_input(value, side, rng) for value in running.get_inputs()}
    wanted = [name for name in names if name not in inputs]
    values = dict(zip(wanted, running.run(wanted, feeds)))
    return feeds | values


def first_that_runs(
    model: onnx.ModelProto, names: list[str], side: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """The same with the first of some extents that the model takes."""
    refusal: Exception | None = None
    for factor in _LARGER:
        try:
            return whole_model(model, names, side * factor, rng)
        except Exception as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def random_input(
    value: onnxruntime.NodeArg, side: int, rng: np.random.Generator
) -> np.ndarray:
    """Extents that the model leaves open are `side`, those of a batch 1."""
    shape = [
        extent if isinstance(extent, int) and extent > 0
        else 1 if axis == 0 or "batch" in str(extent)
        else side
        for axis, extent in enumerate(value.shape)
    ]
    if "int64" in value.type:  # a sampling rate, in the models at hand
        return np.full(shape, 16000, np.int64)
    dtype = np.float16 if "float16" in value.type else np.float32
    return rng.uniform(-1, 1, shape).astype(dtype)


def alone(place: Place, x: np.ndarray, tensors: list[np.ndarray], opset: int) -> np.ndarray:
    """ONNX Runtime's answer for one node."""
    node = onnx.NodeProto()
    node.CopyFrom(place.node)
    names = ["X", "W", "B"][: 1 + len(tensors)]
    node.input[:] = names
    node.output[:] = ["Y"]
    kind = helper.np_dtype_to_tensor_dtype(x.dtype)
    graph = helper.make_graph(
        [node],
        "alone",
        [helper.make_tensor_value_info("X", kind, x.shape)],
        [helper.make_tensor_value_info("Y", kind, None)],
        [numpy_helper.from_array(t, name) for t, name in zip(tensors, names[1:])],
    )
    single = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    single.ir_version = 8
    return session(single).run(None, {"X": x})[0]


def input_of_branch(place: Place, side: int, rng: np.random.Generator) -> np.ndarray:
    """A random X for a node whose own is not to be had."""
    w = place.stored[place.node.input[1]]
    group = next((a.i for a in place.node.attribute if a.name == "group"), 1)
    channels = w.shape[0] if place.node.op_type == "ConvTranspose" else w.shape[1] * group
    shape = [1, channels, *(max(side, extent + 1) for extent in w.shape[2:])]
    return rng.uniform(-1, 1, shape).astype(w.dtype)


def ask(tconv: Path, spec: str, x: np.ndarray, folder: Path) -> np.ndarray | str:
    """What tconv computes, or why it does not."""
    np.save(folder / "x.npy", x)
    command = [str(tconv), "run", spec, "-x", str(folder / "x.npy"), "--format", "npy"]
    with (folder / "y.npy").open("wb") as output:
        done = subprocess.run(
            command, stdout=output, stderr=subprocess.PIPE, text=True, timeout=_TIMEOUT, check=False
        )
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stderr.strip()}"
    return np.load(folder / "y.npy")


def allowed(place: Place, x: np.ndarray, tensors: list[np.ndarray], opset: int) -> np.ndarray:
    """How far two correct sums may be apart, element by element."""
    single = [np.abs(t.astype(np.float32)) for t in [x, *tensors]]
    magnitude = alone(place, single[0], single[1:], opset).astype(np.float64)
    w = tensors[0]
    across = 0 if place.node.op_type == "ConvTranspose" else 1
    group = next((a.i for a in place.node.attribute if a.name == "group"), 1)
    terms = int(np.prod(w.shape[2:])) * w.shape[across] // (group if across == 0 else 1)
    bound = 2 * (terms + 2) * _SINGLE * magnitude
    return bound + (2 * _HALF * magnitude if x.dtype == np.float16 else 0)


def opset_of(model: onnx.ModelProto) -> int:
    return next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))


def judge(path: Path, tconv: Path, side: int, folder: Path, seed: int) -> Count:
    """Every convolution of a model."""
    rng = np.random.default_rng(seed)
    model = onnx.load(path)
    opset = opset_of(model)
    nodes = list(places(model.graph, {}, ""))
    count = Count()
    for place in nodes:
        count.operators[place.node.op_type] = count.operators.get(place.node.op_type, 0) + 1
    main = [place for place in nodes if not place.path]
    names = sorted({name for p in main for name in (p.node.input[0], p.node.output[0])})
    values = first_that_runs(model, names, side, rng) if main else {}
    for place in nodes:
        label = place.node.name or place.node.output[0]
        tensors = [place.stored[name] for name in place.node.input[1:] if name]
        if place.path:
            x = input_of_branch(place, side, rng)
            expected = alone(place, x, tensors, opset)
        else:
            x, expected = values[place.node.input[0]], values[place.node.output[0]]
        y = ask(tconv, f"{path}:{label}", x, folder)
        if isinstance(y, str):
            count.wrong.append(f"{label}: {y}")
        elif y.shape != expected.shape or y.dtype != expected.dtype:
            wanted = f"{expected.dtype} {expected.shape}"
            count.wrong.append(f"{label}: {y.dtype} {y.shape}, not {wanted}")
        else:
            compare(count, label, y, expected, allowed(place, x, tensors, opset))
    return count


def compare(
    count: Count, label: str, y: np.ndarray, expected: np.ndarray, bound: np.ndarray
) -> None:
    difference = np.abs(y.astype(np.float64) - expected.astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(difference == 0, 0.0, difference / bound)
    worst = float(np.max(share, initial=0.0))
    if not worst <= 1:
        count.wrong.append(f"{label}: {worst:.3g} times the bound, {np.max(difference):.3g} apart")
        return
    count.equal += 1
    count.bitwise += bool(np.array_equal(y, expected))
    count.largest = max(count.largest, worst)


def package(path: Path) -> str:
    """The package that a file belongs to, by the metadata beside its top folder."""
    for parent in path.parents:
        for metadata in sorted(parent.glob("*.dist-info/METADATA")):
            top = path.relative_to(parent).parts[0]
            record = metadata.with_name("RECORD")
            if record.is_file() and re.search(f"^{re.escape(top)}/", record.read_text(), re.M):
                described = email.message_from_string(metadata.read_text(errors="replace"))
                return f"{described['Name']} {described['Version']}"
    return "(no package)"


def models(arguments: list[Path], unpacked: Path) -> Iterator[Path]:
    """The .onnx files of what was named, wheels unpacked."""
    for argument in arguments:
        if argument.suffix == ".whl":
            folder = unpacked / argument.stem
            with zipfile.ZipFile(argument) as archive:
                archive.extractall(folder)
            yield from sorted(folder.rglob("*.onnx"))
        elif argument.is_dir():
            yield from sorted(argument.rglob("*.onnx"))
        else:
            yield argument


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tconv", type=Path, default=_BINARY)
    parser.add_argument("--side", type=int, default=64, help="extents that a model leaves open")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", default="", help="models whose path matches are left out")
    parser.add_argument("sources", nargs="+", type=Path)
    options = parser.parse_args()
    failed = checked = total = 0
    with tempfile.TemporaryDirectory(prefix="tconv-models-") as temporary:
        folder = Path(temporary)
        for path in models(options.sources, folder):
            if options.skip and re.search(options.skip, str(path)):
                print(f"skipped  {package(path)}: {path.name}", flush=True)
                continue
            try:
                count = judge(path, options.tconv.resolve(), options.side, folder, options.seed)
            except Exception as error:  # the model itself does not run so
                print(f"FAIL  {package(path)}: {path.name}: {str(error)[:300]}", flush=True)
                failed += 1
                continue
            nodes = sum(count.operators.values())
            what = ", ".join(f"{n} {op}" for op, n in sorted(count.operators.items())) or "none"
            print(
                f"{'FAIL' if count.wrong else 'ok'}  {package(path)}: {path.name}: {what}; "
                f"{count.equal} of {nodes} equal, {count.bitwise} bit by bit, "
                f"largest difference {count.largest:.3f} of the bound",
                *count.wrong,
                sep="\n    ",
                flush=True,
            )
            failed += bool(count.wrong)
            checked += count.equal
            total += nodes
    print(f"onnxruntime {onnxruntime.__version__}: {checked} of {total} nodes equal")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
