"""An optimizer has one home: the parameters it was built for; others are refused in words."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

import adamas
import adamas.torch
from adamas.errors import AdamasError, StateError
from adamas.scipy import minimizer


def arrays(size=2):
    return [np.ones(size, np.float32)]


def tensors(size=2):
    return [torch.ones(size)]


def stepped(make, size=2):
    optimizer = adamas.Adam(0.1)
    optimizer.apply(make(size), make(size))
    return optimizer


def two_members(first, second):
    return adamas.MultiOptimizer([("a", first), ("", second)])


SECOND_HOMES = {
    "arrays, then arrays of another form": lambda: stepped(arrays).apply(arrays(3), arrays(3)),
    "arrays, then tensors": lambda: stepped(arrays).apply(tensors(), tensors()),
    "tensors, then arrays": lambda: stepped(tensors).apply(arrays(), arrays()),
    "tensors, then other tensors": lambda: stepped(tensors).apply(tensors(), tensors()),
    "built a second time": lambda: stepped(arrays).build(arrays()),
    "a member with a life of its own": lambda: two_members(stepped(arrays), adamas.Adam()),
}


@pytest.mark.parametrize("case", SECOND_HOMES)
def test_a_second_home_is_refused(case):
    with pytest.raises(AdamasError, match=r"must|Make a new|Give a new"):
        SECOND_HOMES[case]()


def test_the_way_out_has_the_same_arguments_and_begins_anew():
    optimizer = stepped(arrays)
    fresh, params = optimizer.replace(), arrays(3)
    fresh.apply(arrays(3), params)
    assert (optimizer.iterations, fresh.iterations) == (1, 1)
    assert fresh.learning_rate == 0.1


def test_other_arrays_of_the_same_form_go_on_with_the_state_that_names_have():
    optimizer, others = stepped(arrays), arrays()
    optimizer.apply(arrays(), others)
    assert optimizer.iterations == 2
    again = adamas.Adam(0.1)
    params = arrays()
    again.apply(arrays(), params)
    params[0][:] = 1
    again.apply(arrays(), params)
    np.testing.assert_array_equal(others, params)


def test_a_member_that_is_wrapped_has_no_steps_of_its_own():
    for wrap in (adamas.LossScaleOptimizer, lambda one: two_members(one, adamas.SGD())):
        member = adamas.Adam()
        whole = wrap(member)
        for call in (
            lambda one: one.build(arrays()),
            lambda one: one.apply(arrays(), arrays()),
            lambda one: one.apply_gradients(zip(tensors(), tensors(), strict=True)),
            adamas.LossScaleOptimizer,
            lambda one: two_members(one, adamas.SGD()),
        ):
            with pytest.raises(StateError, match=r"Call the outer one|Give a new one"):
                call(member)
        whole.apply(arrays(), arrays())
        assert not member.built
        assert whole.iterations == 1


def test_one_member_may_have_several_patterns():
    member, params = adamas.Adam(0.1), {"a": np.ones(2), "b": np.ones(2), "c": np.ones(2)}
    whole = adamas.MultiOptimizer([("a", member), ("b", member), ("", adamas.SGD(0.1))])
    whole.apply({name: np.full(2, 0.5) for name in params}, params)
    np.testing.assert_array_equal(params["a"], params["b"])
    assert not np.array_equal(params["a"], params["c"])


def test_each_search_and_each_functional_begins_anew():
    optimizer = stepped(arrays)
    ends = [
        minimize(lambda x: x @ x, [1.0, 2.0], jac=lambda x: 2 * x, method=minimizer(optimizer)).x
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*ends)
    assert optimizer.iterations == 1


def test_one_optimizer_of_torch_may_have_the_parameters_of_several_modules():
    one, other = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    optimizer = adamas.torch.Adam([*one.parameters(), *other.parameters()], lr=0.1)
    before = [parameter.detach().clone() for parameter in other.parameters()]
    (one(torch.ones(2)) + other(torch.ones(2))).sum().backward()
    optimizer.step()
    assert not any(map(torch.equal, before, other.parameters()))
