"""One kind of call over a fixed set of tensors, as a sequence of launches.

Nothing in a step waits for the device, so steps can be captured as CUDA graphs: then the graph has
its own gradients, and takes the numbers that are on the device when it is replayed.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ..lowering import lower
from . import triton_functions
from .triton import BoundPass, Shared, compile_pass
from .triton_between import LANES, factors_text
from .triton_launch import Launch
from .triton_memory import DeviceBatch, DeviceTensor
from .triton_rows import DeviceRows, scalars_text, send
from .triton_text import load

Exchange = Callable[[torch.Tensor, tuple[int, ...], Sequence[int]], torch.Tensor]
"""(sums, axes, places) → sums of all processes. The first axis of `sums`, float64, has the tensors
with these places in the call; summed are these axes of [batch, rows, columns]."""


class DeviceCall:
    """One kind of call (``"update"``, or ``"accumulate"`` only).

    Args:
        tensors: what takes part, in the order in which gradients will be given; all on one device,
            each with its arrays where they stay.
        kind: which passes of their plans.
        rows: the scalars.
        exchange: what is done with the sums of each walk before they are used, if other
            processes have parts of the tensors.

    Attributes:
        squares: float64 [tensors], the sum of squares of each gradient, if a clip takes norms.
        norm: float64 [1], the norm of all gradients together, if a clip takes norms.
        stop: int32 [1], not 0 if the last step has stored nothing, as something was not finite.
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
        self._stage: list[Callable[[], None]] = []
        groups: dict[tuple, list[int]] = {}
        for place, tensor in enumerate(tensors):
            tensor.check()
            groups.setdefault(_kind(tensor, kind), []).append(place)
        self._order = np.array([place for group in groups.values() for place in group], np.int64)
        count = len(tensors)
        self._addresses = torch.zeros(max(count, 1), dtype=torch.int64, device=self._device)
        self._sent = np.full(count, -1)
        self._kept: list[torch.Tensor] = []
        self._given = torch.tensor([0.0, 1.0], device=self._device)
        self._is_given = False
        self.stop = torch.zeros(1, dtype=torch.int32, device=self._device)
        self._squares = torch.zeros(max(count, 1), dtype=torch.float64, device=self._device)
        self.norm = torch.zeros(1, dtype=torch.float64, device=self._device)
        factors = torch.ones((max(count, 1), 2), dtype=torch.float64, device=self._device)
        self._factors = factors
        parts: list[tuple[DeviceBatch, list[BoundPass]]] = []
        first = 0
        self._scalars: list[tuple[Any, list[torch.Tensor]]] = []
        for group in groups.values():
            batch = DeviceBatch([tensors[place] for place in group], group, False)
            end = first + len(group)
            shared = Shared(
                batch, self._addresses[first:end], factors[first:end], self.stop, None, exchange
            )
            kernels = [
                compile_pass(batch.plan, work, batch.dtypes) for work in getattr(batch.plan, kind)
            ]
            bound = [kernel.bind(batch, shared) for kernel in kernels]
            text = scalars_text(
                batch.plan, [kernel.uniform for kernel in kernels], rows.names, rows.remembered
            )
            self._scalars.append((load("scalars", text), [one.uniform for one in bound]))
            parts.append((batch, bound))
            first = end
        self._parts = parts
        self._lay_out(kind)

    def _lay_out(self, kind: str) -> None:
        passes = list(zip(*(bound for _, bound in self._parts), strict=True))
        works = [bounds[0].work for bounds in passes]
        advances = kind == "update"
        judged = any(work.checks or work.finite for work in works)
        launches: list[Callable[[], None]] = []
        owners = {}
        for place, (batch, _) in enumerate(self._parts):
            owners |= dict.fromkeys(batch.rows.tolist(), place)
        ends = []
        for place, (batch, _) in enumerate(self._parts):
            entries = batch.upload(
                np.array([(row, owners[row] == place) for row in np.unique(batch.rows)], np.int64)
            )
            rows = self._rows
            tables = [entries, rows.counts, rows.numbers, rows.kept, self._given, self.stop]
            kernel, uniforms = self._scalars[place]
            arguments = [*tables, *uniforms]
            at_once = advances and not judged
            constants = {"STORES": True, "ADVANCES": at_once}
            launches.append(Launch(kernel, len(entries), arguments, constants))
            if advances and judged:
                constants = {"STORES": False, "ADVANCES": True}
                ends.append(Launch(kernel, len(entries), arguments, constants))
        for bounds in passes:
            for bound in bounds:
                launches.append(bound.run)
            launches += self._after(bounds)
        self._steps = [*launches, *ends]

    def _after(self, bounds: Sequence[BoundPass]) -> list[Callable[[], None]]:
        work = bounds[0].work
        if work.limit:
            return [self._gather(bounds), self._clip(work)]
        if work.checks:
            return [self._judge(bound) for bound in bounds]
        return []

    def _gather(self, bounds: Sequence[BoundPass]) -> Callable[[], None]:
        def gather() -> None:
            torch.cat([bound.sums[:, 0] for bound in bounds], out=self._squares)

        return gather

    def _clip(self, work: Any) -> Launch:
        plan = self._parts[0][0].plan
        assert work.limit is not None
        row = int(self._parts[0][0].rows[0])
        limit = self._rows.numbers[row, self._rows.names.index(work.limit) :]
        kernel = load("factors", factors_text(plan, work.limit, work.finite))
        tables = [self._squares, limit, self._factors, self.norm, self.stop, len(self._order)]
        return Launch(kernel, 1, tables, {"LANES": LANES})

    def _judge(self, bound: BoundPass) -> Launch:
        count = bound.sums.shape[1]
        judge: Any = triton_functions.judge
        constants = {"COUNT": count, "PLACE": count - 1, "LANES": LANES}
        return Launch(judge, 1, [bound.sums, self.stop, len(bound.sums)], constants)

    @property
    def squares(self) -> torch.Tensor:
        """float64 [tensors], the sum of squares of each gradient, in the order of the tensors."""
        order = torch.from_numpy(np.argsort(self._order)).to(self._device)
        return self._squares[: len(self._order)][order]

    def run(
        self,
        gradients: Sequence[int] | np.ndarray,
        numbers: Any = None,
        *,
        found_inf: torch.Tensor | None = None,
        grad_scale: torch.Tensor | None = None,
    ) -> None:
        """One call, on the current stream.

        Args:
            gradients: the address of each tensor's gradient; they must live until the step is done.
            numbers: as `DeviceRows.write` takes them, if they may be others than before.
            found_inf: one float on the device; the step stores nothing if it is not 0.
            grad_scale: one float on the device, by which the gradients are divided.
        """
        self._send(np.asarray(gradients, np.int64))
        if numbers is not None:
            self._rows.write(numbers)
        self._give(found_inf, grad_scale)
        for step in self._steps:
            step()

    def _send(self, gradients: np.ndarray) -> None:
        captured = self._device.type == "cuda" and torch.cuda.is_current_stream_capturing()
        gradients = gradients[self._order]
        if captured or not np.array_equal(gradients, self._sent):
            source = send(gradients, self._addresses[: len(gradients)])
            self._sent = gradients
            if captured:
                self._kept.append(source)  # each replay sends it again
                self._sent = np.full(len(gradients), -1)

    def _give(self, found: torch.Tensor | None, scale: torch.Tensor | None) -> None:
        if found is None and scale is None:
            if self._is_given:
                self._given[0] = 0.0
                self._given[1] = 1.0
                self._is_given = False
            return
        self._is_given = True
        for place, value in enumerate((found, scale)):
            if value is None:
                self._given[place].fill_(float(place))
            else:
                self._given[place].copy_(value.reshape(()), non_blocking=True)


def _kind(tensor: DeviceTensor, kind: str) -> tuple:
    """Tensors of the same kind share a batch."""
    whole = any(lower(tensor.plan, work).whole for work in getattr(tensor.plan, kind))
    shape = tensor.shape if whole else None
    return id(tensor.plan), *tensor.dtypes.values(), shape
