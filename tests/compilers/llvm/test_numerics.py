"""Compiled operations and conversions against NumPy: special values, every rounding, packing."""

import operator
import platform
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from adamas import Adam, Optimizer, Rate
from adamas.compilers import store
from adamas.language.evaluation import evaluate
from adamas.language.expression import Trace
from adamas.language.operations import OPERATIONS
from adamas.language.python import host_function
from cases import BFLOAT16, DTYPES, bits, parameters, run

KINDS = (np.float32, np.float64)
LIBRARY = (
    *("exp", "log", "cos", "sin", "tanh", "power"),
    *("arctan2", "cbrt", "log1p", "expm1"),
)
"""Functions of the mathematical library, which may be a few ulp off on either side."""


def special(kind: Any) -> np.ndarray:
    """Zeros, ones, infinities, NaN, subnormals, limits, and neighbours of powers of two."""
    limits = np.finfo(kind)
    positive = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 7.25, 1e-3, 20.0, 89.0, 1e10, np.inf]
    positive += [limits.max, limits.tiny, limits.tiny / 4, limits.smallest_subnormal]
    positive += [np.nextafter(kind(1), kind(2)), np.nextafter(kind(1), kind(0)), np.pi, 1e-20]
    values = np.array(positive, kind)
    return np.concatenate([values, -values, np.array([np.nan], kind)])


def one_line(rule: Callable[..., Any], slots: int = 0) -> Optimizer:
    """An optimizer whose parameter becomes ``rule(p, g)``."""

    class OneLine(Optimizer):
        @staticmethod
        def update(p, g, /):
            return rule(p, g)

    return OneLine()


def compiled(rule: Callable[..., Any], p: np.ndarray, g: np.ndarray) -> np.ndarray:
    """What the compiled rule makes of each element, by vectors and one by one: the same."""
    dense, other = p.copy(), g.copy()
    one_line(rule).apply([other], [dense])
    strided = np.zeros((len(p), 2), p.dtype)
    strided[:, 0] = p
    column = strided[:, 0]
    one_line(rule).apply([other], [column])
    assert not strided[:, 1].any()
    same = (bits_of(dense) == bits_of(column)) | (np.isnan(dense) & np.isnan(column))
    assert same.all(), "the vector loop and the scalar loop differ"
    return dense


def bits_of(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array).view(f"u{array.itemsize}")


def pairs(kind: Any) -> tuple[np.ndarray, np.ndarray]:
    values = special(kind)
    return np.repeat(values, len(values)), np.tile(values, len(values))


def assert_equal_bits(name: str, got: np.ndarray, wanted: np.ndarray, *inputs: np.ndarray) -> None:
    """Equal bits; any NaN equals any other. Either zero may be the larger, as in NumPy."""
    same = (bits_of(got) == bits_of(wanted)) | (np.isnan(got) & np.isnan(wanted))
    if name in ("maximum", "minimum"):
        same |= (got == 0) & (wanted == 0)
    wrong = np.flatnonzero(~same)[:5]
    shown = [(*(x[i] for x in inputs), got[i], wanted[i]) for i in wrong]
    assert same.all(), f"{name}: (inputs, compiled, NumPy) = {shown}"


def assert_near(name: str, got: np.ndarray, exact: np.ndarray, ulps: float) -> None:
    """Within `ulps` units in the last place of the exact value; specials where it has them."""
    kind = got.dtype.type
    with np.errstate(all="ignore"):
        rounded = exact.astype(kind)
        same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
        distance = np.abs(got.astype(np.longdouble) - exact) / np.spacing(np.abs(rounded))
        # A value at the edge of overflow may round either way.
        near = distance <= ulps
    assert (same | near).all(), (name, got[~(same | near)][:5], exact[~(same | near)][:5])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_gives_what_numpy_gives(name, kind):
    operation = OPERATIONS[name]
    p, g = pairs(kind)
    inputs = {1: (g,), 2: (p, g), 3: (p > 0, p, g)}[operation.arity]

    def rule(p, g):
        symbols = {1: (g,), 2: (p, g), 3: (p > 0, p, g)}[operation.arity]
        result = operation.numpy(*symbols)
        return np.where(result, 1.0, 2.0) if operation.truth else result

    got = compiled(rule, p, g)
    with np.errstate(all="ignore"):
        if name in LIBRARY:
            wide = [x.astype(np.longdouble) for x in inputs]
            assert_near(name, got, operation.numpy(*wide), ulps=2)
            return
        wanted = operation.numpy(*inputs)
    if operation.truth:
        wanted = np.where(wanted, 1.0, 2.0)
    assert_equal_bits(name, got, wanted.astype(kind), p, g)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LIBRARY)
