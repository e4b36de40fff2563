"""The passes of one call over tensors of any library, as functions of values: nothing is written.

A framework gives the arrays of each tensor and the numbers of the step, and gets what they become.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from ... import step
from ...compilers.functions import call
from ...compilers.library import Arrays, Library
from ...compilers.tensors import Graph
from ...language.noise import IDENTITY, identity_of
from ...passes import Pass
from ...plan import Plan, rounds


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
        whose: the number of the member, or members, to whose sums over all tensors it adds.
        own: its place in those numbers that have a value for each parameter, or None.
        name: under which its state travels.
        shape: the shape of p and g.
        dtypes: the dtypes of p, g and slots where they are stored, by name.
        arrays: p, g and slots by name.
    """

    plan: Plan
    key: Any
    numbers: Mapping[str, Any]
    whose: int
    own: int | None
    name: str
    shape: tuple[int, ...]
    dtypes: Mapping[str, str]
    arrays: Mapping[str, Any]


class Result(NamedTuple):
    """What a call makes.

    Attributes:
        arrays: p, or what is added to it, and slots of each tensor, those that stay included.
        finite: whether all that was asked about is finite, bool []; None if nobody asks.
        norm: the L2 norm of all gradients before clipping; None if no clip takes it.
        totals: the sums over all tensors, by whose they are and name.
    """

    arrays: list[Arrays]
    finite: Any
    norm: Any
    totals: dict[int, dict[str, Any]]


def run(
    graphs: Graphs,
    kind: str,
    tensors: Sequence[Tensor],
    limits: Mapping[str, Any],
    by_moves: bool = False,
) -> Result:
    """One call, ``"update"`` or ``"accumulate"``.

    Args:
        graphs: of the tensors' plans.
        kind: of call.
        tensors: those that take part.
        limits: what each clip allows, by its name.
        by_moves: as in `Graph`.
    """
    return _Passes(graphs, kind, tensors, limits, by_moves).run()


