"""Random calls of scipy.signal that SciPy computes, or nearly so."""

from __future__ import annotations

import random
from typing import Any

from geometry import Limits, product
from scipy_layers import BOUNDARIES, MODES, NAMES, Call, call

_FILLS = (0, 0, 1, 2, -1, 3.0, 0.5, -2.5)
_DEFAULTS = {"mode": "full", "boundary": "fill", "fillvalue": 0, "method": "auto"}


def _shapes(
    rng: random.Random, rank: int, longest: int, kernel: int, mode: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """in1 and in2: in2 shorter for most, longer on some or all axes for others."""
    in1 = [rng.randint(1, longest) for _ in range(rank)]
    in2 = [rng.randint(1, kernel) for _ in range(rank)]
    style = rng.random()
    if style < 0.15:
        in1, in2 = in2, in1
    elif style < 0.2:
        in2 = list(in1)
    elif style < 0.75 or (mode == "valid" and style < 0.93):
        in2 = [min(a, b) for a, b in zip(in1, in2)]
        if mode == "valid" and rng.random() < 0.4:
            in1, in2 = in2, in1
    return tuple(in1), tuple(in2)


def _size(in1: tuple[int, ...], in2: tuple[int, ...], mode: str) -> int:
    if mode == "full":
        return product([a + b - 1 for a, b in zip(in1, in2)])
    if mode == "same":
        return product(in1)
    return product([abs(a - b) + 1 for a, b in zip(in1, in2)])


def _draw(
    rng: random.Random, limits: Limits, dtype: str, other_rank: int | None
) -> tuple[Call, int]:
    # NumPy sums 1-D float16; SciPy refuses the other ranks for want of a kernel.
    lines = dtype == "float16" or other_rank is not None
    name = rng.choice(NAMES[:2] if lines else NAMES)
    mode = rng.choice(MODES)
    arguments: dict[str, Any] = {"mode": mode}
    if name.endswith("2d"):
        rank = 2
        arguments["boundary"] = rng.choice(BOUNDARIES)
        arguments["fillvalue"] = rng.choice(_FILLS)
    else:
        rank = 1 if dtype == "float16" else rng.choices((1, 2, 3), (4, 3, 2))[0]
        rank = rank if other_rank is None else other_rank
        arguments["method"] = rng.choices(("auto", "direct", "fft"), (5, 4, 3))[0]
    keep = rng.choice((0.0, 0.3, 1.0))
    arguments = {k: v for k, v in arguments.items() if v != _DEFAULTS[k] or rng.random() < keep}
    longest = limits.longest(rank) + (4 if rank == 1 else 2 if rank < 6 else 0)
    kernel = limits.kernel if rank < 3 else min(limits.kernel, 4 if rank < 6 else 2)
    if name.endswith("2d") and rng.random() < 0.12:
        longest, kernel = 3, 9  # several periods of a boundary
    in1, in2 = _shapes(rng, rank, longest, kernel, mode)
    return call(name, in1, in2, **arguments), _size(in1, in2, mode)


def random_draft(
    rng: random.Random, limits: Limits, dtype: str, rank: int | None = None
) -> Call:
    """A call within the limits."""
    while True:
        draft, outputs = _draw(rng, limits, dtype, rank)
        if max(product(draft.x), product(draft.w[0])) <= limits.x and outputs <= limits.y:
            return draft
