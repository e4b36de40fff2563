"""adamas: Adam and its family, each rule written once, the whole step in the fewest passes."""

from typing import TYPE_CHECKING

from . import errors, schedules
from .compilers.threads import num_threads, set_num_threads
from .convention import Convention
from .description import Hyperparameter, Rate
from .errors import AdamasError
from .fields import hyperparameter
from .language.expression import whole_tensor
from .optimizer import Optimizer
from .optimizers import (
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lamb,
    Lion,
    LossScaleOptimizer,
    MatrixOptimizer,
    MultiOptimizer,
    Muon,
    Nadam,
    RMSprop,
    ScheduleFreeAdamW,
)
from .serialization import deserialize, get, serialize

if TYPE_CHECKING:
    from .runtime.files import convert as convert_state
    from .training import EarlyStopping, History, fit, load_parameters

__version__ = "0.1.0"

__all__ = [
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamasError",
    "Adamax",
    "AdamW",
    "Convention",
    "EarlyStopping",
    "Ftrl",
    "History",
    "Hyperparameter",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MatrixOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "Rate",
    "RMSprop",
    "ScheduleFreeAdamW",
    "SGD",
    "__version__",
    "convert_state",
    "deserialize",
    "errors",
    "fit",
    "get",
    "hyperparameter",
    "load_parameters",
    "num_threads",
    "schedules",
    "serialize",
    "set_num_threads",
    "whole_tensor",
]


def __getattr__(name: str) -> object:
    """The training loop and files are imported when they are first used: a step needs neither."""
    if name == "convert_state":
        from .runtime.files import convert

        return convert
    if name in ("EarlyStopping", "History", "fit", "load_parameters"):
        from . import training

        return getattr(training, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
