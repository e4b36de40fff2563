"""`adamas.scipy`: every optimizer as a method of `scipy.optimize.minimize`, with its contract."""

import inspect
import pickle
import threading
import warnings

import numpy as np
import pytest
from scipy.optimize import (
    Bounds,
    LinearConstraint,
    OptimizeResult,
    OptimizeWarning,
    basinhopping,
    minimize,
    rosen,
    rosen_der,
    rosen_hess,
)

import adamas
from adamas import Adam, LossScaleOptimizer, MultiOptimizer, ScheduleFreeAdamW
from adamas.errors import AdamasError, ArgumentError, ArrayError, ConfigurationError
from adamas.scipy import minimizer
from cases import assert_same_bits
from family import CROSSED, FAMILY, kind_of
from processes import output_of

TARGET = np.array([1.0, -2.0, 0.5])
WEIGHTS = np.array([1.0, 3.0, 0.3])
X0 = np.array([0.5, 0.5, -0.5])


def bowl(x, target=TARGET):
    """A sum of weighted squares and its gradient."""
    d = x - target
    return 0.5 * (WEIGHTS * d * d).sum(), WEIGHTS * d


def bowl_value(x, target=TARGET):
    return (0.5 * WEIGHTS * (x - target) * (x - target)).sum()


def bowl_slope(x, target=TARGET):
    return WEIGHTS * (x - target)


def solve(optimizer, fun=bowl, x0=X0, **arguments):
    """`minimize` with this optimizer; options are given as arguments of their own."""
    names = ("maxiter", "gtol", "ftol", "xtol", "patience", "disp", "finite_diff")
    options = {name: arguments.pop(name) for name in names if name in arguments}
    arguments.setdefault("jac", True)
    return minimize(fun, x0, method=minimizer(optimizer), options=options, **arguments)


class Heavy(adamas.Optimizer):
    """A user's own optimizer."""

    learning_rate: adamas.Rate = 0.05

    @staticmethod
    def update(p, g, b, /, *, learning_rate):
        b = 0.8 * b + g
        return p - learning_rate * b, b


# -- every optimizer ------------------------------------------------------------------------------

