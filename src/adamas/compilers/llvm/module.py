"""The module of one walk, in LLVM's language: a function for one row of a chunk, and entry points.

Whatever is the same for all weights comes in through memory, so no number appears in the text.
"""

from collections.abc import Sequence

from ...dtypes import FLOATS, STORED, wide
from ...language.noise import INDEX
from ...language.reductions import REDUCTIONS, Reduction
from ...lowering import Walk
from ..inputs import Inputs, arrays_of
from ..memory import family, fields_of
from .arithmetic import Mode
from .blocks import BlockLoops
from .drawing import one_upper_word
from .entry_points import CONTEXT, entry_points
from .joining import joined
from .loop import WIDTH, Loop

POINTERS = {
    *("addresses", "chunks", "scalars"),
    *("tensor_values", "row_values", "column_values"),
    *("tensor_sums", "row_sums", "column_sums"),
}
"""The fields of the context that are addresses, which a row needs."""


def compute_type(dtypes: dict[str, str]) -> str:
    """The type of the arithmetic."""
    return FLOATS[wide(dtypes["p"])].llvm


def module_text(walk: Walk, dtypes: dict[str, str], mode: Mode) -> str:
    """The whole module, for threads whose arithmetic is set as `mode` says."""
    compute = compute_type(dtypes)
    make = _row_of_blocks if walk.stores_scales else _row_function
    function, loops = make(walk, dtypes, compute, WIDTH[compute])
    declarations = dict.fromkeys(line for loop in loops for line in loop.declarations)
    return "\n".join([function, entry_points(mode, len(fields_of(dtypes))), *declarations])


_ROW = "define internal void @run_row(ptr %context, i64 %chunk, i64 %the_row) noinline {"

Row = tuple[str, Sequence[Loop]]
"""The text of a function for one row of a chunk, and its loops."""


def _row_of_blocks(walk: Walk, dtypes: dict[str, str], compute: str, width: int) -> Row:
    """One row, where slots are coded in blocks."""
    blocks, usual = BlockLoops(walk, dtypes, compute, width), Loop(walk, dtypes, compute, width)
    lines = [_ROW, "entry:", *_header(usual), *usual.splats(), *blocks.text()]
    return "\n".join([*lines, "finish:", *_finish(walk, width), "  ret void", "}"]), blocks.loops


def _row_function(walk: Walk, dtypes: dict[str, str], compute: str, width: int) -> Row:
    """One row of a chunk: a vector loop where memory is dense, a scalar loop for what is left."""
    vector, scalar = (Loop(walk, dtypes, compute, lanes) for lanes in (width, 1))
    lines = [
        _ROW,
        "entry:",
        *_header(vector),
        *vector.splats(),
        f"  %dense.length = and i64 %length, -{width}",
        "  %vector.end = select i1 %dense, i64 %dense.length, i64 0",
        "  br label %vector.test",
        *vector.text("vector", "entry", "0", "%vector.end", "scalar.entry"),
        "scalar.entry:",
        "  br label %scalar.test",
        *scalar.text("scalar", "scalar.entry", "%vector.end", "%length", "finish"),
        "finish:",
        *_finish(walk, width),
        "  ret void",
        "}",
    ]
    return "\n".join(lines), (vector, scalar)


def _header(loop: Loop) -> list[str]:
    """Load what the chunk says, the base address of each array, and what comes from the host."""
    walk, dtypes = loop.walk, loop.dtypes
    lines = [
        *_loads("%context", CONTEXT, POINTERS),
        f"  %chunk.index = mul i64 %chunk, {len(fields_of(dtypes))}",
        "  %record = getelementptr i64, ptr %chunks, i64 %chunk.index",
        *_loads("%record", fields_of(dtypes), set()),
        f"  %addresses.index = mul i64 %tensor, {len(dtypes) + 1}",
        "  %addresses.row = getelementptr i64, ptr %addresses, i64 %addresses.index",
    ]
    bases, dense = _bases(loop)
    lines += bases
    all_dense = "true"
    for index, name in enumerate(dense):
        lines.append(f"  %dense.all{index} = and i1 {all_dense}, {name}")
        all_dense = f"%dense.all{index}"
    lines.append(f"  %dense = and i1 true, {all_dense}")
    return [*lines, *_host_values(walk, dtypes, loop.compute)]


def _bases(loop: Loop) -> tuple[list[str], list[str]]:
    """Where each array of the row begins; the conditions under which all are dense in memory."""
    dtypes, used = loop.dtypes, arrays_of(loop.walk)
    lines, dense = list[str](), list[str]()
    for kind in dict.fromkeys(family(name) for name in used):
        lines += [
            f"  %{kind}.down = mul i64 %{kind}_row, %the_row",
            f"  %{kind}.begin = add i64 %{kind}, %{kind}.down",
        ]
    for column, (name, dtype) in enumerate(dtypes.items()):
        if name not in used:
            continue
        kind, scale = family(name), loop.scale(name)
        begin = f"%{kind}.begin"
        if scale > 1:
            begin = f"%offset.{column}"
            lines += [
                f"  {begin} = mul i64 %{kind}.begin, {scale}",
                f"  {loop.stride(name)} = mul i64 %{kind}_stride, {scale}",
            ]
        stride = STORED[dtype].bytes // scale
        lines += [
            f"  %at.{column} = getelementptr i64, ptr %addresses.row, i64 {column}",
            f"  %address.{column} = load i64, ptr %at.{column}",
            f"  %begin.{column} = add i64 %address.{column}, {begin}",
            f"  %base.{column} = inttoptr i64 %begin.{column} to ptr",
        ]
        if kind == "scales":
            continue
        lines.append(f"  %dense.{column} = icmp eq i64 %{kind}_stride, {stride}")
        dense.append(f"%dense.{column}")
        if name == INDEX:
            lines += one_upper_word(f"%begin.{column}", STORED[dtype].bytes)
            dense.append("%upper.one")
    return lines, dense


