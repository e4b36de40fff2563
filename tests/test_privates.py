"""Nobody reaches into another's privates: `_name` is the affair of the module that defines it."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import adamas

ROOT = Path(adamas.__file__).parent

OF_LIBRARIES = {"_trainable_variables"}
"""Keras's, which `to_keras` and `from_keras` read: our class sets it as Keras's own do."""

REACHED = 0
"""How many such accesses there may be."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name != "_"


def is_own(value: ast.expr) -> bool:
    """Whether it is `self`, `cls` or `super()`."""
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "super"
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


def defined(tree: ast.Module) -> set[str]:
    """The private names of functions, classes, variables and attributes that a module makes."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store(), value=value) if is_own(value):
                found.add(name)
            case ast.Constant(value=str(name)) if name.isidentifier():
                found.add(name)  # as where an attribute is set by its name
    return set(filter(is_private, found))


def used(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The private names, and `__dict__`, that are looked up in others, and where."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, value=value) if not is_own(value):
                if is_private(name) or name == "__dict__":
                    yield node.lineno, name
            case ast.ImportFrom(names=names):
                yield from ((node.lineno, a.name) for a in names if is_private(a.name))


def reached(sources: Mapping[str, str]) -> list[str]:
    """Where a module looks up what only others of these modules define, or all that they hold."""
    trees = {name: ast.parse(source) for name, source in sources.items()}
    own = {name: defined(tree) for name, tree in trees.items()}
    known = {"__dict__"}.union(*own.values()) - OF_LIBRARIES
    return [
        f"{name}:{line} {private}"
        for name, tree in trees.items()
        for line, private in used(tree)
        if private in known - own[name]
    ]


def test_no_module_reaches_into_the_privates_of_another():
    sources = {str(file.relative_to(ROOT)): file.read_text() for file in ROOT.rglob("*.py")}
    assert len(sources) > 100
    found = reached(sources)
    assert len(found) <= REACHED, found


DEFINES = """
class One:
    def __init__(self):
        self._kept = 0

    def _again(self, other):
        return other._kept

def _hidden():
    object.__setattr__(One(), "_named", 1)
"""


@pytest.mark.parametrize(
    "wrong",
    [
        "print(one._kept)",
        "one._kept = 1",
        "one.two._again(None)",
        "defines._hidden()",
        "from .defines import _hidden",
        "one._named",
        "one.__dict__['kept']",
    ],
)
def test_a_private_that_is_reached_for_is_noticed(wrong):
    found = reached({"defines": DEFINES, "uses": f"def f(one):\n  {wrong}"})
    assert [place.partition(" ")[0] for place in found] == ["uses:2"]


@pytest.mark.parametrize(
    "right", ["self._kept", "cls._hidden()", "super()._again(1)", "one.kept", "one._of_a_library"]
)
def test_what_is_its_own_or_of_a_library_is_not(right):
    assert reached({"defines": DEFINES, "uses": f"def f(self, cls, one):\n  {right}"}) == []
