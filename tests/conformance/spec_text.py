"""Writes a layer the ways people write it: calls, printed modules, JSON, flags."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from layers import SIGNATURES, Case, Draft, Word

_TORCH_PREFIXES = ("", "nn.", "nn.", "torch.nn.")
_FUNCTIONAL_PREFIXES = ("F.", "F.", "torch.nn.functional.")
_KERAS_PREFIXES = ("", "layers.", "keras.layers.", "tf.keras.layers.", "tensorflow.keras.layers.")
_FLAGS = {
    "kernel_size": "--kernel-size", "stride": "--stride", "strides": "--stride",
    "padding": "--padding", "output_padding": "--output-padding", "dilation": "--dilation",
    "dilation_rate": "--dilation", "groups": "--groups", "padding_mode": "--padding-mode",
    "data_format": "--data-format",
}  # fmt: skip


def literal(value: Any, rng: random.Random) -> str:
    """A value as Python source, in one of its spellings."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value) if rng.random() < 0.5 else f"'{value}'"
    if isinstance(value, (list, tuple)):
        comma = "," if rng.random() < 0.1 else ", "
        inner = comma.join(literal(item, rng) for item in value)
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def _leading(draft: Draft) -> int:
    """How many of the written arguments may stand by position: those without a gap before them."""
    count = 0
    for name in SIGNATURES[draft.name]:
        if name not in draft.arguments:
            break
        count += 1
    return count


def join(parts: list[str], rng: random.Random) -> str:
    """The argument list, now and then over several lines or with a comma at the end."""
    style = rng.random()
    if style < 0.04:
        return "\n    " + ",\n    ".join(parts) + ",\n"
    if style < 0.08:
        return ",".join(parts)
    if style < 0.11:
        return " " + ", ".join(parts) + ", "
    return ", ".join(parts)


def call(draft: Draft, rng: random.Random, bias: bool = False) -> str:
    """A constructor or functional call: positional, by keyword, or mixed."""
    if draft.functional:
        return _functional_call(draft, rng, bias)
    prefix = rng.choice(_TORCH_PREFIXES if draft.framework == "pytorch" else _KERAS_PREFIXES)
    most = _leading(draft)
    by_position = rng.choice((0, most, min(most, 3), rng.randint(0, most)))
    names = SIGNATURES[draft.name][:by_position]
    parts = [literal(draft.arguments[name], rng) for name in names]
    keywords = [name for name in draft.arguments if name not in names]
    if rng.random() < 0.3:
        rng.shuffle(keywords)
    equals = " = " if rng.random() < 0.05 else "="
    parts += [f"{name}{equals}{literal(draft.arguments[name], rng)}" for name in keywords]
    return f"{prefix}{draft.name}({join(parts, rng)})"


def _functional_call(draft: Draft, rng: random.Random, bias: bool) -> str:
    """F.conv2d(x, w, b, stride=2): the tensors are names, their values come from the flags."""
    prefix = rng.choice(_FUNCTIONAL_PREFIXES)
    x, w = rng.choice((("x", "w"), ("input", "weight"), ("x", "filters")))
    b = rng.choice(("b", "bias")) if bias else "None"
    rest = [name for name in SIGNATURES[draft.name][3:] if name in draft.arguments]
    unknown = [name for name in draft.arguments if name not in rest]
    parts = [x, w]
    by_position = 0
    if bias or rng.random() < 0.3:
        if rng.random() < 0.5:
            parts.append(b)
            expected = SIGNATURES[draft.name][3:]
            while by_position < len(rest) and rest[by_position] == expected[by_position]:
                by_position += 1
            by_position = rng.randint(0, by_position)
        else:
            parts.append(f"bias={b}")
    parts += [literal(draft.arguments[name], rng) for name in rest[:by_position]]
    keywords = rest[by_position:] + unknown
    parts += [f"{name}={literal(draft.arguments[name], rng)}" for name in keywords]
    return f"{prefix}{draft.name}({join(parts, rng)})"


def json_object(draft: Draft, rng: random.Random) -> str:
    """{"framework": ..., "layer": ..., the framework's own arguments}."""
    members: dict[str, Any] = {"layer": draft.name}
    if draft.functional or rng.random() < 0.8:
        members = {"framework": draft.framework, **members}
    members |= {k: v for k, v in draft.arguments.items() if not isinstance(v, Word)}
    return json.dumps(members, indent=2 if rng.random() < 0.05 else None)


def _prints_whole(draft: Draft) -> bool:
    """A module does not print a tuple of defaults, so one of a wrong length would be lost."""
    tuples = [v for v in draft.arguments.values() if isinstance(v, (tuple, list))]
    return all(len(v) in (1, draft.rank) for v in tuples)


def _is_old_key(draft: Draft) -> bool:
    """Keys that Keras 2 wrote into JSON: tconv passes over them there, and refuses in a call."""
    keys = {"batch_input_shape", "groups"} - set(SIGNATURES[draft.name])
    return draft.framework == "keras" and not keys.isdisjoint(draft.arguments)


def _listed(printed: str, rng: random.Random) -> str:
    """A printed module alone, as a line of a container, or as a container of one."""
    style = rng.random()
    if style < 0.7:
        return printed
    if style < 0.8:
        return f"(0): {printed}"
    if style < 0.9:
        return f"  (conv1): {printed}"
    return f"Sequential(\n  (0): {printed}\n)"


def flags(draft: Draft) -> list[str] | None:
    """The bare layer name and its flags; None where a flag cannot say an argument."""
    words = [draft.name, "--framework=pytorch"] if draft.functional else [draft.name]
    for name, value in draft.arguments.items():
        if name in ("in_channels", "out_channels", "filters", "bias", "use_bias"):
            continue
        if name not in _FLAGS or value is None:
            return None
        items = value if isinstance(value, (list, tuple)) else [value]
        if not all(isinstance(item, (int, str)) for item in items):
            return None
        words.append(f"{_FLAGS[name]}={','.join(str(item) for item in items)}")
    return words


def write(
    case: Case,
    rng: random.Random,
    printed: Callable[[Case], str | None],
    saved: Callable[[Case, bool], str | None],
) -> str:
    """The SPEC of a case, in one of the forms. `printed` and `saved` ask the framework."""
    draft = case.draft
    if draft.text is not None:
        return draft.text
    style = rng.random()
    if style < 0.2 and draft.framework == "pytorch" and not draft.functional:
        text = printed(case) if _prints_whole(draft) else None
        if text is not None:
            return _listed(text, rng)
    if style < 0.12 and draft.framework == "keras":
        text = saved(case, style < 0.03)
        if text is not None:
            return text
    if 0.2 <= style < 0.4 and not _is_old_key(draft):
        return json_object(draft, rng)
    return call(draft, rng, case.b is not None)
