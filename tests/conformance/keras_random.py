"""Random Keras layers that Keras computes, or nearly so."""

from __future__ import annotations

import random
from typing import Any

from geometry import Axes, Limits, draw_axes, product, rank_and_batch, written
from layers import ACTIVATIONS, SIGNATURES, Draft

_KINDS = ("Conv", "Transpose", "Depthwise", "Separable")
_INITIALIZERS = ("zeros", "ones", "glorot_uniform", "he_normal")


def _name(kind: str, rank: int) -> str:
    if kind == "Transpose":
        return f"Conv{rank}DTranspose"
    return f"Conv{rank}D" if kind == "Conv" else f"{kind}Conv{rank}D"


def _lengths(rank: int, rng: random.Random, limits: Limits, axes: Axes, padding: str) -> list[int]:
    """Input lengths of a forward layer that leave at least one output."""
    lengths = []
    for axis in range(rank):
        s = axes.stride[axis]
        least = axes.effective[axis] if padding == "valid" else 1
        outputs = rng.randint(1, limits.outputs[rank - 1])
        lengths.append((outputs - 1) * s + least + rng.randrange(s))
    return lengths


def _extras(name: str, rng: random.Random, dtype: str, x: tuple[int, ...]) -> dict[str, Any]:
    """Arguments that change nothing."""
    extras: dict[str, Any] = {}
    if rng.random() < 0.1:
        extras["name"] = rng.choice(("up1", "conv_1", "block3-out"))
    if rng.random() < 0.05:
        extras["trainable"] = rng.random() < 0.5
    if rng.random() < 0.06:
        extras["dtype"] = dtype
    if rng.random() < 0.05:
        extras["input_shape"] = tuple(x[1:])
    tail = [a for a in SIGNATURES[name] if a.endswith("_initializer")]
    if rng.random() < 0.08:
        extras[rng.choice(tail)] = rng.choice(_INITIALIZERS)
    if rng.random() < 0.03:
        extras["bias_regularizer"] = None
    return extras


def _padding(kind: str, rank: int, rng: random.Random) -> str:
    if kind == "Conv" and rank == 1:
        return rng.choices(("valid", "same", "causal"), (4, 4, 3))[0]
    return rng.choice(("valid", "same"))


def _output_padding(kind: str, rng: random.Random, axes: Axes) -> Any:
    if kind != "Transpose" or rng.random() < 0.5:
        return None
    return written([rng.randrange(s) for s in axes.stride], rng)


def _shapes(
    kind: str, rng: random.Random, limits: Limits, kernel: list[int]
) -> tuple[int, int, int, int, list[tuple[int, ...]]]:
    """Input channels, filters, groups, depth multiplier, and the shapes of the weights."""
    channels, filters = rng.randint(1, limits.channels), rng.randint(1, limits.channels)
    if kind == "Transpose":
        return channels, filters, 1, 1, [(*kernel, filters, channels)]
    if kind == "Conv":
        groups = rng.randint(2, 4) if rng.random() < 0.15 else 1
        if groups > 1:
            channels = groups * rng.randint(1, max(1, limits.channels // groups))
            filters = groups * rng.randint(1, max(1, limits.channels // groups))
        return channels, filters, groups, 1, [(*kernel, channels // groups, filters)]
    multiplier = rng.choice((1, 1, 2, 3))
    channels = rng.randint(1, max(1, limits.channels // multiplier))
    depthwise = (*kernel, channels, multiplier)
    if kind == "Depthwise":
        return channels, channels * multiplier, 1, multiplier, [depthwise]
    pointwise = (*[1] * len(kernel), channels * multiplier, filters)
    return channels, filters, 1, multiplier, [depthwise, pointwise]


def _draw(rng: random.Random, limits: Limits, dtype: str) -> tuple[Draft, int]:
    rank, batch = rank_and_batch(rng)
    kind = rng.choices(_KINDS, (4, 4, 2, 2))[0]
    if kind in ("Depthwise", "Separable"):
        rank = min(rank, 2)
    name = _name(kind, rank)
    axes = draw_axes(rank, rng, limits, exclusive=kind in ("Conv", "Transpose"))
    padding = _padding(kind, rank, rng)
    extra = _output_padding(kind, rng, axes)
    channels, filters, groups, multiplier, w = _shapes(kind, rng, limits, axes.kernel)
    if kind == "Transpose":
        lengths = [rng.randint(1, limits.outputs[rank - 1]) for _ in range(rank)]
        sizes = [q * s + e for q, s, e in zip(lengths, axes.stride, axes.effective)]
    else:
        lengths = _lengths(rank, rng, limits, axes, padding)
        sizes = [-(-length // s) for length, s in zip(lengths, axes.stride)]
    first = rng.random() < 0.2
    x = (batch, channels, *lengths) if first else (batch, *lengths, channels)
    bias = rng.random() < 0.6
    values: dict[str, Any] = {
        "filters": filters,
        "kernel_size": written(axes.kernel, rng),
        "strides": written(axes.stride, rng),
        "padding": rng.choice((padding, padding, padding, padding.upper(), padding.capitalize())),
        "output_padding": extra,
        "data_format": "channels_first" if first else rng.choice((None, "channels_last")),
        "dilation_rate": written(axes.dilation, rng),
        "groups": groups,
        "depth_multiplier": multiplier,
        "activation": rng.choice(ACTIVATIONS) if rng.random() < 0.2 else None,
        "use_bias": bias,
    }
    arguments = _compose(name, rng, values) | _extras(name, rng, dtype, x)
    b = (filters,) if bias else None
    return Draft("keras", name, arguments, x, w, b), batch * filters * product(sizes)


def _compose(name: str, rng: random.Random, values: dict[str, Any]) -> dict[str, Any]:
    """The arguments a user would write: those that are not the default, and some that are."""
    defaults = {
        "strides": 1, "padding": "valid", "output_padding": None, "data_format": None,
        "dilation_rate": 1, "groups": 1, "depth_multiplier": 1, "activation": None,
        "use_bias": True,
    }  # fmt: skip
    keep = rng.choice((0.0, 0.2, 1.0))
    arguments: dict[str, Any] = {}
    for key in SIGNATURES[name]:
        if key not in values:
            continue
        if key not in defaults or values[key] != defaults[key] or rng.random() < keep:
            arguments[key] = values[key]
    return arguments


def random_draft(rng: random.Random, limits: Limits, dtype: str) -> Draft:
    """A layer within the limits."""
    while True:
        draft, outputs = _draw(rng, limits, dtype)
        weights = max(product(shape) for shape in draft.w)
        if product(draft.x) <= limits.x and outputs <= limits.y and weights <= limits.y:
            return draft
