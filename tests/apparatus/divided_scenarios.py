"""Optimizers of divided models go the way of one process, which has the model whole.

Each process also has the whole model, and its optimizer takes the gradients of the divided one,
gathered. What no sum goes into has the same bits; where the parts of a sum are added up in another
order than in one process, float32 numbers may differ in the last bits (`SUMS_OF_PARTS`).
"""

import copy
import functools
import gc
from unittest import mock

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

import adamas
import adamas.torch as optim
from adamas.errors import UnsupportedError
from adamas.language import blocks
from divided_models import (
    ALL,
    ELEMENT_WISE,
    MATRICES,
    OTHER_MATRICES,
    OTHERS_OVER_ALL,
    OVER_ALL,
    WITH_MAXIMA,
    WITH_SUMS,
    agree,
    close,
    full,
    grid,
    learn,
    line,
    make,
    new_model,
    placed,
    raises,
    shard,
    sharded,
    sharded_in_two_ways,
    step_by_hand,
    train,
)


def element_wise_rules_give_the_same_bits_under_fsdp2():
    for name in (*ELEMENT_WISE, *WITH_MAXIMA):
        train(*sharded(), make(name, use_ema=True))


def rules_with_sums_are_exact_under_fsdp2():
    for name in (*WITH_SUMS, *OVER_ALL):
        train(*sharded(), make(name), exact=False)


def a_factor_for_moves_is_that_of_the_whole_model():
    """Mechanic sums products over all tensors."""
    train(*sharded(), make("AdamW", mechanic=0.01, global_clipnorm=0.1), steps=4, exact=False)


def factors_for_moves_go_as_one_in_grids():
    new = make("Lamb", mechanic=0.01)
    divided, whole, seed = sharded_in_two_ways()
    train(divided, whole, new, steps=4, exact=False, seed=seed)
    train(*sharded(grid("replica", "part")), new, steps=4, exact=False)


def several(params):
    """Optimizers of weights, of rows, of matrices, and of sums over all that each has."""
    members = {
        "first.bias": adamas.Lion(0.01),
        "norm|bias": adamas.Prodigy(first_distance=0.01, weight_decay=0.1),
        "first": adamas.Adafactor(0.01),
        "second": adamas.AdamW(1.0, mechanic=0.01),
        "": adamas.Muon(0.01),
    }
    return optim.MultiOptimizer(params, members, global_clipnorm=0.1, use_ema=True)


def several_optimizers_go_as_one():
    """Under FSDP2 and in DistributedDataParallel."""
    train(*sharded(), several, steps=3, exact=False)
    whole = new_model()
    train(DistributedDataParallel(copy.deepcopy(whole)), whole, several, steps=3)


def fsdp2_of_one_process_is_as_none():
    """States of 8 and 16 bits, in the same bits."""
    alone = grid("others", "one")["one"]  # 2 × 1 processes
    for states, dtype in (("8bit", "torch.int8"), ("bfloat16", "torch.bfloat16")):
        whole = new_model(width=130, inner=9)
        divided = shard(copy.deepcopy(whole), alone)
        new = make("AdamW", states=states, use_ema=True)
        with mock.patch.object(blocks, "FROM", 500):
            optimizer, reference = new(divided.named_parameters()), new(whole.named_parameters())
            for step in range(3):
                step_by_hand(divided, whole, optimizer, reference, step)
                agree(divided, whole, optimizer, reference, True)
        stored = optimizer.state[divided.first.weight].values()
        assert dtype in [str(value.dtype) for value in stored]


def matrices_are_whole_under_fsdp2():
    """A matrix is computed from the same bits by one process, so its results are the same."""
    for name in MATRICES:
        train(*sharded(), make(name), steps=3)
    train(*sharded(), make("SOAP", max_size=10), steps=3)


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


def the_device_goes_as_one():
    """By the GPU compiler, which Triton's interpreter runs."""
    for name in ALL:
        arguments = {"global_clipnorm": 0.1, "use_ema": True, "compiler": "triton"}
        train(*sharded(), make(name, **arguments), exact=False)


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


