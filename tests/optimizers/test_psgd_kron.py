"""PSGD-Kron against a loop written from its equations, which takes the same probes."""

from typing import Any

import numpy as np
import pytest

from adamas import PSGDKron, schedules
from adamas.language.noise import values, words_of
from adamas.verification.fronts import FRONTS, front

SIZES = {"wide": (3, 5), "tall": (6, 4), "square": (4, 4)}


def drawn(seed: int) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    return {name: chance.standard_normal(shape) for name, shape in SIZES.items()}


def probes(name: str, t: int, shape: tuple[int, ...]) -> Any:
    index = np.arange(np.prod(shape)).reshape(shape)
    return values("normal", "z", 7, t, words_of(name), index)


def bound(s: Any) -> float:
    """Of the spectral norm: ‖x s‖ for the unit vector x along (row of s) s, for its longest row."""
    row = s[np.argmax(np.linalg.norm(s, axis=1))]
    return float(np.linalg.norm(row @ s @ s) / np.linalg.norm(row @ s))


def fit(q: Any, one: Any, two: Any) -> Any:
    """A triangular factor, or the diagonal of one."""
    if q.ndim == 2:
        return q - 0.1 / bound(one + two) * np.triu(one - two) @ q
    one, two = np.diag(one), np.diag(two)
    return q - 0.1 / (one + two).max() * (one - two) * q


def whole(q: Any) -> Any:
    return q if q.ndim == 2 else np.diag(q)


def by_hand(name: str, p: Any, grads: list[Any], limit: int, share: float) -> Any:
    qs = [np.eye(n) if n <= limit else np.ones(n) for n in p.shape]
    m, due = 0.0, 0.0
    for t, g in enumerate(grads, 1):
        m = 0.9 * m + 0.1 * g
        x, z, due = m / (1 - 0.9**t), probes(name, t, p.shape), due + share
        if due >= 1:
            due -= 1
            left, right = map(whole, qs)
            a = left @ (x + 1e-9 * z) @ right.T
            b = np.linalg.inv(left).T @ z @ np.linalg.inv(right)
            qs = [fit(qs[0], a @ a.T, b @ b.T), fit(qs[1], a.T @ a, b.T @ b)]
            sizes = [abs(q).max() for q in qs]
            mean = np.sqrt(sizes[0] * sizes[1])
            qs = [q * mean / size for q, size in zip(qs, sizes, strict=True)]
        left, right = map(whole, qs)
        u = left.T @ left @ x @ right.T @ right
        p = p - 0.01 * u / max(1, np.sqrt(np.mean(u**2)) / 1.1)
    return p


def trained(**others: Any) -> dict[str, Any]:
    params = drawn(0)
    optimizer = PSGDKron(0.01, **{"weight_decay": None, "seed": 7, **others})
    optimizer.build(params)
    for call in range(50):
        optimizer.apply(drawn(call + 1))
    return params


def check(found: dict[str, Any], limit: int = 100, share: float = 1.0) -> None:
    for name, p in drawn(0).items():
        wanted = by_hand(name, p, [drawn(call + 1)[name] for call in range(50)], limit, share)
        np.testing.assert_allclose(found[name], wanted, rtol=1e-9, atol=1e-11, err_msg=name)


@pytest.mark.parametrize(("limit", "share"), [(100, 1.0), (4, 0.3), (1, 1.0), (3, 0.5)])
def test_fifty_updates_are_those_of_the_equations(limit, share):
    check(trained(max_size=limit, preconditioner_share=share), limit, share)


WRONG: list[dict[str, Any]] = [
    {"seed": 8},
    {"beta_1": 0.89},
    {"preconditioner_rate": 0.11},
    {"preconditioner_share": 0.99},
    {"first_scale": 1.1},
    {"largest_rms": 1.0},
    {"max_size": 5},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_wrong_is_caught(wrong):
    with pytest.raises(AssertionError):
        check(trained(**wrong))


def test_gradients_become_white():
    """Rows of scales that lie apart: all of them come to move alike."""
    chance, scales = np.random.default_rng(1), np.array([[0.1], [1.0], [10.0]])
    params = {"w": np.zeros((3, 4))}
    optimizer = PSGDKron(1.0, weight_decay=None, beta_1=0.0, largest_rms=1e9)
    moves = []
    for _ in range(600):
        before = params["w"].copy()
        optimizer.apply({"w": scales * chance.standard_normal((3, 4))}, params)
        moves.append(params["w"] - before)
    sizes = np.sqrt(np.mean(np.square(moves[300:]), axis=(0, 2)))
    np.testing.assert_allclose(sizes, 1, atol=0.5)


def test_probes_of_a_stack_are_those_of_the_whole_of_it():
    stack = np.random.default_rng(2).standard_normal((2, 3, 4))
    params = {"w": stack.copy()}
    optimizer = PSGDKron(0.01, weight_decay=None, seed=7, stacked=True)
    optimizer.build(params)
    optimizer.apply({"w": 0.5 * stack})
    for index in range(2):
        z = probes("w", 1, stack.shape)[index]
        x = 0.5 * stack[index]
        a, b = x + 1e-9 * z, z
        left, right = fit(np.eye(3), a @ a.T, b @ b.T), fit(np.eye(4), a.T @ a, b.T @ b)
        u = left.T @ left @ x @ right.T @ right
        u = u / max(1, np.sqrt(np.mean(u**2)) / 1.1)
        np.testing.assert_allclose(params["w"][index], stack[index] - 0.01 * u, rtol=1e-9)


def test_the_share_follows_a_schedule_on_every_front_end():
    falling = schedules.PolynomialDecay(1.0, decay_steps=6, end_learning_rate=0.1)
    wanted = None
    for name in FRONTS:
        optimizer = PSGDKron(0.05, preconditioner_share=falling, max_size=5, stacked=True)
        made = front(name)(optimizer, {n: np.float32(p) for n, p in drawn(0).items()})
        for call in range(8):
            made.step({n: np.float32(g) for n, g in drawn(call + 1).items()}, {})
        wanted = wanted or made.params()
        for key, value in made.params().items():
            np.testing.assert_allclose(value, wanted[key], rtol=2e-4, atol=2e-5, err_msg=name)
