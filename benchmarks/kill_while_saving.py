"""Kill a process while it saves, at random instants: how often is the file lost?

    python benchmarks/kill_while_saving.py
    python benchmarks/kill_while_saving.py --writers adamas "np.savez" --kills 20

Each writer saves one version after another to the same path. A kill (SIGKILL) comes at a random
instant; then the file must load and be one version, whole. Writers whose package is missing are
left out. "in place" is adamas without the temporary file: it shows that the kills do hit.

The second table is the speed of a save and of a load, beside that of copying the file. Needs
fork and signals: Linux or macOS.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from adamas import checkpoint
from adamas.checkpoint import writing
from adamas.checkpoint.format import header_of
from adamas.measure import machine, program, report

Arrays = dict[str, np.ndarray]


class Writer(NamedTuple):
    """A way to save: what it needs installed, how it saves, how it loads."""

    needs: str
    save: Callable[[str, Arrays], None]
    load: Callable[[str], Arrays]


def save_adamas(path: str, arrays: Arrays) -> None:
    checkpoint.write(path, arrays, {})


def load_adamas(path: str) -> Arrays:
    return checkpoint.read(path).tensors


def save_in_place(path: str, arrays: Arrays) -> None:
    with open(path, "wb") as file:
        file.writelines(writing._stream(header_of(arrays, {}), arrays))


def save_safetensors(path: str, arrays: Arrays) -> None:
    import safetensors.numpy

    safetensors.numpy.save_file(arrays, path)


def load_safetensors(path: str) -> Arrays:
    import safetensors.numpy

    return safetensors.numpy.load_file(path)


def save_npz(path: str, arrays: Arrays) -> None:
    with open(path, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_npz(path: str) -> Arrays:
    with np.load(path) as archive:
        return dict(archive)


def save_torch(path: str, arrays: Arrays) -> None:
    import torch

    torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path)


def load_torch(path: str) -> Arrays:
    import torch

    tensors = torch.load(path, weights_only=True)
    return {name: tensor.numpy() for name, tensor in tensors.items()}


WRITERS = {
    "adamas": Writer("adamas", save_adamas, load_adamas),
    "in place": Writer("adamas", save_in_place, load_adamas),
    "safetensors": Writer("safetensors", save_safetensors, load_safetensors),
    "np.savez": Writer("numpy", save_npz, load_npz),
    "torch.save": Writer("torch", save_torch, load_torch),
}


# Kills ------------------------------------------------------------------------------------------


def state(version: int, mebibytes: int) -> Arrays:
    """Two slots of an optimizer that hold nothing but their version."""
    length = mebibytes * 2**20 // 8
    return {slot: np.full(length, version, np.float32) for slot in ("m/weight", "v/weight")}


def is_whole(arrays: Arrays) -> bool:
    """Whether all elements of both slots are of one version."""
    first = arrays["m/weight"].flat[0]
    return set(arrays) == {"m/weight", "v/weight"} and all(
        bool((array == first).all()) for array in arrays.values()
    )


def save_for_ever(writer: Writer, path: str, mebibytes: int) -> None:
    version = 1
    while True:
        writer.save(path, state(version, mebibytes))
        version += 1


def kill_one(writer: Writer, path: str, mebibytes: int, delay: float) -> None:
    """Start a process that saves without end, and kill it after a delay in seconds."""
    process = os.fork()
    if process == 0:
        try:
            save_for_ever(writer, path, mebibytes)
        finally:  # an error: not on through the parent's code
            os._exit(1)
    time.sleep(delay)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    if not os.WIFSIGNALED(status):
        raise RuntimeError("the saving process ended by itself")


def count_lost(name: str, kills: int, mebibytes: int, seed: int, folder: str) -> dict[str, int]:
    """How many of the kills left a file that does not load or is no single version."""
    writer = WRITERS[name]
    chance = random.Random(seed)
    path = os.path.join(folder, "state")
    writer.save(path, state(0, mebibytes))
    began = time.perf_counter()
    writer.save(path, state(0, mebibytes))
    duration = time.perf_counter() - began
    lost = 0
    for _ in range(kills):
        kill_one(writer, path, mebibytes, delay=chance.uniform(0, 4 * duration))
        try:
            lost += not is_whole(writer.load(path))
        except Exception:  # each format has errors of its own
            lost += 1
    return {"kills": kills, "lost": lost, "left over": len(os.listdir(folder)) - 1}


def count_lost_in_process(name: str, arguments: argparse.Namespace) -> dict[str, int]:
    """A fresh process for each writer: it forks, so it should have no threads."""
    command = [sys.executable, __file__, "--child", name, "--folder", str(arguments.folder)]
    for option in ("kills", "mebibytes", "seed"):
        command += [f"--{option}", str(getattr(arguments, option))]
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(command, env=alone, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(answer.stdout)


# Speed ------------------------------------------------------------------------------------------


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def copy_durably(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    with open(target, "rb+") as file:
        os.fsync(file.fileno())


def measure_speed(names: list[str], mebibytes: int, rounds: int, folder: str) -> dict:
    """MB/s of each action, median over rounds in changing order; the first round warms up."""
    chance = np.random.default_rng(0)
    length = mebibytes * 2**20 // 8
    arrays = {slot: chance.random(length, np.float32) for slot in ("m/weight", "v/weight")}
    paths = {name: os.path.join(folder, name) for name in names}
    source, copy = (os.path.join(folder, name) for name in ("source", "copy"))
    save_adamas(source, arrays)

    def hash_all() -> None:
        for array in arrays.values():
            hashlib.sha256(array.data)

    def read_plainly() -> None:
        buffer = np.empty(os.path.getsize(source), np.uint8)
        with open(source, "rb") as file:
            file.readinto(buffer.data)

    actions: dict[tuple[str, str], Callable[[], object]] = {}
    for name in names:
        writer, path = WRITERS[name], paths[name]
        actions[name, "save"] = lambda writer=writer, path=path: writer.save(path, arrays)
        actions[name, "load"] = lambda writer=writer, path=path: writer.load(path)
    actions["plain copy", "save"] = lambda: shutil.copyfile(source, copy)
    actions["plain copy + fsync", "save"] = lambda: copy_durably(source, copy)
    actions["plain read", "load"] = read_plainly
    actions["SHA-256 alone", "save"] = hash_all
    taken = {key: [] for key in actions}
    order = list(actions)
    for round_ in range(rounds + 1):
        for key in order:
            taken[key].append(seconds(actions[key]))
        random.Random(round_).shuffle(order)  # no action always follows the same
    size = sum(array.nbytes for array in arrays.values())
    return {key: size / 1e6 / statistics.median(times[1:]) for key, times in taken.items()}


# Command ----------------------------------------------------------------------------------------


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = program.new_parser(__doc__)
    parser.add_argument("--kills", type=int, default=100, help="per writer (default: 100)")
    parser.add_argument("--mebibytes", type=int, default=16, help="size of the state")
    parser.add_argument("--rounds", type=int, default=5, help="of the speeds; 0: no speeds")
    parser.add_argument("--speed-mebibytes", type=int, default=256, help="size for the speeds")
    parser.add_argument("--writers", nargs="+", choices=WRITERS, default=list(WRITERS))
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    parser.add_argument("--folder", type=Path, help="where to save (default: a temporary one)")
    parser.add_argument("--child", choices=WRITERS, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def run(arguments: argparse.Namespace) -> dict:
    names = [name for name in arguments.writers if importlib.util.find_spec(WRITERS[name].needs)]
    kills = {}
    for name in names:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            own = argparse.Namespace(**vars(arguments) | {"folder": folder})
            kills[name] = count_lost_in_process(name, own)
    speeds: list[list] = []
    if arguments.rounds:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            found = measure_speed(names, arguments.speed_mebibytes, arguments.rounds, folder)
        speeds = [[*key, speed] for key, speed in found.items()]
    return {"kills": kills, "speeds": speeds}


def show(result: dict, arguments: argparse.Namespace) -> None:
    columns = ("kills", "lost", "left over")
    rows = [(name, *(str(row[key]) for key in columns)) for name, row in result["kills"].items()]
    title = f"Killed while saving {arguments.mebibytes} MiB, again and again"
    report.show_table(title, ("", "kills", "file lost", "left over"), rows)
    if not result["speeds"]:
        return
    print()
    speeds = {(name, action): f"{speed:.0f}" for name, action, speed in result["speeds"]}
    rows = [
        (name, *(speeds.get((name, action), "") for action in ("save", "load")))
        for name in dict.fromkeys(name for name, _ in speeds)
    ]
    title = f"MB/s with {arguments.speed_mebibytes} MiB, median of {arguments.rounds}"
    report.show_table(title, ("", "save", "load"), rows)


def main() -> int:
    arguments = parse()
    if arguments.child:
        lost = count_lost(
            arguments.child,
            arguments.kills,
            arguments.mebibytes,
            arguments.seed,
            str(arguments.folder),
        )
        print(json.dumps(lost))
        return 0
    about, result = machine.describe(1), run(arguments)
    return program.answer(arguments, about, result, lambda: show(result, arguments))


if __name__ == "__main__":
    sys.exit(main())
