"""Draws random cases: a layer, sometimes bent towards a refusal, and its values."""

from __future__ import annotations

import random

from geometry import Limits
from layers import Case, Draft
from rooms import ROOMS
from tensors import values_for

_BENT = 0.42  # of the cases; about a third are then refused
_REAL = 0.22


def pick_kind(draft: Draft, rng: random.Random) -> str:
    """Integers for most; quarters under an activation, so that no rounded sum crosses a kink."""
    if draft.arguments.get("activation") not in (None, "linear"):
        return "quarter"
    return "real" if rng.random() < _REAL else "integer"


def random_case(
    framework: str, rng: random.Random, limits: Limits, half_reals: bool, rank: int | None = None
) -> Case:
    """One case. `half_reals`: float16 may hold reals, whose sums a framework rounds its own way.

    `rank`: the number of spatial axes, of the room's `ranks`; else 1 to 3.
    """
    room = ROOMS[framework]
    chosen = {} if rank is None else {"rank": rank}
    while True:
        dtype = rng.choices(("float32", "float64", "float16"), (70, 24, 6))[0]
        draft = room.random.random_draft(rng, limits, dtype, **chosen)
        if rng.random() < _BENT:
            room.refusals.bend(draft, rng)
        if room.refusals.is_fluke(draft):
            continue
        kind = pick_kind(draft, rng)
        if dtype == "float16" and (kind == "quarter" or (kind == "real" and not half_reals)):
            continue
        if not room.judges(draft, dtype, kind):
            continue
        return values_for(draft, rng, dtype, kind)
