"""The session of tensors on a GPU: who makes its steps, what only the device knows, and graphs."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import torch

from ...compilers import capture
from ...description import Description
from ...errors import StateError
from ...runtime.host.anew import anew
from ...runtime.host.arrangement import Owned
from ...runtime.host.calls import Calls
from ...runtime.host.given import Kind
from ...runtime.host.layouts import Layouts
from ...runtime.scalars import numbers_of_members
from .device import DeviceSteps
from .groups import Group
from .session import TensorSession

READ_THERE = -sys.float_info.max
"""In the place of a number that the device reads from a tensor; no loss is that."""


class DeviceCalls(Calls):
    """Calls that a graph may capture.

    Attributes:
        captured: the steps that graphs have captured, which write what is laid out in them for as
            long as they are replayed.
    """

    def __init__(self, layouts: Layouts, device: torch.device) -> None:
        super().__init__(layouts)
        self._device = device
        self.captured: list[DeviceSteps] = []

    def make(
        self, holding: Any, steps: Any, *given: Any, counted: bool = True, **more: Any
    ) -> None:
        """A call; one that is captured is not made, and so not counted: `replayed` counts."""
        if capture.capturing(self._device):
            steps.refuse_capture()
            counted = False
            if all(steps is not other for other in self.captured):
                self.captured.append(steps)
        super().make(holding, steps, *given, counted=counted, **more)


class DeviceSession(TensorSession):
    """As its parent, with steps by the compiler to Triton.

    Each parameter counts its own updates, on the device, also where a graph is replayed.

    Attributes:
        groups: what may have numbers that are tensors on the device.
    """

    def __init__(self, *given: Any, clocks: bool = True, **more: Any) -> None:
        super().__init__(*given, clocks=True, **more)
        self.groups: Sequence[Group] = ()
        self._there: dict[str, torch.Tensor] = {}

    def new_calls(self, layouts: Layouts) -> Calls:
        """Those that a graph may capture."""
        self._on_device = DeviceCalls(layouts, self.device)
        return self._on_device

    @property
    def captured(self) -> list[DeviceSteps]:
        """The steps that graphs have captured."""
        return self._on_device.captured

    def compiler_on_host(self, name: str) -> None:
        """None; a capture may not begin a state, either."""
        capture.refuse_capture(self.device, "The optimizer must have its state")

    def convert(self, description: Description) -> None:
        """As its parent, where no graph would go on writing what is stored now."""
        if self.captured and anew(self, self.assignment_by(description)):
            raise StateError(
                "A state is converted before CUDA graphs capture steps, whose memory they keep. "
                "Got: one that was captured. Capture anew after optimizer.release_graphs()."
            )
        super().convert(description)

    def counters(self) -> dict[str, int]:
        """All counters, by name; it waits for a device that alone knows what was passed over."""
        found = super().counters()
        if self.description.nonfinite == "propagate":
            return found
        updates = min(self.updates, self.state_of.most_updates())
        missed = self.updates - updates
        return {**found, "updates": updates, "skipped": self.skipped + missed}

    def lay_out(
        self, gradients: Sequence[Any], parameters: Sequence[Any], active: Sequence[int], kind: Kind
    ) -> Any:
        """As its parent, before a capture."""
        capture.refuse_capture(self.device, "Tensors of this form must have made a step")
        return super().lay_out(gradients, parameters, active, kind)

    def steps_of(
        self,
        gradients: Sequence[Any],
        parameters: Sequence[Any],
        owned: Owned,
        given: Sequence[Any],
        kind: Kind,
    ) -> Any:
        """Lay tensors out that were checked."""
        strict = self.description.nonfinite == "raise"
        known = (kind, self.state_of, parameters, gradients, self._divided, strict)
        return DeviceSteps(*known, self._norms(), self._numbers_on_device)

    def _numbers_on_device(self) -> Iterator[tuple[Description, str, torch.Tensor]]:
        """A member, the name of a number of it, and the tensor in which the device has that."""
        for group in self.groups:
            for name, tensor in group.tensors().items():
                yield group.member, name, tensor
        for member in self.assignment.members if self._there else ():
            for name in member.input_numbers():
                if name in self._there:
                    yield member, name, self._there[name]

    def number(self, name: str, value: Any) -> float:
        """A number of a call; one that is on the device is read there, and nothing waits for it."""
        self._there.pop(name, None)
        if isinstance(value, torch.Tensor) and value.device == self.device and not value.ndim:
            self._there[name] = value.detach()
            return READ_THERE
        capture.refuse_capture(self.device, f"{name} must be a 0-d tensor on the device")
        return super().number(name, value)

    def replayed(self) -> None:
        """Count a call that a graph has made."""
        with self._lock:
            self.end_call()

    def send_numbers(self) -> None:
        """Send the numbers of the next call to all that is laid out, for replays of graphs."""
        with self._lock:
            given = dict.fromkeys(self._there, READ_THERE)
            numbers = numbers_of_members(
                self.assignment,
                {**self.description.read_numbers(self.calls), **given},
                lambda one, known: one.read_numbers(self.calls, known),
            )
            laid_out = cast("Iterable[DeviceSteps]", self._layouts.known())
            for steps in dict.fromkeys((*laid_out, *self.captured)):
                steps.write(numbers)
