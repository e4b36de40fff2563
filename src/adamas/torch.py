"""Every optimizer of adamas as a `torch.optim.Optimizer`: ``import adamas.torch as optim``.

The classes are made from the declared optimizers; their names and arguments are PyTorch's, and
adamas's own work as well.
"""

from . import optimizers
from .errors import MissingDependencyError

try:
    from .frameworks.torch import TorchOptimizer, apply_in_backward, from_torch, wrap
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise MissingDependencyError(
        "adamas.torch needs PyTorch. Got: no module of that name. Install it: pip install torch."
    ) from error

SGD = wrap(optimizers.SGD)
Adadelta = wrap(optimizers.Adadelta)
Adafactor = wrap(optimizers.Adafactor)
Adagrad = wrap(optimizers.Adagrad)
Adam = wrap(optimizers.Adam)
Adamax = wrap(optimizers.Adamax)
AdamW = wrap(optimizers.AdamW)
Ftrl = wrap(optimizers.Ftrl)
Lamb = wrap(optimizers.Lamb)
Lion = wrap(optimizers.Lion)
Muon = wrap(optimizers.Muon)
NAdam = wrap(optimizers.Nadam)
RMSprop = wrap(optimizers.RMSprop)
ScheduleFreeAdamW = wrap(optimizers.ScheduleFreeAdamW)

__all__ = [
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "NAdam",
    "RMSprop",
    "SGD",
    "ScheduleFreeAdamW",
    "TorchOptimizer",
    "apply_in_backward",
    "from_torch",
    "wrap",
]
