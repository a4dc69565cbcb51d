"""Looks for a layer of a framework, among its own arguments alone, that gives a wanted output.

Only layers of one spatial axis, no activation, and all input channels in one group: a layer of
more axes is exact where it is so along each. Kernels are tried as they are and backwards; stride,
dilation, padding and output padding over small ranges. The pairs of pads that lax and flax take are
so many, and each is compiled, that NumPy tells first which may be worth a call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from jax_layers import LaxDraft, spatial
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
    assert isinstance(draft, LaxDraft)
    letters = draft.letters[1]
    out, into, axis = (letters.index(letter) for letter in ("O", "I", spatial(letters)))
    if draft.arguments.get("transpose_kernel"):
        return w.transpose(into, out, axis)[:, :, ::-1]
    return w.transpose(out, into, axis)


def _in_channels_first(draft: Draft, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(draft, LaxDraft):
        axis = spatial(draft.letters[1])
        of_x, of_y = (
            [letters.index(letter) for letter in ("N", "C", axis)]
            for letters in (draft.letters[0], draft.letters[2])
        )
        return x.transpose(of_x), y.transpose(of_y)
    first = str(draft.arguments.get("data_format")).lower() == "channels_first"
    if draft.framework == "flax" or (draft.framework == "keras" and not first):
        return x.transpose(0, 2, 1), y.transpose(0, 2, 1)
    return x, y


def question(case: Case, target: str, y: np.ndarray) -> Question | None:
    """None where the search has nothing to say about the layer."""
    draft = case.draft
    arguments = draft.arguments
    of_groups = ("groups", "group", "feature_group_count", "batch_group_count")
    if any(arguments.get(key, 1) != 1 for key in of_groups):
        return None
    if target == "jax" and case.b is not None:
        return None  # lax has no bias
    if case.w[0].ndim != 3 or case.x.ndim != 3 or arguments.get("mask") is not None:
        return None
    if arguments.get("activation") not in (None, "linear") or not case.exact:
        return None
    taps = _taps(draft, case.w[0])
    if taps is None:
        return None
    x, y = _in_channels_first(draft, case.x, y)
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


def _correlated(q: Question, taps: np.ndarray, at: dict[str, int]) -> np.ndarray | None:
    """y by the definition; None where the pads leave no window."""
    spread, stride, dilation = at["spread"], at["stride"], at["dilation"]
    x = np.zeros((*q.x.shape[:2], (q.x.shape[2] - 1) * spread + 1), np.float64)
    x[:, :, ::spread] = q.x
    low, high = at["low"], at["high"]
    x = np.pad(x, ((0, 0), (0, 0), (max(low, 0), max(high, 0))))
    x = x[:, :, max(-low, 0) : x.shape[2] - max(-high, 0)]
    reach = (taps.shape[2] - 1) * dilation + 1
    if x.shape[2] < reach:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(x, reach, axis=2)[:, :, ::stride, ::dilation]
    y = np.einsum("nilk,oik->nol", windows, taps)
    return y if q.b is None else y + q.b[:, None]


def _padded(q: Question, taps: np.ndarray) -> Iterator[dict[str, int]]:
    """Strides, dilations and pads for which the definition gives y."""
    for stride, dilation, spread in product(_SMALL, _SMALL, _SMALL):
        reach = (taps.shape[2] - 1) * dilation + 1
        length = (q.x.shape[2] - 1) * spread + 1
        for low in range(-3, reach + 3):
            high = (q.y.shape[2] - 1) * stride + reach - length - low
            at = {"stride": stride, "dilation": dilation, "spread": spread, "low": low}
            y = _correlated(q, taps, at | {"high": high})
            if y is not None and np.array_equal(y, q.y):
                yield at | {"high": high}


def _flax(q: Question) -> Any:
    import flax.linen as nn

    x, filters, size = q.x.transpose(0, 2, 1), q.taps.shape[0], q.taps.shape[2]

    def run(layer: Any, taps: np.ndarray) -> Any:
        parameters = {"kernel": taps.transpose(2, 1, 0)}
        if q.b is not None:
            parameters["bias"] = q.b
        return np.asarray(layer.apply({"params": parameters}, x)).transpose(0, 2, 1)

    common = {"use_bias": q.b is not None}
    for backwards in (False, True):
        taps = q.taps[:, :, ::-1] if backwards else q.taps
        for stride, dilation in product(_SMALL, _SMALL):
            settings = {"strides": stride, "kernel_dilation": dilation, **common}
            for padding in ("SAME", "VALID", "CIRCULAR", "REFLECT", "CAUSAL"):
                yield f"Conv {padding} {settings}", lambda: run(
                    nn.Conv(filters, (size,), padding=padding, **settings), taps
                )
            for padding in ("SAME", "VALID", "CIRCULAR"):
                yield f"ConvTranspose {padding} {settings}", lambda: run(
                    nn.ConvTranspose(filters, (size,), padding=padding, **settings), taps
                )
        for at in _padded(q, taps):
            layer = nn.Conv(
                filters, (size,), at["stride"], [(at["low"], at["high"])], at["spread"],
                at["dilation"], **common,
            )  # fmt: skip
            yield f"Conv {at}", lambda: run(layer, taps)


def _jax(q: Question) -> Any:
    from jax import lax

    for backwards in (False, True):
        taps = q.taps[:, :, ::-1] if backwards else q.taps
        for at in _padded(q, taps):
            yield f"conv_general_dilated {at}", lambda: lax.conv_general_dilated(
                q.x, np.ascontiguousarray(taps), (at["stride"],), [(at["low"], at["high"])],
                (at["spread"],), (at["dilation"],),
            )  # fmt: skip


_TRIES = {"pytorch": _pytorch, "keras": _keras, "onnx": _onnx, "flax": _flax, "jax": _jax}


def search(
    framework: str, q: Question, progress: Path, first: int, found: list[str]
) -> list[str]:
    """The layers that give y exactly: `found`, and those from number `first` on.

    `progress` says which is tried and what was found, should the framework end the process.
    """
    for number, (text, run) in enumerate(_TRIES[framework](q)):
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
