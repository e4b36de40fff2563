"""What an optimizer must do on each front end: what its definition does on arrays of NumPy."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..dtypes import FLOATS
from ..errors import AdamasError
from ..language.first_values import first_symbols, wanted_numbers
from ..language.shapes import matrix_shape
from ..optimizer import Optimizer
from ..refusals import REFUSALS, Refusal
from .check import BOUNDS, Check, Outcome, told
from .fronts import Arrays, Front, front
from .fronts.numpy import Defined, NumPy
from .runs import CALLS, DTYPES, STAGES, Make, difference, gradients, made_up, parameters

FEW = {"vector": (7,), "matrix": (3, 5), "number": (), "stack": (2, 3, 4)}
"""Parameters by name, with their shapes: small ones, since some front ends compile each."""

VARIANTS: tuple[Mapping[str, Any], ...] = ({}, STAGES)


class Trial:
    """An optimizer on a front end; what was compiled for it there is kept between laws."""

    def __init__(self, kind: type[Front], make: Make) -> None:
        self.kind = kind
        self.make = make
        self._made: dict[tuple[str, str], Front] = {}

    def begin(self, stages: Mapping[str, Any], dtype: str = "float32") -> tuple[Front, Defined]:
        """The optimizer with these stages there, and as it is defined, before the first call."""
        params = dict(zip(FEW, parameters(DTYPES[dtype], tuple(FEW.values())), strict=True))
        key = (repr(stages), dtype)
        if key not in self._made:
            self._made[key] = self.kind(self.make(**stages), params)
        return self._made[key].again(params), Defined(self.make(**stages), params)


def go_on(ours: Front, defined: Front, calls: Sequence[int]) -> None:
    """Both make calls of these numbers, from 1, with the same gradients."""
    params = defined.params()
    for call in calls:
        grads = dict(zip(params, gradients(list(params.values()), call), strict=True))
        made = made_up(defined.declared, list(params.values()), call)
        given = {
            name: dict(zip(params, value, strict=True)) if isinstance(value, list) else value
            for name, value in made.items()
        }
        ours.step(grads, given)
        defined.step(grads, given)


@dataclass(frozen=True)
class Distance:
    """How far arrays of a front end are from what is defined, and how far they may be.

    Both are shares of the largest number. Weights are rounded when they are stored, which in a few
    calls makes up to 3 ulp in the built-in optimizers; what is added to them may be as far from
    what is defined as `BOUNDS` says.
    """

    far: float
    bound: float

    @classmethod
    def between(cls, ours: Arrays, defined: Arrays, start: Arrays, dtype: str) -> "Distance":
        """That of two results of one start."""
        moved = _difference(defined, start)
        bound = 16 * FLOATS[dtype].spacing + min(moved, 1.0) * BOUNDS[dtype]
        return cls(_difference(ours, defined), bound)


def _difference(ones: Arrays, others: Arrays) -> float:
    return difference([ones[name] for name in others], list(others.values()))


def _judged(distances: Sequence[Distance]) -> Outcome:
    """Whether all are within their bounds, and the one that is nearest to it."""
    worst = max(distances, key=lambda one: one.far / one.bound)
    passed = worst.far <= worst.bound
    return Outcome(passed, f"differs {worst.far:.1e}, bound {worst.bound:.1e}")


# -- laws -----------------------------------------------------------------------------------------


def _begins_with_first_values(trial: Trial) -> Outcome:
    count = 0
    for stages in VARIANTS:
        ours, defined = trial.begin(stages)
        optimizer, params = trial.make(**stages), ours.params()
        found, names = ours.saved(), set(defined.saved())
        if set(found) != names:
            others = ", ".join(sorted(set(found) ^ names))
            return Outcome(False, f"not in both states: {others}")
        for name, array in found.items():
            slot, _, parameter = name.partition("/")
            expected = _first_value(optimizer, slot, params.get(parameter))
            wrong = _unlike(array, expected, params.get(parameter))
            if wrong:
                return Outcome(False, f"{name} {wrong}")
        count = max(count, len(found))
    return Outcome(True, f"{count} arrays as `initial` says" if count else "nothing is remembered")


def _first_value(optimizer: Optimizer, slot: str, p: np.ndarray | None) -> Any:
    """What a slot of a parameter, or a number that is handed on, begins with."""
    if p is None:
        return {**optimizer.handed_on(), **optimizer.first_numbers()}[slot]
    initial = optimizer.initial
    numbers = optimizer.read_numbers(0)
    known = {name: numbers.get(name, 0.0) for name in wanted_numbers(initial)}
    # What can be run on symbols sees a stack of matrices, as rules do.
    symbolic = bool(first_symbols(initial, optimizer.numbers()))
    wide = p.astype(np.float64).reshape(matrix_shape(p.shape) if symbolic else p.shape)
    return optimizer.begin(p, initial(wide, **known)).get(slot, 0.0)


def _unlike(array: np.ndarray, expected: Any, p: np.ndarray | None) -> str:
    """What is wrong with an array that must hold a value, repeated along axes that it lacks."""
    value = np.asarray(expected, np.float64)
    if value.size not in (1, array.size) and p is not None and array.size == p.size:
        value = np.broadcast_to(value, matrix_shape(p.shape))
    if value.size not in (1, array.size):
        return f"has the shape {array.shape}, its first value {value.shape}"
    far = difference([array.reshape(-1)], [np.broadcast_to(value.reshape(-1), array.size)])
    return "" if far <= BOUNDS["float32"] else f"begins {far:.1e} from its first value"


def _steps_as_defined(trial: Trial) -> Outcome:
    found = []
    for dtype in trial.kind.dtypes:
        for stages in VARIANTS:
            ours, defined = trial.begin(stages, dtype)
            start = defined.params()
            go_on(ours, defined, range(1, CALLS + 1))
            found.append(Distance.between(ours.params(), defined.params(), start, dtype))
    return _judged(found)


def _has_the_same_averages(trial: Trial) -> Outcome:
    found = []
    for stages in VARIANTS:
        if trial.make(**stages).averages():
            ours, defined = trial.begin(stages)
            start = defined.params()
            go_on(ours, defined, range(1, 5))
            found.append(Distance.between(ours.averages(), defined.averages(), start, "float32"))
    return _judged(found)


def _goes_through_files(trial: Trial) -> Outcome:
    """Three calls there, one on NumPy, two there again, with files between."""
    found = []
    for stages in VARIANTS:
        ours, defined = trial.begin(stages)
        start = defined.params()
        go_on(ours, defined, (1, 2, 3))
        between = NumPy(trial.make(**stages), ours.params())
        _hand_over(ours, between)
        go_on(between, defined, (4,))
        after = ours.again(between.params())
        _hand_over(between, after)
        go_on(after, defined, (5, 6))
        found.append(Distance.between(after.params(), defined.params(), start, "float32"))
    return _judged(found)


def _hand_over(source: Front, target: Front) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source.save(Path(folder) / "state")
        target.load(Path(folder) / "state")


LAWS: Mapping[str, Callable[[Trial], Outcome]] = {
    "first values": _begins_with_first_values,
    "steps as defined": _steps_as_defined,
    "averages": _has_the_same_averages,
    "files there and back": _goes_through_files,
}


def checks_on(name: str, make: Make) -> list[Check]:
    """The laws on the front end called `name`; where it is not installed, a line that says so."""
    try:
        kind = front(name)
    except Exception as error:
        words = "not installed" if isinstance(error, ImportError) else "cannot be imported"
        absence = Outcome(None, f"{words}: {told(error)}")
        return [Check(name, lambda _: absence)]
    trial = Trial(kind, make)
    return [
        Check(f"{kind.name}: {law}", partial(_asked, trial, holds)) for law, holds in LAWS.items()
    ]


def _asked(trial: Trial, holds: Callable[[Trial], Outcome], _: Make) -> Outcome:
    """What a law finds; what the front end refuses is no failure."""
    try:
        with trial.kind.place():
            return holds(trial)
    except AdamasError as error:
        refusal = _refusal(trial.kind, error)
        if refusal is None:
            raise
        return Outcome(None, f"refused: {refusal.law} {refusal.way_out}")


def _refusal(kind: type[Front], error: AdamasError) -> Refusal | None:
    """The refusal that an error comes from."""
    declared = (one for one in REFUSALS if kind.name in one.front_ends)
    return next((one for one in declared if str(error).startswith(one.law)), None)
