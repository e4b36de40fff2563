"""PyTorch's own test material for its optimizers, run on those of adamas that it has, too.

``torch.testing._internal.common_optimizers`` has configurations and mistakes of each optimizer.
"""

import copy

import pytest

from adamas.errors import AdamasError
from torch_cases import (
    NUMBERS_IN_FLOAT32,
    SHARED,
    assert_close,
    both,
    exact_muon,
    optim,
    parameters,
    same_bits,
    torch,
    train,
)

pytest.importorskip("expecttest")

from torch.testing._internal import common_optimizers as material  # noqa: E402

KNOWN = {info.name: info for info in material.optim_db}

NOT_RUN = {
    "LBFGS": "it takes a closure: its iterates are compared in tests of their own",
    "SparseAdam": "sparse gradients are refused",
}
"""Optimizers of PyTorch that are not run: why."""

ALLOWED = {
    "lr as a Tensor is not supported for capturable=False and foreach=True": (
        "foreach has no effect here, so there is nothing that it could not do"
    ),
    r"betas\[0\] as a Tensor is not supported for capturable=False and foreach=True": (
        "foreach has no effect here, so there is nothing that it could not do"
    ),
    "betas must be either both floats or both Tensors": "each may be what it likes",
    "Invalid beta parameter at index 1: 1.0": "Adamax with beta_2 = 1 keeps the largest gradient",
    "Muon only supports 2D parameters": "other tensors take AdamW, as Muon's authors have it",
}
"""Mistakes of PyTorch that are none here: why."""

UNSEEN = {
    ("ASGD", "t0"): "it moves the average, which weights do not follow",
    ("RAdam", "non-default eps"): "beside roots of 1 it is less than a rounding of float32",
    ("Rprop", "non-default step_sizes"): "30 steps reach neither bound",
}
"""Configurations that weights do not show: why."""

CUDA = {"capturable": "CUDA graphs; on the CPU it has no effect, here and there"}
"""Flags that only say how PyTorch computes."""


def test_every_optimizer_of_the_material_is_here_or_has_its_reason():
    assert set(KNOWN) == {*SHARED, *NOT_RUN}
    assert not hasattr(optim, "SparseAdam")


INPUTS = [
    pytest.param(name, case, id=f"{name}: {case.desc}")
    for name in SHARED
    for case in KNOWN[name].optim_inputs_func(device="cpu")
]

STEPS = 30


def trained(cls, name, arguments, dtype=torch.float64):
    params = parameters(name, dtype)
    train(cls(params, **copy.deepcopy(arguments)), params, STEPS)
    return params


def tolerance(name, arguments):
    """What numbers in float32 leave: those of a tensor, and those that PyTorch keeps so."""
    tensors = any(torch.is_tensor(v) or isinstance(v, tuple) for v in arguments.values())
    return 1e-6 if name in NUMBERS_IN_FLOAT32 or tensors else 1e-12


@pytest.mark.parametrize(("name", "case"), INPUTS)
def test_a_configuration_of_the_material_steps_as_in_pytorch(name, case):
    with exact_muon():
        theirs = trained(both(name)[0], name, case.kwargs)
    ours = trained(both(name)[1], name, case.kwargs)
    assert_close(ours, theirs, tolerance(name, case.kwargs))


@pytest.mark.parametrize(("name", "case"), INPUTS)
def test_a_state_of_the_material_goes_over(name, case):
    """5 steps there, the rest here: the same as all of them there."""
    with exact_muon():
        stayed = trained(both(name)[0], name, case.kwargs)
        params = parameters(name, torch.float64)
        reference = both(name)[0](params, **copy.deepcopy(case.kwargs))
        train(reference, params, 5)
    optimizer = optim.from_torch(reference)
    train(optimizer, params, STEPS - 5, first=5)
    assert_close(params, stayed, tolerance(name, case.kwargs))


@pytest.mark.parametrize("flag", ["foreach", "fused", "capturable"])
@pytest.mark.parametrize("name", SHARED)
def test_how_pytorch_would_compute_has_no_effect(name, flag):
    plain = trained(both(name)[1], name, {})
    for value in (True, False):
        assert same_bits(trained(both(name)[1], name, {flag: value}), plain)


@pytest.mark.parametrize("name", SHARED)
def test_a_configuration_that_is_dropped_is_seen(name):
    """Each configuration with an argument of its own differs from the defaults."""
    plain = trained(both(name)[0], name, {})
    for case in KNOWN[name].optim_inputs_func(device="cpu"):
        meant = {k: v for k, v in case.kwargs.items() if k not in ("capturable", "foreach")}
        signature = both(name)[0](parameters(name)).defaults
        if (name, case.desc) in UNSEEN:
            continue
        if any(signature.get(key) != value for key, value in meant.items()):
            with pytest.raises(AssertionError):
                assert_close(trained(both(name)[0], name, case.kwargs), plain, 1e-6)


# -- mistakes -------------------------------------------------------------------------------------

MISTAKES = [
    pytest.param(name, index, id=f"{name}: {error.optimizer_error_input.desc}")
    for name in SHARED
    for index, error in enumerate(KNOWN[name].optim_error_inputs_func("cpu", torch.float32))
]


def mistake(name, index):
    """New each time: some have parameters of their own."""
    return KNOWN[name].optim_error_inputs_func("cpu", torch.float32)[index]


def attempt(cls, error):
    """As PyTorch's own test does it: construct, and step if the error comes only then."""
    given = error.optimizer_error_input
    params = given.params
    if params is None:
        params = [torch.nn.Parameter(torch.randn(2, 3))]
        params[0].grad = torch.randn(2, 3)
    optimizer = cls(params, **given.kwargs)
    if error.error_on is material.OptimizerErrorEnum.STEP_ERROR:
        optimizer.step()


@pytest.mark.parametrize(("name", "index"), MISTAKES)
def test_a_mistake_raises_the_same_kind_of_error(name, index):
    error = mistake(name, index)
    if error.error_regex in ALLOWED:
        attempt(optim.__dict__[name], error)
        return
    if issubclass(error.error_type, Warning):
        with pytest.warns(error.error_type, match=error.error_regex):
            attempt(optim.__dict__[name], error)
        return
    with pytest.raises(Exception) as caught:  # noqa: PT011
        attempt(optim.__dict__[name], error)
    # Where PyTorch has RuntimeError for a complex parameter, it is the type that is wrong.
    complex_ = "complex" in error.error_regex
    assert isinstance(caught.value, TypeError if complex_ else error.error_type)
    if isinstance(caught.value, AdamasError):
        assert "Got: " in str(caught.value)


def test_what_is_allowed_here_is_in_the_material():
    found = {
        error.error_regex
        for name in SHARED
        for error in KNOWN[name].optim_error_inputs_func("cpu", torch.float32)
    }
    assert set(ALLOWED) <= found
