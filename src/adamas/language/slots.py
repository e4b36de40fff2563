"""What slots hold, as far as the graph of their rule shows: what is never negative, or weights.

A slot that is not negative, and of which the rule's arithmetic makes what is not, stays so. Numbers
of the step, such as 1 - beta_2, are taken for not negative unless the rule turns their sign; that a
value moves to another by such a share, v + (1 - beta_2) * (g * g - v), leaves it between both.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from .expression import STEP, Expression, in_order
from .reductions import REDUCTIONS

Known = Mapping[Expression, bool]


def is_only_read(results: Mapping[str, Expression], slot: str) -> bool:
    """Whether a slot keeps its first values."""
    return _is_leaf(results[slot], slot)


def holds_weights(
    results: Mapping[str, Expression], first: Mapping[str, Expression] | None, slot: str
) -> bool:
    """Whether a slot begins with the weights, or the weights follow from slots alone."""
    begins = first is None or (slot in first and _asks_for_p(first[slot]))
    return begins or not _asks_for_p(results["p"])


def _asks_for_p(node: Expression) -> bool:
    return any(_is_leaf(one, "p") for one in in_order([node]))


def not_negative(
    results: Mapping[str, Expression], first: Mapping[str, Expression] | None, slots: Iterable[str]
) -> frozenset[str]:
    """Those of `slots` that begin as, and stay, 0 or more.

    Args:
        results: the next values by name, on symbols.
        first: the first values that are not 0, on symbols; None if they are not known.
    """
    if first is None:
        return frozenset()
    slots = tuple(slots)
    found = frozenset(
        slot
        for slot in slots
        if not is_only_read(results, slot)
        and (slot not in first or _signs([first[slot]], frozenset())[first[slot]])
    )
    while True:
        known = _signs([results[slot] for slot in slots], found)
        kept = frozenset(slot for slot in found if known[results[slot]])
        if kept == found:
            return found
        found = kept


def _is_leaf(node: Expression, name: str) -> bool:
    return node.operation == "leaf" and node.arguments[0] == name


def _signs(outputs: list[Expression], slots: frozenset[str]) -> dict[Expression, bool]:
    """Whether each node is known to be 0 or more, if these slots are."""
    known: dict[Expression, bool] = {}
    for node in in_order(outputs):
        known[node] = _is_positive(node, known, slots)
    return known


def _is_positive(node: Expression, known: Known, slots: frozenset[str]) -> bool:
    arguments = [one for one in node.arguments if isinstance(one, Expression)]
    if node.operation == "constant":
        return node.arguments[0] >= 0
    if node.operation == "leaf":
        return node.arguments[0] in slots or node.extent == STEP
    if node.truth or _is_power(node) or _is_between(node, known):
        return True
    if node.operation == "multiply":
        times = Counter(_factors(node))
        return all(known[factor] or count % 2 == 0 for factor, count in times.items())
    if node.operation in REDUCTIONS:
        return known[arguments[0]]
    asks = _ASKS.get(node.operation)
    if asks is not None:
        return asks(known[one] for one in arguments[-2:])
    # 1 - beta and its kin.
    return node.extent == STEP and node.operation == "subtract"


def _is_power(node: Expression) -> bool:
    """x to an even power."""
    if node.operation != "power":
        return False
    exponent = node.arguments[1]
    return exponent.operation == "constant" and exponent.arguments[0] % 2 == 0


def _factors(node: Expression) -> Iterator[Expression]:
    """What a product is made of, so that squares show in whatever order they are multiplied."""
    for one in node.arguments:
        if one.operation == "multiply":
            yield from _factors(one)
        else:
            yield one


def _is_between(node: Expression, known: Known) -> bool:
    """a + share (b - a), of a and b that are not negative."""
    if node.operation != "add":
        return False
    for a, move in (node.arguments, node.arguments[::-1]):
        factors = move.arguments if move.operation == "multiply" else ()
        for share, way in (factors, factors[::-1]) if factors else ():
            if way.operation == "subtract" and way.arguments[1] is a and share.extent == STEP:
                return known[share] and known[a] and known[way.arguments[0]]
    return False


_ALWAYS: Callable[[Iterable[bool]], bool] = lambda given: True  # noqa: E731

_ASKS: Mapping[str, Callable[[Iterable[bool]], bool]] = {
    **dict.fromkeys(("add", "divide", "power", "sqrt", "cbrt", "minimum"), all),
    **dict.fromkeys(("where", "log1p", "expm1", "tanh", "sign", "floor", "ceil", "rint"), all),
    "maximum": any,
    **dict.fromkeys(("absolute", "exp"), _ALWAYS),
}
"""Of which arguments (of a choice, the two last) an operation must know that they are 0 or more."""
