"""Optimizers made of others: they have the arguments of the whole step, their members the rules."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .description import Description
from .description.settings import Setting
from .errors import ArgumentError, ConfigurationError, StateError, shown
from .fields import described
from .optimizer import Optimizer
from .registry import check_pattern
from .serialization import deserialize, serialize


class Composite(Optimizer, abstract=True):
    """Base of optimizers that wrap others."""

    def inner(self) -> Iterator[Optimizer]:
        """The optimizers that this one wraps, each once."""
        raise NotImplementedError

    @classmethod
    def own_arguments(cls) -> tuple[str, ...]:
        """Those that the optimizers inside do not have."""
        return tuple(name for name in cls.fields if not is_of_members(name))

    def _adopt_members(self) -> None:
        """From now on the members' common arguments are those of this optimizer."""
        for member in self.inner():
            if member.is_fixed:
                raise StateError(
                    f"An optimizer is wrapped before build(), and once. Got: {member!r}, which is "
                    "built or wrapped already. Give a new one: optimizer.replace()."
                )
        for member in self.inner():
            member.fix(wrapped=True)

    def chooses(self, name: str, value: Any) -> bool:
        """Never: the members have the rules."""
        return False

    def decays(self, name: str, array: Any) -> bool:
        """Whether the parameter is subject to weight decay, by itself and by its member."""
        member = self.member_for(name, getattr(array, "shape", ()))
        own = super().decays(name, array)
        return own and (member is None or member.decays(name, array))

    def clip_convention(self) -> str:
        """Whose clips by norm the step makes: those of its members, if they are of one mind."""
        known = {member.clip_convention() for member in self.inner()}
        return known.pop() if len(known) == 1 else self.convention

    def averages(self) -> bool:
        """Whether there are averages of the weights."""
        return super().averages() or any(member.averages() for member in self.inner())

    @property
    def learning_rate(self) -> float:
        """The rate that the first member has in the next call; settable if it is a number."""
        return self.rate_at(self.calls)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        next(self.inner()).learning_rate = value  # type: ignore[attr-defined]

    def rate_at(self, call: int) -> float:
        """The first member's rate in call number `call` from 0."""
        return next(self.inner()).rate_at(call)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "learning_rate":
            object.__setattr__(self, name, value)
            return
        super().__setattr__(name, value)

    def checked(self, name: str, value: Any) -> Any:
        """`value` for an argument, which is none of those that the optimizers inside have."""
        if is_of_members(name) and value != self.fields[name].default:
            raise ConfigurationError(
                f"{type(self).__name__} has no {name} of its own. Set it on the optimizers inside."
            )
        return super().checked(name, value)


def is_of_members(name: str) -> bool:
    """Whether an argument is common to all optimizers, and belongs to those inside others."""
    common = Description.fields.get(name)
    return common is not None and common.owner == "member"


def check_inner(value: Any) -> Optimizer:
    """`value` if it can be wrapped."""
    return check_member("A wrapper", "inner_optimizer", value)


