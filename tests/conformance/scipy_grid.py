"""Systematic calls of scipy.signal: modes, boundaries and methods over small shapes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from layers import Case
from scipy_layers import MODES, Call, call
from tensors import values_for

_LINES = ("convolve", "correlate")
_PLANES = ("convolve2d", "correlate2d")


def _lines() -> Iterator[Call]:
    """convolve and correlate of every rank, in2 shorter, as long, and longer."""
    for name, mode, k, length in product(_LINES, MODES, (1, 2, 3, 4, 5), (3, 4)):
        yield call(name, (length,), (k,), mode=mode)
    for name, mode, kernel in product(_LINES, MODES, ((1, 2), (2, 3), (3, 3), (4, 2), (4, 3))):
        yield call(name, (4, 3), kernel, mode=mode)
        yield call(name, kernel, (4, 3), mode=mode, method="direct")
    for name, mode, kernel in product(
        _LINES, MODES, ((1, 1, 1), (2, 1, 2), (2, 3, 2), (1, 2, 3), (3, 3, 3), (2, 4, 3))
    ):
        yield call(name, (2, 3, 3), kernel, mode=mode)
    for name, mode, method in product(_LINES, MODES, ("auto", "direct", "fft")):
        yield call(name, (5,), (2,), mode=mode, method=method)
        yield call(name, (3, 2), (2, 2), method=method)


def _planes() -> Iterator[Call]:
    """convolve2d and correlate2d: every boundary, in2 larger, several periods of in1."""
    for name, mode, boundary in product(_PLANES, MODES, ("fill", "wrap", "symm")):
        for kernel in ((1, 2), (2, 3), (3, 3), (4, 2)):
            yield call(name, (4, 3), kernel, mode=mode, boundary=boundary)
        for kernel in ((2, 4), (3, 3), (5, 3), (4, 6)):
            yield call(name, (2, 3), kernel, mode=mode, boundary=boundary)
    for name, boundary, mode in product(_PLANES, ("wrap", "symm"), ("full", "same")):
        for in1, kernel in (((2, 3), (7, 2)), ((1, 2), (5, 8)), ((1, 1), (3, 4)), ((3, 2), (6, 9))):
            yield call(name, in1, kernel, mode=mode, boundary=boundary)
    for name, mode, value in product(_PLANES, MODES, (1, -2, 3.0)):
        for in1, kernel in (((3, 4), (2, 3)), ((2, 2), (3, 2))):
            yield call(name, in1, kernel, mode=mode, boundary="fill", fillvalue=value)
    for name, alias in product(_PLANES, ("pad", "circular", "symmetric")):
        yield call(name, (3, 4), (2, 3), mode="same", boundary=alias, fillvalue=2)
        yield call(name, (3, 2), (2, 2), boundary=alias)
    for name in (*_LINES, *_PLANES):
        yield call(name, (3, 4), (2, 2))


def _refused() -> Iterator[Call]:
    """Rules of semantics.md 2.6 (e)."""
    every = (
        {"mode": "SAME"}, {"mode": "reflect"}, {"mode": ""}, {"mode": None}, {"mode": 1},
        {"stride": 1}, {"padding": "same"}, {"axis": 0},
    )  # fmt: skip
    lines = ({"method": "FFT"}, {"method": "overlap"}, {"method": None}, {"boundary": "wrap"})
    planes = (
        {"boundary": "reflect"}, {"boundary": "reflect", "mode": "valid"}, {"boundary": "WRAP"},
        {"boundary": "nearest"}, {"boundary": None}, {"boundary": 0}, {"method": "direct"},
        {"fillvalue": "a"}, {"fill_value": 1},
    )  # fmt: skip
    options: dict[str, Any]
    for name, options in product(_LINES, (*every, *lines)):
        yield call(name, (5,), (3,), **options)
    for name, options in product(_PLANES, (*every, *planes)):
        yield call(name, (3, 3), (2, 2), **options)
    for name in (*_LINES, *_PLANES):
        for in1, in2 in (((5, 2), (3, 4)), ((2, 3), (3, 2)), ((1, 4), (2, 3))):
            yield call(name, in1, in2, mode="valid")
        for in1, in2 in (((4,), (2, 2)), ((3, 3), (2,)), ((3, 3), (2, 2, 1))):
            yield call(name, in1, in2)
    for name in _LINES:
        for in1, in2 in (((2, 2, 3), (2, 3, 2)), ((1, 2, 3), (2, 1, 4))):
            yield call(name, in1, in2, mode="valid")
    for name in _PLANES:
        yield call(name, (4,), (2,))
        yield call(name, (2, 2, 2), (1, 2, 2))


def _by_hand() -> Iterator[Call]:
    """Texts that no argument table writes."""
    for text in (
        "signal.convolve(in1, in2)",
        "signal.convolve(in1, in2, 'same')",
        "scipy.signal.convolve(in1, in2, 'valid', 'direct')",
        "signal.correlate(in1, in2, mode='same', method='direct')",
        "signal.correlate(in1, in2, method='direct', mode=\"full\")",
        "signal.convolve2d(in1, in2, 'same', 'wrap')",
        "signal.convolve2d(in1, in2, 'full', 'fill', 7)",
        "signal.correlate2d(in1, in2, 'full', 'symm', 7)",
        "signal.correlate2d(in1, in2, mode='same', fillvalue=-1)",
        "scipy.signal.correlate2d(\n    in1,\n    in2,\n    boundary='symmetric',\n)",
        "signal.convolve(in1, in2, 'same', 'direct', 0)",
        "signal.convolve2d(in1, in2, 'same', 'wrap', 0, 1)",
        "signal.convolve2d(in1, in2, 'wrap', 'same')",
        "signal.convolve(in1, in2, 'same', mode='full')",
    ):
        yield call(text.split("(")[0].split(".")[-1], (4, 3), (2, 3), text=text)


def other_ranks() -> Iterator[Call]:
    """No axes, where SciPy multiplies and looks at no argument, and four or more."""
    options: dict[str, Any]
    for name in _LINES:
        for options in ({}, {"mode": "valid"}, {"mode": "SAME"}, {"method": None}, {"mode": 1}):
            yield call(name, (), (), **options)
        for options in ({"boundary": "wrap"}, {"stride": 1}):
            yield call(name, (), (), **options)
        for in1, in2 in (((), (1,)), ((2,), ()), ((), (1, 1, 1, 1))):
            yield call(name, in1, in2)
    for name, mode, kernel in product(
        _LINES, MODES, ((1, 2, 1, 2), (2, 1, 2, 1), (2, 2, 1, 3), (1, 1, 3, 2), (3, 3, 3, 3))
    ):
        yield call(name, (2, 2, 1, 3), kernel, mode=mode)
    for name, mode in product(_LINES, MODES):
        yield call(name, (1, 2, 1, 2, 2), (2, 1, 1, 2, 1), mode=mode, method="direct")
        yield call(name, (2, 1, 1, 2, 1, 2), (2, 1, 1, 1, 1, 2), mode=mode, method="fft")
        yield call(name, (1,) * 7 + (3, 2), (1,) * 7 + (2, 2), mode=mode)
    for name in _LINES:
        for n in (32, 33):
            yield call(name, (2, *(1,) * (n - 1)), (2, *(1,) * (n - 1)), method="direct")
        yield call(name, (1,) * 62 + (3, 2), (1,) * 62 + (2, 1), method="fft")
        yield call(name, (2, 1, 2, 1), (1, 2, 1, 1), mode="valid")
        yield call(name, (2, 2, 2, 2), (2, 2, 2, 2, 1))
    for name in _PLANES:
        for shape in ((), (1, 2, 1, 2)):
            yield call(name, shape, shape)


def drafts() -> Iterator[Call]:
    yield from _lines()
    yield from _planes()
    yield from _refused()
    yield from _by_hand()


def plain_drafts() -> Iterator[Call]:
    """Calls without zero padding, for NaN and infinities (an FFT spreads them everywhere)."""
    yield call("convolve", (6,), (2,), mode="valid", method="direct")
    yield call("correlate", (3, 4), (2, 2), mode="valid", method="direct")
    yield call("convolve2d", (4, 3), (2, 2), mode="valid")
    yield call("correlate2d", (4, 3), (3, 2), mode="same", boundary="wrap")


# The 1-D rows of semantics.md: function, len(in1), len(in2), options, y. The 2-D functions take
# them as one row.
_ROWS: dict[int, tuple[str, int, int, dict[str, Any], str]] = {
    81: ("correlate", 5, 4, {"mode": "same"}, "2100 3210 4321 5432 543"),
    82: ("correlate2d", 5, 4, {"mode": "same"}, "3210 4321 5432 543 54"),
    83: ("convolve", 5, 4, {"mode": "same"}, "12 123 1234 2345 3450"),
    84: ("convolve2d", 5, 4, {"mode": "same"}, "12 123 1234 2345 3450"),
    85: ("convolve", 4, 3, {"mode": "full"}, "1 12 123 234 340 400"),
    86: ("correlate", 3, 5, {"mode": "valid"}, "32100 3210 321"),
    87: ("correlate", 3, 5, {"mode": "same"}, "32100 3210 321"),
    88: ("convolve2d", 4, 3, {"mode": "same", "boundary": "symm"}, "112 123 234 344"),
    89: ("correlate2d", 4, 3, {"mode": "same", "boundary": "wrap"}, "214 321 432 143"),
}
_REFUSED_ROWS: dict[str, Call] = {
    "120": call("correlate2d", (3, 3), (2, 2), boundary="reflect"),
    "121": call("convolve", (5, 2), (3, 4), mode="valid"),
}


def worked() -> Iterator[tuple[Case, str, bool]]:
    """The rows of semantics.md: the case, what it says, and whether that is values."""
    for row, (name, length, kernel, options, y) in _ROWS.items():
        ones = (1,) if name.endswith("2d") else ()
        draft = call(name, (*ones, length), (*ones, kernel), **options)
        ramp = np.arange(1, length + 1, dtype=np.float32).reshape(draft.x)
        powers = (10.0 ** np.arange(kernel)).astype(np.float32).reshape(draft.w[0])
        yield Case(draft, "float32", True, ramp, [powers], None, name=f"row {row}"), y, True
    for key, draft in _REFUSED_ROWS.items():
        case = values_for(draft, random.Random(key), "float32", "integer")
        case.name = f"row {key}"
        yield case, "", False
