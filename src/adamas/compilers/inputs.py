"""What a walk takes from outside its loop, by what it varies over, and where its sums go."""

from collections.abc import Iterable

from ..language.expression import AXES, TENSOR, Expression
from ..language.noise import INDEX
from ..language.reductions import REDUCTIONS, Reduction
from ..lowering import Walk


class Inputs:
    """What a walk takes from outside its loop, by what it varies over, and where its sums go."""

    def __init__(self, walk: Walk) -> None:
        _, rows, columns = AXES
        small = walk.small
        self.uniform = walk.uniform
        self.tensor = tuple(node for node in small if node.extent == TENSOR)
        self.column = tuple(node for node in small if node.extent & columns)
        self.row = tuple(n for n in small if n.extent != TENSOR and not n.extent & columns)
        self.tensor_sums = tuple(n for n in walk.sums if not n.extent & (rows | columns))
        self.row_sums = tuple(node for node in walk.sums if node.extent & rows)
        self.column_sums = tuple(node for node in walk.sums if node.extent & columns)
        self.per_tensor = len(self.tensor_sums) + bool(walk.checks)
        """Results for each chunk: sums, then whether something is not finite."""
        self.of_tensor = reductions(self.tensor_sums)
        self.of_row = reductions(self.row_sums)
        self.of_column = reductions(self.column_sums)

    def constant(self) -> list[tuple[str, Expression]]:
        """What is the same along a row, with its name in the code."""
        return [
            *((f"uniform{index}", node) for index, node in enumerate(self.uniform)),
            *((f"tensor{index}", node) for index, node in enumerate(self.tensor)),
            *((f"row{index}", node) for index, node in enumerate(self.row)),
        ]


def arrays_of(walk: Walk) -> tuple[str, ...]:
    """The arrays that a walk touches."""
    index = [INDEX] if walk.draws else []
    return tuple(dict.fromkeys((*walk.reads, *walk.writes, *index)))


def reductions(nodes: Iterable[Expression]) -> tuple[Reduction, ...]:
    """Which reduction each of some nodes is."""
    return tuple(REDUCTIONS[node.operation] for node in nodes)


def summed(node: Expression) -> tuple[Expression, bool]:
    """What a node reduces, in double precision, and whether its square, which is taken there."""
    inner = node.arguments[0]
    adds = REDUCTIONS[node.operation].adds
    square = adds and inner.operation == "multiply" and inner.arguments[0] is inner.arguments[1]
    return (inner.arguments[0] if square else inner), square
