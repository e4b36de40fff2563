"""Whole parameters shared out among processes, and stretches of flat ones."""

import copy
import functools
from unittest import mock

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.fsdp import FullyShardedDataParallel
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.nn.parallel import DistributedDataParallel

import adamas.torch as optim
from adamas.errors import NonFiniteError, UnsupportedError
from adamas.language import blocks
from divided_models import (
    ALL,
    ELEMENT_WISE,
    OVER_ALL,
    close,
    full,
    learn,
    make,
    new_model,
    raises,
    take_gradients,
)


def shared_out_parameters_go_as_one():
    """ZeroRedundancyOptimizer, with the global norm of all of them.

    It calls parameters by their places among a process's own, so noise, by names, differs.
    """
    for name in (name for name in ALL if name != "SGLD"):
        whole = new_model()
        divided = DistributedDataParallel(copy.deepcopy(whole))
        arguments = {"lr": 0.01, **ALL[name], "global_clipnorm": 0.1, "use_ema": True}
        optimizer = ZeroRedundancyOptimizer(
            divided.parameters(),
            optimizer_class=functools.partial(getattr(optim, name), process_group=dist.group.WORLD),
            **arguments,
        )
        reference = getattr(optim, name)(whole.parameters(), **arguments)
        for step in range(3):
            learn(divided, step)
            take_gradients(divided, whole)
            optimizer.step()
            reference.step()
            inner = optimizer.optim
            np.testing.assert_allclose(inner.gradient_norm, reference.gradient_norm, rtol=1e-12)
            for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
                close(full(p), full(q), False)
            optimizer.zero_grad()
        optimizer.consolidate_state_dict(to=0)
        if dist.get_rank() == 0:
            expected = reference.state_dict()["state"]
            found = optimizer.state_dict()["state"]
            assert found.keys() == expected.keys()
            for index, entry in found.items():
                assert entry.keys() == expected[index].keys()
                for key, value in entry.items():
                    close(value, expected[index][key], False, key)


def go_on_from(first, second):
    """Give the consolidated state of one optimizer to another."""
    first.consolidate_state_dict(to=0)
    # A copy: the state is first's own memory, which second would take over as it is.
    box = [copy.deepcopy(first.state_dict()) if dist.get_rank() == 0 else None]
    dist.broadcast_object_list(box)
    second.load_state_dict(box[0])


def a_shared_out_state_goes_on():
    """A consolidated state is taken over by another ZeroRedundancyOptimizer."""
    new = functools.partial(optim.AdamW, process_group=dist.group.WORLD)
    arguments = {"lr": 0.01, "global_clipnorm": 0.1}

    def model():
        divided = DistributedDataParallel(new_model())
        return divided, ZeroRedundancyOptimizer(divided.parameters(), new, **arguments)

    (one, first), (other, second) = model(), model()
    for step in range(4):
        if step == 2:
            go_on_from(first, second)
            other.load_state_dict(one.state_dict())
        for divided, optimizer in ((one, first), (other, second)):
            learn(divided, step)
            optimizer.step()
            optimizer.zero_grad()
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(p, q)


def states_of_few_bytes_are_shared_out():
    """Each process stores its own in the bits of an optimizer of these; consolidated, they go on.

    Coins go by the names of parameters, which there are their places among a process's own.
    """
    for arguments in (
        {"states": "8bit", "use_ema": True},
        {"states": {"m": "8bit", "v": "bfloat16"}, "master": "remainder"},
    ):
        dtype = torch.bfloat16 if "master" in arguments else torch.float32
        new, known = functools.partial(optim.AdamW, process_group=dist.group.WORLD), {"lr": 0.01}

        def model():
            divided = new_model(width=130, inner=130).to(dtype)  # noqa: B023
            return divided, ZeroRedundancyOptimizer(divided.parameters(), new, **known, **arguments)  # noqa: B023

        with mock.patch.object(blocks, "FROM", 500):
            (one, first), (other, second), (whole, _) = model(), model(), model()
            places = {id(p): place for place, p in enumerate(one.parameters())}
            own = [places[id(p)] for p in first.optim.param_groups[0]["params"]]
            mine = [list(whole.parameters())[place] for place in own]
            reference = optim.AdamW(mine, **known, **arguments)
            for step in range(4):
                if step == 2:
                    go_on_from(first, second)
                    other.load_state_dict(one.state_dict())
                torch.manual_seed(step)
                for p, q, r in zip(*(m.parameters() for m in (one, other, whole)), strict=True):
                    p.grad = torch.randn_like(p)
                    q.grad, r.grad = p.grad.clone(), p.grad.clone()
                for optimizer in (first, second, reference):
                    optimizer.step()
            for p, r in zip(first.optim.param_groups[0]["params"], mine, strict=True):
                close(full(p), full(r), True)
                for key, value in first.optim.state[p].items():
                    close(value, reference.state[r][key], True, key)
            for p, q in zip(one.parameters(), other.parameters(), strict=True):
                close(full(p), full(q), True)
            dtypes = {str(v.dtype) for p in mine for v in reference.state[p].values()}
            assert "torch.int8" in dtypes


