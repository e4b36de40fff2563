"""Every optimizer of adamas as a `torch.optim.Optimizer`: ``import adamas.torch as optim``.

The classes are made from the declared optimizers; their names and arguments are PyTorch's, and
adamas's own work as well.
"""

from . import drivers, optimizers
from .errors import MissingDependencyError
from .registry import no_attribute

try:
    from .frameworks.torch import (
        MultiOptimizer,
        TorchDriver,
        TorchOptimizer,
        apply_in_backward,
        class_name,
        from_torch,
        hessian_diagonal,
        sharpness_aware,
        wrap,
    )
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise MissingDependencyError(
        "adamas.torch needs PyTorch. Got: no module of that name. Install it: pip install torch."
    ) from error

_CLASSES: dict[str, type] = {class_name(one): wrap(one) for one in optimizers.WITH_RULES}
_CLASSES |= {one.__name__: wrap(one) for one in drivers.DRIVERS}
globals().update(_CLASSES)

__all__ = [
    "MultiOptimizer",
    "TorchDriver",
    "TorchOptimizer",
    "apply_in_backward",
    "from_torch",
    "hessian_diagonal",
    "sharpness_aware",
    "wrap",
]
__all__ += list(_CLASSES)  # pyright: ignore[reportUnsupportedDunderAll]

_WAYS = {
    "lr_scheduler": "Those of PyTorch take these optimizers; adamas.schedules are rates.",
}


def __getattr__(name: str) -> object:
    """The error says what there is instead."""
    raise no_attribute(__name__, name, __all__, _WAYS)
