"""What several processes must do as one does: scenarios for `gloo.play`.

Each process also has the whole model, and its optimizer takes the gradients of the divided one,
gathered: both must go the same way. What no sum goes into has the same bits; where the parts of a
sum are added up in another order than in one process, float32 numbers may differ in the last bits.
"""

import copy
import functools
import os
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_optimizer_state_dict,
    get_state_dict,
    set_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FullyShardedDataParallel, fully_shard
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)
from torch.nn.parallel import DistributedDataParallel

import adamas.torch as optim
from adamas import schedules
from adamas.errors import ArrayError, NonFiniteError, UnsupportedError
from adamas.frameworks.torch.distributed import Parts
from adamas.frameworks.torch.processes import Others

ELEMENT_WISE = {
    "Adam": {},
    "AdamW": {"weight_decay": 0.1},
    "SGD": {"momentum": 0.9, "weight_decay": 0.1},
    "Lion": {"weight_decay": 0.1},
}
WITH_SUMS = {"Lamb": {"weight_decay": 0.1}, "Adafactor": {"weight_decay": 0.1}}
MATRICES = {"Muon": {}}
ALL = {**ELEMENT_WISE, **WITH_SUMS, **MATRICES}

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
    cls, given = getattr(optim, name), {"lr": 0.01, **ALL[name], **arguments}
    return lambda params: cls(params, **given)


def full(tensor):
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
            close(full(value), full(expected[key]), exact, f"{key} of {name}")


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


def placed(placements, mesh=None, **sizes):
    """A model whose parameters have these placements, of which `dims` beyond theirs are left out.

    Its gradients are set by hand: it is not run.
    """
    whole = new_model(**sizes)
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


# -- scenarios: the same as one process


def element_wise_rules_give_the_same_bits_under_fsdp2():
    for name in ELEMENT_WISE:
        train(*sharded(), make(name, use_ema=True))


def rules_with_sums_are_exact_under_fsdp2():
    for name in WITH_SUMS:
        train(*sharded(), make(name), exact=False)


def matrices_are_whole_in_muon_under_fsdp2():
    """A matrix is computed from the same bits by one process, so its results are the same."""
    train(*sharded(), make("Muon"))


def a_global_clip_is_that_of_the_whole_model():
    for name in ALL:
        train(*sharded(), make(name, global_clipnorm=0.1), exact=False)


def a_clip_of_each_tensor_is_that_of_the_whole_tensor():
    for name in ("AdamW", "Adafactor"):
        train(*sharded(), make(name, clipnorm=0.1), exact=False)


def accumulated_gradients_clip_as_one_does():
    arguments = {"gradient_accumulation_steps": 2, "use_ema": True, "global_clipnorm": 0.1}
    for name in ("AdamW", "Muon"):
        train(*sharded(), make(name, **arguments), steps=4, exact=False)
    train(*sharded(), make("AdamW", gradient_accumulation_steps=2), steps=4)


def norms_of_rows_and_columns_are_whole():
    """Clips by the norm of each unit, and centralized gradients, sum over some axes only."""
    arguments = {"centralize_gradients": True, "adaptive_clip": 0.01}
    train(*sharded(), make("AdamW", **arguments), exact=False)


def small_models_leave_processes_without_a_part():
    """Of 3 rows, or of a vector of 3, the fourth of four processes has nothing."""
    for name in ("AdamW", "Lamb", "Adafactor", "Muon"):
        divided, whole = sharded(inner=3)
        optimizer, _ = train(divided, whole, make(name, use_ema=True), exact=False)
    sizes = [p.to_local().numel() for p in divided.parameters()]
    assert dist.get_world_size() < 4 or dist.get_rank() < 3 or 0 in sizes
    with optimizer.averaged():
        pass


def averages_are_swapped_in_and_out():
    divided, whole = sharded()
    optimizer, reference = train(divided, whole, make("AdamW", use_ema=True, ema_momentum=0.5))
    before = [full(p).clone() for p in divided.parameters()]
    with optimizer.averaged(), reference.averaged():
        agree(divided, whole, optimizer, reference, True)
        assert not torch.equal(full(divided.first.weight), before[0])
    assert all(torch.equal(full(p), b) for p, b in zip(divided.parameters(), before, strict=True))
    optimizer.finalize()
    reference.finalize()
    agree(divided, whole, optimizer, reference, True)
    assert not torch.equal(full(divided.first.weight), before[0])


