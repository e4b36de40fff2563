"""The optimizers of the table: built-in ones, ones of several, and some of a user's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

import adamas
from adamas import Optimizer, Rate


class Halving(Optimizer):
    """Carries a number from update to update: its factor halves."""

    learning_rate: Rate = 0.1
    remembered = {"c": 1.0}

    @staticmethod
    def prepare(c):
        """The factor of this update, and the next one."""
        return {"c": c / 2, "factor": c}

    @staticmethod
    def update(p, g, /, *, learning_rate, factor):
        """One weight."""
        return p - learning_rate * factor * g


class HalvingFromTen(Halving):
    """The same from another first value."""

    remembered = {"c": 10.0}


class Ahead(Optimizer):
    """Evaluates a rate away from where it trains."""

    learning_rate: Rate = 0.1

    @staticmethod
    def update(p, g, m, /, *, learning_rate):
        """One weight."""
        m = 0.9 * m + g
        return p - learning_rate * m, m

    @staticmethod
    def average(p, m, /, *, learning_rate):
        """The weights to evaluate with."""
        return p - learning_rate * (1 + m)


class ByTensor(Optimizer):
    """Remembers one number for each tensor, as NovoGrad does."""

    learning_rate: Rate = 0.1

    @staticmethod
    def update(p, g, v, /, *, learning_rate):
        """One weight."""
        v = 0.9 * v + np.sum(g * g)
        return p - learning_rate * g / np.sqrt(v), v


class ByRow(Optimizer):
    """Remembers one number for each row."""

    learning_rate: Rate = 0.1

    @staticmethod
    def update(p, g, v, /, *, learning_rate):
        """One weight."""
        v = 0.9 * v + np.sum(g * g, axis=-1, keepdims=True)
        return p - learning_rate * g / np.sqrt(v), v


class Anchored(Optimizer):
    """Is drawn to the first weights, which its rule hands back unchanged (L2-SP)."""

    learning_rate: Rate = 0.1

    @staticmethod
    def initial(p, /):
        """Where the weights began."""
        return {"start": p}

    @staticmethod
    def update(p, g, start, /, *, learning_rate):
        """One weight."""
        return p - learning_rate * (g + 0.5 * (p - start)), start


class Masked(Optimizer):
    """Moves only those weights that were positive."""

    learning_rate: Rate = 0.1

    @staticmethod
    def initial(p, /):
        """1 where a weight moves."""
        return {"mask": np.where(p > 0, 1.0, 0.0)}

    @staticmethod
    def update(p, g, mask, /, *, learning_rate):
        """One weight."""
        return p - learning_rate * mask * g, mask


class ScheduleFree:
    """Schedule-free steps of plain descent in full: what the stage around SGD does."""

    remembered = {"largest_rate": 0.0, "sum_of_weights": 0.0}
    conventions = adamas.SGD.conventions

    @staticmethod
    def initial(p, /):
        """The fast weights begin where the parameters are."""
        return {"schedule_free_fast": p}

    @staticmethod
    def prepare(learning_rate, largest_rate, sum_of_weights):
        """Weights in the average are squares of the largest rate."""
        largest = np.maximum(largest_rate, learning_rate)
        total = sum_of_weights + largest**2
        return {"largest_rate": largest, "sum_of_weights": total, "c": largest**2 / total}

    @staticmethod
    def update(p, g, schedule_free_fast, /, *, learning_rate, schedule_free, c):
        """One weight."""
        x = (p - (1 - schedule_free) * schedule_free_fast) / schedule_free
        z = schedule_free_fast - learning_rate * g
        return (1 - schedule_free) * z + schedule_free * ((1 - c) * x + c * z), z

    @staticmethod
    def average(p, schedule_free_fast, /, *, schedule_free):
        """The weights to evaluate with."""
        return (p - (1 - schedule_free) * schedule_free_fast) / schedule_free


class ScheduleFreeAdamW:
    """What Keras's class says, in full: v is the mean of squares, the average is of all alike."""

    remembered: Mapping[str, float] = {}
    conventions = adamas.ScheduleFreeAdamW.conventions

    @staticmethod
    def initial(p, /):
        """The fast weights begin where the parameters are."""
        return {"z": p}

    @staticmethod
    def prepare(t, learning_rate, beta_2, warmup_steps):
        """Scalars of update t."""
        rate = learning_rate * min(t / max(warmup_steps, 1), 1)
        return {"rate": rate, "scale": 1 / (1 - beta_2**t), "c": 1 / t}

    @staticmethod
    def update(p, g, z, v, /, *, rate, beta_1, beta_2, epsilon, scale, c):
        """One weight."""
        v = beta_2 * v + (1 - beta_2) * g * g
        x = (p - (1 - beta_1) * z) / beta_1
        z = z - rate * g / (np.sqrt(scale * v) + epsilon)
        return (1 - beta_1) * z + beta_1 * ((1 - c) * x + c * z), z, v

    @staticmethod
    def average(p, z, /, *, beta_1):
        """The weights to evaluate with."""
        return (p - (1 - beta_1) * z) / beta_1


