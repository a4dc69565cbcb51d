"""Random ONNX nodes that ONNX Runtime computes, or nearly so."""

from __future__ import annotations

import random
from typing import Any

from geometry import Axes, Limits, draw_axes, product, rank_and_batch
from onnx_layers import Node, node

_DEFAULTS = {"strides": 1, "dilations": 1, "pads": 0, "output_padding": 0}
_SAME = ("SAME_UPPER", "SAME_LOWER")


def _channels(rng: random.Random, limits: Limits) -> tuple[int, int, int]:
    """Input channels, output channels, group; every third node is grouped, some depthwise."""
    if rng.random() < 0.65:
        return rng.randint(1, limits.channels), rng.randint(1, limits.channels), 1
    group = rng.randint(2, max(2, min(6, limits.channels // 2)))
    per_group = 1 if rng.random() < 0.4 else rng.randint(1, max(1, limits.channels // group))
    return group * per_group, group * rng.randint(1, max(1, limits.channels // group)), group


def _pads(rank: int, rng: random.Random) -> list[int]:
    style = rng.random()
    if style < 0.3:
        return [rng.choice((0, 1, 1, 2, 3))] * (2 * rank)
    each = [rng.choice((0, 0, 1, 1, 2, 3)) for _ in range(2 * rank)]
    return each[:rank] * 2 if style < 0.5 else each


def _padding(rank: int, rng: random.Random) -> tuple[str, list[int]]:
    """auto_pad, and the pads that go with NOTSET."""
    word = rng.choices(("NOTSET", "VALID", *_SAME), (11, 2, 4, 4))[0]
    pads = _pads(rank, rng) if word == "NOTSET" and rng.random() < 0.75 else [0] * (2 * rank)
    return word, pads


def _attributes(
    rng: random.Random, axes: Axes, word: str, group: int, more: dict[str, list[int]]
) -> dict[str, Any]:
    """The attributes a user would write: those that are not the default, and some that are."""
    keep = rng.choice((0.0, 0.3, 1.0))
    lists = {"strides": axes.stride, "dilations": axes.dilation, **more}
    attributes: dict[str, Any] = {}
    for name, values in lists.items():
        if any(v != _DEFAULTS.get(name) for v in values) or (
            rng.random() < keep and not (name == "pads" and word != "NOTSET")
        ):
            attributes[name] = list(values)
    if word != "NOTSET" or rng.random() < keep:
        attributes["auto_pad"] = word
    if rng.random() < keep:
        attributes["kernel_shape"] = list(axes.kernel)
    if group != 1 or rng.random() < keep:
        attributes["group"] = group
    items = list(attributes.items())
    rng.shuffle(items)
    return dict(items)


def _conv(rng: random.Random, limits: Limits, rank: int, batch: int) -> tuple[Node, int]:
    axes = draw_axes(rank, rng, limits)
    word, pads = _padding(rank, rng)
    if word in _SAME and rng.random() < 0.9:
        axes.dilation = [1] * rank  # ONNX Runtime refuses the others
    channels_in, channels_out, group = _channels(rng, limits)
    lengths, outputs = [], []
    for a in range(rank):
        count, s = rng.randint(1, limits.longest(rank)), axes.stride[a]
        length = (count - 1) * s + rng.randrange(s) + 1
        if word not in _SAME:
            length += axes.effective[a] - 1 - pads[a] - pads[rank + a]
        lengths.append(max(length, 1))
        outputs.append(count + 6)
    attributes = _attributes(rng, axes, word, group, {"pads": pads})
    w = (channels_out, channels_in // group, *axes.kernel)
    draft = node("Conv", (batch, channels_in, *lengths), w, rng.random() < 0.5, **attributes)
    return draft, batch * channels_out * product(outputs)


def _output_shape(rng: random.Random, draft: Node) -> list[int]:
    """Sizes around the length before cropping; now and then the input's length times stride."""
    strides = draft.ints("strides", 1)
    sizes = []
    for a, s in enumerate(strides):
        full, q = draft.full(a), draft.x[2 + a]
        size = rng.choice((full - rng.randint(0, 4), full + rng.randrange(s), q * s))
        sizes.append(max(size, 1))
    return sizes


def _transposed(rng: random.Random, limits: Limits, rank: int, batch: int) -> tuple[Node, int]:
    axes = draw_axes(rank, rng, limits)
    word, pads = _padding(rank, rng)
    channels_in, channels_out, group = _channels(rng, limits)
    lengths = [rng.randint(1, limits.longest(rank)) for _ in range(rank)]
    extra = [0] * rank
    if rng.random() < 0.35:
        extra = [rng.randrange(s) for s in axes.stride]
    outputs = []
    for a in range(rank):
        full = (lengths[a] - 1) * axes.stride[a] + axes.effective[a] + extra[a]
        pads[a] = min(pads[a], max(0, (full - 1) // 2))
        pads[rank + a] = min(pads[rank + a], max(0, full - 1 - pads[a]))
        outputs.append(full + axes.stride[a])
    attributes = _attributes(rng, axes, word, group, {"pads": pads, "output_padding": extra})
    w = (channels_in, channels_out // group, *axes.kernel)
    x = (batch, channels_in, *lengths)
    draft = node("ConvTranspose", x, w, rng.random() < 0.5, **attributes)
    if rng.random() < 0.28:
        draft.arguments["output_shape"] = _output_shape(rng, draft)
    return draft, batch * channels_out * product(outputs)


def random_draft(
    rng: random.Random, limits: Limits, dtype: str, rank: int | None = None
) -> Node:
    """A node within the limits."""
    while True:
        axes, batch = rank_and_batch(rng, rank)
        make = _conv if rng.random() < 0.45 else _transposed
        draft, outputs = make(rng, limits, axes, batch)
        if product(draft.x) <= limits.x and outputs <= limits.y and product(draft.w[0]) <= limits.y:
            return draft
