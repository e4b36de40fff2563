"""How long does a step take where FSDP2 has spread the model over processes?

    python benchmarks/distributed.py
    python benchmarks/distributed.py --processes 4 --layers 2 --json

AdamW with a clip of the global norm, beside PyTorch's clip_grad_norm_ and fused AdamW. The
processes are gloo's on this machine and take turns with both, round by round. Figures are the
medians of the rounds, of the slowest process in each; a ratio is taken within each.
"""

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from adamas.measure import machine, program, report

WIDTH = 768
CALLS = 3


def main() -> int:
    """Print the times of a step."""
    parser = program.new_parser(__doc__, rounds=9)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--layers", type=int, default=2, help="blocks of GPT-2 small")
    options = parser.parse_args()
    about = machine.describe(1)
    with tempfile.TemporaryDirectory() as folder:
        context = multiprocessing.get_context("spawn")
        ranks = [
            context.Process(target=play, args=(rank, options, folder))
            for rank in range(options.processes)
        ]
        for process in ranks:
            process.start()
        for process in ranks:
            process.join()
        found = json.loads((Path(folder) / "found.json").read_text())
    torch = found["torch"]
    medians = {name: statistics.median(times) for name, times in found.items()}
    ratios = {
        name: statistics.median(own / other for own, other in zip(times, torch, strict=True))
        for name, times in found.items()
    }
    figures = {"seconds": medians, "of torch": ratios}
    return program.answer(options, about, figures, lambda: show(medians, ratios))


def show(medians: dict[str, float], ratios: dict[str, float]) -> None:
    """Print the table."""
    rows = [
        (name, report.duration(seconds), f"{ratios[name]:.2f}") for name, seconds in medians.items()
    ]
    report.show_table("a step, of the slowest process", ("", "takes", "of torch's"), rows)


def play(rank: int, options: argparse.Namespace, folder: str) -> None:
    """One process: the same model for each optimizer."""
    import torch
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    torch.set_num_threads(1)
    store = dist.FileStore(f"{folder}/store", options.processes)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=options.processes)
    mesh = init_device_mesh("cpu", (options.processes,))

    def new_model() -> torch.nn.Module:
        shapes = [(WIDTH, 3 * WIDTH), (WIDTH, WIDTH), (WIDTH, 4 * WIDTH), (4 * WIDTH, WIDTH)]
        layers = [torch.nn.Linear(*shape) for _ in range(options.layers) for shape in shapes]
        model = fully_shard(torch.nn.Sequential(*layers), mesh=mesh)
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
        return model

    steps = steps_of(new_model)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for place in range(options.rounds + 1):
        for name, step in steps.items():
            dist.barrier()
            start = time.perf_counter()
            for _ in range(CALLS):
                step()
            taken = torch.tensor((time.perf_counter() - start) / CALLS)
            dist.all_reduce(taken, dist.ReduceOp.MAX)
            if place:  # the first round warms up
                times[name].append(float(taken))
    if rank == 0:
        (Path(folder) / "found.json").write_text(json.dumps(times))
    dist.barrier()
    dist.destroy_process_group()


def steps_of(new_model: Callable) -> dict[str, Callable[[], None]]:
    """A step of each optimizer, with a model of its own."""
    import torch

    import adamas.torch as optim

    model = new_model()
    theirs = torch.optim.AdamW(model.parameters(), fused=True)

    def clip_and_step() -> None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        theirs.step()

    ours = optim.AdamW(new_model().parameters(), global_clipnorm=1.0)
    return {"torch": clip_and_step, "adamas": ours.step}


if __name__ == "__main__":
    sys.exit(main())
