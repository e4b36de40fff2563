"""What type checkers and editors read of the classes that are made from declarations.

Types, defaults and docstrings come from the declared fields. `tests/test_stubs.py` holds that the
files are as they would be written now:

    python docs/stubs.py
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import FunctionType, MappingProxyType
from typing import Any

import adamas
from adamas import optimizers, schedules
from adamas.fields import Field
from adamas.optimizer import Optimizer
from stub_calls import choice, function, hint, indented, quoted, read, signature

ROOT = Path(adamas.__file__).parent
NOTE = "# Written by docs/stubs.py from the declared fields: edit those, and run it again."
LENIENT = (
    "# pyright: reportIncompatibleVariableOverride=false, reportIncompatibleMethodOverride=false"
)
OUTSIDE = {
    "collections.abc": ("Callable", "Iterable", "Iterator", "Mapping", "Sequence"),
    "typing": ("Any", "Literal", "SupportsFloat", "overload"),
}
"""Names that stand in annotations, by their module; others stand with their module's name."""


def main() -> None:
    """Write all files."""
    for path, text in stubs().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


def stubs() -> dict[Path, str]:
    """The text of each file."""
    return {
        ROOT / "__init__.pyi": of_package(),
        ROOT / "optimizers" / "__init__.pyi": of_optimizers(),
        ROOT / "schedules" / "__init__.pyi": of_schedules(),
        ROOT / "torch.pyi": of_torch(),
        ROOT / "keras.pyi": of_keras(),
    }


# -- files


def of_package() -> str:
    """`adamas`: names from elsewhere, those that are imported late as well."""
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    lines = []
    for node in sorted(found, key=lambda node: node.lineno):
        source = "." * node.level + (node.module or "")
        for alias in node.names:
            names = optimizers.__all__ if alias.name == "*" else [alias.name]
            lines += [f"from {source} import {n} as {alias.asname or n}" for n in names]
    lines = [line for line in dict.fromkeys(lines) if line.split()[-1] in adamas.__all__]
    return page(adamas, "", [*lines, "\n__version__: str\n"], adamas.__all__)


def of_optimizers() -> str:
    """`adamas.optimizers`: the classes, with all of their arguments."""
    kinds = [getattr(optimizers, name) for name in optimizers.__all__]
    known = {kind: kind.__name__ for kind in kinds}
    imports = """\
from ..composite import Composite, Pairs, Wrapper
from ..description.rates import Hyperparameter, Rate, Whole
from ..description.settings import RateSetting, Setting
from ..fields import hyperparameter
from ..optimizer import Optimizer
"""
    parts = [class_of(kind, known.get, settings(kind), declared(kind)) for kind in in_order(kinds)]
    rest = "WITH_RULES: tuple[type[Optimizer], ...]\n"
    return page(optimizers, imports, [*parts, rest], optimizers.__all__)


def of_schedules() -> str:
    """`adamas.schedules`: the same of schedules, and the functions of the module."""
    kinds = [
        kind
        for kind in vars(schedules).values()
        if isinstance(kind, type) and issubclass(kind, schedules.Schedule)
    ]
    kinds = [kind for kind in dict.fromkeys(kinds) if kind is not schedules.Schedule]
    functions = [
        name for name in schedules.__all__ if isinstance(vars(schedules)[name], FunctionType)
    ]
    lines = [
        f"from {relative(vars(schedules)[name], schedules)} import {name} as {name}"
        for name in functions
    ]
    imports = "from .schedule import Schedule as Schedule\n"
    parts = [class_of(kind, {}.get, plain(kind), declared(kind)) for kind in kinds]
    parts.append("LearningRateSchedule = Schedule\n")
    return page(schedules, imports + "\n".join(lines) + "\n", parts, schedules.__all__)


