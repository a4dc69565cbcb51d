"""Runs a case in Keras, on the backend that KERAS_BACKEND names (set before this is imported)."""

from __future__ import annotations

import inspect
import json
import os
import warnings
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# With oneDNN, TensorFlow 2.21 miscomputes float32 forward layers with unequal strides whose last
# output axis has length 1 (some values are never written), so its own kernels judge.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np

from layers import Answer, Case, refusal

warnings.filterwarnings("ignore")
if keras.backend.backend() == "torch":
    import torch

    torch.set_num_threads(1)


def _layer(case: Case) -> keras.Layer:
    if case.draft.text is not None:
        names: dict[str, Any] = {"keras": keras, "layers": keras.layers, **vars(keras.layers)}
        return eval(case.draft.text, names)
    arguments = dict(case.draft.arguments)
    arguments.setdefault("dtype", case.dtype)
    return getattr(keras.layers, case.draft.name)(**arguments)


def run(case: Case) -> Answer:
    """The output tensor, or where and why Keras refuses."""
    try:
        layer = _layer(case)
    except Exception as error:
        return refusal("constructor", error)
    try:
        layer.build(case.x.shape)
        layer.set_weights(case.w if case.b is None else [*case.w, case.b])
        y = keras.ops.convert_to_numpy(layer(case.x))
    except Exception as error:
        return refusal("forward", error)
    return Answer(y=np.ascontiguousarray(y), backend=keras.backend.backend())


def serialized(case: Case, model: bool) -> str | None:
    """The layer, or a Sequential model of it, as Keras saves it; None where it cannot be made."""
    try:
        layer = _layer(case)
        if not model:
            return json.dumps(keras.saving.serialize_keras_object(layer))
        return keras.Sequential([keras.Input(case.x.shape[1:]), layer]).to_json()
    except Exception:
        return None


def positional(name: str) -> tuple[str, ...]:
    """The constructor's arguments by position, from Keras itself."""
    parameters = inspect.signature(getattr(keras.layers, name).__init__).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD,)
    return tuple(p.name for p in parameters if p.kind in kinds and p.name != "self")
