"""GaLore against a loop written from its algorithm, and beside optax."""

from typing import Any
from unittest import mock

import numpy as np
import pytest

from adamas import AdamW, GaLore

SIZES = {"wide": (4, 6), "tall": (7, 3), "square": (5, 5), "stack": (2, 3, 4)}
GAP = 7


def drawn(seed: int, sizes: Any = SIZES) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    return {name: chance.standard_normal(shape) for name, shape in sizes.items()}


def by_hand(p: Any, grads: list[Any]) -> Any:
    """One matrix, by eigenvectors of g gᵀ in place of singular vectors of g."""
    if p.shape[0] > p.shape[1]:
        return by_hand(p.T, [g.T for g in grads]).T
    basis, m, v = np.eye(len(p))[:, :2], 0.0, 0.0
    for t, g in enumerate(grads, 1):
        if (t - 1) % GAP == 0:
            following = np.linalg.eigh(g @ g.T)[1][:, ::-1][:, :2]
            basis = following * np.sign(np.einsum("ij,ij->j", following, basis))
        r = basis.T @ g
        m, v = 0.9 * m + 0.1 * r, 0.999 * v + 0.001 * r**2
        alpha = 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        p = p - 0.25 * alpha * basis @ (m / (np.sqrt(v) + 1e-7))
    return p


def trained(**others: Any) -> dict[str, Any]:
    params = drawn(0)
    arguments = {"rank": 2, "update_proj_gap": GAP, "weight_decay": None, "stacked": True, **others}
    optimizer = GaLore(0.01, **arguments)
    for call in range(50):
        optimizer.apply(drawn(call + 1), params)
    return params


def check_against_loop(found: dict[str, Any]) -> None:
    for name, p in drawn(0).items():
        stack = p.reshape(-1, *p.shape[-2:])
        grads = [drawn(call + 1)[name].reshape(stack.shape) for call in range(50)]
        wanted = [by_hand(one, [g[i] for g in grads]) for i, one in enumerate(stack)]
        np.testing.assert_allclose(found[name].reshape(stack.shape), wanted, rtol=1e-9, atol=1e-11)


def test_fifty_updates_are_those_of_the_algorithm():
    check_against_loop(trained())


@pytest.mark.parametrize("wrong", [{"rank": 1}, {"update_proj_gap": 8}, {"scale": 0.26}], ids=str)
def test_what_is_wrong_is_caught(wrong):
    with pytest.raises(AssertionError):
        check_against_loop(trained(**wrong))


def test_signs_of_singular_vectors_do_not_matter():
    """Which they have is the library's choice; here they are any."""
    real, chance = np.linalg.svd, np.random.default_rng(5)

    def turned(x: Any, **options: Any) -> Any:
        u, s, v = real(x, **options)
        signs = chance.choice([-1.0, 1.0], s.shape)
        return u * signs[..., None, :], s, v * signs[..., :, None]

    with mock.patch.object(np.linalg, "svd", turned):
        found = trained()
    for name, wanted in trained().items():
        np.testing.assert_array_equal(found[name], wanted)


def test_optax_goes_the_same_way_for_square_matrices():
    """It finds singular vectors in float32, of either sign: of one look, which m begins with."""
    optax, jax = pytest.importorskip("optax"), pytest.importorskip("jax")
    sizes = {"square": (5, 5), "bias": (3,)}
    params, arguments = drawn(0, sizes), {"rank": 2, "scale": 0.5, "update_proj_gap": 50}
    optimizer = GaLore(0.01, **arguments, weight_decay=0.1, adam_weight_decay=0.1, epsilon=0.0)
    with jax.enable_x64(True):
        inner = optax.scale_by_adam(eps=0.0)
        theirs = optax.contrib.galore(0.01, **arguments, weight_decay=0.1, base_optimizer=inner)
        values = jax.tree.map(jax.numpy.asarray, params)
        state = theirs.init(values)
        for call in range(20):
            updates, state = theirs.update(drawn(call + 1, sizes), state, values)
            values = jax.tree.map(lambda p, u: p + u, values, updates)
            optimizer.apply(drawn(call + 1, sizes), params)
    for name, value in values.items():
        np.testing.assert_allclose(params[name], value, atol=1e-6)


def test_what_is_no_larger_than_the_rank_takes_adamw():
    params, others = drawn(0), drawn(0)
    one, other = GaLore(0.01, rank=4, adam_weight_decay=0.1), AdamW(0.01, weight_decay=0.1)
    for call in range(3):
        one.apply(drawn(call + 1), params)
        other.apply(drawn(call + 1), others)
    same = [name for name, p in params.items() if np.allclose(p, others[name], rtol=1e-12)]
    assert same == ["wide", "tall", "stack"]
    assert one.state["m_along"]["square"].shape == (4, 5)
    assert one.state["basis"]["square"].shape == (5, 4)