class OverAll(Optimizer):
    """Takes sums over all tensors, one of them of another, and hands on what follows from them."""

    learning_rate: Rate = 0.1
    remembered = {"largest": 0.5}

    @staticmethod
    def update(p, g, m, /, *, learning_rate, largest):
        """One weight."""
        m = 0.9 * m + g
        norm = np.sqrt(adamas.total(g * g))
        along = adamas.total(m * g / (1 + norm))
        following = np.maximum(largest, norm)
        return p - learning_rate * m / (largest + along * along), m, {"largest": following}


@adamas.whole_tensor
def grown(left: Any, g: Any) -> Any:
    """More of what rows have in common."""
    return 0.5 * left + 0.1 * (g @ g.mT)


@adamas.whole_tensor
def mixed(g: Any, left: Any) -> Any:
    """Each row with those that are like it."""
    return g + left @ g


class BySide(Optimizer):
    """Remembers a matrix of its rows, which grows in every second update."""

    learning_rate: Rate = 0.1
    shapes = {"left": ("rows", "rows")}

    @staticmethod
    def update(p, g, left, /, *, learning_rate, t):
        """One stack of matrices."""
        left = grown(left, g, when=t % 2 == 1)
        return p - learning_rate * mixed(g, left), left


class Member(NamedTuple):
    """A class and its arguments; `in_full` says what it does, where its rule is not all of that."""

    kind: type[Optimizer]
    arguments: Mapping[str, Any]
    in_full: Any = None

    @property
    def said(self) -> Any:
        """The class whose rule is all that is done."""
        return self.in_full or self.kind


