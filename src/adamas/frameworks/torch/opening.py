"""What groups of parameters are stepped with: their session, and who follows what is written."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any, NamedTuple

import torch

from ...errors import ConfigurationError, StructureError, shown
from ...exclusions import Exclusions
from ...runtime.conversion import storing
from ...runtime.host.program import Peers
from ...runtime.structure import named_structure
from ...signals import held
from .device_session import DeviceSession
from .groups import COUNTED, WHOLE, Arguments, Group, Grouped, Several, counters_in, members_of
from .naming import COMMON
from .numbers import to_carry
from .offload import HostSide, OffloadSession
from .session import TensorSession
from .sessions import new_session
from .state import Entry


class Begun(NamedTuple):
    """A session that has counted nothing yet, the arguments of its steps, and who follows groups.

    A session has the arguments weakly.
    """

    whole: Grouped
    groups: Sequence[Group]
    session: TensorSession


def begin(
    params: Mapping[str, torch.Tensor],
    arguments: Arguments,
    settings: Mapping[str, Any],
    excluded: Sequence[str],
    entries: MutableMapping[torch.Tensor, Entry],
    compiler: str | None,
    peers: Peers | None,
    side: HostSide | None,
) -> Begun:
    """A session for parameters, by name.

    Args:
        params: all of them.
        arguments: of their groups.
        settings: of the whole step.
        excluded: the names of those that are left out of weight decay.
        entries: where their state is kept.
        compiler, peers, side: as of `new_session`.
    """
    groups = arguments.followed()
    whole = (Several if arguments.several else Grouped)(members_of(groups, params), **settings)
    whole.exclude(Exclusions(names=tuple(excluded)))
    whole.fix()
    known = (whole, named_structure(params), entries, compiler, peers)
    return Begun(whole, groups, new_session(*known, side=side))


class Opened:
    """A session for the parameters that all groups had when it was made, `params`.

    Args:
        whole: the arguments of the step, whose members the groups have.
        groups: what follows the groups.
        session: it has nothing counted yet.
        counts: the counters that the groups carry.
    """

    def __init__(
        self,
        whole: Grouped,
        groups: Sequence[Group],
        session: TensorSession,
        counts: Mapping[str, Any],
    ) -> None:
        self._whole = whole  # a session has it weakly
        self.groups = groups
        self.session = session
        self.params = session.owners
        if isinstance(session, DeviceSession):
            session.groups = groups
        self._refuse_far_numbers()
        updates = session.state_of.most_updates()
        session.set_counters(counters_in(counts, updates, "The state"))

    def is_of(
        self,
        groups: Sequence[MutableMapping[str, Any]],
        entries: MutableMapping[torch.Tensor, Entry],
    ) -> bool:
        """Whether it is for these very groups and their parameters, with this state."""
        return (
            self.session.state_of.is_own(entries)
            and len(groups) == len(self.groups)
            and all(map(Group.is_of, self.groups, groups))
        )

    def follow(self) -> None:
        """Take over what was written into the groups."""
        changed = [group.follow() for group in self.groups]
        self._refuse_far_numbers()
        if any(changed):
            with held():
                self.session.convert(self._whole)
                for group in self.groups:
                    group.show_storage()

    def _refuse_far_numbers(self) -> None:
        """`ConfigurationError` for a number on a device that the host would have to ask for it."""
        if not isinstance(self.session, OffloadSession):
            return
        for group in self.groups:
            for name, tensor in group.tensors().items():
                raise ConfigurationError(
                    f"With offload the host makes the steps, and {name} must be a number there. "
                    f"Got: a tensor on {tensor.device}. Use a number, or a tensor on the CPU."
                )

    def show(self) -> None:
        """Write the numbers of a call that was made into the groups, where callables gave them."""
        for group in self.groups:
            group.show(self.session.numbers_of(group.member), self.session.calls)

    def named(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What a step is given, with tensors by the names of their parameters.

        They come as a list in the order of the parameters, or by parameter or name.
        """
        session = self.session
        asked = {name for one in self._whole.inner() for name in one.input_arrays()}
        return {
            name: _by_name(name, value, session.names, session.owners)
            if name in asked and value is not None
            else value
            for name, value in given.items()
        }

    def unscale(self) -> None:
        """From now on steps divide gradients by what a `GradScaler` has multiplied the loss by."""
        if self._whole.loss_scale_factor is None:
            self._whole.assume(loss_scale_factor=1.0)
            self.session.replan()

    def convert(self, **asked: Any) -> None:
        """Store the state otherwise from now on, as the groups say then."""
        after = storing(self._whole, **asked)
        with held():
            self.session.convert(after)
            for group in self.groups:
                group.show_storage()

    def settings(self) -> dict[str, Any]:
        """The arguments of the whole step, as they are now."""
        return {name: self._whole.argument(name) for name in COMMON}

    def carry(self, groups: Iterable[MutableMapping[str, Any]], first: Mapping[str, Any]) -> None:
        """Write what is of the whole step into groups, which checkpoints hold.

        That is its counters, and its numbers, of which `first` are those as constructed.
        """
        counters = self.session.counters()
        numbers = to_carry(self.settings(), first)
        for group in groups:
            group.update({name: counters[name] for name in COUNTED}, **{WHOLE: numbers})


def _by_name(
    what: str, value: Any, names: Sequence[str], params: Sequence[torch.Tensor]
) -> dict[str, Any]:
    """Tensors that are given for parameters, by the names of these; None where there is none."""
    if isinstance(value, Mapping):
        known = {**dict(zip(params, names, strict=True)), **{name: name for name in names}}
        for key in value:
            if key not in known:
                came = "another tensor" if isinstance(key, torch.Tensor) else shown(key)
                raise StructureError(
                    f"{what} must be given for parameters of the optimizer. Got: {came}."
                )
        return {**dict.fromkeys(names), **{known[key]: tensor for key, tensor in value.items()}}
    tensors = list(value) if isinstance(value, Iterable) else []
    if len(tensors) != len(names):
        raise StructureError(
            f"{what} must have a tensor for each of {len(names)} parameters, in their order, or be "
            f"a dictionary by parameter. Got: {len(tensors) or shown(value)}."
        )
    return dict(zip(names, tensors, strict=True))
