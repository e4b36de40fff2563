"""PyTorch's manners: `torch.optim.Optimizer` classes, state in its forms, distributed tensors."""

from .adoption import from_torch
from .backward import apply_in_backward
from .classes import class_name
from .closures import sharpness_aware
from .curvature import hessian_diagonal
from .drivers import TorchDriver
from .multi import MultiOptimizer
from .optimizer import TorchOptimizer, wrap

__all__ = [
    "MultiOptimizer",
    "TorchDriver",
    "TorchOptimizer",
    "apply_in_backward",
    "class_name",
    "from_torch",
    "hessian_diagonal",
    "sharpness_aware",
    "wrap",
]