def a_resharded_model_is_evaluated_with_averages():
    """FSDP2's root keeps gathered parameters after a forward pass: they would hide the averages."""
    divided, whole = sharded()
    optimizer, reference = train(divided, whole, make("AdamW", use_ema=True, ema_momentum=0.5))
    x = torch.ones(5, 12)
    with torch.no_grad():
        before = divided(x)
        divided.reshard()
        with optimizer.averaged(), reference.averaged():
            inside = divided(x)
            np.testing.assert_allclose(inside, whole(x), rtol=1e-5)
            assert not torch.equal(inside, before)
            divided.reshard()
        assert torch.equal(divided(x), before)


def hybrid_sharding_goes_as_one():
    for name in ALL:
        train(*sharded(grid("replica", "part")), make(name, global_clipnorm=0.1), exact=False)
    train(*sharded(grid("replica", "part")), make("AdamW", use_ema=True))


def tensor_parallel_and_fsdp2_go_as_one():
    for name in ALL:
        *models, seed = sharded_in_two_ways()
        train(*models, make(name, global_clipnorm=0.1), exact=False, seed=seed)
    for name in ("SGLD", "SM3"):
        *models, seed = sharded_in_two_ways()
        train(*models, make(name), seed=seed)
    *models, seed = sharded_in_two_ways()
    placements = {type(p).__name__ for q in models[0].parameters() for p in q.placements}
    assert "_StridedShard" in placements
    train(*models, make("AdamW", use_ema=True), seed=seed)
    for name in MATRICES:
        *models, seed = sharded_in_two_ways()
        train(*models, make(name), steps=3, seed=seed)


def other_optimizers_go_as_one():
    """Under tensor parallel and FSDP2 of what that leaves."""
    block = {"block_columns": 4, "exclude_layers": ("last",)}
    for name in (*OTHER_MATRICES, *OTHERS_OVER_ALL, "Muon"):
        *models, seed = sharded_in_two_ways()
        new = make(name, **(block if name == "Muon" else {}))
        train(*models, new, exact=name not in OTHERS_OVER_ALL, seed=seed)


def other_matrices_are_whole_under_fsdp2():
    for name in ("KLSOAP", "PSGDKron"):
        train(*sharded(), make(name))


def what_is_stored_in_16_bits_goes_as_one():
    """Coins go by the place in the whole tensor, so no bit depends on how it is divided."""
    narrow = {"states": "bfloat16"}
    train(*sharded(), make("AdamW", use_ema=True, **narrow))
    *models, seed = sharded_in_two_ways()
    train(*models, make("AdamW", **narrow), seed=seed)
    for name in ("Muon", "SM3", "SGLD"):
        train(*sharded(grid("replica", "part")), make(name, **narrow))
    for master in ("remainder", "float32", "stochastic"):
        for placements in ([Shard(0)], [Shard(1)]):
            divided, whole = placed(placements, dtype=torch.bfloat16)
            new = make("AdamW", master=master, **narrow)
            optimizer, reference = new(divided.named_parameters()), new(whole.named_parameters())
            for step in range(2):
                step_by_hand(divided, whole, optimizer, reference, step)
                agree(divided, whole, optimizer, reference, True)


def what_is_stored_in_8_bits_goes_as_one():
    """Blocks begin anew in each row, and are cut by the index in the whole tensor."""
    line_of, square, eight = line(), grid("replica", "part"), {"states": "8bit"}
    cases = [
        ([Shard(0)], line_of, (9, 300)),
        ([Shard(0)], line_of, (6, 4, 6, 7)),
        ([Shard(1)], line_of, (6, 512)),
        ([Shard(0), Shard(1)], square, (5, 512)),
        ([Replicate(), Shard(0)], square, (7, 130)),
        ([Shard(0), Shard(0)], square, (2, 3, 200)),
    ]
    with mock.patch.object(blocks, "FROM", 500):
        for arguments in ({"use_ema": True, "amsgrad": True}, {"centralize_gradients": True}):
            # Who goes row by row has no blocks of several rows: that tensor stays wide.
            own = [case for case in cases if "amsgrad" in arguments or len(case[2]) < 4]
            for placements, mesh, shape in own:
                torch.manual_seed(1)
                whole, new = [nn.Parameter(torch.randn(shape))], make("AdamW", **eight, **arguments)
                state = _go_as_one(whole, placements, mesh, new, True, shape)
                codes = {str(value.dtype) for value in state[whole[0]].values()}
                assert {"torch.int8", "torch.uint8"} <= codes
        divided = [nn.Parameter(distribute_tensor(torch.zeros(6, 300), line_of, [Shard(1)]))]
        divided[0].grad = torch.zeros_like(divided[0])
        with pytest.raises(UnsupportedError, match="whole blocks"):
            make("AdamW", states="8bit")(divided).step()


