"""What a call is given beside gradients: the same law on every front end."""

import weakref

import numpy as np
import pytest

import adamas
from adamas import Hyperparameter, Optimizer, Rate
from adamas.errors import ArgumentError, RuleError, StructureError, UnsupportedError


class Follow(Optimizer):
    """Gradient descent whose rate is in proportion to the loss."""

    learning_rate: Rate = 0.1
    lowest: Hyperparameter = 0.0
    inputs = {"loss": "number"}

    @staticmethod
    def prepare(t, learning_rate, lowest, loss):
        return {"rate": learning_rate * (loss - lowest)}

    @staticmethod
    def update(p, g, /, *, rate):
        return p - rate * g


LOSSES = (2.0, 0.5, 1.5)
ENDS = 1 - 0.1 * sum(LOSSES)
START, GRADIENT = np.ones(3, np.float32), np.ones(3, np.float32)


class InPlace:
    """`apply` on arrays of NumPy."""

    compiler: str | None = "llvm"

    def __init__(self):
        self.optimizer = Follow()
        self.own = [self.array(START)]
        self.optimizer.build(self.own, compiler=self.compiler)

    def array(self, value):
        return value.copy()

    def call(self, **given):
        self.optimizer.apply([self.array(GRADIENT)], **given)

    def weights(self):
        return np.asarray(self.own[0])


class Reference(InPlace):
    compiler = "reference"


class Tensors(InPlace):
    compiler = None

    def array(self, value):
        import torch

        return torch.tensor(value)


class Torch:
    """A class of `adamas.torch`."""

    options: dict = {}

    def __init__(self):
        import torch

        from adamas.torch import wrap

        self.weight = torch.nn.Parameter(torch.tensor(START))
        self.weight.grad = torch.tensor(GRADIENT)
        self.optimizer = wrap(Follow)([self.weight], lr=0.1, **self.options)

    def call(self, **given):
        self.optimizer.step(**given)

    def weights(self):
        return self.weight.detach().numpy()


class Triton(Torch):
    options = {"compiler": "triton"}


class Jax:
    """Steps of `adamas.jax`, compiled, so that what is given is traced."""

    def __init__(self):
        import jax
        import jax.numpy as jnp

        from adamas.jax import functional

        self.step = functional(Follow())
        self.own, self.gradient = [jnp.asarray(START)], [jnp.asarray(GRADIENT)]
        self.begin()
        self.compiled = jax.jit(self.advance)

    def begin(self):
        self.state = self.step.init(self.own)

    def advance(self, own, state, given):
        return self.step.apply(self.gradient, state, own, **given)

    def call(self, **given):
        self.own, self.state = self.compiled(self.own, self.state, given)

    def weights(self):
        return np.asarray(self.own[0])


class Optax(Jax):
    def begin(self):
        import optax

        from adamas.jax import transformation

        self.chain = optax.chain(optax.identity(), transformation(Follow()))
        self.state = self.chain.init(self.own)

    def advance(self, own, state, given):
        import optax

        moves, state = self.chain.update(self.gradient, state, own, **given)
        return optax.apply_updates(own, moves), state


class Keras:
    """An optimizer of `adamas.keras`."""

    def __init__(self):
        import keras

        from adamas.keras import wrap

        self.variable = keras.Variable(START)
        self.gradient = keras.ops.convert_to_tensor(GRADIENT)
        self.optimizer = wrap(Follow())
        self.optimizer.build([self.variable])

    def call(self, **given):
        self.optimizer.apply([self.gradient], [self.variable], **given)

    def weights(self):
        return np.asarray(self.variable.value)


class KerasOfValues(Keras):
    """As Keras's trainer on JAX calls it."""

    def call(self, **given):
        state = self.optimizer.variables
        values = [variable.value for variable in state]
        own, values = self.optimizer.stateless_apply(
            values, [self.gradient], [self.variable.value], **given
        )
        self.variable.assign(own[0])
        for variable, value in zip(state, values, strict=True):
            variable.assign(value)


FRONTS = (InPlace, Reference, Tensors, Torch, Triton, Jax, Optax, Keras, KerasOfValues)
every_front = pytest.mark.parametrize("front", FRONTS)


@every_front
def test_a_rule_reads_the_loss_of_each_call(front):
    one = front()
    for loss in LOSSES:
        one.call(loss=loss)
    np.testing.assert_allclose(one.weights(), ENDS, rtol=1e-6)


@every_front
def test_a_loss_that_is_missing_is_named_and_nothing_changes(front):
    one = front()
    one.call(loss=LOSSES[0])
    before = one.weights().copy()
    with pytest.raises(ArgumentError, match=r"Follow must be given loss in each call\. Got: none"):
        one.call()
    np.testing.assert_array_equal(one.weights(), before)
    for loss in LOSSES[1:]:
        one.call(loss=loss)
    np.testing.assert_allclose(one.weights(), ENDS, rtol=1e-6)


