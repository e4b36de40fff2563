"""How a pass becomes walks over memory: which, and that they compute what the rule says."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock

import numpy as np
import pytest

from adamas import (
    Adafactor,
    Adam,
    Lamb,
    MultiOptimizer,
    Muon,
    Optimizer,
    Rate,
    explanation,
    lowering,
)
from adamas.compilers.llvm import wholes
from adamas.errors import ConfigurationError, NonFiniteError, RuleError
from adamas.language.expression import ARRAY, BATCH, COLUMN, ROW, TENSOR
from adamas.language.matrices import whole_tensor
from adamas.language.shapes import matrix_shape, stretched_shape
from adamas.lowering import lower
from cases import BFLOAT16, Upwards, check_close, leaves, signed
from rules import RULES, by_rows_and_columns, exchanges, needs_the_old, optimizer_of

SHAPES = ((6, 4), (2, 3, 5), (9,), (), (1, 7), (7, 1), (2, 2, 3, 4), (0, 3), (6, 4))


def gradients(params: Sequence[np.ndarray], seed: int) -> list[np.ndarray]:
    """Gradients of both signs with a mean."""
    chance = np.random.default_rng(100 + seed)
    return [np.array(chance.normal(0.3, 1, p.shape)).astype(p.dtype) for p in params]


def walks_of(optimizer: Any, shape: tuple[int, ...] = (30, 20), kind: str = "update") -> list[str]:
    """Each walk over a parameter of this shape: what it reads, and what it writes."""
    (part,) = explanation.explain(optimizer, {"kernel": shape}).parts
    return [f"{' '.join(c.reads)} → {' '.join(c.writes)}".strip() for c in getattr(part, kind)]


# -- which walks ----------------------------------------------------------------------------------

WALKS: dict[str, tuple[Any, list[str]]] = {
    "Adam": (Adam(), ["p g m v → p m v"]),
    "Adam with every stage that sums nothing": (
        Adam(
            amsgrad=True, weight_decay=0.1, use_ema=True, ema_overwrite_frequency=2, clipvalue=1.0
        ),
        ["p g m v v_hat ema → p m v v_hat ema"],
    ),
    "Adam with a norm": (Adam(global_clipnorm=1.0), ["g →", "p g m v → p m v"]),
    # m and v are stored with the first walk, so that the second needs no gradient: 40 bytes.
    "Lamb": (Lamb(), ["p g m v → m v", "p m v → p"]),
    "Lamb with decay": (Lamb(weight_decay=0.1), ["p g m v → m v", "p m v → p"]),
    "Lamb with a norm": (Lamb(clipnorm=1.0), ["g →", "p g m v → m v", "p m v → p"]),
    "Lamb with an average": (Lamb(use_ema=True), ["p g m v → m v", "p m v ema → p ema"]),
    "Lamb with accumulation": (
        Lamb(gradient_accumulation_steps=2),
        ["p g m v accumulator → m v", "p m v → p accumulator"],
    ),
    "Lamb that is checked": (
        Lamb(nonfinite="skip"),
        ["p g m v →", "p g m v →", "p g m v → m v", "p m v → p"],
    ),
    "Lamb with checked gradients": (
        Lamb(nonfinite="skip_gradients"),
        ["g →", "p g m v → m v", "p m v → p"],
    ),
    # Sums of rows and columns and RMS(p); RMS(u); the step.
    "Adafactor": (Adafactor(), ["p g →", "g →", "p g → p"]),
    "Muon": (Muon(), ["g m → m whole", "p whole → p"]),
    "Muon with an average": (Muon(use_ema=True), ["g m → m whole", "p ema whole → p ema"]),
    "Muon of centralized gradients": (
        Muon(centralize_gradients=True),
        ["g →", "g m → m whole", "p whole → p"],
    ),
}


@pytest.mark.parametrize("case", WALKS)
def test_a_step_takes_these_walks(case):
    optimizer, walks = WALKS[case]
    assert walks_of(optimizer) == walks


def test_lamb_moves_forty_bytes_a_weight():
    (part,) = explanation.explain(Lamb(), {"kernel": (30, 20)}).parts
    assert part.bytes == 4 * (4 + 2 + 3 + 1) == 40


def test_calls_that_only_accumulate_take_one_walk():
    for kind in (Adam, Lamb, Adafactor, Muon):
        optimizer = kind(gradient_accumulation_steps=2)
        assert walks_of(optimizer, kind="accumulate") == ["g accumulator → accumulator"]


def test_vectors_of_adafactor_and_what_muon_leaves_to_adam():
    assert walks_of(Adafactor(), (30,)) == ["p g v →", "p g v → p v"]
    assert walks_of(Muon(), (30,)) == ["p g m v → p m v"]
    assert walks_of(Muon(), (2, 30, 20)) == ["p g m v → p m v"]
    assert walks_of(Muon(stacked=True), (2, 30, 20)) == ["g m → m whole", "p whole → p"]


@pytest.mark.parametrize("depth", range(5))
def test_each_sum_of_a_sum_takes_a_walk_more(depth):
    def update(p, g, /, *, learning_rate):
        for _ in range(depth):
            g = g / np.sqrt(1 + np.mean(g * g))
        return p - learning_rate * g

    kind = optimizer_of(update)
    assert walks_of(kind()) == ["g →"] * depth + ["p g → p"]
    check_rule_by_numpy(kind, update)


def test_sums_of_one_level_share_a_walk_and_their_arithmetic():
    def update(p, g, /, *, learning_rate):
        total = np.sum(g * g) + np.sum(p * p) + np.mean(np.abs(g * p))
        return p - learning_rate * g / (1 + total)

    kind = optimizer_of(update)
    assert walks_of(kind()) == ["p g →", "p g → p"]
    check_rule_by_numpy(kind, update)


def test_a_sum_that_only_a_slot_needs_takes_no_walk_of_its_own():
    def update(p, g, n, /, *, learning_rate):
        return p - learning_rate * g, n + np.sum(g * g)

    assert walks_of(optimizer_of(update)()) == ["p g → p"]
    check_rule_by_numpy(optimizer_of(update), update)


def test_what_was_found_is_remembered():
    optimizer = Lamb()
    optimizer.build([np.ones((3, 4))])
    session: Any = optimizer.session
    (plan,) = session.plans
    assert lower(plan, plan.update[0]) is lower(plan, plan.update[0])


# -- what they compute ----------------------------------------------------------------------------


class ByNumpy:
    """A rule run by NumPy itself, on each tensor as [batch, rows, columns] in double precision."""

    def __init__(self, rule: Callable[..., Any], optimizer: Any) -> None:
        session = optimizer.session
        self.rule = rule
        self.names = list(inspect.signature(rule).parameters.values())
        self.params = [np.array(p, np.float64) for _, p in session.parameters()]
        extents = session.plans[0].slots
        self.slots = [
            [
                np.zeros(stretched_shape(p.shape, extents[n.name]))
                for n in self.names[2:]
                if n.kind is not n.KEYWORD_ONLY
            ]
            for p in self.params
        ]
        self.t = 0

    def step(self, grads: Sequence[np.ndarray]) -> None:
        """One update with a rate of 0.1."""
        self.t += 1
        for index, (p, g) in enumerate(zip(self.params, grads, strict=True)):
            if not p.size:
                continue
            shape = matrix_shape(p.shape)
            known = {"learning_rate": 0.1, "t": self.t}
            known |= dict(zip(("batch", "rows", "columns"), shape, strict=True))
            wanted = {n.name: known[n.name] for n in self.names if n.kind is n.KEYWORD_ONLY}
            arrays = (p.reshape(shape), g.astype(np.float64).reshape(shape))
            results = self.rule(*arrays, *self.slots[index], **wanted)
            new, *slots = results if isinstance(results, tuple) else (results,)
            self.params[index] = np.asarray(new).reshape(p.shape)
            self.slots[index] = [
                np.broadcast_to(value, old.shape).copy()
                for value, old in zip(slots, self.slots[index], strict=True)
            ]


def check_rule_by_numpy(
    kind: type[Any],
    rule: Callable[..., Any],
    dtype: Any = np.float64,
    shapes: Sequence[tuple[int, ...]] = SHAPES,
    **arguments: Any,
) -> Any:
    """Compiled code, and the reference, go where NumPy goes, slots too; gives the optimizer."""
    for compiler in ("llvm", "reference"):
        params = signed(shapes, dtype)
        optimizer = kind(**arguments)
        optimizer.build(params, compiler=compiler)
        twin = ByNumpy(rule, optimizer)
        # A dozen operations and sums over 24 weights, in double precision; some cancel.
        tolerance = 1e-11 if dtype == np.float64 else 1e-4
        for seed in range(3):
            grads = gradients(params, seed)
            optimizer.apply(grads)
            twin.step(grads)
            check_close(params, twin.params, tolerance)
        for index, slots in enumerate(twin.slots):
            for (slot, named), wanted in zip(optimizer.state.items(), slots, strict=True):
                if params[index].size:
                    got = named[str(index)]
                    check_close([got.reshape(wanted.shape)], [wanted], tolerance)
                    assert got.size == wanted.size, slot
    return optimizer


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=str)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_computes_what_numpy_computes(rule, dtype):
    check_rule_by_numpy(optimizer_of(rule), rule, dtype)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_checks_beside_a_rule_change_no_number_and_find_nothing(rule):
    """Also where a check and a sum come with the same walk."""
    check_rule_by_numpy(optimizer_of(rule), rule, nonfinite="raise")
    optimizer = check_rule_by_numpy(optimizer_of(rule), rule, nonfinite="skip")
    assert optimizer.skipped == 0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_wrong_number_would_be_seen(rule):
    def wrong(*arrays, **scalars):
        results = rule(*arrays, **scalars)
        p, *slots = results if isinstance(results, tuple) else (results,)
        return (p + 1e-9, *slots)

    wrong.__signature__ = inspect.signature(rule)  # type: ignore[attr-defined]
    with pytest.raises(AssertionError):
        check_rule_by_numpy(optimizer_of(rule), wrong)


EARLY = {
    needs_the_old: ["g m →", "p g m → p m"],
    exchanges: ["g a →", "p g a b → p a b"],
}


@pytest.mark.parametrize("rule", EARLY, ids=lambda rule: rule.__name__)
def test_nothing_is_stored_that_a_later_walk_needs_as_it_was(rule):
    assert walks_of(optimizer_of(rule)()) == EARLY[rule]


@pytest.mark.parametrize("rule", [needs_the_old, exchanges], ids=lambda rule: rule.__name__)
def test_storing_too_early_would_be_seen(rule):
    """Lowering that does not look whether what it overwrites is needed."""
    source = inspect.getsource(lowering)
    guard, cost = "if overwritten & walk.leaves:", "sum(walk.traffic for walk in walks)"
    assert source.count(guard) == source.count(cost) == 1
    eager = source.replace(guard, "if False:").replace(cost, "-sum(w.traffic for w in walks[:-1])")
    namespace = {"__name__": lowering.__name__, "__package__": lowering.__package__}
    exec(compile(eager, "<eager lowering>", "exec"), namespace)
    with mock.patch.object(lowering, "_Cut", namespace["_Cut"]), pytest.raises(AssertionError):
        check_rule_by_numpy(optimizer_of(rule), rule)


def test_a_parameter_is_not_rounded_before_all_that_follows_it_is_known():
    """Stored early, it would be read back in 16 bits: two arrays less, and other numbers."""

    def update(p, g, m, v, s, /):
        m, v = 0.9 * m + 0.1 * g, 0.9 * v + 0.1 * g * g
        total = np.sum(p * m)
        p = p - 0.1 * m / (np.sqrt(v) + 0.1)
        return p, m, v, p / (1 + total * total)

    p, g = (x.astype(BFLOAT16) for x in np.random.default_rng(0).uniform(0.5, 2, (2, 6, 4)))
    params = [p.copy()]
    optimizer = optimizer_of(update)()
    optimizer.apply([g], params)
    zeros = np.zeros(p.shape)
    new, _, _, wanted = update(p.astype(np.float64), g.astype(np.float64), zeros, zeros, zeros)
    np.testing.assert_allclose(optimizer.state["s"]["0"], wanted, rtol=1e-5)
    rounded = wanted * (new.astype(BFLOAT16).astype(np.float64) / new)
    assert (np.abs(rounded / wanted - 1) > 1e-4).any()


KINDS = ("add", "multiply", "sum", "mean", "norm", "norm", "where", "divide", "root")


def random_rule(seed: int) -> tuple[Callable[..., Any], int]:
    """A rule of arithmetic and sums at random, and how many slots it has."""
    chance = np.random.default_rng(seed)
    slots = int(chance.integers(0, 4))
    every = [None, (2,), (1,), (0, 1), (0, 1, 2), (1, 2), (0, 2)]
    program = []
    last = 1 + slots + int(chance.integers(4, 14))
    for place in range(2 + slots, last + 1):
        kind = str(chance.choice(KINDS))
        of = chance.integers(0, place, 3)
        of[0] = chance.choice([of[0], place - 1])  # every other time what was computed last
        program.append((kind, of, every[chance.integers(len(every))]))
    ends = [last, *chance.integers(2, last + 1, slots)]

    def apply(kind: str, a: Any, b: Any, c: Any, axis: Any) -> Any:
        match kind:
            case "add":
                return 0.5 * a + 0.25 * b
            case "multiply":
                return 0.5 * a * b
            case "sum":
                return 0.1 * np.sum(a, axis=axis, keepdims=True)
            case "mean":
                return np.mean(a, axis=axis, keepdims=True)
            case "norm":
                return a / (0.5 + np.sqrt(np.mean(a * a, axis=axis, keepdims=True)))
            case "where":
                return np.where(a > b, c, a)
            case "divide":
                return a / (1 + np.abs(b))
        return np.sqrt(np.abs(a) + 0.1)

    def compute(p, g, *old):
        values = [p, g, *old]
        for kind, (a, b, c), axis in program:
            values.append(apply(kind, values[a], values[b], values[c], axis))
        new = [0.5 * s + 0.5 * np.tanh(values[end]) for s, end in zip(old, ends[1:], strict=True)]
        return (p - 0.1 * np.tanh(values[ends[0]]), *new)

    names = ", ".join(["p", "g", *("a", "b", "c")[:slots]])
    namespace: dict[str, Any] = {"compute": compute}
    exec(f"def rule({names}, /):\n    return compute({names})", namespace)
    return namespace["rule"], slots


@pytest.mark.parametrize("seed", range(40))
def test_random_rules_compute_what_numpy_computes(seed):
    rule, _ = random_rule(seed)
    check_rule_by_numpy(optimizer_of(rule), rule, nonfinite="raise" if seed % 2 else "propagate")


def test_random_rules_have_slots_of_every_extent_and_several_walks():
    """So that the comparison above is one."""
    extents, most = set(), 0
    for seed in range(40):
        rule, _ = random_rule(seed)
        optimizer = optimizer_of(rule)()
        optimizer.build(signed(SHAPES))
        session: Any = optimizer.session
        extents |= set(session.plans[0].slots.values())
        most = max(most, *(len(lower(session.plans[0], w).walks) for w in session.plans[0].update))
    assert {TENSOR, ROW, COLUMN, ARRAY} <= extents
    assert most >= 3


# -- slots of every extent ------------------------------------------------------------------------


def slot_by(value: Callable[[Any], Any]) -> Callable[..., Any]:
    """A rule whose slot grows by `value` of the gradient."""

    def update(p, g, s, /):
        return p - 0.1 * g, s + value(g)

    return update


EXTENTS: dict[str, tuple[Callable[[Any], Any], int, dict[tuple[int, ...], tuple[int, ...]]]] = {
    "a number": (lambda g: 1.0, TENSOR, {(3, 4): (), (5,): (), (2, 3, 4): ()}),
    "the tensor": (lambda g: np.sum(g), TENSOR, {(3, 4): (), (5,): (), (2, 3, 4): ()}),
    "a matrix": (
        lambda g: np.sum(g, axis=(1, 2), keepdims=True),
        BATCH,
        {(3, 4): (), (5,): (), (2, 3, 4): (2,), (2, 6, 3, 4): (2, 6)},
    ),
    "a row": (
        lambda g: np.sum(g, axis=-1, keepdims=True),
        ROW,
        {(3, 4): (3,), (5,): (), (2, 3, 4): (2, 3), (): ()},
    ),
    "a column": (
        lambda g: np.sum(g, axis=-2, keepdims=True),
        COLUMN,
        {(3, 4): (4,), (5,): (5,), (2, 3, 4): (2, 4), (): ()},
    ),
    "a row of all matrices": (
        lambda g: np.sum(g, axis=(0, 2), keepdims=True),
        ROW & ~2,
        {(3, 4): (3,), (5,): (), (2, 3, 4): (3,)},
    ),
    "a weight": (lambda g: g, ARRAY, {(3, 4): (3, 4), (5,): (5,), (2, 3, 4): (2, 3, 4)}),
    "a row and a column": (
        lambda g: np.sum(g, axis=1, keepdims=True) * np.sum(g, axis=2, keepdims=True),
        ARRAY,
        {(3, 4): (3, 4), (5,): (5,), (2, 3, 4): (2, 3, 4)},
    ),
}


@pytest.mark.parametrize("case", EXTENTS)
def test_a_slot_is_kept_for_what_its_value_varies_over(case):
    value, extent, shapes = EXTENTS[case]
    kind = optimizer_of(slot_by(value))
    params = signed(list(shapes))
    optimizer = kind()
    optimizer.build(params)
    session: Any = optimizer.session
    assert session.plans[0].slots == {"s": extent}
    assert [array.shape for array in optimizer.state["s"].values()] == list(shapes.values())
    check_rule_by_numpy(kind, slot_by(value), shapes=list(shapes))


def chain(p, g, a, b, c, /):
    """a follows b, which follows c, which is a row's: found in as many rounds."""
    return p - 0.1 * g / (1 + a * a), 0.5 * a + b, 0.5 * b + c, c + np.mean(g, -1, keepdims=True)


