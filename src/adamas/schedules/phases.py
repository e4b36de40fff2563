"""Schedules in phases: warm-up, plateau and decay; one cycle; schedules around schedules."""
# ruff: noqa: D102 (a schedule's __call__ is explained by its class)

from collections.abc import Sequence

import numpy as np

from ..errors import ConfigurationError
from .arguments import argument, choice, flag, number, numbers
from .conversion import as_schedule, as_schedules
from .schedule import Schedule


class WarmupStableDecay(Schedule):
    """Linear warm-up, a plateau, then a decay: a run whose length is decided late.

        rate(step) = initial + (peak − initial) · step / warmup_steps     in the warm-up
        rate(step) = peak                                                 on the plateau
        rate(step) = end + (peak − end) · f(x)                            in the decay and after

    x is the fraction of the decay that is done, f(x) = 1 − x ("linear"), (1 + cos πx) / 2
    ("cosine") or 1 − √x ("sqrt"). Hu et al. (MiniCPM), 2024, https://arxiv.org/abs/2404.06395;
    the square root: Hägele et al., 2024, https://arxiv.org/abs/2405.18392.

    Args:
        peak_learning_rate: the rate of the plateau.
        warmup_steps, stable_steps, decay_steps: steps (calls of apply) of each phase; 0 for none
            of the first two.
        decay: the decay's shape.
        initial_learning_rate: the rate at step 0, if there is a warm-up.
        end_learning_rate: the rate from the end of the decay on.

    >>> WarmupStableDecay(0.01, 100, 800, 100)([50, 500, 950, 1000]).tolist()
    [0.005, 0.01, 0.005, 0.0]
    """

    peak_learning_rate: float = number(at_least=0)
    warmup_steps: float = number(at_least=0)
    stable_steps: float = number(at_least=0)
    decay_steps: float = number(above=0)
    decay: str = choice("linear", "cosine", "sqrt", default="linear")
    initial_learning_rate: float = number(default=0.0, at_least=0)
    end_learning_rate: float = number(default=0.0, at_least=0)

    def __call__(self, step):
        peak, initial, end = (
            self.peak_learning_rate,
            self.initial_learning_rate,
            self.end_learning_rate,
        )
        late = np.maximum(step - (self.warmup_steps + self.stable_steps), 0.0)
        done = np.minimum(late / self.decay_steps, 1.0)
        if self.decay == "cosine":
            left = (1.0 + np.cos(np.pi * done)) / 2
        else:
            left = 1.0 - (np.sqrt(done) if self.decay == "sqrt" else done)
        rate = end + (peak - end) * left
        if self.warmup_steps == 0:
            return rate
        rising = initial + (peak - initial) * (step / self.warmup_steps)
        return np.where(step < self.warmup_steps, rising, rate)


class OneCycle(Schedule):
    """One rise and one fall over the whole run, ending far below the start.

    From low = peak / div_factor up to the peak over the first ``pct_start`` of the steps, then
    down to low / final_div_factor at step total_steps − 1; with ``three_phase`` down to low in as
    many steps as up, then to the end. Each phase goes along half a cosine wave or a line. Numbers
    and arguments are those of PyTorch's ``OneCycleLR``, whose ``max_lr`` is
    ``peak_learning_rate``; where that raises an error, after the last step, the last rate stays.
    Smith and Topin, 2018, https://arxiv.org/abs/1708.07120.

    Args:
        peak_learning_rate: the highest rate.
        total_steps: steps (calls of apply) of the run, at least 1.
        pct_start: the fraction of the steps that rise, 0 to 1 (three phases: to 0.5).
        anneal_strategy: "cos" or "linear".
        div_factor: peak over first rate.
        final_div_factor: first over last rate.
        three_phase: whether the fall stops at the first rate before it ends.

    >>> OneCycle(0.1, 101, pct_start=0.5, anneal_strategy="linear", div_factor=10.0)(0)
    0.01
    """

    peak_learning_rate: float = number(at_least=0)
    total_steps: float = number(at_least=1)
    pct_start: float = number(default=0.3, at_least=0, at_most=1)
    anneal_strategy: str = choice("cos", "linear", default="cos")
    div_factor: float = number(default=25.0, above=0)
    final_div_factor: float = number(default=1e4, above=0)
    three_phase: bool = flag(default=False)

    def check(self) -> None:
        """Refuse a rise that leaves no time for two falls."""
        if self.three_phase and self.pct_start > 0.5:
            raise ConfigurationError(
                "pct_start must be at most 0.5 with three_phase, where the fall takes as long as "
                f"the rise. Got: {self.pct_start}. Lower it, or use two phases."
            )

    def __call__(self, step):
        peak = self.peak_learning_rate
        low = peak / self.div_factor
        lowest = low / self.final_div_factor
        last = self.total_steps - 1.0
        top = self.pct_start * self.total_steps - 1.0
        step = np.minimum(step, last)
        wave = self.anneal_strategy == "cos"
        rise = _between(low, peak, step, 0.0, top, wave)
        if not self.three_phase:
            return np.where(step <= top, rise, _between(peak, lowest, step, top, last, wave))
        bottom = 2.0 * top
        fall = _between(peak, low, step, top, bottom, wave)
        end = _between(low, lowest, step, bottom, last, wave)
        return np.where(step <= top, rise, np.where(step <= bottom, fall, end))


