"""What type checkers know of a number: it is set to all that gives one, and read as one.

The annotation of a declared field is the type that it is set to; at run time nothing else is left.
"""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:

    class Setting(Generic[T]):
        """A number, for type checkers; None where it may be off."""

        def __get__(self, one: Any, kind: Any) -> Any: ...

        def __set__(self, one: Any, value: T) -> None: ...

    class RateSetting(Generic[T]):
        """A rate, for type checkers: read, it is that of the next call."""

        def __get__(self, one: Any, kind: Any) -> float: ...

        def __set__(self, one: Any, value: T) -> None: ...

else:

    class Setting:
        """At run time, what the number may be set to."""

        def __class_getitem__(cls, values: Any) -> Any:
            return values

    RateSetting = Setting
