"""The CPU compiler: the graph of a pass, written as one loop in LLVM's language.

For each pass and combination of dtypes this writes one self-contained module: a function that
walks one chunk of one tensor, and entry points that share out all chunks among a team of threads.
The vectors are explicit, so there is no vectoriser that could fail in silence; nothing is
reassociated or contracted, so each weight gets the bits that NumPy's arithmetic gives it. The
weights that do not fill a vector, and memory with strides, take a scalar loop over the same graph.

Numbers never appear in the code. Whatever is the same for all weights comes in through memory, so
changing a rate compiles nothing.
"""

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import UnsupportedError
from ..expression import STEP, Expression, host_function, in_order
from ..plan import Pass, Plan
from . import store
from .graph import Graph, trace_pass
from .memory import CHUNK_FIELDS, Batch, family
from .threads import run_team, thread_number_function

REFUSES: dict[str, str] = {
    "float16": "the processor cannot convert half precision (x86 without F16C)",
}
"""What this compiler cannot do, and where."""


class Storage(NamedTuple):
    """How a dtype lies in memory, and the bytes it takes."""

    memory: str
    size: int


STORAGE = {
    "float64": Storage("double", 8),
    "float32": Storage("float", 4),
    "float16": Storage("half", 2),
    "bfloat16": Storage("i16", 2),
}
WIDTH = {"float": 16, "double": 8}
"""Weights in a vector: two AVX2 registers or one of AVX-512; measured best of 8, 16, 32."""

CONTEXT = (
    "addresses",
    "chunks",
    "chunk_count",
    "scalars",
    "factors",
    "results",
    "part_starts",
    "part_count",
    "counters",
    "thread_number",
)
"""The int64 fields of the context that the entry points take."""

COUNTER_SPACING = 8
"""int64 from one thread's counter to the next: a cache line each."""


# -- the door -----------------------------------------------------------------------------------


def compile_pass(plan: Plan, work: Pass, dtypes: dict[str, str]) -> "Kernel":
    """Machine code for one pass over arrays of these dtypes, by array name."""
    return Kernel(trace_pass(plan, work), dtypes)


class Kernel:
    """A compiled pass, ready to be bound to batches of tensors."""

    def __init__(self, graph: Graph, dtypes: dict[str, str]) -> None:
        if "float16" in dtypes.values() and not _converts_half():
            raise UnsupportedError(
                f"float16 is refused: {REFUSES['float16']}. Use bfloat16 or float32."
            )
        self.text = module_text(graph, dtypes)
        self.code = store.load(self.text)
        self.scalars = host_function(list(graph.uniform), graph.numbers)
        self.scalar_count = len(graph.uniform)
        self.dtype = np.dtype(np.float64 if _compute_type(dtypes) == "double" else np.float32)
        self.everything = self.code.function("run_all", ctypes.c_int64)
        self.part = self.code.function("run_part", ctypes.c_int64, ctypes.c_int64)
        self.team = self.code.address("run_team")

    def bind(self, batch: Batch) -> "BoundKernel":
        """This kernel over the tensors of `batch`."""
        return BoundKernel(self, batch)


class BoundKernel:
    """A kernel with the memory it runs over."""

    def __init__(self, kernel: Kernel, batch: Batch) -> None:
        self._kernel = kernel
        self._scalars = kernel.scalars
        self._everything = kernel.everything
        self._rows = np.zeros((batch.scalar_rows, max(kernel.scalar_count, 1)), kernel.dtype)
        self._parts = len(batch.parts) - 1
        self._counters = np.zeros(COUNTER_SPACING * self._parts, np.int64)
        self.results = np.zeros(len(batch.chunks))
        fields = {
            "addresses": batch.addresses.ctypes.data,
            "chunks": batch.chunks.ctypes.data,
            "chunk_count": len(batch.chunks),
            "scalars": self._rows.ctypes.data,
            "factors": batch.factors.ctypes.data,
            "results": self.results.ctypes.data,
            "part_starts": batch.parts.ctypes.data,
            "part_count": self._parts,
            "counters": self._counters.ctypes.data,
            "thread_number": thread_number_function(),
        }
        self._context = np.array([fields[name] for name in CONTEXT], np.int64)
        self._address = self._context.ctypes.data
        self._batch = batch  # its memory must live as long as the addresses above

    def run(self, rows: Sequence[Sequence[float]]) -> None:
        """One dispatch; `rows` are the numbers (``t`` and hyperparameters) of each scalar row."""
        for index, numbers in enumerate(rows):
            self._rows[index, : self._kernel.scalar_count] = self._scalars(*numbers)
        if self._parts == 1:
            self._everything(self._address)
            return
        self._counters[:] = 0
        kernel = self._kernel
        run_team(kernel.team, kernel.part, self._everything, self._address, self._parts)


