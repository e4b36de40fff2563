# Written by docs/stubs.py from the declared fields: edit those, and run it again.
# pyright: reportIncompatibleVariableOverride=false, reportIncompatibleMethodOverride=false
"""Learning rates as pure functions of the step: schedules.

A step is a call of ``apply``, counted from 0. All numbers are float64 on the host; arrays of JAX
are traced. `Schedule` is the class to subclass for one's own.
"""

import numpy
from collections.abc import Callable, Sequence
from typing import Any, Literal, SupportsFloat

from .schedule import Schedule as Schedule
from .arguments import argument as argument
from .conversion import as_schedule as as_schedule
from .arguments import choice as choice
from .schedule import deserialize as deserialize
from .arguments import flag as flag
from .arguments import number as number
from .arguments import numbers as numbers
from .schedule import registry as registry
from .schedule import serialize as serialize
from ..fields.callables import takes_step as takes_step

class Constant(Schedule):
    """The same rate at every step.

        rate(step) = learning_rate

    A plain number means this wherever a schedule is expected.

    Args:
        learning_rate (number, at least 0; required): the rate.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> Constant(0.01)(5000)
    0.01
    """
    learning_rate: float
    def __init__(
        self,
        learning_rate: SupportsFloat,
        *,
        name: str | None = None,
    ) -> None: ...

class FunctionSchedule(Schedule):
    """A plain function of the step as a schedule; `as_schedule` makes it.

    The function is called with one step at a time, as a Python number, so it may branch and look
    up tables; for an array of steps it is called once for each. Under ``jax.jit`` it is traced,
    with ``jax.numpy`` in the place of its ``np``, and may then not branch on the step.

    Args:
        function (anything; required): called with the step; gives the rate.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    A function cannot be written to a file: `get_config` and `serialize` raise ConfigurationError.

    >>> FunctionSchedule(lambda step: 0.1 if step < 10 else 0.01)(10)
    0.01
    """
    function: Callable[[Any], Any]
    def __init__(
        self,
        function: Callable[[Any], Any],
        *,
        name: str | None = None,
    ) -> None: ...

class CosineDecay(Schedule):
    """Half a cosine wave down, after a linear warm-up if one is wanted.

        rate(step) = peak · ((1 − alpha) · (1 + cos(π s / decay_steps)) / 2 + alpha)
        s = min(max(step − warmup_steps, 0), decay_steps)
        rate(step) = initial + (peak − initial) · step / warmup_steps  for step < warmup_steps

    Without ``warmup_target`` there is no warm-up, whatever ``warmup_steps`` says, and the peak is
    ``initial_learning_rate``; with it, the target is the peak. Keras: ``CosineDecay``;
    Loshchilov and Hutter, ICLR 2017, https://arxiv.org/abs/1608.03983, equation 5.

    Args:
        initial_learning_rate (number, at least 0; required): the rate at step 0.
        decay_steps (number, greater than 0; required): steps (calls of apply) of the decay, not
            counting the warm-up.
        alpha (number, at least 0; default 0.0): the last rate as a fraction of the peak.
        warmup_target (number or None, at least 0; default None): the rate at the end of the
            warm-up; None for no warm-up.
        warmup_steps (number, at least 0; default 0): steps of the warm-up.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> CosineDecay(0.0, 1000, warmup_target=0.1, warmup_steps=100)([50, 100, 1100]).tolist()
    [0.05, 0.1, 0.0]
    """
    initial_learning_rate: float
    decay_steps: float
    alpha: float
    warmup_target: Any
    warmup_steps: float
    def __init__(
        self,
        initial_learning_rate: SupportsFloat,
        decay_steps: SupportsFloat,
        alpha: SupportsFloat = 0.0,
        warmup_target: SupportsFloat | None = None,
        warmup_steps: SupportsFloat = 0,
        *,
        name: str | None = None,
    ) -> None: ...