def _go_as_one(whole, placements, mesh, new, exact, what):
    """Divided parameters step as whole ones do, with the same gradients; the state of the whole."""
    divided = [nn.Parameter(distribute_tensor(w.data, mesh, placements)) for w in whole]
    optimizer, reference = new(divided), new(whole)
    for _ in range(2):
        for p, q in zip(divided, whole, strict=True):
            q.grad = torch.randn_like(q)
            p.grad = distribute_tensor(q.grad, p.device_mesh, p.placements)
        optimizer.step()
        reference.step()
        for p, q in zip(divided, whole, strict=True):
            close(full(p), full(q), exact, what)
            for key, value in optimizer.state[p].items():
                close(full(value), full(reference.state[q][key]), exact, (*what, key))
    return reference.state


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
        for name in ("Lamb", "Adafactor", "Muon", "SOAP"):
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
            new = make(name, clipnorm=1.0, **arguments)
            _go_as_one(whole, [Shard(dim)], line(), new, False, (name, dim))


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
    """DDP: whole parameters everywhere, no sums to add up.

    Its names begin with "module.", and noise, which goes by names, is another.
    """
    for name in (name for name in ALL if name != "SGLD"):
        whole = new_model()
        divided = DistributedDataParallel(copy.deepcopy(whole))
        train(divided, whole, make(name, global_clipnorm=0.1, use_ema=True))


def steps_in_the_backward_pass_of_replicated_data_are_refused():
    """Hooks of `DistributedDataParallel` join gradients after ours would have used them.

    Whichever part of a model is given, also where it comes into that later, and when all objects
    were frozen.
    """
    words = "DistributedDataParallel joins"
    divided = DistributedDataParallel(new_model())
    gc.freeze()
    for given in (divided, divided.module.first):
        optimizer = make("AdamW")(given.parameters())
        call = functools.partial(optim.apply_in_backward, given, optimizer)
        raises(UnsupportedError, call, words)
    model = new_model()
    optim.apply_in_backward(model, make("AdamW")(model.parameters()))
    before = copy.deepcopy(model.state_dict())
    later = DistributedDataParallel(model)
    for _ in range(2):
        raises(UnsupportedError, functools.partial(learn, later, 0), words)
    assert all(torch.equal(before[name], p) for name, p in model.state_dict().items())
    alone = divided.module
    del divided, given, call  # one that was let go says nothing of its model
    optim.apply_in_backward(alone, make("AdamW")(alone.parameters()))
    assert not any(one is DistributedDataParallel for one in gc.get_objects())
    gc.unfreeze()
    learn(alone, 0)
    assert alone.first.weight.grad is None


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


def the_last_norm_is_that_of_the_whole_model():
    """Every process clips by the same norm, of all parts, and tells it."""
    divided, whole = sharded()
    for model in (divided, whole):
        model.optimizer = make("SGD", lr=0.1, global_clipnorm=0.5)(model.named_parameters())
        optim.apply_in_backward(model, model.optimizer, global_norm="last")
    for step in range(3):
        for model in (divided, whole):
            learn(model, step, seed=0)
            model.optimizer.step()
        norms = [model.optimizer.param_groups[0]["last_norm"] for model in (divided, whole)]
        np.testing.assert_allclose(*norms, rtol=1e-4)
        assert norms[0] > 1.0
    for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
        np.testing.assert_allclose(full(p), full(q), atol=1e-5)
