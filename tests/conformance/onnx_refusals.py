"""Bends a good ONNX node towards a refusal: each rule of semantics.md 2.3 at its boundary.

A bent node need not be refused: half of the boundaries are the last value that still works.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from layers import Draft
from onnx_layers import Node

_MANY = ("strides", "dilations", "pads", "kernel_shape")


def _set_length(draft: Node, axis: int, length: int) -> None:
    shape = list(draft.x)
    shape[2 + axis] = max(length, 1)
    draft.x = tuple(shape)


def _values(draft: Node, name: str) -> list[int]:
    """An attribute as it is, or its default written out."""
    if name in draft.arguments:
        return list(draft.arguments[name])
    if name == "kernel_shape":
        return list(draft.kernel)
    if name == "pads":
        return [0] * (2 * draft.rank)
    if name == "output_shape":
        return [draft.full(a) for a in range(draft.rank)]
    return [0 if name == "output_padding" else 1] * draft.rank


def _attribute(draft: Node, rng: random.Random) -> str:
    names = [*_MANY, *(("output_padding", "output_shape") if draft.transposed else ())]
    name = rng.choice(names)
    if name == "pads":
        draft.arguments.pop("auto_pad", None)
    return name


def bad_number(draft: Node, rng: random.Random) -> None:
    name = _attribute(draft, rng)
    values = _values(draft, name)
    bad = (-1, -2) if name in ("pads", "output_padding") else (0, -1)
    if name == "output_shape":
        bad = (-1, -3)
    values[rng.randrange(len(values))] = rng.choice(bad)
    draft.arguments[name] = values


def wrong_length(draft: Node, rng: random.Random) -> None:
    name = _attribute(draft, rng)
    values = _values(draft, name)
    draft.arguments[name] = values + values[:1] if rng.random() < 0.5 else (values * 3)[:-1]
    if len(values) > 1 and rng.random() < 0.5:
        draft.arguments[name] = values[:-1]


def wrong_type(draft: Node, rng: random.Random) -> None:
    """One number where ONNX wants a list, a list where it wants one number, or a float."""
    name = _attribute(draft, rng)
    values = _values(draft, name)
    style = rng.random()
    if style < 0.4:
        draft.arguments[name] = values[0]
    elif style < 0.6:
        draft.arguments["group"] = [draft.arguments.get("group", 1)]
    elif style < 0.8:
        draft.arguments[name] = [float(v) for v in values]
    else:
        draft.arguments["auto_pad"] = rng.choice((1, 0, ["NOTSET"]))


def pads_and_word(draft: Node, rng: random.Random) -> None:
    draft.arguments["auto_pad"] = rng.choice(("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"))
    draft.arguments["pads"] = [rng.choice((0, 0, 1))] * (2 * draft.rank)


def word(draft: Node, rng: random.Random) -> None:
    draft.arguments.pop("pads", None)
    draft.arguments["auto_pad"] = rng.choice(
        ("same_upper", "SAME", "valid", "EXPLICIT", "Same_Upper", "VALID", "SAME_LOWER", "same")
    )


def unknown_attribute(draft: Node, rng: random.Random) -> None:
    names = ["stride", "padding", "groups", "dilation", "kernel_size", "pad"]
    names += [] if draft.transposed else ["output_padding", "output_shape"]
    name = rng.choice(names)
    draft.arguments[name] = 1 if name == "groups" else [1] * draft.rank


def kernel_shape_mismatch(draft: Node, rng: random.Random) -> None:
    kernel = list(draft.kernel)
    kernel[rng.randrange(draft.rank)] += rng.choice((-1, 1, 1, 2))
    if rng.random() < 0.3:
        kernel = list(draft.kernel[::-1])
    draft.arguments["kernel_shape"] = kernel


def group(draft: Node, rng: random.Random) -> None:
    draft.arguments["group"] = rng.choice((0, -1, 1, 2, 3, draft.x[1], draft.x[1] + 1))


def channels(draft: Node, rng: random.Random) -> None:
    shape = list(draft.x)
    shape[1] = max(1, shape[1] + rng.choice((-1, 1)))
    draft.x = tuple(shape)


def weight(draft: Node, rng: random.Random) -> None:
    shape = list(draft.w[0])
    axis = rng.randrange(len(shape))
    shape[axis] = max(1, shape[axis] + rng.choice((-1, 1)))
    draft.w = [tuple(shape)]


def bias(draft: Node, rng: random.Random) -> None:
    length = (draft.b or (2,))[0]
    draft.b = (max(1, length + rng.choice((-1, 1))),)
    if rng.random() < 0.2:
        draft.b = (length, 1)


def rank(draft: Node, rng: random.Random) -> None:
    if rng.random() < 0.5:
        draft.x = (*draft.x, rng.randint(1, 3))
    else:
        draft.x = draft.x[:-1]


def kernel_zero(draft: Node, rng: random.Random) -> None:
    shape = list(draft.w[0])
    shape[2 + rng.randrange(draft.rank)] = 0
    draft.w = [tuple(shape)]


def empty_batch(draft: Node, rng: random.Random) -> None:
    draft.x = (0, *draft.x[1:])


def short_input(draft: Node, rng: random.Random) -> None:
    draft.arguments["auto_pad"] = rng.choice(("NOTSET", "VALID"))
    if draft.arguments["auto_pad"] == "VALID":
        draft.arguments.pop("pads", None)
    axis = rng.randrange(draft.rank)
    pads = _values(draft, "pads")
    least = draft.effective(axis) - pads[axis] - pads[draft.rank + axis]
    _set_length(draft, axis, least - rng.choice((0, 1, 1, 2)))


def same_dilated(draft: Node, rng: random.Random) -> None:
    draft.arguments.pop("pads", None)
    draft.arguments["auto_pad"] = rng.choice(("SAME_UPPER", "SAME_LOWER", "VALID"))
    values = [1] * draft.rank
    values[rng.randrange(draft.rank)] = rng.choice((1, 2, 3))
    draft.arguments["dilations"] = values


def output_padding_edge(draft: Node, rng: random.Random) -> None:
    axis = rng.randrange(draft.rank)
    stride, dilation = draft.ints("strides", 1)[axis], draft.ints("dilations", 1)[axis]
    values = _values(draft, "output_padding")
    values[axis] = rng.choice((stride, max(stride, dilation))) + rng.choice((-1, 0, 0, 1))
    values[axis] = max(0, values[axis])
    draft.arguments["output_padding"] = values
    if rng.random() < 0.7:
        draft.arguments.pop("output_shape", None)


def output_shape_edge(draft: Node, rng: random.Random) -> None:
    sizes = [draft.full(a) for a in range(draft.rank)]
    axis = rng.randrange(draft.rank)
    stride = draft.ints("strides", 1)[axis]
    extra = _values(draft, "output_padding")[axis]
    edges = (stride - 1, stride, stride + 1, extra, extra + stride - 1, extra + stride, -1)
    sizes[axis] += rng.choice(edges)
    if rng.random() < 0.15:
        sizes[axis] = rng.choice((0, 1, draft.x[2 + axis] - 1))
    draft.arguments["output_shape"] = sizes
    if rng.random() < 0.1:
        draft.arguments["output_shape"] = [1, 1, *sizes]


def cropped_away(draft: Node, rng: random.Random) -> None:
    draft.arguments.pop("auto_pad", None)
    draft.arguments.pop("output_shape", None)
    axis = rng.randrange(draft.rank)
    total = draft.full(axis) + _values(draft, "output_padding")[axis] + rng.choice((-1, 0, 1))
    pads = _values(draft, "pads")
    pads[axis] = rng.randint(0, total)
    pads[draft.rank + axis] = total - pads[axis]
    draft.arguments["pads"] = pads


_Rule = Callable[[Node, random.Random], None]
_ANY: list[_Rule] = [
    bad_number, bad_number, wrong_length, wrong_length, wrong_type, pads_and_word, word,
    unknown_attribute, kernel_shape_mismatch, group, channels, weight, bias, rank, kernel_zero,
    empty_batch,
]  # fmt: skip
_CONV: list[_Rule] = [short_input, short_input, same_dilated, same_dilated]
_TRANSPOSED: list[_Rule] = [
    output_padding_edge, output_padding_edge, output_padding_edge, output_shape_edge,
    output_shape_edge, output_shape_edge, cropped_away, cropped_away,
]  # fmt: skip


def bend(draft: Draft, rng: random.Random) -> None:
    """Applies one of the rules to the node."""
    assert isinstance(draft, Node)
    rng.choice(_ANY + (_TRANSPOSED if draft.transposed else _CONV))(draft, rng)


def is_fluke(draft: Draft) -> bool:
    return False


def judges(draft: Draft, dtype: str, kind: str) -> bool:
    """ONNX Runtime computes float64 in no CPU kernel; float32 stands in, for exact data."""
    return dtype != "float64" or kind == "integer"
