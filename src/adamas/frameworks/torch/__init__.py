"""PyTorch's manners: `torch.optim.Optimizer` classes, state in its forms, distributed tensors."""

from .optimizer import TorchOptimizer, wrap

__all__ = ["TorchOptimizer", "wrap"]
