"""What a step costs and why: the plan in numbers, for people and for machines."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import prod
from types import SimpleNamespace
from typing import Any

from .description import Description
from .description.inputs import ARRAY, NUMBER
from .dtypes import FLOATS, STORED
from .errors import ArgumentError
from .language.blocks import BLOCK, blocks_shape
from .language.expression import SCRATCHES
from .language.shapes import small_shape
from .lowering import lower
from .notebook import amount, line, page
from .notebook import table as html_table
from .passes import Pass
from .plan import Plan, make_plan
from .runtime.assignment import Assignment
from .runtime.slots import slot_dtype
from .terminal import WIDEST, table, wrapped

SHOWN = 8
"""Names in a list of excluded parameters; `Explanation.excluded` has them all."""


@dataclass(frozen=True)
class PassCost:
    """One pass: the arrays it reads and writes, and bytes per weight for each."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    bytes_read: float
    bytes_written: float

    @property
    def bytes(self) -> float:
        """Bytes per weight in both directions."""
        return self.bytes_read + self.bytes_written


@dataclass(frozen=True)
class PartCost:
    """What those parameters cost that follow one plan.

    Attributes:
        rule: the name of their rule.
        weights, tensors: how many there are; 0 if no shapes are known.
        update: the walks over memory of a call that updates.
        accumulate: those of a call that only accumulates; empty without accumulation.
        state: bytes per weight of each slot, kept between steps.
        codes: how slots are stored that are not as wide as the arithmetic.
    """

    rule: str
    weights: int
    tensors: int
    update: tuple[PassCost, ...]
    accumulate: tuple[PassCost, ...]
    state: Mapping[str, float]
    codes: Mapping[str, str]

    @property
    def bytes(self) -> float:
        """Bytes per weight that a call which updates moves."""
        return sum(cost.bytes for cost in self.update)

    @property
    def state_bytes(self) -> float:
        """Bytes of state per weight."""
        return sum(self.state.values())


