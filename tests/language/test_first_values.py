"""First values of slots: how large a slot is by them, what they are, and which are refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adamas import Hyperparameter, Optimizer, Rate, explanation
from adamas.errors import RuleError
from adamas.language.expression import ARRAY, COLUMN, ROW, TENSOR
from cases import check_close, signed

SHAPES = ((3, 4), (5,), (), (2, 3, 4), (0, 3))


def beginning(first: Callable[..., Any], **others: Any) -> type[Any]:
    """An optimizer that is drawn to what it began with, in a slot that it only reads."""

    class Drawn(Optimizer):
        learning_rate: Rate = 0.1
        scale: Hyperparameter = 0.5

        @staticmethod
        def initial(p, /, *, scale):
            return {"start": first(p, scale)}

        @staticmethod
        def update(p, g, start, /, *, learning_rate):
            return p - learning_rate * (g + p - start), start

    return Drawn


def by_rows(p: Any) -> Any:
    """The sum of each row, as [batch, rows, columns] has them."""
    return np.sum(p, axis=-1, keepdims=True)


FIRST: dict[str, tuple[Callable[..., Any], int, Callable[[np.ndarray], Any]]] = {
    "the weights": (lambda p, scale: p, ARRAY, lambda p: p),
    "a copy of them": (lambda p, scale: np.copy(p), ARRAY, lambda p: p),
    "of them and a number": (lambda p, scale: scale * np.abs(p), ARRAY, lambda p: 0.5 * abs(p)),
    "ones": (lambda p, scale: np.ones_like(p), ARRAY, np.ones_like),
    "zeros": (lambda p, scale: np.zeros_like(p), ARRAY, np.zeros_like),
    "one number everywhere": (
        lambda p, scale: np.full_like(p, scale),
        ARRAY,
        lambda p: np.full_like(p, 0.5),
    ),
    "a mask": (lambda p, scale: p > 0, ARRAY, lambda p: (p > 0) * 1.0),
    "a number": (lambda p, scale: scale, TENSOR, lambda p: np.float64(0.5)),
    "a number of its own": (lambda p, scale: 2, TENSOR, lambda p: np.float64(2)),
    "the sum of all": (lambda p, scale: np.sum(p), TENSOR, lambda p: p.sum()),
    "a sum of each row": (lambda p, scale: by_rows(p), ROW, by_rows),
    "a sum of each column": (
        lambda p, scale: np.sum(p, axis=-2, keepdims=True),
        COLUMN,
        lambda p: p.sum(-2, keepdims=True),
    ),
    "as many as there are": (
        lambda p, scale: np.sum(np.ones_like(p)),
        TENSOR,
        lambda p: np.float64(p.size),
    ),
}


def as_matrices(p: np.ndarray) -> np.ndarray:
    """[batch, rows, columns]."""
    whole = (1, 1, *p.shape)
    return p.reshape(-1, *whole[-2:]) if p.size else p.reshape(1, *whole[-2:])


def stepped(p: np.ndarray, g: np.ndarray, start: Any, calls: int) -> np.ndarray:
    """What some steps make of weights that are drawn to `start`."""
    p, g = as_matrices(p), as_matrices(g)
    for _ in range(calls):
        p = p - 0.1 * (g + p - start)
    return p


def check_steps(case: str, steps: Callable[[Any, list, list, int], list]) -> None:
    """A front end's three steps of an optimizer, from these parameters, are those by hand."""
    first, _, by_hand = FIRST[case]
    params = signed(SHAPES)
    grads = [np.full_like(p, 0.25) for p in params]
    starts = [by_hand(as_matrices(p)) for p in params]
    wanted = [
        stepped(p, g, s, 3).reshape(p.shape) for p, g, s in zip(params, grads, starts, strict=True)
    ]
    got = steps(beginning(first)(), params, grads, 3)
    check_close([np.asarray(p, np.float64) for p in got], wanted, 1e-5)


def on_numpy(compiler: str, optimizer: Any, params: list, grads: list, calls: int) -> list:
    params = [p.copy() for p in params]
    optimizer.build(params, compiler=compiler)
    for _ in range(calls):
        optimizer.apply(grads)
    return params


def on_tensors(optimizer: Any, params: list, grads: list, calls: int) -> list:
    torch: Any = pytest.importorskip("torch", reason="needs PyTorch")
    tensors = [torch.from_numpy(p.copy()) for p in params]
    for _ in range(calls):
        optimizer.apply([torch.from_numpy(g) for g in grads], tensors)
    return [t.numpy() for t in tensors]


