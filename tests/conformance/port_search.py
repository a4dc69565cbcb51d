"""Looks for a layer of a framework, among its own arguments alone, that gives a wanted output.

Only layers of one spatial axis, no activation, and all input channels in one group: a layer of
more axes is exact where it is so along each. Kernels are tried as they are and backwards; stride,
dilation, padding and output padding over small ranges.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from layers import Case, Draft

_SMALL = (1, 2, 3)


@dataclass
class Question:
    """x (N, C, L), taps (O, I, k) for a forward layer, bias, and the y (N, O, L') wanted."""

    x: np.ndarray
    taps: np.ndarray
    b: np.ndarray | None
    y: np.ndarray


def _taps(draft: Draft, w: np.ndarray) -> np.ndarray | None:
    """The taps of a source layer, as a forward one over its spread-out input."""
    name, framework = draft.name, draft.framework
    if framework in ("pytorch", "onnx"):
        return w.transpose(1, 0, 2)[:, :, ::-1] if "ranspose" in name else w
    if framework == "keras":
        if "Depthwise" in name or "Separable" in name:
            return None
        return w.transpose(1, 2, 0)[:, :, ::-1] if "ranspose" in name else w.transpose(2, 1, 0)
    if framework == "flax":
        if draft.arguments.get("transpose_kernel"):
            return w.transpose(1, 2, 0)[:, :, ::-1]
        return w.transpose(2, 1, 0)
    return None


def question(case: Case, target: str, y: np.ndarray) -> Question | None:
    """None where the search has nothing to say about the layer."""
    draft = case.draft
    arguments = draft.arguments
    groups = [arguments.get(key, 1) for key in ("groups", "group", "feature_group_count")]
    if target not in ("pytorch", "keras", "onnx") or any(g != 1 for g in groups):
        return None
    if case.w[0].ndim != 3 or case.x.ndim != 3 or arguments.get("mask") is not None:
        return None
    if arguments.get("activation") not in (None, "linear") or not case.exact:
        return None
    taps = _taps(draft, case.w[0])
    if taps is None:
        return None
    last = draft.framework == "flax" or (
        draft.framework == "keras"
        and str(arguments.get("data_format")).lower() != "channels_first"
    )
    x = case.x.transpose(0, 2, 1) if last else case.x
    y = y.transpose(0, 2, 1) if last else y
    # Where hardly anything is computed, other layers agree by chance.
    if y.shape[2] < 4 or x.shape[2] < 4 or not np.any(taps):
        return None
    return Question(*(np.ascontiguousarray(a) for a in (x, taps)), case.b, np.ascontiguousarray(y))


def _pytorch(q: Question) -> Any:
    import torch
    from torch.nn import functional as F

    x = torch.from_numpy(q.x)
    b = None if q.b is None else torch.from_numpy(q.b)
    for backwards in (False, True):
        # A copy: one tap backwards is contiguous as it is, with a stride that torch refuses.
        taps = (q.taps[:, :, ::-1] if backwards else q.taps).copy()
        forward, transposed = torch.from_numpy(taps), torch.from_numpy(
            np.ascontiguousarray(taps.transpose(1, 0, 2))
        )
        reach = 3 * (q.taps.shape[2] - 1) + 1
        for stride, dilation, p in product(_SMALL, _SMALL, range(reach + 1)):
            for mode in ("zeros", "reflect", "replicate", "circular"):
                kind = "constant" if mode == "zeros" else mode
                yield f"Conv1d {stride=} {dilation=} padding={p} {mode}", lambda: F.conv1d(
                    F.pad(x, (p, p), mode=kind), forward, b, stride, 0, dilation
                )
            for op in range(max(stride, dilation)):
                yield (
                    f"ConvTranspose1d {stride=} {dilation=} padding={p} output_padding={op}",
                    lambda: F.conv_transpose1d(x, transposed, b, stride, p, op, 1, dilation),
                )
        for dilation, mode in product(_SMALL, ("zeros", "reflect", "replicate", "circular")):

            def same() -> Any:
                layer = torch.nn.Conv1d(
                    q.x.shape[1], taps.shape[0], taps.shape[2], padding="same",
                    dilation=dilation, bias=b is not None, padding_mode=mode,
                )  # fmt: skip
                layer.weight.data = forward
                if b is not None:
                    layer.bias.data = b
                return layer(x)

            yield f"Conv1d 'same' {dilation=} {mode}", same


def _keras(q: Question) -> Any:
    import keras

    x = np.ascontiguousarray(q.x.transpose(0, 2, 1))
    size, filters = q.taps.shape[2], q.taps.shape[0]

    def run(layer: Any, kernel: np.ndarray) -> Any:
        layer.build(x.shape)
        layer.kernel.assign(kernel)
        if q.b is not None:
            layer.bias.assign(q.b)
        return keras.ops.convert_to_numpy(layer(x)).transpose(0, 2, 1)

    common = {"use_bias": q.b is not None}
    for backwards in (False, True):
        taps = q.taps[:, :, ::-1] if backwards else q.taps
        for stride, dilation in product(_SMALL, _SMALL):
            if stride > 1 and dilation > 1:
                continue
            settings = {"strides": stride, "dilation_rate": dilation, **common}
            for padding in ("valid", "same", "causal"):
                yield f"Conv1D {padding} {settings}", lambda: run(
                    keras.layers.Conv1D(filters, size, padding=padding, **settings),
                    taps.transpose(2, 1, 0),
                )
            for padding, op in product(("valid", "same"), (None, *range(stride))):
                yield f"Conv1DTranspose {padding} {op} {settings}", lambda: run(
                    keras.layers.Conv1DTranspose(
                        filters, size, padding=padding, output_padding=op, **settings
                    ),
                    taps.transpose(2, 0, 1),
                )


def _onnx(q: Question) -> Any:
    import onnx_oracle
    from onnx_layers import node

    def run(name: str, kernel: np.ndarray, **attributes: Any) -> Any:
        draft = node(name, q.x.shape, kernel.shape, q.b is not None, **attributes)
        case = Case(draft, "float32", True, q.x, [np.ascontiguousarray(kernel)], q.b)
        answer = onnx_oracle.run(case)
        if answer.refused:
            raise ValueError(answer.message)
        return answer.y

    pads = range(min(5, 2 * q.taps.shape[2]))
    for backwards in (False, True):
        taps = q.taps[:, :, ::-1] if backwards else q.taps
        for stride, dilation, low, high in product(_SMALL, _SMALL, pads, pads):
            at = {"strides": [stride], "dilations": [dilation], "pads": [low, high]}
            yield f"Conv {at}", lambda: run("Conv", taps, **at)
            for op in range(stride):
                more = {**at, "output_padding": [op]}
                yield f"ConvTranspose {more}", lambda: run(
                    "ConvTranspose", taps.transpose(1, 0, 2), **more
                )


def search(
    framework: str, q: Question, progress: Path, first: int, found: list[str]
) -> list[str]:
    """The layers that give y exactly: `found`, and those from number `first` on.

    `progress` says which is tried and what was found, should the framework end the process.
    """
    tries = {"pytorch": _pytorch, "keras": _keras, "onnx": _onnx}[framework](q)
    for number, (text, run) in enumerate(tries):
        if number < first:
            continue
        progress.write_text(json.dumps([number, found]), encoding="utf-8")
        try:
            y = np.asarray(run())
        except Exception:
            continue  # the framework refuses the arguments
        if y.shape == q.y.shape and np.array_equal(y, q.y):
            found.append(text)
    return found
