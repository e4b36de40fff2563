"""Mechanic: what the moves of any rule are multiplied by, found from how they served so far."""

from itertools import chain

import numpy as np

from .language.totals import total

BETAS = tuple(1 - 0.1**power for power in range(1, 7))
"""How much of what they know the tuners keep, each of which finds a factor; their sum counts."""

EPSILON = 1e-8

NAMES = tuple(
    tuple(f"mechanic_{what}_{place}" for what in ("largest", "squares", "reward"))
    for place in range(len(BETAS))
)
NOTHING_KNOWN = dict.fromkeys(chain.from_iterable(NAMES), 0.0)
"""What the tuners hand on, before the first update."""


def tune(p, g, old, new, start, /, *, t, kept, mechanic, mechanic_decay=0.01):
    """Go from the first weights along the sum of all moves, times the sum of the factors.

    Cutkosky, Defazio and Mehta, NeurIPS 2023, https://arxiv.org/abs/2306.00144, Algorithm 1 with
    sums over all tensors. The sum of moves is found from where the weights are, and a product
    counts for as much as the largest before, as the authors have it in optax.
    """
    tuners = [[kept[name] for name in names] for names in NAMES]
    factors = [np.where(t == 1, mechanic, factor(mechanic, *one)) for one in tuners]
    back = (start - p) / (sum(factors) + EPSILON)
    pull = mechanic_decay * sum(factors) * np.sqrt(total(g * g))
    product = total(g * back) + pull / (np.sqrt(total(p * p)) + EPSILON) * total(p * back)
    after = [learned(product, *one) for one in zip(BETAS, factors, tuners, strict=True)]
    scale = sum(factor(mechanic, *one) for one in after)
    known = [zip(names, one, strict=True) for names, one in zip(NAMES, after, strict=True)]
    return start - scale * (back - (new - p)), start, dict(chain.from_iterable(known))


def factor(first, largest, squares, reward):
    """What a tuner multiplies moves by: a share of its wealth, over the size of its products."""
    wealth = first / len(BETAS) * largest + np.maximum(reward, 0)
    return wealth / (np.sqrt(squares) + EPSILON)


def learned(product, beta, factor, known):
    """What a tuner knows after a product of the gradient with the way back to the first weights."""
    largest, squares, reward = known
    limited = np.minimum(np.maximum(product, -largest), largest)
    return (
        np.maximum(beta * largest, np.abs(product) + EPSILON),
        beta**2 * squares + product * product,
        beta * reward + limited * factor,
    )
