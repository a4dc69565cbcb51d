"""Runs a case in flax, linen or nnx, on the CPU."""

from __future__ import annotations

import inspect
from typing import Any

import flax
import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from flax import nnx

import flax_layers
import jax_oracle
from flax_layers import is_nnx
from layers import Answer, Case, refusal

_NAMES: dict[str, Any] = {
    **jax_oracle.NAMES, "flax": flax, "nn": nn, "linen": nn, "nnx": nnx, "np": np,
}  # fmt: skip


def check_signatures() -> None:
    """The order of arguments in flax_layers.py must be flax's."""
    for name, (library, of_nnx) in (
        (name, choice)
        for name in ("Conv", "ConvTranspose")
        for choice in ((nn, False), (nnx, True))
    ):
        parameters = list(inspect.signature(getattr(library, name).__init__).parameters.values())
        theirs = tuple(p.name for p in parameters[1:] if p.kind is p.POSITIONAL_OR_KEYWORD)
        arguments = flax_layers.signature(name, of_nnx)
        assert theirs[: len(arguments)] == arguments, f"{name}: {theirs} is not {arguments}"


def _layer(case: Case) -> Any:
    names = {**_NAMES, "rngs": nnx.Rngs(0)}
    draft = case.draft
    if draft.text is not None:
        return eval(draft.text, {**vars(nn), **names})
    arguments = jax_oracle.evaluated(draft.arguments, names)
    if arguments.get("mask") is not None:
        arguments["mask"] = jnp.array(arguments["mask"])  # the SPEC lists what flax has in an array
    return getattr(nnx if is_nnx(draft) else nn, draft.name)(**arguments)


def _load(layer: Any, name: str, value: Any) -> None:
    """Gives an nnx layer a parameter, which must have the shape of the one that it made."""
    shape = getattr(layer, name)[...].shape
    if shape != value.shape:
        raise ValueError(f"the {name} has shape {shape}, not {value.shape}")
    setattr(layer, name, nnx.Param(value))  # the array itself: writing into it would round


def run(case: Case) -> Answer:
    """The output tensor, or where and why flax refuses."""
    return jax_oracle.judged(case, _run)


def _run(case: Case) -> Answer:
    stage = "constructor"

    def call(x: Any, w: Any, b: Any) -> Any:
        nonlocal stage
        layer = _layer(case)
        stage = "forward"
        if isinstance(layer, nn.Module):
            parameters = {"kernel": w} if b is None else {"kernel": w, "bias": b}
            return layer.apply({"params": parameters}, x)
        _load(layer, "kernel", w)
        if b is not None:
            _load(layer, "bias", b)
        return layer(x)

    try:
        y = jax_oracle.compiled(call, case.x, case.w[0], case.b)
    except Exception as error:
        return refusal(stage, jax_oracle.why(error))
    return Answer(y=y, backend="flax")


def printed(case: Case) -> str | None:
    """A linen layer as it prints itself; None where it cannot be constructed."""
    try:
        return repr(_layer(case))
    except Exception:
        return None
