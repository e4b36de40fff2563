"""Sums over all tensors in a rule: right everywhere, whole, and explained where misplaced."""

import re

import numpy as np
import pytest

import adamas
from adamas import Optimizer, Rate
from adamas.errors import NonFiniteError, RuleError
from adamas.explanation import explain
from cases import assert_same_bits, everything, layout
from interruptions import instants, interrupted


class Shared(Optimizer):
    """A step as long as the largest norm of all gradients so far; one sum needs another."""

    learning_rate: Rate = 0.1
    remembered = {"largest": 0.5}

    @staticmethod
    def update(p, g, m, /, *, learning_rate, largest):
        """One weight."""
        m = 0.9 * m + g
        norm = np.sqrt(adamas.total(g * g))
        along = adamas.total(m * g / (1 + norm))
        following = np.maximum(largest, norm)
        return p - learning_rate * m / (largest + along * along), m, {"largest": following}


class OfRows(Optimizer):
    """Sums over all tensors of what sums over rows, of a slot of rows, and of sizes are made of."""

    learning_rate: Rate = 0.1

    @staticmethod
    def update(p, g, v, /, *, learning_rate, rows):
        """One weight."""
        v = 0.5 * v + np.sum(g * g, axis=-1, keepdims=True)
        lengths = adamas.total(np.sqrt(v)) / adamas.total(rows)
        positive = adamas.total(g > 0)
        return p - learning_rate * g / (1 + lengths + positive), v


SHAPES = ((3, 5), (4,), (2, 3, 4), (0, 3))


def start():
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in SHAPES]


def slope(params, step):
    return [np.cos(p + step) for p in params]


def joined(steps, largest=0.5, rate=0.1, params=None):
    """`Shared` by hand: all tensors are one vector."""
    p = np.concatenate([np.ravel(x) for x in params or start()])
    m = np.zeros_like(p)
    for step in range(steps):
        g = np.cos(p + step)
        m = 0.9 * m + g
        norm = np.sqrt(g @ g)
        along = (m / (1 + norm)) @ g
        p = p - rate * m / (largest + along**2)
        largest = max(largest, norm)
    return p, largest


def steps_of(optimizer, params, steps):
    for step in range(steps):
        optimizer.apply(slope(params, step), params)
    return np.concatenate([np.ravel(p) for p in params])


@pytest.mark.parametrize("compiler", ["llvm", "reference"])
def test_a_sum_is_over_all_tensors(compiler):
    params, optimizer = start(), Shared()
    optimizer.build(params, compiler=compiler)
    expected, largest = joined(6)
    np.testing.assert_allclose(steps_of(optimizer, params, 6), expected, rtol=1e-13)
    assert optimizer.session.remembered["largest"] == pytest.approx(largest, rel=1e-14)
    assert not np.allclose(joined(6, largest=0.6)[0], expected, rtol=1e-6)