@pytest.mark.parametrize("front", [one for one in FRONTS if one is not Optax])
def test_a_name_that_nobody_asks_for_is_an_error(front):
    with pytest.raises(ArgumentError, match=r"'los'.*Did you mean 'loss'"):
        front().call(los=1.0)


@every_front
def test_what_is_no_number_is_no_loss(front):
    one = front()
    if isinstance(one, Jax):
        one.compiled = one.advance  # JAX itself would refuse a text
    with pytest.raises(ArgumentError, match="loss must be a number.*'low'"):
        one.call(loss="low")


def test_every_optimizer_takes_a_loss():
    optimizer, weights = adamas.Adam(0.1), [START.copy()]
    optimizer.apply([GRADIENT], weights, loss=1.0)
    with pytest.raises(ArgumentError, match="'hessian'"):
        optimizer.apply([GRADIENT], weights, hessian=[GRADIENT])
    assert optimizer.iterations == 1


def test_optax_calls_the_loss_value():
    one = Optax()
    one.call(value=2.0, grad=None, somebody_elses=1)
    np.testing.assert_allclose(one.weights(), 0.8, rtol=1e-6)


def test_a_closure_gives_its_loss():
    import torch

    one = Torch()

    def closure():
        one.optimizer.zero_grad()
        loss = one.weight.sum() - 1
        loss.backward()
        return loss

    assert float(one.optimizer.step(closure).detach()) == 2
    np.testing.assert_allclose(one.weights(), 0.8, rtol=1e-6)
    one.optimizer.step(loss=torch.tensor(1.0, requires_grad=True))
    np.testing.assert_allclose(one.weights(), 0.7, rtol=1e-6)


def test_a_loss_on_the_device_is_read_there_and_a_float_after_it_counts():
    import torch

    one = Triton()
    for loss in (torch.tensor(2.0), 0.5, torch.tensor(1.0), torch.tensor(0.5)):
        one.call(loss=loss)
    np.testing.assert_allclose(one.weights(), ENDS, rtol=1e-6)


def test_the_loss_is_that_of_the_call_that_updates():
    optimizer, weights = Follow(gradient_accumulation_steps=2), [START.copy()]
    optimizer.apply([GRADIENT], weights, loss=100.0)
    optimizer.apply([GRADIENT], loss=2.0)
    np.testing.assert_allclose(weights[0], 0.8, rtol=1e-6)
    optimizer.apply([GRADIENT], loss=100.0)
    optimizer.flush(loss=1.0)
    np.testing.assert_allclose(weights[0], 0.7, rtol=1e-6)


def test_members_get_what_they_ask_for():
    optimizer = adamas.MultiOptimizer({"a": Follow(0.1), ".*": adamas.SGD(0.1)})
    params = {"a": START.copy(), "b": START.copy()}
    optimizer.apply({"a": GRADIENT, "b": GRADIENT}, params, loss=2.0)
    np.testing.assert_allclose([params["a"][0], params["b"][0]], [0.8, 0.9], rtol=1e-6)


def test_a_scaled_loss_is_given_as_it_is():
    optimizer, weights = adamas.LossScaleOptimizer(Follow(0.1), initial_scale=8.0), [START.copy()]
    optimizer.apply([8 * GRADIENT], weights, loss=2.0)
    np.testing.assert_allclose(weights[0], 0.8, rtol=1e-6)


def test_loops_hand_the_loss_on():
    def value_and_grad(x, _=None):
        return float(np.sum(x * x)), 2 * x

    weights = [np.full(2, 2.0)]
    adamas.fit(
        lambda params, batch: (value_and_grad(params[0])[0], [2 * params[0]]),
        weights,
        [0],
        optimizer=Follow(0.01),
        epochs=1,
        progress=False,
    )
    np.testing.assert_allclose(weights[0], 2 - 0.01 * 8 * 4)
    from scipy.optimize import minimize

    from adamas.scipy import minimizer

    known = {"jac": True, "method": minimizer(Follow(0.01)), "options": {"maxiter": 1}}
    found = minimize(value_and_grad, np.full(2, 2.0), **known)
    np.testing.assert_allclose(found.x, 2 - 0.01 * 8 * 4)


def test_a_step_in_the_backward_pass_has_no_loss():
    import torch

    from adamas.torch import apply_in_backward, wrap

    model = torch.nn.Linear(2, 1)
    with pytest.raises(UnsupportedError, match="loss"):
        apply_in_backward(model, wrap(Follow)(model.parameters()))


