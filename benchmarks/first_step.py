"""How long until a new process has taken its first step?

    python benchmarks/first_step.py
    python benchmarks/first_step.py --rounds 3 --json

Every figure is the median of processes started in turn: cold (nothing compiled before), warm (the
second process on a machine), a plain `import adamas`, and, where Numba is installed, an Adam
loop compiled by Numba's `njit`, cold, and from its own cache. Times count from the end of
`import numpy`, which everyone needs, and from the start of the process.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from adamas.measure import machine, program, report

HEAD = """
import time
import numpy as np
after_numpy = time.clock_gettime(time.CLOCK_MONOTONIC)
"""
TAIL = """
print(after_numpy, time.clock_gettime(time.CLOCK_MONOTONIC))
"""
STEP = """
import adamas
params = {"w": np.ones((100, 10), np.float32), "b": np.ones(10, np.float32)}
grads = {name: np.full_like(p, 0.1) for name, p in params.items()}
optimizer = adamas.Adam(%s)
optimizer.apply(grads, params)
assert optimizer.iterations == 1 and params["w"][0, 0] < 1
"""
NUMBA = """
import numba
@numba.njit(%s)
def step(p, g, m, v, alpha, b1, b2, epsilon):
    for i in range(p.size):
        m[i] += (1 - b1) * (g[i] - m[i])
        v[i] += (1 - b2) * (g[i] * g[i] - v[i])
        p[i] -= alpha * m[i] / (np.sqrt(v[i]) + epsilon)
p, g, m, v = np.ones(1000, np.float32), np.ones(1000, np.float32), *np.zeros((2, 1000), np.float32)
one = np.float32
step(p, g, m, v, one(0.001), one(0.9), one(0.999), one(1e-7))
assert p[0] < 1
"""
EVERYTHING = "global_clipnorm=1.0, use_ema=True"


class Case:
    """A program, and whether each run of it gets an empty cache."""

    def __init__(self, name: str, body: str, *, cold: bool, folder: Path) -> None:
        self.name, self.cold = name, cold
        self.folder = folder / name.replace(" ", "-").replace(",", "")
        self.folder.mkdir()
        self.script = self.folder / "program.py"
        self.script.write_text(HEAD + body + TAIL)
        self.cache = self.folder / "cache"
        self.since_numpy: list[float] = []
        self.since_start: list[float] = []

    def run(self, *, keep: bool = True) -> None:
        """Start one process; its times are kept, or thrown away."""
        cache = Path(tempfile.mkdtemp(dir=self.folder)) if self.cold else self.cache
        environment = {
            **os.environ,
            # As an installed package has it: compiled to bytecode, once.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.folder.parent / "bytecode"),
            "ADAMAS_CACHE_DIR": str(cache),
            "NUMBA_CACHE_DIR": str(cache / "numba"),
        }
        start = time.clock_gettime(time.CLOCK_MONOTONIC)
        command = [sys.executable, str(self.script)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        after_numpy, end = map(float, done.stdout.split())
        if keep:
            self.since_numpy.append(end - after_numpy)
            self.since_start.append(end - start)

    def as_json(self) -> dict[str, Any]:
        """The medians so far."""
        return {
            "name": self.name,
            "seconds_after_numpy": statistics.median(self.since_numpy),
            "seconds_after_start": statistics.median(self.since_start),
            "processes": len(self.since_start),
        }


def cases(folder: Path) -> list[Case]:
    programs = [
        ("import adamas", "import adamas\n", False),
        ("Adam, cold", STEP % "", True),
        ("Adam, warm", STEP % "", False),
        ("clip + Adam + average, cold", STEP % EVERYTHING, True),
        ("clip + Adam + average, warm", STEP % EVERYTHING, False),
    ]
    if machine.installed("numba"):
        programs += [
            ("Numba loop, cold", NUMBA % "", True),
            ("Numba loop, warm", NUMBA % "cache=True", False),
        ]
    return [Case(name, body, cold=cold, folder=folder) for name, body, cold in programs]


def main() -> int:
    args = program.new_parser(__doc__, rounds=9).parse_args()
    about = machine.describe(machine.cores())
    with tempfile.TemporaryDirectory() as folder:
        table = cases(Path(folder))
        for case in table:
            case.run(keep=False)  # fills the caches, and the system's of files
        for _ in range(args.rounds):
            for case in table:
                case.run()
    found = [case.as_json() for case in table]
    return program.answer(args, about, {"first_step": found}, lambda: show(found))


def show(found: list[dict[str, Any]]) -> None:
    report.show_table(
        f"until the end of the first step, medians of {found[0]['processes']} processes",
        ("", "after import numpy", "after the start"),
        [
            (
                each["name"],
                report.duration(each["seconds_after_numpy"]),
                report.duration(each["seconds_after_start"]),
            )
            for each in found
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
