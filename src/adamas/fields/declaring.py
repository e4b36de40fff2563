"""From the body of a class to its fields, in the order of its arguments."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from .annotations import allows_none, annotations_of
from .documentation import Meanings, meanings_in
from .field import Field
from .kinds import ANYTHING, NUMBER, WHOLE, Kind

KindOf = Callable[[Field, Any], Kind]
"""The kind of a field whose declaration does not say it, from its annotation."""


def fields_of(
    cls: type, kind_of: KindOf | None = None, usual: Meanings = MappingProxyType({})
) -> Mapping[str, Field]:
    """The arguments of a dataclass by name: those that may be given by position come first.

    What a field was in a parent, as to whose it is, what it decides and where it stands, it is
    where it is declared again, unless it says behind which other one. Parents have their fields in
    ``fields``. Without `kind_of` annotations are not read. `usual` has the meanings of arguments
    that neither the class nor a parent explains.
    """
    written = {field.name: field for field in dataclasses.fields(cls) if field.init}
    own = inspect.get_annotations(cls)
    hints = annotations_of(cls, written) if kind_of else {}
    said = meanings_in(vars(cls).get("__doc__"))
    found = {}
    for name, one in written.items():
        parent = _in_parents(cls, name)
        if parent is not None and name not in own:
            found[name] = replace(parent, of=cls.__name__)
        else:
            found[name] = _made(cls, one, hints.get(name), parent, kind_of)
        known = parent.meaning if parent is not None else ""
        meaning = said.get(name) or known or usual.get(name, "")
        if meaning != found[name].meaning:
            found[name] = replace(found[name], meaning=meaning)
    return _in_order(found)


def _in_parents(cls: type, name: str) -> Field | None:
    known = (vars(parent).get("fields", {}) for parent in cls.__mro__[1:])
    return next((fields[name] for fields in known if name in fields), None)


def _made(
    cls: type, one: dataclasses.Field, hint: Any, parent: Field | None, kind_of: KindOf | None
) -> Field:
    field = replace(
        one.metadata.get("field", Field()),
        name=one.name,
        of=cls.__name__,
        default=one.default,
        optional=one.default is None or allows_none(hint),
        kw_only=bool(one.kw_only),
        annotation=one.type,
    )
    if parent is not None:
        field = replace(
            field,
            owner=parent.owner,
            structure=parent.structure,
            replans=parent.replans,
            converts=parent.converts,
            stage=parent.stage,
            kw_only=parent.kw_only,
            after=field.after or parent.after,
        )
    kind = kind_of(field, hint) if kind_of and field.kind is ANYTHING else field.kind
    if kind is NUMBER and field.range.whole:
        kind = WHOLE
    return replace(field, kind=kind, range=replace(field.range, whole=kind is WHOLE))


def _in_order(fields: Mapping[str, Field]) -> Mapping[str, Field]:
    names = sorted(fields, key=lambda name: fields[name].kw_only)
    for name, field in fields.items():
        if field.after:
            names.remove(name)
            names.insert(names.index(field.after) + 1, name)
    return {name: fields[name] for name in names}
