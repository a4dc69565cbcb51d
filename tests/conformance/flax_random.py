"""Random flax layers that flax computes, or nearly so."""

from __future__ import annotations

import random
from typing import Any

from flax_layers import RNGS, flax_draft
from geometry import Axes, Limits, draw_axes, product, written
from jax_random import any_case
from layers import Draft, Word

_WIDEST_MASK = 24  # elements: it is written out in the SPEC
_INITIALIZERS = (Word("nn.initializers.zeros"), Word("jax.nn.initializers.lecun_normal()"))
_PRECISIONS = (None, "highest", Word("jax.lax.Precision.HIGHEST"), Word("lax.Precision.DEFAULT"))


def _batch(rng: random.Random) -> tuple[int, ...]:
    axes = rng.choices((1, 0, 2, 3), (64, 14, 15, 7))[0]
    return tuple(rng.choice((1, 1, 2, 3)) for _ in range(axes))


def _counts(rng: random.Random, limits: Limits, transposed: bool) -> tuple[int, int, int]:
    """Input channels, output channels, groups."""
    if transposed or rng.random() < 0.65:
        return rng.randint(1, limits.channels), rng.randint(1, limits.channels), 1
    groups = rng.randint(2, max(2, min(6, limits.channels // 2)))
    each = 1 if rng.random() < 0.4 else rng.randint(1, max(1, limits.channels // groups))
    return groups * each, groups * rng.randint(1, max(1, limits.channels // groups)), groups


def _explicit(pads: list[tuple[int, int]], rng: random.Random) -> Any:
    """Pads in one of their forms: an int, ints, pairs, or both."""
    if pads and all(pair == pads[0] and pair[0] == pair[1] for pair in pads) and rng.random() < 0.5:
        return pads[0][0]
    items = [p[0] if p[0] == p[1] and rng.random() < 0.6 else p for p in pads]
    return list(items) if rng.random() < 0.3 else tuple(items)


def _draw_pads(rank: int, rng: random.Random, choices: tuple[int, ...]) -> list[tuple[int, int]]:
    style = rng.random()
    if style < 0.3:
        return [(p := rng.choice(choices), p)] * rank
    if style < 0.55:
        return [(p := rng.choice(choices), p) for _ in range(rank)]
    return [(rng.choice(choices), rng.choice(choices)) for _ in range(rank)]


def _written(values: list[int], rng: random.Random) -> Any:
    value = written(values, rng)
    return None if value == 1 and rng.random() < 0.1 else value


def _forward(
    rank: int, rng: random.Random, limits: Limits
) -> tuple[dict[str, Any], Axes, list[int], list[int]]:
    """Arguments, axes, input and output lengths of a Conv."""
    axes = draw_axes(rank, rng, limits)
    outputs = [rng.randint(1, limits.longest(rank)) for _ in range(rank)]
    dilation = [1] * rank
    style = rng.random()
    options: dict[str, Any] = {}
    if style < 0.32:
        options["padding"] = any_case(rng.choice(("SAME", "VALID", "SAME_LOWER")), rng)
    elif style < 0.44:
        pass  # SAME, unsaid
    elif style < 0.68:
        options["padding"] = rng.choice(("CIRCULAR", "REFLECT"))
    elif style < 0.74 and rank == 1:
        options["padding"] = "CAUSAL"
    else:
        choices = (0, 0, 1, 1, 2, 3) if rng.random() < 0.8 else (0, -1, 1, 4)
        pads = _draw_pads(rank, rng, choices)
        options["padding"] = _explicit(pads, rng)
        if rng.random() < 0.45:
            dilation = [rng.choice((1, 2, 2, 3)) for _ in range(rank)]
        needed = [
            (n - 1) * s + e + rng.randrange(s) - low - high
            for n, s, e, (low, high) in zip(outputs, axes.stride, axes.effective, pads)
        ]
        lengths = [max(1, -(-(size - 1) // d) + 1) for size, d in zip(needed, dilation)]
    if not isinstance(options.get("padding", ""), str):
        pass
    elif options.get("padding", "").upper() == "VALID":
        shorter = 1 if rng.random() < 0.06 else 0  # an empty output
        lengths = [
            max(1, (n - 1) * s + e + rng.randrange(s) - shorter * n * s)
            for n, s, e in zip(outputs, axes.stride, axes.effective)
        ]
    else:
        lengths = [max(1, n * s - rng.randrange(s)) for n, s in zip(outputs, axes.stride)]
    options["strides"] = _written(axes.stride, rng)
    options["input_dilation"] = _written(dilation, rng)
    options["kernel_dilation"] = _written(axes.dilation, rng)
    return options, axes, lengths, [n + 3 for n in outputs]


def _transposed(
    rank: int, rng: random.Random, limits: Limits
) -> tuple[dict[str, Any], Axes, list[int], list[int]]:
    """The same of a ConvTranspose."""
    axes = draw_axes(rank, rng, limits)
    lengths = [rng.randint(1, limits.longest(rank)) for _ in range(rank)]
    options: dict[str, Any] = {}
    style = rng.random()
    if style < 0.3:
        options["padding"] = rng.choice(("SAME", "VALID"))
    elif style < 0.38:
        pass  # SAME, unsaid
    elif style < 0.65:
        options["padding"] = "CIRCULAR"
    elif style < 0.74:
        options["padding"] = any_case(rng.choice(("SAME", "VALID", "SAME_LOWER")), rng)
        if rng.random() < 0.85:
            axes.stride = [1] * rank
    elif style < 0.88:
        # The dilated input is padded, so ke - 1 is what crops nothing.
        crops = [(rng.choice((-1, 0, 0, 1)), rng.choice((-2, 0, 0, 1))) for _ in range(rank)]
        edges = [e - 1 for e in axes.effective]
        pads = [(e - low, e - high) for e, (low, high) in zip(edges, crops)]
        options["padding"] = _explicit(pads, rng)
    else:
        options["padding"] = _explicit(_draw_pads(rank, rng, (0, 1, 1, 2, 3, -1)), rng)
    options["strides"] = _written(axes.stride, rng)
    options["kernel_dilation"] = _written(axes.dilation, rng)
    if rng.random() < 0.4:
        options["transpose_kernel"] = True
    full = [(q - 1) * s + e + s for q, s, e in zip(lengths, axes.stride, axes.effective)]
    return options, axes, lengths, [size + 4 for size in full]


def nested(shape: tuple[int, ...], draw: Any) -> Any:
    """A mask as nested lists."""
    if not shape:
        return draw()
    return [nested(shape[1:], draw) for _ in range(shape[0])]


def _extras(rng: random.Random, dtype: str, nnx: bool) -> dict[str, Any]:
    """Arguments that change nothing here."""
    extras: dict[str, Any] = {}
    if rng.random() < 0.06:
        extras["dtype"] = rng.choice((None, Word(f"jnp.{dtype}"), Word(f"jnp.{dtype}"), dtype))
    if rng.random() < 0.04:
        extras["param_dtype"] = Word(rng.choice((f"jnp.{dtype}", "jnp.float32")))
    if rng.random() < 0.05:
        extras["precision"] = rng.choice(_PRECISIONS)
    if rng.random() < 0.05:
        extras[rng.choice(("kernel_init", "bias_init"))] = _INITIALIZERS[0]
    if rng.random() < 0.03:
        extras["kernel_init"] = _INITIALIZERS[1]
    if not nnx and rng.random() < 0.05:
        extras["name"] = rng.choice(("conv1", "Conv_0", None))
    return extras


def _draw(
    rng: random.Random, limits: Limits, dtype: str, other_rank: int | None
) -> tuple[Draft, int]:
    rank = rng.choices((1, 2, 3), (5, 5, 2))[0]
    rank = rank if other_rank is None else other_rank
    often = 0.45 if rank <= 3 else 0.06  # flax refuses ConvTranspose beyond
    transposed, nnx, batch = rng.random() < often, rng.random() < 0.4, _batch(rng)
    inputs, outputs, groups = _counts(rng, limits, transposed)
    draw = _transposed if transposed else _forward
    options, axes, lengths, sizes = draw(rank, rng, limits)
    keep = rng.choice((0.0, 0.3, 1.0))
    defaults: tuple[Any, ...] = (1, None)
    options = {k: v for k, v in options.items() if v not in defaults or rng.random() < keep}
    if transposed and "transpose_kernel" not in options and rng.random() < keep * 0.5:
        options["transpose_kernel"] = False
    if groups != 1 or (not transposed and rng.random() < keep * 0.5):
        options["feature_group_count"] = groups
    if rng.random() < 0.42:
        options["use_bias"] = False
    elif rng.random() < keep * 0.5:
        options["use_bias"] = True
    size = written(axes.kernel, rng) if rank == 1 else tuple(axes.kernel)
    options = {"kernel_size": list(size) if rank > 1 and rng.random() < 0.2 else size, **options}
    if nnx:
        options["rngs"] = rng.choice(RNGS)
    options |= _extras(rng, dtype, nnx)
    name = "ConvTranspose" if transposed else "Conv"
    draft = flax_draft(name, nnx, batch, lengths, axes.kernel, (inputs, outputs), options)
    if rng.random() < 0.08 and product(draft.w[0]) <= _WIDEST_MASK:
        kind = rng.choice(((0, 1), (0, 1), (0, 1, 2), (False, True)))
        draft.arguments["mask"] = nested(draft.w[0], lambda: rng.choice(kind))
    return draft, product(batch) * outputs * product(sizes)


def random_draft(
    rng: random.Random, limits: Limits, dtype: str, rank: int | None = None
) -> Draft:
    """A layer within the limits."""
    while True:
        draft, outputs = _draw(rng, limits, dtype, rank)
        if product(draft.x) <= limits.x and outputs <= limits.y and product(draft.w[0]) <= limits.y:
            return draft
