"""PyTorch's manners: `torch.optim.Optimizer` classes, state in its forms, distributed tensors."""

from .adoption import from_torch
from .backward import apply_in_backward
from .optimizer import TorchOptimizer, class_name, wrap

__all__ = ["TorchOptimizer", "apply_in_backward", "class_name", "from_torch", "wrap"]
