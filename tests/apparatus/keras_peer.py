"""Keras as an executable reference: its own optimizers, run on JAX in any precision."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from adamas import Optimizer, schedules
from cases import parameters

CALLS = 14
# Keras computes 1 − β₂ᵗ in float32: at t = 1 and β₂ = 0.999 that alone is 3e-5 of a step.
TOLERANCE = {"float64": 1e-9, "float32": 3e-5}
LOOSE = {"Adafactor": 1e-6, "Muon": 1e-6}
"""Tolerances in float64 where Keras takes some scalars in float32, whose spacing is 1.2e-7.

Muon's is the norm of a matrix, Adafactor's are means: of the squares in rows and columns, and RMS.
A step is in proportion to them.
"""
EXCLUDED = "layer1"
SHAPES = {
    "Adafactor": ((7,), (3, 4), (), (2, 3, 4)),
    "Muon": ((7,), (3, 4), (6, 3), (), (1, 5), (2, 3, 4)),
}
"""Parameters that an optimizer is tried on, where they are not those of all others."""


def keras_run(
    name: str, arguments: Mapping, dtype: str, params: Sequence[np.ndarray]
) -> list[list[np.ndarray]]:
    """What Keras's optimizer `name` makes of `params` in 14 calls, and the same after finalizing.

    The parameter `EXCLUDED` is excluded from weight decay.
    """
    keras, jax = pytest.importorskip("keras"), pytest.importorskip("jax")
    if keras.config.backend() != "jax":
        pytest.skip("Keras computes in float64 on JAX only")
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        with jax.enable_x64(dtype == "float64"):
            return _run(keras, jax, getattr(keras.optimizers, name), arguments, dtype, params)
    finally:
        keras.config.set_floatx(before)


def _run(keras, jax, kind, arguments, dtype, params):
    if "learning_rate" in arguments:
        rate = _rate(keras, jax, arguments["learning_rate"], dtype)
        arguments = {**arguments, "learning_rate": rate}
    optimizer = kind(**arguments)
    variables = [
        keras.Variable(p, dtype=dtype, name=f"layer{index}") for index, p in enumerate(params)
    ]
    optimizer.exclude_from_weight_decay(var_names=[EXCLUDED])
    optimizer.build(variables)
    # Compiled as a whole, without trying hard: ten times faster to test.
    options = {"xla_backend_optimization_level": "0"}
    apply = jax.jit(optimizer.stateless_apply, compiler_options=options)
    values = [variable.value for variable in variables]
    state = [variable.value for variable in optimizer.variables]
    for seed in range(1, CALLS + 1):
        values, state = apply(state, noise(params, seed), values)
    for variable, value in zip([*variables, *optimizer.variables], [*values, *state], strict=True):
        variable.assign(value)
    trained = [np.asarray(variable.value) for variable in variables]
    if arguments.get("use_ema"):
        optimizer.finalize_variable_values(variables)
    return [trained, [np.asarray(variable.value) for variable in variables]]


def _rate(keras, jax, rate, dtype):
    """Keras's schedule for one of ours."""
    if not isinstance(rate, schedules.Schedule):
        return rate
    if dtype == "float32":
        kind = getattr(keras.optimizers.schedules, type(rate).__name__)
        return kind(**{k: v for k, v in rate.get_config().items() if v is not None})
    # Keras computes its schedules in float32: here it looks up the numbers instead.
    numbers = np.array([rate(call) for call in range(CALLS)])

    class Tabulated(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return jax.numpy.asarray(numbers)[getattr(step, "value", step)]

    return Tabulated()


def noise(params: Sequence[np.ndarray], seed: int) -> list[np.ndarray]:
    """Gradients that differ a hundredfold in strength between tensors."""
    chance = np.random.default_rng(seed)
    return [
        np.asarray(chance.normal(0.3, 1, p.shape) * 10.0 ** (index % 3 - 1), p.dtype)
        for index, p in enumerate(params)
    ]


def pick(chance: np.random.Generator, *values: Any) -> Any:
    """One of `values`."""
    return values[chance.integers(len(values))]


def common_arguments(chance: np.random.Generator) -> dict[str, Any]:
    """Arguments of all optimizers that mean the same to Keras and here.

    Left out, because Keras departs from its documentation: averages under accumulation tick at
    every call there, and callable betas fail there on other backends.
    """
    rate = float(10 ** chance.uniform(-3, -1.5))
    accumulation = pick(chance, {}, {}, {"gradient_accumulation_steps": int(chance.integers(2, 5))})
    averages = {"use_ema": True, "ema_momentum": float(chance.uniform(0, 1))}
    often = {**averages, "ema_overwrite_frequency": 3}
    return {
        "learning_rate": pick(
            chance,
            rate,
            rate,
            schedules.ExponentialDecay(rate, 3, 0.7),
            schedules.CosineDecay(rate, 10, alpha=0.1),
            schedules.PolynomialDecay(rate, 8, rate / 10, power=0.5),
            schedules.InverseTimeDecay(rate, 2, 0.5),
        ),
        "weight_decay": pick(chance, None, float(chance.uniform(0, 0.5))),
        "loss_scale_factor": pick(chance, None, 3.0, 1024.0),
        **pick(chance, {}, {"clipnorm": 0.7}, {"clipvalue": 0.5}, {"global_clipnorm": 2.0}),
        **accumulation,
        **({} if accumulation else pick(chance, {}, averages, often)),
    }


def check_against_keras(kind: type[Optimizer], name: str, arguments: Mapping, dtype: str) -> None:
    """14 calls of `kind` give the parameters and averages of Keras's optimizer `name`."""
    params = parameters(shapes=SHAPES.get(name, ((7,), (3, 4), ())), dtypes=[dtype])
    wanted, averages = keras_run(name, arguments, dtype, params)
    optimizer = kind(**arguments)
    optimizer.exclude_from_weight_decay(var_names=[EXCLUDED])
    named = {f"layer{index}": p for index, p in enumerate(params)}
    optimizer.build(named)
    for seed in range(1, CALLS + 1):
        optimizer.apply(dict(zip(named, noise(params, seed), strict=True)))
    relative = max(TOLERANCE[dtype], LOOSE.get(name, 0))
    for one, other in zip(params, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=relative, atol=relative)
    if optimizer.use_ema or optimizer.average is None:  # Keras knows no average of a rule
        optimizer.finalize_variable_values()
    for one, other in zip(params, averages, strict=True):
        np.testing.assert_allclose(one, other, rtol=relative, atol=relative)
