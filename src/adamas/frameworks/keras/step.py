"""One call of an optimizer over Keras variables, as a function of their values."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...compilers.keras import OPERATIONS, keras
from ...compilers.tensors import Arrays, remembered
from ...errors import ConfigurationError
from ...fields import is_plain
from ...optimizer import Optimizer
from ...plan import Plan
from ...runtime.assignment import Division
from ...runtime.traced.passes import Graphs, Tensor, run

ops = keras.ops


class Given(NamedTuple):
    """What a call starts from.

    Attributes:
        indices: the variables that have a gradient, by their place among all.
        arrays: p, g and slots of each of these, by name.
        rate: the learning rate, a number or a tensor [].
        calls: calls so far, an integer tensor [].
        remembered: the numbers that are handed on, by name.
    """

    indices: Sequence[int]
    arrays: Sequence[Arrays]
    rate: Any
    calls: Any
    remembered: Mapping[str, Any]


class Made(NamedTuple):
    """What a call makes: arrays and numbers as in `Given`; `finite` is None if nobody asks."""

    arrays: list[Arrays]
    remembered: dict[str, Any]
    finite: Any


class Step:
    """The plans of an optimizer for variables of these forms.

    Args:
        optimizer: the declared optimizer.
        division: of the variables among optimizers, and their plans.
        shapes: of each variable.
        dtypes: the dtypes in which p and slots of each variable are stored, by name.
        decays: whether each variable is subject to weight decay.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        division: Division,
        shapes: Sequence[tuple[int, ...]],
        dtypes: Sequence[Mapping[str, str]],
        decays: Sequence[bool],
    ) -> None:
        self._optimizer = optimizer
        self._division = division
        self._shapes = shapes
        self._dtypes = dtypes
        self._decays = decays
        self._graphs = Graphs(OPERATIONS)

    def __call__(self, given: Given) -> Made:
        """The call after `given.calls`: it updates, or it only accumulates."""
        steps = self._optimizer.gradient_accumulation_steps
        every = 1 if steps is None else int(steps)
        t = OPERATIONS.cast(ops.floor_divide(given.calls, every) + 1, OPERATIONS.scalar)
        if every == 1:
            return self._update(given, t)
        names = [list(arrays) for arrays in given.arrays]

        def flat(made: Made) -> list[Any]:
            arrays = [
                a[n] for a, own in zip(made.arrays, names, strict=True) for n in own if n != "g"
            ]
            finite = [] if made.finite is None else [made.finite]
            return [*arrays, *made.remembered.values(), *finite]

        updates = ops.equal(ops.mod(given.calls + 1, every), 0)
        values = iter(
            ops.cond(
                updates,
                lambda: flat(self._update(given, t)),
                lambda: flat(self._accumulate(given, t)),
            )
        )
        arrays = [{name: next(values) for name in own if name != "g"} for own in names]
        kept = {name: next(values) for name in given.remembered}
        return Made(arrays, kept, next(values, None))

    def _update(self, given: Given, t: Any) -> Made:
        numbers = self._numbers(given)
        tensors = self._tensors(given, numbers, t)
        result = run(self._graphs, "update", tensors, numbers)
        plans = self._division.plans
        following = dict(given.remembered)
        if following:
            symbols = self._symbols(plans[0], {**numbers, **given.remembered}, t, True)
            following = self._next(plans[0], symbols, given.remembered, result.finite)
        return Made(result.arrays, following, result.finite)

    def _accumulate(self, given: Given, t: Any) -> Made:
        numbers = self._numbers(given)
        result = run(self._graphs, "accumulate", self._tensors(given, numbers, t), numbers)
        return Made(result.arrays, dict(given.remembered), result.finite)

    def _next(self, plan: Plan, symbols: Arrays, before: Mapping[str, Any], finite: Any) -> Arrays:
        made = {
            name: OPERATIONS.cast(value, OPERATIONS.dtype(before[name]))
            for name, value in remembered(OPERATIONS, plan, symbols).items()
        }
        if finite is None:
            return made
        return {name: ops.where(finite, value, before[name]) for name, value in made.items()}

    def _tensors(self, given: Given, numbers: Arrays, t: Any) -> list[Tensor]:
        rows = {
            (place, decays): self._symbols(plan, {**numbers, **given.remembered}, t, decays)
            for place, plan in enumerate(self._division.plans)
            for decays in (True, False)
        }
        tensors = []
        for index, arrays in zip(given.indices, given.arrays, strict=True):
            place = self._division.plan_of[index] or 0
            key = (place, self._decays[index])
            plan = self._division.plans[place]
            dtypes = {**self._dtypes[index], "g": OPERATIONS.dtype(arrays["g"])}
            form = self._shapes[index], dtypes
            tensors.append(Tensor(plan, key, rows[key], *form, arrays))
        return tensors

    def _symbols(self, plan: Plan, numbers: Arrays, t: Any, decays: bool) -> Arrays:
        own = numbers if decays else {**numbers, plan.decay_number: 0.0}
        return {"t": t, **{name: own.get(name, 0.0) for name in plan.symbols if name != "t"}}

    def _numbers(self, given: Given) -> Arrays:
        """All numbers as they are now: floats, or tensors [] in the precision of numbers."""
        names = self._optimizer.numbers_in_use()
        return {name: self._number(name, given) for name in names}

    def _number(self, name: str, given: Given) -> Any:
        if name == "loss_scale_factor":
            return 1.0  # Keras has divided by it
        source = given.rate if name == "learning_rate" else self._optimizer.__dict__[name]
        if is_plain(source):
            return float(source)
        value: Any = source() if callable(source) and not hasattr(source, "dtype") else source
        value = value.value if isinstance(value, keras.Variable) else value
        if keras.ops.is_tensor(value):
            return OPERATIONS.cast(value, OPERATIONS.scalar)
        try:
            return float(value)
        except (TypeError, ValueError):
            raise ConfigurationError(
                f"{name} must be a number at every step. Got: {value!r} ({type(value).__name__})."
            ) from None
