"""Random lax calls that lax computes, or nearly so."""

from __future__ import annotations

import random
from typing import Any

from geometry import Axes, Limits, draw_axes, product, rank_and_batch
from jax_layers import LaxDraft, Letters, default_letters, lax_draft, spatial
from layers import Draft, Word

_NAMES = ("conv_general_dilated", "conv_transpose", "conv", "conv_with_general_padding")
_PLAIN = ("", "W", "HW", "DHW", "TDHW", "TDHWL", "UTDHWL")  # by rank
_ODD_MANY = ("abcdef", "012345", "WTHDxy", "oinckh")
_ODD = ("abc", "xyz", "012", "THW", "nco", "HWT", "ioL")
_PRECISIONS = (
    None, "highest", "default", "high", Word("lax.Precision.HIGHEST"),
    Word("jax.lax.Precision.DEFAULT"), Word("lax.Precision.HIGH"),
)  # fmt: skip


def shuffled(letters: str, rng: random.Random) -> str:
    return "".join(rng.sample(letters, len(letters)))


def draw_letters(rank: int, rng: random.Random) -> Letters:
    """Channels-last, channels-first, or any order of any letters."""
    style = rng.random()
    plain = _PLAIN[rank]
    if style < 0.35:
        return f"N{plain}C", f"{plain}IO", f"N{plain}C"
    if style < 0.5:
        return f"NC{plain}", f"OI{plain}", rng.choice((f"NC{plain}", f"N{plain}C"))
    if style > 0.8:
        plain = shuffled(rng.choice(_ODD if rank <= 3 else _ODD_MANY), rng)[:rank]
    return (
        shuffled(f"NC{plain}", rng),
        shuffled(f"OI{plain}", rng),
        shuffled(f"NC{plain}", rng),
    )


def dimension_numbers(letters: Letters, rng: random.Random) -> Any:
    """The letters as a tuple or a list, or as the ConvDimensionNumbers that lax makes of them."""
    style = rng.random()
    if style > 0.12:
        return letters if style > 0.2 else list(letters)
    order = spatial(letters[1])
    specs = [
        tuple(text.index(letter) for letter in head + order)
        for text, head in zip(letters, ("NC", "OI", "NC"))
    ]
    prefix = rng.choice(("", "lax.", "jax.lax."))
    named = (f"{name}_spec={spec}" for name, spec in zip(("lhs", "rhs", "out"), specs))
    return Word(f"{prefix}ConvDimensionNumbers({', '.join(named)})")


def sequence(values: list[Any], rng: random.Random) -> Any:
    return list(values) if rng.random() < 0.25 else tuple(values)


def pairs_of(pairs: list[tuple[int, int]], rng: random.Random, tuples: bool = False) -> Any:
    """Pairs as people write them. `tuples`: lax takes no lists within."""
    if not tuples and rng.random() < 0.2:
        return sequence([list(pair) for pair in pairs], rng)
    return list(pairs) if rng.random() < 0.6 else tuple(pairs)


def any_case(word: str, rng: random.Random) -> str:
    return rng.choice((word, word, word, word.lower(), word.title()))


def extras(rng: random.Random, dtype: str) -> dict[str, Any]:
    """Arguments that change nothing here."""
    drawn: dict[str, Any] = {}
    if rng.random() < 0.08:
        drawn["precision"] = rng.choice(_PRECISIONS)
    if rng.random() < 0.06 and dtype != "float16":
        drawn["preferred_element_type"] = rng.choice((None, Word(f"jnp.{dtype}"), dtype))
    return drawn


def _counts(rng: random.Random, limits: Limits, grouped: bool) -> tuple[int, int, dict[str, int]]:
    """Input channels, output channels, and the groups."""
    style = rng.random()
    if not grouped or style < 0.62:
        return rng.randint(1, limits.channels), rng.randint(1, limits.channels), {}
    groups = rng.randint(2, max(2, min(6, limits.channels // 2)))
    each = 1 if rng.random() < 0.4 else rng.randint(1, max(1, limits.channels // groups))
    outputs = groups * rng.randint(1, max(1, limits.channels // groups))
    if style < 0.9:
        return groups * each, outputs, {"feature_group_count": groups}
    return rng.randint(1, limits.channels), outputs, {"batch_group_count": groups}


def _length(padded: int, pads: tuple[int, int], dilation: int) -> int:
    """The shortest input that is at least `padded` long once dilated and padded."""
    return max(1, -(-(padded - sum(pads) - 1) // dilation) + 1)


def _forward(
    name: str, rank: int, rng: random.Random, limits: Limits
) -> tuple[dict[str, Any], Axes, list[int], list[int]]:
    """Arguments, axes, input and output lengths of a forward call."""
    axes = draw_axes(rank, rng, limits)
    general = name != "conv"
    if not general:
        axes.dilation = [1] * rank
    dilation = [1] * rank
    if general and rng.random() < 0.3:
        dilation = [rng.choice((1, 2, 2, 3)) for _ in range(rank)]
    outputs = [rng.randint(1, limits.longest(rank)) for _ in range(rank)]
    if rng.random() < 0.05 and rank > 0:
        outputs[rng.randrange(rank)] = 0
    needed = [
        max(0, (n - 1) * s + e + (rng.randrange(s) if n else 0))
        for n, s, e in zip(outputs, axes.stride, axes.effective)
    ]
    arguments: dict[str, Any] = {"window_strides": sequence(axes.stride, rng)}
    if dilation == [1] * rank and rng.random() < 0.45:
        word = rng.choice(("SAME", "SAME", "VALID", "VALID", "SAME_LOWER"))
        arguments["padding"] = any_case(word, rng)
        same = word != "VALID"
        lengths = [
            max(1, n * s - rng.randrange(s)) if same else max(1, size)
            for n, s, size in zip(outputs, axes.stride, needed)
        ]
    else:
        choices = (0, 0, 1, 1, 2, 3) if rng.random() < 0.75 else (0, -1, -2, 1, 4)
        pads = [(rng.choice(choices), rng.choice(choices)) for _ in range(rank)]
        if rng.random() < 0.4:
            pads = [(low, low) for low, _ in pads]
        arguments["padding"] = pairs_of(pads, rng)
        lengths = [_length(size, p, d) for size, p, d in zip(needed, pads, dilation)]
    keep = rng.choice((0.0, 0.3, 1.0))
    must = name == "conv_with_general_padding"
    for key, values in (("lhs_dilation", dilation), ("rhs_dilation", axes.dilation)):
        if values != [1] * rank or must or (general and rng.random() < keep):
            plain = values == [1] * rank and rng.random() < 0.5
            arguments[key] = None if plain else sequence(values, rng)
    return arguments, axes, lengths, [n + 2 for n in outputs]


def _transposed(
    rank: int, rng: random.Random, limits: Limits
) -> tuple[dict[str, Any], Axes, list[int], list[int]]:
    """The same of a conv_transpose."""
    axes = draw_axes(rank, rng, limits)
    lengths = [rng.randint(1, limits.longest(rank)) for _ in range(rank)]
    arguments: dict[str, Any] = {}
    style, consistent = rng.random(), rng.random() < 0.2
    full = [(q - 1) * s + e for q, s, e in zip(lengths, axes.stride, axes.effective)]
    if style < 0.5:
        padding: Any = rng.choice(("SAME", "SAME", "VALID"))
    elif style < 0.62:
        padding = any_case(rng.choice(("SAME", "VALID", "SAME_LOWER")), rng)
        if rng.random() < 0.85:
            axes.stride, consistent = [1] * rank, False
    else:
        crops = [(rng.choice((-1, 0, 0, 1, 1, 2)), rng.choice((-2, 0, 0, 1, 1))) for _ in full]
        if rng.random() < 0.4:
            crops = [(low, low) for low, _ in crops]
        if not consistent:
            shift = [e - 1 for e in axes.effective]
            crops = [(e - low, e - high) for e, (low, high) in zip(shift, crops)]
            if rng.random() < 0.3:
                crops = [(rng.randint(0, 2), rng.randint(0, 2)) for _ in full]
        padding = pairs_of(crops, rng, tuples=consistent)
    arguments = {"strides": sequence(axes.stride, rng), "padding": padding}
    keep = rng.choice((0.0, 0.3, 1.0))
    if axes.dilation != [1] * rank or rng.random() < keep:
        plain = axes.dilation == [1] * rank and rng.random() < 0.5
        arguments["rhs_dilation"] = None if plain else sequence(axes.dilation, rng)
    if rng.random() < 0.4:
        arguments["transpose_kernel"] = True
    elif rng.random() < keep:
        arguments["transpose_kernel"] = False
    if consistent or rng.random() < keep * 0.5:
        arguments["use_consistent_padding"] = consistent
    return arguments, axes, lengths, [size + 4 + s for size, s in zip(full, axes.stride)]


def _draw(
    rng: random.Random, limits: Limits, dtype: str, other_rank: int | None
) -> tuple[LaxDraft, int]:
    name = rng.choices(_NAMES, (50, 38, 6, 6))[0]
    rank, batch = rank_and_batch(rng, other_rank)
    general = name == "conv_general_dilated"
    inputs, outputs, groups = _counts(rng, limits, general)
    if name == "conv_transpose":
        arguments, axes, lengths, sizes = _transposed(rank, rng, limits)
    else:
        arguments, axes, lengths, sizes = _forward(name, rank, rng, limits)
    letters = default_letters(name, rank)
    if name in ("conv_general_dilated", "conv_transpose"):
        if rng.random() < 0.7:
            letters = draw_letters(rank, rng)
            arguments["dimension_numbers"] = dimension_numbers(letters, rng)
        elif rng.random() < 0.15:
            arguments["dimension_numbers"] = None
    arguments |= groups
    if general and rng.random() < 0.1:
        arguments.setdefault("feature_group_count", 1)
        arguments.setdefault("batch_group_count", 1)
    arguments |= extras(rng, dtype)
    batch *= groups.get("batch_group_count", 1)
    draft = lax_draft(name, letters, lengths, axes.kernel, arguments, (inputs, outputs), batch)
    return draft, batch * outputs * product(sizes)


def random_draft(
    rng: random.Random, limits: Limits, dtype: str, rank: int | None = None
) -> Draft:
    """A call within the limits."""
    while True:
        draft, outputs = _draw(rng, limits, dtype, rank)
        if product(draft.x) <= limits.x and outputs <= limits.y and product(draft.w[0]) <= limits.y:
            return draft
