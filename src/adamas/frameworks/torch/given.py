"""What a class of `adamas.torch` is given: parameters first, then arguments by PyTorch's habits."""

from typing import Any

import torch

from ...description import refuse_words
from ...errors import ArgumentError, shown
from ...refusals import DIFFERENTIABLE


def bound(cls: Any, params: Any, args: tuple, kwargs: Any) -> dict[str, Any]:
    """The arguments that a class of `adamas.torch` was given, by name."""
    name, signature = cls.__name__, cls.__signature__
    refuse_words(cls.declared, kwargs, signature.parameters, door=False)
    refuse_no_parameters(name, params)
    try:
        return dict(signature.bind(params, *args, **kwargs).arguments)
    except TypeError as error:
        raise ArgumentError(f"{name} takes {signature}. Got: {error}.") from None


def refuse_no_parameters(name: str, params: Any) -> None:
    """`ArgumentError` for a model, a number or nothing in place of its parameters."""
    module = isinstance(params, torch.nn.Module)
    if module or params is None or isinstance(params, int | float | str):
        came = f"the model itself ({type(params).__name__})" if module else shown(params)
        raise ArgumentError(
            f"Parameters come first: {name}(model.parameters(), lr=0.001). Got: {came}."
        )


def process_group_in(given: dict[str, Any], usual: Any) -> Any:
    """The process group among arguments, which is taken out of them; `usual` if there is none."""
    if "process_group" not in given:
        return usual
    group = given.pop("process_group")
    if group is not None:
        from .processes import check_process_group

        check_process_group(group)
    return group


def refuse_flags(given: Any) -> None:
    """`UnsupportedError` for steps that are to have derivatives."""
    if given.get("differentiable"):
        raise DIFFERENTIABLE.error("differentiable=True")
