"""Schedule: a learning rate as a pure function of the step, declared as frozen data."""

import dataclasses
import functools
import inspect
import sys
import types
from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast, dataclass_transform

from ..errors import ArgumentError, ConfigurationError, RuleError, shown
from ..fields import Documented, Field, entry_of, fields_of, plain, with_entries
from ..registry import nearest
from .arguments import Name, argument, choice, flag, number, numbers
from .arithmetic import for_every_step

_REGISTRY: dict[str, type["Schedule"]] = {}


@dataclass_transform(
    frozen_default=True,
    field_specifiers=(number, numbers, flag, choice, argument, dataclasses.field),
)
@dataclasses.dataclass(frozen=True)
class Schedule:
    """A learning rate that is a function of the step; subclass it to write one.

    The class body declares the arguments, as in a frozen dataclass, and the formula:

        class Halving(Schedule):
            learning_rate: float = number(at_least=0)
            every: int = number(default=1000, above=0)

            def __call__(self, step):
                return self.learning_rate * 0.5 ** (step // self.every)

    ``step`` counts the calls of ``apply`` before this one: 0, 1, 2, … The formula is written once
    for all kinds of step: no ``if`` on the step but `np.where`, and NumPy under its name ``np``,
    in functions that ``jax.numpy`` has too; helpers are functions of the module, not methods. It
    sees a float64 number, a float64 array, or a JAX tracer. The caller gives a Python number and
    gets a float, or an array (a list) of any shape and gets an array of that shape.

    Laws that take more than one argument go into ``check(self)``, which runs at construction.
    A subclass is registered under its name for `deserialize`; ``class Halving(Schedule,
    package="lab")`` registers "lab>Halving". Class keywords for rare cases: ``registered=False``
    keeps it out of the registry, ``as_written=True`` leaves ``__call__`` as it is, so that it
    sees steps exactly as they come.

    Args:
        name: of every schedule, as Keras's; it has no meaning to adamas.
    """

    name: str | None = dataclasses.field(
        default=None, kw_only=True, repr=False, metadata={"field": Field(kind=Name())}
    )

    fields: ClassVar[Mapping[str, Field]] = {}
    """The arguments of the class by name."""

    registered_name: ClassVar[str | None] = None

    def __init_subclass__(
        cls,
        *,
        package: str | None = None,
        registered: bool = True,
        as_written: bool = False,
        **keywords: Any,
    ):
        super().__init_subclass__(**keywords)
        for method, instead in (("__init__", "fields"), ("__post_init__", "check(self)")):
            if method in vars(cls):
                raise ArgumentError(
                    f"A schedule declares its arguments as fields. Got: {cls.__name__} with its "
                    f"own {method}. Write {instead} instead; see help(adamas.schedules.Schedule)."
                )
        formula = vars(cls).get("__call__")
        if isinstance(formula, types.FunctionType) and not as_written:
            cls.__call__ = for_every_step(formula)  # type: ignore[method-assign]
        cls.__doc__ = vars(cls).get("__doc__") or f"{cls.__name__}."
        dataclasses.dataclass(frozen=True)(cls)
        cls.fields = fields_of(cls)
        _document(cls)
        _refuse_wrong_arguments(cls)
        cls.registered_name = None
        if registered and cls.__call__ is not Schedule.__call__:
            _register(cls, f"{package}>{cls.__name__}" if package else cls.__name__)

    def __post_init__(self):
        for name, field in self.fields.items():
            object.__setattr__(self, name, field.check(getattr(self, name)))
        self.check()

    def check(self) -> None:
        """Raise an error if the arguments do not fit together; to be overridden."""

    def __call__(self, step: Any) -> Any:
        """The rate at a step, or at each of an array of steps."""
        raise RuleError(
            f"A schedule must define __call__(self, step). Got: {type(self).__name__} without it."
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dictionary for JSON, from which `from_config` builds an equal one."""
        return {
            field.name: _encoded(getattr(self, field.name), field.name, type(self).__name__)
            for field in dataclasses.fields(self)  # type: ignore[arg-type]
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build a schedule from what `get_config` gave.

        Raises ArgumentError for unknown or missing arguments, ConfigurationError for bad values.
        """
        if not isinstance(config, Mapping) or not all(isinstance(key, str) for key in config):
            raise ConfigurationError(
                f"The configuration of {cls.__name__} must be a dictionary of its arguments. "
                f"Got: {shown(config)}. Use what get_config() returned."
            )
        return cls(**{name: _decoded(value) for name, value in config.items()})


def _document(cls: type[Schedule]) -> None:
    """Let the docstring explain all arguments, as their fields know them."""
    text, entries = cast("str", cls.__doc__), cls.fields.values()
    cls.__doc__ = Documented(lambda: with_entries(text, map(entry_of, entries)))  # pyright: ignore[reportAttributeAccessIssue]


Schedule.fields = fields_of(Schedule)
_document(Schedule)


def registry() -> Mapping[str, type[Schedule]]:
    """All schedules that can be named: a read-only mapping from registered name to class."""
    return types.MappingProxyType(_REGISTRY)


def serialize(schedule: Schedule) -> dict[str, Any]:
    """A schedule as ``{"class_name": …, "config": {…}}`` of plain values, for JSON.

    Args:
        schedule: it.

    Raises ConfigurationError if it holds something that a file cannot, such as a function.
    """
    if not isinstance(schedule, Schedule):
        raise ArgumentError(
            f"serialize takes a Schedule. Got: {shown(schedule)}. "
            "as_schedule(value) makes one of a number or function."
        )
    config = schedule.get_config()
    if schedule.registered_name is None:
        raise ConfigurationError(
            "A schedule that is written to a file must be of a registered class. "
            f"Got: {type(schedule).__name__}. Define it without registered=False."
        )
    return {"class_name": schedule.registered_name, "config": config}


def deserialize(serialized: Mapping[str, Any]) -> Schedule:
    """The schedule that `serialize` wrote.

    Args:
        serialized: what it gave. Names are looked up in `registry()`; no code runs.

    Raises ConfigurationError for an unknown class or another form, ArgumentError for unknown
    arguments; either names the nearest known one.
    """
    if not _is_serialized(serialized):
        raise ConfigurationError(
            'A serialized schedule must have the form {"class_name": "…", "config": {…}}. '
            f"Got: {shown(serialized)}. Use what serialize(schedule) returned."
        )
    class_name = serialized["class_name"]
    if class_name not in _REGISTRY:
        raise ConfigurationError(
            f"A schedule's class must be registered. Got: {shown(class_name)}."
            f"{nearest(class_name, _REGISTRY)} "
            "A class of your own is registered once the module that defines it is imported."
        )
    try:
        return _REGISTRY[class_name].from_config(serialized["config"])
    except RecursionError:
        raise ConfigurationError(
            "A serialized schedule must be nested a few levels deep. Got: one without an end."
        ) from None


def _is_serialized(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"class_name", "config"}
        and isinstance(value["class_name"], str)
        and isinstance(value["config"], Mapping)
    )


