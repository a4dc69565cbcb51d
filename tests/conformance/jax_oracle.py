"""Runs a lax call, on the CPU."""

from __future__ import annotations

import copy
import inspect
import os
import warnings
from collections.abc import Callable
from typing import Any

# XLA's simplifier ends the process (a failed check, jaxlib 0.10.2) on some calls with a dilated
# input, such as x (1, 1, 3, 1) and w (2, 2, 1, 3) in
# lax.conv_transpose(x, w, (2, 2), [(1, 2), (0, 0)]).
# Without that pass XLA computes them, by the same rule as the others.
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_disable_hlo_passes=algsimp"

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import jax_layers
from layers import Answer, Case, Word, refusal

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)  # every tensor says its own dtype
jax.config.update("jax_disable_most_optimizations", True)  # compiling is what takes the time
warnings.filterwarnings("ignore")

NAMES: dict[str, Any] = {
    "jax": jax,
    "jnp": jnp,
    "lax": lax,
    "ConvDimensionNumbers": lax.ConvDimensionNumbers,
}
# Each case compiles its own program, and the programs are kept.
_CLEAR_EVERY = 500
_compiled = 0


def check_signatures() -> None:
    """The order of arguments in jax_layers.py must be jax's."""
    for name, arguments in jax_layers.SIGNATURES.items():
        theirs = tuple(inspect.signature(getattr(lax, name)).parameters)
        assert theirs == arguments, f"{name}: {theirs} is not {arguments}"


def evaluated(arguments: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    """The arguments, their expressions replaced by what they mean."""
    return {
        name: eval(value, dict(names)) if isinstance(value, Word) else value
        for name, value in arguments.items()
    }


def compiled(call: Callable[..., Any], *tensors: np.ndarray | None) -> np.ndarray:
    """The result of one program for the whole call, which compiles faster than one for each of
    its operations."""
    global _compiled
    _compiled += 1
    if _compiled % _CLEAR_EVERY == 0:
        jax.clear_caches()
    return np.asarray(jax.jit(call)(*tensors), order="C")


def why(error: BaseException) -> BaseException:
    """An error of the compiler without its dump: the rule that broke."""
    lines = str(error).splitlines()
    if len(lines) < 2 or not lines[0].endswith("verifier errors:"):
        return error
    return ValueError(lines[1].strip())


def _is_negative(padding: Any) -> bool:
    """Whether any number in it is."""
    if isinstance(padding, (list, tuple)):
        return any(_is_negative(item) for item in padding)
    return isinstance(padding, int) and padding < 0


def _may_crop(arguments: dict[str, Any]) -> bool:
    """Whether a pad may be negative as it reaches XLA."""
    if arguments.get("use_consistent_padding"):
        return not isinstance(arguments.get("padding"), str)
    return _is_negative(arguments.get("padding"))


def judged(case: Case, ask: Callable[[Case], Answer]) -> Answer:
    """The answer; in float64, rounded, where XLA errs in the case's own dtype.

    With a negative pad before and a positive one after, XLA's float32 and float16 (jaxlib 0.10.2,
    on the CPU) read beyond the input: lax.conv_general_dilated(x, w, (1,), [(-2, 1)]) with 35
    channels of length 25 and a kernel of 2 gives another last value in every run.
    """
    if case.dtype == "float64" or not _may_crop(case.draft.arguments):
        return ask(case)
    wide = copy.copy(case)
    wide.draft = copy.copy(case.draft)
    types = ("dtype", "param_dtype", "preferred_element_type")
    wide.draft.arguments = {k: v for k, v in case.draft.arguments.items() if k not in types}
    wide.x, wide.w = case.x.astype(np.float64), [w.astype(np.float64) for w in case.w]
    wide.b = None if case.b is None else case.b.astype(np.float64)
    answer = ask(wide)
    if answer.y is not None:
        answer.y = answer.y.astype(case.dtype)
    return answer


def run(case: Case) -> Answer:
    """The output tensor, or why lax refuses."""
    return judged(case, _run)


def _run(case: Case) -> Answer:
    draft = case.draft

    def call(x: Any, w: Any) -> Any:
        if draft.text is not None:
            return eval(draft.text, {**NAMES, "x": x, "w": w, "lhs": x, "rhs": w})
        return getattr(lax, draft.name)(x, w, **evaluated(draft.arguments, NAMES))

    try:
        y = compiled(call, case.x, case.w[0])
    except Exception as error:
        return refusal("forward", why(error))
    return Answer(y=y, backend="jax")


def printed(case: Case) -> str | None:
    """A call has no form of its own."""
    return None
