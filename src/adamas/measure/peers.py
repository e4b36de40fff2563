"""The peers: the same work by each library, as its documentation advises to do it fast.

Every peer starts from the same parameters and takes two sets of gradients in turn, handed over
before the clock starts: lists for adamas and NumPy, ``.grad`` for torch, device arrays for JAX.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..compilers.threads import set_num_threads
from ..optimizer import Optimizer
from ..optimizers import Adam
from .machine import installed
from .timing import Stepper
from .workloads import Workload


class Peer(Stepper, Protocol):
    """A library at work on a workload.

    Attributes:
        bytes_per_weight: the memory that a step moves per weight; None if it is not known.
    """

    bytes_per_weight: int | None

    def parameters(self) -> Iterator[np.ndarray]:
        """The parameters as they are now, in the order of the workload."""
        ...


Gradients = tuple[list[np.ndarray], list[np.ndarray]]


class Adamas:
    """This library: one `apply`."""

    def __init__(
        self,
        workload: Workload,
        gradients: Gradients,
        threads: int,
        *,
        name: str = "adamas",
        optimizer: Optimizer | None = None,
    ) -> None:
        self.name = name
        self.bytes_per_weight: int | None = workload.arguments.bytes_per_weight
        self._params = list(workload.parameters())
        self._gradients = gradients
        self._optimizer = optimizer or _adam(workload)
        self._threads = threads
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


def _adam(workload: Workload) -> Optimizer:
    arguments = workload.arguments
    options: dict[str, Any] = {"global_clipnorm": arguments.global_clipnorm}
    if arguments.ema_momentum is not None:
        options |= {"use_ema": True, "ema_momentum": arguments.ema_momentum}
    return Adam(
        arguments.learning_rate,
        arguments.beta_1,
        arguments.beta_2,
        arguments.epsilon,
        **options,
    )


class Traffic(Optimizer, abstract=True):
    """The memory traffic of Adam, 28 bytes per weight, with one addition for each result.

    It shows what the memory allows: same arrays, same chunks, same threads, next to no
    arithmetic. Abstract, so that nobody finds it by name.
    """

    @staticmethod
    def update(p, g, m, v, /):
        """One weight."""
        return p + g, m + g, v + g


class ByHand:
    """The Adam that a NumPy user writes without a library."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        self.name = "numpy"
        self.bytes_per_weight: int | None = None
        self._params = list(workload.parameters())
        self._m = [np.zeros_like(p) for p in self._params]
        self._v = [np.zeros_like(p) for p in self._params]
        self._gradients = gradients
        self._arguments = workload.arguments
        self._t = 0

    def give(self, which: int) -> None:
        """Choose a list of gradients."""
        self._given = self._gradients[which]

    def step(self) -> None:
        """One step of the whole list."""
        self._t += 1
        a = self._arguments
        alpha = a.learning_rate * (1 - a.beta_2**self._t) ** 0.5 / (1 - a.beta_1**self._t)
        for p, g, m, v in zip(self._params, self._given, self._m, self._v, strict=True):
            m *= a.beta_1
            m += (1 - a.beta_1) * g
            v *= a.beta_2
            v += (1 - a.beta_2) * (g * g)
            p -= alpha * m / (np.sqrt(v) + a.epsilon)

    def parameters(self) -> Iterator[np.ndarray]:
        """The arrays themselves."""
        return iter(self._params)


class Torch:
    """PyTorch: `clip_grad_norm_` and `lerp` for all tensors at once, and fused Adam."""

    def __init__(
        self, workload: Workload, gradients: Gradients, threads: int, *, kind: str = "fused"
    ) -> None:
        import torch

        torch.set_num_threads(threads)
        arguments = workload.arguments
        self.name = "torch"
        self.bytes_per_weight: int | None = None
        self._params = [torch.tensor(p).requires_grad_() for p in workload.parameters()]
        # Clipping writes to the gradients: they must be torch's own.
        self._gradients = [[torch.tensor(g) for g in each] for each in gradients]
        self._optimizer = torch.optim.Adam(
            self._params,
            lr=arguments.learning_rate,
            betas=(arguments.beta_1, arguments.beta_2),
            eps=arguments.epsilon,
            fused=kind == "fused",
            foreach=kind == "foreach",
        )
        self._clip = arguments.global_clipnorm
        self._momentum = arguments.ema_momentum
        self._no_grad = torch.no_grad
        self._lerp: Any = torch._foreach_lerp_  # pyright: ignore[reportPrivateImportUsage]
        self._clip_norm: Any = torch.nn.utils.clip_grad_norm_
        self._average = None
        if self._momentum is not None:
            self._average = [p.detach().clone() for p in self._params]
        # Without clip and average the step is torch's own, with no call of ours around it.
        self.step = self._all if self._clip is not None else self._optimizer.step

    def give(self, which: int) -> None:
        """Set every ``.grad``."""
        for parameter, gradient in zip(self._params, self._gradients[which], strict=True):
            parameter.grad = gradient

    def _all(self) -> None:
        self._clip_norm(self._params, self._clip, foreach=True)
        self._optimizer.step()
        if self._average is not None and self._momentum is not None:
            with self._no_grad():
                self._lerp(self._average, self._params, 1 - self._momentum)

    def parameters(self) -> Iterator[np.ndarray]:
        """NumPy's view of each tensor."""
        return (p.detach().numpy() for p in self._params)


