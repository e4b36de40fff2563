"""Keras's six schedules, with its arguments and numbers, and the inverse square root."""
# ruff: noqa: D102 (a schedule's __call__ is explained by its class)

from collections.abc import Sequence
from typing import Self

import numpy as np

from ..errors import ConfigurationError
from .arguments import bounded, flag, number, numbers
from .schedule import Schedule


def _periods(decay, step):
    """The time at `step` in units of ``decay_steps``, whole ones for a staircase."""
    return step // decay.decay_steps if decay.staircase else step / decay.decay_steps


class ExponentialDecay(Schedule):
    """The rate is multiplied by ``decay_rate`` every ``decay_steps`` steps.

        rate(step) = initial_learning_rate · decay_rate^(step / decay_steps)

    with ⌊step / decay_steps⌋ if ``staircase``. Keras: ``ExponentialDecay``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: steps (calls of apply) per factor of ``decay_rate``.
        decay_rate: the factor, at least 0.
        staircase: whether the rate falls in steps instead of steadily.

    >>> ExponentialDecay(0.1, decay_steps=1000, decay_rate=0.5)(2000)
    0.025
    """

    initial_learning_rate: float = number(at_least=0)
    decay_steps: float = number(above=0)
    decay_rate: float = number(at_least=0)
    staircase: bool = flag(default=False)

    def __call__(self, step):
        return self.initial_learning_rate * self.decay_rate ** _periods(self, step)


class PiecewiseConstantDecay(Schedule):
    """One rate up to and including each boundary, the next one after it.

        rate(step) = values[i]  for  boundaries[i − 1] < step ≤ boundaries[i]

    Keras: ``PiecewiseConstantDecay``.

    Args:
        boundaries: steps in increasing order, each the last one of its rate.
        values: the rates, one more than there are boundaries.

    >>> PiecewiseConstantDecay([100, 200], [0.1, 0.05, 0.01])([100, 101, 201]).tolist()
    [0.1, 0.05, 0.01]
    """

    boundaries: Sequence[float] = numbers(increasing=True)
    values: Sequence[float] = numbers(at_least=0)

    def check(self) -> None:
        """Refuse lengths that do not match."""
        if len(self.values) != len(self.boundaries) + 1:
            raise ConfigurationError(
                "values must have one item more than boundaries. "
                f"Got: {len(self.values)} values for {len(self.boundaries)} boundaries. "
                "The first value holds before the first boundary, the last after the last."
            )

    def __call__(self, step):
        rate = self.values[0]
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            rate = np.where(step > boundary, value, rate)
        return rate


