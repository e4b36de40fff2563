"""``adamas plot descent``: the ways of optimizers over a known surface."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..pictures import check_picture
from ..terminal import show_table
from .descents import Descent, descend
from .optimizers import read_optimizer
from .surfaces import SURFACES, Surface
from .terminal import show_json

_EXAMPLES = (
    ("adamas plot descent --out descent.png", "Adam in Rosenbrock's valley"),
    (
        "adamas plot descent --optimizers adam amsgrad --function beale --out beale.png",
        "side by side",
    ),
    (
        'adamas plot descent --optimizers adam "adam beta_1=0.5" --learning-rate 0.2 --out b.png',
        "with arguments: NAME KEY=VALUE in quotes",
    ),
    (
        "adamas plot descent --function himmelblau --start 0 -1.5 --steps 300",
        "numbers only; without --out nothing is drawn",
    ),
)
_NOTES = ('"module:Class" takes an optimizer of your own, from a file in this folder.',)


def add_parser(subparsers: Any) -> None:
    """Add ``descent`` to the pictures."""
    summary = "the ways of optimizers over a known surface"
    parser = subparsers.add_parser(
        "descent", help=summary, description=summary, examples=_EXAMPLES, notes=_NOTES
    )
    parser.add_argument(
        "--optimizers",
        nargs="+",
        default=["adam"],
        metavar="NAME",
        help='names, also joined by commas, or "NAME KEY=VALUE" in quotes (default: adam)',
    )
    parser.add_argument(
        "--function",
        choices=SURFACES,
        default="rosenbrock",
        metavar="NAME",
        help=f"{', '.join(SURFACES)} (default: rosenbrock)",
    )
    parser.add_argument("--steps", type=int, metavar="COUNT", help="by default enough for Adam")
    parser.add_argument(
        "--learning-rate", type=float, metavar="NUMBER", help="of all that are given none"
    )
    parser.add_argument("--start", nargs=2, type=float, metavar=("X", "Y"), help="where to begin")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="draw a picture: .png, .svg or .pdf"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out ``plot descent``."""
    surface: Surface = SURFACES[arguments.function]
    steps = surface.steps if arguments.steps is None else arguments.steps
    if steps < 1:
        raise ConfigurationError(f"--steps must be at least 1. Got: {steps}.")
    rate = surface.learning_rate if arguments.learning_rate is None else arguments.learning_rate
    start = tuple(arguments.start or surface.start)
    chosen = {text: read_optimizer(text, learning_rate=rate) for text in _each(arguments)}
    picture = check_picture(arguments.out) if arguments.out else None
    descents = [
        descend(label, optimizer, surface, start, steps) for label, optimizer in chosen.items()
    ]
    if picture:
        from .descent_picture import draw

        draw(surface, descents).savefig(picture)
    if arguments.json:
        show_json(_content(surface, descents, arguments.function, picture))
        return 0
    _print(surface, descents)
    if picture:
        print(f"\nMade: {picture}")
    return 0


def _each(arguments: argparse.Namespace) -> list[str]:
    """The optimizers as they are written: names may be joined by commas, arguments not."""
    words = [
        part.strip()
        for word in arguments.optimizers
        for part in ([word] if "=" in word else word.split(","))
    ]
    return list(dict.fromkeys(filter(None, words)))


def _print(surface: Surface, descents: Sequence[Descent]) -> None:
    rows = []
    for descent in descents:
        x, y = descent.path[-1]
        value, far = descent.values[-1], surface.distance(descent.path[-1])
        rows.append((descent.label, f"{x:.5f}", f"{y:.5f}", f"{value:.3g}", f"{far:.3g}"))
    minima = ", ".join(f"({x:.4g}, {y:.4g})" for x, y in surface.minima)
    steps, (x, y) = len(descents[0].path) - 1, descents[0].path[0]
    show_table(
        f"{surface.title} from ({x:g}, {y:g}), {steps:,} steps. Minimum: {minima}",
        ("optimizer", "x", "y", "value", "to the minimum"),
        rows,
    )


def _content(
    surface: Surface, descents: Sequence[Descent], name: str, picture: Path | None
) -> dict[str, Any]:
    return {
        "function": name,
        "minima": surface.minima,
        "descents": [
            {
                "optimizer": repr(descent.optimizer),
                "path": descent.path.tolist(),
                "values": descent.values.tolist(),
                "distance": surface.distance(descent.path[-1]),
            }
            for descent in descents
        ],
        "picture": str(picture) if picture else None,
    }
