"""``adamas plot schedule``: learning rates over the steps, as text and as a picture."""

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ConfigurationError
from ..pictures import check_picture, colour, legend, new_figure, plain_axes
from ..schedules import FunctionSchedule, Schedule, serialize
from ..terminal import packed, show_table, width, wrapped
from .notation import read_schedules, schedule_arguments, schedule_names, snake
from .terminal import curve, show_json

_EXAMPLES = (
    ("adamas plot schedule cosine_decay initial_learning_rate=0.1 decay_steps=1000", "as text"),
    (
        "adamas plot schedule cosine_decay initial_learning_rate=0 decay_steps=1000 "
        "warmup_target=0.1 warmup_steps=100 --steps 1500 --out schedule.png",
        "as a picture",
    ),
    (
        "adamas plot schedule 0.05 exponential_decay initial_learning_rate=0.1 decay_steps=200 "
        "decay_rate=0.5 piecewise_constant_decay boundaries=300,600 values=0.1,0.05,0.01",
        "several; a number is a constant rate",
    ),
    (
        "adamas plot schedule warmup warmup_steps=100 "
        "schedule='cosine_decay initial_learning_rate=0.1 decay_steps=900'",
        "one inside another",
    ),
)
_NOTES = ("schedules, and their arguments ([optional]):",)
_WIDTH = 60
_ROWS = 11
_POINTS = 1000


def add_parser(subparsers: Any) -> None:
    """Add ``schedule`` to the pictures."""
    summary = "learning rates over the steps"
    parser = subparsers.add_parser(
        "schedule",
        help=summary,
        description=summary,
        examples=_EXAMPLES,
        notes=(*_NOTES, *_listing()),
    )
    parser.add_argument(
        "schedules",
        nargs="+",
        metavar="NAME KEY=VALUE",
        help="each schedule by its name, followed by its arguments",
    )
    parser.add_argument(
        "--steps", type=int, metavar="COUNT", help="how many steps; by default what they span"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="draw a picture: .png, .svg or .pdf"
    )
    parser.add_argument("--log", action="store_true", help="a logarithmic axis in the picture")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out ``plot schedule``."""
    schedules = read_schedules(arguments.schedules)
    count = span(schedules) if arguments.steps is None else arguments.steps
    if count < 1:
        raise ConfigurationError(f"--steps must be at least 1. Got: {count}.")
    picture = check_picture(arguments.out) if arguments.out else None
    if picture:
        draw(schedules, count, arguments.log).savefig(picture)
    if arguments.json:
        show_json(_content(schedules, count, picture))
        return 0
    _print(schedules, count)
    if picture:
        print(f"\nMade: {picture}")
    return 0


def span(schedules: Sequence[Schedule]) -> int:
    """Steps in which schedules show their form.

    A fifth more than the phases that they name; up to eight times as many for those that go on
    to change, such as one over the time, or cycles.
    """
    length = max(map(_length, schedules))
    steps = max(round(1.2 * length), 2) if length else 1000
    for _ in range(3):
        if not any(_goes_on(schedule, steps) for schedule in schedules):
            break
        steps *= 2
    return steps


def _goes_on(schedule: Schedule, steps: int) -> bool:
    """Whether the rate is to change by more than a hundredth in as many steps once more."""
    before, after = schedule(np.linspace(0, steps, 50)), schedule(np.linspace(steps, 2 * steps, 50))
    return bool(np.ptp(after) > 0.01 * before.max())


def _length(schedule: Schedule) -> float:
    """The sum of the phases in a schedule's arguments, or where its last piece begins."""
    inner: float = 0
    last: float = 0
    for field in fields(schedule):
        value = getattr(schedule, field.name)
        if isinstance(value, Schedule):
            inner += _length(value)
        elif field.name == "boundaries" and value:
            last = value[-1]
        elif isinstance(value, tuple) and value and isinstance(value[-1], Schedule):
            inner += _length(value[-1])
        elif field.name.endswith("_steps") and isinstance(value, int | float):
            inner += value
    return inner + last


def label(schedule: Schedule) -> str:
    """A schedule in the command line's own words, without what is as by default."""
    if isinstance(schedule, FunctionSchedule):
        return "a function"
    shown = [
        f"{field.name}={_text(getattr(schedule, field.name))}"
        for field in fields(schedule)
        if getattr(schedule, field.name) != field.default
    ]
    return " ".join([snake(type(schedule).__name__), *shown])


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        separator = "; " if any(isinstance(item, Schedule) for item in value) else ","
        return separator.join(map(_text, value))
    if isinstance(value, Schedule):
        return f"({label(value)})"
    return f"{value:g}" if isinstance(value, float) else str(value)


def draw(schedules: Sequence[Schedule], count: int, logarithmic: bool = False) -> Any:
    """The figure of some schedules over steps 0 to `count`."""
    figure = new_figure(8, 3.6 + 0.22 * len(schedules))
    axes = plain_axes(figure.add_subplot(), "Learning rate", ("step (calls of apply)", ""))
    steps = np.unique(np.linspace(0, count, min(count, _POINTS * 4) + 1).astype(int))
    highest = 0.0
    for index, schedule in enumerate(schedules):
        rates = schedule(steps)
        highest = max(highest, rates.max())
        axes.plot(steps, rates, color=colour(index), linewidth=1.9, label=label(schedule))
    axes.set_xlim(0, count)
    if logarithmic and highest > 0:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    legend(figure, loc="outside lower left")
    return figure


def _print(schedules: Sequence[Schedule], count: int) -> None:
    across = np.linspace(0, count, max(min(_WIDTH, width() - 20), 10))
    for schedule in schedules:
        rates = schedule(across)
        print("\n".join(wrapped(label(schedule), width(), later="    ")))
        print("\n".join(packed([f"  {curve(rates)}", _range(rates)], width(), "  ")), end="\n\n")
    steps = np.unique(np.linspace(0, count, _ROWS).astype(int))
    names = [snake(type(schedule).__name__) for schedule in schedules]
    columns = [schedule(steps) for schedule in schedules]
    rows = [
        (f"{step:,}", *(f"{column[row]:.6g}" for column in columns))
        for row, step in enumerate(steps)
    ]
    show_table(f"Learning rates over {count:,} steps", ("step", *names), rows)


def _range(rates: np.ndarray) -> str:
    return f"{rates.min():.4g} to {rates.max():.4g}"


def _content(schedules: Sequence[Schedule], count: int, picture: Path | None) -> dict[str, Any]:
    steps = np.unique(np.linspace(0, count, min(count, _POINTS) + 1).astype(int))
    return {
        "steps": steps.tolist(),
        "schedules": [
            {**serialize(schedule), "learning_rates": schedule(steps).tolist()}
            for schedule in schedules
        ],
        "picture": str(picture) if picture else None,
    }


def _listing() -> list[str]:
    return [
        f"  {name} {' '.join(schedule_arguments(cls))}"
        for name, cls in sorted(schedule_names().items())
    ]