def _host_values(walk: Walk, dtypes: dict[str, str], compute: str) -> list[str]:
    """What comes from the host: scalars of the step, of the tensor, of the row; columns."""
    inputs = Inputs(walk)
    lines = [
        f"  %group.at = getelementptr i64, ptr %addresses.row, i64 {len(dtypes)}",
        "  %group = load i64, ptr %group.at",
        f"  %group.index = mul i64 %group, {max(len(inputs.uniform), 1)}",
        f"  %group.row = getelementptr {compute}, ptr %scalars, i64 %group.index",
        f"  %tensor.index = mul i64 %tensor, {max(len(inputs.tensor), 1)}",
        "  %tensor.row = getelementptr double, ptr %tensor_values, i64 %tensor.index",
        "  %row.here = add i64 %row, %the_row",
        "  %slot.here = add i64 %row_slot, %the_row",
        "  %first.row = icmp eq i64 %the_row, 0",
    ]
    for index in range(len(inputs.uniform)):
        lines += [
            f"  %uniform{index}.at = getelementptr {compute}, ptr %group.row, i64 {index}",
            f"  %uniform{index} = load {compute}, ptr %uniform{index}.at",
        ]
    for index in range(len(inputs.tensor)):
        lines += [
            f"  %tensor{index}.at = getelementptr double, ptr %tensor.row, i64 {index}",
            f"  %tensor{index}.double = load double, ptr %tensor{index}.at",
            f"  %tensor{index} = fptrunc double %tensor{index}.double to float"
            if compute == "float"
            else f"  %tensor{index} = fadd double %tensor{index}.double, -0.0",
        ]
    for index in range(len(inputs.row)):
        lines += [
            *_element(f"row{index}", compute, "%row_values", index, "row_total", "%row.here"),
            f"  %row{index} = load {compute}, ptr %row{index}.base",
        ]
    for index in range(len(inputs.column)):
        lines += _element(
            f"column{index}", compute, "%column_values", index, "column_total", "%column"
        )
    for index in range(len(inputs.column_sums)):
        lines += _element(
            f"column_sum{index}", "double", "%column_sums", index, "column_slots", "%column_slot"
        )
    return lines


def _element(name: str, kind: str, base: str, index: int, total: str, place: str) -> list[str]:
    """The address of the element `place` in the array number `index` of those after `base`."""
    return [
        f"  %{name}.total.at = getelementptr i64, ptr %context, i64 {CONTEXT.index(total)}",
        f"  %{name}.total = load i64, ptr %{name}.total.at",
        f"  %{name}.first = mul i64 %{name}.total, {index}",
        f"  %{name}.place = add i64 %{name}.first, {place}",
        f"  %{name}.base = getelementptr {kind}, ptr {base}, i64 %{name}.place",
    ]


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


def _finish(walk: Walk, width: int) -> list[str]:
    """Combine the lanes of sums in their order, or of a finding, and add them to the results."""
    inputs = Inputs(walk)
    lines = []
    for index, reduction in enumerate((*inputs.of_tensor, *inputs.of_row)):
        lines += _lanes(reduction, index, width)
    for index, reduction in enumerate(inputs.of_tensor):
        name, count = f"tensor_sum{index}", inputs.per_tensor
        lines += _add(reduction, name, f"%sum{index}", count, index)
    for index in range(len(inputs.row_sums)):
        number = len(inputs.tensor_sums) + index
        lines += [
            *_element(f"row_sum{index}", "double", "%row_sums", index, "row_slots", "%slot.here"),
            f"  store double %sum{number}, ptr %row_sum{index}.base",
        ]
    if walk.checks:
        lines += [
            f"  %found.bits = bitcast <{width} x i1> %vector.found to i{width}",
            f"  %found.vector = icmp ne i{width} %found.bits, 0",
            "  %found = or i1 %found.vector, %scalar.found",
            "  %found.number = uitofp i1 %found to double",
            *_add(
                REDUCTIONS["sum"],
                "found",
                "%found.number",
                inputs.per_tensor,
                inputs.per_tensor - 1,
            ),
        ]
    return lines


def _lanes(reduction: Reduction, index: int, width: int) -> list[str]:
    """All lanes of the vector loop and of the scalar loop joined, in a fixed order."""
    lines = []
    total = f"%scalar.sum{index}"
    for lane in range(width):
        name = f"{index}.{lane}"
        lines += [
            f"  %lane{name} = extractelement <{width} x double> %vector.sum{index}, i64 {lane}",
            *joined(reduction, f"%total{name}", total, f"%lane{name}"),
        ]
        total = f"%total{name}"
    return [*lines, f"  %sum{index} = fadd double {total}, -0.0"]


def _add(reduction: Reduction, name: str, value: str, count: int, index: int) -> list[str]:
    """Join `value` with the chunk's result number `index` of `count`."""
    return [
        f"  %{name}.chunk = mul i64 %chunk, {count}",
        f"  %{name}.place = add i64 %{name}.chunk, {index}",
        f"  %{name}.at = getelementptr double, ptr %tensor_sums, i64 %{name}.place",
        f"  %{name}.before = load double, ptr %{name}.at",
        *joined(reduction, f"%{name}.after", f"%{name}.before", value),
        f"  store double %{name}.after, ptr %{name}.at",
    ]
