"""The kernel of one walk over stretches of weights.

A program goes over one chunk of one tensor, some weights at a time. Where all arrays are dense and
begin at multiples of 16 bytes it needs no mask and loads 16 bytes at once; the rest of a tensor,
and tensors that lie elsewhere, take a second loop over the same graph. Tensors with strides are
launched apart: they pair elements by index.
"""

from ...dtypes import STORED
from ...language.blocks import BLOCK
from .memory import is_scales
from .text import kernel_text
from .walk import WalkText, indented

THREADS = 128
"""Threads of a program: 4 warps."""

ARGUMENTS = (
    *("chunks", "table", "gradients", "geometry"),
    *("uniform", "factors", "values", "sums", "stop"),
)
"""chunks: int64 [chunks, 3], of `triton_memory.Stretches`. table: int64 [tensors, columns], the
addresses of all arrays but the gradient, then the row of scalars. gradients: int64 [tensors],
addresses. geometry: int64 [tensors, RANK · (1 + arrays)], sizes and then strides of each array, in
elements. uniform: float64 [rows, …]. factors: float64 [tensors, clips]. values: float64 [tensors,
…], what varies over tensors. sums: float64 [chunks, …]. stop: int32 [1], not 0 if nothing is to be
stored."""


class StretchText(WalkText):
    """The text of the kernel."""

    @property
    def block(self) -> int:
        """Weights that a program has in hand at a time.

        8 for each thread; 4 where numbers of different sizes meet, as each thread then loads the
        same weights of all arrays, and none have to change threads.
        """
        sizes = {STORED[self.dtypes[array]].bytes for array in self.arrays}
        return THREADS * (8 if len(sizes) == 1 else 4)

    def text(self) -> str:
        """The whole module."""
        fields = 3 if self.in_rows == list(self.arrays) else 4
        slow = {array: f"{array}_base + {array}_at" for array in self.in_rows}
        slow |= self._scales()
        body = [
            "chunk = tl.program_id(0).to(tl.int64)",
            f"tensor = tl.load(chunks + {fields} * chunk)",
            f"start = tl.load(chunks + {fields} * chunk + 1)",
            f"length = tl.load(chunks + {fields} * chunk + 2).to(tl.int32)",
            *(["begin = tl.load(chunks + 4 * chunk + 3)"] if fields == 4 else []),
            *self.stopped("length"),
            *self.scalars(),
            *(f"{array}_address = {self.address(array)}" for array in self.arrays),
            "if not STRIDED:",
            *(
                f"    {array}_address += start * {STORED[self.dtypes[array]].bytes}"
                for array in self.in_rows
            ),
            *self.pointers(aligned=False),
            *self.accumulators(),
            "full = 0",
            "if not STRIDED:",
            *indented(self._fast(), 1),
            "for i in range(full, length, BLOCK):",
            "    at = i + tl.arange(0, BLOCK)",
            "    mask = at < length",
            *indented([*self._offsets(), *self._first()], 1),
            *indented(self.body(slow, "mask", {}), 1),
            *self.tensor_sums(0),
        ]
        constants = ("BLOCK", "STRIDED", "RANK", "LONG")
        return kernel_text("walk", ARGUMENTS, constants, "\n".join(indented(body, 1)))

    def _fast(self) -> list[str]:
        every = " | ".join(f"{array}_address" for array in self.in_rows)
        pointers = {array: f"{array}_fast + at" for array in self.in_rows} | self._scales()
        return [
            f"aligned = (({every}) & 15) == 0",
            "full = tl.where(aligned, length // BLOCK * BLOCK, 0)",
            *self.pointers(aligned=True),
            "for i in range(0, full, BLOCK):",
            "    at = i + tl.arange(0, BLOCK)",
            *indented([*self._first(), *self.body(pointers, "", {})], 1),
        ]

    def _first(self) -> list[str]:
        """Which weight of a block stores its scale."""
        return [f"first = at % {BLOCK} == 0"] if self.walk.scales else []

    def _scales(self) -> dict[str, str]:
        """Where the scales of the weights' blocks are."""
        return {a: f"{a}_base + begin + at // {BLOCK}" for a in self.arrays if is_scales(a)}

    def _offsets(self) -> list[str]:
        """Where the weights are in each array, in elements.

        With LONG they are numbered in 64 bits, of which a GPU divides a fifth as fast.
        """
        width = f"tensor * (RANK * {1 + len(self.names)})"
        lines = [f"{array}_at = at" for array in self.in_rows]
        lines += ["if STRIDED:", "    index = start + at.to(tl.int64)"]
        lines += ["    if not LONG:", "        index = index.to(tl.int32)"]
        lines += [f"    {array}_at = tl.zeros([BLOCK], tl.int64)" for array in self.in_rows]
        lines += [
            "    for back in tl.static_range(RANK):",
            f"        size = tl.load(geometry + {width} + RANK - 1 - back)",
            "        if not LONG:",
            "            size = size.to(tl.int32)",
            "        place = (index % size).to(tl.int64)",
            "        index = index // size",
        ]
        for array in self.in_rows:
            end = f"RANK * {2 + self.names.index(array)} - 1 - back"
            stride = f"tl.load(geometry + {width} + {end})"
            lines.append(f"        {array}_at += place * {stride}")
        return lines
