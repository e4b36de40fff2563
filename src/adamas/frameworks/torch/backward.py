"""Steps inside the backward pass: each parameter as soon as its gradient is there."""

from typing import Any

import torch

from ...around import BY_LOSS
from ...errors import StateError, StructureError
from ...refusals import GLOBAL_NORM_IN_BACKWARD, INPUTS_IN_BACKWARD, LOSS_IN_BACKWARD
from ...runtime.signals import held
from .optimizer import TorchOptimizer


class BackwardSteps:
    """What `apply_in_backward` gives: the hooks, until they are removed."""

    def __init__(self, optimizer: TorchOptimizer) -> None:
        self._optimizer = optimizer
        self._seen: set[int] = set()
        params = (p for group in optimizer.param_groups for p in group["params"])
        self._hooks = [
            parameter.register_post_accumulate_grad_hook(self._hook(index))
            for index, parameter in enumerate(params)
            if parameter.requires_grad
        ]
        optimizer.leave_steps(self.end)

    def _hook(self, index: int) -> Any:
        @torch.no_grad()
        def step(parameter: torch.Tensor) -> None:
            if index in self._seen:
                self.end()
            self._seen.add(index)
            gradient, parameter.grad = parameter.grad, None
            if gradient is not None:
                self._optimizer.step_alone(index, gradient)

        return step

    def end(self) -> None:
        """End the call: what comes next belongs to another backward pass."""
        with held():
            if self._seen:
                self._optimizer.end_call()
                self._seen.clear()

    def remove(self) -> None:
        """Go back to steps by ``optimizer.step()``."""
        self.end()
        for hook in self._hooks:
            hook.remove()
        self._optimizer.leave_steps(None)


def apply_in_backward(model: torch.nn.Module, optimizer: TorchOptimizer) -> BackwardSteps:
    """Step each parameter in the backward pass and free its gradient at once.

    Gradients of all parameters never exist together, so their memory is saved. A call of
    ``optimizer.step()`` after ``loss.backward()`` only ends the call, for schedules and
    accumulation; without it, the next backward pass does.

    Args:
        model: the parameters of the optimizer must be among its own.
        optimizer: one of `adamas.torch`.

    Gives an object whose ``remove()`` undoes it. ``nonfinite`` judges each parameter by itself.
    `torch.amp.GradScaler` knows only after the backward pass what it has found: use bfloat16.

    Raises:
        StateError: the optimizer does so already.
        UnsupportedError: a global norm is asked for, which is known when all gradients are, or the
            optimizer asks for more than gradients.
        StructureError: the optimizer has parameters that are not the model's.
    """
    if optimizer.steps_elsewhere:
        raise StateError(
            "The optimizer steps in the backward pass already. Got: apply_in_backward a second "
            "time. Call remove() of what the first gave."
        )
    if optimizer.uses_global_norm():
        raise GLOBAL_NORM_IN_BACKWARD.error("global_clipnorm")
    stages = [name for name in BY_LOSS for group in optimizer.param_groups if group.get(name)]
    if stages:
        raise LOSS_IN_BACKWARD.error(stages[0])
    asked = optimizer.asked_inputs()
    if asked:
        raise INPUTS_IN_BACKWARD.error(", ".join(asked))
    own = set(map(id, model.parameters()))
    params = [p for group in optimizer.param_groups for p in group["params"]]
    if not all(id(parameter) in own for parameter in params):
        raise StructureError(
            "The parameters of the optimizer must be the model's. Got: others as well. "
            "Give the module that has them all."
        )
    return BackwardSteps(optimizer)
