"""No public name lacks its entry in the reference, and no argument its meaning."""

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

import pytest

import adamas
import reference
from adamas import Hyperparameter, Optimizer, Rate, hyperparameter
from adamas.fields import Field, entry_of, meanings_in

MODULES = pytest.mark.parametrize("module", reference.MODULES)


def explained(docstring: str) -> dict[str, str]:
    """What a docstring says of arguments, and of attributes, which a frozen class is given."""
    attributes = docstring.replace("Args:", "").replace("Attributes:", "Args:")
    return {**meanings_in(attributes), **meanings_in(docstring)}


def lacking(value: Any) -> list[str]:
    """What the entry of a class or function lacks."""
    docstring = inspect.getdoc(value) or ""
    if not docstring.strip():
        return ["a docstring"]
    if not callable(value) or (isinstance(value, type) and issubclass(value, Exception)):
        return []
    if reference.is_declared(value) or isinstance(vars(value).get("fields"), Mapping):
        return [*lacking_in(value), *(n for n in names_of(value) if f"    {n} (" not in docstring)]
    return [name for name in names_of(value) if name not in explained(docstring)]


def lacking_in(kind: Any) -> list[str]:
    """The arguments of a declared class that do not say all of themselves."""
    declared = vars(kind).get("declaration") or vars(kind).get("declared") or kind
    return [name for name, field in declared.fields.items() if not is_complete(field)]


def is_complete(field: Field) -> bool:
    """Whether a field has a type, a meaning, and a default if it needs none to be given."""
    entry = entry_of(field)
    return bool(entry.values and entry.meaning) and field.is_required == (not entry.default)


def names_of(value: Any) -> list[str]:
    """The arguments that a user may give."""
    given = getattr(value, "own_arguments", None)
    if given is not None and reference.is_declared(value):
        return list(given())
    found = inspect.signature(value).parameters.values()
    empty = isinstance(value, type) and value.__init__ is object.__init__
    return [] if empty else [p.name for p in found]


def shown(module: str) -> dict[str, Any]:
    """The names on the page of a module, those of methods too, and what they stand for."""
    found = importlib.import_module(module)
    values = {name: getattr(found, name) for name in reference.public(found)}
    methods = {
        f"{name}.{one}": inspect.getattr_static(value, one)
        for name, value in values.items()
        if isinstance(value, type)
        for one in reference.members(value)
    }
    return {**values, **methods}


@MODULES
def test_every_module_has_its_page(module):
    text = (reference.PAGES / f"{module}.rst").read_text()
    assert f".. automodule:: {module}" in text
    assert f".. public:: {module}" in text
    assert module in (reference.PAGES / "index.md").read_text()


@MODULES
def test_every_name_has_an_entry_that_explains_its_arguments(module):
    values = {n: v for n, v in shown(module).items() if "." not in n and n not in reference.DATA}
    found = {name: lacking(value) for name, value in values.items()}
    assert {name: what for name, what in found.items() if what} == {}


@MODULES
def test_every_method_is_explained_and_names_its_arguments(module):
    found = {}
    for name, value in shown(module).items():
        if "." not in name:
            continue
        function = getattr(value, "fget", None) or getattr(value, "__func__", value)
        said = inspect.getdoc(value) or ""
        arguments = [n for n in inspect.signature(function).parameters if n not in ("self", "cls")]
        missing = [n for n in arguments if n not in said] if said else ["a docstring"]
        found.update({name: missing} if missing else {})
    assert found == {}


@pytest.mark.parametrize("name", reference.DATA)
def test_names_of_types_are_explained(name):
    assert reference.data_docstring(name)


class Silent(Optimizer):
    """A rule with an argument that nothing is said of."""

    learning_rate: Rate = 0.1
    reach: Hyperparameter = hyperparameter(default=0.5, above=0)

    @staticmethod
    def update(p, g, /, *, learning_rate, reach):
        return p - learning_rate * reach * g


def without(argument):
    """A function. Nothing is said of what it takes."""


def test_what_is_not_explained_is_noticed():
    assert lacking(Silent) == ["reach"]
    assert lacking(without) == ["argument"]
    assert lacking(adamas.Adam) == []


def test_bars_and_blocks_are_set_as_they_are_written():
    written = ["Text:", "", "    a | b", "    c", "Text |z| and ``|z|``.", "", "Args:", "    a: b"]
    found = reference.literal_blocks(written)
    assert found[2:4] == ["::", ""]
    assert found[4:7] == ["    a | b", "    c", ""]
    assert found[7] == r"Text \|z\| and ``|z|``."
    assert found[8:] == written[5:]
