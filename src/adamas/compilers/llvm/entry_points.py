"""What calls the function for one row, in LLVM's language: all chunks, by one thread or by a team.

Everything comes in through the context, memory of which the first argument has the address.
"""

from functools import cache, reduce

from ..memory import AT
from .arithmetic import Mode

CONTEXT = (
    "addresses",
    "chunks",
    "chunk_count",
    "scalars",
    "tensor_values",
    "row_values",
    "column_values",
    "tensor_sums",
    "row_sums",
    "column_sums",
    "row_total",
    "column_total",
    "row_slots",
    "column_slots",
    "part_starts",
    "part_count",
    "counters",
    "thread_number",
    "turn",
    "made",
)
"""The int64 fields of the context that the entry points take; a run leaves its `turn` in `made`."""

COUNTER_SPACING = 8
"""int64 from one thread's counter to the next: a cache line each."""

_ENTRY_POINTS = """
define internal void @run_chunk(ptr %context, i64 %chunk) {
entry:
  %chunks.at = getelementptr i64, ptr %context, i64 [chunks]
  %chunks = load ptr, ptr %chunks.at
  %rows.index.first = mul i64 %chunk, [fields]
  %rows.index = add i64 %rows.index.first, [rows]
  %rows.at = getelementptr i64, ptr %chunks, i64 %rows.index
  %rows = load i64, ptr %rows.at
  br label %body
body:
  %row = phi i64 [0, %entry], [%next, %body]
  call void @run_row(ptr %context, i64 %chunk, i64 %row)
  %next = add i64 %row, 1
  %more = icmp slt i64 %next, %rows
  br i1 %more, label %body, label %done
done:
  ret void
}

; Whoever comes last has done the rest: what was asked for is made.
define internal void @note(ptr %context) {
  %turn.at = getelementptr i64, ptr %context, i64 [turn]
  %turn = load i64, ptr %turn.at
  %made.at = getelementptr i64, ptr %context, i64 [made]
  store atomic i64 %turn, ptr %made.at monotonic, align 8
  ret void
}

; Whether it is made already: the handler of a signal may have brought it to its end.
define internal i1 @is_made(ptr %context) {
  %turn.at = getelementptr i64, ptr %context, i64 [turn]
  %turn = load i64, ptr %turn.at
  %made.at = getelementptr i64, ptr %context, i64 [made]
  %made = load atomic i64, ptr %made.at monotonic, align 8
  %same = icmp eq i64 %turn, %made
  ret i1 %same
}

define void @run_all(ptr %context) {
  %is.made = call i1 @is_made(ptr %context)
  br i1 %is.made, label %end, label %entry
entry:
[mode.begin]  %count.at = getelementptr i64, ptr %context, i64 [chunk_count]
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
  call void @note(ptr %context)
[mode.end]  br label %end
end:
  ret void
}

; A thread takes the chunks of its own share first, then helps with the next one's, and so on.
define void @run_part(ptr %context, i64 %number) {
  %is.made = call i1 @is_made(ptr %context)
  br i1 %is.made, label %end, label %entry
entry:
[mode.begin]  %starts.at = getelementptr i64, ptr %context, i64 [part_starts]
  %starts = load ptr, ptr %starts.at
  %parts.at = getelementptr i64, ptr %context, i64 [part_count]
  %parts = load i64, ptr %parts.at
  %counters.at = getelementptr i64, ptr %context, i64 [counters]
  %counters = load ptr, ptr %counters.at
  br label %share
share:
  %turn = phi i64 [0, %entry], [%turn.next, %share.end]
  %any = icmp slt i64 %turn, %parts
  br i1 %any, label %share.begin, label %done
share.begin:
  %sum = add i64 %number, %turn
  %part = urem i64 %sum, %parts
  %counter.index = mul i64 %part, [spacing]
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
  call void @note(ptr %context)
[mode.end]  br label %end
end:
  ret void
}

define void @run_team(ptr %context) {
  %function.at = getelementptr i64, ptr %context, i64 [thread_number]
  %function = load ptr, ptr %function.at
  %number.narrow = call i32 %function()
  %number = sext i32 %number.narrow to i64
  call void @run_part(ptr %context, i64 %number)
  ret void
}
[mode.declarations]"""

_PLACES = {**{name: place for place, name in enumerate(CONTEXT)}, "rows": AT["rows"]}


@cache
def entry_points(mode: Mode, fields: int) -> str:
    """Their text, for chunks of so many fields."""
    filled = {
        "fields": fields,
        "spacing": COUNTER_SPACING,
        **_PLACES,
        **{f"mode.{name}": text for name, text in mode._asdict().items()},
    }
    return reduce(
        lambda text, name: text.replace(f"[{name}]", str(filled[name])), filled, _ENTRY_POINTS
    )