def hybrid_sharding_goes_as_one():
    for name in ALL:
        train(*sharded(grid("replica", "part")), make(name, global_clipnorm=0.1), exact=False)
    train(*sharded(grid("replica", "part")), make("AdamW", use_ema=True))


def tensor_parallel_and_fsdp2_go_as_one():
    for name in ALL:
        *models, seed = sharded_in_two_ways()
        train(*models, make(name, global_clipnorm=0.1), exact=False, seed=seed)
    *models, seed = sharded_in_two_ways()
    placements = {type(p).__name__ for q in models[0].parameters() for p in q.placements}
    assert "_StridedShard" in placements
    train(*models, make("AdamW", use_ema=True), seed=seed)
    *models, seed = sharded_in_two_ways()
    train(*models, make("Muon"), seed=seed)


def any_placement_goes_as_one():
    """Columns, rows and columns, rows twice, nothing: not only what FSDP2 makes."""
    flat, square = line(), grid("one", "other")
    cases = [
        ([Shard(1)], flat),
        ([Replicate()], flat),
        ([Shard(0), Shard(1)], square),
        ([Shard(1), Shard(0)], square),
        ([Shard(0), Shard(0)], square),
        ([Shard(1), Replicate()], square),
    ]
    for placements, mesh in cases:
        for name in ("Lamb", "Adafactor", "Muon"):
            divided, whole = placed(placements, mesh)
            new = make(name, global_clipnorm=1.0)
            optimizer, reference = new(divided.named_parameters()), new(whole.named_parameters())
            for step in range(2):
                step_by_hand(divided, whole, optimizer, reference, step)
                agree(divided, whole, optimizer, reference, False)


def stacks_of_matrices_go_as_one():
    """Tensors of more axes: a divided batch, and Adafactor's rows and columns within."""
    torch.manual_seed(1)
    shapes = ((5, 3, 4, 6), (3, 4, 6))
    for dim in range(3):
        for name, arguments in (("Adafactor", {}), ("Muon", {"stacked": True}), ("Lamb", {})):
            whole = [nn.Parameter(torch.randn(shape)) for shape in shapes]
            divided = [nn.Parameter(distribute_tensor(w.data, line(), [Shard(dim)])) for w in whole]
            new = make(name, clipnorm=1.0, **arguments)
            optimizer, reference = new(divided), new(whole)
            for _ in range(2):
                for p, q in zip(divided, whole, strict=True):
                    q.grad = torch.randn_like(q)
                    p.grad = distribute_tensor(q.grad, p.device_mesh, p.placements)
                optimizer.step()
                reference.step()
                for p, q in zip(divided, whole, strict=True):
                    close(full(p), full(q), False, (name, dim))
                    for key, value in optimizer.state[p].items():
                        close(full(value), full(reference.state[q][key]), False, (name, dim, key))


def plain_and_divided_parameters_go_together():
    for name in ALL:
        whole = new_model()
        divided = copy.deepcopy(whole)
        fully_shard(divided.second, mesh=line())
        optimizer, reference = (
            make(name, global_clipnorm=1.0)(m.named_parameters()) for m in (divided, whole)
        )
        for step in range(2):
            torch.manual_seed(step)
            for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
                q.grad = torch.randn_like(q)
                divides = isinstance(p, DTensor)
                p.grad = distribute_tensor(q.grad, line(), p.placements) if divides else q.grad
            optimizer.step()
            reference.step()
            agree(divided, whole, optimizer, reference, False)


def gradients_as_summands_are_added_up():
    """A gradient of another placement than its parameter's is brought to that."""
    divided, whole = placed([Shard(0)])
    optimizer, reference = (make("AdamW")(m.named_parameters()) for m in (divided, whole))
    count = dist.get_world_size()
    for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
        q.grad = torch.randn(q.shape, generator=torch.Generator().manual_seed(0)).round(decimals=1)
        part = q.grad * (dist.get_rank() == count - 1)
        p.grad = DTensor.from_local(part, line(), [Partial()])
    optimizer.step()
    reference.step()
    agree(divided, whole, optimizer, reference, True)


