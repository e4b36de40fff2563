"""What a class says that calls are given beside gradients: numbers and arrays, by name."""

from typing import Any

from ..errors import RuleError, shown

LOSS = "loss"
"""The number that every optimizer may be given: a loop need not know who has a use for it."""

OF_CALLS = ("grads", "params", "state", "closure", "updates", "trainable_variables")
"""Arguments that calls have by themselves on some front end."""

NUMBER, ARRAY = "number", "array"
KINDS = (NUMBER, ARRAY)


def check_inputs(cls: Any) -> None:
    """`RuleError` for inputs that a class cannot have."""
    for name, kind in cls.inputs.items():
        if kind not in KINDS:
            raise RuleError(
                f"{cls.__name__}.inputs[{name!r}] must be {' or '.join(map(repr, KINDS))}. "
                f"Got: {shown(kind)}."
            )
        if name in OF_CALLS:
            raise RuleError(
                f"{cls.__name__}.inputs names {name!r}, which calls have already "
                f"({', '.join(OF_CALLS)}). Choose another name."
            )
        if name in cls.fields or name in cls.remembered:
            raise RuleError(
                f"{cls.__name__}.inputs names {name!r}, which is a hyperparameter or remembered "
                "already. Choose another name."
            )
