"""``adamas demo``: a classifier of handwritten digits, trained in a few seconds."""

import argparse
import importlib.util
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..compilers.threads import num_threads, set_num_threads
from ..errors import ConfigurationError
from ..optimizer import Optimizer
from ..schedules import CosineDecay
from ..terminal import width, wrapped
from . import digits
from .optimizers import add_optimizer_options, chosen_optimizer, find_class, given_arguments
from .parser import example_lines
from .terminal import show_json

_EXAMPLES = (
    ("adamas demo", "Adam, and a folder adamas-demo with the results"),
    ("adamas demo --amsgrad --learning-rate 0.002", "its arguments are options"),
    (
        "adamas demo --use-ema --global-clipnorm 1 --out averaged",
        "averaged weights, clipped gradients",
    ),
    (
        "adamas demo --learning-rate cosine_decay initial_learning_rate=0.01 decay_steps=500",
        "any schedule",
    ),
    ("adamas demo --resume", "go on after Ctrl-C or a crash"),
)

_RECORD = "demo.json"
"""What a run was and what came of it; it marks the folder as one that the demo may write to."""

LATER = " " * 6
"""What is said of a file, below its name."""

_RATE = 0.003
"""The learning rate that the demo's cosine schedule begins with."""


def add_parser(subparsers: Any) -> None:
    """Add ``demo`` to the commands."""
    summary = "train a classifier of handwritten digits in a few seconds"
    parser = subparsers.add_parser("demo", help=summary, description=summary, examples=_EXAMPLES)
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        default=Path("adamas-demo"),
        help="where the pictures and the checkpoint go (default: adamas-demo)",
    )
    parser.add_argument("--epochs", type=int, default=12, metavar="COUNT", help="default: 12")
    parser.add_argument("--batch-size", type=int, default=64, metavar="COUNT", help="default: 64")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the first weights and of the order (default: 0)"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in the folder, if there is one"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    add_optimizer_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out ``demo``."""
    _check(arguments)
    data = digits.load()
    optimizer = _optimizer(arguments, len(data.train[1]))
    params = digits.initial_params(arguments.seed)
    record = _begin(arguments, optimizer)
    if not (arguments.json or arguments.quiet):
        print(_introduction(data, optimizer, arguments.out), flush=True)
    began = time.perf_counter()
    history = _train(arguments, optimizer, params, data)
    record |= {
        "training_examples": len(data.train[1]),
        "test_examples": len(data.test[1]),
        "steps": history.steps.rows,
        "training_loss": float(history["loss"][-1]),
        "test_accuracy": digits.accuracy(params, data.test),
        "seconds": round(time.perf_counter() - began, 3),
        "files": {"checkpoint": str(arguments.out / "run.safetensors")},
    }
    record["files"] |= _draw(arguments.out, history, params, data)
    _write(arguments.out, record)
    if arguments.json:
        show_json(record)
    else:
        print(_report(record, arguments.program))
    return 0


def _check(arguments: argparse.Namespace) -> None:
    for name in ("epochs", "batch_size"):
        if getattr(arguments, name) < 1:
            option = name.replace("_", "-")
            raise ConfigurationError(
                f"--{option} must be at least 1. Got: {getattr(arguments, name)}."
            )
    if arguments.seed < 0:
        raise ConfigurationError(f"--seed must be at least 0. Got: {arguments.seed}.")
    if arguments.out.exists() and not arguments.out.is_dir():
        raise ConfigurationError(f"--out must be a folder. Got: the file {str(arguments.out)!r}.")


def _optimizer(arguments: argparse.Namespace, examples: int) -> Optimizer:
    """What the command line asks for; without a rate for Adam, a cosine down to zero."""
    usual: dict[str, Any] = {}
    given = given_arguments(arguments)
    if find_class(arguments.optimizer)[0].__name__ == "Adam" and "learning_rate" not in given:
        steps = arguments.epochs * math.ceil(examples / arguments.batch_size)
        usual["learning_rate"] = CosineDecay(_RATE, steps)
    return chosen_optimizer(arguments, **usual)


def _begin(arguments: argparse.Namespace, optimizer: Optimizer) -> dict[str, Any]:
    """Make the folder ready: an earlier demo's checkpoint goes, another run's is left alone."""
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "run.safetensors"
    own = (folder / _RECORD).exists() or not checkpoint.exists()
    if own and not arguments.resume:
        checkpoint.unlink(missing_ok=True)
    record = {
        "optimizer": repr(optimizer),
        "epochs": arguments.epochs,
        "batch_size": arguments.batch_size,
        "seed": arguments.seed,
    }
    if own:
        _write(folder, record)
    return record


def _write(folder: Path, record: dict[str, Any]) -> None:
    (folder / _RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _train(
    arguments: argparse.Namespace,
    optimizer: Optimizer,
    params: digits.Params,
    data: digits.Digits,
) -> Any:
    from ..training import fit

    try:
        # Of a run that overflows, fit says in which step; NumPy need not warn of it as well.
        with one_thread(), np.errstate(over="ignore", invalid="ignore"):
            return fit(
                _scaled(optimizer),
                params,
                data.train,
                optimizer=optimizer,
                epochs=arguments.epochs,
                batch_size=arguments.batch_size,
                seed=arguments.seed,
                validation_data=data.validation,
                metrics={"accuracy": digits.accuracy},
                progress=not arguments.quiet,
                checkpoint=arguments.out,
                resume=arguments.resume,
            )
    except KeyboardInterrupt as interrupt:
        if not hasattr(interrupt, "history"):  # it did not come from fit, nothing was saved
            raise
        command = arguments.command + ("" if arguments.resume else " --resume")
        raise KeyboardInterrupt(
            f"Training was interrupted and is saved in {str(arguments.out)!r}. "
            f"Go on with: {command}"
        ) from interrupt


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for NumPy's products and for the steps.

    The network is small: several threads gain nothing, and where other programs run they wait
    for each other many times longer than they work.
    """
    from threadpoolctl import threadpool_limits  # scikit-learn brings it

    before = num_threads()
    set_num_threads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        set_num_threads(before)


