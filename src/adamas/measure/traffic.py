"""The memory traffic of a step, with next to no arithmetic: what the memory allows.

It is found from the walks of an optimizer's plan: each walk of the traffic reads and writes the
same arrays, in the same order of walks, by the same machinery of chunks and threads. What is left
out is the rule: a result is one addition, or as many as it takes to use all that is read.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from ..language.expression import ARRAY, Expression, Trace
from ..lowering import Lowered, Walk, lower
from ..plan import Plan

ALL_AXES = (0, 1, 2)


def strip(plan: Plan) -> None:
    """Make every pass of an update only move memory; before anything of the plan is compiled."""
    for work in plan.update:
        plan.lowered[id(work)] = stripped(lower(plan, work))


def stripped(lowered: Lowered) -> Lowered:
    """The same walks over the same arrays, without their arithmetic."""
    return replace(lowered, walks=tuple(map(_stripped, lowered.walks)), small={}, matrices={})


def _stripped(walk: Walk) -> Walk:
    trace = Trace()
    leaves = {name: trace.leaf(name, ARRAY) for name in walk.reads}
    others = [leaf for name, leaf in leaves.items() if name not in walk.stores]
    # Without another array, a number: what is stored as it was read, a compiler leaves out.
    added = _total(trace, others) if others else trace.constant(1.0)
    stores = {
        name: trace.apply("add", leaves[name], added) if name in leaves else added
        for name in walk.stores
    }
    feeds = {name: _total(trace, leaves.values()) for name in walk.feeds}
    sums = ()
    if not stores and not feeds:
        # Nothing would be read; squares, as of a norm, are not negative.
        total = _total(trace, leaves.values())
        sums = (trace.sum(trace.apply("multiply", total, total), ALL_AXES),)
    return replace(
        walk,
        stores=stores,
        sums=sums,
        feeds=feeds,
        wholes=(),
        checks={},
        uniform=_constants(stores),
        small=(),
        leaves=frozenset(leaves),
        cut={},
    )


def _total(trace: Trace, nodes: Iterable[Expression]) -> Expression:
    return reduce(lambda a, b: trace.apply("add", a, b), nodes)


def _constants(stores: dict[str, Expression]) -> tuple[Expression, ...]:
    """What a walk takes from the host: a number that is all it stores, or adds."""
    inner = [a for node in stores.values() for a in (node, *node.arguments)]
    found = [n for n in inner if isinstance(n, Expression) and n.operation == "constant"]
    return tuple(dict.fromkeys(found))
