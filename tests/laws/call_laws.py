"""Laws of calls: which parameters move, what is refused or skipped, when an update is made."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import state_laws
from comparison import (
    assert_close,
    assert_counters,
    assert_same,
    assert_saved,
    both,
    go_on,
    random,
    with_averages,
)
from front import Front
from law import Law
from optimizers import Case


def frozen(front: type[Front], case: Case) -> None:
    """Also in the averages."""
    case = with_averages(case.of(("kernel", case.members[0][1]), ("bias", None)))
    ours, right = both(front, case, 2)
    assert_close(ours.params(), right.params())
    assert_saved(ours, right)
    ours.finalize()
    assert_close(ours.params(), right.averages())
    assert_same({"bias": ours.params()["bias"]}, {"bias": random(0, case.shapes)["bias"]})


def all_frozen(front: type[Front], case: Case) -> None:
    with pytest.raises(front.errors, match="At least one parameter must not be frozen"):
        front(case.of(("", None)), random(0, case.shapes))


def no_gradient(front: type[Front], case: Case) -> None:
    """The first call says so, if that is among the manners of the front end."""
    ours, right = both(front, case)
    for seed in (1, 2):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            ours.step({**random(seed, case.shapes), "bias": None})
        right.step({**random(seed, case.shapes), "bias": None})
        assert ours.warns == any("bias" in str(one.message) for one in said) or seed > 1
    assert_same({"bias": ours.params()["bias"]}, {"bias": random(0, case.shapes)["bias"]})
    assert_close(ours.params(), right.params())


def later_gradient(front: type[Front], case: Case) -> None:
    """What had no gradient for a while goes on by the clock of all."""
    ours, right = both(front, case)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours.step({**random(1, case.shapes), "bias": None})
    right.step({**random(1, case.shapes), "bias": None})
    go_on(ours, right, 2)
    assert_close(ours.params(), right.params())


def no_gradients(front: type[Front], case: Case) -> None:
    ours, right = both(front, case, 1)
    before, nothing = ours.params(), dict.fromkeys(random(0, case.shapes))
    if ours.warns:
        with pytest.raises(ours.errors):
            ours.step(nothing)
    else:
        ours.step(nothing)
    assert_same(ours.params(), before)
    go_on(ours, right, 1)
    assert_close(ours.params(), right.params())


def refused(front: type[Front], case: Case) -> None:
    ours, right = both(front, with_averages(case), 1)
    params, state = ours.params(), ours.state()
    for call in ours.refused(random(7, case.shapes)):
        with pytest.raises(ours.errors):
            call()
        assert_same(ours.params(), params)
        assert_same(ours.state(), state)
    go_on(ours, right, 1)
    assert_close(ours.params(), right.params())


SCALE = {"dynamic_scale", "step_counter"}
"""What LossScaleOptimizer changes in a call that is skipped."""


def skipped(front: type[Front], case: Case) -> None:
    if case.scale is None:
        case = case.with_common(nonfinite="skip")
    ours, right = both(front, case, 1)
    params, before = ours.params(), ours.saved().tensors
    broken = random(2, case.shapes)
    broken["kernel"][0, 0] = np.inf
    for _ in range(2):
        ours.step(broken)
        right.step(broken)
    after = ours.saved().tensors
    assert_same(ours.params(), params)
    assert_same(*({n: a for n, a in one.items() if n not in SCALE} for one in (after, before)))
    assert_saved(ours, right)
    go_on(ours, right, 1)
    assert_close(ours.params(), right.params())
    assert_counters(ours, right)


def accumulation(front: type[Front], case: Case) -> None:
    ours, right = both(front, case.with_common(gradient_accumulation_steps=2), 3)
    assert_close(ours.params(), right.params())
    assert_saved(ours, right)
    go_on(ours, right, 1)
    assert_close(ours.params(), right.params())
    assert_counters(ours, right)


def flushed(front: type[Front], case: Case) -> None:
    """The same as with as many accumulation steps as calls came, and nothing without any."""
    case = case.with_common(global_clipnorm=0.5) if case.scale is None else case
    closing = front(case.with_common(gradient_accumulation_steps=3), random(0, case.shapes))
    full = front(case.with_common(gradient_accumulation_steps=2), random(0, case.shapes))
    same = assert_same if front.exact else assert_close
    for seed in (1, 2):
        closing.step(random(seed, case.shapes))
        full.step(random(seed, case.shapes))
    assert closing.flush()
    same(closing.params(), full.params())
    same(*(one.saved().tensors for one in (closing, full)))
    assert closing.counters() == {**full.counters(), "calls": 3 if front.counts_whole_groups else 2}
    before = closing.state()
    assert not closing.flush()
    assert_same(closing.state(), before)
    for seed in (3, 4, 5):
        closing.step(random(seed, case.shapes))
    assert closing.counters()["updates"] == 2
    assert closing.counters()["pending"] == 0


def flushed_of_some(front: type[Front], case: Case) -> None:
    """What had no gradient since the last update stays."""
    ours = front(
        with_averages(case).with_common(gradient_accumulation_steps=3), random(0, case.shapes)
    )
    for seed in (1, 2, 3):
        ours.step(random(seed, case.shapes))
    before = ours.params()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours.step({**random(4, case.shapes), "bias": None})
    assert ours.flush()
    after = ours.params()
    assert_same({"bias": after["bias"]}, {"bias": before["bias"]})
    assert np.any(after["kernel"] != before["kernel"])


def assert_norm(ours: Front, grads: Mapping[str, Any] | None) -> None:
    """The norm of gradients is shown, and none where nobody takes it."""
    norm = ours.shown().gradient_norm
    if grads is None:
        assert norm is None
    else:
        right = np.concatenate([gradient.ravel() for gradient in grads.values()])
        np.testing.assert_allclose(float(norm), np.linalg.norm(right), rtol=1e-6)


def shown(front: type[Front], case: Case) -> None:
    """Counters after each call, and the norm of gradients where a clip takes it."""
    for common in ({"gradient_accumulation_steps": 2}, {"global_clipnorm": 1e6}):
        ours, right = both(front, case.with_common(nonfinite="skip", **common))
        assert_counters(ours, right)
        assert not ours.shown().gradient_norm
        grads: dict[str, Any] = {}
        for seed in range(1, 6):
            grads = random(seed, case.shapes)
            if seed == 4:
                grads["kernel"][0, 0] = np.inf
            ours.step(grads)
            right.step(grads)
            assert_counters(ours, right)
        assert_norm(ours, grads if "global_clipnorm" in common else None)


def saved_sum(front: type[Front], case: Case) -> None:
    state_laws.saved(front, case.with_common(gradient_accumulation_steps=2), steps=3)


LAWS = {
    "what is frozen stays": Law("assignment", frozen),
    "not all can be frozen": Law("assignment", all_frozen),
    "without a gradient nothing moves": Law("host.session traced.call", no_gradient),
    "what had no gradient goes on": Law("host.session traced.call", later_gradient),
    "without any gradient there is no step": Law("missing", no_gradients),
    "a refused call changes nothing": Law("host.session traced.call", refused),
    "a skipped call changes nothing": Law("host.calls traced.passes", skipped),
    "an update is the mean of its calls": Law("clock traced.call", accumulation),
    "a group is closed": Law("clock traced.call", flushed),
    "a group is closed of some": Law("host.session traced.call", flushed_of_some, "*dam*"),
    "counters are shown under one name": Law("clock", shown, "[AN]*dam"),
    "what was saved between updates goes on": Law("clock", saved_sum, "*dam"),
}
