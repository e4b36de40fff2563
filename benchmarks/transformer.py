"""Muon beside AdamW on a small transformer that learns to write docstrings, character by character.

    python benchmarks/transformer.py             measures, writes transformer.json and the picture
    python benchmarks/transformer.py --draw      only draws docs/images/transformer.png again

Both start from the same weights and see the same batches in the same order. Each has the rate that
gave it the least loss on the validation text; the grid is the same for both. The test text, with
other seeds, has no say in that. The model is `small_gpt.py`.
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
from time import process_time
from typing import Any

import numpy as np

import small_gpt
from adamas import AdamW, Muon, Optimizer, fit
from adamas.cli.demo import one_thread
from adamas.errors import NonFiniteError
from adamas.measure import machine, program, report
from adamas.pictures import colour, new_figure, plain_axes
from adamas.schedules import CosineDecay

RESULTS = Path(__file__).with_name("transformer.json")
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "transformer.png"

STEPS, WARMUP, BATCH_SIZE = 400, 40, 32
RATES = (3e-3, 1e-2, 3e-2, 0.1)
SWEEP_SEED, TEST_SEEDS = 0, (10, 11, 12)
WINDOW = 10
NAMES = ("Muon", "AdamW")


def make(name: str, rate: float) -> Optimizer:
    """The optimizer, with a rate that rises from 0 for a while and falls to 0 along a cosine."""
    falling = CosineDecay(0.0, STEPS - WARMUP, warmup_target=rate, warmup_steps=WARMUP)
    if name == "AdamW":
        return AdamW(falling, beta_2=0.99)
    # Tables, and the matrix that gives scores for symbols, are AdamW's.
    return Muon(falling, adam_beta_2=0.99, exclude_layers=("^head$",))


@dataclass(frozen=True)
class Run:
    """One training: the loss of each step in nats per character, and what it was worth.

    Infinite if it fell off.
    """

    losses: np.ndarray
    validation_loss: float
    test_loss: float


@cache
def text() -> small_gpt.Text:
    """The text, once in each process."""
    return small_gpt.load()


def train(name: str, rate: float, seed: int) -> Run:
    """Train from a seed; each character is seen once."""
    params = small_gpt.initial_params(len(text().symbols), seed)
    rows = np.random.default_rng(seed).permutation(text().train)[: STEPS * BATCH_SIZE]
    with one_thread():
        try:
            history = fit(
                small_gpt.value_and_grad,
                params,
                rows,
                optimizer=make(name, rate),
                batch_size=BATCH_SIZE,
                seed=seed,
                progress=False,
            )
        except NonFiniteError:
            return Run(np.empty(0), math.inf, math.inf)
        validation_loss, test_loss = (
            mean_loss(params, r) for r in (text().validation, text().test)
        )
    return Run(history.steps["loss"], validation_loss, test_loss)


def mean_loss(params: small_gpt.Params, rows: np.ndarray) -> float:
    """The loss over all rows, some at a time."""
    parts = np.array_split(rows, math.ceil(len(rows) / 64))
    return sum(len(part) * small_gpt.loss(params, part) for part in parts) / len(rows)


def train_all(jobs: Sequence[tuple[str, float, int]]) -> dict[tuple[str, float, int], Run]:
    """Every training, one on each core at a time."""
    with ProcessPoolExecutor(machine.cores(), get_context("spawn")) as pool:
        return dict(zip(jobs, pool.map(train, *zip(*jobs, strict=True)), strict=True))


def milliseconds(act: Callable[[], object], calls: int = 100) -> float:
    """The median time of a call on one core, whatever else the machine does."""
    times = []
    with one_thread():
        for _ in range(calls):
            began = process_time()
            act()
            times.append(1000 * (process_time() - began))
    return round(float(np.median(times)), 2)


def costs() -> dict[str, float]:
    """Milliseconds of a gradient, and of each optimizer's update."""
    params = small_gpt.initial_params(len(text().symbols), SWEEP_SEED)
    rows = text().train[:BATCH_SIZE]
    _, grads = small_gpt.value_and_grad(params, rows)
    found = {"gradient": milliseconds(lambda: small_gpt.value_and_grad(params, rows))}
    for name in NAMES:
        optimizer = make(name, RATES[0])
        optimizer.build(params)
        found[name] = milliseconds(lambda: optimizer.apply(grads))  # noqa: B023 (called at once)
    return found


