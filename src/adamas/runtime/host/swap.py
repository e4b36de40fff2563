"""Averages in the place of parameters, which are kept aside meanwhile."""

from collections.abc import Sequence
from typing import Any

from ...errors import StateError
from ...signals import held
from .manners import Leaves, Manners


class Swap:
    """What is kept aside.

    Attributes:
        aside: tensors that hold averages, and what they held before; None outside.
    """

    def __init__(self) -> None:
        self.aside: list[tuple[Any, Any]] | None = None
        self._block: object = None
        self._is_stuck = False

    def resumes(self, block: object) -> bool:
        """Whether averages are in place since an exit that failed; now they are so for `block`."""
        stuck, self._is_stuck = self._is_stuck, False
        if stuck:
            self._block = block
        return stuck

    def refuse_step(self) -> None:
        """`StateError` if averages are in place."""
        if self.aside is not None:
            raise StateError(
                "Inside averaged() the parameters hold the averages, and a step would train "
                "those. Leave the with block first."
            )

    def refuse_another(self) -> None:
        """`StateError` if averages are in place."""
        if self.aside is not None:
            raise StateError("averaged() cannot be nested: the averages are in place already.")

    def put(
        self, manners: Manners, tensors: Leaves, averages: Sequence[Any], block: object
    ) -> None:
        """Write averages into tensors until `block` ends; None leaves one as it is."""
        aside = [(tensor, manners.keep(tensor)) for tensor in tensors]
        with held():
            write_all(manners, tensors, averages)
            self.aside, self._block = aside, block

    def put_back(self, manners: Manners, block: object) -> None:
        """Write what the tensors held before, if averages were put in their place for `block`.

        An error leaves the averages in place.
        """
        if self.aside is None or self._block is not block:
            return
        with held():
            tensors, kept = zip(*self.aside, strict=True) if self.aside else ((), ())
            self._is_stuck = True
            manners.check_parameters(tensors)
            write_all(manners, tensors, kept)
            self.aside, self._is_stuck = None, False


def write_all(manners: Manners, tensors: Leaves, values: Sequence[Any]) -> None:
    """Write values into tensors; None leaves one as it is."""
    for tensor, value in zip(tensors, values, strict=True):
        if value is not None:
            manners.write(tensor, value)
