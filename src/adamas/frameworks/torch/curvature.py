"""Estimates of the diagonal of the Hessian, for optimizers that are given one."""

from collections.abc import Iterable

import torch

from .recording import unrecorded


def hessian_diagonal(
    loss: torch.Tensor,
    params: Iterable[torch.Tensor],
    *,
    samples: int = 1,
    generator: torch.Generator | None = None,
) -> list[torch.Tensor]:
    """Hutchinson's estimate: z ⊙ (H z), the mean over vectors z of ±1.

    Bekas, Kokiopoulou and Saad, Applied Numerical Mathematics 57 (2007). It is right on average,
    and always where the Hessian is diagonal. Give it to ``optimizer.step(hessian=…)``.

    Args:
        loss: computed from the parameters, and not yet differentiated; its graph is kept.
        params: the parameters.
        samples: how many vectors; each costs about a backward pass more.
        generator: draws them; PyTorch's own by default.

    Gives a tensor for each parameter, of zeros where the loss is linear in it or without it.
    """
    known = list(params)
    found = torch.autograd.grad(loss, known, create_graph=True, allow_unused=True)
    curved = [
        (p, g) for p, g in zip(known, found, strict=True) if g is not None and g.requires_grad
    ]
    totals = [torch.zeros_like(parameter) for parameter in known]
    for _ in range(samples if curved else 0):
        signs = [_signs(parameter, generator) for parameter in known]
        of = {id(parameter): sign for parameter, sign in zip(known, signs, strict=True)}
        products = torch.autograd.grad(
            [g for _, g in curved],
            known,
            [of[id(p)] for p, _ in curved],
            retain_graph=True,
            allow_unused=True,
        )
        for total, sign, product in zip(totals, signs, products, strict=True):
            if product is not None:
                total += sign * product / samples
    return totals


@unrecorded
def _signs(like: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
    """Numbers that are 1 or -1, each as often."""
    drawn = torch.empty_like(like)
    return drawn.bernoulli_(0.5, generator=generator).mul_(2).sub_(1)
