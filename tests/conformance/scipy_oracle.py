"""Runs a case in SciPy."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import scipy
from scipy import signal

from layers import Answer, Case, refusal
from scipy_layers import SIGNATURES

warnings.filterwarnings("ignore")
_MOST_DIRECT_AXES = 32
_FFT_ROUNDINGS = 64  # of the largest magnitude; an FFT of these lengths needs fewer


def _called(case: Case, in1: np.ndarray, in2: np.ndarray, method: str | None) -> np.ndarray:
    draft = case.draft
    if draft.text is not None:
        names = {"scipy": scipy, "signal": signal, "in1": in1, "in2": in2}
        return eval(draft.text, names)
    options: dict[str, Any] = dict(draft.arguments)
    if method is not None:
        options["method"] = method
    return getattr(signal, draft.name)(in1, in2, **options)


def _direct(case: Case, in1: np.ndarray, in2: np.ndarray) -> np.ndarray:
    """By method='direct', which takes 32 axes: of more, those that are 1 in both are left out."""
    if in1.ndim > _MOST_DIRECT_AXES:
        long = [axis for axis in range(in1.ndim) if max(in1.shape[axis], in2.shape[axis]) > 1]
        in1 = in1.reshape([in1.shape[axis] for axis in long])
        in2 = in2.reshape([in2.shape[axis] for axis in long])
    return np.asarray(_called(case, in1, in2, "direct"))


def run(case: Case) -> Answer:
    """What SciPy returns, or why it refuses.

    Exact data are computed in float64, where no order of summation rounds; the other data in
    their own dtype. A call that may take the FFT is made as it is written, and then again by
    the sums (method='direct'), which judge: both must agree within rounding.
    """
    dtype = np.dtype(np.float64) if case.exact else case.x.dtype
    in1, in2 = case.x.astype(dtype), case.w[0].astype(dtype)
    try:
        y = np.asarray(_called(case, in1, in2, None))
    except Exception as error:
        return refusal("call", error)
    if case.draft.text is None and not case.draft.name.endswith("2d"):
        direct = _direct(case, in1, in2).reshape(y.shape)
        finite = np.isfinite(direct)
        if case.draft.arguments.get("method") != "direct" and finite.all():
            scale = float(np.sum(np.abs(in1), dtype=np.float64)) * float(np.max(np.abs(in2)))
            allowed = _FFT_ROUNDINGS * float(np.finfo(dtype).eps) * (1 + scale)
            assert y.shape == direct.shape, case
            assert np.max(np.abs(y - direct), initial=0) <= allowed, case
        y = direct
    return Answer(y=np.asarray(y, case.x.dtype, order="C"))


def positional(name: str) -> tuple[str, ...]:
    """The arguments by position after the two tensors, from SciPy itself."""
    return tuple(inspect.signature(getattr(signal, name)).parameters)[2:]


for _name, _arguments in SIGNATURES.items():
    assert positional(_name) == _arguments, _name