@pytest.mark.parametrize("kind", [Shared, OfRows])
def test_compilers_agree_on_sums_of_any_extent(kind):
    wanted, got = start(), start()
    for compiler, params in (("reference", wanted), ("llvm", got)):
        optimizer = kind()
        optimizer.build(params, compiler=compiler)
        steps_of(optimizer, params, 4)
    for one, other in zip(wanted, got, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


@pytest.mark.parametrize("kind", [Shared, OfRows])
def test_a_device_has_the_bits_of_the_host(kind):
    pytest.importorskip("triton")
    from device_steps import Session

    params = start()
    host = [p.copy() for p in params]
    device = Session(kind(nonfinite="skip"), params)
    optimizer = kind()
    for step in range(3):
        device.apply(slope([p.numpy() for p in device.params], step))
        optimizer.apply(slope(host, step), host)
    for one, other in zip(device.params, host, strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-13)
    if kind is Shared:
        assert float(device.rows.kept[0, 0]) == pytest.approx(
            float(optimizer.session.remembered["largest"]), rel=1e-14
        )
    huge = [np.full_like(p, 1e200) for p in host]
    assert int(device.apply(huge).stop[0]) == 1


def test_by_rows_is_what_it_says():
    params = start()
    g = slope(params, 0)
    steps_of(optimizer := OfRows(), params, 1)
    lengths = sum(np.sqrt((x * x).sum(-1)).sum() for x in g) / (3 + 1 + 3)
    positive = sum((x > 0).sum() for x in g)
    for before, after, x in zip(start(), params, g, strict=True):
        np.testing.assert_allclose(after, before - 0.1 * x / (1 + lengths + positive), rtol=1e-13)
    assert optimizer.iterations == 1


def test_bits_do_not_depend_on_threads_or_chunks():
    rng = np.random.default_rng(1)
    first = [rng.normal(size=size).astype(np.float32) for size in (40_000, 777, 90_000)]
    found = []
    for threads in (1, 2):
        with layout():
            before = adamas.num_threads()
            adamas.set_num_threads(threads)
            try:
                params, optimizer = [p.copy() for p in first], Shared()
                steps_of(optimizer, params, 2)
            finally:
                adamas.set_num_threads(before)
        found.append(params)
    assert_same_bits(*found)


def test_a_member_has_its_own_sums():
    params = {"a": start()[0], "b": start()[1], "c": start()[2], "d": start()[1]}
    pairs = {"a|b": Shared(), "c": Shared(learning_rate=0.2), "": adamas.SGD(0.1)}
    optimizer = adamas.MultiOptimizer(pairs, nonfinite="skip")
    alone = {n: p.copy() for n, p in params.items()}
    for step in range(4):
        optimizer.apply({n: np.cos(p + step) for n, p in params.items()}, params)
    both = np.concatenate([np.ravel(params["a"]), params["b"]])
    np.testing.assert_allclose(both, joined(4, params=[alone["a"], alone["b"]])[0], rtol=1e-13)
    own = joined(4, rate=0.2, params=[alone["c"]])[0]
    np.testing.assert_allclose(np.ravel(params["c"]), own, rtol=1e-13)
    assert {*optimizer.session.remembered} == {"largest/0", "largest/1"}


def test_a_member_without_gradients_keeps_its_numbers():
    params = {"a": start()[0], "b": start()[1]}
    optimizer = adamas.MultiOptimizer({"a": Shared(), "": Shared()})
    optimizer.build(params)
    with pytest.warns(UserWarning, match="b"):
        optimizer.apply({"a": params["a"] + 1, "b": None}, params)
    assert optimizer.session.remembered["largest/1"] == 0.5


def test_stages_before_the_rule_are_in_what_is_summed():
    """Accumulated, unscaled and clipped: the mean gradient, cut, is what the rule sees."""
    params, plain = start(), start()
    optimizer = Shared(gradient_accumulation_steps=2, loss_scale_factor=4.0, clipvalue=0.5)
    other = Shared()
    for step in range(3):
        g, h = slope(plain, step), slope(plain, step + 1)
        optimizer.apply([4 * x for x in g], params)
        optimizer.apply([4 * x for x in h], params)
        other.apply([np.clip((x + y) / 2, -0.5, 0.5) for x, y in zip(g, h, strict=True)], plain)
    for one, two in zip(params, plain, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-13)


@pytest.mark.parametrize("nonfinite", ["skip", "skip_gradients", "raise"])
def test_a_sum_that_is_not_finite_changes_nothing(nonfinite):
    """Each gradient is finite, and so is each weight that would be: only the sum is not."""
    params, optimizer = start(), Shared(nonfinite=nonfinite)
    steps_of(optimizer, params, 2)
    huge = [np.full_like(p, 1e200) for p in params]
    if nonfinite == "raise":
        with pytest.raises(NonFiniteError, match="Step 3"):
            optimizer.apply(huge, params)
    else:
        optimizer.apply(huge, params)
        assert optimizer.skipped == 1
    assert optimizer.iterations == 2
    usual, other = start(), Shared()
    steps_of(other, usual, 2)
    assert_same_bits(params, usual)
    assert optimizer.session.remembered == other.session.remembered


def test_a_step_is_whole_whenever_a_signal_comes():
    def fresh():
        params, optimizer = start(), Shared()
        steps_of(optimizer, params, 1)
        return params, optimizer

    params, optimizer = fresh()
    before = everything(optimizer, params)
    optimizer.apply(slope(start(), 1), params)
    after = everything(optimizer, params)
    params, optimizer = fresh()
    count = instants(lambda: optimizer.apply(slope(start(), 1), params))
    for instant in range(0, count, 3):
        params, optimizer = fresh()
        interrupted(lambda p=params, o=optimizer: o.apply(slope(start(), 1), p), instant)
        assert everything(optimizer, params) in (before, after), instant


BODIES = {
    "p - learning_rate * g / adamas.total(learning_rate)": "the same for all weights",
    "p - learning_rate * g / adamas.total(2.0)": "the same for all weights",
    "p - adamas.total(adamas.total(g))": "the same for all weights",
    'p - learning_rate * g, {"d": np.sum(g)}': "must return one number of the step for 'd'",
    'p - learning_rate * g, {"e": d}': "names must be numbers that the class remembers: d",
}


@pytest.mark.parametrize("body", BODIES)
def test_what_cannot_be_summed_is_refused_with_the_line(body, tmp_path):
    text = (
        "import numpy as np, adamas\nclass Mine(adamas.Optimizer):\n"
        "    learning_rate: adamas.Rate = 0.1\n    remembered = {'d': 1.0}\n    @staticmethod\n"
        f"    def update(p, g, /, *, learning_rate, d):\n        return {body}\n"
    )
    with pytest.raises(RuleError, match=re.escape(BODIES[body])):
        exec(compile(text, str(tmp_path / "mine.py"), "exec"), {"__name__": "mine"})


def test_only_update_can_sum_over_all():
    def update(p, g, m, /, *, learning_rate):
        return p - learning_rate * g, m

    wrong = {
        "initial": lambda p, /: {"m": p / adamas.total(p)},
        "average": lambda p, m, /: p / adamas.total(m),
        "prepare": lambda t: {"x": adamas.total(t)},
    }
    for name, function in wrong.items():
        members = {"update": staticmethod(update), name: staticmethod(function)}
        fields = {"__annotations__": {"learning_rate": Rate}, "learning_rate": 0.1}
        with pytest.raises(RuleError, match="only update can use it") as refused:
            type("Mine", (Optimizer,), {**fields, **members})
        assert "test_totals.py" in str(refused.value)


def test_by_hand_it_is_the_sum_of_an_array():
    assert adamas.total(np.arange(4.0)) == 6
    p, m, fed = Shared.update(np.ones(2), np.ones(2), 0.0, learning_rate=0.1, largest=1.0)
    assert fed == {"largest": np.sqrt(2.0)}
    assert p.shape == m.shape == (2,)


def test_it_is_a_pass_that_is_explained():
    (cost,) = explain(Shared(), {"w": (3, 4)}).parts
    assert [work.name for work in cost.update] == ["total", "total", "update"]
    assert cost.update[1].reads == ("g", "m")
