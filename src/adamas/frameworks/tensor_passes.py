"""The passes of one call over tensors of any library, as functions of values: nothing is written.

A framework gives the arrays of each tensor and the numbers of the step, and gets what they become.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from .. import step
from ..compilers.tensors import Graph, Library, call
from ..plan import Pass, Plan

Arrays = dict[str, Any]


class Graphs:
    """The graphs of plans' passes, each made once."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._known: dict[int, Graph] = {}

    def graph(self, plan: Plan, work: Pass) -> Graph:
        """The graph of a pass, which its plan keeps alive."""
        if id(work) not in self._known:
            self._known[id(work)] = Graph(self.library, plan, work)
        return self._known[id(work)]


class Tensor(NamedTuple):
    """A tensor that takes part.

    Attributes:
        plan: its plan.
        key: whose numbers it has; tensors of one key and plan share what is uniform.
        numbers: those numbers, by the names in `Plan.symbols`.
        shape: the shape of p and g.
        dtypes: the dtypes in which p and slots are stored, by name.
        arrays: p, g and slots by name.
    """

    plan: Plan
    key: Any
    numbers: Mapping[str, Any]
    shape: tuple[int, ...]
    dtypes: Mapping[str, str]
    arrays: Mapping[str, Any]


class Result(NamedTuple):
    """What a call makes.

    Attributes:
        arrays: p and slots of each tensor, those that stay included.
        finite: whether all that was asked about is finite, bool []; None if nobody asks.
    """

    arrays: list[Arrays]
    finite: Any


def run(graphs: Graphs, kind: str, tensors: Sequence[Tensor], limits: Mapping[str, Any]) -> Result:
    """One call, ``"update"`` or ``"accumulate"``; `limits` has what each clip allows."""
    return _Passes(graphs, kind, tensors, limits).run()


class _Passes:
    def __init__(
        self, graphs: Graphs, kind: str, tensors: Sequence[Tensor], limits: Mapping[str, Any]
    ) -> None:
        self._graphs = graphs
        self._library = graphs.library
        self._kind = kind
        self._tensors = tensors
        self._limits = limits
        self._factors: list[Arrays] = [{} for _ in tensors]
        self._finite: Any = None

    def run(self) -> Result:
        stored: list[Arrays] = []
        # All plans of one optimizer have the same passes, one after the other.
        for place, work in enumerate(getattr(self._tensors[0].plan, self._kind)):
            results = self._results(place)
            if work.limit:
                self._clip(work, work.limit, results)
            elif work.checks:
                self._also(reduce(self._function("logical_and"), map(self._is_finite, results)))
            else:
                stored = results
        return Result(list(map(self._chosen, self._tensors, stored)), self._finite)

    def _function(self, name: str) -> Callable[..., Any]:
        return self._library.function(name)

    def _results(self, place: int) -> list[Arrays]:
        """What a pass computes of each tensor: norms as they are, the rest as it is stored."""
        uniform: dict[Any, Any] = {}
        results = []
        for tensor, factors in zip(self._tensors, self._factors, strict=True):
            work = getattr(tensor.plan, self._kind)[place]
            graph = self._graphs.graph(tensor.plan, work)
            whose = (id(work), tensor.key)
            if whose not in uniform:
                uniform[whose] = graph.uniform(tensor.numbers)
            own = {name: factors[name] for name in work.factors}
            found = graph(tensor.arrays, tensor.shape, uniform[whose], own)
            if not work.norms:
                cast, dtypes = self._library.cast, tensor.dtypes
                found = {n: cast(value, dtypes.get(n, "float32")) for n, value in found.items()}
            results.append(found)
        return results

    def _is_finite(self, arrays: Arrays) -> Any:
        every = [self._all(self._function("isfinite")(array)) for array in arrays.values()]
        return reduce(self._function("logical_and"), every)

    def _all(self, conditions: Any) -> Any:
        return self._function("all")(conditions)

    def _chosen(self, tensor: Tensor, new: Arrays) -> Arrays:
        """The new arrays; the old ones where something was not finite, and those that stay."""
        old = {name: array for name, array in tensor.arrays.items() if name != "g"}
        if self._finite is None:
            return {**old, **new}
        where, finite = self._function("where"), self._finite
        return {**old, **{name: where(finite, array, old[name]) for name, array in new.items()}}

    def _clip(self, work: Pass, clip: str, results: Sequence[Arrays]) -> None:
        """The factors of a clip, from the norms of what it clips."""
        library, kind = self._library, self._library.scalar
        square, total, root = map(self._function, ("square", "sum", "sqrt"))
        squares = [library.cast(total(square(r["gradient"])), kind) for r in results]
        whole = root(reduce(self._function("add"), squares))
        if work.finite:
            self._also(self._function("isfinite")(whole))
        together = clip == "global_clipnorm"
        norms = [whole] if together else list(map(root, squares))
        function = step.global_clip_factor if together else step.clip_factor
        known = {"limit": self._limits[clip], "margin": self._tensors[0].plan.margin}
        made = [call(library, function, {"norm": norm, **known}) for norm in norms]
        for place, factors in enumerate(self._factors):
            factors[f"{clip}_factor"] = made[0 if together else place]

    def _also(self, condition: Any) -> None:
        both = self._function("logical_and")
        self._finite = condition if self._finite is None else both(self._finite, condition)
