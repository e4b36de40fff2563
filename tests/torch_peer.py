"""PyTorch's optimizers: what ``convention="torch"`` is compared with."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unittest import mock

import numpy as np
import pytest

from peers import Arrays, Peer, State, rate_at

NAMES = {"learning_rate": "lr", "epsilon": "eps"}
BETAS = {"betas": {"beta_1": 0.9, "beta_2": 0.999}}
ADAM = {"m": "exp_avg", "v": "exp_avg_sq", "v_hat": "max_exp_avg_sq"}
RMSPROP = {"v": "square_avg", "m": "grad_avg", "b": "momentum_buffer"}

PEERS = {
    "Adam": Peer("Adam", ADAM, NAMES, packed=BETAS),
    "AdamW": Peer("AdamW", ADAM, NAMES, packed=BETAS),
    "Adamax": Peer("Adamax", {"m": "exp_avg", "u": "exp_inf"}, NAMES, packed=BETAS),
    "Nadam": Peer("NAdam", {**ADAM, "mu_product": "mu_product"}, NAMES, packed=BETAS),
    "Adadelta": Peer("Adadelta", {"v": "square_avg", "s": "acc_delta"}, NAMES),
    "Adagrad": Peer("Adagrad", {"a": "sum"}, NAMES),
    "RMSprop": Peer("RMSprop", RMSPROP, {**NAMES, "rho": "alpha"}),
    "SGD": Peer("SGD", {"b": "momentum_buffer"}, NAMES),
    "Adafactor": Peer(
        "Adafactor",
        {"v": "variance", "r": "row_var", "c": "col_var"},
        {**NAMES, "beta_2_decay": "beta2_decay", "clip_threshold": "d"},
        # None, its default for the first, means the spacing of the parameters' dtype.
        packed={"eps": {"epsilon_1": 2.0**-23, "epsilon_2": 1e-3}},
        shapes=((7,), (3, 4), (), (2, 3, 4), (2, 2, 3, 2)),
    ),
    "Muon": Peer(
        "Muon",
        {"m": "momentum_buffer"},
        {**NAMES, "rms_rate": "adjust_lr_fn"},
        values={"rms_rate": {0.2: "match_rms_adamw"}.__getitem__},
        packed={"ns_coefficients": {"muon_a": 3.4445, "muon_b": -4.775, "muon_c": 2.0315}},
        shapes=((3, 4), (5, 2), (1, 6), (4, 1)),
        # It divides by max(‖u‖, 1e-7), Keras and we by ‖u‖ + 1e-7. Clipped gradients times 1 − μ
        # have norms above 0.002 here: 5e-5 of 6 steps of at most 0.1.
        tolerance=3e-5,
    ),
}

ADAMS = ("adam_beta_1", "adam_beta_2", "adam_weight_decay", "adam_lr_ratio", "epsilon")
LACKS: dict[str, tuple[str, ...]] = {
    "Adafactor": ("relative_step",),
    "Muon": (*ADAMS, "exclude_layers", "exclude_embeddings", "stacked"),
}
"""Arguments here that an optimizer there does not have."""

CLIPS = ("clipvalue", "global_clipnorm")


def defaults(name: str, arguments: Iterable[str]) -> dict[str, Any]:
    """The library's defaults of `arguments`, by their names here."""
    torch = pytest.importorskip("torch")
    peer = PEERS[name]
    known = peer.unpacked(getattr(torch.optim, peer.name)([torch.zeros(1, 1)]).defaults)
    if known.get("epsilon_1", 0) is None:
        known["epsilon_1"] = torch.finfo(torch.float32).eps
    return {a: peer.meant(a, known[peer.called(a)]) for a in arguments}


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
            return _run(torch, PEERS[name], arguments, params, grads)
    finally:
        torch.set_default_dtype(before)


def _run(torch, peer, arguments, params, grads):
    tensors = [torch.tensor(p, requires_grad=True) for p in params]
    given = peer.translated(arguments, leave=("learning_rate", *CLIPS))
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
    states = {str(index): optimizer.state[tensor] for index, tensor in enumerate(tensors)}
    state = {
        slot: {
            n: np.asarray(one[theirs]) for n, one in states.items() if one.get(theirs) is not None
        }
        for slot, theirs in peer.slots.items()
    }
    kept = {slot: arrays for slot, arrays in state.items() if arrays}
    return [tensor.detach().numpy() for tensor in tensors], kept
