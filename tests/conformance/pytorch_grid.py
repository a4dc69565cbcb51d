"""Systematic PyTorch layers: every argument, one or two at a time, over small geometry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from layers import Draft

_AXES: dict[int, tuple[int, ...]] = {1: (7,), 2: (5, 4), 3: (3, 4, 3)}
_SHORT: dict[int, tuple[int, ...]] = {1: (4,), 2: (3, 2), 3: (2, 1, 2)}
_KERNELS: dict[int, tuple[tuple[int, ...], ...]] = {
    2: ((2, 3), (3, 1), (1, 4)),
    3: ((1, 2, 3), (2, 2, 1), (3, 1, 2)),
}


def _forward(
    rank: int,
    x: tuple[int, ...] | None = None,
    kernel: Any = 3,
    channels: tuple[int, int] = (1, 1),
    batch: tuple[int, ...] = (1,),
    functional: bool = False,
    bias: bool = True,
    **options: Any,
) -> Draft:
    """A forward layer; `x` is its spatial lengths."""
    lengths = x or _AXES[rank]
    size = (kernel,) * rank if isinstance(kernel, int) else tuple(kernel)
    groups = options.get("groups", 1)
    inputs, outputs = channels
    arguments: dict[str, Any] = {}
    if not functional:
        arguments = {"in_channels": inputs, "out_channels": outputs, "kernel_size": kernel}
    arguments |= options
    if not functional and not bias:
        arguments["bias"] = False
    name = f"conv{rank}d" if functional else f"Conv{rank}d"
    w = (outputs, max(1, inputs // max(1, groups)), *size)
    return Draft(
        "pytorch", name, arguments, (*batch, inputs, *lengths), [w], (outputs,) if bias else None
    )


def _transposed(
    rank: int,
    x: tuple[int, ...] | None = None,
    kernel: Any = 3,
    channels: tuple[int, int] = (1, 1),
    batch: tuple[int, ...] = (1,),
    functional: bool = False,
    bias: bool = True,
    output_size: list[int] | None = None,
    **options: Any,
) -> Draft:
    """A transposed layer; `x` is its spatial lengths."""
    draft = _forward(rank, x or _SHORT[rank], kernel, channels, batch, functional, bias, **options)
    groups = max(1, options.get("groups", 1))
    draft.name = f"conv_transpose{rank}d" if functional else f"ConvTranspose{rank}d"
    draft.w = [(channels[0], max(1, channels[1] // groups), *draft.w[0][2:])]
    draft.output_size = output_size
    return draft


def _forward_1d() -> Iterator[Draft]:
    """Kernels even and odd, strides, dilations, paddings, and every padding mode."""
    for kernel, stride, dilation, padding in product((1, 2, 3, 4), (1, 2, 3), (1, 2), (0, 1)):
        yield _forward(
            1, kernel=kernel, stride=stride, dilation=dilation, padding=padding, bias=False
        )
    for mode, kernel, dilation in product(
        ("zeros", "reflect", "replicate", "circular"), (2, 3, 4), (1, 2)
    ):
        yield _forward(1, kernel=kernel, dilation=dilation, padding="same", padding_mode=mode)
    for mode, padding, length in product(
        ("reflect", "replicate", "circular"), (1, 2, 3, 4), (2, 3)
    ):
        yield _forward(1, (length,), kernel=2, padding=padding, padding_mode=mode, bias=False)
    for mode in ("reflect", "replicate", "circular"):
        yield _forward(1, padding="valid", padding_mode=mode)
        yield _forward(
            1, (6,), stride=2, padding=(2,), padding_mode=mode, channels=(2, 4), groups=2
        )


def _forward_nd() -> Iterator[Draft]:
    """Two and three axes: asymmetry, groups, modes, batch, no batch, functional."""
    for rank in (2, 3):
        kernels = _KERNELS[rank]
        for kernel in kernels:
            yield _forward(rank, kernel=kernel)
            yield _forward(rank, kernel=kernel, padding="same", dilation=kernels[0][:rank])
            yield _forward(
                rank,
                kernel=kernel,
                stride=tuple(range(1, rank + 1)),
                padding=kernel[::-1],
                bias=False,
            )
            yield _forward(
                rank, kernel=list(kernel), padding=[1] * rank, functional=True, bias=False
            )
        for mode in ("reflect", "replicate", "circular"):
            yield _forward(rank, kernel=kernels[0], padding="same", padding_mode=mode)
            yield _forward(rank, kernel=2, stride=2, padding=(1, 0, 1)[:rank], padding_mode=mode)
            yield _forward(rank, kernel=2, padding=1, padding_mode=mode, batch=())
        for channels, groups in (((2, 2), 2), ((4, 2), 2), ((3, 6), 3), ((4, 4), 4)):
            yield _forward(rank, kernel=2, channels=channels, groups=groups, stride=2)
            yield _forward(
                rank, kernel=2, channels=channels, groups=groups, functional=True, stride=3
            )
        yield _forward(rank, kernel=2, batch=(2,), channels=(2, 3), stride=2)
        yield _forward(rank, kernel=2, batch=(), channels=(2, 3), stride=2)
        yield _forward(rank, kernel=2, batch=(0,), channels=(2, 3), stride=2)
        yield _forward(rank, kernel=2, padding="same", functional=True)
        yield _forward(rank, kernel=2, padding="valid", stride=2, functional=True)
        yield _forward(rank, kernel=2, stride=(2,), padding=(1,), dilation=(1,))
        yield _forward(rank, kernel=2, stride=[2], padding=[1], dilation=[2], functional=True)


def _transposed_1d() -> Iterator[Draft]:
    """Kernel against stride, crop, output padding and dilation."""
    for kernel, stride, dilation, padding in product((1, 2, 3, 4), (1, 2, 3), (1, 2), (0, 1)):
        yield _transposed(
            1, kernel=kernel, stride=stride, dilation=dilation, padding=padding, bias=False
        )
    for kernel, stride, dilation, extra in product((2, 3), (1, 2, 3), (1, 3), (1, 2, 3)):
        yield _transposed(
            1, (3,), kernel=kernel, stride=stride, dilation=dilation, output_padding=extra
        )
    for stride, padding, size in product((2, 3), (0, 1), range(6, 14)):
        yield _transposed(1, kernel=3, stride=stride, padding=padding, output_size=[size])


def _transposed_nd() -> Iterator[Draft]:
    """Two and three axes: asymmetry, groups, output sizes, batch, no batch, functional."""
    for rank in (2, 3):
        kernels = _KERNELS[rank]
        for kernel in kernels:
            stride = tuple(range(1, rank + 1))
            yield _transposed(rank, kernel=kernel)
            yield _transposed(rank, kernel=kernel, stride=stride, dilation=stride[::-1], bias=False)
            yield _transposed(
                rank, kernel=kernel, stride=stride, padding=tuple(k // 2 for k in kernel)
            )
            yield _transposed(
                rank, kernel=kernel, stride=stride, output_padding=tuple(s - 1 for s in stride)
            )
            yield _transposed(rank, kernel=kernel, stride=list(stride), functional=True, bias=False)
        for channels, groups in (((2, 2), 2), ((4, 2), 2), ((3, 6), 3), ((4, 4), 4)):
            yield _transposed(
                rank, (2,) * rank, kernel=2, channels=channels, groups=groups, stride=2, padding=1
            )
            yield _transposed(
                rank, (1,) * rank, kernel=2, channels=channels, groups=groups, functional=True
            )
        for batch in ((2,), (), (0,)):
            yield _transposed(rank, (2,) * rank, kernel=2, batch=batch, channels=(2, 3), stride=2)
        yield _transposed(
            rank, kernel=2, stride=(2,), padding=(0,), output_padding=(1,), dilation=(1,)
        )
        least = [(q - 1) * 2 + 2 for q in _SHORT[rank]]
        for change in (
            (0,) * rank,
            (1, 0, 0)[:rank],
            (0, 1, 0)[:rank],
            (2, 0, 0)[:rank],
            (0, -1, 0)[:rank],
        ):
            size = [a + b for a, b in zip(least, change)]
            yield _transposed(rank, kernel=2, stride=2, output_size=size)
            yield _transposed(rank, kernel=2, stride=2, output_size=[1, 1, *size])
        yield _transposed(rank, kernel=2, stride=2, batch=(), output_size=[1, *least])
        yield _transposed(rank, kernel=2, stride=2, batch=(), output_size=[1, 1, *least])


def _refused() -> Iterator[Draft]:
    """Rules of semantics.md 2.1 (e) that the grids above do not reach."""
    for rank in (1, 2, 3):
        yield _forward(rank, groups=0)
        yield _forward(rank, channels=(2, 3), groups=2)
        yield _forward(rank, channels=(3, 2), groups=2)
        yield _forward(rank, padding="SAME")
        yield _forward(rank, padding="same", stride=2)
        yield _forward(rank, padding="same", stride=2, functional=True)
        yield _forward(rank, padding_mode="constant", padding=1)
        yield _transposed(rank, padding="same")
        yield _transposed(rank, padding="valid", functional=True)
        yield _transposed(rank, padding_mode="reflect")
        for argument, value in (("stride", 0), ("dilation", 0), ("padding", -1), ("stride", -1)):
            bent: dict[str, Any] = {argument: value}
            yield _forward(rank, **bent)
            yield _transposed(rank, **bent, functional=True)
        yield _transposed(rank, stride=2, output_padding=-1)
        yield _forward(rank, kernel=(3,) * (rank + 1))
        yield _forward(rank, strides=2)
        yield _forward(rank, output_padding=1)


def _by_hand() -> Iterator[Draft]:
    """Texts that no argument table writes."""
    shape, w, b = (1, 1, 4, 4), (1, 1, 3, 3), (1,)
    texts = (
        "nn.Conv2d(1, 1, 3, kernel_size=3)",
        "nn.Conv2d(1, 1, 3, 1, 0, 1, 1, True, 'zeros', None, None, 7)",
        "nn.Conv2d(1, 1, kernel_size=(3, 3), bias=True,)",
        "nn.Conv2d(1,1,3,1,1,1,1,True,'reflect')",
        "nn.ConvTranspose2d(1, 1, 3, 2, 1, 1, 1, True, 1, 'zeros')",
        "nn.ConvTranspose2d(1, 1, 3, 2, 1, 1, 1, True, 2)",
        "torch.nn.Conv2d(\n    in_channels=1,\n    out_channels=1,\n    kernel_size=3,\n)",
        "nn.Conv2d(1, 1, 3, padding_mode='circular', padding=(2, 1))",
    )
    for text in texts:
        name = "ConvTranspose2d" if "Transpose" in text else "Conv2d"
        yield Draft("pytorch", name, {}, shape, [w], b, text=text)
    functional = (
        "F.conv2d(x, w, b, 2, 1)",
        "F.conv2d(x, w, b, 2, 1, 1, 1)",
        "F.conv2d(x, w, bias=b, padding='same')",
        "F.conv2d(x, w, b, 1, 1, 1, 1, 1)",
        "F.conv_transpose2d(x, w, b, 2, 1, 1)",
        "F.conv_transpose2d(x, w, b, 2, 1, 1, 1, 2)",
        "torch.nn.functional.conv_transpose2d(x, w, b, stride=(2, 3), output_padding=(1, 2))",
    )
    for text in functional:
        name = "conv_transpose2d" if "transpose" in text else "conv2d"
        yield Draft("pytorch", name, {}, shape, [w], b, text=text)


def drafts() -> Iterator[Draft]:
    yield from _forward_1d()
    yield from _forward_nd()
    yield from _transposed_1d()
    yield from _transposed_nd()
    yield from _refused()
    yield from _by_hand()


def plain_drafts() -> Iterator[Draft]:
    """Layers without zero padding, which a framework may multiply and tconv does not."""
    yield _forward(1, kernel=2)
    yield _forward(1, kernel=3, stride=2, padding=1, padding_mode="circular")
    yield _forward(2, kernel=2, channels=(2, 2), groups=2)
    yield _transposed(1, kernel=3, stride=2)
    yield _transposed(2, kernel=2, stride=3, channels=(1, 2))
    yield _transposed(1, kernel=2, stride=2, padding=1, output_padding=1)