def a_process_without_parameters_takes_part():
    parameter = nn.Parameter(torch.ones(3))
    mine = [parameter] if dist.get_rank() == 0 else []
    for arguments in ({"global_clipnorm": 0.5}, {"nonfinite": "skip"}, {"clipnorm": 1.0}):
        optimizer = optim.Adafactor([{"params": mine}], process_group=dist.group.WORLD, **arguments)
        parameter.grad = torch.full((3,), 2.0)
        optimizer.step()
        if "nonfinite" not in arguments:
            assert abs(optimizer.gradient_norm - 12**0.5) < 1e-12
        parameter.grad[0] = float("nan")
        before = parameter.detach().clone()
        if "nonfinite" in arguments:
            optimizer.step()
            assert torch.equal(parameter, before)
            assert optimizer.state_dict()["param_groups"][0]["skipped"] == 1


def shared_out_parameters_are_skipped_together():
    rank = dist.get_rank()
    for kind in ("skip", "skip_gradients", "raise"):
        parameter = nn.Parameter(torch.ones(3))
        optimizer = optim.AdamW([parameter], process_group=dist.group.WORLD, nonfinite=kind)
        parameter.grad = torch.full((3,), float("nan") if rank == 1 else 1.0)
        if kind == "raise":
            words = "parameter '0'" if rank == 1 else "of another process"
            raises(NonFiniteError, optimizer.step, words)
        else:
            optimizer.step()
        assert torch.equal(parameter.detach(), torch.ones(3))


def a_copy_has_the_same_group():
    parameter = nn.Parameter(torch.ones(3))
    optimizer = optim.AdamW([parameter], process_group=dist.group.WORLD, global_clipnorm=1.0)
    copied = copy.deepcopy(optimizer)
    copied.param_groups[0]["params"][0].grad = torch.full((3,), 2.0)
    copied.step()
    expected = (12 * dist.get_world_size()) ** 0.5
    np.testing.assert_allclose(copied.gradient_norm, expected, rtol=1e-12)


def fsdp1_goes_as_one_where_weights_are_on_their_own():
    """Flat parameters: parts of them are nobody's tensors, but a norm of all is a norm of all.

    Where a weight stands in its tensor, by which noise goes, nobody knows of them.
    """
    for name in (name for name in (*ELEMENT_WISE, *OVER_ALL) if name != "SGLD"):
        whole = new_model()
        divided = FullyShardedDataParallel(
            copy.deepcopy(whole), use_orig_params=True, device_id=torch.device("cpu")
        )
        arguments = {"lr": 0.01, **ALL[name], "global_clipnorm": 0.1}
        optimizer = getattr(optim, name)(
            divided.parameters(), process_group=dist.group.WORLD, **arguments
        )
        reference = getattr(optim, name)(whole.parameters(), **arguments)
        for step in range(3):
            learn(divided, step)
            with FullyShardedDataParallel.summon_full_params(divided, with_grads=True):
                take_gradients(divided, whole)
            optimizer.step()
            reference.step()
            with FullyShardedDataParallel.summon_full_params(divided):
                for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
                    close(p.detach(), q.detach(), False)
            optimizer.zero_grad()


def flat_parameters_are_refused_where_more_must_be_known():
    words = {
        "fully_shard": [("Lamb", {}), ("Muon", {}), ("AdamW", {"clipnorm": 1.0})],
        "process_group": [("AdamW", {"global_clipnorm": 1.0}), ("AdamW", {"nonfinite": "skip"})],
    }
    for way_out, cases in words.items():
        for name, arguments in cases:
            divided = FullyShardedDataParallel(
                new_model(), use_orig_params=True, device_id=torch.device("cpu")
            )
            optimizer = make(name, **arguments)(divided.parameters())
            learn(divided, 0)
            raises(UnsupportedError, optimizer.step, way_out)
    # The process group of others says nothing of the stretches.
    others = {"params": [nn.Parameter(torch.ones(3))], "process_group": dist.group.WORLD}
    optimizer = optim.AdamW([{"params": divided.parameters()}, others], global_clipnorm=1.0)
    raises(UnsupportedError, optimizer.step, "process_group")