def of_torch() -> str:
    """`adamas.torch`: the classes, in PyTorch's words."""
    import adamas.torch as door
    from adamas.frameworks.torch.drivers import words_of
    from adamas.frameworks.torch.naming import COMMON

    imports = """\
from .description.rates import Hyperparameter, Rate, Whole
from .description.settings import Setting
from .frameworks.torch import (
    MultiOptimizer as MultiOptimizer,
    TorchDriver as TorchDriver,
    TorchOptimizer as TorchOptimizer,
    apply_in_backward as apply_in_backward,
    from_torch as from_torch,
    hessian_diagonal as hessian_diagonal,
    sharpness_aware as sharpness_aware,
    wrap as wrap,
)

Parameters = (
    Iterable[torch.Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, torch.Tensor]]
)
"""
    parts = []
    made = classes(door, door.TorchOptimizer)
    for kind in (kind for kind in made if kind is not door.MultiOptimizer):
        fields = kind.declared.fields
        shown = [setting(fields[n]) for n in fields if n in COMMON and n != "name"]
        hints = {name: hint_of_torch(kind.naming, name) for name in kind.naming.defaults()}
        hints["params"] = "Parameters"
        call = signature(inspect.signature(kind), hints.get, own="self")
        parts.append(class_of(kind, {door.TorchOptimizer: "TorchOptimizer"}.get, shown, call))
    for kind in classes(door, door.TorchDriver):
        fields = kind.declared.fields
        hints = {theirs: hint(fields[ours]) for theirs, ours in words_of(kind.declared).items()}
        hints["params"] = "Parameters"
        call = signature(inspect.signature(kind), hints.get, own="self")
        parts.append(class_of(kind, {door.TorchDriver: "TorchDriver"}.get, [], call))
    return page(door, imports, parts, door.__all__)


OF_PYTORCH = {
    "foreach": "bool | None",
    "capturable": "bool",
    "differentiable": "Literal[False]",
    "fused": "bool | None",
    "process_group": "Any",
    "compiler": 'Literal["reference"] | None',
    "offload": 'Literal["cpu"] | None',
}
"""The types of what `adamas.torch` takes, and no field has."""


def hint_of_torch(naming: Any, name: str) -> str:
    """The type of an argument in either kind of words."""
    if name in OF_PYTORCH:
        return OF_PYTORCH[name]
    fields, ours = naming.declared.fields, naming.words.arguments.get(name, name)
    if not isinstance(ours, str):
        return f"tuple[{', '.join(hint(fields[part]) for part in ours)}]"
    if name == "convention":
        return choice(("keras", *naming.declared.conventions))
    options = [option for option in naming.words.values.get(name, ()) if option]
    return f"{choice(options)} | {hint(fields[ours])}" if options else hint(fields[ours])


def of_keras() -> str:
    """`adamas.keras`: the classes, those that all are made of as well."""
    import keras

    import adamas.keras as door
    from adamas.frameworks.keras.classes import KERAS_OWN

    imports = """\
from .description.rates import Hyperparameter, Rate, Whole
from .description.settings import RateSetting, Setting
from .optimizer import Optimizer
"""
    bases = {
        keras.optimizers.Optimizer: "keras.optimizers.Optimizer",
        keras.optimizers.schedules.LearningRateSchedule: (
            "keras.optimizers.schedules.LearningRateSchedule"
        ),
        door.KerasOptimizer: "KerasOptimizer",
    }
    own = (door.KerasOptimizer, door.KerasSchedule)
    bases |= {own[0].__bases__[0]: bases[keras.optimizers.Optimizer]}  # its parts are shown as one
    parts = [class_of(kind, bases.get, members_of_parts(kind), "") for kind in own]
    for kind in classes(door, door.KerasOptimizer):
        fields = kind.declaration.fields
        shown = [setting(fields[name]) for name in fields if name not in KERAS_OWN]
        call = declared(kind.declaration, {"learning_rate": RATE_OF_KERAS})
        parts.append(class_of(kind, bases.get, shown, call))
    parts += [function(door.from_keras), function(door.to_keras), *OVERLOADS]
    return page(door, imports, parts, door.__all__)


RATE_OF_KERAS = "Rate | Callable[[Any], object]"
"""Keras does not say what its schedules give."""

OVERLOADS = (
    "@overload\ndef wrap(optimizer: type[Optimizer]) -> type[KerasOptimizer]: ...",
    "@overload\ndef wrap(optimizer: Optimizer) -> KerasOptimizer: ...\n",
)
"""`adamas.keras.wrap` gives what it is given: a class, or an optimizer."""


def page(module: Any, imports: str, parts: Iterable[str], names: Iterable[str]) -> str:
    """A whole file."""
    listed = "\n".join(f'    "{name}",' for name in names)
    text = "\n".join([imports, *parts])
    head = f"{NOTE}\n{LENIENT}\n{quoted(module.__doc__)}\n"
    return f"{head}\n{outside(text)}\n{text}\n__all__ = [\n{listed}\n]\n"


def outside(text: str) -> str:
    """The imports from other packages that a text needs."""
    code = re.sub(r'""".*?"""', "", text, flags=re.DOTALL)
    packages = "adamas|contextlib|keras|numpy|os|torch"
    found = re.findall(rf"(?<![.\w])((?:{packages})(?:\.\w+)+)", code)
    lines = [f"import {module}" for module in sorted({name.rpartition(".")[0] for name in found})]
    for module, names in OUTSIDE.items():
        used = [name for name in names if re.search(rf"(?<![.\w]){name}\b", code)]
        lines += [f"from {module} import {', '.join(used)}"] if used else []
    return "\n".join(lines) + "\n"