class Wrapper(Composite, abstract=True):
    """Base of optimizers around one other, whose arguments are those of the step.

    Args:
        inner_optimizer: the optimizer inside.
    """

    inner_optimizer: Setting[Optimizer] = described(
        check=check_inner, to_json=serialize, from_json=deserialize, said="Optimizer"
    )

    def __post_init__(self) -> None:
        for name, field in Description.fields.items():
            if self._shares(name) and getattr(self, name) != field.default:
                raise ConfigurationError(
                    f"{type(self).__name__} has no {name} of its own. Set it on inner_optimizer."
                )
        self._adopt_members()
        of_step = [name for name, field in Description.fields.items() if field.owner == "step"]
        inner = self.inner_optimizer
        self.assume(**{name: inner.argument(name) for name in (*of_step, "convention")})

    @classmethod
    def own_arguments(cls) -> tuple[str, ...]:
        """Those that it does not share with the optimizer inside."""
        return tuple(name for name in cls.fields if not cls._shares(name))

    @staticmethod
    def _shares(name: str) -> bool:
        """Whether an argument is the inner optimizer's, and none of the own configuration."""
        common = Description.fields.get(name)
        return common is not None and common.owner != "each"

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        wrapped = self.__dict__.get("inner_optimizer")
        while self._shares(name) and wrapped is not None:
            wrapped.assume(**{name: self.argument(name)})  # it is there that it is described
            wrapped = getattr(wrapped, "inner_optimizer", None)

    def inner(self) -> Iterator[Optimizer]:
        """The optimizer inside."""
        yield self.inner_optimizer

    def member_for(self, name: str, shape: tuple[int, ...]) -> Optimizer | None:
        """Who has the rule of a parameter: the inner optimizer, or its member."""
        return self.inner_optimizer.member_for(name, shape)

    def structural_arguments(self) -> tuple[str, ...]:
        """None: what shapes the step are the inner optimizer's arguments."""
        return ()

    def get_config(self, *, strict: bool = True) -> dict[str, Any]:
        """The arguments, with the inner optimizer's description."""
        config = super().get_config(strict=strict)
        return {name: value for name, value in config.items() if not self._shares(name)}

    def copied_arguments(self) -> dict[str, Any]:
        """All arguments, with a copy of the optimizer inside."""
        own = {n: value for n, value in self.arguments().items() if not self._shares(n)}
        return {**own, "inner_optimizer": self.inner_optimizer.replace()}

    def __repr__(self) -> str:
        own = {n: v for n, v in self.__dict__.items() if n in self.fields and not self._shares(n)}
        changed = [f"{n}={v!r}" for n, v in own.items() if v is not self.fields[n].default]
        return f"{type(self).__name__}({', '.join(changed)})"


def check_member(owner: str, argument: str, value: Any) -> Optimizer:
    """`value` if it is an optimizer, else an `ArgumentError`."""
    if not isinstance(value, Optimizer):
        raise ArgumentError(
            f"{owner} takes optimizers as {argument}. Got: {shown(value)} ({type(value).__name__})."
        )
    return value


def refuse_common(owner: str, member: Optimizer) -> None:
    """`ConfigurationError` if a member has arguments that only the whole step can have."""
    for name, field in Description.fields.items():
        if field.owner == "step" and getattr(member, name) != field.default:
            raise ConfigurationError(
                f"{name} is for all parameters together: set it on the {owner}. Got: {member!r}."
            )


Choice = str | Callable[[str, tuple[int, ...]], bool]
"""A pattern that is searched for in a name, or a function of name and shape."""

Pairs = Mapping[Any, Optimizer | None] | Iterable[tuple[Choice, Optimizer | None]]
"""What chooses parameters → who updates them, or None."""


def check_pairs(value: Any) -> tuple[tuple[Choice, Optimizer | None], ...]:
    """A mapping, or pairs, of what chooses parameters → optimizer, as pairs; or an error."""
    pairs = tuple(value.items() if isinstance(value, Mapping) else value)
    if not pairs:
        raise ArgumentError("MultiOptimizer needs at least one optimizer. Got: none.")
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ArgumentError(
                f"MultiOptimizer takes pairs of a pattern and an optimizer. Got: {shown(pair)}."
            )
        choice, member = pair
        if isinstance(choice, str):
            check_pattern("Patterns", choice)
        elif not callable(choice):
            raise ArgumentError(
                "Parameters are chosen by a pattern, or by a function of name and shape. "
                f"Got: {shown(choice)}."
            )
        if member is not None:
            refuse_common("MultiOptimizer", check_member("MultiOptimizer", "values", member))
    return tuple((choice, member) for choice, member in pairs)


def pairs_to_json(pairs: Sequence[tuple[Choice, Optimizer | None]], strict: bool) -> list[Any]:
    """Pairs as JSON holds them; functions are refused, or noted by name if not `strict`."""
    content: list[Any] = []
    for choice, member in pairs:
        if strict and not isinstance(choice, str):
            raise ConfigurationError(
                f"A configuration cannot hold a function. Got: {shown(choice)}. Use patterns."
            )
        text = choice if isinstance(choice, str) else getattr(choice, "__qualname__", repr(choice))
        content.append([text, member and serialize(member, strict)])
    return content


def pairs_from_json(pairs: Sequence[Any]) -> list[Any]:
    """Pairs from what `pairs_to_json` made of them."""
    return [(choice, description and deserialize(description)) for choice, description in pairs]
