"""Arguments that change the gradient or the step of any rule, against plain NumPy and optax.

The twins here follow the papers: Yong et al., ECCV 2020 (centralized gradients); Brock et al., ICML
2021 (adaptive clipping); Liang et al., 2024 (cautious steps); Chen et al., 2025 (cautious decay);
Shazeer and Stern, ICML 2018 (clipped updates); Wen et al., 2026 (hyperball); Defazio et al.,
NeurIPS 2024 (schedule-free); Zhang et al., NeurIPS 2019 (lookahead); arXiv 2605.25395
(EMA-Nesterov).
"""

import dataclasses
import inspect
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any
from unittest import mock

import numpy as np
import pytest

import adamas
from adamas import SGD, Adam, Lamb, Lion, MultiOptimizer, Optimizer, around, explanation, step
from adamas.errors import ArgumentError, ConfigurationError, RuleError
from adamas.lowering import lower
from cases import BFLOAT16, assert_same_bits, leaves, picture

SHAPES = ((6, 4), (3, 2, 5), (1, 7), (7, 1), (9,), (), (0, 3))
CALLS = 6


def parameters(dtype: Any = np.float64) -> list[np.ndarray]:
    """Parameters of every shape; the columns of each matrix differ tenfold in size."""
    chance = np.random.default_rng(0)
    made = []
    for shape in SHAPES:
        size = 10.0 ** np.linspace(-1, 0, shape[-1]) if shape else 1.0
        made.append(np.array(chance.normal(size=shape) * size).astype(dtype))
    made[0][:, 1] = 0.0  # a unit without weights, whose norm counts as 1e-3
    return made


def gradients(params: Sequence[np.ndarray], seed: int) -> list[np.ndarray]:
    """Gradients with a mean, whose columns differ hundredfold in size."""
    made = []
    for index, p in enumerate(params):
        chance = np.random.default_rng([seed, index])
        size = 10.0 ** np.linspace(-1, 1, p.shape[-1]) if p.ndim else 1.0
        made.append(np.array(chance.normal(0.5, 1, p.shape) * size).astype(p.dtype))
    return made


# -- the twins ------------------------------------------------------------------------------------


def units(x: np.ndarray) -> tuple[int, ...]:
    """The axes over which a unit extends: all but the last; all of a vector."""
    return tuple(range(x.ndim - 1)) if x.ndim > 1 else tuple(range(x.ndim))


def centralized(g: np.ndarray) -> np.ndarray:
    """Equation 1 of Yong et al.: each unit's gradient has the mean 0."""
    return g - g.mean(units(g), keepdims=True) if g.ndim > 1 and g.size else g


def adaptively_clipped(g: np.ndarray, p: np.ndarray, most: float) -> np.ndarray:
    """Equation 3 of Brock et al.: λ ‖W‖* G / ‖G‖ where ‖G‖ / ‖W‖* > λ, ‖W‖* = max(‖W‖, 10⁻³)."""
    of_g = np.sqrt(np.sum(g**2, axis=units(g), keepdims=True))
    of_p = np.maximum(np.sqrt(np.sum(p**2, axis=units(p), keepdims=True)), 1e-3)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(of_g / of_p > most, most * of_p / of_g * g, g)


