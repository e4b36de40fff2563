"""Members of the family that read more than gradients, beside optax and by hand."""

import numpy as np
import pytest

import adamas
from family import Wrong, make_wrong

SHAPES = ((3, 4), (5,))
CALLS = 50


def problem(seed=0):
    """Weights, and a loss, gradients and curvatures of them that change from call to call."""
    chance = np.random.default_rng(seed)
    weights = [chance.normal(size=shape) for shape in SHAPES]
    curved = [chance.uniform(0.1, 3, size=shape) for shape in SHAPES]

    def at(params, call):
        factor = 1 + 0.5 * np.sin(call)
        loss = sum(
            float((factor * c * p**2).sum()) / 2 for p, c in zip(params, curved, strict=True)
        )
        gradients = [factor * c * p for p, c in zip(params, curved, strict=True)]
        return loss, gradients, [factor * c * (1 + 0.1 * np.cos(call)) for c in curved]

    return weights, at


def ours(optimizer, given, compiler="llvm"):
    weights, at = problem()
    optimizer.build(weights, compiler=compiler)
    for call in range(CALLS):
        loss, gradients, hessian = at(weights, call)
        optimizer.apply(gradients, weights, **given(call, loss, hessian))
    return weights


def agree(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def run_optax(make, extra):
    import jax
    import jax.numpy as jnp
    import optax

    weights, at = problem()
    with jax.enable_x64(True):
        params = [jnp.asarray(w) for w in weights]
        transformation = make(optax)
        state = transformation.init(params)
        for call in range(CALLS):
            loss, gradients, hessian = at([np.asarray(p) for p in params], call)
            updates, state = transformation.update(
                [jnp.asarray(g) for g in gradients], state, params, **extra(loss, hessian)
            )
            params = optax.apply_updates(params, updates)
        return [np.asarray(p) for p in params]


POLYAK = (
    {},
    {"max_learning_rate": 0.2, "learning_rate": 0.7},
    {"f_min": 0.3, "epsilon": 0.1, "max_learning_rate": 3.0},
    {"f_min": 0.3, "positive": True},
)


@pytest.mark.parametrize("arguments", POLYAK)
@pytest.mark.parametrize("compiler", ["llvm", "reference"])
def test_polyak_steps_are_those_of_optax(arguments, compiler):
    def make(optax):
        names = {"learning_rate": "scaling", "epsilon": "eps"}
        known = {names.get(n, n): v for n, v in arguments.items() if n != "positive"}
        variant = "sps+" if arguments.get("positive") else "sps"
        return optax.polyak_sgd(**{"max_learning_rate": 1.0, **known}, variant=variant)

    own = {**arguments, "convention": "optax"}
    found = ours(adamas.PolyakSGD(**own), lambda _, loss, h: {"loss": loss}, compiler)
    expected = run_optax(make, lambda loss, _: {"value": loss})
    agree(found, expected)
    wrong = ours(adamas.PolyakSGD(**own), lambda _, loss, h: {"loss": 0.01 * loss})
    with pytest.raises(AssertionError):
        agree(wrong, expected)


BOUNDED = {"lower_bound": -5.0, "adapt_lower_bound": True}
MOMO = (
    ("MoMo", {}),
    ("MoMo", {"learning_rate": 0.3, "momentum": 0.6, "lower_bound": 0.5}),
    ("MoMo", {"learning_rate": 0.1, "weight_decay": 0.3}),
    ("MoMo", {"learning_rate": 3.0, "weight_decay": 0.1, **BOUNDED}),
    ("MoMoAdam", {"learning_rate": 1.0}),
    ("MoMoAdam", {"learning_rate": 0.1, "beta_1": 0.6, "beta_2": 0.9, "lower_bound": 0.5}),
    ("MoMoAdam", {"learning_rate": 0.1, "weight_decay": 0.3, "epsilon": 1e-3}),
    ("MoMoAdam", {"learning_rate": 3.0, "weight_decay": 0.1, **BOUNDED}),
)


def momo_of_optax(name, arguments):
    words = adamas.description.find_convention(getattr(adamas, name), "optax")

    def make(optax):
        given = {there: arguments[h] for there, h in words.arguments.items() if h in arguments}
        known = {"learning_rate": arguments.get("learning_rate", 1.0)} if name == "MoMo" else {}
        function = {"MoMo": optax.contrib.momo, "MoMoAdam": optax.contrib.momo_adam}[name]
        return function(**{**known, **given})

    return run_optax(make, lambda loss, _: {"value": loss})


@pytest.mark.parametrize(("name", "arguments"), MOMO)
def test_momo_steps_are_those_of_optax(name, arguments):
    expected = momo_of_optax(name, arguments)

    def found(compiler="llvm", more=0.0):
        optimizer = getattr(adamas, name)(**arguments, convention="optax")
        return ours(optimizer, lambda _, loss, h: {"loss": loss + more}, compiler)

    for compiler in ("llvm", "reference"):
        agree(found(compiler), expected)
    with pytest.raises(AssertionError):
        agree(found(more=0.1), expected)


WRONG_MODELS = {
    "the bound is not corrected": ("MoMoAdam", ("weight * bound, 0", "bound, 0")),
    "the rate is not corrected": ("MoMoAdam", ("rate / weight", "rate")),
    "means begin with nothing": ("MoMo", ("np.where(t == 1, 0, momentum)", "momentum")),
    "decay before the model": ("MoMo", ("total(over(m * p, s))", "total(m * p)")),
    "half of the way to the bound": ("MoMo", ("far * size / 2", "far * size")),
}


@pytest.mark.parametrize("case", WRONG_MODELS)
def test_a_wrong_model_of_the_loss_is_caught(case):
    name, change = WRONG_MODELS[case]
    arguments = {"learning_rate": 3.0, "weight_decay": 0.1, **BOUNDED}
    kind = make_wrong(name, Wrong(*change))
    found = ours(kind(**arguments, convention="optax"), lambda _, loss, h: {"loss": loss})
    with pytest.raises(AssertionError):
        agree(found, momo_of_optax(name, arguments))


def test_decay_of_momo_is_the_papers_where_all_decay():
    """p ← (p − τ m) / (1 + lr λ), and τ so that the model comes down to its bound."""
    weights, slope = [np.array([3.0, 4.0])], np.array([2.0, 1.0])
    adamas.MoMo(10.0, weight_decay=0.1).apply([slope], weights, loss=5.0)
    # s = 2: τ = (2 (5 − 10) + 10) / 5, no step at all, so only the decay is left.
    np.testing.assert_allclose(weights[0], [1.5, 2.0])
    weights = [np.array([3.0, 4.0])]
    adamas.MoMo(10.0, weight_decay=0.1).apply([slope], weights, loss=6.0)
    # τ = (2 (6 − 10) + 10) / 5 = 0.4
    np.testing.assert_allclose(weights[0], [(3 - 0.8) / 2, (4 - 0.4) / 2])


def test_what_does_not_decay_goes_as_far_as_what_does():
    """The model is minimized over both: s of each is in the sums."""
    weights = {"w": np.array([3.0]), "b": np.array([4.0])}
    optimizer = adamas.MoMo(10.0, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["b"])
    optimizer.apply({"w": np.array([2.0]), "b": np.array([1.0])}, weights, loss=9.0)
    # τ = (9 − 10 + 6 / 2 + 4) / (4 / 2 + 1) = 2, where 9 + ⟨g, p' − p⟩ = 0 at p' = (p − τ g) / s
    np.testing.assert_allclose([weights["w"][0], weights["b"][0]], [(3 - 4) / 2, 4 - 2])


def test_a_polyak_step_is_the_one_of_the_paper():
    weights = [np.array([3.0]), np.array([4.0])]
    optimizer = adamas.PolyakSGD(0.5, f_min=2.5)
    optimizer.apply([np.array([3.0]), np.array([4.0])], weights, loss=12.5)
    np.testing.assert_allclose(np.concatenate(weights), [3 - 0.5 * 0.4 * 3, 4 - 0.5 * 0.4 * 4])
    before = np.concatenate(weights)
    optimizer.apply([np.zeros(1), np.zeros(1)], loss=12.5)
    np.testing.assert_array_equal(np.concatenate(weights), before)


def curvature_in_optax(optax):
    """What gives optax's Sophia the curvature that it is told."""
    import jax.numpy as jnp

    def update(updates, state, params=None, *, told, **others):
        return [jnp.asarray(one) for one in told], state

    return optax.GradientTransformationExtraArgs(lambda params: (), update)


SOPHIA = (
    {"learning_rate": 0.01},
    {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.7, "gamma": 0.6, "clip_threshold": 0.4},
    {"learning_rate": 0.01, "weight_decay": 0.3, "epsilon": 0.01},
)


@pytest.mark.parametrize("arguments", SOPHIA)
def test_sophia_steps_are_those_of_optax(arguments):
    names = {"beta_1": "b1", "beta_2": "b2", "epsilon": "eps"}

    def make(optax):
        known = {names.get(name, name): value for name, value in arguments.items()}
        told = curvature_in_optax(optax)
        return optax.contrib.sophia(**known, update_interval=4, hessian_diagonal_fn=told)

    def given(call, loss, hessian):
        return {"hessian": hessian} if call % 4 == 0 else {}

    expected = run_optax(make, lambda _, hessian: {"told": hessian})
    agree(ours(adamas.Sophia(**arguments, convention="optax"), given), expected)
    papers = {"epsilon": 1e-8, "weight_decay": 1e-4, **arguments}
    with pytest.raises(AssertionError):
        agree(ours(adamas.Sophia(**papers), given), expected)


def test_the_first_steps_of_sophia_are_those_of_the_paper():
    weights = [np.array([1.0, 1.0])]
    optimizer = adamas.Sophia(0.1, beta_1=0.9, beta_2=0.5, gamma=0.5)
    optimizer.apply([np.array([2.0, 0.1])], weights, hessian=[np.array([1.0, 4.0])])
    # m = 0.2 and 0.01, h = 0.5 and 2: clip(0.2 / 0.25) and clip(0.01 / 1)
    np.testing.assert_allclose(weights[0], [1 - 0.1 * 0.8, 1 - 0.1 * 0.01])
    optimizer.apply([np.array([2.0, -9.0])])
    # m = 0.38 and -0.891, h as before: 0.38 / 0.25 is clipped
    np.testing.assert_allclose(weights[0], [0.92 - 0.1, 0.999 + 0.1 * 0.891])


@pytest.mark.parametrize("power", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("compiler", ["llvm", "reference"])
def test_steps_of_adahessian_are_those_of_the_paper(power, compiler):
    given = {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}
    optimizer = adamas.AdaHessian(**given, hessian_power=power, weight_decay=0.2)
    found = ours(optimizer, lambda call, loss, hessian: {"hessian": hessian}, compiler)
    weights, at = problem()
    m, v = [np.zeros(s) for s in SHAPES], [np.zeros(s) for s in SHAPES]
    for call in range(CALLS):
        _, gradients, hessian = at(weights, call)
        for place, (g, d) in enumerate(zip(gradients, hessian, strict=True)):
            m[place] = 0.8 * m[place] + 0.2 * g
            v[place] = 0.95 * v[place] + 0.05 * d**2
            root = np.sqrt(v[place] / (1 - 0.95 ** (call + 1))) ** power
            weights[place] = (1 - 0.05 * 0.2) * weights[place]
            weights[place] -= 0.05 * m[place] / (1 - 0.8 ** (call + 1)) / (root + 1e-3)
    agree(found, weights)


def test_every_door_has_them():
    import torch

    from adamas import torch as optim

    weight = torch.nn.Parameter(torch.tensor([3.0, -2.0]))
    optimizer = optim.Sophia([weight], lr=0.05, gamma=0.5, betas=(0.9, 0.9))
    for call in range(100):
        optimizer.zero_grad()
        loss = (torch.tensor([1.0, 4.0]) * weight**2).sum() / 2
        given = {}
        if call % 10 == 0:
            given = {"hessian": optim.hessian_diagonal(loss, [weight])}
        loss.backward()
        optimizer.step(**given)
    assert float(weight.detach().abs().max()) < 0.1
    polyak = optim.PolyakSGD([weight])

    def closure():
        polyak.zero_grad()
        loss = ((weight - 1) ** 2).sum()
        loss.backward()
        return loss

    for _ in range(20):
        polyak.step(closure)
    np.testing.assert_allclose(weight.detach(), 1, atol=1e-3)
