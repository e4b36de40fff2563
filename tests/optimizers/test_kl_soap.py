"""KL-Shampoo and KL-SOAP against a loop written from what their authors run."""

from typing import Any

import numpy as np
import pytest

from adamas import KLSOAP, KLShampoo

SIZES = {"square": (4, 4), "wide": (3, 4), "stack": (2, 3, 3)}
KINDS = (KLShampoo, KLSOAP)


def drawn(seed: int) -> dict[str, Any]:
    """Matrices of full rank, and no longer than by one: else some eigenvectors are any."""
    chance = np.random.default_rng(seed)
    return {name: chance.standard_normal(shape) for name, shape in SIZES.items()}


class Side:
    """What is known of the rows of a gradient, or of the columns of one that is turned over."""

    def __init__(self, size: int) -> None:
        self.matrix, self.basis = np.zeros((size, size)), np.eye(size)
        self.values = np.full(size, 0.1)
        self.bound = max(10, min(size, 4000))

    @property
    def inverse(self) -> Any:
        return self.basis @ np.diag(1 / self.values) @ self.basis.T


class Plain:
    """One matrix, by either."""

    def __init__(self, p: Any, soap: bool, frequency: int, limit: int) -> None:
        self.p, self.soap, self.frequency, self.t = p.copy(), soap, frequency, 0
        self.sides = [Side(n) if n <= limit else None for n in p.shape]
        self.m, self.v = 0 * p, 0 * p

    def turned(self, x: Any, back: bool = False) -> Any:
        for axis, side in enumerate(self.sides):
            if side is not None:
                basis = side.basis if back else side.basis.T
                x = basis @ x if axis == 0 else x @ basis.T
        return x

    def move(self, g: Any) -> None:
        seen = self.turned(g) if self.soap else g
        self.m = 0.9 * self.m + 0.1 * seen
        self.v = 0.98 * self.v + 0.02 * seen**2
        if self.soap:
            u = self.turned(self.m / (np.sqrt(self.v) + 1e-8), back=True)
        else:
            rows, columns = (np.ones(1) if s is None else np.sqrt(s.values) for s in self.sides)
            u = self.turned(self.turned(self.m) / (np.outer(rows, columns) + 1e-8), back=True)
        self.p = self.p - 0.01 * u

    def learn(self, g: Any) -> None:
        inverses = [None if s is None or self.t == 1 else s.inverse for s in self.sides]
        for side, other, x in zip(self.sides, inverses[::-1], (g, g.T), strict=True):
            if side is None:
                continue
            product = x @ (np.eye(x.shape[1]) if other is None else other) @ x.T / x.shape[1]
            side.matrix = 0.98 * side.matrix + 0.02 * product
            if self.t > 1:
                along = np.diag(side.basis.T @ product @ side.basis)
                side.values = 0.98 * side.values + 0.02 * along
                side.values = np.maximum(side.values, side.bound**-2.0)

    def step(self, g: Any) -> None:
        self.t += 1
        if self.t > 1:
            self.move(g)
        self.learn(g)
        looks = self.t > 1 and (self.t - 1) % self.frequency == 0
        plain = self.turned(self.m, back=True) if looks and self.soap else None
        for side in self.sides:
            if side is not None and self.t == 1:
                side.basis = np.linalg.eigh(side.matrix)[1][:, ::-1]
            if side is not None and looks:
                side.basis = np.linalg.qr(side.matrix @ side.basis)[0]
        self.m = self.m if plain is None else self.turned(plain)


def trained(kind: Any, **arguments: Any) -> dict[str, Any]:
    params = drawn(0)
    optimizer = kind(0.01, weight_decay=None, epsilon=1e-8, stacked=True, **arguments)
    for call in range(50):
        optimizer.apply(drawn(call + 1), params)
    return params


def by_hand(kind: Any, frequency: int = 10, limit: int = 100) -> dict[str, Any]:
    ends = {}
    for name, p in drawn(0).items():
        stack = p.reshape(-1, *p.shape[-2:])
        runs = [Plain(one, kind is KLSOAP, frequency, limit) for one in stack]
        for call in range(50):
            for run, g in zip(runs, drawn(call + 1)[name].reshape(stack.shape), strict=True):
                run.step(g)
        ends[name] = np.stack([run.p for run in runs]).reshape(p.shape)
    return ends


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it is": ({}, {}),
    "bases in each update": ({"precondition_frequency": 1}, {"frequency": 1}),
    "sides that are too large": ({"max_size": 3}, {"limit": 3}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", KINDS)
def test_fifty_updates_are_those_of_the_authors(kind, case):
    ours, theirs = CASES[case]
    found, wanted = trained(kind, **ours), by_hand(kind, **theirs)
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


WRONG: list[dict[str, Any]] = [
    {"beta_1": 0.8},
    {"shampoo_beta": 0.97},
    {"precondition_frequency": 9},
    {"first_eigenvalue": 0.2},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wrong_is_caught(kind, wrong):
    found, wanted = trained(kind, **wrong), by_hand(kind)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(found["square"], wanted["square"], rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_inverse_roots_are_bounded(kind):
    """Of gradients that are nearly 0, 1 / 0.1² after a while."""
    params = {"w": np.zeros((3, 3))}
    optimizer = kind(0.01, weight_decay=None, shampoo_beta=0.5)
    for call in range(30):
        optimizer.apply({"w": 1e-6 * drawn(call)["stack"][0]}, params)
    np.testing.assert_array_equal(optimizer.state["left_values"]["w"], np.full(3, 0.01))
