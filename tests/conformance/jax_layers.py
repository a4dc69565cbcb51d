"""lax convolutions: their signatures, and drafts that know their letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from layers import Draft

_TAIL = ("precision", "preferred_element_type")
# The arguments by position, as jax's own signatures have them (jax_oracle.py checks).
SIGNATURES: dict[str, tuple[str, ...]] = {
    "conv": ("lhs", "rhs", "window_strides", "padding", *_TAIL),
    "conv_with_general_padding": (
        "lhs", "rhs", "window_strides", "padding", "lhs_dilation", "rhs_dilation", *_TAIL,
    ),
    "conv_general_dilated": (
        "lhs", "rhs", "window_strides", "padding", "lhs_dilation", "rhs_dilation",
        "dimension_numbers", "feature_group_count", "batch_group_count", *_TAIL, "out_sharding",
    ),
    "conv_transpose": (
        "lhs", "rhs", "strides", "padding", "rhs_dilation", "dimension_numbers",
        "transpose_kernel", *_TAIL, "use_consistent_padding",
    ),
}  # fmt: skip

Letters = tuple[str, str, str]  # of lhs, rhs and the output

_FORWARD: dict[int, Letters] = {
    0: ("NC", "OI", "NC"),
    1: ("NCH", "OIH", "NCH"),
    2: ("NCHW", "OIHW", "NCHW"),
    3: ("NCDHW", "OIDHW", "NCDHW"),
}
_TRANSPOSED: dict[int, Letters] = {
    0: ("NC", "IO", "NC"),
    1: ("NHC", "HIO", "NHC"),
    2: ("NHWC", "HWIO", "NHWC"),
    3: ("NHWDC", "HWDIO", "NHWDC"),
}


def default_letters(name: str, rank: int) -> Letters:
    """What dimension_numbers=None means."""
    known = _TRANSPOSED if name == "conv_transpose" else _FORWARD
    if rank in known:
        return known[rank]
    # conv_transpose has none of more than three axes, and refuses.
    axes = "abcdefgh"[:rank]
    return f"NC{axes}", f"OI{axes}", f"NC{axes}"


def spatial(rhs: str) -> str:
    """The spatial letters, in the order of strides and padding."""
    return "".join(letter for letter in rhs if letter not in "IO")


@dataclass
class LaxDraft(Draft):
    """A lax call. `letters` are those in force, whether the call says them or not."""

    letters: Letters = ("", "", "")

    @property
    def rank(self) -> int:
        return len(self.letters[1]) - 2

    @property
    def kernel(self) -> list[int]:
        return [self.w[0][self.letters[1].index(letter)] for letter in spatial(self.letters[1])]

    def x_at(self, letter: str) -> int:
        return self.x[self.letters[0].index(letter)]

    def set_x(self, letter: str, value: int) -> None:
        shape = list(self.x)
        shape[self.letters[0].index(letter)] = value
        self.x = tuple(shape)

    def set_w(self, letter: str, value: int) -> None:
        shape = list(self.w[0])
        shape[self.letters[1].index(letter)] = value
        self.w = [tuple(shape)]


def lax_draft(
    name: str,
    letters: Letters,
    lengths: list[int],
    kernel: list[int],
    arguments: dict[str, Any],
    channels: tuple[int, int] = (1, 1),
    batch: int = 1,
) -> LaxDraft:
    """A draft with the shapes its letters ask for. `channels`: of the input and of the output."""
    groups = max(1, arguments.get("feature_group_count", 1))
    inputs, outputs = channels
    into, out_of = inputs // groups, outputs
    if arguments.get("transpose_kernel"):
        into, out_of = outputs, inputs
    sizes = dict(zip(spatial(letters[1]), lengths))
    x = {"N": batch, "C": inputs, **sizes}
    w = {"I": into, "O": out_of, **dict(zip(spatial(letters[1]), kernel))}
    return LaxDraft(
        "jax",
        name,
        arguments,
        tuple(x[letter] for letter in letters[0]),
        [tuple(w[letter] for letter in letters[1])],
        None,
        letters=letters,
    )
