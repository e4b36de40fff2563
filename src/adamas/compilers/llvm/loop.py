"""One loop over the graph of a walk, in LLVM's language, some weights at a time.

The same text generator writes the vector loop and the scalar loop: only the width differs.
"""

from typing import NamedTuple

from ...dtypes import FLOATS, STORED
from ...language.blocks import BLOCK
from ...language.expression import ARRAY, Expression, in_order
from ...language.noise import INDEX
from ...language.operations import OPERATIONS, CFunction, Instruction, Intrinsic, Program
from ...language.reductions import Reduction
from ...lowering import Walk
from ..inputs import Inputs, arrays_of, summed
from ..memory import BUFFERS, family, unit
from . import coding
from .drawing import drawn
from .joining import joined, start_of
from .programs import PROGRAMS, chosen, intrinsic, not_finite, of_each

WIDTH = {"float": 16, "double": 8}
"""Weights in a vector: two AVX2 registers or one of AVX-512; measured best of 8, 16, 32."""

AHEAD = 1024
"""Bytes ahead that a pass which only reads asks for: a tenth faster on large tensors here. A pass
that writes gains nothing from it."""


class Block(NamedTuple):
    """What the loop of one block of weights has of those whose slots are coded in blocks.

    Attributes:
        prefix: of its names.
        tops: whose largest magnitudes in the block it finds.
        known: what is the same in all of the block, with its name in the code.
        sums: names the loop whose sums it goes on with, if it does with any.
    """

    prefix: str = ""
    tops: tuple[Expression, ...] = ()
    known: tuple[tuple[str, Expression], ...] = ()
    sums: str = ""


WITHOUT_BLOCKS = Block()


