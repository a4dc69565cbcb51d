"""The lax and flax rows of semantics.md, sections 5 and 5.1, under their row numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from jax_layers import default_letters, lax_draft
from layers import Case, Draft
from tensors import values_for

# x length, kernel length, arguments, y
_Entry = tuple[int, int, dict[str, Any], str]

_LAX_TRANSPOSED: dict[str, _Entry] = {
    "61": (3, 3, {"strides": (2,), "padding": "SAME"}, "100 10 201 20 302 30"),
    "62": (
        3, 3, {"strides": (2,), "padding": "SAME", "transpose_kernel": True},
        "1 10 102 20 203 30",
    ),
    "63": (3, 3, {"strides": (2,), "padding": "VALID"}, "100 10 201 20 302 30 3"),
    "64": (3, 2, {"strides": (3,), "padding": "VALID"}, "10 1 0 20 2 0 30 3 0"),
    "65": (3, 4, {"strides": (2,), "padding": "SAME"}, "100 2010 201 3020 302 30"),
    "66": (3, 3, {"strides": (2,), "padding": [(0, 0)]}, "201 20 302"),
    "67": (3, 3, {"strides": (2,), "padding": [(1, 1)]}, "10 201 20 302 30"),
    "68": (
        3, 3, {"strides": (2,), "padding": [(1, 1)], "use_consistent_padding": True},
        "10 201 20 302 30",
    ),
    "69": (
        3, 3, {"strides": (2,), "padding": "SAME", "rhs_dilation": (2,)}, "0 210 0 321 0 32",
    ),
    "116": (3, 3, {"strides": (2,), "padding": "valid"}, ""),
    "117": (3, 3, {"strides": (1,), "padding": "valid"}, "321"),
}  # fmt: skip
_LAX_FORWARD: dict[str, _Entry] = {
    "70": (5, 4, {"window_strides": (1,), "padding": "SAME_LOWER"}, "2100 3210 4321 5432 543"),
    "71": (
        3, 3, {"window_strides": (2,), "padding": [(2, 2)], "lhs_dilation": (2,)},
        "100 201 302 3",
    ),
    "72": (5, 3, {"window_strides": (1,), "padding": [(-1, 0)]}, "432 543"),
    "73": (2, 3, {"window_strides": (1,), "padding": "VALID"}, ""),
}  # fmt: skip
_FLAX: dict[str, tuple[str, _Entry]] = {
    "74": ("Conv", (5, 4, {"padding": "CIRCULAR"}, "3215 4321 5432 1543 2154")),
    "75": ("Conv", (5, 3, {"strides": 2, "padding": "CIRCULAR"}, "215 432 154")),
    "76": ("Conv", (5, 4, {"padding": "REFLECT"}, "3212 4321 5432 4543 3454")),
    "77": ("Conv", (5, 3, {"padding": "CAUSAL", "kernel_dilation": 2}, "100 200 310 420 531")),
    "78": (
        "ConvTranspose",
        (3, 4, {"strides": 2, "padding": "CIRCULAR"}, "103 2010 201 3020 302 1030"),
    ),
    "79": ("ConvTranspose", (3, 3, {"strides": 2, "padding": "CIRCULAR"}, "103 10 201 20 302 30")),
    "80": (
        "ConvTranspose",
        (
            3, 3, {"strides": 2, "padding": "CIRCULAR", "transpose_kernel": True},
            "10 102 20 203 30 301",
        ),
    ),
}  # fmt: skip


def _line(row: str, draft: Draft) -> Case:
    """A row with one channel: x = 1, 2, .. and a kernel 1, 10, 100, .."""
    x = np.arange(1, np.prod(draft.x) + 1, dtype=np.float32).reshape(draft.x)
    w = (10.0 ** np.arange(np.prod(draft.w[0]))).astype(np.float32).reshape(draft.w[0])
    return Case(draft, "float32", True, x, [w], None, name=f"row {row}")


def _lax() -> Iterator[tuple[Case, str, bool]]:
    for name, rows in (("conv_transpose", _LAX_TRANSPOSED), ("conv_general_dilated", _LAX_FORWARD)):
        for row, (length, kernel, options, y) in rows.items():
            letters = default_letters(name, 1)
            yield _line(row, lax_draft(name, letters, [length], [kernel], dict(options))), y, True


def _flax() -> Iterator[tuple[Case, str, bool]]:
    for row, (name, (length, kernel, options, y)) in _FLAX.items():
        arguments = {"features": 1, "kernel_size": (kernel,), **options, "use_bias": False}
        draft = Draft("flax", name, arguments, (1, length, 1), [(kernel, 1, 1)], None)
        yield _line(row, draft), y, True
    shaped = {
        "118": (  # the row says 8 by 8, which makes a long line
            Draft(
                "flax", "Conv", {"features": 4, "kernel_size": 3}, (2, 4, 4, 3), [(3, 3, 4)], (4,)
            ),
            "2 4 4 4",
        ),
        "119": (
            Draft(
                "flax",
                "ConvTranspose",
                {"features": 4, "kernel_size": (3,), "strides": (2,), "padding": 1},
                (1, 3, 2),
                [(3, 2, 4)],
                (4,),
            ),
            "1 5 4",
        ),
    }
    for row, (draft, y) in shaped.items():
        case = values_for(draft, random.Random(row), "float32", "integer")
        case.name = f"row {row}"
        yield case, y, False


def cases(framework: str) -> Iterator[tuple[Case, str, bool]]:
    """The rows: the case, what semantics.md says, and whether that is values (else a shape)."""
    yield from _lax() if framework == "jax" else _flax()
