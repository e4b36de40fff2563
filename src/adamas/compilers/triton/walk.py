"""What the kernels of all walks have in common: what they load, compute, add up and store."""

from collections.abc import Mapping
from functools import reduce

from ...dtypes import FLOATS, wide
from ...language.expression import ARRAY, Expression, in_order
from ...language.noise import INDEX
from ...language.operations import OPERATIONS
from ...language.reductions import REDUCTIONS, Reduction
from ...lowering import Walk
from ...passes import NORM_CLIPS
from ..inputs import Inputs, arrays_of, summed
from .memory import is_scales
from .text import Arithmetic, literal


def is_factor(node: Expression) -> bool:
    """Whether a node is the factor of a clip, which has memory of its own."""
    return node.operation == "leaf" and node.arguments[0].removesuffix("_factor") in NORM_CLIPS


def clip_of(node: Expression) -> int:
    """The place of a factor's clip."""
    return NORM_CLIPS.index(node.arguments[0].removesuffix("_factor"))


class Places:
    """Where a kernel finds what is computed outside of it, and the names that it has there."""

    def __init__(self, walk: Walk, uniform: Mapping[Expression, int]) -> None:
        """`uniform` has the places of all values of the step in a row of the pass's."""
        tensor = Inputs(walk).tensor
        self._width = max(len(uniform), 1)
        self._uniform = {node: uniform[node] for node in walk.uniform if node in uniform}
        self._factors = {node: clip_of(node) for node in tensor if is_factor(node)}
        self.computed = tuple(node for node in tensor if not is_factor(node))
        """The values of a tensor that are computed between walks, in their order."""

    def names(self) -> dict[Expression, str]:
        """The name of each value."""
        return {
            **{node: f"u{place}" for node, place in self._uniform.items()},
            **{node: f"f{place}" for node, place in self._factors.items()},
            **{node: f"v{place}" for place, node in enumerate(self.computed)},
        }

    def loads(self, dtype: str, shape: str) -> list[str]:
        """Statements that load all of them, as numbers of a dtype, spread over a shape."""
        sources = {
            "u": f"uniform + row * {self._width}",
            "f": f"factors + tensor * {len(NORM_CLIPS)}",
            "v": f"values + tensor * {len(self.computed)}",
        }
        lines = []
        for name in self.names().values():
            lines.append(f"{name} = tl.load({sources[name[0]]} + {name[1:]}).to(tl.{dtype})")
            lines.append(f"{name} = tl.broadcast_to({name}, {shape})")
        return lines