def test_fit_of_keras_says_how_a_loss_is_given():
    import keras

    from adamas.keras import wrap

    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=wrap(Follow()), loss="mse")
    with pytest.raises(ArgumentError, match="train_step of your own"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)


def test_a_description_says_what_each_call_is_given(capsys):
    Follow().explain()
    assert "Each call is given, beside gradients: loss (a number)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"loss": "scalar"}, "must be 'number'"),
        ({"learning_rate": "number"}, "a hyperparameter"),
        ({"params": "number"}, "which calls have already"),
        ({"t": "number"}, "which the step itself uses"),
    ],
)
def test_mistakes_in_inputs_are_told_at_the_class(inputs, message):
    with pytest.raises(RuleError, match=message):
        type("Wrong", (Follow,), {"inputs": {"loss": "number", **inputs}})


class Curved(Optimizer):
    """Gradient descent by a mean of curvatures, which some calls are given."""

    learning_rate: Rate = 0.1
    inputs = {"hessian": "array"}

    @staticmethod
    def update(p, g, hessian, h, /, *, learning_rate):
        h = h + hessian
        return p - learning_rate * g / (1 + h), h

    @staticmethod
    def update_without(p, g, h, /, *, learning_rate):
        return p - learning_rate * g / (1 + h), h


class Always(Curved):
    update_without = None


SHAPES = {"matrix": (3, 4), "vector": (5,)}
CURVATURES = (1.0, None, 2.0, None)
"""What each call is given, times 1, 2, … in the order of the weights."""


def numbered(shape, factor=1.0):
    return (factor * np.arange(1, np.prod(shape) + 1).reshape(shape)).astype(np.float32)


def expected():
    """The weights after the calls, by hand."""
    found = {}
    for name, shape in SHAPES.items():
        p, h = np.ones(shape), np.zeros(shape)
        for factor in CURVATURES:
            h = h + (0 if factor is None else numbered(shape, factor))
            p = p - 0.1 * numbered(shape) / (1 + h)
        found[name] = p
    return found


def fronts_of_checks():
    from adamas.verification.fronts import FRONTS, front

    return {name: front(name) for name in FRONTS}


def run_calls(one):
    for factor in CURVATURES:
        given = {n: numbered(s, factor) for n, s in SHAPES.items()} if factor else None
        grads = {name: numbered(shape) for name, shape in SHAPES.items()}
        one.step(grads, {} if given is None else {"hessian": given})


@pytest.mark.parametrize("name", ["numpy", "tensors", "torch", "jax", "optax", "keras"])
def test_arrays_come_in_some_calls(name):
    start = {name: np.ones(shape, np.float32) for name, shape in SHAPES.items()}
    one = fronts_of_checks()[name](Curved(), start)
    run_calls(one)
    for key, weights in one.params().items():
        np.testing.assert_allclose(weights, expected()[key], rtol=1e-5)


@pytest.mark.parametrize("form", ["list", "by parameter", "by name", "transposed", "float64"])
@pytest.mark.parametrize("compiler", ["llvm", "triton"])
def test_tensors_come_in_any_form(form, compiler):
    import torch

    from adamas.torch import wrap

    own = {n: torch.nn.Parameter(torch.ones(shape)) for n, shape in SHAPES.items()}
    optimizer = wrap(Curved)(list(own.items()), lr=0.1, compiler=compiler)
    for factor in CURVATURES:
        for name, parameter in own.items():
            parameter.grad = torch.tensor(numbered(SHAPES[name]))
        if factor is None:
            optimizer.step()
            continue
        tensors = {n: torch.tensor(numbered(shape, factor)) for n, shape in SHAPES.items()}
        if form == "float64":
            tensors = {n: tensor.double() for n, tensor in tensors.items()}
        if form == "transposed":
            tensors["matrix"] = tensors["matrix"].T.contiguous().T
        given = {
            "by parameter": {own[name]: tensor for name, tensor in tensors.items()},
            "by name": tensors,
        }.get(form, list(tensors.values()))
        optimizer.step(hessian=given)
    for name, parameter in own.items():
        np.testing.assert_allclose(parameter.detach(), expected()[name], rtol=1e-5)
    with pytest.raises(ArgumentError, match="hessian of 'vector' must be there"):
        optimizer.step(hessian={own["matrix"]: own["matrix"].grad})
    with pytest.raises(StructureError, match="parameters of the optimizer. Got: another tensor"):
        optimizer.step(hessian={torch.ones(1): torch.ones(1)})
    assert optimizer.calls == len(CURVATURES)