def _between(first, second, step, begin, end, wave):
    """The rate on the way from the first at ``begin`` to the second at ``end``."""
    done = (step - begin) / (end - begin) if end != begin else 1.0
    if wave:
        return second + (first - second) * ((1.0 + np.cos(np.pi * done)) / 2)
    return first + (second - first) * done


class Warmup(Schedule):
    """A linear warm-up in front of any schedule.

        rate(step) = initial + (schedule(0) − initial) · step / warmup_steps  if step < warmup_steps
        rate(step) = schedule(step − warmup_steps)                            from there on

    The schedule's own steps begin when the warm-up ends, as in Keras's ``CosineDecay``.

    Args:
        schedule: a schedule, a number for a constant rate, or a function of the step.
        warmup_steps: steps (calls of apply) of the warm-up; 0 for none.
        initial: the rate at step 0.

    >>> Warmup(0.1, warmup_steps=10)([0, 5, 10, 1000]).tolist()
    [0.0, 0.05, 0.1, 0.1]
    """

    schedule: Schedule = argument(converter=as_schedule)
    warmup_steps: float = number(at_least=0)
    initial: float = number(default=0.0, at_least=0)

    def __call__(self, step):
        if self.warmup_steps == 0:
            return self.schedule(step)
        # Held at 0 before its turn, the schedule gives the warm-up its goal in the same call.
        rate = self.schedule(np.maximum(step - self.warmup_steps, 0.0))
        done = np.minimum(step / self.warmup_steps, 1.0)
        return np.where(done < 1.0, self.initial + (rate - self.initial) * done, rate)


class Chain(Schedule):
    """One schedule after another, each with steps counted from its own beginning.

        rate(step) = schedules[i](step − boundaries[i − 1])  for
                     boundaries[i − 1] ≤ step < boundaries[i]

    where the first begins at 0 and the last does not end. (A boundary is the first step of the
    next schedule here, the last step of a rate in `PiecewiseConstantDecay`, which is Keras's.)

    Args:
        schedules: schedules, numbers or functions of the step.
        boundaries: the first step of each schedule but the first, in increasing order.

    >>> Chain([0.1, Warmup(0.2, 10)], boundaries=[50])([49, 50, 55, 60]).tolist()
    [0.1, 0.0, 0.1, 0.2]
    """

    schedules: tuple[Schedule, ...] = argument(converter=as_schedules)
    boundaries: Sequence[float] = numbers(above=0, increasing=True)

    def check(self) -> None:
        """Refuse lengths that do not match."""
        if len(self.schedules) != len(self.boundaries) + 1:
            raise ConfigurationError(
                "schedules must have one item more than boundaries. "
                f"Got: {len(self.schedules)} schedules for {len(self.boundaries)} boundaries. "
                "A boundary is the step at which the next schedule begins."
            )

    def __call__(self, step):
        if not self.boundaries:
            return self.schedules[0](step)
        begun = [step >= boundary for boundary in self.boundaries]  # the last one true counts
        turns = [
            lambda step, schedule=schedule, begin=begin: schedule(step - begin)
            for schedule, begin in zip(self.schedules[1:], self.boundaries, strict=True)
        ]
        return np.piecewise(step, begun, [*turns, self.schedules[0]])
