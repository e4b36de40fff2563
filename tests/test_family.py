"""Every optimizer against Keras, PyTorch, optax, the definition, and the papers' first steps."""

import inspect
import math
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import adamas
import optax_peer
import torch_peer
from adamas import Optimizer, schedules
from adamas.errors import AdamasError, ConfigurationError, StateError
from cases import (
    BFLOAT16,
    DTYPES,
    assert_same_bits,
    check_against_definition,
    gradients,
    leaves,
    parameters,
    run,
)
from family import FAMILY, Chance, Member, conventions_of, kind_of, make_wrong
from keras_peer import check_against_keras, common_arguments, noise, pick

LIBRARIES: dict[str, ModuleType] = {"torch": torch_peer, "optax": optax_peer}
COMPARED = [(library, name) for library, peer in LIBRARIES.items() for name in peer.PEERS]
FALLING = schedules.ExponentialDecay(0.01, 3, 0.7)

ALL_STAGES = {
    "weight_decay": 0.3,
    "global_clipnorm": 3.0,
    "use_ema": True,
    "ema_momentum": 0.7,
    "gradient_accumulation_steps": 2,
    "loss_scale_factor": 8.0,
}


def own_arguments(name: str) -> list[str]:
    """The arguments that only this optimizer has."""
    return [argument for argument in kind_of(name)._fields if argument not in Optimizer._fields]


def plain(name: str, **arguments: Any) -> dict[str, Any]:
    """A falling rate and an epsilon that is large enough to show, beside `arguments`."""
    epsilon = {"epsilon": 1e-3} if "epsilon" in kind_of(name)._fields else {}
    return {"learning_rate": FALLING, **epsilon, **arguments}


# -- Keras ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", FAMILY)
def test_random_arguments_give_what_keras_gives(name, seed, dtype):
    chance = np.random.default_rng([seed, *name.encode()])
    arguments = {**common_arguments(chance), **FAMILY[name].draw(chance)}
    check_against_keras(kind_of(name), name, arguments, dtype)


@pytest.mark.parametrize("name", FAMILY)
def test_signatures_and_defaults_are_those_of_keras(name):
    keras = pytest.importorskip("keras")
    theirs = inspect.signature(getattr(keras.optimizers, name)).parameters
    ours = inspect.signature(kind_of(name)).parameters
    assert [p for p in ours if ours[p].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD] == [
        p for p in theirs if p in own_arguments(name) or (name, p) == ("AdamW", "weight_decay")
    ]
    for argument in theirs:
        if argument not in ("name", "kwargs"):
            assert ours[argument].default == theirs[argument].default, argument


# -- PyTorch and optax ----------------------------------------------------------------------------


def check_against_library(
    library: str, kind: type[Optimizer], name: str, arguments: Mapping[str, Any], calls: int = 6
) -> None:
    """Parameters and state are those of the library, to rounding of float64."""
    params = parameters(shapes=((7,), (3, 4), ()), dtypes=[np.float64])
    grads = [noise(params, seed) for seed in range(calls)]
    wanted, state = LIBRARIES[library].run(name, arguments, params, grads)
    optimizer = kind(**arguments, convention=library)
    optimizer.build(params)
    for gradient in grads:
        optimizer.apply(gradient)
    found = {slot: list(arrays.values()) for slot, arrays in optimizer.state.items()}
    found |= {n: [optimizer.variables[f"{optimizer.name}/{n}"]] * 3 for n in kind.remembered}
    if library == "optax":
        found.pop("mu_product", None)  # β₁ᵗ, which optax computes anew
    assert found.keys() == state.keys()
    pairs = [(params, wanted), *((found[slot], state[slot]) for slot in found)]
    for ours, theirs in pairs:
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def random_arguments(library: str, name: str, chance: Chance) -> dict[str, Any]:
    """Arguments that mean the same to the library and here."""
    rate = float(10 ** chance.uniform(-3, -1))
    arguments = {
        "weight_decay": pick(chance, 0.0, float(chance.uniform(0, 0.5))),
        **FAMILY[name].draw(chance),
        "learning_rate": pick(chance, rate, schedules.CosineDecay(rate, 10, alpha=0.1)),
        **pick(chance, {}, {"clipvalue": 0.5}, {"global_clipnorm": 2.0}),
    }
    lacks = LIBRARIES[library].LACKS.get(name, ())
    return {key: value for key, value in arguments.items() if key not in lacks}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("library", "name"), COMPARED)
