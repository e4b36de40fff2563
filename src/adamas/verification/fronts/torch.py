"""Tensors of PyTorch in `apply`, and optimizers of `adamas.torch`."""

import numpy as np
import torch

from ...torch import wrap
from .front import Arrays, Given, Stateful, converted
from .in_place import InPlace


class Tensors(InPlace):
    """`apply` on tensors."""

    name = "tensors"

    def array(self, value: np.ndarray) -> torch.Tensor:
        """A tensor on the CPU."""
        return torch.tensor(value)


class Torch(Stateful):
    """A class of `adamas.torch`, with the arguments of the declared optimizer."""

    name = "torch"

    def start(self, params: Arrays) -> None:
        """Begin with these parameters and a new state."""
        self.own = {n: torch.nn.Parameter(torch.tensor(value)) for n, value in params.items()}
        kind = wrap(type(self.declared))
        self.optimizer = kind(list(self.own.items()), **self.declared.arguments())

    def step(self, grads: Arrays, given: Given) -> None:
        """One call, and what it is given beside gradients."""
        for name, gradient in grads.items():
            self.own[name].grad = torch.tensor(gradient)
        self.optimizer.step(**converted(given, torch.tensor))

    def params(self) -> dict[str, np.ndarray]:
        """Copies of the parameters."""
        return {name: np.array(tensor.detach()) for name, tensor in self.own.items()}
