"""The table: law × front end × optimizer, what is not in it, and which cells are wrong today."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import pytest

import average_laws
import call_laws
import state_laws
from fronts import FRONTS
from law import Law
from optimizers import CASES
from today import TODAY

EVERY: Mapping[str, Law] = {**state_laws.LAWS, **average_laws.LAWS, **call_laws.LAWS}
"""Every law."""

LAWS = {name: [f"adamas.runtime.{m}" for m in law.holders.split()] for name, law in EVERY.items()}
"""Every law → the module that holds it, or two, once for all front ends."""

Cell = tuple[str, str, str]
"""A law, a front end, an optimizer; or patterns for them."""

WITH_FILES = (
    *(
        "slots *",
        "a file *",
        "what was saved *",
        "what is stored *",
        "what fits *",
        "a skipped *",
        "an update *",
    ),
    "a number that is set is * after loading*",
    "a group *",
)
"""Laws that look into files."""

SCHEDULED = "own average, scheduled"
COMPOSITE = [name for name, case in CASES.items() if case.composite]
OF_ITS_OWN = "refused: a class must have a rule of its own"
BY_SCHEDULE = "refused: a rate that follows a schedule cannot be set"
STATE_DICT = "refused: groups do not have one number for all parameters, as a file has"
NO_COPIES = "Keras's own optimizers lose their state in a copy, too: models carry it"
OWN_CLOCKS = "by PyTorch's manners each parameter counts the updates that it had"
NO_SWAP = "nothing is swapped: averages are values, or written in the end"

IN_GROUPS = [name for name in COMPOSITE if CASES[name].in_groups]
SEVERAL = [name for name in COMPOSITE if not CASES[name].scale]
REFUSED = [(front, name) for front in ("torch", "keras") for name in COMPOSITE if CASES[name].scale]

ABSENT: dict[Cell, str] = {
    **{("*", *pair): OF_ITS_OWN for pair in REFUSED},
    **{(law, "torch", name): STATE_DICT for law in WITH_FILES for name in SEVERAL},
    **{("a file of torch goes on", "*", name): STATE_DICT for name in SEVERAL},
    **{
        (f"a file of {front} goes on", "*", case): OF_ITS_OWN
        for front in ("torch", "keras")
        for case in COMPOSITE
        if CASES[case].scale
    },
    **{
        ("a number that is set is *", front, SCHEDULED): BY_SCHEDULE
        for front in ("numpy", "tensors", "torch", "keras")
    },
    ("a number that is set is back*", "jax", SCHEDULED): BY_SCHEDULE,
    ("a number that is set is no more*", "jax", "*"): "numbers are given to one call",
    ("a number that is set is *", "optax", "*"): "numbers change by optax.inject_hyperparams",
    ("a number that is set is that of averages", "jax", "*"): "numbers are given to one call",
    ("averages come in and go out", "keras", "*"): NO_SWAP,
    **{("an exit that fails*", front, "*"): NO_SWAP for front in ("jax", "optax", "keras")},
    **{
        ("averages of other arrays*", front, "*"): "it takes none but its own parameters"
        for front in ("torch", "keras")
    },
    ("what was saved between*", "optax", "*"): "compiled at length, and its state is that of jax",
    ("what is stored otherwise*", "optax", "*"): "its state is that of jax, which is converted",
    ("what fits goes on by name", "optax", "*"): "its state is that of jax, and so are its files",
    ("what fits goes on by name", "*", "sums over all"): "other parameters give other sums",
    ("what had no gradient goes on", "torch", "*"): OWN_CLOCKS,
    **{
        ("a number that is set is *", "keras", name): "several optimizers have no rate to be set"
        for name in SEVERAL
    },
    ("a group is closed", "*", "states in bfloat16"): "a sum is rounded in each call but the last",
    **{(f"a {way} goes on", "keras", "*"): NO_COPIES for way in ("pickle", "deepcopy")},
}
"""What is not there to be tried, and why."""


def found(table: Mapping[Cell, Any], cell: Cell) -> str | None:
    """What a table with patterns says about a cell."""
    for patterns, reason in table.items():
        if all(fnmatchcase(*pair) for pair in zip(cell, patterns, strict=True)):
            return reason
    return None


def cells(laws: Mapping[str, Law]) -> Iterator[Cell]:
    """What is there to be tried of some laws."""
    for cell in product(laws, FRONTS, CASES):
        if fnmatchcase(cell[2], laws[cell[0]].cases) and found(ABSENT, cell) is None:
            yield cell


def params(laws: Mapping[str, Law]) -> list[Any]:
    """The cells as parameters of a test; those that are wrong today must fail."""
    return [pytest.param(*cell, marks=marks(cell), id=" - ".join(cell)) for cell in cells(laws)]


def marks(cell: Cell) -> list[Any]:
    """A cell that is wrong today must fail."""
    reason = found(TODAY, cell)
    return [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
