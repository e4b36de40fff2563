"""A pass as readable Python: its walks, and what is computed between them."""

from collections.abc import Mapping

from ..language.expression import ARRAY, Expression, in_order
from ..language.python import assignments, render
from ..lowering import SCRATCH, Lowered


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
    if walk.whole is not None:
        results[f"new_{SCRATCH}"] = walk.whole.arguments[0]
    summed = {f"sum{place + 1}_{index}": node for index, node in enumerate(walk.sums, 1)}
    results |= {f"of_{name}": node.arguments[0] for name, node in summed.items()}
    lines += [f"    {line}" for line in assignments(results, known)]
    for name, node in walk.stores.items():
        value = f"new_{name}" if node.extent else known.get(node, render(node))
        lines.append(f"    {name}[i] = {value}")
    for name, node in walk.checks.items():
        value = f"checked_{name}" if node.extent else known.get(node, render(node))
        lines.append(f"    found |= not isfinite({value})")
    for name, node in summed.items():
        lines.append(f"    {name} += of_{name}  # in double precision")
        names[node] = name
    if walk.whole is not None:
        lines.append(f"    {SCRATCH}[i] = new_{SCRATCH}")
        lines.append(f"{SCRATCH} = {walk.whole.arguments[-1].__name__}({SCRATCH}, …)")
    return "\n".join(lines)


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
