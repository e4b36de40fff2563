"""What a peer is."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from ..timing import Stepper


class Peer(Stepper, Protocol):
    """A library at work on a workload.

    Attributes:
        bytes_per_weight: the memory that a step moves per weight; None if it is not known.
    """

    bytes_per_weight: float | None

    def parameters(self) -> Iterator[np.ndarray]:
        """The parameters as they are now, in the order of the workload."""
        ...


Gradients = tuple[list[np.ndarray], list[np.ndarray]]
"""The two sets that take turns."""
