"""Does every optimizer learn? The digits of ``adamas demo``, with rates that validation chose.

    python benchmarks/learning.py             measures, writes learning.json and the picture
    python benchmarks/learning.py --draw      only draws docs/images/family_learning.png again

Each optimizer of the family trains the demo's network for a few epochs, with five learning rates
half a decade apart, which fall to 0 along a cosine. The one with the least validation loss is then
trained from other seeds; the test digits have no say in the choice. Every other argument has its
default, but for those in `OPTIONS`. Needs ``pip install 'adamas[demo]'``.
"""

import math
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from adamas import Optimizer, fit
from adamas.cli import digits
from adamas.cli.demo import one_thread
from adamas.composite import Composite
from adamas.errors import NonFiniteError
from adamas.measure import machine, program, report
from adamas.optimizer import OPTIMIZERS
from adamas.pictures import INK, colour, new_figure, plain_axes
from adamas.schedules import CosineDecay

RESULTS = Path(__file__).with_name("learning.json")
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "family_learning.png"

EPOCHS, BATCH_SIZE = 6, 64
SWEEP_SEEDS, TEST_SEEDS = (0, 1, 2), (10, 11, 12, 13, 14)
WINDOW = 20
"""Steps over which the curves take means."""

RATES = tuple(float(f"{digit}e{power}") for power in range(-5, 3) for digit in (1, 3))
EACH_SIDE = 2
"""So many rates are tried below the middle one, and above."""

CENTRES = {
    "SGD": 0.1,
    "Adagrad": 0.3,
    "RMSprop": 0.01,
    "Adadelta": 10.0,
    "Ftrl": 0.03,
    "Adam": 0.01,
    "Adamax": 0.03,
    "Nadam": 0.01,
    "AdamW": 0.01,
    "Adafactor": 0.1,
    "Lamb": 0.01,
    "AdaBelief": 0.01,
    "Lion": 1e-3,
    "ScheduleFreeAdamW": 1e-2,
    "Muon": 3e-3,
    "SM3": 0.1,
    "NoisySGD": 0.3,
    "SGLD": 0.3,
}
"""The family, in the order of publication, and the middle rate of each grid."""

UNMEASURED = (
    *(
        "AdaHessian",
        "AdamaxW",
        "AdamMini",
        "Adan",
        "AdEMAMix",
    ),
    *(
        "ACProp",
        "MoMo",
        "MoMoAdam",
        "SimplifiedAdEMAMix",
    ),
    *(
        "ADOPT",
        "ASGD",
        "COCOB",
        "DAdaptAdam",
        "DoG",
    ),
    *(
        "DoWG",
        "Fromage",
        "GaLore",
        "KLShampoo",
        "KLSOAP",
        "LaProp",
        "LARS",
        "MADGRAD",
    ),
    *(
        "MARS",
        "NorMuon",
        "NovoGrad",
        "OptimisticAdam",
        "OptimisticGradientDescent",
    ),
    *(
        "PolyakSGD",
        "Prodigy",
        "PSGDKron",
        "RAdam",
        "Rprop",
        "Shampoo",
    ),
    *(
        "Signum",
        "SOAP",
        "Sophia",
        "StableAdamW",
        "Yogi",
    ),
)
"""Those whose sweep has not been run yet: they have no figures, and no middle rate."""

OPTIONS: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": 0.9},
    # Above 0, the network's first weights fade: it is made for models that begin at 0.
    "Ftrl": {"initial_accumulator_value": 0.0},
    # The loss is a mean: as that of so many more examples.
    "SGLD": {"temperature": 1e-6},
    # Pixels that are always 0 have no gradient.
    "Adafactor": {"epsilon_1": 1e-16},
}
"""Arguments that are not the defaults."""

CONSTANT = ("Ftrl", "ScheduleFreeAdamW")
"""Those whose rate stays: Ftrl's weights are in proportion to it, and the other one averages."""


def family() -> list[str]:
    """Every optimizer with a rule of its own in this library, those with a centre first."""
    package = Composite.__module__.partition(".")[0]
    known = [
        name
        for name, cls in OPTIMIZERS.items()
        if cls.__module__.startswith(f"{package}.") and not issubclass(cls, Composite)
    ]
    return [*(name for name in CENTRES if name in known), *(n for n in known if n not in CENTRES)]


