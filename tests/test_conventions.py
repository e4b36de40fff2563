"""Conventions as data: beside PyTorch's own signatures and state, and what they translate."""

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import adamas
import torch_peer
from adamas import Optimizer
from adamas.errors import AdamasError, ArgumentError, ConfigurationError, RuleError
from adamas.optimizer import OPTIMIZERS, Convention
from cases import BFLOAT16, assert_same_bits, gradients, parameters, run

EXECUTION = ("foreach", "fused", "capturable", "differentiable")
"""Arguments of PyTorch that choose how it computes, not what."""

BUILT_IN = {
    name: kind for name, kind in OPTIMIZERS.items() if kind.__module__.startswith("adamas.")
}
"""Other tests declare optimizers of their own in this process."""

WITH_TORCH = sorted(name for name, kind in BUILT_IN.items() if "torch" in kind.conventions)


def torch_arguments(name: str) -> dict[str, inspect.Parameter]:
    """PyTorch's arguments for numbers, in their order."""
    signature = inspect.signature(torch_peer.class_of(name))
    left = ("params", *EXECUTION)
    return {argument: p for argument, p in signature.parameters.items() if argument not in left}


# -- beside PyTorch -------------------------------------------------------------------------------


def check_arguments(convention: Convention, name: str) -> None:
    """Each argument there is one here; those that may be given by position are in its order."""
    theirs = torch_arguments(name)
    assert set(convention.arguments) == set(theirs)
    by_name = inspect.Parameter.KEYWORD_ONLY
    positional = [a for a, p in theirs.items() if p.kind is not by_name]
    assert [a for a in convention.arguments if a in positional] == positional
    fields = list(convention.fields())
    assert len(fields) == len(set(fields))


def check_defaults(convention: Convention, optimizer: Optimizer, name: str) -> None:
    """The defaults are the same, in either language."""
    theirs = {argument: p.default for argument, p in torch_arguments(name).items()}
    assert convention.there(vars(optimizer)) == theirs
    for field, value in convention.here(theirs).items():
        assert getattr(optimizer, field) == value, field


@pytest.mark.parametrize("name", WITH_TORCH)
def test_every_argument_of_pytorch_has_a_field_and_its_default(name):
    optimizer = getattr(adamas, name)(convention="torch")
    check_arguments(optimizer.find_convention(), name)
    check_defaults(optimizer.find_convention(), optimizer, name)


@pytest.mark.parametrize("name", WITH_TORCH)
def test_an_argument_that_is_missing_or_out_of_order_is_seen(name):
    convention = getattr(adamas, name).conventions["torch"]
    first, *others = convention.arguments.items()
    for wrong in (dict(others), dict([*others, (first)]), {**dict(others), "momenta": "momentum"}):
        with pytest.raises(AssertionError):
            check_arguments(Convention(arguments=wrong), name)


@pytest.mark.parametrize("name", WITH_TORCH)
def test_another_default_is_seen(name):
    kind = getattr(adamas, name)
    optimizer = kind(0.7, convention="torch")
    with pytest.raises(AssertionError):
        check_defaults(optimizer.find_convention(), optimizer, name)


def test_the_optimizers_of_pytorch_that_are_here_have_its_convention():
    torch = pytest.importorskip("torch")
    ours = {name.lower() for name in BUILT_IN}
    shared = {name for name, kind in vars(torch.optim).items() if inspect.isclass(kind)}
    assert {name.lower() for name in WITH_TORCH} == {n.lower() for n in shared if n.lower() in ours}
    assert len(WITH_TORCH) == 13


def states_of(name: str, **arguments: Any) -> tuple[set[str], set[str]]:
    """The names of the state after a step: there, and here translated."""
    torch = pytest.importorskip("torch")
    kind = getattr(adamas, name)
    optimizer = kind(**arguments, convention="torch")
    params = [np.ones((3, 2)), *([] if name == "Muon" else [np.ones(3)])]
    optimizer.apply([np.ones_like(p) for p in params], params)
    convention = optimizer.find_convention()
    ours = {convention.slots[slot] for slot in (*optimizer.state, *kind.remembered)}
    tensors = [torch.ones(p.shape, dtype=torch.float64, requires_grad=True) for p in params]
    given = {a: v for a, v in convention.there(vars(optimizer)).items() if a != "lr"}
    theirs = torch_peer.class_of(name)(tensors, **given)
    for tensor in tensors:
        tensor.grad = torch.ones_like(tensor)
    theirs.step()
    kept = {key for tensor in tensors for key, v in theirs.state[tensor].items() if v is not None}
    return kept - {"step"}, ours


