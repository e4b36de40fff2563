"""States in a folder on disk: how fast is a step, and what is left of a run that is killed?

    python benchmarks/states_on_disk.py --folder /fast/disk
    python benchmarks/states_on_disk.py --quick          does it run? Figures mean nothing

Adam on a vector of bfloat16 weights with a float32 master: 12 bytes of states a weight, and 4 of
parameters and gradients in memory. The process that steps is in a control group of Linux whose
memory is half of the states; where none can be made, the output says so. Two ways to read and write
the same bytes, as they are, take turns with the steps: one block after the other, and by the same
threads as a step. It is the same file, since disks are not equally fast everywhere. Neither goes
through the system's cache, nor does a step. In each round the faster one is the disk's speed.

Then a run over few weights is killed (SIGKILL) again and again, at random instants. Its parameters
are in a mapped file. If the folder has a whole step it goes on from there, else from its last
checkpoint; in the end all bits must be those of a run that nobody has disturbed.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

import adamas
from adamas.compilers.pager import Move
from adamas.errors import CheckpointError
from adamas.measure import machine, program, report
from adamas.measure.timing import spread

COUNT, QUICK = 150_000_000, 3_000_000
STATES, BESIDE = 12, 4
"""Bytes a weight: in the folder, and of parameters and gradients."""

PROCESS = 300 * 2**20
"""Memory of Python, NumPy and the compiler, which is allowed beside half of the states."""

MOST_KILLS = 12
"""After which a run comes to its end."""

BLOCK = 8 * 2**20
KILLED_WEIGHTS, STEPS, SAVES = 1_000_000, 60, 10


@contextmanager
def group(limit: int) -> Iterator[str | None]:
    """A control group of so much memory below the own one; None where it cannot be."""
    path = None
    try:
        own = dict(
            line.strip().split(":", 2)[1:]  # type: ignore[misc]
            for line in Path("/proc/self/cgroup").read_text().splitlines()
        )
        root = Path("/sys/fs/cgroup")
        old = "memory" in own
        parent = root / "memory" / own["memory"][1:] if old else root / own[""][1:]
        path = parent / f"adamas-{os.getpid()}"
        path.mkdir()
        (path / ("memory.limit_in_bytes" if old else "memory.max")).write_text(str(limit))
        yield str(path)
    except (OSError, KeyError):
        yield None
    finally:
        if path is not None and path.is_dir():
            path.rmdir()


def joined(path: str | None) -> None:
    """Let this process be in a group."""
    if path is not None:
        Path(path, "cgroup.procs").write_text(str(os.getpid()))


def asked(*words: str, check: bool = True) -> Any:
    """What a new process of this program has printed."""
    command = [sys.executable, __file__, *words]
    found = subprocess.run(command, check=check, stdout=subprocess.PIPE, text=True)
    return json.loads(found.stdout) if found.returncode == 0 else None


# -- speed


def plain(file: int, size: int, memory: memoryview) -> None:
    """Read and write all of a file, block by block."""
    for begin in range(0, size, BLOCK):
        block = memory[: min(BLOCK, size - begin)]
        os.preadv(file, [block], begin)
        os.pwritev(file, [block], begin)


def speed(folder: str, count: int, rounds: int, threads: int) -> dict[str, Any]:
    """In this process: seconds of steps, and of the two ways to move as many bytes."""
    adamas.set_num_threads(threads)
    params = [np.ones(count, ml_dtypes.bfloat16)]
    grads = [np.full(count, 0.1, ml_dtypes.bfloat16)]
    optimizer = adamas.Adam(1e-4, master="float32")
    optimizer.build(params, states_folder=os.path.join(folder, "states"))
    path = os.path.join(folder, "states", "states.bin")
    size = os.path.getsize(path)
    file = os.open(path, os.O_RDWR | getattr(os, "O_DIRECT", 0))
    room = np.frombuffer(memoryview(bytearray(BLOCK + 4096)), np.uint8)
    at = -room.ctypes.data % 4096
    block = room[at : at + BLOCK].data
    pages = optimizer.session.pager
    assert pages is not None
    length = pages.stretch
    moves = [
        [Move(begin, min(begin + length, size), 0, True, True)] for begin in range(0, size, length)
    ]
    ways = {
        "step": lambda: optimizer.apply(grads),
        "one block after the other": lambda: plain(file, size, block),
        "by the threads of a step": lambda: pages.run(moves, length, lambda *_: None),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 2):  # at first, reserved blocks read as zeros without the disk
        for name in random.Random(turn).sample(list(ways), len(ways)):
            begin = time.perf_counter()
            ways[name]()
            if turn > 1:
                times[name].append(time.perf_counter() - begin)
    os.close(file)
    own = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in own.splitlines() if line.startswith("VmHWM"))
    return {"bytes": size, "times": times, "peak": peak * 1024}


def timed(args: Any, folder: str) -> dict[str, Any]:
    """The same in a process whose memory is half of the states."""
    count = QUICK if args.quick else COUNT
    limit = PROCESS + count * STATES // 2
    with group(limit) as limited:
        words = ("--in", limited) if limited else ()
        known = ("--rounds", str(args.rounds), "--threads", str(args.threads))
        found = asked("--speed", folder, str(count), *known, *words)
    times = found["times"]
    disk = [
        min(pair)
        for pair in zip(
            times["one block after the other"], times["by the threads of a step"], strict=True
        )
    ]
    ratio = spread([fast / own for fast, own in zip(disk, times["step"], strict=True)])
    return {
        "weights": count,
        "bytes": found["bytes"],
        "limit": limit if limited else None,
        "peak": found["peak"],
        "gigabytes_per_second": {
            name: 2 * found["bytes"] / 1e9 / float(np.median(own)) for name, own in times.items()
        },
        "of_the_disk": vars(ratio),
    }


# -- kills


def train(folder: str) -> None:
    """Go on with a run until it has all of its steps, from whatever is left of it."""
    place = Path(folder)
    params = np.memmap(place / "params", np.float32, "r+", shape=(KILLED_WEIGHTS,))
    optimizer = adamas.Adam(1e-3)
    try:
        optimizer.build([params], states_folder=place / "states")
        print("whole", optimizer.iterations, flush=True)
    except CheckpointError:
        shutil.rmtree(place / "states")
        optimizer = adamas.Adam(1e-3)
        optimizer.build([params], states_folder=place / "states")
        last = max(place.glob("saved-*.params"), default=None)
        params[:] = 1.0 if last is None else np.fromfile(last, np.float32)
        if last is not None:
            optimizer.load(last.with_suffix(".states"))
        print("torn", optimizer.iterations, flush=True)
    while optimizer.iterations < STEPS:
        step = optimizer.iterations
        gradient = np.full(KILLED_WEIGHTS, np.sin(step), np.float32) * params
        optimizer.apply([gradient])
        if optimizer.iterations % SAVES == 0:
            name = place / f"saved-{optimizer.iterations:03}"
            params.tofile(name.with_suffix(".unfinished"))
            optimizer.save(name.with_suffix(".states"))
            name.with_suffix(".unfinished").rename(name.with_suffix(".params"))
    digest = hashlib.sha256(params.tobytes())
    for slot in ("m", "v"):
        digest.update(optimizer.state[slot]["0"])
    print("done", digest.hexdigest(), flush=True)


def run(folder: Path, kills: random.Random | None) -> dict[str, Any]:
    """A run from its beginning to its end, with kills in between."""
    folder.mkdir()
    np.ones(KILLED_WEIGHTS, np.float32).tofile(folder / "params")
    found = {"whole": 0, "torn": 0, "kills": 0}
    while True:
        command = [sys.executable, __file__, "--train", str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            found[process.stdout.readline().split()[0]] += 1
            if kills is not None and found["kills"] < MOST_KILLS:
                time.sleep(kills.uniform(0.0, 1.0))
                process.send_signal(signal.SIGKILL)
            last = process.stdout.read().split()
        if last and process.returncode == 0:
            return {**found, "digest": last[-1]}
        found["kills"] += 1


def killed(folder: str) -> dict[str, Any]:
    """Whether all bits are as in a run that nobody has disturbed."""
    quiet = run(Path(folder, "quiet"), None)
    found = run(Path(folder, "killed"), random.Random(0))
    return {**found, "same_bits": found["digest"] == quiet["digest"]}


def main() -> int:
    parser = program.new_parser(__doc__, rounds=7, threads=True, quick=True)
    parser.add_argument("--folder", help="where the states go; 2 GB are needed")
    parser.add_argument("--speed", nargs=2, help="in this process, as JSON")
    parser.add_argument("--in", dest="group", help="the control group of that process")
    parser.add_argument("--train", help="the run in this folder, in this process")
    args = parser.parse_args()
    if args.speed:
        joined(args.group)
        print(json.dumps(speed(args.speed[0], int(args.speed[1]), args.rounds, args.threads)))
        return 0
    if args.train:
        train(args.train)
        return 0
    about = machine.describe(args.threads)
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        figures = {"speed": timed(args, folder)}
        for left in Path(folder).iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        figures["killed"] = killed(folder)
    return program.answer(args, about, figures, lambda: show(figures))


def show(figures: dict[str, Any]) -> None:
    """The tables."""
    found, ratio = figures["speed"], figures["speed"]["of_the_disk"]
    gigabytes = {name: found[name] / 1e9 for name in ("bytes", "peak")}
    limit = f"{found['limit'] / 1e9:.2f} GB allowed" if found["limit"] else "no limit was possible"
    report.show_table(
        f"{gigabytes['bytes']:.2f} GB of states, {limit}, {gigabytes['peak']:.2f} GB at most used",
        ("", "GB/s, read and written"),
        [(name, f"{rate:.2f}") for name, rate in found["gigabytes_per_second"].items()],
    )
    print(f"of the disk's speed: {ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})\n")
    kills = figures["killed"]
    cells = [(str(kills[name]) for name in ("kills", "whole", "torn", "same_bits"))]
    headings = ("kills", "began with a whole step", "from a checkpoint", "the same bits")
    report.show_table("A run that is killed", headings, [tuple(row) for row in cells])


if __name__ == "__main__":
    sys.exit(main())
