"""Arguments of optax: each works with its numbers, or is refused with what there is here."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adamas import (
    SGD,
    AdaBelief,
    Adafactor,
    Adam,
    Adamax,
    AdamW,
    Lamb,
    Lion,
    Muon,
    Nadam,
    RMSprop,
    errors,
)

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
jnp = jax.numpy

import adamas.jax  # noqa: E402
from jax_cases import check_close, gradients, tree  # noqa: E402

Make = Callable[..., Any]
SHAPES = {"bias": (7,), "kernel": (8, 9), "scale": (), "stack": (5, 6)}
MASK = {"bias": False, "kernel": True, "scale": False, "stack": True}
ROOT = 1e-4


def ours(kind: Any, options: dict[str, Any] | None = None, **arguments: Any) -> Any:
    """An optimizer with optax's numbers, as a transformation."""
    optimizer = kind(0.05, convention="optax", **arguments)
    return adamas.jax.transformation(optimizer, **(options or {}))


def of_matrices(params: Any) -> Any:
    return jax.tree.map(lambda p: p.ndim == 2, params)


def masked(mask: Any = MASK) -> dict[str, Any]:
    return {"weight_decay_mask": mask}


WORDS: dict[str, tuple[Make, Make]] = {
    "eps_root of adam": (
        lambda: ours(Adam, epsilon_root=ROOT),
        lambda: optax.adam(0.05, eps_root=ROOT),
    ),
    "eps_root of amsgrad": (
        lambda: ours(Adam, epsilon_root=ROOT, amsgrad=True),
        lambda: optax.amsgrad(0.05, eps_root=ROOT),
    ),
    "eps_root of nadam": (
        lambda: ours(Nadam, epsilon_root=ROOT),
        lambda: optax.nadam(0.05, eps_root=ROOT),
    ),
    "eps_root of lamb": (
        lambda: ours(Lamb, epsilon_root=ROOT),
        lambda: optax.lamb(0.05, eps_root=ROOT),
    ),
    "eps_root of adabelief": (
        lambda: ours(AdaBelief, epsilon_root=ROOT),
        lambda: optax.adabelief(0.05, eps_root=ROOT),
    ),
    "nesterov of adam": (lambda: ours(Nadam), lambda: optax.adam(0.05, nesterov=True)),
    "mask and eps_root of adamw": (
        lambda: ours(AdamW, masked(), weight_decay=0.1, epsilon_root=ROOT),
        lambda: optax.adamw(0.05, weight_decay=0.1, mask=MASK, eps_root=ROOT),
    ),
    "a function as mask": (
        lambda: ours(AdamW, masked(of_matrices), weight_decay=0.1),
        lambda: optax.adamw(0.05, weight_decay=0.1, mask=of_matrices),
    ),
    "mask of adamaxw": (
        lambda: ours(Adamax, masked(), weight_decay=0.1),
        lambda: optax.adamaxw(0.05, weight_decay=0.1, mask=MASK),
    ),
    "mask of lion": (
        lambda: ours(Lion, masked()),
        lambda: optax.lion(0.05, mask=MASK),
    ),
    "mask of lamb": (
        lambda: ours(Lamb, masked(), weight_decay=0.1),
        lambda: optax.lamb(0.05, weight_decay=0.1, mask=MASK),
    ),
    "weight_decay_mask of muon": (
        lambda: ours(Muon, masked(), weight_decay=0.1, epsilon=1e-7),
        lambda: optax.contrib.muon(0.05, weight_decay=0.1, weight_decay_mask=MASK, eps=1e-7),
    ),
    "weight_decay_mask of adafactor": (
        lambda: ours(Adafactor, masked(), weight_decay=0.01),
        lambda: optax.adafactor(0.05, weight_decay_rate=0.01, weight_decay_mask=MASK),
    ),
    "min_dim_size_to_factor, decay_rate": (
        lambda: ours(Adafactor, least_factored=8, beta_2_decay=-0.6),
        lambda: optax.adafactor(0.05, min_dim_size_to_factor=8, decay_rate=0.6),
    ),
    "multiply_by_parameter_scale": (
        lambda: ours(Adafactor, scale_by_weights=False),
        lambda: optax.adafactor(0.05, multiply_by_parameter_scale=False),
    ),
    "bias_correction of rmsprop": (
        lambda: ours(Adam, beta_1=0.0, beta_2=0.9, epsilon=0.0, epsilon_root=1e-3),
        lambda: optax.rmsprop(0.05, decay=0.9, eps=1e-3, bias_correction=True),
    ),
    "eps_in_sqrt of rmsprop": (
        lambda: adamas.jax.transformation(
            RMSprop(0.05, rho=0.9, epsilon=1e-3, momentum=0.9, convention="torch")
        ),
        lambda: optax.rmsprop(0.05, decay=0.9, eps=1e-3, momentum=0.9, eps_in_sqrt=False),
    ),
}