def on_torch(optimizer: Any, params: list, grads: list, calls: int) -> list:
    torch: Any = pytest.importorskip("torch", reason="needs PyTorch")
    import adamas.torch

    tensors = [torch.from_numpy(p.copy()).requires_grad_() for p in params]
    for tensor, g in zip(tensors, grads, strict=True):
        tensor.grad = torch.from_numpy(g)
    wrapped = adamas.torch.wrap(type(optimizer))(tensors)
    for _ in range(calls):
        wrapped.step()
    return [t.detach().numpy() for t in tensors]


def on_jax(optimizer: Any, params: list, grads: list, calls: int) -> list:
    jnp = pytest.importorskip("jax.numpy", reason="needs JAX")
    import adamas.jax

    step = adamas.jax.functional(optimizer)
    arrays, given = [jnp.asarray(p) for p in params], [jnp.asarray(g) for g in grads]
    state = step.init(arrays)
    for _ in range(calls):
        arrays, state = step.apply(given, state, arrays)
    return arrays


def on_keras(optimizer: Any, params: list, grads: list, calls: int) -> list:
    keras: Any = pytest.importorskip("keras", reason="needs Keras")
    import adamas.keras

    variables = [keras.Variable(p, dtype="float32") for p in params]
    wrapped = adamas.keras.wrap(optimizer)
    for _ in range(calls):
        wrapped.apply([keras.ops.convert_to_tensor(g, "float32") for g in grads], variables)
    return [keras.ops.convert_to_numpy(v) for v in variables]


def on_gpu(optimizer: Any, params: list, grads: list, calls: int) -> list:
    """By the kernels for GPUs, which the interpreter runs where there is none."""
    pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")
    from device_steps import Session, to_numpy

    session = Session(optimizer, params)
    for _ in range(calls):
        session.apply(grads)
    return [to_numpy(p) for p in session.params]


FRONT_ENDS: dict[str, Callable[[Any, list, list, int], list]] = {
    "llvm": lambda *call: on_numpy("llvm", *call),
    "reference": lambda *call: on_numpy("reference", *call),
    "tensors": on_tensors,
    "torch": on_torch,
    "gpu": on_gpu,
    "jax": on_jax,
    "keras": on_keras,
}


@pytest.mark.parametrize("front_end", FRONT_ENDS)
@pytest.mark.parametrize("case", FIRST)
def test_a_slot_that_is_only_read_keeps_its_first_value(case, front_end):
    check_steps(case, FRONT_ENDS[front_end])


def test_another_first_value_would_be_seen():
    def wrong(optimizer: Any, params: list, grads: list, calls: int) -> list:
        return on_numpy("llvm", beginning(lambda p, scale: p + 1e-4)(), params, grads, calls)

    with pytest.raises(AssertionError):
        check_steps("the weights", wrong)


@pytest.mark.parametrize("case", FIRST)
def test_a_slot_is_as_large_as_what_it_begins_with(case):
    first, extent, _ = FIRST[case]
    optimizer = beginning(first)()
    optimizer.build(signed(SHAPES))
    (plan,) = explanation.plans(optimizer, {"w": (3, 4)})
    assert plan.slots == {"start": extent}


def test_what_a_rule_adds_widens_a_slot_that_begins_small():
    class Widened(Optimizer):
        @staticmethod
        def initial(p, /):
            return {"a": np.sum(p, axis=-1, keepdims=True), "b": 1.0}

        @staticmethod
        def update(p, g, a, b, /):
            return p - g, a + np.sum(g, axis=-2, keepdims=True), b + a

    (plan,) = explanation.plans(Widened(), {"w": (3, 4)})
    assert plan.slots == {"a": ARRAY, "b": ARRAY}
    params = signed([(3, 4)])
    optimizer = Widened()
    optimizer.build(params)
    rows = np.repeat(params[0].sum(-1, keepdims=True), 4, -1)
    np.testing.assert_allclose(optimizer.state["a"]["0"], rows)
    np.testing.assert_array_equal(optimizer.state["b"]["0"], np.ones((3, 4)))


def test_a_slot_that_is_only_read_is_not_written():
    (part,) = explanation.explain(beginning(FIRST["ones"][0])(), {"w": (3, 4)}).parts
    assert [(c.reads, c.writes) for c in part.update] == [(("p", "g", "start"), ("p",))]


@pytest.mark.parametrize("compiler", ["llvm", "reference"])
def test_it_is_looked_at_with_all_that_must_be_finite(compiler):
    optimizer = beginning(lambda p, scale: np.full_like(p, np.inf))(nonfinite="skip")
    params = [np.ones(3)]
    optimizer.build(params, compiler=compiler)
    optimizer.apply([np.ones(3)])
    assert optimizer.skipped == 1
    np.testing.assert_array_equal(params[0], np.ones(3))


