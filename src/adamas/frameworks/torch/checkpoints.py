"""State dictionaries, taken over by name, strictly, and whole or not at all."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import torch

from ...description import Description
from ...errors import CheckpointError, warn
from ...runtime.clock import steps_of
from .groups import COUNTED, Arguments, counters_in
from .naming import FLAGS
from .session import TensorSession
from .state import STEP

SCHEDULED = {
    "initial_lr": ("lr",),
    "base_momentum": ("betas", "momentum"),
    "max_momentum": ("betas", "momentum"),
}
"""What a scheduler of PyTorch leaves in a group → the arguments that it moves."""


class Taken(NamedTuple):
    """What is taken over: the form in which ``torch.optim`` sets its own state."""

    state: dict[Any, Any]
    param_groups: list[dict[str, Any]]


def take_over(
    saved: Mapping[str, Any],
    whole: Description,
    session: TensorSession,
    own: Arguments,
    *,
    hyperparameters: bool,
) -> Taken:
    """What a saved state becomes here; it is not changed, and nothing else is.

    Args:
        saved: the state.
        whole: the arguments of the step here.
        session: of the parameters here, without a state.
        own: the arguments group by group.
        hyperparameters: whether those of the state are taken.

    Raises `CheckpointError`, or `ConfigurationError` for a number, where it does not fit.
    """
    groups = deepcopy(saved["param_groups"])
    state = _state(saved["state"], _owners(own.groups, groups), session)
    _refuse_counters(groups, state, steps_of(whole.gradient_accumulation_steps))
    taken = [_group(own, place, group, hyperparameters) for place, group in enumerate(groups)]
    for group in taken:
        own.refuse_out_of_range(group)
    if not hyperparameters:
        _warn_of_others(own, taken, groups)
    return Taken(state, taken)


def _state(
    saved: Mapping[Any, Any], owners: Mapping[Any, torch.Tensor], session: TensorSession
) -> dict[Any, Any]:
    """The entries of parameters, each in the form that steps need."""
    places = {id(parameter): index for index, parameter in enumerate(session.params)}
    state: dict[Any, Any] = defaultdict(dict)
    entries, others = _keyed(saved, owners)
    for key, entry in entries.items():
        parameter = owners[key]
        index = places[id(parameter)]
        if not isinstance(entry, Mapping):
            raise CheckpointError(
                f"The state of {session.names[index]!r} must be a mapping. Got: {entry!r:.80}."
            )
        found = session.state_of.fitting(index, entry, session.names[index])
        if found:
            state[parameter] = found
    return {**state, **deepcopy(others)}


def _keyed(
    saved: Mapping[Any, Any], owners: Mapping[Any, torch.Tensor]
) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Entries by the keys of parameters, and those of no parameter, which are kept as by PyTorch.

    JSON makes strings of keys that are numbers: they mean the same.
    """
    entries: dict[Any, Any] = {}
    others: dict[Any, Any] = {}
    for key, entry in saved.items():
        found = next((one for one in (key, *_readings(key)) if one in owners), None)
        if found in entries:
            raise CheckpointError(f"Each parameter must have one state. Got twice: {key!r}.")
        if found is not None:
            entries[found] = entry
        elif isinstance(key, str) and isinstance(entry, Mapping):
            others[key] = entry
        else:
            raise CheckpointError(
                f"The state must be of the parameters {', '.join(map(repr, owners))}. "
                f"Got: {key!r}. Make it by state_dict()."
            )
    if others and owners and not entries:
        raise CheckpointError(
            f"The state must be of the parameters {', '.join(map(repr, owners))}. "
            f"Got: {', '.join(map(repr, others))}, so nothing was loaded. Its keys are to be those "
            "of its param_groups."
        )
    return entries, others


def _readings(key: Any) -> Iterator[Any]:
    """The same number as a string, or as a number."""
    if isinstance(key, str) and key.isdecimal():
        yield int(key)
    elif isinstance(key, int) and not isinstance(key, bool):
        yield str(key)


def _refuse_counters(groups: Sequence[Mapping], state: Mapping, steps: int | None) -> None:
    """`CheckpointError` for counters in groups that cannot be."""
    counted = [entry.get(STEP) for entry in state.values()]
    updates = max((int(count) for count in counted if count is not None), default=0)
    for group in groups:
        counters_in(group, updates, "The state", steps)


