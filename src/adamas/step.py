"""The stages of one step beside the rule, written like rules: plain arithmetic on one weight.

A stage exists only in plans whose arguments ask for it (`adamas.plan`), in the order in which
they stand here. Gradients are g, parameters p, the accumulator a, the average ema. The scalars
are the optimizer's arguments of the same name; t is the number of the update, from 1.
"""

from typing import Any

import numpy as np


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


def decay(p, /, *, learning_rate, weight_decay):
    """Decoupled weight decay.

    Loshchilov and Hutter, ICLR 2019, https://arxiv.org/abs/1711.05101, Algorithm 2, line 12.
    Excluded parameters have weight_decay 0 and keep every bit, infinities and signs of 0 too.
    """
    return np.where(weight_decay == 0, p, p - learning_rate * weight_decay * p)


def independent_decay(p, /, *, weight_decay):
    """Decay that does not follow the learning rate."""
    return np.where(weight_decay == 0, p, p - weight_decay * p)


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
