"""Stretches of flat parameters, which `FullyShardedDataParallel` makes of several tensors."""

from collections.abc import Sequence

import torch

from ...description import Description
from ...refusals import STRETCHES, STRETCHES_ALONE, STRETCHES_IN_SEARCH
from ...runtime.assignment import Assignment
from ...runtime.host.program import Peers, Program

MARKS = ("_fsdp_flattened", "_is_flat_param")
"""How PyTorch marks them, with and without ``use_orig_params``."""


def is_flat(parameter: torch.Tensor) -> bool:
    """Whether a parameter is such a stretch."""
    return any(getattr(parameter, mark, False) for mark in MARKS)


def refuse_stretches(name: str, params: Sequence[torch.Tensor]) -> None:
    """Refuse them for `name`, which looks at all weights together."""
    if any(map(is_flat, params)):
        raise STRETCHES_IN_SEARCH.error(f"stretches of FullyShardedDataParallel for {name}")


def refuse_flat(
    names: Sequence[str],
    params: Sequence[torch.Tensor],
    whole: Description,
    assignment: Assignment,
    programs: Sequence[Program],
    peers: Peers | None,
) -> None:
    """Refuse what a step cannot know where it has stretches only.

    Args:
        whole: whose arguments are those of the whole step.
        assignment, programs: the rule and the program of each parameter.
        peers: the processes that have the other stretches, if they are known.
    """
    needs_tensors = whole.has_units() or "clipnorm" in whole.clips()
    for index, (name, parameter) in enumerate(zip(names, params, strict=True)):
        place = assignment.plan_of[index]
        if place is None or not is_flat(parameter):
            continue
        got = f"{name!r}, a stretch of a flat parameter of FullyShardedDataParallel"
        by_shape = type(assignment.member(index)).rule_for is not Description.rule_for
        by_shape = by_shape or assignment.member(index).has_units()
        # By places in whole tensors, and by how large those are.
        by_shape = by_shape or bool(assignment.member(index).drawn)
        by_shape = by_shape or assignment.member(index).codes_blocks()
        if needs_tensors or by_shape or programs[place].sums:
            raise STRETCHES.error(got)
        works = programs[place].plan.update
        agreed = any(work.limit or work.checks or work.totals for work in works)
        if agreed and (peers is None or not peers.joins(index)):
            raise STRETCHES_ALONE.error(got)
