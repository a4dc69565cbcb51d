"""Bends a good flax layer towards a refusal: each rule of semantics.md 2.5 (e) at its boundary.

A bent draft need not be refused: half of the boundaries are the last value that still works.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from flax_layers import is_nnx, known, rank_of
from flax_random import nested
from layers import Draft


def _axis(draft: Draft, rng: random.Random) -> int:
    """A spatial axis, counted from the end of x without its channels."""
    return rng.randrange(rank_of(draft))


def _set_x(draft: Draft, axis: int, value: int) -> None:
    shape = list(draft.x)
    shape[len(shape) - 1 - rank_of(draft) + axis] = max(0, value)
    draft.x = tuple(shape)


def _x_at(draft: Draft, axis: int) -> int:
    return draft.x[len(draft.x) - 1 - rank_of(draft) + axis]


def _listed(draft: Draft, argument: str) -> list[int]:
    value = draft.arguments.get(argument)
    if value is None:
        value = 1
    return [value] * rank_of(draft) if isinstance(value, int) else list(value)


def _set_w(draft: Draft, axis: int, value: int) -> None:
    shape = list(draft.w[0])
    shape[axis] = max(0, value)
    draft.w = [tuple(shape)]


def _per_axis(draft: Draft) -> list[str]:
    names = ["strides", "kernel_dilation"]
    return names if draft.transposed else [*names, "input_dilation"]


def zero_or_negative(draft: Draft, rng: random.Random) -> None:
    argument, value = rng.choice(_per_axis(draft)), rng.choice((0, -1))
    if rng.random() < 0.5:
        draft.arguments[argument] = value
    else:
        values = _listed(draft, argument)
        values[_axis(draft, rng)] = value
        draft.arguments[argument] = tuple(values)


def sequence_length(draft: Draft, rng: random.Random) -> None:
    argument = rng.choice(_per_axis(draft))
    values = _listed(draft, argument)
    longer = len(values) <= 1 or rng.random() < 0.5
    draft.arguments[argument] = tuple([*values, 1] if longer else values[:-1])


def kernel_rank(draft: Draft, rng: random.Random) -> None:
    """An int is one axis; a tuple of another length asks for other weights."""
    size = draft.arguments["kernel_size"]
    values = list(size) if isinstance(size, (tuple, list)) else [size]
    forms: list[Any] = [values[0], (*values, 1), (values[0],)]
    draft.arguments["kernel_size"] = rng.choice(forms)
    draft.arguments.pop("mask", None)


def not_an_integer(draft: Draft, rng: random.Random) -> None:
    draft.arguments[rng.choice((*_per_axis(draft), "padding"))] = rng.choice((1.5, 2.0))


def padding_word(draft: Draft, rng: random.Random) -> None:
    words = (
        "FULL", "circular", "Reflect", "causal", "CAUSAL", "REFLECT", "CIRCULAR", "SAME_UPPER",
        "same", "valid", "SAME_LOWER", "Valid", "",
    )  # fmt: skip
    draft.arguments["padding"] = rng.choice(words)
    if draft.transposed and rng.random() < 0.6:
        draft.arguments["strides"] = 1


def word_and_dilation(draft: Draft, rng: random.Random) -> None:
    words = ("SAME", "VALID", "CIRCULAR", "REFLECT", "CAUSAL", "SAME_LOWER", "same")
    draft.arguments["padding"] = rng.choice(words)
    values = [1] * rank_of(draft)
    values[_axis(draft, rng)] = rng.choice((1, 2))
    draft.arguments["strides" if draft.transposed else "input_dilation"] = tuple(values)


def padding_form(draft: Draft, rng: random.Random) -> None:
    n = rank_of(draft)
    forms: tuple[Any, ...] = (
        None, ((1, 1, 1),) * n, ((1,),) * n, ((1, 1),) * (n + 1), (1,) * (n + 1),
        ((1, 1),) * (n - 1), (1,) * (n - 1), ("SAME",) * n, [[1, 1]] * n, [[1, 0]] * n,
        [(1, 1)] * (n - 1) + [2], [[1, 1, 1]] * n, ((1.0, 1.0),) * n,
    )  # fmt: skip
    draft.arguments["padding"] = rng.choice(forms)


def negative_edge(draft: Draft, rng: random.Random) -> None:
    """Pads that leave one element, none, or less than none of the dilated input."""
    axis = _axis(draft, rng)
    dilation = _listed(draft, "strides" if draft.transposed else "input_dilation")[axis]
    left = (_x_at(draft, axis) - 1) * dilation + 1
    total = -left + rng.choice((-1, -1, 0, 0, 1, 2))
    low = rng.randint(-left - 1, 3)
    pairs: list[Any] = [0] * rank_of(draft)
    pairs[axis] = (low, total - low)
    draft.arguments["padding"] = pairs


def short_input(draft: Draft, rng: random.Random) -> None:
    """Inputs that a word of padding reads over many times, or that leave no output."""
    axis = _axis(draft, rng)
    _set_x(draft, axis, rng.choice((0, 1, 1, 2)))
    words = ("CIRCULAR", "VALID") if draft.transposed else ("CIRCULAR", "REFLECT", "VALID")
    draft.arguments["padding"] = rng.choice(words)


def empty_axis(draft: Draft, rng: random.Random) -> None:
    shape = list(draft.x)
    shape[rng.randrange(len(shape) - 1)] = 0
    draft.x = tuple(shape)


def wrong_rank(draft: Draft, rng: random.Random) -> None:
    """Fewer axes than spatial ones. tconv gives as many a batch and channels."""
    if rank_of(draft) > 1:
        draft.x = draft.x[-rng.randint(1, rank_of(draft) - 1) :]


def wrong_channels(draft: Draft, rng: random.Random) -> None:
    draft.x = (*draft.x[:-1], max(1, draft.x[-1] + rng.choice((-1, 1))))


def wrong_weight(draft: Draft, rng: random.Random) -> None:
    axis = rng.randrange(len(draft.w[0]))
    _set_w(draft, axis, max(1, draft.w[0][axis] + rng.choice((-1, 1))))


def wrong_bias(draft: Draft, rng: random.Random) -> None:
    draft.b = (max(1, (draft.b or (2,))[0] + rng.choice((-1, 1))),)
    draft.arguments["use_bias"] = True


def wrong_features(draft: Draft, rng: random.Random) -> None:
    names = ("in_features", "out_features") if is_nnx(draft) else ("features",)
    name = rng.choice(names)
    draft.arguments[name] = max(1, draft.arguments[name] + rng.choice((-1, 1)))


def kernel_zero(draft: Draft, rng: random.Random) -> None:
    axis = _axis(draft, rng)
    _set_w(draft, axis, 0)
    draft.arguments["kernel_size"] = tuple(draft.w[0][:-2])
    draft.arguments.pop("mask", None)


def groups(draft: Draft, rng: random.Random) -> None:
    draft.arguments["feature_group_count"] = rng.choice((0, -1, 2, 2, 3, draft.x[-1]))


def wrong_mask(draft: Draft, rng: random.Random) -> None:
    shape = list(draft.w[0])
    if len(shape) > 4 or max(shape) > 4:
        return wrong_bias(draft, rng)
    style = rng.random()
    if style < 0.3:
        shape = shape[1:]
    elif style < 0.6:
        shape[rng.randrange(len(shape))] += 1
    elif style < 0.8:
        shape = [1] * len(shape)
    draft.arguments["mask"] = nested(tuple(shape), lambda: rng.choice((0, 1)))


def unknown_keyword(draft: Draft, rng: random.Random) -> None:
    names = (
        "stride", "dilation", "groups", "kernel_shape", "rhs_dilation", "bias", "data_format",
        "dilation_rate", "output_padding", "feature_group_count", "transpose_kernel",
        "input_dilation", "use_consistent_padding", "filters",
    )  # fmt: skip
    unknown = [name for name in names if name not in known(draft.name)]
    draft.arguments[rng.choice(unknown)] = 1


_RULES: list[Callable[[Draft, random.Random], None]] = [
    zero_or_negative, zero_or_negative, sequence_length, sequence_length, kernel_rank,
    not_an_integer, padding_word, padding_word, word_and_dilation, padding_form, padding_form,
    negative_edge, negative_edge, short_input, short_input, empty_axis, empty_axis, wrong_rank,
    wrong_channels, wrong_weight, wrong_bias, wrong_features, kernel_zero, groups, wrong_mask,
    unknown_keyword,
]  # fmt: skip

_WITHOUT_AXES: list[Callable[[Draft, random.Random], None]] = [
    sequence_length, not_an_integer, padding_word, padding_form, wrong_channels, wrong_weight,
    wrong_bias, wrong_features, groups, wrong_mask, unknown_keyword,
]  # fmt: skip


def bend(draft: Draft, rng: random.Random) -> None:
    """Applies one of the rules to the draft."""
    rng.choice(_RULES if rank_of(draft) > 0 else _WITHOUT_AXES)(draft, rng)


def is_fluke(draft: Draft) -> bool:
    """Calls that flax accepts by accident, which are not compared (README.md lists them)."""
    if draft.text is not None:
        return False
    arguments = draft.arguments
    if rank_of(draft) == 4 and len(draft.w[0]) == 5:
        return True  # a kernel_size of one more than three, and not the weights
    if draft.x[-1:] == (0,) or 0 in draft.w[0][-2:]:
        return True  # zero channels
    if rank_of(draft) == 0:
        return False
    return any(arguments.get(name) == () for name in ("padding", "strides", "kernel_dilation"))
