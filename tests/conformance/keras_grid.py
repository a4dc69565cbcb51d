"""Systematic Keras layers: every argument, one or two at a time, over small geometry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from layers import ACTIVATIONS, Draft

_AXES: dict[int, tuple[int, ...]] = {1: (7,), 2: (5, 4), 3: (3, 4, 3)}
_SHORT: dict[int, tuple[int, ...]] = {1: (4,), 2: (3, 2), 3: (2, 1, 2)}
_KERNELS: dict[int, tuple[tuple[int, ...], ...]] = {
    2: ((2, 3), (3, 1), (1, 4)),
    3: ((1, 2, 3), (2, 2, 1), (3, 1, 2)),
}


def _layer(
    kind: str,
    rank: int,
    x: tuple[int, ...] | None = None,
    kernel: Any = 3,
    channels: tuple[int, int] = (1, 1),
    batch: int = 1,
    **options: Any,
) -> Draft:
    """A layer of a kind ("", "Transpose", "Depthwise", "Separable"); `x` is its spatial lengths."""
    lengths = x or (_SHORT if kind == "Transpose" else _AXES)[rank]
    size = (kernel,) * rank if isinstance(kernel, int) else tuple(kernel)
    inputs, filters = channels
    many = max(1, options.get("depth_multiplier", 1))
    prefix = kind if kind in ("Depthwise", "Separable") else ""
    name = f"{prefix}Conv{rank}D{'Transpose' if kind == 'Transpose' else ''}"
    arguments: dict[str, Any] = {} if kind == "Depthwise" else {"filters": filters}
    arguments |= {"kernel_size": kernel, **options}
    w: list[tuple[int, ...]] = [(*size, inputs // max(1, options.get("groups", 1)), filters)]
    if kind == "Transpose":
        w = [(*size, filters, inputs)]
    elif kind == "Depthwise":
        w, filters = [(*size, inputs, many)], inputs * many
    elif kind == "Separable":
        w = [(*size, inputs, many), (*[1] * rank, inputs * many, filters)]
    first = options.get("data_format") == "channels_first"
    shape = (batch, inputs, *lengths) if first else (batch, *lengths, inputs)
    b = (filters,) if options.get("use_bias", True) else None
    return Draft("keras", name, arguments, shape, w, b)


def _forward() -> Iterator[Draft]:
    for size, step, padding, length in product((1, 2, 3, 4), (1, 2, 3), ("valid", "same"), (5, 6)):
        yield _layer("", 1, (length,), size, strides=step, padding=padding, use_bias=False)
    for size, rate, padding in product((2, 3), (2, 3), ("valid", "same", "causal")):
        yield _layer("", 1, kernel=size, dilation_rate=rate, padding=padding)
    for size, step in product((1, 2, 3, 4), (1, 2, 3)):
        yield _layer("", 1, kernel=size, strides=step, padding="causal")
    for rank, padding in product((2, 3), ("valid", "same")):
        for kernel in _KERNELS[rank]:
            yield _layer("", rank, kernel=kernel, padding=padding)
            options: dict[str, Any] = {"kernel": kernel, "padding": padding}
            yield _layer("", rank, **options, strides=tuple(range(1, rank + 1)))
            yield _layer("", rank, **options, dilation_rate=(2, 1, 2)[:rank])
            yield _layer("", rank, **options, data_format="channels_first", channels=(2, 1))
    for rank, (channels, groups) in product((1, 2, 3), (((2, 2), 2), ((4, 2), 2), ((3, 6), 3))):
        options = {"kernel": 2, "channels": channels, "groups": groups}
        yield _layer("", rank, **options, strides=2)
        yield _layer("", rank, **options, padding="same", strides=3, data_format="channels_first")


def _transposed() -> Iterator[Draft]:
    grid = product((1, 2, 3, 4, 5), (1, 2, 3), ("valid", "same"), (None, 0, 1, 2))
    for size, step, padding, extra in grid:
        if extra is None or extra < step or size == 2:
            options: dict[str, Any] = {"strides": step, "padding": padding, "use_bias": False}
            if extra is not None:
                options["output_padding"] = extra
            yield _layer("Transpose", 1, (3,), size, **options)
    for size, rate, padding, extra in product((2, 3), (2, 3), ("valid", "same"), (None, 0)):
        options = {"dilation_rate": rate, "padding": padding, "output_padding": extra}
        yield _layer("Transpose", 1, (3,), size, **options)
    for rank, padding in product((2, 3), ("valid", "same")):
        for kernel in _KERNELS[rank]:
            strides = tuple(range(1, rank + 1))
            most = tuple(s - 1 for s in strides)
            options = {"kernel": kernel, "padding": padding}
            first: dict[str, Any] = {
                "data_format": "channels_first",
                "channels": (2, 2),
                "use_bias": False,
            }
            yield _layer("Transpose", rank, **options)
            yield _layer("Transpose", rank, **options, strides=strides)
            yield _layer("Transpose", rank, **options, strides=strides, output_padding=most)
            yield _layer("Transpose", rank, **options, dilation_rate=(2, 1, 2)[:rank])
            yield _layer("Transpose", rank, **options, **first)


def _depthwise() -> Iterator[Draft]:
    for kind, rank, padding in product(("Depthwise", "Separable"), (1, 2), ("valid", "same")):
        options: dict[str, Any] = {"padding": padding}
        for size, step in product((2, 3), (1, 2)):
            both: dict[str, Any] = {"strides": step, "dilation_rate": 2, "depth_multiplier": 2}
            yield _layer(kind, rank, kernel=size, strides=step, channels=(2, 2), **options)
            yield _layer(kind, rank, (8, 7)[:rank], size, (2, 3), **both, **options)
        first: dict[str, Any] = {"data_format": "channels_first", "strides": 2}
        yield _layer(kind, rank, kernel=2, channels=(2, 2), **first, **options)
        yield _layer(
            kind, rank, kernel=2, channels=(1, 2), depth_multiplier=3, use_bias=False, **options
        )
        unequal: dict[str, Any] = {"kernel": (2, 3)[:rank], "strides": (1, 2)[-rank:]}
        yield _layer(kind, rank, channels=(2, 1), **unequal, **options)


def _activations() -> Iterator[Draft]:
    for name in ACTIVATIONS:
        yield _layer("", 1, (5,), 2, channels=(2, 4), activation=name)
        yield _layer("Transpose", 2, (2, 2), 2, channels=(2, 2), activation=name)
    for name in ("softmax", "glu", "log_softmax", "sparsemax", "relu"):
        yield _layer("", 1, (5,), 2, channels=(2, 2), activation=name, data_format="channels_first")
        yield _layer("Separable", 2, (3, 3), 2, channels=(2, 2), activation=name)
        yield _layer("Depthwise", 1, (4,), 2, channels=(2, 2), activation=name, use_bias=False)


def _refused() -> Iterator[Draft]:
    """Rules of semantics.md 2.2 (e) that the grids above do not reach."""
    for kind, rank in (("", 1), ("", 2), ("Transpose", 2), ("Depthwise", 1), ("Separable", 2)):
        values: tuple[Any, ...] = (0, -1, (1,) * (rank + 1))
        for argument, value in product(("kernel_size", "strides", "dilation_rate"), values):
            draft = _layer(kind, rank)
            draft.arguments[argument] = value
            yield draft
        yield _layer(kind, rank, padding="full")
        yield _layer(kind, rank, padding="causal")
        yield _layer(kind, rank, padding=[1] * rank)
        yield _layer(kind, rank, activation="Relu")
        yield _layer(kind, rank, data_format="NCHW")
        yield _layer(kind, rank, stride=2)
        yield _layer(kind, rank, strides=2, dilation_rate=2, x=(7, 6)[:rank])
    yield _layer("", 1, channels=(3, 2), groups=2)
    yield _layer("", 1, channels=(2, 3), groups=2)
    yield _layer("", 2, (2, 5), 3)
    yield _layer("Depthwise", 2, (2, 5), 3)
    yield _layer("Separable", 1, (2,), 3)
    yield _layer("Transpose", 2, strides=(2, 1), dilation_rate=(1, 2))
    yield _layer("Transpose", 2, groups=2)
    yield _layer("Depthwise", 2, groups=1)
    yield _layer("Depthwise", 2, depth_multiplier=0)


def _where_tensorflow_errs() -> Iterator[Draft]:
    """Calls that Keras' TensorFlow backend computes wrongly (oracles.py)."""
    yield _layer("", 2, (3, 4), 2, channels=(2, 3), data_format="channels_first")
    yield _layer("", 1, (3,), 1, channels=(2, 3), data_format="channels_first")
    yield _layer("Transpose", 1, (2,), 2, channels=(2, 3), data_format="channels_first")
    yield _layer("Depthwise", 2, (3, 4), (2, 3), strides=(1, 2), depth_multiplier=3)
    yield _layer("Separable", 2, (4, 2), (2, 3), strides=(1, 4), padding="same", channels=(1, 2))
    yield _layer("", 3, (3, 4, 3), 1, strides=4, padding="same", use_bias=False)
    yield _layer("", 2, (3, 3), 2, strides=(1, 4), padding="same", channels=(1, 3))
    for rank in (1, 2, 3):
        yield _layer("", rank, kernel=2, batch=0, channels=(2, 3))


