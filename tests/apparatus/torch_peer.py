"""PyTorch's optimizers: what ``convention="torch"`` is compared with."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any
from unittest import mock

import numpy as np
import pytest

from peers import Arrays, Peer, State, convention_of, rate_at, translated

PEERS = {
    "Adam": Peer(),
    "AdamW": Peer(),
    "Adamax": Peer(),
    "ASGD": Peer(),
    "RAdam": Peer(),
    "Rprop": Peer(),
    "Nadam": Peer(),
    "Adadelta": Peer(),
    "Adagrad": Peer(),
    "RMSprop": Peer(),
    "SGD": Peer(),
    "Adafactor": Peer(shapes=((7,), (3, 4), (), (2, 3, 4), (2, 2, 3, 2))),
    "Muon": Peer(shapes=((3, 4), (5, 2), (1, 6), (4, 1))),
}


def class_of(name: str) -> Any:
    """PyTorch's class."""
    torch = pytest.importorskip("torch")
    return getattr(torch.optim, convention_of("torch", name).name or name)


def run(
    name: str,
    arguments: Mapping[str, Any],
    params: Arrays,
    grads: Sequence[Arrays],
    exact: bool = True,
) -> tuple[list[np.ndarray], State]:
    """Parameters and state after a step for each of `grads`.

    With `exact`, what Muon rounds to bfloat16 keeps the precision that it has.
    """
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # else the product of momentum is float32
    kept = mock.patch.object(torch.Tensor, "bfloat16", torch.Tensor.clone)
    try:
        with kept if exact else contextlib.nullcontext():
            return _run(torch, name, arguments, params, grads)
    finally:
        torch.set_default_dtype(before)


def _run(torch, name, arguments, params, grads):
    tensors = [torch.tensor(p, requires_grad=True) for p in params]
    given = translated("torch", name, PEERS[name], arguments, leave=("learning_rate",))
    optimizer = class_of(name)(tensors, **given)
    for call, gradients in enumerate(grads):
        for tensor, gradient in zip(tensors, gradients, strict=True):
            tensor.grad = torch.tensor(gradient)
        if "clipvalue" in arguments:
            torch.nn.utils.clip_grad_value_(tensors, arguments["clipvalue"])
        if "global_clipnorm" in arguments:
            torch.nn.utils.clip_grad_norm_(tensors, arguments["global_clipnorm"])
        rate = rate_at(arguments, call)
        if rate is not None:
            optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
    states = {str(index): optimizer.state[tensor] for index, tensor in enumerate(tensors)}
    state = {
        slot: {
            n: np.asarray(one[theirs]) for n, one in states.items() if one.get(theirs) is not None
        }
        for slot, theirs in convention_of("torch", name).slots.items()
    }
    kept = {slot: arrays for slot, arrays in state.items() if arrays}
    return [tensor.detach().numpy() for tensor in tensors], kept
