"""Runs a case in ONNX Runtime, after the checks of the onnx package."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from layers import Answer, Case, refusal
from onnx_layers import NEWEST_OPSET, Node

onnxruntime.set_default_logger_severity(4)

_TYPES = {"float16": TensorProto.FLOAT16, "float32": TensorProto.FLOAT}
_TYPES["float64"] = TensorProto.DOUBLE
# The newest IR that opset 22 came with; older opsets take it too.
_IR_VERSION = 10
# Before the sentence that says something: where it was raised, or which node.
_PREAMBLE = re.compile(r"^.*(Status Message: |was false\. |\[\w+Error\] )", re.DOTALL)


def _inputs(case: Case) -> list[str]:
    return ["X", "W"] if case.b is None else ["X", "W", "B"]


def _node(case: Case) -> onnx.NodeProto:
    draft = case.draft
    if draft.text is None:
        return helper.make_node(draft.name, _inputs(case), ["Y"], **draft.arguments)
    if "make_node" in draft.text:
        node = eval(draft.text, {"onnx": onnx, "helper": helper, "make_node": helper.make_node})
    else:
        node = onnx.parser.parse_node(draft.text)
        node.domain = ""  # which "ai.onnx" is another word for
    node.input[:] = _inputs(case)
    node.output[:] = ["Y"]
    return node


def _model(case: Case, node: onnx.NodeProto) -> onnx.ModelProto:
    """X is the input; weights and bias are initializers, as models have them.

    The spatial lengths of X are left open. With them, onnx's shape inference loses axes where an
    output_shape is smaller than the input (it returns half-way), and says that the rank is wrong.
    """
    kind = _TYPES[case.dtype]
    open_lengths = [f"length{axis}" for axis in range(case.x.ndim - 2)]
    x = helper.make_tensor_value_info("X", kind, [*case.x.shape[:2], *open_lengths])
    y = helper.make_tensor_value_info("Y", kind, [None] * case.x.ndim)
    tensors = [numpy_helper.from_array(case.w[0], "W")]
    if case.b is not None:
        tensors.append(numpy_helper.from_array(case.b, "B"))
    graph = helper.make_graph([node], "conformance", [x], [y], tensors)
    opset = case.draft.opset if isinstance(case.draft, Node) else NEWEST_OPSET
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = _IR_VERSION
    return model


def _in_float32(case: Case) -> Case:
    return Case(
        case.draft,
        "float32",
        case.exact,
        case.x.astype(np.float32),
        [w.astype(np.float32) for w in case.w],
        None if case.b is None else case.b.astype(np.float32),
    )


def _refusal(when: str, error: BaseException) -> Answer:
    return refusal(when, ValueError(_PREAMBLE.sub("", str(error).strip())))


def _session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Short of layout optimizations: where these apply, no one compares W's channels with X's.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def run(case: Case) -> Answer:
    """The output tensor, or where and why it is refused: "check", "session" or "run".

    ONNX Runtime has no float64 kernels on the CPU: those cases are checked as they are, and run
    in float32, where their small integers are exact.
    """
    try:
        model = _model(case, _node(case))
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:
        return _refusal("check", error)
    if case.dtype == "float64":
        assert case.exact
        single = _in_float32(case)
        model = _model(single, _node(single))
    try:
        session = _session(model)
    except Exception as error:
        return _refusal("session", error)
    dtype = np.float32 if case.dtype == "float64" else case.x.dtype
    try:
        y: Any = session.run(None, {"X": case.x.astype(dtype)})[0]
    except Exception as error:
        return _refusal("run", error)
    return Answer(y=np.ascontiguousarray(y.astype(case.x.dtype)))


def printed(case: Case) -> str | None:
    """The node as onnx.helper prints it; None where there is no node."""
    try:
        return helper.printable_node(_node(case))
    except Exception:
        return None


def textual(case: Case) -> str | None:
    """The node in ONNX's textual syntax, as onnx.printer writes it."""
    try:
        return onnx.printer.to_text(_node(case)).strip()
    except Exception:
        return None
