"""Experts, of which each process has its own, with weights that all have: one global norm."""

import copy
import io
import pickle

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.tensor import DTensor, Shard, distribute_tensor

import adamas.torch as optim
from adamas.errors import ConfigurationError
from adamas.runtime.host import program
from divided_models import close, full, grid, line, make, raises

SIZES = {"weight": (6, 4), "bias": (6,)}
ROWS, COLUMNS = 4, 6


def values(name, step):
    """The same in all processes; of experts those with larger numbers are larger."""
    generator = torch.Generator().manual_seed(1000 * step + sum(map(ord, name)))
    large = 1 + 3 * int(name.removeprefix("expert")) if name.startswith("expert") else 1
    return large * torch.randn(SIZES.get(name, (ROWS, COLUMNS)), generator=generator)


class Spread:
    """One layout of a model with experts, and the same model whole in each process.

    Args:
        mesh: of the dense weights; None: they are plain tensors.
        own: of the experts, likewise.
        coordinate, count: experts are here whose number is `coordinate` modulo `count`.
        processes: those among which experts differ.
    """

    def __init__(self, mesh, own, coordinate, count, processes):
        names = [f"expert{number}" for number in range(2 * count - 1)]  # not as many everywhere
        self._here = [name for name in names if int(name[6:]) % count == coordinate]
        self._meshes = {**dict.fromkeys(SIZES, mesh), **dict.fromkeys(self._here, own)}
        self.processes = processes
        self.whole = {name: nn.Parameter(values(name, 0)) for name in (*SIZES, *names)}
        self.parts = {n: nn.Parameter(self._placed(n, values(n, 0))) for n in self._meshes}

    def _placed(self, name, value):
        mesh = self._meshes[name]
        if mesh is None:
            return value.clone()
        return distribute_tensor(value, mesh, [Shard(0)] * mesh.ndim)

    def groups(self, dense=None, experts=None):
        """The groups of parameters, with these keys further."""
        named = list(self.parts.items())
        return [
            {"params": named[: len(SIZES)], **(dense or {})},
            {"params": named[len(SIZES) :], **(experts or {})},
        ]

    def learn(self, step):
        for name, parameter in self.whole.items():
            parameter.grad = values(name, step)
        for name, parameter in self.parts.items():
            parameter.grad = self._placed(name, values(name, step))

    def agree(self):
        for name, parameter in self.parts.items():
            close(full(parameter), self.whole[name].detach(), False, name)


def plain():
    return Spread(None, None, dist.get_rank(), dist.get_world_size(), dist.group.WORLD)


def dense_divided():
    return Spread(line(), None, dist.get_rank(), dist.get_world_size(), dist.group.WORLD)


def on_another_axis():
    """Dense weights are divided along both axes of the mesh, experts along one."""
    mesh = grid("expert", "data")
    processes = mesh.get_group("expert")
    return Spread(mesh, mesh["data"], mesh.get_local_rank("expert"), 2, processes)


LAYOUTS = (plain, dense_divided, on_another_axis)


def norms_count_each_expert_once():
    """The key of a group of parameters, and None in place of the optimizer's argument."""
    for layout in LAYOUTS:
        for by_key in (True, False):
            spread = layout()
            key = {"process_group": spread.processes}
            groups = (
                spread.groups(experts=key) if by_key else spread.groups({"process_group": None})
            )
            new = make("AdamW", global_clipnorm=0.5, **({} if by_key else key))
            optimizer, reference = (
                new(groups),
                make("AdamW", global_clipnorm=0.5)(spread.whole.items()),
            )
            for step in range(1, 4):
                spread.learn(step)
                optimizer.step()
                reference.step()
                np.testing.assert_allclose(
                    optimizer.gradient_norm, reference.gradient_norm, rtol=1e-7
                )
                spread.agree()


