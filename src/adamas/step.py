"""The stages of one step beside the rule, written like rules: plain arithmetic on one weight.

A stage exists only in plans whose arguments ask for it (`adamas.plan`), in the order in which
they stand here. Gradients are g, parameters p, the accumulator a, the average ema. The scalars
are the optimizer's arguments of the same name; t is the number of the update, from 1.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .language.moves import moved_by


def unscale(g, /, *, loss_scale_factor):
    """Undo the factor that `Optimizer.scale_loss` put on the loss."""
    return g / loss_scale_factor


def ascend(g, /):
    """Turn the gradient round, so that descent goes up."""
    return -g


def accumulate(g, a, /):
    """Add the gradient of one more call to the sum."""
    return a + g


def mean_of_calls(a, /, *, gradient_accumulation_steps):
    """The mean gradient of all calls since the last update."""
    return a / gradient_accumulation_steps


def scale_to_norm(g, /, *, clip_factor):
    """Shorten the gradient to the norm that it is clipped to."""
    return g * clip_factor


def clip_to_value(g, /, *, clipvalue):
    """Cut each element to [-clipvalue, clipvalue]."""
    return np.minimum(np.maximum(g, -clipvalue), clipvalue)


def centralize(g, /):
    """Take the mean over the inputs of each unit off its gradient; a unit is a column.

    Yong, Huang, Hua and Zhang, ECCV 2020, https://arxiv.org/abs/2004.01461, equation 1.
    """
    return g - np.mean(g, axis=(0, 1), keepdims=True)


def clip_to_weights(p, g, /, *, adaptive_clip):
    """Shorten the gradient of each unit to a multiple of the norm of its weights.

    Brock, De, Smith and Simonyan, ICML 2021, https://arxiv.org/abs/2102.06171, equation 3, with
    10⁻³ for the norm of weights that are smaller.
    """
    return _clipped_to_weights(p, g, adaptive_clip, (0, 1))


def clip_vector_to_weights(p, g, /, *, adaptive_clip):
    """As `clip_to_weights` for a bias or a scale, which is one unit."""
    return _clipped_to_weights(p, g, adaptive_clip, (0, 1, 2))


def _clipped_to_weights(p, g, adaptive_clip, axes):
    weights = np.sqrt(np.sum(p * p, axis=axes, keepdims=True))
    gradient = np.sqrt(np.sum(g * g, axis=axes, keepdims=True))
    longest = adaptive_clip * np.maximum(weights, 1e-3)
    return g * np.where(gradient > longest, longest / gradient, 1.0)


def decay(old, p, /, *, learning_rate, weight_decay):
    """Decoupled weight decay of p, taken off what the rule moves: mostly p as well.

    Loshchilov and Hutter, ICLR 2019, https://arxiv.org/abs/1711.05101, Algorithm 2, line 12.
    Excluded parameters have weight_decay 0 and keep every bit, infinities and signs of 0 too.
    """
    return np.where(weight_decay == 0, old, old - learning_rate * weight_decay * p)


def independent_decay(old, p, /, *, weight_decay):
    """Decay that does not follow the learning rate."""
    return np.where(weight_decay == 0, old, old - weight_decay * p)


def coupled_decay(p, g, /, *, weight_decay):
    """L2 regularization: the gradient of weight_decay / 2 · p² joins the loss's."""
    return np.where(weight_decay == 0, g, g + weight_decay * p)


def cautious(old, new, g, /):
    """Move only those weights whose move is against their gradient, the further the fewer.

    Liang, Chen, Liu and Liu, 2024, https://arxiv.org/abs/2411.16085, Algorithm 1.
    """
    move = new - old
    moves = np.where(move * g < 0, 1.0, 0.0)
    return old + move * moves / np.maximum(np.mean(moves), 1e-3)


def clip_update(old, new, /, *, learning_rate, update_clip):
    """Shorten the move so that its root mean square is at most rate · update_clip.

    Shazeer and Stern, ICML 2018, https://arxiv.org/abs/1804.04235, section 6.
    """
    move = moved_by(old, new)
    size, most = np.sqrt(np.mean(move * move)), learning_rate * update_clip
    return np.where(size > most, old + move * (most / size), new)


