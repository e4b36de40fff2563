"""The passes of one kind of call, over all tensors that take part."""

from collections.abc import Mapping, Sequence
from functools import partial, reduce
from typing import Any, NamedTuple

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

from .. import step
from ..compilers import xla
from ..plan import Pass, Plan
from .jax_programs import Key, Programs

Arrays = dict[str, Any]


class Tensor(NamedTuple):
    """A tensor that takes part: its plan, whose numbers it has, those numbers, and its arrays."""

    plan: Plan
    key: Key
    symbols: Mapping[str, Any]
    arrays: Arrays


class Passes:
    """The passes of one kind of call, of which `adamas.compilers.xla` has each as a graph.

    Attributes:
        arrays: what each tensor's arrays are afterwards.
        finite: whether all that was asked about is finite, bool []; None if nobody asks.
        norm: the L2 norm of all gradients before clipping; None if no clip takes it.
    """

    def __init__(
        self,
        programs: Programs,
        kind: str,
        tensors: Sequence[Tensor],
        limits: Mapping[str, Any],
        by_moves: bool,
    ) -> None:
        self._programs = programs
        self._kind = kind
        self._tensors = tensors
        self._limits = limits
        self._by_moves = by_moves
        self._factors: list[Arrays] = [{} for _ in tensors]
        self._uniform: dict[tuple[int, Key], Any] = {}
        self.finite: Any = None
        self.norm: Any = None
        self.arrays: list[Arrays] = []
        for place, work in enumerate(programs.passes(kind) if tensors else ()):
            if work.limit:
                self._clip(work, work.limit, self._results(place))
            elif work.checks:
                self._also(reduce(jnp.logical_and, map(_all_finite, self._stored(place))))
            elif self.finite is None:
                self.arrays = self._changed(place)
            else:
                changed, unchanged = partial(self._changed, place), self._unchanged
                self.arrays = jax.lax.cond(self.finite, changed, unchanged)

    def _results(self, place: int) -> list[Arrays]:
        """What a pass computes of each tensor."""
        results = []
        for tensor, factors in zip(self._tensors, self._factors, strict=True):
            work = getattr(tensor.plan, self._kind)[place]
            graph = self._programs.graph(tensor.plan, work)
            whose = (id(work), tensor.key)
            if whose not in self._uniform:
                self._uniform[whose] = graph.uniform(tensor.symbols)
            own = {name: factors[name] for name in work.factors}
            results.append(graph(tensor.arrays, self._uniform[whose], own, self._by_moves))
        return results

    def _stored(self, place: int) -> list[Arrays]:
        """The results of a pass as they would be stored."""
        return [
            {name: value.astype(tensor.arrays[name].dtype) for name, value in result.items()}
            for tensor, result in zip(self._tensors, self._results(place), strict=True)
        ]

    def _unchanged(self) -> list[Arrays]:
        return [
            {name: array for name, array in tensor.arrays.items() if name != "g"}
            for tensor in self._tensors
        ]

    def _changed(self, place: int) -> list[Arrays]:
        """The arrays of each tensor with those that a pass writes."""
        pairs = zip(self._unchanged(), self._stored(place), strict=True)
        return [{**old, **new} for old, new in pairs]

    def _clip(self, work: Pass, clip: str, results: Sequence[Arrays]) -> None:
        """The factors of a clip, from the norms of what it clips."""
        kind = xla.scalar_dtype()
        squares = [jnp.sum(jnp.square(result["gradient"])).astype(kind) for result in results]
        total = jnp.sqrt(sum(squares))
        if self.norm is None:
            self.norm = total
        if work.finite:
            self._also(jnp.isfinite(total))
        whole = clip == "global_clipnorm"
        norms = [total] if whole else list(map(jnp.sqrt, squares))
        function = step.global_clip_factor if whole else step.clip_factor
        margin = self._tensors[0].plan.margin
        limit = self._limits[clip]
        made = [
            xla.call(function, {}, {"norm": n, "limit": limit, "margin": margin}) for n in norms
        ]
        for place, factors in enumerate(self._factors):
            factors[f"{clip}_factor"] = made[0 if whole else place]

    def _also(self, condition: Any) -> None:
        self.finite = condition if self.finite is None else self.finite & condition


def _all_finite(arrays: Arrays) -> Any:
    """Whether all arrays of a tensor are finite; those of one shape in one sweep."""
    shapes: dict[tuple[int, ...], list[Any]] = {}
    for array in arrays.values():
        shapes.setdefault(array.shape, []).append(jnp.isfinite(array))
    sweeps = (jnp.all(reduce(jnp.logical_and, alike)) for alike in shapes.values())
    return reduce(jnp.logical_and, sweeps)