def _converts_half() -> bool:
    native = ("f16c", "fullfp16", "fp-armv8", "neon")
    return any(store.has_feature(name) for name in native)


def _compute_type(dtypes: dict[str, str]) -> str:
    return "double" if dtypes["p"] == "float64" else "float"


# -- the module ---------------------------------------------------------------------------------


def module_text(graph: Graph, dtypes: dict[str, str]) -> str:
    """The whole module, in LLVM's language."""
    return "\n".join([_chunk_function(graph, dtypes), _ENTRY_POINTS, *_DECLARATIONS])


_ENTRY_POINTS = """
define void @run_all(ptr %context) {
entry:
  %count.at = getelementptr i64, ptr %context, i64 2
  %count = load i64, ptr %count.at
  br label %test
test:
  %chunk = phi i64 [0, %entry], [%next, %body]
  %more = icmp slt i64 %chunk, %count
  br i1 %more, label %body, label %done
body:
  call void @run_chunk(ptr %context, i64 %chunk)
  %next = add i64 %chunk, 1
  br label %test
done:
  ret void
}

; A thread takes the chunks of its own share first, then helps with the next one's, and so on.
define void @run_part(ptr %context, i64 %number) {
entry:
  %starts.at = getelementptr i64, ptr %context, i64 6
  %starts = load ptr, ptr %starts.at
  %parts.at = getelementptr i64, ptr %context, i64 7
  %parts = load i64, ptr %parts.at
  %counters.at = getelementptr i64, ptr %context, i64 8
  %counters = load ptr, ptr %counters.at
  br label %share
share:
  %turn = phi i64 [0, %entry], [%turn.next, %share.end]
  %any = icmp slt i64 %turn, %parts
  br i1 %any, label %share.begin, label %done
share.begin:
  %sum = add i64 %number, %turn
  %part = urem i64 %sum, %parts
  %counter.index = mul i64 %part, 8
  %counter = getelementptr i64, ptr %counters, i64 %counter.index
  %first.at = getelementptr i64, ptr %starts, i64 %part
  %first = load i64, ptr %first.at
  %last.at = getelementptr i64, ptr %first.at, i64 1
  %last = load i64, ptr %last.at
  br label %take
take:
  %taken = atomicrmw add ptr %counter, i64 1 monotonic
  %chunk = add i64 %first, %taken
  %more = icmp slt i64 %chunk, %last
  br i1 %more, label %body, label %share.end
body:
  call void @run_chunk(ptr %context, i64 %chunk)
  br label %take
share.end:
  %turn.next = add i64 %turn, 1
  br label %share
done:
  ret void
}

define void @run_team(ptr %context) {
  %function.at = getelementptr i64, ptr %context, i64 9
  %function = load ptr, ptr %function.at
  %number.narrow = call i32 %function()
  %number = sext i32 %number.narrow to i64
  call void @run_part(ptr %context, i64 %number)
  ret void
}
"""

_INTRINSICS = {
    "sqrt": 1,
    "fabs": 1,
    "exp": 1,
    "log": 1,
    "tanh": 1,
    "floor": 1,
    "pow": 2,
}

_DECLARATIONS = [
    f"declare {of} @llvm.{name}.{suffix}({', '.join([of] * count)})"
    for name, count in _INTRINSICS.items()
    for of, suffix in (
        ("float", "f32"),
        ("double", "f64"),
        ("<16 x float>", "v16f32"),
        ("<8 x double>", "v8f64"),
    )
]


