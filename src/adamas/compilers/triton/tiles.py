"""The kernel of one walk over tiles of matrices, where rows or columns are summed.

A program goes over some rows of a stretch of columns, some rows at a time. Sums along a row are
complete for the stretch, sums along columns go on from tile to tile; both are added up afterwards,
always in the same order.
"""

from ...dtypes import STORED
from .memory import is_scales
from .text import kernel_text
from .walk import WalkText, indented, reduced

TILE = 1024
"""Weights that a program has in hand at a time: 8 for each thread of 4 warps."""

WIDEST = 128
"""Columns of a tile at most: a block has as many, so that each row of a tile is one."""

TURNS = 16
"""Tiles below each other that one program does."""

FIELDS = ("tensor", "rows", "columns", "row", "column", "row_slot", "column_slot")
"""The int64 fields of a chunk: which tensor, how many rows and columns, how many of all tensors are
before them, and where its sums of them go; then the offset of each array, in elements."""

ARGUMENTS = (
    *("chunks", "table", "gradients", "geometry"),
    *("uniform", "factors", "values", "row_values", "column_values"),
    *("sums", "row_sums", "column_sums", "stop"),
)
"""As those of stretches; geometry: int64 [tensors, 2 · arrays], the strides from row to row and
along a row, in elements. row_values: float64 [rows, …], what varies over rows; row_sums: float64
[slots, …]; and so for columns."""


class TileText(WalkText):
    """The text of the kernel."""

    def text(self) -> str:
        """The whole module."""
        width = len(FIELDS) + len(self.names)
        body = [
            "chunk = tl.program_id(0).to(tl.int64)",
            *(
                f"{name}_of = tl.load(chunks + {width} * chunk + {place})"
                for place, name in enumerate(FIELDS)
            ),
            "tensor = tensor_of",
            "rows = rows_of.to(tl.int32)",
            *self.stopped("rows"),
            *self.scalars(),
            *self._arrays(width),
            *self.pointers(aligned=False),
            *self.pointers(aligned=True),
            "lane = tl.arange(0, WIDTH)",
            "beside = lane < columns_of",
            *self._columns_before(),
            *self.accumulators(),
            f"aligned = (({self._low_bits()}) & 15) == 0",
            f"aligned = aligned & (columns_of == WIDTH) & ({self._unit_strides()})",
            "full = tl.where(aligned, rows, 0)",
            "for i in range(0, full, HEIGHT):",
            *indented(self._turn(aligned=True), 1),
            "for i in range(full, rows, HEIGHT):",
            *indented(self._turn(aligned=False), 1),
            *self.tensor_sums(1, 0),
            *self._columns_after(),
        ]
        constants = ("HEIGHT", "WIDTH")
        return kernel_text("walk", ARGUMENTS, constants, "\n".join(indented(body, 1)))

    def _arrays(self, width: int) -> list[str]:
        lines = []
        for array in self.arrays:
            place, size = self.names.index(array), STORED[self.dtypes[array]].bytes
            offset = f"tl.load(chunks + {width} * chunk + {len(FIELDS) + place})"
            strides = f"geometry + tensor * {2 * len(self.names)} + {2 * place}"
            lines += [
                f"{array}_address = {self.address(array)} + {offset} * {size}",
                f"{array}_down = tl.load({strides})",
                f"{array}_right = tl.load({strides} + 1)",
                # Loaded again, as what is said of it is true in the first loop only.
                f"{array}_far = tl.multiple_of(tl.load({strides}), {16 // size})",
            ]
        return lines

    def _low_bits(self) -> str:
        sizes = {array: STORED[self.dtypes[array]].bytes for array in self.in_rows}
        return " | ".join(f"{a}_address | ({a}_down * {size})" for a, size in sizes.items())

    def _unit_strides(self) -> str:
        return " & ".join(f"({array}_right == 1)" for array in self.in_rows)

    def _columns_before(self) -> list[str]:
        count = len(self.inputs.column)
        lines = []
        for place in range(count):
            at = f"column_values + (column_of + lane) * {count} + {place}"
            lines += [
                f"c{place} = tl.load({at}, mask=beside, other=0.0).to(tl.{self.compute})",
                f"c{place} = tl.broadcast_to(c{place}[None, :], {self.shape})",
            ]
        return lines

    def _columns_after(self) -> list[str]:
        lines = []
        for place, reduction in enumerate(self.inputs.of_column):
            first, value = reduced(reduction, f"column{place}", 0)
            at = f"column_sums + (column_slot_of + lane) * {len(self.column_sums)} + {place}"
            lines += [*first, f"tl.store({at}, {value}, mask=beside)"]
        return lines

    def _turn(self, aligned: bool) -> list[str]:
        names = {
            **{node: f"c{place}" for place, node in enumerate(self.inputs.column)},
            **{node: f"r{place}" for place, node in enumerate(self.inputs.row)},
        }
        pointers = {}
        for array in self.arrays:
            line = "line[:, None].to(tl.int64)"
            pointers[array] = (
                f"{array}_base + {line} * {array}_down + lane[None, :] * 0"
                if is_scales(array)
                else f"{array}_fast + {line} * {array}_far + lane[None, :]"
                if aligned
                else f"{array}_base + {line} * {array}_down + lane[None, :] * {array}_right"
            )
        mask = "inside[:, None]" if aligned else "inside[:, None] & beside[None, :]"
        return [
            "line = i + tl.arange(0, HEIGHT)",
            "inside = line < rows",
            f"mask = tl.broadcast_to({mask}, {self.shape})",
            *(
                ["first = tl.broadcast_to(lane[None, :] == 0, mask.shape)"]
                if self.walk.scales
                else []
            ),
            *self._rows_before(),
            *self.body(pointers, "mask", names),
        ]

    def _rows_before(self) -> list[str]:
        count = len(self.inputs.row)
        lines = []
        for place in range(count):
            at = f"row_values + (row_of + line) * {count} + {place}"
            lines += [
                f"r{place} = tl.load({at}, mask=inside, other=0.0).to(tl.{self.compute})",
                f"r{place} = tl.broadcast_to(r{place}[:, None], {self.shape})",
            ]
        return lines

    def row_sum(self, place: int) -> list[str]:
        """Stored at once: the tile has all of its stretch of columns."""
        at = f"row_sums + (row_slot_of + line) * {len(self.row_sums)} + {place}"
        first, value = reduced(self.inputs.of_row[place], "wide", 1)
        return [*first, f"tl.store({at}, {value}, mask=inside)"]