def test_random_arguments_give_what_the_library_gives(library, name, seed):
    chance = np.random.default_rng([seed, *name.encode()])
    check_against_library(library, kind_of(name), name, random_arguments(library, name, chance))


@pytest.mark.parametrize(("library", "name"), COMPARED)
def test_defaults_give_what_the_library_gives(library, name):
    arguments = {"learning_rate": 0.1} if library == "optax" else {}
    check_against_library(library, kind_of(name), name, arguments)


@pytest.mark.parametrize(("library", "name"), COMPARED)
def test_defaults_are_those_of_the_library(library, name):
    rate = {"learning_rate": 0.1} if library == "optax" else {}
    optimizer = kind_of(name)(**rate, convention=library)
    lacks = LIBRARIES[library].LACKS.get(name, ())
    wanted = [a for a in (*own_arguments(name), "weight_decay") if a not in (*lacks, *rate)]
    wanted = [a for a in wanted if (library, a) != ("optax", "amsgrad")]
    theirs = LIBRARIES[library].defaults(name, wanted)
    for argument, value in theirs.items():
        ours = getattr(optimizer, argument)
        assert (ours or 0) == (value or 0), argument
    assert len(theirs) >= 1


@pytest.mark.parametrize("name", optax_peer.PEERS)
def test_optax_has_no_default_for_the_learning_rate(name):
    with pytest.raises(AdamasError, match="learning_rate"):
        kind_of(name)(convention="optax")


@pytest.mark.parametrize("name", FAMILY)
def test_a_library_without_the_optimizer_is_refused_as_a_convention(name):
    for library, peer in LIBRARIES.items():
        if name not in peer.PEERS:
            with pytest.raises(ConfigurationError, match=f"{name} has: 'keras'.*'{library}'"):
                kind_of(name)(0.1, convention=library)


# -- the definition -------------------------------------------------------------------------------


def combinations(name: str) -> list[dict[str, Any]]:
    """Every rule under every convention, alone and with all stages."""
    return [
        plain(name, **variant, **stages, convention=convention)
        for variant in FAMILY[name].variants
        for convention in conventions_of(name)
        for stages in ({}, ALL_STAGES)
    ]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", FAMILY)
def test_every_rule_is_within_rounding_of_the_definition(name, dtype):
    for arguments in combinations(name):
        optimizer, definition = (kind_of(name)(**arguments) for _ in range(2))
        check_against_definition(optimizer, definition, dtype)


def test_the_table_has_every_rule_of_each_optimizer():
    for name, member in FAMILY.items():
        chosen = {kind_of(name)(**variant).rule() for variant in member.variants}
        rules = [r for r in dir(kind_of(name)) if r.startswith("update")]
        assert chosen == {getattr(kind_of(name), rule) for rule in rules}


# -- the papers -----------------------------------------------------------------------------------

G = np.array([3.0, -0.5, 1e-4, 0.0, 200.0])
P = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
EPSILON = 1e-3