def cautiously(before: np.ndarray, after: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Algorithm 1 of Liang et al.: the update u with φ = [u ∘ g > 0], scaled by 1 / mean(φ)."""
    u = before - after
    mask = (u * g > 0).astype(float)
    return before - u * mask / max(mask.mean(), 1e-3) if g.size else after


def norm(x: np.ndarray) -> float:
    """The root of the sum of squares."""
    return math.sqrt(np.sum(x**2))


def sized(u: np.ndarray, p: np.ndarray, most: float | None, least: float | None) -> np.ndarray:
    """The update at most of this root mean square, and at least of this norm beside the weights."""
    if most and norm(u) > most * math.sqrt(u.size):
        u = u * most * math.sqrt(u.size) / norm(u)
    if least and p.ndim > 1 and 0 < norm(u) < least * norm(p):
        u = u * least * norm(p) / norm(u)
    return u


def braked(before: np.ndarray, after: np.ndarray, kept: float) -> np.ndarray:
    """Part of what the norm of a matrix has grown by."""
    grown = norm(after) - norm(before)
    return after * (norm(before) + kept * grown) / norm(after) if grown > 0 else after


class Path:
    """What is around a rule: the weights that it moves, and where the parameter is trained."""

    def __init__(self, p: np.ndarray, arguments: Mapping[str, Any]) -> None:
        self.get = arguments.get
        self.x = self.z = p
        self.m, self.radius = np.zeros_like(p), norm(p)
        self.t, self.largest, self.total = 0, 0.0, 0.0

    def old(self, p: np.ndarray) -> np.ndarray:
        """What the rule moves."""
        return self.z if self.get("schedule_free") else p

    def on_ball(self, old: np.ndarray, new: np.ndarray, rate: float) -> np.ndarray:
        """R · normalize(p − rate · R · normalize(u)), for matrices that do not begin as 0."""
        if not self.get("hyperball") or old.ndim < 2 or not self.radius:
            return new
        u = (new - old) / max(norm(new - old), 1e-300)
        new = old + rate * self.radius * u
        return self.radius * new / norm(new)

    def after(self, new: np.ndarray, rate: float) -> np.ndarray:
        """Where the parameter is after the rule has come to `new`."""
        self.t += 1
        if beta := self.get("schedule_free"):
            self.largest = max(self.largest, rate)
            weight = self.largest ** self.get("schedule_free_power", 2.0)
            self.total += weight
            self.x = (1 - weight / self.total) * self.x + weight / self.total * new
            self.z = new
            return (1 - beta) * self.z + beta * self.x
        if beta := self.get("ema_nesterov"):
            gamma = self.get("ema_nesterov_momentum", 0.99)
            self.m = gamma * self.m + (1 - gamma) * (new - self.x)
            self.x = new
            return new + beta * self.m
        if (every := self.get("lookahead")) and self.t % every == 0:
            self.x = self.x + self.get("lookahead_step_size", 0.5) * (new - self.x)
            return self.x
        return new


class Rule:
    """Textbook rules with their state."""

    def __init__(self, name: str, rate: float) -> None:
        self.name, self.rate, self.t = name, rate, 0
        self.m: Any = 0.0
        self.v: Any = 0.0

    def __call__(self, p: np.ndarray, g: np.ndarray) -> np.ndarray:
        self.t += 1
        if self.name == "SGD":
            self.m = 0.9 * self.m - self.rate * g
            return p + self.m
        if self.name == "Lion":
            move = np.sign(0.9 * self.m + 0.1 * g)
            self.m = 0.99 * self.m + 0.01 * g
            return p - self.rate * move
        self.m = 0.9 * self.m + 0.1 * g
        self.v = 0.999 * self.v + 0.001 * g**2
        m, v = self.m / (1 - 0.9**self.t), self.v / (1 - 0.999**self.t)
        if self.name == "Lamb":
            r = m / (np.sqrt(v) + 1e-3)
            of_p, of_r = np.linalg.norm(np.ravel(p)), np.linalg.norm(np.ravel(r))
            return p - self.rate * (of_p / of_r if of_p > 0 and of_r > 0 else 1) * r
        return p - self.rate * m / (np.sqrt(v) + 1e-3 / math.sqrt(1 - 0.999**self.t))


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": lambda **a: SGD(**a, momentum=0.9),
    "Lion": Lion,
    "Adam": lambda **a: Adam(**a, epsilon=1e-3),
    "Lamb": lambda **a: Lamb(**a, epsilon=1e-3),
}


class Twin:
    """The whole step, in double precision, tensor by tensor."""

    def __init__(self, params: Sequence[np.ndarray], name: str, **arguments: Any) -> None:
        self.params = [p.astype(np.float64) for p in params]
        self.get = arguments.get
        self.rules = [Rule(name, arguments["learning_rate"]) for _ in params]
        self.paths = [Path(p, arguments) for p in self.params]
        self.waiting: list[list[np.ndarray]] = []

    def call(self, grads: Sequence[np.ndarray]) -> None:
        """One call."""
        if self.get("nonfinite") and not all(np.isfinite(g).all() for g in grads):
            return
        sign = -1 if self.get("maximize") else 1
        self.waiting.append([sign * g.astype(np.float64) for g in grads])
        if len(self.waiting) < (self.get("gradient_accumulation_steps") or 1):
            return
        ready = [np.mean(calls, axis=0) for calls in zip(*self.waiting, strict=True)]
        self.waiting = []
        if self.get("centralize_gradients"):
            ready = [centralized(g) for g in ready]
        for clip in self.clips():
            ready = self.clipped(clip, ready)
        for index, g in enumerate(ready):
            self.update(index, g)

    def clips(self) -> Iterable[str]:
        """The clips in their order."""
        order = self.get("clip_order")
        names = ("clipnorm", "clipvalue", "global_clipnorm", "adaptive_clip")
        return order.replace(" ", "").split(",") if order else [n for n in names if self.get(n)]

    def clipped(self, clip: str, grads: list[np.ndarray]) -> list[np.ndarray]:
        """All gradients after one clip."""
        most = self.get(clip) or 0.0
        norms = [math.sqrt(np.sum(g**2)) for g in grads]
        if clip == "clipnorm":
            return [g * min(1, most / max(n, 1e-300)) for g, n in zip(grads, norms, strict=True)]
        if clip == "global_clipnorm":
            return [g * min(1, most / math.hypot(*norms)) for g in grads]
        if clip == "clipvalue":
            return [np.clip(g, -most, most) for g in grads]
        return [adaptively_clipped(g, p, most) for g, p in zip(grads, self.params, strict=True)]

    def update(self, index: int, g: np.ndarray) -> None:
        """Decay, the rule, what becomes of its move, and what is around it."""
        p, path, rule = self.params[index], self.paths[index], self.rules[index]
        share = 1.0 if self.get("independent_weight_decay") else rule.rate
        decay = share * (self.get("weight_decay") or 0.0) * p
        old = path.old(p) - (0.0 if self.get("cautious_weight_decay") else decay)
        after = rule(old, g)
        after = cautiously(old, after, g) if self.get("cautious") else after
        if p.size:
            limits = self.get("update_clip"), self.get("update_floor")
            after = old - rule.rate * sized((old - after) / rule.rate, old, *limits)
        if self.get("cautious_weight_decay"):
            after = after - np.where((old - after) * p >= 0, decay, 0.0)
        if (kept := self.get("radial_brake")) is not None and p.ndim > 1 and p.size:
            after = braked(old, after, kept)
        self.params[index] = path.after(path.on_ball(old, after, rule.rate), rule.rate)

    def averages(self) -> list[np.ndarray]:
        """What is evaluated, if there is a path."""
        return [path.x for path in self.paths]


MODIFIERS: dict[str, dict[str, Any]] = {
    "centralized": {"centralize_gradients": True},
    "adaptive": {"adaptive_clip": 0.3},
    "cautious": {"cautious": True},
    "cautious with decay": {"cautious": True, "weight_decay": 0.3},
    "independent decay": {"independent_weight_decay": True, "weight_decay": 0.1},
    "upwards": {"maximize": True, "weight_decay": 0.3},
    "upwards with caution": {"maximize": True, "cautious": True},
    "upwards and clipped": {"maximize": True, "clipvalue": 1.0, "gradient_accumulation_steps": 2},
    "centralized, then clipped": {"centralize_gradients": True, "clipnorm": 1.0},
    "value, then norm": {
        "clipvalue": 1.0,
        "clipnorm": 1.5,
        "clip_order": "clipvalue, clipnorm",
    },
    "norm, then value": {
        "clipvalue": 1.0,
        "clipnorm": 1.5,
        "clip_order": "clipnorm,clipvalue",
    },
    "each norm, then all": {
        "clipnorm": 1.0,
        "global_clipnorm": 1.5,
        "clip_order": "clipnorm, global_clipnorm",
    },
    "all norms, then each": {
        "clipnorm": 1.0,
        "global_clipnorm": 1.5,
        "clip_order": "global_clipnorm, clipnorm",
    },
    "adaptive, then the norm of all": {
        "adaptive_clip": 0.3,
        "global_clipnorm": 1.0,
        "clip_order": "adaptive_clip, global_clipnorm",
    },
    "the norm of all, then adaptive": {
        "adaptive_clip": 0.3,
        "global_clipnorm": 1.0,
        "clip_order": "global_clipnorm, adaptive_clip",
    },
    "four clips": {
        "clipnorm": 2.0,
        "clipvalue": 1.0,
        "adaptive_clip": 0.3,
        "global_clipnorm": 1.0,
        "clip_order": "clipvalue, adaptive_clip, clipnorm, global_clipnorm",
    },
    "cautious decay": {"cautious_weight_decay": True, "weight_decay": 0.3},
    "cautious decay whatever the rate": {
        "cautious_weight_decay": True,
        "independent_weight_decay": True,
        "weight_decay": 0.1,
    },
    "clipped updates": {"update_clip": 0.3},
    "updates with a floor": {"update_floor": 1.5},
    "brake": {"radial_brake": 0.3},
    "a fixed norm": {"hyperball": True, "weight_decay": 0.3},
    "lookahead": {"lookahead": 2},
    "EMA-Nesterov": {"ema_nesterov": 2.0, "weight_decay": 0.3},
    "ahead of a shorter mean": {"ema_nesterov": 2.0, "ema_nesterov_momentum": 0.7},
    "schedule-free": {"schedule_free": 0.8, "weight_decay": 0.3},
    "schedule-free, all that changes moves": {
        "schedule_free": 0.8,
        "schedule_free_power": 1.0,
        "cautious": True,
        "update_clip": 0.5,
        "update_floor": 0.2,
        "radial_brake": 0.0,
        "cautious_weight_decay": True,
        "weight_decay": 0.3,
        "gradient_accumulation_steps": 2,
    },
    "lookahead on the ball": {"lookahead": 3, "lookahead_step_size": 0.8, "hyperball": True},
    "everything": {
        "centralize_gradients": True,
        "adaptive_clip": 0.3,
        "clipvalue": 1.0,
        "clip_order": "adaptive_clip, clipvalue",
        "cautious": True,
        "independent_weight_decay": True,
        "weight_decay": 0.1,
        "gradient_accumulation_steps": 2,
    },
}

# 30 operations in double precision in 6 calls, the sums over at most 30 weights among them; in
# single precision a sum that cancels, such as a mean that is taken off, loses a digit more.
TOLERANCE = {"float64": 1e-12, "float32": 2e-5}


def check(name: str, arguments: Mapping[str, Any], dtype: Any = np.float64) -> None:
    """The optimizer goes where its twin goes, call by call."""
    arguments = {"learning_rate": 0.05, **arguments}
    params = parameters(dtype)
    optimizer, twin = OPTIMIZERS[name](**arguments), Twin(params, name, **arguments)
    optimizer.build(params)
    evaluated = optimizer.averages()
    tolerance = TOLERANCE[np.dtype(dtype).name]
    for seed in range(CALLS):
        grads = gradients(params, seed)
        optimizer.apply(grads)
        twin.call(grads)
        for one, other in zip(params, twin.params, strict=True):
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
        with optimizer.averaged() if evaluated else nullcontext():
            wanted = twin.averages() if evaluated else twin.params
            for one, other in zip(params, wanted, strict=True):
                np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


# Not Lion in float32: a sign that rounding turns is a step of a whole rate.
RULES = [(name, np.float64) for name in OPTIMIZERS]
RULES += [(name, np.float32) for name in OPTIMIZERS if name != "Lion"]


@pytest.mark.parametrize(("name", "dtype"), RULES)
@pytest.mark.parametrize("case", MODIFIERS)
def test_every_modifier_does_to_every_rule_what_its_paper_says(case, name, dtype):
    check(name, MODIFIERS[case], dtype)


@pytest.mark.parametrize("case", MODIFIERS)
def test_members_have_the_modifiers_of_the_whole_and_their_own(case):
    """Caution and independent decay are a member's, the rest is the step's."""
    arguments = MODIFIERS[case]
    whose = {name: Adam.fields[name].owner for name in arguments}
    inside = {name: value for name, value in arguments.items() if whose[name] == "member"}
    common = {name: value for name, value in arguments.items() if whose[name] == "step"}
    params, others = parameters(), parameters()
    members = {"[02]": Adam(0.05, **inside), "": Adam(0.05, **inside)}
    optimizer, alone = MultiOptimizer(members, **common), Adam(0.05, **arguments)
    for seed in range(CALLS):
        optimizer.apply(gradients(params, seed), params)
        alone.apply(gradients(params, seed), others)
    assert_same_bits(params, others)


# -- a wrong stage is seen ------------------------------------------------------------------------

WRONG: dict[str, tuple[str, Callable[..., Any], dict[str, Any]]] = {
    "the mean of each row": (
        "centralize",
        lambda g, /: g - np.mean(g, axis=-1, keepdims=True),
        {"centralize_gradients": True},
    ),
    "the mean of the tensor": (
        "centralize",
        lambda g, /: g - np.mean(g),
        {"centralize_gradients": True},
    ),
    "the mean of each matrix of a stack": (
        "centralize",
        lambda g, /: g - np.mean(g, axis=1, keepdims=True),
        {"centralize_gradients": True},
    ),
    "units of rows": (
        "clip_to_weights",
        lambda p, g, /, *, adaptive_clip: step._clipped_to_weights(p, g, adaptive_clip, (2,)),
        {"adaptive_clip": 0.3},
    ),
    "a vector in units": (
        "clip_vector_to_weights",
        lambda p, g, /, *, adaptive_clip: step._clipped_to_weights(p, g, adaptive_clip, (0, 1)),
        {"adaptive_clip": 0.3},
    ),
    "a unit without weights that stands still": (
        "clip_to_weights",
        lambda p, g, /, *, adaptive_clip: without_least(p, g, adaptive_clip),
        {"adaptive_clip": 0.3},
    ),
    "caution turned round": (
        "cautious",
        lambda old, new, g, /: step_cautious(new, old, g, new),
        {"cautious": True},
    ),
    "caution without scale": (
        "cautious",
        lambda old, new, g, /: np.where((new - old) * g < 0, new, old),
        {"cautious": True},
    ),
    "down in spite of all": ("ascend", lambda g, /: g, {"maximize": True}),
    "decay with the rate": (
        "independent_decay",
        lambda old, p, /, *, weight_decay, learning_rate: old - learning_rate * weight_decay * p,
        {"independent_weight_decay": True, "weight_decay": 0.1},
    ),
    "decay of what is led away from 0": (
        "cautious_decay",
        lambda old, new, p, /, *, weight_decay, learning_rate: (
            new - np.where((new - old) * p > 0, learning_rate * weight_decay * p, 0.0)
        ),
        {"cautious_weight_decay": True, "weight_decay": 0.3},
    ),
    "a clip by the norm": (
        "clip_update",
        lambda old, new, /, *, learning_rate, update_clip: (
            old + (new - old) * np.minimum(1, learning_rate * update_clip / norm_of(new - old))
        ),
        {"update_clip": 0.3},
    ),
    "a floor whatever the rate": (
        "floor_update",
        lambda old, new, /, *, update_floor: (
            old + (new - old) * np.maximum(1, update_floor * norm_of(old) / norm_of(new - old))
        ),
        {"update_floor": 1.5},
    ),
    "a brake inwards too": (
        "brake",
        lambda old, new, /, *, radial_brake: (
            new * (radial_brake + (1 - radial_brake) * norm_of(old) / norm_of(new))
        ),
        {"radial_brake": 0.3, "weight_decay": 0.3},
    ),
}


def without_least(p: Any, g: Any, most: Any) -> Any:
    weights = np.sqrt(np.sum(p * p, axis=(0, 1), keepdims=True))
    gradient = np.sqrt(np.sum(g * g, axis=(0, 1), keepdims=True))
    return g * np.where(gradient > most * weights, most * weights / gradient, 1.0)


def norm_of(x: Any) -> Any:
    return np.sqrt(np.sum(x * x)) + 1e-30


def step_cautious(one: Any, other: Any, g: Any, start: Any) -> Any:
    moves = np.where((one - other) * g > 0, 1.0, 0.0)
    return other + (one - other) * moves / np.maximum(np.mean(moves), 1e-3) + 0 * start


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_stage_is_caught(case):
    stage, wrong, arguments = WRONG[case]
    with mock.patch.object(step, stage, wrong), pytest.raises(AssertionError):
        check("Adam", arguments)
    check("Adam", arguments)


WRONG_AROUND: dict[str, tuple[str, str, Callable[..., Any], dict[str, Any]]] = {
    "a ball of the norm that is now": (
        "HYPERBALL",
        "after",
        lambda p, old, new, radius, /, *, learning_rate: (
            (old + (new - old) * learning_rate * norm_of(old) / norm_of(new - old))
            * (norm_of(p) / norm_of(new)),
            radius,
        ),
        {"hyperball": True},
    ),
    "a ball that forgets the rate": (
        "HYPERBALL",
        "after",
        lambda p, old, new, radius, /: (
            new * np.where(norm_of(p) > 1e-9, norm_of(p) / norm_of(new), 1.0),
            radius,
        ),
        {"hyperball": True},
    ),
    "a look ahead from the slow weights' side": (
        "LOOKAHEAD",
        "after",
        lambda p, old, new, slow, /, *, t, lookahead: (
            np.where(t % lookahead == 0, 0.7 * slow + 0.3 * new, new),
            np.where(t % lookahead == 0, 0.7 * slow + 0.3 * new, slow),
        ),
        {"lookahead": 2},
    ),
    "slow weights from which nothing goes on": (
        "LOOKAHEAD",
        "after",
        lambda p, old, new, slow, /, *, t, lookahead: (
            new,
            np.where(t % lookahead == 0, 0.5 * slow + 0.5 * new, slow),
        ),
        {"lookahead": 2},
    ),
    "ahead along moves of what is trained": (
        "EMA_NESTEROV",
        "after",
        lambda p, old, new, drift, origin, /, *, ema_nesterov: (
            new + ema_nesterov * (0.99 * drift + 0.01 * (new - old)),
            0.99 * drift + 0.01 * (new - old),
            new,
        ),
        {"ema_nesterov": 2.0},
    ),
    "evaluated where it is trained": (
        "EMA_NESTEROV",
        "average",
        lambda p, drift, origin, /: p,
        {"ema_nesterov": 2.0},
    ),
    "trained at the average": (
        "SCHEDULE_FREE",
        "after",
        lambda p, old, new, fast, /, *, schedule_free, weight_of_fast: (
            (1 - weight_of_fast) * step.average_of_fast(p, fast, schedule_free=schedule_free)
            + weight_of_fast * new,
            new,
        ),
        {"schedule_free": 0.8},
    ),
    "an average by the rate": (
        "SCHEDULE_FREE",
        "prepare",
        lambda *, t, learning_rate, largest_rate, sum_of_weights: {
            "largest_rate": learning_rate,
            "sum_of_weights": sum_of_weights + learning_rate,
            "weight_of_fast": 1 / (t + 1),
        },
        {"schedule_free": 0.8},
    ),
}
"""What is wrong around a rule: the stage, which of its functions, and arguments that show it."""


@pytest.mark.parametrize("case", WRONG_AROUND)
def test_a_wrong_stage_around_a_rule_is_caught(case):
    stage, function, wrong, arguments = WRONG_AROUND[case]
    right = getattr(around, stage)
    changed = dataclasses.replace(right, **{function: wrong})

    def wrongly(self: Adam) -> tuple[Any, ...]:
        return tuple(changed if one is right else one for one in Optimizer.around(self))

    with mock.patch.object(Adam, "around", wrongly), pytest.raises(AssertionError):
        check("Adam", arguments)
    check("Adam", arguments)


@pytest.mark.parametrize(
    ("case", "order"),
    [
        ("value, then norm", "clipnorm, clipvalue"),
        ("each norm, then all", "global_clipnorm, clipnorm"),
        ("adaptive, then the norm of all", "global_clipnorm, adaptive_clip"),
    ],
)
def test_another_order_of_clips_is_caught(case, order):
    params, arguments = parameters(), {"learning_rate": 0.05, **MODIFIERS[case]}
    twin = Twin(params, "SGD", **arguments)
    optimizer = OPTIMIZERS["SGD"](**{**arguments, "clip_order": order})
    optimizer.apply(gradients(params, 0), params)
    twin.call(gradients(params, 0))
    far = [
        np.abs(one - other).max(initial=0) for one, other in zip(params, twin.params, strict=True)
    ]
    assert max(far) > 1e-3


# -- optax ----------------------------------------------------------------------------------------


def optax_updates(transform: Any, params: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What optax makes of the gradients of seed 0."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        made, _ = transform.update(gradients(params, 0), transform.init(list(params)), list(params))
        return [np.asarray(g) for g in made]


@pytest.mark.parametrize("most", [0.01, 0.3, 3.0])
def test_adaptive_clipping_is_that_of_optax(most):
    """For vectors, scalars and matrices, whose columns are units there as well.

    A matrix of one row or column is a vector to optax, and has units here as any other.
    """
    optax = pytest.importorskip("optax")
    params = [p for p in parameters() if p.shape in ((6, 4), (9,), ())]
    wanted = optax_updates(optax.adaptive_grad_clip(most), params)
    after = [p.copy() for p in params]
    SGD(1.0, adaptive_clip=most).apply(gradients(params, 0), after)
    for p, got, g in zip(params, after, wanted, strict=True):
        np.testing.assert_allclose(p - got, g, rtol=1e-12, atol=1e-13)


def test_centralized_gradients_are_those_of_optax():
    """Its units are those of the first axis: matrices are transposed."""
    optax = pytest.importorskip("optax")
    params = [p for p in parameters() if p.shape in ((6, 4), (1, 7), (7, 1), (9,))]
    turned = [np.ascontiguousarray(p.T) for p in params]
    after = [p.copy() for p in params]
    grads = [g.T for g in gradients(turned, 0)]
    SGD(1.0, centralize_gradients=True).apply(grads, after)
    wanted = optax_updates(optax.centralize(), turned)
    for p, got, g in zip(params, after, wanted, strict=True):
        np.testing.assert_allclose(p - got, g.T, rtol=1e-12, atol=1e-13)


# -- a rate that follows the loss -------------------------------------------------------------

PLATEAUS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "patience": ({"reduce_on_plateau": 3}, {"patience": 3}),
    "cooldown": (
        {"reduce_on_plateau": 2, "plateau_cooldown": 4, "plateau_tolerance": 0.01},
        {"patience": 2, "cooldown": 4, "rtol": 0.01},
    ),
    "windows": (
        {"reduce_on_plateau": 2, "plateau_window": 3, "plateau_factor": 0.3, "plateau_least": 0.05},
        {"patience": 2, "accumulation_size": 3, "factor": 0.3, "min_scale": 0.05},
    ),
}


def check_plateau(case: str) -> None:
    """The parameters that optax's Adam comes to with optax's reduction, in 60 calls."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    own, theirs = PLATEAUS[case]
    chance = np.random.default_rng(0)
    losses = np.maximum(1 / np.sqrt(np.arange(1, 61)) + 0.05 * chance.normal(size=60), 0.3)
    params = parameters()
    optimizer = Adam(0.05, convention="optax", **own)
    with jax.enable_x64(True):
        after = [jax.numpy.asarray(p) for p in params]
        chain = optax.chain(optax.adam(0.05), optax.contrib.reduce_on_plateau(**theirs))
        state, update = chain.init(after), jax.jit(chain.update)
        for seed, loss in enumerate(losses):
            grads = gradients(params, seed)
            optimizer.apply(grads, params, loss=loss)
            updates, state = update(grads, state, after, value=loss)
            after = optax.apply_updates(after, updates)
        for one, other in zip(params, after, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", PLATEAUS)
def test_the_rate_falls_where_that_of_optax_does(case):
    check_plateau(case)


def test_one_that_waits_longer_is_caught():
    def later(*, reduce_on_plateau, **others):
        return follow_loss(reduce_on_plateau=reduce_on_plateau + 1, **others)

    follow_loss = around.PLATEAU.prepare
    assert follow_loss is not None
    later.__signature__ = inspect.signature(follow_loss)  # type: ignore[attr-defined]
    slow = dataclasses.replace(around.PLATEAU, prepare=later)
    with mock.patch.object(Adam, "around", return_value=(slow,)), pytest.raises(AssertionError):
        check_plateau("patience")


def test_a_rate_that_follows_the_loss_needs_one():
    with pytest.raises(ArgumentError, match="must be given loss in each call"):
        Adam(reduce_on_plateau=3).apply([np.ones(2)], [np.ones(2)])


# -- an angle in place of a quotient --------------------------------------------------------------

WITH_ROOTS: dict[str, Callable[..., Optimizer]] = {
    "Adam": Adam,
    "AMSGrad": lambda **a: Adam(**a, amsgrad=True, convention="optax"),
    "Nadam": adamas.Nadam,
    "Lamb": Lamb,
    "AdaBelief": lambda **a: adamas.AdaBelief(**a, epsilon_root=0.0),
    "Adagrad": adamas.Adagrad,
    "RMSprop": adamas.RMSprop,
    "RMSprop with momentum": lambda **a: adamas.RMSprop(**a, momentum=0.9, convention="torch"),
    "ScheduleFreeAdamW": adamas.ScheduleFreeAdamW,
}


def stepped(make: Callable[..., Optimizer], **arguments: Any) -> list[np.ndarray]:
    """Parameters after some calls."""
    params = parameters()
    optimizer = make(learning_rate=0.05, **arguments)
    for seed in range(CALLS):
        optimizer.apply(gradients(params, seed), params)
    return params


def check_angle(name: str) -> None:
    """A wide angle is the quotient without ε; a narrow one is not."""
    make = WITH_ROOTS[name]
    quotient, wide = stepped(make, epsilon=0.0), stepped(make, atan2=1e6)
    for one, other in zip(quotient, wide, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    assert not np.allclose(quotient[0], stepped(make, atan2=1.0)[0], rtol=1e-3)


@pytest.mark.parametrize("name", WITH_ROOTS)
def test_an_angle_that_is_wide_enough_is_the_quotient(name):
    check_angle(name)


def check_adam_by_angle() -> None:
    p, m, v = parameters(), [0.0] * len(SHAPES), [0.0] * len(SHAPES)
    ours = stepped(Adam, atan2=0.7)
    for seed in range(CALLS):
        for place, g in enumerate(gradients(p, seed)):
            m[place] = 0.9 * m[place] + 0.1 * g
            v[place] = 0.999 * v[place] + 0.001 * g**2
            of_m, of_v = m[place] / (1 - 0.9 ** (seed + 1)), v[place] / (1 - 0.999 ** (seed + 1))
            p[place] = p[place] - 0.05 * 0.7 * np.arctan2(of_m, 0.7 * np.sqrt(of_v))
    for one, other in zip(ours, p, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_adam_by_angles_is_that_of_its_paper():
    check_adam_by_angle()

    def narrow(x, v, epsilon, within=None, *, rate=1, turned=None):
        """The angle is not widened by s."""
        return rate * turned * np.arctan2(x / rate, np.sqrt(v))

    adam = sys.modules["adamas.optimizers.adam"]
    with mock.patch.object(adam, "quotient", narrow), pytest.raises(AssertionError):
        check_adam_by_angle()


def test_a_rule_without_a_root_has_no_angle():
    for kind in (SGD, Lion, adamas.Muon):
        with pytest.raises(ConfigurationError, match="root in a denominator"):
            kind(0.1, atan2=1.0)


# -- skipping by gradients ------------------------------------------------------------------------

SKIPPING: dict[str, dict[str, Any]] = {
    "alone": {},
    "the norm of all": {"global_clipnorm": 1.0},
    "each norm": {"clipnorm": 1.0},
    "clipped by value": {"clipvalue": 1.0},
    "by value before a norm": {
        "clipvalue": 1.0,
        "global_clipnorm": 1.0,
        "clip_order": "clipvalue, global_clipnorm",
    },
    "a norm before by value": {
        "clipvalue": 1.0,
        "clipnorm": 1.0,
        "clip_order": "clipnorm, clipvalue",
    },
    "adaptive": {"adaptive_clip": 0.3},
    "accumulation": {"gradient_accumulation_steps": 3},
    "accumulation and a norm": {"gradient_accumulation_steps": 3, "clipnorm": 1.0},
    "centralized": {"centralize_gradients": True},
    "a loss scale": {"loss_scale_factor": 8.0, "use_ema": True},
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, BFLOAT16], ids=str)
@pytest.mark.parametrize("name", ["Adam", "Lamb"])
@pytest.mark.parametrize("case", SKIPPING)
def test_calls_whose_gradients_are_not_finite_are_as_if_they_had_not_come(case, name, dtype):
    arguments = {"learning_rate": 0.05, **SKIPPING[case]}
    params, others = parameters(dtype), parameters(dtype)
    optimizer = OPTIMIZERS[name](**arguments, nonfinite="skip_gradients")
    twin = OPTIMIZERS[name](**arguments)
    optimizer.build(params)
    twin.build(others)
    spoilt = [index for index, shape in enumerate(SHAPES) if 0 not in shape]
    for turn, index in enumerate(spoilt):
        grads = gradients(params, turn)
        optimizer.apply(grads)
        twin.apply(grads)
        before = picture(optimizer, params)[3]
        bad = [g.copy() for g in grads]
        bad[index].reshape(-1)[-1] = (np.nan, np.inf, -np.inf)[turn % 3]
        optimizer.apply(bad)
        assert picture(optimizer, params)[3] == before
    assert_same_bits(params, others)
    assert_same_bits(leaves(optimizer.state), leaves(twin.state))
    assert (optimizer.skipped, optimizer.iterations) == (len(spoilt), twin.iterations)


def test_a_step_that_overflows_by_itself_is_made():
    """Only gradients are looked at; ``nonfinite="skip"`` looks at what would be stored."""
    params, others = [np.ones(5, np.float32)], [np.ones(5, np.float32)]
    grads = [np.full(5, 1e30, np.float32)]
    by_gradients, by_results = Adam(nonfinite="skip_gradients"), Adam(nonfinite="skip")
    by_gradients.apply(grads, params)
    by_results.apply(grads, others)
    assert (by_gradients.skipped, by_results.skipped) == (0, 1)
    assert np.isinf(by_gradients.state["v"]["0"]).all()


def test_a_norm_that_was_not_finite_once_does_not_stop_later_calls():
    """A call that is passed over before its norm is taken keeps none from before."""
    arguments = {**SKIPPING["by value before a norm"], "nonfinite": "skip_gradients"}
    params = [np.ones(5)]
    optimizer = Adam(0.1, **{**arguments, "clipvalue": 1e200})
    optimizer.apply([np.full(5, 1e200)], params)  # finite, but its square is not
    optimizer.clipvalue = 1.0
    skipped = optimizer.skipped
    optimizer.apply([np.ones(5)])
    assert optimizer.skipped == skipped
    assert optimizer.gradient_norm == pytest.approx(math.sqrt(5))


# -- what they cost -------------------------------------------------------------------------------

COSTS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    # Walks of a matrix with float32 weights, in arrays of four bytes read and written.
    "nothing": ({}, (7,)),
    "centralized: reads g": ({"centralize_gradients": True}, (1, 7)),
    "adaptive: reads p and g": ({"adaptive_clip": 0.1}, (2, 7)),
    "cautious: reads all": ({"cautious": True}, (4, 7)),
    "independent decay": ({"independent_weight_decay": True, "weight_decay": 0.1}, (7,)),
    "upwards": ({"maximize": True}, (7,)),
    "upwards by a norm": ({"maximize": True, "clipnorm": 1.0}, (1, 7)),
    "gradients checked: reads g": ({"nonfinite": "skip_gradients"}, (1, 7)),
    "checked with a norm": ({"nonfinite": "skip_gradients", "clipnorm": 1.0}, (1, 7)),
    "two clips, one norm": (
        {"clipnorm": 1.0, "clipvalue": 1.0, "clip_order": "clipvalue, clipnorm"},
        (1, 7),
    ),
    "cautious decay": ({"cautious_weight_decay": True, "weight_decay": 0.1}, (7,)),
    "update clipped: reads all but p, stores m and v": ({"update_clip": 1.0}, (5, 4)),
    "update with a floor: reads all, stores m and v": ({"update_floor": 1.0}, (6, 4)),
    "braked: reads all, stores m and v": ({"radial_brake": 0.5}, (6, 4)),
    "fixed norm: reads all, stores m and v": ({"hyperball": True}, (6, 4)),
    "schedule-free: one slot": ({"schedule_free": 0.9}, (9,)),
    "lookahead: one slot": ({"lookahead": 5}, (9,)),
    "EMA-Nesterov: two slots": ({"ema_nesterov": 0.5}, (11,)),
    "two norms": (
        {"clipnorm": 1.0, "global_clipnorm": 1.0, "clip_order": "clipnorm, global_clipnorm"},
        (1, 1, 7),
    ),
}


@pytest.mark.parametrize("case", COSTS)
def test_a_modifier_costs_the_walks_that_it_needs(case):
    arguments, walks = COSTS[case]
    told = explanation.explain(Adam(**arguments), {"kernel": (30, 20)})
    (part,) = told.parts
    assert tuple(cost.bytes // 4 for cost in part.update) == walks


OFF = {
    "adaptive_clip": None,
    "centralize_gradients": False,
    "cautious": False,
    "independent_weight_decay": False,
    "maximize": False,
    "clip_order": "",
    "cautious_weight_decay": False,
    "hyperball": False,
    **dict.fromkeys(Adam.modifiers()),
}


def code_of(optimizer: Optimizer) -> list[str]:
    """The text of every loop of a step over all shapes, in two dtypes."""
    texts = []
    for dtype in (np.float32, BFLOAT16):
        one, params = optimizer.replace(), parameters(dtype)
        one.build(params)
        one.apply(gradients(params, 0))
        session: Any = one.session
        kernels = [kernel for p in session.programs for kernel in p.kernels]
        texts += [walk.text for kernel in kernels for walk in kernel.walks]
    return texts


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(
    "arguments", [{}, {"clipnorm": 1.0, "weight_decay": 0.1, "use_ema": True}], ids=len
)
def test_what_is_off_is_not_in_the_code(name, arguments):
    """The stages are not even called, and the code is that of an optimizer without them."""

    def refuse(*args: Any, **options: Any) -> Any:
        raise AssertionError("a stage that is off was called")

    def make(**others: Any) -> Optimizer:
        return OPTIMIZERS[name](**{"learning_rate": 0.1, **arguments, **others})

    shapes = {str(index): shape for index, shape in enumerate(SHAPES)}
    usual, told = code_of(make(**OFF)), explanation.explain(make(**OFF), shapes)
    stages = ("ascend", "centralize", "clip_to_weights", "clip_vector_to_weights", "cautious")
    stages += ("cautious_decay", "clip_update", "floor_update", "brake", "moved_by")
    with mock.patch.multiple(step, **dict.fromkeys((*stages, "independent_decay"), refuse)):
        assert code_of(make()) == usual
        assert explanation.explain(make(), shapes) == told
        with pytest.raises(RuleError, match="was called"):
            code_of(make(centralize_gradients=True))
    assert len(told.parts) == 1
    assert code_of(make(cautious=True)) != usual
    assert code_of(make(maximize=True)) != usual


def test_vectors_and_matrices_are_one_batch_unless_units_matter():
    params = parameters(np.float32)
    for optimizer, count in ((Adam(cautious=True), 1), (Adam(centralize_gradients=True), 2)):
        optimizer.build([p.copy() for p in params])
        session: Any = optimizer.session
        assert len(session.plans) == count
        walks = [len(lower(plan, plan.update[0]).walks) for plan in session.plans]
        assert walks == ([2] if count == 1 else [2, 1])


# -- arguments ------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "two clips without an order": ({"clipnorm": 1.0, "adaptive_clip": 0.1}, "in which order"),
    "an order without clips": ({"clip_order": "clipnorm"}, "each once"),
    "an order of another clip": ({"clipvalue": 1.0, "clip_order": "clipnorm"}, "each once"),
    "an order with one missing": (
        {"clipvalue": 1.0, "clipnorm": 1.0, "clip_order": "clipnorm"},
        "each once",
    ),
    "an order with one twice": (
        {"clipvalue": 1.0, "clip_order": "clipvalue, clipvalue"},
        "each once",
    ),
    "an order of nonsense": (
        {"clipvalue": 1.0, "clipnorm": 1.0, "clip_order": "first, second"},
        "each once",
    ),
    "a clip of zero": ({"adaptive_clip": 0.0}, "greater than 0"),
    "two kinds of decay": (
        {"independent_weight_decay": True, "decoupled_weight_decay": True},
        "Use one of them",
    ),
    "two paths": ({"lookahead": 5, "schedule_free": 0.9}, "which weights are evaluated"),
    "a step of no slow weights": ({"lookahead_step_size": 0.5}, "lookahead, which is off"),
    "a power of no weights": ({"schedule_free_power": 0.0}, "schedule_free, which is off"),
    "a floor on the ball": ({"hyperball": True, "update_floor": 0.3}, "Leave one out"),
    "cautious decay on the ball": (
        {"hyperball": True, "cautious_weight_decay": True},
        "Leave one out",
    ),
    "cautious decay of the gradient": (
        {"convention": "torch", "cautious_weight_decay": True, "weight_decay": 0.1},
        "decoupled_weight_decay=True",
    ),
    "an unknown policy": ({"nonfinite": "skip_gradient"}, "'skip_gradients'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused(case):
    arguments, words = REFUSED[case]
    with pytest.raises(ConfigurationError, match=words):
        Adam(**arguments)
