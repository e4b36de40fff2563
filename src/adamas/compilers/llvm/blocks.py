"""A row of weights whose slots are coded in blocks, in LLVM's language: each block twice.

A code needs the scale of its block, and the scale what the whole block is to hold. So the first
loop computes all new values and stores those that are not coded; the others it leaves in a buffer,
which stays in the nearest cache. The second loop codes them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ...language.blocks import BLOCK, SCALES
from ...language.expression import Expression, in_order
from ...lowering import Walk
from ..memory import BUFFERS
from . import coding
from .joining import start_of
from .loop import Block, Loop


class Halves(NamedTuple):
    """The two loops over a block, as walks.

    Attributes:
        first: it stores what is not coded, and feeds the buffers.
        second: it codes what is in them.
        values: what each buffer holds.
        scales: that of each buffer.
        names: the arrays of the scales.
    """

    first: Walk
    second: Walk
    values: tuple[Expression, ...]
    scales: tuple[Expression, ...]
    names: tuple[str, ...]


def halves(walk: Walk) -> Halves:
    """Cut a walk where it needs the scales of blocks."""
    scales = walk.scales
    values = tuple(node.arguments[0] for node in scales)
    after = _using(list(walk.stores.values()), set(scales))
    coded = {n: node for n, node in walk.stores.items() if node in after or n.endswith(SCALES)}
    names = tuple(next(n for n, node in coded.items() if node is scale) for scale in scales)
    buffers = dict(zip(values, BUFFERS, strict=False))
    first = replace(
        walk,
        stores={name: node for name, node in walk.stores.items() if name not in coded},
        feeds={**walk.feeds, **{buffer: node for node, buffer in buffers.items()}},
    )
    stores = {name: node for name, node in coded.items() if name not in names}
    known = {*walk.cut, *values, *scales}
    leaves = (n for n in in_order(list(stores.values()), known) if n.operation == "leaf")
    second = replace(
        walk,
        stores=stores,
        sums=(),
        feeds={},
        cut=buffers,
        leaves=walk.leaves & {node.arguments[0] for node in leaves},
    )
    return Halves(first, second, values, scales, names)


def _using(outputs: list[Expression], wanted: set[Expression]) -> set[Expression]:
    """The nodes that need one of `wanted`, and those themselves."""
    found = set(wanted)
    for node in in_order(outputs):
        if any(isinstance(one, Expression) and one in found for one in node.arguments):
            found.add(node)
    return found


class BlockLoops:
    """The four loops of a walk over blocks: both halves, of vectors and of what is left."""

    def __init__(self, walk: Walk, dtypes: dict[str, str], compute: str, width: int) -> None:
        cut = halves(walk)
        memory = {"float": "float32", "double": "float64"}[compute]
        buffers = dict.fromkeys(cut.second.cut.values(), memory)
        self._compute, self._width = compute, width
        self._names, self._buffers = cut.names, tuple(buffers)
        self._columns = {name: column for column, name in enumerate((*dtypes, *buffers))}
        scales = tuple((f"scale{place}", node) for place, node in enumerate(cut.scales))
        known = {**dtypes, **buffers}
        self._first = [
            Loop(cut.first, known, compute, lanes, Block("a", tops=cut.values, sums=sums))
            for lanes, sums in ((width, "vector"), (1, "scalar"))
        ]
        self._second = [
            Loop(cut.second, known, compute, lanes, Block("b", known=scales))
            for lanes in (width, 1)
        ]

    @property
    def loops(self) -> Sequence[Loop]:
        """All of them."""
        return (*self._first, *self._second)

    def text(self) -> Iterator[str]:
        """From behind the label ``entry`` to the label ``finish``."""
        kind = self._compute
        for name in self._buffers:
            yield f"  %{name} = alloca [{BLOCK} x {kind}], align 64"
        yield from (
            "  br label %block.test",
            "block.test:",
            "  %block.start = phi i64 [0, %entry], [%block.end, %block.done]",
            *self._sums(),
            "  %block.more = icmp slt i64 %block.start, %length",
            "  br i1 %block.more, label %block.entry, label %finish",
            "block.entry:",
            f"  %block.whole = add i64 %block.start, {BLOCK}",
            "  %block.short = icmp slt i64 %length, %block.whole",
            "  %block.end = select i1 %block.short, i64 %length, i64 %block.whole",
            "  %block.size = sub i64 %block.end, %block.start",
            f"  %block.vectors = and i64 %block.size, -{self._width}",
            "  %block.dense = select i1 %dense, i64 %block.vectors, i64 0",
            "  %vector.end = add i64 %block.start, %block.dense",
        )
        yield "  %block.back = sub i64 0, %block.start"
        for name in self._buffers:
            base = f"%base.{self._columns[name]}"
            yield f"  {base} = getelementptr {kind}, ptr %{name}, i64 %block.back"
        yield "  br label %first.vector.test"
        yield from self._half(self._first, "first", "block.entry", "block.scales")
        yield "block.scales:"
        yield from self._scales()
        yield "  br label %second.vector.test"
        yield from self._half(self._second, "second", "block.scales", "block.done")
        yield from ("block.done:", "  br label %block.test")

    def _sums(self) -> Iterator[str]:
        """Sums go on from block to block: what they are before one, and in the end."""
        for loop, name in zip(self._first, ("vector", "scalar"), strict=True):
            for place, reduction in enumerate(loop.reductions):
                start = start_of(reduction, loop.width)
                yield (
                    f"  %{name}.sum{place} = phi {loop.of('double')} [{start}, %entry], "
                    f"[%first.{name}.sum{place}, %block.done]"
                )

    @staticmethod
    def _half(loops: Sequence[Loop], name: str, before: str, after: str) -> Iterator[str]:
        vector, scalar = loops
        between = f"{name}.scalar.entry"
        start, middle, end = "%block.start", "%vector.end", "%block.end"
        yield from vector.text(f"{name}.vector", before, start, middle, between)
        yield from (f"{between}:", f"  br label %{name}.scalar.test")
        yield from scalar.text(f"{name}.scalar", between, middle, end, after)

    def _scales(self) -> Iterator[str]:
        """The scale of each buffer: of the largest magnitude in both loops."""
        vector, one = self._second
        one.lines.clear()
        reduce = f"@llvm.vector.reduce.umax.v{self._width}i32"
        one.declarations[f"declare i32 {reduce}(<{self._width} x i32>)"] = None
        for place, name in enumerate(self._names):
            lanes = f"<{self._width} x i32> %first.vector.top{place}"
            widest = one.emit(f"call i32 {reduce}({lanes})")
            top = coding.largest(one, widest, f"%first.scalar.top{place}")
            single = coding.scale(one, top)
            index = one.emit(f"lshr i64 %block.start, {BLOCK.bit_length() - 1}")
            base = f"%base.{self._columns[name]}"
            at = one.emit(f"getelementptr float, ptr {base}, i64 {index}")
            wide = one.converted(single, "float", self._compute)
            one.lines += [
                f"  store float {single}, ptr {at}",
                f"  %scale{place} = {_copied(self._compute, wide)}",
            ]
            one.lines += vector.splat(f"scale{place}")
        yield from one.lines
        one.lines.clear()


def _copied(kind: str, value: str) -> str:
    """A value under another name."""
    return f"fadd {kind} {value}, -0.0"