@dataclass(frozen=True)
class Explanation:
    """The cost of a step; `str` gives a table, `to_json` the same for machines.

    Attributes:
        optimizer: the optimizer, as it is constructed.
        dtype: of the parameters and gradients.
        parts: the parameters of each plan; one for most optimizers.
        frozen: the names of parameters that are not updated.
        arguments: bytes per weight that each argument adds to an updating call.
        decayed, excluded: names of parameters with and without weight decay.
        inputs: what each call is given beside gradients → of which kind it is.
    """

    optimizer: str
    dtype: str
    parts: tuple[PartCost, ...]
    frozen: tuple[str, ...]
    arguments: Mapping[str, float]
    decayed: tuple[str, ...]
    excluded: tuple[str, ...]
    inputs: Mapping[str, str]

    @property
    def weights(self) -> int:
        """How many weights are updated; 0 if no shapes are known."""
        return sum(part.weights for part in self.parts)

    @property
    def tensors(self) -> int:
        """How many tensors are updated."""
        return sum(part.tensors for part in self.parts)

    @property
    def bytes(self) -> float:
        """Bytes per weight that a call which updates moves."""
        return _mean(self.parts, [part.bytes for part in self.parts])

    @property
    def state_bytes(self) -> float:
        """Bytes of state per weight."""
        return _mean(self.parts, [part.state_bytes for part in self.parts])

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-safe values, with the sums."""
        return {
            **asdict(self),
            "weights": self.weights,
            "tensors": self.tensors,
            "bytes_per_weight": self.bytes,
            "state_bytes_per_weight": self.state_bytes,
        }

    def __str__(self) -> str:
        return self.text()

    def text(self, columns: int = WIDEST) -> str:
        """The table in lines of so many columns, broken between words alone."""
        lines = self._lines(columns)
        return "\n".join(part for line in lines for part in _fitting(line, columns))

    def _repr_html_(self) -> str:
        parts = [line(self.optimizer, strong=True)]
        for part in self.parts:
            calls = {"updates": part.update, "only accumulates": part.accumulate}
            for what, costs in calls.items():
                title = line(f"A call that {what}, by {part.rule}")
                parts += [title, html_table(HEADER, [*map(_cells, costs)])] if costs else []
            parts.append(line(_state(part)[-1]))
        costs = [(name, _said(cost)) for name, cost in self.arguments.items()]
        return page(*parts, html_table(("argument", "cost per weight"), costs))

    def _lines(self, columns: int) -> list[str]:
        lines = [self.optimizer]
        if self.weights:
            lines.append(_amounts(self.tensors, self.weights) + f", {self.dtype}")
        for part in self.parts:
            if len(self.parts) > 1:
                amounts = f": {_amounts(part.tensors, part.weights)}" if part.weights else ""
                lines += ["", f"By {part.rule}{amounts}"]
            lines += _passes("A call that updates", part.update, part.weights, columns)
            if part.accumulate:
                title = "A call that only accumulates"
                lines += _passes(title, part.accumulate, part.weights, columns)
            lines += _state(part)
        lines += self._arguments(columns)
        if self.inputs:
            words = {NUMBER: "a number", ARRAY: "an array for each parameter"}
            given = ", ".join(f"{name} ({words[kind]})" for name, kind in self.inputs.items())
            lines += ["", f"Each call is given, beside gradients: {given}"]
        if self.frozen:
            lines += ["", f"Frozen: {_some(self.frozen, self.tensors + len(self.frozen))}"]
        if self.excluded:
            lines += ["", f"No weight decay for {_some(self.excluded, self.tensors)}"]
        return lines

    def _arguments(self, columns: int) -> list[str]:
        if not self.arguments:
            return []
        rows = [(name, _said(cost)) for name, cost in self.arguments.items()]
        return [
            "",
            "What each argument costs, per weight",
            *_table(("argument", "cost"), rows, columns),
        ]


HEADER = ("pass", "reads", "writes", "bytes per weight")


def _cells(cost: PassCost) -> tuple[str, ...]:
    return cost.name, ", ".join(cost.reads), ", ".join(cost.writes) or "-", str(cost.bytes)


def _said(cost: float) -> str:
    return "free: no memory traffic of its own" if cost == 0 else f"{cost:+.4g} bytes"


def _fitting(line: str, columns: int) -> list[str]:
    """A line of text as several, if it is too long."""
    indent = line[: len(line) - len(line.lstrip())]
    return [line] if len(line) <= columns else wrapped(line, columns, later=f"{indent}  ")


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]], columns: int) -> list[str]:
    return [f"  {line}" for line in table(headings, rows, columns - 2)]


def _passes(title: str, costs: tuple[PassCost, ...], weights: int, columns: int) -> list[str]:
    total = sum(cost.bytes for cost in costs)
    plural = "pass" if len(costs) == 1 else "passes"
    rows = [_cells(cost) for cost in costs]
    traffic = f", {amount(total * weights)} in all" if weights else ""
    return [
        "",
        f"{title}: {len(costs)} {plural} over memory, {total} bytes per weight{traffic}",
        *_table(HEADER, rows, columns),
    ]


def _state(part: PartCost) -> list[str]:
    slots = ", ".join(f"{name} {size:.3g}" for name, size in part.state.items()) or "nothing"
    memory = f", {amount(part.state_bytes * part.weights)} in all" if part.weights else ""
    total = f"{part.state_bytes:.4g} bytes per weight"
    lines = ["", f"State kept between steps: {total} ({slots}){memory}"]
    if part.codes:
        coded = ", ".join(f"{slot} as {code}" for slot, code in part.codes.items())
        lines.append(f"Rounded by coins: {coded}")
    return lines


def explain(
    optimizer: Description,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    dtype: str = "float32",
) -> Explanation:
    """The cost of a step of `optimizer` for parameters of these shapes by name.

    Raises `ArgumentError` for a dtype that parameters cannot have.
    """
    if dtype not in FLOATS:
        raise ArgumentError(f"dtype must be one of {', '.join(FLOATS)}. Got: {dtype!r}.")
    shapes = shapes or {}
    parts, decayed, frozen = _parts(optimizer, shapes, dtype)
    forms = {name: SimpleNamespace(shape=shapes[name]) for name in decayed}
    decays = {name for name in decayed if optimizer.decays(name, forms[name])}
    return Explanation(
        optimizer=repr(optimizer),
        dtype=dtype,
        parts=parts,
        frozen=frozen,
        arguments=_argument_costs(optimizer, shapes, dtype),
        decayed=tuple(name for name in decayed if name in decays),
        excluded=tuple(name for name in decayed if name not in decays),
        inputs={n: kind for one in optimizer.everyone() for n, kind in one.asked_inputs().items()},
    )


def plans(
    optimizer: Description, shapes: Mapping[str, tuple[int, ...]], dtype: str = "float32"
) -> list[Plan]:
    """The plans for parameters of these shapes; without any, the usual one of each optimizer."""
    if not shapes:
        known: Any = {"dtype": dtype, "in_blocks": True}
        return [make_plan(optimizer, [one], **known) for one in _leaves(optimizer)]
    return _assigned(optimizer, shapes, dtype).plans


def _assigned(
    optimizer: "Description", shapes: Mapping[str, tuple[int, ...]], dtype: str
) -> Assignment:
    forms = [SimpleNamespace(shape=shape) for shape in shapes.values()]
    decays = [optimizer.decays(name, form) for name, form in zip(shapes, forms, strict=True)]
    dtypes = [dtype] * len(shapes)
    return Assignment(optimizer, list(shapes), list(shapes.values()), decays, dtypes)


def _leaves(optimizer: Description) -> "list[Description]":
    members = list(optimizer.inner())
    return [leaf for member in members for leaf in _leaves(member)] or [optimizer]


def _parts(
    optimizer: Description, shapes: Mapping[str, tuple[int, ...]], dtype: str
) -> tuple[tuple[PartCost, ...], list[str], tuple[str, ...]]:
    """The parts, the names of parameters whose plan decays them, and the frozen ones."""
    if not shapes:
        return tuple(_part(plan, {}, dtype) for plan in plans(optimizer, {}, dtype)), [], ()
    names = list(shapes)
    assignment = _assigned(optimizer, shapes, dtype)
    owned: list[dict[str, tuple[int, ...]]] = [{} for _ in assignment.plans]
    for name, place in zip(names, assignment.plan_of, strict=True):
        if place is not None:
            owned[place][name] = shapes[name]
    parts = [_part(*pair, dtype) for pair in zip(assignment.plans, owned, strict=True)]
    decayed = {
        name
        for plan, own in zip(assignment.plans, owned, strict=True)
        for name in own
        if plan.decay_number in plan.numbers
    }
    places = zip(names, assignment.plan_of, strict=True)
    frozen = tuple(name for name, place in places if place is None)
    return tuple(parts), [name for name in names if name in decayed], frozen


def _part(plan: Plan, shapes: Mapping[str, tuple[int, ...]], dtype: str) -> PartCost:
    weights = sum(prod(shape) for shape in shapes.values())
    state = {slot: float(_size(plan, slot, dtype)) for slot in plan.slots}
    for slot in (*plan.small, *plan.matrices):
        count = sum(prod(small_shape(shape, plan.slots[slot])) for shape in shapes.values())
        state[slot] = _size(plan, slot, dtype) * count / weights if weights else 0.0
    for slot in plan.scales if weights else ():
        count = sum(prod(blocks_shape(shape)) for shape in shapes.values())
        state[slot] = _size(plan, slot, dtype) * BLOCK * count / weights
    return PartCost(
        rule=plan.rule.name,
        weights=weights,
        tensors=len(shapes),
        update=_costs(plan, plan.update, dtype),
        accumulate=_costs(plan, plan.accumulate, dtype),
        state=state,
        codes={slot: str(code) for slot, code in plan.codes.items()},
    )


def _mean(parts: tuple[PartCost, ...], values: list[float] | list[int]) -> float:
    """The mean over all weights; over the parts, if no shapes are known."""
    counts = [part.weights or 1 for part in parts]
    total = sum(value * count for value, count in zip(values, counts, strict=True)) / sum(counts)
    return int(total) if float(total).is_integer() else total


def _costs(plan: Plan, works: tuple[Pass, ...], dtype: str) -> tuple[PassCost, ...]:
    costs = []
    for work in works:
        walks = lower(plan, work).walks
        for place, walk in enumerate(walks):
            writes = walk.writes
            reads = [name for name in (*plan.arrays, *SCRATCHES) if name in walk.reads]
            costs.append(
                PassCost(
                    name=work.name if place == len(walks) - 1 else f"{work.name}, walk {place + 1}",
                    reads=tuple(reads),
                    writes=writes,
                    bytes_read=_sizes(plan, reads, dtype),
                    bytes_written=_sizes(plan, writes, dtype),
                )
            )
    return tuple(costs)


def _sizes(plan: Plan, names: Iterable[str], dtype: str) -> float:
    total = sum(_size(plan, name, dtype) for name in names)
    return int(total) if float(total).is_integer() else total


def _size(plan: Plan, name: str, dtype: str) -> float:
    """Bytes of an array for each weight, for parameters of this dtype."""
    size = STORED[dtype if name in ("p", "g") else slot_dtype(plan, name, dtype)].bytes
    return size / BLOCK if name in plan.scales else size


def _argument_costs(
    optimizer: Description, shapes: Mapping[str, tuple[int, ...]], dtype: str
) -> dict[str, float]:
    """For each argument that shapes the step: bytes with it less bytes without it."""

    def total(one: Description) -> float:
        parts = _parts(one, shapes, dtype)[0]
        return _mean(parts, [part.bytes for part in parts])

    costs = {}
    for name in optimizer.structural_arguments():
        # Overwriting by the average goes with the average, and the order of clips with them.
        names = {"use_ema": (name, "ema_overwrite_frequency")}.get(name, (name,))
        clips = optimizer.fields[name].stage == "clip"
        names = (*names, "clip_order") if clips and optimizer.clip_order else names
        if name == "clip_order":
            continue
        without = optimizer.replace(**{n: optimizer.fields[n].default for n in names})
        costs[name] = total(optimizer) - total(without)
    return costs


def _some(names: tuple[str, ...], tensors: int) -> str:
    """Some of `names`, and how many there are."""
    shown = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    return f"{len(names)} of {tensors} tensors: {shown}"


def _amounts(tensors: int, weights: int) -> str:
    return f"{tensors:,} tensor{'' if tensors == 1 else 's'}, {weights:,} weights"
