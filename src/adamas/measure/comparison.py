"""One workload, run by everyone who is there, and what came of it."""

import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..errors import AdamasError
from .machine import free_memory
from .peers import KINDS, Peer
from .timing import (
    HOT_CALLS,
    Spread,
    Times,
    by_turns,
    calls_in,
    in_blocks,
    ratios,
    spread,
    warm_up,
)
from .workloads import Workload

_PIECE = 1 << 20


class DisagreementError(AdamasError, AssertionError):
    """Two libraries that should have done the same work hold different parameters."""


@dataclass(frozen=True)
class Hot:
    """One peer in hot loops; as in a `Row`."""

    seconds: Spread
    ratio: Spread | None


@dataclass(frozen=True)
class Row:
    """One peer in one workload, where all take turns call by call.

    Attributes:
        seconds: for one step.
        ratio: our time as a share of the peer's; None for ourselves.
        difference: between our parameters and the peer's in the tensor where it is largest, as a
            share of the way that ours went; None if they are not expected to agree.
        gigabytes_per_second: of the traffic that the step needs at least.
        hot: the same in hot loops; None if they were not run.
    """

    peer: str
    seconds: Spread
    ratio: Spread | None
    target: float | None
    difference: float | None
    gigabytes_per_second: float | None
    hot: Hot | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.ratio is None or self.target is None:
            return None
        return round(self.ratio.median, 2) <= round(self.target, 2)


@dataclass(frozen=True)
class Comparison:
    """One workload's figures, or why there are none.

    Attributes:
        calls: of each peer in a round.
        clock: seconds of the clock itself, which are taken off every call.
        hot_calls: of each peer in a round of hot loops; None if they were not run.
        hot_clock: as `clock`, in hot loops.
    """

    workload: Workload
    rounds: int
    calls: int
    rows: tuple[Row, ...]
    skipped: str | None = None
    clock: float | None = None
    hot_calls: int | None = None
    hot_clock: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values, times in seconds."""
        return {
            "name": self.workload.name,
            "title": self.workload.title,
            "tensors": len(self.workload.shapes),
            "weights": self.workload.weights,
            "optimizer": self.workload.member.title,
            "arguments": asdict(self.workload.arguments),
            "rounds": self.rounds,
            "calls_per_round": self.calls,
            "clock_seconds": self.clock,
            "hot_calls_per_round": self.hot_calls,
            "hot_clock_seconds": self.hot_clock,
            "skipped": self.skipped,
            "peers": [{**asdict(row), "met": row.met} for row in self.rows],
        }


def compare(
    workload: Workload,
    peers: Sequence[str],
    *,
    threads: int,
    rounds: int,
    seconds: float,
    hot: bool = False,
) -> Comparison:
    """Time adamas and each of `peers` on `workload`.

    Args:
        workload: the work.
        peers: names of `KINDS`, all of them available.
        threads: for every library.
        rounds: how many rounds.
        seconds: how long the calls of one peer in one round should last about.
        hot: afterwards time them in hot loops, too.

    Raises:
        DisagreementError: the parameters differ after all steps.
    """
    names = (workload.ours, *peers)
    reason = _lacks(workload.ours) or _too_large(workload, names)
    if reason:
        return Comparison(workload, rounds, 0, (), reason)
    made = _make(workload, names, threads)
    calls = calls_in(seconds, warm_up(made))
    # Before the clock runs for minutes, and after it.
    check_agreement(workload, made)
    turns = by_turns(made, rounds, calls)
    hot_calls = max(calls, HOT_CALLS) if hot else None
    blocks = in_blocks(made, rounds, hot_calls) if hot_calls else None
    differences = check_agreement(workload, made)
    return Comparison(
        workload,
        rounds,
        calls,
        tuple(_row(workload, peer, turns, blocks, differences) for peer in made),
        clock=spread(turns.clock).median,
        hot_calls=hot_calls,
        hot_clock=spread(blocks.clock).median if blocks else None,
    )


def _row(
    workload: Workload,
    peer: Peer,
    turns: Times,
    blocks: Times | None,
    differences: Mapping[str, float],
) -> Row:
    seconds, ratio = _figures(workload, peer, turns)
    return Row(
        peer=peer.name,
        seconds=seconds,
        ratio=ratio,
        target=workload.targets.get(peer.name),
        difference=differences.get(peer.name),
        gigabytes_per_second=_speed(peer, workload.weights, seconds.median),
        hot=Hot(*_figures(workload, peer, blocks)) if blocks else None,
    )


def _figures(workload: Workload, peer: Peer, times: Times) -> tuple[Spread, Spread | None]:
    """Seconds of a step, and our time as a share of them, but for ourselves."""
    own, ours = times.seconds[peer.name], times.seconds[workload.ours]
    return spread(own), None if own is ours else spread(ratios(ours, own))


def _make(workload: Workload, names: Sequence[str], threads: int) -> list[Peer]:
    gc.collect()
    gradients = (list(workload.gradients(0)), list(workload.gradients(1)))
    return [KINDS[name].make(workload, gradients, threads) for name in names]


def _lacks(name: str) -> str | None:
    kind = KINDS[name]
    return None if kind.available else f"It needs {', '.join(kind.needs)}, which is not installed."


def _too_large(workload: Workload, names: Sequence[str]) -> str | None:
    # Both sets of gradients, and the start; then parameters and state for each.
    arrays = 3 + len(names) + sum(KINDS[name].arrays for name in names)
    state = len(names) * workload.cost.state_bytes
    needed, free = workload.weights * (4 * arrays + state), free_memory()
    if free is None or needed < 0.9 * free:
        return None
    return f"It needs {needed / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are free."


def check_agreement(workload: Workload, made: Sequence[Peer]) -> dict[str, float]:
    """How far each peer's parameters are from ours, as a share of the way that ours went.

    Raises `DisagreementError` if a library did nothing, or other work.
    """
    start = list(workload.parameters())
    ways = {peer.name: _ways(start, peer.parameters()) for peer in made}
    for name, way in ways.items():
        if min(way) == 0:
            raise DisagreementError(
                f"Every library must have trained. {name} left its parameters as they were: its "
                f"time means nothing. (Tensor {way.index(0)}.)"
            )
    ours = ways[made[0].name]
    found = {}
    for peer in made[1:]:
        if not KINDS[peer.name].trains:
            continue
        apart = _ways(made[0].parameters(), peer.parameters())
        found[peer.name] = share = max(a / way for a, way in zip(apart, ours, strict=True))
        if not share <= workload.agreement:
            raise DisagreementError(
                f"All libraries must end with the same parameters, to {workload.agreement} of the "
                f"way that they went. {peer.name} is off by {share:.2g}: its time means nothing."
            )
    return found


def _ways(left: Iterable[np.ndarray], right: Iterable[np.ndarray]) -> list[float]:
    """How far apart two lists of tensors are: for each, the mean over its weights.

    The mean, because a rule with a sign in it makes of a rounding, here and there, a whole step.
    """
    return [_way(a.reshape(-1), b.reshape(-1)) for a, b in zip(left, right, strict=True)]


def _way(a: np.ndarray, b: np.ndarray) -> float:
    """Piece by piece, because the tensors may fill the memory."""
    pieces = [slice(start, start + _PIECE) for start in range(0, a.size, _PIECE)]
    return sum(float(np.abs(a[p] - b[p]).sum(dtype=np.float64)) for p in pieces) / a.size


def _speed(peer: Peer, weights: int, seconds: float) -> float | None:
    if peer.bytes_per_weight is None or seconds <= 0:
        return None
    return peer.bytes_per_weight * weights / seconds / 1e9
