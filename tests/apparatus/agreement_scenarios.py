"""What all processes of a divided model decide together: to skip, to raise, to refuse."""

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.tensor import DTensor, Partial, Shard

import adamas.torch as optim
from adamas.errors import ArrayError, ConfigurationError, NonFiniteError, UnsupportedError
from adamas.frameworks.torch.distributed import Parts
from adamas.frameworks.torch.processes import Others
from divided_models import (
    agree,
    full,
    learn,
    line,
    make,
    placed,
    raises,
    sharded,
    take_gradients,
    train,
)
from divided_scenarios import (
    a_factor_for_moves_is_that_of_the_whole_model,
    a_global_clip_is_that_of_the_whole_model,
    matrices_are_whole_under_fsdp2,
    rules_with_sums_are_exact_under_fsdp2,
    several_optimizers_go_as_one,
)
from expert_scenarios import norms_count_each_expert_once
from shared_out_scenarios import shared_out_parameters_go_as_one


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
    session = optimizer.ready()
    gradients = [None] * len(session.params)
    gradients[0] = torch.zeros(7, 12)
    raises(ArrayError, lambda: session.step(gradients), "must be a DTensor exactly if")


def what_is_left_out_is_noticed():
    """Each collective is left out once, and the scenario that it is for fails."""

    def alone(self, squares, tensors):
        return float(squares.sum())

    def own_alone(self, names, axes, results):
        return results

    own = [
        (Parts, "join", own_alone, a_global_clip_is_that_of_the_whole_model),
        (Parts, "join", own_alone, rules_with_sums_are_exact_under_fsdp2),
        (Parts, "join", own_alone, a_factor_for_moves_is_that_of_the_whole_model),
        (Parts, "join", own_alone, several_optimizers_go_as_one),
        (Parts, "first", lambda self, found: found, a_step_is_skipped_in_all_processes_or_in_none),
        (
            Parts,
            "whole",
            lambda self, call, arrays, divided, numbers: call.results(call(*arrays, *numbers[0])),
            matrices_are_whole_under_fsdp2,
        ),
        (Others, "total", alone, shared_out_parameters_go_as_one),
        (Others, "total", alone, norms_count_each_expert_once),
    ]
    for owner, name, wrong, scenario in own:
        right = getattr(owner, name)
        setattr(owner, name, wrong)
        try:
            scenario()
        except (AssertionError, ConfigurationError):
            continue
        finally:
            setattr(owner, name, right)
        raise AssertionError(f"{scenario.__name__} does not need {owner.__name__}.{name}")
