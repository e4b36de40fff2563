"""Kernels that move numbers between small slots, which lie in many places, and one."""

# Triton reads the source of these functions; its types are not Python's.
# pyright: reportArgumentType=false, reportOperatorIssue=false, reportIndexIssue=false

import triton
import triton.language as tl


@triton.jit(
    do_not_specialize=["count"],
    do_not_specialize_on_alignment=["addresses", "places", "numbers", "count"],
)
def take_in(addresses, places, numbers, count, LANES: tl.constexpr, WIDE: tl.constexpr):
    """Numbers that lie in many places, in one.

    addresses: int64, where parts of them begin. places: int64 [count, 2], which part a number is
    in, and where in it, below 0 for none. numbers: float64 [count]; there they are float64 with
    WIDE, else float32.
    """
    at = tl.program_id(0).to(tl.int64) * LANES + tl.arange(0, LANES)
    inside = at < count
    part = tl.load(places + 2 * at, mask=inside, other=0)
    place = tl.load(places + 2 * at + 1, mask=inside, other=0)
    inside = inside & (place >= 0)
    address = tl.load(addresses + part, mask=inside, other=0)
    if WIDE:
        source = address.to(tl.pointer_type(tl.float64)) + place
        tl.store(numbers + at, tl.load(source, mask=inside, other=0.0), mask=inside)
    else:
        source = address.to(tl.pointer_type(tl.float32)) + place
        number = tl.load(source, mask=inside, other=0.0).to(tl.float64)
        tl.store(numbers + at, number, mask=inside)


@triton.jit(
    do_not_specialize=["count"],
    do_not_specialize_on_alignment=["addresses", "places", "numbers", "stop", "count"],
)
def put_back(addresses, places, numbers, stop, count, LANES: tl.constexpr, WIDE: tl.constexpr):
    """The other way, unless the step is stopped; stop: int32 [1]."""
    at = tl.program_id(0).to(tl.int64) * LANES + tl.arange(0, LANES)
    inside = at < tl.where(tl.load(stop) == 0, count, 0)
    part = tl.load(places + 2 * at, mask=inside, other=0)
    place = tl.load(places + 2 * at + 1, mask=inside, other=0)
    inside = inside & (place >= 0)
    address = tl.load(addresses + part, mask=inside, other=0)
    number = tl.load(numbers + at, mask=inside, other=0.0)
    if WIDE:
        tl.store(address.to(tl.pointer_type(tl.float64)) + place, number, mask=inside)
    else:
        target = address.to(tl.pointer_type(tl.float32)) + place
        tl.store(target, number.to(tl.float32), mask=inside)
