"""From the annotation of a field, the object and not its text, to the kind of its values."""

import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np

from ..errors import RuleError
from .kinds import FLAG, NUMBER, TEXT, TEXTS, WHOLE, Choice, Kind

Kinds = Mapping[type, Kind]
"""Further classes and the kind of a field that may be one of them."""


def kind_of(annotation: Any, others: Kinds = types.MappingProxyType({})) -> Kind | None:
    """The kind of field that an annotation means; None if it cannot be understood.

    What may be None is of the kind of what it is else, and what may be a number or a callable is a
    number. `others` are asked first.
    """
    kinds: list[Kind] = []
    for member in _members(annotation):
        if member is type(None) or member is None:
            continue
        kind = _kind_of_one(member, others)
        if kind is None:
            return None
        kinds.append(kind)
    return _joined(kinds)


def allows_none(annotation: Any) -> bool:
    """Whether an annotation says that a value may be None."""
    if annotation is None:
        return False
    members = list(_members(annotation))
    named = (value for one in members if _origin(one) is typing.Literal for value in _args(one))
    return any(one is type(None) or one is None for one in (*members, *named))


def _members(annotation: Any) -> Iterator[Any]:
    """The parts of a union; an alias or a new type is what stands behind it."""
    while hasattr(annotation, "__supertype__") or type(annotation).__name__ == "TypeAliasType":
        annotation = getattr(annotation, "__supertype__", None) or annotation.__value__
    if _origin(annotation) in (typing.Union, types.UnionType):
        for part in _args(annotation):
            yield from _members(part)
    else:
        yield annotation


def _kind_of_one(member: Any, others: Kinds) -> Kind | None:
    origin = _origin(member) or member
    if origin is typing.Literal:
        return Choice(tuple(value for value in _args(member) if value is not None))
    if not isinstance(origin, type):
        return None
    for known, kind in others.items():
        if issubclass(origin, known):
            return kind
    if issubclass(origin, Enum):
        return Choice(tuple(origin))
    if issubclass(origin, bool | np.bool_):
        return FLAG
    if issubclass(origin, str):
        return TEXT
    if issubclass(origin, Iterable) and _args(member)[:1] == (str,):
        return TEXTS if origin in (tuple, list, Sequence, Iterable) else None
    if issubclass(origin, complex | np.complexfloating):
        return None
    if origin is typing.SupportsIndex or issubclass(origin, int):
        return WHOLE
    return NUMBER if origin is Callable or hasattr(origin, "__float__") else None


def _joined(kinds: Sequence[Kind]) -> Kind | None:
    """The kind of what may be of any of these kinds."""
    if kinds and all(isinstance(kind, Choice) for kind in kinds):
        return Choice(tuple(option for kind in kinds for option in kind.options))  # pyright: ignore[reportAttributeAccessIssue]
    different = list(dict.fromkeys(kinds))
    if len(different) > 1 and all(kind.is_number for kind in different):
        # A number in general is also a whole one, and gives way to one that may be more.
        different = [k for k in different if k not in (NUMBER, WHOLE)] or [NUMBER]
    return different[0] if len(different) == 1 else None


def _origin(annotation: Any) -> Any:
    return typing.get_origin(annotation)


def _args(annotation: Any) -> tuple[Any, ...]:
    return typing.get_args(annotation)


def annotations_of(cls: type, names: Iterable[str]) -> dict[str, Any]:
    """The annotations in the body of a class, as objects; texts are read where it is written.

    Call it while the class is made. Raises `RuleError` for a text that cannot be read.
    """
    own = inspect.get_annotations(cls)
    scope: dict[str, Any] | None = None
    found = {}
    for name in names:
        if name not in own:
            continue
        scope = _scope(cls) if scope is None else scope
        holder = types.SimpleNamespace(__annotations__={name: own[name]})
        try:
            found[name] = typing.get_type_hints(holder, scope, {})[name]
        except Exception as error:
            raise RuleError(
                f"The annotation of {cls.__name__}.{name} must be there when the class is made. "
                f"Got: {own[name]!r} ({error}). Import or define it before, outside of "
                "TYPE_CHECKING."
            ) from error
    return found


def _scope(cls: type) -> dict[str, Any]:
    """The names that can be seen where a class is written, also those of a function around it."""
    module = sys.modules.get(cls.__module__)
    scope = dict(vars(module)) if module is not None else {}
    around: list[types.FrameType] = []
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == cls.__module__:
            around.append(frame)
        frame = frame.f_back
    for frame in reversed(around):
        scope |= frame.f_locals
    return {**scope, **vars(cls)}
