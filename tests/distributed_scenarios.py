"""What several processes must do as one does: scenarios for `gloo.play`.

Each process also has the whole model, and its optimizer takes the gradients of the divided one,
gathered: both must go the same way.
"""

import copy

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

import adamas.torch as optim

OPTIMIZERS = {
    "Adam": lambda p, **kw: optim.Adam(p, lr=0.01, **kw),
    "AdamW": lambda p, **kw: optim.AdamW(p, lr=0.01, **kw),
    "SGD": lambda p, **kw: optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=0.1, **kw),
    "Lion": lambda p, **kw: optim.Lion(p, lr=0.01, **kw),
    "Lamb": lambda p, **kw: optim.Lamb(p, lr=0.01, **kw),
    "Adafactor": lambda p, **kw: optim.Adafactor(p, lr=0.01, **kw),
    "Muon": lambda p, **kw: optim.Muon(p, lr=0.01, **kw),
}

SUMS_OF_PARTS = 1e-6
"""How far float32 numbers may differ where the parts of a sum were added up in another order."""


class Model(nn.Module):
    """Matrices of several shapes, vectors, and sizes that 4 processes do not divide."""

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


def full(tensor):
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def close(one, other, exact):
    """The same bits, or nearly so, relative to the largest number."""
    assert one.dtype == other.dtype
    if exact:
        assert torch.equal(one, other), (one - other).abs().max()
    else:
        scale = max(float(other.abs().max()), 1e-30) if other.numel() else 1.0
        np.testing.assert_allclose(
            one.numpy() / scale, other.numpy() / scale, atol=SUMS_OF_PARTS, rtol=0
        )


def agree(divided, whole, optimizer, reference, exact):
    """Parameters and all state are the same in both."""
    for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
        close(full(p.detach()), q.detach(), exact)
        own, expected = optimizer.state[p], reference.state[q]
        assert own.keys() == expected.keys()
        for name, value in own.items():
            close(full(value), expected[name], exact)


def train(divided, whole, make, steps=3, exact=True, scale=1.0):
    """Both go the same way, also through averages."""
    optimizer = make(divided.named_parameters())
    reference = make(whole.named_parameters())
    for step in range(steps):
        torch.manual_seed(100 * step + dist.get_rank())
        divided(torch.randn(5, 12)).square().sum().mul(scale).backward()
        for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
            q.grad = full(p.grad).clone()
        optimizer.step()
        reference.step()
        if reference.gradient_norm is not None:
            np.testing.assert_allclose(optimizer.gradient_norm, reference.gradient_norm, rtol=1e-7)
        agree(divided, whole, optimizer, reference, exact)
        optimizer.zero_grad()
        reference.zero_grad()
    return optimizer, reference


def new_model(**sizes):
    torch.manual_seed(0)
    return Model(**sizes)


def sharded(**sizes):
    """A model that FSDP2 divides among all processes, and the same one whole."""
    whole = new_model(**sizes)
    divided = copy.deepcopy(whole)
    mesh = init_device_mesh("cpu", (dist.get_world_size(),))
    for part in (divided.first, divided.second):
        fully_shard(part, mesh=mesh)
    fully_shard(divided, mesh=mesh)
    return divided, whole


def element_wise_rules_give_the_same_bits():
    for name in ("Adam", "AdamW", "SGD", "Lion"):
        train(*sharded(), OPTIMIZERS[name])


def a_global_clip_is_that_of_the_whole_model():
    for name in OPTIMIZERS:
        train(*sharded(), lambda p: OPTIMIZERS[name](p, global_clipnorm=0.1), exact=False)


EVERYWHERE = [
    "element_wise_rules_give_the_same_bits",
    "a_global_clip_is_that_of_the_whole_model",
]
