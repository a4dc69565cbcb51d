"""The frameworks: what draws their layers, writes them, and judges them. One entry a framework."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

import flax_grid
import flax_random
import flax_refusals
import flax_text
import jax_grid
import jax_random
import jax_refusals
import jax_text
import jax_worked
import keras_grid
import keras_random
import keras_refusals
import onnx_grid
import onnx_random
import onnx_refusals
import onnx_text
import oracles
import pytorch_grid
import pytorch_random
import pytorch_refusals
import scipy_grid
import scipy_random
import scipy_refusals
import scipy_text
import spec_text
import worked
from layers import Case, Draft
from oracles import Oracle

# A worked row of semantics.md: the case, what it says, and whether that is values (else a shape).
_Rows = Iterator[tuple[Case, str, bool]]


def _write(case: Case, rng: random.Random, oracle: Oracle) -> str:
    return spec_text.write(case, rng, oracle.printed, oracle.saved)


def _always(draft: Draft, dtype: str, kind: str) -> bool:
    return True


@dataclass(frozen=True)
class Room:
    """A framework. Nothing here imports it: only `oracle` does, when it is called."""

    prefix: str  # of the ids of its cases
    oracle: Callable[[float, random.Random], Oracle]  # of the share to cross-check, and its choice
    random: ModuleType  # random_draft
    refusals: ModuleType  # bend, is_fluke
    grid: ModuleType  # drafts, plain_drafts
    worked: Callable[[], _Rows]
    write: Callable[[Case, random.Random, Oracle], str] = _write
    flags: Callable[[Draft], list[str] | None] = spec_text.flags
    ranks: tuple[int, ...] = ()  # the numbers of spatial axes it computes beside 1, 2 and 3
    # Whether the framework can judge a draft in a dtype filled with a kind of values.
    judges: Callable[[Draft, str, str], bool] = _always


ROOMS: dict[str, Room] = {
    "pytorch": Room(
        prefix="pt",
        oracle=lambda share, rng: oracles.PyTorch(),
        random=pytorch_random,
        refusals=pytorch_refusals,
        grid=pytorch_grid,
        worked=lambda: worked.cases("pytorch"),
    ),
    "keras": Room(
        prefix="ke",
        oracle=oracles.Keras,
        random=keras_random,
        refusals=keras_refusals,
        grid=keras_grid,
        worked=lambda: worked.cases("keras"),
    ),
    "onnx": Room(
        prefix="ox",
        oracle=lambda share, rng: oracles.Onnx(),
        random=onnx_random,
        refusals=onnx_refusals,
        grid=onnx_grid,
        worked=onnx_grid.worked,
        write=onnx_text.write,
        flags=onnx_text.flags,
        judges=onnx_refusals.judges,
        ranks=(4, 5, 6),
    ),
    "scipy": Room(
        prefix="sp",
        oracle=lambda share, rng: oracles.SciPy(),
        random=scipy_random,
        refusals=scipy_refusals,
        grid=scipy_grid,
        worked=scipy_grid.worked,
        write=scipy_text.write,
        flags=scipy_text.flags,
        judges=scipy_refusals.judges,
        ranks=(0, 4, 5, 6, 9),
    ),
    "jax": Room(
        prefix="jx",
        oracle=lambda share, rng: oracles.Jax("jax_oracle"),
        random=jax_random,
        refusals=jax_refusals,
        grid=jax_grid,
        worked=lambda: jax_worked.cases("jax"),
        write=jax_text.write,
        flags=jax_text.flags,
        ranks=(0, 4, 5, 6),
    ),
    "flax": Room(
        prefix="fx",
        oracle=lambda share, rng: oracles.Jax("flax_oracle"),
        random=flax_random,
        refusals=flax_refusals,
        grid=flax_grid,
        worked=lambda: jax_worked.cases("flax"),
        write=flax_text.write,
        flags=flax_text.flags,
        ranks=(0, 4, 5),
    ),
}
