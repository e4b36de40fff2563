"""Stretches of flat parameters, which `FullyShardedDataParallel` makes of several tensors."""

from collections.abc import Sequence

import torch

from ...optimizer import Optimizer
from ...refusals import STRETCHES, STRETCHES_ALONE
from ...runtime.assignment import Division
from ...runtime.host.program import Peers, Program

MARKS = ("_fsdp_flattened", "_is_flat_param")
"""How PyTorch marks them, with and without ``use_orig_params``."""


def refuse_flat(
    names: Sequence[str],
    params: Sequence[torch.Tensor],
    optimizer: Optimizer,
    division: Division,
    programs: Sequence[Program],
    peers: Peers | None,
) -> None:
    """Refuse what a step cannot know where it has stretches only.

    Args:
        optimizer: whose arguments are those of the whole step.
        division, programs: the rule and the program of each parameter.
        peers: the processes that have the other stretches, if they are known.
    """
    needs_tensors = optimizer.has_units() or "clipnorm" in optimizer.clips()
    for index, (name, parameter) in enumerate(zip(names, params, strict=True)):
        place = division.plan_of[index]
        if place is None or not any(getattr(parameter, mark, False) for mark in MARKS):
            continue
        got = f"{name!r}, a stretch of a flat parameter of FullyShardedDataParallel"
        by_shape = type(division.member(index)).rule_for is not Optimizer.rule_for
        if needs_tensors or by_shape or programs[place].sums:
            raise STRETCHES.error(got)
        agreed = any(work.limit or work.checks for work in programs[place].plan.update)
        if agreed and peers is None:
            raise STRETCHES_ALONE.error(got)
