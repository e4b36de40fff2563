"""What a subclass of `Optimizer` declares: fields with ranges, checked whenever they are set."""

import dataclasses
import functools
import inspect
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import schedules
from .convention import REQUIRED, Convention
from .errors import ArgumentError, ConfigurationError
from .registry import refuse_unknown

Hyperparameter = float | np.ndarray | Callable[[], float]
"""A number, a 0-d array, or a callable of no arguments; read anew at each step."""
Rate = float | np.ndarray | schedules.Schedule | Callable[..., float]
"""A learning rate: a `Hyperparameter`, a schedule, or a function of the step."""


def hyperparameter(
    *,
    default: Any,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    below: float | None = None,
    whole: bool = False,
    choices: tuple[Any, ...] | None = None,
    kw_only: bool = False,
    after: str | None = None,
) -> Any:
    """Declare a field of an optimizer with the range or the choices it may have.

    A common argument that a class declares again may be given by position as well, `after` another
    one. For type checkers it is ``kw_only``: they would put it where its parent declares it, first.
    """
    limits = {
        "at_least": at_least,
        "above": above,
        "at_most": at_most,
        "below": below,
        "whole": whole,
        "choices": choices,
        "after": after,
    }
    return dataclasses.field(default=default, kw_only=kw_only, metadata=limits)


def described(
    *,
    check: Callable[[Any], Any],
    to_json: Callable[[Any, bool], Any],
    from_json: Callable[[Any], Any],
) -> Any:
    """Declare a required field that is neither number nor choice, such as another optimizer.

    `check` gives the value as it is kept, or raises; `to_json` also takes whether what JSON cannot
    hold is an error, as `Optimizer.get_config` does.
    """
    return dataclasses.field(metadata={"check": check, "to_json": to_json, "from_json": from_json})


def is_described(field: dataclasses.Field) -> bool:
    """Whether `field` was declared by `described`."""
    return "check" in field.metadata


def declare(cls: type) -> None:
    """Make a dataclass of `cls` whose `__init__` names the nearest known argument in errors."""
    rate = cls.__dict__.get("learning_rate")
    if rate is not None and not isinstance(rate, dataclasses.Field | property):
        cls.learning_rate = hyperparameter(default=rate, at_least=0)  # type: ignore[attr-defined]
    if "name" not in cls.__dict__:
        cls.__annotations__["name"] = str
        cls.name = hyperparameter(default=_snake(cls.__name__), kw_only=True)  # type: ignore[attr-defined]
    dataclasses.dataclass(eq=False, repr=False)(cls)
    cls._fields = _in_order(cls)  # type: ignore[attr-defined]
    made: Callable[..., None] = cls.__init__  # type: ignore[misc]
    signature = _signature(cls)

    @functools.wraps(made)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        refuse_unknown(cls.__name__, kwargs, self._fields)
        given = signature.bind_partial(self, *args, **kwargs).arguments
        for name, field in self._fields.items():
            if field.default is dataclasses.MISSING and name not in given:
                raise ArgumentError(f"{cls.__name__} needs {name}. Give {name}=…")
        made(**_conventional(cls, given))

    init.__signature__ = signature  # type: ignore[attr-defined]
    cls.__init__ = init  # type: ignore[misc]


def _in_order(cls: Any) -> dict[str, dataclasses.Field]:
    """The arguments of `cls` by name: those that may be given by position come first."""
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}
    names = sorted(fields, key=lambda name: bool(fields[name].kw_only))
    for name, field in fields.items():
        if field.metadata.get("after"):
            names.remove(name)
            names.insert(names.index(field.metadata["after"]) + 1, name)
    return {name: fields[name] for name in names}


def _signature(cls: Any) -> inspect.Signature:
    """The signature of `__init__`, with the arguments in their order."""
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    for name, field in cls._fields.items():
        by_name = field.kw_only and not field.metadata.get("after")
        kind = inspect.Parameter.KEYWORD_ONLY if by_name else parameters[0].kind
        required = field.default is dataclasses.MISSING
        default = inspect.Parameter.empty if required else field.default
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=field.type))
    return inspect.Signature(parameters, return_annotation=None)


