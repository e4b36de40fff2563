"""What is known of many objects, laid out for the compiled look of their guard."""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from .. import store
from ..look import Occupied
from .guard import Guard
from .guard_text import record_of, text_of


class Known(NamedTuple):
    """What is known of an object.

    Attributes:
        type: its type, compared by address.
        facts: a number for each of the guard's.
        form: its sizes, then its strides.
        word: the address of the int64 word in which its address is kept.
        low, high: the bounds of its bytes, relative to its address.
    """

    type: type
    facts: Mapping[str, int]
    form: Sequence[int]
    word: int
    low: int = 0
    high: int = 0


class _Forms:
    """A table of bounds, sizes and strides, in which those that are alike stand once."""

    def __init__(self) -> None:
        self.words: list[int] = []
        self._places: dict[tuple[int, ...], int] = {}

    def place(self, form: Sequence[int]) -> int:
        """Where a form stands in the table."""
        if (place := self._places.setdefault(tuple(form), len(self.words))) == len(self.words):
            self.words += form
        return place


class CompiledLook:
    """A look by compiled code.

    Args:
        guard: how the objects are read.
        known: what was found when they were checked.
        moves: the objects may lie anywhere, and their addresses are written to the words.
            Otherwise they must lie where they did.
        occupied: memory that objects which move may not touch.
        alive: whatever is compared by its address, or holds the words.
    """

    def __init__(
        self,
        guard: Guard,
        known: Sequence[Known],
        *,
        moves: bool,
        occupied: Occupied | None = None,
        alive: Any = None,
    ) -> None:
        self._function, self._both = _functions(guard)
        self._count = len(known)
        forms = _Forms()
        records = []
        for one in known:
            place = forms.place((one.low, one.high, *one.form))
            words = {"type": id(one.type), "axes": len(one.form) // 2, "form": place}
            words |= {**one.facts, "word": one.word}
            records.append([words[name] for name in record_of(guard)])
        none = np.zeros(0, np.uint64)
        lows, highs = (none, none) if occupied is None else (occupied.lows, occupied.highs)
        tables = np.array(records, np.int64), np.array(forms.words, np.int64), lows, highs
        functions = [answer.function for answer in guard.answers.values()]
        addresses = [table.ctypes.data for table in tables]
        context = [self._count, moves, len(lows), *addresses, *functions]
        self._context = np.array(context, np.int64)
        self._address = self._context.ctypes.data
        self._alive: tuple[Any, ...] = (tables, [one.type for one in known], alive)

    def __call__(self, values: Sequence[Any]) -> bool:
        """Whether all are as known; only then all kept addresses are right."""
        values = values if type(values) is list else list(values)
        return len(values) == self._count and self._function(self._address, id(values)) == 1

    def then(self, other: "CompiledLook") -> Callable[[Sequence[Any], Sequence[Any]], bool]:
        """This look and, if all is as known, another one of the same guard, in one call."""
        contexts = np.array([self._address, other._address], np.int64)
        both, pair = self._both, contexts.ctypes.data
        self._alive = (*self._alive, contexts)
        count, more = self._count, other._count

        def look(values: Sequence[Any], further: Sequence[Any]) -> bool:
            if type(values) is not list or type(further) is not list:
                return self(values) and other(further)
            if len(values) != count or len(further) != more:
                return False
            return both(pair, id(values), id(further)) == 1

        return look


@cache
def _functions(guard: Guard) -> tuple[Any, Any]:
    """The compiled functions, to 1 or 0: of the context of a look and a list, or two of each."""
    address = ctypes.c_void_p
    code = store.load(text_of(guard))
    look = code.function("look", address, address, returns=ctypes.c_int64, gil=True)
    both = code.function("look_both", *(address,) * 3, returns=ctypes.c_int64, gil=True)
    return look, both
