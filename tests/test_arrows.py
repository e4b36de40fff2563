"""Imports point one way: a module may import only what stands above it in the design."""

import ast
from pathlib import Path

import pytest

import adamas

ORDER = (
    "errors",
    "registry",
    "locks",
    "schedules",
    "expression",
    "shapes",
    "rendering",
    "rule",
    "convention",
    "declaration",
    "optimizer",
    "serialization",
    "composite",
    "optimizers",
    "step",
    "plan",
    "lowering",
    "division",
    "explanation",
    "compilers",
    "checkpoint",
    "frameworks",
    "torch",
    "scipy",
    "jax",
    "keras",
    "training",
    "verification",
    "measure",
    "cli",
)

# The life cycle of an optimizer hands over to the framework whose arrays it is given.
LAZILY_DOWN = {("optimizer", "frameworks")}

ROOT = Path(adamas.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))


def room(parts: tuple[str, ...]) -> str:
    """The part of the house that a module belongs to, from its path below the package."""
    return parts[0].removesuffix(".py")


def imports_of(tree: ast.Module, parts: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The rooms that a module imports, and whether it does so inside a function."""
    found = []

    def visit(node: ast.AST, lazily: bool) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if isinstance(node, ast.ImportFrom) and node.level:
            base = list(parts[: len(parts) - node.level])
            base += node.module.split(".") if node.module else []
            targets = [base] if base else [[alias.name] for alias in node.names]
            found.extend((target[0], lazily) for target in targets)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            absolute = [name.split(".") for name in names]
            found.extend((name[1], lazily) for name in absolute if name[:1] == ["adamas"])
        inside = lazily or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(tree, False)
    return found


def wrong_arrows(source: str, parts: tuple[str, ...]) -> list[str]:
    here = room(parts)
    wrong = []
    for target, lazily in imports_of(ast.parse(source), parts):
        if target == "__version__":
            continue
        allowed = ORDER.index(target) <= ORDER.index(here)
        if not allowed and not (lazily and (here, target) in LAZILY_DOWN):
            wrong.append(f"{here} imports {target}")
    return wrong


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_imports_what_stands_below_it(file):
    parts = file.relative_to(ROOT).parts
    if parts in (("__init__.py",), ("__main__.py",)):
        return
    assert wrong_arrows(file.read_text(), parts) == []


def test_an_arrow_down_is_noticed():
    assert wrong_arrows("from .plan import Plan", ("optimizer.py",)) == ["optimizer imports plan"]
    assert wrong_arrows("from ..plan import Plan", ("schedules", "x.py")) != []
    assert wrong_arrows("import adamas.plan", ("schedules", "x.py")) != []
    assert wrong_arrows("from .frameworks import save", ("optimizer.py",)) != []
    assert wrong_arrows("def f():\n  from .frameworks import save", ("optimizer.py",)) == []


def test_every_room_is_in_the_table():
    rooms = {room(file.relative_to(ROOT).parts) for file in FILES}
    assert rooms - {"__init__", "__main__"} <= set(ORDER)


@pytest.mark.parametrize("folder", ["compilers", "frameworks"])
def test_no_compiler_or_framework_imports_its_neighbour(folder):
    neighbours = {
        "compilers": {"llvm", "reference", "triton", "xla"},
        "frameworks": {"numpy", "jax", "scipy", "keras"},
    }[folder]
    for name in neighbours:
        tree = ast.parse((ROOT / folder / f"{name}.py").read_text())
        imported = {
            (node.module or alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.level == 1
            for alias in node.names
        }
        assert not imported & (neighbours - {name})
