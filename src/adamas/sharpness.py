"""Gradients from where the loss is highest nearby: a second look, for any optimizer and library.

Foret, Kleiner, Mobahi and Neyshabur, ICLR 2021, https://arxiv.org/abs/2010.01412 (SAM), equation 2:
from the weights w one goes up by ρ g / ‖g‖, with the norm over all weights, and takes the gradient
there. Kwon, Kim, Park and Choi, ICML 2021, https://arxiv.org/abs/2102.11600 (ASAM), equation 5: in
a ball that is as wide along each weight as the weight is large.
"""

import sys
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

from .dtypes import wide
from .errors import ArgumentError, shown
from .fields import is_real
from .runtime.structure import read_structure, rebuilt

ValueAndGrad = Callable[..., tuple[Any, Any]]

LEAST = 1e-12
"""What is added to a norm, so that nothing moves where it is 0."""


def sharpness_aware(
    value_and_grad: ValueAndGrad, *, rho: float = 0.05, adaptive: bool = False, eta: float = 0.01
) -> ValueAndGrad:
    """A `value_and_grad` with the loss here and the gradients from where it is highest nearby.

    It calls the other one twice: with the parameters, and with others near them. Whatever comes in
    between, the parameters themselves are never changed.

    Args:
        value_and_grad: of parameters, and whatever else, such as a batch; gives a pair of the loss
            and gradients in the structure of the parameters: arrays of NumPy or JAX, also while
            they are traced, or tensors of PyTorch.
        rho: how far away that is, by the L2 norm of all parameters together.
        adaptive: measure distances in proportion to the size of each weight, as ASAM does. ρ is
            then some ten times as large.
        eta: with `adaptive`, what is added to the size of each weight.

    Raises:
        ArgumentError: `rho` or `eta` is no number of at least 0.
    """
    check_distances(rho, eta)

    def from_nearby(params: Any, *others: Any, **more: Any) -> tuple[Any, Any]:
        loss, gradients = _pair(value_and_grad(params, *others, **more))
        above = _mapped(
            lambda p, g: climbed(p, g, rho=rho, adaptive=adaptive, eta=eta), params, gradients
        )
        return loss, value_and_grad(above, *others, **more)[1]

    return from_nearby


def _pair(result: Any) -> tuple[Any, Any]:
    if isinstance(result, tuple | list) and len(result) == 2:
        return result[0], result[1]
    raise ArgumentError(
        f"value_and_grad must return a pair (loss, gradients). Got: {type(result).__name__}."
    )


def check_distances(rho: Any, eta: Any) -> None:
    """`ArgumentError` for what is no distance."""
    for name, value in {"rho": rho, "eta": eta}.items():
        if not is_real(value) or not value >= 0:
            raise ArgumentError(f"{name} must be a number of at least 0. Got: {shown(value)}.")


def climbed(
    params: Sequence[Any], gradients: Sequence[Any], *, rho: float, adaptive: bool, eta: float
) -> list[Any]:
    """The weights ρ away in the direction in which the loss grows most; those without g stay.

    Args:
        params, gradients: arrays or tensors of one library, in one order; None for no gradient.
        rho, adaptive, eta: as of `sharpness_aware`.
    """
    pairs = list(zip(params, gradients, strict=True))
    moving = [(_wide(p), _wide(g)) for p, g in pairs if g is not None]
    sizes = [abs(p) + eta if adaptive else 1.0 for p, _ in moving]
    squares = [((s * g) ** 2).sum() for (_, g), s in zip(moving, sizes, strict=True)]
    far = rho / (reduce(add, map(_whole, squares), 0.0) ** 0.5 + LEAST)
    above = iter([p + far * s**2 * g for (p, g), s in zip(moving, sizes, strict=True)])
    return [p if g is None else _like(next(above), p) for p, g in pairs]


def _wide(array: Any) -> Any:
    """An array in the precision of its arithmetic."""
    if hasattr(array, "astype"):
        return array.astype(wide(array.dtype.name))
    array = array.detach()
    return array.float() if array.dtype.itemsize < 4 else array


def _like(array: Any, other: Any) -> Any:
    """An array with the dtype of another, which a gradient is asked of where it is of the other."""
    if hasattr(array, "astype"):
        return array.astype(other.dtype)
    return array.to(other.dtype).requires_grad_(other.requires_grad)


def _whole(total: Any) -> Any:
    """A sum over all processes, where tensors are divided among them."""
    return total.full_tensor() if hasattr(total, "full_tensor") else total


def _mapped(function: Callable[[list[Any], list[Any]], list[Any]], params: Any, grads: Any) -> Any:
    """A tree like the parameters, with what a function makes of the leaves of both."""
    if hasattr(params, "shape"):
        return function([params], [grads])[0]
    jax = sys.modules.get("jax")
    if jax is not None and any(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(params)):
        leaves, form = jax.tree.flatten(params)
        beside = form.flatten_up_to(grads)
        return jax.tree.unflatten(form, function(leaves, beside))
    structure = read_structure(params, lambda leaf: False)
    made = function(structure.leaves, structure.flatten(grads, "Gradients"))
    return rebuilt(params, iter(made))
