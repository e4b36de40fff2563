"""The GPU compiler against the definition, on whatever runs its kernels."""

from typing import Any

import numpy as np
import pytest

import adamas
from adamas import Adafactor, Adam, Lamb, Muon, Nadam, Optimizer, schedules
from cases import BFLOAT16, DTYPES, ULPS, check_close, gradients, parameters, run
from family import FAMILY, conventions_of, kind_of, make_wrong

torch = pytest.importorskip("torch", reason="needs PyTorch")
pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")
device_steps = pytest.importorskip("device_steps")
Session, to_numpy = device_steps.Session, device_steps.to_numpy

FALLING = schedules.ExponentialDecay(0.1, 3, 0.7)
SHAPES = ((37,), (3, 5), (), (2, 0), (16,), (3, 5), (2, 3, 4))
ALL_STAGES = {
    "weight_decay": 0.3,
    "global_clipnorm": 3.0,
    "use_ema": True,
    "ema_momentum": 0.7,
    "gradient_accumulation_steps": 2,
    "loss_scale_factor": 8.0,
}


def check_against_definition(
    optimizer: Optimizer,
    definition: Optimizer,
    dtype: Any = np.float32,
    calls: int = 4,
    follow: bool = False,
    shapes: Any = SHAPES,
    **form: Any,
) -> Any:
    """Kernels stay within rounding of what the reference makes of `definition`; as on the CPU."""
    params = parameters(dtypes=[dtype], shapes=shapes)
    session = Session(optimizer, params, **form)
    definition.build(params, compiler="reference")
    for seed in range(1, calls + 1):
        grads = gradients(params, seed)
        session.apply(grads)
        definition.apply(grads)
    assert session.updates == [definition.iterations] * len(session.updates)
    name = np.dtype(dtype).name
    check_close([to_numpy(p) for p in session.params], params, ULPS[name])
    state = session.state()
    assert state.keys() == definition.state.keys()
    for slot, arrays in state.items():
        loose = name if follow or slot == "ema" or name == "float64" else "float32"
        check_close(arrays.values(), definition.state[slot].values(), ULPS[loose])
    return session


def plain(name: str, **arguments: Any) -> dict[str, Any]:
    """A falling rate and an epsilon that is large enough to show, beside `arguments`."""
    epsilon = {"epsilon": 1e-3} if "epsilon" in kind_of(name)._fields else {}
    return {"learning_rate": FALLING, **epsilon, **arguments}


def combinations(name: str) -> list[dict[str, Any]]:
    """Every rule under every convention, alone and with all stages."""
    return [
        plain(name, **variant, **stages, convention=convention)
        for variant in FAMILY[name].variants
        for convention in conventions_of(name)
        for stages in ({}, ALL_STAGES)
    ]


def follows(optimizer: Optimizer) -> bool:
    """Whether slots depend on parameters, and so on how those were rounded."""
    coupled = optimizer.find_convention().decay == "coupled" and optimizer.weight_decay
    return bool(coupled) or type(optimizer).__name__ == "Ftrl"


# -- the family -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAMILY)
def test_every_rule_is_within_rounding_of_the_definition(name):
    for arguments in combinations(name):
        optimizer, definition = (kind_of(name)(**arguments) for _ in range(2))
        check_against_definition(optimizer, definition, follow=follows(optimizer))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", FAMILY)
def test_every_dtype_is_within_rounding_of_the_definition(name, dtype):
    variant = FAMILY[name].variants[-1]
    optimizer, definition = (kind_of(name)(**plain(name, **variant, **ALL_STAGES)) for _ in "ab")
    check_against_definition(optimizer, definition, dtype, follow=follows(optimizer))


@pytest.mark.parametrize("name", FAMILY)
def test_wrong_rules_are_noticed(name):
    for wrong in FAMILY[name].wrong[:3]:
        convention = wrong.seen[0] if wrong.seen[0] in conventions_of(name) else "keras"
        arguments = {**plain(name, **wrong.arguments), "convention": convention}
        with pytest.raises(AssertionError):
            optimizer, right = make_wrong(name, wrong)(**arguments), kind_of(name)(**arguments)
            check_against_definition(optimizer, right, np.float64)
            raise RuntimeError(f"not noticed: {wrong.old!r} → {wrong.new!r}")
