"""SciPy's manners: optimizers as methods of `scipy.optimize.minimize`."""

from .method import Minimizer, minimizer

__all__ = ["Minimizer", "minimizer"]
