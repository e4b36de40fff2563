"""Memory of a process with GPT-2 small, beyond parameters and gradients, and what `explain` says.

    python benchmarks/state_memory.py
    python benchmarks/state_memory.py --quick          does it run? Figures mean nothing

Each way to store states runs in a process of its own, which makes steps over few weights first, so
that what is imported and compiled is no part of the question. Then parameters and gradients of
GPT-2 small come (124 million weights in 148 tensors); what the process takes more after three steps
than before the optimizer was built is what it remembers, and the most that it took meanwhile is
beside it. Linux only: the figures are those of /proc. 2 GB at most.
"""

import gc
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import adamas
from adamas.dtypes import numpy_dtype
from adamas.explanation import explain
from adamas.language.codes import NAMES, WIDE
from adamas.measure import machine, program, report, workloads

STEPS = 3

NARROW = [name for name in NAMES if name != WIDE]
MIXED = [{"m": "8bit", "v": "bfloat16"}] if "8bit" in NAMES else []

WAYS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "float32": ("float32", {}),
    **{f"states={own!r}": ("float32", {"states": own}) for own in (*NARROW, *MIXED)},
    "master='remainder'": ("bfloat16", {"master": "remainder"}),
    **{
        f"master='remainder', states={own!r}": ("bfloat16", {"master": "remainder", "states": own})
        for own in NARROW
    },
}


def status(field: str) -> int:
    """A field of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def arrays(shapes: Mapping[str, tuple[int, ...]], dtype: str) -> dict[str, np.ndarray]:
    """Ones, in memory of their own."""
    return {name: np.ones(shape, numpy_dtype(dtype)) for name, shape in shapes.items()}


def stepped(optimizer: Any, shapes: Mapping[str, tuple[int, ...]], dtype: str) -> tuple[int, int]:
    """Bytes that a process takes more after some steps than before, and at most meanwhile."""
    params, grads = arrays(shapes, dtype), arrays(shapes, dtype)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    optimizer.build(params)
    for _ in range(STEPS):
        optimizer.apply(grads)
    return status("VmRSS") - before, status("VmHWM") - before


def measured(name: str, quick: bool) -> dict[str, Any]:
    """In this process: one way to store states."""
    dtype, arguments = WAYS[name]
    shapes = {f"{i}": s for i, s in enumerate(workloads.workloads(quick)["gpt2"].shapes)}
    # So many that threads are started, and memory is shared out as it will be.
    stepped(adamas.Adam(1e-4, **arguments), {"few": (1024, 512), "vector": (777,)}, dtype)
    optimizer = adamas.Adam(1e-4, **arguments)
    now, most = stepped(optimizer, shapes, dtype)
    said = explain(optimizer, shapes, dtype)
    weights = sum(part.weights for part in said.parts)
    wanted = sum(part.state_bytes * part.weights for part in said.parts)
    return {
        "weights": weights,
        "explained": wanted / weights,
        "measured": now / weights,
        "at_most": most / weights,
        "arrays": sum(size for _, size in optimizer.session.sizes().values()) / weights,
    }


def asked(name: str, quick: bool) -> dict[str, Any]:
    """The same in a new process."""
    command = [sys.executable, __file__, "--only", name, *(["--quick"] if quick else [])]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    parser = program.new_parser(__doc__, quick=True)
    parser.add_argument("--only", choices=tuple(WAYS), help="this one, in this process, as JSON")
    args = parser.parse_args()
    if args.only:
        print(json.dumps(measured(args.only, args.quick)))
        return 0
    about = machine.describe(machine.cores())
    found = {name: asked(name, args.quick) for name in WAYS}
    return program.answer(args, about, {"memory": found}, lambda: show(found))


def show(found: Mapping[str, Mapping[str, float]]) -> None:
    """The table."""
    cells = [
        (
            name,
            f"{own['explained']:.3f}",
            f"{own['measured']:.3f}",
            f"{own['at_most']:.3f}",
            f"{100 * (own['measured'] / own['explained'] - 1):+.1f} %",
            f"{100 * (own['at_most'] / own['explained'] - 1):+.1f} %",
        )
        for name, own in found.items()
    ]
    headings = ("Adam", "explain() says", "measured", "at most", "off", "at most off")
    report.show_table("GPT-2 small: bytes a weight beside parameter and gradient", headings, cells)


if __name__ == "__main__":
    sys.exit(main())
