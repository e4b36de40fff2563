"""What is right: any optimizer of the table as a plain loop over NumPy arrays in float64."""

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from optimizers import Case, Member
from stored import stored

Arrays = Mapping[str, Any]


class Plain:
    """An optimizer and its parameters; rules see each of these as [batch, rows, columns].

    Attributes:
        updates, calls, pending, skipped: counters.
    """

    def __init__(self, case: Case, params: Arrays) -> None:
        self._case, self._common = case, case.common
        self._shapes = {name: np.shape(array) for name, array in params.items()}
        self._params = {name: _blocks(array) for name, array in params.items()}
        self._member_of = {name: case.member_of(name) for name in params}
        self._moving = [name for name, member in self._member_of.items() if member]
        self._members = [member for _, member in case.members if member]
        self._numbers = [_arguments(member) for member in self._members]
        self._carried = [dict(member.said.remembered) for member in self._members]
        self._scale = dict(case.scale or {}).get("initial_scale")
        self._unskipped = 0
        self._slots = {name: self._first(name) for name in self._moving}
        self._sums = dict.fromkeys(self._moving, 0.0)
        self.updates = self.calls = self.pending = self.skipped = 0

    def _first(self, name: str) -> dict[str, Any]:
        """First values: those that the class says, else 0, of the shape that the rule gives."""
        kind, p = self._member(name).said, self._params[name]
        named = list(inspect.signature(kind.update).parameters.values())[2:]
        known = kind.initial(p, **_wanted(kind.initial, self._now(name, 0)))
        slots = [one.name for one in named if one.kind is not one.KEYWORD_ONLY]
        values = {slot: known.get(slot, 0.0) for slot in slots}
        with np.errstate(invalid="ignore", divide="ignore"):
            tried = self._rule(name, np.zeros_like(p), values, self._scalars(name, 1, 0)[0])
        first = {n: np.broadcast_to(v, np.shape(tried[n])) for n, v in values.items()}
        return first | ({"ema": p} if self._common.get("use_ema") else {})

    def _member(self, name: str) -> Member:
        member = self._member_of[name]
        assert member is not None
        return member

    def _index(self, name: str) -> int:
        return next(i for i, one in enumerate(self._members) if one is self._member_of[name])

    def _now(self, name: str, call: int) -> dict[str, Any]:
        numbers = self._numbers[self._index(name)]
        return {n: value(call) if callable(value) else value for n, value in numbers.items()}

    def _scalars(self, name: str, t: int, call: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the rule of a parameter is given, and what is carried on from it."""
        kind, carried = self._member(name).said, self._carried[self._index(name)]
        known = {**self._now(name, call), "t": t, "turned": None}
        prepared = kind.prepare(**_wanted(kind.prepare, {**known, **carried}, every=True))
        return {**carried, **known, **prepared}, {
            n: prepared.get(n, old) for n, old in carried.items()
        }

    def _rule(self, name: str, g: Any, slots: Arrays, scalars: Arrays) -> dict[str, Any]:
        return _made(self._member(name).said, self._params[name], g, slots, scalars)[0]

    def _joined(self, place: int, grads: Arrays, scalars: Arrays) -> dict[str, Any]:
        """The rule of a member on all of its tensors as one vector: a sum of that is over all."""
        names = [name for name in grads if self._index(name) == place]
        if not names:
            return {}

        def joined(arrays: Arrays) -> Any:
            return np.concatenate([np.ravel(arrays[name]) for name in names])

        slots = {n: joined({m: self._slots[m][n] for m in names}) for n in self._slots[names[0]]}
        kind = self._members[place].said
        made, fed = _made(kind, joined(self._params), joined(grads), slots, scalars)
        self._carried[place] |= fed
        ends = np.cumsum([self._params[name].size for name in names])[:-1]
        parts = {n: np.split(value, ends) for n, value in made.items()}
        return {
            name: {n: part[at].reshape(self._params[name].shape) for n, part in parts.items()}
            for at, name in enumerate(names)
        }

    # -- calls

    def set_rate(self, rate: float) -> None:
        """All learning rates from now on."""
        for numbers in self._numbers:
            numbers["learning_rate"] = rate

    def step(self, grads: Arrays) -> None:
        """One call; None for parameters without a gradient."""
        given = {n: _blocks(g) for n, g in grads.items() if g is not None and n in self._moving}
        if self._scale is not None:
            given = {n: g / self._scale for n, g in given.items()}
        skips = self._scale is not None or self._common.get("nonfinite") == "skip"
        passed_over = skips and not all(np.isfinite(g).all() for g in given.values())
        self._follow(passed_over)
        if passed_over:
            self.skipped += 1
            return
        every = self._common.get("gradient_accumulation_steps", 1)
        sums = {n: self._sums[n] + given.get(n, 0.0) for n in self._moving}
        self.pending += 1
        if self.pending == every:
            self._update({name: sums[name] / every for name in given})
            self._sums = dict.fromkeys(self._sums, 0.0)
            self.updates, self.pending = self.updates + 1, 0
        else:
            self._sums = {
                name: self._stored(name, {"accumulator": total})["accumulator"]
                for name, total in sums.items()
            }
        self.calls += 1

    def _update(self, grads: Arrays) -> None:
        t, momentum = self.updates + 1, self._common.get("ema_momentum", 0.99)
        # Numbers are carried on for all members, whoever has gradients.
        prepared = {name: self._scalars(name, t, self.calls) for name in self._moving}
        for name, (_, carried) in prepared.items():
            self._carried[self._index(name)] = carried
        joined: dict[str, Any] = {}
        for place, member in enumerate(self._members):
            first = next((n for n in self._moving if self._index(n) == place), None)
            if first is not None and _sums_over_all(member.said):
                joined |= self._joined(place, grads, prepared[first][0])
        for name, g in grads.items():
            made = joined.get(name) or self._rule(name, g, self._slots[name], prepared[name][0])
            p = self._params[name] = made.pop("p")
            if "ema" in self._slots[name]:
                ema = self._slots[name]["ema"]
                made["ema"] = p if t == 1 else momentum * ema + (1 - momentum) * p
            self._slots[name] = self._stored(name, made)

    def _stored(self, name: str, made: dict[str, Any]) -> dict[str, Any]:
        """What is left of slots once they are stored: a coin of each weight rounds them."""
        states = self._member(name).arguments.get("states")
        steps = ["accumulator"] if "gradient_accumulation_steps" in self._common else []
        order = [*self._slots[name], *steps]
        return stored(states, made, order, name, self._shapes[name], self.updates + 1)

    def _follow(self, passed_over: bool) -> None:
        """The scale halves after a call that is skipped, and doubles after enough others."""
        if self._case.scale is None or self._scale is None:
            return
        self._unskipped = 0 if passed_over else self._unskipped + 1
        if passed_over:
            self._scale /= 2
        elif self._unskipped == self._case.scale["dynamic_growth_steps"]:
            self._scale, self._unskipped = self._scale * 2, 0

    # -- what is there

    def params(self) -> dict[str, Any]:
        """The parameters in their shapes."""
        return {name: p.reshape(self._shapes[name]) for name, p in self._params.items()}

    def averages(self, params: Arrays | None = None) -> dict[str, Any]:
        """What the parameters, or `params` in their place, are evaluated with."""
        found = dict(self._params if params is None else {n: _blocks(a) for n, a in params.items()})
        for name in self._moving:
            kind, slots = self._member(name).said, self._slots[name]
            if "ema" in slots:
                found[name] = slots["ema"]
            elif kind.average is not None:
                own = list(inspect.signature(kind.average).parameters.values())[1:]
                taken = [slots[one.name] for one in own if one.kind is not one.KEYWORD_ONLY]
                numbers = _wanted(kind.average, self._now(name, self.calls))
                found[name] = kind.average(found[name], *taken, **numbers)
        return {name: array.reshape(self._shapes[name]) for name, array in found.items()}

    def state(self) -> dict[str, Any]:
        """Slots and carried numbers by the names in files, flat."""
        found = {
            f"{slot}/{name}": np.ravel(value)
            for name, slots in self._slots.items()
            for slot, value in slots.items()
        }
        several = len(self._members) > 1
        for place, carried in enumerate(self._carried):
            for name, value in carried.items():
                found[f"{name}/{place}" if several else name] = np.ravel(value)
        if self._scale is not None:
            found |= {"dynamic_scale": np.ravel(self._scale)}
            found |= {"step_counter": np.ravel(float(self._unskipped))}
        return found

    def counters(self) -> dict[str, int]:
        """Counters by the names in files."""
        return {n: getattr(self, n) for n in ("updates", "calls", "pending", "skipped")}


def _arguments(member: Member) -> dict[str, Any]:
    """All arguments, and what Keras's convention adds to them."""
    declared = inspect.signature(member.kind.__init__).parameters.values()
    defaults = {one.name: one.default for one in declared if one.default is not one.empty}
    keras = member.kind.conventions.get("keras")
    return {**defaults, **(keras.data if keras else {}), **member.arguments}


def _sums_over_all(kind: Any) -> bool:
    """Whether a rule takes sums over all tensors."""
    return "total" in kind.update.__code__.co_names


def _made(
    kind: Any, p: Any, g: Any, slots: Arrays, scalars: Arrays
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The new p and slots, and the numbers that a rule hands on."""
    own = {n: value for n, value in slots.items() if n != "ema"}
    made = kind.update(p, g, *own.values(), **_wanted(kind.update, scalars))
    results = made if isinstance(made, tuple) else (made,)
    fed = results[-1] if isinstance(results[-1], dict) else {}
    results = results[: 1 + len(own)]
    return dict(zip(("p", *own), results, strict=True)), fed


def _wanted(function: Any, known: Arrays, *, every: bool = False) -> dict[str, Any]:
    """The arguments by name that a function takes."""
    parameters = inspect.signature(function).parameters.values()
    return {
        one.name: known[one.name] for one in parameters if every or one.kind is one.KEYWORD_ONLY
    }


def _blocks(array: Any) -> np.ndarray:
    """An array as a stack of matrices; a vector is one row."""
    wide = np.array(array, np.float64)
    rows, columns = (1, 1, *wide.shape)[-2:]
    return wide.reshape(-1, rows, columns)
