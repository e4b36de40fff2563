"""Optimizers that find their own rate: as optax has them, and the authors, step by step."""

import numpy as np
import pytest

import adamas
from family import Wrong, make_wrong

RNG = np.random.default_rng(0)
PARAMS = [RNG.normal(size=shape) for shape in ((3, 4), (5,), (2, 3, 2))]
STEPS = 50


def slope(p, step):
    return np.cos(p + 0.1 * step) * (1 + 0.1 * step) + p


def ours(optimizer):
    params = [p.copy() for p in PARAMS]
    for step in range(STEPS):
        optimizer.apply([slope(p, step) for p in params], params)
    return params


def of_optax(name, **arguments):
    optax = pytest.importorskip("optax")
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        function = getattr(optax.contrib, name)(**arguments)
        params = [jax.numpy.asarray(p) for p in PARAMS]
        state = function.init(params)
        for step in range(STEPS):
            grads = [jax.numpy.asarray(slope(np.asarray(p), step)) for p in params]
            moves, state = function.update(grads, state, params)
            params = optax.apply_updates(params, moves)
        return [np.asarray(p) for p in params]


def of_prodigyopt(**arguments):
    torch = pytest.importorskip("torch")
    prodigyopt = pytest.importorskip("prodigyopt")
    params = [torch.nn.Parameter(torch.tensor(p)) for p in PARAMS]
    optimizer = prodigyopt.Prodigy(params, **arguments)
    for step in range(STEPS):
        for p in params:
            p.grad = torch.tensor(slope(p.detach().numpy(), step))
        optimizer.step()
    return [p.detach().numpy() for p in params]


PRODIGY = {"bias_correction": True}
FAR = {"first_distance": 1e-3}
CASES = {
    "Prodigy": ("Prodigy", PRODIGY, "prodigy", {}),
    "Prodigy, decay": (
        "Prodigy",
        {**PRODIGY, "weight_decay": 0.1},
        "prodigy",
        {"weight_decay": 0.1},
    ),
    "Prodigy, all": (
        "Prodigy",
        {**PRODIGY, **FAR, "beta_3": 0.9, "distance_factor": 0.5, "safeguard_warmup": True},
        "prodigy",
        {"estim_lr0": 1e-3, "beta3": 0.9, "estim_lr_coef": 0.5, "safeguard_warmup": True},
    ),
    "DAdaptAdam": ("DAdaptAdam", {}, "dadapt_adamw", {}),
    "DAdaptAdam, all": (
        "DAdaptAdam",
        {**FAR, "weight_decay": 0.1, "beta_1": 0.8, "epsilon": 1e-4},
        "dadapt_adamw",
        {"estim_lr0": 1e-3, "weight_decay": 0.1, "betas": (0.8, 0.999), "eps": 1e-4},
    ),
    "DoG": ("DoG", {}, "dog", {}),
    "DoG, decay": (
        "DoG",
        {"first_distance": 0.01, "weight_decay": 0.1},
        "dog",
        {"init_step": ("heuristic", 0.01), "weight_decay": 0.1},
    ),
    "DoG, distance": (
        "DoG",
        {"first_distance": 0.01, "relative": False},
        "dog",
        {"init_step": ("distance", 0.01)},
    ),
    "DoG, rate": ("DoG", {"first_rate": 0.01}, "dog", {"init_step": ("learning_rate", 0.01)}),
    "DoWG": ("DoWG", {}, "dowg", {}),
    "DoWG, all": (
        "DoWG",
        {"first_distance": 0.1, "epsilon": 1e-3, "weight_decay": 0.1, "learning_rate": 0.5},
        "dowg",
        {"init_estim_sq_dist": 0.1, "eps": 1e-3, "weight_decay": 0.1, "learning_rate": 0.5},
    ),
}


def check(kind, case):
    _, arguments, name, theirs = CASES[case]
    for one, other in zip(ours(kind(**arguments)), of_optax(name, **theirs), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-9 * np.abs(other).max())


@pytest.mark.parametrize("case", CASES)
def test_steps_are_those_of_optax(case):
    check(getattr(adamas, CASES[case][0]), case)


AUTHORS = {
    "usual": ({}, {}),
    "decay": ({**FAR, "weight_decay": 0.1}, {"d0": 1e-3, "weight_decay": 0.1}),
    "corrected": (
        {"bias_correction": True, "safeguard_warmup": True},
        {"use_bias_correction": True, "safeguard_warmup": True},
    ),
    "limited": (
        {**FAR, "growth_rate": 1.5, "distance_factor": 2.0, "beta_3": 0.9},
        {"d0": 1e-3, "growth_rate": 1.5, "d_coef": 2.0, "beta3": 0.9},
    ),
}


@pytest.mark.parametrize("case", AUTHORS)
def test_prodigy_is_that_of_its_authors(case):
    arguments, theirs = AUTHORS[case]
    right = of_prodigyopt(**theirs)
    for one, other in zip(ours(adamas.Prodigy(**arguments)), right, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-9 * np.abs(other).max())


TRAPS = {
    "the old distance is in the rate": ("p - rate * step", "p - rate * grown / growth * step"),
    "the new one is in epsilon": ("first_distance * grown * eps", "first_distance * growth * eps"),
    "sums of s are of magnitudes": ("total(np.abs(s_new))", "np.abs(total(s_new))"),
    "r is of the way back": ("(start - p)", "(p - start)"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_wrong_rule_is_caught(trap):
    """With a large ε, that which of the distances is in it shows."""
    kind = make_wrong("Prodigy", Wrong(*TRAPS[trap]))
    arguments = {**PRODIGY, **FAR, "epsilon": 1.0}
    right = of_optax("prodigy", estim_lr0=1e-3, eps=1.0)
    assert_far(ours(kind(**arguments)), right)
    for one, other in zip(ours(adamas.Prodigy(**arguments)), right, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-9 * np.abs(other).max())


def assert_far(found, right):
    assert any(np.abs(a - b).max() > 1e-7 for a, b in zip(found, right, strict=True))


@pytest.mark.parametrize("name", ["Prodigy", "DAdaptAdam"])
def test_nothing_moves_while_all_gradients_are_zero(name):
    params, optimizer = [p.copy() for p in PARAMS], getattr(adamas, name)(weight_decay=0.1)
    for _ in range(2):
        optimizer.apply([np.zeros_like(p) for p in params], params)
    for one, other in zip(params, PARAMS, strict=True):
        np.testing.assert_array_equal(one, other)
    assert float(optimizer.session.remembered["growth"]) == 1.0