def make(name: str, rate: float, epochs: int = EPOCHS) -> Optimizer:
    """The optimizer as it is measured here, for so many epochs."""
    steps = epochs * math.ceil(len(data().train[1]) / BATCH_SIZE)
    falling = rate if name in CONSTANT else CosineDecay(rate, steps)
    return OPTIMIZERS[name](**{"learning_rate": falling, **OPTIONS.get(name, {})})


def grid(name: str) -> tuple[float, ...]:
    """The rates that are tried."""
    if name not in CENTRES:
        sys.exit(f"{name} needs a rate in the middle of its grid: add it to CENTRES.")
    middle = RATES.index(CENTRES[name])
    return RATES[middle - EACH_SIDE : middle + EACH_SIDE + 1]


ValueAndGrad = Callable[[digits.Params, digits.Batch], tuple[float, digits.Params]]


# One training -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """One training: the loss of each step, and what it was worth; infinite if it fell off."""

    losses: np.ndarray
    validation_loss: float
    test_accuracy: float


@cache
def data() -> digits.Digits:
    """The digits, once in each process."""
    return digits.load()


def train(
    name: str,
    rate: float,
    seed: int,
    *,
    epochs: int = EPOCHS,
    value_and_grad: ValueAndGrad = digits.value_and_grad,
) -> Run:
    """Train the demo's network from a seed."""
    params = digits.initial_params(seed)
    try:
        with one_thread(), np.errstate(over="ignore", invalid="ignore"):
            history = fit(
                value_and_grad,
                params,
                data().train,
                optimizer=make(name, rate, epochs),
                epochs=epochs,
                batch_size=BATCH_SIZE,
                seed=seed,
                progress=False,
            )
    except NonFiniteError:
        return Run(np.empty(0), math.inf, 0.0)
    loss, _ = digits.value_and_grad(params, data().validation)
    return Run(history.steps["loss"], loss, digits.accuracy(params, data().test))


def train_all(jobs: Sequence[tuple[str, float, int]]) -> dict[tuple[str, float, int], Run]:
    """Every training, one on each core at a time."""
    with ProcessPoolExecutor(machine.cores(), get_context("spawn")) as pool:
        return dict(zip(jobs, pool.map(train, *zip(*jobs, strict=True)), strict=True))


# The sweep --------------------------------------------------------------------------------------


def measure() -> dict[str, Any]:
    """The whole sweep, as JSON holds it."""
    names = family()
    tried = train_all([(n, r, s) for n in names for r, s in product(grid(n), SWEEP_SEEDS)])
    validation = {
        name: {
            rate: float(np.mean([tried[name, rate, seed].validation_loss for seed in SWEEP_SEEDS]))
            for rate in grid(name)
        }
        for name in names
    }
    best = {name: min(losses, key=losses.__getitem__) for name, losses in validation.items()}
    final = train_all([(name, best[name], seed) for name in names for seed in TEST_SEEDS])
    return {
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "sweep_seeds": SWEEP_SEEDS,
        "test_seeds": TEST_SEEDS,
        "test_examples": len(data().test[1]),
        "optimizers": {
            name: {
                "options": OPTIONS.get(name, {}),
                "validation_loss": {
                    str(rate): loss if math.isfinite(loss) else None
                    for rate, loss in validation[name].items()
                },
                "rate": best[name],
                **judged([final[name, best[name], seed] for seed in TEST_SEEDS]),
            }
            for name in names
        },
    }


