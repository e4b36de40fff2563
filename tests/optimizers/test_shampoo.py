"""Shampoo against a loop written from its equations."""

from typing import Any

import numpy as np
import pytest

from adamas import Shampoo

SHAPES = ((4, 6), (5, 3))


def drawn(seed: int) -> list[Any]:
    chance = np.random.default_rng(seed)
    return [chance.standard_normal(shape) for shape in SHAPES]


def root(matrix: Any, power: float) -> Any:
    """By another way than ours: a singular value decomposition of the matrix and its ε."""
    u, s, v = np.linalg.svd(matrix + 1e-6 * np.eye(len(matrix)))
    return u @ np.diag(s**power) @ v


def by_hand(p: Any, grads: list[Any], every: int, limit: int) -> Any:
    rows, columns = p.shape
    sides = [side for side in (0, 1) if p.shape[side] <= limit]
    kept = [np.zeros((rows, rows)), np.zeros((columns, columns))]
    roots = [np.eye(rows), np.eye(columns)]
    m = v = 0.0
    for t, g in enumerate(grads, 1):
        kept[0] = 0.99 * kept[0] + 0.01 * g @ g.T
        kept[1] = 0.99 * kept[1] + 0.01 * g.T @ g
        if (t - 1) % every == 0:
            for side in sides:
                roots[side] = root(kept[side] / (1 - 0.99**t), -1 / (2 * len(sides)))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        a = m_hat / (np.sqrt(v_hat) + 1e-7)
        u = roots[0] @ m_hat @ roots[1]
        p = p - 0.01 * u * np.linalg.norm(a) / np.linalg.norm(u)
    return p


def found(every: int, limit: int, **others: Any) -> list[Any]:
    params = drawn(0)
    arguments = {"matrix_epsilon": 1e-6, "precondition_frequency": every, "max_size": limit}
    optimizer = Shampoo(0.01, weight_decay=None, **arguments, **others)
    for call in range(1, 51):
        optimizer.apply(drawn(call), params)
    return params


@pytest.mark.parametrize(("every", "limit"), [(1, 10), (7, 10), (3, 4), (3, 1)])
def test_fifty_updates_are_those_of_the_equations(every, limit):
    grads = [drawn(call) for call in range(1, 51)]
    for index, (p, got) in enumerate(zip(drawn(0), found(every, limit), strict=True)):
        wanted = by_hand(p, [one[index] for one in grads], every, limit)
        np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("wrong", [{"shampoo_beta": 0.98}, {"beta_2": 0.99}])
def test_what_is_wrong_is_caught(wrong):
    wanted = by_hand(drawn(0)[0], [drawn(call)[0] for call in range(1, 51)], 7, 10)
    got = found(7, 10, **wrong)[0]
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-9)
