"""A small problem for the tests of training: linear regression with gradients by hand.

Sums instead of matrix products, so that bits depend on no BLAS. Run as a script it trains in a
process of its own, which tests kill:

    python training_problem.py FOLDER RESULT SECONDS_PER_STEP

It says where it is at the start and after each step.
"""

import sys
import time
from pathlib import Path

import numpy as np

import adamas
from adamas.training import EarlyStopping, History, fit

EXAMPLES, FEATURES = 50, 4


def make_data(examples: int = EXAMPLES, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(examples, FEATURES)).astype(np.float32)
    truth = np.random.default_rng(9).normal(size=FEATURES).astype(np.float32)
    y = (x * truth).sum(1) + np.float32(0.5) + chance.normal(size=examples).astype(np.float32)
    return x, y.astype(np.float32)


def make_params(padding: int = 0) -> dict[str, np.ndarray]:
    params = {"w": np.zeros(FEATURES, np.float32), "b": np.zeros((), np.float32)}
    if padding:  # makes checkpoints large, so that a kill often comes while one is written
        params["padding"] = np.zeros(padding, np.float32)
    return params


def loss(params, batch) -> float:
    x, y = batch
    return float((((x * params["w"]).sum(1) + params["b"] - y) ** 2).mean())


def value_and_grad(params, batch):
    x, y = batch
    error = (x * params["w"]).sum(1) + params["b"] - y
    slope = 2 * error / len(y)
    gradients = {"w": (x * slope[:, None]).sum(0), "b": slope.sum()[...].reshape(())}
    if "padding" in params:
        gradients["padding"] = np.full_like(params["padding"], 1e-3)
    return float((error**2).mean()), gradients


def mean_error(params, batch) -> float:
    x, y = batch
    return float(np.abs((x * params["w"]).sum(1) + params["b"] - y).mean())


class SlowerEachThirdStep:
    """A callback with a memory, which it must get back for a resumed run to be the same."""

    def __init__(self) -> None:
        self.count = 0

    def on_step(self, run) -> None:
        self.count += 1
        if self.count % 3 == 0:
            run.optimizer.learning_rate *= 0.97

    def get_state(self) -> dict:
        return {"count": self.count}

    def set_state(self, state: dict) -> None:
        self.count = state["count"]


def bits(params: dict[str, np.ndarray], history: History) -> dict[str, bytes]:
    """Everything that a resumed run must end with, but for the clock."""
    columns = {
        f"{kind}/{name}": column
        for kind, table in (("epochs", history.epochs), ("steps", history.steps))
        for name, column in table.items()
        if name != "seconds"
    }
    return {name: array.tobytes() for name, array in {**params, **columns}.items()}


def rich_run(folder, *, padding: int = 0, pause: float = 0.0, epochs: int = 6, **options):
    """A run with all that has a state: what can be forgotten, would be missed."""
    params = make_params(padding)
    optimizer = adamas.Adam(
        0.05,
        global_clipnorm=1.0,
        use_ema=True,
        ema_momentum=0.9,
        weight_decay=0.01,
        gradient_accumulation_steps=3,
    )

    def slow(params, batch):
        time.sleep(pause)
        return value_and_grad(params, batch)

    arguments = {
        "optimizer": optimizer,
        "epochs": epochs,
        "batch_size": 8,
        "seed": 5,
        "validation_data": make_data(20, seed=1),
        "metrics": {"error": mean_error},
        "early_stopping": EarlyStopping(patience=4, min_delta=0.05),
        "callbacks": [SlowerEachThirdStep()],
        "progress": False,
        "checkpoint": folder,
        **options,
    }
    history = fit(slow, params, make_data(), **arguments)
    return params, history


if __name__ == "__main__":
    folder, result, pause = sys.argv[1:]

    class Tell:
        def on_start(self, run):
            print(f"at {run.step}", flush=True)

        on_step = on_start

    params, history = rich_run(
        folder,
        padding=100_000,
        epochs=12,
        early_stopping=EarlyStopping(patience=9),
        pause=float(pause),
        resume=True,
        checkpoint_every=2,
        callbacks=[SlowerEachThirdStep(), Tell()],
    )
    content = bits(params, history)
    Path(result).write_bytes(b"".join(name.encode() + content[name] for name in sorted(content)))
