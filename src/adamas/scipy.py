"""SciPy: optimizers of adamas as methods of `scipy.optimize.minimize`."""

from .frameworks.scipy import Minimizer, minimizer
from .registry import no_attribute

__all__ = ["Minimizer", "minimizer"]

_WAYS = {"minimize": "It is SciPy's: scipy.optimize.minimize(…, method=minimizer(optimizer))."}


def __getattr__(name: str) -> object:
    """What is not here, with the way out."""
    raise no_attribute(__name__, name, __all__, _WAYS)