class CosineDecayRestarts(Schedule):
    """Half cosine waves down, each ``t_mul`` times as long and ``m_mul`` times as high.

        rate(step) = initial · ((1 − alpha) · m_mulⁱ · (1 + cos(π x)) / 2 + alpha)

    in period i = 0, 1, …, of first_decay_steps · t_mulⁱ steps, of which the fraction x is done.
    Keras: ``CosineDecayRestarts``; Loshchilov and Hutter (SGDR), ICLR 2017,
    https://arxiv.org/abs/1608.03983, equation 5.

    Args:
        initial_learning_rate (number, at least 0; required): the rate at step 0.
        first_decay_steps (number, greater than 0; required): steps (calls of apply) of the first
            period.
        t_mul (number, at least 1; default 2.0): growth of the period, at least 1.
        m_mul (number, at least 0; default 1.0): factor on the height at each restart.
        alpha (number, at least 0; default 0.0): the lowest rate as a fraction of the initial one.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> CosineDecayRestarts(0.1, 100, m_mul=0.5)([0, 100, 200, 300]).round(4).tolist()
    [0.1, 0.05, 0.025, 0.025]
    """
    initial_learning_rate: float
    first_decay_steps: float
    t_mul: float
    m_mul: float
    alpha: float
    def __init__(
        self,
        initial_learning_rate: SupportsFloat,
        first_decay_steps: SupportsFloat,
        t_mul: SupportsFloat = 2.0,
        m_mul: SupportsFloat = 1.0,
        alpha: SupportsFloat = 0.0,
        *,
        name: str | None = None,
    ) -> None: ...

class ExponentialDecay(Schedule):
    """The rate is multiplied by ``decay_rate`` every ``decay_steps`` steps.

        rate(step) = initial_learning_rate · decay_rate^(step / decay_steps)

    with ⌊step / decay_steps⌋ if ``staircase``. Keras: ``ExponentialDecay``.

    Args:
        initial_learning_rate (number, at least 0; required): the rate at step 0.
        decay_steps (number, greater than 0; required): steps (calls of apply) per factor of
            ``decay_rate``.
        decay_rate (number, at least 0; required): the factor, at least 0.
        staircase (bool; default False): whether the rate falls in steps instead of steadily.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> ExponentialDecay(0.1, decay_steps=1000, decay_rate=0.5)(2000)
    0.025
    """
    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool
    def __init__(
        self,
        initial_learning_rate: SupportsFloat,
        decay_steps: SupportsFloat,
        decay_rate: SupportsFloat,
        staircase: bool = False,
        *,
        name: str | None = None,
    ) -> None: ...

class InverseSquareRoot(Schedule):
    """Linear warm-up to a peak, then decay as one over the square root of the step.

        rate(step) = peak_learning_rate · min(t / warmup_steps, √(warmup_steps / t)),  t = step + 1

    The peak is reached by the ``warmup_steps``-th call. `InverseSquareRoot.noam` gives the same
    curve from the size of a Transformer. Vaswani et al., NeurIPS 2017,
    https://arxiv.org/abs/1706.03762, equation 3.

    Args:
        peak_learning_rate (number, at least 0; required): the highest rate.
        warmup_steps (number, greater than 0; required): calls of apply until it is reached, more
            than 0.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> InverseSquareRoot(0.001, warmup_steps=100)([49, 99, 399]).tolist()
    [0.0005, 0.001, 0.0005]
    """
    peak_learning_rate: float
    warmup_steps: float
    def __init__(
        self,
        peak_learning_rate: SupportsFloat,
        warmup_steps: SupportsFloat,
        *,
        name: str | None = None,
    ) -> None: ...

class InverseTimeDecay(Schedule):
    """The rate falls as one over the time.

        rate(step) = initial_learning_rate / (1 + decay_rate · step / decay_steps)

    with ⌊step / decay_steps⌋ if ``staircase``. Keras: ``InverseTimeDecay``.

    Args:
        initial_learning_rate (number, at least 0; required): the rate at step 0.
        decay_steps (number, greater than 0; required): steps (calls of apply) in one unit of time.
        decay_rate (number, at least 0; required): how much the divisor grows per unit, at least 0.
        staircase (bool; default False): whether time goes in whole units.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> InverseTimeDecay(0.1, decay_steps=100, decay_rate=0.5)(200)
    0.05
    """
    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool
    def __init__(
        self,
        initial_learning_rate: SupportsFloat,
        decay_steps: SupportsFloat,
        decay_rate: SupportsFloat,
        staircase: bool = False,
        *,
        name: str | None = None,
    ) -> None: ...

