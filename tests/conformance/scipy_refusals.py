"""Bends a good call of scipy.signal towards a refusal: the rules of semantics.md 2.6."""

from __future__ import annotations

import random
from collections.abc import Callable

from layers import Draft
from scipy_layers import Call


def mode_word(draft: Call, rng: random.Random) -> None:
    draft.arguments["mode"] = rng.choice(("SAME", "Full", "VALID", "", "wrap", "sam", "reflect"))


def mode_type(draft: Call, rng: random.Random) -> None:
    draft.arguments["mode"] = rng.choice((0, 1, 2, None, True, 1.0))


def boundary_word(draft: Call, rng: random.Random) -> None:
    words = ("reflect", "reflect", "Fill", "WRAP", "nearest", "constant", "zero", "periodic")
    # convolve and correlate do not take it at all
    draft.arguments["boundary"] = rng.choice((*words, 0, None))


def method_word(draft: Call, rng: random.Random) -> None:
    words = ("FFT", "Direct", "overlap", "", None, 0, "fft", "direct")
    draft.arguments["method"] = rng.choice(words)  # the 2-D functions do not take it at all


def fill(draft: Call, rng: random.Random) -> None:
    draft.arguments["fillvalue"] = rng.choice(("a", "zero", 3, 0, 1.5))
    if draft.planar:
        draft.arguments["boundary"] = "fill"


def unknown_keyword(draft: Call, rng: random.Random) -> None:
    names = ("stride", "padding", "strides", "axis", "fill_value", "cval", "kernel_size")
    draft.arguments[rng.choice((*names, "dilation"))] = 1


def rank(draft: Call, rng: random.Random) -> None:
    """Another rank for one of the two, or for both."""
    style = rng.random()
    if style < 0.6 or not draft.planar:
        shape = draft.x if style < 0.3 else draft.w[0]
        bent = shape[:-1] if len(shape) > 1 and rng.random() < 0.5 else (*shape, rng.randint(1, 2))
        if style < 0.3:
            draft.x = bent
        else:
            draft.w = [bent]
    elif style < 0.8:
        draft.x, draft.w = draft.x[:1], [draft.w[0][:1]]
    else:
        draft.x, draft.w = (*draft.x, 1), [(*draft.w[0], 1)]


def neither_dominates(draft: Call, rng: random.Random) -> None:
    """'valid' with two axes that differ by 0 or 1 in opposite directions."""
    draft.arguments["mode"] = "valid"
    if draft.rank == 1:
        draft.x, draft.w = (rng.randint(1, 4),), [(rng.randint(1, 4),)]
        return
    in1, in2 = [], []
    for axis in range(draft.rank):
        length, more = rng.randint(1, 3), rng.choice((0, 1))
        in1.append(length + more * (axis % 2))
        in2.append(length + more * (1 - axis % 2))
    draft.x, draft.w = tuple(in1), [tuple(in2)]


_Rule = Callable[[Call, random.Random], None]
_RULES: list[_Rule] = [
    mode_word, mode_type, boundary_word, boundary_word, method_word, fill, unknown_keyword, rank,
    rank, neither_dominates, neither_dominates, neither_dominates,
]  # fmt: skip


def bend(draft: Draft, rng: random.Random) -> None:
    """Applies one of the rules to the call."""
    assert isinstance(draft, Call)
    rng.choice(_RULES)(draft, rng)


def is_fluke(draft: Draft) -> bool:
    """Empty axes: SciPy gives zeros, or ends its process with a division by zero."""
    return 0 in (*draft.x, *draft.w[0])


def judges(draft: Draft, dtype: str, kind: str) -> bool:
    """float16 only where NumPy sums it; halves as fill values only among reals."""
    fill = draft.arguments.get("fillvalue", 0)
    if kind == "integer" and isinstance(fill, float) and not fill.is_integer():
        return False
    if dtype != "float16":
        return True
    return len(draft.x) == len(draft.w[0]) == 1 and (
        draft.arguments.get("mode") != "same" or draft.x >= draft.w[0]
    )