def test_library_functions_are_within_two_ulp_on_ordinary_values(name, kind):
    chance = np.random.default_rng(0)
    p = np.exp(chance.uniform(-8, 8, 5000)).astype(kind)
    g = chance.uniform(-4, 4, 5000).astype(kind)
    pair, positive = (p, g), (p,)
    of = {"power": pair, "arctan2": pair, "log": positive, "log1p": positive}
    inputs = of.get(name, (g,))

    def rule(p, g):
        return getattr(np, name)(*(p if one is positive[0] else g for one in inputs))

    exact = getattr(np, name)(*(x.astype(np.longdouble) for x in inputs))
    # The cube root of glibc is known to be up to 4 off.
    assert_near(name, compiled(rule, p, g), exact, ulps=4 if name == "cbrt" else 2)


WRITTEN: dict[str, Callable[..., Any]] = {
    "power_of_constant": lambda p, g: 2.0**g,
    "square": lambda p, g: g**2,
    "cube": lambda p, g: g**3,
    "root_by_power": lambda p, g: np.abs(g) ** 0.5,
    "clip": lambda p, g: np.clip(g, -1.0, 1.5),
    "reciprocal": lambda p, g: np.reciprocal(g),
    "np_square": lambda p, g: np.square(g),
    "reflected": lambda p, g: 1.0 - g / (3.0 + abs(p)),
    "negative_constant": lambda p, g: -g * -0.5 - (-p),
    "nested_comparison": lambda p, g: np.where((p < g) == (g > 0), p, g),
    "conditions": lambda p, g: np.where(((p < g) & (g > 0)) | ~(p >= 1), p, g),
    "condition_as_number": lambda p, g: (p < g) * 2.0 + (g > 0),
    "where_of_conditions": lambda p, g: np.where(np.where(p > 0, g > 0, g < 0), 1.0, 0.0),
    "number_as_condition": lambda p, g: np.where(np.logical_and(p, g), 1.0, 2.0),
    "sign_times": lambda p, g: p - 0.1 * np.sign(g),
    "shared": lambda p, g: (p * g + p * g) / (p * g - 1.0),
    "no_gradient": lambda p, g: p * 2.0,
    "constant": lambda p, g: 7.5,
    "not_contracted": lambda p, g: p * g + p * p - g * g,
    "not_reassociated": lambda p, g: (p + g) - p,
    "division_kept": lambda p, g: g / 3.0,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WRITTEN)
def test_an_expression_gives_numpys_bits(name, kind):
    chance = np.random.default_rng(1)
    p, g = chance.normal(size=(2, 999)).astype(kind)
    rule = WRITTEN[name]
    if name == "condition_as_number":
        wanted = (p < g).astype(kind) * kind(2) + (g > 0).astype(kind)
    else:
        wanted = np.broadcast_to(rule(p, g), p.shape).astype(kind)
    got = compiled(rule, p, g)
    if "power" in name or name == "cube":
        np.testing.assert_allclose(got, wanted, rtol=4 * np.finfo(kind).eps)
    else:
        assert_equal_bits(name, got, wanted, p, g)


def test_a_wrong_operation_would_be_seen():
    p, g = pairs(np.float32)
    with np.errstate(all="ignore"):
        wrong = p + g * np.float32(1 + 2**-23)
        exact = np.exp(p.astype(np.longdouble))
        rough = np.exp(p) * np.float32(1 + 2**-20)
    with pytest.raises(AssertionError):
        assert_equal_bits("add", compiled(operator.add, p, g), wrong, p, g)
    with pytest.raises(AssertionError):
        assert_near("exp", rough, exact, 2)


# -- the host's arithmetic: scalars of a step -----------------------------------------------------

