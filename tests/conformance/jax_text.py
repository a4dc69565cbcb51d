"""Writes a lax call the ways people write it: with its tensors or without, or as JSON."""

from __future__ import annotations

import json
import random
from typing import Any

from jax_layers import SIGNATURES
from layers import Case, Draft, Word
from oracles import Oracle
from spec_text import join, literal

_TENSORS = (("x", "w"), ("x", "w"), ("lhs", "rhs"), ("inputs", "kernel"))


def _prefix(name: str, rng: random.Random) -> str:
    if name in ("conv_general_dilated", "conv_with_general_padding") and rng.random() < 0.1:
        return ""
    return rng.choice(("lax.", "lax.", "jax.lax."))


def _leading(draft: Draft) -> int:
    """How many of the written arguments may stand by position: those without a gap before them."""
    count = 0
    for name in SIGNATURES[draft.name][2:]:
        if name not in draft.arguments:
            break
        count += 1
    return count


def call(draft: Draft, rng: random.Random) -> str:
    """The tensors are names, whose values come from the flags; without them all goes by keyword."""
    style = rng.random()
    x, w = rng.choice(_TENSORS)
    by_position = 0
    if style < 0.7:
        parts = [x, w]
        most = _leading(draft)
        by_position = rng.choice((most, min(2, most), 0, rng.randint(0, most)))
    elif style < 0.8:
        parts = [f"lhs={x}", f"rhs={w}"]
    else:
        parts = []
    names = SIGNATURES[draft.name][2 : 2 + by_position]
    parts += [literal(draft.arguments[name], rng) for name in names]
    keywords = [name for name in draft.arguments if name not in names]
    if rng.random() < 0.3:
        rng.shuffle(keywords)
    equals = " = " if rng.random() < 0.05 else "="
    parts += [f"{name}{equals}{literal(draft.arguments[name], rng)}" for name in keywords]
    return f"{_prefix(draft.name, rng)}{draft.name}({join(parts, rng)})"


def _in_json(draft: Draft) -> bool:
    """JSON has neither expressions nor tuples, so what hangs on them cannot be said in it."""
    arguments = draft.arguments
    if isinstance(arguments.get("dimension_numbers"), Word):
        return False
    pairs = arguments.get("padding")
    strict = bool(arguments.get("use_consistent_padding"))
    return not (strict and isinstance(pairs, (list, tuple)) and not _all_tuples(pairs))


def _all_tuples(pairs: Any) -> bool:
    return all(isinstance(pair, tuple) for pair in pairs)


def json_object(draft: Draft, rng: random.Random) -> str:
    """{"framework": "jax", "layer": ..., lax's own arguments}."""
    members: dict[str, Any] = {"framework": "jax", "layer": draft.name}
    members |= {k: v for k, v in draft.arguments.items() if not isinstance(v, Word)}
    return json.dumps(members, indent=2 if rng.random() < 0.05 else None)


_FLAGS = {
    "window_strides": "--stride",
    "strides": "--stride",
    "padding": "--padding",
    "rhs_dilation": "--dilation",
    "feature_group_count": "--groups",
}


def flags(draft: Draft) -> list[str] | None:
    """The bare function and its flags; None where a flag cannot say an argument."""
    words = [draft.name, "--framework=jax"]
    for name, value in draft.arguments.items():
        if value is None and name not in ("padding", "strides", "window_strides"):
            continue
        text = _flag_value(value) if name in _FLAGS else None
        if not text:
            return None
        words.append(f"{_FLAGS[name]}={text}")
    return words


def _flag_value(value: Any) -> str | None:
    """3,2 or 1:0,2:1 or a word."""
    if isinstance(value, (int, str)):
        return str(value)
    items = [f"{item[0]}:{item[1]}" if isinstance(item, (list, tuple)) else str(item)
             for item in value]
    return ",".join(items)


def write(case: Case, rng: random.Random, oracle: Oracle) -> str:
    """The SPEC of a case, in one of the forms."""
    if case.draft.text is not None:
        return case.draft.text
    if rng.random() < 0.25 and _in_json(case.draft):
        return json_object(case.draft, rng)
    return call(case.draft, rng)
