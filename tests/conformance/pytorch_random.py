"""Random PyTorch layers that PyTorch computes, or nearly so."""

from __future__ import annotations

import random
from typing import Any

from geometry import Axes, Limits, draw_axes, product, rank_and_batch, written
from layers import Draft, Word


def _channels(rng: random.Random, limits: Limits) -> tuple[int, int, int]:
    """Input channels, output channels, groups; every third layer is grouped, some depthwise."""
    if rng.random() < 0.65:
        return rng.randint(1, limits.channels), rng.randint(1, limits.channels), 1
    groups = rng.randint(2, max(2, min(6, limits.channels // 2)))
    per_group = 1 if rng.random() < 0.4 else rng.randint(1, max(1, limits.channels // groups))
    return groups * per_group, groups * rng.randint(1, max(1, limits.channels // groups)), groups


def _forward_axes(
    rank: int, rng: random.Random, limits: Limits, functional: bool
) -> tuple[Axes, Any, str, list[int]]:
    """Axes, padding as written, padding mode, and input lengths of a forward layer."""
    axes = draw_axes(rank, rng, limits)
    mode = (
        "zeros"
        if functional
        else rng.choices(("zeros", "reflect", "replicate", "circular"), (6, 1, 1, 1))[0]
    )
    style = rng.random()
    if style < 0.12:
        axes.stride = [1] * rank
        padding: Any = "same"
        totals = [e - 1 for e in axes.effective]
    elif style < 0.2:
        padding, totals = "valid", [0] * rank
    else:
        each = [rng.choice((0, 0, 1, 1, 2, 3)) for _ in range(rank)]
        if rng.random() < 0.5:
            each = [each[0]] * rank
        padding, totals = written(each, rng), [2 * p for p in each]
    lengths = []
    for axis in range(rank):
        outputs = rng.randint(1, limits.outputs[rank - 1])
        s = axes.stride[axis]
        length = (outputs - 1) * s + axes.effective[axis] - totals[axis] + rng.randrange(s)
        half = (totals[axis] + 1) // 2
        least = {"reflect": half + 1, "circular": half}.get(mode, 1)
        lengths.append(max(length, least, 1))
    return axes, padding, mode, lengths


def _transposed_axes(
    rank: int, rng: random.Random, limits: Limits
) -> tuple[Axes, list[int], list[int], list[int]]:
    """Axes, padding, output padding, and input lengths of a transposed layer."""
    axes = draw_axes(rank, rng, limits)
    lengths = [rng.randint(1, limits.outputs[rank - 1]) for _ in range(rank)]
    padding, extra = [], []
    for axis in range(rank):
        most = max(axes.stride[axis], axes.dilation[axis]) - 1
        extra.append(rng.randint(0, most) if rng.random() < 0.5 else 0)
        full = (lengths[axis] - 1) * axes.stride[axis] + axes.effective[axis] + extra[axis]
        padding.append(min(rng.choice((0, 0, 1, 1, 2, 3)), max(0, (full - 1) // 2)))
    return axes, padding, extra, lengths


def _extras(rng: random.Random, dtype: str) -> dict[str, Any]:
    """Arguments that change nothing."""
    extras: dict[str, Any] = {}
    if rng.random() < 0.06:
        extras["device"] = rng.choice(("cpu", None, Word("torch.device('cpu')")))
    if rng.random() < 0.08:
        extras["dtype"] = Word(f"torch.{dtype}")
    return extras


def _compose(
    name: str,
    rng: random.Random,
    shapes: tuple[int, int, int],
    written_out: dict[str, Any],
    bias: bool,
) -> dict[str, Any]:
    """The arguments a user would write: those that are not the default, and some that are."""
    channels_in, channels_out, groups = shapes
    defaults = {
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "output_padding": 0,
        "padding_mode": "zeros",
    }
    arguments: dict[str, Any] = {}
    if not name.islower():
        arguments = {"in_channels": channels_in, "out_channels": channels_out}
        arguments["kernel_size"] = written_out.pop("kernel_size")
    written_out.pop("kernel_size", None)
    keep = rng.choice((0.0, 0.3, 1.0))
    for key, value in written_out.items():
        if value != defaults[key] or rng.random() < keep:
            arguments[key] = value
    if groups != 1 or rng.random() < keep:
        arguments["groups"] = groups
    if not name.islower() and (not bias or rng.random() < keep):
        arguments["bias"] = bias
    return arguments


def _draw(rng: random.Random, limits: Limits, dtype: str) -> tuple[Draft, int]:
    rank, batch = rank_and_batch(rng)
    transposed, functional = rng.random() < 0.5, rng.random() < 0.22
    channels_in, channels_out, groups = _channels(rng, limits)
    bias = rng.random() < 0.55
    if transposed:
        name = f"conv_transpose{rank}d" if functional else f"ConvTranspose{rank}d"
        axes, pads, extra, lengths = _transposed_axes(rank, rng, limits)
        arguments = {"padding": written(pads, rng), "output_padding": written(extra, rng)}
        w = (channels_in, channels_out // groups, *axes.kernel)
        sizes = [
            (q - 1) * s - 2 * p + e + o
            for q, s, p, e, o in zip(lengths, axes.stride, pads, axes.effective, extra)
        ]
    else:
        name = f"conv{rank}d" if functional else f"Conv{rank}d"
        axes, padding, mode, lengths = _forward_axes(rank, rng, limits, functional)
        arguments = {"padding": padding} | ({} if functional else {"padding_mode": mode})
        w = (channels_out, channels_in // groups, *axes.kernel)
        sizes = [length // s + 4 for length, s in zip(lengths, axes.stride)]
    arguments |= {
        "kernel_size": written(axes.kernel, rng),
        "stride": written(axes.stride, rng),
        "dilation": written(axes.dilation, rng),
    }
    arguments = _compose(name, rng, (channels_in, channels_out, groups), arguments, bias)
    if not functional:
        arguments |= _extras(rng, dtype)
    unbatched = rng.random() < 0.12
    x = (channels_in, *lengths) if unbatched else (batch, channels_in, *lengths)
    draft = Draft("pytorch", name, arguments, x, [w], (channels_out,) if bias else None)
    if transposed and not functional and rng.random() < 0.2:
        smallest = [size - o for size, o in zip(sizes, extra)]
        size = [m + rng.randrange(s) for m, s in zip(smallest, axes.stride)]
        if min(size) > 0:
            head = [channels_out] if unbatched else [batch, channels_out]
            draft.output_size = size if rng.random() < 0.6 else head + size
    return draft, batch * channels_out * product(sizes)


def random_draft(rng: random.Random, limits: Limits, dtype: str) -> Draft:
    """A layer within the limits."""
    while True:
        draft, outputs = _draw(rng, limits, dtype)
        if product(draft.x) <= limits.x and outputs <= limits.y and product(draft.w[0]) <= limits.y:
            return draft
