"""Does a model learn as well with slots of 8 or 16 bits? Three tasks, beside other libraries' ways.

    python benchmarks/little_memory_learning.py            measures, writes a JSON and the picture
    python benchmarks/little_memory_learning.py --draw     only draws docs/images/little_memory.png

Digits: the network of ``adamas demo``. A small GPT: that of `small_gpt.py`. Faint inputs: a stream
of examples y = W x + noise, of which half of the inputs fade to a tenth for good, and long after
that mean something else: their columns of W are drawn anew. This is what Adam is for, whose steps
do not depend on the size of gradients, if v follows them. Shown is how far those columns are off.

All ways to store m and v have the same first weights, examples and rates. Other libraries' formats
are `peers_formats.py`: after each update what is stored of m and v takes their place. Needs
``pip install 'adamas[demo]'``.
"""

import math
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import small_gpt
from adamas import Adam
from adamas.cli import digits
from adamas.cli.demo import one_thread
from adamas.errors import ConfigurationError
from adamas.measure import program, report
from adamas.pictures import INK, colour, legend, new_figure, plain_axes
from peers_formats import FORMATS

RESULTS = Path(__file__).with_name("little_memory_learning.json")
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "little_memory.png"

SEEDS = (0, 1, 2)
FLOAT32 = "float32"
OURS: Mapping[str, Any] = {
    FLOAT32: "float32",
    "v in bfloat16": {"v": "bfloat16"},
    "bfloat16": "bfloat16",
    "8 bits": "8bit",
}
"""Ways of adamas to store m and v; what this version does not have is left out."""


def ways() -> list[str]:
    """All that are compared."""
    return [*filter(_is_known, OURS), *FORMATS]


def _is_known(way: str) -> bool:
    try:
        Adam(states=OURS[way])
    except ConfigurationError:
        return False
    return True


# Tasks ------------------------------------------------------------------------------------------


class Task:
    """Parameters, their gradients step by step, and what is shown of them.

    Attributes:
        title, shown: the task, and what its curve has.
        steps, every: updates, and those between two points of the curve.
        rate, falls: the learning rate, and whether it falls to 0 along a cosine.
    """

    title: ClassVar[str]
    shown: ClassVar[str]
    steps: ClassVar[int]
    every: ClassVar[int]
    rate: ClassVar[float]
    falls: ClassVar[bool] = True
    params: Any

    def gradients(self, step: int) -> Any:
        """Those of update `step`, from 0, in the structure of the parameters."""
        raise NotImplementedError

    def judged(self) -> float:
        """A point of the curve."""
        raise NotImplementedError


@cache
def _digits() -> digits.Digits:
    return digits.load()


class Digits(Task):
    """The demo's network reads digits."""

    title, shown = "Digits", "validation loss (nats per digit)"
    steps, every, rate = 800, 40, 3e-3

    def __init__(self, seed: int) -> None:
        self.params = digits.initial_params(seed)
        self._chance = np.random.default_rng(seed)

    def gradients(self, step: int) -> Any:
        """As of `Task`."""
        images, labels = _digits().train
        chosen = self._chance.integers(len(labels), size=64)
        return digits.value_and_grad(self.params, (images[chosen], labels[chosen]))[1]

    def judged(self) -> float:
        """As of `Task`."""
        return digits.value_and_grad(self.params, _digits().validation)[0]


@cache
def _text() -> small_gpt.Text:
    return small_gpt.load()


class Characters(Task):
    """A small GPT reads docstrings."""

    title, shown = "A small GPT", "validation loss (nats per character)"
    steps, every, rate = 400, 20, 3e-3

    def __init__(self, seed: int) -> None:
        self.params = small_gpt.initial_params(len(_text().symbols), seed)
        self._chance = np.random.default_rng(seed)

    def gradients(self, step: int) -> Any:
        """As of `Task`."""
        chosen = self._chance.integers(len(_text().train), size=16)
        return small_gpt.value_and_grad(self.params, _text().train[chosen])[1]

    def judged(self) -> float:
        """As of `Task`."""
        return small_gpt.loss(self.params, _text().validation[:64])


