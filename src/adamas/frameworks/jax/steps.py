"""JAX's manners: a step is a pure function from gradients, state and parameters to the new ones."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any, overload

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
from jax.core import Tracer  # pyright: ignore[reportMissingImports]

from ...compilers.functions import call
from ...compilers.xla import JAX
from ...description import point
from ...drivers import Driver
from ...dtypes import wide
from ...errors import ArgumentError, StateError, warn
from ...optimizer import Optimizer
from ...refusals import DRIVER_IN_OPTAX, EXCLUSION_BY_ARRAY, RAISING
from ...runtime.averages import average
from ...serialization import what_came
from .call import Step
from .drivers import Driven
from .numbers import Numbers
from .parameters import Parameters
from .programs import Programs
from .state import State, first_state


class Functional:
    """The steps of an optimizer as pure functions; `functional` makes it.

    Args:
        optimizer, slot_dtype, weight_decay_mask: as for `functional`.

    Attributes:
        optimizer: a copy of the optimizer, for itself.
    """

    def __init__(
        self, optimizer: Optimizer, *, slot_dtype: Any = None, weight_decay_mask: Any = None
    ) -> None:
        _check(optimizer)
        self.optimizer = optimizer.replace()
        self._slot_dtype = slot_dtype
        self._mask = weight_decay_mask
        self._known: dict[tuple, Programs] = {}
        self._was_traced = False

    def with_optimizer(self, optimizer: Optimizer) -> "Functional":
        """The steps of another optimizer, with the same further arguments."""
        known = {"slot_dtype": self._slot_dtype, "weight_decay_mask": self._mask}
        return Functional(optimizer, **known)

    def init(self, params: Any) -> State:
        """The state before the first call.

        Args:
            params: a pytree of float arrays, or of `jax.ShapeDtypeStruct` where no slot begins with
                their values. Arrays of the state are sharded like them.

        Raises:
            ArrayTypeError, StructureError: a parameter cannot be optimized.
        """
        parameters = Parameters(params, abstract=True)
        programs = self.programs(parameters)
        return first_state(self.optimizer, programs, parameters, self._slot_dtype)

    def apply(self, grads: Any, state: State, params: Any, **numbers: Any) -> tuple[Any, State]:
        """One call: the new parameters and the new state.

        Args:
            grads: gradients in the structure of the parameters; None for those without one.
            state: what `init` or the call before gave.
            params: the parameters.
            numbers: hyperparameters for this call in place of the optimizer's own, plain or traced:
                ``learning_rate=rate``. All optimizers inside that have a number of this name take
                it. Beside them, what the optimizer asks for: ``loss=loss``.

        Raises:
            StructureError, ArrayTypeError, ArrayError: gradients do not fit.
            ArgumentError, ConfigurationError: there is no such number, or it is out of its range.
        """
        self._was_traced |= isinstance(getattr(state, "count", None), Tracer)
        return self.advance(grads, state, params, numbers)

    def trace_anew(self, names: Sequence[str]) -> None:
        """The optimizer has other numbers from now on, of these names."""
        self.__dict__.pop("_compiled", None)
        if self._was_traced:
            warn(
                "Numbers that come back with a state are constants of steps that were compiled "
                f"before: they keep the old ones. Got: {', '.join(names)}. Compile after loading.",
            )

    def advance(
        self,
        grads: Any,
        state: State,
        params: Any,
        numbers: dict[str, Any],
        *,
        by_moves: bool = False,
    ) -> tuple[Any, State]:
        """As `apply`; with `by_moves` it gives what callers add to the parameters, not new ones.

        Args:
            grads, state, params, numbers: as of `apply`. Without parameters the gradients say which
                there are, and 0 stands for their values.
            by_moves: whether it does.
        """
        if not isinstance(state, State):
            raise ArgumentError(
                "The state must be what init gave: apply(grads, state, params), and in optax's "
                f"form update(grads, state, params). Got: a {type(state).__name__} in its place."
            )
        given = params if params is not None else jax.tree.map(jnp.zeros_like, grads)
        parameters = Parameters(given)
        values = Numbers(self.optimizer, state.calls, state.remembered, numbers)
        programs, gradients = self.programs(parameters), parameters.gradients(grads)
        if params is None:
            programs.refuse_without_parameters()
        step = Step(programs, parameters, gradients, state, values, by_moves)
        leaves, state = step.run()
        return parameters.unflatten(leaves), state

    def flush(self, state: State, params: Any, **numbers: Any) -> tuple[Any, State]:
        """The parameters and the state after an update with the mean of the calls that are pending.

        As `adamas.Optimizer.flush`: for the end of an epoch, where calls do not fill a group of
        ``gradient_accumulation_steps``. Nothing changes where nothing is pending. It may be traced,
        and the state may be that of a `transformation`.

        Args:
            state, params: what the last call gave.
            numbers: as in that call.
        """
        if state.pending_count is None:
            return params, state
        parameters = Parameters(params)
        programs = self.programs(parameters)
        values = Numbers(self.optimizer, state.calls - 1, state.remembered, numbers)
        zeros = list(map(jnp.zeros_like, parameters.leaves))
        step = Step(programs, parameters, zeros, state, values, by_moves=False)
        leaves, state = jax.lax.cond(
            state.pending_count > 0, step.flush, lambda: (list(parameters.leaves), state)
        )
        return parameters.unflatten(leaves), state

    def compiled(self, grads: Any, state: State, params: Any, **numbers: Any) -> tuple[Any, State]:
        """As `apply`, compiled, and given the memory of `state` and `params`, which end with it.

        Args:
            grads, state, params, numbers: as of `apply`.

        JAX hands the memory of donated arguments to results of their form in the order of both. To
        donate in a function of one's own, take and give parameters and state in the same order:
        ``jax.jit(train, donate_argnums=(0, 1))`` for ``train(params, state, batch)`` that gives
        ``(params, state)``. Otherwise XLA copies all of them first.
        """
        return self._compiled(params, state, grads, numbers)

    @cached_property
    def _compiled(self) -> Any:
        def call(params: Any, state: State, grads: Any, numbers: dict[str, Any]) -> Any:
            return self.advance(grads, state, params, numbers)

        return jax.jit(call, donate_argnums=(0, 1))

    def averages(self, state: State, params: Any) -> Any:
        """The weights to evaluate with: averages for those parameters that have any.

        Args:
            state, params: what `apply` gave last.

        Raises `StateError` if the optimizer has no averages.
        """
        if not self.optimizer.averages():
            raise StateError("There are no averages. Construct the optimizer with use_ema=True.")
        parameters = Parameters(params)
        programs = self.programs(parameters)
        trees = programs.of_state(state.slots)
        slots = {name: parameters.same(tree, f"Slot {name!r}") for name, tree in trees.items()}
        numbers = Numbers(self.optimizer, state.calls, state.remembered)
        found = [
            self._average(programs, index, leaf, {n: s[index] for n, s in slots.items()}, numbers)
            for index, leaf in enumerate(parameters.leaves)
        ]
        return parameters.unflatten(found)

    def scale_loss(self, loss: Any, state: State) -> Any:
        """`loss` times the scale that `state` has for the next call, or `loss` without one."""
        numbers = Numbers(self.optimizer, state.calls, state.remembered).common
        if "loss_scale_factor" not in numbers:
            return loss
        return loss * jnp.asarray(numbers["loss_scale_factor"], jnp.result_type(loss))

    def programs(self, parameters: Parameters) -> Programs:
        """Plans and graphs for `parameters`, made once for each set of names and forms."""
        masked = parameters.masked(self._mask)
        forms = zip(parameters.names, parameters.shapes, parameters.dtypes, strict=True)
        key = (*forms, *masked)
        if key not in self._known:
            self._known[key] = Programs(self.optimizer, parameters, masked)
        return self._known[key]

    def _average(
        self, programs: Programs, index: int, p: Any, slots: dict[str, Any], numbers: Numbers
    ) -> Any:
        """What a parameter is evaluated with."""
        kind = wide(p.dtype.name)
        assignment = programs.assignment
        found = average(
            assignment,
            index,
            p.astype(kind),
            lambda name: slots[name].astype(kind),
            lambda: numbers.of(assignment.member(index)),
            partial(call, JAX),
        )
        return p if found is None else jnp.asarray(found, p.dtype)


_APPLY = "A call is params, state = step.apply(grads, state, params)."
_OPTAX = "optax's form, with init and update, is adamas.jax.transformation(optimizer)."
point(
    Functional,
    {
        "update": f"{_APPLY} {_OPTAX}",
        "step": _APPLY,
        "build": "The state is made by state = step.init(params).",
        "minimize": f"Gradients are those of jax.grad. {_APPLY}",
        "apply_updates": f"The new parameters come from apply itself. {_APPLY}",
        "apply_gradients": _APPLY,
    },
)


@overload
def functional(
    optimizer: Optimizer, *, slot_dtype: Any = None, weight_decay_mask: Any = None
) -> Functional: ...
@overload
def functional(optimizer: Driver) -> Driven: ...
def functional(
    optimizer: Optimizer | Driver, *, slot_dtype: Any = None, weight_decay_mask: Any = None
) -> Functional | Driven:
    """The steps of `optimizer` as pure functions of JAX arrays: ``init`` and ``apply``.

    The optimizer is copied: what is set on it afterwards has no effect. Its structure and its plain
    numbers become part of a compiled step. Numbers that change are schedules, or are given to
    `apply`; callables of no arguments are called when a step is traced, not when it runs.

    Args:
        optimizer: any optimizer, one's own too. A driver, such as `adamas.LBFGS`, has calls with a
            function in place of gradients: ``apply(value_and_grad, state, params)``.
        slot_dtype: dtype of the slots, in place of float32 (float64 for float64 parameters), or a
            mapping of names of slots in the state to dtypes: rounded to nearest. What ``states``
            and ``master`` of the optimizer say comes first.
        weight_decay_mask: which parameters decay, as in optax: a pytree of bools in the structure
            of the parameters or of its first levels, or a function of parameters that gives one;
            beside those that `exclude_from_weight_decay` leaves out.

    Raises:
        UnsupportedError: an argument has no meaning in a compiled step.
    """
    if isinstance(optimizer, Driver):
        return Driven(optimizer)
    return Functional(optimizer, slot_dtype=slot_dtype, weight_decay_mask=weight_decay_mask)


def _check(optimizer: Any) -> None:
    """Refuse what cannot become a traced step."""
    if isinstance(optimizer, Driver):
        raise DRIVER_IN_OPTAX.error(type(optimizer).__name__)
    if not isinstance(optimizer, Optimizer):
        raise ArgumentError(
            f"There must be an optimizer, such as adamas.Adam(). Got: {what_came(optimizer)}"
        )
    if optimizer.nonfinite == "raise":
        raise RAISING.error("'raise'")
    if any(one.exclusions.arrays for one in optimizer.everyone()):
        raise EXCLUSION_BY_ARRAY.error("arrays")
