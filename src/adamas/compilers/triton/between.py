"""Kernels between walks: what varies over tensors only, and the factors of clips, in float64."""

from collections.abc import Iterable, Mapping, Sequence

from ...language.expression import KNOWN, STEP, TENSOR, Expression, Trace, in_order
from ...language.noise import IDENTITY
from ...lowering import Lowered
from ...passes import NORM_CLIPS
from ...plan import Plan
from .text import Arithmetic, kernel_text
from .walk import clip_of, is_factor

LANES = 1024
"""Tensors, or chunks, that are added up side by side."""

VALUE_ARGUMENTS = ("table", "uniform", "factors", "sizes", "values")
"""As those of a walk; sizes: float64 [tensors, KNOWN]; then the sums of each walk before, and where
random numbers are drawn words: float64 [tensors, IDENTITY]."""


def frontier(nodes: Sequence[Expression]) -> dict[Expression, None]:
    """The scalars of the step that `nodes`, which vary over tensors, are computed from."""
    wanted = set(nodes)
    found: dict[Expression, None] = {}
    for node in in_order(list(nodes)):
        inner = [a for a in node.arguments if isinstance(a, Expression)]
        if node.extent == STEP:
            inner = []
        if node in wanted:
            inner.append(node)
        known = (a for a in inner if a.extent == STEP and a.operation != "constant")
        found |= dict.fromkeys(known)
    return found


def uniform_of(lowered: Lowered, more: Iterable[Expression]) -> dict[Expression, int]:
    """The place of every scalar of the step that a pass needs, beside those a host computes.

    `more` are those that others need than its kernels.
    """
    found: dict[Expression, None] = {}
    for walk in lowered.walks:
        found |= dict.fromkeys(n for n in walk.uniform if n.operation != "constant")
        found |= frontier(walk.small)
    found |= frontier([*lowered.small.values(), *lowered.totals.values()])
    found |= dict.fromkeys(more)
    return {node: place for place, node in enumerate(found)}


def draws(nodes: Sequence[Expression]) -> bool:
    """Whether any of `nodes` is a part of what a tensor's name makes."""
    return any(
        node.operation == "leaf" and node.arguments[0] in IDENTITY for node in in_order(list(nodes))
    )


def values_text(
    nodes: Sequence[Expression],
    uniform: Mapping[Expression, int],
    sums: Sequence[Sequence[Expression]],
    widths: Sequence[int],
    columns: int,
) -> str:
    """The kernel that computes `nodes` for each tensor from the `sums` of the walks before.

    `widths` are the columns of the sums of each walk, `columns` those of the table.
    """
    body = [
        "    tensor = tl.program_id(0).to(tl.int64)",
        f"    row = tl.load(table + tensor * {columns} + {columns - 1})",
    ]
    known: dict[Expression, str] = {}
    identity: list[str] = []

    def load(node: Expression, text: str) -> None:
        known[node] = f"k{len(known)}"
        body.append(f"    {known[node]} = tl.load({text})")

    before = {node: (w, place) for w, found in enumerate(sums) for place, node in enumerate(found)}
    for node in in_order(list(nodes), {*uniform, *before}):
        for argument in (node, *node.arguments):
            if argument in known or not isinstance(argument, Expression):
                continue
            if argument in uniform:
                load(argument, f"uniform + row * {len(uniform)} + {uniform[argument]}")
            elif argument in before:
                walk, place = before[argument]
                load(argument, f"sums{walk} + tensor * {widths[walk]} + {place}")
            elif argument.operation == "leaf" and argument.arguments[0] in KNOWN:
                load(
                    argument,
                    f"sizes + tensor * {len(KNOWN)} + {KNOWN.index(argument.arguments[0])}",
                )
            elif argument.operation == "leaf" and argument.arguments[0] in IDENTITY:
                load(
                    argument,
                    f"words + tensor * {len(IDENTITY)} + {IDENTITY.index(argument.arguments[0])}",
                )
                identity = ["words"]
            elif is_factor(argument):
                load(argument, f"factors + tensor * {len(NORM_CLIPS)} + {clip_of(argument)}")
    for node in nodes:
        if node not in known and node in before:
            walk, place = before[node]
            load(node, f"sums{walk} + tensor * {widths[walk]} + {place}")
    arithmetic = Arithmetic("float64", "    ", known, "x")
    arithmetic.compute(nodes)
    body += arithmetic.lines
    for place, node in enumerate(nodes):
        target = f"values + tensor * {len(nodes)} + {place}"
        body.append(f"    tl.store({target}, {arithmetic.number(node)})")
    arguments = [*VALUE_ARGUMENTS, *(f"sums{place}" for place in range(len(sums))), *identity]
    return kernel_text("between", arguments, (), "\n".join(body))


FACTOR_ARGUMENTS = ("squares", "limit", "factors", "norm", "stop", "tensors")
"""squares: float64 [tensors], of all of a call. limit: float64 [1]. factors: float64 [tensors,
clips]. norm: float64 [1], of all tensors together."""


def factors_text(plan: Plan, clip: str, finite: bool) -> str:
    """The kernel that makes the factors of a clip from sums of squares; one program.

    With `finite`, a norm that is not stops the step.
    """
    trace = Trace()
    norm, limit = trace.leaf("norm", TENSOR), trace.leaf("limit", TENSOR)
    factor = trace.lift(plan.clip_factor(clip, norm, limit))
    together = clip == "global_clipnorm"
    names = {norm: "whole" if together else "each", limit: "largest"}
    indent = "    " if together else "        "
    arithmetic = Arithmetic("float64", indent, names, "x", "[]" if together else "[LANES]")
    arithmetic.compute([factor])
    target = f"factors + tensor * {len(NORM_CLIPS)} + {NORM_CLIPS.index(clip)}"
    lines = [
        *(["    largest = tl.load(limit)"] if together else []),
        "    total = tl.zeros([LANES], tl.float64)",
        "    for first in range(0, tensors, LANES):",
        "        tensor = first + tl.arange(0, LANES)",
        "        total += tl.load(squares + tensor, mask=tensor < tensors, other=0.0)",
        "    whole = tl.sqrt(tl.sum(total, 0))",
        "    tl.store(norm, whole)",
    ]
    if finite:
        lines.append('    tl.store(stop, 1, mask=(whole < float("inf")) == 0)')
    lines += arithmetic.lines if together else []
    lines += [
        "    for first in range(0, tensors, LANES):",
        "        tensor = first + tl.arange(0, LANES)",
        "        inside = tensor < tensors",
    ]
    if not together:
        lines.append("        each = tl.sqrt(tl.load(squares + tensor, mask=inside, other=0.0))")
        lines.append("        largest = tl.broadcast_to(tl.load(limit), [LANES])")
        lines += arithmetic.lines
    value = arithmetic.number(factor)
    lines.append(f"        tl.store({target}, {value}, mask=inside)")
    return kernel_text("factors", FACTOR_ARGUMENTS, ("LANES",), "\n".join(lines))
