"""The functions of NumPy that rules use, on float64 tensors of PyTorch, wherever they are.

For graphs of few numbers between walks, such as those of rows and columns, stacked: an axis of
[batch, rows, columns] is one further back here.
"""

from collections.abc import Callable
from typing import Any

import torch

from ...language.operations import OPERATIONS, name_in


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


_OTHERS = {
    "where": _where,
    "sign": _sign,
    "logical_and": lambda a, b: _truth(a) & _truth(b),
    "logical_or": lambda a, b: _truth(a) | _truth(b),
    "logical_not": lambda a: ~_truth(a),
}


class Namespace:
    """In the place of NumPy for `adamas.language.expression.evaluate`.

    `exchange` makes sums over axes of the whole tensor from those of the part at hand.
    """

    def __init__(self, exchange: Callable[[torch.Tensor, tuple[int, ...]], torch.Tensor]) -> None:
        self._exchange = exchange

    def sum(self, value: Any, axis: tuple[int, ...], keepdims: bool) -> torch.Tensor:
        """As NumPy's."""
        total = lifted(value).sum([place + 1 for place in axis], keepdim=keepdims)
        return self._exchange(total, axis)

    def __getattr__(self, name: str) -> Any:
        if name not in OPERATIONS:
            raise AttributeError(name)
        function = _OTHERS.get(name) or getattr(torch, name_in("torch", name))

        def call(*arguments: Any) -> torch.Tensor:
            return function(*(lifted(argument) for argument in arguments))

        setattr(self, name, call)
        return call