def test_an_array_may_share_memory_with_anything_and_nothing_keeps_it():
    weights = [np.full(3, 2.0)]
    optimizer = Curved(0.5)
    optimizer.apply([np.ones(3)], weights, hessian=weights)
    np.testing.assert_allclose(weights[0], 2 - 0.5 / 3)
    assert set(optimizer.state) == {"h"}
    assert set(optimizer.session.export()[0]) == {"h/0"}


def test_clips_sums_and_scales_are_for_gradients_alone():
    known = {"loss_scale_factor": 4.0, "gradient_accumulation_steps": 2, "clipvalue": 0.5}
    optimizer, weights = Curved(1.0, maximize=True, **known), [np.zeros(2)]
    for curvature in (100.0, 3.0):  # it is read in the call that updates
        optimizer.apply([np.full(2, 8.0)], weights, hessian=[np.full(2, curvature)])
    np.testing.assert_allclose(weights[0], 0.5 / (1 + 3))


def test_arrays_that_are_not_finite_are_passed_over_and_raised():
    broken = [np.array([np.nan, 1.0])]
    for policy in ("skip", "skip_gradients", "raise"):
        optimizer, weights = Curved(nonfinite=policy, global_clipnorm=1.0), [np.ones(2)]
        optimizer.apply([np.ones(2)], weights, hessian=[np.ones(2)])
        before = weights[0].copy(), optimizer.state["h"]["0"].copy()
        if policy == "raise":
            with pytest.raises(adamas.errors.NonFiniteError):
                optimizer.apply([np.ones(2)], hessian=broken)
        else:
            optimizer.apply([np.ones(2)], hessian=broken)
            assert optimizer.skipped == 1
        np.testing.assert_array_equal((weights[0], optimizer.state["h"]["0"]), before)


WRONG_ARRAYS = {
    "too few": ([np.ones(2)], "must have 2 elements"),
    "one missing": ([np.ones(2), None], "hessian of '1' must be there"),
    "another shape": ([np.ones(2), np.ones(2)], "hessian of '1' must have the parameter's shape"),
    "no arrays": ([np.ones(2), "x"], "hessian of '1' must be a NumPy array"),
    "whole numbers": ([np.ones(2), np.ones(3, int)], "hessian of '1' must be of dtype"),
    "a number": (1.0, "must be a sequence"),
}


@pytest.mark.parametrize("wrong", WRONG_ARRAYS)
def test_wrong_arrays_are_told_and_nothing_changes(wrong):
    optimizer, weights = Curved(), [np.ones(2), np.ones(3)]
    optimizer.build(weights)
    grads = [np.ones(2), np.ones(3)]
    arrays, message = WRONG_ARRAYS[wrong]
    with pytest.raises(adamas.errors.AdamasError, match=message):
        optimizer.apply(grads, hessian=arrays)
    assert optimizer.calls == 0
    np.testing.assert_array_equal(np.concatenate(weights), 1)


def test_pairs_and_members_have_arrays_of_their_own():
    weights = [np.ones(2), np.ones(3)]
    optimizer = Curved()
    optimizer.build(weights)
    optimizer.apply_gradients([(np.ones(3), weights[1])], hessian=[np.ones(3)])
    np.testing.assert_allclose(np.concatenate(weights), [1, 1, *(1 - 0.1 / 2,) * 3])
    params = {"a": np.ones(2), "b": np.ones(2)}
    several = adamas.MultiOptimizer({"a": Curved(), ".*": adamas.SGD(0.1)}, clipnorm=10.0)
    grads = {"a": np.ones(2), "b": np.ones(2)}
    several.apply(grads, params, hessian={"a": np.ones(2), "b": None})
    several.apply(grads)
    np.testing.assert_allclose([params["a"][0], params["b"][0]], [1 - 0.1, 1 - 0.2])


@pytest.mark.parametrize("name", ["numpy", "tensors", "torch", "jax", "keras"])
def test_a_rule_that_cannot_do_without_names_what_is_missing(name):
    start = {name: np.ones(shape, np.float32) for name, shape in SHAPES.items()}
    one = fronts_of_checks()[name](Always(), start)
    grads = {name: numbered(shape) for name, shape in SHAPES.items()}
    with pytest.raises(ArgumentError, match="Always must be given hessian in each call"):
        one.step(grads, {})


def test_a_rule_without_arrays_has_the_same_slots():
    with pytest.raises(RuleError, match="must have the slots of .*update, in the same order: h"):

        class Wrong(Curved):
            @staticmethod
            def update_without(p, g, /, *, learning_rate):
                return p - learning_rate * g


def test_an_optimizer_with_arrays_is_let_go_at_once():
    optimizer, weights = Curved(), [np.ones(2)]
    optimizer.apply([np.ones(2)], weights, hessian=[np.ones(2)])
    session = weakref.ref(optimizer.session)
    del optimizer
    assert session() is None
