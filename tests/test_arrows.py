"""Imports point one way: a module may import only what stands above it in the design."""

import ast
from pathlib import Path

import pytest

import adamas

ORDER = (
    "errors",
    "refusals",
    "registry",
    "locks",
    "dtypes",
    "pictures",
    "schedules",
    "language",
    "convention",
    "declaration",
    "optimizer",
    "serialization",
    "composite",
    "optimizers",
    "support",
    "step",
    "plan",
    "lowering",
    "checkpoint",
    "compilers",
    "runtime",
    "explanation",
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

# None of these imports another: what two of them need lies beside them, and is not listed.
NEIGHBOURS = {
    "compilers": ("keras", "llvm", "reference", "triton", "xla"),
    "frameworks": ("jax", "keras", "numpy", "scipy", "torch"),
}

ROOT = Path(adamas.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))


def room(parts: tuple[str, ...]) -> str:
    """The part of the house that a module belongs to, from its path below the package."""
    return parts[0].removesuffix(".py")


def modules_of(node: ast.AST, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What an import names in this package, as paths below it, from the module at `parts`."""
    if isinstance(node, ast.ImportFrom):
        base = ["adamas", *parts[: len(parts) - node.level]] if node.level else []
        base += node.module.split(".") if node.module else []
        named = [[*base, alias.name] for alias in node.names]
    elif isinstance(node, ast.Import):
        named = [alias.name.split(".") for alias in node.names]
    else:
        named = []
    return [tuple(path[1:]) for path in named if path[0] == "adamas" and len(path) > 1]


def imports_of(tree: ast.Module, parts: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The rooms that a module imports, and whether it does so inside a function."""
    found = []

    def visit(node: ast.AST, lazily: bool) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        found.extend((module[0], lazily) for module in modules_of(node, parts))
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


def wrong_neighbours(source: str, parts: tuple[str, ...]) -> list[str]:
    """Imports of one compiler or framework from another, also those for types and in functions."""
    folder, own = parts[0], parts[1].removesuffix(".py")
    others = set(NEIGHBOURS[folder]) - {own}
    modules = [m for node in ast.walk(ast.parse(source)) for m in modules_of(node, parts)]
    return [
        f"{folder}/{own} imports {module[1]}"
        for module in modules
        if module[0] == folder and module[1:2] and module[1] in others
    ]


def files_of(folder: str, name: str) -> list[Path]:
    """The modules of one compiler or framework: a file, or all in a folder."""
    return [*(ROOT / folder).glob(f"{name}.py"), *(ROOT / folder / name).rglob("*.py")]


@pytest.mark.parametrize(
    ("folder", "name"), [(folder, name) for folder, names in NEIGHBOURS.items() for name in names]
)
def test_no_compiler_or_framework_imports_its_neighbour(folder, name):
    files = files_of(folder, name)
    assert files
    for file in files:
        assert wrong_neighbours(file.read_text(), file.relative_to(ROOT).parts) == []


@pytest.mark.parametrize("folder", NEIGHBOURS)
def test_every_folder_of_a_compiler_or_framework_is_in_the_table(folder):
    folders = {file.parent.name for file in (ROOT / folder).glob("*/*.py")}
    assert folders
    assert folders <= set(NEIGHBOURS[folder])


def test_an_import_of_a_neighbour_is_noticed():
    loop, step = ("compilers", "llvm", "loop.py"), ("frameworks", "keras", "step.py")
    found = wrong_neighbours("from ..triton.text import load", loop)
    assert found == ["compilers/llvm imports triton"]
    for source in (
        "from .. import torch",
        "from ..torch import wrap",
        "from ..torch.state import State",
        "from ...frameworks.torch import wrap",
        "from adamas.frameworks.torch import wrap",
        "import adamas.frameworks.torch.state",
        "def f():\n  from ..torch import wrap",
        "if TYPE_CHECKING:\n  from ..torch import wrap",
    ):
        assert wrong_neighbours(source, step) == ["frameworks/keras imports torch"], source
    assert wrong_neighbours("from .torch import wrap", ("frameworks", "numpy.py")) != []


def test_what_is_shared_and_what_is_its_own_is_no_neighbour():
    step = ("frameworks", "keras", "step.py")
    for source in (
        "from .torch import Fused",
        "from ...runtime.traced.passes import run",
        "from .. import files, open_session",
        "from ...compilers.keras import keras",
        "import torch",
    ):
        assert wrong_neighbours(source, step) == [], source
