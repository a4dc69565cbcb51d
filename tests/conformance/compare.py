"""Says whether tconv's answer is the framework's."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from layers import Answer, Case
from tconv_runner import Outcome

_REFUSED = (2, 3)
# An activation is computed from an exact sum (its data are quarters), so both sides differ only by
# their own rounding: a few operations on values no larger than 1, the sum, or the result.
_ACTIVATION_ROUNDINGS = 8
_SINGLE = float(np.finfo(np.float32).eps)


def _without_activation(case: Case) -> Case:
    plain = copy.copy(case)
    plain.draft = copy.copy(case.draft)
    plain.draft.arguments = {k: v for k, v in case.draft.arguments.items() if k != "activation"}
    return plain


def _in_single(case: Case) -> Case:
    """The same values in float32, and nothing in the call that says otherwise."""
    wide = copy.copy(case)
    wide.draft = copy.copy(case.draft)
    wide.draft.arguments = {k: v for k, v in case.draft.arguments.items() if k != "dtype"}
    wide.dtype = "float32"
    wide.x, wide.w = case.x.astype(np.float32), [w.astype(np.float32) for w in case.w]
    wide.b = None if case.b is None else case.b.astype(np.float32)
    return wide


def _magnitudes(case: Case) -> Case:
    """The same sums of absolute values."""
    plain = _without_activation(case)
    fill = plain.draft.arguments.get("fillvalue")
    if isinstance(fill, (int, float)):
        plain.draft.arguments["fillvalue"] = abs(fill)
    plain.x, plain.w = np.abs(case.x), [np.abs(w) for w in case.w]
    plain.b = None if case.b is None else np.abs(case.b)
    return plain


def _tolerance(
    case: Case, expected: np.ndarray, ask: Callable[[Case], Answer]
) -> np.ndarray | float:
    """How far two correct answers may be apart, element by element.

    Sums: each of the two is within K+1 roundings of the sum of magnitudes (engine.md 6); float64
    within 1e-12 of it. An activation: see above.
    """
    if case.exact:
        return 0.0
    if case.draft.arguments.get("activation") not in (None, "linear"):
        sums = ask(_without_activation(case)).y
        largest = 0 if sums is None else float(np.max(np.abs(sums), initial=0))
        return (
            _ACTIVATION_ROUNDINGS
            * float(np.finfo(case.dtype).eps)
            * (np.abs(expected) + 1 + largest)
        )
    magnitude = ask(_magnitudes(case)).y
    assert magnitude is not None and magnitude.shape == expected.shape
    if case.dtype == "float64":
        return 1e-12 * magnitude
    return 2 * (case.reduction + 1) * _SINGLE * magnitude.astype(np.float64)


def _half(case: Case, ask: Callable[[Case], Answer]) -> tuple[np.ndarray, np.ndarray]:
    """What float16 reals must give, and how exactly: summed in float32, rounded once a stage.

    The frameworks' own float16 is no judge: some paths round every partial sum. A separable layer
    has two stages, so its intermediate is rounded too.
    """
    single = _in_single(case)
    expected, magnitude = ask(single).y, ask(_magnitudes(single)).y
    assert expected is not None and magnitude is not None
    values = expected.astype(np.float64)
    allowed = _tolerance(single, values, ask) + np.maximum(2.0**-11 * np.abs(values), 2.0**-25)
    if len(case.w) == 2:
        allowed = allowed + 2.0**-11 * magnitude
    return values, allowed


def difference(case: Case, answer: Answer, outcome: Outcome, ask: Callable[[Case], Answer]) -> str:
    """The kind of disagreement; empty where there is none."""
    if outcome.exit not in (0, *_REFUSED):
        return f"exit code {outcome.exit}"
    if answer.y is None:
        return "" if outcome.exit in _REFUSED else "tconv accepts"
    if outcome.y is None:
        return "tconv refuses"
    if outcome.y.shape != answer.y.shape:
        return "shape"
    if outcome.y.dtype.newbyteorder("=") != answer.y.dtype:
        return "dtype"
    allowed: np.ndarray | float
    ours, theirs = outcome.y.astype(np.float64), answer.y.astype(np.float64)
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    if same.all():
        return ""
    if case.dtype == "float16" and not case.exact:
        theirs, allowed = _half(case, ask)
    else:
        allowed = _tolerance(case, theirs, ask)
    with np.errstate(invalid="ignore"):
        close = np.abs(ours - theirs) <= allowed
    return "" if (same | close).all() else "values"
