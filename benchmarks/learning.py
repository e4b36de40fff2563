"""Does every optimizer learn? The digits of ``adamas demo``, with rates that validation chose.

    python benchmarks/learning.py             measures what learning.json lacks, and draws
    python benchmarks/learning.py --draw      only draws docs/images/family_learning.png again

Each optimizer of the family trains the demo's network for a few epochs, with five learning rates
half a decade apart, which fall to 0 along a cosine. The one with the least validation loss is then
trained from other seeds; a rate that falls off from any seed is out, and the test digits have no
say in the choice. Every other argument has its default, but for those in `OPTIONS` of
`learning_members.py`. Needs ``pip install 'adamas[demo]'``.

Each optimizer is kept as soon as it is measured, with where that was. Called again, the program
measures those that are new, or asked for with other arguments or rates; to measure all anew, remove
learning.json.
"""

import json
import math
import platform
import sys
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from adamas.measure import machine, program, report
from learning_members import BATCH_SIZE, EPOCHS, TEST_SEEDS, family, given, grid, sweep_seeds
from learning_picture import draw
from learning_training import Run, data, train

RESULTS = Path(__file__).with_name("learning.json")
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "family_learning.png"

WINDOW = 20
"""Steps over which the curves take means."""

Job = tuple[str, float, int]
"""An optimizer, a rate, a seed."""


# The sweep --------------------------------------------------------------------------------------


def measure() -> dict[str, Any]:
    """The whole sweep, as JSON holds it."""
    found = known()
    with ProcessPoolExecutor(machine.cores(), get_context("spawn")) as pool:
        for name in family():
            if name not in found:
                found[name] = measured(name, pool)
                save(found)
                print(name, found[name]["rate"], file=sys.stderr, flush=True)
    return figures(found)


def known() -> dict[str, Any]:
    """The optimizers in the file that were measured as they would be now."""
    if not RESULTS.exists():
        return {}
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    if {**kept, **json.loads(json.dumps(protocol()))} != kept:
        return {}
    return {name: m for name, m in kept["optimizers"].items() if as_now(name, m)}


def as_now(name: str, member: dict[str, Any]) -> bool:
    """Whether this is what would be measured now."""
    rates = list(map(float, member["validation_loss"]))
    return rates == list(grid(name)) and {**member, **given(name)} == member


def protocol() -> dict[str, Any]:
    """What holds for all."""
    return {
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "test_seeds": TEST_SEEDS,
        "test_examples": len(data().test[1]),
        "window": WINDOW,
    }


def figures(found: dict[str, Any]) -> dict[str, Any]:
    """All of it, in the order of the family."""
    ordered = {name: found[name] for name in family() if name in found}
    return {**protocol(), "optimizers": ordered}


def save(found: dict[str, Any]) -> None:
    """Write the file, whole or not at all."""
    part = RESULTS.with_suffix(".part")
    content = program.as_json(machine.describe(1), figures(found))
    part.write_text(f"{content}\n", encoding="utf-8")
    part.replace(RESULTS)


def measured(name: str, pool: Executor) -> dict[str, Any]:
    """One optimizer: the rate that validation chooses, and what it is worth from other seeds.

    A rate with which any of them falls off is out.
    """
    seeds = sweep_seeds(name)
    tried = trained(pool, [(name, rate, seed) for rate in grid(name) for seed in seeds])
    losses = {
        rate: float(np.mean([tried[name, rate, seed].validation_loss for seed in seeds]))
        for rate in grid(name)
    }
    while True:
        best = min(losses, key=losses.__getitem__)
        final = trained(pool, [(name, best, seed) for seed in TEST_SEEDS])
        if all(math.isfinite(run.validation_loss) for run in final.values()):
            break
        if not math.isfinite(losses[best]):
            sys.exit(f"{name} must learn at one of its rates. It fell off at all of them.")
        losses[best] = math.inf
    return {
        **given(name),
        "validation_loss": {
            str(rate): loss if math.isfinite(loss) else None for rate, loss in losses.items()
        },
        "rate": best,
        "measured_on": place(),
        **judged(list(final.values())),
    }


def trained(pool: Executor, jobs: Sequence[Job]) -> dict[Job, Run]:
    """Every training, one on each core at a time."""
    return dict(zip(jobs, pool.map(train, *zip(*jobs, strict=True)), strict=True))


def place() -> str:
    """Processor and versions, which the last bits depend on."""
    versions = {"Python": platform.python_version()}
    versions |= {name: machine.version(name) or "" for name in ("adamas", "numpy", "scikit-learn")}
    return ", ".join([machine.processor(), *(f"{name} {v}" for name, v in versions.items())])


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


def show(results: dict[str, Any]) -> None:
    """Print the tables."""
    members = results["optimizers"]
    chosen = [
        (
            name,
            f"{member['rate']:g}",
            *(f"{member['test_accuracy'][key]:.1%}" for key in ("mean", "low", "high")),
            member["measured_on"],
        )
        for name, member in members.items()
    ]
    title = f"share of test digits read right, {len(results['test_seeds'])} seeds"
    report.show_table(title, ("", "rate", "mean", "least", "most", "measured on"), chosen)
    print()
    tried = [
        (
            name,
            ", ".join(
                f"{rate}: {'-' if loss is None else format(loss, '.3f')}"
                for rate, loss in member["validation_loss"].items()
            ),
        )
        for name, member in members.items()
    ]
    report.show_table("validation loss by rate", ("", ""), tried)


if __name__ == "__main__":
    act = {"measure": measure, "show": show, "draw": draw}
    sys.exit(program.kept(__doc__, RESULTS, PICTURE, threads=1, **act))
