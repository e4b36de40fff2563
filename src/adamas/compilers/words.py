"""Numbers of 32 bits by any library of tensors, and the floats that they are made into."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .library import Library


def is_known(value: Any) -> bool:
    """Whether `value` is a number of Python, not a tensor."""
    return isinstance(value, float | int)


@dataclass(frozen=True)
class Words:
    """What is computed of the bits of a tensor's weights.

    Args:
        library: by which.
        shape: of the tensor.
        kind: the dtype of the arithmetic.
    """

    library: Library
    shape: tuple[int, ...]
    kind: str

    @abstractmethod
    def operation(self, name: str) -> Callable[..., Any]:
        """One of those that a graph asks for, by its name there."""
        ...

    def word(self, whole: Any) -> Any:
        """Whole numbers, or one, as 32 bits without a sign, or more."""
        return self.library.cast(whole, self.library.word)

    def number(self, whole: Any) -> Any:
        """As the arithmetic has numbers."""
        return self.library.cast(whole, self.kind)

    def single(self, value: Any) -> Any:
        """A float32 for each weight."""
        return self.library.broadcast(self.library.cast(value, "float32"), self.shape)