SCALARS: dict[str, Callable[..., Any]] = {
    "a negative base": lambda t, x: (-1.0) ** t,
    "a negative fraction as base": lambda t, x: np.power(-0.5, t),
    "a negated power": lambda t, x: -(x**t),
    "a power of a negation": lambda t, x: (-x) ** t,
    "a power of a power": lambda t, x: (x**2) ** t,
    "powers to the right": lambda t, x: x ** (2**t),
    "a root of a negative number": lambda t, x: (x - 10) ** 0.5,
    "a root of a negative square": lambda t, x: np.sqrt(-x),
    "beyond the largest double": lambda t, x: 2.0 ** (t * 1000),
    "a quotient of huge powers": lambda t, x: 3.0 ** (t * 1000) / 3.0 ** (t * 1000 - 1),
    "a division by zero": lambda t, x: x / (t - t),
    "a logarithm of zero": lambda t, x: np.log(t - t),
    "an overflowing exponential": lambda t, x: np.exp(x * 1e5),
    "comparisons of comparisons": lambda t, x: np.where((t < 5) == (x > 3), 1.0, 2.0),
    "comparisons in a row": lambda t, x: np.where((t < 5) < (x > 3), 1.0, 2.0),
    "integers as conditions": lambda t, x: np.where(np.logical_and(t, 1), 1.0, 2.0),
    "numbers as conditions": lambda t, x: np.where(np.logical_or(t - t, x), 1.0, 2.0),
    "conditions": lambda t, x: np.where((t < 5) & ~(x > 3) | (t == 2), 1.0, 2.0),
    "subtraction to the right": lambda t, x: x - (t - (x - 1)),
    "division to the right": lambda t, x: x / (t / (x / 3)),
    "a remainder": lambda t, x: (-x) % t,
    "a remainder of a product": lambda t, x: (x * t) % 3 * 2,
    "a remainder by zero": lambda t, x: x % (t - t),
    "the smaller and the larger": lambda t, x: np.minimum(t, x) - np.maximum(t, 1 / x),
    "a sign of zero": lambda t, x: 1 / np.minimum(-0.0 * t, 0.0),
    "a sign": lambda t, x: np.sign(x - t) * np.abs(x - t),
    "the floor": lambda t, x: np.floor(x * 1.5 - 4),
    "infinity": lambda t, x: np.minimum(np.inf, x) + np.where(np.isfinite(x), 0, np.nan),
    "a condition as number": lambda t, x: (t < x) * 3.0 + (t >= x),
    "1 - beta**t": lambda t, x: 1 - 0.999**t,
    "large integers": lambda t, x: (t + 1e17) * 3 - 1e17,
}


@pytest.mark.parametrize("name", SCALARS)
def test_scalars_of_a_step_are_what_numpy_computes_in_double_precision(name):
    trace = Trace()
    arguments = ("t", "x")
    output = trace.lift(SCALARS[name](*(trace.leaf(n, 0) for n in arguments)))
    compute = host_function([output], arguments)
    for t, x in [(1, 0.25), (2, 4.0), (3, 7.5), (7, 0.1), (1000, 1e-3), (123_457, 2.0)]:
        with np.errstate(all="ignore"):
            leaves = {"t": np.float64(t), "x": np.float64(x)}
            wanted = float(evaluate([output], leaves)[0])
        (got,) = compute(t, x)
        # One ulp of a power is 1e-13 of what is left when it is taken from 1.
        rtol = 2e-13 if name == "1 - beta**t" else 1e-15
        np.testing.assert_allclose(float(got), wanted, rtol=rtol, err_msg=f"t={t}, x={x}")


def test_a_rule_may_alternate_signs_by_the_step():
    class Alternating(Optimizer):
        learning_rate: Rate = 1.0

        @staticmethod
        def update(p, g, /, *, learning_rate, t):
            return p + learning_rate * (-1.0) ** t * g

    params = [np.zeros(20, np.float32)]
    optimizer = Alternating()
    seen = []
    for _ in range(4):
        optimizer.apply([np.ones(20, np.float32)], params)
        seen.append(float(params[0][0]))
    assert seen == [-1, 0, -1, 0]


# -- storing in 16 bits ---------------------------------------------------------------------------


