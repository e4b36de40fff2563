"""`torch.optim.Optimizer` over any declared optimizer: its manners, one fused pass."""

from collections import defaultdict
from copy import deepcopy
from typing import Any, overload

from ...description import find_convention, point, present
from ...drivers import Driver
from ...errors import ArgumentError
from ...optimizer import Optimizer
from ...refusals import COMPOSITE_IN_TORCH
from .. import explain
from .classes import class_of
from .drivers import TorchDriver, wrap_driver
from .forms import copied
from .given import bound
from .groups import Grouped, describe, split
from .habits import HABITS
from .naming import COMMON
from .saving import Saving
from .stepping import Stepping


class TorchOptimizer(Stepping, Saving):
    """Base of all optimizers of `adamas.torch`; `wrap` makes one of any declared optimizer.

    Args:
        params: what is optimized, as ``torch.optim`` takes it; a group may have arguments of its
            own. With names, states go by them.
        args, kwargs: PyTorch's own, by position and by name, and all of adamas by name, in either
            words (``lr`` or ``learning_rate``, ``betas`` or ``beta_1`` and ``beta_2``). Rates,
            betas and weight decay may differ by group; clips, averages, accumulation, loss scale
            and ``nonfinite`` are those of the whole step.
        foreach, fused, capturable: PyTorch's, without effect: a step is one fused pass anyway.
        differentiable: PyTorch's; steps have no derivatives here.
        process_group: the processes that parameters are divided among one by one, as
            ``ZeroRedundancyOptimizer`` does it, so that a global norm is that of all of them. A
            group of parameters may have another one, such as experts, or None: all have the same.
        compiler: ``"reference"`` for the definition, in NumPy and slow, in place of the usual one.
        offload: ``"cpu"`` to keep states in host memory, where the CPU makes the steps, for
            parameters on a GPU; gradients and weights travel in buckets.

    Raises:
        ArgumentError: an unknown argument, or one of the wrong type.
        ConfigurationError: a value out of its range, or arguments that exclude each other.
        ArrayTypeError, ArrayError: at the first step, a parameter that cannot be optimized.
    """

    def __init__(self, params: Any = None, *args: Any, **kwargs: Any) -> None:
        given = bound(type(self), params, args, kwargs)
        params = given.pop("params")
        flags = self._take_whole(given)
        self._convention = given.pop("convention", self.naming.convention)
        find_convention(self.declared, self._convention)
        fields, self._first_sources = split(self.naming.fields(given))
        with self.naming.words_of(given):
            defaults = describe(self.naming, fields, self._first_sources, self._convention)
            # What does not go together is refused here, not at the first step.
            member = self.naming.member({**fields, **self._first_sources}, self._convention)
            Grouped({"": member}, **self._common)
        self._start(params, {**defaults, **flags})

    def explain(self, *, source: bool = False) -> None:
        """Print the plan: passes over memory, bytes per weight, and what each argument costs.

        Args:
            source: also print the generated loop of each pass.
        """
        session = self.ready()
        print(explain(session.description, session, None, source=source))

    def __dir__(self) -> list[str]:
        return present(type(self), super().__dir__())

    # -- copies

    def __getstate__(self) -> dict[str, Any]:
        self._note()
        own = (
            "_common",
            "_first_common",
            "_compiler",
            "_offload",
            "_convention",
            "_sources",
            "_first_sources",
            "_process_group",
            "_process_groups",
            "_excluded",
        )
        return {**super().__getstate__(), **{name: self.__dict__[name] for name in own}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._opened = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "TorchOptimizer":
        made = _blank(self._kind())
        # There are no other such groups: a copy has the same.
        kept = (self._process_group, *self._process_groups)
        memo.update({id(self): made, **{id(group): group for group in kept}})
        with self._still():
            made.__setstate__(deepcopy(self.__getstate__(), memo))
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        with self._still():
            known = self.__getstate__()
            # It is written when steps go on already. The parameters are those of a model, too.
            entries = {
                parameter: {name: copied(value) for name, value in entry.items()}
                for parameter, entry in known["state"].items()
            }
            known["state"] = defaultdict(dict, entries)
            known["param_groups"] = [dict(group) for group in known["param_groups"]]
        return _blank, (self._kind(),), known

    def _kind(self) -> Any:
        """What `_blank` makes an optimizer of this class from."""
        own = type(self)
        return self.declared if own is CLASSES.get(self.declared) else own


def _of_the_step(name: str) -> property:
    """An argument of the whole step as an attribute: a number may be set at any time."""

    def read(self: TorchOptimizer) -> Any:
        usual = self.declared.fields[name].default
        return self._settings.get(name, usual)

    def write(self: TorchOptimizer, value: Any) -> None:
        session = self.ready()
        setattr(session.description, name, value)
        if self.declared.fields[name].replans:
            session.replan()

    return property(read, write, doc=f"The argument `{name}` of the whole step.")


point(TorchOptimizer, HABITS)


for _name in COMMON:
    if _name != "name":
        setattr(TorchOptimizer, _name, _of_the_step(_name))


CLASSES: dict[type[Optimizer], type[TorchOptimizer]] = {}
"""Declared class → class of PyTorch; those that are not made by `wrap` put themselves here."""


@overload
def wrap(declared: type[Optimizer]) -> type[TorchOptimizer]: ...
@overload
def wrap(declared: type[Driver]) -> type[TorchDriver]: ...
def wrap(declared: Any) -> Any:
    """The `torch.optim.Optimizer` class of a declared optimizer, such as one of your own.

    Args:
        declared: the class, a subclass of `adamas.Optimizer` or `adamas.Driver`.

    Raises:
        ArgumentError: something else, or an optimizer without a rule.
        UnsupportedError: an optimizer that is made of others.
    """
    if isinstance(declared, type) and issubclass(declared, Driver):
        return wrap_driver(declared)
    if not (isinstance(declared, type) and issubclass(declared, Optimizer)):
        raise ArgumentError(f"wrap takes a class of adamas optimizers. Got: {declared!r}.")
    if declared not in CLASSES:
        if not hasattr(declared, "update"):
            raise COMPOSITE_IN_TORCH.error(declared.__name__)
        CLASSES[declared] = class_of(declared, TorchOptimizer)
    return CLASSES[declared]


def _blank(kind: Any) -> TorchOptimizer:
    """An optimizer of a declared class, or of a class that extends ours, for copies."""
    cls = kind if issubclass(kind, TorchOptimizer) else wrap(kind)
    return cls.__new__(cls)
