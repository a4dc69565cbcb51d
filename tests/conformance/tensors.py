"""Values for the tensors of a case, and their form in JSON."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from layers import Case, Draft

_NAMES = {math.inf: "Infinity", -math.inf: "-Infinity"}


def fill(shape: tuple[int, ...], rng: random.Random, kind: str, reach: int) -> np.ndarray:
    """An array of `kind`: integers, quarters (sums stay exact), or reals of four decimals."""
    generator = np.random.default_rng(rng.getrandbits(32))
    if kind == "real":
        return generator.integers(-9999, 10000, shape) / 10000.0 * reach
    values = generator.integers(-reach, reach + 1, shape).astype(np.float64)
    return values / 4 if kind == "quarter" else values


def values_for(draft: Draft, rng: random.Random, dtype: str, kind: str) -> Case:
    """The case of a draft, filled with values that its dtype holds."""
    reach = {"integer": (4, 3, 5), "quarter": (4, 3, 4), "real": (2, 1, 1)}[kind]

    def make(shape: tuple[int, ...], most: int) -> np.ndarray:
        return np.asarray(fill(shape, rng, kind, most), dtype)

    return Case(
        draft=draft,
        dtype=dtype,
        exact=kind == "integer" and draft.arguments.get("activation") in (None, "linear"),
        x=make(draft.x, reach[0]),
        w=[make(shape, reach[1]) for shape in draft.w],
        b=None if draft.b is None else make(draft.b, reach[2]),
    )


def number(value: Any) -> Any:
    """A value as JSON has it: integers without a point, the shortest digits that read back."""
    real = float(value)
    if math.isnan(real):
        return "NaN"
    if math.isinf(real):
        return _NAMES[real]
    if real == 0:
        return -0.0 if math.copysign(1, real) < 0 else 0
    if real == int(real) and abs(real) < 2**24:
        return int(real)
    return real if isinstance(value, np.float64) else float(str(value))


def to_json(array: np.ndarray) -> dict[str, Any]:
    """A tensor with its data flat, in C order."""
    return {"shape": list(array.shape), "data": [number(value) for value in array.ravel()]}
