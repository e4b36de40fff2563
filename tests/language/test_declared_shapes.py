"""Slots of a declared shape, and functions of several whole tensors, in rules."""

from typing import Any

import numpy as np
import pytest

import adamas
from adamas import Optimizer, Rate, Shape, hyperparameter, identity, whole_tensor
from adamas.errors import RuleError, StateError

CALLS: list[str] = []


@whole_tensor(gives=("left", "right"))
def grown(left: Any, right: Any, g: Any, beta: float) -> tuple[Any, Any]:
    """What rows and columns have in common, of sides that are kept."""
    CALLS.append("grown")
    left = beta * left + g @ g.mT if left.shape[-1] else left
    return left, beta * right + g.mT @ g if right.shape[-1] else right


@whole_tensor
def mixed(g: Any, left: Any, right: Any) -> Any:
    """Rows and columns with those that are like them."""
    g = left @ g if left.shape[-1] else g
    return g @ right if right.shape[-1] else g


class Sided(Optimizer):
    """Both sides, of which one may be too large."""

    learning_rate: Rate = 0.1
    beta: float = 0.5
    every: int = 2
    most: int = hyperparameter(default=100, at_least=1, whole=True, structure=True)
    scale: float = 2.0

    shapes = {
        "left": Shape("rows", "rows", at_most="most"),
        "right": Shape("columns", "columns", at_most="most"),
    }

    @staticmethod
    def initial(p, /, *, scale):
        return {"left": identity(), "right": identity(scale)}

    @staticmethod
    def update(p, g, m, left, right, /, *, learning_rate, beta, every, t):
        m = beta * m + mixed(mixed(g, left, right), left, right)
        left, right = grown(left, right, m, beta, when=t % every == 0)
        return p - learning_rate * m, m, left, right


def by_hand(p: Any, grads: Any, most: int = 100) -> Any:
    """The same, written as a loop."""
    rows, columns = p.shape
    left, right, m = np.eye(rows), 2 * np.eye(columns), 0.0
    for t, g in enumerate(grads, 1):
        for _ in range(2):
            g = left @ g if rows <= most else g
            g = g @ right if columns <= most else g
        m = 0.5 * m + g
        if t % 2 == 0:
            left, right = 0.5 * left + m @ m.T, 0.5 * right + m.T @ m
        p = p - 0.1 * m
    return p


def drawn(*shape: int, count: int = 5) -> list[Any]:
    chance = np.random.default_rng(0)
    return [0.3 * chance.standard_normal(shape) for _ in range(count)]


@pytest.mark.parametrize("compiler", ["llvm", "reference"])
@pytest.mark.parametrize("most", [100, 4])
def test_slots_of_a_declared_shape_are_taken_and_given_by_functions(compiler, most):
    start, *grads = drawn(3, 5)
    params = [start.copy()]
    optimizer = Sided(most=most)
    optimizer.build(params, compiler=compiler)
    for g in grads:
        optimizer.apply([g])
    np.testing.assert_allclose(params[0], by_hand(start, grads, most), rtol=1e-12)
    assert optimizer.state["left"]["0"].shape == (3, 3)
    assert optimizer.state["right"]["0"].shape == ((5, 5) if most == 100 else (0, 0))


def test_what_is_wrong_is_caught():
    start, *grads = drawn(3, 5)
    params = [start.copy()]
    optimizer = Sided(beta=0.51)
    for g in grads:
        optimizer.apply([g], params)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(params[0], by_hand(start, grads), rtol=1e-12)


def test_each_matrix_of_a_stack_has_its_own():
    start, *grads = drawn(2, 3, 5)
    params = [start.copy()]
    optimizer = Sided()
    for g in grads:
        optimizer.apply([g], params)
    assert optimizer.state["left"]["0"].shape == (2, 3, 3)
    for n in range(2):
        wanted = by_hand(start[n], [g[n] for g in grads])
        np.testing.assert_allclose(params[0][n], wanted, rtol=1e-12)


def test_a_function_is_called_in_the_steps_that_its_rule_says():
    optimizer = Sided(every=3)
    params = drawn(3, 5, count=1)
    CALLS.clear()
    for count in (0, 0, 1, 1, 1, 2):
        optimizer.apply(drawn(3, 5, count=1), params)
        assert len(CALLS) == count


@pytest.mark.parametrize("nonfinite", ["skip", "raise"])
def test_a_step_that_is_not_finite_leaves_matrices_as_they_are(nonfinite):
    params = drawn(3, 5, count=1)
    optimizer = Sided(nonfinite=nonfinite, every=1)
    optimizer.apply(drawn(3, 5, count=1), params)
    before = {slot: arrays["0"].copy() for slot, arrays in optimizer.state.items()}
    spoiled = drawn(3, 5, count=1)
    spoiled[0][0, 0] = np.inf
    if nonfinite == "raise":
        with pytest.raises(adamas.errors.NonFiniteError):
            optimizer.apply(spoiled)
    else:
        optimizer.apply(spoiled)
    for slot, value in before.items():
        np.testing.assert_array_equal(optimizer.state[slot]["0"], value)


