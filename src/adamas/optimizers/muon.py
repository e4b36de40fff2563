"""Muon: orthogonal steps for matrices, AdamW for the rest."""

import re

import numpy as np

from ..expression import whole_tensor
from ..optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from .adam import Adam


class Muon(Optimizer):
    """Muon: momentum of matrices, orthogonalized.

    Jordan et al., 2024, https://kellerjordan.github.io/posts/muon, and for the step size Liu, Su et
    al., 2025, https://arxiv.org/abs/2502.16982, equation 4; for n × m matrices:

        m ← μ m + g
        u ← g + μ m                         with nesterov, else m
        p ← p − lr rms_rate √max(n, m) orthogonalized(u)      rms_rate=None: lr orthogonalized(u)

    Other tensors take AdamW with the rate adam_lr_ratio · lr and ``adam_weight_decay``; so do those
    whose name contains "embedding" (unless ``exclude_embeddings=False``) or a match for a pattern
    of ``exclude_layers``. With ``stacked=True`` more axes are stacks of matrices. PyTorch keeps
    (1 − μ) m, and without rms_rate scales by √max(1, n/m).
    """

    learning_rate: Rate = 0.001
    adam_beta_1: Hyperparameter = hyperparameter(default=0.9, at_least=0, below=1)
    adam_beta_2: Hyperparameter = hyperparameter(default=0.999, at_least=0, below=1)
    adam_weight_decay: float | None = hyperparameter(default=0.004, at_least=0)
    epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0)
    weight_decay: float | None = hyperparameter(default=0.004, at_least=0, kw_only=True)
    exclude_layers: tuple[str, ...] = hyperparameter(default=(), kw_only=True)
    exclude_embeddings: bool = hyperparameter(default=True, kw_only=True)
    muon_a: Hyperparameter = hyperparameter(default=3.4445, kw_only=True)
    muon_b: Hyperparameter = hyperparameter(default=-4.7750, kw_only=True)
    muon_c: Hyperparameter = hyperparameter(default=2.0315, kw_only=True)
    adam_lr_ratio: Hyperparameter = hyperparameter(default=1, at_least=0, kw_only=True)
    momentum: Hyperparameter = hyperparameter(default=0.95, at_least=0, below=1, kw_only=True)
    ns_steps: Hyperparameter = hyperparameter(default=5, at_least=0, whole=True, kw_only=True)
    nesterov: bool = hyperparameter(default=True, kw_only=True)
    rms_rate: float | None = hyperparameter(default=0.2, above=0, kw_only=True)
    stacked: bool = hyperparameter(default=False, kw_only=True)

    conventions = {
        "keras": Convention(data={"keeps": "sum"}),
        "torch": Convention({"weight_decay": 0.1, "rms_rate": None}, {"keeps": "mean"}),
    }

    @staticmethod
    def prepare(
        t,
        learning_rate,
        adam_lr_ratio,
        adam_beta_1,
        adam_beta_2,
        epsilon,
        momentum,
        nesterov,
        keeps,
    ):
        """Scalars of update t = 1, 2, …, for both rules"""
        rate, betas = adam_lr_ratio * learning_rate, (adam_beta_1, adam_beta_2)
        adam = Adam.prepare(t, rate, *betas, epsilon, amsgrad=False, corrects="rate")
        gain = 1 if keeps == "sum" else 1 - momentum
        of_g, of_m = (gain, momentum) if nesterov else (0, 1)
        muon = {"gain": gain, "of_g": of_g, "of_m": of_m}
        return {**adam, "beta_1": adam_beta_1, "beta_2": adam_beta_2, **muon}

    @staticmethod
    def update(
        p, g, m, /, *, learning_rate, momentum, gain, of_g, of_m, muon_a, muon_b, muon_c, ns_steps,
        rms_rate, keeps, rows, columns,
    ):  # fmt: skip
        """One stack of matrices."""
        m = momentum * m + gain * g
        u = orthogonalized(of_g * g + of_m * m, muon_a, muon_b, muon_c, ns_steps)
        wide = 1 if keeps == "sum" else np.sqrt(np.maximum(1, rows / columns))
        scale = np.where(rms_rate > 0, rms_rate * np.sqrt(np.maximum(rows, columns)), wide)
        return p - learning_rate * scale * u, m

    update_adam = staticmethod(Adam.update)

    def rule_for(self, name, shape):
        """Matrices by Muon, the rest by AdamW."""
        matrices = len(shape) == 2 or (self.stacked and len(shape) > 2)
        embedding = self.exclude_embeddings and "embedding" in name.lower()
        excluded = any(re.search(pattern, name) for pattern in self.exclude_layers)
        return self.update if matrices and not embedding and not excluded else self.update_adam

    def decay_for(self, name, shape):
        """Each rule has its own decay."""
        muon = self.rule_for(name, shape) is self.update
        return "weight_decay" if muon else "adam_weight_decay"


@whole_tensor
def orthogonalized(x, a, b, c, steps):
    """Matrices with the singular vectors of `x` and singular values near 1.

    Newton–Schulz: x ← a x + (b x xᵀ + c (x xᵀ)²) x, from x of Frobenius norm 1.
    """
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / ((x * x).sum((-2, -1), keepdims=True) ** 0.5 + 1e-7)
    for _ in range(int(steps)):
        square = x @ x.mT
        x = a * x + (b * square + c * (square @ square)) @ x
    return x.mT if tall else x
