"""PyTorch's parameter groups, each as a declared optimizer that follows what is written in it."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

import torch

from ...compilers.llvm.identity import SameObjects
from ...composite import Composite
from ...errors import ConfigurationError, StateError
from ...fields import described, known
from ...optimizer import Optimizer
from ...runtime.clock import COUNTERS, checked_count, checked_counters
from ...runtime.conversion import STORAGE
from ...schedules import Schedule
from .naming import Fields, Naming
from .on_device import OnDevice, number_of

COUNTED = tuple(name for name in COUNTERS if name != "updates")
"""Counters of the whole step that groups carry into a checkpoint; parameters have their updates."""


CONSTRUCTED = "constructed"
"""The key of a group under which it remembers its arguments as it was constructed.

What differs from them was moved, and is state. Where a callable or a schedule of adamas gives a
number, it is the value that was last shown.
"""

WHOLE = "whole"
"""The key of a group that carries the numbers of the whole step, each as it is and as it was."""

LAST_NORM = "last_norm"
"""The key of groups that carry the norm of the last update, where calls clip by that; 0 is none."""

Sources = dict[str, Any]
"""Fields that are given by callables, and so read anew at each step."""


def counters_in(
    group: Mapping[str, Any], updates: int, source: str, steps: int | None = None
) -> dict[str, int]:
    """The counters that a group carries, where parameters have had so many updates.

    Raises `CheckpointError`, which names `source`, if they cannot be.
    """
    carried = {name: group.get(name, 0) for name in COUNTED}
    calls = checked_count(carried["calls"], "calls", source)
    # A checkpoint of PyTorch has counted updates only.
    found = {**carried, "calls": max(calls, updates), "updates": updates}
    return checked_counters(found, source, steps=steps)


def split(fields: Fields) -> tuple[Fields, Sources]:
    """Fields that are numbers or choices, and those that are callables."""
    sources = {name: value for name, value in fields.items() if callable(value)}
    return {name: value for name, value in fields.items() if name not in sources}, sources


def describe(naming: Naming, fields: Fields, sources: Sources, convention: str) -> dict[str, Any]:
    """The dictionary of a group, whole, with the present values of callables.

    A number that is given as a tensor stays one: who changes it in place changes the number.
    """
    member = naming.member({**fields, **sources}, convention)
    tensors = {n: value for n, value in fields.items() if isinstance(value, torch.Tensor)}
    return naming.group(member, {**member.read_numbers(0), **tensors})


def as_constructed(words: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a new group, with what it remembers of them."""
    return {**words, CONSTRUCTED: {key: plain(value) for key, value in words.items()}}


def _unsaid(*_: Any) -> Any:
    raise ConfigurationError("Groups of parameters have no configuration. Use state_dict().")


class Grouped(Composite, abstract=True):
    """The arguments of a whole step, whose parameters belong to groups.

    Args:
        members: name of a parameter → the declared optimizer of its group; ``""`` for all others.
    """

    members: Any = described(check=dict, to_json=_unsaid, from_json=_unsaid)

    is_of_groups = True

    def inner(self) -> Iterator[Optimizer]:
        """The members, each once."""
        yield from {id(member): member for member in self.members.values()}.values()

    def __repr__(self) -> str:
        members = "; ".join(dict.fromkeys(map(repr, self.inner())))
        usual = {name: field.default for name, field in self.fields.items() if name != "members"}
        common = [f"{n}={self.argument(n)!r}" for n, v in usual.items() if self.argument(n) != v]
        return f"{members} with {', '.join(common)}" if common else members

    def copied_arguments(self) -> dict[str, Any]:
        """All arguments, with copies of the members."""
        copies = {id(member): member.replace() for member in self.inner()}
        members = {name: copies[id(member)] for name, member in self.members.items()}
        return {**super().copied_arguments(), "members": members}

    def member_for(self, name: str, shape: tuple[int, ...]) -> Optimizer | None:
        """The member of the group that the parameter is in."""
        return self.members[name if name in self.members else ""]


class Several(Grouped, abstract=True):
    """Groups that are optimizers of their own, each with its sums over all tensors."""

    is_of_groups = False


