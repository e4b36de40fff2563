"""Several optimizers, or one with several settings, for one set of parameters."""

import re
from collections.abc import Iterator
from typing import Any

from ..composite import Composite, Pairs, check_pairs, pairs_from_json, pairs_to_json
from ..description.settings import Setting
from ..errors import StructureError
from ..fields import described
from ..optimizer import OPTIMIZERS, Hyperparameter, Optimizer, hyperparameter


class MultiOptimizer(Composite, abstract=True):
    """Gives parameters to optimizers by their names, in one step with one global norm.

    Args:
        optimizers: a mapping, or pairs, of pattern → optimizer. A parameter goes to the first
            whose regular expression is found in its name (``"bias$"``; ``""`` fits all), or whose
            function of name and shape says so. None freezes parameters.

    Rates, betas and weight decay are the members' own; clips, averages, accumulation and loss
    scaling are this optimizer's. Parameters whose members are of one kind are updated together.
    """

    optimizers: Setting[Pairs] = described(
        check=check_pairs,
        to_json=pairs_to_json,
        from_json=pairs_from_json,
        said="mapping, or list of pairs, of str or function to Optimizer or None",
    )
    loss_scale_factor: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, after="optimizers", above=0
    )
    name: str = hyperparameter(default="multi_optimizer", kw_only=True, after="loss_scale_factor")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._adopt_members()

    def inner(self) -> Iterator[Optimizer]:
        """The members, each once."""
        yield from {id(member): member for _, member in self.optimizers if member}.values()

    def member_for(self, name: str, shape: tuple[int, ...]) -> Optimizer | None:
        """The first member that fits; None if the parameter is frozen."""
        for choice, member in self.optimizers:
            if re.search(choice, name) if isinstance(choice, str) else choice(name, shape):
                return member and member.member_for(name, shape)
        raise StructureError(
            f"Every parameter needs an optimizer. Got: {name!r}, which none of "
            f'{", ".join(repr(choice) for choice, _ in self.optimizers)} fits. Add ("", optimizer) '
            "for the rest, or None to freeze them."
        )

    def copied_arguments(self) -> dict[str, Any]:
        """All arguments, with copies of the optimizers inside."""
        copies = {id(member): member.replace() for member in self.inner()}
        pairs = [(choice, member and copies[id(member)]) for choice, member in self.optimizers]
        return {**super().copied_arguments(), "optimizers": pairs}

    def _rates(self) -> dict[str, float]:
        rates = enumerate(member.rate_at(self.calls) for member in self.inner())
        return {f"learning_rate/{place}": rate for place, rate in rates}


OPTIMIZERS.add(MultiOptimizer)
