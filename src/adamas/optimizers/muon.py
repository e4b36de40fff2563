"""Muon: orthogonal steps for matrices, AdamW for the rest."""

from ..optimizer import Hyperparameter, hyperparameter
from .blocks import refuse_remainders
from .matrix import MatrixOptimizer
from .muon_words import CONVENTIONS
from .newton_schulz import Precision, bounds_of_norm, momentum_weights, orthogonalized, step_scale
from .polar_express import polar_express as nearest


class Muon(MatrixOptimizer):
    """Muon: momentum of matrices, orthogonalized.

    Jordan et al., 2024, https://kellerjordan.github.io/posts/muon, and for the size of a step Liu,
    Su et al., 2025, https://arxiv.org/abs/2502.16982, equation 4; for n × m matrices:

        m ← μ m + g                         μ is momentum
        u ← g + μ m                         with nesterov, else m
        p ← p − lr rms_rate √max(n, m) orthogonalized(u)

    orthogonalized(u) has u's singular vectors and singular values near 1, by ns_steps iterations
    from u / (‖u‖ + ns_epsilon), in PyTorch u / max(‖u‖, ns_epsilon). Others take AdamW.

    PyTorch and optax keep (1 − μ) m and without rms_rate, None by default there, scale by
    √max(1, n/m) and √max(1, m/n), as their matrices are [out, in] and [in, out]; Keras does not.
    optax corrects u for m = 0 at the start, for which μ < 1, and has Nadam's momentum in its AdamW.
    A run goes on bit for bit where BLAS, its number of threads and the processor are the same.

    Args:
        muon_a, muon_b, muon_c: the coefficients of x, x³ and x⁵ in each iteration.
        ns_steps: how many iterations.
        ns_epsilon: keeps the norm that u is divided by away from 0.
        ns_precision: how exact products of float32 are at least; tensors of PyTorch and JAX take
            "tf32" and "bfloat16", the default in PyTorch, where it is faster.
        polar_express: each iteration has the best coefficients for it, and singular values come
            nearer to 1; see `optimizers.polar_express`.
        rms_rate: root mean square of a step, in learning rates; None as in the paragraph above.
        block_rows, block_columns: each block of so many rows and columns is a matrix of its own,
            such as a head of attention: 64 rows of weights [heads · 64, in], or 64 columns.
    """

    muon_a: Hyperparameter = hyperparameter(default=3.4445, kw_only=True)
    muon_b: Hyperparameter = hyperparameter(default=-4.7750, kw_only=True)
    muon_c: Hyperparameter = hyperparameter(default=2.0315, kw_only=True)
    momentum: Hyperparameter = hyperparameter(default=0.95, at_least=0, kw_only=True)
    ns_steps: Hyperparameter = hyperparameter(default=5, at_least=0, whole=True, kw_only=True)
    ns_epsilon: Hyperparameter = hyperparameter(default=1e-7, at_least=0, kw_only=True)
    ns_precision: Precision = hyperparameter(default="float32", kw_only=True)
    polar_express: bool = hyperparameter(default=False, kw_only=True)
    nesterov: bool = hyperparameter(default=True, kw_only=True)
    rms_rate: float | None = hyperparameter(default=0.2, above=0, kw_only=True)
    block_rows: int | None = hyperparameter(default=None, above=0, structure=True, kw_only=True)
    block_columns: int | None = hyperparameter(default=None, above=0, structure=True, kw_only=True)

    conventions = CONVENTIONS

    @staticmethod
    def prepare(t, learning_rate, adam_lr_ratio, adam_beta_1, adam_beta_2, epsilon, momentum,
                nesterov, ns_epsilon, block_rows, block_columns, convention):  # fmt: skip
        """Scalars of update t = 1, 2, …, for all rules."""
        rate = adam_lr_ratio * learning_rate
        return {
            **MatrixOptimizer.prepare_adam(t, rate, adam_beta_1, adam_beta_2, epsilon, convention),
            **momentum_weights(t, momentum, nesterov, convention),
            **bounds_of_norm(ns_epsilon, convention),
            "cuts": block_rows is not None or block_columns is not None,
        }

    @staticmethod
    def update(p, g, m, /, *, learning_rate, momentum, gain, u_of_g, u_of_m, polar_express, muon_a,
               muon_b, muon_c, ns_steps, added, least, ns_precision, cuts, block_rows,
               block_columns, rms_rate, convention, rows, columns):  # fmt: skip
        """One stack of matrices."""
        blocks = (block_rows, block_columns) if cuts else ()
        m = momentum * m + gain * g
        u = u_of_g * g + u_of_m * m
        if polar_express:
            u = nearest(u, ns_steps, *blocks, products=ns_precision)
        else:
            u = orthogonalized(u, muon_a, muon_b, muon_c, ns_steps, added, least, *blocks,
                               products=ns_precision)  # fmt: skip
        return p - learning_rate * step_scale(rows, columns, rms_rate, convention, *blocks) * u, m

    def rule_of_others(self):
        """Adam's, or what optax makes of it."""
        ahead = self.convention == "optax" and self.nesterov
        return self.update_nadam if ahead else self.update_adam

    def rule_for(self, name, shape):
        """That of matrices, which blocks must divide."""
        if (rule := super().rule_for(name, shape)) is self.rule():
            refuse_remainders(name, shape, self.block_rows, self.block_columns)
        return rule
