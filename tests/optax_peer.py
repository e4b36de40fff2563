"""optax's optimizers: what ``convention="optax"`` is compared with."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from peers import Arrays, Peer, State, rate_at

NAMES = {"beta_1": "b1", "beta_2": "b2", "epsilon": "eps"}
ADAM = {"m": "mu", "v": "nu"}

PEERS = {
    "Adam": Peer("adam", ADAM, NAMES),
    "AdamW": Peer("adamw", ADAM, NAMES),
    "Adamax": Peer("adamax", {"m": "mu", "u": "nu"}, NAMES),
    "Nadam": Peer("nadam", ADAM, NAMES),
    "Adadelta": Peer("adadelta", {"v": "e_g", "s": "e_x"}, NAMES),
    "Adagrad": Peer("adagrad", {"a": "sum_of_squares"}, NAMES),
    "RMSprop": Peer("rmsprop", {**ADAM, "b": "trace"}, {**NAMES, "rho": "decay"}),
    "SGD": Peer("sgd", {"b": "trace"}, NAMES),
    "Lion": Peer("lion", {"m": "mu"}, NAMES),
}

DECAYING = {"Adamax": "adamaxw", "Nadam": "nadamw"}
"""Where weight decay makes it another function."""

LACKS = {
    "Adam": ("weight_decay",),
    "AdamW": ("amsgrad",),
    "Adagrad": ("weight_decay",),
    "RMSprop": ("weight_decay",),
    "SGD": ("weight_decay",),
}
"""Arguments here that an optimizer there does not have."""

LEFT = ("learning_rate", "amsgrad", "clipvalue", "global_clipnorm")


def defaults(name: str, arguments: Iterable[str]) -> dict[str, Any]:
    """The library's defaults of `arguments`, by their names here, of those that it has."""
    optax = pytest.importorskip("optax")
    peer = PEERS[name]
    known = inspect.signature(getattr(optax, peer.name)).parameters
    values = {a: known[peer.called(a)].default for a in arguments if peer.called(a) in known}
    # None for a momentum is none at all.
    return {argument: value or 0.0 for argument, value in values.items()}


def run(
    name: str, arguments: Mapping[str, Any], params: Arrays, grads: Sequence[Arrays]
) -> tuple[list[np.ndarray], State]:
    """Parameters and state after a step for each of `grads`."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    peer, slots = PEERS[name], PEERS[name].slots
    function = getattr(optax, peer.name)
    if arguments.get("amsgrad"):
        function, slots = optax.amsgrad, {**slots, "v_hat": "nu_max"}
    elif arguments.get("weight_decay") is not None:
        function = getattr(optax, DECAYING.get(name, peer.name))
    with jax.enable_x64(True):
        rates = jax.numpy.array([rate_at(arguments, call) for call in range(len(grads))])
        given = peer.translated(arguments, leave=LEFT)
        if not given.get("momentum"):
            given.pop("momentum", None)
        optimizer = _clipped(optax, function(lambda call: rates[call], **given), arguments)
        values = [jax.numpy.asarray(p) for p in params]
        state = optimizer.init(values)
        update = jax.jit(optimizer.update)
        for gradients in grads:
            moves, state = update(list(map(jax.numpy.asarray, gradients)), state, values)
            values = optax.apply_updates(values, moves)
        found = {slot: optax.tree_utils.tree_get(state, theirs) for slot, theirs in slots.items()}
        arrays = {slot: list(map(np.asarray, leaf)) for slot, leaf in found.items() if leaf}
        return list(map(np.asarray, values)), arrays


def _clipped(optax: Any, optimizer: Any, arguments: Mapping[str, Any]) -> Any:
    if "clipvalue" in arguments:
        return optax.chain(optax.clip(arguments["clipvalue"]), optimizer)
    if "global_clipnorm" in arguments:
        return optax.chain(optax.clip_by_global_norm(arguments["global_clipnorm"]), optimizer)
    return optimizer
