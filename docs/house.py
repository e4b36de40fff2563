"""The house: the rooms of the package in their order, and what each imports.

`tests/test_arrows.py` holds the order. Draw it, from the imports as they are now:

    python docs/house.py                  # docs/images/house.png
    python docs/house.py --plot house.svg
"""

import argparse
import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import adamas
from adamas.pictures import INK, check_picture, colour, new_figure

ORDER = (
    "errors",
    "refusals",
    "registry",
    "locks",
    "signals",
    "dtypes",
    "pictures",
    "terminal",
    "notebook",
    "convention",
    "fields",
    "schedules",
    "language",
    "step",
    "mechanic",
    "around",
    "masters",
    "passes",
    "stages",
    "exclusions",
    "description",
    "plan",
    "lowering",
    "checkpoint",
    "compilers",
    "runtime",
    "explanation",
    "optimizer",
    "serialization",
    "composite",
    "sharpness",
    "drivers",
    "optimizers",
    "support",
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
"""The rooms; what stands in one may import what stands before it."""

WITH_PARTS = ("language", "compilers", "runtime", "frameworks")
"""Rooms whose parts are named in the picture."""

ROOT = Path(adamas.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
PICTURE = Path(__file__).with_name("images") / "house.png"

Arrows = dict[tuple[str, str], bool]
"""(room, room that it imports) → whether it does so at once, in a file's first lines."""


# What imports what ------------------------------------------------------------------------------


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


def imports_of(tree: ast.Module, parts: tuple[str, ...]) -> list[tuple[str, str]]:
    """The rooms that a module imports, and how: at once, lazily in a function, or for types."""
    found = []

    def visit(node: ast.AST, how: str) -> None:
        found.extend((module[0], how) for module in modules_of(node, parts))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            how = "for types"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            how = "lazily"
        for child in ast.iter_child_nodes(node):
            visit(child, how)

    visit(tree, "at once")
    return found


def arrows(files: Iterable[Path] = FILES) -> Arrows:
    """Which room imports which others."""
    found: Arrows = {}
    for file in files:
        parts = file.relative_to(ROOT).parts
        here = room(parts)
        for target, how in imports_of(ast.parse(file.read_text(encoding="utf-8")), parts):
            if here in ORDER and target in ORDER and target != here:
                found[here, target] = found.get((here, target), False) or how == "at once"
    return dict(sorted(found.items(), key=lambda arrow: tuple(map(ORDER.index, arrow[0]))))


def parts_of(name: str) -> list[str]:
    """The modules and folders in a room."""
    inside = {file.relative_to(ROOT / name).parts[0] for file in FILES if name in file.parts[:-1]}
    return sorted(part.removesuffix(".py") for part in inside - {"__init__.py"})


def said(found: Arrows) -> str:
    """Arrows in words: what a picture has beside it, so that an old one is noticed."""
    how = {True: "imports", False: "imports lazily"}
    return ", ".join(f"{one} {how[at_once]} {other}" for (one, other), at_once in found.items())


# The picture ------------------------------------------------------------------------------------

PITCH = 0.27
"""Inches from one room to the next, to the right and down."""


def draw(found: Arrows, path: Path) -> None:
    """Rooms down a diagonal; below each, the line that leads up to it from all who import it."""
    figure = new_figure(PITCH * (len(ORDER) + 8), PITCH * (len(ORDER) + 3))
    axes = figure.add_subplot()
    axes.set_xlim(-0.5, len(ORDER) + 7.5)
    axes.set_ylim(len(ORDER) - 0.3, -2.3)
    axes.axis("off")
    for place, name in enumerate(ORDER):
        _draw_room(axes, place, name)
        _draw_imports(axes, place, [ORDER.index(o) for one, o in found if one == name])
        _draw_line_up(axes, place, [ORDER.index(one) for one, o in found if o == name])
    for (one, other), at_once in found.items():
        _draw_dot(axes, ORDER.index(one), ORDER.index(other), at_once)
    _explain(axes)
    metadata = {"Description": said(found)} if path.suffix.lower() == ".png" else {}
    figure.savefig(path, metadata=metadata)


def _draw_room(axes: Any, place: int, name: str) -> None:
    box = {"boxstyle": "round,pad=0.2", "edgecolor": INK, "facecolor": "none", "linewidth": 0.8}
    whole = name in WITH_PARTS
    style = {"fontsize": 8, "color": INK, "va": "center", "fontweight": "bold" if whole else None}
    text = axes.text(place + 0.2, place, name, bbox=box, **style)
    if whole:
        parts = parts_of(name)
        half = -(-len(parts) // 2) if len(parts) > 7 else len(parts)
        lines = [" · ".join(line) for line in (parts[:half], parts[half:]) if line]
        axes.annotate(
            "\n".join(lines),
            xy=(1, 0.5),
            xycoords=text,
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.5,
            linespacing=1.1,
            color=INK,
        )


def _line(place: int, user: int) -> float:
    """Where the line of a room is: under its left end; for those above it, over its right one."""
    return place + (0.5 if user > place else 2.5)


def _draw_imports(axes: Any, place: int, used: list[int]) -> None:
    """The ways from a room, to the left and, for what stands below it, to the right."""
    style = {"color": INK, "alpha": 0.5, "linewidth": 0.6, "zorder": 0}
    ends = [_line(other, place) for other in used]
    axes.plot([min([place, *ends]), place], [place, place], **style)
    axes.plot([place + 2.3, max([place + 2.3, *ends])], [place, place], **style)


def _draw_line_up(axes: Any, place: int, users: list[int]) -> None:
    """The line of a room, from the furthest of those that import it; dashed if from above."""
    below, above = max(users, default=place), min(users, default=place)
    style = {"color": colour(place), "linewidth": 0.9, "zorder": 1}
    if below > place:
        axes.plot([_line(place, below)] * 2, [below, place + 0.5], **style)
        axes.plot(_line(place, below), place + 0.55, "^", markersize=4, color=colour(place))
    if above < place:
        axes.plot([_line(place, above)] * 2, [above, place - 0.5], "--", **style)
        axes.plot(_line(place, above), place - 0.55, "v", markersize=4, color=colour(place))


def _draw_dot(axes: Any, one: int, other: int, at_once: bool) -> None:
    """Where the way from a room joins the line of another one."""
    face = colour(other) if at_once else "none"
    style = {"markersize": 4.5, "color": colour(other), "markerfacecolor": face, "zorder": 2}
    axes.plot(_line(other, one), one, "o", **style)


def _explain(axes: Any) -> None:
    style = {"color": INK, "va": "center"}
    title = "The house: what stands in a room imports what stands above it"
    axes.text(-0.3, -1.8, title, fontsize=12, fontweight="bold", **style)
    x, y = 16, 2.5
    for row, (face, text) in enumerate(
        [
            (INK, "the room on this row imports the one above this dot"),
            ("none", "only in a function, or for types"),
        ]
    ):
        axes.plot(x, y + row, "o", markersize=4.5, color=INK, markerfacecolor=face)
        axes.text(x + 0.6, y + row, text, fontsize=8, **style)
    axes.plot([x - 0.3, x + 0.3], [y + 2] * 2, "--", color=INK, linewidth=0.9)
    axes.text(x + 0.6, y + 2, "the one import that points down", fontsize=8, **style)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plot", type=Path, default=PICTURE, help="where the picture goes")
    picture = check_picture(parser.parse_args().plot)
    draw(arrows(), picture)
    print(f"The picture is {picture}.")
