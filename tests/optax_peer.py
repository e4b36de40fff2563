"""optax's optimizers: what ``convention="optax"`` is compared with."""

import inspect
import operator
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
    "Lamb": Peer("lamb", ADAM, NAMES),
    "Adafactor": Peer(
        "adafactor",
        {"v": "v", "r": "v_row", "c": "v_col"},
        {
            "beta_2_decay": "decay_rate",
            "epsilon_1": "eps",
            "clip_threshold": "clipping_threshold",
            "weight_decay": "weight_decay_rate",
        },
        values={"beta_2_decay": operator.neg},
        shapes=((7,), (3, 4), (), (130, 140)),  # the last is large enough to be factored
        # It computes 1 − tᵟ in float32, where t is up to 6: an error of 2⁻²⁴ in the weights of v.
        tolerance=1e-7,
        state_tolerance=1e-6,
    ),
    "Muon": Peer(
        "contrib.muon",
        ADAM,
        {
            "adam_beta_1": "adam_b1",
            "adam_beta_2": "adam_b2",
            "epsilon": "eps",
            "momentum": "beta",
            "rms_rate": "consistent_rms",
        },
        packed={"ns_coeffs": {"muon_a": 3.4445, "muon_b": -4.775, "muon_c": 2.0315}},
        given={"epsilon": 1e-7},  # there it is also added to the norm, where we add 1e-7
        shapes=((7,), (3, 4), (5, 2), (2, 3, 2)),
    ),
}

DECAYING = {"Adamax": "adamaxw", "Nadam": "nadamw"}
"""Where weight decay makes it another function."""

LACKS = {
    "Adam": ("weight_decay",),
    "AdamW": ("amsgrad",),
    "Adagrad": ("weight_decay",),
    "RMSprop": ("weight_decay",),
    "SGD": ("weight_decay",),
    "Adafactor": ("epsilon_2", "relative_step"),
    "Muon": ("adam_lr_ratio", "exclude_layers", "exclude_embeddings", "stacked"),
}
"""Arguments here that an optimizer there does not have."""

LEFT = ("learning_rate", "amsgrad", "clipvalue", "global_clipnorm")


def defaults(name: str, arguments: Iterable[str]) -> dict[str, Any]:
    """The library's defaults of `arguments`, by their names here, of those that it has."""
    optax = pytest.importorskip("optax")
    peer = PEERS[name]
    signature = inspect.signature(operator.attrgetter(peer.name)(optax))
    known = peer.unpacked({name: p.default for name, p in signature.parameters.items()})
    names = {a: peer.called(a) for a in arguments}
    values = {a: peer.meant(a, known[theirs]) for a, theirs in names.items() if theirs in known}
    # None for a momentum is none at all.
    return {argument: value or 0.0 for argument, value in values.items()}


def run(
    name: str, arguments: Mapping[str, Any], params: Arrays, grads: Sequence[Arrays]
) -> tuple[list[np.ndarray], State]:
    """Parameters and state after a step for each of `grads`."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    peer, slots = PEERS[name], PEERS[name].slots
    function = operator.attrgetter(peer.name)(optax)
    if arguments.get("amsgrad"):
        function, slots = optax.amsgrad, {**slots, "v_hat": "nu_max"}
    elif arguments.get("weight_decay") is not None and name in DECAYING:
        function = getattr(optax, DECAYING[name])
    with jax.enable_x64(True):
        rates = jax.numpy.array([rate_at(arguments, call) for call in range(len(grads))])
        given = peer.translated(arguments, leave=LEFT)
        if not given.get("momentum"):
            given.pop("momentum", None)
        optimizer = _clipped(optax, function(lambda call: rates[call], **given), arguments)
        values = [jax.numpy.asarray(p) for p in params]
        state = optimizer.init(values)
        # Compiled without trying hard: faster to test.
        options = {"xla_backend_optimization_level": "0"}
        update = jax.jit(optimizer.update, compiler_options=options)
        for gradients in grads:
            moves, state = update(list(map(jax.numpy.asarray, gradients)), state, values)
            values = optax.apply_updates(values, moves)
        kept = {slot: _named(optax, state, theirs) for slot, theirs in slots.items()}
        arrays = {slot: named for slot, named in kept.items() if named}
        return list(map(np.asarray, values)), arrays


def _named(optax: Any, state: Any, slot: str) -> dict[str, np.ndarray]:
    """The arrays of a slot; parameters without one have a mask, or one number, in their place."""
    lists = [leaf for _, leaf in optax.tree_utils.tree_get_all_with_path(state, slot)]
    places = [(str(i), leaf) for leaves in lists for i, leaf in enumerate(leaves)]
    arrays = {n: np.asarray(a) for n, a in places if not isinstance(a, optax.MaskedNode)}
    return {name: array for name, array in arrays.items() if array.shape != (1,)}


def _clipped(optax: Any, optimizer: Any, arguments: Mapping[str, Any]) -> Any:
    if "clipvalue" in arguments:
        return optax.chain(optax.clip(arguments["clipvalue"]), optimizer)
    if "global_clipnorm" in arguments:
        return optax.chain(optax.clip_by_global_norm(arguments["global_clipnorm"]), optimizer)
    return optimizer
