"""The declared shapes of slots: what a class says, with its arguments for sizes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import RuleError
from ..language.shapes import Shape

OF_A_MATRIX = ("rows", "columns", "smaller", "larger")


def forms_of(cls: Any, size_of: Callable[[str], Any]) -> dict[str, Shape]:
    """The declared shape of each slot that a class names in `shapes`.

    Args:
        size_of: gives the value of an argument.

    Raises `RuleError` for what is no size.
    """
    return {slot: _form(cls, slot, declared, size_of) for slot, declared in cls.shapes.items()}


def _form(cls: Any, slot: str, declared: Any, size_of: Callable[[str], Any]) -> Shape:
    shape = declared if isinstance(declared, Shape) else Shape(*declared)
    sizes = [
        size if size in OF_A_MATRIX else _number(cls, slot, size, size_of) for size in shape.sizes
    ]
    bounds = (
        None if bound is None else _number(cls, slot, bound, size_of)
        for bound in (shape.at_most, shape.above)
    )  # fmt: skip
    return Shape(*sizes, at_most=next(bounds), above=next(bounds))


def _number(cls: Any, slot: str, size: Any, size_of: Callable[[str], Any]) -> int:
    field = cls.fields.get(size) if isinstance(size, str) else None
    value = size_of(size) if field is not None and field.decides_structure else size
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise RuleError(
        f"{cls.__name__}.shapes must give each size of {slot!r} as 'rows', 'columns', 'smaller' or "
        "'larger', a whole number, or an argument that is fixed by build (rank: int = "
        f"hyperparameter(default=4, at_least=1, whole=True, structure=True)). Got: {size!r}."
    )


def refuse_unknown_slots(cls: Any, slots: Iterable[str], forms: Mapping[str, Shape]) -> None:
    """`RuleError` for a shape of what is no slot of a class with one rule."""
    known = tuple(slots)
    for slot in forms:
        if slot not in known:
            raise RuleError(
                f"{cls.__name__}.shapes gives a shape to {slot!r}, which is no slot of its rule. "
                f"Its slots: {', '.join(known) or 'none'}."
            )