def _by_hand() -> Iterator[Draft]:
    """Texts that no argument table writes, and positional orders worth pinning."""
    texts = (
        "Conv2D(1, (3, 3), strides=2, padding='same', input_shape=(4, 4, 1))",
        "layers.Conv2D(1, 3, 1, 'valid', None, 1, 1, None, True, 'zeros', 'zeros')",
        "keras.layers.Conv2D(1, 3, filters=2)",
        "keras.layers.Conv2DTranspose(1, 3, 2, 'same', 1, None, 1, 'linear', True)",
        'Conv2DTranspose(1, (3, 3), strides=2, padding="same")',
        "keras.layers.Convolution2D(1, 3)",
        "keras.layers.Convolution2DTranspose(1, 3)",
        "keras.layers.Conv2D(\n    filters=1,\n    kernel_size=(3, 3),\n    padding='same',\n)",
        "keras.layers.Conv3DTranspose(1, 3, 2, 'same', 'channels_last', 1)",
        "keras.layers.Conv3DTranspose(1, 3, 2, 'same', 1)",
        "keras.layers.Conv1DTranspose(1, 3, 2, 'same', 1, 'channels_last')",
        "keras.layers.Conv1DTranspose(1, 3, 2, 'same', 'channels_last')",
    )
    for text in texts:
        name = text.split("(")[0].split(".")[-1].replace("Convolution", "Conv")
        rank = int(name[4])
        lengths = (4, 4) if rank == 2 else (2,) * rank
        yield Draft("keras", name, {}, (1, *lengths, 1), [(*(3,) * rank, 1, 1)], (1,), text=text)


def drafts() -> Iterator[Draft]:
    yield from _forward()
    yield from _transposed()
    yield from _depthwise()
    yield from _activations()
    yield from _refused()
    yield from _where_tensorflow_errs()
    yield from _by_hand()


def plain_drafts() -> Iterator[Draft]:
    """Layers without zero padding, which a framework may multiply and tconv does not."""
    yield _layer("", 1, kernel=2)
    yield _layer("", 2, kernel=2, strides=2)
    yield _layer("Depthwise", 2, kernel=2, channels=(2, 2))
    yield _layer("Transpose", 1, kernel=3, strides=2)
    yield _layer("Transpose", 2, kernel=2, strides=3, channels=(1, 2))
    yield _layer("Transpose", 1, kernel=3, strides=2, padding="same")
