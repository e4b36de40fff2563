"""One kind of call over a fixed set of tensors, as a sequence of launches.

Nothing in a step waits for the device, so steps can be captured as CUDA graphs: a graph keeps the
gradients that it was captured with, and takes the numbers that are on the device when it is
replayed.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch

from ...errors import ArgumentError
from ...lowering import lower
from ...passes import NORM_CLIPS, Pass
from ...plan import rounds
from ..capture import refuse_capture
from . import joining
from .addresses import Addresses
from .between import LANES, factors_text
from .binding import Bound, bind
from .kernel import compile_pass
from .launch import Launch
from .memory import DeviceBatch, DeviceTensor
from .rows import LOSS_SCALE, DeviceRows, scalars_text
from .shared import Exchange, Shared, bytes_of_scratch
from .text import load
from .totals import add_over_tensors, addends, fed_by, hand_on_to_all

Step = Callable[[], None]


class DeviceCall:
    """One kind of call (``"update"``, or ``"accumulate"`` only).

    All plans of one optimizer have the same passes, one after the other, whatever their rules.

    Args:
        tensors: what takes part, in the order in which gradients will be given; all on the device
            of `rows`, each with its arrays where they stay.
        kind: which passes of their plans.
        rows: the scalars.
        exchange: what is done with the sums of each walk before they are used, if other
            processes have parts of the tensors; each must have the same tensors in the same order.

    Attributes:
        stop: int32 [1], not 0 if the last call has stored nothing: something was not finite.
        norm: float64 [1], the norm of all gradients together, if a clip takes norms.
    """

    def __init__(
        self,
        tensors: Sequence[DeviceTensor],
        kind: str,
        rows: DeviceRows,
        exchange: Exchange | None = None,
    ) -> None:
        self._rows = rows
        self._device = rows.device
        for tensor in tensors:
            tensor.check()
        tensors = [tensor.without_gradient() for tensor in tensors]
        self._batches = _batches(tensors, kind, stacked=exchange is None)
        self._order = np.array([p for batch in self._batches for p in batch.places], np.int64)
        count = len(tensors)
        self._addresses = Addresses(count, self._device)
        self._given = self._zeros(2, dtype=torch.float32)
        self._given[1] = 1.0
        self._is_given = False
        self.stop = self._zeros(1, dtype=torch.int32)
        self.norm = self._zeros(1)
        self._squares: torch.Tensor | None = None
        self._found: list[torch.Tensor] = []
        self._factors = self._zeros(count, len(NORM_CLIPS))
        scratch = self._zeros(
            max(map(bytes_of_scratch, self._batches), default=0), dtype=torch.uint8
        )
        self._bound: list[list[Bound | None]] = []
        self._scalars: list[tuple[Any, list[torch.Tensor]]] = []
        first = 0
        made = rounds([batch.plan for batch in self._batches], kind)
        for place, batch in enumerate(self._batches):
            end = first + len(batch)
            shared = Shared(
                batch,
                rows,
                self._addresses.table[first:end],
                self._factors[first:end],
                self.stop,
                scratch,
                exchange,
            )
            self._bind(batch, [works[place] for works in made], shared)
            first = end
        self._steps = self._lay_out(advances=kind == "update")
        self._is_compiled = False

    def _zeros(self, *shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        return torch.zeros([max(size, 1) for size in shape], dtype=dtype, device=self._device)

    def _bind(self, batch: DeviceBatch, works: Sequence[Pass | None], shared: Shared) -> None:
        bound = [
            None
            if work is None
            else bind(compile_pass(batch.plan, work, batch.dtypes), batch, shared)
            for work in works
        ]
        there = [one for one in bound if one is not None]
        text = scalars_text(batch.plan, [one.places for one in there], self._rows)
        self._scalars.append((load("scalars", text), [one.uniform for one in there]))
        self._bound.append(bound)

    # -- the sequence

    def _lay_out(self, advances: bool) -> list[Step]:
        passes = [
            [bound for bound in bounds if bound is not None]
            for bounds in zip(*self._bound, strict=True)
        ]
        works = [bounds[0].work for bounds in passes]
        judged = any(work.checks or work.finite or work.totals for work in works)
        # What can stop a step must be known before it is counted.
        begin = self._count(stores=True, advances=advances and not judged)
        end = self._count(stores=False, advances=True) if advances and judged else []
        middle = [step for bounds in passes for step in self._pass(bounds)]
        fed = fed_by(self._rows, self._batches) if advances else []
        shared = [partial(hand_on_to_all, self._rows, fed)] if fed else []
        return [*begin, *middle, *end, *shared]

    def _count(self, stores: bool, advances: bool, again: bool = False) -> list[Step]:
        """The kernels of the scalars; rows that several batches have are counted once."""
        last = {row: p for p, batch in enumerate(self._batches) for row in batch.rows.tolist()}
        steps: list[Step] = []
        for place, (batch, (kernel, uniforms)) in enumerate(
            zip(self._batches, self._scalars, strict=True)
        ):
            own = [(row, last[row] == place) for row in np.unique(batch.rows).tolist()]
            entries = batch.upload(np.array(own, np.int64))
            rows = self._rows
            tables = [entries, rows.counts, rows.numbers, rows.kept, self._given, self.stop]
            constants = {"STORES": stores, "ADVANCES": advances}
            if batch.plan.totals:
                uniforms, constants = [*uniforms, rows.sums], {**constants, "AGAIN": again}
            elif again:
                continue
            steps.append(Launch(kernel, len(own), [*tables, *uniforms], constants))
        return steps

    def _pass(self, bounds: Sequence[Bound]) -> list[Step]:
        steps: list[Step] = [bound.run for bound in bounds]
        work = bounds[0].work
        if work.totals:
            stop = self.stop if work.finite else None
            steps.append(partial(add_over_tensors, self._rows, addends(self._rows, bounds), stop))
            steps += self._count(stores=True, advances=False, again=True)
        elif work.limit:
            steps += self._clip(work.limit, bounds, work.finite)
        elif work.checks:
            judge: Any = joining.judge
            for bound in bounds:
                found = bound.sums[:, -1:]
                self._found.append(found)
                constants = {"COUNT": bound.sums.shape[1], "LANES": LANES}
                steps.append(Launch(judge, 1, [found, self.stop, len(found)], constants))
        return steps

    def _clip(self, clip: str, bounds: Sequence[Bound], finite: bool) -> list[Step]:
        steps: list[Step] = []
        parts = [bound.sums[:, 0] for bound in bounds]
        squares, norm = parts[0], self.norm
        if len(parts) > 1:
            squares = self._zeros(len(self._order))
            steps.append(partial(_join, parts, squares))
        if self._squares is None:
            self._squares = squares
        else:
            norm = self._zeros(1)  # that of a second clip is told to nobody
        batch = self._batches[0]
        column = self._rows.names.index(clip)
        limit = self._rows.numbers[int(batch.rows[0]), column:]
        kernel = load("factors", factors_text(batch.plan, clip, finite))
        tables = [squares, limit, self._factors, norm, self.stop, len(self._order)]
        return [*steps, Launch(kernel, 1, tables, {"LANES": LANES})]

    @property
    def launches(self) -> list[Launch]:
        """Every launch of a call, in order: what the device does, to look at."""
        found: list[Launch] = []
        for step in self._steps:
            owner = getattr(step, "__self__", None)
            if isinstance(step, Launch):
                found.append(step)
            elif isinstance(owner, Bound):
                found += owner.launches
        return found

    # -- what a call leaves behind

    @property
    def squares(self) -> torch.Tensor | None:
        """float64 [tensors], the sum of squares of each gradient, if a clip takes norms."""
        return None if self._squares is None else self._in_order(self._squares)

    def first_not_finite(self) -> int | None:
        """The first tensor in which something would not have been finite; waits for the device."""
        counts = [found[:, 0] for found in self._found]
        if self._squares is not None:
            # With a global norm every tensor would be NaN: the one that began it is meant.
            bad = ~torch.isfinite(self._squares)
            counts = counts if not bool(bad.any()) else [bad]
        if not counts:
            return None
        places = self._in_order(torch.cat(counts)).nonzero().reshape(-1)
        return int(places[0]) if len(places) else None

    def _in_order(self, values: torch.Tensor) -> torch.Tensor:
        back = torch.from_numpy(np.argsort(self._order)).to(self._device)
        return values[: len(self._order)][back]

    # -- a call

    def run(
        self,
        gradients: Sequence[int] | np.ndarray,
        numbers: Any = None,
        *,
        found_inf: torch.Tensor | None = None,
        grad_scale: torch.Tensor | None = None,
    ) -> None:
        """One call, on the current stream; returns before the device is done.

        The first one compiles, so make one before a call is captured as a graph.

        Args:
            gradients: the address of each tensor's gradient; they must live until the step is done.
            numbers: as `DeviceRows.write` takes them, if they may be others than before.
            found_inf: one float on the device; the call stores nothing if it is not 0.
            grad_scale: one float on the device, by which the gradients are divided; plans need
                the number loss_scale_factor for it.
        """
        if grad_scale is not None and not all(
            LOSS_SCALE in batch.plan.numbers for batch in self._batches
        ):
            raise ArgumentError(
                "grad_scale needs a plan that unscales. Got: an optimizer without "
                f"{LOSS_SCALE}. Use {LOSS_SCALE}=1."
            )
        if not self._is_compiled:
            refuse_capture(self._device, "A step must have been made")
        with self._on_device():
            self._addresses.write(np.asarray(gradients, np.int64)[self._order])
            if numbers is not None:
                self._rows.write(numbers)
            self._give(found_inf, grad_scale)
            for step in self._steps:
                step()
        self._is_compiled = True

    def _on_device(self) -> AbstractContextManager[Any]:
        cuda = self._device.type == "cuda"
        return torch.cuda.device(self._device) if cuda else nullcontext()

    def _give(self, found: torch.Tensor | None, scale: torch.Tensor | None) -> None:
        if found is None and scale is None and not self._is_given:
            return
        for place, value in enumerate((found, scale)):
            if value is None:
                self._given[place].fill_(float(place))
            else:
                self._given[place].copy_(value.reshape(()), non_blocking=True)
        self._is_given = found is not None or scale is not None


def _join(parts: list[torch.Tensor], whole: torch.Tensor) -> None:
    torch.cat(parts, out=whole)


def _batches(tensors: Sequence[DeviceTensor], kind: str, stacked: bool) -> list[DeviceBatch]:
    """Tensors that share a plan and dtypes; equal shapes together, if they are to be stacked."""
    groups: dict[tuple, list[int]] = {}
    for place, tensor in enumerate(tensors):
        works = [lower(tensor.plan, work) for work in getattr(tensor.plan, kind)]
        scratch = tuple(dict.fromkeys(name for work in works for name in work.scratch))
        # Processes must agree on the batches, whatever part of each tensor they have.
        shape = (tensor.shape, tensor.sizes) if any(work.whole for work in works) else None
        key = (id(tensor.plan), *tensor.dtypes.values(), scratch, shape)
        groups.setdefault(key, []).append(place)
    if stacked:
        for group in groups.values():
            group.sort(key=lambda place: tensors[place].shape)
    return [
        DeviceBatch([tensors[place] for place in group], group, scratch=key[-2])
        for key, group in groups.items()
    ]
