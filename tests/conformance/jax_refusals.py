"""Bends a good lax call towards a refusal: each rule of semantics.md 2.4 (e) at its boundary.

A bent draft need not be refused: half of the boundaries are the last value that still works.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from jax_layers import SIGNATURES, LaxDraft, spatial
from layers import Draft, Word


def _strides(draft: LaxDraft) -> str:
    return "strides" if draft.transposed else "window_strides"


def _axis(draft: LaxDraft, rng: random.Random) -> tuple[int, str]:
    axis = rng.randrange(draft.rank)
    return axis, spatial(draft.letters[1])[axis]


def _listed(draft: LaxDraft, argument: str) -> list[int]:
    value = draft.arguments.get(argument)
    return [1] * draft.rank if value is None else list(value)


def _takes(draft: LaxDraft, argument: str) -> bool:
    if argument == "lhs_dilation":
        return draft.name in ("conv_general_dilated", "conv_with_general_padding")
    return draft.name != "conv"


def zero_or_negative(draft: LaxDraft, rng: random.Random) -> None:
    choices = [_strides(draft)]
    choices += [name for name in ("lhs_dilation", "rhs_dilation") if _takes(draft, name)]
    argument = rng.choice(choices)
    values = _listed(draft, argument)
    values[rng.randrange(draft.rank)] = rng.choice((0, -1))
    draft.arguments[argument] = tuple(values)


def sequence_length(draft: LaxDraft, rng: random.Random) -> None:
    choices = [_strides(draft), _strides(draft)]
    choices += [name for name in ("lhs_dilation", "rhs_dilation") if _takes(draft, name)]
    argument = rng.choice(choices)
    values = _listed(draft, argument)
    longer = draft.rank <= 1 or rng.random() < 0.5
    draft.arguments[argument] = tuple([*values, 1] if longer else values[:-1])


def not_a_sequence(draft: LaxDraft, rng: random.Random) -> None:
    value = rng.choice((1, 2, (1.5,) * draft.rank, "2"))
    draft.arguments[_strides(draft)] = value


def padding_word(draft: LaxDraft, rng: random.Random) -> None:
    words = ("FULL", "CIRCULAR", "CAUSAL", "same", "valid", "Same_Lower", "SAME_UPPER", "")
    draft.arguments["padding"] = rng.choice(words)
    if draft.transposed and rng.random() < 0.6:
        draft.arguments["strides"] = (1,) * draft.rank


def word_and_dilation(draft: LaxDraft, rng: random.Random) -> None:
    draft.arguments["padding"] = rng.choice(("SAME", "VALID", "same", "SAME_LOWER"))
    argument = "strides" if draft.transposed else "lhs_dilation"
    if argument == "strides" or _takes(draft, argument):
        values = [1] * draft.rank
        values[rng.randrange(draft.rank)] = rng.choice((1, 2))
        draft.arguments[argument] = tuple(values)


def padding_form(draft: LaxDraft, rng: random.Random) -> None:
    n = draft.rank
    forms: tuple[Any, ...] = (
        1, (1,) * n, [0] * n, None, ((1, 1, 1),) * n, ((1,),) * n, ((1, 1),) * (n + 1),
        ((1, 1),) * max(0, n - 1), ((1.0, 1),) * n, ("SAME",) * n,
    )  # fmt: skip
    draft.arguments["padding"] = rng.choice(forms)
    if not draft.transposed or rng.random() < 0.8:
        draft.arguments.pop("use_consistent_padding", None)


def list_pairs(draft: LaxDraft, rng: random.Random) -> None:
    """Consistent padding takes tuples only."""
    draft.arguments["padding"] = [[1, 1]] * draft.rank
    if draft.transposed:
        draft.arguments["use_consistent_padding"] = rng.random() < 0.7


def negative_edge(draft: LaxDraft, rng: random.Random) -> None:
    """Pads that leave one element, none, or less than none of the dilated input."""
    axis, letter = _axis(draft, rng)
    dilation = _listed(draft, "strides" if draft.transposed else "lhs_dilation")[axis]
    left = (draft.x_at(letter) - 1) * dilation + 1
    total = -left + rng.choice((-1, -1, 0, 0, 1, 2))
    low = rng.randint(-left - 1, 3)
    pairs = [(0, 0)] * draft.rank
    pairs[axis] = (low, total - low)
    draft.arguments["padding"] = pairs
    draft.arguments.pop("use_consistent_padding", None)


def short_input(draft: LaxDraft, rng: random.Random) -> None:
    """An output of length one, or an empty one."""
    axis, letter = _axis(draft, rng)
    if draft.transposed:
        return
    effective = (draft.kernel[axis] - 1) * _listed(draft, "rhs_dilation")[axis] + 1
    draft.arguments["padding"] = rng.choice(("VALID", ((0, 0),) * draft.rank))
    draft.set_x(letter, max(0, effective - rng.choice((0, 1, 1, 2))))


def empty_axis(draft: LaxDraft, rng: random.Random) -> None:
    draft.set_x(rng.choice((_axis(draft, rng)[1], "N")), 0)


def wrong_channels(draft: LaxDraft, rng: random.Random) -> None:
    draft.set_x("C", max(1, draft.x_at("C") + rng.choice((-1, 1))))


def wrong_weight(draft: LaxDraft, rng: random.Random) -> None:
    letter = rng.choice(("I", "O", "I", "O", spatial(draft.letters[1])[0]))
    size = draft.w[0][draft.letters[1].index(letter)]
    draft.set_w(letter, max(1, size + rng.choice((-1, 1))))


def wrong_rank(draft: LaxDraft, rng: random.Random) -> None:
    if rng.random() < 0.5:
        draft.x = (1, *draft.x) if rng.random() < 0.5 else draft.x[1:]
    else:
        draft.w = [(1, *draft.w[0]) if rng.random() < 0.5 else draft.w[0][1:]]


def kernel_zero(draft: LaxDraft, rng: random.Random) -> None:
    draft.set_w(_axis(draft, rng)[1], 0)


def bad_letters(draft: LaxDraft, rng: random.Random) -> None:
    if draft.name not in ("conv_general_dilated", "conv_transpose"):
        draft.arguments["dimension_numbers"] = draft.letters
        return
    letters = list(draft.letters)
    at = rng.randrange(3)
    text = letters[at]
    place = rng.randrange(len(text))
    style = rng.randrange(5)
    if style == 0:
        text = text[:place] + rng.choice("NCIOQ") + text[place + 1 :]
    elif style == 1:
        text = text[:place] + text[place + 1 :]
    elif style == 2:
        text = text + "Z"
    elif style == 3:
        text = text.lower()
    else:
        text = text[:place] + text[place - 1] + text[place + 1 :]
    letters[at] = text
    forms: tuple[Any, ...] = (tuple(letters), letters, tuple(letters[:2]), letters[0])
    draft.arguments["dimension_numbers"] = rng.choices(forms, (8, 4, 1, 1))[0]


def bad_specs(draft: LaxDraft, rng: random.Random) -> None:
    """Index tuples that are no permutation, or of another rank."""
    if draft.name not in ("conv_general_dilated", "conv_transpose"):
        return
    good = tuple(range(draft.rank + 2))
    bad = rng.choice((good[:-1], (*good[:-1], good[-2]), (*good, len(good)), (*good[:-1], 9)))
    specs = [good, good, good]
    specs[rng.randrange(3)] = bad
    text = ", ".join(f"{n}_spec={s}" for n, s in zip(("lhs", "rhs", "out"), specs))
    draft.arguments["dimension_numbers"] = Word(f"lax.ConvDimensionNumbers({text})")


def groups(draft: LaxDraft, rng: random.Random) -> None:
    argument = rng.choice(("feature_group_count", "batch_group_count"))
    draft.arguments[argument] = rng.choice((0, -1, 2, 2, 3, draft.x_at("C"), draft.x_at("N")))
    if rng.random() < 0.2:
        draft.arguments |= {"feature_group_count": 2, "batch_group_count": 2}


def unknown_keyword(draft: LaxDraft, rng: random.Random) -> None:
    names = (
        "stride", "strides", "window_strides", "dilation", "groups", "kernel_dilation", "bias",
        "transpose_kernel", "use_consistent_padding", "lhs_dilation", "feature_group_count",
    )  # fmt: skip
    unknown = [name for name in names if name not in SIGNATURES[draft.name]]
    draft.arguments[rng.choice(unknown)] = 1


def missing(draft: LaxDraft, rng: random.Random) -> None:
    names = ["padding", _strides(draft)]
    if draft.name == "conv_with_general_padding":
        names += ["lhs_dilation", "rhs_dilation"]
    draft.arguments.pop(rng.choice(names), None)


_RULES: list[Callable[[LaxDraft, random.Random], None]] = [
    zero_or_negative, zero_or_negative, sequence_length, sequence_length, not_a_sequence,
    padding_word, padding_word, word_and_dilation, padding_form, padding_form, list_pairs,
    negative_edge, negative_edge, short_input, short_input, empty_axis, wrong_channels,
    wrong_weight, wrong_rank, kernel_zero, bad_letters, bad_letters, bad_specs, groups, groups,
    unknown_keyword, missing,
]  # fmt: skip

_WITHOUT_AXES: list[Callable[[LaxDraft, random.Random], None]] = [
    sequence_length, not_a_sequence, padding_word, padding_form, list_pairs, wrong_channels,
    wrong_rank, bad_letters, bad_specs, groups, unknown_keyword, missing,
]  # fmt: skip


def bend(draft: Draft, rng: random.Random) -> None:
    """Applies one of the rules to the draft."""
    assert isinstance(draft, LaxDraft)
    rng.choice(_RULES if draft.rank > 0 else _WITHOUT_AXES)(draft, rng)


def is_fluke(draft: Draft) -> bool:
    """Calls that lax accepts by accident, which are not compared (README.md lists them)."""
    if not isinstance(draft, LaxDraft) or draft.text is not None:
        return False
    arguments = draft.arguments
    if 0 in (draft.w[0] if len(draft.w[0]) == draft.rank + 2 else ()):
        letters = draft.letters[1]
        if draft.w[0][letters.index("I")] == 0 or draft.w[0][letters.index("O")] == 0:
            return True  # zero channels
    dilations = (arguments.get(name) for name in ("lhs_dilation", "rhs_dilation"))
    if draft.rank > 0 and any(dilation == () for dilation in dilations):
        return True  # read as all ones
    padding = arguments.get("padding")
    if arguments.get("use_consistent_padding") and isinstance(padding, (tuple, list)):
        # Not looked at closely: pairs of another length, words, and pairs too many.
        loose = any(isinstance(p, str) or (isinstance(p, tuple) and len(p) != 2) for p in padding)
        return loose or len(padding) != draft.rank
    return False
