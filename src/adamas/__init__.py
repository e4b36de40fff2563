"""adamas: Adam and its family, each rule written once, the whole step in the fewest passes."""

from . import errors, schedules
from .compilers.threads import num_threads, set_num_threads
from .errors import AdamasError
from .optimizer import Hyperparameter, Optimizer, Rate, deserialize, get, hyperparameter, serialize
from .optimizers import Adam

__version__ = "0.1.0"

__all__ = [
    "Adam",
    "AdamasError",
    "Hyperparameter",
    "Optimizer",
    "Rate",
    "__version__",
    "deserialize",
    "errors",
    "get",
    "hyperparameter",
    "num_threads",
    "schedules",
    "serialize",
    "set_num_threads",
]