OPTIMIZERS = {
    **{name: kind_of(name)(FAMILY[name].rate) for name in CROSSED},
    "one's own": Heavy(),
    "loss scale": LossScaleOptimizer(Adam(0.05)),
    "several": MultiOptimizer({"x": Adam(0.05)}),
    "average": Adam(0.05, use_ema=True, ema_momentum=0.9),
    "overwritten": Adam(0.05, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
    "accumulated": Adam(0.05, gradient_accumulation_steps=2),
    "clipped": Adam(0.05, global_clipnorm=0.5),
}


def check_minimum(result, tolerance):
    """The result is the minimum of `bowl`, and its parts agree with each other."""
    np.testing.assert_allclose(result.x, TARGET, atol=tolerance)
    value, slope = bowl(result.x)
    np.testing.assert_allclose((result.fun, *result.jac), (value, *slope), rtol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_finds_the_minimum(name):
    # Steps in proportion to the rate, as Lion's, end within some rates of it.
    optimizer = OPTIMIZERS[name]
    result = solve(optimizer, maxiter=3000)
    assert (result.status, result.success) in ((0, True), (1, False))
    check_minimum(result, 1e-4 if result.success else 0.1)
    assert optimizer.iterations == 0


def test_a_wrong_minimum_would_be_noticed():
    result = solve(Adam(0.05), maxiter=3000)
    with pytest.raises(AssertionError):
        check_minimum(OptimizeResult(result, x=result.x + 2e-4), 1e-4)
    with pytest.raises(AssertionError):
        check_minimum(OptimizeResult(result, fun=result.fun + 1e-9), 1e-4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_points_are_those_of_apply(name):
    seen = []
    solve(OPTIMIZERS[name], maxiter=20, callback=seen.append)
    optimizer, x = OPTIMIZERS[name].replace(), X0.copy()
    expected = []
    for _ in range(20):
        optimizer.apply({"x": optimizer.scale_loss(bowl(x)[1])}, {"x": x})
        expected.append(x.copy())
    assert_same_bits(seen, expected)


def test_schedules_count_iterations():
    rate = adamas.schedules.PolynomialDecay(0.1, decay_steps=300, end_learning_rate=0.0)
    result = solve(Adam(rate), maxiter=1000, xtol=0.0, gtol=0.0)
    assert result.success
    assert result.nit == 301  # the first update with rate 0


def test_real_problems_end_where_bfgs_ends():
    x0 = np.full(5, 1.3)
    theirs = minimize(rosen, x0, jac=rosen_der, method="BFGS")
    ours = solve(Adam(0.01), rosen, x0, jac=rosen_der, maxiter=20_000)
    assert ours.success
    np.testing.assert_allclose(ours.x, theirs.x, atol=1e-4)
    assert set(ours) == set(theirs) - {"hess_inv"}


# -- what comes in --------------------------------------------------------------------------------

GRADIENTS = {
    "together": (bowl, {"jac": True}, 1),
    "apart": (bowl_value, {"jac": bowl_slope}, 1),
    "none": (bowl_value, {"jac": None}, 4),
    "two points": (bowl_value, {"jac": "2-point"}, 4),
    "three points": (bowl_value, {"jac": "3-point", "finite_diff": "3-point"}, 7),
    "complex step": (bowl_value, {"jac": "cs", "finite_diff": "cs"}, 4),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_come_in_every_form(name):
    fun, arguments, calls = GRADIENTS[name]
    count = 0

    def counted(x, *args):
        nonlocal count
        count += 1
        return fun(x, *args)

    result = solve(Adam(0.05), counted, maxiter=100, **arguments)
    exact = solve(Adam(0.05), maxiter=100)
    # Forward differences are off by the root of the spacing of numbers.
    np.testing.assert_allclose(result.x, exact.x, atol=1e-6)
    np.testing.assert_allclose(result.jac, exact.jac, atol=1e-6)
    assert (result.nit, result.njev) == (100, 101)
    assert result.nfev == count == calls * 101


def test_the_gradients_of_finite_differences_are_as_good_as_their_kind():
    errors = {
        kind: np.abs(
            solve(Adam(), bowl_value, jac=None, maxiter=0, finite_diff=kind).jac - bowl(X0)[1]
        ).max()
        for kind in ("2-point", "3-point", "cs")
    }
    assert 1e-7 > errors["2-point"] > errors["3-point"] > errors["cs"]


def test_args_reach_every_function():
    target = np.array([3.0, 3.0, 3.0])
    for fun, arguments in (
        (bowl, {"jac": True}),
        (bowl_value, {"jac": bowl_slope}),
        (bowl_value, {"jac": None}),
    ):
        result = solve(Adam(0.1), fun, args=(target,), maxiter=2000, **arguments)
        np.testing.assert_allclose(result.x, target, atol=1e-4)


@pytest.mark.parametrize(
    ("x0", "dtype"),
    [
        ([1, 2, 3], np.float64),
        (np.array([1, 2, 3], np.float32), np.float32),
        ((0.5, 0.5, 0.5), np.float64),
    ],
)
def test_x_has_the_floating_dtype_of_x0(x0, dtype):
    before = np.array(x0)
    result = solve(Adam(0.05), x0=x0, maxiter=50)
    assert result.x.dtype == result.jac.dtype == dtype
    np.testing.assert_array_equal(x0, before)


def test_a_single_number_is_a_vector_of_one():
    result = solve(Adam(0.05), lambda x: (x[0] ** 2, 2 * x[0]), 1.0, maxiter=2000)
    np.testing.assert_allclose(result.x, [0.0], atol=1e-4)


def test_functions_may_keep_and_change_what_they_get():
    seen = []

    def rude(x):
        seen.append(x)
        result = bowl(x)
        x[...] = 99.0
        return result

    def rude_callback(x):
        x[...] = 99.0

    result = solve(Adam(0.05), rude, maxiter=50, callback=rude_callback)
    assert_same_bits([result.x], [solve(Adam(0.05), maxiter=50).x])
    assert len({id(x) for x in seen}) == len(seen)


def test_other_methods_of_scipy_take_it_for_their_local_searches():
    def waves(x):
        return float(np.cos(14.5 * x[0] - 0.3) + (x[0] + 0.2) * x[0])

    local = {"method": minimizer(Adam(0.01)), "options": {"maxiter": 300}}
    result = basinhopping(waves, [1.0], niter=60, minimizer_kwargs=local, rng=0)
    np.testing.assert_allclose(result.x, [-0.195], atol=0.01)


# -- bounds ---------------------------------------------------------------------------------------

LOW, HIGH = np.array([-1.0, -1.0, -np.inf]), np.array([0.25, 1.0, np.inf])
INSIDE = np.clip(TARGET, LOW, HIGH)
BOXES = {
    "Bounds": Bounds(LOW, HIGH),
    "pairs": list(zip(LOW, HIGH, strict=True)),
    "pairs with None": [(-1, 0.25), (-1, 1), (None, None)],
}


@pytest.mark.parametrize("bounds", BOXES.values(), ids=BOXES)
@pytest.mark.parametrize(
    "optimizer",
    [
        Adam(0.02),
        ScheduleFreeAdamW(0.05),
        Adam(0.02, use_ema=True, ema_momentum=0.9),
        adamas.SGD(0.1, momentum=0.5),
    ],
    ids=["Adam", "schedule-free", "average", "momentum"],
)
def test_bounds_hold_at_every_point_and_at_the_end(bounds, optimizer):
    def watched(x):
        assert (x >= LOW).all()
        assert (x <= HIGH).all()
        return bowl_value(x)

    result = solve(optimizer, watched, np.full(3, 5.0), jac=None, bounds=bounds, maxiter=3000)
    np.testing.assert_allclose(result.x, INSIDE, atol=2e-3)
    assert result.jac[0] < -0.7  # at a bound the gradient need not vanish


def test_bounds_may_be_one_number_for_all_and_fix_variables():
    result = solve(Adam(0.02), bounds=Bounds(-1, 0.25), maxiter=3000)
    np.testing.assert_allclose(result.x, np.clip(TARGET, -1, 0.25), atol=1e-4)
    for jac, fun in ((True, bowl), (None, bowl_value)):
        bounds = [(0.3, 0.3), (None, None), (None, None)]
        result = solve(Adam(0.05), fun, jac=jac, bounds=bounds, maxiter=3000)
        np.testing.assert_allclose(result.x, [0.3, *TARGET[1:]], atol=1e-4)
        assert result.success


def test_a_box_that_is_one_point_is_the_result():
    result = solve(Adam(), bowl_value, jac=None, bounds=Bounds(X0, X0))
    assert_same_bits([result.x], [X0])
    assert result.success


def test_bounds_hold_in_narrow_dtypes():
    result = solve(Adam(0.02), x0=X0.astype(np.float32), bounds=Bounds(-1, 0.1), maxiter=300)
    assert result.x.dtype == np.float32
    assert result.x[0].astype(np.float64) <= 0.1 < np.float64(np.float32(0.1))


@pytest.mark.parametrize(
    "bounds",
    [[(0, 1)], [(0, 1, 2)] * 3, [(1, 0)] * 3, Bounds([0, 0], [1, 1]), [(np.nan, 1)] * 3],
    ids=["too few", "not pairs", "crossed", "wrong shape", "not a number"],
)
def test_bounds_that_make_no_sense_are_refused(bounds):
    with pytest.raises(ConfigurationError, match="bound"):
        solve(Adam(), bounds=bounds)


# -- how it ends ----------------------------------------------------------------------------------


def test_gtol_is_the_largest_element_of_the_gradient():
    for gtol in (0.1, 1e-3):
        result = solve(Adam(0.02), maxiter=5000, gtol=gtol)
        assert result.success
        assert result.status == 0
        assert "gtol" in result.message
        assert gtol / 10 < np.abs(result.jac).max() <= gtol


def test_gtol_stops_at_the_first_point_that_meets_it():
    seen = []
    solve(Adam(0.02), maxiter=5000, gtol=0.05, callback=seen.append)
    flat = [np.abs(bowl(x)[1]).max() <= 0.05 for x in seen]
    assert flat.index(True) == len(seen) - 1


def test_an_average_must_meet_gtol_too():
    optimizer = Adam(0.02, use_ema=True, ema_momentum=0.99)
    result = solve(optimizer, maxiter=20_000, gtol=1e-3)
    assert result.success
    assert np.abs(bowl(result.x)[1]).max() <= 1e-3
    assert result.nit > solve(Adam(0.02), maxiter=20_000, gtol=1e-3).nit


def test_ftol_waits_for_progress():
    result = solve(adamas.Lion(0.013), maxiter=5000, ftol=1e-6, patience=30)
    assert (result.success, result.status) == (True, 0)
    assert "ftol" in result.message
    assert result.nit < 400
    last = solve(adamas.Lion(0.013), maxiter=result.nit - 30, gtol=0)
    assert last.fun - 1e-6 <= result.fun <= last.fun


def test_patience_is_exact():
    result = solve(Adam(), lambda x: (1.0, np.ones(3)), maxiter=50, ftol=0.0, patience=7)
    assert (result.success, result.nit) == (True, 7)


def test_the_result_is_the_lowest_point():
    values = []
    result = solve(
        Adam(0.5),
        maxiter=40,
        callback=lambda intermediate_result: values.append(intermediate_result.fun),
    )
    assert result.status == 1
    assert not result.success
    assert result.fun == min(values) < values[-1]
    assert result.fun == bowl(result.x)[0]


def test_xtol_is_the_longest_move():
    rate = adamas.schedules.ExponentialDecay(0.1, 10, 0.5)
    result = solve(Adam(rate), maxiter=5000, gtol=0, xtol=1e-4)
    assert "xtol" in result.message
    assert result.nit < 150
    accumulated = solve(Adam(0.05, gradient_accumulation_steps=3), maxiter=9, gtol=0, xtol=0.0)
    assert accumulated.nit == 9  # calls that only accumulate move nothing, and do not count


def test_tol_stands_for_gtol_and_ftol():
    by_tol = solve(Adam(0.02), maxiter=5000, tol=1e-2)
    by_gtol = solve(Adam(0.02), maxiter=5000, gtol=1e-2)
    assert by_tol.nit == by_gtol.nit
    assert "ftol" in solve(adamas.Lion(0.013), maxiter=5000, tol=1e-6).message
    assert solve(Adam(0.02), maxiter=5000, tol=1e-2, gtol=1e-4).nit > by_tol.nit


@pytest.mark.parametrize("maxiter", [0, 1, 7])
def test_maxiter_is_exact(maxiter):
    result = solve(Adam(0.05), maxiter=maxiter)
    assert (result.status, result.nit, result.nfev, result.njev) == (
        (1, maxiter, maxiter + 1, maxiter + 1)
    )
    assert result.message == "Maximum number of iterations has been exceeded."


def test_averages_are_the_result():
    for optimizer in (
        Adam(0.05, use_ema=True, ema_momentum=0.9),
        ScheduleFreeAdamW(0.05),
        MultiOptimizer({"x": Adam(0.05)}, use_ema=True),
    ):
        result = solve(optimizer, maxiter=30)
        again, x = optimizer.replace(), X0.copy()
        for _ in range(30):
            again.apply({"x": bowl(x)[1]}, {"x": x})
        again.finalize_variable_values()
        assert_same_bits([result.x], [x])
        assert result.fun == bowl(x)[0]
        assert result.nfev == 32  # one more, at the average


def broken_after(calls, value=np.nan, slope=1.0):
    """`bowl`, which gives other values after so many calls."""
    left = calls

    def fun(x):
        nonlocal left
        left -= 1
        found, gradient = bowl(x)
        return (
            (found, gradient)
            if left >= 0
            else (found if value is None else value, gradient * slope)
        )

    return fun


@pytest.mark.parametrize(
    ("value", "slope"),
    [(np.nan, 1), (np.inf, 1), (-np.inf, 1), (None, np.nan), (None, np.inf)],
)
@pytest.mark.parametrize("optimizer", [Adam(0.05), ScheduleFreeAdamW(0.05)], ids=["p", "average"])
def test_what_is_not_finite_ends_with_the_lowest_point_before(optimizer, value, slope):
    best = solve(optimizer.replace(), maxiter=9)
    result = solve(optimizer, broken_after(10, value, slope), maxiter=50)
    assert (result.status, result.success, result.nit) == (3, False, 10)
    assert "finite" in result.message
    if not optimizer.averages():
        assert_same_bits([result.x, result.jac], [best.x, best.jac])
    assert result.fun == bowl(result.x)[0]


def test_a_first_point_that_is_not_finite_is_given_back():
    result = solve(Adam(0.05), broken_after(0), maxiter=50)
    assert (result.status, result.nit, result.nfev) == (3, 0, 1)
    assert_same_bits([result.x], [X0])


@pytest.mark.parametrize("nonfinite", ["propagate", "raise", "skip"])
def test_steps_that_overflow_end_it(nonfinite):
    def steep(x):
        return -1e300 * x.sum(), np.full(3, -1e300)

    optimizer = adamas.SGD(1e10, nonfinite=nonfinite)
    with np.errstate(all="ignore"):
        result = solve(optimizer, steep, maxiter=50)
    assert (result.status, result.success) == (3, False)
    assert np.isfinite(result.x).all()


def test_gradients_whose_squares_overflow_are_finite():
    slope = np.full(3, 1e200)
    result = solve(adamas.SGD(1e-201), lambda x: (1e200 * x.sum(), slope), maxiter=3)
    assert result.status == 1


# -- callbacks, printing, warnings ----------------------------------------------------------------


def test_callbacks_have_scipys_two_forms():
    points, results = [], []

    def whole(intermediate_result):
        results.append(intermediate_result)

    solve(Adam(0.05), maxiter=5, callback=points.append)
    solve(Adam(0.05), maxiter=5, callback=whole)
    assert len(points) == len(results) == 5
    assert_same_bits(points, [result.x for result in results])
    for nit, result in enumerate(results, 1):
        assert (result.fun, result.nit) == (bowl(result.x)[0], nit)
        np.testing.assert_array_equal(result.jac, bowl(result.x)[1])


@pytest.mark.parametrize("whole", [False, True])
def test_stop_iteration_stops_at_the_point_that_was_shown(whole):
    seen = []

    def stop(x):
        seen.append(x)
        if len(seen) == 4:
            raise StopIteration

    def stop_whole(intermediate_result):
        stop(intermediate_result.x)

    # At this rate each step overshoots: the first point is the lowest.
    optimizer = adamas.SGD(0.9)
    result = solve(optimizer, maxiter=50, callback=stop_whole if whole else stop)
    assert result.fun > bowl(X0)[0]
    assert (result.status, result.success, result.nit) == (99, False, 4)
    assert result.message == "`callback` raised `StopIteration`."
    assert_same_bits([result.x], [seen[-1]])


def test_other_errors_of_callbacks_and_functions_pass_through():
    def wrong(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        solve(Adam(), callback=wrong)
    with pytest.raises(KeyError, match="mine"):
        solve(Adam(), wrong)


def test_disp_prints_how_it_ended(capsys):
    solve(Adam(0.05), maxiter=3000, disp=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Optimization terminated successfully")
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "Current function value",
        "Iterations",
        "Function evaluations",
        "Gradient evaluations",
    ]
    with pytest.warns(OptimizeWarning, match="Maximum number of iterations") as caught:
        solve(Adam(0.05), maxiter=3, disp=True)
    assert caught[0].filename == __file__
    solve(Adam(0.05), maxiter=3)
    assert "Iterations" not in capsys.readouterr().out.replace("Iterations: 3", "")


CONSTRAINT = LinearConstraint(np.eye(3), -1, 1)


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        ({"hess": rosen_hess}, RuntimeWarning, r"does not use Hessian information \(hess\)"),
        ({"hessp": rosen_hess}, RuntimeWarning, r"Hessian-vector product information \(hessp\)"),
        ({"constraints": CONSTRAINT}, RuntimeWarning, "cannot handle constraints.*Use bounds"),
        ({"constraints": [CONSTRAINT]}, RuntimeWarning, "cannot handle constraints"),
        ({"options": {"maxitre": 5}}, OptimizeWarning, "options: maxitre. Did you mean 'maxiter'"),
    ],
)
def test_what_is_not_used_is_said_where_it_was_given(arguments, kind, match):
    with pytest.warns(kind, match=match) as caught:
        minimize(bowl, X0, jac=True, tol=10.0, method=minimizer(Adam()), **arguments)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_nothing_is_said_where_nothing_is_wrong():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minimize(bowl, X0, jac=True, tol=10.0, method=minimizer(Adam()), constraints=())


# -- use ------------------------------------------------------------------------------------------


def test_each_call_starts_anew_and_threads_do_not_meet():
    method = minimizer(Adam(0.05))
    expected = solve(Adam(0.05), maxiter=200).x
    found = [None] * 8

    def work(place):
        found[place] = minimize(bowl, X0, jac=True, method=method, options={"maxiter": 200}).x

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_same_bits(found, [expected] * len(found))


def test_an_optimizer_may_be_in_use_elsewhere_and_change():
    optimizer = Adam(0.05)
    optimizer.build([np.ones(4)])
    method = minimizer(optimizer)
    options = {"maxiter": 5}
    before = minimize(bowl, X0, jac=True, method=method, options=options).x
    optimizer.learning_rate = 0.1
    after = minimize(bowl, X0, jac=True, method=method, options=options).x
    assert np.abs(after - X0).max() > np.abs(before - X0).max()
    assert optimizer.iterations == 0


def test_a_minimizer_is_given_by_name_or_description_and_is_pickled():
    for given in ("adam", adamas.serialize(Adam()), pickle.loads(pickle.dumps(minimizer(Adam())))):
        method = given if callable(given) else minimizer(given)
        assert_same_bits(
            [minimize(bowl, X0, jac=True, method=method, options={"maxiter": 9}).x],
            [solve(Adam(), maxiter=9).x],
        )


def test_its_signature_is_what_minimize_hands_over():
    names = ("fun", "x0", "args", "jac", "hess", "hessp", "bounds", "constraints", "callback")
    assert tuple(inspect.signature(minimizer("adam")).parameters) == (*names, "options")


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        ({"maxiter": -1}, ConfigurationError, "maxiter must be at least 0. Got: -1"),
        ({"gtol": np.nan}, ConfigurationError, "gtol must be at least 0. Got: nan"),
        ({"finite_diff": "4-point"}, ConfigurationError, "finite_diff must be one of '2-point'"),
        ({"fun": lambda x: (x, x)}, ArrayError, "must return one number"),
        ({"fun": lambda x: ("a", x)}, ArrayError, "must return one number"),
        ({"fun": lambda x: (1.0, 1.0)}, ArrayError, r"shape of x, \(3,\). Got: \(\)"),
        ({"fun": lambda x: (1.0, x[:2])}, ArrayError, r"shape of x, \(3,\). Got: \(2,\)"),
        ({"x0": X0 + 1j}, AdamasError, "complex"),
    ],
)
def test_mistakes_are_explained(arguments, kind, match):
    with pytest.raises(kind, match=match):
        solve(Adam(), **arguments)


def test_only_optimizers_are_taken():
    with pytest.raises(ArgumentError, match=r"Got: 0.01 \(float\)"):
        minimizer(0.01)  # type: ignore[arg-type]
    with pytest.raises(ArrayError, match="one dimension"):
        minimizer("adam")(bowl, np.ones((2, 2)))


def test_without_scipy_the_message_says_what_to_install():
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "try:\n    import adamas.scipy\n"
        "except ImportError as error:\n    print(type(error).__name__, error)"
    )
    said = output_of(code)
    assert said.startswith("MissingDependencyError")
    assert "pip install 'adamas[scipy]'" in said


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_look_at_one_variable_says_only_what_all_of_them_say(dtype):
    from adamas.frameworks.scipy.objective import read_box

    chance = np.random.default_rng(0)
    box = read_box([(-1, 1), (0, None), (None, 0), (0.5, 0.5)], np.zeros(4, dtype))
    assert box is not None
    seen = []
    for _ in range(200):
        x, gradient = chance.normal(size=(2, 4)).astype(dtype)
        box.project(x)
        limit = abs(chance.normal())
        before = box.moves(x, gradient, limit)
        farthest = np.abs(x - np.clip(x - gradient, box.lower, box.upper)).max()
        assert farthest > limit or not before
        np.testing.assert_array_equal(np.abs(box.move(x, gradient)).max(), farthest)
        after = box.moves(x, gradient, limit)
        assert after == (farthest > limit and dtype == np.float64)
        seen.append((before, after))
    if dtype == np.float64:
        assert {(False, False), (False, True), (True, True)} <= set(seen)
