"""optax's optimizers: what ``convention="optax"`` is compared with."""

import inspect
import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from peers import Arrays, Peer, State, convention_of, rate_at, translated

PEERS = {
    "ACProp": Peer(),
    "Adam": Peer(otherwise=("amsgrad",)),
    "AdamW": Peer(),
    "AdaBelief": Peer(),
    "Adamax": Peer(),
    "AdamaxW": Peer(),
    "Adan": Peer(),
    "AdEMAMix": Peer(),
    "ADOPT": Peer(),
    "COCOB": Peer(),
    "Fromage": Peer(),
    "LARS": Peer(),
    # It takes the root of t in float32, but not in its first update.
    "MADGRAD": Peer(tolerance=1e-7, state_tolerance=1e-6),
    "NovoGrad": Peer(),
    "OptimisticAdam": Peer(),
    "OptimisticGradientDescent": Peer(),
    "RAdam": Peer(),
    "Rprop": Peer(constant=True),
    "Signum": Peer(),
    "SimplifiedAdEMAMix": Peer(),
    "Yogi": Peer(),
    "Nadam": Peer(),
    "Adadelta": Peer(),
    "Adagrad": Peer(),
    "RMSprop": Peer(),
    "SGD": Peer(),
    "Lion": Peer(),
    "Lamb": Peer(),
    "Adafactor": Peer(
        turned={"beta_2_decay": ("decay_rate", operator.neg)},
        shapes=((7,), (3, 4), (), (130, 140)),  # the last is large enough to be factored
        # It computes 1 − tᵟ in float32, where t is up to 6: an error of 2⁻²⁴ in the weights of v.
        tolerance=1e-7,
        state_tolerance=1e-6,
    ),
    "Muon": Peer(
        given={"epsilon": 1e-7},  # there it is also added to the norm, which is ns_epsilon here
        shapes=((7,), (3, 4), (5, 2), (2, 3, 2)),
    ),
    "SM3": Peer(shapes=((7,), (3, 4), (2, 3, 4))),  # it cannot have a number
    "NoisySGD": Peer(given={"eta": 0.0, "seed": 1}),  # its noise is other numbers
}

DECAYING = {"Adamax": "adamaxw", "Nadam": "nadamw"}
"""Where weight decay makes it another function."""

LEFT = ("learning_rate", "amsgrad")


def function_of(name: str) -> Any:
    """The library's function."""
    optax = pytest.importorskip("optax")
    return operator.attrgetter(convention_of("optax", name).name or name.lower())(optax)


def defaults(name: str) -> dict[str, Any]:
    """The library's defaults by their names here, of those arguments that it has."""
    peer, parameters = PEERS[name], inspect.signature(function_of(name)).parameters
    found = convention_of("optax", name).here(
        {theirs: p.default for theirs, p in parameters.items() if p.default is not p.empty}
    )
    for ours, (theirs, turn) in peer.turned.items():
        found[ours] = turn(parameters[theirs].default)
    return found


def run(
    name: str, arguments: Mapping[str, Any], params: Arrays, grads: Sequence[Arrays]
) -> tuple[list[np.ndarray], State]:
    """Parameters and state after a step for each of `grads`."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    function = function_of(name)
    if arguments.get("amsgrad"):
        function = optax.amsgrad
    elif arguments.get("weight_decay") is not None and name in DECAYING:
        function = getattr(optax, DECAYING[name])
    elif name == "SM3":
        function = _scheduled_sm3
    with jax.enable_x64(True):
        rates = jax.numpy.array([rate_at(arguments, call) for call in range(len(grads))])
        given = translated("optax", name, PEERS[name], arguments, leave=LEFT)
        if not given.get("momentum") and defaults(name).get("momentum", 0) is None:
            given.pop("momentum", None)
        rate = float(rates[0]) if PEERS[name].constant else lambda call: rates[call]
        optimizer = _clipped(optax, function(rate, **given), arguments)
        values = [jax.numpy.asarray(p) for p in params]
        state = optimizer.init(values)
        # Compiled without trying hard: faster to test.
        options = {"xla_backend_optimization_level": "0"}
        update = jax.jit(optimizer.update, compiler_options=options)
        for gradients in grads:
            moves, state = update(list(map(jax.numpy.asarray, gradients)), state, values)
            values = optax.apply_updates(values, moves)
        slots = convention_of("optax", name).slots
        kept = {slot: _named(optax, state, theirs) for slot, theirs in slots.items()}
        if name == "SM3":
            kept = _of_sm3(optax, state, kept, arguments)
        if name == "Signum" and not arguments.get("momentum", 0.9):
            kept = {}  # the gradient itself
        arrays = {slot: named for slot, named in kept.items() if named}
        return list(map(np.asarray, values)), arrays


def _scheduled_sm3(rate: Any, momentum: float = 0.9) -> Any:
    """What `optax.sm3` is made of, which takes no schedule."""
    import optax

    return optax.chain(optax.scale_by_sm3(momentum), optax.scale_by_learning_rate(rate))


def _of_sm3(optax: Any, state: Any, kept: State, arguments: Mapping[str, Any]) -> State:
    """Its accumulators by axis are those of matrices, rows and columns, or a vector itself."""
    [mu] = [leaf for _, leaf in optax.tree_utils.tree_get_all_with_path(state, "mu")]
    found: State = {"m": kept["m"]} if arguments.get("momentum", 0.9) else {}
    for place, axes in enumerate(mu):
        own = {"v": axes[0]} if len(axes) == 1 else dict(zip("crs", axes[::-1], strict=False))
        if len(axes) == 2:
            own["s"] = np.max(axes[0])
        for slot, array in own.items():
            found.setdefault(slot, {})[str(place)] = np.asarray(array)
    return found


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
