"""One call as a function of values: it updates or only accumulates, and hands numbers on."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ...compilers.functions import call
from ...compilers.library import Arrays, Library
from ..assignment import Assignment
from ..scalars import Values, symbols, wrapper_goes_on
from .clocks import Clocks, Numbers, Own
from .passes import Graphs, Result, Tensor, run


class Given(NamedTuple):
    """What a call starts from.

    Attributes:
        indices: the parameters that have a gradient and are not frozen.
        arrays, dtypes: p, g and slots of each of these by name, and how they are stored.
        common, numbers: the numbers of the whole step, and of each member.
        t: the number of the update that is made, or that is due next.
        updating: whether the call updates: True, or a condition.
        calls: how many calls the update is the mean of, if that is not a number of the step.
        remembered, kept: what is handed on to this call, by members and by a wrapper.
        own: the clocks of parameters; nothing where there is one for all.
        norm: what stands for the norm of gradients where no clip takes it; None if nothing does.
    """

    indices: Sequence[int]
    arrays: Sequence[Arrays]
    dtypes: Sequence[Mapping[str, str]]
    common: Values
    numbers: Sequence[Values]
    t: Any
    updating: Any
    calls: Any
    remembered: Numbers
    own: Own
    kept: Values
    norm: Any


class Made(NamedTuple):
    """What a call makes.

    Attributes:
        arrays: p, or what is added to it, and slots, of each parameter in `Given.indices`.
        remembered, own, kept: what is handed on to the next call.
        finite: whether all was finite; None if nobody asks.
        norm: the norm of all gradients; None if nobody asks.
    """

    arrays: list[Arrays]
    remembered: dict[tuple[int, str], Any]
    own: dict[str, Any]
    kept: Values
    finite: Any
    norm: Any


class Call:
    """The two kinds of call over parameters of these shapes.

    Args:
        graphs: of the plans' passes.
        assignment: which plan and member each parameter has.
        shapes: of all parameters.
    """

    def __init__(
        self, graphs: Graphs, assignment: Assignment, shapes: Sequence[tuple[int, ...]]
    ) -> None:
        self._graphs = graphs
        self._library: Library = graphs.library
        self._assignment = assignment
        self._shapes = shapes

    def __call__(self, given: Given, by_moves: bool = False) -> Made:
        """One call; with `by_moves` it gives what is added to the parameters, not new ones."""
        every = [True] * len(given.indices)
        update = partial(self._update, given, by_moves, every)
        if given.updating is True:
            made = update()
        else:
            made = self._either(given, update, partial(self._accumulate, given, by_moves))
        return made._replace(kept=self._next_kept(given, made.finite))

    def flush(self, given: Given) -> Made:
        """The update that the last call becomes, of those that are pending.

        Their gradients are in the sums: those in `given` are 0. A parameter whose sum is 0 in
        every element stays as it is.
        """
        unequal, some = map(self._library.function, ("not_equal", "any"))
        summed = [some(unequal(own["accumulator"], 0)) for own in given.arrays]
        made = self._update(given, False, summed)
        rows = zip(summed, given.arrays, made.arrays, strict=True)
        arrays = [self._where(there, new, old) for there, old, new in rows]
        return made._replace(arrays=arrays)

    def _where(self, condition: Any, new: Arrays, old: Arrays) -> Arrays:
        where = self._library.function("where")
        return {name: where(condition, array, old[name]) for name, array in new.items()}

    def _either(self, given: Given, update: Any, accumulate: Any) -> Made:
        """What one of the two kinds makes, as the condition says when the call is run."""
        forms: list[Made] = []

        def flat(kind: Any) -> list[Any]:
            forms.append(kind())
            return _flat(forms[-1])

        values = self._library.choose(
            given.updating, partial(flat, update), partial(flat, accumulate)
        )
        return _like(forms[0], values)

    def _update(self, given: Given, by_moves: bool, taking_part: Sequence[Any]) -> Made:
        numbers = given.numbers
        if given.calls is not None:
            numbers = [{**own, "gradient_accumulation_steps": given.calls} for own in numbers]
        clocks = self._clocks(given)
        result = self._passes("update", given, clocks, numbers, by_moves)
        active: list[Any] = [False] * len(self._shapes)
        for index, there in zip(given.indices, taking_part, strict=True):
            active[index] = there
        following = clocks.next_numbers(given.numbers, result.finite, result.totals)
        own = clocks.next_own(given.numbers, active, result.finite, result.totals)
        return self._made(given, result, following, own)

    def _accumulate(self, given: Given, by_moves: bool) -> Made:
        result = self._passes("accumulate", given, self._clocks(given), given.numbers, by_moves)
        return self._made(given, result, dict(given.remembered), dict(given.own))

    def _clocks(self, given: Given) -> Clocks:
        return Clocks(self._library, self._assignment, given.t, given.remembered, given.own)

    def _made(
        self,
        given: Given,
        result: Result,
        following: dict[tuple[int, str], Any],
        own: dict[str, Any],
    ) -> Made:
        norm = given.norm
        if norm is not None and result.norm is not None:
            norm = self._library.cast(result.norm, self._library.dtype(norm))
        return Made(result.arrays, following, own, given.kept, result.finite, norm)

    def _passes(
        self, kind: str, given: Given, clocks: Clocks, numbers: Sequence[Values], by_moves: bool
    ) -> Result:
        rows = zip(given.indices, given.arrays, given.dtypes, strict=True)
        tensors = [self._tensor(clocks, numbers, *row) for row in rows]
        return run(self._graphs, kind, tensors, given.common, by_moves)

    def _tensor(
        self,
        clocks: Clocks,
        numbers: Sequence[Values],
        index: int,
        arrays: Arrays,
        dtypes: Mapping[str, str],
    ) -> Tensor:
        plan, whose = self._assignment.plan(index), self._assignment.whose(index)
        place, decays = whose
        clock = clocks.of(place)
        known = symbols(plan, clock.t, numbers[place], decays, clock.remembered)
        own = index if clock.each else None
        adds_to = self._assignment.adds_to(index)
        rest = self._assignment.names[index], self._shapes[index], dtypes, arrays
        return Tensor(plan, whose, known, adds_to, own, *rest)

    def _next_kept(self, given: Given, finite: Any) -> Values:
        """How a wrapper's own numbers go on."""
        if not given.kept:
            return given.kept
        library = self._library
        skipped = False if finite is None else library.function("logical_not")(finite)
        following = wrapper_goes_on(
            self._assignment.whole,
            given.kept,
            skipped,
            lambda name: given.common[name],
            lambda function, values: call(library, function, {}, values),
        )
        dtypes = {name: library.dtype(value) for name, value in given.kept.items()}
        return {name: library.cast(value, dtypes[name]) for name, value in following.items()}


def _flat(made: Made) -> list[Any]:
    """Everything that a kind of call makes, in one order."""
    arrays = [own[name] for own in made.arrays for name in sorted(own)]
    asked = [value for value in (made.finite, made.norm) if value is not None]
    return [*arrays, *made.remembered.values(), *made.own.values(), *asked]


def _like(form: Made, values: Sequence[Any]) -> Made:
    """Values in the order of `_flat` as what is made."""
    left = iter(values)
    arrays = [{name: next(left) for name in sorted(own)} for own in form.arrays]
    following = {key: next(left) for key in form.remembered}
    own = {name: next(left) for name in form.own}
    finite, norm = (None if value is None else next(left) for value in (form.finite, form.norm))
    return Made(arrays, following, own, form.kept, finite, norm)