def classes(door: Any, base: type) -> Iterator[Any]:
    """The classes of a door that are made of declarations."""
    made = (vars(door)[name] for name in door.__all__)
    return (kind for kind in made if isinstance(kind, type) and base in kind.__mro__[1:])


def in_order(kinds: Iterable[type]) -> list[type]:
    """Classes behind those that they extend."""
    return sorted(kinds, key=lambda kind: len(kind.__mro__))


# -- classes


def class_of(
    kind: type, base_name: Callable[[type], str | None], body: Iterable[str], call: str
) -> str:
    """A class with its docstring, what stands in it, and its call."""
    base = kind.__bases__[0] if kind.__bases__[0] is not adamas.optimizer.Counted else Optimizer
    lines = [quoted(inspect.getdoc(kind) or ""), *body, *([call] if call else [])]
    inside = indented("\n".join(lines))
    return f"class {kind.__name__}({base_name(base) or base.__name__}):\n{inside}\n"


def settings(kind: Any) -> Iterator[str]:
    """The arguments of an optimizer as attributes, and what else its class has."""
    common = () if kind is Optimizer else Optimizer.fields
    for name, field in kind.fields.items():
        plain = name == "weight_decay" and name in own_arguments(kind)
        if name not in common or plain or field.after:
            by_name = ", kw_only=True" if field.kw_only else ""
            usual = "" if field.is_required else f"default={field.default!r}"
            yield f"{setting(field)} = hyperparameter({(usual + by_name).removeprefix(', ')})"
    yield from members(kind)


def plain(kind: Any) -> Iterator[str]:
    """The arguments of a schedule as attributes; they do not change."""
    for name, field in kind.fields.items():
        if name != "name":
            yield f"{name}: {read(field)}"


def setting(field: Field) -> str:
    """The attribute of an argument."""
    if not field.is_number and not field.is_described:
        return f"{field.name}: {hint(field)}"
    way = "RateSetting" if field.kind.name == "rate" else "Setting"
    return f"{field.name}: {way}[{hint(field)}]"


def declared(kind: Any, others: Mapping[str, str] = MappingProxyType({})) -> str:
    """The call of a declared class; `others` are types that differ."""
    fields = {name: kind.fields[name] for name in own_arguments(kind)}
    found = inspect.signature(kind.__init__)
    kept = [p for n, p in found.parameters.items() if n in ("self", *fields)]
    hints = {name: hint(field) for name, field in fields.items()}
    if issubclass(kind, Optimizer):
        hints["name"] = "str | None"
        hints["convention"] = choice(("keras", *kind.conventions))
    return signature(inspect.Signature(kept), {**hints, **others}.get)


def own_arguments(kind: Any) -> Iterable[str]:
    """The arguments that may be given to it."""
    return kind.own_arguments() if issubclass(kind, Optimizer) else kind.fields


def members(kind: type) -> Iterator[str]:
    """The functions and properties in the body of a class that are public."""
    for name, value in vars(kind).items():
        made = name in getattr(kind, "fields", ())
        if made or (name.startswith("_") and name not in ("__init__", "__call__")):
            continue
        if name == "__init__" and hasattr(kind, "fields"):
            continue
        if isinstance(value, staticmethod | classmethod):
            way = type(value).__name__
            yield f"@{way}\n{function(value.__func__, name)}"
        elif isinstance(value, property):
            yield f"@property\n{function(value.fget, name)}"
            if value.fset is not None:
                yield f"@{name}.setter\ndef {name}(self, value: Any) -> None: ..."
        elif isinstance(value, FunctionType):
            manager = hasattr(value, "__wrapped__") and inspect.isgeneratorfunction(
                value.__wrapped__
            )
            yield function(value, name, manager=manager)


def members_of_parts(kind: type) -> Iterator[str]:
    """Those in the bodies of all classes of adamas that a class is made of."""
    for part in reversed(kind.__mro__):
        if part.__module__.startswith("adamas"):
            yield from members(part)


def relative(made: Any, package: Any) -> str:
    """The module of a function, as one in `package` imports it."""
    inside = made.__module__.removeprefix(package.__name__)
    return inside if inside != made.__module__ else "." + made.__module__.removeprefix("adamas")


if __name__ == "__main__":
    main()