def _scaled(optimizer: Optimizer) -> Callable[..., Any]:
    """Loss and gradients as `fit` wants them: scaled, if the optimizer scales the loss."""
    if optimizer.loss_scale_factor is None:
        return digits.value_and_grad

    def value_and_grad(params: digits.Params, batch: digits.Batch) -> tuple[float, digits.Params]:
        loss, grads = digits.value_and_grad(params, batch)
        scaled = {
            layer: {name: optimizer.scale_loss(grad) for name, grad in own.items()}
            for layer, own in grads.items()
        }
        return optimizer.scale_loss(loss), scaled

    return value_and_grad


def _draw(folder: Path, history: Any, params: Any, data: digits.Digits) -> dict[str, str]:
    """The pictures that can be drawn, by what they show."""
    if importlib.util.find_spec("matplotlib") is None:
        return {}
    from .digits_picture import draw

    loss, seen = folder / "loss.png", folder / "digits.png"
    history.plot(loss)
    draw(digits.probabilities(params, data.test), data.test, seen)
    return {"loss": str(loss), "digits": str(seen)}


def _introduction(data: digits.Digits, optimizer: Optimizer, folder: Path) -> str:
    weights = sum(math.prod(shape) for shape in digits.shapes().values())
    columns = width()
    lines = [
        *wrapped(
            f"Handwritten digits of 8 x 8 pixels: {len(data.train[1]):,} to learn from, "
            f"{len(data.validation[1])} to watch, {len(data.test[1])} to be tested on.",
            columns,
        ),
        *wrapped(f"A network of {weights:,} weights in NumPy, trained by", columns),
        *wrapped(repr(optimizer), columns, first="  ", later="    "),
        f"Results go to {folder}{os.sep}.",
    ]
    return "\n".join(lines)


def _report(record: dict[str, Any], program: str) -> str:
    tested, share = record["test_examples"], record["test_accuracy"]
    lines = [
        "",
        *wrapped(
            f"Test accuracy: {share:.2%} ({round(share * tested)} of {tested} digits that it had "
            f"never seen), after {record['steps']:,} steps in {record['seconds']:.1f} s.",
            width(),
        ),
        "",
        "Made:",
    ]
    titles = {
        "loss": "the loss, step by step",
        "digits": "test digits and what the network read",
        "checkpoint": "the run, which --resume goes on with",
    }
    files = record["files"]
    longest = max(map(len, files.values()))
    for kind in (kind for kind in titles if kind in files):
        beside = f"  {files[kind]:<{longest}}  {titles[kind]}"
        below = [f"  {files[kind]}", *wrapped(titles[kind], width(), first=LATER, later=LATER)]
        lines += [beside] if len(beside) <= width() else below
    if "loss" not in files:
        lines += ["", "For pictures: pip install 'adamas[plot]'"]
    advice = [(f"{program} {words}", what) for words, what in _ADVICE]
    return "\n".join([*lines, "", "Try next:", *example_lines(advice, width())])


_ADVICE = (
    ("demo --amsgrad", "another member of the family"),
    ("demo --use-ema --global-clipnorm 1", "averaged weights, clipped gradients"),
    ("explain --params digits --use-ema", "what such a step costs"),
    ("plot descent --out descent.png", "how Adam finds its way"),
)