def experts_are_skipped_together():
    for layout in LAYOUTS:
        for arguments in ({"global_clipnorm": 1.0}, {}):
            spread = layout()
            new = make("AdamW", nonfinite="skip", **arguments)
            optimizer = new(spread.groups(experts={"process_group": spread.processes}))
            spread.learn(1)
            broken = spread.parts.get("expert1")
            if broken is not None:
                grad = broken.grad
                (grad.to_local() if isinstance(grad, DTensor) else grad).fill_(float("nan"))
            optimizer.step()
            assert optimizer.state_dict()["param_groups"][0]["skipped"] == 1
            spread.agree()


def several_norms_are_told_in_all_processes():
    """Nothing is changed then; a GPU, which nobody waits for, has made its update."""
    words = r"one global norm. Got: norms from [^{]*\{'params': experts, 'process_group'"
    for layout in (dense_divided, on_another_axis):
        for compiler in (None, "triton"):
            spread = layout()
            new = make("AdamW", global_clipnorm=0.5, compiler=compiler)
            optimizer = new(spread.groups())
            spread.learn(1)
            raises(ConfigurationError, optimizer.step, words)
            if compiler is None:
                spread.agree()
                assert optimizer.iterations == 0


def several_norms_are_told_later_as_well():
    """Experts that have no gradients at first do not differ yet."""
    usual, program.NORMS_EVERY = program.NORMS_EVERY, 3
    try:
        spread = dense_divided()
        optimizer = make("AdamW", global_clipnorm=0.5)(spread.groups())
        for step in (1, 2, 3):
            spread.learn(step)
            if step == 1:
                for name in spread.parts.keys() - SIZES.keys():
                    spread.parts[name].grad.zero_()
            if step == 3:
                raises(ConfigurationError, optimizer.step, "one global norm")
            else:
                optimizer.step()
    finally:
        program.NORMS_EVERY = usual


def other_models_have_other_norms():
    """Processes that have no parameter in common are not compared."""
    mesh = grid("model", "data")
    size = 1.0 + mesh.get_local_rank("model")
    plain_one = nn.Parameter(torch.ones(4))
    plain_one.grad = torch.full((4,), 1.0 + dist.get_rank())
    divided = nn.Parameter(distribute_tensor(torch.ones(4), mesh["data"], [Shard(0)]))
    divided.grad = distribute_tensor(torch.full((4,), size), mesh["data"], [Shard(0)])
    for parameter in (plain_one, divided):
        optimizer = optim.SGD([parameter], lr=0.1, global_clipnorm=0.5)
        optimizer.step()
        expected = 2 * float(full(parameter.grad)[0])
        np.testing.assert_allclose(optimizer.gradient_norm, expected, rtol=1e-6)


def process_groups_are_not_saved():
    spread = plain()
    key = {"process_group": dist.group.WORLD}
    optimizer = make("AdamW", global_clipnorm=0.5)(spread.groups(experts=key))
    spread.learn(1)
    optimizer.step()
    state = optimizer.state_dict()
    assert all("process_group" not in group for group in state["param_groups"])
    torch.save(state, io.BytesIO())
    copied = copy.deepcopy(optimizer)
    again = make("AdamW", global_clipnorm=0.5)(spread.groups(experts=key))
    again.load_state_dict(state)
    for other in (copied, again):
        for group, mine in zip(other.param_groups, optimizer.param_groups, strict=True):
            for p, q in zip(group["params"], mine["params"], strict=True):
                p.grad = q.grad.clone()
        other.step()
        np.testing.assert_allclose(other.gradient_norm, optimizer.gradient_norm, rtol=1e-12)
    raises(TypeError, lambda: pickle.dumps(optimizer), "pickle")


def what_is_no_process_group_is_refused():
    outside = dist.new_group([0])
    wrong = ["WORLD", line(), *([outside] if dist.get_rank() else [])]
    for group in wrong:
        one = {"params": [nn.Parameter(torch.ones(3))], "process_group": group}
        raises(ConfigurationError, lambda one=one: optim.AdamW([one]), "that this process is in")
