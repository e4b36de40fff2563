"""Fifty updates of every optimizer, in each of its variants, are those of its peers to 1e-9.

PyTorch's and optax's where they have it, else those of a loop in NumPy from the equations of its
paper; and its authors', where their package is installed.
"""

from collections.abc import Mapping
from typing import Any
from unittest import mock

import numpy as np
import pytest

import adamas
import papers
from adamas import Adam, mechanic, schedules
from adamas.language.noise import values, words_of
from adamas.optimizers import WITH_RULES
from beside import COMPARED, LIBRARIES, check_against_library
from cases import parameters
from family import FAMILY, coin, kind_of
from keras_peer import noise, pick
from peers import known_to

CALLS = 50
SHAPES = ((7,), (3, 4))
FAST = {"xla_backend_optimization_level": "0"}
"""Compiled without trying hard."""

# -- PyTorch and optax ----------------------------------------------------------------------------

FURTHER = (
    {"weight_decay": 0.1, "maximize": True, "global_clipnorm": 2.0},
    {"weight_decay": 0.1, "decoupled_weight_decay": True, "clipvalue": 0.5},
)
"""What is added to the last variant, as far as the library has it."""

OTHERWISE = {
    ("torch", "Adafactor"): ({}, {"beta_2_decay": -0.6, "epsilon_1": 1e-3, "clip_threshold": 1.2}),
    ("torch", "Nadam"): ({"momentum_decay": 0.1},),  # None is a momentum that stays, here only
}
"""Variants of those that take other values in a library."""


def variants(library: str, name: str) -> list[dict[str, Any]]:
    """Each variant that the library has, once; the last one with more, and at random."""
    peer = LIBRARIES[library].PEERS[name]
    rate = {"learning_rate": FAMILY[name].rate / 10}
    own = OTHERWISE.get((library, name), FAMILY[name].variants)
    plain = {"learning_rate": 0.1} if library == "optax" else {}
    wanted = [plain, *({**rate, **one} for one in own)]
    wanted += [{**wanted[-1], **one} for one in FURTHER]
    wanted += [at_random(name, np.random.default_rng([*name.encode()]))]
    found = [known_to(library, name, peer, one) for one in wanted]
    return [one for place, one in enumerate(found) if one not in found[:place]]


def at_random(name: str, chance: np.random.Generator) -> dict[str, Any]:
    """Arguments of all kinds, on a rate that falls."""
    arguments = {
        "weight_decay": pick(chance, 0.0, float(chance.uniform(0, 0.5))),
        "decoupled_weight_decay": coin(chance),
        "maximize": coin(chance),
        **{argument: draw(chance) for argument, draw in FAMILY[name].beyond.items()},
        **FAMILY[name].draw(chance),
        "learning_rate": schedules.CosineDecay(float(10 ** chance.uniform(-3, -1)), 60, alpha=0.1),
    }
    if arguments.get("nesterov"):  # PyTorch refuses both
        arguments.pop("dampening", None)
    return arguments


CASES = [(library, name, one) for library, name in COMPARED for one in variants(library, name)]


def titled(case: Any) -> str | None:
    """The arguments, without the rate."""
    if isinstance(case, str):
        return None
    shown = {n: f"{v:.3g}" if isinstance(v, float) else v for n, v in case.items()}
    return ", ".join(f"{n}={v}" for n, v in shown.items() if n != "learning_rate") or "usual"


@pytest.mark.parametrize(("library", "name", "arguments"), CASES, ids=titled)
def test_every_variant_is_that_of_the_library(library, name, arguments):
    check_against_library(library, kind_of(name), name, arguments, CALLS)


class Late(Adam):
    """Adam that is right until its first moment has been corrected for 40 updates."""

    @staticmethod
    def prepare(t, learning_rate, beta_1, beta_2, epsilon, epsilon_root, amsgrad, corrects):
        known = (learning_rate, beta_1, beta_2, epsilon, epsilon_root, amsgrad, corrects)
        return Adam.prepare(np.minimum(t, 40), *known)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_rule_that_goes_wrong_after_forty_updates_is_caught(library):
    check_against_library(library, Late, "Adam", {"learning_rate": 0.01}, 40)
    with pytest.raises(AssertionError):
        check_against_library(library, Late, "Adam", {"learning_rate": 0.01}, CALLS)


