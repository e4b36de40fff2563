"""Mistakes of newcomers, each from the library that they come from: what they are told."""

import re
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
import pytest
import torch
from scipy.optimize import OptimizeWarning, minimize

import adamas
import adamas.jax
import adamas.keras
import adamas.scipy
import adamas.torch

f32 = np.float32
EVERY = adamas.optimizers.WITH_RULES


def zeros() -> np.ndarray:
    return np.zeros(3, f32)


def net() -> torch.nn.Module:
    return torch.nn.Linear(3, 2)


def model() -> keras.Model:
    return keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])


def step() -> Any:
    return adamas.jax.functional(adamas.Adam())


PYTREE = {"w": jnp.zeros(3)}
X0 = np.zeros(3)


def value(x: np.ndarray) -> float:
    return float((x * x).sum())


def slope(x: np.ndarray) -> np.ndarray:
    return 2 * x


def both(x: np.ndarray) -> tuple[float, np.ndarray]:
    return value(x), slope(x)


def minimized(fun: Any, **others: Any) -> Any:
    return minimize(fun, X0, method=adamas.scipy.minimizer(adamas.Adam()), **others)


def swapped(make: Callable[[np.ndarray], Any]) -> None:
    params, grads = [make(zeros())], [make(zeros() + 1)]
    optimizer = adamas.Adam()
    optimizer.apply(grads, params)
    optimizer.apply(params, grads)


def built_and_swapped(make: Callable[[np.ndarray], Any]) -> None:
    optimizer, params = adamas.Adam(), [make(zeros())]
    optimizer.build(params)
    optimizer.apply(params, [make(zeros() + 1)])


def with_words(**words: Any) -> Callable[[], Any]:
    return lambda: adamas.Adam(**words)


