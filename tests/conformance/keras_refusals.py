"""Bends a good Keras layer towards a refusal: each rule of semantics.md at its boundary.

A bent draft need not be refused: half of the boundaries are the last value that still works.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from layers import Draft


def _set_axis(draft: Draft, argument: str, default: int, value: int, rng: random.Random) -> None:
    values = draft.axes(argument, default)
    values[rng.randrange(draft.rank)] = value
    draft.arguments[argument] = tuple(values)


def _is_first(draft: Draft) -> bool:
    return str(draft.arguments.get("data_format")).lower() == "channels_first"


def _set_x(draft: Draft, axis: int | None, length: int) -> None:
    """Sets a spatial length, or the channels where axis is None."""
    shape = list(draft.x)
    start = 2 if _is_first(draft) else 1
    at = (1 if _is_first(draft) else len(shape) - 1) if axis is None else start + axis
    shape[at] = max(0, length)
    draft.x = tuple(shape)


def _channels(draft: Draft) -> int:
    return draft.x[1] if _is_first(draft) else draft.x[-1]


def counts(draft: Draft, rng: random.Random) -> None:
    names = [n for n in ("filters", "groups", "depth_multiplier") if _takes(draft, n)]
    draft.arguments[rng.choice(names)] = rng.choice((0, -1))


def _takes(draft: Draft, argument: str) -> bool:
    if argument == "depth_multiplier":
        return "Depthwise" in draft.name or "Separable" in draft.name
    if argument == "filters":
        return "Depthwise" not in draft.name
    return draft.name in ("Conv1D", "Conv2D", "Conv3D")


def sizes(draft: Draft, rng: random.Random) -> None:
    argument = rng.choice(("kernel_size", "strides", "dilation_rate"))
    if rng.random() < 0.5:
        draft.arguments[argument] = rng.choice((0, -1))
    else:
        _set_axis(draft, argument, 1, rng.choice((0, -1)), rng)


def tuple_length(draft: Draft, rng: random.Random) -> None:
    names = ["kernel_size", "strides", "dilation_rate"]
    names += ["output_padding"] if draft.transposed else []
    argument = rng.choice(names)
    values = draft.axes(argument, 0 if argument == "output_padding" else 1)
    draft.arguments[argument] = tuple(values + [1] if rng.random() < 0.5 else values[:-1])


def padding_word(draft: Draft, rng: random.Random) -> None:
    words: tuple[Any, ...] = (
        "causal",
        "Causal",
        "full",
        "SAME",
        "same ",
        [1] * draft.rank,
        "reflect",
    )
    draft.arguments["padding"] = rng.choice(words)


def strides_and_dilation(draft: Draft, rng: random.Random) -> None:
    strides, dilation = [1] * draft.rank, [1] * draft.rank
    strides[rng.randrange(draft.rank)] = 2
    dilation[rng.randrange(draft.rank)] = 2
    draft.arguments |= {"strides": tuple(strides), "dilation_rate": tuple(dilation)}


def output_padding_edge(draft: Draft, rng: random.Random) -> None:
    strides = draft.axes("strides", 1)
    axis = rng.randrange(draft.rank)
    values = [0] * draft.rank
    values[axis] = strides[axis] + rng.choice((-1, 0, 0, 1))
    if rng.random() < 0.15:
        values[axis] = -1
    draft.arguments["output_padding"] = tuple(values)


def activation_word(draft: Draft, rng: random.Random) -> None:
    draft.arguments["activation"] = rng.choice(
        ("Relu", "RELU", "prelu", "threshold", "leaky-relu", "swish6", "glu")
    )


def data_format_word(draft: Draft, rng: random.Random) -> None:
    draft.arguments["data_format"] = rng.choice(
        ("NHWC", "channels-first", "last", "Channels_Last", "NCHW")
    )


def unknown_keyword(draft: Draft, rng: random.Random) -> None:
    names = [
        "stride",
        "dilation",
        "bias",
        "kernel",
        "batch_input_shape",
        "padding_mode",
        "out_channels",
    ]
    names += [] if _takes(draft, "groups") else ["groups"]
    names += [] if draft.transposed else ["output_padding"]
    draft.arguments[rng.choice(names)] = 1


def group_edge(draft: Draft, rng: random.Random) -> None:
    if _takes(draft, "groups"):
        draft.arguments["groups"] = rng.choice((2, 3, 4, 5))
    else:
        counts(draft, rng)


def short_input(draft: Draft, rng: random.Random) -> None:
    axis = rng.randrange(draft.rank)
    effective = (draft.w[0][axis] - 1) * draft.axes("dilation_rate", 1)[axis] + 1
    _set_x(draft, axis, max(1, effective - rng.choice((0, 1, 1, 2))))


def wrong_rank(draft: Draft, rng: random.Random) -> None:
    shape = draft.x[1:] if rng.random() < 0.4 else (1, *draft.x)
    draft.x = shape


def wrong_channels(draft: Draft, rng: random.Random) -> None:
    _set_x(draft, None, max(1, _channels(draft) + rng.choice((-1, 1))))


def wrong_bias(draft: Draft, rng: random.Random) -> None:
    draft.b = (max(1, (draft.b or (2,))[0] + rng.choice((-1, 1))),)
    draft.arguments["use_bias"] = True


def wrong_weight(draft: Draft, rng: random.Random) -> None:
    which = rng.randrange(len(draft.w))
    shape = list(draft.w[which])
    axis = rng.randrange(len(shape))
    shape[axis] = max(1, shape[axis] + rng.choice((-1, 1)))
    draft.w[which] = tuple(shape)


def empty_batch(draft: Draft, rng: random.Random) -> None:
    draft.x = (0, *draft.x[1:])


def same_without_padding(draft: Draft, rng: random.Random) -> None:
    draft.arguments |= {"padding": "same", "output_padding": 0}


def not_an_integer(draft: Draft, rng: random.Random) -> None:
    draft.arguments[rng.choice(("strides", "kernel_size", "dilation_rate"))] = 1.5


_Rule = Callable[[Draft, random.Random], None]
_ANY: list[_Rule] = [
    counts, counts, sizes, sizes, tuple_length, padding_word, activation_word, data_format_word,
    unknown_keyword, wrong_rank, wrong_channels, wrong_bias, wrong_weight, empty_batch,
    strides_and_dilation, not_an_integer,
]  # fmt: skip
_FORWARD: list[_Rule] = [short_input, short_input, short_input, group_edge, group_edge]
_TRANSPOSED: list[_Rule] = [
    output_padding_edge,
    output_padding_edge,
    output_padding_edge,
    same_without_padding,
]


def bend(draft: Draft, rng: random.Random) -> None:
    """Applies one of the rules to the draft."""
    rng.choice(_ANY + (_TRANSPOSED if draft.transposed else _FORWARD))(draft, rng)


def is_fluke(draft: Draft) -> bool:
    """Calls that are not compared (README.md lists them): empty channel or spatial axes."""
    return 0 in draft.x[1:]