@whole_tensor(gives=("a", "b"))
def exchanged(a: Any, b: Any) -> tuple[Any, Any]:
    """One in place of the other."""
    return b, a


def test_slots_may_change_places():
    class Places(Optimizer):
        """Three matrices in a round, one of them through a function."""

        shapes = dict.fromkeys("abc", ("rows", "rows"))

        @staticmethod
        def initial(p, /):
            return {"a": identity(1.0), "b": identity(2.0), "c": identity(3.0)}

        @staticmethod
        def update(p, g, a, b, c, /):
            a, b = exchanged(a, b)
            return p - g, c, a, b

    params = [np.zeros((2, 2))]
    optimizer = Places()
    optimizer.apply([np.ones((2, 2))], params)
    found = [optimizer.state[slot]["0"][0, 0] for slot in "abc"]
    assert found == [3.0, 2.0, 1.0]


def test_what_a_slot_takes_is_shown(capsys):
    Sided().explain({"w": (30, 20)}, source=True)
    text = capsys.readouterr().out
    assert "left, right = grown(left, right, whole1, …)" in text
    assert "left 6, right 2.67" in text  # bytes per weight: 4 · 30² and 4 · 20² of 600


def test_another_largest_size_is_another_shape(tmp_path):
    optimizer, other = Sided(), Sided(most=4)
    optimizer.build(drawn(3, 5, count=1))
    optimizer.save(tmp_path / "state")
    other.build(drawn(3, 5, count=1))
    with pytest.raises(adamas.errors.CheckpointError, match="right"):
        other.load(tmp_path / "state")


def test_arrays_have_the_functions_of_numpy():
    library = adamas.array_namespace(np.ones(2))
    assert library is np
    with pytest.raises(RuleError, match="Got: list"):
        adamas.array_namespace([1.0])


# -- mistakes -------------------------------------------------------------------------------------


def computes(p, g, left, /):
    return p - g * left, left


def returns_numbers(p, g, left, /):
    return p - g, g


def returns_another(p, g, left, right, /):
    return p - g, right, right


def sums(p, g, left, /):
    return p - g * np.sum(left), left


def no_slot(p, g, m, /):
    return p - g, m


LEFT = {"left": ("rows", "rows")}
MISTAKES: dict[str, tuple[Any, Any, str]] = {
    "arithmetic": (computes, LEFT, "(?s)has none for it. Give 'left' to a function.*p - g"),
    "a sum": (sums, LEFT, "(?s)has none for it. Give 'left' to a function.*np.sum"),
    "numbers in its place": (returns_numbers, LEFT, "shape rows × rows for 'left'"),
    "another shape": (
        returns_another,
        {**LEFT, "right": ("columns", "columns")},
        "rows × rows for 'left'. Got: a value of the shape columns × columns",
    ),
    "no slot": (no_slot, LEFT, "no slot of its rule. Its slots: m"),
    "no size": (computes, {"left": ("rows", "lines")}, "Got: 'lines'"),
    "a size of 0": (computes, {"left": (0, 2)}, "Got: 0"),
    "a largest size": (computes, {"left": Shape("rows", at_most="many")}, "Got: 'many'"),
    "a number of each step": (computes, {"left": ("rows", "learning_rate")}, "'learning_rate'"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_show_where_the_class_is_written(case):
    rule, shapes, words = MISTAKES[case]
    members = {"__annotations__": {"learning_rate": Rate}, "learning_rate": 0.1}
    with pytest.raises(RuleError, match=words):
        type("Mine", (Optimizer,), {**members, "shapes": shapes, "update": staticmethod(rule)})


def test_functions_say_what_they_give():
    with pytest.raises(RuleError, match=r"arguments of f: x\. Got: 'y'"):

        @whole_tensor(gives="y")
        def f(x):
            return x

    @whole_tensor(gives=("left", "right"))
    def half(left, right):
        return left

    class Mine(Optimizer):
        """Gives too little."""

        shapes = dict.fromkeys(("left", "right"), ("rows", "rows"))

        @staticmethod
        def update(p, g, left, right, /):
            left, right = half(left, right)
            return p - g, left, right

    with pytest.raises(RuleError, match=r"as its decorator names \(2\). Got: 1"):
        Mine().apply([np.ones((2, 2))], [np.ones((2, 2))])


def test_identity_matrices_need_a_declared_shape():
    class Mine(Optimizer):
        """An identity for each weight."""

        @staticmethod
        def initial(p, /):
            return {"m": identity()}

        @staticmethod
        def update(p, g, m, /):
            return p - g, m + g

    with pytest.raises(RuleError, match=r"Name its shape: shapes = \{'m'"):
        Mine().build([np.ones((2, 2))])


def test_a_size_that_is_fixed_cannot_be_set():
    optimizer = Sided()
    optimizer.build(drawn(3, 5, count=1))
    with pytest.raises(StateError, match="most decides which memory"):
        optimizer.most = 4
