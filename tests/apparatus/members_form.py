"""What is known of a member of the family, and arguments at random."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_peer import pick

Chance = np.random.Generator
EVERYWHERE = ("keras", "torch", "optax")


@dataclass(frozen=True)
class Wrong:
    """A wrong rule: the file of the optimizer with `old` replaced by `new`.

    It shows with `arguments`, under the conventions in `seen`.
    """

    old: str
    new: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    seen: tuple[str, ...] = EVERYWHERE


@dataclass(frozen=True)
class Member:
    """One optimizer.

    Attributes:
        draw: its own arguments at random.
        variants: arguments that choose each of its rules in turn.
        rate: a learning rate with which it finds a minimum within 200 steps.
        wrong: wrong rules, each of which every oracle must catch.
        beyond: arguments that Keras does not have, each at random.
        in_keras: whether Keras has the optimizer.
        begun: arguments with which it begins to move weights of 16 bits.
        like: the member whose crossings with front ends, dtypes and features stand for this one's,
            as its rule has the same form: what each weight, row, column or tensor remembers. Its
            own are numbers, first steps, conventions and wrong rules.
    """

    draw: Callable[[Chance], dict[str, Any]]
    variants: tuple[Mapping[str, Any], ...]
    rate: float
    wrong: tuple[Wrong, ...]
    beyond: Mapping[str, Callable[[Chance], Any]] = field(default_factory=dict)
    in_keras: bool = True
    begun: Mapping[str, Any] = field(default_factory=dict)
    like: str = ""


def between(low: float, high: float) -> Callable[[Chance], float]:
    """A number between two."""
    return lambda chance: float(chance.uniform(low, high))


def small(chance: Chance) -> float:
    """An epsilon."""
    return float(10 ** chance.uniform(-7, -2))


def coin(chance: Chance) -> bool:
    """True or False."""
    return bool(chance.integers(2))


def momentum(chance: Chance) -> float:
    """A momentum, often 0."""
    return pick(chance, 0.0, float(chance.uniform(0.1, 0.95)), float(chance.uniform(0.1, 0.95)))


def drawn(**arguments: Callable[[Chance], Any]) -> Callable[[Chance], dict[str, Any]]:
    """Arguments at random, each by its own function."""
    return lambda chance: {name: draw(chance) for name, draw in arguments.items()}


BETAS = {"beta_1": between(0, 0.95), "beta_2": between(0.5, 0.999)}
