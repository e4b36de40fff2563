"""One optimizer, one file: its equations, its declaration, its rule."""

from .adafactor import Adafactor
from .adam import Adam
from .lamb import Lamb
from .loss_scale import LossScaleOptimizer
from .multi import MultiOptimizer
from .muon import Muon
from .schedule_free import ScheduleFreeAdamW

__all__ = [
    "Adafactor",
    "Adam",
    "Lamb",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "ScheduleFreeAdamW",
]
