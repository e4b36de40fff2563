"""PyTorch's optimizers: what ``convention="torch"`` is compared with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from peers import Arrays, Peer, State, rate_at

NAMES = {"learning_rate": "lr", "epsilon": "eps"}
ADAM = {"m": "exp_avg", "v": "exp_avg_sq", "v_hat": "max_exp_avg_sq"}
RMSPROP = {"v": "square_avg", "m": "grad_avg", "b": "momentum_buffer"}

PEERS = {
    "Adam": Peer("Adam", ADAM, NAMES),
    "AdamW": Peer("AdamW", ADAM, NAMES),
    "Adamax": Peer("Adamax", {"m": "exp_avg", "u": "exp_inf"}, NAMES),
    "Nadam": Peer("NAdam", {**ADAM, "mu_product": "mu_product"}, NAMES),
    "Adadelta": Peer("Adadelta", {"v": "square_avg", "s": "acc_delta"}, NAMES),
    "Adagrad": Peer("Adagrad", {"a": "sum"}, NAMES),
    "RMSprop": Peer("RMSprop", RMSPROP, {**NAMES, "rho": "alpha"}),
    "SGD": Peer("SGD", {"b": "momentum_buffer"}, NAMES),
}

LACKS: dict[str, tuple[str, ...]] = {}
"""Arguments here that an optimizer there does not have."""

CLIPS = ("clipvalue", "global_clipnorm")
BETAS = {"beta_1": 0.9, "beta_2": 0.999}


def defaults(name: str, arguments: Iterable[str]) -> dict[str, Any]:
    """The library's defaults of `arguments`, by their names here."""
    torch = pytest.importorskip("torch")
    peer = PEERS[name]
    known = getattr(torch.optim, peer.name)([torch.zeros(1)]).defaults
    if "betas" in known:
        known |= dict(zip(BETAS, known["betas"], strict=True))
    return {argument: known[peer.called(argument)] for argument in arguments}


def run(
    name: str, arguments: Mapping[str, Any], params: Arrays, grads: Sequence[Arrays]
) -> tuple[list[np.ndarray], State]:
    """Parameters and state after a step for each of `grads`."""
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # else the product of momentum is float32
    try:
        return _run(torch, PEERS[name], arguments, params, grads)
    finally:
        torch.set_default_dtype(before)


def _run(torch, peer, arguments, params, grads):
    tensors = [torch.tensor(p, requires_grad=True) for p in params]
    given = peer.translated(arguments, leave=("learning_rate", *CLIPS, *BETAS))
    if BETAS.keys() & arguments.keys():
        given["betas"] = tuple(arguments.get(beta, usual) for beta, usual in BETAS.items())
    optimizer = getattr(torch.optim, peer.name)(tensors, **given)
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
    states = [optimizer.state[tensor] for tensor in tensors]
    kept = {slot: theirs for slot, theirs in peer.slots.items() if _has(states[0], theirs)}
    state = {slot: [np.asarray(one[theirs]) for one in states] for slot, theirs in kept.items()}
    return [tensor.detach().numpy() for tensor in tensors], state


def _has(state: Mapping[str, Any], name: str) -> bool:
    return state.get(name) is not None