def replicated_data_goes_as_one():
    """DDP: whole parameters everywhere, no sums to add up."""
    for name in ALL:
        whole = new_model()
        divided = DistributedDataParallel(copy.deepcopy(whole))
        train(divided, whole, make(name, global_clipnorm=0.1, use_ema=True))


# -- scenarios: what all processes must agree on


def a_step_is_skipped_in_all_processes_or_in_none():
    divided, whole = sharded()
    new = make("AdamW", global_clipnorm=0.1, nonfinite="skip")
    optimizer, reference = train(divided, whole, new, exact=False)
    for nonfinite_in in (0, dist.get_world_size() - 1):
        learn(divided, 5)
        if dist.get_rank() == nonfinite_in:
            divided.first.weight.grad.to_local()[0, 0] = float("nan")
        optimizer.step()
        agree(divided, whole, optimizer, reference, False)
    for name, kind in (("Adam", "skip_gradients"), ("Lamb", "skip"), ("Adafactor", "skip")):
        divided, whole = sharded()
        optimizer, reference = train(divided, whole, make(name, nonfinite=kind), exact=False)
        learn(divided, 5)
        if dist.get_rank() == 0:
            divided.second.bias.grad.to_local()[-1] = float("inf")
        optimizer.step()
        agree(divided, whole, optimizer, reference, False)
        assert optimizer.state_dict()["param_groups"][0]["skipped"] == 1


def every_process_raises_what_one_has_found():
    divided, _ = sharded()
    optimizer = make("AdamW", nonfinite="raise")(divided.named_parameters())
    learn(divided, 0)
    if dist.get_rank() == 1:
        divided.second.weight.grad.to_local()[0, 0] = float("nan")
    before = full(divided.first.weight).clone()
    raises(NonFiniteError, optimizer.step, "'second.weight'. Its gradient holds NaN or infinity")
    assert torch.equal(full(divided.first.weight), before)


def a_gradient_scaler_skips_in_all_processes():
    divided, whole = sharded()
    optimizer, reference = (
        make("AdamW", global_clipnorm=0.1)(m.named_parameters()) for m in (divided, whole)
    )
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    for step in range(4):
        learn(divided, step, scaled=scaler.scale)
        if step == 1 and dist.get_rank() == 1:
            divided.first.bias.grad.to_local()[0] = float("inf")
        if step != 1:
            take_gradients(divided, whole)
            for q in whole.parameters():
                q.grad /= scaler.get_scale()
            reference.step()
        scaler.step(optimizer)
        scaler.update()
        assert scaler.get_scale() == (64.0 if step == 0 else 32.0)
        agree(divided, whole, optimizer, reference, False)
        optimizer.zero_grad()


def what_cannot_be_divided_is_refused():
    tensor = DTensor.from_local(torch.ones(4), line(), [Partial()])
    parameter = nn.Parameter(tensor)
    optimizer = optim.AdamW([parameter])
    parameter.grad = tensor.clone()
    raises(UnsupportedError, optimizer.step, "must be divided or replicated")
    divided, _ = placed([Shard(0)])
    optimizer = optim.AdamW(divided.named_parameters())
    learn_nothing = torch.zeros_like(divided.last.bias)
    divided.last.bias.grad = learn_nothing
    object.__setattr__(optimizer._ready(), "params", [*optimizer._ready().params])
    gradients = [None] * len(optimizer._ready().params)
    gradients[0] = torch.zeros(7, 12)
    raises(ArrayError, lambda: optimizer._ready().step(gradients), "must be a DTensor exactly if")


# -- scenarios: whole parameters shared out


def shared_out_parameters_go_as_one():
    """ZeroRedundancyOptimizer, with the global norm of all of them."""
    for name in ALL:
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
            first.consolidate_state_dict(to=0)
            box = [first.state_dict() if dist.get_rank() == 0 else None]
            dist.broadcast_object_list(box)
            second.load_state_dict(box[0])
            other.load_state_dict(one.state_dict())
        for divided, optimizer in ((one, first), (other, second)):
            learn(divided, step)
            optimizer.step()
            optimizer.zero_grad()
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(p, q)


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