FIRST_STEPS: dict[str, tuple[str, dict[str, Any], Callable[[np.ndarray, np.ndarray], Any]]] = {
    "Adadelta: √ε over the root mean square": (
        "Adadelta",
        {"learning_rate": 1.0, "rho": 0.9, "epsilon": EPSILON},
        lambda p, g: p - math.sqrt(EPSILON) / np.sqrt(0.1 * g**2 + EPSILON) * g,
    ),
    "Adagrad: the gradient over its length": (
        "Adagrad",
        {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": EPSILON},
        lambda p, g: p - 0.1 * g / np.sqrt(0.5 + g**2 + EPSILON),
    ),
    "Adam: m̂ = g and v̂ = g²": (
        "Adam",
        {"learning_rate": 0.1, "epsilon": EPSILON, "convention": "torch"},
        lambda p, g: p - 0.1 * g / (np.abs(g) + EPSILON),
    ),
    "AdamW: the same after decay": (
        "AdamW",
        {"learning_rate": 0.1, "weight_decay": 0.5, "epsilon": EPSILON, "convention": "torch"},
        lambda p, g: p - 0.05 * p - 0.1 * g / (np.abs(g) + EPSILON),
    ),
    "Adamax: u = |g|": (
        "Adamax",
        {"learning_rate": 0.1, "epsilon": EPSILON},
        lambda p, g: p - 0.1 * g / (np.abs(g) + EPSILON),
    ),
    "Ftrl: nothing but the gradient, from an empty sum": (
        "Ftrl",
        {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "beta": 1.0},
        lambda p, g: -(g - np.abs(g) / 0.1 * p) / ((1 + np.abs(g)) / 0.1),
    ),
    "Ftrl: 0 where the sum does not outweigh λ₁": (
        "Ftrl",
        {"learning_rate": 1e9, "l1_regularization_strength": 1.0},
        lambda p, g: np.where(
            np.abs(g) < 1, 0, -(g - np.sign(g)) * 1e9 / np.sqrt(0.1 + g**2) + p * 0
        ),
    ),
    "Lion: the sign": (
        "Lion",
        {"learning_rate": 0.1},
        lambda p, g: p - 0.1 * np.sign(g),
    ),
    "Nadam: momentum of the next step, and the gradient": (
        "Nadam",
        {"learning_rate": 0.1, "beta_1": 0.8, "epsilon": EPSILON},
        lambda p, g: p - 0.1 * nadam_first(0.8) * g / (np.abs(g) + EPSILON),
    ),
    "RMSprop: the gradient over its root mean square": (
        "RMSprop",
        {"learning_rate": 0.1, "rho": 0.9, "epsilon": EPSILON, "momentum": 0.5},
        lambda p, g: p - 0.1 * g / np.sqrt(0.1 * g**2 + EPSILON),
    ),
    "RMSprop, centered: over its deviation": (
        "RMSprop",
        {"learning_rate": 0.1, "rho": 0.9, "epsilon": EPSILON, "centered": True},
        lambda p, g: p - 0.1 * g / np.sqrt((0.1 - 0.01) * g**2 + EPSILON),
    ),
    "SGD: the gradient": (
        "SGD",
        {"learning_rate": 0.1, "momentum": 0.9},
        lambda p, g: p - 0.1 * g,
    ),
    "SGD with Nesterov's momentum: further by μ": (
        "SGD",
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        lambda p, g: p - 0.1 * 1.9 * g,
    ),
}


def nadam_first(beta_1: float) -> float:
    """m̂ / g at t = 1: μ₂ (1 − β₁) / (1 − μ₁ μ₂) + (1 − μ₁) / (1 − μ₁)."""
    first, second = (beta_1 * (1 - 0.96**t / 2) for t in (1, 2))
    return second * (1 - beta_1) / (1 - first * second) + 1


def check_first_step(kind: type[Optimizer], case: str) -> None:
    """One step from P with G goes where the formula says."""
    _, arguments, formula = FIRST_STEPS[case]
    params = [P.copy()]
    kind(**arguments).apply([G], params)
    np.testing.assert_allclose(params[0], formula(P, G), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", FIRST_STEPS)
def test_the_first_step_is_the_one_of_the_paper(case):
    check_first_step(kind_of(FIRST_STEPS[case][0]), case)


def test_every_optimizer_has_a_first_step():
    assert {name for name, _, _ in FIRST_STEPS.values()} >= FAMILY.keys()


# -- every oracle fails once on a wrong answer ----------------------------------------------------

WRONG = [(name, index) for name, member in FAMILY.items() for index in range(len(member.wrong))]


@pytest.mark.parametrize(("name", "index"), WRONG)
def test_a_wrong_rule_is_caught_by_the_definition(name, index):
    wrong = FAMILY[name].wrong[index]
    convention = next(c for c in wrong.seen if c in conventions_of(name))
    arguments = plain(name, **wrong.arguments, convention=convention)
    with pytest.raises(AssertionError):
        definition = kind_of(name)(**arguments)
        check_against_definition(make_wrong(name, wrong)(**arguments), definition, np.float32)


@pytest.mark.parametrize(("name", "index"), WRONG)
def test_a_wrong_rule_is_caught_by_keras_or_the_library(name, index):
    wrong = FAMILY[name].wrong[index]
    kind = make_wrong(name, wrong)
    arguments = plain(name, **wrong.arguments)
    for library in wrong.seen:
        if library == "keras":
            with pytest.raises(AssertionError):
                check_against_keras(kind, name, arguments, "float64")
        elif name in LIBRARIES[library].PEERS:
            with pytest.raises(AssertionError):
                check_against_library(library, kind, name, arguments)


@pytest.mark.parametrize("case", FIRST_STEPS)
def test_a_wrong_rule_is_caught_by_the_first_step(case):
    name = FIRST_STEPS[case][0]
    caught = []
    for wrong in FAMILY[name].wrong:
        try:
            check_first_step(make_wrong(name, wrong), case)
        except AssertionError:
            caught.append(wrong)
    assert caught
