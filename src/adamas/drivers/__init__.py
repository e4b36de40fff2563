"""Optimizers that look more than once in a call: what they are written with, and L-BFGS."""

from .branches import NO, YES, repeat, when, where
from .driver import Driver
from .lbfgs import LBFGS
from .vector import Vector, dot, is_finite, largest, total_size

DRIVERS = (LBFGS,)
"""Those that are here; the doors take their names from this list."""

__all__ = [
    "DRIVERS",
    "LBFGS",
    "NO",
    "YES",
    "Driver",
    "Vector",
    "dot",
    "is_finite",
    "largest",
    "repeat",
    "total_size",
    "when",
    "where",
]
