"""Graphs as statements of Triton, one operation a line, and texts as modules.

The text holds no number of an optimizer's, and is executed from memory: Triton reads it through
`linecache`, as it would read a file, and keeps what it compiles under a hash of the text and of
everything that it calls. So there is no file that could be stale.
"""

import hashlib
import linecache
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from ...language.bits import ON_BITS, SCALE
from ...language.expression import Expression, in_order
from ...language.noise import prefix
from ...language.operations import OPERATIONS, ByPrecision, Program


class Arithmetic:
    """Statements that compute nodes in one dtype; `names` has the values that are there already.

    A value that is not made here is a number, conditions too (1 and 0). All values have one shape:
    the interpreter cannot spread a condition that is a scalar.
    """

    def __init__(
        self,
        dtype: str,
        indent: str,
        names: dict[Expression, str],
        letter: str,
        shape: str = "[]",
    ) -> None:
        self.dtype = dtype
        self.shape = shape
        self.indent = indent
        self.names = dict(names)
        self.letter = letter
        self.lines: list[str] = []
        self._conditions: set[Expression] = set()
        self._count = 0

    def emit(self, text: str) -> str:
        """One statement; gives the name of its value."""
        self._count += 1
        name = f"{self.letter}{self._count}"
        self.lines.append(f"{self.indent}{name} = {text}")
        return name

    def compute(self, outputs: Iterable[Expression]) -> None:
        """Everything that `outputs` need."""
        for node in in_order(list(outputs), self.names):
            self.names[node] = self.emit(self._text(node))
            if node.truth and node.operation != "constant":
                self._conditions.add(node)

    def number(self, node: Expression) -> str:
        """`node` as a number: conditions become 1 and 0."""
        name = self.names[node]
        return f"{name}.to(tl.{self.dtype})" if node in self._conditions else name

    def condition(self, node: Expression) -> str:
        """`node` as a condition: numbers are true unless 0."""
        name = self.names[node]
        return name if node in self._conditions else f"({name} != 0)"

    def _text(self, node: Expression) -> str:
        if node.operation == "constant":
            return f"tl.full({self.shape}, {literal(node.arguments[0])}, tl.{self.dtype})"
        if node.operation == "key":
            *parts, called, place = node.arguments
            known = ", ".join(map(self.number, parts))
            return f"key_piece({prefix(place // 2, called)}, {known}, {place % 2})"
        if node.operation == "drawn":
            *parts, kind = node.arguments
            return f"{kind}_numbers(index, {', '.join(map(self.number, parts))})"
        if node.operation == SCALE:
            (value,) = map(self.number, node.arguments)
            return f"block_scale({value}, within, {self.shape.count(',')})"
        if node.operation in ON_BITS:
            return f"{node.operation}({', '.join(map(self.number, node.arguments))})"
        row = OPERATIONS[node.operation]
        match row.triton:
            case Program(name):
                return getattr(self, f"_{name}")(node)
            case ByPrecision(double, single):
                form = double if self.dtype == "float64" else single
            case form:
                pass
        value = self.condition if row.logical else self.number
        return form.format(*map(value, node.arguments), dtype=self.dtype)

    def _where(self, node: Expression) -> str:
        condition, yes, no = node.arguments
        chosen = self.condition(condition)
        if node.truth:
            yes, no = self.condition(yes), self.condition(no)
            return f"({chosen} & {yes}) | (({chosen} == 0) & {no})"
        return f"tl.where({chosen}, {self.number(yes)}, {self.number(no)})"


def literal(value: float | bool) -> str:
    """A number as Triton reads it."""
    text = repr(float(value))
    return text if text.lstrip("-")[0].isdigit() else f'float("{text}")'


def _imports(body: str) -> str:
    """What a kernel imports: no more than it calls, so that its text is about nothing else."""
    called = sorted(set(re.findall(r"= (\w+)\(", body)))
    own = f"from adamas.compilers.triton.functions import {', '.join(called)}\n" if called else ""
    return f"import triton\nimport triton.language as tl\n{own}"


def kernel_text(name: str, arguments: Iterable[str], constants: Iterable[str], body: str) -> str:
    """The module of one kernel; no argument is specialized on its value."""
    arguments = list(arguments)
    listed = ", ".join([*arguments, *(f"{constant}: tl.constexpr" for constant in constants)])
    plain = ", ".join(map(repr, arguments))
    return (
        f"{_imports(body)}\n\n@triton.jit(do_not_specialize=[{plain}], "
        f"do_not_specialize_on_alignment=[{plain}])\n"
        f"def {name}({listed}):\n{body}\n"
    )


@cache
def load(name: str, text: str) -> Any:
    """The kernel called `name` in a module of this text."""
    file = f"<adamas {name} {hashlib.sha256(text.encode()).hexdigest()[:16]}>"
    # Without a time of change an entry stays, as those of modules that come from archives.
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"__name__": "adamas.compilers.triton.kernels"}
    exec(compile(text, file, "exec"), namespace)  # text made from a graph, nothing else
    return namespace[name]