VARIANTS: list[tuple[str, Mapping[str, Any]]] = [
    *((name, {}) for name in WITH_TORCH),
    ("Adam", {"amsgrad": True}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("SGD", {"momentum": 0.5}),
]


@pytest.mark.parametrize(("name", "arguments"), VARIANTS)
def test_the_state_is_called_as_in_pytorch(name, arguments):
    theirs, ours = states_of(name, **arguments)
    assert ours == theirs


def test_every_slot_and_field_of_a_convention_is_there():
    for name, kind in BUILT_IN.items():
        rules = [getattr(kind, rule) for rule in dir(kind) if rule.startswith("update")]
        known = {
            slot for rule in filter(callable, rules) for slot in inspect.signature(rule).parameters
        }
        for convention in kind.conventions.values():
            assert {*convention.slots} <= {*known, *kind.remembered}, name
            assert {*convention.fields()} <= {*kind.fields}, name


# -- translation ----------------------------------------------------------------------------------

MUON = adamas.Muon.conventions["torch"]
BOTH_WAYS = [
    (
        "Adam",
        {"lr": 0.1, "betas": (0.5, 0.6)},
        {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6},
    ),
    ("Adafactor", {"eps": (None, 0.5)}, {"epsilon_1": None, "epsilon_2": 0.5}),
    ("Muon", {"adjust_lr_fn": "match_rms_adamw"}, {"rms_rate": 0.2}),
    ("Muon", {"adjust_lr_fn": None}, {"rms_rate": None}),
    ("Muon", {"ns_coefficients": (1, 2, 3)}, {"muon_a": 1, "muon_b": 2, "muon_c": 3}),
    ("RMSprop", {"alpha": 0.5, "eps": 0.1}, {"rho": 0.5, "epsilon": 0.1}),
]


@pytest.mark.parametrize(("name", "theirs", "ours"), BOTH_WAYS)
def test_arguments_are_translated_both_ways(name, theirs, ours):
    convention = getattr(adamas, name).conventions["torch"]
    assert convention.here(theirs) == ours
    assert convention.there(ours) == theirs


def test_what_has_no_partner_is_left_out():
    convention = adamas.Adam.conventions["torch"]
    assert convention.here({"fused": True, "lr": 0.1}) == {"learning_rate": 0.1}
    assert convention.there({"use_ema": True, "beta_1": 0.9}) == {}  # half of a pair
    assert MUON.here({"adjust_lr_fn": "original"}) == {"rms_rate": None}
    assert MUON.there({"rms_rate": 0.5}) == {"adjust_lr_fn": 0.5}  # PyTorch has no word for it


@pytest.mark.parametrize("betas", [(0.9,), (0.9, 0.99, 0.999), 0.9, "ab c"])
def test_a_tuple_of_another_length_is_refused(betas):
    with pytest.raises(ArgumentError, match="betas must be 2 values. Got"):
        adamas.Adam.conventions["torch"].here({"betas": betas})


def test_values_belong_to_arguments_of_one_field():
    for arguments in ({}, {"betas": ("beta_1", "beta_2")}):
        with pytest.raises(ArgumentError, match="values must be those of"):
            Convention(arguments=arguments, values={"betas": {None: 0.9}})


def test_a_convention_that_names_no_field_is_refused_where_it_is_written():
    with pytest.raises(ArgumentError, match=r"Mine.conventions\['torch'\].*Did you mean 'learn"):

        class Mine(Optimizer):
            learning_rate: adamas.Rate = 0.1

            conventions = {"torch": Convention(arguments={"lr": "learningrate"})}

            @staticmethod
            def update(p, g, /, *, learning_rate):
                return p - learning_rate * g


def test_an_optimizer_of_ones_own_has_a_convention_with_all_of_this():
    class Tilted(Optimizer):
        learning_rate: adamas.Rate = 0.1
        tilt: float | None = None

        conventions = {
            "torch": Convention(
                {"tilt": 0.5},
                arguments={"lr": "learning_rate", "slope": "tilt"},
                values={"slope": {"even": None}},
            )
        }

        @staticmethod
        def prepare(learning_rate, tilt):
            return {"rate": learning_rate if tilt is None else learning_rate * (1 + tilt)}

        @staticmethod
        def update(p, g, /, *, rate):
            return p - rate * g

    convention = Tilted.conventions["torch"]
    for slope, moved in (("even", 0.1), (0.5, 0.15)):
        params = [np.zeros(2)]
        optimizer = Tilted(**convention.here({"lr": 0.1, "slope": slope}), convention="torch")
        optimizer.apply([np.ones(2)], params)
        np.testing.assert_allclose(params[0], -moved)
    assert convention.there({"tilt": None}) == {"slope": "even"}


# -- the arguments themselves ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Adam", "Nadam", "SGD", "Adagrad"])
def test_decoupled_decay_is_the_same_whatever_the_convention_means(name):
    """Coupled: the gradient of L2 regularization. Decoupled: p less rate · decay · p."""
    kind, p, g = getattr(adamas, name), np.array([2.0, -3.0]), np.array([0.5, -1.0])
    for convention in ("keras", "torch"):
        without = [p - 0.1 * 0.3 * p]
        kind(0.1, convention=convention).apply([g], without)
        decayed = [p.copy()]
        kind(0.1, convention=convention, weight_decay=0.3, decoupled_weight_decay=True).apply(
            [g], decayed
        )
        np.testing.assert_allclose(decayed[0], without[0], rtol=1e-14)


def test_decoupled_adam_is_adamw():
    ends = []
    for kind, more in ((adamas.Adam, {"decoupled_weight_decay": True}), (adamas.AdamW, {})):
        params = parameters(dtypes=[np.float32])
        run(kind(0.01, weight_decay=0.1, convention="torch", **more), params, 5)
        ends.append(params)
    assert_same_bits(*ends)


@pytest.mark.parametrize("name", [n for n in WITH_TORCH if n != "Muon"])
def test_up_one_slope_is_down_the_other_to_the_bit(name):
    ends = []
    for maximize in (False, True):
        params = parameters(dtypes=[np.float32])
        optimizer = getattr(adamas, name)(0.01, maximize=maximize, convention="torch")
        for seed in range(4):
            sign = -1 if maximize else 1
            optimizer.apply([sign * g for g in gradients(params, seed)], params)
        ends.append(params)
    assert_same_bits(*ends)


def test_one_member_may_go_up_where_another_goes_down():
    params = {"up": np.zeros(3), "down": np.zeros(3)}
    optimizer = adamas.MultiOptimizer({"up": adamas.SGD(0.1, maximize=True), "": adamas.SGD(0.1)})
    optimizer.apply({name: np.ones(3) for name in params}, params)
    np.testing.assert_allclose(params["up"], 0.1)
    np.testing.assert_allclose(params["down"], -0.1)


NESTEROV = [
    {"dampening": 0.5, "momentum": 0.9},
    {"dampening": lambda: 0.0, "momentum": 0.9},
    {"momentum": 0.0, "convention": "torch"},
]


@pytest.mark.parametrize("arguments", NESTEROV, ids=[0, 1, 2])
def test_nesterov_refuses_what_pytorch_refuses(arguments):
    with pytest.raises(ConfigurationError, match="nesterov must have no dampening"):
        adamas.SGD(0.1, nesterov=True, **arguments)


@pytest.mark.parametrize("nesterov", [False, True])
def test_dampening_that_is_set_later_does_what_it_does_in_pytorch(nesterov):
    torch = pytest.importorskip("torch")
    given = {"momentum": 0.9, "nesterov": nesterov}
    optimizer = adamas.SGD(0.1, **given, convention="torch")
    params, grads = [np.ones(3)], [np.array([1.0, -2.0, 0.5]) * step for step in range(1, 6)]
    tensor = torch.ones(3, dtype=torch.float64, requires_grad=True)
    theirs = torch.optim.SGD([tensor], 0.1, **given)
    for step, g in enumerate(grads):
        if step == 2:
            optimizer.dampening = theirs.param_groups[0]["dampening"] = 0.4
        optimizer.apply([g], params)
        tensor.grad = torch.tensor(g)
        theirs.step()
    np.testing.assert_allclose(params[0], tensor.detach().numpy(), rtol=1e-14)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("shape", [(4,), (2, 3)])
@pytest.mark.parametrize("compiler", ["llvm", "reference"])
def test_adafactors_bound_is_the_spacing_of_the_dtype(dtype, shape, compiler):
    """With g below it, u = g / spacing, so small that nothing shortens it: RMS(p) is 1."""
    torch = pytest.importorskip("torch")
    spacing = torch.finfo(getattr(torch, dtype)).eps
    p = np.ones(shape, BFLOAT16 if dtype == "bfloat16" else dtype)
    g = np.full(shape, spacing / 4).astype(p.dtype)
    optimizer = adamas.Adafactor(1.0, convention="torch")
    params = [p]
    optimizer.build(params, compiler=compiler)
    optimizer.apply([g])
    # A matrix divides mean(r) = g² by the spacing: √(r / spacing) √c = g² / √spacing, too small.
    np.testing.assert_allclose(params[0].astype(np.float64), 1 - 1 / 4, rtol=2 * spacing)


def test_members_that_differ_in_what_is_none_have_their_own_plans():
    """A None chooses in `prepare`, so those with and without one do not share it."""
    params = {name: np.ones(3) for name in ("a", "b")}
    alone = {name: np.ones(3) for name in ("a", "b")}
    members = {"a": {"momentum_decay": None}, "b": {"momentum_decay": 0.1}}
    together = adamas.MultiOptimizer({n: adamas.Nadam(0.1, **more) for n, more in members.items()})
    for _ in range(3):
        grads = {name: np.full(3, 0.5) for name in params}
        together.apply(grads, params)
    for name, more in members.items():
        optimizer = adamas.Nadam(0.1, **more)
        for _ in range(3):
            optimizer.apply([np.full(3, 0.5)], [alone[name]])
    assert_same_bits(list(params.values()), list(alone.values()))
    assert not np.allclose(params["a"], params["b"])


def test_what_prepare_cannot_do_with_none_is_told_with_its_line():
    class Careless(Optimizer):
        learning_rate: adamas.Rate = 0.1
        extra: float | None = None

        @staticmethod
        def prepare(learning_rate, extra):
            return {"rate": learning_rate * extra}

        @staticmethod
        def update(p, g, /, *, rate):
            return p - rate * g

    with pytest.raises(RuleError, match="learning_rate \\* extra"):
        Careless().apply([np.ones(2)], [np.ones(2)])
    assert issubclass(RuleError, AdamasError)
