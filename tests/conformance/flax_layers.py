"""flax layers: the arguments of linen's and nnx's Conv and ConvTranspose, and their shapes."""

from __future__ import annotations

from typing import Any

from layers import Draft, Word

_TYPES = ("dtype", "param_dtype", "precision", "kernel_init", "bias_init")
# The arguments by position, as flax's own signatures have them (flax_oracle.py checks).
_LINEN: dict[str, tuple[str, ...]] = {
    "Conv": (
        "features", "kernel_size", "strides", "padding", "input_dilation", "kernel_dilation",
        "feature_group_count", "use_bias", "mask", *_TYPES, "promote_dtype",
    ),
    "ConvTranspose": (
        "features", "kernel_size", "strides", "padding", "kernel_dilation", "use_bias", "mask",
        *_TYPES, "transpose_kernel", "promote_dtype", "preferred_element_type",
    ),
}  # fmt: skip
_NNX = ("in_features", "out_features", "kernel_size", "strides")
RNGS = (Word("rngs"), Word("nnx.Rngs(0)"))


def is_nnx(draft: Draft) -> bool:
    return "in_features" in draft.arguments or "out_features" in draft.arguments


def signature(name: str, nnx: bool) -> tuple[str, ...]:
    """The arguments that may stand by position."""
    return _NNX if nnx else _LINEN[name]


def known(name: str) -> set[str]:
    """Every argument that linen or nnx takes for a class of this name."""
    return {*_LINEN[name], *_NNX, "preferred_element_type", "rngs", "name", "parent"}


def flax_draft(
    name: str,
    nnx: bool,
    batch: tuple[int, ...],
    lengths: list[int],
    kernel: list[int],
    channels: tuple[int, int],
    options: dict[str, Any],
) -> Draft:
    """A layer with the shapes it asks for. `options` may say kernel_size its own way."""
    inputs, outputs = channels
    arguments: dict[str, Any] = (
        {"in_features": inputs, "out_features": outputs} if nnx else {"features": outputs}
    )
    arguments |= {"kernel_size": tuple(kernel), **options}
    if nnx:
        arguments.setdefault("rngs", RNGS[0])
    into, out_of = inputs // max(1, options.get("feature_group_count", 1)), outputs
    if options.get("transpose_kernel"):
        into, out_of = outputs, inputs
    b = (outputs,) if options.get("use_bias", True) else None
    return Draft("flax", name, arguments, (*batch, *lengths, inputs), [(*kernel, into, out_of)], b)


def rank_of(draft: Draft) -> int:
    """The number of spatial axes that kernel_size says."""
    size = draft.arguments.get("kernel_size", 1)
    return len(size) if isinstance(size, (tuple, list)) else 1
