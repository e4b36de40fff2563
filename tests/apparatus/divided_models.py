"""Models that several processes have in parts or whole, and how both are compared."""

import copy
import functools

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate, distribute_tensor
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)

import adamas.torch as optim

ELEMENT_WISE = {
    "Adam": {},
    "AdamW": {"weight_decay": 0.1},
    "SGD": {"momentum": 0.9, "weight_decay": 0.1},
    "Lion": {"weight_decay": 0.1},
    "SGLD": {"seed": 7},
}
WITH_SUMS = {"Lamb": {"weight_decay": 0.1}, "Adafactor": {"weight_decay": 0.1}}
MATRICES = {"Muon": {}, "SOAP": {"precondition_frequency": 1}}
"""SOAP's first eigenbases are found in one update, and turned in the next."""
WITH_MAXIMA = {"SM3": {}}
OVER_ALL = {"Prodigy": {"lr": 1.0, "first_distance": 0.01, "weight_decay": 0.1}}
OTHER_MATRICES = {
    "GaLore": {"rank": 2, "update_proj_gap": 2},
    "KLShampoo": {"precondition_frequency": 1},
    "KLSOAP": {"precondition_frequency": 1},
    "NorMuon": {},
    "PSGDKron": {"seed": 7, "max_size": 10},
    "Shampoo": {"precondition_frequency": 1},
}
OTHERS_OVER_ALL = {"DAdaptAdam": {"lr": 1.0, "first_distance": 0.01, "weight_decay": 0.1}}
"""Those that are divided in the two most usual ways only."""
ALL = {**ELEMENT_WISE, **WITH_SUMS, **OVER_ALL, **MATRICES, **WITH_MAXIMA}

SUMS_OF_PARTS = 1e-6
"""How far float32 numbers may differ, in proportion to the largest of a tensor."""


class Model(nn.Module):
    """Matrices, of which two have one shape, and vectors; 4 processes do not divide all sizes."""

    def __init__(self, width=12, inner=7):
        super().__init__()
        self.first = nn.Linear(width, inner)
        self.second = nn.Linear(inner, width)
        self.third = nn.Linear(width, inner, bias=False)
        self.last = nn.Linear(inner, 3)
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        x = self.norm(self.second(torch.tanh(self.first(x))))
        return self.last(torch.tanh(self.third(x)))


# -- comparing


def make(name, **arguments):
    """A function of named parameters that gives an optimizer."""
    own = {**ALL, **OTHER_MATRICES, **OTHERS_OVER_ALL}[name]
    cls, given = getattr(optim, name), {"lr": 0.01, **own, **arguments}
    return lambda params: cls(params, **given)


def full(tensor):
    if isinstance(tensor, DTensor) and tensor.dtype is torch.int16:
        tensor = tensor.int()  # libraries of communication have none of 16 bits
    return tensor.detach().full_tensor() if isinstance(tensor, DTensor) else tensor.detach()


def close(one, other, exact, what=""):
    """The same bits, or nearly so."""
    assert (one.dtype, one.shape) == (other.dtype, other.shape)
    if exact:
        assert torch.equal(one, other), (what, float((one - other).abs().max()))
    elif one.numel():
        scale = max(float(other.abs().max()), 1e-30)
        difference = float((one - other).abs().max()) / scale
        assert difference <= SUMS_OF_PARTS, (what, difference)


def agree(divided, whole, optimizer, reference, exact):
    """Parameters and all state are the same in both."""
    for (name, p), q in zip(divided.named_parameters(), whole.parameters(), strict=True):
        close(full(p), full(q), exact, name)
        own, expected = optimizer.state[p], reference.state[q]
        assert own.keys() == expected.keys()
        for key, value in own.items():
            right = full(expected[key])
            right = right.int() if right.dtype is torch.int16 else right
            close(full(value), right, exact, f"{key} of {name}")


def learn(divided, step, seed=None, scaled=lambda loss: loss):
    """Gradients, of inputs that differ from process to process."""
    torch.manual_seed(1000 * step + (dist.get_rank() if seed is None else seed))
    scaled(divided(torch.randn(5, 12)).square().sum()).backward()


def take_gradients(divided, whole):
    for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
        q.grad = None if p.grad is None else full(p.grad).clone()


def train(divided, whole, new, steps=2, exact=True, seed=None):
    """Both go the same way."""
    optimizer, reference = new(divided.named_parameters()), new(whole.named_parameters())
    for step in range(steps):
        learn(divided, step, seed=seed)
        take_gradients(divided, whole)
        optimizer.step()
        reference.step()
        assert (optimizer.gradient_norm is None) == (reference.gradient_norm is None)
        if reference.gradient_norm is not None:
            np.testing.assert_allclose(optimizer.gradient_norm, reference.gradient_norm, rtol=1e-7)
        agree(divided, whole, optimizer, reference, exact)
        optimizer.zero_grad()
        reference.zero_grad()
    return optimizer, reference


def raises(error, call, words):
    with pytest.raises(error, match=words):
        call()


# -- models, divided in several ways


def new_model(**sizes):
    torch.manual_seed(0)
    return Model(**sizes)


@functools.cache
def line():
    return init_device_mesh("cpu", (dist.get_world_size(),))


@functools.cache
def grid(*names):
    return init_device_mesh("cpu", (2, dist.get_world_size() // 2), mesh_dim_names=names)


def shard(divided, mesh):
    """FSDP2, in three groups of parameters."""
    for part in (divided.first, divided.second, divided):
        fully_shard(part, mesh=mesh)
    return divided


def sharded(mesh=None, **sizes):
    """A model that FSDP2 divides, and the same one whole."""
    whole = new_model(**sizes)
    return shard(copy.deepcopy(whole), mesh or line()), whole


def sharded_in_two_ways(inner=8):
    """Tensor parallel, and FSDP2 of what that leaves."""
    whole = new_model(inner=inner)
    mesh = grid("data", "tensor")
    styles = {"first": ColwiseParallel(), "second": RowwiseParallel()}
    divided = parallelize_module(copy.deepcopy(whole), mesh["tensor"], styles)
    return shard(divided, mesh["data"]), whole, mesh["data"].get_local_rank()


def placed(placements, mesh=None, dtype=None, **sizes):
    """A model whose parameters have these placements, of which `dims` beyond theirs are left out.

    Its gradients are set by hand: it is not run.
    """
    whole = new_model(**sizes).to(dtype)
    divided = copy.deepcopy(whole)
    for module in divided.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            own = [
                p if p.is_replicate() or p.dim < parameter.ndim else Replicate() for p in placements
            ]
            tensor = distribute_tensor(parameter.data, mesh or line(), own)
            module.register_parameter(name, nn.Parameter(tensor))
    return divided, whole


def step_by_hand(divided, whole, optimizer, reference, step):
    torch.manual_seed(step)
    for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
        q.grad = torch.randn_like(q)
        p.grad = distribute_tensor(q.grad, p.device_mesh, p.placements)
    optimizer.step()
    reference.step()
