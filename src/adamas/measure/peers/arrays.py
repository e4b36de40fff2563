"""Peers on NumPy's arrays: this library, the traffic of its plan, and what one writes by hand."""

from collections.abc import Iterator

import numpy as np

from ...compilers.threads import set_num_threads
from ...frameworks.numpy import ArraySession
from ..traffic import strip
from ..workloads import Workload
from .peer import Gradients


class Adamas:
    """This library: one `apply`."""

    def __init__(
        self, workload: Workload, gradients: Gradients, threads: int, *, name: str = "adamas"
    ) -> None:
        self.name = name
        self.bytes_per_weight: float | None = workload.cost.bytes
        self._params = list(workload.parameters())
        self._gradients = gradients
        self._threads = threads
        self._optimizer = workload.optimizer()
        self._optimizer.build(self._params)
        self._apply = self._optimizer.apply

    def give(self, which: int) -> None:
        """Choose a list of gradients, and the number of threads: one for the process."""
        set_num_threads(self._threads)
        self._given = self._gradients[which]

    def step(self) -> None:
        """One call."""
        self._apply(self._given)

    def parameters(self) -> Iterator[np.ndarray]:
        """The arrays themselves."""
        return iter(self._params)


class Traffic:
    """What the memory allows: the same arrays, chunks and threads, next to no arithmetic."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        self.name = "traffic"
        self.bytes_per_weight: float | None = workload.cost.bytes
        self._params = list(workload.parameters())
        self._gradients = gradients
        self._threads = threads
        self._optimizer = workload.optimizer()
        self.session = ArraySession(self._optimizer, self._params, None)
        for plan in self.session.plans:
            strip(plan)

    def give(self, which: int) -> None:
        """Choose a list of gradients, and the number of threads: one for the process."""
        set_num_threads(self._threads)
        self._given = self._gradients[which]

    def step(self) -> None:
        """One call."""
        self.session.apply(self._given, None)

    def parameters(self) -> Iterator[np.ndarray]:
        """The arrays themselves."""
        return iter(self._params)


class ByHand:
    """The Adam that a NumPy user writes without a library."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        self.name = "numpy"
        self.bytes_per_weight: float | None = None
        self._params = list(workload.parameters())
        self._m = [np.zeros_like(p) for p in self._params]
        self._v = [np.zeros_like(p) for p in self._params]
        self._gradients = gradients
        self._rate, self._epsilon = workload.member.rate, workload.member.epsilon or 0.0
        self._t = 0

    def give(self, which: int) -> None:
        """Choose a list of gradients."""
        self._given = self._gradients[which]

    def step(self) -> None:
        """One step of the whole list."""
        self._t += 1
        alpha = self._rate * (1 - 0.999**self._t) ** 0.5 / (1 - 0.9**self._t)
        for p, g, m, v in zip(self._params, self._given, self._m, self._v, strict=True):
            m *= 0.9
            m += 0.1 * g
            v *= 0.999
            v += 0.001 * (g * g)
            p -= alpha * m / (np.sqrt(v) + self._epsilon)

    def parameters(self) -> Iterator[np.ndarray]:
        """The arrays themselves."""
        return iter(self._params)


def one_thread(workload: Workload, gradients: Gradients, threads: int) -> Adamas:
    """This library with a single thread."""
    return Adamas(workload, gradients, 1, name="one thread")
