"""Parameters of which each process has a part: DTensors.

The processes reach each other by PyTorch's own collectives. Element-wise work needs none of them:
each process updates its part. Sums are added up along those dimensions of the device mesh that
divide an axis which is summed over, one collective for each dimension, in the same order in every
process; all get the same bits, so that all go the same way.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor, Replicate, Shard
from torch.distributed.tensor._utils import compute_local_shape_and_global_offset
from torch.distributed.tensor.placement_types import Placement

from ...compilers.products import applied, applied_on_host
from ...errors import ArrayError
from ...language.matrices import Whole
from ...language.shapes import matrix_shape
from ...refusals import PARTIAL
from .placement import dense_strides, divided_axis, of_stack
from .processes import Group, any_of, joined
from .tensors import is_divided

NOTHING = np.iinfo(np.int64).max
"""The number of a tensor that there is not."""


@dataclass(frozen=True)
class Form:
    """The whole shape of a DTensor and how it is divided."""

    shape: tuple[int, ...]
    mesh: DeviceMesh
    placements: tuple[Placement, ...]

    @property
    def axes(self) -> tuple[int | None, ...]:
        """Which axis of [batch, rows, columns] each dimension of the mesh divides, or None."""
        return tuple(divided_axis(placement, len(self.shape)) for placement in self.placements)


class Divided:
    """What is known of a list of parameters of which some are DTensors (see `PartsOf`).

    Raises `UnsupportedError` for a DTensor whose parts are summands (the placement Partial).
    """

    def __init__(self, names: Sequence[str], params: Sequence[torch.Tensor]) -> None:
        self._names = names
        self._params = params
        self._forms = [_form(n, p) for n, p in zip(names, params, strict=True)]
        self._local = [
            tuple(p.to_local().shape if isinstance(p, DTensor) else p.shape) for p in params
        ]
        self.sizes: Sequence[tuple[int, int, int]] = [matrix_shape(p.shape) for p in params]
        meshes = dict.fromkeys(form.mesh for form in self._forms if form is not None)
        self._processes = list(dict.fromkeys(own for mesh in meshes for _, own in _groups(mesh)))
        self._everyone = list(map(Group, self._processes))

    def divided(self, index: int) -> Hashable:
        """The mesh of a DTensor."""
        form = self._forms[index]
        return None if form is None else form.mesh

    def form(self, index: int) -> Hashable:
        """The whole shape of a parameter and how it is divided."""
        return self._forms[index] or tuple(self._params[index].shape)

    def begins(self, index: int) -> tuple[int, tuple[int, ...]]:
        """The index of this part's first weight in the whole parameter, in the order of C.

        And how far indices there are apart along each axis.
        """
        form = self._forms[index]
        shape = tuple(self._params[index].shape)
        strides = dense_strides(shape)
        if form is None:
            return 0, strides
        _, first = compute_local_shape_and_global_offset(shape, form.mesh, form.placements)
        return sum(at * stride for at, stride in zip(first, strides, strict=True)), strides

    def exchange(self, group: Sequence[int]) -> "Parts | None":
        """How these parameters, which have one mesh, are summed over all processes."""
        forms = [form for index in group if (form := self._forms[index]) is not None]
        return Parts(forms, [self._local[index] for index in group], self._everyone)

    def on_device(self, active: Sequence[int]) -> "DeviceParts":
        """As `exchange`, for sums in the memory of a device."""
        forms = [self._forms[index] for index in active]
        return DeviceParts(forms, [self._local[index] for index in active])

    @property
    def groups(self) -> list[Group]:
        """Those through which all processes that have parts are reached."""
        return self._everyone

    def cuts(self, index: int) -> tuple[bool, ...]:
        """For each of `groups`, whether its processes have different parts of a parameter."""
        form = self._forms[index]
        dims = [] if form is None else _groups(form.mesh)
        dividing = [own for dim, own in dims if form and form.axes[dim] is not None]
        return tuple(own in dividing for own in self._processes)

    def any(self, value: bool) -> bool:
        """Whether it is true of any process that has parts of the parameters."""
        return any_of(value, self._everyone)

    def gradients(self, gradients: Iterable[torch.Tensor | None]) -> list[torch.Tensor | None]:
        """The own part of each gradient, divided as its parameter is."""
        return list(map(self.gradient, range(len(self._params)), gradients))

    def gradient(self, index: int, gradient: torch.Tensor | None) -> torch.Tensor | None:
        """The own part of one."""
        form = self._forms[index]
        if gradient is None:
            return None
        if not isinstance(gradient, DTensor) or form is None:
            if is_divided(gradient) or form is not None:
                raise ArrayError(
                    f"The gradient of {self._names[index]!r} must be a DTensor exactly if the "
                    f"parameter is. Got: {type(gradient).__name__} for "
                    f"{type(self._params[index]).__name__}."
                )
            return gradient
        if gradient.device_mesh is not form.mesh and gradient.device_mesh != form.mesh:
            raise ArrayError(
                f"The gradient of {self._names[index]!r} must be on the parameter's device mesh "
                f"{form.mesh}. Got: {gradient.device_mesh}."
            )
        if gradient.placements != form.placements:
            gradient = gradient.redistribute(placements=form.placements)
        return _ready(gradient)


def _form(name: str, parameter: torch.Tensor) -> Form | None:
    if not isinstance(parameter, DTensor):
        return None
    if any(placement.is_partial() for placement in parameter.placements):
        raise PARTIAL.error(f"{name!r} with {parameter.placements}")
    return Form(tuple(parameter.shape), parameter.device_mesh, parameter.placements)


def _groups(mesh: DeviceMesh) -> list[tuple[int, dist.ProcessGroup]]:
    """The dimensions of a mesh that have more than one process, and their groups."""
    return [(dim, mesh.get_group(dim)) for dim in range(mesh.ndim) if mesh.size(dim) > 1]


def _ready(tensor: DTensor) -> torch.Tensor:
    """The own part of a DTensor, when it has arrived."""
    own: Any = tensor.to_local()
    return own.wait() if hasattr(own, "wait") else own


class Parts:
    """Tensors of one mesh: their sums, and functions of them as whole (see `Exchange`).

    Args:
        forms: of each tensor; none if they are no DTensors, and so are whole everywhere.
        local: the shape of this process's part of each.
        everyone: the groups through which all processes of the model are reached.
    """

    def __init__(
        self, forms: Sequence[Form], local: Sequence[tuple[int, ...]], everyone: Sequence[Group]
    ) -> None:
        self._forms = forms
        self._local = local
        self._everyone = everyone
        self._axes = [form.axes for form in forms]
        dimensions = _groups(forms[0].mesh) if forms else []
        self._dimensions = [(dim, Group(group)) for dim, group in dimensions]

    def join(
        self, names: Sequence[str], axes: Sequence[tuple[int, ...]], results: Sequence[Any]
    ) -> list[list[Any]]:
        """Reductions over axes of [batch, rows, columns], with the parts of all processes."""
        joined = [[np.array(value, np.float64) for value in own] for own in results]
        for dim, group in self._dimensions:
            for name in dict.fromkeys(names):
                chosen = [
                    value
                    for one, reduced, own in zip(names, axes, joined, strict=True)
                    for value, divides in zip(own, self._axes, strict=True)
                    if one == name and divides[dim] in reduced
                ]
                if chosen:
                    _join(chosen, name, group)
        return joined

    def first(self, found: int | None) -> int | None:
        """The first tensor that any process has found something in."""
        number = np.array([NOTHING if found is None else found], np.int64)
        for group in self._everyone:
            number = group.reduce(number, dist.ReduceOp.MIN)
        return None if number[0] == NOTHING else int(number[0])

    def whole(
        self,
        function: Whole,
        arrays: Sequence[np.ndarray],
        divided: Sequence[bool],
        numbers: Sequence[Sequence[float]],
    ) -> tuple[np.ndarray, ...]:
        """`function` of whole tensors, each computed by one of the processes that have parts of it.

        The tensors are dealt out one by one instead of each being cut (as Dion does:
        https://arxiv.org/abs/2504.05295), and every process gets its own parts back, and all of
        what is not divided.
        """
        if not self._forms:
            return _each(function, arrays, numbers)
        form = self._forms[0]

        def compute(
            whole: Sequence[torch.Tensor], own: Sequence[Sequence[float]]
        ) -> tuple[torch.Tensor, ...]:
            made = _each(function, [tensor.cpu().numpy() for tensor in whole], own)
            return tuple(map(torch.from_numpy, made))

        stacks = [torch.from_numpy(array).to(form.mesh.device_type) for array in arrays]
        given = _dealt_out(compute, function, form, self._local[0], stacks, divided, numbers)
        return tuple(tensor.cpu().numpy() for tensor in given)


def _join(values: Sequence[np.ndarray], name: str, group: Group) -> None:
    """Make the reductions of all processes of those of one."""
    ends = np.cumsum([value.size for value in values])
    packed = group.join(np.concatenate([value.reshape(-1) for value in values]), name)
    for value, part in zip(values, np.split(packed, ends[:-1]), strict=True):
        value[...] = part.reshape(value.shape)


def _dealt_out(
    compute: Callable[[Sequence[torch.Tensor], list[Sequence[float]]], tuple[torch.Tensor, ...]],
    function: Whole,
    form: Form,
    local: tuple[int, ...],
    stacks: Sequence[torch.Tensor],
    divided: Sequence[bool],
    numbers: Sequence[Sequence[float]],
) -> tuple[torch.Tensor, ...]:
    """Own parts of tensors of one form → those of what is computed from them as whole ones.

    Args:
        compute: from whole tensors [some, batch, rows, columns] and the numbers of each.
        function: that is computed.
        form: of each tensor that is divided.
        local: the shape of the own part of such.
        stacks: each [tensors, batch, rows, columns].
        divided: whether each is of own parts, or what all processes have.
        numbers: of each tensor.
    """
    count = len(stacks[0])
    cut = [of_stack(placement) for placement in form.placements]
    dealt = [p if p.is_replicate() else Shard(0) for p in form.placements]
    everything = [Replicate()] * form.mesh.ndim

    def moved(own: torch.Tensor, shape: tuple, before: Sequence, after: Sequence) -> Any:
        tensor = DTensor.from_local(
            own,
            form.mesh,
            before,
            run_check=False,
            shape=torch.Size(shape),
            stride=dense_strides(shape),
        )
        return _ready(tensor.redistribute(placements=after)).contiguous()

    def dealt_out(stack: torch.Tensor, is_divided: bool) -> torch.Tensor:
        if not is_divided:
            return moved(stack, tuple(stack.shape), everything, dealt)
        own = moved(stack.reshape(count, *local), (count, *form.shape), cut, dealt)
        return own.reshape(len(own), *matrix_shape(form.shape))

    def handed_back(result: torch.Tensor, place: int) -> torch.Tensor:
        result = result.to(stacks[place].device)
        if not divided[place]:
            return moved(result, tuple(stacks[place].shape), dealt, everything)
        own = result.reshape(len(result), *form.shape)
        return moved(own, (count, *form.shape), dealt, cut).reshape(stacks[place].shape)

    device = stacks[0].device
    which = moved(torch.arange(count, device=device), (count,), everything, dealt)
    whole = [dealt_out(*pair) for pair in zip(stacks, divided, strict=True)]
    results = compute(whole, [numbers[index] for index in which.tolist()])
    return tuple(handed_back(*pair) for pair in zip(results, function.gives, strict=True))


class DeviceParts:
    """Sums of tensors of any meshes over all processes, without waiting for the device.

    Args:
        forms: of each tensor of a call; None for those that are no DTensors.
        local: the shape of this process's part of each.
    """

    def __init__(self, forms: Sequence[Form | None], local: Sequence[tuple[int, ...]]) -> None:
        self._forms = forms
        self._local = local
        meshes = dict.fromkeys(form.mesh for form in forms if form is not None)
        self._groups = [(mesh, dim, group) for mesh in meshes for dim, group in _groups(mesh)]
        self._chosen: dict[tuple, list[tuple[dist.ProcessGroup, torch.Tensor]]] = {}

    def __call__(
        self, results: torch.Tensor, axes: tuple[int, ...], places: Sequence[int], name: str
    ) -> torch.Tensor:
        """The reduction `name` over axes of [batch, rows, columns], of all processes.

        Args:
            results: float64; the first axis has the tensors at these `places`.
        """
        key = (axes, *places)
        if key not in self._chosen:
            self._chosen[key] = list(self._choose(axes, places, results.device))
        for group, rows in self._chosen[key]:
            part = joined(results.index_select(0, rows), name, group)
            results = results.index_copy(0, rows, part)
        return results

    def whole(
        self,
        function: Whole,
        tensors: Sequence[torch.Tensor],
        divided: Sequence[bool],
        numbers: Sequence[Sequence[float]],
        places: Sequence[int],
    ) -> tuple[torch.Tensor, ...]:
        """`function` of whole tensors of one form, as `Parts.whole`."""

        def compute(
            whole: Sequence[torch.Tensor], own: Sequence[Sequence[float]]
        ) -> tuple[torch.Tensor, ...]:
            results = tuple(torch.empty_like(whole[place]) for place in function.gives)
            for place, arguments in enumerate(own):
                made = applied(function, [one[place : place + 1] for one in whole], arguments)
                for result, value in zip(results, made, strict=True):
                    result[place : place + 1] = value
            return results

        form, local = self._forms[places[0]], self._local[places[0]]
        if form is None:
            return compute(tensors, numbers)
        return _dealt_out(compute, function, form, local, tensors, divided, numbers)

    def _choose(
        self, axes: tuple[int, ...], places: Sequence[int], device: torch.device
    ) -> Iterator[tuple[dist.ProcessGroup, torch.Tensor]]:
        """Each group, and the tensors whose sums it must add up."""
        for mesh, dim, group in self._groups:
            rows = [
                row
                for row, place in enumerate(places)
                if (form := self._forms[place]) is not None
                and form.mesh == mesh
                and form.axes[dim] in axes
            ]
            if rows:
                yield group, torch.tensor(rows, device=device)


def _each(
    function: Whole, arrays: Sequence[np.ndarray], numbers: Sequence[Sequence[float]]
) -> tuple[np.ndarray, ...]:
    results = tuple(np.empty_like(arrays[place]) for place in function.gives)
    with np.errstate(all="ignore"):
        for place, own in enumerate(numbers):
            given = [array[place : place + 1] for array in arrays]
            made = applied_on_host(function, given, tuple(map(float, own)))
            for result, value in zip(results, made, strict=True):
                result[place : place + 1] = value
    return results
