"""A pass as readable Python: its walks, and what is computed between them."""

from collections.abc import Mapping
from typing import Any

from ..language.expression import ARRAY, Expression, in_order
from ..language.python import assignments, render
from ..language.reductions import REDUCTIONS
from ..lowering import Lowered, result_of, taken_by


def render_pass(lowered: Lowered) -> str:
    """The loops of a pass as readable Python."""
    names: dict[Expression, str] = {}
    parts = [_render_walk(lowered, place, names) for place in range(len(lowered.walks))]
    if lowered.small:
        values = {f"new_{slot}": node for slot, node in lowered.small.items()}
        parts.append("\n".join(["# once per tensor", *assignments(values, names)]))
    return "\n".join(parts)


def _render_walk(lowered: Lowered, place: int, names: dict[Expression, str]) -> str:
    walk = lowered.walks[place]
    title = lowered.work.name if not place else f"{lowered.work.name}, walk {place + 1}"
    known: dict[Expression, str] = dict(names)
    host = _host(walk.uniform, "c", known)
    lines = [f"# {title}: once per step, in double precision", *assignments(host)]
    small = _host(walk.small, f"w{place + 1}_", known)
    if small:
        lines += ["# once per tensor, row or column", *assignments(small, names)]
    names.update((node, known[node]) for node in small.values())
    for node in in_order(walk.outputs, set(walk.cut)):
        if node.operation == "leaf" and node.extent == ARRAY:
            known[node] = f"{node.arguments[0]}[i]"
    known.update((node, f"{name}[i]") for node, name in walk.cut.items())
    lines += ["# for each weight", "for i in range(n):"]
    results = {f"new_{name}": node for name, node in walk.stores.items() if node.extent}
    results |= {f"checked_{name}": node for name, node in walk.checks.items() if node.extent}
    results |= {f"new_{name}": node for name, node in walk.feeds.items()}
    summed = {
        f"{node.operation}{place + 1}_{index}": node for index, node in enumerate(walk.sums, 1)
    }
    results |= {f"of_{name}": node.arguments[0] for name, node in summed.items()}
    lines += [f"    {line}" for line in assignments(results, known)]
    for name, node in walk.stores.items():
        value = f"new_{name}" if node.extent else known.get(node, render(node))
        lines.append(f"    {name}[i] = {value}")
    for name, node in walk.checks.items():
        value = f"checked_{name}" if node.extent else known.get(node, render(node))
        lines.append(f"    found |= not isfinite({value})")
    for name, node in summed.items():
        joins = REDUCTIONS[node.operation].joins
        text = f"{name} += of_{name}  # in double precision"
        lines.append(f"    {text if joins == 'add' else f'{name} = {joins}({name}, of_{name})'}")
        names[node] = name
    lines += [f"    {name}[i] = new_{name}" for name in walk.feeds]
    return "\n".join([*lines, *_calls(lowered, place)])


def _calls(lowered: Lowered, place: int) -> list[str]:
    """The calls of functions of whole tensors that follow a walk."""
    names: dict[Any, str] = {}
    for walk in lowered.walks[: place + 1]:
        names |= {node: name for name, node in walk.feeds.items()}
    later = [walk.given for walk in lowered.walks[place + 1 :]]
    for node, name in [pair for given in later for pair in given.items()]:
        names[result_of(node)] = name
    for slot, node in lowered.matrices.items():
        names.setdefault(result_of(node), slot)
    lines = []
    for whole in lowered.walks[place].wholes:
        function = whole.arguments[-1]
        taken = [_name(names, node) for node in taken_by(whole)]
        given = [
            names.setdefault((whole, part), f"{function.__name__}{part + 1}")
            for part in range(len(function.gives))
        ]
        lines.append(f"{', '.join(given)} = {function.__name__}({', '.join(taken)}, …)")
    return lines


def _name(names: Mapping[Any, str], node: Expression) -> str:
    if node.operation in ("whole", "part"):
        return names[result_of(node)]
    return names[node] if node in names else node.arguments[0]


def _host(
    nodes: tuple[Expression, ...], prefix: str, known: dict[Expression, str]
) -> Mapping[str, Expression]:
    """Names for those of `nodes` that are more than a leaf or a constant."""
    found: dict[str, Expression] = {}
    for node in nodes:
        if node.operation not in ("leaf", "constant") and node not in known:
            known[node] = f"{prefix}{len(found) + 1}"
            found[known[node]] = node
    return found