def circle(p, g, a, b, /):
    """Each follows the other; one of them meets a column."""
    return p - 0.1 * a, 0.5 * b, 0.5 * a + np.mean(g, axis=-2, keepdims=True)


@pytest.mark.parametrize(("rule", "extent"), [(chain, ROW), (circle, COLUMN)])
def test_slots_that_follow_others_vary_over_what_those_do(rule, extent):
    optimizer = check_rule_by_numpy(optimizer_of(rule), rule)
    assert set(optimizer.session.plans[0].slots.values()) == {extent}


def test_small_slots_have_their_bytes_in_the_explanation():
    told = explanation.explain(Adafactor(), {"kernel": (300, 200), "bias": (200,)})
    matrix, vector = told.parts
    assert matrix.state == {"r": 4 * 300 / 60_000, "c": 4 * 200 / 60_000}
    assert vector.state == {"v": 4}


def test_small_slots_are_widened_float32_and_doubles_of_doubles():
    for dtype, wanted in ((np.float16, np.float32), (np.float32, np.float32), (np.float64,) * 2):
        optimizer = optimizer_of(by_rows_and_columns)()
        optimizer.build(signed(SHAPES, dtype))
        assert {array.dtype for array in leaves(optimizer.state)} == {np.dtype(wanted)}


