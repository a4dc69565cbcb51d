"""Writes a flax layer the ways people write it: a linen or nnx call, a printed module, JSON."""

from __future__ import annotations

import json
import random
from typing import Any

from flax_layers import is_nnx, rank_of, signature
from layers import Case, Draft, Word
from oracles import Oracle
from spec_text import join, literal

_LINEN_PREFIXES = ("nn.", "nn.", "nn.", "flax.linen.", "flax.linen.", "linen.")
_NNX_PREFIXES = ("nnx.", "nnx.", "flax.nnx.")


def call(draft: Draft, rng: random.Random) -> str:
    """A constructor call: positional, by keyword, or mixed."""
    order = signature(draft.name, is_nnx(draft))
    most = 0
    while most < len(order) and order[most] in draft.arguments:
        most += 1
    names = order[: rng.choice((0, most, min(most, 3), rng.randint(0, most)))]
    parts = [literal(draft.arguments[name], rng) for name in names]
    keywords = [name for name in draft.arguments if name not in names]
    if rng.random() < 0.3:
        rng.shuffle(keywords)
    equals = " = " if rng.random() < 0.05 else "="
    parts += [f"{name}{equals}{literal(draft.arguments[name], rng)}" for name in keywords]
    prefix = rng.choice(_NNX_PREFIXES if is_nnx(draft) else _LINEN_PREFIXES)
    return f"{prefix}{draft.name}({join(parts, rng)})"


def _in_json(draft: Draft) -> bool:
    """JSON has no tuples, and nnx takes no lists as pairs."""
    if not is_nnx(draft):
        return True
    padding = draft.arguments.get("padding")
    pairs = padding if isinstance(padding, (list, tuple)) else ()
    return not any(isinstance(pair, list) for pair in pairs)


def json_object(draft: Draft, rng: random.Random) -> str:
    """{"framework": "flax", "layer": ..., flax's own arguments}."""
    members: dict[str, Any] = {"framework": "flax", "layer": draft.name}
    members |= {k: v for k, v in draft.arguments.items() if not isinstance(v, Word)}
    return json.dumps(members, indent=2 if rng.random() < 0.05 else None)


def flags(draft: Draft) -> list[str] | None:
    """The bare layer name and its flags; None where a flag cannot say an argument."""
    words = [draft.name, "--framework=flax"]
    for name, value in draft.arguments.items():
        if name in ("features", "in_features", "out_features", "use_bias", "rngs"):
            continue
        flag = _FLAGS.get(name)
        if flag is None or value is None:
            return None
        text = _flag_value(name, value)
        if text is None:
            return None
        words.append(f"{flag}={text}")
    return words


_FLAGS = {
    "kernel_size": "--kernel-size",
    "strides": "--stride",
    "padding": "--padding",
    "kernel_dilation": "--dilation",
    "feature_group_count": "--groups",
}


def _flag_value(name: str, value: Any) -> str | None:
    """3 or 3,2 or 1:0,2:1 or a word. --kernel-size=3 has no way to say (3,)."""
    if isinstance(value, (int, str)):
        return str(value)
    if len(value) == 0 or (name == "kernel_size" and len(value) == 1):
        return None
    items = []
    for item in value:
        if isinstance(item, int):
            items.append(str(item))
        elif isinstance(item, tuple) and len(item) == 2:
            items.append(f"{item[0]}:{item[1]}")
        else:
            return None
    mixed = name == "padding" and len({":" in item for item in items}) > 1
    return None if mixed else ",".join(items)


def write(case: Case, rng: random.Random, oracle: Oracle) -> str:
    """The SPEC of a case, in one of the forms."""
    draft = case.draft
    if draft.text is not None:
        return draft.text
    style = rng.random()
    if style < 0.06 and not is_nnx(draft) and "mask" not in draft.arguments and rank_of(draft):
        text = oracle.printed(case)
        if text is not None:
            return text
    if 0.1 <= style < 0.33 and _in_json(draft):
        return json_object(draft, rng)
    return call(draft, rng)
