"""Steps by a model of the loss, for rules: what `MoMo` and `MoMoAdam` have in common."""

from typing import Any

import numpy as np

from ..language.totals import total


def followed(
    t: Any, keep: Any, loss: Any, loss_mean: Any, bound: Any, lower_bound: Any, adapts: bool,
    *, learning_rate: Any, inner_decay: Any, convention: str,
) -> dict[str, Any]:  # fmt: skip
    """What a step goes by: the mean loss, the least one, and by what weights shrink.

    Args:
        t: the number of the update.
        keep: how much of the mean loss is kept.
        loss, loss_mean, bound: the loss, its mean and the least one as they were known before.
        lower_bound, adapts: a bound of the least loss, and whether that is estimated.
        learning_rate, inner_decay, convention: as rules have them.
    """
    shrinks = None if inner_decay is None else 1 + learning_rate * inner_decay
    return {
        "loss_mean": keep * loss_mean + (1 - keep) * loss,
        "bound": np.where(t == 1, lower_bound, bound) if adapts else lower_bound,
        "least": lower_bound if adapts else None,
        "shrinks": shrinks,
        "shrinks_move": None if convention == "optax" else shrinks,
    }


def modelled(
    p: Any, m: Any, u: Any, above: Any, rate: Any, weight: Any, bound: Any, least: Any, s: Any
) -> tuple[Any, Any]:
    """How far to go along −u, and the least loss that the next step assumes.

    Args:
        p, m: a weight, and the mean of its gradients.
        u: m, or m over what it is scaled by.
        above: f̄ − γ, the mean of the losses less what their gradients take off.
        rate: the largest rate.
        weight: the sum of the weights of the means.
        bound: the least loss.
        least: what that is at least, where it is estimated, or None.
        s: what weights shrink by, or None.
    """
    ahead, size = total(over(m * p, s)), total(over(m * u, s))
    height = above + ahead
    if least is not None:
        lower = np.maximum(height / (2 * weight), least)
        bound = np.where(height < weight * bound, lower, bound)
    way = np.maximum(height - weight * bound, 0) / np.where(size > 0, size, 1)
    far = np.where(size > 0, np.minimum(rate / weight, way), 0)
    if least is None:
        return far, bound
    if s is not None:
        ahead, size = total(m * p), total(m * u)
    return far, np.maximum((above + ahead - far * size / 2) / weight, least)


def over(x: Any, s: Any) -> Any:
    """x / s, or x where there is no s."""
    return x if s is None else x / s