def _chunk_function(graph: Graph, dtypes: dict[str, str]) -> str:
    """One chunk: a vector loop where memory is dense, a scalar loop for what is left."""
    compute = _compute_type(dtypes)
    width = WIDTH[compute]
    vector = _Loop(graph, dtypes, compute, width)
    scalar = _Loop(graph, dtypes, compute, 1)
    lines = [
        "define internal void @run_chunk(ptr %context, i64 %chunk) noinline {",
        "entry:",
        *_chunk_header(graph, dtypes, compute),
        *vector.splats(),
        f"  %dense.length = and i64 %length, -{width}",
        "  %vector.end = select i1 %dense, i64 %dense.length, i64 0",
        "  br label %vector.test",
        *vector.text("vector", "entry", "0", "%vector.end", "scalar.entry"),
        "scalar.entry:",
        "  br label %scalar.test",
        *scalar.text("scalar", "scalar.entry", "%vector.end", "%length", "finish"),
        "finish:",
        *_finish(graph, width),
        "  ret void",
        "}",
    ]
    return "\n".join(lines)


def _chunk_header(graph: Graph, dtypes: dict[str, str], compute: str) -> list[str]:
    """Load what the chunk says, the base address of each array, and the scalars."""
    lines = _loads("%context", CONTEXT, {"addresses", "chunks", "scalars", "factors", "results"})
    lines += [
        f"  %chunk.index = mul i64 %chunk, {len(CHUNK_FIELDS)}",
        "  %record = getelementptr i64, ptr %chunks, i64 %chunk.index",
        *_loads("%record", CHUNK_FIELDS, set()),
        f"  %row.index = mul i64 %tensor, {len(dtypes) + 1}",
        "  %row = getelementptr i64, ptr %addresses, i64 %row.index",
    ]
    used = graph.work.arrays
    dense = []
    for column, (name, dtype) in enumerate(dtypes.items()):
        if name not in used:
            continue
        kind = family(name)
        lines += [
            f"  %at.{name} = getelementptr i64, ptr %row, i64 {column}",
            f"  %address.{name} = load i64, ptr %at.{name}",
            f"  %begin.{name} = add i64 %address.{name}, %{kind}",
            f"  %base.{name} = inttoptr i64 %begin.{name} to ptr",
            f"  %dense.{name} = icmp eq i64 %{kind}_stride, {STORAGE[dtype].size}",
        ]
        dense.append(f"%dense.{name}")
    all_dense = "true"
    for index, name in enumerate(dense):
        lines.append(f"  %dense.all{index} = and i1 {all_dense}, {name}")
        all_dense = f"%dense.all{index}"
    lines.append(f"  %dense = and i1 true, {all_dense}")
    lines += [
        f"  %group.at = getelementptr i64, ptr %row, i64 {len(dtypes)}",
        "  %group = load i64, ptr %group.at",
        f"  %group.index = mul i64 %group, {max(len(graph.uniform), 1)}",
        f"  %group.row = getelementptr {compute}, ptr %scalars, i64 %group.index",
    ]
    for index in range(len(graph.uniform)):
        lines += [
            f"  %uniform{index}.at = getelementptr {compute}, ptr %group.row, i64 {index}",
            f"  %uniform{index} = load {compute}, ptr %uniform{index}.at",
        ]
    for name in graph.work.tensor_scalars:
        lines += [
            f"  %{name}.at = getelementptr double, ptr %factors, i64 %tensor",
            f"  %{name}.double = load double, ptr %{name}.at",
            f"  %{name} = fptrunc double %{name}.double to float"
            if compute == "float"
            else f"  %{name} = fadd double %{name}.double, -0.0",
        ]
    return lines


def _loads(base: str, fields: Sequence[str], pointers: set[str]) -> list[str]:
    lines = []
    for index, name in enumerate(fields):
        if pointers and name not in pointers:
            continue
        lines += [
            f"  %{name}.at = getelementptr i64, ptr {base}, i64 {index}",
            f"  %{name} = load {'ptr' if name in pointers else 'i64'}, ptr %{name}.at",
        ]
    return lines


