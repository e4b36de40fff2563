"""The kernel of one walk over stretches of weights.

A program goes over one chunk of one tensor, some weights at a time. Where all arrays are dense and
begin at multiples of 16 bytes it needs no mask and loads 16 bytes at once; the rest of a tensor,
and tensors that lie elsewhere, take a second loop over the same graph. Tensors with strides are
launched apart: they pair elements by index.
"""

from collections.abc import Mapping

from ..expression import ARRAY, Expression
from ..lowering import SCRATCH, Walk
from ..plan import NORM_CLIPS
from .inputs import Inputs, arrays_of, summed
from .triton_text import SIZES, Arithmetic, compute_type, kernel_text

BLOCK = 1024
"""Weights that a program has in hand at a time: 8 for each thread of 4 warps."""

ARGUMENTS = (
    *("chunks", "table", "gradients", "geometry"),
    *("uniform", "factors", "values", "sums", "stop"),
)
"""chunks: int64 [chunks, 3], `triton_memory.CHUNK`. table: int64 [tensors, columns], the addresses
of all arrays but the gradient, then the row of scalars. gradients: int64 [tensors], addresses.
geometry: int64 [tensors, RANK · (1 + arrays)], sizes and then strides of each array, in elements.
uniform: float64 [rows, …]. factors: float64 [tensors, clips]. values: float64 [tensors, …], what
varies over tensors. sums: float64 [chunks, …]. stop: int32 [1], not 0 if nothing is to be
stored."""


class Places:
    """Where a kernel finds what is computed outside of it, and the names that it has there."""

    def __init__(self, walk: Walk, uniform: Mapping[Expression, int]) -> None:
        """`uniform` has the places of all values of the step in a row of the pass's."""
        tensor = Inputs(walk).tensor
        self._width = max(len(uniform), 1)
        self._uniform = {node: uniform[node] for node in walk.uniform if node in uniform}
        self._factors = {node: clip_of(node) for node in tensor if is_factor(node)}
        self.computed = tuple(node for node in tensor if not is_factor(node))
        """The values of a tensor that are computed between walks, in their order."""

    def names(self) -> dict[Expression, str]:
        """The name of each value."""
        return {
            **{node: f"u{place}" for node, place in self._uniform.items()},
            **{node: f"f{place}" for node, place in self._factors.items()},
            **{node: f"v{place}" for place, node in enumerate(self.computed)},
        }

    def loads(self, dtype: str) -> list[str]:
        """Statements that load all of them, as numbers of a dtype."""
        sources = {
            "u": f"uniform + row * {self._width}",
            "f": f"factors + tensor * {len(NORM_CLIPS)}",
            "v": f"values + tensor * {len(self.computed)}",
        }
        lines = []
        for name in self.names().values():
            lines.append(f"    {name} = tl.load({sources[name[0]]} + {name[1:]}).to(tl.{dtype})")
            lines.append(f"    {name} = tl.broadcast_to({name}, [BLOCK])")
        return lines


def is_factor(node: Expression) -> bool:
    """Whether a node is the factor of a clip, which has memory of its own."""
    return node.operation == "leaf" and node.arguments[0].removesuffix("_factor") in NORM_CLIPS


def clip_of(node: Expression) -> int:
    """The place of a factor's clip."""
    return NORM_CLIPS.index(node.arguments[0].removesuffix("_factor"))