def fsdp1_goes_as_one_where_weights_are_on_their_own():
    """Flat parameters: parts of them are nobody's tensors, but a norm of all is a norm of all."""
    for name in ELEMENT_WISE:
        whole = new_model()
        divided = FullyShardedDataParallel(
            copy.deepcopy(whole), use_orig_params=True, device_id=torch.device("cpu")
        )
        arguments = {"lr": 0.01, **ELEMENT_WISE[name], "global_clipnorm": 0.1}
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


def steps_in_the_backward_pass_go_as_one():
    """FSDP2 calls hooks when it has a gradient; each parameter is stepped by itself."""
    for name in ("AdamW", "Lamb", "Muon"):
        divided, whole = sharded()
        optimizer, reference = (make(name)(m.named_parameters()) for m in (divided, whole))
        optim.apply_in_backward(divided, optimizer)
        gathered, gradients = copy.deepcopy(whole), []
        for step in range(2):
            gathered.load_state_dict({n: full(p) for n, p in divided.named_parameters()})
            for rank in range(dist.get_world_size()):
                learn(gathered, step, seed=rank)
            gradients = [p.grad / dist.get_world_size() for p in gathered.parameters()]
            gathered.zero_grad()
            learn(divided, step)
            optimizer.step()
            for q, gradient in zip(whole.parameters(), gradients, strict=True):
                q.grad = gradient
            reference.step()
        for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
            assert p.grad is None
            np.testing.assert_allclose(full(p), full(q), atol=1e-4)


def rates_by_a_schedule_go_on_from_a_checkpoint():
    """PyTorch makes a step of rate 0 to see the form of a state; then the schedule goes on."""
    rate = schedules.ExponentialDecay(0.1, 2, 0.5)
    divided, whole = sharded()
    new = make("AdamW", lr=rate)
    optimizer, _ = train(divided, whole, new)
    state = copy.deepcopy(get_state_dict(divided, optimizer))
    other, _ = sharded()
    again = new(other.named_parameters())
    before = [full(p).clone() for p in other.parameters()]
    get_state_dict(other, again)
    assert all(torch.equal(full(p), b) for p, b in zip(other.parameters(), before, strict=True))
    set_state_dict(other, again, model_state_dict=state[0], optim_state_dict=state[1])
    for step in range(2):
        for model, own in ((divided, optimizer), (other, again)):
            learn(model, step)
            own.step()
            own.zero_grad()
    for p, q in zip(divided.parameters(), other.parameters(), strict=True):
        assert torch.equal(full(p), full(q))


# -- scenarios: the oracle itself


def what_is_left_out_is_noticed():
    """Each collective is left out once, and the scenario that it is for fails."""
    own = [
        (Parts, "add", lambda self, axes, sums: sums, a_global_clip_is_that_of_the_whole_model),
        (Parts, "add", lambda self, axes, sums: sums, rules_with_sums_are_exact_under_fsdp2),
        (Parts, "first", lambda self, found: found, a_step_is_skipped_in_all_processes_or_in_none),
        (
            Parts,
            "whole",
            lambda self, function, tensors, numbers: function(tensors, *numbers[0]),
            matrices_are_whole_in_muon_under_fsdp2,
        ),
        (Others, "total", lambda self, value: value, shared_out_parameters_go_as_one),
    ]
    for owner, name, wrong, scenario in own:
        right = getattr(owner, name)
        setattr(owner, name, wrong)
        try:
            scenario()
        except AssertionError:
            continue
        finally:
            setattr(owner, name, right)
        raise AssertionError(f"{scenario.__name__} does not need {owner.__name__}.{name}")


# -- scenarios: checkpoints

CHECKPOINTED = {
    "AdamW": {"use_ema": True, "global_clipnorm": 1.0, "gradient_accumulation_steps": 2},
    "Adafactor": {},
    "Muon": {},
    "SGD": {},
}
STEPS = 3


def kept(name):
    """Where the processes of one group leave something for another."""
    return Path(os.environ["GLOO_KEPT"]) / name


def four_processes_save():
    for name, arguments in CHECKPOINTED.items():
        new = make(name, **arguments)
        divided, whole = sharded()
        optimizer, reference = train(divided, whole, new, steps=STEPS, exact=False)
        model, state = get_state_dict(divided, optimizer)
        dcp.save({"model": model, "optim": state}, checkpoint_id=kept(name))
        if dist.get_rank() == 0:
            torch.save([whole.state_dict(), reference.state_dict()], kept(f"{name}.pt"))


