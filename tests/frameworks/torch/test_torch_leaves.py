"""What an optimizer keeps are leaves without gradients, however and wherever it came to be."""

import copy

import pytest

import adamas
from adamas.errors import ArgumentError
from torch_cases import SHARED, give_gradients, optim, parameters, torch, train

NAMES = (
    *("Adam", "SGD", "Adafactor", "Muon", "SM3", "Prodigy", "SOAP", "Sophia", "AdaHessian"),
    *("ScheduleFreeAdamW", "NAdam", "NoisySGD"),
)
"""One of each kind that a session tells apart."""

STAGES = {"use_ema": True, "gradient_accumulation_steps": 2}


def trained(name, params):
    """An optimizer with everything that one can keep, after four calls."""
    optimizer = getattr(optim, name)(params, **STAGES)
    train(optimizer, params, 4)
    return optimizer


def asks(name):
    """Whether each call must be given something beside gradients."""
    kind = getattr(optim, name).declared
    return bool(kind.inputs) and kind.update_without is None


def stepped(name, folder):
    return trained(name, parameters(name)).state


def stepped_alone(name, folder):
    params = parameters(name)
    optimizer = getattr(optim, name)(params, **STAGES)
    give_gradients(params, 0)
    if asks(name):  # the parts of a step cannot be given anything
        with pytest.raises(ArgumentError, match=f"{name} must be given"):
            optimizer.step_alone(0, params[0].grad)
        return optimizer.state
    optimizer.step_alone(0, params[0].grad)
    return optimizer.state


def explained(name, folder):
    """Averages are asked for before there was a step."""
    optimizer = getattr(optim, name)(parameters(name), **STAGES)
    with optimizer.averaged():
        pass
    return optimizer.state


def loaded(name, folder):
    trained(name, parameters(name)).save(folder / "state")
    optimizer = getattr(optim, name)(parameters(name), **STAGES)
    optimizer.load(folder / "state")
    return optimizer.state


def state_loaded(name, folder):
    saved = trained(name, parameters(name)).state_dict()
    for entry in saved["state"].values():
        entry.update({k: v.clone().requires_grad_() for k, v in entry.items()})
    optimizer = getattr(optim, name)(parameters(name), **STAGES)
    optimizer.load_state_dict(saved)
    return optimizer.state


def adopted(name, folder):
    params = parameters(name)
    if name not in SHARED:
        return stepped(name, folder)
    theirs = getattr(torch.optim, name)(params, lr=0.1)
    train(theirs, params, 2)
    optimizer = optim.from_torch(theirs, use_ema=True)
    with optimizer.averaged():  # the averages begin here, where gradients are recorded
        pass
    optimizer.save(folder / "state")
    return optimizer.state


def applied(name, folder):
    """`apply` on tensors, built where gradients are recorded, as everywhere."""
    kind = getattr(optim, name).declared
    params = {str(index): tensor for index, tensor in enumerate(parameters(name))}
    optimizer = kind(**STAGES)
    optimizer.build(params)
    return optimizer.state


MAKERS = (stepped, stepped_alone, explained, loaded, state_loaded, adopted, applied)


def kept(state):
    """All tensors of a state."""
    found = [value for entry in state.values() for value in entry.values()]
    return [value for value in found if torch.is_tensor(value)]


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.inference_mode])
@pytest.mark.parametrize("made", MAKERS, ids=lambda made: made.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_are_leaves_without_gradients(name, made, mode, tmp_path):
    with mode():
        tensors = kept(made(name, tmp_path))
    assert tensors or made in (stepped_alone, explained)
    for tensor in tensors:
        assert not tensor.requires_grad
        assert tensor.is_leaf
        assert not tensor.is_inference()
    copy.deepcopy(tensors)


def test_averages_that_were_loaded_go_on_in_a_copy(tmp_path):
    params = parameters()
    trained("Adam", params).save(tmp_path / "state")
    optimizer = optim.Adam(params, **STAGES)
    optimizer.load(tmp_path / "state")
    taken = copy.deepcopy((optimizer, params))
    for one, own in ((optimizer, params), taken):
        train(one, own, 4)
    assert all(torch.equal(*pair) for pair in zip(params, taken[1], strict=True))


def test_a_state_made_in_inference_mode_can_be_loaded_outside(tmp_path):
    params = {"a": torch.ones(3), "b": torch.ones(2)}
    optimizer = adamas.Adam(use_ema=True)
    with torch.inference_mode():
        optimizer.build(params)
        optimizer.save(tmp_path / "state")
    optimizer.load(tmp_path / "state")
    optimizer.apply({name: torch.ones_like(p) for name, p in params.items()})
