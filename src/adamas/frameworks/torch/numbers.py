"""Numbers of groups of parameters and of the whole step: which were moved, and what they become."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import torch

from ...description import Description
from ...errors import AdamasError, CheckpointError, shown
from ...fields import known
from ...runtime.moved import UNKNOWN, Number, Numbers, same, settled
from ...runtime.numbers import Values, from_json, to_json
from .groups import CONSTRUCTED, COUNTED, LAST_NORM, WHOLE, Arguments
from .naming import COMMON, FLAGS, Naming

SCHEDULED = {
    "initial_lr": ("lr",),
    "base_momentum": ("betas", "momentum"),
    "max_momentum": ("betas", "momentum"),
}
"""What a scheduler of PyTorch leaves in a group → what it moves, for states that say no more."""

OF_STEP = tuple(name for name in COMMON if Description.fields[name].is_number)
"""The numbers of the whole step."""

Words = Mapping[str, Any]


def taken_groups(
    own: Arguments, saved: Sequence[Words], *, hyperparameters: bool
) -> list[dict[str, Any]]:
    """What the groups here become by as many saved ones, which are not changed.

    Raises `ConfigurationError` for an argument out of its range.
    """
    groups = enumerate(deepcopy(saved))
    taken = [_group(own, place, group, hyperparameters) for place, group in groups]
    for words, group in zip(own.words, taken, strict=True):
        words.refuse_out_of_range(group)
    return taken


def _group(own: Arguments, place: int, saved: Words, hyperparameters: bool) -> dict[str, Any]:
    """A group with its own parameters and what is taken over of the saved one."""
    present, naming = own.groups[place], own.words[place].naming
    keys = naming.keys
    # What belongs to neither side's arguments is state: a scheduler's, or our counters.
    ours = (*keys, *FLAGS, "params", "param_names", CONSTRUCTED)
    left = {name: value for name, value in saved.items() if name not in ours}
    there = _saved(naming, saved, hyperparameters)
    given = own.keys_given(place)
    here = {key: Number(present[key], _constructed(present, key)) for key in keys}
    taken = settled({key: there[key] for key in there if key not in given}, here)
    formed = {key: _in_form_of(present[key], value) for key, value in taken.items()}
    return {**begun(present), **left, **formed}


def begun(group: Words) -> dict[str, Any]:
    """A group, with nothing counted or measured in it."""
    measured = {LAST_NORM: 0.0} if LAST_NORM in group else {}
    return {**group, **dict.fromkeys(COUNTED, 0), **measured}


def _constructed(group: Words, key: str) -> Any:
    return group.get(CONSTRUCTED, {}).get(key, group[key])


def _saved(naming: Naming, group: Words, hyperparameters: bool = False) -> dict[str, Number]:
    """The arguments of a saved group, each as it is and as it was constructed."""
    found = {key: group[key] for key in naming.keys if key in group}
    if hyperparameters or (CONSTRUCTED not in group and not naming.is_own(group)):
        # All comes back, as in torch.optim, whose states do not say what was moved.
        return {key: Number(value, UNKNOWN) for key, value in found.items()}
    moved = [key for mark, keys in SCHEDULED.items() if mark in group for key in keys]
    known = group.get(CONSTRUCTED, dict.fromkeys(moved, UNKNOWN))
    if not isinstance(known, Mapping):
        raise CheckpointError(
            f"{CONSTRUCTED!r} of a group must be a mapping of its arguments. Got: {shown(known)}."
        )
    return {key: Number(value, known.get(key, value)) for key, value in found.items()}


def _in_form_of(present: Any, value: Any) -> Any:
    """A number as a tensor where there is one that can hold it."""
    holds = isinstance(present, torch.Tensor) and present.is_floating_point()
    if not holds or not isinstance(value, int | float):
        return value
    number = known(value)
    assert number is not None, "it is a number of Python"
    # By float64: what is too large is infinite, and refused where ranges are.
    return torch.full_like(present, number, dtype=torch.float64).to(present.dtype)


def compared(
    own: Arguments, taken: Sequence[Words], saved: Sequence[Words]
) -> Iterator[tuple[str, Number, Any]]:
    """Arguments of saved groups, and what they are here once these are taken."""
    for place, (kept, group) in enumerate(zip(taken, saved, strict=True)):
        given = own.keys_given(place)
        for key, number in _saved(own.words[place].naming, group).items():
            if key not in given:
                yield key, number, kept[key]


# -- the whole step


def of_step(settings: Values, first: Values) -> dict[str, Number]:
    """The numbers of the whole step that are on, as they are and as they were constructed."""
    usual = {name: Description.fields[name].default for name in OF_STEP}
    pairs = {n: Number(settings.get(n, usual[n]), first.get(n, usual[n])) for n in OF_STEP}
    return {n: pair for n, pair in pairs.items() if all(map(_is_number, pair))}


def carried(group: Words, *, hyperparameters: bool = False) -> dict[str, Number]:
    """The numbers of the whole step that a saved group carries."""
    found = from_json(group.get(WHOLE, {}), "The state")
    return {n: Number(v.now, UNKNOWN) if hyperparameters else v for n, v in found.items()}


def to_carry(settings: Values, first: Values) -> dict[str, Any]:
    """What groups carry of the numbers of the whole step."""
    return to_json(of_step(settings, first))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# -- files


class OfGroups:
    """The numbers in files of an optimizer with groups, such as ``1/learning_rate``.

    With one group they are called as those of every other framework.

    Args:
        own: the groups.
        whole: the optimizer of the whole step.
        first: the arguments of the whole step as they were constructed.
    """

    def __init__(self, own: Arguments, whole: Description, first: Values) -> None:
        self._own = own
        self._whole = whole
        self._first = first

    def numbers(self) -> Numbers:
        """They by their keys."""
        whole = {name: self._whole.argument(name) for name in OF_STEP}
        found = of_step(whole, self._first)
        if LAST_NORM in self._own.groups[0]:
            found[LAST_NORM] = Number(float(self._own.groups[0][LAST_NORM]), 0.0)
        for place, group in enumerate(self._own.groups):
            naming = self._own.words[place].naming
            now = _fields(naming, group)
            then = _fields(naming, {**group, **group.get(CONSTRUCTED, {})})
            for name, value in now.items():
                field = naming.declared.fields[name]
                if field.is_number and name not in self._own.sources[place]:
                    found[self._key(place, name)] = Number(value, then[name])
        return found

    def _key(self, place: int, name: str) -> str:
        numbered = self._own.several or len(self._own.groups) > 1
        return f"{place}/{name}" if numbered else name

    def fitted(self, saved: Numbers) -> Numbers:
        """Saved numbers for the groups here: by their places, else those that all groups shared."""
        here = self.numbers()
        if {key for key in saved if "/" in key} == {key for key in here if "/" in key}:
            return saved
        shared: dict[str, list[Number]] = {}
        for key, number in saved.items():
            shared.setdefault(key.rpartition("/")[2], []).append(number)
        alike = {n: v[0] for n, v in shared.items() if all(same(v[0], other) for other in v)}
        names = {key: key.rpartition("/")[2] for key in here}
        return {key: alike[name] for key, name in names.items() if name in alike}

    def check(self, values: Values, source: str) -> None:
        """`CheckpointError` for a number out of its range."""
        try:
            for words, group in zip(self._own.words, self._changed(values), strict=True):
                words.refuse_out_of_range(group)
            for name in OF_STEP:
                if name in values:
                    self._whole.checked(name, values[name])
        except AdamasError as error:
            raise CheckpointError(
                f"{source} holds a hyperparameter out of range. {error}"
            ) from None

    def put(self, values: Values) -> None:
        """Write them into the groups."""
        for group, changed in zip(self._own.groups, self._changed(values), strict=True):
            group.update(changed)
            if LAST_NORM in values:
                group[LAST_NORM] = values[LAST_NORM]
        self._whole.assume(**{name: values[name] for name in OF_STEP if name in values})

    def _changed(self, values: Values) -> list[dict[str, Any]]:
        """The groups with these numbers."""
        made = []
        for place, group in enumerate(self._own.groups):
            naming, convention = self._own.words[place]
            present = _fields(naming, group)
            wanted = {n: values.get(self._key(place, n), now) for n, now in present.items()}
            changed = {n: v for n, v in wanted.items() if not same(v, present[n])}
            member = naming.member({**present, **changed}, convention)
            words = naming.group(member, member.read_numbers(0))
            new = {k: _in_form_of(group[k], words[k]) for k in naming.keys_of(changed)}
            made.append({**group, **new})
        return made


def _fields(naming: Naming, group: Words) -> dict[str, Any]:
    """The arguments of a group, with 0 for a weight decay that is off: it can be set."""
    given = naming.fields({key: group[key] for key in naming.keys})
    fields = naming.plain(given)
    return {n: 0.0 if v is None and given[n] is not None else v for n, v in fields.items()}
