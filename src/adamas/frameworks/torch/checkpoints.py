"""State dictionaries, taken over by name, strictly, and whole or not at all."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from ...errors import CheckpointError
from ...runtime.clock import steps_of
from ...runtime.loaded import Loaded
from ...runtime.moved import settled, tell
from . import numbers
from .counts import STEP
from .entries import taken_entries
from .groups import COUNTED, LAST_NORM, WHOLE, Arguments, counters_in
from .session import TensorSession

Groups = Sequence[Mapping[str, Any]]


class Taken(NamedTuple):
    """What is taken over: the form in which ``torch.optim`` sets its own state."""

    state: dict[Any, Any]
    param_groups: list[dict[str, Any]]


class Saved:
    """A state that is to be taken over; neither it nor anything else is changed.

    Args:
        content: the state.
        own: the arguments here, group by group.
        settings, first: the arguments of the whole step here, as they are and as constructed.
        hyperparameters: whether all arguments of the state are taken.
        strict: whether it must be of the same parameters. If not, groups keep what they have,
            unless there are as many of them in the state.

    Attributes:
        groups: the groups here, as they become.
        settings: the arguments of the whole step here, as they become.

    Raises `CheckpointError`, or `ConfigurationError` for a number, where it does not fit.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        own: Arguments,
        settings: Mapping[str, Any],
        first: Mapping[str, Any],
        *,
        hyperparameters: bool,
        strict: bool,
    ) -> None:
        self._content, self._own, self._strict = content, own, strict
        self._hyperparameters = hyperparameters
        saved: Groups = content["param_groups"]
        if strict:
            _refuse_other_groups(own.groups, saved)
        self._alike = len(saved) == len(own.groups)
        if self._alike:
            self.groups = numbers.taken_groups(own, saved, hyperparameters=hyperparameters)
        else:
            kept = (*COUNTED, WHOLE, LAST_NORM)
            carried = {n: saved[0][n] for n in kept if n in saved[0]}
            self.groups = [{**numbers.begun(group), **carried} for group in own.groups]
        there = numbers.carried(saved[0], hyperparameters=hyperparameters)
        self._of_step = settled(there, numbers.of_step(settings, first))
        self.settings = {**settings, **self._of_step}

    def entries(self, session: TensorSession) -> tuple[Loaded, Taken]:
        """All that is taken over, for a session with these groups and without a state."""
        saved = self._content["param_groups"]
        known = (self._content["state"], saved, self._own.groups, session)
        loaded, state = taken_entries(*known, strict=self._strict)
        _refuse_counters(saved, state, steps_of(self.settings.get("gradient_accumulation_steps")))
        self._tell(saved)
        return loaded, Taken(state, self.groups)

    def _tell(self, saved: Groups) -> None:
        """Warn of the arguments that the state was saved with, and that are not taken over."""
        if self._hyperparameters:
            return
        of_step = numbers.carried(saved[0])
        found = [
            (name, of_step[name], kept) for name, kept in self._of_step.items() if name in of_step
        ]
        if self._alike:
            found += numbers.compared(self._own, self.groups, saved)
        tell(found, "load_state_dict(state, hyperparameters=True)")


def _refuse_counters(groups: Groups, state: Mapping, steps: int | None) -> None:
    """`CheckpointError` for counters in groups that cannot be."""
    own = [entry.get(STEP) for key, entry in state.items() if isinstance(key, torch.Tensor)]
    updates = max((int(count) for count in own if count is not None), default=0)
    for group in groups:
        counters_in(group, updates, "The state", steps)


def _refuse_other_groups(own: Groups, saved: Groups) -> None:
    sizes, found = ([len(group["params"]) for group in groups] for groups in (own, saved))
    if sizes != found:
        raise CheckpointError(
            f"The state must have {len(sizes)} groups of {sizes} parameters, as the optimizer has. "
            f"Got: {len(found)} groups of {found}."
        )
