"""A declared optimizer's own life (build, apply, …) over PyTorch tensors, as over NumPy arrays."""

import warnings
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...errors import ArrayError, ArrayTypeError, StructureError
from ...runtime.structure import Structure
from .session import Session
from .state import STEP
from .tensors import check_gradient

if TYPE_CHECKING:
    from ...optimizer import Optimizer


class TensorSession(Session):
    """The state of one optimizer for a structure of tensors, and its steps."""

    def __init__(self, optimizer: "Optimizer", params: Any, compiler: str | None) -> None:
        structure = Structure(params, lambda leaf: isinstance(leaf, torch.Tensor))
        for name, leaf in zip(structure.names, structure.leaves, strict=True):
            if not isinstance(leaf, torch.Tensor):
                raise ArrayTypeError(
                    f"Parameters must be all tensors or all arrays. Got: {name!r}, "
                    f"a {type(leaf).__name__}."
                )
        self._structure = structure
        super().__init__(optimizer, structure.leaves, structure.names, {}, compiler)
        self._ensure_all()

    def apply(self, grads: Any, params: Any) -> None:
        """One call with gradients in the structure of the parameters."""
        if params is not None:
            given = self._structure.flatten(params, "Parameters")
            if any(one is not own for one, own in zip(given, self.params, strict=True)):
                raise ArrayError(
                    "Tensors must be those that the optimizer was built for. Got: others. "
                    "Make a new optimizer for them: optimizer.replace()."
                )
        self._apply(self._structure.flatten(grads, "Gradients"))

    def apply_pairs(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        """One call with (gradient, parameter) pairs for all or some of the parameters."""
        places = {id(parameter): index for index, parameter in enumerate(self.params)}
        gradients: list[Any] = [None] * len(self.params)
        given: set[int] = set()
        for pair in pairs:
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise StructureError(
                    f"Each pair must be (gradient, parameter). Got: {type(pair).__name__}."
                )
            index = places.get(id(pair[1]))
            if index is None or index in given:
                raise StructureError(
                    "Each pair must be (gradient, parameter) with a parameter that the optimizer "
                    f"was built for, and each once. Got: {type(pair[1]).__name__}"
                    f"{'' if index is None else f' {self.names[index]!r} twice'}."
                )
            given.add(index)
            gradients[index] = pair[0]
        self._apply(gradients, given)

    @torch.no_grad()
    def _apply(self, gradients: Sequence[Any], given: set[int] | None = None) -> None:
        missing = []
        for index, gradient in enumerate(gradients):
            if gradient is None:
                missing += [self.names[index]] if given is None or index in given else []
            elif not isinstance(gradient, torch.Tensor):
                raise ArrayTypeError(
                    f"The gradient of {self.names[index]!r} must be a tensor. "
                    f"Got: {type(gradient).__name__}."
                )
            else:
                check_gradient(self.names[index], gradient, self.params[index])
        if all(gradient is None for gradient in gradients):
            raise ArrayError(
                "At least one gradient must be given. Got: None for every parameter. "
                "Does the loss depend on the parameters?"
            )
        if missing:
            warnings.warn(
                f"No gradient for {', '.join(map(repr, missing))}: not updated in this step.",
                stacklevel=5,
            )
        self.step(gradients)

    @property
    def state(self) -> Mapping[str, Mapping[str, torch.Tensor]]:
        """The live tensors: slot → parameter name → tensor."""
        slots = dict.fromkeys(slot for plan in self.plans for slot in plan.slots)
        return MappingProxyType(
            {
                slot: MappingProxyType(
                    {
                        name: tensor
                        for index, name in enumerate(self.names)
                        if (tensor := self.state_of.slot(index, slot)) is not None
                    }
                )
                for slot in slots
            }
        )

    @property
    def remembered(self) -> dict[str, np.ndarray]:
        """The numbers that are handed on between updates, of all parameters by name."""
        vectors = self.state_of.vectors.items()
        return {name: vector.cpu().numpy() for name, vector in vectors if name != STEP}
