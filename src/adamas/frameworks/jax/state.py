"""The state of an optimizer as a pytree, and its first values."""

from collections.abc import Mapping
from functools import partial
from math import prod
from typing import Any, NamedTuple

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np
from jax.core import Tracer  # pyright: ignore[reportMissingImports]
from jax.experimental.shard_alike import shard_alike  # pyright: ignore[reportMissingImports]
from jax.sharding import NamedSharding, PartitionSpec  # pyright: ignore[reportMissingImports]

from ...compilers.functions import first_values as of_a_tensor
from ...compilers.in_blocks import encoded
from ...compilers.xla import JAX
from ...description import Description
from ...errors import ArrayTypeError
from ...language.blocks import BLOCK, Blocks, leading
from ...language.expression import ARRAY
from ...language.shapes import Extent, Shape, varying
from ...runtime.clock import checked_counters
from ...runtime.slots import first_values, slot_shape
from ...runtime.slots import slot_dtype as slot_dtype_of
from .numbers import Numbers
from .parameters import Parameters, is_abstract
from .programs import Programs


class State(NamedTuple):
    """What `Functional.init` gives, and `Functional.apply` takes and gives.

    Attributes:
        count: updates made, int32 []. At its largest value it stays.
        calls_count, pending_count: `calls` and `pending`; None without accumulation.
        skipped_count: `skipped`; None where no call is passed over.
        slots: for each slot, under ``convention="optax"`` by optax's name for it, a tree in the
            structure of the parameters, with None for those without it. Arrays have the parameter's
            shape, or fewer axes where less is remembered, and are float32, float64 for float64
            parameters, or the ``slot_dtype`` that was asked for.
        remembered: numbers that are handed on between calls by name, such as the loss scale. Under
            ``convention="torch"``, where each parameter has a clock of its own, also how many
            updates each has missed, and its own numbers: [parameters], in the order of the leaves.
        gradient_norm: L2 norm of all gradients in the last call, before clipping; None without
            clipnorm and global_clipnorm.
    """

    count: Any
    calls_count: Any
    pending_count: Any
    skipped_count: Any
    slots: dict[str, Any]
    remembered: dict[str, Any]
    gradient_norm: Any

    @property
    def iterations(self) -> Any:
        """Updates made, int32 []."""
        return self.count

    @property
    def calls(self) -> Any:
        """Calls that counted, int32 []; what learning-rate schedules look at."""
        return self.count if self.calls_count is None else self.calls_count

    @property
    def pending(self) -> Any:
        """Calls that have accumulated since the last update, int32 [] or 0."""
        return 0 if self.pending_count is None else self.pending_count

    @property
    def skipped(self) -> Any:
        """Calls passed over because something was not finite, int32 [] or 0."""
        return 0 if self.skipped_count is None else self.skipped_count


def first_state(
    whole: Description, programs: Programs, parameters: Parameters, slot_dtype: Any
) -> State:
    """The state before the first call."""
    slots: dict[str, list[Any]] = {n: [None] * len(parameters.names) for n in programs.slots}
    kept = whole.first_numbers()
    numbers = Numbers(whole, jnp.zeros((), jnp.int32), kept)
    assignment = programs.assignment
    for index, leaf in enumerate(parameters.leaves):
        if assignment.plan_of[index] is None:
            continue
        member = assignment.member(index)
        known = (assignment, index, leaf)
        try:
            made = partial(of_a_tensor, JAX), partial(encoded, JAX)
            first = first_values(*known, partial(numbers.of, member), *made)
        except TypeError:
            if is_abstract(leaf):
                raise _no_values(parameters.names[index]) from None
            raise
        for name, extent in assignment.plan(index).slots.items():
            if is_abstract(first.get(name)):
                raise _no_values(parameters.names[index])
            plan, asked = assignment.plan(index), programs.asked_dtype(name, slot_dtype)
            asked = None if name in plan.dtypes else asked  # as ``states`` and ``master`` say
            dtype = asked or slot_dtype_of(plan, name, leaf.dtype.name)
            slots[name][index] = _slot(leaf, extent, dtype, first.get(name))
    kind = JAX.scalar
    remembered = {**programs.remembered, **kept}
    accumulates = whole.gradient_accumulation_steps is not None
    return State(
        count=jnp.zeros((), jnp.int32),
        calls_count=jnp.zeros((), jnp.int32) if accumulates else None,
        pending_count=jnp.zeros((), jnp.int32) if accumulates else None,
        skipped_count=jnp.zeros((), jnp.int32) if whole.nonfinite != "propagate" else None,
        slots=programs.in_state({n: parameters.unflatten(own) for n, own in slots.items()}),
        remembered={name: jnp.asarray(value, kind) for name, value in remembered.items()}
        | own_arrays(programs.own),
        gradient_norm=jnp.zeros((), kind) if programs.takes_norms else None,
    )