class Words(NamedTuple):
    """What the arguments of a group are called, and by whose numbers its rule goes."""

    naming: Naming
    convention: str

    def refuse_out_of_range(self, group: Mapping[str, Any]) -> None:
        """`ConfigurationError` for a group that this optimizer cannot have.

        In groups stand the present values of callables, never these themselves.
        """
        for key in self.naming.keys:
            if callable(group[key]):
                raise ConfigurationError(f"{key} of a group must be a value. Got: {group[key]!r}.")
        fields = self.naming.fields({key: group[key] for key in self.naming.keys})
        with self.naming.words_of(group):
            self.naming.member(fields, self.convention)


@dataclass(frozen=True)
class Arguments:
    """The arguments of an optimizer, group by group.

    Attributes:
        words: what each group calls them.
        groups: the groups of parameters, as they are.
        sources: what each group has callables for.
        several: whether each group is an optimizer of its own; else they are groups of one.
    """

    words: Sequence[Words]
    groups: Sequence[MutableMapping[str, Any]]
    sources: Sequence[Sources]
    several: bool = False

    def followed(self) -> "list[Group]":
        """Each group with a declared optimizer that follows it."""
        return [
            Group(words.naming, group, sources, words.convention)
            for words, group, sources in zip(self.words, self.groups, self.sources, strict=True)
        ]

    def keys_given(self, place: int) -> list[str]:
        """The keys of a group in which the values of callables stand."""
        return self.words[place].naming.keys_of(self.sources[place])


class Group:
    """One parameter group and its declared optimizer.

    Schedulers write into the dictionary, and `follow` takes over what they have written. Where a
    number is given by a callable or a schedule of adamas, the dictionary shows its present value.

    Attributes:
        member: the declared optimizer.
        count: how many parameters the group has.
    """

    def __init__(
        self, naming: Naming, group: MutableMapping[str, Any], sources: Sources, convention: str
    ) -> None:
        self._naming = naming
        self._group = group
        self._sources = sources
        self.count = len(group["params"])
        self._has = SameObjects(group["params"])
        self._look = itemgetter(*naming.keys)
        self._seen: tuple[Any, ...] | None = None
        """What stood there when it was followed last, if no part of it can change in place."""
        shown, given = group.get(CONSTRUCTED, {}), naming.keys_of(sources)
        self._written = [
            shown.get(key, value) if key in given else value
            for key, value in zip(naming.keys, self._read(), strict=True)
        ]
        fields = self._fields(dict(zip(naming.keys, self._written, strict=True)))
        self.member: Optimizer = naming.member({**fields, **sources}, convention)
        self.follow()

    def is_of(self, group: MutableMapping[str, Any]) -> bool:
        """Whether it is this very group that it follows, with the parameters that it had."""
        return group is self._group and self._has(group["params"])

    def _read(self) -> list[Any]:
        return [_followed(value) for value in self._look(self._group)]

    def follow(self) -> bool:
        """Take over what was written since the last step; whether other plans are needed now.

        A value that is refused changes nothing.
        """
        seen = self._look(self._group)
        if self._seen is not None and (_same(seen, self._seen) or self._travels(seen)):
            return False
        found = self._read()
        replans = False if _same(found, self._written) else self._change(found)
        self._seen = None if any(map(_holds_tensor, seen)) else seen
        return replans

    def _travels(self, seen: tuple[Any, ...]) -> bool:
        """Take over what schedulers write at every step: numbers of which nothing else is asked."""
        assert self._seen is not None
        keys = self._naming.keys
        changed = {
            key: value
            for key, value, before in zip(keys, seen, self._seen, strict=True)
            if value is not before
        }
        fields = self._naming.numbers(changed)
        if fields is None or not self._sources.keys().isdisjoint(fields):
            return False
        if not self.member.travel(fields):
            return False
        self._seen, self._written = seen, list(seen)
        return True

    def _change(self, found: list[Any]) -> bool:
        """Take over other values than those written before; whether other plans are needed."""
        names = self._naming.keys
        changed = {
            name: (value, before)
            for name, value, before in zip(names, found, self._written, strict=True)
            if not _same(value, before)
        }
        with self._naming.words_of(changed):
            new = self._new(changed)
        replans = any(self.member.restructures(name, value) for name, value in new.items())
        self.member.take(new)
        self._written = found
        return replans

    def _new(self, changed: Mapping[str, tuple[Any, Any]]) -> Fields:
        """The fields of the member after what was written, by key with what stood there before."""
        member = self.member
        new: Fields = {}
        for name, value in self._fields({n: value for n, (value, _) in changed.items()}).items():
            source = self._sources.get(name)
            if source is None:
                new[name] = member.fields[name].check(value)
            elif value == self._fields({n: value for n, (_, value) in changed.items()})[name]:
                continue  # another one of its tuple has changed
            elif value == 0 or member.argument(name) is not source:
                # A 0 stands above a schedule: PyTorch makes a step of 0 to see the state's form.
                new[name] = 0.0 if value == 0 else source
            else:
                raise StateError(
                    f"{name} follows {source!r} and cannot be set as well. "
                    f"Got: {value!r}. Leave the scheduler out, or construct with a number."
                )
        return new

    def _fields(self, written: Mapping[str, Any]) -> Fields:
        return self._naming.plain(self._naming.fields(written))

    def tensors(self) -> Mapping[str, torch.Tensor]:
        """The numbers that are tensors on a device, by the names of the member's fields."""
        parts = (part for one in self._written for part in (one if type(one) is tuple else (one,)))
        if not any(isinstance(part, OnDevice) for part in parts):
            return {}
        fields = self._naming.fields(dict(zip(self._naming.keys, self._written, strict=True)))
        return {n: v.tensor for n, v in fields.items() if isinstance(v, OnDevice)}

    def show(self, numbers: Mapping[str, float], call: int) -> None:
        """Write the values that callables gave in a step, and schedules for the next `call`."""
        followed = {n: s for n, s in self._sources.items() if self.member.argument(n) is s}
        if not followed:
            return
        following = {n: s(call) for n, s in followed.items() if isinstance(s, Schedule)}
        keys = self._naming.keys_of(followed)
        shown = self._naming.group(self.member, {**numbers, **following}, keys)
        # Another dictionary: the present one may be part of a state that was taken out.
        self._group.update(shown, **{CONSTRUCTED: {**self._group.get(CONSTRUCTED, {}), **shown}})
        written = zip(self._naming.keys, self._written, strict=True)
        self._written = [plain(shown[key]) if key in shown else value for key, value in written]

    def show_storage(self) -> None:
        """Write how the member's state is stored."""
        stored = self._naming.group(self.member, {}, STORAGE)
        self._group.update(stored, **{CONSTRUCTED: {**self._group.get(CONSTRUCTED, {}), **stored}})
        pairs = zip(self._naming.keys, self._written, strict=True)
        self._written = [stored.get(key, value) for key, value in pairs]

    def show_present(self) -> None:
        """Write the values that callables and schedules give for the next call."""
        if self._sources:
            call = int(self._group.get("calls", 0))
            self.show(self.member.read_numbers(call), call)


