"""An ONNX node as a draft: attributes in lists, as ONNX has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from layers import Draft

NEWEST_OPSET = 22  # of Conv and ConvTranspose; ONNX Runtime runs later models by the same rules


@dataclass
class Node(Draft):
    """A Conv or ConvTranspose node; `arguments` are its attributes."""

    opset: int = NEWEST_OPSET

    @property
    def rank(self) -> int:
        """The number of spatial axes that the weights have."""
        return len(self.w[0]) - 2

    @property
    def kernel(self) -> tuple[int, ...]:
        return self.w[0][2:]

    def ints(self, attribute: str, default: int) -> list[int]:
        """An attribute with one number an axis."""
        return list(self.arguments.get(attribute, [default] * self.rank))

    def effective(self, axis: int) -> int:
        return (self.kernel[axis] - 1) * self.ints("dilations", 1)[axis] + 1

    def full(self, axis: int) -> int:
        """Of a ConvTranspose: the length before cropping, output_padding left out."""
        stride = self.ints("strides", 1)[axis]
        return (self.x[2 + axis] - 1) * stride + self.effective(axis)


def node(
    name: str,
    x: tuple[int, ...],
    w: tuple[int, ...],
    bias: bool = False,
    text: str | None = None,
    opset: int = NEWEST_OPSET,
    **attributes: Any,
) -> Node:
    """A node over an x and w of these shapes, with a bias that fits."""
    group = attributes.get("group", 1)
    groups = group if isinstance(group, int) and group > 0 else 1
    outputs = w[1] * groups if name == "ConvTranspose" else w[0]
    b = (outputs,) if bias else None
    return Node("onnx", name, attributes, x, [w], b, text=text, opset=opset)
