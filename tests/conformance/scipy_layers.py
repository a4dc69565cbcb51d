"""A call of scipy.signal as a draft: in1 is x, in2 is the only weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from layers import Draft

# The arguments by position, after in1 and in2.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "convolve": ("mode", "method"),
    "correlate": ("mode", "method"),
    "convolve2d": ("mode", "boundary", "fillvalue"),
    "correlate2d": ("mode", "boundary", "fillvalue"),
}
NAMES = tuple(SIGNATURES)
MODES = ("full", "same", "valid")
BOUNDARIES = ("fill", "pad", "wrap", "circular", "symm", "symmetric")


@dataclass
class Call(Draft):
    """convolve, correlate, convolve2d or correlate2d."""

    @property
    def rank(self) -> int:
        return len(self.x)

    @property
    def planar(self) -> bool:
        return self.name.endswith("2d")


def call(
    name: str, in1: tuple[int, ...], in2: tuple[int, ...], text: str | None = None, **options: Any
) -> Call:
    return Call("scipy", name, options, in1, [in2], None, text=text)