class Optax:
    """optax: clip, Adam and average in one jitted function that is given its arguments' memory."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        # XLA reads its number of threads once, when it starts.
        os.environ.setdefault("PJRT_NPROC", str(threads))
        os.environ.setdefault("NPROC", str(threads))
        import jax  # pyright: ignore[reportMissingImports]
        import optax  # pyright: ignore[reportMissingImports]

        arguments = workload.arguments
        self.name = "optax"
        self.bytes_per_weight: int | None = None
        adam = optax.adam(
            arguments.learning_rate, arguments.beta_1, arguments.beta_2, arguments.epsilon
        )
        transform = adam
        if arguments.global_clipnorm is not None:
            transform = optax.chain(optax.clip_by_global_norm(arguments.global_clipnorm), adam)
        momentum = arguments.ema_momentum

        def update(params, state, average, gradients):
            updates, state = transform.update(gradients, state, params)
            params = optax.apply_updates(params, updates)
            if momentum is not None:
                average = optax.incremental_update(params, average, 1 - momentum)
            return params, state, average

        self._update = jax.jit(update, donate_argnums=(0, 1, 2))
        self._wait = jax.block_until_ready
        copy = jax.numpy.array
        self._gradients = [[copy(g) for g in each] for each in gradients]
        params = [copy(p) for p in workload.parameters()]
        average = [copy(p) for p in params] if momentum is not None else None
        self._carried: Any = (params, transform.init(params), average)

    def give(self, which: int) -> None:
        """Choose a list of gradients."""
        self._given = self._gradients[which]

    def step(self) -> None:
        """One call, and waiting for its result."""
        self._carried = self._wait(self._update(*self._carried, self._given))

    def parameters(self) -> Iterator[np.ndarray]:
        """NumPy's view of each array."""
        return (np.asarray(p) for p in self._carried[0])


class Copy:
    """Copying the parameters, as fast as torch does it: the memory's speed, for orientation."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self.name = "copy"
        self.bytes_per_weight: int | None = 8
        self._sources = [[torch.from_numpy(g) for g in each] for each in gradients]
        self._targets = [torch.tensor(p) for p in workload.parameters()]

    def give(self, which: int) -> None:
        """Choose what to copy."""
        self._given = self._sources[which]

    def step(self) -> None:
        """Copy every tensor."""
        for target, source in zip(self._targets, self._given, strict=True):
            target.copy_(source)

    def parameters(self) -> Iterator[np.ndarray]:
        """NumPy's view of each tensor."""
        return (target.numpy() for target in self._targets)


def traffic(workload: Workload, gradients: Gradients, threads: int) -> Adamas:
    """The traffic of Adam as an optimizer of this library."""
    return Adamas(workload, gradients, threads, name="traffic", optimizer=Traffic())


def one_thread(workload: Workload, gradients: Gradients, threads: int) -> Adamas:
    """This library with a single thread."""
    return Adamas(workload, gradients, 1, name="one thread")


@dataclass(frozen=True)
class Kind:
    """How a peer is made.

    Attributes:
        adam: it computes Adam's step, so its parameters must agree with ours.
        library: somebody else's, and no measure of our own.
        arrays: how many arrays of the parameters' size it keeps, averages not counted.
    """

    make: Callable[[Workload, Gradients, int], Peer]
    needs: tuple[str, ...] = ()
    adam: bool = True
    library: bool = True
    arrays: int = 3

    @property
    def available(self) -> bool:
        """Whether the packages it needs are installed."""
        return all(installed(module) for module in self.needs)


KINDS: dict[str, Kind] = {
    "adamas": Kind(Adamas, library=False),
    "torch": Kind(Torch, ("torch",), arrays=5),
    "optax": Kind(Optax, ("jax", "optax"), arrays=6),
    "numpy": Kind(ByHand, arrays=6),
    "traffic": Kind(traffic, adam=False, library=False),
    "copy": Kind(Copy, ("torch",), adam=False, library=False, arrays=1),
    "one thread": Kind(one_thread, library=False),
}
"""Every peer by its name in tables."""
