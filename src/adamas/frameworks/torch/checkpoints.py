"""State dictionaries, taken over by name, strictly, and whole or not at all."""

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch

from ...errors import CheckpointError
from .naming import FLAGS

if TYPE_CHECKING:
    from .optimizer import TorchOptimizer

SCHEDULED = {
    "initial_lr": ("lr",),
    "base_momentum": ("betas", "momentum"),
    "max_momentum": ("betas", "momentum"),
}
"""What a scheduler of PyTorch leaves in a group → the arguments that it moves."""


def load(
    optimizer: "TorchOptimizer", state_dict: Mapping[str, Any], *, hyperparameters: bool
) -> None:
    """Take over a state dictionary, whole or not at all."""
    saved = dict(state_dict) if isinstance(state_dict, Mapping) else {}
    for hook in optimizer._optimizer_load_state_dict_pre_hooks.values():
        changed = hook(optimizer, saved)
        saved = saved if changed is None else dict(changed)
    _refuse_other_forms(saved)
    groups = deepcopy(saved["param_groups"])
    _refuse_other_groups(optimizer.param_groups, groups)
    session = optimizer.ready()
    places = {id(parameter): index for index, parameter in enumerate(session.params)}
    state: dict[Any, Any] = defaultdict(dict)
    owners = _owners(optimizer, groups)
    for key, entry in saved["state"].items():
        parameter = owners.get(key)
        if parameter is None:
            state[key] = deepcopy(entry)  # of no parameter: kept, as PyTorch does
            continue
        index = places[id(parameter)]
        found = session.state_of.fitting(index, entry, session.names[index])
        if found:
            state[parameter] = found
    taken = [_group(optimizer, place, group, hyperparameters) for place, group in enumerate(groups)]
    for kept in taken:  # a number out of range is refused before anything is changed
        fields = optimizer.naming.fields({key: kept[key] for key in optimizer.naming.keys})
        with optimizer.naming.words_of(kept):
            optimizer.naming.member(fields, optimizer._convention)
    if not hyperparameters:
        _warn_of_others(optimizer, taken, groups)
    optimizer._forget()
    optimizer.__setstate__({"state": state, "param_groups": taken})
    for hook in optimizer._optimizer_load_state_dict_post_hooks.values():
        hook(optimizer)


def _refuse_other_forms(saved: Mapping[str, Any]) -> None:
    groups = saved.get("param_groups")
    if not (
        isinstance(saved.get("state"), Mapping)
        and isinstance(groups, list | tuple)
        and all(isinstance(group, Mapping) and "params" in group for group in groups)
    ):
        raise CheckpointError(
            "A state must have 'state' and 'param_groups' in the form that state_dict() gives. "
            f"Got: {', '.join(map(repr, saved)) or 'neither'}."
        )


def _refuse_other_groups(own: Sequence[Mapping], saved: Sequence[Mapping]) -> None:
    sizes, found = ([len(group["params"]) for group in groups] for groups in (own, saved))
    if sizes != found:
        raise CheckpointError(
            f"The state must have {len(sizes)} groups of {sizes} parameters, as the optimizer has. "
            f"Got: {len(found)} groups of {found}."
        )


def _owners(optimizer: "TorchOptimizer", groups: Sequence[Mapping]) -> dict[Any, torch.Tensor]:
    """Whose each saved entry is: by the names of parameters if both sides have them."""
    keys = [key for group in groups for key in group["params"]]
    params = [p for group in optimizer.param_groups for p in group["params"]]
    names = [name for group in groups for name in group.get("param_names") or ()]
    own = [name for group in optimizer.param_groups for name in group.get("param_names") or ()]
    if len(names) != len(keys) or len(own) != len(params):
        return dict(zip(keys, params, strict=True))
    missing, unknown = set(own) - set(names), set(names) - set(own)
    if missing or unknown:
        raise CheckpointError(
            "The state must be of parameters of the same names. Missing: "
            f"{', '.join(sorted(missing)) or 'none'}. Not here: "
            f"{', '.join(sorted(unknown)) or 'none'}. Rename them in the state's param_names."
        )
    by_name = dict(zip(own, params, strict=True))
    return {key: by_name[name] for key, name in zip(keys, names, strict=True)}


def _group(
    optimizer: "TorchOptimizer", place: int, saved: Mapping[str, Any], hyperparameters: bool
) -> dict[str, Any]:
    """A group with its own parameters and what is taken over of the saved one."""
    own, keys = optimizer.param_groups[place], optimizer.naming.keys
    # What belongs to neither side's arguments is state: a scheduler's, or our counters.
    left = {n: v for n, v in saved.items() if n not in (*keys, *FLAGS, "params", "param_names")}
    moved = {name for mark, names in SCHEDULED.items() if mark in saved for name in names}
    given = set(optimizer.naming.keys_of(optimizer._sources[place]))
    wanted = [key for key in keys if key in saved and key not in given]
    taken = {key: saved[key] for key in wanted if hyperparameters or key in moved}
    counters = dict.fromkeys(("calls", "pending", "skipped"), 0)
    return {**own, **counters, **left, **taken}


def _warn_of_others(
    optimizer: "TorchOptimizer", taken: Sequence[Mapping], saved: Sequence[Mapping]
) -> None:
    """Name the arguments that the state was saved with, and that are not taken over."""
    found = []
    for place, (kept, group) in enumerate(zip(taken, saved, strict=True)):
        given = optimizer.naming.keys_of(optimizer._sources[place])
        for key in optimizer.naming.keys:
            if key in group and key not in given and not _alike(group[key], kept[key]):
                found.append(f"{key}={group[key]!r} (here {kept[key]!r})")
    if found:
        warnings.warn(
            "The state was saved with other arguments, which are not taken over: "
            f"{', '.join(dict.fromkeys(found))}. To take them over: "
            "load_state_dict(state, hyperparameters=True).",
            stacklevel=4,
        )


def _alike(one: Any, other: Any) -> bool:
    """Whether two arguments are the same; numbers may be tensors, and tuples lists."""
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == other)
