"""Writes a call of scipy.signal the ways people write it."""

from __future__ import annotations

import json
import random

from layers import Case, Draft
from oracles import Oracle
from scipy_layers import SIGNATURES
from spec_text import literal


def call(draft: Draft, rng: random.Random) -> str:
    """signal.convolve2d(in1, in2, 'same', boundary='wrap'), with its tensors or without."""
    names = SIGNATURES[draft.name]
    leading = 0
    while leading < len(names) and names[leading] in draft.arguments:
        leading += 1
    parts: list[str] = []
    by_position = 0
    if rng.random() < 0.7:
        parts = list(rng.choice((("in1", "in2"), ("x", "w"), ("a", "v"), ("img", "kernel"))))
        by_position = rng.randint(0, leading)
    given = names[:by_position]
    parts += [literal(draft.arguments[name], rng) for name in given]
    keywords = [name for name in draft.arguments if name not in given]
    if rng.random() < 0.3:
        rng.shuffle(keywords)
    equals = " = " if rng.random() < 0.05 else "="
    parts += [f"{name}{equals}{literal(draft.arguments[name], rng)}" for name in keywords]
    comma = "," if rng.random() < 0.05 else ", "
    prefix = rng.choice(("signal.", "signal.", "scipy.signal."))
    return f"{prefix}{draft.name}({comma.join(parts)})"


def json_object(draft: Draft, rng: random.Random) -> str:
    """{"framework": "scipy", "layer": "convolve", "mode": "same"}"""
    members = {"framework": "scipy", "layer": draft.name, **draft.arguments}
    return json.dumps(members, indent=2 if rng.random() < 0.05 else None)


def flags(draft: Draft) -> list[str] | None:
    """No flag says a mode."""
    return None


def write(case: Case, rng: random.Random, oracle: Oracle) -> str:
    """The SPEC of a case, in one of the forms."""
    if case.draft.text is not None:
        return case.draft.text
    if rng.random() < 0.25:
        return json_object(case.draft, rng)
    return call(case.draft, rng)
