"""The optimizers that are timed, as each library calls them.

Each library's own defaults hold, so ours follow its convention: then the numbers must agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..optimizer import OPTIMIZERS, Optimizer
from ..optimizers import MultiOptimizer

EMBEDDINGS = 2
"""Tensors at the beginning of GPT-2 that are tables; nobody orthogonalizes them."""


@dataclass(frozen=True)
class Member:
    """One optimizer.

    Attributes:
        title: what it is called in tables.
        name: its class here.
        rate: the learning rate.
        options: further arguments that all libraries call alike.
        epsilon: instead of each library's own.
        torch: its class in `torch.optim`, if it has one.
        optax: its function in `optax` or `optax.contrib`.
        matrices: it is for matrices only, and all else takes AdamW.
    """

    title: str
    name: str
    rate: float = 1e-3
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    epsilon: float | None = None
    torch: str | None = None
    optax: str | None = None
    matrices: bool = False

    def here(self, convention: str, **common: Any) -> Optimizer:
        """The optimizer of this library, by the convention of another one if it has that."""
        return OPTIMIZERS[self.name](**self.given(convention, **common))

    def given(self, convention: str, **common: Any) -> dict[str, Any]:
        """The arguments of `here`."""
        cls = OPTIMIZERS[self.name]
        given = {"learning_rate": self.rate, **self.options, **common}
        if convention in cls.conventions:
            given["convention"] = convention
        if self.epsilon is not None:
            given["epsilon"] = self.epsilon
        if self.matrices:
            given["exclude_layers"] = [f"^{place}$" for place in range(EMBEDDINGS)]
        return given

    def there(self) -> dict[str, Any]:
        """The arguments but the learning rate, as torch and optax call them."""
        epsilon = {} if self.epsilon is None else {"eps": self.epsilon}
        return {**self.options, **epsilon}

    def is_matrix(self, place: int, shape: tuple[int, ...]) -> bool:
        """Whether the tensor in this place has the rule of matrices, if `matrices`."""
        return len(shape) == 2 and place >= EMBEDDINGS


ADAM = Member("Adam", "Adam", epsilon=1e-30, torch="Adam", optax="adam")
"""With next to no epsilon, which libraries put in different places: so they all agree."""

MOMENTUM = {"momentum": 0.9}

FAMILY = (
    Member("Adam", "Adam", torch="Adam", optax="adam"),
    Member("AdamW", "AdamW", torch="AdamW", optax="adamw"),
    Member("Adamax", "Adamax", torch="Adamax", optax="adamax"),
    Member("Nadam", "Nadam", torch="NAdam", optax="nadam"),
    Member("AdaBelief", "AdaBelief", optax="adabelief"),
    Member("Adadelta", "Adadelta", rate=1.0, torch="Adadelta", optax="adadelta"),
    Member("Adagrad", "Adagrad", torch="Adagrad", optax="adagrad"),
    Member("RMSprop", "RMSprop", torch="RMSprop", optax="rmsprop"),
    Member("SGD", "SGD", torch="SGD", optax="sgd"),
    Member("SGD, momentum", "SGD", options=MOMENTUM, torch="SGD", optax="sgd"),
    Member(
        "SGD, Nesterov", "SGD", options={**MOMENTUM, "nesterov": True}, torch="SGD", optax="sgd"
    ),
    Member("Ftrl", "Ftrl"),
    Member("Lion", "Lion", optax="lion"),
    Member("Lamb", "Lamb", optax="lamb"),
    Member("Adafactor", "Adafactor", rate=1e-2, torch="Adafactor", optax="adafactor"),
    Member("Muon", "Muon", torch="Muon", optax="muon", matrices=True),
    Member("SM3", "SM3", rate=0.1, optax="sm3"),
    Member("NoisySGD", "NoisySGD"),
    Member("SGLD", "SGLD"),
    Member("Prodigy", "Prodigy", rate=1.0),
    Member("DAdaptAdam", "DAdaptAdam", rate=1.0),
    Member("DoG", "DoG", rate=1.0),
    Member("DoWG", "DoWG", rate=1.0),
    Member("ScheduleFreeAdamW", "ScheduleFreeAdamW", optax="schedule_free_adamw"),
)


def everyone() -> tuple[Member, ...]:
    """The family, and what this library has beside it: with its defaults, beside nobody."""
    known = {member.name for member in FAMILY}
    package = MultiOptimizer.__module__.rpartition(".")[0]
    others = [
        Member(name, name)
        for name, cls in OPTIMIZERS.items()
        if name not in known
        and cls.__module__.startswith(package)
        and not any(field.is_described for field in cls.fields.values())
    ]
    return (*FAMILY, *others)
