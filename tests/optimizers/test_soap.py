"""SOAP against a loop written from its paper, and a user's class that is made of it."""

import contextlib
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import SOAP, whole_tensor
from adamas.verification.fronts import FRONTS, front

SIZES = {"kernel": (4, 4), "stack": (2, 3, 3)}


def drawn(seed: int) -> dict[str, Any]:
    """Square matrices, of full rank: else some eigenvectors are any."""
    chance = np.random.default_rng(seed)
    return {name: chance.standard_normal(shape) for name, shape in SIZES.items()}


class Plain:
    """SOAP of one matrix: Algorithm 3, in the form that its authors run."""

    def __init__(self, p: Any, frequency: int, limit: int, betas: Any = (0.95, 0.95)) -> None:
        self.p, self.frequency, self.betas = p.copy(), frequency, betas
        self.sides = [side for side in (0, 1) if p.shape[side] <= limit]
        self.covariance = {side: np.zeros((p.shape[side],) * 2) for side in self.sides}
        self.basis: dict[int, Any] = {}
        self.m, self.v, self.t = 0 * p, 0 * p, 0

    def turned(self, x: Any, back: bool = False) -> Any:
        for side, basis in self.basis.items():
            basis = basis if back else basis.T
            x = basis @ x if side == 0 else x @ basis.T
        return x

    def look(self, g: Any) -> None:
        for side in self.sides:
            of_side = g @ g.T if side == 0 else g.T @ g
            self.covariance[side] = 0.95 * self.covariance[side] + 0.05 * of_side
        if self.t == 1:
            for side in self.sides:
                self.basis[side] = np.linalg.eigh(self.covariance[side])[1][:, ::-1]
        elif (self.t - 1) % self.frequency == 0:
            plain = self.turned(self.m, back=True)
            for side in self.sides:
                matrix, basis = self.covariance[side], self.basis[side]
                order = np.argsort(-np.diag(basis.T @ matrix @ basis))
                self.v = np.take(self.v, order, axis=side)
                self.basis[side] = np.linalg.qr(matrix @ basis[:, order])[0]
            self.m = self.turned(plain)

    def step(self, g: Any) -> None:
        self.t += 1
        if self.t > 1:
            one, two = self.betas
            seen = self.turned(g)
            self.m = one * self.m + (1 - one) * seen
            self.v = two * self.v + (1 - two) * seen**2
            rate = 0.01 * np.sqrt(1 - two ** (self.t - 1)) / (1 - one ** (self.t - 1))
            self.p = self.p - rate * self.turned(self.m / (np.sqrt(self.v) + 1e-8), back=True)
        self.look(g)


def trained(make: Any, calls: int = 50) -> dict[str, Any]:
    params = drawn(0)
    optimizer = make()
    for call in range(calls):
        optimizer.apply(drawn(call + 1), params)
    return params


def of(**arguments: Any) -> Any:
    return SOAP(0.01, weight_decay=None, epsilon=1e-8, stacked=True, **arguments)


def by_hand(frequency: int = 10, limit: int = 100, **others: Any) -> dict[str, Any]:
    params = drawn(0)
    ends = {}
    for name, p in params.items():
        stack = p.reshape(-1, *p.shape[-2:])
        runs = [Plain(one, frequency, limit, **others) for one in stack]
        for call in range(50):
            grads = drawn(call + 1)[name].reshape(stack.shape)
            for run, g in zip(runs, grads, strict=True):
                run.step(g)
        ends[name] = np.stack([run.p for run in runs]).reshape(p.shape)
    return ends


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it is": ({}, {}),
    "bases in each update": ({"precondition_frequency": 1}, {"frequency": 1}),
    "matrices that are too large": ({"max_size": 3}, {"limit": 3}),
    "other means": ({"beta_1": 0.9, "beta_2": 0.99}, {"betas": (0.9, 0.99)}),
}


@pytest.mark.parametrize("case", CASES)
def test_fifty_updates_are_those_of_the_paper(case):
    ours, theirs = CASES[case]
    found, wanted = trained(lambda: of(**ours)), by_hand(**theirs)
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("wrong", [{"shampoo_beta": 0.94}, {"precondition_frequency": 9}])
def test_what_is_wrong_is_caught(wrong):
    found, wanted = trained(lambda: of(**wrong)), by_hand()
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(found["kernel"], wanted["kernel"], rtol=1e-9)


def test_the_first_update_moves_nothing():
    found = trained(of, 1)
    for name, value in drawn(0).items():
        np.testing.assert_array_equal(found[name], value)


@whole_tensor
def orthogonal(x: Any) -> Any:
    """The nearest orthogonal matrices."""
    u, _, v = adamas.array_namespace(x).linalg.svd(x, full_matrices=False)
    return u @ v


class OrthogonalSOAP(SOAP):
    """A user's class: SOAP with all singular values of a step alike."""

    @staticmethod
    def update(p, g, m, v, left, right, left_basis, right_basis, /, *, t, rate, keeps_m, keeps_v,
               shampoo_beta, epsilon, looks, learning_rate, rows, columns):  # fmt: skip
        moved, *slots = SOAP.update(
            p, g, m, v, left, right, left_basis, right_basis, t=t, rate=rate, keeps_m=keeps_m,
            keeps_v=keeps_v, shampoo_beta=shampoo_beta, epsilon=epsilon, looks=looks,
        )  # fmt: skip
        u = 0.2 * np.sqrt(np.maximum(rows, columns)) * orthogonal(p - moved)
        return np.where(t > 1, p - learning_rate * u, p), *slots


def modified() -> Any:
    """With modifiers of every optimizer around it, and an averaged tail."""
    return OrthogonalSOAP(
        0.02,
        weight_decay=0.1,
        cautious_weight_decay=True,
        update_floor=0.01,
        use_ema=True,
        precondition_frequency=2,
        stacked=True,
    )


def test_a_class_that_is_made_of_it_goes_the_same_way_everywhere():
    wanted = None
    for name in FRONTS:
        made = front(name)(modified(), {n: np.float32(p) for n, p in drawn(0).items()})
        for call in range(4):
            made.step({n: np.float32(g) for n, g in drawn(call + 1).items()}, {})
        found = {**made.params(), **{f"average of {n}": a for n, a in made.averages().items()}}
        wanted = found if wanted is None else wanted
        for key, value in wanted.items():
            np.testing.assert_allclose(
                found[key], value, rtol=2e-4, atol=2e-5, err_msg=f"{name} {key}"
            )


@pytest.mark.parametrize("kind", [adamas.SOAP, adamas.Shampoo])
@pytest.mark.parametrize("compiler", ["llvm", "reference"])
def test_no_decomposition_fails_on_what_is_not_finite(kind, compiler):
    """The first update looks for eigenvectors; `nonfinite` says what comes of it."""
    for kept, nonfinite in ((True, "skip"), (True, "raise"), (False, "propagate")):
        params, optimizer = [np.ones((4, 3))], kind(nonfinite=nonfinite)
        optimizer.build(params, compiler=compiler)
        with contextlib.suppress(adamas.errors.NonFiniteError):
            optimizer.apply([np.full((4, 3), np.nan)])
        optimizer.apply([np.ones((4, 3))])
        assert bool(np.isfinite(params[0]).all()) == kept
