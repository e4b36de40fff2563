"""The functions of NumPy that rules use, on float64 tensors of PyTorch, wherever they are.

For graphs of few numbers between walks, such as those of rows and columns of all tensors.
"""

from collections.abc import Callable
from functools import partial, reduce
from operator import or_
from typing import Any

import torch

from ...language.expression import STEP, TENSOR
from ...language.noise import WORD, piece
from ...language.operations import OPERATIONS, name_in
from ...language.reductions import REDUCTIONS
from .spaces import Flat, Spaces


def lifted(value: Any) -> torch.Tensor:
    """A number as a tensor that goes with those of any device."""
    if isinstance(value, torch.Tensor):
        return value if value.dtype in (torch.float64, torch.bool) else value.double()
    return torch.tensor(value, dtype=torch.float64)


def _where(condition: Any, yes: Any, no: Any) -> torch.Tensor:
    return torch.where(_truth(condition), lifted(yes), lifted(no))


def _truth(value: Any) -> torch.Tensor:
    value = lifted(value)
    return value if value.dtype == torch.bool else value != 0


def _sign(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x != x, x, torch.sign(x))  # PyTorch makes 0 of a NaN


def _cbrt(x: torch.Tensor) -> torch.Tensor:
    root = torch.copysign(torch.abs(x) ** (1 / 3), x)
    # By Newton's method from as near as a power is; not where there is nothing to divide by.
    closer = root - (root - x / (root * root)) / 3
    return torch.where((x == 0) | ~torch.isfinite(x), root, closer)


_OTHERS = {
    "cbrt": _cbrt,
    "where": _where,
    "sign": _sign,
    "logical_and": lambda a, b: _truth(a) & _truth(b),
    "logical_or": lambda a, b: _truth(a) | _truth(b),
    "logical_not": lambda a: ~_truth(a),
}


class Namespace:
    """In the place of NumPy for `adamas.language.evaluation.evaluate`, on what varies in a batch.

    `reduced` makes reductions, by name, over axes of the whole tensors.
    """

    def __init__(
        self, spaces: Spaces, reduced: Callable[[str, Flat, tuple[int, ...]], Flat]
    ) -> None:
        self._spaces = spaces
        self._reduced = reduced

    def _reduction(self, name: str, value: Any, axis: tuple[int, ...], keepdims: bool) -> Flat:
        return self._reduced(name, Flat(lifted(value.values), value.extent), axis)

    def key(self, *given: Any) -> Flat:
        """A piece of a key of random numbers (`adamas.language.noise`)."""
        *parts, name, place = given
        values = [lifted(p.values if isinstance(p, Flat) else p) for p in parts]
        words = [value.to(torch.int64) & WORD for value in values]
        return Flat(piece(place, name, words).double(), STEP)

    def __getattr__(self, name: str) -> Any:
        if name in REDUCTIONS:
            return partial(self._reduction, name)
        if name not in OPERATIONS:
            raise AttributeError(name)
        function = _OTHERS.get(name) or getattr(torch, name_in("torch", name))

        def call(*arguments: Any) -> Any:
            extents = [one.extent for one in arguments if isinstance(one, Flat)]
            extent = reduce(or_, extents, TENSOR)
            given = [
                self._spaces.spread(one, extent) if isinstance(one, Flat) else one
                for one in arguments
            ]
            result = function(*(lifted(one) for one in given))
            return Flat(result, extent) if extents else result

        setattr(self, name, call)
        return call
