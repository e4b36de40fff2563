"""Scenarios that several gloo processes play together, each group of processes started once.

A scenario is a function of no arguments in a module of this folder; it runs in every process and
fails by raising. Run as a program, this file is one of the processes.
"""

import faulthandler
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

TIMEOUT = 300
"""Seconds that a group of processes may take."""

GRACE = 10
"""Seconds that the others may go on after one process has failed."""


def play(names: list[str], processes: int, folder: Path, kept: Path) -> dict[str, str]:
    """What went wrong in each scenario, by its name: nothing, or the errors of the ranks.

    Args:
        names: of the scenarios, such as ``"module.function"``.
        folder: an empty one, for the processes.
        kept: one that several groups share; they find it in ``GLOO_KEPT``.
    """
    program = [sys.executable, __file__, str(processes), str(folder)]
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    changes = {"OMP_NUM_THREADS": "1", "PYTHONPATH": paths, "GLOO_KEPT": str(kept)}
    environment = {**os.environ, **changes}
    logs = [folder / f"{rank}.log" for rank in range(processes)]
    running = []
    for rank, log in enumerate(logs):
        with log.open("wb") as file:
            command = [*program, str(rank), *names]
            running.append(subprocess.Popen(command, env=environment, stdout=file, stderr=file))
    _wait(running)
    outcomes = [_outcomes(folder, rank) for rank in range(processes)]
    errors = {}
    for name in names:
        own = [outcome.get(name, "not finished") for outcome in outcomes]
        errors[name] = "\n".join(f"rank {r}: {e}" for r, e in enumerate(own) if e)
        if any(error == "not finished" for error in own):
            errors[name] += "".join(f"\nlog {r}: {_tail(log)}" for r, log in enumerate(logs))
    return errors


def _wait(running: list[subprocess.Popen]) -> None:
    """Until all have ended; those that do not are stopped."""
    end = time.monotonic() + TIMEOUT
    while any(process.poll() is None for process in running):
        time.sleep(0.05)
        if any(process.poll() for process in running):
            end = min(end, time.monotonic() + GRACE)
        if time.monotonic() > end:
            for process in running:
                process.send_signal(signal.SIGABRT)  # which prints where it is
    for process in running:
        process.wait()


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-6000:]


def _outcomes(folder: Path, rank: int) -> dict[str, str]:
    file = folder / f"{rank}.json"
    return json.loads(file.read_text()) if file.exists() else {}


def main(processes: str, folder: str, rank: str, *names: str) -> None:
    """Play the scenarios one after the other, up to the first that fails."""
    import torch.distributed as dist

    faulthandler.enable()
    os.environ["RANK"] = os.environ["LOCAL_RANK"] = rank
    os.environ["WORLD_SIZE"] = processes
    store = dist.FileStore(str(Path(folder) / "store"), int(processes))
    dist.init_process_group("gloo", store=store, rank=int(rank), world_size=int(processes))
    outcomes: dict[str, str] = {}
    for name in names:
        start = time.monotonic()
        try:
            module, function = name.split(".")
            getattr(importlib.import_module(module), function)()
            outcomes[name] = ""
            print(name, round(time.monotonic() - start, 2), flush=True)
        except BaseException:
            outcomes[name] = traceback.format_exc()
        (Path(folder) / f"{rank}.json").write_text(json.dumps(outcomes))
        if outcomes[name]:
            os._exit(1)  # the others would wait for this one for ever
        dist.barrier()
    dist.destroy_process_group()


def second_fails() -> None:
    """A scenario that fails in one process."""
    assert os.environ["RANK"] != "1", "on purpose"


def nothing() -> None:
    """A scenario that cannot fail."""


if __name__ == "__main__":
    main(*sys.argv[1:])
