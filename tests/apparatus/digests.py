"""Fingerprints of what is generated and computed for every optimizer: did a move change anything?

    python tests/apparatus/digests.py texts        of all code for CPUs and GPUs, as JSON
    python tests/apparatus/digests.py numbers      of parameters and state after six calls
    python tests/apparatus/digests.py keras        the same on Keras, by KERAS_BACKEND
    python tests/apparatus/digests.py kept         what is committed, for digests.json

Run one before and after a move, and compare. What is kept is less: a fingerprint of the texts of
each optimizer, which are the same on every machine, and numbers in double precision, which may
differ in their last bits where a library of C does.
"""

import hashlib
import json
import linecache
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import adamas
from adamas import LossScaleOptimizer, MultiOptimizer, Optimizer
from adamas.explanation import plans
from adamas.lowering import lower
from cases import DTYPES, gradients, parameters
from family import FALLING, FAMILY, NEWER, conventions_of, kind_of

SHAPES = {"matrix": (3, 5), "vector": (37,), "scalar": (), "stack": (2, 3, 4), "other": (3, 5)}
STAGES: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "clipped": {"weight_decay": 0.3, "global_clipnorm": 3.0, "use_ema": True, "ema_momentum": 0.7},
    "all": {
        "weight_decay": 0.3,
        "clipnorm": 2.0,
        "clipvalue": 1.5,
        "clip_order": "clipvalue, clipnorm",
        "use_ema": True,
        "ema_overwrite_frequency": 2,
        "gradient_accumulation_steps": 2,
        "loss_scale_factor": 8.0,
        "cautious": True,
        "centralize_gradients": True,
        "nonfinite": "skip",
    },
}


EVERY = tuple(STAGES)

NAMES = (*(name for name in FAMILY if name not in NEWER), "Multi", "LossScale")


def optimizers(name: str, stages: tuple[str, ...] = EVERY) -> Iterator[tuple[str, Optimizer]]:
    """An optimizer in every variant, under every convention, with some stages, by a title."""
    if name == "Multi":
        pairs = {"matrix": adamas.Nadam(0.1), "": adamas.Nadam(0.2, momentum_decay=0.5)}
        yield name, MultiOptimizer(pairs, global_clipnorm=1.0)
    elif name == "LossScale":
        yield name, LossScaleOptimizer(adamas.Adam(0.1, clipnorm=1.0), initial_scale=4.0)
    else:
        for place, variant in enumerate(FAMILY[name].variants):
            for convention in conventions_of(name):
                for stage in stages:
                    arguments = {"learning_rate": FALLING, **variant, **STAGES[stage]}
                    title = f"{name} {place} {convention} {stage}"
                    yield title, kind_of(name)(**arguments, convention=convention)


def of(texts: list[str]) -> str:
    """One fingerprint of several texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def llvm_texts(optimizer: Optimizer, dtype: str) -> list[str]:
    """The modules of all walks."""
    from adamas.compilers.llvm.arithmetic import Mode
    from adamas.compilers.llvm.module import module_text

    wide = "float64" if dtype == "float64" else "float32"
    found = []
    for plan in plans(optimizer, SHAPES):
        dtypes = {name: dtype if name in ("p", "g") else wide for name in plan.arrays}
        for work in (*plan.update, *plan.accumulate):
            lowered = lower(plan, work)
            whole = dict.fromkeys((*lowered.index, *lowered.scratch), wide)
            found += [module_text(walk, {**dtypes, **whole}, Mode()) for walk in lowered.walks]
    return found


def triton_texts(optimizer: Optimizer, dtype: np.dtype) -> list[str]:
    """All kernels, which Python keeps by their names."""
    from adamas.compilers.triton import text
    from device_steps import Session

    text.load.cache_clear()
    for file in [file for file in linecache.cache if file.startswith("<adamas")]:
        del linecache.cache[file]
    Session(optimizer, parameters(dtypes=[dtype], shapes=SHAPES.values()))
    made = [entry for file, entry in linecache.cache.items() if file.startswith("<adamas")]
    return sorted("".join(entry[2]) for entry in made)


def texts(name: str, dtypes: Sequence[np.dtype] = DTYPES) -> dict[str, str]:
    """The fingerprint of an optimizer's code, by title and dtype."""
    found = {}
    for title, optimizer in optimizers(name):
        for dtype in dtypes:
            found[f"llvm {title} {dtype.name}"] = of(llvm_texts(optimizer, dtype.name))
            if name != "LossScale":  # the plain front end of kernels keeps no loss scale
                found[f"triton {title} {dtype.name}"] = of(triton_texts(optimizer, dtype))
    return found


