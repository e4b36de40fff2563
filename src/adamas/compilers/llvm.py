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
import struct
from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..plan import Pass, Plan
from ..rendering import host_function
from . import store
from .graph import Graph, trace_pass
from .llvm_loop import STORAGE, WIDTH, Loop
from .memory import CHUNK_FIELDS, Batch, family
from .threads import run_team, thread_number_function

REFUSES: dict[str, str] = {
    "float16": "the processor cannot convert half precision (x86 without F16C)",
}
"""What this compiler cannot do, and where."""


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
        # A struct packs a few numbers in a third of the time of an assignment to an array.
        self._pack = struct.Struct(f"={kernel.scalar_count}{kernel.dtype.char}").pack_into
        self._packed_rows = [row.data.cast("B") for row in self._rows]
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
        for row, numbers in zip(self._packed_rows, rows, strict=True):
            values = self._scalars(*numbers)
            try:
                self._pack(row, 0, *values)
            except OverflowError:  # beyond float32, where NumPy rounds to infinity
                with np.errstate(over="ignore"):
                    self._pack(row, 0, *np.array(values, self._rows.dtype))
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
    "copysign": 2,
}

_DECLARATIONS = ["declare void @llvm.prefetch.p0(ptr, i32, i32, i32)"] + [
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
    vector = Loop(graph, dtypes, compute, width)
    scalar = Loop(graph, dtypes, compute, 1)
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
            f"  %at.{column} = getelementptr i64, ptr %row, i64 {column}",
            f"  %address.{column} = load i64, ptr %at.{column}",
            f"  %begin.{column} = add i64 %address.{column}, %{kind}",
            f"  %base.{column} = inttoptr i64 %begin.{column} to ptr",
            f"  %dense.{column} = icmp eq i64 %{kind}_stride, {STORAGE[dtype].size}",
        ]
        dense.append(f"%dense.{column}")
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
