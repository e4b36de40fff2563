"""NumPy's functions by any library of tensors, for a graph to be evaluated with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..dtypes import wide
from ..language.bits import ON_BLOCKS
from ..language.matrices import Whole
from ..language.reductions import REDUCTIONS
from .drawing import Drawing
from .halves import HALVES, Halves
from .in_blocks import Coding
from .library import Library
from .words import Words, is_known

_ON_WORDS: Mapping[str, type[Words]] = {
    **dict.fromkeys(ON_BLOCKS, Coding),
    **dict.fromkeys(HALVES, Halves),
    **dict.fromkeys(("key", "drawn"), Drawing),
}
"""Who has the operations that are made of bits, by their names."""


class Arithmetic:
    """NumPy as `evaluate` asks for it: numbers that are known stay Python's."""

    def __init__(
        self, library: Library, axes: int = 2, form: tuple[int, ...] = (), kind: str = "float32"
    ) -> None:
        """`form` and `kind` are the shape and the dtype of what it computes for each weight."""
        self._library = library
        self._axes = axes
        self._form, self._kind = form, kind

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in REDUCTIONS:
            return partial(self._reduced, name)
        if name in _ON_WORDS:
            return _ON_WORDS[name](self._library, self._form, self._kind).operation(name)
        known, own = getattr(np, name), self._library.function(name)

        def call(*arguments: Any) -> Any:
            if all(map(is_known, arguments)):
                return known(*arguments).item()
            return own(*arguments)

        return call

    def where(self, condition: Any, chosen: Any, otherwise: Any) -> Any:
        """Without a choice where the condition is known; the result varies over what both do."""
        if is_known(condition):
            value, other = (chosen, otherwise) if condition else (otherwise, chosen)
            return self._spread(value, other)
        return self._library.function("where")(condition, chosen, otherwise)

    def _spread(self, value: Any, other: Any) -> Any:
        """`value` along the axes of `other`, over which it may be summed."""
        own, others = (tuple(getattr(one, "shape", ())) for one in (value, other))
        form = np.broadcast_shapes(own, others)
        if form == own:
            return value
        if is_known(value):
            value = self._library.cast(value, wide(self._library.dtype(other)))
        return self._library.broadcast(value, form)

    def _reduced(self, name: str, value: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
        """A reduction over axes of [batch, rows, columns]."""
        rows, columns = self._axes - 2, self._axes - 1
        own = {0: range(rows), 1: (rows,), 2: (columns,)}
        axes = tuple(a for one in axis for a in own[one] if a >= 0)
        return self._library.reduce(name, value, axes)

    def whole(self, function: Whole, *given: Any) -> Any:
        """A function of whole tensors: an array, or several in a tuple."""
        arrays, numbers = given[: function.takes], given[function.takes :]
        made = self._made(function, arrays, numbers)
        return made[0] if len(made) == 1 else made

    def _made(self, function: Whole, arrays: Sequence[Any], numbers: Sequence[Any]) -> Any:
        """The results, where it depends on a condition those of one of two ways."""
        library = self._library
        if not function.conditional:
            return library.whole(function, arrays, numbers)
        *numbers, when = numbers
        kept = [arrays[place] for place in function.gives]
        called = replace(function, conditional=False)
        if is_known(when):
            return library.whole(called, arrays, numbers) if when else kept
        condition = library.function("not_equal")(when, 0)
        return library.choose(
            condition, lambda: list(library.whole(called, arrays, numbers)), lambda: kept
        )
