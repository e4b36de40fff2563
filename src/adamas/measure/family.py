"""The whole family: each optimizer, plain and with all around it, beside everyone who has it.

What does not fit in memory at once runs one after the other: each library stands beside ours alone,
and is let go before the next one comes. Ours gives that library's numbers, so that they must agree.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .comparison import Comparison, Row, compare
from .members import Member
from .peers import KINDS, torch_kinds
from .workloads import AGREEMENT, Arguments, Shapes, Workload, gpt2_shapes

CASES = ("plain", "clip + average")

MOST_OF_FOREACH = 0.6
"""Our time as a share of torch's foreach, for element-wise rules: what is aimed for."""

MOST_OF_TRAFFIC = 1 / 0.9
"""And as a share of the time that the memory needs."""

NORMS = 5e-3
"""As `AGREEMENT` where torch takes norms: of 124 million gradients its norm is off by 0.0008 in
single precision, of the embeddings in Adafactor by 0.0024, and the steps with them."""

HALVED = 3e-2
"""As `AGREEMENT` for Muon in torch, which multiplies matrices in bfloat16: three digits."""

SMALLER = {"Muon": 2}
"""Layers of GPT-2, of 12, for those whose step takes minutes of products of matrices."""

FEWER_ROUNDS = 5
"""Rounds at most for those."""

SIZES: Mapping[str, tuple[int, int, int, int]] = {
    "quick": (24, 2, 101, 32),
    "medium": (512, 6, 8192, 512),
    "full": (768, 12, 50257, 1024),
}
"""Width, layers, vocabulary and positions of a GPT-2; the full one is its small model."""


def shapes_for(member: Member, size: str) -> Shapes:
    """The tensors that an optimizer is timed on."""
    width, layers, vocabulary, positions = SIZES[size]
    return gpt2_shapes(width, min(layers, SMALLER.get(member.title, layers)), vocabulary, positions)


def arguments_for(case: str, shapes: Shapes) -> Arguments:
    """What is done beside the rule.

    The clip halves gradients, however many there are: to a norm of 1 it would make of the steps of
    SGD what rounding makes of the weights.
    """
    if case == "plain":
        return Arguments()
    weights = sum(math.prod(shape) for shape in shapes)
    return Arguments(global_clipnorm=0.5 * math.sqrt(weights), ema_momentum=0.99)


def contests(
    member: Member, case: str, shapes: Shapes, libraries: Iterable[str] = ("torch", "optax")
) -> list[Workload]:
    """What is run one after the other for one optimizer: ours, by turns beside each library.

    The first one has the traffic, too.
    """
    libraries = [name for name in libraries if KINDS[name].available]
    theirs = [("torch", f"torch {kind}") for kind in torch_kinds(member) if "torch" in libraries]
    theirs += [("optax", "optax")] if member.optax and "optax" in libraries else []
    found = []
    for place, (convention, *names) in enumerate(theirs or [("keras",)]):
        workload = Workload(
            name=f"{member.title}, {case}",
            title=f"{member.title}, {case}",
            shapes=shapes,
            peers=tuple(names) if place else ("traffic", *names),
            arguments=arguments_for(case, shapes),
            member=member,
            convention=convention,
        )
        agreement, targets = _agreement(workload), _targets(workload)
        found.append(replace(workload, agreement=agreement, targets=targets))
    return found


def _agreement(workload: Workload) -> float:
    if workload.convention != "torch":
        return AGREEMENT
    if workload.member.matrices:
        return HALVED
    exact = workload.arguments.global_clipnorm is None and _is_elementwise(workload)
    return AGREEMENT if exact else NORMS


def _targets(workload: Workload) -> dict[str, float]:
    """Of products of matrices nothing is asked, of rules with norms only the memory's speed."""
    if workload.member.matrices:
        return {}
    foreach = {"torch foreach": MOST_OF_FOREACH} if _is_elementwise(workload) else {}
    return {"traffic": MOST_OF_TRAFFIC, **foreach}


def _is_elementwise(workload: Workload) -> bool:
    """Whether all weights have one rule that needs nothing but the weight and its slots."""
    walks = [walk for part in workload.cost.parts for walk in part.update if walk.name != "norm"]
    return len(walks) == 1


def measure(
    workloads: Sequence[Workload], *, threads: int, rounds: int, seconds: float
) -> Comparison:
    """All `contests` of one optimizer as one comparison: ours is timed anew in each of them.

    Raises:
        DisagreementError: the parameters differ.
    """
    first = workloads[0]
    if first.member.title in SMALLER:
        rounds = min(rounds, FEWER_ROUNDS)
    found = [
        compare(workload, workload.peers, threads=threads, rounds=rounds, seconds=seconds)
        for workload in workloads
    ]
    rows: dict[str, Row] = {row.peer: row for one in reversed(found) for row in one.rows}
    order = ["adamas", *(peer for workload in workloads for peer in workload.peers)]
    reasons = [f"{', '.join(one.workload.peers)}: {one.skipped}" for one in found if one.skipped]
    return Comparison(
        workload=replace(first, peers=tuple(order[1:])),
        rounds=rounds,
        calls=found[0].calls,
        rows=tuple(rows[peer] for peer in order if peer in rows),
        skipped=" ".join(reasons) or None,
    )


def best_of_torch(rows: Iterable[Row]) -> Row | None:
    """The row of torch's fastest way, or None without torch."""
    theirs = [row for row in rows if row.peer.startswith("torch") and row.ratio is not None]
    return max(theirs, key=lambda row: row.ratio.median if row.ratio else 0.0, default=None)
