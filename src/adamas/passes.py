"""What is done with all tensors at a time, and what must be known before the next thing is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]
Compute = Callable[[Values, Values], dict[str, Any]]

NORM_CLIPS = ("clipnorm", "global_clipnorm")
"""Clips that need a norm, from which a factor for each tensor follows, before they can be made."""


@dataclass(frozen=True)
class Pass:
    """One thing that is done with all tensors.

    `compute` maps arrays and scalars by name to results by name, for a whole tensor or, where it
    sums nothing, any part of it: those in `writes` are stored, the squares of those in `norms`
    are summed for each tensor, those in `totals` are summed over all tensors, and those in `checks`
    are only tested: would what is stored be finite? `factors` names the clip factors of the tensor
    that it takes, `limit` the clip that needs these norms; with `finite` the norms, or totals, must
    be finite for the step to go on.
    """

    name: str
    compute: Compute
    writes: tuple[str, ...] = ()
    norms: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    limit: str | None = None
    finite: bool = False

    @property
    def results(self) -> tuple[str, ...]:
        """The names that `compute` is asked for."""
        return self.writes or self.norms or self.totals or self.checks
