"""What a step costs and why: the plan in numbers, for people and for machines."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from .errors import ArgumentError
from .lowering import SCRATCH, lower
from .plan import Pass, Plan, make_plan

if TYPE_CHECKING:
    from .optimizer import Optimizer

SHOWN = 8
"""Names in a list of excluded parameters; `Explanation.excluded` has them all."""

SIZES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}
"""Bytes of a weight, by dtype."""


@dataclass(frozen=True)
class PassCost:
    """One pass: the arrays it reads and writes, and bytes per weight for each."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    bytes_read: int
    bytes_written: int

    @property
    def bytes(self) -> int:
        """Bytes per weight in both directions."""
        return self.bytes_read + self.bytes_written


@dataclass(frozen=True)
class Explanation:
    """The cost of a step; `str` gives a table, `to_json` the same for machines.

    Attributes:
        optimizer: the optimizer, as it is constructed.
        dtype: of the parameters and gradients.
        weights, tensors: how many there are; 0 if no shapes are known.
        update: the passes of a call that updates.
        accumulate: the passes of a call that only accumulates; empty without accumulation.
        arguments: bytes per weight that each argument adds to an updating call.
        state: bytes per weight of each slot, kept between steps.
        decayed, excluded: names of parameters with and without weight decay.
    """

    optimizer: str
    dtype: str
    weights: int
    tensors: int
    update: tuple[PassCost, ...]
    accumulate: tuple[PassCost, ...]
    arguments: Mapping[str, int]
    state: Mapping[str, int]
    decayed: tuple[str, ...]
    excluded: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-safe values, with the sums."""
        return {
            **asdict(self),
            "bytes_per_weight": sum(cost.bytes for cost in self.update),
            "state_bytes_per_weight": sum(self.state.values()),
        }

    def __str__(self) -> str:
        lines = [self.optimizer]
        if self.weights:
            plural = "" if self.tensors == 1 else "s"
            lines.append(f"{self.tensors:,} tensor{plural}, {self.weights:,} weights, {self.dtype}")
        lines += self._passes("A call that updates", self.update)
        if self.accumulate:
            lines += self._passes("A call that only accumulates", self.accumulate)
        lines += self._arguments()
        lines += self._state()
        if self.excluded:
            lines += ["", f"No weight decay for {_some(self.excluded, self.tensors)}"]
        return "\n".join(lines)

    def _passes(self, title: str, costs: tuple[PassCost, ...]) -> list[str]:
        total = sum(cost.bytes for cost in costs)
        plural = "pass" if len(costs) == 1 else "passes"
        rows = [
            (cost.name, ", ".join(cost.reads), ", ".join(cost.writes) or "-", str(cost.bytes))
            for cost in costs
        ]
        header = ("pass", "reads", "writes", "bytes per weight")
        traffic = f", {_amount(total * self.weights)} in all" if self.weights else ""
        return [
            "",
            f"{title}: {len(costs)} {plural} over memory, {total} bytes per weight{traffic}",
            *_table(header, rows),
        ]

    def _arguments(self) -> list[str]:
        if not self.arguments:
            return []
        rows = [
            (name, "free: no memory traffic of its own" if cost == 0 else f"+{cost} bytes")
            for name, cost in self.arguments.items()
        ]
        return ["", "What each argument costs, per weight", *_table(("argument", "cost"), rows)]

    def _state(self) -> list[str]:
        total = sum(self.state.values())
        slots = ", ".join(f"{name} {size}" for name, size in self.state.items()) or "nothing"
        memory = f", {_amount(total * self.weights)} in all" if self.weights else ""
        return ["", f"State kept between steps: {total} bytes per weight ({slots}){memory}"]


def explain(
    optimizer: "Optimizer",
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    dtype: str = "float32",
) -> Explanation:
    """The cost of a step of `optimizer` for parameters of these shapes by name.

    Raises `ArgumentError` for a dtype that parameters cannot have.
    """
    if dtype not in SIZES:
        raise ArgumentError(f"dtype must be one of {', '.join(SIZES)}. Got: {dtype!r}.")
    plan = make_plan(optimizer)
    shapes = shapes or {}
    decays = plan.decay_number in plan.numbers
    excluded = tuple(name for name in shapes if decays and not optimizer.decays(name, None))
    return Explanation(
        optimizer=repr(optimizer),
        dtype=dtype,
        weights=sum(prod(shape) for shape in shapes.values()),
        tensors=len(shapes),
        update=_costs(plan, plan.update, dtype),
        accumulate=_costs(plan, plan.accumulate, dtype),
        arguments=_argument_costs(optimizer, plan, dtype),
        state={slot: _size(slot, dtype) for slot in plan.slots},
        decayed=tuple(name for name in shapes if decays and name not in excluded),
        excluded=excluded,
    )


def _costs(plan: Plan, works: tuple[Pass, ...], dtype: str) -> tuple[PassCost, ...]:
    costs = []
    for work in works:
        walks = lower(plan, work).walks
        for place, walk in enumerate(walks):
            writes = [*walk.stores, *([SCRATCH] if walk.whole is not None else [])]
            reads = [name for name in (*plan.arrays, SCRATCH) if name in walk.reads]
            costs.append(
                PassCost(
                    name=work.name if place == len(walks) - 1 else f"{work.name}, sums",
                    reads=tuple(reads),
                    writes=tuple(writes),
                    bytes_read=sum(_size(name, dtype) for name in reads),
                    bytes_written=sum(_size(name, dtype) for name in writes),
                )
            )
    return tuple(costs)


def _size(name: str, dtype: str) -> int:
    return SIZES[dtype] if name in ("p", "g") else max(SIZES[dtype], 4)


def _argument_costs(optimizer: "Optimizer", plan: Plan, dtype: str) -> dict[str, int]:
    """For each argument that shapes the step: bytes with it less bytes without it."""
    total = sum(cost.bytes for cost in _costs(plan, plan.update, dtype))
    costs = {}
    for name in optimizer.structural_arguments():
        # Overwriting by the average goes with the average.
        names = (name, "ema_overwrite_frequency") if name == "use_ema" else (name,)
        without = optimizer.replace(**{n: optimizer._fields[n].default for n in names})
        plan_without = make_plan(without)
        others = _costs(plan_without, plan_without.update, dtype)
        costs[name] = total - sum(cost.bytes for cost in others)
    return costs


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = []
    for row in (header, tuple("-" * width for width in widths), *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append(f"  {'  '.join(cells).rstrip()}")
    return lines


def _some(names: tuple[str, ...], tensors: int) -> str:
    """Some of `names`, and how many there are."""
    shown = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    return f"{len(names)} of {tensors} tensors: {shown}"


def _amount(size: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError
