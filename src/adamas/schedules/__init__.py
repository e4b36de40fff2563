"""Learning rates as pure functions of the step: schedules.

A step is a call of ``apply``, counted from 0. All numbers are float64 on the host; arrays of JAX
are traced. `Schedule` is the class to subclass for one's own.
"""

from ..fields import takes_step
from ..registry import no_attribute
from .arguments import argument, choice, flag, number, numbers
from .conversion import Constant, FunctionSchedule, as_schedule
from .decays import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseSquareRoot,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from .phases import Chain, OneCycle, Warmup, WarmupStableDecay
from .schedule import Schedule, deserialize, registry, serialize

LearningRateSchedule = Schedule
"""Keras's name of `Schedule`."""

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

_WAYS = {
    name: f"Use adamas.schedules.{ours}."
    for name, ours in {
        "CosineAnnealingLR": "CosineDecay", "CosineAnnealingWarmRestarts": "CosineDecayRestarts",
        "StepLR": "PiecewiseConstantDecay", "MultiStepLR": "PiecewiseConstantDecay",
        "ExponentialLR": "ExponentialDecay", "PolynomialLR": "PolynomialDecay",
        "OneCycleLR": "OneCycle", "LinearLR": "Warmup", "LinearWarmup": "Warmup",
        "SequentialLR": "Chain", "join_schedules": "Chain", "LambdaLR": "FunctionSchedule",
        "cosine_decay_schedule": "CosineDecay", "warmup_cosine_decay_schedule": "Warmup",
        "LearningRateSchedule": "Schedule",
    }.items()
}  # fmt: skip


def __getattr__(name: str) -> object:
    """What is not here, with the way out."""
    raise no_attribute(__name__, name, __all__, _WAYS)