class _Passes:
    def __init__(
        self,
        graphs: Graphs,
        kind: str,
        tensors: Sequence[Tensor],
        limits: Mapping[str, Any],
        by_moves: bool,
    ) -> None:
        self._graphs = graphs
        self._library = graphs.library
        self._rounds = rounds([tensor.plan for tensor in tensors], kind) if tensors else []
        self._tensors = tensors
        self._limits = limits
        self._by_moves = by_moves
        self._factors: list[Arrays] = [{} for _ in tensors]
        self._finite: Any = None
        self._norm: Any = None
        self._totals: dict[int, dict[str, Any]] = {}

    def run(self) -> Result:
        made: list[Arrays] = []
        for place, works in enumerate(self._rounds):
            work = next(work for work in works if work is not None)
            if work.totals:
                self._sum(work, self._results(place))
            elif work.limit:
                self._clip(work, work.limit, self._results(place))
            elif work.checks:
                self._also(self._all(map(self._is_finite, self._after(place))))
            else:
                made = self._changed(place)
        return Result(made, self._finite, self._norm, self._totals)

    def _function(self, name: str) -> Callable[..., Any]:
        return self._library.function(name)

    def _results(self, place: int, condition: Any = None) -> list[Arrays]:
        """What a pass computes of each tensor, where the condition holds."""
        uniform: dict[Any, Any] = {}
        results = []
        works = self._rounds[place]
        for tensor, work, factors in zip(self._tensors, works, self._factors, strict=True):
            if work is None:
                results.append({})
                continue
            graph = self._graphs.graph(tensor.plan, work)
            whose = (id(work), tensor.key)
            if whose not in uniform:
                totals = self._totals.get(tensor.whose, {})
                uniform[whose] = graph.uniform({**tensor.numbers, **totals})
            own = {name: factors[name] for name in work.factors}
            known = _at(uniform[whose], tensor.own)
            # A check comes before an update that computes the same.
            arrays = self._library.apart(dict(tensor.arrays)) if work.checks else tensor.arrays
            given = arrays, tensor.shape, known, {**own, **identity(tensor.plan, tensor.name)}
            results.append(graph(*given, self._by_moves, condition))
        return results

    def _stored(self, place: int, condition: Any = None) -> list[Arrays]:
        """The results of a pass as they would be stored."""
        results = self._results(place, condition)
        return [
            {n: self._library.cast(value, tensor.dtypes[n]) for n, value in result.items()}
            for tensor, result in zip(self._tensors, results, strict=True)
        ]

    def _after(self, place: int) -> list[Arrays]:
        """What would be stored, p itself also where the caller is given its move."""
        stored = self._stored(place)
        if self._by_moves:
            for tensor, result in zip(self._tensors, stored, strict=True):
                if "p" in result:
                    result["p"] = self._function("add")(tensor.arrays["p"], result["p"])
        return stored

    def _unchanged(self) -> list[Arrays]:
        kept = [
            {n: a for n, a in tensor.arrays.items() if n == "p" or n in tensor.plan.slots}
            for tensor in self._tensors
        ]
        if self._by_moves:
            for tensor, arrays in zip(self._tensors, kept, strict=True):
                arrays["p"] = self._library.full(arrays["p"], 0, tensor.dtypes["p"])
        return kept

    def _changed(self, place: int) -> list[Arrays]:
        """The arrays of each tensor with those that a pass writes, if all is finite."""
        pairs = zip(self._unchanged(), self._stored(place, self._finite), strict=True)
        return [{**old, **new} for old, new in pairs]

    def _is_finite(self, arrays: Arrays) -> Any:
        """Whether all arrays of a tensor are finite; those of one shape in one sweep."""
        shapes: dict[tuple[int, ...], list[Any]] = {}
        for array in arrays.values():
            shapes.setdefault(tuple(array.shape), []).append(array)
        return self._all(map(self._library.all_finite, shapes.values()))

    def _all(self, conditions: Iterable[Any]) -> Any:
        return reduce(self._function("logical_and"), conditions)

    def _sum(self, work: Pass, results: Sequence[Arrays]) -> None:
        """Sums over all tensors, in their order; they are numbers from now on."""
        library, add = self._library, self._function("add")
        found: dict[int, dict[str, Any]] = {}
        for tensor, own in zip(self._tensors, results, strict=True):
            sums = found.setdefault(tensor.whose, {})
            for name, value in own.items():
                number = library.reshape(library.cast(value, library.scalar), ())
                sums[name] = add(sums[name], number) if name in sums else number
        for whose, sums in found.items():
            self._totals[whose] = {**self._totals.get(whose, {}), **sums}
        if work.finite:
            every = [value for sums in found.values() for value in sums.values()]
            self._also(self._all(map(self._function("isfinite"), every)))

    def _clip(self, work: Pass, clip: str, results: Sequence[Arrays]) -> None:
        """The factors of a clip, from the norms of what it clips."""
        library, kind = self._library, self._library.scalar
        square, total, root = map(self._function, ("square", "sum", "sqrt"))
        squares = [library.cast(total(square(r["gradient"])), kind) for r in results]
        whole = root(reduce(self._function("add"), squares))
        if self._norm is None:
            self._norm = whole
        if work.finite:
            self._also(self._function("isfinite")(whole))
        together = clip == "global_clipnorm"
        norms = [whole] if together else list(map(root, squares))
        function = step.global_clip_factor if together else step.clip_factor
        known = {"limit": self._limits[clip], "margin": self._tensors[0].plan.margin}
        made = [call(library, function, {}, {"norm": norm, **known}) for norm in norms]
        for place, factors in enumerate(self._factors):
            factors[f"{clip}_factor"] = made[0 if together else place]

    def _also(self, condition: Any) -> None:
        self._finite = condition if self._finite is None else self._all((self._finite, condition))


def identity(plan: Plan, name: str) -> Mapping[str, float]:
    """What random numbers go by, if any are drawn."""
    return dict(zip(IDENTITY, identity_of(name), strict=True)) if plan.drawn else {}


def _at(values: Mapping[Any, Any], own: int | None) -> Mapping[Any, Any]:
    """Of values that there are for each parameter, those of one."""
    if own is None:
        return values
    return {n: v[own] if len(getattr(v, "shape", ())) else v for n, v in values.items()}
