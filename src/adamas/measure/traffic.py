"""The memory traffic of a step, with next to no arithmetic: what the memory allows.

It is found from the walks of an optimizer's plan: each walk of the traffic reads and writes the
same arrays, in the same order of walks, by the same machinery of chunks and threads. What is left
out is the rule: a result is one addition, or as many as it takes to use all that is read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from ..language.expression import ARRAY, SCRATCHES, Expression, Trace
from ..language.matrices import Whole
from ..lowering import Lowered, Walk, lower
from ..plan import Plan

ALL_AXES = (0, 1, 2)


def strip(plan: Plan) -> None:
    """Make every pass of an update only move memory; before anything of the plan is compiled."""
    for work in plan.update:
        plan.lowered[id(work)] = stripped(lower(plan, work))


def stripped(lowered: Lowered) -> Lowered:
    """The same walks over the same arrays, without their arithmetic."""
    trace = Trace()
    walks: list[Walk] = []
    given: dict[str, Expression] = {}
    for walk in lowered.walks:
        walks.append(_stripped(trace, walk, given))
        given |= dict(zip(lowered.scratch, walks[-1].wholes, strict=False))
    sums = walks[-1].sums[:1] if walks else ()
    totals = dict.fromkeys(lowered.totals, *sums) if sums else {}
    return replace(lowered, walks=tuple(walks), small={}, matrices={}, totals=totals)


def _stripped(trace: Trace, walk: Walk, given: Mapping[str, Expression]) -> Walk:
    """A walk without arithmetic; `given` is what stands for results of functions, by name."""
    cut = {given[name]: name for name in walk.given.values()}
    leaves = {name: trace.leaf(name, ARRAY) for name in walk.reads if name not in SCRATCHES}
    read = [*leaves.values(), *cut]
    stored = {leaves[name] for name in walk.stores if name in leaves}
    others = [node for node in read if node not in stored]
    # Without another array, a number: what is stored as it was read, a compiler leaves out.
    added = _total(trace, others) if others else trace.constant(1.0)
    stores = {
        name: trace.apply("add", leaves[name], added) if name in leaves else added
        for name in walk.stores
    }
    feeds = dict(zip(walk.feeds, _sums(trace, read), strict=False))
    sums = ()
    if not stores and not feeds:
        # Nothing would be read; squares, as of a norm, are not negative.
        total = _total(trace, read)
        sums = (trace.sum(trace.apply("multiply", total, total), ALL_AXES),)
    return replace(
        walk,
        stores=stores,
        sums=sums,
        feeds=feeds,
        wholes=tuple(_handed_on(trace, feeds)) if walk.wholes else (),
        checks={},
        uniform=_constants(stores),
        small=(),
        leaves=frozenset(leaves),
        cut=cut,
    )


def _sums(trace: Trace, read: list[Expression]) -> Iterator[Expression]:
    """Different values that need all that is read."""
    node = _total(trace, read)
    while True:
        yield node
        node = trace.apply("add", node, read[0])


def _handed_on(trace: Trace, feeds: Mapping[str, Expression]) -> Iterator[Expression]:
    """Calls that hand on what walks have stored, as many as there is memory for."""
    first = next(iter(feeds.values()))
    for place in range(len(SCRATCHES)):
        (call,) = trace.whole(Whole(_itself, 1, (0,)), (first,), (float(place),), (0,))
        yield call


def _itself(x: Any, place: float) -> Any:
    return x


def _total(trace: Trace, nodes: Iterable[Expression]) -> Expression:
    return reduce(lambda a, b: trace.apply("add", a, b), nodes)


def _constants(stores: dict[str, Expression]) -> tuple[Expression, ...]:
    """What a walk takes from the host: a number that is all it stores, or adds."""
    inner = [a for node in stores.values() for a in (node, *node.arguments)]
    found = [n for n in inner if isinstance(n, Expression) and n.operation == "constant"]
    return tuple(dict.fromkeys(found))
