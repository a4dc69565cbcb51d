"""The PyTorch and Keras rows of semantics.md, sections 5 and 5.1, under their row numbers.

The 1-D rows have x = 1, 2, .. and a kernel 1, 10, 100, .., so each y shows its alignment. Their
published y is checked against the framework here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from layers import Case, Draft
from tensors import values_for

# x length, kernel length, arguments (output_size is one of forward), y
_Entry = tuple[int, int, dict[str, Any], str]

_PYTORCH_TRANSPOSED: dict[int, _Entry] = {
    1: (3, 2, {"stride": 3, "padding": 2}, "0 2 20 0"),
    2: (3, 3, {"stride": 2, "padding": 1}, "10 102 20 203 30"),
    3: (3, 3, {"stride": 2, "padding": 1, "output_padding": 1}, "10 102 20 203 30 300"),
    4: (4, 3, {"stride": 2, "padding": 1, "output_size": [8]}, "10 102 20 203 30 304 40 400"),
    5: (3, 2, {"stride": 3, "output_padding": 2}, "1 10 0 2 20 0 3 30 0 0"),
    6: (3, 3, {"output_padding": 1, "dilation": 2}, "1 2 13 20 130 200 300 0"),
    7: (3, 2, {"stride": 2, "padding": 1, "dilation": 2}, "0 12 0 23 0"),
    8: (1, 4, {"stride": 2, "padding": 1}, "10 100"),
    9: (3, 1, {"stride": 2, "output_padding": 1}, "1 0 2 0 3 0"),
    10: (2, 3, {"stride": 2}, "1 10 102 20 200"),
}
_PYTORCH_FORWARD: dict[int, _Entry] = {
    11: (5, 3, {}, "321 432 543"),
    12: (5, 4, {"padding": "same"}, "3210 4321 5432 543 54"),
    13: (5, 2, {"padding": "same", "dilation": 3}, "30 41 52 3 4"),
    14: (6, 3, {"stride": 2, "padding": 1}, "210 432 654"),
    15: (5, 2, {"padding": "same", "padding_mode": "circular"}, "21 32 43 54 15"),
    16: (4, 4, {"padding": "same", "padding_mode": "reflect"}, "3212 4321 3432 2343"),
    17: (3, 3, {"padding": 2, "padding_mode": "reflect"}, "123 212 321 232 123"),
    18: (3, 3, {"padding": 4, "padding_mode": "replicate"}, "111 111 111 211 321 332 333 333 333"),
    19: (3, 3, {"padding": 3, "padding_mode": "circular"}, "321 132 213 321 132 213 321"),
    20: (6, 3, {"stride": 4, "padding": "valid"}, "321"),
}
_KERAS_FORWARD: dict[int, _Entry] = {
    21: (5, 4, {"padding": "same"}, "3210 4321 5432 543 54"),
    22: (5, 3, {"strides": 2, "padding": "same"}, "210 432 54"),
    23: (6, 3, {"strides": 2, "padding": "same"}, "321 543 65"),
    24: (5, 2, {"strides": 3, "padding": "same"}, "21 54"),
    25: (5, 1, {"strides": 2, "padding": "same"}, "1 3 5"),
    26: (5, 3, {"padding": "same", "dilation_rate": 2}, "310 420 531 42 53"),
    27: (5, 3, {"padding": "causal", "dilation_rate": 2}, "100 200 310 420 531"),
    28: (6, 3, {"strides": 2, "padding": "causal"}, "100 321 543"),
}
_KERAS_TRANSPOSED: dict[int, _Entry] = {
    29: (3, 3, {"strides": 2, "padding": "same"}, "1 10 102 20 203 30"),
    30: (3, 4, {"strides": 2, "padding": "same"}, "10 102 1020 203 2030 300"),
    31: (3, 5, {"strides": 2, "padding": "same"}, "10 102 1020 10203 2030 20300"),
    32: (3, 3, {"padding": "same"}, "12 123 230"),
    33: (3, 2, {"padding": "same"}, "1 12 23"),
    34: (3, 4, {"padding": "same"}, "12 123 1230"),
    35: (3, 2, {"strides": 3, "padding": "same"}, "1 10 0 2 20 0 3 30 0"),
    36: (3, 2, {"strides": 3, "padding": "valid"}, "1 10 0 2 20 0 3 30 0"),
    37: (3, 3, {"strides": 2, "padding": "valid"}, "1 10 102 20 203 30 300"),
    38: (3, 3, {"strides": 2, "padding": "same", "output_padding": 0}, "10 102 20 203 30"),
    39: (3, 3, {"strides": 2, "padding": "same", "output_padding": 1}, "1 10 102 20 203 30"),
    40: (
        3,
        4,
        {"strides": 3, "padding": "same", "output_padding": 2},
        "10 100 1002 20 200 2003 30 300",
    ),
    41: (3, 2, {"strides": 2, "padding": "same", "output_padding": 0}, "10 2 20 3"),
    42: (3, 3, {"strides": 2, "padding": "valid", "output_padding": 1}, "1 10 102 20 203 30 300 0"),
    43: (3, 2, {"strides": 3, "padding": "valid", "output_padding": 0}, "1 10 0 2 20 0 3 30"),
    44: (3, 3, {"padding": "same", "dilation_rate": 2}, "13 20 130"),
    45: (3, 3, {"padding": "valid", "dilation_rate": 2}, "1 2 13 20 130 200 300"),
}


@dataclass(frozen=True)
class _Shaped:
    """A row that gives only a shape: its draft, and the shape ("" for refused)."""

    draft: Draft
    y: str


def _torch(
    name: str,
    x: tuple[int, ...],
    kernel: int,
    y: str,
    output_size: list[int] | None = None,
    **options: Any,
) -> _Shaped:
    """A layer of one channel in and out."""
    draft = Draft("pytorch", name, {}, x, [], None, output_size)
    draft.arguments = {"in_channels": 1, "out_channels": 1, "kernel_size": kernel, **options}
    draft.w = [(1, 1, *(kernel,) * draft.rank)]
    draft.b = (1,) if options.get("bias", True) else None
    return _Shaped(draft, y)


def _keras(
    name: str, x: tuple[int, ...], w: list[tuple[int, ...]], b: int, y: str, **options: Any
) -> _Shaped:
    return _Shaped(Draft("keras", name, options, x, w, (b,)), y)


# Rows of several calls are told apart by a letter.
_SHAPES: dict[str, _Shaped] = {
    "90": _torch("ConvTranspose2d", (1, 1, 3, 3), 2, "1 1 4 4", stride=3, padding=2, bias=False),
    "91": _torch("Conv2d", (1, 5, 5), 3, "1 3 3"),
    "92": _torch("Conv2d", (2, 5, 5), 3, ""),
    "93": _torch("Conv2d", (0, 1, 5, 5), 3, "0 1 3 3"),
    "94": _torch("Conv2d", (1, 1, 2, 5), 3, ""),
    "95": _torch("ConvTranspose1d", (1, 1, 4), 3, "", [9], stride=2, padding=1),
    "96": _torch(
        "ConvTranspose1d", (1, 1, 4), 3, "1 1 7", [7], stride=2, padding=1, output_padding=1
    ),
    "97": _torch("ConvTranspose1d", (1, 1, 4), 3, "1 1 8", [5, 9, 8], stride=2, padding=1),
    "98a": _torch("ConvTranspose1d", (1, 4), 3, "1 8", [1, 8], stride=2, padding=1),
    "98b": _torch("ConvTranspose1d", (1, 1, 4), 3, "", [1, 8], stride=2, padding=1),
    "99": _torch("ConvTranspose1d", (1, 1, 4), 3, "", stride=1, padding=0, output_padding=1),
    "100": _torch("ConvTranspose1d", (1, 1, 4), 3, "", stride=1, padding=3),
    "101a": _torch("Conv1d", (1, 1, 3), 3, "", padding=3, padding_mode="reflect"),
    "101b": _torch("Conv1d", (1, 1, 3), 3, "", padding=4, padding_mode="circular"),
    "102": _torch("Conv2d", (1, 1, 5, 5), 3, "", padding="same", stride=2),
    "103": _keras(
        "Conv2D", (1, 6, 6, 1), [(3, 3, 1, 8)], 8, "",
        filters=8, kernel_size=3, strides=(2, 1), dilation_rate=(1, 2),
    ),
    "104": _keras(
        "Conv2DTranspose", (1, 3, 3, 1), [(3, 3, 1, 1)], 1, "",
        filters=1, kernel_size=3, strides=2, output_padding=2,
    ),
    "105": _keras(
        "Conv2DTranspose", (1, 5, 7, 3), [(3, 3, 4, 3)], 4, "1 10 14 4",
        filters=4, kernel_size=3, strides=2, padding="same",
    ),
    "106": _keras(
        "Conv2DTranspose", (1, 3, 4, 3), [(2, 3, 4, 3)], 4, "1 9 6 4",
        filters=4, kernel_size=(2, 3), strides=(3, 1),
    ),
    "107": _keras(
        "DepthwiseConv2D", (1, 5, 5, 3), [(3, 3, 3, 2)], 6, "1 5 5 6",
        kernel_size=3, depth_multiplier=2, padding="same",
    ),
    "108": _keras(
        "SeparableConv2D", (1, 5, 5, 2), [(2, 2, 2, 2), (1, 1, 4, 3)], 3, "1 3 3 3",
        filters=3, kernel_size=2, strides=2, padding="same", depth_multiplier=2,
    ),
    "109": _keras("Conv1D", (1, 8, 6), [(3, 3, 4)], 4, "1 6 4", filters=4, kernel_size=3, groups=2),
}  # fmt: skip


def _line(framework: str, row: int, entry: _Entry, name: str) -> Case:
    """A row with one channel, no bias, and its y written out."""
    length, kernel, options, _ = entry
    options = dict(options)
    output_size = options.pop("output_size", None)
    x: tuple[int, ...]
    w: tuple[int, ...]
    if framework == "pytorch":
        arguments = {"in_channels": 1, "out_channels": 1, "kernel_size": kernel, **options}
        arguments["bias"] = False
        x, w = (1, 1, length), (1, 1, kernel)
    else:
        arguments = {"filters": 1, "kernel_size": kernel, **options, "use_bias": False}
        x, w = (1, length, 1), (kernel, 1, 1)
    draft = Draft(framework, name, arguments, x, [w], None, output_size)
    ramp = np.arange(1, length + 1, dtype=np.float32).reshape(x)
    powers = (10.0 ** np.arange(kernel)).astype(np.float32).reshape(w)
    return Case(draft, "float32", True, ramp, [powers], None, name=f"row {row}")


def cases(framework: str) -> Iterator[tuple[Case, str, bool]]:
    """The rows: the case, what semantics.md says, and whether that is values (else a shape)."""
    if framework == "pytorch":
        lines = [("ConvTranspose1d", _PYTORCH_TRANSPOSED), ("Conv1d", _PYTORCH_FORWARD)]
    else:
        lines = [("Conv1D", _KERAS_FORWARD), ("Conv1DTranspose", _KERAS_TRANSPOSED)]
    for name, rows in lines:
        for row, entry in rows.items():
            yield _line(framework, row, entry, name), entry[3], True
    for key, shaped in _SHAPES.items():
        if shaped.draft.framework == framework:
            case = values_for(shaped.draft, random.Random(key), "float32", "integer")
            case.name = f"row {key}"
            yield case, shaped.y, False