def own_arrays(own: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Counts and numbers of single parameters as arrays of a state."""
    counts = {name: array.dtype.kind == "i" for name, array in own.items()}
    return {n: jnp.asarray(a, jnp.int32 if counts[n] else JAX.scalar) for n, a in own.items()}


def _no_values(name: str) -> ArrayTypeError:
    return ArrayTypeError(
        "A slot that begins with values of the parameters needs them. Got: a jax.ShapeDtypeStruct "
        f"for {name!r}. Give arrays, or use jax.eval_shape(init, params) for shapes alone."
    )


FIELDS = {
    "updates": "count",
    "calls": "calls_count",
    "pending": "pending_count",
    "skipped": "skipped_count",
}
"""Counters as all frameworks call them → fields of the state."""


def counters_of(state: State) -> dict[str, int]:
    """All counters by the names that all frameworks have for them."""
    names = {"updates": "iterations", "calls": "calls", "pending": "pending", "skipped": "skipped"}
    return {name: int(getattr(state, shown)) for name, shown in names.items()}


LARGEST = int(np.iinfo(np.int32).max)
"""Counters of a state end here."""


def with_counters(state: State, counters: Mapping[str, Any], source: str) -> State:
    """A state with these counters, of which it takes those that it has.

    Raises `CheckpointError`, which names `source`, for what int32 cannot hold.
    """
    counters = checked_counters(counters, source, largest=LARGEST)
    fields = {
        field: jnp.asarray(counters[name], jnp.int32)
        for name, field in FIELDS.items()
        if getattr(state, field) is not None
    }
    return state._replace(**fields)


def _slot(leaf: Any, extent: Extent, dtype: Any, value: Any) -> Any:
    """A slot of a parameter with 0 or `value` in it, in memory that nobody else has."""
    if extent != ARRAY:
        shape, sharding = slot_shape(leaf.shape, extent), _small_sharding(leaf, extent)
        if value is None or jnp.ndim(value) == 0:
            return jnp.full(shape, 0 if value is None else value, dtype, device=sharding)
        slot = jnp.array(jnp.broadcast_to(value, shape), dtype, copy=True)
        return slot if sharding is None else jax.device_put(slot, sharding)
    if is_abstract(leaf):
        return jnp.full(leaf.shape, 0 if value is None else value, dtype, device=leaf.sharding)
    if value is None or jnp.ndim(value) < leaf.ndim:
        slot = jnp.full_like(leaf, 0 if value is None else value, dtype)
    else:
        slot = jnp.array(value, dtype, copy=True)
    if isinstance(leaf, Tracer):
        # What is constant follows no sharding by itself.
        _, slot = shard_alike(leaf, slot)
    return slot


def _of_blocks(spec: tuple[Any, ...], leaf: Any, mesh: Any) -> tuple[Any, ...]:
    """How scales are sharded: as the axes before their blocks are, and, if it comes out even, as
    the last, along which blocks follow each other."""
    first = leading(leaf.shape)
    names = spec[-1] if isinstance(spec[-1], tuple) else (spec[-1],) if spec[-1] else ()
    count = prod(mesh.shape[name] for name in names)
    even = first == leaf.ndim - 1 and leaf.shape[-1] % (count * BLOCK) == 0
    return (*spec[:first], spec[-1] if even else None)


def _small_sharding(leaf: Any, extent: Extent) -> Any:
    """How a slot that is smaller than its parameter is sharded, if that is by names.

    One of a declared shape is whole on each device.
    """
    # A traced array has one where axes of the mesh are part of types.
    sharding = getattr(leaf.aval if isinstance(leaf, Tracer) else leaf, "sharding", None)
    if not isinstance(sharding, NamedSharding):
        return None
    if isinstance(extent, Shape):
        return NamedSharding(sharding.mesh, PartitionSpec())
    spec = (*sharding.spec, *(None,) * (leaf.ndim - len(sharding.spec)))
    if isinstance(extent, Blocks):
        return NamedSharding(sharding.mesh, PartitionSpec(*_of_blocks(spec, leaf, sharding.mesh)))
    keeps = varying(leaf.ndim, extent)
    kept = [axis for axis, keep in zip(spec, keeps, strict=True) if keep]
    return NamedSharding(sharding.mesh, PartitionSpec(*kept))
