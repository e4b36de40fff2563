"""Closures that look at a model from elsewhere, and put its weights back."""

from collections.abc import Callable, Iterable
from typing import Any

import torch

from ...sharpness import check_distances, climbed
from ...signals import held
from .recording import unrecorded


def sharpness_aware(
    closure: Callable[[], Any],
    params: Iterable[torch.Tensor],
    *,
    rho: float = 0.05,
    adaptive: bool = False,
    eta: float = 0.01,
) -> Callable[[], Any]:
    """A closure with the loss here and the gradients from where it is highest nearby (SAM, ASAM).

    ``optimizer.step(sharpness_aware(closure, model.parameters()))``, with any optimizer. The
    weights move away for the second of two calls of `closure` and are put back after it, bit for
    bit, also where it raises or is interrupted. What else a closure changes, such as the running
    means of `BatchNorm`, it changes twice.

    Args:
        closure: clears gradients, computes the loss and its gradients, and gives the loss.
        params: the parameters; those that have no gradient after the first call stay.
        rho, adaptive, eta: as of `adamas.sharpness_aware`.

    Raises:
        ArgumentError: `rho` or `eta` is no number of at least 0.
    """
    check_distances(rho, eta)
    known = list(params)

    def from_nearby() -> Any:
        loss = closure()
        moving = [parameter for parameter in known if parameter.grad is not None]
        with torch.no_grad():
            before = [parameter.detach().clone() for parameter in moving]
            gradients = [parameter.grad for parameter in moving]
            above = climbed(before, gradients, rho=rho, adaptive=adaptive, eta=eta)
        try:
            _write(moving, above)
            closure()
        finally:
            try:
                _write(moving, before)
            except BaseException:
                _write(moving, before)  # where a signal came before it began
                raise
        return loss

    return from_nearby


@unrecorded
def _write(tensors: list[torch.Tensor], values: list[torch.Tensor]) -> None:
    with held():
        for tensor, value in zip(tensors, values, strict=True):
            tensor.copy_(value)
