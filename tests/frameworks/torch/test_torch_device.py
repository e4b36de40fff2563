"""adamas.torch by the GPU compiler, which Triton's interpreter runs where there is no GPU."""

import copy
from typing import Any

import pytest

import adamas
from adamas.errors import NonFiniteError, UnsupportedError

torch = pytest.importorskip("torch", reason="needs PyTorch")
pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")

import adamas.torch as optim  # noqa: E402
from device_steps import DEVICE  # noqa: E402

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("Adam", {}),
    "everything": (
        "AdamW",
        {"global_clipnorm": 0.1, "use_ema": True, "gradient_accumulation_steps": 2},
    ),
    "largest moments": ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    "remembered numbers": ("NAdam", {}),
    "momentum": ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.1}),
    "sums of tensors": ("Lamb", {"clipnorm": 0.1}),
    "sums of rows and columns": ("Adafactor", {}),
    "whole matrices": ("Muon", {}),
    "first values": ("ScheduleFreeAdamW", {}),
    "schedule": ("SGD", {"lr": adamas.schedules.CosineDecay(0.1, 5)}),
}
CLOSE = {"atol": 1e-7, "rtol": 0}
"""Products of matrices are added up in another order; all else gives the same bits."""


def new_model() -> Any:
    torch.manual_seed(0)
    layers = torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 3)
    return torch.nn.Sequential(*layers).to(DEVICE)


def learn(model: Any, seed: int = 0) -> None:
    model.zero_grad()
    torch.manual_seed(seed)
    x, y = torch.randn(8, 4), torch.randn(8, 3)
    (model(x.to(DEVICE)) - y.to(DEVICE)).square().mean().backward()


def train(kind: str, arguments: dict[str, Any], steps: int = 4, **more: Any) -> tuple[Any, Any]:
    """A model after some steps on the device, and its optimizer."""
    model = new_model()
    optimizer = getattr(optim, kind)(model.parameters(), **arguments, **more)
    for seed in range(steps):
        learn(model, seed)
        optimizer.step()
    return model, optimizer


def assert_alike(one: Any, other: Any, **tolerance: float) -> None:
    """Parameters and states agree, to the bit unless a tolerance is given."""
    tolerance = tolerance or {"atol": 0, "rtol": 0}
    for p, q in zip(one[0].parameters(), other[0].parameters(), strict=True):
        torch.testing.assert_close(p, q, **tolerance)
    states = [each[1].state_dict()["state"] for each in (one, other)]
    assert states[0].keys() == states[1].keys()
    for index, entry in states[0].items():
        assert entry.keys() == states[1][index].keys()
        for key, value in entry.items():
            torch.testing.assert_close(
                value, states[1][index][key], check_device=False, **tolerance
            )


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize("case", CASES)
def test_the_device_gives_what_the_host_gives(case):
    kind, arguments = CASES[case]
    device = train(kind, arguments, compiler="triton")
    host = train(kind, arguments, compiler="llvm")
    assert_alike(device, host, **(CLOSE if case == "whole matrices" else {}))
    if "clipnorm" in "".join(arguments):
        assert float(device[1].gradient_norm) == pytest.approx(host[1].gradient_norm, rel=1e-12)


def test_another_rate_is_noticed():
    device = train("Adam", {"lr": 1e-3}, compiler="triton")
    host = train("Adam", {"lr": 1.001e-3})
    with pytest.raises(AssertionError):
        assert_alike(device, host)


def test_groups_and_parameters_without_gradients_have_their_own_numbers():
    runs = []
    for compiler in ("triton", "llvm"):
        model = new_model()
        groups = [
            {"params": model[0].parameters(), "lr": 0.01, "betas": (0.8, 0.9)},
            {"params": model[2].parameters(), "weight_decay": 0.3},
        ]
        optimizer = optim.AdamW(groups, lr=0.1, compiler=compiler)
        for seed in range(5):
            learn(model, seed)
            if seed in (1, 2):
                model[0].bias.grad = None
            optimizer.param_groups[0]["lr"] *= 0.9
            optimizer.step()
        runs.append((model, optimizer))
    assert_alike(*runs)
    assert [float(entry["step"]) for entry in runs[0][1].state.values()] == [5, 3, 5, 5]


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_step_with_infinities_changes_nothing_under_a_scaler():
    runs = []
    for compiler in ("triton", "llvm"):
        model = new_model()
        optimizer = optim.AdamW(model.parameters(), global_clipnorm=1.0, compiler=compiler)
        scaler = torch.amp.GradScaler(DEVICE.type, init_scale=1024.0)
        for seed in range(4):
            learn(model, seed)
            scaler.scale(torch.zeros((), device=DEVICE))
            for parameter in model.parameters():
                parameter.grad *= scaler.get_scale()
            if seed == 2:
                model[0].weight.grad[0, 0] = float("inf")
            scaler.step(optimizer)
            scaler.update()
        runs.append((model, optimizer))
    assert_alike(*runs)
    assert float(runs[0][1].state[runs[0][0][0].weight]["step"]) == 3


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_nonfinite_steps_raise_and_change_nothing():
    model, optimizer = train("Adam", {"nonfinite": "raise"}, compiler="triton")
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()["state"]))
    learn(model)
    model[2].weight.grad[0, 0] = float("nan")
    with pytest.raises(NonFiniteError, match="parameter '2'"):
        optimizer.step()
    torch.testing.assert_close(model.state_dict(), before[0], rtol=0, atol=0)
    torch.testing.assert_close(optimizer.state_dict()["state"], before[1], rtol=0, atol=0)


def test_a_state_goes_on_from_the_host_on_the_device():
    model, optimizer = train("AdamW", {"use_ema": True})
    other = copy.deepcopy(model)
    device = optim.AdamW(other.parameters(), use_ema=True, compiler="triton")
    device.load_state_dict(optimizer.state_dict())
    for own, steps in ((model, optimizer), (other, device)):
        learn(own, 9)
        steps.step()
    assert_alike((other, device), (model, optimizer))


def test_several_devices_in_one_optimizer_are_refused():
    params = [torch.nn.Parameter(torch.zeros(3, device=d)) for d in ("cpu", "meta")]
    for parameter in params:
        parameter.grad = torch.zeros_like(parameter)
    optimizer = optim.Adam(params)
    with pytest.raises(UnsupportedError, match="CUDA device. Got: .* on meta"):
        optimizer.step()
