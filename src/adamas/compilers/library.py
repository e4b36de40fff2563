"""A library of tensors as values: what is asked of it to compute the passes of a step."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ..language.matrices import Whole

Values = Mapping[str, Any]
Arrays = dict[str, Any]


class Library(Protocol):
    """What is asked of a library of tensors."""

    @property
    def scalar(self) -> str:
        """The dtype of numbers that are tensors: float64, or float32 where there is no other."""
        ...

    @property
    def word(self) -> str:
        """The dtype of whole numbers of 32 bits without a sign, or of more if there is none."""
        ...

    def along(self, shape: tuple[int, ...], axis: int, dtype: str) -> Any:
        """The place along an axis of each element of a shape."""
        ...

    def bits(self, value: Any) -> Any:
        """The bits of each float32, as whole numbers of the dtype `word`."""
        ...

    def from_bits(self, bits: Any) -> Any:
        """The float32 of which these are the bits."""
        ...

    def function(self, name: str) -> Callable[..., Any]:
        """The function that NumPy calls `name`; also ``expm1``."""
        ...

    def reduce(self, name: str, value: Any, axes: tuple[int, ...]) -> Any:
        """The reduction that NumPy calls `name` over `axes`, which keep the length 1."""
        ...

    def cast(self, value: Any, dtype: str) -> Any:
        """A tensor of this dtype, from a tensor or a number."""
        ...

    def dtype(self, value: Any) -> str:
        """The name of a tensor's dtype."""
        ...

    def reshape(self, value: Any, shape: tuple[int, ...]) -> Any:
        """The same elements in another shape."""
        ...

    def broadcast(self, value: Any, shape: tuple[int, ...]) -> Any:
        """`value` repeated to `shape`."""
        ...

    def full(self, like: Any, value: Any, dtype: str) -> Any:
        """A tensor of the shape of `like`, and placed as it is, with `value` everywhere."""
        ...

    def whole(
        self, function: Whole, arrays: Sequence[Any], numbers: Sequence[Any]
    ) -> tuple[Any, ...]:
        """The results of a function of whole tensors (`adamas.whole_tensor`) that is called."""
        ...

    def apart(self, arrays: Arrays) -> Arrays:
        """The same tensors; what is computed from them is not shared with what others need."""
        ...

    def chosen(self, value: Any, condition: Any) -> Any:
        """The same value, which is used where the condition, bool [], holds; derivatives ask."""
        ...

    def all_finite(self, values: Sequence[Any]) -> Any:
        """Whether all elements of tensors of one shape are finite, bool []."""
        ...

    def choose(
        self, condition: Any, one: Callable[[], list[Any]], other: Callable[[], list[Any]]
    ) -> list[Any]:
        """What `one` computes where the condition, bool [], holds, else what `other` does."""
        ...
