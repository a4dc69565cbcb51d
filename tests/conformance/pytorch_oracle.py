"""Runs a case in PyTorch."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from layers import Answer, Case, Word, refusal

torch.set_num_threads(int(os.environ.get("TCONV_ORACLE_THREADS", "1")))
warnings.filterwarnings("ignore")
_NAMES = {"torch": torch, "nn": nn, "F": F}


def _arguments(case: Case) -> dict[str, Any]:
    return {
        name: eval(value, dict(_NAMES)) if isinstance(value, Word) else value
        for name, value in case.draft.arguments.items()
    }


def _module(case: Case) -> nn.Module:
    if case.draft.text is not None:
        module = eval(case.draft.text, {**_NAMES, **vars(nn)})
    else:
        module = getattr(nn, case.draft.name)(**_arguments(case))
    return module.to(getattr(torch, case.dtype))


def _functional(
    case: Case, x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None
) -> torch.Tensor:
    tensors = {"x": x, "w": w, "b": b}
    if case.draft.text is not None:
        return eval(case.draft.text, {**_NAMES, **tensors})
    return getattr(F, case.draft.name)(x, w, bias=b, **_arguments(case))


def run(case: Case) -> Answer:
    """The output tensor, or where and why PyTorch refuses."""
    x, w = torch.from_numpy(case.x), torch.from_numpy(case.w[0])
    b = None if case.b is None else torch.from_numpy(case.b)
    module = None
    if not case.draft.functional:
        try:
            module = _module(case)
        except Exception as error:
            return refusal("constructor", error)
    try:
        with torch.no_grad():
            if module is None:
                y = _functional(case, x, w, b)
            else:
                state = {"weight": w} if b is None else {"weight": w, "bias": b}
                module.load_state_dict(state)
                size = case.draft.output_size
                y = module(x) if size is None else module(x, output_size=size)
    except Exception as error:
        return refusal("forward", error)
    return Answer(y=np.ascontiguousarray(y.numpy()), backend="torch")


def printed(case: Case) -> str | None:
    """The module as PyTorch prints it; None where it cannot be constructed."""
    try:
        return repr(_module(case))
    except Exception:
        return None


def positional(name: str) -> tuple[str, ...]:
    """The constructor's arguments by position, from PyTorch itself."""
    code = getattr(nn, name).__init__.__code__
    return code.co_varnames[1 : code.co_argcount]
