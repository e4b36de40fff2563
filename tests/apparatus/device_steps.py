"""A plain front end for the GPU compiler: tensors, state and calls, to compare with the definition.

Where there is no GPU, Triton's interpreter runs the kernels on tensors in host memory
(``TRITON_INTERPRET=1``, which `conftest` sets). With ``TRITON_INTERPRET=0`` they run on a GPU.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from adamas import Optimizer
from adamas.compilers.triton import DeviceCall, DeviceRows, DeviceTensor
from adamas.compilers.triton.shared import Exchange
from adamas.language.expression import ARRAY
from adamas.language.shapes import matrix_shape, small_shape
from adamas.runtime.assignment import Assignment
from adamas.runtime.slots import first_values
from cases import BFLOAT16, ULPS, check_close, gradients, parameters

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = torch.device("cuda" if torch.cuda.is_available() and not INTERPRETED else "cpu")

SHAPES = ((37,), (3, 5), (), (2, 0), (2, 3, 4), (3, 5))
"""A vector with a tail, matrices of one shape, a scalar, nothing, a stack."""

Make = Callable[[torch.Tensor], torch.Tensor]


def to_torch(array: np.ndarray) -> torch.Tensor:
    """A copy of an array, on the device."""
    if array.dtype == BFLOAT16:
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16).to(DEVICE)
    return torch.from_numpy(array.copy()).to(DEVICE)


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """A copy of a tensor as an array."""
    tensor = tensor.detach().cpu().clone()
    if tensor.dtype == torch.bfloat16:
        return tensor.contiguous().view(torch.int16).numpy().view(BFLOAT16)
    return tensor.numpy()


class Session:
    """The state of one optimizer for tensors on the device, and its calls.

    Args:
        form: how a tensor of the values given lies in memory, for parameters and slots; by
            default dense.
        gradient_form: the same for gradients.
        exchange, whole: how sums are exchanged, and the shapes of the tensors, if `params` are
            parts of them.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        params: Sequence[np.ndarray],
        *,
        form: Make = torch.clone,
        gradient_form: Make = torch.clone,
        exchange: Exchange | None = None,
        whole: Sequence[tuple[int, ...]] | None = None,
    ) -> None:
        self.optimizer = optimizer
        names = [str(index) for index in range(len(params))]
        shapes = whole or [p.shape for p in params]
        decays = [optimizer.decays(name, p) for name, p in zip(names, params, strict=True)]
        self.assignment = Assignment(optimizer, names, shapes, decays)
        self.params = [form(to_torch(p)) for p in params]
        self.gradient_form = gradient_form
        self.slots = [self._new_slots(index, p, form) for index, p in enumerate(params)]
        whose = [(self.assignment.member_of[i], decays[i]) for i in range(len(params))]
        self.owners = list(dict.fromkeys(whose))
        members = [member or 0 for member, _ in self.owners]
        known = {"adds_to": list(map(self.assignment.sums_of, members)), "members": members}
        self.rows = DeviceRows(self.assignment.plans, len(self.owners), DEVICE, **known)
        for row, (member, _) in enumerate(self.owners):
            kept = self.assignment.members[member or 0].remembered
            for column, name in enumerate(self.rows.remembered):
                self.rows.kept[row, column] = float(kept.get(name, 0.0))
        gradients = [gradient_form(to_torch(p)) for p in params]
        sizes = [matrix_shape(shape) for shape in whole] if whole else [None] * len(params)
        tensors = [
            DeviceTensor(
                self.assignment.plan(index),
                {"p": self.params[index], "g": gradients[index], **self.slots[index]},
                self.owners.index(whose[index]),
                sizes[index],
                names[index],
            )
            for index in range(len(params))
        ]
        self.update = DeviceCall(tensors, "update", self.rows, exchange)
        self.only = DeviceCall(tensors, "accumulate", self.rows, exchange)
        self.calls = self.pending = 0

    def _new_slots(self, index: int, param: np.ndarray, form: Make) -> dict[str, torch.Tensor]:
        kind = np.float64 if param.dtype == np.float64 else np.float32
        initial = first_values(
            self.assignment, index, param, lambda: self.optimizer.read_numbers(0)
        )
        slots = {}
        for slot, extent in self.assignment.plan(index).slots.items():
            shape = param.shape if extent == ARRAY else small_shape(param.shape, extent)
            values = np.zeros(shape, kind)
            if slot in initial:
                values[...] = initial[slot]
            slots[slot] = form(to_torch(values)) if extent == ARRAY else to_torch(values)
        return slots

    def apply(self, grads: Sequence[np.ndarray], **flags: Any) -> DeviceCall:
        """One call; gives what ran."""
        numbers = self.optimizer.read_numbers(self.calls)
        steps = int(numbers.get("gradient_accumulation_steps", 1))
        call = self.update if self.pending + 1 >= steps else self.only
        gradients = [self.gradient_form(to_torch(g)) for g in grads]
        with np.errstate(all="ignore"):
            call.run([g.data_ptr() for g in gradients], self.numbers(numbers), **flags)
        if not int(call.stop[0]):
            self.calls += 1
            self.pending = 0 if call is self.update else self.pending + 1
        return call

    def numbers(self, values: dict[str, float]) -> list[list[float]]:
        """The numbers of each row."""
        rows = []
        for member, decays in self.owners:
            one = self.assignment.members[member or 0]
            own = {**one.read_numbers(self.calls), **values}
            if not decays:
                own |= dict.fromkeys(("weight_decay", "adam_weight_decay"), 0.0)
            rows.append([own.get(name, 0.0) for name in self.rows.names])
        return rows

    @property
    def updates(self) -> list[float]:
        """How many updates each row has had."""
        return self.rows.counts.tolist()

    def state(self) -> dict[str, dict[str, np.ndarray]]:
        """Every slot by parameter, as `Optimizer.state` has them."""
        found: dict[str, dict[str, np.ndarray]] = {}
        for index, slots in enumerate(self.slots):
            for slot, tensor in slots.items():
                found.setdefault(slot, {})[str(index)] = to_numpy(tensor)
        return found

    def picture(self) -> tuple:
        """Every byte that a stopped step may not change."""
        tensors = [*self.params, *(t for slots in self.slots for t in slots.values())]
        kept = [to_numpy(t).tobytes() for t in (*tensors, self.rows.kept)]
        return kept, self.updates


def check_against_definition(
    optimizer: Optimizer,
    definition: Optimizer,
    dtype: Any = np.float32,
    calls: int = 4,
    follow: bool = False,
    shapes: Any = SHAPES,
    **form: Any,
) -> Session:
    """Kernels stay within rounding of what the reference makes of `definition`; as on the CPU."""
    params = parameters(dtypes=[dtype], shapes=shapes)
    session = Session(optimizer, params, **form)
    definition.build(params, compiler="reference")
    for seed in range(1, calls + 1):
        grads = gradients(params, seed)
        session.apply(grads)
        definition.apply(grads)
    assert session.updates == [definition.iterations] * len(session.updates)
    name = np.dtype(dtype).name
    check_close([to_numpy(p) for p in session.params], params, ULPS[name])
    state = session.state()
    assert state.keys() == definition.state.keys()
    for slot, arrays in state.items():
        loose = name if follow or slot == "ema" or name == "float64" else "float32"
        check_close(arrays.values(), definition.state[slot].values(), ULPS[loose])
    return session
