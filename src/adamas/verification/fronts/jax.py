"""Steps of `adamas.jax` as functions."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ...jax import functional, load, save
from ...optimizer import Optimizer
from .front import Arrays, Front, Given, converted

QUICKLY = {"xla_backend_optimization_level": "0"}
"""Compiled without trying hard: a check makes a few steps."""


class Jax(Front):
    """`adamas.jax.functional`, compiled whole."""

    name = "jax"
    dtypes = ("float32", "float64") if jax.config.jax_enable_x64 else ("float32",)  # type: ignore[attr-defined]

    def __init__(self, declared: Optimizer, params: Arrays) -> None:
        self.functional = functional(declared)
        self.compiled = jax.jit(self.advance, compiler_options=QUICKLY)
        super().__init__(declared, params)

    @staticmethod
    def place() -> AbstractContextManager[Any]:
        """On the CPU."""
        return jax.default_device(jax.devices("cpu")[0])

    def start(self, params: Arrays) -> None:
        """Begin with these parameters and a new state."""
        self.own = {name: jnp.asarray(value) for name, value in params.items()}
        self.carried = self.functional.init(self.own)

    def advance(self, grads: Any, carried: Any, own: Any, given: Any) -> tuple[Any, Any]:
        """New parameters and a new state."""
        return self.functional.apply(grads, carried, own, **given)

    def step(self, grads: Arrays, given: Given) -> None:
        """One call, and what it is given beside gradients."""
        arrays = {name: jnp.asarray(value) for name, value in grads.items()}
        beside = converted(given, jnp.asarray)
        self.own, self.carried = self.compiled(arrays, self.carried, self.own, beside)

    def params(self) -> dict[str, np.ndarray]:
        """Copies of the parameters."""
        return {name: np.array(array) for name, array in self.own.items()}

    def averages(self) -> dict[str, np.ndarray]:
        """What there is to evaluate with; the parameters stay."""
        found = self.functional.averages(self.carried, self.own)
        return {name: np.array(array) for name, array in found.items()}

    def save(self, path: Path) -> None:
        """Write a file."""
        save(path, self.functional, self.carried)

    def load(self, path: Path) -> None:
        """Take over a file."""
        found = load(path, self.functional, self.own)
        # Bound to no device, as a new state is: steps would be compiled again for another kind.
        self.carried = jax.tree.map(lambda array: jnp.asarray(np.asarray(array)), found)
