"""L-BFGS: the iterates of torch.optim.LBFGS, on every front end; what ends a call leaves one."""

import copy
import io
import pickle
from typing import Any

import numpy as np
import pytest
import torch

import adamas
import adamas.torch as optim
from adamas.drivers import line_search
from adamas.errors import AdamasError, ArgumentError, ArrayError, CheckpointError, NonFiniteError

SEARCHES = ("strong_wolfe", None)


def rosenbrock(x):
    return torch.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def quadratic():
    """A quadratic with condition 1e6, turned at random."""
    chance = np.random.default_rng(0)
    turn = np.linalg.qr(chance.normal(size=(30, 30)))[0]
    curvature = torch.tensor(turn * np.logspace(0, 6, 30) @ turn.T)
    return (lambda x: 0.5 * x @ curvature @ x), chance.normal(size=30)


def logistic():
    """Logistic regression on handwritten digits, with a little decay."""
    data: Any = pytest.importorskip("sklearn.datasets").load_digits()
    images, digits = torch.tensor(data.data / 16), torch.tensor(data.target)

    def loss(x):
        logits = images @ x.reshape(64, 10)
        return torch.nn.functional.cross_entropy(logits, digits) + 5e-4 * torch.sum(x * x)

    return loss, np.zeros(640)


PROBLEMS = {
    "Rosenbrock": (lambda: (rosenbrock, np.array([-1.2, 1.0])), 1e-3),
    "quadratic": (quadratic, 1e-6),
    "digits": (logistic, 1.0),
}


def arrays_of(loss):
    """`value_and_grad` of a loss, on arrays in two parts."""

    def value_and_grad(params):
        x = torch.tensor(np.concatenate([params["a"], params["b"].ravel()]), requires_grad=True)
        value = loss(x)
        value.backward()
        assert x.grad is not None
        gradient, size = x.grad.numpy(), params["a"].size
        return value.item(), {"a": gradient[:size], "b": gradient[size:].reshape(1, -1)}

    return value_and_grad


def parts(start):
    return {"a": start[:1].copy(), "b": start[1:].reshape(1, -1).copy()}


def joined(params):
    return np.concatenate([np.ravel(params["a"]), np.ravel(params["b"])])


def closure_of(optimizer, params, loss):
    def closure():
        optimizer.zero_grad()
        value = loss(torch.cat([p.reshape(-1) for p in params]))
        value.backward()
        return value

    return closure


def in_torch(kind, start, loss, **arguments):
    """Parameters, optimizer and closure, of PyTorch's class or of ours."""
    params = [torch.tensor(start[:1]), torch.tensor(start[1:].reshape(1, -1))]
    for parameter in params:
        parameter.requires_grad_(True)
    optimizer = kind(params, **arguments)
    return params, optimizer, closure_of(optimizer, params, loss)


def weights(params):
    return torch.cat([p.detach().reshape(-1) for p in params]).numpy()


def compared(name, search, calls=25, **arguments):
    """For each call: the iterates of PyTorch, ours there, and ours on arrays; and evaluations."""
    make, small = PROBLEMS[name]
    loss, start = make()
    words = {"lr": 1.0 if search else small, "history_size": 10, "line_search_fn": search}
    words |= {"max_iter": 1, "max_eval": 30} | arguments
    ours = {{"lr": "learning_rate", "line_search_fn": "line_search"}.get(n, n): v
            for n, v in words.items()}  # fmt: skip
    theirs, there, closure = in_torch(torch.optim.LBFGS, start, loss, **words)
    same, here, own = in_torch(optim.LBFGS, start, loss, **words)
    driver, params = adamas.LBFGS(**ours), parts(start)
    for _ in range(calls):
        losses = there.step(closure), here.step(own), driver.apply(arrays_of(loss), params)
        np.testing.assert_allclose([float(one.item()) for one in losses[1:]], losses[0].item(),
                                   rtol=1e-8, atol=1e-12)  # fmt: skip
        yield weights(theirs), weights(same), joined(params)
    counted = there.state[theirs[0]], here.state[same[0]]
    for counter in ("func_evals", "n_iter"):
        assert counted[0][counter] == counted[1][counter]
    assert driver.state.evaluations == counted[0]["func_evals"]


