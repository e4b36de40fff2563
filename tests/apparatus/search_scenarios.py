"""Searches of divided models, whose processes all go the way of one that has the model whole.

The one is told of the losses and gradients that the divided model had, and must look at the same
points: the same weights, as often.
"""

import copy
import functools

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.fsdp import FullyShardedDataParallel
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.nn.parallel import DistributedDataParallel

import adamas.torch as optim
from adamas.errors import ArgumentError, ArrayError, ConfigurationError, UnsupportedError
from barzilai_borwein import BarzilaiBorwein
from divided_models import (
    close,
    full,
    grid,
    learn,
    new_model,
    raises,
    sharded,
    sharded_in_two_ways,
)

CALLS = 2
SEARCHES = {
    "strong Wolfe": functools.partial(
        optim.LBFGS, max_iter=3, history_size=2, line_search_fn="strong_wolfe"
    ),
    "no search": functools.partial(optim.LBFGS, lr=1e-3, max_iter=3),
    "one's own": functools.partial(optim.wrap(BarzilaiBorwein), lr=1e-3),
}


def look(model, seed):
    """The loss of each process, of inputs of its own, with gradients that are there together."""
    model.zero_grad()
    learn(model, 0, seed=seed, scaled=lambda loss: noted.append(loss.detach()) or loss)
    return noted.pop()


noted = []


def searched(divided, whole, new, exact, seed=None):
    """Both have searched; the optimizers, and a closure of the divided one."""
    optimizer, reference, told = new(divided.parameters()), new(whole.parameters()), []

    def closure():
        loss = look(divided, dist.get_rank() if seed is None else seed)
        mean = loss.double()
        dist.all_reduce(mean)
        kept = [(full(p).clone(), full(p.grad).clone()) for p in divided.parameters()]
        told.append((mean / dist.get_world_size(), kept))
        return loss

    def of_one():
        loss, kept = told.pop(0)
        for p, (weights, gradient) in zip(whole.parameters(), kept, strict=True):
            close(weights, full(p), exact)
            p.grad = gradient
        return loss

    for _ in range(CALLS):
        optimizer.step(closure)
        reference.step(of_one)
        assert not told
        for p, q in zip(divided.parameters(), whole.parameters(), strict=True):
            close(full(p), full(q), exact)
    return optimizer, reference, closure


def searches_of_replicated_data_go_as_one():
    for new in SEARCHES.values():
        whole = new_model()
        searched(DistributedDataParallel(copy.deepcopy(whole)), whole, new, True)


def searches_go_as_one_under_fsdp2():
    for new in SEARCHES.values():
        searched(*sharded(), new, False)


def searches_go_as_one_in_grids():
    """Hybrid sharding; tensor parallel, and FSDP2 of what that leaves."""
    new = SEARCHES["strong Wolfe"]
    searched(*sharded(grid("replica", "part")), new, False)
    divided, whole, seed = sharded_in_two_ways()
    searched(divided, whole, new, False, seed)


def states_of_searches_go_on():
    """In the same division, from one process that has all, and to one."""
    for new in (SEARCHES["strong Wolfe"], SEARCHES["one's own"]):
        divided, whole = sharded()
        optimizer, reference, closure = searched(divided, whole, new, False)
        begun = [p.detach().clone() for p in divided.parameters()]
        ends = []
        gathered = copy.deepcopy(optimizer.state_dict())
        for state in (None, gathered, copy.deepcopy(reference.state_dict())):
            with torch.no_grad():
                for p, value in zip(divided.parameters(), begun, strict=True):
                    p.copy_(value)
            own = optimizer
            if state is not None:
                own = new(divided.parameters())
                own.load_state_dict(state)
            own.step(closure)
            ends.append([full(p).clone() for p in divided.parameters()])
        for one, other, third in zip(*ends, strict=True):
            close(other, one, True)
            close(third, one, False)
        for entry in gathered["state"].values():
            entry |= {name: full(v) for name, v in entry.items() if isinstance(v, torch.Tensor)}
        again, twin = new_model(), new_model()
        steps = []
        for model, state in ((again, gathered), (twin, reference.state_dict())):
            model.load_state_dict(whole.state_dict())
            own = new(model.parameters())
            own.load_state_dict(state)
            own.step(functools.partial(look, model, 0))
            steps.append(list(model.parameters()))
        for p, q in zip(*steps, strict=True):
            close(full(p), full(q), False)


def what_no_search_can_know_is_refused():
    """Stretches, other weights in each, and those of whom each process has some."""
    new = SEARCHES["strong Wolfe"]
    flat = FullyShardedDataParallel(
        new_model(), use_orig_params=True, device_id=torch.device("cpu")
    )
    step = new(flat.parameters()).step
    raises(UnsupportedError, lambda: step(lambda: look(flat, 0)), "fully_shard")
    model = DistributedDataParallel(new_model())
    shared_out = ZeroRedundancyOptimizer(model.parameters(), optim.LBFGS)
    closure = functools.partial(look, model, 0)
    before = [full(p).clone() for p in model.parameters()]
    raises(ConfigurationError, lambda: shared_out.step(closure), "ZeroRedundancyOptimizer")
    assert all(map(torch.equal, before, model.parameters()))
    divided, _ = sharded()
    divided.register_parameter("own", nn.Parameter(torch.full((2,), 1.0 + dist.get_rank())))
    step = new(divided.parameters()).step
    raises(ConfigurationError, lambda: step(lambda: look(divided, 0)), "the same weights")


def what_one_closure_does_not_give_is_refused_in_all():
    """No number, and no gradient; nobody waits for another."""
    model = DistributedDataParallel(new_model())
    before = [full(p).clone() for p in model.parameters()]
    second = dist.get_rank() == 1
    for none, error, words in (("loss", ArgumentError, "one number"), ("grad", ArrayError, "None")):
        optimizer = SEARCHES["strong Wolfe"](model.parameters())
        leaves_out = none if second else "nothing"

        def closure(leaves_out=leaves_out, optimizer=optimizer):
            loss = look(model, 0)
            if leaves_out == "grad":
                optimizer.zero_grad()
            return None if leaves_out == "loss" else loss

        told = (error, words) if second else (ArgumentError, "in each process")
        raises(told[0], functools.partial(optimizer.step, closure), told[1])
        assert not optimizer.state
        assert all(map(torch.equal, before, model.parameters()))


def sums_that_are_left_out_are_noticed():
    """Each is left out once, and the scenario that it is for fails."""
    from adamas.frameworks.torch.together import Together

    mean = Together.mean
    wrong = [
        ("total", lambda self, parts: sum(parts), "no search"),
        # Another one, but the same in all: what goes by its own loss waits for others for ever.
        ("mean", lambda self, loss: -mean(self, loss), "strong Wolfe"),
    ]
    for name, other, search in wrong:
        right = getattr(Together, name)
        setattr(Together, name, other)
        try:
            searched(*sharded(), SEARCHES[search], False)
        except (AssertionError, IndexError):
            continue
        finally:
            setattr(Together, name, right)
        raise AssertionError(f"nothing needs {name}")
