"""Our optimizers beside those of PyTorch and optax, update by update."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

import optax_peer
import torch_peer
from adamas import Optimizer
from cases import parameters
from keras_peer import noise

LIBRARIES: dict[str, ModuleType] = {"torch": torch_peer, "optax": optax_peer}
COMPARED = [(library, name) for library, peer in LIBRARIES.items() for name in peer.PEERS]


def check_against_library(
    library: str, kind: type[Optimizer], name: str, arguments: Mapping[str, Any], calls: int = 6
) -> None:
    """Parameters and state are those of the library, to its tolerance."""
    peer = LIBRARIES[library].PEERS[name]
    arguments = {**arguments, **peer.given}
    params = parameters(shapes=peer.shapes, dtypes=[np.float64])
    grads = [noise(params, seed) for seed in range(calls)]
    wanted, state = LIBRARIES[library].run(name, arguments, params, grads)
    optimizer = kind(**arguments, convention=library)
    optimizer.build(params)
    for gradient in grads:
        optimizer.apply(gradient)
    for one, other in zip(params, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=peer.tolerance, atol=peer.tolerance)
    found = dict(optimizer.state)
    for number in kind.remembered:
        value = optimizer.variables[f"{optimizer.name}/{number}"]
        found[number] = {str(index): value for index in range(len(params))}
    if library == "optax":
        found.pop("mu_product", None)  # β₁ᵗ, which optax computes anew
    assert found.keys() == state.keys()
    for slot, arrays in found.items():
        check_slot(arrays, state[slot], peer.state_tolerance)


def check_slot(ours: Mapping[str, Any], theirs: Mapping[str, Any], tolerance: float) -> None:
    """The same parameters have the slot, and it the same numbers, whichever axes it keeps."""
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        one, other = np.ravel(array), np.ravel(theirs[name])
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance / 100)