class PolynomialDecay(Schedule):
    """From the initial to the end rate along a power of the steps that are left.

        rate(step) = end + (initial − end) · (1 − s / d)^power
        s = min(step, decay_steps), d = decay_steps

    With ``cycle``, s = step and d is the next multiple of ``decay_steps``: the rate goes up again,
    to a lower point each time. Keras: ``PolynomialDecay``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: steps (calls of apply) until the end rate.
        end_learning_rate: the rate from then on.
        power: 1 for a straight line, at least 0.
        cycle: whether to start again from a point on the longer curve.

    >>> PolynomialDecay(0.1, decay_steps=1000, end_learning_rate=0.0)(500)
    0.05
    """

    initial_learning_rate: float = number(at_least=0)
    decay_steps: float = number(above=0)
    end_learning_rate: float = number(default=0.0001, at_least=0)
    power: float = number(default=1.0, at_least=0)
    cycle: bool = flag(default=False)

    def __call__(self, step):
        decay_steps = self.decay_steps
        if self.cycle:
            decay_steps = decay_steps * np.maximum(-(-step // decay_steps), 1.0)  # ⌈ ⌉
        # Subtracted before it is divided: under a root, the rounding of a quotient near 1 shows.
        left = np.maximum(decay_steps - step, 0.0) / decay_steps
        span = self.initial_learning_rate - self.end_learning_rate
        return self.end_learning_rate + span * left**self.power


class InverseTimeDecay(Schedule):
    """The rate falls as one over the time.

        rate(step) = initial_learning_rate / (1 + decay_rate · step / decay_steps)

    with ⌊step / decay_steps⌋ if ``staircase``. Keras: ``InverseTimeDecay``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: steps (calls of apply) in one unit of time.
        decay_rate: how much the divisor grows per unit, at least 0.
        staircase: whether time goes in whole units.

    >>> InverseTimeDecay(0.1, decay_steps=100, decay_rate=0.5)(200)
    0.05
    """

    initial_learning_rate: float = number(at_least=0)
    decay_steps: float = number(above=0)
    decay_rate: float = number(at_least=0)
    staircase: bool = flag(default=False)

    def __call__(self, step):
        return self.initial_learning_rate / (1.0 + self.decay_rate * _periods(self, step))


class CosineDecay(Schedule):
    """Half a cosine wave down, after a linear warm-up if one is wanted.

        rate(step) = peak · ((1 − alpha) · (1 + cos(π s / decay_steps)) / 2 + alpha)
        s = min(max(step − warmup_steps, 0), decay_steps)
        rate(step) = initial + (peak − initial) · step / warmup_steps  for step < warmup_steps

    Without ``warmup_target`` there is no warm-up, whatever ``warmup_steps`` says, and the peak is
    ``initial_learning_rate``; with it, the target is the peak. Keras: ``CosineDecay``;
    Loshchilov and Hutter, ICLR 2017, https://arxiv.org/abs/1608.03983, equation 5.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: steps (calls of apply) of the decay, not counting the warm-up.
        alpha: the last rate as a fraction of the peak.
        warmup_target: the rate at the end of the warm-up; None for no warm-up.
        warmup_steps: steps of the warm-up.

    >>> CosineDecay(0.0, 1000, warmup_target=0.1, warmup_steps=100)([50, 100, 1100]).tolist()
    [0.05, 0.1, 0.0]
    """

    initial_learning_rate: float = number(at_least=0)
    decay_steps: float = number(above=0)
    alpha: float = number(default=0.0, at_least=0)
    warmup_target: float | None = number(default=None, at_least=0)
    warmup_steps: float = number(default=0, at_least=0)

    def __call__(self, step):
        initial, peak, warmup_steps = self.initial_learning_rate, self.warmup_target, 0
        if peak is None:
            peak = initial
        else:
            warmup_steps = self.warmup_steps
        done = np.minimum(np.maximum(step - warmup_steps, 0.0) / self.decay_steps, 1.0)
        wave = (1.0 + np.cos(np.pi * done)) / 2
        rate = peak * ((1.0 - self.alpha) * wave + self.alpha)
        if warmup_steps == 0:
            return rate
        return np.where(
            step < warmup_steps, initial + (peak - initial) * (step / warmup_steps), rate
        )


class CosineDecayRestarts(Schedule):
    """Half cosine waves down, each ``t_mul`` times as long and ``m_mul`` times as high.

        rate(step) = initial · ((1 − alpha) · m_mulⁱ · (1 + cos(π x)) / 2 + alpha)

    in period i = 0, 1, …, of first_decay_steps · t_mulⁱ steps, of which the fraction x is done.
    Keras: ``CosineDecayRestarts``; Loshchilov and Hutter (SGDR), ICLR 2017,
    https://arxiv.org/abs/1608.03983, equation 5.

    Args:
        initial_learning_rate: the rate at step 0.
        first_decay_steps: steps (calls of apply) of the first period.
        t_mul: growth of the period, at least 1.
        m_mul: factor on the height at each restart.
        alpha: the lowest rate as a fraction of the initial one.

    >>> CosineDecayRestarts(0.1, 100, m_mul=0.5)([0, 100, 200, 300]).round(4).tolist()
    [0.1, 0.05, 0.025, 0.025]
    """

    initial_learning_rate: float = number(at_least=0)
    first_decay_steps: float = number(above=0)
    t_mul: float = number(default=2.0, at_least=1)
    m_mul: float = number(default=1.0, at_least=0)
    alpha: float = number(default=0.0, at_least=0)

    def __call__(self, step):
        elapsed, growth = step / self.first_decay_steps, self.t_mul
        if growth == 1:
            begin = period = step // self.first_decay_steps
            length = 1.0
        else:
            # A restart belongs to its own period, though logarithms round: the nearest period is
            # taken and, if it is yet to begin (by more than a millionth), the one before.
            period = np.floor(np.log1p(elapsed * (growth - 1.0)) / np.log(growth) + 0.5)
            begin = (growth**period - 1.0) / (growth - 1.0)
            period = np.where(begin > elapsed * (1.0 + 1e-6), period - 1.0, period)
            length = growth**period
            begin = (length - 1.0) / (growth - 1.0)
        wave = (1.0 + np.cos(np.pi * (elapsed - begin) / length)) / 2
        height = (1.0 - self.alpha) * self.m_mul**period * wave
        return self.initial_learning_rate * (height + self.alpha)


class InverseSquareRoot(Schedule):
    """Linear warm-up to a peak, then decay as one over the square root of the step.

        rate(step) = peak_learning_rate · min(t / warmup_steps, √(warmup_steps / t)),  t = step + 1

    The peak is reached by the ``warmup_steps``-th call. `InverseSquareRoot.noam` gives the same
    curve from the size of a Transformer. Vaswani et al., NeurIPS 2017,
    https://arxiv.org/abs/1706.03762, equation 3.

    Args:
        peak_learning_rate: the highest rate.
        warmup_steps: calls of apply until it is reached, more than 0.

    >>> InverseSquareRoot(0.001, warmup_steps=100)([49, 99, 399]).tolist()
    [0.0005, 0.001, 0.0005]
    """

    peak_learning_rate: float = number(at_least=0)
    warmup_steps: float = number(above=0)

    @classmethod
    def noam(cls, d_model: float, warmup_steps: float, scale: float = 1.0) -> Self:
        """The schedule of the Transformer paper, for vectors of ``d_model`` numbers.

            rate(step) = scale · d_model^−½ · min(t^−½, t · warmup_steps^−1½),  t = step + 1

        which is this class with peak_learning_rate = scale / √(d_model · warmup_steps).
        """
        d_model = bounded(cls.__name__, "d_model", d_model, above=0)
        warmup_steps = bounded(cls.__name__, "warmup_steps", warmup_steps, above=0)
        return cls(scale / (d_model * warmup_steps) ** 0.5, warmup_steps)

    def __call__(self, step):
        t = step + 1.0
        return self.peak_learning_rate * np.minimum(
            t / self.warmup_steps, np.sqrt(self.warmup_steps / t)
        )