@dataclass(frozen=True)
class Case:
    """An optimizer of the table.

    Attributes:
        members: pairs of a pattern for names and who has these parameters; None freezes them.
        scale: the arguments of a LossScaleOptimizer around it, if there is one.
        common: arguments of the whole step.
        shapes: of parameters beside those of all cases, or in their place.
    """

    members: tuple[tuple[str, Member | None], ...]
    scale: Mapping[str, Any] | None = None
    common: Mapping[str, Any] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def composite(self) -> bool:
        """Whether it is made of others."""
        return len(self.members) > 1 or self.members[0][1] is None or self.scale is not None

    @property
    def kinds(self) -> list[type[Optimizer]]:
        """The classes of its members, each once."""
        return list({member.kind: None for _, member in self.members if member})

    @property
    def in_groups(self) -> bool:
        """Whether groups of parameters with one class can be in its place."""
        plain = self.scale is None and all(member for _, member in self.members)
        return plain and len(self.kinds) == 1

    def member_of(self, name: str) -> Member | None:
        """Who has a parameter."""
        return next(member for choice, member in self.members if choice in name)

    def averages(self) -> bool:
        """Whether there is something else to evaluate with than the weights."""
        return any(m.said.average for _, m in self.members if m) or self.common.get(
            "use_ema", False
        )

    def with_common(self, **common: Any) -> "Case":
        """The same with other arguments of the whole step."""
        return replace(self, common={**self.common, **common})

    def having(self, **shapes: tuple[int, ...]) -> "Case":
        """The same with parameters of these shapes."""
        return replace(self, shapes={**self.shapes, **shapes})

    def storing(self, states: str) -> "Case":
        """The same with its state stored so."""
        told = {"states": states}
        members = (
            (p, m and m._replace(arguments={**m.arguments, **told})) for p, m in self.members
        )
        return replace(self, members=tuple(members))

    def of(self, *members: tuple[str, Member | None]) -> "Case":
        """The same for other parameters."""
        return replace(self, members=members)

    def declared_members(self) -> list[tuple[str, Optimizer | None]]:
        """Patterns and the optimizers of parameters."""
        return [(p, m and m.kind(**m.arguments)) for p, m in self.members]

    def declared(self) -> Optimizer:
        """The optimizer."""
        (_, first), *others = self.members
        if first is None or others:
            made: Optimizer = adamas.MultiOptimizer(self.declared_members(), **self.common)
        else:
            made = first.kind(**first.arguments, **self.common)
        return made if self.scale is None else adamas.LossScaleOptimizer(made, **self.scale)


def leaves(optimizer: Any) -> Iterator[Any]:
    """The optimizers inside that have rules."""
    if isinstance(optimizer, adamas.LossScaleOptimizer):
        yield from leaves(optimizer.inner_optimizer)
    elif isinstance(optimizer, adamas.MultiOptimizer):
        for _, member in optimizer.optimizers:
            yield from leaves(member) if member else ()
    else:
        yield optimizer


def one(kind: type[Optimizer], **arguments: Any) -> Case:
    """An optimizer for all parameters."""
    return Case((("", Member(kind, arguments)),))


def two(first: Member, second: Member) -> Case:
    """One for the kernel, one for the rest."""
    return Case((("kernel", first), ("", second)))


FALLING = adamas.schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)

CASES = {
    "Adam": one(adamas.Adam, learning_rate=0.1),
    "Nadam": one(adamas.Nadam, learning_rate=0.1),
    "two Nadams": two(
        Member(adamas.Nadam, {"learning_rate": 0.1}),
        Member(adamas.Nadam, {"learning_rate": 0.01, "beta_1": 0.8}),
    ),
    "LossScale around Adam": replace(
        one(adamas.Adam, learning_rate=0.1),
        scale={"initial_scale": 1024.0, "dynamic_growth_steps": 1},
    ),
    "own number": one(Halving),
    "two own numbers": two(Member(Halving, {}), Member(HalvingFromTen, {})),
    "own average": one(Ahead),
    "own average, scheduled": one(Ahead, learning_rate=FALLING),
    "ScheduleFreeAdamW": Case(
        (("", Member(adamas.ScheduleFreeAdamW, {"learning_rate": 0.1}, ScheduleFreeAdamW)),)
    ),
    "SGD, schedule-free": Case(
        (("", Member(adamas.SGD, {"learning_rate": 0.1, "schedule_free": 0.8}, ScheduleFree)),)
    ),
    "slot per tensor": one(ByTensor),
    "slot per row": one(ByRow),
    "first weights": one(Anchored),
    "mask": one(Masked),
    "sums over all": one(OverAll),
    "slot per side": one(BySide),
    "states in bfloat16": one(adamas.Adam, learning_rate=0.1, states="bfloat16"),
    "states in 8 bits": one(adamas.Adam, learning_rate=0.1, states="8bit").having(kernel=(32, 130)),
    "Adam with use_ema": one(adamas.Adam, learning_rate=0.1).with_common(
        use_ema=True, ema_momentum=0.5
    ),
}
