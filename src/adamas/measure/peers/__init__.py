"""The peers: the same work by each library, as its documentation advises to do it fast.

Every peer starts from the same parameters and takes two sets of gradients in turn, handed over
before the clock starts: lists for adamas and NumPy, ``.grad`` for torch, device arrays for JAX.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..machine import installed
from ..workloads import Workload
from .arrays import Adamas, ByHand, Traffic, one_thread
from .jax import AdamasJax, Optax, functional, transformation
from .peer import Gradients, Peer
from .torch import AdamasTorch, BareTorch, Copy, Torch, torch_kinds, torch_of

__all__ = ["FORMS", "KINDS", "ByHand", "Gradients", "Kind", "Peer", "torch_kinds"]


@dataclass(frozen=True)
class Kind:
    """How a peer is made.

    Attributes:
        trains: it makes the same step, so its parameters must agree with ours.
        library: somebody else's, and no measure of our own.
        arrays: how many arrays of the parameters' size it needs beside parameters and state.
    """

    make: Callable[[Workload, Gradients, int], Peer]
    needs: tuple[str, ...] = ()
    trains: bool = True
    library: bool = True
    arrays: int = 0

    @property
    def available(self) -> bool:
        """Whether the packages it needs are installed."""
        return all(installed(module) for module in self.needs)


FORMS = {"adamas.jax": functional, "adamas.jax transformation": transformation}
"""Of this library on JAX."""

_FUNCTION, _TRANSFORMATION = (
    partial(AdamasJax, name=name, form=form) for name, form in FORMS.items()
)

KINDS: dict[str, Kind] = {
    "adamas": Kind(Adamas, library=False),
    "adamas.torch": Kind(AdamasTorch, ("torch",), library=False),
    "adamas.jax": Kind(_FUNCTION, ("jax",), library=False, arrays=2),
    "adamas.jax transformation": Kind(_TRANSFORMATION, ("jax", "optax"), library=False, arrays=3),
    "torch": Kind(Torch, ("torch",), arrays=2),
    "torch bare": Kind(BareTorch, ("torch",)),
    "torch fused": Kind(torch_of("fused"), ("torch",), arrays=2),
    "torch foreach": Kind(torch_of("foreach"), ("torch",), arrays=6),
    "torch loop": Kind(torch_of("loop"), ("torch",), arrays=4),
    "optax": Kind(Optax, ("jax", "optax"), arrays=3),
    "numpy": Kind(ByHand, arrays=3),
    "traffic": Kind(Traffic, trains=False, library=False),
    "copy": Kind(Copy, ("torch",), trains=False, library=False),
    "one thread": Kind(one_thread, library=False),
}
"""Every peer by its name in tables."""
