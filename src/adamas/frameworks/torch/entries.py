"""The entries of a state dictionary: whose each is, and what is taken over of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import torch

from ...errors import CheckpointError
from ...runtime.loaded import Loaded, Shape, matched
from .counts import STEP
from .foreign import WEIGHT_BYTES, decoded, is_foreign
from .forms import slot_shape
from .session import TensorSession

Groups = Sequence[Mapping[str, Any]]
Entries = Mapping[Any, Mapping[str, Any]]


def taken_entries(
    saved: Mapping[Any, Any], groups: Groups, own: Groups, session: TensorSession, *, strict: bool
) -> tuple[Loaded, dict[Any, Any]]:
    """The entries of parameters here, each in the form that steps need, and of no parameter.

    Args:
        saved: the entries by the keys that `groups`, those of the state, have for parameters.
        own: the groups here.
        session: of the parameters here.
        strict: whether the parameters of both sides must be the same.

    Raises `CheckpointError` for what does not fit, or if nothing does.
    """
    keys = [key for group in groups for key in group["params"]]
    entries, others = _keyed(saved, keys)
    names, here = _names(groups), _names(own)
    if strict:
        loaded, places = None, _places(keys, names, here)
        entries = _decoded(entries, places, groups, session)
    else:
        if names is None or here is None:
            raise CheckpointError(
                "strict=False finds parameters by their names. Got: none on one side. Construct "
                "both optimizers with model.named_parameters()."
            )
        known = {name: place for place, name in enumerate(here)}
        found = {k: known[n] for k, n in zip(keys, names, strict=True) if n in known}
        entries = _decoded(entries, found, groups, session)
        loaded, fitting = _that_fit(entries, dict(zip(keys, names, strict=True)), session)
        places = {k: known[n] for k, n in zip(keys, names, strict=True) if n in fitting}
    state: dict[Any, Any] = {}
    for key, place in places.items():
        name = session.names[place]
        found = session.state_of.fitting(place, entries[key], name) if key in entries else {}
        if found:
            state[session.owners[place]] = found
    loaded = loaded or _all(session, state)
    return loaded, defaultdict(dict, {**state, **deepcopy(others)})


def _decoded(
    entries: Entries, places: Mapping[Any, int], groups: Groups, session: TensorSession
) -> Entries:
    """Entries of which those of other libraries are in the form that `torch.optim` has."""
    widths = {key: group.get(WEIGHT_BYTES) for group in groups for key in group["params"]}
    found = dict(entries)
    for key, place in places.items():
        if key in entries and session.slots_of(place) and is_foreign(entries[key]):
            rule = session.assignment.plan(place).rule
            slots = [session.state_of.key(place, slot) for slot in rule.slots]
            known = (session.owners[place], slots, session.names[place], widths[key])
            found[key] = decoded(entries[key], *known)
    return found


def _all(session: TensorSession, state: Mapping[Any, Any]) -> Loaded:
    """Of the same parameters: those begin afresh that had no state there."""
    pairs = zip(session.names, session.owners, strict=True)
    taken = [name for name, owner in pairs if owner in state]
    return Loaded(tuple(taken), tuple(name for name in session.names if name not in taken))


def _that_fit(
    entries: Entries, names: Mapping[Any, str], session: TensorSession
) -> tuple[Loaded, set[str]]:
    """What fits by name, and the names of all parameters whose entries are taken."""
    state = session.state_of
    here: dict[str, dict[str, Shape]] = {}
    numbers: dict[str, list[str]] = {}
    for index, (name, parameter) in enumerate(session.parameters()):
        slots = session.slots_of(index)
        here[name] = {state.key(index, s): slot_shape(parameter, e) for s, e in slots.items()}
        numbers[name] = [state.key(index, n) for n in state.names(index)] if slots else []
    there = {
        names[key]: {
            slot: tuple(value.shape)
            for slot, value in entry.items()
            if isinstance(value, torch.Tensor) and slot not in (STEP, *numbers.get(names[key], ()))
        }
        for key, entry in entries.items()
    }
    bare = {name for name, slots in here.items() if not slots and name in there}
    loaded = matched(
        {name: slots for name, slots in here.items() if slots},
        {name: slots for name, slots in there.items() if slots and name not in bare},
        "The state",
    )
    return loaded, {*loaded.taken, *bare}


def _keyed(saved: Mapping[Any, Any], keys: Sequence[Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Entries by the keys of parameters, and those of no parameter, which are kept as by PyTorch.

    JSON makes strings of keys that are numbers: they mean the same.
    """
    known, entries, others = set(keys), {}, {}
    for key, entry in saved.items():
        found = next((one for one in (key, *_readings(key)) if one in known), None)
        if found in entries:
            raise CheckpointError(f"Each parameter must have one state. Got twice: {key!r}.")
        if not isinstance(entry, Mapping):
            raise CheckpointError(f"The state of {key!r} must be a mapping. Got: {entry!r:.80}.")
        if found is not None:
            entries[found] = entry
        elif isinstance(key, str):
            others[key] = entry
        else:
            raise _of_others(keys, [key])
    if others and keys and not entries:
        raise _of_others(keys, list(others))
    return entries, others


def _of_others(keys: Sequence[Any], found: Sequence[Any]) -> CheckpointError:
    wanted, got = (", ".join(map(repr, some[:10])) for some in (keys, found))
    return CheckpointError(
        f"The state must be of the parameters that its param_groups name: {wanted}. Got: {got}, "
        "so nothing was loaded. Take it from state_dict()."
    )


def _readings(key: Any) -> Iterator[Any]:
    """The same number as a string, or as a number."""
    if isinstance(key, str) and key.isdecimal():
        yield int(key)
    elif isinstance(key, int):
        yield str(key)


def _names(groups: Groups) -> list[str] | None:
    """The names of all parameters, if they have any."""
    names = [name for group in groups for name in group.get("param_names") or ()]
    count = sum(len(group["params"]) for group in groups)
    if names and (len(names) != count or len(set(names)) != count):
        raise CheckpointError(
            f"Each parameter of a state with names must have one of its own. Got: {names!r:.200}."
        )
    return names if count and names else None


def _places(keys: Sequence[Any], names: Sequence[str] | None, here: Sequence[str] | None) -> Any:
    """Which parameter each key is of: by the names of parameters if both sides have them."""
    if names is None or here is None:
        return {key: place for place, key in enumerate(keys)}
    missing, unknown = set(here) - set(names), set(names) - set(here)
    if missing or unknown:
        raise CheckpointError(
            "The state must be of parameters of the same names. Missing: "
            f"{', '.join(sorted(missing)) or 'none'}. Not here: "
            f"{', '.join(sorted(unknown)) or 'none'}. Rename them in the state's param_names, or "
            "take over what fits: strict=False."
        )
    known = {name: place for place, name in enumerate(here)}
    return {key: known[name] for key, name in zip(keys, names, strict=True)}


def refuse_other_forms(saved: Mapping[str, Any]) -> None:
    """`CheckpointError` for what is no state of an optimizer."""
    groups = saved.get("param_groups")
    if not (
        isinstance(saved.get("state"), Mapping)
        and isinstance(groups, list | tuple)
        and groups
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


def _is_group(group: Any) -> bool:
    """Whether it has keys of parameters, and perhaps names for them."""
    if not isinstance(group, Mapping):
        return False
    keys, names = group.get("params"), group.get("param_names")
    names = () if names is None else names
    if not isinstance(keys, list | tuple) or not isinstance(names, list | tuple):
        return False
    named = all(isinstance(name, str) for name in names)
    return named and all(isinstance(key, int | str) for key in keys)
