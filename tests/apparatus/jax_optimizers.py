"""Optimizers with every argument that matters to JAX, one at a time and all at once."""

from typing import Any

import numpy as np

from adamas import (
    SGD,
    Adam,
    AdamW,
    LossScaleOptimizer,
    MultiOptimizer,
    Muon,
    Nadam,
    Optimizer,
    Rate,
    hyperparameter,
    schedules,
)


class Signed(Optimizer):
    """A user's own rule, with first values, a sum along rows and a number that it hands on.

    beta is 1/2, whose powers float32 holds: numbers that are handed on are as wide as JAX has them.
    """

    learning_rate: Rate = 0.05
    beta: float = hyperparameter(default=0.5, at_least=0, below=1)

    remembered = {"product": 1.0}

    @staticmethod
    def prepare(t, learning_rate, beta, product):
        product = product * beta
        return {"rate": learning_rate / (1 - product), "product": product}

    @staticmethod
    def initial(p, /, *, beta):
        return {"m": np.minimum(np.abs(p), beta)}

    @staticmethod
    def update(p, g, m, r, /, *, rate, beta):
        m = beta * m + (1 - beta) * g
        r = 0.5 * r + np.mean(np.abs(g), axis=-1, keepdims=True)
        return p - rate * np.sign(m) * np.tanh(np.abs(m) / (r + 0.1)), m, r


def excluding(optimizer: Any) -> Any:
    """With biases and scales that do not decay."""
    optimizer.exclude_from_weight_decay(var_names=["bias", "scale"])
    return optimizer


def halving() -> Any:
    """A user's own schedule as a plain function."""
    return lambda step: 0.05 * np.where(step < 3, 1.0, 0.5) ** (step // 2)


MULTI = {
    "scale": None,
    "kernel": lambda: Nadam(0.02, weight_decay=0.1),
    "stack": lambda: Nadam(0.05, beta_1=0.8),
    "": lambda: SGD(0.1, momentum=0.9),
}


def multi(**arguments: Any) -> MultiOptimizer:
    """Three optimizers, two of one kind, and a frozen parameter."""
    members = {pattern: member and member() for pattern, member in MULTI.items()}
    return MultiOptimizer(members, **arguments)


ARGUMENTS = {
    "decay": lambda: excluding(AdamW(0.05, weight_decay=0.3)),
    "independent decay": lambda: Adam(0.05, weight_decay=0.1, independent_weight_decay=True),
    "coupled decay": lambda: excluding(Adam(0.05, weight_decay=0.3, convention="torch")),
    "clipnorm": lambda: Adam(0.05, epsilon=0.1, clipnorm=0.5),
    "clipvalue": lambda: Adam(0.05, epsilon=0.1, clipvalue=0.5),
    "global clipnorm": lambda: Adam(0.05, epsilon=0.1, global_clipnorm=0.5),
    "torch's margin": lambda: Adam(0.05, epsilon=0.1, global_clipnorm=1e-6, convention="torch"),
    "several clips": lambda: Adam(
        0.05,
        epsilon=0.1,
        clipvalue=0.7,
        clipnorm=1.0,
        global_clipnorm=1.5,
        clip_order="clipvalue, clipnorm, global_clipnorm",
    ),
    "adaptive clip": lambda: Adam(0.05, epsilon=0.1, adaptive_clip=0.1),
    "centralized": lambda: SGD(0.05, centralize_gradients=True),
    "cautious": lambda: Adam(0.05, cautious=True),
    "average": lambda: Adam(0.05, use_ema=True, ema_momentum=0.8),
    "overwriting": lambda: Adam(0.05, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2),
    "accumulation": lambda: Adam(0.05, gradient_accumulation_steps=2),
    "accumulation of one": lambda: Adam(0.05, gradient_accumulation_steps=1),
    "accumulation, unfinished": lambda: Nadam(
        0.05, gradient_accumulation_steps=4, clipnorm=1.0, use_ema=True
    ),
    "loss scale": lambda: SGD(0.05, loss_scale_factor=4.0),
    "everything": lambda: excluding(
        AdamW(
            schedules.Warmup(0.05, 3),
            amsgrad=True,
            weight_decay=0.3,
            global_clipnorm=0.5,
            use_ema=True,
            ema_momentum=0.9,
            ema_overwrite_frequency=2,
            loss_scale_factor=8.0,
            gradient_accumulation_steps=2,
            nonfinite="skip",
        )
    ),
    "schedule": lambda: Adam(schedules.CosineDecay(0.05, 4, warmup_target=0.1, warmup_steps=2)),
    "function of the step": lambda: Adam(halving()),
    "callables": lambda: Adam(lambda: 0.05, beta_1=lambda: 0.8),
    "0-d array": lambda: Adam(np.array(0.05)),
    "dynamic loss scale": lambda: LossScaleOptimizer(
        Adam(0.05), initial_scale=8.0, dynamic_growth_steps=2
    ),
    "dynamic loss scale of several": lambda: LossScaleOptimizer(
        multi(global_clipnorm=1.0, gradient_accumulation_steps=2), dynamic_growth_steps=3
    ),
    "several optimizers": lambda: multi(global_clipnorm=1.0, use_ema=True),
    "a user's own": lambda: Signed(0.05, weight_decay=0.1, global_clipnorm=1.0),
    "a user's own, accumulated": lambda: Signed(0.05, gradient_accumulation_steps=2),
    "matrices and others": lambda: Muon(0.05, weight_decay=0.1, stacked=True, clipnorm=1.0),
}
