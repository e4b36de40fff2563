"""Launches kernels on a device that only takes notes, and prints those, as JSON.

A program of its own: where the interpreter is on, nothing is launched. What Triton does on the host
(binding arguments, choosing or compiling a variant, calling the launcher) happens as it would.
"""

import json
import sys
from typing import Any

import numpy as np
import torch
from triton.backends.compiler import GPUTarget
from triton.runtime import driver

from adamas import Adafactor, Adam, Lamb
from cases import gradients, parameters
from device_steps import Session

NOTES: list[tuple[str, int, int]] = []
TENSORS: list[int] = []


class Launcher:
    """Notes kernel, programs and the number of arguments."""

    def __init__(self, source: Any, metadata: Any) -> None:
        self._name = source.fn.__name__
        self._arguments = len(source.fn.arg_names)

    def __call__(self, *given: Any) -> None:
        programs, arguments = given[0], given[-self._arguments :]
        assert len(given) == 9 + self._arguments
        assert not any(isinstance(argument, dict) for argument in arguments)
        TENSORS.append(sum(isinstance(argument, torch.Tensor) for argument in arguments))
        NOTES.append((self._name, programs, self._arguments))


class Utilities:
    """What is asked of a device while a kernel is loaded."""

    def load_binary(self, *_: Any) -> tuple[int, ...]:
        return 1, 2, 32, 0, 1024

    def get_device_properties(self, _: int) -> dict[str, int]:
        return {"max_shared_mem": 232448}

    def unload_module(self, _: Any) -> None:
        pass


class Device:
    """A driver of Triton without a device."""

    launcher_cls = Launcher
    utils = Utilities()

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 90, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, _: int) -> int:
        return 0


def variants(session: Session) -> int:
    """How many variants of kernels Triton has compiled."""
    kernels = {id(launch.kernel): launch.kernel for launch in session.update.launches}
    caches = [cache for k in kernels.values() for cache in k.device_caches.values()]
    return sum(len(cache[0]) for cache in caches)


def main() -> None:
    driver.set_active(Device())
    params = parameters(dtypes=[np.float32], shapes=((300, 20), (5000,), (3,)))
    optimizers = {
        "Adam": Adam(),
        "clip, Adam, average": Adam(global_clipnorm=1.0, use_ema=True),
        "Lamb": Lamb(),
        "Adafactor": Adafactor(),
    }
    found = {}
    for name, optimizer in optimizers.items():
        session = Session(optimizer, params)
        steps, compiled, given = [], [], []
        for seed, rate in enumerate((0.1, 0.5, 1.0)):
            optimizer.learning_rate = rate
            NOTES.clear()
            TENSORS.clear()
            session.apply(gradients(params, seed))
            given.append(list(TENSORS))
            steps.append(list(NOTES))
            compiled.append(variants(session))
        found[name] = {"steps": steps, "variants": compiled, "tensors": given}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
