"""Rules that no library in the tests has, as loops of NumPy from the equations of their papers.

Each is written apart from ours: another order, no shared functions, its own bias corrections.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Loop = Callable[[np.ndarray, Sequence[np.ndarray], Mapping[str, Any]], np.ndarray]


def laprop(p, grads, given):
    beta, other, epsilon = given["beta_1"], given["beta_2"], given["epsilon"]
    square, mean = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(grads, 1):
        square = other * square + (1 - other) * g**2
        mean = beta * mean + (1 - beta) * g / (np.sqrt(square / (1 - other**t)) + epsilon)
        p = p - given["learning_rate"] * mean / (1 - beta**t)
    return p


def mars(p, grads, given):
    beta, other, gamma = given["beta_1"], given["beta_2"], given["gamma"]
    mean, square, before = np.zeros_like(p), np.zeros_like(p), grads[0]
    for t, g in enumerate(grads, 1):
        c = g + gamma * beta / (1 - beta) * (g - before)
        length = math.sqrt((c**2).sum())
        c = c / length if length > 1 else c
        mean = beta * mean + (1 - beta) * c
        square = other * square + (1 - other) * c**2
        root = np.sqrt(square / (1 - other**t)) + given["epsilon"]
        p, before = p - given["learning_rate"] * mean / (1 - beta**t) / root, g
    return p


def stable_adamw(p, grads, given):
    """With the betas that the paper corrects by."""
    mean, square = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(grads, 1):
        one, two = (b * (1 - b ** (t - 1)) / (1 - b**t) for b in (given["beta_1"], given["beta_2"]))
        mean = one * mean + (1 - one) * g
        square = two * square + (1 - two) * g**2
        size = math.sqrt(np.mean(g**2 / np.maximum(square, given["epsilon"] ** 2)))
        rate = given["learning_rate"] / max(1.0, size)
        p = (
            p
            - rate * (given["weight_decay"] or 0) * p
            - rate * mean / (np.sqrt(square) + given["epsilon"])
        )
    return p


def adam_mini(p, grads, given):
    """Block by block."""
    blocks: list[Any] = [...]
    if p.ndim == 2 and given["units"] == "columns":
        blocks = [(slice(None), [column]) for column in range(p.shape[1])]
    elif p.ndim == 2 and given["units"] == "rows":
        blocks = [[row] for row in range(p.shape[0])]
    p = p.copy()
    for block in blocks:
        mean, square = 0.0, 0.0
        for t, g in enumerate(grads, 1):
            mean = given["beta_1"] * mean + (1 - given["beta_1"]) * g[block]
            square = given["beta_2"] * square + (1 - given["beta_2"]) * (g[block] ** 2).mean()
            root = math.sqrt(square / (1 - given["beta_2"] ** t)) + given["epsilon"]
            p[block] = p[block] - given["learning_rate"] / root * mean / (1 - given["beta_1"] ** t)
    return p


def normuon(p, grads, given):
    """With rows as units; matrices [in, out] are turned over."""
    if given["units"] == "columns":
        turned = {**given, "units": "rows"}
        return normuon(p.T, [g.T for g in grads], turned).T
    beta, mean, square = given["momentum"], np.zeros_like(p), np.zeros((p.shape[0], 1))
    for g in grads:
        mean = beta * mean + (1 - beta) * g
        x = (1 - beta) * g + beta * mean if given["nesterov"] else mean
        x = x / (np.linalg.norm(x) + 1e-7)
        for _ in range(given["ns_steps"]):
            a, b, c = (given[f"muon_{one}"] for one in "abc")
            x = a * x + b * x @ x.T @ x + c * x @ x.T @ x @ x.T @ x
        kept = given["units_beta"]
        square = kept * square + (1 - kept) * (x**2).mean(axis=1, keepdims=True)
        x = x / (np.sqrt(square) + given["epsilon"])
        p = p * (1 - given["learning_rate"] * (given["weight_decay"] or 0))
        size = given["rms_rate"] * math.sqrt(p.size) / np.linalg.norm(x)
        p = p - given["learning_rate"] * size * x
    return p


def ademamix(p, grads, given):
    """Its warm-up by half-lives: t½ = ln ½ / ln β − 1, and the β of one of them."""
    fast, slow, square = np.zeros_like(p), np.zeros_like(p), np.zeros_like(p)
    least, most, steps = given["beta_1"], given["beta_3"], given["warmup_steps"]
    for t, g in enumerate(grads, 1):
        share = min(t / steps, 1) if steps else 1
        # 1 / ln β grows linearly: (1 − s) / ln β₁ + s / ln β₃.
        kept = math.exp(1 / ((1 - share) / math.log(least) + share / math.log(most)))
        fast = least * fast + (1 - least) * g
        slow = kept * slow + (1 - kept) * g
        square = given["beta_2"] * square + (1 - given["beta_2"]) * g**2
        root = np.sqrt(square / (1 - given["beta_2"] ** t)) + given["epsilon"]
        step = fast / (1 - least**t) + share * given["alpha"] * slow
        p = p - given["learning_rate"] * step / root
    return p


def muon(p, grads, given):
    """With the coefficients of Polar Express, by singular values."""
    from adamas.optimizers.polar_express import POLAR_EXPRESS

    momentum = np.zeros_like(p)
    for g in grads:
        momentum = given["momentum"] * momentum + g
        u, sizes, v = np.linalg.svd(g + given["momentum"] * momentum, full_matrices=False)
        sizes = sizes / (1.02 * math.sqrt((sizes**2).sum()) + 1e-6)
        for a, b, c in POLAR_EXPRESS[: given["ns_steps"]]:
            sizes = a * sizes + b * sizes**3 + c * sizes**5
        p = p * (1 - given["learning_rate"] * (given["weight_decay"] or 0))
        p = p - given["learning_rate"] * 0.2 * math.sqrt(max(p.shape)) * (u * sizes) @ v
    return p


def ftrl(p, grads, given):
    """From the sum of gradients, with what the weights were in it (McMahan et al., Algorithm 1)."""
    one, two = given["l1_regularization_strength"], given["l2_regularization_strength"]
    shrinkage, rate = given["l2_shrinkage_regularization_strength"], given["learning_rate"]
    two = two + given["beta"] / (2 * rate)
    z, n = np.zeros_like(p), np.full_like(p, given["initial_accumulator_value"])
    power = -given["learning_rate_power"]
    for g in grads:
        sigma = ((n + g**2) ** power - n**power) / rate
        z, n = z + g + 2 * shrinkage * p - sigma * p, n + g**2
        over = np.maximum(np.abs(z) - one, 0)
        p = -np.sign(z) * over / (n**power / rate + 2 * two)
    return p


def schedule_free_adamw(p, grads, given):
    """By the three sequences of Algorithm 1, the average as the mean of all fast weights."""
    beta, other, decay = given["beta_1"], given["beta_2"], given["weight_decay"] or 0
    z, y, square, history = p, p, np.zeros_like(p), []
    for t, g in enumerate(grads, 1):
        square = other * square + (1 - other) * g**2
        rate = given["learning_rate"] * min(t / max(given["warmup_steps"], 1), 1)
        z = z - rate * g / (np.sqrt(square / (1 - other**t)) + given["epsilon"])
        # Decay is off y alone, and so off the average, of which y has a share of β₁.
        off = given["learning_rate"] * decay * y / beta
        history = [*(x - off for x in history), z]
        y = (1 - beta) * z + beta * np.mean(history, axis=0)
    return y


LOOPS: Mapping[str, Loop] = {
    "AdamMini": adam_mini,
    "AdEMAMix": ademamix,
    "Ftrl": ftrl,
    "LaProp": laprop,
    "MARS": mars,
    "Muon": muon,
    "NorMuon": normuon,
    "ScheduleFreeAdamW": schedule_free_adamw,
    "StableAdamW": stable_adamw,
}
MATRICES_ONLY = ("Muon", "NorMuon")
DECAYING = ("Muon", "NorMuon", "ScheduleFreeAdamW", "StableAdamW")
"""Those that decay by themselves, or of what they average."""


def check_against_paper(kind: Any, name: str, own: Mapping[str, Any], calls: int = 50) -> None:
    """After so many steps parameters are those of the loop, to 1e-9."""
    chance = np.random.default_rng(0)
    shapes = ((3, 5), (6, 4)) if name in MATRICES_ONLY else ((7,), (3, 5), ())
    params = [np.array(chance.normal(size=shape)) for shape in shapes]
    grads = [[np.array(chance.normal(size=s)) for s in shapes] for _ in range(calls)]
    optimizer = kind(**{"learning_rate": 0.01, **own})
    given = {one: getattr(optimizer, one) for one in type(optimizer).fields}
    wanted = [
        LOOPS[name](p, of_p, given)
        for p, of_p in zip(params, zip(*grads, strict=True), strict=True)
    ]
    for gradients in grads:
        optimizer.apply(gradients, params)
    for one, other in zip(params, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