class PiecewiseConstantDecay(Schedule):
    """One rate up to and including each boundary, the next one after it.

        rate(step) = values[i]  for  boundaries[i − 1] < step ≤ boundaries[i]

    Keras: ``PiecewiseConstantDecay``.

    Args:
        boundaries (list of numbers; required): steps in increasing order, each the last one of its
            rate.
        values (list of numbers, at least 0; required): the rates, one more than there are
            boundaries.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> PiecewiseConstantDecay([100, 200], [0.1, 0.05, 0.01])([100, 101, 201]).tolist()
    [0.1, 0.05, 0.01]
    """
    boundaries: Any
    values: Any
    def __init__(
        self,
        boundaries: Sequence[SupportsFloat] | numpy.ndarray,
        values: Sequence[SupportsFloat] | numpy.ndarray,
        *,
        name: str | None = None,
    ) -> None: ...

class PolynomialDecay(Schedule):
    """From the initial to the end rate along a power of the steps that are left.

        rate(step) = end + (initial − end) · (1 − s / d)^power
        s = min(step, decay_steps), d = decay_steps

    With ``cycle``, s = step and d is the next multiple of ``decay_steps``: the rate goes up again,
    to a lower point each time. Keras: ``PolynomialDecay``.

    Args:
        initial_learning_rate (number, at least 0; required): the rate at step 0.
        decay_steps (number, greater than 0; required): steps (calls of apply) until the end rate.
        end_learning_rate (number, at least 0; default 0.0001): the rate from then on.
        power (number, at least 0; default 1.0): 1 for a straight line, at least 0.
        cycle (bool; default False): whether to start again from a point on the longer curve.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> PolynomialDecay(0.1, decay_steps=1000, end_learning_rate=0.0)(500)
    0.05
    """
    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float
    power: float
    cycle: bool
    def __init__(
        self,
        initial_learning_rate: SupportsFloat,
        decay_steps: SupportsFloat,
        end_learning_rate: SupportsFloat = 0.0001,
        power: SupportsFloat = 1.0,
        cycle: bool = False,
        *,
        name: str | None = None,
    ) -> None: ...

class Chain(Schedule):
    """One schedule after another, each with steps counted from its own beginning.

        rate(step) = schedules[i](step − boundaries[i − 1])  for
                     boundaries[i − 1] ≤ step < boundaries[i]

    where the first begins at 0 and the last does not end. (A boundary is the first step of the
    next schedule here, the last step of a rate in `PiecewiseConstantDecay`, which is Keras's.)

    Args:
        schedules (Schedule, number or function of the step; required): schedules, numbers or
            functions of the step.
        boundaries (list of numbers, greater than 0; required): the first step of each schedule but
            the first, in increasing order.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> Chain([0.1, Warmup(0.2, 10)], boundaries=[50])([49, 50, 55, 60]).tolist()
    [0.1, 0.0, 0.1, 0.2]
    """
    schedules: Any
    boundaries: Any
    def __init__(
        self,
        schedules: Sequence[Schedule | SupportsFloat | Callable[[Any], Any]],
        boundaries: Sequence[SupportsFloat] | numpy.ndarray,
        *,
        name: str | None = None,
    ) -> None: ...

class OneCycle(Schedule):
    """One rise and one fall over the whole run, ending far below the start.

    From low = peak / div_factor up to the peak over the first ``pct_start`` of the steps, then
    down to low / final_div_factor at step total_steps − 1; with ``three_phase`` down to low in as
    many steps as up, then to the end. Each phase goes along half a cosine wave or a line. Numbers
    and arguments are those of PyTorch's ``OneCycleLR``, whose ``max_lr`` is
    ``peak_learning_rate``; where that raises an error, after the last step, the last rate stays.
    Smith and Topin, 2018, https://arxiv.org/abs/1708.07120.

    Args:
        peak_learning_rate (number, at least 0; required): the highest rate.
        total_steps (number, at least 1; required): steps (calls of apply) of the run, at least 1.
        pct_start (number, at least 0, at most 1; default 0.3): the fraction of the steps that rise,
            0 to 1 (three phases: to 0.5).
        anneal_strategy ('cos' or 'linear'; default 'cos'): "cos" or "linear".
        div_factor (number, greater than 0; default 25.0): peak over first rate.
        final_div_factor (number, greater than 0; default 10000.0): first over last rate.
        three_phase (bool; default False): whether the fall stops at the first rate before it ends.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> OneCycle(0.1, 101, pct_start=0.5, anneal_strategy="linear", div_factor=10.0)(0)
    0.01
    """
    peak_learning_rate: float
    total_steps: float
    pct_start: float
    anneal_strategy: Literal['cos', 'linear']
    div_factor: float
    final_div_factor: float
    three_phase: bool
    def __init__(
        self,
        peak_learning_rate: SupportsFloat,
        total_steps: SupportsFloat,
        pct_start: SupportsFloat = 0.3,
        anneal_strategy: Literal['cos', 'linear'] = 'cos',
        div_factor: SupportsFloat = 25.0,
        final_div_factor: SupportsFloat = 10000.0,
        three_phase: bool = False,
        *,
        name: str | None = None,
    ) -> None: ...