def two_processes_go_on_from_what_four_have_saved():
    for name, arguments in CHECKPOINTED.items():
        new = make(name, **arguments)
        divided, whole = sharded()
        optimizer, reference = new(divided.named_parameters()), new(whole.named_parameters())
        parameters, state = torch.load(kept(f"{name}.pt"), weights_only=True)
        whole.load_state_dict(parameters)
        reference.load_state_dict(state)
        model, state = get_state_dict(divided, optimizer)
        dcp.load({"model": model, "optim": state}, checkpoint_id=kept(name))
        set_state_dict(divided, optimizer, model_state_dict=model, optim_state_dict=state)
        agree(divided, whole, optimizer, reference, False)
        for key in ("calls", "pending", "skipped"):
            one, other = (o.state_dict()["param_groups"][0][key] for o in (optimizer, reference))
            assert one == other, (name, key, one, other)
        for step in range(STEPS):
            step_by_hand(divided, whole, optimizer, reference, step)
            agree(divided, whole, optimizer, reference, False)


def a_whole_state_is_divided_and_gathered():
    """A state of one process goes into divided parameters, and comes out whole."""
    for name, arguments in CHECKPOINTED.items():
        new = make(name, **arguments)
        one, one_whole = sharded()
        _, reference = train(one, one_whole, new, exact=False)
        divided, whole = sharded()
        divided.load_state_dict(one.state_dict())
        whole.load_state_dict(one_whole.state_dict())
        optimizer, expected = new(divided.named_parameters()), new(whole.named_parameters())
        optimizer.load_state_dict(reference.state_dict())
        expected.load_state_dict(reference.state_dict())
        agree(divided, whole, optimizer, expected, False)
        step_by_hand(divided, whole, optimizer, expected, 7)
        agree(divided, whole, optimizer, expected, False)
        options = StateDictOptions(full_state_dict=True)
        gathered = get_optimizer_state_dict(divided, optimizer, options=options)
        for (key, _), q in zip(divided.named_parameters(), whole.parameters(), strict=True):
            for slot, value in gathered["state"][key].items():
                close(value, expected.state[q][slot], False, slot)


# -- which processes play what

SAVING = ["four_processes_save"]
LOADING = ["two_processes_go_on_from_what_four_have_saved"]
FOUR = [
    "hybrid_sharding_goes_as_one",
    "tensor_parallel_and_fsdp2_go_as_one",
    "any_placement_goes_as_one",
    "small_models_leave_processes_without_a_part",
]
TWO = [
    "element_wise_rules_give_the_same_bits_under_fsdp2",
    "rules_with_sums_are_exact_under_fsdp2",
    "matrices_are_whole_in_muon_under_fsdp2",
    "a_clip_of_each_tensor_is_that_of_the_whole_tensor",
    "accumulated_gradients_clip_as_one_does",
    "norms_of_rows_and_columns_are_whole",
    "averages_are_swapped_in_and_out",
    "stacks_of_matrices_go_as_one",
    "plain_and_divided_parameters_go_together",
    "gradients_as_summands_are_added_up",
    "replicated_data_goes_as_one",
    "every_process_raises_what_one_has_found",
    "what_cannot_be_divided_is_refused",
    "a_shared_out_state_goes_on",
    "a_process_without_parameters_takes_part",
    "shared_out_parameters_are_skipped_together",
    "fsdp1_goes_as_one_where_weights_are_on_their_own",
    "flat_parameters_are_refused_where_more_must_be_known",
    "steps_in_the_backward_pass_go_as_one",
    "rates_by_a_schedule_go_on_from_a_checkpoint",
    "what_is_left_out_is_noticed",
    "a_whole_state_is_divided_and_gathered",
]
BOTH = [
    "a_global_clip_is_that_of_the_whole_model",
    "a_step_is_skipped_in_all_processes_or_in_none",
    "a_gradient_scaler_skips_in_all_processes",
    "shared_out_parameters_go_as_one",
]
PLAYED = {4: [*FOUR, *BOTH, *SAVING], 2: [*TWO, *BOTH, *LOADING]}
