"""Mechanic and stages of one's own that sum over all tensors: the same way everywhere."""

from typing import Any

import numpy as np
import pytest

import adamas
from adamas import Around, Optimizer
from adamas.errors import ConfigurationError, RuleError
from adamas.verification.fronts import FRONTS, front

SHAPES = {"kernel": (4, 3), "bias": (5,), "scale": ()}


def drawn(seed: int) -> dict[str, Any]:
    """An array for each parameter."""
    chance = np.random.default_rng(seed)
    return {n: np.array(chance.normal(0.5, 1, s), np.float32) for n, s in SHAPES.items()}


def shortened(p, g, old, new, /, *, kept):
    """Moves as long as the mean length of gradients so far."""
    mean = 0.9 * kept["mean"] + 0.1 * np.sqrt(adamas.total(g * g))
    length = np.sqrt(adamas.total((new - old) * (new - old)))
    return old + 0.01 * mean / length * (new - old), {"mean": mean}


class Shortened(Optimizer):
    """Its own stage sums what its rule moves, which follows from a sum itself."""

    learning_rate: float = 0.1
    paths = (Around("shortened", shortened, remembered={"mean": 0.0}),)

    @staticmethod
    def update(p, g, m, /, *, learning_rate):
        m = 0.5 * m + g / np.sqrt(adamas.total(g * g))
        return p - learning_rate * m, m


MADE = {
    "Mechanic": lambda: adamas.AdamW(1.0, weight_decay=0.1, mechanic=0.01, clipnorm=1.0),
    "Mechanic around sums": lambda: adamas.DoG(mechanic=0.1, mechanic_decay=0.5, first_rate=0.1),
    "one's own": Shortened,
}


@pytest.mark.parametrize("case", MADE)
def test_it_goes_the_same_way_on_every_front_end(case):
    wanted: dict[str, Any] = {}
    for name in FRONTS:
        made = front(name)(MADE[case](), drawn(0))
        for call in range(5):
            made.step(drawn(call + 1), {})
        found = made.params()
        wanted = wanted or found
        for key, value in wanted.items():
            np.testing.assert_allclose(found[key], value, rtol=2e-4, atol=2e-5, err_msg=name)
            assert np.abs(value - drawn(0)[key]).max() > 1e-3


@pytest.mark.parametrize("case", MADE)
def test_the_compiled_step_is_that_of_the_definition_and_goes_on_from_a_file(case, tmp_path):
    ends = []
    for compiler in ("llvm", "reference"):
        params = {name: np.array(p, np.float64) for name, p in drawn(0).items()}
        optimizer = MADE[case]()
        optimizer.build(params, compiler=compiler)
        for call in range(6):
            if call == 3:
                optimizer.save(tmp_path / f"{compiler}.safetensors")
                optimizer = MADE[case]()
                optimizer.build(params, compiler=compiler)
                optimizer.load(tmp_path / f"{compiler}.safetensors")
            optimizer.apply({n: np.array(g, np.float64) for n, g in drawn(call + 1).items()})
        ends.append(params)
    for name, value in ends[0].items():
        np.testing.assert_allclose(value, ends[1][name], rtol=1e-11)


def test_a_stage_sums_over_all_tensors_by_hand():
    params = drawn(0)
    start, g = [p.copy() for p in params.values()], drawn(1)
    Shortened().apply(g, params)
    length = np.sqrt(sum(np.sum(np.float64(one) ** 2) for one in g.values()))
    for p, before, one in zip(params.values(), start, g.values(), strict=True):
        np.testing.assert_allclose(p, before - 0.01 * 0.1 * one, rtol=1e-5, atol=1e-7)
    assert length > 1


def test_a_rate_is_found_over_orders_of_magnitude():
    for scale in (1e-3, 1.0, 1e3):
        weights = [np.full(20, 5 * scale)]
        optimizer = adamas.Adam(1.0, mechanic=1e-6 * scale)
        for _ in range(400):
            optimizer.apply([weights[0] - scale], weights)
        np.testing.assert_allclose(weights[0] / scale, 1, atol=0.2)


@pytest.mark.parametrize(
    "beside",
    [
        {"lookahead": 5},
        {"schedule_free": 0.9},
        {"hyperball": True},
        {"use_ema": True, "ema_overwrite_frequency": 3},
    ],
)
def test_what_leaves_the_way_from_the_first_weights_is_refused(beside):
    with pytest.raises(ConfigurationError, match="mechanic finds a factor of the way"):
        adamas.Adam(mechanic=1e-6, **beside)


def each_its_own(p, g, old, new, /, *, kept):
    return new, {"mean": np.mean(g)}


def unknown(p, g, old, new, /):
    return new, {"other": adamas.total(g)}


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (each_its_own, "must return one number of the step for 'mean'"),
        (unknown, "returns 'other' in its last result"),
    ],
)
def test_mistakes_in_what_a_stage_remembers_are_explained(stage, message):
    with pytest.raises(RuleError, match=message):

        class Wrong(Optimizer):
            learning_rate: float = 0.1
            paths = (Around("wrong", stage, remembered={"mean": 0.0}),)

            @staticmethod
            def update(p, g, /, *, learning_rate):
                return p - learning_rate * g
