"""Fifty updates beside packages of authors, those that are installed: none is needed otherwise."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

import adamas
from cases import parameters
from keras_peer import noise

SHAPES = ((7,), (3, 4))
CALLS = 50
GIVEN = {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6}
HERE = {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-6}

Case = tuple[Callable[[], Any], str, Callable[[Any, Any], Any]]
CASES: Mapping[str, Case] = {
    "AdaBelief": (
        lambda: adamas.AdaBelief(**HERE),
        "pytorch_optimizer",
        lambda p, there: there.AdaBelief(p, **GIVEN),
    ),
    "Adan": (
        lambda: adamas.Adan(0.01, 0.9, 0.92, 0.99, epsilon=1e-6),
        "pytorch_optimizer",
        lambda p, there: there.Adan(p, lr=0.01, betas=(0.9, 0.92, 0.99), eps=1e-6),
    ),
    "AdEMAMix": (
        lambda: adamas.AdEMAMix(**HERE, beta_3=0.999, warmup_steps=20),
        "pytorch_optimizer",
        lambda p, there: there.AdEMAMix(
            p, **{**GIVEN, "betas": (0.8, 0.95, 0.999)}, t_alpha_beta3=20
        ),
    ),
    "Fromage": (
        lambda: adamas.Fromage(0.01),
        "pytorch_optimizer",
        lambda p, there: there.Fromage(p, lr=0.01),
    ),
    "Lion": (
        lambda: adamas.Lion(0.01, weight_decay=0.1),
        "pytorch_optimizer",
        lambda p, there: there.Lion(p, lr=0.01, weight_decay=0.1),
    ),
    "Lookahead": (
        lambda: adamas.SGD(0.1, 0.9, lookahead=5, convention="torch"),
        "pytorch_optimizer",
        lambda p, there: there.Lookahead(momentum(p), k=5, alpha=0.5),
    ),
    "MADGRAD": (
        lambda: adamas.MADGRAD(0.01),
        "pytorch_optimizer",
        lambda p, there: there.MADGRAD(p, lr=0.01),
    ),
    "NovoGrad": (
        lambda: adamas.NovoGrad(**HERE),
        "pytorch_optimizer",
        lambda p, there: there.NovoGrad(p, **GIVEN),
    ),
    "SM3": (
        lambda: adamas.SM3(0.1, momentum=0.0),
        "pytorch_optimizer",
        lambda p, there: there.SM3(p, lr=0.1),
    ),
    "StableAdamW": (
        lambda: adamas.StableAdamW(**HERE, weight_decay=0.1),
        "pytorch_optimizer",
        lambda p, there: there.StableAdamW(p, **GIVEN, weight_decay=0.1, kahan_sum=False),
    ),
    "Yogi": (
        lambda: adamas.Yogi(**HERE),
        "pytorch_optimizer",
        lambda p, there: there.Yogi(p, **GIVEN),
    ),
    "schedule-free AdamW": (
        lambda: adamas.AdamW(
            0.01, 0.1, 0.0, 0.99, 1e-8, schedule_free=0.8, convention="torch"
        ),
        "schedulefree",
        lambda p, there: there.AdamWScheduleFree(
            p, lr=0.01, betas=(0.8, 0.99), weight_decay=0.1
        ),
    ),
    "schedule-free SGD": (
        lambda: adamas.SGD(0.1, schedule_free=0.8, weight_decay=0.1),
        "schedulefree",
        lambda p, there: there.SGDScheduleFree(p, lr=0.1, momentum=0.8, weight_decay=0.1),
    ),
    "ADOPT": (
        lambda: adamas.ADOPT(**HERE),
        "timm.optim",
        lambda p, there: there.Adopt(p, **GIVEN, clip_exp=0.25),
    ),
    "Lamb": (
        lambda: adamas.Lamb(**HERE),
        "timm.optim",
        lambda p, there: there.Lamb(
            p, **GIVEN, max_grad_norm=None, weight_decay=0, always_adapt=True
        ),
    ),
    "LaProp": (
        lambda: adamas.LaProp(**HERE),
        "timm.optim",
        lambda p, there: there.LaProp(p, **GIVEN),
    ),
    "LARS": (
        lambda: adamas.LARS(0.5, 0.9, vectors=True),
        "timm.optim",
        lambda p, there: there.Lars(p, lr=0.5, momentum=0.9, eps=0, always_adapt=True),
    ),
    "MARS": (
        lambda: adamas.MARS(**HERE),
        "timm.optim",
        lambda p, there: there.Mars(p, **GIVEN, weight_decay=0, optimize_1d=True),
    ),
    "MoMo": (
        lambda: adamas.MoMo(3.0, weight_decay=0.1, lower_bound=-5.0, adapt_lower_bound=True),
        "momo",
        lambda p, there: there.Momo(p, lr=3.0, weight_decay=0.1, lb=-5.0, use_fstar=True),
    ),
    "MoMoAdam": (
        lambda: adamas.MoMoAdam(1.0, weight_decay=0.1, lower_bound=0.5),
        "momo",
        lambda p, there: there.MomoAdam(p, lr=1.0, weight_decay=0.1, lb=0.5, divide=True),
    ),
}  # fmt: skip


def momentum(params: Any) -> Any:
    """What is looked ahead of."""
    return pytest.importorskip("torch").optim.SGD(params, lr=0.1, momentum=0.9)


def loss(t: int) -> float:
    """A loss that falls and trembles, whatever the weights are."""
    return 4 / (1 + 0.1 * t) + 0.3 * np.sin(t)


def asked(optimizer: Any, t: int) -> dict[str, float]:
    """The loss, for those that are given it."""
    return {"loss": loss(t)} if optimizer.inputs else {}


@pytest.fixture
def doubles() -> Iterator[Any]:
    """PyTorch, whose new numbers have double precision: some packages sum into those."""
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield torch
    torch.set_default_dtype(before)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
def test_fifty_updates_are_those_of_the_authors(case, doubles):
    make, package, there = CASES[case]
    torch, package = doubles, pytest.importorskip(package)
    params = parameters(shapes=SHAPES, dtypes=[np.float64])
    tensors = [torch.nn.Parameter(torch.tensor(p)) for p in params]
    ours, theirs = make(), there(tensors, package)
    getattr(theirs, "train", lambda: None)()
    ours.build(params)
    for t in range(CALLS):
        grads, given = noise(params, t), asked(ours, t)
        ours.apply(grads, **given)
        for tensor, g in zip(tensors, grads, strict=True):
            tensor.grad = torch.tensor(g)
        theirs.step(**{name: torch.tensor(value) for name, value in given.items()})
    for p, tensor in zip(params, tensors, strict=True):
        np.testing.assert_allclose(p, tensor.detach().numpy(), rtol=1e-9, atol=1e-9)
