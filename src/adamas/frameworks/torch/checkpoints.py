"""State dictionaries, taken over by name, strictly, and whole or not at all."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import torch

from ...description import Description
from ...errors import CheckpointError, warn
from ...runtime.clock import steps_of
from ...runtime.loaded import Loaded
from .entries import taken_entries
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
    strict: bool,
) -> tuple[Loaded, Taken]:
    """What a saved state becomes here; it is not changed, and nothing else is.

    Args:
        saved: the state.
        whole: the arguments of the step here.
        session: of the parameters here, without a state.
        own: the arguments group by group.
        hyperparameters: whether those of the state are taken.
        strict: whether it must be of the same parameters. If not, groups keep what they have,
            unless there are as many of them in the state.

    Raises `CheckpointError`, or `ConfigurationError` for a number, where it does not fit.
    """
    groups = deepcopy(saved["param_groups"])
    if strict:
        _refuse_other_groups(own.groups, groups)
    loaded, state = taken_entries(saved["state"], groups, own.groups, session, strict=strict)
    _refuse_counters(groups, state, steps_of(whole.gradient_accumulation_steps))
    if len(groups) != len(own.groups):
        counters = {name: groups[0][name] for name in COUNTED if name in groups[0]}
        return loaded, Taken(state, [{**group, **counters} for group in own.groups])
    taken = [_group(own, place, group, hyperparameters) for place, group in enumerate(groups)]
    for group in taken:
        own.refuse_out_of_range(group)
    if not hyperparameters:
        _warn_of_others(own, taken, groups)
    return loaded, Taken(state, taken)


def _refuse_counters(groups: Sequence[Mapping], state: Mapping, steps: int | None) -> None:
    """`CheckpointError` for counters in groups that cannot be."""
    own = [entry.get(STEP) for key, entry in state.items() if isinstance(key, torch.Tensor)]
    updates = max((int(count) for count in own if count is not None), default=0)
    for group in groups:
        counters_in(group, updates, "The state", steps)


def _refuse_other_groups(own: Sequence[Mapping], saved: Sequence[Mapping]) -> None:
    sizes, found = ([len(group["params"]) for group in groups] for groups in (own, saved))
    if sizes != found:
        raise CheckpointError(
            f"The state must have {len(sizes)} groups of {sizes} parameters, as the optimizer has. "
            f"Got: {len(found)} groups of {found}."
        )


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
