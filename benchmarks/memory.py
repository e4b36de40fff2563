"""How much memory does a process need beyond parameters, gradients and slots?

    python benchmarks/memory.py
    python benchmarks/memory.py --quick --json

Each library runs in a process of its own: GPT-2 small with clip, Adam and average. After one step
the peak of the process is reset, and 100 steps follow. What grows in them is garbage or temporary
arrays; what was there beyond the arrays after the first step is the library's own. Linux only:
the figures are those of /proc.
"""

import gc
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from adamas.measure import machine, program, report, workloads
from adamas.measure.peers import KINDS

STEPS = 100
MB = 1e6
LIBRARIES = ("adamas", "torch fused", "torch foreach", "optax")
SLOTS = 3
"""m, v and the average."""


def status(field: str) -> int:
    """A field of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def build(name: str, workload: workloads.Workload) -> Any:
    gradients = (list(workload.gradients(0)), list(workload.gradients(1)))
    return KINDS[name].make(workload, gradients, machine.cores())


def step(peer: Any, count: int) -> None:
    for call in range(count):
        peer.give(call % 2)
        peer.step()


def measured(name: str, quick: bool) -> dict[str, Any]:
    """In this process: what `name` needs."""
    for module in KINDS[name].needs:
        importlib.import_module(module)
    table = workloads.workloads
    # A small one first: importing, compiling and starting threads are no part of the question.
    step(build(name, table(quick=True)["gpt2"]), 2)
    gc.collect()
    workload = table(quick)["gpt2"]
    arrays = 4 * workload.weights * (3 + SLOTS)
    before = status("VmRSS")
    peer = build(name, workload)
    reset_peak()
    step(peer, 1)
    gc.collect()
    after_first, peak_first = status("VmRSS"), status("VmHWM")
    reset_peak()
    step(peer, STEPS)
    return {
        "library": name,
        "weights": workload.weights,
        "arrays": arrays,
        "beyond_arrays_after_first_step": after_first - before - arrays,
        "peak_beyond_arrays_in_first_step": peak_first - before - arrays,
        "growth_of_peak_in_100_steps": status("VmHWM") - after_first,
        "allowed": round(1e6 + 0.01 * arrays),
        "numpy": np.__version__,
    }


def asked(name: str, quick: bool) -> dict[str, Any]:
    """The same in a new process."""
    command = [sys.executable, __file__, "--only", name, *(["--quick"] if quick else [])]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    parser = program.new_parser(__doc__, quick=True)
    parser.add_argument("--only", choices=LIBRARIES, help="this one, in this process, as JSON")
    args = parser.parse_args()
    if args.only:
        print(json.dumps(measured(args.only, args.quick)))
        return 0
    about = machine.describe(machine.cores())
    found = [asked(name, args.quick) for name in LIBRARIES if KINDS[name].available]
    return program.answer(args, about, {"memory": found}, lambda: show(found))


def show(found: list[dict[str, Any]]) -> None:
    arrays = f"{found[0]['arrays'] / MB:,.0f} MB"
    report.show_table(
        f"MB beyond parameters, two sets of gradients and slots, which are {arrays}",
        ("", "after 1 step", "peak in step 1", f"growth in {STEPS}", "allowed"),
        [cells(each) for each in found],
    )


def cells(found: dict[str, Any]) -> tuple[str, ...]:
    keys = ("beyond_arrays_after_first_step", "peak_beyond_arrays_in_first_step")
    first = [f"{found[key] / MB:,.1f}" for key in keys]
    growth = f"{found['growth_of_peak_in_100_steps'] / MB:,.1f}"
    return (found["library"], *first, growth, f"{found['allowed'] / MB:,.1f}")


if __name__ == "__main__":
    sys.exit(main())
