"""Steps inside the backward pass: each parameter as soon as its gradient is there."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.parallel import DistributedDataParallel

from ...around import BY_LOSS
from ...errors import ConfigurationError, StateError, StructureError
from ...refusals import (
    DDP_IN_BACKWARD,
    GLOBAL_NORM_IN_BACKWARD,
    INPUTS_IN_BACKWARD,
    LOSS_IN_BACKWARD,
    MECHANIC_IN_BACKWARD,
    TOTALS_IN_BACKWARD,
)
from ...signals import held
from .norms import LastNorm, Norm, joined
from .optimizer import TorchOptimizer
from .recording import unrecorded
from .replicas import replicas_of

LAST = "last"


class BackwardSteps:
    """What `apply_in_backward` gives: the hooks, until they are removed."""

    def __init__(self, optimizer: TorchOptimizer, last: LastNorm | None) -> None:
        self._optimizer = optimizer
        self._last = last
        self._norms: dict[int, Norm | None] = {}
        """By parameter that was seen in this call."""
        self._divisor: torch.Tensor | None = None
        self._is_looked_at = False
        """Whether it is known that no model was put into DistributedDataParallel meanwhile."""
        self._hooks = [
            parameter.register_post_accumulate_grad_hook(self._hook(index))
            for index, parameter in enumerate(_params_of(optimizer))
            if parameter.requires_grad
        ]
        optimizer.leave_steps(self.end)

    def _hook(self, index: int) -> Any:
        @unrecorded
        def step(parameter: torch.Tensor) -> None:
            if not self._is_looked_at:
                _refuse_replicas(_params_of(self._optimizer))
                self._is_looked_at = True
            if index in self._norms:
                self.end()
            if not self._norms and self._last is not None:
                self._divisor = self._last.divisor()
            self._norms[index] = None
            gradient, parameter.grad = parameter.grad, None
            if gradient is not None:
                self._norms[index] = self._optimizer.step_alone(index, gradient, self._divisor)

        return step

    def end(self) -> None:
        """End the call: what comes next belongs to another backward pass."""
        with held():
            if not self._norms:
                return
            norms, self._norms = self._norms, {}
            norm = joined(norms)
            if norm is not None and self._divisor is not None:
                norm = norm * (
                    self._divisor if isinstance(norm, torch.Tensor) else float(self._divisor)
                )
            try:
                self._optimizer.end_call(norm)
            except StateError:
                self._norms = norms  # it has not ended, as within a step that goes on
                raise
            if norm is not None and self._last is not None:
                self._last.take(norm)

    def remove(self) -> None:
        """Go back to steps by ``optimizer.step()``."""
        self.end()
        for hook in self._hooks:
            hook.remove()
        self._optimizer.leave_steps(None)


def apply_in_backward(
    model: torch.nn.Module, optimizer: TorchOptimizer, *, global_norm: str | None = None
) -> BackwardSteps:
    """Step each parameter in the backward pass and free its gradient at once.

    Gradients of all parameters never exist together, so their memory is saved. A call of
    ``optimizer.step()`` after ``loss.backward()`` only ends the call, for schedules and
    accumulation; without it, the next backward pass does. With ``offload="cpu"`` gradients leave
    the device so, and that call makes the step.

    Args:
        model: the parameters of the optimizer must be among its own.
        optimizer: one of `adamas.torch`.
        global_norm: ``"last"`` to clip by ``global_clipnorm`` with the norm that all gradients of
            the update before had. No gradient of one parameter is longer than the limit by itself;
            in the first update that is all that holds. A norm that is not finite is left out. The
            norm is part of states and files, as ``last_norm`` of groups.

    Gives an object whose ``remove()`` undoes it. ``nonfinite`` judges each parameter by itself.
    `torch.amp.GradScaler` knows only after the backward pass what it has found: use bfloat16.

    Raises:
        StateError: the optimizer does so already.
        UnsupportedError: a global norm is asked for, which is known when all gradients are, or the
            optimizer asks for more than gradients, or for sums over all of them; or the parameters
            are in `DistributedDataParallel`, whichever module of it was given. Where they come into
            it later, the first backward pass raises it.
        ConfigurationError: ``global_norm`` without such a limit, or where all gradients are there.
        StructureError: the optimizer has parameters that are not the model's.
    """
    if optimizer.steps_elsewhere:
        raise StateError(
            "The optimizer steps in the backward pass already. Got: apply_in_backward a second "
            "time. Call remove() of what the first gave."
        )
    own = set(map(id, model.parameters()))
    params = _params_of(optimizer)
    if not all(id(parameter) in own for parameter in params):
        raise StructureError(
            "The parameters of the optimizer must be the model's. Got: others as well. "
            "Give the module that has them all."
        )
    _refuse(model, optimizer)
    _check_norm(optimizer, global_norm)
    return BackwardSteps(optimizer, LastNorm(optimizer) if global_norm else None)


def _refuse(model: torch.nn.Module, optimizer: TorchOptimizer) -> None:
    """Refuse what needs more than one gradient, or than gradients."""
    stages = [name for name in BY_LOSS for group in optimizer.param_groups if group.get(name)]
    if stages:
        raise LOSS_IN_BACKWARD.error(stages[0])
    asked = optimizer.asked_inputs()
    if asked:
        raise INPUTS_IN_BACKWARD.error(", ".join(asked))
    if any(isinstance(module, DistributedDataParallel) for module in model.modules()):
        raise DDP_IN_BACKWARD.error("a model in DistributedDataParallel")
    _refuse_replicas(_params_of(optimizer))
    if optimizer.offload is None and any(plan.totals for plan in optimizer.ready().plans):
        if any(group.get("mechanic") for group in optimizer.param_groups):
            raise MECHANIC_IN_BACKWARD.error("mechanic")
        raise TOTALS_IN_BACKWARD.error(type(optimizer).__name__)


def _params_of(optimizer: TorchOptimizer) -> list[torch.Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _refuse_replicas(params: Sequence[torch.Tensor]) -> None:
    """Refuse parameters of a model that several processes have copies of."""
    if replicas_of(params):
        raise DDP_IN_BACKWARD.error("parameters of a model in DistributedDataParallel")


def _check_norm(optimizer: TorchOptimizer, global_norm: str | None) -> None:
    """Refuse a global norm that is not known, and the last one where it has no use."""
    if global_norm not in (None, LAST):
        raise ConfigurationError(
            f"global_norm must be 'last', the norm of the update before, or None. "
            f"Got: {global_norm!r}."
        )
    clips = optimizer.ready().description.clips()
    if global_norm is None:
        if optimizer.offload is None and "global_clipnorm" in clips:
            raise GLOBAL_NORM_IN_BACKWARD.error("global_clipnorm")
        return
    if optimizer.offload is not None:
        raise ConfigurationError(
            "With offload a step is made when all gradients have come, by their own norm. "
            "Got: global_norm='last'. Leave it out."
        )
    if tuple(clips) != ("global_clipnorm",) or optimizer.ready().peers is not None:
        came = ", ".join(clips) or "no clip"
        raise ConfigurationError(
            "global_norm='last' is for an optimizer with global_clipnorm, no other clip, and no "
            f"process_group. Got: {came if tuple(clips) != ('global_clipnorm',) else 'a group'}."
        )