def judged(runs: Sequence[Run]) -> dict[str, Any]:
    """Test accuracy and the curve of the training loss, over the seeds."""
    accuracies = [run.test_accuracy for run in runs]
    whole = [run.losses[: len(run.losses) // WINDOW * WINDOW] for run in runs]
    curves = np.array([losses.reshape(-1, WINDOW).mean(1) for losses in whole])
    return {
        "test_accuracy": spread(np.array(accuracies)),
        "training_loss": {
            key: np.round(values, 4).tolist() for key, values in spread(curves).items()
        },
    }


def spread(values: np.ndarray) -> dict[str, Any]:
    """Mean, least and largest over the seeds."""
    found = {"mean": values.mean(0), "low": values.min(0), "high": values.max(0)}
    return {key: np.round(value, 6).tolist() for key, value in found.items()}


# Shown ------------------------------------------------------------------------------------------

COLUMNS = 5


def draw(results: dict[str, Any], path: Path) -> None:
    """A small panel for each optimizer: its curve before those of all others."""
    members = results["optimizers"]
    rows = math.ceil(len(members) / COLUMNS)
    figure = new_figure(2.35 * COLUMNS, 1.5 + 1.95 * rows)
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
    means = [member["training_loss"]["mean"] for member in members.values()]
    steps = WINDOW * (np.arange(len(means[0])) + 0.5)
    for axes, (name, member) in zip(panels.flat, members.items(), strict=False):
        plain_axes(axes, name)
        for mean in means:
            axes.plot(steps, mean, color=INK, alpha=0.35, linewidth=0.7)
        curve = member["training_loss"]
        band = {"color": colour(0), "alpha": 0.25, "linewidth": 0}
        axes.fill_between(steps, curve["low"], curve["high"], **band)
        axes.plot(steps, curve["mean"], color=colour(0), linewidth=2)
        corner = {"transform": axes.transAxes, "ha": "right", "va": "top", "linespacing": 1.3}
        axes.text(0.98, 0.98, caption(member), fontsize=7.5, color=INK, **corner)
        axes.set(yscale="log", xlim=(0, steps[-1] + WINDOW / 2), ylim=(0.001, 30))
        axes.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
        axes.minorticks_off()
    empty = panels.flat[len(members) :]
    for axes in empty:
        axes.axis("off")
    for axes in panels[-2][COLUMNS - len(empty) :]:
        axes.tick_params(labelbottom=True)
    height = figure.get_figheight()
    heading = {"x": 0.01, "ha": "left", "va": "top", "color": INK}
    title = f"Reading handwritten digits: {results['epochs']} epochs with each optimizer"
    explanation = (
        f"Blue: mean of {len(results['test_seeds'])} seeds and of {WINDOW} updates each, and the "
        "range of the seeds. Grey: the other optimizers. Rate: the first one; validation chose it."
    )
    figure.text(y=1 - 0.1 / height, s=title, fontsize=12, fontweight="bold", **heading)
    figure.text(y=1 - 0.36 / height, s=explanation, fontsize=9, **heading)
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - 0.6 / height))
    figure.supxlabel("update", fontsize=9, color=INK)
    figure.supylabel("training loss (nats per digit)", fontsize=9, color=INK)
    figure.savefig(path)


def caption(member: dict[str, Any]) -> str:
    """What a panel says of its optimizer."""
    share = member["test_accuracy"]
    return (
        f"rate {member['rate']:g}\n{share['mean']:.1%} of test digits right\n"
        f"({share['low']:.1%} to {share['high']:.1%})"
    )


def show(results: dict[str, Any]) -> None:
    """Print the tables."""
    members = results["optimizers"]
    chosen = [
        (
            name,
            f"{member['rate']:g}",
            *(f"{member['test_accuracy'][key]:.1%}" for key in ("mean", "low", "high")),
        )
        for name, member in members.items()
    ]
    title = f"share of test digits read right, {len(results['test_seeds'])} seeds"
    report.show_table(title, ("", "rate", "mean", "least", "most"), chosen)
    print()
    tried = [
        (name, *(f"{'-' if loss is None else format(loss, '.3f')}" for loss in losses.values()))
        for name, losses in ((n, member["validation_loss"]) for n, member in members.items())
    ]
    beside = ("", "/ 10", "/ 3", "itself", "* 3", "* 10")
    report.show_table("validation loss at the middle rate", beside, tried)


if __name__ == "__main__":
    act = {"measure": measure, "show": show, "draw": draw}
    sys.exit(program.kept(__doc__, RESULTS, PICTURE, threads=1, **act))
