"""SciPy: optimizers of adamas as methods of `scipy.optimize.minimize`."""

from .frameworks.scipy import Minimizer, minimizer

__all__ = ["Minimizer", "minimizer"]
