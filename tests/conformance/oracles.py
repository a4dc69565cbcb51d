"""Asks the frameworks: each in this process, but Keras in one process for each backend."""

from __future__ import annotations

import importlib
import random
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from layers import Answer, Case


class Oracle(Protocol):
    def run(self, case: Case) -> Answer: ...

    def printed(self, case: Case) -> str | None: ...

    def saved(self, case: Case, model: bool) -> str | None: ...

    def positional(self, name: str) -> tuple[str, ...]: ...

    def close(self) -> None: ...


class PyTorch:
    """PyTorch on the CPU."""

    def __init__(self) -> None:
        import pytorch_oracle

        self._torch = pytorch_oracle

    def run(self, case: Case) -> Answer:
        return self._torch.run(case)

    def printed(self, case: Case) -> str | None:
        return self._torch.printed(case)

    def saved(self, case: Case, model: bool) -> str | None:
        return None

    def positional(self, name: str) -> tuple[str, ...]:
        return self._torch.positional(name)

    def close(self) -> None:
        pass


class Onnx:
    """ONNX Runtime on the CPU."""

    def __init__(self) -> None:
        import onnx_oracle

        self._onnx = onnx_oracle

    def run(self, case: Case) -> Answer:
        return self._onnx.run(case)

    def printed(self, case: Case) -> str | None:
        return self._onnx.printed(case)

    def saved(self, case: Case, model: bool) -> str | None:
        return self._onnx.textual(case)

    def positional(self, name: str) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


class SciPy:
    """scipy.signal."""

    def __init__(self) -> None:
        import scipy_oracle

        self._scipy = scipy_oracle

    def run(self, case: Case) -> Answer:
        return self._scipy.run(case)

    def printed(self, case: Case) -> str | None:
        return None

    def saved(self, case: Case, model: bool) -> str | None:
        return None

    def positional(self, name: str) -> tuple[str, ...]:
        return self._scipy.positional(name)

    def close(self) -> None:
        pass


class Jax:
    """lax, or flax, on the CPU. `oracle` is the module that asks it."""

    def __init__(self, oracle: str) -> None:
        self._jax = importlib.import_module(oracle)
        self._jax.check_signatures()

    def run(self, case: Case) -> Answer:
        return self._jax.run(case)

    def printed(self, case: Case) -> str | None:
        return self._jax.printed(case)

    def saved(self, case: Case, model: bool) -> str | None:
        return None

    def positional(self, name: str) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


@dataclass
class Disagreement:
    """Two Keras backends that say different things about one case."""

    case: Case
    tensorflow: Answer
    torch: Answer


@dataclass
class Keras:
    """Keras on TensorFlow, which judges, and on PyTorch.

    Where TensorFlow refuses, the torch backend is asked too: if it computes, TensorFlow refused
    only because it lacks the CPU kernel, and the torch backend's answer stands. So it does where
    the TensorFlow backend is known to be wrong. `cross_check` is the share of the other cases for
    which both are asked.
    """

    cross_check: float
    rng: random.Random
    disagreements: list[Disagreement] = field(default_factory=list)

    def __post_init__(self) -> None:
        from keras_worker import KerasProcess

        self._tensorflow = KerasProcess("tensorflow")
        self._torch = KerasProcess("torch")

    def run(self, case: Case) -> Answer:
        judge = self._tensorflow.run(case)
        if judge.refused and judge.when == "constructor":
            return judge
        faulty = not judge.refused and _tensorflow_errs(case, judge.y)
        if not judge.refused and not faulty and self.rng.random() >= self.cross_check:
            return judge
        second = self._torch.run(case)
        if judge.refused or faulty:
            return judge if second.refused else second
        if second.refused or not _agree(case, judge.y, second.y):
            self.disagreements.append(Disagreement(case, judge, second))
        return judge

    def printed(self, case: Case) -> str | None:
        return None

    def saved(self, case: Case, model: bool) -> str | None:
        return self._tensorflow.serialized(case, model)

    def positional(self, name: str) -> tuple[str, ...]:
        return self._tensorflow.positional(name)

    def close(self) -> None:
        self._tensorflow.close()
        self._torch.close()


def is_accident(case: Case, answer: Answer) -> bool:
    """An empty output from an input that is not: PyTorch computes some and refuses others alike.

    Which it does depends on the library that takes the call (oneDNN, or its own code). In lax an
    empty output is a rule.
    """
    if case.draft.framework in ("jax", "flax"):
        return False
    return answer.y is not None and answer.y.size == 0 and case.x.size > 0


def _tensorflow_errs(case: Case, y: np.ndarray | None) -> bool:
    """Where Keras' TensorFlow backend computes, and wrongly (Keras 3.15.1, TensorFlow 2.21).

    - An empty batch through a forward layer keeps the spatial lengths of the input.
    - With channels_first the bias is added along the last axis, not the channels, where that axis
      is as long as the bias (the special case for bias_add in backend/tensorflow/numpy.py:add).
    - A depthwise layer over one channel takes its first stride for both axes.
    - Conv3D 'same' starts beyond the first value where a stride exceeds the kernel.
    - gelu and leaky_relu round their constants to float32 in float64 too.
    """
    draft = case.draft
    if case.x.shape[0] == 0 and not draft.transposed:
        return True
    activation = draft.arguments.get("activation")
    if case.dtype == "float64" and activation in ("gelu", "leaky_relu"):
        return True
    same = str(draft.arguments.get("padding")).lower() == "same"
    if draft.name == "Conv3D" and same and max(draft.axes("strides", 1)) > min(case.w[0].shape[:3]):
        return True
    if len(case.w) == 2 or draft.name.startswith("Depthwise"):
        if len(set(draft.axes("strides", 1))) > 1:
            return True
    first = str(draft.arguments.get("data_format")).lower() == "channels_first"
    if not first or case.b is None or y is None:
        return False
    last = y.shape[-1] * (2 if activation == "glu" else 1)
    return last == case.b.shape[0]


def _agree(case: Case, a: np.ndarray | None, b: np.ndarray | None) -> bool:
    """Equal shapes, and values equal up to both backends' rounding."""
    if a is None or b is None or a.shape != b.shape:
        return False
    if case.exact:
        return np.array_equal(a, b, equal_nan=True)
    scale = 1 + float(np.max(np.abs(a), initial=0, where=np.isfinite(a)))
    tolerance = 4 * case.reduction * float(np.finfo(case.dtype).eps) * scale
    return np.allclose(a, b, rtol=0, atol=tolerance, equal_nan=True)
