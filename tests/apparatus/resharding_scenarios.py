"""States of divided models: saved by some processes, taken over by others."""

import copy
import os
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_optimizer_state_dict,
    get_state_dict,
    set_optimizer_state_dict,
    set_state_dict,
)

from adamas import schedules
from adamas.language import blocks
from divided_models import (
    agree,
    close,
    full,
    learn,
    line,
    make,
    new_model,
    shard,
    sharded,
    step_by_hand,
    train,
)

CHECKPOINTED = {
    "AdamW": {"use_ema": True, "global_clipnorm": 1.0, "gradient_accumulation_steps": 2},
    "Adafactor": {},
    "Muon": {},
    "SGD": {},
}
STEPS = 3


blocks.FROM = 500  # models as small as these are cut in blocks


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


def four_processes_save_what_is_stored_in_16_bits():
    divided, whole, optimizer, reference = narrow()
    for step in range(STEPS):
        step_by_hand(divided, whole, optimizer, reference, step)
    leave(divided, whole, optimizer, reference, "narrow 4")


def two_processes_go_on_with_16_bits_and_save():
    leave(*go_on("narrow 4"), "narrow 2")


def eight_processes_go_on_with_16_bits():
    go_on("narrow 2")


def a_remainder_is_gathered_as_a_master():
    """No library of communication sends 16 bits without a point; a master is converted exactly."""
    divided, whole, optimizer, reference = models = narrow()
    step_by_hand(*models, 0)
    for one in (optimizer, reference):
        one.convert(master="float32")
    agree(*models, True)
    options = StateDictOptions(full_state_dict=True)
    gathered = get_optimizer_state_dict(divided, optimizer, options=options)
    for (key, _), q in zip(divided.named_parameters(), whole.parameters(), strict=True):
        for slot, value in gathered["state"][key].items():
            close(value, reference.state[q][slot], True, slot)
    other, _, again, _ = narrow()
    again.convert(master="float32")
    sent = gathered if dist.get_rank() == 0 else {}
    everywhere = StateDictOptions(full_state_dict=True, broadcast_from_rank0=True)
    set_optimizer_state_dict(other, again, sent, options=everywhere)
    with torch.no_grad():
        for p, q in zip(other.parameters(), divided.parameters(), strict=True):
            p.copy_(q)
    agree(other, whole, again, reference, True)
    for one in (optimizer, again, reference):
        one.convert(master="remainder")
    agree(other, whole, again, reference, True)
    step_by_hand(*models, 1)
    agree(*models, True)


def narrow():
    """A model of bfloat16, divided and whole, whose states and masters have 8 and 16 bits."""
    whole = new_model(width=130, inner=9).to(torch.bfloat16)
    divided = shard(copy.deepcopy(whole), line())
    states = {"m": "8bit", "v": "bfloat16", "ema": "bfloat16"}
    new = make("AdamW", states=states, master="remainder", use_ema=True)
    return divided, whole, new(divided.named_parameters()), new(whole.named_parameters())


def leave(divided, whole, optimizer, reference, name):
    """Save both for other processes."""
    model, state = get_state_dict(divided, optimizer)
    dcp.save({"model": model, "optim": state}, checkpoint_id=kept(name))
    if dist.get_rank() == 0:
        torch.save([whole.state_dict(), reference.state_dict()], kept(f"{name}.pt"))


def go_on(name):
    """Both go on from what others have saved, in the same bits."""
    divided, whole, optimizer, reference = models = narrow()
    parameters, state = torch.load(kept(f"{name}.pt"), weights_only=True)
    whole.load_state_dict(parameters)
    reference.load_state_dict(state)
    model, state = get_state_dict(divided, optimizer)
    dcp.load({"model": model, "optim": state}, checkpoint_id=kept(name))
    set_state_dict(divided, optimizer, model_state_dict=model, optim_state_dict=state)
    for step in range(STEPS):
        agree(*models, True)
        step_by_hand(*models, step)
    agree(*models, True)
    return models


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
