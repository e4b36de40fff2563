"""Where the weights are exact that a parameter of 16 bits rounds: one row for each way.

A step of such a parameter is often smaller than what its numbers are apart, and to nearest it would
not move at all. So the step is made of a master: the weight in float32, whole in a slot, or joined
from the parameter and a slot with the lower half of its bits; or the parameter itself is rounded up
or down by a coin, and moves in the mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .language.codes import bitwise

Values = Mapping[str, Any]


def _of_slot(arrays: Values) -> Any:
    return arrays["master"]


def _whole(p: Any) -> dict[str, Any]:
    return {"master": p, "p": p}


def _of_halves(arrays: Values) -> Any:
    return bitwise("joined", arrays["p"], arrays["remainder"])


def _halves(p: Any) -> dict[str, Any]:
    return {"remainder": bitwise("lower", p), "p": bitwise("upper", p)}


@dataclass(frozen=True)
class Master:
    """A way to keep weights that are finer than their parameter.

    Attributes:
        slots: what is kept beside the parameter, and its dtype; None for as wide as the arithmetic.
        weight: the weight, from arrays by name.
        split: what is stored of a weight, by name; before it is rounded by a coin, if it is.
        coin: whether the parameter is rounded by a coin.
        dtypes: of the parameters that it is for.
    """

    slots: Mapping[str, str | None]
    weight: Callable[[Values], Any]
    split: Callable[[Any], dict[str, Any]]
    coin: bool = False
    dtypes: tuple[str, ...] = ("bfloat16",)


def _parameter(arrays: Values) -> Any:
    return arrays["p"]


def _itself(p: Any) -> dict[str, Any]:
    return {"p": p}


NOTHING = Master({}, _parameter, _itself)
"""The parameter is the weight."""

MASTERS: Mapping[str, Master] = {
    "float32": Master({"master": None}, _of_slot, _whole, dtypes=("bfloat16", "float16")),
    "remainder": Master({"remainder": "int16"}, _of_halves, _halves),
    "stochastic": Master({}, _parameter, _itself, coin=True),
}
"""What ``master`` may be."""

NARROW = ("bfloat16", "float16")
"""Parameters that have a master, if one is asked for; others are as fine as the arithmetic."""


def master_for(name: str | None, dtype: str) -> Master:
    """The master of parameters of a dtype."""
    return NOTHING if name is None or dtype not in NARROW else MASTERS[name]