class Warmup(Schedule):
    """A linear warm-up in front of any schedule.

        rate(step) = initial + (schedule(0) − initial) · step / warmup_steps  if step < warmup_steps
        rate(step) = schedule(step − warmup_steps)                            from there on

    The schedule's own steps begin when the warm-up ends, as in Keras's ``CosineDecay``.

    Args:
        schedule (Schedule, number or function of the step; required): a schedule, a number for a
            constant rate, or a function of the step.
        warmup_steps (number, at least 0; required): steps (calls of apply) of the warm-up; 0 for
            none.
        initial (number, at least 0; default 0.0): the rate at step 0.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> Warmup(0.1, warmup_steps=10)([0, 5, 10, 1000]).tolist()
    [0.0, 0.05, 0.1, 0.1]
    """
    schedule: Any
    warmup_steps: float
    initial: float
    def __init__(
        self,
        schedule: Schedule | SupportsFloat | Callable[[Any], Any],
        warmup_steps: SupportsFloat,
        initial: SupportsFloat = 0.0,
        *,
        name: str | None = None,
    ) -> None: ...

class WarmupStableDecay(Schedule):
    """Linear warm-up, a plateau, then a decay: a run whose length is decided late.

        rate(step) = initial + (peak − initial) · step / warmup_steps     in the warm-up
        rate(step) = peak                                                 on the plateau
        rate(step) = end + (peak − end) · f(x)                            in the decay and after

    x is the fraction of the decay that is done, f(x) = 1 − x ("linear"), (1 + cos πx) / 2
    ("cosine") or 1 − √x ("sqrt"). Hu et al. (MiniCPM), 2024, https://arxiv.org/abs/2404.06395;
    the square root: Hägele et al., 2024, https://arxiv.org/abs/2405.18392.

    Args:
        peak_learning_rate (number, at least 0; required): the rate of the plateau.
        warmup_steps (number, at least 0; required): steps (calls of apply) of each phase; 0 for
            none of the first two.
        stable_steps (number, at least 0; required): steps (calls of apply) of each phase; 0 for
            none of the first two.
        decay_steps (number, greater than 0; required): steps (calls of apply) of each phase; 0 for
            none of the first two.
        decay ('linear', 'cosine' or 'sqrt'; default 'linear'): the decay's shape.
        initial_learning_rate (number, at least 0; default 0.0): the rate at step 0, if there is a
            warm-up.
        end_learning_rate (number, at least 0; default 0.0): the rate from the end of the decay on.
        name (str or None; default None): of every schedule, as Keras's; it has no meaning to
            adamas.

    >>> WarmupStableDecay(0.01, 100, 800, 100)([50, 500, 950, 1000]).tolist()
    [0.005, 0.01, 0.005, 0.0]
    """
    peak_learning_rate: float
    warmup_steps: float
    stable_steps: float
    decay_steps: float
    decay: Literal['linear', 'cosine', 'sqrt']
    initial_learning_rate: float
    end_learning_rate: float
    def __init__(
        self,
        peak_learning_rate: SupportsFloat,
        warmup_steps: SupportsFloat,
        stable_steps: SupportsFloat,
        decay_steps: SupportsFloat,
        decay: Literal['linear', 'cosine', 'sqrt'] = 'linear',
        initial_learning_rate: SupportsFloat = 0.0,
        end_learning_rate: SupportsFloat = 0.0,
        *,
        name: str | None = None,
    ) -> None: ...

LearningRateSchedule = Schedule

__all__ = [
    "Chain",
    "Constant",
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "FunctionSchedule",
    "InverseSquareRoot",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "Schedule",
    "Warmup",
    "WarmupStableDecay",
    "argument",
    "as_schedule",
    "choice",
    "deserialize",
    "flag",
    "number",
    "numbers",
    "registry",
    "serialize",
    "takes_step",
]
