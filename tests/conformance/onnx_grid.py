"""Systematic ONNX nodes: every attribute, one or two at a time, over small geometry."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from layers import Case
from onnx_layers import Node, node
from tensors import values_for

_WORDS = ("SAME_UPPER", "SAME_LOWER")
_AXES: dict[int, tuple[int, ...]] = {1: (6,), 2: (5, 4), 3: (3, 4, 3)}
_SHORT: dict[int, tuple[int, ...]] = {1: (3,), 2: (3, 2), 3: (2, 1, 2)}
_KERNELS: dict[int, tuple[tuple[int, ...], ...]] = {
    2: ((2, 3), (3, 1), (1, 4)),
    3: ((1, 2, 3), (2, 2, 1), (3, 1, 2)),
}


def _conv(
    lengths: tuple[int, ...],
    kernel: tuple[int, ...],
    channels: tuple[int, int] = (1, 1),
    batch: int = 1,
    bias: bool = False,
    opset: int = 22,
    **attributes: Any,
) -> Node:
    inputs, outputs = channels
    w = (outputs, inputs // attributes.get("group", 1), *kernel)
    return node("Conv", (batch, inputs, *lengths), w, bias, opset=opset, **attributes)


def _transposed(
    lengths: tuple[int, ...],
    kernel: tuple[int, ...],
    channels: tuple[int, int] = (1, 1),
    batch: int = 1,
    bias: bool = False,
    opset: int = 22,
    **attributes: Any,
) -> Node:
    inputs, outputs = channels
    w = (inputs, outputs // attributes.get("group", 1), *kernel)
    return node("ConvTranspose", (batch, inputs, *lengths), w, bias, opset=opset, **attributes)


def _conv_1d() -> Iterator[Node]:
    """Kernel, stride, dilation and pads; then the words against odd and even lengths."""
    for k, s, d, pads in product((1, 2, 3, 4), (1, 2, 3), (1, 2), ([0, 0], [1, 0], [0, 2])):
        if (k + s + d + pads[0]) % 2 or pads == [0, 2]:
            yield _conv((7,), (k,), strides=[s], dilations=[d], pads=pads)
    for word, k, s, length in product(_WORDS, (1, 2, 3, 4, 5), (1, 2, 3), (5, 6)):
        yield _conv((length,), (k,), auto_pad=word, strides=[s])
    for word, k, s, length in product(_WORDS, (1, 2), (4, 5, 6, 7), (7, 12)):
        yield _conv((length,), (k,), auto_pad=word, strides=[s])  # a stride far beyond the kernel
    for word, s in product((*_WORDS, "VALID", "NOTSET", ""), (1, 2)):
        yield _conv((5,), (3,), auto_pad=word, strides=[s], bias=True)
    for word, d in product((*_WORDS, "VALID"), (1, 2, 3)):
        yield _conv((7,), (2,), auto_pad=word, dilations=[d], kernel_shape=[2])


def _conv_nd() -> Iterator[Node]:
    """Two and three axes: asymmetry, groups, batch."""
    for rank in (2, 3):
        lengths = _AXES[rank]
        for kernel in _KERNELS[rank]:
            strides = list(range(1, rank + 1))
            yield _conv(lengths, kernel, kernel_shape=list(kernel), bias=True)
            yield _conv(lengths, kernel, pads=[*range(rank), *range(rank, 0, -1)], strides=strides)
            yield _conv(lengths, kernel, dilations=strides, pads=[2] * (2 * rank))
            for word in _WORDS:
                yield _conv(lengths, kernel, auto_pad=word, strides=strides[::-1])
        for channels, group in (((2, 2), 2), ((4, 2), 2), ((3, 6), 3), ((4, 4), 4)):
            yield _conv(
                lengths, (2,) * rank, channels, group=group, strides=[2] * rank, bias=True
            )
        for batch in (0, 2):
            yield _conv(lengths, (2,) * rank, (2, 3), batch, strides=[2] * rank)


def _transposed_1d() -> Iterator[Node]:
    """Kernel against stride, crop, output padding, dilation, output shape and the words."""
    for k, s, pads in product((1, 2, 3, 4), (1, 2, 3), ([0, 0], [1, 0], [0, 2], [1, 1])):
        yield _transposed((3,), (k,), strides=[s], pads=pads)
    for k, s, d in product((2, 3), (1, 2, 3), (2, 3)):
        yield _transposed((3,), (k,), strides=[s], dilations=[d])
    for k, s, word in product((1, 2, 3, 4, 5), (1, 2, 3), (*_WORDS, "VALID")):
        yield _transposed((3,), (k,), strides=[s], auto_pad=word)
    for k, s, d, extra in product((2, 3), (1, 2, 3), (1, 3), (1, 2)):
        yield _transposed((3,), (k,), strides=[s], dilations=[d], output_padding=[extra])
    for word, k, s, extra in product((*_WORDS, "VALID"), (2, 3, 4), (2, 3), (1, 2)):
        yield _transposed((3,), (k,), strides=[s], auto_pad=word, output_padding=[extra])
    for word, size in product(("NOTSET", *_WORDS, "VALID"), range(10)):
        yield _transposed((3,), (3,), strides=[2], auto_pad=word, output_shape=[size])
    for size in (8, 9, 10, 11, 12):
        yield _transposed((3,), (3,), strides=[3], output_shape=[size])
    for word, d in product(("NOTSET", *_WORDS), (2, 3)):
        yield _transposed((3,), (3,), dilations=[d], auto_pad=word, output_shape=[5])
    yield _transposed((3,), (3,), strides=[2], output_shape=[6], pads=[2, 1], bias=True)
    for word in ("NOTSET", "SAME_UPPER"):
        for size in (6, 7, 8, 9):
            yield _transposed(
                (3,), (3,), strides=[2], auto_pad=word, output_shape=[size], output_padding=[1]
            )
    yield _transposed((3,), (3,), strides=[2], auto_pad="", kernel_shape=[3], bias=True)


def _transposed_nd() -> Iterator[Node]:
    """Two and three axes: asymmetry, groups, batch, output shapes."""
    for rank in (2, 3):
        lengths = _SHORT[rank]
        strides = list(range(1, rank + 1))
        for kernel in _KERNELS[rank]:
            yield _transposed(lengths, kernel, kernel_shape=list(kernel), bias=True)
            yield _transposed(lengths, kernel, strides=strides, dilations=strides[::-1])
            pads = [k // 2 for k in kernel] + [k // 3 for k in kernel]
            yield _transposed(lengths, kernel, strides=strides, pads=pads)
            yield _transposed(
                lengths, kernel, strides=strides, output_padding=[s - 1 for s in strides]
            )
            for word in _WORDS:
                yield _transposed(lengths, kernel, strides=strides[::-1], auto_pad=word)
            full = [(q - 1) * 3 + k for q, k in zip(lengths, kernel)]
            for word in ("NOTSET", *_WORDS):
                sizes = [f + (1 if a % 2 else -1) for a, f in enumerate(full)]
                yield _transposed(
                    lengths, kernel, strides=[3] * rank, auto_pad=word, output_shape=sizes
                )
        for channels, group in (((2, 2), 2), ((4, 2), 2), ((3, 6), 3), ((4, 4), 4)):
            yield _transposed(
                (2,) * rank, (2,) * rank, channels, group=group, strides=[2] * rank, bias=True
            )
        for batch in (0, 2):
            yield _transposed((2,) * rank, (2,) * rank, (2, 3), batch, strides=[2] * rank)


def _older_opsets() -> Iterator[Node]:
    """The same nodes in models of opset 11 and 1: the rules of ONNX Runtime are the same."""
    for opset in (1, 11):
        for word in (*_WORDS, "VALID"):
            yield _conv((6,), (4,), auto_pad=word, strides=[2], opset=opset)
            yield _transposed((3,), (3,), auto_pad=word, strides=[2], opset=opset)
        yield _conv((5, 4), (2, 3), pads=[1, 0, 0, 2], strides=[1, 2], opset=opset)
        for word in ("NOTSET", "SAME_UPPER"):
            yield _transposed(
                (3,), (3,), strides=[2], auto_pad=word, output_shape=[6], opset=opset
            )
        yield _transposed(
            (3, 2), (3, 3), strides=[2, 3], pads=[1, 0, 2, 1], output_padding=[1, 2], opset=opset
        )


def _refused() -> Iterator[Node]:
    """Rules of semantics.md 2.3 (e) that the grids above do not reach."""
    for name in ("Conv", "ConvTranspose"):
        for attributes in (
            {"strides": [0]}, {"strides": [-1]}, {"strides": [1, 1]}, {"strides": 2},
            {"strides": [2.0]}, {"dilations": [0]}, {"dilations": [2, 2]}, {"kernel_shape": [2]},
            {"kernel_shape": [4]}, {"kernel_shape": [3, 3]}, {"pads": [1]}, {"pads": [1, 1, 1]},
            {"pads": [-1, 0]}, {"pads": [0, -1]}, {"pads": [1, 1], "auto_pad": "SAME_UPPER"},
            {"pads": [0, 0], "auto_pad": "SAME_LOWER"}, {"pads": [1, 1], "auto_pad": "VALID"},
            {"auto_pad": "same_upper"}, {"auto_pad": "SAME"}, {"auto_pad": "EXPLICIT"},
            {"stride": [1]}, {"padding": [1, 1]}, {"groups": 1}, {"group": [1]},
            {"output_padding": [-1]}, {"output_padding": [0, 0]}, {"output_padding": [1]},
            {"output_shape": [1, 1, 6]}, {"output_shape": [-1]}, {"output_shape": 6},
            {"group": 0}, {"group": -1}, {"group": 2}, {"group": 1.0},
        ):  # fmt: skip
            bent = node(name, (1, 1, 6), (1, 1, 3))
            bent.arguments = dict(attributes)
            yield bent
    yield node("Conv", (1, 2, 6), (1, 1, 3))
    yield node("Conv", (1, 2, 6), (3, 1, 3), group=2)
    yield node("Conv", (1, 3, 6), (2, 1, 3), group=2)
    yield node("ConvTranspose", (1, 2, 6), (1, 1, 3))
    yield node("ConvTranspose", (1, 3, 6), (3, 1, 3), group=2)
    for name in ("Conv", "ConvTranspose"):
        yield node(name, (1, 6), (1, 1, 3))
        yield node(name, (1, 1, 6, 6), (1, 1, 3))
        yield node(name, (1, 1, 6), (1, 1, 3, 3))
        bent = node(name, (1, 1, 6), (1, 1, 3), bias=True)
        bent.b = (2,)
        yield bent
        yield node(name, (1, 1, 6), (1, 1, 0))
    yield node("Conv", (1, 1, 2), (1, 1, 3))
    yield node("Conv", (1, 1, 0), (1, 1, 3))
    yield node("Conv", (1, 1, 4), (1, 1, 3), dilations=[2])
    for pads in ([4, 3], [4, 4], [0, 8], [9, 0], [3, 4]):
        yield node("ConvTranspose", (1, 1, 6), (1, 1, 3), pads=pads)


def _by_hand() -> Iterator[Node]:
    """Texts that no attribute table writes."""
    x, conv, transposed = (1, 1, 3, 4), (2, 1, 3, 3), (1, 2, 3, 3)
    make = "onnx.helper.make_node"
    for text in (
        'Y = Conv (X, W)',
        'y = Conv<auto_pad="SAME_UPPER",strides=[2,2]>(x, w)',
        'Y = ai.onnx.Conv <pads: ints = [1, 1, 1, 1], group: int = 1> (X, W)',
        '[stem] Y = Conv <strides: ints = [2, 2]> (X, W)',
        'conv_out = Conv (X, W) <kernel_shape = [3, 3], pads = [1, 0, 1, 0]>',
        f'{make}("Conv", ["X", "W"], ["Y"], kernel_shape=[3, 3], pads=[0, 1, 0, 1])',
        f'{make}("Conv", inputs=["X", "W"], outputs=["Y"], dilations=(1, 1))',
        f"{make}('Conv', ['X', 'W', ''], ['Y'], name='c', doc_string='a', strides=[1, 2])",
        'helper.make_node(\n    "Conv",\n    ["X", "W"],\n    ["Y"],\n    strides=[3, 3],\n)',
    ):
        yield node("Conv", x, conv, text=text)
    for text in (
        'Y = ConvTranspose <strides = [3, 2], pads = [1, 2, 1, 2], group = 1> (X, W)',
        'Y = ConvTranspose <strides = [3, 2], auto_pad = "SAME_LOWER"> (X, W)',
        'Y = ConvTranspose <strides = [3, 2], output_shape = [10, 9]> (X, W)',
        f'{make}("ConvTranspose", ["X", "W"], ["Y"], strides=[3, 2], output_padding=[2, 1])',
        f'{make}("ConvTranspose", ["X", "W"], ["Y"], strides=[3, 2], output_padding=[3, 1])',
    ):
        yield node("ConvTranspose", x, transposed, text=text)
    bias = 'Y = ConvTranspose <strides: ints = [2, 2]> (X, W, B)'
    yield node("ConvTranspose", x, transposed, bias=True, text=bias)
    bias = f'{make}("Conv", ["X", "W", "B"], ["Y"], auto_pad="VALID")'
    yield node("Conv", x, conv, bias=True, text=bias)


def other_ranks() -> Iterator[Node]:
    """Four axes and more, which ONNX Runtime computes too."""
    lengths, kernel, ones = (3, 2, 2, 3), (2, 1, 2, 2), (1, 1, 1, 1)
    for make in (_conv, _transposed):
        yield make(lengths, kernel)
        yield make((2, 1, 2, 1), kernel, (2, 2), batch=2, bias=True, pads=[1, 0, 1, 1, 0, 0, 0, 1])
        yield make((2, 3, 1, 2), (1, 2, 1, 2), strides=[1, 2, 3, 2])
        yield make((3, 2, 1, 1), (2, 2, 1, 1), dilations=[2, 1, 3, 1])
        yield make((2, 2, 1, 1), (1, 2, 1, 1), (4, 2), group=2, kernel_shape=[1, 2, 1, 1])
        yield make((2, 2, 1, 1), (2, 1, 1, 1), (3, 3), group=3, bias=True)
        for word in ("SAME_UPPER", "SAME_LOWER", "VALID"):
            yield make((2, 2, 1, 3), (2, 2, 1, 2), auto_pad=word, strides=[1, 2, 1, 2])
        yield make((2, 1, 2, 1, 2), (1, 1, 2, 1, 2), strides=[2, 1, 1, 1, 1])
        yield make((1, 2, 1, 1, 1, 2), (1, 2, 1, 1, 1, 1), pads=[0, 0, 0, 0, 0, 1] * 2)
        yield make(lengths, kernel, strides=[1, 1, 1])
        yield make(lengths, kernel, pads=[0] * 6)
        yield make(lengths, kernel, kernel_shape=[2, 1, 2])
        yield make(lengths, kernel, dilations=[1, 1, 0, 1])
    yield _conv(lengths, (4, 1, 1, 1))
    yield _transposed((2, 1, 1, 2), ones, strides=[2, 1, 1, 2], output_padding=[1, 0, 0, 1])
    yield _transposed((2, 1, 1, 2), ones, strides=[2, 1, 1, 2], output_padding=[0, 0, 1, 0])
    yield _transposed((2, 1, 1, 2), (3, 1, 1, 2), strides=[2, 1, 1, 1], output_shape=[4, 1, 1, 2])


def drafts() -> Iterator[Node]:
    yield from _conv_1d()
    yield from _conv_nd()
    yield from _transposed_1d()
    yield from _transposed_nd()
    yield from _older_opsets()
    yield from _refused()
    yield from _by_hand()


def plain_drafts() -> Iterator[Node]:
    """Nodes without padding, for NaN and infinities."""
    yield _conv((6,), (2,), bias=True)
    yield _conv((5, 4), (2, 2), (2, 2), group=2)
    yield _conv((6,), (3,), strides=[2])
    yield _transposed((3,), (2,), strides=[3])
    yield _transposed((3, 2), (2, 2), (1, 2), strides=[2, 2], bias=True)
    yield _transposed((4,), (2,), strides=[2], pads=[1, 0])


# The 1-D rows of semantics.md: operator, x length, kernel length, attributes, y.
_ROWS: dict[int, tuple[str, int, int, dict[str, Any], str]] = {
    46: ("Conv", 5, 4, {"auto_pad": "SAME_UPPER"}, "3210 4321 5432 543 54"),
    47: ("Conv", 5, 4, {"auto_pad": "SAME_LOWER"}, "2100 3210 4321 5432 543"),
    48: ("Conv", 6, 3, {"strides": [2], "auto_pad": "SAME_LOWER"}, "210 432 654"),
    49: ("Conv", 5, 1, {"strides": [3], "auto_pad": "SAME_UPPER"}, "1 4"),
    50: ("Conv", 5, 3, {"pads": [2, 0]}, "100 210 321 432 543"),
    51: ("ConvTranspose", 3, 3, {"strides": [2]}, "1 10 102 20 203 30 300"),
    52: (
        "ConvTranspose", 3, 3, {"strides": [2], "auto_pad": "SAME_UPPER"}, "1 10 102 20 203 30",
    ),
    53: (
        "ConvTranspose", 3, 3, {"strides": [2], "auto_pad": "SAME_LOWER"}, "10 102 20 203 30 300",
    ),
    54: ("ConvTranspose", 3, 3, {"strides": [2], "output_shape": [6]}, "10 102 20 203 30 300"),
    55: ("ConvTranspose", 3, 3, {"strides": [2], "output_shape": [8]}, "1 10 102 20 203 30 300 0"),
    56: ("ConvTranspose", 3, 3, {"strides": [2], "pads": [1, 0]}, "10 102 20 203 30 300"),
    57: (
        "ConvTranspose", 3, 3, {"strides": [2], "pads": [1, 1], "output_padding": [1]},
        "10 102 20 203 30 300",
    ),
    58: ("ConvTranspose", 3, 2, {"strides": [3], "auto_pad": "SAME_UPPER"}, "1 10 0 2 20 0 3 30"),
    59: (
        "ConvTranspose", 3, 4, {"strides": [2], "auto_pad": "SAME_UPPER", "output_padding": [1]},
        "10 102 1020 203 2030 300",
    ),
    60: ("ConvTranspose", 3, 2, {"dilations": [2]}, "1 2 13 20 30"),
}  # fmt: skip

# Rows that give a shape, or "" for refused.
_SHAPES: dict[str, tuple[Node, str]] = {
    "110": (
        node("ConvTranspose", (1, 1, 3, 3), (1, 2, 3, 3), strides=[3, 2], output_shape=[10, 8]),
        "1 2 10 8",
    ),
    "111": (
        node("ConvTranspose", (1, 1, 3, 3), (1, 2, 3, 3), strides=[3, 2], pads=[1, 2, 1, 2]),
        "1 2 7 3",
    ),
    "112": (_transposed((3,), (3,), strides=[2], output_shape=[9]), ""),
    "113": (_transposed((3,), (3,), dilations=[3], output_padding=[2]), ""),
    "114": (_conv((7,), (3,), auto_pad="SAME_UPPER", dilations=[2]), ""),
    "115a": (_conv((5,), (3,), auto_pad="SAME_UPPER", pads=[1, 1]), ""),
    "115b": (_transposed((5,), (3,), auto_pad="SAME_UPPER", pads=[1, 1]), ""),
}


def worked() -> Iterator[tuple[Case, str, bool]]:
    """The rows of semantics.md: the case, what it says, and whether that is values."""
    for row, (name, length, kernel, attributes, y) in _ROWS.items():
        draft = node(name, (1, 1, length), (1, 1, kernel), **attributes)
        ramp = np.arange(1, length + 1, dtype=np.float32).reshape(draft.x)
        powers = (10.0 ** np.arange(kernel)).astype(np.float32).reshape(draft.w[0])
        yield Case(draft, "float32", True, ramp, [powers], None, name=f"row {row}"), y, True
    for key, (draft, y) in _SHAPES.items():
        case = values_for(draft, random.Random(key), "float32", "integer")
        case.name = f"row {key}"
        yield case, y, False
