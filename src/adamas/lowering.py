"""Pass → walks: how often a pass must go over memory, and what is computed in between.

A pass is run once on symbols. Where its results depend on a sum or another reduction, all weights
must have been seen before the first result is known: such a graph is cut into walks. Each walk over
the weights computes the sums that the next one needs; what varies over less than the weights is
computed between walks, on the host; the last walk stores what is left. A result that no sum is
needed for may be stored by an earlier walk, if that spares the later ones a read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from types import MappingProxyType

from .errors import RuleError
from .language.bits import SCALE
from .language.blocks import SCALES
from .language.expression import (
    ARRAY,
    KNOWN,
    SCRATCHES,
    STEP,
    TENSOR,
    Expression,
    Trace,
    in_order,
)
from .language.noise import IDENTITY, INDEX
from .language.reductions import REDUCTIONS
from .language.shapes import Extent
from .passes import Pass
from .plan import Plan

MOST_EARLY = 6
"""Results for which it is tried whether an earlier walk should store them."""


@dataclass(frozen=True)
class Walk:
    """One walk over all weights.

    Attributes:
        stores: arrays and the values they get.
        sums: the sums, maxima and minima that are taken, of their first arguments.
        feeds: values that functions of whole tensors take, by the name of the memory for them.
        wholes: the calls of such functions that follow, in their order.
        checks: values that are tested for being finite, by the array that would hold them.
        uniform: what the loop needs that is the same for all weights of all tensors.
        small: what the loop needs that varies over tensors, rows or columns.
        leaves: the arrays that are read as they were before the pass.
        cut: nodes whose values are in memory, with the names they have there: what functions of
            whole tensors gave, and results stored by earlier walks.
    """

    stores: Mapping[str, Expression]
    sums: tuple[Expression, ...]
    feeds: Mapping[str, Expression]
    wholes: tuple[Expression, ...]
    checks: Mapping[str, Expression]
    uniform: tuple[Expression, ...]
    small: tuple[Expression, ...]
    leaves: frozenset[str]
    cut: Mapping[Expression, str]

    @property
    def reads(self) -> tuple[str, ...]:
        """The arrays that are read."""
        return tuple(sorted(self.leaves | set(self.cut.values())))

    @property
    def outputs(self) -> list[Expression]:
        """The values that the loop computes, before they are stored, summed or tested."""
        summed = [node.arguments[0] for node in self.sums]
        return [*self.stores.values(), *summed, *self.feeds.values(), *self.checks.values()]

    @property
    def writes(self) -> tuple[str, ...]:
        """The arrays that are written."""
        return (*self.stores, *self.feeds)

    @property
    def given(self) -> Mapping[Expression, str]:
        """What functions of whole tensors gave that is read, by the name of the memory for it."""
        return {node: name for node, name in self.cut.items() if name in SCRATCHES}

    @property
    def draws(self) -> bool:
        """Whether it needs random numbers, which go by the indices of the weights."""
        return any(node.operation == "drawn" for node in in_order(self.outputs, set(self.cut)))

    @property
    def scales(self) -> tuple[Expression, ...]:
        """The scales of blocks that are stored."""
        nodes = in_order(self.outputs, set(self.cut))
        return tuple(node for node in nodes if node.operation == SCALE)

    @property
    def stores_scales(self) -> bool:
        """Whether scales of blocks are stored: not before all of their block was read."""
        return any(name.endswith(SCALES) for name in self.stores)

    @property
    def traffic(self) -> int:
        """Arrays read and written: what a walk costs."""
        return len(self.reads) + len(self.writes)


@dataclass(frozen=True)
class Lowered:
    """A pass as walks; `small` are the new values of small slots, stored at the end, `matrices`
    those of slots of a declared shape, `totals` what each tensor adds to sums over all tensors."""

    work: Pass
    walks: tuple[Walk, ...]
    small: Mapping[str, Expression]
    matrices: Mapping[str, Expression]
    totals: Mapping[str, Expression]
    numbers: tuple[str, ...]
    slots: Mapping[str, Extent]

    @property
    def whole(self) -> bool:
        """Whether functions of whole tensors are called between walks."""
        return any(walk.wholes for walk in self.walks)

    @property
    def scratch(self) -> tuple[str, ...]:
        """What the memory between walks and those functions is called."""
        touched = {name for walk in self.walks for name in (*walk.feeds, *walk.given.values())}
        return tuple(name for name in SCRATCHES if name in touched)

    @property
    def index(self) -> tuple[str, ...]:
        """What the array of indices is called, if a walk needs it."""
        return (INDEX,) if any(walk.draws for walk in self.walks) else ()

    @property
    def between(self) -> bool:
        """Whether the host computes anything but clip factors for these walks."""
        given = (*self.work.factors, *KNOWN, *IDENTITY)
        known = all(n.operation == "leaf" and n.arguments[0] in given for n in self.walks[0].small)
        wanted = self.small or self.totals or self.whole
        return len(self.walks) > 1 or bool(wanted) or not known

    @property
    def matrix(self) -> bool:
        """Whether rows and columns matter: something is summed along some axes only."""
        nodes = (node for walk in self.walks for node in (*walk.sums, *walk.small))
        if any(node.extent > TENSOR for node in nodes) or bool(self.small):
            return True
        inner = in_order(list(self.totals.values()))
        return any(TENSOR < node.extent < ARRAY or _is_slot(node, self.slots) for node in inner)


def lower(plan: Plan, work: Pass) -> Lowered:
    """Run `work` on symbols and cut it into walks; the plan remembers the result."""
    if id(work) not in plan.lowered:
        plan.lowered[id(work)] = _lower(plan, work)
    return plan.lowered[id(work)]


def goes_by_rows(plan: Plan) -> bool:
    """Whether a call sums along rows or columns, so that it goes over memory row by row."""
    return any(lower(plan, work).matrix for work in (*plan.update, *plan.accumulate))


def traced(plan: Plan, work: Pass) -> tuple[Trace, dict[str, Expression]]:
    """The graph of `work` and its results by name."""
    trace = Trace()
    values = plan.on_symbols(trace, work)
    results = {name: trace.lift(values[name]) for name in work.results}
    return trace, {
        n: trace.sum(v, (0, 1, 2)) if n in work.totals else v for n, v in results.items()
    }


def following(plan: Plan) -> list[Expression]:
    """The next values of the numbers in `plan.remembered`, in their order."""
    trace, found = Trace(), dict[str, Expression]()
    if plan.fed:
        trace, found = traced(plan, replace(plan.update[-1], writes=plan.fed))
    scalars = plan.scalars({name: trace.leaf(name, STEP) for name in plan.symbols})
    return [found[n] if n in plan.fed else trace.lift(scalars[n]) for n in plan.remembered]


def _lower(plan: Plan, work: Pass) -> Lowered:
    trace, results = traced(plan, work)
    if work.norms:
        squares = [trace.apply("multiply", results[n], results[n]) for n in work.norms]
        norms = [trace.sum(square, (0, 1, 2)) for square in squares]
        return _Cut(work, norms, {}, {}).lowered(plan, {}, {})
    if work.totals:
        return _Cut(work, list(results.values()), {}, {}).lowered(plan, {}, {}, results)
    big, small, matrices = (
        {name: node for name, node in results.items() if name in names}
        for names in (plan.arrays, plan.small, plan.matrices)
    )
    matrices = {name: node for name, node in matrices.items() if not _is_kept(name, node)}
    stores = {name: node for name, node in big.items() if not _is_kept(name, node)}
    wanted = [*small.values(), *matrices.values()]
    cut = _Cut(work, wanted, {}, big) if work.checks else _Cut(work, wanted, stores, {})
    return cut.lowered(plan, small, matrices)


def _is_kept(name: str, node: Expression) -> bool:
    """Whether a slot is handed back as it was: it need not be stored, nor be read for that."""
    return name != "p" and node.operation == "leaf" and node.arguments[0] == name


def _is_slot(node: Expression, slots: Mapping[str, Extent]) -> bool:
    """Whether a node is a slot that has a value for each row, column or tensor only."""
    return node.operation == "leaf" and node.extent != ARRAY and node.arguments[0] in slots


class _Cut:
    """The choice of what each walk does."""

    def __init__(
        self,
        work: Pass,
        wanted: list[Expression],
        stores: Mapping[str, Expression],
        checks: Mapping[str, Expression],
    ) -> None:
        self.work = work
        self.stores = stores
        self.checks = checks
        everything = [*wanted, *stores.values(), *checks.values()]
        self.level = _levels(everything)
        self.sums = [node for node in in_order(everything) if _needs_walk(node)]
        self.wholes = [node for node in in_order(everything) if node.operation == "whole"]
        kept = [self.level[node] for node in (*stores.values(), *checks.values())]
        ahead = [self.level[node] - 1 for node in (*self.sums, *self.wholes)]
        self.count = max([*kept, *ahead], default=0) + 1

    def lowered(
        self,
        plan: Plan,
        small: Mapping[str, Expression],
        matrices: Mapping[str, Expression],
        totals: Mapping[str, Expression] = MappingProxyType({}),
    ) -> Lowered:
        """The cheapest choice of walks. What is coded in blocks is stored by the last."""
        coded = {
            name for slot, code in plan.codes.items() if code.scales for name in code.slots(slot)
        }
        early = [
            name
            for name, node in self.stores.items()
            if name != "p"
            and self.level[node] < self.count - 1
            and node.operation != "leaf"
            and name not in coded
        ][:MOST_EARLY]
        choices = [set(names) for n in range(len(early) + 1) for names in combinations(early, n)]
        found = [walks for names in choices if (walks := self._walks(names)) is not None]
        walks = min(found, key=lambda walks: sum(walk.traffic for walk in walks))
        return Lowered(self.work, tuple(walks), small, matrices, totals, plan.symbols, plan.slots)

    def _walks(self, early: set[str]) -> list[Walk] | None:
        """The walks if the results in `early` are stored as soon as they are known."""
        walks = []
        stored: dict[Expression, str] = {}
        overwritten: set[str] = set()
        fed: set[Expression] = set()
        for place in range(self.count):
            final = place == self.count - 1
            stores = {
                name: node
                for name, node in self.stores.items()
                if (self.level[node] == place if name in early else final)
            }
            wholes = tuple(node for node in self.wholes if self.level[node] == place + 1)
            feeds = [n for n in dict.fromkeys(_fed(wholes)) if n not in fed]
            walk = _walk(
                stores,
                tuple(node for node in self.sums if self.level[node] == place + 1),
                wholes,
                feeds,
                self.checks if final else {},
                stored,
            )
            if overwritten & walk.leaves:
                return None  # an earlier walk has overwritten what this one needs
            walks.append(walk)
            fed |= set(feeds)
            early_now = {name: node for name, node in stores.items() if name in early}
            overwritten |= set(early_now)
            stored |= {node: name for name, node in early_now.items() if node.extent == ARRAY}
        return walks


def _walk(
    stores: Mapping[str, Expression],
    sums: tuple[Expression, ...],
    wholes: tuple[Expression, ...],
    feeds: Sequence[Expression],
    checks: Mapping[str, Expression],
    stored: Mapping[Expression, str],
) -> Walk:
    summed = [node.arguments[0] for node in sums]
    uniform: dict[Expression, None] = {}
    small: dict[Expression, None] = {}
    leaves: set[str] = set()
    cut: dict[Expression, str] = {}
    given: list[Expression] = []
    seen: set[Expression] = set()
    waiting = [*stores.values(), *summed, *feeds, *checks.values()][::-1]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in stored:
            cut[node] = stored[node]
        elif node.extent == STEP:
            uniform[node] = None
        elif node.extent != ARRAY:
            small[node] = None
        elif node.operation == "leaf":
            leaves.add(node.arguments[0])
        elif _is_given(node):
            given.append(node)
        else:
            waiting += [a for a in node.arguments if isinstance(a, Expression)][::-1]
    named = _in_scratch([*given, *feeds])
    return Walk(
        stores=stores,
        sums=sums,
        feeds={named[node]: node for node in feeds},
        wholes=wholes,
        checks=checks,
        uniform=tuple(uniform),
        small=tuple(small),
        leaves=frozenset(leaves),
        cut={**cut, **{node: named[node] for node in given}},
    )


def _in_scratch(nodes: Sequence[Expression]) -> dict[Expression, str]:
    """Names of the memory for what functions of whole tensors gave, and are to take."""
    if len(nodes) > len(SCRATCHES):
        raise RuleError(
            f"Functions of whole tensors may take and give {len(SCRATCHES)} tensors between two "
            f"walks over the weights. Got: {len(nodes)}. Join some of these functions."
        )
    return dict(zip(nodes, SCRATCHES, strict=False))


def taken_by(call: Expression) -> tuple[Expression, ...]:
    """The arrays that a call of a function of whole tensors takes."""
    return call.arguments[: call.arguments[-1].takes]


def result_of(node: Expression) -> tuple[Expression, int]:
    """The call that gives a value, and which of its results it is; other nodes are no call's."""
    if node.operation != "part":
        return node, 0
    call, place = node.arguments
    return call, place


def _is_given(node: Expression) -> bool:
    """Whether a function of whole tensors gives it."""
    return node.operation in ("whole", "part")


def _fed(wholes: Iterable[Expression]) -> Iterator[Expression]:
    """What functions take that a walk has to store for them."""
    for whole in wholes:
        for node in taken_by(whole):
            if node.extent == ARRAY and not _is_given(node):
                yield node


def _needs_walk(node: Expression) -> bool:
    return node.operation in REDUCTIONS and node.arguments[0].extent == ARRAY


def _levels(outputs: Iterable[Expression]) -> dict[Expression, int]:
    """How many walks must have ended before each node can be known."""
    level: dict[Expression, int] = {}
    for node in in_order(list(outputs)):
        before = max((level[a] for a in node.arguments if isinstance(a, Expression)), default=0)
        if node.operation == "whole":
            # What others gave is in memory already; all else is stored by a walk.
            before = max([before, 1, *(level[fed] + 1 for fed in _fed([node]))])
        level[node] = before + _needs_walk(node)
    return level