@pytest.mark.parametrize("policy", ["propagate", "raise", "skip"])
def test_tensors_without_weights_have_no_means_to_store(policy):
    """0 / 0 would be NaN, and would be found at every step."""
    params = signed([(0, 3), (2, 0), (3, 2)])
    optimizer = Adafactor(nonfinite=policy)
    for seed in range(2):
        optimizer.apply(gradients(params, seed), params)
    assert (optimizer.iterations, optimizer.skipped) == (2, 0)
    assert all(np.isfinite(array).all() for array in leaves(optimizer.state))


def test_a_small_slot_that_overflows_where_it_is_stored_is_found():
    """Its value is finite in double precision, and not in float32."""

    def update(p, g, n, /):
        return p - np.sign(g), n + np.sum(g * g)

    params = [np.ones(3, np.float32), np.ones((2, 2), np.float32)]
    grads = [np.ones(3, np.float32), np.full((2, 2), 1e25, np.float32)]
    optimizer = optimizer_of(update)(nonfinite="raise")
    optimizer.build(params)
    with pytest.raises(NonFiniteError, match="parameter '1'.*overflows"):
        optimizer.apply(grads)
    assert optimizer.state["n"]["1"] == 0
    optimizer.nonfinite = "propagate"
    optimizer.apply(grads)  # in silence, as everything that overflows
    assert optimizer.state["n"]["1"] == np.inf