FIRST = "parameters: learning_rate comes first"
STEP = "A step is optimizer.apply(grads, params)"
TELLS: dict[str, tuple[Callable[[], Any], str]] = {
    # from PyTorch
    "lr": (
        with_words(lr=0.1),
        "Adam has no lr. Did you mean learning_rate? adamas.torch.Adam takes PyTorch's words.",
    ),
    "betas": (with_words(betas=(0.9, 0.99)), "Did you mean beta_1 and beta_2? adamas.torch.Adam"),
    "eps": (with_words(eps=1e-8), "Did you mean epsilon?"),
    "fused": (with_words(fused=True), "Leave it out: a step is one fused pass anyway."),
    "lr of NAdam": (lambda: adamas.Nadam(lr=1), "adamas.torch.NAdam takes PyTorch's words."),
    "parameters()": (lambda: adamas.Adam(net().parameters()), "adamas.torch.Adam(model.param"),
    "parameters(), lr": (lambda: adamas.Adam(net().parameters(), lr=0.1), FIRST),
    "parameters(), 0.1": (lambda: adamas.SGD(net().parameters(), 0.1, momentum=0.9), FIRST),
    "a module": (lambda: adamas.Adam(net()), "Got: Linear. For PyTorch: import adamas.torch"),
    "a list of tensors": (lambda: adamas.Adam(list(net().parameters())), "For PyTorch"),
    "groups": (lambda: adamas.Adam([{"params": net().parameters()}]), "For PyTorch"),
    "params=": (with_words(params=[], lr=0.1), "Parameters come with each step"),
    "step()": (lambda: adamas.Adam().step(), STEP),
    "zero_grad()": (lambda: adamas.Adam().zero_grad(), "the classes of adamas.torch have it"),
    "state_dict()": (lambda: adamas.Adam().state_dict(), "Use save(path) and load(path)"),
    "reading lr": (lambda: adamas.Adam().lr, "Did you mean learning_rate?"),
    "setting lr": (lambda: setattr(adamas.Adam(), "lr", 1), "Did you mean learning_rate?"),
    "apply of torch": (lambda: adamas.torch.Adam(net().parameters()).apply(), "optimizer.step()"),
    "lr of torch": (lambda: adamas.torch.Adam(net().parameters()).lr, "param_groups[0]['lr']"),
    "a module of torch": (lambda: adamas.torch.Adam(net()), "Adam(model.parameters(), lr=0.001)"),
    "no parameters": (lambda: adamas.torch.Adam(lr=0.1), "Parameters come first"),
    "b1 of torch": (lambda: adamas.torch.Adam(net().parameters(), b1=0.1), "mean beta_1?"),
    "Nadam of torch": (lambda: adamas.torch.Nadam, "Did you mean 'NAdam'?"),
    "build(module)": (lambda: adamas.Adam().build(net()), "Use list(model.parameters())"),
    "tensors swapped": (lambda: swapped(torch.tensor), "Gradients come first"),
    "tensors built, swapped": (lambda: built_and_swapped(torch.tensor), "Gradients come first"),
    "a Parameter as gradient": (
        lambda: adamas.Adam().apply(net().parameters(), [torch.ones(2, 3), torch.ones(2)]),
        "Got: as the gradient of '0' a torch.nn.Parameter",
    ),
    # from bitsandbytes and torchao, and what stands elsewhere
    "optim_bits": (with_words(optim_bits=8), 'Adam has no optim_bits. For less: states="bfloat16"'),
    "is_paged": (with_words(is_paged=True), "build(params, states_folder=…)"),
    "states_folder": (with_words(states_folder="x"), "build(params, states_folder=…)"),
    "states_folder of torch": (
        lambda: adamas.torch.Adam(net().parameters(), states_folder="x"),
        "build(params, states_folder=…)",
    ),
    "offload": (with_words(offload="cpu"), "The classes of adamas.torch have it"),
    # from optax and flax
    "b1": (with_words(b1=0.9), "Adam has no b1. Did you mean beta_1?"),
    "mu_dtype": (with_words(mu_dtype="bfloat16"), "optax's. Use adamas.jax.transformation"),
    "a pytree": (lambda: adamas.Adam(PYTREE), "step = adamas.jax.functional(adamas.Adam())"),
    "init()": (lambda: adamas.Adam().init(PYTREE), "adamas.jax.functional(optimizer)"),
    "apply of JAX arrays": (lambda: adamas.Adam().apply(PYTREE, PYTREE), "adamas.jax.functional"),
    "a class": (lambda: adamas.jax.functional(adamas.Adam), "the class Adam. Make one of it"),
    "adamas.jax.adam": (lambda: adamas.jax.adam, "adamas.jax.functional(adamas.Adam())"),
    "update()": (lambda: step().update(PYTREE), "adamas.jax.transformation(optimizer)"),
    "the state last": (
        lambda: step().apply(PYTREE, PYTREE, step().init(PYTREE)),
        "apply(grads, state, params)",
    ),
    "lr of one call": (
        lambda: step().apply(PYTREE, step().init(PYTREE), PYTREE, lr=0.1),
        "Did you mean learning_rate?",
    ),
    # from Keras
    "a model": (lambda: adamas.Adam(model()), "model.compile(optimizer=adamas.keras.Adam(), …)"),
    "a model of Keras": (lambda: adamas.keras.Adam(model()), FIRST),
    "lr of Keras": (lambda: adamas.keras.Adam(lr=0.1), "Did you mean learning_rate?"),
    "decay of Keras": (lambda: adamas.keras.Adam(decay=0.1), "InverseTimeDecay"),
    "minimize of Keras": (lambda: adamas.keras.Adam().minimize(), "apply(grads, variables)"),
    "variables first": (
        lambda: adamas.keras.Adam().apply(model().trainable_variables, [zeros()]),
        "Gradients come first",
    ),
    # from NumPy and SciPy
    "arrays": (lambda: adamas.Adam([zeros()]), "Hand arrays over in each step"),
    "an array": (lambda: adamas.Adam(zeros()), "Got: an array of shape (3,)"),
    "step_size": (with_words(step_size=0.1), "Did you mean learning_rate?"),
    "dampening": (with_words(dampening=0.1), "Known are: learning_rate, beta_1, beta_2, epsilon,"),
    "adamas.adamw": (lambda: adamas.adamw, "Did you mean 'AdamW'?"),
    "adamas.minimize": (lambda: adamas.minimize, "adamas.scipy.minimizer"),
    "CosineAnnealingLR": (lambda: adamas.schedules.CosineAnnealingLR, "CosineDecay"),
    "swapped": (lambda: swapped(np.asarray), "which this optimizer updates"),
    "built and swapped": (lambda: built_and_swapped(np.asarray), "Gradients come first"),
    "an optimizer as method": (
        lambda: minimize(value, X0, method=adamas.Adam()),
        "adamas.scipy.minimizer(optimizer)",
    ),
    "a class as method": (lambda: minimize(value, X0, method=adamas.Adam), "scipy.minimizer("),
    "values alone": (lambda: minimized(value, jac=True), "a pair (value, gradient). Got: 0.0"),
    "gradients alone": (lambda: minimized(slope, jac=True), "shape (3,), that of a gradient"),
    "a pair without jac": (lambda: minimized(both), "say jac=True"),
    "a pair as jac": (lambda: minimized(value, jac=both), "jac must give the gradient alone"),
    "gradients without jac": (lambda: minimized(slope), "that of a gradient"),
    # from trainers
    "max_grad_norm": (with_words(max_grad_norm=1.0), "Did you mean global_clipnorm?"),
    "warmup_steps": (with_words(warmup_steps=9), "adamas.schedules.Warmup"),
    "ema_decay": (with_words(ema_decay=0.9), "Did you mean ema_momentum?"),
}


