"""The device of a session, and the compiler for it: each knows the memory of one kind only."""

from collections.abc import Sequence

import torch

from ...errors import ConfigurationError, MissingDependencyError
from ...refusals import COMPILER_OF_HOST, SEVERAL_DEVICES
from ...runtime.host.program import COMPILERS
from .tensors import local

OF_DEVICES = "triton"
"""The compiler for GPUs."""


def one_device(params: Sequence[torch.Tensor]) -> torch.device:
    """The device of all parameters, the CPU of none; `UnsupportedError` if they are on several."""
    devices = list(dict.fromkeys(local(parameter).device for parameter in params))
    if len(devices) > 1:
        raise SEVERAL_DEVICES.error(", ".join(map(str, devices)))
    return devices[0] if devices else torch.device("cpu")


def compiler_for(device: torch.device, asked: str | None) -> str:
    """The name of the compiler for tensors on a device; an error if another one was asked for."""
    check_compiler(asked)
    on_host = device.type == "cpu"
    name = asked or (COMPILERS[0] if on_host else OF_DEVICES)
    if name == OF_DEVICES:
        _check_triton(device)
    elif not on_host:
        raise COMPILER_OF_HOST.error(f"compiler={name!r} for parameters on {device}")
    return name


def check_compiler(name: str | None) -> None:
    """`ConfigurationError` for what is not the name of a compiler for tensors."""
    known = (*COMPILERS, OF_DEVICES)
    if name is not None and name not in known:
        names = ", ".join(map(repr, known))
        raise ConfigurationError(f"compiler must be one of {names}. Got: {name!r}.")


def _check_triton(device: torch.device) -> None:
    """Refuse devices that Triton cannot reach here, also where it is not installed."""
    try:
        from ...compilers.triton import refuse_device
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "Steps on a GPU need Triton, which comes with PyTorch for Linux. "
            f"Got: no module {error.name!r}. Install it: pip install triton."
        ) from error
    refuse_device(device)
