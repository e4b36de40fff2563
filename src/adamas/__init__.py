"""adamas: Adam and its family, each rule written once, the whole step in the fewest passes."""

from typing import TYPE_CHECKING

from . import errors, optimizers, schedules
from .around import Around
from .compilers.threads import num_threads, set_num_threads
from .errors import AdamasError
from .language.first_values import identity
from .language.matrices import whole_tensor
from .language.namespaces import array_namespace
from .language.shapes import Shape
from .language.totals import total
from .optimizer import Convention, Hyperparameter, Optimizer, Rate, hyperparameter
from .optimizers import *  # noqa: F403 (its list is the one list of optimizers)
from .registry import no_attribute
from .serialization import deserialize, get, serialize

if TYPE_CHECKING:
    from .drivers import LBFGS, Driver
    from .runtime.files import convert as convert_state
    from .sharpness import sharpness_aware
    from .training import EarlyStopping, History, fit, load_parameters

__version__ = "0.2.0"

__all__ = [
    "LBFGS",
    "AdamasError",
    "Around",
    "Convention",
    "Driver",
    "EarlyStopping",
    "History",
    "Hyperparameter",
    "Optimizer",
    "Rate",
    "Shape",
    "__version__",
    "array_namespace",
    "convert_state",
    "deserialize",
    "errors",
    "fit",
    "get",
    "hyperparameter",
    "identity",
    "load_parameters",
    "num_threads",
    "schedules",
    "serialize",
    "set_num_threads",
    "sharpness_aware",
    "total",
    "whole_tensor",
]
# Not by +=, after which type checkers would take the list as it stands above for the whole.
__all__ = sorted([*__all__, *optimizers.__all__])  # pyright: ignore[reportUnsupportedDunderAll]

_WAYS = {
    **{door: f"Import it: import adamas.{door}." for door in ("torch", "jax", "keras", "scipy")},
    "optim": "For PyTorch: import adamas.torch as optim.",
    "minimize": "adamas.scipy.minimizer(optimizer) is a method of scipy.optimize.minimize.",
    "optimizer": "Optimizers are adamas.Adam and so on: adamas.optimizers.",
    "apply": "It is an optimizer's: adamas.Adam().apply(grads, params).",
}


def __getattr__(name: str) -> object:
    """The training loop and files are imported when they are first used: a step needs neither."""
    if name == "convert_state":
        from .runtime.files import convert

        return convert
    if name == "sharpness_aware":
        from .sharpness import sharpness_aware

        return sharpness_aware
    if name in ("LBFGS", "Driver"):
        from . import drivers

        return getattr(drivers, name)
    if name in ("EarlyStopping", "History", "fit", "load_parameters"):
        from . import training

        return getattr(training, name)
    raise no_attribute(__name__, name, __all__, _WAYS)