def _finish(graph: Graph, width: int) -> list[str]:
    """Combine the lanes of a sum in their order, or of a finding, and store the result."""
    work = graph.work
    if work.norms:
        lines = [
            f"  %lane{lane} = extractelement <{width} x double> %vector.sum, i64 {lane}"
            for lane in range(width)
        ]
        total = "%scalar.sum"
        for lane in range(width):
            lines.append(f"  %total{lane} = fadd double {total}, %lane{lane}")
            total = f"%total{lane}"
    elif work.checks:
        lines = [
            f"  %found.bits = bitcast <{width} x i1> %vector.found to i{width}",
            f"  %found.vector = icmp ne i{width} %found.bits, 0",
            "  %found = or i1 %found.vector, %scalar.found",
            "  %found.number = uitofp i1 %found to double",
        ]
        total = "%found.number"
    else:
        return []
    return [
        *lines,
        "  %result.at = getelementptr double, ptr %results, i64 %chunk",
        f"  store double {total}, ptr %result.at",
    ]


# -- one loop over the graph, `width` weights at a time -----------------------------------------

_ARITHMETIC = {"add": "fadd", "subtract": "fsub", "multiply": "fmul", "divide": "fdiv"}
_COMPARISON = {
    "less": "olt",
    "less_equal": "ole",
    "greater": "ogt",
    "greater_equal": "oge",
    "equal": "oeq",
    "not_equal": "une",
}
_LOGIC = {"logical_and": "and", "logical_or": "or"}
_CALLS = {
    "sqrt": "sqrt",
    "absolute": "fabs",
    "exp": "exp",
    "log": "log",
    "tanh": "tanh",
    "floor": "floor",
    "power": "pow",
}


