"""Interleaved rounds: A B C, C A B, …, so that what disturbs one peer disturbs all of them.

A round is a block of calls of each peer, in an order drawn anew, so that nobody always follows the
one that leaves the caches full. Its time is the median of the calls; a ratio is taken within each
round, and the median over the rounds is reported. Gradients are handed over outside of the clock.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

Clock = Callable[[], int]
"""Gives nanoseconds, like `time.perf_counter_ns`."""

WARM_UP = 4
"""Calls of each peer before the first round; compiling, first touch of memory and caches."""

MOST_CALLS = 200
"""Calls of one peer in one round at most."""


class Stepper(Protocol):
    """What can be timed."""

    name: str

    def give(self, which: int) -> None:
        """Make the gradients number `which`, 0 or 1, those of the next step; not timed."""
        ...

    def step(self) -> None:
        """One step, finished when the call returns; timed."""
        ...


@dataclass(frozen=True)
class Spread:
    """The median of the rounds and its quartiles."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Median and quartiles of `values`, of which there is at least one."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Our time as a share of theirs, round by round."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def warm_up(steppers: Sequence[Stepper], clock: Clock = time.perf_counter_ns) -> float:
    """The first steps of each; gives the seconds that the slowest takes once it is warm."""
    warm = []
    for stepper in steppers:
        times = [_timed(stepper, call, clock) for call in range(WARM_UP)]
        warm.append(min(times[1:]))
    return max(warm)


def calls_in(seconds: float, slowest: float) -> int:
    """How many calls of the slowest peer fit in a block of so many seconds: 1 to `MOST_CALLS`."""
    return max(1, min(MOST_CALLS, int(seconds / max(slowest, 1e-9))))


def interleaved(
    steppers: Sequence[Stepper],
    rounds: int,
    calls: int,
    clock: Clock = time.perf_counter_ns,
) -> dict[str, list[float]]:
    """Seconds per call of each stepper by name, one number for each round."""
    times: dict[str, list[float]] = {stepper.name: [] for stepper in steppers}
    turn = WARM_UP
    order = list(steppers)
    draw = random.Random(rounds)
    with _no_collection():
        for _ in range(rounds):
            draw.shuffle(order)
            for stepper in order:
                block = [_timed(stepper, turn + call, clock) for call in range(calls)]
                times[stepper.name].append(statistics.median(block))
            turn += calls
    return times


def _timed(stepper: Stepper, call: int, clock: Clock) -> float:
    stepper.give(call % 2)
    step = stepper.step
    start = clock()
    step()
    return (clock() - start) / 1e9


@contextmanager
def _no_collection() -> Iterator[None]:
    """Python's collector stops at moments of its own choice: not while the clock runs."""
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
