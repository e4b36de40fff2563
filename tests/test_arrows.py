"""Imports point one way: a module may import only what stands above it in the design."""

import ast
from pathlib import Path

import pytest

import house
from house import FILES, ORDER, ROOT, imports_of, modules_of, room

# The life cycle of an optimizer hands over to the framework whose arrays it is given.
LAZILY_DOWN = {("optimizer", "frameworks")}

# None of these imports another: what two of them need lies beside them, and is not listed.
NEIGHBOURS = {
    "compilers": ("keras", "llvm", "reference", "triton", "xla"),
    "frameworks": ("jax", "keras", "numpy", "scipy", "torch"),
}


def wrong_arrows(source: str, parts: tuple[str, ...]) -> list[str]:
    here = room(parts)
    wrong = []
    for target, how in imports_of(ast.parse(source), parts):
        if target == "__version__":
            continue
        allowed = ORDER.index(target) <= ORDER.index(here)
        excepted = how == "lazily" and (here, target) in LAZILY_DOWN
        if not allowed and not excepted:
            wrong.append(f"{here} imports {target}")
    return wrong


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_imports_what_stands_below_it(file):
    parts = file.relative_to(ROOT).parts
    if parts in (("__init__.py",), ("__main__.py",)):
        return
    assert wrong_arrows(file.read_text(), parts) == []


def test_an_arrow_down_is_noticed():
    assert wrong_arrows("from .plan import Plan", ("step.py",)) == ["step imports plan"]
    assert wrong_arrows("from ..plan import Plan", ("schedules", "x.py")) != []
    assert wrong_arrows("import adamas.plan", ("schedules", "x.py")) != []
    for_types = "if TYPE_CHECKING:\n  from ..frameworks import save"
    assert wrong_arrows(for_types, ("compilers", "x.py")) == ["compilers imports frameworks"]
    assert wrong_arrows("from .cli import main", ("optimizer.py",)) != []
    for_types = "if TYPE_CHECKING:\n  from .frameworks import save"
    assert wrong_arrows(for_types, ("optimizer.py",)) == ["optimizer imports frameworks"]
    assert wrong_arrows("def f():\n  from .frameworks import save", ("optimizer.py",)) == []


def circles(arrows: dict[str, set[str]]) -> list[set[str]]:
    """The sets of modules each of which can be reached from each other one."""
    reached = {module: reachable(module, arrows) for module in arrows}
    found = []
    for module, seen in reached.items():
        circle = {other for other in seen if module in reached.get(other, ())}
        if circle and circle not in found:
            found.append(circle)
    return found


def reachable(start: str, arrows: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    new = [start]
    while new:
        for target in arrows.get(new.pop(), ()):
            if target not in seen:
                seen.add(target)
                new.append(target)
    return seen


def arrows_between_files() -> dict[str, set[str]]:
    """Each file and those that it imports, also for types and lazily; but for the one way down."""
    names = {file.relative_to(ROOT).with_suffix("").parts for file in FILES}
    arrows = {}
    for file in FILES:
        parts = file.relative_to(ROOT).parts
        modules = [
            module
            for node in ast.walk(ast.parse(file.read_text()))
            for module in modules_of(node, parts)
            if (room(parts), room(module)) not in LAZILY_DOWN
        ]
        targets = {"/".join(path) for module in modules for path in paths_of(module, names)}
        arrows["/".join(file.relative_to(ROOT).with_suffix("").parts)] = targets
    return arrows


def paths_of(module: tuple[str, ...], names: set) -> list[tuple[str, ...]]:
    """The file that a dotted path means: a module, what is in one, or a folder's own."""
    for path in (module, module[:-1]):
        for known in (path, (*path, "__init__")):
            if known in names and known != ("__init__",):
                return [known]
    return []


def test_no_files_import_each_other_in_a_circle():
    assert circles(arrows_between_files()) == []


def test_a_circle_is_noticed():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [{"a", "b", "c"}]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


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


# The picture -------------------------------------------------------------------------------------

PAGE = Path(house.__file__).parents[1] / "CONTRIBUTING.md"


def test_the_picture_is_of_the_house_as_it_is():
    image = pytest.importorskip("PIL.Image")
    with image.open(house.PICTURE) as picture:
        said = picture.info["Description"]
    assert said == house.said(house.arrows()), "Run: python docs/house.py"


def test_a_picture_shows_every_room_and_import(tmp_path):
    pytest.importorskip("matplotlib")
    house.draw(house.arrows(), tmp_path / "house.svg")
    assert (tmp_path / "house.svg").stat().st_size > 10_000


def test_what_the_house_imports_is_found():
    found = house.arrows()
    assert found["plan", "step"] is True
    assert found["plan", "description"] is False  # for types alone
    assert ("step", "plan") not in found
    assert "tensors" in house.parts_of("compilers")


def rooms_named(page: str) -> list[str]:
    """The rooms in the first column of the table of modules, in its order."""
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    cells = [line.split("|")[1] for line in lines]
    return [name.strip(" `/") for cell in cells for name in cell.split(",")]


def test_the_table_of_modules_has_every_room_in_its_order():
    named = rooms_named(PAGE.read_text(encoding="utf-8"))
    assert [name for name in named if "/" not in name] == list(ORDER)


def test_a_table_without_a_room_is_noticed():
    assert rooms_named("| `errors`, `refusals` | x |\n| `runtime/` | y |") == [
        *("errors", "refusals"),
        "runtime",
    ]