def _conventional(cls: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are `given`, and the convention's defaults for the others."""
    name = given.get("convention", cls._fields["convention"].default)
    convention = find_convention(cls, name)
    added = {a: default for a, default in convention.defaults.items() if a not in given}
    if given.get("independent_weight_decay"):
        added.pop("decoupled_weight_decay", None)  # a default yields to what excludes it
    for argument, default in added.items():
        if default is REQUIRED:
            raise ArgumentError(
                f"{cls.__name__} needs {argument}: {name} has no default for it. Give {argument}=…"
            )
    return {**added, **given}


def find_convention(cls: Any, name: Any) -> Convention:
    """What the library `name` means by `cls`; `ConfigurationError` if it has no such optimizer."""
    known = {"keras": Convention(), **cls.conventions}
    if not isinstance(name, str) or name not in known:
        raise ConfigurationError(
            f"convention must be one that {cls.__name__} has: "
            f"{', '.join(map(repr, known))}. Got: {name!r}."
        )
    return known[name]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def is_number(field: dataclasses.Field) -> bool:
    """Whether `field` is a number that is read at each step (and not a bool, str or list)."""
    kind = str(getattr(field.type, "__name__", field.type))
    texts = isinstance(field.default, tuple)
    return not is_described(field) and kind not in ("bool", "str") and not texts


def is_optional(field: dataclasses.Field) -> bool:
    """Whether `field` may be None, which switches off what it is for."""
    return field.default is None or "None" in str(field.type)


def checked(name: str, value: Any, field: dataclasses.Field) -> Any:
    """`value` as it is kept, or an error that says what `name` may be."""
    if is_described(field):
        return field.metadata["check"](value)
    if not is_number(field):
        return _checked_choice(name, value, field)
    if value is None:
        if is_optional(field):
            return None
    elif name == "learning_rate" and _is_step_function(value):
        return schedules.as_schedule(value)
    elif callable(value):
        if _is_step_function(value):
            raise ArgumentError(
                f"{name} must be a callable of no arguments; only learning_rate may be a function "
                f"of the step. Got: {value!r}."
            )
        return value
    elif _is_real(value):
        number = known(value)
        if number is not None:
            check_range(name, number, field)
        if hasattr(value, "__array_namespace__") and not isinstance(value, np.generic):
            return value  # read anew at each step: it may be changed in place, or be traced
        return value if isinstance(value, int) else float(value)
    optional = "None, " if is_optional(field) else ""
    extra = ", a schedule" if name == "learning_rate" else ""
    raise ArgumentError(
        f"{name} must be {optional}a number, a 0-d array{extra} or a callable. "
        f"Got: {value!r} ({type(value).__name__})."
    )


def _is_step_function(value: Any) -> bool:
    return isinstance(value, schedules.Schedule) or (
        callable(value) and schedules.takes_step(value)
    )


def _checked_choice(name: str, value: Any, field: dataclasses.Field) -> Any:
    wanted = type(field.default)
    choices = field.metadata.get("choices")
    if choices is not None and value not in choices:
        raise ConfigurationError(
            f"{name} must be one of {', '.join(map(repr, choices))}. Got: {value!r}."
        )
    if isinstance(value, np.bool_):
        value = bool(value)
    if wanted is tuple:
        return _checked_texts(name, value)
    if not isinstance(value, wanted):
        raise ArgumentError(
            f"{name} must be a {wanted.__name__}. Got: {value!r} ({type(value).__name__})."
        )
    return value


def _checked_texts(name: str, value: Any) -> tuple[str, ...]:
    texts = () if value is None else value
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise ArgumentError(f"{name} must be a list of strings. Got: {value!r}.")
    return tuple(texts)


def check_range(name: str, value: float, field: dataclasses.Field) -> None:
    """`ConfigurationError` if `value` is NaN or outside the range that `field` declares."""
    limits = field.metadata
    if math.isnan(value):
        raise ConfigurationError(f"{name} must be a number. Got: {value}.")
    least, above, most, below = (
        limits.get(key) for key in ("at_least", "above", "at_most", "below")
    )
    if least is not None and not value >= least:
        raise ConfigurationError(f"{name} must be at least {least}. Got: {value}.")
    if above is not None and not value > above:
        hint = " Use None to switch it off." if is_optional(field) else ""
        raise ConfigurationError(f"{name} must be greater than {above}. Got: {value}.{hint}")
    if limits.get("whole") and not value.is_integer():
        raise ConfigurationError(f"{name} must be a whole number. Got: {value}.")
    if most is not None and not value <= most:
        raise ConfigurationError(f"{name} must be at most {most}. Got: {value}.")
    if below is not None and not value < below:
        raise ConfigurationError(f"{name} must be less than {below}. Got: {value}.")


def known(value: Any) -> float | None:
    """A real number as a float; None for a traced array, whose value is not known yet."""
    try:
        return float(value)
    except TypeError:
        return None


def differs(value: Any, default: Any) -> bool:
    """Whether an argument is not its default; what is not known yet counts as another value."""
    try:
        return value is not default and bool(value != default)
    except (TypeError, ValueError):
        return True


def is_plain(value: Any) -> bool:
    """Whether a number can be read once and for all, until it is set again."""
    return isinstance(value, int | float)


def read_number(name: str, source: Any, call: int, field: dataclasses.Field) -> float:
    """The value of hyperparameter `name` now, for call number `call` from 0, in its range."""
    if isinstance(source, schedules.Schedule):
        value: Any = source(call)
    else:
        value = source() if callable(source) else source
    if not _is_real(value):
        raise ConfigurationError(
            f"{name} must be a number at every step. Got: {value!r} ({type(value).__name__})."
        )
    number = known(value)
    if number is None:
        raise ConfigurationError(
            f"{name} must be a number whose value is known. Got: {value!r}, which is traced. "
            "Use adamas.jax.functional(optimizer), whose steps may be traced."
        )
    check_range(name, number, field)
    return number


def _is_real(value: Any) -> bool:
    """Whether `value` is one real number, of Python or of any array library."""
    if isinstance(value, bool | np.bool_ | str | bytes | complex) or getattr(value, "ndim", 0):
        return False
    if getattr(getattr(value, "dtype", None), "kind", "f") not in "fiuV":
        return False
    return hasattr(value, "__float__")


def to_json(name: str, value: Any, strict: bool = True) -> Any:
    """A field's value as JSON holds it; callables are refused, or described if not `strict`."""
    try:
        if isinstance(value, schedules.Schedule):
            return schedules.serialize(value)
    except ConfigurationError:
        if strict:
            raise
    if isinstance(value, np.generic) or hasattr(value, "__array_namespace__"):
        return value.item()  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(value, tuple):
        return list(value)
    if callable(value):
        if not strict:
            return {"callable": getattr(value, "__qualname__", type(value).__qualname__)}
        raise ConfigurationError(
            f"{name} is a callable, which a configuration cannot hold. "
            f"Use a number{', or a Schedule of your own' if name == 'learning_rate' else ''}."
        )
    return value


def from_json(value: Any) -> Any:
    """A field's value from what `to_json` made of it."""
    return schedules.deserialize(value) if isinstance(value, dict) else value
