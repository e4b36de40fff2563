"""Optimizers made of others: they have the arguments of the whole step, their members the rules."""

from collections.abc import Iterator
from typing import Any, Self

from .errors import ArgumentError, ConfigurationError, StateError
from .optimizer import MEMBERS_OWN, Optimizer


class Composite(Optimizer, abstract=True):
    """Base of optimizers that wrap others."""

    def inner(self) -> Iterator[Optimizer]:
        """The optimizers that this one wraps, each once."""
        raise NotImplementedError

    def _adopt_members(self) -> None:
        """From now on the members' common arguments are those of this optimizer."""
        for member in self.inner():
            if member._session is not None or member._fixed:
                raise StateError(
                    f"An optimizer is wrapped before build(), and once. Got: {member!r}, which is "
                    "built or wrapped already. Give a new one: optimizer.replace()."
                )
        for member in self.inner():
            object.__setattr__(member, "_fixed", True)

    def replace(self, **changes: Any) -> Self:
        """A new, unbuilt optimizer with copies of the members, and the same but for `changes`."""
        return type(self)(**{**self._copied(), **changes})

    def _copied(self) -> dict[str, Any]:
        raise NotImplementedError

    def decays(self, name: str, array: Any) -> bool:
        """Whether the parameter is subject to weight decay, by itself and by its member."""
        member = self.member_for(name, getattr(array, "shape", ()))
        own = super().decays(name, array)
        return own and (member is None or member.decays(name, array))

    def averages(self) -> bool:
        """Whether there are averages of the weights."""
        return super().averages() or any(member.averages() for member in self.inner())

    @property
    def learning_rate(self) -> float:
        """The rate that the first member has in the next call; settable if it is a number."""
        return self.rate_at(self.calls)

    def rate_at(self, call: int) -> float:
        """The first member's rate in call number `call` from 0."""
        return next(self.inner()).rate_at(call)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "learning_rate":
            next(self.inner()).learning_rate = value  # type: ignore[attr-defined]
        else:
            super().__setattr__(name, value)


def check_member(owner: str, argument: str, value: Any) -> Optimizer:
    """`value` if it is an optimizer, else an `ArgumentError`."""
    if not isinstance(value, Optimizer):
        raise ArgumentError(
            f"{owner} takes optimizers as {argument}. Got: {value!r} ({type(value).__name__})."
        )
    return value


def refuse_common(owner: str, member: Optimizer) -> None:
    """`ConfigurationError` if a member has arguments that only the whole step can have."""
    for name, field in Optimizer._fields.items():
        if name not in MEMBERS_OWN and getattr(member, name) != field.default:
            raise ConfigurationError(
                f"{name} is for all parameters together: set it on the {owner}. Got: {member!r}."
            )
