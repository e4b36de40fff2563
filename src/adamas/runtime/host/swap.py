"""Averages in the place of parameters, which are kept aside meanwhile."""

from collections.abc import Sequence
from typing import Any

from ...errors import StateError
from .manners import Leaves, Manners


class Swap:
    """What is kept aside.

    Attributes:
        aside: tensors that hold averages, and what they held before; None outside.
    """

    def __init__(self) -> None:
        self.aside: list[tuple[Any, Any]] | None = None
        self._is_stuck = False

    def resumes(self) -> bool:
        """Whether the averages are in place since an exit that failed; the next one may go well."""
        stuck, self._is_stuck = self._is_stuck, False
        return stuck

    def refuse_another(self) -> None:
        """`StateError` if averages are in place."""
        if self.aside is not None:
            raise StateError("averaged() cannot be nested: the averages are in place already.")

    def put(self, manners: Manners, tensors: Leaves, averages: Sequence[Any]) -> None:
        """Write averages into tensors; None leaves one as it is."""
        aside = [(tensor, manners.keep(tensor)) for tensor in tensors]
        write_all(manners, tensors, averages)
        self.aside = aside

    def put_back(self, manners: Manners) -> None:
        """Write what the tensors held before; an error leaves the averages in place."""
        aside = self.aside or []
        self._is_stuck = True
        manners.check_parameters([tensor for tensor, _ in aside])
        write_all(manners, [tensor for tensor, _ in aside], [kept for _, kept in aside])
        self.aside, self._is_stuck = None, False


def write_all(manners: Manners, tensors: Leaves, values: Sequence[Any]) -> None:
    """Write values into tensors; None leaves one as it is."""
    for tensor, value in zip(tensors, values, strict=True):
        if value is not None:
            manners.write(tensor, value)