def stored(values: np.ndarray, dtype: Any) -> np.ndarray:
    """float32 values as the compiled step stores them in `dtype`."""
    params = [np.zeros(values.shape, dtype)]
    with np.errstate(all="ignore"):
        one_line(lambda p, g: g).apply([values.astype(np.float32)], params)
    return params[0]


def neighbourhood_of_bfloat16() -> np.ndarray:
    """Each pattern, the midpoint to the next one, and the floats on both sides of it."""
    high = np.arange(65536, dtype=np.uint32) << 16
    low = np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32)
    return (high[:, None] | low[None, :]).reshape(-1).view(np.float32)


def neighbourhood_of_float16() -> np.ndarray:
    """Each pattern, and the floats around the midpoint to the next one."""
    values = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    finite = values[np.isfinite(values)]
    magnitudes = np.unique(np.abs(finite))
    middle = ((magnitudes[1:].astype(np.float64) + magnitudes[:-1]) / 2).astype(np.float32)
    middle = np.append(middle, np.float32(65520))  # from here on it is infinity
    around = [np.nextafter(middle, np.float32(0)), middle, np.nextafter(middle, np.float32(1e9))]
    beyond = np.array([1e5, 1e38, 1e-8, 1e-40], np.float32)
    return np.concatenate([values, *around, *(-a for a in around), beyond, -beyond])


@pytest.mark.parametrize(
    ("dtype", "values"),
    [(BFLOAT16, neighbourhood_of_bfloat16()), (np.float16, neighbourhood_of_float16())],
    ids=["bfloat16", "float16"],
)
def test_storing_rounds_to_nearest_even_at_every_pattern(dtype, values):
    with np.errstate(all="ignore"):
        wanted = values.astype(dtype)
    got = stored(values, dtype)
    nan = np.isnan(values)
    np.testing.assert_array_equal(got.view(np.uint16)[~nan], wanted.view(np.uint16)[~nan])
    assert np.isnan(got[nan].astype(np.float32)).all()


@pytest.mark.parametrize("dtype", [np.float16, BFLOAT16], ids=str)
def test_reading_gives_every_pattern_its_value(dtype):
    patterns = np.arange(65536, dtype=np.uint16).view(dtype)
    params = [np.zeros(65536, np.float32)]
    one_line(lambda p, g: g).apply([patterns], params)
    wanted = patterns.astype(np.float32)
    nan = np.isnan(wanted)
    np.testing.assert_array_equal(params[0][~nan].view("u4"), wanted[~nan].view("u4"))
    assert np.isnan(params[0][nan]).all()


def test_truncation_in_place_of_rounding_would_be_seen():
    values = neighbourhood_of_bfloat16()
    values = values[np.isfinite(values)]
    truncated = (values.view(np.uint32) >> 16).astype(np.uint16)
    assert (truncated != stored(values, BFLOAT16).view(np.uint16)).any()


@pytest.mark.parametrize(
    ("parameter", "gradient"),
    [(p, g) for p in DTYPES for g in DTYPES if p != g],
    ids=lambda dtype: dtype.name,
)
def test_a_gradient_of_another_dtype_is_converted_before_anything_else(parameter, gradient):
    chance = np.random.default_rng(2)
    params = parameters(dtypes=[parameter])
    others = [p.copy() for p in params]
    compute = np.float64 if parameter == np.float64 else np.float32
    one, two = Adam(0.1), Adam(0.1)
    for _ in range(3):
        grads = [np.array(chance.normal(size=p.shape)).astype(gradient) for p in params]
        one.apply(grads, params)
        two.apply([g.astype(compute) for g in grads], others)
    assert [bits(p) for p in params] == [bits(p) for p in others]


# -- low precision trains -------------------------------------------------------------------------


