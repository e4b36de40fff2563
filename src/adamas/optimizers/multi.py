"""Several optimizers, or one with several settings, for one set of parameters."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..composite import Composite, check_member, refuse_common
from ..declaration import described
from ..errors import ArgumentError, ConfigurationError, StructureError
from ..optimizer import OPTIMIZERS, Optimizer
from ..serialization import deserialize, serialize

Choice = str | Callable[[str, tuple[int, ...]], bool]
"""A pattern that is searched for in a name, or a function of name and shape."""


def _checked(value: Any) -> tuple[tuple[Choice, Optimizer | None], ...]:
    pairs = tuple(value.items() if isinstance(value, Mapping) else value)
    if not pairs:
        raise ArgumentError("MultiOptimizer needs at least one optimizer. Got: none.")
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ArgumentError(
                f"MultiOptimizer takes pairs of a pattern and an optimizer. Got: {pair!r}."
            )
        choice, member = pair
        if isinstance(choice, str):
            try:
                re.compile(choice)
            except re.error as error:
                raise ConfigurationError(
                    f"Patterns must be regular expressions. Got: {choice!r} ({error})."
                ) from None
        elif not callable(choice):
            raise ArgumentError(
                "Parameters are chosen by a pattern, or by a function of name and shape. "
                f"Got: {choice!r}."
            )
        if member is not None:
            refuse_common("MultiOptimizer", check_member("MultiOptimizer", "values", member))
    return tuple((choice, member) for choice, member in pairs)


def _to_json(pairs: Sequence[tuple[Choice, Optimizer | None]]) -> list[Any]:
    for choice, _ in pairs:
        if not isinstance(choice, str):
            raise ConfigurationError(
                f"A configuration cannot hold a function. Got: {choice!r}. Use patterns."
            )
    return [[choice, member and serialize(member)] for choice, member in pairs]


def _from_json(pairs: Sequence[Any]) -> list[Any]:
    return [(choice, description and deserialize(description)) for choice, description in pairs]


class MultiOptimizer(Composite, abstract=True):
    """Gives parameters to optimizers by their names, in one step with one global norm.

    Args:
        optimizers: a mapping, or pairs, of pattern → optimizer. A parameter goes to the first
            whose regular expression is found in its name (``"bias$"``; ``""`` fits all), or whose
            function of name and shape says so. None freezes parameters.

    Rates, betas and weight decay are the members' own; clips, averages, accumulation and loss
    scaling are this optimizer's. Parameters whose members are of one kind are updated together.
    """

    optimizers: Any = described(check=_checked, to_json=_to_json, from_json=_from_json)

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse = [n for n in ("weight_decay", "cautious") if getattr(self, n)]
        for name in refuse:
            raise ConfigurationError(f"{name} is each member's own. Set it on the members.")
        self._adopt_members()

    def inner(self) -> Iterator[Optimizer]:
        """The members, each once."""
        yield from {id(member): member for _, member in self.optimizers if member}.values()

    def member_for(self, name: str, shape: tuple[int, ...]) -> Optimizer | None:
        """The first member that fits; None if the parameter is frozen."""
        for choice, member in self.optimizers:
            if re.search(choice, name) if isinstance(choice, str) else choice(name, shape):
                return member and member.member_for(name, shape)
        raise StructureError(
            f"Every parameter needs an optimizer. Got: {name!r}, which none of "
            f'{", ".join(repr(choice) for choice, _ in self.optimizers)} fits. Add ("", optimizer) '
            "for the rest, or None to freeze them."
        )

    def _copied(self) -> dict[str, Any]:
        copies = {id(member): member.replace() for member in self.inner()}
        pairs = [(choice, member and copies[id(member)]) for choice, member in self.optimizers]
        return {**{name: self.__dict__[name] for name in self._fields}, "optimizers": pairs}

    def _rates(self) -> dict[str, float]:
        rates = enumerate(member.rate_at(self.calls) for member in self.inner())
        return {f"learning_rate/{place}": rate for place, rate in rates}


OPTIMIZERS.add(MultiOptimizer)