class WalkText:
    """The text of a walk's kernel."""

    def __init__(
        self,
        walk: Walk,
        dtypes: dict[str, str],
        uniform: Mapping[Expression, int],
        names: tuple[str, ...],
    ) -> None:
        """`names` are the arrays in the order of the geometry; `uniform` has the pass's places."""
        self.walk = walk
        self.dtypes = dtypes
        self.compute = compute_type(dtypes)
        self.inputs = Inputs(walk)
        self.places = Places(walk, uniform)
        self.names = names
        self.arrays = arrays_of(walk)
        self.columns = [name for name in names if name != "g"]

    def text(self) -> str:
        """The whole module."""
        body = [*self._head(), *self._bases(), *self._accumulators()]
        body += ["    full = 0", "    if not STRIDED:"]
        body += self._fast()
        body += ["    for i in range(full, length, BLOCK):", *self._loop("_base", "mask")]
        body += self._tail()
        constants = ("BLOCK", "STRIDED", "RANK")
        return kernel_text("walk", ARGUMENTS, constants, "\n".join(body))

    def _head(self) -> list[str]:
        lines = [
            "chunk = tl.program_id(0).to(tl.int64)",
            "tensor = tl.load(chunks + 3 * chunk)",
            "start = tl.load(chunks + 3 * chunk + 1)",
            "length = tl.load(chunks + 3 * chunk + 2).to(tl.int32)",
            f"row = tl.load(table + tensor * {len(self.columns) + 1} + {len(self.columns)})",
        ]
        if self.walk.stores or self.walk.whole is not None:
            lines.append("length = tl.where(tl.load(stop) == 0, length, 0)")
        return [*(f"    {line}" for line in lines), *self.places.loads(self.compute)]

    def _address(self, array: str) -> str:
        if array == "g":
            return "tl.load(gradients + tensor)"
        width, column = len(self.columns) + 1, self.columns.index(array)
        return f"tl.load(table + tensor * {width} + {column})"

    def _bases(self) -> list[str]:
        lines = []
        for array in self.arrays:
            lines.append(f"    {array}_address = {self._address(array)}")
        lines.append("    if not STRIDED:")
        for array in self.arrays:
            lines.append(f"        {array}_address += start * {SIZES[self.dtypes[array]]}")
        for array in self.arrays:
            kind = f"tl.pointer_type(tl.{self.dtypes[array]})"
            lines.append(f"    {array}_base = {array}_address.to({kind})")
        return lines

    def _accumulators(self) -> list[str]:
        lines = [
            f"    total{place} = tl.zeros([BLOCK], tl.float64)"
            for place in range(len(self.inputs.tensor_sums))
        ]
        if self.walk.checks:
            lines.append("    bad = tl.zeros([BLOCK], tl.int32)")
        return lines

    def _fast(self) -> list[str]:
        every = " | ".join(f"{array}_address" for array in self.arrays)
        lines = [
            f"        aligned = (({every}) & 15) == 0",
            "        full = tl.where(aligned, length // BLOCK * BLOCK, 0)",
        ]
        for array in self.arrays:
            # True in the loop below only, which is empty otherwise.
            lines.append(f"        {array}_fast = tl.multiple_of({array}_base, 16)")
        lines += ["        for i in range(0, full, BLOCK):"]
        return [*lines, *(f"    {line}" for line in self._loop("_fast", ""))]

    def _loop(self, suffix: str, mask: str) -> list[str]:
        """The body of a loop, indented by 8."""
        lines = ["        at = i + tl.arange(0, BLOCK)"]
        if mask:
            lines += ["        mask = at < length", *self._offsets()]
        guard = ", mask=mask" if mask else ""
        pointers = {
            array: f"{array}{suffix} + {f'{array}_at' if mask else 'at'}" for array in self.arrays
        }
        names = self.places.names()
        loaded = {**self._leaves(), **self.walk.cut}
        for node, array in loaded.items():
            other = ", other=0.0" if mask else ""
            text = f"tl.load({pointers[array]}{guard}{other})"
            if self.dtypes[array] != self.compute:
                text += f".to(tl.{self.compute})"
            names[node] = f"old_{array}"
            lines.append(f"        old_{array} = {text}")
        arithmetic = Arithmetic(self.compute, "        ", names, "x", "[BLOCK]")
        arithmetic.compute(self.walk.outputs)
        lines += arithmetic.lines
        lines += self._sums(arithmetic, mask)
        for array, node in self._results().items():
            value = f"{arithmetic.number(node)}.to(tl.{self.dtypes[array]})"
            lines.append(f"        tl.store({pointers[array]}, {value}{guard})")
        return lines

    def _leaves(self) -> dict[Expression, str]:
        found: dict[Expression, str] = {}
        waiting, seen = list(self.walk.outputs), set(self.walk.cut)
        while waiting:
            node = waiting.pop()
            if node in seen or node.extent != ARRAY:
                continue
            seen.add(node)
            if node.operation == "leaf":
                found[node] = node.arguments[0]
            waiting += [a for a in node.arguments if isinstance(a, Expression)]
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def _results(self) -> dict[str, Expression]:
        whole = self.walk.whole
        scratch = {} if whole is None else {SCRATCH: whole.arguments[0]}
        return {**self.walk.stores, **scratch}

    def _offsets(self) -> list[str]:
        lines = [f"        {array}_at = at" for array in self.arrays]
        lines += [
            "        if STRIDED:",
            "            index = start + at.to(tl.int64)",
        ]
        lines += [f"            {a}_at = tl.zeros([BLOCK], tl.int64)" for a in self.arrays]
        width = f"tensor * (RANK * {1 + len(self.names)})"
        lines += [
            "            for back in tl.static_range(RANK):",
            f"                size = tl.load(geometry + {width} + RANK - 1 - back)",
            "                place = index % size",
            "                index = index // size",
        ]
        for array in self.arrays:
            block = 1 + self.names.index(array)
            stride = f"tl.load(geometry + {width} + RANK * {block + 1} - 1 - back)"
            lines.append(f"                {array}_at += place * {stride}")
        return lines

    def _sums(self, arithmetic: Arithmetic, mask: str) -> list[str]:
        lines = []
        for place, node in enumerate(self.inputs.tensor_sums):
            inner, square = summed(node)
            wide = f"{arithmetic.number(inner)}.to(tl.float64)"
            lines.append(f"        wide{place} = {wide}")
            if square:
                lines.append(f"        wide{place} = wide{place} * wide{place}")
            value = f"tl.where(mask, wide{place}, 0.0)" if mask else f"wide{place}"
            lines.append(f"        total{place} += {value}")
        for array, node in self.walk.checks.items():
            stored = f"{arithmetic.number(node)}.to(tl.{self.dtypes[array]}).to(tl.{self.compute})"
            lines.append(f"        stored = {stored}")
            found = '(tl.abs(stored) < float("inf")) == 0'
            found = f"mask & ({found})" if mask else found
            lines.append(f"        bad = bad | ({found}).to(tl.int32)")
        return lines

    def _tail(self) -> list[str]:
        width = max(self.inputs.per_tensor, 1)
        lines = [
            f"    tl.store(sums + chunk * {width} + {place}, tl.sum(total{place}, 0))"
            for place in range(len(self.inputs.tensor_sums))
        ]
        if self.walk.checks:
            value = "tl.max(bad, 0).to(tl.float64)"
            lines.append(f"    tl.store(sums + chunk * {width} + {width - 1}, {value})")
        return lines