def test_what_is_not_finite_is_found_beside_a_sum_of_the_same_walk():
    """In any tensor; the sum itself is finite, and other than 0."""

    def update(p, g, n, /):
        return p - 1e30 * g, n + np.sum(np.sign(g) + 2)

    grads = [np.ones(20, np.float32), np.full((3, 4), 2, np.float32), np.ones(5, np.float32)]
    for wrong in range(3):
        params = [np.ones(g.shape, np.float32) for g in grads]
        optimizer = optimizer_of(update)(nonfinite="raise")
        optimizer.build(params)
        optimizer.apply(grads)
        before = [p.copy() for p in (*params, *leaves(optimizer.state))]
        spoilt = [g.copy() for g in grads]
        spoilt[wrong].reshape(-1)[-1] = 1e30
        with pytest.raises(NonFiniteError, match=f"parameter '{wrong}'"):
            optimizer.apply(spoilt)
        check_close([*params, *leaves(optimizer.state)], before, 0)


def test_sums_are_taken_in_double_precision():
    """Of rows, columns and all: float32 would be off in the fourth digit, or overflow."""

    def update(p, g, r, c, n, /):
        squares = g * g
        r, c = np.sum(squares, axis=1, keepdims=True), np.sum(squares, axis=-1, keepdims=True)
        return p - 1e-30 * g, r, c, np.sum(squares)

    chance = np.random.default_rng(0)
    g = np.exp(chance.normal(0, 3, (700, 900))).astype(np.float32)
    optimizer = optimizer_of(update)()
    optimizer.apply([g], [np.ones_like(g)])
    exact = g.astype(np.longdouble) ** 2
    for slot, wanted in (("r", exact.sum(0)), ("c", exact.sum(1)), ("n", exact.sum())):
        got = optimizer.state[slot]["0"]
        np.testing.assert_allclose(got, wanted.astype(np.float64), rtol=2.0**-23)