@contextmanager
def as_stored(groups: Iterable[MutableMapping[str, Any]]) -> Iterator[list[str]]:
    """Inside, groups say how their state is stored, where somebody has written otherwise by now.

    Gives what was written, by name: it is to be followed after the block.
    """
    written = []
    for group in groups:
        known = group.get(CONSTRUCTED, {})
        for name in STORAGE:
            if name in known and known[name] != group[name]:
                written.append((group, name, group[name]))
                group[name] = known[name]
    try:
        yield [name for _, name, _ in written]
    finally:
        for group, name, value in written:
            group[name] = value


def members_of(groups: Sequence[Group], names: Iterable[str]) -> dict[str, Optimizer]:
    """The declared optimizer of each parameter; `names` are those of all groups in turn.

    The first group's is that of all others: a process may have no parameters at all.
    """
    left = iter(names)
    known = {name: group.member for group in groups for name in islice(left, group.count)}
    return {**known, "": groups[0].member}


def _followed(value: Any) -> Any:
    """As `plain`; nothing waits for a tensor on a device, which steps read there."""
    if isinstance(value, torch.Tensor):
        return number_of(value)
    return tuple(map(_followed, value)) if isinstance(value, tuple) else value


def plain(value: Any) -> Any:
    """What stands in a group, with numbers for tensors, which may change in place."""
    if isinstance(value, torch.Tensor):
        return known(value)
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def _holds_tensor(value: Any) -> bool:
    """Whether a value of a group is a tensor, or a tuple with one: it may change in place."""
    return any(isinstance(v, torch.Tensor) for v in (value if type(value) is tuple else (value,)))


def _same(found: Any, written: Any) -> bool:
    """Whether nothing else stands in a group; what cannot be compared is something else."""
    try:
        return bool(found == written)
    except Exception:
        return False