class Loop:
    """The text of one loop: its phis, the graph's arithmetic, loads and stores.

    `declarations` are those of the functions that it calls, once the text is made.
    """

    def __init__(
        self,
        walk: Walk,
        dtypes: dict[str, str],
        compute: str,
        width: int,
        block: Block = WITHOUT_BLOCKS,
    ) -> None:
        self.walk = walk
        self.inputs = Inputs(walk)
        self.sums = (*self.inputs.tensor_sums, *self.inputs.row_sums)
        self.reductions = (*self.inputs.of_tensor, *self.inputs.of_row)
        self.dtypes = dtypes
        self.compute = compute
        self.width = width
        self.block = block
        self.columns = {name: column for column, name in enumerate(dtypes)}
        self.prefix = block.prefix + ("v" if width > 1 else "s")
        self.lines: list[str] = []
        self.declarations: dict[str, None] = {}
        self.values: dict[Expression, str] = {}
        self.count = 0

    # -- types and small pieces

    def of(self, kind: str) -> str:
        """The type of `width` values of a kind."""
        return f"<{self.width} x {kind}>" if self.width > 1 else kind

    @property
    def type(self) -> str:
        """The type of the arithmetic."""
        return self.of(self.compute)

    def name(self) -> str:
        """A name that no other value has."""
        self.count += 1
        return f"%{self.prefix}{self.count}"

    def emit(self, text: str) -> str:
        """One instruction; gives the name of its value."""
        name = self.name()
        self.lines.append(f"  {name} = {text}")
        return name

    def literal(self, number: str, kind: str | None = None) -> str:
        """A constant of the loop's width, such as ``1.0`` or ``32767``."""
        kind = kind or self.compute
        if self.width == 1:
            return number
        return f"<{', '.join([f'{kind} {number}'] * self.width)}>"

    def spread(self, value: str, kind: str) -> str:
        """One value in all lanes."""
        if self.width == 1:
            return value
        form = self.of(kind)
        one = self.emit(f"insertelement {form} poison, {kind} {value}, i64 0")
        lanes = f"<{self.width} x i32> zeroinitializer"
        return self.emit(f"shufflevector {form} {one}, {form} poison, {lanes}")

    def splats(self) -> list[str]:
        """What is the same along a row, spread over the lanes."""
        lines = []
        for name, _ in self.inputs.constant():
            lines += self.splat(name)
        return lines

    def splat(self, name: str) -> list[str]:
        """A value that is called `name`, spread over the lanes."""
        one = f"%{name}.one{self._wider}"
        return [
            f"  {one} = insertelement {self.type} poison, {self.compute} %{name}, i64 0",
            f"  {self.uniform(name)} = shufflevector {self.type} {one}, {self.type} poison, "
            f"<{self.width} x i32> zeroinitializer",
        ]

    def place(self, loop: str, array: str) -> str:
        """The address of the loop's weights in `array`, by column: any name will do."""
        return f"%{loop}.a{self.columns[array]}"

    def stride(self, array: str) -> str:
        """How many bytes the elements of an array are apart, along a row."""
        if array in BUFFERS:
            return str(STORED[self.dtypes[array]].bytes)
        scaled = self.scale(array) > 1
        return f"%stride.{self.columns[array]}" if scaled else f"%{family(array)}_stride"

    def scale(self, array: str) -> int:
        """How much larger elements of an array are than those its layout is counted by."""
        return STORED[self.dtypes[array]].bytes // unit(array, self.dtypes)

    def uniform(self, name: str) -> str:
        """A value that is the same for all weights, in the loop's width."""
        return f"%{name}.all{self._wider}" if self.width > 1 else f"%{name}"

    @property
    def _wider(self) -> str:
        """What tells values spread over more lanes than usual from others."""
        return "" if self.width == WIDTH[self.compute] else str(self.width)

    # -- the loop

    def text(self, name: str, before: str, start: str, end: str, after: str) -> list[str]:
        """The loop called `name`, entered from label `before`, left to label `after`."""
        step = self.width
        head = [
            f"{name}.test:",
            f"  %{name}.i = phi i64 [{start}, %{before}], [%{name}.next, %{name}.body]",
        ]
        for index in range(len(self.block.tops)):
            zero = "zeroinitializer" if self.width > 1 else "0"
            top = f"%{name}.top{index}"
            head.append(
                f"  {top} = phi {self.of('i32')} [{zero}, %{before}], [{top}.next, %{name}.body]"
            )
        for index, reduction in enumerate(self.reductions):
            head.append(
                f"  %{name}.sum{index} = phi {self.of('double')} "
                f"[{self._begun(index, reduction)}, %{before}], "
                f"[%{name}.sum{index}.next, %{name}.body]"
            )
        if self.walk.checks:
            zero = "zeroinitializer" if self.width > 1 else "false"
            head.append(
                f"  %{name}.found = phi {self.of('i1')} [{zero}, %{before}], "
                f"[%{name}.found.next, %{name}.body]"
            )
        head += [
            f"  %{name}.more = icmp slt i64 %{name}.i, {end}",
            f"  br i1 %{name}.more, label %{name}.body, label %{after}",
            f"{name}.body:",
        ]
        self._body(name)
        tail = [
            f"  %{name}.next = add i64 %{name}.i, {step}",
            f"  br label %{name}.test",
        ]
        return [*head, *self.lines, *tail]

    def _begun(self, index: int, reduction: Reduction) -> str:
        """What a sum is before the loop."""
        carried = f"%{self.block.sums}.sum{index}"
        return carried if self.block.sums else start_of(reduction, self.width)

    def _body(self, name: str) -> None:
        walk = self.walk
        for array in arrays_of(walk):
            self._point(name, array)
        for source, node in (*self.inputs.constant(), *self.block.known):
            self.values[node] = self.uniform(source)
        for index, node in enumerate(self.inputs.column):
            place = self._column(name, f"column{index}", self.compute)
            self.values[node] = self.emit(f"load {self.type}, ptr {place}, align 1")
        for node, array in walk.cut.items():
            self.values[node] = self._load(name, array)
        for node in in_order(walk.outputs, set(self.values)):
            self.values[node] = self._node(name, node)
        for index, node in enumerate(self.sums):
            self._sum(name, index, node)
        for index, node in enumerate(self.inputs.column_sums):
            self._sum_column(name, index, node)
        for index, node in enumerate(self.block.tops):
            top = coding.largest(
                self, f"%{name}.top{index}", coding.magnitude(self, self.number(node))
            )
            # The phi asks for a name that is known before it.
            self.lines.append(f"  %{name}.top{index}.next = or {self.of('i32')} {top}, {top}")
        if walk.checks:
            self._find(name)
        # Every load stands before the first store.
        kept = (*walk.stores.items(), *walk.feeds.items())
        stored = {array: self._pack(node, array) for array, node in kept}
        for array, value in stored.items():
            kind = self.of(STORED[self.dtypes[array]].llvm)
            if family(array) == "scales":  # the same for all of the block
                kind, value = STORED[self.dtypes[array]].llvm, self._first_lane(value, kind)
            self.lines.append(f"  store {kind} {value}, ptr {self.place(name, array)}, align 1")

    def _first_lane(self, value: str, kind: str) -> str:
        return value if self.width == 1 else self.emit(f"extractelement {kind} {value}, i64 0")

    def _column(self, loop: str, name: str, kind: str) -> str:
        """The address of the loop's columns in an array that has a value for each column."""
        return self.emit(f"getelementptr {kind}, ptr %{name}.base, i64 %{loop}.i")

    def _point(self, loop: str, array: str) -> None:
        """The address of the loop's weights in `array`, or of their block's scale."""
        if family(array) == "scales":
            self._point_to_scale(name=self.place(loop, array), loop=loop, array=array)
            return
        size = STORED[self.dtypes[array]].bytes
        stride = str(size) if self.width > 1 else self.stride(array)
        offset = self.emit(f"mul i64 %{loop}.i, {stride}")
        base = f"%base.{self.columns[array]}"
        place = self.place(loop, array)
        self.lines.append(f"  {place} = getelementptr i8, ptr {base}, i64 {offset}")
        if self.width > 1 and not self.walk.writes and array != INDEX:
            ahead = self.emit(f"getelementptr i8, ptr {place}, i64 {AHEAD}")
            self.lines.append(f"  call void @llvm.prefetch.p0(ptr {ahead}, i32 0, i32 3, i32 1)")
            self.declarations["declare void @llvm.prefetch.p0(ptr, i32, i32, i32)"] = None

    def _point_to_scale(self, name: str, loop: str, array: str) -> None:
        # A vector lies within a block: blocks are whole vectors, and rows begin with one.
        index = self.emit(f"lshr i64 %{loop}.i, {BLOCK.bit_length() - 1}")
        base = f"%base.{self.columns[array]}"
        self.lines.append(f"  {name} = getelementptr float, ptr {base}, i64 {index}")

    def _wide(self, node: Expression) -> str:
        """What a node reduces, in double precision; squares are taken in it, too."""
        inner, square = summed(node)
        wide = self.number(inner)
        if self.compute == "float":
            wide = self.emit(f"fpext {self.type} {wide} to {self.of('double')}")
        return self.emit(f"fmul {self.of('double')} {wide}, {wide}") if square else wide

    def _sum(self, loop: str, index: int, node: Expression) -> None:
        name, held, wide = f"%{loop}.sum{index}.next", f"%{loop}.sum{index}", self._wide(node)
        self.lines += joined(self.reductions[index], name, held, wide, self.width)

    def _sum_column(self, loop: str, index: int, node: Expression) -> None:
        kind = self.of("double")
        place = self._column(loop, f"column_sum{index}", "double")
        held = self.emit(f"load {kind}, ptr {place}, align 1")
        reduction = self.inputs.of_column[index]
        start = start_of(reduction, self.width)
        # What the memory holds before the chunk's first row is of another step.
        before = self.emit(f"select i1 %first.row, {kind} {start}, {kind} {held}")
        wide, after = self._wide(node), self.name()
        self.lines += joined(reduction, after, before, wide, self.width)
        self.lines.append(f"  store {kind} {after}, ptr {place}, align 1")

    def _find(self, loop: str) -> None:
        found = f"%{loop}.found"
        for array, node in self.walk.checks.items():
            packed = self._pack(node, array)
            bad = not_finite(self, self._unpack(packed, array))
            found = self.emit(f"or {self.of('i1')} {found}, {bad}")
        self.lines.append(
            f"  %{loop}.found.next = or {self.of('i1')} {found}, {self.literal('false', 'i1')}"
        )

    # -- values

    @staticmethod
    def _is_condition(node: Expression) -> bool:
        # What comes from the host is a number, conditions too.
        return node.truth and node.extent == ARRAY

    def number(self, node: Expression) -> str:
        """`node` as a number: conditions become 1 and 0."""
        value = self.values[node]
        if self._is_condition(node):
            return self.emit(f"uitofp {self.of('i1')} {value} to {self.type}")
        return value

    def condition(self, node: Expression) -> str:
        """`node` as a condition: numbers are true unless 0."""
        value = self.values[node]
        if self._is_condition(node):
            return value
        return self.emit(f"fcmp une {self.type} {value}, {self.literal('0.0')}")

    def _node(self, loop: str, node: Expression) -> str:
        if node.operation == "leaf":
            return self._load(loop, node.arguments[0])
        if node.operation == "drawn":
            *parts, kind = node.arguments
            index = self.place(loop, INDEX), FLOATS[self.dtypes[INDEX]].bytes
            return drawn(self, *index, [self.values[part] for part in parts], kind)
        if node.operation in coding.OPERATIONS:
            return coding.OPERATIONS[node.operation](self, *map(self.number, node.arguments))
        row = OPERATIONS[node.operation]
        if row.llvm == Program("where"):
            return self._where(node)
        kind = self.of("i1") if row.logical else self.type
        values = [(self.condition if row.logical else self.number)(a) for a in node.arguments]
        match row.llvm:
            case Instruction(name):
                return self.emit(f"{name} {kind} {', '.join(values)}")
            case Intrinsic(name):
                return intrinsic(self, name, values)
            case CFunction(name):
                return of_each(self, name, values)
            case Program(name):
                return PROGRAMS[name](self, *values)

    def _load(self, loop: str, array: str) -> str:
        if family(array) == "scales":
            single = self.emit(f"load float, ptr {self.place(loop, array)}")
            return self.converted(self.spread(single, "float"), "float", self.compute)
        memory = self.of(STORED[self.dtypes[array]].llvm)
        return self._unpack(
            self.emit(f"load {memory}, ptr {self.place(loop, array)}, align 1"), array
        )

    def _where(self, node: Expression) -> str:
        condition, yes, no = node.arguments
        found = self.condition(condition)
        if node.truth:
            return chosen(self, found, self.condition(yes), self.condition(no), self.of("i1"))
        return chosen(self, found, self.number(yes), self.number(no))

    # -- dtypes

    def _unpack(self, value: str, array: str) -> str:
        """A loaded value as the type of the arithmetic."""
        return coding.loaded(self, value, self.dtypes[array])

    def _pack(self, node: Expression, array: str) -> str:
        """A result as it is stored, rounded once to nearest even."""
        return coding.stored(self, self.number(node), self.dtypes[array], node.operation)

    def converted(self, value: str, source: str, target: str) -> str:
        """A float of one type as that of another."""
        order = ("half", "float", "double")
        if source == target:
            return value
        kind = "fpext" if order.index(source) < order.index(target) else "fptrunc"
        return self.emit(f"{kind} {self.of(source)} {value} to {self.of(target)}")
