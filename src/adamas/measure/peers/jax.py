"""Peers on JAX's arrays: optax, and this library in both of its forms.

Each is one jitted function that is given the memory of what it changes.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ...optimizer import Optimizer
from ..workloads import Workload
from .peer import Gradients

Form = Callable[[Optimizer], tuple[Callable[..., Any], Callable[..., Any]]]
"""Optimizer → what gives its first state, and its compiled step."""


class _OnDevice:
    """What they share; `_carried`, from step to step, begins with the parameters."""

    _carried: Any

    def __init__(self, name: str, gradients: Gradients, threads: int) -> None:
        # XLA reads its number of threads once, when it starts.
        os.environ.setdefault("PJRT_NPROC", str(threads))
        os.environ.setdefault("NPROC", str(threads))
        import jax  # pyright: ignore[reportMissingImports]

        self.name = name
        self.bytes_per_weight: float | None = None
        self._wait = jax.block_until_ready
        self._gradients = [_copies(each) for each in gradients]

    def give(self, which: int) -> None:
        """Choose a list of gradients."""
        self._given = self._gradients[which]

    def parameters(self) -> Iterator[np.ndarray]:
        """NumPy's view of each array."""
        return (np.asarray(p) for p in self._carried[0])


class Optax(_OnDevice):
    """optax: its clip, its rule and its average."""

    def __init__(self, workload: Workload, gradients: Gradients, threads: int) -> None:
        super().__init__("optax", gradients, threads)
        import jax  # pyright: ignore[reportMissingImports]
        import optax  # pyright: ignore[reportMissingImports]

        clip, momentum = workload.arguments.global_clipnorm, workload.arguments.ema_momentum
        rule = transform = _optax_rule(workload)
        if clip is not None:
            transform = optax.chain(optax.clip_by_global_norm(clip), rule)

        def update(params, state, average, gradients):
            updates, state = transform.update(gradients, state, params)
            params = optax.apply_updates(params, updates)
            if momentum is not None:
                average = optax.incremental_update(params, average, 1 - momentum)
            return params, state, average

        self._update = jax.jit(update, donate_argnums=(0, 1, 2))
        params = _copies(workload.parameters())
        average = _copies(params) if momentum is not None else None
        self._carried = (params, transform.init(params), average)

    def step(self) -> None:
        """One call, and waiting for its result."""
        self._carried = self._wait(self._update(*self._carried, self._given))


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


class AdamasJax(_OnDevice):
    """This library in one of its two forms, each a compiled function of gradients, state, params.

    Args:
        form: gives the first state, and the function, of an optimizer.
    """

    def __init__(
        self, workload: Workload, gradients: Gradients, threads: int, *, name: str, form: Form
    ) -> None:
        super().__init__(name, gradients, threads)
        init, self._update = form(workload.optimizer())
        params = _copies(workload.parameters())
        self._carried = (params, init(params))

    def step(self) -> None:
        """One call, and waiting for its result."""
        params, state = self._carried
        self._carried = self._wait(self._update(self._given, state, params))


def functional(optimizer: Optimizer) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The form of pure functions."""
    from ... import jax as ours

    found = ours.functional(optimizer)
    return found.init, found.compiled


def transformation(optimizer: Optimizer) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The form of a transformation, with optax.apply_updates."""
    import jax  # pyright: ignore[reportMissingImports]
    import optax  # pyright: ignore[reportMissingImports]

    from ... import jax as ours

    found = ours.transformation(optimizer)

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(params, state, gradients):
        updates, state = found.update(gradients, state, params)
        return optax.apply_updates(params, updates), state

    return found.init, lambda gradients, state, params: step(params, state, gradients)


def _copies(arrays: Iterable[Any]) -> list[Any]:
    import jax  # pyright: ignore[reportMissingImports]

    return [jax.numpy.array(array) for array in arrays]