def numbers(
    name: str, dtypes: Sequence[Any] = (np.float64, np.float32), stages: tuple[str, ...] = EVERY
) -> dict[str, list[float]]:
    """What parameters and state are after six calls, on NumPy and over tensors."""
    import torch

    found = {}
    for title, optimizer in optimizers(name, stages):
        for dtype in map(np.dtype, dtypes):
            made = parameters(dtypes=[dtype], shapes=SHAPES.values())
            params = dict(zip(SHAPES, made, strict=True))
            tensors = {name: torch.from_numpy(array.copy()) for name, array in params.items()}
            numpy, other = optimizer.replace(), optimizer.replace()
            for call in range(6):
                grads = dict(zip(params, gradients(list(params.values()), call), strict=True))
                numpy.apply(grads, params)
                other.apply({n: torch.from_numpy(g) for n, g in grads.items()}, tensors)
            found[f"numpy {title} {dtype.name}"] = fingerprint(params, numpy)
            arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
            found[f"tensors {title} {dtype.name}"] = fingerprint(arrays, other)
    return found


def keras(name: str) -> dict[str, list[float]]:
    """What parameters and state are after six calls, on Keras."""
    import keras as framework

    import adamas.keras

    found = {}
    for title, optimizer in optimizers(name, ("plain", "clipped")) if name in FAMILY else ():
        made = adamas.keras.wrap(optimizer)
        arrays = parameters(dtypes=[np.float32], shapes=SHAPES.values())
        variables = [
            framework.Variable(array, name=name) for name, array in zip(SHAPES, arrays, strict=True)
        ]
        for call in range(6):
            made.apply(gradients(arrays, call), variables)
        values = {v.name: framework.ops.convert_to_numpy(v) for v in variables}
        slots = {
            slot: {name: framework.ops.convert_to_numpy(v) for name, v in named.items()}
            for slot, named in made.slots.items()
        }
        found[f"keras {title}"] = _numbers(values, slots)
    return found


def kept(name: str) -> dict[str, Any]:
    """What is committed of an optimizer: of all its texts, and numbers with the usual stages."""
    made = texts(name, [np.dtype(np.float32)])
    by_compiler = {
        compiler: of([made[title] for title in sorted(made) if title.startswith(compiler)])
        for compiler in ("llvm", "triton")
    }
    return {**by_compiler, **numbers(name, [np.float64], ("clipped",))}


def fingerprint(params: Mapping[str, np.ndarray], optimizer: Optimizer) -> list[float]:
    """A number for the parameters, and for each slot."""
    slots = {
        slot: {name: np.asarray(array) for name, array in named.items()}
        for slot, named in optimizer.state.items()
    }
    return _numbers(params, slots)


def _numbers(params: Mapping[str, Any], slots: Mapping[str, Mapping[str, Any]]) -> list[float]:
    groups = [params, *(slots[slot] for slot in sorted(slots))]
    return [_weighed(group) for group in groups]


def _weighed(arrays: Mapping[str, Any]) -> float:
    """A sum in which each element has a weight of its own: no two change places unnoticed."""
    flat = [np.ravel(arrays[name]).astype(np.float64) for name in sorted(arrays)]
    joined = np.concatenate([*flat, np.zeros(0)])
    weights = np.sqrt(2 + np.arange(joined.size) % 97)
    return float(np.sum(joined * weights))


def main(kind: str) -> None:
    """Print what was asked for, of all optimizers."""
    functions = {"texts": texts, "numbers": numbers, "keras": keras, "kept": kept}
    found = {name: functions[kind](name) for name in NAMES}
    if kind != "kept":
        found = {title: value for own in found.values() for title, value in own.items()}
    json.dump(found, sys.stdout, indent=0, sort_keys=True)


if __name__ == "__main__":
    os.environ.setdefault("TRITON_INTERPRET", "1")
    os.environ.setdefault("KERAS_BACKEND", "jax")
    main(sys.argv[1])
