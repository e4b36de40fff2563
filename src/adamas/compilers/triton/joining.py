"""Kernels that join what chunks have found: sums in always the same order, and a verdict."""

# Triton reads the source of these functions; its types are not Python's.
# pyright: reportArgumentType=false, reportOperatorIssue=false, reportIndexIssue=false

import triton
import triton.language as tl

from .functions import greater, greatest


@triton.jit(do_not_specialize_on_alignment=["partial", "ranges", "sums"])
def add_up(
    partial,
    ranges,
    sums,
    COUNT: tl.constexpr,
    LANES: tl.constexpr,
    GREATEST: tl.constexpr,
    LEAST: tl.constexpr,
):
    """Each tensor's sums, from those of its chunks: in lanes, always in the same order.

    partial: float64 [chunks, COUNT]. ranges: int64 [tensors, 2], where each tensor's chunks begin
    and end. sums: float64 [tensors, COUNT]. GREATEST and LEAST have a bit for each column that is
    no sum, but a maximum or a minimum.
    """
    tensor = tl.program_id(0).to(tl.int64)
    start = tl.load(ranges + tensor * 2)
    end = tl.load(ranges + tensor * 2 + 1)
    for place in tl.static_range(COUNT):  # pyright: ignore[reportGeneralTypeIssues]
        if ((GREATEST | LEAST) >> place) & 1:
            sign = 1.0 if (GREATEST >> place) & 1 else -1.0
            most = tl.full([LANES], float("-inf"), tl.float64)
            for first in range(start, end, LANES):
                chunk = first + tl.arange(0, LANES)
                inside = chunk < end
                value = tl.load(partial + chunk * COUNT + place, mask=inside, other=0.0)
                most = greater(most, tl.where(inside, value * sign, float("-inf")))
            tl.store(sums + tensor * COUNT + place, greatest(most, 0) * sign + 0.0)
        else:
            total = tl.zeros([LANES], tl.float64)
            for first in range(start, end, LANES):
                chunk = first + tl.arange(0, LANES)
                total += tl.load(partial + chunk * COUNT + place, mask=chunk < end, other=0.0)
            tl.store(sums + tensor * COUNT + place, tl.sum(total, 0))


@triton.jit(
    do_not_specialize=["tensors"], do_not_specialize_on_alignment=["found", "stop", "tensors"]
)
def judge(found, stop, tensors, COUNT: tl.constexpr, LANES: tl.constexpr):
    """Stop the step if anything that it would store is not finite.

    found: float64 [tensors, COUNT], the first of each counts what is not finite. stop: int32 [1].
    """
    bad = tl.zeros([LANES], tl.int32)
    for first in range(0, tensors, LANES):
        tensor = first + tl.arange(0, LANES)
        count = tl.load(found + tensor * COUNT, mask=tensor < tensors, other=0.0)
        bad = bad | (count != 0).to(tl.int32)
    tl.store(stop, 1, mask=tl.max(bad, 0) != 0)


@triton.jit(
    do_not_specialize=["outputs"],
    do_not_specialize_on_alignment=["numbers", "table", "sums", "outputs"],
)
def add_across(
    numbers,
    table,
    sums,
    outputs,
    COUNT: tl.constexpr,
    LANES: tl.constexpr,
    DEEP: tl.constexpr,
    GREATEST: tl.constexpr,
    LEAST: tl.constexpr,
):
    """Many sums of few numbers each, side by side, always in the same order; or others, as above.

    numbers: float64 [numbers, COUNT]. table: int64 [outputs, 3], the first number of each sum, how
    far it is to the next, and how many there are. sums: float64 [outputs, COUNT].
    """
    output = tl.program_id(0).to(tl.int64) * LANES + tl.arange(0, LANES)
    inside = output < outputs
    start = tl.load(table + 3 * output, mask=inside, other=0)
    stride = tl.load(table + 3 * output + 1, mask=inside, other=0)
    length = tl.load(table + 3 * output + 2, mask=inside, other=0)
    for place in tl.static_range(COUNT):  # pyright: ignore[reportGeneralTypeIssues]
        if ((GREATEST | LEAST) >> place) & 1:
            sign = 1.0 if (GREATEST >> place) & 1 else -1.0
            most = tl.full([DEEP, LANES], float("-inf"), tl.float64)
            for first in range(0, tl.max(length, 0), DEEP):
                turn = first + tl.arange(0, DEEP)
                at = (start[None, :] + turn[:, None] * stride[None, :]) * COUNT + place
                there = turn[:, None] < length[None, :]
                value = tl.load(numbers + at, mask=there, other=0.0) * sign
                most = greater(most, tl.where(there, value, float("-inf")))
            tl.store(sums + output * COUNT + place, greatest(most, 0) * sign + 0.0, mask=inside)
        else:
            total = tl.zeros([DEEP, LANES], tl.float64)
            for first in range(0, tl.max(length, 0), DEEP):
                turn = first + tl.arange(0, DEEP)
                at = (start[None, :] + turn[:, None] * stride[None, :]) * COUNT + place
                total += tl.load(numbers + at, mask=turn[:, None] < length[None, :], other=0.0)
            tl.store(sums + output * COUNT + place, tl.sum(total, 0), mask=inside)