@pytest.mark.parametrize("compiler", ["llvm", "reference"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", BFLOAT16])
def test_rules_may_ask_for_the_spacing_of_a_dtype(dtype, compiler):
    one = np.ones(3, dtype)
    params = [one.copy()]
    optimizer = Upwards()
    optimizer.build(params, compiler=compiler)
    optimizer.apply([one])
    assert (params[0] == np.nextafter(one, 2 * one)).all()


# -- functions of whole tensors -------------------------------------------------------------------

CALLED: list[tuple[int, ...]] = []


@whole_tensor
def gram(x: Any, scale: float) -> Any:
    """x xᵀ x, scaled: what each matrix of a stack makes of itself."""
    CALLED.append(x.shape)
    return scale * (x @ x.mT @ x)


def by_products(p, g, m, /, *, learning_rate, t):
    """A whole tensor's function, with a scalar of the step, between arithmetic."""
    m = 0.9 * m + g
    return p - learning_rate * np.tanh(gram(m + 0.5 * g, 1 / t)), m


def by_products_and_sums(p, g, m, r, /, *, learning_rate):
    """The same, after sums and before sums: by rows of the product, as NorMuon has it."""
    m = 0.9 * m + g / np.sqrt(1 + np.sum(g * g))
    u = gram(m, 0.1)
    r = 0.9 * r + 0.1 * np.mean(u * u, axis=-1, keepdims=True)
    u = u / (1e-3 + np.sqrt(r))
    return p - learning_rate * u / np.sqrt(1 + np.sum(u * u)), m, r


@pytest.mark.parametrize("piece", [1, 50, wholes.PIECE])
@pytest.mark.parametrize("rule", [by_products, by_products_and_sums])
def test_functions_of_whole_tensors_see_stacks_of_matrices(rule, piece):
    CALLED.clear()
    with mock.patch.object(wholes, "PIECE", piece):
        check_rule_by_numpy(optimizer_of(rule), rule)
        check_rule_by_numpy(optimizer_of(rule), rule, nonfinite="raise")
    assert {shape[-2:] for shape in CALLED} >= {(6, 4), (3, 5), (1, 9), (1, 1)}
    assert any(len(shape) == 4 and shape[0] > 1 for shape in CALLED) == (piece > 1)


@pytest.mark.parametrize("rule", [by_products, by_products_and_sums])
def test_matrices_for_functions_may_lie_in_any_way(rule):
    """Memory between the walks is dense, whatever the parameters' is."""
    ends = []
    for turn in (np.ascontiguousarray, np.asfortranarray, lambda x: x[..., ::-1][..., ::-1].copy()):
        params = [turn(p) if p.ndim else p for p in signed(SHAPES)]
        optimizer = optimizer_of(rule)()
        optimizer.build(params)
        for seed in range(3):
            optimizer.apply([turn(g) if g.ndim else g for g in gradients(params, seed)])
        ends.append([np.ascontiguousarray(p) for p in params])
    check_close(ends[0], ends[1], 1e-11)
    check_close(ends[0], ends[2], 1e-11)


def test_tensors_of_one_shape_are_one_call_unless_their_numbers_differ():
    """Two members with other rates are one batch, and two calls of the function."""

    def update(p, g, /, *, learning_rate):
        return p - gram(g, learning_rate)

    kind = optimizer_of(update)
    shapes = [(3, 4)] * 5
    for members, calls in (
        ([("", kind(0.1))], [(5, 1, 3, 4)]),
        ([("[01]", kind(0.1)), ("", kind(0.2))], [(2, 1, 3, 4), (3, 1, 3, 4)]),
    ):
        params, before = signed(shapes), signed(shapes)
        CALLED.clear()
        optimizer = MultiOptimizer(members)
        optimizer.apply(gradients(params, 0), params)
        assert calls == CALLED
        for index, (p, old, g) in enumerate(zip(params, before, gradients(params, 0), strict=True)):
            rate = 0.1 if index < 2 or len(calls) == 1 else 0.2
            np.testing.assert_allclose(p, old - rate * g @ g.T @ g, rtol=1e-12)


def test_what_is_not_finite_passes_through_a_function_in_silence():
    params = signed([(3, 4), (3, 4)], np.float32)
    optimizer = Muon(nonfinite="skip")
    optimizer.build(params)
    grads = gradients(params, 0)
    grads[1][0, 0] = np.inf
    optimizer.apply(grads)
    assert optimizer.skipped == 1
    optimizer.nonfinite = "propagate"
    optimizer.apply(grads)
    assert np.isfinite(params[0]).all()
    assert np.isnan(params[1]).any()


# -- what a rule may not ask ----------------------------------------------------------------------


@whole_tensor
def negative(x: Any) -> Any:
    """Minus x."""
    return -x


HALF: Any = 0.5

WRONG: dict[str, tuple[Callable[..., Any], str]] = {
    "an axis without keepdims": (lambda p, g: np.sum(g, axis=0), "keepdims=True"),
    "a mean without keepdims": (lambda p, g: np.mean(g, axis=(0, 1)), "np.mean.*keepdims=True"),
    "keepdims that are off": (lambda p, g: np.sum(g, axis=1, keepdims=False), "keepdims=True"),
    "an axis that is not there": (lambda p, g: np.sum(g, axis=3, keepdims=True), "Got: 3"),
    "one below": (lambda p, g: np.sum(g, axis=-4, keepdims=True), "Got: -4"),
    "one of two": (lambda p, g: np.sum(g, axis=(0, 5), keepdims=True), r"Got: \(0, 5\)"),
    "half an axis": (lambda p, g: np.sum(g, HALF, keepdims=True), "Got: 0.5"),
    "a list of axes": (lambda p, g: np.sum(g, axis=[0, 1], keepdims=True), r"Got: \[0, 1\]"),
    "another dtype": (lambda p, g: np.sum(g, dtype=np.float64), "axis and keepdims only.*dtype"),
    "a part": (lambda p, g: np.sum(g, where=p > 0), "axis and keepdims only.*where"),
    "memory": (lambda p, g: np.mean(g, out=p), "axis and keepdims only.*out"),
    "the matrices of a stack": (
        lambda p, g: np.sum(g, axis=0, keepdims=True),
        r"stack alone.*\(0, 1\)",
    ),
    "another reduction": (lambda p, g: np.std(g), "np.std"),
    "a product of all": (lambda p, g: np.prod(g), "np.prod"),
    "a method": (lambda p, g: g.sum(), "attribute 'sum'"),
    "a reduction of a ufunc": (lambda p, g: np.add.reduce(g), "'reduce'"),
    "a function of a sum": (lambda p, g: negative(np.sum(g)), "values for each weight"),
    "a number for each tensor": (lambda p, g: gram(g, np.sum(g)), "scalars of the step"),
    "a condition on data": (lambda p, g: negative(g, when=g > 0), "condition of the step"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_rule_cannot_have_is_refused_by_build(case):
    function, words = WRONG[case]

    def update(p, g, /):
        return p - function(p, g)

    params = signed(SHAPES)
    before = [p.copy() for p in params]
    with pytest.raises(RuleError, match=words) as caught:
        optimizer_of(update)().build(params)
    assert "whole tensor" in str(caught.value) or __file__ in str(caught.value)
    check_close(params, before, 0)


AXES: dict[str, tuple[Mapping[str, Any], tuple[int, ...]]] = {
    "none": ({}, (0, 1, 2)),
    "None": ({"axis": None}, (0, 1, 2)),
    "None with keepdims": ({"axis": None, "keepdims": True}, (0, 1, 2)),
    "the last": ({"axis": -1, "keepdims": True}, (2,)),
    "the second": ({"axis": 1, "keepdims": True}, (1,)),
    "two, one from the end": ({"axis": (0, -1), "keepdims": True}, (0, 2)),
    "all three": ({"axis": (2, 1, 0), "keepdims": True}, (0, 1, 2)),
    "no axis": ({"axis": (), "keepdims": True}, ()),
}


@pytest.mark.parametrize("name", ["sum", "mean"])
@pytest.mark.parametrize("case", AXES)
def test_axes_are_given_as_numpy_takes_them(case, name):
    options, axes = AXES[case]

    def update(p, g, /):
        return p - getattr(np, name)(g, **options)

    params = signed([(2, 3, 4), (3, 4), (5,)])
    before, grads = [p.copy() for p in params], gradients(params, 0)
    optimizer_of(update)().apply(grads, params)
    for p, old, g in zip(params, before, grads, strict=True):
        shaped = g.reshape(matrix_shape(g.shape))
        wanted = getattr(np, name)(shaped, axis=axes, keepdims=True)
        moved = np.broadcast_to(wanted, shaped.shape).reshape(p.shape)
        np.testing.assert_allclose(old - p, moved, rtol=1e-10, atol=1e-12)


def test_an_axis_may_come_by_position():
    def update(p, g, /):
        return p - np.sum(g, -1, keepdims=True)

    check_rule_by_numpy(optimizer_of(update), update)


RESERVED = ("whole", "clipnorm_factor", "global_clipnorm_factor", "rows", "p", "g", "ema")


@pytest.mark.parametrize("name", [name for name in RESERVED if name not in "pg"])
def test_slots_cannot_have_names_of_the_step(name):
    namespace: dict[str, Any] = {}
    exec(f"def update(p, g, {name}, /):\n    return p - g, {name} + g", namespace)
    with pytest.raises(RuleError, match=f"slot '{name}'.*another name"):
        optimizer_of(namespace["update"])().build(signed(SHAPES))


@pytest.mark.parametrize("name", RESERVED)
def test_numbers_cannot_have_names_of_the_step(name):
    """A rule that asks for it would be given the other."""

    def update(p, g, /, *, learning_rate):
        return p - learning_rate * g

    fields = {"__annotations__": {"learning_rate": Rate, name: float}, name: 0.5}
    with pytest.raises(RuleError, match=f"number '{name}'.*another name"):
        optimizer_of(update, **fields)


# -- names and rates -----------------------------------------------------------------------------


def test_prepare_may_not_replace_what_belongs_to_the_step():
    with pytest.raises(RuleError, match="'weight_decay'"):

        class Replacing(Optimizer):
            learning_rate: Rate = 0.1

            @staticmethod
            def prepare(t):
                return {"weight_decay": 0.5}

            @staticmethod
            def update(p, g, /, *, learning_rate):
                return p - learning_rate * g


def test_an_optimizer_without_a_rate_says_so_where_one_is_needed():
    class Rateless(Optimizer):
        @staticmethod
        def update(p, g, /):
            return p - g

    optimizer = Rateless()
    optimizer.build([np.ones(3)])
    assert "rateless/learning_rate" not in optimizer.variables
    with pytest.raises(ConfigurationError, match="independent_weight_decay"):
        Rateless(weight_decay=0.1).build([np.ones(3)])
    params = [np.ones(3)]
    Rateless(weight_decay=0.5, independent_weight_decay=True).apply([np.zeros(3)], params)
    np.testing.assert_array_equal(params[0], 0.5)


def test_averages_that_fail_leave_every_parameter():
    class Failing(Optimizer):
        learning_rate: Rate = 0.1

        @staticmethod
        def update(p, g, r, /, *, learning_rate):
            return p - learning_rate * g, r + np.mean(g, axis=-1, keepdims=True)

        @staticmethod
        def average(p, r, /):
            return p + r

    params = [np.ones(3), np.ones((3, 4))]
    optimizer = Failing()
    optimizer.apply([np.ones(3), np.ones((3, 4))], params)
    before = [p.copy() for p in params]
    with pytest.raises(ValueError, match="broadcast"):
        optimizer.finalize_variable_values()
    for one, other in zip(params, before, strict=True):
        np.testing.assert_array_equal(one, other)
