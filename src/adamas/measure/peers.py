"""The peers: the same work by each library, as its documentation advises to do it fast.

Every peer starts from the same parameters and takes two sets of gradients in turn, handed over
before the clock starts: lists for adamas and NumPy, ``.grad`` for torch, device arrays for JAX.
"""

import inspect
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from ..compilers.threads import set_num_threads
from ..frameworks.numpy import ArraySession
from .machine import installed
from .members import Member
from .timing import Stepper
from .traffic import strip
from .workloads import Workload


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


TORCH_KINDS = ("fused", "foreach", "loop")
"""How PyTorch goes over tensors: one kernel of all arithmetic, one operation at a time over all
tensors, or one tensor at a time."""


def torch_kinds(member: Member) -> tuple[str, ...]:
    """Those of `TORCH_KINDS` that PyTorch has for this optimizer; none if it lacks it."""
    if member.torch is None:
        return ()
    import torch

    known = inspect.signature(getattr(torch.optim, member.torch)).parameters
    return tuple(kind for kind in TORCH_KINDS if kind == "loop" or kind in known)


class Torch:
    """PyTorch: `clip_grad_norm_` and `lerp` for all tensors at once, and its own optimizer."""

    def __init__(
        self,
        workload: Workload,
        gradients: Gradients,
        threads: int,
        *,
        kind: str = "fused",
        name: str = "torch",
    ) -> None:
        import torch

        torch.set_num_threads(threads)
        arguments = workload.arguments
        self.name = name
        self.bytes_per_weight: float | None = None
        self._params = [torch.tensor(p).requires_grad_() for p in workload.parameters()]
        # Clipping writes to the gradients: they must be torch's own.
        self._gradients = [[torch.tensor(g) for g in each] for each in gradients]
        # Its foreach SGD adds the momentum to the gradients themselves: they are renewed.
        writes = kind == "foreach" and bool(workload.member.options.get("nesterov"))
        self._fresh = gradients if writes else None
        self._optimizers = _torch_optimizers(workload, self._params, kind)
        self._clip = arguments.global_clipnorm
        self._momentum = arguments.ema_momentum
        self._no_grad = torch.no_grad
        self._lerp: Any = torch._foreach_lerp_  # pyright: ignore[reportPrivateImportUsage]
        self._clip_norm: Any = torch.nn.utils.clip_grad_norm_
        self._average = None
        if self._momentum is not None:
            self._average = [p.detach().clone() for p in self._params]
        # Without clip and average the step is torch's own, with no call of ours around it.
        alone = self._clip is None and self._momentum is None and len(self._optimizers) == 1
        self.step = self._optimizers[0].step if alone else self._all

    def give(self, which: int) -> None:
        """Set every ``.grad``."""
        for place, parameter in enumerate(self._params):
            parameter.grad = gradient = self._gradients[which][place]
            if self._fresh is not None:
                gradient.numpy()[...] = self._fresh[which][place]

    def _all(self) -> None:
        if self._clip is not None:
            self._clip_norm(self._params, self._clip, foreach=True)
        for optimizer in self._optimizers:
            optimizer.step()
        if self._average is not None:
            assert self._momentum is not None
            with self._no_grad():
                self._lerp(self._average, self._params, 1 - self._momentum)

    def parameters(self) -> Iterator[np.ndarray]:
        """NumPy's view of each tensor."""
        return (p.detach().numpy() for p in self._params)


class AdamasTorch:
    """This library as a `torch.optim.Optimizer`: one ``step()``, that of Python included."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        import torch

        from ..torch import wrap

        self.name = "adamas.torch"
        self.bytes_per_weight: float | None = workload.cost.bytes
        self._threads = threads
        self._params = [torch.tensor(p).requires_grad_() for p in workload.parameters()]
        self._gradients = [[torch.from_numpy(g) for g in each] for each in gradients]
        declared = workload.optimizer()
        fields, config = type(declared).fields, declared.get_config()
        given = {n: v for n, v in config.items() if n != "name" and v != fields[n].default}
        cls = wrap(type(declared))
        optimizer = cls(self._params, **{"convention": declared.convention, **given})
        self.step = optimizer.step

    def give(self, which: int) -> None:
        """Set every ``.grad``, and the number of threads: one for the process."""
        set_num_threads(self._threads)
        for parameter, gradient in zip(self._params, self._gradients[which], strict=True):
            parameter.grad = gradient

    def parameters(self) -> Iterator[np.ndarray]:
        """NumPy's view of each tensor."""
        return (p.detach().numpy() for p in self._params)


