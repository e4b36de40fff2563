"""What is seen while training: a bar on a terminal, plain lines elsewhere, or nothing."""

import math
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from ..terminal import ENDLESS, packed, width
from .callbacks import Run

_MANY = 100
"""With more epochs than this, a line is left out if the last one is not a second old."""

_AROUND = 36
"""Columns that percentage, times and the shortest bar take."""

_BAR = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
_NARROW = "{desc}|{bar}| {n_fmt}/{total_fmt}"
_COUNT = "{desc}{n_fmt} steps [{elapsed}{postfix}]"
_WORDS = {"learning_rate": "rate", "gradient_norm": "norm", "skipped": "skipped"}


class Silent:
    """Shows nothing."""

    interval = math.inf
    """Seconds between calls of `step`."""

    def start(self, run: Run, steps_per_epoch: int | None) -> None:
        """The run begins, or goes on, at `run`."""

    def step(self, run: Run, numbers: Mapping[str, float]) -> None:
        """A step was made; called at most every `interval` seconds."""

    def epoch(self, run: Run, row: Mapping[str, float]) -> None:
        """An epoch was finished."""

    def note(self, text: str) -> None:
        """Say something."""

    def close(self) -> None:
        """Nothing more will come."""


class Lines(Silent):
    """One line per epoch, for files and pipes, and where tqdm is missing."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self._first_epoch = 1

    def start(self, run: Run, steps_per_epoch: int | None) -> None:
        """Remember where, for the time left."""
        self._began = time.perf_counter()
        self._first_epoch = run.epoch

    def epoch(self, run: Run, row: Mapping[str, float]) -> None:
        """Print the epoch's numbers and the time left."""
        now = time.perf_counter()
        if _MANY < run.epochs > run.epoch and now - self._last < 1:
            return
        self._last = now
        done = run.epoch - self._first_epoch + 1
        left = (now - self._began) / done * (run.epochs - run.epoch)
        ending = f", {_clock(left)} left" if run.epoch < run.epochs else ""
        parts = [_title(run), *_numbers(row), f"{row['seconds']:.3g} s{ending}"]
        columns = width() if sys.stderr.isatty() else ENDLESS
        self.note("\n".join(packed(parts, columns, " " * (len(_title(run)) + 2))))

    def note(self, text: str) -> None:
        """Print a line."""
        print(text, file=sys.stderr, flush=True)


class Bar(Lines):
    """A bar over all steps of the run, below the lines of the epochs that were finished."""

    interval = 0.1

    def __init__(self, tqdm: Any) -> None:
        super().__init__()
        self._tqdm = tqdm
        self._bar: Any = None
        self._per_epoch: int | None = None

    def start(self, run: Run, steps_per_epoch: int | None) -> None:
        """Draw the bar."""
        super().start(run, steps_per_epoch)
        self._per_epoch = steps_per_epoch
        self._bar = self._tqdm(
            desc=f"{_title(run)}: ",
            total=self._total(run),
            initial=run.step,
            file=sys.stderr,
            dynamic_ncols=True,
            leave=False,
            bar_format=_bar_format() if steps_per_epoch else _COUNT,
        )

    def step(self, run: Run, numbers: Mapping[str, float]) -> None:
        """Redraw the bar."""
        bar = self._bar
        bar.n = run.step
        rate = (run.step - bar.initial) / max(time.perf_counter() - self._began, 1e-9)
        bar.set_description_str(f"{_title(run)}: ", refresh=False)
        room = width() - _AROUND - len(f"{_title(run)}{run.step}{bar.total}")
        parts = [*_numbers(numbers), f"{_speed(rate)} steps/s"]
        bar.set_postfix_str(_some(parts, room), refresh=False)
        bar.refresh()

    def epoch(self, run: Run, row: Mapping[str, float]) -> None:
        """Print the epoch's line above the bar."""
        self._bar.n = run.step
        if self._per_epoch is None:  # a stream: as long as its epochs were so far
            self._bar.total = run.step * run.epochs // run.epoch
            self._bar.bar_format = _bar_format()
        super().epoch(run, row)

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        if self._bar is None:
            super().note(text)
        else:
            self._tqdm.write(text, file=sys.stderr)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _total(self, run: Run) -> int | None:
        return None if self._per_epoch is None else run.epochs * self._per_epoch


def open_progress(wanted: bool) -> Silent:
    """A bar in a notebook or on a terminal, with tqdm; else lines; silent if not `wanted`."""
    if not wanted or sys.stderr is None:
        return Silent()
    if _draws_bars():
        from tqdm.auto import tqdm as drawn

        return Bar(drawn)
    if sys.stderr.isatty():
        try:
            from tqdm import tqdm
        except ImportError:
            return Lines()
        return Bar(tqdm)
    return Lines()


def _draws_bars() -> bool:
    """Whether this is a notebook that has what tqdm draws a bar with."""
    if "ipykernel" not in sys.modules:
        return False
    return all(find_spec(name) is not None for name in ("tqdm", "ipywidgets"))


def _bar_format() -> str:
    return _BAR if width() >= 60 else _NARROW


def _title(run: Run) -> str:
    width = len(str(run.epochs))
    return f"epoch {run.epoch:{width}}/{run.epochs}"


def _numbers(row: Mapping[str, float]) -> list[str]:
    shown = {n: v for n, v in row.items() if n not in ("step", "seconds") and not math.isnan(v)}
    return [f"{_WORDS.get(name, name)} {value:.4g}" for name, value in shown.items()]


def _some(parts: Sequence[str], room: int) -> str:
    """As many of the parts, from the first one on, as there is room for."""
    text = ""
    for part in parts:
        longer = f"{text}  {part}" if text else part
        if len(longer) > room:
            break
        text = longer
    return text


def _speed(rate: float) -> str:
    """Three digits, or more of them before a power of ten would be said."""
    return f"{rate:.0f}" if rate >= 100 else f"{rate:.3g}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
