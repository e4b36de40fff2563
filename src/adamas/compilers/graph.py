"""A pass, traced: the graph that every generating compiler writes in its own language."""

from dataclasses import dataclass

from ..expression import ARRAY, STEP, TENSOR, Expression, Trace, in_order
from ..plan import Pass, Plan
from ..rendering import assignments, render
from ..rule import explained


@dataclass(frozen=True)
class Graph:
    """What a pass computes.

    `outputs` are its results by name. `uniform` are the values that are the same for all weights
    and that the results need; they come from the host, computed from `numbers`.
    """

    work: Pass
    outputs: dict[str, Expression]
    uniform: tuple[Expression, ...]
    numbers: tuple[str, ...]


def trace_pass(plan: Plan, work: Pass) -> Graph:
    """Run `work` once on symbols."""
    trace = Trace()
    numbers = ("t", *plan.numbers)
    scalars = plan.scalars({name: trace.leaf(name, STEP) for name in numbers})
    scalars |= {name: trace.leaf(name, TENSOR) for name in work.tensor_scalars}
    arrays = {name: trace.leaf(name, ARRAY) for name in work.arrays}
    values = explained(work.compute, arrays, scalars)
    outputs = {name: trace.lift(values[name]) for name in work.results}
    nodes = in_order(list(outputs.values()))
    needed = [output for output in outputs.values() if output.rank == STEP]
    needed += [
        argument
        for node in nodes
        if node.rank > STEP
        for argument in node.arguments
        if isinstance(argument, Expression) and argument.rank == STEP
    ]
    return Graph(work, outputs, tuple(dict.fromkeys(needed)), numbers)


def render_pass(graph: Graph) -> str:
    """The loop of a pass as readable Python."""
    work = graph.work
    known: dict[Expression, str] = {}
    host: dict[str, Expression] = {}
    for node in graph.uniform:
        if node.operation not in ("leaf", "constant"):
            known[node] = f"c{len(host) + 1}"
            host[known[node]] = node
    for node in in_order(list(graph.outputs.values())):
        if node.operation == "leaf" and node.rank == ARRAY:
            known[node] = f"{node.arguments[0]}[i]"
    lines = [f"# {work.name}: once per step, in double precision", *assignments(host)]
    results = {f"new_{name}": node for name, node in graph.outputs.items() if node.rank > STEP}
    lines += ["# for each weight", "for i in range(n):"]
    lines += [f"    {line}" for line in assignments(results, known)]
    for name, node in graph.outputs.items():
        value = f"new_{name}" if node.rank > STEP else known.get(node, render(node))
        if name in work.writes:
            lines.append(f"    {name}[i] = {value}")
        elif name in work.norms:
            lines.append(f"    squares += {value} * {value}  # double precision, for each tensor")
        else:
            lines.append(f"    found |= not isfinite({value})")
    return "\n".join(lines)
