"""Bends a good PyTorch layer towards a refusal: each rule of semantics.md at its boundary.

A bent draft need not be refused: half of the boundaries are the last value that still works.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from layers import Draft


def _effective(draft: Draft, axis: int) -> int:
    return (draft.w[0][2 + axis] - 1) * draft.axes("dilation", 1)[axis] + 1


def _set_length(draft: Draft, axis: int, length: int) -> None:
    shape = list(draft.x)
    shape[len(shape) - draft.rank + axis] = max(length, 0)
    draft.x = tuple(shape)


def _length(draft: Draft, axis: int) -> int:
    return draft.x[len(draft.x) - draft.rank + axis]


def _set_axis(draft: Draft, argument: str, default: int, axis: int, value: int) -> None:
    values = draft.axes(argument, default)
    values[axis] = value
    draft.arguments[argument] = tuple(values)


def _plain_padding(draft: Draft) -> None:
    """Integer zero padding, so that one thing is bent at a time."""
    draft.arguments.pop("padding_mode", None)
    if isinstance(draft.arguments.get("padding"), str):
        draft.arguments["padding"] = 0


def output_padding_edge(draft: Draft, rng: random.Random) -> None:
    axis = rng.randrange(draft.rank)
    largest = max(draft.axes("stride", 1)[axis], draft.axes("dilation", 1)[axis]) - 1
    _set_axis(draft, "output_padding", 0, axis, largest + rng.choice((0, 1, 1, 2)))
    draft.output_size = None


def negative_or_zero(draft: Draft, rng: random.Random) -> None:
    _plain_padding(draft)
    choices = [
        ("stride", 1, 0),
        ("stride", 1, -1),
        ("dilation", 1, 0),
        ("dilation", 1, -1),
        ("padding", 0, -1),
    ]
    if draft.transposed:
        choices.append(("output_padding", 0, -1))
    argument, default, value = rng.choice(choices)
    if rng.random() < 0.5:
        draft.arguments[argument] = value
    else:
        _set_axis(draft, argument, default, rng.randrange(draft.rank), value)
    draft.output_size = None


def kernel_zero(draft: Draft, rng: random.Random) -> None:
    _plain_padding(draft)
    axis = rng.randrange(draft.rank)
    shape = list(draft.w[0])
    shape[2 + axis] = 0
    draft.w = [tuple(shape)]
    if not draft.functional:
        draft.arguments["kernel_size"] = tuple(shape[2:])


def bad_groups(draft: Draft, rng: random.Random) -> None:
    channels = draft.w[0][0]
    draft.arguments["groups"] = rng.choice((0, -1, channels + 1, 2, 3))


def padding_word(draft: Draft, rng: random.Random) -> None:
    draft.arguments["padding"] = rng.choice(
        ("SAME", "Same", "full", "VALID", "same", "valid", "causal")
    )
    if rng.random() < 0.5:
        draft.arguments["stride"] = 1
    draft.output_size = None


def padding_mode_word(draft: Draft, rng: random.Random) -> None:
    draft.arguments["padding_mode"] = rng.choice(
        ("symmetric", "constant", "Circular", "wrap", "edge", "reflect")
    )


def short_input(draft: Draft, rng: random.Random) -> None:
    _plain_padding(draft)
    axis = rng.randrange(draft.rank)
    least = _effective(draft, axis) - 2 * draft.axes("padding", 0)[axis]
    _set_length(draft, axis, least - rng.choice((0, 1, 1, 2)))


def transposed_to_nothing(draft: Draft, rng: random.Random) -> None:
    axis = rng.randrange(draft.rank)
    full = (_length(draft, axis) - 1) * draft.axes("stride", 1)[axis] + _effective(draft, axis)
    draft.arguments.pop("output_padding", None)
    _set_axis(draft, "padding", 0, axis, (full + rng.choice((-1, 0, 1))) // 2)
    draft.output_size = None


def mode_limit(draft: Draft, rng: random.Random) -> None:
    mode = rng.choice(("reflect", "circular", "replicate"))
    axis = rng.randrange(draft.rank)
    length = rng.randint(1, 3)
    _set_length(draft, axis, length)
    largest = length - 1 if mode == "reflect" else length
    pads = [0] * draft.rank
    pads[axis] = largest + rng.choice((0, 0, 1, 1, 2))
    draft.arguments |= {"padding_mode": mode, "padding": tuple(pads)}


def output_size_edge(draft: Draft, rng: random.Random) -> None:
    strides, pads = draft.axes("stride", 1), draft.axes("padding", 0)
    smallest = [
        (_length(draft, a) - 1) * strides[a] - 2 * pads[a] + _effective(draft, a)
        for a in range(draft.rank)
    ]
    size = list(smallest)
    axis = rng.randrange(draft.rank)
    size[axis] += rng.choice((-1, 0, strides[axis] - 1, strides[axis], strides[axis] + 1))
    heads: list[list[int]] = [[], [], [1], [7, 9], [1, 1, 1]]
    draft.output_size = rng.choice(heads) + size
    if rng.random() < 0.15:
        draft.output_size = draft.output_size[1:] or [1, 2]


def wrong_rank(draft: Draft, rng: random.Random) -> None:
    if rng.random() < 0.6 or draft.rank == 1:
        draft.x = (1,) * (draft.rank + 3 - len(draft.x)) + draft.x
    else:
        draft.x = draft.x[-(draft.rank - 1) :]
    draft.output_size = None


def wrong_channels(draft: Draft, rng: random.Random) -> None:
    shape = list(draft.x)
    at = len(shape) - draft.rank - 1
    shape[at] = max(1, shape[at] + rng.choice((-1, 1)))
    draft.x = tuple(shape)


def wrong_bias(draft: Draft, rng: random.Random) -> None:
    channels = (draft.b or (2,))[0]
    draft.b = (max(1, channels + rng.choice((-1, 1))),)
    if not draft.functional:
        draft.arguments["bias"] = True


def wrong_weight(draft: Draft, rng: random.Random) -> None:
    shape = list(draft.w[0])
    axis = rng.randrange(0 if not draft.functional else 1, len(shape))
    shape[axis] = max(1, shape[axis] + rng.choice((-1, 1)))
    draft.w = [tuple(shape)]


def empty_axis(draft: Draft, rng: random.Random) -> None:
    _set_length(draft, rng.randrange(draft.rank), 0)
    draft.output_size = None


def empty_batch(draft: Draft, rng: random.Random) -> None:
    draft.x = (0, *draft.x[-draft.rank - 1 :])
    if draft.output_size is not None:
        draft.output_size = draft.output_size[-draft.rank :]


def tuple_length(draft: Draft, rng: random.Random) -> None:
    _plain_padding(draft)
    arguments = ["stride", "padding", "dilation"]
    arguments += ["output_padding"] if draft.transposed else []
    arguments += [] if draft.functional else ["kernel_size"]
    argument = rng.choice(arguments)
    default = 0 if "padding" in argument else 1
    values = draft.axes(argument, default)
    draft.arguments[argument] = tuple(values[:1] if rng.random() < 0.5 else values + values[:1])
    draft.output_size = None


def unknown_keyword(draft: Draft, rng: random.Random) -> None:
    names = ["strides", "pad", "filters", "dilation_rate", "use_bias", "kernel", "data_format"]
    if not draft.transposed:
        names.append("output_padding")
    draft.arguments[rng.choice(names)] = 1


def not_an_integer(draft: Draft, rng: random.Random) -> None:
    _plain_padding(draft)
    draft.arguments[rng.choice(("stride", "padding", "dilation"))] = rng.choice((1.5, 2.0))
    draft.output_size = None


_Rule = Callable[[Draft, random.Random], None]
_ANY: list[_Rule] = [
    negative_or_zero, negative_or_zero, kernel_zero, bad_groups, padding_word, wrong_rank,
    wrong_channels, wrong_bias, wrong_weight, empty_axis, empty_batch, tuple_length,
    tuple_length, unknown_keyword, not_an_integer,
]  # fmt: skip
_FORWARD: list[_Rule] = [short_input, short_input, mode_limit, mode_limit, padding_word]
_TRANSPOSED: list[_Rule] = [
    output_padding_edge,
    output_padding_edge,
    transposed_to_nothing,
    output_size_edge,
    output_size_edge,
]


def bend(draft: Draft, rng: random.Random) -> None:
    """Applies one of the rules to the draft."""
    rules = _ANY + (_TRANSPOSED if draft.transposed else _FORWARD)
    if not draft.functional:
        rules = [*rules, padding_mode_word]
    rule = rng.choice(rules)
    if draft.functional and rule in (mode_limit, output_size_edge):
        rule = negative_or_zero
    rule(draft, rng)


def is_fluke(draft: Draft) -> bool:
    """Calls that PyTorch accepts by accident, which are not compared (README.md lists them)."""
    if draft.text is not None:
        return False
    if 0 in (*draft.x[-draft.rank - 1 : -draft.rank], *draft.w[0][:2]):
        return True  # zero channels
    dilation = draft.arguments.get("dilation", 1)
    for axis, kernel in enumerate(draft.w[0][2:]):
        at = (
            dilation
            if isinstance(dilation, (int, float))
            else dilation[min(axis, len(dilation) - 1)]
        )
        if at == 0 and (kernel == 1 or draft.transposed):
            return True
    if draft.arguments.get("padding_mode", "zeros") == "zeros":
        return False
    padding = draft.arguments.get("padding", 0)
    return any(isinstance(v, (tuple, list)) and len(v) != draft.rank for v in (padding, dilation))