def measure() -> dict[str, Any]:
    """Sweep and test, as JSON holds them."""
    tried = train_all([(name, rate, SWEEP_SEED) for name, rate in product(NAMES, RATES)])
    sweep = {n: {r: tried[n, r, SWEEP_SEED].validation_loss for r in RATES} for n in NAMES}
    best = {name: min(losses, key=losses.__getitem__) for name, losses in sweep.items()}
    final = train_all([(name, best[name], seed) for name in NAMES for seed in TEST_SEEDS])
    sizes = small_gpt.shapes(len(text().symbols)).values()
    return {
        "weights": sum(map(math.prod, sizes)),
        "symbols": len(text().symbols),
        "steps": STEPS,
        "batch_size": BATCH_SIZE,
        "sweep_seed": SWEEP_SEED,
        "test_seeds": TEST_SEEDS,
        "core_milliseconds": costs(),
        "optimizers": {
            name: {
                "validation_loss": {
                    str(rate): round(loss, 4) if math.isfinite(loss) else None
                    for rate, loss in sweep[name].items()
                },
                "rate": best[name],
                **judged([final[name, best[name], seed] for seed in TEST_SEEDS]),
            }
            for name in NAMES
        },
    }


def judged(runs: Sequence[Run]) -> dict[str, Any]:
    """Test loss and the curve of the training loss, over the seeds."""
    curves = np.array([run.losses.reshape(-1, WINDOW).mean(1) for run in runs])
    return {
        "test_loss": [round(run.test_loss, 4) for run in runs],
        "training_loss": {
            key: np.round(values, 4).tolist()
            for key, values in (
                ("mean", curves.mean(0)),
                ("low", curves.min(0)),
                ("high", curves.max(0)),
            )
        },
    }


# Shown ------------------------------------------------------------------------------------------


def draw(results: dict[str, Any], path: Path) -> None:
    """The losses step by step, and beside them what each rate came to."""
    figure = new_figure(9.4, 4.2)
    grid = figure.add_gridspec(1, 2, width_ratios=(1.6, 1))
    seeds, unit = len(results["test_seeds"]), "(nats per character)"
    titles = (
        (
            f"A small transformer: means and range of {seeds} seeds",
            "update",
            f"training loss {unit}",
        ),
        ("The rates that were tried", "largest learning rate", f"validation loss {unit}"),
    )
    panels = [
        plain_axes(figure.add_subplot(place), title, labels)
        for place, (title, *labels) in zip(grid, titles, strict=True)
    ]
    for index, (name, member) in enumerate(results["optimizers"].items()):
        _draw_member(panels, index, name, member)
    panels[0].set(xlim=(0, results["steps"]))
    panels[1].set(xscale="log", xticks=RATES, xticklabels=[f"{rate:g}" for rate in RATES])
    panels[1].minorticks_off()
    panels[1].margins(y=0.15)
    figure.savefig(path)


def _draw_member(panels: Sequence[Any], index: int, name: str, member: dict[str, Any]) -> None:
    (falling, rated), shade = panels, colour(index)
    curve = member["training_loss"]
    steps = WINDOW * (np.arange(len(curve["mean"])) + 0.5)
    band = {"color": shade, "alpha": 0.25, "linewidth": 0}
    falling.fill_between(steps, curve["low"], curve["high"], **band)
    falling.plot(steps, curve["mean"], color=shade, linewidth=1.8)
    bold = {"color": shade, "fontsize": 9, "fontweight": "bold"}
    said = f"{name}, rate {member['rate']:g}: {np.mean(member['test_loss']):.3f} on the test text"
    corner: dict[str, Any] = {
        "ha": "right",
        "va": "top",
        "transform": falling.transAxes,
    }
    falling.text(0.98, 0.96 - 0.07 * index, said, **bold, **corner)
    tried = {float(r): loss for r, loss in member["validation_loss"].items() if loss is not None}
    rated.plot(list(tried), list(tried.values()), "o-", color=shade, markersize=4)
    rate, loss = list(tried.items())[-1]
    beside = {"textcoords": "offset points", "xytext": (0, 7), "ha": "center"}
    rated.annotate(name, (rate, loss), **beside, **bold)


def show(results: dict[str, Any]) -> None:
    """Print the tables."""
    members = results["optimizers"]
    rows = [
        (
            name,
            f"{member['rate']:g}",
            *(f"{function(member['test_loss']):.3f}" for function in (np.mean, min, max)),
            f"{results['core_milliseconds'][name]:.2g}",
        )
        for name, member in members.items()
    ]
    title = f"nats per character of the test text, {len(results['test_seeds'])} seeds"
    report.show_table(title, ("", "rate", "mean", "least", "most", "core ms per update"), rows)
    print()
    tried = [
        (name, *("-" if loss is None else f"{loss:.3f}" for loss in m["validation_loss"].values()))
        for name, m in members.items()
    ]
    report.show_table("of the validation text, by rate", ("", *map(str, RATES)), tried)


if __name__ == "__main__":
    act = {"measure": measure, "show": show, "draw": draw}
    sys.exit(program.kept(__doc__, RESULTS, PICTURE, threads=1, **act))
