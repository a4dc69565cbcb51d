"""What a conformance case is: a layer call, its tensors, and what the framework answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np


class Word(str):
    """An argument that is an expression, written without quotes: `torch.float32`."""


# The arguments by position, as the frameworks' own signatures have them (generate.py checks).
_TORCH_CONV = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups",
    "bias", "padding_mode", "device", "dtype",
)  # fmt: skip
_TORCH_TRANSPOSE = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "output_padding",
    "groups", "bias", "dilation", "padding_mode", "device", "dtype",
)  # fmt: skip
_FUNCTIONAL_CONV = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_FUNCTIONAL_TRANSPOSE = (
    "input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation",
)  # fmt: skip
_KERAS_TAIL = (
    "kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer",
    "activity_regularizer", "kernel_constraint", "bias_constraint",
)  # fmt: skip
_DEPTHWISE_TAIL = (
    "depthwise_initializer", "bias_initializer", "depthwise_regularizer", "bias_regularizer",
    "activity_regularizer", "depthwise_constraint", "bias_constraint",
)  # fmt: skip
_SEPARABLE_TAIL = (
    "depthwise_initializer", "pointwise_initializer", "bias_initializer",
    "depthwise_regularizer", "pointwise_regularizer", "bias_regularizer",
    "activity_regularizer", "depthwise_constraint", "pointwise_constraint", "bias_constraint",
)  # fmt: skip
_KERAS_CONV = (
    "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups",
    "activation", "use_bias", *_KERAS_TAIL,
)  # fmt: skip
_KERAS_TRANSPOSE = (
    "filters", "kernel_size", "strides", "padding", "output_padding", "data_format",
    "dilation_rate", "activation", "use_bias", *_KERAS_TAIL,
)  # fmt: skip
# Of the three only the 3-D one has data_format before output_padding.
_KERAS_TRANSPOSE_3D = (
    *_KERAS_TRANSPOSE[:4], "data_format", "output_padding", *_KERAS_TRANSPOSE[6:],
)  # fmt: skip
_KERAS_DEPTHWISE = (
    "kernel_size", "strides", "padding", "depth_multiplier", "data_format", "dilation_rate",
    "activation", "use_bias", *_DEPTHWISE_TAIL,
)  # fmt: skip
_KERAS_SEPARABLE = (
    "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate",
    "depth_multiplier", "activation", "use_bias", *_SEPARABLE_TAIL,
)  # fmt: skip

SIGNATURES: dict[str, tuple[str, ...]] = {
    **{f"Conv{n}d": _TORCH_CONV for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": _TORCH_TRANSPOSE for n in (1, 2, 3)},
    **{f"conv{n}d": _FUNCTIONAL_CONV for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _FUNCTIONAL_TRANSPOSE for n in (1, 2, 3)},
    **{f"Conv{n}D": _KERAS_CONV for n in (1, 2, 3)},
    **{f"Conv{n}DTranspose": _KERAS_TRANSPOSE for n in (1, 2)},
    "Conv3DTranspose": _KERAS_TRANSPOSE_3D,
    **{f"DepthwiseConv{n}D": _KERAS_DEPTHWISE for n in (1, 2)},
    **{f"SeparableConv{n}D": _KERAS_SEPARABLE for n in (1, 2)},
}

ACTIVATIONS = (
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "silu", "swish", "hard_silu",
    "hard_swish", "gelu", "mish", "sigmoid", "log_sigmoid", "hard_sigmoid", "sparse_sigmoid",
    "tanh", "hard_tanh", "tanh_shrink", "softplus", "softsign", "squareplus", "sparse_plus",
    "soft_shrink", "hard_shrink", "exponential", "softmax", "log_softmax", "sparsemax", "glu",
)  # fmt: skip


@dataclass
class Draft:
    """A layer call and the shapes of its tensors. Refusals are made by bending a good draft."""

    framework: str  # "pytorch" or "keras"
    name: str  # "ConvTranspose2d", "conv2d" (functional), "DepthwiseConv1D"
    arguments: dict[str, Any]  # those the caller wrote, under the framework's names
    x: tuple[int, ...]
    w: list[tuple[int, ...]]  # one, or depthwise then pointwise
    b: tuple[int, ...] | None
    output_size: list[int] | None = None
    text: str | None = None  # a call written by hand; `arguments` is then not used

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return int(next(letter for letter in self.name if letter.isdigit()))

    @property
    def transposed(self) -> bool:
        return "ranspose" in self.name

    @property
    def functional(self) -> bool:
        return self.name.islower()

    def axes(self, argument: str, default: int) -> list[int]:
        """An argument as one number an axis."""
        value = self.arguments.get(argument, default)
        if value is None:
            value = default
        return [value] * self.rank if isinstance(value, int) else list(value)


@dataclass
class Case:
    """A draft with its values, and the text a user would type for it."""

    draft: Draft
    dtype: str
    exact: bool  # small integers: every order of summation gives the same bits
    x: np.ndarray
    w: list[np.ndarray]
    b: np.ndarray | None
    spec: str = ""
    name: str = ""  # of a worked row

    @property
    def reduction(self) -> int:
        """The number of products in one output value, counted generously."""
        return max(1, sum(int(np.prod(w.shape)) for w in self.w))


@dataclass
class Answer:
    """What a framework said: a tensor, or that it refuses."""

    y: np.ndarray | None = None
    when: str = ""  # "constructor" or "forward"
    message: str = ""
    backend: str = ""

    @property
    def refused(self) -> bool:
        return self.y is None


_ESCAPES = re.compile(r"\x1b\[\d*m")
_SETS = re.compile(r"\{'[^{}:]*'\}")


def refusal(when: str, error: BaseException) -> Answer:
    """An exception as an answer: the first line that says something, the same in every run."""
    lines = [line.strip() for line in _ESCAPES.sub("", str(error)).splitlines()]
    lines = [line for line in lines if line and not line.startswith("Exception encountered when")]
    message = lines[0] if lines else type(error).__name__
    message = _SETS.sub(lambda m: "{" + ", ".join(sorted(m[0][1:-1].split(", "))) + "}", message)
    return Answer(when=when, message=message[:200])