@pytest.mark.parametrize("mistake", TELLS)
def test_a_mistake_is_told_with_the_way_out(mistake):
    make, said = TELLS[mistake]
    with pytest.raises((AttributeError, adamas.AdamasError)) as caught:
        make()
    assert said in str(caught.value)


@pytest.mark.parametrize("declared", EVERY, ids=lambda declared: declared.__name__)
def test_a_word_of_another_library_is_known_by_every_optimizer_that_has_what_it_means(declared):
    conventions = reversed(declared.conventions.values())  # PyTorch's words come first
    own = {word: c.arguments[word] for c in conventions for word in c.arguments}
    usual = {"lr": "learning_rate", "b1": "beta_1", "eps": "epsilon", "wd": "weight_decay"}
    words = {**{word: name for word, name in usual.items() if name in declared.fields}, **own}
    for word, meant in words.items():
        if word in declared.fields:
            continue
        names = (meant,) if isinstance(meant, str) else meant
        for front in (declared, getattr(adamas.keras, declared.__name__)):
            said = f"{declared.__name__} has no {word}. Did you mean {' and '.join(names)}?"
            with pytest.raises(TypeError, match=re.escape(said)):
                front(**{word: 0.1})


def test_words_for_ones_own_optimizer_are_those_of_its_wrapper():
    class Mine(adamas.Optimizer):
        alpha: float
        learning_rate: adamas.Rate = 0.1

        @staticmethod
        def update(p, g, /, *, learning_rate, alpha):
            return p - learning_rate * alpha * g

    with pytest.raises(TypeError, match=r"adamas\.torch\.wrap\(Mine\) takes PyTorch's words"):
        Mine(lr=0.1)
    assert Mine(alpha=2.0).alpha == 2.0


def test_what_is_elsewhere_is_not_here():
    optimizer = adamas.Adam()
    assert not any(hasattr(optimizer, name) for name in ("step", "lr", "minimize", "zero_grad"))
    assert not {"step", "lr", "minimize"} & set(dir(optimizer))
    assert {"apply", "learning_rate"} <= set(dir(optimizer))


def test_a_loop_that_hands_parameters_over_as_gradients_is_warned_at_its_third_call():
    params, optimizer = {"w": zeros()}, adamas.Adam()
    optimizer.apply(params, {"w": params["w"] - 1})
    optimizer.apply(params, {"w": params["w"] - 1})
    with pytest.warns(UserWarning, match=r"Gradients come first.*the other way round"):
        optimizer.apply(params, {"w": params["w"] - 1})
    optimizer.apply(params, {"w": params["w"] - 1})  # once is enough


def test_other_parameters_in_each_call_and_gradients_that_change_are_no_mistake():
    params, grads, optimizer = {"w": zeros()}, {"w": zeros()}, adamas.Adam()
    for _ in range(5):
        params = {"w": params["w"].copy()}
        grads["w"][...] = params["w"] - 1
        optimizer.apply(grads, params)
    assert (params["w"] > 0).all()


def test_an_option_of_minimize_that_is_the_optimizers_is_told_so():
    with pytest.warns(OptimizeWarning, match=r"minimizer\(Adam\(learning_rate=…\)\)"):
        minimized(value, jac=slope, options={"lr": 0.1, "maxiter": 1})


def test_parameters_may_come_as_a_generator():
    module = net()
    with torch.no_grad():
        adamas.Adam().apply([torch.ones(2, 3), torch.ones(2)], module.parameters())