def _decoded(value: Any) -> Any:
    if isinstance(value, Mapping) and "class_name" in value:
        return deserialize(value)
    return [_decoded(item) for item in value] if isinstance(value, list | tuple) else value


def _encoded(value: Any, name: str, owner: str) -> Any:
    value = plain(value)
    if isinstance(value, Schedule):
        return serialize(value)
    if isinstance(value, tuple):
        return [_encoded(item, name, owner) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _encoded(item, name, owner) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ConfigurationError(
        "A configuration holds numbers, strings, lists and schedules. "
        f"Got: {shown(value)} as {name} of {owner}. "
        "Keep what names it instead, or override get_config and from_config."
    )


def _register(cls: type[Schedule], name: str) -> None:
    """Enter a class under its name; a module may define its own names anew, not another's."""
    known = _REGISTRY.get(name, cls)
    if _home(known) != _home(cls):
        raise ConfigurationError(
            f"The name of a registered schedule must be its own. Got: {name!r} in "
            f"{cls.__module__}, already defined in {known.__module__}. Rename the class, or write "
            f'class {cls.__name__}(Schedule, package="…").'
        )
    cls.registered_name = name
    _REGISTRY[name] = cls


def _home(cls: type) -> str:
    """The file that defines a class: one even where a script is both __main__ and imported."""
    return getattr(sys.modules.get(cls.__module__), "__file__", None) or cls.__module__


def _refuse_wrong_arguments(cls: type[Schedule]) -> None:
    """Let the generated ``__init__`` raise errors in the house's form."""
    generated = cls.__init__
    signature = inspect.signature(generated)
    known = list(signature.parameters)[1:]

    @functools.wraps(generated)
    def construct(self, *arguments: Any, **keywords: Any):
        for name in keywords:
            if name not in known:
                raise ArgumentError(
                    f"{cls.__name__} takes the arguments {', '.join(known)}. Got: {name!r}."
                    f"{nearest(name, known)}"
                )
        try:
            signature.bind(self, *arguments, **keywords)
        except TypeError as error:
            raise ArgumentError(
                f"{cls.__name__} takes the arguments {', '.join(known)}. Got: {error}. "
                "Give each once; those without a default must be given."
            ) from None
        generated(self, *arguments, **keywords)

    cls.__init__ = construct  # type: ignore[method-assign]
