"""``adamas plot``: pictures of learning rates and of the ways that optimizers take."""

from typing import Any

from . import plot_descent, plot_schedule

_EXAMPLES = (
    (
        "adamas plot schedule cosine_decay initial_learning_rate=0.1 decay_steps=1000 --out r.png",
        "",
    ),
    ("adamas plot descent --optimizers adam amsgrad --function himmelblau --out descent.png", ""),
)
_NOTES = ("Each has its own help: adamas plot schedule --help",)


def add_parser(subparsers: Any) -> None:
    """Add ``plot`` to the commands."""
    summary = "pictures of learning rates and of descents"
    parser = subparsers.add_parser(
        "plot", help=summary, description=summary, examples=_EXAMPLES, notes=_NOTES
    )
    kinds = parser.add_subparsers(title="pictures", metavar="PICTURE")
    plot_schedule.add_parser(kinds)
    plot_descent.add_parser(kinds)
