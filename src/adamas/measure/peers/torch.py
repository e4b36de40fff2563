"""Peers on PyTorch's tensors: its own optimizers, its bare kernel, a copy, and this library."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...compilers.threads import set_num_threads
from ..members import Member
from ..workloads import Workload
from .peer import Gradients

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


class Recipe:
    """PyTorch's own way to clip, step and average: each for all tensors at once.

    Attributes:
        step: clip to a global norm `clip`, let all `optimizers` step, and average with `momentum`.
        average: of the parameters; the first one is a copy, made in the first step.
    """

    def __init__(
        self,
        params: Sequence[Any],
        optimizers: Sequence[Any],
        *,
        clip: float | None = None,
        momentum: float | None = None,
    ) -> None:
        import torch

        self.average: list[Any] | None = None
        self._params, self._optimizers = params, optimizers
        self._values = [parameter.detach() for parameter in params]
        self._clip, self._momentum = clip, momentum
        self._lerp: Any = torch._foreach_lerp_  # pyright: ignore[reportPrivateImportUsage]
        self._clip_norm: Any = torch.nn.utils.clip_grad_norm_
        # Without clip and average the step is torch's own, with no call of ours around it.
        alone = clip is None and momentum is None and len(optimizers) == 1
        self.step: Callable[[], Any] = optimizers[0].step if alone else self._all

    def _all(self) -> None:
        if self._clip is not None:
            self._clip_norm(self._params, self._clip, foreach=True)
        for optimizer in self._optimizers:
            optimizer.step()
        if self._momentum is None:
            return
        if self.average is None:
            self.average = [value.clone() for value in self._values]
        else:
            self._lerp(self.average, self._values, 1 - self._momentum)


class Torch:
    """PyTorch: its own optimizer, with clip and average by its `Recipe`."""

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
        self.name = name
        self.bytes_per_weight: float | None = None
        self._params = [torch.tensor(p).requires_grad_() for p in workload.parameters()]
        # Clipping writes to the gradients: they must be torch's own.
        self._gradients = [[torch.tensor(g) for g in each] for each in gradients]
        # Its foreach SGD adds the momentum to the gradients themselves: they are renewed.
        writes = kind == "foreach" and bool(workload.member.options.get("nesterov"))
        self._fresh = gradients if writes else None
        self.recipe = Recipe(
            self._params,
            _torch_optimizers(workload, self._params, kind),
            clip=workload.arguments.global_clipnorm,
            momentum=workload.arguments.ema_momentum,
        )
        self.step = self.recipe.step

    def give(self, which: int) -> None:
        """Set every ``.grad``."""
        for place, parameter in enumerate(self._params):
            parameter.grad = gradient = self._gradients[which][place]
            if self._fresh is not None:
                gradient.numpy()[...] = self._fresh[which][place]

    def parameters(self) -> Iterator[np.ndarray]:
        """NumPy's view of each tensor."""
        return (p.detach().numpy() for p in self._params)


class AdamasTorch:
    """This library as a `torch.optim.Optimizer`: one ``step()``, that of Python included."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        import torch

        from ...torch import wrap

        self.name = "adamas.torch"
        self.bytes_per_weight: float | None = workload.cost.bytes
        self._threads = threads
        self._params = [torch.tensor(p).requires_grad_() for p in workload.parameters()]
        self._gradients = [[torch.from_numpy(g) for g in each] for each in gradients]
        declared = workload.optimizer()
        given = {"convention": declared.convention, **workload.given()}
        optimizer = wrap(type(declared))(self._params, **given)
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


def torch_of(kind: str) -> Callable[[Workload, Gradients, int], Torch]:
    """PyTorch in one of `TORCH_KINDS`."""
    return partial(Torch, kind=kind, name=f"torch {kind}")


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
