"""Arguments of an optimizer of Keras: those that it can have, and when they are set."""

import inspect
from typing import Any

from ...description import refuse_words
from ...errors import ConfigurationError, StateError, shown, warn
from ...optimizer import Optimizer
from ...refusals import RAISING

FIXED = ("gradient_accumulation_steps", "nonfinite")
"""Arguments that Keras has counted by, or made variables for, from `build` on."""


def declared_by(
    kind: type[Optimizer], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Optimizer, str | None]:
    """The declared optimizer and the name that is asked for."""
    refuse_words(kind, kwargs, door=False)
    given = dict(inspect.signature(kind.__init__).bind_partial(None, *args, **kwargs).arguments)
    del given["self"]
    name = given.pop("name", None)
    declared = kind(**given)
    refuse_unsupported(declared)
    return declared, name


def refuse_unsupported(declared: Optimizer) -> None:
    """An error for arguments with which Keras cannot step."""
    if callable(declared.gradient_accumulation_steps):
        raise ConfigurationError(
            "gradient_accumulation_steps must be a whole number, which Keras fixes when it builds. "
            f"Got: {shown(declared.gradient_accumulation_steps)}. Use a number."
        )
    if declared.nonfinite == "raise":
        raise RAISING.error("'raise'")


def refuse_fixed(
    declared: Optimizer, changed: Optimizer, name: str, before: Any, value: Any
) -> None:
    """`StateError` where an argument that is set after `build` would need other memory.

    Args:
        declared: as it was built.
        changed: with the new value.
        name: of the argument.
        before, value: what it was, and is set to.
    """
    if (
        changed.numbers_in_use() != declared.numbers_in_use()
        or changed.choices() != declared.choices()
        or changed.rule() is not declared.rule()
        or name in FIXED
    ):
        converts = declared.fields[name].converts
        way = f"Use convert({name}={value!r})" if converts else "Construct a new optimizer"
        raise StateError(
            f"{name} decides which memory a step needs and is fixed by build(). "
            f"Got: {value!r} after {before!r}. {way}."
        )


def warn_of_constant(name: str, before: Any, value: Any) -> None:
    """Warn that steps which are compiled keep a number that was set."""
    warn(
        f"{name} is a constant of steps that are compiled: they keep the old one. "
        f"Got: {value!r} after {before!r}. Compile the model again, with the "
        "optimizer that it has: model.compile(optimizer=model.optimizer, …).",
    )
