"""Optimizers of PyTorch, taken over in mid-run."""

from typing import Any

import torch

from ... import optimizers
from ...drivers import LBFGS
from ...errors import ArgumentError
from ...optimizer import Optimizer
from .classes import class_name
from .drivers import TorchDriver
from .optimizer import wrap


def from_torch(optimizer: torch.optim.Optimizer, **arguments: Any) -> Any:
    """The same optimizer here, with a copy of its state: training goes on as if nothing happened.

    Args:
        optimizer: one of ``torch.optim`` itself, with state or without; it is not changed.
        arguments: further ones, such as ``global_clipnorm`` or ``use_ema``.

    Muon goes on in float32, where PyTorch orthogonalizes in bfloat16.

    Raises:
        ArgumentError: an optimizer that adamas does not have.
        UnsupportedError, ArrayTypeError: it is differentiable, or has complex parameters.
        CheckpointError: its state does not fit its parameters.
    """
    if type(optimizer) is torch.optim.LBFGS:
        return _driver(optimizer, arguments)
    cls = wrap(_declared(optimizer))
    known = {name: value for name, value in optimizer.defaults.items() if cls.takes(name)}
    groups = [_group(group) for group in optimizer.param_groups]
    taken = cls(groups, **{**known, **arguments})
    taken.load_state_dict(optimizer.state_dict(), hyperparameters=True)
    return taken


def _driver(optimizer: torch.optim.LBFGS, arguments: dict[str, Any]) -> TorchDriver:
    taken = wrap(LBFGS)([_group(optimizer.param_groups[0])], **{**optimizer.defaults, **arguments})
    taken.load_state_dict(optimizer.state_dict())
    return taken


def _group(group: dict[str, Any]) -> dict[str, Any]:
    """A group, with the names of its parameters in the form that constructors take."""
    group = dict(group)
    names = group.pop("param_names", None)
    if names is not None:
        group["params"] = list(zip(names, group["params"], strict=True))
    return group


def _declared(optimizer: torch.optim.Optimizer) -> type[Optimizer]:
    known = {
        class_name(declared): declared
        for declared in optimizers.WITH_RULES
        if "torch" in declared.conventions
    }
    kind = type(optimizer)
    if not kind.__module__.startswith("torch.optim") or kind.__name__ not in known:
        raise ArgumentError(
            f"from_torch takes one of torch.optim's {', '.join(sorted((*known, LBFGS.__name__)))}. "
            f"Got: {kind.__module__}.{kind.__qualname__}."
        )
    return known[kind.__name__]
