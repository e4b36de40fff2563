"""A front end that lies for each law, so that its check must fail."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from front import COPIES, Front
from fronts_in_place import NumPy
from optimizers import leaves
from state_laws import SOURCES


def nothing(self: Any, *given: Any) -> None:
    """Does not do what it says."""


def emptied(self: NumPy) -> Any:
    """Saves zeros."""
    saved = NumPy.saved(self)
    tensors = {name: np.zeros_like(array) for name, array in saved.tensors.items()}
    return SimpleNamespace(tensors=tensors, metadata=saved.metadata)


def uphill(self: NumPy, grads: Any) -> None:
    """Steps the other way."""
    NumPy.step(self, {name: -gradient for name, gradient in grads.items()})


def begun_anew(self: NumPy, way: str) -> Front:
    """Copies the parameters only."""
    return type(self)(self.case, self.params())


def pretended(self: NumPy, path: Any) -> Any:
    """Says what could be taken, and takes nothing."""
    return NumPy(self.case, self.params()).load_part(path)


def forgetful(self: NumPy, path: Any) -> None:
    """Goes on with the numbers that it was constructed with."""
    NumPy.load(self, path)
    for one in leaves(self.optimizer):
        one.learning_rate = one.constructed["learning_rate"]


def obstinate(self: NumPy, path: Any) -> None:
    """Keeps the numbers that it has."""
    rates = [one.learning_rate for one in leaves(self.optimizer)]
    NumPy.load(self, path)
    for one, rate in zip(leaves(self.optimizer), rates, strict=True):
        one.learning_rate = rate


def said(self: NumPy) -> bool:
    """Says that an update was made."""
    return True


def overwritten(self: NumPy, others: Any) -> list[Any]:
    """Ignores the other arrays, and writes into its own."""
    self.finalize()
    return [self.params()]


@contextmanager
def kept(self: NumPy) -> Iterator[None]:
    """Leaves the averages in place."""
    self.finalize()
    yield


def another(self: NumPy) -> Any:
    """Shows what another optimizer counts."""
    return self.case.declared()


def with_ones(self: NumPy, grads: Any) -> None:
    """Moves what has no gradient."""
    ones = {name: np.ones_like(array) for name, array in self.params().items()}
    NumPy.step(
        self, {n: ones[n] if gradient is None else gradient for n, gradient in grads.items()}
    )


def silent(self: NumPy, grads: Any) -> None:
    """Accepts what is no step."""
    if any(gradient is not None for gradient in grads.values()):
        NumPy.step(self, grads)


def hasty(self: NumPy, grads: Any) -> None:
    """Writes before it looks."""
    self.own["kernel"] *= 1.01
    NumPy.step(self, grads)
    self.own["kernel"] /= 1.01


def touched(self: NumPy, grads: Any) -> None:
    """Moves the other parameter in a call that is skipped."""
    NumPy.step(self, grads)
    if not np.isfinite(grads["kernel"]).all():
        self.own["bias"] += 1


def thawed(self: NumPy, case: Any, params: Any) -> None:
    """Gives all parameters to the first member."""
    NumPy.__init__(self, case.of(("", case.members[0][1])), params)


def impatient(self: NumPy, case: Any, params: Any) -> None:
    """Updates in every call."""
    NumPy.__init__(self, case.with_common(gradient_accumulation_steps=1), params)


Lie = tuple[str, Mapping[str, Callable[..., Any]]]

LIES: dict[str, Lie] = {
    "slots have their first values": ("ScheduleFreeAdamW", {"saved": emptied}),
    "steps are those of the plain loop": ("Adam", {"step": uphill}),
    "a number that is set is the next step's": ("Adam", {"set_rate": nothing}),
    "a number that is set is back after loading": ("Adam", {"load": forgetful}),
    "a number that is set is no more after loading what was before": ("Adam", {"load": obstinate}),
    "a file holds the state by portable names": ("Nadam", {"saved": emptied}),
    "what was saved goes on": ("Adam", {"load": nothing}),
    "what is stored otherwise goes on": ("Adam", {"convert": nothing}),
    "what fits goes on by name": ("Adam", {"load_part": pretended}),
    **{f"a {way} goes on": ("Nadam", {"copied": begun_anew}) for way in COPIES},
    **{f"a file of {source} goes on": ("Adam", {"load": nothing}) for source in SOURCES},
    "averages come in and go out": ("Adam with use_ema", {"averages": NumPy.params}),
    "averages of other arrays are theirs": ("own average", {"averages_of": overwritten}),
    "an exit that fails can be retried": ("Adam with use_ema", {"averaged": kept}),
    "averages stay in the end": ("Adam with use_ema", {"finalize": nothing}),
    "a number that is set is that of averages": ("own average", {"set_rate": nothing}),
    "what is frozen stays": ("Adam", {"__init__": thawed}),
    "not all can be frozen": ("Adam", {"start": nothing}),
    "without a gradient nothing moves": ("Adam", {"step": with_ones}),
    "what had no gradient goes on": ("Adam", {"step": with_ones}),
    "without any gradient there is no step": ("Adam", {"step": silent}),
    "a refused call changes nothing": ("Adam", {"step": hasty}),
    "a skipped call changes nothing": ("Adam", {"step": touched}),
    "an update is the mean of its calls": ("Adam", {"__init__": impatient}),
    "a group is closed": ("Adam", {"flush": said}),
    "a group is closed of some": ("Adam", {"flush": said}),
    "counters are shown under one name": ("Adam", {"shown": another}),
    "what was saved between updates goes on": ("Adam", {"load": nothing}),
}
"""Law → an optimizer, and what is wrong with the front end."""


def liar(law: str) -> type[Front]:
    """A front end that lies about a law."""
    return type("Liar", (NumPy,), dict(LIES[law][1]))