class _Loop:
    """The text of one loop: its phis, the graph's arithmetic, loads and stores."""

    def __init__(self, graph: Graph, dtypes: dict[str, str], compute: str, width: int) -> None:
        self.graph = graph
        self.dtypes = dtypes
        self.compute = compute
        self.width = width
        self.prefix = "v" if width > 1 else "s"
        self.lines: list[str] = []
        self.values: dict[Expression, str] = {}
        self.count = 0

    # -- types and small pieces

    def of(self, kind: str) -> str:
        """The type of `width` values of a kind."""
        return f"<{self.width} x {kind}>" if self.width > 1 else kind

    @property
    def type(self) -> str:
        return self.of(self.compute)

    def emit(self, text: str) -> str:
        """One instruction; gives the name of its value."""
        self.count += 1
        name = f"%{self.prefix}{self.count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def literal(self, number: str, kind: str | None = None) -> str:
        """A constant of the loop's width, such as ``1.0`` or ``32767``."""
        kind = kind or self.compute
        if self.width == 1:
            return number
        return f"<{', '.join([f'{kind} {number}'] * self.width)}>"

    def splats(self) -> list[str]:
        """Uniform values spread over the lanes, once per chunk."""
        names = [f"uniform{index}" for index in range(len(self.graph.uniform))]
        lines = []
        for name in (*names, *self.graph.work.tensor_scalars):
            lines += [
                f"  %{name}.one = insertelement {self.type} poison, {self.compute} %{name}, i64 0",
                f"  %{name}.all = shufflevector {self.type} %{name}.one, {self.type} poison, "
                f"<{self.width} x i32> zeroinitializer",
            ]
        return lines

    def uniform(self, name: str) -> str:
        return f"%{name}.all" if self.width > 1 else f"%{name}"

    # -- the loop

    def text(self, name: str, before: str, start: str, end: str, after: str) -> list[str]:
        """The loop called `name`, entered from label `before`, left to label `after`."""
        work = self.graph.work
        step = self.width
        head = [
            f"{name}.test:",
            f"  %{name}.i = phi i64 [{start}, %{before}], [%{name}.next, %{name}.body]",
        ]
        if work.norms:
            zero = "zeroinitializer" if self.width > 1 else "0.0"
            head.append(
                f"  %{name}.sum = phi {self.of('double')} [{zero}, %{before}], "
                f"[%{name}.sum.next, %{name}.body]"
            )
        if work.checks:
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

    def _body(self, name: str) -> None:
        work, outputs = self.graph.work, self.graph.outputs
        for index, node in enumerate(self.graph.uniform):
            self.values[node] = self.uniform(f"uniform{index}")
        for array in work.arrays:
            self._point(name, array)
        for node in in_order(list(outputs.values())):
            if node.rank > STEP:
                self.values[node] = self._node(node)
        # Every load stands before the first store.
        if work.writes:
            stored = {array: self._pack(outputs[array], array) for array in work.writes}
            for array, value in stored.items():
                kind = self.of(STORAGE[self.dtypes[array]].memory)
                self.lines.append(f"  store {kind} {value}, ptr %{name}.{array}, align 1")
        elif work.norms:
            self._sum_squares(name, outputs[work.norms[0]])
        else:
            self._find(name)

    def _point(self, loop: str, array: str) -> None:
        """The address of the loop's weights in `array`."""
        size = STORAGE[self.dtypes[array]].size
        stride = str(size) if self.width > 1 else f"%{family(array)}_stride"
        offset = self.emit(f"mul i64 %{loop}.i, {stride}")
        self.lines.append(f"  %{loop}.{array} = getelementptr i8, ptr %base.{array}, i64 {offset}")

    def _sum_squares(self, loop: str, node: Expression) -> None:
        wide = self.number(node)
        if self.compute == "float":
            wide = self.emit(f"fpext {self.type} {wide} to {self.of('double')}")
        square = self.emit(f"fmul {self.of('double')} {wide}, {wide}")
        self.lines.append(f"  %{loop}.sum.next = fadd {self.of('double')} %{loop}.sum, {square}")

    def _find(self, loop: str) -> None:
        found = f"%{loop}.found"
        for array in self.graph.work.checks:
            packed = self._pack(self.graph.outputs[array], array)
            bad = self._not_finite(self._unpack(packed, array))
            found = self.emit(f"or {self.of('i1')} {found}, {bad}")
        self.lines.append(
            f"  %{loop}.found.next = or {self.of('i1')} {found}, {self.literal('false', 'i1')}"
        )

    def _not_finite(self, value: str) -> str:
        # x - x is 0 for a finite x and NaN for all else.
        difference = self.emit(f"fsub {self.type} {value}, {value}")
        return self.emit(f"fcmp uno {self.type} {difference}, {difference}")

    # -- values

    def number(self, node: Expression) -> str:
        """`node` as a number: conditions become 1 and 0."""
        value = self.values[node]
        if node.truth and node.rank > STEP:
            return self.emit(f"uitofp {self.of('i1')} {value} to {self.type}")
        return value

    def condition(self, node: Expression) -> str:
        """`node` as a condition: numbers are true unless 0."""
        value = self.values[node]
        if node.truth and node.rank > STEP:
            return value
        return self.emit(f"fcmp une {self.type} {value}, {self.literal('0.0')}")

    def _node(self, node: Expression) -> str:
        name, kind = node.operation, self.type
        if name == "leaf":
            return self._leaf(node)
        if name in _LOGIC:
            left, right = (self.condition(a) for a in node.arguments)
            return self.emit(f"{_LOGIC[name]} {self.of('i1')} {left}, {right}")
        if name == "logical_not":
            condition = self.condition(node.arguments[0])
            return self.emit(f"xor {self.of('i1')} {condition}, {self.literal('true', 'i1')}")
        if name == "where":
            return self._where(node)
        numbers = [self.number(argument) for argument in node.arguments]
        if name in _ARITHMETIC:
            return self.emit(f"{_ARITHMETIC[name]} {kind} {numbers[0]}, {numbers[1]}")
        if name in _COMPARISON:
            return self.emit(f"fcmp {_COMPARISON[name]} {kind} {numbers[0]}, {numbers[1]}")
        if name in _CALLS:
            return self._call(_CALLS[name], numbers)
        return getattr(self, f"_{name}")(*numbers)

    def _leaf(self, node: Expression) -> str:
        name = node.arguments[0]
        if name not in self.dtypes:
            return self.uniform(name)
        loop = "vector" if self.width > 1 else "scalar"
        memory = self.of(STORAGE[self.dtypes[name]].memory)
        return self._unpack(self.emit(f"load {memory}, ptr %{loop}.{name}, align 1"), name)

    def _call(self, name: str, numbers: list[str]) -> str:
        bits = 32 if self.compute == "float" else 64
        suffix = f"v{self.width}f{bits}" if self.width > 1 else f"f{bits}"
        arguments = ", ".join(f"{self.type} {number}" for number in numbers)
        return self.emit(f"call {self.type} @llvm.{name}.{suffix}({arguments})")

    def _select(self, condition: str, yes: str, no: str, kind: str | None = None) -> str:
        kind = kind or self.type
        return self.emit(f"select {self.of('i1')} {condition}, {kind} {yes}, {kind} {no}")

    def _where(self, node: Expression) -> str:
        condition, yes, no = node.arguments
        chosen = self.condition(condition)
        if node.truth:
            return self._select(chosen, self.condition(yes), self.condition(no), self.of("i1"))
        return self._select(chosen, self.number(yes), self.number(no))

    def _negative(self, x: str) -> str:
        return self.emit(f"fneg {self.type} {x}")

    def _isnan(self, x: str) -> str:
        return self.emit(f"fcmp uno {self.type} {x}, {x}")

    def _isfinite(self, x: str) -> str:
        return self.emit(f"xor {self.of('i1')} {self._not_finite(x)}, {self.literal('true', 'i1')}")

    def _maximum(self, a: str, b: str) -> str:
        return self._extreme(a, b, "oge")

    def _minimum(self, a: str, b: str) -> str:
        return self._extreme(a, b, "ole")

    def _extreme(self, a: str, b: str, comparison: str) -> str:
        # As NumPy: a NaN on either side is the result.
        chosen = self.emit(f"fcmp {comparison} {self.type} {a}, {b}")
        either = self.emit(f"or {self.of('i1')} {chosen}, {self._isnan(a)}")
        return self._select(either, a, b)

    def _sign(self, x: str) -> str:
        below = self.emit(f"fcmp olt {self.type} {x}, {self.literal('0.0')}")
        above = self.emit(f"fcmp ogt {self.type} {x}, {self.literal('0.0')}")
        negative = self._select(below, self.literal("-1.0"), x)
        return self._select(above, self.literal("1.0"), negative)

    def _remainder(self, a: str, b: str) -> str:
        # The sign of the divisor, as in Python.
        rest = self.emit(f"frem {self.type} {a}, {b}")
        product = self.emit(f"fmul {self.type} {rest}, {b}")
        other = self.emit(f"fcmp olt {self.type} {product}, {self.literal('0.0')}")
        moved = self.emit(f"fadd {self.type} {rest}, {b}")
        return self._select(other, moved, rest)

    # -- dtypes

    def _unpack(self, value: str, array: str) -> str:
        """A loaded value as the type of the arithmetic."""
        memory = STORAGE[self.dtypes[array]].memory
        if memory == "i16":
            wide = self.emit(f"zext {self.of('i16')} {value} to {self.of('i32')}")
            bits = self.emit(f"shl {self.of('i32')} {wide}, {self.literal('16', 'i32')}")
            value, memory = (
                self.emit(f"bitcast {self.of('i32')} {bits} to {self.of('float')}"),
                "float",
            )
        return self._convert(value, memory, self.compute)

    def _pack(self, node: Expression, array: str) -> str:
        """A result as it is stored, rounded once to nearest even."""
        memory = STORAGE[self.dtypes[array]].memory
        value = self.number(node)
        if memory != "i16":
            return self._convert(value, self.compute, memory)
        value = self._convert(value, self.compute, "float")
        integers = self.of("i32")
        bits = self.emit(f"bitcast {self.of('float')} {value} to {integers}")
        high = self.emit(f"lshr {integers} {bits}, {self.literal('16', 'i32')}")
        odd = self.emit(f"and {integers} {high}, {self.literal('1', 'i32')}")
        bias = self.emit(f"add {integers} {odd}, {self.literal('32767', 'i32')}")
        rounded = self.emit(f"add {integers} {bits}, {bias}")
        nearest = self.emit(f"lshr {integers} {rounded}, {self.literal('16', 'i32')}")
        # Rounding could carry a NaN's payload into infinity: keep it a quiet NaN.
        quiet = self.emit(f"or {integers} {high}, {self.literal('64', 'i32')}")
        nan = self.emit(f"fcmp uno {self.of('float')} {value}, {value}")
        chosen = self._select(nan, quiet, nearest, integers)
        return self.emit(f"trunc {integers} {chosen} to {self.of('i16')}")

    def _convert(self, value: str, source: str, target: str) -> str:
        order = ("half", "float", "double")
        if source == target:
            return value
        kind = "fpext" if order.index(source) < order.index(target) else "fptrunc"
        return self.emit(f"{kind} {self.of(source)} {value} to {self.of(target)}")
