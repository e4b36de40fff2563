"""Rules that sum along every axis, before and after their slots are new."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adamas import Optimizer, Rate


def optimizer_of(function: Callable[..., Any], **others: Any) -> type[Any]:
    """An optimizer class whose rule is `function`."""
    members = {"__annotations__": {"learning_rate": Rate}, "learning_rate": 0.1, **others}
    return type("Mine", (Optimizer,), {**members, "update": staticmethod(function)})


def standardized(p, g, m, /, *, learning_rate):
    """Two levels of sums: mean, then deviation; and then a norm."""
    centered = g - np.mean(g)
    u = centered / np.sqrt(1e-3 + np.mean(centered * centered))
    m = 0.9 * m + 0.1 * u
    ratio = np.sqrt(np.sum(p * p)) / np.sqrt(1e-3 + np.sum(m * m))
    return p - learning_rate * ratio * m, m


def needs_the_old(p, g, m, /, *, learning_rate):
    """The step is along the mean before this gradient, divided by the norm of the one after."""
    new = 0.9 * m + g
    return p - learning_rate * m / np.sqrt(1 + np.sum(new * new)), new


def exchanges(p, g, a, b, /, *, learning_rate):
    """Slots change places, and the last walk needs both."""
    size = np.sqrt(1 + np.sum(a * g) ** 2)
    return p - learning_rate * (a + g) / size, b + g, a / size


def needs_old_and_new(p, g, m, v, /, *, learning_rate):
    """v may be stored early, for nothing, m may not."""
    m_new = 0.9 * m + 0.1 * g
    v = 0.9 * v + 0.1 * g * g
    size = np.sqrt(1 + np.sum(m_new * m_new / (1 + v)))
    return p - learning_rate * (m_new - m) / (np.sqrt(v) + size), m_new, v


def by_rows_and_columns(p, g, r, c, /, *, learning_rate):
    """Both kinds of sums, in turn and as a product."""
    r = 0.9 * r + 0.1 * np.mean(g * g, axis=-1, keepdims=True)
    scaled = g / np.sqrt(r + 1e-3)
    c = 0.9 * c + 0.1 * np.mean(scaled * scaled, axis=-2, keepdims=True)
    u = scaled / np.sqrt(c + 1e-3)
    return p - learning_rate * u / (1 + np.sqrt(np.mean(u * u))), r, c


def over_stacks(p, g, /, *, learning_rate):
    """Sums that join the matrices of a stack."""
    rows = np.sum(g, axis=(0, 2), keepdims=True)
    columns = np.mean(g, axis=(0, 1), keepdims=True)
    return p - learning_rate * np.tanh(rows * columns + np.mean(g, axis=(1, 2), keepdims=True))


def of_sums(p, g, r, /, *, learning_rate):
    """Sums of what is known for each row or column only, as NumPy has them."""
    r = r + np.mean(g * g, axis=-1, keepdims=True)
    share = r / (1e-3 + np.sum(r, axis=-2, keepdims=True))
    total = np.sum(r) + np.sum(np.mean(np.abs(g), axis=-2, keepdims=True))
    return p - learning_rate * g * share / (1 + total), r


def along_nothing(p, g, /, *, learning_rate):
    """Along an axis of length 1 a sum is the value itself; so it is for a number."""
    r = np.mean(g, axis=-1, keepdims=True)
    same = np.sum(r, axis=-1, keepdims=True) + np.mean(r, axis=2, keepdims=True)
    return p - learning_rate * same * np.sum(learning_rate) * np.mean(learning_rate)


def of_conditions(p, g, /, *, learning_rate):
    """How many are true, and which share; a condition times a number."""
    positive, against = np.sum(g > 0), np.mean((g > 0) & (p < 0), axis=-1, keepdims=True)
    most = np.mean(np.where(positive > 4, g > 1, g < 1) * 1.0)
    return p - learning_rate * g * (1 + against) / (1 + positive + most)


def with_sizes(p, g, /, *, learning_rate, batch, rows, columns, t):
    """The sizes of the tensor, which are those of the means."""
    mean = np.sum(g) / (batch * rows * columns) - np.mean(g) + np.sqrt(np.maximum(rows, columns))
    return p - learning_rate / t * g / mean


def counts(p, g, n, /, *, learning_rate):
    """A slot for each tensor, which makes no difference between tensors."""
    return p - learning_rate * g / (1 + n), n + 1


def of_extremes(p, g, r, c, s, /, *, learning_rate):
    """Maxima and minima beside sums, of weights and of what varies over less, and of conditions."""
    r = np.maximum(0.9 * r, np.max(np.abs(g), axis=-1, keepdims=True))
    c = np.minimum(c, np.min(p - g, axis=(0, 1), keepdims=True))
    both = np.max(g * g) + np.sum(p * p) - np.amin(g) + np.max(g > 1) + np.min(r) * np.max(c)
    total = np.max(np.sum(np.abs(g), axis=-2, keepdims=True)) + np.max(
        p, axis=(1, 2), keepdims=True
    )
    return p - learning_rate * g / (9 + r - c + both + total), r, c, 0.5 * s + both


RULES = (
    *(standardized, needs_the_old, exchanges, needs_old_and_new, by_rows_and_columns),
    *(over_stacks, of_sums, along_nothing, of_conditions, with_sizes, counts, of_extremes),
)
