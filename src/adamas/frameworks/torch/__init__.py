"""PyTorch's manners: `torch.optim.Optimizer` classes, state in its forms, distributed tensors."""

from .adoption import from_torch
from .backward import apply_in_backward
from .optimizer import TorchOptimizer, wrap

__all__ = ["TorchOptimizer", "apply_in_backward", "from_torch", "wrap"]
