"""Base of optimizers that have a rule for matrices, and AdamW for the rest."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from ..optimizer import Hyperparameter, Optimizer, Rate, hyperparameter
from ..registry import check_pattern
from .adam import Adam
from .nadam import Nadam
from .placement import refuse_large_momentum


class MatrixOptimizer(Optimizer, abstract=True):
    """A subclass has the rule for matrices as `update`, and calls `prepare_adam` in `prepare`.

    Args:
        learning_rate: size of a step by either rule; a `Schedule` or function gives that of each
            call.
        adam_beta_1, adam_beta_2: how much AdamW's means of gradients and of their squares keep.
        epsilon: AdamW's ε.
        weight_decay: each update takes rate · weight_decay · p off matrices.
        adam_weight_decay: the same for what AdamW updates.
        adam_lr_ratio: AdamW's rate is so many times learning_rate.
        exclude_layers: patterns (regular expressions); matrices in whose name one of them is found
            take AdamW.
        exclude_embeddings: so do those with "embedding" in their name.
        stacked: tensors of more than two axes are stacks of matrices; else they take AdamW.
    """

    learning_rate: Rate = 0.001
    adam_beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    adam_beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    adam_weight_decay: float | None = hyperparameter(default=0.004, at_least=0)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)
    weight_decay: float | None = hyperparameter(
        default=0.004, at_least=0, kw_only=True, after="epsilon"
    )
    adam_lr_ratio: Hyperparameter = hyperparameter(default=1, at_least=0, kw_only=True)
    exclude_layers: Sequence[str] = hyperparameter(default=(), kw_only=True)
    exclude_embeddings: bool = hyperparameter(default=True, kw_only=True)
    stacked: bool = hyperparameter(default=False, kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        if "momentum" in self.fields:
            refuse_large_momentum(self, "optax", 1 - 2**-53)  # it divides by 1 − μᵗ
        for pattern in self.exclude_layers:
            check_pattern("exclude_layers", pattern)

    update_adam, update_nadam = staticmethod(Adam.update), staticmethod(Nadam.update)

    @staticmethod
    def prepare_adam(t, learning_rate, beta_1, beta_2, epsilon, convention):
        """Scalars of update t = 1, 2, … for what is not a matrix."""
        corrects = "rate" if convention == "keras" else "root"
        adam = Adam.prepare(t, learning_rate, beta_1, beta_2, epsilon, None, False, corrects)
        nadam = Nadam.prepare(t, learning_rate, beta_1, beta_2, None, None, beta_1 ** (t - 1))
        return {"beta_1": beta_1, "beta_2": beta_2, **adam, **nadam}

    def rule_for(self, name, shape):
        """The rule of matrices for those that are not excluded."""
        matrices = len(shape) == 2 or (self.stacked and len(shape) > 2)
        embedding = self.exclude_embeddings and "embedding" in name.lower()
        excluded = embedding or any(re.search(pattern, name) for pattern in self.exclude_layers)
        return self.rule() if matrices and not excluded else self.rule_of_others()

    def rules(self):
        """That of matrices and that of others."""
        return self.rule(), self.rule_of_others()

    def divides_by_root(self):
        """Not as a whole: AdamW is for the rest, at another rate."""
        return False

    def rule_of_others(self) -> Callable[..., Any]:
        """AdamW's rule; a subclass may prefer `update_nadam`."""
        return self.update_adam

    def decay_for(self, name, shape):
        """Each rule has its own decay."""
        matrices = self.rule_for(name, shape) is self.rule()
        return "weight_decay" if matrices else "adam_weight_decay"