class Faint(Task):
    """Half of the inputs fade, and long after that mean something else."""

    title, shown = "Faint inputs", "distance of their weights from what is true"
    steps, every, rate, falls = 9000, 100, 3e-3, False
    FADES, CHANGES, FAINT = 2000, 6000, 64

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self.params = {"weight": np.zeros((64, 2 * self.FAINT), np.float32)}
        self._true = self._chance.standard_normal((64, 2 * self.FAINT), np.float32)

    def gradients(self, step: int) -> Any:
        """As of `Task`."""
        if step == self.CHANGES:
            self._true[:, : self.FAINT] = self._chance.standard_normal((64, self.FAINT))
        x = self._chance.standard_normal((32, 2 * self.FAINT), np.float32)
        x[:, : self.FAINT] *= 0.1 if step >= self.FADES else 1.0
        noise = self._chance.standard_normal((32, 64), np.float32)
        error = x @ (self.params["weight"] - self._true).T - noise
        return {"weight": error.T @ x / np.float32(len(x))}

    def judged(self) -> float:
        """As of `Task`."""
        off = (self.params["weight"] - self._true)[:, : self.FAINT]
        return float(np.sqrt(np.mean(off * off)))


TASKS: tuple[type[Task], ...] = (Digits, Characters, Faint)


# Trainings --------------------------------------------------------------------------------------


def train(kind: type[Task], way: str, seed: int) -> list[float | None]:
    """The curve of a training; None where it is not finite."""
    task = kind(seed)  # type: ignore[call-arg]
    optimizer = Adam(kind.rate, convention="torch", states=OURS.get(way, FLOAT32))
    curve: list[float | None] = []
    for step in range(kind.steps):
        if kind.falls:
            optimizer.learning_rate = kind.rate * 0.5 * (1 + math.cos(math.pi * step / kind.steps))
        optimizer.apply(task.gradients(step), task.params)
        if way in FORMATS:
            for slot, signed in (("m", True), ("v", False)):
                for array in optimizer.state[slot].values():
                    array[...] = FORMATS[way](array, signed)
        if (step + 1) % kind.every == 0:
            found = task.judged()
            curve.append(round(found, 5) if math.isfinite(found) else None)
    return curve


def measure() -> dict[str, Any]:
    """All curves, as JSON holds them: by task and way, one for each seed."""
    found: dict[str, Any] = {}
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        for kind in TASKS:
            found[kind.title] = {}
            for way in ways():
                found[kind.title][way] = [train(kind, way, seed) for seed in SEEDS]
                print(kind.title, way, found[kind.title][way][0][-1], file=sys.stderr, flush=True)
    return {"seeds": SEEDS, "curves": found}


# Shown ------------------------------------------------------------------------------------------


def within(curves: np.ndarray, usual: np.ndarray) -> float:
    """The share of the points of a mean curve that lie where the usual curves lie, or below."""
    return float(np.mean(curves.mean(0) <= usual.max(0)))


def curves_of(results: Mapping[str, Any], title: str) -> dict[str, np.ndarray]:
    """[seeds, points] by way; NaN where a curve was not finite."""
    return {w: np.array(own, np.float64) for w, own in results["curves"][title].items()}


def show(results: Mapping[str, Any]) -> None:
    """The tables."""
    for kind in TASKS:
        curves, cells = curves_of(results, kind.title), []
        for way, own in curves.items():
            last, inside = own[:, -1], f"{within(own, curves[FLOAT32]):.0%}"
            cells.append((way, f"{last.mean():.4f}", f"{last.min():.4f}–{last.max():.4f}", inside))
        headings = ("m and v", "in the end", "of the seeds", "no worse than float32's seeds")
        report.show_table(f"{kind.title}: {kind.shown}", headings, cells)
        print()


def draw(results: Mapping[str, Any], path: Path) -> None:
    """A panel for each task."""
    figure = new_figure(12, 4.2)
    panels = figure.subplots(1, len(TASKS))
    for axes, kind in zip(panels, TASKS, strict=True):
        plain_axes(axes, kind.title, ("update", kind.shown))
        curves = curves_of(results, kind.title)
        updates = kind.every * (1 + np.arange(kind.steps // kind.every))
        usual = curves[FLOAT32]
        axes.fill_between(updates, usual.min(0), usual.max(0), color=INK, alpha=0.3, linewidth=0)
        for place, (way, own) in enumerate(curves.items()):
            look = {"color": INK if way == FLOAT32 else colour(place - 1)}
            look |= {"linestyle": "--", "linewidth": 1.4} if way in FORMATS else {"linewidth": 1.6}
            axes.plot(updates, own.mean(0), label=way, **look)
        axes.set(xlim=(0, kind.steps), ylim=(0.95 * usual.min() * kind.falls, 1.3 * usual.max()))
    handles, labels = panels[0].get_legend_handles_labels()
    legend(figure, handles, labels, loc="outside lower center", ncols=len(labels))
    figure.savefig(path)


if __name__ == "__main__":
    act = {"measure": measure, "show": show, "draw": draw}
    sys.exit(program.kept(__doc__, RESULTS, PICTURE, threads=1, **act))