class WalkText:
    """Pieces of the text of a walk's kernel; `shape` is that of what a program has in hand."""

    def __init__(
        self,
        walk: Walk,
        dtypes: Mapping[str, str],
        uniform: Mapping[Expression, int],
        names: tuple[str, ...],
        shape: str,
    ) -> None:
        """`names` are the arrays in the order of the tables; `uniform` has the pass's places."""
        self.walk = walk
        self.dtypes = dtypes
        self.compute = wide(dtypes["p"])
        self.inputs = Inputs(walk)
        self.places = Places(walk, uniform)
        self.names = names
        self.arrays = arrays_of(walk)
        self.shape = shape
        self.in_rows = [name for name in self.arrays if not is_scales(name)]
        """The arrays that have a value for each weight."""
        self._columns = [name for name in names if name != "g"]

    def scalars(self) -> list[str]:
        """The row of scalars of the program's tensor, and everything that is the same in it."""
        width = len(self._columns) + 1
        row = f"row = tl.load(table + tensor * {width} + {width - 1})"
        return [row, *self.places.loads(self.compute, self.shape)]

    def stopped(self, length: str) -> list[str]:
        """Let a walk that stores something do nothing in a step that is stopped."""
        stops = f"{length} = tl.where(tl.load(stop) == 0, {length}, 0)"
        return [stops] if self.walk.writes else []

    def address(self, array: str) -> str:
        """Where an array of the program's tensor begins."""
        if array == "g":
            return "tl.load(gradients + tensor)"
        width, column = len(self._columns) + 1, self._columns.index(array)
        return f"tl.load(table + tensor * {width} + {column})"

    def pointers(self, aligned: bool) -> list[str]:
        """``p_address`` → a pointer, ``p_base``, or ``p_fast``, which is a multiple of 16 bytes."""
        lines = []
        for array in self.arrays:
            pointer = f"{array}_address.to(tl.pointer_type(tl.{self.dtypes[array]}))"
            # Two casts: what is said of one must not be believed of the other.
            fast = f"{array}_fast = tl.multiple_of({pointer}, 16)"
            lines.append(fast if aligned else f"{array}_base = {pointer}")
        return lines

    def accumulators(self) -> list[str]:
        """Sums that go on through a loop, and what was found not to be finite."""
        kinds = {"total": self.inputs.of_tensor, "column": self.inputs.of_column}
        lines = [
            f"{kind}{place} = {_begun(reduction, self.shape)}"
            for kind, reductions in kinds.items()
            for place, reduction in enumerate(reductions)
        ]
        if self.walk.checks:
            lines.append(f"bad = tl.zeros({self.shape}, tl.int32)")
        return lines

    @property
    def row_sums(self) -> range:
        """The places of the sums of rows."""
        return range(len(self.inputs.row_sums))

    @property
    def column_sums(self) -> range:
        """The places of the sums of columns."""
        return range(len(self.inputs.column_sums))

    def body(
        self, pointers: Mapping[str, str], mask: str, names: Mapping[Expression, str]
    ) -> list[str]:
        """One turn of the loop: loads, the graph, sums, stores; `names` are known beside those."""
        guard = f", mask={mask}" if mask else ""
        other = ", other=0.0" if mask else ""
        known = {**self.places.names(), **names}
        lines = []
        for node, array in {**self._leaves(), **self.walk.cut}.items():
            text = f"tl.load({pointers[array]}{guard}{other})"
            known[node] = f"old_{array}"
            lines.append(f"old_{array} = {text}{self._cast(self.dtypes[array], self.compute)}")
        if self.walk.draws:
            size = FLOATS[self.dtypes[INDEX]].bytes
            lines.append(f"index = ({pointers[INDEX]}).to(tl.int64) // {size}")
        within = mask or f"tl.full({self.shape}, 1, tl.int1)"
        if self.walk.scales:
            lines.append(f"within = {within}")
        arithmetic = Arithmetic(self.compute, "", known, "x", self.shape)
        arithmetic.compute(self.walk.outputs)
        lines += [*arithmetic.lines, *self._sums(arithmetic, mask), *self._finds(arithmetic, mask)]
        for array, node in self._results().items():
            cast = self._cast(self.compute, self.dtypes[array]) or f".to(tl.{self.compute})"
            value = f"{arithmetic.number(node)}{cast}"
            once = ", mask=within & first" if is_scales(array) else guard
            lines.append(f"tl.store({pointers[array]}, {value}{once})")
        return lines

    @staticmethod
    def _cast(source: str, target: str) -> str:
        """From one dtype to another; no hardware goes from float64 to bfloat16 at once."""
        apart = {source, target} == {"float64", "bfloat16"}
        between = ".to(tl.float32)" if apart else ""
        return f"{between}.to(tl.{target})" if source != target else ""

    def _leaves(self) -> dict[Expression, str]:
        """The arrays that are read as they were before the pass."""
        stop = {*self.walk.cut, *self.walk.uniform, *self.walk.small}
        nodes = in_order(self.walk.outputs, stop)
        leaves = [n for n in nodes if n.operation == "leaf" and n.extent == ARRAY]
        return {node: node.arguments[0] for node in leaves}

    def _results(self) -> dict[str, Expression]:
        return {**self.walk.stores, **self.walk.feeds}

    def _sums(self, arithmetic: Arithmetic, mask: str) -> list[str]:
        lines = []
        sums = {
            "total": self.inputs.tensor_sums,
            "row": self.inputs.row_sums,
            "column": self.inputs.column_sums,
        }
        for kind, nodes in sums.items():
            for place, node in enumerate(nodes):
                inner, square = summed(node)
                lines.append(f"wide = {arithmetic.number(inner)}.to(tl.float64)")
                if square:
                    lines.append("wide = wide * wide")
                reduction = REDUCTIONS[node.operation]
                if mask:
                    lines.append(f"wide = tl.where({mask}, wide, {literal(reduction.start)})")
                if kind == "row":
                    lines += self.row_sum(place)
                elif reduction.adds:
                    lines.append(f"{kind}{place} += wide")
                else:
                    text = str(OPERATIONS[reduction.joins].triton).format(f"{kind}{place}", "wide")
                    lines.append(f"{kind}{place} = {text}")
        return lines

    def row_sum(self, place: int) -> list[str]:
        """What is done with ``wide``, which is to be reduced along rows."""
        raise NotImplementedError

    def _finds(self, arithmetic: Arithmetic, mask: str) -> list[str]:
        lines = []
        for array, node in self.walk.checks.items():
            stored = f"{arithmetic.number(node)}.to(tl.{self.dtypes[array]})"
            lines.append(f"stored = {stored}.to(tl.{self.compute})")
            found = '(tl.abs(stored) < float("inf")) == 0'
            found = f"{mask} & ({found})" if mask else found
            lines.append(f"bad = bad | ({found}).to(tl.int32)")
        return lines

    def tensor_sums(self, *axes: int) -> list[str]:
        """Store the chunk's own sums over `axes`, in this order, in the end.

        So is whether something in it is not finite.
        """
        width = max(self.inputs.per_tensor, 1)
        lines = []
        for place, reduction in enumerate(self.inputs.of_tensor):
            first, value = reduced(reduction, f"total{place}", *axes)
            lines += [*first, f"tl.store(sums + chunk * {width} + {place}, {value})"]
        if self.walk.checks:
            found = reduce(lambda text, axis: f"tl.max({text}, {axis})", axes, "bad")
            lines.append(f"tl.store(sums + chunk * {width} + {width - 1}, {found}.to(tl.float64))")
        return lines


_ALONG = {"max": "greatest", "min": "least"}
"""Functions of Triton's that reduce along an axis, which are in `functions`; sums are its own."""


def _begun(reduction: Reduction, shape: str) -> str:
    if reduction.adds:
        return f"tl.zeros({shape}, tl.float64)"
    return f"tl.full({shape}, {literal(reduction.start)}, tl.float64)"


def reduced(reduction: Reduction, name: str, *axes: int) -> tuple[list[str], str]:
    """Statements that reduce the value called `name` over axes, and the text of what is found."""
    if reduction.adds:
        return [], reduce(lambda text, axis: f"tl.sum({text}, {axis})", axes, name)
    function = _ALONG[reduction.name]
    return [f"{name} = {function}({name}, {axis})" for axis in axes], name


def indented(lines: list[str], levels: int) -> list[str]:
    """Lines that many levels deeper."""
    return [f"{'    ' * levels}{line}" for line in lines]
