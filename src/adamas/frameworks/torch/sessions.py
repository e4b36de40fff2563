"""The session for tensors, by where they are."""

from collections.abc import MutableMapping
from os import PathLike
from typing import Any

import torch

from ...description import Description
from ...errors import ArrayTypeError
from ...refusals import FOLDER_ELSEWHERE
from ...runtime.host.program import Peers
from ...runtime.structure import Structure, read_structure
from .device_session import DeviceSession
from .devices import OF_DEVICES, compiler_for, one_device
from .offload import HostSide, OffloadSession
from .session import TensorSession
from .state import Entry
from .tensors import check_parameter, is_divided


def new_session(
    description: Description,
    structure: Structure,
    entries: MutableMapping[torch.Tensor, Entry],
    compiler: str | None = None,
    peers: Peers | None = None,
    clocks: bool = True,
    side: HostSide | None = None,
) -> TensorSession:
    """The session of these parameters, by the compiler asked for or the one for their device.

    The arguments are those of `TensorSession`; compiler: ``"llvm"`` or ``"reference"`` on the CPU;
    ``"triton"`` on a GPU, and also, with TRITON_INTERPRET=1, to try it, on the CPU. side: the
    host's of parameters that the CPU steps, wherever they are.
    """
    for name, parameter in zip(structure.names, structure.leaves, strict=True):
        check_parameter(name, parameter)
    if side is not None:
        name = compiler_for(torch.device("cpu"), compiler)
        return OffloadSession(
            description, structure, entries, name, peers, clocks=clocks, side=side
        )
    name = compiler_for(one_device(structure.leaves), compiler)
    kind = DeviceSession if name == OF_DEVICES else TensorSession
    return kind(description, structure, entries, name, peers, clocks=clocks)


def open_tensors(
    description: Description,
    params: Any,
    compiler: str | None,
    folder: str | PathLike[str] | None = None,
) -> TensorSession:
    """The session of tensors in the structure they are given in; slots may lie in a folder."""
    structure = read_structure(params, lambda leaf: isinstance(leaf, torch.Tensor))
    for name, leaf in zip(structure.names, structure.leaves, strict=True):
        if not isinstance(leaf, torch.Tensor):
            raise ArrayTypeError(
                f"Parameters must be all tensors or all arrays. Got: {name!r}, "
                f"a {type(leaf).__name__}."
            )
    if folder is not None:
        from .folder import FolderTensorSession

        for name, parameter in zip(structure.names, structure.leaves, strict=True):
            check_parameter(name, parameter)
            if is_divided(parameter) or parameter.device.type != "cpu":
                raise FOLDER_ELSEWHERE.error(f"{name!r} on {parameter.device}")
        return FolderTensorSession(description, structure, compiler or "llvm", folder)
    session = new_session(description, structure, {}, compiler, clocks=False)
    session.ensure_all()
    return session