def agree(calls, tolerance):
    for theirs, *ours in calls:
        for one in ours:
            np.testing.assert_allclose(one, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("name", PROBLEMS)
def test_iterates_are_those_of_torch(name, search):
    agree(compared(name, search), 1e-9)


@pytest.mark.parametrize("search", SEARCHES)
def test_calls_end_where_those_of_torch_end(search):
    for name in ("Rosenbrock", "digits"):
        agree(compared(name, search, calls=6, max_iter=5, max_eval=None), 1e-8)


@pytest.mark.parametrize("wrong", ["c2", "pairs", "scale"])
def test_another_rule_is_noticed(wrong, monkeypatch):
    if wrong == "c2":
        monkeypatch.setattr(line_search, "CURVATURE", 0.1)
    elif wrong == "pairs":
        monkeypatch.setattr(adamas.LBFGS, "_remembered", lambda self, s: (s.history, s.scale))
    else:
        found = adamas.LBFGS._remembered
        monkeypatch.setattr(
            adamas.LBFGS, "_remembered", lambda self, s: (found(self, s)[0], s.scale)
        )
    with pytest.raises(AssertionError):
        agree(compared("digits", "strong_wolfe", calls=10), 1e-6)


def test_steps_fulfil_the_strong_wolfe_conditions():
    """By their definition, along lines of many shapes."""
    chance = np.random.default_rng(1)
    for _ in range(200):
        a, b, c = chance.uniform(0.1, 3), chance.normal(), chance.normal()

        def f(t, a=a, b=b, c=c):
            return a * (t - b) ** 4 + c * np.sin(3 * t) + t * t

        def slope(t, a=a, b=b, c=c):
            return 4 * a * (t - b) ** 3 + 3 * c * np.cos(3 * t) + 2 * t

        way = -np.sign(slope(0.0))
        value, first = np.float64(f(0.0)), np.float64(way * slope(0.0))
        line = line_search.begun(np.float64(10 ** chance.uniform(-3, 2)), value, first)
        with np.errstate(all="ignore"):
            while not line.done:
                t = line.t
                line = line_search.told(line, f(way * t), way * slope(way * t), 1.0)
        low = line.low
        assert low.value == f(way * low.t)
        assert low.value <= value + 1e-4 * low.t * first
        assert abs(low.slope) <= 0.9 * abs(first) or line.tries >= 25


def test_a_search_comes_back_from_where_there_is_no_loss():
    def barrier(params):
        x = params["a"]
        with np.errstate(invalid="ignore"):
            return float(np.sum(10 * x - np.log(x))), {"a": 10 - 1 / x}

    params = {"a": np.full(3, 5.0)}
    driver = adamas.LBFGS(10.0)
    driver.apply(barrier, params)
    np.testing.assert_allclose(params["a"], 0.1, rtol=1e-4)


def test_jax_goes_the_same_way():
    jax = pytest.importorskip("jax")
    import adamas.jax

    def loss(params, scale):
        x = jax.numpy.concatenate([params["a"], params["b"].ravel()])
        return scale * jax.numpy.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    start = np.array([-1.2, 1.0, -0.5, 1.0])
    with jax.enable_x64(True):
        for search in SEARCHES:
            driver = adamas.LBFGS(1.0 if search else 1e-3, 4, history_size=3, line_search=search)
            step, params = adamas.jax.functional(driver), parts(start)
            traced = jax.tree.map(jax.numpy.asarray, params)
            state = step.init(traced)
            call = jax.jit(lambda s, p: step.apply(jax.value_and_grad(loss), s, p, scale=1.0))  # noqa: B023
            for _ in range(6):
                driver.apply(arrays_of(rosenbrock), params)
                traced, state = call(state, traced)
                np.testing.assert_allclose(joined(traced), joined(params), rtol=1e-9, atol=1e-9)
            assert int(state.evaluations) == driver.state.evaluations
            assert call._cache_size() == 1  # what a call gives, the next one takes
            kept, _ = step.apply(
                lambda p: (jax.numpy.nan, jax.tree.map(lambda leaf: leaf * np.nan, p)),
                state,
                traced,
            )
            np.testing.assert_array_equal(joined(kept), joined(traced))


def test_scipy_minimizes_by_it():
    scipy = pytest.importorskip("scipy.optimize")
    from adamas.scipy import minimizer

    method = minimizer(adamas.LBFGS())
    known: dict[str, Any] = {"jac": scipy.rosen_der, "options": {"gtol": 1e-6}}
    start, seen = np.linspace(-1.2, 1, 20), []
    found = scipy.minimize(scipy.rosen, start, method=method, callback=seen.append, **known)
    theirs = scipy.minimize(scipy.rosen, start, method="L-BFGS-B", **known)
    assert found.success
    assert np.abs(found.x - 1).max() < 1e-5
    assert found.nfev < 1.5 * theirs.nfev
    assert len(seen) == found.nit
    np.testing.assert_allclose(scipy.rosen(found.x), found.fun)
    with pytest.raises(AdamasError, match="no bounds"):
        scipy.minimize(scipy.rosen, start, method=method, bounds=[(0, 1)] * 20, **known)
    flat = scipy.minimize(lambda x: (0.0, np.full(2, 1.0)), [1.0, 2.0], jac=True, method=method)
    assert (flat.status, flat.success) == (2, False)


def test_states_go_to_torch_and_back():
    make = {"start": np.array([-1.2, 1.0, -0.5]), "loss": rosenbrock, "max_iter": 4,
            "line_search_fn": "strong_wolfe"}  # fmt: skip
    theirs, there, closure = in_torch(torch.optim.LBFGS, **make)
    ours, here, own = in_torch(optim.LBFGS, **make)
    for _ in range(3):
        there.step(closure)
        here.step(own)
    ends = []
    for kind, source, params in (
        (torch.optim.LBFGS, here, ours),
        (optim.LBFGS, there, theirs),
        (optim.LBFGS, here, ours),
    ):
        content = io.BytesIO()
        torch.save(source.state_dict(), content)
        content.seek(0)
        taken, optimizer, again = in_torch(kind, weights(params), rosenbrock, max_iter=4)
        optimizer.load_state_dict(torch.load(content, weights_only=True))
        for _ in range(2):
            optimizer.step(again)
        ends.append(weights(taken))
    for _ in range(2):
        here.step(own)
    np.testing.assert_array_equal(ends[2], weights(ours))
    np.testing.assert_allclose(ends[0], ends[2], rtol=1e-9)
    np.testing.assert_allclose(ends[1], ends[2], rtol=1e-9)
    taken = optim.from_torch(there)
    assert taken.param_groups[0]["max_eval"] == 5
    _, smaller, again = in_torch(optim.LBFGS, np.array([-1.2, 1.0]), rosenbrock)
    groups = smaller.state_dict()["param_groups"]
    smaller.load_state_dict({**there.state_dict(), "param_groups": groups})
    with pytest.raises(CheckpointError, match="must have 'old_stps' of 2 weights"):
        smaller.step(again)


@pytest.mark.parametrize("way", ["file", "pickle", "copy"])
def test_what_is_saved_goes_on_with_the_same_bits(way, tmp_path):
    look, start = arrays_of(rosenbrock), np.array([-1.2, 1.0, -0.5])
    driver, params = adamas.LBFGS(max_iter=3), parts(start)
    for _ in range(3):
        driver.apply(look, params)
    others = {name: p.copy() for name, p in params.items()}
    if way == "file":
        driver.save(tmp_path / "state")
        other = driver.replace()
        other.build(others)
        other.load(tmp_path / "state")
    else:
        other = pickle.loads(pickle.dumps(driver)) if way == "pickle" else copy.deepcopy(driver)
    for _ in range(2):
        driver.apply(look, params)
        other.apply(look, others)
    assert joined(params).tobytes() == joined(others).tobytes()
    assert (driver.iterations, driver.state.evaluations) == (
        other.iterations,
        other.state.evaluations,
    )


def test_a_file_of_other_parameters_is_refused(tmp_path):
    driver, params = adamas.LBFGS(max_iter=3), parts(np.array([-1.2, 1.0, -0.5]))
    driver.apply(arrays_of(rosenbrock), params)
    driver.save(tmp_path / "state")
    other = driver.replace()
    for wrong in ({"a": np.ones(1), "c": np.ones((1, 2))}, {"a": np.ones(2), "b": np.ones((1, 1))}):
        other.build(wrong)
        with pytest.raises(CheckpointError):
            other.load(tmp_path / "state")
        assert other.state is None
    assert adamas.LBFGS.from_config(driver.get_config()).get_config() == driver.get_config()


class StoppedError(Exception):
    pass


def iterates(start, loss):
    """All iterates, and evaluations so far, of a run in one call."""
    driver, params = adamas.LBFGS(max_iter=1, max_eval=100), parts(start)
    found = [start]
    for _ in range(12):
        driver.apply(arrays_of(loss), params)
        found.append(joined(params))
    return found


@pytest.mark.parametrize("error", [KeyboardInterrupt, StoppedError])
def test_a_call_that_is_interrupted_leaves_an_iterate(error):
    start = np.array([-1.2, 1.0, -0.5])
    known, look = iterates(start, rosenbrock), arrays_of(rosenbrock)
    for last in range(1, 15):
        driver, params, left = adamas.LBFGS(max_iter=12, max_eval=100), parts(start), [last]

        def counted(given, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise error
            return look(given)

        with pytest.raises(error):
            driver.apply(counted, params)
        place = [np.allclose(joined(params), one, rtol=1e-12) for one in known]
        assert any(place)
        assert driver.iterations >= place.index(True)
        # It goes on from there, to the end.
        for _ in range(5):
            driver.apply(look, params)
        np.testing.assert_allclose(joined(params), 1, rtol=1e-4)
        # PyTorch's parameters are moved while one looks, and put back.
        tensors, optimizer, closure = in_torch(
            optim.LBFGS, start, rosenbrock, max_iter=12, max_eval=100, line_search_fn="strong_wolfe"
        )
        left = [last]

        def stopped(closure=closure, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise error
            return closure()

        with pytest.raises(error):
            optimizer.step(stopped)
        assert np.abs(weights(tensors) - np.array(known)[place.index(True)]).max() < 1e-9


NAN = float("nan")
REFUSED = {
    "no finite loss": (lambda p: (NAN, p), NonFiniteError),
    "no finite gradient": (lambda p: (1.0, {n: a * NAN for n, a in p.items()}), NonFiniteError),
    "no gradient": (lambda p: (1.0, dict.fromkeys(p)), ArrayError),
    "another shape": (lambda p: (1.0, {n: a[..., :0] for n, a in p.items()}), ArrayError),
    "no loss": (lambda p: (None, p), ArgumentError),
    "no pair": (lambda p: 1.0, ArgumentError),
    "others": (lambda p: (1.0, {"a": p["a"]}), AdamasError),
}


@pytest.mark.parametrize("before", [0, 2])
@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_call_changes_nothing(name, before):
    wrong, kind = REFUSED[name]
    driver, params = adamas.LBFGS(max_iter=8), parts(np.array([-1.2, 1.0, -0.5]))
    look = arrays_of(rosenbrock)
    for _ in range(before):
        driver.apply(look, params)
    known, state = joined(params), driver.state
    with pytest.raises(kind):
        driver.apply(wrong, params)
    if name not in ("no finite loss", "no finite gradient"):  # a search comes back from these

        def later(given, calls=[0]):  # noqa: B006
            calls[0] += 1
            return look(given) if calls[0] < 5 else wrong(given)

        with pytest.raises(kind):
            driver.apply(later, params)
    np.testing.assert_array_equal(joined(params), known)
    assert driver.state is state


def test_steps_without_a_loss_are_taken_back():
    def falls_off(params):
        x = params["a"]
        return (float(x @ x), {"a": 2 * x}) if np.abs(x).max() < 2 else (NAN, {"a": x * NAN})

    params = {"a": np.ones(2)}
    with pytest.warns(UserWarning, match="taken back"):
        adamas.LBFGS(1e3, line_search=None).apply(falls_off, params)
    np.testing.assert_array_equal(params["a"], 1)


def test_torch_refuses_in_words():
    params = [torch.ones(2, requires_grad=True)]
    optimizer = optim.LBFGS(params)
    for call, words in (
        (lambda: optimizer.step(), "step\\(closure\\)"),
        (lambda: optimizer.step(lambda: torch.tensor(1.0)), "At least one gradient"),
        (lambda: optimizer.add_param_group({"params": [torch.ones(1)]}), "one group"),
        (lambda: optim.LBFGS(params, lr=-1), "at least 0"),
        (lambda: optim.LBFGS(params, line_search_fn="armijo"), "strong_wolfe"),
        (lambda: optim.LBFGS(params, learning=1), "Did you mean 'lr'|no argument"),
        (lambda: optim.LBFGS(torch.nn.Linear(1, 1)), "Parameters come first"),
        (lambda: adamas.LBFGS(learning_rate=lambda: 1.0), "a callable"),
        (lambda: adamas.LBFGS().save("x"), "knows nothing yet"),
    ):
        with pytest.raises(AdamasError, match=words):
            call()
    np.testing.assert_array_equal(params[0].detach(), 1)


def test_schedulers_write_its_rate():
    params, optimizer, closure = in_torch(
        optim.LBFGS, np.array([-1.2, 1.0]), rosenbrock, lr=1e-3, max_iter=1
    )
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.0)
    optimizer.step(closure)
    scheduler.step()
    known = weights(params)
    optimizer.step(closure)
    np.testing.assert_array_equal(weights(params), known)


def test_tensors_and_narrow_weights():
    params = {"w": torch.full((3,), 4.0, dtype=torch.bfloat16), "b": torch.zeros(())}

    def value_and_grad(given):
        loss = (given["w"].float() - 2).square().sum() + (given["b"] + 1) ** 2
        gradients = torch.autograd.grad(loss, list(given.values()))
        return loss, dict(zip(given, gradients, strict=True))

    for p in params.values():
        p.requires_grad_(True)
    adamas.LBFGS().apply(value_and_grad, params)
    np.testing.assert_allclose(params["w"].detach().float(), 2, rtol=1e-2)
    np.testing.assert_allclose(params["b"].item(), -1, rtol=1e-2)
