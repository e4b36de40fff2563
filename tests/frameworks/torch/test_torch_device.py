"""adamas.torch by the GPU compiler, which Triton's interpreter runs where there is no GPU."""

import copy
from typing import Any

import pytest

import adamas
from adamas.errors import ArrayError, ConfigurationError, NonFiniteError, UnsupportedError
from adamas.refusals import COMPILER_OF_DEVICE, COMPILER_OF_HOST, INTERPRETER_OF_HOST

torch = pytest.importorskip("torch", reason="needs PyTorch")
pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")

import adamas.torch as optim  # noqa: E402
from adamas.compilers.triton import interpreter  # noqa: E402
from adamas.frameworks.torch.tensors import pointers  # noqa: E402
from adamas.frameworks.torch.watch import slow_look  # noqa: E402
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
    "whole matrices": ("Muon", {"ns_precision": "float32"}),
    "first values": ("ScheduleFreeAdamW", {}),
    "schedule": ("SGD", {"lr": adamas.schedules.CosineDecay(0.1, 5)}),
}
CLOSE = {"atol": 1e-7, "rtol": 0}
"""Products of matrices are added up in another order; all else gives the same bits."""


HOST = torch.device("cpu")


def new_model(device: Any = DEVICE) -> Any:
    torch.manual_seed(0)
    layers = torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 3)
    return torch.nn.Sequential(*layers).to(device)


def learn(model: Any, seed: int = 0) -> None:
    model.zero_grad()
    torch.manual_seed(seed)
    x, y = torch.randn(8, 4), torch.randn(8, 3)
    device = model[0].weight.device
    (model(x.to(device)) - y.to(device)).square().mean().backward()


def train(kind: str, arguments: dict[str, Any], steps: int = 4, **more: Any) -> tuple[Any, Any]:
    """A model after some steps, and its optimizer: on the device for the compiler to Triton."""
    model = new_model(DEVICE if more.get("compiler") == "triton" else HOST)
    optimizer = getattr(optim, kind)(model.parameters(), **arguments, **more)
    for seed in range(steps):
        learn(model, seed)
        optimizer.step()
    return model, optimizer


def assert_alike(one: Any, other: Any, **tolerance: float) -> None:
    """Parameters and states agree, to the bit unless a tolerance is given."""
    tolerance = tolerance or {"atol": 0, "rtol": 0}
    for p, q in zip(one[0].parameters(), other[0].parameters(), strict=True):
        torch.testing.assert_close(p, q, check_device=False, **tolerance)
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
    for compiler, device in (("triton", DEVICE), ("llvm", HOST)):
        model = new_model(device)
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
    for compiler, device in (("triton", DEVICE), ("llvm", HOST)):
        model = new_model(device)
        optimizer = optim.AdamW(model.parameters(), global_clipnorm=1.0, compiler=compiler)
        scaler = torch.amp.GradScaler(device.type, init_scale=1024.0)
        for seed in range(4):
            learn(model, seed)
            scaler.scale(torch.zeros((), device=device))
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
    other = copy.deepcopy(model).to(DEVICE)
    device = optim.AdamW(other.parameters(), use_ema=True, compiler="triton")
    device.load_state_dict(optimizer.state_dict())
    for own, steps in ((model, optimizer), (other, device)):
        learn(own, 9)
        steps.step()
    assert_alike((other, device), (model, optimizer))


class Elsewhere(torch.Tensor):
    """A tensor that says it is on a GPU, of which there is no memory."""

    @staticmethod
    def __new__(cls) -> Any:
        made: Any = torch.Tensor._make_wrapper_subclass  # pyright: ignore[reportAttributeAccessIssue]
        return made(cls, [3], device="cuda:0", requires_grad=True)

    @classmethod
    def __torch_dispatch__(cls, function: Any, *_: Any, **__: Any) -> Any:
        raise AssertionError(f"{function} was called")


