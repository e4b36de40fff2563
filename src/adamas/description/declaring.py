"""What happens when an optimizer's class is written: fields, `__init__`, a first check."""

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..around import check_stage
from ..convention import REQUIRED, Convention
from ..errors import ArgumentError, ConfigurationError, RuleError, shown
from ..fields import Field, Kind, fields_of, hyperparameter, kind_of
from ..language.rule import check_rule, check_without, read_rule
from ..language.totals import refuse_totals
from ..registry import refuse_unknown
from ..schedules import Schedule
from .documentation import document
from .drawing import check_drawn
from .forms import forms_of, refuse_unknown_slots
from .inputs import LOSS, NUMBER, check_inputs
from .misplaced import refuse_parameters
from .rates import RATE, is_rate
from .usual import USUAL
from .words import refuse_words


def declare(cls: Any) -> None:
    """Make a dataclass of `cls` whose `__init__` names the nearest known argument in errors."""
    rate = cls.__dict__.get("learning_rate")
    if rate is not None and not isinstance(rate, dataclasses.Field | property):
        cls.learning_rate = hyperparameter(default=rate, at_least=0)
    # Without one, a dataclass would write its signature.
    cls.__doc__ = vars(cls).get("__doc__") or f"{cls.__name__}."
    read_fields(cls)
    document(cls)
    made: Callable[..., None] = cls.__init__
    signature = _signature(cls)

    @functools.wraps(made)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        first = next(iter(cls.fields))
        refuse_parameters(cls, first, args[0] if args else kwargs.get(first))
        refuse_words(cls, kwargs)
        given = _bound(cls, signature, (self, *args), kwargs)
        for name, field in self.fields.items():
            if field.is_required and name not in given:
                raise ArgumentError(f"{cls.__name__} needs {name}. Give {name}=…")
        made(**_conventional(cls, given))
        self.note_constructed()

    init.__signature__ = signature  # type: ignore[attr-defined]
    cls.__init__ = init
    for name, field in cls.fields.items():
        if is_rate(field) and name in inspect.get_annotations(cls):
            setattr(cls, name, _rate_now(name))


def call_by_name(cls: Any) -> None:
    """Let the default of the argument ``name`` be the name of the class, if it says no other."""
    if "name" not in cls.__dict__:
        cls.__annotations__["name"] = str
        cls.name = hyperparameter(default=_snake(cls.__name__), kw_only=True)


def read_fields(cls: Any) -> None:
    """Find the fields of a class, which is made a dataclass."""
    dataclasses.dataclass(eq=False, repr=False)(cls)
    cls.fields = fields_of(cls, _kind, USUAL)


def _bound(
    cls: Any, signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The arguments that are given, by name."""
    try:
        return signature.bind_partial(*args, **kwargs).arguments
    except TypeError as error:
        raise ArgumentError(f"{cls.__name__}: {error}. help({cls.__name__}) lists them.") from None


def _kind(field: Field, annotation: Any) -> Kind:
    """The kind of a field; `RuleError` if its annotation cannot be understood."""
    kind = kind_of(annotation, {Schedule: RATE})
    if kind is None:
        raise RuleError(
            f"{field.of}.{field.name} must be declared as a number, a flag, texts or a choice. "
            f"Got: {annotation!r}. Write one of adamas.Rate, adamas.Hyperparameter, float, int, "
            "bool, str, Sequence[str], Literal['a', 'b'] and your own Enum, with | None for what "
            "may be off."
        )
    # What is called a learning rate is one, also where it is annotated as a plain number.
    return RATE if field.name == "learning_rate" and kind.is_number else kind


def _rate_now(name: str) -> property:
    """A rate as an attribute: that of the next call, settable unless it follows a schedule."""

    def now(self: Any) -> float:
        rate = self.argument(name)
        # A number of Python is as it was when it was set.
        return rate if type(rate) is float else self.fields[name].read(rate, self.calls)

    def set_(self: Any, value: Any) -> None:
        raise AssertionError("Description.__setattr__ sets every argument")

    return property(now, set_, doc=f"The `{name}` of the next call.")


def _signature(cls: Any) -> inspect.Signature:
    """The signature of `__init__`: in Keras's order up to `name`, by keyword alone behind it."""
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    kind = parameters[0].kind
    for name, field in cls.fields.items():
        default = inspect.Parameter.empty if field.is_required else field.default
        annotation = field.annotation
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=annotation))
        if name == "name":
            kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(parameters, return_annotation=None)


def _conventional(cls: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are `given`, and the convention's defaults for the others.

    That ``name`` is None is as if it was not given, as in Keras.
    """
    if "name" in given and given["name"] is None:
        given = {n: value for n, value in given.items() if n != "name"}
    name = given.get("convention", cls.fields["convention"].default)
    convention = find_convention(cls, name)
    added = {a: default for a, default in convention.defaults.items() if a not in given}
    if given.get("independent_weight_decay") is True:
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
            f"{', '.join(map(repr, known))}. Got: {shown(name)}."
        )
    return known[name]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def check_early(cls: Any, *, usual: bool) -> None:
    """Show mistakes in a rule where it is written; `build` checks the chosen variant again.

    With `usual` there is no other rule, so that what the class itself says of first values and
    shapes must be of this one's slots.
    """
    if not hasattr(cls, "update"):
        raise RuleError(
            f"{cls.__name__} must have a rule: a static method update(p, g, /, *, …) that returns "
            f"the new p. A class that others build on says so: class {cls.__name__}(Optimizer, "
            "abstract=True)."
        )
    without = ("update_without",) if cls.update_without is not None else ()
    for name in ("update", "prepare", "initial", *without):
        if not isinstance(inspect.getattr_static(cls, name), staticmethod):
            raise RuleError(
                f"{cls.__name__}.{name} must be a static method: it has no self. "
                "Put @staticmethod above it."
            )
    check_inputs(cls)
    if cls.average is not None:
        refuse_totals(cls.average)
    check_drawn(cls)
    for library, convention in cls.conventions.items():
        owner = f"{cls.__name__}.conventions[{library!r}].arguments"
        refuse_unknown(owner, convention.fields(), cls.fields)
    forms = forms_of(cls, lambda name: cls.fields[name].default)
    choices = {name: field for name, field in cls.fields.items() if field.is_choice}
    chosen = {n: f.kind.example if f.is_required else f.default for n, f in choices.items()}
    try:
        for convention in {"keras": Convention(), **cls.conventions}.values():
            rule = read_rule(cls.update, cls.input_arrays())
            data = {**chosen, **convention.data}
            given = [name for name, kind in cls.inputs.items() if kind == NUMBER]
            numbers = ((*cls.numbers(), *given), data, cls.remembered)
            alone = usual and "initial" in vars(cls)
            known = (cls.prepare, *numbers, cls.initial, forms, cls.drawn)
            extents = check_rule(rule, *known, alone=alone).extents
            if cls.update_without is not None:
                check_without(rule, read_rule(cls.update_without), known, extents)
            if usual and "shapes" in vars(cls):
                refuse_unknown_slots(cls, rule.slots, forms)
        for stage in cls.paths:
            check_stage(stage, (*cls.numbers(), *cls.inputs, LOSS))
    except RuleError as error:
        # A helper may stand below the class in its file; by `build` it must be there.
        if not isinstance(error.__cause__, NameError):
            raise