def test_initial_may_do_what_symbols_cannot_where_the_slot_is_as_large():
    class Drawing(Optimizer):
        @staticmethod
        def initial(p, /):
            return {"m": np.random.default_rng(0).normal(size=p.shape)}

        @staticmethod
        def update(p, g, m, /):
            m = 0.5 * m + g
            return p - m, m

    params = signed([(3, 4)])
    optimizer = Drawing()
    optimizer.build(params)
    drawn = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_array_equal(optimizer.state["m"]["0"], drawn)


def test_numbers_that_are_none_are_0_for_initial_as_for_the_rule():
    class Unset(Optimizer):
        floor: float | None = None

        @staticmethod
        def initial(p, /, *, floor):
            return {"m": np.maximum(p, floor)}

        @staticmethod
        def update(p, g, m, /):
            return p - g, m + g

    optimizer = Unset()
    optimizer.build([np.array([-1.0, 2.0])])
    np.testing.assert_array_equal(optimizer.state["m"]["0"], [0.0, 2.0])


# -- what is refused ------------------------------------------------------------------------------


def shaped(p, /):
    return {"start": np.ones(p.shape)}


def of_fixed_shape(p, /):
    return {"start": np.ones((7, 7))}


@pytest.mark.parametrize("initial", [shaped, of_fixed_shape], ids=lambda f: f.__name__)
def test_a_first_value_that_does_not_fit_its_slot_is_explained_by_build(initial):
    others = {"initial": staticmethod(initial)}
    kind = type("Misfit", (beginning(FIRST["ones"][0]),), others)
    params = signed([(3, 4)])
    with pytest.raises(
        RuleError, match=r"slot's shape.*Got: \(\d, \d\) for 'start'.*of p"
    ) as found:
        kind().build(params)
    assert __file__ in str(found.value)
    assert f"def {initial.__name__}" in str(found.value)


WRONG: dict[str, tuple[Callable[..., Any], str]] = {
    "no slot": (lambda p, /: {"begin": p}, "'begin', which is no slot of .*Its slots: start"),
    "a slot of the step": (lambda p, /: {"ema": p}, "'ema', which is no slot"),
    "no dictionary": (lambda p, /: p, "dictionary of first values by slot. Got: Expression"),
    "a text": (lambda p, /: {"start": "p"}, "number or an array for 'start'. Got: str"),
    "nothing": (lambda p, /: {"start": None}, "number or an array for 'start'. Got: NoneType"),
    "a number that is not there": (
        lambda p, /, *, beta: {"start": p},
        "asks for 'beta', which is no number of the class. It can use: .*learning_rate",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_initial_that_is_wrong_is_explained_where_the_class_is_written(case):
    initial, words = WRONG[case]
    with pytest.raises(RuleError, match=words) as found:
        type("Wrong", (beginning(FIRST["ones"][0]),), {"initial": staticmethod(initial)})
    assert __file__ in str(found.value)


def test_a_class_with_several_rules_may_give_first_values_to_the_slots_of_each():
    class Several(Optimizer):
        learning_rate: Rate = 0.1
        heavy: bool = False

        @staticmethod
        def initial(p, /):
            return {"m": p}

        @staticmethod
        def update(p, g, /, *, learning_rate):
            return p - learning_rate * g

        @staticmethod
        def update_heavy(p, g, m, /, *, learning_rate):
            m = 0.9 * m + g
            return p - learning_rate * m, m

        def rule(self):
            return self.update_heavy if self.heavy else self.update

    for heavy, slots in ((False, set()), (True, {"m"})):
        optimizer = Several(heavy=heavy)
        optimizer.build([np.ones(3)])
        assert set(optimizer.state) == slots


# -- what varies over weights only by name ---------------------------------------------------------


class Counted(Optimizer):
    """Each weight moves by the length of its row: a sum over what is 1 everywhere."""

    learning_rate: Rate = 0.1

    @staticmethod
    def update(p, g, /, *, learning_rate):
        return p - learning_rate * g * np.sum(np.ones_like(g), axis=-1, keepdims=True)


@pytest.mark.parametrize("front_end", FRONT_ENDS)
def test_ones_like_the_gradient_are_summed_as_many_times_as_there_are(front_end):
    params = signed(SHAPES)
    grads = [np.full_like(p, 0.25) for p in params]
    wanted = [p - 2 * 0.025 * (p.shape[-1] if p.shape else 1) for p in params]
    got = FRONT_ENDS[front_end](Counted(), params, grads, 2)
    check_close([np.asarray(p, np.float64) for p in got], wanted, 1e-5)