def floor_update(old, new, /, *, learning_rate, update_floor):
    """Lengthen the move so that its norm is at least rate · update_floor · the weights' norm.

    The "u/w-floor" of https://github.com/KellerJordan/modded-nanogpt/pull/274, 2026.
    """
    move = moved_by(old, new)
    size = np.sqrt(np.sum(move * move))
    least = learning_rate * update_floor * np.sqrt(np.sum(old * old))
    return np.where(size < least, old + move * (least / np.where(size == 0, 1.0, size)), new)


def cautious_decay(old, new, p, /, *, learning_rate, weight_decay):
    """Decay, in proportion to the rate, of those weights that the move does not lead away from 0.

    Chen et al., 2025, https://arxiv.org/abs/2510.12402, Algorithm 1.
    """
    return new - _cautiously(old, new, p, learning_rate * weight_decay)


def independent_cautious_decay(old, new, p, /, *, weight_decay):
    """As `cautious_decay`, whatever the rate."""
    return new - _cautiously(old, new, p, weight_decay)


def _cautiously(old, new, p, share):
    return np.where(moved_by(old, new) * p <= 0, share * p, 0.0)


def brake(old, new, /, *, radial_brake):
    """Keep a share of what the move adds to the norm of the weights.

    https://nilin.github.io/radial-brake/, 2026, with an inward factor of 1.
    """
    before, after = np.sqrt(np.sum(old * old)), np.sqrt(np.sum(new * new))
    kept = before + radial_brake * (after - before)
    return np.where(after > before, new * (kept / after), new)


def on_ball(p, old, new, radius, /, *, learning_rate):
    """Keep the norm that the weights began with, R, and move by rate · R before.

    Wen, Dang, Lyu, Ma and Liang, 2026, https://arxiv.org/abs/2606.16899. What begins as 0 has no
    such norm, which is remembered as -1, and is left to the rule.
    """
    move = moved_by(old, new)
    square, size = np.sum(old * old), np.sqrt(np.sum(move * move))
    norm = np.sqrt(np.sum(p * p))
    radius = np.where(radius == 0, np.where(norm > 0, norm, -1.0), radius)
    scale = learning_rate * radius / np.where(size == 0, 1.0, size)
    # The norm of old + scale · move, from sums that one walk finds.
    length = np.sqrt(square + scale * (2 * np.sum(old * move) + scale * (size * size)))
    return np.where(radius > 0, (old + scale * move) * (radius / length), new), radius


NO_LOSSES = dict.fromkeys(
    ("plateau_best", "plateau_waited", "plateau_cooling", "plateau_mean", "plateau_count"), 0.0
) | {"plateau_scale": 1.0}
"""What `follow_loss` hands on, before the first update."""


def follow_loss(
    *, t, loss, learning_rate, reduce_on_plateau,
    plateau_scale, plateau_best, plateau_waited, plateau_cooling, plateau_mean, plateau_count,
    plateau_factor=0.1, plateau_tolerance=1e-4, plateau_cooldown=0.0, plateau_window=1.0,
    plateau_least=0.0,
):  # fmt: skip
    """Lower the rate where the loss has not become lower for some updates.

    As optax and PyTorch do: the mean loss of each window counts once, and waiting begins anew after
    each reduction, when so many have passed as the cooldown has.
    """
    count = plateau_count + 1
    mean = plateau_mean + (loss - plateau_mean) / count
    due = count == plateau_window
    first = t <= plateau_window
    lower = np.logical_or(first, mean < (1 - plateau_tolerance) * plateau_best)
    waited = np.where(lower, 0.0, plateau_waited + 1)
    cools = plateau_cooling > 0
    reached = np.logical_and(np.logical_not(cools), waited == reduce_on_plateau)
    reduced = np.maximum(plateau_scale * plateau_factor, plateau_least)
    scale = np.where(np.logical_and(due, reached), reduced, plateau_scale)
    cooling = np.where(cools, plateau_cooling - 1, np.where(reached, plateau_cooldown, 0.0))
    waits = np.where(np.logical_or(cools, reached), 0.0, waited)
    return {
        "learning_rate": learning_rate * scale,
        "plateau_scale": scale,
        "plateau_best": np.where(np.logical_and(due, lower), mean, plateau_best),
        "plateau_waited": np.where(due, waits, plateau_waited),
        "plateau_cooling": np.where(due, cooling, plateau_cooling),
        "plateau_mean": np.where(due, 0.0, mean),
        "plateau_count": np.where(due, 0.0, count),
    }


