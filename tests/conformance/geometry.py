"""Random kernels, strides, dilations and lengths, kept to a size."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """How large a random layer may be."""

    outputs: tuple[int, int, int]  # the longest output (forward) or input axis, of 1, 2, 3 axes
    channels: int
    kernel: int
    x: int  # elements
    y: int

    def longest(self, rank: int) -> int:
        return self.outputs[min(rank, 3) - 1]


SMALL = Limits(outputs=(6, 4, 2), channels=4, kernel=5, x=60, y=120)
LARGE = Limits(outputs=(80, 24, 7), channels=40, kernel=9, x=12000, y=20000)
MANY_AXES = Limits(outputs=(6, 4, 2), channels=4, kernel=4, x=600, y=20000)  # or none of them


@dataclass
class Axes:
    """One number an axis."""

    kernel: list[int]
    stride: list[int]
    dilation: list[int]

    @property
    def effective(self) -> list[int]:
        return [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation)]


def _per_axis(rank: int, rng: random.Random, draw: Any) -> list[int]:
    """Equal axes half of the time, each its own otherwise."""
    return [draw()] * rank if rng.random() < 0.5 else [draw() for _ in range(rank)]


def draw_axes(rank: int, rng: random.Random, limits: Limits, exclusive: bool = False) -> Axes:
    """Kernel, stride, dilation. `exclusive`: Keras wants stride or dilation, not both."""
    longest = limits.kernel if rank == 1 else max(2, limits.kernel - rank)
    kernel = _per_axis(rank, rng, lambda: rng.randint(1, longest))
    stride = _per_axis(rank, rng, lambda: rng.choice((1, 1, 2, 2, 3, 4)))
    dilation = _per_axis(rank, rng, lambda: rng.choice((1, 1, 1, 2, 2, 3)))
    if exclusive:
        if rng.random() < 0.7:
            dilation = [1] * rank
        else:
            stride = [1] * rank
    return Axes(kernel, stride, dilation)


def product(numbers: list[int] | tuple[int, ...]) -> int:
    result = 1
    for n in numbers:
        result *= n
    return result


def written(values: list[int], rng: random.Random) -> Any:
    """Numbers an axis as a user writes them: one int where they agree, a tuple or a list."""
    if len(set(values)) == 1 and rng.random() < 0.65:
        return values[0]
    return list(values) if rng.random() < 0.2 else tuple(values)


def rank_and_batch(rng: random.Random, rank: int | None = None) -> tuple[int, int]:
    drawn = rng.choices((1, 2, 3), (4, 5, 2))[0], rng.choices((1, 2, 3), (7, 2, 1))[0]
    return drawn if rank is None else (rank, drawn[1])
