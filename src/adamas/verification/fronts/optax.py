"""Gradient transformations of optax, whose state is that of `adamas.jax`."""

from typing import Any

import optax  # pyright: ignore[reportMissingImports]

from ...jax import transformation
from ...optimizer import Optimizer
from .front import Arrays
from .jax import Jax


class Optax(Jax):
    """`adamas.jax.transformation`."""

    name = "optax"

    def __init__(self, declared: Optimizer, params: Arrays) -> None:
        self.transformation = transformation(declared)
        super().__init__(declared, params)

    def start(self, params: Arrays) -> None:
        """Begin with these parameters and a new state."""
        super().start(params)
        self.carried = self.transformation.init(self.own)

    def advance(self, grads: Any, carried: Any, own: Any, given: Any) -> tuple[Any, Any]:
        """New parameters and a new state."""
        moves, carried = self.transformation.update(grads, carried, own, **given)
        return optax.apply_updates(own, moves), carried
