"""Systematic flax layers: every argument, one or two at a time, over small geometry.

Every other layer is linen's and the rest are nnx's, where not said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product
from typing import Any

from flax_layers import flax_draft
from layers import Draft

_AXES: dict[int, list[int]] = {1: [6], 2: [5, 4], 3: [3, 4, 3]}
_SHORT: dict[int, list[int]] = {1: [3], 2: [3, 2], 3: [2, 1, 2]}
_KERNELS: dict[int, list[int]] = {1: [3], 2: [2, 3], 3: [1, 2, 3]}


class _Grid:
    """Makes layers, and counts them so that linen and nnx take turns."""

    def __init__(self) -> None:
        self._count = count()

    def conv(
        self,
        rank: int = 1,
        lengths: list[int] | None = None,
        kernel: list[int] | None = None,
        channels: tuple[int, int] = (1, 1),
        batch: tuple[int, ...] = (1,),
        name: str = "Conv",
        nnx: bool | None = None,
        **options: Any,
    ) -> Draft:
        turn = next(self._count) % 2 == 1
        if nnx is None:
            nnx = turn
        short = _SHORT if name == "ConvTranspose" else _AXES
        lengths, kernel = lengths or short[rank], kernel or _KERNELS[rank]
        return flax_draft(name, nnx, batch, lengths, kernel, channels, options)

    def transposed(self, **options: Any) -> Draft:
        return self.conv(name="ConvTranspose", **options)


_WORDS = ("SAME", "VALID", "SAME_LOWER", "CIRCULAR", "REFLECT", "CAUSAL")


def _forward(g: _Grid) -> Iterator[Draft]:
    for k, s, word in product((1, 2, 3, 4), (1, 2, 3), _WORDS):
        yield g.conv(lengths=[5], kernel=[k], strides=s, padding=word, use_bias=False)
    for k, d, word in product((2, 3), (2, 3), _WORDS):
        yield g.conv(lengths=[7], kernel=[k], kernel_dilation=d, padding=word)
    for length, k, word in product((1, 2, 3), (4, 6, 8), ("CIRCULAR", "REFLECT")):
        yield g.conv(lengths=[length], kernel=[k], padding=word, strides=length, use_bias=False)
    for rank, word in product((2, 3), _WORDS[:5]):
        yield g.conv(rank, padding=word, strides=tuple(range(1, rank + 1)))
        yield g.conv(rank, padding=word, kernel_dilation=(2, 1, 2)[:rank], channels=(1, 2))
    pads: tuple[Any, ...] = (0, 2, -1, (1,), [2], ((1, 0),), [(0, 3)], ((-1, 2),))
    for padding, s, d in product(pads, (1, 2), (1, 2)):
        yield g.conv(lengths=[4], padding=padding, strides=s, input_dilation=d)
    for padding in (1, (1, 0), [0, (1, 2)], ((1, 0), 2), [(1, 1), (0, 2)]):
        yield g.conv(2, padding=padding, channels=(2, 1))
        yield g.conv(2, [2, 3], padding=padding, input_dilation=(2, 1), strides=(1, 2))
    for word in ("same", "valid", "same_lower", "Same", "Valid", "Same_Lower"):
        yield g.conv(lengths=[5], kernel=[4], padding=word, strides=2)
    for rank, (channels, groups) in product((1, 2), (((4, 2), 2), ((2, 4), 2), ((3, 6), 3))):
        yield g.conv(rank, channels=channels, feature_group_count=groups, strides=2)
        yield g.conv(rank, channels=channels, feature_group_count=groups, padding="CIRCULAR")
    yield g.conv(3, _SHORT[3], channels=(2, 2), feature_group_count=2, padding="REFLECT")
    for size in (3, (3,), [3]):
        yield g.conv(kernel_size=size)
        yield g.transposed(kernel_size=size, strides=[2])
    yield g.conv(strides=None, input_dilation=None, kernel_dilation=None)


def _transposed(g: _Grid) -> Iterator[Draft]:
    grid = product((1, 2, 3, 4, 5), (1, 2, 3), ("SAME", "VALID", "CIRCULAR"), (False, True))
    for k, s, word, transpose in grid:
        options: dict[str, Any] = {"transpose_kernel": True} if transpose else {}
        yield g.transposed(kernel=[k], strides=s, padding=word, use_bias=False, **options)
    for q, k, s, transpose in product((1, 2), (4, 5, 8), (1, 2), (False, True)):
        options = {"transpose_kernel": transpose, "strides": (s,), "padding": "CIRCULAR"}
        yield g.transposed(lengths=[q], kernel=[k], use_bias=False, **options)
    for d, s, word in product((2, 3), (1, 2), ("SAME", "VALID", "CIRCULAR")):
        yield g.transposed(strides=s, kernel_dilation=d, padding=word)
        yield g.transposed(kernel=[2], strides=s, kernel_dilation=d, padding=word)
    for rank, word, transpose in product((2, 3), ("SAME", "VALID", "CIRCULAR"), (False, True)):
        options = {"padding": word, "transpose_kernel": transpose, "channels": (2, 1)}
        yield g.transposed(rank=rank, strides=(1, 2, 3)[-rank:], **options)
    yield g.transposed(rank=2, kernel=[4, 5], strides=(2, 1), padding="CIRCULAR", channels=(1, 2))
    pads: tuple[Any, ...] = (0, 1, 2, -1, (2,), [1], ((2, 0),), [(0, 3)], ((2, 3),))
    for padding, s in product(pads, (1, 2)):
        yield g.transposed(padding=padding, strides=s)
    for padding in (1, (1, 0), [2, (1, 2)], ((1, 0), 2)):
        yield g.transposed(rank=2, padding=padding, strides=(2, 1), channels=(1, 2))
    for word, s in product(("same", "valid", "SAME_LOWER", "Valid"), (1, 2)):
        yield g.transposed(lengths=[5], kernel=[4], padding=word, strides=s)
    yield g.transposed(strides=None, kernel_dilation=None)


def _batches(g: _Grid) -> Iterator[Draft]:
    for rank, batch in product((1, 2, 3), ((), (2,), (2, 1), (1, 2, 2))):
        if rank < 3 or len(batch) < 2:
            yield g.conv(rank, _SHORT[rank], batch=batch, channels=(2, 1))
            yield g.transposed(rank=rank, batch=batch, channels=(1, 2), strides=(1, 2, 1)[:rank])
    for batch in ((), (2, 1)):
        for word in ("CIRCULAR", "REFLECT", "CAUSAL", 1):
            yield g.conv(lengths=[3], batch=batch, padding=word)
        yield g.transposed(batch=batch, padding="CIRCULAR", strides=2)
    yield g.conv(kernel_size=3, kernel=[3], lengths=[4], batch=(2, 3), channels=(2, 2))


def _empty(g: _Grid) -> Iterator[Draft]:
    for word in (*_WORDS, 1):
        yield g.conv(lengths=[0], padding=word, channels=(2, 2))
        yield g.conv(lengths=[4], batch=(0,), padding=word)
    for word in ("CIRCULAR", "REFLECT"):  # an empty axis is refused only where it is padded
        yield g.conv(lengths=[0], kernel=[1], padding=word)
        yield g.conv(2, [0, 3], kernel=[1, 3], padding=word)
        yield g.conv(2, [0, 3], kernel=[2, 1], padding=word)
    for word in ("SAME", "VALID", "CIRCULAR", 1, 0):
        yield g.transposed(lengths=[0], padding=word, strides=2)
        yield g.transposed(batch=(0,), padding=word)
    for batch in ((), (1,), (2, 1), (0, 2), (2, 0)):
        yield g.conv(lengths=[2], batch=batch, padding="VALID", channels=(2, 1))
        yield g.conv(lengths=[0], batch=batch)
    yield g.conv(2, [1, 4], padding="VALID")


def _masks(g: _Grid) -> Iterator[Draft]:
    yield g.conv(mask=[[[1]], [[0]], [[1]]])
    yield g.conv(mask=[[[True]], [[False]], [[True]]], padding="CIRCULAR")
    yield g.conv(kernel=[2], channels=(2, 2), mask=[[[1, 0], [1, 1]], [[0, 1], [1, 0]]])
    yield g.conv(2, kernel=[2, 1], mask=[[[[1]]], [[[0]]]], strides=2)
    yield g.conv(kernel=[1], channels=(4, 2), feature_group_count=2, mask=[[[1, 0], [0, 1]]])
    yield g.transposed(mask=[[[0]], [[1]], [[2]]], strides=2)
    yield g.transposed(
        kernel=[2], channels=(2, 1), transpose_kernel=True, mask=[[[1, 0]], [[0, 1]]]
    )
    yield g.conv(mask=None)
    for mask in ([[[1]], [[0]]], [[1], [0], [1]], [1, 0, 1], [[[1]]], 1):
        yield g.conv(mask=mask)
        yield g.transposed(mask=mask)


def _refused(g: _Grid) -> Iterator[Draft]:
    """Rules of semantics.md 2.5 (e) that the grids above do not reach."""
    for make in (g.conv, g.transposed):
        arguments = ["strides", "kernel_dilation"]
        arguments += ["input_dilation"] if make == g.conv else []
        for argument, value in product(arguments, (0, -1, (1, 1), 1.5)):
            options: dict[str, Any] = {argument: value}
            yield make(padding=1, **options)
        forms: tuple[Any, ...] = (
            None, (1, 1), ((1, 1, 1),), ((1,),), (), 1.0, [[1, 1]], [[1, 0]], "FULL", "circular",
            "reflect", "causal", "SAME_UPPER", "",
        )  # fmt: skip
        for form in forms:
            for nnx in (False, True):
                yield make(padding=form, nnx=nnx)
        yield make(kernel_size=(3, 1))
        yield make(kernel_size=2)
        yield make(stride=2)
        yield make(dilation=2)
        yield make(data_format="channels_first")
    for word in _WORDS:
        yield g.conv(padding=word, input_dilation=2)
        yield g.conv(2, padding=word, input_dilation=(1, 1))
        yield g.transposed(padding=word, strides=2)
        yield g.transposed(padding=word)
    for pads in ((-6, 0), (-7, 0), (3, -9), (3, -10)):
        yield g.conv(lengths=[6], padding=[pads])
        yield g.transposed(lengths=[3], strides=2, padding=[pads])
    for channels, groups in (((3, 2), 2), ((2, 3), 2), ((2, 2), 0), ((2, 2), -1)):
        yield g.conv(channels=channels, feature_group_count=groups, nnx=False)
        yield g.conv(channels=channels, feature_group_count=groups, nnx=True)
    yield g.transposed(channels=(2, 2), feature_group_count=2)
    yield g.transposed(input_dilation=2)
    yield g.conv(transpose_kernel=True)
    for nnx in (False, True):
        short = g.conv(2, nnx=nnx)
        short.x = short.x[-1:]
        yield short
        other = g.conv(channels=(2, 1), nnx=nnx)
        other.x = (1, 6, 3)
        yield other
        wide = g.conv(nnx=nnx)
        wide.b = (2,)
        yield wide
        features = g.conv(nnx=nnx)
        features.arguments["out_features" if nnx else "features"] = 2
        yield features


def _by_hand() -> Iterator[Draft]:
    """Texts that no argument table writes, and positional orders worth pinning."""
    texts: tuple[str, ...] = (
        "nn.Conv(features=1, kernel_size=(3, 3), strides=2, padding='CIRCULAR')",
        "nn.Conv(1, (3, 3), 2, 'VALID', 1, 2, 1, True)",
        "flax.linen.ConvTranspose(1, (3, 3), strides=(2, 2), transpose_kernel=True)",
        "nn.ConvTranspose(1, (3, 3), (2, 2), 'VALID', None, True)",
        "nnx.Conv(1, 1, (3, 3), padding='SAME', rngs=rngs)",
        "nnx.Conv(1, 1, (3, 3), (2, 2), rngs=nnx.Rngs(0))",
        "nnx.Conv(in_features=1, out_features=1, kernel_size=(3, 3), rngs=nnx.Rngs(params=0))",
        "flax.nnx.ConvTranspose(1, 1, (3, 3), strides=(2, 2), padding='CIRCULAR', rngs=rngs)",
        "nnx.Conv(1, 1, (3, 3), 2, 'SAME', rngs=rngs)",
        "nn.Conv(features=1, kernel_size=(3, 3), name='conv1', dtype=jnp.float32, "
        "kernel_init=nn.initializers.he_normal())",
        "nn.Conv(\n    features=1,\n    kernel_size=(3, 3),\n    padding=((1, 1), (1, 1)),\n)",
    )
    for text in texts:
        name = text.split("(")[0].split(".")[-1]
        draft = Draft("flax", name, {}, (1, 4, 4, 1), [(3, 3, 1, 1)], (1,), text=text)
        draft.arguments = {"kernel_size": (3, 3)}
        yield draft


def other_ranks() -> Iterator[Draft]:
    """No spatial axes; four and more, which ConvTranspose refuses."""
    g = _Grid()
    options: dict[str, Any]
    for word, batch in product((*_WORDS, 1, (), "circular", ((1, 1),)), ((2,), ())):
        yield g.conv(lengths=[], kernel=[], batch=batch, channels=(2, 3), padding=word)
        yield g.transposed(lengths=[], kernel=[], batch=batch, channels=(2, 3), padding=word)
    for options in (
        {"strides": 2}, {"strides": ()}, {"strides": (2,)}, {"kernel_dilation": 0},
        {"kernel_dilation": (1,)}, {"use_bias": False},
    ):  # fmt: skip
        yield g.conv(lengths=[], kernel=[], channels=(2, 2), **options)
        yield g.transposed(lengths=[], kernel=[], channels=(2, 2), **options)
    yield g.conv(lengths=[], kernel=[], channels=(4, 2), feature_group_count=2)
    yield g.conv(lengths=[], kernel=[], batch=(2, 1, 2), channels=(2, 1))
    yield g.conv(lengths=[], kernel=[], channels=(2, 2), mask=[[1, 0], [0, 1]])
    yield g.transposed(lengths=[], kernel=[], channels=(2, 3), transpose_kernel=True)

    lengths, kernel = [2, 3, 1, 2], [2, 2, 1, 1]
    for word in (*_WORDS, 1, (1, 0, 0, (1, 0)), (1, 1, 1)):
        yield g.conv(lengths=lengths, kernel=kernel, padding=word, strides=(1, 2, 1, 1))
        yield g.transposed(lengths=lengths, kernel=kernel, padding=word)
    for options in (
        {"strides": 2}, {"kernel_dilation": (1, 2, 1, 1)}, {"batch": ()}, {"batch": (2, 1)},
        {"input_dilation": 2, "padding": 0}, {"input_dilation": 2}, {"strides": (1, 1, 1)},
        {"channels": (4, 2), "feature_group_count": 2}, {"padding": "same"}, {"padding": "reflect"},
    ):  # fmt: skip
        yield g.conv(lengths=lengths, kernel=kernel, **options)
    yield g.conv(lengths=[1, 2, 1, 2, 2], kernel=[1, 2, 1, 1, 2], padding="CIRCULAR")


def drafts() -> Iterator[Draft]:
    g = _Grid()
    yield from _forward(g)
    yield from _transposed(g)
    yield from _batches(g)
    yield from _empty(g)
    yield from _masks(g)
    yield from _refused(g)
    yield from _by_hand()


def plain_drafts() -> Iterator[Draft]:
    """Layers without zeros around or between the values: a framework may multiply those."""
    g = _Grid()
    yield g.conv(kernel=[2], padding="VALID")
    yield g.conv(2, kernel=[2, 2], padding="REFLECT", strides=2)
    yield g.conv(padding="CIRCULAR", batch=())
    yield g.transposed(kernel=[1])
