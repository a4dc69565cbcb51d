"""Writes an ONNX node the ways people write it: Python, textual syntax, printed, JSON, flags."""

from __future__ import annotations

import json
import random
from typing import Any

from layers import Case, Draft
from oracles import Oracle
from spec_text import literal

_FLAGS = {
    "strides": "--stride", "dilations": "--dilation", "kernel_shape": "--kernel-size",
    "output_padding": "--output-padding", "output_shape": "--output-size",
}  # fmt: skip


def _in_text(value: Any) -> str:
    """A value in the textual syntax: double quotes, lists only."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_in_text(item) for item in value)}]"
    return json.dumps(value)


def _keywords(draft: Draft, rng: random.Random) -> list[str]:
    names = list(draft.arguments)
    if rng.random() < 0.4:
        rng.shuffle(names)
    equals = " = " if rng.random() < 0.05 else "="
    sequence = tuple if rng.random() < 0.15 else list  # ONNX takes both
    values = {
        name: sequence(value) if isinstance(value, list) else value
        for name, value in draft.arguments.items()
    }
    return [f"{name}{equals}{literal(values[name], rng)}" for name in names]


def call(draft: Draft, rng: random.Random) -> str:
    """onnx.Conv(strides=[2, 2])"""
    return f"onnx.{draft.name}({', '.join(_keywords(draft, rng))})"


def _quoted(names: list[str], rng: random.Random) -> str:
    quote = rng.choice("\"'")
    inner = ", ".join(f"{quote}{name}{quote}" for name in names)
    return f"[{inner}]"


def make_node(draft: Draft, rng: random.Random, bias: bool) -> str:
    """onnx.helper.make_node("Conv", ["X", "W", "B"], ["Y"], strides=[2, 2])"""
    prefix = rng.choice(("onnx.helper.", "helper."))
    names = (("X", "W", "B"), ("x", "w", "b"), ("input", "conv1.weight", "conv1.bias"))
    x, w, b = rng.choice(names)
    inputs = [x, w, b] if bias else [x, w]
    if not bias and rng.random() < 0.05:
        inputs.append("")  # an optional input that is absent
    outputs = [rng.choice(("Y", "y", "output"))]
    quote = rng.choice("\"'")
    name = f"{quote}{draft.name}{quote}"
    if rng.random() < 0.2:
        parts = [name, f"inputs={_quoted(inputs, rng)}", f"outputs={_quoted(outputs, rng)}"]
    else:
        parts = [name, _quoted(inputs, rng), _quoted(outputs, rng)]
    if rng.random() < 0.1:
        parts.append(f"name={quote}conv_1{quote}")
    parts += _keywords(draft, rng)
    if rng.random() < 0.06:
        return f"{prefix}make_node(\n    " + ",\n    ".join(parts) + ",\n)"
    return f"{prefix}make_node({', '.join(parts)})"


def _type(value: Any) -> str:
    many = isinstance(value, (list, tuple))
    item = (value[0] if value else 0) if many else value
    word = {int: "int", float: "float", str: "string"}[type(item)]
    return word + "s" if many else word


def textual(draft: Draft, rng: random.Random, bias: bool) -> str:
    """Y = Conv <strides = [2, 2]> (X, W, B), which may begin with the node's name: [conv_1]"""
    typed = rng.random() < 0.3
    attributes = [
        f"{name}: {_type(value)} = {_in_text(value)}" if typed else f"{name} = {_in_text(value)}"
        for name, value in draft.arguments.items()
    ]
    listed = f"<{', '.join(attributes)}>" if attributes else ""
    inputs = "(X, W, B)" if bias else "(X, W)"
    name = f"ai.onnx.{draft.name}" if rng.random() < 0.1 else draft.name
    parts = [name, inputs, listed] if rng.random() < 0.2 else [name, listed, inputs]
    text = " ".join(part for part in parts if part)
    if rng.random() < 0.1:
        text = text.replace("> (", ">(").replace(" <", "<")
    return f"[conv_1] Y = {text}" if rng.random() < 0.05 else f"Y = {text}"


def json_object(draft: Draft, rng: random.Random) -> str:
    """{"framework": "onnx", "layer": "Conv", "strides": [2, 2]}"""
    members = {"framework": "onnx", "layer": draft.name, **draft.arguments}
    return json.dumps(members, indent=2 if rng.random() < 0.05 else None)


def _padding_flag(pads: list[int]) -> str:
    half = len(pads) // 2
    return "--padding=" + ",".join(f"{a}:{b}" for a, b in zip(pads[:half], pads[half:]))


def flags(draft: Draft) -> list[str] | None:
    """The bare operator and its flags; None where a flag cannot say an attribute."""
    words = [draft.name, "--framework=onnx"]
    for name, value in draft.arguments.items():
        if name in _FLAGS:
            words.append(f"{_FLAGS[name]}={','.join(str(item) for item in value)}")
        elif name == "group":
            words.append(f"--groups={value}")
        elif name == "pads":
            words.append(_padding_flag(list(value)))
        elif name == "auto_pad" and value != "NOTSET":
            words.append(f"--padding={value}")
        elif name != "auto_pad":
            return None
    return words


def _has_reals(draft: Draft) -> bool:
    """2.0, which ONNX refuses, is printed as 2."""
    values = [v if isinstance(v, list) else [v] for v in draft.arguments.values()]
    return any(isinstance(item, float) for items in values for item in items)


def write(case: Case, rng: random.Random, oracle: Oracle) -> str:
    """The SPEC of a case, in one of the forms."""
    draft = case.draft
    if draft.text is not None:
        return draft.text
    bias = case.b is not None
    style = rng.random()
    if style < 0.22 and not _has_reals(draft):
        text = oracle.printed(case) if style < 0.13 else oracle.saved(case, False)
        return text or call(draft, rng)
    if style < 0.42:
        return textual(draft, rng, bias)
    if style < 0.58:
        return json_object(draft, rng)
    if style < 0.78:
        return make_node(draft, rng, bias)
    return call(draft, rng)