NO_RATES = {"largest_rate": 0.0, "sum_of_weights": 0.0}
"""What `weight_by_rate` hands on, before the first update."""


def weight_by_rate(*, learning_rate, largest_rate, sum_of_weights, schedule_free_power=2.0):
    """How much the next fast weights count in their average: a power of the largest rate so far.

    Defazio, Yang, Mehta et al., NeurIPS 2024, https://arxiv.org/abs/2405.15682, section 4.
    """
    largest_rate = np.maximum(largest_rate, learning_rate)
    weight = largest_rate**schedule_free_power
    total = sum_of_weights + weight
    share = weight / np.where(total == 0, 1.0, total)
    return {"largest_rate": largest_rate, "sum_of_weights": total, "weight_of_fast": share}


def weight_equally(*, t):
    """All fast weights count alike in their average."""
    return {"weight_of_fast": 1 / t}


def between_fast_and_average(p, old, new, fast, /, *, schedule_free, weight_of_fast):
    """Train between the fast weights, which the rule moves, and their average.

    Defazio, Yang, Mehta et al., NeurIPS 2024, https://arxiv.org/abs/2405.15682, Algorithm 1,
    of which p is y and the fast weights are z.
    """
    x = average_of_fast(p, fast, schedule_free=schedule_free)
    x = (1 - weight_of_fast) * x + weight_of_fast * new
    return (1 - schedule_free) * new + schedule_free * x, new


def average_of_fast(p, fast, /, *, schedule_free):
    """x, from p = (1 − β) z + β x."""
    return (p - (1 - schedule_free) * fast) / schedule_free


def look_ahead(p, old, new, slow, /, *, t, lookahead, lookahead_step_size=0.5):
    """Every so many updates slow weights take a step towards the weights, which go on from there.

    Zhang, Lucas, Hinton and Ba, NeurIPS 2019, https://arxiv.org/abs/1907.08610, Algorithm 1.
    """
    due = t % lookahead == 0
    slow = np.where(due, slow + lookahead_step_size * (new - slow), slow)
    return np.where(due, slow, new), slow


def slow_weights(p, slow, /):
    """What `look_ahead` evaluates with."""
    return slow


def ahead_of_drift(
    p, old, new, drift, origin, /, *, ema_nesterov, ema_nesterov_momentum=0.99
):  # fmt: skip
    """Train ahead of the weights, along the mean of their moves.

    EMA-Nesterov, 2026, https://arxiv.org/abs/2605.25395: x' = A(x + β m) and
    m' = γ m + (1 − γ)(x' − x); p is x + β m.
    """
    drift = ema_nesterov_momentum * drift + (1 - ema_nesterov_momentum) * (new - origin)
    return new + ema_nesterov * drift, drift, new


def origin_of_drift(p, drift, origin, /):
    """What `ahead_of_drift` evaluates with."""
    return origin


def parameters(function: Callable[..., Any]) -> Sequence[inspect.Parameter]:
    """What a stage asks for."""
    return tuple(inspect.signature(function).parameters.values())


def average(p, ema, /, *, t, ema_momentum):
    """Exponential moving average of the weights; the first one is the weights themselves.

    Polyak and Juditsky, SIAM J. Control Optim. 30 (1992), with exponential weights.
    """
    return np.where(t == 1, p, ema_momentum * ema + (1 - ema_momentum) * p)


def overwrite(p, ema, /, *, t, ema_overwrite_frequency):
    """Every so many updates the weights continue from their average."""
    return np.where(t % ema_overwrite_frequency == 0, ema, p)


def clip_factor(norm: Any, limit: Any, margin: Any = 0.0) -> Any:
    """What a gradient of L2 norm `norm` is multiplied by so that its norm is at most `limit`.

    Works on numbers and on arrays of norms. A NaN norm gives NaN; an infinite one gives 0, which
    turns the infinite elements themselves into NaN. Some libraries add a `margin` to the norm.
    """
    return np.minimum(1.0, limit / (norm + margin))


def global_clip_factor(norm: Any, limit: Any, margin: Any = 0.0) -> Any:
    """As `clip_factor`, for the norm of all tensors together.

    A norm that is not finite makes every gradient NaN: which tensor caused it is not known here,
    and zeros would hide it.
    """
    return clip_factor(norm, limit, margin) + (norm - norm)