def refuse_other_forms(saved: Mapping[str, Any], own: Sequence[Mapping[str, Any]]) -> None:
    """`CheckpointError` for what is no state of an optimizer with such groups."""
    groups = saved.get("param_groups")
    if not (
        isinstance(saved.get("state"), Mapping)
        and isinstance(groups, list | tuple)
        and all(map(_is_group, groups))
    ):
        raise CheckpointError(
            "A state must have 'state' and 'param_groups' in the form that state_dict() gives. "
            f"Got: {', '.join(map(repr, saved)) or 'neither'}."
        )
    keys = Counter(key for group in groups for key in group["params"])
    twice = [key for key, times in keys.items() if times > 1]
    if twice:
        raise CheckpointError(f"Each parameter must have one key. Got twice: {twice[0]!r}.")
    _refuse_other_groups(own, groups)


def _is_group(group: Any) -> bool:
    """Whether it has keys of parameters, and perhaps names for them."""
    if not isinstance(group, Mapping):
        return False
    keys, names = group.get("params"), group.get("param_names") or ()
    if not isinstance(keys, list | tuple) or not isinstance(names, list | tuple):
        return False
    return all(isinstance(one, int | str) for one in (*keys, *names))


def _refuse_other_groups(own: Sequence[Mapping], saved: Sequence[Mapping]) -> None:
    sizes, found = ([len(group["params"]) for group in groups] for groups in (own, saved))
    if sizes != found:
        raise CheckpointError(
            f"The state must have {len(sizes)} groups of {sizes} parameters, as the optimizer has. "
            f"Got: {len(found)} groups of {found}."
        )


def _owners(own: Sequence[Mapping], groups: Sequence[Mapping]) -> dict[Any, torch.Tensor]:
    """Whose each saved entry is: by the names of parameters if both sides have them."""
    keys = [key for group in groups for key in group["params"]]
    params = [p for group in own for p in group["params"]]
    names = [name for group in groups for name in group.get("param_names") or ()]
    here = [name for group in own for name in group.get("param_names") or ()]
    if names and len(set(names)) != len(keys):
        raise CheckpointError(
            f"Each parameter of a state with names must have one of its own. Got: {names!r:.200}."
        )
    if not names or len(here) != len(params):
        return dict(zip(keys, params, strict=True))
    missing, unknown = set(here) - set(names), set(names) - set(here)
    if missing or unknown:
        raise CheckpointError(
            "The state must be of parameters of the same names. Missing: "
            f"{', '.join(sorted(missing)) or 'none'}. Not here: "
            f"{', '.join(sorted(unknown)) or 'none'}. Rename them in the state's param_names."
        )
    by_name = dict(zip(here, params, strict=True))
    return {key: by_name[name] for key, name in zip(keys, names, strict=True)}


def _group(
    own: Arguments, place: int, saved: Mapping[str, Any], hyperparameters: bool
) -> dict[str, Any]:
    """A group with its own parameters and what is taken over of the saved one."""
    keys, given = own.naming.keys, own.keys_given(place)
    # What belongs to neither side's arguments is state: a scheduler's, or our counters.
    left = {n: v for n, v in saved.items() if n not in (*keys, *FLAGS, "params", "param_names")}
    moved = {name for mark, names in SCHEDULED.items() if mark in saved for name in names}
    wanted = [key for key in keys if key in saved and key not in given]
    taken = {key: saved[key] for key in wanted if hyperparameters or key in moved}
    counters = dict.fromkeys(COUNTED, 0)
    return {**own.groups[place], **counters, **left, **taken}


def _warn_of_others(own: Arguments, taken: Sequence[Mapping], saved: Sequence[Mapping]) -> None:
    """Name the arguments that the state was saved with, and that are not taken over."""
    found = [
        f"{key}={group[key]!r} (here {kept[key]!r})"
        for place, (kept, group) in enumerate(zip(taken, saved, strict=True))
        for key in own.naming.keys
        if key in group and key not in own.keys_given(place) and not _alike(group[key], kept[key])
    ]
    if found:
        warn(
            "The state was saved with other arguments, which are not taken over: "
            f"{', '.join(dict.fromkeys(found))}. To take them over: "
            "load_state_dict(state, hyperparameters=True).",
        )


def _alike(one: Any, other: Any) -> bool:
    """Whether two arguments are the same; numbers may be tensors, and tuples lists."""
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == other)
