"""The pages of the reference: one a module, one entry a public name, from the docstrings.

``.. public:: adamas.torch`` on a page stands for the entries of all public names of a module, so
that a new optimizer has its entry without a line here. Sphinx is not needed to ask what they are.
"""

import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

from adamas import Optimizer

PAGES = Path(__file__).with_name("reference")
MODULES = (
    "adamas",
    "adamas.torch",
    "adamas.jax",
    "adamas.keras",
    "adamas.scipy",
    "adamas.schedules",
    "adamas.training",
    "adamas.errors",
)
"""Those that have a page."""

DATA = {
    "Hyperparameter": "adamas.description.rates",
    "Rate": "adamas.description.rates",
}
"""Names that are neither classes nor functions, and the module that explains them."""


def public(module: Any) -> list[str]:
    """The names of a module that are for its users, in the order of the page."""
    names = getattr(module, "__all__", None)
    if names is None:
        own = (n for n, value in vars(module).items() if isinstance(value, type))
        names = [n for n in own if vars(module)[n].__module__ == module.__name__]
    return sorted((name for name in names if not name.startswith("_")), key=str.lower)


def values(module: str) -> list[Any]:
    """What the names of a module stand for."""
    found = importlib.import_module(module)
    return [getattr(found, name) for name in public(found)]


def is_declared(value: Any) -> bool:
    """Whether a class is an optimizer that is made of a declaration, and not their base."""
    bases = ("Optimizer", "TorchOptimizer", "KerasOptimizer")
    if not isinstance(value, type) or value.__name__ in bases:
        return False
    return issubclass(value, Optimizer) or hasattr(value, "naming") or hasattr(value, "declaration")


def members(kind: type) -> Iterator[str]:
    """The methods and properties that a class has an entry for; of optimizers, their base has."""
    if is_declared(kind):
        return
    for name in dir(kind):
        home = next(base for base in kind.__mro__ if name in vars(base))
        shown = not name.startswith("_") and home.__module__.startswith("adamas")
        value = vars(home)[name]
        if shown and isinstance(value, FunctionType | classmethod | staticmethod | property):
            yield name


def data_docstring(name: str) -> str:
    """What stands below the definition of a name."""
    text = inspect.getsource(importlib.import_module(DATA[name]))
    found = re.search(rf'^{name} = .*\n"""((?:.|\n)*?)"""', text, re.MULTILINE)
    assert found is not None, f"{name} has no docstring in {DATA[name]}"
    return found[1].strip()


# -- for Sphinx


def entry(module: str, name: str) -> list[str]:
    """The lines that stand for one name."""
    value = getattr(importlib.import_module(module), name)
    full = f"{module}.{name}"
    if inspect.ismodule(value):
        return [f":py:mod:`{value.__name__}` has a page of its own.", ""]
    if name in DATA:
        return by_hand("data", module, name, data_docstring(name).splitlines())
    first = next(one for one in MODULES if any(value is known for known in values(one)))
    if not isinstance(value, type):
        known = f"The same as :py:func:`{first}.{name}`."
        same = by_hand("function", module, name, [known])
        return [f".. autofunction:: {full}", ""] if first == module else same
    if value.__name__ != name or first != module:
        known = f"Another name of :py:class:`{first}.{value.__name__}`."
        return by_hand("class", module, name, [known])
    if issubclass(value, Exception):
        return [f".. autoexception:: {full}", ""]
    lines = [f".. autoclass:: {full}", *([] if is_declared(value) else ["   :show-inheritance:"])]
    methods = [f"   .. auto{kind_of(value, one)}:: {full}.{one}" for one in members(value)]
    return [*lines, "", *methods, ""]


def by_hand(kind: str, module: str, name: str, text: Sequence[str]) -> list[str]:
    """An entry that does not come from a docstring."""
    return [f".. py:{kind}:: {name}", f"   :module: {module}", "", *(f"   {t}" for t in text), ""]


def kind_of(kind: type, name: str) -> str:
    """What a member of a class is for Sphinx."""
    return "property" if isinstance(inspect.getattr_static(kind, name), property) else "method"


def literal_blocks(lines: Sequence[str]) -> list[str]:
    """Lines of a docstring with ``::`` before what is set apart by a blank line and indentation."""
    found: list[str] = []
    before, inside = 0, False
    for line in lines:
        depth = len(line) - len(line.lstrip())
        apart = bool(found) and not found[-1].strip()
        if inside and line.strip() and depth <= before and not apart:
            found.append("")
        if line.strip() and apart and depth > before and not inside:
            found += [" " * before + "::", ""]
            inside = True
        if line.strip():
            inside = inside and depth > before
            before = before if inside else depth
        found.append(line if inside else _BAR.sub(lambda bar: bar[1] or r"\|", line))
    return found


_BAR = re.compile(r"(``.*?``)|\|")
"""A bar that is not in code: reStructuredText takes what is between two for a substitution."""


def setup(app: Any) -> dict[str, Any]:
    """What Sphinx calls."""
    from docutils import nodes
    from docutils.parsers.rst import Directive
    from docutils.statemachine import StringList

    class Public(Directive):
        required_arguments = 1

        def run(self) -> list[Any]:
            module = self.arguments[0]
            names = public(importlib.import_module(module))
            lines = [line for name in names for line in entry(module, name)]
            node = nodes.section()
            node.document = self.state.document
            self.state.nested_parse(StringList(lines, source=module), 0, node)
            return node.children

    def docstring(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]):
        lines[:] = literal_blocks(lines)

    def signature(app: Any, what: str, name: str, value: Any, *others: Any) -> Any:
        if not is_declared(value):
            return None
        found = inspect.signature(value)
        plain = [p.replace(annotation=p.empty) for p in found.parameters.values()]
        return str(found.replace(parameters=plain, return_annotation=found.empty)), ""

    def plain_name(app: Any, environment: Any, node: Any, contents: Any) -> Any:
        """A name in single quotes that has no entry stays a name; roles that are named must hit."""
        if node.get("reftype") != "obj":
            return None
        target = node.get("reftarget", "")
        known = environment.domains["py"].objects
        ends = [name for name in known if name.endswith(f".{target}")]
        if not ends:
            return contents
        best = min(ends, key=lambda name: (not name.startswith("adamas.Optimizer"), len(name)))
        found = app.builder.get_relative_uri(node["refdoc"], known[best].docname)
        return nodes.reference("", "", contents, refuri=f"{found}#{known[best].node_id}")

    app.add_directive("public", Public)
    app.connect("autodoc-process-docstring", docstring, priority=100)
    app.connect("autodoc-process-signature", signature)
    app.connect("missing-reference", plain_name)
    return {"parallel_read_safe": True}
