"""What asks for losses and gradients again and again: optimizers whose step is a search.

A driver says where to look, is told what is there, and says where to look next, until it is done.
What it knows stands in one value, so that whoever evaluates may be a loop of Python, a closure of
PyTorch or a program of JAX.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from os import PathLike
from typing import Any, ClassVar, Self, cast, dataclass_transform

import numpy as np

from ..convention import Convention
from ..errors import ArgumentError, RuleError, StateError, shown
from ..fields import (
    Documented,
    Field,
    Kind,
    entry_of,
    fields_of,
    hyperparameter,
    kind_of,
    with_entries,
)
from ..registry import nearest
from . import files
from .layout import Layout, loss_of, pair_of
from .search import Search
from .vector import Vector


@dataclass_transform(field_specifiers=(hyperparameter, dataclasses.field), eq_default=False)
class Driver:
    """Base of optimizers that look more than once in a call; subclass it to write one.

    The body of a class declares the arguments, and three functions of a state, which is a
    `NamedTuple` with at least ``x``, ``loss``, ``gradient``, ``point``, ``done`` and
    ``iterations``: `begin`, `resume` and `advance`. They are written for numbers that are known and
    for those that are traced: with `adamas.drivers.when` and `where` in place of ``if``.
    """

    fields: ClassVar[Mapping[str, Field]]
    """The arguments by name."""

    conventions: ClassVar[Mapping[str, Convention]] = {}
    """What other libraries call the arguments, and which defaults they have."""

    # Without annotations, so that these are no fields.
    _search = cast("Search | None", None)
    _layout = cast("Layout | None", None)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        text = vars(cls).get("__doc__") or f"{cls.__name__}."
        cls.__doc__ = text
        dataclasses.dataclass(eq=False)(cls)
        cls.fields = fields_of(cls, _kind)
        entries = cls.fields.values()
        cls.__doc__ = Documented(lambda: with_entries(text, map(entry_of, entries)))  # pyright: ignore[reportAttributeAccessIssue]

    def __post_init__(self) -> None:
        for name in self.fields:
            setattr(self, name, getattr(self, name))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.fields:
            if callable(value):
                raise ArgumentError(f"{name} must be a number. Got: {shown(value)}, a callable.")
            value = self.fields[name].check(value)
        object.__setattr__(self, name, value)

    # -- what a class says

    def begin(self, x: Vector) -> Any:
        """The state before the first call.

        Args:
            x: the weights.
        """
        raise RuleError(
            f"A driver must define begin(self, x) and advance(self, state, loss, gradient). Got: "
            f"{type(self).__name__} without one of them."
        )

    def resume(self, state: Any, x: Vector) -> Any:
        """The state at the beginning of a call.

        Args:
            state: at the end of the call before.
            x: the weights, which may have been moved since.
        """
        return state._replace(x=x, point=x, done=np.False_)

    def advance(self, state: Any, loss: Any, gradient: Vector) -> Any:
        """The state after it was told what is at its point.

        Args:
            state: before.
            loss, gradient: at ``state.point``.
        """
        return self.begin(state.x)

    def endless(self) -> Self:
        """The same one, whose calls end only where it comes to rest."""
        return self.replace()

    def in_effect(self) -> dict[str, Any]:
        """The arguments by name, with what stands for those that were left out."""
        return {name: getattr(self, name) for name in self.fields}

    # -- life

    def build(self, params: Any) -> None:
        """Know the parameters, which later calls update.

        Args:
            params: a sequence or a (nested) mapping of arrays of NumPy or tensors of PyTorch.

        Raises:
            StructureError, ArrayTypeError, ArrayError: they cannot be optimized.
            StateError: there is a state, of other parameters.
        """
        layout = Layout(params)
        weights = sum(map(math.prod, layout.shapes))
        state = self.search.state
        if state is not None and state.x.leaves[0].shape != (weights,):
            raise StateError(
                f"The state must be of parameters with as many weights: {state.x.leaves[0].size}. "
                f"Got: {weights}. Make a new one for other parameters: replace()."
            )
        self._layout = layout

    def apply(
        self,
        value_and_grad: Callable[..., tuple[Any, Any]],
        params: Any = None,
        *others: Any,
        **more: Any,
    ) -> np.float64:
        """One call: evaluate as often as is needed, and update the parameters in place.

        Args:
            value_and_grad: of parameters, and whatever else; gives a pair of the loss and gradients
                in the structure of the parameters. It is called with new arrays.
            params: the parameters; needed at the first call unless `build` was called.
            others, more: handed on to `value_and_grad`.

        Returns:
            The loss at the beginning.

        Raises:
            ArgumentError: it gives no loss; nothing is changed then, as with all that follow.
            NonFiniteError: the first loss, or its gradient, is not finite.
            StructureError, ArrayError: gradients do not fit.

        When a call is interrupted, the parameters are those of the last iterate, and the next call
        goes on from there.
        """
        if params is not None:
            self.build(params)
        layout = self.layout

        def look(x: Vector) -> tuple[np.float64, Vector]:
            loss, gradients = pair_of(value_and_grad(layout.tree(x), *others, **more))
            return loss_of(loss), layout.gradient(gradients)

        return self.search.call(layout.read(), look, layout.write)

    @property
    def search(self) -> Search:
        """What is known from call to call."""
        if self._search is None:
            self._search = Search(self)
        return self._search

    @property
    def layout(self) -> Layout:
        """The parameters; `StateError` before `build`."""
        if self._layout is None:
            raise StateError(
                f"{type(self).__name__} knows no parameters yet. Call build(params) first, or "
                "apply(value_and_grad, params)."
            )
        return self._layout

    @property
    def state(self) -> Any:
        """What is known after the last call; None before the first."""
        return self.search.state

    @property
    def iterations(self) -> int:
        """How many moves there were."""
        return 0 if self.state is None else int(self.state.iterations)

    def save(self, path: str | PathLike[str]) -> None:
        """Write what is known, and the arguments, to one sealed file.

        Args:
            path: the file.

        Raises `StateError` before the first call.
        """
        if self.state is None:
            raise StateError(f"{type(self).__name__} knows nothing yet. Save it after a call.")
        files.save(self, self.state, self.layout, path)

    def load(self, path: str | PathLike[str]) -> None:
        """Go on from what `save` wrote, after `build`.

        Args:
            path: the file.

        Raises `CheckpointError` for a file that is damaged, or does not fit; nothing is changed.
        """
        self.search.state = files.load(self, self.layout, path)

    def __getstate__(self) -> dict[str, Any]:
        """Arguments and state; the parameters stay outside."""
        return {name: value for name, value in self.__dict__.items() if name != "_layout"}

    # -- configuration

    def get_config(self) -> dict[str, Any]:
        """Every argument as JSON-safe values; `from_config` makes an equal one of it."""
        return {n: field.to_json(getattr(self, n), True) for n, field in self.fields.items()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The driver that `get_config` described.

        Args:
            config: what it gave.
        """
        for name in config:
            if name not in cls.fields:
                raise ArgumentError(
                    f"{cls.__name__} has no argument {name!r}.{nearest(name, cls.fields)}"
                )
        return cls(**{name: cls.fields[name].from_json(value) for name, value in config.items()})

    def replace(self, **changes: Any) -> Self:
        """Another one with the same arguments but for these, and without a state.

        Args:
            changes: arguments by name.
        """
        return type(self)(**{**{name: getattr(self, name) for name in self.fields}, **changes})


def _kind(field: Field, annotation: Any) -> Kind:
    kind = kind_of(annotation)
    if kind is None:
        raise RuleError(
            f"{field.of}.{field.name} must be declared as a number, a flag, text or a choice. "
            f"Got: {annotation!r}."
        )
    return kind