# -- papers without a library ---------------------------------------------------------------------


@pytest.mark.parametrize("name", papers.LOOPS)
def test_every_variant_is_the_loop_of_its_paper(name):
    chance = np.random.default_rng([*name.encode()])
    for variant in (*FAMILY[name].variants, {"weight_decay": 0.1}):
        drawn = FAMILY[name].draw(chance) if name != "Muon" else {}
        given = {"weight_decay": None, **drawn, **variant}
        given.pop("epsilon_root", None)
        if name == "Muon":
            given = {"weight_decay": given["weight_decay"], "polar_express": True}
        if given["weight_decay"] is None or name in papers.DECAYING:
            papers.check_against_paper(kind_of(name), name, given)


NOISY = {
    # What is in front of the noise: of the gradient, and of the weight.
    "NoisySGD": ({"eta": 0.3, "gamma": 0.4}, lambda t: -0.01 * np.sqrt(0.3 / t**0.4)),
    "SGLD": ({"temperature": 0.5}, lambda t: np.sqrt(2 * 0.01 * 0.5)),
}


@pytest.mark.parametrize("name", NOISY)
def test_noisy_updates_are_those_of_the_paper(name):
    arguments, deviation = NOISY[name]
    params = parameters(shapes=SHAPES, dtypes=[np.float64])
    wanted, optimizer = [p.copy() for p in params], kind_of(name)(0.01, seed=3, **arguments)
    [drawn] = kind_of(name).drawn
    for t in range(1, CALLS + 1):
        grads = noise(params, t)
        optimizer.apply(grads, params)
        for place, (p, g) in enumerate(zip(wanted, grads, strict=True)):
            index = np.arange(p.size).reshape(p.shape)
            z = values("normal", drawn, 3, t, words_of(str(place)), index)
            wanted[place] = p - 0.01 * g + deviation(t) * z
    for one, other in zip(params, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


# -- stages around a rule, beside optax's ---------------------------------------------------------


def averaged(optimizer: Any, grads: Any) -> list[np.ndarray]:
    """The weights to evaluate with."""
    params = parameters(shapes=SHAPES, dtypes=[np.float64])
    optimizer.build(params)
    for one in grads:
        optimizer.apply(one)
    if optimizer.averages():
        optimizer.finalize_variable_values()
    return params


def of_optax(make: Any, grads: Any) -> list[np.ndarray]:
    """The weights to evaluate with of a transformation, of which `make` tells how to find them."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    with jax.enable_x64(True):
        params = [jax.numpy.asarray(p) for p in parameters(shapes=SHAPES, dtypes=[np.float64])]
        transformation, begun, evaluated = make(optax)
        params = begun(params)
        state = transformation.init(params)
        update = jax.jit(transformation.update, compiler_options=FAST)
        for one in grads:
            moves, state = update(list(map(jax.numpy.asarray, one)), state, params)
            params = optax.apply_updates(params, moves)
        return [np.asarray(p) for p in evaluated(state, params)]


def averaged_by_optax(make: Any) -> Any:
    """How optax evaluates what is schedule-free."""
    return lambda optax: (make(optax), list, optax.contrib.schedule_free_eval_params)


def ahead(optax: Any) -> Any:
    """Lookahead, which has two of each weight."""
    transformation = optax.lookahead(optax.sgd(0.1, momentum=0.9), 3, 0.4)
    return transformation, optax.LookaheadParams.init_synced, lambda state, params: params.slow


def tuned_by_optax(make: Any, **arguments: Any) -> Any:
    """Mechanic around what `make` makes."""

    def transformation(optax: Any) -> Any:
        made = optax.contrib.mechanize(make(optax), **arguments)
        return made, list, lambda state, params: params

    return transformation


AROUND: Mapping[str, Any] = {
    "Mechanic around SGD": (
        lambda: adamas.SGD(1.0, mechanic=1e-2),
        tuned_by_optax(lambda optax: optax.sgd(1.0), s_init=1e-2),
    ),
    "Mechanic around AdamW": (
        lambda: adamas.AdamW(
            schedules.CosineDecay(1.0, 60), 0.1, convention="optax",
            mechanic=1e-3, mechanic_decay=0.3,
        ),
        tuned_by_optax(
            lambda optax: optax.adamw(
                optax.schedules.cosine_decay_schedule(1.0, 60), weight_decay=0.1
            ),
            weight_decay=0.3, s_init=1e-3,
        ),
    ),
    "Mechanic around Lion": (
        lambda: adamas.Lion(1.0, weight_decay=0.2, mechanic=1e-4, mechanic_decay=0.0),
        tuned_by_optax(
            lambda optax: optax.lion(1.0, weight_decay=0.2), weight_decay=0.0, s_init=1e-4
        ),
    ),
    "schedule-free SGD": (
        lambda: adamas.SGD(0.1, schedule_free=0.9),
        averaged_by_optax(lambda optax: optax.contrib.schedule_free_sgd(0.1, b1=0.9)),
    ),
    "schedule-free AdamW": (
        lambda: adamas.AdamW(
            0.01, 0.1, 0.0, 0.99, 1e-8, schedule_free=0.8, convention="optax"
        ),
        averaged_by_optax(
            lambda optax: optax.contrib.schedule_free_adamw(0.01, None, 0.8, 0.99, weight_decay=0.1)
        ),
    ),
    "lookahead": (
        lambda: adamas.SGD(
            0.1, 0.9, lookahead=3, lookahead_step_size=0.4, convention="optax"
        ),
        ahead,
    ),
}  # fmt: skip


def check_around(case: str) -> None:
    """What is evaluated is that of optax."""
    ours, theirs = AROUND[case]
    grads = [noise(parameters(shapes=SHAPES, dtypes=[np.float64]), t) for t in range(CALLS)]
    found, wanted = averaged(ours(), grads), of_optax(theirs, grads)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", AROUND)
def test_what_stands_around_a_rule_is_that_of_optax(case):
    check_around(case)


LEARNED = mechanic.learned


def unlimited(product: Any, beta: Any, factor: Any, known: Any) -> Any:
    largest, squares, _ = LEARNED(product, beta, factor, known)
    return largest, squares, beta * known[2] + product * factor


def remembering(product: Any, beta: Any, factor: Any, known: Any) -> Any:
    largest, _, reward = LEARNED(product, beta, factor, known)
    return largest, beta * known[1] + product * product, reward


@pytest.mark.parametrize("wrong", [unlimited, remembering])
def test_tuners_that_learn_something_else_are_caught(wrong):
    with mock.patch.object(mechanic, "learned", wrong), pytest.raises(AssertionError):
        check_around("Mechanic around SGD")


# -- the whole family -----------------------------------------------------------------------------

ELSEWHERE = {
    "test_distances": ("DAdaptAdam", "DoG", "DoWG", "Prodigy"),
    "test_galore": ("GaLore",),
    "test_given": ("AdaHessian", "MoMo", "MoMoAdam", "PolyakSGD", "Sophia"),
    "test_kl_soap": ("KLShampoo", "KLSOAP"),
    "test_psgd_kron": ("PSGDKron",),
    "test_soap": ("SOAP",),
    "test_shampoo": ("Shampoo",),
}
"""Tests of fifty updates of those that need more than gradients, or matrices of full rank."""


def test_every_rule_of_the_family_is_compared_over_fifty_updates():
    compared = {name for _, name, _ in CASES} | papers.LOOPS.keys() | NOISY.keys()
    compared |= {name for names in ELSEWHERE.values() for name in names}
    assert compared == {kind.__name__ for kind in WITH_RULES}