AS_FLOAT32 = {"weight_decay_mask of adafactor", "min_dim_size_to_factor, decay_rate"}
AS_FLOAT32 |= {"multiply_by_parameter_scale"}
"""optax's Adafactor has 1 − tᵟ in float32."""


def trained(tx: Any, calls: int = 6) -> Any:
    params = jax.tree.map(jnp.asarray, tree(dtype=np.float64, shapes=SHAPES))
    state, update = tx.init(params), jax.jit(tx.update)
    for seed in range(calls):
        moves, state = update(jax.tree.map(jnp.asarray, gradients(params, seed)), state, params)
        params = optax.apply_updates(params, moves)
    return params


@pytest.mark.parametrize("name", WORDS)
def test_numbers_are_those_of_optax(name):
    here, there = WORDS[name]
    with jax.enable_x64(True):
        expected = trained(there())
        check_close(trained(here()), expected, 1e-6 if name in AS_FLOAT32 else 1e-9)


@pytest.mark.parametrize("kind", [Adam, AdamW, Nadam, Lamb, AdaBelief])
def test_a_number_within_the_root_is_seen(kind):
    with jax.enable_x64(True):
        plain, rooted = trained(ours(kind)), trained(ours(kind, epsilon_root=ROOT))
        with pytest.raises(AssertionError):
            check_close(rooted, plain, 1e-9)


def test_a_first_moment_may_be_narrow_alone():
    params = jax.tree.map(jnp.asarray, tree(shapes=SHAPES))
    tx = ours(Adam, {"slot_dtype": {"mu": jnp.bfloat16}})
    own = optax.adam(0.05, mu_dtype=jnp.bfloat16)
    state, theirs = tx.init(params), own.init(params)
    for seed in range(3):
        grads = jax.tree.map(jnp.asarray, gradients(params, seed))
        moves, state = tx.update(grads, state)
        expected, theirs = own.update(grads, theirs)
    for name in ("mu", "nu"):
        one, other = (optax.tree_utils.tree_get(both, name) for both in (state, theirs))
        assert [leaf.dtype for leaf in jax.tree.leaves(one)] == [
            leaf.dtype for leaf in jax.tree.leaves(other)
        ]
    # Where each rounds to bfloat16 differs, by 2⁻⁸ of m.
    check_close(moves, expected, 2.0**-6)


def test_a_state_that_begins_with_a_scale_is_set():
    with jax.enable_x64(True):
        params = jax.tree.map(jnp.asarray, tree(dtype=np.float64, shapes=SHAPES))
        tx, own = ours(RMSprop), optax.rmsprop(0.05, initial_scale=0.3)
        full = jax.tree.map(lambda p: jnp.full_like(p, 0.3), params)
        state = optax.tree_utils.tree_set(tx.init(params), nu=full)
        grads = jax.tree.map(jnp.asarray, gradients(params, 1))
        moves, _ = tx.update(grads, state)
        check_close(moves, own.update(grads, own.init(params))[0], 1e-9)


REFUSED = {
    "another name": (lambda: Adam(0.1, eps_root=ROOT), "Did you mean epsilon_root?"),
    "a pair of PyTorch's": (lambda: Adam(0.1, betas=(0.9, 0.9)), "Did you mean beta_1 and beta_2?"),
    "mask": (lambda: AdamW(0.1, mask=MASK), "weight_decay_mask=…"),
    "mu_dtype": (lambda: Lion(0.1, mu_dtype="bfloat16"), "slot_dtype={"),
    "nesterov": (lambda: Adam(0.1, nesterov=True), "Use Nadam"),
    "decay_rate": (lambda: Adafactor(0.1, decay_rate=0.8), "beta_2_decay=-decay_rate"),
    "bias_correction": (lambda: RMSprop(0.1, bias_correction=True), "Adam(beta_1=0.0"),
    "initial_scale": (lambda: RMSprop(0.1, initial_scale=1.0), "optax.tree.set(state, nu=…)"),
    "what nobody has": (lambda: SGD(0.1, momentun=0.9), "Did you mean 'momentum'?"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_word_of_optax_leads_to_what_there_is_here(name):
    make, words = REFUSED[name]
    with pytest.raises(errors.ArgumentError, match=re.escape(words)):
        make()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (masked({"bias": True}), errors.StructureError),
        (masked(dict.fromkeys(SHAPES, 0.5)), errors.ArgumentError),
        ({"slot_dtype": {"m": jnp.bfloat16}}, errors.ArgumentError),
    ],
)
def test_options_that_do_not_fit_are_refused(options, kind):
    with pytest.raises(kind):
        ours(Adam, options).init(tree(shapes=SHAPES))
