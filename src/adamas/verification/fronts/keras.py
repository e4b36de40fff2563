"""Optimizers of `adamas.keras`, on the backend that Keras runs on."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from ...compilers.keras import keras
from ...keras import wrap
from ...optimizer import Optimizer
from .front import Arrays, Given, Stateful, converted


class Keras(Stateful):
    """A Keras optimizer, made from the declared one."""

    name = f"keras-{keras.backend.backend()}"
    dtypes = ("float32",)  # Keras keeps the learning rate in float32, whatever variables hold

    def __init__(self, declared: Optimizer, params: Arrays) -> None:
        super().__init__(declared, params)
        self.compiled = _compiled(self.optimizer)

    @staticmethod
    def place() -> AbstractContextManager[Any]:
        """On the CPU."""
        return keras.device("cpu:0")

    def start(self, params: Arrays) -> None:
        """Begin with these parameters and a new state."""
        self.own = {
            name: keras.Variable(value, dtype=value.dtype.name, name=name)
            for name, value in params.items()
        }
        self.optimizer = wrap(self.declared)
        self.optimizer.build(list(self.own.values()))

    def step(self, grads: Arrays, given: Given) -> None:
        """One call, and what it is given beside gradients."""
        tensors = [keras.ops.convert_to_tensor(grads[name]) for name in self.own]
        beside = {
            name: list(value.values()) if isinstance(value, dict) else value
            for name, value in converted(given, keras.ops.convert_to_tensor).items()
        }
        if self.compiled is None:
            self.optimizer.apply(tensors, **beside)
            return
        state, own = self.optimizer.variables, list(self.own.values())
        values = ([v.value for v in state], tensors, [v.value for v in own])
        made = self.compiled(*values, **beside)
        for variables, values in zip((own, state), made, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def params(self) -> dict[str, np.ndarray]:
        """Copies of the parameters."""
        return {n: np.array(keras.ops.convert_to_numpy(v)) for n, v in self.own.items()}

    def averages(self) -> dict[str, np.ndarray]:
        """What there is to evaluate with; the parameters stay."""
        before = self.params()
        self.optimizer.finalize_variable_values(list(self.own.values()))
        found = self.params()
        for name, value in before.items():
            self.own[name].assign(value)
        return found


def _compiled(optimizer: Any) -> Callable[..., Any] | None:
    """A call as a function of values, as `fit` compiles it on JAX; None where `apply` does it.

    It is that of every optimizer with the same arguments and variables of the same shapes.
    """
    if keras.backend.backend() != "jax":
        return None
    import jax  # pyright: ignore[reportMissingImports]

    from .jax import QUICKLY

    return jax.jit(optimizer.stateless_apply, compiler_options=QUICKLY)
