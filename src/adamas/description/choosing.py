"""What the choice of a rule depends on: it is made once more, and what is asked for is noted."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from ..fields import is_plain


class Noting:
    """Comes before a class of optimizers, in one class more: notes what its objects are asked for.

    An object has, in its dictionary, ``_asked``, a set of names, and ``_compared``, values by the
    name of the number that was compared with them, and of which nothing else was asked.
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """It is no optimizer that anybody declares."""

    def __getattribute__(self, name: str) -> Any:
        object.__getattribute__(self, "__dict__")["_asked"].add(name)
        return super().__getattribute__(name)

    def argument(self, name: str) -> Any:
        """As of `Arguments`."""
        noted = object.__getattribute__(self, "__dict__")
        noted["_asked"].add(name)
        return noted[name]

    def is_always(self, name: str, value: float) -> bool:
        """As of `Arguments`."""
        noted = object.__getattribute__(self, "__dict__")
        noted["_compared"][name].append(value)
        return is_plain(noted[name]) and noted[name] == value


class Asked:
    """What was asked to choose the rule of a description.

    Args:
        description: it may choose among rules by its arguments.
    """

    def __init__(self, description: Any) -> None:
        self._compared: dict[str, list[Any]] = defaultdict(list)
        self._asked: set[str] = set()
        noting = object.__new__(_noting(type(description)))
        # Without what is known of its numbers: they are to be asked for.
        noted = {"_asked": self._asked, "_compared": self._compared, "_readings": None}
        object.__getattribute__(noting, "__dict__").update(vars(description), **noted)
        try:
            noting.rule()
        except Exception:  # told where a step is planned
            self._asked.add("__dict__")

    def of(self, name: str) -> Collection[Any] | None:
        """The values that a number was compared with; None if more was asked of it."""
        if name in self._asked or "__dict__" in self._asked:
            return None
        return tuple(self._compared.get(name, ()))


def _noting(cls: type) -> type:
    """The class of a description that notes; made once for each."""
    known = vars(cls).get("_noting")
    if known is None:
        known = type(cls)(cls.__name__, (Noting, cls), {"__slots__": ()})
        cls._noting = known  # type: ignore[attr-defined]
    return known
