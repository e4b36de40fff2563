"""Shared by the tests of `adamas.torch`: the same problem given to torch.optim and to adamas."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import adamas.torch as optim  # noqa: E402

Arguments = Mapping[str, Any]

SHARED = (
    *("SGD", "Adadelta", "Adafactor", "Adagrad", "Adam"),
    *("AdamW", "Adamax", "ASGD", "Muon", "NAdam", "RAdam", "RMSprop", "Rprop"),
)
"""The optimizers that torch.optim has, too."""

NUMBERS_IN_FLOAT32 = ("ASGD", "NAdam")
"""Whose numbers PyTorch keeps in float32, whatever the weights are: η, μ; the product of momenta.

`test_family` has them beside PyTorch's in double precision.
"""

EVERY = [name for name in optim.__all__ if hasattr(getattr(optim, name), "naming")]
"""All that `adamas.torch` has."""

SHAPES = ((7,), (3, 5), (), (2, 0), (16,), (2, 3, 4))
MATRICES = ((4, 6), (5, 3), (2, 2))
"""Muon of PyTorch takes matrices only."""

CONFIGURATIONS: Sequence[tuple[str, Arguments]] = (
    ("SGD", {}),
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.1, "beta2_decay": -0.5, "eps": (1e-8, 1e-2), "d": 1.5}),
    ("Adafactor", {"weight_decay": 0.1, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1, "eps": 1e-4}),
    ("Adagrad", {"weight_decay": 0.1, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-4, "weight_decay": 0.1}),
    ("Adam", {"amsgrad": True, "maximize": True}),
    ("Adam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-4, "weight_decay": 0.1}),
    ("AdamW", {"weight_decay": 0, "amsgrad": True, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-4, "weight_decay": 0.1}),
    ("Adamax", {"maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.6, "t0": 3.0, "weight_decay": 0.1}),
    ("ASGD", {"t0": 0.0, "maximize": True}),
    ("Muon", {}),
    ("Muon", {"lr": 0.01, "weight_decay": 0.2, "momentum": 0.9, "nesterov": False}),
    ("Muon", {"ns_coefficients": (3.0, -4.0, 2.0), "eps": 1e-3, "ns_steps": 3}),
    ("Muon", {"adjust_lr_fn": "match_rms_adamw"}),
    ("Muon", {"adjust_lr_fn": "original"}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-4, "momentum_decay": 0.01}),
    ("NAdam", {"weight_decay": 0.1, "maximize": True}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-4, "weight_decay": 0.1}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.1, "alpha": 0.9, "eps": 1e-4, "weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.9, "centered": True, "maximize": True}),
    ("RMSprop", {"centered": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": (0.4, 1.5), "step_sizes": (1e-3, 0.3), "maximize": True}),
)
"""Every argument that PyTorch has for numbers, away from its default at least once."""

VARIANTS: Sequence[tuple[str, Arguments]] = (
    *((name, {}) for name in SHARED),
    ("SGD", {"momentum": 0.9}),
    ("Adam", {"amsgrad": True}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
)
"""Every form that the state can have."""


def identity(case: Any) -> str:
    """A readable name of a case."""
    if isinstance(case, Mapping):
        return ",".join(f"{name}={value}" for name, value in case.items()) or "defaults"
    return str(case)


def both(name: str) -> tuple[Any, Any]:
    """The classes of PyTorch and of adamas."""
    return getattr(torch.optim, name), getattr(optim, name)


def shapes_of(name: str) -> Sequence[tuple[int, ...]]:
    """Shapes that the optimizer of PyTorch can train."""
    if name == "Adafactor":  # PyTorch's divides by the number of weights
        return [shape for shape in SHAPES if 0 not in shape]
    return MATRICES if name == "Muon" else SHAPES


def parameters(
    name: str = "Adam", dtype: Any = torch.float32, seed: int = 0, shapes: Any = None
) -> list[Any]:
    """Leaf tensors between 1/2 and 2 in magnitude."""
    chance = np.random.default_rng(seed)
    made = []
    for shape in shapes or shapes_of(name):
        values = chance.choice([-1.0, 1.0], shape) * chance.uniform(0.5, 2, shape)
        made.append(torch.tensor(values).to(dtype).requires_grad_())
    return made


def give_gradients(params: Sequence[Any], step: int, missing: Sequence[int] = ()) -> None:
    """New ``.grad`` tensors: the same ones for the same step, None for those that are missing.

    They shrink for 20 steps and then begin anew, so that a largest value so far is not the last.
    """
    chance = np.random.default_rng(1000 + step)
    for index, parameter in enumerate(params):
        values = torch.tensor(chance.normal(size=tuple(parameter.shape)))
        gradient = (values / (1 + step % 20)).to(parameter.dtype)
        parameter.grad = None if index in missing else gradient


def beside(optimizer: Any, params: Sequence[Any], step: int) -> dict[str, Any]:
    """What an optimizer is given beside gradients: the same for the same step.

    One that can do without arrays is given them in every other call.
    """
    declared = getattr(type(optimizer), "declared", type(optimizer))
    chance = np.random.default_rng(2000 + step)
    found: dict[str, Any] = {}
    for name, kind in getattr(declared, "inputs", {}).items():
        if kind == "number":
            found[name] = float(chance.uniform(1, 2))
        elif step % 2 == 0 or declared.update_without is None:
            values = [torch.tensor(chance.uniform(-1, 2, tuple(p.shape))) for p in params]
            found[name] = [v.to(p.dtype) for v, p in zip(values, params, strict=True)]
    return found


def train(optimizer: Any, params: Sequence[Any], steps: int, first: int = 0) -> None:
    """Steps with the gradients of `give_gradients`, and what is asked for beside them."""
    for step in range(first, first + steps):
        give_gradients(params, step)
        optimizer.step(**beside(optimizer, params, step))


def assert_close(ours: Sequence[Any], theirs: Sequence[Any], relative: float) -> None:
    """Equal within `relative` of the largest magnitude in each tensor."""
    assert len(ours) == len(theirs)
    for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        one, other = one.detach().double(), other.detach().double()
        assert one.shape == other.shape, index
        scale = float(other.abs().max()) if other.numel() else 0.0
        np.testing.assert_allclose(
            one.numpy(), other.numpy(), rtol=0, atol=relative * scale, err_msg=f"tensor {index}"
        )


def same_bits(ours: Sequence[Any], theirs: Sequence[Any]) -> bool:
    """Whether dtype, shape and every bit are the same."""
    return len(ours) == len(theirs) and all(
        (one.dtype, one.shape) == (other.dtype, other.shape) and raw(one) == raw(other)
        for one, other in zip(ours, theirs, strict=True)
    )


def raw(tensor: Any) -> bytes:
    """The values of a tensor, bit for bit, whatever its strides."""
    dense = tensor.detach().contiguous().clone().reshape(-1)
    return dense.view(torch.uint8).numpy().tobytes() if dense.numel() else b""


def picture(optimizer: Any) -> list[Any]:
    """Everything that a refused call may not change: parameters, state, groups, bit for bit."""
    found: list[Any] = []
    for group in optimizer.param_groups:
        rest = {key: value for key, value in group.items() if key != "params"}
        found.append({k: raw(v) if torch.is_tensor(v) else v for k, v in rest.items()})
        for parameter in group["params"]:
            entry = optimizer.state.get(parameter, {})
            found.append(raw(parameter))
            found.append({k: raw(v) if torch.is_tensor(v) else v for k, v in entry.items()})
    return found


@contextlib.contextmanager
def exact_muon() -> Iterator[None]:
    """PyTorch's Muon orthogonalizes in the dtype of its matrices, not in bfloat16."""
    with mock.patch.object(torch.Tensor, "bfloat16", torch.Tensor.clone):
        yield
