"""The parameters of groups: their order, their names, and the processes that have others."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import torch

from ...errors import StructureError
from ...exclusions import Exclusions
from ...runtime.host.program import Peers

Groups = Sequence[Mapping[str, Any]]


def parameters_of(groups: Groups) -> list[torch.Tensor]:
    """All parameters, in the order of the groups."""
    return list(chain.from_iterable(group["params"] for group in groups))


def names_of(groups: Groups) -> list[str]:
    """The names of all parameters: those that they came with, else their numbers."""
    names = [n for group in groups for n in group.get("param_names", ())]
    count = sum(len(group["params"]) for group in groups)
    return names if len(set(names)) == count else [str(index) for index in range(count)]


def names_excluded(
    groups: Groups, tensors: Iterable[torch.Tensor] | None, patterns: Iterable[str] | None
) -> list[str]:
    """The names of those that are left out of weight decay by themselves, or by patterns.

    Raises `StructureError` for a tensor that is none of the parameters.
    """
    listed = list(tensors) if tensors is not None else None
    asked = Exclusions().excluding(listed, patterns)
    params = parameters_of(groups)
    if any(all(tensor is not p for p in params) for tensor in listed or ()):
        raise StructureError(
            "Tensors excluded from weight decay must be among the parameters. Got: another tensor."
        )
    return [n for n, p in zip(names_of(groups), params, strict=True) if not asked.decays(n, p)]


def peers_of(groups: Groups, processes: Sequence[Any], usual: Any) -> Peers | None:
    """The processes that have other parameters; None if all are here.

    Args:
        groups: of parameters.
        processes: the process group of each, or None.
        usual: that of a group which says no other.
    """
    named = [one for one in (usual, *processes) if one is not None]
    if not named:
        return None
    from .processes import Others

    counts = [len(group["params"]) for group in groups]
    pairs = zip(processes, counts, strict=True)
    return Others([own for own, count in pairs for _ in range(count)], named)