class BareTorch:
    """PyTorch's kernel for Adam alone, without the Python around it that makes it an optimizer."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self.name = "torch bare"
        self.bytes_per_weight: float | None = None
        self._params = [torch.tensor(p) for p in workload.parameters()]
        self._gradients = [[torch.from_numpy(g) for g in each] for each in gradients]
        m, v = ([torch.zeros_like(p) for p in self._params] for _ in range(2))
        self._counts = torch.zeros(len(self._params))
        self._state = (m, v, [], list(self._counts))
        kernel: Any = torch._fused_adam_  # pyright: ignore[reportPrivateImportUsage]
        rate, epsilon = workload.member.rate, workload.member.epsilon or 1e-8
        self._kernel = partial(
            kernel,
            lr=rate,
            beta1=0.9,
            beta2=0.999,
            eps=epsilon,
            weight_decay=0.0,
            amsgrad=False,
            maximize=False,
        )

    def give(self, which: int) -> None:
        """Choose a list of gradients."""
        self._given = self._gradients[which]

    def step(self) -> None:
        """One call of the kernel."""
        self._counts += 1
        self._kernel(self._params, self._given, *self._state)

    def parameters(self) -> Iterator[np.ndarray]:
        """NumPy's view of each tensor."""
        return (p.numpy() for p in self._params)


def _torch_optimizers(workload: Workload, params: list[Any], kind: str) -> list[Any]:
    """One optimizer; for one that takes matrices only, another for the rest."""
    import torch

    member = workload.member
    assert member.torch is not None
    cls: Any = getattr(torch.optim, member.torch)
    known = inspect.signature(cls).parameters
    kinds = {flag: flag == kind for flag in ("fused", "foreach") if flag in known}
    given = {"lr": member.rate, **member.there(), **kinds}
    if not member.matrices:
        return [cls(params, **given)]
    shapes = enumerate(workload.shapes)
    are = [member.is_matrix(place, shape) for place, shape in shapes]
    matrices = [p for p, matrix in zip(params, are, strict=True) if matrix]
    others = [p for p, matrix in zip(params, are, strict=True) if not matrix]
    adam = workload.optimizer().read_numbers(0)
    decay, epsilon = adam["adam_weight_decay"], adam["epsilon"]
    rest = torch.optim.AdamW(others, lr=member.rate, weight_decay=decay, eps=epsilon, fused=True)
    return [cls(matrices, **given), rest]


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
        self.bytes_per_weight: float | None = None
        rule = transform = _optax_rule(workload)
        if arguments.global_clipnorm is not None:
            transform = optax.chain(optax.clip_by_global_norm(arguments.global_clipnorm), rule)
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


def _optax_rule(workload: Workload) -> Any:
    import optax  # pyright: ignore[reportMissingImports]
    import optax.contrib  # pyright: ignore[reportMissingImports]

    member = workload.member
    assert member.optax is not None
    given = member.there()
    if member.matrices:
        matrix = optax.contrib.MuonDimensionNumbers()
        given["muon_weight_dimension_numbers"] = [
            matrix if member.is_matrix(place, shape) else None
            for place, shape in enumerate(workload.shapes)
        ]
    source = optax if hasattr(optax, member.optax) else optax.contrib
    return getattr(source, member.optax)(member.rate, **given)


class Copy:
    """Copying the parameters, as fast as torch does it: the memory's speed, for orientation."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self.name = "copy"
        self.bytes_per_weight: float | None = 8
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


def one_thread(workload: Workload, gradients: Gradients, threads: int) -> Adamas:
    """This library with a single thread."""
    return Adamas(workload, gradients, 1, name="one thread")


def torch_of(kind: str) -> Callable[[Workload, Gradients, int], Torch]:
    """PyTorch in one of `TORCH_KINDS`."""
    return partial(Torch, kind=kind, name=f"torch {kind}")


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


KINDS: dict[str, Kind] = {
    "adamas": Kind(Adamas, library=False),
    "adamas.torch": Kind(AdamasTorch, ("torch",), library=False),
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
