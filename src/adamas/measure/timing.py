"""Two arrangements of calls: by turns, as in training, and hot loops.

By turns, everyone makes one call, then everyone one more: before each call the others have worked,
and the caches hold their numbers and their code, as after the passes of a training step. Nobody
goes twice in a row. Of one who is alone nothing stands between the calls. In hot loops each makes a
block of calls, and finds all that it needs where it left it.

In both, a round has the same number of calls of each, in an order drawn anew, so that what disturbs
one disturbs all, and nobody always follows the one that leaves the caches full. Its time is the
median of the calls; a ratio is taken within each round, and the median over the rounds is reported.
Gradients are handed over outside of the clock.

Each call is timed alone, though ten weights take no more than some microseconds and to read a clock
takes a tenth of one. Three things keep the clock out of the figures: it counts nanoseconds; it is
read once for nothing just before, so that its own code is warm where all else is cold; and somebody
who does nothing is timed with the others: the median in each round is the time of the clock and of
an empty call. It is taken off every call of the round, and reported.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

Clock = Callable[[], int]
"""Gives nanoseconds, like `time.perf_counter_ns`."""

WARM_UP = 4
"""Calls of each peer before the first round; compiling, first touch of memory and caches."""

MOST_CALLS = 200
"""Calls of one peer in one round at most."""

HOT_CALLS = 3
"""Calls of a block at least: the first one is not hot, and the median is one of the others."""


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
    """How many calls of the slowest peer fit in so many seconds: 1 to `MOST_CALLS`."""
    return max(1, min(MOST_CALLS, int(seconds / max(slowest, 1e-9))))


@dataclass(frozen=True)
class Times:
    """What an arrangement gave.

    Attributes:
        seconds: of a call, by name: one number for each round, from which `clock` is taken off.
        clock: seconds of the clock and an empty call, one number for each round.
    """

    seconds: dict[str, list[float]]
    clock: list[float]


class _Nothing:
    """Who does nothing: what is timed is the clock."""

    name = ""

    def give(self, which: int) -> None:
        """Nothing is needed."""

    def step(self) -> None:
        """Nothing is done."""


def by_turns(
    steppers: Sequence[Stepper], rounds: int, calls: int, clock: Clock = time.perf_counter_ns
) -> Times:
    """Rounds of so many turns, each of one call of everybody."""
    draw = random.Random(rounds)
    order = list(steppers)

    def round_from(first: int) -> Iterator[tuple[Stepper, int]]:
        for call in range(first, first + calls):
            yield _NOTHING, call
            _shuffle(order, draw)
            for stepper in order:
                yield stepper, call

    return _timed_rounds(steppers, rounds, calls, round_from, clock)


def in_blocks(
    steppers: Sequence[Stepper], rounds: int, calls: int, clock: Clock = time.perf_counter_ns
) -> Times:
    """Rounds of a block of calls of each: hot loops."""
    draw = random.Random(rounds)
    order = [_NOTHING, *steppers]

    def round_from(first: int) -> Iterator[tuple[Stepper, int]]:
        draw.shuffle(order)
        for stepper in order:
            for call in range(first, first + calls):
                yield stepper, call

    return _timed_rounds(steppers, rounds, calls, round_from, clock)


_NOTHING = _Nothing()


def _shuffle(order: list[Stepper], draw: random.Random) -> None:
    """Another order, in which the last one does not come first: that would be twice in a row."""
    last = order[-1]
    draw.shuffle(order)
    if order[0] is last and len(order) > 1:
        other = draw.randrange(1, len(order))
        order[0], order[other] = order[other], order[0]


def _timed_rounds(
    steppers: Sequence[Stepper],
    rounds: int,
    calls: int,
    round_from: Callable[[int], Iterable[tuple[Stepper, int]]],
    clock: Clock,
) -> Times:
    """Time whom `round_from` names, who get the gradients of the call with that number."""
    everyone = [_NOTHING.name, *(stepper.name for stepper in steppers)]
    medians: dict[str, list[float]] = {name: [] for name in everyone}
    with _no_collection():
        for place in range(rounds):
            spent: dict[str, list[float]] = {name: [] for name in everyone}
            for stepper, call in round_from(WARM_UP + place * calls):
                spent[stepper.name].append(_timed(stepper, call, clock))
            for name, own in spent.items():
                medians[name].append(statistics.median(own))
    own = medians.pop(_NOTHING.name)
    without = {
        name: [time - clock for time, clock in zip(times, own, strict=True)]
        for name, times in medians.items()
    }
    return Times(without, own)


def _timed(stepper: Stepper, call: int, clock: Clock) -> float:
    stepper.give(call % 2)
    step = stepper.step
    clock()
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
