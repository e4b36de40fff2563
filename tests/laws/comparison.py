"""What all laws start from, and how what a front end holds is compared with what is right."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from front import Front
from optimizers import Case
from plain import Plain
from stored import decoded

CLOSE = 2e-5
"""Of the largest in an array: some roundings of float32 in a few steps."""

RARE = 1000
"""Of so many weights in 8 bits, which no others are, one may have the code beside the right one: a
last bit of float32 turns one coin of many."""

CODE = 1 / 8
"""How far a code is from the one beside it, of the value; the least step is below `CLOSE`."""

NOTHING: Mapping[str, tuple[int, ...]] = {}


def random(seed: int, more: Mapping[str, tuple[int, ...]] = NOTHING) -> dict[str, Any]:
    """A vector and a matrix of float32 by name, between 1/2 and 2 in magnitude; `more` beside."""
    chance = np.random.default_rng(seed)
    shapes = {"bias": (3,), "kernel": (2, 3), **more}
    return {
        n: (chance.choice([-1, 1], s) * chance.uniform(0.5, 2, s)).astype(np.float32)
        for n, s in shapes.items()
    }


def both(front: type[Front], case: Case, steps: int = 0) -> tuple[Front, Plain]:
    """A front end and what is right, after so many steps."""
    first = random(0, case.shapes)
    ours, right = front(case, first), Plain(case, first)
    go_on(ours, right, steps)
    return ours, right


def go_on(ours: Front, right: Plain, steps: int) -> None:
    """So many calls more, with new gradients."""
    for _ in range(steps):
        grads = random(1 + right.calls, ours.case.shapes)
        ours.step(grads)
        right.step(grads)


def with_averages(case: Case) -> Case:
    """An optimizer that has averages: its own, or those of the step."""
    return case if case.averages() else case.with_common(use_ema=True, ema_momentum=0.5)


def assert_close(ours: Mapping[str, Any], right: Mapping[str, Any]) -> None:
    """The same names, and values but for some roundings."""
    assert sorted(ours) == sorted(right)
    for name, array in ours.items():
        expected = np.asarray(right[name])
        assert np.size(array) == expected.size, f"{name}: {np.shape(array)}"
        array, scale = np.reshape(array, expected.shape), np.abs(expected).max()
        distance = np.abs(array - expected)
        off = distance > CLOSE * scale
        beside = off & (distance <= CODE * np.abs(expected) + CLOSE * scale)
        if off.sum() <= array.size // RARE:
            expected = np.where(beside, array, expected)
        np.testing.assert_allclose(array, expected, rtol=0, atol=CLOSE * scale, err_msg=name)


def assert_same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Bit for bit the same."""
    assert sorted(ours) == sorted(theirs)
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)


def assert_saved(ours: Front, right: Plain) -> None:
    """What is saved is what is right, but for sums of gradients, which no rule knows."""
    saved = ours.saved()
    assert saved.metadata["counters"] == right.counters()
    tensors = {n: a for n, a in saved.tensors.items() if not n.startswith("accumulator/")}
    assert_close(decoded(tensors), right.state())


def assert_counters(ours: Front, right: Plain) -> None:
    """The counters that the front end shows are right."""
    assert ours.counters() == right.counters()
