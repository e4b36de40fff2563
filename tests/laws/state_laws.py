"""Laws of what is remembered: first values, carried numbers, files and copies."""

import functools
import tempfile
import warnings
from pathlib import Path

import numpy as np

from comparison import assert_close, assert_same, assert_saved, both, go_on, random
from front import COPIES, Front
from fronts import FRONTS
from law import Law
from optimizers import Case


def first_values(front: type[Front], case: Case) -> None:
    assert_saved(*both(front, case))


def steps(front: type[Front], case: Case) -> None:
    ours, right = both(front, case, 3)
    assert_close(ours.params(), right.params())


def number_set(front: type[Front], case: Case) -> None:
    ours, right = both(front, case, 1)
    ours.set_rate(0.7)
    right.set_rate(0.7)
    go_on(ours, right, 1)
    assert_close(ours.params(), right.params())


def portable(front: type[Front], case: Case) -> None:
    assert_saved(*both(front, case, 2))


def file_from(source: str, front: type[Front], case: Case) -> None:
    other, right = both(FRONTS[source], case, 2)
    after = front(case, other.params())
    moved(other, after)
    go_on(after, right, 2)
    assert_close(after.params(), right.params())


def saved(front: type[Front], case: Case, steps: int = 2) -> None:
    ours, right = both(front, case, steps)
    after = front(case, ours.params())
    moved(ours, after)
    go_on(after, right, 2)
    assert_close(after.params(), right.params())
    assert_saved(after, right)


def back_after_loading(front: type[Front], case: Case) -> None:
    """Steps of JAX have their numbers from their caller; they load those of others."""
    source = front if front.keeps_numbers else FRONTS["numpy"]
    ours, right = both(source, case, 1)
    for one in (ours, right):
        one.set_rate(0.7)
    go_on(ours, right, 1)
    after = front(case, ours.params())
    moved(ours, after)
    go_on(after, right, 2)
    assert_close(after.params(), right.params())


def rolled_back(front: type[Front], case: Case) -> None:
    ours, right = both(front, case, 1)
    with tempfile.TemporaryDirectory() as folder:
        ours.save(Path(folder) / "state")
        ours.set_rate(0.7)
        ours.load(Path(folder) / "state")
    go_on(ours, right, 2)
    assert_close(ours.params(), right.params())


def stored_otherwise(front: type[Front], case: Case) -> None:
    """As by an optimizer constructed so, which loads the same state, and says what it rounds."""
    ours, _ = both(front, case, 2)
    other = front(case.storing("bfloat16"), ours.params())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*rounded once")
        moved(ours, other)
    ours.convert("bfloat16")
    for seed in (3, 4):
        ours.step(random(seed, case.shapes))
        other.step(random(seed, case.shapes))
    assert_same(ours.params(), other.params())
    assert_same(ours.state(), other.state())


def moved(source: Front, target: Front) -> None:
    """The state goes from one to the other through a file."""
    with tempfile.TemporaryDirectory() as folder:
        source.save(Path(folder) / "state")
        target.load(Path(folder) / "state")


def part(front: type[Front], case: Case) -> None:
    """The same body under another head, and with a layer more."""
    ours, right = both(front, case.having(head=(4,)), 2)
    others = {"head": np.full(5, 0.5, np.float32), "layer": np.full((2, 2), 0.5, np.float32)}
    after = front(case, {**ours.params(), **others})
    with tempfile.TemporaryDirectory() as folder:
        ours.save(Path(folder) / "state")
        loaded = after.load_part(Path(folder) / "state")
    slots = [name.partition("/")[0] for name in right.state() if name.endswith("/head")]
    if slots:
        large = any(np.size(right.state()[f"{slot}/head"]) == 4 for slot in slots)
        heads = {"head"} if large else set()  # else the same for any shape
        assert {*loaded.taken} == {"bias", "kernel", "head"} - heads
        assert {*loaded.new} == {"layer"} | heads
        assert {*loaded.left} == {*loaded.different} == heads
    grads = random(1 + right.calls, ours.case.shapes)
    after.step({**grads, **others})
    right.step(grads)
    found, wanted = after.params(), right.params()
    assert_close(*({n: one[n] for n in random(0)} for one in (found, wanted)))
    assert not np.array_equal(found["layer"], others["layer"])


def copied(way: str, front: type[Front], case: Case) -> None:
    ours, right = both(front, case, 2)
    before, after = ours.params(), ours.copied(way)
    go_on(after, right, 2)
    assert_close(after.params(), right.params())
    assert_same(ours.params(), before)


SOURCES = [name for name in FRONTS if name != "optax"]
"""Who writes files; a state of optax is written as one of JAX."""

LAWS = {
    "slots have their first values": Law("slots", first_values),
    "steps are those of the plain loop": Law("scalars", steps),
    "a number that is set is the next step's": Law("scalars", number_set),
    "a number that is set is back after loading": Law("moved", back_after_loading),
    "a number that is set is no more after loading what was before": Law("moved", rolled_back),
    "a file holds the state by portable names": Law("names", portable),
    "what was saved goes on": Law("files", saved),
    "what is stored otherwise goes on": Law("conversion", stored_otherwise, "*[Aa]dam*"),
    "what fits goes on by name": Law("loaded", part),
    **{f"a {way} goes on": Law("host.state", functools.partial(copied, way)) for way in COPIES},
    **{
        f"a file of {source} goes on": Law("names", functools.partial(file_from, source))
        for source in SOURCES
    },
}
