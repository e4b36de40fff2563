"""What a class says that its rule draws: random numbers for each weight."""

from typing import Any

from ..errors import RuleError, shown
from ..language.noise import ASKED


def check_drawn(cls: Any) -> None:
    """`RuleError` for numbers that a class cannot draw."""
    for name, law in cls.drawn.items():
        if law not in ASKED:
            raise RuleError(
                f"{cls.__name__}.drawn[{name!r}] must be {' or '.join(map(repr, ASKED))}. "
                f"Got: {shown(law)}."
            )
        if name in cls.fields or name in cls.remembered or name in cls.inputs:
            raise RuleError(
                f"{cls.__name__}.drawn names {name!r}, which is a hyperparameter, remembered or "
                "given to calls already. Choose another name."
            )
    if cls.drawn and "seed" not in cls.numbers():
        raise RuleError(
            f"{cls.__name__} draws {', '.join(cls.drawn)} and must have a seed, from which they "
            "come: seed: int = 0."
        )