@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize("dtype", [np.float16, BFLOAT16], ids=str)
def test_a_parameter_of_16_bits_moves_as_far_as_its_float32_twin(dtype, amsgrad):
    """β₂ = 0.999 does not round to 1, moments are not lost, and no step vanishes.

    A step of 0.01 is 2.6 neighbours of bfloat16 below 1 and is rounded to 2 or 3 of them, so the
    way may be a quarter longer or shorter.
    """
    chance = np.random.default_rng(4)
    narrow, wide = [np.ones(33, dtype)], [np.ones(33, np.float32)]
    one, two = Adam(1e-2, amsgrad=amsgrad), Adam(1e-2, amsgrad=amsgrad)
    for _ in range(60):
        g = chance.uniform(0.5, 1.5, 33).astype(dtype)
        one.apply([g], narrow)
        two.apply([g.astype(np.float32)], wide)
    way = (1 - narrow[0].astype(np.float32)) / (1 - wide[0])
    assert way.min() > 0.75
    assert way.max() < 1.25
    for slot in ("m", "v"):
        # The moments never see the rounded parameter: they are those of the twin.
        assert bits(one.state[slot]["0"]) == bits(two.state[slot]["0"])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("amsgrad", [False, True])
def test_a_zero_gradient_moves_nothing_and_stays_finite(dtype, amsgrad):
    params = [np.array([1.0, -2.0, 0.0] * 9).astype(dtype)]
    before = bits(params[0])
    optimizer = Adam(1e-2, amsgrad=amsgrad, global_clipnorm=1.0)
    for _ in range(3):
        optimizer.apply([np.zeros(27, dtype)], params)
    assert bits(params[0]) == before
    assert optimizer.gradient_norm == 0


# -- the machine code -----------------------------------------------------------------------------


def texts_of(optimizer: Optimizer) -> list[str]:
    """The text of every loop that an optimizer has had compiled."""
    programs = optimizer.session.programs  # type: ignore[union-attr]
    kernels = [kernel for program in programs for kernel in program.kernels]
    return [walk.text for kernel in kernels for walk in kernel.walks]


def assembly_of(optimizer: Optimizer) -> str:
    return "\n".join(store.assembly(text) for text in texts_of(optimizer))


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of x86")
@pytest.mark.parametrize(
    ("dtype", "suffix"), [(np.float32, "ps"), (np.float64, "pd"), (BFLOAT16, "ps")]
)
def test_the_loop_has_packed_square_roots_and_divisions(dtype, suffix):
    arguments: dict[str, Any] = {"use_ema": True, "weight_decay": 0.1, "nonfinite": "skip"}
    text = assembly_of(run(Adam(**arguments), [np.ones(40, dtype)]))
    for instruction in ("sqrt", "div", "mul"):
        assert f"{instruction}{suffix}\t" in text, instruction
    for approximation in ("rsqrt", "rcpps", "rcp14", "vfmadd", "vfnmadd", "vfmsub"):
        assert approximation not in text


def test_no_number_of_an_optimizer_stands_in_its_code():
    """So changing a rate compiles nothing, and two optimizers share their code."""
    texts = set()
    for rate, beta in [(0.1, 0.9), (0.3, 0.5)]:
        optimizer = run(Adam(rate, beta, weight_decay=rate, clipvalue=beta), [np.ones(4)])
        texts |= set(texts_of(optimizer))
    assert len(texts) == 1


def check_norm(params: Sequence[np.ndarray], grads: Sequence[np.ndarray]) -> None:
    optimizer = Adam(global_clipnorm=1.0)
    optimizer.apply(grads, params)
    wanted = np.sqrt(sum(np.sum(np.square(g.astype(np.longdouble))) for g in grads))
    np.testing.assert_allclose(optimizer.gradient_norm, float(wanted), rtol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_norm_is_summed_in_double_precision(dtype):
    chance = np.random.default_rng(3)
    shapes = [(100_003,), (300, 41), (), (0, 4), (17,)]
    params = [np.ones(shape, dtype) for shape in shapes]
    grads = [np.array(chance.normal(size=shape)).astype(dtype) for shape in shapes]
    check_norm(params, grads)
    if dtype in (np.float32, np.float64, BFLOAT16):
        # Squares of 1e30 overflow float32, those of 1e-30 vanish in it.
        check_norm(params, [(g.astype(np.float64) * 1e30).astype(dtype) for g in grads])
        check_norm(params, [(g.astype(np.float64) * 1e-30).astype(dtype) for g in grads])


def test_ml_dtypes_is_what_is_compared_with():
    assert np.dtype(ml_dtypes.bfloat16) == BFLOAT16