def told(device: Any, compiler: str | None) -> str:
    """What is said of parameters on a device, on both front ends, before anything is made."""
    params = [Elsewhere() if device == "cuda" else torch.ones(3, device=device)]
    optimizer = optim.Adam(params, compiler=compiler)
    applying = adamas.Adam()
    said = []
    for refused in (optimizer.ready, lambda: applying.build(params, compiler=compiler)):
        with pytest.raises(UnsupportedError) as error:
            refused()
        said.append(str(error.value))
    assert not optimizer.state
    assert not applying.built
    assert said[0] == said[1]
    return said[0]


@pytest.mark.parametrize("compiler", ["llvm", "reference"])
def test_the_compilers_of_the_cpu_take_nothing_on_a_gpu(compiler):
    assert told("cuda", compiler) == (
        f"{COMPILER_OF_HOST.law} Got: compiler={compiler!r} for parameters on cuda:0. "
        f"{COMPILER_OF_HOST.way_out}"
    )


def test_what_triton_cannot_reach_is_refused(monkeypatch):
    own: Any = interpreter
    monkeypatch.setattr(own, "interpreted", lambda: False)
    assert told("cpu", "triton").startswith(COMPILER_OF_DEVICE.law)
    monkeypatch.setattr(own, "interpreted", lambda: True)
    assert told("cuda", None).startswith(INTERPRETER_OF_HOST.law)
    assert told("cuda", "triton").startswith(INTERPRETER_OF_HOST.law)
    monkeypatch.setattr(own.triton, "__version__", "3.6.0")
    monkeypatch.setattr(own.np, "__version__", "2.4.0")
    assert "Got: Triton 3.6.0, NumPy 2.4.0. Install" in told("cpu", "triton")
    for triton, numpy in (("3.7.0", "2.4.6"), ("3.6.0", "2.3.5"), ("3.10.1+git", "2.10.0")):
        monkeypatch.setattr(own.triton, "__version__", triton)
        monkeypatch.setattr(own.np, "__version__", numpy)
        own.refuse_device(HOST)


def test_other_devices_and_other_compilers_are_refused():
    assert "on a CUDA device. Got: '0' on meta" in told("meta", None)
    with pytest.raises(ConfigurationError, match="'reference', 'triton'. Got: 'cuda'"):
        optim.Adam([torch.ones(3)], compiler="cuda")


def test_several_devices_in_one_optimizer_are_refused():
    params = [torch.nn.Parameter(torch.zeros(3, device=d)) for d in ("cpu", "meta")]
    for parameter in params:
        parameter.grad = torch.zeros_like(parameter)
    optimizer = optim.Adam(params)
    with pytest.raises(UnsupportedError, match="CUDA device. Got: .* on meta"):
        optimizer.step()
    with pytest.raises(UnsupportedError, match="on one device. Got: cpu, cuda:0. Use"):
        optim.Adam([torch.ones(3), Elsewhere()]).ready()


@pytest.mark.parametrize("compiler", ["llvm", "reference"])
def test_a_state_or_a_model_that_has_moved_is_refused(compiler):
    """What the loop of the CPU would read by its address, as after ``model.cuda()``."""
    model, optimizer = train("Adam", {}, compiler=compiler)
    before = copy.deepcopy(model.state_dict())
    own = optimizer.state[model[2].bias]
    kept, own["exp_avg"] = own["exp_avg"], Elsewhere()
    with pytest.raises(ArrayError, match="Slot 'm' of '3' must be on cpu, .* Got: cuda:0"):
        optimizer.step()
    own["exp_avg"] = kept
    session = optimizer.ready()
    session.device = torch.device("cuda", 0)  # as if all parameters had come from there
    session.forget_layouts()
    with pytest.raises(ArrayError, match="Parameter '0' must be on cuda:0, .* Got: cpu. Make"):
        optimizer.step()
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)


def test_a_look_in_python_sees_another_device():
    known = torch.zeros(3)
    look = slow_look([known], pointers([known]), moves=True)
    assert look([torch.ones(3)])
    assert not look([torch.ones(3, device="meta")])
