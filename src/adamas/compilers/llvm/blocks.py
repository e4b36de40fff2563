"""A row of weights whose slots are coded in blocks, in LLVM's language: each block twice.

A code needs the scale of its block, and the scale what the whole block is to hold. So the first
loop computes all new values and stores those that are not coded; the others it leaves in a buffer,
which stays in the nearest cache. The second loop codes them, and what else is rounded by the coins
that it draws: drawing them takes longer than the way through a buffer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ...language.bits import CODES, SCALE
from ...language.blocks import BLOCK, SCALES
from ...language.expression import ARRAY, Expression, in_order
from ...lowering import Walk
from ..memory import BUFFERS
from . import coding
from .joining import start_of
from .loop import Block, Loop

PACKED = 2
"""How many times as many weights as elsewhere the second loop takes at once: codes are small, and
so are packed in fewer instructions."""


class Halves(NamedTuple):
    """The two loops over a block, as walks.

    Attributes:
        first: it stores what is not coded, and feeds the buffers.
        second: it codes what is in them.
        scales: those of the blocks, with the arrays that hold them.
        old: those that blocks had before, with the arrays that hold them.
    """

    first: Walk
    second: Walk
    scales: tuple[tuple[Expression, str], ...]
    old: tuple[tuple[Expression, str], ...]


def halves(walk: Walk) -> Halves:
    """Cut a walk where it needs the scales of blocks."""
    known = set(walk.cut)
    scales = {node: name for name, node in walk.stores.items() if node.operation == SCALE}
    stores = {n: node for n, node in walk.stores.items() if n not in scales.values()}
    wide = [node.arguments[0] for node in scales]
    # The second loop makes these anew, and all that needs them waits for it.
    made = {*scales, *_coins(in_order(list(stores.values()), {*known, *wide}))}
    later = _using(in_order(list(stores.values()), known), made)
    buffers = dict(zip(dict.fromkeys((*wide, *_before(later, made))), BUFFERS, strict=False))
    first = replace(
        walk,
        stores={name: node for name, node in stores.items() if node not in later},
        feeds={**walk.feeds, **{name: node for node, name in buffers.items()}},
    )
    second = replace(
        walk,
        stores={name: node for name, node in stores.items() if node in later},
        sums=(),
        feeds={},
        cut=buffers,
        leaves=frozenset(),
    )
    leaves = [node for node in in_order(first.outputs, known) if node.operation == "leaf"]
    old = tuple((n, n.arguments[0]) for n in leaves if n.arguments[0].endswith(SCALES))
    return Halves(first, second, tuple(scales.items()), old)


def _coins(nodes: Sequence[Expression]) -> list[Expression]:
    """The coins of codes among some nodes, and those that are made of the same bits."""
    coins = [node.arguments[2] for node in nodes if node.operation in CODES.values()]
    bits = {coin.arguments[:-1] for coin in coins}  # the last is what is made of them
    return [n for n in nodes if n.operation == "drawn" and n.arguments[:-1] in bits]


def _using(nodes: Iterable[Expression], made: set[Expression]) -> dict[Expression, None]:
    """Those of some nodes that need one of others, and these."""
    found: dict[Expression, None] = {}
    for node in nodes:
        if node in made or any(one in found for one in node.arguments):
            found[node] = None
    return found


def _before(later: Iterable[Expression], made: set[Expression]) -> Iterator[Expression]:
    """What nodes take of each weight from others, but those of them that are made anew."""
    waiting, known = [node for node in later if node not in made], set(later)
    for node in waiting:
        for one in node.arguments:
            if not isinstance(one, Expression) or one in known or one.extent != ARRAY:
                continue
            if one.truth:  # a condition has no place in memory: it is found again
                waiting.append(one)
            else:
                yield one


class BlockLoops:
    """The four loops of a walk over blocks: both halves, of vectors and of what is left."""

    def __init__(self, walk: Walk, dtypes: dict[str, str], compute: str, width: int) -> None:
        cut = halves(walk)
        memory = {"float": "float32", "double": "float64"}[compute]
        buffers = dict.fromkeys(cut.second.cut.values(), memory)
        self._compute, self._width = compute, width
        self._names, self._buffers = [name for _, name in cut.scales], tuple(buffers)
        self._old = [name for _, name in cut.old]
        self._columns = {name: column for column, name in enumerate((*dtypes, *buffers))}
        new = tuple((f"scale{place}", node) for place, (node, _) in enumerate(cut.scales))
        old = tuple((f"old{place}", node) for place, (node, _) in enumerate(cut.old))
        tops = tuple(node.arguments[0] for node, _ in cut.scales)
        arrays = {**dtypes, **buffers}
        self._first = [
            Loop(cut.first, arrays, compute, lanes, Block("a", tops, old, sums))
            for lanes, sums in ((width, "vector"), (1, "scalar"))
        ]
        self._second = [
            Loop(cut.second, arrays, compute, lanes, Block("b", known=new))
            for lanes in (PACKED * width, 1)
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
        yield from self._second[0].splats()
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
            f"  %block.vectors = and i64 %block.size, -{PACKED * self._width}",
            "  %block.dense = select i1 %dense, i64 %block.vectors, i64 0",
            "  %vector.end = add i64 %block.start, %block.dense",
        )
        yield "  %block.back = sub i64 0, %block.start"
        for name in self._buffers:
            base = f"%base.{self._columns[name]}"
            yield f"  {base} = getelementptr {kind}, ptr %{name}, i64 %block.back"
        yield f"  %block.index = lshr i64 %block.start, {BLOCK.bit_length() - 1}"
        yield from self._old_scales()
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

    def _old_scales(self) -> Iterator[str]:
        """The scales by which codes are decoded."""
        vector, one = self._first
        for place, name in enumerate(self._old):
            at = self._scale_of(one, name)
            wide = one.converted(one.emit(f"load float, ptr {at}"), "float", self._compute)
            one.lines.append(f"  %old{place} = {_copied(self._compute, wide)}")
            one.lines += vector.splat(f"old{place}")
        yield from one.lines
        one.lines.clear()

    def _scale_of(self, loop: Loop, name: str) -> str:
        """The address of the block's scale in an array of them."""
        base = f"%base.{self._columns[name]}"
        return loop.emit(f"getelementptr float, ptr {base}, i64 %block.index")

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
            at = self._scale_of(one, name)
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
