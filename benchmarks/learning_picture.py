"""The picture of ``learning.py``: what every optimizer reads in the end, and some on their way."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from adamas.pictures import INK, colour, legend, new_figure, plain_axes

SHOWN = ("SGD", "Adam", "ScheduleFreeAdamW", "SOAP", "Muon")
"""Those whose curves have a colour; all others are grey."""

Member = tuple[str, dict[str, Any]]


def draw(results: dict[str, Any], path: Path) -> None:
    """Shares of digits with the range of seeds, the best first, beside curves of the loss."""
    members = sorted(results["optimizers"].items(), key=lambda member: -mean_share(member))
    half = ceil(len(members) / 2)
    figure = new_figure(12.5, 1.3 + 0.2 * half)
    first, second, curves = figure.subplots(1, 3, width_ratios=(1, 1, 1.35))
    least = min(member["test_accuracy"]["low"] for _, member in members)
    draw_shares(first, members[:half], least, half)
    draw_shares(second, members[half:], least, half)
    draw_curves(curves, members, results["window"])
    write_heading(figure, results)
    figure.savefig(path)


def mean_share(member: Member) -> float:
    """Of the test digits."""
    return member[1]["test_accuracy"]["mean"]


def draw_shares(axes: Any, members: Sequence[Member], least: float, rows: int) -> None:
    """A point for the mean of the seeds on a line from the worst to the best of them."""
    plain_axes(axes, "", ("% of test digits right", ""))
    for row, (name, member) in enumerate(members):
        share = {key: 100 * value for key, value in member["test_accuracy"].items()}
        own = colour_of(name)
        axes.plot((share["low"], share["high"]), (row, row), color=own, alpha=0.5, linewidth=1.5)
        axes.plot(share["mean"], row, "o", color=own, markersize=4.5)
    axes.set_yticks(
        range(len(members)), [f"{name}  {member['rate']:g}" for name, member in members]
    )
    axes.set(xlim=(100 * least - 0.3, 100), ylim=(rows - 0.4, -0.6))


def draw_curves(axes: Any, members: Sequence[Member], window: int) -> None:
    """The loss of all; colours before grey."""
    plain_axes(axes, "", ("update", "training loss (nats per digit)"))
    for name, member in sorted(members, key=lambda member: member[0] in SHOWN):
        curve = member["training_loss"]
        steps = window * (np.arange(len(curve["mean"])) + 0.5)
        if name not in SHOWN:
            axes.plot(steps, curve["mean"], color=INK, alpha=0.35, linewidth=0.7)
            continue
        own = colour_of(name)
        band = {"color": own, "alpha": 0.2, "linewidth": 0}
        axes.fill_between(steps, curve["low"], curve["high"], **band)
        axes.plot(steps, curve["mean"], color=own, linewidth=2, label=name)
    axes.set(yscale="log", xlim=(0, None), ylim=(0.0001, 3))
    axes.set_yticks([0.0001, 0.001, 0.01, 0.1, 1], ["0.0001", "0.001", "0.01", "0.1", "1"])
    axes.minorticks_off()
    legend(axes, loc="lower left")


def colour_of(name: str) -> str:
    """Its own, or grey."""
    return colour(SHOWN.index(name)) if name in SHOWN else INK


def write_heading(figure: Any, results: dict[str, Any]) -> None:
    """What is seen, above all of it."""
    height = figure.get_figheight()
    heading = {"x": 0.01, "ha": "left", "va": "top", "color": INK}
    title = f"Reading handwritten digits: {results['epochs']} epochs with each optimizer"
    seeds, window = len(results["test_seeds"]), results["window"]
    explanation = (
        f"Left: its rate, which validation chose, and mean and range of {seeds} seeds; half a "
        f"percent is two digits. Right: means of {window} updates; grey: the other optimizers."
    )
    figure.text(y=1 - 0.1 / height, s=title, fontsize=12, fontweight="bold", **heading)
    figure.text(y=1 - 0.36 / height, s=explanation, fontsize=9, **heading)
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - 0.6 / height))
