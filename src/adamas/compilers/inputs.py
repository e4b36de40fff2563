"""What a walk takes from outside its loop, by what it varies over, and where its sums go."""

from ..language.expression import AXES, TENSOR, Expression
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

    def constant(self) -> list[tuple[str, Expression]]:
        """What is the same along a row, with its name in the code."""
        return [
            *((f"uniform{index}", node) for index, node in enumerate(self.uniform)),
            *((f"tensor{index}", node) for index, node in enumerate(self.tensor)),
            *((f"row{index}", node) for index, node in enumerate(self.row)),
        ]


def arrays_of(walk: Walk) -> tuple[str, ...]:
    """The arrays that a walk touches."""
    return tuple(dict.fromkeys((*walk.reads, *walk.writes)))


def summed(node: Expression) -> tuple[Expression, bool]:
    """What a sum adds up, in double precision, and whether its square: then that is taken there."""
    inner = node.arguments[0]
    square = inner.operation == "multiply" and inner.arguments[0] is inner.arguments[1]
    return (inner.arguments[0] if square else inner), square
