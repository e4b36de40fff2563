"""`Optimizer.apply` on arrays that are updated in place."""

from typing import Any, ClassVar

import numpy as np

from .front import Arrays, Given, Stateful, converted


class InPlace(Stateful):
    """The life of an optimizer over arrays of one library."""

    compiler: ClassVar[str | None] = None

    def array(self, value: np.ndarray) -> Any:
        """An array of the library, in memory of its own."""
        raise NotImplementedError

    def start(self, params: Arrays) -> None:
        """Begin with these parameters and a new state."""
        self.optimizer = self.declared.replace()
        self.own = {name: self.array(value) for name, value in params.items()}
        self.optimizer.build(self.own, compiler=self.compiler)

    def step(self, grads: Arrays, given: Given) -> None:
        """One call, and what it is given beside gradients."""
        arrays = {name: self.array(value) for name, value in grads.items()}
        self.optimizer.apply(arrays, **converted(given, self.array))

    def params(self) -> dict[str, np.ndarray]:
        """Copies of the parameters."""
        return {name: np.array(array) for name, array in self.own.items()}
